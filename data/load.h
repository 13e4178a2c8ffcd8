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
#include "data/figures/figures.h"
#include "data/named.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

/* How an input is read. What is zero is found out: data/source/sniff.h, data/source/encoding.h. */
struct load_options {
    char delimiter; /* 0: tab for .tsv (also .tsv.gz …), else sniffed */
    bool header;    /* the first record names the columns; else they are 1, 2, 3 … */
    bool lenient;   /* mend, count and keep what RFC 4180 forbids (data/source/csv.h), not stop */
    const char *encoding;    /* a name that iconv knows; NULL: sniffed */
    uint64_t skip_lines;     /* before the header */
    char comment;            /* lines that begin with it are skipped; 0: none */
    char escape;             /* the character after it stands for itself; 0: none */
    const char *nulls;       /* values that are missing, with commas between them; NULL: none */
    const char *option;      /* what options for this input alone begin with: "a-", "b-"; or NULL */
    struct out *mended;      /* what was mended is written there, a line of CSV each; or NULL */
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

#define LOAD_MENDED_LINES 8u

/* A column to be made from one of a table: its values as figures, in plain text. */
struct load_figures {
    uint32_t column; /* in the file, which names it */
    uint32_t from;   /* in the table */
    struct figure_format format;
};

struct load_stats {
    uint64_t records;
    uint64_t file_bytes;                     /* after decompression */
    uint64_t irregular;                      /* with lenient: records that were repaired */
    uint64_t mended_line[LOAD_MENDED_LINES]; /* the lines of the first of them, from 1; of a file */
    double parse_seconds;                    /* finding records and fields */
    double total_seconds;
};

/* Opens `path` ("-" is stdin), decompresses .gz, .zst and .xz, maps, reads the header. A note says
 * how a file is read that is not CSV in UTF-8 with commas, and that a header looks like data. JSON
 * lines are known by their first bytes, or by .jsonl or .ndjson (data/load_json.c). Files of other
 * kinds are refused (data/source/foreign.h). "@NAME" is a
 * named table; options that contradict how its file was read are ERR_USAGE. "fd:N" and "fd:N:NAME",
 * where NAME is only shown, are a descriptor, of a file or a pipe, or of the segment of such a
 * table (named_create_in). Columns in memory (data/columns.h) are known by their first bytes, and
 * have neither delimiter nor encoding. Duplicate column names are an error only when such a name is
 * used: load_find says so. */
bool load_open(struct load *l, const char *path, const struct load_options *options, struct err *e);

/* Opens several inputs as one table: the records of the first, then those of the second, and so on.
 * Columns are joined by name, without regard to case; where a file lacks one it is missing, which a
 * note says. Before them stands a column that has the name of the record's file as it is in
 * messages, called "source", or "file" where a file has such a column. Column n_columns, one more
 * than are counted, is the number of the record in its file, from 1. ERR_DATA for a file that has
 * no column in common with those before it; ERR_USAGE for one that is given twice. */
bool load_open_joined(struct load *l, const char *const *paths, size_t n,
                      const struct load_options *options, struct err *e);
#define LOAD_SOURCE 0u /* the column of the file */

/* Are its columns those of l->named as they stand? Not if options make some of their values
 * missing.
 */
bool load_is_as_named(const struct load *l);

/* How many inputs it is made of; 1 for what load_open has opened. */
size_t load_n_parts(const struct load *l);
/* Bytes of its text, decompressed, or of its columns or its table; of several inputs all together.
 */
size_t load_bytes(const struct load *l);

/* The column that `name` means: a name, or a 1-based index, or a name but for its case and blanks
 * around it, if one column alone has it. An unknown one lists those that exist, nearest first; a
 * name that stands twice is refused with both positions. */
bool load_find(const struct load *l, const char *name, uint32_t *column, struct err *e);

/* Parses all records and writes the wanted columns, in that order, as a table into the empty
 * segment `out`, which the caller created and closes. What is empty after cleaning alone counts as
 * missing, which a note says. Of a named table the distinct values are
 * normalised, not the rows, and no column becomes plain; columns that are to stay as they are can
 * be used in l->named itself, after named_check. */
bool load_table(struct load *l, const struct load_want *wants, size_t n_wants, struct shm *out,
                struct load_stats *stats, struct err *e);

/* Makes columns from those of a table that load_table wrote from *l, or that is l->named->table and
 * whose columns are checked: as load_table makes normalised ones from a named table. */
bool load_figures(struct load *l, const struct table *table, const struct load_figures *figures,
                  size_t n, struct shm *out, struct err *e);

#define LOAD_PLACE_BYTES 300u

/* Where a record stands, for a message: "pairs.csv:5" by its line; "pairs, record 4" where nobody
 * could look for a line, as in a named table, in columns, or in several inputs that are one. `row`
 * counts from 0, as a table does. It reads the file again up to there. Returns text. */
const char *load_place(const struct load *l, uint64_t row, char text[LOAD_PLACE_BYTES]);

void load_close(struct load *l);

/* "unclosed.csv:3, 5, …": the lines of the first records that were mended, for a note. */
const char *load_mended_lines(const struct load *l, const struct load_stats *stats, char text[300]);

/* The first line of what load_options.mended gets. */
#define LOAD_MENDED_HEADER "file,line,fault,text\n"

#endif
