/* Shared memory that children made for themselves: each kind is found, once, and nothing else. A
 * child here is a fork of the test that makes something, says so, and waits for its end. */
#include "core/memory.h"
#include "core/memory_shared.h"
#include "core/shm.h"
#include "tests/test.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define BYTES (8 * MIB)
#define SLACK (MIB / 4) /* what is not made here */

static char name[64]; /* of a file in /dev/shm */

static int fill(int fd, size_t bytes)
{
    char *piece = calloc(1, MIB);
    bool ok = fd >= 0 && piece;
    for (size_t done = 0; ok && done < bytes; done += MIB)
        ok = write(fd, piece, MIB) == (ssize_t)MIB;
    free(piece);
    return ok ? fd : -1;
}

static bool touch(void *p, size_t bytes)
{
    if (p == MAP_FAILED)
        return false;
    memset(p, 1, bytes);
    return true;
}

static void *map_shared(int fd, size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* ---- What a child makes ----------------------------------------------------------------------*/

static bool nothing(void)
{
    return true;
}

static bool make_memfd(void)
{
    return fill(memfd_create("x", 0), BYTES) >= 0;
}

static bool make_anonymous(void)
{
    return touch(mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
                 BYTES);
}

/* Of what is mapped only what is touched takes memory. */
static bool make_half_anonymous(void)
{
    return touch(mmap(NULL, 4 * BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
                 BYTES);
}

static bool make_memfd_without_fd(void)
{
    const int fd = memfd_create("x", 0);
    const bool ok = ftruncate(fd, BYTES) == 0 && touch(map_shared(fd, BYTES), BYTES);
    return close(fd) == 0 && ok;
}

/* Filled, and then only read. */
static bool make_read_only(void)
{
    char path[40];
    const int fd = fill(memfd_create("x", 0), BYTES);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY) >= 0 && close(fd) == 0;
}

static bool make_read_only_without_fd(void)
{
    const int fd = fill(memfd_create("x", 0), BYTES);
    const char *p = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    return p != MAP_FAILED && memchr(p, 1, BYTES) == NULL && close(fd) == 0;
}

static bool make_memfd_twice(void)
{
    const int fd = fill(memfd_create("x", 0), BYTES);
    return fd >= 0 && dup(fd) >= 0 && touch(map_shared(fd, BYTES), BYTES) &&
           touch(map_shared(fd, BYTES), BYTES);
}

static bool make_named(void)
{
    return fill(open(name, O_RDWR | O_CREAT | O_EXCL, 0600), BYTES) >= 0;
}

static bool make_named_without_fd(void)
{
    const int fd = fill(open(name, O_RDWR | O_CREAT | O_EXCL, 0600), BYTES);
    const bool ok = fd >= 0 && touch(map_shared(fd, BYTES), BYTES);
    return close(fd) == 0 && ok;
}

static bool make_unlinked(void)
{
    return make_named() && unlink(name) == 0;
}

static bool make_system_v(void)
{
    const int id = shmget(IPC_PRIVATE, BYTES, 0600);
    void *p = id >= 0 ? shmat(id, NULL, 0) : MAP_FAILED;
    return shmctl(id, IPC_RMID, NULL) == 0 && touch(p, BYTES);
}

/* A table of others, say. */
static bool read_named(void)
{
    const int fd = open(name, O_RDONLY);
    const char *p = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    return fd >= 0 && p != MAP_FAILED && memchr(p, 1, BYTES) == NULL;
}

/* Pages of a file on a disk are no memory that somebody holds. */
static bool make_file(void)
{
    struct statfs fs;
    FILE *f = tmpfile();
    if (f && fstatfs(fileno(f), &fs) == 0 && fs.f_type == TMPFS_MAGIC)
        return true; /* /tmp is memory here */
    return f && fill(fileno(f), BYTES) >= 0 && touch(map_shared(fileno(f), BYTES), BYTES);
}

static bool take_private(void)
{
    void *p = malloc(BYTES);
    return p && touch(p, BYTES);
}

/* ---- Looking ---------------------------------------------------------------------------------*/

/* Starts a child that has made it, or ends the test. */
static struct proc start(bool (*make)(void))
{
    int ready[2];
    char said = 0;
    assert_int_equal(pipe(ready), 0);
    const struct proc p = {fork()};
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const char ok = make() ? 1 : 2;
        if (write(ready[1], &ok, 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &said, 1), 1);
    close(ready[0]);
    assert_int_equal(said, 1);
    return p;
}

static void end(struct proc *p)
{
    int status;
    kill(p->pid, SIGKILL);
    assert_true(proc_reap(p, true, &status));
}

static size_t found(bool (*make)(void))
{
    struct proc p = start(make);
    const size_t bytes = mem_shared_bytes(&p, 1);
    end(&p);
    unlink(name);
    return bytes;
}

static void test_each_kind(void **state)
{
    static bool (*const kinds[])(void) = {make_memfd,
                                          make_anonymous,
                                          make_half_anonymous,
                                          make_memfd_without_fd,
                                          make_named,
                                          make_named_without_fd,
                                          make_unlinked,
                                          make_system_v,
                                          make_memfd_twice,
                                          make_read_only,
                                          make_read_only_without_fd};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t bytes = found(kinds[i]);
        if (bytes < BYTES || bytes > BYTES + SLACK)
            fail_msg("kind %zu: %zu bytes of %zu", i, bytes, BYTES);
    }
}

static void test_nothing_else(void **state)
{
    static bool (*const kinds[])(void) = {nothing, make_file, take_private};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t bytes = found(kinds[i]);
        if (bytes > SLACK)
            fail_msg("kind %zu: %zu bytes", i, bytes);
    }
    close(fill(open(name, O_RDWR | O_CREAT | O_EXCL, 0600), BYTES));
    assert_true(found(read_named) <= SLACK);
}

static struct shm segment;

static bool write_segment(void)
{
    return touch(segment.base, BYTES);
}

/* Segments of ours, whether a child has them open or mapped. */
static void test_ours(void **state)
{
    struct err e;
    (void)state;
    assert_true(shm_create(&segment, "test", 4 * BYTES, &e));
    assert_true(shm_alloc(&segment, "test", BYTES, 64, &e) > 0);
    assert_true(found(nothing) <= SLACK); /* a fork has the descriptor */
    assert_true(found(write_segment) <= SLACK);
    shm_close(&segment);
}

/* Gives a child of a child the same file and the same mapping, at two addresses. */
static bool share(void)
{
    int ready[2];
    char said;
    void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!make_memfd() || !touch(p, BYTES) || !touch(mremap(p, 0, BYTES, MREMAP_MAYMOVE), BYTES) ||
        pipe(ready) != 0)
        return false;
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (touch(p, BYTES) && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    return pid > 0 && read(ready[0], &said, 1) == 1;
}

static pid_t child_of(pid_t pid)
{
    char path[64];
    int child = -1;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &child), 1);
    fclose(f);
    return child;
}

static void test_counts_once(void **state)
{
    (void)state;
    struct proc p = start(share);
    const struct proc both[] = {p, {child_of(p.pid)}, {-1}};
    const size_t bytes = mem_shared_bytes(both, 3);
    kill(both[1].pid, SIGKILL);
    end(&p);
    if (bytes < 2 * BYTES - SLACK || bytes > 2 * BYTES + SLACK)
        fail_msg("%zu bytes of %zu", bytes, 2 * BYTES);
}

/* With --max-memory it counts, together with what is private. */
static void test_is_watched(void **state)
{
    struct err e = {0};
    (void)state;
    struct proc p = start(make_memfd);
    mem_set_max(mem_used_bytes() + BYTES / 2, false);
    assert_false(mem_watch("test", &p, 1, &e));
    assert_int_equal(e.status, ERR_OS);
    assert_non_null(strstr(e.text, "--max-memory allows"));
    mem_set_max(0, false);
    assert_true(mem_watch("test", &p, 1, &e));
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind),  cmocka_unit_test(test_nothing_else),
        cmocka_unit_test(test_ours),       cmocka_unit_test(test_counts_once),
        cmocka_unit_test(test_is_watched),
    };
    snprintf(name, sizeof name, "/dev/shm/axb-test-%d", (int)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
