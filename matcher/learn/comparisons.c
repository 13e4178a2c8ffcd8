#include "matcher/learn/comparisons.h"

#include "core/string_builder.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/model/model_text.h"

#include <math.h>
#include <omp.h>

char *comparisons_score(const struct model *m)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    for (uint32_t i = 0; f && i < m->n_columns; i++) {
        fputs(i ? " + " : "", f);
        model_write_metric(&m->column[i], f);
    }
    for (uint32_t i = 0; f && i < m->n_columns; i++) {
        if (!m->column[i].rarity)
            continue;
        fputs(" + ", f);
        model_write_rarity(&m->column[i], f);
    }
    return string_builder_end(&b);
}

bool comparisons_make(struct comparisons *c, struct run *run, const struct model *m, struct err *e)
{
    const struct expr *x = &run->query.expr;
    uint32_t n = m->n_columns;
    *c = (struct comparisons){.run = run, .model = m};
    for (uint32_t i = 0; i < m->n_columns; i++) {
        c->metric[i] = i;
        c->rarity[i] = m->column[i].rarity ? n++ : EXPR_NONE;
    }
    return x->n_terms == n ||
           err_set(e, ERR_USAGE, "--columns says which columns to compare",
                   "two comparisons of the model are the same one");
}

const struct side *comparisons_side(const struct comparisons *c, uint32_t term, int side)
{
    const struct expr *x = &c->run->query.expr;
    const struct expr_term *t = &x->term[term];
    return &c->run->loaded.inputs.index.field[x->column[side ? t->column_b : t->column_a].field].side;
}

static double records_with_value(const struct side *s)
{
    return (double)s->rows_begin[s->n];
}

double comparisons_pairs(const struct comparisons *c, uint32_t column)
{
    const double a = records_with_value(comparisons_side(c, c->metric[column], 0));
    const double b = records_with_value(comparisons_side(c, c->metric[column], 1));
    return c->run->loaded.inputs.self ? a * (a - 1) / 2 : a * b;
}

/* The metric of value ids from..to. */
static void score_values(const struct dictionary *d, struct metric_state *state,
                         const struct side *a, const struct side *b, const uint32_t *place_a,
                         const uint32_t *place_b, uint64_t from, uint64_t to, double *value)
{
    for (uint64_t i = from; i < to; i++)
        value[i] = place_a[i] == TABLE_MISSING || place_b[i] == TABLE_MISSING
                       ? (double)NAN
                       : metric_score(state, dictionary_text(d, a->value[place_a[i]]),
                                      dictionary_text(d, b->value[place_b[i]]));
}

bool comparisons_of_places(const struct comparisons *c, uint32_t column, const uint32_t *place_a,
                           const uint32_t *place_b, uint64_t n, double *value, struct err *e)
{
    const struct dictionary *d = &c->run->loaded.inputs.index.dictionary;
    const struct side *a = comparisons_side(c, c->metric[column], 0);
    const struct side *b = comparisons_side(c, c->metric[column], 1);
    const struct metric_use use =
        terms_use(&c->run->query.expr, c->metric[column], &c->run->loaded.inputs.index);
    const int threads = n < 10000 ? 1 : omp_get_max_threads();
    bool ok = true;
#pragma omp parallel num_threads(threads) reduction(&& : ok)
    {
        const uint64_t k = (uint64_t)omp_get_thread_num(), of = (uint64_t)omp_get_num_threads();
        struct metric_state *state;
        struct err own;
        ok = metric_open(&state, &use, &d->alphabet, d->max_length, &own);
        if (ok)
            score_values(d, state, a, b, place_a, place_b, n * k / of, n * (k + 1) / of, value);
        metric_close(state);
    }
    return ok || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* The places of rows; malloced. */
static uint32_t *places_of(const struct side *s, const uint32_t *row, uint64_t n)
{
    uint32_t *place = malloc((n + 1) * sizeof *place);
    for (uint64_t i = 0; place && i < n; i++)
        place[i] = s->row_place[row[i]];
    return place;
}

bool comparisons_values(const struct comparisons *c, uint32_t column, const uint32_t *row_a,
                        const uint32_t *row_b, uint64_t n, double *value, struct err *e)
{
    uint32_t *a = places_of(comparisons_side(c, c->metric[column], 0), row_a, n);
    uint32_t *b = places_of(comparisons_side(c, c->metric[column], 1), row_b, n);
    const bool ok = a && b ? comparisons_of_places(c, column, a, b, n, value, e)
                           : err_set(e, ERR_OS, NULL, "not enough memory");
    free(a);
    free(b);
    return ok;
}
