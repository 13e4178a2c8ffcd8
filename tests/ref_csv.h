/* The slow obvious twin of data/csv.h: one byte after the other, one state, no tricks. */
#ifndef AXB_TESTS_REF_CSV_H
#define AXB_TESTS_REF_CSV_H

#include "data/csv.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. */
struct ref_buffer {
    char *p;
    size_t n, room;
};

void ref_put(struct ref_buffer *b, const void *p, size_t n);
/* A field as the tests compare them: its length as 8 bytes (all ones: missing) and its bytes. */
void ref_put_field(struct ref_buffer *b, const char *p, size_t n);
void ref_buffer_free(struct ref_buffer *b);

struct ref_csv {
    struct ref_buffer fields; /* n_columns for each record */
    uint64_t n_rows;
    uint64_t irregular;
    struct csv_fault fault; /* kind, at, column, n_fields; strict mode */
};

/* Reads all records of the text after the rules in data/csv.h. */
void ref_csv_read(struct ref_csv *r, const struct csv_text *text, const struct csv_format *format);
void ref_csv_free(struct ref_csv *r);

#endif
