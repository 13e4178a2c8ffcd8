/* What people see at the command line: exit statuses, messages, help, and the output for odd but
 * right inputs. The shell runs each command, as a person would type it, in a directory of its
 * own. After a failure nothing may be left there or in /dev/shm, and an output file that existed
 * before must be as it was. Whether the pairs are the right ones is the subject of
 * test_program_metrics.c. */
#include "core/err.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD "what was here before\n"
#define MAX_SAYS 4
#define HELP_COLUMNS 100

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

static int set_up(void **state)
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
    setenv("ASAN_OPTIONS", "handle_segv=0", 0); /* a crash must stay a crash */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

/* ---- Running ---------------------------------------------------------------------------------*/

static int run(const char *command, char **out, char **err)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_run(argv, out, err);
}

static void expect_messages(const char *command, const char *err, const char *const *says)
{
    for (size_t i = 0; i < MAX_SAYS && says[i]; i++)
        if (!strstr(err, says[i])) {
            fprintf(stderr, "%s\ndoes not say \"%s\" but\n%s", command, says[i], err);
            fail();
        }
}

/* A command that must fail. If it names no output it gets -o good.csv. */
struct bad {
    enum err_status status;
    const char *command;
    const char *says[MAX_SAYS];
};

static void expect_bad(const struct bad *b)
{
    char command[400], *out, *err;
    size_t n, names = harness_left_names(".", "");
    bool runs = strstr(b->command, "axb match") || strstr(b->command, "axb dedupe");
    bool placed = strstr(b->command, " -o ") || strchr(b->command, '>');
    snprintf(command, sizeof command, "%s%s", b->command, runs && !placed ? " -o good.csv" : "");
    int status = run(command, &out, &err);
    if (status != (int)b->status || out[0] || strncmp(err, "axb: ", 5) != 0) {
        fprintf(stderr, "%s\nstatus %d for %d, writes\n%s\nand says\n%s", command, status,
                (int)b->status, out, err);
        fail();
    }
    expect_messages(command, err, b->says);
    assert_int_equal(harness_left_names(".", ""), names);
    assert_int_equal(harness_left_shm(), 0);
    char *good = harness_read("good.csv", &n);
    assert_string_equal(good, GOOD);
    free(good);
    free(out);
    free(err);
}

#define EXPECT_ALL_BAD(cases)                                                                      \
    for (size_t i_ = 0; i_ < sizeof(cases) / sizeof *(cases); i_++)                                \
    expect_bad(&(cases)[i_])

/* A command that must succeed and write exactly this. */
static void expect_output(const char *command, const char *expected)
{
    char *out, *err;
    int status = run(command, &out, &err);
    if (status != 0 || strcmp(out, expected) != 0) {
        fprintf(stderr, "%s\nstatus %d, writes\n%s\nfor\n%s\nand says\n%s", command, status, out,
                expected, err);
        fail();
    }
    free(out);
    free(err);
}

/* ---- Bad inputs ------------------------------------------------------------------------------*/

static void test_bad_contents(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {ERR_DATA,
         "axb match long.csv B.csv --on name --min 0.9",
         {"axb: long.csv:3: record 2 has 3 fields, where the header has 2", "-d", "--lenient"}},
        {ERR_DATA,
         "axb match A.csv short.csv --on name --min 0.9",
         {"axb: short.csv:3: record 2 has 1 field, where the header has 2", "-d", "--lenient"}},
        {ERR_DATA,
         "axb dedupe blank.csv --on name --min 0.9",
         {"axb: blank.csv:3: a blank line", "--lenient"}},
        {ERR_DATA,
         "axb match stray.csv B.csv --on name --min 0.9",
         {"axb: stray.csv:2: record 1, column 2 (name), byte 5", "quote", "--lenient"}},
        {ERR_DATA,
         "axb match after.csv B.csv --on name --min 0.9",
         {"axb: after.csv:2: record 1, column 2 (name), byte 7", "closing quote", "--lenient"}},
        {ERR_DATA,
         "axb match unclosed.csv B.csv --on name --min 0.9",
         {"axb: unclosed.csv:2: record 1, column 2 (name), byte 3", "never closed", "close it"}},
        {ERR_DATA,
         "axb match latin.csv B.csv --on name --min 0.9",
         {"axb: latin.csv:2: record 1, column 2 (name), byte 5", "0xFF is not valid UTF-8",
          "--encoding latin1"}},
        {ERR_DATA,
         "axb match zero.csv B.csv --on name --min 0.9",
         {"axb: zero.csv:2: record 1, column 2 (name), byte 5", "a zero byte", "iconv"}},
        {ERR_DATA,
         "axb match utf16.csv B.csv --on name --min 0.9",
         {"axb: utf16.csv:1: this is UTF-16", "iconv -f UTF-16"}},
        {ERR_DATA,
         "axb match A.csv empty.csv --on name --min 0.9",
         {"axb: empty.csv: is empty", "header"}},
        {ERR_DATA, "axb dedupe - --on name --min 0.9 </dev/null -o good.csv", {"stdin: is empty"}},
    };
    EXPECT_ALL_BAD(cases);
}

static void test_bad_columns(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {ERR_USAGE,
         "axb match A.csv B.csv --on nmae --min 0.9",
         {"axb: A.csv: there is no column \"nmae\"; there are name,", "number from 1"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name=town --min 0.9",
         {"axb: B.csv: there is no column \"town\"", "city"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --id nr --min 0.9",
         {"axb: A.csv: there is no column \"nr\""}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --keep b.ciyt --min 0.9",
         {"axb: B.csv: there is no column \"ciyt\"; there are city,"}},
        {ERR_USAGE,
         "axb match twice.csv B.csv --on name --min 0.9",
         {"axb: twice.csv: two columns are called \"name\": 2 and 3", "number of the column"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on 4 --min 0.9",
         {"axb: A.csv: there is no column \"4\"; there are", "name"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on 0 --min 0.9",
         {"axb: A.csv: there is no column \"0\""}},
        {ERR_USAGE,
         "axb match semicolons.csv B.csv --on name --min 0.9",
         {"axb: semicolons.csv: there is no column \"name\"; there is id;name", "delimiter", "-d"}},
    };
    EXPECT_ALL_BAD(cases);
}

static const struct bad bad_files[] = {
    {ERR_NOINPUT,
     "axb match folder B.csv --on name --min 0.9",
     {"axb: folder: is a directory", "name a CSV file in it"}},
    {ERR_NOINPUT,
     "axb match A.csv nowhere.csv --on name --min 0.9",
     {"axb: nowhere.csv: cannot be opened: No such file", "is the path right?"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 -o /dev/full",
     {"axb: /dev/full cannot be written: No space left"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 >/dev/full",
     {"axb: stdout cannot be written"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 --count -q >/dev/full",
     {"axb: stdout cannot be written"}},
    {ERR_IO, "axb match --help >/dev/full", {"axb: stdout cannot be written"}},
    {ERR_IO, "axb metrics >/dev/full", {"axb: stdout cannot be written: No space left"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 >&-",
     {"axb: stdout cannot be written: Bad file descriptor"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 --stats nowhere/stats.json",
     {"axb: nowhere/stats.json cannot be written: No such file", "mkdir -p"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 -o ''",
     {"the name of a file to write is empty"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 -o A.csv",
     {"axb: --output: A.csv is a file that is read", "another file"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 --stats folder/../B.csv",
     {"axb: --stats: folder/../B.csv is a file that is read"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score crash.c --min 0.9 -o crash.c",
     {"axb: --output: crash.c is a file that is read"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 -o new.csv --stats new.csv",
     {"axb: --output and --stats are the same file, new.csv", "two files"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score nan.c --min 0.9 -o good.csv --on-crash skip "
     "--rejects ./good.csv",
     {"axb: --output and --rejects are the same file, good.csv"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 -o nowhere/pairs.csv",
     {"axb: nowhere/pairs.csv cannot be written: No such file", "mkdir -p"}},
    {ERR_IO,
     "axb match A.csv B.csv --on name --min 0.9 -o folder",
     {"axb: folder is a directory", "name a file in it"}},
};

static void test_bad_files(void **state)
{
    (void)state;
    EXPECT_ALL_BAD(bad_files);
    assert_int_equal(harness_left_names("folder", ""), 0);
}

static const struct bad bad_usage[] = {
    {ERR_USAGE, "axb", {"usage: axb VERB", "axb --help"}},
    {ERR_USAGE, "axb mtach A.csv B.csv", {"no verb \"mtach\"; there are match,", "--help"}},
    {ERR_USAGE, "axb help dedup", {"no verb \"dedup\"; there are dedupe,"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --outptu x --min 0.9",
     {"axb match has no option --outptu", "nearest: output,", "axb match --help"}},
    {ERR_USAGE, "axb match A.csv B.csv -z", {"axb match has no option -z", "axb match --help"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 --on city",
     {"axb: --on is given twice", "the column to compare"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score 'jaro(name) and equal(city)' --min 0.9",
     {"an operator is expected here, or the end", "\"and\" is written &&"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score '(jaro(name) | equal(city))' --min 0.9",
     {"an operator or \")\" is expected here", "\"or\" is written ||"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score 'jaro(name, city)' --min 0.9",
     {"a number is expected here", "levenshtein(a.name, b.title)"}},
    {ERR_USAGE, "axb metrics x", {"\"x\" is one argument too many\nusage: axb metrics\n"}},
    {ERR_USAGE, "axb metrics --on name", {"axb metrics has no option --on"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --metric jaro_winkel --min 0.9",
     {"no metric \"jaro_winkel\"", "nearest: jaro_winkler,", "axb metrics"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score 'levenstein(name)' --min 0.9",
     {"no metric \"levenstein\"", "nearest: levenshtein,"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score 'jaro(a.name' --min 0.9",
     {"jaro(a.name\n             ^", "a comma and the column of the other side"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score 'jaro(name)' --metric indel --min 0.9",
     {"--metric goes with --on", "--score"}},
    {ERR_USAGE, "axb match A.csv B.csv --min 0.9", {"--on COLUMN or --score is missing"}},
    {ERR_USAGE, "axb match A.csv B.csv --on name", {"--min is missing", "--min 0.9"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min abc",
     {"--min: \"abc\" is not a value for T", "at least T"}},
    {ERR_USAGE, "axb match A.csv B.csv --on name --min ''", {"--min: \"\""}},
    {ERR_USAGE, "axb match A.csv B.csv --on name --min nan", {"--min: \"nan\""}},
    {ERR_USAGE, "axb match A.csv B.csv -o good.csv --on name --min", {"--min needs T"}},
    {ERR_USAGE, "axb match - - --on name --min 0.9", {"only one side can be stdin", "as a file"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --score crash.c --min 0 --output-terms",
     {"crash.c is a function of its own, not an expression with terms"}},
    {ERR_USAGE, "axb explain A.csv B.csv --on name", {"--pair is missing", "--pair 17,4"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --pair 1",
     {"\"1\" does not name two records", "--pair 17,4"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --pair 0,1",
     {"A.csv has no row 0, it has 4", "counted from 1"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --pair 1,5",
     {"B.csv has no row 5, it has 4", "counted from 1"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --pair 1,9999999999999999999",
     {"\"9999999999999999999\" is not the number of a row"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --pair anna,1",
     {"\"anna\" is not the number of a row", "--id COLUMN"}},
    {ERR_USAGE,
     "axb explain A.csv B.csv --on name --id id --pair 1,1",
     {"B.csv has no record with the id \"1\"", "--id"}},
    {ERR_USAGE,
     "axb explain twice.csv B.csv --on id --id id --pair 1,",
     {"B.csv has no record with the id \"\""}},
    {ERR_USAGE, "axb explain A.csv --on name --pair 2,2", {"not with itself"}},
    {ERR_USAGE, "axb eval - -", {"only one side can be stdin", "as a file"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 --count -o good.csv",
     {"--count prints a number and writes no pairs to --output", "leave one"}},
    {ERR_USAGE,
     "axb match A.csv --on name --min 0.9",
     {"an argument is missing", "usage: axb match A.csv B.csv"}},
    {ERR_USAGE,
     "axb dedupe A.csv B.csv --on name --min 0.9",
     {"\"B.csv\" is one argument too many", "usage: axb dedupe A.csv"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 --format xml",
     {"--format: there is no \"xml\"; there are csv, jsonl"}},
    {ERR_USAGE, "axb match A.csv B.csv --on name --min 0.9 -d ab", {"--delimiter: \"ab\""}},
    {ERR_USAGE, "axb match A.csv B.csv --on name --min 0.9 -j 0", {"--workers: \"0\""}},
    {ERR_USAGE, "axb match A.csv B.csv --on name --min 0.9 --quiet=1", {"takes no value"}},
    {ERR_USAGE,
     "axb match A.csv B.csv --on name --min 0.9 --encoding ascii85",
     {"\"ascii85\"", "latin1"}},
    {ERR_STOPPED,
     "axb match A.csv B.csv --on name --min 0 --max-results 15",
     {"more than 15 pairs match", "raise --min, or raise --max-results"}},
};

static void test_bad_usage(void **state)
{
    (void)state;
    EXPECT_ALL_BAD(bad_usage);
}

/* ---- Bad scorers -----------------------------------------------------------------------------*/

static void test_bad_scorers(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {ERR_SCORER,
         "axb explain A.csv B.csv --score crash.c --pair 2,4",
         {"crash.c: the scorer was killed by SIGSEGV on row 2 of A and row 4 of B"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score not_c.c --min 0.9",
         {"not_c.c:4:", "return axb_jaro(a->nmae, b->name);", "nmae", "does not compile"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score no_score.c --min 0.9",
         {"no_score.c has no function called `score`", "double score(const axb_row_a *a"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score crash.c --min 0.9",
         {"crash.c: the scorer was killed by SIGSEGV on row 2 of A and row 4 of B", "\"Oslo\"",
          "\"10\"", "axb explain A.csv B.csv --score crash.c --pair 2,4"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --score tabs.tsv --min 0.9",
         {"--score: tabs.tsv is neither an expression nor a .c or .so file", "compiled to a .so"}},
        {ERR_NOINPUT,
         "axb match A.csv B.csv --score nowhere.c --min 0.9",
         {"nowhere.c: No such file", "path of a .c or .so file"}},
    };
    EXPECT_ALL_BAD(cases);
}

static void test_no_number(void **state)
{
    (void)state;
    expect_output("axb match A.csv B.csv --score nan.c --min -inf -q",
                  "a,b,score\n1,1,1\n1,2,1\n1,3,1\n2,1,1\n2,2,1\n2,3,1\n4,1,1\n4,2,1\n4,3,1\n");
}

/* ---- Odd but right inputs --------------------------------------------------------------------*/

#define EQUAL " --on name --metric equal --min 1 -q"

static void test_right_inputs(void **state)
{
    (void)state;
    expect_output("axb match header.csv B.csv --keep name" EQUAL, "a,b,score,a.name,b.name\n");
    expect_output("axb dedupe header.csv --count" EQUAL, "0\n");
    expect_output("axb dedupe header.csv --on name --min 1 2>&1 | grep -o '.* match'",
                  "axb: 0 of 0 pairs match\n");
    expect_output("axb dedupe A.csv --min 1 -j 2 --on name --min 0 --count -q -j 3", "6\n");
    expect_output("axb match A.csv B.csv" EQUAL " 2>&- <&-", "a,b,score\n1,1,1\n4,4,1\n");
    expect_output("axb match crlf.csv A.csv --keep a.name" EQUAL,
                  "a,b,score,a.name\n1,1,1,anna\n2,2,1,bert\n");
    expect_output("axb match mark.csv A.csv --keep a.id" EQUAL, "a,b,score,a.id\n1,1,1,1\n");
    expect_output(
        "axb match A.csv B.csv --on name --where 'a.city != b.city' --min 0.9 --audit 4 -q",
        "a,b,score\n");
    expect_output("axb match no_end.csv A.csv" EQUAL, "a,b,score\n1,1,1\n2,2,1\n");
    expect_output("axb match tabs.tsv tabs.tsv --keep a.name" EQUAL,
                  "a,b,score,a.name\n1,1,1,anna\n2,2,1,\"bert, x\"\n");
    expect_output("axb match semicolons.csv semicolons.csv -d ';' --keep a.name" EQUAL,
                  "a,b,score,a.name\n1,1,1,anna\n2,2,1,\"bert, x\"\n");
    expect_output("axb match bare.csv bare.csv --no-header --on 2 --metric equal --min 1 --keep 2",
                  "a,b,score,a.2,b.2\n1,1,1,anna,anna\n2,2,1,bert,bert\n");
    expect_output("axb match twice.csv A.csv --on 3=2 --metric equal --min 1",
                  "a,b,score\n1,2,1\n");
    expect_output("axb match - B.csv" EQUAL " <A.csv", "a,b,score\n1,1,1\n4,4,1\n");
    expect_output("axb match A.csv -" EQUAL " <B.csv", "a,b,score\n1,1,1\n4,4,1\n");
    expect_output("cat A.csv | axb dedupe - --count --on city --metric equal --min 0 -q", "6\n");
}

/* A missing value scores 0 with everything. "" is a text, and equals "". */
static void test_missing(void **state)
{
    (void)state;
    expect_output("axb match A.csv B.csv --on name --metric equal --min 0 --id id --keep name -q",
                  "a,b,score,a.name,b.name\n"
                  "1,7,1,anna,anna\n1,8,0,anna,bart\n1,9,0,anna,\n1,10,0,anna,\"\"\n"
                  "2,7,0,bert,anna\n2,8,0,bert,bart\n2,9,0,bert,\n2,10,0,bert,\"\"\n"
                  "3,7,0,,anna\n3,8,0,,bart\n3,9,0,,\n3,10,0,,\"\"\n"
                  "4,7,0,\"\",anna\n4,8,0,\"\",bart\n4,9,0,\"\",\n4,10,1,\"\",\"\"\n");
    expect_output("axb match A.csv B.csv --id name=city" EQUAL,
                  "a,b,score\nanna,Rome,1\n\"\",Kiel,1\n");
    expect_output("axb match A.csv B.csv --id name --on city --metric equal --min 1 -q",
                  "a,b,score\nanna,anna,1\nbert,bart,1\n,,1\n\"\",\"\",1\n");
}

/* ---- Output ----------------------------------------------------------------------------------*/

static void test_quotes_round_trip(void **state)
{
    static const char *const names[] = {"a \"x\", y\nz", "p\rq", "\ttab\\"};
    char *out;
    json_error_t why;
    (void)state;
    expect_output("axb match quotes.csv quotes.csv --on id --metric equal --min 1 --keep a.name -q",
                  "a,b,score,a.name\n1,1,1,\"a \"\"x\"\", y\nz\"\n2,2,1,\"p\rq\"\n3,3,1,\ttab\\\n");
    assert_int_equal(run("axb match quotes.csv quotes.csv --on id --metric equal --min 1 --id id "
                         "--keep a.name -q -o kept.csv && axb match kept.csv kept.csv --on a.name "
                         "--metric equal --min 1 --keep a.a.name --format jsonl -q && rm kept.csv",
                         &out, NULL),
                     0);
    char *line = out;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *pair = json_loads(line, JSON_DISABLE_EOF_CHECK, &why);
        assert_non_null(pair);
        assert_string_equal(json_string_value(json_object_get(pair, "a.a.name")), names[i]);
        json_decref(pair);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    free(out);
}

/* Each line is one JSON value. Missing values are null; infinite scores are still JSON. */
static void test_jsonl(void **state)
{
    char *out;
    size_t n = 0;
    (void)state;
    assert_int_equal(run("axb match A.csv B.csv --score infinite.c --min 0 --keep name -q "
                         "--format jsonl",
                         &out, NULL),
                     0);
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"), n++) {
        json_error_t why;
        json_t *pair = json_loads(line, 0, &why), *name = json_object_get(pair, "a.name");
        if (!pair)
            fail_msg("%s in %s", why.text, line);
        assert_true(n / 4 == 2 ? json_is_null(name) : json_is_string(name));
        assert_true(json_is_string(json_object_get(pair, "b")));
        json_decref(pair);
    }
    assert_int_equal(n, 16);
    free(out);
}

static void test_dedupe_order(void **state)
{
    char *out, *expected = NULL;
    size_t n;
    (void)state;
    FILE *f = fopen("many.csv", "w"), *e = open_memstream(&expected, &n);
    fputs("name\n", f);
    fputs("a,b,score\n", e);
    for (int i = 1; i <= 60; i++) {
        fprintf(f, "name %c\n", "abc"[i % 3]);
        for (int j = i + 1; j <= 60; j++)
            if (i % 3 == j % 3)
                fprintf(e, "%d,%d,1\n", i, j);
    }
    fclose(f);
    fclose(e);
    expect_output("axb dedupe many.csv -j3" EQUAL, expected);
    expect_output("axb dedupe many.csv -j1 --no-prune" EQUAL, expected);
    expect_output("axb dedupe many.csv --count" EQUAL, "570\n");
    assert_int_equal(run("axb dedupe many.csv -q --on name --min 0 | wc -l", &out, NULL), 0);
    assert_int_equal(atoi(out), 60 * 59 / 2 + 1);
    free(expected);
    free(out);
}

static void test_count(void **state)
{
    static const char *const scores[] = {"--on name --min 0", "--on name --min 0.5",
                                         "--on city --metric indel --min 0.3",
                                         "--score nan.c --min 0"};
    (void)state;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        char command[200], *pairs, *count;
        snprintf(command, sizeof command, "axb match A.csv B.csv %s -q | wc -l", scores[i]);
        assert_int_equal(run(command, &pairs, NULL), 0);
        snprintf(command, sizeof command, "axb match A.csv B.csv %s -q --count", scores[i]);
        assert_int_equal(run(command, &count, NULL), 0);
        assert_true(atoi(count) > 0);
        assert_int_equal(atoi(count), atoi(pairs) - 1);
        free(pairs);
        free(count);
    }
}

/* Many rows with one name. The rows of B are listed once for all rows of A, in several pieces if
 * they are very many; dedupe writes the end of the list. */
static void test_many_alike(void **state)
{
    (void)state;
    expect_output(
        "for n in 3 400 40000; do seq 1 $n | sed 's/$/,anna/' >$n.csv; done; "
        "axb match 3.csv 40000.csv --no-header --on 2 --keep a.2,b.1 --min 1 -j 1 -q >got.csv; "
        "awk 'BEGIN { print \"a,b,score,a.2,b.1\"; for (a = 1; a <= 3; a++) "
        "for (b = 1; b <= 40000; b++) print a \",\" b \",1,anna,\" b }' | cmp - got.csv "
        "&& axb dedupe 400.csv --no-header --on 2 --min 1 -q >got.csv; "
        "awk 'BEGIN { print \"a,b,score\"; for (a = 1; a <= 400; a++) "
        "for (b = a + 1; b <= 400; b++) print a \",\" b \",1\" }' | cmp - got.csv "
        "&& echo same; rm got.csv 3.csv 400.csv 40000.csv",
        "same\n");
}

/* A good run replaces the file. */
static void test_file_is_replaced(void **state)
{
    char *out, *err;
    size_t n;
    (void)state;
    assert_int_equal(run("echo old >new.csv; axb match A.csv B.csv -o new.csv" EQUAL, &out, &err),
                     0);
    assert_string_equal(out, "");
    assert_string_equal(err, "");
    char *written = harness_read("new.csv", &n);
    assert_string_equal(written, "a,b,score\n1,1,1\n4,4,1\n");
    free(out);
    free(err);
    free(written);
}

/* The target of a symbolic link is replaced, not the link. stdout is written, not replaced, under
 * any name. */
static void test_links(void **state)
{
    (void)state;
    static const char lines[] = "a,b,score\n1,1,1\n4,4,1\n";
    expect_output("echo old >target.csv; ln -s target.csv link.csv; "
                  "axb match A.csv B.csv -o link.csv" EQUAL "; readlink link.csv; cat target.csv",
                  "target.csv\na,b,score\n1,1,1\n4,4,1\n");
    expect_output("axb match A.csv B.csv -o link.csv --resume journal" EQUAL
                  "; readlink link.csv; cat target.csv; ls *.partial journal 2>/dev/null || true",
                  "target.csv\na,b,score\n1,1,1\n4,4,1\n");
    expect_output("ln -s /proc/self/fd/1 out; axb match A.csv B.csv -o out" EQUAL " | cat", lines);
    expect_output("axb match A.csv B.csv -o out" EQUAL " >target.csv; readlink out; cat target.csv",
                  "/proc/self/fd/1\na,b,score\n1,1,1\n4,4,1\n");
    expect_output("ln -s nowhere.csv to_be.csv; axb match A.csv B.csv -o to_be.csv" EQUAL
                  "; cat to_be.csv",
                  lines);
    expect_output("rm -f target.csv link.csv out to_be.csv", "");
}

/* If the threshold is above every possible score, nothing is compared, and this is said. */
static void test_nothing_can_match(void **state)
{
    (void)state;
    static const char *const scores[] = {
        "--on name --min 90",
        "--on name --metric levenshtein_normalized_distance --min 1.1",
        "--score '0.5 * jaro(name) + 0.4 * equal(city)' --min 0.95",
    };
    static const char *const says[MAX_SAYS] = {"axb: no pair can match", "axb metrics"};
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        char command[200], *out, *err;
        snprintf(command, sizeof command, "axb match A.csv B.csv %s --audit 4", scores[i]);
        assert_int_equal(run(command, &out, &err), 0);
        assert_string_equal(out, "a,b,score\n");
        expect_messages(command, err, says);
        free(out);
        free(err);
        snprintf(command, sizeof command, "axb match A.csv B.csv %s --plan 2>&1 | grep ^nothing",
                 scores[i]);
        expect_output(command, "nothing   no pair can match\n");
        snprintf(command, sizeof command, "axb match A.csv B.csv %s --count -q --no-prune",
                 scores[i]);
        expect_output(command, "0\n");
    }
}

static void expect_reader_gone(const char *before, const char *status, const char *says)
{
    char command[400], expected[64], *out, *err;
    snprintf(command, sizeof command,
             "seq 1 1500 | sed 's/$/,anna/' >same.csv; %s { axb match same.csv same.csv "
             "--no-header --on 2 --min 0.9 -q; echo $? >status; } | head -1; cat status; "
             "rm status same.csv",
             before);
    snprintf(expected, sizeof expected, "a,b,score\n%s\n", status);
    run(command, &out, &err);
    assert_string_equal(out, expected);
    assert_string_equal(err, says);
    free(out);
    free(err);
}

/* When its reader goes away the run ends as other filters do: by SIGPIPE, without a message. If our
 * parent has us ignore SIGPIPE, it ends with a message. */
static void test_reader_goes_away(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    expect_reader_gone("", "141", "");
    expect_reader_gone("trap '' PIPE;", "74",
                       "axb: stdout cannot be written: Broken pipe\n"
                       "its reader has closed it\n");
}

/* --max-results: so many lines and no more, even if values have line ends of their own. */
static void test_max_results(void **state)
{
    (void)state;
    expect_output("for n in 1 7 15; do axb match A.csv B.csv --on name --metric equal --min 0 "
                  "--max-results $n 2>words | wc -l; cat words; done; axb match A.csv B.csv --on "
                  "name --metric equal --min 0 --max-results 16 -q | wc -l; rm words",
                  "2\naxb: more than 1 pairs match (--max-results)\n"
                  "raise --min, or raise --max-results\n"
                  "8\naxb: more than 7 pairs match (--max-results)\n"
                  "raise --min, or raise --max-results\n"
                  "16\naxb: more than 15 pairs match (--max-results)\n"
                  "raise --min, or raise --max-results\n17\n");
    expect_output("axb match quotes.csv quotes.csv --on id --metric equal --min 1 --keep a.name -q "
                  "--max-results 1 2>/dev/null; echo $?",
                  "a,b,score,a.name\n1,1,1,\"a \"\"x\"\", y\nz\"\n75\n");
    expect_output("axb match A.csv B.csv --on city --metric equal --min 1 -q --max-results 3 -o "
                  "cut.csv 2>/dev/null; echo $?; ls cut.csv 2>/dev/null; axb match A.csv B.csv "
                  "--on city --metric equal --min 1 -q --max-results 4",
                  "75\na,b,score\n1,1,1\n2,2,1\n3,3,1\n4,4,1\n");
}

/* ---- --plan and --stats ----------------------------------------------------------------------*/

static void test_plan(void **state)
{
    char *out;
    (void)state;
    size_t names = harness_left_names(".", "");
    assert_int_equal(run("axb match A.csv B.csv --on name --min 0.9 --plan -o plan.csv "
                         "--stats plan.json",
                         &out, NULL),
                     0);
    assert_int_equal(harness_left_names(".", ""), names);
    assert_non_null(strstr(out, "A.csv: 4 records"));
    assert_non_null(strstr(out, "a.name: 3 distinct values"));
    assert_non_null(strstr(out, "jaro_winkler(a.name, b.name) >= 0.9"));
    assert_non_null(strstr(out, "lossless"));
    free(out);
    static const char *const metrics[] = {"jaccard", "levenshtein", "jaro", "soundex", "days"};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) { /* every pair, by some scan */
        char command[200];
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv --on name --metric %s --min 0.9 --no-prune --plan | "
                 "grep -c '^join .*scan: every pair'",
                 metrics[i]);
        expect_output(command, "1\n");
    }
}

/* Pairs by row numbers and a truth by ids have nothing in common; this is said. */
static void test_eval(void **state)
{
    (void)state;
    expect_output("axb match A.csv B.csv -o rows.csv" EQUAL
                  "; axb match A.csv B.csv -o ids.csv --id id" EQUAL
                  "; axb eval rows.csv ids.csv 2>&1 >/dev/null",
                  "axb: no pair is in both: does rows.csv name records as ids.csv does? "
                  "(axb match --id)\n");
    expect_output("axb eval ids.csv ids.csv 2>&1 | head -1; rm rows.csv ids.csv",
                  "2 pairs, 2 true, 2 in both:  precision 1.0000  recall 1.0000  F1 1.0000\n");
}

/* What check says of a scorer that needs every pair, and of those that skip some. */
static void test_check(void **state)
{
    static const struct {
        const char *score, *by;
    } cases[] = {
        {"nan.c", "no: every pair is scored"},
        {"where.c", "yes, by AXB_WHERE: axb match --plan shows how"},
        {"monotone.c", "yes, by AXB_MONOTONE: axb match --plan shows how"},
        {"both.c", "yes, by AXB_WHERE and AXB_MONOTONE: axb match --plan shows how"},
        {"'jaro(name)'", "yes, by its metrics: axb match --plan shows how"},
        {"'number(a.id) - number(b.id)'", "no: every pair is scored"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[200], expected[200];
        snprintf(command, sizeof command, "axb check %s A.csv B.csv | sed -n 's/^prunable  //p'",
                 cases[i].score);
        snprintf(expected, sizeof expected, "%s\n", cases[i].by);
        expect_output(command, expected);
    }
}

static void test_stats(void **state)
{
    static const char *const keys[] = {
        "version", "min",     "rows_a", "rows_b",           "pairs",   "matches", "join",
        "kernels", "workers", "slices", "workers_replaced", "seconds", "distinct"};
    json_error_t why;
    (void)state;
    assert_int_equal(
        run("axb match A.csv B.csv --on name --min 0.5 -q --stats stats.json", NULL, NULL), 0);
    json_t *stats = json_load_file("stats.json", 0, &why);
    assert_non_null(stats);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(stats, keys[i]))
            fail_msg("the statistics have no \"%s\"", keys[i]);
    assert_int_equal(json_integer_value(json_object_get(stats, "rows_a")), 4);
    assert_int_equal(json_integer_value(json_object_get(stats, "matches")), 4);
    assert_true(json_number_value(json_object_get(stats, "pairs")) == 16);
    assert_true(json_number_value(json_object_get(json_object_get(stats, "seconds"), "total")) > 0);
    const json_t *distinct = json_object_get(stats, "distinct");
    assert_true(json_integer_value(json_object_get(distinct, "pairs")) == 9);
    json_decref(stats);
    expect_output("axb match A.csv B.csv --on name --min 0.5 --stats nowhere/stats.json 2>&1; "
                  "echo $?",
                  "axb: nowhere/stats.json cannot be written: No such file or directory\n"
                  "make its directory first: mkdir -p\n74\n");
}

/* ---- Help ------------------------------------------------------------------------------------*/

/* Does "--name" occur as a whole option? */
static bool has_option(const char *text, const char *name)
{
    char wanted[64];
    size_t n = (size_t)snprintf(wanted, sizeof wanted, "--%s", name);
    for (const char *at = text; (at = strstr(at, wanted)); at += n)
        if (at[n] == ' ' || at[n] == '\n')
            return true;
    return false;
}

static size_t count_texts(const char *text, const char *wanted)
{
    size_t n = 0;
    for (; (text = strstr(text, wanted)); text += strlen(wanted))
        n++;
    return n;
}

static void check_lines(const char *verb, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n > HELP_COLUMNS || (n && text[n - 1] == ' '))
            fail_msg("help of %s: too wide, or ends in a space: %.*s", verb, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void test_verb_help(void **state)
{
    (void)state;
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char command[64], first[64], *text, *same;
        snprintf(command, sizeof command, "axb %s --help", (*c)->name);
        assert_int_equal(run(command, &text, NULL), 0);
        snprintf(command, sizeof command, "axb help %s", (*c)->name);
        assert_int_equal(run(command, &same, NULL), 0);
        assert_string_equal(text, same);
        snprintf(first, sizeof first, "  axb %s", (*c)->name);
        assert_int_equal(strncmp(text, first, strlen(first)), 0);
        check_lines((*c)->name, text);
        const char *options = strstr(text, "\nusage: ");
        assert_non_null(options);
        for (const struct opts_row *row = opts_rows; row->name; row++)
            if (opts_takes(*c, row))
                assert_true(has_option(options, row->name));
        free(text);
        free(same);
    }
}

static void test_program_help(void **state)
{
    char *text, *same;
    (void)state;
    assert_int_equal(run("axb --help", &text, NULL), 0);
    assert_int_equal(run("axb help", &same, NULL), 0);
    assert_string_equal(text, same);
    assert_non_null(strstr(text, "Examples\n  axb match A.csv B.csv"));
    check_lines("axb", text);
    for (const struct command *const *c = command_table.commands; *c; c++)
        assert_non_null(strstr(text, (*c)->what));
    free(text);
    free(same);
    expect_output("axb --version", "axb " AXB_VERSION "\n");
}

static void test_man(void **state)
{
    char *text;
    (void)state;
    assert_int_equal(run("axb help --man | sed 's/\\\\-/-/g'", &text, NULL), 0);
    size_t n_rows = 0;
    for (; opts_rows[n_rows].name; n_rows++)
        if (!has_option(text, opts_rows[n_rows].name))
            fail_msg("the man page has no --%s", opts_rows[n_rows].name);
    const char *options = strstr(text, ".SH OPTIONS"), *end = strstr(text, ".SH EXIT STATUS");
    assert_true(options && end);
    assert_int_equal(count_texts(options, "\n.TP\n") - count_texts(end, "\n.TP\n"), n_rows);
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char heading[64];
        snprintf(heading, sizeof heading, "\n.SS axb %s ", (*c)->name);
        assert_non_null(strstr(text, heading));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_contents),
        cmocka_unit_test(test_bad_columns),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_bad_usage),
        cmocka_unit_test(test_bad_scorers),
        cmocka_unit_test(test_no_number),
        cmocka_unit_test(test_right_inputs),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_quotes_round_trip),
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_dedupe_order),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_many_alike),
        cmocka_unit_test(test_file_is_replaced),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_nothing_can_match),
        cmocka_unit_test(test_reader_goes_away),
        cmocka_unit_test(test_max_results),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_eval),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_stats),
        cmocka_unit_test(test_verb_help),
        cmocka_unit_test(test_program_help),
        cmocka_unit_test(test_man),
    };
    return cmocka_run_group_tests_name("cli", tests, set_up, tear_down);
}
