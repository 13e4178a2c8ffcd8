/* Covers: each match satisfies an option, none of the options can be left out, and what they cost
 * is near the least that is possible. On random models (random_model.h), against brute force. */
#include "core/base.h"
#include "matcher/expr/expr_cover.h"
#include "tests/expr/random_model.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20262u
#define SMALL 200u       /* models of which all pairs are tried */
#define LARGE 24u        /* models of which random pairs are tried */
#define POINTS 40960u    /* of each */
#define CORNERS 4096u    /* of each, where all that no option asks for is at its best */
#define LEAST_COSTS 200u /* models whose least cost is known */

/* The cost of the model, times a factor that depends on the terms alone. */
struct costing {
    struct random_model *model;
    uint32_t seed;
};

static double factor_of(const struct costing *c, const struct expr_option *o)
{
    const uint32_t also = o->also == EXPR_NONE ? o->term : o->also; /* in any order */
    uint64_t hash = c->seed * 1000003u + least(o->term, also) * 64 + greatest(o->term, also);
    for (int i = 0; i < 3; i++)
        hash = hash * 0x9e3779b97f4a7c15u ^ hash >> 29;
    return exp2((double)(hash >> 40) / (1 << 22) - 2);
}

static double cost_of(void *context, const struct expr_option *o)
{
    const struct costing *c = context;
    double own = random_model_cost(c->model, o);
    return c->seed ? own * factor_of(c, o) : own;
}

static struct expr_cover cover_model(struct random_model *m, uint32_t seed)
{
    struct costing context = {m, seed};
    const struct expr_costs costs = {cost_of, &context};
    struct expr_cover cover;
    struct err e = {0};
    assert_true(expr_cover(&m->x, &m->goal, &costs, &cover, &e));
    return cover;
}

/* ---- Points ----------------------------------------------------------------------------------*/

/* The values of all terms of a pair, and which columns are missing. */
struct point {
    double value[EXPR_MAX_TERMS];
    bool missing[HARNESS_MODEL_COLUMNS];
};

static uint32_t column_of(const struct random_model *m, uint32_t term)
{
    return m->x.column[m->x.term[term].column_a].column;
}

static bool is_rarity(const struct random_model *m, uint32_t term)
{
    return m->x.term[term].view == METRIC_SIMILARITY;
}

static bool holds(const struct expr *x, const struct expr_option *o, const struct point *p)
{
    return expr_reaches(&x->term[o->term], p->value[o->term], o->need) &&
           (o->also == EXPR_NONE ||
            expr_reaches(&x->term[o->also], p->value[o->also], o->also_need));
}

static bool satisfied(const struct expr *x, const struct expr_cover *cover, const struct point *p)
{
    uint32_t i = 0;
    while (i < cover->n && !holds(x, &cover->option[i], p))
        i++;
    return i < cover->n;
}

/* Which of n points match, n <= EXPR_LANES. */
static void match_points(const struct random_model *m, struct expr_eval *v,
                         const struct point *points, uint32_t n, bool *matches)
{
    for (uint32_t i = 0; i < m->x.n_nodes; i++) {
        const struct expr_node *node = &m->x.node[i];
        for (uint32_t k = 0; k < n && (node->op == EXPR_TERM || node->op == EXPR_PRESENT); k++) {
            double value = 1;
            if (node->op == EXPR_TERM)
                value = points[k].value[node->index];
            for (uint32_t c = 0; c < m->x.n_columns && node->op == EXPR_PRESENT; c++)
                if (node->columns >> c & 1 && points[k].missing[m->x.column[c].column])
                    value = 0;
            v->lo[i][k] = v->hi[i][k] = value;
        }
    }
    expr_eval_run(v, n);
    for (uint32_t k = 0; k < n; k++)
        matches[k] = expr_can_match(v, &m->goal, k);
}

/* Fails if a point matches and satisfies no option; returns how many match. */
static size_t check_points(const struct random_model *m, const struct expr_cover *cover,
                           struct expr_eval *v, const struct point *points, uint32_t n)
{
    bool matches[EXPR_LANES];
    size_t found = 0;
    match_points(m, v, points, n, matches);
    for (uint32_t k = 0; k < n; k++) {
        found += matches[k];
        if (matches[k] && !satisfied(&m->x, cover, &points[k]))
            fail_msg("%s: a match that no option finds", m->text);
    }
    return found;
}

/* ---- All pairs of small models ---------------------------------------------------------------*/

/* The states of a column, number 0 is missing: each level's least value and the greatest below it;
 * and a rarity, if it has one. */
static uint32_t n_states(const struct random_model_column *c)
{
    return 1 + (2 * c->n_levels + 1) * (c->weighs_rarity ? 3 : 1);
}

static void set_state(const struct random_model *m, uint32_t column, uint32_t state,
                      struct point *p)
{
    const struct random_model_column *c = &m->column[column];
    static const double rarities[] = {0, 9.5, 30};
    const uint32_t of_levels = 2 * c->n_levels + 1;
    const uint32_t at = state == 0 ? 0 : (state - 1) % of_levels;
    const double threshold = at == 0 ? 0 : c->threshold[(at - 1) / 2];
    p->missing[column] = state == 0;
    for (uint32_t t = 0; t < m->x.n_terms; t++) {
        if (column_of(m, t) != column)
            continue;
        p->value[t] = at % 2 ? nextafter(threshold, 0) : threshold;
        if (c->n_levels == 1 && at == 1) /* the metric is 0 or 1 */
            p->value[t] = 0;
        if (is_rarity(m, t))
            p->value[t] = state == 0 ? 0 : rarities[(state - 1) / of_levels];
    }
}

/* The point of a number, below the product of all states. */
static void make_point(const struct random_model *m, size_t number, struct point *p)
{
    for (uint32_t c = 0; c < m->n_columns; c++) {
        set_state(m, c, (uint32_t)(number % n_states(&m->column[c])), p);
        number /= n_states(&m->column[c]);
    }
}

static size_t n_points(const struct random_model *m)
{
    size_t n = 1;
    for (uint32_t c = 0; c < m->n_columns; c++)
        n *= n_states(&m->column[c]);
    return n;
}

/* Whether a point matches and satisfies no option but number i. */
static bool needs_option(const struct random_model *m, const struct expr_cover *cover, uint32_t i,
                         struct expr_eval *v)
{
    static struct point points[EXPR_LANES];
    struct expr_cover less = *cover;
    less.option[i] = less.option[--less.n];
    bool matches[EXPR_LANES], needed = false;
    for (size_t from = 0; from < n_points(m) && !needed; from += EXPR_LANES) {
        const uint32_t n = (uint32_t)least_size(EXPR_LANES, n_points(m) - from);
        for (uint32_t k = 0; k < n; k++)
            make_point(m, from + k, &points[k]);
        match_points(m, v, points, n, matches);
        for (uint32_t k = 0; k < n && !needed; k++)
            needed = matches[k] && !satisfied(&m->x, &less, &points[k]);
    }
    return needed;
}

static size_t check_all(const struct random_model *m, const struct expr_cover *cover)
{
    static struct point points[EXPR_LANES];
    struct expr_eval v;
    struct err e;
    size_t matches = 0;
    assert_true(expr_eval_open(&v, &m->x, &e));
    for (size_t from = 0; from < n_points(m); from += EXPR_LANES) {
        const uint32_t n = (uint32_t)least_size(EXPR_LANES, n_points(m) - from);
        for (uint32_t k = 0; k < n; k++)
            make_point(m, from + k, &points[k]);
        matches += check_points(m, cover, &v, points, n);
    }
    bool exact = !m->related; /* all that can differ is tried */
    for (uint32_t c = 0; c < m->n_columns; c++)
        exact = exact && !m->column[c].weighs_rarity;
    for (uint32_t i = 0; i < cover->n && exact; i++)
        if (!needs_option(m, cover, i, &v))
            fail_msg("%s: option %u of %u is of no use", m->text, i, cover->n);
    expr_eval_close(&v);
    return matches;
}

/* A model with all pairs within reach. */
static void make_small(struct random_model *m)
{
    do
        random_model_make(m, 2 + harness_below(4), 1 + harness_below(3),
                          pow(10, 2 + harness_below(5)));
    while (n_points(m) > 50000);
}

static void test_small(void **state)
{
    static struct random_model m;
    size_t matches = 0, singles = 0, pairs = 0, none = 0;
    (void)state;
    for (uint32_t i = 0; i < SMALL; i++) {
        make_small(&m);
        const struct expr_cover cover = cover_model(&m, i % 4);
        none += isinf(cover.cost);
        matches += isinf(cover.cost) ? 0 : check_all(&m, &cover);
        for (uint32_t k = 0; k < cover.n; k++) {
            singles += cover.option[k].also == EXPR_NONE;
            pairs += cover.option[k].also != EXPR_NONE;
        }
    }
    print_message("%zu matches, %zu options of one term, %zu of two, %zu models without a cover\n",
                  matches, singles, pairs, none);
    assert_true(matches > 10000 && singles > SMALL && pairs > SMALL / 2 && none < SMALL / 10);
}

/* ---- Random pairs of large models ------------------------------------------------------------*/

/* A point for which each option asks too much of a term, and that is at its best otherwise. */
static void make_corner(const struct random_model *m, const struct expr_cover *cover,
                        struct point *p)
{
    *p = (struct point){.missing = {false}};
    for (uint32_t t = 0; t < m->x.n_terms; t++)
        p->value[t] = is_rarity(m, t) ? 60 : 1;
    for (uint32_t i = harness_below(cover->n), n = 0; n < cover->n; n++, i++) {
        const struct expr_option *o = &cover->option[i % cover->n];
        if (!holds(&m->x, o, p))
            continue;
        const bool first = o->also == EXPR_NONE || harness_below(2);
        const uint32_t term = first ? o->term : o->also;
        const bool binary = metric_at(m->x.term[term].metric)->flags & METRIC_BINARY;
        p->value[term] = binary ? 0 : nextafter(first ? o->need : o->also_need, 0);
    }
    for (uint32_t c = 0; c < m->n_columns; c++)
        if (harness_below(4) == 0)
            set_state(m, c, 0, p);
}

static void make_random(const struct random_model *m, struct point *p)
{
    const uint32_t high = 1 + harness_below(8); /* more of the values are high */
    for (uint32_t c = 0; c < m->n_columns; c++) {
        const uint32_t n = n_states(&m->column[c]);
        set_state(m, c, harness_below(high) ? n - 1 - harness_below((n + 2) / 3) : harness_below(n),
                  p);
    }
}

static size_t check_large(const struct random_model *m, const struct expr_cover *cover)
{
    static struct point points[EXPR_LANES];
    struct expr_eval v;
    struct err e;
    size_t matches = 0;
    assert_true(expr_eval_open(&v, &m->x, &e));
    for (uint32_t i = 0; i < POINTS + CORNERS; i += EXPR_LANES) {
        for (uint32_t k = 0; k < EXPR_LANES; k++)
            if (i < CORNERS)
                make_corner(m, cover, &points[k]);
            else
                make_random(m, &points[k]);
        matches += check_points(m, cover, &v, points, EXPR_LANES);
    }
    expr_eval_close(&v);
    return matches;
}

static void test_large(void **state)
{
    static const uint32_t columns[] = {5, 13, 20, 24};
    static struct random_model m;
    size_t matches = 0, pairs = 0;
    (void)state;
    for (uint32_t i = 0; i < LARGE; i++) {
        random_model_make(&m, columns[i % 4], HARNESS_MODEL_LEVELS, pow(10, 3 + harness_below(4)));
        const struct expr_cover cover = cover_model(&m, i % 3);
        assert_true(isfinite(cover.cost) && cover.n > 0);
        matches += check_large(&m, &cover);
        for (uint32_t k = 0; k < cover.n; k++)
            pairs += cover.option[k].also != EXPR_NONE;
    }
    print_message("%zu matches, %zu options of two terms\n", matches, pairs);
    assert_true(matches > LARGE * 1000 && pairs > LARGE);
}

/* ---- The least cost --------------------------------------------------------------------------*/

#define MAX_EXACT 400u /* options, and points */

/* A small model whose options and least matches are listed. */
struct exact {
    const struct random_model *m;
    uint32_t n_options, n_points;
    struct expr_option option[MAX_EXACT]; /* the cheapest first */
    double cost[MAX_EXACT];
    struct point point[MAX_EXACT];
    double least;
};

static void add_option(struct exact *x, struct expr_option o, struct costing *costing)
{
    const double cost = cost_of(costing, &o);
    uint32_t at = x->n_options++;
    assert_true(x->n_options <= MAX_EXACT);
    for (; at > 0 && x->cost[at - 1] > cost; at--) {
        x->option[at] = x->option[at - 1];
        x->cost[at] = x->cost[at - 1];
    }
    x->option[at] = o;
    x->cost[at] = cost;
}

static void list_options(struct exact *x, struct costing *costing)
{
    const struct random_model *m = x->m;
    for (uint32_t t = 0; t < m->x.n_terms; t++) {
        const struct random_model_column *c = &m->column[column_of(m, t)];
        for (uint32_t k = 0; k < c->n_levels; k++) {
            struct expr_option o = {.term = t, .also = EXPR_NONE, .need = c->threshold[k]};
            add_option(x, o, costing);
            for (o.also = 0; o.also < m->x.n_terms; o.also++)
                for (uint32_t l = 0; l < m->column[column_of(m, o.also)].n_levels; l++) {
                    o.also_need = m->column[column_of(m, o.also)].threshold[l];
                    if (o.also != t)
                        add_option(x, o, costing);
                }
        }
    }
}

static bool is_below(const struct random_model *m, const struct point *p, const struct point *q)
{
    for (uint32_t t = 0; t < m->x.n_terms; t++)
        if (p->value[t] > q->value[t])
            return false;
    return true;
}

/* Lists the matches that have no other below them, of those that reach levels exactly. */
static void list_points(struct exact *x)
{
    static struct point points[50000];
    const struct random_model *m = x->m;
    struct expr_eval v;
    struct err e;
    uint32_t n = 0;
    assert_true(expr_eval_open(&v, &m->x, &e));
    for (size_t i = 0; i < n_points(m); i++) {
        bool matches;
        make_point(m, i, &points[n]);
        match_points(m, &v, &points[n], 1, &matches);
        n += matches;
    }
    expr_eval_close(&v);
    for (uint32_t i = 0; i < n; i++) {
        bool minimal = true;
        for (uint32_t k = 0; k < n && minimal; k++)
            minimal = !is_below(m, &points[k], &points[i]) ||
                      (is_below(m, &points[i], &points[k]) && k >= i);
        if (minimal)
            x->point[x->n_points++] = points[i];
        assert_true(x->n_points <= MAX_EXACT);
    }
}

/* The least cost of options that, with those taken, satisfy all points from number `from` on. */
static void search_least(struct exact *x, bool *taken, uint32_t from, double cost)
{
    const struct expr *expr = &x->m->x;
    for (; from < x->n_points; from++) {
        bool hit = false;
        for (uint32_t i = 0; i < x->n_options && !hit; i++)
            hit = taken[i] && holds(expr, &x->option[i], &x->point[from]);
        if (!hit)
            break;
    }
    if (from == x->n_points)
        x->least = fmin(x->least, cost);
    for (uint32_t i = 0; from < x->n_points && i < x->n_options; i++) {
        if (cost + x->cost[i] >= x->least)
            break;
        if (!holds(expr, &x->option[i], &x->point[from]))
            continue;
        taken[i] = true;
        search_least(x, taken, from, cost + x->cost[i]);
        taken[i] = false;
    }
}

/* A model without rarities, small enough to try all sets of options. */
static void make_tiny(struct random_model *m)
{
    bool fits = false;
    while (!fits) {
        const uint32_t n_columns = 3 + harness_below(3);
        random_model_make(m, n_columns, n_columns == 5 ? 2 : 3, pow(10, 2 + harness_below(5)));
        fits = !m->related;
        for (uint32_t c = 0; c < m->n_columns; c++)
            fits = fits && !m->column[c].weighs_rarity;
    }
}

/* What is found costs hardly more than the best of all sets of options. */
static void test_least(void **state)
{
    static struct random_model m;
    static struct exact x;
    double sum = 0, worst = 0;
    uint32_t found_least = 0;
    (void)state;
    for (uint32_t i = 0; i < LEAST_COSTS; i++) {
        bool taken[MAX_EXACT] = {false};
        make_tiny(&m);
        struct costing costing = {&m, i % 4};
        const struct expr_cover cover = cover_model(&m, costing.seed);
        x = (struct exact){.m = &m, .least = cover.cost * (1 + 1e-9)};
        list_options(&x, &costing);
        list_points(&x);
        search_least(&x, taken, 0, 0);
        const double ratio = cover.cost > 0 ? cover.cost / x.least : 1;
        sum += log(ratio);
        worst = fmax(worst, ratio);
        found_least += ratio < 1 + 1e-6;
    }
    print_message("least cost in %u of %u; worst %.3f, mean %.4f times the least\n", found_least,
                  LEAST_COSTS, worst, exp(sum / LEAST_COSTS));
    assert_true(found_least >= LEAST_COSTS * 9 / 10 && worst < 1.5 &&
                exp(sum / LEAST_COSTS) < 1.01);
}

/* ---- Ends ------------------------------------------------------------------------------------*/

static double no_cost(void *context, const struct expr_option *o)
{
    (void)context, (void)o;
    return (double)INFINITY;
}

static void test_ends(void **state)
{
    static struct random_model m;
    struct expr_cover cover;
    struct err e;
    const struct expr_costs costs = {no_cost, NULL};
    (void)state;
    random_model_make(&m, 5, 3, 1e4);
    assert_true(expr_cover(&m.x, &m.goal, &costs, &cover, &e));
    assert_true(isinf(cover.cost)); /* no join at all */
    m.goal.threshold = (double)INFINITY;
    m.column[0].weighs_rarity = false;
    for (uint32_t t = 0; t < m.x.n_terms; t++)
        m.x.term[t].view = METRIC_NORMALIZED_SIMILARITY; /* no term without an end */
    cover = cover_model(&m, 0);
    assert_true(cover.cost == 0 && cover.n == 0); /* no match at all */
    m.goal.threshold = -1e6;
    assert_true(isinf(cover_model(&m, 0).cost)); /* all pairs match */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_ends),
    };
    harness_seed(SEED);
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
