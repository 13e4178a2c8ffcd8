/* The prefilter against metric_score: a pair whose score reaches the need always passes, for every
 * metric that it knows, at needs that occur and beside them. And it drops pairs: a filter that lets
 * all pass would be as lossless. */
#include "matcher/join/prefilter.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 76u
#define TEXTS 60u
#define NEEDS 4u /* a text of A */

static const struct harness_shape shapes[] = {
    {"names", 26, 'a', 2, 14, 3, 80, TEXTS, 0, true},
    {"one letter", 1, 'a', 0, 30, 3, 0, TEXTS, 0, false},
    {"two letters", 2, 'a', 0, 20, 4, 0, TEXTS, 0, false},
    {"periods", 5, 'a', 3, 40, 4, 0, TEXTS, 3, false},
    {"long", 20, 'a', 55, 75, 6, 50, TEXTS, 0, false},
    /* codes of two bytes; those that agree in the low one look the same to a head */
    {"many characters", 900, 0x4e00, 1, 12, 3, 0, TEXTS, 0, false},
};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

struct column {
    struct harness_dictionary texts;
    struct prefilter prefilter;
    struct shm segment;
};

static void column_open(struct column *c, const struct harness_dictionary *texts,
                        const uint32_t *rows, uint64_t n)
{
    struct err e = {0};
    c->texts = *texts;
    assert_true(shm_create(&c->segment, "signatures", 1 << 24, &e));
    assert_true(
        prefilter_build(&texts->dictionary, &texts->a, &texts->b, rows, n, &c->segment, &e));
    prefilter_view(&c->prefilter, shm_view_of(&c->segment));
}

static struct text text_of(const struct dictionary *d, const struct side *s, uint32_t row)
{
    return dictionary_text(d, s->value[s->row_place[row]]);
}

/* Which rows of B pass for a row of A and a need; returns how many. */
static uint32_t scan(const struct column *c, const struct metric_use *use, uint32_t a, double need,
                     bool passes[TEXTS])
{
    signature_limits limits;
    uint32_t out[TEXTS];
    prefilter_limit(use, c->prefilter.a[a].length, need, limits);
    uint32_t n = signature_kernels()->scan(&c->prefilter.a[a], &c->prefilter.b, 0, TEXTS,
                                           (const uint8_t(*)[SIGNATURE_PREFIXES])limits, out);
    memset(passes, 0, TEXTS);
    for (uint32_t i = 0; i < n; i++)
        passes[out[i]] = true;
    return n;
}

struct seen {
    size_t pairs, passed, reached;
};

/* One row of A at one need. */
static void check_need(const struct column *c, const struct metric_use *use, uint32_t a,
                       const double *score, double need, struct seen *seen)
{
    bool passes[TEXTS];
    seen->pairs += TEXTS;
    seen->passed += scan(c, use, a, need, passes);
    for (uint32_t b = 0; b < TEXTS; b++) {
        seen->reached += score[b] >= need;
        if (score[b] >= need && !passes[b])
            fail_msg("%s: rows %u and %u of score %.17g do not pass at %.17g", use->metric->name, a,
                     b, score[b], need);
    }
}

static void check_row(const struct column *c, const struct metric_use *use,
                      struct metric_state *state, uint32_t a, struct seen *seen)
{
    const struct dictionary *d = &c->texts.dictionary;
    double score[TEXTS];
    for (uint32_t b = 0; b < TEXTS; b++)
        score[b] = metric_score(state, text_of(d, &c->texts.a, a), text_of(d, &c->texts.b, b));
    for (uint32_t i = 0; i < NEEDS; i++) {
        double at = score[harness_below(TEXTS)];
        double needs[] = {at, nextafter(at, 0), nextafter(at, 2)};
        for (size_t k = 0; k < 3; k++)
            if (needs[k] > 0)
                check_need(c, use, a, score, needs[k], seen);
    }
}

static void check_metric(const struct column *c, const struct metric_use *use, const char *what)
{
    struct metric_state *state;
    struct err e = {0};
    struct seen seen = {0}, high = {0};
    double never[TEXTS] = {0};
    assert_true(metric_open(&state, use, &c->texts.dictionary.alphabet,
                            c->texts.dictionary.max_length, &e));
    for (uint32_t a = 0; a < TEXTS; a++) {
        if (c->prefilter.a[a].length >= SIGNATURE_LONG)
            continue;
        check_row(c, use, state, a, &seen);
        check_need(c, use, a, never, 0.95, &high);
    }
    metric_close(state);
    if (seen.reached == 0 || high.passed >= high.pairs)
        fail_msg("%s, %s: nothing tried (%zu reached), or nothing dropped (%zu of %zu pass)", what,
                 use->metric->name, seen.reached, high.passed, high.pairs);
}

/* The uses that the prefilter knows; returns how many. */
static size_t known_uses(struct metric_use *uses, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; metric_at(i); i++) {
        struct err e = {0};
        struct metric_use use;
        const char *name = metric_at(i)->name;
        assert_true(metric_find(name, strlen(name), &use, &e));
        if (n < most && prefilter_knows(&use))
            uses[n++] = use;
    }
    return n;
}

static void test_lossless(void **state)
{
    (void)state;
    struct metric_use uses[32];
    size_t n_uses = known_uses(uses, 32);
    assert_true(n_uses >= 9);
    for (size_t i = 0; i < N_SHAPES; i++) {
        struct harness_dictionary texts;
        struct column c;
        harness_dictionary_random(&texts, &shapes[i], false, SEED + i);
        column_open(&c, &texts, NULL, TEXTS);
        for (size_t k = 0; k < n_uses; k++)
            check_metric(&c, &uses[k], shapes[i].name);
        shm_close(&c.segment);
        harness_dictionary_free(&texts);
    }
}

/* A list of rows of B, in its order; and a row without a value, which never passes. */
static void test_rows(void **state)
{
    (void)state;
    const char *a[] = {"anna"}, *b[] = {"hanna", NULL, "otto", "anna", "annabell"};
    const uint32_t rows[] = {2, 1, 3, 0};
    struct harness_dictionary texts;
    struct metric_use use;
    struct column c;
    struct err e = {0};
    signature_limits limits;
    uint32_t out[4];
    harness_dictionary_make(&texts, a, 1, b, 5);
    column_open(&c, &texts, rows, 4);
    assert_true(metric_find("levenshtein", 11, &use, &e));
    prefilter_limit(&use, 4, 0.2, limits);
    const uint8_t(*given)[SIGNATURE_PREFIXES] = (const uint8_t(*)[SIGNATURE_PREFIXES])limits;
    assert_int_equal(signature_kernels()->scan(c.prefilter.a, &c.prefilter.b, 0, 4, given, out), 2);
    assert_int_equal(out[0], 2);
    assert_int_equal(out[1], 3);
    assert_int_equal(c.prefilter.b.length[1], SIGNATURE_MISSING);
    assert_int_equal(c.prefilter.b.length[3], 5);
    shm_close(&c.segment);
    harness_dictionary_free(&texts);
}

/* Of few values all are looked at: here two of three pass. Where none passes there is some share.
 */
static void test_share(void **state)
{
    (void)state;
    const char *a[] = {"anna"}, *b[] = {"hanna", "otto", "anna"};
    struct harness_dictionary texts;
    struct metric_use use;
    struct err e = {0};
    harness_dictionary_make(&texts, a, 1, b, 3);
    assert_true(metric_find("levenshtein", 11, &use, &e));
    const double some = prefilter_share(&use, &texts.dictionary, &texts.a, &texts.b, 0.2);
    const double one = prefilter_share(&use, &texts.dictionary, &texts.a, &texts.b, 0.9);
    assert_true(some > 0.5 && some < 0.7);
    assert_true(one > 0.2 && one < 0.4);
    harness_dictionary_free(&texts);
    const char *other[] = {"xyz"};
    harness_dictionary_make(&texts, other, 1, b, 3);
    const double none = prefilter_share(&use, &texts.dictionary, &texts.a, &texts.b, 0.9);
    assert_true(none > 0 && none < 0.1);
    harness_dictionary_free(&texts);
}

/* What has no bound by characters in common must not be asked for one. */
static void test_unknown(void **state)
{
    (void)state;
    static const char *const names[] = {
        "equal", "jaccard", "cosine", "soundex", "number", "levenshtein_distance", "jaro_distance"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct metric_use use;
        struct err e = {0};
        if (metric_find(names[i], strlen(names[i]), &use, &e))
            assert_false(prefilter_knows(&use));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lossless),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_unknown),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
