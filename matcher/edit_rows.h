/* Rows: the texts of one side of an edit join as bytes, in a fixed stride for each length.
 *
 * A code above 255 is folded into a byte. Then equal bytes need not be equal characters and every
 * distance is at most too small: fine for filters, not for the answer. */
#ifndef AXB_MATCHER_EDIT_ROWS_H
#define AXB_MATCHER_EDIT_ROWS_H

#include "matcher/edit_side.h"
#include "matcher/kernel_edit.h"

struct edit_rows_at {
    struct edit_side_at side;
    uint64_t rows_at[EDIT_PAIR_LENGTH + 1]; /* of each length; longer texts have no rows */
};

/* One side in a mapped index. */
struct edit_rows {
    struct edit_side side;
    const uint8_t *rows[EDIT_PAIR_LENGTH + 1];
};

/* The class of each byte, below EDIT_CLASSES. */
struct edit_classes {
    uint8_t class[256];
};

bool edit_rows_build(struct edit_rows_at *at, const struct words *words, const struct side *side,
                     struct shm *index, struct err *e);

struct edit_rows edit_rows_view(const char *index, const struct edit_rows_at *at);

/* Classes that share the characters of a sample of the words about evenly. */
void edit_classes_make(struct edit_classes *classes, const struct words *words);

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

static inline uint32_t edit_count(const struct edit_rows *r, uint32_t length)
{
    return length > r->side.max_length ? 0 : r->side.begin[length + 1] - r->side.begin[length];
}

#endif
