/* Rules of the Jaro family: every pair of lengths, every prefix, every count, through the metric's
 * own expression. */
#include "matcher/join/jaro/jaro_rule.h"
#include "core/shm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER UINT8_MAX
#define SLACK 1e-9
#define RULES_RESERVE_BYTES (1ull << 32)

enum { LENGTH_LACKS, LENGTH_WANTED, LENGTH_HAS }; /* bounds and scores, in a rule */

_Static_assert(JARO_PREFIXES == METRIC_PREFIX_MOST + 1, "a prefix that counts has a place");

bool jaro_rule_fits(const struct join_job *job)
{
    return job->use.metric->flags & METRIC_JARO && job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

static bool has_winkler(const struct join_job *job)
{
    return (job->use.metric->flags & METRIC_PREFIX) != 0;
}

/* ---- Rules that are kept ---------------------------------------------------------------------*/

/* A rule, and what it is of. */
struct kept_rule {
    double need;
    bool winkler;
    uint64_t at;
};

struct jaro_rules {
    struct shm memory;
    struct kept_rule rule[JARO_RULES_MOST];
    uint32_t n;
};

bool jaro_rules_open(struct jaro_rules **rules, struct err *e)
{
    struct jaro_rules *r = *rules = calloc(1, sizeof *r);
    if (!r)
        return err_set(e, ERR_OS, NULL, "no memory for the rules of jaro joins");
    if (shm_create_private(&r->memory, "the rules of jaro joins", RULES_RESERVE_BYTES, e))
        return true;
    free(r);
    *rules = NULL;
    return false;
}

void jaro_rules_close(struct jaro_rules *rules)
{
    if (!rules)
        return;
    shm_close(&rules->memory);
    free(rules);
}

/* Where the rule for what a job needs is kept; 0: nowhere. */
static uint64_t rules_find(const struct jaro_rules *rules, const struct join_job *job)
{
    for (uint32_t i = 0; i < rules->n; i++)
        if (rules->rule[i].need == job->need && rules->rule[i].winkler == has_winkler(job))
            return rules->rule[i].at;
    return 0;
}

static void rules_keep(struct jaro_rules *rules, const struct join_job *job, uint64_t at)
{
    rules->rule[rules->n++] = (struct kept_rule){job->need, has_winkler(job), at};
}

/* If there are too many rules, all go: none of them is in use. */
static void rules_make_room(struct jaro_rules *rules)
{
    if (rules->n < JARO_RULES_MOST)
        return;
    shm_reset(&rules->memory);
    rules->n = 0;
}

/* ---- Building --------------------------------------------------------------------------------*/

/* What the metric accepts for a pair of lengths and a prefix. */
struct accepted {
    uint32_t common_min, common_end, halves;
};

static double score_of(const struct jaro_rule_at *r, uint32_t la, uint32_t lb, uint32_t common,
                       uint32_t half, unsigned prefix)
{
    return metric_jaro_similarity(la, lb, common, half, prefix, r->winkler);
}

static struct accepted accepted_by(const struct jaro_rule_at *r, uint32_t la, uint32_t lb,
                                   unsigned prefix)
{
    uint32_t most = la < lb ? la : lb;
    struct accepted x = {.common_min = NEVER};
    uint32_t bound = jaro_common_bound(r->need, r->winkler, la, lb, prefix);
    for (uint32_t common = bound; common <= most; common++)
        for (uint32_t half = 0; 2 * half <= common; half++)
            if (score_of(r, la, lb, common, half, prefix) >= r->need) {
                x.common_min = x.common_min == NEVER ? common : x.common_min;
                x.common_end = common + 1;
                x.halves = x.halves > half ? x.halves : half + 1;
            }
    return x;
}

/* Marks the lengths up to JARO_RULE_LENGTH that a side has and the rule lacks. */
static void want_lengths(struct jaro_rule_at *r, const struct join_job *job,
                         const struct side *side)
{
    for (uint32_t i = 0; i < side->n; i++) {
        const uint32_t length = dictionary_length(job->dictionary, side->value[i]);
        if (length <= JARO_RULE_LENGTH && r->length[length] == LENGTH_LACKS)
            r->length[length] = LENGTH_WANTED;
    }
}

static uint32_t count_wanted(const struct jaro_rule_at *r)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l <= JARO_RULE_LENGTH; l++)
        n += r->length[l] == LENGTH_WANTED;
    return n;
}

/* Are the bounds of two lengths to be found now? */
static bool wants(const struct jaro_rule_at *r, uint32_t la, uint32_t lb)
{
    return r->length[la] != LENGTH_LACKS && r->length[lb] != LENGTH_LACKS &&
           (r->length[la] == LENGTH_WANTED || r->length[lb] == LENGTH_WANTED);
}

static unsigned prefixes_of(const struct jaro_rule_at *r)
{
    return r->winkler ? JARO_PREFIXES : 1;
}

/* The score is symmetric in the texts, to the last bit: addition commutes. */
static void fill_bounds(struct jaro_rule_at *r, struct jaro_cell *cell, uint32_t n_wanted)
{
#pragma omp parallel for schedule(dynamic, 1) if (n_wanted > JARO_SCORE_LENGTH)
    for (uint32_t la = 0; la <= JARO_RULE_LENGTH; la++)
        for (uint32_t lb = 0; lb <= la; lb++)
            for (unsigned prefix = 0; wants(r, la, lb) && prefix < prefixes_of(r); prefix++) {
                const struct accepted x = accepted_by(r, la, lb, prefix);
                r->common_min[la][lb][prefix] = (uint8_t)x.common_min;
                r->common_min[lb][la][prefix] = (uint8_t)x.common_min;
                if (la <= JARO_SCORE_LENGTH)
                    cell[jaro_cell_number(la, lb, prefix)] = (struct jaro_cell){
                        0, (uint8_t)x.common_min, (uint8_t)x.common_end, (uint8_t)x.halves};
            }
}

/* Writes the scores of a cell; returns where they end. */
static double *fill_cell(const struct jaro_rule_at *r, const struct jaro_cell *cell, uint32_t la,
                         uint32_t lb, unsigned prefix, double *score)
{
    for (uint32_t common = cell->common_min; common < cell->common_end; common++)
        for (uint32_t half = 0; half < cell->halves; half++) {
            double s = 2 * half <= common ? score_of(r, la, lb, common, half, prefix) : -1.0;
            *score++ = s >= r->need ? s : -1.0;
        }
    return score;
}

/* Writes the scores of all cells that are wanted, at `score`, which is number `at` of the table, or
 * only counts them if it is NULL. Returns how many there are. */
static uint32_t fill_scores(const struct jaro_rule_at *r, struct jaro_cell *cell, double *score,
                            uint32_t at)
{
    uint32_t n = 0;
    for (uint32_t la = 0; la <= JARO_SCORE_LENGTH; la++)
        for (uint32_t lb = 0; lb <= la; lb++)
            for (unsigned prefix = 0; wants(r, la, lb) && prefix < prefixes_of(r); prefix++) {
                struct jaro_cell *c = &cell[jaro_cell_number(la, lb, prefix)];
                c->score_at = at + n;
                if (score)
                    fill_cell(r, c, la, lb, prefix, score + n);
                cell[jaro_cell_number(lb, la, prefix)] = *c;
                n += c->halves ? (uint32_t)(c->common_end - c->common_min) * c->halves : 0;
            }
    return n;
}

/* Finds the bounds and scores of the lengths that are wanted. */
static bool add_wanted(struct jaro_rule_at *r, struct shm *memory, struct err *e)
{
    struct jaro_cell *cell = shm_writable_array(memory, r->cell_at, struct jaro_cell, JARO_CELLS);
    fill_bounds(r, cell, count_wanted(r));
    const uint32_t n = fill_scores(r, cell, NULL, 0);
    const uint64_t at =
        shm_alloc(memory, "the jaro index", (n + 1ull) * sizeof(double), sizeof(double), e);
    if (!at)
        return false;
    fill_scores(r, cell, shm_writable_array(memory, at, double, n),
                (uint32_t)((at - r->score_at) / sizeof(double)));
    for (uint32_t l = 0; l <= JARO_RULE_LENGTH; l++)
        r->length[l] = r->length[l] == LENGTH_LACKS ? LENGTH_LACKS : LENGTH_HAS;
    return true;
}

/* A rule without any length. */
static bool begin_rule(uint64_t *rule_at, const struct join_job *job, struct shm *memory,
                       struct err *e)
{
    *rule_at = shm_alloc(memory, "the jaro index", sizeof(struct jaro_rule_at), 64, e);
    if (!*rule_at)
        return false;
    struct jaro_rule_at *r = shm_writable(memory, *rule_at, struct jaro_rule_at);
    r->need = job->need;
    r->winkler = has_winkler(job);
    memset(r->common_min, NEVER, sizeof r->common_min);
    r->cell_at = shm_alloc(memory, "the jaro index", JARO_CELLS * sizeof(struct jaro_cell), 64, e);
    r->score_at = r->cell_at ? shm_alloc(memory, "the jaro index", sizeof(double), 64, e) : 0;
    if (!r->score_at)
        return false;
    *shm_writable(memory, r->score_at, double) = -1.0;
    return true;
}

/* The rule of a job among those that are kept, where it may be new. */
static bool find_kept(uint64_t *rule_at, const struct join_job *job, struct err *e)
{
    *rule_at = rules_find(job->rules, job);
    if (*rule_at)
        return true;
    rules_make_room(job->rules);
    if (!begin_rule(rule_at, job, &job->rules->memory, e))
        return false;
    rules_keep(job->rules, job, *rule_at);
    return true;
}

bool jaro_rule_build(uint64_t *rule_at, const struct join_job *job, struct shm *index,
                     struct err *e)
{
    struct shm *memory = job->rules ? &job->rules->memory : index;
    if (!(job->rules ? find_kept(rule_at, job, e) : begin_rule(rule_at, job, index, e)))
        return false;
    struct jaro_rule_at *r = shm_writable(memory, *rule_at, struct jaro_rule_at);
    want_lengths(r, job, job->a);
    want_lengths(r, job, job->b);
    return count_wanted(r) == 0 || add_wanted(r, memory, e);
}

/* ---- Asking ----------------------------------------------------------------------------------*/

struct jaro_rule jaro_rule_view(const struct join_job *job, struct shm_view index, uint64_t rule_at)
{
    if (job->rules)
        index = shm_view_of(&job->rules->memory);
    const struct jaro_rule_at *at = shm_at(index, rule_at, struct jaro_rule_at);
    return (struct jaro_rule){
        .at = at,
        .cell = shm_array(index, at->cell_at, struct jaro_cell, JARO_CELLS),
        .score = shm_at(index, at->score_at, double),
    };
}

/* The formula solved for the characters in common, with slack. */
uint32_t jaro_common_bound(double need, bool winkler, uint32_t la, uint32_t lb, unsigned prefix)
{
    uint32_t most = la < lb ? la : lb;
    if (la == 0 && lb == 0)
        return 0;
    if (prefix > most || most == 0)
        return JARO_NEVER;
    const double wanted = metric_jaro_needed(need, prefix, winkler);
    double common = (3.0 * wanted - 1.0) / (1.0 / la + 1.0 / lb);
    common = ceil(common * (1.0 - SLACK) - SLACK);
    if (common > most)
        return JARO_NEVER;
    return common < 1.0 ? 1 : (uint32_t)common;
}

uint32_t jaro_common_min(const struct jaro_rule *r, uint32_t la, uint32_t lb, unsigned prefix)
{
    if (la > JARO_RULE_LENGTH || lb > JARO_RULE_LENGTH)
        return jaro_common_bound(r->at->need, r->at->winkler, la, lb, prefix);
    uint8_t common = r->at->common_min[la][lb][prefix];
    return common == NEVER ? JARO_NEVER : common;
}

uint32_t jaro_common_least(const struct jaro_rule *r, uint32_t la, uint32_t lb)
{
    uint32_t least = JARO_NEVER;
    for (unsigned prefix = 0; prefix < (r->at->winkler ? JARO_PREFIXES : 1); prefix++) {
        uint32_t common = jaro_common_min(r, la, lb, prefix);
        least = common < least ? common : least;
    }
    return least;
}
