/* Distinct values: equal texts get the same number, found in parallel.
 *
 * Texts come in chunks, and each chunk is encoded by itself (distinct_encode): its values once, and
 * for each row the number of its value. The values of a chunk, its entries, are put in order by the
 * high bits of their hashes, so that distinct_merge can look for equal entries of all chunks one
 * part at a time, in tables that fit a cache, without locks. An entry's owner is the first equal
 * entry in the order of the chunks. Owners are the values, numbered in that order. So numbers
 * depend on neither threads nor chunks. A plain column keeps every row's value and looks for
 * nothing. Texts that are all in memory at once need one call: distinct_number. */
#ifndef AXB_DATA_DISTINCT_H
#define AXB_DATA_DISTINCT_H

#include "data/arena.h"
#include "data/clean/text_rules.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_PARTS 64u

/* A value: its two halves if it has at most 16 bytes, else its first 8 bytes and where it is. */
struct distinct_entry {
    uint64_t head, tail;
    uint32_t n;
    uint32_t hash;
};

/* One column of one chunk; its arrays lie in the chunk's arena. */
struct distinct_chunk {
    uint32_t n_rows;
    uint32_t n_entries;
    uint64_t missing;               /* rows */
    uint64_t emptied;               /* of these, rows whose value is empty after cleaning alone */
    struct bytes emptied_value;     /* the first of them, as it was; p is NULL: there is none */
    uint32_t *row_entry;            /* n_rows: number of the entry, in order of occurrence */
    struct distinct_entry *entries; /* in order of part, then of occurrence */
    uint32_t *number;               /* entries[k] is number[k] in order of occurrence */
    uint32_t *part_begin;           /* DISTINCT_PARTS + 1 places in entries */
    struct bytes *values;           /* a plain column: n_rows values, and none of the above */
};

/* Memory that a thread uses again and again; zeroed to begin with. */
struct distinct_scratch {
    struct distinct_slot *slots;
    size_t slots_capacity;
    struct distinct_entry *entries;
    size_t entries_capacity;
    struct text_rules_scratch text;
};

void distinct_scratch_free(struct distinct_scratch *s);

/* Encodes the fields of a chunk; `rules` may be NULL. A value that is empty after cleaning and was
 * not before is missing. False: no memory, or a fault of s->text. */
bool distinct_encode(struct distinct_chunk *c, const struct bytes *fields, size_t n_rows,
                     bool plain, const struct text_rules *rules, struct arena *arena,
                     struct distinct_scratch *s);

/* A column over all chunks. */
struct distinct {
    bool plain;
    size_t n_chunks;
    const struct distinct_chunk *chunks;
    uint32_t *base;       /* n_chunks + 1: the first entry of each chunk among all entries */
    uint32_t *owner;      /* for each entry the first that is equal */
    uint32_t *value;      /* for each owner its number among the values */
    uint64_t *value_base; /* n_chunks + 1: the first value of each chunk */
    uint64_t *bytes_base; /* n_chunks + 1: where its bytes begin */
    uint64_t missing;
};

static inline uint64_t distinct_n_values(const struct distinct *d)
{
    return d->value_base[d->n_chunks];
}

static inline uint64_t distinct_value_bytes(const struct distinct *d)
{
    return d->bytes_base[d->n_chunks];
}

/* Finds the values of n columns, in parallel, with a scratch for each thread. What it finds lies in
 * the arena. False: no memory. */
bool distinct_merge(struct distinct *distinct, size_t n, struct arena *arena,
                    struct distinct_scratch *scratch);

/* Writes what chunk i adds: value_begin and bytes of its new values, at their places. */
bool distinct_write_values(const struct distinct *d, size_t chunk, uint64_t *value_begin,
                           char *value_bytes, struct distinct_scratch *s);

/* Writes row_value of the rows of chunk i; `first_row` is the number of its first row among all
 * rows. */
void distinct_write_rows(const struct distinct *d, size_t chunk, uint32_t first_row,
                         uint32_t *row_value);

#define DISTINCT_BYTES_EACH 40u /* what distinct_number takes for each text while it works */

/* Numbers n texts that are all in memory: number[i] is that of texts[i], TABLE_MISSING where p is
 * NULL. *n_values is how many are distinct. After each text HASH_SPARE_BYTES can be read
 * (core/hash.h). On all cores. False: no memory. */
bool distinct_number(const struct bytes *texts, uint32_t n, uint32_t *number, uint32_t *n_values);

#endif
