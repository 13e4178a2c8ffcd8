/* What user code needs: the C library and its allocators, threads, OpenMP, reading files, an
 * interpreter such as Python. Each group says what it is for, and what was left out of it. A call
 * whose effect depends on its arguments is in the second list, with the arguments that are allowed.
 *
 * Of all refused calls tests/core/sandbox_calls.inc says why. */
#include "core/sandbox_filter.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEWER(number)                                                                              \
    (number) /* than libseccomp's names; these numbers are those of all machines */
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Allowed whatever the arguments are ------------------------------------------------------*/

static const int allowed[] = {
    /* Descriptors that are open. What they may be used for was decided when they were opened. */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(preadv2),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(pwritev2),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(fadvise64),
    /* Looking at files and folders, and the process' own place among them. */
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(fgetxattr),
    NEWER(464) /* getxattrat */,
    SCMP_SYS(listxattr),
    SCMP_SYS(llistxattr),
    SCMP_SYS(flistxattr),
    NEWER(465) /* listxattrat */,
    NEWER(468) /* file_getattr */,
    SCMP_SYS(getcwd),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(umask),
    /* Waiting for descriptors, and those that nobody else can have. */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd),
    SCMP_SYS(eventfd2),
    SCMP_SYS(signalfd),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    /* Its memory. Not memfd_create: such memory is counted by nobody, and nothing needs it. Not
     * mbind: it would change the segments for all. */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(pkey_alloc),
    SCMP_SYS(pkey_free),
    SCMP_SYS(pkey_mprotect),
    SCMP_SYS(mincore),
    SCMP_SYS(msync),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(mlockall),
    SCMP_SYS(munlock),
    SCMP_SYS(munlockall),
    SCMP_SYS(get_mempolicy),
    SCMP_SYS(set_mempolicy),
    NEWER(453) /* map_shadow_stack */,
    NEWER(462) /* mseal */,
    /* Its threads. */
    SCMP_SYS(futex),
    SCMP_SYS(futex_waitv),
    NEWER(454) /* futex_wake */,
    NEWER(455) /* futex_wait */,
    NEWER(456) /* futex_requeue */,
    SCMP_SYS(membarrier),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getattr),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sched_rr_get_interval),
    /* Time, and timers that signal this process. */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(getitimer),
    SCMP_SYS(setitimer),
    SCMP_SYS(alarm),
    SCMP_SYS(pause),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_getoverrun),
    SCMP_SYS(timer_delete),
    /* Signals that come, and children, of which it has none. */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    /* Questions: who it is, and on what machine. */
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getpgid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getsid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getresgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(capget),
    SCMP_SYS(getpriority),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
};

/* ---- Allowed by argument ---------------------------------------------------------------------*/

#define NEEDS_WRITING (O_ACCMODE | O_CREAT | O_TRUNC)
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* The bits `mask` of an argument are `value`; with no bits it holds. */
struct bits {
    unsigned argument;
    uint64_t mask, value;
};

static const struct {
    int call;
    struct bits when[2]; /* both hold */
} allowed_if[] = {
    /* files are opened for reading alone */
    {SCMP_SYS(open), {{1, NEEDS_WRITING, O_RDONLY}}},
    {SCMP_SYS(openat), {{2, NEEDS_WRITING, O_RDONLY}}},
    /* a thread, no process */
    {SCMP_SYS(clone), {{0, CLONE_THREAD | NAMESPACES, CLONE_THREAD}}},
    /* memory of its own, or of a file: what is shared but of no file, and huge pages of the
     * administrator's, nobody counts */
    {SCMP_SYS(mmap), {{3, MAP_ANONYMOUS | MAP_HUGETLB, 0}}},
    {SCMP_SYS(mmap), {{3, MAP_SHARED | MAP_HUGETLB | MAP_GROWSDOWN, 0}}},
    /* the calling thread's cores; other threads cannot be told from those of other processes */
    {SCMP_SYS(sched_setaffinity), {{0, UINT32_MAX, 0}}},
    /* its limits are read, not set: that of memory could be raised again */
    {SCMP_SYS(prlimit64), {{0, UINT32_MAX, 0}, {2, UINT64_MAX, 0}}},
    /* it is asked for, not set */
    {SCMP_SYS(personality), {{0, UINT32_MAX, UINT32_MAX}}},
};

/* What may be advised of memory. Not MADV_REMOVE, which makes holes in segments; nor to swap, merge
 * or poison pages that others have too. */
static const uint32_t advices[] = {
    MADV_NORMAL,
    MADV_RANDOM,
    MADV_SEQUENTIAL,
    MADV_WILLNEED,
    MADV_DONTNEED,
    MADV_FREE,
    MADV_DONTFORK,
    MADV_DOFORK,
    MADV_HUGEPAGE,
    MADV_NOHUGEPAGE,
    MADV_DONTDUMP,
    MADV_DODUMP,
    MADV_WIPEONFORK,
    MADV_KEEPONFORK,
    22 /* MADV_POPULATE_READ */,
    23 /* ..._WRITE */,
    102 /* MADV_GUARD_INSTALL */,
    103 /* ..._REMOVE */,
};

/* Its name, and questions. What else prctl sets are protections. */
static const uint32_t process_controls[] = {
    PR_SET_NAME,
    PR_GET_NAME,
    PR_GET_PDEATHSIG,
    PR_GET_DUMPABLE,
    PR_GET_KEEPCAPS,
    PR_GET_SECCOMP,
    PR_CAPBSET_READ,
    PR_GET_TSC,
    PR_GET_SECUREBITS,
    PR_SET_TIMERSLACK,
    PR_GET_TIMERSLACK,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_TID_ADDRESS,
    PR_SET_THP_DISABLE,
    PR_GET_THP_DISABLE,
    PR_SVE_GET_VL,
    PR_GET_SPECULATION_CTRL,
    PR_GET_TAGGED_ADDR_CTRL,
    61 /* PR_PAC_GET_ENABLED_KEYS */,
    64 /* PR_SME_GET_VL */,
    0x41555856 /* PR_GET_AUXV */,
    0x53564d41 /* PR_SET_VMA: names of memory */,
};

/* Not F_SETFL: stderr is shared with other processes, down to its flags. Not owners and leases,
 * which send signals; not seals. Locks on what is open for reading are shared ones: SQLite needs
 * them. */
static const uint32_t descriptor_controls[] = {
    F_DUPFD,      F_DUPFD_CLOEXEC,
    F_GETFD,      F_SETFD,
    F_GETFL,      F_GETLK,
    F_SETLK,      F_SETLKW,
    F_OFD_GETLK,  F_OFD_SETLK,
    F_OFD_SETLKW, F_GETPIPE_SZ,
    F_GET_SEALS,  1027 /* F_DUPFD_QUERY */,
};

/* Is it a terminal, how wide is it, how much can be read; and closing at exec. */
static const uint32_t device_controls[] = {
    TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIOCLEX, FIONCLEX,
};

/* Argument `argument`, as an int, is one of n values. */
static const struct {
    int call;
    unsigned argument;
    const uint32_t *values;
    size_t n;
} allowed_values[] = {
    {SCMP_SYS(madvise), 2, advices, COUNT(advices)},
    {SCMP_SYS(prctl), 0, process_controls, COUNT(process_controls)},
    {SCMP_SYS(fcntl), 1, descriptor_controls, COUNT(descriptor_controls)},
    {SCMP_SYS(ioctl), 1, device_controls, COUNT(device_controls)},
};

/* Allowed if the first argument is this process: abort() sends a signal to itself. */
static const int to_itself[] = {SCMP_SYS(kill),
                                SCMP_SYS(tkill),
                                SCMP_SYS(tgkill),
                                SCMP_SYS(rt_sigqueueinfo),
                                SCMP_SYS(rt_tgsigqueueinfo),
                                SCMP_SYS(sched_setaffinity)};

/* ---- Refused otherwise than with EPERM -------------------------------------------------------*/

/* Their arguments lie in memory, which no filter sees. The C library then uses the older ones. */
static const int missing[] = {SCMP_SYS(openat2), SCMP_SYS(clone3)};

/* As of a file that may not be written. */
static const int opening[] = {SCMP_SYS(open), SCMP_SYS(openat)};

/* ---- What is decided of each call ------------------------------------------------------------*/

/* A call returns `error`, or is made if that is 0. One that is `conditional` is made if one of its
 * conditions holds, and else returns the error. */
struct verdict {
    uint32_t error;
    bool conditional;
};

enum { N_CALLS = SANDBOX_FILTER_NEWEST + 1, MOST_CODE = 2048 };

/* `next` code follows; calls have their numbers. */
struct program {
    struct verdict verdict[N_CALLS];
    struct sock_filter code[MOST_CODE];
    size_t next;
};

/* Of a call that this machine's architecture does not have, whose number is negative here, nothing
 * is decided. */
static void decide(struct program *p, int call, uint32_t error, bool conditional)
{
    if (call >= 0)
        p->verdict[call] = (struct verdict){error, conditional};
}

static void decide_all(struct program *p)
{
    for (int call = 0; call < N_CALLS; call++)
        decide(p, call, EPERM, false);
    for (size_t i = 0; i < COUNT(allowed); i++)
        decide(p, allowed[i], 0, false);
    for (size_t i = 0; i < COUNT(allowed_if); i++)
        decide(p, allowed_if[i].call, EPERM, true);
    for (size_t i = 0; i < COUNT(allowed_values); i++)
        decide(p, allowed_values[i].call, EPERM, true);
    for (size_t i = 0; i < COUNT(to_itself); i++)
        decide(p, to_itself[i], EPERM, true);
    for (size_t i = 0; i < COUNT(opening); i++)
        decide(p, opening[i], EACCES, true);
    for (size_t i = 0; i < COUNT(missing); i++)
        decide(p, missing[i], ENOSYS, false);
}

/* ---- The program -----------------------------------------------------------------------------
 * BPF, as in Linux' userspace-api/seccomp_filter.rst: a search for the number of the call, then its
 * conditions one after the other. libseccomp makes the same, but takes 5 ms for so many calls. */

static void put(struct program *p, int code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    if (p->next < MOST_CODE)
        p->code[p->next] = (struct sock_filter){(uint16_t)code, if_true, if_false, k};
    p->next++;
}

static void put_load(struct program *p, size_t at)
{
    put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

static void put_return(struct program *p, uint32_t error)
{
    put(p, BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_ALLOW, 0, 0);
}

/* Allows the call if n conditions hold. Halves of an argument of which nothing is asked are not
 * looked at: of an int the kernel does not look at the upper one either. */
static void put_condition(struct program *p, const struct bits *when, size_t n)
{
    struct half {
        size_t at;
        uint32_t mask, value;
    } half[4];
    size_t n_halves = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned k = 0; k < 2; k++) {
            const size_t at = when[i].argument * sizeof(uint64_t) + k * sizeof(uint32_t);
            const uint32_t mask = (uint32_t)(when[i].mask >> 32 * k);
            if (mask)
                half[n_halves++] = (struct half){offsetof(struct seccomp_data, args) + at, mask,
                                                 (uint32_t)(when[i].value >> 32 * k)};
        }
    for (const struct half *h = half; h < half + n_halves; h++) {
        put_load(p, h->at);
        put(p, BPF_ALU | BPF_AND | BPF_K, h->mask, 0, 0);
        put(p, BPF_JMP | BPF_JEQ | BPF_K, h->value, 0, (uint8_t)(3 * (half + n_halves - h) - 2));
    }
    put_return(p, 0);
}

static void put_conditions(struct program *p, int call)
{
    for (size_t i = 0; i < COUNT(allowed_if); i++)
        if (allowed_if[i].call == call)
            put_condition(p, allowed_if[i].when, COUNT(allowed_if[i].when));
    for (size_t i = 0; i < COUNT(allowed_values); i++)
        for (size_t k = 0; k < allowed_values[i].n && allowed_values[i].call == call; k++)
            put_condition(
                p,
                &(struct bits){allowed_values[i].argument, UINT32_MAX, allowed_values[i].values[k]},
                1);
    for (size_t i = 0; i < COUNT(to_itself); i++)
        if (to_itself[i] == call)
            put_condition(p, &(struct bits){0, UINT32_MAX, (uint32_t)getpid()}, 1);
}

/* Are calls first to last decided in the same way? */
static bool same(const struct program *p, int first, int last)
{
    bool same = true;
    for (int call = first; call <= last && first < last; call++)
        same = same && !p->verdict[call].conditional &&
               p->verdict[call].error == p->verdict[first].error;
    return same;
}

/* The number of the call, which is one of first to last, is loaded. */
static void put_search(struct program *p, int first, int last)
{
    if (same(p, first, last)) {
        if (p->verdict[first].conditional)
            put_conditions(p, first);
        put_return(p, p->verdict[first].error);
        return;
    }
    const int middle = first + (last - first) / 2 + 1;
    put(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)middle, 0, 1);
    const size_t to_upper = p->next;
    put(p, BPF_JMP | BPF_JA, 0, 0, 0);
    put_search(p, first, middle - 1);
    if (to_upper < MOST_CODE)
        p->code[to_upper].k = (uint32_t)(p->next - to_upper - 1);
    put_search(p, middle, last);
}

static void put_program(struct program *p)
{
    put_load(p, offsetof(struct seccomp_data, arch));
    put(p, BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0);
    put_return(p, EPERM);
    put_load(p, offsetof(struct seccomp_data, nr));
    put(p, BPF_JMP | BPF_JGE | BPF_K, N_CALLS, 0, 1);
    put_return(p, ENOSYS);
    put_search(p, 0, SANDBOX_FILTER_NEWEST);
}

/* The filter does not slow the processor down as a precaution against its own speculation, as older
 * kernels would have it: it guards what user code does, not what it might guess. */
bool sandbox_filter_load(void)
{
    struct program p = {.next = 0};
    decide_all(&p);
    put_program(&p);
    if (p.next > MOST_CODE) {
        errno = E2BIG;
        return false;
    }
    const struct sock_fprog filter = {(unsigned short)p.next, p.code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) ==
           0;
}
