/* The join of sounds against the double loop. */
#include "tests/harness/harness_join.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

extern const struct join join_phonetic;

static const struct harness_shape shapes[] = {
    {"few letters", 4, 'a', 0, 4, 2, 100, 150}, {"names", 26, 'A', 2, 9, 2, 80, 300},
    {"accents", 40, 0xe0, 1, 6, 2, 50, 150},    {"no letters", 10, '0', 0, 3, 2, 0, 80},
    {"some letters", 60, '!', 0, 4, 2, 0, 150}, {"one", 26, 'a', 5, 5, 0, 0, 1},
};

static void finds_all(void **state)
{
    static const char *const metrics[] = {"soundex", "double_metaphone"};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int k = 0; k < 4; k++) {
            struct harness_dictionary r;
            bool self = k & 1;
            harness_dictionary_random(&r, &shapes[i], self, 31);
            struct join_job job = harness_join_job(metrics[k / 2], &r, self);
            double *score = harness_scores(&job);
            assert_true(join_phonetic.cost(&job) < 1);
            assert_true(harness_join_thresholds(&join_phonetic, job, score, shapes[i].name));
            free(score);
            harness_dictionary_free(&r);
        }
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
        cmocka_unit_test(finds_all),
        cmocka_unit_test(cuts_find_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
