/* Scorers that fail, in each way that was ever seen: they cost pairs, not the run. The output must
 * be, byte for byte, that of a scorer that gives these pairs no value. The places of the faults are
 * random, by a seed that is printed; AXB_TEST_SEEDS=20 tries 20 seeds. */
#include "core/err.h"
#include "core/random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb"
#define ROWS 200u /* more than the scorer's loop does at a time */
#define MAX_FAULTS 32u

static char directory[] = "/tmp/axb-fault-XXXXXX";

#if defined(__x86_64__)
#define TRAP "was killed by SIGILL"
#else
#define TRAP "was killed by SIGTRAP"
#endif

struct fault {
    const char *code;
    const char *reason; /* NULL: the pair gets no value, and nothing is wrong */
};

static const struct fault quick[] = {
    {"*(volatile int *)0 = 1;", "was killed by SIGSEGV"},
    {"raise(SIGFPE);", "was killed by SIGFPE"}, /* a division by zero, where it traps */
    {"abort();", "was killed by SIGABRT"},
    {"raise(SIGILL);", "was killed by SIGILL"},
    {"*(int *)0 = 1;", "was killed by SIGSEGV"}, /* this and the next two the compiler sees */
    {"return i / (j - j);", TRAP},
    {"__builtin_unreachable();", TRAP},
    {"exit(0);", "exited with 0"},
    {"_exit(3);", "exited with 3"},
    {"if (deep(1) == 7) return 1;", "was killed by SIGSEGV"},
    {"static jmp_buf nowhere; longjmp(nowhere, 1);", "was killed by SIGSEGV"},
    {"raise(SIGKILL);", "\"was killed by SIGKILL, as when memory runs out\""},
    {"for (int fd = 0; fd < 1024; fd++) close(fd);", NULL},
    {"pthread_t t; pthread_create(&t, NULL, idle, NULL);", NULL},
    {"puts(\"1,1,1\"); fflush(stdout);", NULL},
    {"if (!runs_out()) return 1;", NULL},
    {"fork();", NULL}, /* both processes go on */
};
static const struct fault slow[] = {
    {"for (;;) __asm__ volatile(\"\");", "took longer than 1 s"},
    {"for (;;) raise(SIGSTOP);", "stopped itself"},
    {"pthread_exit(NULL);", "exited with 0"}, /* threads of the worker's go on */
};

static const char preamble[] =
    "#include <axb.h>\n#include <math.h>\n#include <pthread.h>\n#include <setjmp.h>\n"
    "#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
    "__attribute__((noinline)) static int deep(int n)\n{\n"
    "    volatile char room[4096];\n    room[n % 4096] = (char)n;\n"
    "    return deep(n + 1) + room[n % 4096];\n}\n"
    "static void *idle(void *p) { for (;;) pause(); return p; }\n"
    "static int runs_out(void)\n{\n    static void *p[4096];\n    int n = 0, out;\n"
    "    while (n < 4096 && (p[n] = malloc(64u << 20))) n++;\n    out = n < 4096;\n"
    "    while (n > 0) free(p[--n]);\n    return out;\n}\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    int i = (int)a->row_number, j = (int)b->row_number;\n"
    "    (void)deep, (void)idle, (void)runs_out;\n";
static const char usual[] = "    return ((i * 31 + j * 17) % 101) / 100.0;\n}\n";

/* The place of a fault. */
struct spot {
    unsigned a, b;
    const struct fault *fault;
};

struct trial {
    struct spot spot[MAX_FAULTS]; /* by a, then b */
    size_t n;
};

static int by_rows(const void *p, const void *q)
{
    const struct spot *x = p, *y = q;
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

static bool is_taken(const struct trial *t, unsigned a, unsigned b)
{
    bool taken = false;
    for (size_t i = 0; i < t->n; i++)
        taken = taken || (t->spot[i].a == a && t->spot[i].b == b);
    return taken;
}

/* Gives each fault a spot above the diagonal, so that dedupe meets it. Half of the spots are in the
 * same run of pairs as the first. */
static void place(struct trial *t, const struct fault *faults, size_t n, uint64_t *random)
{
    for (size_t i = 0; i < n; i++) {
        unsigned a, b;
        do {
            a = i % 2 ? t->spot[0].a : 1 + (unsigned)(random_next(random) % (ROWS / 2));
            b = a + 1 + (unsigned)(random_next(random) % (ROWS - a));
        } while (is_taken(t, a, b));
        t->spot[t->n++] = (struct spot){a, b, &faults[i]};
    }
}

/* Writes the scorer with the faults, or the one that gives these pairs no value. */
static void write_scorer(const char *path, const struct trial *t, bool faulty)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(preamble, f);
    for (size_t k = 0; k < t->n; k++)
        fprintf(f, "    if (i == %u && j == %u) { %s return NAN; }\n", t->spot[k].a, t->spot[k].b,
                faulty ? t->spot[k].fault->code : "");
    fputs(usual, f);
    assert_int_equal(fclose(f), 0);
}

static void write_trial(struct trial *t)
{
    qsort(t->spot, t->n, sizeof *t->spot, by_rows);
    write_scorer("faulty.c", t, true);
    write_scorer("plain.c", t, false);
}

static char *expected_rejects(const struct trial *t)
{
    char *text = malloc(64 * (MAX_FAULTS + 1)), *at = text;
    assert_non_null(text);
    at += sprintf(at, "a,b,reason\n");
    for (size_t k = 0; k < t->n; k++)
        if (t->spot[k].fault->reason)
            at += snprintf(at, 64 * (MAX_FAULTS + 1) - (size_t)(at - text), "%u,%u,%s\n",
                           t->spot[k].a, t->spot[k].b, t->spot[k].fault->reason);
    return text;
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* Ways to go over the pairs. */
static const char *const loop[] = {"match", "A.csv", "B.csv", NULL};
static const char *const refine[] = {
    "match", "A.csv", "B.csv", "--where", "number(a.row) <= number(b.row) + 1000", NULL};
static const char *const sparse[] = {"match", "A.csv", "B.csv", "--where", "a.row == b.row", NULL};
static const char *const dedupe[] = {"dedupe", "A.csv", NULL};
static const char *const count[] = {"match", "A.csv", "B.csv", "--count", NULL};
static const char *const audit[] = {"match", "A.csv", "B.csv", "--audit", "1000", NULL};

static int run(const char *const way[], const char *scorer, const char *workers,
               const char *const more[], char **out, char **err)
{
    static const char *const min[] = {"--min", "0.9", NULL};
    const char *argv[40] = {AXB};
    const char *const common[] = {"--score", scorer,         "-j", workers, "--pair-timeout",
                                  "1",       "--max-memory", "2G", NULL};
    const bool has_min = more[0] && strcmp(more[0], "--min") == 0;
    const char *const *const lists[] = {way, common, more, has_min ? &min[2] : min};
    size_t n = 1;
    for (size_t l = 0; l < 4; l++)
        for (const char *const *argument = lists[l]; *argument; argument++)
            argv[n++] = *argument;
    argv[n] = NULL;
    return harness_run(argv, out, err);
}

static void check_skip(const struct trial *t, const char *const way[], const char *workers)
{
    static const char *const skip[] = {"--on-crash", "skip", "--rejects", "rejects.csv", NULL};
    static const char *const nothing[] = {NULL};
    char *expected, *got, *err, *expected_list = expected_rejects(t);
    size_t n;
    assert_int_equal(run(way, "plain.c", "2", nothing, &expected, NULL), 0);
    int status = run(way, "faulty.c", workers, skip, &got, &err);
    if (status != 0)
        print_error("%s\n", err);
    assert_int_equal(status, 0);
    assert_string_equal(got, expected);
    char *list = harness_read("rejects.csv", &n);
    assert_string_equal(list, expected_list);
    unlink("rejects.csv");
    free(list);
    free(expected_list);
    free(expected);
    free(got);
    free(err);
}

static unsigned n_seeds(void)
{
    const char *text = getenv("AXB_TEST_SEEDS");
    return text ? (unsigned)strtoul(text, NULL, 10) : 1;
}

static void skip_quick(void **state)
{
    static const struct {
        const char *const *way;
        const char *workers;
    } runs[] = {{loop, "1"},   {loop, "2"},   {loop, "7"},  {refine, "1"}, {refine, "2"},
                {refine, "7"}, {dedupe, "7"}, {count, "2"}, {audit, "2"}};
    (void)state;
    for (uint64_t seed = 1; seed <= n_seeds(); seed++) {
        struct trial t = {.n = 0};
        uint64_t random = seed;
        place(&t, quick, sizeof quick / sizeof *quick, &random);
        write_trial(&t);
        for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
            check_skip(&t, runs[i].way, runs[i].workers);
    }
    print_message("%u seeds, each %zu faults in %zu runs\n", n_seeds(),
                  sizeof quick / sizeof *quick, sizeof runs / sizeof *runs);
}

static void skip_slow(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= n_seeds(); seed++) {
        struct trial t = {.n = 0};
        uint64_t random = seed;
        place(&t, slow, sizeof slow / sizeof *slow, &random);
        write_trial(&t);
        check_skip(&t, loop, "2");
        check_skip(&t, refine, "1");
    }
    print_message("%u seeds, each %zu faults that take long in 2 runs\n", n_seeds(),
                  sizeof slow / sizeof *slow);
}

/* ---- Stopping --------------------------------------------------------------------------------*/

/* Does the message name the pair, and the command that shows it? Then runs that command. */
static void check_said(const char *err, const struct spot *spot)
{
    char rows[80], *again = strstr(err, "to see it again: axb explain A.csv B.csv "), *shown;
    snprintf(rows, sizeof rows, "on row %u of A and row %u of B", spot->a, spot->b);
    assert_non_null(strstr(err, rows));
    assert_non_null(again);
    again += strlen("to see it again: ");
    again[strcspn(again, "\n")] = 0;
    const char *const argv[] = {"/bin/sh", "-c", again, NULL};
    assert_int_equal(harness_run(argv, NULL, &shown), ERR_SCORER);
    assert_non_null(strstr(shown, rows));
    free(shown);
}

static void stop(void **state)
{
    static const char *const nothing[] = {NULL};
    (void)state;
    for (size_t i = 0; i < sizeof quick / sizeof *quick && quick[i].reason; i += 2) {
        struct trial t = {.n = 0};
        uint64_t random = i + 1;
        char *err;
        place(&t, &quick[i], 1, &random);
        write_trial(&t);
        assert_int_equal(run(i % 4 ? refine : loop, "faulty.c", "2", nothing, NULL, &err),
                         ERR_SCORER);
        check_said(err, &t.spot[0]);
        free(err);
    }
}

/* One pair more than may be skipped: nothing is written. */
static void budget(void **state)
{
    static const char *const two[] = {"--on-crash", "skip", "--max-rejects", "2", "--rejects",
                                      "r.csv",      "-o",   "o.csv",         NULL};
    struct trial t = {.n = 0};
    uint64_t random = 5;
    char *err;
    (void)state;
    place(&t, quick, 3, &random);
    write_trial(&t);
    assert_int_equal(run(loop, "faulty.c", "2", two, NULL, &err), ERR_SCORER);
    assert_non_null(strstr(err, "more than 2 pairs"));
    assert_int_not_equal(access("r.csv", F_OK), 0);
    assert_int_not_equal(access("o.csv", F_OK), 0);
    free(err);
}

/* Infinite scores can be read back; NaN is no match. */
static void infinity(void **state)
{
    static const char text[] = "#include <axb.h>\n#include <math.h>\n"
                               "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
                               "    if (a->row_number != 1 || b->row_number > 3) return NAN;\n"
                               "    return b->row_number == 1 ? INFINITY\n"
                               "         : b->row_number == 2 ? -INFINITY : NAN;\n}\n";
    static const char *const all[] = {"--min", "-inf", NULL};
    static const char *const lines[] = {"--min", "-inf", "--format", "jsonl", NULL};
    char *out;
    (void)state;
    harness_write("infinite.c", text, sizeof text - 1);
    assert_int_equal(run(loop, "infinite.c", "2", all, &out, NULL), 0);
    assert_string_equal(out, "a,b,score\n1,1,inf\n1,2,-inf\n");
    free(out);
    assert_int_equal(run(loop, "infinite.c", "2", lines, &out, NULL), 0);
    assert_non_null(strstr(out, "\"score\":\"inf\""));
    assert_non_null(strstr(out, "\"score\":\"-inf\""));
    free(out);
}

/* Another rounding mode, or the like, would change what is computed after it. What a library sets
 * as it is loaded is taken back. */
static void otherwise(void **state)
{
    static const char text[] = "#include <axb.h>\n#include <fenv.h>\n#include <stdio.h>\n"
                               "%sstatic void set(void)\n{\n    fesetround(FE_UPWARD);\n}\n"
                               "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
                               "    double x = a->row_number / 3, y = b->row_number / 3;\n"
                               "    if (a->row_number == 7) %s;\n    return x + y;\n}\n";
    static const char *const all[] = {"--min", "-inf", NULL};
    const char *const *const ways[] = {loop, refine, sparse, dedupe, count};
    char source[sizeof text + 100], *expected, *out, *err;
    (void)state;
    snprintf(source, sizeof source, text, "", "(void)set");
    harness_write("same.c", source, strlen(source));
    snprintf(source, sizeof source, text, "__attribute__((constructor)) ", "(void)set");
    harness_write("loaded.c", source, strlen(source));
    snprintf(source, sizeof source, text, "", "set()");
    harness_write("other.c", source, strlen(source));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(run(ways[i], "same.c", "2", all, &expected, NULL), 0);
        assert_int_equal(run(ways[i], "loaded.c", "2", all, &out, NULL), 0);
        assert_string_equal(out, expected);
        free(out);
        free(expected);
        assert_int_equal(run(ways[i], "other.c", "2", all, NULL, &err), ERR_SCORER);
        assert_non_null(strstr(err, "on row 7 of A the scorer changed how the processor computes"));
        free(err);
    }
}

/* Code that a worker runs when it loads the scorer ends it as if all were well. */
static void ends_as_it_is_loaded(void **state)
{
    static const char text[] =
        "#include <axb.h>\n#include <fcntl.h>\n#include <string.h>\n#include <unistd.h>\n"
        "__attribute__((constructor)) static void end(void)\n{\n    char words[100] = {0};\n"
        "    const int fd = open(\"/proc/self/cmdline\", O_RDONLY);\n"
        "    const ssize_t n = read(fd, words, sizeof words - 1);\n    close(fd);\n"
        "    if (n > 0 && strcmp(words + strlen(words) + 1, \"worker\") == 0 &&\n"
        "        strcmp(words + strlen(words) + 8, \"run\") == 0)\n        _exit(0);\n}\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
        "    return a->row_number == b->row_number;\n}\n";
    static const char *const nothing[] = {NULL};
    char *err;
    (void)state;
    harness_write("ends.c", text, strlen(text));
    assert_int_equal(run(loop, "ends.c", "2", nothing, NULL, &err), ERR_SCORER);
    assert_non_null(strstr(err, " exited with 0, and not while it scored a pair"));
    assert_non_null(strstr(err, "code that the scorer runs when it is loaded"));
    free(err);
}

/* Memory that a scorer has used up is an error of the metric it calls next, not a pair without a
 * value: the metric has been called before, and the texts are the scorer's own. */
static void full(void **state)
{
    static const char text[] =
        "#include <axb.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
        "    static char x[80000];\n    static void *volatile kept;\n    static int is_full;\n"
        "    (void)a, (void)b;\n    if (!is_full) {\n        memset(x, 'a', sizeof x);\n"
        "        axb_levenshtein(axb_text(x, 1), axb_text(x, 1));\n"
        "        for (size_t n = 64u << 20; n >= 16; n /= 2)\n"
        "            while ((kept = malloc(n)) != NULL)\n                ;\n"
        "        is_full = 1;\n    }\n"
        "    return axb_levenshtein(axb_text(x, sizeof x), axb_text(x, sizeof x));\n}\n";
    static const char *const argv[] = {AXB,       "match", "A.csv",        "B.csv", "--score",
                                       "full.c",  "--min", "0.5",          "-j",    "1",
                                       "--count", "-q",    "--max-memory", "400M",  NULL};
    char *out, *err;
    (void)state;
    harness_write("full.c", text, sizeof text - 1);
    assert_int_equal(harness_run(argv, &out, &err), ERR_SCORER);
    assert_string_equal(out, "");
    assert_non_null(strstr(err, "not enough memory for a metric"));
    assert_non_null(strstr(err, "exited with 71 on row 1 of A and row 1 of B"));
    free(out);
    free(err);
}

/* ---- Faults that the compiler sees -----------------------------------------------------------*/

/* It may delete the code that leads to them. Each is a crash on its pair all the same, or an error
 * or a warning of the compiler. */
static const struct {
    const char *helper, *code; /* before `score`, and at its beginning */
    const char *says;          /* in the message */
    unsigned a, b;             /* the pair; 0: it does not compile, or it runs with a warning */
    int status;
} visible[] = {
    {"", "*(volatile int *)0 = 1;", "was killed by SIGSEGV", 1, 1, ERR_SCORER},
    {"", "*(int *)0 = 1;", "was killed by SIGSEGV", 1, 1, ERR_SCORER},
    {"", "int *p = 0; if (*p == 7) return 1;", "was killed by SIGSEGV", 1, 1, ERR_SCORER},
    {"", "if (i == 3 && j == 5) *(int *)0 = 1;", "was killed by SIGSEGV", 3, 5, ERR_SCORER},
    {"", "double (*f)(void) = 0; if (i == 3 && j == 5) return f();", "was killed by SIGSEGV", 3, 5,
     ERR_SCORER},
    {"static void check(int i) { if (i == 3) *(int *)0 = 1; }", "check(i);",
     "was killed by SIGSEGV", 3, 1, ERR_SCORER},
    {"", "int zero = 0; if (i / zero == 7) return 1;", TRAP, 1, 1, ERR_SCORER},
    {"", "if (i == 3 && j == 5) return i % 0;", TRAP, 3, 5, ERR_SCORER},
    {"", "int q = i / (j - 5); (void)q;", TRAP, 1, 5, ERR_SCORER},
    {"", "__builtin_unreachable();", TRAP, 1, 1, ERR_SCORER},
    {"", "if (i == 3 && j == 5) __builtin_unreachable();", TRAP, 3, 5, ERR_SCORER},
    {"static void check(int i) { if (i == 3) __builtin_unreachable(); }", "check(i);", TRAP, 3, 1,
     ERR_SCORER},
    {"", "__builtin_trap();", TRAP, 1, 1, ERR_SCORER},
    {"", "for (;;);", "took longer than 1 s", 1, 1, ERR_SCORER},
    {"", "if (i == 3 && j == 5) while (i);", "took longer than 1 s", 3, 5, ERR_SCORER},
    {"", "if (i == 3 && j == 5) for (unsigned k = 1; k != 2u * (unsigned)j; k += 2);",
     "took longer than 1 s", 3, 5, ERR_SCORER}, /* clang takes it for one that ends */
    {"static int kind(int i)\n{\n    if (i > 3) return 1;\n}", "if (kind(i) == 7) return 1;",
     "non-void", 0, 0, ERR_SCORER},
    {"static int kind(int i)\n{\n    (void)i;\n}", "if (kind(i) == 7) return 1;", "non-void", 0, 0,
     ERR_SCORER},
    {"", "int x[4] = {1, 2, 3, 4}; if (x[5] == 7) return 1;", "warning: array", 0, 0, 0},
};

static void write_visible(size_t i)
{
    FILE *f = fopen("faulty.c", "w");
    assert_non_null(f);
    fprintf(f,
            "#include <axb.h>\n%s\ndouble score(const axb_row_a *a, const axb_row_b *b)\n{\n"
            "    int i = (int)a->row_number, j = (int)b->row_number;\n    %s\n%s",
            visible[i].helper, visible[i].code, usual);
    assert_int_equal(fclose(f), 0);
}

static void check_visible(const char *compiler, size_t i)
{
    static const char *const one[] = {"--count", NULL};
    char rows[80], *out, *err;
    write_visible(i);
    int status = run(loop, "faulty.c", "1", one, &out, &err);
    snprintf(rows, sizeof rows, "on row %u of A and row %u of B", visible[i].a, visible[i].b);
    if (status != visible[i].status || !strstr(err, visible[i].says) ||
        (visible[i].a && !strstr(err, rows)))
        fail_msg("%s, %s%s: status %d, %s%s", compiler, visible[i].helper, visible[i].code, status,
                 out, err);
    assert_true(visible[i].a || strstr(err, "faulty.c:"));
    free(out);
    free(err);
}

static void seen_by_compiler(void **state)
{
    static const char *const compilers[] = {"gcc", "clang"};
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        char command[64];
        snprintf(command, sizeof command, "%s --version >/dev/null 2>&1", compilers[c]);
        const char *const argv[] = {"/bin/sh", "-c", command, NULL};
        if (harness_run(argv, NULL, NULL) != 0) {
            print_message("no %s\n", compilers[c]);
            continue;
        }
        setenv("AXB_CC", compilers[c], 1);
        for (size_t i = 0; i < sizeof visible / sizeof *visible; i++)
            check_visible(compilers[c], i);
        unsetenv("AXB_CC");
    }
}

/* ---- What a file defines before its headers --------------------------------------------------*/

/* Needs the first line; without it the compiler does not know SCHED_IDLE, or strptime. */
static void check_defines(const char *first, const char *use, int status)
{
    static const char *const nothing[] = {"--count", NULL};
    char *out, *err;
    FILE *f = fopen("faulty.c", "w");
    assert_non_null(f);
    fprintf(f,
            "%s\n#include <sched.h>\n#include <time.h>\n#include <axb.h>\n"
            "double score(const axb_row_a *a, const axb_row_b *b)\n{\n    struct tm t;\n"
            "    (void)t;\n    return a->row_number == b->row_number && %s;\n}\n",
            first, use);
    assert_int_equal(fclose(f), 0);
    if (run(loop, "faulty.c", "1", nothing, &out, &err) != status)
        fail_msg("%s, %s: %s", first, use, err);
    if (status == 0) {
        assert_string_equal(out, "200\n");
        assert_null(strstr(err, "warning"));
    }
    free(out);
    free(err);
}

static void defines(void **state)
{
    (void)state;
    check_defines("", "SCHED_IDLE", ERR_SCORER);
    check_defines("", "strptime(\"1\", \"%d\", &t)", ERR_SCORER);
    check_defines("#define _GNU_SOURCE", "SCHED_IDLE", 0);
    check_defines("#define _GNU_SOURCE 1", "SCHED_IDLE", 0);
    check_defines("#define _XOPEN_SOURCE 700", "strptime(\"1\", \"%d\", &t)", 0);
    check_defines("static double exp10(double x) { return x; }", "exp10(1) > 0", 0);
}

static void write_table(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("row\n", f);
    for (unsigned r = 1; r <= ROWS; r++)
        fprintf(f, "%u\n", r);
    assert_int_equal(fclose(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(skip_quick),
                                       cmocka_unit_test(skip_slow),
                                       cmocka_unit_test(stop),
                                       cmocka_unit_test(budget),
                                       cmocka_unit_test(infinity),
                                       cmocka_unit_test(otherwise),
                                       cmocka_unit_test(ends_as_it_is_loaded),
                                       cmocka_unit_test(full),
                                       cmocka_unit_test(seen_by_compiler),
                                       cmocka_unit_test(defines)};
    char path[4096];
    snprintf(path, sizeof path, BINARY_DIR ":%s", getenv("PATH") ? getenv("PATH") : "/usr/bin");
    setenv("PATH", path, 1);
    /* A crash must stay a crash under these, too. */
    setenv("ASAN_OPTIONS",
           "handle_segv=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
           "allocator_may_return_null=1:detect_leaks=0",
           0);
    if (!mkdtemp(directory) || chdir(directory) != 0)
        return 1;
    write_table("A.csv");
    write_table("B.csv");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const names[] = {"A.csv",   "B.csv",      "faulty.c",
                                        "plain.c", "infinite.c", "full.c"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    rmdir(directory);
    return failed;
}
