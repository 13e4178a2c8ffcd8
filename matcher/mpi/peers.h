/* The ranks of a job of Open MPI, and messages between them. The one place that knows MPI.
 *
 * Nothing here waits: a blocking receive would spin on a core that axb needs, so ranks look for
 * messages now and then, and sleep in between. Messages of one rank arrive in the order in which
 * they were sent. A rank that dies ends the job, and all ranks with it: mpirun sees to that. Not
 * here: what messages mean (leader.h, runner.h). */
#ifndef AXB_MATCHER_MPI_PEERS_H
#define AXB_MATCHER_MPI_PEERS_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PEERS_HOST_BYTES 64u

enum peer_message_kind {
    PEER_HELLO,    /* to the leader: from a rank that is ready, or why it is not */
    PEER_LEASE,    /* to a rank: do a part */
    PEER_PROGRESS, /* to the leader: how far the part is */
    PEER_DONE,     /* to the leader */
    PEER_FAILED,   /* to the leader: why */
    PEER_STOP,     /* to a rank: the run is over */
};

struct peer_message {
    char version[32]; /* of axb; peers_send sets it */
    enum peer_message_kind kind;
    uint32_t part, of;           /* from 0; of how many */
    uint32_t workers;            /* of hello: that axb starts on this machine */
    double seconds;              /* of done: that the part took */
    double share;                /* of progress: that is done, 0 to 1 */
    double matches;              /* of progress and done: that were found */
    char host[PEERS_HOST_BYTES]; /* of hello */
    struct err error;            /* of hello and failed; else ERR_NONE */
};

struct peers {
    uint32_t rank, n;
    char host[PEERS_HOST_BYTES];
    struct peer_sent *sent; /* what is on its way */
};

/* Joins the job that mpirun started; without mpirun it is a job of one rank. ERR_OS. */
bool peers_open(struct peers *p, struct err *e);

/* Sends a copy; `to` may be the own rank. ERR_OS without memory. */
bool peers_send(struct peers *p, uint32_t to, const struct peer_message *m, struct err *e);

/* The next message that has come, if there is one: *come. ERR_DATA if it is of a rank with another
 * version of axb. */
bool peers_receive(struct peers *p, uint32_t *from, struct peer_message *m, bool *come,
                   struct err *e);

/* Leaves the job. Every rank must call it, and it waits for the others; a rank that does not
 * call it before it exits ends the job. */
void peers_close(struct peers *p);

#endif
