/* Reads cgroup v1 and v2 limits, of our own group and of every group above it, and what a job was
 * given.
 *
 * Version 2 is documented in Linux' admin-guide/cgroup-v2.rst, version 1 in admin-guide/cgroup-v1.
 * Within a container the path in /proc/self/cgroup is often that of the host and is not there:
 * going up from it ends at the mount, which is the container's own group. */
#include "core/limits.h"
#include "core/base.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define NO_LIMIT ((uint64_t)1 << 60) /* version 1 says "none" by a number near 2^63 */
#define GROW_LEAST ((size_t)1 << 20)
#define GROW_MOST ((size_t)64 << 20)

/* ---- Files -----------------------------------------------------------------------------------*/

/* Reads "123", "123 456" or "max 456" into up to two values; "max" and negative numbers are
 * UINT64_MAX. Returns how many there were. */
static int read_values(const char *directory, const char *name, uint64_t value[2])
{
    char text[2][32], path[4 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int n = fscanf(f, "%31s %31s", text[0], text[1]);
    fclose(f);
    for (int i = 0; i < n && i < 2; i++)
        value[i] = strcmp(text[i], "max") == 0 || text[i][0] == '-' ? UINT64_MAX
                                                                    : strtoull(text[i], NULL, 10);
    return n < 0 ? 0 : n;
}

/* The number after `key` and blanks at the start of a line of a file; `otherwise` if there is
 * none. */
static uint64_t read_key(const char *directory, const char *name, const char *key,
                         uint64_t otherwise)
{
    char line[256], path[4 * PATH_BYTES];
    size_t n = strlen(key);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, n) == 0 && (line[n] == ' ' || line[n] == '\t'))
            otherwise = strtoull(line + n, NULL, 10);
    if (f)
        fclose(f);
    return otherwise;
}

/* ---- Groups ----------------------------------------------------------------------------------*/

/* Whether `name` is in a list with commas; the empty list has the empty name. */
static bool lists(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (;; names++) {
        size_t length = strcspn(names, ",");
        if (length == n && memcmp(names, name, n) == 0)
            return true;
        names += length;
        if (!*names)
            return false;
    }
}

/* Our path in the hierarchy of a controller ("" is that of version 2), as /proc/self/cgroup says
 * in lines "NUMBER:CONTROLLERS:PATH"; "" if it does not. */
static void own_path(const char *root, const char *controller, char path[PATH_BYTES])
{
    char line[2 * PATH_BYTES], file[PATH_BYTES];
    path[0] = 0;
    snprintf(file, sizeof file, "%s/proc/self/cgroup", root);
    FILE *f = fopen(file, "re");
    while (f && fgets(line, sizeof line, f)) {
        char *names = strchr(line, ':'), *where = names ? strchr(names + 1, ':') : NULL;
        if (!where)
            continue;
        *where++ = 0;
        where[strcspn(where, "\n")] = 0;
        if (lists(names + 1, controller))
            snprintf(path, PATH_BYTES, "%s", where);
    }
    if (f)
        fclose(f);
}

/* Calls `visit` with each directory from our own group up to the mount. */
static void each_group(const char *root, const char *mount, const char *controller,
                       void (*visit)(const char *directory, void *context), void *context)
{
    char path[PATH_BYTES], directory[3 * PATH_BYTES];
    own_path(root, controller, path);
    for (;;) {
        snprintf(directory, sizeof directory, "%s/sys/fs/cgroup%s%s", root, mount, path);
        visit(directory, context);
        char *slash = strrchr(path, '/');
        if (!slash)
            return;
        *slash = 0;
    }
}

/* ---- Memory ----------------------------------------------------------------------------------*/

/* The smaller of what is left and limit - usage; pages of files are not counted as used, since they
 * are dropped before anything fails. */
static void visit_memory(const char *directory, void *context)
{
    static const struct {
        const char *limit, *usage, *cache[2];
    } versions[] = {
        {"memory.max", "memory.current", {"inactive_file", "active_file"}},
        {"memory.high", "memory.current", {"inactive_file", "active_file"}},
        {"memory.limit_in_bytes",
         "memory.usage_in_bytes",
         {"total_inactive_file", "total_active_file"}},
    };
    size_t *left = context;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        uint64_t limit[2], usage[2];
        if (read_values(directory, versions[i].limit, limit) < 1 || limit[0] >= NO_LIMIT)
            continue;
        uint64_t used = read_values(directory, versions[i].usage, usage) < 1 ? 0 : usage[0];
        uint64_t cache = read_key(directory, "memory.stat", versions[i].cache[0], 0) +
                         read_key(directory, "memory.stat", versions[i].cache[1], 0);
        used = used > cache ? used - cache : 0;
        size_t left_here = limit[0] > used ? (size_t)(limit[0] - used) : 0;
        *left = least_size(left_here, *left);
    }
}

size_t limits_cgroup_memory_bytes(const char *root)
{
    size_t left = SIZE_MAX;
    each_group(root, "", "", visit_memory, &left);
    each_group(root, "/memory", "memory", visit_memory, &left);
    return left;
}

size_t limits_available_bytes(const char *root)
{
    char directory[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s/proc", root);
    uint64_t kib = read_key(directory, "meminfo", "MemAvailable:", UINT64_MAX);
    return kib > SIZE_MAX / 1024 ? SIZE_MAX : (size_t)kib * 1024;
}

/* The n-th number of a process' statm, pages, in bytes; 0 if it cannot be read. */
static size_t statm_bytes(const char *root, pid_t pid, int n)
{
    char path[PATH_BYTES];
    unsigned long pages = 0;
    snprintf(path, sizeof path, "%s/proc/%d/statm", root, (int)pid);
    FILE *f = fopen(path, "re");
    for (int i = 0; f && i <= n; i++)
        if (fscanf(f, "%lu", &pages) != 1)
            pages = 0;
    if (f)
        fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t limits_private_bytes(const char *root, pid_t pid)
{
    size_t resident = statm_bytes(root, pid, 1), shared = statm_bytes(root, pid, 2);
    return resident > shared ? resident - shared : 0;
}

/* Two processes with one memory, as after vfork, are told by its figures. */
static bool has_memory_of(const char *root, pid_t pid, pid_t parent)
{
    bool same = true;
    for (int n = 0; n < 3; n++)
        same = same && statm_bytes(root, pid, n) == statm_bytes(root, parent, n);
    return same;
}

size_t limits_own_bytes(const char *root, pid_t pid)
{
    char directory[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s/proc/%d", root, (int)pid);
    if (has_memory_of(root, pid, (pid_t)read_key(directory, "status", "PPid:", 0)))
        return 0;
    const uint64_t own = read_key(directory, "smaps_rollup", "Private_Dirty:", UINT64_MAX),
                   anonymous = read_key(directory, "smaps_rollup", "Anonymous:", UINT64_MAX),
                   kib = own < anonymous ? own : anonymous; /* files are counted elsewhere */
    return kib == UINT64_MAX ? limits_private_bytes(root, pid) : (size_t)kib * 1024;
}

size_t limits_address_bytes(const char *root)
{
    struct rlimit limit;
    size_t used = statm_bytes(root, getpid(), 0);
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 0;
}

size_t limits_file_bytes(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

size_t limits_segment_bytes(size_t have, size_t need, size_t reserve, size_t available)
{
    size_t most = available < reserve - have ? have + available : reserve;
    size_t spare = have / 4 < GROW_LEAST ? GROW_LEAST : have / 4 > GROW_MOST ? GROW_MOST : have / 4;
    if (need > most)
        return 0;
    return spare < most - need ? need + spare : most;
}

/* ---- CPUs ------------------------------------------------------------------------------------*/

/* The smaller of what there is and quota / period. */
static void visit_cpus(const char *directory, void *context)
{
    double *cpus = context;
    uint64_t v[2], period[2];
    int n = read_values(directory, "cpu.max", v);
    if (n < 2) {
        n = read_values(directory, "cpu.cfs_quota_us", v);
        n = n == 1 && read_values(directory, "cpu.cfs_period_us", period) == 1 ? 2 : 0;
        v[1] = n ? period[0] : 0;
    }
    if (n < 2 || v[0] == UINT64_MAX || v[1] == 0)
        return;
    double here = (double)v[0] / (double)v[1];
    *cpus = *cpus == 0 || here < *cpus ? here : *cpus;
}

double limits_cgroup_cpus(const char *root)
{
    double cpus = 0;
    each_group(root, "", "", visit_cpus, &cpus);
    each_group(root, "/cpu", "cpu", visit_cpus, &cpus);
    each_group(root, "/cpu,cpuacct", "cpu", visit_cpus, &cpus);
    return cpus;
}

/* The whole number in a variable of the environment; 0 if it is not set or no number. */
static uint64_t number_in(const char *name)
{
    const char *text = getenv(name);
    char *end;
    const uint64_t value = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    return value && !*end ? value : 0;
}

double limits_job_cpus(void)
{
    const uint64_t of_task = number_in("SLURM_CPUS_PER_TASK");
    return (double)(of_task ? of_task : number_in("SLURM_CPUS_ON_NODE"));
}

size_t limits_job_memory_bytes(void)
{
    const uint64_t of_node = number_in("SLURM_MEM_PER_NODE"); /* in MiB, as all here */
    const uint64_t of_cpu = number_in("SLURM_MEM_PER_CPU");
    const uint64_t mebibytes = of_node ? of_node : of_cpu * number_in("SLURM_CPUS_ON_NODE");
    return mebibytes && mebibytes < SIZE_MAX >> 20 ? (size_t)mebibytes << 20 : SIZE_MAX;
}

struct limits_quota limits_quota(const char *root)
{
    const struct limits_quota group = {limits_cgroup_cpus(root), "cgroup"};
    const struct limits_quota job = {limits_job_cpus(), "the job of Slurm"};
    return job.cpus > 0 && (group.cpus <= 0 || job.cpus < group.cpus) ? job : group;
}

unsigned limits_workers(unsigned cores, double quota_cpus)
{
    unsigned allowed = quota_cpus <= 0 || quota_cpus >= cores ? cores : (unsigned)quota_cpus;
    return allowed ? allowed : 1;
}
