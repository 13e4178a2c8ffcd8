/* Inside a worker: what its stages share. Nobody else includes it.
 *
 *   worker.c           attaches segments; the tiles of a join; pairs that are found
 *   worker_output.c    tiles that have rows, and their bytes
 *   worker_emit.c …    a kind of stage each; others see its row (stage_kind.h) and no more */
#ifndef AXB_MATCHER_WORKER_WORKER_INTERNAL_H
#define AXB_MATCHER_WORKER_WORKER_INTERNAL_H

#include "data/emit.h"
#include "matcher/engine/best.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/pairs/row_runs.h"
#include "matcher/worker/worker.h"

/* ---- Pairs that are found (worker.c) ---------------------------------------------------------*/

/* Begins to write pairs: of values of a and b, or, if these are NULL, of rows. */
void worker_open_pairs(struct worker *w, struct pairs_writer *writer, const struct side *a,
                       const struct side *b);
/* The tile is done: hands over where its pairs are, and what else was done in it (w->done). */
void worker_commit_pairs(struct worker *w, uint64_t tile, struct pairs_writer *writer);
/* The same for a tile without pairs. */
void worker_commit(struct worker *w, struct wire_frame frame);

/* ---- Tiles and their bytes (worker_output.c) -------------------------------------------------*/

struct rows {
    struct worker *w;
    struct emit *emit; /* NULL in count mode */
    struct terms terms;
    uint64_t tile;
    uint64_t pairs;         /* count mode: matches of this tile */
    uint64_t next_row, end; /* rows of A of this tile that have no lines yet */
    uint64_t next_tapped;   /* an index into the list of tapped rows, where the last search ended */
    bool tapped;            /* what is being written is of a tapped row */
    struct row_runs *runs;  /* where tiles say of which rows their lines are: of the lines since the
                               last such, but for those of run_row; else NULL */
    uint32_t run_row;       /* the row that is being written … */
    uint64_t run_from;      /* … since emit_bytes was this */
};

bool rows_open(struct rows *r, struct worker *w, struct err *e);
void rows_close(struct rows *r);
/* Takes the next tile; false if none is left. */
bool rows_next(struct rows *r);
/* It is these rows of A, whose lines come in ascending order. To be called before the first. */
void rows_are(struct rows *r, uint64_t from, uint64_t to);
/* An emit_flush_fn: hands lines of the present tile to the coordinator, without the bytes that a
 * dead predecessor has handed over. A single line may be longer than a frame. */
void rows_flush(void *context, const char *p, size_t n, uint32_t n_lines);
/* The tile is done: hands over the rest of it, and says so. */
void rows_commit(struct rows *r);
/* What is emitted from now on belongs to this row of A, which has a match. Where rows without one
 * have lines (lines.unmatched), those before it are written. Bytes of tapped rows go into frames
 * of their own. */
void rows_begin(struct rows *r, uint64_t row);
/* Counts a row of A by the n > 0 pairs of it that are written. */
void rows_partners(struct rows *r, uint64_t n);
/* The rows of A of a tile. */
void tile_rows(const struct wire_orders *orders, uint64_t tile, uint64_t *from, uint64_t *to);

/* ---- Matches of a row (worker_emit.c) --------------------------------------------------------*/

/* Makes best[0 .. n) ready for the best matches of a row each, as many as the task keeps, and no
 * more than B has rows. Their memory is one piece: best->at, which the caller frees. If the task
 * keeps all, it does nothing. ERR_OS. */
bool worker_open_best(const struct worker *w, uint32_t n, struct best *best, struct err *e);

/* Sorts by row. The result is in m; `spare` has the same capacity. Rows are below n_rows. */
void sort_matches(struct emit_match *m, struct emit_match *spare, size_t n, uint64_t n_rows);

#endif
