/* Inside a worker: what its stages share. Nobody else includes it. */
#ifndef AXB_MATCHER_ENGINE_WORKER_INTERNAL_H
#define AXB_MATCHER_ENGINE_WORKER_INTERNAL_H

#include "core/axb.h"
#include "data/emit.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/engine/worker.h"
#include "matcher/expr/expr_leaves.h"

/* ---- Pairs that are found (worker.c) ---------------------------------------------------------*/

/* Begins to write pairs, of values of a and b, or, where these are NULL, of rows; takes over what a
 * dead predecessor has found. */
void worker_resume_pairs(struct worker *w, struct pairs_writer *writer, struct join_stats *stats,
                         const struct side *a, const struct side *b);
/* `tile` and all that was found in it are done for good. */
void worker_commit_pairs(struct wire_slot *slot, uint64_t tile, struct pairs_writer *writer,
                         const struct join_stats *stats, struct wire_control *control);

/* ---- Tiles and their bytes (worker_output.c) -------------------------------------------------*/

struct rows {
    struct worker *w;
    struct wire_slot *slot;
    struct emit *emit; /* NULL in count mode */
    struct terms terms;
    uint64_t tile;
    uint64_t skip_bytes;  /* that a dead predecessor handed over */
    uint32_t pairs;       /* of this tile */
    uint64_t next_tapped; /* of the list of tapped rows; near the present row, for speed */
    bool tapped;          /* what is being written is of a tapped row */
    bool stopped;
};

bool rows_open(struct rows *r, struct worker *w, struct err *e);
void rows_close(struct rows *r);
/* Takes the next tile; false when there is none. */
bool rows_next(struct rows *r);
/* The tile is done: hands over what is left of it, and says so. */
void rows_commit(struct rows *r);
/* What is emitted from now on belongs to this row of A. Bytes of tapped rows and of others go into
 * frames of their own. */
void rows_begin(struct rows *r, uint64_t row);
/* The rows of A of a tile. */
void tile_rows(struct wire_control *c, uint64_t tile, uint64_t *from, uint64_t *to);

/* ---- Matches of a row (worker_emit.c) --------------------------------------------------------*/

/* A row of B that matches, and where its score stands. */
struct match {
    uint32_t row;
    uint32_t pair;
};

/* Sorts by row; the result is in m, `spare` has as much room. Rows are below n_rows. */
void sort_matches(struct match *m, struct match *spare, size_t n, uint64_t n_rows);

/* ---- Pairs that are left out (worker_loop.c) ------------------------------------------------*/

/* The row of B with the first pair of this row of A that is not to be scored, from row `from` of B
 * on; UINT64_MAX if there is none. */
uint64_t worker_next_reject(const struct worker *w, uint64_t row_a, uint64_t from);

/* ---- Fields as a module wants them (worker_batch.c) ------------------------------------------*/

/* The fields of some rows of one side. */
struct block {
    uint64_t from;
    uint32_t n;
    axb_str *text[INDEX_MAX_FIELDS];         /* room of its own for each text field */
    double *number[INDEX_MAX_FIELDS];        /* for each other field, used by block_gather */
    const void *array[INDEX_MAX_FIELDS + 1]; /* what the module gets */
    uint32_t field[INDEX_MAX_FIELDS];        /* of the index */
    uint32_t n_fields;
    const void **prepared; /* of each row, or NULL; the array behind those of the fields */
    const char *first;     /* that of row 0 of the side */
    uint64_t prepared_bytes;
};

/* Adds a field of the index, with room for so many rows; false without memory. */
bool block_add(struct block *block, const struct index *index, uint32_t field, uint32_t rows);
/* Fills the block with rows from..from + n. */
void block_load(const struct index *index, struct block *block, uint64_t from, uint32_t n);
/* Fills it with these rows, n <= BLOCK_GATHER, which may lie anywhere: their memory is asked for in
 * time. */
#define BLOCK_GATHER 256u
void block_gather(const struct index *index, struct block *block, const uint32_t *rows, uint32_t n);
void block_close(struct block *block);

/* Adds the fields of the module that the task describes to both blocks, and what it has prepared.
 */
bool block_add_module(struct block *a, struct block *b, const struct worker *w, uint32_t rows_a,
                      uint32_t rows_b, struct err *e);

#endif
