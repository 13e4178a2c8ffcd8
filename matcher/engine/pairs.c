/* The pair arena: writing chunks, and putting their pairs in order by counting. */
#include "matcher/engine/pairs.h"
#include "core/shm.h"
#include "matcher/pairs/pair_order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TILE_PAIRS 32768u /* of rows: some 600 KB of lines */
#define TILE_ROWS 4096u

/* What counts of a chunk. */
static struct pair_chunk chunk_at(const struct pairs_arena *arena, uint64_t chunk)
{
    const char *first = arena->shm->base + chunk * PAIR_CHUNK_BYTES; /* it has no head */
    return (struct pair_chunk){(const void *)first, arena->used[chunk]};
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* Dedupe where A and B are different sides, such as a range of the rows of A: the pairs of rows of
 * the two values in which the row of B is the higher one. */
static uint64_t pairs_in_order(const struct side *a, const struct side *b, uint32_t place_a,
                               uint32_t place_b)
{
    uint64_t k = b->rows_begin[place_b], pairs = 0;
    const uint64_t end = b->rows_begin[place_b + 1ull];
    for (uint64_t i = a->rows_begin[place_a]; i < a->rows_begin[place_a + 1ull]; i++) {
        while (k < end && b->rows[k] <= a->rows[i])
            k++;
        pairs += end - k;
    }
    return pairs;
}

/* The pairs of rows that a pair of values stands for. */
static uint64_t rows_between(const struct side *a, const struct side *b, bool self,
                             uint32_t place_a, uint32_t place_b)
{
    const uint64_t m = side_multiplicity(a, place_a);
    if (self && a != b)
        return pairs_in_order(a, b, place_a, place_b);
    if (self && place_a == place_b)
        return m * (m - 1) / 2;
    return m * side_multiplicity(b, place_b);
}

static uint64_t rows_of(const struct pairs_writer *w, const struct join_pair *p)
{
    return w->a ? rows_between(w->a, w->b, w->task->self, p->a, p->b) : 1;
}

/* Counts the pairs that were found by their scores. */
static void count_scores(const struct pairs_writer *w)
{
    for (const struct join_pair *p = w->found; p < w->sink.next; p++) {
        const uint64_t rows = rows_of(w, p);
        if (rows)
            histogram_add(w->histogram, p->score, rows);
    }
}

/* Adds to done->work.rows the pairs of rows of the pairs that were found. */
static void count_pairs(const struct pairs_writer *w)
{
    uint64_t rows = w->a ? 0 : (uint64_t)(w->sink.next - w->found);
    if (w->histogram)
        count_scores(w);
    for (const struct join_pair *p = w->found; w->a && p < w->sink.next; p++)
        rows += rows_of(w, p);
    w->done->work.rows += rows;
}

/* Notes how much of the present chunk counts. No worker has more chunks than there are, unless
 * their counter was overwritten. */
static void note_chunk(struct pairs_writer *w)
{
    struct wire_done *done = w->done;
    if (!w->in_chunk || w->writer.n.pairs == 0)
        return;
    if (done->n_chunks == w->max_chunks)
        done->overflow = 1;
    else
        done->chunk[done->n_chunks++] = (struct wire_chunk){w->chunk, w->writer.n, w->check};
}

/* Asks for the pages of a chunk all at once, which is faster than one by one; in a sandbox, where
 * no segment can be grown, for its memory. Before Linux 5.14 that cannot be asked for; it comes
 * when it is touched. */
static bool populate(char *chunk)
{
    int failed;
    do
        failed = madvise(chunk, PAIR_CHUNK_BYTES, MADV_POPULATE_WRITE) == 0 ? 0 : errno;
    while (failed == EINTR);
    return failed == 0 || failed == EINVAL;
}

/* Takes the next free chunk with its memory; false when the arena is full. */
static bool take_chunk(struct pairs_writer *w)
{
    const uint64_t chunk = atomic_fetch_add(&w->reports->next_chunk, 1);
    char *at = w->arena + chunk * PAIR_CHUNK_BYTES;
    int failed = 0;
    if (chunk >= w->max_chunks)
        return false;
    w->chunk = (uint32_t)chunk;
    w->check = 0;
    do
        failed = posix_fallocate(w->fd, (off_t)(chunk * PAIR_CHUNK_BYTES), PAIR_CHUNK_BYTES);
    while (failed == EINTR);
    if ((failed && failed != EPERM) || !populate(at))
        return false;
    pair_writer_begin(&w->writer, at);
    return true;
}

/* The present chunk is full: goes on in another one. */
static void next_chunk(struct pairs_writer *w)
{
    note_chunk(w);
    w->in_chunk = take_chunk(w);
    if (w->in_chunk)
        return;
    w->done->overflow = 1;
    atomic_store(&w->reports->overflow, 1);
}

/* Writes the pairs that were found; where no chunk is left, they are lost. */
static void write_pairs(struct pairs_writer *w)
{
    const struct join_pair *p = w->found;
    while (w->in_chunk && p < w->sink.next) {
        const uint32_t from = w->writer.n.pairs;
        p += pair_writer_put(&w->writer, p, (size_t)(w->sink.next - p));
        if (w->task->module.any)
            w->check += pair_chunk_check(&(struct pair_chunk){w->writer.word, w->writer.n},
                                         w->writer.form, from);
        if (p < w->sink.next)
            next_chunk(w);
    }
}

static void pairs_flush(struct join_sink *sink)
{
    struct pairs_writer *w = (struct pairs_writer *)(void *)sink;
    count_pairs(w);
    write_pairs(w);
    w->sink.next = w->found;
}

void pairs_writer_init(struct pairs_writer *w, const struct wire *wire, struct wire_done *done,
                       const struct side *a, const struct side *b, void *arena, int fd)
{
    *w = (struct pairs_writer){.task = &wire->orders->task,
                               .reports = wire->reports,
                               .max_chunks = wire->orders->max_chunks,
                               .done = done,
                               .a = a,
                               .b = b,
                               .arena = arena,
                               .fd = fd,
                               .writer.form = wire->orders->task.form};
    const bool counts = !arena && a && !w->task->bins && (!w->task->self || a == b);
    w->sink = (struct join_sink){w->found, w->found + sizeof w->found / sizeof *w->found,
                                 pairs_flush, counts ? &done->work.rows : NULL};
    if (arena)
        next_chunk(w);
}

void pairs_writer_settle(struct pairs_writer *w)
{
    pairs_flush(&w->sink);
    note_chunk(w);
}

/* ---- Checking --------------------------------------------------------------------------------*/

/* Do all places and scores exist? */
static bool pairs_exist(const struct pair_chunk *c, struct pair_form form, uint64_t n_a,
                        uint64_t n_b)
{
    bool exist = true;
    for (uint32_t i = 0; i < c->n.pairs; i++)
        exist = exist && pair_word_a(form, c->word[i]) < n_a &&
                pair_word_b(form, c->word[i]) < n_b &&
                pair_word_score(form, c->word[i]) < c->n.scores;
    return exist;
}

bool pairs_verify(const struct pairs_arena *arena, uint64_t n_a, uint64_t n_b)
{
    bool right = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : right)
    for (uint64_t k = 0; k < arena->n_chunks; k++) {
        const struct pair_chunk c = chunk_at(arena, k);
        right = right && pair_chunk_check(&c, arena->form, 0) == arena->check[k] &&
                pairs_exist(&c, arena->form, n_a, n_b);
    }
    return right;
}

/* ---- Ordering --------------------------------------------------------------------------------*/

bool pairs_create(struct shm *arena, uint64_t max_chunks, struct err *e)
{
    if (!shm_create(arena, "the pair arena", max_chunks * PAIR_CHUNK_BYTES + 65536, e))
        return false;
    if (ftruncate(arena->fd, (off_t)(max_chunks * PAIR_CHUNK_BYTES)) != 0)
        return err_system(e, ERR_OS, errno, NULL, "the pair arena cannot be sized");
    arena->bytes = max_chunks * PAIR_CHUNK_BYTES;
    shm_seal(arena, true);
    return true;
}

struct pairs_head {
    uint64_t begin_at, pair_at, score_at, n, n_scores, tile_row_at;
};

void pairs_view(struct pairs *p, struct shm_view ordered)
{
    const struct pairs_head *h = shm_at(ordered, SHM_HEAD_AT, struct pairs_head);
    p->begin = shm_at(ordered, h->begin_at, uint64_t);
    p->pair = shm_array(ordered, h->pair_at, uint64_t, h->n);
    p->score = shm_array(ordered, h->score_at, double, h->n_scores);
    p->n_scores = h->n_scores;
    p->tile_row = h->tile_row_at ? shm_at(ordered, h->tile_row_at, uint64_t) : NULL;
}

uint64_t *pairs_words(const struct shm *ordered)
{
    const struct pairs_head *h = shm_at(shm_view_of(ordered), SHM_HEAD_AT, struct pairs_head);
    return shm_writable_array(ordered, h->pair_at, uint64_t, h->n);
}

#define ORDERED "the ordered pairs"

/* Allocates the head and begin[], for n_places + 1 numbers; NULL on failure. */
static uint64_t *open_ordered(struct shm *out, uint64_t n_places, struct err *e)
{
    const uint64_t head_at = shm_alloc(out, ORDERED, sizeof(struct pairs_head), 64, e);
    const uint64_t bytes = (n_places + 1) * sizeof(uint64_t);
    const uint64_t begin_at = head_at ? shm_alloc(out, ORDERED, bytes, 64, e) : 0;
    if (!begin_at)
        return NULL;
    shm_writable(out, head_at, struct pairs_head)->begin_at = begin_at;
    return shm_writable_array(out, begin_at, uint64_t, n_places + 1);
}

/* What is being written: words of pairs, and scores. */
struct ordered {
    uint64_t *pair;
    double *score;
};

static uint64_t ordered_word(uint32_t score, uint32_t b)
{
    return (uint64_t)score << 32 | b;
}

/* Allocates n pairs and their scores. */
static bool place_ordered(struct shm *out, uint64_t n, uint64_t n_scores, struct ordered *o,
                          struct err *e)
{
    const uint64_t pair_at = shm_alloc(out, ORDERED, (n + 1) * sizeof(uint64_t), 64, e);
    const uint64_t score_at =
        pair_at ? shm_alloc(out, ORDERED, (n_scores + 1) * sizeof(double), 64, e) : 0;
    if (!score_at)
        return false;
    struct pairs_head *head = shm_writable(out, SHM_HEAD_AT, struct pairs_head);
    *head = (struct pairs_head){head->begin_at, pair_at, score_at, n, n_scores, 0};
    o->pair = shm_writable_array(out, pair_at, uint64_t, n);
    o->score = shm_writable_array(out, score_at, double, n_scores);
    return true;
}

static bool write_ordered(const struct pair_order *order, uint64_t *begin, struct shm *out,
                          struct err *e)
{
    struct ordered o;
    if (!place_ordered(out, order->n_pairs, order->n_scores, &o, e))
        return false;
    memcpy(o.score, order->score, order->n_scores * sizeof *o.score);
    return pair_order_write(order, o.pair, begin, e);
}

/* The chunks that have pairs, in their order; returns how many. Threads share them by number, so
 * those that nobody took would leave some threads without work. */
static uint64_t used_chunks(const struct pairs_arena *arena, struct pair_chunk *chunk)
{
    uint64_t n = 0;
    for (uint64_t c = 0; c < arena->n_chunks; c++)
        if (arena->used[c].pairs)
            chunk[n++] = chunk_at(arena, c);
    return n;
}

bool pairs_order(const struct pairs_arena *arena, uint64_t n_places, bool self, struct shm *out,
                 struct err *e)
{
    struct pair_order order;
    struct pair_chunk *chunk = malloc((arena->n_chunks + 1) * sizeof *chunk);
    if (!chunk)
        return err_set(e, ERR_OS, NULL, "not enough memory to sort the pairs");
    const uint64_t n = used_chunks(arena, chunk);
    uint64_t *begin = open_ordered(out, n_places, e);
    bool ok = begin;
    if (ok) {
        ok = pair_order_open(&order, chunk, n, arena->form, n_places, self, e) &&
             write_ordered(&order, begin, out, e);
        pair_order_close(&order);
    }
    free(chunk);
    return ok;
}

/* The pairs of a place that reach what is asked: their number, and, unless `to` is NULL, they. */
static uint64_t filter_place(const struct pairs *from, uint32_t place, const struct join_job *asked,
                             uint64_t *to)
{
    uint64_t n = 0;
    for (uint64_t k = from->begin[place]; k < from->begin[place + 1ull]; k++) {
        if (!join_takes(asked, pairs_score(from, k)))
            continue;
        if (to)
            to[n] = from->pair[k];
        n++;
    }
    return n;
}

bool pairs_filter(const struct pairs *from, uint32_t n_places, const struct join_job *asked,
                  struct shm *out, struct err *e)
{
    struct ordered o;
    uint64_t *begin = open_ordered(out, n_places, e);
    if (!begin)
        return false;
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t a = 0; a < n_places; a++)
        begin[a + 1ull] = filter_place(from, a, asked, NULL);
    for (uint32_t a = 0; a < n_places; a++)
        begin[a + 1ull] += begin[a];
    if (!place_ordered(out, begin[n_places], from->n_scores, &o, e))
        return false;
    memcpy(o.score, from->score, from->n_scores * sizeof *o.score);
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t a = 0; a < n_places; a++)
        filter_place(from, a, asked, o.pair + begin[a]);
    return true;
}

uint64_t pairs_rows(const struct pairs *p, const struct side *a, const struct side *b, bool self)
{
    const bool twice = self && a == b; /* each pair stands under both of its places */
    uint64_t rows = 0;
#pragma omp parallel for schedule(dynamic, 1024) reduction(+ : rows)
    for (uint32_t place = 0; place < a->n; place++)
        for (uint64_t k = p->begin[place]; k < p->begin[place + 1ull]; k++)
            rows +=
                twice && pairs_b(p, k) < place ? 0 : rows_between(a, b, self, place, pairs_b(p, k));
    return rows;
}

bool pairs_of_found(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_rows, e), k = 0;
    struct ordered o;
    if (found->n > UINT32_MAX)
        return err_set(e, ERR_OS, "write fewer pairs", "more pairs are kept than can be written");
    if (!begin || !place_ordered(out, found->n, found->n, &o, e))
        return false;
    for (uint64_t row = 0; row <= n_rows; row++) {
        begin[row] = k;
        for (; k < found->n && found->pair[k].row_a == row; k++) {
            o.pair[k] = ordered_word((uint32_t)k, found->pair[k].row_b);
            o.score[k] = found->pair[k].score;
        }
    }
    return true;
}

bool pairs_of_b(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_rows, e);
    struct ordered none;
    if (!begin || !place_ordered(out, 0, 0, &none, e))
        return false;
    for (uint64_t k = 0; k < found->n; k++)
        begin[found->pair[k].row_b + 1ull]++;
    for (uint64_t row = 0; row < n_rows; row++)
        begin[row + 1] += begin[row];
    return true;
}

/* ---- Tiles -----------------------------------------------------------------------------------*/

/* For each place of A, the number of pairs of rows that one of its rows is in. */
static void count_rows_of_places(const struct pairs *p, const struct side *a, const struct side *b,
                                 uint64_t *rows)
{
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t place = 0; place < a->n; place++) {
        rows[place] = 0;
        for (uint64_t k = p->begin[place]; k < p->begin[place + 1]; k++)
            rows[place] += side_multiplicity(b, pairs_b(p, k));
    }
}

/* The number of pairs of rows that row r of A is in. */
static uint64_t pairs_of_row(const struct pairs *p, const struct side *a, const uint64_t *rows,
                             uint64_t r)
{
    if (!a)
        return p->begin[r + 1] - p->begin[r];
    return a->row_place[r] == TABLE_MISSING ? 0 : rows[a->row_place[r]];
}

/* Returns the number of tiles. tile_row, unless NULL, gets where they begin. */
static uint64_t cut_rows(const struct pairs *p, const struct side *a, const uint64_t *rows,
                         uint64_t from, uint64_t to, uint64_t *tile_row)
{
    uint64_t n = 0, pairs = 0, begin = from;
    for (uint64_t r = from; r < to; r++) {
        pairs += pairs_of_row(p, a, rows, r);
        if (pairs < TILE_PAIRS && r + 1 - begin < TILE_ROWS && r + 1 < to)
            continue;
        if (tile_row) {
            tile_row[n] = begin;
            tile_row[n + 1] = r + 1;
        }
        begin = r + 1;
        pairs = 0;
        n++;
    }
    return n;
}

bool pairs_cut(struct shm *ordered, const struct side *a, const struct side *b, uint64_t row_from,
               uint64_t row_to, uint64_t *n_tiles, struct err *e)
{
    struct pairs p;
    uint64_t *rows = a ? malloc((a->n + 1ull) * sizeof *rows) : NULL;
    if (a && !rows)
        return err_set(e, ERR_OS, NULL, "not enough memory to cut the pairs into tiles");
    pairs_view(&p, shm_view_of(ordered));
    if (a)
        count_rows_of_places(&p, a, b, rows);
    *n_tiles = cut_rows(&p, a, rows, row_from, row_to, NULL);
    uint64_t bytes = (*n_tiles + 1) * sizeof(uint64_t);
    uint64_t at = shm_alloc(ordered, "the ordered pairs", bytes, 64, e);
    if (at) {
        shm_writable(ordered, SHM_HEAD_AT, struct pairs_head)->tile_row_at = at;
        cut_rows(&p, a, rows, row_from, row_to,
                 shm_writable_array(ordered, at, uint64_t, *n_tiles + 1));
    }
    free(rows);
    return at;
}
