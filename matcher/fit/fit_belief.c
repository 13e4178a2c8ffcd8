/* The posteriors are those of one more expectation by the fitted model. Sums are made by one
 * thread, in the order of pairs or of patterns. */
#include "matcher/fit/fit_belief.h"
#include "core/base.h"
#include "matcher/choose/choose_greedy.h"
#include "matcher/fit/fit_em.h"
#include "matcher/fit/fit_weights.h"

#include <math.h>

#define INFORMATIVE_BITS 1.
#define LEAST_LIFT 10.     /* a dependence that makes a weight wrong by 3 bits */
#define LEAST_DEPENDENT .1 /* pairs that have it for each expected match, and */
#define LEAST_PAIRS 20.    /* in all: fewer of them do no harm */

/* ---- The threshold ---------------------------------------------------------------------------*/

/* The candidates at the threshold or above. */
static void accept_pairs(const struct fit_data *d, const struct fit_weights *w,
                         double threshold_bits, struct found *found)
{
    found->n = 0;
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        const double bits = fit_score(d, w, i);
        if (bits >= threshold_bits)
            found->pair[found->n++] = (struct found_pair){d->a[i], d->b[i], bits};
    }
}

/* Of the records that are in a pair, the share that is in two or more: of those of A, unless both
 * sides are the same. */
static double share_of_several(const struct found *found, struct found_rows rows, uint32_t *pairs)
{
    uint64_t once = 0, several = 0;
    for (uint64_t i = 0; i < found->n; i++) {
        pairs[found->pair[i].row_a]++;
        if (rows.self)
            pairs[found->pair[i].row_b]++;
    }
    for (uint32_t r = 0; r < rows.n[0]; r++) {
        once += pairs[r] > 0;
        several += pairs[r] > 1;
    }
    return once ? (double)several / (double)once : 0;
}

/* right[i] = the posterior of accepted pair i. These are in the order of the candidates. */
static void posteriors_of(const struct fit_em *em, const struct found *found, double *right)
{
    const struct fit_data *d = em->data;
    for (uint64_t i = 0, at = 0; i < d->n_pairs && at < found->n; i++)
        if (d->a[i] == found->pair[at].row_a && d->b[i] == found->pair[at].row_b)
            right[at++] = em->p[i];
}

/* What is believed of the accepted pairs from step->bits on. */
static void believe_step(const struct fit_em *em, const struct found *found, const double *right,
                         double matches, struct fit_belief_step *step)
{
    uint64_t n = 0;
    double sum = 0;
    for (uint64_t i = 0; i < found->n; i++)
        if (found->pair[i].score >= step->bits) {
            sum += right[i];
            n++;
        }
    step->accepted = (double)n / em->data->share;
    step->precision = n ? sum / (double)n : 0;
    step->recall = fmin(sum / (matches * em->data->share), 1);
}

static bool believe_threshold(struct fit_em *em, const struct fit_weights *w, bool one_to_one,
                              double threshold_bits, struct fit_belief *belief, struct err *e)
{
    const struct fit_data *d = em->data;
    const struct found_rows rows = {{(uint32_t)d->n_rows[0], (uint32_t)d->n_rows[1]}, d->self};
    struct found found = {.pair = scratch_take(&em->scratch, d->n_pairs, sizeof *found.pair, e)};
    uint32_t *pairs = scratch_take(&em->scratch, d->n_rows[0], sizeof *pairs, e);
    double *right = scratch_take(&em->scratch, d->n_pairs, sizeof *right, e);
    struct fit_belief_step step = {.bits = threshold_bits};
    if (!found.pair || !pairs || !right)
        return false;
    accept_pairs(d, w, threshold_bits, &found);
    belief->several = share_of_several(&found, rows, pairs);
    if (one_to_one && !choose_greedy(&found, rows, CHOOSE_GREATEST, e))
        return false;
    posteriors_of(em, &found, right);
    believe_step(em, &found, right, belief->matches, &step);
    belief->accepted = step.accepted;
    belief->precision = step.precision;
    belief->recall = step.recall;
    return true;
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static void believe_columns(const struct fit_em *em, struct fit_belief *belief)
{
    const struct fit_patterns *p = &em->patterns;
    double total = 0;
    for (uint32_t x = 0; x < p->n; x++) {
        const uint16_t *code = &p->code[(uint64_t)x * p->n_columns];
        total += em->mass[x];
        for (uint32_t c = 0; c < p->n_columns; c++)
            belief->information_bits[c] +=
                em->mass[x] * em->bits[(size_t)c * p->most_codes + code[c]];
    }
    for (uint32_t c = 0; c < p->n_columns; c++) {
        belief->information_bits[c] /= fmax(total, 1e-9);
        belief->n_informative += belief->information_bits[c] >= INFORMATIVE_BITS;
    }
}

/* ---- Columns that depend on each other -------------------------------------------------------*/

typedef double pair_sums[FIT_MAX_COLUMNS][FIT_MAX_COLUMNS];

/* How many pairs that neither match nor are related agree exactly in each two columns. */
static void add_agreements(const struct fit_em *em, pair_sums sum)
{
    const struct fit_patterns *p = &em->patterns;
    for (uint32_t x = 0; x < p->n; x++) {
        const uint16_t *code = &p->code[(uint64_t)x * p->n_columns];
        const double pairs = p->first[x + 1] - p->first[x];
        const double others = pairs - em->mass[x] - em->related_mass[x];
        uint32_t exact[FIT_MAX_COLUMNS], n = 0;
        for (uint32_t c = 0; c < p->n_columns; c++)
            if (code[c] >= em->data->column[c].n_levels)
                exact[n++] = c;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; j < n; j++)
                sum[exact[i]][exact[j]] += others;
    }
}

/* Puts a dependence where it belongs, the greatest lift first; the least of too many is dropped. */
static void add_dependence(struct fit_belief *belief, struct fit_dependence dependence)
{
    uint32_t at = belief->n_dependences;
    if (at == FIT_MAX_WARNINGS && belief->dependence[--at].lift >= dependence.lift)
        return;
    for (; at > 0 && belief->dependence[at - 1].lift < dependence.lift; at--)
        belief->dependence[at] = belief->dependence[at - 1];
    belief->dependence[at] = dependence;
    belief->n_dependences = least(belief->n_dependences + 1, FIT_MAX_WARNINGS);
}

/* Only candidates are counted, and values may be missing; so a lift is at least what is said. */
static void believe_dependences(const struct fit_em *em, struct fit_belief *belief)
{
    const struct fit_data *d = em->data;
    const double rows = (double)d->n_rows[0];
    const double all = d->self ? rows * (rows - 1) / 2 : rows * (double)d->n_rows[1];
    pair_sums sum = {{0}};
    add_agreements(em, sum);
    for (uint32_t i = 0; i < d->n_columns; i++)
        for (uint32_t j = i + 1; j < d->n_columns; j++) {
            const double u_i = d->column[i].u[d->column[i].n_levels - 1];
            const double u_j = d->column[j].u[d->column[j].n_levels - 1];
            const double pairs = sum[i][j] / d->share, independent = all * u_i * u_j;
            if (pairs >= LEAST_LIFT * independent && pairs >= LEAST_PAIRS &&
                pairs >= LEAST_DEPENDENT * belief->matches)
                add_dependence(
                    belief, (struct fit_dependence){{i, j}, pairs / fmax(independent, 1), pairs});
        }
}

/* ---- From beginning to end -------------------------------------------------------------------*/

bool fit_believe(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                 double threshold_bits, struct fit_belief *belief, struct err *e)
{
    struct fit_em em;
    struct fit_weights w;
    *belief = (struct fit_belief){.matches = fit->k};
    bool ok = fit_em_open(&em, data, NULL, e);
    if (ok) {
        const double least_rows =
            (double)(data->n_rows[0] < data->n_rows[1] ? data->n_rows[0] : data->n_rows[1]);
        fit_weights(data->column, fit, &w);
        fit_em_expect(&em, fit, one_to_one);
        belief->explained = fmin(fit->k / fmax(data->self ? least_rows / 2 : least_rows, 1), 1);
        believe_columns(&em, belief);
        believe_dependences(&em, belief);
        ok = believe_threshold(&em, &w, one_to_one, threshold_bits, belief, e);
    }
    fit_em_close(&em);
    return ok;
}

/* ---- Other thresholds ------------------------------------------------------------------------*/

/* The pairs are chosen from once, by the lowest threshold: the best come first, so those of a
 * higher one are the same without it. */
static bool believe_steps(struct fit_em *em, const struct fit_weights *w, const struct fit *fit,
                          bool one_to_one, struct fit_belief_step *step, uint32_t n, struct err *e)
{
    const struct fit_data *d = em->data;
    const struct found_rows rows = {{(uint32_t)d->n_rows[0], (uint32_t)d->n_rows[1]}, d->self};
    struct found found = {.pair = scratch_take(&em->scratch, d->n_pairs, sizeof *found.pair, e)};
    double *right = scratch_take(&em->scratch, d->n_pairs, sizeof *right, e);
    if (!found.pair || !right)
        return false;
    accept_pairs(d, w, step[0].bits, &found);
    if (one_to_one && !choose_greedy(&found, rows, CHOOSE_GREATEST, e))
        return false;
    posteriors_of(em, &found, right);
    for (uint32_t i = 0; i < n; i++)
        believe_step(em, &found, right, fit->k, &step[i]);
    return true;
}

bool fit_believe_steps(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                       struct fit_belief_step *step, uint32_t n, struct err *e)
{
    struct fit_em em;
    struct fit_weights w;
    bool ok = fit_em_open(&em, data, NULL, e);
    if (ok && n) {
        fit_weights(data->column, fit, &w);
        fit_em_expect(&em, fit, one_to_one);
        ok = believe_steps(&em, &w, fit, one_to_one, step, n, e);
    }
    fit_em_close(&em);
    return ok;
}

/* ---- Support ---------------------------------------------------------------------------------*/

static void count_candidates(const struct fit_em *em, struct fit_support *support)
{
    const struct fit_patterns *p = &em->patterns;
    for (uint32_t x = 0; x < p->n; x++)
        for (uint32_t c = 0; c < p->n_columns; c++) {
            const uint16_t code = p->code[(uint64_t)x * p->n_columns + c];
            const uint32_t level = fit_level_of(&em->data->column[c], code);
            if (level != FIT_MISSING)
                support->candidates[c][level] += p->first[x + 1] - p->first[x];
        }
}

bool fit_support_count(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                       struct fit_support *support, struct err *e)
{
    struct fit_em em;
    *support = (struct fit_support){.matches = {{0}}};
    const bool ok = fit_em_open(&em, data, NULL, e);
    if (ok) {
        fit_em_expect(&em, fit, one_to_one);
        fit_em_sum(&em, em.mass, support->matches);
        count_candidates(&em, support);
    }
    fit_em_close(&em);
    return ok;
}
