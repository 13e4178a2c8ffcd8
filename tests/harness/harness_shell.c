/* Makes the directory, runs commands in it, and looks at what they write, say and leave. */
#include "tests/harness/harness_shell.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD "what was here before\n"

static char directory[] = "/tmp/axb-cli-XXXXXX";

/* ---- Files that the commands read ------------------------------------------------------------*/

#define TEXT(name, text)                                                                           \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }
#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"
#define JARO SCORE "{\n    return axb_jaro(a->name, b->name);\n}\n"

static const struct {
    const char *name, *bytes;
    size_t n;
} files[] = {
    TEXT("A.csv", "id,name,city\n1,anna,Rome\n2,bert,Oslo\n3,,Bonn\n4,\"\",Kiel\n"),
    TEXT("B.csv", "id,name,city\n7,anna,Rome\n8,bart,Oslo\n9,,Bonn\n10,\"\",Kiel\n"),
    TEXT("good.csv", GOOD),
    TEXT("long.csv", "id,name\n1,anna\n2,bert,x\n"),
    TEXT("short.csv", "id,name\n1,anna\n2\n"),
    TEXT("blank.csv", "id,name\n1,anna\n\n2,bert\n"),
    TEXT("stray.csv", "id,name\n1,an\"na\n"),
    TEXT("after.csv", "id,name\n1,\"an\"na\n"),
    TEXT("unclosed.csv", "id,name\n1,\"anna\n2,bert\n"),
    TEXT("latin.csv", "id,name\n1,an\xffna\n"),
    TEXT("zero.csv", "id,name\n1,an\0na\n"),
    TEXT("utf16.csv", "\xff\xfei\0d\0\n\0"),
    TEXT("empty.csv", ""),
    TEXT("header.csv", "id,name\n"),
    TEXT("twice.csv", "id,name,name\n1,anna,bert\n"),
    TEXT("crlf.csv", "id,name\r\n1,anna\r\n2,bert\r\n"),
    TEXT("mark.csv", "\xef\xbb\xbfname,id\nanna,1\n"),
    TEXT("no_end.csv", "id,name\n1,anna\n2,bert"),
    TEXT("tabs.tsv", "id\tname\n1\tanna\n2\tbert, x\n"),
    TEXT("semicolons.csv", "id;name\n1;anna\n2;bert, x\n"),
    TEXT("bare.csv", "1,anna\n2,bert\n"),
    TEXT("quotes.csv", "id,name\n1,\"a \"\"x\"\", y\nz\"\n2,\"p\rq\"\n3,\"\ttab\\\"\n"),
    TEXT("not_c.c", "#include <axb.h>\n" SCORE "{\n    return axb_jaro(a->nmae, b->name);\n}\n"),
    TEXT("no_score.c", "#include <axb.h>\ndouble scroe(void)\n{\n    return 1;\n}\n"),
    TEXT("crash.c", "#include <axb.h>\n" SCORE "{\n    volatile int *nowhere = 0;\n"
                    "    return a->city.p[0] == 'O' && b->id.n == 2 ? *nowhere : 1;\n}\n"),
    TEXT("nan.c", "#include <axb.h>\n#include <math.h>\n" SCORE
                  "{\n    return b->id.n == 2 || !a->name.p ? NAN : 1;\n}\n"),
    TEXT("where.c", "#include <axb.h>\nAXB_WHERE(\"a.city == b.city\");\n" JARO),
    TEXT("monotone.c", "#include <axb.h>\nAXB_MONOTONE;\n" JARO),
    TEXT("both.c", "#include <axb.h>\nAXB_WHERE(\"a.city == b.city\");\nAXB_MONOTONE;\n" JARO),
    TEXT("infinite.c", "#include <axb.h>\n#include <math.h>\n" SCORE
                       "{\n    return a->name.n == b->name.n ? INFINITY : 0;\n}\n"),
};

#define PICK(list) (list)[(size_t)rand() % (sizeof(list) / sizeof *(list))]

void harness_shell_people(const char *path, unsigned rows)
{
    static const char *const first[] = {"Ann", "Anne", "Bob", "Rob", "Cy", "Sy", "Clementine"};
    static const char *const last[] = {"Miller", "Muller", "Smith", "Smyth", "Jones", "Johns", "O"};
    static const char *const cities[] = {"Detroit", "Bonn", "", "\"\"", "Bern"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name,city,age\n", f);
    for (unsigned i = 0; i < rows; i++)
        if (rand() % 9 == 0)
            fprintf(f, "r%u,,%s,%d\n", i, PICK(cities), rand() % 90);
        else
            fprintf(f, "r%u,%s%c %s,%s,%d\n", i, PICK(first), 'a' + rand() % 3, PICK(last),
                    PICK(cities), rand() % 90);
    fclose(f);
}

int harness_shell_set_up(void **state)
{
    (void)state;
    harness_left_begin();
    char path[4096];
    const char *old = getenv("PATH");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        harness_write(files[i].name, files[i].bytes, files[i].n);
    assert_int_equal(mkdir("folder", 0777), 0);
    snprintf(path, sizeof path, "%s:%s", BINARY_DIR, old ? old : "/usr/bin:/bin");
    setenv("PATH", path, 1);
    setenv("TMPDIR", directory, 1);
    setenv("ASAN_OPTIONS", "handle_segv=0", 0); /* a crash is a crash under it, too */
    return 0;
}

int harness_shell_tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

/* ---- Running ---------------------------------------------------------------------------------*/

int harness_shell(const char *command, char **out, char **err)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_run(argv, out, err);
}

void harness_shell_drop_itself(char *err)
{
    char *words = strstr(err, " is compared with itself, so ");
    if (!words)
        return;
    char *end = strchr(words, '\n');
    assert_non_null(end);
    while (words > err && words[-1] != '\n')
        words--;
    memmove(words, end + 1, strlen(end + 1) + 1);
}

void harness_shell_says(const char *command, const char *err, const char *const *says)
{
    for (size_t i = 0; i < HARNESS_SHELL_SAYS && says[i]; i++)
        if (!strstr(err, says[i])) {
            fprintf(stderr, "%s\ndoes not say \"%s\" but\n%s", command, says[i], err);
            fail();
        }
}

static void check_failure(const struct harness_shell_failure *f)
{
    char command[400], *out, *err;
    size_t n, names = harness_left_names(".", "");
    bool runs = strstr(f->command, "axb match") || strstr(f->command, "axb dedupe");
    bool placed = strstr(f->command, " -o ") || strchr(f->command, '>');
    snprintf(command, sizeof command, "%s%s", f->command, runs && !placed ? " -o good.csv" : "");
    int status = harness_shell(command, &out, &err);
    if (status != (int)f->status || out[0] || strncmp(err, "axb: ", 5) != 0) {
        fprintf(stderr, "%s\nstatus %d for %d, writes\n%s\nand says\n%s", command, status,
                (int)f->status, out, err);
        fail();
    }
    harness_shell_says(command, err, f->says);
    assert_int_equal(harness_left_names(".", ""), names);
    assert_int_equal(harness_left_shm(), 0);
    char *good = harness_read("good.csv", &n);
    assert_string_equal(good, GOOD);
    free(good);
    free(out);
    free(err);
}

void harness_shell_fails(const struct harness_shell_failure *failures, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_failure(&failures[i]);
}

char *harness_shell_written(const char *command)
{
    char *out, *err;
    const int status = harness_shell(command, &out, &err);
    if (status != 0)
        fail_msg("%s\nstatus %d, says\n%s", command, status, err);
    free(err);
    return out;
}

void harness_shell_output(const char *command, const char *expected)
{
    char *out, *err;
    int status = harness_shell(command, &out, &err);
    if (status != 0 || strcmp(out, expected) != 0) {
        fprintf(stderr, "%s\nstatus %d, writes\n%s\nfor\n%s\nand says\n%s", command, status, out,
                expected, err);
        fail();
    }
    free(out);
    free(err);
}
