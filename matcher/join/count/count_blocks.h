/* The texts of side B in bit planes, by length, 512 a block.
 *
 * Characters are folded to at most COUNT_CLASSES classes. A plane has the bit of each text of its
 * block that has a class often enough. For the texts "otto", "to" and "tt":
 *
 *     class, occurrence    o 1   o 2   t 1   t 2
 *     lanes                110   100   111   101
 *
 * The text "tot" takes part in o 1, t 1 and t 2. Added up they give 3, 2 and 2: what it has in
 * common with each of the three. Classes that fold characters together only make that larger.
 *
 * Blocks of texts of about one length make a band and number their planes alike, so that a text of
 * side A is looked up once for all of them. Very long texts would need too many planes. There only
 * every step-th occurrence has one: na and nb occurrences have min(na, nb) / step planes in common,
 * rounded down, which is short by less than one for each class. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_BLOCKS_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_BLOCKS_H

#include "core/shm.h"
#include "matcher/join/by_length.h"
#include "matcher/join/join.h"
#include "matcher/kernel/kernel_set.h"

#include <stdbool.h>
#include <stdint.h>

#define COUNT_CLASSES 1024u
#define COUNT_LEADS 64u         /* classes of leading characters, for each of their places */
#define COUNT_PLANES_MOST 12288 /* of a block, those of leading characters apart */

/* Blocks of about one length. Block k has the texts at positions first + 512 k … of the side. */
struct count_band {
    uint32_t first, end;                     /* positions */
    uint32_t shortest, longest;              /* characters */
    uint32_t step;                           /* occurrences from one plane to the next */
    uint32_t n_planes;                       /* of a block; number 0 is empty */
    uint64_t planes_at;                      /* blocks × n_planes planes */
    uint64_t leads_at;                       /* blocks × 4 × COUNT_LEADS planes; 0: none */
    uint16_t class_begin[COUNT_CLASSES + 1]; /* the planes of each class */
};

struct count_blocks_at {
    struct by_length_at side;
    uint64_t bands_at;
    uint32_t n_bands;
};

/* Which texts of a side become blocks. */
struct count_lengths {
    uint32_t from;  /* characters; shorter texts have no block */
    uint32_t split; /* characters; no band has both shorter texts and others */
};

/* Writes the bands of a side into an index that is being built. ERR_OS without memory. */
bool count_blocks_build(struct count_blocks_at *at, const struct join_job *job,
                        const struct side *side, struct count_lengths lengths, struct shm *index,
                        struct err *e);

static inline const struct count_band *count_bands(struct shm_view index,
                                                   const struct count_blocks_at *at)
{
    return shm_array(index, at->bands_at, struct count_band, at->n_bands);
}

static inline uint32_t count_band_blocks(const struct count_band *band)
{
    return (band->end - band->first + SET_LANES - 1) / SET_LANES;
}

typedef const uint64_t (*count_planes)[SET_PLANE_WORDS];

static inline count_planes count_block_planes(struct shm_view index, const struct count_band *band,
                                              uint32_t block)
{
    const size_t bytes = (size_t)band->n_planes * sizeof(uint64_t[SET_PLANE_WORDS]);
    return (count_planes)(uintptr_t)(index.base + band->planes_at + block * bytes);
}

static inline count_planes count_block_leads(struct shm_view index, const struct count_band *band,
                                             uint32_t block)
{
    const size_t bytes = METRIC_PREFIX_MOST * COUNT_LEADS * sizeof(uint64_t[SET_PLANE_WORDS]);
    return (count_planes)(uintptr_t)(index.base + band->leads_at + block * bytes);
}

/* The classes of a text, and how often it has each. */
struct count_classes {
    uint32_t n;
    uint16_t class[COUNT_CLASSES];  /* n that occur */
    uint32_t number[COUNT_CLASSES]; /* by class; zero for all others */
};

/* Counts the classes of a text, after it has forgotten those of the last one. At first all of it is
 * zero. */
void count_classes_of(struct count_classes *c, struct text text);

/* Writes the planes of a band that a text takes part in; returns how many. At most
 * band->n_planes. */
uint32_t count_planes_of(const struct count_band *band, const struct count_classes *c,
                         uint16_t *plane);

/* The plane of the leading character at a place below METRIC_PREFIX_MOST. */
static inline uint32_t count_lead_plane(struct text text, uint32_t at)
{
    return at * COUNT_LEADS + text_code(text.codes, text.width, at) % COUNT_LEADS;
}

#endif
