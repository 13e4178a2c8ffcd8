/* Directories, inputs and outputs of trials. */
#include "tests/fault/place.h"

#include "core/process.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

char place_table[40];

static const char score_c[] =
    "#include <axb.h>\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n"
    "{\n    return axb_levenshtein(a->last, b->last) * axb_jaro(a->first, b->first);\n}\n";

static const char monotone_c[] =
    "#include <axb.h>\n"
    "AXB_MONOTONE;\nAXB_WHERE(\"a.sex == b.sex || levenshtein(last) >= 0.5\");\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n"
    "{\n    return 0.5 * axb_levenshtein(a->last, b->last) + 0.5 * axb_jaro(a->first, "
    "b->first);\n}\n";

static void give_up(const char *what)
{
    fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
    exit(99);
}

static void path_in(char *path, size_t bytes, const char *directory, const char *name)
{
    if (snprintf(path, bytes, "%s/%s", directory, name) >= (int)bytes)
        give_up("a path is too long");
}

static void write_in(const char *directory, const char *name, const char *text)
{
    char path[128];
    path_in(path, sizeof path, directory, name);
    harness_write(path, text, strlen(text));
}

void place_fill(const struct place *p, unsigned rows, uint64_t seed)
{
    char n[16], s[24], command[300];
    snprintf(n, sizeof n, "%u", rows);
    snprintf(s, sizeof s, "%llu", (unsigned long long)seed);
    const char *sample[] = {place_binary("axb-sample"), p->root, n, "--seed", s, "-j", "1", NULL};
    snprintf(command, sizeof command, "gzip -kf %s/A.csv %s/B.csv", p->root, p->root);
    const char *gzip[] = {"/bin/sh", "-c", command, NULL};
    const char *load[] = {place_binary("axb"), "data", "load", place_table + 1, "../A.csv", NULL};
    if (harness_run(sample, NULL, NULL) != 0 || harness_run(gzip, NULL, NULL) != 0 ||
        harness_run(load, NULL, NULL) != 0)
        give_up("the tables cannot be made");
    write_in(p->root, "score.c", score_c);
    write_in(p->root, "monotone.c", monotone_c);
}

const char *place_binary(const char *name)
{
    static struct binary {
        const char *name;
        char path[PATH_MAX + 100];
    } found[4];
    size_t n = 0;
    struct err e;
    char self[PATH_MAX];
    for (; n < 4 && found[n].name; n++)
        if (strcmp(found[n].name, name) == 0)
            return found[n].path;
    if (n == 4 || !proc_self_path(self, sizeof self, &e))
        give_up(name);
    for (int up = 0; up < 3; up++) /* BUILD/tests/fault/axb-fault */
        *strrchr(self, '/') = 0;
    found[n].name = name;
    snprintf(found[n].path, sizeof found[n].path, "%s/%.80s", self, name);
    return found[n].path;
}

void place_open(struct place *p, unsigned rows, uint64_t seed)
{
    *p = (struct place){.rows = rows, .seed = seed};
    strcpy(p->root, "/tmp/axb-fault-XXXXXX");
    if (!mkdtemp(p->root))
        give_up(p->root);
    path_in(p->work, sizeof p->work, p->root, "work");
    path_in(p->tmp, sizeof p->tmp, p->root, "tmp");
    if (mkdir(p->work, 0700) != 0 || mkdir(p->tmp, 0700) != 0 || chdir(p->work) != 0)
        give_up(p->root);
    setenv("TMPDIR", p->tmp, 1);
    snprintf(place_table, sizeof place_table, "@fault-%d", (int)getpid());
    place_fill(p, rows, seed);
}

static void remove_tree(const char *path)
{
    const char *argv[] = {"/bin/rm", "-rf", path, NULL};
    harness_run(argv, NULL, NULL);
}

void place_close(struct place *p)
{
    const char *remove[] = {place_binary("axb"), "data", "rm", place_table + 1, NULL};
    harness_run(remove, NULL, NULL);
    if (chdir("/") == 0)
        remove_tree(p->root);
}

void place_reset(const struct place *p, const char *former)
{
    if (harness_left_names(p->work, "") > 1 || harness_left_names(p->tmp, "") > 0) {
        remove_tree(p->work);
        remove_tree(p->tmp);
        if (mkdir(p->work, 0700) != 0 || mkdir(p->tmp, 0700) != 0 || chdir(p->work) != 0)
            give_up(p->work);
    }
    unlink("out.csv");
    unlink("out.csv.partial");
    unlink("../journal");
    if (former)
        harness_write("out.csv", former, strlen(former));
}

static void redirect(const char *path, int to)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(PLACE_NO_START);
    close(fd);
}

pid_t place_start(const char *const argv[], bool traced)
{
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid > 0)
        return pid;
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    close(null);
    redirect("../stdout", 1);
    redirect("../stderr", 2);
    if (traced && (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0))
        _exit(PLACE_NO_START);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(PLACE_NO_START);
}

void place_result(struct result *r)
{
    size_t n;
    *r = (struct result){0};
    if (access("out.csv", R_OK) == 0)
        r->out = harness_read("out.csv", &r->n_out);
    r->said = harness_read("../stdout", &r->n_said);
    r->errors = harness_read("../stderr", &n);
}

void place_forget(struct result *r)
{
    free(r->out);
    free(r->said);
    free(r->errors);
}

bool place_is_clean(const struct place *p, bool may_resume, char *text, size_t bytes)
{
    size_t work = harness_left_names(p->work, "") - (access("out.csv", F_OK) == 0) +
                  harness_left_names(p->root, "journal") +
                  harness_left_names(p->root, "stats.json.");
    if (may_resume)
        work -=
            (size_t)((access("out.csv.partial", F_OK) == 0) + (access("../journal", F_OK) == 0));
    size_t tmp = harness_left_names(p->tmp, ""), shm = harness_left_shm();
    snprintf(text, bytes, "%zu names beside the output, %zu in TMPDIR, %zu in /dev/shm", work, tmp,
             shm);
    return work + tmp + shm == 0;
}
