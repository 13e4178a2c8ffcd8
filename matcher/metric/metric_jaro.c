/* Jaro and Jaro-Winkler (Jaro 1989, Winkler 1990), with RapidFuzz's order of operations. The
 * characters in common are counted by a kernel (kernel_pattern.h). */
#include "matcher/metric/metric_internal.h"

#include <math.h>

#define SLACK 1e-9 /* a score need not rise with its parts to the last bit: they are rounded */

static double jaro_value(uint64_t la, uint64_t lb, uint64_t common, uint64_t transpositions)
{
    if (common == 0)
        return la == 0 && lb == 0 ? 1.0 : 0.0;
    double sim = (double)common / (double)la;
    sim += (double)common / (double)lb;
    sim += ((double)common - (double)transpositions) / (double)common;
    return sim / 3.0;
}

double metric_jaro_similarity(uint64_t la, uint64_t lb, uint64_t common, uint64_t transpositions,
                              unsigned prefix, bool winkler)
{
    double sim = jaro_value(la, lb, common, transpositions);
    return winkler ? metric_boosted(sim, prefix) : sim;
}

double metric_jaro_needed(double need, unsigned prefix, bool winkler)
{
    const double boost = METRIC_PREFIX_WEIGHT * prefix;
    if (!winkler)
        return need;
    const double wanted = (need - boost) / (1.0 - boost);
    return fmax(wanted, fmin(need, METRIC_BOOST_ABOVE));
}

/* Characters in common and transpositions; A is prepared. */
static double jaro_of(struct metric_state *s, const struct text *a, const struct text *b)
{
    struct jaro_counts counts = {0, 0};
    if (a->n && b->n)
        counts = s->kernel->jaro(&s->pattern, a, b, s->scratch);
    return jaro_value(a->n, b->n, counts.common, counts.crossed / 2);
}

static double jaro(struct metric_state *s, const struct text *a, const struct text *b)
{
    metric_prepare(s, a);
    return jaro_of(s, a, b);
}

static unsigned common_start(const struct text *a, const struct text *b)
{
    unsigned prefix = 0, most = least(METRIC_PREFIX_MOST, least(a->n, b->n));
    while (prefix < most &&
           text_code(a->codes, a->width, prefix) == text_code(b->codes, b->width, prefix))
        prefix++;
    return prefix;
}

static double jaro_winkler(struct metric_state *s, const struct text *a, const struct text *b)
{
    metric_prepare(s, a);
    double sim = jaro_of(s, a, b);
    return sim > METRIC_BOOST_ABOVE ? metric_boosted(sim, common_start(a, b)) : sim;
}

/* ---- Bounds ----------------------------------------------------------------------------------*/

static double bound_jaro(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    return metric_jaro_similarity(la, lb, common, 0, prefix, false) + SLACK;
}

static double bound_winkler(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    return metric_jaro_similarity(la, lb, common, 0, prefix, true) + SLACK;
}

/* One text has one character more, or two characters are swapped, after a common beginning as long
 * as counts. */
static double unequal(uint64_t length, bool winkler)
{
    uint64_t n = length < 2 ? 2 : length;
    return fmax(metric_jaro_similarity(n, n - 1, n - 1, 0, METRIC_PREFIX_MOST, winkler),
                metric_jaro_similarity(n, n, n, 1, METRIC_PREFIX_MOST, winkler));
}

static double unequal_jaro(uint64_t length)
{
    return unequal(length, false);
}

static double unequal_winkler(uint64_t length)
{
    return unequal(length, true);
}

extern const struct metric metric_jaro_rows[];
const struct metric metric_jaro_rows[] = {
    {.name = "jaro",
     .range = "0..1",
     .what = "characters in common and their order",
     .arguments = "",
     .score = jaro,
     .flags = METRIC_JARO,
     .bound = bound_jaro,
     .unequal = unequal_jaro},
    {.name = "jaro_winkler",
     .range = "0..1",
     .what = "as jaro, and more for a common beginning; made for names",
     .arguments = "",
     .score = jaro_winkler,
     .flags = METRIC_JARO | METRIC_PREFIX,
     .bound = bound_winkler,
     .unequal = unequal_winkler},
    {.name = NULL},
};
