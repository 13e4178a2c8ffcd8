/* The cores that we were given: hwloc restricted to our CPU binding, and the cgroup CPU quota,
 * which hwloc, nproc and OpenMP do not see. */
#ifndef AXB_CORE_TOPOLOGY_H
#define AXB_CORE_TOPOLOGY_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum topo_bind { TOPO_BIND_CORE, TOPO_BIND_PU, TOPO_BIND_NUMA, TOPO_BIND_NONE };

struct topo; /* owned by topo_open / topo_close */

/* Where a worker runs. */
struct topo_place {
    char pus[1024]; /* its processing units as hwloc lists them, e.g. "2" or "0-3", the last left
                       out if they are too many; "" = anywhere */
    unsigned core;  /* logical core index */
    unsigned numa;  /* logical NUMA node index */
};

/* Notes which processing units the process was given. A program calls it by .preinit_array, before
 * its libraries are initialised; a library need not. */
void topo_save_given(void);

/* Reads this machine; `synthetic` (tests) is an hwloc synthetic description, or NULL. Undoes for
 * the calling thread, and so for its later children, what OMP_PROC_BIND and OMP_PLACES did to it.
 */
bool topo_open(struct topo **t, const char *synthetic, struct err *e);
void topo_close(struct topo *t);

unsigned topo_pus(const struct topo *t);   /* processing units that we may use */
unsigned topo_cores(const struct topo *t); /* cores that we may use */
unsigned topo_numa_nodes(const struct topo *t);
double topo_quota_cpus(const struct topo *t); /* CPU quota in CPUs, 0 = none */
unsigned topo_workers(const struct topo *t);  /* default: cores, not above the quota, at least 1 */

/* Gives n workers places: first cores, spread over NUMA nodes, then SMT siblings, then all again.
 * Without a topology (NULL) each is anywhere. */
void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places);

/* Binds the calling thread to a place; "" is all that the process was given. The caller can go on
 * if it fails. */
bool topo_bind_self(const struct topo_place *place, struct err *e);

/* What `axb topology` shows. */
struct topo_facts {
    const char *model;     /* of the processor; of the struct topo */
    uint64_t memory_bytes; /* that hwloc sees */
    unsigned packages;
    char pus[1024]; /* processing units that we were given, "0-3" */
    unsigned n_caches;
    struct {
        const char *name; /* "L3" */
        unsigned n;
        uint64_t bytes; /* of each */
    } cache[3];
};
void topo_describe(const struct topo *t, struct topo_facts *facts);

/* Prints what `axb topology` shows: cores, nodes, caches, allowed set, quota, and where `workers`
 * workers would be pinned. */
bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e);

#endif
