/* Segments with a name: how they get it, lose it, and are found.
 *
 * Naming takes two calls, link and rename, because no single call replaces an existing name with a
 * file that has none. A short-lived child makes them, so that a kill -9 of axb comes before both or
 * after both. Until then the segment has no name at all, or, where the system knows no files
 * without a name, a temporary one: axb.UID~PID.RANDOM, locked while its writer lives. One that is
 * not locked belongs to nobody, and the next `axb data` sweeps it away. */
#include "core/shm_named.h"
#include "core/shm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "/dev/shm"
#define PATH_BYTES 128u
#define TRIES 100

/* ---- Names -----------------------------------------------------------------------------------*/

static bool is_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    bool is_folder = strcmp(name, ".") == 0 || strcmp(name, "..") == 0; /* as people read it */
    return n > 0 && n <= SHM_NAME_MOST && !name[n] && name[0] != '-' && !is_folder;
}

bool shm_name_check(const char *name, struct err *e)
{
    return is_name(name) ||
           err_set(e, ERR_USAGE, "use up to 64 of A-Z, a-z, 0-9, dot, dash and underscore",
                   "\"%.80s\" cannot be the name of a table", name);
}

static void name_path(const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, FOLDER "/axb.%u.%s", (unsigned)geteuid(), name);
}

static bool temporary_path(char path[PATH_BYTES])
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    snprintf(path, PATH_BYTES, FOLDER "/axb.%u~%d.%016llx", (unsigned)geteuid(), (int)getpid(),
             (unsigned long long)random);
    return true;
}

/* ---- Giving a name ---------------------------------------------------------------------------*/

/* A new file that can get a name later, or -1 with errno. */
static int open_unnamed(void)
{
    int fd = open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    for (int i = 0; fd < 0 && i < TRIES; i++) {
        char path[PATH_BYTES];
        if (!temporary_path(path))
            return -1;
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 && errno != EEXIST)
            return -1;
    }
    return fd;
}

bool shm_named_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e)
{
    *s = (struct shm){.fd = -1};
    int fd = open_unnamed();
    if (fd < 0)
        return err_system(e, ERR_OS, errno, "is /dev/shm mounted and writable?",
                          "shared memory for %s cannot be opened", what);
    /* The lock says that we live; the umask may have taken rights away. */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fchmod(fd, 0600) == 0)
        return shm_create_in(s, fd, what, reserve_bytes, e);
    err_system(e, ERR_OS, errno, NULL, "shared memory for %s cannot be locked", what);
    close(fd);
    return false;
}

/* What the child does: links a file without a name, then renames. Returns an errno or 0. */
static int link_and_rename(const char *from, bool nameless, const char *temporary, const char *path)
{
    if (nameless && linkat(AT_FDCWD, from, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) != 0)
        return errno;
    if (rename(temporary, path) == 0)
        return 0;
    int failed = errno;
    unlink(temporary);
    return failed;
}

/* Does it in a child, which no signal to us ends. Returns an errno or 0. */
static int rename_in_child(const char *from, bool nameless, const char *temporary, const char *path)
{
    sigset_t all, before;
    int status = 0;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = fork();
    int failed = child < 0 ? errno : 0;
    if (child == 0)
        _exit(link_and_rename(from, nameless, temporary, path));
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return failed ? failed : WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* Returns an errno or 0. */
static int give_name(int fd, const char *path)
{
    char from[40], temporary[PATH_BYTES];
    struct stat st;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (fstat(fd, &st) != 0)
        return errno;
    bool nameless = st.st_nlink == 0;
    ssize_t n = nameless ? 0 : readlink(from, temporary, sizeof temporary - 1);
    if (n < 0 || (nameless && !temporary_path(temporary)))
        return errno;
    if (!nameless)
        temporary[n] = 0;
    return rename_in_child(from, nameless, temporary, path);
}

bool shm_named_publish(struct shm *s, const char *name, size_t bytes, struct err *e)
{
    char path[PATH_BYTES];
    name_path(name, path);
    if (ftruncate(s->fd, (off_t)bytes) != 0)
        return err_system(e, ERR_OS, errno, NULL, "shared memory for %s cannot be cut", name);
    int failed = give_name(s->fd, path);
    return !failed ||
           err_system(e, ERR_OS, failed, "is it another user's, or is /proc not mounted?",
                      "%s cannot be written", path);
}

/* ---- Finding ---------------------------------------------------------------------------------*/

static bool refuse(const char *path, const char *name, const char *why, struct err *e)
{
    char hint[200];
    snprintf(hint, sizeof hint, "axb data rm %s, then load it again", name);
    return err_set(e, ERR_DATA, hint, "@%s: %s %s", name, path, why);
}

/* Is the open file a segment that is ours alone? */
static bool check_file(int fd, const char *path, const char *name, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_system(e, ERR_OS, errno, NULL, "%s cannot be looked at", path);
    if (!S_ISREG(st.st_mode))
        return refuse(path, name, "is not a file", e);
    if (st.st_uid != geteuid())
        return refuse(path, name, "belongs to another user", e);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return refuse(path, name, "can be written by other users", e);
    return st.st_size > SHM_HEAD_AT || refuse(path, name, "holds nothing", e);
}

bool shm_named_open(struct shm *s, const char *name, bool *there, struct err *e)
{
    char path[PATH_BYTES];
    *s = (struct shm){.fd = -1};
    name_path(name, path);
    /* O_NONBLOCK: a FIFO of that name cannot block us. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *there = fd >= 0 || errno != ENOENT;
    if (!*there)
        return false;
    if (fd < 0 && errno == ELOOP)
        return refuse(path, name, "is not a file", e);
    if (fd < 0)
        return err_system(e, ERR_NOINPUT, errno, NULL, "@%s: %s cannot be opened", name, path);
    if (check_file(fd, path, name, e) && shm_attach(s, fd, false, e))
        return true;
    close(fd);
    return false;
}

bool shm_named_remove(const char *name, bool *there, struct err *e)
{
    char path[PATH_BYTES];
    name_path(name, path);
    bool ok = unlink(path) == 0;
    *there = ok || errno != ENOENT;
    if (ok || !*there)
        return ok;
    return err_system(e, ERR_OS, errno, NULL, "%s cannot be removed", path);
}

/* ---- Listing ---------------------------------------------------------------------------------*/

/* The next name of ours after `mark`, '.' or '~', in the folder; NULL at its end. */
static const char *next_name(DIR *folder, char mark)
{
    char ours[40];
    const struct dirent *entry;
    int n = snprintf(ours, sizeof ours, "axb.%u%c", (unsigned)geteuid(), mark);
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, ours, (size_t)n) == 0)
            return entry->d_name + n;
    return NULL;
}

/* Removes a temporary name whose writer is gone: nobody holds its lock. */
static void sweep(const char *rest)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, FOLDER "/axb.%u~%s", (unsigned)geteuid(), rest);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

void shm_named_sweep(void)
{
    DIR *folder = opendir(FOLDER);
    const char *name;
    while (folder && (name = next_name(folder, '~')) != NULL)
        sweep(name);
    if (folder)
        closedir(folder);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

static bool add_name(char ***names, size_t *n, const char *name)
{
    char **more = realloc(*names, (*n + 1) * sizeof *more);
    if (!more)
        return false;
    *names = more;
    return (more[*n] = strdup(name)) != NULL && ++*n;
}

bool shm_named_list(char ***names, size_t *n, struct err *e)
{
    const char *name;
    bool ok = true;
    *names = NULL;
    *n = 0;
    DIR *folder = opendir(FOLDER);
    if (!folder)
        return err_system(e, ERR_OS, errno, "is it mounted?", FOLDER " cannot be read");
    while (ok && (name = next_name(folder, '.')) != NULL)
        ok = !is_name(name) || add_name(names, n, name);
    closedir(folder);
    if (*n)
        qsort(*names, *n, sizeof **names, by_name);
    if (!ok)
        shm_names_free(*names, *n);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory");
}

void shm_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}
