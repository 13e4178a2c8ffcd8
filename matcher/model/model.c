/* Weights of levels, and freeing. */
#include "matcher/model/model.h"

#include "matcher/fit/fit_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MODEL_MAX_LEVELS == FIT_MAX_LEVELS, "a model holds what was fitted");
_Static_assert(MODEL_MAX_COLUMNS <= FIT_MAX_COLUMNS, "a model is fitted whole");

/* One column as fitting sees it. */
static void weigh(const struct model_column *c, struct fit_weights *w)
{
    struct fit_column column = {.n_levels = c->n_levels, .rarity = c->rarity};
    struct fit fit = {.n_columns = 1, .has_related = true};
    for (uint32_t l = 0; l < c->n_levels; l++) {
        column.u[l] = c->level[l].u;
        fit.m[0][l] = c->level[l].m;
        fit.h[0][l] = c->level[l].related > 0 ? c->level[l].related : c->level[l].u;
    }
    fit_weights(&column, &fit, w);
}

void model_column_bits(const struct model_column *c, bool related, double bits[MODEL_MAX_LEVELS])
{
    struct fit_weights w;
    weigh(c, &w);
    memcpy(bits, related ? w.related_bits[0] : w.bits[0], MODEL_MAX_LEVELS * sizeof *bits);
}

double model_rare_bits(const struct model_column *c)
{
    struct fit_weights w;
    weigh(c, &w);
    return w.exact_bits[0];
}

uint32_t model_column_level(const struct model_column *c, double value)
{
    uint32_t l = 0;
    while (l + 1 < c->n_levels && value >= c->level[l + 1].at_least)
        l++;
    return l;
}

/* What an equal value weighs, as the expression says it. */
static double rare_bits(const struct model_column *c, double rarity)
{
    const double own = model_rare_bits(c);
    return fmax(0, own + fmin(c->rarest_bits, rarity));
}

struct model_weighed model_weigh(const struct model_column *c, double value, double rarity)
{
    double bits[MODEL_MAX_LEVELS], related[MODEL_MAX_LEVELS];
    if (value != value)
        return (struct model_weighed){.missing = true};
    const uint32_t level = model_column_level(c, value);
    const bool rare = c->rarity && level + 1 == c->n_levels && rarity > 0;
    model_column_bits(c, false, bits);
    model_column_bits(c, true, related);
    return (struct model_weighed){.level = level,
                                  .rare = rare,
                                  .bits = rare ? rare_bits(c, rarity) : bits[level],
                                  .related_bits = related[level]};
}

void model_free(struct model *m)
{
    for (uint32_t i = 0; i < m->n_columns; i++) {
        free(m->column[i].name[0]);
        free(m->column[i].name[1]);
        free(m->column[i].metric);
        free(m->column[i].rules);
    }
    free(m->nulls);
    *m = (struct model){.n_columns = 0};
}
