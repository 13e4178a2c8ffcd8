/* The pair arena: writing chunks, and putting their pairs in order by counting. */
#include "matcher/engine/pairs.h"
#include "core/hash.h"
#include "core/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES (PAIRS_IN_CHUNK * sizeof(struct join_pair))
#define TILE_PAIRS 32768u /* of rows: some 600 KB of lines */
#define TILE_ROWS 4096u

static const struct join_pair *chunk_pairs(const struct shm *arena, uint64_t chunk)
{
    const struct join_pair *first = (const void *)arena->base; /* it has no head */
    return first + chunk * PAIRS_IN_CHUNK;
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

/* Counts the pairs from `uncounted` to the last that is written by their scores. */
static void count_scores(const struct pairs_writer *w)
{
    for (const struct join_pair *p = w->uncounted; p < w->sink.next; p++) {
        const uint64_t rows = rows_of(w, p);
        if (rows)
            histogram_add(w->histogram, p->score, rows);
    }
}

/* Adds to done->work.rows the pairs of rows of the pairs from `uncounted` to the last that is
 * written, and brings the check of the chunk up to date. */
static void count_pairs(struct pairs_writer *w)
{
    const struct join_pair *p = w->uncounted;
    uint64_t rows = w->a ? 0 : (uint64_t)(w->sink.next - p);
    if (w->task->module.any && w->in_chunk)
        w->check += pairs_check(p, (size_t)(w->sink.next - p));
    if (w->histogram)
        count_scores(w);
    for (; w->a && p < w->sink.next; p++)
        rows += rows_of(w, p);
    w->done->work.rows += rows;
    w->uncounted = w->sink.next;
}

/* Begins to write at `first`, which has space for n pairs. */
static void write_to(struct pairs_writer *w, struct join_pair *first, uint32_t n)
{
    w->first = w->uncounted = w->sink.next = first;
    w->sink.end = first + n;
    w->check = 0;
}

/* Notes how many pairs of the present chunk count. No worker has more chunks than there are, unless
 * their counter was overwritten. */
static void note_chunk(struct pairs_writer *w)
{
    struct wire_done *done = w->done;
    const uint32_t used = (uint32_t)(w->sink.next - w->first);
    if (!w->in_chunk || used == 0)
        return;
    if (done->n_chunks == w->max_chunks)
        done->overflow = 1;
    else
        done->chunk[done->n_chunks++] = (struct wire_chunk){w->chunk, used, w->check};
}

/* Asks for a chunk's memory in a sandbox, where no segment can be grown. Before Linux 5.14 it
 * cannot be asked for there; it comes when it is touched. */
static bool populate(struct join_pair *chunk)
{
    int failed;
    do
        failed = madvise(chunk, CHUNK_BYTES, 23 /* MADV_POPULATE_WRITE */) == 0 ? 0 : errno;
    while (failed == EINTR);
    return failed == 0 || failed == EINVAL;
}

/* Takes the next free chunk with its memory; false when the arena is full. */
static bool take_chunk(struct pairs_writer *w)
{
    const uint64_t chunk = atomic_fetch_add(&w->reports->next_chunk, 1);
    int failed = 0;
    if (chunk >= w->max_chunks)
        return false;
    w->chunk = (uint32_t)chunk;
    do
        failed = posix_fallocate(w->fd, (off_t)(chunk * CHUNK_BYTES), CHUNK_BYTES);
    while (failed == EINTR);
    return failed == EPERM ? populate(w->arena + chunk * PAIRS_IN_CHUNK) : !failed;
}

static void pairs_flush(struct join_sink *sink)
{
    struct pairs_writer *w = (struct pairs_writer *)(void *)sink;
    count_pairs(w);
    note_chunk(w);
    w->in_chunk = w->arena && take_chunk(w);
    if (w->in_chunk) {
        write_to(w, w->arena + (uint64_t)w->chunk * PAIRS_IN_CHUNK, PAIRS_IN_CHUNK);
        return;
    }
    if (w->arena) {
        w->done->overflow = 1;
        atomic_store(&w->reports->overflow, 1);
    }
    write_to(w, w->spare, sizeof w->spare / sizeof *w->spare);
}

void pairs_writer_init(struct pairs_writer *w, const struct wire *wire, struct wire_done *done,
                       const struct side *a, const struct side *b, void *arena, int fd)
{
    w->sink.flush = pairs_flush;
    w->task = &wire->orders->task;
    w->reports = wire->reports;
    w->max_chunks = wire->orders->max_chunks;
    w->done = done;
    w->a = a;
    w->b = b;
    w->histogram = NULL;
    w->arena = arena;
    w->fd = fd;
    w->in_chunk = false;
    write_to(w, w->spare, 0);
    pairs_flush(&w->sink);
}

void pairs_writer_settle(struct pairs_writer *w)
{
    count_pairs(w);
    note_chunk(w);
}

/* ---- Checking --------------------------------------------------------------------------------*/

uint64_t pairs_check(const struct join_pair *p, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t score;
        memcpy(&score, &p[i].score, sizeof score);
        sum += hash_mix3((uint64_t)p[i].a << 32 | p[i].b, score, 0);
    }
    return sum;
}

/* Do all places exist? */
static bool places_exist(const struct join_pair *p, size_t n, uint64_t n_a, uint64_t n_b)
{
    bool exist = true;
    for (size_t i = 0; i < n; i++)
        exist = exist && p[i].a < n_a && p[i].b < n_b;
    return exist;
}

bool pairs_verify(const struct shm *arena, const uint32_t *used, const uint64_t *check,
                  uint64_t n_chunks, uint64_t n_a, uint64_t n_b)
{
    bool right = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : right)
    for (uint64_t c = 0; c < n_chunks; c++) {
        const struct join_pair *p = chunk_pairs(arena, c);
        right = right && pairs_check(p, used[c]) == check[c] && places_exist(p, used[c], n_a, n_b);
    }
    return right;
}

/* ---- Ordering --------------------------------------------------------------------------------*/

bool pairs_create(struct shm *arena, uint64_t max_chunks, struct err *e)
{
    if (!shm_create(arena, "the pair arena", max_chunks * CHUNK_BYTES + 65536, e))
        return false;
    if (ftruncate(arena->fd, (off_t)(max_chunks * CHUNK_BYTES)) != 0)
        return err_system(e, ERR_OS, errno, NULL, "the pair arena cannot be sized");
    arena->bytes = max_chunks * CHUNK_BYTES;
    shm_seal(arena, true);
    return true;
}

struct pairs_head {
    uint64_t begin_at, b_at, score_at, n, tile_row_at;
};

void pairs_view(struct pairs *p, struct shm_view ordered)
{
    const struct pairs_head *h = shm_at(ordered, SHM_HEAD_AT, struct pairs_head);
    p->begin = shm_at(ordered, h->begin_at, uint64_t);
    p->b = shm_array(ordered, h->b_at, uint32_t, h->n);
    p->score = shm_array(ordered, h->score_at, double, h->n);
    p->tile_row = h->tile_row_at ? shm_at(ordered, h->tile_row_at, uint64_t) : NULL;
}

/* Adds the number of pairs of place a to begin[a + 1]. */
static void count_places(const struct shm *arena, const uint32_t *used, uint64_t n_chunks,
                         bool self, uint64_t *begin)
{
#pragma omp parallel for schedule(dynamic)
    for (uint64_t c = 0; c < n_chunks; c++) {
        const struct join_pair *p = chunk_pairs(arena, c);
        for (uint32_t i = 0; i < used[c]; i++) {
            __atomic_fetch_add(&begin[p[i].a + 1], 1, __ATOMIC_RELAXED);
            if (self && p[i].a != p[i].b)
                __atomic_fetch_add(&begin[p[i].b + 1], 1, __ATOMIC_RELAXED);
        }
    }
}

struct order {
    uint64_t *next; /* where the next pair of a place goes */
    uint32_t *b;
    double *score;
};

static void put_pair(const struct order *o, uint32_t a, uint32_t b, double score)
{
    uint64_t i = __atomic_fetch_add(&o->next[a], 1, __ATOMIC_RELAXED);
    o->b[i] = b;
    o->score[i] = score;
}

static void scatter(const struct shm *arena, const uint32_t *used, uint64_t n_chunks, bool self,
                    const struct order *o)
{
#pragma omp parallel for schedule(dynamic)
    for (uint64_t c = 0; c < n_chunks; c++) {
        const struct join_pair *p = chunk_pairs(arena, c);
        for (uint32_t i = 0; i < used[c]; i++) {
            put_pair(o, p[i].a, p[i].b, p[i].score);
            if (self && p[i].a != p[i].b)
                put_pair(o, p[i].b, p[i].a, p[i].score);
        }
    }
}

#define ORDERED "the ordered pairs"

/* Allocates the head and begin[], for n_places + 2 numbers; NULL on failure. */
static uint64_t *open_ordered(struct shm *out, uint64_t n_places, struct err *e)
{
    const uint64_t head_at = shm_alloc(out, ORDERED, sizeof(struct pairs_head), 64, e);
    const uint64_t bytes = (n_places + 2) * sizeof(uint64_t);
    const uint64_t begin_at = head_at ? shm_alloc(out, ORDERED, bytes, 64, e) : 0;
    if (!begin_at)
        return NULL;
    shm_writable(out, head_at, struct pairs_head)->begin_at = begin_at;
    return shm_writable_array(out, begin_at, uint64_t, n_places + 2);
}

/* Allocates places and scores of n pairs. */
static bool place_ordered(struct shm *out, uint64_t n, struct order *o, struct err *e)
{
    const uint64_t b_at = shm_alloc(out, ORDERED, (n + 1) * sizeof(uint32_t), 64, e);
    const uint64_t score_at = b_at ? shm_alloc(out, ORDERED, (n + 1) * sizeof(double), 64, e) : 0;
    if (!score_at)
        return false;
    struct pairs_head *head = shm_writable(out, SHM_HEAD_AT, struct pairs_head);
    *head = (struct pairs_head){head->begin_at, b_at, score_at, n, 0};
    o->b = shm_writable_array(out, b_at, uint32_t, n);
    o->score = shm_writable_array(out, score_at, double, n);
    return true;
}

bool pairs_order(const struct shm *arena, const uint32_t *used, uint64_t n_chunks,
                 uint32_t n_places, bool self, struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_places, e);
    if (!begin)
        return false;
    /* One place ahead: scattering moves each entry on to where its place ends. */
    struct order o = {.next = begin + 1};
    count_places(arena, used, n_chunks, self, begin + 1);
    for (uint32_t a = 0; a <= n_places; a++)
        begin[a + 1] += begin[a];
    if (!place_ordered(out, begin[n_places + 1], &o, e))
        return false;
    scatter(arena, used, n_chunks, self, &o);
    return true;
}

/* The pairs of a place that reach what is asked: their number, and, unless *o is NULL, they. */
static uint64_t filter_place(const struct pairs *from, uint32_t place, const struct join_job *asked,
                             struct order *o)
{
    uint64_t n = 0;
    for (uint64_t k = from->begin[place]; k < from->begin[place + 1ull]; k++) {
        if (!join_takes(asked, from->score[k]))
            continue;
        if (o)
            put_pair(o, place, from->b[k], from->score[k]);
        n++;
    }
    return n;
}

bool pairs_filter(const struct pairs *from, uint32_t n_places, const struct join_job *asked,
                  struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_places, e);
    if (!begin)
        return false;
    struct order o = {.next = begin + 1};
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t a = 0; a < n_places; a++)
        begin[a + 2ull] = filter_place(from, a, asked, NULL);
    for (uint32_t a = 0; a <= n_places; a++)
        begin[a + 1ull] += begin[a];
    if (!place_ordered(out, begin[n_places + 1ull], &o, e))
        return false;
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t a = 0; a < n_places; a++)
        filter_place(from, a, asked, &o);
    return true;
}

uint64_t pairs_rows(const struct pairs *p, const struct side *a, const struct side *b, bool self)
{
    const bool twice = self && a == b; /* each pair stands under both of its places */
    uint64_t rows = 0;
#pragma omp parallel for schedule(dynamic, 1024) reduction(+ : rows)
    for (uint32_t place = 0; place < a->n; place++)
        for (uint64_t k = p->begin[place]; k < p->begin[place + 1ull]; k++)
            rows += twice && p->b[k] < place ? 0 : rows_between(a, b, self, place, p->b[k]);
    return rows;
}

bool pairs_of_found(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_rows, e), k = 0;
    struct order o = {.next = NULL};
    if (!begin || !place_ordered(out, found->n, &o, e))
        return false;
    for (uint64_t row = 0; row <= n_rows; row++) {
        begin[row] = k;
        for (; k < found->n && found->pair[k].row_a == row; k++) {
            o.b[k] = found->pair[k].row_b;
            o.score[k] = found->pair[k].score;
        }
    }
    return true;
}

bool pairs_of_b(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e)
{
    uint64_t *begin = open_ordered(out, n_rows, e);
    struct order none = {.next = NULL};
    if (!begin || !place_ordered(out, 0, &none, e))
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
            rows[place] += side_multiplicity(b, p->b[k]);
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
