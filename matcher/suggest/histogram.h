/* A histogram of scores: how many pairs have each score, or, where these are too many, lie in each
 * bin.
 *
 * It begins with a bin for each score. When there are more than `most`, the bins become wider: of
 * width 1e-9, 2e-9, 1e-8, 2e-8 … 1, 2, 10 …, until no more than `most` have pairs. Each width is a
 * multiple of the one before it, so bins only ever merge. The result is therefore the same in
 * whatever order and in however many parts pairs are counted: the least width with which they fit.
 *
 * Bins are of goods: a good is the score, or of a distance, where less is better, its negative. A
 * bin has the goods from <= good < the next multiple of the width. `from` is the double that the
 * decimal number reads as (0.93, not 93 * 0.01). So --min, or of a distance --max, with a number on
 * an edge finds the very pairs of the bins from there on.
 *
 * Plain numbers: it knows no metric and no threshold. Not here: what follows from a histogram
 * (threshold.h), and how it is written (output/histogram_file.h). */
#ifndef AXB_MATCHER_SUGGEST_HISTOGRAM_H
#define AXB_MATCHER_SUGGEST_HISTOGRAM_H

#include "core/err.h"
#include "core/hash.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HISTOGRAM_MOST 4096u  /* bins */
#define HISTOGRAM_USUAL 1000u /* bins, where nobody says how many */
#define HISTOGRAM_LEVELS 64u  /* widths; the last one is for all scores of a sign */

/* A bin that has pairs: it begins with this good. In tables of workers `pairs` 0 is an empty slot.
 */
struct histogram_bin {
    double from;
    uint64_t pairs;
};

struct histogram {
    bool falls;                         /* it is of a distance, and lower scores are better */
    uint32_t most;                      /* bins; 0: not open */
    uint32_t level;                     /* of the width of the bins; 0: a bin for each score */
    uint32_t n;                         /* bins that have pairs, in any order … */
    unsigned bits;                      /* … among 2^bits slots */
    struct histogram_bin *slot, *spare; /* owned */
};

/* An empty histogram of at most `most` bins, 2 to HISTOGRAM_MOST. ERR_OS. */
bool histogram_open(struct histogram *h, uint32_t most, bool falls, struct err *e);
void histogram_close(struct histogram *h);

/* Makes it empty; it keeps its level, below which it would not stay. */
void histogram_clear(struct histogram *h);

/* The width of bins at a level: 0 at level 0, infinite at the last. */
double histogram_width(uint32_t level);

/* The begin of the bin of a good, which is not NaN. One that is infinite, or so large that
 * neighbouring doubles are further apart than bins, is a bin of its own; at the last level there
 * are two bins, of -infinity and of 0. */
double histogram_edge(double good, uint32_t level);

/* Where the bin that begins at an edge ends: the begin of the next. A bin of one good ends where it
 * begins. */
double histogram_end(double edge, uint32_t level);

/* Makes the bins wider: to this level, which is above its own, or further until they fit. */
void histogram_widen(struct histogram *h, uint32_t level);

/* For histogram.c alone: adds pairs to the bin that begins at `from`, whether it is one too many or
 * not. A table has space for twice as many as `most`. */
static inline void histogram_add_bin(struct histogram *h, double from, uint64_t n)
{
    uint64_t key;
    memcpy(&key, &from, sizeof key);
    const uint64_t last = ((uint64_t)1 << h->bits) - 1;
    uint64_t i = hash_mix(key ^ key >> 32) >> (64 - h->bits);
    while (h->slot[i].pairs && h->slot[i].from != from)
        i = (i + 1) & last;
    h->n += h->slot[i].pairs == 0;
    h->slot[i].from = from;
    h->slot[i].pairs += n;
}

/* The good of a score, and the score of a good. */
static inline double histogram_good(const struct histogram *h, double score)
{
    return (h->falls ? -score : score) + 0.0; /* makes 0.0 of -0.0 */
}

/* Adds n > 0 pairs of this score, which is not NaN. */
static inline void histogram_add(struct histogram *h, double score, uint64_t n)
{
    const double good = histogram_good(h, score);
    histogram_add_bin(h, h->level ? histogram_edge(good, h->level) : good, n);
    if (h->n > h->most)
        histogram_widen(h, h->level + 1);
}

/* Adds the n bins of another histogram. */
void histogram_merge(struct histogram *h, uint32_t level, const struct histogram_bin *bin,
                     uint32_t n);

/* Can these be the bins of a histogram of at most `most` bins at this level? */
bool histogram_can_be(uint32_t level, const struct histogram_bin *bin, uint32_t n, uint32_t most);

/* All pairs that were counted. */
double histogram_pairs(const struct histogram *h);

/* Copies the bins that have pairs to out[h->n], in no order. */
void histogram_copy(const struct histogram *h, struct histogram_bin *out);
/* The same in ascending order, the best ones last. */
void histogram_sorted(const struct histogram *h, struct histogram_bin *out);

#endif
