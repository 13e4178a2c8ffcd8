/* The joins of the Jaro family against a double loop over the textbook's way of matching: the same
 * pairs, the same doubles, for both metrics, many thresholds and texts that are hard on filters. */
#include "core/shm.h"
#include "matcher/join/jaro/jaro_plan.h"
#include "matcher/join/jaro/jaro_rule.h"
#include "matcher/kernel/isa.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

extern const struct join join_jaro, join_jaro_scan;

#define MAX_POINTS 1200
#define INDEX_BYTES ((size_t)1 << 28)

/* ---- Data ------------------------------------------------------------------------------------ */

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 0, 12, 3, 0, 80, .skewed = true},
    {"short words", 8, 'a', 1, 6, 2, 0, 160, .skewed = true},
    {"names", 26, 'a', 6, 20, 3, 0, 260, .skewed = true},
    {"one length", 14, 'a', 12, 12, 4, 0, 200, .skewed = true},
    {"around 16", 20, 'a', 14, 18, 4, 0, 160, .skewed = true},
    {"around 27 and 32", 24, 'a', 25, 34, 6, 0, 120, .skewed = true},
    {"around 64", 40, 'A', 61, 67, 12, 0, 70, .skewed = true},
    {"around 128", 40, 'A', 125, 131, 25, 0, 30, .skewed = true},
    {"very long", 30, 'a', 300, 1000, 60, 0, 24, .skewed = true},
    {"any length", 12, 'a', 0, 150, 12, 0, 100, .skewed = true},
    {"many scripts", 3000, 0x400, 2, 14, 3, 0, 200, .skewed = true},
    {"many scripts, long", 3000, 0x400, 20, 90, 12, 0, 80, .skewed = true},
};

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

/* ---- Tests ----------------------------------------------------------------------------------- */

struct score_table {
    const struct harness_dictionary *r;
    struct side a, b;
    bool self;
    double *score; /* a.n × b.n */
};

static struct text word_of(const struct score_table *t, const struct side *side, uint32_t place)
{
    return dictionary_text(&t->r->dictionary, side->value[place]);
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
                           .need = min,
                           .self = t->self,
                           .prune = true,
                           .dictionary = &t->r->dictionary,
                           .a = &t->a,
                           .b = t->self ? &t->a : &t->b};
    assert_true(harness_join_matches(join, &job, t->score, what, NULL));
}

static void check_thresholds(const struct score_table *t, const struct join *join, bool winkler,
                             const char *what)
{
    static const double fixed[] = {0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 1.0, 1e-9};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        check(t, join, winkler, fixed[i], what);
    for (size_t tries = 0, done = 0; tries < 200 && done < 3; tries++) {
        double attained = t->score[harness_below(t->a.n * t->b.n)];
        if (attained < 0.55)
            continue;
        check(t, join, winkler, attained, what);
        done++;
    }
}

static void check_texts(const struct harness_texts *a, const struct harness_texts *b,
                        const struct join *join, const char *what)
{
    struct harness_dictionary r;
    harness_dictionary_of(&r, a, b);
    struct score_table t = {.r = &r, .a = r.a, .b = b ? r.b : r.a, .self = !b};
    t.score = malloc(sizeof(double) * t.a.n * t.b.n);
    for (int winkler = 0; winkler < 2; winkler++) {
        fill_table(&t, winkler);
        check_thresholds(&t, join, winkler, what);
    }
    free(t.score);
    harness_dictionary_free(&r);
}

static void check_shape(const struct harness_shape *shape, const struct join *join)
{
    struct harness_texts a, b;
    harness_texts_random(&a, &b, shape, 1000 + (uint64_t)(shape - shapes));
    struct harness_texts half = {b.text, b.n / 2}; /* not the same size */
    check_texts(&a, &half, join, shape->name);
    check_texts(&half, &a, join, shape->name);
    check_texts(&a, NULL, join, shape->name);
    harness_texts_free(&a);
    harness_texts_free(&b);
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

/* Two thresholds; at one at least counting within reach pays. */
static void check_windows(struct score_table *t, const double thresholds[2], const char *what)
{
    for (int winkler = 0; winkler < 2; winkler++) {
        uint32_t n_windows = 0;
        fill_table(t, winkler);
        for (size_t i = 0; i < 2; i++) {
            const struct join_job job = {.use = use_of(winkler),
                                         .need = thresholds[i],
                                         .dictionary = &t->r->dictionary,
                                         .a = &t->a,
                                         .b = &t->b};
            struct jaro_plan plan;
            assert_true(jaro_plan_make(&plan, &job));
            n_windows += plan.pass[0].windows;
            check(t, &join_jaro, winkler, thresholds[i], what);
        }
        assert_true(n_windows > 0);
    }
}

/* So many texts that the index counts within reach, some of them too long for that. */
static void windows_find_all(void **state)
{
    (void)state;
    static const struct harness_shape many[] = {
        {"many names", 26, 'a', 4, 20, 3, 0, 1500, .skewed = true},
        {"many around 27 and 32", 20, 'a', 22, 34, 8, 0, 1000},
    };
    static const double thresholds[][2] = {{0.8, 0.83}, {0.78, 0.8}};
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            harness_dictionary_random(&r, &many[i], self, 77);
            struct score_table t = {.r = &r, .a = r.a, .b = self ? r.a : r.b, .self = self};
            t.score = malloc(sizeof(double) * t.a.n * t.b.n);
            check_windows(&t, thresholds[i], many[i].name);
            free(t.score);
            harness_dictionary_free(&r);
        }
}

/* So many texts on one side that they are sorted by how they begin, too. */
static void many_beside_few(void **state)
{
    (void)state;
    static const struct harness_shape shape = {"many beside few", 26, 'a', 4, 14, 3, 0, 24000,
                                               .skewed = true};
    struct harness_texts a, b;
    harness_texts_random(&a, &b, &shape, 79);
    const struct harness_texts few = {b.text, 60};
    for (int swapped = 0; swapped < 2; swapped++) {
        struct harness_dictionary r;
        harness_dictionary_of(&r, swapped ? &few : &a, swapped ? &a : &few);
        struct score_table t = {.r = &r, .a = r.a, .b = r.b};
        assert_true((swapped ? t.b.n : t.a.n) > 16384);
        t.score = malloc(sizeof(double) * t.a.n * t.b.n);
        for (int winkler = 0; winkler < 2; winkler++) {
            fill_table(&t, winkler);
            check(&t, &join_jaro, winkler, 0.75, shape.name);
            check(&t, &join_jaro, winkler, 0.9, shape.name);
        }
        free(t.score);
        harness_dictionary_free(&r);
    }
    harness_texts_free(&a);
    harness_texts_free(&b);
}

/* Gives the values of a side many rows each; now and then more than the lanes of a byte, or of two,
 * can count. The caller frees what is returned. */
static uint64_t *give_rows(struct side *side)
{
    static const uint32_t most[] = {2, 2, 2, 4, 200, 400, 70000};
    uint64_t *begin = calloc(side->n + 1ull, sizeof *begin);
    assert_non_null(begin);
    for (uint32_t i = 0; i < side->n; i++)
        begin[i + 1] = begin[i] + 1 + harness_below(most[harness_below(7)]);
    side->rows_begin = begin;
    return begin;
}

static void check_counts(struct score_table *t, const char *what)
{
    uint64_t *rows_a = give_rows(&t->a), *rows_b = give_rows(&t->b);
    static const double thresholds[] = {0.5, 0.75, 0.85};
    for (int winkler = 0; winkler < 2; winkler++) {
        fill_table(t, winkler);
        for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
            const struct join_job job = {.use = use_of(winkler),
                                         .need = thresholds[i],
                                         .self = t->self,
                                         .prune = true,
                                         .dictionary = &t->r->dictionary,
                                         .a = &t->a,
                                         .b = t->self ? &t->a : &t->b};
            assert_true(harness_join_counts(&join_jaro, &job, t->score, what));
            assert_true(harness_join_counts(&join_jaro_scan, &job, t->score, what));
        }
    }
    free(rows_a);
    free(rows_b);
}

/* A sink that only counts gets the same numbers, of texts of all sizes of lanes. */
static void counts_are_exact(void **state)
{
    (void)state;
    static const struct harness_shape counted[] = {
        {"few letters, up to 8", 3, 'a', 0, 8, 3, 0, 300, .skewed = true},
        {"few letters, up to 16", 5, 'a', 4, 16, 3, 0, 400, .skewed = true},
        {"around 32", 3, 'a', 24, 36, 6, 0, 200, .skewed = true},
    };
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            harness_dictionary_random(&r, &counted[i], self, 78);
            struct score_table t = {.r = &r, .a = r.a, .b = self ? r.a : r.b, .self = self};
            t.score = malloc(sizeof(double) * t.a.n * t.b.n);
            check_counts(&t, counted[i].name);
            free(t.score);
            harness_dictionary_free(&r);
        }
}

/* Hardly any texts, empty ones, one against many. */
static void small_sides(void **state)
{
    (void)state;
    char *few[] = {"", "a", "b", "ab", "ba", "abc", "aaaa", "abcd", "abcde", "abcdx", "bacde"};
    const struct join *const joins[] = {&join_jaro, &join_jaro_scan};
    for (size_t n_a = 1; n_a <= sizeof few / sizeof *few; n_a += 5)
        for (size_t n_b = 0; n_b <= sizeof few / sizeof *few; n_b++) {
            struct harness_texts a = {few, n_a}, b = {few, n_b};
            for (size_t j = 0; j < 2; j++)
                check_texts(&a, n_b ? &b : NULL, joins[j], "few texts");
        }
}

/* What the rule says about lengths must be what the metric's own numbers say. */
static void rule_is_exact(void **state)
{
    (void)state;
    static const char forty[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const char *text[20];
    size_t n_texts = 0;
    for (uint32_t n = 0; n <= 40; n += n < 12 ? 1 : 7)
        text[n_texts++] = forty + 40 - n;
    static const double thresholds[] = {0.5, 0.7, 0.8, 0.9, 0.92, 1.0};
    struct harness_dictionary r;
    harness_dictionary_make(&r, text, n_texts, NULL, 0);
    for (size_t i = 0; i < 2 * sizeof thresholds / sizeof *thresholds; i++) {
        struct join_job job = {.use = use_of(i % 2),
                               .need = thresholds[i / 2],
                               .self = true,
                               .dictionary = &r.dictionary,
                               .a = &r.a,
                               .b = &r.a};
        struct err e = {0};
        struct shm index;
        uint64_t at;
        assert_true(shm_create(&index, "test index", INDEX_BYTES, &e));
        assert_true(jaro_rule_build(&at, &job, &index, &e));
        struct jaro_rule rule = jaro_rule_view(&job, shm_view_of(&index), at);
        for (uint32_t la = 0; la <= 11; la++)
            for (uint32_t lb = 0; lb <= 11; lb++)
                for (unsigned l = 0; l <= (i % 2 ? 4 : 0); l++)
                    for (uint32_t m = 0; m <= la && m <= lb; m++)
                        for (uint32_t crossed = 0; crossed <= m; crossed++) {
                            uint32_t shorter = la < lb ? la : lb;
                            double score = metric_jaro_similarity(la, lb, m, crossed / 2, l, i % 2);
                            if (l > shorter || score < job.need)
                                continue;
                            assert_true(jaro_common_min(&rule, la, lb, l) <= m);
                            assert_true(jaro_common_bound(job.need, i % 2, la, lb, l) <= m);
                            assert_true(jaro_score(&rule, la, lb, m, crossed, l) == score);
                        }
        shm_close(&index);
    }
    harness_dictionary_free(&r);
}

#define KEPT_LENGTHS 40u /* of one letter, from nothing on */
#define KEPT_NEEDS (JARO_RULES_MOST + 5)

/* The places [from, to) of a side. */
static struct side part_of(const struct side *side, uint32_t from, uint32_t to)
{
    return (struct side){.n = to - from, .value = side->value + from};
}

/* Two rules say the same of the lengths of two sides. */
static void assert_same_rule(const struct join_job *job, const struct jaro_rule *x,
                             const struct jaro_rule *y)
{
    for (uint32_t i = 0; i < job->a->n; i++)
        for (uint32_t k = 0; k < job->b->n; k++)
            for (unsigned prefix = 0; prefix < (x->at->winkler ? JARO_PREFIXES : 1); prefix++) {
                const uint32_t la = dictionary_length(job->dictionary, job->a->value[i]);
                const uint32_t lb = dictionary_length(job->dictionary, job->b->value[k]);
                assert_int_equal(jaro_common_min(x, la, lb, prefix),
                                 jaro_common_min(y, la, lb, prefix));
                for (uint32_t m = 0; m <= la && m <= lb; m++)
                    for (uint32_t crossed = 0; crossed <= m; crossed++) {
                        const double score = jaro_score(x, la, lb, m, crossed, prefix);
                        assert_true(score == jaro_score(y, la, lb, m, crossed, prefix));
                    }
            }
}

static void check_kept(struct join_job job, struct jaro_rules *rules)
{
    struct err e;
    struct shm index, empty;
    uint64_t own_at, kept_at;
    assert_true(shm_create(&index, "test index", INDEX_BYTES, &e));
    assert_true(shm_create(&empty, "test index", INDEX_BYTES, &e));
    assert_true(jaro_rule_build(&own_at, &job, &index, &e));
    const struct jaro_rule own = jaro_rule_view(&job, shm_view_of(&index), own_at);
    job.rules = rules;
    assert_true(jaro_rule_build(&kept_at, &job, &empty, &e));
    const struct jaro_rule kept = jaro_rule_view(&job, shm_view_of(&empty), kept_at);
    assert_int_equal(empty.bytes, 0); /* the index has no rule */
    assert_same_rule(&job, &own, &kept);
    shm_close(&empty);
    shm_close(&index);
}

/* A rule that is kept and gets its lengths one job after the other says what a new one says, also
 * after so many needs that rules had to go. */
static void kept_rules_are_exact(void **state)
{
    (void)state;
    char texts[KEPT_LENGTHS][KEPT_LENGTHS];
    const char *text[KEPT_LENGTHS];
    for (uint32_t n = 0; n < KEPT_LENGTHS; n++) {
        memset(texts[n], 'a', n);
        texts[n][n] = 0;
        text[n] = texts[n];
    }
    struct harness_dictionary r;
    struct jaro_rules *rules;
    struct err e;
    harness_dictionary_make(&r, text, KEPT_LENGTHS, NULL, 0);
    assert_true(jaro_rules_open(&rules, &e));
    for (uint32_t i = 0; i < 2 * KEPT_NEEDS; i++)
        for (uint32_t from = 0; from + 7 < KEPT_LENGTHS; from += 11) {
            const struct side a = part_of(&r.a, from, from + 7), b = part_of(&r.a, 1, from + 2);
            check_kept((struct join_job){.use = use_of(i % 2),
                                         .need = 0.5 + i / 2 / 200.0,
                                         .dictionary = &r.dictionary,
                                         .a = &a,
                                         .b = &b},
                       rules);
        }
    jaro_rules_close(rules);
    jaro_rules_close(NULL);
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_exact),    cmocka_unit_test(kept_rules_are_exact),
        cmocka_unit_test(small_sides),      cmocka_unit_test(scan_finds_all),
        cmocka_unit_test(index_finds_all),  cmocka_unit_test(windows_find_all),
        cmocka_unit_test(counts_are_exact), cmocka_unit_test(many_beside_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
