/* Weights of levels, and freeing. */
#include "matcher/model/model.h"

#include "matcher/fit/fit_weights.h"
#include "matcher/metric/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MODEL_MAX_LEVELS == FIT_MAX_LEVELS, "a model holds what was fitted");
_Static_assert(MODEL_MAX_COLUMNS <= FIT_MAX_COLUMNS, "a model is fitted whole");

static bool one_is_equal(const struct model_column *c)
{
    const uint64_t longest = UINT32_MAX; /* no text has more characters */
    struct metric_use use;
    struct err e;
    if (!metric_find(c->metric, strcspn(c->metric, ":"), &use, &e))
        return false;
    const struct metric *m = use.metric;
    return m->unequal && !m->form && !(m->flags & METRIC_OF_COLUMNS) && m->unequal(longest) < 1;
}

/* Of one column, as fitting sees it. */
struct model_bits model_column_bits(const struct model_column *c)
{
    struct fit_column column = {.n_levels = c->n_levels, .rarity = c->rarity};
    struct fit fit = {.n_columns = 1, .has_related = true};
    struct fit_weights w;
    struct model_bits bits;
    for (uint32_t l = 0; l < c->n_levels; l++) {
        column.u[l] = c->level[l].u;
        fit.m[0][l] = c->level[l].m;
        fit.h[0][l] = c->level[l].related > 0 ? c->level[l].related : c->level[l].u;
    }
    fit_weights(&column, &fit, &w);
    memcpy(bits.random, w.bits[0], sizeof bits.random);
    memcpy(bits.related, w.related_bits[0], sizeof bits.related);
    bits.rare = w.exact_bits[0];
    bits.one_is_equal = one_is_equal(c);
    return bits;
}

uint32_t model_column_level(const struct model_column *c, double value)
{
    uint32_t l = 0;
    while (l + 1 < c->n_levels && value >= c->level[l + 1].at_least)
        l++;
    return l;
}

struct model_weighed model_weigh(const struct model_column *c, const struct model_bits *bits,
                                 double value, double rarity)
{
    if (value != value)
        return (struct model_weighed){.missing = true};
    const uint32_t level = model_column_level(c, value);
    const bool rare = c->rarity && level + 1 == c->n_levels && (rarity > 0 || bits->one_is_equal);
    /* As the expression says it. */
    const double rare_bits = fmax(0, bits->rare + fmin(c->rarest_bits, rarity));
    return (struct model_weighed){.level = level,
                                  .rare = rare,
                                  .bits = rare ? rare_bits : bits->random[level],
                                  .related_bits = bits->related[level]};
}

static void free_placeholders(struct model *m)
{
    for (uint32_t i = 0; i < m->n_placeholders; i++)
        for (uint32_t k = 0; k < MODEL_MAX_COLUMNS; k++)
            free(m->placeholder[i].value[k]);
}

void model_free(struct model *m)
{
    free_placeholders(m);
    for (uint32_t i = 0; i < m->n_columns; i++) {
        free(m->column[i].name[0]);
        free(m->column[i].name[1]);
        free(m->column[i].metric);
        free(m->column[i].rules);
    }
    free(m->nulls);
    *m = (struct model){.n_columns = 0};
}
