/* Levels and bits from the values of the terms of the score. */
#include "matcher/report/model_pair.h"

#include "core/hash.h"
#include "matcher/fit/fit_weights.h"

#include <math.h>

/* Is a value of a term missing in the pair? */
static bool is_missing(const struct run *r, const uint32_t row[2], uint32_t term)
{
    const struct expr *x = &r->query.expr;
    const struct expr_term *t = &x->term[term];
    const uint32_t column[2] = {t->column_a, t->column_b};
    for (int side = 0; side < 2; side++) {
        const struct side *s = &r->loaded.inputs.index.field[x->column[column[side]].field].side;
        if (s->row_place[row[side]] == TABLE_MISSING)
            return true;
    }
    return false;
}

void model_pairs_open(struct model_pairs *p, const struct run *r)
{
    const struct model *m = &r->model.model;
    p->run = r;
    for (uint32_t i = 0; i < m->n_columns; i++)
        p->bits[i] = model_column_bits(&m->column[i]);
}

uint32_t model_pair_weigh(const struct model_pairs *p, const uint32_t row[2], const double *term,
                          struct model_pair_column w[MODEL_MAX_COLUMNS])
{
    const struct model *m = &p->run->model.model;
    uint32_t t = 0;
    for (uint32_t i = 0; i < m->n_columns; i++) {
        const struct model_column *c = &m->column[i];
        const double value = is_missing(p->run, row, t) ? (double)NAN : term[t];
        const double rarity = c->rarity ? term[t + 1] : 0;
        t += 1 + c->rarity;
        w[i] = (struct model_pair_column){c, value, rarity > 0 ? exp2(-rarity) : 0,
                                          model_weigh(c, &p->bits[i], value, rarity)};
    }
    return m->n_columns;
}

struct model_pair_score model_pair_score(const struct model *m, const struct model_pair_column *w)
{
    const bool has_related = model_has_related(m);
    struct model_pair_score s = {.random = m->prior_bits,
                                 .related = has_related ? m->related_bits : 0};
    for (uint32_t i = 0; i < m->n_columns; i++) {
        s.random += w[i].is.bits;
        s.related += has_related ? w[i].is.related_bits : 0;
    }
    s.score = has_related ? fit_soft_min(s.random, s.related) : s.random;
    return s;
}

uint32_t model_pair_pattern(const struct model_pair_column *w, uint32_t n)
{
    uint64_t pattern = n;
    for (uint32_t i = 0; i < n; i++)
        pattern = hash_mix3(pattern, w[i].is.missing ? MODEL_MAX_LEVELS : w[i].is.level, i);
    return (uint32_t)pattern;
}

void model_pair_print_why(const struct model_pair_column *w, FILE *f)
{
    const struct model_column *c = w->column;
    const uint32_t l = w->is.level;
    if (w->is.missing)
        fputs("missing", f);
    else if (w->is.rare)
        fprintf(f, "equal, as 1 of %.0f records are", 1 / w->share);
    else if (l + 1 == c->n_levels)
        fputs("equal", f);
    else if (l == 0)
        fprintf(f, "%.4g, below %.4g", w->value, c->level[1].at_least);
    else
        fprintf(f, "%.4g, at least %.4g", w->value, c->level[l].at_least);
}
