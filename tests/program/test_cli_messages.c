/* What axb says of bad inputs, columns, files, usage and scorers, and with which exit status. */
#include "core/err.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

/* ---- Bad inputs ------------------------------------------------------------------------------*/

static void test_bad_contents(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
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
         "axb match latin.csv B.csv --on name --min 0.9 --a-encoding utf-8",
         {"axb: latin.csv:2: record 1, column 2 (name), byte 5", "0xFF is not valid UTF-8",
          "--encoding"}},
        {ERR_DATA,
         "axb match zero.csv B.csv --on name --min 0.9",
         {"axb: zero.csv:2: record 1, column 2 (name), byte 5", "a zero byte",
          "--encoding utf-16le"}},
        {ERR_USAGE,
         "axb match utf16.csv B.csv --on name --min 0.9",
         {"axb: --on: utf16.csv has no column \"name\"; it has id"}},
        {ERR_DATA,
         "axb match A.csv empty.csv --on name --min 0.9",
         {"axb: empty.csv: is empty", "header"}},
        {ERR_DATA, "axb dedupe - --on name --min 0.9 </dev/null -o good.csv", {"stdin: is empty"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_damaged_compression(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "gzip -nc A.csv | head -c -1 | axb match - B.csv --on name --min 0.9 -o good.csv",
         {"axb: stdin: cannot be decompressed: the file ends too early: the compressed data is "
          "truncated, in gzip member 1",
          "gzip -t"}},
        {ERR_DATA,
         "{ gzip -nc A.csv | head -c -8; printf 12345678; } | axb match B.csv - --on name --min 0 "
         "-o good.csv",
         {"axb: stdin: cannot be decompressed: gzip member 1 is damaged", "incorrect data check",
          "gzip -t"}},
        {ERR_DATA,
         "{ gzip -nc A.csv; cat B.csv; } | axb dedupe - --on name --min 0.9 -o good.csv",
         {"axb: stdin: cannot be decompressed: after gzip member 1 the file goes on with something "
          "else",
          "gzip -t"}},
        {ERR_DATA,
         "zstd -qc A.csv | head -c -1 | axb match - B.csv --on name --min 0.9 -o good.csv",
         {"axb: stdin: cannot be decompressed: the file ends too early", "zstd -t"}},
        {ERR_DATA,
         "xz -c A.csv | head -c -1 | axb match - B.csv --on name --min 0.9 -o good.csv",
         {"axb: stdin: cannot be decompressed: the file ends too early", "xz -t"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_members_of_gzip(void **state)
{
    (void)state;
    harness_shell_output("{ head -n 2 A.csv | gzip -c; tail -n +3 A.csv | gzip -c; } |"
                         " axb match - A.csv --on name --metric equal --min 1 -q >packed.out &&"
                         " axb match A.csv A.csv --on name --metric equal --min 1 -q |"
                         " cmp - packed.out && rm packed.out",
                         "");
}

static void test_bad_columns(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE,
         "axb match A.csv B.csv --on nmae --min 0.9",
         {"axb: --on: neither A.csv nor B.csv has a column \"nmae\"", "A.csv has name, id, city",
          "try: axb match A.csv B.csv --on name --min 0.9"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name=town --min 0.9",
         {"axb: --on: B.csv has no column \"town\"; it has", "city"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --id nr --min 0.9",
         {"axb: --id: neither A.csv nor B.csv has a column \"nr\""}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --keep b.ciyt --min 0.9",
         {"axb: --keep: B.csv has no column \"ciyt\"; it has city,",
          "try: axb match A.csv B.csv --on name --keep b.city --min 0.9"}},
        {ERR_USAGE,
         "axb match twice.csv B.csv --on name --min 0.9",
         {"axb: --on: twice.csv: two columns are called \"name\": 2 and 3",
          "number of the column"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on 4 --min 0.9",
         {"axb: --on: neither A.csv nor B.csv has a column \"4\"", "name"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on 0 --min 0.9",
         {"axb: --on: neither A.csv nor B.csv has a column \"0\""}},
        {ERR_USAGE,
         "axb match semicolons.csv B.csv --on name --min 0.9 --a-delimiter comma",
         {"axb: --on: semicolons.csv has no column \"name\"; it has id;name", "delimiter", "-d"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
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
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
    assert_int_equal(harness_left_names("folder", ""), 0);
}

static void test_bad_usage(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE,
         "axb mtach A.csv B.csv",
         {"no verb \"mtach\"", "did you mean match? verbs: match, dedupe, "}},
        {ERR_USAGE, "axb help dedup", {"no verb \"dedup\"", "did you mean dedupe?"}},
        {ERR_USAGE, "axb data", {"axb: data needs a subcommand: load, ls, rm"}},
        {ERR_USAGE,
         "axb data laod x",
         {"axb: data has no subcommand \"laod\"; it has load, ls, rm"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --outptu x --min 0.9",
         {"axb match has no option --outptu", "did you mean --output?", "axb match --help"}},
        {ERR_USAGE, "axb match A.csv B.csv -z", {"axb match has no option -z", "axb match -h"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --on city",
         {"axb: --on is given twice: name and city", "to compare several columns"}},
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
        {ERR_USAGE,
         "axb match A.csv B.csv --min 0.9",
         {"axb: --on is missing (or --score): it says which column to compare",
          "try: axb match A.csv B.csv --min 0.9 -o good.csv --on name"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name",
         {"--min is missing", "--min 0.9",
          "try: axb match A.csv B.csv --on name -o good.csv --min 0.9"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min abc",
         {"axb: --min needs a number such as 0.9, not \"abc\"", "at least T"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min ''",
         {"--min needs a number such as 0.9, not \"\""}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min nan",
         {"--min needs a number such as 0.9, not \"nan\""}},
        {ERR_USAGE,
         "axb match A.csv B.csv -o good.csv --on name --min",
         {"--min needs a number such as 0.9"}},
        {ERR_USAGE,
         "axb match - - --on name --min 0.9",
         {"only one side can be stdin", "as a file"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --score crash.c --min 0 --output-terms",
         {"crash.c is a function of its own, not an expression with terms"}},
        {ERR_USAGE, "axb explain A.csv B.csv --on name", {"axb: --pair is missing", "--pair 17,4"}},
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
         {"an argument is missing: B.csv", "usage: axb match A.csv B.csv"}},
        {ERR_USAGE,
         "axb dedupe A.csv B.csv --on name --min 0.9",
         {"\"B.csv\" is one argument too many", "usage: axb dedupe A.csv"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --format xml",
         {"--format: there is no \"xml\"; there are csv, tsv, jsonl, json, pairs, table"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 -d ab",
         {"--delimiter needs one character"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 -j 0",
         {"--workers needs a whole number from 1 to 65535, not \"0\""}},
        {ERR_USAGE, "axb match A.csv B.csv --on name --min 0.9 --quiet=1", {"takes no value"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --encoding ascii85",
         {"\"ascii85\"", "latin1"}},
        {ERR_STOPPED,
         "axb match A.csv B.csv --on name --min 0 --max-results 15",
         {"more than 15 pairs match", "raise --min, or raise --max-results"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- Bad scorers -----------------------------------------------------------------------------*/

static void test_bad_scorers(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
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
         {"--score: tabs.tsv is neither an expression nor a .c, .cpp, .so or .py file",
          "compiled to a .so"}},
        {ERR_NOINPUT,
         "axb match A.csv B.csv --score nowhere.c --min 0.9",
         {"nowhere.c: No such file", "path of a .c, .cpp, .so or .py file"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_contents),    cmocka_unit_test(test_damaged_compression),
        cmocka_unit_test(test_members_of_gzip), cmocka_unit_test(test_bad_columns),
        cmocka_unit_test(test_bad_files),       cmocka_unit_test(test_bad_usage),
        cmocka_unit_test(test_bad_scorers),
    };
    return cmocka_run_group_tests_name("cli_messages", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
