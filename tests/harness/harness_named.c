/* Loads, runs and removes named tables by axb itself. */
#include "tests/harness/harness_named.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 20261123u
#define MOST_WORDS 40

char harness_named_directory[] = "/tmp/axb-named-XXXXXX";
static pid_t self; /* children keep it */

const char *harness_named_own(const char *name)
{
    static char names[8][64];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "t%d-%s", (int)self, name);
    return text;
}

const char *harness_named_at(const char *name)
{
    static char names[8][64];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "@%s", harness_named_own(name));
    return text;
}

void harness_named_path(const char *name, char path[128])
{
    snprintf(path, 128, "/dev/shm/axb.%u.%s", (unsigned)geteuid(), harness_named_own(name));
}

bool harness_named_exists(const char *name)
{
    char path[128];
    harness_named_path(name, path);
    return access(path, F_OK) == 0;
}

void harness_named_unlink(const char *name)
{
    char path[128];
    harness_named_path(name, path);
    unlink(path);
}

int harness_named_axb(const char *words, char **out, char **err)
{
    const char *argv[MOST_WORDS + 1] = {HARNESS_NAMED_AXB};
    char *copy = strdup(words), *rest = copy, *word;
    size_t n = 1;
    while ((word = strsep(&rest, " ")) != NULL && n < MOST_WORDS) {
        if (*word)
            argv[n++] = word;
    }
    int status = harness_run(argv, out, err);
    free(copy);
    return status;
}

int harness_named_fails(const char *words, char **err)
{
    char *out;
    int status = harness_named_axb(words, &out, err);
    assert_string_equal(out, "");
    free(out);
    return status;
}

void harness_named_load(const char *name, const char *file, const char *options)
{
    char words[300], *err;
    snprintf(words, sizeof words, "data load %s %s %s", harness_named_own(name), file, options);
    int status = harness_named_axb(words, NULL, &err);
    if (status)
        fail_msg("axb %s: %d %s", words, status, err);
    free(err);
}

/* A field as CSV: quoted or not, missing, empty, of several scripts. */
static void put_field(FILE *f)
{
    static const char *const parts[] = {"an",     "Bé", "cor", "ΔΑ", "\"\"", ",",
                                        "Straße", " ",  "\n",  "и",  "42",   "3.5"};
    uint32_t kind = harness_below(12);
    if (kind == 0)
        return;
    if (kind < 4) {
        fprintf(f, "%u", harness_below(30));
        return;
    }
    fputc('"', f);
    for (uint32_t n = kind == 4 ? 0 : 1 + harness_below(4); n; n--)
        fputs(parts[harness_below(12)], f);
    fputc('"', f);
}

void harness_named_random_csv(const char *path, const char *header, unsigned columns, unsigned rows)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(header, f);
    for (unsigned i = 0; i < rows; i++)
        for (unsigned c = 0; c < columns; c++) {
            if (c < 6)
                put_field(f);
            else
                fprintf(f, "%u", i + 1);
            fputc(c + 1 < columns ? ',' : '\n', f);
        }
    assert_int_equal(fclose(f), 0);
}

char *harness_named_saved(size_t *n)
{
    char path[128];
    harness_named_random_csv("d.csv", "name,größe,c\n", 3, 40);
    harness_named_load("d", "d.csv", "-q");
    harness_named_path("d", path);
    return harness_read(path, n);
}

int harness_named_set_up(void **state)
{
    static const char header[] = "name,city,row,same,size,same,serial\n";
    (void)state;
    self = getpid();
    harness_seed(SEED);
    print_message("seed %u\n", SEED);
    if (!mkdtemp(harness_named_directory) || chdir(harness_named_directory) != 0)
        return 1;
    for (int side = 0; side < 2; side++)
        harness_named_random_csv(side ? "B.csv" : "A.csv", header, 7, 300);
    return 0;
}

int harness_named_tear_down(void **state)
{
    char command[200];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s /dev/shm/axb.%u.t%d-*", harness_named_directory,
             (unsigned)geteuid(), (int)self);
    return system(command);
}
