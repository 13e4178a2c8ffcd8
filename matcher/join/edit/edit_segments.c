/* Cutting, indexing and probing of segments. */
#include "matcher/join/edit/edit_segments.h"

#include <stdlib.h>

#define SHIFTS 8 /* shifts that are looked up together */
#define PROBE_MASK ((1u << EDIT_PROBE_BITS) - 1)
#define DIRECT_PAIRS 600u /* a block with fewer is not worth its planes */
#define OFFSETS_MAX (EDIT_PAIR_LENGTH * 3 / 2 + 32)
#define PLANES_BYTES ((EDIT_PAIR_LENGTH * EDIT_CLASSES + 1) * EDIT_PLANE_BYTES)

_Static_assert(EDIT_PROBES_MAX <= 1u << EDIT_PROBE_BITS, "a probe fits its bits");
_Static_assert(PLANES_BYTES / EDIT_OFFSET_UNIT <= UINT16_MAX, "a plane offset fits 16 bits");

struct edit_segments {
    struct edit_piece piece[EDIT_PAIR_LENGTH + 1];
    struct edit_task *task;
    struct edit_range range;
    uint32_t n_entries, n_probes, hash_bits;
    /* Short texts, sorted by bucket. */
    uint32_t *bucket; /* of a text */
    uint32_t *begin;  /* of a bucket, 2^hash_bits + 1 */
    uint32_t *entry;  /* its texts, numbers from range.short_begin */
    /* Look-ups, sorted by bucket: number of the text from range.long_begin, and of the shift. */
    uint32_t *probe_bucket;
    uint32_t *probe_begin;
    uint32_t *probe;
    int32_t first_shift, piece_number; /* of those in the list */
    /* Of each long text the planes that its characters name, then the text itself. They are
     * neighbours because both are read for the same pair: one cache miss, not two. */
    uint16_t *offsets;
    uint32_t stride, row_at; /* of a text and of its row, in offsets */
    /* The block at hand. */
    uint8_t *rows, *columns, *exact, *planes;
    struct edit_bitslice_hit *hits;
};

struct edit_segments *edit_segments_open(void)
{
    struct edit_segments *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    const size_t n = EDIT_ENTRIES_MAX, m = EDIT_PROBES_MAX;
    s->bucket = malloc(n * sizeof(uint32_t));
    s->begin = malloc((n + 1) * sizeof(uint32_t));
    s->entry = malloc(n * sizeof(uint32_t));
    s->probe_bucket = malloc(m * SHIFTS * sizeof(uint32_t));
    s->probe_begin = malloc((n + 1) * sizeof(uint32_t));
    s->probe = malloc(m * SHIFTS * sizeof(uint32_t));
    s->offsets = aligned_alloc(64, m * OFFSETS_MAX * sizeof(uint16_t));
    s->rows = malloc(EDIT_BLOCK * EDIT_PAIR_LENGTH);
    s->columns = malloc(EDIT_BLOCK * EDIT_PAIR_LENGTH);
    s->exact = aligned_alloc(64, PLANES_BYTES);
    s->planes = aligned_alloc(64, PLANES_BYTES);
    s->hits = malloc(EDIT_PROBES * EDIT_BLOCK * sizeof *s->hits);
    if (s->bucket && s->begin && s->entry && s->probe_bucket && s->probe_begin && s->probe &&
        s->offsets && s->rows && s->columns && s->exact && s->planes && s->hits)
        return s;
    edit_segments_close(s);
    return NULL;
}

void edit_segments_close(struct edit_segments *s)
{
    if (!s)
        return;
    void *all[] = {s->bucket,  s->begin, s->entry,   s->probe_bucket, s->probe_begin, s->probe,
                   s->offsets, s->rows,  s->columns, s->exact,        s->planes,      s->hits};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(s);
}

/* ---- Pieces ----------------------------------------------------------------------------------*/

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* How far piece s can be shifted. Let s be the first number for which at most s operations touch
 * pieces 0 … s; an operation in the gap or between two pieces counts with the left one. Then piece
 * s is untouched, exactly s operations are left of it and at most k - s right of it:
 *
 *     | piece 0 | piece 1 | piece 2 |     k = 2, one operation in piece 0: s = 1,
 *          x      s = 1       ?           piece 1 is shifted by at most 1
 *
 * So its shift is at most s, counted from the end at most k - s. Where every operation inserts or
 * deletes, the shift is odd exactly if s is. */
uint32_t edit_pieces(struct edit_piece *pieces, enum edit_kind kind, const struct edit_bounds *b,
                     uint32_t short_length, uint32_t long_length)
{
    uint32_t n = b->parts, gaps = (n - 1) * b->gap;
    if (n > short_length || n + gaps > short_length)
        return 0;
    int32_t difference = (int32_t)(long_length - short_length), k = (int32_t)b->limit;
    uint32_t letters = short_length - gaps;
    for (uint32_t i = 0, begin = 0; i < n; i++) {
        int32_t s = (int32_t)i;
        struct edit_piece *p = &pieces[i];
        p->begin = begin;
        p->length = letters * (i + 1) / n - letters * i / n;
        begin += p->length + b->gap;
        p->first = larger(larger(-s, difference - (k - s)), -(int32_t)b->piece_back);
        p->last = smaller(smaller(s, difference + (k - s)), (int32_t)b->piece_ahead);
        p->first = larger(p->first, -(int32_t)p->begin);
        p->last = smaller(p->last, (int32_t)(long_length - p->length) - (int32_t)p->begin);
        p->step = kind == EDIT_INDEL ? 2 : 1;
        if (kind == EDIT_INDEL && ((p->first ^ s) & 1))
            p->first++;
    }
    return n;
}

/* found_at is piece × 2^16 + shift + 2^15. Content decides, not the hash: a pair counts at the
 * first piece and shift at which the contents are equal. */
static bool same_piece(const uint8_t *x, const uint8_t *y, uint32_t length)
{
    uint64_t p, q;
    if (length > 8)
        return memcmp(x, y, length) == 0;
    memcpy(&p, x, 8);
    memcpy(&q, y, 8);
    return ((p ^ q) & ~0ull >> (64 - 8 * length)) == 0;
}

static bool segments_first(const void *finder, uint32_t found_at, const uint8_t *x,
                           const uint8_t *y)
{
    const struct edit_segments *s = finder;
    uint32_t found_piece = found_at >> 16;
    int32_t found_shift = (int32_t)(found_at & 0xffff) - 0x8000;
    for (uint32_t i = 0; i <= found_piece; i++) {
        const struct edit_piece *p = &s->piece[i];
        for (int32_t shift = p->first; shift <= p->last; shift += p->step)
            if (same_piece(x + p->begin, y + (int32_t)p->begin + shift, p->length))
                return i == found_piece && shift == found_shift;
    }
    return false;
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* Names the plane of each character of the long texts. */
static void segments_offsets(struct edit_segments *s)
{
    const struct edit_task *t = s->task;
    uint32_t length = t->long_length, unit = EDIT_PLANE_BYTES / EDIT_OFFSET_UNIT;
    s->row_at = (length + EDIT_OFFSETS_ROUND - 1) / EDIT_OFFSETS_ROUND * EDIT_OFFSETS_ROUND;
    s->stride = (s->row_at + (uint32_t)edit_stride(length) / 2 + 31) / 32 * 32;
    const uint8_t *row = edit_row(t->longs, length, s->range.long_begin);
    uint16_t *out = s->offsets;
    for (uint32_t i = 0; i < s->n_probes; i++, row += edit_stride(length), out += s->stride) {
        for (uint32_t q = 0; q < length; q++)
            out[q] = (uint16_t)((q * EDIT_CLASSES + t->classes->class[row[q]]) * unit);
        for (uint32_t q = length; q < s->row_at; q++)
            out[q] = (uint16_t)(length * EDIT_CLASSES * unit);
        memcpy(out + s->row_at, row, edit_stride(length));
    }
}

/* Gathers the rows of entries [first, end). */
static void block_rows(struct edit_segments *s, uint32_t first, uint32_t end)
{
    const struct edit_task *t = s->task;
    size_t stride = edit_stride(t->short_length);
    const uint8_t *rows = edit_row(t->shorts, t->short_length, s->range.short_begin);
    for (uint32_t i = 0; first + i < end; i++)
        for (size_t k = 0; k < stride; k += EDIT_TILE_BYTES)
            memcpy(s->rows + i * stride + k, rows + s->entry[first + i] * stride + k,
                   EDIT_TILE_BYTES);
}

static void block_planes(struct edit_segments *s, uint32_t n)
{
    const struct edit_task *t = s->task;
    size_t stride = edit_stride(t->short_length);
    for (uint32_t p = 0; p < t->short_length; p++) {
        uint8_t *column = s->columns + (size_t)p * EDIT_BLOCK;
        for (uint32_t i = 0; i < n; i++)
            column[i] = t->classes->class[s->rows[i * stride + p]];
        memset(column + n, EDIT_CLASSES, EDIT_BLOCK - n);
    }
    struct edit_block_shape shape = {t->short_length, t->long_length, t->bounds.back,
                                     t->bounds.ahead};
    t->bitslices->planes(&shape, s->columns, s->exact, s->planes);
}

/* What block_add needs, in local variables: the rows that it writes might be anything to the
 * compiler, which would read all this again after each. */
struct block_adder {
    struct edit_task *task;
    const uint32_t *entry;
    const uint8_t *rows, *probe_rows;
    size_t row_stride, probe_stride;
    uint32_t x0, y0; /* numbers of the first texts */
    uint32_t found_at, found_step;
    bool self_pair;
};

static struct block_adder block_adder(const struct edit_segments *s, uint32_t first)
{
    const struct edit_piece *piece = &s->piece[s->piece_number];
    return (struct block_adder){
        .task = s->task,
        .entry = s->entry + first,
        .rows = s->rows,
        .probe_rows = (const uint8_t *)(s->offsets + s->row_at),
        .row_stride = edit_stride(s->task->short_length),
        .probe_stride = s->stride * sizeof *s->offsets,
        .x0 = s->range.short_begin,
        .y0 = s->range.long_begin,
        .found_at = ((uint32_t)s->piece_number << 16) + (uint32_t)(s->first_shift + 0x8000),
        .found_step = (uint32_t)piece->step,
        .self_pair = s->task->self_pair,
    };
}

/* Adds entry `i` of the block with a look-up. */
static inline void block_add(const struct block_adder *a, uint32_t i, uint32_t probe)
{
    uint32_t number = probe & PROBE_MASK, x = a->x0 + a->entry[i], y = a->y0 + number;
    if (!a->self_pair || x <= y)
        edit_task_add(a->task, x, a->rows + i * a->row_stride, y,
                      a->probe_rows + number * a->probe_stride,
                      a->found_at + (probe >> EDIT_PROBE_BITS) * a->found_step);
}

/* Entries [begin, end) of a block against look-ups, every pair. */
static void block_direct(struct edit_segments *s, uint32_t first, uint32_t begin, uint32_t end,
                         const uint32_t *probes, uint32_t n)
{
    const struct block_adder adder = block_adder(s, first);
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t i = begin; i < end; i++)
            block_add(&adder, i, probes[p]);
    s->task->stats->candidates += (uint64_t)n * (end - begin);
}

/* The same with the planes of the block. */
static void block_bitslice(struct edit_segments *s, uint32_t first, uint32_t begin, uint32_t end,
                           const uint32_t *probes, uint32_t n)
{
    const struct edit_task *t = s->task;
    const struct block_adder adder = block_adder(s, first);
    const struct edit_bitslice bitslice = {.planes = s->planes,
                                           .offsets = s->offsets,
                                           .stride = s->stride,
                                           .length = t->long_length,
                                           .needed = t->long_length - t->bounds.tau_long,
                                           .begin = begin,
                                           .end = end};
    for (uint32_t p = 0; p < n; p += EDIT_PROBES) {
        uint32_t m = n - p < EDIT_PROBES ? n - p : EDIT_PROBES;
        const struct edit_bitslice_hit *hit = s->hits;
        size_t n_hits = t->bitslices->bitslice(&bitslice, probes + p, m, s->hits);
        for (size_t h = 0; h < n_hits; h++)
            block_add(&adder, hit[h].entry, probes[p + hit[h].probe]);
        t->stats->candidates += n_hits;
    }
}

/* The end of the bucket that entry i is in, or of the block. `*bucket` is at most that one. */
static uint32_t block_bucket_end(const struct edit_segments *s, uint32_t i, uint32_t end,
                                 uint32_t *bucket)
{
    while (s->begin[*bucket + 1] <= i)
        ++*bucket;
    uint32_t bucket_end = s->begin[*bucket + 1];
    return bucket_end < end ? bucket_end : end;
}

static uint64_t block_pairs(const struct edit_segments *s, uint32_t first, uint32_t end,
                            uint32_t bucket)
{
    uint64_t pairs = 0;
    for (uint32_t i = first, next; i < end; i = next) {
        next = block_bucket_end(s, i, end, &bucket);
        pairs += (uint64_t)(next - i) * (s->probe_begin[bucket + 1] - s->probe_begin[bucket]);
    }
    return pairs;
}

/* Entries [first, end), the first of them in bucket `bucket`; returns the bucket of the last. */
static uint32_t segments_block(struct edit_segments *s, uint32_t first, uint32_t end,
                               uint32_t bucket)
{
    uint64_t pairs = block_pairs(s, first, end, bucket);
    bool direct = pairs < DIRECT_PAIRS || s->task->bounds.tau_long >= s->task->long_length;
    if (pairs)
        block_rows(s, first, end);
    if (!direct)
        block_planes(s, end - first);
    for (uint32_t i = first, next; i < end; i = next) {
        next = block_bucket_end(s, i, end, &bucket);
        const uint32_t *probes = s->probe + s->probe_begin[bucket];
        uint32_t n = s->probe_begin[bucket + 1] - s->probe_begin[bucket];
        if (direct || next - i == 1)
            block_direct(s, first, i - first, next - first, probes, n);
        else if (n)
            block_bitslice(s, first, i - first, next - first, probes, n);
    }
    return bucket;
}

static void segments_blocks(struct edit_segments *s)
{
    uint32_t bucket = 0;
    for (uint32_t i = 0; i < s->n_entries; i += EDIT_BLOCK)
        bucket = segments_block(s, i, i + EDIT_BLOCK < s->n_entries ? i + EDIT_BLOCK : s->n_entries,
                                bucket);
}

/* ---- Index and look-ups of one piece ---------------------------------------------------------*/

/* Turns counts into the ends of each bucket, so that filling from the end gives the beginnings. */
static void sum_up(uint32_t *begin, uint32_t n_buckets)
{
    uint32_t sum = 0;
    for (uint32_t b = 0; b <= n_buckets; b++)
        begin[b] = sum += begin[b];
}

static void segments_index(struct edit_segments *s, const struct edit_piece *p)
{
    const struct edit_task *t = s->task;
    const uint8_t *at = edit_row(t->shorts, t->short_length, s->range.short_begin) + p->begin;
    size_t stride = edit_stride(t->short_length);
    uint32_t n_buckets = 1u << s->hash_bits;
    memset(s->begin, 0, ((size_t)n_buckets + 1) * sizeof *s->begin);
    for (uint32_t i = 0; i < s->n_entries; i++, at += stride) {
        s->bucket[i] = (uint32_t)(edit_piece_key(at, p->length) >> (64 - s->hash_bits));
        s->begin[s->bucket[i]]++;
    }
    sum_up(s->begin, n_buckets);
    for (uint32_t i = s->n_entries; i-- > 0;)
        s->entry[--s->begin[s->bucket[i]]] = i;
}

/* Looks all long texts up at some shifts from `first` on. */
static void segments_look_up(struct edit_segments *s, const struct edit_piece *p, int32_t first,
                             uint32_t n_shifts)
{
    const struct edit_task *t = s->task;
    const uint8_t *rows = edit_row(t->longs, t->long_length, s->range.long_begin);
    size_t stride = edit_stride(t->long_length);
    uint32_t n_buckets = 1u << s->hash_bits, *bucket = s->probe_bucket;
    memset(s->probe_begin, 0, ((size_t)n_buckets + 1) * sizeof *s->probe_begin);
    for (uint32_t k = 0; k < n_shifts; k++) {
        const uint8_t *at = rows + (int32_t)p->begin + first + (int32_t)k * p->step;
        for (uint32_t i = 0; i < s->n_probes; i++, at += stride) {
            *bucket = (uint32_t)(edit_piece_key(at, p->length) >> (64 - s->hash_bits));
            s->probe_begin[*bucket++]++;
        }
    }
    sum_up(s->probe_begin, n_buckets);
    for (uint32_t k = n_shifts; k-- > 0;)
        for (uint32_t i = s->n_probes; i-- > 0;)
            s->probe[--s->probe_begin[*--bucket]] = k << EDIT_PROBE_BITS | i;
    s->first_shift = first;
}

static void segments_piece(struct edit_segments *s, uint32_t number)
{
    const struct edit_piece *p = &s->piece[number];
    if (p->first > p->last)
        return;
    segments_index(s, p);
    s->piece_number = (int32_t)number;
    for (int32_t shift = p->first; shift <= p->last; shift += SHIFTS * p->step) {
        uint32_t left = (uint32_t)((p->last - shift) / p->step + 1);
        segments_look_up(s, p, shift, left < SHIFTS ? left : SHIFTS);
        segments_blocks(s);
    }
}

/* Everything in one bucket. */
static void segments_all(struct edit_segments *s)
{
    s->piece[0] = (struct edit_piece){.step = 1};
    s->piece_number = s->first_shift = 0;
    for (uint32_t i = 0; i < s->n_entries; i++)
        s->entry[i] = i;
    for (uint32_t i = 0; i < s->n_probes; i++)
        s->probe[i] = i;
    s->begin[0] = s->probe_begin[0] = 0;
    s->begin[1] = s->n_entries;
    s->probe_begin[1] = s->n_probes;
    segments_blocks(s);
}

static void segments_set(struct edit_segments *s, struct edit_task *t, struct edit_range range)
{
    s->task = t;
    s->range = range;
    s->n_entries = range.short_end - range.short_begin;
    s->n_probes = range.long_end - range.long_begin;
    segments_offsets(s);
}

void edit_segments_run(struct edit_segments *s, struct edit_task *t, struct edit_range range,
                       uint32_t first_piece, uint32_t end_piece)
{
    segments_set(s, t, range);
    t->first = segments_first;
    t->finder = s;
    for (s->hash_bits = 4; s->n_entries > 1u << s->hash_bits;)
        s->hash_bits++;
    (void)edit_pieces(s->piece, t->rule.kind, &t->bounds, t->short_length, t->long_length);
    for (uint32_t i = first_piece; i < end_piece; i++)
        segments_piece(s, i);
    edit_task_flush(t);
}

void edit_segments_run_all(struct edit_segments *s, struct edit_task *t, struct edit_range range)
{
    segments_set(s, t, range);
    segments_all(s);
    edit_task_flush(t);
}
