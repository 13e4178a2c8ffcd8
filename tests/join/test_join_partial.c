/* The join of partial_ratio against the double loop: the same pairs, the same doubles, at many
 * thresholds and right beside real scores, for texts that are hard on filters. The whole numbers
 * that its filters decide with are compared with the score itself. */
#include "core/shm.h"
#include "matcher/join/partial/partial_grams.h"
#include "matcher/join/partial/partial_rule.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

extern const struct join join_partial;

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 0, 9, 3, 150, 90},
    {"short words", 8, 'a', 0, 6, 2, 0, 160, .skewed = true},
    {"names", 26, 'a', 4, 20, 3, 80, 200, .skewed = true},
    {"one length", 12, 'a', 9, 9, 2, 0, 140},
    {"around 16", 16, 'a', 14, 18, 3, 100, 120},
    {"around 32", 20, 'a', 29, 36, 5, 100, 90},
    {"around 64", 20, 'A', 61, 67, 8, 100, 60},
    {"around 128", 30, 'A', 125, 131, 20, 100, 24},
    {"short and long", 6, 'a', 0, 300, 30, 100, 60, .skewed = true},
    {"periods", 4, 'a', 1, 90, 4, 0, 70, .period = 7},
    {"long", 20, 'a', 700, 900, 60, 100, 14},
    {"many scripts", 3000, 0x400, 0, 14, 3, 80, 140, .skewed = true},
    {"beyond the plane", 70000, 0x10000, 1, 40, 6, 100, 60, .skewed = true},
    {"one text", 5, 'a', 6, 6, 0, 0, 1},
};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

/* At scores that occur, and at the doubles beside them. */
static void check_beside(struct join_job job, const double *score, const char *what)
{
    const uint32_t n = job.a->n * job.b->n;
    for (int i = 0; i < 4; i++) {
        const double real = score[harness_below(n)];
        const double near[] = {nextafter(real, 0), real, nextafter(real, 2)};
        for (int k = 0; k < 3; k++) {
            job.need = near[k];
            if (job.need > 0.2 && job.need <= 1)
                assert_true(harness_join_matches(&join_partial, &job, score, what, NULL));
        }
    }
}

static void check_shape(const struct harness_shape *shape, bool self, uint64_t seed)
{
    struct harness_dictionary r;
    harness_dictionary_random(&r, shape, self, seed);
    struct join_job job = harness_join_job("partial_ratio", &r, self);
    job.prune = true;
    double *score = harness_scores(&job);
    assert_true(harness_join_thresholds(&join_partial, job, score, shape->name));
    check_beside(job, score, shape->name);
    free(score);
    harness_dictionary_free(&r);
}

static void finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++)
        for (int self = 0; self < 2; self++)
            check_shape(&shapes[i], self, 1);
}

/* More pieces than a block has lanes, and more shorter texts than fit at once. */
static void blocks_find_all(void **state)
{
    static const struct harness_shape many[] = {
        {"many", 26, 'a', 3, 14, 3, 60, 1500},
        {"many pieces", 26, 'a', 0, 200, 9, 60, 500},
        {"many characters", 40, 'a', 900, 1000, 40, 60, 270},
    };
    (void)state;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            struct join_stats stats = {0};
            harness_dictionary_random(&r, &many[i], self, 3);
            struct join_job job = harness_join_job("partial_ratio", &r, self);
            job.prune = true;
            job.need = 0.9;
            double *score = harness_scores(&job);
            assert_true(harness_join_matches(&join_partial, &job, score, many[i].name, &stats));
            assert_int_equal(stats.pairs, join_n_pairs(&job));
            assert_true(stats.candidates < join_n_pairs(&job) / 2);
            free(score);
            harness_dictionary_free(&r);
        }
}

/* ---- Filters ---------------------------------------------------------------------------------*/

/* q-grams that both texts have, each counted as often as both have it, by their planes. */
static uint32_t grams_in_common(struct text a, struct text b, uint32_t q)
{
    static uint16_t x[2000], y[2000];
    static uint32_t free_planes[PARTIAL_PLANES];
    const uint32_t n = partial_grams_of(a, q, x), m = partial_grams_of(b, q, y);
    uint32_t common = 0;
    for (uint32_t i = 0; i < m; i++)
        free_planes[y[i]]++;
    for (uint32_t i = 0; i < n; i++) {
        const bool found = free_planes[x[i]] > 0;
        common += found;
        free_planes[x[i]] -= found;
    }
    for (uint32_t i = 0; i < m; i++)
        free_planes[y[i]] = 0;
    return common;
}

/* If a pair reaches a threshold, it passes. */
static void check_pair(struct join_job *job, struct text a, struct text b, double score)
{
    const double near[] = {score, nextafter(score, 0), score * 0.97};
    const struct text shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;
    for (int k = 0; k < 3 && shorter.n > 0 && score > 0; k++) {
        job->need = near[k];
        for (uint32_t q = 1; q <= PARTIAL_Q_MOST; q++)
            assert_true(grams_in_common(shorter, longer, q) >=
                        partial_rule_limits(job, shorter.n, q).end);
    }
}

static void limits_lose_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &shapes[i], false, 5);
        struct join_job job = harness_join_job("partial_ratio", &r, false);
        double *score = harness_scores(&job);
        for (uint32_t a = 0; a < r.a.n; a++)
            for (uint32_t b = 0; b < r.b.n; b++)
                if (score[(size_t)a * r.b.n + b] > 0.6)
                    check_pair(&job, dictionary_text(&r.dictionary, r.a.value[a]),
                               dictionary_text(&r.dictionary, r.b.value[b]),
                               score[(size_t)a * r.b.n + b]);
        free(score);
        harness_dictionary_free(&r);
    }
}

/* A limit is the least number: one character less in common does not reach the threshold. */
static void limits_are_least(void **state)
{
    (void)state;
    struct metric_use use;
    struct err e;
    assert_true(metric_find("partial_ratio", 13, &use, &e));
    for (int i = 0; i < 2000; i++) {
        const uint32_t n = 1 + harness_below(300);
        const struct join_job job = {.use = use, .need = (1 + harness_below(1000)) / 1000.0};
        const uint32_t common = partial_rule_limits(&job, n, 1).inside;
        assert_true(metric_edit_similarity(2ull * n - 2 * common, 2ull * n) >= job.need);
        assert_true(common == 0 ||
                    metric_edit_similarity(2ull * n - 2 * (common - 1), 2ull * n) < job.need);
    }
}

/* ---- Scores that are to reach a threshold ----------------------------------------------------*/

/* metric_score_reaching is right from there on, and below it elsewhere. */
static void needs_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        struct harness_dictionary r;
        struct metric_state *s;
        struct err e;
        harness_dictionary_random(&r, &shapes[i], false, 9);
        const struct join_job job = harness_join_job("partial_ratio", &r, false);
        double *score = harness_scores(&job);
        assert_true(metric_open(&s, &job.use, &r.dictionary.alphabet, r.dictionary.max_length, &e));
        for (size_t k = 0; k < (size_t)r.a.n * r.b.n; k++) {
            const struct text a = dictionary_text(&r.dictionary, r.a.value[k / r.b.n]);
            const struct text b = dictionary_text(&r.dictionary, r.b.value[k % r.b.n]);
            const double need = harness_below(2) ? score[k] : nextafter(score[k], 2);
            const double found = metric_score_reaching(s, &a, &b, need);
            assert_true(score[k] >= need ? found == score[k] : found < need);
        }
        metric_close(s);
        free(score);
        harness_dictionary_free(&r);
    }
}

#define SOME_TEXTS 6000u

/* Where all texts of A are longer, those of B are the shorter ones, and cost as much. */
static void costs_the_same_either_way(void **state)
{
    static char text[2 * SOME_TEXTS][64];
    const char *a[SOME_TEXTS], *b[SOME_TEXTS];
    struct harness_dictionary r;
    (void)state;
    for (uint32_t i = 0; i < 2 * SOME_TEXTS; i++) {
        const uint32_t n = i < SOME_TEXTS ? 60 : 20;
        for (uint32_t k = 0; k < n; k++)
            text[i][k] = (char)('a' + harness_below(26));
        *(i < SOME_TEXTS ? &a[i] : &b[i - SOME_TEXTS]) = text[i];
    }
    harness_dictionary_make(&r, a, SOME_TEXTS, b, SOME_TEXTS);
    struct join_job job = harness_join_job("partial_ratio", &r, false), swapped = job;
    job.prune = swapped.prune = true;
    job.need = swapped.need = 0.8;
    swapped.a = job.b;
    swapped.b = job.a;
    const double one = join_partial.cost(&job), other = join_partial.cost(&swapped);
    assert_true(one > other / 4 && other > one / 4);
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),           cmocka_unit_test(blocks_find_all),
        cmocka_unit_test(limits_lose_nothing), cmocka_unit_test(limits_are_least),
        cmocka_unit_test(needs_are_kept),      cmocka_unit_test(costs_the_same_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
