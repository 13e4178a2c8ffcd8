/* CSV: from bytes to records and fields, after RFC 4180, on all cores.
 *
 * Two readers that agree: csv_record_read takes one record by the book, says exactly what is wrong
 * with it, or repairs it; csv_rows_read takes regular records 64 bytes at a time and hands any
 * other to the first. csv_read cuts a file into chunks and reads them in parallel. Where a chunk's
 * first record begins is guessed from the parity of the quotes before it; a guess counts only if
 * the chunk before ended just there, otherwise the chunk is read again. So the result is that of
 * one reader from the front, whatever the chunks. Nothing here knows what a column is good for.
 *
 *                          strict (an error)           lenient (counted in `irregular`)
 *   short record           CSV_SHORT                   filled up with missing fields
 *   long record            CSV_LONG                    further fields dropped
 *   blank line             CSV_BLANK_LINE              skipped
 *   quote in a field that  CSV_STRAY_QUOTE             a quote like any character
 *   does not begin with one
 *   text after a closing   CSV_AFTER_QUOTE             blanks: dropped. Else the quote did not
 *   quote                                              close: it is taken as it stands, and the
 *                                                      field goes on to a quote that can close
 *   quote not closed       CSV_UNCLOSED, or            the quote is text, and the record ends with
 *                          CSV_AFTER_QUOTE at the      its line. If it has too many fields then,
 *                          next quote                  this field takes the delimiters too many
 *   invalid UTF-8          CSV_INVALID_UTF8            U+FFFD for each byte
 *   NUL                    CSV_NUL                     dropped
 *   CR without LF          CSV_LONE_CR                 a character like any other
 *
 * Lines end in LF or CRLF, mixed or not; the last may lack it. Blank lines at the end of the file
 * are skipped and right. In a file of one column a blank line is a record, its field missing.
 * A quoted field holds anything but NUL. An unquoted empty field is missing ({NULL, 0}). Blanks
 * before the quote of a regular field do not count: a, "b". A quote is not closed, when the first
 * that does not close it as it should stands in a later line, or when there is none at all.
 *
 * With an escape character the one that follows it stands for itself, n, t and r for LF, tab and
 * CR, and \N unquoted for missing. With a comment character a line that begins with it is none. */
#ifndef AXB_DATA_SOURCE_CSV_H
#define AXB_DATA_SOURCE_CSV_H

#include "core/err.h"
#include "data/arena.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_SPARE_BYTES 64u /* readable after the text, whatever they hold */

struct csv_text {
    const char *p;
    size_t n;
    bool recoded; /* its bytes are not those of the file, its characters are */
};

struct csv_format {
    char delimiter;
    bool lenient;
    uint32_t n_columns;            /* 0: not known, a record may have any number of fields */
    char escape;                   /* 0: none */
    char comment;                  /* 0: none */
    const struct csv_nulls *nulls; /* NULL: none */
};

/* No text has it: the delimiter of a file of one column. */
#define CSV_ONE_COLUMN '\x1F'

/* Values that mean that there is none, quoted or not. */
struct csv_nulls {
    const struct bytes *value;
    uint32_t n;
    uint32_t longest; /* bytes */
};

/* Makes such values missing, of n. */
void csv_drop_nulls(const struct csv_nulls *nulls, struct bytes *fields, size_t n);

enum csv_fault_kind {
    CSV_RIGHT,
    CSV_SHORT,
    CSV_LONG,
    CSV_BLANK_LINE,
    CSV_STRAY_QUOTE,
    CSV_AFTER_QUOTE,
    CSV_UNCLOSED,
    CSV_INVALID_UTF8,
    CSV_NUL,
    CSV_LONE_CR,
    CSV_TOO_LONG,  /* a field of 4 GiB; not repaired */
    CSV_NO_MEMORY, /* not repaired */
};

/* The first fault in a file. It is in the first record that has one: the first byte that is wrong,
 * or, if all bytes are right, the number of fields. */
struct csv_fault {
    enum csv_fault_kind kind;
    uint32_t column;   /* from 0 */
    uint32_t n_fields; /* of a record that is CSV_SHORT or CSV_LONG */
    size_t at;         /* the byte that is wrong */
    size_t record_at;  /* where its record begins */
    size_t opened_at;  /* where the quoted field it has to do with begins */
};

/* One record; zeroed to begin with, freed by csv_record_free. */
struct csv_record {
    struct bytes *fields; /* n_fields, in the text or in the arena */
    uint32_t n_fields;
    uint64_t n_blank_lines;     /* > 0: not a record but blank lines, n_fields is 0 */
    size_t end;                 /* where the next record begins */
    bool is_comment;            /* not a record but a comment, n_fields is 0 */
    enum csv_fault_kind mended; /* what was first forgiven; CSV_RIGHT: nothing */
    size_t invalid_at;          /* the first byte of it that was no UTF-8; SIZE_MAX: none */
    struct csv_fault fault;     /* CSV_RIGHT, or nothing else of the record counts */
    struct csv_span *spans;
    uint32_t capacity;
};

/* A record, or a blank line, that was mended. */
struct csv_mend {
    size_t at, end;           /* in the text, with its line end */
    enum csv_fault_kind kind; /* the first fault that was forgiven */
};

/* Reads the record at `at` < text->n. */
void csv_record_read(const struct csv_text *text, const struct csv_format *format, size_t at,
                     struct arena *arena, struct csv_record *record);
void csv_record_free(struct csv_record *record);

/* Which columns are wanted: n indices below n_columns, in any order. */
struct csv_columns {
    const uint32_t *index;
    uint32_t n;
};

/* The wanted fields of consecutive records, column by column; the arrays are used again. */
struct csv_rows {
    struct bytes **fields; /* for each wanted column, n_rows fields; {NULL, 0} = missing */
    size_t n_rows, capacity;
    uint64_t irregular;
    struct csv_mend *mends; /* the first max_mends of these */
    size_t n_mends, max_mends, mends_capacity;
    size_t invalid_at; /* the first byte that was no UTF-8 and was forgiven; SIZE_MAX: none */
    size_t end;        /* where the next record begins */
    struct csv_fault fault;
    struct csv_record record; /* scratch */
    size_t *field_end;        /* scratch */
};

bool csv_rows_open(struct csv_rows *rows, const struct csv_format *format,
                   const struct csv_columns *columns);
void csv_rows_close(struct csv_rows *rows, const struct csv_columns *columns);

/* Reads the records that begin at `from` and after, up to and including one that begins at
 * `limit`. Texts that had to be changed lie in the arena, all others in the file. */
void csv_rows_read(struct csv_rows *rows, const struct csv_text *text,
                   const struct csv_format *format, const struct csv_columns *columns, size_t from,
                   size_t limit, struct arena *arena);

/* A file to be read in parallel. */
struct csv_job {
    struct csv_text text;
    struct csv_format format;
    struct csv_columns columns;
    size_t from;        /* where the first record begins */
    size_t chunk_bytes; /* about as many in each chunk, at least 1 */
    size_t max_mends;   /* noted of each chunk */
    /* Takes the rows of a chunk, in any order and from any thread of the OpenMP team; a second
     * call for one chunk replaces the first. Fields point into the text or into the arena, which
     * is the thread's and lives as long as the result. Returns false to stop for want of memory. */
    bool (*take)(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena);
    void *context;
};

struct csv_chunk {
    size_t from, limit; /* as csv_rows_read has them */
    size_t end;
    uint64_t n_rows;
    uint64_t irregular;
    struct csv_mend *mends; /* n_mends */
    size_t n_mends;
    size_t invalid_at;
    struct csv_fault fault;
};

/* What csv_read found; the caller frees it, whatever was returned. */
struct csv_result {
    struct csv_chunk *chunks;
    size_t n_chunks;
    struct arena *arenas; /* one for each thread */
    int n_arenas;
    uint64_t n_rows; /* up to the fault if there is one */
    uint64_t irregular;
    size_t invalid_at; /* the first byte that was no UTF-8 and was forgiven; SIZE_MAX: none */
    struct csv_fault fault;
    double parse_share; /* of the time, what reading took; the rest is in take() */
};

/* Into how many chunks csv_read cuts the file. */
size_t csv_n_chunks(const struct csv_job *job);

/* True if there was no fault. */
bool csv_read(const struct csv_job *job, struct csv_result *result);
void csv_result_free(struct csv_result *result);

/* What is wrong, in a few words. */
const char *csv_fault_what(enum csv_fault_kind kind);

/* How many lines there are up to `at`, which is in the last of them. */
size_t csv_line_number(const struct csv_text *text, size_t at);

/* Where a fault is, for an error. */
struct csv_place {
    const char *shown;  /* the file */
    uint64_t record;    /* from 1; 0 = the header */
    bool header;        /* the first record of the file names the columns */
    char *const *names; /* of the columns, or NULL */
};

/* Says "FILE:LINE: …" of a fault; returns false. */
bool csv_fault_error(const struct csv_fault *fault, const struct csv_text *text,
                     const struct csv_format *format, const struct csv_place *place, struct err *e);

#endif
