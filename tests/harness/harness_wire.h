/* The two segments of a stage in plain memory, as stage_start.c lays them out, and the
 * coordinator's end of the rings in its plainest form: for tests of what workers do with them,
 * without a process. */
#ifndef AXB_TESTS_HARNESS_HARNESS_WIRE_H
#define AXB_TESTS_HARNESS_HARNESS_WIRE_H

#include "matcher/engine/pairs.h"
#include "matcher/engine/wire.h"
#include "matcher/worker/worker.h"

#include <stdbool.h>

struct harness_wire {
    struct shm orders_segment, reports_segment;
    struct wire_orders *orders;
    struct wire_reports *reports;
};

/* Zeros but for a copy of the task, the sizes, and orders and slots that have no tile. Ends the
 * program if memory is short. */
void harness_wire_make(struct harness_wire *h, const struct wire_task *task, uint64_t ring_bytes,
                       uint64_t max_chunks);
void harness_wire_free(struct harness_wire *h);

/* A worker's end of it. */
void harness_wire_attach(struct harness_wire *h, unsigned number, struct wire *w);
/* The same in a worker, with what its tiles need; harness_wire_detach frees that. */
void harness_wire_attach_worker(struct harness_wire *h, unsigned number, struct worker *w);
void harness_wire_detach_worker(struct worker *w);

/* The first frame that waits in a ring; false if there is none. Fails the test if its check is
 * wrong. */
bool harness_wire_first(struct harness_wire *h, unsigned worker, struct wire_frame *frame);
/* Takes it out of the ring, and its bytes into bytes[frame->bytes]. */
bool harness_wire_take(struct harness_wire *h, unsigned worker, struct wire_frame *frame,
                       void *bytes);

/* ---- A pair arena that a test fills by itself, chunk by chunk --------------------------------*/

struct harness_arena {
    struct shm shm;
    struct pair_count *used; /* of each chunk, what counts */
    struct pair_writer *writer;
    uint64_t n_chunks, chunk; /* the one that is being written */
};

/* An empty arena for pairs of places below n_a and n_b. Ends the program if memory is short. */
void harness_arena_open(struct harness_arena *h, uint64_t n_chunks, uint64_t n_a, uint64_t n_b);
void harness_arena_close(struct harness_arena *h);

/* Writes a pair, which counts, into the present chunk, or, if that is full, into the next one. */
void harness_arena_put(struct harness_arena *h, struct join_pair p);
/* The same, but it does not count; there must be space for it. Nothing that counts may follow in
 * this chunk. */
void harness_arena_spoil(struct harness_arena *h, struct join_pair p);
/* Goes on in the next chunk. */
void harness_arena_next(struct harness_arena *h);

/* What counts. */
struct pairs_arena harness_arena_pairs(const struct harness_arena *h);

#endif
