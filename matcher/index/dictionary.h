/* The dictionary: the distinct values of the compared columns, recoded for comparing.
 *
 * The values of a group of columns (both sides of a comparison, or every text column that a
 * scorer reads) share one dictionary, so equal value ids mean equal values, and one dense alphabet:
 * code points become codes 0, 1, 2 … by ascending code point, one byte a character while there
 * are at most 256 of them, else two, else four. So sorting by code is sorting by code point, and
 * byte kernels serve nearly all columns whatever their script.
 *
 * A side says which of these values one column of one table has, and in which rows. All of it lies
 * in shared memory, is built by index.c, and is then only read. */
#ifndef AXB_MATCHER_INDEX_DICTIONARY_H
#define AXB_MATCHER_INDEX_DICTIONARY_H

#include "data/table.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* A text as the metrics see it; borrowed. */
struct text {
    const void *codes; /* n codes of `width` bytes; may be read up to 64 bytes past the end */
    uint32_t n;        /* characters */
    uint32_t width;    /* 1, 2 or 4 */
    const char *utf8;  /* the same text, utf8_bytes long */
    uint32_t utf8_bytes;
    uint32_t id; /* value id + 1; 0: not in the dictionary. Equal ids > 0: equal texts */
};

struct alphabet {
    uint32_t n_codes;           /* codes are below this */
    const uint32_t *code_point; /* n_codes, ascending */
};

/* So that a place of 32 bits and the largest step from it to the next piece of work, below 2^28, can
 * be added. */
#define DICTIONARY_MOST_VALUES 4000000000u

/* A view of a mapped dictionary: plain pointers, valid in this process alone. */
struct dictionary {
    uint32_t n;          /* distinct values, at most DICTIONARY_MOST_VALUES */
    uint32_t width;      /* bytes a code */
    uint32_t max_length; /* characters of the longest value */
    struct alphabet alphabet;
    const uint64_t *begin;      /* n + 1: value v is codes[begin[v] .. begin[v + 1]) */
    const char *codes;          /* begin[n] * width bytes, 64 spare bytes after them */
    const uint64_t *utf8_begin; /* n + 1 */
    const char *utf8;           /* 64 spare bytes after it; NULL where nobody needs it */
};

/* A view of one table's column over the dictionary. */
struct side {
    uint32_t n;                 /* distinct values in this column */
    uint64_t n_rows;            /* rows of the table */
    const uint32_t *value;      /* n, ascending: place in this side -> value id */
    const uint64_t *rows_begin; /* n + 1 */
    const uint32_t *rows;       /* the rows of place i, ascending, rows[rows_begin[i] ..) */
    const uint32_t *row_place;  /* n_rows: row -> place, TABLE_MISSING where it has no value */
};

static inline uint32_t dictionary_length(const struct dictionary *d, uint32_t value)
{
    assert(value < d->n);
    return (uint32_t)(d->begin[value + 1] - d->begin[value]);
}

/* The characters of all values of a side. */
static inline uint64_t side_characters(const struct dictionary *d, const struct side *side)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < side->n; i++)
        n += dictionary_length(d, side->value[i]);
    return n;
}

static inline struct text dictionary_text(const struct dictionary *d, uint32_t value)
{
    return (struct text){
        .codes = d->codes + d->begin[value] * d->width,
        .n = dictionary_length(d, value),
        .width = d->width,
        .utf8 = d->utf8 ? d->utf8 + d->utf8_begin[value] : NULL,
        .utf8_bytes = d->utf8 ? (uint32_t)(d->utf8_begin[value + 1] - d->utf8_begin[value]) : 0,
        .id = value + 1,
    };
}

/* One code of a text; `width` is meant to be a constant where this is inlined. */
static inline uint32_t text_code(const void *codes, uint32_t width, size_t i)
{
    return width == 1   ? ((const uint8_t *)codes)[i]
           : width == 2 ? ((const uint16_t *)codes)[i]
                        : ((const uint32_t *)codes)[i];
}

static inline uint32_t side_multiplicity(const struct side *s, uint32_t place)
{
    assert(place < s->n);
    return (uint32_t)(s->rows_begin[place + 1] - s->rows_begin[place]);
}

#endif
