/* Pairs of rows that were found, with their scores: what is chosen among, and put into clusters.
 *
 * Plain numbers in memory. Not here: which rows these are, what they hold, and where the pairs come
 * from. */
#ifndef AXB_MATCHER_CHOOSE_FOUND_H
#define AXB_MATCHER_CHOOSE_FOUND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A row of A, a row of B, and a score, which is any double but NaN. 16 bytes. */
struct found_pair {
    uint32_t row_a, row_b;
    double score;
};

/* n pairs, in ascending order of row_a, then of row_b; each pair once. The memory is the caller's.
 * What chooses among pairs moves those that it keeps to the front, in the same order, and makes n
 * smaller. */
struct found {
    struct found_pair *pair;
    uint64_t n;
};

/* The rows that pairs may name: row_a < n[0], row_b < n[1]. `self` says that both sides are the
 * same records, as in dedupe. Then n[0] equals n[1], and row_a < row_b in every pair. */
struct found_rows {
    uint32_t n[2];
    bool self;
};

/* Which score is the better one; of distances it is the least. */
enum choose_better { CHOOSE_GREATEST, CHOOSE_LEAST };

/* A number for a score: the better score has the lower number. Equal scores have the same one, and
 * -0.0 equals 0.0. The bits of doubles are in the order of their values once the negative ones are
 * inverted (Terdiman, 2000). */
static inline uint64_t found_rank(double score, enum choose_better better)
{
    const double plain = score + 0.0; /* makes 0.0 of -0.0 */
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    const uint64_t ascending = bits & sign ? ~bits : bits | sign;
    return better == CHOOSE_LEAST ? ascending : ~ascending;
}

/* For qsort: by row_a, then by row_b. */
static inline int found_compare(const void *x, const void *y)
{
    const struct found_pair *p = (const struct found_pair *)x;
    const struct found_pair *q = (const struct found_pair *)y;
    return p->row_a != q->row_a ? (p->row_a > q->row_a) - (p->row_a < q->row_a)
                                : (p->row_b > q->row_b) - (p->row_b < q->row_b);
}

/* Are pairs that come from a file what `found` promises, and of rows that exist? */
static inline bool found_is_in_order(const struct found *found, struct found_rows rows)
{
    const struct found_pair *p = found->pair;
    bool ok = true;
    for (uint64_t i = 0; i < found->n; i++)
        ok = ok && p[i].row_a < rows.n[0] && p[i].row_b < rows.n[1] && p[i].score == p[i].score &&
             (!rows.self || p[i].row_a < p[i].row_b) &&
             (i == 0 || found_compare(&p[i - 1], &p[i]) < 0);
    return ok;
}

/* Puts pairs that come in any order into theirs. Of a pair that comes twice the second is dropped;
 * both are to have one score. */
static inline void found_put_in_order(struct found *found)
{
    const uint64_t n = found->n;
    qsort(found->pair, n, sizeof *found->pair, found_compare);
    found->n = 0;
    for (uint64_t i = 0; i < n; i++)
        if (i == 0 || found_compare(&found->pair[i], &found->pair[found->n - 1]) != 0)
            found->pair[found->n++] = found->pair[i];
}

/* How many records there are, those of both sides together. They have one number each: a row of A
 * its own, a row of B the number that found_record_b gives. */
static inline uint64_t found_records(struct found_rows rows)
{
    return rows.self ? rows.n[0] : (uint64_t)rows.n[0] + rows.n[1];
}

static inline uint64_t found_record_b(struct found_rows rows, uint32_t row_b)
{
    return rows.self ? row_b : (uint64_t)rows.n[0] + row_b;
}

#endif
