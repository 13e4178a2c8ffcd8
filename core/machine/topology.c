/* The machine as we may use it: what hwloc reads, cut down to our own CPU binding, as a list of
 * processing units in the order in which workers take them. The CPU quota comes on top of it. */
#include "core/limits.h"
#include "core/machine/topology_internal.h"
#include "core/sort.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

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

bool topo_unbind_self(void)
{
    return !given_known || sched_setaffinity(0, sizeof given, &given) == 0;
}

/* ---- Units -----------------------------------------------------------------------------------*/

/* The NUMA node that holds a processing unit: its logical index. */
static unsigned node_of(const struct topo *t, hwloc_const_cpuset_t set)
{
    hwloc_obj_t node = NULL;
    while ((node = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, node)) != NULL)
        if (hwloc_bitmap_intersects(node->cpuset, set))
            return node->logical_index;
    return 0;
}

/* 0 for the fastest kind of core. hwloc numbers kinds from the slowest one, or does not know. */
static unsigned kind_of(const struct topo *t, hwloc_const_cpuset_t set)
{
    const int n = hwloc_cpukinds_get_nr(t->hwloc, 0);
    const int kind = hwloc_cpukinds_get_by_cpuset(t->hwloc, set, 0);
    int efficiency = -1;
    if (n < 2 || kind < 0 ||
        hwloc_cpukinds_get_info(t->hwloc, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0) != 0 ||
        efficiency < 0)
        return 0;
    return (unsigned)(n - 1 - efficiency);
}

static unsigned index_above(const struct topo *t, hwloc_obj_type_t type, hwloc_obj_t pu,
                            unsigned otherwise)
{
    hwloc_obj_t above = hwloc_get_ancestor_obj_by_type(t->hwloc, type, pu);
    return above ? above->logical_index : otherwise;
}

/* Fills in unit i but for its turn. Those of a core follow each other. */
static void read_unit(struct topo *t, unsigned i)
{
    hwloc_obj_t pu = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, i);
    struct topo_unit *u = &t->unit[i];
    *u = (struct topo_unit){.os = pu->os_index,
                            .core = index_above(t, HWLOC_OBJ_CORE, pu, i),
                            .l3 = index_above(t, HWLOC_OBJ_L3CACHE, pu, TOPO_NO_L3),
                            .node = node_of(t, pu->cpuset),
                            .package = index_above(t, HWLOC_OBJ_PACKAGE, pu, 0),
                            .kind = kind_of(t, pu->cpuset)};
    if (i > 0 && u[-1].core == u->core)
        u->sibling = u[-1].sibling + 1;
}

/* ---- Turns -----------------------------------------------------------------------------------*/

enum { SIBLING, KIND, IN_L3, IN_NODE, IN_PACKAGE, N_KEYS };

/* By which numbers, the first the weightiest, a unit's turn comes: which of its core's units it is,
 * its kind of core, which core of that kind of its L3 cache, which cache of its node, which node of
 * its package. Where all are the same, the packages follow each other, as the units do. Without L3
 * caches a node's part of a package stands for one. */
struct rank {
    unsigned key[N_KEYS];
    unsigned unit;
};

static int by_keys(const void *x, const void *y)
{
    const struct rank *a = x, *b = y;
    for (int k = 0; k < N_KEYS; k++)
        if (a->key[k] != b->key[k])
            return sort_order(a->key[k], b->key[k]);
    return sort_order(a->unit, b->unit);
}

/* What was counted on the way through the units, in their order. */
struct counts {
    unsigned node, l3; /* the present ones, of the package and of the node */
    unsigned *cores;   /* of each kind in the present L3 cache */
};

/* Goes on to unit i: a part is new if it, or what it is in, differs from that of the unit before.
 */
static void count_unit(const struct topo *t, unsigned i, unsigned n_kinds, struct counts *c)
{
    const struct topo_unit *u = &t->unit[i], *before = i ? u - 1 : NULL;
    const bool package = !before || before->package != u->package;
    const bool node = package || before->node != u->node;
    const bool l3 = node || before->l3 != u->l3;
    c->node = package ? 0 : c->node + node;
    c->l3 = node ? 0 : c->l3 + l3;
    if (l3)
        memset(c->cores, 0, n_kinds * sizeof *c->cores);
    c->cores[u->kind] += u->sibling == 0;
}

/* Gives each unit its turn. */
static bool order_units(struct topo *t)
{
    unsigned n_kinds = 1;
    for (unsigned i = 0; i < t->n_units; i++)
        n_kinds = t->unit[i].kind >= n_kinds ? t->unit[i].kind + 1 : n_kinds;
    struct rank *ranks = calloc(t->n_units, sizeof *ranks);
    struct counts c = {.cores = calloc(n_kinds, sizeof *c.cores)};
    const bool ok = ranks && c.cores;
    for (unsigned i = 0; ok && i < t->n_units; i++) {
        const struct topo_unit *u = &t->unit[i];
        count_unit(t, i, n_kinds, &c);
        ranks[i] = (struct rank){{u->sibling, u->kind, c.cores[u->kind] - 1, c.l3, c.node}, i};
    }
    if (ok)
        qsort(ranks, t->n_units, sizeof *ranks, by_keys);
    for (unsigned turn = 0; ok && turn < t->n_units; turn++) {
        t->by_turn[turn] = ranks[turn].unit;
        t->unit[ranks[turn].unit].turn = turn;
    }
    free(ranks);
    free(c.cores);
    return ok;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

/* Who describes a machine that is not this one: one of hwloc's variables, or a test. */
static const char *describer(void)
{
    static const char *const names[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return names[i];
    }
    return "hwloc";
}

/* Has hwloc read the machine. With HWLOC_THISSYSTEM=1 the user says that what is described is this
 * one. */
static bool load_machine(struct topo *t, const char *synthetic)
{
    const unsigned long flags =
        HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING | HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM;
    const bool ok = synthetic
                        ? hwloc_topology_set_synthetic(t->hwloc, synthetic) == 0
                        : topo_unbind_self() && hwloc_topology_set_flags(t->hwloc, flags) == 0;
    if (!ok || hwloc_topology_load(t->hwloc) != 0)
        return false;
    if (!hwloc_topology_is_thissystem(t->hwloc))
        t->described_by = synthetic ? "a test" : describer();
    return true;
}

/* Lists the units. Says nothing to *e. */
static bool list_units(struct topo *t)
{
    t->n_units = topo_count_of(t, HWLOC_OBJ_PU, 1);
    t->unit = calloc(t->n_units, sizeof *t->unit);
    t->by_turn = calloc(t->n_units, sizeof *t->by_turn);
    if (!t->unit || !t->by_turn)
        return false;
    for (unsigned i = 0; i < t->n_units; i++)
        read_unit(t, i);
    return order_units(t);
}

bool topo_open(struct topo **t, const char *synthetic, struct err *e)
{
    *t = calloc(1, sizeof **t);
    if (!*t || hwloc_topology_init(&(*t)->hwloc) != 0) {
        free(*t);
        *t = NULL;
        return err_set(e, ERR_OS, NULL, "not enough memory for the topology");
    }
    errno = 0;
    if (load_machine(*t, synthetic)) {
        (*t)->quota = (*t)->described_by ? (struct limits_quota){0, NULL} : limits_quota("");
        if (list_units(*t))
            return true;
        errno = ENOMEM;
    }
    const int failed = errno;
    topo_close(*t);
    *t = NULL;
    return err_system(e, ERR_OS, failed, NULL, "the topology of this machine cannot be read");
}

void topo_close(struct topo *t)
{
    if (!t)
        return;
    if (t->memory_nodes)
        topo_memory_own();
    hwloc_topology_destroy(t->hwloc);
    free(t->unit);
    free(t->by_turn);
    free(t);
}

/* ---- Counts ----------------------------------------------------------------------------------*/

unsigned topo_count_of(const struct topo *t, hwloc_obj_type_t type, unsigned otherwise)
{
    const int n = hwloc_get_nbobjs_by_type(t->hwloc, type);
    return n > 0 ? (unsigned)n : otherwise;
}

const char *topo_described_by(const struct topo *t)
{
    return t->described_by;
}

unsigned topo_pus(const struct topo *t)
{
    return t->n_units;
}

unsigned topo_cores(const struct topo *t)
{
    return topo_count_of(t, HWLOC_OBJ_CORE, t->n_units);
}

unsigned topo_numa_nodes(const struct topo *t)
{
    return topo_count_of(t, HWLOC_OBJ_NUMANODE, 1);
}

double topo_quota_cpus(const struct topo *t)
{
    return t->quota.cpus;
}

unsigned topo_workers(const struct topo *t)
{
    return limits_workers(topo_cores(t), t->quota.cpus);
}

const struct topo_unit *topo_units(const struct topo *t)
{
    return t->unit;
}

void topo_list_set(hwloc_const_bitmap_t set, char *text, size_t bytes)
{
    const int n = hwloc_bitmap_list_snprintf(text, bytes, set);
    char *comma = n >= (int)bytes ? strrchr(text, ',') : NULL;
    if (comma)
        *comma = 0;
}
