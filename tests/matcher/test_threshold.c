/* Thresholds of made-up histograms whose matches and other pairs are known. */
#include "matcher/suggest/threshold.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS 101u

/* Bins at 0, 0.01 … 1 with so many pairs. */
struct made {
    struct histogram_bin bin[BINS];
    uint32_t n;
};

/* Other pairs become fewer by a factor of e each 1 / `steep`; matches are between `from` and 1. */
static struct made make(double others, double steep, double matches, double from)
{
    struct made m = {.n = 0};
    const double n_match = floor((1 - from) * 100 + 1.5);
    for (uint32_t i = 0; i < BINS; i++) {
        const double x = i / 100.0;
        const double pairs = others * exp(-steep * x) + (x >= from - 1e-9 ? matches / n_match : 0);
        if (round(pairs) >= 1)
            m.bin[m.n++] = (struct histogram_bin){x, (uint64_t)round(pairs)};
    }
    return m;
}

static struct threshold_input input_of(const struct made *all)
{
    return (struct threshold_input){
        .bin = all->bin, .n = all->n, .all_pairs = 1e6, .records = 1000};
}

static void within(struct threshold_input *input, int file, const struct made *null)
{
    input->null[file] = (struct threshold_null){null->bin, null->n, 5e5};
}

static struct threshold find(const struct threshold_input *input)
{
    struct threshold t;
    struct err e;
    if (!threshold_find(&t, input, &e))
        fail_msg("%s", e.text);
    return t;
}

/* The false pairs from a cut up, as they were made. */
static double others_above(double others, double steep, double good)
{
    double sum = 0;
    for (uint32_t i = 0; i < BINS; i++)
        sum += i / 100.0 >= good - 1e-9 ? round(others * exp(-steep * i / 100.0)) : 0;
    return sum;
}

static void files_say_how_many_are_false(void **state)
{
    const struct made all = make(1e5, 15, 800, 0.8), a = make(5e4, 15, 0, 1),
                      b = make(5e4, 15, 0, 1);
    struct threshold_input input = input_of(&all);
    (void)state;
    within(&input, 0, &a);
    within(&input, 1, &b);
    struct threshold t = find(&input);
    assert_int_equal(t.source, THRESHOLD_WITHIN_FILES);
    assert_true(t.used[0] && t.used[1] && t.separates);
    assert_true(t.cut[t.best].good > 0.5 && t.cut[t.best].good < 0.85);
    for (uint32_t i = 0; i < t.n; i++)
        assert_true(fabs(t.cut[i].false_pairs - others_above(1e5, 15, t.cut[i].good)) <= 12 ||
                    t.cut[i].false_pairs == t.cut[i].pairs);
    assert_true(fabs(t.matches - 800) < 40);
    assert_true(t.cut[0].pairs > t.cut[1].pairs);
    threshold_close(&t);
}

/* B has as many pairs within as between files: it has duplicates, and A alone is asked. */
static void a_file_with_duplicates_is_left_out(void **state)
{
    const struct made all = make(1e5, 15, 800, 0.8), a = make(5e4, 15, 0, 1),
                      b = make(5e4, 15, 900, 0.8);
    struct threshold_input input = input_of(&all);
    (void)state;
    within(&input, 0, &a);
    within(&input, 1, &b);
    struct threshold t = find(&input);
    assert_true(t.used[0] && !t.used[1] && t.separates);
    assert_true(t.cut[t.best].good < 0.85);
    threshold_close(&t);
}

/* Both have duplicates: the line of the tail goes on. */
static void the_tail_goes_on(void **state)
{
    const struct made all = make(1e5, 15, 800, 0.8), a = make(5e4, 15, 900, 0.8);
    struct threshold_input input = input_of(&all);
    (void)state;
    within(&input, 0, &a);
    within(&input, 1, &a);
    struct threshold t = find(&input);
    assert_int_equal(t.source, THRESHOLD_TAIL);
    assert_true(!t.used[0] && !t.used[1] && t.separates);
    assert_true(t.cut[t.best].good > 0.4 && t.cut[t.best].good < 0.85);
    assert_true(fabs(t.matches - 800) < 80);
    for (uint32_t i = 0; i < t.n; i++)
        assert_true(t.cut[i].false_pairs >= 0 && t.cut[i].false_pairs <= t.cut[i].pairs);
    threshold_close(&t);
}

/* The same pairs without any matches. */
static void nothing_separates_strangers(void **state)
{
    const struct made all = make(1e5, 15, 0, 1), a = make(5e4, 15, 0, 1);
    struct threshold_input input = input_of(&all);
    (void)state;
    struct threshold t = find(&input);
    assert_int_equal(t.source, THRESHOLD_TAIL);
    assert_false(t.separates);
    threshold_close(&t);
    within(&input, 0, &a);
    within(&input, 1, &a);
    t = find(&input);
    assert_false(t.separates);
    threshold_close(&t);
}

/* A few pairs are no proof, even where no other is seen. */
static void few_pairs_are_chance(void **state)
{
    struct made all = make(1e5, 15, 0, 1), a = make(5e4, 15, 0, 1);
    struct threshold_input input = input_of(&all);
    (void)state;
    all.bin[all.n++] = (struct histogram_bin){1, 6};
    input.n = all.n;
    within(&input, 0, &a);
    struct threshold t = find(&input);
    assert_false(t.separates);
    threshold_close(&t);
    all.bin[all.n - 1].pairs = 60;
    t = find(&input);
    assert_true(t.separates && t.cut[t.best].good > 0.7);
    threshold_close(&t);
}

/* Scores of a model say themselves how many are false: by hand, for three scores. */
static void a_model_says_how_many_are_false(void **state)
{
    const struct histogram_bin bin[] = {{-3, 90}, {0, 10}, {3, 45}};
    struct threshold_input input = {
        .bin = bin, .n = 3, .all_pairs = 1e4, .records = 100, .bits = true};
    (void)state;
    struct threshold t = find(&input);
    assert_int_equal(t.source, THRESHOLD_MODEL);
    assert_true(fabs(t.cut[2].false_pairs - 5) < 1e-9);
    assert_true(fabs(t.cut[1].false_pairs - 10) < 1e-9);
    assert_true(fabs(t.cut[0].false_pairs - 90) < 1e-9);
    assert_true(fabs(t.matches - 55) < 1e-9);
    /* F1 is 2 * 40 / (45 + 55) = .8 from 3 on, 2 * 45 / (55 + 55) = .82 from 0 on, and
     * 2 * 55 / (145 + 55) = .55 from -3 on, where too many are false besides. */
    assert_true(t.separates && t.best == 1);
    threshold_close(&t);
    input.level = 1; /* bins of 1e-9: their middles */
    t = find(&input);
    assert_true(t.best == 1 && fabs(t.cut[2].false_pairs - 5) < 1e-7);
    assert_true(t.cut[2].false_pairs < 5 - 1e-10);
    threshold_close(&t);
}

/* Where the model expects most pairs to be false everywhere, none is suggested. */
static void a_model_may_see_no_match(void **state)
{
    const struct histogram_bin bin[] = {{-6, 900}, {-2, 50}};
    const struct threshold_input input = {
        .bin = bin, .n = 2, .all_pairs = 1e4, .records = 100, .bits = true};
    (void)state;
    struct threshold t = find(&input);
    assert_false(t.separates);
    threshold_close(&t);
}

static void too_little_is_unknown(void **state)
{
    const struct made all = {{{1, 50}}, 1};
    struct threshold_input input = input_of(&all);
    (void)state;
    struct threshold t = find(&input);
    assert_int_equal(t.source, THRESHOLD_UNKNOWN);
    assert_false(t.separates);
    threshold_close(&t);
    within(&input, 0, &all); /* twice as many as between files */
    t = find(&input);
    assert_int_equal(t.source, THRESHOLD_WITHIN_FILES);
    assert_false(t.used[0] || t.separates);
    assert_true(t.cut[0].false_pairs == 50);
    threshold_close(&t);
    input.n = 0;
    input.null[0].pairs = 0;
    t = find(&input);
    assert_true(t.n == 0 && !t.separates);
    threshold_close(&t);
}

/* False pairs are counted from a cut up; those of the bins come to the same. */
static void bins_have_the_false_pairs_of_cuts(void **state)
{
    (void)state;
    struct threshold_cut cut[] = {{.false_pairs = 50}, {.false_pairs = 20}, {.false_pairs = 20.5}};
    const struct threshold t = {.cut = cut, .n = 3};
    assert_true(threshold_false_in_bin(&t, 0) == 30);
    assert_true(threshold_false_in_bin(&t, 1) ==
                0); /* an expectation may rise, a count is none below 0 */
    assert_true(threshold_false_in_bin(&t, 2) == 20.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_say_how_many_are_false),
        cmocka_unit_test(a_file_with_duplicates_is_left_out),
        cmocka_unit_test(the_tail_goes_on),
        cmocka_unit_test(nothing_separates_strangers),
        cmocka_unit_test(few_pairs_are_chance),
        cmocka_unit_test(a_model_says_how_many_are_false),
        cmocka_unit_test(a_model_may_see_no_match),
        cmocka_unit_test(too_little_is_unknown),
        cmocka_unit_test(bins_have_the_false_pairs_of_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
