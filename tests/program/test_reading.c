/* Files as they come: each is read as itself, at the first try, or refused in words. What is tried
 * comes from reports of people who match files. */
#include "core/err.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS " --metric equal --min 1"
#define GOOD_OUT " -o good.csv"

static void write_text(const char *name, const char *text)
{
    harness_write(name, text, strlen(text));
}

#define WRITE(name, bytes) harness_write(name, bytes, sizeof(bytes) - 1)

/* A command that succeeds: what it writes, and one line of what it says ("": nothing at all). */
static void check(const char *command, const char *expected, const char *says)
{
    char *out, *err;
    const int status = harness_shell(command, &out, &err);
    harness_shell_drop_itself(err);
    const char *summary = strstr(err, " pairs match; ");
    const bool quiet = !err[0] || (summary && !memrchr(err, '\n', (size_t)(summary - err)));
    if (status != 0 || strcmp(out, expected) != 0 || !strstr(err, says) || (!says[0] && !quiet))
        fail_msg("%s\nstatus %d, writes\n%s\nand says\n%s", command, status, out, err);
    free(out);
    free(err);
}

/* ---- Delimiters and encodings ----------------------------------------------------------------*/

static void test_each_side_as_itself(void **state)
{
    (void)state;
    WRITE("crm.csv", "id;name\n1;J\xF6rg M\xFC\xDFig\n2;Zo\xEB, Ann\n");
    write_text("bill.csv", "nr,customer\n7,Jörg Müßig\n8,\"Zoë, Ann\"\n");
    check("axb match crm.csv bill.csv --on name=customer" PAIRS " --keep a.name",
          "a,b,score,a.name\n1,1,1,Jörg Müßig\n2,2,1,\"Zoë, Ann\"\n",
          "axb: crm.csv: read with semicolons, as windows-1252 (a guess; --a-encoding names "
          "another)\naxb: 2 of 4");
    check("axb match bill.csv crm.csv --on customer=name" PAIRS, "a,b,score\n1,1,1\n2,2,1\n",
          "axb: crm.csv: read with semicolons, as windows-1252 (a guess; --b-encoding names "
          "another)\naxb: 2 of 4");
    check("axb match crm.csv bill.csv --on name=customer" PAIRS
          " --a-encoding latin1 --a-delimiter semicolon",
          "a,b,score\n1,1,1\n2,2,1\n", "");
    check("axb match crm.csv bill.csv --on name=customer" PAIRS
          " --encoding utf-8 --a-encoding latin1 -d , --a-delimiter ';'",
          "a,b,score\n1,1,1\n2,2,1\n", "");
    check("axb match bill.csv bill.csv --on customer" PAIRS " --count", "2\n", "");
}

static void test_unicode_text(void **state)
{
    (void)state;
    write_text("text.tsv", "name\tcity\nJörg\tKöln\nŒuvre “Élan”\tSète\n");
    static const char *const names[] = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char command[400], says[100];
        snprintf(
            command, sizeof command,
            "iconv -f UTF-8 -t %s text.tsv >u.csv; { printf '\\357\\273\\277' | iconv -f UTF-8 "
            "-t %s; cat u.csv; } >m.csv; axb match u.csv m.csv --on name --keep a.city" PAIRS,
            names[i], names[i]);
        snprintf(says, sizeof says, "axb: m.csv: read with tabs, as %s\n", names[i]);
        check(command, "a,b,score,a.city\n1,1,1,Köln\n2,2,1,Sète\n", says);
    }
    check("axb match u.csv text.tsv --on name --a-encoding utf-32be" PAIRS " --count", "2\n",
          "axb: u.csv: read with tabs\n");
}

static void test_marks_and_separator_lines(void **state)
{
    (void)state;
    WRITE("bom_A.csv", "\xEF\xBB\xBFname,city\nOrla Venn,Brigg\nTamsin Holt,Wexley\n");
    WRITE("bom_B.csv", "\xEF\xBB\xBF\"name\",\"city\"\n\"Orla Ven\",\"Brigg\"\n"
                       "\"Tamsyn Holt\",\"Wexley\"\n");
    check("axb match bom_A.csv bom_B.csv --on name --min 0.9",
          "a,b,score\n1,1,0.9777777777777777\n2,2,0.9636363636363636\n", "");
    WRITE("excel.csv", "sep=;\r\nname;x\r\nOrla Venn;1,5\r\n");
    check("axb match excel.csv bom_A.csv --on name" PAIRS, "a,b,score\n1,1,1\n",
          "axb: excel.csv: read with semicolons\n");
    write_text("semi.csv", "\"ID\";\"Name\";\"Branche\"\n1;\"Wyler Garage AG\";\"Energie, Umwelt & "
                           "Mobilität\"\n2;\"Nord-Treuhand & Partner\";\"Beratung\"\n");
    check("axb match semi.csv semi.csv --on Name" PAIRS, "a,b,score\n1,1,1\n2,2,1\n",
          "axb: semi.csv: read with semicolons\n");
    WRITE("cr.csv", "id,name\r1,Ada Lind\r2,Ben Moss\r");
    check("axb match cr.csv cr.csv --on name" PAIRS, "a,b,score\n1,1,1\n2,2,1\n",
          "axb: cr.csv: read with CR as line end\n");
    check("axb match cr.csv cr.csv --on name --lenient" PAIRS, "a,b,score\n1,1,1\n2,2,1\n",
          "axb: cr.csv: read with CR as line end\n");
    write_text("one.csv", "name\nSmith, John\nDoe, Jane\n");
    check("axb match one.csv one.csv --on name" PAIRS " --count", "2\n",
          "axb: one.csv: read as one column, because its first line has no delimiter (others have; "
          "--skip 1 skips it)\n");
}

/* The byte that shows the encoding comes late: nothing is lost, and positions are right. */
static void test_late_byte(void **state)
{
    (void)state;
    const size_t rows = 400000;
    char *text = malloc(rows * 16 + 100), *at = text;
    assert_non_null(text);
    at += sprintf(at, "id,name\n");
    for (size_t i = 0; i < rows; i++)
        at += sprintf(at, "%zu,n%zu\n", i, i);
    at += sprintf(at, "x,J\xF6rg\n");
    harness_write("late.csv", text, (size_t)(at - text));
    at += sprintf(at, "y,J\xF6rg,z\n");
    harness_write("late_fault.csv", text, (size_t)(at - text));
    free(text);
    write_text("joerg.csv", "id,name\n1,Jörg\n");
    for (int lenient = 0; lenient < 2; lenient++) {
        char command[300];
        snprintf(command, sizeof command, "axb match late.csv joerg.csv --on name --keep a.id%s%s",
                 PAIRS, lenient ? " --lenient" : "");
        check(
            command, "a,b,score,a.id\n400001,1,1,x\n",
            "axb: late.csv: read as windows-1252 (a guess; --a-encoding names another)\naxb: 1 of "
            "400 k");
    }
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "axb match late_fault.csv joerg.csv --on name" PAIRS GOOD_OUT,
         {"late_fault.csv:400003: record 400002 has 3 fields"}},
        {ERR_DATA,
         "axb match late.csv joerg.csv --on name --encoding utf-8" PAIRS GOOD_OUT,
         {"late.csv:400002: record 400001, column 2 (name), byte 4 of the line: 0xF6 is not valid "
          "UTF-8"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_places_in_recoded_files(void **state)
{
    (void)state;
    WRITE("place.csv", "id,name\n\xE9\xE9,a\"b\n");
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "axb match place.csv place.csv --on name" PAIRS GOOD_OUT,
         {"place.csv:2: record 1, column 2 (name), character 5 of the line"}},
        {ERR_USAGE,
         "axb match A.csv A.csv --on name --b-encoding ebdic" PAIRS GOOD_OUT,
         {"no encoding is called \"ebdic\"", "iconv -l"}},
        {ERR_USAGE,
         "axb dedupe A.csv --on name --b-skip 1" PAIRS GOOD_OUT,
         {"--b-skip: there is one file only"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --a-delimitr x" PAIRS GOOD_OUT,
         {"--a-delimitr", "a-delimiter"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- Missing values, comments, escapes -------------------------------------------------------*/

static void test_nulls(void **state)
{
    (void)state;
    write_text("nulls.csv", "id,name\n1,\n2,\"\"\n3,NULL\n4,N/A\n5,\"  \"\n6,Ada\n7,nan\n");
    check("axb match nulls.csv nulls.csv --on name --null 'NULL,N/A,nan,,  ' --keep id" PAIRS,
          "a,b,score,a.id,b.id\n6,6,1,6,6\n", "");
    check("axb match nulls.csv nulls.csv --on name --a-null 'NULL,N/A,nan,,  ' --count" PAIRS,
          "1\n", "");
    check(
        "axb match nulls.csv nulls.csv --on name --null '' --count" PAIRS, "5\n",
        "axb: name: \"NULL\", \"nan\", \"N/A\" are compared as text, and match themselves; --null "
        "'NULL,nan,N/A' makes them missing\n");
    check("axb match nulls.csv nulls.csv --on name --count" PAIRS, "6\n",
          "axb: name: \"\", \"NULL\", \"nan\", \"N/A\" are compared as text");
    check("axb match nulls.csv nulls.csv --on id --null 6,NULL --keep name --id id --count" PAIRS,
          "6\n", "");
    check("axb data load axb-test-nulls nulls.csv --null NULL,nan -q && axb match @axb-test-nulls "
          "nulls.csv --on name --count" PAIRS "; axb data rm axb-test-nulls",
          "4\n", "axb: name: \"\", \"N/A\" are compared as text");
}

static void test_skip_comment_escape(void **state)
{
    (void)state;
    write_text("report.csv", "Report of 2024\n\nid;name\n# 1;x\n1;Ada\n#\n2;Ben\n");
    check("axb match report.csv A.csv --on name --a-skip 2 --a-comment '#' --keep a.id --min 0.1",
          "a,b,score,a.id\n1,1,0.5277777777777778,1\n2,1,0.5277777777777778,2\n"
          "2,2,0.5277777777777778,2\n",
          "axb: report.csv: read with semicolons\n");
    write_text("mysql.csv", "id,name\n1,\"Ann \\\"A\\\" Lee\"\n2,\\N\n3,a\\,b\n");
    check("axb match mysql.csv mysql.csv --on name --escape '\\' --keep a.name" PAIRS,
          "a,b,score,a.name\n1,1,1,\"Ann \"\"A\"\" Lee\"\n3,3,1,\"a,b\"\n", "");
    write_text("blanks.csv", "id, name\n1, \"b, c\"\n");
    check("axb match blanks.csv blanks.csv --on 2 --keep a.2" PAIRS,
          "a,b,score,a. name\n1,1,1,\"b, c\"\n", "");
}

/* ---- Mending ---------------------------------------------------------------------------------*/

static void test_unclosed_quotes(void **state)
{
    (void)state;
    write_text(
        "open.csv",
        "id,name,age\n1,\"Lind, Ada\",30\n2,\"Moss, Ben,25\n3,\"Carr\",35\n4,\"Dove\",\"45\n");
    check("axb dedupe open.csv --on name --min 0 --lenient --count -v", "6\n",
          "axb: mended: open.csv:3, 5\n");
    check(
        "axb match open.csv open.csv --on name --lenient --keep a.id,a.name,a.age --rejected-lines "
        "rej.csv --stats stats.json" PAIRS,
        "a,b,score,a.id,a.name,a.age\n1,1,1,1,\"Lind, Ada\",30\n2,2,1,2,\"Moss, Ben\",25\n"
        "3,3,1,3,Carr,35\n4,4,1,4,Dove,\"\"\"45\"\n",
        "axb: open.csv: 2 irregular records were mended (--lenient)\n");
    check("axb dedupe open.csv --on name --where 'jaro(name) > 2' --min 0.5 --lenient "
          "--rejected-lines rej.csv -q; cat rej.csv",
          "a,b,score\nfile,line,fault,text\n"
          "\"open.csv\",3,a quote that is not closed,\"2,\"\"Moss, Ben,25\"\n"
          "\"open.csv\",5,a quote that is not closed,\"4,\"\"Dove\"\",\"\"45\"\n",
          "");
    size_t n;
    char *stats = harness_read("stats.json", &n);
    assert_non_null(strstr(stats, "\"mended_a\""));
    free(stats);
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "axb match open.csv A.csv --on name" PAIRS GOOD_OUT,
         {"axb: open.csv:3: record 2, column 2 (name), byte 3 of the line: the quote that opens "
          "here is not closed; the next quote, in line 4, does not end a field",
          "--lenient"}},
        {ERR_DATA,
         "axb match semi.csv A.csv --on name --a-delimiter comma" PAIRS GOOD_OUT,
         {"text after the closing quote", "is ; the delimiter (-d ';')?"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_ragged_rows(void **state)
{
    (void)state;
    write_text("ragged.csv",
               "id,name,hist\n1,Ada Lind,23M\n2,Ben Moss,23M,22G,21P\n3,Cy Carr\n4,Di Dove,23M\n");
    check("axb match ragged.csv ragged.csv --on name --lenient --keep a.name -v --id id" PAIRS
          " 2>&1 >/dev/null | grep mended: | sort -u",
          "axb: mended: ragged.csv:3, 4\n", "");
    write_text("many.csv", "id,name,x\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n9,\n\n10,x,\n");
    check("axb dedupe many.csv --on name --min 0 --lenient -v 2>&1 >/dev/null | grep mended",
          "axb: many.csv: 10 irregular records were mended (--lenient)\n"
          "axb: mended: many.csv:2, 3, 4, 5, 6, 7, 8, 9, …\n",
          "");
    check("axb dedupe many.csv --on name --where 'jaro(name) > 2' --min 0.5 --lenient "
          "--rejected-lines r.csv -q >/dev/null; "
          "tail -n 2 r.csv",
          "\"many.csv\",10,too few fields,\"9,\"\n\"many.csv\",11,a blank line between "
          "records,\"\"\n",
          "");
    write_text("duphdr.csv", "id,name,name\n1,Ada,Lind\n2,Ben,Moss\n");
    check("axb match duphdr.csv duphdr.csv --on id --count" PAIRS, "2\n", "");
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "axb match ragged.csv ragged.csv --on name" PAIRS GOOD_OUT,
         {"ragged.csv:3: record 2 has 5 fields, where the header has 3", "--lenient"}},
        {ERR_USAGE,
         "axb match duphdr.csv duphdr.csv --on name" PAIRS GOOD_OUT,
         {"two columns are called \"name\": 2 and 3"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- Headers, other kinds of files -----------------------------------------------------------*/

static void test_headers(void **state)
{
    (void)state;
    write_text("data.csv", "1,anna\n2,bert\n3,anna\n");
    check("axb match data.csv data.csv --on 2 --count" PAIRS, "2\n",
          "axb: data.csv: the first record looks like data; --no-header reads it as such\n");
    check("axb match data.csv A.csv --on 2=name --a-no-header" PAIRS " --count", "3\n", "");
    check("axb match header.csv A.csv --on name" PAIRS, "a,b,score\n",
          "axb: header.csv: has a header but no records\n");
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "axb match empty.csv A.csv --on name" PAIRS GOOD_OUT,
         {"empty.csv: is empty", "the file needs at least a header line"}},
        {ERR_DATA,
         "axb match A.csv B.csv --on name --a-skip 9" PAIRS GOOD_OUT,
         {"A.csv: has fewer lines than --skip 9 skips"}},
        {ERR_DATA,
         "printf 'PAR1' | cat - A.csv >p.parquet; axb match p.parquet A.csv --on name" PAIRS
             GOOD_OUT "; s=$?; rm p.parquet; exit $s",
         {"p.parquet: this is a Parquet file, not CSV", "duckdb", "p.parquet",
          "| axb match - ..."}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- JSON lines ------------------------------------------------------------------------------*/

static void test_json_lines(void **state)
{
    (void)state;
    write_text("p.jsonl", "{\"id\": 1, \"name\": \"Ann \\u00e9\", \"x\": [1, {\"y\": \"}\"}]}\n\n"
                          "{\"name\": \"Bob \\\"B\\\"\", \"id\": 2.50, \"extra\": null}\n"
                          "{\"ok\":true , \"id\":\"3\",\"name\":null}\n");
#define JSON_PAIRS                                                                                 \
    "a,b,score,a.id,a.name,a.x,a.extra,a.ok\n"                                                     \
    "1,1,1,1,Ann é,\"[1, {\"\"y\"\": \"\"}\"\"}]\",,\n2,2,1,2.50,\"Bob "                          \
    "\"\"B\"\"\",,,\n3,3,1,3,,,,true\n"
#define JSON_KEEP " --on id --keep a.id,a.name,a.x,a.extra,a.ok" PAIRS
    check("axb match p.jsonl p.jsonl" JSON_KEEP, JSON_PAIRS, "");
    check("cat p.jsonl | axb match - p.jsonl" JSON_KEEP, JSON_PAIRS,
          "axb: stdin: read as JSON lines\n");
    check("gzip -kf p.jsonl; axb match p.jsonl.gz p.jsonl" JSON_KEEP, JSON_PAIRS, "");
    check("axb data load axb-test-json p.jsonl -q && axb match @axb-test-json p.jsonl" JSON_KEEP
          "; axb data rm axb-test-json",
          JSON_PAIRS, "");
    check("axb match p.jsonl p.jsonl --on name --null 'Ann é' --count" PAIRS, "1\n", "");
    write_text("pairs.jsonl", "{\"a\":1,\"b\":1,\"score\":0.9}\n{\"a\":2,\"b\":1,\"score\":0.8}\n");
    write_text("truth.csv", "a;b\n1;1\n2;2\n");
    check("axb eval pairs.jsonl truth.csv -q | head -n 1",
          "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n", "");
    static const struct harness_shell_failure cases[] = {
        {ERR_DATA,
         "printf '{\"a\":1}\\n{\"a\":tru}\\n' | axb dedupe - --on a" PAIRS GOOD_OUT,
         {"axb: stdin:2: byte 6 of the line: this is not a JSON value", "jq -c"}},
        {ERR_DATA,
         "printf '{\\n \"a\":1}\\n' | axb dedupe - --on a" PAIRS GOOD_OUT,
         {"axb: stdin:1: byte 2 of the line: the object does not end in this line", "jq -c"}},
        {ERR_DATA,
         "printf '[{\"a\":1}]\\n' | axb dedupe - --on a" PAIRS GOOD_OUT,
         {"stdin: this is a JSON array, not CSV", "jq -c '.[]' FILE | axb match - ..."}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

static void test_skippable_frame(void **state)
{
    (void)state;
    check("{ printf '\\120\\052\\115\\030\\004\\000\\000\\000abcd'; zstd -qc A.csv; } >s.csv; axb "
          "match "
          "s.csv A.csv --on name --count" PAIRS,
          "3\n", "axb: name: \"\" is compared as text");
}

/* The same answer from a file, a table, and shards, for all workers, with and without pruning. */
static void test_same_everywhere(void **state)
{
    (void)state;
    write_text("w.csv", "name;x\nanna;1\nNA;2\n\"be\"\"rt\";3\nNA;4\nanne;5\n");
    static const char *const ways[] = {"-j 1", "-j 2", "-j 7", "--no-prune",
                                       "--algorithm 'jaro scan'"};
    static const char expected[] = "a,b,score\n1,1,1\n1,5,0.8833333333333334\n3,3,1\n"
                                   "5,1,0.8833333333333334\n5,5,1\n";
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char command[300];
        snprintf(command, sizeof command, "axb match w.csv w.csv --on name --min 0.8 --null NA %s",
                 ways[i]);
        check(command, expected, "axb: w.csv: read with semicolons\n");
    }
    check("axb data load axb-test-w w.csv --null NA -q && axb match @axb-test-w @axb-test-w --on "
          "name "
          "--min 0.8; axb match @axb-test-w @axb-test-w --on name --min 0.8 --null NA -d ';' "
          "--count; "
          "axb data rm axb-test-w",
          "a,b,score\n1,1,1\n1,5,0.8833333333333334\n3,3,1\n5,1,0.8833333333333334\n5,5,1\n5\n",
          "pairs match");
    check(
        "axb data load axb-test-w w.csv -q && for rules in '' '--normalize casefold'; do axb match "
        "@axb-test-w @axb-test-w --on name --min 0.8 --null NA --keep a.name $rules; done; "
        "axb data rm axb-test-w",
        "a,b,score,a.name\n1,1,1,anna\n1,5,0.8833333333333334,anna\n3,3,1,\"be\"\"rt\"\n"
        "5,1,0.8833333333333334,anne\n5,5,1,anne\n"
        "a,b,score,a.name\n1,1,1,anna\n1,5,0.8833333333333334,anna\n3,3,1,\"be\"\"rt\"\n"
        "5,1,0.8833333333333334,anne\n5,5,1,anne\n",
        "pairs match");
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE,
         "axb data load axb-test-w w.csv --null anna -q; axb match @axb-test-w A.csv --on name "
         "--a-null NA" PAIRS GOOD_OUT "; s=$?; axb data rm axb-test-w; exit $s",
         {"@axb-test-w: --null, but it was loaded with other values"}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_side_as_itself),
        cmocka_unit_test(test_unicode_text),
        cmocka_unit_test(test_marks_and_separator_lines),
        cmocka_unit_test(test_late_byte),
        cmocka_unit_test(test_places_in_recoded_files),
        cmocka_unit_test(test_nulls),
        cmocka_unit_test(test_skip_comment_escape),
        cmocka_unit_test(test_unclosed_quotes),
        cmocka_unit_test(test_ragged_rows),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_skippable_frame),
        cmocka_unit_test(test_same_everywhere),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
