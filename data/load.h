/* From a file, or from columns in memory, to a table: open, decompress, split, parse in parallel,
 * find distinct values.
 *
 * In two steps, because what to load is known only once the header was read: load_open reads the
 * header, load_table the rest, with the columns that are wanted and how. */
#ifndef AXB_DATA_LOAD_H
#define AXB_DATA_LOAD_H

#include "core/err.h"
#include "core/shm.h"
#include "data/clean/text_rules.h"
#include "data/named.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_options {
    char delimiter;          /* 0: tab for .tsv (also .tsv.gz …), else comma */
    bool header;             /* the first record names the columns; else they are 1, 2, 3 … */
    bool lenient;            /* count and keep what RFC 4180 forbids, see data/csv.h, not stop */
    const char *encoding;    /* NULL or "utf-8"; "latin1" and "windows-1252" are converted */
    size_t max_memory_bytes; /* 0: whatever the system allows */
    size_t chunk_bytes;      /* 0: chosen by size; what is loaded never depends on it */
};

/* An input that was opened. Fields are for reading. */
struct load {
    const char *path;  /* as given; "-" is stdin, "fd:N:NAME" a descriptor */
    const char *shown; /* for messages: the path, or "stdin", or NAME */
    size_t n_columns;
    char **names;              /* n_columns column names, UTF-8 */
    const struct named *named; /* @NAME, or one by descriptor: the table that exists; else NULL */
    struct load_state *state;
};

/* How a wanted column is to be loaded. The same column may be wanted twice, once to be written
 * out as it stands and once normalised for comparison. */
struct load_want {
    uint32_t column;                /* index in the file */
    bool plain;                     /* do not look for equal values */
    const struct text_rules *rules; /* applied to every value; NULL: none */
};

struct load_stats {
    uint64_t records;
    uint64_t file_bytes;  /* after decompression */
    uint64_t irregular;   /* with lenient: records that were repaired */
    double parse_seconds; /* finding records and fields */
    double total_seconds;
};

/* Opens `path` ("-" is stdin), decompresses .gz, .zst and .xz, maps, reads the header. "@NAME" is a
 * named table; options that contradict how its file was read are ERR_USAGE. "fd:N" and "fd:N:NAME",
 * where NAME is only shown, are a descriptor, of a file or a pipe, or of the segment of such a
 * table (named_create_in). Columns in memory (data/columns.h) are known by their first bytes, and
 * have neither delimiter nor encoding. Duplicate column names are an error only when such a name is
 * used: load_find says so. */
bool load_open(struct load *l, const char *path, const struct load_options *options, struct err *e);

/* The column that `name` means: a name, or a 1-based index. An unknown one lists those that are
 * there, nearest first; a name that stands twice is refused with both positions. */
bool load_find(const struct load *l, const char *name, uint32_t *column, struct err *e);

/* Parses all records and writes the wanted columns, in that order, as a table into the empty
 * segment `out`, which the caller created and closes. What is empty after cleaning alone counts as
 * missing, which a note says. Of a named table the distinct values are
 * normalised, not the rows, and no column becomes plain; columns that are to stay as they are can
 * be used in l->named itself, after named_check. */
bool load_table(struct load *l, const struct load_want *wants, size_t n_wants, struct shm *out,
                struct load_stats *stats, struct err *e);

void load_close(struct load *l);

#endif
