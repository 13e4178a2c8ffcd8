/* Capabilities, Landlock, what stands in for it, and the filter of system calls. */
#include "core/sandbox.h"
#include "core/sandbox_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ASKED "AXB_SANDBOX" /* in the environment of children */

#ifdef __has_feature /* of clang */
#if __has_feature(thread_sanitizer)
#define OWN_THREADS 2u /* with that of the sanitizer */
#endif
#endif
#ifndef OWN_THREADS
#define OWN_THREADS 1u
#endif

/* ---- Landlock --------------------------------------------------------------------------------
 * After Linux' userspace-api/landlock.rst. The kernel's headers know it only as far as they are
 * new, so its numbers stand here. What is handled and granted by no rule is refused. */
struct landlock {
    uint64_t files, network, scopes;
};

enum { READ_FILE = 1 << 2, READ_DIR = 1 << 3 };

/* The rights that each version of its interface knows, from version 1. */
static const struct landlock known[] = {
    {(1 << 13) - 1, 0, 0}, {(1 << 14) - 1, 0, 0}, {(1 << 15) - 1, 0, 0},
    {(1 << 15) - 1, 3, 0}, {(1 << 16) - 1, 3, 0}, {(1 << 16) - 1, 3, 3},
};
enum { N_KNOWN = sizeof known / sizeof *known };

/* The version of its interface; 0 where there is none. */
static unsigned landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* ask for the version */);
    return version > 0 ? (unsigned)version : 0;
}

/* False if the kernel refuses a version that it says it has. */
static bool lock_files(unsigned version)
{
    struct landlock rules = known[(version < N_KNOWN ? version : N_KNOWN) - 1];
    rules.files &= ~(uint64_t)(READ_FILE | READ_DIR);
    size_t bytes = version < 4   ? sizeof rules.files
                   : version < 6 ? 2 * sizeof rules.files
                                 : sizeof rules;
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, bytes, 0);
    bool ok = fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ---- Other processes -------------------------------------------------------------------------
 * What a process may see of others by /proc/PID (environ, maps, mem) is decided as for ptrace:
 * man 2 ptrace, "access mode checking". Landlock refuses it to a process that is restricted, unless
 * that has capabilities. */

/* As root, too, it is a user like others from here on. */
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    return syscall(SYS_capset, &header, none) == 0;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* A process in a user namespace of its own, without capabilities, sees no process outside. Users
 * and groups keep their numbers in it. Many systems do not grant it. */
static bool leave_namespace(void)
{
    char user[40], group[40];
    snprintf(user, sizeof user, "%u %u 1", geteuid(), geteuid());
    snprintf(group, sizeof group, "%u %u 1", getegid(), getegid());
    if (unshare(CLONE_NEWUSER) != 0)
        return false;
    (void)(write_file("/proc/self/uid_map", user) && write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/gid_map", group)); /* else they are nobody's to itself */
    return true;
}

/* Closes this process to others that have no capabilities. The system writes no core dump of it
 * then, and a debugger of the same user cannot attach. */
static void hide(void)
{
    prctl(PR_SET_DUMPABLE, 0ul, 0ul, 0ul, 0ul);
}

/* ---- All of it -------------------------------------------------------------------------------*/

static bool has_filters(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* Has this process no threads but ours? Others stay outside of what is closed here, and share its
 * memory. */
static bool is_alone(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) == 0 && st.st_nlink <= 2 + OWN_THREADS; /* one for each */
}

/* Allocators may start a thread of their own as a child starts. */
static void leave_allocators_alone(void)
{
    unsetenv("MALLOC_CONF");
}

/* OpenMP would bind threads of a team to cores, which the filter cannot allow, and end the process.
 * It reads this as a child starts. */
static void leave_threads_unbound(void)
{
    unsetenv("OMP_PROC_BIND");
    unsetenv("OMP_PLACES");
    unsetenv("GOMP_CPU_AFFINITY");
}

bool sandbox_ask(bool wanted, struct err *e)
{
    if (!wanted) {
        unsetenv(ASKED);
        return true;
    }
    if (!has_filters())
        return err_set(e, ERR_UNAVAILABLE,
                       "leave it out, or use a kernel with CONFIG_SECCOMP_FILTER",
                       "--sandbox: this kernel has no filters of system calls (seccomp)");
    if (landlock_version() == 0)
        hide();
    leave_threads_unbound();
    leave_allocators_alone();
    return setenv(ASKED, "1", 1) == 0 || err_set(e, ERR_OS, NULL, "no memory for --sandbox");
}

bool sandbox_enter(struct err *e)
{
    if (!getenv(ASKED))
        return true;
    if (!is_alone())
        return err_set(e, ERR_UNAVAILABLE,
                       "a library did that, such as one of LD_PRELOAD; run it without",
                       "the sandbox cannot be closed around a worker: it began with threads");
    const unsigned version = landlock_version();
    if (version == 0 && !leave_namespace())
        hide();
    if (drop_capabilities() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        (version == 0 || lock_files(version)) && sandbox_filter_load())
        return true;
    return err_system(e, ERR_UNAVAILABLE, errno, "leave out --sandbox",
                      "the sandbox cannot be closed around a worker");
}

void sandbox_describe(char *text, size_t bytes)
{
    unsigned version = landlock_version();
    snprintf(text, bytes, version ? "landlock %u, seccomp" : "seccomp", version);
}
