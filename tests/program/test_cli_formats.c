/* Formats of the output and the names of files: what each holds is read by Python, which knows
 * nothing of us. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATCH "axb match A.csv B.csv --on name --metric equal --min 1 -q "
#define QUOTES                                                                                     \
    "axb match quotes.csv quotes.csv --on id --metric equal --min 1 -q --id id --keep '*' "

/* ---- What files hold -------------------------------------------------------------------------*/

/* Reads out.SUFFIX as Python does, and prints the records as JSON. */
static const char reader[] =
    "import csv, gzip, io, json, subprocess, sys\n"
    "path = sys.argv[1]\n"
    "data = open(path, 'rb').read()\n"
    "if path.endswith('.gz'):\n"
    "    assert data[3:10] == b'\\0\\0\\0\\0\\0\\0\\3', data[:10]\n"
    "    data = gzip.decompress(data)\n"
    "if path.endswith('.zst'):\n"
    "    data = subprocess.run(['zstd', '-dcq', path], check=True, capture_output=True).stdout\n"
    "text = data.decode()\n"
    "kind = path.split('.')[1]\n"
    "if kind == 'json':\n"
    "    records = json.loads(text)\n"
    "elif kind in ('jsonl', 'ndjson'):\n"
    "    records = [json.loads(line) for line in text.splitlines()]\n"
    "else:\n"
    "    delimiter = '\\t' if kind == 'tsv' else ','\n"
    "    records = list(csv.DictReader(io.StringIO(text, newline=''), delimiter=delimiter))\n"
    "    for record in records:\n"
    "        record['score'] = json.loads(record['score'])\n"
    "print(json.dumps(records))\n";

static const char quotes_read[] =
    "[{\"a\": \"1\", \"b\": \"1\", \"score\": 1, \"a.id\": \"1\", \"a.name\": \"a \\\"x\\\", "
    "y\\nz\", \"b.id\": \"1\", \"b.name\": \"a \\\"x\\\", y\\nz\"}, "
    "{\"a\": \"2\", \"b\": \"2\", \"score\": 1, \"a.id\": \"2\", \"a.name\": \"p\\rq\", "
    "\"b.id\": \"2\", \"b.name\": \"p\\rq\"}, "
    "{\"a\": \"3\", \"b\": \"3\", \"score\": 1, \"a.id\": \"3\", \"a.name\": \"\\ttab\\\\\", "
    "\"b.id\": \"3\", \"b.name\": \"\\ttab\\\\\"}]\n";

static void test_every_suffix(void **state)
{
    static const char *const suffixes[] = {"csv", "tsv", "json", "jsonl", "ndjson"};
    static const char *const ends[] = {"", ".gz", ".zst"};
    (void)state;
    harness_write_text("read.py", reader);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            char command[400];
            snprintf(command, sizeof command,
                     QUOTES "-o out.%s%s && python3 read.py out.%s%s; rm out.%s%s", suffixes[i],
                     ends[k], suffixes[i], ends[k], suffixes[i], ends[k]);
            harness_shell_output(command, quotes_read);
        }
}

static void test_bytes(void **state)
{
    (void)state;
    harness_shell_output(MATCH "--keep name --format tsv",
                         "a\tb\tscore\ta.name\tb.name\n1\t1\t1\tanna\tanna\n4\t4\t1\t\"\"\t\"\"\n");
    harness_shell_output(
        MATCH "--format json",
        "[\n{\"a\":\"1\",\"b\":\"1\",\"score\":1}\n,{\"a\":\"4\",\"b\":\"4\",\"score\":1}\n]\n");
    harness_shell_output("axb match header.csv B.csv --on name --min 1 -q --format json", "[\n]\n");
    harness_shell_output(
        "axb match A.csv B.csv --on name --where 'jaro(name) > 2' --min 0.5 -q --format json",
        "[\n]\n");
    harness_shell_output(MATCH "-o x.csv --format jsonl && cat x.csv; rm x.csv",
                         "{\"a\":\"1\",\"b\":\"1\",\"score\":1}\n"
                         "{\"a\":\"4\",\"b\":\"4\",\"score\":1}\n");
    harness_shell_output(MATCH "-o PAIRS.TSV && cat PAIRS.TSV; rm PAIRS.TSV",
                         "a\tb\tscore\n1\t1\t1\n4\t4\t1\n");
    harness_shell_output("axb match A.csv B.csv --score '-levenshtein_distance(name)' --min 0 -q",
                         "a,b,score\n1,1,0\n4,4,0\n");
}

/* The same bytes for any number of workers, compressed ones as well. */
static void test_workers(void **state)
{
    (void)state;
    harness_shell_output(
        "seq 1 700 | sed 's/.*/&,name &/' >wide.csv; for f in csv.gz tsv.zst json.gz jsonl.zst; do "
        "for j in 1 2 7; do axb match wide.csv wide.csv --no-header --on 2 --min 0.9 -q -j $j "
        "-o $j.$f; done; cmp 1.$f 2.$f && cmp 1.$f 7.$f && rm ?.$f; done; rm wide.csv",
        "");
}

/* ---- Names -----------------------------------------------------------------------------------*/

static void test_names(void **state)
{
    static const struct harness_shell_failure failures[] = {
        {ERR_USAGE,
         MATCH "-o x.parquet",
         {"x.parquet: axb does not write .parquet",
          "write CSV, then convert it: duckdb -c \"COPY 'x.csv' TO 'x.parquet'\""}},
        {ERR_USAGE, MATCH "-o a/x.XLSX", {"does not write .xlsx", "convert-to xlsx 'a/x.csv'"}},
        {ERR_USAGE, MATCH "-o x.csv.xz", {"does not write .xz", "xz 'x.csv'"}},
        {ERR_USAGE,
         MATCH "-o x.csv.gz --resume j",
         {"x.csv.gz: a compressed file cannot be "
          "resumed"}},
        {ERR_USAGE,
         MATCH "-o x.json --resume j",
         {"--resume: the format json cannot be written in "
          "parts",
          "--format jsonl"}},
        {ERR_USAGE, MATCH "-o x.json --shard 1/2", {"--shard: the format json"}},
        {ERR_USAGE, MATCH "-o x --format table --shard 1/2", {"--shard: the format table"}},
        {ERR_USAGE,
         MATCH "-o x.gz --shard 1/2",
         {"the file of a part is not compressed", "axb merge -o"}},
        {ERR_IO, MATCH "-o folder", {"folder is a directory"}},
        {ERR_IO, MATCH "-o nowhere/x.csv.gz", {"nowhere/x.csv.gz cannot be written"}},
    };
    (void)state;
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
    harness_shell_output(
        "axb match A.csv B.csv --on name --min 1 -o x.txt 2>&1 | sed -n 1p; head -1 x.txt; rm "
        "x.txt",
        "axb: x.txt: axb writes CSV into it; --format, or a name that ends in .csv, .tsv, .json or "
        ".jsonl, chooses the format\na,b,score\n");
    harness_shell_output("axb match A.csv B.csv --on name --min 1 -o x.txt --format csv 2>&1 | "
                         "grep -c writes; rm x.txt",
                         "0\n");
    harness_shell_output(MATCH "-o pairs && cat pairs; rm pairs", "a,b,score\n1,1,1\n4,4,1\n");
}

/* /dev/full, and a run that is cut: no file, whether compressed or not. */
static void test_failures_leave_nothing(void **state)
{
    (void)state;
    harness_shell_output("ln -s /dev/full full.csv.gz; " MATCH
                         "-o full.csv.gz 2>/dev/null; echo $?; rm "
                         "full.csv.gz",
                         "74\n");
    harness_shell_output(
        "for f in cut.csv.gz cut.json cut.csv.zst; do axb match A.csv B.csv --on city --metric "
        "equal --min 1 -q --max-results 3 -o $f 2>/dev/null; echo $?; ls $f 2>/dev/null || true; "
        "done",
        "75\n75\n75\n");
    harness_shell_output(
        "axb match A.csv B.csv --on city --metric equal --min 1 -q --max-results 2 "
        "--format json 2>/dev/null; echo $?",
        "[\n{\"a\":\"1\",\"b\":\"1\",\"score\":1}\n"
        ",{\"a\":\"2\",\"b\":\"2\",\"score\":1}\n75\n");
    harness_shell_output(
        "axb match A.csv B.csv --on city --metric equal --min 1 -q --max-results 4 "
        "-o x.csv.gz && zcat x.csv.gz | wc -l; rm x.csv.gz",
        "5\n");
}

static void test_shards(void **state)
{
    (void)state;
    harness_shell_output(
        "for i in 1 2 3; do " MATCH "--format tsv --shard $i/3 -o part$i.shard; done; "
        "axb merge part?.shard -o all.tsv.gz -q && zcat all.tsv.gz; "
        "axb merge part?.shard -o all.json 2>&1; echo $?; ls all.json 2>/dev/null; "
        "axb merge part?.shard -q | head -1; rm part?.shard all.tsv.gz",
        "a\tb\tscore\n1\t1\t1\n4\t4\t1\n"
        "axb: all.json: the run writes the format tsv\n"
        "name it by its format, or give match or dedupe another --format\n2\na\tb\tscore\n");
    harness_shell_output("for i in 1 2; do " MATCH "--shard $i/2 -o part$i.jsonl; done; "
                         "axb merge part?.jsonl -o all.jsonl.zst -q && zstd -dcq all.jsonl.zst; "
                         "rm part?.jsonl all.jsonl.zst",
                         "{\"a\":\"1\",\"b\":\"1\",\"score\":1}\n"
                         "{\"a\":\"4\",\"b\":\"4\",\"score\":1}\n");
    harness_shell_output(MATCH "--shard 1/2 -o 1.jsonl; " MATCH "--shard 2/2 -o 2.csv; "
                               "axb merge 1.jsonl 2.csv 2>&1 | grep -c format; rm 1.jsonl 2.csv",
                         "1\n");
}

/* What is written can be read again. */
static void test_eval_reads_it(void **state)
{
    static const char measures[] = "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  "
                                   "F1 0.5000\n";
    (void)state;
    harness_shell_output(
        "printf 'a,b\\n1,1\\n2,2\\n' >truth.csv; for f in p.csv.gz p.tsv p.tsv.zst; "
        "do " MATCH "-o $f; axb eval $f truth.csv | head -1; rm $f; done",
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n"
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n"
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n");
    harness_shell_output(MATCH "| axb eval - truth.csv | head -1; rm truth.csv", measures);
}

/* ---- --keep ----------------------------------------------------------------------------------*/

static void test_keep(void **state)
{
    (void)state;
    harness_write_text("left.csv", "id,name,year\n1,anna,1990\n2,bert,1991\n");
    harness_write_text("right.csv", "nr,AlphaSort,year\n7,anna,1990\n");
    static const char pair[] =
        "axb match left.csv right.csv --on name=AlphaSort --min 1 -q --keep ";
    static const struct {
        const char *keep, *head, *line;
    } cases[] = {
        {"name,b.AlphaSort", "a.name,b.AlphaSort", "anna,anna"}, /* a name of one side alone */
        {"nr,id", "a.id,b.nr", "1,7"},
        {"'*'", "a.id,a.name,a.year,b.nr,b.AlphaSort,b.year", "1,anna,1990,7,anna,1990"},
        {"'a.*'", "a.id,a.name,a.year", "1,anna,1990"},
        {"'b.*'", "b.nr,b.AlphaSort,b.year", "7,anna,1990"},
        {"year,'*'", "a.year,a.id,a.name,b.year,b.nr,b.AlphaSort", "1990,1,anna,1990,7,anna"},
        {"b.year,a.name,b.nr,a.id", "a.name,a.id,b.year,b.nr", "anna,1,1990,7"},
        {"name=AlphaSort,name,a.name", "a.name,b.AlphaSort", "anna,anna"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[300], expected[300];
        snprintf(command, sizeof command, "%s%s", pair, cases[i].keep);
        snprintf(expected, sizeof expected, "a,b,score,%s\n1,1,1,%s\n", cases[i].head,
                 cases[i].line);
        harness_shell_output(command, expected);
    }
    harness_shell_output("axb dedupe left.csv --on name --min 0 -q --keep '*'",
                         "a,b,score,a.id,a.name,a.year,b.id,b.name,b.year\n"
                         "1,2,0,1,anna,1990,2,bert,1991\n");
    harness_shell_output("rm left.csv right.csv", "");
}

/* Hundreds of columns. */
static void test_keep_wide(void **state)
{
    (void)state;
    harness_shell_output(
        "(seq -s, 1 600; seq -s, 1001 1600) >wide.csv; axb match wide.csv wide.csv --on 1 --min 1 "
        "--keep '*' -q >got.csv; (echo a,b,score,$(seq -s, -f a.%g 1 600),$(seq -s, -f b.%g 1 "
        "600); "
        "echo 1,1,1,$(seq -s, 1001 1600),$(seq -s, 1001 1600)) | cmp - got.csv && echo same; "
        "rm wide.csv got.csv",
        "same\n");
}

/* ---- --json ----------------------------------------------------------------------------------*/

static void test_json(void **state)
{
    (void)state;
    harness_shell_output("axb metrics --json | python3 -c 'import json, sys; m = {x[\"name\"]: x "
                         "for x in json.load(sys.stdin)}; print(m[\"equal\"]); "
                         "print(m[\"levenshtein\"][\"views\"])'; "
                         "test $(axb metrics --json | grep -o '\"name\"' | wc -l) = "
                         "$(axb metrics | grep -c '(COL')",
                         "{'name': 'equal', 'arguments': '', 'range': '0, 1', 'what': 'the same "
                         "text', 'views': []}\n"
                         "['levenshtein_distance', 'levenshtein_similarity', "
                         "'levenshtein_normalized_distance']\n");
    harness_shell_output(
        "axb data load json-test-$$ A.csv -q; axb data ls --json | python3 -c 'import json, sys; "
        "t = [x for x in json.load(sys.stdin) if x[\"name\"] == sys.argv[1]][0]; "
        "print(t[\"records\"], t[\"columns\"], t[\"file\"].endswith(\"A.csv\"), sorted(t))' "
        "json-test-$$; axb data rm json-test-$$",
        "4 3 True ['bytes', 'columns', 'file', 'loaded', 'name', 'records']\n");
    harness_shell_output(
        "axb check 'equal(name)' A.csv B.csv --min 1 -q --json | python3 -c 'import json, sys; "
        "c = json.load(sys.stdin); s = c[\"scores\"]; print(c[\"scorer\"], c[\"all_pairs\"], "
        "s[\"pairs\"], s[\"reached\"], s[\"highest\"], s[\"examples\"][0], sorted(c))'",
        "equal(a.name, b.name) 16 16 2 1.0 {'row_a': 0, 'row_b': 0, 'score': 1.0} ['all_pairs', "
        "'reads', 'scorer', 'scores', 'skips', 'speed']\n");
    harness_shell_output(MATCH "--stats s.json >/dev/null; grep -E '\"(pairs|matches)\"' s.json | "
                               "head -2; rm s.json; " MATCH "--plan --json | grep -o "
                               "'\"pairs\":[^,]*' | head -1",
                         "  \"pairs\": 16,\n  \"matches\": 2,\n\"pairs\":16\n");
}

/* Of a short run a rate says nothing. */
static void test_summary(void **state)
{
    (void)state;
    harness_shell_output("axb match A.csv B.csv --on name --min 1 2>&1 >/dev/null | "
                         "grep -v compared | sed 's/[0-9.]* s$/N s/'",
                         "axb: 2 of 16 pairs match; N s\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_suffix),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_failures_leave_nothing),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_eval_reads_it),
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_keep_wide),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_summary),
    };
    return cmocka_run_group_tests_name("cli_formats", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
