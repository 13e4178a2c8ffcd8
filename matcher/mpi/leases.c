/* Gives the last waiting part first, and one that failed before all others. */
#include "matcher/mpi/leases.h"

#include <math.h>
#include <stdlib.h>

#define PART_SECONDS 5.0
#define LEAST_SECONDS 1.0
#define UNKNOWN_SECONDS 40.0
#define EVEN 4.0 /* parts a rank, if they are not too short then */
#define MOST_A_RANK 64.0
#define MOST 4096.0 /* in all: axb merge reads from each */

uint32_t leases_parts(double seconds, uint32_t n_ranks, uint32_t n_workers)
{
    const double of_rank = isnan(seconds) ? UNKNOWN_SECONDS : seconds / n_workers;
    const double even = of_rank / LEAST_SECONDS < EVEN ? of_rank / LEAST_SECONDS : EVEN;
    double n = of_rank / PART_SECONDS > even ? of_rank / PART_SECONDS : even;
    n = n < 1 ? 1 : n > MOST_A_RANK ? MOST_A_RANK : n;
    const double all = n * n_ranks < MOST ? n * n_ranks : MOST;
    return all > n_ranks ? (uint32_t)all : n_ranks;
}

bool leases_open(struct leases *l, uint32_t n_parts, uint32_t n_ranks, struct err *e)
{
    *l = (struct leases){.n_parts = n_parts,
                         .n_ranks = n_ranks,
                         .n_waiting = n_parts,
                         .part = malloc(n_parts * sizeof *l->part),
                         .rank = malloc(n_ranks * sizeof *l->rank)};
    if (!l->part || !l->rank)
        return err_set(e, ERR_OS, NULL, "not enough memory for %u parts", n_parts);
    for (uint32_t i = 0; i < n_parts; i++)
        l->part[i] = (struct lease_part){LEASE_WAITS, LEASES_NONE};
    for (uint32_t i = 0; i < n_ranks; i++)
        l->rank[i] = (struct lease_rank){false, LEASES_NONE};
    return true;
}

void leases_close(struct leases *l)
{
    free(l->part);
    free(l->rank);
    *l = (struct leases){0};
}

void leases_skip(struct leases *l, uint32_t part)
{
    l->part[part].state = LEASE_DONE;
    l->n_waiting--;
    l->n_done++;
}

void leases_ask(struct leases *l, uint32_t rank)
{
    l->rank[rank].asks = true;
}

/* The part that this rank is to do next; LEASES_NONE if none waits for it. */
static uint32_t part_for(const struct leases *l, uint32_t rank)
{
    uint32_t last = LEASES_NONE;
    for (uint32_t i = 0; i < l->n_parts && l->n_waiting; i++) {
        const struct lease_part *part = &l->part[i];
        const bool failed = part->failed_on != LEASES_NONE;
        if (part->state != LEASE_WAITS || (part->failed_on == rank && l->n_ranks > 1))
            continue;
        if (failed)
            return i;
        last = i;
    }
    return last;
}

bool leases_give(struct leases *l, uint32_t *rank, uint32_t *part)
{
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        const uint32_t next = l->rank[r].asks ? part_for(l, r) : LEASES_NONE;
        if (next == LEASES_NONE)
            continue;
        l->rank[r] = (struct lease_rank){false, next};
        l->part[next].state = LEASE_GIVEN;
        l->n_waiting--;
        *rank = r;
        *part = next;
        return true;
    }
    return false;
}

void leases_done(struct leases *l, uint32_t rank)
{
    l->part[l->rank[rank].part].state = LEASE_DONE;
    l->rank[rank].part = LEASES_NONE;
    l->n_done++;
}

bool leases_failed(struct leases *l, uint32_t rank)
{
    struct lease_part *part = &l->part[l->rank[rank].part];
    l->rank[rank].part = LEASES_NONE;
    if (part->failed_on != LEASES_NONE)
        return false;
    *part = (struct lease_part){LEASE_WAITS, rank};
    l->n_waiting++;
    return true;
}
