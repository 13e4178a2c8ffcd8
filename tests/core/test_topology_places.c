/* Which worker goes where, on machines of today that hwloc makes up or that a file describes. What
 * is expected was reasoned out by hand from what topology.h promises: packages take turns, then the
 * NUMA nodes of a package, then the L3 caches of a node, then the cores of a cache; second hardware
 * threads come last, and efficient cores after the others. */
#include "core/machine/topology_internal.h"
#include "tests/test.h"

#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct topo *open_topo(const char *synthetic)
{
    struct topo *t = NULL;
    struct err e;
    if (!topo_open(&t, synthetic, &e))
        fail_msg("%s", e.text);
    return t;
}

/* ---- What so many workers use -----------------------------------------------------------------*/

/* `l3_most`: the workers of the L3 cache that has most of them; likewise of a package. */
struct expected {
    unsigned workers, packages, nodes, l3, cores, units, l3_most, package_most;
};

struct use_case {
    const char *synthetic;
    struct expected expected[14]; /* up to the one without workers */
};

static const struct use_case use_cases[] = {
    /* Two packages of 96 cores with 12 L3 caches each: 24 caches of 8 cores, 16 units. */
    {"pack:2 numa:1 l3:12 core:8 pu:2",
     {{1, 1, 1, 1, 1, 1, 1, 1},
      {2, 2, 2, 2, 2, 2, 1, 1}, /* one on each package */
      {3, 2, 2, 3, 3, 3, 1, 2},
      {8, 2, 2, 8, 8, 8, 1, 4},
      {12, 2, 2, 12, 12, 12, 1, 6},
      {24, 2, 2, 24, 24, 24, 1, 12},        /* one on each cache */
      {25, 2, 2, 24, 25, 25, 2, 13},        /* the first cache has a second one */
      {48, 2, 2, 24, 48, 48, 2, 24},        /* two on each */
      {96, 2, 2, 24, 96, 96, 4, 48},        /* as many as one package has cores */
      {192, 2, 2, 24, 192, 192, 8, 96},     /* all cores */
      {193, 2, 2, 24, 192, 193, 9, 97},     /* the first second thread */
      {384, 2, 2, 24, 192, 384, 16, 192},   /* all units */
      {385, 2, 2, 24, 192, 384, 17, 193}}}, /* begins again */
    /* The same as four NUMA nodes a package (NPS4): 8 nodes of 3 caches. */
    {"pack:2 numa:4 l3:3 core:8 pu:2",
     {{1, 1, 1, 1, 1, 1, 1, 1},
      {2, 2, 2, 2, 2, 2, 1, 1},
      {3, 2, 3, 3, 3, 3, 1, 2},
      {8, 2, 8, 8, 8, 8, 1, 4},     /* one on each node */
      {12, 2, 8, 12, 12, 12, 1, 6}, /* four nodes have two, on two caches */
      {24, 2, 8, 24, 24, 24, 1, 12},
      {32, 2, 8, 24, 32, 32, 2, 16},
      {192, 2, 8, 24, 192, 192, 8, 96},
      {200, 2, 8, 24, 192, 200, 9, 100}}},
    /* 2 x 64 cores, 16 caches: 32 workers use all of them, two each. */
    {"pack:2 numa:1 l3:8 core:8 pu:2",
     {{2, 2, 2, 2, 2, 2, 1, 1}, {16, 2, 2, 16, 16, 16, 1, 8}, {32, 2, 2, 16, 32, 32, 2, 16}}},
    /* One package of 64 cores. */
    {"pack:1 numa:1 l3:8 core:8 pu:2",
     {{1, 1, 1, 1, 1, 1, 1, 1},
      {2, 1, 1, 2, 2, 2, 1, 2},
      {3, 1, 1, 3, 3, 3, 1, 3},
      {8, 1, 1, 8, 8, 8, 1, 8},
      {12, 1, 1, 8, 12, 12, 2, 12},
      {64, 1, 1, 8, 64, 64, 8, 64},
      {65, 1, 1, 8, 64, 65, 9, 65},
      {128, 1, 1, 8, 64, 128, 16, 128},
      {129, 1, 1, 8, 64, 128, 17, 129}}},
    /* Four sockets with one cache each. */
    {"pack:4 numa:1 l3:1 core:24 pu:2",
     {{1, 1, 1, 1, 1, 1, 1, 1},
      {2, 2, 2, 2, 2, 2, 1, 1},
      {3, 3, 3, 3, 3, 3, 1, 1},
      {8, 4, 4, 4, 8, 8, 2, 2},
      {12, 4, 4, 4, 12, 12, 3, 3},
      {96, 4, 4, 4, 96, 96, 24, 24},
      {97, 4, 4, 4, 96, 97, 25, 25},
      {192, 4, 4, 4, 96, 192, 48, 48},
      {500, 4, 4, 4, 96, 192, 125, 125}}}, /* 2 x 192 + 116: of each package 48 + 48 + 29 */
    /* Two packages, and the firmware shows one node for both. */
    {"numa:1 pack:2 core:64 pu:2",
     {{2, 2, 1, 0, 2, 2, 0, 1},
      {12, 2, 1, 0, 12, 12, 0, 6},
      {64, 2, 1, 0, 64, 64, 0, 32},
      {128, 2, 1, 0, 128, 128, 0, 64}}},
    /* A virtual machine that hides its caches. */
    {"pack:1 core:8 pu:1",
     {{1, 1, 1, 0, 1, 1, 0, 1},
      {3, 1, 1, 0, 3, 3, 0, 3},
      {8, 1, 1, 0, 8, 8, 0, 8},
      {12, 1, 1, 0, 8, 8, 0, 12}}},
    /* A laptop. */
    {"pack:1 numa:1 l3:1 core:4 pu:2",
     {{1, 1, 1, 1, 1, 1, 1, 1},
      {2, 1, 1, 1, 2, 2, 2, 2},
      {3, 1, 1, 1, 3, 3, 3, 3},
      {8, 1, 1, 1, 4, 8, 8, 8},
      {12, 1, 1, 1, 4, 8, 12, 12}}},
};

/* The most workers of one part: `part` gives its number, up to 1024. */
static unsigned most_of(const struct topo_place *places, unsigned n,
                        uint32_t (*part)(const struct topo_unit *))
{
    unsigned count[1024] = {0}, most = 0;
    for (unsigned i = 0; i < n; i++) {
        const uint32_t k = part(&places[i].unit);
        if (k < 1024 && ++count[k] > most)
            most = count[k];
    }
    return most;
}

static uint32_t l3_of(const struct topo_unit *u)
{
    return u->l3;
}

static uint32_t package_of(const struct topo_unit *u)
{
    return u->package;
}

static void check_use(const struct topo *t, const char *machine, const struct expected *x)
{
    const struct topo_use use = topo_used(t, x->workers);
    struct topo_place *places = calloc(x->workers, sizeof *places);
    assert_non_null(places);
    topo_places(t, TOPO_BIND_CORE, x->workers, places);
    const struct expected got = {x->workers,
                                 use.packages,
                                 use.nodes,
                                 use.l3_caches,
                                 use.cores,
                                 use.units,
                                 most_of(places, x->workers, l3_of),
                                 most_of(places, x->workers, package_of)};
    if (memcmp(&got, x, sizeof got) != 0)
        fail_msg(
            "%s, %u workers: packages %u (%u), nodes %u (%u), L3 %u (%u), cores %u (%u), units "
            "%u (%u), on one L3 %u (%u), on one package %u (%u)",
            machine, x->workers, got.packages, x->packages, got.nodes, x->nodes, got.l3, x->l3,
            got.cores, x->cores, got.units, x->units, got.l3_most, x->l3_most, got.package_most,
            x->package_most);
    free(places);
}

static void test_use(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof use_cases / sizeof *use_cases; i++) {
        struct topo *t = open_topo(use_cases[i].synthetic);
        for (const struct expected *x = use_cases[i].expected; x->workers; x++)
            check_use(t, use_cases[i].synthetic, x);
        topo_close(t);
    }
}

/* ---- Every worker of machines that are the same all over --------------------------------------*/

/* Packages, nodes a package, L3 caches a node, cores a cache, units a core. */
struct machine {
    unsigned packages, nodes, l3, cores, pus;
    const char *synthetic;
};

static const struct machine machines[] = {
    {1, 1, 1, 1, 1, "numa:1 core:1 pu:1"},
    {1, 1, 1, 4, 2, "numa:1 core:4 pu:2"},
    {1, 2, 1, 4, 2, "numa:2 core:4 pu:2"},
    {1, 2, 1, 4, 2, "node:2 core:4 pu:2"},
    {2, 2, 1, 3, 1, "package:2 numa:2 core:3 pu:1"},
    {1, 8, 1, 16, 4, "numa:8 core:16 pu:4"},
    {3, 1, 1, 5, 2, "package:3 numa:1 l3:1 core:5 pu:2"},
    {2, 4, 3, 8, 2, "package:2 numa:4 l3:3 core:8 pu:2"},
    {4, 1, 2, 3, 1, "package:4 numa:1 l3:2 core:3 pu:1"},
};

/* "7", or "4-7" of more than one. */
static const char *list_of(unsigned first, unsigned n, char text[32])
{
    snprintf(text, 32, n > 1 ? "%u-%u" : "%u", first, first + n - 1);
    return text;
}

/* Where worker i belongs, counted out. */
static void check_place(const struct machine *m, enum topo_bind bind, unsigned i,
                        const struct topo_place *place)
{
    char list[32] = "";
    const unsigned all_cores = m->packages * m->nodes * m->l3 * m->cores, r = i % all_cores;
    const unsigned package = r % m->packages;
    const unsigned node = package * m->nodes + r / m->packages % m->nodes;
    const unsigned l3 = node * m->l3 + r / (m->packages * m->nodes) % m->l3;
    const unsigned core = l3 * m->cores + r / (m->packages * m->nodes * m->l3);
    const unsigned sibling = i / all_cores % m->pus, node_pus = m->l3 * m->cores * m->pus;
    if (bind == TOPO_BIND_PU)
        list_of(core * m->pus + sibling, 1, list);
    if (bind == TOPO_BIND_CORE)
        list_of(core * m->pus, m->pus, list);
    if (bind == TOPO_BIND_NUMA)
        list_of(node * node_pus, node_pus, list);
    assert_string_equal(place->pus, list);
    assert_int_equal(place->unit.core, core);
    assert_int_equal(place->unit.node, node);
    assert_int_equal(place->unit.sibling, sibling);
    assert_false(place->own_memory);
}

static void test_places(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof machines / sizeof *machines; k++) {
        const struct machine *m = &machines[k];
        struct topo *t = open_topo(m->synthetic);
        const unsigned n = 2 * topo_pus(t) + 3;
        struct topo_place *places = calloc(n, sizeof *places);
        assert_non_null(places);
        for (int bind = TOPO_BIND_CORE; bind <= TOPO_BIND_NONE; bind++) {
            memset(places, 0xff, n * sizeof *places);
            topo_places(t, (enum topo_bind)bind, n, places);
            for (unsigned i = 0; i < n; i++)
                check_place(m, (enum topo_bind)bind, i, &places[i]);
        }
        free(places);
        topo_close(t);
    }
}

/* ---- The order in which units are taken -------------------------------------------------------*/

static char folder[64], file[100];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/axb-test-XXXXXX");
    const bool ok = mkdtemp(folder) != NULL;
    snprintf(file, sizeof file, "%s/machine.xml", folder);
    return ok ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

/* Units "first-last" of a kind of core, the more efficient the faster (as hwloc has it). */
struct kind {
    const char *units;
    int efficiency;
};

static void describe_this_machine(void)
{
    hwloc_topology_t h;
    assert_int_equal(hwloc_topology_init(&h), 0);
    assert_int_equal(hwloc_topology_load(h), 0);
    assert_int_equal(hwloc_topology_export_xml(h, file, 0), 0);
    hwloc_topology_destroy(h);
}

/* Describes a machine in a file: the units of a synthetic one without those that are not given, in
 * kinds up to the one without units. */
static void describe(const char *synthetic, const char *without, const struct kind *kinds)
{
    hwloc_topology_t h;
    hwloc_bitmap_t set = hwloc_bitmap_alloc(), given = hwloc_bitmap_alloc();
    assert_int_equal(hwloc_topology_init(&h), 0);
    assert_int_equal(hwloc_topology_set_synthetic(h, synthetic), 0);
    assert_int_equal(hwloc_topology_load(h), 0);
    hwloc_bitmap_list_sscanf(set, without);
    hwloc_bitmap_andnot(given, hwloc_topology_get_topology_cpuset(h), set);
    assert_int_equal(hwloc_topology_restrict(h, given, 0), 0);
    for (; kinds->units; kinds++) {
        hwloc_bitmap_list_sscanf(set, kinds->units);
        assert_int_equal(hwloc_cpukinds_register(h, set, kinds->efficiency, 0, NULL, 0), 0);
    }
    assert_int_equal(hwloc_topology_export_xml(h, file, 0), 0);
    hwloc_topology_destroy(h);
    hwloc_bitmap_free(set);
    hwloc_bitmap_free(given);
}

/* Are the units of the machine in the file taken in this order, "0 8 4 …"? */
static void check_order(const char *order)
{
    assert_int_equal(setenv("HWLOC_XMLFILE", file, 1), 0);
    struct topo *t = open_topo(NULL);
    assert_int_equal(unsetenv("HWLOC_XMLFILE"), 0);
    char got[1024] = "";
    struct topo_place *places = calloc(topo_pus(t), sizeof *places);
    assert_non_null(places);
    topo_places(t, TOPO_BIND_PU, topo_pus(t), places);
    for (unsigned i = 0; i < topo_pus(t); i++) {
        const size_t n = strlen(got);
        snprintf(got + n, sizeof got - n, "%s%s", i ? " " : "", places[i].pus);
        assert_int_equal(places[i].unit.turn, i);
    }
    free(places);
    topo_close(t);
    assert_string_equal(got, order);
}

struct order_case {
    const char *synthetic, *without; /* units that are not given, as a list */
    struct kind kinds[4];            /* up to the one without units */
    const char *order;
};

static const struct order_case order_cases[] = {
    /* Packages have units 0-7 and 8-15, nodes 0-3, 4-7, 8-11, 12-15, cores two each. */
    {"pack:2 numa:2 l3:1 core:2 pu:2", "", {{NULL, 0}}, "0 8 4 12 2 10 6 14 1 9 5 13 3 11 7 15"},
    /* Eight performance cores with two threads, 0-15, and eight efficient ones with one, 16 18 …
     * 30. So sixteen workers, the default, have a core each. */
    {"pack:1 numa:1 l3:1 core:16 pu:2",
     "17,19,21,23,25,27,29,31",
     {{"0-15", 1}, {"16-31", 0}},
     "0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 1 3 5 7 9 11 13 15"},
    /* One large core, three of middle size, four small ones, which the system counts from the small
     * ones on; in two L3 caches: the small ones are in the first. */
    {"pack:1 numa:1 l3:2 core:4 pu:1", "", {{"0-3", 0}, {"4-6", 1}, {"7", 2}}, "7 4 5 6 0 1 2 3"},
    /* Two packages of two caches: units 0-7, 8-15; 16-23, 24-31. Of the first package all of the
     * first cache, and the first core of the second, are not ours. */
    {"pack:2 numa:1 l3:2 core:4 pu:2",
     "0-9",
     {{NULL, 0}},
     "10 16 24 12 18 26 14 20 28 22 30 11 17 25 13 19 27 15 21 29 23 31"},
    /* A core of which we were given the second thread alone is a core like any other. */
    {"pack:1 numa:1 l3:1 core:3 pu:2", "2,4", {{NULL, 0}}, "0 3 5 1"},
    /* The system numbers first threads first, as Linux does: 0-3 are cores, 4-7 their second
     * threads. */
    {"pack:2 numa:1 core:2 pu:2(indexes=pack:core)", "", {{NULL, 0}}, "0 1 2 3 4 5 6 7"},
};

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof order_cases / sizeof *order_cases; i++) {
        const struct order_case *c = &order_cases[i];
        describe(c->synthetic, c->without, c->kinds);
        check_order(c->order);
    }
}

/* Nodes of which the system numbers the units in turn: a list without ranges, too long for a
 * place. It is cut between numbers, never within one: "1023" must not become "10". */
static void test_long_lists(void **state)
{
    (void)state;
    struct topo *t = open_topo("numa:2 core:512 pu:1(indexes=numa:core)");
    struct topo_place places[2];
    topo_places(t, TOPO_BIND_NUMA, 2, places);
    for (unsigned node = 0; node < 2; node++) {
        size_t n = strlen(places[node].pus);
        unsigned wanted = node;
        assert_true(n < sizeof places[node].pus && n + 6 > sizeof places[node].pus);
        for (const char *at = places[node].pus;; at++) {
            char *end;
            assert_int_equal(strtoul(at, &end, 10), wanted);
            assert_true(*end == ',' || *end == 0);
            wanted += 2;
            at = end;
            if (!*end)
                break;
        }
    }
    topo_close(t);
}

/* ---- Other machines than this one -------------------------------------------------------------*/

static void check_described(const char *variable, const char *value, const char *here,
                            const char *by)
{
    struct topo *t = NULL;
    struct err e;
    assert_int_equal(setenv(variable, value, 1), 0);
    if (here)
        assert_int_equal(setenv("HWLOC_THISSYSTEM", here, 1), 0);
    const bool ok = topo_open(&t, NULL, &e);
    unsetenv(variable);
    unsetenv("HWLOC_THISSYSTEM");
    assert_true(ok);
    if (by)
        assert_string_equal(topo_described_by(t), by);
    else
        assert_null(topo_described_by(t));
    topo_close(t);
}

static void test_described(void **state)
{
    (void)state;
    describe("numa:2 core:2 pu:1", "", &(struct kind){NULL, 0});
    check_described("HWLOC_SYNTHETIC", "numa:2 core:2 pu:1", NULL, "HWLOC_SYNTHETIC");
    check_described("HWLOC_XMLFILE", file, NULL, "HWLOC_XMLFILE");
    check_described("HWLOC_XMLFILE", file, "0", "HWLOC_XMLFILE");
    check_described("HWLOC_XMLFILE", "", NULL, NULL);
    check_described("AXB_NO_SUCH_THING", "1", NULL, NULL);
    describe_this_machine(); /* reading a file takes less time: the user says that it is of here */
    check_described("HWLOC_XMLFILE", file, NULL, "HWLOC_XMLFILE");
    check_described("HWLOC_XMLFILE", file, "1", NULL);
}

/* ---- Memory -----------------------------------------------------------------------------------*/

static void put_nodes(const char *text)
{
    char path[200];
    const char *const folders[] = {"sys", "sys/devices", "sys/devices/system",
                                   "sys/devices/system/node"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "%s/sys/devices/system/node/has_cpu", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_has_nodes(void **state)
{
    (void)state;
    assert_false(topo_has_nodes(folder)); /* a kernel without NUMA */
    put_nodes("0\n");
    assert_false(topo_has_nodes(folder));
    put_nodes("0-1\n");
    assert_true(topo_has_nodes(folder));
    put_nodes("0,2\n");
    assert_true(topo_has_nodes(folder));
    put_nodes("");
    assert_false(topo_has_nodes(folder));
}

static int policy_now(void)
{
    int policy = -1;
    assert_int_equal(syscall(SYS_get_mempolicy, &policy, NULL, 0ul, NULL, 0ul), 0);
    return policy;
}

/* Containers may forbid it. */
static bool may_set_policy(void)
{
    return syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0ul) == 0;
}

static void test_memory_for(void **state)
{
    (void)state;
    struct topo *t = open_topo("pack:2 numa:4 l3:3 core:8 pu:2");
    assert_int_equal(topo_memory_for(t, 1), TOPO_MEMORY_ONE_NODE);
    assert_int_equal(topo_memory_for(t, 2), TOPO_MEMORY_SPREAD);
    assert_int_equal(topo_memory_for(t, 192), TOPO_MEMORY_SPREAD);
    topo_spread_memory(t, 192); /* another machine: nothing is done */
    assert_int_equal(topo_memory_nodes(t), 0);
    topo_close(t);
    t = open_topo("pack:2 core:8 pu:2");
    assert_int_equal(topo_memory_for(t, 16), TOPO_MEMORY_ONE_NODE);
    topo_close(t);
}

/* As on a machine with two nodes. Where it has one, the kernel takes that of the two. */
static void test_memory_is_spread(void **state)
{
    (void)state;
    const unsigned long node = 1;
    struct err e;
    struct topo_place place;
    if (!may_set_policy())
        skip();
    struct topo *t = open_topo("numa:2 core:2 pu:1");
    t->described_by = NULL;
    topo_spread_memory(t, 1); /* on one node */
    assert_int_equal(policy_now(), MPOL_DEFAULT);
    topo_spread_memory(t, 2);
    assert_int_equal(policy_now(), MPOL_INTERLEAVE);
    assert_int_equal(topo_memory_nodes(t), 2);
    assert_int_equal(topo_memory_for(t, 2), TOPO_MEMORY_SPREAD);
    topo_places(t, TOPO_BIND_NONE, 1, &place);
    assert_true(place.own_memory);
    assert_true(topo_bind_self(&place, &e)); /* what a worker does */
    assert_int_equal(policy_now(), MPOL_DEFAULT);
    assert_int_equal(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &node, 8ul), 0);
    topo_close(t); /* so that the next run does not take it for the user's */
    assert_int_equal(policy_now(), MPOL_DEFAULT);
}

/* numactl --interleave and the like: the policy is the user's, for us and for workers. */
static void test_memory_is_chosen(void **state)
{
    (void)state;
    const unsigned long node = 1;
    struct err e;
    struct topo_place place;
    if (!may_set_policy())
        skip();
    struct topo *t = open_topo("numa:2 core:2 pu:1");
    t->described_by = NULL;
    assert_int_equal(syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8ul), 0);
    assert_int_equal(topo_memory_for(t, 2), TOPO_MEMORY_CHOSEN);
    topo_spread_memory(t, 2);
    assert_int_equal(topo_memory_nodes(t), 0);
    topo_places(t, TOPO_BIND_NONE, 1, &place);
    assert_true(topo_bind_self(&place, &e));
    assert_int_equal(policy_now(), MPOL_BIND);
    assert_true(may_set_policy());
    topo_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_places),
        cmocka_unit_test_setup_teardown(test_order, make_folder, remove_folder),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test_setup_teardown(test_described, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_has_nodes, make_folder, remove_folder),
        cmocka_unit_test(test_memory_for),
        cmocka_unit_test(test_memory_is_spread),
        cmocka_unit_test(test_memory_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
