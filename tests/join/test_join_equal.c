/* The join of equal values against the double loop: it finds them all, and where it says that no
 * others can match, none does. */
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_rarity.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_equal;

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 0, 5, 2, 0, 80}, {"near to each other", 2, 'a', 9, 11, 1, 0, 150},
    {"names", 26, 'a', 4, 16, 2, 80, 100},   {"many scripts", 20000, 0x4e00, 0, 12, 1, 0, 60},
    {"long", 4, 'a', 60, 140, 2, 0, 30},     {"one", 4, 'a', 3, 3, 0, 0, 1},
};

static const char *const metrics[] = {"equal",  "levenshtein", "osa",    "damerau_levenshtein",
                                      "indel",  "ratio",       "lcsseq", "hamming",
                                      "prefix", "postfix",     "jaro",   "jaro_winkler"};
#define N_METRICS (sizeof metrics / sizeof *metrics)

/* Where the cost is finite, harness_join_thresholds runs the join; 1.0 is among its thresholds. */
static void finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            harness_dictionary_random(&r, &shapes[i], self, 21);
            for (size_t m = 0; m < N_METRICS; m++) {
                struct join_job job = harness_join_job(metrics[m], &r, self);
                double *score = harness_scores(&job);
                assert_true(harness_join_thresholds(&join_equal, job, score, shapes[i].name));
                for (job.need = 0.8; job.need < 1; job.need += 0.003)
                    if (isfinite(join_equal.cost(&job)))
                        assert_true(
                            harness_join_matches(&join_equal, &job, score, shapes[i].name, NULL));
                free(score);
            }
            harness_dictionary_free(&r);
        }
}

/* Of rarity it finds the values that few records have; any threshold is served. */
static void finds_rare_values(void **state)
{
    uint64_t counts[2] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            struct harness_rarity rarity;
            harness_dictionary_random(&r, &shapes[i], self, 22);
            harness_rarity_make(&rarity, &r, self);
            struct join_job job = harness_join_job("rarity", &r, self);
            job.use.rarity = &rarity.rarity;
            double *score = harness_scores(&job);
            assert_true(harness_join_thresholds(&join_equal, job, score, shapes[i].name));
            for (job.need = 0.05; job.need < 9; job.need += 0.11) {
                assert_true(isfinite(join_equal.cost(&job)));
                assert_true(harness_join_matches(&join_equal, &job, score, shapes[i].name, NULL));
            }
            for (size_t k = 0; k < (size_t)job.a->n * job.b->n; k++) {
                counts[0] += score[k] > 0;
                counts[1] += score[k] > 5;
            }
            free(score);
            harness_rarity_free(&rarity);
            harness_dictionary_free(&r);
        }
    print_message("%zu values above 0 bits, %zu above 5\n", (size_t)counts[0], (size_t)counts[1]);
    assert_true(counts[0] > counts[1] && counts[1] > 0);
}

/* It does the job at 1.0, and does not where a near text would match. */
static void says_where_it_serves(void **state)
{
    (void)state;
    const char *text[] = {"abcdefghij", "abcdefghik"};
    struct harness_dictionary r;
    harness_dictionary_make(&r, text, 2, NULL, 0);
    for (size_t m = 0; m < N_METRICS; m++) {
        struct join_job job = harness_join_job(metrics[m], &r, true);
        job.need = 1.0;
        assert_true(isfinite(join_equal.cost(&job)));
        job.need = 0.5;
        assert_true(isinf(join_equal.cost(&job)) == (m > 0));
        job.prune = false;
        assert_true(isinf(join_equal.cost(&job)));
    }
    struct join_job job = harness_join_job("levenshtein", &r, true);
    job.need = 0.91; /* one of ten characters is too much */
    assert_true(isfinite(join_equal.cost(&job)));
    job.need = 0.9;
    assert_true(isinf(join_equal.cost(&job)));
    job = harness_join_job("jaccard", &r, true);
    job.need = 1.0; /* other texts have the same q-grams */
    assert_true(isinf(join_equal.cost(&job)));
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(finds_rare_values),
        cmocka_unit_test(says_where_it_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
