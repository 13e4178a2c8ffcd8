/* Cuts are made from the rarest values down. */
#include "matcher/fit/fit_levels.h"

#include <math.h>
#include <string.h>

#define LEAST_DISTANCE .02 /* of two cuts */
#define LEAST_CUT .05      /* below it a level would say hardly anything */
#define MOST_CUT .99       /* what is above is as good as exact */
#define UNSEEN .3          /* of the least share that could be counted: one that was not seen */
#define LEAST_U 1e-12      /* of any level */
#define MOST_U (1 - 1e-6)

static const double tails[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, .03, .1, .3};
#define N_TAILS (sizeof tails / sizeof *tails)

/* The shortest decimal above `low` and up to `high`; with 12 digits if it takes more. */
static double shortest_between(double low, double high)
{
    double unit = 1;
    for (int digits = 1; digits <= 12; digits++) {
        unit *= 10;
        const double x = (floor(low * unit) + 1) / unit;
        if (x > low && x <= high)
            return x;
    }
    return high;
}

/* The cut at which no more than `tail` of the random pairs are at or above it, those that agree
 * exactly not counted: just above the first value that is too frequent with all above it, and up to
 * the value before, or half way to exact agreement. 0 if no value is too frequent. */
static double cut_at(const struct fit_null *null, double tail)
{
    double sum = 0;
    for (uint32_t i = 0; i < null->n; i++) {
        const double value = null->value[i];
        sum += null->share[i];
        if (sum > tail)
            return shortest_between(value, i > 0 ? null->value[i - 1] : (1 + value) / 2);
    }
    return 0;
}

/* Cuts below that of exact agreement, descending. Returns how many. */
static uint32_t find_cuts(const struct fit_null *null, double *cut)
{
    uint32_t n = 0;
    double above = 1;
    for (size_t t = 0; t < N_TAILS; t++) {
        const double x = fmin(cut_at(null, tails[t]), MOST_CUT);
        if (x <= LEAST_CUT || x >= above - LEAST_DISTANCE)
            continue;
        cut[n++] = above = x;
    }
    return n;
}

static void share_out(const struct fit_null *null, struct fit_levels *l)
{
    const uint32_t exact = l->n_levels - 1;
    const double exact_u = fmin(fmax(null->exact_share, LEAST_U), MOST_U),
                 unseen = UNSEEN * null->least_share;
    double seen = 0, total = 0;
    memset(l->u, 0, sizeof l->u);
    for (uint32_t i = 0; i < null->n; i++) {
        uint32_t level = 0;
        while (level + 1 < exact && null->value[i] >= l->cut[level])
            level++;
        l->u[level] += null->share[i];
        seen += null->share[i];
    }
    l->u[0] += fmax(1 - null->exact_share - seen, 0);
    for (uint32_t i = 0; i < exact; i++)
        total += l->u[i] = fmax(fmax(l->u[i], unseen), LEAST_U);
    for (uint32_t i = 0; i < exact; i++)
        l->u[i] *= (1 - exact_u) / total;
    l->u[exact] = exact_u;
}

void fit_levels(const struct fit_null *null, bool only_exact, struct fit_levels *levels)
{
    double descending[FIT_MAX_LEVELS];
    const uint32_t n = only_exact ? 0 : find_cuts(null, descending);
    *levels = (struct fit_levels){.n_levels = n + 2};
    for (uint32_t i = 0; i < n; i++)
        levels->cut[i] = descending[n - 1 - i];
    share_out(null, levels);
}
