/* Writing the format "values": pairs in one order for any number of workers, then arrays. */
#include "matcher/pairs/values_file.h"

#include "core/sort.h"

#include <string.h>
#include <xxhash.h>

#define PIECE_BYTES ((size_t)256 << 10) /* are written at once: they stay in a cache */
#define HEAD_WORDS 9u

/* ---- One order -------------------------------------------------------------------------------*/

/* Scores, ascending and each once; which of them each was. */
struct ranked {
    double *score;
    uint32_t *rank;
    uint64_t n;
};

static uint64_t score_bits(double score)
{
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits;
}

/* The index of a score among ascending ones. Scores that are equal may have other bits: -0. */
static uint64_t find_score(const struct ranked *r, double score)
{
    const double *at = bsearch(&score, r->score, r->n, sizeof score, sort_compare_double);
    return (uint64_t)(at - r->score);
}

static bool rank_scores(const struct values_block *block, struct ranked *r, struct err *e)
{
    *r = (struct ranked){.score = malloc((block->n_scores + 1) * sizeof *r->score),
                         .rank = malloc((block->n_scores + 1) * sizeof *r->rank)};
    if (!r->score || !r->rank)
        return err_set(e, ERR_OS, NULL, "not enough memory to write pairs of values");
    for (uint64_t i = 0; i < block->n_scores; i++)
        r->score[i] = block->score[i] + 0.0; /* -0 is written as 0 */
    sort_double(r->score, block->n_scores);
    for (uint64_t i = 0; i < block->n_scores; i++)
        if (r->n == 0 || score_bits(r->score[i]) != score_bits(r->score[r->n - 1]))
            r->score[r->n++] = r->score[i];
#pragma omp parallel for schedule(static) if (block->n_scores > 10000)
    for (uint64_t i = 0; i < block->n_scores; i++)
        r->rank[i] = (uint32_t)find_score(r, block->score[i] + 0.0);
    return true;
}

/* Orders the n pairs of a value of A by value of B, and numbers their scores anew. */
static void order_pairs(const struct ranked *r, uint64_t *pair, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        pair[i] = pair[i] << 32 | r->rank[pair[i] >> 32];
    sort_u64(pair, n);
    for (uint64_t i = 0; i < n; i++)
        pair[i] = pair[i] << 32 | pair[i] >> 32;
}

/* ---- Arrays ----------------------------------------------------------------------------------*/

struct writing {
    struct out *out;
    XXH3_state_t *sum; /* of the block so far */
};

static bool put(const struct writing *w, const void *p, size_t bytes, struct err *e)
{
    for (size_t at = 0; at < bytes; at += PIECE_BYTES) {
        const size_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        XXH3_64bits_update(w->sum, (const char *)p + at, n);
        if (!out_write(w->out, (const char *)p + at, n, e))
            return false;
    }
    return true;
}

static uint64_t n_values(const struct values_side *s)
{
    return s->side ? s->side->n : s->n;
}

static uint64_t n_rows(const struct values_side *s)
{
    return s->side ? s->side->rows_begin[s->side->n] : s->n;
}

/* Where the rows of each value begin. */
static bool put_begins(const struct writing *w, const struct values_side *s, struct err *e)
{
    if (s->side)
        return put(w, s->side->rows_begin, (s->side->n + 1ull) * sizeof(uint64_t), e);
    bool ok = true;
    for (uint64_t i = 0; ok && i <= s->n; i++)
        ok = put(w, &i, sizeof i, e);
    return ok;
}

static bool put_rows(const struct writing *w, const struct values_side *s, struct err *e)
{
    static const uint32_t none;
    const uint64_t n = n_rows(s);
    bool ok = !s->side || put(w, s->side->rows, n * sizeof none, e);
    for (uint32_t i = 0; ok && !s->side && i < n; i++)
        ok = put(w, &i, sizeof i, e);
    return ok && (n % 2 == 0 || put(w, &none, sizeof none, e));
}

static uint64_t row_bytes(const struct values_side *s)
{
    return (n_rows(s) + 1) / 2 * 8;
}

static bool put_head(const struct writing *w, const struct values_block *block, uint64_t n_scores,
                     struct err *e)
{
    const uint64_t a = n_values(&block->a), b = n_values(&block->b), pairs = block->begin[a];
    const uint64_t words = HEAD_WORDS + 2 * (a + 1) + (b + 1) + n_scores + pairs + 1;
    uint64_t head[HEAD_WORDS] = {0,
                                 words * 8 + row_bytes(&block->a) + row_bytes(&block->b),
                                 block->self,
                                 a,
                                 b,
                                 n_rows(&block->a),
                                 n_rows(&block->b),
                                 n_scores,
                                 pairs};
    memcpy(head, "AXBVBLK1", sizeof *head);
    return put(w, head, sizeof head, e);
}

static bool put_block(const struct writing *w, const struct values_block *block,
                      const struct ranked *r, struct err *e)
{
    const uint64_t n = n_values(&block->a);
    if (!put_head(w, block, r->n, e) || !put_begins(w, &block->a, e) ||
        !put_begins(w, &block->b, e) || !put(w, block->begin, (n + 1) * sizeof *block->begin, e) ||
        !put(w, r->score, r->n * sizeof *r->score, e) ||
        !put(w, block->pair, block->begin[n] * sizeof *block->pair, e) ||
        !put_rows(w, &block->a, e) || !put_rows(w, &block->b, e))
        return false;
    const uint64_t sum = XXH3_64bits_digest(w->sum);
    return out_write(w->out, (const char *)&sum, sizeof sum, e);
}

bool values_write(const struct values_block *block, struct out *out, struct err *e)
{
    const uint64_t n = n_values(&block->a);
    const struct writing w = {out, XXH3_createState()};
    struct ranked r = {.n = 0};
    bool ok = w.sum ? rank_scores(block, &r, e)
                    : err_set(e, ERR_OS, NULL, "not enough memory to write pairs of values");
    if (ok) {
        XXH3_64bits_reset(w.sum);
#pragma omp parallel for schedule(dynamic, 256)
        for (uint64_t v = 0; v < n; v++)
            order_pairs(&r, block->pair + block->begin[v], block->begin[v + 1] - block->begin[v]);
        ok = put_block(&w, block, &r, e);
    }
    XXH3_freeState(w.sum);
    free(r.score);
    free(r.rank);
    return ok;
}
