/* What every rank does: it has an axb do the parts that the leader leases to it, one at a time. */
#ifndef AXB_MATCHER_MPI_RUNNER_H
#define AXB_MATCHER_MPI_RUNNER_H

#include "core/err.h"
#include "matcher/mpi/child.h"
#include "matcher/mpi/peers.h"
#include "matcher/options/opts.h"

#include <stdbool.h>

struct runner {
    const struct opts *o;
    struct peers *peers;
    char axb[CHILD_PATH_BYTES];
    struct child child; /* that does the part; pid -1: none */
    uint32_t part, of;
    double began, told; /* by log_seconds */
    bool over;          /* the leader has nothing more to do */
};

/* Tells the leader that this rank is ready with so many workers, or, if e is not NULL, why it is
 * not. `o` and `peers` are borrowed. */
bool runner_open(struct runner *r, const struct opts *o, struct peers *peers, unsigned workers,
                 const struct err *not_ready, struct err *e);

/* Takes a message of the leader: a lease, or the end. */
bool runner_take(struct runner *r, const struct peer_message *m, struct err *e);

/* Looks how the part is going, and tells the leader. Sleeps for wait_ms at most, less if axb
 * reports something. */
bool runner_step(struct runner *r, int wait_ms, struct err *e);

/* Ends the axb that runs, if one does. */
void runner_stop(struct runner *r);

#endif
