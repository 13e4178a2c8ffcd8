/* The joins of sounds against the double loop. */
#include "tests/harness/harness_join.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_phonetic, join_alike;

static const struct harness_shape shapes[] = {
    {"few letters", 4, 'a', 0, 4, 2, 100, 150}, {"names", 26, 'A', 2, 9, 2, 80, 300},
    {"accents", 40, 0xe0, 1, 6, 2, 50, 150},    {"no letters", 10, '0', 0, 3, 2, 0, 80},
    {"some letters", 60, '!', 0, 4, 2, 0, 150}, {"one", 26, 'a', 5, 5, 0, 0, 1},
};

static void check(const struct harness_shape *shape, const char *metric, const struct join *join,
                  bool self)
{
    struct harness_dictionary r;
    double cost;
    harness_dictionary_random(&r, shape, self, 31);
    struct join_job job = harness_join_job(metric, &r, self);
    double *score = harness_scores(&job);
    job.need = 1;
    assert_ptr_equal(join_choose(&job, join->name, &cost), join);
    assert_true(cost < 1);
    assert_true(harness_join_thresholds(join, job, score, shape->name));
    assert_true(harness_join_counts(join, &job, score, shape->name));
    free(score);
    harness_dictionary_free(&r);
}

static void finds_all(void **state)
{
    static const char *const metrics[] = {"soundex", "double_metaphone", "nysiis", "metaphone"};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            for (size_t k = 0; k < sizeof metrics / sizeof *metrics; k++)
                check(&shapes[i], metrics[k], &join_phonetic, self);
            check(&shapes[i], "match_rating", &join_alike, self);
        }
}

/* So many codes of each length that they fill several blocks, and values that many rows have. */
static void blocks_find_all(void **state)
{
    static const struct harness_shape shape = {"blocks", 9, 'b', 1, 7, 2, 0, 1600};
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &shape, self, 34);
        struct join_job job = harness_join_job("match_rating", &r, self);
        job.need = 1;
        double *score = harness_scores(&job);
        assert_true(harness_join_matches(&join_alike, &job, score, shape.name, NULL));
        assert_true(harness_join_counts(&join_alike, &job, score, shape.name));
        uint64_t *begin = calloc(r.a.n + 1ull, sizeof *begin);
        assert_non_null(begin);
        for (uint32_t i = 0; i < r.a.n; i++)
            begin[i + 1] = begin[i] + 1 + i % 5;
        struct side many = *job.a;
        many.rows_begin = begin;
        job.b = self ? &many : job.b;
        job.a = &many;
        assert_true(harness_join_counts(&join_alike, &job, score, shape.name));
        free(begin);
        free(score);
        harness_dictionary_free(&r);
    }
}

/* Codes that differ in what comes after their first eight characters. */
static void long_codes(void **state)
{
    static const struct harness_shape shape = {"long", 6, 'k', 12, 30, 2, 0, 300};
    (void)state;
    for (int self = 0; self < 2; self++) {
        check(&shape, "nysiis", &join_phonetic, self);
        check(&shape, "metaphone", &join_phonetic, self);
    }
}

/* Neither takes what is the other one's. */
static void to_each_its_own(void **state)
{
    struct harness_dictionary r;
    (void)state;
    harness_dictionary_random(&r, &shapes[1], false, 33);
    struct join_job job = harness_join_job("match_rating", &r, false);
    job.need = 1;
    assert_true(isinf(join_phonetic.cost(&job)));
    job = harness_join_job("nysiis", &r, false);
    job.need = 1;
    assert_true(isinf(join_alike.cost(&job)));
    harness_dictionary_free(&r);
}

/* All have one sound, so that one key is cut into items. */
static void cuts_find_all(void **state)
{
    static const struct harness_shape vowels = {"vowels", 2, 'h', 10, 14, 3, 0, 1200};
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &vowels, self, 32);
        struct join_job job = harness_join_job("soundex", &r, self);
        job.need = 0.5;
        double *score = harness_scores(&job);
        struct join_stats stats;
        assert_true(harness_join_matches(&join_phonetic, &job, score, vowels.name, &stats));
        assert_true(stats.matches > 50000);
        free(score);
        harness_dictionary_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),     cmocka_unit_test(blocks_find_all),
        cmocka_unit_test(long_codes),    cmocka_unit_test(to_each_its_own),
        cmocka_unit_test(cuts_find_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
