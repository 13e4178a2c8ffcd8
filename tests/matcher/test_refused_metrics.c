/* What the metrics do when memory runs out: every allocation of every metric fails once, and each
 * time the caller is told; a score that is wrong or missing would lose pairs. The calls are those
 * of harness_refuse.c. */
#include "matcher/metric/metric.h"
#include "tests/harness/harness_refuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#define UNSET (-7.0)

static const struct bytes texts[][2] = {
    {{"the café", 9}, {"café the", 9}},
    {{"3", 1}, {"4", 1}},
    {{"2024-12-31", 10}, {"2024-12-30", 10}},
    {{"48.1, 11.5", 10}, {"48.2, 11.5", 10}},
};

static bool same_double(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

/* Refuses one allocation after the other; returns how many there are. */
static long refuse_each(const struct metric_use *use, struct bytes a, struct bytes b)
{
    double whole, score;
    struct err e;
    assert_true(metric_score_utf8(use, a, b, &whole, &e));
    for (long k = 0;; k++) {
        score = UNSET;
        e = (struct err){0};
        harness_refuse(k, ENOMEM);
        bool ok = metric_score_utf8(use, a, b, &score, &e), refused = harness_refuse_end();
        if (ok == refused || (ok ? !same_double(score, whole) : score != UNSET))
            fail_msg("%s, allocation %ld %s: %s, %g, not %g", use->metric->name, k,
                     refused ? "refused" : "is none", ok ? "no error" : e.text, score, whole);
        if (ok)
            return k;
        assert_int_equal(e.status, ERR_OS);
        assert_true(e.text[0] != 0);
    }
}

/* Is it refused whenever there are two texts alone (test_idf.c)? */
static bool needs_columns(const struct metric *m)
{
    return m->flags & METRIC_OF_COLUMNS;
}

static void every_metric(void **state)
{
    const struct metric *m;
    (void)state;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++)
        for (size_t t = 0; t < sizeof texts / sizeof *texts && !needs_columns(m); t++)
            for (unsigned n_args = 0; n_args <= m->max_args; n_args++) {
                struct metric_use use = {.metric = m, .n_args = n_args}; /* q = 0: tokens */
                assert_true(refuse_each(&use, texts[t][0], texts[t][1]) > 5);
            }
}

/* A state that is not opened is NULL, and may be closed. */
static void not_opened(void **state)
{
    const uint32_t point[] = {'a', 'b'};
    const struct alphabet alphabet = {2, point};
    const struct metric *m;
    (void)state;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        struct metric_use use = {.metric = m};
        for (long k = 0, refused = !needs_columns(m); refused; k++) {
            struct metric_state *s;
            struct err e;
            harness_refuse(k, ENOMEM);
            bool ok = metric_open(&s, &use, &alphabet, 10, &e);
            refused = harness_refuse_end();
            assert_true(ok == !refused && ok == (s != NULL));
            metric_close(s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_metric),
                                       cmocka_unit_test(not_opened)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
