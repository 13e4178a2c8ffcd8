/* What rank 0 does besides doing parts: it decides how many parts there are, leases them to the
 * ranks, shows how far they are, and has axb merge them.
 *
 * A run is as fault tolerant as its folder of parts (part_files.h): what is whole there is never
 * done again, and what is not is begun again, by a journal where it was left. So nothing that a
 * leader knows must survive it. Not here: which part goes to whom (leases.h). */
#ifndef AXB_MATCHER_MPI_LEADER_H
#define AXB_MATCHER_MPI_LEADER_H

#include "core/err.h"
#include "matcher/mpi/child.h"
#include "matcher/mpi/leases.h"
#include "matcher/mpi/part_files.h"
#include "matcher/mpi/peers.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

/* What the file of the run says. */
struct leader_run {
    const char *identity; /* run/identity.h */
    double seconds;       /* of one core, that it should take; NaN: not known */
    double pairs;         /* that are compared */
};

struct leader {
    const struct opts *o;
    struct leader_run run;
    struct peers *peers;
    struct leases leases;
    struct part_files files;
    struct leader_rank {
        bool ready;
        char host[PEERS_HOST_BYTES];
        uint32_t workers;
        double share, matches; /* of its part, so far */
    } *rank;
    enum { LEADER_GATHERS, LEADER_LEASES, LEADER_LOOKS, LEADER_MERGES, LEADER_IS_DONE } state;
    uint32_t n_ready, n_whole;    /* ranks; parts that were whole before */
    double began, ended;          /* by log_seconds: of the first lease, of the last part … */
    double merge_began;           /* … of the merge */
    double busy_seconds, matches; /* of all parts that were done */
    uint32_t n_seen;              /* parts that are in the folder at the end */
    struct child merge;
};

/* `o`, `run` and `peers` are borrowed. leader_close is due even after a failure. ERR_OS. */
bool leader_open(struct leader *l, const struct opts *o, const struct leader_run *run,
                 struct peers *peers, struct err *e);
void leader_close(struct leader *l);

/* Takes a message of a rank. False ends the run: the error of a rank that is not ready, or of a
 * part that failed twice, with its host. */
bool leader_take(struct leader *l, uint32_t from, const struct peer_message *m, struct err *e);

/* Does what is due: leases, merges. l->state is LEADER_IS_DONE once the output exists. */
bool leader_step(struct leader *l, struct err *e);

/* Tells all ranks that the run is over, and ends the merge, if there is one. */
void leader_stop(struct leader *l);

#endif
