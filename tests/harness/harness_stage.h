/* A stage over a made-up run, for tests of the coordinator: its own control segment, an output in
 * memory, no tables, no index, and the workers' ends of the wire, for a test to play. Nothing is
 * started unless stage_run or stage_spawn does it; these start the test program itself, as `PROGRAM
 * worker run NUMBER PARENT`. */
#ifndef AXB_TESTS_HARNESS_HARNESS_STAGE_H
#define AXB_TESTS_HARNESS_HARNESS_STAGE_H

#include "matcher/engine/stage_internal.h"

#include <stdbool.h>
#include <stdint.h>

#define HARNESS_STAGE_WORKERS 8u /* at most */

/* All that a job borrows, and the stage. What a test changes, it changes before it opens it. What
 * fails that does not belong to the test ends the program. */
struct harness_stage {
    struct query query;
    struct table_head head;
    struct inputs inputs;
    struct plan plan;
    struct out out;
    struct sinks sinks;
    struct faults faults;
    struct topo *topo;
    struct placement placement;
    struct job job;
    struct prepared prepared;
    struct wire_task task;
    struct stage stage;
    struct wire wire[HARNESS_STAGE_WORKERS];
};

/* Tile t is row t of A; pairs are written as CSV. */
void harness_stage_make(struct harness_stage *h, const struct stage_kind *kind, unsigned n_workers,
                        uint64_t n_tiles);
/* stage_init, stage_open and stage_prepare_workers; then the workers' ends. */
void harness_stage_open(struct harness_stage *h);
/* The end of worker i, or of its successor, whose orders have changed. */
void harness_stage_attach(struct harness_stage *h, unsigned i);
/* Closes the stage, if it is open, and frees the rest. */
void harness_stage_close(struct harness_stage *h);

/* The ring of worker i begins at this position. Before anything is put there. */
void harness_stage_begin_ring(struct harness_stage *h, unsigned i, uint64_t position);
/* Puts a frame of lines into the ring of a worker; each line end counts as a pair. If it is the
 * last of its tile, a frame follows that says so. Without bytes the former is left out. */
void harness_stage_put(struct harness_stage *h, unsigned worker, uint32_t tile, const char *bytes,
                       bool last);
/* Puts a frame that says that a tile is done, of `pairs` pairs if they are only counted. */
void harness_stage_done(struct harness_stage *h, unsigned worker, uint32_t tile, uint64_t pairs);
/* What was written so far, malloced, ended by a zero byte. */
char *harness_stage_output(const struct harness_stage *h);

#endif
