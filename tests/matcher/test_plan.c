/* Plans: which way is taken for made-up tables, estimates and machines. The planner is a pure
 * function, so nothing here loads a file, starts a worker or reads a clock. */
#include "matcher/planner/plan_make.h"
#include "matcher/scorer/scorer.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 400u
#define SAMPLES 1000u /* of the made-up estimates */

/* ---- Made-up tables --------------------------------------------------------------------------*/

/* Columns 0 and 1 of each table, as fields 2 * column + side of the index. */
static struct made {
    char text[2][ROWS][12];
    struct harness_dictionary dictionary;
    struct table_head head[2];
    struct inputs inputs;
} made;

static int make_tables(void **state)
{
    const char *pointers[2][ROWS];
    (void)state;
    srand(5);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < ROWS; i++) {
            const size_t n = 4 + (size_t)(rand() % 7);
            for (size_t k = 0; k < n; k++)
                made.text[side][i][k] = (char)('a' + rand() % 8);
            pointers[side][i] = made.text[side][i];
        }
    harness_dictionary_make(&made.dictionary, pointers[0], ROWS, pointers[1], ROWS);
    made.inputs.index.dictionary = made.dictionary.dictionary;
    made.inputs.index.n_fields = 4;
    for (int side = 0; side < 2; side++) {
        made.head[side].n_rows = ROWS;
        made.inputs.table[side].head = &made.head[side];
        for (int column = 0; column < 2; column++)
            made.inputs.index.field[2 * column + side].side =
                side ? made.dictionary.b : made.dictionary.a;
    }
    return 0;
}

static int free_tables(void **state)
{
    (void)state;
    harness_dictionary_free(&made.dictionary);
    return 0;
}

/* ---- Made-up queries -------------------------------------------------------------------------*/

static bool find_column(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context, (void)side, (void)e;
    *column = strcmp(name, "city") == 0;
    return true;
}

/* `where` may be NULL. */
static void make_query(struct query *query, const char *score, const char *where, double threshold)
{
    const struct expr_names names = {find_column, NULL};
    struct err e;
    *query = (struct query){.excluded = EXPR_NONE, .asked_where = EXPR_NONE};
    query->goal = (struct expr_goal){EXPR_NONE, EXPR_NONE, threshold, (double)INFINITY};
    if (score && !expr_parse(&query->expr, score, "score", &names, &query->goal.score, &e))
        fail_msg("%s", e.text);
    if (where && !expr_parse(&query->expr, where, "where", &names, &query->goal.where, &e))
        fail_msg("%s", e.text);
    query->asked_where = query->goal.where;
    for (uint32_t i = 0; i < query->expr.n_columns; i++) {
        struct expr_column *c = &query->expr.column[i];
        c->field = 2 * c->column + c->side;
    }
}

/* ---- Made-up estimates and machines ----------------------------------------------------------*/

/* Values spread evenly from 0 to `most[t]` for term t, at so many seconds each. */
struct guess {
    double most, seconds;
};

static void make_estimate(struct estimate *s, const struct guess *guess, uint32_t n_terms,
                          double all_pairs)
{
    *s = (struct estimate){.all_pairs = all_pairs, .n_terms = n_terms};
    for (uint32_t t = 0; t < n_terms; t++) {
        struct estimate_term *term = &s->term[t];
        *term = (struct estimate_term){.score = malloc(SAMPLES * sizeof(double)),
                                       .n = SAMPLES,
                                       .drawn = 20000,
                                       .seconds = guess[t].seconds,
                                       .unequal_most = (double)INFINITY};
        assert_non_null(term->score);
        for (uint32_t i = 0; i < SAMPLES; i++)
            term->score[i] = guess[t].most * i / SAMPLES;
    }
}

static const struct plan_request usual = {
    .all_pairs = 1e9, .workers = 4, .available_bytes = (size_t)8 << 30, .prune = true};

static bool try_plan(struct plan *plan, const struct query *query, const struct guess *guess,
                     const struct plan_request *request, struct err *e)
{
    struct estimate estimate;
    make_estimate(&estimate, guess, guess ? query->expr.n_terms : 0, request->all_pairs);
    bool ok = plan_make(plan, query, &made.inputs, &estimate, request, e);
    estimate_close(&estimate);
    return ok;
}

static struct plan plan_for(const char *score, const char *where, double threshold,
                            const struct guess *guess, const struct plan_request *request)
{
    struct query query;
    struct plan plan;
    struct err e;
    make_query(&query, score, where, threshold);
    if (!try_plan(&plan, &query, guess, request, &e))
        fail_msg("%s: %s", score, e.text);
    return plan;
}

static const struct guess rare_first[] = {{0.8, 1e-7}, {2, 1e-7}};
static const struct guess rare_second[] = {{0.999, 1e-7}, {0.64, 1e-7}};

/* ---- One metric ------------------------------------------------------------------------------*/

static void one_metric_is_joined(void **state)
{
    (void)state;
    const struct plan p = plan_for("jaro_winkler(city)", NULL, 0.9, NULL, &usual);
    assert_int_equal(p.kind, PLAN_JOIN);
    assert_int_equal(p.n_joins, 1);
    assert_non_null(p.join[0].by.join);
    assert_true(p.join[0].by.need == 0.9);
    assert_int_equal(p.join[0].by.field_a, 2);
    assert_int_equal(p.join[0].by.field_b, 3);
    assert_int_equal(p.term, 0);
}

/* Pairs alone can be counted faster than pairs by their scores, as a histogram does. */
static void scores_may_be_wanted_of_a_count(void **state)
{
    struct plan_request scores = usual;
    struct query query;
    struct plan plan;
    struct err e;
    (void)state;
    scores.scores = true;
    make_query(&query, "jaro(city)", NULL, 0.8);
    assert_true(try_plan(&plan, &query, NULL, &usual, &e) && !plan.join[0].by.counts);
    query.count = true;
    assert_true(try_plan(&plan, &query, NULL, &usual, &e) && plan.join[0].by.counts);
    assert_true(try_plan(&plan, &query, NULL, &scores, &e) && !plan.join[0].by.counts);
}

static void what_cannot_match_is_not_compared(void **state)
{
    struct plan_request all = usual;
    (void)state;
    all.prune = false;
    assert_int_equal(plan_for("levenshtein(name)", NULL, 1.5, NULL, &usual).kind, PLAN_NOTHING);
    assert_int_equal(plan_for("levenshtein(name)", NULL, 1.5, NULL, &all).kind, PLAN_LOOP);
    assert_int_equal(
        plan_for("0.5*jaro(name) + 0.4*jaro(city)", NULL, 0.95, rare_first, &usual).kind,
        PLAN_NOTHING);
}

/* A missing value scores 0, and no join finds pairs of missing values. No join finds distances of
 * at least a threshold. */
static void what_no_join_finds_is_a_loop(void **state)
{
    (void)state;
    assert_int_equal(plan_for("jaro_winkler(name)", NULL, 0, NULL, &usual).kind, PLAN_LOOP);
    assert_int_equal(plan_for("levenshtein_distance(name)", NULL, 3, NULL, &usual).kind, PLAN_LOOP);
}

static void a_join_can_be_named(void **state)
{
    struct plan_request request = usual;
    struct query query;
    struct plan plan;
    struct err e;
    (void)state;
    make_query(&query, "levenshtein(name)", NULL, 0.8);
    assert_true(try_plan(&plan, &query, NULL, &usual, &e));
    request.join = plan.join[0].by.join->name;
    assert_true(try_plan(&plan, &query, NULL, &request, &e));
    assert_string_equal(plan.join[0].by.join->name, request.join);
    request.join = "none such";
    assert_false(try_plan(&plan, &query, NULL, &request, &e));
    assert_int_equal(e.status, ERR_USAGE);
}

/* ---- Expressions -----------------------------------------------------------------------------*/

/* 0.6 x + 0.4 y >= 0.85 asks x >= 0.75 or y >= 0.625: the rarer one is joined, and the other one is
 * looked at by its signatures. */
static void the_rarer_term_is_joined(void **state)
{
    static const char sum[] = "0.6*jaro_winkler(name) + 0.4*levenshtein(city)";
    (void)state;
    const struct plan first = plan_for(sum, NULL, 0.85, rare_first, &usual);
    const struct plan second = plan_for(sum, NULL, 0.85, rare_second, &usual);
    assert_int_equal(first.kind, PLAN_REFINE);
    assert_int_equal(first.n_joins, 1);
    assert_int_equal(first.join[0].by.term, 0);
    assert_true(fabs(first.join[0].by.need - 0.75) < 1e-12);
    assert_int_equal(second.join[0].by.term, 1);
    assert_true(fabs(second.join[0].by.need - 0.625) < 1e-12);
    assert_int_equal(second.join[0].prefilter, 0);
    assert_true(second.candidates < 0.1 * usual.all_pairs);
}

static void alternatives_are_joined_each(void **state)
{
    (void)state;
    const struct plan p = plan_for("1", "jaro(name) >= 0.79 || levenshtein(city) >= 0.63", 0,
                                   (struct guess[]){{0.8, 1e-7}, {0.64, 1e-7}}, &usual);
    assert_int_equal(p.kind, PLAN_REFINE);
    assert_int_equal(p.n_joins, 2);
    assert_true(p.join[0].by.term != p.join[1].by.term);
}

/* Values of the term spread over so many pairs of values as over pairs of rows. */
static void add_values(struct estimate_term *term, double all_values)
{
    term->value_score = malloc(SAMPLES * sizeof(double));
    assert_non_null(term->value_score);
    memcpy(term->value_score, term->score, SAMPLES * sizeof(double));
    term->n_values = SAMPLES;
    term->values_drawn = term->drawn;
    term->all_values = all_values;
}

/* Seconds for a sum of which 1.2e9 pairs of rows reach what is asked of the city, so many of them
 * for each pair of cities. */
static double seconds_of_runs(double rows)
{
    struct plan_request request = usual;
    struct estimate estimate;
    struct query query;
    struct plan plan;
    struct err e;
    request.all_pairs = 1e12;
    request.join = "edit scan"; /* for the city alone */
    make_query(&query, "0.6*jaro_winkler(name) + 0.4*levenshtein(city)", NULL, 0.85);
    make_estimate(&estimate, rare_second, 2, request.all_pairs);
    add_values(&estimate.term[1], request.all_pairs / rows);
    assert_true(plan_make(&plan, &query, &made.inputs, &estimate, &request, &e));
    estimate_close(&estimate);
    assert_int_equal(plan.n_joins, 1);
    assert_int_equal(plan.join[0].by.term, 1);
    assert_int_equal(plan.join[0].prefilter, 0);
    return plan.seconds;
}

/* The run nests joins in long runs (nested_join_pays), so these take less. */
static void nested_joins_are_expected(void **state)
{
    (void)state;
    assert_true(seconds_of_runs(2e4) < 0.3 * seconds_of_runs(4e3));
}

/* A term that most pairs reach is no way to candidates. */
static void a_join_that_leaves_all_is_not_taken(void **state)
{
    struct plan_request few = usual;
    (void)state;
    few.all_pairs = 10;
    const struct plan p = plan_for("0.5*jaro(name) + 0.5*jaro(city)", NULL, 0.6,
                                   (struct guess[]){{1, 1e-9}, {1, 1e-9}}, &few);
    assert_int_equal(p.kind, PLAN_REFINE);
    assert_int_equal(p.n_joins, 0);
    assert_true(p.candidates == few.all_pairs);
}

/* The dear term comes last, the one that rejects nothing too. */
static void terms_are_ordered_by_worth(void **state)
{
    const char *score = "0.5*jaro(name) + 0.5*levenshtein(city)";
    (void)state;
    const struct plan dear_first =
        plan_for(score, NULL, 0.9, (struct guess[]){{0.9, 1e-5}, {0.9, 1e-8}}, &usual);
    const struct plan dear_last =
        plan_for(score, NULL, 0.9, (struct guess[]){{0.9, 1e-8}, {0.9, 1e-5}}, &usual);
    assert_int_equal(dear_first.step[0], 1);
    assert_int_equal(dear_first.step[1], 0);
    assert_int_equal(dear_last.step[0], 0);
    assert_int_equal(dear_last.step[1], 1);
}

static void numbers_are_worth_a_compiler_when_many(void **state)
{
    static const char near[] = "1 - abs(number(a.name) - number(b.name))";
    struct plan_request few = usual, plain = usual;
    struct plan compiled;
    (void)state;
    few.all_pairs = 1e6;
    plain.prune = false;
    const struct plan p = plan_for(near, NULL, 0.5, NULL, &usual);
    assert_true(p.worth_compiling);
    assert_false(plan_for(near, NULL, 0.5, NULL, &few).worth_compiling);
    assert_false(plan_for(near, NULL, 0.5, NULL, &plain).worth_compiling);
    assert_false(
        plan_for("jaro(name) + number(a.name)", NULL, 0.5, rare_first, &usual).worth_compiling);
    plan_compiled(&compiled, &p);
    assert_int_equal(compiled.kind, PLAN_LOOP);
    assert_false(compiled.worth_compiling);
}

/* ---- Machines --------------------------------------------------------------------------------*/

static void memory_bounds_workers(void **state)
{
    struct plan_request large = usual;
    (void)state;
    large.workers = 384;
    large.available_bytes = (size_t)1 << 40;
    const struct plan many = plan_for("jaro(name)", NULL, 0.9, NULL, &large);
    assert_int_equal(many.most_workers, 384);
    large.available_bytes = 3 * PLAN_WORKER_BYTES + 1;
    const struct plan three = plan_for("jaro(name)", NULL, 0.9, NULL, &large);
    assert_int_equal(three.most_workers, 3);
    assert_true(many.seconds == three.seconds); /* of one core */
}

/* A worker is started for each 30 ms of work, or for each 64 pairs that a scorer may be asked
 * for. */
static void work_bounds_workers(void **state)
{
    struct plan_request pairs = usual;
    struct plan p;
    (void)state;
    pairs.workers = 64;
    p = plan_for("jaro(name)", NULL, 0.9, NULL, &pairs);
    assert_true(p.seconds < 0.03);
    assert_int_equal(p.n_workers, 1);
    pairs.all_pairs = 6.1e6; /* by a loop, 50 ns each: 0.3 s */
    p = plan_for("levenshtein_distance(name)", NULL, 2, NULL, &pairs);
    assert_int_equal(p.kind, PLAN_LOOP);
    assert_int_equal(p.n_workers, 10);
    assert_int_equal(p.most_workers, 64);
    pairs.all_pairs = 1e12;
    assert_int_equal(plan_for("levenshtein_distance(name)", NULL, 2, NULL, &pairs).n_workers, 64);
}

/* The same values give the same plan, and are not written to. */
static void a_plan_is_a_pure_function(void **state)
{
    static struct query query, copy;
    struct plan one, two;
    struct err e;
    (void)state;
    make_query(&query, "0.6*jaro_winkler(name) + 0.4*levenshtein(city)", NULL, 0.85);
    memcpy(&copy, &query, sizeof copy);
    assert_true(try_plan(&one, &query, rare_second, &usual, &e));
    assert_true(try_plan(&two, &query, rare_second, &usual, &e));
    assert_memory_equal(&copy, &query, sizeof copy);
    assert_int_equal(one.kind, two.kind);
    assert_int_equal(one.n_joins, two.n_joins);
    assert_ptr_equal(one.join[0].by.join, two.join[0].by.join);
    assert_true(one.seconds == two.seconds && one.candidates == two.candidates);
    assert_memory_equal(one.step, two.step, sizeof one.step);
}

/* ---- Plans from plans ------------------------------------------------------------------------*/

/* The plan of an audit: every pair is evaluated, in the way that the query needs. */
static void a_loop_prunes_nothing(void **state)
{
    const struct scorer scorer = {.path = "made up"};
    struct query query;
    struct plan plan, loop;
    struct err e;
    (void)state;
    make_query(&query, "jaro(name)", NULL, 0.9);
    assert_true(try_plan(&plan, &query, NULL, &usual, &e));
    plan_loop(&loop, &plan, &query);
    assert_int_equal(loop.kind, PLAN_LOOP);
    assert_int_equal(loop.n_joins, 0);
    assert_false(loop.prune);

    make_query(&query, "jaro(name) + jaro(city)", NULL, 1.9);
    assert_true(try_plan(&plan, &query, rare_first, &usual, &e));
    plan_loop(&loop, &plan, &query);
    assert_int_equal(loop.kind, PLAN_REFINE);
    assert_int_equal(loop.n_joins, 0);
    assert_int_equal(loop.prefilter, EXPR_NONE);

    make_query(&query, NULL, "jaro(name) >= 0.79", 0);
    query.scorer = &scorer;
    assert_true(try_plan(&plan, &query, rare_first, &usual, &e));
    assert_int_equal(plan.kind, PLAN_REFINE);
    plan_loop(&loop, &plan, &query);
    assert_int_equal(loop.kind, PLAN_REFINE); /* --where is the user's own */
    query.goal.where = EXPR_NONE;             /* it was what a claim has added */
    plan_loop(&loop, &plan, &query);
    assert_int_equal(loop.kind, PLAN_LOOP);
}

static void without_joins_all_pairs_are_candidates(void **state)
{
    struct plan all;
    (void)state;
    const struct plan joined = plan_for("jaro(name)", NULL, 0.9, NULL, &usual);
    plan_without_joins(&all, &joined);
    assert_int_equal(all.kind, PLAN_LOOP);
    assert_int_equal(all.n_joins, 0);
    assert_true(all.prune);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_metric_is_joined),
        cmocka_unit_test(scores_may_be_wanted_of_a_count),
        cmocka_unit_test(what_cannot_match_is_not_compared),
        cmocka_unit_test(what_no_join_finds_is_a_loop),
        cmocka_unit_test(a_join_can_be_named),
        cmocka_unit_test(the_rarer_term_is_joined),
        cmocka_unit_test(alternatives_are_joined_each),
        cmocka_unit_test(nested_joins_are_expected),
        cmocka_unit_test(a_join_that_leaves_all_is_not_taken),
        cmocka_unit_test(terms_are_ordered_by_worth),
        cmocka_unit_test(numbers_are_worth_a_compiler_when_many),
        cmocka_unit_test(memory_bounds_workers),
        cmocka_unit_test(work_bounds_workers),
        cmocka_unit_test(a_plan_is_a_pure_function),
        cmocka_unit_test(a_loop_prunes_nothing),
        cmocka_unit_test(without_joins_all_pairs_are_candidates),
    };
    return cmocka_run_group_tests(tests, make_tables, free_tables);
}
