/* Runs within limits that the system sets: address space, open files, stacks, sizes of files,
 * processes, memory of a cgroup, a small or missing /dev/shm, full and read-only disks. Under each
 * limit the program gives the bytes that it gives without, or an exit status and a message that
 * names the limit; an earlier result stays as it was. A limit that this test may not set (most
 * mounts need root) is reported as not tried, never as a success. */
#include "core/err.h"
#include "core/random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 3000
#define MANY_ROWS 60000 /* work for several workers */
#define OLD "what was here before\n"
#define MAX_SAYS 3

static char directory[] = "/tmp/axb-limits-XXXXXX";
static char *whole; /* what the run writes without limits */
static size_t whole_bytes;

/* ---- The run that is limited -----------------------------------------------------------------*/

#define JOIN "axb match A.csv B.csv --on name --metric levenshtein --min 0.6 -q "
#define SCORER "axb match A.csv B.csv --score same.c --min 1 -q --count "

static void write_table(const char *path, uint64_t seed, int rows)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name\n", f);
    for (int i = 0; i < rows; i++) {
        char name[9] = "";
        for (int k = 0; k < 8; k++)
            name[k] = (char)('a' + random_next(&seed) % 4);
        fprintf(f, "%d,%s\n", i, name);
    }
    assert_int_equal(fclose(f), 0);
}

static int shell(const char *command, char **out, char **err)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_run(argv, out, err);
}

static int set_up(void **state)
{
    (void)state;
    static const char scorer[] =
        "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
        "{\n    return a->name.id == b->name.id;\n}\n";
    char path[4096];
    const char *old = getenv("PATH");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(system("chmod 777 ."), 0); /* for runs as another user */
    snprintf(path, sizeof path, "%s:%s", BINARY_DIR, old ? old : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    write_table("A.csv", 1, ROWS);
    write_table("B.csv", 2, ROWS);
    write_table("many.csv", 3, MANY_ROWS);
    harness_write("same.c", scorer, sizeof scorer - 1);
    assert_int_equal(shell(JOIN "-o whole.csv", NULL, NULL), 0);
    whole = harness_read("whole.csv", &whole_bytes);
    assert_true(whole_bytes > 100000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(whole);
    return harness_remove(directory);
}

/* ---- Cases -----------------------------------------------------------------------------------*/

/* What sets the limit in a shell, what runs under it, and how it must end. With status 0 a run that
 * writes result.csv has written the bytes of an unlimited one; else the old file is as it was.
 * `says` is in its messages. */
struct limited {
    const char *limit, *command;
    int status;
    const char *says[MAX_SAYS];
};

static void expect_result(const char *command, int status)
{
    size_t n;
    char *bytes = harness_read("result.csv", &n);
    bool same =
        status == 0 ? n == whole_bytes && memcmp(bytes, whole, n) == 0 : strcmp(bytes, OLD) == 0;
    free(bytes);
    if (!same)
        fail_msg("%s: result.csv is neither whole nor as it was", command);
}

static void expect_limited(const struct limited *l)
{
    char command[1200], *err;
    snprintf(command, sizeof command, "%s%s", l->limit, l->command);
    harness_write("result.csv", OLD, sizeof OLD - 1);
    int status = shell(command, NULL, &err);
    bool says = true;
    for (size_t i = 0; i < MAX_SAYS && l->says[i]; i++)
        says = says && strstr(err, l->says[i]);
    if (status != l->status || !says)
        fail_msg("%s\nstatus %d for %d, says\n%s", command, status, l->status, err);
    free(err);
    if (strstr(l->command, "result.csv"))
        expect_result(command, status);
}

static void expect_all(const struct limited *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_limited(&cases[i]);
}

#define EXPECT(cases) expect_all(cases, sizeof(cases) / sizeof *(cases))
#define WRITE JOIN "-o result.csv"

/* ---- setrlimit -------------------------------------------------------------------------------*/

static void test_open_files(void **state)
{
    (void)state;
    static const struct limited cases[] = {
        {"ulimit -Sn 20; ", WRITE, 0, {NULL}}, /* it may raise that itself */
        {"ulimit -n 128; ", SCORER, 0, {NULL}},
        {"ulimit -n 40; ", WRITE, ERR_OS, {"40 open files are allowed (ulimit -n)", "128"}},
    };
    EXPECT(cases);
}

static void test_stack(void **state)
{
    (void)state;
    static const struct limited cases[] = {
        {"ulimit -Ss 64; ", WRITE, 0, {NULL}},
        {"ulimit -s 1024; ", WRITE, 0, {NULL}},
        {"ulimit -s 1024; ", SCORER, 0, {NULL}},
        {"ulimit -s 100; ", WRITE, ERR_OS, {"102400 bytes of stack are allowed (ulimit -s)"}},
    };
    if (HARNESS_SANITIZED)
        print_message("[   NOTE   ] small stacks are not tried: a sanitizer needs more\n");
    else
        EXPECT(cases);
}

static void test_address_space(void **state)
{
    (void)state;
    static const struct limited cases[] = {
        {"ulimit -v 8000000; ", WRITE, 0, {NULL}},
        {"ulimit -v 1000000; ", WRITE, 0, {NULL}},
        {"ulimit -v 400000; ", WRITE, 0, {NULL}},
        {"ulimit -v 400000; ", SCORER, 0, {NULL}},
        {"ulimit -v 150000; ", WRITE, ERR_OS, {"address space are allowed (ulimit -v)"}},
        {"ulimit -d 200000; ", WRITE, 0, {NULL}},
        {"ulimit -d 60000; ", WRITE, ERR_OS, {"bytes of memory are allowed (ulimit -d)"}},
    };
    if (HARNESS_SANITIZED)
        print_message("[   NOTE   ] address space is not limited: a sanitizer needs it all\n");
    else
        EXPECT(cases);
}

/* Segments are files as well. A block of ulimit -f is 512 bytes. */
static void test_size_of_files(void **state)
{
    (void)state;
    static const struct limited cases[] = {
        {"ulimit -f 200000; ", WRITE, 0, {NULL}},
        {"ulimit -f 100; ", WRITE, ERR_OS, {"shared memory for A.csv", "ulimit -f"}},
        {"ulimit -f 100; ", SCORER, ERR_OS, {"ulimit -f"}},
        {"ulimit -f 1; ", SCORER, ERR_IO, {"File too large", "ulimit -f"}},
    };
    EXPECT(cases);
    /* The shared memory of the join is within the limit, and the result is not. */
    const struct limited output = {
        "ulimit -f 40960; ",
        "axb match A.csv B.csv --on name --metric levenshtein --min 0.2 -q -j 1 -o result.csv",
        ERR_IO,
        {"result.csv cannot be written: File too large", "ulimit -f"}};
    expect_limited(&output);
}

static void test_processes(void **state)
{
    (void)state;
    /* The other user may not be allowed into the folder of the build: a copy is run. */
    if (geteuid() != 0 || shell("cp \"$(command -v axb)\" axb", NULL, NULL) != 0 ||
        shell("PATH=.:$PATH setpriv --reuid 54321 --regid 54321 --clear-groups "
              "prlimit --nproc=20 axb metrics",
              NULL, NULL) != 0) {
        print_message("[   NOTE   ] processes are not limited: that needs root\n");
        return;
    }
    /* LeakSanitizer would need a process of its own. */
#define AS_NOBODY(n)                                                                               \
    "PATH=.:$PATH ASAN_OPTIONS=detect_leaks=0 TMPDIR=. setpriv --reuid 54321 --regid 54321 "       \
    "--clear-groups "                                                                              \
    "prlimit --nproc=" n " "
    static const struct limited cases[] = {
        {AS_NOBODY("20"), JOIN "-j 4 --count", 0, {NULL}},
        {AS_NOBODY("3"),
         "axb dedupe many.csv --on name --metric levenshtein --min 0.6 --no-prune -q -j 4 --count",
         ERR_OS,
         {"cannot be started", "ulimit -u"}},
        {AS_NOBODY("2"), SCORER, ERR_OS, {"C compiler", "ulimit -u"}},
        {AS_NOBODY("1"), JOIN "-j 4 --count", ERR_OS, {"cannot be started", "ulimit -u"}},
    };
    EXPECT(cases);
}

/* ---- Mounts ----------------------------------------------------------------------------------*/

static bool may_mount(void)
{
    if (shell("unshare -m mount -t tmpfs axb /mnt", NULL, NULL) == 0)
        return true;
    print_message("[   NOTE   ] disks and /dev/shm are not limited: mounting needs root\n");
    return false;
}

/* The compiler works in a file system of its own, unless this process may not make one. */
#define NO_MOUNTS "setpriv --inh-caps -all --bounding-set -sys_admin "
#define MOUNTED(what) "exec unshare -m sh -c '" what " && exec \"$@\"' sh "

/* /dev/shm is not needed. */
static void test_dev_shm(void **state)
{
    (void)state;
    static const struct limited cases[] = {
        {MOUNTED("mount -t tmpfs -o size=64k axb /dev/shm"), WRITE, 0, {NULL}},
        {MOUNTED("mount -t tmpfs -o ro axb /dev/shm"), SCORER, 0, {NULL}},
        {MOUNTED("mount -t tmpfs axb /dev && mknod -m 666 /dev/null c 1 3"), WRITE, 0, {NULL}},
    };
    if (may_mount())
        EXPECT(cases);
}

static void test_full_disks(void **state)
{
    (void)state;
#define SMALL_OF(size) "mkdir -p small && mount -t tmpfs -o size=" size " axb small"
#define SMALL SMALL_OF("64k")
    static const struct limited cases[] = {
        {MOUNTED(SMALL " && echo old > small/o.csv"),
         JOIN "-o small/o.csv",
         ERR_IO,
         {"small/o.csv cannot be written: No space left", "disk is full"}},
        {MOUNTED(SMALL " && export TMPDIR=$PWD/small"), SCORER, 0, {NULL}}, /* it is not needed */
        {MOUNTED(SMALL_OF("96k") " && export TMPDIR=$PWD/small"),           /* for sources alone */
         NO_MOUNTS SCORER,
         ERR_OS,
         {"No space left", "TMPDIR"}},
        {MOUNTED(SMALL_OF("4k") " && export TMPDIR=$PWD/small"),
         NO_MOUNTS SCORER,
         ERR_IO,
         {"No space left", "disk is full"}},
    };
    if (!may_mount())
        return;
    EXPECT(cases);
    char *out;
    shell("unshare -m sh -c '" SMALL " && echo old > small/o.csv && " JOIN
          "-o small/o.csv; cat small/o.csv; ls small'",
          &out, NULL);
    assert_string_equal(out, "old\no.csv\n");
    free(out);
}

static void test_read_only_disks(void **state)
{
    (void)state;
#define READ_ONLY "mkdir -p fixed && mount -t tmpfs -o ro axb fixed"
    static const struct limited cases[] = {
        {MOUNTED(READ_ONLY), JOIN "-o fixed/o.csv", ERR_IO, {"fixed/o.csv cannot be written"}},
        {MOUNTED(READ_ONLY " && export TMPDIR=$PWD/fixed"), SCORER, 0, {NULL}},
        {MOUNTED(READ_ONLY " && export TMPDIR=$PWD/fixed"), NO_MOUNTS SCORER, ERR_OS, {"TMPDIR"}},
        {MOUNTED("mount -o remount,bind,ro /"), JOIN "--count", 0, {NULL}},
    };
    if (may_mount())
        EXPECT(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_files),    cmocka_unit_test(test_stack),
        cmocka_unit_test(test_address_space), cmocka_unit_test(test_size_of_files),
        cmocka_unit_test(test_processes),     cmocka_unit_test(test_dev_shm),
        cmocka_unit_test(test_full_disks),    cmocka_unit_test(test_read_only_disks),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
