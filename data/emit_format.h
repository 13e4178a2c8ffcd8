/* A format as emit.c sees it: what stands before and after all pairs, and the parts of a line.
 *
 * Each format is one row; emit_csv.c, emit_json.c and emit_pairs.c hold them. Not here: putting the
 * parts together (emit.c), and what others see of it (emit.h). */
#ifndef AXB_DATA_EMIT_FORMAT_H
#define AXB_DATA_EMIT_FORMAT_H

#include "data/emit.h"

#include <string.h>

#define EMIT_COPY_STEP 16u
#define EMIT_MAX_SUFFIXES 2u

/* Each part is written to the place given, which is long enough, and the end is returned.
 * `field_capacity` bounds a field of n bytes with all that surrounds it; `name` is a column's name
 * as the output has it. A format without `id` writes row numbers, one without `keep` no columns. */
struct emit_format {
    const char *name;
    const char *suffix[EMIT_MAX_SUFFIXES]; /* of files that have it, ".csv"; NULL: none further */
    const char *head;                      /* before all pairs */
    const char *tail;                      /* after all pairs */
    char *(*head_name)(char *p, struct bytes name); /* a column's name in the head; NULL: none */
    size_t (*field_capacity)(size_t n, size_t name_n);
    size_t (*number)(double value, char text[32]); /* what `score` and `term` get as text */
    char *(*row)(char *p, int side, uint64_t number);
    char *(*id)(char *p, int side, struct bytes value, bool missing);
    char *(*score)(char *p, const char *text, size_t n);
    char *(*term)(char *p, struct bytes name, const char *text, size_t n); /* n = 0: no value */
    char *(*keep)(char *p, int side, struct bytes name, struct bytes value, bool missing);
    const char *end;      /* of a line */
    size_t joint_bytes;   /* at the begin of a line, which the first line of all lacks */
    bool lines_in_quotes; /* a field in quotes may have line ends of its own */
    bool is_binary;       /* records of one length, of row numbers and scores alone */
    bool has_binary_head; /* EMIT_PAIRS_HEAD_BYTES come before them */
    bool for_people;      /* the records go to the table for people, not into the output */
};

extern const struct emit_format emit_format_csv, emit_format_tsv, emit_format_jsonl,
    emit_format_json, emit_format_pairs, emit_format_table;

/* Of a binary format: the bytes of a record, and the head. */
size_t emit_record_bytes(const struct emit_spec *spec);
void emit_pairs_head(const struct emit_spec *spec, char head[EMIT_PAIRS_HEAD_BYTES]);

static inline char *emit_put(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

/* For short texts, whose length is hard to foretell: reads and writes up to EMIT_COPY_STEP bytes
 * after the end. */
static inline char *emit_put_short(char *p, const char *text, size_t n)
{
    if (n > 4 * EMIT_COPY_STEP)
        return emit_put(p, text, n);
    for (size_t i = 0; i < n; i += EMIT_COPY_STEP)
        memcpy(p + i, text + i, EMIT_COPY_STEP);
    return p + n;
}

#endif
