/* --top: the best matches of each record of A. What is kept is computed here once more, in the
 * plainest way, from the pairs that a run without --top writes. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A 150u
#define ROWS_B 130u
#define PICK(list) (list)[(size_t)rand() % (sizeof(list) / sizeof *(list))]

/* ---- Tables and questions --------------------------------------------------------------------*/

/* Few values, so that many pairs are equally good; rows of one value follow each other. */
static void write_table(const char *path, unsigned rows)
{
    static const char *const names[] = {
        "Ann Miller",  "Anne Miller", "Bob Smith", "Bob Smyth", "",
        "Ann Mueller", "Cy Jones",    "Sy Jones",  "Rob Smith", "X"};
    static const char *const cities[] = {"Detroit", "Bonn", "", "Berne", "Detroid"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name,city,age\n", f);
    for (unsigned i = 0; i < rows; i++)
        fprintf(f, "r%u,%s,%s,%d\n", i, PICK(names), PICK(cities), rand() % 60);
    fclose(f);
}

struct question {
    const char *words;
    bool least; /* lower scores are better */
};

/* Each plan: one join, refine with one join, with several and without, nested, and loops by a
 * metric and by scorers. */
static const struct question questions[] = {
    {"--on name --min 0.8", false},
    {"--on name --metric levenshtein_distance --max 5", true},
    {"--on name --min 0", false},
    {"--on name --metric levenshtein --max 0.6", true},
    {"--score '0.6 * jaro_winkler(name) + 0.4 * (a.city == b.city)' --min 0.6", false},
    {"--score '0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)' --min 0.7", false},
    {"--score 'max(jaro_winkler(name), levenshtein(city))' --min 0.8", false},
    {"--score '1 - abs(number(a.age) - number(b.age)) / 100' --min 0.9", false},
    {"--score 'jaro(name)' --where 'a.city == b.city' --min 0.3 --output-terms", false},
    {"--score lev.c --min 0.5", false},
    {"--score lev.c --max 0.4", true},
    {"--score lev.c --min 0.2 --max 0.7", false},
    {"--score lev.c --where 'a.city == b.city' --min 0.1", false},
};

/* ---- The twin --------------------------------------------------------------------------------*/

struct line {
    const char *text;
    size_t n;
    unsigned long a, b;
    double score;
};

static struct line read_line(const char *p)
{
    struct line l = {.text = p, .n = (size_t)(strchr(p, '\n') + 1 - p)};
    assert_int_equal(sscanf(p, "%lu,%lu,%lf", &l.a, &l.b, &l.score), 3);
    return l;
}

static bool better(const struct line *x, const struct line *y, bool least)
{
    if (x->score != y->score)
        return least ? x->score < y->score : x->score > y->score;
    return x->b < y->b;
}

/* Of all lines those of which fewer than k of the same row of A are better. */
static char *best_of(const char *all, size_t k, bool least, size_t *n_kept)
{
    static struct line line[ROWS_A * ROWS_B];
    const char *p = strchr(all, '\n') + 1;
    char *kept = calloc(strlen(all) + 1, 1);
    size_t n = 0;
    for (; *p; p += line[n++].n)
        line[n] = read_line(p);
    memcpy(kept, all, (size_t)(strchr(all, '\n') + 1 - all));
    *n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t n_better = 0;
        for (size_t j = 0; j < n; j++)
            n_better += line[j].a == line[i].a && better(&line[j], &line[i], least);
        if (n_better < k)
            strncat(kept, line[i].text, line[i].n);
        *n_kept += n_better < k;
    }
    return kept;
}

/* ---- Roads -----------------------------------------------------------------------------------*/

static const char *const roads[] = {"-j 1", "-j 7", "-j 2 --no-prune --audit 50"};

static void try_roads(const struct question *q, size_t k, const char *wanted, size_t n_wanted)
{
    char command[2000], counted[32];
    for (size_t i = 0; i < sizeof roads / sizeof *roads; i++) {
        snprintf(command, sizeof command, "axb match ta.csv tb.csv -q %s --top %zu %s", q->words, k,
                 roads[i]);
        harness_shell_output(command, wanted);
    }
    snprintf(command, sizeof command, "axb match ta.csv tb.csv -q %s --top %zu --count", q->words,
             k);
    snprintf(counted, sizeof counted, "%zu\n", n_wanted);
    harness_shell_output(command, counted);
    snprintf(command, sizeof command,
             "for i in 1 2 3; do axb match ta.csv tb.csv -q %s --top %zu --shard $i/3 -o $i.shard "
             "|| exit 1; done; axb merge 1.shard 2.shard 3.shard -q -o -",
             q->words, k);
    harness_shell_output(command, wanted);
}

static void the_best_of_each_row(void **state)
{
    static const size_t sizes[] = {1, 3, 20000}; /* the last: all, and more than a block keeps */
    (void)state;
    srand(20261130);
    harness_write_text("lev.c",
                       "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                       "{\n    return axb_levenshtein(a->name, b->name);\n}\n");
    for (size_t t = 0; t < harness_tries(1, 10); t++)
        for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
            char command[2000];
            write_table("ta.csv", ROWS_A);
            write_table("tb.csv", ROWS_B);
            snprintf(command, sizeof command, "axb match ta.csv tb.csv -q %s -j 1",
                     questions[i].words);
            char *all = harness_shell_written(command);
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                size_t n_wanted;
                char *wanted = best_of(all, sizes[s], questions[i].least, &n_wanted);
                try_roads(&questions[i], sizes[s], wanted, n_wanted);
                free(wanted);
            }
            free(all);
        }
}

/* ---- Rounds ----------------------------------------------------------------------------------*/

/* Without --min, and with so many pairs that the best of each row are found in rounds. */
static const char *const wide[] = {
    "--on full --top 1",
    "--on full --metric levenshtein --top 3",
    "--on full --metric levenshtein_distance --top 2",
    "--on full --metric levenshtein_normalized_distance --top 2",
    "--on street --metric jaccard --top 4",
    "--on street --metric token_sort_ratio --top 1",
    "--on email --metric jaro --top 2 --where 'a.city != \"Houston\" && b.zip != \"\"'",
    "--score '0.6 * jaro_winkler(full) + 0.4 * levenshtein(city)' --top 2",
    "--score 'jaro_winkler(full)' --where 'a.sex == b.sex' --top 1",
    "--score 'max(levenshtein(full), jaro_winkler(street))' --top 1",
};

/* The double loop keeps the best of each row as well; that it does so is tried above. */
static void rounds_find_what_the_loop_finds(void **state)
{
    char command[2000], *err, *out;
    (void)state;
    free(harness_shell_written(BINARY_DIR "/axb-sample wide 3000 2>&1"));
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        snprintf(command, sizeof command, "axb match wide/A.csv wide/B.csv %s -q --no-prune",
                 wide[i]);
        char *wanted = harness_shell_written(command);
        snprintf(command, sizeof command, "axb match wide/A.csv wide/B.csv %s -v -j 2", wide[i]);
        assert_int_equal(harness_shell(command, &out, &err), 0);
        if (!strstr(err, "round: at "))
            fail_msg("no rounds: %s: %s", command, err);
        if (strcmp(out, wanted) != 0)
            fail_msg("%s\n expected %.300s\n got %.300s", command, wanted, out);
        snprintf(command, sizeof command,
                 "for i in 1 2; do axb match wide/A.csv wide/B.csv -q %s --shard $i/2 -o $i.shard "
                 "|| exit 1; done; axb merge 1.shard 2.shard -q -o -",
                 wide[i]);
        if (i % 4 == 0)
            harness_shell_output(command, wanted);
        free(wanted);
        free(out);
        free(err);
    }
}

/* With a --min that lets nearly all pairs in, all are found, and the best chosen from them. */
static const char *const chosen[] = {
    "match wide/A.csv wide/B.csv --on full --top-b 2",
    "match wide/A.csv wide/B.csv --on street --metric levenshtein --best mutual",
    "match wide/A.csv wide/B.csv --on full --top 2 --top-b 3",
    "dedupe deep/A.csv --on full --top 2",
    "dedupe deep/A.csv --on street --metric jaccard --best mutual --where 'a.city != \"Houston\"'",
    "dedupe deep/A.csv --score '0.7 * jaro(full) + 0.3 * (a.sex == b.sex)' --top 1",
};

static void rounds_find_what_is_chosen_from_all(void **state)
{
    char command[2000], *err, *out;
    (void)state;
    free(harness_shell_written(BINARY_DIR "/axb-sample wide 3000 2>&1"));
    free(harness_shell_written(BINARY_DIR "/axb-sample deep 3400 2>&1"));
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        snprintf(command, sizeof command, "axb %s -q --min 4.9406564584124654e-324", chosen[i]);
        char *wanted = harness_shell_written(command);
        snprintf(command, sizeof command, "axb %s -v -j 2", chosen[i]);
        assert_int_equal(harness_shell(command, &out, &err), 0);
        if (!strstr(chosen[i], "--where") && !strstr(err, "round: at "))
            fail_msg("no rounds: %s: %s", command, err);
        if (strcmp(out, wanted) != 0)
            fail_msg("%s\n expected %.300s\n got %.300s", command, wanted, out);
        free(wanted);
        free(out);
        free(err);
    }
}

/* ---- What is said ----------------------------------------------------------------------------*/

static const struct harness_shell_failure failures[] = {
    {ERR_USAGE, "axb match wide/A.csv wide/B.csv --on full --one-to-one", {"--min is missing"}},
    {ERR_USAGE,
     "axb match wide/A.csv wide/B.csv --on full --top-b 1 --shard 1/2",
     {"--min is missing", "--shard"}},
    {ERR_USAGE,
     "axb dedupe wide/A.csv --on full --top 1 --audit 10",
     {"--min is missing", "--audit"}},
    {ERR_USAGE,
     "axb dedupe wide/A.csv --on full --top 1 --resume journal",
     {"--min is missing", "--resume"}},
};

static void what_needs_a_threshold(void **state)
{
    (void)state;
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
}

/* What is counted is what is written, and the audit sees it either way. */
static void rounds_are_counted_and_audited(void **state)
{
    char *err;
    (void)state;
    free(harness_shell_written(BINARY_DIR "/axb-sample wide 3000 2>&1"));
    harness_shell_output("axb match wide/A.csv wide/B.csv --on full --top 2 -q --count --audit 50",
                         "6000\n");
    free(harness_shell_written("axb match wide/A.csv wide/B.csv --on full --top 2 -q --audit 50"));
    assert_int_equal(harness_shell("axb match wide/A.csv wide/B.csv --on full --top 2 --count "
                                   "--max-results 10",
                                   NULL, &err),
                     ERR_STOPPED);
    assert_non_null(strstr(err, "more than 10 pairs match"));
    free(err);
}

/* A pair that has nothing in common, or lacks a value, is no match. */
static void nothing_in_common_is_no_match(void **state)
{
    (void)state;
    harness_write_text("na.csv", "id,name\n1,ann\n2,\n3,xyz\n4,bo\n");
    harness_write_text("nb.csv", "id,name\n1,bob\n2,\n3,ann\n");
    harness_shell_output("axb match na.csv nb.csv --on name --metric levenshtein --top 1 -q",
                         "a,b,score\n1,3,1\n4,1,0.6666666666666667\n");
    harness_shell_output(
        "axb match na.csv nb.csv --on name --metric levenshtein_distance --top 1 -q",
        "a,b,score\n1,3,0\n3,1,3\n4,1,1\n");
    harness_shell_output("axb dedupe nb.csv --on name --top 1 -q", "a,b,score\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_each_row),
        cmocka_unit_test(rounds_find_what_the_loop_finds),
        cmocka_unit_test(rounds_find_what_is_chosen_from_all),
        cmocka_unit_test(rounds_are_counted_and_audited),
        cmocka_unit_test(what_needs_a_threshold),
        cmocka_unit_test(nothing_in_common_is_no_match),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
