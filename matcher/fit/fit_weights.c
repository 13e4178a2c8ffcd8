/* Weights are logarithms of ratios of shares, and both are above 0; so nothing here can be
 * infinite. */
#include "matcher/fit/fit_weights.h"

#include <math.h>

#define LEAST_WEIGHT 1e-12

void fit_monotone(double *y, const double *w, uint32_t n)
{
    double sum[FIT_MAX_LEVELS], weight[FIT_MAX_LEVELS];
    uint32_t size[FIT_MAX_LEVELS], pools = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum[pools] = y[i] * w[i];
        weight[pools] = w[i];
        size[pools++] = 1;
        while (pools > 1 &&
               sum[pools - 2] / weight[pools - 2] > sum[pools - 1] / weight[pools - 1]) {
            pools--;
            sum[pools - 1] += sum[pools];
            weight[pools - 1] += weight[pools];
            size[pools - 1] += size[pools];
        }
    }
    for (uint32_t pool = 0, i = 0; pool < pools; pool++)
        for (uint32_t end = i + size[pool]; i < end; i++)
            y[i] = sum[pool] / weight[pool];
}

/* log2(m/of) of each level, made non-decreasing: a level counts as much as it is frequent. */
static void weigh_levels(const double *m, const double *of, uint32_t n, double *bits)
{
    double frequent[FIT_MAX_LEVELS];
    for (uint32_t l = 0; l < n; l++) {
        bits[l] = log2(m[l] / of[l]);
        frequent[l] = m[l] + of[l] + LEAST_WEIGHT;
    }
    fit_monotone(bits, frequent, n);
}

void fit_weights(const struct fit_column *column, const struct fit *fit, struct fit_weights *w)
{
    *w = (struct fit_weights){.n_columns = fit->n_columns,
                              .has_related = fit->has_related,
                              .prior_bits = fit->prior_bits,
                              .related_prior_bits = fit->related_prior_bits};
    for (uint32_t c = 0; c < fit->n_columns; c++) {
        const uint32_t n = column[c].n_levels;
        weigh_levels(fit->m[c], column[c].u, n, w->bits[c]);
        w->exact_bits[c] = w->bits[c][n - 1] + log2(column[c].u[n - 1]);
        if (fit->has_related)
            weigh_levels(fit->m[c], fit->h[c], n, w->related_bits[c]);
    }
}

double fit_weight_of(const struct fit_column *column, const struct fit_weights *w, uint32_t c,
                     uint32_t level, uint32_t count)
{
    if (level == FIT_MISSING)
        return 0;
    if (!column[c].rarity || level + 1 < column[c].n_levels)
        return w->bits[c][level];
    const double rarity_bits = log2((double)column[c].n_values / (count < 2 ? 2 : count));
    return fmax(w->exact_bits[c] + rarity_bits, 0);
}

double fit_soft_min(double x, double y)
{
    return fmin(x, y) - log2(1 + exp2(-fabs(x - y)));
}

double fit_score(const struct fit_data *data, const struct fit_weights *w, uint64_t i)
{
    double sum = w->prior_bits, related = w->related_prior_bits;
    for (uint32_t c = 0; c < data->n_columns; c++) {
        const uint32_t level = data->level[c][i];
        const bool exact = level + 1 == data->column[c].n_levels;
        const uint32_t count = exact && data->column[c].rarity ? data->count[c][i] : 0;
        sum += fit_weight_of(data->column, w, c, level, count);
        if (level != FIT_MISSING)
            related += w->related_bits[c][level];
    }
    return w->has_related ? fit_soft_min(sum, related) : sum;
}
