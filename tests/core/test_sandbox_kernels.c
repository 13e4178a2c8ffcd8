/* The sandbox on kernels of all ages: with each version of Landlock, and none, everything that
 * writes is refused as far as that version knows it, and nothing that it does not know is asked
 * for. The kernel is made up here, after userspace-api/landlock.rst; that the real one keeps what
 * it promises is in test_sandbox.c. */
#include "core/sandbox.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- The kernel ------------------------------------------------------------------------------*/

#define NEWEST 6
#define REFUSES 99 /* as a version: it has Landlock, and refuses all rules */

/* Of each version, from 0: bits of rights to files, to networks, of scopes, and the bytes of the
 * struct that it knows. */
static const struct {
    unsigned files, networks, scopes;
    size_t bytes;
} versions[NEWEST + 1] = {
    {0, 0, 0, 0},   {13, 0, 0, 8},  {14, 0, 0, 8},  {15, 0, 0, 8},
    {15, 2, 0, 16}, {16, 2, 0, 16}, {16, 2, 2, 24},
};

#define READING (1u << 2 | 1u << 3) /* LANDLOCK_ACCESS_FS_READ_FILE, _READ_DIR */

static int version;       /* of this kernel */
static uint64_t asked[3]; /* files, networks, scopes: what a rule set handles */
static int rules_fd;      /* that rule set */
static bool grants;       /* namespaces to users */
/* What was done, in the order in which it must be. */
static bool left, hidden, unable, locked, filtered;

static long fail_with(int number)
{
    errno = number;
    return -1;
}

/* One that knows less refuses what it does not know; of larger structs it takes zeros. */
static long create_rules(const void *rules, size_t bytes)
{
    memset(asked, 0, sizeof asked);
    if (bytes < 8 || bytes > sizeof asked || version == REFUSES)
        return fail_with(EINVAL);
    memcpy(asked, rules, bytes);
    unsigned known = version < NEWEST ? (unsigned)version : NEWEST;
    const unsigned bits[] = {versions[known].files, versions[known].networks,
                             versions[known].scopes};
    for (int i = 0; i < 3; i++)
        if (asked[i] >> bits[i])
            return fail_with(8u * (unsigned)i < versions[known].bytes ? EINVAL : E2BIG);
    return rules_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list rest;
    va_start(rest, number);
    if (number == SYS_landlock_restrict_self) {
        locked = va_arg(rest, int) == rules_fd && unable && !filtered;
        va_end(rest);
        return locked ? 0 : fail_with(EBADF);
    }
    if (number == SYS_seccomp) {
        filtered = va_arg(rest, unsigned) == SECCOMP_SET_MODE_FILTER && unable;
        va_end(rest);
        return 0; /* it has filters */
    }
    void *rules = va_arg(rest, void *);
    if (number == SYS_capset) {
        const uint32_t none[6] = {0};
        unable = !filtered && memcmp(va_arg(rest, void *), none, sizeof none) == 0;
        va_end(rest);
        return 0;
    }
    size_t bytes = va_arg(rest, size_t);
    int flags = va_arg(rest, int);
    va_end(rest);
    assert_int_equal(number, SYS_landlock_create_ruleset);
    if (version == 0)
        return fail_with(ENOSYS);
    return flags == 1 ? version : create_rules(rules, bytes);
}

int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
    va_list rest;
    va_start(rest, option);
    const unsigned long value = va_arg(rest, unsigned long);
    va_end(rest);
    assert_true(option == PR_SET_NO_NEW_PRIVS || option == PR_SET_DUMPABLE);
    hidden = hidden || (option == PR_SET_DUMPABLE && value == 0);
    return 0;
}

/* Capabilities of a namespace are dropped after it is left. */
int __wrap_unshare(int flags);
int __wrap_unshare(int flags)
{
    left = grants && flags == CLONE_NEWUSER && !unable;
    return left ? 0 : (int)fail_with(EPERM);
}

/* ---- Tests -----------------------------------------------------------------------------------*/

static bool enter(int of_version, struct err *e)
{
    version = of_version;
    rules_fd = -1;
    left = hidden = unable = locked = filtered = false;
    *e = (struct err){0};
    assert_true(sandbox_ask(true, e));
    assert_int_equal(hidden, version == 0); /* the coordinator */
    hidden = false;
    bool ok = sandbox_enter(e);
    assert_true(sandbox_ask(false, e));
    return ok;
}

static void every_version(void **state)
{
    (void)state;
    for (int v = 1; v <= NEWEST + 2; v++) {
        unsigned known = v < NEWEST ? (unsigned)v : NEWEST;
        struct err e;
        if (!enter(v, &e))
            fail_msg("version %d: %s", v, e.text);
        assert_true(unable && locked && filtered && !left && !hidden);
        assert_int_equal(fcntl(rules_fd, F_GETFD), -1); /* it is closed */
        assert_int_equal(asked[0], ((1u << versions[known].files) - 1) & ~READING);
        assert_int_equal(asked[1], (1u << versions[known].networks) - 1);
        assert_int_equal(asked[2], (1u << versions[known].scopes) - 1);
    }
}

/* Then a namespace stands between it and others, or at least it and the coordinator are hidden. */
static void without_landlock(void **state)
{
    (void)state;
    struct err e;
    char words[64];
    for (int k = 0; k < 2; k++) {
        grants = k == 1;
        assert_true(enter(0, &e));
        assert_true(unable && filtered && !locked);
        assert_true(left == grants && hidden == !grants);
    }
    sandbox_describe(words, sizeof words);
    assert_string_equal(words, "seccomp");
    version = 5;
    sandbox_describe(words, sizeof words);
    assert_string_equal(words, "landlock 5, seccomp");
}

/* A kernel that has it and does not do it: then there is no sandbox, and that is said. */
static void refused(void **state)
{
    (void)state;
    struct err e;
    assert_false(enter(REFUSES, &e));
    assert_int_equal(e.status, ERR_UNAVAILABLE);
    assert_non_null(strstr(e.text, "sandbox"));
    assert_false(locked || filtered);
}

static void *wait_at(void *mutex)
{
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return NULL;
}

/* A thread that was there before would stay outside. Allocators are not to start one. */
static void with_threads(void **state)
{
    (void)state;
    struct err e;
    pthread_t thread;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    setenv("MALLOC_CONF", "background_thread:true", 1);
    pthread_mutex_lock(&mutex);
    assert_int_equal(pthread_create(&thread, NULL, wait_at, &mutex), 0);
    assert_false(enter(NEWEST, &e));
    assert_int_equal(e.status, ERR_UNAVAILABLE);
    assert_non_null(strstr(e.text, "it began with threads"));
    assert_false(unable || locked || filtered);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    assert_null(getenv("MALLOC_CONF"));
}

static void not_asked_for(void **state)
{
    (void)state;
    struct err e;
    version = NEWEST;
    left = hidden = unable = locked = filtered = false;
    assert_true(sandbox_ask(false, &e));
    assert_true(sandbox_enter(&e));
    assert_false(left || hidden || unable || locked || filtered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version), cmocka_unit_test(without_landlock),
        cmocka_unit_test(refused),       cmocka_unit_test(with_threads),
        cmocka_unit_test(not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
