/* Processes: which descriptors, signals and variables a child sees, how it ends, and that it ends
 * with its parent. The program starts itself as `test_process ROLE …`. */
#include "core/process.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* for what must happen: only a failing test waits as long */

static void assert_ok(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s (%s)", e->text, e->hint);
}

/* Starts this program in a role. */
static struct proc start_role(const char *role, const char *argument, const int *fds, size_t n,
                              char *const env[])
{
    char self[4096], words[2][64];
    char *argv[] = {self, words[0], words[1], NULL};
    struct proc p;
    struct err e;
    snprintf(words[0], sizeof words[0], "%s", role);
    snprintf(words[1], sizeof words[1], "%s", argument);
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_ok(proc_spawn(&p, argv, fds, n, env, &e), &e);
    assert_true(p.pid > 0);
    return p;
}

static int end_of(struct proc *p)
{
    int status = -1;
    assert_true(proc_reap(p, true, &status));
    assert_int_equal(p->pid, -1);
    return status;
}

/* ---- Descriptors -----------------------------------------------------------------------------*/

/* A file without a name that holds one letter. */
static int letter_file(char letter)
{
    char path[] = "/tmp/axb-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, &letter, 1), 1);
    return fd;
}

/* Role: exits with the number of what is wrong with 3, 4, … holding the given letters. */
static int role_letters(const char *letters)
{
    size_t n = strlen(letters);
    unsigned open_fds = 0;
    struct stat null, in, out, error;
    for (size_t i = 0; i < n; i++) {
        char letter = 0;
        int fd = 3 + (int)i;
        if (pread(fd, &letter, 1, 0) != 1 || letter != letters[i])
            return 10 + (int)i;
        if (fcntl(fd, F_GETFD) != 0)
            return 30 + (int)i;
    }
    for (int fd = 0; fd < 4096; fd++)
        open_fds += fcntl(fd, F_GETFD) != -1;
    if (open_fds != 3 + n)
        return 1;
    if (stat("/dev/null", &null) != 0 || fstat(0, &in) != 0 || null.st_rdev != in.st_rdev)
        return 2;
    if (fstat(1, &out) != 0 || fstat(2, &error) != 0 || out.st_dev != error.st_dev ||
        out.st_ino != error.st_ino)
        return 3;
    return (fcntl(0, F_GETFL) & O_ACCMODE) == O_RDONLY ? 0 : 4;
}

/* Four sources that are the targets 3 to 6 themselves, in each of the 256 orders with repeats: the
 * identity, every permutation, one for all. */
static void test_every_overlap(void **state)
{
    (void)state;
    int kept[4];
    for (int i = 0; i < 4; i++) {
        kept[i] = fcntl(3 + i, F_DUPFD_CLOEXEC, 100); /* whoever has the number, or -1 */
        int fd = letter_file((char)('a' + i));
        assert_int_equal(dup2(fd, 3 + i), 3 + i);
        if (fd != 3 + i)
            close(fd);
    }
    for (unsigned order = 0; order < 256; order++) {
        int fds[4];
        char letters[5] = "";
        for (unsigned i = 0; i < 4; i++) {
            unsigned source = order >> (2 * i) & 3;
            fds[i] = 3 + (int)source;
            letters[i] = (char)('a' + source);
        }
        struct proc p = start_role("letters", letters, fds, 4, NULL);
        int status = end_of(&p);
        if (status != 0)
            fail_msg("%s: status %x", letters, (unsigned)status);
        for (int i = 0; i < 4; i++) /* ours are as they were */
            assert_true(fcntl(3 + i, F_GETFD) >= 0);
    }
    for (int i = 0; i < 4; i++) {
        close(3 + i);
        if (kept[i] >= 0) {
            dup2(kept[i], 3 + i);
            close(kept[i]);
        }
    }
}

static unsigned count_open(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 4096; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* Far descriptors, with and without close-on-exec; many; none. The parent keeps just its own. */
static void test_far_and_many(void **state)
{
    (void)state;
    int fds[64];
    char letters[65] = "";
    for (int i = 0; i < 64; i++) {
        int fd = letter_file((char)('0' + i));
        fds[i] = fcntl(fd, i % 2 ? F_DUPFD : F_DUPFD_CLOEXEC, 200 + 3 * ((i * 29) % 64));
        assert_true(fds[i] >= 200);
        letters[i] = (char)('0' + i);
        close(fd);
    }
    unsigned before = count_open();
    for (size_t n = 0; n <= 60; n += 20) {
        char some[64] = "";
        memcpy(some, letters, n);
        struct proc p = start_role("letters", some, fds, n, NULL);
        assert_int_equal(end_of(&p), 0);
    }
    assert_int_equal(count_open(), before);
    for (int i = 0; i < 64; i++)
        close(fds[i]);
}

/* The standard ones as sources: what they are with us, not what they become in the child. */
static void test_standard_as_source(void **state)
{
    (void)state;
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100), fd = letter_file('s');
    assert_int_equal(dup2(fd, 0), 0);
    struct proc p = start_role("letters", "s", (int[]){0}, 1, NULL);
    assert_int_equal(end_of(&p), 0);
    close(fd);
    if (kept >= 0) {
        dup2(kept, 0);
        close(kept);
    } else {
        close(0);
    }
}

/* ---- Refusing --------------------------------------------------------------------------------*/

static void test_not_started(void **state)
{
    (void)state;
    char path[] = "/nowhere/axb";
    char *argv[] = {path, NULL};
    struct proc p = {.pid = 1};
    struct err e;
    int fds[PROC_MAX_FDS + 1] = {0};
    unsigned before = count_open();
    assert_false(proc_spawn(&p, argv, fds, 2, NULL, &e));
    assert_int_equal(p.pid, -1);
    assert_int_equal(e.status, ERR_OS);
    assert_non_null(strstr(e.text, "/nowhere/axb"));
    assert_non_null(strstr(e.text, strerror(ENOENT)));
    assert_false(proc_spawn(&p, argv, fds, PROC_MAX_FDS + 1, NULL, &e));
    assert_int_equal(e.status, ERR_SOFTWARE);
    assert_false(proc_spawn(&p, argv, (int[]){4000}, 1, NULL, &e));
    assert_non_null(strstr(e.text, strerror(EBADF)));
    assert_int_equal(count_open(), before);
}

static void test_few_files_allowed(void **state)
{
    (void)state;
    struct rlimit kept, few;
    struct err e;
    struct proc p;
    char self[4096];
    char *argv[] = {self, NULL};
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &kept), 0);
    few = kept;
    few.rlim_cur = 4;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    bool started = proc_spawn(&p, argv, (int[]){2, 2}, 2, NULL, &e);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &kept), 0);
    assert_false(started);
    assert_non_null(strstr(e.hint, "ulimit -n"));
}

static void test_self_path(void **state)
{
    (void)state;
    char path[4096], small[5];
    struct err e;
    struct stat self, found;
    assert_ok(proc_self_path(path, sizeof path, &e), &e);
    assert_int_equal(stat("/proc/self/exe", &self), 0);
    assert_int_equal(stat(path, &found), 0);
    assert_true(self.st_ino == found.st_ino && self.st_dev == found.st_dev);
    assert_false(proc_self_path(small, sizeof small, &e));
    assert_int_equal(e.status, ERR_OS);
    size_t n = strlen(path);
    char *just = malloc(n + 2);
    assert_non_null(just);
    assert_ok(proc_self_path(just, n + 2, &e), &e);
    assert_string_equal(just, path);
    free(just);
}

/* /folder/test_process and /folder/axb. */
static void test_sibling_path(void **state)
{
    (void)state;
    char self[4096], path[4096];
    struct err e;
    assert_ok(proc_self_path(self, sizeof self, &e), &e);
    assert_ok(proc_sibling_path("axb", path, sizeof path, &e), &e);
    const size_t folder = (size_t)(strrchr(self, '/') + 1 - self);
    assert_memory_equal(path, self, folder);
    assert_string_equal(path + folder, "axb");
    char *tight = malloc(strlen(self) + 2);
    assert_non_null(tight);
    char name[4096];
    memset(name, 'n', sizeof name);
    name[strlen(self) + 1 - folder] = 0; /* with the folder it fits up to its end */
    assert_ok(proc_sibling_path(name, tight, strlen(self) + 2, &e), &e);
    name[strlen(self) + 1 - folder] = 'n';
    name[strlen(self) + 2 - folder] = 0;
    assert_false(proc_sibling_path(name, tight, strlen(self) + 2, &e));
    assert_int_equal(e.status, ERR_OS);
    free(tight);
}

/* ---- Environment and signals -----------------------------------------------------------------*/

/* Role: exits with the number of variables that are not as the test wants them. */
static int role_environment(void)
{
    static const char *const wanted[][2] = {
        {"AXB_TEST_KEPT", "kept"}, {"AXB_TEST_CHANGED", "new"},   {"AXB_TEST_ADDED", "a=b"},
        {"AXB_TEST_EMPTY", ""},    {"AXB_TEST_CHANGED_NOT", "x"},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *value = getenv(wanted[i][0]);
        wrong += !value || strcmp(value, wanted[i][1]) != 0;
    }
    return wrong;
}

static void test_environment(void **state)
{
    (void)state;
    char changed[] = "AXB_TEST_CHANGED=new", added[] = "AXB_TEST_ADDED=a=b";
    char empty[] = "AXB_TEST_EMPTY=";
    char *env[] = {changed, added, empty, NULL};
    setenv("AXB_TEST_KEPT", "kept", 1);
    setenv("AXB_TEST_CHANGED", "old", 1);
    setenv("AXB_TEST_CHANGED_NOT", "x", 1);
    struct proc p = start_role("environment", "", NULL, 0, env);
    assert_int_equal(end_of(&p), 0);
    assert_string_equal(getenv("AXB_TEST_CHANGED"), "old");
    assert_null(getenv("AXB_TEST_ADDED"));
}

/* Role: exits with the number of a signal that is blocked or not at its default, or 0. */
static int role_signals(void)
{
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int s = 1; s <= SIGRTMAX; s++) {
        struct sigaction now;
        if (sigaction(s, NULL, &now) != 0)
            continue; /* those of the C library */
        if (sigismember(&blocked, s) || now.sa_handler == SIG_IGN)
            return s;
    }
    return 0;
}

static void test_signals(void **state)
{
    (void)state;
    sigset_t some, kept;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGRTMIN + 3, SIG_IGN);
    sigprocmask(SIG_BLOCK, &some, &kept);
    struct proc p = start_role("signals", "", NULL, 0, NULL);
    sigprocmask(SIG_SETMASK, &kept, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGRTMIN + 3, SIG_DFL);
    assert_int_equal(end_of(&p), 0);
}

/* ---- How they end ----------------------------------------------------------------------------*/

static void test_words(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *words;
    } cases[] = {
        {W_EXITCODE(0, 0), "exited with 0"},
        {W_EXITCODE(3, 0), "exited with 3"},
        {W_EXITCODE(255, 0), "exited with 255"},
        {W_EXITCODE(0, SIGSEGV), "was killed by SIGSEGV"},
        {W_EXITCODE(0, SIGSEGV) | WCOREFLAG, "was killed by SIGSEGV (core dumped)"},
        {W_EXITCODE(0, SIGABRT) | WCOREFLAG, "was killed by SIGABRT (core dumped)"},
        {W_EXITCODE(0, SIGBUS), "was killed by SIGBUS"},
        {W_EXITCODE(0, SIGFPE), "was killed by SIGFPE"},
        {W_EXITCODE(0, SIGKILL), "was killed by SIGKILL"},
        {W_EXITCODE(0, 40), "was killed by signal 40"},
        {W_STOPCODE(SIGSTOP), "ended with status 4991"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[96], small[8];
        proc_describe_status(cases[i].status, text, sizeof text);
        assert_string_equal(text, cases[i].words);
        proc_describe_status(cases[i].status, small, sizeof small);
        assert_int_equal(strlen(small), 7);
    }
}

/* Role: ends in the given way. */
static int role_end(const char *how)
{
    if (strcmp(how, "exit") == 0)
        return 7;
    if (strcmp(how, "term") == 0)
        raise(SIGTERM);
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    return 0;
}

static void test_ends(void **state)
{
    static const char *const cases[][2] = {
        {"exit", "exited with 7"},
        {"term", "was killed by SIGTERM"},
        {"kill", "was killed by SIGKILL"},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char words[96];
        struct proc p = start_role("end", cases[i][0], NULL, 0, NULL);
        proc_describe_status(end_of(&p), words, sizeof words);
        assert_string_equal(words, cases[i][1]);
    }
}

static void *pause_for_ever(void *p)
{
    for (;;)
        pause();
    return p;
}

/* A child with a second thread, which a tracer may hold as it ends. */
static struct proc start_two_threads(bool ends_first)
{
    pthread_t thread;
    struct proc p = {.pid = fork()};
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_create(&thread, NULL, pause_for_ever, NULL);
        if (ends_first)
            pthread_exit(NULL);
        pause_for_ever(NULL);
    }
    return p;
}

static bool becomes_headless(const struct proc *p)
{
    bool headless = false;
    for (int i = 0; i < 1000 && !headless; i++) {
        headless = proc_is_headless(p);
        usleep(1000);
    }
    return headless;
}

/* The thread of a process that is not its first. 0 until it has one. */
static pid_t second_thread(pid_t pid)
{
    char path[64];
    pid_t found = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (const struct dirent *entry; (entry = readdir(d)) != NULL;)
        if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != pid)
            found = atoi(entry->d_name);
    closedir(d);
    return found;
}

static void test_main_thread_ends(void **state)
{
    (void)state;
    struct proc p = start_two_threads(true);
    assert_true(becomes_headless(&p));
    kill(p.pid, SIGKILL);
    assert_int_equal(end_of(&p), SIGKILL);
    assert_false(proc_is_headless(&p));
}

/* Its threads end one after the other, which may take a while where it has much memory. */
static void test_killed_is_not_headless(void **state)
{
    (void)state;
    struct proc p = start_two_threads(false);
    pid_t thread;
    while ((thread = second_thread(p.pid)) == 0)
        usleep(1000);
    assert_int_equal(ptrace(PTRACE_SEIZE, thread, NULL, PTRACE_O_TRACEEXIT), 0);
    kill(p.pid, SIGKILL);
    assert_int_equal(waitpid(thread, NULL, __WALL), thread); /* it is held */
    assert_false(proc_has_ended(&p));
    assert_false(becomes_headless(&p));
    assert_int_equal(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
    assert_int_equal(end_of(&p), SIGKILL);
}

static void test_reap(void **state)
{
    (void)state;
    int ends[2], status = 5;
    struct proc none = {.pid = -1};
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct proc p = start_role("wait", "", ends, 1, NULL),
                other = start_role("end", "", NULL, 0, NULL);
    assert_false(proc_reap(&none, true, &status)); /* and so does not take another child */
    assert_false(proc_reap(&p, false, &status));
    assert_int_equal(status, 5);
    assert_true(p.pid > 0);
    close(ends[1]); /* the child reads its end */
    assert_int_equal(end_of(&p), W_EXITCODE(9, 0));
    assert_false(proc_reap(&p, true, &status));
    assert_int_equal(end_of(&other), 0);
    close(ends[0]);
}

/* Who starts us may ignore SIGCHLD, and then there would be nothing to wait for. */
static void test_ignored_children(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    struct proc p = start_role("end", "exit", NULL, 0, NULL);
    assert_int_equal(end_of(&p), W_EXITCODE(7, 0));
    signal(SIGCHLD, SIG_DFL);
}

/* ---- Dying with the parent -------------------------------------------------------------------*/

/* Role: dies with its parent, holding descriptor 3; says so first. */
static int role_leaf(const char *parent)
{
    proc_die_with_parent((pid_t)strtol(parent, NULL, 10));
    if (write(3, "x", 1) != 1)
        return 1;
    for (;;)
        pause();
}

/* Role: starts a leaf that gets descriptor 3, and waits to be killed. */
static int role_middle(void)
{
    char self[4096], role[] = "leaf", parent[16];
    char *argv[] = {self, role, parent, NULL};
    struct proc p;
    struct err e;
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    if (!proc_self_path(self, sizeof self, &e) || !proc_spawn(&p, argv, (int[]){3}, 1, NULL, &e))
        return 1;
    close(3);
    for (;;)
        pause();
}

/* Reads a byte: 1; the end of the pipe: 0; nothing for too long: -1. */
static int read_patiently(int fd)
{
    char byte;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, PATIENCE_MS) == 1 ? (int)read(fd, &byte, 1) : -1;
}

static void test_dies_with_parent(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct proc middle = start_role("middle", "", &ends[1], 1, NULL);
    close(ends[1]);
    assert_int_equal(read_patiently(ends[0]), 1);
    kill(middle.pid, SIGKILL);
    assert_true(WIFSIGNALED(end_of(&middle)));
    assert_int_equal(read_patiently(ends[0]), 0); /* nobody holds the other end any more */
    close(ends[0]);
}

/* The parent was gone before the child could ask: the child has another parent by then. */
static void test_parent_is_gone(void **state)
{
    (void)state;
    int ends[2];
    char not_us[16];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    snprintf(not_us, sizeof not_us, "%d", (int)getpid() + 1);
    struct proc p = start_role("leaf", not_us, &ends[1], 1, NULL);
    close(ends[1]);
    assert_int_equal(read_patiently(ends[0]), 0);
    close(ends[0]);
    assert_int_equal(end_of(&p), W_EXITCODE(ERR_OS, 0));
}

/* ---- Limits of this process ------------------------------------------------------------------*/

static void test_threads(void **state)
{
    (void)state;
    assert_int_equal(proc_threads(1), 1);
    assert_int_equal(proc_threads(5), 5);
    assert_int_equal(proc_threads(0), 1);
}

/* Soft limits are raised, hard ones are respected, and a file that is too large is an error. */
static void test_raise_limits(void **state)
{
    (void)state;
    struct rlimit kept, now, low = {64, 0};
    struct err e;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &kept), 0);
    low.rlim_max = kept.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_true(proc_raise_limits(&e));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    assert_true(now.rlim_cur >= 128 && now.rlim_cur <= 1024 && now.rlim_max == kept.rlim_max);
    setrlimit(RLIMIT_NOFILE, &kept);
    struct sigaction a;
    assert_int_equal(sigaction(SIGXFSZ, NULL, &a), 0);
    assert_true(a.sa_handler == SIG_IGN);
}

static int role(const char *name, const char *argument)
{
    char byte;
    if (strcmp(name, "letters") == 0)
        return role_letters(argument);
    if (strcmp(name, "environment") == 0)
        return role_environment();
    if (strcmp(name, "signals") == 0)
        return role_signals();
    if (strcmp(name, "end") == 0)
        return role_end(argument);
    if (strcmp(name, "wait") == 0)
        return read(3, &byte, 1) == 0 ? 9 : 1;
    if (strcmp(name, "leaf") == 0)
        return role_leaf(argument);
    return strcmp(name, "middle") == 0 ? role_middle() : 99;
}

/* ---- What a child does on its own ------------------------------------------------------------*/

/* A process that waits for the end of a pipe ends with it, in the middle of what it does. */
static void test_ends_with(void **state)
{
    int ends[2], status;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct err e;
        close(ends[1]);
        if (!proc_end_with(ends[0], &e))
            _exit(1);
        alarm(60);
        for (volatile unsigned n = 0;; n++) {
        }
    }
    close(ends[0]);
    usleep(100000);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ERR_OS);
}

/* A file that becomes shorter while it is mapped. */
static void test_bus_errors(void **state)
{
    int fd = memfd_create("a test", MFD_CLOEXEC), said = memfd_create("said", MFD_CLOEXEC), status;
    char text[300] = "";
    (void)state;
    assert_int_equal(ftruncate(fd, 4096), 0);
    const char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    const pid_t child = fork();
    if (child == 0) {
        dup2(said, STDERR_FILENO);
        proc_explain_bus_errors();
        if (ftruncate(fd, 0) == 0)
            _exit(((const volatile char *)map)[0]);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ERR_IO);
    assert_true(pread(said, text, sizeof text - 1, 0) > 0);
    assert_non_null(strstr(text, "a file became shorter while it was read"));
    close(fd);
    close(said);
}

/* Time that a process computes, and time that it sleeps or waits. */
static void test_times(void **state)
{
    struct proc p = {-1};
    (void)state;
    assert_true(proc_cpu_seconds(&p) == 0);
    p.pid = fork();
    if (p.pid == 0) {
        alarm(60);
        for (volatile unsigned n = 0;; n++) {
        }
    }
    double cpu = 0;
    for (int i = 0; i < 3000 && cpu < 0.05; i++) {
        usleep(10000);
        cpu = proc_cpu_seconds(&p);
    }
    assert_true(cpu >= 0.05);
    kill(p.pid, SIGSTOP);
    usleep(50000);
    const double stopped = proc_cpu_seconds(&p), waited = proc_waiting_seconds(&p);
    usleep(50000);
    assert_true(proc_cpu_seconds(&p) == stopped);
    assert_true(proc_waiting_seconds(&p) == waited);
    kill(p.pid, SIGKILL);
    waitpid(p.pid, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return role(argv[1], argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_raise_limits),
        cmocka_unit_test(test_ends_with),
        cmocka_unit_test(test_bus_errors),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_every_overlap),
        cmocka_unit_test(test_far_and_many),
        cmocka_unit_test(test_standard_as_source),
        cmocka_unit_test(test_not_started),
        cmocka_unit_test(test_few_files_allowed),
        cmocka_unit_test(test_self_path),
        cmocka_unit_test(test_sibling_path),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_main_thread_ends),
        cmocka_unit_test(test_killed_is_not_headless),
        cmocka_unit_test(test_reap),
        cmocka_unit_test(test_ignored_children),
        cmocka_unit_test(test_dies_with_parent),
        cmocka_unit_test(test_parent_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
