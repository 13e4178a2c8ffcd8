/* The union of joins against the double loop, for every metric that is made of parts: words in any
 * order, repeated, in common or none, texts without words; and what a row promises of its parts
 * against the scores. */
#include "matcher/join/union/union_form.h"
#include "matcher/join/union/union_parts.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_union;

static const struct harness_shape shapes[] = {
    {"few words", 2, 'a', 0, 24, 4, 400, 70, 0, false},
    {"names", 26, 'a', 4, 18, 3, 120, 90, 0, true},
    {"far in length", 3, 'a', 0, 60, 6, 250, 60, 0, false}, /* by a factor of 8 and more */
    {"long texts", 4, 'a', 60, 200, 20, 300, 30, 0, true},
    {"blanks", 1, ' ', 0, 3, 2, 0, 20, 0, false},
    {"tabs and letters", 120, '\t', 0, 9, 3, 0, 90, 0, true},     /* white space of several kinds */
    {"many scripts", 20000, 0x4e00, 0, 12, 3, 200, 60, 0, false}, /* codes of two bytes */
    {"no blanks", 20, 'a', 3, 9, 2, 0, 60, 0, false},
    {"one", 26, 'a', 9, 9, 0, 200, 1, 0, false},
};

/* Row i of the metrics that have parts, or NULL. */
static const struct metric *metric_with_parts(size_t i)
{
    const struct metric *m;
    for (size_t k = 0; (m = metric_at(k)) != NULL; k++)
        if (m->parts && i-- == 0)
            return m;
    return NULL;
}

static void has_metrics(void **state)
{
    (void)state;
    size_t n = 0;
    while (metric_with_parts(n))
        n++;
    assert_true(n >= 5);
}

/* At scores that occur, and one double beside them. */
static void beside(struct join_job job, const double *score, const char *what, int tries)
{
    const size_t n = (size_t)job.a->n * job.b->n;
    for (int i = 0; i < tries; i++) {
        const double x = score[harness_below((uint32_t)n)];
        job.need = i % 3 == 0 ? x : nextafter(x, i % 3 == 1 ? 2 : 0);
        if (job.need > 0 && job.need <= 1)
            assert_true(harness_join_matches(&join_union, &job, score, what, NULL));
    }
}

static void finds_all(void **state)
{
    (void)state;
    const struct metric *m;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            harness_dictionary_random(&r, &shapes[i], self, 71);
            for (size_t k = 0; (m = metric_with_parts(k)) != NULL; k++) {
                char what[100];
                const struct join_job job = harness_join_job(m->name, &r, self);
                double *score = harness_scores(&job);
                snprintf(what, sizeof what, "%s, %s", m->name, shapes[i].name);
                beside(job, score, what, (int)harness_tries(4, 30));
                free(score);
            }
            harness_dictionary_free(&r);
        }
}

/* ---- Words out of few ------------------------------------------------------------------------*/

#define TEXTS 60
#define WORDS 12

/* Up to five of twelve words, in any order, some twice. */
static char *random_text(void)
{
    static const char *const word[WORDS] = {"a",    "ab",    "abc", "lee",  "lees",   "anna",
                                            "anne", "smith", "smi", "jöns", "stolze", "ab-c"};
    char *text = calloc(1, 64);
    for (uint32_t n = harness_below(6); n > 0; n--) {
        strcat(text, word[harness_below(WORDS)]);
        strcat(text, n > 1 ? " " : "");
    }
    return text;
}

static struct harness_texts random_texts(void)
{
    struct harness_texts t = {calloc(TEXTS, sizeof(char *)), TEXTS};
    for (size_t i = 0; i < t.n; i++)
        t.text[i] = random_text();
    return t;
}

static void words_find_all(void **state)
{
    (void)state;
    const struct metric *m;
    harness_seed(72);
    for (int round = 0; round < 4; round++) {
        struct harness_texts a = random_texts(), b = random_texts();
        struct harness_dictionary r;
        harness_dictionary_of(&r, &a, round % 2 ? NULL : &b);
        for (size_t k = 0; (m = metric_with_parts(k)) != NULL; k++) {
            const struct join_job job = harness_join_job(m->name, &r, round % 2);
            double *score = harness_scores(&job);
            beside(job, score, m->name, (int)harness_tries(9, 60));
            free(score);
        }
        harness_dictionary_free(&r);
        harness_texts_free(&a);
        harness_texts_free(&b);
    }
}

/* ---- Parts -----------------------------------------------------------------------------------*/

/* Does a part reach what is asked of it, for a pair of texts in its form? */
static bool reaches(const struct union_part *part, const char *a, const char *b)
{
    struct harness_texts t = {calloc(2, sizeof(char *)), 2};
    struct err e;
    double score;
    t.text[0] = strdup(a);
    t.text[1] = strdup(b);
    harness_texts_form(&t, part->form);
    struct metric_use use = part->use;
    use.formed = false; /* the metric itself, of texts that happen to have its form */
    assert_true(metric_score_utf8(&use, (struct bytes){t.text[0], (uint32_t)strlen(t.text[0])},
                                  (struct bytes){t.text[1], (uint32_t)strlen(t.text[1])}, &score,
                                  &e));
    harness_texts_free(&t);
    return score >= part->need;
}

/* "score >= t implies that some part reaches what is asked of it", at the very score. */
static void parts_bound(void **state)
{
    (void)state;
    const struct metric *m;
    harness_seed(73);
    for (int i = 0; i < (int)harness_tries(3000, 100000); i++) {
        char *a = random_text(), *b = random_text();
        for (size_t k = 0; (m = metric_with_parts(k)) != NULL; k++) {
            struct union_part part[METRIC_PARTS_MOST];
            struct join_job job = {.use = {.metric = m}, .prune = true};
            struct err e;
            assert_true(metric_score_utf8(&job.use, (struct bytes){a, (uint32_t)strlen(a)},
                                          (struct bytes){b, (uint32_t)strlen(b)}, &job.need, &e));
            const uint32_t n = job.need > 0 ? union_parts_of(&job, part) : 0;
            bool reached = n == 0 && job.need == 0;
            for (uint32_t p = 0; p < n; p++)
                reached = reached || reaches(&part[p], a, b);
            assert_true(reached);
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_metrics),
        cmocka_unit_test(finds_all),
        cmocka_unit_test(words_find_all),
        cmocka_unit_test(parts_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
