/* What a score takes, by beginnings. It is found in bounded time however long texts are. It grows
 * as the metric does. It is found once. The factors here are so large that other load on the
 * machine does not make them up. */
#include "core/process.h"
#include "matcher/join/score_cost.h"
#include "matcher/join/score_memo.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#define N_TEXTS 3u

/* Sides of texts of n random letters each. */
static void make_texts(struct harness_dictionary *r, uint32_t n)
{
    char *text[2 * N_TEXTS];
    for (uint32_t i = 0; i < 2 * N_TEXTS; i++) {
        text[i] = malloc(n + 1ull);
        assert_non_null(text[i]);
        for (uint32_t k = 0; k < n; k++)
            text[i][k] = (char)('a' + harness_below(26));
        text[i][n] = 0;
    }
    harness_dictionary_make(r, (const char *const *)text, N_TEXTS,
                            (const char *const *)text + N_TEXTS, N_TEXTS);
    for (uint32_t i = 0; i < 2 * N_TEXTS; i++)
        free(text[i]);
}

static double cost_of(const char *metric, const struct harness_dictionary *r)
{
    const struct metric_use use = harness_metric_use(metric);
    return score_cost_seconds(&use, &r->dictionary, &r->a, &r->b);
}

/* A score of 300,000 characters takes about two seconds, and is not computed. */
static void test_bounded(void **state)
{
    struct harness_dictionary r;
    (void)state;
    harness_seed(1);
    make_texts(&r, 300000);
    const double start = proc_thread_seconds();
    const double cost = cost_of("levenshtein", &r);
    assert_true(proc_thread_seconds() - start < 0.5);
    assert_true(cost > 0.2 && cost < 20);
    harness_dictionary_free(&r);
}

/* Against the time of whole texts. */
static void test_is_about_right(void **state)
{
    static const char *const metrics[] = {"levenshtein", "jaccard", "hamming"};
    struct harness_dictionary r;
    (void)state;
    harness_seed(2);
    make_texts(&r, 20000);
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        const struct metric_use use = harness_metric_use(metrics[m]);
        struct metric_state *metric;
        struct err e;
        assert_true(
            metric_open(&metric, &use, &r.dictionary.alphabet, r.dictionary.max_length, &e));
        const double cost = cost_of(metrics[m], &r), start = proc_thread_seconds();
        for (uint32_t i = 0; i < N_TEXTS; i++)
            (void)metric_score(metric, dictionary_text(&r.dictionary, r.a.value[0]),
                               dictionary_text(&r.dictionary, r.b.value[i]));
        const double whole = (proc_thread_seconds() - start) / N_TEXTS;
        if (!(cost > whole / 8 && cost < whole * 8))
            fail_msg("%s: %g s instead of %g", metrics[m], cost, whole);
        metric_close(metric);
    }
    harness_dictionary_free(&r);
}

/* Seconds of this thread that it takes to find a cost. */
static double asking(const char *metric, const struct harness_dictionary *r, double *cost)
{
    const double start = proc_thread_seconds();
    *cost = cost_of(metric, r);
    return proc_thread_seconds() - start;
}

/* What was asked is known, also of texts that lie elsewhere, and is forgotten at last. Another
 * metric, and other texts of the same lengths, are measured: for 2 ms at least. */
static void test_asked_again(void **state)
{
    struct harness_dictionary r, same, other;
    double first, again;
    (void)state;
    harness_seed(3);
    make_texts(&r, 20000);
    make_texts(&other, 20000);
    harness_seed(3);
    make_texts(&same, 20000);
    assert_true(asking("levenshtein", &r, &first) > 2e-3);
    assert_true(asking("levenshtein", &r, &again) < 1e-3 && again == first);
    assert_true(asking("levenshtein", &same, &again) < 1e-3 && again == first);
    assert_true(asking("jaccard", &r, &again) > 2e-3);
    assert_true(asking("levenshtein", &other, &again) > 2e-3);
    assert_true(asking("levenshtein", &r, &again) < 1e-3 && again == first);
    for (uint64_t key = 1; key <= 64; key++)
        score_memo_keep(key, 1);
    assert_true(asking("levenshtein", &r, &again) > 2e-3);
    harness_dictionary_free(&other);
    harness_dictionary_free(&same);
    harness_dictionary_free(&r);
}

/* Each part of the question is in the key. */
static void test_keys(void **state)
{
    struct harness_dictionary r;
    (void)state;
    harness_seed(4);
    make_texts(&r, 300);
    const struct metric_use use = harness_metric_use("jaccard");
    struct metric_use formed = use, view = use, other = use;
    struct side fewer = r.a;
    struct dictionary longer = r.dictionary;
    formed.formed = !use.formed;
    view.view = METRIC_DISTANCE;
    other.args[0]++;
    fewer.n--;
    longer.max_length++;
    const uint64_t key = score_memo_key(&use, &r.dictionary, &r.a, &r.b, NULL);
    assert_true(score_memo_key(&use, &r.dictionary, &r.a, &r.b, NULL) == key);
    const double need = 0.9, more = 0.95;
    const uint64_t needed = score_memo_key(&use, &r.dictionary, &r.a, &r.b, &need);
    assert_true(needed != key);
    assert_true(score_memo_key(&use, &r.dictionary, &r.a, &r.b, &more) != needed);
    assert_true(score_memo_key(&formed, &r.dictionary, &r.a, &r.b, NULL) != key);
    assert_true(score_memo_key(&other, &r.dictionary, &r.a, &r.b, NULL) != key);
    assert_true(score_memo_key(&view, &r.dictionary, &r.a, &r.b, NULL) != key);
    assert_true(score_memo_key(&use, &longer, &r.a, &r.b, NULL) != key);
    assert_true(score_memo_key(&use, &r.dictionary, &fewer, &r.b, NULL) != key);
    assert_true(score_memo_key(&use, &r.dictionary, &r.b, &r.a, NULL) != key);
    harness_dictionary_free(&r);
}

static uint32_t beginning(uint32_t n, uint32_t most, uint32_t longest)
{
    return score_beginning((struct text){.n = n}, most, longest).n;
}

/* The longest are cut to 2048 characters, others in proportion, none to less than half of these. */
static void test_beginnings(void **state)
{
    (void)state;
    assert_int_equal(beginning(60000, 2048, 60000), 2048);
    assert_int_equal(beginning(57200, 2048, 60000), 1952);
    assert_int_equal(beginning(20000, 2048, 60000), 1024);
    assert_int_equal(beginning(900, 2048, 60000), 900);
    assert_int_equal(beginning(900, 2048, 1000), 900);
    assert_int_equal(beginning(0, 2048, 60000), 0);
    assert_int_equal(beginning(UINT32_MAX, 2048, UINT32_MAX), 2048);
}

/* Seconds of which some grow by the length and others by the product; and by a power. */
static double some_seconds(double cells, double length, double product, double power)
{
    return length * sqrt(cells) + product * cells + (power > 0 ? 1e-9 * pow(cells, power) : 0);
}

static void check_law(double length, double product, double power)
{
    const double at[] = {1e6, 16e6, 4e10};
    const struct score_time shorter = {some_seconds(at[0], length, product, power), at[0]};
    const struct score_time longer = {some_seconds(at[1], length, product, power), at[1]};
    const struct score_law law = score_law_between(shorter, longer);
    const double should = some_seconds(at[2], length, product, power);
    const double is = score_law_seconds(&law, at[2]);
    if (fabs(is - should) > 1e-6 * should)
        fail_msg("%g, %g, power %g: %g s instead of %g", length, product, power, is, should);
}

static void test_laws(void **state)
{
    (void)state;
    check_law(1e-8, 3e-12, 0);
    check_law(1e-8, 1e-14, 0);
    check_law(0, 3e-12, 0);
    check_law(1e-8, 0, 0);
    check_law(0, 0, 1.3);
    check_law(0, 0, 0.3);
}

/* Texts that are unlike need not be scored to the end if .95 is needed. That time is not given to
 * those who ask for the score itself. */
static void test_reaching(void **state)
{
    struct harness_dictionary r;
    (void)state;
    harness_seed(5);
    make_texts(&r, 20000);
    const struct metric_use use = harness_metric_use("partial_ratio");
    const double need = score_cost_reaching(&use, &r.dictionary, &r.a, &r.b, 0.95);
    const double lower = score_cost_reaching(&use, &r.dictionary, &r.a, &r.b, 0.05);
    const double score = score_cost_seconds(&use, &r.dictionary, &r.a, &r.b);
    assert_true(need > 0 && need < score / 3 && need < lower / 3);
    harness_dictionary_free(&r);
}

static void test_empty(void **state)
{
    struct harness_dictionary r;
    (void)state;
    make_texts(&r, 100);
    const struct side none = {0};
    const struct metric_use use = harness_metric_use("levenshtein");
    assert_true(score_cost_seconds(&use, &r.dictionary, &none, &r.b) == 0);
    assert_true(score_cost_seconds(&use, &r.dictionary, &r.a, &none) == 0);
    assert_true(score_cost_seconds(&use, &r.dictionary, &r.a, &r.b) > 0);
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded),     cmocka_unit_test(test_is_about_right),
        cmocka_unit_test(test_asked_again), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_beginnings),  cmocka_unit_test(test_laws),
        cmocka_unit_test(test_reaching),    cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
