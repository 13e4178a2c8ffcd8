/* What the files load….c share, and nobody else sees. */
#ifndef AXB_DATA_LOAD_INTERNAL_H
#define AXB_DATA_LOAD_INTERNAL_H

#include "data/arena.h"
#include "data/columns.h"
#include "data/csv.h"
#include "data/distinct.h"
#include "data/input.h"
#include "data/load.h"

struct load_state {
    struct load_options options;
    struct arena arena; /* paths and names */
    char *whole_path;   /* from the root where that can be said */

    int given;            /* the descriptor that the path names, or -1 */
    struct input input;   /* of a file */
    struct csv_text text; /* the input without its byte order mark */
    struct csv_format format;
    enum input_encoding encoding;
    size_t data_at; /* where the first record after the header begins in the text */

    struct columns columns; /* or of columns that were sent */

    struct named named; /* or of a named table */

    const struct load_steps *steps; /* of its kind */
};

/* One load_table at work. Each want is encoded chunk by chunk: chunks of the records of a file, or
 * of the distinct values of a named table. */
struct loading {
    struct load *load;
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

    struct arena *arenas; /* of a named table and of columns: one for each thread */
    uint32_t **used;      /* of columns: for each want the values of its dictionary, see there */
    uint32_t *n_used;
};

/* Shows in the progress line what is done with an input: "reading crm.csv". */
void load_phase(const struct load *l, const char *what, uint64_t total_bytes);

bool load_no_memory(const struct loading *g, struct err *e);
bool load_over_limit(const struct loading *g, size_t need_bytes, struct err *e);

/* How one kind of input is loaded. Those without an error fail for want of memory. */
struct load_steps {
    bool (*prepare)(struct loading *g); /* how many chunks */
    bool (*encode)(struct loading *g, struct err *e);
    /* Of a want whose distinct values are encoded, not its rows: how many rows are missing. Such a
     * want is never plain. False: its rows are encoded. */
    bool (*by_value)(const struct loading *g, size_t want, uint64_t *missing);
    /* Which value each row has, when the values are written. */
    bool (*write_rows)(struct loading *g, struct shm *out, const struct table_column *columns);
    void (*finish)(struct loading *g);
};

extern const struct load_steps load_file_steps, load_named_steps, load_columns_steps;

#endif
