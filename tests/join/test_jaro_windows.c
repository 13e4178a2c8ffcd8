/* Windows of the Jaro join: what counting by their planes finds, against the same bound by its
 * definition, and against the characters that Jaro itself has in common. */
#include "core/shm.h"
#include "matcher/join/jaro/jaro_plan.h"
#include "matcher/join/jaro/jaro_windows.h"
#include "matcher/kernel/kernel_jaro.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_BYTES ((size_t)1 << 28)
#define LENGTH_MAX JARO_PAIR_LENGTH

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 1, 12, 3, 0, 80, .skewed = true},
    {"names", 26, 'a', 6, 20, 3, 0, 200, .skewed = true},
    {"around 27 and 32", 24, 'a', 25, 34, 6, 0, 160, .skewed = true},
    {"one letter, often", 3, 'a', 1, 40, 9, 0, 120, .skewed = true},
    {"up to 60", 12, 'a', 1, 60, 4, 0, 200, .skewed = true},
    {"many scripts", 3000, 0x400, 2, 30, 3, 0, 200, .skewed = true},
};

/* Pairs whose bound was met, and those of which windows told more than the tokens. */
static uint64_t n_exact, n_pruned;

/* Both sides as a join has them. */
struct sides {
    const struct dictionary *dictionary;
    struct shm index;
    struct jaro_code *code;
    struct jaro_rows a, b;
    const uint16_t *windows_a, *windows_b;
};

static struct metric_use use_of(const char *name)
{
    struct metric_use use;
    struct err e;
    assert_true(metric_find(name, strlen(name), &use, &e));
    return use;
}

static void open_sides(struct sides *s, const struct harness_dictionary *r)
{
    struct err e = {0};
    struct jaro_rows_at a, b;
    uint64_t windows_a_at, windows_b_at;
    s->dictionary = &r->dictionary;
    const struct join_job job = {
        .use = use_of("jaro"), .dictionary = s->dictionary, .a = &r->a, .b = &r->b};
    s->code = calloc(s->dictionary->alphabet.n_codes + 1ull, sizeof *s->code);
    struct jaro_sample *sample = jaro_sample_open(&job);
    assert_true(sample && jaro_codes_make(s->code, sample, 4));
    jaro_sample_close(sample);
    assert_true(shm_create(&s->index, "test index", INDEX_BYTES, &e));
    assert_true(shm_alloc(&s->index, "head", 64, 64, &e) != 0);
    assert_true(jaro_rows_build(&a, s->code, s->dictionary, &r->a, &s->index, &e));
    assert_true(jaro_rows_build(&b, s->code, s->dictionary, &r->b, &s->index, &e));
    s->a = jaro_rows_view(shm_view_of(&s->index), &a, s->dictionary->width);
    s->b = jaro_rows_view(shm_view_of(&s->index), &b, s->dictionary->width);
    assert_true(jaro_windows_of_a(&windows_a_at, s->dictionary, &s->a, &s->index, &e));
    assert_true(jaro_windows_of_b(&windows_b_at, s->code, s->dictionary, &s->b, &s->index, &e));
    s->windows_a = shm_at(shm_view_of(&s->index), windows_a_at, uint16_t);
    s->windows_b = shm_at(shm_view_of(&s->index), windows_b_at, uint16_t);
}

static void close_sides(struct sides *s)
{
    shm_close(&s->index);
    free(s->code);
}

static struct text text_of(const struct jaro_rows *rows, uint32_t position)
{
    return jaro_text(&rows->texts, position, jaro_length(&rows->texts, position, 0));
}

/* Positions [begin, begin + n) of B as a block. */
static jaro_plane *load_block(struct jaro_window_planes *w, const struct sides *s, uint32_t begin,
                              uint32_t n)
{
    jaro_window_planes_begin(w);
    for (uint32_t lane = 0; lane < n; lane++) {
        const struct text t = text_of(&s->b, begin + lane);
        jaro_window_planes_add(w, lane, s->windows_b + jaro_window_begin(&s->b.texts, t), t.n);
    }
    return jaro_window_planes_end(w);
}

/* How many planes of the row of a text of A have a lane. */
static uint32_t count_planes(const struct sides *s, struct text a, const jaro_plane *plane,
                             uint32_t lane)
{
    const uint16_t *row = s->windows_a + jaro_window_begin(&s->a.texts, a);
    uint32_t n = 0;
    for (uint32_t i = 0; i < jaro_row_tokens(a.n); i++)
        n += plane[row[i]][lane / 64] >> lane % 64 & 1;
    return n;
}

static uint32_t tokens_in_common(struct text a, struct text b)
{
    bool taken[LENGTH_MAX] = {false};
    uint32_t n = 0;
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t k = 0; k < b.n; k++)
            if (!taken[k] && text_code(a.codes, a.width, i) == text_code(b.codes, b.width, k)) {
                taken[k] = true;
                n++;
                break;
            }
    return n;
}

static uint32_t common_of(struct text a, struct text b)
{
    uint32_t x[LENGTH_MAX], y[LENGTH_MAX];
    for (uint32_t i = 0; i < a.n; i++)
        x[i] = text_code(a.codes, a.width, i);
    for (uint32_t i = 0; i < b.n; i++)
        y[i] = text_code(b.codes, b.width, i);
    return (uint32_t)twin_jaro(x, a.n, y, b.n).common;
}

/* Has each of its tokens a number of its own? */
static bool told_apart(const struct jaro_rows *rows, uint32_t position)
{
    const struct text t = text_of(rows, position);
    for (uint32_t i = 0; i < t.n; i++) {
        uint32_t before = 0;
        for (uint32_t k = 0; k < i; k++)
            before += text_code(t.codes, t.width, k) == text_code(t.codes, t.width, i);
        if (before >= JARO_OCCURRENCES || i >= JARO_ROW_TOKENS ||
            rows->row[position].token[i] >= JARO_SHARED_TOKEN)
            return false;
    }
    return true;
}

/* `exact`: the bound is met, not only kept. */
static void check_pair(struct text a, struct text b, uint32_t counted, bool exact, const char *what)
{
    const uint32_t common = common_of(a, b), bound = jaro_window_common(a, b);
    const uint32_t missing = a.n - jaro_row_tokens(a.n); /* tokens that the row does not hold */
    if (counted + missing < common || bound < common)
        fail_msg("%s, lengths %u and %u: %u counted, bound %u, but %u are in common", what, a.n,
                 b.n, counted, bound, common);
    if (exact && counted != bound)
        fail_msg("%s, lengths %u and %u: %u counted, not %u", what, a.n, b.n, counted, bound);
    n_exact += exact;
    n_pruned += counted < tokens_in_common(a, b);
}

/* The lanes [begin, end) of a block are looked at together: their longest text decides. */
static void check_lanes(const struct sides *s, jaro_plane *plane, uint32_t block, uint32_t begin,
                        uint32_t end, const char *what)
{
    const bool alone = end == begin + 1; /* then the reach is that of the pair */
    uint32_t longest = 0;
    for (uint32_t lane = begin; lane < end; lane++) {
        const uint32_t length = text_of(&s->b, block + lane).n;
        longest = length <= JARO_WINDOW_LENGTH && length > longest ? length : longest;
    }
    for (uint32_t i = 0; i < s->a.texts.side.n; i++) {
        const struct text a = text_of(&s->a, i);
        if (a.n == 0)
            continue;
        const jaro_plane *shifted = plane + jaro_window_shift(a.n, longest);
        for (uint32_t lane = begin; lane < end; lane++)
            check_pair(a, text_of(&s->b, block + lane), count_planes(s, a, shifted, lane),
                       alone && told_apart(&s->a, i) && told_apart(&s->b, block + lane), what);
    }
}

static void check_shape(const struct harness_shape *shape)
{
    struct harness_texts a, b;
    struct harness_dictionary r;
    struct sides s;
    harness_texts_random(&a, &b, shape, 500 + (uint64_t)(shape - shapes));
    harness_dictionary_of(&r, &a, &b);
    open_sides(&s, &r);
    struct jaro_window_planes *w = jaro_window_planes_open();
    assert_non_null(w);
    const uint32_t n = s.b.texts.side.n;
    for (uint32_t block = 0, n_lanes; block < n; block += n_lanes) {
        n_lanes = n - block < 150 ? n - block : 150;
        jaro_plane *plane = load_block(w, &s, block, n_lanes);
        for (uint32_t lane = 0; lane < n_lanes; lane++)
            check_lanes(&s, plane, block, lane, lane + 1, shape->name);
        check_lanes(&s, plane, block, 0, n_lanes, shape->name);
    }
    jaro_window_planes_close(w);
    close_sides(&s);
    harness_dictionary_free(&r);
    harness_texts_free(&a);
    harness_texts_free(&b);
}

static void windows_lose_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i]);
    assert_true(n_exact > 10000);
    assert_true(n_pruned > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(windows_lose_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
