/* The machine as we may use it, and binding to it.
 *
 * hwloc reads the topology, cut down to our own CPU binding; the cgroup quota comes on top of it.
 * A worker needs no topology: it is told its processing units and binds itself to them. */
#include "core/log.h"
#include "core/os.h"
#include "core/os_limits.h"

#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct topo {
    hwloc_topology_t hwloc;
    double quota_cpus;
};

bool topo_open(struct topo **t, const char *synthetic, struct err *e)
{
    unsigned long flags =
        HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING | HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM;
    *t = calloc(1, sizeof **t);
    if (!*t || hwloc_topology_init(&(*t)->hwloc) != 0) {
        free(*t);
        *t = NULL;
        return err_set(e, ERR_OS, NULL, "not enough memory for the topology");
    }
    bool ok = synthetic ? hwloc_topology_set_synthetic((*t)->hwloc, synthetic) == 0
                        : hwloc_topology_set_flags((*t)->hwloc, flags) == 0;
    ok = ok && hwloc_topology_set_type_filter((*t)->hwloc, HWLOC_OBJ_L3CACHE,
                                              HWLOC_TYPE_FILTER_KEEP_ALL) == 0;
    if (ok && hwloc_topology_load((*t)->hwloc) == 0) {
        (*t)->quota_cpus = synthetic ? 0 : limits_cgroup_cpus("");
        return true;
    }
    int failed = errno;
    topo_close(*t);
    *t = NULL;
    return err_system(e, ERR_OS, failed, NULL, "the topology of this machine cannot be read");
}

void topo_close(struct topo *t)
{
    if (!t)
        return;
    hwloc_topology_destroy(t->hwloc);
    free(t);
}

static unsigned count_of(const struct topo *t, hwloc_obj_type_t type)
{
    int n = hwloc_get_nbobjs_by_type(t->hwloc, type);
    return n > 0 ? (unsigned)n : 1;
}

unsigned topo_pus(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_PU);
}

unsigned topo_cores(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_CORE);
}

unsigned topo_numa_nodes(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_NUMANODE);
}

double topo_quota_cpus(const struct topo *t)
{
    return t->quota_cpus;
}

unsigned topo_workers(const struct topo *t)
{
    unsigned cores = topo_cores(t);
    unsigned quota = t->quota_cpus > 0 ? (unsigned)floor(t->quota_cpus) : cores;
    quota = quota ? quota : 1;
    return quota < cores ? quota : cores;
}

/* ---- Places ----------------------------------------------------------------------------------*/

/* The NUMA node that holds a processing unit: its logical index. */
static unsigned node_of(const struct topo *t, hwloc_const_cpuset_t set)
{
    hwloc_obj_t node = NULL;
    while ((node = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, node)) != NULL)
        if (hwloc_bitmap_intersects(node->cpuset, set))
            return node->logical_index;
    return 0;
}

struct unit {
    hwloc_obj_t pu;
    unsigned core, numa;
    unsigned sibling; /* which of its core's units */
    unsigned turn;    /* which core of its node */
};

/* First siblings of all cores, then second siblings …; within that one node after the other. */
static int by_turn(const void *x, const void *y)
{
    const struct unit *a = x, *b = y;
    if (a->sibling != b->sibling)
        return a->sibling < b->sibling ? -1 : 1;
    if (a->turn != b->turn)
        return a->turn < b->turn ? -1 : 1;
    return a->numa < b->numa ? -1 : a->numa > b->numa;
}

/* All processing units in the order in which workers take them; the caller frees them. */
static struct unit *order_units(const struct topo *t, unsigned *n)
{
    *n = topo_pus(t);
    unsigned nodes = topo_numa_nodes(t);
    struct unit *units = calloc(*n, sizeof *units);
    unsigned *turns = calloc(nodes + 1, sizeof *turns);
    hwloc_obj_t last_core = NULL;
    for (unsigned i = 0; units && turns && i < *n; i++) {
        hwloc_obj_t pu = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, i);
        hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, pu);
        struct unit *u = &units[i];
        *u = (struct unit){.pu = pu, .core = core ? core->logical_index : i};
        u->numa = node_of(t, pu->cpuset);
        bool same = i > 0 && core && core == last_core;
        u->sibling = same ? units[i - 1].sibling + 1 : 0;
        u->turn = same ? units[i - 1].turn : turns[u->numa < nodes ? u->numa : 0]++;
        last_core = core;
    }
    free(turns);
    if (units)
        qsort(units, *n, sizeof *units, by_turn);
    return units;
}

static void list_set(hwloc_const_bitmap_t set, struct topo_place *place)
{
    hwloc_bitmap_list_snprintf(place->pus, sizeof place->pus, set);
}

static void place_on(const struct topo *t, enum topo_bind bind, const struct unit *u,
                     struct topo_place *place)
{
    *place = (struct topo_place){.core = u->core, .numa = u->numa};
    hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, u->pu);
    hwloc_obj_t node = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, u->numa);
    switch (bind) {
    case TOPO_BIND_NONE:
        break;
    case TOPO_BIND_NUMA:
        list_set(node ? node->cpuset : u->pu->cpuset, place);
        break;
    case TOPO_BIND_CORE:
        list_set(core ? core->cpuset : u->pu->cpuset, place);
        break;
    case TOPO_BIND_PU:
        list_set(u->pu->cpuset, place);
        break;
    }
}

void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places)
{
    unsigned n_units;
    struct unit *units = order_units(t, &n_units);
    for (unsigned i = 0; i < n; i++) {
        places[i] = (struct topo_place){0};
        if (units)
            place_on(t, bind, &units[i % n_units], &places[i]);
    }
    free(units);
}

bool topo_bind_self(const struct topo_place *place, struct err *e)
{
    if (!place->pus[0])
        return true;
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (!set || hwloc_bitmap_list_sscanf(set, place->pus) != 0) {
        hwloc_bitmap_free(set);
        return err_set(e, ERR_SOFTWARE, NULL, "\"%s\" is no list of processing units", place->pus);
    }
    for (int i = hwloc_bitmap_first(set); i >= 0 && i < CPU_SETSIZE; i = hwloc_bitmap_next(set, i))
        CPU_SET((size_t)i, &cpus);
    hwloc_bitmap_free(set);
    return sched_setaffinity(0, sizeof cpus, &cpus) == 0 ||
           err_system(e, ERR_OS, errno, NULL, "cannot be bound to %s", place->pus);
}

/* ---- axb topology ----------------------------------------------------------------------------*/

static void print_caches(const struct topo *t, FILE *out)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE,
                                             HWLOC_OBJ_L1CACHE};
    static const char *const names[] = {"L3", "L2", "L1d"};
    fputs("caches    ", out);
    for (int i = 0; i < 3; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(t->hwloc, types[i], 0);
        char size[32];
        if (cache)
            fprintf(out, "%s%s %s x %u", i ? ", " : "", names[i],
                    log_bytes((double)cache->attr->cache.size, size), count_of(t, types[i]));
    }
    fputc('\n', out);
}

static void print_workers(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out)
{
    struct topo_place *places = calloc(workers, sizeof *places);
    if (!places)
        return;
    topo_places(t, bind, workers, places);
    fprintf(out, "\n%-8s %-6s %-6s %s\n", "worker", "core", "node", "bound to processing units");
    for (unsigned i = 0; i < workers; i++)
        fprintf(out, "%-8u %-6u %-6u %s\n", i, places[i].core, places[i].numa,
                places[i].pus[0] ? places[i].pus : "(any)");
    free(places);
}

bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e)
{
    char pus[256], memory[32];
    hwloc_obj_t machine = hwloc_get_root_obj(t->hwloc);
    hwloc_bitmap_list_snprintf(pus, sizeof pus, hwloc_topology_get_topology_cpuset(t->hwloc));
    const char *model = hwloc_obj_get_info_by_name(
        hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, 0), "CPUModel");
    fprintf(out, "machine   %s, %s of memory\n", model ? model : "unknown processor",
            log_bytes((double)machine->total_memory, memory));
    fprintf(out, "given     %u cores, %u processing units (%s), %u NUMA nodes\n", topo_cores(t),
            topo_pus(t), pus, topo_numa_nodes(t));
    print_caches(t, out);
    if (t->quota_cpus > 0)
        fprintf(out, "quota     %.2f CPUs (cgroup)\n", t->quota_cpus);
    else
        fputs("quota     none\n", out);
    fprintf(out, "workers   %u by default\n", topo_workers(t));
    print_workers(t, bind, workers, out);
    return !ferror(out) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}
