/* `axb eval` on small random files of pairs and of clusters, against the definitions. The whole
 * program is looked at in program/test_cli_eval.c. */
#include "core/log.h"
#include "matcher/eval/eval.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_eval.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEED 20261129u
#define CASES 400u
#define LONG_CASES 20000u
#define MOST_IDS 9u
#define MOST_ROWS 14u

/* A file in memory that is written as text. */
struct file {
    char text[2048], path[32];
    size_t n;
    int fd;
};

static void add(struct file *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct file *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    f->n += (size_t)vsnprintf(f->text + f->n, sizeof f->text - f->n, format, args);
    va_end(args);
    assert_true(f->n < sizeof f->text);
}

static void finish(struct file *f)
{
    f->fd = memfd_create("eval", MFD_CLOEXEC);
    snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
    assert_true(write(f->fd, f->text, f->n) == (ssize_t)f->n);
}

/* ---- Random files ----------------------------------------------------------------------------*/

static void set_pair(struct twin_eval_part *p, unsigned a, unsigned b, double score, unsigned order)
{
    p->named[a] = p->named[b] = true;
    if (p->pair[a][b])
        return; /* the first counts */
    p->pair[a][b] = p->pair[b][a] = true;
    p->score[a][b] = p->score[b][a] = score;
    p->order[a][b] = p->order[b][a] = order;
}

/* Pairs, some of them twice, turned, of a record with itself, or without an id. */
static void random_pairs(struct file *f, struct twin_eval *t, int which)
{
    const unsigned n_b = t->self ? t->n : t->n - t->n_a, rows = harness_below(MOST_ROWS);
    add(f, "a,b%s\n", which ? "" : ",score");
    for (unsigned i = 0; i < rows; i++) {
        const unsigned a = harness_below(t->n_a), b = harness_below(n_b), kind = harness_below(12);
        const unsigned score = harness_below(4), other = t->self ? b : t->n_a + b;
        char number[16] = "";
        if (score)
            snprintf(number, sizeof number, "0.%u", score);
        if (kind == 0)
            add(f, "i%u,", a);
        else
            add(f, "i%u,i%u", a, b);
        add(f, "%s%s\n", which ? "" : ",", which ? "" : number);
        if (kind && a != other)
            set_pair(&t->part[which], a, other, score ? strtod(number, NULL) : (double)NAN, i);
    }
}

/* A row of a record that is in a cluster, or has none. */
static void add_member(struct file *f, const struct twin_eval *t, unsigned record, unsigned cluster,
                       bool cluster_first)
{
    const bool of_b = record >= t->n_a;
    const unsigned id = of_b ? record - t->n_a : record;
    char name[16] = "";
    if (cluster < 100)
        snprintf(name, sizeof name, "c%u", cluster);
    if (cluster_first)
        add(f, "%s,i%u,", name, id);
    else
        add(f, "i%u,%s", id, name);
    add(f, "%s\n", t->self ? "" : of_b ? ",B" : ",A");
}

/* Some of the records in clusters, in either order of columns; one may have none. */
static void random_clusters(struct file *f, struct twin_eval *t, int which)
{
    struct twin_eval_part *p = &t->part[which];
    const bool first = harness_below(2);
    unsigned cluster[TWIN_EVAL_MOST];
    add(f, "%s%s\n", first ? "Cluster ID,record,score" : "id,cluster", t->self ? "" : ",table");
    for (unsigned i = 0; i < t->n; i++) {
        cluster[i] = harness_below(5) ? harness_below(4) : 100 + i;
        p->named[i] = harness_below(6);
        if (p->named[i])
            add_member(f, t, i, cluster[i], first);
    }
    for (unsigned i = 0; i < t->n; i++)
        for (unsigned j = 0; j < t->n; j++)
            if (i != j && p->named[i] && p->named[j] && cluster[i] == cluster[j]) {
                p->pair[i][j] = true;
                p->score[i][j] = (double)NAN;
            }
}

/* ---- Comparing -------------------------------------------------------------------------------*/

static void same_partners(const struct eval_partners *x, const struct eval_partners *y)
{
    assert_int_equal(x->with_true, y->with_true);
    assert_int_equal(x->right, y->right);
    assert_int_equal(x->all_right, y->all_right);
    assert_int_equal(x->best_right, y->best_right);
    assert_int_equal(x->with_found, y->with_found);
    assert_int_equal(x->wrong, y->wrong);
}

static void same_counts(const struct eval_counts *x, const struct eval_counts *y)
{
    assert_int_equal(x->found, y->found);
    assert_int_equal(x->truth, y->truth);
    assert_int_equal(x->both, y->both);
}

static void near(double x, double y)
{
    if (!(fabs(x - y) < 1e-12))
        fail_msg("%.17g, not %.17g", x, y);
}

static void same_clusters(const struct eval_clusters *x, const struct eval_clusters *y)
{
    assert_int_equal(x->n_records, y->n_records);
    assert_int_equal(x->n_same, y->n_same);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(x->n_clusters[i], y->n_clusters[i]);
        assert_int_equal(x->n_largest[i], y->n_largest[i]);
    }
    same_counts(&x->pairs, &y->pairs);
    near(x->bcubed_precision, y->bcubed_precision);
    near(x->bcubed_recall, y->bcubed_recall);
    near(x->adjusted_rand, y->adjusted_rand);
    near(x->homogeneity, y->homogeneity);
    near(x->completeness, y->completeness);
}

static void check(struct twin_eval *t, const bool clusters[2])
{
    static struct eval_report report, expected;
    struct file file[2] = {{.n = 0}, {.n = 0}};
    struct eval eval = {.n_tables = t->self ? OPTS_TABLES_ONE : OPTS_TABLES_TWO};
    struct err e = {0};
    for (int i = 0; i < 2; i++) {
        (clusters[i] ? random_clusters : random_pairs)(&file[i], t, i);
        finish(&file[i]);
        eval.asked[i].path = file[i].path;
        eval.asked[i].reading = (struct load_options){.header = true, .delimiter = ','};
    }
    if (!eval_compare(&eval, &report, &e))
        fail_msg("%s\n%s\n%s", e.text, file[0].text, file[1].text);
    twin_eval_count(t, &expected);
    same_counts(&report.all, &expected.all);
    assert_int_equal(report.has_scores, expected.has_scores);
    assert_true(report.best.min == expected.best.min);
    same_counts(&report.best.counts, &expected.best.counts);
    same_partners(&report.partners[0], &expected.partners[0]);
    same_partners(&report.partners[1], &expected.partners[1]);
    same_clusters(&report.clusters, &expected.clusters);
    close(file[0].fd);
    close(file[1].fd);
}

static void test_random(void **state)
{
    static struct twin_eval t;
    (void)state;
    harness_seed(SEED);
    const size_t cases = harness_tries(CASES, LONG_CASES);
    for (size_t i = 0; i < cases; i++) {
        const bool clusters[] = {harness_below(2), harness_below(2)};
        memset(&t, 0, sizeof t);
        t.self = harness_below(2);
        t.n_a = 1 + harness_below(MOST_IDS);
        t.n = t.self ? t.n_a : t.n_a + 1 + harness_below(MOST_IDS);
        check(&t, clusters);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    omp_set_num_threads(1); /* the files are tiny */
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests_name("eval", tests, NULL, NULL);
}
