/* matcher/metric: every row against its slow twin and against facts that others gave. */
#include "matcher/metric/metric.h"
#include "matcher/metric/metric_phonetic.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "tests/matcher/metric_expected.inc"

/* ---- Random texts
 * ------------------------------------------------------------------------------*/

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((seed >> 32) * n >> 32);
}

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
    uint32_t n = edges[random_below(sizeof edges / sizeof *edges)];
    if (random_below(3))
        n = random_below(random_below(2) ? 24 : 131);
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
    uint32_t code = random_below(n_points);
    return random_below(6) ? code : random_below(n_points < 9 ? n_points : 9);
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
    uint32_t at = random_below(s->n + 1), kind = random_below(4);
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
    a->n = b->n = most - random_below(most / 4);
    for (uint32_t i = 0; i < a->n; i++)
        a->code[i] = 0;
    for (uint32_t i = 0; i < b->n; i++)
        b->code[i] = n_points - 1;
    for (uint32_t k = 0; k < 4; k++) {
        uint32_t at = random_below(a->n);
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
    uint32_t kind = random_below(8);
    if (kind == 0) {
        make_sparse(a, b, most);
    } else if (kind < 5) {
        *b = *a;
        for (uint32_t k = random_below(7); k; k--)
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

/* ---- States
 * ------------------------------------------------------------------------------------*/

static struct metric_use use_of(const char *name)
{
    struct metric_use use;
    struct err e;
    if (!metric_find(name, strlen(name), &use, &e) || !metric_check(&use, &e))
        fail_msg("%s: %s", name, e.text);
    return use;
}

static struct metric_state *open_state(const struct metric_use *use)
{
    struct metric_state *s;
    struct err e;
    struct alphabet alphabet = {n_points, points};
    if (!metric_open(&s, use, &alphabet, MAX_LENGTH, &e))
        fail_msg("%s", e.text);
    return s;
}

static bool same_double(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void check_score(const char *name, const struct string *a, const struct string *b,
                        double got, double want)
{
    if (!same_double(got, want))
        fail_msg("%s of %u and %u of %u characters: %a, not %a (seed %llu)", name, a->n, b->n,
                 n_points, got, want, (unsigned long long)seed);
}

/* ---- Every row against its twin
 * ----------------------------------------------------------------*/

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
    struct metric_use use = use_of(name);
    uint32_t most = is_slow(&use) ? 70 : MAX_LENGTH - 20, id = 0;
    make_points(n_codes);
    struct metric_state *state = open_state(&use);
    for (uint32_t r = 0; r < rounds; r++) {
        struct string a, b;
        uint32_t width = n_codes <= 256 ? 1u << random_below(3) : 2u << random_below(2);
        bool numbered = random_below(4) > 0;
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
    seed = 1;
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
    seed = 6;
    make_points(4);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct metric_use use = use_of(names[i]);
        struct metric_state *state = open_state(&use);
        for (uint32_t r = 0; r < 28 * 28; r++) {
            struct string a = {.n = 39 + r / 28}, b = {.n = 39 + r % 28};
            double want;
            for (uint32_t k = 0; k < MAX_LENGTH; k++) {
                a.code[k] = random_below(4);
                b.code[k] = random_below(4);
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

/* No row is forgotten: each has a twin that the tests here call, or facts. */
static void test_every_row(void **test)
{
    static const char *const values[] = {"number", "number_ratio", "days", "km"};
    const struct metric *m;
    (void)test;
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        size_t n = strlen(m->name);
        bool known = strcmp(m->name, "double_metaphone") == 0;
        for (size_t k = 0; k < N_TEXT_USES; k++)
            known = known || (strncmp(text_uses[k], m->name, n) == 0 &&
                              strchr(":", text_uses[k][n]) != NULL);
        for (size_t k = 0; k < 4; k++)
            known = known || strcmp(values[k], m->name) == 0;
        if (!known)
            fail_msg("%s is not tested", m->name);
    }
}

/* ---- Properties
 * --------------------------------------------------------------------------------*/

static void test_symmetry_and_range(void **test)
{
    (void)test;
    seed = 2;
    make_points(26);
    for (size_t i = 0; i < N_TEXT_USES; i++) {
        struct metric_use use = use_of(text_uses[i]);
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
    seed = 5;
    for (size_t i = 0; metric_at(i); i++) {
        struct metric_use use = {.metric = metric_at(i)};
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
    struct metric_use use = use_of(name);
    make_points(n_codes);
    struct metric_state *old = open_state(&use);
    for (uint32_t i = 0; i < CROWD; i++) {
        random_string(&text[i], MAX_LENGTH - 20);
        held[i] = hold(&text[i], n_codes <= 256 ? 1 : 2, i + 1);
        plain[i] = hold(&text[i], n_codes <= 256 ? 1 : 2, 0);
    }
    for (uint32_t r = 0; r < 4 * CROWD; r++) {
        uint32_t i = r < CROWD ? r : r < 2 * CROWD ? 2 * CROWD - 1 - r : random_below(CROWD);
        uint32_t k = random_below(CROWD);
        struct metric_state *fresh = open_state(&use);
        double want = metric_score(fresh, held[i].text, held[k].text);
        check_score(name, &text[i], &text[k], metric_score(old, held[i].text, held[k].text), want);
        check_score(name, &text[i], &text[k], metric_score(old, held[i].text, held[k].text), want);
        if (random_below(3) == 0 && strcmp(name, "equal") != 0)
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
    seed = 3;
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
    seed = 4;
    for (size_t i = 0; i < N_TEXT_USES; i++) {
        struct metric_use use = use_of(text_uses[i]);
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

/* ---- Whole-number evidence
 * ---------------------------------------------------------------------*/

static double of_sets(const char *name, uint64_t na, uint64_t nb, uint64_t common)
{
    return use_of(name).metric->sets->similarity(na, nb, common);
}

static void test_evidence(void **test)
{
    (void)test;
    assert_true(metric_edit_similarity(0, 0) == 1.0);
    assert_true(metric_edit_similarity(3, 7) == 1.0 - 3.0 / 7.0);
    assert_true(metric_jaro_similarity(0, 0, 0, 0, 0, false) == 1.0);
    assert_true(metric_jaro_similarity(0, 3, 0, 0, 0, true) == 0.0);
    assert_true(metric_jaro_similarity(6, 6, 6, 1, 3, false) == (1.0 + 1.0 + 5.0 / 6.0) / 3.0);
    double jaro = metric_jaro_similarity(6, 6, 6, 1, 3, false);
    assert_true(metric_jaro_similarity(6, 6, 6, 1, 3, true) == jaro + 3 * 0.1 * (1.0 - jaro));
    assert_true(metric_jaro_similarity(10, 10, 5, 0, 4, true) ==
                metric_jaro_similarity(10, 10, 5, 0, 4, false)); /* 0.67 is not above 0.7 */
    assert_true(of_sets("jaccard", 0, 0, 0) == 1.0);
    assert_true(of_sets("cosine", 0, 5, 0) == 0.0);
    assert_true(of_sets("jaccard", 5, 4, 3) == 3.0 / 6.0);
    assert_true(of_sets("dice", 5, 4, 3) == 6.0 / 9.0);
    assert_true(of_sets("cosine", 5, 4, 3) == 3.0 / sqrt(20.0));
    assert_true(of_sets("overlap", 5, 4, 3) == 3.0 / 4.0);
}

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
    seed = 5;
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

/* ---- Facts
 * -------------------------------------------------------------------------------------*/

static double score_of(const char *name, const char *a, const char *b)
{
    struct metric_use use = use_of(name);
    struct bytes x = {a, (uint32_t)strlen(a)}, y = {b, (uint32_t)strlen(b)};
    struct err e;
    double score;
    assert_true(metric_score_utf8(&use, x, y, &score, &e));
    return score;
}

/* RapidFuzz prints ratios times 100. That product is exact to the bit, save for token_set_ratio,
 * where it takes the quotient from 100 in the first place and rounds once less. */
static void compare_expected(const struct expected_doubles *d, size_t i)
{
    double got = score_of(expected_names[i], d->a, d->b), want = d->value[i];
    bool by_hundred = strstr(expected_names[i], "ratio") != NULL;
    bool rounded = strcmp(expected_names[i], "token_set_ratio") == 0;
    if (rounded ? fabs(got * 100 - want) > 2e-14 * 100 : (by_hundred ? got * 100 : got) != want)
        fail_msg("%s of \"%s\" and \"%s\": %a, not %a", expected_names[i], d->a, d->b, got, want);
}

static void test_rapidfuzz(void **test)
{
    (void)test;
    for (size_t r = 0; r < sizeof doubles / sizeof *doubles; r++)
        for (size_t i = 0; i < N_EXPECTED; i++)
            compare_expected(&doubles[r], i);
}

static void test_literature(void **test)
{
    (void)test;
    assert_float_equal(score_of("jaro", "MARTHA", "MARHTA"), 0.944444, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "MARTHA", "MARHTA"), 0.961111, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "DIXON", "DICKSONX"), 0.813333, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "DWAYNE", "DUANE"), 0.84, 1e-6);
    assert_true(score_of("levenshtein_distance", "kitten", "sitting") == 3);
    assert_true(score_of("levenshtein_distance", "中", "a") == 1);
    assert_true(score_of("osa_distance", "CA", "ABC") == 3);
    assert_true(score_of("damerau_levenshtein_distance", "CA", "ABC") == 2);
    assert_true(score_of("hamming_distance", "karolin", "kathrin") == 3);
    assert_true(score_of("hamming_distance", "abc", "abcde") == 2);
    assert_true(score_of("indel_distance", "lewenstein", "levenshtein") == 3);
    assert_true(score_of("jaccard:2", "night", "nacht") == 3.0 / 9.0);
    assert_true(score_of("token_set_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear") == 1);
    assert_true(score_of("token_sort_ratio", "fuzzy wuzzy", "wuzzy  fuzzy") == 1);
    assert_true(score_of("partial_ratio", "YANKEES", "NEW YORK YANKEES") == 1);
}

/* The codes that the page of the US National Archives on Soundex gives, and Knuth's. */
static void test_soundex(void **test)
{
    static const char *const codes[][2] = {
        {"WASHINGTON", "W252"}, {"LEE", "L000"},     {"GUTIERREZ", "G362"}, {"PFISTER", "P236"},
        {"JACKSON", "J250"},    {"TYMCZAK", "T522"}, {"VANDEUSEN", "V532"}, {"ASHCRAFT", "A261"},
        {"EULER", "E460"},      {"GAUSS", "G200"},   {"HILBERT", "H416"},   {"KNUTH", "K530"},
        {"LLOYD", "L300"},      {"ROBERT", "R163"},  {"RUBIN", "R150"},     {"HONEYMAN", "H555"}};
    struct phonetic_code code;
    (void)test;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        phonetic_soundex(codes[i][0], strlen(codes[i][0]), &code);
        assert_string_equal(code.code[0], codes[i][1]);
    }
    assert_true(score_of("soundex", "Robert", "rupert") == 1);
    assert_true(score_of("soundex", "Robert", "Rubin") == 0);
    assert_true(score_of("soundex", "Müller", "Miller") == 1);
    assert_true(score_of("soundex", "O'Hara", "OHara") == 1);
    assert_true(score_of("soundex", "李", "李") == 1);
    assert_true(score_of("soundex", "李", "王") == 0);
    assert_true(score_of("soundex", "", "") == 1);
    assert_true(score_of("soundex", "", "a") == 0);
}

static bool share_code(const struct expected_code *x, const struct expected_code *y)
{
    return (*x->primary &&
            (!strcmp(x->primary, y->primary) || !strcmp(x->primary, y->alternate))) ||
           (*x->alternate &&
            (!strcmp(x->alternate, y->primary) || !strcmp(x->alternate, y->alternate)));
}

static void test_double_metaphone(void **test)
{
    size_t n = sizeof sounds / sizeof *sounds;
    struct phonetic_code code;
    (void)test;
    for (size_t i = 0; i < n; i++) {
        phonetic_double_metaphone(sounds[i].name, strlen(sounds[i].name), &code);
        assert_string_equal(code.code[0], sounds[i].primary);
        assert_string_equal(code.code[1], sounds[i].alternate);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double got = score_of("double_metaphone", sounds[i].name, sounds[k].name);
            if (got != share_code(&sounds[i], &sounds[k]))
                fail_msg("%s and %s: %g", sounds[i].name, sounds[k].name, got);
        }
    assert_true(score_of("double_metaphone", "Schmidt", "smith") == 1);
    assert_true(score_of("double_metaphone", "Иван", "Иван") == 1);
    assert_true(score_of("double_metaphone", "Иван", "Петр") == 0);
}

/* ---- Values
 * ------------------------------------------------------------------------------------*/

static const char *const value_uses[] = {"number",
                                         "number:7.5",
                                         "number_distance",
                                         "number_similarity",
                                         "number_normalized_distance",
                                         "number_ratio",
                                         "days",
                                         "days:400",
                                         "days_distance",
                                         "days_normalized_distance",
                                         "km",
                                         "km:3000",
                                         "km_distance",
                                         "km_normalized_distance"};

static const char *const values[] = {
    "",           "0",           "-0",         "1",          "1.5",        "-1.5",
    " 2 ",        "1e3",         "1e999",      "x",          "1 2",        "+7",
    "0x10",       "nan",         "2024-02-29", "2023-02-29", "2024/03/01", "20240301",
    "1969-12-31", "2024-13-01",  "2024-1-1",   "0000-01-01", "48.1,11.6",  "48.1372, 11.5756",
    "91,0",       "-33.9,151.2", "0,0",        "0,180",      "52.52,13.4", "1000000007"};

static struct string string_of(const char *text)
{
    struct string s = {.n = 0};
    while (*text)
        s.point[s.n++] = (uint32_t)(unsigned char)*text++;
    return s;
}

static void test_values(void **test)
{
    size_t n = sizeof values / sizeof *values;
    (void)test;
    for (size_t u = 0; u < sizeof value_uses / sizeof *value_uses; u++)
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++) {
                struct string a = string_of(values[i]), b = string_of(values[k]);
                struct metric_use use = use_of(value_uses[u]);
                double want, got = score_of(value_uses[u], values[i], values[k]);
                assert_true(twin_metric(&use, a.point, a.n, b.point, b.n, &want));
                if (!same_double(got, want))
                    fail_msg("%s of \"%s\" and \"%s\": %a, not %a", value_uses[u], values[i],
                             values[k], got, want);
            }
}

static struct text text_of(const char *utf8, uint32_t id)
{
    return (struct text){
        .codes = utf8, .width = 1, .utf8 = utf8, .utf8_bytes = (uint32_t)strlen(utf8), .id = id};
}

/* What is kept of A is that of the present A: the same with numbered texts and one state. */
static void test_prepared_values(void **test)
{
    size_t n = sizeof values / sizeof *values;
    struct metric_use use = use_of("double_metaphone");
    struct metric_state *state = open_state(&use);
    (void)test;
    for (uint32_t i = 0; i < 60; i++)
        for (uint32_t k = 0; k < 60; k++)
            assert_true(metric_score(state, text_of(sounds[i].name, i + 1),
                                     text_of(sounds[k].name, k + 1)) ==
                        share_code(&sounds[i], &sounds[k]));
    metric_close(state);
    for (size_t u = 0; u < sizeof value_uses / sizeof *value_uses; u++) {
        use = use_of(value_uses[u]);
        state = open_state(&use);
        for (uint32_t r = 0; r < n * n; r++) {
            uint32_t i = r / (uint32_t)n, k = r % (uint32_t)n;
            double want = score_of(value_uses[u], values[i], values[k]);
            double got = metric_score(state, text_of(values[i], i + 1), text_of(values[k], k + 1));
            assert_true(same_double(got, want));
        }
        metric_close(state);
    }
}

static void test_known_values(void **test)
{
    (void)test;
    assert_true(score_of("number:10", "3", "8") == 0.5);
    assert_true(score_of("number", "3", "8") == 0);
    assert_true(score_of("number_ratio", "-2", "-8") == 0.25);
    assert_true(score_of("number_ratio", "0", "0") == 1);
    assert_true(isnan(score_of("number", "3", "three")));
    assert_true(score_of("days_distance", "2024-02-28", "2024/03/01") == 2);
    assert_true(score_of("days", "2024-01-01", "20240116") == 0.5);
    assert_true(isnan(score_of("days", "2024-01-01", "2024-02-30")));
    assert_float_equal(score_of("km_distance", "52.5200,13.4050", "48.1372,11.5756"), 504.3, 0.5);
    assert_float_equal(score_of("km_distance", "0,0", "0,180"), 20015.1, 0.1);
    assert_true(score_of("km", "1,1", "1, 1") == 1);
    assert_true(isnan(score_of("km", "1", "1,1")));
}

/* ---- Finding
 * -----------------------------------------------------------------------------------*/

static void test_find(void **test)
{
    static const char *const wrong[] = {
        "",           "levenstein",  "equal_distance", "jaccard:",      "jaccard:x",
        "jaccard:3x", "jaccard:3x2", "jaccard:1:2:3",  "jaro_winkler_", "_distance"};
    struct metric_use use;
    struct err e;
    (void)test;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(metric_find(wrong[i], strlen(wrong[i]), &use, &e));
        assert_int_equal(e.status, ERR_USAGE);
    }
    assert_false(metric_find("levenstein", 10, &use, &e));
    assert_non_null(strstr(e.hint, "levenshtein"));
    assert_true(metric_find("osa_distance+1", 12, &use, &e));
    assert_int_equal(use.view, METRIC_DISTANCE);
    assert_true(metric_find("dice:27", 6, &use, &e));
    assert_true(use.n_args == 1 && use.args[0] == 2);
}

static void test_check(void **test)
{
    static const char *const wrong[] = {"jaccard:4", "jaccard:-1", "jaccard:1.5", "jaccard:nan",
                                        "dice:1:2",  "number:0",   "days:inf",    "levenshtein:1"};
    struct metric_use use;
    struct err e;
    (void)test;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(metric_find(wrong[i], strlen(wrong[i]), &use, &e));
        if (metric_check(&use, &e))
            fail_msg("%s passes", wrong[i]);
        assert_int_equal(e.status, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins),     cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_every_row), cmocka_unit_test(test_symmetry_and_range),
        cmocka_unit_test(test_prepared),  cmocka_unit_test(test_promises),
        cmocka_unit_test(test_longest),   cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_evidence),  cmocka_unit_test(test_grams),
        cmocka_unit_test(test_rapidfuzz), cmocka_unit_test(test_literature),
        cmocka_unit_test(test_soundex),   cmocka_unit_test(test_double_metaphone),
        cmocka_unit_test(test_values),    cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_find),      cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
