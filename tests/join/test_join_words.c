/* The join of weighed words against the double loop. */
#include "core/sort.h"
#include "matcher/join/words_search.h"
#include "tests/harness/harness_idf.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

extern const struct join join_words;

/* Few letters and many blanks make words that many texts share; one letter makes a handful. */
static const struct harness_shape shapes[] = {
    {"short words", 3, 'a', 0, 12, 3, 400, 250, 0, false},
    {"names", 26, 'a', 4, 18, 3, 120, 250, 0, true},
    {"few words", 2, 'a', 0, 40, 4, 500, 120, 0, false},
    {"long texts", 4, 'a', 60, 200, 20, 300, 60, 0, true},
    {"blanks", 1, ' ', 0, 3, 2, 0, 40, 0, false},
    {"accents", 40, 0xe0, 1, 20, 3, 200, 120, 0, false},
    {"one", 26, 'a', 9, 9, 0, 200, 1, 0, false},
};

static struct join_job job_of(const struct harness_dictionary *r, const struct idf *idf, bool self)
{
    struct join_job job = harness_join_job("cosine_idf", r, self);
    job.use.idf = idf;
    return job;
}

static void finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            struct idf idf;
            harness_dictionary_random(&r, &shapes[i], self, 41);
            harness_idf_make(&idf, &r, self);
            const struct join_job job = job_of(&r, &idf, self);
            double *score = harness_scores(&job);
            assert_true(harness_join_thresholds(&join_words, job, score, shapes[i].name));
            free(score);
            harness_idf_free(&idf);
            harness_dictionary_free(&r);
        }
}

/* Texts of a few words out of sixteen: groups of thousands of pairs, which are split, on paths as
 * long as they get, and cut into items. */
static void splits_find_all(void **state)
{
    static const double needs[] = {0.2, 0.5, 0.7, 0.9};
    (void)state;
    harness_seed(42);
    for (int self = 0; self < 2; self++) {
        struct harness_texts t[2];
        struct harness_dictionary r;
        struct idf idf;
        for (int side = 0; side < 2; side++) {
            t[side] = (struct harness_texts){calloc(1500, sizeof(char *)), 1500};
            for (size_t i = 0; i < t[side].n; i++) {
                char text[80] = "";
                for (uint32_t k = 0, n = 5 + harness_below(8); k < n; k++)
                    sprintf(text + strlen(text), "%c ", (char)('a' + harness_below(16)));
                t[side].text[i] = strdup(text);
            }
        }
        harness_dictionary_of(&r, &t[0], self ? NULL : &t[1]);
        harness_idf_make(&idf, &r, self);
        struct join_job job = job_of(&r, &idf, self);
        double *score = harness_scores(&job);
        for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
            struct join_stats stats;
            job.need = needs[i];
            assert_true(harness_join_matches(&join_words, &job, score, "sixteen words", &stats));
            assert_true(needs[i] > 0.7 || stats.matches > 10000);
        }
        free(score);
        harness_idf_free(&idf);
        harness_dictionary_free(&r);
        harness_texts_free(&t[0]);
        harness_texts_free(&t[1]);
    }
}

/* "score >= t implies that a first word is shared": of each pair that reaches a threshold, the
 * words in common weigh at least what both ask for. */
static void filter_lets_matches_pass(void **state)
{
    (void)state;
    harness_seed(43);
    for (int i = 0; i < 200000; i++) {
        const uint64_t common = 1 + harness_below(1u << (1 + harness_below(31)));
        const uint64_t total_a = common + harness_below(1u << harness_below(31));
        const uint64_t total_b = common + harness_below(1u << harness_below(31));
        const double score = metric_words_similarity(common, total_a, total_b);
        assert_true(score > 0 && score <= 1);
        assert_true((double)common >= words_least_common(score, (double)total_a));
        assert_true((double)common >= words_least_common(score, (double)total_b));
        assert_true(metric_words_similarity(common, common, common) == 1);
        assert_true(metric_words_similarity(common, total_a, total_b + 1) <= score);
    }
}

static void keys_are_sorted(void **state)
{
    static uint64_t key[3000], spare[3000], want[3000];
    (void)state;
    harness_seed(44);
    for (int round = 0; round < 60; round++) {
        const uint32_t n = harness_below(3000), bits = 1 + harness_below(32);
        for (uint32_t i = 0; i < n; i++)
            want[i] = key[i] = (uint64_t)(harness_below(UINT32_MAX) >> (32 - bits)) << 32 | i;
        sort_u64(want, n); /* the numbers ascend, so that a stable sort sorts the whole keys */
        words_sort_keys(key, spare, n);
        assert_memory_equal(key, want, n * sizeof *key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(splits_find_all),
        cmocka_unit_test(filter_lets_matches_pass),
        cmocka_unit_test(keys_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
