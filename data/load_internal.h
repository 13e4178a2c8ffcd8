/* What the files load….c share, and nobody else sees. */
#ifndef AXB_DATA_LOAD_INTERNAL_H
#define AXB_DATA_LOAD_INTERNAL_H

#include "data/arena.h"
#include "data/columns.h"
#include "data/distinct.h"
#include "data/input.h"
#include "data/load.h"
#include "data/source/csv.h"
#include "data/source/encoding.h"

struct json_lines;

/* Inputs that are loaded as one (load_joined.c). */
struct joined {
    struct load *part; /* n of them */
    size_t n;
    uint32_t *column; /* n × most: which column of the part it is, UINT32_MAX for none */
    size_t most;
};

/* A part while it is loaded. */
struct loading_part {
    struct shm shm;
    struct table table;
    uint64_t row;     /* of all rows, its first */
    uint32_t *column; /* of its table, for each want; UINT32_MAX for none */
};

struct load_state {
    struct load_options options;
    struct arena arena; /* paths and names */
    char *whole_path;   /* from the root where that can be said */

    int given;            /* the descriptor that the path names, or -1 */
    struct input input;   /* of a file */
    struct csv_text text; /* the input without its byte order mark */
    struct csv_format format;
    struct csv_nulls nulls;
    struct encoding encoding;
    size_t data_at; /* where the first record after the header begins in the text */

    struct json_lines *json; /* of JSON lines, of which `text` holds them */

    struct columns columns; /* or of columns that were sent */

    struct named named; /* or of a named table */

    struct joined *joined; /* or of several inputs; NULL */

    const struct load_steps *steps; /* of its kind */
};

/* One load_table or load_figures at work. Each want is encoded chunk by chunk: chunks of the
 * records of a file, or of the distinct values of a table. */
struct loading {
    struct load *load;
    const struct load_steps *steps;
    const struct table *table; /* from which columns are made; NULL: from a file or from columns */
    const struct load_figures *figures; /* as load_figures has it, one for each want; else NULL */
    const struct load_want *wants;
    size_t n_wants;
    size_t n_chunks;
    struct distinct_chunk *chunks; /* n_wants × n_chunks, one want after the other */
    struct distinct *distinct;     /* n_wants */
    struct arena arena;            /* of the dictionaries */
    int n_threads;
    struct distinct_scratch *scratch; /* one for each thread */
    size_t limit_bytes;               /* how much memory may be used in all */
    size_t used_bytes;                /* by all threads, counted while they encode */
    struct load_stats stats;

    struct csv_job job; /* of a file */
    struct csv_result result;
    uint32_t *want_slot;   /* n_wants: which of the columns read */
    size_t *counted_bytes; /* for each thread the memory that is in used_bytes */
    bool over_limit;

    struct loading_part *part; /* of several inputs: one for each */

    struct arena *arenas; /* of what is no file by itself: one for each thread */
    uint32_t **used;      /* of columns: for each want the values of its dictionary, see there */
    uint32_t *n_used;
};

/* The format of a file's text is found out, its header read (load_text.c). */
bool load_text_open(struct load *l, size_t max_bytes, struct err *e);
/* The text has an invalid byte at `at`, and might be in an encoding of single bytes: then it is
 * read anew as such, *again is set, and a note says so. Where records begin is as before. */
bool load_text_reopen(struct load *l, size_t at, bool *again, struct err *e);

/* How much memory may be used in all. */
size_t load_max_bytes(const struct load_options *options);
bool load_out_of_memory(const struct load *l, struct err *e);
/* A copy in the arena, ended by a zero byte; NULL without memory. */
char *load_keep(struct arena *arena, const char *p, size_t n);
/* Does the path end in one of these, or in one with .gz, .zst or .xz after it? Up to NULL. */
bool load_path_ends(const char *path, const char *const *ends);
/* The list of --null. */
uint64_t load_nulls_print(const char *nulls); /* a number for it, 0 for NULL */
bool load_read_nulls(struct load *l, struct err *e);
/* Shows in the progress line what is done with an input: "reading crm.csv". */
void load_phase(const struct load *l, const char *what, uint64_t total_bytes);

bool load_no_memory(const struct loading *g, struct err *e);
bool load_over_limit(const struct loading *g, size_t need_bytes, struct err *e);

/* How one kind of input is loaded. Those without an error fail for want of memory. */
struct load_steps {
    bool (*prepare)(struct loading *g); /* how many chunks */
    bool (*encode)(struct loading *g, struct err *e);
    /* Of a want whose distinct values are encoded, not its rows: how many rows are missing in the
     * input. Such a want is never plain. False: its rows are encoded. */
    bool (*by_value)(const struct loading *g, size_t want, uint64_t *missing);
    /* Of such a want: how many rows have a value that lost[] says is none any more; UINT64_MAX
     * without memory. */
    uint64_t (*count_rows)(const struct loading *g, size_t want, const bool *lost);
    /* Which value each row has, when the values are written. */
    bool (*write_rows)(struct loading *g, struct shm *out, const struct table_column *columns);
    void (*finish)(struct loading *g);
    /* Of such a want: a distinct value as the input has it. NULL: neither --null nor cleaning
     * touches these values. */
    struct bytes (*unit_text)(const struct loading *g, size_t want, uint32_t unit);
};

/* JSON lines, from `from` on in the text (load_json.c). */
bool load_json_open(struct load *l, size_t from, struct err *e);
void load_json_close(struct json_lines *j); /* NULL is none */

/* Several inputs; NULL is none (load_joined.c). */
void load_joined_close(struct joined *j);

/* Steps of records in chunks, g->result.chunks[i].n_rows each, that load_file.c and load_json.c
 * share (load_file.c). */
void load_choose_columns(struct loading *g, uint32_t *index);
bool load_take_chunk(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena);
bool load_by_record(const struct loading *g, size_t want, uint64_t *missing);
uint64_t load_count_rows(const struct loading *g, size_t want, const bool *emptied);
bool load_write_chunk_rows(struct loading *g, struct shm *out, const struct table_column *columns);
void load_finish_file(struct loading *g);

extern const struct load_steps load_file_steps, load_json_steps, load_named_steps,
    load_columns_steps, load_joined_steps;

#endif
