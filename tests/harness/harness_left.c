/* Looks for what is left through /proc and by adopting orphans. */
#include "tests/harness/harness_left.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void harness_left_begin(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
}

/* The parent of a process; 0 if the process has ended. */
static pid_t parent_of(pid_t pid)
{
    char path[64], state;
    int parent;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    bool read = f && fscanf(f, "%*d (%*[^)]) %c %d", &state, &parent) == 2;
    if (f)
        fclose(f);
    return read && state != 'Z' && state != 'X' ? parent : 0;
}

/* Reads the system's own list, if it keeps one. The list is that of the main thread, which starts
 * all children of our programs. */
static bool listed_children(pid_t parent, pid_t *children, size_t capacity, size_t *n)
{
    char path[64];
    int pid;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    while (*n < capacity && fscanf(f, "%d", &pid) == 1)
        if (parent_of(pid) == parent)
            children[(*n)++] = pid;
    fclose(f);
    return true;
}

size_t harness_left_children(pid_t parent, pid_t *children, size_t capacity)
{
    size_t n = 0;
    const struct dirent *entry;
    if (listed_children(parent, children, capacity, &n))
        return n;
    DIR *d = opendir("/proc");
    while (d && n < capacity && (entry = readdir(d)) != NULL) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 0 && parent_of(pid) == parent)
            children[n++] = pid;
    }
    if (d)
        closedir(d);
    return n;
}

static void command_line(pid_t pid, char *text, size_t bytes)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, bytes - 1, f) : 0;
    text[n] = 0;
    for (size_t i = 0; i + 1 < n; i++)
        text[i] = text[i] ? text[i] : ' ';
    if (f)
        fclose(f);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reaps the children that have ended. False if no child exists. */
static bool reap_some(void)
{
    pid_t pid;
    do
        pid = waitpid(-1, NULL, WNOHANG | __WALL);
    while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid == 0;
}

bool harness_left_wait(double seconds, char *first, size_t bytes)
{
    double end = seconds_now() + seconds;
    bool in_time = true;
    first[0] = 0;
    while (reap_some()) {
        pid_t left[64];
        if (seconds_now() > end) {
            size_t n = harness_left_children(getpid(), left, 64);
            if (n && in_time)
                command_line(left[0], first, bytes);
            for (size_t i = 0; i < n; i++)
                kill(left[i], SIGKILL);
            in_time = false;
        }
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return in_time;
}

size_t harness_left_names(const char *directory, const char *begin)
{
    size_t n = 0;
    DIR *d = opendir(directory);
    const struct dirent *entry;
    while (d && (entry = readdir(d)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             strncmp(entry->d_name, begin, strlen(begin)) == 0;
    if (d)
        closedir(d);
    return n;
}

size_t harness_left_shm(void)
{
    size_t n = 0;
    DIR *d = opendir("/dev/shm");
    const struct dirent *entry;
    int pid, used = 0;
    while (d && (entry = readdir(d)) != NULL)
        if (sscanf(entry->d_name, "axb-%d-%*16[0-9a-f]%n", &pid, &used) == 1 ||
            sscanf(entry->d_name, "axb.%*u~%d.%*16[0-9a-f]%n", &pid, &used) == 1)
            n += used > 0 && !entry->d_name[used] && kill(pid, 0) != 0 && errno == ESRCH;
    if (d)
        closedir(d);
    return n;
}
