/* The joins of the Jaro family against a double loop over the textbook's way of matching: the same
 * pairs, the same doubles, for both metrics, many thresholds and texts that are hard on filters. */
#include "matcher/isa.h"
#include "matcher/jaro_rule.h"
#include "tests/ref_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct join join_jaro, join_jaro_scan;

#define MAX_TEXTS 260
#define MAX_POINTS 1200
#define INDEX_BYTES ((size_t)1 << 28)

/* ---- Data ------------------------------------------------------------------------------------ */

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

struct texts {
    char *text[MAX_TEXTS];
    size_t n;
};

static void add_text(struct texts *t, const uint32_t *points, size_t n)
{
    char *s = malloc(4 * n + 1), *p = s;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = points[i];
        if (c < 0x80) {
            *p++ = (char)c;
        } else if (c < 0x800) {
            *p++ = (char)(0xc0 | c >> 6);
            *p++ = (char)(0x80 | (c & 63));
        } else {
            *p++ = (char)(0xe0 | c >> 12);
            *p++ = (char)(0x80 | (c >> 6 & 63));
            *p++ = (char)(0x80 | (c & 63));
        }
    }
    *p = 0;
    t->text[t->n++] = s;
}

static void free_texts(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->text[i]);
    t->n = 0;
}

/* How the texts of a set look: syllables of some letters, put together in words, so that prefixes
 * and parts repeat; or earlier texts with some edits. */
struct shape {
    const char *name;
    uint32_t alphabet, first_point;
    uint32_t shortest, longest;
    uint32_t edits; /* up to so many */
    size_t n;
};

static const struct shape shapes[] = {
    {"two letters", 2, 'a', 0, 12, 3, 80},
    {"short words", 8, 'a', 1, 6, 2, 160},
    {"names", 26, 'a', 6, 20, 3, 260},
    {"one length", 14, 'a', 12, 12, 4, 200},
    {"around 16", 20, 'a', 14, 18, 4, 160},
    {"around 27 and 32", 24, 'a', 25, 34, 6, 120},
    {"around 64", 40, 'A', 61, 67, 12, 70},
    {"around 128", 40, 'A', 125, 131, 25, 30},
    {"very long", 30, 'a', 300, 1000, 60, 24},
    {"any length", 12, 'a', 0, 150, 12, 100},
    {"many scripts", 3000, 0x400, 2, 14, 3, 200},
    {"many scripts, long", 3000, 0x400, 20, 90, 12, 80},
};

static size_t edit_points(uint32_t *p, size_t n, const struct shape *s)
{
    for (uint32_t k = random_below(s->edits + 1); k > 0; k--) {
        size_t at = n ? random_below((uint32_t)n) : 0;
        uint32_t c = s->first_point + random_below(s->alphabet), what = random_below(4);
        if (what == 0 || n == 0) {
            memmove(p + at + 1, p + at, (n - at) * sizeof *p);
            p[at] = c;
            n++;
        } else if (what == 1) {
            memmove(p + at, p + at + 1, (n - at - 1) * sizeof *p);
            n--;
        } else if (what == 2 && at + 1 < n) {
            uint32_t x = p[at];
            p[at] = p[at + 1];
            p[at + 1] = x;
        } else {
            p[at] = c;
        }
    }
    return n;
}

/* Rare characters are a fifth of all, the others come from the first eighth of the alphabet. */
static uint32_t random_point(const struct shape *s)
{
    uint32_t few = s->alphabet / 8 + 1;
    return s->first_point + random_below(random_below(5) ? few : s->alphabet);
}

/* Texts of A, or of B after those of A, which half of them resemble. */
static void make_texts(struct texts *t, const struct shape *s, bool again)
{
    static uint32_t kept[MAX_TEXTS][MAX_POINTS];
    static size_t kept_n[MAX_TEXTS], n_kept;
    n_kept = again ? n_kept : 0;
    for (t->n = 0; t->n < s->n;) {
        uint32_t p[MAX_POINTS + 100];
        size_t n = s->shortest + random_below(s->longest - s->shortest + 1);
        for (size_t i = 0; i < n; i++)
            p[i] = random_point(s);
        if (n_kept && random_below(2)) {
            size_t k = random_below((uint32_t)n_kept);
            n = kept_n[k];
            memcpy(p, kept[k], n * sizeof *p);
            n = edit_points(p, n, s);
        } else if (n_kept < MAX_TEXTS) {
            memcpy(kept[n_kept], p, n * sizeof *p);
            kept_n[n_kept++] = n;
        }
        add_text(t, p, n);
    }
}

/* ---- The slow twin --------------------------------------------------------------------------- */

static bool same(struct text a, uint32_t i, struct text b, uint32_t j)
{
    return text_code(a.codes, a.width, i) == text_code(b.codes, b.width, j);
}

/* For each character of A the first free equal one of B within the window. */
static uint32_t slow_match(struct text a, struct text b, bool *in_a, bool *in_b)
{
    uint32_t longer = a.n > b.n ? a.n : b.n, window = longer / 2, common = 0;
    window -= window > 0;
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t j = i > window ? i - window : 0; j < b.n && j <= i + window; j++)
            if (!in_b[j] && same(a, i, b, j)) {
                in_a[i] = in_b[j] = true;
                common++;
                break;
            }
    return common;
}

static double slow_score(bool winkler, struct text a, struct text b)
{
    bool in_a[MAX_POINTS + 100] = {false}, in_b[MAX_POINTS + 100] = {false};
    uint32_t common = slow_match(a, b, in_a, in_b), crossed = 0, prefix = 0;
    for (uint32_t i = 0, j = 0; i < a.n; i++) {
        if (!in_a[i])
            continue;
        while (!in_b[j])
            j++;
        crossed += !same(a, i, b, j++);
    }
    while (prefix < 4 && prefix < a.n && prefix < b.n && same(a, prefix, b, prefix))
        prefix++;
    if (a.n == 0 && b.n == 0)
        return 1.0;
    if (common == 0)
        return 0.0;
    double m = common, half = crossed / 2;
    double jaro = m / a.n;
    jaro += m / b.n;
    jaro += (m - half) / m;
    jaro /= 3.0;
    if (winkler && jaro > 0.7)
        jaro += prefix * 0.1 * (1.0 - jaro);
    return jaro > 1.0 ? 1.0 : jaro;
}

/* ---- Running a join -------------------------------------------------------------------------- */

struct collector {
    struct join_sink sink;
    struct join_pair buffer[5]; /* small, so that it is flushed in the middle of everything */
    struct join_pair *pairs;
    size_t n, room;
};

static void collect(struct join_sink *sink)
{
    struct collector *c = (struct collector *)(void *)sink;
    for (const struct join_pair *p = c->buffer; p < sink->next; p++) {
        if (c->n == c->room) {
            c->room = c->room ? 2 * c->room : 1024;
            c->pairs = realloc(c->pairs, c->room * sizeof *c->pairs);
        }
        c->pairs[c->n++] = *p;
    }
    sink->next = c->buffer;
}

static int by_place(const void *x, const void *y)
{
    const struct join_pair *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

/* Runs all items, the last first, on a copy of the index at another address, as in a worker. */
static void run_join(const struct join *join, const struct join_job *job, struct collector *c,
                     struct join_stats *stats)
{
    struct err e = {0};
    struct shm index;
    void *scratch;
    uint32_t n_items = 0;
    c->n = 0;
    c->sink = (struct join_sink){c->buffer, c->buffer + 5, collect};
    assert_true(shm_create(&index, "test index", INDEX_BYTES, &e));
    assert_true(join->build(job, &index, &n_items, &e));
    char *copy = aligned_alloc(4096, (index.used_bytes + 4095) / 4096 * 4096);
    memcpy(copy, index.base, index.used_bytes);
    shm_close(&index);
    assert_true(join->open(job, copy, &scratch, &e));
    for (uint32_t i = n_items; i-- > 0;)
        join->run(job, copy, scratch, i, &c->sink, stats);
    collect(&c->sink);
    join->close(scratch);
    free(copy);
    qsort(c->pairs, c->n, sizeof *c->pairs, by_place);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

struct score_table {
    const struct ref_words *r;
    struct side a, b;
    bool self;
    double *score; /* a.n × b.n */
};

static struct text word_of(const struct score_table *t, const struct side *side, uint32_t place)
{
    return words_text(&t->r->words, side->word[place]);
}

static void fill_table(struct score_table *t, bool winkler)
{
    for (uint32_t i = 0; i < t->a.n; i++)
        for (uint32_t j = 0; j < t->b.n; j++)
            t->score[(size_t)i * t->b.n + j] =
                slow_score(winkler, word_of(t, &t->a, i), word_of(t, &t->b, j));
}

static struct metric_use use_of(bool winkler)
{
    struct metric_use use;
    struct err e;
    const char *name = winkler ? "jaro_winkler" : "jaro";
    assert_true(metric_find(name, strlen(name), &use, &e));
    return use;
}

static void check(const struct score_table *t, const struct join *join, bool winkler, double min,
                  const char *what)
{
    struct join_job job = {.use = use_of(winkler),
                           .min = min,
                           .self = t->self,
                           .prune = true,
                           .words = &t->r->words,
                           .a = &t->a,
                           .b = t->self ? &t->a : &t->b};
    struct collector c = {0};
    struct join_stats stats = {0};
    run_join(join, &job, &c, &stats);
    size_t k = 0, bad = 0;
    for (uint32_t i = 0; i < t->a.n && !bad; i++)
        for (uint32_t j = t->self ? i : 0; j < t->b.n && !bad; j++) {
            double score = t->score[(size_t)i * t->b.n + j];
            bool found = k < c.n && c.pairs[k].a == i && c.pairs[k].b == j;
            if (found != (score >= min) || (found && c.pairs[k].score != score))
                bad = 1;
            if (bad)
                print_message("%s, %s, %s of %s, min %.17g: pair %u %u of score %.17g %s\n",
                              join->name, isa_name(isa_best()), winkler ? "winkler" : "jaro", what,
                              min, i, j, score,
                              found ? "reported wrongly" : "lost, or another one too many");
            k += found;
        }
    assert_int_equal(bad, 0);
    assert_int_equal(k, c.n);
    assert_int_equal(stats.matches, c.n);
    uint64_t n = t->a.n;
    assert_int_equal(stats.pairs, t->self ? n * (n + 1) / 2 : n * t->b.n);
    free(c.pairs);
}

static void check_thresholds(const struct score_table *t, const struct join *join, bool winkler,
                             const char *what)
{
    static const double fixed[] = {0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 1.0, 1e-9};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        check(t, join, winkler, fixed[i], what);
    for (size_t tries = 0, done = 0; tries < 200 && done < 3; tries++) {
        double attained = t->score[random_below(t->a.n * t->b.n)];
        if (attained < 0.55)
            continue;
        check(t, join, winkler, attained, what);
        done++;
    }
}

static void check_texts(const struct texts *a, const struct texts *b, const struct join *join,
                        const char *what)
{
    struct ref_words r;
    ref_words_make(&r, (const char *const *)a->text, a->n, b ? (const char *const *)b->text : NULL,
                   b ? b->n : 0);
    struct score_table t = {.r = &r, .a = r.a, .b = b ? r.b : r.a, .self = !b};
    t.score = malloc(sizeof(double) * t.a.n * t.b.n);
    for (int winkler = 0; winkler < 2; winkler++) {
        fill_table(&t, winkler);
        check_thresholds(&t, join, winkler, what);
    }
    free(t.score);
    ref_words_free(&r);
}

static void check_shape(const struct shape *shape, const struct join *join)
{
    struct texts a, b;
    seed = 1000 + (uint64_t)(shape - shapes);
    make_texts(&a, shape, false);
    make_texts(&b, shape, true);
    b.n /= 2; /* not the same size */
    check_texts(&a, &b, join, shape->name);
    check_texts(&b, &a, join, shape->name);
    check_texts(&a, NULL, join, shape->name);
    b.n = shape->n;
    free_texts(&a);
    free_texts(&b);
}

static void scan_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], &join_jaro_scan);
}

static void index_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], &join_jaro);
}

/* Hardly any texts, empty ones, one against many. */
static void small_sides(void **state)
{
    (void)state;
    char *few[] = {"", "a", "b", "ab", "ba", "abc", "aaaa", "abcd", "abcde", "abcdx", "bacde"};
    const struct join *const joins[] = {&join_jaro, &join_jaro_scan};
    for (size_t n_a = 1; n_a <= sizeof few / sizeof *few; n_a += 5)
        for (size_t n_b = 0; n_b <= sizeof few / sizeof *few; n_b++) {
            struct texts a = {.n = n_a}, b = {.n = n_b};
            memcpy(a.text, few, n_a * sizeof *few);
            memcpy(b.text, few, n_b * sizeof *few);
            for (size_t j = 0; j < 2; j++)
                check_texts(&a, n_b ? &b : NULL, joins[j], "few texts");
        }
}

/* What the rule says about lengths must be what the metric's own numbers say. */
static void rule_is_exact(void **state)
{
    (void)state;
    struct texts t = {.n = 0};
    uint32_t points[40];
    for (uint32_t n = 0; n <= 40; n += n < 12 ? 1 : 7) {
        for (uint32_t i = 0; i < 40; i++)
            points[i] = 'a';
        add_text(&t, points, n);
    }
    static const double thresholds[] = {0.5, 0.7, 0.8, 0.9, 0.92, 1.0};
    struct ref_words r;
    ref_words_make(&r, (const char *const *)t.text, t.n, NULL, 0);
    for (size_t i = 0; i < 2 * sizeof thresholds / sizeof *thresholds; i++) {
        struct join_job job = {.use = use_of(i % 2),
                               .min = thresholds[i / 2],
                               .self = true,
                               .words = &r.words,
                               .a = &r.a,
                               .b = &r.a};
        struct err e = {0};
        struct shm index;
        uint64_t at;
        assert_true(shm_create(&index, "test index", INDEX_BYTES, &e));
        assert_true(jaro_rule_build(&at, &job, &index, &e));
        struct jaro_rule rule = jaro_rule_view(index.base, at);
        for (uint32_t la = 0; la <= 11; la++)
            for (uint32_t lb = 0; lb <= 11; lb++)
                for (unsigned l = 0; l <= (i % 2 ? 4 : 0); l++)
                    for (uint32_t m = 0; m <= la && m <= lb; m++)
                        for (uint32_t crossed = 0; crossed <= m; crossed++) {
                            uint32_t shorter = la < lb ? la : lb;
                            double score = metric_jaro_similarity(la, lb, m, crossed / 2, l, i % 2);
                            if (l > shorter || score < job.min)
                                continue;
                            assert_true(jaro_common_min(&rule, la, lb, l) <= m);
                            assert_true(jaro_common_bound(job.min, i % 2, la, lb, l) <= m);
                            assert_true(jaro_score(&rule, la, lb, m, crossed, l) == score);
                        }
        shm_close(&index);
    }
    ref_words_free(&r);
    free_texts(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_exact),
        cmocka_unit_test(small_sides),
        cmocka_unit_test(scan_finds_all),
        cmocka_unit_test(index_finds_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
