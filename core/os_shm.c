/* Shared memory without names, and what there is left of it. */
#include "core/log.h"
#include "core/os.h"
#include "core/os_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FIRST_OFFSET 64u
#define SHM_TRIES 100
#define STEP_MOST ((size_t)256 << 20)
#define STEP_LEAST ((size_t)64 << 10)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- Room ------------------------------------------------------------------------------------*/

size_t mem_room_bytes(void)
{
    return least(limits_available_bytes(""), limits_cgroup_memory_bytes(""));
}

/* Bytes free in /dev/shm itself; SIZE_MAX if it has no size of its own. */
static size_t dev_shm_bytes(void)
{
    struct statvfs fs;
    size_t bytes;
    if (statvfs("/dev/shm", &fs) != 0 || !fs.f_blocks ||
        __builtin_mul_overflow((size_t)fs.f_bavail, (size_t)fs.f_frsize, &bytes))
        return SIZE_MAX;
    return bytes;
}

size_t shm_room_bytes(void)
{
    return least(mem_room_bytes(), dev_shm_bytes());
}

/* Says which of the two is too small: they are helped in different ways. */
static bool no_room(const char *what, size_t more, struct err *e)
{
    char need[32], have[32];
    size_t memory = mem_room_bytes(), dev_shm = dev_shm_bytes();
    bool in_shm = dev_shm < memory;
    const char *hint = in_shm ? "make it larger: mount -o remount,size=90% /dev/shm, or in a "
                                "container docker run --shm-size=8g"
                              : "free memory, or allow more: in a container docker run --memory=8g";
    return err_set(e, ERR_OS, hint, "shared memory for %s: %s more needed, %s free %s", what,
                   log_bytes((double)more, need), log_bytes((double)least(memory, dev_shm), have),
                   in_shm ? "in /dev/shm" : "of memory");
}

/* ---- Segments --------------------------------------------------------------------------------*/

static size_t round_to_page(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

/* A new object without a name, or -1 with errno. Where the system cannot open one that never had a
 * name, it has one for a moment, which tells whose it is: a kill -9 within that moment would leave
 * it behind. */
static int open_nameless(void)
{
    int nameless = open("/dev/shm", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (nameless >= 0)
        return nameless;
    for (int i = 0; i < SHM_TRIES; i++) {
        char name[48];
        uint64_t random = 0;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            random = (uint64_t)i;
        snprintf(name, sizeof name, "/axb-%d-%016llx", (int)getpid(), (unsigned long long)random);
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            shm_unlink(name);
            return fd;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

bool shm_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e)
{
    *s = (struct shm){.fd = -1};
    int fd = open_nameless();
    if (fd < 0)
        return err_system(e, ERR_OS, errno, "is /dev/shm mounted and writable?",
                          "shared memory for %s cannot be opened", what);
    return shm_create_in(s, fd, what, reserve_bytes, e);
}

/* Maps the file of *s. */
static bool reserve(struct shm *s, const char *what, struct err *e)
{
    s->base =
        mmap(NULL, s->reserve_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd, 0);
    if (s->base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, "is the address space limited (ulimit -v)?",
                          "address space for %s cannot be reserved", what);
    (void)madvise(s->base, s->reserve_bytes, MADV_HUGEPAGE); /* only faster where it is allowed */
    return true;
}

bool shm_create_in(struct shm *s, int fd, const char *what, size_t reserve_bytes, struct err *e)
{
    *s = (struct shm){.fd = fd, .used_bytes = FIRST_OFFSET};
    bool ok = reserve_bytes <= SIZE_MAX / 2 ||
              err_set(e, ERR_SOFTWARE, NULL, "%s is larger than any address space", what);
    s->reserve_bytes = ok ? round_to_page(reserve_bytes + FIRST_OFFSET) : 0;
    if (ok && reserve(s, what, e))
        return true;
    close(fd);
    *s = (struct shm){.fd = -1};
    return false;
}

/* Asks for memory up to `bytes`, in steps. A signal undoes the step at hand, so they become smaller
 * until one fits between two signals. */
static bool commit(struct shm *s, const char *what, size_t bytes, struct err *e)
{
    size_t most = STEP_MOST;
    while (s->bytes < bytes) {
        size_t step = least(bytes - s->bytes, most);
        int failed = posix_fallocate(s->fd, (off_t)s->bytes, (off_t)step);
        if (!failed)
            s->bytes += step;
        else if (failed == EINTR)
            most = most > STEP_LEAST ? most / 2 : most;
        else if (failed == ENOSPC || failed == ENOMEM)
            return no_room(what, bytes - s->bytes, e);
        else
            return err_system(e, ERR_OS, failed, "is the size of files limited (ulimit -f)?",
                              "shared memory for %s cannot grow", what);
    }
    return true;
}

uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e)
{
    size_t at = (s->used_bytes + align - 1) & ~(align - 1), end;
    if (__builtin_add_overflow(at, bytes, &end) || end > s->reserve_bytes) {
        char size[32];
        err_set(e, ERR_OS, NULL, "%s does not fit into the %s reserved for it", what,
                log_bytes((double)s->reserve_bytes, size));
        return 0;
    }
    if (end > s->bytes) {
        size_t size = limits_segment_bytes(s->bytes, end, s->reserve_bytes, shm_room_bytes());
        if (!size) {
            no_room(what, end - s->bytes, e);
            return 0;
        }
        if (!commit(s, what, round_to_page(size), e))
            return 0;
    }
    s->used_bytes = end;
    return at;
}

bool shm_freeze(struct shm *s, struct err *e)
{
    if (mprotect(s->base, s->reserve_bytes, PROT_READ) == 0)
        return true;
    return err_system(e, ERR_OS, errno, NULL, "a segment cannot be made read-only");
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
        return err_system(e, ERR_OS, errno, NULL, "descriptor %d is no segment", fd);
    size_t bytes = (size_t)st.st_size;
    if (bytes <= FIRST_OFFSET)
        return err_set(e, ERR_SOFTWARE, NULL, "the segment on descriptor %d is empty", fd);
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *base = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "a segment cannot be mapped");
    *s = (struct shm){fd, base, bytes, bytes, bytes};
    return true;
}

void shm_close(struct shm *s)
{
    if (s->base)
        munmap(s->base, s->reserve_bytes);
    if (s->base && s->fd >= 0)
        close(s->fd);
    *s = (struct shm){.fd = -1};
}
