/* Rules of the Jaro family: every pair of lengths, every prefix, every count, through the metric's
 * own expression. */
#include "matcher/join/jaro/jaro_rule.h"
#include "core/shm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER UINT8_MAX
#define SLACK 1e-9
#define N_CELLS ((JARO_SCORE_LENGTH + 1) * (JARO_SCORE_LENGTH + 1) * JARO_PREFIXES)

_Static_assert(JARO_PREFIXES == METRIC_PREFIX_MOST + 1, "a prefix that counts has a place");

bool jaro_rule_fits(const struct join_job *job)
{
    return job->use.metric->flags & METRIC_JARO && job->use.view == METRIC_NORMALIZED_SIMILARITY;
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

/* Marks the lengths up to JARO_RULE_LENGTH that a side has. */
static void mark_lengths(const struct join_job *job, const struct side *side,
                         bool has[JARO_RULE_LENGTH + 1])
{
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = dictionary_length(job->dictionary, side->value[i]);
        if (length <= JARO_RULE_LENGTH)
            has[length] = true;
    }
}

static uint32_t cell_number(uint32_t la, uint32_t lb, unsigned prefix)
{
    return (la * (JARO_SCORE_LENGTH + 1) + lb) * JARO_PREFIXES + prefix;
}

/* The score is symmetric in the texts, to the last bit: addition commutes. */
static void fill_bounds(struct jaro_rule_at *r, const bool *has, struct accepted *cells)
{
    unsigned prefixes = r->winkler ? JARO_PREFIXES : 1;
    uint32_t n_lengths = 0;
    for (uint32_t l = 0; l <= JARO_RULE_LENGTH; l++)
        n_lengths += has[l];
#pragma omp parallel for schedule(dynamic, 1) if (n_lengths > JARO_SCORE_LENGTH)
    for (uint32_t la = 0; la <= JARO_RULE_LENGTH; la++)
        for (uint32_t lb = 0; lb <= la && has[la]; lb++)
            for (unsigned prefix = 0; prefix < prefixes && has[lb]; prefix++) {
                struct accepted x = accepted_by(r, la, lb, prefix);
                r->common_min[la][lb][prefix] = (uint8_t)x.common_min;
                r->common_min[lb][la][prefix] = (uint8_t)x.common_min;
                if (la <= JARO_SCORE_LENGTH) {
                    cells[cell_number(la, lb, prefix)] = x;
                    cells[cell_number(lb, la, prefix)] = x;
                }
            }
}

static bool fill_scores(struct jaro_rule_at *r, const struct accepted *accepted, struct shm *index,
                        struct err *e)
{
    uint32_t n = 1;
    struct jaro_cell *cell = shm_writable_array(index, r->cell_at, struct jaro_cell, N_CELLS);
    for (uint32_t i = 0; i < N_CELLS; i++) {
        const struct accepted *x = &accepted[i];
        cell[i] = (struct jaro_cell){n, (uint8_t)x->common_min, (uint8_t)x->common_end,
                                     (uint8_t)x->halves};
        if (x->halves)
            n += (x->common_end - x->common_min) * x->halves;
    }
    r->score_at = shm_alloc(index, "the jaro index", (n + 1) * sizeof(double), 64, e);
    if (!r->score_at)
        return false;
    double *score = shm_writable_array(index, r->score_at, double, n);
    *score++ = -1.0;
    for (uint32_t i = 0; i < N_CELLS; i++) {
        uint32_t prefix = i % JARO_PREFIXES, lb = i / JARO_PREFIXES % (JARO_SCORE_LENGTH + 1);
        uint32_t la = i / JARO_PREFIXES / (JARO_SCORE_LENGTH + 1);
        for (uint32_t common = cell[i].common_min; common < cell[i].common_end; common++)
            for (uint32_t half = 0; half < cell[i].halves; half++) {
                double s = 2 * half <= common ? score_of(r, la, lb, common, half, prefix) : -1.0;
                *score++ = s >= r->need ? s : -1.0;
            }
    }
    return true;
}

bool jaro_rule_build(uint64_t *rule_at, const struct join_job *job, struct shm *index,
                     struct err *e)
{
    bool has[JARO_RULE_LENGTH + 1] = {false};
    *rule_at = shm_alloc(index, "the jaro index", sizeof(struct jaro_rule_at), 64, e);
    if (!*rule_at)
        return false;
    struct jaro_rule_at *r = shm_writable(index, *rule_at, struct jaro_rule_at);
    r->need = job->need;
    r->winkler = (job->use.metric->flags & METRIC_PREFIX) != 0;
    memset(r->common_min, NEVER, sizeof r->common_min);
    r->cell_at = shm_alloc(index, "the jaro index", N_CELLS * sizeof(struct jaro_cell), 64, e);
    if (!r->cell_at)
        return false;
    struct accepted *cells = calloc(N_CELLS, sizeof *cells);
    if (!cells)
        return err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    mark_lengths(job, job->a, has);
    mark_lengths(job, job->b, has);
    fill_bounds(r, has, cells);
    bool ok = fill_scores(r, cells, index, e);
    free(cells);
    return ok;
}

/* ---- Asking ----------------------------------------------------------------------------------*/

struct jaro_rule jaro_rule_view(struct shm_view index, uint64_t rule_at)
{
    const struct jaro_rule_at *at = shm_at(index, rule_at, struct jaro_rule_at);
    return (struct jaro_rule){
        .at = at,
        .cell = shm_array(index, at->cell_at, struct jaro_cell, N_CELLS),
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
