/* The tables and the index of a run, in memory.
 *
 * Not here: which columns are loaded (wanted.h), reading them (data/load.h), building the index
 * (index/index.h). */
#ifndef AXB_MATCHER_RUN_LOADED_H
#define AXB_MATCHER_RUN_LOADED_H

#include "core/shm.h"
#include "matcher/engine/query.h"
#include "matcher/inputs/sources.h"
#include "matcher/run/wanted.h"
#include "matcher/shard/run_file.h"

/* A column of a table in memory. */
struct loaded_column {
    const struct table *table;
    uint32_t column;
};

struct loaded {
    struct inputs inputs;       /* views of what follows */
    struct table normalized[2]; /* of a named table: its normalized columns */
    struct table figures[2];    /* those figures that are not the texts they are made from */
    struct loaded_column figure_at[2][INDEX_MAX_FIELDS]; /* where each of wanted.figures is */
    struct index_field field[INDEX_MAX_FIELDS];
    struct load_stats stats[2];
    double load_seconds, index_seconds;               /* for the report */
    struct shm segment[2], figures_segment[2], index; /* owned */
    struct shm profiles;              /* owned, of a prepared run: of inputs.profiles */
    struct shm part;                  /* owned: the rows of inputs.part */
    struct shm half[RUN_FILE_HALVES]; /* owned, of a prepared run: what joins have made of B */
};

/* Nothing is loaded yet. */
void loaded_begin(struct loaded *l);

/* Loads what is wanted. *l, whose segments are all closed (fd -1), must not move afterwards, since
 * its inputs point into it. loaded_close is due even after a failure. ERR_DATA, ERR_NOINPUT or
 * ERR_IO for an input that cannot be read; ERR_OS without memory. */
bool loaded_tables(struct loaded *l, const struct wanted *wanted, struct sources *sources,
                   struct err *e);

/* Then: builds the index of the rows that take part. ERR_OS without memory. */
bool loaded_index(struct loaded *l, const struct query *query, const struct wanted *wanted,
                  const struct row_list rows[2], struct err *e);
void loaded_close(struct loaded *l);

/* Makes inputs of which only these rows of A take part, ascending, or all if rows.row is NULL; all
 * that counts whole columns, such as rarity, stays. Their index is in *index, which the caller
 * closes once they are not used any more. In dedupe all rows must take part. ERR_OS. */
bool loaded_take_rows(const struct loaded *l, struct row_list rows, struct inputs *inputs,
                      struct shm *index, struct err *e);

/* Where a wanted column of a side is. */
struct loaded_column loaded_column(const struct loaded *l, int side, struct wanted_column at);

/* A fingerprint of the used parts of the table of a side. A file and a named table loaded from it
 * have the same. */
uint64_t loaded_fingerprint(const struct loaded *l, const struct wanted *wanted,
                            const struct sources *sources, int side);

#endif
