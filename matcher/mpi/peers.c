/* Messages by MPI: each is sent without waiting, and its memory is kept until it is on its way. */
#include "matcher/mpi/peers.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAG 1
#define CLOSE_NS 1000000

struct peer_sent {
    struct peer_sent *next;
    MPI_Request request;
    struct peer_message message;
};

/* Errors of MPI end the job, with a message of its own. */
bool peers_open(struct peers *p, struct err *e)
{
    int rank, n;
    *p = (struct peers){0};
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return err_set(e, ERR_OS, "start it with mpirun", "Open MPI cannot be used");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    p->rank = (uint32_t)rank;
    p->n = (uint32_t)n;
    if (gethostname(p->host, sizeof p->host) != 0)
        snprintf(p->host, sizeof p->host, "rank %d", rank);
    p->host[sizeof p->host - 1] = 0;
    return true;
}

static void forget_sent(struct peers *p)
{
    for (struct peer_sent **at = &p->sent; *at;) {
        struct peer_sent *s = *at;
        int gone;
        MPI_Test(&s->request, &gone, MPI_STATUS_IGNORE);
        if (gone) {
            *at = s->next;
            free(s);
        } else {
            at = &s->next;
        }
    }
}

bool peers_send(struct peers *p, uint32_t to, const struct peer_message *m, struct err *e)
{
    struct peer_sent *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a message");
    s->message = *m;
    snprintf(s->message.version, sizeof s->message.version, "%s", AXB_VERSION);
    MPI_Isend(&s->message, sizeof s->message, MPI_BYTE, (int)to, TAG, MPI_COMM_WORLD, &s->request);
    s->next = p->sent;
    p->sent = s;
    return true; /* NOLINT(clang-analyzer-optin.mpi.MPI-Checker): forget_sent waits for it */
}

/* Takes the message in any case: one of another version may be of another length. */
static bool take(const MPI_Status *found, const char *host, struct peer_message *m, struct err *e)
{
    int bytes;
    MPI_Get_count(found, MPI_BYTE, &bytes);
    char *all = calloc(1, (size_t)bytes + sizeof *m);
    if (!all)
        return err_set(e, ERR_OS, NULL, "not enough memory for a message");
    MPI_Recv(all, bytes, MPI_BYTE, found->MPI_SOURCE, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    memcpy(m, all, sizeof *m);
    free(all);
    m->version[sizeof m->version - 1] = 0;
    return (bytes == (int)sizeof *m && strcmp(m->version, AXB_VERSION) == 0) ||
           err_set(e, ERR_DATA, "install the same axb on all machines",
                   "rank %d has axb %s, and %s has another axb " AXB_VERSION, found->MPI_SOURCE,
                   m->version, host);
}

bool peers_receive(struct peers *p, uint32_t *from, struct peer_message *m, bool *come,
                   struct err *e)
{
    MPI_Status status;
    int is_there;
    forget_sent(p);
    MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &is_there, &status);
    *come = is_there;
    *from = is_there ? (uint32_t)status.MPI_SOURCE : 0;
    return !is_there || take(&status, p->host, m, e);
}

/* A message that nobody takes may keep its sender waiting. So each rank takes what comes until all
 * ranks are rid of what they have sent: the end of a "dynamic sparse data exchange" (Torsten
 * Hoefler, Christian Siebert, Andrew Lumsdaine, 2010). */
void peers_close(struct peers *p)
{
    MPI_Request everyone = MPI_REQUEST_NULL;
    int all_rid = false;
    for (bool rid = false; !all_rid;) {
        struct peer_message ignored;
        struct err e;
        uint32_t from;
        bool come;
        (void)peers_receive(p, &from, &ignored, &come, &e);
        if (!rid && !p->sent) {
            rid = true;
            MPI_Ibarrier(MPI_COMM_WORLD, &everyone);
        }
        if (rid)
            MPI_Test(&everyone, &all_rid, MPI_STATUS_IGNORE);
        nanosleep(&(struct timespec){.tv_nsec = CLOSE_NS}, NULL);
    }
    MPI_Finalize();
}
