/* Shared memory without names, and what there is left of it. */
#include "core/shm.h"
#include "core/base.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define STEP_MOST ((size_t)256 << 20)
#define STEP_LEAST ((size_t)64 << 10)
#define RESET_BYTES ((size_t)4 << 20) /* are zeroed at most */
#define RESERVE_LEAST ((size_t)1 << 30)
#define SHARED_LEAST ((size_t)4 << 20) /* from so many bytes on threads share the work … */
#define SHARED_STEP ((size_t)2 << 20)  /* … by so many */
#define LATER_LEAST ((size_t)32 << 20) /* are given back beside what comes next */
#define SHARED_THREADS 16 /* at most: the kernel has one lock for the pages of a file */

/* ---- Room ------------------------------------------------------------------------------------*/

/* Bytes free in the file system of a segment; SIZE_MAX if that has no size of its own. */
static size_t file_available_bytes(int fd)
{
    struct statvfs fs;
    size_t bytes;
    if (fstatvfs(fd, &fs) != 0 || !fs.f_blocks ||
        __builtin_mul_overflow((size_t)fs.f_bavail, (size_t)fs.f_frsize, &bytes))
        return SIZE_MAX;
    return bytes;
}

/* Says what is too small: memory and /dev/shm are helped in different ways. */
static bool no_room(const struct shm *s, const char *what, size_t more, struct err *e)
{
    char need[32], have[32], text[200];
    size_t file = file_available_bytes(s->fd);
    snprintf(text, sizeof text, "shared memory for %s", what);
    if (file >= mem_available_bytes())
        return mem_refuse(text, more, e);
    return err_set(e, ERR_OS,
                   "make it larger: mount -o remount,size=90% /dev/shm, or in a container docker "
                   "run --shm-size=8g",
                   "%s: %s more needed, %s free in /dev/shm", text, log_bytes((double)more, need),
                   log_bytes((double)file, have));
}

/* ---- Segments --------------------------------------------------------------------------------*/

static size_t round_to_page(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

/* Address space that a segment may take where `ulimit -v` or a batch system limits it: a third of
 * what is left, since there are others to come. */
static size_t address_share_bytes(void)
{
    size_t left = limits_address_bytes("");
    return left == SIZE_MAX ? SIZE_MAX : left / 3 / SHM_HEAD_AT * SHM_HEAD_AT;
}

size_t shm_available_bytes(void)
{
    return least_size(least_size(mem_available_bytes(), address_share_bytes()),
                      limits_file_bytes());
}

bool shm_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e)
{
    *s = (struct shm){.fd = -1};
    int fd = memfd_create("axb", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return err_system(e, ERR_OS, errno, NULL, "shared memory for %s cannot be opened", what);
    return shm_create_in(s, fd, what, reserve_bytes, e);
}

bool shm_create_private(struct shm *s, const char *what, size_t reserve_bytes, struct err *e)
{
    return shm_create_in(s, -1, what, reserve_bytes, e);
}

static void *map(const struct shm *s)
{
    if (s->fd < 0)
        return mmap(NULL, s->reserve_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    return mmap(NULL, s->reserve_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd,
                0);
}

/* Maps the file of *s, or memory without one. Where the system gives no such address space, as
 * under a sanitizer, it takes half of it, and so on. */
static bool reserve(struct shm *s, const char *what, struct err *e)
{
    while ((s->base = map(s)) == MAP_FAILED && errno == ENOMEM && s->reserve_bytes > RESERVE_LEAST)
        s->reserve_bytes = round_to_page(s->reserve_bytes / 2);
    if (s->base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, "is the address space limited (ulimit -v)?",
                          "address space for %s cannot be reserved", what);
    (void)madvise(s->base, s->reserve_bytes, MADV_HUGEPAGE); /* only faster where it is allowed */
    return true;
}

bool shm_create_in(struct shm *s, int fd, const char *what, size_t reserve_bytes, struct err *e)
{
    *s = (struct shm){.fd = fd, .used_bytes = SHM_HEAD_AT};
    bool ok = reserve_bytes <= SIZE_MAX / 2 ||
              err_set(e, ERR_SOFTWARE, NULL, "%s is larger than any address space", what);
    s->reserve_bytes =
        ok ? round_to_page(least_size(reserve_bytes, address_share_bytes()) + SHM_HEAD_AT) : 0;
    if (ok && reserve(s, what, e))
        return true;
    close(fd);
    *s = (struct shm){.fd = -1};
    return false;
}

/* ---- Threads ---------------------------------------------------------------------------------*/

/* Plain threads rather than OpenMP: this is also a part of the Python extension, and a process of
 * the user that forks must not have had a team of OpenMP's. */
static int threads = 1;

void shm_set_threads(int n)
{
    threads = n < 1 ? 1 : n < SHARED_THREADS ? n : SHARED_THREADS;
}

/* Are there threads to share work on so many bytes of a segment? */
static bool is_shared(const struct shm *s, size_t bytes)
{
    return s->fd >= 0 && bytes >= SHARED_LEAST && threads > 1;
}

/* Pages that threads ask for, SHARED_STEP bytes at a time. */
struct taking {
    char *at;
    size_t bytes;
    _Atomic size_t next;
    atomic_bool failed;
};

static void *take(void *taking)
{
    struct taking *t = taking;
    size_t from;
    while ((from = atomic_fetch_add(&t->next, SHARED_STEP)) < t->bytes) {
        const size_t step = least_size(t->bytes - from, SHARED_STEP);
        int failed;
        do
            failed = madvise(t->at + from, step, MADV_POPULATE_WRITE) == 0 ? 0 : errno;
        while (failed == EINTR);
        if (failed)
            atomic_store(&t->failed, true);
    }
    return NULL;
}

/* Asks for pages, a part in each thread. False if not all could be had. */
static bool take_pages(char *at, size_t bytes)
{
    struct taking t = {.at = at, .bytes = bytes};
    pthread_t others[SHARED_THREADS];
    int n = 0;
    while (n < threads - 1 && thread_start(&others[n], NULL, take, &t) == 0)
        n++;
    take(&t);
    while (n)
        pthread_join(others[--n], NULL);
    return !atomic_load(&t.failed);
}

/* Asks for `more` bytes of memory by having threads take their pages; one call for all takes them
 * one after the other. False, and all is as before, if that cannot be done or not all could be had.
 */
static bool populate(const struct shm *s, size_t more)
{
    if (!is_shared(s, more) || ftruncate(s->fd, (off_t)(s->bytes + more)) != 0)
        return false;
    if (take_pages(s->base + s->bytes, more))
        return true;
    (void)ftruncate(s->fd, (off_t)s->bytes);
    return false;
}

/* Asks for `more` bytes of memory. Returns 0 or an errno. */
static int ask(const struct shm *s, size_t more)
{
    if (s->fd < 0)
        return mprotect(s->base + s->bytes, more, PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
    return populate(s, more) ? 0 : posix_fallocate(s->fd, (off_t)s->bytes, (off_t)more);
}

/* Asks for memory up to `bytes`, in steps. A signal undoes the step at hand, so they become smaller
 * until one fits between two signals. */
static bool commit(struct shm *s, const char *what, size_t bytes, struct err *e)
{
    size_t most = STEP_MOST;
    while (s->bytes < bytes) {
        size_t step = least_size(bytes - s->bytes, most);
        int failed = ask(s, step);
        if (!failed)
            s->bytes += step;
        else if (failed == EINTR)
            most = most > STEP_LEAST ? most / 2 : most;
        else if (failed != ENOSPC && failed != ENOMEM)
            return err_system(e, ERR_OS, failed, NULL, "shared memory for %s cannot grow", what);
        else if (!mem_await_returns())
            return no_room(s, what, bytes - s->bytes, e);
    }
    return true;
}

/* The size to grow to for `end` bytes; 0 if there is no room for them. */
static size_t next_size(const struct shm *s, size_t end)
{
    const size_t available = least_size(mem_available_bytes(), file_available_bytes(s->fd));
    const size_t size = limits_segment_bytes(s->bytes, end, s->reserve_bytes, available);
    /* where pages are taken at once, those to spare would cost time */
    return size && is_shared(s, end - s->bytes) ? end : size;
}

uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e)
{
    size_t at = (s->used_bytes + align - 1) & ~(align - 1), end;
    if (__builtin_add_overflow(at, bytes, &end) || end > s->reserve_bytes) {
        char size[32];
        err_set(e, ERR_OS,
                limits_address_bytes("") < SIZE_MAX ? "allow more address space (ulimit -v)" : NULL,
                "%s does not fit into the %s reserved for it", what,
                log_bytes((double)s->reserve_bytes, size));
        return 0;
    }
    if (end > s->bytes) {
        size_t size = next_size(s, end);
        if (!size && mem_await_returns())
            size = next_size(s, end);
        if (!size) {
            no_room(s, what, end - s->bytes, e);
            return 0;
        }
        if (!commit(s, what, round_to_page(size), e))
            return 0;
    }
    s->used_bytes = end;
    return at;
}

/* To zero memory costs less than to have the system give new pages, unless much was used once. */
void shm_reset(struct shm *s)
{
    const size_t used = round_to_page(s->used_bytes), keep = least_size(used, RESET_BYTES);
    if (s->bytes && used > keep)
        (void)madvise(s->base + keep, used - keep, MADV_DONTNEED);
    if (s->bytes)
        memset(s->base, 0, least_size(keep, s->used_bytes));
    s->used_bytes = SHM_HEAD_AT;
}

bool shm_freeze(struct shm *s, struct err *e)
{
    size_t bytes = round_to_page(s->used_bytes);
    if (bytes < s->bytes && ftruncate(s->fd, (off_t)bytes) == 0)
        s->bytes = bytes;
    if (s->bytes < s->reserve_bytes && munmap(s->base + s->bytes, s->reserve_bytes - s->bytes) == 0)
        s->reserve_bytes = s->bytes;
    shm_seal(s, false);
    if (mprotect(s->base, s->reserve_bytes, PROT_READ) == 0)
        return true;
    return err_system(e, ERR_OS, errno, NULL, "a segment cannot be made read-only");
}

void shm_seal(const struct shm *s, bool others_write)
{
    (void)fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    if (!others_write)
        (void)fcntl(s->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
}

/* The caller's own mapping could write, which the seal does not allow: it is replaced. */
bool shm_end_writing(struct shm *s, struct err *e)
{
    const int fd = shm_readonly_fd(s, e);
    if (fd < 0)
        return false;
    const void *map =
        mmap(s->base, s->reserve_bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, 0);
    const int failed = map == MAP_FAILED ? errno : 0;
    close(fd);
    if (failed)
        return err_system(e, ERR_OS, failed, NULL, "a segment cannot be made read-only");
    return fcntl(s->fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 || (errno != EBUSY && errno != EPERM) ||
           err_set(e, ERR_SCORER, "a scorer must not leave processes behind",
                   "a process that the scorer started can still write into the shared memory");
}

int shm_readonly_fd(const struct shm *s, struct err *e)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err_system(e, ERR_OS, errno, "is /proc mounted?", "a segment cannot be opened again");
    return fd;
}

bool shm_attach(struct shm *s, int fd, bool writable, struct err *e)
{
    struct stat st;
    *s = (struct shm){.fd = -1};
    if (fstat(fd, &st) != 0)
        return err_system(e, ERR_OS, errno, NULL, "descriptor %d is not a segment", fd);
    size_t bytes = (size_t)st.st_size;
    if (bytes <= SHM_HEAD_AT)
        return err_set(e, ERR_SOFTWARE, NULL, "the segment on descriptor %d is empty", fd);
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *base = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "a segment cannot be mapped");
    *s = (struct shm){fd, base, bytes, bytes, bytes, 0};
    return true;
}

bool shm_attach_piece(struct shm *s, int fd, uint64_t at, uint64_t bytes, struct err *e)
{
    struct stat st;
    *s = (struct shm){.fd = -1};
    if (fstat(fd, &st) != 0)
        return err_system(e, ERR_OS, errno, NULL, "descriptor %d is not a file", fd);
    const uint64_t size = (uint64_t)st.st_size;
    if (bytes <= SHM_HEAD_AT || at % SHM_PIECE_ALIGN || at > size || bytes > size - at)
        return err_set(e, ERR_DATA, NULL, "the file on descriptor %d has no such piece", fd);
    void *base = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)at);
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "a piece of a file cannot be mapped");
    *s = (struct shm){fd, base, bytes, bytes, bytes, at};
    return true;
}

/* A mapping to be given back, and how much memory it has. */
struct mapping {
    void *base;
    size_t reserve_bytes, bytes;
};

static void *give_back(void *mapping)
{
    struct mapping *m = mapping;
    munmap(m->base, m->reserve_bytes);
    mem_end_return(m->bytes);
    free(m);
    return NULL;
}

/* Has a thread give the memory of a large segment back, if there is so much that nobody waits for
 * it, and address space without end. False if that is left to the caller. */
static bool give_back_later(const struct shm *s)
{
    if (!is_shared(s, s->bytes) || s->bytes < LATER_LEAST || mem_available_bytes() / 2 < s->bytes ||
        limits_address_bytes("") < SIZE_MAX)
        return false;
    struct mapping *m = malloc(sizeof *m);
    if (!m)
        return false;
    *m = (struct mapping){s->base, s->reserve_bytes, s->bytes};
    mem_begin_return(s->bytes);
    pthread_t thread;
    if (thread_start(&thread, NULL, give_back, m) == 0) {
        pthread_detach(thread);
        return true;
    }
    mem_end_return(s->bytes);
    free(m);
    return false;
}

void shm_close(struct shm *s)
{
    if (s->base && s->fd >= 0)
        close(s->fd); /* its mapping keeps the file */
    if (s->base && !give_back_later(s))
        munmap(s->base, s->reserve_bytes);
    *s = (struct shm){.fd = -1};
}

/* ---- What stands in a segment ----------------------------------------------------------------*/

void shm_wrong_piece(size_t segment_bytes, uint64_t offset, uint64_t bytes, size_t align,
                     const char *file, int line)
{
    fprintf(stderr,
            "axb: %s:%d: offset %llu, %llu bytes aligned to %zu, is wrong in a segment of %zu "
            "bytes\n",
            file, line, (unsigned long long)offset, (unsigned long long)bytes, align,
            segment_bytes);
    abort();
}
