/* Shared memory without names, and what there is left of it. */
#include "core/log.h"
#include "core/os.h"
#include "core/os_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FIRST_OFFSET 64u
#define GROW_LEAST ((size_t)1 << 20)
#define GROW_MOST ((size_t)64 << 20)
#define SHM_TRIES 100

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_to_page(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

/* ---- Room ------------------------------------------------------------------------------------*/

/* MemAvailable of /proc/meminfo; SIZE_MAX if it cannot be read. */
static size_t available_bytes(void)
{
    char line[128];
    size_t kib = SIZE_MAX / 1024;
    FILE *f = fopen("/proc/meminfo", "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "MemAvailable:", 13) == 0)
            kib = strtoull(line + 13, NULL, 10);
    if (f)
        fclose(f);
    return kib * 1024;
}

size_t mem_room_bytes(void)
{
    return least(available_bytes(), limits_cgroup_memory_bytes(""));
}

size_t shm_room_bytes(void)
{
    struct statvfs fs;
    size_t room = mem_room_bytes();
    if (statvfs("/dev/shm", &fs) == 0 && fs.f_blocks)
        room = least(room, (size_t)fs.f_bavail * fs.f_frsize);
    return room;
}

/* ---- Segments --------------------------------------------------------------------------------*/

/* A new object whose name is gone again, or -1 with errno. */
static int open_nameless(void)
{
    for (int i = 0; i < SHM_TRIES; i++) {
        char name[40];
        uint64_t random = 0;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            random = (uint64_t)getpid() * 1000003u + (uint64_t)i;
        snprintf(name, sizeof name, "/axb-%016llx", (unsigned long long)random);
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
    *s = (struct shm){.fd = open_nameless(), .used_bytes = FIRST_OFFSET};
    if (s->fd < 0)
        return err_system(e, ERR_OS, errno, "is /dev/shm mounted and writable?",
                          "shared memory for %s cannot be opened", what);
    s->reserve_bytes = round_to_page(reserve_bytes + FIRST_OFFSET);
    s->base =
        mmap(NULL, s->reserve_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd, 0);
    if (s->base == MAP_FAILED) {
        int failed = errno;
        close(s->fd);
        *s = (struct shm){.fd = -1};
        return err_system(e, ERR_OS, failed, "is the address space limited (ulimit -v)?",
                          "address space for %s cannot be reserved", what);
    }
    (void)madvise(s->base, s->reserve_bytes, MADV_HUGEPAGE); /* only faster where it is allowed */
    return true;
}

/* Commits memory up to `bytes`. */
static bool commit(struct shm *s, const char *what, size_t bytes, struct err *e)
{
    char need[32], have[32];
    size_t more = bytes - s->bytes, room = shm_room_bytes();
    const char *hint = "free memory there, or give more: for example docker run --shm-size=4g";
    if (more > room)
        return err_set(e, ERR_OS, hint, "shared memory for %s: %s more is needed, %s is free", what,
                       log_bytes((double)more, need), log_bytes((double)room, have));
    int failed;
    do
        failed = posix_fallocate(s->fd, (off_t)s->bytes, (off_t)more);
    while (failed == EINTR);
    if (failed)
        return err_system(e, ERR_OS, failed, hint, "shared memory for %s: %s more is needed", what,
                          log_bytes((double)more, need));
    s->bytes = bytes;
    return true;
}

uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e)
{
    size_t at = (s->used_bytes + align - 1) & ~(align - 1), end;
    if (at < s->used_bytes || __builtin_add_overflow(at, bytes, &end) || end > s->reserve_bytes) {
        char size[32];
        err_set(e, ERR_OS, NULL, "%s does not fit into the %s reserved for it", what,
                log_bytes((double)s->reserve_bytes, size));
        return 0;
    }
    if (end > s->bytes) {
        size_t spare = s->bytes / 4 > GROW_LEAST ? s->bytes / 4 : GROW_LEAST;
        size_t wanted = round_to_page(end + least(spare, GROW_MOST));
        if (!commit(s, what, least(wanted, s->reserve_bytes), e))
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
