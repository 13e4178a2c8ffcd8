/* Where workers run: the place of each, and binding to it. A worker needs no topology: it is told
 * its processing units and binds itself to them. */
#include "core/log.h"
#include "core/machine/topology_internal.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

/* ---- Places ----------------------------------------------------------------------------------*/

/* What a worker is pinned to whose turn this unit is; NULL: nothing. */
static hwloc_obj_t pinned_to(const struct topo *t, enum topo_bind bind, unsigned unit)
{
    hwloc_obj_t pu = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, unit), to = NULL;
    if (bind == TOPO_BIND_NONE)
        return NULL;
    if (bind == TOPO_BIND_NUMA)
        to = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, t->unit[unit].node);
    if (bind == TOPO_BIND_CORE)
        to = hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, pu);
    return to ? to : pu;
}

void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places)
{
    for (unsigned i = 0; i < n; i++) {
        places[i] = (struct topo_place){.pus = ""};
        if (!t)
            continue;
        const unsigned unit = t->by_turn[i % t->n_units];
        const hwloc_obj_t to = pinned_to(t, bind, unit);
        places[i].unit = t->unit[unit];
        places[i].own_memory = t->memory_nodes > 0;
        if (to)
            topo_list_set(to->cpuset, places[i].pus, sizeof places[i].pus);
    }
}

struct topo_use topo_used(const struct topo *t, unsigned n)
{
    struct topo_use use = {.units = 0};
    const struct topo_unit *last = NULL;
    for (unsigned i = 0; i < t->n_units; i++) {
        const struct topo_unit *u = &t->unit[i];
        if (u->turn >= n)
            continue;
        use.packages += !last || last->package != u->package;
        use.nodes += !last || last->node != u->node;
        use.l3_caches += u->l3 != TOPO_NO_L3 && (!last || last->l3 != u->l3);
        use.cores += !last || last->core != u->core;
        use.units++;
        last = u;
    }
    return use;
}

void topo_note_workers(const struct topo *t, unsigned n)
{
    if (n > t->n_units)
        log_note("%u workers share %u processing unit%s; more than %u gain nothing", n, t->n_units,
                 t->n_units == 1 ? "" : "s", t->n_units);
    else if (t->quota.cpus > 0 && n >= t->quota.cpus + 1)
        log_note("%u workers share a CPU quota of %.2f (%s); more than that gain nothing", n,
                 t->quota.cpus, t->quota.by);
}

void topo_note_rank(const struct topo *t)
{
    const char *ranks_here = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    const long all = sysconf(_SC_NPROCESSORS_ONLN);
    if (ranks_here && strcmp(ranks_here, "1") == 0 && all > (long)t->n_units)
        log_note("this rank may use %u of the %ld processing units of the machine, where no other "
                 "runs; mpirun --map-by ppr:1:node --bind-to none gives it all",
                 t->n_units, all);
}

/* ---- Binding ---------------------------------------------------------------------------------*/

static bool bind_to(const char *pus, hwloc_const_bitmap_t set, struct err *e)
{
    const size_t units = (size_t)hwloc_bitmap_last(set) + 1, bytes = CPU_ALLOC_SIZE(units);
    cpu_set_t *cpus = CPU_ALLOC(units);
    int i = -1;
    if (cpus)
        CPU_ZERO_S(bytes, cpus);
    while (cpus && (i = hwloc_bitmap_next(set, i)) >= 0)
        CPU_SET_S((size_t)i, bytes, cpus);
    const bool ok = cpus && sched_setaffinity(0, bytes, cpus) == 0;
    const int failed = errno;
    CPU_FREE(cpus);
    return ok || err_system(e, ERR_OS, failed, NULL, "cannot be bound to %s", pus);
}

bool topo_bind_self(const struct topo_place *place, struct err *e)
{
    if (place->own_memory)
        topo_memory_own();
    if (!place->pus[0])
        return topo_unbind_self() || err_system(e, ERR_OS, errno, NULL, "cannot be unbound");
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    if (!set)
        return err_set(e, ERR_OS, NULL, "not enough memory to be bound to %s", place->pus);
    const bool is_list =
        hwloc_bitmap_list_sscanf(set, place->pus) == 0 && hwloc_bitmap_last(set) >= 0;
    const bool ok = is_list ? bind_to(place->pus, set, e)
                            : err_set(e, ERR_SOFTWARE, NULL,
                                      "\"%s\" is not a list of processing units", place->pus);
    hwloc_bitmap_free(set);
    return ok;
}
