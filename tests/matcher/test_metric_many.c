/* One text against many: the very doubles of metric_score, for every metric and view, over texts of
 * all lane sizes, of more characters than lanes have, and of more different ones than symbols. */
#include "matcher/metric/metric_many.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 31u
#define TEXTS 600u
#define LENGTH 280u
#define MOST_CODES 700u

static struct {
    uint32_t code_point[MOST_CODES];
    uint16_t codes[TEXTS][LENGTH + 32];
    char utf8[TEXTS][3 * LENGTH + 64];
    struct text text[TEXTS];
    struct alphabet alphabet;
} data;

static const char *letters; /* that codes stand for; or NULL */

/* Code points of blanks, digits, letters and, beyond, of a script of three bytes a character. */
static uint32_t point_of(uint32_t code)
{
    if (letters)
        return (unsigned char)letters[code];
    return code < 80 ? ' ' + code : 0x4e00 + code;
}

static uint32_t put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to = (char)point;
        return 1;
    }
    to[0] = (char)(0xe0 | point >> 12);
    to[1] = (char)(0x80 | (point >> 6 & 63));
    to[2] = (char)(0x80 | (point & 63));
    return 3;
}

static void make_text(uint32_t i, uint32_t n, uint32_t n_codes)
{
    struct text *t = &data.text[i];
    *t = (struct text){data.codes[i], n, 2, data.utf8[i], 0, i + 1};
    for (uint32_t p = 0; p < n; p++) {
        const bool like = i > 0 && p < data.text[i - 1].n && harness_below(3);
        data.codes[i][p] = like ? data.codes[i - 1][p] : (uint16_t)harness_below(n_codes);
        t->utf8_bytes += put_utf8(data.utf8[i] + t->utf8_bytes, point_of(data.codes[i][p]));
    }
}

static void make_texts(uint32_t n_codes, uint32_t most)
{
    static const uint32_t edges[] = {0,  1,  2,  7,  8,  9,  15,  16,  17,
                                     31, 32, 33, 63, 64, 65, 140, 256, 257};
    data.alphabet = (struct alphabet){n_codes, data.code_point};
    for (uint32_t c = 0; c < n_codes; c++)
        data.code_point[c] = point_of(c);
    for (uint32_t i = 0; i < TEXTS; i++) {
        const uint32_t edge = edges[harness_below(sizeof edges / sizeof *edges)];
        const uint32_t n = harness_below(2) ? edge : harness_below(22);
        make_text(i, n < most ? n : most, n_codes);
    }
}

/* Scores all texts from `first` on against some of all. */
static void check_use(const struct metric_use *use, uint32_t first, uint32_t n, uint32_t rounds)
{
    struct metric_texts *texts;
    struct metric_many *many;
    struct metric_state *one;
    struct err e = {0};
    static double scores[TEXTS];
    assert_true(metric_texts_open(&texts, &data.alphabet, n, &e));
    assert_true(metric_many_open(&many, use, &data.alphabet, LENGTH, n, &e));
    assert_true(metric_open(&one, use, &data.alphabet, LENGTH, &e));
    for (uint32_t round = 0; round < rounds; round++) {
        const uint32_t some = round % 3 ? n : harness_below(n + 1);
        metric_texts_set(texts, data.text + first, some);
        for (uint32_t k = 0; k < 12; k++) {
            const struct text *a = &data.text[harness_below(TEXTS)];
            metric_many_scores(many, a, texts, scores);
            for (uint32_t i = 0; i < some; i++) {
                const double wanted = metric_score_texts(one, a, &data.text[first + i]);
                if (!harness_metric_same_bits(scores[i], wanted))
                    fail_msg("%s, view %d: %.17g, not %.17g, for %u and %u characters",
                             use->metric->name, (int)use->view, scores[i], wanted, a->n,
                             data.text[first + i].n);
                assert_true(harness_metric_same_bits(
                    metric_many_one(many, a, &data.text[first + i]), wanted));
            }
        }
    }
    metric_close(one);
    metric_many_close(many);
    metric_texts_close(texts);
}

static void check_metrics(uint32_t n_codes, uint32_t most)
{
    make_texts(n_codes, most);
    for (size_t i = 0; metric_at(i); i++) {
        const struct metric *m = metric_at(i);
        if (m->flags & METRIC_OF_COLUMNS)
            continue;
        for (uint32_t view = 0; view < (m->views ? 4u : 1u); view++) {
            const struct metric_use use = {.metric = m, .view = (enum metric_view)view};
            const bool lanes = m->edits || m->flags & METRIC_JARO;
            check_use(&use, harness_below(TEXTS / 2), lanes ? TEXTS / 2 : 40, lanes ? 6 : 1);
        }
    }
}

static void test_few_characters(void **state)
{
    (void)state;
    harness_seed(SEED);
    check_metrics(3, LENGTH);
}

static void test_names(void **state)
{
    (void)state;
    harness_seed(SEED + 1);
    check_metrics(60, 30);
    check_metrics(60, LENGTH);
}

/* As many symbols as there can be, one more, and far more. */
static void test_many_characters(void **state)
{
    (void)state;
    harness_seed(SEED + 2);
    for (uint32_t n_codes = 254; n_codes <= 258; n_codes++)
        check_metrics(n_codes, 60);
    check_metrics(MOST_CODES, LENGTH);
}

/* Letters of which many are heard in two ways. */
static void test_sounds(void **state)
{
    (void)state;
    harness_seed(SEED + 3);
    letters = "ACGHJSTWXZ";
    make_texts((uint32_t)strlen(letters), 5);
    for (size_t i = 0; metric_at(i); i++) {
        const struct metric_use use = {.metric = metric_at(i)};
        if (use.metric->phonetic)
            check_use(&use, 0, TEXTS, 6);
    }
    letters = NULL;
}

static void test_no_texts(void **state)
{
    (void)state;
    struct err e = {0};
    struct metric_texts *texts;
    struct metric_many *many;
    const struct metric_use use = harness_metric_use("jaro");
    harness_seed(SEED);
    make_texts(9, 9);
    assert_true(metric_texts_open(&texts, &data.alphabet, 0, &e));
    assert_true(metric_many_open(&many, &use, &data.alphabet, LENGTH, 0, &e));
    metric_texts_set(texts, NULL, 0);
    metric_many_scores(many, &data.text[0], texts, NULL);
    metric_many_close(many);
    metric_texts_close(texts);
    metric_many_close(NULL);
    metric_texts_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_characters),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_many_characters), cmocka_unit_test(test_sounds),
        cmocka_unit_test(test_no_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
