/* The machine as we may use it, and where workers run on it.
 *
 * That is hwloc's topology, cut down to our own CPU binding, and the CPU quota of a cgroup or of a
 * job (limits.h), which hwloc, nproc and OpenMP do not see. A program may describe another machine
 * than this one (HWLOC_XMLFILE, HWLOC_SYNTHETIC …): then everything here says what would be done
 * there, and nothing is bound or spread. Not here: the drawing (topology_svg.h). */
#ifndef AXB_CORE_MACHINE_TOPOLOGY_H
#define AXB_CORE_MACHINE_TOPOLOGY_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a worker is pinned to: all units of a core, one unit, all units of a NUMA node, nothing. */
enum topo_bind { TOPO_BIND_CORE, TOPO_BIND_PU, TOPO_BIND_NUMA, TOPO_BIND_NONE };

struct topo; /* owned by topo_open / topo_close */

#define TOPO_NO_L3 UINT32_MAX

/* A processing unit (a hardware thread) that we may use, and what it belongs to: numbers from 0,
 * as hwloc counts them, but for os. */
struct topo_unit {
    uint32_t os;                      /* the number that the system gives it */
    uint32_t core, l3, node, package; /* l3: TOPO_NO_L3 if it has none; node: of NUMA */
    uint32_t sibling;                 /* which unit of its core */
    uint32_t kind;                    /* of core: 0 the fastest, 1 the next … */
    uint32_t turn; /* worker `turn` is the first that takes it; all units have different ones */
};

/* Where a worker runs. */
struct topo_place {
    char pus[1024]; /* its processing units as hwloc lists them, e.g. "2" or "0-3", the last left
                       out if they are too many; "" = anywhere */
    struct topo_unit unit; /* the one that was its turn */
    bool own_memory; /* memory is spread (topo_spread_memory), but what the worker takes is its own
                      */
};

/* Notes which processing units the process was given. A program calls it by .preinit_array, before
 * its libraries are initialised; a library need not. */
void topo_save_given(void);

/* Reads this machine, or the one that hwloc's variables describe; `synthetic` (tests) is an hwloc
 * synthetic description, or NULL. Undoes for the calling thread, and so for its later children,
 * what OMP_PROC_BIND and OMP_PLACES did to it. ERR_OS. */
bool topo_open(struct topo **t, const char *synthetic, struct err *e);
void topo_close(struct topo *t);

/* Who describes the machine, if it is not this one: "HWLOC_XMLFILE"; NULL: it is this one. */
const char *topo_described_by(const struct topo *t);

unsigned topo_pus(const struct topo *t);   /* processing units that we may use */
unsigned topo_cores(const struct topo *t); /* cores that we may use */
unsigned topo_numa_nodes(const struct topo *t);
double topo_quota_cpus(const struct topo *t); /* CPU quota in CPUs, 0 = none */
unsigned topo_workers(const struct topo *t);  /* default: cores, not above the quota, at least 1 */

/* The topo_pus units, those of a core, an L3 cache, a node, a package side by side. */
const struct topo_unit *topo_units(const struct topo *t);

/* Gives n workers places. Units are taken in an order that depends on nothing but the machine: the
 * first units of all cores before any second one; among these the fastest cores first; then one
 * core of each L3 cache, one more of each … Caches follow each other such that packages take turns,
 * and within a package its NUMA nodes. When all units are taken, it begins again. Without a
 * topology (NULL) each is anywhere. */
void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places);

/* What the units of the first n workers are parts of: how many of each. */
struct topo_use {
    unsigned packages, nodes, l3_caches, cores, units;
};
struct topo_use topo_used(const struct topo *t, unsigned n);

/* "2 packages, 8 NUMA nodes, 16 L3 caches, 32 cores, 32 processing units"; what is 0 is left out.
 * Returns text. */
#define TOPO_USE_BYTES 160u
char *topo_use_text(const struct topo_use *use, char text[TOPO_USE_BYTES]);

/* Says in a note that n workers are more than the machine, or the quota, can run at once. */
void topo_note_workers(const struct topo *t, unsigned n);

/* Says in a note that we are the only rank of Open MPI on this machine, and may use a part of it:
 * mpirun binds each rank to one core unless it is told not to. */
void topo_note_rank(const struct topo *t);

/* Binds the calling thread to a place; "" is all that the process was given. The caller can go on
 * if it fails. */
bool topo_bind_self(const struct topo_place *place, struct err *e);

/* ---- Memory ----------------------------------------------------------------------------------*/

/* Does this machine have several NUMA nodes? Costs one small file; no topology is needed. `root` is
 * that of the file system, "" but in tests. */
bool topo_has_nodes(const char *root);

/* What is to be done with what n workers read: nothing, since they are on one node, or since the
 * user has chosen a policy (numactl); or it is spread. */
enum topo_memory { TOPO_MEMORY_ONE_NODE, TOPO_MEMORY_CHOSEN, TOPO_MEMORY_SPREAD };
enum topo_memory topo_memory_for(const struct topo *t, unsigned n);

/* From here to topo_close the memory that the calling thread, and threads that it starts, touch
 * first is spread page by page over the NUMA nodes of n workers, if topo_memory_for says so and
 * this is the machine. Nothing happens where the system does not allow it. */
void topo_spread_memory(struct topo *t, unsigned n);

/* The same before so many bytes of input are read, if they are enough for it to matter, and if this
 * machine has several nodes: then *t, which is NULL, is opened. n = 0: as many workers as there are
 * by default. */
bool topo_spread_for(struct topo **t, size_t bytes, unsigned n, struct err *e);

/* Over how many nodes it is spread now; 0: it is not. */
unsigned topo_memory_nodes(const struct topo *t);

/* ---- axb topology ----------------------------------------------------------------------------*/

#define TOPO_KINDS 8u

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
    unsigned n_kinds; /* of cores, the slowest put together beyond TOPO_KINDS */
    unsigned cores_of_kind[TOPO_KINDS];
};
void topo_describe(const struct topo *t, struct topo_facts *facts);

/* Prints what `axb topology` shows: cores, nodes, caches, allowed set, quota, and where `workers`
 * workers would be pinned. */
bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e);

#endif
