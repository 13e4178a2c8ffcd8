/* The filter of system calls, and Landlock. */
#include "core/sandbox.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ASKED "AXB_SANDBOX" /* in the environment of children */

/* ---- The filter ------------------------------------------------------------------------------*/

#define NEWER(number)                                                                              \
    (number) /* than libseccomp's names; these numbers are those of all machines */

/* Refused whatever the arguments are. */
static const int refused[] = {
    /* files: what makes, removes or changes them, or may open them for it */
    SCMP_SYS(creat),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(truncate),
    SCMP_SYS(ftruncate),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    NEWER(452) /* fchmodat2 */,
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utime),
    SCMP_SYS(utimes),
    SCMP_SYS(futimesat),
    SCMP_SYS(utimensat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    NEWER(463) /* setxattrat */,
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    NEWER(466) /* removexattrat */,
    NEWER(469) /* file_setattr */,
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(acct),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    /* file systems and namespaces */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    NEWER(467) /* open_tree_attr */,
    /* network, and what outlives a process */
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(mq_open),
    SCMP_SYS(mq_unlink),
    SCMP_SYS(shmget),
    SCMP_SYS(shmat),
    SCMP_SYS(shmctl),
    SCMP_SYS(semget),
    SCMP_SYS(semctl),
    SCMP_SYS(semop),
    SCMP_SYS(semtimedop),
    SCMP_SYS(msgget),
    SCMP_SYS(msgctl),
    SCMP_SYS(msgsnd),
    SCMP_SYS(msgrcv),
    /* processes: new ones, and others */
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(kcmp),
    SCMP_SYS(setpriority),
    SCMP_SYS(migrate_pages),
    SCMP_SYS(move_pages),
    /* the machine, and ways around this filter */
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
    SCMP_SYS(vhangup),
};

/* Not there: their arguments lie in memory, which no filter sees. The C library then uses the older
 * ones. */
static const int missing[] = {SCMP_SYS(openat2), SCMP_SYS(clone3)};

/* Refused if an argument is such. */
#define HAS(argument, flag)                                                                        \
    {                                                                                              \
        argument, SCMP_CMP_MASKED_EQ, flag, flag                                                   \
    }
#define IS(argument, value)                                                                        \
    {                                                                                              \
        argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value                                            \
    }

static const struct {
    int call, error;
    struct scmp_arg_cmp argument;
} refused_if[] = {
    {SCMP_SYS(open), EACCES, HAS(1, O_WRONLY)},
    {SCMP_SYS(open), EACCES, HAS(1, O_RDWR)},
    {SCMP_SYS(open), EACCES, HAS(1, O_CREAT)},
    {SCMP_SYS(open), EACCES, HAS(1, O_TRUNC)},
    {SCMP_SYS(openat), EACCES, HAS(2, O_WRONLY)},
    {SCMP_SYS(openat), EACCES, HAS(2, O_RDWR)},
    {SCMP_SYS(openat), EACCES, HAS(2, O_CREAT)},
    {SCMP_SYS(openat), EACCES, HAS(2, O_TRUNC)},
    {SCMP_SYS(fallocate), EPERM, {1, SCMP_CMP_NE, 0, 0}}, /* holes in shared segments */
    {SCMP_SYS(clone), EPERM, {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0}},
    {SCMP_SYS(prlimit64), EPERM, {0, SCMP_CMP_NE, 0, 0}},
    {SCMP_SYS(prctl), EPERM, IS(0, PR_SET_PDEATHSIG)}, /* it would outlive the coordinator */
    /* signals to others by way of a descriptor, and input to the user's terminal */
    {SCMP_SYS(fcntl), EPERM, IS(1, F_SETOWN)},
    {SCMP_SYS(fcntl), EPERM, IS(1, F_SETOWN_EX)},
    {SCMP_SYS(ioctl), EPERM, IS(1, FIOSETOWN)},
    {SCMP_SYS(ioctl), EPERM, IS(1, SIOCSPGRP)},
    {SCMP_SYS(ioctl), EPERM, IS(1, TIOCSTI)},
    {SCMP_SYS(ioctl), EPERM, IS(1, TIOCLINUX)},
};

/* Refused unless their first argument is this process: abort() sends a signal to itself. */
static const int to_itself[] = {SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill),
                                SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)};

static bool refuse(scmp_filter_ctx filter, int call, int error, const struct scmp_arg_cmp *argument)
{
    unsigned n = argument ? 1 : 0;
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)error), call, n, argument) == 0;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool write_rules(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp others = {0, SCMP_CMP_NE, (scmp_datum_t)getpid(), 0};
    bool ok = true;
    for (size_t i = 0; i < COUNT(refused); i++)
        ok = ok && refuse(filter, refused[i], EPERM, NULL);
    for (size_t i = 0; i < COUNT(missing); i++)
        ok = ok && refuse(filter, missing[i], ENOSYS, NULL);
    for (size_t i = 0; i < COUNT(refused_if); i++)
        ok = ok && refuse(filter, refused_if[i].call, refused_if[i].error, &refused_if[i].argument);
    for (size_t i = 0; i < COUNT(to_itself); i++)
        ok = ok && refuse(filter, to_itself[i], EPERM, &others);
    return ok;
}

/* System calls of other machine types are refused as well. The filter does not slow the processor
 * down as a precaution against its own speculation (CTL_SSB), as older kernels would have it: it
 * guards what user code does, not what it might guess. */
static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool ok = filter &&
              seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)) == 0 &&
              seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1) == 0 && write_rules(filter) &&
              seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}

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

/* The version of its interface; 0 where there is none. */
static unsigned landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* ask for the version */);
    return version > 0 ? (unsigned)version : 0;
}

/* False if the kernel has it and refuses all the same. */
static bool lock_files(void)
{
    unsigned version = landlock_version();
    if (version == 0)
        return true;
    struct landlock rules = known[(version < COUNT(known) ? version : COUNT(known)) - 1];
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

/* ---- Both ------------------------------------------------------------------------------------*/

static bool has_filters(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool sandbox_ask(bool wanted, struct err *e)
{
    if (!wanted) {
        unsetenv(ASKED);
        return true;
    }
    if (!has_filters())
        return err_set(e, ERR_UNAVAILABLE,
                       "leave it away, or use a kernel with CONFIG_SECCOMP_FILTER",
                       "--sandbox: this kernel has no filters of system calls (seccomp)");
    return setenv(ASKED, "1", 1) == 0 || err_set(e, ERR_OS, NULL, "no memory for --sandbox");
}

bool sandbox_enter(struct err *e)
{
    if (!getenv(ASKED))
        return true;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && lock_files() && filter_calls())
        return true;
    return err_system(e, ERR_UNAVAILABLE, errno, "leave --sandbox away",
                      "the sandbox cannot be closed around a worker");
}

void sandbox_describe(char *text, size_t bytes)
{
    unsigned version = landlock_version();
    snprintf(text, bytes, version ? "landlock %u, seccomp" : "seccomp", version);
}
