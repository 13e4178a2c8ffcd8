/* worker_internal.h: what the stages of a worker share. */
#ifndef AXB_MATCHER_ENGINE_WORKER_INTERNAL_H
#define AXB_MATCHER_ENGINE_WORKER_INTERNAL_H

#include "core/axb.h"
#include "data/emit.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/engine/worker.h"
#include "matcher/expr/expr_leaves.h"

/* ---- Pairs that are found (worker.c) ---------------------------------------------------------*/

/* Begins to write pairs: of values of a and b, or, if these are NULL, of rows. Takes over what a
 * dead predecessor has found. */
void worker_resume_pairs(struct worker *w, struct pairs_writer *writer, struct join_stats *stats,
                         const struct side *a, const struct side *b);
/* Commits `tile` and all pairs that were found in it. */
void worker_commit_pairs(struct wire_slot *slot, uint64_t tile, struct pairs_writer *writer,
                         const struct join_stats *stats, struct wire_control *control);

/* ---- Tiles and their bytes (worker_output.c) -------------------------------------------------*/

struct rows {
    struct worker *w;
    struct wire_slot *slot;
    struct emit *emit; /* NULL in count mode */
    struct terms terms;
    uint64_t tile;
    uint64_t skip_bytes;  /* that a dead predecessor has handed over */
    uint32_t pairs;       /* of this tile */
    uint64_t next_tapped; /* an index into the list of tapped rows, where the last search ended */
    bool tapped;          /* what is being written is of a tapped row */
    bool stopped;
};

bool rows_open(struct rows *r, struct worker *w, struct err *e);
void rows_close(struct rows *r);
/* Takes the next tile; false if none is left. */
bool rows_next(struct rows *r);
/* The tile is done: hands over the rest of it, and says so. */
void rows_commit(struct rows *r);
/* What is emitted from now on belongs to this row of A. Bytes of tapped rows go into frames of
 * their own. */
void rows_begin(struct rows *r, uint64_t row);
/* The rows of A of a tile. */
void tile_rows(struct wire_control *c, uint64_t tile, uint64_t *from, uint64_t *to);

/* ---- Matches of a row (worker_emit.c) --------------------------------------------------------*/

/* A row of B that matches, and where its score stands. */
struct match {
    uint32_t row;
    uint32_t pair;
};

/* Sorts by row. The result is in m; `spare` has the same capacity. Rows are below n_rows. */
void sort_matches(struct match *m, struct match *spare, size_t n, uint64_t n_rows);

/* ---- Pairs that are left out (worker_loop.c) -------------------------------------------------*/

/* The first row of B from `from` on whose pair with row_a is not to be scored; UINT64_MAX: none. */
uint64_t worker_next_reject(const struct worker *w, uint64_t row_a, uint64_t from);

/* ---- Fields as a module wants them (worker_batch.c) ------------------------------------------*/

/* The fields of some rows of one side. */
struct block {
    uint64_t from;
    uint32_t n;
    axb_str *text[INDEX_MAX_FIELDS];         /* of each text field; owned */
    double *number[INDEX_MAX_FIELDS];        /* of each other field, for block_gather; owned */
    const void *array[INDEX_MAX_FIELDS + 1]; /* what the module gets */
    uint32_t field[INDEX_MAX_FIELDS];        /* of the index */
    uint32_t n_fields;
    const void **prepared; /* of each row, or NULL; the module gets it after the fields */
    const char *first;     /* that of row 0 of the side */
    uint64_t prepared_bytes;
};

/* Adds a field of the index, with the capacity for so many rows. False without memory. */
bool block_add(struct block *block, const struct index *index, uint32_t field, uint32_t rows);
/* Fills the block with the rows [from, from + n). */
void block_load(const struct index *index, struct block *block, uint64_t from, uint32_t n);
/* Fills the block with these rows, which may lie anywhere; n <= BLOCK_GATHER. Their memory is
 * prefetched. */
#define BLOCK_GATHER 256u
void block_gather(const struct index *index, struct block *block, const uint32_t *rows, uint32_t n);
void block_close(struct block *block);

/* Adds to both blocks the fields of the task's module, and what it has prepared. */
bool block_add_module(struct block *a, struct block *b, const struct worker *w, uint32_t rows_a,
                      uint32_t rows_b, struct err *e);

#endif
