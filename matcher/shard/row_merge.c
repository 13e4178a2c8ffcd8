/* A cursor in each part, and a heap of them by row. */
#include "matcher/shard/row_merge.h"

#include "matcher/pairs/row_runs.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define GATHER_BYTES ((size_t)1 << 20) /* before they are written */

/* A place in a part: a run of a stretch. */
struct cursor {
    const struct shard_file *file;
    struct shm_view mapped; /* from the first byte of the file to the end of the payload */
    uint64_t *end;          /* n_stretches: where each ends, in the file */
    uint64_t n_stretches;
    uint64_t head_bytes; /* of the payload, before the first stretch */
    uint64_t after_bytes;
    uint64_t next; /* stretch */
    struct row_stretch stretch;
    uint32_t run;       /* of the stretch, that is next */
    const char *lines;  /* of it */
    XXH3_state_t *sum;  /* of the payload up to summed_at, where all of it is read; else NULL */
    uint64_t summed_at; /* in the file */
};

struct row_merge {
    uint64_t from, to;
    struct cursor *cursor;
    size_t n;
    size_t *heap; /* n_heap cursors; that of the lowest row is first */
    size_t n_heap;
};

static bool damaged(const struct cursor *c, struct err *e)
{
    return err_set(e, ERR_DATA, "write this shard again", "%s: its lines are damaged",
                   c->file->path);
}

/* ---- A part ----------------------------------------------------------------------------------*/

static bool add_end(struct cursor *c, uint64_t at, uint64_t *capacity)
{
    if (c->n_stretches == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 256;
        uint64_t *end = realloc(c->end, *capacity * sizeof *end);
        if (!end)
            return false;
        c->end = end;
    }
    c->end[c->n_stretches++] = at;
    return true;
}

/* Walks from the end of the lines to their begin; end[] is then from the last to the first. */
static bool find_stretches(struct cursor *c, struct err *e)
{
    const uint64_t begin = c->file->payload_at;
    uint64_t at = c->mapped.bytes - c->after_bytes, capacity = 0;
    struct row_stretch s;
    while (at > begin && row_stretch_last(&s, c->mapped.base + begin, at - begin)) {
        if (!add_end(c, at, &capacity))
            return err_set(e, ERR_OS, NULL, "not enough memory for the shards");
        at -= row_stretch_bytes(&s);
    }
    c->head_bytes = at - begin;
    return c->head_bytes == 0 || c->file->shard.number == 1 || damaged(c, e);
}

static void turn(uint64_t *x, uint64_t n)
{
    for (uint64_t i = 0; i < n / 2; i++) {
        const uint64_t swap = x[i];
        x[i] = x[n - 1 - i];
        x[n - 1 - i] = swap;
    }
}

/* The stretch that ends there; it was found once. */
static struct row_stretch stretch_at(const struct cursor *c, uint64_t k)
{
    struct row_stretch s = {.lines = NULL};
    const uint64_t begin = c->file->payload_at;
    (void)row_stretch_last(&s, c->mapped.base + begin, c->end[k] - begin);
    return s;
}

/* The first stretch that has a row from `row` on. */
static uint64_t stretch_from(const struct cursor *c, uint64_t row)
{
    uint64_t first = 0, n = c->n_stretches;
    while (n) {
        const uint64_t half = n / 2;
        const struct row_stretch s = stretch_at(c, first + half);
        const bool before = row_stretch_run(&s, s.end.n - 1).row < row;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    return first;
}

/* Adds what stands before `to` to the checksum of the payload. */
static void sum_up_to(struct cursor *c, uint64_t to)
{
    if (c->sum)
        XXH3_64bits_update(c->sum, c->mapped.base + c->summed_at, to - c->summed_at);
    c->summed_at = to;
}

/* All stretches were read: is the payload what was written? */
static bool check_sum(struct cursor *c, struct err *e)
{
    sum_up_to(c, c->mapped.bytes);
    return !c->sum || XXH3_64bits_digest(c->sum) == c->file->check || damaged(c, e);
}

/* Goes to the next stretch, which is checked. */
static bool next_stretch(struct cursor *c, struct err *e)
{
    c->stretch = stretch_at(c, c->next++);
    c->run = 0;
    c->lines = c->stretch.lines;
    sum_up_to(c, c->end[c->next - 1]);
    return (c->stretch.lines && row_stretch_check(&c->stretch)) || damaged(c, e);
}

/* Goes to the first row from `from` on that the part has. *any: it is below `to`. */
static bool settle(struct cursor *c, uint64_t from, uint64_t to, bool *any, struct err *e)
{
    *any = false;
    for (;;) {
        if (c->run == c->stretch.end.n) {
            if (c->next == c->n_stretches)
                return check_sum(c, e);
            if (!next_stretch(c, e))
                return false;
        }
        const struct row_run run = row_stretch_run(&c->stretch, c->run);
        *any = run.row >= from && run.row < to;
        if (run.row >= from)
            return true;
        c->lines += run.bytes;
        c->run++;
    }
}

/* No stretch shows that lines were taken for the head, as those are before a mark that is damaged.
 * So the part that has one is read whole, if that is not done anyway. */
static bool check_head(const struct cursor *c, struct err *e)
{
    return !c->head_bytes || c->sum || shard_file_check(c->file, e);
}

static uint32_t row_of(const struct cursor *c)
{
    return row_stretch_run(&c->stretch, c->run).row;
}

static bool cursor_open(struct cursor *c, const struct shard_file *file, uint64_t after,
                        uint64_t from, uint64_t to, struct err *e)
{
    *c = (struct cursor){.file = file, .after_bytes = after};
    if (after > file->payload_bytes)
        return damaged(c, e);
    if (!shard_file_map(file, &c->mapped, e) || !find_stretches(c, e))
        return false;
    turn(c->end, c->n_stretches);
    c->next = from ? stretch_from(c, from) : 0;
    c->summed_at = file->payload_at;
    if (from == 0 && to >= file->n_rows && !(c->sum = XXH3_createState()))
        return err_set(e, ERR_OS, NULL, "not enough memory for the shards");
    if (c->sum)
        XXH3_64bits_reset(c->sum);
    return check_head(c, e);
}

/* ---- The heap --------------------------------------------------------------------------------*/

static bool is_before(const struct row_merge *m, size_t x, size_t y)
{
    return row_of(&m->cursor[x]) < row_of(&m->cursor[y]);
}

static void swap(size_t *x, size_t *y)
{
    const size_t z = *x;
    *x = *y;
    *y = z;
}

/* The first has changed: lets it sink to its place. */
static void sink(struct row_merge *m)
{
    for (size_t i = 0, k; (k = 2 * i + 1) < m->n_heap; i = k) {
        if (k + 1 < m->n_heap && is_before(m, m->heap[k + 1], m->heap[k]))
            k++;
        if (!is_before(m, m->heap[k], m->heap[i]))
            return;
        swap(&m->heap[i], &m->heap[k]);
    }
}

static void rise(struct row_merge *m, size_t i)
{
    for (; i && is_before(m, m->heap[i], m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&m->heap[i], &m->heap[(i - 1) / 2]);
}

/* ---- The merge -------------------------------------------------------------------------------*/

static bool fill_heap(struct row_merge *m, struct err *e)
{
    for (size_t i = 0; i < m->n; i++) {
        bool any;
        if (!settle(&m->cursor[i], m->from, m->to, &any, e))
            return false;
        if (!any)
            continue;
        m->heap[m->n_heap++] = i;
        rise(m, m->n_heap - 1);
    }
    return true;
}

bool row_merge_open(struct row_merge **merge, const struct shard_file *files, size_t n,
                    const uint64_t *after, uint64_t from, uint64_t to, struct err *e)
{
    struct row_merge *m = *merge = calloc(1, sizeof *m);
    if (m) {
        *m = (struct row_merge){.from = from, .to = to};
        m->cursor = calloc(n, sizeof *m->cursor);
        m->heap = calloc(n, sizeof *m->heap);
    }
    if (!m || !m->cursor || !m->heap)
        return err_set(e, ERR_OS, NULL, "not enough memory for %zu shards", n);
    for (; m->n < n; m->n++)
        if (!cursor_open(&m->cursor[m->n], &files[m->n], after ? after[m->n] : 0, from, to, e)) {
            m->n++;
            return false;
        }
    return fill_heap(m, e);
}

void row_merge_close(struct row_merge *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++) {
        shard_file_unmap(&m->cursor[i].mapped);
        free(m->cursor[i].end);
        XXH3_freeState(m->cursor[i].sum);
    }
    free(m->cursor);
    free(m->heap);
    free(m);
}

struct row_lines row_merge_head(const struct row_merge *m)
{
    const struct cursor *c = &m->cursor[0];
    return (struct row_lines){.p = c->mapped.base + c->file->payload_at, .bytes = c->head_bytes};
}

const char *row_merge_after(const struct row_merge *m, size_t part)
{
    const struct cursor *c = &m->cursor[part];
    return c->mapped.base + c->mapped.bytes - c->after_bytes;
}

bool row_merge_next(struct row_merge *m, struct row_lines *lines, bool *got, struct err *e)
{
    *got = m->n_heap > 0;
    if (!*got)
        return true;
    struct cursor *c = &m->cursor[m->heap[0]];
    const struct row_run run = row_stretch_run(&c->stretch, c->run++);
    *lines = (struct row_lines){run.row, c->lines, run.bytes, m->heap[0]};
    c->lines += run.bytes;
    bool any;
    if (!settle(c, m->from, m->to, &any, e))
        return false;
    if (!any)
        m->heap[0] = m->heap[--m->n_heap];
    sink(m);
    return true;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* Small pieces, written together. */
struct gather {
    struct out *out;
    char *p;
    size_t used;
};

static bool gather_flush(struct gather *g, struct err *e)
{
    const size_t n = g->used;
    g->used = 0;
    return n == 0 || out_write(g->out, g->p, n, e);
}

static bool gather_put(struct gather *g, const char *p, uint64_t n, struct err *e)
{
    if (n > GATHER_BYTES - g->used && !gather_flush(g, e))
        return false;
    if (n > GATHER_BYTES)
        return out_write(g->out, p, n, e);
    if (n)
        memcpy(g->p + g->used, p, n);
    g->used += n;
    return true;
}

static bool write_rows(struct row_merge *m, bool head, struct gather *g, struct err *e)
{
    struct row_lines lines = row_merge_head(m);
    bool ok = !head || gather_put(g, lines.p, lines.bytes, e), got = true;
    while (ok && (ok = row_merge_next(m, &lines, &got, e)) && got)
        ok = gather_put(g, lines.p, lines.bytes, e);
    return ok && gather_flush(g, e);
}

bool row_merge_write(const struct shard_file *files, size_t n, uint64_t from, uint64_t to,
                     bool head, struct out *out, struct err *e)
{
    struct row_merge *m = NULL;
    struct gather g = {out, malloc(GATHER_BYTES), 0};
    const bool ok =
        g.p ? row_merge_open(&m, files, n, NULL, from, to, e) && write_rows(m, head, &g, e)
            : err_set(e, ERR_OS, NULL, "not enough memory");
    row_merge_close(m);
    free(g.p);
    return ok;
}
