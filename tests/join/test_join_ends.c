/* The join of texts that begin or end alike against the double loop. */
#include "tests/harness/harness_join.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

extern const struct join join_ends;

static const struct harness_shape shapes[] = {
    {"few letters", 2, 'a', 0, 9, 2, 0, 150},
    {"names", 26, 'a', 4, 16, 3, 80, 150},
    {"one head", 2, 'a', 12, 20, 2, 0, 150},
    {"all bytes", 250, 0x20, 0, 5, 2, 0, 120},
    {"two bytes", 400, 0x4e00, 0, 8, 2, 50, 200},
    {"long", 3, 'a', 60, 200, 8, 100, 60},
    {"one", 26, 'a', 5, 5, 0, 0, 1},
};

static const char *const metrics[] = {
    "prefix",
    "postfix",
    "prefix_distance",
    "postfix_distance",
    "prefix_normalized_distance",
    "postfix_normalized_distance",
};

/* Scores that occur and the doubles next to them: a filter that is off by one rounding is seen. */
static bool edges_hold(struct join_job job, const double *score, const char *what)
{
    const size_t n = (size_t)job.a->n * job.b->n;
    for (size_t i = 0; i < 12; i++) {
        const double at = score[i * 7919 % n];
        for (int side = -1; side <= 1; side++) {
            job.need = side ? nextafter(at, side * INFINITY) : at;
            if (!(job.need > 0) || (!metric_falls(job.use.view) && job.need > 1))
                continue;
            if (!harness_join_matches(&join_ends, &job, score, what, NULL))
                return false;
        }
    }
    return true;
}

static void finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
            for (int self = 0; self < 2; self++) {
                struct harness_dictionary r;
                harness_dictionary_random(&r, &shapes[i], self, 51 + i);
                struct join_job job = harness_join_job(metrics[m], &r, self);
                double *score = harness_scores(&job);
                job.need = 0.8;
                double cost;
                assert_ptr_equal(join_choose(&job, "common ends", &cost), &join_ends);
                assert_true(cost < 1);
                assert_true(harness_join_thresholds(&join_ends, job, score, shapes[i].name));
                assert_true(edges_hold(job, score, shapes[i].name));
                free(score);
                harness_dictionary_free(&r);
            }
}

/* A distance of no edits is asked for, or of so many that every pair has it. */
static void distances(void **state)
{
    static const double most[] = {0, 1, 3, 1e9};
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &shapes[0], self, 61);
        struct join_job job = harness_join_job("prefix_distance", &r, self);
        double *score = harness_scores(&job);
        for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
            job.need = most[i];
            assert_true(harness_join_matches(&join_ends, &job, score, "distance", NULL));
        }
        free(score);
        harness_dictionary_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
