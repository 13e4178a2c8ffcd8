/* How much memory is left, by whichever limit is the least, and the error for too little.
 *
 * What a run uses is what its processes have to themselves and the segments that they share. Pages
 * of files are not counted: the system takes them back before anything fails. */
#include "core/memory.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/memory_shared.h"
#include "core/process.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With nothing left in a cgroup the system kills, and it counts what nobody asks for: page tables,
 * stacks, descriptors. So much is left to that; with less than half of it a run stops. */
#define SPARE_BYTES ((size_t)4 << 20)

/* Between two looks for a limit of a memory cgroup, where none is set. */
#define GROUP_SECONDS 0.5

/* Between two looks for shared memory of children; and so many times as long as a look took. */
#define SHARED_SECONDS 0.1
#define SHARED_TIMES 20.0

#define MOST_DESCENDANTS 1024u /* of children, that are looked at */

static size_t max_bytes; /* --max-memory, 0: none */
static bool max_of_job;  /* … it is what a scheduler gave */

/* What threads are giving back. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t none; /* is left of it */
    size_t bytes;
} returning = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

/* One of the limits: what it still allows, and how to raise it. */
struct limit {
    size_t bytes;
    const char *where, *hint;
};

void mem_set_max(size_t bytes, bool of_job)
{
    max_bytes = bytes;
    max_of_job = of_job;
}

/* Is what a descriptor of ours stands for a segment, or is to become one with a name? One that has
 * its name existed before the run and stays after it: that is not the run's memory. */
static bool is_segment(const char *folder, const char *fd)
{
    char path[300], target[300];
    snprintf(path, sizeof path, "%s/%s", folder, fd);
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    return strncmp(target, "/memfd:axb", 10) == 0 || strncmp(target, "/dev/shm/#", 10) == 0 ||
           (strncmp(target, "/dev/shm/axb.", 13) == 0 && strchr(target, '~') != NULL);
}

/* By what is allocated to them, by whomever; a segment that is held twice counts twice. */
static size_t segments_bytes(void)
{
    static const char folder[] = "/proc/self/fd";
    size_t bytes = 0;
    DIR *d = opendir(folder);
    const struct dirent *entry;
    while (d && (entry = readdir(d)) != NULL) {
        struct stat st;
        if (is_segment(folder, entry->d_name) && fstatat(dirfd(d), entry->d_name, &st, 0) == 0)
            bytes += (size_t)st.st_blocks * 512;
    }
    if (d)
        closedir(d);
    return bytes;
}

void mem_begin_return(size_t bytes)
{
    pthread_mutex_lock(&returning.lock);
    returning.bytes += bytes;
    pthread_mutex_unlock(&returning.lock);
}

void mem_end_return(size_t bytes)
{
    pthread_mutex_lock(&returning.lock);
    returning.bytes -= bytes;
    if (returning.bytes == 0)
        pthread_cond_broadcast(&returning.none);
    pthread_mutex_unlock(&returning.lock);
}

bool mem_await_returns(void)
{
    pthread_mutex_lock(&returning.lock);
    const bool any = returning.bytes > 0;
    while (returning.bytes > 0)
        pthread_cond_wait(&returning.none, &returning.lock);
    pthread_mutex_unlock(&returning.lock);
    return any;
}

static size_t returning_bytes(void)
{
    pthread_mutex_lock(&returning.lock);
    const size_t bytes = returning.bytes;
    pthread_mutex_unlock(&returning.lock);
    return bytes;
}

size_t mem_used_bytes(void)
{
    return limits_private_bytes("", getpid()) + segments_bytes() + returning_bytes();
}

/* What --max-memory leaves; a little is kept for what is not asked for. */
static size_t max_available_bytes(void)
{
    size_t used = max_bytes ? mem_used_bytes() : 0, most = max_bytes - max_bytes / 32;
    return !max_bytes ? SIZE_MAX : used < most ? most - used : 0;
}

/* What the memory cgroups leave. Where they set no limit, it takes some dozen files to find that
 * out, so it is asked again only after a while. */
static size_t group_bytes(void)
{
    static double due; /* the next such look, by log_seconds */
    const double now = log_seconds();
    if (now < due)
        return SIZE_MAX;
    const size_t left = limits_cgroup_memory_bytes("");
    due = left == SIZE_MAX ? now + GROUP_SECONDS : 0;
    return left;
}

static size_t group_available_bytes(void)
{
    size_t left = group_bytes();
    return left == SIZE_MAX ? SIZE_MAX : left > SPARE_BYTES ? left - SPARE_BYTES : 0;
}

static struct limit least_limit(void)
{
    const struct limit limits[] = {
        {limits_available_bytes(""), "free on this machine",
         "free memory, or use a larger machine"},
        {group_available_bytes(), "free in the memory cgroup",
         "allow more: docker run --memory=8g, MemoryMax= of systemd, or --mem of the batch system"},
        {max_available_bytes(), max_of_job ? "left to the job" : "left of --max-memory",
         max_of_job ? "ask for more (sbatch --mem=16G), or use fewer workers (-j)"
                    : "raise --max-memory, or use fewer workers (-j)"},
    };
    struct limit least = limits[0];
    for (size_t i = 1; i < sizeof limits / sizeof *limits; i++)
        least = limits[i].bytes < least.bytes ? limits[i] : least;
    return least;
}

size_t mem_available_bytes(void)
{
    return least_limit().bytes;
}

bool mem_refuse(const char *what, size_t more, struct err *e)
{
    char need[32], have[32], all[32], max[32];
    struct limit least = least_limit();
    if (least.bytes < max_available_bytes() || !max_bytes)
        return err_set(e, ERR_OS, least.hint, "%s: %s more needed, %s %s", what,
                       log_bytes((double)more, need), log_bytes((double)least.bytes, have),
                       least.where);
    return err_set(e, ERR_OS, least.hint, "%s: about %s of memory are needed by now, %s allows %s",
                   what, log_bytes((double)mem_used_bytes() + (double)more, all),
                   max_of_job ? "the job" : "--max-memory", log_bytes((double)max_bytes, max));
}

bool mem_check(const char *what, size_t more, struct err *e)
{
    return more <= mem_available_bytes() ||
           (mem_await_returns() && more <= mem_available_bytes()) || mem_refuse(what, more, e);
}

/* What is shared by children and by what they have started, and what the latter have to themselves.
 * Without memory for the list, only what children share. */
static size_t hidden_bytes(const struct proc *children, size_t n)
{
    struct proc *all = malloc((n + MOST_DESCENDANTS) * sizeof *all);
    if (!all)
        return mem_shared_bytes(children, n);
    for (size_t i = 0; i < n; i++)
        all[i] = children[i];
    const size_t n_more = proc_descendants(children, n, all + n, MOST_DESCENDANTS);
    size_t bytes = mem_shared_bytes(all, n + n_more);
    for (size_t i = n; i < n + n_more; i++)
        bytes += limits_own_bytes("", all[i].pid);
    free(all);
    return bytes;
}

/* What children of ours have taken for themselves. What they share, or have started, takes longer
 * to find, so it is looked at, and counts, less often. */
static size_t children_bytes(const struct proc *children, size_t n)
{
    static double due; /* the next such look, by log_seconds */
    const double now = log_seconds();
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += children[i].pid > 0 ? limits_private_bytes("", children[i].pid) : 0;
    if (now < due)
        return bytes;
    bytes += hidden_bytes(children, n);
    const double took = log_seconds() - now;
    due = now + (took * SHARED_TIMES > SHARED_SECONDS ? took * SHARED_TIMES : SHARED_SECONDS);
    return bytes;
}

static bool is_above_max(size_t theirs)
{
    return max_bytes && mem_used_bytes() + theirs > max_bytes;
}

static bool is_group_full(void)
{
    return group_bytes() < SPARE_BYTES / 2;
}

bool mem_watch(const char *what, const struct proc *children, size_t n, struct err *e)
{
    const size_t theirs = max_bytes ? children_bytes(children, n) : 0;
    if (is_above_max(theirs) && !(mem_await_returns() && !is_above_max(theirs)))
        return mem_refuse(what, theirs, e);
    return !is_group_full() || (mem_await_returns() && !is_group_full()) ||
           mem_refuse(what, SPARE_BYTES, e);
}
