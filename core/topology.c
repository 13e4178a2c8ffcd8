/* The machine as we may use it, and binding to it.
 *
 * hwloc reads the topology, cut down to our own CPU binding; the cgroup quota comes on top of it.
 * A worker needs no topology: it is told its processing units and binds itself to them. */
#include "core/topology.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/sort.h"

#include <errno.h>
#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct topo {
    hwloc_topology_t hwloc;
    double quota_cpus;
};

/* ---- What we were given ----------------------------------------------------------------------
 * With OMP_PROC_BIND or OMP_PLACES set, as on many clusters, libgomp binds the first thread to one
 * core while it is loaded, before main. Anyone who asks later sees only one core, and children
 * inherit that. So the program reads the mask before its libraries are initialised (main.c). Sets
 * of more than CPU_SETSIZE units are left to hwloc, unsaved. */
static cpu_set_t given;
static bool given_known;

__attribute__((no_sanitize("address", "thread", "undefined"))) void topo_save_given(void)
{
    given_known = sched_getaffinity(0, sizeof given, &given) == 0;
}

/* Gives the calling thread all that the process was given. */
static bool unbind_self(void)
{
    return !given_known || sched_setaffinity(0, sizeof given, &given) == 0;
}

/* ---- Topology --------------------------------------------------------------------------------*/

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
                        : unbind_self() && hwloc_topology_set_flags((*t)->hwloc, flags) == 0;
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

/* How many objects of a type there are, on whatever level; `otherwise` if the system does not say.
 */
static unsigned count_of(const struct topo *t, hwloc_obj_type_t type, unsigned otherwise)
{
    int n = hwloc_get_nbobjs_by_type(t->hwloc, type);
    return n > 0 ? (unsigned)n : otherwise;
}

unsigned topo_pus(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_PU, 1);
}

unsigned topo_cores(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_CORE, topo_pus(t));
}

unsigned topo_numa_nodes(const struct topo *t)
{
    return count_of(t, HWLOC_OBJ_NUMANODE, 1);
}

double topo_quota_cpus(const struct topo *t)
{
    return t->quota_cpus;
}

unsigned topo_workers(const struct topo *t)
{
    return limits_workers(topo_cores(t), t->quota_cpus);
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
        return sort_order(a->sibling, b->sibling);
    if (a->turn != b->turn)
        return sort_order(a->turn, b->turn);
    return sort_order(a->numa, b->numa);
}

/* All processing units in the order in which workers take them; the caller frees them. NULL if
 * there is no memory: then workers run anywhere. */
static struct unit *order_units(const struct topo *t, unsigned *n)
{
    *n = topo_pus(t);
    unsigned nodes = topo_numa_nodes(t);
    struct unit *units = calloc(*n, sizeof *units);
    unsigned *turns = calloc(nodes, sizeof *turns);
    if (!units || !turns) {
        free(units);
        free(turns);
        return NULL;
    }
    hwloc_obj_t last_core = NULL;
    for (unsigned i = 0; i < *n; i++) {
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
    qsort(units, *n, sizeof *units, by_turn);
    return units;
}

/* A list that is too long ends after a whole number: it must not name a unit that is not ours. */
static void list_set(hwloc_const_bitmap_t set, char *text, size_t bytes)
{
    int n = hwloc_bitmap_list_snprintf(text, bytes, set);
    char *comma = n >= (int)bytes ? strrchr(text, ',') : NULL;
    if (comma)
        *comma = 0;
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
        list_set(node ? node->cpuset : u->pu->cpuset, place->pus, sizeof place->pus);
        break;
    case TOPO_BIND_CORE:
        list_set(core ? core->cpuset : u->pu->cpuset, place->pus, sizeof place->pus);
        break;
    case TOPO_BIND_PU:
        list_set(u->pu->cpuset, place->pus, sizeof place->pus);
        break;
    }
}

void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places)
{
    unsigned n_units;
    struct unit *units = t ? order_units(t, &n_units) : NULL;
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
        return unbind_self() || err_system(e, ERR_OS, errno, NULL, "cannot be unbound");
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    if (!set)
        return err_set(e, ERR_OS, NULL, "not enough memory to be bound to %s", place->pus);
    if (hwloc_bitmap_list_sscanf(set, place->pus) != 0 || hwloc_bitmap_last(set) < 0) {
        hwloc_bitmap_free(set);
        return err_set(e, ERR_SOFTWARE, NULL, "\"%s\" is not a list of processing units",
                       place->pus);
    }
    size_t units = (size_t)hwloc_bitmap_last(set) + 1, bytes = CPU_ALLOC_SIZE(units);
    cpu_set_t *cpus = CPU_ALLOC(units);
    int i = -1;
    if (cpus)
        CPU_ZERO_S(bytes, cpus);
    while (cpus && (i = hwloc_bitmap_next(set, i)) >= 0)
        CPU_SET_S((size_t)i, bytes, cpus);
    bool ok = cpus && sched_setaffinity(0, bytes, cpus) == 0;
    int failed = errno;
    CPU_FREE(cpus);
    hwloc_bitmap_free(set);
    return ok || err_system(e, ERR_OS, failed, NULL, "cannot be bound to %s", place->pus);
}

/* ---- axb topology ----------------------------------------------------------------------------*/

static const char *model_of(const struct topo *t)
{
    hwloc_obj_t package = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (!model)
        model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(t->hwloc), "CPUModel");
    return model ? model : "unknown processor";
}

/* "4 cores", "1 core". */
static void print_count(unsigned n, const char *one, const char *many, const char *after, FILE *out)
{
    fprintf(out, "%u %s%s", n, n == 1 ? one : many, after);
}

void topo_describe(const struct topo *t, struct topo_facts *facts)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE,
                                             HWLOC_OBJ_L1CACHE};
    static const char *const names[] = {"L3", "L2", "L1d"};
    *facts = (struct topo_facts){.model = model_of(t),
                                 .memory_bytes = hwloc_get_root_obj(t->hwloc)->total_memory,
                                 .packages = count_of(t, HWLOC_OBJ_PACKAGE, 1)};
    list_set(hwloc_topology_get_topology_cpuset(t->hwloc), facts->pus, sizeof facts->pus);
    for (int i = 0; i < 3; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(t->hwloc, types[i], 0);
        if (!cache)
            continue;
        facts->cache[facts->n_caches].name = names[i];
        facts->cache[facts->n_caches].n = count_of(t, types[i], 1);
        facts->cache[facts->n_caches++].bytes = cache->attr->cache.size;
    }
}

static void print_given(const struct topo *t, const struct topo_facts *facts, FILE *out)
{
    char after[1100];
    snprintf(after, sizeof after, " (%s)\n", facts->pus);
    fputs("given     ", out);
    print_count(topo_numa_nodes(t), "NUMA node", "NUMA nodes", ", ", out);
    print_count(facts->packages, "package", "packages", ", ", out);
    print_count(topo_cores(t), "core", "cores", ", ", out);
    print_count(topo_pus(t), "processing unit", "processing units", after, out);
}

static void print_caches(const struct topo_facts *facts, FILE *out)
{
    char size[32];
    fputs("caches    ", out);
    for (unsigned i = 0; i < facts->n_caches; i++)
        fprintf(out, "%s%u x %s %s", i ? ", " : "", facts->cache[i].n, facts->cache[i].name,
                log_bytes((double)facts->cache[i].bytes, size));
    fputs(facts->n_caches ? "\n" : "unknown\n", out);
}

static void print_workers(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out)
{
    struct topo_place *places = calloc(workers, sizeof *places);
    if (!places)
        return;
    topo_places(t, bind, workers, places);
    fprintf(out, "\n%6s  %6s  %6s  %s\n", "worker", "node", "core", "processing units");
    for (unsigned i = 0; i < workers; i++) {
        if (places[i].pus[0])
            fprintf(out, "%6u  %6u  %6u  %s\n", i, places[i].numa, places[i].core, places[i].pus);
        else
            fprintf(out, "%6u  %6s  %6s  any\n", i, "any", "any");
    }
    free(places);
}

bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e)
{
    char memory[32];
    struct topo_facts facts;
    topo_describe(t, &facts);
    fprintf(out, "machine   %s, %s of memory\n", facts.model,
            log_bytes((double)facts.memory_bytes, memory));
    print_given(t, &facts, out);
    print_caches(&facts, out);
    if (t->quota_cpus > 0)
        fprintf(out, "quota     %.2f CPUs (cgroup)\n", t->quota_cpus);
    else
        fputs("quota     none\n", out);
    fprintf(out, "workers   %u by default\n", topo_workers(t));
    print_workers(t, bind, workers, out);
    return !ferror(out) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}
