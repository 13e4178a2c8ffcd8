/* The time line of a run: which worker did tiles from when to when, and how many pairs these had.
 *
 * The coordinator notes each tile as it comes, which costs a look at the clock and some additions.
 * Memory is bounded: where pieces become too many, those of a worker that follow each other are put
 * together, so that a piece is as long as it must be and no longer. Not here: what a tile is
 * (engine/wire.h), and how a time line is drawn. */
#ifndef AXB_MATCHER_WATCH_TIMELINE_H
#define AXB_MATCHER_WATCH_TIMELINE_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_PIECES 8192u
#define TIMELINE_STAGES 256u

/* One generation of workers. */
struct timeline_stage {
    const char *what; /* "matching", "writing" … ; a literal */
    double from, to;  /* by log_seconds */
    uint32_t n_workers;
    uint64_t tiles;
};

/* Tiles that a worker did one after the other. */
struct timeline_piece {
    uint32_t stage, worker;
    double from, to; /* by log_seconds */
    uint64_t tiles;
    uint64_t pairs; /* that were found in them, or lines that were written */
};

struct timeline {
    struct timeline_piece *piece; /* n_pieces, in the order in which they began; owned */
    uint32_t n_pieces, most_pieces;
    struct timeline_stage stage[TIMELINE_STAGES];
    uint32_t n_stages;
    uint32_t stages_left_out; /* that came when there was no place for more … */
    uint64_t tiles_left_out;  /* … and tiles that have no piece */
    double grain;             /* seconds up to which pieces are put together */
    uint32_t *last;           /* of each worker of the stage at work: its last piece; owned */
    uint32_t n_last;
};

/* An empty time line of at most `most_pieces` pieces, above 1. ERR_OS without memory. */
bool timeline_open(struct timeline *t, uint32_t most_pieces, struct err *e);
void timeline_close(struct timeline *t);

/* A stage of so many workers begins; the one before it has ended. `now` is log_seconds. */
void timeline_begin_stage(struct timeline *t, const char *what, uint32_t n_workers, double now);
void timeline_end_stage(struct timeline *t, double now);

/* A worker of the stage has finished a tile. It began when its tile before ended, or the stage. */
void timeline_tile(struct timeline *t, uint32_t worker, double now);

/* Pairs of the tile that a worker finished last, or has at hand. */
void timeline_pairs(struct timeline *t, uint32_t worker, uint64_t pairs);

#endif
