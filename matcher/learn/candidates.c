/* The score of a guess finds the pairs; then each is compared column by column. */
#include "matcher/learn/candidates.h"

#include "core/log.h"
#include "core/sort.h"
#include "matcher/learn/draw_rows.h"
#include "matcher/learn/learn_search.h"
#include "matcher/model/model_text.h"

#include <math.h>
#include <stdlib.h>

#define PAIRS_A_ROW 20.0 /* of either file: candidates, on average */
#define LEAST_PAIRS 100000.0
#define MANY_PAIRS 2e9       /* of records: where there are more, some rows of A are enough … */
#define ENOUGH_ROWS 5000u    /* … since each has all of its candidates */
#define SPARE_PAIRS 4000000u /* more than the budget may be found, and the best of them taken */
/* The floor is so many bits below even odds. Where there are few pairs, it is lower, since they are
 * quickly found. It goes up where candidates are too many. None of this asks for the time, or the
 * model would depend on the machine. */
#define DEPTH_BITS 8.0
#define FEW_PAIRS 1e6
#define FEW_DEPTH_BITS 18.0
#define STEP_BITS 2.0

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- The guess -------------------------------------------------------------------------------*/

static uint64_t rows_of(const struct candidates_asked *q, int side)
{
    return q->comparisons->run->loaded.inputs.table[side].head->n_rows;
}

static bool is_self(const struct candidates_asked *q)
{
    return q->comparisons->run->loaded.inputs.self;
}

/* What is guessed before anything is known of matches. */
static void guess_first(const struct candidates_asked *q, const struct candidates *x,
                        struct model *guess)
{
    const uint64_t rows[2] = {rows_of(q, 0), rows_of(q, 1)};
    struct fit fit;
    fit_start(x->column, guess->n_columns, rows, is_self(q), &fit);
    for (uint32_t i = 0; i < guess->n_columns; i++)
        for (uint32_t l = 0; l < guess->column[i].n_levels; l++)
            guess->column[i].level[l].m = fit.m[i][l];
    guess->prior_bits = fit.prior_bits;
}

/* The score of the guess, as an expression: 0 are even odds. Related pairs are candidates, too. The
 * caller frees it; NULL without memory. */
static char *guess_score(const struct candidates_asked *q, const struct candidates *x)
{
    struct model guess = *q->model;
    guess.related_pairs = 0;
    if (!q->earlier)
        guess_first(q, x, &guess);
    return model_text(&guess, model_write_score);
}

/* ---- Rows of A -------------------------------------------------------------------------------*/

/* The rows that were drawn, and those that take part in any case. `drawn` is freed; NULL without
 * memory, or if it was NULL. */
static uint32_t *add_rows(uint32_t *drawn, uint64_t *n, struct row_list also)
{
    uint32_t *row = drawn ? malloc((*n + also.n + 1) * sizeof *row) : NULL;
    uint64_t n_all = 0;
    for (uint64_t i = 0, k = 0; row && (i < *n || k < also.n);) {
        const bool is_drawn = i < *n && (k == also.n || drawn[i] <= also.row[k]);
        const uint32_t next = is_drawn ? drawn[i] : also.row[k];
        i += i < *n && drawn[i] == next;
        k += k < also.n && also.row[k] == next;
        row[n_all++] = next;
    }
    free(drawn);
    *n = n_all;
    return row;
}

/* ---- The floor -------------------------------------------------------------------------------*/

/* Finds the pairs above a floor, which rises until they are not too many. */
static bool find_from(struct learn_search *s, double *floor, struct collect *found, struct err *e)
{
    uint64_t n = LEARN_SEARCH_MANY;
    while (n == LEARN_SEARCH_MANY) {
        collect_close(found);
        *found = (struct collect){.capacity = 0};
        if (!learn_search_find(s, *floor, found, &n, e))
            return false;
        if (n == LEARN_SEARCH_MANY)
            *floor += STEP_BITS;
    }
    return true;
}

/* Drops pairs with a record that takes no part. */
static void leave_out(const uint8_t *const left_out[2], struct found *found)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *p = &found->pair[i];
        const bool out =
            (left_out[0] && left_out[0][p->row_a]) || (left_out[1] && left_out[1][p->row_b]);
        found->pair[n] = *p;
        n += !out;
    }
    found->n = n;
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
static double budget(const struct candidates_asked *q, double rows)
{
    const double a = (double)rows_of(q, 0), b = is_self(q) ? 0 : (double)rows_of(q, 1);
    return fmax(LEAST_PAIRS, PAIRS_A_ROW * (a + b)) * rows / a;
}

/* ---- Levels ----------------------------------------------------------------------------------*/

bool candidates_levels(const struct comparisons *c, uint32_t number,
                       const struct model_column *column, const struct candidates *found,
                       uint8_t *level, struct err *e)
{
    double *value = malloc((found->n + 1) * sizeof *value);
    const bool ok = value ? comparisons_values(c, number, found->a, found->b, found->n, value, e)
                          : out_of_memory(e);
    for (uint64_t i = 0; ok && i < found->n; i++)
        level[i] =
            (uint8_t)(value[i] != value[i] ? FIT_MISSING : model_column_level(column, value[i]));
    free(value);
    return ok;
}

static bool find_levels(const struct candidates_asked *q, struct candidates *x, uint32_t column,
                        struct err *e)
{
    uint8_t *level = malloc(x->n + 1);
    x->level[column] = level;
    x->level_view[column] = level;
    return level ? candidates_levels(q->comparisons, q->which[column], &q->model->column[column], x,
                                     level, e)
                 : out_of_memory(e);
}

/* How many records have the value that both have. Of values that are equal in other words, such as
 * dates written in two ways, no number is known: they count as a usual one. */
static bool count_values(const struct candidates_asked *q, struct candidates *x, uint32_t column,
                         struct err *e)
{
    const uint32_t term = q->comparisons->of[q->which[column]].rarity;
    const struct side *a = comparisons_side(q->comparisons, term, 0);
    const struct side *b = comparisons_side(q->comparisons, term, 1);
    struct fit_column *f = &x->column[column];
    uint32_t *count = malloc((x->n + 1) * sizeof *count);
    x->count[column] = count;
    x->count_view[column] = count;
    if (!count)
        return out_of_memory(e);
    f->n_values = a->rows_begin[a->n] + (is_self(q) ? 0 : b->rows_begin[b->n]);
    const uint32_t usual = (uint32_t)(f->u[f->n_levels - 1] * (double)f->n_values);
    for (uint64_t i = 0; i < x->n; i++) {
        const uint32_t p = a->row_place[x->a[i]], r = b->row_place[x->b[i]];
        const bool equal = p != TABLE_MISSING && r != TABLE_MISSING && a->value[p] == b->value[r];
        count[i] =
            !equal ? usual : side_multiplicity(a, p) + (is_self(q) ? 0 : side_multiplicity(b, r));
    }
    return true;
}

static bool compare(const struct candidates_asked *q, struct candidates *x, struct err *e)
{
    for (uint32_t i = 0; i < q->model->n_columns; i++)
        if (!find_levels(q, x, i, e) || (x->column[i].rarity && !count_values(q, x, i, e)))
            return false;
    return true;
}

/* ---- All together ----------------------------------------------------------------------------*/

static void set_columns(const struct candidates_asked *q, struct candidates *x)
{
    for (uint32_t i = 0; i < q->model->n_columns; i++) {
        const struct model_column *c = &q->model->column[i];
        x->column[i] = (struct fit_column){.n_levels = c->n_levels, .rarity = c->rarity};
        for (uint32_t l = 0; l < c->n_levels; l++)
            x->column[i].u[l] = c->level[l].u;
    }
}

static void take_pair(struct candidates *x, uint32_t a, uint32_t b)
{
    x->a[x->n] = a;
    x->b[x->n++] = b;
}

/* Takes the earlier pairs that stand before these rows; *k is the next one. */
static void take_earlier(struct candidates *x, const struct candidates *earlier, uint64_t *k,
                         uint32_t a, uint32_t b)
{
    while (earlier && *k < earlier->n &&
           (earlier->a[*k] < a || (earlier->a[*k] == a && earlier->b[*k] < b))) {
        take_pair(x, earlier->a[*k], earlier->b[*k]);
        ++*k;
    }
    *k += earlier && *k < earlier->n && earlier->a[*k] == a && earlier->b[*k] == b;
}

/* Keeps the rows of the pairs from the floor on, and of the earlier ones. */
static bool take_pairs(const struct candidates *earlier, struct candidates *x,
                       const struct found *found, struct err *e)
{
    const uint64_t most = found->n + (earlier ? earlier->n : 0) + 1;
    uint64_t k = 0;
    x->a = malloc(most * sizeof *x->a);
    x->b = malloc(most * sizeof *x->b);
    if (!x->a || !x->b)
        return out_of_memory(e);
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *p = &found->pair[i];
        if (p->score < x->floor_bits)
            continue;
        take_earlier(x, earlier, &k, p->row_a, p->row_b);
        take_pair(x, p->row_a, p->row_b);
    }
    take_earlier(x, earlier, &k, UINT32_MAX, UINT32_MAX);
    return true;
}

static void set_data(const struct candidates_asked *q, struct candidates *x)
{
    x->data = (struct fit_data){.n_columns = q->model->n_columns,
                                .column = x->column,
                                .n_rows = {rows_of(q, 0), rows_of(q, 1)},
                                .self = is_self(q),
                                .share = (double)x->n_rows_sampled / (double)rows_of(q, 0),
                                .n_pairs = x->n,
                                .a = x->a,
                                .b = x->b,
                                .level = x->level_view,
                                .count = x->count_view};
}

static double all_pairs(const struct candidates_asked *q)
{
    return (double)rows_of(q, 0) * (double)rows_of(q, 1);
}

/* Which rows of A take part; row_sampled stays NULL if all do. */
static bool sample_rows(const struct candidates_asked *q, struct candidates *x, struct err *e)
{
    const uint64_t rows = rows_of(q, 0);
    x->n_rows_sampled = rows;
    if (is_self(q) || all_pairs(q) <= MANY_PAIRS || rows <= ENOUGH_ROWS)
        return true;
    uint32_t *drawn = draw_rows(rows, ENOUGH_ROWS, q->seed, &x->n_rows_sampled);
    x->row_sampled = q->also.row ? add_rows(drawn, &x->n_rows_sampled, q->also) : drawn;
    return x->row_sampled || out_of_memory(e);
}

/* Finds the pairs that a score says are the likeliest, about as many as the budget allows. */
static bool find_pairs(const struct candidates_asked *q, const char *score, struct candidates *x,
                       struct err *e)
{
    struct collect found = {.capacity = 0};
    const double most = budget(q, (double)x->n_rows_sampled);
    const struct learn_search_asked asked = {
        .run = q->comparisons->run,
        .score = score,
        .rows = {x->row_sampled, x->row_sampled ? x->n_rows_sampled : 0},
        .most = (uint64_t)most + SPARE_PAIRS};
    struct learn_search *s = learn_search_open(&asked, e);
    x->floor_bits = all_pairs(q) <= FEW_PAIRS ? -FEW_DEPTH_BITS : -DEPTH_BITS;
    bool ok = s && find_from(s, &x->floor_bits, &found, e);
    leave_out(q->left_out, &found.found);
    ok = ok && floor_for(&found.found, most, &x->floor_bits, e) &&
         take_pairs(q->earlier, x, &found.found, e);
    learn_search_close(s);
    collect_close(&found);
    return ok;
}

bool candidates_find(const struct candidates_asked *asked, struct candidates *found, struct err *e)
{
    *found = (struct candidates){.n = 0};
    log_phase("finding the pairs to learn from", 0);
    set_columns(asked, found);
    char *score = guess_score(asked, found);
    const bool ok = score ? sample_rows(asked, found, e) && find_pairs(asked, score, found, e) &&
                                compare(asked, found, e)
                          : out_of_memory(e);
    free(score);
    if (ok)
        set_data(asked, found);
    return ok;
}

void candidates_free(struct candidates *c)
{
    free(c->a);
    free(c->b);
    free(c->row_sampled);
    for (uint32_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        free(c->level[i]);
        free(c->count[i]);
    }
    *c = (struct candidates){.n = 0};
}
