/* Leases: which rank does which part of a run, and what happens to a part that failed.
 *
 *     waiting ──give──▶ leased ──done──▶ done
 *        ▲                 │
 *        └─────failed──────┘  once; failed again: the run is over
 *
 * A rank has one lease at most, and asks for one when it has none. Parts cost about the same, and
 * those that come last have the longest values, of which an estimate is least sure, so they are
 * given first: what is begun last is to be short. A part that failed is given before all others, to
 * another rank than before if there is one. That a rank dies is not known here: then the job is
 * over, and the next one begins with the parts that are done. Not here: messages (peers.h), and
 * doing parts (runner.h). */
#ifndef AXB_MATCHER_MPI_LEASES_H
#define AXB_MATCHER_MPI_LEASES_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LEASES_NONE UINT32_MAX

struct leases {
    uint32_t n_parts, n_ranks;
    uint32_t n_done, n_waiting;
    struct lease_part {
        enum { LEASE_WAITS, LEASE_GIVEN, LEASE_DONE } state;
        uint32_t failed_on; /* the rank that it failed on; LEASES_NONE */
    } *part;
    struct lease_rank {
        bool asks;
        uint32_t part; /* that it has; LEASES_NONE */
    } *rank;
};

/* How many parts a run of so many seconds of one core is cut into, for ranks that have so many
 * workers together: a part takes about five seconds, and a rank has several, so that all end at
 * about the same time; but parts of less than a second would mostly begin and end. Seconds may be
 * NaN: not known. */
uint32_t leases_parts(double seconds, uint32_t n_ranks, uint32_t n_workers);

/* All parts wait, and no rank has asked. At least one of each. ERR_OS. leases_close is due even
 * after a failure. */
bool leases_open(struct leases *l, uint32_t n_parts, uint32_t n_ranks, struct err *e);
void leases_close(struct leases *l);

/* A part that waits is done already. */
void leases_skip(struct leases *l, uint32_t part);

/* The rank has nothing to do. It has no lease. */
void leases_ask(struct leases *l, uint32_t rank);

/* A part, and a rank that asked and has the lease from now on. False if nobody asks, or no part
 * waits for those who do. */
bool leases_give(struct leases *l, uint32_t *rank, uint32_t *part);

/* The rank has done its part. */
void leases_done(struct leases *l, uint32_t rank);

/* The rank could not do its part. True: the part waits again. False: it had failed before, and the
 * run is over. */
bool leases_failed(struct leases *l, uint32_t rank);

#endif
