/* The wrapped calls. Each is counted; the one whose turn it is fails. */
#include "tests/harness/harness_refuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <xxhash.h>

static long until_refused = -1; /* so many more calls succeed; -1: all of them */
static bool reached;
static bool pretends;    /* calls that cannot be undone return success and do nothing */
static int refused_with; /* the errno of the calls that fail */

void harness_refuse(long calls, int number)
{
    refused_with = number;
    reached = false;
    pretends = true;
    __atomic_store_n(&until_refused, calls, __ATOMIC_RELAXED);
}

bool harness_refuse_end(void)
{
    until_refused = -1;
    pretends = false;
    return reached;
}

/* Is it this call's turn? */
static bool refuse(void)
{
    if (__atomic_load_n(&until_refused, __ATOMIC_RELAXED) < 0 ||
        __atomic_fetch_sub(&until_refused, 1, __ATOMIC_RELAXED) != 0)
        return false;
    errno = refused_with;
    return reached = true;
}

/* The wrapped call: `failed` when it is its turn. */
#define WRAP(type, name, failed, parameters, arguments)                                            \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return refuse() ? failed : __real_##name arguments;                                        \
    }

/* ---- Memory ----------------------------------------------------------------------------------*/

WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t bytes), (n, bytes))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))
WRAP(char *, strdup, NULL, (const char *p), (p))
WRAP(char *, strndup, NULL, (const char *p, size_t n), (p, n))
WRAP(FILE *, open_memstream, NULL, (char **p, size_t *n), (p, n))
WRAP(void *, mmap, MAP_FAILED, (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at))
WRAP(int, mprotect, -1, (void *p, size_t n, int prot), (p, n, prot))
WRAP(XXH3_state_t *, XXH3_createState, NULL, (void), ())

void *__real_mremap(void *p, size_t old, size_t n, int flags, ...);
void *__wrap_mremap(void *p, size_t old, size_t n, int flags, ...);
void *__wrap_mremap(void *p, size_t old, size_t n, int flags, ...)
{
    return refuse() ? MAP_FAILED : __real_mremap(p, old, n, flags);
}

int __wrap_asprintf(char **p, const char *format, ...);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **p, const char *format, ...)
{
    va_list rest;
    va_start(rest, format);
    int n = refuse() ? -1 : vasprintf(p, format, rest);
    va_end(rest);
    return n;
}

/* ---- Files -----------------------------------------------------------------------------------*/

WRAP(int, posix_fallocate, refused_with, (int fd, off_t at, off_t n), (fd, at, n))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n))
WRAP(int, stat, -1, (const char *path, struct stat *st), (path, st))
WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(int, fstatvfs, -1, (int fd, struct statvfs *fs), (fd, fs))
WRAP(int, access, -1, (const char *path, int mode), (path, mode))
WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pread, -1, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(ssize_t, write, -1, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, readlink, -1, (const char *path, char *p, size_t n), (path, p, n))
WRAP(off_t, lseek, -1, (int fd, off_t at, int whence), (fd, at, whence))
WRAP(int, fdatasync, -1, (int fd), (fd))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, flock, -1, (int fd, int what), (fd, what))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, linkat, -1, (int from_dir, const char *from, int to_dir, const char *to, int flags),
     (from_dir, from, to_dir, to, flags))
WRAP(int, mkostemp, -1, (char *path, int flags), (path, flags))
WRAP(int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
WRAP(DIR *, opendir, NULL, (const char *path), (path))
WRAP(FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
WRAP(ssize_t, getrandom, -1, (void *p, size_t n, unsigned flags), (p, n, flags))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return refuse() ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    return refuse() ? -1 : __real_fcntl(fd, command, argument);
}

/* What it could not write is lost; the stream is closed all the same. */
int __real_fclose(FILE *f);
int __wrap_fclose(FILE *f);
int __wrap_fclose(FILE *f)
{
    int failed = __real_fclose(f);
    return refuse() ? EOF : failed;
}

/* ---- Processes -------------------------------------------------------------------------------*/

#define ACTIONS posix_spawn_file_actions_t *actions
#define ATTRIBUTES posix_spawnattr_t *attributes

WRAP(int, posix_spawn_file_actions_init, refused_with, (ACTIONS), (actions))
WRAP(int, posix_spawn_file_actions_addopen, refused_with,
     (ACTIONS, int fd, const char *path, int flags, mode_t mode), (actions, fd, path, flags, mode))
WRAP(int, posix_spawn_file_actions_adddup2, refused_with, (ACTIONS, int from, int to),
     (actions, from, to))
WRAP(int, posix_spawn_file_actions_addclosefrom_np, refused_with, (ACTIONS, int from),
     (actions, from))
WRAP(int, posix_spawnattr_init, refused_with, (ATTRIBUTES), (attributes))
WRAP(int, posix_spawnattr_setsigmask, refused_with, (ATTRIBUTES, const sigset_t *set),
     (attributes, set))
WRAP(int, posix_spawnattr_setsigdefault, refused_with, (ATTRIBUTES, const sigset_t *set),
     (attributes, set))
WRAP(int, posix_spawnattr_setflags, refused_with, (ATTRIBUTES, short flags), (attributes, flags))
WRAP(int, pthread_create, refused_with,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
     (thread, attributes, run, argument))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, getrlimit, -1, (int which, struct rlimit *limit), (which, limit))
WRAP(int, setrlimit, -1, (int which, const struct rlimit *limit), (which, limit))
WRAP(int, setenv, -1, (const char *name, const char *value, int over), (name, value, over))
WRAP(int, sched_setaffinity, -1, (pid_t pid, size_t bytes, const cpu_set_t *set), (pid, bytes, set))
WRAP(int, hwloc_topology_init, -1, (hwloc_topology_t * t), (t))
WRAP(int, hwloc_topology_set_flags, -1, (hwloc_topology_t t, unsigned long flags), (t, flags))
WRAP(int, hwloc_topology_load, -1, (hwloc_topology_t t), (t))
WRAP(hwloc_bitmap_t, hwloc_bitmap_alloc, NULL, (void), ())

/* Nothing but a signal ends this one early. */
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    return refused_with == EINTR && refuse() ? -1 : __real_waitpid(pid, status, options);
}

/* ---- The sandbox -----------------------------------------------------------------------------*/

/* Is it a call that closes the sandbox around the test itself? */
static bool closes_sandbox(long number, long x)
{
    return number == SYS_landlock_restrict_self || number == SYS_capset ||
           (number == SYS_seccomp && x == SECCOMP_SET_MODE_FILTER);
}

/* Ours have at most five arguments. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list rest;
    va_start(rest, number);
    long x[5];
    for (int i = 0; i < 5; i++)
        x[i] = va_arg(rest, long);
    va_end(rest);
    if (refuse())
        return -1;
    return pretends && closes_sandbox(number, x[0])
               ? 0
               : __real_syscall(number, x[0], x[1], x[2], x[3], x[4]);
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
    va_list rest;
    va_start(rest, option);
    unsigned long x = va_arg(rest, unsigned long);
    va_end(rest);
    if (refuse())
        return -1;
    if (pretends && (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_DUMPABLE))
        return 0;
    return __real_prctl(option, x, 0ul, 0ul, 0ul);
}

int __real_unshare(int flags);
int __wrap_unshare(int flags);
int __wrap_unshare(int flags)
{
    return refuse() ? -1 : pretends ? 0 : __real_unshare(flags);
}
