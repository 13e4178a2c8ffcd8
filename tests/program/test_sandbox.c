/* --sandbox: what a scorer may not do is refused, what it may do it does, and the run goes on with
 * the right scores. The scorer makes one attempt for each row of A and gives its errno as the
 * score, so the pairs are the answers. Without --sandbox the same attempts succeed, if they do no
 * harm. */
#include "core/err.h"
#include "core/sandbox.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/axb-sandbox-XXXXXX";

/* ---- The scorers -----------------------------------------------------------------------------*/

#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

/* An attempt in C, and the errno that it must give in a sandbox. An attempt is an expression that
 * is negative, or NULL, when it fails. `free`: it succeeds without a sandbox. */
static const struct {
    const char *name, *code;
    int error;
    bool free;
} attempts[] = {
    {"open_new", "open(\"new\", O_CREAT | O_WRONLY, 0600)", EACCES, true},
    {"open_old", "open(\"old\", O_WRONLY)", EACCES, true},
    {"open_both", "open(\"old\", O_RDWR)", EACCES, true},
    {"open_cut", "open(\"old\", O_RDONLY | O_TRUNC)", EACCES, false},
    {"open_again", "open(\"/proc/self/fd/2\", O_WRONLY)", EACCES, false},
    {"open_shm", "shm_open(\"/axb-sandbox-test\", O_CREAT | O_RDWR, 0600)", EACCES, false},
    {"fopen_w", "fopen(\"new\", \"w\") ? 0 : -1", EACCES, true},
    {"fopen_a", "fopen(\"old\", \"a\") ? 0 : -1", EACCES, true},
    {"openat2", "syscall(437, AT_FDCWD, \"new\", (uint64_t[3]){O_CREAT | O_WRONLY, 0600, 0}, 24)",
     ENOSYS, true},
    {"unlink", "unlink(\"gone\")", EPERM, false},
    {"rename", "rename(\"old\", \"other\")", EPERM, false},
    {"mkdir", "mkdir(\"folder\", 0700)", EPERM, false},
    {"symlink", "symlink(\"old\", \"link\")", EPERM, false},
    {"link", "link(\"old\", \"link\")", EPERM, false},
    {"truncate", "truncate(\"old\", 1)", EPERM, false},
    {"chmod", "chmod(\"old\", 0644)", EPERM, true},
    {"fchmodat2", "syscall(452, AT_FDCWD, \"old\", 0644, 0)", EPERM, false},
    {"chown", "chown(\"old\", getuid(), getgid())", EPERM, true},
    {"utimes", "utimensat(AT_FDCWD, \"old\", 0, 0)", EPERM, true},
    {"segment", "ftruncate(3, 0)", EPERM, false},
    {"hole", "syscall(SYS_fallocate, 3, 3, 0, 4096)", EPERM, false},
    {"grow", "syscall(SYS_fallocate, 3, 0, 1 << 24, 4096)", EPERM, false},
    {"remove",
     "madvise(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0), 4096, 9 /* MADV_REMOVE */)",
     EPERM, false},
    {"seal", "fcntl(3, 1033 /* F_ADD_SEALS */, 0)", EPERM, false},
    {"file_flags", "ioctl(open(\"old\", O_RDONLY), _IOW('f', 2, long), &flags)", EPERM, false},
    {"file_attr", "ioctl(open(\"old\", O_RDONLY), _IOW('X', 32, char[28]), ring)", EPERM, false},
    {"freeze", "ioctl(-1, _IOWR('X', 119, int), 0)", EPERM, false},
    {"lock", "flock(open(\"old\", O_RDONLY), 2)", EPERM, true},
    {"stderr_flags", "fcntl(2, F_SETFL, fcntl(2, F_GETFL))", EPERM, true},
    {"memory_file", "syscall(SYS_memfd_create, \"x\", 0)", EPERM, true},
    {"memory_shared",
     "mmap(0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0", EPERM,
     true},
    {"socket", "socket(AF_INET, SOCK_STREAM, 0)", EPERM, true},
    {"unix", "socket(AF_UNIX, SOCK_STREAM, 0)", EPERM, true},
    {"connect", "connect(0, (struct sockaddr *)&here, sizeof here)", EPERM, false},
    {"fork", "fork_once()", EPERM, true},
    {"vfork", "vfork_once()", EPERM, true},
    {"exec", "execl(\"/bin/true\", \"true\", (char *)0)", EPERM, false},
    {"spawn", "spawn_once()", EPERM, true},
    {"kill_parent", "kill(getppid(), 0)", EPERM, true},
    {"kill_group", "kill(0, 0)", EPERM, true},
    {"kill_all", "kill(-1, 0)", EPERM, false},
    {"tgkill", "syscall(SYS_tgkill, getppid(), getppid(), 0)", EPERM, true},
    {"pidfd", "syscall(434, getppid(), 0)", EPERM, true},
    {"limit", "syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, 0, &now)", EPERM, true},
    {"owner", "fcntl(2, F_SETOWN, getppid())", EPERM, false},
    {"affinity", "same_cores(getppid())", EPERM, true},
    {"scheduler", "syscall(SYS_sched_setscheduler, getppid(), 0, &zero)", EPERM, true},
    {"sched_param", "syscall(SYS_sched_setparam, getppid(), &zero)", EPERM, true},
    {"sched_attr", "syscall(SYS_sched_setattr, getppid(), ring, 0)", EPERM, false},
    {"io_priority", "syscall(SYS_ioprio_set, 1, getppid(), 0)", EPERM, true},
    {"priority", "setpriority(PRIO_PROCESS, getppid(), 19)", EPERM, false},
    {"environment", "open(of_parent(\"environ\"), O_RDONLY)", EACCES, true},
    {"maps", "open(of_parent(\"maps\"), O_RDONLY)", EACCES, true},
    {"mem", "open(of_parent(\"mem\"), O_RDONLY)", EACCES, true},
    {"ptrace", "ptrace(PTRACE_SEIZE, getppid(), 0, 0)", EPERM, false},
    {"read_other", "syscall(SYS_process_vm_readv, getppid(), &mine, 1, &theirs, 1, 0)", EPERM,
     false},
    {"outlive", "prctl(PR_SET_PDEATHSIG, 0)", EPERM, false},
    {"user", "syscall(SYS_setresuid, getuid(), getuid(), getuid())", EPERM, true},
    {"group", "syscall(SYS_setresgid, getgid(), getgid(), getgid())", EPERM, true},
    {"dumpable", "prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)", EPERM, true},
    {"own_limit", "setrlimit(RLIMIT_CORE, own_limit())", EPERM, true},
    {"kernel_log", "syscall(SYS_syslog, 3, ring, sizeof ring)", EPERM, false},
    {"fanotify", "syscall(SYS_fanotify_init, 0, O_RDWR)", EPERM, false},
    {"inotify", "inotify_init1(0)", EPERM, true},
    {"unshare", "syscall(SYS_unshare, 0x10000000)", EPERM, false},
    {"io_uring", "syscall(425, 1, ring)", EPERM, false},
    {"no_filter", "prctl(PR_SET_NO_NEW_PRIVS, 0)", EPERM, false},
    {"message", "msgget(IPC_PRIVATE, 0600)", EPERM, false},
    /* What it may do. */
    {"lookup", "look_up()", 0, true},
    {"folder", "opendir(\".\") ? 0 : -1", 0, true},
    {"thread", "thread_once()", 0, true},
    {"memory",
     "mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == "
     "MAP_FAILED ? -1 : 0",
     0, true},
    {"code",
     "mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == "
     "MAP_FAILED ? -1 : 0",
     0, true},
    {"library", "dlopen(\"libm.so.6\", RTLD_NOW) ? 0 : -1", 0, true},
    {"stderr", "fprintf(stderr, \"%s\", \"\")", 0, true},
    {"kill_self", "kill(getpid(), 0)", 0, true},
    {"time", "clock_gettime(CLOCK_REALTIME, &moment)", 0, true},
    {"sleep", "nanosleep(&moment_after, 0)", 0, true},
    {"openmp", "team_once()", 0, true},
    {"heap", "heap_once()", 0, true},
    {"environ", "getenv(\"PATH\") ? 0 : -1", 0, true},
    {"own_maps", "open(\"/proc/self/maps\", O_RDONLY)", 0, true},
    {"own_cores", "same_cores(0)", 0, true},
    {"own_limits", "getrlimit(RLIMIT_DATA, &now)", 0, true},
    {"random", "syscall(SYS_getrandom, ring, 8, 0)", 0, true},
    {"pipe", "pipe_once()", 0, true},
    {"map_file",
     "mmap(0, 1, PROT_READ, MAP_SHARED, open(\"old\", O_RDONLY), 0) == MAP_FAILED ? -1 : 0", 0,
     true},
};
#define N_ATTEMPTS (sizeof attempts / sizeof *attempts)

static const char before[] =
    "#include <axb.h>\n#include <dirent.h>\n#include <dlfcn.h>\n#include <errno.h>\n"
    "#include <fcntl.h>\n#include <netinet/in.h>\n#include <pthread.h>\n"
    "#include <signal.h>\n#include <spawn.h>\n#include <stdint.h>\n#include <stdio.h>\n#include "
    "<stdlib.h>\n"
    "#include <sys/file.h>\n#include <sys/inotify.h>\n#include <sys/ioctl.h>\n"
    "#include <sys/mman.h>\n#include <sys/msg.h>\n#include <sys/prctl.h>\n#include <sys/ptrace.h>\n"
    "#include <sys/resource.h>\n#include <sys/socket.h>\n#include <sys/stat.h>\n"
    "#include <sys/syscall.h>\n#include <sys/uio.h>\n#include <sys/wait.h>\n#include <time.h>\n"
    "#include <unistd.h>\n"
    "static char ring[256], byte;\n"
    "static struct sockaddr_in here = {.sin_family = AF_INET};\n"
    "static struct iovec mine = {&byte, 1}, theirs = {&byte, 1};\n"
    "static struct rlimit now;\nstatic struct timespec moment, moment_after = {0, 1};\n"
    "static int zero, flags;\nvoid GOMP_parallel(void (*)(void *), void *, unsigned, unsigned);\n"
    "static const char *of_parent(const char *what)\n{\n    static char path[64];\n"
    "    sprintf(path, \"/proc/%d/%s\", (int)getppid(), what);\n    return path;\n}\n"
    "static const struct rlimit *own_limit(void)\n{\n    getrlimit(RLIMIT_CORE, &now);\n"
    "    return &now;\n}\n"
    "static int same_cores(int pid)\n{\n    static unsigned long cores[128];\n"
    "    int n = syscall(SYS_sched_getaffinity, pid, sizeof cores, cores);\n"
    "    return n < 0 ? -1 : syscall(SYS_sched_setaffinity, pid, n, cores);\n}\n"
    "static void join(void *n)\n{\n    __atomic_fetch_add((int *)n, 1, __ATOMIC_RELAXED);\n}\n"
    "static int team_once(void)\n{\n    int n = 0;\n    GOMP_parallel(join, &n, 3, 0);\n"
    "    return n == 3 ? 0 : -1;\n}\n"
    "static int heap_once(void)\n{\n    static char *piece[1000];\n"
    "    for (int i = 0; i < 100000; i++) {\n        char **p = piece + i * 7919 % 1000;\n"
    "        *p = realloc(*p, i % 977 * (size_t)(i % 100 ? 10 : 4000) + 1);\n"
    "        if (!*p)\n            return -1;\n        **p = 1;\n    }\n"
    "    for (int i = 0; i < 1000; i++)\n        free(piece[i]);\n    return 0;\n}\n"
    "static int pipe_once(void)\n{\n    int ends[2];\n"
    "    return pipe(ends) || write(ends[1], \"x\", 1) != 1 || read(ends[0], ring, 1) != 1 ? -1 : "
    "0;\n}\n"
    "static int fork_once(void)\n{\n    int pid = fork();\n    if (pid == 0)\n        _exit(0);\n"
    "    return pid < 0 ? -1 : waitpid(pid, 0, 0);\n}\n"
    "static int vfork_once(void)\n{\n    int pid = vfork();\n    if (pid == 0)\n        _exit(0);\n"
    "    return pid < 0 ? -1 : waitpid(pid, 0, 0);\n}\n"
    "static int spawn_once(void)\n{\n    char *words[] = {\"true\", 0};\n    int pid;\n"
    "    errno = posix_spawn(&pid, \"/bin/true\", 0, 0, words, 0);\n"
    "    return errno ? -1 : waitpid(pid, 0, 0);\n}\n"
    "static void *nothing(void *p)\n{\n    return p;\n}\n"
    "static int thread_once(void)\n{\n    pthread_t t;\n    errno = pthread_create(&t, 0, nothing, "
    "0);\n"
    "    return errno ? -1 : -(errno = pthread_join(t, 0));\n}\n"
    "static int look_up(void)\n{\n    int n = 0;\n    FILE *f = fopen(\"old\", \"r\");\n"
    "    int ok = f && fscanf(f, \"%d\", &n) == 1 && n == 42;\n    return ok ? 0 : -1;\n}\n" SCORE
    "{\n    (void)b;\n    errno = 0;\n    switch ((int)a->number_number) {\n";

static void write_scorer(void)
{
    FILE *f = fopen("attempts.c", "w"), *rows = fopen("A.csv", "w");
    assert_true(f && rows);
    fputs(before, f);
    fputs("name,number\n", rows);
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        fprintf(f, "    case %zu:\n        return (%s) < 0 ? errno : 0;\n", i, attempts[i].code);
        fprintf(rows, "%s,%zu\n", attempts[i].name, i);
    }
    fputs("    }\n    return 1000;\n}\n", f);
    assert_int_equal(fclose(f) | fclose(rows), 0);
}

static int shell(const char *command, char **out, char **err)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_run(argv, out, err);
}

static void put(const char *path, const char *text)
{
    harness_write(path, text, strlen(text));
}

static int set_up(void **state)
{
    (void)state;
    char path[4096];
    const char *old = getenv("PATH");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    snprintf(path, sizeof path, "%s:%s", BINARY_DIR, old ? old : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    put("B.csv", "name\nx\n");
    write_scorer();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

static bool has_landlock(void)
{
    char description[64];
    sandbox_describe(description, sizeof description);
    return strstr(description, "landlock") != NULL;
}

/* ---- Attempts --------------------------------------------------------------------------------*/

#define ATTEMPTS "axb match A.csv B.csv --score attempts.c --min -1 --id name -q -j 2 "

/* Runs all attempts; error[i] is what attempt i gave. */
static void try_all(const char *command, int error[N_ATTEMPTS])
{
    char *out, *err;
    put("old", "42");
    put("gone", "");
    int status = shell(command, &out, &err);
    if (status != 0)
        fail_msg("%s\nstatus %d, says\n%s", command, status, err);
    const char *line = out;
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        char name[40] = "";
        line += strcspn(line, "\n");
        line += *line == '\n';
        assert_int_equal(sscanf(line, "%39[^,],x,%d", name, &error[i]), 2);
        assert_string_equal(name, attempts[i].name);
    }
    free(out);
    free(err);
}

static void test_refused_calls(void **state)
{
    (void)state;
    int error[N_ATTEMPTS], wrong = 0;
    size_t n;
    try_all("OMP_PROC_BIND=true " ATTEMPTS "--sandbox", error); /* there are no bound threads */
    for (size_t i = 0; i < N_ATTEMPTS; i++)
        if (error[i] != attempts[i].error) {
            print_error("%s: %s, not %s\n", attempts[i].name, strerror(error[i]),
                        strerror(attempts[i].error));
            wrong++;
        }
    assert_int_equal(wrong, 0);
    char *old = harness_read("old", &n);
    assert_string_equal(old, "42");
    free(old);
    assert_int_equal(access("gone", F_OK), 0);
    assert_int_not_equal(access("new", F_OK), 0);
    assert_int_not_equal(access("folder", F_OK), 0);
}

/* So it is the sandbox that refuses them. Only harmless attempts are made. */
static void test_without(void **state)
{
    (void)state;
    int error[N_ATTEMPTS], wrong = 0;
    FILE *rows = fopen("free.csv", "w");
    assert_non_null(rows);
    fputs("name,number\n", rows);
    for (size_t i = 0; i < N_ATTEMPTS; i++)
        fprintf(rows, "%s,%zu\n", attempts[i].name, attempts[i].free ? i : 999);
    assert_int_equal(fclose(rows), 0);
    try_all("axb match free.csv B.csv --score attempts.c --min -1 --id name -q", error);
    for (size_t i = 0; i < N_ATTEMPTS; i++)
        if (error[i] != (attempts[i].free ? 0 : 1000)) {
            print_error("%s: %s without a sandbox\n", attempts[i].name, strerror(error[i]));
            wrong++;
        }
    assert_int_equal(wrong, 0);
    unlink("new");
}

/* ---- All children that load user code --------------------------------------------------------*/

/* The number of files that the constructors of a module could make. */
static size_t made_by_constructors(const char *option)
{
    char command[300], *out;
    snprintf(command, sizeof command,
             "axb match names.csv names.csv --score claims.c --min 0.9 -q --count %s && ls | grep "
             "-c '^made-'; rm -f made-*",
             option);
    shell(command, &out, NULL);
    unsigned pairs = 0, made = 99;
    assert_true(sscanf(out, "%u %u", &pairs, &made) >= 1);
    assert_int_equal(pairs, 2);
    free(out);
    return made == 99 ? 0 : made;
}

static void test_every_child(void **state)
{
    (void)state;
    put("names.csv", "name\nanna\nbert\n");
    put("claims.c",
        "#include <axb.h>\n#include <stdio.h>\n#include <unistd.h>\nAXB_MONOTONE;\n"
        "__attribute__((constructor)) static void make(void)\n{\n    char path[40];\n"
        "    sprintf(path, \"made-%d\", (int)getpid());\n    FILE *f = fopen(path, \"w\");\n"
        "    if (f)\n        fclose(f);\n}\n" SCORE
        "{\n    return axb_jaro(a->name, b->name);\n}\n");
    assert_int_equal(made_by_constructors("--sandbox"), 0);
    assert_true(made_by_constructors("") >= 3); /* probe, terms and a worker */
}

/* The run and its parts are prepared once, and do what was asked for then. */
static void test_prepared_run(void **state)
{
    (void)state;
    for (int sandboxed = 0; sandboxed < 2; sandboxed++) {
        char command[400];
        snprintf(
            command, sizeof command,
            "rm -f made-* && axb match names.csv names.csv --score claims.c --min 0.9 -q "
            "--prepare names.axbrun %s && rm -f made-* && axb run names.axbrun -q -o pairs.csv "
            "&& axb run names.axbrun --shard 1/2 -q -o part.shard && ls | grep -q '^made-'",
            sandboxed ? "--sandbox" : "");
        assert_int_equal(shell(command, NULL, NULL), sandboxed);
    }
    shell("rm -f made-*", NULL, NULL);
}

/* ---- What people see -------------------------------------------------------------------------*/

static void test_description(void **state)
{
    (void)state;
    char description[64], line[160], *err, *out;
    sandbox_describe(description, sizeof description);
    snprintf(line, sizeof line, "workers: no network, no writing, no new processes (%s)",
             description);
    assert_int_equal(shell(ATTEMPTS "--sandbox -v --count", NULL, &err), 0);
    assert_non_null(strstr(err, line));
    free(err);
    assert_int_equal(shell("axb check attempts.c A.csv B.csv --sandbox", &out, NULL), 0);
    free(out);
    if (!has_landlock())
        print_message("[   NOTE   ] this kernel has no Landlock: the filter was tried alone\n");
}

/* A crash is named by its own signal in the sandbox as well. */
static void test_crash(void **state)
{
    (void)state;
    char *err;
    put("names.csv", "name\nanna\nbert\n");
    put("abort.c", "#include <axb.h>\n#include <stdlib.h>\n" SCORE
                   "{\n    if (a->name.id != b->name.id)\n        abort();\n    return 1;\n}\n");
    int status = shell("ASAN_OPTIONS=handle_abort=0 axb match names.csv names.csv --score abort.c "
                       "--min 0 --sandbox -q -j 1",
                       NULL, &err);
    assert_int_equal(status, ERR_SCORER);
    assert_non_null(strstr(err, "SIGABRT"));
    if (!strstr(err, "row 1 of A and row 2 of B"))
        fail_msg("%s", err);
    free(err);
}

/* Nested joins take memory of their own and of the arena, inside the sandbox. They are chosen from
 * 30 million pairs of rows on that the first join finds, here 31. */
static void test_joins(void **state)
{
    (void)state;
    static const char command[] =
        "axb match many.csv many.csv --score sum.c --where 'a.city == b.city && jaro(name) >= 0.8' "
        "--min 0.1";
    char with[300], *in, *out, *err;
    uint32_t random = 1;
    FILE *f = fopen("many.csv", "w");
    assert_non_null(f);
    fputs("name,city\n", f);
    for (unsigned i = 0; i < 25000; i++) {
        for (unsigned k = 0; k < 9; k++) {
            random = random * 1664525 + 1013904223;
            fputc('a' + (int)(random >> 24) % 10, f);
        }
        fprintf(f, ",city %u\n", i % 20);
    }
    assert_int_equal(fclose(f), 0);
    put("sum.c", "#include <axb.h>\n" SCORE "{\n    return axb_jaro(a->name, b->name) / 2;\n}\n");
    snprintf(with, sizeof with, "%s --sandbox -v", command);
    assert_int_equal(shell(command, &out, NULL), 0);
    assert_int_equal(shell(with, &in, &err), 0);
    assert_null(strstr(err, "do not fit"));                  /* the arena could grow */
    assert_null(strstr(err, "of them dropped at a glance")); /* as without nested joins */
    assert_true(strlen(out) > 10000);
    assert_string_equal(in, out);
    free(err);
    free(in);
    free(out);
}

/* ---- After the coordinator -------------------------------------------------------------------*/

static const char stay[] =
    "#include <axb.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <sys/prctl.h>\n"
    "#include <sys/syscall.h>\n#include <unistd.h>\n"
    "static void *wait_for_ever(void *p)\n{\n    fputs(\"ready\\n\", stderr);\n    for (;;)\n"
    "        sleep(1);\n    return p;\n}\n" SCORE
    "{\n    pthread_t thread;\n    (void)a, (void)b;\n    switch (WAY) {\n"
    "    case 0:\n        syscall(SYS_setresuid, 65534, 65534, 65534);\n        break;\n"
    "    case 1:\n        syscall(SYS_setresgid, 65534, 65534, 65534);\n        break;\n"
    "    case 2:\n        syscall(SYS_setfsuid, 65534);\n        break;\n"
    "    case 3:\n        prctl(PR_SET_PDEATHSIG, 0);\n        break;\n"
    "    case 4:\n        pthread_create(&thread, 0, wait_for_ever, 0);\n"
    "        syscall(SYS_exit, 0);\n    }\n    wait_for_ever(0);\n    return 0;\n}\n";
enum { N_WAYS = 5 };

static void wait_until_ready(const char *path)
{
    char *said = NULL;
    for (int i = 0; i < 3000 && !(said && strstr(said, "ready")); i++) {
        free(said);
        usleep(10000);
        size_t n;
        said = harness_read(path, &n);
    }
    if (!said || !strstr(said, "ready"))
        fail_msg("no worker got ready: %s", said ? said : "");
    free(said);
}

/* A worker dies with it, whatever it tries. */
static void test_outlives(void **state)
{
    (void)state;
    const char *argv[] = {
        "/bin/sh", "-c",
        "exec axb match B.csv B.csv --score stay.c --min -1 --sandbox -q --count -j 1 2>said",
        NULL};
    harness_left_begin();
    for (int way = 0; way < N_WAYS; way++) {
        char text[sizeof stay + 40], left[200];
        snprintf(text, sizeof text, "#define WAY %d\n%s", way, stay);
        put("stay.c", text);
        put("said", "");
        pid_t coordinator = harness_start(argv);
        wait_until_ready("said");
        assert_int_equal(kill(coordinator, SIGKILL), 0);
        if (!harness_left_wait(10, left, sizeof left))
            fail_msg("way %d: %s is left", way, left);
    }
}

/* ---- Other processes, on older kernels -------------------------------------------------------*/

/* What of a process can be read: a bit each. Those of the coordinator, then those of OTHER. */
static const char see[] =
    "#include <axb.h>\n#include <fcntl.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    "#include <unistd.h>\n"
    "static int seen(int pid)\n{\n"
    "    static const char *const what[] = {\"environ\", \"maps\", \"mem\"};\n    int bits = 0;\n"
    "    for (int i = 0; i < 3; i++) {\n        char path[40];\n"
    "        sprintf(path, \"/proc/%d/%s\", pid, what[i]);\n"
    "        bits |= (open(path, O_RDONLY) >= 0) << i;\n    }\n    return bits;\n}\n" SCORE
    "{\n    (void)a, (void)b;\n    return seen(getppid()) + 8 * "
    "seen(atoi(getenv(\"OTHER\")));\n}\n";

#define SEE_ALL 63
#define SEE_COORDINATOR 7

/* What `user` (a command that becomes that user, or nothing) sees on a kernel (this program with
 * words for what that lacks, or nothing). */
static int look(const char *user, const char *kernel, const char *option)
{
    char command[500], *out, *err;
    snprintf(command, sizeof command,
             "%s sh -c 'sleep 100 & OTHER=$! %s ./axb match B.csv B.csv --score see.c --min 0 -q "
             "%s; status=$?; kill $!; exit $status'",
             user, kernel, option);
    int seen = -1, status = shell(command, &out, &err);
    if (status != 0 || sscanf(out, "a,b,score 1,1,%d", &seen) != 1)
        fail_msg("%s\nstatus %d: %s%s", command, status, out, err);
    free(out);
    free(err);
    return seen;
}

#define OLD "./test_sandbox old-kernel "

static void look_as(const char *user)
{
    char unshare[200];
    snprintf(unshare, sizeof unshare, "%s unshare -U true", user);
    assert_int_equal(look(user, "", ""), SEE_ALL);
    assert_int_equal(look(user, OLD, ""), SEE_ALL);
    assert_int_equal(look(user, OLD, "--sandbox") & SEE_COORDINATOR, 0);
    assert_int_equal(look(user, OLD "no-namespaces", "--sandbox") & SEE_COORDINATOR, 0);
    if (shell(unshare, NULL, NULL) == 0)
        assert_int_equal(look(user, OLD, "--sandbox"), 0);
    if (has_landlock())
        assert_int_equal(look(user, "", "--sandbox"), 0);
}

/* Root also becomes another user, who can enter this directory, but maybe not that of the build. */
static void test_older_kernels(void **state)
{
    (void)state;
    put("see.c", see);
    assert_int_equal(
        shell("cp " BINARY_DIR "/axb " BINARY_DIR "/tests/test_sandbox .; chmod 755 .", NULL, NULL),
        0);
    look_as("");
    if (geteuid() == 0)
        look_as("setpriv --reuid 54321 --regid 54321 --clear-groups");
}

/* Runs the words after it on a kernel without Landlock, or without namespaces for users as well. */
static int on_old_kernel(char **words)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool no_namespaces = *words && strcmp(*words, "no-namespaces") == 0;
    bool ok = filter != NULL;
    for (int call = 444; call <= 446; call++) /* landlock_… */
        ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0) == 0;
    if (no_namespaces)
        ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0) == 0;
    if (ok && words[no_namespaces] && seccomp_load(filter) == 0)
        execvp(words[no_namespaces], words + no_namespaces);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "old-kernel") == 0)
        return on_old_kernel(argv + 2);
    struct err e;
    if (!sandbox_ask(true, &e)) {
        print_message("[   NOTE   ] nothing is tried: %s\n", e.text);
        return 77; /* skipped */
    }
    sandbox_ask(false, &e);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_calls), cmocka_unit_test(test_without),
        cmocka_unit_test(test_every_child),   cmocka_unit_test(test_prepared_run),
        cmocka_unit_test(test_description),   cmocka_unit_test(test_crash),
        cmocka_unit_test(test_joins),         cmocka_unit_test(test_older_kernels),
        cmocka_unit_test(test_outlives),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
