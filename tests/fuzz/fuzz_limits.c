/* Any bytes in the files from which the limits of the system are read: there is an answer. And any
 * numbers there, as the system writes them: the answer is what they say. The first byte picks one
 * of these, and the version of cgroups. */
#include "core/base.h"
#include "core/limits.h"
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEPARATOR 0xFF
#define PID 7
#define PATH_BYTES 100
#define NO_LIMIT ((uint64_t)1 << 60)

static const char *const folders[] = {"",
                                      "proc",
                                      "proc/self",
                                      "proc/7",
                                      "sys",
                                      "sys/fs",
                                      "sys/fs/cgroup",
                                      "sys/fs/cgroup/memory",
                                      "sys/fs/cgroup/cpu"};
static const char *const files[] = {"proc/self/cgroup",
                                    "proc/meminfo",
                                    "proc/7/statm",
                                    "sys/fs/cgroup/memory.max",
                                    "sys/fs/cgroup/memory.high",
                                    "sys/fs/cgroup/memory.current",
                                    "sys/fs/cgroup/memory.stat",
                                    "sys/fs/cgroup/cpu.max",
                                    "sys/fs/cgroup/memory/memory.limit_in_bytes",
                                    "sys/fs/cgroup/memory/memory.usage_in_bytes",
                                    "sys/fs/cgroup/memory/memory.stat",
                                    "sys/fs/cgroup/cpu/cpu.cfs_quota_us",
                                    "sys/fs/cgroup/cpu/cpu.cfs_period_us"};
#define N_FOLDERS (sizeof folders / sizeof *folders)
#define N_FILES (sizeof files / sizeof *files)

static char root[] = "/dev/shm/axb-fuzz-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void remove_all(void)
{
    for (size_t i = 0; i < N_FILES; i++)
        unlink(path_of(files[i]));
    for (size_t i = N_FOLDERS; i-- > 0;)
        rmdir(path_of(folders[i]));
}

static void make_folders(void)
{
    FUZZ_EXPECT(mkdtemp(root) && atexit(remove_all) == 0);
    for (size_t i = 1; i < N_FOLDERS; i++)
        FUZZ_EXPECT(mkdir(path_of(folders[i]), 0700) == 0);
}

static void put(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(path_of(name), "we");
    FUZZ_EXPECT(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

__attribute__((format(printf, 2, 3))) static void print(const char *name, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(name, text, (size_t)n);
}

static void check_bytes(struct fuzz_input *in)
{
    for (size_t i = 0; i < N_FILES; i++) {
        struct fuzz_input text = fuzz_until(in, SEPARATOR);
        put(files[i], text.p, text.n);
    }
    limits_cgroup_memory_bytes(root);
    limits_available_bytes(root);
    limits_private_bytes(root, PID);
    double cpus = limits_cgroup_cpus(root);
    FUZZ_EXPECT(cpus >= 0 && isfinite(cpus));
    FUZZ_EXPECT(limits_workers(4, cpus) >= 1 && limits_workers(4, cpus) <= 4);
}

/* A number of any size: a byte for its length, and the bytes of it. */
static uint64_t number(struct fuzz_input *in)
{
    uint64_t x = 0;
    for (int n = fuzz_byte(in) & 7; n >= 0; n--)
        x = x << 8 | fuzz_byte(in);
    return x;
}

/* What a limit leaves. */
static size_t available(uint64_t limit, uint64_t usage, uint64_t cache)
{
    uint64_t used = usage > cache ? usage - cache : 0;
    return limit >= NO_LIMIT ? SIZE_MAX : limit > used ? limit - used : 0;
}

static void check_memory(struct fuzz_input *in, bool v1)
{
    uint64_t limit = number(in), high = number(in), usage = number(in);
    uint64_t active = number(in) >> 1, inactive = number(in) >> 1, kib = number(in);
    if (v1) {
        print("proc/self/cgroup", "3:cpu:/\n2:memory:/\n");
        print("sys/fs/cgroup/memory/memory.limit_in_bytes", "%" PRIu64 "\n", limit);
        print("sys/fs/cgroup/memory/memory.usage_in_bytes", "%" PRIu64 "\n", usage);
        print("sys/fs/cgroup/memory/memory.stat",
              "cache 5\ntotal_inactive_file %" PRIu64 "\ntotal_active_file %" PRIu64 "\n", inactive,
              active);
    } else {
        print("proc/self/cgroup", "0::/\n");
        print("sys/fs/cgroup/memory.max", high & 1 ? "%" PRIu64 "\n" : "max\n", limit);
        print("sys/fs/cgroup/memory.high", "%" PRIu64 "\n", high);
        print("sys/fs/cgroup/memory.current", "%" PRIu64 "\n", usage);
        print("sys/fs/cgroup/memory.stat",
              "anon 5\ninactive_file %" PRIu64 "\nactive_file %" PRIu64 "\n", inactive, active);
    }
    limit = v1 || high & 1 ? limit : UINT64_MAX;
    size_t should = available(limit, usage, active + inactive);
    if (!v1)
        should = least_size(should, available(high, usage, active + inactive));
    FUZZ_EXPECT(limits_cgroup_memory_bytes(root) == should);
    print("proc/meminfo", "MemFree: 1 kB\nMemAvailable:   %" PRIu64 " kB\n", kib);
    FUZZ_EXPECT(limits_available_bytes(root) == (kib > SIZE_MAX / 1024 ? SIZE_MAX : kib * 1024));
}

static void check_cpus(struct fuzz_input *in, bool v1)
{
    uint32_t quota = (uint32_t)number(in), period = (uint32_t)number(in);
    bool none = period == 0;
    if (v1) {
        print("sys/fs/cgroup/cpu/cpu.cfs_quota_us", none ? "-1\n" : "%" PRIu32 "\n", quota);
        print("sys/fs/cgroup/cpu/cpu.cfs_period_us", "%" PRIu32 "\n", period);
    } else {
        print("sys/fs/cgroup/cpu.max", none ? "max 100000\n" : "%" PRIu32 " %" PRIu32 "\n", quota,
              period);
    }
    double should = none ? 0 : (double)quota / (double)period, is = limits_cgroup_cpus(root);
    FUZZ_EXPECT(memcmp(&is, &should, sizeof is) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static bool made;
    struct fuzz_input in = {data, n};
    uint8_t choice = fuzz_byte(&in);
    if (!made)
        make_folders();
    made = true;
    for (size_t i = 0; i < N_FILES; i++)
        unlink(path_of(files[i]));
    if (choice & 1) {
        check_memory(&in, choice & 2);
        check_cpus(&in, choice & 2);
    } else {
        check_bytes(&in);
    }
    return 0;
}
