/* How an index lies in its segment. For the files whose names begin with index; nobody else
 * includes it. */
#ifndef AXB_MATCHER_INDEX_INDEX_INTERNAL_H
#define AXB_MATCHER_INDEX_INDEX_INTERNAL_H

#include "matcher/index/index.h"

#define INDEX_MAGIC 0x3158444e49425841ull /* "AXBINDX1" */

struct index_head_field {
    uint32_t kind;
    uint32_t n;
    uint64_t n_rows;
    uint64_t value_at, rows_begin_at, rows_at, row_place_at; /* text */
    uint64_t number_at;                                      /* number, days */
};

struct index_head {
    uint64_t magic;
    uint32_t n_distinct, width, max_length, n_codes, n_fields, has_postings;
    uint64_t n_rows[2], rows_at[2]; /* of the row lists; rows_at 0: all rows */
    uint64_t begin_at, codes_at, utf8_begin_at, utf8_at, code_point_at;
    struct index_head_field field[INDEX_MAX_FIELDS];
    uint32_t n_pairs; /* of columns that are weighed */
    struct index_head_pair {
        struct index_pair fields;
        struct idf_at idf;       /* INDEX_WORDS */
        struct rarity_at rarity; /* INDEX_VALUES */
    } pair[INDEX_MAX_PAIRS];
};

#endif
