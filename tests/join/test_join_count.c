/* The count join against the double loop: the same pairs and doubles for every metric with a bound,
 * on texts around the sizes of machine words and bands, for small and large alphabets, and with
 * thresholds at scores and one step beside them. Its rule and its samples are tried alone. */
#include "matcher/join/count/count_rule.h"
#include "matcher/join/count/count_sample.h"
#include "matcher/kernel/isa.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_count;

static const char *const metrics[] = {"jaro",  "jaro_winkler", "levenshtein", "osa",
                                      "ratio", "lcsseq",       "hamming",     "damerau_levenshtein",
                                      "prefix"};
#define N_METRICS (sizeof metrics / sizeof *metrics)

static const struct harness_shape shapes[] = {
    {"few letters, short", 3, 'a', 0, 12, 3, 0, 40},
    {"around 64", 26, 'a', 60, 68, 12, 100, 36, .skewed = true},
    {"around 128", 26, 'a', 125, 131, 20, 100, 36, .skewed = true},
    {"around 192", 40, 'A', 188, 196, 40, 0, 40, .skewed = true},
    {"from 60 to 600", 26, 'a', 60, 600, 60, 100, 24, .skewed = true},
    {"two letters", 2, 'a', 60, 300, 20, 0, 30},
    {"one letter", 1, 'a', 1, 400, 20, 0, 30},
    {"many scripts", 3000, 0x400, 60, 200, 20, 0, 36, .skewed = true},
    {"more classes than planes have", 20000, 0x4e00, 300, 320, 40, 0, 20},
};

/* ---- The join --------------------------------------------------------------------------------*/

/* Thresholds at a score that occurs, and one step of a double below and above it. */
static void check_beside(struct join_job job, const double *score, const char *what)
{
    const uint32_t n = job.a->n * job.b->n;
    for (uint32_t tries = 0, done = 0; tries < 200 && done < 2; tries++) {
        const double at = score[harness_below(n)];
        if (!(at > 0.4 && at < 1))
            continue;
        const double needs[] = {nextafter(at, 0), at, nextafter(at, 1)};
        for (size_t i = 0; i < 3; i++) {
            job.need = needs[i];
            assert_true(harness_join_matches(&join_count, &job, score, what, NULL));
        }
        done++;
    }
}

static void check_shape(const struct harness_shape *shape, bool self)
{
    struct harness_dictionary r;
    harness_dictionary_random(&r, shape, self, 77 + (uint64_t)(shape - shapes));
    for (size_t m = 0; m < N_METRICS; m++) {
        if (shape->longest > 200 && strcmp(metrics[m], "damerau_levenshtein") == 0)
            continue; /* without a limit it takes long */
        struct join_job job = harness_join_job(metrics[m], &r, self);
        double *score = harness_scores(&job);
        assert_true(harness_join_thresholds(&join_count, job, score, shape->name));
        check_beside(job, score, shape->name);
        free(score);
    }
    harness_dictionary_free(&r);
}

static void test_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_shape(&shapes[i], false);
        check_shape(&shapes[i], true);
    }
}

/* More than one block and more than one band, and more planes than a block holds. */
static void test_many(void **state)
{
    static const struct harness_shape many[] = {
        {"blocks", 26, 'a', 30, 90, 4, 0, 700, .skewed = true},
        {"steps", 60, 'A', 30000, 33000, 3000, 0, 6, .skewed = true},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &many[i], i == 0, 5);
        struct join_job job = harness_join_job(i ? "ratio" : "jaro_winkler", &r, i == 0);
        double *score = harness_scores(&job);
        job.need = 0.9;
        assert_true(harness_join_matches(&join_count, &job, score, many[i].name, NULL));
        check_beside(job, score, many[i].name);
        free(score);
        harness_dictionary_free(&r);
    }
}

/* So long that an item is one text against a part of a block. */
static void test_parts_of_blocks(void **state)
{
    static const struct harness_shape shape = {"few and long", 20, 'a', 60000, 60050, 600, 0, 40};
    static const char *const names[] = {"jaro", "jaro_winkler"};
    struct harness_dictionary r;
    (void)state;
    for (int self = 0; self < 2; self++) {
        harness_dictionary_random(&r, &shape, self, 78);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct join_job job = harness_join_job(names[i], &r, self);
            double *score = harness_scores(&job);
            job.need = 0.9;
            assert_true(harness_join_matches(&join_count, &job, score, names[i], NULL));
            free(score);
        }
        harness_dictionary_free(&r);
    }
}

/* Most pairs are dropped before they are scored. */
static void test_filters(void **state)
{
    static const struct harness_shape titles = {"titles", 26,  'a',           50, 120, 4,
                                                100,      600, .skewed = true};
    struct harness_dictionary r;
    (void)state;
    harness_dictionary_random(&r, &titles, false, 9);
    struct join_job job = harness_join_job("levenshtein", &r, false);
    double *score = harness_scores(&job);
    struct join_stats stats;
    job.need = 0.9;
    assert_true(harness_join_matches(&join_count, &job, score, titles.name, &stats));
    assert_true(stats.candidates * 10 < stats.pairs);
    free(score);
    harness_dictionary_free(&r);
}

/* ---- The rule --------------------------------------------------------------------------------*/

/* The least number is the first whose bound is enough. */
static void test_rule(void **state)
{
    static const struct harness_shape shape = {"", 3, 'a', 1, 9, 1, 0, 4};
    struct harness_dictionary r;
    (void)state;
    harness_dictionary_random(&r, &shape, false, 1);
    for (size_t m = 0; m < N_METRICS; m++)
        for (uint32_t i = 0; i < 3000; i++) {
            struct join_job job = harness_join_job(metrics[m], &r, false);
            const uint32_t la = harness_below(300), lb = harness_below(300);
            const uint32_t prefix = harness_below(count_rule_prefixes(&job) + 1);
            uint32_t common = 0, most = la < lb ? la : lb;
            job.need = (1 + harness_below(20)) / 20.0;
            while (common <= most &&
                   job.use.metric->bound(la, lb, common, prefix < common ? prefix : common) <
                       job.need)
                common++;
            assert_int_equal(count_rule_common(&job, la, lb, prefix),
                             common > most ? COUNT_NEVER : common);
        }
    harness_dictionary_free(&r);
}

/* ---- The sample ------------------------------------------------------------------------------*/

static void test_sample(void **state)
{
    static const struct harness_shape shape = {"", 26, 'a', 50, 100, 4, 0, 400, .skewed = true};
    struct harness_dictionary r;
    struct count_sample sample;
    (void)state;
    harness_dictionary_random(&r, &shape, false, 3);
    struct join_job job = harness_join_job("levenshtein", &r, false);
    job.need = 1e-9;
    assert_true(count_sample_make(&sample, &job));
    assert_true(sample.passed > 0.9 && sample.possible > 0.99);
    assert_true(sample.plane_seconds > 0 && sample.cell_seconds > 0);
    assert_true(sample.characters_a > 50 && sample.characters_a < 100);
    job.need = 1;
    assert_true(count_sample_make(&sample, &job));
    assert_true(sample.passed < 0.1 && sample.possible < 0.1);
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_all),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_parts_of_blocks),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
