/* Shared memory: growing, sharing with a child, refusing, and leaving nothing behind. The program
 * starts itself as `test_shm ROLE …` where a test needs another process. */
#include "core/limits.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/* posix_fallocate with what this machine will not do on demand: stands in for the C library's in
 * the whole program. */
static struct {
    unsigned calls;
    size_t interrupt_above; /* EINTR for more bytes than these; 0: for none */
    int error;              /* what every call returns, if not 0 */
} asked;

int posix_fallocate(int fd, off_t at, off_t bytes)
{
    asked.calls++;
    if (asked.error)
        return asked.error;
    if (asked.interrupt_above && (size_t)bytes > asked.interrupt_above)
        return EINTR;
    return fallocate(fd, 0, at, bytes) == 0 ? 0 : errno;
}

/* madvise that can be refused, likewise. */
static struct {
    atomic_uint calls; /* for pages */
    int error;         /* that every call for pages fails with, if not 0 */
} populated;

int madvise(void *at, size_t bytes, int advice)
{
    const bool pages = advice == MADV_POPULATE_WRITE;
    populated.calls += pages;
    if (!pages || !populated.error)
        return (int)syscall(SYS_madvise, at, bytes, advice);
    errno = populated.error;
    return -1;
}

/* munmap that keeps a thread waiting, likewise. */
static struct {
    atomic_bool waits; /* of any thread but the first */
    atomic_uint waiting;
} given_back;

int munmap(void *at, size_t bytes)
{
    const bool first = syscall(SYS_gettid) == getpid();
    given_back.waiting += !first && given_back.waits;
    while (!first && given_back.waits)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return (int)syscall(SYS_munmap, at, bytes);
}

static void assert_ok(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s (%s)", e->text, e->hint);
}

/* ---- One process -----------------------------------------------------------------------------*/

static void test_fresh(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    struct stat st;
    assert_ok(shm_create(&s, "a test", 5 * GIB, &e), &e);
    assert_true(s.fd >= 0 && s.base && s.bytes == 0);
    assert_true(s.reserve_bytes >= 5 * GIB);
    assert_int_equal(fcntl(s.fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_size, 0);
    shm_close(&s);
    assert_int_equal(s.fd, -1);
    assert_null(s.base);
}

/* It grows like one that is a file, and ends with its reserve. */
static void test_private(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    asked.calls = 0;
    assert_ok(shm_create_private(&s, "a test", 64 * MIB, &e), &e);
    assert_int_equal(s.fd, -1);
    for (size_t i = 0; i < 32; i++) {
        uint64_t at = shm_alloc(&s, "a test", MIB, 64, &e);
        assert_true(at);
        assert_int_equal(s.base[at] | s.base[at + MIB - 1], 0);
        memset(s.base + at, 1, MIB);
    }
    assert_true(s.bytes >= 32 * MIB);
    assert_int_equal(asked.calls, 0); /* of no file */
    assert_int_equal(shm_alloc(&s, "a test", 64 * MIB, 64, &e), 0);
    assert_int_equal(e.status, ERR_OS);
    shm_close(&s);
    assert_null(s.base);
}

/* What was used is zeroed again, a little and a lot of it, and is handed out from the beginning. */
static void test_reset(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create_private(&s, "a test", 64 * MIB, &e), &e);
    shm_reset(&s); /* nothing was handed out */
    for (size_t size = 1000; size < 64 * MIB; size *= 31) {
        for (int round = 0; round < 3; round++) {
            const uint64_t at = shm_alloc(&s, "a test", size, 64, &e);
            assert_int_equal(at, SHM_HEAD_AT);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(s.base[at + i], 0);
            memset(s.base + at, 1, size);
            shm_reset(&s);
        }
        const size_t bytes = s.bytes;
        assert_true(shm_alloc(&s, "a test", size, 64, &e));
        assert_int_equal(s.bytes, bytes); /* the memory was kept */
        shm_reset(&s);
    }
    shm_close(&s);
}

/* A segment is in no directory for as little as a moment, and wants no /dev/shm. */
static void test_never_had_a_name(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    char path[64], name[200] = "";
    assert_ok(shm_create(&s, "a test", MIB, &e), &e);
    snprintf(path, sizeof path, "/proc/self/fd/%d", s.fd);
    assert_true(readlink(path, name, sizeof name - 1) > 0);
    assert_string_equal(name, "/memfd:axb (deleted)");
    shm_close(&s);
}

static void test_close_is_harmless(void **state)
{
    (void)state;
    struct shm zeroed = {0}, closed = {.fd = -1}, s;
    struct err e;
    int stdin_flags = fcntl(0, F_GETFD);
    shm_close(&zeroed);
    assert_int_equal(fcntl(0, F_GETFD), stdin_flags);
    shm_close(&closed);
    assert_ok(shm_create(&s, "a test", MIB, &e), &e);
    int fd = s.fd;
    shm_close(&s);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    shm_close(&s);
}

static bool all_are(const char *p, size_t n, char value)
{
    return n == 0 || (p[0] == value && memcmp(p, p + 1, n - 1) == 0);
}

/* Pieces are aligned, zeroed, apart, and keep what was written while the segment grows. */
static void test_pieces(void **state)
{
    (void)state;
    enum { N = 600 };
    static struct {
        uint64_t at;
        size_t n;
    } piece[N];
    struct shm s;
    struct err e;
    uint64_t end = 64;
    harness_seed(20);
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    char *base = s.base;
    for (size_t i = 0; i < N; i++) {
        size_t align = (size_t)1 << harness_below(13);
        piece[i].n = harness_below(10) ? harness_below(3000) : harness_below(500000);
        piece[i].at = shm_alloc(&s, "a test", piece[i].n, align, &e);
        assert_ok(piece[i].at != 0, &e);
        assert_int_equal(piece[i].at % align, 0);
        assert_true(piece[i].at >= end);
        end = piece[i].at + piece[i].n;
        assert_true(end <= s.bytes && s.used_bytes == end);
        assert_true(all_are(s.base + piece[i].at, piece[i].n, 0));
        memset(s.base + piece[i].at, (int)(i % 255) + 1, piece[i].n);
    }
    assert_ptr_equal(s.base, base);
    for (size_t i = 0; i < N; i++)
        assert_true(all_are(s.base + piece[i].at, piece[i].n, (char)((i % 255) + 1)));
    shm_close(&s);
}

/* What is committed is really there, page by page, and not much more than is needed. */
static void test_memory_is_taken_but_not_wasted(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    struct stat st;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), most = 64 * MIB;
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    for (size_t bytes = 1; bytes < 100 * MIB; bytes *= 3) {
        assert_ok(shm_alloc(&s, "a test", bytes, 1, &e) != 0, &e);
        size_t quarter = s.used_bytes / 4 > MIB ? s.used_bytes / 4 : MIB;
        assert_true(s.bytes <= s.used_bytes + (quarter < most ? quarter : most) + page);
        assert_int_equal(s.bytes % page, 0);
        assert_int_equal(fstat(s.fd, &st), 0);
        assert_int_equal(st.st_size, s.bytes);
        assert_true((size_t)st.st_blocks * 512 >= s.bytes);
    }
    shm_close(&s);
}

/* A table of many small pieces must not ask the system for each. */
static void test_grows_seldom(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    unsigned grown = 0;
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    for (unsigned i = 0; i < 1600; i++) {
        size_t before = s.bytes;
        assert_ok(shm_alloc(&s, "a test", 40000, 8, &e) != 0, &e);
        grown += s.bytes != before;
    }
    assert_true(grown > 4 && grown <= 30);
    shm_close(&s);
}

/* A segment with one piece, at the offset that is returned. */
static uint64_t make_segment(struct shm *s)
{
    struct err e;
    assert_ok(shm_create(s, "a test", MIB, &e), &e);
    const uint64_t at = shm_alloc(s, "a test", 100, 8, &e);
    assert_ok(at != 0, &e);
    return at;
}

static void test_frozen(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    const uint64_t at = make_segment(&s);
    s.base[at] = 'f';
    assert_ok(shm_freeze(&s, &e), &e);
    assert_int_equal(s.base[at], 'f');
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)(s.base + at) = 'g';
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    shm_close(&s);
}

/* Another process with a descriptor of the segment, as workers have one. */
static int descriptor_of(const struct shm *s, int mode)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
    int fd = open(path, mode | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void *map_at(int fd, int protection)
{
    return mmap(NULL, 4096, protection, MAP_SHARED, fd, 0);
}

/* A sealed segment has its size for good. Others can write to it only if they may, and holes in it
 * are writing; who has mapped it before goes on writing. */
static void test_sealed(void **state)
{
    (void)state;
    for (int others_write = 0; others_write < 2; others_write++) {
        struct shm s;
        struct err e;
        const uint64_t at = make_segment(&s);
        shm_seal(&s, others_write);
        int fd = descriptor_of(&s, O_RDWR);
        assert_int_equal(ftruncate(fd, 0), -1);
        assert_int_equal(ftruncate(fd, 1 << 30), -1);
        assert_int_not_equal(posix_fallocate(fd, 0, 1 << 30), 0);
        assert_int_equal(pwrite(fd, "x", 1, (off_t)at), others_write ? 1 : -1);
        assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0,
                         others_write);
        void *map = map_at(fd, PROT_READ | PROT_WRITE);
        assert_int_equal(map != MAP_FAILED, others_write);
        if (map != MAP_FAILED)
            munmap(map, 4096);
        s.base[at] = 'y';
        map = map_at(fd, PROT_READ);
        assert_ptr_not_equal(map, MAP_FAILED);
        assert_int_equal(((const char *)map)[at], 'y');
        munmap(map, 4096);
        close(fd);
        shm_close(&s);
    }
}

/* A segment that nobody else can write to any more; another process still could. */
static void test_end_writing(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    const uint64_t at = make_segment(&s);
    shm_seal(&s, true);
    int fd = descriptor_of(&s, O_RDWR);
    void *map = map_at(fd, PROT_READ | PROT_WRITE);
    assert_ptr_not_equal(map, MAP_FAILED);
    ((char *)map)[at] = 'w';
    assert_false(shm_end_writing(&s, &e));
    assert_int_equal(e.status, ERR_SCORER);
    munmap(map, 4096);
    assert_ok(shm_end_writing(&s, &e), &e);
    assert_int_equal(s.base[at], 'w');
    assert_int_equal(pwrite(fd, "x", 1, (off_t)at), -1);
    assert_ptr_equal(map_at(fd, PROT_READ | PROT_WRITE), MAP_FAILED);
    close(fd);
    shm_close(&s);
}

/* Who holds a descriptor for writing may see to it that no seal can be added. */
static void test_end_writing_sealed(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    make_segment(&s);
    shm_seal(&s, true);
    int fd = descriptor_of(&s, O_RDWR);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
    assert_false(shm_end_writing(&s, &e));
    assert_int_equal(e.status, ERR_SCORER);
    close(fd);
    shm_close(&s);
}

/* ---- Refusing --------------------------------------------------------------------------------*/

static void test_reserve_is_the_end(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create(&s, "table A", 3 * MIB - 64, &e),
              &e); /* whole pages, whatever their size */
    assert_int_equal(shm_alloc(&s, "table A", 4 * MIB, 1, &e), 0);
    assert_int_equal(e.status, ERR_OS);
    assert_non_null(strstr(e.text, "table A does not fit into the 3.0 MiB"));
    assert_ok(shm_alloc(&s, "table A", 3 * MIB - 64, 1, &e) != 0, &e);
    assert_true(s.bytes <= s.reserve_bytes);
    s.base[s.used_bytes - 1] = 1;
    size_t used = s.used_bytes;
    assert_int_equal(shm_alloc(&s, "table A", SIZE_MAX - 10, 1, &e), 0);
    assert_int_equal(shm_alloc(&s, "table A", SIZE_MAX - used, 1, &e), 0);
    assert_int_equal(shm_alloc(&s, "table A", 1, (size_t)1 << 63, &e), 0);
    assert_int_equal(s.used_bytes, used);
    shm_close(&s);
}

static void test_reserve_too_large(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_false(shm_create(&s, "table A", sizes[i], &e));
        assert_non_null(strstr(e.text, "table A"));
        assert_int_equal(s.fd, -1);
        shm_close(&s);
    }
}

/* More than any machine maps: it gets what there is. */
static void test_reserve_is_what_there_is(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create(&s, "table A", (size_t)1 << 62, &e), &e);
    assert_in_range(s.reserve_bytes, GIB, (size_t)1 << 57);
    uint64_t at = shm_alloc(&s, "table A", 3 * MIB, 64, &e);
    assert_ok(at != 0, &e);
    s.base[at + 3 * MIB - 1] = 1;
    shm_close(&s);
}

/* No file may grow beyond `bytes`: the system refuses, and a test of limits cannot fill the machine
 * if the code under test should ignore them. Returns what to give back to allow_files. */
static struct rlimit limit_files(size_t bytes)
{
    struct rlimit kept, small = {.rlim_cur = bytes};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    small.rlim_max = kept.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    return kept;
}

static void allow_files(struct rlimit kept)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
}

/* More than the machine has is refused in words and before a byte is taken; what fits still does.
 */
static void test_no_room(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    struct stat st;
    size_t available = mem_available_bytes();
    assert_true(available > MIB);
    assert_ok(shm_create(&s, "table A", available + 64 * GIB, &e), &e);
    struct rlimit kept = limit_files(64 * MIB);
    uint64_t at = shm_alloc(&s, "table A", available + 32 * GIB, 1, &e);
    allow_files(kept);
    assert_int_equal(at, 0);
    assert_int_equal(e.status, ERR_OS);
    assert_int_equal(strncmp(e.text, "shared memory for table A: ", 27), 0);
    assert_non_null(strstr(e.text, " more needed, "));
    bool in_group = strstr(e.text, " free in the memory cgroup") != NULL;
    assert_true(in_group != (strstr(e.text, " free on this machine") != NULL));
    assert_non_null(strstr(e.hint, in_group ? "--memory" : "larger machine"));
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_ok(shm_alloc(&s, "table A", 1000, 1, &e) != 0, &e);
    shm_close(&s);
}

/* --max-memory counts segments and what the process has to itself. */
static void test_max_memory(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create(&s, "table A", GIB, &e), &e);
    mem_set_max((mem_used_bytes() + 40 * MIB) / 31 * 32, false); /* a 32nd is kept */
    assert_in_range(mem_available_bytes(), 39 * MIB, 41 * MIB);
    assert_ok(shm_alloc(&s, "table A", 16 * MIB, 1, &e) != 0, &e);
    assert_true(mem_available_bytes() < 24 * MIB);
    char *block = malloc(12 * MIB);
    assert_non_null(block);
    memset(block, 1, 12 * MIB);
    assert_true(mem_available_bytes() < 13 * MIB);
    size_t bytes = s.bytes;
    assert_int_equal(shm_alloc(&s, "table A", 20 * MIB, 1, &e), 0);
    assert_int_equal(e.status, ERR_OS);
    assert_non_null(strstr(e.text, "--max-memory allows "));
    assert_non_null(strstr(e.hint, "raise --max-memory"));
    assert_int_equal(s.bytes, bytes);
    free(block);
    shm_close(&s);
    assert_false(mem_check("a test", 41 * MIB, &e));
    mem_set_max(0, false);
    assert_true(mem_check("a test", 41 * MIB, &e));
}

/* A segment that is complete keeps what it uses and no more. */
static void test_frozen_is_cut(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    struct stat st;
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    uint64_t at = shm_alloc(&s, "a test", 10 * MIB, 1, &e);
    assert_true(at != 0 && s.bytes >= 11 * MIB);
    memset(s.base + at, 7, 10 * MIB);
    assert_ok(shm_freeze(&s, &e), &e);
    assert_int_equal(fstat(s.fd, &st), 0);
    size_t spare = 2 * (size_t)sysconf(_SC_PAGESIZE);
    assert_in_range((size_t)st.st_blocks * 512, 10 * MIB, 10 * MIB + spare);
    assert_in_range(s.reserve_bytes, 10 * MIB, 10 * MIB + spare);
    assert_true(all_are(s.base + at, 10 * MIB, 7));
    shm_close(&s);
}

/* The system refuses half-way: an error, and the segment is as it was. */
static void test_system_refuses(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create(&s, "table A", GIB, &e), &e);
    uint64_t at = shm_alloc(&s, "table A", 1000, 1, &e);
    assert_ok(at != 0, &e);
    memset(s.base + at, 7, 1000);
    size_t used = s.used_bytes, bytes = s.bytes;
    struct rlimit kept = limit_files(4 * MIB);
    uint64_t refused = shm_alloc(&s, "table A", 9 * MIB, 1, &e);
    allow_files(kept);
    assert_int_equal(refused, 0);
    assert_non_null(strstr(e.text, strerror(EFBIG)));
    assert_non_null(strstr(e.text, "table A"));
    assert_int_equal(s.used_bytes, used);
    assert_int_equal(s.bytes, bytes);
    at = shm_alloc(&s, "table A", 9 * MIB, 1, &e);
    assert_ok(at != 0, &e);
    assert_true(all_are(s.base + at, 9 * MIB, 0));
    shm_close(&s);
}

/* A signal undoes what takes longer than the time between two (Linux before 6.12): the segment
 * still grows, to the right size, since the steps become smaller. */
static void test_signals(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    struct stat st;
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    asked.interrupt_above = 100000;
    asked.calls = 0;
    uint64_t at = shm_alloc(&s, "a test", 10 * MIB, 8, &e);
    asked.interrupt_above = 0;
    assert_ok(at != 0, &e);
    assert_true(asked.calls > 10 * MIB / 100000 && asked.calls < 1000);
    assert_true(all_are(s.base + at, 10 * MIB, 0));
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_size, s.bytes);
    assert_true((size_t)st.st_blocks * 512 >= s.bytes);
    shm_close(&s);
}

/* Somebody else took the memory after we had looked. */
static void test_room_is_gone(void **state)
{
    (void)state;
    const int errors[] = {ENOSPC, ENOMEM};
    for (size_t i = 0; i < 2; i++) {
        struct shm s;
        struct err e;
        assert_ok(shm_create(&s, "table B", GIB, &e), &e);
        asked.error = errors[i];
        uint64_t at = shm_alloc(&s, "table B", 10 * MIB, 8, &e);
        asked.error = 0;
        assert_int_equal(at, 0);
        assert_int_equal(e.status, ERR_OS);
        assert_non_null(strstr(e.text, "shared memory for table B: 11 MiB more needed, "));
        assert_int_equal(s.bytes, 0);
        assert_ok(shm_alloc(&s, "table B", 10 * MIB, 8, &e) != 0, &e);
        shm_close(&s);
    }
}

/* ---- Threads ---------------------------------------------------------------------------------*/

/* A segment of so many bytes, all there and zero, and none to spare. */
static void check_large(struct shm *s, size_t bytes)
{
    struct err e;
    struct stat st;
    assert_ok(shm_create(s, "a test", GIB, &e), &e);
    const uint64_t at = shm_alloc(s, "a test", bytes, 64, &e);
    assert_ok(at != 0, &e);
    assert_int_equal(fstat(s->fd, &st), 0);
    assert_int_equal(st.st_size, s->bytes);
    assert_true((size_t)st.st_blocks * 512 >= s->bytes);
    assert_true(all_are(s->base + at, bytes, 0));
}

static void test_threads_take_pages(void **state)
{
    (void)state;
    const int threads[] = {2, 7};
    for (size_t i = 0; i < 2; i++) {
        struct shm s;
        shm_set_threads(threads[i]);
        asked.calls = 0;
        populated.calls = 0;
        check_large(&s, 20 * MIB + 12345);
        assert_true(populated.calls >= 10);
        assert_int_equal(asked.calls, 0);
        assert_true(s.bytes - s.used_bytes < (size_t)sysconf(_SC_PAGESIZE));
        shm_close(&s);
    }
    shm_set_threads(1);
}

/* Before Linux 5.14, and where a file system is full, all is asked for at once; and that says what
 * is wrong. */
static void test_threads_are_refused(void **state)
{
    (void)state;
    const int errors[] = {EINVAL, EFAULT, ENOMEM};
    shm_set_threads(2);
    for (size_t i = 0; i < 3; i++) {
        struct shm s;
        struct err e;
        struct stat st;
        populated.error = errors[i];
        asked.calls = 0;
        check_large(&s, 20 * MIB);
        assert_true(asked.calls > 0);
        asked.error = ENOSPC;
        const size_t bytes = s.bytes;
        assert_int_equal(shm_alloc(&s, "a test", 20 * MIB, 64, &e), 0);
        asked.error = 0;
        assert_int_equal(e.status, ERR_OS);
        assert_int_equal(fstat(s.fd, &st), 0);
        assert_int_equal(st.st_size, bytes);
        populated.error = 0;
        shm_close(&s);
    }
    shm_set_threads(1);
}

/* Is a segment that begins there mapped? */
static bool is_mapped(const void *base)
{
    char line[512], begin[32];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    const int n = snprintf(begin, sizeof begin, "%lx-", (unsigned long)(uintptr_t)base);
    while (fgets(line, sizeof line, maps))
        found = found || (strncmp(line, begin, (size_t)n) == 0 && strstr(line, "memfd:axb"));
    fclose(maps);
    return found;
}

/* A large segment is closed at once, and is gone soon. */
static void test_given_back_later(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        struct shm s;
        shm_set_threads(threads);
        check_large(&s, 80 * MIB);
        const void *base = s.base;
        const int fd = s.fd;
        assert_true(is_mapped(base));
        shm_close(&s);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_null(s.base);
        for (int i = 0; threads > 1 && is_mapped(base) && i < 2000; i++)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        assert_false(is_mapped(base));
    }
    shm_set_threads(1);
}

static void *let_go_soon(void *unused)
{
    (void)unused;
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    given_back.waits = false;
    return NULL;
}

/* Closes a segment of 80 MiB that a thread is to give back, and keeps that waiting; with
 * --max-memory so that 90 MiB more find room only after it. */
static void close_slowly(void)
{
    struct shm s;
    check_large(&s, 80 * MIB);
    given_back.waiting = 0;
    given_back.waits = true;
    shm_close(&s);
    while (given_back.waiting == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    mem_set_max((mem_used_bytes() + 30 * MIB) / 31 * 32, false); /* a 32nd is kept */
}

/* What is on its way back counts as used, and who needs it waits for it. */
static void test_on_its_way_back(void **state)
{
    (void)state;
    shm_set_threads(2);
    for (int who = 0; who < 3; who++) {
        struct shm s;
        struct err e;
        pthread_t thread;
        close_slowly();
        assert_in_range(mem_available_bytes(), 25 * MIB, 35 * MIB);
        assert_int_equal(pthread_create(&thread, NULL, let_go_soon, NULL), 0);
        if (who == 0) {
            assert_ok(shm_create(&s, "a test", GIB, &e), &e);
            assert_ok(shm_alloc(&s, "a test", 90 * MIB, 64, &e) != 0, &e);
            shm_close(&s);
        } else if (who == 1) {
            assert_ok(mem_check("a test", 90 * MIB, &e), &e);
        } else {
            mem_set_max(mem_used_bytes() - 10 * MIB, false);
            assert_ok(mem_watch("a test", NULL, 0, &e), &e);
        }
        assert_false(given_back.waits);
        assert_int_equal(pthread_join(thread, NULL), 0);
        (void)mem_await_returns();
        assert_false(mem_await_returns());
        mem_set_max(0, false);
    }
    shm_set_threads(1);
}

/* The addresses of a segment are needed by the next where they are limited. */
static void test_limited_addresses_return_at_once(void **state)
{
    (void)state;
    struct rlimit before, limited;
    struct shm s;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    shm_set_threads(2);
    check_large(&s, 80 * MIB);
    limited = before;
    limited.rlim_cur = 1ull << 46;
    if (before.rlim_max < limited.rlim_cur)
        limited.rlim_cur = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
    const void *base = s.base;
    given_back.waits = true; /* a thread would not be done yet */
    shm_close(&s);
    assert_false(is_mapped(base));
    given_back.waits = false;
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    shm_set_threads(1);
}

static void test_segment_bytes(void **state)
{
    (void)state;
    static const struct {
        size_t have, need, reserve, available, wanted;
    } cases[] = {
        {0, 100, GIB, GIB, 100 + MIB},                   /* at least 1 MiB to spare */
        {8 * MIB, 9 * MIB, GIB, GIB, 11 * MIB},          /* a quarter */
        {800 * MIB, 801 * MIB, 4 * GIB, GIB, 865 * MIB}, /* at most 64 MiB */
        {0, 100, 4096, GIB, 4096},                       /* the reserve is the end */
        {8 * MIB, 9 * MIB, GIB, 2 * MIB, 10 * MIB},      /* all that is available */
        {8 * MIB, 9 * MIB, GIB, MIB, 9 * MIB},           /* just what is needed */
        {8 * MIB, 9 * MIB, GIB, MIB - 1, 0},             /* a byte too little */
        {8 * MIB, 9 * MIB, 9 * MIB - 1, GIB, 0},         /* beyond the reserve */
        {8 * MIB, 9 * MIB, GIB, SIZE_MAX, 11 * MIB},     /* no limit */
        {8 * MIB, 9 * MIB, SIZE_MAX, SIZE_MAX, 11 * MIB},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(limits_segment_bytes(cases[i].have, cases[i].need, cases[i].reserve,
                                              cases[i].available),
                         cases[i].wanted);
}

/* ---- What stands in a segment ----------------------------------------------------------------*/

struct pair_of_numbers {
    uint64_t first, second;
};

static void test_typed_access(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    assert_ok(shm_create(&s, "a test", MIB, &e), &e);
    uint64_t at = shm_alloc(&s, "a test", sizeof(struct pair_of_numbers), 8, &e);
    uint64_t list_at = shm_alloc(&s, "a test", 10 * sizeof(uint32_t), 4, &e);
    assert_int_equal(at, SHM_HEAD_AT);
    *shm_writable(&s, at, struct pair_of_numbers) = (struct pair_of_numbers){3, 4};
    shm_writable_array(&s, list_at, uint32_t, 10)[9] = 5;
    struct shm_view view = shm_view_of(&s);
    assert_int_equal(shm_at(view, at, struct pair_of_numbers)->second, 4);
    assert_int_equal(shm_array(view, list_at, uint32_t, 10)[9], 5);
    assert_ptr_equal(shm_array(view, view.bytes, uint64_t, 0), s.base + s.bytes);
    shm_close(&s);
}

/* One of WRONG_CASES requests, each wrong in a segment of 256 bytes, each on a line of its own. */
static const void *ask_wrong(int which, struct shm *s)
{
    struct shm_view view = shm_view_of(s);
    switch (which) {
    case 0:
        return shm_at(view, 0, uint64_t); /* an offset that was never set */
    case 1:
        return shm_at(view, SHM_HEAD_AT - 8, uint64_t);
    case 2:
        return shm_at(view, SHM_HEAD_AT + 4, uint64_t); /* not aligned */
    case 3:
        return shm_at(view, view.bytes - 8, struct pair_of_numbers);
    case 4:
        return shm_at(view, view.bytes, char);
    case 5:
        return shm_at(view, UINT64_MAX - 7, uint64_t); /* its end is 0 again */
    case 6:
        return shm_array(view, SHM_HEAD_AT, uint32_t, view.bytes / 4 - 15);
    case 7:
        return shm_writable(s, 0, uint64_t);
    case 8:
        return shm_writable(s, SHM_HEAD_AT + 1, uint16_t);
    case 9:
        return shm_writable_array(s, SHM_HEAD_AT, char, view.bytes - 63);
    default:
        return NULL;
    }
}
#define WRONG_CASES 10

#ifdef NDEBUG

/* Nothing is checked: it is the plain pointer. */
static void test_wrong_pieces(void **state)
{
    (void)state;
    static _Alignas(64) char memory[256];
    struct shm s = {.fd = -1, .base = memory, .bytes = sizeof memory};
    const size_t offset[WRONG_CASES] = {0, 56, 68, 248, 256, SIZE_MAX - 7, 64, 0, 65, 64};
    for (int i = 0; i < WRONG_CASES; i++)
        assert_int_equal((uintptr_t)ask_wrong(i, &s), (uintptr_t)memory + offset[i]);
}

#else

/* What a child says on stderr before it ends, and how it ends. */
static int ask_in_child(int which, struct shm *s, char *said, size_t bytes)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL); /* cmocka's own does not end the process */
        dup2(ends[1], 2);
        _exit(ask_wrong(which, s) == NULL);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, bytes - 1);
    said[n > 0 ? n : 0] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* The process ends at once, with the file and the line. */
static void test_wrong_pieces(void **state)
{
    (void)state;
    static _Alignas(64) char memory[256];
    struct shm s = {.fd = -1, .base = memory, .bytes = sizeof memory};
    char said[400], before[400] = "";
    for (int i = 0; i < WRONG_CASES; i++) {
        int status = ask_in_child(i, &s, said, sizeof said);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
            fail_msg("case %d did not stop: status %d, \"%s\"", i, status, said);
        assert_non_null(strstr(said, "test_shm.c:"));
        assert_non_null(strstr(said, "in a segment of 256 bytes"));
        assert_string_not_equal(said, before); /* each has a line of its own */
        strcpy(before, said);
    }
}

#endif

/* ---- Two processes ---------------------------------------------------------------------------*/

/* Starts this program in a role, with descriptors from 3 on, and returns how it ended. */
static int run_role(char *role, const int *fds, size_t n)
{
    char self[4096];
    char *argv[] = {self, role, NULL};
    struct proc p;
    struct err e;
    int status = -1;
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_ok(proc_spawn(&p, argv, fds, n, NULL, &e), &e);
    assert_true(proc_reap(&p, true, &status));
    return status;
}

#define PATTERN_BYTES (5 * MIB)

/* Role: 3 is read-only, 4 writable. Returns the number of the step that failed. */
static int role_attach(void)
{
    struct shm r, w;
    struct err e;
    if (!shm_attach(&r, 3, false, &e) || !shm_attach(&w, 4, true, &e))
        return 1;
    if (r.bytes < PATTERN_BYTES || r.bytes != w.bytes)
        return 2;
    for (size_t i = 64; i < PATTERN_BYTES; i++)
        if (r.base[i] != (char)(i * 31 >> 3))
            return 3;
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0) != MAP_FAILED)
        return 4;
    if (mprotect(r.base, 4096, PROT_READ | PROT_WRITE) == 0)
        return 5;
    if (ftruncate(3, 0) == 0 || write(3, "x", 1) >= 0)
        return 6;
    w.base[100] = 'w';
    if (r.base[100] != 'w')
        return 7;
    shm_close(&r);
    shm_close(&w);
    return fcntl(3, F_GETFD) == -1 && fcntl(4, F_GETFD) == -1 ? 0 : 8;
}

static void test_attach(void **state)
{
    (void)state;
    struct shm s;
    struct err e;
    char role[] = "attach";
    assert_ok(shm_create(&s, "a test", GIB, &e), &e);
    uint64_t at = shm_alloc(&s, "a test", PATTERN_BYTES, 64, &e);
    assert_int_equal(at, 64);
    for (size_t i = 64; i < PATTERN_BYTES; i++)
        s.base[i] = (char)(i * 31 >> 3);
    int readonly = shm_readonly_fd(&s, &e);
    assert_ok(readonly >= 0, &e);
    assert_int_equal(fcntl(readonly, F_GETFD), FD_CLOEXEC);
    int fds[] = {readonly, s.fd};
    assert_int_equal(run_role(role, fds, 2), 0);
    assert_int_equal(s.base[100], 'w');
    close(readonly);
    shm_close(&s);
}

static void test_attach_refuses(void **state)
{
    (void)state;
    struct shm s, empty;
    struct err e;
    assert_false(shm_attach(&s, 999, false, &e));
    assert_non_null(strstr(e.text, "999"));
    assert_ok(shm_create(&empty, "a test", MIB, &e), &e);
    assert_false(shm_attach(&s, empty.fd, false, &e));
    assert_int_equal(e.status, ERR_SOFTWARE);
    assert_int_equal(s.fd, -1);
    shm_close(&s);
    assert_true(fcntl(empty.fd, F_GETFD) >= 0);
    shm_close(&empty);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(shm_attach(&s, ends[0], false, &e));
    close(ends[0]);
    close(ends[1]);
}

/* Role: holds a segment and says so, until it is killed. */
static int role_hold(void)
{
    struct shm s;
    struct err e;
    if (!shm_create(&s, "a test", GIB, &e) || !shm_alloc(&s, "a test", 3 * MIB, 64, &e))
        return 1;
    memset(s.base, 1, s.bytes);
    if (write(3, "x", 1) != 1)
        return 2;
    for (;;)
        pause();
}

static void test_nothing_is_left(void **state)
{
    (void)state;
    int ends[2], status = 0;
    char byte, self[4096], role[] = "hold";
    char *argv[] = {self, role, NULL};
    struct proc p;
    struct err e;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_ok(proc_spawn(&p, argv, &ends[1], 1, NULL, &e), &e);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    kill(p.pid, SIGKILL);
    assert_true(proc_reap(&p, true, &status));
    close(ends[0]);
    assert_int_equal(harness_left_shm(), 0);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "attach") == 0)
        return role_attach();
    if (argc == 2 && strcmp(argv[1], "hold") == 0)
        return role_hold();
    shm_set_threads(1); /* where a test does not say otherwise */
    harness_left_begin();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_never_had_a_name),
        cmocka_unit_test(test_close_is_harmless),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_memory_is_taken_but_not_wasted),
        cmocka_unit_test(test_grows_seldom),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_end_writing),
        cmocka_unit_test(test_end_writing_sealed),
        cmocka_unit_test(test_reserve_is_the_end),
        cmocka_unit_test(test_reserve_too_large),
        cmocka_unit_test(test_reserve_is_what_there_is),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_max_memory),
        cmocka_unit_test(test_frozen_is_cut),
        cmocka_unit_test(test_system_refuses),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_room_is_gone),
        cmocka_unit_test(test_threads_take_pages),
        cmocka_unit_test(test_threads_are_refused),
        cmocka_unit_test(test_given_back_later),
        cmocka_unit_test(test_on_its_way_back),
        cmocka_unit_test(test_limited_addresses_return_at_once),
        cmocka_unit_test(test_segment_bytes),
        cmocka_unit_test(test_typed_access),
        cmocka_unit_test(test_wrong_pieces),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_attach_refuses),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
