/* Definitions of the metrics, as their authors and RapidFuzz's documentation put them. */
#include "tests/twin/twin_metric.h"

#include "tests/twin/twin_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chars {
    const uint32_t *p;
    size_t n;
};

static bool is(const struct metric_use *use, const char *name)
{
    return strcmp(use->metric->name, name) == 0;
}

static size_t smaller(size_t x, size_t y)
{
    return x < y ? x : y;
}

static size_t larger(size_t x, size_t y)
{
    return x > y ? x : y;
}

/* ---- Edit distances: whole matrices ----------------------------------------------------------*/

enum moves { SUBSTITUTE = 1, SWAP_ONCE = 2, SWAP_FREE = 4 };

/* The last row before i and the last column before j in which a swap of a[i - 1] and b[j - 1] can
 * begin: k < i with a[k - 1] = b[j - 1], l < j with b[l - 1] = a[i - 1]; 0 if there is none. */
static size_t last_before(struct chars s, size_t end, uint32_t c)
{
    while (end && s.p[end - 1] != c)
        end--;
    return end;
}

static size_t edit_distance(struct chars a, struct chars b, unsigned moves)
{
    size_t width = b.n + 1;
    size_t *d = calloc((a.n + 1) * width, sizeof *d);
    for (size_t i = 0; i <= a.n; i++)
        for (size_t j = 0; j <= b.n; j++) {
            size_t *cell = &d[i * width + j];
            if (i == 0 || j == 0) {
                *cell = i + j;
                continue;
            }
            bool same = a.p[i - 1] == b.p[j - 1];
            *cell = smaller(d[(i - 1) * width + j], d[i * width + j - 1]) + 1;
            if (same || (moves & SUBSTITUTE))
                *cell = smaller(*cell, d[(i - 1) * width + j - 1] + !same);
            if (!(moves & (SWAP_ONCE | SWAP_FREE)))
                continue;
            size_t k = last_before(a, i - 1, b.p[j - 1]), l = last_before(b, j - 1, a.p[i - 1]);
            bool neighbours = k + 1 == i && l + 1 == j;
            if (k && l && ((moves & SWAP_FREE) || neighbours))
                *cell = smaller(*cell, d[(k - 1) * width + l - 1] + (i - k - 1) + 1 + (j - l - 1));
        }
    size_t distance = d[a.n * width + b.n];
    free(d);
    return distance;
}

static size_t hamming_distance(struct chars a, struct chars b)
{
    size_t differ = larger(a.n, b.n) - smaller(a.n, b.n);
    for (size_t i = 0; i < smaller(a.n, b.n); i++)
        differ += a.p[i] != b.p[i];
    return differ;
}

static size_t affix(struct chars a, struct chars b, bool from_end)
{
    size_t n = 0;
    while (n < smaller(a.n, b.n) &&
           (from_end ? a.p[a.n - 1 - n] == b.p[b.n - 1 - n] : a.p[n] == b.p[n]))
        n++;
    return n;
}

static double similarity(size_t distance, size_t maximum)
{
    double normalized = maximum ? (double)distance / (double)maximum : 0.0;
    return 1.0 - normalized;
}

static double in_view(enum metric_view view, size_t distance, size_t maximum)
{
    if (view == METRIC_DISTANCE)
        return (double)distance;
    if (view == METRIC_SIMILARITY)
        return (double)(maximum - distance);
    if (view == METRIC_NORMALIZED_DISTANCE)
        return maximum ? (double)distance / (double)maximum : 0.0;
    return similarity(distance, maximum);
}

/* ---- Jaro ------------------------------------------------------------------------------------*/

struct twin_jaro twin_jaro(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
    struct twin_jaro m = {0, 0};
    bool *taken = calloc(na + 1, 1);
    uint32_t *from_b = calloc(nb + 1, sizeof *from_b);
    size_t window = larger(na, nb) / 2;
    window -= window > 0;
    for (size_t j = 0; j < nb; j++)
        for (size_t i = j > window ? j - window : 0; i <= j + window && i < na; i++)
            if (!taken[i] && a[i] == b[j]) {
                taken[i] = true;
                from_b[m.common++] = b[j];
                break;
            }
    for (size_t i = 0, k = 0; i < na; i++)
        if (taken[i])
            m.crossed += a[i] != from_b[k++];
    free(taken);
    free(from_b);
    return m;
}

static double jaro(struct chars a, struct chars b)
{
    if (a.n == 0 && b.n == 0)
        return 1.0;
    struct twin_jaro m = twin_jaro(a.p, a.n, b.p, b.n);
    if (m.common == 0)
        return 0.0;
    size_t transpositions = m.crossed / 2;
    double c = (double)m.common, sum = c / (double)a.n;
    sum += c / (double)b.n;
    sum += (c - (double)transpositions) / c;
    return sum / 3.0;
}

static double jaro_winkler(struct chars a, struct chars b)
{
    double sim = jaro(a, b);
    if (sim > 0.7) {
        sim += (double)smaller(affix(a, b, false), 4) * 0.1 * (1.0 - sim);
        sim = sim > 1.0 ? 1.0 : sim;
    }
    return sim;
}

/* ---- Sets ------------------------------------------------------------------------------------*/

static bool is_blank(uint32_t c)
{
    return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool equal_chars(struct chars a, struct chars b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n * sizeof *a.p) == 0;
}

/* Tokens between blanks, in the order of the text. */
static size_t split_tokens(struct chars s, struct chars *tokens)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && !is_blank(s.p[i]))
            i++;
        if (i > from)
            tokens[n++] = (struct chars){s.p + from, i - from};
        else
            i++;
    }
    return n;
}

/* The elements of a text: tokens, or q-grams of the padded text in `buffer`. Distinct ones only. */
static size_t elements(struct chars s, unsigned q, uint32_t *buffer, struct chars *set)
{
    static const uint32_t blank = UINT32_MAX;
    size_t n = 0, kept = 0, padded = 0;
    if (q == 0) {
        n = split_tokens(s, set);
    } else {
        for (unsigned i = 0; i + 1 < q; i++)
            buffer[padded++] = blank;
        memcpy(buffer + padded, s.p, s.n * sizeof *s.p);
        padded += s.n;
        if (q >= 2)
            buffer[padded++] = blank;
        for (size_t i = 0; i + q <= padded; i++)
            set[n++] = (struct chars){buffer + i, q};
    }
    for (size_t i = 0; i < n; i++) {
        bool there = false;
        for (size_t k = 0; k < kept; k++)
            there = there || equal_chars(set[k], set[i]);
        if (!there)
            set[kept++] = set[i];
    }
    return kept;
}

static double set_metric(const struct metric_use *use, struct chars a, struct chars b)
{
    unsigned q = use->n_args ? (unsigned)use->args[0] : 3;
    uint32_t *buffer = calloc(a.n + b.n + 16, sizeof *buffer);
    struct chars *x = calloc(a.n + 8, sizeof *x), *y = calloc(b.n + 8, sizeof *y);
    size_t nx = elements(a, q, buffer, x), ny = elements(b, q, buffer + a.n + 8, y), common = 0;
    for (size_t i = 0; i < nx; i++)
        for (size_t k = 0; k < ny; k++)
            common += equal_chars(x[i], y[k]);
    free(buffer);
    free(x);
    free(y);
    double o = (double)common, p = (double)nx, r = (double)ny;
    if (nx == 0 && ny == 0)
        return 1.0;
    if (nx == 0 || ny == 0)
        return 0.0;
    if (is(use, "jaccard"))
        return o / (p + r - o);
    if (is(use, "dice"))
        return 2.0 * o / (p + r);
    if (is(use, "cosine"))
        return o / sqrt(p * r);
    return o / (p < r ? p : r);
}

/* ---- Ratios of parts and of tokens ------------------------------------------------------------*/

static double ratio(struct chars a, struct chars b)
{
    return similarity(edit_distance(a, b, 0), a.n + b.n);
}

/* The best ratio of the shorter text with any part of the longer that is as long, or that is cut
 * off at one of its ends. */
static double best_part(struct chars a, struct chars b)
{
    double best = 0;
    for (size_t from = 0; from < b.n; from++)
        for (size_t n = 1; n <= a.n && from + n <= b.n; n++) {
            bool whole = n == a.n, at_end = from == 0 || from + n == b.n;
            double x = whole || at_end ? ratio(a, (struct chars){b.p + from, n}) : 0;
            best = x > best ? x : best;
        }
    return best;
}

static double partial_ratio(struct chars a, struct chars b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == b.n ? 1.0 : 0.0;
    double x = a.n <= b.n ? best_part(a, b) : 0, y = b.n <= a.n ? best_part(b, a) : 0;
    return x > y ? x : y;
}

static int compare_tokens(const void *x, const void *y)
{
    const struct chars *a = x, *b = y;
    for (size_t i = 0; i < smaller(a->n, b->n); i++)
        if (a->p[i] != b->p[i])
            return a->p[i] < b->p[i] ? -1 : 1;
    return a->n < b->n ? -1 : a->n > b->n;
}

static struct chars join_tokens(const struct chars *tokens, size_t n, uint32_t *buffer)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i)
            buffer[at++] = ' ';
        memcpy(buffer + at, tokens[i].p, tokens[i].n * sizeof *buffer);
        at += tokens[i].n;
    }
    return (struct chars){buffer, at};
}

struct sentence {
    struct chars *tokens;
    size_t n;
    uint32_t *buffer;
};

static struct sentence sentence(struct chars s)
{
    struct sentence t = {calloc(s.n + 1, sizeof *t.tokens), 0,
                         calloc(2 * s.n + 2, sizeof *t.buffer)};
    t.n = split_tokens(s, t.tokens);
    qsort(t.tokens, t.n, sizeof *t.tokens, compare_tokens);
    return t;
}

static void sentence_free(struct sentence t)
{
    free(t.tokens);
    free(t.buffer);
}

static double token_sort_ratio(struct chars a, struct chars b)
{
    struct sentence x = sentence(a), y = sentence(b);
    double r = ratio(join_tokens(x.tokens, x.n, x.buffer), join_tokens(y.tokens, y.n, y.buffer));
    sentence_free(x);
    sentence_free(y);
    return r;
}

static void drop_repeated(struct sentence *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++)
        if (kept == 0 || !equal_chars(t->tokens[kept - 1], t->tokens[i]))
            t->tokens[kept++] = t->tokens[i];
    t->n = kept;
}

size_t twin_form(enum text_form form, const uint32_t *p, size_t n, uint32_t *out)
{
    if (form == TEXT_FORM_VALUE) {
        memcpy(out, p, n * sizeof *out);
        return n;
    }
    struct sentence t = sentence((struct chars){p, n});
    if (form == TEXT_FORM_WORD_SET)
        drop_repeated(&t);
    const size_t written = join_tokens(t.tokens, t.n, out).n;
    sentence_free(t);
    return written;
}

static bool has_token(const struct sentence *t, struct chars token)
{
    for (size_t i = 0; i < t->n; i++)
        if (equal_chars(t->tokens[i], token))
            return true;
    return false;
}

/* The tokens of x that are, or are not, in y. */
static size_t select_tokens(const struct sentence *x, const struct sentence *y, bool in,
                            struct chars *selected)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (has_token(y, x->tokens[i]) == in)
            selected[n++] = x->tokens[i];
    return n;
}

/* How RapidFuzz has it from 0 to 100. */
static double percent(size_t distance, size_t maximum)
{
    return 100 - 100 * (double)distance / (double)maximum;
}

static double token_set(struct chars a, struct chars b,
                        double (*similar)(size_t distance, size_t maximum))
{
    struct sentence x = sentence(a), y = sentence(b);
    drop_repeated(&x);
    drop_repeated(&y);
    struct chars *part = calloc(x.n + y.n + 1, sizeof *part);
    uint32_t *buffer = calloc(2 * (a.n + b.n) + 4, sizeof *buffer);
    size_t n_common = select_tokens(&x, &y, true, part);
    size_t common = join_tokens(part, n_common, buffer).n;
    size_t n_x = select_tokens(&x, &y, false, part);
    struct chars only_x = join_tokens(part, n_x, x.buffer);
    size_t n_y = select_tokens(&y, &x, false, part);
    struct chars only_y = join_tokens(part, n_y, y.buffer);
    size_t blank = n_common > 0, with_x = common + blank + only_x.n,
           with_y = common + blank + only_y.n;
    double best = similar(edit_distance(only_x, only_y, 0), with_x + with_y);
    if (n_common) {
        best = fmax(best, similar(blank + only_x.n, common + with_x));
        best = fmax(best, similar(blank + only_y.n, common + with_y));
    }
    if (x.n == 0 || y.n == 0)
        best = 0;
    else if (n_common && (n_x == 0 || n_y == 0))
        best = similar(0, 1);
    sentence_free(x);
    sentence_free(y);
    free(part);
    free(buffer);
    return best;
}

static double token_set_ratio(struct chars a, struct chars b)
{
    return token_set(a, b, similarity);
}

static double partial_sorted(struct chars a, struct chars b)
{
    struct sentence x = sentence(a), y = sentence(b);
    double r =
        partial_ratio(join_tokens(x.tokens, x.n, x.buffer), join_tokens(y.tokens, y.n, y.buffer));
    sentence_free(x);
    sentence_free(y);
    return r;
}

static double partial_set(struct chars a, struct chars b)
{
    struct sentence x = sentence(a), y = sentence(b);
    struct chars *part = calloc(x.n + 1, sizeof *part);
    drop_repeated(&x);
    drop_repeated(&y);
    double r = x.n && y.n;
    if (r > 0 && select_tokens(&x, &y, true, part) == 0)
        r = partial_ratio(join_tokens(x.tokens, x.n, x.buffer),
                          join_tokens(y.tokens, y.n, y.buffer));
    sentence_free(x);
    sentence_free(y);
    free(part);
    return r;
}

static double partial_token_sort_ratio(struct chars a, struct chars b)
{
    return partial_sorted(a, b) * 100 / 100;
}

static double partial_token_set_ratio(struct chars a, struct chars b)
{
    return partial_set(a, b) * 100 / 100;
}

/* From 0 to 100, and a hundredth of that. */
static double token_percent(struct chars a, struct chars b)
{
    return fmax(token_sort_ratio(a, b) * 100, token_set(a, b, percent));
}

static double token_ratio(struct chars a, struct chars b)
{
    return token_percent(a, b) / 100;
}

static double partial_token_ratio(struct chars a, struct chars b)
{
    return fmax(partial_token_sort_ratio(a, b), partial_token_set_ratio(a, b));
}

static double quick_ratio(struct chars a, struct chars b)
{
    return a.n && b.n ? ratio(a, b) * 100 / 100 : 0;
}

static double weighted_percent(struct chars a, struct chars b)
{
    double longer = (double)larger(a.n, b.n), shorter = (double)smaller(a.n, b.n);
    double whole = ratio(a, b) * 100;
    if (longer / shorter < 1.5)
        return fmax(whole, token_percent(a, b) * 0.95);
    double scale = longer / shorter > 8 ? 0.6 : 0.9;
    double words = fmax(partial_sorted(a, b) * 100, partial_set(a, b) * 100);
    return fmax(whole, fmax(partial_ratio(a, b) * 100 * scale, words * 0.95 * scale));
}

static double weighted_ratio(struct chars a, struct chars b)
{
    return a.n && b.n ? weighted_percent(a, b) / 100 : 0;
}

/* ---- By name ---------------------------------------------------------------------------------*/

/* A metric that has a distance and a maximum. */
static bool by_distance(const struct metric_use *use, struct chars a, struct chars b, double *score)
{
    size_t maximum = larger(a.n, b.n), both = a.n + b.n, distance;
    if (is(use, "levenshtein")) {
        distance = edit_distance(a, b, SUBSTITUTE);
    } else if (is(use, "osa")) {
        distance = edit_distance(a, b, SUBSTITUTE | SWAP_ONCE);
    } else if (is(use, "damerau_levenshtein")) {
        distance = edit_distance(a, b, SUBSTITUTE | SWAP_FREE);
    } else if (is(use, "indel") || is(use, "ratio")) {
        distance = edit_distance(a, b, 0);
        maximum = both;
    } else if (is(use, "lcsseq")) {
        distance = maximum - (both - edit_distance(a, b, 0)) / 2;
    } else if (is(use, "hamming")) {
        distance = hamming_distance(a, b);
    } else if (is(use, "prefix") || is(use, "postfix")) {
        distance = maximum - affix(a, b, is(use, "postfix"));
    } else {
        return false;
    }
    *score = in_view(use->view, distance, maximum);
    return true;
}

/* A ratio that is made of others. */
static bool by_ratios(const struct metric_use *use, struct chars a, struct chars b, double *score)
{
    static const struct {
        const char *name;
        double (*of)(struct chars a, struct chars b);
    } ratios[] = {
        {"partial_ratio", partial_ratio},
        {"token_sort_ratio", token_sort_ratio},
        {"token_set_ratio", token_set_ratio},
        {"token_ratio", token_ratio},
        {"partial_token_sort_ratio", partial_token_sort_ratio},
        {"partial_token_set_ratio", partial_token_set_ratio},
        {"partial_token_ratio", partial_token_ratio},
        {"QRatio", quick_ratio},
        {"WRatio", weighted_ratio},
    };
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
        if (is(use, ratios[i].name)) {
            *score = ratios[i].of(a, b);
            return true;
        }
    return false;
}

bool twin_metric(const struct metric_use *use, const uint32_t *a, size_t na, const uint32_t *b,
                 size_t nb, double *score)
{
    struct chars x = {a, na}, y = {b, nb};
    if (by_distance(use, x, y, score) || by_ratios(use, x, y, score))
        return true;
    if (is(use, "equal"))
        *score = equal_chars(x, y);
    else if (is(use, "jaro"))
        *score = jaro(x, y);
    else if (is(use, "jaro_winkler"))
        *score = jaro_winkler(x, y);
    else if (is(use, "jaccard") || is(use, "dice") || is(use, "cosine") || is(use, "overlap"))
        *score = set_metric(use, x, y);
    else
        return twin_value(use, a, na, b, nb, score);
    return true;
}

double twin_metric_missing(const struct metric_use *use)
{
    if (use->view == METRIC_DISTANCE)
        return NAN;
    return use->view == METRIC_NORMALIZED_DISTANCE;
}
