#include "matcher/learn/candidates.h"

#include "core/log.h"
#include "core/random.h"
#include "core/sort.h"
#include "core/string_builder.h"
#include "matcher/model/model_text.h"
#include "matcher/run/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_A_ROW 20.0  /* of either file: candidates, on average */
#define LEAST_PAIRS 100000.0
#define MOST_ROWS 100000u /* of A: more are not needed, since each has all of its candidates */
#define PROBE_ROWS 1000u  /* of A: they show where the floor is */
#define PROBE_PAIRS 4000000u
#define DEPTH_BITS 12.0   /* below even odds by the first guess, the probe begins */
#define STEP_BITS 2.0     /* it goes up where that is too many */

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- The first guess -------------------------------------------------------------------------*/

/* Its score, as an expression: 0 are even odds. The caller frees it; NULL without memory. */
static char *first_score(const struct comparisons *c, const struct candidates *x)
{
    const struct inputs *in = &c->run->loaded.inputs;
    const uint64_t rows[2] = {in->table[0].head->n_rows, in->table[1].head->n_rows};
    struct model first = *c->model;
    struct fit guess;
    struct string_builder b;
    fit_start(x->column, first.n_columns, rows, in->self, &guess);
    for (uint32_t i = 0; i < first.n_columns; i++)
        for (uint32_t l = 0; l < first.column[i].n_levels; l++)
            first.column[i].level[l].m = guess.m[i][l];
    first.prior_bits = guess.prior_bits;
    first.related_pairs = 0;
    FILE *f = string_builder_open(&b);
    if (f)
        model_write_score(&first, f);
    return string_builder_end(&b);
}

/* ---- Rows of A -------------------------------------------------------------------------------*/

/* At most `most` random rows of A, ascending. Malloced; NULL without memory. */
static uint32_t *draw_rows(uint64_t rows, uint64_t most, uint64_t seed, uint64_t *n)
{
    uint64_t need = most < rows ? most : rows, random = seed;
    uint32_t *row = malloc((need + 1) * sizeof *row);
    *n = 0;
    for (uint64_t i = 0; row && i < rows; i++) /* selection sampling (Fan, Muller, Rezucha, 1962) */
        if (random_next(&random) % (rows - i) < need - *n)
            row[(*n)++] = (uint32_t)i;
    return row;
}

/* ---- The floor -------------------------------------------------------------------------------*/

/* Finds the pairs above a floor, which rises until they are not too many. */
static bool find_from(struct trial *t, struct collect *found, struct err *e)
{
    uint64_t n = TRIAL_MANY;
    while (n == TRIAL_MANY) {
        collect_close(found);
        *found = (struct collect){.capacity = 0};
        if (!trial_find(t, found, &n, e))
            return false;
        if (n == TRIAL_MANY)
            t->least += STEP_BITS;
    }
    return true;
}

/* The lowest floor that at most `most` of the pairs reach; *floor if all do. */
static bool floor_for(const struct found *found, double most, double *floor, struct err *e)
{
    if ((double)found->n <= most)
        return true;
    double *score = malloc(found->n * sizeof *score);
    if (!score)
        return out_of_memory(e);
    for (uint64_t i = 0; i < found->n; i++)
        score[i] = found->pair[i].score;
    sort_double(score, found->n);
    const uint64_t out = found->n - (uint64_t)most;
    *floor = nextafter(score[out - 1], INFINITY);
    free(score);
    return true;
}

/* Candidates that so many rows of A may have. */
static double budget(const struct comparisons *c, double rows)
{
    const struct inputs *in = &c->run->loaded.inputs;
    const double a = (double)in->table[0].head->n_rows, b = (double)in->table[1].head->n_rows;
    return fmax(LEAST_PAIRS, PAIRS_A_ROW * (a + (in->self ? 0 : b))) * rows / a;
}

/* Some rows of A show where the floor is. In dedupe, and where A has few rows, all of them do. */
static bool probe(const struct comparisons *c, struct trial *t, uint64_t seed, struct err *e)
{
    struct trial few = *t;
    struct collect found = {.capacity = 0};
    const uint64_t rows = c->run->loaded.inputs.table[0].head->n_rows;
    uint64_t n = rows;
    if (c->run->loaded.inputs.self || rows <= 2 * PROBE_ROWS)
        return true;
    uint32_t *row = draw_rows(rows, PROBE_ROWS, seed ^ 1, &n);
    few.rows = (struct row_list){row, n};
    few.most = PROBE_PAIRS;
    const bool ok = row ? find_from(&few, &found, e) : out_of_memory(e);
    t->least = few.least;
    const bool floor_known = ok && floor_for(&found.found, budget(c, (double)n), &t->least, e);
    collect_close(&found);
    free(row);
    return floor_known;
}

/* ---- Levels ----------------------------------------------------------------------------------*/

/* The level of a value of the metric; NaN: missing. */
static uint8_t level_of(const struct model_column *c, double value)
{
    uint32_t l = 0;
    if (value != value)
        return FIT_MISSING;
    while (l + 1 < c->n_levels && value >= c->level[l + 1].at_least)
        l++;
    return (uint8_t)l;
}

static bool find_levels(const struct comparisons *c, struct candidates *x, uint32_t column,
                        double *value, struct err *e)
{
    uint8_t *level = malloc(x->n + 1);
    x->level[column] = level;
    x->level_view[column] = level;
    if (!level)
        return out_of_memory(e);
    if (!comparisons_values(c, column, x->a, x->b, x->n, value, e))
        return false;
    for (uint64_t i = 0; i < x->n; i++)
        level[i] = level_of(&c->model->column[column], value[i]);
    return true;
}

/* How many records have the value that both have. Of values that are equal in other words, such as
 * dates written in two ways, no number is known: they count as a usual one. */
static bool count_values(const struct comparisons *c, struct candidates *x, uint32_t column,
                         struct err *e)
{
    const bool self = c->run->loaded.inputs.self;
    const struct side *a = comparisons_side(c, c->rarity[column], 0);
    const struct side *b = comparisons_side(c, c->rarity[column], 1);
    struct fit_column *f = &x->column[column];
    uint32_t *count = malloc((x->n + 1) * sizeof *count);
    x->count[column] = count;
    x->count_view[column] = count;
    if (!count)
        return out_of_memory(e);
    f->n_values = a->rows_begin[a->n] + (self ? 0 : b->rows_begin[b->n]);
    const uint32_t usual = (uint32_t)(f->u[f->n_levels - 1] * (double)f->n_values);
    for (uint64_t i = 0; i < x->n; i++) {
        const uint32_t p = a->row_place[x->a[i]], q = b->row_place[x->b[i]];
        const bool equal =
            p != TABLE_MISSING && q != TABLE_MISSING && a->value[p] == b->value[q];
        count[i] = !equal ? usual
                          : side_multiplicity(a, p) + (self ? 0 : side_multiplicity(b, q));
    }
    return true;
}

static bool compare(const struct comparisons *c, struct candidates *x, struct err *e)
{
    double *value = malloc((x->n + 1) * sizeof *value);
    bool ok = value || out_of_memory(e);
    for (uint32_t i = 0; ok && i < c->model->n_columns; i++)
        ok = find_levels(c, x, i, value, e) &&
             (c->rarity[i] == EXPR_NONE || count_values(c, x, i, e));
    free(value);
    return ok;
}

/* ---- All together ----------------------------------------------------------------------------*/

static void set_columns(const struct comparisons *c, const struct null_column *null,
                        struct candidates *x)
{
    for (uint32_t i = 0; i < c->model->n_columns; i++) {
        x->column[i] = (struct fit_column){.n_levels = null[i].levels.n_levels,
                                           .rarity = c->model->column[i].rarity};
        memcpy(x->column[i].u, null[i].levels.u, sizeof x->column[i].u);
    }
}

/* Keeps the rows of the pairs from the floor on. */
static bool take_pairs(struct candidates *x, const struct found *found, struct err *e)
{
    x->a = malloc((found->n + 1) * sizeof *x->a);
    x->b = malloc((found->n + 1) * sizeof *x->b);
    if (!x->a || !x->b)
        return out_of_memory(e);
    for (uint64_t i = 0; i < found->n; i++) {
        if (found->pair[i].score < x->floor_bits)
            continue;
        x->a[x->n] = found->pair[i].row_a;
        x->b[x->n++] = found->pair[i].row_b;
    }
    return true;
}

static void set_data(const struct comparisons *c, struct candidates *x)
{
    const struct inputs *in = &c->run->loaded.inputs;
    const double rows = (double)in->table[0].head->n_rows;
    x->data = (struct fit_data){.n_columns = c->model->n_columns,
                                .column = x->column,
                                .n_rows = {in->table[0].head->n_rows, in->table[1].head->n_rows},
                                .self = in->self,
                                .share = (double)x->n_rows_sampled / rows,
                                .n_pairs = x->n,
                                .a = x->a,
                                .b = x->b,
                                .level = x->level_view,
                                .count = x->count_view};
}

static bool find_pairs(const struct comparisons *c, struct trial *t, uint64_t seed,
                       struct candidates *x, struct err *e)
{
    struct collect found = {.capacity = 0};
    const uint64_t rows = c->run->loaded.inputs.table[0].head->n_rows;
    uint32_t *row = NULL;
    bool ok = probe(c, t, seed, e);
    x->n_rows_sampled = rows;
    if (ok && !c->run->loaded.inputs.self && rows > MOST_ROWS) {
        row = draw_rows(rows, MOST_ROWS, seed, &x->n_rows_sampled);
        t->rows = (struct row_list){row, x->n_rows_sampled};
        ok = row || out_of_memory(e);
    }
    const double most = budget(c, (double)x->n_rows_sampled);
    t->most = (uint64_t)(8 * most) + PROBE_PAIRS;
    ok = ok && find_from(t, &found, e);
    x->floor_bits = t->least;
    ok = ok && floor_for(&found.found, most, &x->floor_bits, e) && take_pairs(x, &found.found, e);
    collect_close(&found);
    free(row);
    return ok;
}

bool candidates_find(const struct comparisons *c, const struct null_column *null, uint64_t seed,
                     struct candidates *found, struct err *e)
{
    *found = (struct candidates){.n = 0};
    log_phase("finding the pairs to learn from", 0);
    set_columns(c, null, found);
    char *score = first_score(c, found);
    struct trial t = {.run = c->run, .score = score, .least = -DEPTH_BITS};
    bool ok = score ? find_pairs(c, &t, seed, found, e) && compare(c, found, e) : out_of_memory(e);
    free(score);
    if (ok)
        set_data(c, found);
    return ok;
}

void candidates_free(struct candidates *c)
{
    free(c->a);
    free(c->b);
    for (uint32_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        free(c->level[i]);
        free(c->count[i]);
    }
    *c = (struct candidates){.n = 0};
}
