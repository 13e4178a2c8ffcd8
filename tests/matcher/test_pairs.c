/* The pair arena: what several writers put into their chunks, its invariants when it is full or
 * when pairs are only counted; and its contents in order and cut into tiles, against a plain sort
 * and a plain count. */
#include "matcher/engine/pairs.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"

#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 79u
#define PLACES 60u
#define ROWS 20000u
#define MAX_CHUNKS 9u
#define SCORES 1000u
#define DISTINCT (PAIR_CHUNK_WORDS / 2) /* pairs in a chunk if each has a score of its own */
#define TILE_PAIRS 32768u
#define TILE_ROWS 4096u

/* ---- Sides made up ---------------------------------------------------------------------------*/

struct made_side {
    struct side side;
    uint32_t row_place[ROWS];
    uint64_t rows_begin[PLACES + 1];
};

/* Every tenth row has no value; place 0 has half of the rows if `skewed`. */
static void make_side(struct made_side *s, bool skewed)
{
    uint64_t rows[PLACES] = {0};
    for (uint32_t r = 0; r < ROWS; r++) {
        uint32_t place = skewed && harness_below(2) ? 0 : harness_below(PLACES);
        s->row_place[r] = harness_below(10) ? place : TABLE_MISSING;
        if (s->row_place[r] != TABLE_MISSING)
            rows[place]++;
    }
    s->rows_begin[0] = 0;
    for (uint32_t p = 0; p < PLACES; p++)
        s->rows_begin[p + 1] = s->rows_begin[p] + rows[p];
    s->side = (struct side){
        .n = PLACES, .n_rows = ROWS, .rows_begin = s->rows_begin, .row_place = s->row_place};
}

/* The pairs of rows that a pair of values stands for. */
static uint64_t rows_of(const struct side *a, const struct side *b, const struct join_pair *p,
                        bool self)
{
    uint64_t m = side_multiplicity(a, p->a);
    return self && p->a == p->b ? m * (m - 1) / 2 : m * side_multiplicity(b, p->b);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

#define WRITERS 3u
#define WRITTEN_MAX (MAX_CHUNKS * PAIR_CHUNK_WORDS)

struct writing {
    struct made_side a, b;
    const struct side *b_side; /* of a table with itself, that of a */
    struct harness_wire wire;
    struct worker worker[WRITERS];
    struct shm arena;
    struct pairs_writer writer[WRITERS];
    struct join_pair *written[WRITERS]; /* what each was given */
    size_t n[WRITERS];
    uint64_t rows[WRITERS];
    struct wire_chunk chunk[WRITERS]
                           [MAX_CHUNKS]; /* what each has said, as a coordinator adds it up */
    uint32_t n_chunks[WRITERS];
};

/* `checks`: a module runs. */
static void writing_open(struct writing *w, uint64_t max_chunks, bool self, bool counts,
                         bool checks)
{
    struct err e = {0};
    struct wire_task task = {.n_workers = WRITERS,
                             .self = self,
                             .module.any = checks,
                             .form = pair_form(PLACES, PLACES)};
    make_side(&w->a, true);
    make_side(&w->b, false);
    w->b_side = self ? &w->a.side : &w->b.side;
    harness_wire_make(&w->wire, &task, 0, max_chunks);
    assert_true(pairs_create(&w->arena, max_chunks, &e));
    for (unsigned i = 0; i < WRITERS; i++) {
        w->n[i] = 0;
        w->rows[i] = 0;
        w->n_chunks[i] = 0;
        w->written[i] = malloc(WRITTEN_MAX * sizeof *w->written[i]);
        assert_non_null(w->written[i]);
        harness_wire_attach_worker(&w->wire, i, &w->worker[i]);
        pairs_writer_init(&w->writer[i], &w->worker[i].wire, w->worker[i].done, &w->a.side,
                          w->b_side, counts ? NULL : w->arena.base, w->arena.fd);
    }
}

static void writing_close(struct writing *w)
{
    for (unsigned i = 0; i < WRITERS; i++) {
        free(w->written[i]);
        harness_wire_detach_worker(&w->worker[i]);
    }
    shm_close(&w->arena);
    harness_wire_free(&w->wire);
}

/* Writes n pairs of so many scores. */
static void write_pairs(struct writing *w, unsigned i, uint32_t n, uint32_t n_scores)
{
    const struct wire_task *task = w->worker[i].task;
    for (; n > 0; n--) {
        struct join_pair p = {harness_below(PLACES), harness_below(PLACES),
                              harness_below(n_scores)};
        p.b = harness_below(5) ? p.b : p.a;
        w->written[i][w->n[i]++] = p;
        w->rows[i] += rows_of(&w->a.side, w->b_side, &p, task->self);
        join_put(&w->writer[i].sink, p.a, p.b, p.score);
    }
}

/* Writer i has done a tile: adds what it says of its chunks to what it said before. */
static void settle(struct writing *w, unsigned i)
{
    struct wire_done *done = w->worker[i].done;
    pairs_writer_settle(&w->writer[i]);
    for (uint32_t k = 0; k < done->n_chunks; k++) {
        const uint32_t n = w->n_chunks[i];
        const bool goes_on = n && w->chunk[i][n - 1].chunk == done->chunk[k].chunk;
        assert_true(goes_on || n < MAX_CHUNKS);
        w->chunk[i][goes_on ? n - 1 : w->n_chunks[i]++] = done->chunk[k];
    }
    done->n_chunks = 0;
}

/* Pair k of a chunk. */
static struct join_pair pair_at(const struct writing *w, const struct wire_chunk *said, uint32_t k)
{
    const char *first = w->arena.base + (size_t)said->chunk * PAIR_CHUNK_BYTES;
    const struct pair_chunk c = {(const void *)first, said->used};
    const struct pair_form form = w->worker[0].task->form;
    const uint32_t number = pair_word_score(form, c.word[k]);
    assert_true(number < c.n.scores);
    return (struct join_pair){pair_word_a(form, c.word[k]), pair_word_b(form, c.word[k]),
                              pair_chunk_score(&c, number)};
}

/* The chunks of a writer hold what it was given, in order, all but the last full. */
static void check_chunks(struct writing *w, unsigned i)
{
    size_t n = 0;
    settle(w, i);
    for (uint32_t c = 0; c < w->n_chunks[i]; c++) {
        const struct wire_chunk *said = &w->chunk[i][c];
        assert_true(pair_count_fits(said->used));
        assert_true(c + 1 == w->n_chunks[i] ||
                    said->used.pairs + said->used.scores + 2 > PAIR_CHUNK_WORDS);
        assert_in_range(said->used.scores, 1, SCORES);
        assert_true(n + said->used.pairs <= w->n[i]);
        for (uint32_t k = 0; k < said->used.pairs; k++, n++) {
            const struct join_pair p = pair_at(w, said, k), *q = &w->written[i][n];
            if (p.a != q->a || p.b != q->b || p.score != q->score)
                fail_msg("writer %u, chunk %u, pair %u is another", i, said->chunk, k);
        }
    }
    assert_int_equal(n, w->n[i]);
    assert_int_equal(w->worker[i].done->work.rows, w->rows[i]);
}

/* No two writers have a chunk in common. */
static void check_owners(const struct writing *w)
{
    bool taken[MAX_CHUNKS] = {false};
    for (unsigned i = 0; i < WRITERS; i++)
        for (uint32_t c = 0; c < w->n_chunks[i]; c++) {
            assert_false(taken[w->chunk[i][c].chunk]);
            taken[w->chunk[i][c].chunk] = true;
        }
}

/* The writers take turns, so that their chunks are mixed. */
static void check_writing(bool self)
{
    static struct writing w;
    writing_open(&w, MAX_CHUNKS, self, false, false);
    while (atomic_load(&w.wire.reports->next_chunk) < MAX_CHUNKS - 1) {
        const unsigned i = harness_below(WRITERS);
        write_pairs(&w, i, harness_below(40000), SCORES);
        if (harness_below(2))
            settle(&w, i);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        check_chunks(&w, i);
    check_owners(&w);
    assert_int_equal(atomic_load(&w.wire.reports->overflow), 0);
    writing_close(&w);
}

static void test_writing(void **state)
{
    (void)state;
    check_writing(false);
    check_writing(true);
}

/* A chunk that is just full, with one score: nothing is said of another one. */
static void test_full_chunk(void **state)
{
    (void)state;
    static struct writing w;
    writing_open(&w, MAX_CHUNKS, false, false, false);
    for (uint32_t full = 0; full < 2; full++) {
        write_pairs(&w, 0, full ? 1 : PAIR_CHUNK_WORDS - 2, 1);
        settle(&w, 0);
        assert_int_equal(w.n_chunks[0], 1);
        assert_int_equal(w.chunk[0][0].used.pairs, PAIR_CHUNK_WORDS - (full ? 1 : 2));
    }
    check_chunks(&w, 0);
    check_chunks(&w, 1);
    writing_close(&w);
}

/* The last chunk is taken: pairs go nowhere from there on, the others stay as they are, and all are
 * told to take no more tiles. */
static void test_overflow(void **state)
{
    (void)state;
    static struct writing w;
    writing_open(&w, WRITERS, false, false, false);
    write_pairs(&w, 1, PAIR_CHUNK_WORDS - 1, 1);
    assert_int_equal(atomic_load(&w.wire.reports->overflow), 0);
    write_pairs(&w, 0, 100, SCORES);
    check_chunks(&w, 0);
    write_pairs(&w, 1, 5000, SCORES);
    assert_int_equal(atomic_load(&w.wire.reports->overflow), 1);
    assert_int_equal(w.worker[1].done->overflow, 1);
    assert_int_equal(w.worker[0].done->overflow, 0);
    check_chunks(&w, 0);
    settle(&w, 1);
    check_owners(&w);
    writing_close(&w);
}

/* Counting alone: no chunk, and the number of pairs of rows. */
static void test_counting(void **state)
{
    (void)state;
    static struct writing w;
    for (int self = 0; self < 2; self++) {
        writing_open(&w, MAX_CHUNKS, self, true, false);
        for (unsigned i = 0; i < WRITERS; i++) {
            write_pairs(&w, i, 1023 + i + harness_below(2) * 5000, SCORES);
            settle(&w, i);
            assert_int_equal(w.n_chunks[i], 0);
            assert_int_equal(w.worker[i].done->work.rows, w.rows[i]);
        }
        assert_int_equal(atomic_load(&w.wire.reports->overflow), 0);
        assert_int_equal(atomic_load(&w.wire.reports->next_chunk), 0);
        writing_close(&w);
    }
}

/* ---- Checking --------------------------------------------------------------------------------*/

/* With so many places of A and B. */
static bool is_right(const struct writing *w, uint64_t n_a, uint64_t n_b)
{
    struct pair_count used[MAX_CHUNKS] = {{0, 0}};
    uint64_t check[MAX_CHUNKS] = {0};
    for (unsigned i = 0; i < WRITERS; i++)
        for (uint32_t c = 0; c < w->n_chunks[i]; c++) {
            used[w->chunk[i][c].chunk] = w->chunk[i][c].used;
            check[w->chunk[i][c].chunk] = w->chunk[i][c].check;
        }
    const struct pairs_arena arena = {&w->arena, w->worker[0].task->form, used, check, MAX_CHUNKS};
    return pairs_verify(&arena, n_a, n_b);
}

static uint64_t *word_at(const struct writing *w, const struct wire_chunk *said, uint32_t word)
{
    return (uint64_t *)(void *)(w->arena.base + (size_t)said->chunk * PAIR_CHUNK_BYTES) + word;
}

/* Where a module runs, any bit of a pair or a score that counts is noticed, and none after them; so
 * are places that do not exist, though their check is right. */
static void test_checking(void **state)
{
    (void)state;
    static struct writing w;
    writing_open(&w, MAX_CHUNKS, false, false, true);
    for (int turn = 0; turn < 20; turn++) {
        write_pairs(&w, (unsigned)turn % WRITERS, harness_below(20000), SCORES);
        settle(&w, (unsigned)turn % WRITERS);
    }
    assert_true(is_right(&w, PLACES, PLACES));
    assert_false(is_right(&w, PLACES - 1, PLACES));
    assert_false(is_right(&w, PLACES, PLACES - 1));
    for (int turn = 0; turn < 100; turn++) {
        const unsigned i = harness_below(WRITERS);
        const struct wire_chunk *said = &w.chunk[i][harness_below(w.n_chunks[i])];
        const uint32_t word = turn % 2 ? harness_below(said->used.pairs)
                                       : PAIR_CHUNK_WORDS - 1 - harness_below(said->used.scores);
        uint64_t *at = word_at(&w, said, word);
        const uint64_t bit = 1ull << harness_below(64);
        *at ^= bit;
        assert_false(is_right(&w, PLACES, PLACES));
        *at ^= bit;
    }
    assert_true(is_right(&w, PLACES, PLACES));
    struct wire_chunk *last = &w.chunk[0][w.n_chunks[0] - 1];
    *word_at(&w, last, last->used.pairs) ^= 1;
    *word_at(&w, last, PAIR_CHUNK_WORDS - 1 - last->used.scores) ^= 1;
    assert_true(is_right(&w, PLACES, PLACES));
    const struct pair_chunk one = {word_at(&w, last, 0), {1, 1}};
    last->used = one.n;
    *word_at(&w, last, 0) = 1ull << w.worker[0].task->form.b_bits; /* score 1 of 1 */
    last->check = pair_chunk_check(&one, w.worker[0].task->form, 0);
    assert_false(is_right(&w, PLACES, PLACES));
    *word_at(&w, last, 0) = 0;
    last->check = pair_chunk_check(&one, w.worker[0].task->form, 0);
    assert_true(is_right(&w, PLACES, PLACES));
    writing_close(&w);
}

/* The arena has its size for good. */
static void test_size(void **state)
{
    (void)state;
    struct shm arena;
    struct err e;
    assert_true(pairs_create(&arena, 2, &e));
    assert_int_equal(ftruncate(arena.fd, 0), -1);
    assert_int_equal(ftruncate(arena.fd, (off_t)arena.bytes + 1), -1);
    assert_int_equal(pwrite(arena.fd, "x", 1, (off_t)arena.bytes), -1);
    assert_int_equal(posix_fallocate(arena.fd, 0, (off_t)arena.bytes), 0);
    shm_close(&arena);
}

/* ---- Ordering --------------------------------------------------------------------------------*/

static int by_place(const void *x, const void *y)
{
    const struct join_pair *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    return p->score < q->score ? -1 : p->score > q->score;
}

#define FEW_SCORES 20000u /* so many are told apart */

struct ordering {
    struct harness_arena arena;
    struct shm ordered;
    struct join_pair *expected; /* sorted */
    size_t n;
};

static void expect(struct ordering *o, struct join_pair p)
{
    o->expected[o->n++] = p;
}

/* Chunks with so many pairs each of so many scores, which stand for places below n_places; what
 * stands after them must not count. */
static void ordering_open(struct ordering *o, const uint32_t *used, uint64_t n_chunks,
                          uint32_t n_places, uint32_t n_scores, bool self)
{
    struct err e = {0};
    harness_arena_open(&o->arena, n_chunks, n_places, n_places);
    o->n = 0;
    o->expected = malloc(2 * n_chunks * DISTINCT * sizeof *o->expected + 1);
    assert_non_null(o->expected);
    for (uint64_t c = 0; c < n_chunks; c++) {
        for (uint32_t i = 0; i < used[c] + 3 && i < DISTINCT; i++) {
            const struct join_pair p = {harness_below(3) ? n_places / 2 : harness_below(n_places),
                                        harness_below(n_places), harness_below(n_scores)};
            if (i >= used[c]) {
                harness_arena_spoil(&o->arena, p);
                continue;
            }
            harness_arena_put(&o->arena, p);
            expect(o, p);
            if (self && p.a != p.b)
                expect(o, (struct join_pair){p.b, p.a, p.score});
        }
        harness_arena_next(&o->arena);
    }
    qsort(o->expected, o->n, sizeof *o->expected, by_place);
    const struct pairs_arena arena = harness_arena_pairs(&o->arena);
    assert_true(shm_create(&o->ordered, "ordered pairs", 1 << 26, &e));
    assert_true(pairs_order(&arena, n_places, self, &o->ordered, &e));
}

static void ordering_close(struct ordering *o)
{
    free(o->expected);
    harness_arena_close(&o->arena);
    shm_close(&o->ordered);
}

/* The pairs of each place, sorted by a plain sort, are those expected. */
static void check_order(const uint32_t *used, uint64_t n_chunks, uint32_t n_places,
                        uint32_t n_scores, bool self)
{
    struct ordering o;
    struct pairs p;
    size_t n = 0;
    ordering_open(&o, used, n_chunks, n_places, n_scores, self);
    pairs_view(&p, shm_view_of(&o.ordered));
    assert_int_equal(p.begin[0], 0);
    assert_true(n_scores > FEW_SCORES || p.n_scores <= n_scores);
    struct join_pair *is = malloc((o.n + 1) * sizeof *is);
    assert_non_null(is);
    for (uint32_t a = 0; a < n_places; a++)
        for (uint64_t k = p.begin[a]; k < p.begin[a + 1]; k++) {
            assert_true(n < o.n);
            is[n++] = (struct join_pair){a, pairs_b(&p, k), pairs_score(&p, k)};
        }
    assert_int_equal(n, o.n);
    qsort(is, n, sizeof *is, by_place);
    for (size_t i = 0; i < n; i++)
        if (by_place(&is[i], &o.expected[i]) != 0)
            fail_msg("pair %zu is (%u, %u) instead of (%u, %u)", i, is[i].a, is[i].b,
                     o.expected[i].a, o.expected[i].b);
    free(is);
    ordering_close(&o);
}

static void test_order(void **state)
{
    (void)state;
    static const uint32_t used[] = {1000, 0, DISTINCT, 1, 17};
    static const uint32_t gaps[] = {0, 0, 300, 0, 0, 0, DISTINCT, 5, 0};
    static const uint32_t scores[] = {3, FEW_SCORES, 1u << 30};
    static const int threads[] = {1, 2, 7};
    for (int turn = 0; turn < 18; turn++) {
        const bool self = turn % 2;
        const uint32_t n = scores[turn / 2 % 3];
        omp_set_num_threads(threads[turn / 6]);
        check_order(gaps, 9, PLACES, n, self);
        check_order(used, 5, PLACES, n, self);
        check_order(used, 5, 3000, n, self);
        check_order(used, 2, 100000, n, self);
        check_order(used, 1, 1, n, self); /* all are self pairs */
        check_order(used + 1, 1, PLACES, n, self);
        check_order(used, 0, PLACES, n, self);
    }
}

/* Filtered, a list has those pairs alone that reach what is asked, and stands for as many pairs of
 * rows as one after the other does. */
static void check_filter(const uint32_t *used, uint64_t n_chunks, bool self, enum metric_view view,
                         double need)
{
    static struct made_side a, b;
    const struct join_job asked = {.use.view = view, .need = need};
    struct ordering o;
    struct pairs all, p;
    struct shm out;
    struct err e;
    size_t n = 0;
    uint64_t rows = 0;
    make_side(&a, true);
    make_side(&b, false);
    const struct side *other = self ? &a.side : &b.side;
    ordering_open(&o, used, n_chunks, PLACES, 1u << 30, self);
    pairs_view(&all, shm_view_of(&o.ordered));
    assert_true(shm_create(&out, "a filtered list", 1u << 26, &e));
    assert_true(pairs_filter(&all, PLACES, &asked, &out, &e));
    pairs_view(&p, shm_view_of(&out));
    struct join_pair *is = malloc((o.n + 1) * sizeof *is);
    assert_non_null(is);
    for (uint32_t place = 0; place < PLACES; place++)
        for (uint64_t k = p.begin[place]; k < p.begin[place + 1]; k++) {
            assert_true(n < o.n);
            is[n++] = (struct join_pair){place, pairs_b(&p, k), pairs_score(&p, k)};
        }
    assert_int_equal(p.begin[PLACES], n);
    qsort(is, n, sizeof *is, by_place);
    size_t at = 0;
    for (size_t i = 0; i < o.n; i++) {
        const struct join_pair *x = &o.expected[i];
        if (view == METRIC_DISTANCE ? x->score > need : x->score < need)
            continue;
        assert_true(at < n && by_place(&is[at++], x) == 0);
        rows += self && x->b < x->a ? 0 : rows_of(&a.side, other, x, self);
    }
    assert_int_equal(at, n);
    assert_int_equal(pairs_rows(&p, &a.side, other, self), rows);
    free(is);
    shm_close(&out);
    ordering_close(&o);
}

static void test_filter(void **state)
{
    (void)state;
    static const uint32_t used[] = {1000, 0, 9000};
    static const double needs[] = {0, 1u << 28, 1u << 29, 1u << 30};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        for (int self = 0; self < 2; self++) {
            check_filter(used, 3, self, METRIC_NORMALIZED_SIMILARITY, needs[i]);
            check_filter(used, 3, self, METRIC_DISTANCE, needs[i]);
            check_filter(used, 0, self, METRIC_DISTANCE, needs[i]);
        }
}

/* ---- Pairs of rows that were chosen ----------------------------------------------------------*/

#define FOUND_ROWS 50u

/* A matrix of rows of A and B, in which a pair is one of 16; row 7 of A and row 3 of B have none.
 */
static struct found make_found(struct found_pair pair[FOUND_ROWS * FOUND_ROWS])
{
    struct found found = {pair, 0};
    for (uint32_t a = 0; a < FOUND_ROWS; a++)
        for (uint32_t b = 0; b < FOUND_ROWS; b++)
            if (a != 7 && b != 3 && harness_below(16) == 0)
                pair[found.n++] = (struct found_pair){a, b, a + b / 100.0};
    return found;
}

static uint64_t count_of_b(const struct found *found, uint32_t b)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k < found->n; k++)
        n += found->pair[k].row_b == b;
    return n;
}

static void test_found(void **state)
{
    static struct found_pair pair[FOUND_ROWS * FOUND_ROWS];
    struct shm of_a, of_b;
    struct pairs a, b;
    struct err e;
    (void)state;
    harness_seed(SEED);
    const struct found found = make_found(pair);
    assert_true(shm_create(&of_a, "a test", 1u << 20, &e) &&
                pairs_of_found(&found, FOUND_ROWS, &of_a, &e));
    assert_true(shm_create(&of_b, "a test", 1u << 20, &e) &&
                pairs_of_b(&found, FOUND_ROWS, &of_b, &e));
    pairs_view(&a, shm_view_of(&of_a));
    pairs_view(&b, shm_view_of(&of_b));
    uint64_t k = 0;
    for (uint32_t row = 0; row < FOUND_ROWS; row++) {
        assert_int_equal(a.begin[row], k);
        for (; k < a.begin[row + 1]; k++)
            assert_true(pair[k].row_a == row && pairs_b(&a, k) == pair[k].row_b &&
                        pairs_score(&a, k) == pair[k].score);
        assert_int_equal(b.begin[row + 1] - b.begin[row], count_of_b(&found, row));
    }
    assert_int_equal(k, found.n);
    assert_int_equal(a.begin[8] - a.begin[7], 0);
    shm_close(&of_a);
    shm_close(&of_b);
}

/* ---- Tiles -----------------------------------------------------------------------------------*/

/* The pairs of rows of a row of A, counted one after the other. */
static uint64_t pairs_of_row(const struct pairs *p, const struct side *a, const struct side *b,
                             uint64_t row)
{
    uint64_t n = 0, place = a ? a->row_place[row] : row;
    if (place == TABLE_MISSING)
        return 0;
    for (uint64_t k = p->begin[place]; k < p->begin[place + 1]; k++)
        n += b ? side_multiplicity(b, pairs_b(p, k)) : 1;
    return n;
}

/* A tile ends with the first row with which it has enough. */
static void check_tile(const struct pairs *p, const struct side *a, const struct side *b,
                       uint64_t from, uint64_t to, bool last)
{
    uint64_t n = 0;
    assert_in_range(to, from + 1, from + TILE_ROWS);
    for (uint64_t r = from; r + 1 < to; r++)
        n += pairs_of_row(p, a, b, r);
    if (n >= TILE_PAIRS)
        fail_msg("rows %lu to %lu: one row less has %lu pairs already", (unsigned long)from,
                 (unsigned long)to, (unsigned long)n);
    n += pairs_of_row(p, a, b, to - 1);
    if (!last && n < TILE_PAIRS && to - from < TILE_ROWS)
        fail_msg("rows %lu to %lu: only %lu pairs", (unsigned long)from, (unsigned long)to,
                 (unsigned long)n);
}

static uint64_t check_cut(struct shm *ordered, const struct side *a, const struct side *b,
                          uint64_t from, uint64_t to)
{
    struct pairs p;
    struct err e = {0};
    uint64_t n_tiles;
    assert_true(pairs_cut(ordered, a, b, from, to, &n_tiles, &e));
    pairs_view(&p, shm_view_of(ordered));
    if (from == to) {
        assert_int_equal(n_tiles, 0);
        return 0;
    }
    assert_int_equal(p.tile_row[0], from);
    assert_int_equal(p.tile_row[n_tiles], to);
    for (uint64_t t = 0; t < n_tiles; t++)
        check_tile(&p, a, b, p.tile_row[t], p.tile_row[t + 1], t + 1 == n_tiles);
    return n_tiles;
}

static void test_cut_values(void **state)
{
    (void)state;
    static const uint32_t used[] = {300, 5};
    static struct made_side a, b;
    struct ordering o;
    make_side(&a, true);
    make_side(&b, false);
    ordering_open(&o, used, 2, PLACES, 1000, false);
    assert_true(check_cut(&o.ordered, &a.side, &b.side, 0, ROWS) > 100);
    check_cut(&o.ordered, &a.side, &b.side, 7, ROWS - 7);
    check_cut(&o.ordered, &a.side, &b.side, ROWS / 2, ROWS / 2 + 1);
    check_cut(&o.ordered, &a.side, &b.side, 9, 9);
    ordering_close(&o);
}

/* Pairs of rows, of which one row has two thirds; and none at all, so that only rows count. */
static void test_cut_rows(void **state)
{
    (void)state;
    static const uint32_t used[] = {DISTINCT, 60000, 0};
    struct ordering o;
    ordering_open(&o, used, 2, ROWS, 1000, false);
    assert_true(check_cut(&o.ordered, NULL, NULL, 0, ROWS) > 5);
    check_cut(&o.ordered, NULL, NULL, 1, ROWS / 2 + 1);
    ordering_close(&o);
    ordering_open(&o, used + 2, 1, ROWS, 1000, false);
    assert_int_equal(check_cut(&o.ordered, NULL, NULL, 0, 2 * TILE_ROWS), 2);
    assert_int_equal(check_cut(&o.ordered, NULL, NULL, 0, 2 * TILE_ROWS + 1), 3);
    ordering_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing),  cmocka_unit_test(test_full_chunk),
        cmocka_unit_test(test_overflow), cmocka_unit_test(test_counting),
        cmocka_unit_test(test_checking), cmocka_unit_test(test_size),
        cmocka_unit_test(test_order),    cmocka_unit_test(test_cut_values),
        cmocka_unit_test(test_cut_rows), cmocka_unit_test(test_found),
        cmocka_unit_test(test_filter),
    };
    print_message("seed %u\n", SEED);
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
