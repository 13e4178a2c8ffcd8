/* A table: the columns of one CSV file in one flat segment of shared memory.
 *
 * Written once by data/load_table.c, then only read, by any number of processes; so it holds
 * offsets, never pointers. Each column stands by distinct values ("dictionary"): the bytes of a
 * value once, and for each row the number of its value. A plain column (ids, columns that are only
 * written out) skips the search for equal values: row i has value i. The table knows no scores.
 *
 *   segment:  SHM_HEAD_AT free bytes | struct table_head | columns | names | per column:
 *             value_begin  u64 × (n_values + 1)   offsets into value_bytes
 *             value_bytes  UTF-8, 64 spare bytes after
 *             row_value    u32 × n_rows           TABLE_MISSING = the field was missing
 *
 * An unquoted empty field is missing; a quoted empty field ("") is the empty string.
 *
 * A table that gets a name (data/named.h) has checksums, which tell of every byte that changed: one
 * for the head, columns and names, and one for each column, so that a run checks what it uses.
 */
#ifndef AXB_DATA_TABLE_H
#define AXB_DATA_TABLE_H

#include "core/err.h"
#include "core/shm.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TABLE_MAGIC 0x3142415442584131ull /* "1AXBTAB1" */
#define TABLE_VERSION 3u
#define TABLE_MISSING UINT32_MAX
#define TABLE_ALIGN 64u       /* of the arrays */
#define TABLE_SPARE_BYTES 64u /* after value_bytes */

struct table_column {
    uint64_t name_at; /* offset of the name, ended by a zero byte */
    uint64_t value_begin_at;
    uint64_t value_bytes_at;
    uint64_t row_value_at;
    uint32_t name_bytes;
    uint32_t n_values;
    uint32_t source;   /* index of the column in the file, from 0 */
    uint32_t plain;    /* 1: row i has value i, equal values are not joined */
    uint64_t missing;  /* rows in which the field is missing */
    uint64_t checksum; /* of its three arrays, in a named table */
};

/* How the file was read. */
struct table_origin {
    uint64_t file_bytes; /* after decompression */
    uint64_t irregular;  /* records that were repaired */
    uint64_t skip_lines;
    uint64_t nulls;    /* a number for the values that are missing; 0: none */
    char encoding[32]; /* its name, ended by a zero byte */
    char delimiter;    /* 0: it was no file */
    bool header;
    bool lenient;
    char escape, comment; /* 0: none */
    char spare[3];
};

struct table_head {
    uint64_t magic;
    uint32_t version;
    uint32_t n_columns;
    uint64_t n_rows;     /* records, without the header */
    uint64_t bytes;      /* of the whole segment in use */
    uint64_t columns_at; /* struct table_column × n_columns */
    uint64_t path_at;    /* where the data came from, from the root; ended by a zero byte */
    uint64_t body_at;    /* after the names: where the arrays begin */
    uint64_t saved_at;   /* seconds since 1970; 0: no checksums */
    uint64_t checksum;   /* of all before the body, as if this were 0 */
    struct table_origin origin;
};

/* A view of a mapped table: plain pointers, valid in this process alone. */
struct table {
    struct shm_view segment;
    const struct table_head *head;
    const struct table_column *columns;
};

/* A borrowed run of bytes. */
struct bytes {
    const char *p;
    uint32_t n;
};

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Those of a text up to its zero byte. */
static inline struct bytes bytes_from(const char *text)
{
    return (struct bytes){text, (uint32_t)strlen(text)};
}

/* Checks magic, version and that every offset lies inside the segment. Enough for a segment that
 * came from a process of ours by descriptor. */
bool table_view(struct table *t, const struct shm *s, struct err *e);

/* Adds checksums and the time to a table that holds all columns of its file, in their order, and
 * is not plain. */
void table_add_checksums(struct shm *s);

/* As table_view, for a segment of any bytes whatever, which should have checksums: the head,
 * columns and names are right, and all columns of the file. */
bool table_check(struct table *t, const struct shm *s, struct err *e);

/* Then, for a column before it is used: its values and rows are right. On all cores. */
bool table_check_column(const struct table *t, uint32_t column, struct err *e);

/* A fingerprint of a column's name and of what its rows hold, whether it is plain or not: equal
 * data have equal fingerprints. On all cores; about 10 ms for a million rows. */
uint64_t table_column_fingerprint(const struct table *t, uint32_t column);

static inline const char *table_column_name(const struct table *t, uint32_t column)
{
    return shm_at(t->segment, t->columns[column].name_at, char);
}

static inline const uint32_t *table_row_values(const struct table *t, uint32_t column)
{
    return shm_array(t->segment, t->columns[column].row_value_at, uint32_t, t->head->n_rows);
}

static inline struct bytes table_value(const struct table *t, uint32_t column, uint32_t value)
{
    const struct table_column *c = &t->columns[column];
    assert(column < t->head->n_columns && value < c->n_values);
    const uint64_t *begin =
        shm_array(t->segment, c->value_begin_at, uint64_t, c->n_values + (uint64_t)1);
    return (struct bytes){shm_at(t->segment, c->value_bytes_at, char) + begin[value],
                          (uint32_t)(begin[value + 1] - begin[value])};
}

/* What a row has in a column; p is NULL if it is missing. */
static inline struct bytes table_value_at(const struct table *t, uint32_t column, uint64_t row)
{
    const uint32_t value = table_row_values(t, column)[row];
    return value == TABLE_MISSING ? (struct bytes){NULL, 0} : table_value(t, column, value);
}

#endif
