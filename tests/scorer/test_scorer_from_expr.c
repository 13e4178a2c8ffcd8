/* Compiled expressions against their evaluation, bit for bit, on random expressions and records.
 * This program is its own `axb`: started as `… worker compile` or `… worker probe` it is that child
 * of scorer_make_expression. */
#include "matcher/index/index.h"
#include "matcher/index/typed_value.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 31u
#define EXPRESSIONS 60u
#define ROWS 96u /* of each side; at most EXPR_LANES */
#define COLUMNS 4u

static char *columns[] = {"name", "größe", "size", "born"};
static const struct scorer_headers headers = {columns, COLUMNS, columns, COLUMNS};
static const char *const texts[] = {"name", "größe"}, *const numbers[] = {"size"},
                         *const dates[] = {"born"}, *const values[] = {"Anna", "it is"};
static const struct twin_expr_columns random_columns = {texts, numbers, dates, values, 2, 1, 1, 2};

/* ---- Records ---------------------------------------------------------------------------------*/

static struct {
    char bytes[2][COLUMNS][ROWS][24];
    const char *field[2][COLUMNS * ROWS]; /* NULL: missing */
    struct harness_dictionary dictionary;
    axb_str text[2][COLUMNS][ROWS];
    double number[2][COLUMNS][ROWS], days[2][COLUMNS][ROWS];
} data;

static const char *random_field(char *bytes, uint32_t column)
{
    static const char *const people[] = {"Anna", "Anne", "Hanna", "Ánna", "it is",
                                         "Bo",   "",     "Joana", "12",   "48.1, 11.6"};
    static const char *const odd[] = {"-0", "0", "x1", "1e300", "-7.25"};
    uint32_t kind = harness_below(10);
    if (kind == 0)
        return NULL;
    if (column < 2)
        snprintf(bytes, 24, "%s%s", people[harness_below(10)],
                 kind < 4 ? people[harness_below(6)] : "");
    else if (column == 2 && kind == 1)
        snprintf(bytes, 24, "%s", odd[harness_below(5)]);
    else if (column == 2)
        snprintf(bytes, 24, "%u.%u", harness_below(9), harness_below(4) * 25);
    else
        snprintf(bytes, 24, "2020-%02u-%02u", 1 + harness_below(14), 1 + harness_below(28));
    return bytes;
}

static void make_data(void)
{
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t c = 0; c < COLUMNS; c++)
            for (uint32_t i = 0; i < ROWS; i++)
                data.field[side][c * ROWS + i] = random_field(data.bytes[side][c][i], c);
    harness_dictionary_make(&data.dictionary, data.field[0], COLUMNS * ROWS, data.field[1],
                            COLUMNS * ROWS);
    const struct side *sides[2] = {&data.dictionary.a, &data.dictionary.b};
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t k = 0; k < COLUMNS * ROWS; k++) {
            uint32_t place = sides[side]->row_place[k], c = k / ROWS, i = k % ROWS;
            data.number[side][c][i] = data.days[side][c][i] = (double)NAN;
            if (place == TABLE_MISSING)
                continue;
            struct text t = dictionary_text(&data.dictionary.dictionary, sides[side]->value[place]);
            data.text[side][c][i] = (axb_str){t.utf8, t.utf8_bytes, t.id};
            data.number[side][c][i] = value_number((struct bytes){t.utf8, t.utf8_bytes});
            data.days[side][c][i] = value_days((struct bytes){t.utf8, t.utf8_bytes});
        }
    scorer_bind_dictionary(&data.dictionary.dictionary);
}

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context, (void)side;
    for (*column = 0; *column < COLUMNS; (*column)++)
        if (strcmp(columns[*column], name) == 0)
            return true;
    return err_set(e, ERR_USAGE, NULL, "there is no column \"%s\"", name);
}

static const struct expr_names names = {find, NULL};

static void parse(struct expr *x, const char *text, uint32_t *root)
{
    struct err e = {0};
    if (!expr_parse(x, text, "--score", &names, root, &e))
        fail_msg("%s", e.text);
}

/* ---- The evaluation --------------------------------------------------------------------------*/

static const axb_str *text_of(const struct expr *x, uint32_t column, uint32_t i, uint32_t j)
{
    const struct expr_column *c = &x->column[column];
    return &data.text[c->side][c->column][c->side ? j : i];
}

static double term_value(const struct expr *x, struct metric_state *s, const struct expr_term *t,
                         uint32_t i, uint32_t j)
{
    const axb_str *a = text_of(x, t->column_a, i, j), *b = text_of(x, t->column_b, i, j);
    const struct metric_use use = expr_use(t);
    if (!a->id || !b->id)
        return twin_metric_missing(&use);
    return metric_score(s, dictionary_text(&data.dictionary.dictionary, a->id - 1),
                        dictionary_text(&data.dictionary.dictionary, b->id - 1));
}

static double leaf(const struct expr *x, struct metric_state **metric, uint32_t node, uint32_t i,
                   uint32_t j)
{
    const struct expr_node *v = &x->node[node];
    const struct expr_column *c = &x->column[v->index];
    if (v->op == EXPR_TERM)
        return term_value(x, metric[v->index], &x->term[v->index], i, j);
    if (v->op == EXPR_COLUMN)
        return (c->kind == INDEX_DAYS ? data.days
                                      : data.number)[c->side][c->column][c->side ? j : i];
    if (v->op == EXPR_SAME) {
        const axb_str *t = text_of(x, v->index, i, j);
        return t->id && t->n == v->text_bytes && memcmp(t->p, x->text + v->text_at, t->n) == 0;
    }
    for (uint32_t k = 0; k < x->n_columns; k++)
        if (v->columns >> k & 1 && !text_of(x, k, i, j)->id)
            return 0;
    return 1;
}

/* The scores of row i of A with all rows of B; NaN where `where` is not true. */
static void evaluate(struct expr_eval *v, const struct expr_goal *goal,
                     struct metric_state **metric, uint32_t i, double *scores)
{
    for (uint32_t node = 0; node < v->x->n_nodes; node++)
        if (v->x->node[node].op > EXPR_NUMBER && v->x->node[node].op < EXPR_ADD)
            for (uint32_t j = 0; j < ROWS; j++)
                v->lo[node][j] = v->hi[node][j] = leaf(v->x, metric, node, i, j);
    expr_eval_run(v, ROWS);
    for (uint32_t j = 0; j < ROWS; j++) {
        bool where = goal->where == EXPR_NONE || expr_may(v, goal->where, j);
        scores[j] = where ? v->lo[goal->score][j] : (double)NAN;
    }
}

/* ---- The module ------------------------------------------------------------------------------*/

struct loaded {
    struct scorer s;
    const axb_module *m;
    const void *array[2][EXPR_MAX_COLUMNS];
};

static void load(struct loaded *l, const struct expr *x, const struct expr_goal *goal)
{
    struct err e = {0};
    uint32_t n[2] = {0, 0};
    if (!scorer_make_expression(x, goal, &headers, &l->s, &e) || !scorer_attach(l->s.fd, &l->m, &e))
        fail_msg("%s", e.text);
    for (size_t k = 0; k < l->s.n_fields; k++) {
        const struct scorer_field *f = &l->s.fields[k];
        l->array[f->side][n[f->side]++] =
            f->kind == AXB_TEXT     ? (const void *)data.text[f->side][f->column]
            : f->kind == AXB_NUMBER ? (const void *)data.number[f->side][f->column]
                                    : (const void *)data.days[f->side][f->column];
    }
}

static void check_row(const struct loaded *l, uint32_t i, const double *scores, const char *text)
{
    uint32_t hits[ROWS], k = 0;
    double hit_scores[ROWS], min = scores[harness_below(ROWS)];
    for (uint32_t j = 0; j < ROWS; j++) {
        double score = l->m->score(l->array[0], i, l->array[1], j);
        if (!harness_metric_same_bits(score, scores[j]))
            fail_msg("%s\nrows %u, %u: compiled %.17g, evaluated %.17g", text, i, j, score,
                     scores[j]);
    }
    uint32_t n = l->m->match(l->array[0], i, l->array[1], 0, ROWS, min, hits, hit_scores);
    for (uint32_t j = 0; j < ROWS; j++) {
        if (!(scores[j] >= min))
            continue;
        assert_true(k < n && hits[k] == j && harness_metric_same_bits(hit_scores[k], scores[j]));
        k++;
    }
    assert_int_equal(k, n);
}

/* Compiles the goal and compares it with its evaluation on all pairs. */
static void check_goal(const struct expr *x, const struct expr_goal *goal, const char *text)
{
    struct loaded l;
    struct expr_eval v;
    struct err e = {0};
    struct metric_state *metric[EXPR_MAX_TERMS] = {0};
    double scores[ROWS];
    assert_true(expr_eval_open(&v, x, &e));
    for (uint32_t t = 0; t < x->n_terms; t++) {
        struct metric_use use = expr_use(&x->term[t]);
        assert_true(metric_open(&metric[t], &use, &data.dictionary.dictionary.alphabet,
                                data.dictionary.dictionary.max_length, &e));
    }
    load(&l, x, goal);
    for (uint32_t i = 0; i < ROWS; i++) {
        evaluate(&v, goal, metric, i, scores);
        check_row(&l, i, scores, text);
    }
    scorer_close(&l.s);
    expr_eval_close(&v);
    for (uint32_t t = 0; t < x->n_terms; t++)
        metric_close(metric[t]);
}

static void check_text(const char *where, const char *score)
{
    struct expr x = {0};
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    if (where)
        parse(&x, where, &goal.where);
    parse(&x, score, &goal.score);
    check_goal(&x, &goal, score);
}

static void test_each(void **state)
{
    (void)state;
    check_text("abs(a.size - b.size) <= 3 && a.name == b.name", "1");
    check_text(NULL, "-a.size + -b.size * 2 / (b.size - 1) - min(a.size, b.size)");
    check_text(NULL, "max(sqrt(a.size), abs(b.size)) + floor(a.size) * ceil(-b.size)");
    check_text(NULL, "(a.size < b.size) + 2 * (a.size <= b.size) + 4 * (a.size > b.size) + "
                     "8 * (a.size >= b.size) + 16 * (a.size == b.size) + 32 * (a.size != b.size)");
    check_text("a.name != b.name || a.'größe' == 'Anna' || missing(b.name)",
               "missing(a.size) + if_missing(jaro(name), 0.25) + if_missing(a.size - b.size, -1)");
    check_text("missing(a.name)", "if_missing(number(size), -1)");
    check_text(NULL, "soft_min(a.size - 1, -b.size) + soft_min(a.size / 7, b.size, 3)");
    check_text(NULL, "steps(a.size - b.size, -1.5, -2, 0.1, 0, 7, 3, -0.3)");
    check_text("steps(jaro(name), 0, 0.5, 1)", "if_missing(steps(a.size > b.size, 3, 1, 4), 5)");
    check_text("a.size && b.size || !a.size", "a.size ? 1 : 2");
    check_text(NULL, "(a.name == '') + 2 * (b.name == '') + 4 * (a.name != '')");
    check_text("missing(jaro(name) + number(size)) == !(b.name != '')",
               "days(a.born) < days(b.born) ? jaro(name) : if_missing(a.size, jaro(name))");
    check_text("if_missing(a.size > 3, 1) && !missing(b.name != '')",
               "if_missing(if_missing(jaro(name), 0.5), 1) + if_missing(if_missing(a.size, 2), 4)");
    check_text("if_missing(if_missing(jaccard(name, 1), a.size), 1) > 0",
               "if_missing(if_missing(if_missing(jaro(name), days(a.born)), b.size), 0.25)");
    check_text(NULL, "if_missing(if_missing(jaro(name), b.size) > 0.5 || jaro(name) < 0.2, 3)");
    check_text(NULL, "if_missing(missing(jaro(name)) ? jaro(name) : number(size, 2), 0.5) + "
                     "8 * missing(a.size - b.size ? jaro(name) : if_missing(a.size, b.size))");
    check_text(NULL, "jaccard(name, 2) + dice(name) + levenshtein_distance(a.name, b.'größe')");
}

/* A column that is compared as a text and as a number has two texts, and a scorer one name. */
static void test_two_texts(void **state)
{
    const char *const scores[] = {"number(size) + jaro(size)", "missing(a.size) + number(size)",
                                  "days(born) + (a.born == b.born)"};
    (void)state;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        struct expr x = {0};
        struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0};
        parse(&x, scores[i], &goal.score);
        assert_false(expr_source_possible(&x, &goal));
    }
}

static void test_random(void **state)
{
    (void)state;
    uint32_t done = 0;
    print_message("seed %u\n", SEED);
    for (uint32_t seed = SEED; done < EXPRESSIONS; seed++) {
        char text[8192], where[8192];
        struct expr x = {0};
        struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
        if (seed % 2) {
            twin_expr_random(seed, &random_columns, true, where, sizeof where);
            parse(&x, where, &goal.where);
        }
        twin_expr_random(seed, &random_columns, false, text, sizeof text);
        parse(&x, text, &goal.score);
        if (!expr_source_possible(&x, &goal))
            continue;
        check_goal(&x, &goal, text);
        done++;
    }
}

/* ---- What is written, and what goes wrong ----------------------------------------------------*/

static const char *source_of(const char *score)
{
    static char source[8192];
    struct expr x = {0};
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    struct scorer_names c_names;
    struct err e;
    parse(&x, score, &goal.score);
    assert_true(scorer_names_open(&c_names, &headers, &e));
    FILE *out = fmemopen(source, sizeof source, "w");
    assert_non_null(out);
    expr_source_write(out, &x, &goal, &c_names);
    assert_int_equal(fclose(out), 0);
    scorer_names_close(&c_names);
    return source;
}

static void test_source(void **state)
{
    (void)state;
    assert_non_null(
        strstr(source_of("jaro(name) + 1"), "return (axb_jaro(a->name, b->name) + (0x1p+0));"));
    assert_non_null(strstr(source_of("jaro(name) + jaro(name)"),
                           "(has_0 ? term_0 : (has_0 = 1, term_0 = axb_jaro(a->name, b->name)))"));
    assert_non_null(strstr(source_of("jaro(name) > 0.5 && a.size > 3"),
                           "((a->size_number > (0x1.8p+1)) && (axb_jaro("));
    assert_non_null(strstr(source_of("a.size > 3 || b.size > 3"), " | "));
}

static bool possible(const char *score)
{
    struct expr x = {0};
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    parse(&x, score, &goal.score);
    return expr_source_possible(&x, &goal);
}

/* if_missing(if_missing(… > 0, a.size) > 0, a.size): whether the inner ones have a value is asked
 * again and again. */
static bool possible_within(unsigned depth)
{
    char text[1024] = "";
    for (unsigned i = 0; i < depth; i++)
        strcat(text, "if_missing(");
    strcat(text, "a.size");
    for (unsigned i = 0; i < depth; i++)
        strcat(text, " > 0, a.size)");
    return possible(text);
}

static void test_possible(void **state)
{
    (void)state;
    assert_true(possible("levenshtein(name) + levenshtein_distance(name)"));
    assert_false(possible("levenshtein_similarity(name)"));
    assert_false(possible("1 + number_normalized_distance(size, 3)"));
    assert_true(possible_within(4));
    assert_false(possible_within(24)); /* C code of it would be endless */
}

static void check_failure(const char *compiler, enum err_status status, const char *dictionary)
{
    struct expr x = {0};
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    struct scorer s;
    struct err e = {0};
    parse(&x, "number(a.size)", &goal.score);
    setenv("AXB_CC", compiler, 1);
    if (scorer_make_expression(&x, &goal, &headers, &s, &e))
        fail_msg("%s makes a module", compiler);
    unsetenv("AXB_CC");
    assert_int_equal(s.fd, -1);
    assert_int_equal(e.status, status);
    assert_non_null(strstr(e.text, dictionary));
    assert_null(strstr(e.text, "axb_row_a"));
}

static void test_errors(void **state)
{
    (void)state;
    check_failure("/nonexistent/cc", ERR_UNAVAILABLE, "/nonexistent/cc");
    check_failure("cc -Dscore=1", ERR_SOFTWARE, "the C code made of the expression");
}

static int set_up(void **state)
{
    (void)state;
    unsetenv("AXB_CC");
    unsetenv("CC");
    harness_seed(SEED);
    make_data();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    harness_dictionary_free(&data.dictionary);
    return 0;
}

int main(int argc, char **argv)
{
    int status;
    if (harness_scorer_child(argc, argv, &status))
        return status;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source), cmocka_unit_test(test_possible),
        cmocka_unit_test(test_each),   cmocka_unit_test(test_random),
        cmocka_unit_test(test_errors), cmocka_unit_test(test_two_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
