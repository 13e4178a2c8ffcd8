/* Reads cgroup v1 and v2 limits, of our own group and of every group above it. */
#include "core/os_limits.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 1024

/* Reads "123", "123 456" or "max 456" into up to two values; "max" is UINT64_MAX. Returns how
 * many there were. */
static int read_values(const char *path, uint64_t value[2])
{
    char word[2][32];
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int n = fscanf(f, "%31s %31s", word[0], word[1]);
    fclose(f);
    for (int i = 0; i < n && i < 2; i++)
        value[i] = strcmp(word[i], "max") == 0 || word[i][0] == '-' ? UINT64_MAX
                                                                    : strtoull(word[i], NULL, 10);
    return n < 0 ? 0 : n;
}

/* Our path in the hierarchy of a controller ("" is that of version 2), as /proc/self/cgroup says.
 */
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
        names++;
        for (char *save = NULL, *name = strtok_r(names, ",", &save); name || !*controller;
             name = strtok_r(NULL, ",", &save)) {
            if (!name ? !*names : strcmp(name, controller) == 0)
                snprintf(path, PATH_BYTES, "%s", where);
            if (!name)
                break;
        }
    }
    if (f)
        fclose(f);
}

/* Calls `visit` with each directory from our own group up to the mount. */
static void each_group(const char *root, const char *controller,
                       void (*visit)(const char *directory, void *context), void *context)
{
    char path[PATH_BYTES], directory[3 * PATH_BYTES];
    own_path(root, controller, path);
    for (;;) {
        snprintf(directory, sizeof directory, "%s/sys/fs/cgroup/%s%s%s", root, controller,
                 *controller ? "/" : "", path);
        visit(directory, context);
        char *slash = strrchr(path, '/');
        if (!slash)
            return;
        *slash = 0;
    }
}

/* The smaller of what is left and limit - usage. */
static void visit_memory(const char *directory, void *context)
{
    static const char *const files[][2] = {{"memory.max", "memory.current"},
                                           {"memory.limit_in_bytes", "memory.usage_in_bytes"}};
    size_t *left = context;
    for (int version = 0; version < 2; version++) {
        char path[4 * PATH_BYTES];
        uint64_t limit[2], usage[2];
        snprintf(path, sizeof path, "%s/%s", directory, files[version][0]);
        if (read_values(path, limit) < 1 || limit[0] >= (uint64_t)1 << 60)
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, files[version][1]);
        uint64_t used = read_values(path, usage) < 1 ? 0 : usage[0];
        size_t room = limit[0] > used ? (size_t)(limit[0] - used) : 0;
        *left = room < *left ? room : *left;
    }
}

size_t limits_cgroup_memory_bytes(const char *root)
{
    size_t left = SIZE_MAX;
    each_group(root, "", visit_memory, &left);
    each_group(root, "memory", visit_memory, &left);
    return left;
}

static void visit_cpus(const char *directory, void *context)
{
    double *cpus = context;
    char path[4 * PATH_BYTES];
    uint64_t v[2], period[2];
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    int n = read_values(path, v);
    if (n < 2) {
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
        n = read_values(path, v);
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
        n = n == 1 && read_values(path, period) == 1 ? 2 : 0;
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
    each_group(root, "", visit_cpus, &cpus);
    each_group(root, "cpu", visit_cpus, &cpus);
    each_group(root, "cpu,cpuacct", visit_cpus, &cpus);
    return cpus;
}
