/* A glance against the exact score: a pair whose score reaches the threshold always passes, for
 * each metric of which profiles know something and for sums like those of models, at thresholds
 * that occur and just above them. And it drops pairs, or it would be of no use. What it says of
 * each term encloses the term's value. */
#include "matcher/expr/expr_leaves.h"
#include "matcher/worker/glance.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_rarity.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 178u
#define TEXTS 60u
#define COLUMNS 2u

static const struct harness_shape shapes[] = {
    {"names", 26, 'a', 2, 14, 3, 80, TEXTS, 0, true},
    {"digits", 10, '0', 5, 10, 3, 0, TEXTS, 0, false},
    {"one letter", 1, 'a', 0, 30, 3, 0, TEXTS, 0, false},
    {"two letters", 2, 'a', 0, 20, 4, 0, TEXTS, 0, false},
    {"long", 20, 'a', 55, 75, 6, 50, TEXTS, 0, false},
    {"many characters", 900, 0x4e00, 1, 12, 3, 0, TEXTS, 0, false},
};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

/* ---- Tables of two columns -------------------------------------------------------------------*/

static struct tables {
    struct harness_dictionary texts;
    struct harness_rarity rarity;
    uint32_t row_place[2][COLUMNS][TEXTS];
    struct index index;
} tables;

/* Column c has the texts in an order of its own, and none now and then. */
static void make_column(uint32_t side, uint32_t c)
{
    const struct side *all = side ? &tables.texts.b : &tables.texts.a;
    uint32_t *place = tables.row_place[side][c];
    for (uint32_t r = 0; r < TEXTS; r++)
        place[r] =
            harness_below(12) == 0 ? TABLE_MISSING : all->row_place[(r * (1 + 6 * c)) % TEXTS];
    struct side *made = &tables.index.field[2 * c + side].side;
    *made = *all;
    made->row_place = place;
}

static void make_tables(const struct harness_shape *shape, enum text_form form, uint64_t seed)
{
    memset(&tables, 0, sizeof tables);
    harness_seed(seed);
    harness_dictionary_formed(&tables.texts, shape, form, false, seed);
    harness_rarity_make(&tables.rarity, &tables.texts, false);
    tables.index.dictionary = tables.texts.dictionary;
    tables.index.n_fields = 2 * COLUMNS;
    for (uint32_t c = 0; c < COLUMNS; c++) {
        make_column(0, c);
        make_column(1, c);
        tables.index.pair[c].fields = (struct index_pair){2 * c, 2 * c + 1, INDEX_VALUES};
        tables.index.pair[c].rarity = tables.rarity.rarity;
    }
    tables.index.n_pairs = COLUMNS;
}

static void free_tables(void)
{
    harness_rarity_free(&tables.rarity);
    harness_dictionary_free(&tables.texts);
}

/* ---- An expression, and its exact scores -----------------------------------------------------*/

static struct asked {
    struct expr expr;
    struct expr_goal goal;
    double term[EXPR_MAX_TERMS][TEXTS][TEXTS], score[TEXTS][TEXTS];
} asked;

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context;
    (void)side;
    *column = name[0] == 'y';
    return strcmp(name, "x") == 0 || strcmp(name, "y") == 0 ||
           err_set(e, ERR_USAGE, NULL, "there is no column %s", name);
}

static void fill_exact(struct expr_eval *v, const struct terms *terms, uint32_t a)
{
    uint32_t row_a[TEXTS], row_b[TEXTS];
    for (uint32_t b = 0; b < TEXTS; b++) {
        row_a[b] = a;
        row_b[b] = b;
    }
    for (uint32_t i = 0; i < asked.expr.n_nodes; i++) {
        const struct expr_node *node = &asked.expr.node[i];
        if (node->op == EXPR_TERM) {
            terms_values(terms, node->index, row_a, row_b, TEXTS, v->lo[i]);
            memcpy(asked.term[node->index][a], v->lo[i], TEXTS * sizeof(double));
        } else if (node->op == EXPR_PRESENT) {
            terms_leaf(terms, node, row_a, row_b, TEXTS, v->lo[i]);
        } else {
            continue;
        }
        memcpy(v->hi[i], v->lo[i], TEXTS * sizeof(double));
    }
}

static void score_pairs(void)
{
    struct err e = {0};
    struct terms terms;
    struct expr_eval v;
    assert_true(terms_open(&terms, &asked.expr, &tables.index, &e));
    assert_true(expr_eval_open(&v, &asked.expr, &e));
    for (uint32_t a = 0; a < TEXTS; a++) {
        fill_exact(&v, &terms, a);
        expr_eval_run(&v, TEXTS);
        memcpy(asked.score[a], v.hi[asked.goal.score], TEXTS * sizeof(double));
    }
    expr_eval_close(&v);
    terms_close(&terms);
}

static void ask(const char *text)
{
    static const struct expr_names names = {find, NULL};
    struct err e = {0};
    memset(&asked, 0, sizeof asked);
    asked.goal = (struct expr_goal){.where = EXPR_NONE, .most = (double)INFINITY};
    if (!expr_parse(&asked.expr, text, "--score", &names, &asked.goal.score, &e))
        fail_msg("%s: %s", text, e.text);
    for (uint32_t i = 0; i < asked.expr.n_columns; i++) {
        struct expr_column *c = &asked.expr.column[i];
        c->field = 2 * c->column + c->side;
    }
    score_pairs();
}

/* ---- Looking ---------------------------------------------------------------------------------*/

struct seen {
    uint64_t pairs, passed, reached;
};

/* What the states of the lanes say of the terms encloses their values. */
static void check_ranges(const struct glance *g, const char *what)
{
    double lo[EXPR_LANES], hi[EXPR_LANES];
    for (uint32_t t = 0; t < asked.expr.n_terms; t++) {
        if (!glance_ranges(g, t, g->state, g->n, lo, hi))
            continue;
        for (uint32_t i = 0; i < g->n; i++) {
            const double value = asked.term[t][g->row_a[i]][g->row_b[i]];
            if (!(value >= lo[i] && value <= hi[i]) && !(isnan(lo[i]) && isnan(value)))
                fail_msg("%s: term %u of rows %u and %u: %.17g is not in %.17g … %.17g", what, t,
                         g->row_a[i], g->row_b[i], value, lo[i], hi[i]);
        }
    }
}

static void check_lanes(struct glance *g, uint32_t known, struct seen *seen, const char *what)
{
    uint16_t lane[EXPR_LANES];
    const uint32_t terms[2] = {known, EXPR_NONE};
    const uint32_t n = glance_look(g, terms, EXPR_NONE, 0, lane);
    check_ranges(g, what);
    seen->pairs += g->n;
    seen->passed += n;
    for (uint32_t i = 0, k = 0; i < g->n; i++) {
        const double score = asked.score[g->row_a[i]][g->row_b[i]];
        const bool passes = k < n && lane[k] == i;
        k += passes;
        seen->reached += score >= g->goal.threshold;
        if (score >= g->goal.threshold && !passes)
            fail_msg("%s at %.17g: rows %u and %u of score %.17g do not pass", what,
                     g->goal.threshold, g->row_a[i], g->row_b[i], score);
    }
    g->n = 0;
}

/* All pairs at one threshold. */
static void check_threshold(const struct shm *profiles, double threshold, struct seen *seen,
                            const char *what)
{
    static struct glance g;
    struct err e = {0};
    asked.goal.threshold = threshold;
    const uint32_t known =
        harness_below(2) && asked.expr.n_terms ? harness_below(asked.expr.n_terms) : EXPR_NONE;
    assert_true(
        glance_open(&g, &asked.expr, &asked.goal, profiles_view(shm_view_of(profiles)), &e));
    for (uint32_t a = 0; a < TEXTS; a++)
        for (uint32_t b = 0; b < TEXTS; b++)
            if (glance_add(&g, a, b, known == EXPR_NONE ? 0 : asked.term[known][a][b], 0))
                check_lanes(&g, known, seen, what);
    check_lanes(&g, known, seen, what);
    glance_close(&g);
}

static void check(const char *text, const char *shape)
{
    char what[1024];
    struct err e = {0};
    struct shm profiles;
    struct seen seen = {0}, high = {0};
    double best = -(double)INFINITY;
    snprintf(what, sizeof what, "%s: %s", shape, text);
    ask(text);
    assert_true(shm_create(&profiles, "profiles", 1 << 22, &e));
    assert_true(profiles_build(&asked.expr, &tables.index, &profiles, &e));
    for (uint32_t i = 0; i < 5; i++) {
        double at;
        do
            at = asked.score[harness_below(TEXTS)][harness_below(TEXTS)];
        while (isnan(at));
        check_threshold(&profiles, at, &seen, what);
        check_threshold(&profiles, nextafter(at, (double)INFINITY), &seen, what);
    }
    for (uint32_t a = 0; a < TEXTS; a++)
        for (uint32_t b = 0; b < TEXTS; b++)
            best = asked.score[a][b] > best ? asked.score[a][b] : best;
    check_threshold(&profiles, best, &high, what);
    shm_close(&profiles);
    if (seen.reached == 0 || high.passed == 0 || high.passed >= high.pairs)
        fail_msg("%s: nothing tried (%llu reached), or nothing dropped (%llu of %llu pass)", what,
                 (unsigned long long)seen.reached, (unsigned long long)high.passed,
                 (unsigned long long)high.pairs);
}

/* The metrics that compare texts of a form, which the tables have; returns how many there are. */
static size_t check_each(const struct harness_shape *shape, enum text_form form)
{
    size_t n = 0;
    for (size_t k = 0; metric_at(k); k++) {
        const struct metric *m = metric_at(k);
        char text[100];
        if (m->form != form || (!m->bound && !m->sets) || m->flags & METRIC_COLUMN_TEXTS)
            continue;
        snprintf(text, sizeof text, "%s(x)", m->name);
        check(text, shape->name);
        n++;
    }
    return n;
}

static size_t check_forms(const struct harness_shape *shape, enum text_form form, uint64_t seed)
{
    make_tables(shape, form, seed);
    const size_t n = check_each(shape, form);
    free_tables();
    return n;
}

static void test_metrics(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < N_SHAPES; i++) {
        n += check_forms(&shapes[i], TEXT_FORM_SORTED_WORDS, SEED + i);
        n += check_forms(&shapes[i], TEXT_FORM_WORD_SET, SEED + i);
        make_tables(&shapes[i], TEXT_FORM_VALUE, SEED + i);
        n += check_each(&shapes[i], TEXT_FORM_VALUE);
        check("cosine(x, 2)", shapes[i].name);
        check("cosine(x, 0) + 0.1 * jaccard(y, 1)", shapes[i].name);
        check("levenshtein(a.x, b.y)", shapes[i].name);
        free_tables();
    }
    assert_true(n >= 14 * N_SHAPES);
}

/* Sums as models have them, and other ways to put parts together. */
static void test_sums(void **state)
{
    (void)state;
    static const char *const sums[] = {
        "-3 + if_missing(jaro_winkler(x) >= 1 ? (rarity(x) > 0 ? max(0, -1 + min(4, rarity(x))) : "
        "2) : "
        "steps(jaro_winkler(x), -3, .6, -1, .8, 1.5), 0) + if_missing(steps(osa(y), -2, .5, 0, .8, "
        "3), 0)",
        "soft_min(-3 + if_missing(levenshtein(x) >= 1 ? (rarity(x) > 0 ? max(0, -1 + min(4, "
        "rarity(x))) "
        ": 2) : steps(levenshtein(x), -3, .6, -1), 0) + if_missing(steps(cosine(y), -2, .3, 0, .7, "
        "3), 0), 1 + if_missing(steps(levenshtein(x), -1, .7, 0), 0) + if_missing(steps(cosine(y), "
        "-1, .9, 0), 0))",
        "0.6 * jaro_winkler(x) + 0.4 * max(osa(y), jaccard(y))",
        "osa(x) >= .7 && cosine(y) >= .4 ? jaro_winkler(x) : 0.1 * jaro(y)",
        "jaro_winkler(x) - 0.3 * levenshtein_distance(y)",
        "(jaro(x) + rarity(y)) / 2 - (osa(x) < .5 ? 1 : 0)",
        "if_missing(jaro(x) + osa(y), -1) + if_missing(rarity(y), 0.5)",
        "min(4 / (1 + osa(x) + jaro(y)), osa(x) + jaro(y))",
        "equal(x) + if_missing(equal(y), 0.25)",
        "osa(x) + if_missing(0.5, jaro(x) + osa(y))",
    };
    for (size_t i = 0; i < N_SHAPES; i++) {
        make_tables(&shapes[i], TEXT_FORM_VALUE, SEED + 100 + i);
        for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
            check(sums[k], shapes[i].name);
        free_tables();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_metrics), cmocka_unit_test(test_sums)};
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
