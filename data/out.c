/* Results that appear whole or not at all. */
#include "data/out.h"

#include "core/inherited.h"
#include "data/format/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define PIPE_BYTES (256 << 10)
#define SUM_BYTES ((size_t)1 << 20)

/* Does the path lead to this file? It may be renamed or removed at any time. */
static bool is_at(const struct stat *mine, const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && mine->st_dev == there.st_dev && mine->st_ino == there.st_ino;
}

/* By its short names, or as /dev/stdout and the like, which lead to the file that it goes to. */
static bool is_stdout(const char *path)
{
    struct stat st;
    return !path || strcmp(path, "-") == 0 ||
           (fstat(STDOUT_FILENO, &st) == 0 && !S_ISCHR(st.st_mode) && is_at(&st, path));
}

static const char *shown(const struct out *o)
{
    return o->path ? o->path : "stdout";
}

/* The directory of a path as a new string. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static bool cannot_write(const char *path, int number, struct err *e)
{
    const char *hint = number == ENOENT ? "make its directory first: mkdir -p" : NULL;
    return err_system(e, ERR_IO, number, hint, "%s cannot be written", path);
}

/* A pipe holds 64 KiB unless it is asked to hold more; with less than the writer's pieces the two
 * sides take turns, with much more they leave the cache. Only faster; where it is not a pipe, or
 * refused, all stays as it is. */
static void widen_pipe(int fd)
{
    int bytes = fcntl(fd, F_GETPIPE_SZ);
    if (bytes > 0 && bytes < PIPE_BYTES)
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

/* At a symbolic link the file that it leads to is replaced, not the link. A link to nothing,
 * or to what has no name, is a name like any other. */
static bool set_path(struct out *o, const char *path, struct err *e)
{
    struct stat st;
    bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    o->path = link ? realpath(path, NULL) : NULL;
    if (link && !o->path && errno != ENOENT)
        return cannot_write(path, errno, e);
    o->path = o->path ? o->path : strdup(path);
    if (!o->path)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    return *path || err_set(e, ERR_USAGE, NULL, "the name of a file to write is empty");
}

static void forget_path(struct out *o)
{
    free(o->path);
    o->path = NULL;
}

/* A pipe, a device, a terminal: opened as it is, there is nothing to replace. */
static bool open_special(struct out *o, const char *path, struct err *e)
{
    o->fd = open(path, O_WRONLY | O_CLOEXEC);
    if (o->fd < 0)
        return cannot_write(path, errno, e);
    widen_pipe(o->fd);
    return true;
}

/* A file without a name, or under a temporary one where the file system has no such files. */
static bool out_open_unnamed(struct out *o, const char *path, struct err *e)
{
    char *directory = directory_of(path);
    if (!directory)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    o->fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    int failed = errno;
    free(directory);
    if (o->fd >= 0)
        return true;
    if (failed != EOPNOTSUPP && failed != EISDIR && failed != EINVAL && failed != ENOENT)
        return cannot_write(path, failed, e);
    if (asprintf(&o->temporary, "%s.axb-XXXXXX", path) < 0) {
        o->temporary = NULL;
        return err_set(e, ERR_OS, NULL, "not enough memory");
    }
    o->fd = mkostemp(o->temporary, O_CLOEXEC);
    if (o->fd >= 0)
        return true;
    failed = errno;
    free(o->temporary);
    o->temporary = NULL;
    return cannot_write(path, failed, e);
}

static bool open_path(struct out *o, struct err *e)
{
    struct stat st;
    if (stat(o->path, &st) != 0)
        return errno == ENOENT ? out_open_unnamed(o, o->path, e) : cannot_write(o->path, errno, e);
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "name a file in it", "%s is a directory", o->path);
    if (!S_ISREG(st.st_mode))
        return open_special(o, o->path, e);
    return access(o->path, W_OK) == 0 ? out_open_unnamed(o, o->path, e)
                                      : cannot_write(o->path, errno, e);
}

/* A descriptor of others: they have it open, so nothing appears, and nothing is taken back. */
static bool open_inherited(struct out *o, struct err *e)
{
    const char *name;
    int fd;
    if (!inherited_open(o->path, true, &fd, &name, e))
        return false;
    o->inherited = true;
    o->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (o->fd < 0)
        return cannot_write(o->path, errno, e);
    widen_pipe(o->fd);
    return true;
}

static bool put_bytes(void *context, const char *p, size_t n, struct err *e);

static bool open_pack(struct out *o, const char *path, struct err *e)
{
    const struct pack_kind *kind = inherited_is(path) ? NULL : pack_kind_of(path);
    return !kind || pack_open(&o->pack, kind, put_bytes, o, e);
}

bool out_open(struct out *o, const char *path, struct err *e)
{
    *o = (struct out){.fd = STDOUT_FILENO};
    if (is_stdout(path)) {
        widen_pipe(o->fd);
        return true;
    }
    o->fd = -1;
    if (set_path(o, path, e) && open_pack(o, path, e) &&
        (inherited_is(path) ? open_inherited : open_path)(o, e))
        return true;
    pack_close(o->pack);
    o->pack = NULL;
    forget_path(o);
    return false;
}

void out_open_into(struct out *o, out_take_fn *take, void *context)
{
    *o = (struct out){.fd = -1, .take = take, .take_context = context};
}

/* ---- PATH.partial ----------------------------------------------------------------------------*/

enum { LOCK_LOOKS = 100, LOCK_LOOK_MS = 10 };

/* Whoever was killed holds a lock until the last of its processes has ended: a child that was just
 * forked has it until it executes another program. So a lock that is held is asked for again, for a
 * second. Returns false with errno. */
static bool lock_file(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
    for (int look = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; look++) {
        if (errno != EWOULDBLOCK || look == LOCK_LOOKS)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

int out_open_locked(const char *path, struct err *e)
{
    struct stat st;
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || fstat(fd, &st) != 0)
            cannot_write(path, errno, e);
        else if (!S_ISREG(st.st_mode))
            err_set(e, ERR_IO, NULL, "%s is not a file", path);
        else if (!lock_file(fd))
            err_system(e, ERR_STOPPED, errno, "wait until it has ended",
                       "another run has %s in use", path);
        else if (is_at(&st, path))
            return fd;
        else {
            close(fd);
            continue;
        }
        if (fd >= 0)
            close(fd);
        return -1;
    }
}

static bool no_file(const char *shown, struct err *e)
{
    return err_set(e, ERR_USAGE, "name a file: --output pairs.csv",
                   "what was written to %s cannot be kept and gone on with", shown);
}

static bool open_partial(struct out *o, struct err *e)
{
    struct stat st;
    bool there = stat(o->path, &st) == 0;
    if (there && !S_ISREG(st.st_mode))
        return no_file(o->path, e);
    if (there && access(o->path, W_OK) != 0)
        return cannot_write(o->path, errno, e);
    if (asprintf(&o->temporary, "%s.partial", o->path) < 0) {
        o->temporary = NULL;
        return err_set(e, ERR_OS, NULL, "not enough memory");
    }
    o->fd = out_open_locked(o->temporary, e);
    if (o->fd < 0 || fstat(o->fd, &st) != 0)
        return o->fd < 0 ? false : cannot_write(o->temporary, errno, e);
    o->bytes = (uint64_t)st.st_size;
    return true;
}

bool out_open_partial(struct out *o, const char *path, struct err *e)
{
    *o = (struct out){.fd = -1, .partial = true};
    if (is_stdout(path) || inherited_is(path))
        return no_file(path && inherited_is(path) ? path : "stdout", e);
    if (pack_kind_of(path))
        return err_set(e, ERR_USAGE, "write it without that end, and compress it afterwards",
                       "%s: a compressed file cannot be resumed", path);
    if (set_path(o, path, e) && open_partial(o, e))
        return true;
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    free(o->temporary);
    o->temporary = NULL;
    forget_path(o);
    return false;
}

bool out_keep(struct out *o, uint64_t bytes, struct err *e)
{
    if (ftruncate(o->fd, (off_t)bytes) != 0 || lseek(o->fd, (off_t)bytes, SEEK_SET) < 0)
        return cannot_write(o->temporary, errno, e);
    o->bytes = bytes;
    return true;
}

bool out_sync(struct out *o, struct err *e)
{
    return fdatasync(o->fd) == 0 || cannot_write(o->temporary, errno, e);
}

/* ---- Sums ------------------------------------------------------------------------------------*/

/* Sums up the bytes of a file from `from` up to `to`. False with errno. */
static bool sum_part(XXH3_state_t *sum, int fd, uint64_t from, uint64_t to)
{
    char *buffer = from < to ? malloc(SUM_BYTES) : NULL;
    bool ok = from >= to || buffer != NULL;
    while (ok && from < to) {
        const size_t n = to - from < SUM_BYTES ? (size_t)(to - from) : SUM_BYTES;
        const ssize_t got = pread(fd, buffer, n, (off_t)from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO; /* it has become shorter */
        ok = got > 0;
        if (ok) {
            XXH3_64bits_update(sum, buffer, (size_t)got);
            from += (uint64_t)got;
        }
    }
    free(buffer);
    return ok;
}

/* A new sum of these bytes of a file; NULL with errno. */
static XXH3_state_t *new_sum(int fd, uint64_t from, uint64_t to)
{
    XXH3_state_t *sum = XXH3_createState();
    if (!sum) {
        errno = ENOMEM;
        return NULL;
    }
    XXH3_64bits_reset(sum);
    if (sum_part(sum, fd, from, to))
        return sum;
    const int failed = errno;
    XXH3_freeState(sum);
    errno = failed;
    return NULL;
}

static bool no_sum(const char *path, struct err *e)
{
    if (errno == ENOMEM)
        return err_set(e, ERR_OS, NULL, "not enough memory for a checksum of %s", path);
    return err_system(e, ERR_IO, errno, NULL, "%s cannot be read", path);
}

bool out_checksum_begin(struct out *o, uint64_t from, struct err *e)
{
    o->sum = new_sum(o->fd, from, o->bytes);
    return o->sum || no_sum(shown(o), e);
}

uint64_t out_checksum_value(const struct out *o)
{
    return XXH3_64bits_digest(o->sum);
}

bool out_whole_begin(struct out *o, uint64_t bytes, struct err *e)
{
    o->whole = new_sum(o->fd, 0, bytes);
    return o->whole || no_sum(o->temporary, e);
}

uint64_t out_whole_value(const struct out *o)
{
    return XXH3_64bits_digest(o->whole);
}

bool out_is_file(const char *path, uint64_t bytes, uint64_t whole)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool fits =
        fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == bytes;
    XXH3_state_t *sum = fits ? new_sum(fd, 0, bytes) : NULL;
    const bool same = sum && XXH3_64bits_digest(sum) == whole;
    XXH3_freeState(sum);
    if (fd >= 0)
        close(fd);
    return same;
}

static void add_to_sums(struct out *o, const char *p, size_t n)
{
    if (o->sum)
        XXH3_64bits_update(o->sum, p, n);
    if (o->whole)
        XXH3_64bits_update(o->whole, p, n);
}

static void drop_sums(struct out *o)
{
    XXH3_freeState(o->sum);
    XXH3_freeState(o->whole);
    o->sum = o->whole = NULL;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* Writes bytes as they are. A pack_put_fn. */
static bool put_bytes(void *context, const char *p, size_t n, struct err *e)
{
    struct out *o = context;
    while (n) {
        ssize_t wrote = write(o->fd, p, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_system(e, ERR_IO, errno, errno == EPIPE ? "its reader has closed it" : NULL,
                              "%s cannot be written", shown(o));
        add_to_sums(o, p, (size_t)wrote);
        p += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

bool out_write(struct out *o, const char *p, size_t n, struct err *e)
{
    if (o->take)
        return o->take(o->take_context, p, n, e);
    o->bytes += n;
    return o->pack ? pack_write(o->pack, p, n, e) : put_bytes(o, p, n, e);
}

/* ---- The name --------------------------------------------------------------------------------*/

/* Gives an unnamed file a name of its own beside the path, to be renamed over it. */
static bool out_name_it(struct out *o)
{
    char source[64];
    snprintf(source, sizeof source, "/proc/self/fd/%d", o->fd);
    for (int i = 0; i < 100; i++) {
        if (asprintf(&o->temporary, "%s.axb-%d-%d", o->path, (int)getpid(), i) < 0)
            break;
        if (linkat(AT_FDCWD, source, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW) == 0)
            return true;
        free(o->temporary);
        o->temporary = NULL;
        if (errno != EEXIST)
            return false;
    }
    o->temporary = NULL;
    return false;
}

static bool out_give_name(struct out *o)
{
    char source[64];
    struct stat st;
    snprintf(source, sizeof source, "/proc/self/fd/%d", o->fd);
    if (!o->temporary && lstat(o->path, &st) != 0 &&
        linkat(AT_FDCWD, source, AT_FDCWD, o->path, AT_SYMLINK_FOLLOW) == 0)
        return true;
    if (!o->temporary && !out_name_it(o))
        return false;
    if (rename(o->temporary, o->path) != 0)
        return false;
    free(o->temporary);
    o->temporary = NULL;
    return true;
}

/* The directory of a path, to be synced; -1 with errno. */
static int open_directory(const char *path)
{
    char *directory = directory_of(path);
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    return fd;
}

void out_sync_name(const char *path)
{
    const int directory = open_directory(path);
    if (directory < 0)
        return;
    (void)fsync(directory);
    close(directory);
}

/* Writes a file out and gives it its name. Whoever kept a partial one for later wants the new name
 * to outlive a failure of the machine, too; but once it has it, nothing makes the output a failed
 * one. */
static bool appear(struct out *o)
{
    int directory = o->partial ? open_directory(o->path) : -1;
    bool ok = (!o->partial || directory >= 0) && fsync(o->fd) == 0 && out_give_name(o);
    int failed = errno;
    if (ok && directory >= 0)
        (void)fsync(directory);
    if (directory >= 0)
        close(directory);
    errno = failed;
    return ok;
}

bool out_commit(struct out *o, struct err *e)
{
    struct stat st;
    if (o->pack && !pack_end(o->pack, e))
        return false;
    drop_sums(o);
    if (!o->path)
        return true;
    if (fstat(o->fd, &st) != 0)
        return cannot_write(o->path, errno, e);
    bool regular = S_ISREG(st.st_mode) && !o->inherited;
    if (regular && !appear(o))
        return cannot_write(o->path, errno, e);
    int failed = close(o->fd) != 0 ? errno : 0;
    o->fd = -1;
    pack_close(o->pack);
    o->pack = NULL;
    /* A file was on the disk as a whole before it got its name. */
    bool ok = failed == 0 || regular || cannot_write(o->path, failed, e);
    forget_path(o);
    return ok;
}

static bool is_empty(const struct out *o)
{
    struct stat st;
    return fstat(o->fd, &st) == 0 && st.st_size == 0;
}

void out_abort(struct out *o)
{
    drop_sums(o);
    if (!o->path || o->fd < 0)
        return;
    if (o->temporary && (!o->partial || is_empty(o)))
        unlink(o->temporary);
    free(o->temporary);
    o->temporary = NULL;
    close(o->fd);
    o->fd = -1;
    pack_close(o->pack);
    o->pack = NULL;
    forget_path(o);
}

void out_drop(struct out *o)
{
    o->partial = false;
    out_abort(o);
}
