/* The segment index of the edit family (PassJoin: Li, Deng, Wang and Feng, 2011).
 *
 * k operations cannot touch all of k + 1 pieces of the short text. So a match has one of the pieces
 * unchanged, at about the same offset. For k = 2:
 *
 *     short  Gut|ier|rez      three pieces
 *     long   Guttierez        two operations; "ier" occurs, shifted by 1
 *
 * The pieces of all short texts go into a hash table. The long texts are looked up with their
 * substrings of that length near that offset. Texts and look-ups are both sorted by hash, so the
 * table falls into blocks of 512 texts, each with its look-ups. A block is tested bit-sliced
 * (kernel_edit.h) before a single pair is verified. The table lives for one task and one piece. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_SEGMENTS_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_SEGMENTS_H

#include "core/hash.h"
#include "matcher/join/edit/edit_task.h"

#define EDIT_ENTRIES_MAX 262144u /* short texts of a task */
#define EDIT_PROBES_MAX 131072u  /* long texts of a task */

/* Piece [begin, begin + length) of a short text; a long one has it at begin + shift for one of the
 * shifts first, first + step … last. */
struct edit_piece {
    uint32_t begin, length;
    int32_t first, last, step;
};

/* Cuts a short text; returns the number of pieces, 0 if it is too short for them. */
uint32_t edit_pieces(struct edit_piece *pieces, enum edit_kind kind, const struct edit_bounds *b,
                     uint32_t short_length, uint32_t long_length);

/* The content of a piece; equal ones have equal keys. May read 8 bytes past the end. */
static inline uint64_t edit_piece_key(const uint8_t *p, uint32_t length)
{
    uint64_t key = 0, last;
    for (; length > 8; length -= 8, p += 8) {
        memcpy(&last, p, 8);
        key = hash_mix(key ^ last);
        key ^= key >> 29;
    }
    memcpy(&last, p, 8);
    return hash_mix(key ^ (last & ~0ull >> (64 - 8 * length)));
}

/* The memory of a worker for one table after another; NULL without memory. */
struct edit_segments;

struct edit_segments *edit_segments_open(void);
void edit_segments_close(struct edit_segments *s);

/* Short texts [begin, end) of a task against long ones, numbers within their lengths. */
struct edit_range {
    uint32_t short_begin, short_end, long_begin, long_end;
};

/* Finds the matches of a range by pieces [first_piece, end_piece); those that an earlier piece
 * finds are not reported again. */
void edit_segments_run(struct edit_segments *s, struct edit_task *t, struct edit_range range,
                       uint32_t first_piece, uint32_t end_piece);

/* Finds the matches of a range by testing every pair, bit-sliced. */
void edit_segments_run_all(struct edit_segments *s, struct edit_task *t, struct edit_range range);

#endif
