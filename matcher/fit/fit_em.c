/* Sums are made in one order, whatever the number of threads: those of a row or of a pattern by one
 * thread, in the order of its pairs; those over all patterns in blocks of a fixed size, whose sums
 * are added in the order of the blocks. */
#include "matcher/fit/fit_em.h"
#include "core/base.h"
#include "matcher/fit/fit_group.h"
#include "matcher/fit/fit_weights.h"

#include <math.h>
#include <string.h>

#define BLOCK_PATTERNS 8192u
#define SUMS (FIT_MAX_COLUMNS * FIT_MAX_LEVELS)
#define LEAST_SHARE 1e-4 /* of a level among matches, even where none has it */
/* A score counts up to here, so that the odds of many rivals can be added, and two that are beyond
 * doubt are equal ones. 60 in natural logarithms. */
#define MOST_BITS 86.56170245333781

/* ---- Memory ----------------------------------------------------------------------------------*/

static bool take_rows(struct fit_em *em, struct scratch *s, struct err *e)
{
    for (int side = 0; side < 2; side++) {
        const uint64_t n = em->data->n_rows[side];
        em->row_first[side] = scratch_take(s, n + 1, sizeof *em->row_first[side], e);
        em->row_odds[side] = scratch_take(s, n, sizeof *em->row_odds[side], e);
        if (!em->row_first[side] || !em->row_odds[side])
            return false;
    }
    em->by_b = scratch_take(s, em->data->n_pairs, sizeof *em->by_b, e);
    return em->by_b != NULL;
}

static bool take_patterns(struct fit_em *em, struct scratch *s, struct err *e)
{
    const uint64_t n = em->patterns.n, blocks = n / BLOCK_PATTERNS + 1;
    return (em->p = scratch_take(s, em->data->n_pairs, sizeof *em->p, e)) &&
           (em->odds = scratch_take(s, n, sizeof *em->odds, e)) &&
           (em->related = scratch_take(s, n, sizeof *em->related, e)) &&
           (em->left_out = scratch_take(s, n, 1, e)) &&
           (em->mass = scratch_take(s, n, sizeof *em->mass, e)) &&
           (em->related_mass = scratch_take(s, n, sizeof *em->related_mass, e)) &&
           (em->partial = scratch_take(s, blocks, sizeof *em->partial, e)) &&
           (em->bits = scratch_take(s, em->patterns.n_columns,
                                    em->patterns.most_codes * sizeof *em->bits, e));
}

bool fit_em_open(struct fit_em *em, const struct fit_data *data, const struct fit_labels *labels,
                 struct err *e)
{
    const uint64_t pair_bytes = 72 + 2 * data->n_columns;
    const uint64_t bytes = pair_bytes * data->n_pairs + 12 * (data->n_rows[0] + data->n_rows[1]);
    *em = (struct fit_em){.data = data, .labels = labels};
    if (!scratch_open(&em->scratch, "the fit of a model", bytes, e) ||
        !take_rows(em, &em->scratch, e) ||
        !fit_patterns_find(data, &em->patterns, &em->scratch, e) ||
        !take_patterns(em, &em->scratch, e))
        return false;
    const uint32_t n = (uint32_t)data->n_pairs;
    fit_group(data->a, n, data->n_rows[0], em->row_first[0], NULL);
    fit_group(data->b, n, data->n_rows[1], em->row_first[1], em->by_b);
    return true;
}

void fit_em_close(struct fit_em *em)
{
    scratch_close(&em->scratch);
}

/* ---- Scores of patterns ----------------------------------------------------------------------*/

/* What each code of each column adds to the sums of a score. */
static void make_tables(struct fit_em *em, const struct fit_weights *w)
{
    for (uint32_t c = 0; c < w->n_columns; c++) {
        const struct fit_codes *codes = &em->patterns.codes[c];
        for (uint32_t code = 0; code < codes->n; code++) {
            const uint32_t level = fit_level_of(&em->data->column[c], code);
            em->bits[(size_t)c * em->patterns.most_codes + code] =
                fit_weight_of(em->data->column, w, c, level, codes->count[code]);
        }
    }
}

static double related_bits(const struct fit_em *em, const struct fit_weights *w,
                           const uint16_t *code)
{
    double sum = w->related_prior_bits;
    for (uint32_t c = 0; c < w->n_columns; c++)
        if (code[c])
            sum += w->related_bits[c][fit_level_of(&em->data->column[c], code[c])];
    return sum;
}

static void score_pattern(struct fit_em *em, const struct fit_weights *w, uint32_t x)
{
    em->odds[x] = em->related[x] = 0;
    if (em->left_out[x])
        return;
    const uint16_t *code = &em->patterns.code[(uint64_t)x * w->n_columns];
    double sum = w->prior_bits;
    for (uint32_t c = 0; c < w->n_columns; c++)
        sum += em->bits[(size_t)c * em->patterns.most_codes + code[c]];
    double bits = sum;
    if (w->has_related) {
        /* The odds of a related pair to a random one are those of a match to a random one, divided
         * by those of a match to a related one. */
        const double related = related_bits(em, w, code);
        em->related[x] = 1 / (1 + exp2(related - sum));
        bits = fit_soft_min(sum, related);
    }
    em->odds[x] = exp2(fmax(-MOST_BITS, fmin(bits, MOST_BITS)));
}

/* ---- Expectation -----------------------------------------------------------------------------*/

static enum fit_label label_of(const struct fit_em *em, uint32_t pair)
{
    return em->labels ? (enum fit_label)em->labels->label[pair] : FIT_UNLABELLED;
}

/* The odds of a pair among its rivals. What is known not to match is none. */
static double odds_of(const struct fit_em *em, uint32_t pair)
{
    const enum fit_label label = label_of(em, pair);
    if (label == FIT_UNLABELLED)
        return em->odds[em->patterns.of_pair[pair]];
    return label == FIT_MATCH ? exp2(MOST_BITS) : 0;
}

static void add_rows(struct fit_em *em)
{
    const struct fit_data *d = em->data;
#pragma omp parallel for schedule(static)
    for (uint64_t r = 0; r < d->n_rows[0]; r++) {
        double sum = 0;
        for (uint32_t i = em->row_first[0][r]; i < em->row_first[0][r + 1]; i++)
            sum += odds_of(em, i);
        em->row_odds[0][r] = sum;
    }
#pragma omp parallel for schedule(static)
    for (uint64_t r = 0; r < d->n_rows[1]; r++) {
        double sum = d->self ? em->row_odds[0][r] : 0;
        for (uint32_t i = em->row_first[1][r]; i < em->row_first[1][r + 1]; i++)
            sum += odds_of(em, em->by_b[i]);
        em->row_odds[1][r] = sum;
    }
}

static double posterior_of(const struct fit_em *em, uint32_t pair, bool competes)
{
    const struct fit_data *d = em->data;
    const enum fit_label label = label_of(em, pair);
    if (label != FIT_UNLABELLED)
        return label == FIT_MATCH;
    const double odds = em->odds[em->patterns.of_pair[pair]];
    if (!competes)
        return odds / (1 + odds);
    const double of_a = em->row_odds[d->self][d->a[pair]], of_b = em->row_odds[1][d->b[pair]];
    /* Of two large sums the difference may be a little below 0. */
    return odds / (1 + fmax(of_a, odds) + fmax(of_b - odds, 0) / d->share);
}

static void add_patterns(struct fit_em *em)
{
    const struct fit_patterns *p = &em->patterns;
#pragma omp parallel for schedule(static, BLOCK_PATTERNS)
    for (uint32_t x = 0; x < p->n; x++) {
        double sum = 0;
        for (uint32_t i = p->first[x]; i < p->first[x + 1]; i++)
            sum += em->p[p->pair[i]];
        em->mass[x] = sum;
        em->related_mass[x] = (p->first[x + 1] - p->first[x] - sum) * em->related[x];
    }
}

void fit_em_expect(struct fit_em *em, const struct fit *fit, bool competes)
{
    struct fit_weights w;
    fit_weights(em->data->column, fit, &w);
    make_tables(em, &w);
#pragma omp parallel for schedule(static, BLOCK_PATTERNS)
    for (uint32_t x = 0; x < em->patterns.n; x++)
        score_pattern(em, &w, x);
    if (competes)
        add_rows(em);
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < em->data->n_pairs; i++)
        em->p[i] = posterior_of(em, (uint32_t)i, competes);
    add_patterns(em);
}

void fit_em_leave_out(struct fit_em *em, double least_bits)
{
    const double least_odds = exp2(least_bits);
    for (uint32_t x = 0; x < em->patterns.n; x++)
        em->left_out[x] = em->odds[x] < least_odds;
}

void fit_em_take_in(struct fit_em *em)
{
    memset(em->left_out, 0, em->patterns.n);
}

void fit_em_losers(struct fit_em *em)
{
    const struct fit_patterns *p = &em->patterns;
    for (uint32_t x = 0; x < p->n; x++) {
        const double alone = em->odds[x] / (1 + em->odds[x]);
        em->related_mass[x] = fmax((p->first[x + 1] - p->first[x]) * alone - em->mass[x], 0);
    }
}

/* ---- Maximisation ----------------------------------------------------------------------------*/

double fit_em_total(const struct fit_em *em, const double *mass)
{
    double total = 0;
    for (uint32_t x = 0; x < em->patterns.n; x++)
        total += mass[x];
    return fmax(total / em->data->share, .5);
}

static void add_block(const struct fit_em *em, const double *mass, uint32_t block,
                      double (*sum)[FIT_MAX_LEVELS])
{
    const struct fit_patterns *p = &em->patterns;
    const uint32_t end = least(p->n, (block + 1) * BLOCK_PATTERNS);
    memset(sum, 0, SUMS * sizeof **sum);
    for (uint32_t x = block * BLOCK_PATTERNS; x < end; x++) {
        const uint16_t *code = &p->code[(uint64_t)x * p->n_columns];
        for (uint32_t c = 0; c < p->n_columns; c++)
            if (code[c])
                sum[c][fit_level_of(&em->data->column[c], code[c])] += mass[x];
    }
}

void fit_em_sum(struct fit_em *em, const double *mass, fit_shares sum)
{
    const uint32_t blocks = em->patterns.n / BLOCK_PATTERNS + 1;
#pragma omp parallel for schedule(static)
    for (uint32_t block = 0; block < blocks; block++)
        add_block(em, mass, block, em->partial[block]);
    memset(sum, 0, SUMS * sizeof **sum);
    for (uint32_t block = 0; block < blocks; block++)
        for (uint32_t c = 0; c < em->patterns.n_columns; c++)
            for (uint32_t l = 0; l < FIT_MAX_LEVELS; l++)
                sum[c][l] += em->partial[block][c][l];
}

/* Shares of what there is at each level, with `alpha` more that are as `start` says. */
static void share_out(const double *sum, const double *start, uint32_t n, double alpha,
                      double *share)
{
    double total = alpha, floored = 0;
    for (uint32_t l = 0; l < n; l++)
        total += sum[l];
    for (uint32_t l = 0; l < n; l++) {
        share[l] = total > 0 ? (sum[l] + alpha * start[l]) / total : start[l];
        share[l] = fmax(share[l], LEAST_SHARE);
        floored += share[l];
    }
    for (uint32_t l = 0; l < n; l++)
        share[l] /= floored;
}

void fit_em_maximise(const struct fit_em *em, fit_shares sum, double alpha, fit_shares start,
                     fit_shares share)
{
    for (uint32_t c = 0; c < em->patterns.n_columns; c++)
        share_out(sum[c], start[c], em->data->column[c].n_levels, alpha, share[c]);
}
