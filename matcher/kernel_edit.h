/* Kernels of the edit family, compiled for each instruction set: many pairs at once, one in each
 * lane of a vector. They know neither words nor thresholds, only symbols and limits. */
#ifndef AXB_MATCHER_KERNEL_EDIT_H
#define AXB_MATCHER_KERNEL_EDIT_H

#include "matcher/edit_rule.h"
#include "matcher/isa.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Scan: a block of patterns against texts ---------------------------------------------------
 * Lanes hold different patterns of at most as many characters as a lane has bits; a text streams
 * past all of them (Myers 1999 and Hyyrö 2003 for the distances, Hyyrö 2004 for the common
 * subsequence; patterns in lanes after Hyyrö, Fredriksson and Navarro 2005). */
#define EDIT_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define EDIT_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define EDIT_LANES_MAX 64
#define EDIT_SCAN_TEXTS_MAX 64 /* texts in a call */

/* What a kernel finds for a pattern and a text is a balance: for Levenshtein and OSA the distance
 * less the text's length, for the others minus the characters in common. `limit` is the largest
 * balance wanted, in each lane; a lane whose limit is the least value finds nothing. */
struct edit_block {
    const void *rows;  /* a vector a symbol: in each lane, the places of the symbol, from bit 0 */
    const void *mask;  /* a vector: in each lane, as many low bits as the pattern is long */
    const void *limit; /* a vector of signed lanes */
};

struct edit_hit {
    uint16_t text;
    uint16_t lane;
    int32_t balance;
};

/* Runs n texts of `length` symbols each, one behind the other, past a block and writes the hits
 * (at most n × lanes); returns how many. */
typedef size_t edit_scan_fn(const struct edit_block *block, const uint16_t *texts, uint32_t length,
                            uint32_t n, struct edit_hit *hits);

struct edit_scan_kernels {
    uint32_t vector_bytes;
    edit_scan_fn *scan[EDIT_KINDS][EDIT_LANE_SIZES];
};

ISA_TABLE(struct edit_scan_kernels, edit_scan_kernels)

/* ---- Pairs: sixty-four pairs of texts, a pair in each lane -------------------------------------
 * All short texts of a batch have one length, all long ones another. A cell of the dynamic
 * programme matters only if it is near the diagonal, so a lane holds the band around it, which
 * moves by one place with each character (after Hyyrö 2003, with the band in lanes). Whether two
 * characters are equal is looked up nowhere: whole vectors are compared. */
#define EDIT_BATCH 64
#define EDIT_TILE_BYTES 16   /* rows are stored in tiles of so many columns */
#define EDIT_PAIR_LENGTH 112 /* no text is longer, so that sums of lengths fit a byte */
#define EDIT_BAND_MAX 64
#define EDIT_ROWS_BYTES (EDIT_BATCH * EDIT_PAIR_LENGTH)

struct edit_pair_shape {
    uint32_t short_length, long_length;
    uint32_t limit; /* largest distance wanted */
};

/* The place of a tile of text `slot` in a batch's rows: so arranged that a vector holds the same
 * tile row of several blocks of sixteen texts, and transposing is four rounds of unpacking. */
static inline size_t edit_tile_at(uint32_t slot, uint32_t tile)
{
    return ((size_t)tile * EDIT_BATCH + (slot % 16) * 4 + slot / 16) * EDIT_TILE_BYTES;
}

/* The width of the band in bits for a shape; above EDIT_BAND_MAX there is no kernel. */
static inline uint32_t edit_band(enum edit_kind kind, const struct edit_pair_shape *s)
{
    uint32_t difference = s->long_length - s->short_length;
    uint32_t width = (s->limit - difference) / 2 + (s->limit + difference) / 2 + 1;
    return kind == EDIT_HAMMING ? 1 : kind == EDIT_OSA ? width + 2 : width;
}

/* Writes the distance of each pair, right if it is within the limit and too large else; returns a
 * bit for each pair within. Rows behind a text's end may hold anything. */
typedef uint64_t edit_pairs_fn(const struct edit_pair_shape *shape, const uint8_t *short_rows,
                               const uint8_t *long_rows, uint8_t distance[EDIT_BATCH]);

/* ---- Filter: signatures ------------------------------------------------------------------------
 * Tests one probe against n entries: at most tau_entry bits of entry[i] may be missing in
 * probe_wide, at most tau_probe bits of probe in entry_wide[i]. Writes the numbers of the entries
 * that pass, first + i, and returns how many. `passed` has room for n + 16. */
struct edit_filter {
    const uint64_t *entry, *entry_wide;
    uint64_t probe, probe_wide;
    uint32_t tau_entry, tau_probe;
};

typedef size_t edit_filter_fn(const struct edit_filter *f, uint32_t first, uint32_t n,
                              uint32_t *passed);

struct edit_pair_kernels {
    edit_pairs_fn *pairs[EDIT_KINDS][EDIT_LANE_SIZES]; /* by lane size: the band fits a lane */
    edit_filter_fn *filter;
};

ISA_TABLE(struct edit_pair_kernels, edit_pair_kernels)

#endif
