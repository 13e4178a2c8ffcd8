/* A format: what stands before and after all pairs, and the parts of a line.
 *
 * Each is one row, in format_csv.c, format_json.c or format_pairs.c. Not here: putting the parts
 * together (data/emit.c). */
#ifndef AXB_DATA_FORMAT_FORMAT_H
#define AXB_DATA_FORMAT_FORMAT_H

#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FORMAT_COPY_STEP 32u
#define FORMAT_MAX_SUFFIXES 2u

/* Each part is written to the place given, which is long enough, and the end is returned.
 * `field_capacity` bounds a field of n bytes with all that surrounds it; `name` is a column's name
 * as the output has it. A number of n = 0 bytes is missing. A format without `id` writes row
 * numbers, one without `keep` no columns.
 *
 * A plain line is made of id, id, score, then term and keep for each column. A linked line, and one
 * of data/fields.h, is made of `begin`, then term and keep alone, of which the first loses its
 * first byte: it joins a field to the one before. */
struct format {
    const char *name;
    const char *suffix[FORMAT_MAX_SUFFIXES]; /* of files that have it, ".csv"; NULL: none further */
    const char *head;                        /* before all pairs */
    const char *tail;                        /* after all pairs */
    char *(*head_name)(char *p, struct bytes name); /* a column's name in the head; NULL: none */
    size_t (*field_capacity)(size_t n, size_t name_n);
    size_t (*number)(double value, char text[32]); /* what `score` and `term` get as text */
    char *(*row)(char *p, int side, uint64_t number);
    char *(*id)(char *p, int side, struct bytes value, bool missing);
    char *(*score)(char *p, const char *text, size_t n);
    char *(*term)(char *p, struct bytes name, const char *text, size_t n);
    char *(*keep)(char *p, struct bytes name, struct bytes value, bool missing);
    const char *begin;    /* of a linked line */
    const char *end;      /* of a line */
    size_t joint_bytes;   /* at the begin of a line, which the first line of all lacks */
    bool lines_in_quotes; /* a field in quotes may have line ends of its own */
    bool is_binary;       /* records of one length, of row numbers and scores alone */
    bool has_binary_head; /* FORMAT_PAIRS_HEAD_BYTES come before them */
    bool of_values;       /* not lines, but pairs of distinct values and the rows that have them */
    bool for_people;      /* the records go to the table for people, not into the output */
};

extern const struct format format_csv, format_tsv, format_jsonl, format_json, format_pairs,
    format_values, format_table;

/* A field of a CSV file, quoted where it must be; nothing for a missing value. Returns the end; at
 * most FORMAT_CSV_BYTES(v.n) bytes are written. */
#define FORMAT_CSV_BYTES(n) (2 * (size_t)(n) + 2)
char *format_csv_field(char *p, struct bytes v, bool missing);

/* Before the records of the format "pairs", of which format_pairs.c says the bytes. */
#define FORMAT_PAIRS_HEAD_BYTES 64u

/* Of a binary format: the bytes of a record, and the head. */
size_t format_record_bytes(uint32_t n_terms);
void format_pairs_head(uint32_t n_terms, char head[FORMAT_PAIRS_HEAD_BYTES]);

static inline char *format_put(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

/* For short texts, whose length is hard to foretell: reads and writes up to FORMAT_COPY_STEP bytes
 * after the end. */
static inline char *format_put_short(char *p, const char *text, size_t n)
{
    if (n > 4 * FORMAT_COPY_STEP)
        return format_put(p, text, n);
    for (size_t i = 0; i < n; i += FORMAT_COPY_STEP)
        memcpy(p + i, text + i, FORMAT_COPY_STEP);
    return p + n;
}

#endif
