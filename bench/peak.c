/* Runs a program and says what it took, with all of its processes:
 *
 *   peak FILE PROGRAM [ARGUMENT...]
 *
 * writes into FILE the most memory at one moment, total, shared, private and mapped, in bytes, and
 * the seconds of processors.
 *
 * Every 2 ms it adds up the private memory of the program and its children (RssAnon), the shared
 * memory segments that they hold open, each once, by what is allocated to them (touched or not),
 * and the pages of files that the program itself has mapped (RssFile: executable and input).
 * What comes and goes between two looks is not seen. The exit status is the program's. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MICROSECONDS 2000
#define MAX_SEGMENTS 4096

struct memory {
    uint64_t shared, private, mapped; /* bytes */
};

/* Segments that were counted in this look, by inode. */
struct segments {
    size_t n;
    ino_t inode[MAX_SEGMENTS];
};

static uint64_t total(const struct memory *m)
{
    return m->shared + m->private + m->mapped;
}

/* A line such as "RssAnon:   1234 kB" of /proc/PID/status, in bytes; 0 if the process is gone. */
static uint64_t status_bytes(pid_t pid, const char *name)
{
    char path[64], line[256];
    uint64_t bytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            bytes = strtoull(line + strlen(name), NULL, 10) << 10;
    if (f)
        fclose(f);
    return bytes;
}

static bool counted(struct segments *seen, ino_t inode)
{
    for (size_t i = 0; i < seen->n; i++)
        if (seen->inode[i] == inode)
            return true;
    if (seen->n < MAX_SEGMENTS)
        seen->inode[seen->n++] = inode;
    return false;
}

/* Bytes of the segments that a process holds open and that nobody before it did. */
static uint64_t segment_bytes(pid_t pid, struct segments *seen)
{
    char folder[64], path[400], target[400];
    uint64_t bytes = 0;
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(folder);
    for (struct dirent *f; d && (f = readdir(d)) != NULL;) {
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = 0;
        bool is_segment =
            strncmp(target, "/memfd:", 7) == 0 || strncmp(target, "/dev/shm/", 9) == 0;
        if (is_segment && stat(path, &st) == 0 && !counted(seen, st.st_ino))
            bytes += (uint64_t)st.st_blocks * 512;
    }
    if (d)
        closedir(d);
    return bytes;
}

static void look_at(pid_t pid, struct memory *m, struct segments *seen)
{
    m->private += status_bytes(pid, "RssAnon:");
    m->shared += segment_bytes(pid, seen);
}

/* Into line[bytes]; its length. */
static size_t command_line(pid_t pid, char *line, size_t bytes)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(line, 1, bytes, f) : 0;
    if (f)
        fclose(f);
    return n;
}

/* Is the child still the copy of its parent, with all of its memory, that is about to become
 * another program (vfork)? */
static bool is_copy(pid_t child, pid_t parent)
{
    char a[400], b[400];
    size_t n = command_line(child, a, sizeof a);
    return n == command_line(parent, b, sizeof b) && memcmp(a, b, n) == 0;
}

static struct memory look(pid_t program)
{
    static struct segments seen;
    struct memory m = {.mapped = status_bytes(program, "RssFile:")};
    char path[64];
    int child;
    seen.n = 0;
    look_at(program, &m, &seen);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)program, (int)program);
    FILE *f = fopen(path, "r");
    while (f && fscanf(f, "%d", &child) == 1)
        if (!is_copy(child, program))
            look_at(child, &m, &seen);
    if (f)
        fclose(f);
    return m;
}

/* Looks until the program ends; its exit status. */
static int watch(pid_t program, struct memory *peak)
{
    int status;
    while (waitpid(program, &status, WNOHANG) == 0) {
        struct memory now = look(program);
        if (total(&now) > total(peak))
            *peak = now;
        usleep(LOOK_MICROSECONDS);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Of the program and all that it waited for; only after it was waited for. */
static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_CHILDREN, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

int main(int n, char **argv)
{
    struct memory peak = {0};
    FILE *out = n > 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fprintf(stderr, "usage: peak FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    pid_t program = fork();
    if (program == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (program < 0) {
        perror("fork");
        return 71;
    }
    int status = watch(program, &peak);
    fprintf(out, "%llu %llu %llu %llu %.3f\n", (unsigned long long)total(&peak),
            (unsigned long long)peak.shared, (unsigned long long)peak.private,
            (unsigned long long)peak.mapped, cpu_seconds());
    return fclose(out) == 0 ? status : 74;
}
