/* Refining against the slow twin: random expressions over made-up columns, all pairs of rows as
 * candidates. They come one by one, with or without terms that are known, or as groups that pass
 * the prefilter, and with or without a glance at their profiles; what matches, and with which
 * score, is the same each time. */
#include "matcher/index/index.h"
#include "matcher/worker/refine.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 80u
#define EXPRESSIONS 220u
#define ROWS 20u /* a table */
#define COLUMNS 3u
#define NUMBERS_AT (2 * COLUMNS) /* in the index: first the texts of A and B, then the numbers */

static const char *const columns[COLUMNS] = {"name", "city", "size"};
static const char *const values[] = {"Oslo", "Bergen", "Anna"};
static const struct twin_expr_columns random_columns = {columns, &columns[2], NULL, values,
                                                        2,       1,           0,    3};

/* ---- Two tables ------------------------------------------------------------------------------*/

static struct tables {
    const char *text[2][COLUMNS][ROWS]; /* NULL: missing */
    double number[2][COLUMNS][ROWS];
    uint64_t rows_begin[2][COLUMNS][2 * COLUMNS * ROWS + 1];
    uint32_t rows[2][COLUMNS][ROWS];
    struct harness_dictionary dictionary;
    struct index index;
} tables;

static const char *random_text(uint32_t column)
{
    static const char *const names[] = {"Anna", "Ana",    "Hanna", "Johann", "Johan",
                                        "John", "Joanna", "Otto",  "Ott",    "Maria Ann"};
    static const char *const cities[] = {"Oslo", "Olso", "Bergen", "Berge"};
    static const char *const sizes[] = {"0", "1", "2.5", "-3", "7", "none"};
    if (harness_below(8) == 0)
        return NULL;
    return column == 0   ? names[harness_below(10)]
           : column == 1 ? cities[harness_below(4)]
                         : sizes[harness_below(6)];
}

/* What the index has of a column: its places are those of all columns of its table. */
static void view_column(uint32_t side, uint32_t column)
{
    const struct side *all = side ? &tables.dictionary.b : &tables.dictionary.a;
    uint64_t *begin = tables.rows_begin[side][column];
    uint32_t *rows = tables.rows[side][column], n = 0;
    const uint32_t *row_place = all->row_place + column * ROWS;
    for (uint32_t place = 0; place < all->n; place++) {
        begin[place] = n;
        for (uint32_t r = 0; r < ROWS; r++)
            if (row_place[r] == place)
                rows[n++] = r;
    }
    begin[all->n] = n;
    tables.index.field[side * COLUMNS + column].side = (struct side){.n = all->n,
                                                                     .n_rows = ROWS,
                                                                     .value = all->value,
                                                                     .rows_begin = begin,
                                                                     .rows = rows,
                                                                     .row_place = row_place};
    tables.index.field[NUMBERS_AT + side * COLUMNS + column].number = tables.number[side][column];
}

static void make_tables(void)
{
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t c = 0; c < COLUMNS; c++)
            for (uint32_t r = 0; r < ROWS; r++) {
                const char *text = random_text(c);
                char *end = NULL;
                double number = text ? strtod(text, &end) : 0;
                tables.text[side][c][r] = text;
                tables.number[side][c][r] = text && end != text ? number : (double)NAN;
            }
    harness_dictionary_make(&tables.dictionary, &tables.text[0][0][0], COLUMNS * ROWS,
                            &tables.text[1][0][0], COLUMNS * ROWS);
    tables.index.dictionary = tables.dictionary.dictionary;
    tables.index.n_fields = 2 * NUMBERS_AT;
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t c = 0; c < COLUMNS; c++)
            view_column(side, c);
}

/* ---- The twin of a pair ----------------------------------------------------------------------*/

struct pair {
    uint32_t row[2];
};

static const char *text_of(const struct expr *x, uint32_t column, const struct pair *p)
{
    const struct expr_column *c = &x->column[column];
    return tables.text[c->side][c->column][p->row[c->side]];
}

static double term_of(const struct expr *x, uint32_t term, const struct pair *p)
{
    const struct expr_term *t = &x->term[term];
    const char *a = text_of(x, t->column_a, p), *b = text_of(x, t->column_b, p);
    if (!a || !b)
        return metric_missing((enum metric_view)t->view);
    const struct metric_use use = expr_use(t);
    struct err e;
    double score;
    assert_true(metric_score_utf8(&use, (struct bytes){a, (uint32_t)strlen(a)},
                                  (struct bytes){b, (uint32_t)strlen(b)}, &score, &e));
    return score;
}

static double leaf_of(void *context, const struct expr *x, uint32_t node)
{
    const struct pair *p = context;
    const struct expr_node *v = &x->node[node];
    if (v->op == EXPR_TERM)
        return term_of(x, v->index, p);
    if (v->op == EXPR_COLUMN) {
        const struct expr_column *c = &x->column[v->index];
        return tables.number[c->side][c->column][p->row[c->side]];
    }
    if (v->op == EXPR_SAME) {
        const char *text = text_of(x, v->index, p);
        return text && strlen(text) == v->text_bytes &&
               memcmp(text, x->text + v->text_at, v->text_bytes) == 0;
    }
    for (uint32_t i = 0; i < x->n_columns; i++)
        if (v->columns >> i & 1 && !text_of(x, i, p))
            return 0;
    return 1;
}

static bool is_present(void *context, const struct expr *x, uint32_t column)
{
    return text_of(x, column, context) != NULL;
}

/* ---- An expression ---------------------------------------------------------------------------*/

/* An expression with its threshold, and what it gives each pair. */
struct asked {
    char text[8192];
    struct expr expr;
    struct expr_goal goal;
    bool matches[ROWS][ROWS];
    double score[ROWS][ROWS];
};

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context;
    (void)side;
    for (*column = 0; *column < COLUMNS; (*column)++)
        if (strcmp(columns[*column], name) == 0)
            return true;
    return err_set(e, ERR_USAGE, NULL, "there is no column %s", name);
}

static bool parse(struct asked *k, uint64_t seed, bool condition, uint32_t *root)
{
    static const struct expr_names names = {find, NULL};
    struct err e = {0};
    size_t n = strlen(k->text);
    snprintf(k->text + n, sizeof k->text - n, "%s", condition ? "   where   " : "");
    n = strlen(k->text);
    twin_expr_random(seed, &random_columns, condition, k->text + n, sizeof k->text - n);
    return expr_parse(&k->expr, k->text + n, "--score", &names, root, &e);
}

/* Where the columns stand in the index. */
static void place_columns(struct expr *x)
{
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        c->field = c->side * COLUMNS + c->column + (c->kind == INDEX_TEXT ? 0 : NUMBERS_AT);
    }
}

static void score_pairs(struct asked *k)
{
    for (uint32_t a = 0; a < ROWS; a++)
        for (uint32_t b = 0; b < ROWS; b++) {
            struct pair p = {{a, b}};
            struct twin_expr twin = {&k->expr, leaf_of, is_present, &p};
            k->matches[a][b] = twin_expr_matches(&twin, &k->goal, &k->score[a][b]);
        }
}

/* The score of a random pair, or the best of many, so that much is asked of every term. */
static double some_score(const struct asked *k)
{
    double best = (double)NAN;
    for (uint32_t tries = harness_below(2) ? 1 : 200; tries > 0; tries--) {
        double score = k->score[harness_below(ROWS)][harness_below(ROWS)];
        best = isnan(best) || score > best ? score : best;
    }
    return isnan(best) ? 0.5 : best;
}

/* False now and then: some random expressions have too many terms. */
static bool asked_open(struct asked *k, uint64_t seed)
{
    *k = (struct asked){
        .goal = {.where = EXPR_NONE, .threshold = -(double)INFINITY, .most = (double)INFINITY}};
    if (!parse(k, seed, false, &k->goal.score) ||
        (harness_below(2) && !parse(k, seed + EXPRESSIONS, true, &k->goal.where)))
        return false;
    place_columns(&k->expr);
    score_pairs(k);
    k->goal.threshold = some_score(k);
    if (harness_below(4) == 0)
        k->goal.threshold = nextafter(k->goal.threshold, (double)INFINITY);
    score_pairs(k);
    return true;
}

/* ---- Refining --------------------------------------------------------------------------------*/

struct run {
    struct harness_wire wire;
    struct worker worker;
    struct refine refine;
    struct shm profiles;
    uint32_t found[ROWS][ROWS];
    const struct asked *asked;
    const char *what;
};

static struct seen {
    uint64_t matches, prefiltered, glanced, dropped;
} seen;

static void keep(struct refine *r, uint32_t row_a, uint32_t row_b, double score)
{
    struct run *run = r->context;
    run->found[row_a][row_b]++;
    seen.matches++;
    if (score != run->asked->score[row_a][row_b])
        fail_msg("%s: %s\nrows %u and %u: %.17g instead of %.17g", run->what, run->asked->text,
                 row_a, row_b, score, run->asked->score[row_a][row_b]);
}

/* Can a glance serve, and does it this time? Then its profiles are made. */
static bool make_profiles(struct run *run, const struct asked *k)
{
    struct expr_ceiling ceiling;
    struct err e = {0};
    run->profiles.fd = -1;
    if (harness_below(2) || !expr_ceiling_make(&ceiling, &k->expr, &k->goal))
        return false;
    assert_true(shm_create(&run->profiles, "profiles", 1 << 20, &e));
    assert_true(profiles_build(&k->expr, &tables.index, &run->profiles, &e));
    return true;
}

/* A glance that rests, or will begin or end to, after some candidates more. */
static void unsettle_glance(struct refine *r)
{
    r->looks = harness_below(2);
    r->looked = (r->looks ? REFINE_GLANCE_TRIAL : REFINE_GLANCE_REST) - harness_below(300) - 1;
}

/* A worker of a refine stage, with one option or none. */
static void run_open(struct run *run, const struct asked *k, const char *what,
                     const struct wire_option *option, const struct worker_option *given)
{
    static struct wire_task task;
    struct err e = {0};
    task = (struct wire_task){.n_workers = 1,
                              .prune = harness_below(4) > 0,
                              .self = harness_below(4) == 0,
                              .expr = k->expr,
                              .goal = k->goal};
    for (uint32_t t = 0; t < k->expr.n_terms; t++) { /* in any order */
        uint32_t at = harness_below(t + 1);
        task.refine.step[t] = task.refine.step[at];
        task.refine.step[at] = t;
    }
    *run = (struct run){.asked = k, .what = what};
    task.refine.profiled = task.prune && make_profiles(run, k);
    if (option) {
        task.refine.n_options = 1;
        task.refine.option[0] = *option;
        run->worker.option[0] = *given;
    }
    harness_wire_make(&run->wire, &task, 0, 0);
    harness_wire_attach_worker(&run->wire, 0, &run->worker);
    run->worker.index = tables.index;
    if (task.refine.profiled)
        run->worker.profiles = shm_view_of(&run->profiles);
    run->refine.keep = keep;
    run->refine.context = run;
    assert_true(refine_open(&run->refine, &run->worker, &e));
    if (task.refine.profiled && harness_below(3) == 0)
        unsettle_glance(&run->refine);
}

static bool has_term(const struct asked *k, uint32_t term, uint32_t a, uint32_t b)
{
    struct pair p = {{a, b}};
    const struct expr_term *t = &k->expr.term[term];
    return text_of(&k->expr, t->column_a, &p) && text_of(&k->expr, t->column_b, &p);
}

/* Each match once, and no other. `term`: of rows that have no value of it there were no candidates;
 * EXPR_NONE: all pairs were. */
static void run_close(struct run *run, uint32_t term)
{
    const struct asked *k = run->asked;
    const struct wire_tally *tally = run->refine.tally;
    for (uint32_t a = 0; a < ROWS; a++)
        for (uint32_t b = 0; b < ROWS; b++) {
            bool candidate = (!run->worker.task->self || b > a) &&
                             (term == EXPR_NONE || has_term(k, term, a, b));
            if (run->found[a][b] != (candidate && k->matches[a][b]))
                fail_msg("%s: %s\nat least %.17g: rows %u and %u of score %.17g found %u times",
                         run->what, k->text, k->goal.threshold, a, b, k->score[a][b],
                         run->found[a][b]);
        }
    seen.prefiltered += tally->prefiltered;
    seen.glanced += tally->glanced;
    for (uint32_t t = 0; t < k->expr.n_terms; t++)
        seen.dropped += tally->dropped[t];
    refine_close(&run->refine);
    harness_wire_detach_worker(&run->worker);
    harness_wire_free(&run->wire);
    if (run->profiles.fd >= 0)
        shm_close(&run->profiles);
}

/* ---- One by one ------------------------------------------------------------------------------*/

/* Up to two terms are known. */
static void check_adding(const struct asked *k, uint32_t n_known)
{
    static const char *const what[] = {"one by one", "one term is known", "two terms are known"};
    static struct run run;
    run_open(&run, k, what[n_known], NULL, NULL);
    for (uint32_t i = 0; i < n_known; i++)
        run.refine.known[i] = (run.worker.task->refine.step[0] + i) % k->expr.n_terms;
    for (uint32_t a = 0; a < ROWS; a++)
        for (uint32_t b = 0; b < ROWS; b++) {
            struct pair p = {{a, b}};
            double value[2] = {0};
            for (uint32_t i = 0; i < n_known; i++)
                value[i] = term_of(&k->expr, run.refine.known[i], &p);
            refine_add(&run.refine, a, b, value[0], value[1]);
        }
    refine_flush(&run.refine);
    run_close(&run, EXPR_NONE);
}

/* ---- Groups ----------------------------------------------------------------------------------*/

static const struct side *side_of(const struct expr *x, uint32_t column)
{
    return &tables.index.field[x->column[column].field].side;
}

/* A random term that the prefilter knows, or EXPR_NONE. */
static uint32_t known_to_prefilter(const struct asked *k)
{
    uint32_t n = k->expr.n_terms, first = harness_below(n);
    for (uint32_t i = 0; i < n; i++) {
        struct metric_use use = expr_use(&k->expr.term[(first + i) % n]);
        if (prefilter_knows(&use))
            return (first + i) % n;
    }
    return EXPR_NONE;
}

/* Signatures of the prefilter's term for the rows of the option's list. */
static void make_signatures(struct shm *out, const struct asked *k, const struct wire_option *o)
{
    struct err e = {0};
    const struct expr_term *t = &k->expr.term[o->prefilter];
    const struct side *listed =
        o->term == EXPR_NONE ? NULL : side_of(&k->expr, k->expr.term[o->term].column_b);
    assert_true(shm_create(out, "signatures", 1 << 20, &e));
    assert_true(prefilter_build(&tables.index.dictionary, side_of(&k->expr, t->column_a),
                                side_of(&k->expr, t->column_b), listed ? listed->rows : NULL,
                                listed ? listed->rows_begin[listed->n] : ROWS, out, &e));
}

/* All rows of B with each value of the option's term, for each row of A that has one. */
static void add_groups(struct run *run, const struct asked *k, const struct refine_option *o)
{
    for (uint32_t a = 0; a < ROWS; a++) {
        if (!o->b) {
            refine_group(&run->refine, o, a, 0, ROWS, 0);
            continue;
        }
        for (uint32_t place = 0; place < o->b->n; place++) {
            uint64_t from = o->b->rows_begin[place], to = o->b->rows_begin[place + 1];
            if (from == to || !has_term(k, o->at->term, a, o->b->rows[from]))
                continue;
            struct pair p = {{a, o->b->rows[from]}};
            refine_group(&run->refine, o, a, from, to, term_of(&k->expr, o->at->term, &p));
        }
    }
    refine_flush(&run->refine);
}

static void check_groups(const struct asked *k, uint32_t term)
{
    static struct run run;
    struct err e = {0};
    struct shm signatures = {.fd = -1}, ordered, none = {.fd = -1};
    struct wire_option option = {
        .term = term, .sure = EXPR_NONE, .prefilter = known_to_prefilter(k)};
    if (option.prefilter != EXPR_NONE)
        make_signatures(&signatures, k, &option);
    assert_true(shm_create(&ordered, "no pairs", 1 << 20, &e));
    assert_true(pairs_order(&(struct pairs_arena){.shm = &none}, 0, false, &ordered, &e));
    struct worker_option given = {.pairs = shm_view_of(&ordered),
                                  .signatures = shm_view_of(&signatures)};
    run_open(&run, k, term == EXPR_NONE ? "all rows" : "rows of a value", &option, &given);
    run.refine.known[0] = term;
    add_groups(&run, k, &run.refine.option[0]);
    run_close(&run, term);
    shm_close(&signatures);
    shm_close(&ordered);
}

/* ---- All of it -------------------------------------------------------------------------------*/

static void test_refine(void **state)
{
    (void)state;
    static struct asked asked;
    uint32_t tried = 0;
    harness_seed(SEED);
    make_tables();
    for (uint32_t i = 0; i < EXPRESSIONS; i++) {
        if (asked_open(&asked, SEED + i)) {
            tried++;
            for (uint32_t n_known = 0; n_known <= 2 && n_known <= asked.expr.n_terms; n_known++)
                check_adding(&asked, n_known);
            if (asked.expr.n_terms) {
                check_groups(&asked, EXPR_NONE);
                check_groups(&asked, harness_below(asked.expr.n_terms));
            }
        }
    }
    harness_dictionary_free(&tables.dictionary);
    print_message("%u expressions, %lu matches, %lu dropped by the prefilter, %lu at a glance, "
                  "%lu by a term\n",
                  tried, (unsigned long)seen.matches, (unsigned long)seen.prefiltered,
                  (unsigned long)seen.glanced, (unsigned long)seen.dropped);
    assert_true(tried > EXPRESSIONS / 2 && seen.matches > tried && seen.prefiltered > 1000 &&
                seen.glanced > 1000 && seen.dropped > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refine)};
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
