/* The plain scan against the double loop, for every metric: balanced items lose and repeat nothing,
 * and lengths that are passed over held no match. */
#include "tests/harness/harness_idf.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_rarity.h"
#include "tests/test.h"

#include <stdlib.h>

extern const struct join join_scan;

static const struct harness_shape shapes[] = {
    {"short", 3, 'a', 0, 6, 3, 100, 60},     {"names", 26, 'a', 4, 16, 4, 80, 60},
    {"numbers", 10, '0', 1, 4, 2, 0, 60},    {"many scripts", 20000, 0x4e00, 0, 12, 3, 80, 40},
    {"long", 20, 'a', 50, 140, 30, 100, 14}, {"one", 20, 'a', 5, 5, 0, 0, 1},
};

static void check_metric(const struct metric *metric, const struct harness_shape *shape, bool self,
                         bool prune)
{
    struct harness_dictionary r;
    harness_dictionary_formed(&r, shape, metric->form, self, 7);
    struct join_job job = {.use = {.metric = metric, .formed = metric->form != TEXT_FORM_VALUE},
                           .self = self,
                           .prune = prune,
                           .dictionary = &r.dictionary,
                           .a = &r.a,
                           .b = self ? &r.a : &r.b};
    struct idf idf;
    struct harness_rarity rarity;
    harness_idf_make(&idf, &r, self);
    harness_rarity_make(&rarity, &r, self);
    job.use.idf = &idf;              /* for those that weigh words */
    job.use.rarity = &rarity.rarity; /* … or values */
    double *score = harness_scores(&job);
    assert_true(harness_join_thresholds(&join_scan, job, score, shape->name));
    free(score);
    harness_idf_free(&idf);
    harness_rarity_free(&rarity);
    harness_dictionary_free(&r);
}

static void scan_finds_all(void **state)
{
    const struct metric *metric;
    (void)state;
    for (size_t m = 0; (metric = metric_at(m)) != NULL; m++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (int k = 0; k < 4; k++)
                check_metric(metric, &shapes[i], k & 1, k & 2);
}

/* More pairs than one item holds, so that the cuts between items are seen. */
static void items_cover_all(void **state)
{
    static const struct harness_shape many = {"many", 26, 'a', 2, 9, 2, 0, 1500};
    (void)state;
    struct metric_use use;
    struct err e;
    assert_true(metric_find("hamming", 7, &use, &e));
    for (int self = 0; self < 2; self++)
        for (int prune = 0; prune < 2; prune++)
            check_metric(use.metric, &many, self, prune);
}

/* A row that promises nothing is served by the plain scan alone, which finds the same pairs as the
 * join that the whole row gets. */
static void without_promises(void **state)
{
    const struct metric *metric;
    (void)state;
    for (size_t m = 0; (metric = metric_at(m)) != NULL; m++) {
        if (metric->flags & METRIC_OF_COLUMNS)
            continue; /* it needs more than two texts: test_join_words.c */
        struct metric bare = *metric;
        struct harness_dictionary r;
        double cost;
        harness_dictionary_formed(&r, &shapes[1], metric->form, false, 7);
        bare.flags &= METRIC_READS_UTF8;
        bare.bound = NULL;
        bare.unequal = NULL;
        bare.edits = NULL;
        bare.sets = NULL;
        bare.end = METRIC_NO_END;
        bare.number = NULL;
        bare.phonetic = NULL;
        bare.alike = NULL;
        bare.apart = NULL;
        bare.parts = NULL;
        struct join_job job = {.use = {.metric = metric, .formed = metric->form != TEXT_FORM_VALUE},
                               .need = 0.8,
                               .prune = true,
                               .dictionary = &r.dictionary,
                               .a = &r.a,
                               .b = &r.b};
        double *score = harness_scores(&job);
        assert_true(
            harness_join_matches(join_choose(&job, NULL, &cost), &job, score, metric->name, NULL));
        job.use.metric = &bare;
        for (int prune = 0; prune < 2; prune++) {
            job.prune = prune;
            assert_ptr_equal(join_choose(&job, NULL, &cost), &join_scan);
        }
        assert_true(harness_join_thresholds(&join_scan, job, score, metric->name));
        free(score);
        harness_dictionary_free(&r);
    }
}

/* Items have numbers of 32 bits, and a join of more is refused. */
static void too_many_items(void **state)
{
    (void)state;
    struct err e;
    assert_true(join_check_items(UINT32_MAX - 1, &e));
    assert_false(join_check_items(UINT32_MAX, &e));
    assert_false(join_check_items(1ull << 32, &e));
    assert_int_equal(e.status, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_finds_all),
        cmocka_unit_test(items_cover_all),
        cmocka_unit_test(without_promises),
        cmocka_unit_test(too_many_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
