/* Dictionaries: the distinct values of a column, found in parallel.
 *
 * Each chunk of a file is encoded by itself (dict_encode): its values once, and for each row the
 * number of its value. The values of a chunk, its entries, are put in order by the high bits of
 * their hashes, so that dict_merge can look for equal entries of all chunks one part at a time,
 * in tables that fit a cache, without locks. An entry's owner is the first equal entry in the
 * order of the file; owners are the values of the column, in that order. So numbers depend on
 * neither threads nor chunks. A plain column keeps every row's value and looks for nothing. */
#ifndef AXB_DATA_DICT_H
#define AXB_DATA_DICT_H

#include "data/arena.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DICT_PARTS 64u

/* A value: its two words if it has at most 16 bytes, else its first 8 bytes and where it is. */
struct dict_entry {
    uint64_t head, tail;
    uint32_t n;
    uint32_t hash;
};

/* One column of one chunk; its arrays lie in the chunk's arena. */
struct dict_chunk {
    uint32_t n_rows;
    uint32_t n_entries;
    uint64_t missing;           /* rows */
    uint32_t *row_entry;        /* n_rows: number of the entry, in order of occurrence */
    struct dict_entry *entries; /* in order of part, then of occurrence */
    uint32_t *number;           /* entries[k] is number[k] in order of occurrence */
    uint32_t *part_begin;       /* DICT_PARTS + 1 places in entries */
    struct bytes *values;       /* a plain column: n_rows values, and none of the above */
};

/* Memory that a thread uses again and again; zeroed to begin with. */
struct dict_scratch {
    struct dict_slot *slots;
    size_t slots_capacity;
    struct dict_entry *entries;
    size_t entries_capacity;
    char *text;
    size_t text_capacity;
};

void dict_scratch_free(struct dict_scratch *s);

/* Encodes the fields of a chunk; `normalize` is TEXT_… flags. False: no memory. */
bool dict_encode(struct dict_chunk *c, const struct bytes *fields, size_t n_rows, bool plain,
                 uint32_t normalize, struct arena *arena, struct dict_scratch *s);

/* A column over all chunks. */
struct dict {
    bool plain;
    size_t n_chunks;
    const struct dict_chunk *chunks;
    uint32_t *base;       /* n_chunks + 1: the first entry of each chunk among all entries */
    uint32_t *owner;      /* for each entry the first that is equal */
    uint32_t *value;      /* for each owner its number among the values, set by dict_write */
    uint64_t *value_base; /* n_chunks + 1: the first value of each chunk */
    uint64_t *bytes_base; /* n_chunks + 1: where its bytes begin */
    uint64_t missing;
};

static inline uint64_t dict_n_values(const struct dict *d)
{
    return d->value_base[d->n_chunks];
}

static inline uint64_t dict_value_bytes(const struct dict *d)
{
    return d->bytes_base[d->n_chunks];
}

/* Finds the values of n columns, in parallel, with a scratch for each thread. What it finds lies in
 * the arena. False: no memory. */
bool dict_merge(struct dict *dicts, size_t n, struct arena *arena, struct dict_scratch *scratch);

/* Writes what chunk i adds: value_begin and bytes of its new values, at their places. */
bool dict_write_values(struct dict *d, size_t chunk, uint64_t *value_begin, char *value_bytes,
                       struct dict_scratch *s);

/* Writes row_value of the rows of chunk i, after dict_write_values of all chunks; `first_row` is
 * the number of its first row in the table. */
void dict_write_rows(const struct dict *d, size_t chunk, uint32_t first_row, uint32_t *row_value);

#endif
