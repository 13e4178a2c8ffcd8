/* Cutting, indexing and probing of segments. */
#include "matcher/edit_segments.h"

#include <stdlib.h>

#define AHEAD 12 /* probes between asking for memory and using it */

struct edit_segments {
    struct edit_piece piece[EDIT_PAIR_LENGTH + 1];
    uint32_t n_pieces;
    uint32_t long_length;
    uint32_t n_entries, n_probes, hash_bits;
    /* By number of the short text. */
    uint64_t *signature, *wide;
    uint32_t *bucket;
    /* By bucket. */
    uint32_t *begin; /* 2^hash_bits + 1 */
    uint64_t *entry, *entry_wide;
    uint32_t *entry_text;
    /* By number of the long text. */
    uint64_t *probe, *probe_wide;
    uint32_t *probe_bucket;
    uint32_t *passed;
};

struct edit_segments *edit_segments_open(void)
{
    struct edit_segments *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    const size_t n = EDIT_ENTRIES_MAX + 16, m = EDIT_PROBES_MAX + 16;
    s->signature = malloc(n * sizeof(uint64_t));
    s->wide = malloc(n * sizeof(uint64_t));
    s->bucket = malloc(n * sizeof(uint32_t));
    s->begin = malloc(2 * n * sizeof(uint32_t));
    s->entry = malloc(n * sizeof(uint64_t));
    s->entry_wide = malloc(n * sizeof(uint64_t));
    s->entry_text = malloc(n * sizeof(uint32_t));
    s->probe = malloc(m * sizeof(uint64_t));
    s->probe_wide = malloc(m * sizeof(uint64_t));
    s->probe_bucket = malloc(m * sizeof(uint32_t));
    s->passed = malloc(n * sizeof(uint32_t));
    if (s->signature && s->wide && s->bucket && s->begin && s->entry && s->entry_wide &&
        s->entry_text && s->probe && s->probe_wide && s->probe_bucket && s->passed)
        return s;
    edit_segments_close(s);
    return NULL;
}

void edit_segments_close(struct edit_segments *s)
{
    if (!s)
        return;
    void *all[] = {s->signature,  s->wide,  s->bucket,     s->begin,        s->entry, s->entry_wide,
                   s->entry_text, s->probe, s->probe_wide, s->probe_bucket, s->passed};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(s);
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Among the pieces there is one, number s, that is untouched while exactly s operations touch
 * what is left of it and at most k - s what is right of it: the first s for which at most s
 * operations touch pieces 0 … s. An operation in the gap or between two pieces counts with the
 * left one. So its shift is at most s, and from the end at most k - s; and if every operation
 * inserts or deletes, the shift is odd exactly if s is. */
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
static bool segments_first(const void *finder, uint32_t found_at, const uint8_t *x,
                           const uint8_t *y)
{
    const struct edit_segments *s = finder;
    uint32_t found_piece = found_at >> 16;
    int32_t found_shift = (int32_t)(found_at & 0xffff) - 0x8000;
    for (uint32_t i = 0; i <= found_piece; i++) {
        const struct edit_piece *p = &s->piece[i];
        for (int32_t shift = p->first; shift <= p->last; shift += p->step)
            if (memcmp(x + p->begin, y + (int32_t)p->begin + shift, p->length) == 0)
                return i == found_piece && shift == found_shift;
    }
    return false;
}

/* ---- Signatures of the task's texts -----------------------------------------------------------
 */

static void segments_sign(uint64_t *out, const struct edit_classes *classes,
                          const struct edit_rows *rows, uint32_t length, uint32_t first, uint32_t n,
                          const uint64_t *quarters)
{
    const uint8_t *row = edit_row(rows, length, first);
    for (uint32_t i = 0; i < n; i++, row += edit_stride(length))
        out[i] = edit_signature(classes, quarters, row, length);
}

static void segments_sign_all(struct edit_segments *s, const struct edit_task *t,
                              const struct edit_classes *classes, struct edit_range r)
{
    uint32_t m = t->short_length, n = t->long_length;
    uint32_t back = t->bounds.back, ahead = t->bounds.ahead;
    uint64_t quarters[EDIT_PAIR_LENGTH];
    edit_quarters(quarters, m, m, 0, 0);
    segments_sign(s->signature, classes, t->shorts, m, r.short_begin, s->n_entries, quarters);
    edit_quarters(quarters, m, n, back, ahead);
    segments_sign(s->wide, classes, t->shorts, m, r.short_begin, s->n_entries, quarters);
    edit_quarters(quarters, n, n, 0, 0);
    segments_sign(s->probe, classes, t->longs, n, r.long_begin, s->n_probes, quarters);
    edit_quarters(quarters, n, m, ahead, back);
    segments_sign(s->probe_wide, classes, t->longs, n, r.long_begin, s->n_probes, quarters);
}

/* ---- Index and probes of one piece ------------------------------------------------------------
 */

static void segments_index(struct edit_segments *s, const struct edit_task *t,
                           const struct edit_piece *p, uint32_t first)
{
    const uint8_t *at = edit_row(t->shorts, t->short_length, first) + p->begin;
    size_t stride = edit_stride(t->short_length);
    uint32_t n = s->n_entries, n_buckets = 1u << s->hash_bits;
    memset(s->begin, 0, ((size_t)n_buckets + 1) * sizeof *s->begin);
    for (uint32_t i = 0; i < n; i++, at += stride) {
        s->bucket[i] = (uint32_t)(edit_piece_key(at, p->length) >> (64 - s->hash_bits));
        s->begin[s->bucket[i]]++;
    }
    for (uint32_t b = 0, sum = 0; b <= n_buckets; b++)
        s->begin[b] = sum += s->begin[b];
    for (uint32_t i = n; i-- > 0;) {
        uint32_t e = --s->begin[s->bucket[i]];
        s->entry[e] = s->signature[i];
        s->entry_wide[e] = s->wide[i];
        s->entry_text[e] = first + i;
    }
}

static void segments_candidates(struct edit_segments *s, struct edit_task *t, uint32_t begin,
                                uint32_t end, uint32_t probe, struct edit_range r,
                                uint32_t found_at)
{
    const struct edit_filter f = {s->entry + begin,     s->entry_wide + begin, s->probe[probe],
                                  s->probe_wide[probe], t->bounds.tau_short,   t->bounds.tau_long};
    size_t n = t->kernels->filter(&f, begin, end - begin, s->passed);
    t->stats->candidates += n;
    for (size_t i = 0; i < n; i++) {
        uint32_t text = s->entry_text[s->passed[i]];
        if (!t->twins || text <= r.long_begin + probe)
            edit_task_add(t, text, r.long_begin + probe, found_at);
    }
}

static void segments_probe(struct edit_segments *s, struct edit_task *t, const struct edit_piece *p,
                           int32_t shift, struct edit_range r, uint32_t found_at)
{
    const uint8_t *at =
        edit_row(t->longs, t->long_length, r.long_begin) + (int32_t)p->begin + shift;
    size_t stride = edit_stride(t->long_length);
    for (uint32_t i = 0; i < s->n_probes; i++, at += stride)
        s->probe_bucket[i] = (uint32_t)(edit_piece_key(at, p->length) >> (64 - s->hash_bits));
    for (uint32_t i = 0; i < s->n_probes; i++) {
        if (i + 2 * AHEAD < s->n_probes)
            __builtin_prefetch(&s->begin[s->probe_bucket[i + 2 * AHEAD]]);
        if (i + AHEAD < s->n_probes) {
            uint32_t next = s->begin[s->probe_bucket[i + AHEAD]];
            __builtin_prefetch(&s->entry[next]);
            __builtin_prefetch(&s->entry_wide[next]);
        }
        uint32_t begin = s->begin[s->probe_bucket[i]], end = s->begin[s->probe_bucket[i] + 1];
        if (begin < end)
            segments_candidates(s, t, begin, end, i, r, found_at);
    }
}

static void segments_all(struct edit_segments *s, struct edit_task *t, struct edit_range r)
{
    memcpy(s->entry, s->signature, s->n_entries * sizeof *s->entry);
    memcpy(s->entry_wide, s->wide, s->n_entries * sizeof *s->entry_wide);
    for (uint32_t i = 0; i < s->n_entries; i++)
        s->entry_text[i] = r.short_begin + i;
    for (uint32_t i = 0; i < s->n_probes; i++)
        segments_candidates(s, t, 0, s->n_entries, i, r, 0);
}

void edit_segments_run(struct edit_segments *s, struct edit_task *t,
                       const struct edit_classes *classes, struct edit_range r, bool pieces)
{
    s->n_entries = r.short_end - r.short_begin;
    s->n_probes = r.long_end - r.long_begin;
    segments_sign_all(s, t, classes, r);
    if (!pieces) {
        segments_all(s, t, r);
        edit_task_flush(t);
        return;
    }
    t->first = segments_first;
    t->finder = s;
    for (s->hash_bits = 4; s->hash_bits < 16 && s->n_entries > 1u << s->hash_bits;)
        s->hash_bits++;
    s->n_pieces = edit_pieces(s->piece, t->rule.kind, &t->bounds, t->short_length, t->long_length);
    for (uint32_t i = 0; i < s->n_pieces; i++) {
        const struct edit_piece *p = &s->piece[i];
        if (p->first <= p->last)
            segments_index(s, t, p, r.short_begin);
        for (int32_t shift = p->first; shift <= p->last; shift += p->step)
            segments_probe(s, t, p, shift, r, (i << 16) + (uint32_t)(shift + 0x8000));
    }
    edit_task_flush(t);
}
