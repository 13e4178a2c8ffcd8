/* Finds files in memory by the descriptors and the mappings of a process.
 *
 * A descriptor gives what the whole file takes. A mapping without one gives only what the process
 * has in its page tables, and reading that takes long: /proc/PID/smaps is read if /proc/PID/maps
 * shows such a mapping, and only then. Segments of System V stand in a table of the kernel; they
 * count for the process that made them, attached or not. */
#include "core/memory_shared.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A file: which, and what is allocated to it. */
struct file {
    dev_t device;
    ino_t inode;
    size_t bytes;
};

struct files {
    struct file *at;
    size_t n, capacity;
};

/* One look at the children. */
struct look {
    dev_t kernel_device; /* of files in memory that have no name */
    struct files ours, theirs;
};

/* ---- Files -----------------------------------------------------------------------------------*/

/* Without memory for it a file is left out. */
static void add_file(struct files *files, const struct file *f)
{
    if (files->n == files->capacity) {
        const size_t capacity = 2 * files->capacity + 64;
        struct file *at = realloc(files->at, capacity * sizeof *at);
        if (!at)
            return;
        files->at = at;
        files->capacity = capacity;
    }
    files->at[files->n++] = *f;
}

static int compare_files(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

/* Sorts them, and keeps one of each. */
static void sort_files(struct files *files)
{
    size_t n = 0;
    if (files->n)
        qsort(files->at, files->n, sizeof *files->at, compare_files);
    for (size_t i = 0; i < files->n; i++)
        if (n == 0 || compare_files(&files->at[n - 1], &files->at[i]) != 0)
            files->at[n++] = files->at[i];
    files->n = n;
}

static bool has_file(const struct files *sorted, const struct file *f)
{
    return sorted->n && bsearch(f, sorted->at, sorted->n, sizeof *f, compare_files) != NULL;
}

/* ---- Where a file is -------------------------------------------------------------------------*/

static FILE *open_of(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* The device on which the kernel has files in memory without a name; 0 if it is not known. */
static dev_t find_kernel_device(void)
{
    struct stat st = {0};
    const int fd = memfd_create("axb-device", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    const bool ok = fstat(fd, &st) == 0;
    close(fd);
    return ok ? st.st_dev : 0;
}

/* Is this device, as the process has it mounted, memory? Its line in mountinfo is
 * "36 35 0:25 / /dev/shm rw,nosuid - tmpfs …". */
static bool is_in_memory(const struct look *look, pid_t pid, dev_t device)
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = look->kernel_device != 0 && device == look->kernel_device;
    FILE *f = found ? NULL : open_of(pid, "mountinfo");
    while (f && !found && getline(&line, &capacity, f) > 0) {
        unsigned major, minor;
        const char *type = strstr(line, " - ");
        found = sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 &&
                makedev(major, minor) == device && type &&
                (strncmp(type, " - tmpfs ", 9) == 0 || strncmp(type, " - devtmpfs ", 12) == 0);
    }
    free(line);
    if (f)
        fclose(f);
    return found;
}

/* ---- Descriptors -----------------------------------------------------------------------------*/

/* May the process write through a descriptor? The link's mode says so. */
static bool is_writable(int folder, const char *fd)
{
    struct stat link;
    return fstatat(folder, fd, &link, AT_SYMLINK_NOFOLLOW) == 0 && (link.st_mode & S_IWUSR);
}

/* Adds the files that a process has open: all of our own, or what counts of a child's. */
static void add_open_files(struct look *look, pid_t pid, bool ours)
{
    char path[64];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    while (d && (entry = readdir(d)) != NULL) {
        struct stat st;
        if (fstatat(dirfd(d), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        const struct file f = {st.st_dev, st.st_ino, (size_t)st.st_blocks * 512};
        if (ours)
            add_file(&look->ours, &f);
        else if (!has_file(&look->ours, &f) &&
                 (st.st_nlink == 0 || is_writable(dirfd(d), entry->d_name)) &&
                 is_in_memory(look, pid, f.device))
            add_file(&look->theirs, &f);
    }
    if (d)
        closedir(d);
}

/* ---- Mappings --------------------------------------------------------------------------------*/

/* Reads a line of a shared mapping, but for those of System V:
 * "7f1c00000000-7f1c4b000000 rw-s 00000000 00:01 1025    /dev/zero (deleted)". *may_fill: the
 * process can write there, or the file has no name. */
static bool read_shared(const char *line, struct file *f, bool *may_fill)
{
    unsigned major, minor;
    unsigned long inode;
    int path_at = 0;
    const char *access = strchr(line, ' ');
    if (!access || strnlen(access, 5) < 5 || access[4] != 's' || /* most are not: that is fast */
        sscanf(access, "%*s %*x %x:%x %lu %n", &major, &minor, &inode, &path_at) != 3)
        return false;
    const char *path = access + path_at;
    *f = (struct file){makedev(major, minor), inode, 0};
    *may_fill = access[2] == 'w' || strstr(path, " (deleted)") != NULL;
    return strncmp(path, "/SYSV", 5) != 0;
}

/* Is a line's mapping one of memory that no child has open, and that is not ours? */
static bool counts(const struct look *look, pid_t pid, const char *line)
{
    struct file f;
    bool may_fill;
    return read_shared(line, &f, &may_fill) && may_fill && !has_file(&look->ours, &f) &&
           !has_file(&look->theirs, &f) && is_in_memory(look, pid, f.device);
}

/* What a child has in its page tables of such mappings. "smaps" has the number, in shares where
 * several processes have the same pages; "maps" shows only whether there is any: *any. */
static size_t mapped_bytes(const struct look *look, pid_t pid, const char *name, bool *any)
{
    char *line = NULL;
    size_t capacity = 0, bytes = 0;
    bool here = false; /* such a mapping is at hand */
    FILE *f = open_of(pid, name);
    while (f && getline(&line, &capacity, f) > 0) {
        unsigned long kib;
        if (line[0] < 'A' || line[0] > 'Z') { /* what smaps says of a mapping has capitals */
            here = counts(look, pid, line);
            *any = *any || here;
        } else if (here && sscanf(line, "Pss: %lu kB", &kib) == 1) {
            bytes += (size_t)kib * 1024;
        }
    }
    free(line);
    if (f)
        fclose(f);
    return bytes;
}

/* ---- System V --------------------------------------------------------------------------------*/

static bool is_child(const struct proc *children, size_t n, int pid)
{
    for (size_t i = 0; i < n; i++)
        if (pid > 0 && children[i].pid == pid)
            return true;
    return false;
}

/* The segments that children have made. A line has a key, an id, access, size, the maker, who
 * attached or left last, how many have it, four owners, three times, and the bytes in memory. */
static size_t system_v_bytes(const struct proc *children, size_t n)
{
    char line[512];
    size_t bytes = 0;
    FILE *f = fopen("/proc/sysvipc/shm", "re");
    while (f && fgets(line, sizeof line, f)) {
        int maker;
        size_t resident;
        if (sscanf(line, "%*d %*d %*o %*u %d %*d %*u %*u %*u %*u %*u %*u %*u %*u %zu", &maker,
                   &resident) == 2 &&
            is_child(children, n, maker))
            bytes += resident;
    }
    if (f)
        fclose(f);
    return bytes;
}

size_t mem_shared_bytes(const struct proc *children, size_t n)
{
    struct look look = {.kernel_device = find_kernel_device()};
    size_t bytes = system_v_bytes(children, n);
    add_open_files(&look, getpid(), true);
    sort_files(&look.ours);
    for (size_t i = 0; i < n; i++)
        if (children[i].pid > 0)
            add_open_files(&look, children[i].pid, false);
    sort_files(&look.theirs);
    for (size_t i = 0; i < look.theirs.n; i++)
        bytes += look.theirs.at[i].bytes;
    for (size_t i = 0; i < n; i++) {
        bool any = false;
        if (children[i].pid > 0)
            mapped_bytes(&look, children[i].pid, "maps", &any);
        bytes += any ? mapped_bytes(&look, children[i].pid, "smaps", &any) : 0;
    }
    free(look.ours.at);
    free(look.theirs.at);
    return bytes;
}
