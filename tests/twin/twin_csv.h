/* The slow obvious twin of data/source/csv.h: one byte after the other, one state, no tricks. */
#ifndef AXB_TESTS_TWIN_TWIN_CSV_H
#define AXB_TESTS_TWIN_TWIN_CSV_H

#include "data/source/csv.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. */
struct twin_buffer {
    char *p;
    size_t n, capacity;
};

void twin_put(struct twin_buffer *b, const void *p, size_t n);
/* A field as the tests compare them: its length as 8 bytes (all ones: missing) and its bytes. */
void twin_put_field(struct twin_buffer *b, const char *p, size_t n);
void twin_buffer_free(struct twin_buffer *b);

struct twin_csv {
    struct twin_buffer fields; /* n_columns for each record */
    uint64_t n_rows;
    uint64_t irregular;
    struct csv_fault fault; /* kind, at, column, n_fields; strict mode */
};

/* Reads all records of the text after the rules in data/source/csv.h. */
void twin_csv_read(struct twin_csv *r, const struct csv_text *text,
                   const struct csv_format *format);
void twin_csv_free(struct twin_csv *r);

#endif
