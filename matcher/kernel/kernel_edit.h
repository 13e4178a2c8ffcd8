/* Kernels of edit distances, compiled for each instruction set: many pairs at once, one in each
 * lane of a vector. They know symbols and limits; no texts, no dictionary, no threshold. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_EDIT_H
#define AXB_MATCHER_KERNEL_KERNEL_EDIT_H

#include "matcher/kernel/isa.h"

#include <stddef.h>
#include <stdint.h>

/* What a kernel counts. */
enum edit_kind {
    EDIT_LEVENSHTEIN, /* insert, delete, substitute */
    EDIT_OSA,         /* and swap neighbours, no substring edited twice */
    EDIT_INDEL,       /* insert, delete: la + lb - 2 * LCS */
    EDIT_HAMMING,     /* substitute, and what the longer text has more */
    EDIT_KINDS
};

/* ---- Scan: a block of patterns against texts ---------------------------------------------------
 * Lanes hold different patterns of at most as many characters as a lane has bits; a text streams
 * past all of them (Myers 1999 and Hyyrö 2003 for the distances, Hyyrö 2004 for the common
 * subsequence; patterns in lanes after Hyyrö, Fredriksson and Navarro 2005). */
#define EDIT_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define EDIT_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define EDIT_LANES_MAX 64
#define EDIT_SCAN_TEXTS_MAX 64 /* texts in a call */

/* What a kernel finds for a pattern and a text is a delta: for Levenshtein and OSA the
 * distance less the text's length, for the others minus the characters in common. `limit` is the
 * largest delta wanted, in each lane; a lane whose limit is the least value finds nothing. */
struct edit_block {
    const void *rows;  /* a vector a symbol: in each lane, the places of the symbol, from bit 0 */
    const void *mask;  /* a vector: in each lane, as many low bits as the pattern is long */
    const void *limit; /* a vector of signed lanes */
};

struct edit_hit {
    uint16_t text;
    uint16_t lane;
    int32_t delta;
};

/* Runs n texts of `length` symbols each, one after the other, past a block and writes the hits
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
 * characters are equal is not looked up: whole vectors are compared. */
#define EDIT_BATCH 64
#define EDIT_TILE_BYTES 16   /* rows are stored in tiles of this many columns */
#define EDIT_PAIR_LENGTH 112 /* no text is longer, so that sums of lengths fit a byte */
#define EDIT_BAND_MAX 64
#define EDIT_ROWS_BYTES (EDIT_BATCH * EDIT_PAIR_LENGTH)

struct edit_pair_shape {
    uint32_t short_length, long_length;
    uint32_t limit; /* largest distance wanted */
};

/* The place of a tile of text `slot` in a batch's rows. A vector holds the same tile row of several
 * blocks of sixteen texts, so that transposing is four rounds of unpacking. */
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
 * bit for each pair within. Rows and distances stand at a multiple of 64 bytes; what rows hold
 * after a text's end does not matter. */
typedef uint64_t edit_pairs_fn(const struct edit_pair_shape *shape, const uint8_t *short_rows,
                               const uint8_t *long_rows, uint8_t distance[EDIT_BATCH]);

struct edit_pair_kernels {
    edit_pairs_fn *pairs[EDIT_KINDS][EDIT_LANE_SIZES]; /* by lane size: the band fits a lane */
};

ISA_TABLE(struct edit_pair_kernels, edit_pair_kernels)

/* ---- Bitslices: one probe against 512 entries --------------------------------------------------
 * A plane has a bit for each entry of a block; there is one for each character class and each place
 * q of a probe: does the entry have the class where a partner of q may stand? Adding the planes
 * that a probe's characters name, bit-sliced by a carry-save adder, counts for 512 entries at once
 * how many characters of the probe may have a partner. */
#define EDIT_BLOCK 512
#define EDIT_CLASSES 32
#define EDIT_PLANE_BYTES (EDIT_BLOCK / 8)
#define EDIT_PROBES 64 /* in a call */
#define EDIT_PROBE_BITS 20
#define EDIT_OFFSET_UNIT 8   /* plane offsets are counted in this many bytes */
#define EDIT_OFFSETS_ROUND 8 /* rows of offsets are padded to a multiple, with the empty plane */

struct edit_bitslice {
    const uint8_t *planes;
    const uint16_t *offsets; /* of all probes: a row of `stride` plane offsets for each */
    uint32_t stride;
    uint32_t length;     /* of a probe */
    uint32_t needed;     /* this many of its characters must have a partner, at least 1 */
    uint32_t begin, end; /* the entries wanted, numbers in the block */
};

static inline const uint16_t *edit_probe_offsets(const struct edit_bitslice *s, uint32_t probe)
{
    return s->offsets + (size_t)(probe & ((1u << EDIT_PROBE_BITS) - 1)) * s->stride;
}

struct edit_bitslice_hit {
    uint16_t probe; /* number in the call */
    uint16_t entry; /* number in the block */
};

/* Tests n probes, given by the numbers of their rows (the low EDIT_PROBE_BITS bits); returns the
 * number of hits, at most n × (end - begin). */
typedef size_t edit_bitslice_fn(const struct edit_bitslice *s, const uint32_t *probes, uint32_t n,
                                struct edit_bitslice_hit *hits);

/* A block of at most EDIT_BLOCK entries, as columns of classes: column p of entry e at
 * columns[p * EDIT_BLOCK + e], EDIT_CLASSES after the last entry. Character p may be the partner
 * of q of a probe if q - ahead <= p <= q + back. */
struct edit_block_shape {
    uint32_t length; /* of the entries */
    uint32_t probe_length;
    uint32_t back, ahead;
};

/* Makes the planes of a block: of class c and place q at (q × EDIT_CLASSES + c) × EDIT_PLANE_BYTES,
 * and an empty one after the last. `exact` is scratch space for the planes of the entries' own
 * places. */
typedef void edit_planes_fn(const struct edit_block_shape *shape, const uint8_t *columns,
                            uint8_t *exact, uint8_t *planes);

struct edit_bitslice_kernels {
    edit_planes_fn *planes;
    edit_bitslice_fn *bitslice;
};

ISA_TABLE(struct edit_bitslice_kernels, edit_bitslice_kernels)

#endif
