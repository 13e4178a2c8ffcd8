/* Expressions: evaluation over intervals, needs and covers, against a slow twin (twin_expr.h) on
 * random expressions and values. */
#include "core/sort.h"
#include "matcher/expr/expr_cover.h"
#include "matcher/index/index.h"
#include "tests/harness/harness_expr.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20261u
#define EXPRESSIONS 3000u
#define PAIRS EXPR_LANES

/* ---- Evaluation ------------------------------------------------------------------------------*/

/* The leaves of one pair of records. */
struct pair {
    bool present[EXPR_MAX_COLUMNS];
    double column[EXPR_MAX_COLUMNS], term[EXPR_MAX_TERMS];
    bool same[EXPR_MAX_NODES];
};

static double random_number(void)
{
    static const double odd[] = {0, -0.0, 1, -1, 0.5, 2, 1e308, -1e308, 5e-324, 0.1};
    switch (harness_below(8)) {
    case 0:
        return odd[harness_below(10)];
    case 1:
        return (double)NAN;
    case 2:
        return harness_below(2) ? (double)INFINITY : -(double)INFINITY;
    case 3:
        return (harness_below(2001) - 1000.0) / 7;
    default:
        return harness_below(8);
    }
}

static double random_term(const struct expr_term *t)
{
    double lo, hi;
    expr_term_range(t, &lo, &hi);
    unsigned flags = metric_at(t->metric)->flags;
    if (flags & METRIC_BINARY)
        return harness_below(2);
    if (flags & METRIC_READS_UTF8 && harness_below(8) == 0)
        return (double)NAN;
    if (isinf(hi))
        return harness_below(12);
    return harness_below(3) ? harness_below(1000003) / 1000002.0 : harness_below(11) / 10.0;
}

static void random_pair(const struct expr *x, struct pair *p)
{
    for (uint32_t i = 0; i < x->n_columns; i++) {
        p->present[i] = harness_below(8) > 0;
        p->column[i] = random_number();
    }
    for (uint32_t i = 0; i < x->n_terms; i++) {
        const struct expr_term *t = &x->term[i];
        p->term[i] = p->present[t->column_a] && p->present[t->column_b] ? random_term(t) : 0;
    }
    for (uint32_t i = 0; i < x->n_nodes; i++)
        p->same[i] = harness_below(2) && p->present[x->node[i].index % EXPR_MAX_COLUMNS];
}

static double leaf_of(void *context, const struct expr *x, uint32_t node)
{
    const struct pair *p = context;
    const struct expr_node *v = &x->node[node];
    if (v->op == EXPR_TERM)
        return p->term[v->index];
    if (v->op == EXPR_COLUMN)
        return p->column[v->index];
    if (v->op == EXPR_SAME)
        return p->same[node];
    for (uint32_t i = 0; i < x->n_columns; i++)
        if (v->columns >> i & 1 && !p->present[i])
            return 0;
    return 1;
}

static bool is_present(void *context, const struct expr *x, uint32_t column)
{
    (void)x;
    return ((const struct pair *)context)->present[column];
}

static bool is_leaf(const struct expr_node *v)
{
    return v->op == EXPR_TERM || v->op == EXPR_COLUMN || v->op == EXPR_SAME ||
           v->op == EXPR_PRESENT;
}

/* A random expression, or two over the same columns, as a goal; false now and then: the very long
 * ones are over the limit of terms. */
static bool random_goal(uint32_t seed, struct expr *x, struct expr_goal *goal, char *text,
                        size_t bytes)
{
    struct err e;
    *x = (struct expr){0};
    *goal = (struct expr_goal){EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    size_t n = 0;
    if (seed % 3 == 0) {
        twin_expr_random(seed, &harness_expr_columns, true, text, bytes);
        n = strlen(text);
        if (!expr_parse(x, text, "--where", &harness_expr_names, &goal->where, &e))
            return false;
        n += (size_t)snprintf(text + n, bytes - n, "  AND  ");
    }
    twin_expr_random(seed, &harness_expr_columns, false, text + n, bytes - n);
    return expr_parse(x, text + n, "--score", &harness_expr_names, &goal->score, &e);
}

/* Exact leaves give exact values: those of the twin, to the last bit. */
static void check_exact(const struct expr *x, struct expr_eval *v, const char *text)
{
    static struct pair pairs[PAIRS];
    for (uint32_t k = 0; k < PAIRS; k++) {
        random_pair(x, &pairs[k]);
        for (uint32_t i = 0; i < x->n_nodes; i++)
            if (is_leaf(&x->node[i]))
                v->lo[i][k] = v->hi[i][k] = leaf_of(&pairs[k], x, i);
    }
    expr_eval_run(v, PAIRS);
    for (uint32_t k = 0; k < PAIRS; k++) {
        struct twin_expr twin = {x, leaf_of, is_present, &pairs[k]};
        for (uint32_t i = 0; i < x->n_nodes; i++) {
            double value = twin_expr_value(&twin, i);
            if (!harness_metric_same_bits(v->lo[i][k], value) ||
                !harness_metric_same_bits(v->hi[i][k], value))
                fail_msg("%s: node %u is [%.17g, %.17g], not %.17g", text, i, v->lo[i][k],
                         v->hi[i][k], value);
        }
    }
}

/* Gives a leaf an interval around its value, which is any if there is none; or the value itself. */
static void blur(struct expr_eval *v, uint32_t node, uint32_t lane, double value, bool known)
{
    double lo = value, hi = value;
    if (!known && (isnan(value) || harness_below(3) == 0)) {
        lo = harness_below(2) ? 0 : -(double)INFINITY;
        hi = harness_below(2) ? 1 : (double)INFINITY;
    }
    if (!known && !isnan(value)) {
        lo = harness_below(2) ? value : fmin(lo, value - harness_below(9) / 8.0);
        hi = harness_below(2) ? value : fmax(hi, value + harness_below(9) / 8.0);
        if (lo == hi) /* not known, so not exact */
            hi = value < (double)INFINITY ? nextafter(value, (double)INFINITY) : hi;
        if (lo == hi)
            lo = nextafter(value, 0);
    }
    v->lo[node][lane] = lo;
    v->hi[node][lane] = hi;
}

static void blur_pair(const struct expr *x, struct expr_eval *v, uint32_t lane, struct pair *p)
{
    uint64_t known = (uint64_t)harness_below(1u << 31) << 31 | harness_below(1u << 31);
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (is_leaf(&x->node[i]))
            blur(v, i, lane, leaf_of(p, x, i), known >> i % 62 & 1);
}

static bool encloses(double lo, double hi, double value)
{
    if (lo == hi || isnan(lo))
        return value == lo || (isnan(lo) && isnan(value));
    return isnan(value) || (value >= lo && value <= hi);
}

/* Wider leaves give intervals that hold the twin's value, and what matches is not ruled out. */
static void check_wide(const struct expr *x, struct expr_eval *v, struct expr_goal *goal,
                       const char *text)
{
    static struct pair pairs[PAIRS];
    for (uint32_t k = 0; k < PAIRS; k++) {
        random_pair(x, &pairs[k]);
        blur_pair(x, v, k, &pairs[k]);
    }
    expr_eval_run(v, PAIRS);
    for (uint32_t k = 0; k < PAIRS; k++) {
        struct twin_expr twin = {x, leaf_of, is_present, &pairs[k]};
        double score = 0;
        for (uint32_t i = 0; i < x->n_nodes; i++) {
            double value = twin_expr_value(&twin, i);
            if (!encloses(v->lo[i][k], v->hi[i][k], value))
                fail_msg("%s: node %u is in [%.17g, %.17g], not %.17g", text, i, v->lo[i][k],
                         v->hi[i][k], value);
        }
        goal->threshold = random_number();
        if (twin_expr_matches(&twin, goal, &score))
            assert_true(expr_can_match(v, goal, k));
    }
}

static void test_eval(void **state)
{
    (void)state;
    char text[16384];
    struct expr x;
    struct expr_goal goal;
    struct expr_eval v;
    struct err e;
    print_message("seed %u\n", SEED);
    for (uint32_t i = 0; i < EXPRESSIONS; i++) {
        if (!random_goal(i, &x, &goal, text, sizeof text))
            continue;
        assert_true(expr_eval_open(&v, &x, &e));
        check_exact(&x, &v, text);
        check_wide(&x, &v, &goal, text);
        expr_eval_close(&v);
    }
}

/* The last digits of soft_min may fall where an operand rises by as little as it can. */
static void test_soft_min(void **state)
{
    (void)state;
    struct expr x = {0};
    const uint32_t root = harness_expr_parse(&x, "soft_min(a.size, b.size)");
    size_t falls = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        const double scale = ldexp(1, (int)harness_below(40) - 20);
        const double a = (harness_below(2000001) - 1e6) * 1e-6 * scale;
        const double b = a + (harness_below(2001) - 1e3) * 1e-3 * (harness_below(3) ? 1 : scale);
        const struct expr_span low = {a, a}, other = {b, b};
        const double above = nextafter(a, (double)INFINITY);
        const struct expr_span high = {above, above};
        const double first = expr_compute(&x, root, (struct expr_span[3]){low, other}).lo;
        const double second = expr_compute(&x, root, (struct expr_span[3]){high, other}).lo;
        const struct expr_span both =
            expr_compute(&x, root, (struct expr_span[3]){{a, above}, other});
        assert_true(both.lo <= first && first <= both.hi);
        assert_true(both.lo <= second && second <= both.hi);
        falls += second < first;
    }
    print_message("%zu of 1000000 fall\n", falls);
    assert_true(falls > 0);
}

/* What is missing: jaro(name) is 0.25, jaro(city) 0.75 and each number 4, where they are there. */
static const struct {
    const char *score, *missing; /* of these columns, by their first letters */
    double value;
} missing_cases[] = {
    {"if_missing(jaro(name), 0.5)", "", 0.25},
    {"if_missing(jaro(name), 0.5)", "n", 0.5},
    {"if_missing(if_missing(jaro(name), 0.5), 1)", "n", 0.5},
    {"if_missing(if_missing(a.size, 0.5), 1)", "s", 0.5},
    {"if_missing(if_missing(jaro(name), a.size), 1)", "n", 4},
    {"if_missing(if_missing(jaro(name), a.size), 1)", "ns", 1},
    {"if_missing(if_missing(jaro(name), jaro(city)), 1)", "n", 0.75},
    {"if_missing(if_missing(jaro(name), jaro(city)), 1)", "c", 0.25},
    {"if_missing(if_missing(jaro(name), jaro(city)), 1)", "nc", 1},
    {"if_missing(if_missing(if_missing(jaro(name), jaro(city)), a.size), 2)", "nc", 4},
    {"if_missing(if_missing(if_missing(jaro(name), jaro(city)), a.size), 2)", "ncs", 2},
    {"if_missing(jaro(name), if_missing(jaro(city), 0.5))", "nc", 0.5},
    {"if_missing(if_missing(jaro(name), 0.5) + jaro(city), 2)", "n", 1.25},
    {"if_missing(if_missing(jaro(name), 0.5) + jaro(city), 2)", "c", 2},
    {"missing(if_missing(jaro(name), 0.5))", "n", 0},
    {"missing(if_missing(jaro(name), jaro(city)))", "nc", 1},
    {"missing(missing(jaro(name)))", "n", 0},
    {"if_missing(missing(jaro(name)), 0.5)", "n", 1},
    /* arithmetic, the least and the greatest */
    {"if_missing(jaro(name) + jaro(city), 0.5)", "", 1},
    {"if_missing(jaro(name) + jaro(city), 0.5)", "c", 0.5},
    {"if_missing(max(jaro(name), jaro(city)), 0.5)", "n", 0.5},
    {"if_missing(min(jaro(name), a.size), 0.5)", "s", 0.5},
    {"if_missing(1 / (a.size - 4), 0.5)", "", 0.5},
    {"soft_min(jaro(name), 0.25)", "", -0.75},
    {"soft_min(jaro(name), 1000)", "", 0.25},
    {"soft_min(a.size, b.size, 3)", "", 2},
    {"if_missing(soft_min(a.size, b.size), 9)", "s", 9},
    {"steps(jaro(name), -3, 0.25, 2, 0.5, 7)", "", 2},
    {"steps(jaro(name), -3, 0.25, 2, 0.5, 7)", "n", -3},
    {"steps(jaro(name), -3, 0.3, 2, 0.5, 7)", "", -3},
    {"steps(jaro(city), -3, 0.3, 2, 0.5, 7)", "", 7},
    {"if_missing(steps(jaro(name), -3, 0.25, 2, 0.5, 7), 0)", "n", 0},
    {"if_missing(steps(a.size, -3, 4, 2), 1)", "", 2},
    {"if_missing(steps(a.size, -3, 4, 2), 1)", "s", 1},
    {"if_missing(levenshtein_distance(name), 0.5)", "n", 0.5},
    {"if_missing(levenshtein_normalized_distance(name), 0.5)", "n", 0.5},
    {"if_missing(1, 0.5)", "", 1},
    /* truths */
    {"if_missing(jaro(name) > 0.5, 0.5)", "n", 0.5},
    {"if_missing(a.size > 3, 0.5)", "", 1},
    {"if_missing(a.size > 3, 0.5)", "s", 0.5},
    {"if_missing(a.size == 5 || b.size == 4, 0.5)", "", 1},
    {"if_missing(!(a.size && b.size), 0.5)", "s", 0.5},
    {"if_missing(if_missing(a.size, b.size) > 3, 0.5)", "s", 0.5},
    {"if_missing(if_missing(a.size, 5) > 3, 0.5)", "s", 1},
    {"missing(a.city == 'x') + 2 * missing(a.city != 'x')", "c", 3},
    {"missing(a.name == b.name || a.city == b.city)", "c", 1},
    {"a.size > 3 || a.size <= 3 || a.size != 3", "s", 0},
    {"!(a.size > 3)", "s", 1},
    /* only what was chosen counts, and by what */
    {"if_missing(missing(jaro(name)) ? jaro(city) : jaro(name), 0.5)", "n", 0.75},
    {"if_missing(missing(jaro(name)) ? jaro(city) : jaro(name), 0.5)", "c", 0.25},
    {"if_missing(missing(jaro(name)) ? jaro(city) : jaro(name), 0.5)", "nc", 0.5},
    {"if_missing(a.size > 3 ? jaro(name) : jaro(city), 0.5)", "c", 0.25},
    {"if_missing(a.size > 3 ? jaro(name) : jaro(city), 0.5)", "s", 0.5},
    {"if_missing(a.size > 3 ? 1 : 2, 0.5)", "s", 0.5},
    {"if_missing(if_missing(a.size, 1) > 3 ? 1 : 2, 0.5)", "s", 2},
    {"missing(a.size)", "s", 1}, /* as a text */
    {"missing(number(a.size))", "", 0},
    {"missing(number(a.size))", "s", 1},
};

static void test_missing(void **state)
{
    static const char letters[] = "ncs";
    (void)state;
    for (size_t i = 0; i < sizeof missing_cases / sizeof *missing_cases; i++) {
        struct expr x = {0};
        struct expr_eval v;
        struct err e;
        uint32_t root = harness_expr_parse(&x, missing_cases[i].score);
        struct pair p = {.same = {0}};
        for (uint32_t c = 0; c < x.n_columns; c++) {
            p.present[c] = !strchr(missing_cases[i].missing, letters[x.column[c].column]);
            p.column[c] = p.present[c] ? 4 : (double)NAN;
        }
        for (uint32_t t = 0; t < x.n_terms; t++) {
            const struct expr_term *term = &x.term[t];
            p.term[t] = !p.present[term->column_a] || !p.present[term->column_b]
                            ? metric_missing((enum metric_view)term->view)
                        : x.column[term->column_a].column ? 0.75
                                                          : 0.25;
        }
        assert_true(expr_eval_open(&v, &x, &e));
        for (uint32_t k = 0; k < x.n_nodes; k++)
            if (is_leaf(&x.node[k]))
                expr_eval_set(&v, k, 1, leaf_of(&p, &x, k), leaf_of(&p, &x, k));
        expr_eval_run(&v, 1);
        struct twin_expr twin = {&x, leaf_of, is_present, &p};
        double value = v.lo[root][0], wanted = missing_cases[i].value;
        if (value != wanted || twin_expr_value(&twin, root) != wanted)
            fail_msg("%s without \"%s\" is %g, by the twin %g, not %g", missing_cases[i].score,
                     missing_cases[i].missing, value, twin_expr_value(&twin, root), wanted);
        expr_eval_close(&v);
    }
}

/* ---- Needs and covers ------------------------------------------------------------------------*/

/* The need of the term `number` (of the order in which they stand) of a score. */
static double need_of(const char *score, double min, uint32_t number)
{
    struct expr x = {0};
    struct expr_goal goal = {harness_expr_parse(&x, score), EXPR_NONE, min, (double)INFINITY};
    struct err e;
    return expr_need(&x, &goal, number, &e);
}

static void test_needs(void **state)
{
    (void)state;
    const char *mean = "0.6 * jaro(name) + 0.4 * jaro(city)";
    double need = need_of(mean, 0.85, 0), below_need = nextafter(need, 0);
    assert_true(fabs(need - 0.75) < 1e-15);
    assert_true(0.6 * need + 0.4 >= 0.85 && 0.6 * below_need + 0.4 < 0.85);
    need = need_of(mean, 0.85, 1), below_need = nextafter(need, 0);
    assert_true(0.6 + 0.4 * need >= 0.85 && 0.6 + 0.4 * below_need < 0.85);
    assert_true(need_of(mean, 0.3, 0) == 0);
    assert_true(need_of(mean, 1.1, 0) == (double)INFINITY);
    assert_true(need_of("min(jaro(name), jaro(city))", 0.8, 1) == 0.8);
    assert_true(need_of("max(jaro(name), jaro(city))", 0.8, 1) == 0);
    assert_true(need_of("jaro(name) * jaro(city)", 0.8, 0) == 0.8);
    need = need_of("jaro(name) * jaro(name)", 0.5, 0), below_need = nextafter(need, 0);
    assert_true(need * need >= 0.5 && below_need * below_need < 0.5);
    need = need_of("1 / (2 - jaro(name))", 0.8, 0), below_need = nextafter(need, 0);
    assert_true(1 / (2 - need) >= 0.8 && 1 / (2 - below_need) < 0.8);
    assert_true(need_of("jaro(name) >= 0.9 && a.city == b.city", 1, 0) == 0.9);
    assert_true(need_of("jaro(name) >= 0.9 || a.city == b.city", 1, 0) == 0);
    assert_true(need_of("a.size > 3 ? jaro(name) : 0.5 * jaro(name)", 0.45, 0) == 0.45);
    assert_true(need_of("if_missing(jaro(name), 0.5)", 0.6, 0) == 0.6);
    assert_true(need_of("if_missing(jaro(name), 0.5)", 0.5, 0) == 0);
    assert_true(need_of("if_missing(if_missing(jaro(name), 0.5), 0.4)", 0.6, 0) == 0.6);
    assert_true(need_of("if_missing(if_missing(jaro(name), 0.5), 1)", 0.6, 0) == 0);
    assert_true(need_of("if_missing(jaro(name) > 0.8, 0.5)", 0.6, 0) == nextafter(0.8, 1));
    assert_true(need_of("missing(number(size))", 1, 0) == 0);
    assert_true(need_of("if_missing(number(size), 0.9)", 0.8, 0) == 0);
    assert_true(need_of("levenshtein_distance(name) <= 2 && jaro(city) > 0.5", 1, 0) == 2);
    assert_true(need_of("levenshtein_distance(name) < 2", 1, 0) == nextafter(2, 0));
    assert_true(need_of("3 - levenshtein_distance(name) > 1.5", 1, 0) == nextafter(1.5, 0));
    assert_true(need_of("levenshtein_distance(name) >= 2", 1, 0) == (double)INFINITY);
    assert_true(need_of("levenshtein_distance(name) < 0", 1, 0) == -(double)INFINITY);
    assert_true(need_of("levenshtein_normalized_distance(name)", 0.5, 0) == 1);
    need = need_of("1 - levenshtein_normalized_distance(name)", 0.75, 0);
    assert_true(1 - need >= 0.75 && 1 - nextafter(need, 1) < 0.75);
    assert_true(need_of("if_missing(days_distance(born), 0) <= 30", 1, 0) == (double)INFINITY);
    assert_true(need_of("0 * number(size) == 0", 0, 0) == 0);
    const char *steps = "steps(jaro(name), -4, 0.8, 2, 0.95, 7) + steps(jaro(city), -1, 0.5, 3)";
    assert_true(need_of(steps, 10, 0) == 0.95 && need_of(steps, 10, 1) == 0.5);
    assert_true(need_of(steps, 5, 0) == 0.8 && need_of(steps, 5, 1) == 0);
    assert_true(need_of(steps, -1, 0) == 0 && need_of(steps, 10.5, 0) == (double)INFINITY);
    assert_true(need_of("steps(jaro(name), 5, 0.3, 1, 0.6, 4)", 4, 0) == 0);
    need = need_of("soft_min(8 * jaro(name) - 3, 4 * jaro(city))", 3, 0);
    assert_true(fabs(need - 0.875) < 1e-12); /* soft_min(4, 4) is 3 */
    need = need_of("soft_min(8 * jaro(name), 9 * jaro(city))", 6, 1);
    assert_true(need > 6.4 / 9 && need < 6.42 / 9);
    assert_true(need_of("soft_min(jaro(name), jaro(city))", -0.9, 0) == 0);
    assert_true(need_of("soft_min(jaro(name), jaro(city))", 0.01, 0) == (double)INFINITY);
    assert_true(need_of("steps(levenshtein_distance(name), 5, 2, 0)", 1, 0) == nextafter(2, 0));
}

/* What a cover of the tests costs: one unit for each option, more for a low need. Some terms have
 * no join at all. Two terms cost less than one of them, or are not to be had. */
struct test_costs {
    uint32_t without; /* a set of terms */
    bool pairs;
};

static double test_cost(void *context, const struct expr_option *option)
{
    const struct test_costs *costs = context;
    if (costs->without >> option->term & 1)
        return (double)INFINITY;
    const double first = 1 / (option->need + 0.01);
    if (option->also == EXPR_NONE)
        return 1 + first;
    return costs->pairs ? 1.1 + first / (1 + option->also_need * 4) : (double)INFINITY;
}

/* More for a great distance. */
static double test_distance_cost(void *context, const struct expr_option *option)
{
    const struct test_costs *costs = context;
    const double first = 1 + exp2(fmin(option->need, 60));
    if (option->also == EXPR_NONE)
        return first;
    return costs->pairs ? 1 + first * option->also_need / 40 : (double)INFINITY;
}

static bool option_holds(const struct expr *x, const struct expr_cover *cover, const struct pair *p)
{
    for (uint32_t i = 0; i < cover->n; i++) {
        const struct expr_option *o = &cover->option[i];
        if (expr_reaches(&x->term[o->term], p->term[o->term], o->need) &&
            (o->also == EXPR_NONE ||
             expr_reaches(&x->term[o->also], p->term[o->also], o->also_need)))
            return true;
    }
    return false;
}

/* The cover of a score and a condition (or NULL), as text: "term need & other need | …". */
static const char *cover_at(const char *score, double min, const char *where, bool pairs)
{
    static char out[2000];
    struct expr x = {0};
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, min, (double)INFINITY};
    struct expr_cover cover;
    struct err e = {0};
    struct test_costs context = {0, pairs};
    const struct expr_costs costs = {test_cost, &context};
    goal.where = where ? harness_expr_parse(&x, where) : EXPR_NONE;
    goal.score = harness_expr_parse(&x, score);
    assert_true(expr_cover(&x, &goal, &costs, &cover, &e));
    size_t n = (size_t)sprintf(out, "%s", isinf(cover.cost) ? "none" : cover.n ? "" : "nothing");
    for (uint32_t i = 0; i < cover.n; i++) {
        char term[100];
        expr_print_term(&x, cover.option[i].term, term, sizeof term);
        n += (size_t)sprintf(out + n, "%s%s %.4g", i ? " | " : "", term, cover.option[i].need);
        if (cover.option[i].also == EXPR_NONE)
            continue;
        expr_print_term(&x, cover.option[i].also, term, sizeof term);
        n += (size_t)sprintf(out + n, " & %s %.4g", term, cover.option[i].also_need);
    }
    return out;
}

static const char *cover_of(const char *score, double min, const char *where)
{
    return cover_at(score, min, where, false);
}

#define NAME "jaro(a.name, b.name)"
#define CITY "jaro(a.city, b.city)"

static void test_covers(void **state)
{
    (void)state;
    assert_string_equal(cover_of("jaro(name)", 0.9, NULL), NAME " 0.9");
    assert_string_equal(cover_of("0.6*jaro(name)+0.4*jaro(city)", 0.85, NULL), NAME " 0.75");
    assert_string_equal(cover_of("0.6*jaro(name)+0.4*jaro(city)", 0, NULL), "none");
    assert_string_equal(cover_of("0.6*jaro(name)+0.4*jaro(city)", 1.5, NULL), "nothing");
    assert_string_equal(cover_of("max(jaro(name), jaro(city))", 0.8, NULL),
                        NAME " 0.8 | " CITY " 0.8");
    assert_string_equal(cover_of("min(jaro(name), 2*jaro(city))", 0.8, NULL), NAME " 0.8");
    assert_string_equal(cover_of("1", 0.5, "jaro(name) >= 0.9 || 0.7 <= jaro(city)"),
                        NAME " 0.9 | " CITY " 0.7");
    assert_string_equal(cover_of("1", 0.5, "jaro(name) >= 0.9 && 0.7 <= jaro(city)"), NAME " 0.9");
    assert_string_equal(cover_of("1", 2, "jaro(name) >= 0.9"), "nothing");
    assert_string_equal(cover_of("a.size > 3 ? jaro(name) : jaro(city)", 0.8, NULL),
                        NAME " 0.8 | " CITY " 0.8");
    assert_string_equal(cover_of("jaro(name) > 0.5 ? jaro(city) : 0.1", 0.8, NULL), CITY " 0.8");
    assert_string_equal(cover_of("steps(jaro(name), -4, 0.8, 2, 0.95, 7)", 3, NULL), NAME " 0.95");
    assert_string_equal(cover_of("steps(jaro(name), -4, 0.8, 2, 0.95, 1)", 1.5, NULL), NAME " 0.8");
    assert_string_equal(cover_of("steps(jaro(name), 1, 0.8, 2, 0.95, 1)", 3, NULL), "nothing");
    assert_string_equal(cover_of("steps(jaro(name), 1, 0.8, 2)", 1, NULL), "none");
    assert_string_equal(cover_of("if_missing(steps(jaro(name), -4, 0.8, 2), 0) + "
                                 "if_missing(steps(jaro(city), -1, 0.5, 3), 0)",
                                 4, NULL),
                        NAME " 0.8");
    assert_string_equal(cover_of("if_missing(jaro(name), jaro(city))", 0.8, NULL),
                        NAME " 0.8 | " CITY " 0.8");
    assert_string_equal(cover_of("if_missing(jaro(name), 1)", 0.8, NULL), "none");
    assert_string_equal(cover_of("1", 1, "!(jaro(name) < 0.9)"), "none");
    assert_string_equal(cover_of("1", 1, "!(a.city != b.city)"), "none");
    assert_string_equal(cover_of("1", 1, "jaro(name) >= sqrt(-1)"), "nothing");
    assert_string_equal(cover_of("jaro(name) >= 0.8 || jaro(name) >= 0.6", 1, NULL), NAME " 0.6");
    assert_string_equal(cover_of("-jaro(name)", -0.5, NULL), "none");
    assert_string_equal(cover_of("1", 1, "missing(number(size))"), "none");
    assert_string_equal(cover_of("1", 1, "levenshtein_distance(name) <= 2 || jaro(city) > 1"),
                        "levenshtein_distance(a.name, b.name) 2");
    assert_string_equal(cover_of("1", 1, "5 >= levenshtein_distance(name) + 3"),
                        "levenshtein_distance(a.name, b.name) 2");
    assert_string_equal(cover_of("1", 1, "osa_distance(name) < 3 || osa_distance(name) <= 1"),
                        "osa_distance(a.name, b.name) 3");
    assert_string_equal(cover_of("1", 1, "levenshtein_distance(name) == 1"),
                        "levenshtein_distance(a.name, b.name) 1");
    assert_string_equal(cover_of("1", 1, "levenshtein_distance(name) < -1"), "nothing");
    assert_string_equal(cover_of("1", 1, "levenshtein_distance(name)"), "none");
    assert_string_equal(cover_of("1", 1, "!(levenshtein_distance(name) > 2)"), "none");
    assert_string_equal(cover_of("levenshtein_distance(name)", 2, NULL), "none");
}

#define BORN "jaro(a.born, b.born)"
#define TRUTHS "(jaro(name) >= 0.9) + (jaro(city) >= 0.8) + (jaro(born) >= 0.7)"
#define NAME_STEPS "steps(jaro(name), -1, 0.8, 1, 0.9, 3)"
#define CITY_STEPS "steps(jaro(city), -2, 0.7, 2)"
#define STEPS NAME_STEPS " + " CITY_STEPS
#define MAYBE_STEPS "if_missing(" NAME_STEPS ", 0) + if_missing(" CITY_STEPS ", 0)"

/* Unions of terms that cannot all be low, and of pairs of terms. */
static void test_unions(void **state)
{
    (void)state;
    assert_string_equal(cover_at("1", 1, "jaro(name) >= 0.9 && 0.7 <= jaro(city)", true),
                        NAME " 0.9 & " CITY " 0.7");
    assert_string_equal(cover_at("jaro(name) >= 0.9 ? jaro(city) : 0", 0.8, NULL, true),
                        NAME " 0.9 & " CITY " 0.8");
    assert_string_equal(cover_of(TRUTHS, 3, NULL), NAME " 0.9");
    assert_string_equal(cover_of(TRUTHS, 2, NULL), CITY " 0.8 | " NAME " 0.9");
    assert_string_equal(cover_at(TRUTHS, 2, NULL, true), NAME " 0.9 | " CITY " 0.8 & " BORN " 0.7");
    assert_string_equal(cover_of(STEPS, 2, NULL), NAME " 0.8");
    assert_string_equal(cover_of("if_missing(" STEPS ", 0)", 1, NULL), CITY " 0.7 | " NAME " 0.9");
    assert_string_equal(cover_of(MAYBE_STEPS, 1, NULL), CITY " 0.7 | " NAME " 0.8");
    assert_string_equal(cover_at(MAYBE_STEPS, 4, NULL, true), NAME " 0.9 & " CITY " 0.7");
    assert_string_equal(cover_of("3 - levenshtein_distance(name) + (jaro(city) >= 0.8)", 1, NULL),
                        "levenshtein_distance(a.name, b.name) 3");
    assert_string_equal(cover_of("min(jaro(name) + jaro(city), 2 * jaro(city))", 1, NULL),
                        CITY " 0.5");
}

/* Sums of distances, from the least of which the worst can still follow: all small distances are
 * tried, and texts that are missing. */
static void test_distances(void **state)
{
    static const char *const scores[] = {
        "max(0, 3 - levenshtein_distance(name)) + max(0, 2 - osa_distance(city))",
        "if_missing(steps(levenshtein_distance(name), 4, 1, 2, 3, -2), 0) +"
        "if_missing(steps(osa_distance(city), 3, 2, -1), 0)",
        "if_missing(4 - levenshtein_distance(name), 1) * if_missing(3 - osa_distance(city), 0)",
    };
    (void)state;
    for (unsigned i = 0; i < 3 * 16; i++) {
        struct expr x = {0};
        struct expr_goal goal = {harness_expr_parse(&x, scores[i % 3]), EXPR_NONE, i / 6.0,
                                 (double)INFINITY};
        struct test_costs context = {0, i % 2};
        const struct expr_costs costs = {test_distance_cost, &context};
        struct expr_cover cover;
        struct err e = {0};
        assert_true(expr_cover(&x, &goal, &costs, &cover, &e));
        for (unsigned k = 0; k < 14 * 14; k++) {
            const unsigned d[] = {k / 14, k % 14};
            struct pair p = {.same = {0}};
            double score;
            for (uint32_t c = 0; c < x.n_columns; c++)
                p.present[c] = d[x.column[c].column] < 13;
            for (uint32_t t = 0; t < x.n_terms; t++)
                p.term[t] = d[t] < 13 ? d[t] : (double)NAN;
            struct twin_expr twin = {&x, leaf_of, is_present, &p};
            if (isfinite(cover.cost) && twin_expr_matches(&twin, &goal, &score) &&
                !option_holds(&x, &cover, &p))
                fail_msg("%s >= %g: no option finds %u, %u", scores[i % 3], goal.threshold, d[0],
                         d[1]);
        }
    }
}

/* A threshold that some of the pairs reach, but few, so that it asks for something. */
static double choose_min(const struct expr *x, const struct expr_goal *goal, struct pair *pairs)
{
    double scores[PAIRS];
    uint32_t n = 0;
    for (uint32_t k = 0; k < PAIRS; k++) {
        struct twin_expr twin = {x, leaf_of, is_present, &pairs[k]};
        double score;
        struct expr_goal any = {goal->score, goal->where, -(double)INFINITY, (double)INFINITY};
        random_pair(x, &pairs[k]);
        if (twin_expr_matches(&twin, &any, &score))
            scores[n++] = score;
    }
    sort_double(scores, n);
    return n ? scores[n - 1 - harness_below(n / 8 + 1)] : 1;
}

/* What random goals have shown of needs and covers. */
struct seen {
    size_t matches, needs, covers, several, pairs;
};

static void check_bounds(const struct expr *x, const struct expr_goal *goal, struct pair *pairs,
                         const char *text, struct seen *seen)
{
    struct expr_cover cover;
    struct err e = {0};
    struct test_costs context = {harness_below(3) ? 0 : harness_below(1u << 8), harness_below(2)};
    const struct expr_costs costs = {test_cost, &context};
    double need[EXPR_MAX_TERMS];
    for (uint32_t t = 0; t < x->n_terms; t++)
        seen->needs += expr_asks(&x->term[t], need[t] = expr_need(x, goal, t, &e));
    assert_true(expr_cover(x, goal, &costs, &cover, &e));
    seen->covers += isfinite(cover.cost) && cover.n == 1;
    seen->several += isfinite(cover.cost) && cover.n > 1;
    for (uint32_t k = 0; k < cover.n; k++)
        seen->pairs += isfinite(cover.cost) && cover.option[k].also != EXPR_NONE;
    for (uint32_t k = 0; k < PAIRS; k++) {
        struct twin_expr twin = {x, leaf_of, is_present, &pairs[k]};
        double score;
        if (!twin_expr_matches(&twin, goal, &score))
            continue;
        seen->matches++;
        for (uint32_t t = 0; t < x->n_terms; t++)
            if (expr_asks(&x->term[t], need[t]) &&
                !expr_reaches(&x->term[t], pairs[k].term[t], need[t]))
                fail_msg("%s >= %.17g: term %u has %.17g, and must reach %.17g", text,
                         goal->threshold, t, pairs[k].term[t], need[t]);
        if (isfinite(cover.cost) && !option_holds(x, &cover, &pairs[k]))
            fail_msg("%s >= %.17g: a match that no option finds", text, goal->threshold);
    }
}

/* No match has a term below its need, and each is found by an option of the cover. */
static void test_bounds(void **state)
{
    (void)state;
    static struct pair pairs[PAIRS];
    char text[16384];
    struct expr x;
    struct expr_goal goal;
    struct seen seen = {0};
    print_message("seed %u\n", SEED);
    for (uint32_t i = 0; i < 2 * EXPRESSIONS; i++) {
        if (!random_goal(i, &x, &goal, text, sizeof text))
            continue;
        goal.threshold = choose_min(&x, &goal, pairs);
        check_bounds(&x, &goal, pairs, text, &seen);
    }
    print_message(
        "%zu matches, %zu needs, %zu single covers, %zu of several options, %zu of two terms\n",
        seen.matches, seen.needs, seen.covers, seen.several, seen.pairs);
    assert_true(seen.matches > EXPRESSIONS && seen.needs > EXPRESSIONS / 10 &&
                seen.covers > EXPRESSIONS / 10 && seen.several > EXPRESSIONS / 100 &&
                seen.pairs > EXPRESSIONS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval),      cmocka_unit_test(test_soft_min),
        cmocka_unit_test(test_missing),   cmocka_unit_test(test_needs),
        cmocka_unit_test(test_covers),    cmocka_unit_test(test_unions),
        cmocka_unit_test(test_distances), cmocka_unit_test(test_bounds),
    };
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
