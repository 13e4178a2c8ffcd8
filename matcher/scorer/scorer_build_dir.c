/* The directory in which the compiler finds our headers and puts what it makes. Best is a file
 * system in memory without a name: it is gone with the last process that holds it, whoever is
 * killed. The system makes one for a process that may mount; for others only inside a user
 * namespace, which containers often forbid. Otherwise it is a directory with a name, which both the
 * coordinator and its child remove. */
#include "matcher/scorer/scorer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Makes a file system without a name: a descriptor of its root, which compilers inherit, or -1.
 * By number, since glibc has these calls from 2.36 on only, and all else that axb calls from 2.34.
 */
static int open_nameless(void)
{
    const int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0)
        return -1;
    bool made = syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0700", 0) == 0 &&
                syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    int root = made ? (int)syscall(SYS_fsmount, fs, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) : -1;
    close(fs);
    return root;
}

static void write_line(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, line, strlen(line)); /* if this fails, so does the mount */
    close(fd);
}

/* Enters a user namespace; true if this process may mount then. The user stays who it is. A
 * superuser who may not mount would lose other rights in a namespace, so it stays where it is. */
static bool become_mounter(void)
{
    char user[32], group[32];
    snprintf(user, sizeof user, "%u %u 1", geteuid(), geteuid());
    snprintf(group, sizeof group, "%u %u 1", getegid(), getegid());
    if (geteuid() == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    write_line("/proc/self/setgroups", "deny");
    write_line("/proc/self/uid_map", user);
    write_line("/proc/self/gid_map", group);
    return true;
}

bool scorer_build_dir_open(const char *name, char *dir, size_t bytes, struct err *e)
{
    int root = open_nameless();
    if (root < 0 && become_mounter())
        root = open_nameless();
    if (root >= 0) {
        snprintf(dir, bytes, "/proc/self/fd/%d", root); /* the same in its children */
        if (access(dir, W_OK | X_OK) == 0)
            return true;
        close(root);
    }
    snprintf(dir, bytes, "%s", name);
    return mkdir(dir, 0700) == 0 ||
           err_system(e, ERR_OS, errno, "TMPDIR can name another place",
                      "cannot make the directory %s for the compiler", dir);
}
