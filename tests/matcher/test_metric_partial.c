/* partial_ratio of long texts: its bounds of many windows against all windows, one by one, by
 * dynamic programming. Most texts here have fewer characters than it is meant for: they are soon
 * compared, so there are many. Some are so long that the metric itself takes this way. */
#include "matcher/metric/metric_partial_long.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_CODES 400u
#define PAIRS 2500u
#define LONG_PAIRS 30u

static const uint32_t code_point[N_CODES];
static const struct alphabet alphabet = {N_CODES, code_point};

/* ---- The twin --------------------------------------------------------------------------------*/

static double ratio_of(uint32_t common, uint32_t sum)
{
    return 1.0 - (double)(sum - 2 * common) / (double)sum;
}

/* The best ratio of S with the first 1 .. m, or with exactly m, characters from p on. */
static double best_beginning(const uint32_t *s, uint32_t n, const uint32_t *p, uint32_t m, bool all)
{
    static uint32_t row[HARNESS_LONG_MOST + 1];
    double best = 0;
    memset(row, 0, (n + 1) * sizeof *row);
    for (uint32_t j = 0; j < m; j++) {
        uint32_t before = 0; /* the cell above and to the left */
        for (uint32_t i = 1; i <= n; i++) {
            const uint32_t above = row[i], longer = above > row[i - 1] ? above : row[i - 1];
            row[i] = s[i - 1] == p[j] ? before + 1 : longer;
            before = above;
        }
        if (all || j + 1 == m)
            best = fmax(best, ratio_of(row[n], n + j + 1));
    }
    return best;
}

static void turn(uint32_t *to, const uint32_t *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = from[n - 1 - i];
}

static double best_part(const struct harness_long *s, const struct harness_long *l)
{
    static uint32_t s_turned[HARNESS_LONG_MOST], l_turned[HARNESS_LONG_MOST];
    turn(s_turned, s->point, s->n);
    turn(l_turned, l->point, l->n);
    double best = fmax(best_beginning(s->point, s->n, l->point, s->n, true),
                       best_beginning(s_turned, s->n, l_turned, s->n, true));
    for (uint32_t from = 1; from + s->n < l->n; from++)
        best = fmax(best, best_beginning(s->point, s->n, l->point + from, s->n, false));
    return best;
}

static double slowly(const struct harness_long *a, const struct harness_long *b)
{
    return fmax(a->n <= b->n ? best_part(a, b) : 0, b->n <= a->n ? best_part(b, a) : 0);
}

/* The twin of these tests against that of all metrics, for texts of a few characters. */
static void test_twin(void **state)
{
    static struct harness_long a, b;
    const struct metric_use use = harness_metric_use("partial_ratio");
    (void)state;
    harness_seed(1);
    for (uint32_t i = 0; i < 50; i++) {
        double want;
        harness_long_random(&a, 1 + harness_below(30), 3, 1, 0);
        harness_long_random(&b, 1 + harness_below(30), 3, 1, 0);
        assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
        assert_true(slowly(&a, &b) == want);
    }
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

/* Puts the characters of another text after those of a text. */
static void append(struct harness_long *t, const struct harness_long *more)
{
    memcpy(t->codes + (size_t)t->n * t->text.width, more->codes,
           (size_t)more->n * more->text.width);
    memcpy(t->point + t->n, more->point, more->n * sizeof *t->point);
    t->n += more->n;
    t->text.n = t->n;
}

/* Edited copies, whole or inside a longer text, and texts that have only their letters in common;
 * of one length, of nearly one, and of lengths far apart. */
static void make_pair(struct harness_long *a, struct harness_long *b, uint32_t n, uint32_t i)
{
    static const uint32_t letters[] = {2, 4, 26};
    static struct harness_long copy;
    const uint32_t width = i % 5 ? 1 : 2, of = letters[i % 3];
    const uint32_t before = i % 4 ? harness_below(n / (1 + harness_below(8)) + 1) : 0;
    const uint32_t after = i % 7 ? harness_below(n / (1 + harness_below(8)) + 1) : 0;
    harness_long_random(a, n, of, width, 0);
    harness_long_random(b, before, of, width, 0);
    if (i % 6)
        harness_long_copy(&copy, a, (enum harness_long_edit)(i % 6), 3 + harness_below(80), false,
                          0);
    else
        harness_long_random(&copy, n, of, width, 0);
    append(b, &copy);
    harness_long_random(&copy, after, of, width, 0);
    append(b, &copy);
    if (i % 11 == 0) /* of one length */
        b->n = b->text.n = a->n = a->text.n = a->n < b->n ? a->n : b->n;
}

static double some_need(double score, uint32_t i)
{
    const double needs[] = {0, score, nextafter(score, 2), nextafter(score, 0), score * 0.9, 0.8};
    return needs[i % 6];
}

static void check(double got, double want, double need, const struct harness_long *a,
                  const struct harness_long *b)
{
    if (want >= need ? got != want : got >= need)
        fail_msg("%u and %u characters: %a where %a is needed, not %a", a->n, b->n, got, need,
                 want);
}

static void test_windows(void **state)
{
    static struct harness_long a, b;
    const struct metric_use use = harness_metric_use("partial_ratio");
    struct metric_state *metric;
    struct partial_long *l;
    struct err e;
    (void)state;
    harness_seed(2);
    assert_true(metric_open(&metric, &use, &alphabet, HARNESS_LONG_MOST, &e));
    assert_true(partial_long_open(&l, metric));
    for (uint32_t i = 0; i < PAIRS; i++) {
        make_pair(&a, &b, 1 + harness_below(i % 20 ? 90 : 400), i);
        const double want = slowly(&a, &b);
        for (uint32_t k = 0; k < 3; k++) {
            const double need = some_need(want, i + 2 * k);
            const double one = fraction_value(partial_long_best(l, &a.text, &b.text, need));
            const double other = fraction_value(partial_long_best(l, &b.text, &a.text, need));
            check(one, want, need, &a, &b);
            check(other, want, need, &b, &a);
        }
    }
    partial_long_close(l);
    metric_close(metric);
}

/* By the metric. Some texts are shorter, so that it changes between both ways. */
static void test_long(void **state)
{
    static struct harness_long a, b;
    const struct metric_use use = harness_metric_use("partial_ratio");
    struct metric_state *metric;
    struct err e;
    (void)state;
    harness_seed(3);
    assert_true(metric_open(&metric, &use, &alphabet, HARNESS_LONG_MOST, &e));
    for (uint32_t i = 0; i < LONG_PAIRS; i++) {
        const uint32_t n = i % 3 ? PARTIAL_LONG_LEAST + harness_below(200) : 100;
        make_pair(&a, &b, n, 6 * harness_below(5) + 1 + i % 5);
        a.text.id = 1 + i;
        const double want = slowly(&a, &b), need = some_need(want, i);
        check(metric_score(metric, a.text, b.text), want, 0, &a, &b);
        check(metric_score_reaching(metric, &a.text, &b.text, need), want, need, &a, &b);
    }
    metric_close(metric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twin),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
