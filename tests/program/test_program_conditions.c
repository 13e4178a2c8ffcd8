/* Conditions on one side: the program against itself, with the same condition written so that it
 * reads both sides and is decided pair by pair. That is the brute double loop. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A 170u
#define ROWS_B 140u
#define PICK(list) (list)[(size_t)rand() % (sizeof(list) / sizeof *(list))]

/* ---- Tables and questions --------------------------------------------------------------------*/

static void write_table(const char *path, unsigned rows)
{
    static const char *const names[] = {"Ann Miller", "Anne Miller", "Bob Smith", "Bob Smyth",
                                        "",           "\"\"",        "Cy Jones",  "Sy Jones"};
    static const char *const cities[] = {"Detroit", "Bonn", "", "\"\"", "NULL"};
    static const char *const ages[] = {"17", "18", "40", "", "x", "81"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name,city,age\n", f);
    for (unsigned i = 0; i < rows; i++)
        fprintf(f, "r%u,%s,%s,%s\n", i, PICK(names), PICK(cities), PICK(ages));
    fclose(f);
}

static const char *const conditions[] = {
    "a.city == \"Detroit\"",
    "a.city != \"\"",
    "a.name != \"\"",
    "number(b.age) > 17",
    "!missing(b.city)",
    "missing(a.age)",
    "b.city == \"nowhere\"",
    "number(a.age) >= 18",
    "if_missing(b.age, 50) > 45",
    "(b.city == \"Bonn\" || b.city == \"Detroit\")",
};

/* Each plan: one join, refine with joins and without, a loop by one metric and by a scorer. */
static const char *const questions[] = {
    "--on name --min 0.9",
    "--on name --metric levenshtein_distance --max 2",
    "--score '0.6 * jaro_winkler(name) + 0.4 * (a.city == b.city)' --min 0.8",
    "--score '1 - abs(number(a.age) - number(b.age)) / 100' --min 0.9",
    "--on name --min 0",
    "--on name --metric levenshtein --max 0.2",
    "--score lev.c --min 0.5",
    "--score prepared.c --min 1",
    "--score '0.5 * jaro(name)' --where 'levenshtein(city) >= 0.5' --min 0.3 --output-terms",
};

#define LOWER_ROW_FIRST " | awk -F, 'NR == 1 || $1 + 0 < $2 + 0'"

/* The words of a run; with `pairwise` the condition reads both sides. In dedupe such a condition is
 * refused where it is not the same for both; there the file is matched with itself, and each pair
 * is taken once. */
static void make_command(char *text, size_t bytes, const char *files, const char *question,
                         const char *where, bool pairwise, const char *more)
{
    char asked[400], condition[400];
    snprintf(condition, sizeof condition, pairwise ? "(%s || jaro(name) < 0)" : "%s", where);
    const char *given = strstr(question, "--where '");
    if (given)
        snprintf(asked, sizeof asked, "%.*s--where '%s && %s", (int)(given - question), question,
                 condition, given + strlen("--where '"));
    else
        snprintf(asked, sizeof asked, "%s --where '%s'", question, condition);
    const bool once = pairwise && strncmp(files, "dedupe ", 7) == 0;
    const char *table = strchr(files, ' ') + 1;
    if (once)
        snprintf(text, bytes, "axb match %s %s %s -q %s" LOWER_ROW_FIRST, table, table, asked,
                 more);
    else
        snprintf(text, bytes, "axb %s %s -q %s", files, asked, more);
}

/* ---- Roads -----------------------------------------------------------------------------------*/

static const char *const roads[] = {"-j 1", "-j 2", "-j 7", "-j 2 --no-prune", "-j 2 --audit 50"};

static void try_roads(const char *files, const char *tables, const char *question,
                      const char *where)
{
    char command[2000];
    make_command(command, sizeof command, files, question, where, true, "-j 1 --no-prune");
    char *wanted = harness_shell_written(command);
    for (size_t i = 0; i < sizeof roads / sizeof *roads; i++) {
        make_command(command, sizeof command, files, question, where, false, roads[i]);
        harness_shell_output(command, wanted);
    }
    make_command(command, sizeof command, tables, question, where, false, "-j 2");
    harness_shell_output(command, wanted);
    free(wanted);
}

/* In parts, and counted, in parts as well. */
static void try_parts(const char *files, const char *question, const char *where)
{
    char one[2000], all[8000] = "rm -f part*;";
    make_command(one, sizeof one, files, question, where, true, "-j 1 --no-prune");
    char *wanted = harness_shell_written(one);
    for (int i = 1; i <= 3; i++) {
        make_command(one, sizeof one, files, question, where, false, "");
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s --shard %d/3 -o part%d && ", one,
                 i, i);
    }
    snprintf(all + strlen(all), sizeof all - strlen(all), "axb merge part1 part2 part3 -q");
    harness_shell_output(all, wanted);
    free(wanted);
    make_command(all, sizeof all, files, question, where, true, "--no-prune");
    strcat(all, " | tail -n +2 | wc -l");
    wanted = harness_shell_written(all);
    make_command(one, sizeof one, files, question, where, false, "--count -j 2");
    harness_shell_output(one, wanted);
    snprintf(all, sizeof all, "echo $(($(%s --shard 1/3) + $(%s --shard 2/3) + $(%s --shard 3/3)))",
             one, one, one);
    harness_shell_output(all, wanted);
    free(wanted);
}

static void write_scorers(void)
{
    harness_write_text("lev.c", "#include <axb.h>\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{\n    return axb_levenshtein(a->name, b->name);\n}\n");
    harness_write_text(
        "prepared.c",
        "#include <axb.h>\nstruct key { unsigned n; };\n"
        "static void prepare_a(const axb_row_a *a, struct key *k) { k->n = a->name.n; }\n"
        "static void prepare_b(const axb_row_b *b, struct key *k) { k->n = b->name.n; }\n"
        "AXB_PREPARED(struct key);\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n"
        "{\n    const struct key *x = a->prepared, *y = b->prepared;\n"
        "    return x->n == y->n;\n}\n");
}

static void all_roads(void **state)
{
    char where[400];
    (void)state;
    srand(20261129);
    write_scorers();
    for (size_t i = 0; i < harness_tries(2, 20); i++)
        for (size_t q = 0; q < sizeof questions / sizeof *questions; q++) {
            const char *first = PICK(conditions), *second = PICK(conditions);
            write_table("ca.csv", ROWS_A);
            write_table("cb.csv", ROWS_B);
            snprintf(where, sizeof where, rand() % 2 ? "%s && %s" : "%s", first, second);
            free(harness_shell_written("axb data load cond-a ca.csv -q && "
                                       "axb data load cond-b cb.csv -q"));
            try_roads("match ca.csv cb.csv", "match @cond-a @cond-b", questions[q], where);
            try_roads("dedupe ca.csv", "dedupe @cond-a", questions[q], where);
            if (q % 2 == i % 2)
                try_parts(q % 3 ? "dedupe ca.csv" : "match ca.csv cb.csv", questions[q], where);
            free(harness_shell_written("axb data rm cond-a cond-b -q"));
        }
}

/* ---- What is said ----------------------------------------------------------------------------*/

/* The records that fail are never given to a scorer. */
static void left_out_records_crash_nothing(void **state)
{
    (void)state;
    harness_write_text("bad.csv", "id,name\n1,ann\n2,boom\n3,annie\n");
    harness_write_text(
        "boom.c",
        "#include <axb.h>\n#include <string.h>\n#include <stdlib.h>\n"
        "struct key { unsigned n; };\n"
        "static unsigned length(axb_str s)\n"
        "{\n    if (s.n == 4 && memcmp(s.p, \"boom\", 4) == 0)\n        abort();\n"
        "    return s.n;\n}\n"
        "static void prepare_a(const axb_row_a *a, struct key *k) { k->n = length(a->name); }\n"
        "static void prepare_b(const axb_row_b *b, struct key *k) { k->n = length(b->name); }\n"
        "AXB_PREPARED(struct key);\n"
        "double score(const axb_row_a *a, const axb_row_b *b)\n"
        "{\n    const struct key *x = a->prepared, *y = b->prepared;\n"
        "    return length(a->name) == length(b->name) && x->n == y->n;\n}\n");
    harness_shell_output("axb match bad.csv bad.csv --score boom.c --min 1 -q "
                         "--where 'a.name != \"boom\" && b.name != \"boom\"'",
                         "a,b,score\n1,1,1\n3,3,1\n");
}

static void the_plan_says_how_many(void **state)
{
    char *out, *err;
    (void)state;
    harness_write_text("few.csv", "id,name,city\n1,ann,Bonn\n2,bob,Oslo\n3,anne,Bonn\n");
    assert_int_equal(harness_shell("axb match few.csv few.csv --on name --min 0.8 --plan "
                                   "--where 'a.city == \"Bonn\" && soundex(name)'",
                                   &out, &err),
                     0);
    assert_non_null(strstr(out, "where     a.city == 'Bonn': 2 of 3 records of A\n"));
    assert_non_null(strstr(out, "where     soundex(a.name, b.name)\n"));
    free(out);
    free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_roads),
        cmocka_unit_test(left_out_records_crash_nothing),
        cmocka_unit_test(the_plan_says_how_many),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
