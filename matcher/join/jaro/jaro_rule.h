/* Jaro rules: which whole numbers a pair of lengths must reach under jaro or jaro_winkler and a
 * threshold.
 *
 * A score depends on the lengths, the characters in common, the transpositions and the common
 * prefix alone. For each pair of lengths and each prefix the rule says how many characters in
 * common a match has at least, found by trying every number on metric_jaro_similarity itself;
 * nothing is taken to be monotonic. The scores of short texts stand in a table. Not here: texts,
 * indexes, kernels. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_RULE_H
#define AXB_MATCHER_JOIN_JARO_JARO_RULE_H

#include "matcher/join/join.h"
#include "matcher/kernel/kernel_jaro.h"

#include <stdbool.h>
#include <stdint.h>

#define JARO_RULE_LENGTH 64u  /* texts up to this length have exact bounds */
#define JARO_SCORE_LENGTH 32u /* and up to this length, scores in a table */
#define JARO_NEVER UINT32_MAX
#define JARO_CELLS ((JARO_SCORE_LENGTH + 1) * (JARO_SCORE_LENGTH + 1) * JARO_PREFIXES)
#define JARO_RULES_MOST 64u /* rules that are kept at a time */

/* For a pair of lengths and a prefix: the scores of m = common_min … common_end - 1 characters in
 * common and t = 0 … halves - 1 transpositions, -1 where below the threshold. */
struct jaro_cell {
    uint32_t score_at; /* number, in the table, of common_min, 0; then by m, then by t */
    uint8_t common_min, common_end, halves;
};

/* In a flat index: all of it offsets. */
struct jaro_rule_at {
    double need;
    uint64_t winkler;
    uint64_t cell_at;                     /* struct jaro_cell × JARO_CELLS, by jaro_cell_number */
    uint64_t score_at;                    /* double; the scores of cells are somewhere after it */
    uint8_t length[JARO_RULE_LENGTH + 1]; /* not 0: the rule has this length */
    uint8_t common_min[JARO_RULE_LENGTH + 1][JARO_RULE_LENGTH + 1][JARO_PREFIXES]; /* 255: never */
};

/* A view in a mapped index. */
struct jaro_rule {
    const struct jaro_rule_at *at;
    const struct jaro_cell *cell;
    const double *score; /* the first is of no pair, -1 */
};

/* Does the rule serve the metric of a job, in its view? */
bool jaro_rule_fits(const struct join_job *job);

/* Rules that many small joins of one process have in common (job->rules). A rule is made when it is
 * first needed, and gets lengths as they occur. When there are JARO_RULES_MOST, all of them go
 * before the next one is made, so a join must be done before the next one is built. ERR_OS without
 * memory; then *rules is NULL. */
bool jaro_rules_open(struct jaro_rules **rules, struct err *e);

void jaro_rules_close(struct jaro_rules *rules); /* NULL is allowed */

/* Writes the rule of a job into an index, or finds it in job->rules. Only lengths that occur on the
 * sides of jobs have bounds. */
bool jaro_rule_build(uint64_t *rule_at, const struct join_job *job, struct shm *index,
                     struct err *e);

/* The rule of a job as jaro_rule_build left it. */
struct jaro_rule jaro_rule_view(const struct join_job *job, struct shm_view index,
                                uint64_t rule_at);

/* The least number of characters in common with which texts of these lengths and this prefix may
 * match; JARO_NEVER if they cannot. Exact up to JARO_RULE_LENGTH, else it may be too low. */
uint32_t jaro_common_min(const struct jaro_rule *r, uint32_t length_a, uint32_t length_b,
                         unsigned prefix);

/* A lower bound of the same by the formula, for any lengths and without tables. */
uint32_t jaro_common_bound(double need, bool winkler, uint32_t length_a, uint32_t length_b,
                           unsigned prefix);

/* The same over all prefixes that texts of these lengths can have. */
uint32_t jaro_common_least(const struct jaro_rule *r, uint32_t length_a, uint32_t length_b);

static inline uint32_t jaro_cell_number(uint32_t la, uint32_t lb, unsigned prefix)
{
    return (la * (JARO_SCORE_LENGTH + 1) + lb) * JARO_PREFIXES + prefix;
}

/* What metric_jaro_similarity gives, or something below the threshold if that is below it.
 * half_transpositions: matched characters out of order, twice the transpositions. */
static inline double jaro_score(const struct jaro_rule *r, uint32_t la, uint32_t lb,
                                uint32_t common, uint32_t half_transpositions, unsigned prefix)
{
    if (la > JARO_SCORE_LENGTH || lb > JARO_SCORE_LENGTH)
        return metric_jaro_similarity(la, lb, common, half_transpositions / 2, prefix,
                                      r->at->winkler);
    const struct jaro_cell *c = &r->cell[jaro_cell_number(la, lb, prefix)];
    const uint32_t m = common - c->common_min, t = half_transpositions / 2;
    uint32_t has = (m < (uint32_t)c->common_end - c->common_min) & (t < c->halves);
    __asm__("" : "+r"(has)); /* a branch could not be predicted, and compilers make one of it */
    return r->score[(c->score_at + m * c->halves + t) & -has];
}

#endif
