/* The join of sets against the double loop: the same pairs, the same doubles, for every metric of
 * sets, q-grams and words, many thresholds, and texts that are hard on filters. The whole numbers
 * that its filters decide with are compared with the score itself. */
#include "matcher/join/set/set_rule.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct join join_set, join_set_scan;

static const struct join *row(bool prune)
{
    return prune ? &join_set : &join_set_scan;
}

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 0, 9, 3, 150, 90},
    {"names", 26, 'a', 6, 18, 3, 80, 160},
    {"one length", 12, 'a', 9, 9, 1, 0, 120},
    {"blanks", 2, 'a', 0, 5, 3, 700, 60},
    {"around 64 elements", 60, 'A', 55, 72, 12, 120, 60},
    {"long", 40, 'A', 200, 900, 150, 150, 14},
    {"any length", 12, 'a', 0, 260, 12, 100, 70},
    {"many scripts", 30000, 0x4e00, 0, 14, 3, 120, 120},
    {"beyond the plane", 3000, 0x1f000, 1, 40, 8, 100, 60},
    {"one text", 5, 'a', 6, 6, 0, 0, 1},
};

static const char *const metrics[] = {"jaccard", "dice", "cosine", "overlap"};

static void check_shape(const struct harness_shape *shape, bool self, bool prune)
{
    struct harness_dictionary r;
    struct err e;
    harness_dictionary_random(&r, shape, self, 11);
    for (size_t m = 0; m < 4; m++)
        for (unsigned q = 0; q <= 3; q += prune ? 1 : 3) { /* without filters all q are alike */
            char name[32];
            struct join_job job = {.self = self,
                                   .prune = prune,
                                   .dictionary = &r.dictionary,
                                   .a = &r.a,
                                   .b = self ? &r.a : &r.b};
            int n = snprintf(name, sizeof name, "%s:%u", metrics[m], q);
            assert_true(metric_find(name, (size_t)n, &job.use, &e));
            double *score = harness_scores(&job);
            bool ok = harness_join_thresholds(row(prune), job, score, shape->name);
            if (!ok)
                print_message("q = %u\n", q);
            free(score);
            assert_true(ok);
        }
    harness_dictionary_free(&r);
}

static void groups_find_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++)
            check_shape(&shapes[i], self, true);
}

static void scan_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++)
            check_shape(&shapes[i], self, false);
}

/* Enough sets for many blocks and for groups that are cut into items. */
static void blocks_find_all(void **state)
{
    static const struct harness_shape many = {"many", 8, 'a', 4, 14, 3, 60, 3000};
    (void)state;
    for (int k = 0; k < 4; k++) {
        bool self = k & 1, prune = k & 2;
        struct harness_dictionary r;
        struct err e;
        harness_dictionary_random(&r, &many, self, 5);
        struct join_job job = {.self = self,
                               .prune = prune,
                               .dictionary = &r.dictionary,
                               .a = &r.a,
                               .b = self ? &r.a : &r.b};
        assert_true(metric_find("jaccard", 7, &job.use, &e));
        double *score = harness_scores(&job);
        static const double min[] = {0.2, 0.5, 0.8};
        for (size_t i = 0; i < 3; i++) {
            job.need = min[i];
            assert_true(harness_join_matches(row(prune), &job, score, many.name, NULL));
        }
        free(score);
        harness_dictionary_free(&r);
    }
}

/* ---- Whole numbers ---------------------------------------------------------------------------*/

static uint32_t slow_needed(const struct metric_sets *sets, double min, uint32_t x, uint32_t y)
{
    for (uint32_t common = 0; common <= x && common <= y; common++)
        if (sets->similarity(x, y, common) >= min)
            return common;
    return SET_NONE;
}

static void check_rule(const struct metric_sets *sets, double min)
{
    static struct set_rule rule;
    set_rule_make(&rule, sets, min, 199);
    for (uint32_t x = 1; x < 80; x++) {
        uint32_t least = SET_NONE, reach[80] = {0};
        for (uint32_t y = 1; y < 200; y++) {
            uint32_t needed = slow_needed(sets, min, x, y);
            assert_int_equal(set_rule_common(&rule, x, y), needed);
            if (needed == SET_NONE)
                continue;
            least = least == SET_NONE ? y : least;
            for (uint32_t p = 0; p < x; p++)
                if (needed <= x - p)
                    reach[p] = y;
        }
        assert_int_equal(set_rule_least(&rule, x), least);
        for (uint32_t p = 0; p < x; p++)
            assert_int_equal(set_rule_reach(&rule, x, p), reach[p]);
    }
}

static void rule_is_the_score(void **state)
{
    static const double fixed[] = {1e-9, 0.1, 0.25, 1.0 / 3, 0.5, 0.6, 2.0 / 3, 0.7, 0.8, 0.9, 1};
    (void)state;
    harness_seed(3);
    const struct metric *m;
    for (size_t at = 0; (m = metric_at(at)) != NULL; at++) {
        if (!m->sets)
            continue;
        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
            check_rule(m->sets, fixed[i]);
        for (int i = 0; i < 20; i++) {
            uint32_t x = 1 + harness_below(60), y = 1 + harness_below(60), less = x < y ? x : y;
            double min = m->sets->similarity(x, y, 1 + harness_below(less));
            check_rule(m->sets, min);
        }
    }
}

/* Seconds that are promised for random texts of a shape. */
static double promised(const struct harness_shape *shape, bool self, bool prune)
{
    struct harness_dictionary r;
    harness_dictionary_random(&r, shape, self, 11);
    struct join_job job = harness_join_job("jaccard:2", &r, self);
    job.prune = prune;
    job.need = 0.6;
    const double seconds = row(prune)->cost(&job);
    harness_dictionary_free(&r);
    return seconds;
}

static void cost_is_a_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (unsigned k = 0; k < 4; k++) {
            const double seconds = promised(&shapes[i], k & 1, k & 2);
            print_message("%s: %g s\n", shapes[i].name, seconds);
            assert_true(isfinite(seconds) && seconds >= 0);
        }
}

/* With much to spare, since seconds are measured. */
static void cost_grows(void **state)
{
    static const struct harness_shape few = {"few", 26, 'a', 10, 14, 3, 500, 200},
                                      many = {"many", 26, 'a', 10, 14, 3, 0, 8000},
                                      longer = {"longer", 26, 'a', 900, 990, 3, 500, 200};
    (void)state;
    assert_true(promised(&longer, false, true) > 4 * promised(&few, false, true));
    assert_true(promised(&many, false, false) > 20 * promised(&few, false, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_the_score), cmocka_unit_test(groups_find_all),
        cmocka_unit_test(scan_finds_all),    cmocka_unit_test(blocks_find_all),
        cmocka_unit_test(cost_is_a_number),  cmocka_unit_test(cost_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
