/* matcher/metric: every row against its slow twin on random texts, and what a row promises. Facts
 * that others gave are in test_metric_facts.c. */
#include "matcher/metric/metric.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- Random texts ----------------------------------------------------------------------------*/

#define MAX_LENGTH 220
#define MAX_POINTS 30000

/* Distinct code points, ascending; white space of several kinds is among them. */
static uint32_t points[MAX_POINTS], n_points;

static int by_value(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

static void make_points(uint32_t n)
{
    static const uint32_t few[] = {'a', ' ', 'b', 'c', '\t', 0x3000, 0xa0, 0x1d, 0x1f600};
    n_points = 0;
    for (uint32_t i = 0; i < n; i++)
        points[n_points++] = i < sizeof few / sizeof *few && (i < 4 || n > 26) ? few[i]
                             : i < 26                                          ? 'a' + i
                                                                               : 0x4e00 + i;
    qsort(points, n_points, sizeof *points, by_value);
}

struct string {
    uint32_t code[MAX_LENGTH]; /* places in `points` */
    uint32_t point[MAX_LENGTH];
    uint32_t n;
};

/* Often where words of 64 bits end, often short. */
static uint32_t random_length(uint32_t most)
{
    static const uint32_t edges[] = {0,  1,  2,  3,  31, 32,  33,  42,  43,  44,
                                     62, 63, 64, 65, 66, 127, 128, 129, 130, 193};
    uint32_t n = edges[harness_below(sizeof edges / sizeof *edges)];
    if (harness_below(3))
        n = harness_below(harness_below(2) ? 24 : 131);
    return n < most ? n : most;
}

static void finish(struct string *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        s->point[i] = points[s->code[i]];
}

/* White space is frequent where there is any, else there would be few words. */
static uint32_t random_code(void)
{
    uint32_t code = harness_below(n_points);
    return harness_below(6) ? code : harness_below(n_points < 9 ? n_points : 9);
}

static void random_string(struct string *s, uint32_t most)
{
    s->n = random_length(most);
    for (uint32_t i = 0; i < s->n; i++)
        s->code[i] = random_code();
    finish(s);
}

static void change(struct string *s)
{
    uint32_t at = harness_below(s->n + 1), kind = harness_below(4);
    uint32_t *p = s->code + at;
    if (kind == 0 && s->n < MAX_LENGTH - 1) {
        memmove(p + 1, p, (s->n++ - at) * sizeof *p);
        *p = random_code();
    } else if (kind == 1 && at < s->n) {
        memmove(p, p + 1, (--s->n - at) * sizeof *p);
    } else if (kind == 2 && at < s->n) {
        *p = random_code();
    } else if (kind == 3 && at + 1 < s->n) {
        uint32_t swap = p[0];
        p[0] = p[1];
        p[1] = swap;
    }
}

/* Two texts that have a few characters in common, far apart. */
static void make_sparse(struct string *a, struct string *b, uint32_t most)
{
    a->n = b->n = most - harness_below(most / 4);
    for (uint32_t i = 0; i < a->n; i++)
        a->code[i] = 0;
    for (uint32_t i = 0; i < b->n; i++)
        b->code[i] = n_points - 1;
    for (uint32_t k = 0; k < 4; k++) {
        uint32_t at = harness_below(a->n);
        a->code[at] = b->code[at] = random_code();
    }
    finish(a);
    finish(b);
}

/* Half of them are alike. */
static void random_pair(struct string *a, struct string *b, uint32_t most)
{
    random_string(a, most);
    random_string(b, most);
    uint32_t kind = harness_below(8);
    if (kind == 0) {
        make_sparse(a, b, most);
    } else if (kind < 5) {
        *b = *a;
        for (uint32_t k = harness_below(7); k; k--)
            change(b);
        finish(b);
    }
}

/* A text of the given width in memory of exactly the size that is promised: 64 bytes after. */
struct held {
    struct text text;
    char *codes, *utf8;
};

static struct held hold(const struct string *s, uint32_t width, uint32_t id)
{
    struct held h = {.codes = malloc((size_t)s->n * width + 64), .utf8 = malloc(4ull * s->n + 64)};
    size_t bytes = 0;
    memset(h.codes + (size_t)s->n * width, 0x55, 64);
    for (uint32_t i = 0; i < s->n; i++) {
        if (width == 1)
            ((uint8_t *)h.codes)[i] = (uint8_t)s->code[i];
        else if (width == 2)
            ((uint16_t *)(void *)h.codes)[i] = (uint16_t)s->code[i];
        else
            ((uint32_t *)(void *)h.codes)[i] = s->code[i];
        bytes += (size_t)utf8proc_encode_char((utf8proc_int32_t)s->point[i],
                                              (utf8proc_uint8_t *)h.utf8 + bytes);
    }
    h.text = (struct text){h.codes, s->n, width, h.utf8, (uint32_t)bytes, id};
    return h;
}

static void let_go(struct held *h)
{
    free(h->codes);
    free(h->utf8);
}

/* ---- States ----------------------------------------------------------------------------------*/

static struct metric_state *open_state(const struct metric_use *use)
{
    struct metric_state *s;
    struct err e;
    struct alphabet alphabet = {n_points, points};
    if (!metric_open(&s, use, &alphabet, MAX_LENGTH, &e))
        fail_msg("%s", e.text);
    return s;
}

static void check_score(const char *name, const struct string *a, const struct string *b,
                        double got, double want)
{
    if (!harness_metric_same(got, want))
        fail_msg("%s of %u and %u of %u characters: %a, not %a", name, a->n, b->n, n_points, got,
                 want);
}

/* ---- Every row against its twin --------------------------------------------------------------*/

static const char *const text_uses[] = {"equal",
                                        "levenshtein",
                                        "levenshtein_distance",
                                        "levenshtein_similarity",
                                        "levenshtein_normalized_distance",
                                        "osa",
                                        "osa_distance",
                                        "damerau_levenshtein",
                                        "damerau_levenshtein_similarity",
                                        "indel",
                                        "indel_distance",
                                        "indel_normalized_distance",
                                        "ratio",
                                        "lcsseq",
                                        "lcsseq_similarity",
                                        "hamming",
                                        "hamming_distance",
                                        "prefix",
                                        "prefix_similarity",
                                        "postfix",
                                        "postfix_distance",
                                        "partial_ratio",
                                        "token_sort_ratio",
                                        "token_set_ratio",
                                        "jaro",
                                        "jaro_winkler",
                                        "jaccard:0",
                                        "jaccard:1",
                                        "jaccard:2",
                                        "jaccard",
                                        "dice:0",
                                        "dice",
                                        "cosine:2",
                                        "cosine",
                                        "overlap:1",
                                        "overlap",
                                        "soundex"};
#define N_TEXT_USES (sizeof text_uses / sizeof *text_uses)

/* Has it a twin that takes the fourth power of the length? */
static bool is_slow(const struct metric_use *use)
{
    return strcmp(use->metric->name, "partial_ratio") == 0;
}

/* Several B for one A, as words with numbers and as texts without; the twin takes time. */
static void against_twin(const char *name, uint32_t n_codes, uint32_t rounds)
{
    struct metric_use use = harness_metric_use(name);
    uint32_t most = is_slow(&use) ? 70 : MAX_LENGTH - 20, id = 0;
    make_points(n_codes);
    struct metric_state *state = open_state(&use);
    for (uint32_t r = 0; r < rounds; r++) {
        struct string a, b;
        uint32_t width = n_codes <= 256 ? 1u << harness_below(3) : 2u << harness_below(2);
        bool numbered = harness_below(4) > 0;
        random_pair(&a, &b, most);
        struct held x = hold(&a, width, numbered ? ++id : 0);
        for (int k = 0; k < 3; k++) {
            double want, got;
            struct held y = hold(&b, width, numbered ? ++id : 0);
            assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
            if (strcmp(name, "equal") == 0 && numbered && want == 1) /* equal words, equal ids */
                y.text.id = x.text.id;
            got = metric_score(state, x.text, y.text);
            check_score(name, &a, &b, got, want);
            let_go(&y);
            random_string(&b, most);
        }
        let_go(&x);
    }
    metric_close(state);
}

static void test_twins(void **test)
{
    static const uint32_t alphabets[] = {1, 2, 4, 26, 300, MAX_POINTS};
    (void)test;
    harness_seed(1);
    for (size_t i = 0; i < N_TEXT_USES; i++)
        for (size_t k = 0; k < sizeof alphabets / sizeof *alphabets; k++)
            against_twin(text_uses[i], alphabets[k], alphabets[k] > 1000 ? 40 : 90);
}

/* All lengths around those where kernels change their ways: windows that leave a word at 43, words
 * that are full at 64. */
static void test_lengths(void **test)
{
    static const char *const names[] = {"levenshtein", "osa", "lcsseq", "jaro_winkler"};
    (void)test;
    harness_seed(6);
    make_points(4);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct metric_use use = harness_metric_use(names[i]);
        struct metric_state *state = open_state(&use);
        for (uint32_t r = 0; r < 28 * 28; r++) {
            struct string a = {.n = 39 + r / 28}, b = {.n = 39 + r % 28};
            double want;
            for (uint32_t k = 0; k < MAX_LENGTH; k++) {
                a.code[k] = harness_below(4);
                b.code[k] = harness_below(4);
            }
            finish(&a);
            finish(&b);
            struct held x = hold(&a, 1, 0), y = hold(&b, 1, 0);
            assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
            check_score(names[i], &a, &b, metric_score(state, x.text, y.text), want);
            let_go(&x);
            let_go(&y);
        }
        metric_close(state);
    }
}

/* ---- Scores that need be right only where they are good enough ------------------------------*/

static bool is_enough(enum metric_view view, double score, double need)
{
    return metric_falls(view) ? score <= need : score >= need;
}

/* Needs at the score, one step beside it, and anywhere. */
static void check_reaching(struct metric_state *state, const struct metric_use *use,
                           const struct text *a, const struct text *b)
{
    const double score = metric_score_texts(state, a, b), far = metric_falls(use->view) ? 300 : -1;
    const double needs[] = {score, nextafter(score, far), nextafter(score, -far),
                            harness_below(100) / 100.0};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (!(needs[i] > 0) || (use->view == METRIC_NORMALIZED_SIMILARITY && needs[i] > 1))
            continue;
        const double got = metric_score_reaching(state, a, b, needs[i]);
        const bool enough = is_enough(use->view, score, needs[i]);
        if (enough ? !harness_metric_same(got, score) : is_enough(use->view, got, needs[i]))
            fail_msg("%s of %u and %u characters: %a where %a is needed, not %a", use->metric->name,
                     a->n, b->n, got, needs[i], score);
    }
}

static void test_reaching(void **test)
{
    static const char *const names[] = {"levenshtein",
                                        "levenshtein_distance",
                                        "osa",
                                        "osa_normalized_distance",
                                        "damerau_levenshtein",
                                        "damerau_levenshtein_distance",
                                        "indel",
                                        "indel_distance",
                                        "lcsseq",
                                        "lcsseq_distance",
                                        "hamming",
                                        "jaro_winkler"};
    static const uint32_t alphabets[] = {2, 4, 26};
    (void)test;
    harness_seed(8);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof alphabets / sizeof *alphabets; k++) {
            struct metric_use use = harness_metric_use(names[i]);
            make_points(alphabets[k]);
            struct metric_state *state = open_state(&use);
            for (uint32_t r = 0; r < 300; r++) {
                struct string a, b;
                random_pair(&a, &b, MAX_LENGTH - 20);
                struct held x = hold(&a, 1, 0), y = hold(&b, 1, 0);
                check_reaching(state, &use, &x.text, &y.text);
                let_go(&x);
                let_go(&y);
            }
            metric_close(state);
        }
}

/* No row is forgotten: each has a twin that the tests here call, or facts. */
static void test_every_row(void **test)
{
    static const char *const values[] = {"number", "number_ratio", "days", "km"};
    const struct metric *m;
    (void)test;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        size_t n = strlen(m->name);
        bool known = strcmp(m->name, "double_metaphone") == 0 ||
                     m->flags & METRIC_OF_COLUMNS; /* test_idf.c */
        for (size_t k = 0; k < N_TEXT_USES; k++)
            known = known || (strncmp(text_uses[k], m->name, n) == 0 &&
                              strchr(":", text_uses[k][n]) != NULL);
        for (size_t k = 0; k < 4; k++)
            known = known || strcmp(values[k], m->name) == 0;
        if (!known)
            fail_msg("%s is not tested", m->name);
    }
}

/* ---- Properties ------------------------------------------------------------------------------*/

static void test_symmetry_and_range(void **test)
{
    (void)test;
    harness_seed(2);
    make_points(26);
    for (size_t i = 0; i < N_TEXT_USES; i++) {
        struct metric_use use = harness_metric_use(text_uses[i]);
        struct metric_state *state = open_state(&use);
        for (int r = 0; r < 300; r++) {
            struct string a, b;
            random_pair(&a, &b, MAX_LENGTH - 20);
            struct held x = hold(&a, 1, 0), y = hold(&b, 1, 0);
            double there = metric_score(state, x.text, y.text);
            double back = metric_score(state, y.text, x.text);
            /* Jaro adds c/|A| and c/|B| in that order, so it may differ in the last bit. */
            bool jaro = strncmp(text_uses[i], "jaro", 4) == 0;
            if (!jaro || fabs(there - back) > 1e-15)
                check_score(text_uses[i], &a, &b, there, back);
            if (use.view == METRIC_NORMALIZED_SIMILARITY || use.view == METRIC_NORMALIZED_DISTANCE)
                assert_true(there >= 0 && there <= 1);
            let_go(&x);
            let_go(&y);
        }
        metric_close(state);
    }
}

/* Characters in common, each as often as both texts have it. */
static uint32_t in_common(const struct string *a, const struct string *b)
{
    bool taken[MAX_LENGTH + 1] = {false};
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            if (!taken[k] && a->point[i] == b->point[k]) {
                taken[k] = true;
                n++;
                break;
            }
    return n;
}

static uint32_t prefix_of(const struct string *a, const struct string *b)
{
    uint32_t n = 0;
    while (n < METRIC_PREFIX_MOST && n < a->n && n < b->n && a->point[n] == b->point[n])
        n++;
    return n;
}

/* What the row of a metric promises, on one pair. */
static void check_promises(const struct metric *m, const struct string *a, const struct string *b,
                           double score)
{
    uint32_t common = in_common(a, b), prefix = prefix_of(a, b);
    uint32_t shorter = a->n < b->n ? a->n : b->n, longer = a->n < b->n ? b->n : a->n;
    bool same = a->n == b->n && common == a->n && memcmp(a->point, b->point, 4ull * a->n) == 0;
    if (m->flags & METRIC_BINARY)
        assert_true(score == 0 || score == 1);
    if (m->flags & METRIC_EQUALITY)
        assert_true(score == same);
    if (m->unequal)
        assert_true(same ? score == 1 : score <= m->unequal(longer));
    if (!m->bound)
        return;
    uint32_t counts = m->flags & METRIC_PREFIX ? prefix : 0;
    assert_true(score <= m->bound(a->n, b->n, common, counts));
    assert_true(score <= m->bound(a->n, b->n, shorter, shorter < 4 ? shorter : 4));
    for (uint32_t c = common; c < shorter;
         c++) /* but for rounding errors, as in a metric's slack */
        assert_true(m->bound(a->n, b->n, c + 1, counts) > m->bound(a->n, b->n, c, counts) - 1e-12);
    for (uint32_t l = longer; l < longer + 5; l++)
        assert_true(m->bound(shorter, l + 1, shorter, counts) <
                    m->bound(shorter, l, shorter, counts) + 1e-12);
}

static void test_promises(void **test)
{
    (void)test;
    harness_seed(5);
    for (size_t i = 0; metric_at(i); i++) {
        struct metric_use use = {.metric = metric_at(i)};
        if (use.metric->flags & METRIC_OF_COLUMNS)
            continue; /* it promises nothing */
        make_points(26);
        struct metric_state *state = open_state(&use);
        for (int r = 0; r < 300; r++) {
            struct string a, b;
            random_pair(&a, &b, r < 200 ? 9 : MAX_LENGTH - 20);
            struct held x = hold(&a, 1, 0), y = hold(&b, 1, 0);
            check_promises(use.metric, &a, &b, metric_score(state, x.text, y.text));
            let_go(&x);
            let_go(&y);
        }
        metric_close(state);
    }
}

#define CROWD 24

/* A state that has seen others before gives what a new one gives: forwards, backwards, at random,
 * and with texts without a number in between. */
static void crowd_of(const char *name, uint32_t n_codes)
{
    static struct string text[CROWD];
    struct held held[CROWD], plain[CROWD];
    struct metric_use use = harness_metric_use(name);
    make_points(n_codes);
    struct metric_state *old = open_state(&use);
    for (uint32_t i = 0; i < CROWD; i++) {
        random_string(&text[i], MAX_LENGTH - 20);
        held[i] = hold(&text[i], n_codes <= 256 ? 1 : 2, i + 1);
        plain[i] = hold(&text[i], n_codes <= 256 ? 1 : 2, 0);
    }
    for (uint32_t r = 0; r < 4 * CROWD; r++) {
        uint32_t i = r < CROWD ? r : r < 2 * CROWD ? 2 * CROWD - 1 - r : harness_below(CROWD);
        uint32_t k = harness_below(CROWD);
        struct metric_state *fresh = open_state(&use);
        double want = metric_score(fresh, held[i].text, held[k].text);
        check_score(name, &text[i], &text[k], metric_score(old, held[i].text, held[k].text), want);
        check_score(name, &text[i], &text[k], metric_score(old, held[i].text, held[k].text), want);
        if (harness_below(3) == 0 && strcmp(name, "equal") != 0)
            check_score(name, &text[i], &text[k], metric_score(old, plain[i].text, plain[k].text),
                        want);
        metric_close(fresh);
    }
    metric_close(old);
    for (uint32_t i = 0; i < CROWD; i++) {
        let_go(&held[i]);
        let_go(&plain[i]);
    }
}

static void test_prepared(void **test)
{
    (void)test;
    harness_seed(3);
    for (size_t i = 0; i < N_TEXT_USES; i++) {
        crowd_of(text_uses[i], 26);
        crowd_of(text_uses[i], 300);
    }
}

/* Texts as long as the state was opened for, so that the sanitizer sees a byte too few; and the
 * same texts without a dictionary. */
static void test_longest(void **test)
{
    (void)test;
    harness_seed(4);
    for (size_t i = 0; i < N_TEXT_USES; i++) {
        struct metric_use use = harness_metric_use(text_uses[i]);
        make_points(300);
        struct alphabet alphabet = {n_points, points};
        for (int r = 0; r < 40; r++) {
            struct string a, b;
            struct metric_state *s;
            struct err e;
            double want, got;
            random_pair(&a, &b, is_slow(&use) ? 70 : 200);
            struct held x = hold(&a, 2, 0), y = hold(&b, 2, 0);
            uint32_t longest = x.text.n > y.text.n ? x.text.n : y.text.n;
            assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
            assert_true(metric_open(&s, &use, &alphabet, longest, &e));
            check_score(text_uses[i], &a, &b, metric_score(s, x.text, y.text), want);
            metric_close(s);
            struct bytes in_a = {x.utf8, x.text.utf8_bytes}, in_b = {y.utf8, y.text.utf8_bytes};
            assert_true(metric_score_utf8(&use, in_a, in_b, &got, &e));
            check_score(text_uses[i], &a, &b, got, want);
            let_go(&x);
            let_go(&y);
        }
    }
}

/* White space between tokens is what Python's str.split takes for it, as RapidFuzz does. */
static void test_spaces(void **test)
{
    static const struct {
        uint32_t first, last;
    } spaces[] = {{0x09, 0x0d},     {0x1c, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
                  {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                  {0x205f, 0x205f}, {0x3000, 0x3000}};
    enum { N_POINTS = 0x110000 };
    uint32_t *all = malloc(N_POINTS * sizeof *all);
    (void)test;
    assert_non_null(all);
    for (uint32_t c = 0; c < N_POINTS; c++)
        all[c] = c;
    uint8_t *is_space = metric_spaces(&(struct alphabet){N_POINTS, all});
    assert_non_null(is_space);
    for (uint32_t c = 0; c < N_POINTS; c++) {
        bool is = false;
        for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
            is = is || (c >= spaces[i].first && c <= spaces[i].last);
        if (is != is_space[c])
            fail_msg("U+%04X", (unsigned)c);
    }
    free(is_space);
    free(all);
}

/* ---- Grams -----------------------------------------------------------------------------------*/

#define BLANK UINT32_MAX /* of grams: no code point */

/* Character i of a text with q - 1 blanks before it and one after. */
static uint32_t padded(const uint32_t *p, size_t n, size_t q, size_t i)
{
    return i < q - 1 || i - (q - 1) >= n ? BLANK : p[i - (q - 1)];
}

static size_t count_grams(size_t n, size_t q)
{
    return q == 1 ? n : n + 1;
}

static bool same_gram(const uint32_t *a, size_t na, size_t i, const uint32_t *b, size_t nb,
                      size_t k, size_t q)
{
    for (size_t c = 0; c < q; c++)
        if (padded(a, na, q, i + c) != padded(b, nb, q, k + c))
            return false;
    return true;
}

static bool gram_before(const uint32_t *a, size_t na, size_t q, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_gram(a, na, i, a, na, k, q))
            return true;
    return false;
}

static size_t distinct_grams(const uint32_t *a, size_t na, size_t q)
{
    size_t n = 0;
    for (size_t i = 0; i < count_grams(na, q); i++)
        n += !gram_before(a, na, q, i);
    return n;
}

static size_t common_grams(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t q)
{
    size_t n = 0;
    for (size_t i = 0; i < count_grams(na, q); i++) {
        bool found = false;
        for (size_t k = 0; k < count_grams(nb, q) && !found; k++)
            found = same_gram(a, na, i, b, nb, k, q);
        n += found && !gram_before(a, na, q, i);
    }
    return n;
}

static size_t count_common(const uint64_t *x, size_t nx, const uint64_t *y, size_t ny)
{
    size_t common = 0;
    for (size_t i = 0; i < nx; i++)
        for (size_t k = 0; k < ny; k++)
            common += x[i] == y[k];
    return common;
}

static void test_grams(void **test)
{
    static uint64_t x[MAX_LENGTH + 2], y[MAX_LENGTH + 2];
    (void)test;
    harness_seed(5);
    make_points(300);
    for (int r = 0; r < 600; r++) {
        struct string a, b;
        unsigned q = 1 + (unsigned)r % 3;
        random_pair(&a, &b, MAX_LENGTH - 20);
        struct held s = hold(&a, 2, 0), t = hold(&b, 4, 0);
        size_t nx = metric_grams(s.text, q, x), ny = metric_grams(t.text, q, y);
        for (size_t i = 1; i < nx; i++)
            assert_true(x[i - 1] < x[i]);
        assert_int_equal(nx, distinct_grams(a.point, a.n, q));
        assert_int_equal(ny, distinct_grams(b.point, b.n, q));
        assert_int_equal(count_common(x, nx, y, ny), common_grams(a.point, a.n, b.point, b.n, q));
        let_go(&s);
        let_go(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_reaching),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_symmetry_and_range),
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_prepared),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_grams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
