/* Histograms within a run against the double loop of the metrics' twins: of one term of the score,
 * between files, and among the records of one file. The workers are this program itself. */
#include "matcher/run/run_histogram.h"

#include "matcher/command/commands.h"
#include "matcher/worker/worker.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS_A 61u
#define ROWS_B 47u
#define MOST_ROWS ROWS_A
#define TEXT_BYTES 12u

/* Two columns of each table, the second of which has another name in B. "" is missing. */
static char text[2][2][MOST_ROWS][TEXT_BYTES]; /* side, column, row */
static const unsigned n_rows[2] = {ROWS_A, ROWS_B};

static void write_table(int side, const char *path, const char *header)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", header);
    for (unsigned row = 0; row < n_rows[side]; row++) {
        for (int column = 0; column < 2; column++) {
            const size_t n = (size_t)rand() % 7;
            char *t = text[side][column][row];
            for (size_t i = 0; i < n; i++)
                t[i] = (char)('a' + rand() % 3);
            t[n] = 0;
        }
        fprintf(f, "%s,%s\n", text[side][0][row], text[side][1][row]);
    }
    fclose(f);
}

/* ---- The double loop -------------------------------------------------------------------------*/

/* The score of two rows, each of a side, by a metric; NaN if it has none. */
static double score_of(const struct metric_use *use, int column, int side_a, unsigned a, int side_b,
                       unsigned b)
{
    uint32_t code[2][TEXT_BYTES];
    const char *const t[2] = {text[side_a][column][a], text[side_b][column][b]};
    double score;
    if (!*t[0] || !*t[1])
        return twin_metric_missing(use);
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; t[i][k]; k++)
            code[i][k] = (unsigned char)t[i][k];
    assert_true(twin_metric(use, code[0], strlen(t[0]), code[1], strlen(t[1]), &score));
    return score;
}

/* The histogram of all pairs whose score reaches the floor. */
static void count_twin(const struct metric_use *use, int column, enum run_whose whose, double floor,
                       bool falls, struct histogram *h)
{
    const bool within = whose != RUN_A_WITH_B;
    const int side_a = whose == RUN_WITHIN_B, side_b = whose != RUN_WITHIN_A;
    for (unsigned a = 0; a < n_rows[side_a]; a++)
        for (unsigned b = within ? a + 1 : 0; b < n_rows[side_b]; b++) {
            const double score = score_of(use, column, side_a, a, side_b, b);
            if (falls ? score <= floor : score >= floor)
                histogram_add(h, score, 1);
        }
}

static void check_same(const struct histogram *x, const struct histogram *y)
{
    static struct histogram_bin a[HISTOGRAM_MOST], b[HISTOGRAM_MOST];
    assert_int_equal(x->n, y->n);
    assert_int_equal(x->level, y->level);
    histogram_sorted(x, a);
    histogram_sorted(y, b);
    for (uint32_t i = 0; i < x->n; i++)
        assert_true(a[i].from == b[i].from && a[i].pairs == b[i].pairs);
}

/* ---- Runs ------------------------------------------------------------------------------------*/

/* Counts a term from a floor on, by the run and by the twin. */
static void check_term(struct run *r, uint32_t term, enum run_whose whose, double floor)
{
    static struct query query;
    struct histogram counted, twin;
    struct err e;
    bool known;
    run_query_of_term(&r->query, term, floor, &query);
    const struct metric_use use = expr_use(&query.expr.term[term]);
    struct run_scores scores = {.query = &query, .whose = whose};
    assert_true(histogram_open(&counted, 1000, query.least, &e));
    assert_true(histogram_open(&twin, 1000, query.least, &e));
    if (!run_histogram(r, &scores, &counted, &known, &e))
        fail_msg("%s", e.text);
    assert_true(known);
    count_twin(&use, (int)term, whose, floor, query.least, &twin);
    assert_true(twin.n > 1);
    check_same(&counted, &twin);
    const double a = n_rows[whose == RUN_WITHIN_B];
    assert_true((double)scores.pairs ==
                (whose == RUN_A_WITH_B ? (double)ROWS_A * ROWS_B : a * (a - 1) / 2));
    histogram_close(&counted);
    histogram_close(&twin);
}

static bool check_run(struct run *r, struct err *e)
{
    static const enum run_whose whose[] = {RUN_A_WITH_B, RUN_WITHIN_A, RUN_WITHIN_B};
    (void)e;
    for (int i = 0; i < 3; i++) {
        check_term(r, 0, whose[i], 0.4);
        check_term(r, 0, whose[i], 0.85);
        check_term(r, 1, whose[i], 3);
    }
    return true;
}

/* Runs `act` on a command, as the verb would. */
static bool run_command(char **argv, int argc, bool (*act)(struct run *r, struct err *e),
                        struct err *e)
{
    struct opts o;
    const struct run_request request = {.unplanned = true};
    *e = (struct err){.status = ERR_NONE};
    const bool ok = opts_parse(&o, &command_table, argc, argv, e) && run_with(&o, &request, act, e);
    opts_free(&o);
    return ok;
}

#define WORD(x)                                                                                    \
    (char[])                                                                                       \
    {                                                                                              \
        x                                                                                          \
    }

static void terms_and_files(void **state)
{
    char *argv[] = {WORD("axb"),
                    WORD("suggest"),
                    WORD("A.csv"),
                    WORD("B.csv"),
                    WORD("-q"),
                    WORD("-j2"),
                    WORD("--score"),
                    WORD("jaro_winkler(x) - levenshtein_distance(a.y, b.z)"),
                    NULL};
    struct err e;
    (void)state;
    if (!run_command(argv, 8, check_run, &e))
        fail_msg("%s", e.text);
}

/* A column that is compared with none of the other side. */
static bool check_unknown(struct run *r, struct err *e)
{
    struct run_scores scores = {.query = &r->query, .whose = RUN_WITHIN_A};
    struct histogram h;
    bool known = true;
    assert_true(histogram_open(&h, 10, false, e));
    assert_true(run_histogram(r, &scores, &h, &known, e));
    assert_false(known);
    assert_int_equal(h.n, 0);
    scores.whose = RUN_WITHIN_B;
    assert_true(run_histogram(r, &scores, &h, &known, e) && !known);
    histogram_close(&h);
    return true;
}

static void columns_without_a_partner(void **state)
{
    char *argv[] = {
        WORD("axb"), WORD("suggest"),  WORD("A.csv"),   WORD("B.csv"),
        WORD("-q"),  WORD("--min=-9"), WORD("--score"), WORD("number(a.y) - number(b.z)"),
        NULL};
    struct err e;
    (void)state;
    if (!run_command(argv, 8, check_unknown, &e))
        fail_msg("%s", e.text);
}

static char directory[] = "/tmp/axb_test_XXXXXX";

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(directory) || chdir(directory) != 0)
        return 1;
    srand(20);
    write_table(0, "A.csv", "x,y");
    write_table(1, "B.csv", "x,z");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return worker_main(argc - 2, argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_and_files),
        cmocka_unit_test(columns_without_a_partner),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
