/* The table of exceptions, and names of system calls as <sys/syscall.h> has them. */
#include "tests/fault/calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>

/* [SYS_read] = "read", …; CMake makes it from the header */
static const char *const names[] = {
#include "tests/fault/syscall_names.inc"
};
#define N_NAMES ((long)(sizeof names / sizeof *names))

static const char no_return[] = "does not return";
static const char no_error[] = "has no error but for arguments that are wrong";
static const char stays[] =
    "what the system does not let go of stays: nothing else could be promised";
static const char own_child[] = "a process may always do so to its own child";

/* A call that this machine does not have gets a number below zero. */
#ifndef SYS_arch_prctl
#define SYS_arch_prctl (-1)
#endif

static const struct rule {
    long number;
    enum calls_way way;
    const char *why;
} rules[] = {
    {SYS_exit, CALLS_NEVER, no_return},
    {SYS_exit_group, CALLS_NEVER, no_return},
    {SYS_rt_sigreturn, CALLS_NEVER, no_return},
    {SYS_getpid, CALLS_NEVER, no_error},
    {SYS_getppid, CALLS_NEVER, no_error},
    {SYS_gettid, CALLS_NEVER, no_error},
    {SYS_getuid, CALLS_NEVER, no_error},
    {SYS_geteuid, CALLS_NEVER, no_error},
    {SYS_getgid, CALLS_NEVER, no_error},
    {SYS_getegid, CALLS_NEVER, no_error},
    {SYS_sched_yield, CALLS_NEVER, no_error},
    {SYS_set_tid_address, CALLS_NEVER, no_error},
    {SYS_set_robust_list, CALLS_NEVER, no_error},
    {SYS_arch_prctl, CALLS_NEVER, no_error},
    {SYS_rt_sigprocmask, CALLS_NEVER, no_error},
    {SYS_rt_sigaction, CALLS_NEVER, no_error},
    {SYS_clock_gettime, CALLS_NEVER, no_error},
    {SYS_prctl, CALLS_NEVER, no_error},
    {SYS_kill, CALLS_NEVER, own_child},
    {SYS_tgkill, CALLS_NEVER, own_child},
    {SYS_setpgid, CALLS_NEVER, own_child},
    {SYS_unlinkat, CALLS_NEVER, stays},
#ifdef SYS_unlink
    {SYS_unlink, CALLS_NEVER, stays},
    {SYS_rmdir, CALLS_NEVER, stays},
#endif
    {SYS_restart_syscall, CALLS_NEVER, "made by the system itself"},
    {SYS_brk, CALLS_NEVER, "says no by giving the old end; the allocator then asks mmap"},
    {SYS_rseq, CALLS_NEVER, "the C library ends the program when it is refused"},
    {SYS_close, CALLS_AFTER, "Linux closes the descriptor whatever it answers"},
    {SYS_futex, CALLS_NEVER, "waking cannot fail; waiting only by EINTR and EAGAIN, as here"},
};
#define N_RULES (sizeof rules / sizeof *rules)

static bool is_futex_wait(long number, uint64_t operation)
{
    uint64_t command = operation & (uint64_t)FUTEX_CMD_MASK;
    return number == SYS_futex && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
}

enum calls_way calls_rule(long number, uint64_t second_argument, const char **why)
{
    *why = NULL;
    for (size_t i = 0; i < N_RULES; i++)
        if (number >= 0 && rules[i].number == number) {
            *why = rules[i].why;
            return is_futex_wait(number, second_argument) ? CALLS_FAIL : rules[i].way;
        }
    return CALLS_FAIL;
}

static bool can_be_interrupted(long number)
{
    static const long some[] = {
        SYS_read,    SYS_write,     SYS_openat,          SYS_futex,
        SYS_fsync,   SYS_fallocate, SYS_rt_sigtimedwait, SYS_getrandom,
        SYS_pread64, SYS_ftruncate, SYS_clock_nanosleep, SYS_ppoll,
#ifdef SYS_poll
        SYS_poll,    SYS_open,
#endif
        SYS_close,   SYS_dup3,      SYS_sendfile,        SYS_copy_file_range};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i] == number)
            return true;
    return false;
}

static bool gives_descriptor(long number)
{
    static const long some[] = {SYS_openat, SYS_fcntl, SYS_dup, SYS_dup3, SYS_memfd_create,
#ifdef SYS_open
                                SYS_open,   SYS_dup2,
#endif
                                SYS_pipe2};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i] == number)
            return true;
    return false;
}

int calls_error(long number, unsigned flavour)
{
    static const int futex[CALLS_FLAVOURS] = {EINTR, EINTR, EINTR, EAGAIN, EAGAIN, EAGAIN};
    if (number == SYS_futex)
        return futex[flavour % CALLS_FLAVOURS];
    if (number == SYS_wait4 || number == SYS_waitid) /* we do have the child */
        return EINTR;
    const int errors[CALLS_FLAVOURS] = {ENOMEM, can_be_interrupted(number) ? EINTR : EPERM,
                                        EIO,    ENOSPC,
                                        EACCES, gives_descriptor(number) ? EMFILE : EAGAIN};
    return errors[flavour % CALLS_FLAVOURS];
}

const char *calls_name(long number)
{
    static char text[32];
    if (number >= 0 && number < N_NAMES && names[number])
        return names[number];
    snprintf(text, sizeof text, "call %ld", number);
    return text;
}

void calls_print(void)
{
    printf("  these are not made to fail, or in another way:\n");
    for (size_t i = 0; i < N_RULES; i++)
        if (rules[i].number >= 0)
            printf("    %-16s %s\n", calls_name(rules[i].number), rules[i].why);
}
