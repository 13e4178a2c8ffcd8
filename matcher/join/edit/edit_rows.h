/* Rows: the texts of one side of an edit join as bytes, in a fixed stride for each length.
 *
 * A code above 255 is folded into a byte. Then equal bytes need not be equal characters and every
 * distance is at most too small: fine for filters, not for the answer. A dictionary may have such
 * codes without these sides having one: phone numbers beside names of many scripts. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_ROWS_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_ROWS_H

#include "matcher/join/by_length.h"
#include "matcher/kernel/kernel_edit.h"

struct edit_rows_at {
    struct by_length_at side;
    uint64_t rows_at[EDIT_PAIR_LENGTH + 1]; /* of each length; longer texts have no rows */
    bool folded;                            /* a text that has a row has a code above 255 */
};

/* One side in a mapped index. */
struct edit_rows {
    struct by_length side;
    const uint8_t *rows[EDIT_PAIR_LENGTH + 1];
    bool folded;
};

/* The class of each byte, below EDIT_CLASSES. */
struct edit_classes {
    uint8_t class[256];
};

/* Writes the rows of a side into an index that is being built. ERR_OS without memory. */
bool edit_rows_build(struct edit_rows_at *at, const struct dictionary *dictionary,
                     const struct side *side, struct shm *index, struct err *e);

struct edit_rows edit_rows_view(struct shm_view index, const struct edit_rows_at *at);

/* Classes into which the characters of a sample of the dictionary fall about evenly. */
void edit_classes_make(struct edit_classes *classes, const struct dictionary *dictionary);

static inline size_t edit_stride(uint32_t length)
{
    return length <= EDIT_TILE_BYTES
               ? EDIT_TILE_BYTES
               : (length + EDIT_TILE_BYTES - 1) / EDIT_TILE_BYTES * EDIT_TILE_BYTES;
}

/* The row of the i-th text of a length. */
static inline const uint8_t *edit_row(const struct edit_rows *r, uint32_t length, uint32_t i)
{
    return r->rows[length] + i * edit_stride(length);
}

#endif
