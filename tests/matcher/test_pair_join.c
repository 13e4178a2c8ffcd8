/* Joins on two columns: compounds are the combinations that the rows have, tiles cover them once,
 * and the pair stage finds, with lists and within groups, exactly the pairs of compounds that the
 * double loop finds, with the same scores; in dedupe each unordered pair once. */
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/engine/pair_join.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/index/row_range.h"
#include "matcher/join/prefilter.h"
#include "matcher/worker/worker.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 4711u
#define ROWS_MAX 1500u
#define CHUNKS 64u
#define RING_BYTES (1u << 22) /* the frames of a whole stage */

/* ---- Made-up tables --------------------------------------------------------------------------*/

/* Two columns of each table. Both columns of a side have the same rows, but a dictionary each;
 * dedupe has one table. */
static struct made {
    char text[2][2][ROWS_MAX][12]; /* column, side, row */
    struct harness_dictionary column[2];
    uint32_t rows[2];
    bool self;
} made;

/* Names of few letters; one row in twelve has none. */
static const char *make_text(char *text, unsigned letters, unsigned most)
{
    const unsigned n = 1 + (unsigned)harness_below(most);
    for (unsigned i = 0; i < n; i++)
        text[i] = (char)('a' + harness_below(letters));
    text[n] = 0;
    return harness_below(12) ? text : NULL;
}

static void make_tables(uint32_t rows_a, uint32_t rows_b, unsigned letters, unsigned most,
                        bool self)
{
    static const char *pointer[2][ROWS_MAX];
    made.rows[0] = rows_a;
    made.rows[1] = self ? rows_a : rows_b;
    made.self = self;
    for (int c = 0; c < 2; c++) {
        for (int side = 0; side < 2; side++)
            for (uint32_t i = 0; i < made.rows[side]; i++)
                pointer[side][i] = make_text(made.text[c][side][i], letters, c ? 9 : most);
        harness_dictionary_make(&made.column[c], pointer[0], made.rows[0], self ? NULL : pointer[1],
                                self ? 0 : made.rows[1]);
    }
}

static void free_tables(void)
{
    for (int c = 0; c < 2; c++)
        harness_dictionary_free(&made.column[c]);
}

static const struct side *side_of(int column, int side)
{
    return side && !made.self ? &made.column[column].b : &made.column[column].a;
}

/* ---- Slow versions ---------------------------------------------------------------------------*/

/* What is asked of a column. */
struct asked {
    const char *metric;
    double need;
};

static uint32_t metric_number(const char *name)
{
    uint32_t n = 0;
    while (strcmp(metric_at(n)->name, name) != 0)
        n++;
    return n;
}

/* Scores of all pairs of places of a column; malloced. */
static double *all_scores(int column, const struct side *a, const struct asked *asked)
{
    const struct dictionary *d = &made.column[column].dictionary;
    const struct side *b = side_of(column, 1);
    const struct metric_use use = {.metric = metric_at(metric_number(asked->metric))};
    double *score = malloc(((size_t)a->n * b->n + 1) * sizeof *score);
    struct metric_state *m;
    struct err e;
    assert_non_null(score);
    assert_true(metric_open(&m, &use, &d->alphabet, d->max_length, &e));
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            score[(size_t)i * b->n + k] =
                metric_score(m, dictionary_text(d, a->value[i]), dictionary_text(d, b->value[k]));
    metric_close(m);
    return score;
}

/* The pairs of places that reach what is asked, as ordered pairs. */
static void make_list(const double *score, uint32_t n_a, uint32_t n_b, double need, struct shm *out)
{
    struct harness_arena arena;
    struct err e;
    harness_arena_open(&arena, CHUNKS, n_a, n_b);
    for (uint32_t i = 0; i < n_a; i++)
        for (uint32_t k = n_b; k-- > 0;) /* in no order */
            if (score[(size_t)i * n_b + k] >= need)
                harness_arena_put(&arena, (struct join_pair){i, k, score[(size_t)i * n_b + k]});
    const struct pairs_arena pairs = harness_arena_pairs(&arena);
    assert_true(shm_create(out, "a list", 1ull << 30, &e));
    assert_true(pairs_order(&pairs, n_a, false, out, &e));
    harness_arena_close(&arena);
}

/* ---- Compounds -------------------------------------------------------------------------------*/

static void check_row(const struct compound *c, const struct side *first, const struct side *second,
                      uint32_t row)
{
    const uint32_t p = first->row_place[row], q = second->row_place[row];
    const uint32_t compound = c->side.row_place[row];
    if (p == TABLE_MISSING || q == TABLE_MISSING) {
        assert_int_equal(compound, TABLE_MISSING);
        return;
    }
    assert_in_range(compound, 0, c->side.n - 1);
    assert_int_equal(c->first[compound], p);
    assert_int_equal(c->second[compound], q);
    assert_int_equal(c->value[compound], second->value[q]);
    assert_in_range(compound, c->begin[p], c->begin[p + 1] - 1);
}

static void check_compounds(const struct compound *c, const struct side *first,
                            const struct side *second)
{
    uint64_t rows = 0;
    for (uint32_t row = 0; row < first->n_rows; row++) {
        check_row(c, first, second, row);
        rows += c->side.row_place[row] != TABLE_MISSING;
    }
    assert_int_equal(c->side.rows_begin[c->side.n], rows);
    assert_int_equal(c->begin[c->n_first], c->side.n);
    for (uint32_t i = 0; i < c->side.n; i++) {
        assert_true(side_multiplicity(&c->side, i) > 0);
        for (uint64_t k = c->side.rows_begin[i]; k < c->side.rows_begin[i + 1]; k++) {
            assert_int_equal(c->side.row_place[c->side.rows[k]], i);
            assert_true(k == c->side.rows_begin[i] || c->side.rows[k - 1] < c->side.rows[k]);
        }
        if (i == 0)
            continue;
        assert_true(c->first[i - 1] < c->first[i] ||
                    (c->first[i - 1] == c->first[i] && c->second[i - 1] < c->second[i]));
        assert_true(c->second[c->by_second[i - 1]] <= c->second[c->by_second[i]]);
    }
}

#define RANDOM_ROWS 20000u

/* A side of random places: half of its rows are of one place, some of none. */
static void make_random(struct side *side, uint32_t n)
{
    uint32_t *place = malloc(RANDOM_ROWS * sizeof *place), *rows = malloc(RANDOM_ROWS * 4);
    uint32_t *value = malloc(n * sizeof *value);
    uint64_t *begin = calloc(n + 2ull, sizeof *begin);
    assert_true(place && rows && value && begin);
    for (uint32_t row = 0; row < RANDOM_ROWS; row++) {
        place[row] = harness_below(2)    ? n / 2
                     : harness_below(20) ? harness_below(n)
                                         : TABLE_MISSING;
        if (place[row] != TABLE_MISSING)
            begin[place[row] + 2ull]++;
    }
    for (uint32_t p = 0; p < n; p++) {
        value[p] = 7 + 3 * p;
        begin[p + 2ull] += begin[p + 1ull];
    }
    for (uint32_t row = 0; row < RANDOM_ROWS; row++)
        if (place[row] != TABLE_MISSING)
            rows[begin[place[row] + 1ull]++] = row;
    *side = (struct side){.n = n,
                          .n_rows = RANDOM_ROWS,
                          .value = value,
                          .rows_begin = begin,
                          .rows = rows,
                          .row_place = place};
}

static void free_random(const struct side *side)
{
    free((void *)side->value);
    free((void *)side->rows_begin);
    free((void *)side->rows);
    free((void *)side->row_place);
}

/* The compounds of two sides, made by so many threads, and their order by the second: that of their
 * first rows, where a place of it has several. */
static void check_made(const struct side *first, const struct side *second, int threads)
{
    struct shm out;
    struct compound c;
    struct err e;
    uint64_t at;
    omp_set_num_threads(threads);
    assert_true(shm_create(&out, "compounds", 1ull << 26, &e));
    assert_true(compound_build(first, second, &out, &at, &e));
    compound_view(&c, shm_view_of(&out), at);
    check_compounds(&c, first, second);
    for (uint32_t i = 1; i < c.side.n; i++) {
        const uint32_t x = c.by_second[i - 1], y = c.by_second[i];
        if (c.second[x] == c.second[y])
            assert_true(c.side.rows[c.side.rows_begin[x]] < c.side.rows[c.side.rows_begin[y]]);
    }
    shm_close(&out);
}

static void test_compounds(void **state)
{
    (void)state;
    static const uint32_t places[] = {1, 3, 300, 70000};
    static const int threads[] = {1, 2, 7};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            struct side first, second;
            make_random(&first, places[i]);
            make_random(&second, places[k]);
            for (size_t t = 0; t < 3; t++)
                check_made(&first, &second, threads[t]);
            free_random(&first);
            free_random(&second);
        }
    omp_set_num_threads(2);
}

/* What making them takes is asked for before it is taken. */
static void test_compounds_without_memory(void **state)
{
    (void)state;
    struct side first, second;
    struct shm out;
    struct err e;
    uint64_t at;
    make_random(&first, 300);
    make_random(&second, 300);
    assert_true(shm_create(&out, "compounds", 1ull << 26, &e));
    mem_set_max(1, false);
    assert_false(compound_build(&first, &second, &out, &at, &e));
    assert_int_equal(e.status, ERR_OS);
    assert_int_equal(strncmp(e.text, "the combinations of two columns: about ", 39), 0);
    mem_set_max(0, false);
    assert_true(compound_build(&first, &second, &out, &at, &e));
    shm_close(&out);
    free_random(&first);
    free_random(&second);
}

/* ---- The stage -------------------------------------------------------------------------------*/

/* What the stage is given. */
struct setting {
    struct side range[2]; /* of A: both columns */
    struct shm range_segment[2], compounds, half, list[2], signatures;
    struct pair_join join;
    double *score[2];
    uint64_t n_tiles;
    bool listed, self;
};

static void sign(struct setting *s)
{
    const struct compound *b = &s->join.b;
    uint32_t *rows = malloc((b->side.n + 1ull) * sizeof *rows);
    struct err e;
    assert_non_null(rows);
    for (uint32_t i = 0; i < b->side.n; i++)
        rows[i] = b->side.rows[b->side.rows_begin[i]];
    assert_true(shm_create(&s->signatures, "signatures", 1ull << 24, &e));
    assert_true(prefilter_build(&made.column[1].dictionary, side_of(1, 0), side_of(1, 1), rows,
                                b->side.n, &s->signatures, &e));
    free(rows);
}

static void setting_open(struct setting *s, const struct asked asked[2], bool listed,
                         const struct pair_tiles *most, uint64_t row_from, uint64_t row_to)
{
    struct err e;
    struct pairs first, second;
    const bool ranged = row_from > 0 || row_to < made.rows[0];
    *s = (struct setting){.listed = listed, .self = made.self && !ranged, .signatures.fd = -1};
    const struct side *a[2] = {side_of(0, 0), side_of(1, 0)};
    for (int c = 0; c < 2; c++) {
        assert_true(shm_create(&s->range_segment[c], "a range", 1ull << 24, &e));
        assert_true(row_range_build(a[c], row_from, row_to, &(struct row_list){NULL, a[c]->n_rows},
                                    &s->range_segment[c], &e));
        row_range_view(&s->range[c], &s->range_segment[c]);
        a[c] = ranged ? &s->range[c] : a[c];
        s->score[c] = all_scores(c, a[c], &asked[c]);
        make_list(s->score[c], a[c]->n, side_of(c, 1)->n, asked[c].need, &s->list[c]);
    }
    const struct pair_sides sides = {{a[0], side_of(0, 1)}, {a[1], side_of(1, 1)}};
    assert_int_equal(pair_sides_same(&sides), s->self);
    assert_true(shm_create(&s->compounds, "compounds", 1ull << 26, &e));
    /* Ranges of rows, which parts of a run have, take the compounds of B from a half. */
    assert_true(shm_create(&s->half, "half", 1ull << 26, &e));
    assert_true(pair_half_build(&sides, &s->half, &e));
    assert_true(pair_join_build(&sides, ranged, &s->compounds, &e));
    assert_int_equal(pair_join_halved(shm_view_of(&s->compounds)), ranged);
    pairs_view(&first, shm_view_of(&s->list[0]));
    pairs_view(&second, shm_view_of(&s->list[1]));
    assert_true(pair_join_cut(&s->compounds, shm_view_of(&s->half), &first, listed ? &second : NULL,
                              most, &s->n_tiles, &e));
    pair_join_view(&s->join, shm_view_of(&s->compounds), shm_view_of(&s->half));
    check_compounds(&s->join.a, a[0], a[1]);
    check_compounds(&s->join.b, side_of(0, 1), side_of(1, 1));
    assert_true(s->n_tiles == 0 || s->join.tile[0] == 0);
    for (uint64_t t = 0; t < s->n_tiles; t++)
        assert_true(s->join.tile[t] < s->join.tile[t + 1]);
    assert_int_equal(s->join.tile[s->n_tiles], s->join.a.side.n);
    sign(s);
}

static void setting_close(struct setting *s)
{
    for (int c = 0; c < 2; c++) {
        shm_close(&s->range_segment[c]);
        shm_close(&s->list[c]);
        free(s->score[c]);
    }
    shm_close(&s->compounds);
    shm_close(&s->half);
    shm_close(&s->signatures);
}

/* Runs the stage with one worker after the other; *ordered gets what they find. */
static void run_stage(const struct setting *s, const struct asked *asked, struct shm *ordered)
{
    const struct metric_use use = {.metric = metric_at(metric_number(asked->metric))};
    struct wire_task task = {.kind = stage_kind_number(&stage_pair),
                             .n_workers = 1,
                             .n_tiles = s->n_tiles,
                             .self = made.self,
                             .sides.field_b = 0,
                             .form = pair_form(s->join.a.side.n, s->join.b.side.n),
                             .pair = {.metric = {.metric = metric_number(asked->metric)},
                                      .need = asked->need,
                                      .listed = s->listed,
                                      .self = s->self,
                                      .filtered = prefilter_knows(&use)}};
    static _Alignas(16) char bytes[RING_BYTES];
    static struct worker w;
    struct harness_wire h;
    struct wire_frame f;
    struct shm arena;
    struct pair_count used[CHUNKS] = {{0, 0}};
    struct err e = {0};
    memset(&w, 0, sizeof w);
    assert_true(pairs_create(&arena, CHUNKS, &e));
    harness_wire_make(&h, &task, RING_BYTES, CHUNKS);
    harness_wire_attach(&h, 0, &w.wire);
    w.task = &h.orders->task;
    w.index.dictionary = made.column[1].dictionary;
    w.index.n_fields = 1;
    w.index.field[0].side = *side_of(1, 1);
    w.compounds = s->join;
    w.list[0] = shm_view_of(&s->list[0]);
    w.list[1] = shm_view_of(&s->list[1]);
    w.signatures = shm_view_of(&s->signatures);
    w.pairs = shm_view_of(&arena);
    w.pairs_fd = arena.fd;
    assert_true(worker_loop(&w, &e));
    while (harness_wire_take(&h, 0, &f, bytes)) {
        const struct wire_done *done = (const void *)bytes;
        assert_int_equal(done->overflow, 0);
        for (uint32_t i = 0; i < done->n_chunks; i++)
            used[done->chunk[i].chunk] = done->chunk[i].used;
    }
    assert_true(shm_create(ordered, "pairs", 1ull << 30, &e));
    assert_true(pairs_order(&(struct pairs_arena){&arena, task.form, used, NULL, CHUNKS},
                            s->join.a.side.n, s->self, ordered, &e));
    harness_wire_free(&h);
    shm_close(&arena);
}

/* Each pair of compounds that reaches both needs is there once, with the score of the second
 * column, and no other. */
static void check_pairs(const struct setting *s, const struct asked asked[2],
                        const struct pairs *pairs)
{
    const struct compound *a = &s->join.a, *b = &s->join.b;
    const uint32_t n[2] = {side_of(0, 1)->n, side_of(1, 1)->n};
    double *found = malloc((b->side.n + 1ull) * sizeof *found);
    assert_non_null(found);
    for (uint32_t i = 0; i < a->side.n; i++) {
        for (uint32_t k = 0; k < b->side.n; k++)
            found[k] = -1;
        for (uint64_t at = pairs->begin[i]; at < pairs->begin[i + 1]; at++) {
            const uint32_t k = pairs_b(pairs, at);
            assert_in_range(k, 0, b->side.n - 1);
            assert_true(found[k] < 0);
            found[k] = pairs_score(pairs, at);
        }
        for (uint32_t k = 0; k < b->side.n; k++) {
            const double first = s->score[0][(size_t)a->first[i] * n[0] + b->first[k]];
            const double second = s->score[1][(size_t)a->second[i] * n[1] + b->second[k]];
            const bool both = first >= asked[0].need && second >= asked[1].need;
            assert_true(found[k] == (both ? second : -1));
        }
    }
    free(found);
}

static void check_cut(const struct asked asked[2], bool listed, const struct pair_tiles *most,
                      uint64_t row_from, uint64_t row_to)
{
    struct setting s;
    struct shm ordered;
    struct pairs pairs;
    setting_open(&s, asked, listed, most, row_from, row_to);
    run_stage(&s, &asked[1], &ordered);
    pairs_view(&pairs, shm_view_of(&ordered));
    check_pairs(&s, asked, &pairs);
    shm_close(&ordered);
    setting_close(&s);
}

/* In a few tiles, and in many that end within groups. */
static void check(const struct asked asked[2], bool listed, uint64_t row_from, uint64_t row_to)
{
    static const struct pair_tiles small = {1e3, 7e4};
    check_cut(asked, listed, &PAIR_TILES, row_from, row_to);
    check_cut(asked, listed, &small, row_from, row_to);
}

static const struct asked asks[][2] = {
    {{"equal", 1}, {"jaro_winkler", 0.85}}, {{"equal", 1}, {"levenshtein", 0.6}},
    {{"jaro", 0.7}, {"levenshtein", 0.5}},  {{"levenshtein", 0.5}, {"equal", 1}},
    {{"equal", 1}, {"jaccard", 0.4}},       {{"equal", 1}, {"equal", 1}},
    {{"jaro", 0.9}, {"jaro", 0.2}},
};

static void try_all(void)
{
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
        for (int listed = 0; listed < 2; listed++) {
            check(asks[i], listed, 0, made.rows[0]);
            check(asks[i], listed, made.rows[0] / 3, made.rows[0] / 2 + 1);
        }
}

static void small_groups(void **state)
{
    (void)state;
    for (int self = 0; self < 2; self++) {
        make_tables(230, 190, 3, 4, self);
        try_all();
        free_tables();
    }
}

/* Groups that are large enough for joins of their own, and cut into tiles. */
static void large_groups(void **state)
{
    (void)state;
    for (int self = 0; self < 2; self++) {
        make_tables(ROWS_MAX, ROWS_MAX - 300, 4, 1, self);
        for (int listed = 0; listed < 2; listed++) {
            check(asks[0], listed, 0, made.rows[0]);
            check(asks[1], listed, 5, made.rows[0]);
            check(asks[4], listed, 0, made.rows[0]);
        }
        free_tables();
    }
}

static void nothing_in_common(void **state)
{
    (void)state;
    make_tables(1, 1, 2, 1, false);
    try_all();
    free_tables();
    make_tables(40, 1, 2, 1, false);
    try_all();
    free_tables();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compounds),    cmocka_unit_test(test_compounds_without_memory),
        cmocka_unit_test(small_groups),      cmocka_unit_test(large_groups),
        cmocka_unit_test(nothing_in_common),
    };
    harness_seed(SEED);
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
