/* The task of each kind of stage, from a made-up query, inputs and plan: which members are filled,
 * and with what; all others are zero. */
#include "matcher/engine/stage_task.h"
#include "matcher/scorer/scorer.h"
#include "tests/test.h"

#include <string.h>

#define NEED 0.625
#define FIELD_A 3u
#define FIELD_B 4u

static struct made {
    struct query query;
    struct scorer scorer;
    struct table_head head[2];
    struct inputs inputs;
    struct plan plan;
    struct audit_tap tap;
    struct sinks sinks;
    struct faults faults;
    struct placement placement;
    struct job job;
    struct prepared prepared;
    struct wire_task task;
} m;

static const struct expr_goal goal = {7, 9, 0.75, 0.875};

static uint32_t metric_number(const char *name)
{
    uint32_t i = 0;
    while (strcmp(metric_at(i)->name, name) != 0)
        i++;
    return i;
}

/* One term: levenshtein of fields 3 and 4, as terms 0 and 1. The scorer reads fields 5 and 2. */
static int make(void **state)
{
    (void)state;
    memset(&m, 0, sizeof m);
    struct expr *x = &m.query.expr;
    x->n_terms = 2;
    x->term[1] = (struct expr_term){.metric = metric_number("levenshtein"), .column_b = 1};
    x->n_columns = 2;
    x->column[0].field = FIELD_A;
    x->column[1].field = FIELD_B;
    m.query.goal = goal;
    m.query.excluded = 11;
    m.query.n_fields = 2;
    m.query.field[0] = 5;
    m.query.field[1] = 2;
    m.query.lines = (struct emit_spec){.format = 1, .id_a = 6, .id_b = 8};
    for (int side = 0; side < 2; side++) {
        m.head[side].n_rows = side ? 1000 : 5000;
        m.inputs.table[side].head = &m.head[side];
    }
    m.plan = (struct plan){.kind = PLAN_REFINE,
                           .prune = true,
                           .term = 1,
                           .n_workers = 6,
                           .most_workers = 6,
                           .step = {1, 0}};
    const struct plan_term asked = {.join = join_at(1),
                                    .use = {.metric = metric_at(2), .n_args = 1, .args = {0.2}},
                                    .need = NEED,
                                    .term = 1,
                                    .field_a = FIELD_A,
                                    .field_b = FIELD_B};
    m.plan.join[0] =
        (struct plan_join){.by = asked, .also.term = EXPR_NONE, .prefilter = EXPR_NONE};
    m.prepared = (struct prepared){.at = 64, .row_bytes = 16};
    m.job = (struct job){&m.query, &m.inputs, &m.plan, &m.sinks, &m.faults, &m.placement};
    return 0;
}

/* ---- What is checked of every task -----------------------------------------------------------*/

static void check_head(const struct stage_kind *kind, uint64_t row_from, uint64_t row_to,
                       uint64_t n_tiles)
{
    const struct wire_task *t = &m.task;
    const uint64_t useful = kind == &stage_emit ? n_tiles / 8 : n_tiles;
    assert_ptr_equal(stage_kind_at(t->kind), kind);
    assert_int_equal(t->n_workers, useful == 0 ? 1 : useful < 6 ? useful : 6);
    assert_true(t->prune);
    assert_int_equal(t->row_from, row_from);
    assert_int_equal(t->row_to, row_to);
    assert_int_equal(t->n_tiles, n_tiles);
    assert_memory_equal(&t->goal, &goal, sizeof goal);
    assert_memory_equal(&t->lines, &m.query.lines, sizeof t->lines);
    assert_memory_equal(&t->expr, &m.query.expr, sizeof t->expr);
}

static void check_sides(uint32_t field_a, uint32_t field_b, bool ranged)
{
    assert_int_equal(m.task.sides.field_a, field_a);
    assert_int_equal(m.task.sides.field_b, field_b);
    assert_int_equal(m.task.sides.ranged, ranged);
}

static void check_no_module(void)
{
    static const struct wire_module none;
    assert_memory_equal(&m.task.module, &none, sizeof none);
}

static void check_module(void)
{
    const struct wire_module *module = &m.task.module;
    assert_true(module->any);
    assert_int_equal(module->n_fields, 2);
    assert_int_equal(module->field[0], 5);
    assert_int_equal(module->field[1], 2);
    assert_int_equal(module->prepared_at, 64);
    assert_int_equal(module->prepared_bytes, 16);
}

static void check_options(const struct wire_option *options, uint32_t n)
{
    assert_int_equal(m.task.refine.n_options, n);
    for (uint32_t k = 0; k < n; k++) {
        assert_int_equal(m.task.refine.option[k].term, options[k].term);
        assert_int_equal(m.task.refine.option[k].prefilter, options[k].prefilter);
        assert_int_equal(m.task.refine.option[k].ranged, options[k].ranged);
        assert_int_equal(m.task.refine.option[k].compound, options[k].compound);
        assert_int_equal(m.task.refine.option[k].sure, options[k].sure);
    }
    assert_memory_equal(m.task.refine.step, m.plan.step, sizeof m.plan.step);
}

/* ---- Kinds -----------------------------------------------------------------------------------*/

static void join(void **state)
{
    (void)state;
    stage_task_join(&m.task, &m.job, &m.plan.join[0].by, true, 10, 90, 33);
    check_head(&stage_join, 10, 90, 33);
    check_sides(FIELD_A, FIELD_B, true);
    check_no_module();
    assert_ptr_equal(join_at(m.task.join.join), join_at(1));
    assert_true(m.task.join.need == NEED); /* and the goal has the threshold */
    assert_ptr_equal(metric_at(m.task.join.metric.metric), metric_at(2));
    assert_int_equal(m.task.join.metric.n_args, 1);
    assert_true(m.task.join.metric.args[0] == 0.2);
}

/* The pairs of a join are counted only where they are the result. */
static void join_counts(void **state)
{
    (void)state;
    for (int count = 0; count < 2; count++)
        for (int way = PLAN_NOTHING; way <= PLAN_LOOP; way++) {
            m.query.count = count;
            m.plan.kind = (enum plan_kind)way;
            stage_task_join(&m.task, &m.job, &m.plan.join[0].by, false, 0, 9, 1);
            assert_int_equal(m.task.count, count && way == PLAN_JOIN);
            stage_task_refine(&m.task, &m.job, &m.prepared, NULL, 0, 0, 9);
            assert_int_equal(m.task.count, count);
            stage_task_loop(&m.task, &m.job, &m.prepared, 0, 9);
            assert_int_equal(m.task.count, count);
        }
}

static void emit(void **state)
{
    (void)state;
    stage_task_emit(&m.task, &m.job, &m.plan.join[0].by, true, 10, 90, 5);
    check_head(&stage_emit, 10, 90, 5);
    check_sides(FIELD_A, FIELD_B, true);
    check_no_module();
    assert_false(m.task.emit.by_rows);
    stage_task_emit(&m.task, &m.job, NULL, false, 0, 20, 17); /* pairs of rows */
    check_head(&stage_emit, 0, 20, 17);
    check_sides(0, 0, false);
    assert_true(m.task.emit.by_rows);
}

static const struct task_option options[] = {{&m.plan.join[0], 0, true}, {NULL, 1, false}};
static const struct wire_option told[] = {
    {.term = 1, .sure = EXPR_NONE, .prefilter = 0, .ranged = true},
    {.term = EXPR_NONE, .sure = EXPR_NONE, .prefilter = 1}};

static void refine(void **state)
{
    (void)state;
    stage_task_refine(&m.task, &m.job, &m.prepared, options, 2, 10, 139);
    check_head(&stage_refine, 10, 139, 3); /* of 64 rows, the last of one */
    assert_int_equal(m.task.rows_per_tile, 64);
    assert_false(m.task.only_tapped);
    check_no_module();
    check_options(told, 2);
    check_sides(0, 0, false);
    m.query.scorer = &m.scorer;
    stage_task_refine(&m.task, &m.job, &m.prepared, options, 1, 10, 138);
    check_head(&stage_refine, 10, 138, 2);
    check_module();
    check_options(told, 1);
}

static void nested(void **state)
{
    (void)state;
    m.query.scorer = &m.scorer;
    stage_task_nested(&m.task, &m.job, &m.prepared, options, 10, 90, 12);
    check_head(&stage_nested, 10, 90, 12);
    check_module();
    check_options(told, 1);
}

/* By the only term of the score, or by the module: then no sides are compared. */
static void loop(void **state)
{
    static const struct wire_metric none;
    (void)state;
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 5000);
    check_head(&stage_loop, 0, 5000, 64); /* 64 tiles at least */
    assert_int_equal(m.task.rows_per_tile, 79);
    check_no_module();
    check_sides(FIELD_A, FIELD_B, false);
    assert_int_equal(m.task.loop.metric.metric, metric_number("levenshtein"));
    stage_task_loop(&m.task, &m.job, &m.prepared, 100, 228); /* few rows: tiles of few rows */
    check_head(&stage_loop, 100, 228, 43);
    assert_int_equal(m.task.rows_per_tile, 3);
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 100000); /* 256 rows at most */
    check_head(&stage_loop, 0, 100000, 391);
    assert_int_equal(m.task.rows_per_tile, 256);
    m.query.scorer = &m.scorer;
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 5000);
    check_module();
    check_sides(0, 0, false);
    assert_memory_equal(&m.task.loop.metric, &none, sizeof none);
}

/* Each tapped row is a tile, whatever the rows of the stage. */
static void only_tapped(void **state)
{
    (void)state;
    m.tap.n = 17;
    m.sinks = (struct sinks){.tap = &m.tap, .only_tapped = true};
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 5000);
    check_head(&stage_loop, 0, 5000, 17);
    assert_true(m.task.only_tapped);
    assert_int_equal(m.task.rows_per_tile, 1);
}

/* What is left of a stage is cut into smaller tiles. */
static void cut(void **state)
{
    (void)state;
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 5000);
    stage_task_cut(&m.task, &m.job, 4990, 4);
    check_head(&stage_loop, 4990, 5000, 3);
    assert_int_equal(m.task.rows_per_tile, 4);
    stage_task_cut(&m.task, &m.job, 5000, 4);
    check_head(&stage_loop, 5000, 5000, 0);
}

/* All records of both tables, 4096 a tile. */
static void prepare(void **state)
{
    (void)state;
    m.query.scorer = &m.scorer;
    stage_task_prepare(&m.task, &m.job, &m.prepared);
    check_head(&stage_prepare, 0, 0, 2);
    assert_int_equal(m.task.rows_per_tile, 4096);
    check_module();
}

/* A run of items is a tile, and stays one: the stage is never left to cut it. Nothing is prepared.
 */
static void map(void **state)
{
    (void)state;
    m.query.scorer = &m.scorer;
    stage_task_map(&m.task, &m.job, 7);
    check_head(&stage_map, 0, 7, 7);
    assert_int_equal(m.task.rows_per_tile, 1);
    assert_true(m.task.module.any);
    assert_int_equal(m.task.module.prepared_bytes, 0);
}

/* Of the pairs that the claim excludes, in dedupe as well every pair of rows. */
static void claim(void **state)
{
    (void)state;
    m.query.scorer = &m.scorer;
    m.inputs.self = true;
    stage_task_claim(&m.task, &m.job, &m.prepared);
    assert_ptr_equal(stage_kind_at(m.task.kind), &stage_claim);
    assert_int_equal(m.task.n_workers, 1);
    assert_int_equal(m.task.n_tiles, 1);
    assert_false(m.task.self);
    assert_int_equal(m.task.goal.where, 11);
    assert_int_equal(m.task.goal.score, goal.score);
    check_module();
    check_options(NULL, 0);
    stage_task_loop(&m.task, &m.job, &m.prepared, 0, 9);
    assert_true(m.task.self);
}

static void probe(void **state)
{
    (void)state;
    m.query.scorer = &m.scorer;
    stage_task_probe(&m.task, &m.job, &m.prepared, 41, 7, 9);
    assert_ptr_equal(stage_kind_at(m.task.kind), &stage_probe);
    assert_int_equal(m.task.n_workers, 1);
    assert_int_equal(m.task.n_tiles, 1);
    assert_int_equal(m.task.row_from, 41);
    assert_int_equal(m.task.row_to, 42);
    assert_int_equal(m.task.probe.b_from, 7);
    assert_int_equal(m.task.probe.b_to, 9);
    check_module();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(join, make),    cmocka_unit_test_setup(join_counts, make),
        cmocka_unit_test_setup(emit, make),    cmocka_unit_test_setup(refine, make),
        cmocka_unit_test_setup(nested, make),  cmocka_unit_test_setup(loop, make),
        cmocka_unit_test_setup(cut, make),     cmocka_unit_test_setup(only_tapped, make),
        cmocka_unit_test_setup(prepare, make), cmocka_unit_test_setup(claim, make),
        cmocka_unit_test_setup(probe, make),   cmocka_unit_test_setup(map, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
