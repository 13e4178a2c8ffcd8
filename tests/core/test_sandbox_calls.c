/* The filter of the sandbox, by every system call: which are allowed, which are refused, with which
 * error, and that sandbox_calls.inc says why. None is made. An outer filter, which is older than
 * the sandbox's, lets no call through whose sixth argument is MAGIC. Where two filters return an
 * error, the kernel takes that of the newer one. So a call that the sandbox refuses has its error,
 * and one that it allows has the outer one's. */
#include "core/sandbox.h"
#include "core/sandbox_filter.h"
#include "tests/test.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAGIC 0x5afe5afe
#define PASSED 4000 /* the errno of calls that the sandbox allows */

enum verdict { ALLOWED, BY_ARGUMENT, MISSING, REFUSED, NOT_FILTERED };

static const struct {
    int call;
    enum verdict verdict;
    const char *name, *why;
} calls[] = {
#include "tests/core/sandbox_calls.inc"
};
#define N_CALLS (sizeof calls / sizeof *calls)

/* Arguments that stand for a process. */
#define SELF 0x5e1f5e1f
#define PARENT 0x9a4e9a4e

/* ... and what a call with such arguments gives. */
static const struct trial {
    int call;
    const char *what;
    unsigned long argument[5];
    int error;
} trials[] = {
    {SCMP_SYS(open), "to read", {1, O_RDONLY | O_CLOEXEC | O_DIRECTORY}, PASSED},
    {SCMP_SYS(open), "to write", {1, O_WRONLY}, EACCES},
    {SCMP_SYS(open), "to write, other half", {1, 1ul << 32 | O_WRONLY}, EACCES},
    {SCMP_SYS(open), "both", {1, O_RDWR}, EACCES},
    {SCMP_SYS(open), "neither", {1, O_ACCMODE}, EACCES},
    {SCMP_SYS(open), "new", {1, O_CREAT}, EACCES},
    {SCMP_SYS(open), "cut", {1, O_TRUNC}, EACCES},
    {SCMP_SYS(open), "without a name", {1, O_TMPFILE | O_RDWR}, EACCES},
    {SCMP_SYS(openat), "to read", {3, 1, O_RDONLY | O_CLOEXEC}, PASSED},
    {SCMP_SYS(openat), "to write", {3, 1, O_WRONLY}, EACCES},
    {SCMP_SYS(openat), "to write, other half", {3, 1, 1ul << 32 | O_WRONLY}, EACCES},
    {SCMP_SYS(openat), "both", {3, 1, O_RDWR}, EACCES},
    {SCMP_SYS(openat), "neither", {3, 1, O_ACCMODE}, EACCES},
    {SCMP_SYS(openat), "new", {3, 1, O_CREAT}, EACCES},
    {SCMP_SYS(openat), "cut", {3, 1, O_TRUNC}, EACCES},
    {SCMP_SYS(openat), "without a name", {3, 1, O_TMPFILE | O_RDWR}, EACCES},
    {SCMP_SYS(clone), "a thread", {CLONE_VM | CLONE_SIGHAND | CLONE_THREAD}, PASSED},
    {SCMP_SYS(clone), "a process", {CLONE_VM | CLONE_VFORK | 17}, EPERM},
    {SCMP_SYS(clone), "a namespace", {CLONE_THREAD | CLONE_NEWUSER}, EPERM},
    {SCMP_SYS(mmap), "memory", {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE}, PASSED},
    {SCMP_SYS(mmap), "a stack", {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK}, PASSED},
    {SCMP_SYS(mmap), "a file", {0, 1, 1, MAP_SHARED, 3}, PASSED},
    {SCMP_SYS(mmap), "a library", {0, 1, 5, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, 3}, PASSED},
    {SCMP_SYS(mmap), "shared memory", {0, 1, 3, MAP_SHARED | MAP_ANONYMOUS}, EPERM},
    {SCMP_SYS(mmap),
     "a stack that grows",
     {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN},
     EPERM},
    {SCMP_SYS(mmap), "huge pages", {0, 1, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB}, EPERM},
    {SCMP_SYS(madvise), "MADV_NORMAL", {1, 1, MADV_NORMAL}, PASSED},
    {SCMP_SYS(madvise), "MADV_DONTNEED", {1, 1, MADV_DONTNEED}, PASSED},
    {SCMP_SYS(madvise), "MADV_FREE", {1, 1, MADV_FREE}, PASSED},
    {SCMP_SYS(madvise), "MADV_HUGEPAGE", {1, 1, MADV_HUGEPAGE}, PASSED},
    {SCMP_SYS(madvise), "MADV_POPULATE_WRITE", {1, 1, 23}, PASSED},
    {SCMP_SYS(madvise), "MADV_GUARD_INSTALL", {1, 1, 102}, PASSED},
    {SCMP_SYS(madvise), "MADV_REMOVE", {1, 1, MADV_REMOVE}, EPERM},
    {SCMP_SYS(madvise), "MADV_REMOVE, other half", {1, 1, 1ul << 32 | MADV_REMOVE}, EPERM},
    {SCMP_SYS(madvise), "MADV_MERGEABLE", {1, 1, MADV_MERGEABLE}, EPERM},
    {SCMP_SYS(madvise), "MADV_COLD", {1, 1, 20}, EPERM},
    {SCMP_SYS(madvise), "MADV_PAGEOUT", {1, 1, 21}, EPERM},
    {SCMP_SYS(madvise), "MADV_HWPOISON", {1, 1, 100}, EPERM},
    {SCMP_SYS(madvise), "MADV_SOFT_OFFLINE", {1, 1, 101}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_NAME", {PR_SET_NAME}, PASSED},
    {SCMP_SYS(prctl), "PR_GET_PDEATHSIG", {PR_GET_PDEATHSIG}, PASSED},
    {SCMP_SYS(prctl), "PR_SET_VMA", {0x53564d41}, PASSED},
    {SCMP_SYS(prctl), "PR_SET_PDEATHSIG", {PR_SET_PDEATHSIG}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_PDEATHSIG, other half", {1ul << 32 | PR_SET_PDEATHSIG}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_DUMPABLE", {PR_SET_DUMPABLE, 1}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_PTRACER", {PR_SET_PTRACER}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_MM", {PR_SET_MM}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_CHILD_SUBREAPER", {PR_SET_CHILD_SUBREAPER}, EPERM},
    {SCMP_SYS(prctl), "PR_SET_SECCOMP", {PR_SET_SECCOMP}, EPERM},
    {SCMP_SYS(fcntl), "F_DUPFD_CLOEXEC", {3, F_DUPFD_CLOEXEC}, PASSED},
    {SCMP_SYS(fcntl), "F_GETFL", {3, F_GETFL}, PASSED},
    {SCMP_SYS(fcntl), "F_SETFD", {3, F_SETFD}, PASSED},
    {SCMP_SYS(fcntl), "F_SETLK", {3, F_SETLK}, PASSED},
    {SCMP_SYS(fcntl), "F_SETFL", {3, F_SETFL}, EPERM},
    {SCMP_SYS(fcntl), "F_SETOWN", {3, F_SETOWN}, EPERM},
    {SCMP_SYS(fcntl), "F_SETOWN_EX", {3, F_SETOWN_EX}, EPERM},
    {SCMP_SYS(fcntl), "F_SETSIG", {3, F_SETSIG}, EPERM},
    {SCMP_SYS(fcntl), "F_SETLEASE", {3, F_SETLEASE}, EPERM},
    {SCMP_SYS(fcntl), "F_NOTIFY", {3, F_NOTIFY}, EPERM},
    {SCMP_SYS(fcntl), "F_ADD_SEALS", {3, F_ADD_SEALS}, EPERM},
    {SCMP_SYS(ioctl), "TCGETS", {3, TCGETS}, PASSED},
    {SCMP_SYS(ioctl), "TIOCGWINSZ", {3, TIOCGWINSZ}, PASSED},
    {SCMP_SYS(ioctl), "FIONREAD", {3, FIONREAD}, PASSED},
    {SCMP_SYS(ioctl), "FIONBIO", {3, FIONBIO}, EPERM},
    {SCMP_SYS(ioctl), "FIOSETOWN", {3, FIOSETOWN}, EPERM},
    {SCMP_SYS(ioctl), "TIOCSTI", {3, TIOCSTI}, EPERM},
    {SCMP_SYS(ioctl), "TIOCSTI, other half", {3, 1ul << 32 | TIOCSTI}, EPERM},
    {SCMP_SYS(ioctl), "TIOCLINUX", {3, TIOCLINUX}, EPERM},
    {SCMP_SYS(ioctl), "TIOCSCTTY", {3, TIOCSCTTY}, EPERM},
    {SCMP_SYS(ioctl), "TCSETS", {3, TCSETS}, EPERM},
    {SCMP_SYS(ioctl), "FS_IOC_SETFLAGS", {3, FS_IOC_SETFLAGS}, EPERM},
    {SCMP_SYS(ioctl), "FS_IOC_FSSETXATTR", {3, FS_IOC_FSSETXATTR}, EPERM},
    {SCMP_SYS(ioctl), "FICLONE", {3, FICLONE}, EPERM},
    {SCMP_SYS(ioctl), "FIFREEZE", {3, FIFREEZE}, EPERM},
    {SCMP_SYS(sched_setaffinity), "of the thread", {0, 8, 1}, PASSED},
    {SCMP_SYS(sched_setaffinity), "of the first thread", {SELF, 8, 1}, PASSED},
    {SCMP_SYS(sched_setaffinity), "of the parent", {PARENT, 8, 1}, EPERM},
    {SCMP_SYS(prlimit64), "read", {0, 1, 0, 1}, PASSED},
    {SCMP_SYS(prlimit64), "set", {0, 1, 1ul << 32, 0}, EPERM},
    {SCMP_SYS(prlimit64), "of the parent", {PARENT, 1, 0, 1}, EPERM},
    {SCMP_SYS(personality), "asked for", {0xffffffff}, PASSED},
    {SCMP_SYS(personality), "set", {0x40000}, EPERM},
    {SCMP_SYS(kill), "itself", {SELF, 9}, PASSED},
    {SCMP_SYS(kill), "its parent", {PARENT, 9}, EPERM},
    {SCMP_SYS(kill), "its group", {0, 9}, EPERM},
    {SCMP_SYS(kill), "all", {~0ul, 9}, EPERM},
    {SCMP_SYS(tkill), "itself", {SELF, 9}, PASSED},
    {SCMP_SYS(tkill), "its parent", {PARENT, 9}, EPERM},
    {SCMP_SYS(tgkill), "a thread of its own", {SELF, 1, 9}, PASSED},
    {SCMP_SYS(tgkill), "its parent", {PARENT, PARENT, 9}, EPERM},
    {SCMP_SYS(rt_sigqueueinfo), "itself", {SELF, 9, 1}, PASSED},
    {SCMP_SYS(rt_sigqueueinfo), "its parent", {PARENT, 9, 1}, EPERM},
    {SCMP_SYS(rt_tgsigqueueinfo), "a thread of its own", {SELF, 1, 9, 1}, PASSED},
    {SCMP_SYS(rt_tgsigqueueinfo), "its parent", {PARENT, PARENT, 9, 1}, EPERM},
};
#define N_TRIALS (sizeof trials / sizeof *trials)

/* Calls that are allowed for some values of an argument, in ascending order: all of 0 to 65535 are
 * tried. */
static const struct {
    int call, argument, n;
    uint16_t value[24];
} lists[] = {
    {SCMP_SYS(madvise),
     2,
     18,
     {0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 102, 103}},
    {SCMP_SYS(prctl), 0, 20, {2,  3,  7,  15, 16, 21, 23, 25, 27, 29,
                              30, 39, 40, 41, 42, 51, 52, 56, 61, 64}},
    {SCMP_SYS(fcntl), 1, 14, {0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1027, 1030, 1032, 1034}},
    {SCMP_SYS(ioctl), 1, 5, {TCGETS, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX}},
};
#define N_LISTS (sizeof lists / sizeof *lists)

enum { END = 600 }; /* numbers that are tried */

/* What the child found: the errno of each call without arguments, and of each trial. */
static struct found {
    int call[END], trial[N_TRIALS], x32;
    int n[N_LISTS];
    uint16_t value[N_LISTS][24];
    bool finished;
} *found;

/* ---- In the child ----------------------------------------------------------------------------*/

/* The register of the sixth argument is cleared afterwards, for calls that have fewer. */
static int answer(long call, const unsigned long argument[5])
{
    unsigned long a[5];
    for (int i = 0; i < 5; i++)
        a[i] = argument[i] == SELF     ? (unsigned long)getpid()
               : argument[i] == PARENT ? (unsigned long)getppid()
                                       : argument[i];
    const int error =
        syscall(call, a[0], a[1], a[2], a[3], a[4], (unsigned long)MAGIC) == -1 ? errno : 0;
    syscall(SYS_getppid, 0ul, 0ul, 0ul, 0ul, 0ul, 0ul);
    return error;
}

static bool is_filtered(int call)
{
    for (size_t i = 0; i < N_CALLS; i++)
        if (calls[i].call == call)
            return calls[i].verdict != NOT_FILTERED;
    return true;
}

static bool close_outer_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAGIC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | PASSED),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
           answer(SYS_getppid, (unsigned long[5]){0}) == PASSED;
}

/* Writes down which values of a list are allowed. */
static void try_values(size_t list)
{
    unsigned long argument[5] = {0};
    for (unsigned value = 0; value <= UINT16_MAX; value++) {
        argument[lists[list].argument] = value;
        if (answer(lists[list].call, argument) == PASSED && found->n[list]++ < 24)
            found->value[list][found->n[list] - 1] = (uint16_t)value;
    }
}

static void try_calls(void)
{
    static const unsigned long nothing[5];
    struct err e;
    if (!close_outer_filter() || !sandbox_ask(true, &e) || !sandbox_enter(&e))
        _exit(1);
    for (int call = 0; call < END; call++)
        found->call[call] = is_filtered(call) ? answer(call, nothing) : EPERM;
    for (size_t i = 0; i < N_TRIALS; i++)
        found->trial[i] =
            trials[i].call < 0 ? trials[i].error : answer(trials[i].call, trials[i].argument);
    for (size_t i = 0; i < N_LISTS; i++)
        try_values(i);
    found->x32 = answer(0x40000000 + SYS_getpid, nothing);
    found->finished = true;
    _exit(0);
}

/* ---- Tests -----------------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    int status;
    found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = found == MAP_FAILED ? -1 : fork();
    if (child == 0)
        try_calls();
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 && found->finished ? 0
                                                                                              : -1;
}

static const char *say(int error)
{
    return error == PASSED ? "allowed" : strerror(error);
}

static int wanted(enum verdict verdict)
{
    return verdict == ALLOWED ? PASSED : verdict == MISSING ? ENOSYS : EPERM;
}

static void every_number(void **state)
{
    (void)state;
    bool named[END] = {false};
    int wrong = 0;
    for (size_t i = 0; i < N_CALLS; i++) {
        const int call = calls[i].call;
        if (call < 0) /* this machine does not have it */
            continue;
        assert_true(call <= SANDBOX_FILTER_NEWEST && !named[call] && calls[i].why[0]);
        named[call] = true;
        if (calls[i].verdict != BY_ARGUMENT && found->call[call] != wanted(calls[i].verdict)) {
            print_error("%s: %s\n", calls[i].name, say(found->call[call]));
            wrong++;
        }
    }
    for (int call = 0; call < END; call++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
        const int none = call <= SANDBOX_FILTER_NEWEST ? EPERM : ENOSYS;
        if (!named[call] && (found->call[call] != none || name)) {
            print_error("%d %s: %s\n", call, name ? name : "", say(found->call[call]));
            wrong++;
        }
        free(name);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(found->x32, ENOSYS);
}

static void by_argument(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < N_TRIALS; i++)
        if (found->trial[i] != trials[i].error) {
            print_error("call %d, %s: %s\n", trials[i].call, trials[i].what, say(found->trial[i]));
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void every_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LISTS; i++) {
        assert_int_equal(found->n[i], lists[i].n);
        assert_memory_equal(found->value[i], lists[i].value, sizeof lists[i].value);
    }
}

/* Each of them is tried both ways. */
static void every_argument_is_tried(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CALLS; i++) {
        bool passed = false, refused = false;
        for (size_t k = 0; k < N_TRIALS; k++)
            if (trials[k].call == calls[i].call) {
                passed = passed || trials[k].error == PASSED;
                refused = refused || trials[k].error != PASSED;
            }
        if ((passed && refused) != (calls[i].verdict == BY_ARGUMENT))
            fail_msg("%s is tried with too few arguments", calls[i].name);
    }
}

int main(void)
{
    struct err e;
    if (!sandbox_ask(true, &e)) {
        print_message("[   NOTE   ] nothing is tried: %s\n", e.text);
        return 77; /* skipped */
    }
    sandbox_ask(false, &e);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number),
        cmocka_unit_test(by_argument),
        cmocka_unit_test(every_value),
        cmocka_unit_test(every_argument_is_tried),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
