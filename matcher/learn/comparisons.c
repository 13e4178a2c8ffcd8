/* The list, the score that needs all of it, and values of metrics on all cores. */
#include "matcher/learn/comparisons.h"

#include "core/string_builder.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/model/model_kinds.h"
#include "matcher/model/model_text.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- The list --------------------------------------------------------------------------------*/

/* The metric of a column as it would be if it were of another kind. */
static bool add(struct comparisons *c, const struct model_column *column, uint32_t number,
                const struct model_kind *kind, const char *metric, struct err *e)
{
    struct model_column as = *column;
    char own[100];
    struct string_builder b;
    snprintf(own, sizeof own, "%s", metric);
    as.metric = own;
    FILE *f = string_builder_open(&b);
    if (f)
        model_write_metric(&as, f);
    c->of[c->n] = (struct comparison){
        .column = number, .text = string_builder_end(&b), .kind = kind, .metric = metric};
    return c->of[c->n++].text || out_of_memory(e);
}

/* Is it compared as its kind is, and would another kind fit? */
static const struct model_kind *other_kind(const struct model_column *c)
{
    const char *other = c->kind->other;
    if (!other || strcmp(c->metric, c->kind->metric) != 0)
        return NULL;
    return model_kind_find(other, strlen(other));
}

bool comparisons_list(struct comparisons *c, const struct model *m, const bool *fixed,
                      struct err *e)
{
    *c = (struct comparisons){.n = 0};
    for (uint32_t i = 0; i < m->n_columns; i++)
        if (!add(c, &m->column[i], i, m->column[i].kind, m->column[i].metric, e))
            return false;
    c->n_first = c->n;
    for (uint32_t i = 0; i < m->n_columns; i++) {
        const struct model_kind *other = fixed[i] ? NULL : other_kind(&m->column[i]);
        const uint32_t terms = c->n + m->n_columns; /* with the rarities */
        if (other && terms < EXPR_MAX_TERMS && !add(c, &m->column[i], i, other, other->metric, e))
            return false;
    }
    return true;
}

void comparisons_free(struct comparisons *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        free(c->of[i].text);
    c->n = 0;
}

char *comparisons_score(const struct comparisons *c, const struct model *m)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    for (uint32_t i = 0; f && i < c->n; i++)
        fprintf(f, "%s%s", i ? " + " : "", c->of[i].text);
    for (uint32_t i = 0; f && i < m->n_columns; i++) {
        fputs(" + ", f);
        model_write_rarity(&m->column[i], f);
    }
    return string_builder_end(&b);
}

/* Terms have the order of the score: metrics, then rarities of columns. */
bool comparisons_set_run(struct comparisons *c, struct run *run, struct err *e)
{
    const struct expr *x = &run->query.expr;
    c->run = run;
    if (x->n_terms != c->n + c->n_first)
        return err_set(e, ERR_USAGE, "--columns says which columns to compare",
                       "two comparisons of the model are the same one");
    for (uint32_t i = 0; i < c->n; i++) {
        c->of[i].term = i;
        c->of[i].rarity = c->n + c->of[i].column;
    }
    return true;
}

/* ---- Values ----------------------------------------------------------------------------------*/

const struct side *comparisons_side(const struct comparisons *c, uint32_t term, int side)
{
    const struct expr *x = &c->run->query.expr;
    const struct expr_term *t = &x->term[term];
    return &c->run->loaded.inputs.index.field[x->column[side ? t->column_b : t->column_a].field]
                .side;
}

static double records_with_value(const struct side *s)
{
    return (double)s->rows_begin[s->n];
}

double comparisons_pairs(const struct comparisons *c, uint32_t i)
{
    const double a = records_with_value(comparisons_side(c, c->of[i].term, 0));
    const double b = records_with_value(comparisons_side(c, c->of[i].term, 1));
    return c->run->loaded.inputs.self ? a * (a - 1) / 2 : a * b;
}

double comparisons_rarest_bits(const struct comparisons *c, uint32_t rarity)
{
    const bool self = c->run->loaded.inputs.self;
    const struct side *a = comparisons_side(c, rarity, 0), *b = comparisons_side(c, rarity, 1);
    const double all = records_with_value(a) + (self ? 0 : records_with_value(b));
    double fewest = (double)INFINITY;
    for (uint32_t i = 0, k = 0; i < a->n && k < b->n;) {
        const uint32_t x = a->value[i], y = b->value[k];
        if (x == y && !(self && side_multiplicity(a, i) < 2))
            fewest = fmin(fewest, side_multiplicity(a, i) + (self ? 0.0 : side_multiplicity(b, k)));
        i += x <= y;
        k += y <= x;
    }
    return isinf(fewest) ? 0 : log2(all / fmax(fewest, 2));
}

/* The metric of pairs `from` to `to`. */
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

bool comparisons_of_places(const struct comparisons *c, uint32_t i, const uint32_t *place_a,
                           const uint32_t *place_b, uint64_t n, double *value, struct err *e)
{
    const struct dictionary *d = &c->run->loaded.inputs.index.dictionary;
    const struct side *a = comparisons_side(c, c->of[i].term, 0);
    const struct side *b = comparisons_side(c, c->of[i].term, 1);
    const struct metric_use use =
        terms_use(&c->run->query.expr, c->of[i].term, &c->run->loaded.inputs.index);
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
    return ok || out_of_memory(e);
}

/* The places of rows; malloced. */
static uint32_t *places_of(const struct side *s, const uint32_t *row, uint64_t n)
{
    uint32_t *place = malloc((n + 1) * sizeof *place);
    for (uint64_t k = 0; place && k < n; k++)
        place[k] = s->row_place[row[k]];
    return place;
}

bool comparisons_values(const struct comparisons *c, uint32_t i, const uint32_t *row_a,
                        const uint32_t *row_b, uint64_t n, double *value, struct err *e)
{
    uint32_t *a = places_of(comparisons_side(c, c->of[i].term, 0), row_a, n);
    uint32_t *b = places_of(comparisons_side(c, c->of[i].term, 1), row_b, n);
    const bool ok = a && b ? comparisons_of_places(c, i, a, b, n, value, e) : out_of_memory(e);
    free(a);
    free(b);
    return ok;
}
