/* --max-memory and memory cgroups: a run stays within them, or ends early with status 71 and says
 * what it would have needed. Whatever happens, the system kills nobody. bench/peak measures, on
 * tables of the generator. */
#include "core/err.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static char directory[] = "/tmp/axb-memory-XXXXXX";

static int shell(const char *command, char **out, char **err)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_run(argv, out, err);
}

static int set_up(void **state)
{
    (void)state;
    char path[4096], command[60];
    const char *old = getenv("PATH");
    harness_left_begin();
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    snprintf(path, sizeof path, "%s:%s/bench:%s", BINARY_DIR, BINARY_DIR, old ? old : "/usr/bin");
    setenv("PATH", path, 1);
    snprintf(command, sizeof command, "axb-sample . %zu", harness_tries(40000, 100000));
    assert_int_equal(shell(command, NULL, NULL), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

/* ---- Runs ------------------------------------------------------------------------------------*/

static const char *const runs[] = {
    "axb match A.csv B.csv -q -o o.csv --on full --metric levenshtein --min 0.8",
    "axb match A.csv B.csv -q -o o.csv --on full --min 0.9",
    "axb match A.csv B.csv -q -o o.csv --score '0.6 * jaro_winkler(full) + 0.4 * "
    "levenshtein(city)' --min 0.9",
};
#define N_RUNS (sizeof runs / sizeof *runs)

static char *whole[N_RUNS]; /* what they write without limits */
static size_t whole_bytes[N_RUNS];

static void test_unlimited(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RUNS; i++) {
        assert_int_equal(shell(runs[i], NULL, NULL), 0);
        whole[i] = harness_read("o.csv", &whole_bytes[i]);
        assert_true(whole_bytes[i] > 1000);
        unlink("o.csv");
    }
}

/* Run i, begun in a shell by `before` and ended by `after`: whole, or not there with status 71 and
 * `says`. True if it is whole. */
static bool limited(size_t i, const char *before, const char *after, const char *says)
{
    char command[700], *err;
    snprintf(command, sizeof command, "%s%s%s", before, runs[i], after);
    int status = shell(command, NULL, &err);
    if (status != 0 && (status != ERR_OS || !strstr(err, says) || access("o.csv", F_OK) == 0))
        fail_msg("%s\nstatus %d, says\n%s", command, status, err);
    free(err);
    if (status != 0)
        return false;
    size_t n;
    char *bytes = harness_read("o.csv", &n);
    bool same = n == whole_bytes[i] && memcmp(bytes, whole[i], n) == 0;
    free(bytes);
    unlink("o.csv");
    if (!same)
        fail_msg("%s\nwrites something else", command);
    return true;
}

/* ---- --max-memory ----------------------------------------------------------------------------*/

/* Shared and private memory at the peak of the run that bench/peak watched. */
static uint64_t peak_bytes(void)
{
    unsigned long long total = 0, shared = 0, own = 0;
    size_t n;
    char *text = harness_read("peak", &n);
    assert_int_equal(sscanf(text, "%llu %llu %llu", &total, &shared, &own), 3);
    free(text);
    return shared + own;
}

static void test_max_memory(void **state)
{
    (void)state;
    static const unsigned limits[] = {16, 32, 48, 64, 96, 160};
    size_t n_whole = 0, n_refused = 0;
    if (access(BINARY_DIR "/bench/peak", X_OK) != 0) {
        print_message("[   NOTE   ] peaks are not measured: bench/peak is not built\n");
        return;
    }
    for (size_t i = 0; i < N_RUNS; i++)
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            char after[60];
            snprintf(after, sizeof after, " --max-memory %uM", limits[k]);
            bool done = limited(i, "peak peak ", after, "--max-memory allows");
            n_whole += done;
            n_refused += !done;
            if (peak_bytes() > limits[k] * MIB)
                fail_msg("%s%s takes %.1f MiB", runs[i], after, (double)peak_bytes() / (double)MIB);
        }
    print_message("%zu whole, %zu refused\n", n_whole, n_refused);
    assert_true(n_whole >= 2 * N_RUNS && n_refused >= N_RUNS);
}

/* ---- Shared memory of scorers ----------------------------------------------------------------*/

/* Each fills 400 MB at its first pair and holds it; 20 s are enough for anybody to see it. */
static const struct {
    const char *what, *body;
} holders[] = {
    {"a memfd", "    fill((int)syscall(SYS_memfd_create, \"x\", 0));\n"},
    {"many memfds",
     "    for (int i = 0; i < 100; i++)\n"
     "        for (int fd = (int)syscall(SYS_memfd_create, \"x\", 0), k = 0; k < 4; k++)\n"
     "            if (write(fd, piece, 1 << 20) < 0)\n                break;\n"},
    {"a mapping of a memfd",
     "    int fd = (int)syscall(SYS_memfd_create, \"x\", 0);\n"
     "    if (ftruncate(fd, BYTES) == 0)\n"
     "        memset(mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 1, BYTES);\n"
     "    close(fd);\n"},
    {"a shared mapping",
     "    memset(mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), "
     "1, BYTES);\n"},
    {"a file in /dev/shm",
     "    int fd = open(NAME, O_RDWR | O_CREAT, 0600);\n    unlink(NAME);\n    fill(fd);\n"},
    {"a segment of System V",
     "    int id = shmget(IPC_PRIVATE, BYTES, 0600);\n    void *p = shmat(id, 0, 0);\n"
     "    shmctl(id, IPC_RMID, 0);\n    memset(p, 1, BYTES);\n"},
    {"processes that it starts",
     "    for (int i = 0; i < 4; i++)\n        if (fork() == 0) {\n"
     "            prctl(PR_SET_PDEATHSIG, SIGKILL);\n"
     "            memset(mmap(0, BYTES / 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, "
     "-1, 0), 1, BYTES / 4);\n            sleep(20);\n            _exit(0);\n        }\n"},
};

static void write_holder(const char *body)
{
    char text[3000];
    int n = snprintf(
        text, sizeof text,
        "#include <axb.h>\n#include <fcntl.h>\n#include <signal.h>\n#include <stdlib.h>\n"
        "#include <string.h>\n#include <sys/mman.h>\n#include <sys/prctl.h>\n#include "
        "<sys/shm.h>\n#include <sys/syscall.h>\n"
        "#include <unistd.h>\n"
        "#define BYTES ((size_t)400 << 20)\n#define NAME \"/dev/shm/axb-held-%d\"\n"
        "static char piece[1 << 20];\n"
        "static void fill(int fd)\n{\n    for (size_t at = 0; at < BYTES; at += sizeof piece)\n"
        "        if (write(fd, piece, sizeof piece) < 0)\n            break;\n}\n"
        "static void hold(void)\n{\n    (void)fill;\n%s    sleep(20);\n}\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n{\n    static int calls;\n"
        "    if (!calls++)\n        hold();\n    return axb_equal(a->full, b->full);\n}\n",
        (int)getpid(), body);
    assert_in_range(n, 1, sizeof text - 1);
    harness_write("hold.c", text, (size_t)n);
}

static void test_shared_memory_of_scorers(void **state)
{
    (void)state;
    assert_int_equal(shell("head -300 A.csv > a.csv && head -300 B.csv > b.csv", NULL, NULL), 0);
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        char *err, first[200];
        write_holder(holders[i].body);
        int status = shell("axb match a.csv b.csv --score hold.c --min 0.9 -j 2 -q -o o.csv "
                           "--max-memory 250M",
                           NULL, &err);
        if (status != ERR_OS ||
            !strstr(err, " of memory are needed by now, --max-memory allows 250 MiB") ||
            access("o.csv", F_OK) == 0)
            fail_msg("%s: status %d, says\n%s", holders[i].what, status, err);
        free(err);
        if (!harness_left_wait(20, first, sizeof first))
            fail_msg("%s: left behind: %s", holders[i].what, first);
        assert_int_equal(harness_left_names("/dev/shm", "axb-held-"), 0);
    }
}

/* A process that a scorer starts begins with the memory of its worker, which counts once. */
static void test_copies_of_workers(void **state)
{
    static const char *const ways[] = {"fork", "vfork"};
    (void)state;
    assert_int_equal(shell("head -30 A.csv > a.csv && head -30 B.csv > b.csv", NULL, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        char *err, text[1000];
        int n = snprintf(text, sizeof text,
                         "#include <axb.h>\n#include <stdlib.h>\n#include <string.h>\n"
                         "#include <sys/wait.h>\n#include <unistd.h>\n"
                         "static char held[120 << 20];\n"
                         "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
                         "    if (!held[0]) {\n        memset(held, 1, sizeof held);\n"
                         "        pid_t child = %s();\n        if (child == 0) {\n"
                         "            usleep(700000);\n            _exit(0);\n        }\n"
                         "        waitpid(child, NULL, 0);\n    }\n"
                         "    return axb_equal(a->full, b->full);\n}\n",
                         ways[i]);
        harness_write("copy.c", text, (size_t)n);
        int status = shell("axb match a.csv b.csv --score copy.c --min 0.9 -j 1 -q -o o.csv "
                           "--max-memory 200M",
                           NULL, &err);
        if (status != 0)
            fail_msg("%s: status %d, says\n%s", ways[i], status, err);
        free(err);
        unlink("o.csv");
    }
}

/* Workers have our segments open, which hold some 100 MB here. They count once. The scorer waits
 * for somebody to look. */
static void test_own_segments(void **state)
{
    static const char scorer[] =
        "#include <axb.h>\n#include <unistd.h>\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n{\n    static int calls;\n"
        "    if (!calls++)\n        usleep(500000);\n    return axb_equal(a->t, b->t);\n}\n";
    char *err;
    (void)state;
    harness_write("wait.c", scorer, sizeof scorer - 1);
    assert_int_equal(shell("awk 'BEGIN { print \"t\"; for (i = 0; i < 150000; i++) "
                           "printf \"%0200d\\n\", i }' > large.csv && head -3 large.csv > two.csv",
                           NULL, NULL),
                     0);
    int status = shell("axb match large.csv two.csv --score wait.c --min 0.9 -j 4 -q -o o.csv "
                       "--max-memory 160M",
                       NULL, &err);
    if (status != 0)
        fail_msg("status %d, says\n%s", status, err);
    free(err);
    unlink("o.csv");
    unlink("large.csv");
}

/* ---- A cgroup --------------------------------------------------------------------------------*/

struct group {
    char path[600];
    const char *limit, *kills; /* files in it; kills: the one with the line "oom_kill N" */
};

/* Our path in the hierarchy of /proc/self/cgroup whose line begins after its number with `key`. */
static bool own_path(const char *key, char path[300])
{
    char line[400];
    bool found = false;
    FILE *f = fopen("/proc/self/cgroup", "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *rest = strchr(line, ':');
        if (rest && strncmp(rest, key, strlen(key)) == 0) {
            found = true;
            snprintf(path, 300, "%.*s", (int)strcspn(rest + strlen(key), "\n"), rest + strlen(key));
        }
    }
    if (f)
        fclose(f);
    return found;
}

/* Makes a group of our own, below the one that we are in. */
static bool make_group(struct group *g)
{
    static const struct {
        const char *key, *mount, *limit, *kills;
    } versions[] = {
        {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"},
        {"::", "/sys/fs/cgroup", "memory.max", "memory.events"},
    };
    for (size_t i = 0; i < 2; i++) {
        char own[300], limit[700];
        if (!own_path(versions[i].key, own))
            continue;
        snprintf(g->path, sizeof g->path, "%s%s/axb-test-%d", versions[i].mount, own,
                 (int)getpid());
        g->limit = versions[i].limit;
        g->kills = versions[i].kills;
        snprintf(limit, sizeof limit, "%s/%s", g->path, g->limit);
        if (mkdir(g->path, 0755) == 0 && access(limit, W_OK) == 0)
            return true;
        rmdir(g->path);
    }
    return false;
}

static unsigned kills_in(const struct group *g)
{
    char path[700], line[100];
    unsigned n = 0;
    bool told = false;
    snprintf(path, sizeof path, "%s/%s", g->path, g->kills);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        told = sscanf(line, "oom_kill %u", &n) == 1 || told;
    if (f)
        fclose(f);
    assert_true(told);
    return n;
}

static void test_cgroup(void **state)
{
    (void)state;
    static const unsigned limits[] = {18, 24, 40, 128};
    struct group g;
    size_t n_whole = 0, n_refused = 0;
    if (!make_group(&g)) {
        print_message("[   NOTE   ] no memory cgroup is tried: making one needs root, and a "
                      "hierarchy that can be written to\n");
        return;
    }
    for (size_t i = 0; i < N_RUNS; i++)
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            char before[1600];
            snprintf(before, sizeof before,
                     "echo %uM > %s/%s && echo $$ > %s/cgroup.procs && exec ", limits[k], g.path,
                     g.limit, g.path);
            bool done = limited(i, before, "", "free in the memory cgroup");
            n_whole += done;
            n_refused += !done;
        }
    unsigned kills = kills_in(&g);
    assert_int_equal(rmdir(g.path), 0);
    assert_int_equal(kills, 0);
    print_message("%zu whole, %zu refused\n", n_whole, n_refused);
    assert_true(n_whole >= N_RUNS && n_refused >= N_RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unlimited),
        cmocka_unit_test(test_max_memory),
        cmocka_unit_test(test_shared_memory_of_scorers),
        cmocka_unit_test(test_copies_of_workers),
        cmocka_unit_test(test_own_segments),
        cmocka_unit_test(test_cgroup),
    };
    if (HARNESS_SANITIZED) {
        print_message("[   NOTE   ] memory is not limited: a sanitizer takes its own\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
