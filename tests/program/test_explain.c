/* What axb says of single pairs: the columns of --output-terms, in every stage that writes, against
 * the metrics' twins; and `axb explain` against what match writes. */
#include "data/text.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 100u      /* of the small tables */
#define MANY_ROWS 5600 /* of nested joins: their product is over 3e7 pairs */
#define GOALS 40u      /* random expressions */
#define PAIRS 4u       /* explained of each */

static char directory[] = "/tmp/axb-explain-XXXXXX";

/* ---- Tables ----------------------------------------------------------------------------------*/

static uint32_t below(uint32_t n)
{
    return (uint32_t)rand() % n;
}

struct record {
    char name[40], city[16]; /* "" where missing */
};

static struct record records[2][ROWS];

static void random_name(char text[40])
{
    static const char *const parts[] = {"an", "be", "cor", "da", "él", "fi", "и", "ha", "jo", "ка"};
    text[0] = 0;
    for (uint32_t n = 2 + below(3); n; n--)
        strcat(text, parts[below(10)]);
}

static void write_table(const char *path, const struct record *r, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name,city,size,born\n", f);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "r%zu,%s,%s,", i + 1, r[i].name, r[i].city);
        if (below(8))
            fprintf(f, "%u", below(20));
        if (below(8))
            fprintf(f, ",19%02u-05-%02u\n", 50 + below(3), 1 + below(20));
        else
            fputs(",\n", f);
    }
    assert_int_equal(fclose(f), 0);
}

static void write_small_tables(void)
{
    static const char *const cities[] = {"Rome", "Oslo", "Bonn", "Kiel", ""};
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < ROWS; i++) {
            struct record *r = &records[side][i];
            random_name(r->name);
            if (i && below(4) == 0)
                *r = records[0][below((uint32_t)i)];
            if (below(20) == 0)
                r->name[0] = 0;
            strcpy(r->city, cities[below(5)]);
        }
    write_table("A.csv", records[0], ROWS);
    write_table("B.csv", records[1], ROWS);
}

static void write_text(const char *path, const char *text)
{
    harness_write(path, text, strlen(text));
}

static char *run(const char *command, int expected)
{
    char line[4000], *out, *err;
    snprintf(line, sizeof line, "%s/%s", BINARY_DIR, command);
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    int status = harness_run(argv, &out, &err);
    if (status != expected)
        fail_msg("%s\nstatus %d, says\n%s", command, status, err);
    free(err);
    return out;
}

/* ---- --output-terms --------------------------------------------------------------------------*/

/* The metric by its twin: 0 if a text is missing. */
static double twin(const char *metric, const char *x, const char *y)
{
    struct metric_use use;
    struct err e;
    uint32_t a[64], b[64];
    double score = 0;
    if (!*x || !*y)
        return 0;
    assert_true(metric_find(metric, strlen(metric), &use, &e));
    size_t na = text_decode(x, strlen(x), a), nb = text_decode(y, strlen(y), b);
    assert_true(twin_metric(&use, a, na, b, nb, &score));
    return score;
}

static void print_number(FILE *f, double x)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    fprintf(f, ",%s", text);
}

/* The double loop with both terms. The score is their mean if `both`, else the first. */
static char *terms_loop(bool both, bool self, bool kept, double min)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    const struct record *a = records[0], *b = records[!self];
    fprintf(f, "a,b,score,\"jaro_winkler(a.name, b.name)\"%s%s\n",
            both ? ",\"levenshtein(a.city, b.city)\"" : "", kept ? ",a.city,b.city" : "");
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = self ? i + 1 : 0; j < ROWS; j++) {
            double jaro = twin("jaro_winkler", a[i].name, b[j].name);
            double edit = twin("levenshtein", a[i].city, b[j].city);
            double score = both ? 0.5 * jaro + 0.5 * edit : jaro;
            if (!(score >= min))
                continue;
            fprintf(f, "%zu,%zu", i + 1, j + 1);
            print_number(f, score);
            print_number(f, jaro);
            if (both)
                print_number(f, edit);
            if (kept)
                fprintf(f, ",%s,%s", a[i].city, b[j].city);
            fputc('\n', f);
        }
    fclose(f);
    return text;
}

static void check_terms(bool both, bool self, double min)
{
    static const char *const ways[] = {"-j1", "-j4", "-j3 --no-prune", "-j2 --keep city"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char command[400], *expected = terms_loop(both, self, strstr(ways[i], "keep"), min);
        snprintf(command, sizeof command, "axb %s -q --output-terms --min %g %s --score '%s'",
                 self ? "dedupe A.csv" : "match A.csv B.csv", min, ways[i],
                 both ? "0.5 * jaro_winkler(name) + 0.5 * levenshtein(city)"
                      : "jaro_winkler(name)");
        char *out = run(command, 0);
        if (strcmp(out, expected) != 0)
            fail_msg("%s\nwrites\n%.2000s\nfor\n%.2000s", command, out, expected);
        free(out);
        free(expected);
    }
}

static void terms_of_every_stage(void **state)
{
    (void)state;
    for (int self = 0; self < 2; self++) {
        check_terms(false, self, 0.85); /* a join, or with --no-prune too */
        check_terms(false, self, 0);    /* the loop */
        check_terms(true, self, 0.75);  /* refine */
        check_terms(true, self, 0);
    }
}

/* Terms of --where stand after those of the score; what has no value is empty, or null. */
static void terms_without_value(void **state)
{
    (void)state;
    write_text("few.csv", "name,size\nanna,1\nbert,\nbart,x\n");
    char *out = run("axb dedupe few.csv --min 0 --output-terms -q --where 'soundex(name) || 1' "
                    "--score 'if_missing(number(size, 5), levenshtein(name))'",
                    0);
    assert_string_equal(out, "a,b,score,\"number(a.size, b.size, 5)\",\"levenshtein(a.name, "
                             "b.name)\",\"soundex(a.name, b.name)\"\n"
                             "1,2,0,0,0,0\n1,3,0,,0,0\n2,3,0.75,0,0.75,1\n");
    free(out);
    out = run("axb dedupe few.csv --min 0 --output-terms -q --format jsonl --score "
              "'if_missing(number(size, 5), levenshtein(name))'",
              0);
    assert_non_null(strstr(out, "{\"a\":\"1\",\"b\":\"3\",\"score\":0,\"number(a.size, b.size, "
                                "5)\":null,\"levenshtein(a.name, b.name)\":0}\n"));
    free(out);
}

/* All rows share one value: the pairs come from joins within it. */
static void terms_of_nested_joins(void **state)
{
    (void)state;
    static const char *const ways[] = {"-j4", "-j1 --algorithm equal", "-j3 --algorithm equal"};
    char command[300], *first = NULL;
    struct record *many = calloc(MANY_ROWS, sizeof *many);
    for (size_t i = 0; i < MANY_ROWS; i++) {
        random_name(many[i].name);
        if (strlen(many[i].name) < 8) /* few of them: most names are different */
            snprintf(many[i].name, sizeof many[i].name, "%zu", i * 7919);
        strcpy(many[i].city, "Rome");
    }
    write_table("many.csv", many, MANY_ROWS);
    free(many);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        snprintf(command, sizeof command,
                 "axb match many.csv many.csv -q --output-terms --min 0.99 %s --score "
                 "'0.5 * equal(city) + 0.5 * jaro_winkler(name)'",
                 ways[i]);
        char *out = run(command, 0);
        size_t lines = 0;
        for (const char *p = strchr(out, '\n') + 1; *p; p = strchr(p, '\n') + 1, lines++) {
            double score, equal, jaro;
            assert_int_equal(sscanf(p, "%*u,%*u,%lf,%lf,%lf\n", &score, &equal, &jaro), 3);
            assert_true(score == 0.5 * equal + 0.5 * jaro && score >= 0.99);
        }
        assert_true(lines >= MANY_ROWS);
        assert_true(!first || strcmp(first, out) == 0);
        if (first)
            free(out);
        else
            first = out;
    }
    free(first);
}

/* ---- axb explain -----------------------------------------------------------------------------*/

/* The line of a pair in what match wrote, or NULL. */
static const char *find_line(const char *out, uint32_t a, uint32_t b)
{
    char start[32];
    snprintf(start, sizeof start, "\n%u,%u,", a, b);
    const char *line = strstr(out, start);
    return line ? line + strlen(start) : NULL;
}

/* Explains a pair. It must match or not as in `matches`, with the same score, and the plan must
 * find it if it matches. */
static void check_pair(const char *arguments, const char *matches, uint32_t a, uint32_t b)
{
    char command[3000], yes[64] = "match     no: ";
    const char *line = find_line(matches, a, b);
    snprintf(command, sizeof command, "axb explain A.csv B.csv --pair %u,%u %s", a, b, arguments);
    char *out = run(command, 0);
    bool dropped = strstr(out, "then it is dropped") || strstr(out, "no pair can match") ||
                   strstr(out, "may drop it at a glance") ||
                   (strstr(out, " drops it\n") && !strstr(out, " finds it\n"));
    if (line)
        snprintf(yes, sizeof yes, "match     yes: %.*s >= 0.6", (int)strcspn(line, ",\n"), line);
    bool ok = strstr(out, yes) && (line ? !strstr(out, "then it is dropped") : true);
    ok = ok && (!line || !strstr(out, " drops it\n") || strstr(out, " finds it\n"));
    if (!ok || (!line && !dropped))
        fail_msg("%s\nsays\n%s\nwhere match has %.60s", command, out, line ? line : "nothing");
    free(out);
}

static void explain_agrees_with_match(void **state)
{
    (void)state;
    static const char *const texts[] = {"name", "city"}, *const numbers[] = {"size"},
                             *const dates[] = {"born"}, *const values[] = {"Rome", "Oslo"};
    static const struct twin_expr_columns columns = {texts, numbers, dates, values, 2, 1, 1, 2};
    uint32_t matched = 0;
    for (uint32_t seed = 0; seed < GOALS; seed++) {
        char score[1000], where[1000], arguments[2500], command[2600];
        twin_expr_random(seed, &columns, false, score, sizeof score);
        twin_expr_random(seed, &columns, true, where, sizeof where);
        /* In files: they may hold quotes of both kinds. */
        write_text("score", score);
        write_text("where", where);
        snprintf(arguments, sizeof arguments, "--score \"$(cat score)\" --min 0.6%s",
                 seed % 2 ? " --where \"$(cat where)\"" : "");
        /* 2: no score can be as high. */
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv -q %s 2>/dev/null || { [ $? = 2 ] && echo a,b,score; }",
                 arguments);
        char *matches = run(command, 0);
        for (uint32_t k = 0; k < PAIRS; k++) {
            uint32_t a = 1 + below(ROWS), b = 1 + below(ROWS);
            const char *line = strchr(matches, '\n') + 1;
            if (k % 2 && *line) { /* one that matches */
                line += below((uint32_t)strlen(line));
                while (line[-1] != '\n')
                    line--;
                assert_int_equal(sscanf(line, "%u,%u,", &a, &b), 2);
                matched++;
            }
            check_pair(arguments, matches, a, b);
        }
        free(matches);
    }
    assert_true(matched > GOALS / 4);
}

static void write_x_and_y(void)
{
    write_text("x.csv", "id,name,city\nk1,anna,Rome\n\"k,2\",bert,Oslo\n");
    write_text("y.csv", "id,name,city\n7,ana,Rome\n8,\"b\x1b[1m\"\"rt\",\n");
}

static void explain_in_full(void **state)
{
    (void)state;
    write_x_and_y();
    char *out = run("axb explain x.csv y.csv --pair 1,1 --min 0.9 --where 'a.city != b.city || "
                    "missing(b.city)' --score '0.5 * jaro_winkler(name) - 0.1 * (a.id == \"k1\") "
                    "+ 0.5 * equal(city)'",
                    0);
    static const char before_plan[] =
        "A         x.csv, row 1\n"
        "B         y.csv, row 1\n"
        "compared  a.name  \"anna\"\n"
        "          b.name  \"ana\"\n"
        "          a.id    \"k1\"\n"
        "          a.city  \"Rome\"\n"
        "          b.city  \"Rome\"\n"
        "terms     0.933333    jaro_winkler(a.name, b.name)  must reach 0.8: yes\n"
        "          1           equal(a.city, b.city)         must reach 1: yes\n"
        "score     0.866667    0.5 * jaro_winkler(a.name, b.name) - 0.1 * (a.id == 'k1') + "
        "0.5 * equal(a.city, b.city)\n"
        "          0.466667      + 0.5 * jaro_winkler(a.name, b.name)\n"
        "          -0.1          - 0.1 * (a.id == 'k1')\n"
        "          true            a.id == 'k1'\n"
        "          0.5           + 0.5 * equal(a.city, b.city)\n"
        "where     false       a.city != b.city || missing(b.city)\n"
        "          false         a.city != b.city\n"
        "          false         missing(b.city)\n"
        "match     no: where is false, so no --min lets the pair in\n"
        "plan      the join ";
    const char *plan = out + strlen(before_plan);
    if (strncmp(out, before_plan, strlen(before_plan)) != 0)
        fail_msg("%s", out);
    /* Which join is cheaper for two rows is a matter of chance. */
    assert_true(strncmp(plan, "jaro_winkler(a.name, b.name) >= 0.8 (jaro scan) finds it\n", 57) ==
                    0 ||
                strncmp(plan, "equal(a.city, b.city) >= 1 (equal) finds it\n", 44) == 0);
    const char *dropped = strstr(plan, "          then it is dropped ");
    assert_non_null(dropped);
    assert_true(strstr(dropped, ": the score can be 0.866667 at most\n") ||
                strstr(dropped, ": where cannot hold\n"));
    free(out);
}

/* In one line if it fits 80 columns, else a rule a line; missing if nothing is left. */
static void explain_normalized(void **state)
{
    (void)state;
    write_x_and_y();
    char *out =
        run("axb explain x.csv y.csv --pair 1,2 --score 'jaro(name) + equal(city)' "
            "--normalize name:punct,city:casefold | sed -n '/^compared/,/^terms/p' | head -4",
            0);
    assert_string_equal(out, "compared  a.name  \"anna\"\n"
                             "          b.name  \"b\\x1b[1m\\\"rt\" \u2192 punct \"b\\x1b 1m rt\"\n"
                             "          a.city  \"Rome\" \u2192 casefold \"rome\"\n"
                             "          b.city  (missing)\n");
    free(out);
    write_text("names.csv",
               "name\n\"Moss,Ben\"\n\"Soci\u00e9t\u00e9 des Pommes & Co., S.A.\"\n+\n");
    out = run("axb explain names.csv --pair 1,2 --on name --normalize "
              "casefold,punct,company-suffixes,strip-accents -q | sed -n '/^compared/,/^terms/p' | "
              "head -5",
              0);
    assert_string_equal(
        out,
        "compared  a.name  \"Moss,Ben\" \u2192 casefold \"moss,ben\" \u2192 punct \"moss ben\"\n"
        "          b.name  \"Soci\u00e9t\u00e9 des Pommes & Co., S.A.\"\n"
        "                  \u2192 strip-accents    \"Societe des Pommes & Co., S.A.\"\n"
        "                  \u2192 casefold         \"societe des pommes & co., s.a.\"\n"
        "                  \u2192 company-suffixes \"societe des pommes\"\n");
    free(out);
    out = run("axb explain names.csv --pair 1,3 --on name --normalize punct -q --json | "
              "grep -o '\"compared_as[^]]*]' | head -1",
              0);
    assert_string_equal(out, "\"compared_as\":\"Moss Ben\",\"steps\":[{\"rule\":\"punct\","
                             "\"value\":\"Moss Ben\"}]\n");
    free(out);
    out = run("axb explain names.csv --pair 1,3 --on name --normalize punct -q | grep b.name", 0);
    assert_string_equal(out, "          b.name  \"+\" \u2192 punct \"\", missing\n"
                             "terms     0           jaro_winkler(a.name, b.name)\n"
                             "score     0           jaro_winkler(a.name, b.name)\n");
    free(out);
}

static void explain_by_id(void **state)
{
    (void)state;
    write_x_and_y();
    char *out = run("axb explain x.csv y.csv --pair k,2,8 --id id --on name", 0);
    assert_string_equal(out, "A         x.csv, row 2, id \"k,2\"\n"
                             "B         y.csv, row 2, id \"8\"\n"
                             "compared  a.name  \"bert\"\n"
                             "          b.name  \"b\\x1b[1m\\\"rt\"\n"
                             "terms     0.458333    jaro_winkler(a.name, b.name)\n"
                             "score     0.458333    jaro_winkler(a.name, b.name)\n"
                             "match     with --min 0.4583333333333333 or less\n");
    free(out);
}

/* With one file the lower row is A, as in dedupe. A scorer is called in a worker. */
static void explain_one_file_and_scorers(void **state)
{
    (void)state;
    static const char *const source = "#include <axb.h>\nAXB_WHERE(\"a.city == b.city\");\n"
                                      "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                      "{\n    return a->name.n - b->name.n / 100.0;\n}\n";
    write_text("s.csv", "name,city\nann,Rome\nbertha,Rome\nc,Oslo\n");
    write_text("s.c", source);
    char *out = run("axb explain s.csv --pair 2,1 --score s.c --min 2", 0);
    assert_non_null(strstr(out, "A         s.csv, row 1\nB         s.csv, row 2\n"));
    assert_non_null(strstr(out, "score     2.94        s.c\n"));
    assert_non_null(strstr(out, "match     yes: 2.94 >= 2, the highest --min at which it matches"));
    free(out);
    out = run("axb explain s.csv --pair 2,3 --score s.c", 0);
    assert_non_null(strstr(out, "score     5.99        s.c\n"));
    assert_non_null(strstr(out, "match     no: where is false"));
    free(out);
}

static int set_up(void **state)
{
    (void)state;
    srand(11);
    bool ok = mkdtemp(directory) && chdir(directory) == 0;
    if (ok)
        write_small_tables();
    return !ok;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_of_every_stage),  cmocka_unit_test(terms_without_value),
        cmocka_unit_test(terms_of_nested_joins), cmocka_unit_test(explain_agrees_with_match),
        cmocka_unit_test(explain_in_full),       cmocka_unit_test(explain_normalized),
        cmocka_unit_test(explain_by_id),         cmocka_unit_test(explain_one_file_and_scorers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
