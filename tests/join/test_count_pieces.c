/* Pieces of long texts: no match is told to be apart, whatever the edits and wherever they stand,
 * and unlike texts are. */
#include "matcher/join/count/count_pieces.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#define N_CODES 256u

static const char *const names[] = {"levenshtein",
                                    "levenshtein_distance",
                                    "osa",
                                    "osa_normalized_distance",
                                    "damerau_levenshtein",
                                    "indel",
                                    "ratio",
                                    "lcsseq",
                                    "lcsseq_distance"};
#define N_NAMES (sizeof names / sizeof *names)

static const uint32_t code_point[N_CODES];
static const struct alphabet alphabet = {N_CODES, code_point};

static struct join_job job_of(const char *name)
{
    return (struct join_job){.use = harness_metric_use(name), .prune = true};
}

static struct metric_state *open_metric(const struct join_job *job)
{
    struct metric_state *metric;
    struct err e;
    assert_true(metric_open(&metric, &job->use, &alphabet, HARNESS_LONG_MOST, &e));
    return metric;
}

static struct count_pieces *open_pieces(const struct join_job *job)
{
    struct count_pieces *pieces;
    struct err e;
    assert_true(count_pieces_open(&pieces, job, HARNESS_LONG_MOST, &e));
    return pieces;
}

/* A match is not apart, at the score of the pair and where it asks for less. */
static void check_match(struct join_job job, struct metric_state *metric,
                        const struct harness_long *a, const struct harness_long *b)
{
    const double score = metric_score(metric, a->text, b->text);
    const double less = metric_falls(job.use.view) ? score * 1.01 + 0.001 : score * 0.99;
    const double needs[] = {score, less};
    for (size_t i = 0; i < 2; i++) {
        job.need = needs[i];
        struct count_pieces *pieces = open_pieces(&job);
        assert_non_null(pieces);
        if (count_pieces_apart(pieces, &a->text, &b->text) ||
            count_pieces_apart(pieces, &b->text, &a->text))
            fail_msg("%s: %u and %u characters with a score of %.17g are apart at %.17g",
                     job.use.metric->name, a->n, b->n, score, job.need);
        count_pieces_close(pieces);
    }
}

static void test_no_match_is_lost(void **state)
{
    static struct harness_long a, b;
    (void)state;
    harness_seed(16);
    for (size_t m = 0; m < N_NAMES; m++) {
        const struct join_job job = job_of(names[m]);
        struct metric_state *metric = open_metric(&job);
        for (uint32_t i = 0; i < 60; i++) {
            const enum harness_long_edit edit = i % (HARNESS_MOVE + 1);
            const uint32_t every = edit == HARNESS_MOVE ? 20 + harness_below(300) : 3 + i / 4;
            harness_long_random(&a, COUNT_PIECES_FROM + harness_below(900), i % 3 ? 26 : 200,
                                i % 5 ? 1 : 2, 0);
            harness_long_copy(&b, &a, edit, every, i % 2, 0);
            check_match(job, metric, &a, &b);
        }
        metric_close(metric);
    }
}

/* Few edits, each of which costs a piece: exactly as many are lost as may be. */
static void test_no_piece_to_spare(void **state)
{
    static struct harness_long a, b;
    const struct join_job job = job_of("levenshtein");
    struct metric_state *metric = open_metric(&job);
    (void)state;
    harness_seed(17);
    for (uint32_t i = 0; i < 20; i++) {
        harness_long_random(&a, 3000, 200, 1, 0);
        harness_long_copy(&b, &a, HARNESS_REPLACE, 700, true, 0);
        check_match(job, metric, &a, &b);
    }
    metric_close(metric);
}

/* What was made of A serves the texts of B that follow, which have other lengths. */
static void test_kept(void **state)
{
    static struct harness_long a, b, unlike;
    struct join_job job = job_of("lcsseq");
    struct metric_state *metric = open_metric(&job);
    (void)state;
    harness_seed(3);
    harness_long_random(&a, 3000, 26, 1, 7);
    harness_long_random(&unlike, 3000, 26, 1, 8);
    job.need = 0.9;
    struct count_pieces *pieces = open_pieces(&job);
    for (uint32_t i = 0; i < 40; i++) {
        harness_long_copy(&b, &a, (enum harness_long_edit)(i % 5), 10 + i, false, 9 + i);
        if (metric_score(metric, a.text, b.text) >= job.need)
            assert_false(count_pieces_apart(pieces, &a.text, &b.text));
        assert_false(count_pieces_apart(pieces, &b.text, &b.text));
        if (i % 2) /* or A is another one in between */
            assert_false(count_pieces_apart(pieces, &unlike.text, &unlike.text));
    }
    count_pieces_close(pieces);
    metric_close(metric);
}

static void test_unlike_are_apart(void **state)
{
    static struct harness_long a, b;
    (void)state;
    harness_seed(5);
    for (size_t m = 0; m < N_NAMES; m++) {
        struct join_job job = job_of(names[m]);
        const bool distance = job.use.view == METRIC_DISTANCE;
        job.need = distance ? 250 : metric_falls(job.use.view) ? 0.05 : 0.95;
        struct count_pieces *pieces = open_pieces(&job);
        for (uint32_t i = 0; i < 10; i++) {
            harness_long_random(&a, 5000, 26, 1 + i % 2, 0);
            harness_long_random(&b, 5000 - harness_below(60), 26, 1 + i % 2, 0);
            assert_true(count_pieces_apart(pieces, &a.text, &b.text));
        }
        count_pieces_close(pieces);
    }
}

/* Where pieces say nothing there are none. */
static void test_none(void **state)
{
    static struct harness_long a;
    struct count_pieces *pieces;
    struct err e;
    (void)state;
    const struct join_job jaro = job_of("jaro"), hamming = job_of("hamming"),
                          levenshtein = job_of("levenshtein");
    harness_long_random(&a, 3000, 26, 1, 0);
    assert_true(count_pieces_open(&pieces, &jaro, 5000, &e) && !pieces);
    assert_true(count_pieces_open(&pieces, &hamming, 5000, &e) && !pieces);
    assert_true(count_pieces_open(&pieces, &levenshtein, COUNT_PIECES_FROM - 1, &e) && !pieces);
    assert_false(count_pieces_apart(NULL, &a.text, &a.text));
    count_pieces_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_match_is_lost),
        cmocka_unit_test(test_no_piece_to_spare),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_unlike_are_apart),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
