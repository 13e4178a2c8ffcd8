/* Topology: counts on machines that hwloc makes up, binding on this one, and limits read from
 * files that the test writes. Not here: which worker goes where (test_topology_places.c). The
 * program starts itself as `test_topology ROLE`. */
#include "core/limits.h"
#include "core/machine/topology.h"
#include "core/memory.h"
#include "core/process.h"
#include "tests/test.h"

#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As in the program (main.c): before OpenMP binds the first thread. */
__attribute__((section(".preinit_array"),
               used)) static void (*const save_given_first)(void) = topo_save_given;

static void assert_ok(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s (%s)", e->text, e->hint);
}

static struct topo *open_topo(const char *synthetic)
{
    struct topo *t = NULL;
    struct err e;
    assert_ok(topo_open(&t, synthetic, &e), &e);
    assert_non_null(t);
    return t;
}

/* ---- Counts ----------------------------------------------------------------------------------*/

struct machine {
    unsigned nodes, cores, pus; /* cores a node, processing units a core */
    const char *synthetic;
};

static const struct machine machines[] = {
    {1, 1, 1, "numa:1 core:1 pu:1"},   {1, 4, 1, "numa:1 core:4 pu:1"},
    {1, 4, 2, "numa:1 core:4 pu:2"},   {2, 4, 2, "numa:2 core:4 pu:2"},
    {2, 4, 2, "node:2 core:4 pu:2"},   {4, 3, 1, "package:2 numa:2 core:3 pu:1"},
    {8, 16, 4, "numa:8 core:16 pu:4"}, {3, 5, 2, "package:3 numa:1 l3:1 core:5 pu:2"},
};
#define N_MACHINES (sizeof machines / sizeof *machines)

static void test_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_MACHINES; i++) {
        const struct machine *m = &machines[i];
        struct topo *t = open_topo(m->synthetic);
        assert_int_equal(topo_numa_nodes(t), m->nodes);
        assert_int_equal(topo_cores(t), m->nodes * m->cores);
        assert_int_equal(topo_pus(t), m->nodes * m->cores * m->pus);
        assert_int_equal(topo_workers(t), m->nodes * m->cores);
        assert_true(topo_quota_cpus(t) == 0);
        topo_close(t);
    }
    topo_close(NULL);
}

static void test_not_a_topology(void **state)
{
    (void)state;
    struct topo *t = NULL;
    struct err e;
    assert_false(topo_open(&t, "a machine", &e));
    assert_null(t);
    assert_int_equal(e.status, ERR_OS);
}

/* ---- Binding, on this machine ----------------------------------------------------------------*/

static cpu_set_t own_set(void)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

static void test_bind(void **state)
{
    (void)state;
    cpu_set_t before = own_set();
    struct topo *t = open_topo(NULL);
    struct err e;
    unsigned n = topo_pus(t);
    cpu_set_t used;
    CPU_ZERO(&used);
    struct topo_place *places = calloc(n, sizeof *places), anywhere = {0};
    assert_non_null(places);
    topo_places(t, TOPO_BIND_PU, n, places);
    for (unsigned i = 0; i < n; i++) {
        assert_ok(topo_bind_self(&places[i], &e), &e);
        cpu_set_t now = own_set();
        assert_int_equal(CPU_COUNT(&now), 1);
        assert_true(CPU_ISSET((size_t)atoi(places[i].pus), &now));
        CPU_OR(&used, &used, &now);
    }
    assert_true(CPU_EQUAL(&used, &before)); /* all that we were given, and no other */
    topo_places(t, TOPO_BIND_CORE, n, places);
    assert_ok(topo_bind_self(&places[0], &e), &e);
    assert_ok(topo_bind_self(&anywhere, &e), &e);
    cpu_set_t after = own_set();
    assert_true(CPU_EQUAL(&before, &after));
    free(places);
    topo_close(t);
}

static void test_bind_refuses(void **state)
{
    (void)state;
    static const char *const lists[] = {"x", "1,x", ",", "4-"};
    cpu_set_t before = own_set();
    struct err e;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct topo_place place = {0};
        snprintf(place.pus, sizeof place.pus, "%s", lists[i]);
        assert_false(topo_bind_self(&place, &e));
        assert_int_equal(e.status, ERR_SOFTWARE);
        assert_non_null(strstr(e.text, lists[i]));
    }
    assert_false(topo_bind_self(&(struct topo_place){.pus = "3000"}, &e)); /* not on this machine */
    assert_int_equal(e.status, ERR_OS);
    assert_non_null(strstr(e.text, "3000"));
    cpu_set_t after = own_set();
    assert_true(CPU_EQUAL(&before, &after));
}

/* Role: exits with the number of units that it was given, or 100 if the last place is not the
 * single unit number AXB_TEST_UNIT. */
static int role_given(void)
{
    struct topo *t = open_topo(NULL);
    const char *unit = getenv("AXB_TEST_UNIT");
    struct topo_place place;
    unsigned n = topo_pus(t);
    topo_places(t, TOPO_BIND_PU, 1, &place);
    if (unit && strcmp(place.pus, unit) != 0)
        n = 100;
    if (topo_workers(t) > n || omp_get_max_threads() < 1)
        n = 101;
    topo_close(t);
    return (int)n;
}

static int run_given(char *const env[])
{
    char self[4096], role[] = "given";
    char *argv[] = {self, role, NULL};
    struct proc p;
    struct err e;
    int status = -1;
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_ok(proc_spawn(&p, argv, NULL, 0, env, &e), &e);
    assert_true(proc_reap(&p, true, &status));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* As under taskset: each unit alone. */
static void test_given_one_unit(void **state)
{
    (void)state;
    cpu_set_t before = own_set();
    unsigned tried = 0;
    for (size_t i = 0; i < CPU_SETSIZE && tried < 8; i++) {
        cpu_set_t one;
        char unit[40];
        char *env[] = {unit, NULL};
        if (!CPU_ISSET(i, &before))
            continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        snprintf(unit, sizeof unit, "AXB_TEST_UNIT=%zu", i);
        assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
        int units = run_given(env);
        assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
        assert_int_equal(units, 1);
        tried++;
    }
    assert_true(tried > 0);
}

/* OpenMP's own binding is of its threads, and no limit of ours. */
static void test_openmp_binding_is_no_limit(void **state)
{
    (void)state;
    char bind[] = "OMP_PROC_BIND=true", places[] = "OMP_PLACES=cores";
    char *env[] = {bind, places, NULL};
    cpu_set_t given = own_set();
    int units = CPU_COUNT(&given);
    assert_true(units < 100);
    assert_int_equal(run_given(env), units);
}

/* ---- Limits, on machines of files ------------------------------------------------------------*/

static char root[64];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/axb-test-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command) == 0 ? 0 : -1;
}

/* Writes a file of the machine, with the directories that lead to it. */
static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void assert_cpus(double wanted)
{
    double cpus = limits_cgroup_cpus(root);
    if (cpus != wanted)
        fail_msg("%g CPUs, not %g", cpus, wanted);
}

static void test_no_cgroups(void **state)
{
    (void)state;
    assert_cpus(0);
    assert_true(limits_cgroup_memory_bytes(root) == SIZE_MAX);
    assert_true(limits_available_bytes(root) == SIZE_MAX);
}

static void test_quota_v2(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/system.slice/run.scope\n");
    put("/sys/fs/cgroup/system.slice/run.scope/cpu.max", "max 100000\n");
    assert_cpus(0);
    put("/sys/fs/cgroup/system.slice/run.scope/cpu.max", "50000 0\n");
    assert_cpus(0);
    put("/sys/fs/cgroup/system.slice/run.scope/cpu.max", "250000 100000\n");
    assert_cpus(2.5);
    put("/sys/fs/cgroup/system.slice/cpu.max", "800000 200000\n"); /* looser above */
    assert_cpus(2.5);
    put("/sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n"); /* tighter above */
    assert_cpus(1.5);
    put("/sys/fs/cgroup/cpu.max", "50000 100000\n"); /* a container's own mount */
    assert_cpus(0.5);
    put("/sys/fs/cgroup/cpu.max", "rubbish");
    assert_cpus(1.5);
}

static void test_quota_v1(void **state)
{
    (void)state;
    static const char *const mounts[] = {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"};
    put("/proc/self/cgroup", "12:cpuset:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n");
    for (size_t i = 0; i < 2; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/docker/abc/cpu.cfs_quota_us", mounts[i]);
        put(path, "-1\n");
        assert_cpus(0);
        put(path, "300000\n");
        assert_cpus(0); /* no period, no quota */
        snprintf(path, sizeof path, "%s/docker/abc/cpu.cfs_period_us", mounts[i]);
        put(path, "100000\n");
        assert_cpus(3);
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", mounts[i]);
        put(path, "200000\n");
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", mounts[i]);
        put(path, "100000\n");
        assert_cpus(2);
        remove_root(NULL);
        mkdir(root, 0700);
        put("/proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n");
    }
    put("/sys/fs/cgroup/cpu/other/cpu.cfs_quota_us", "100\n"); /* not ours */
    put("/sys/fs/cgroup/cpu/other/cpu.cfs_period_us", "100\n");
    assert_cpus(0);
}

static void test_memory_v2(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    put("/sys/fs/cgroup/a/b/memory.current", "300\n");
    assert_true(limits_cgroup_memory_bytes(root) == SIZE_MAX);
    put("/sys/fs/cgroup/a/b/memory.max", "1000\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 700);
    put("/sys/fs/cgroup/a/b/memory.stat", "anon 50\ninactive_file 200\ninactive_file_not 7\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 900);
    put("/sys/fs/cgroup/a/b/memory.stat", "active_file 70\ninactive_file 200\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 970);
    put("/sys/fs/cgroup/a/b/memory.stat", "inactive_file 400\n"); /* more than is in use */
    assert_int_equal(limits_cgroup_memory_bytes(root), 1000);
    put("/sys/fs/cgroup/a/b/memory.high", "600\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 600);
    put("/sys/fs/cgroup/a/memory.max", "5000\n");
    put("/sys/fs/cgroup/a/memory.current", "4900\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 100);
    put("/sys/fs/cgroup/a/memory.current", "5900\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 0);
}

static void test_memory_v1(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/\n4:memory:/host/path/not/here\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assert_true(limits_cgroup_memory_bytes(root) == SIZE_MAX);
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n");
    put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "800\n");
    put("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n");
    assert_int_equal(limits_cgroup_memory_bytes(root), 700);
}

static void test_available(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemTotal:  9 kB\nMemFree:  1 kB\nMemAvailable:    1234 kB\nX: 3 kB\n");
    assert_int_equal(limits_available_bytes(root), 1234 * 1024);
    assert_true(limits_available_bytes("") > 0 && limits_available_bytes("") < SIZE_MAX);
    assert_true(mem_available_bytes() > 0 && mem_available_bytes() < SIZE_MAX);
}

static void test_statm(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(limits_private_bytes(root, 7), 0); /* no such file */
    put("/proc/7/statm", "1000 50 20 1 0 30 0\n");
    assert_int_equal(limits_private_bytes(root, 7), 30 * page);
    put("/proc/7/statm", "1000 20 50 1 0 30 0\n");
    assert_int_equal(limits_private_bytes(root, 7), 0);
    size_t before = limits_private_bytes("", getpid());
    char *block = malloc(32 << 20);
    assert_non_null(block);
    memset(block, 1, 32 << 20);
    assert_in_range(limits_private_bytes("", getpid()) - before, 31 << 20, 34 << 20);
    free(block);
}

/* What process 8 has to itself, whose parent is 7. */
static void test_own_memory(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(limits_own_bytes(root, 8), 0); /* it is gone */
    put("/proc/7/statm", "1000 50 20 1 0 30 0\n");
    put("/proc/8/statm", "1000 40 20 1 0 30 0\n");
    put("/proc/8/status", "Name:\tx\nPPid:\t7\n");
    assert_int_equal(limits_own_bytes(root, 8), 20 * page); /* an older kernel */
    put("/proc/8/smaps_rollup", "Rss: 9 kB\nPrivate_Dirty:   12 kB\nAnonymous:   80 kB\n");
    assert_int_equal(limits_own_bytes(root, 8), 12 * 1024);
    put("/proc/8/smaps_rollup", "Rss: 9 kB\nPrivate_Dirty:   12 kB\nAnonymous:   8 kB\n");
    assert_int_equal(limits_own_bytes(root, 8), 8 * 1024);
    put("/proc/8/statm", "1000 50 20 1 0 30 0\n");
    assert_int_equal(limits_own_bytes(root, 8), 0);
}

static const char *const job_variables[] = {"SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE",
                                            "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU"};

/* What Slurm gave a job bounds CPUs and memory; what is no number does not. */
static void test_job(void **state)
{
    (void)state;
    static const struct {
        const char *value[4];
        double cpus;
        size_t memory_bytes;
    } cases[] = {
        {{NULL, NULL, NULL, NULL}, 0, SIZE_MAX},
        {{"4", "8", NULL, NULL}, 4, SIZE_MAX},
        {{NULL, "8", "1024", NULL}, 8, (size_t)1 << 30},
        {{NULL, "2", NULL, "512"}, 2, (size_t)1 << 30},
        {{"0", NULL, "0", NULL}, 0, SIZE_MAX},
        {{"four", "", "99999999999999999999", "-1"}, 0, SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 4; k++)
            if (cases[i].value[k])
                setenv(job_variables[k], cases[i].value[k], 1);
            else
                unsetenv(job_variables[k]);
        assert_true(limits_job_cpus() == cases[i].cpus);
        assert_true(limits_job_memory_bytes() == cases[i].memory_bytes);
        const struct limits_quota quota = limits_quota("/nowhere");
        assert_true(quota.cpus == cases[i].cpus);
        assert_string_equal(quota.by, quota.cpus > 0 ? "the job of Slurm" : "cgroup");
    }
    for (size_t k = 0; k < 4; k++)
        unsetenv(job_variables[k]);
}

static void test_workers(void **state)
{
    (void)state;
    static const struct {
        double quota;
        unsigned cores, workers;
    } cases[] = {
        {0, 8, 8}, {3, 8, 3},   {3.99, 8, 3}, {8, 8, 8},    {20, 8, 8},
        {1, 8, 1}, {0.2, 8, 1}, {0, 1, 1},    {1e12, 8, 8}, {0, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(limits_workers(cases[i].cores, cases[i].quota), cases[i].workers);
}

/* ---- axb topology ----------------------------------------------------------------------------*/

#define EIGHT_UNITS                                                                                \
    "machine   unknown processor, 2.0 GiB of memory\n"                                             \
    "          described by a test, not this machine: nothing is pinned\n"                         \
    "given     2 NUMA nodes, 2 packages, 4 cores, 8 processing units (0-7)\n"                      \
    "caches    2 x L3 32 MiB\n"                                                                    \
    "quota     none\n"                                                                             \
    "workers   4 by default\n"

static void test_print(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    struct err e;
    struct topo *t =
        open_topo("package:2 numa:1(memory=1073741824) l3:1(size=33554432) core:2 pu:2");
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_ok(topo_print(t, TOPO_BIND_CORE, 5, out, &e), &e);
    assert_ok(topo_print(t, TOPO_BIND_NONE, 1, out, &e), &e);
    fclose(out);
    assert_string_equal(
        text, EIGHT_UNITS
        "used      by 5 workers: 2 packages, 2 NUMA nodes, 2 L3 caches, 4 cores, 5 processing "
        "units\n"
        "memory    what all workers read is spread over 2 NUMA nodes\n"
        "\n"
        "worker  package  node    L3  core  processing units\n"
        "     0        0     0     0     0  0-1\n"
        "     1        1     1     1     2  4-5\n"
        "     2        0     0     0     1  2-3\n"
        "     3        1     1     1     3  6-7\n"
        "     4        0     0     0     0  0-1\n" EIGHT_UNITS "\n"
        "worker  package  node    L3  core  processing units\n"
        "     0      any   any   any   any  any\n");
    free(text);
    topo_close(t);
}

/* No packages, no caches, no cores: nothing to fall over. */
static void test_print_little(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    struct err e;
    struct topo *t = open_topo("pu:3");
    assert_int_equal(topo_cores(t), 3);
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_ok(topo_print(t, TOPO_BIND_CORE, 3, out, &e), &e);
    fclose(out);
    assert_non_null(strstr(text, "given     1 NUMA node, 1 package, 3 cores, 3 processing units"));
    assert_non_null(strstr(text, "caches    unknown\n"));
    assert_non_null(strstr(text, "memory    of one NUMA node\n"));
    assert_null(strstr(text, "kinds"));
    assert_non_null(strstr(text, "     2        0     0     -     2  2\n"));
    free(text);
    topo_close(t);
}

static void test_print_fails(void **state)
{
    (void)state;
    struct err e;
    struct topo *t = open_topo("pu:3");
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    assert_false(topo_print(t, TOPO_BIND_CORE, 3, full, &e));
    assert_int_equal(e.status, ERR_IO);
    fclose(full);
    topo_close(t);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "given") == 0)
        return role_given();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_not_a_topology),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_refuses),
        cmocka_unit_test(test_given_one_unit),
        cmocka_unit_test(test_openmp_binding_is_no_limit),
        cmocka_unit_test_setup_teardown(test_no_cgroups, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_quota_v2, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_quota_v1, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_memory_v2, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_memory_v1, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_available, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_statm, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_own_memory, make_root, remove_root),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_little),
        cmocka_unit_test(test_print_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
