/* Metrics of texts of many machine words: scores against the slow twins, and with a limit, whose
 * kernels look at a band of blocks alone. Copies are moved, cut and edited, so that bands are left
 * at either side. */
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>

#define N_CODES 400u
#define PAIRS 42u

static const char *const names[] = {
    "levenshtein", "levenshtein_distance", "osa", "damerau_levenshtein", "indel", "lcsseq",
    "jaro",        "jaro_winkler"};

static const uint32_t code_point[N_CODES];
static const struct alphabet alphabet = {N_CODES, code_point};

/* Texts that are edited copies, moved ones, or unlike, of lengths around multiples of 64. */
static void make_pair(struct harness_long *a, struct harness_long *b, uint32_t i)
{
    const uint32_t width = i % 4 ? 1 : 2, letters = width == 1 ? 26 : 399;
    const uint32_t n = (i % 21 ? 300 : 2100) + 64 * harness_below(8) + harness_below(5);
    harness_long_random(a, n, letters, width, 0);
    if (i % 7 == 0)
        harness_long_random(b, n + harness_below(200), letters, width, 0);
    else
        harness_long_copy(b, a, (enum harness_long_edit)(i % 7), 4 + harness_below(120), i % 2, 0);
}

static bool is_enough(enum metric_view view, double score, double need)
{
    return metric_falls(view) ? score <= need : score >= need;
}

/* Needs at the score, one step beside it, and around it. */
static void check_reaching(struct metric_state *state, const struct metric_use *use, double score,
                           const struct text *a, const struct text *b)
{
    const double other = metric_falls(use->view) ? harness_below(300) : harness_below(100) / 100.0;
    const double needs[] = {score, nextafter(score, 300), nextafter(score, -1), other};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (!(needs[i] > 0) || (!metric_falls(use->view) && needs[i] > 1))
            continue;
        const double got = metric_score_reaching(state, a, b, needs[i]);
        const bool enough = is_enough(use->view, score, needs[i]);
        if (enough ? !harness_metric_same(got, score) : is_enough(use->view, got, needs[i]))
            fail_msg("%s of %u and %u characters: %a where %a is needed, not %a", use->metric->name,
                     a->n, b->n, got, needs[i], score);
    }
}

static void test_long(void **test)
{
    static struct harness_long a, b;
    (void)test;
    harness_seed(64);
    for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
        const struct metric_use use = harness_metric_use(names[m]);
        struct metric_state *state;
        struct err e;
        assert_true(metric_open(&state, &use, &alphabet, HARNESS_LONG_MOST, &e));
        for (uint32_t i = 0; i < PAIRS; i++) {
            double want;
            make_pair(&a, &b, i);
            assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
            const double got = metric_score(state, a.text, b.text);
            if (!harness_metric_same(got, want))
                fail_msg("%s of %u and %u characters: %a, not %a", names[m], a.n, b.n, got, want);
            check_reaching(state, &use, want, &a.text, &b.text);
            check_reaching(state, &use, metric_score(state, b.text, a.text), &b.text, &a.text);
        }
        metric_close(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
