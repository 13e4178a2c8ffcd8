/* What programs that start axb ask for: pairs as records, descriptors in place of paths, reports,
 * and an end with them. */
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define MATCH "axb match A.csv B.csv --on name --metric equal --min 0 -q "
#define PAIRS MATCH "--format pairs "
#define RECORDS " | tail -c +65 | od -An -v -t u4 -w16 | tr -s ' '"

static void test_pairs(void **state)
{
    (void)state;
    harness_shell_output(
        "axb match A.csv B.csv --on name --metric equal --min 1 -q --format pairs" RECORDS,
        " 0 0 0 1072693248\n 3 3 0 1072693248\n");
    harness_shell_output(PAIRS "| head -c 24 | od -An -v -c | tr -s ' '",
                         " A X B P A I R 1 001 \\0 \\0 \\0 020 \\0 \\0 \\0\n"
                         " \\0 \\0 \\0 \\0 \\0 \\0 \\0 \\0\n");
    harness_shell_output(PAIRS "--output-terms | wc -c", "448\n");
    harness_shell_output("axb match header.csv B.csv --on name --min 1 -q --format pairs | wc -c",
                         "64\n");
    harness_shell_output(PAIRS "--max-results 3 2>/dev/null | wc -c", "112\n");
    harness_shell_output(PAIRS "--audit 4 | wc -c", "320\n");
}

/* Clusters as pairs of a record and the first one of its cluster, and golden records by rows. */
static void test_clusters(void **state)
{
    (void)state;
#define CLUSTERS "axb dedupe A.csv B.csv --on name --metric equal --min 1 -q --clusters -"
#define GOLDEN                                                                                     \
    "axb dedupe A.csv B.csv --on name --metric equal --min 1 -q --golden - --golden-rows "
    harness_shell_output(CLUSTERS " --format pairs" RECORDS,
                         " 0 0 0 1072693248\n 4 0 0 1072693248\n 1 1 0 2146959360\n"
                         " 2 2 0 2146959360\n 3 3 0 1072693248\n 7 3 0 1072693248\n"
                         " 5 5 0 2146959360\n 6 6 0 2146959360\n");
    harness_shell_output(
        CLUSTERS " --format pairs > one; axb dedupe A.csv B.csv --on name --metric equal --min 1 "
                 "-q -o pairs.csv && axb cluster pairs.csv --records A.csv --records B.csv -q "
                 "--format pairs -o two && cmp one two && rm one two pairs.csv",
        "");
    harness_shell_output(
        GOLDEN "--golden-rule name:last,city:concat --keep name,city --format jsonl | head -3",
        "{\"cluster\":1,\"size\":2,\"record\":1,\"source\":1,\"name\":5,\"city\":\"Rome\"}\n"
        "{\"cluster\":2,\"size\":1,\"record\":2,\"source\":2,\"name\":2,\"city\":\"Oslo\"}\n"
        "{\"cluster\":3,\"size\":1,\"record\":3,\"source\":3,\"name\":null,\"city\":\"Bonn\"}\n");
}

/* The same bytes in parts, and when it is taken up again. */
static void test_whole(void **state)
{
    (void)state;
    harness_shell_output(
        PAIRS "-o whole && " PAIRS "--shard 1/2 -o p1 && " PAIRS "--shard 2/2 -o p2 && "
              "axb merge p2 p1 -q -o merged && cmp whole merged && " PAIRS
              "--resume journal -o resumed && cmp whole resumed && rm whole merged resumed p1 p2",
        "");
}

static void test_descriptors(void **state)
{
    (void)state;
    harness_shell_output(MATCH "-o fd:5 5>five && " MATCH "-o six && cmp five six && rm five six",
                         "");
    harness_shell_output(PAIRS "-o fd:5 5>&1 >/dev/null | wc -c", "320\n");
    harness_shell_output("printf 'before\n' >five; axb match A.csv B.csv --on name --metric equal "
                         "--min 1 -q -o fd:5 5>>five; cat five; rm five",
                         "before\na,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("printf '#include <axb.h>\n#include \"mine.h\"\n"
                         "double score(const axb_row_a *a, const axb_row_b *b)\n"
                         "{ return MINE(a->name, b->name); }\n' >mine.c; "
                         "echo '#define MINE axb_equal' >mine.h; "
                         "axb match A.csv B.csv --score fd:5:mine --min 1 -q 5<mine.c; "
                         "rm mine.c mine.h",
                         "a,b,score\n1,1,1\n4,4,1\n");
}

static void test_refused(void **state)
{
    static const struct harness_shell_failure failures[] = {
        {ERR_USAGE, GOLDEN "--format pairs", {"--golden", "holds pairs alone"}},
        {ERR_USAGE, PAIRS "--id id", {"--format pairs", "--id", "--format csv"}},
        {ERR_USAGE, PAIRS "--keep name", {"--format pairs", "--keep"}},
        {ERR_USAGE, MATCH "-o fd:5 5<A.csv", {"fd:5: descriptor 5 is not open for writing"}},
        {ERR_USAGE, MATCH "-o fd:77", {"fd:77: descriptor 77 is not open"}},
        {ERR_USAGE, MATCH "-o fd:5x 5>&2", {"fd:5x names no descriptor", "./fd:7"}},
        {ERR_USAGE, MATCH "--resume journal -o fd:5 5>&2", {"written to fd:5 cannot be kept"}},
        {ERR_USAGE, MATCH "--report-fd 77", {"--report-fd: descriptor 77 is not open"}},
        {ERR_USAGE, MATCH "--json", {"--json is for --plan", "--format jsonl"}},
        {ERR_USAGE, "echo | axb match A.csv B.csv --score fd:0 --min 0", {"fd:0: ", "not a file"}},
        {ERR_SCORER,
         "printf '#line 2 \"cell [7]\"\n#include <axb.h>\n"
         "double score(const axb_row_a *a, const axb_row_b *b)\n"
         "{ return axb_equal(a->nmae, b->name); }\n' >cell; "
         "exec 5<cell; rm cell; axb match A.csv B.csv --score 'fd:5:cell [7]' --min 1",
         {"cell [7] does not compile\ncell [7]:4:", "no column `nmae` in A; did you mean name?"}},
        {ERR_SCORER,
         "echo 'double score(void) { return y; }' >cell; exec 5<cell; rm cell; "
         "axb match A.csv B.csv --score fd:5:other --min 1",
         {"other does not compile\nother:1:"}},
    };
    (void)state;
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
}

static void test_reports(void **state)
{
    char *said, *err;
    (void)state;
    assert_int_equal(harness_shell(MATCH "--report-fd 5 5>&1 >/dev/null", &said, &err), 0);
    assert_string_equal(err, "");
    assert_non_null(strstr(said, "{\"result\":{\"version\":"));
    free(said);
    free(err);
    assert_int_equal(
        harness_shell("axb match A.csv B.csv --report-fd 5 --on nmae --min 1 5>&1", &said, &err),
        ERR_USAGE);
    assert_string_equal(err, "");
    assert_int_equal(strncmp(said, "{\"error\":{\"status\":2,\"text\":", 27), 0);
    free(said);
    free(err);
    assert_int_equal(
        harness_shell("axb match --report-fd 5 A.csv B.csv --on name --min x 5>&1", &said, &err),
        ERR_USAGE);
    assert_string_equal(err, "");
    assert_non_null(strstr(said, "\"text\":\"--min needs a number"));
    free(said);
    free(err);
}

/* The starter is killed in the middle of a run that never ends: no process of it is left. */
static void test_ends_with_starter(void **state)
{
    (void)state;
    harness_shell_output(
        "mkfifo alive && { sh -c 'exec 6>alive; exec sleep 60' & } && holder=$! && "
        "printf '#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
        "{ (void)a, (void)b; for (volatile int i = 1; i;) { } return 0; }\n' >forever.c && "
        "{ echo name; seq 40; } >many.csv && " /* work for more than one */
        "{ axb match many.csv many.csv --score forever.c --min 0 -j 2 -q --alive-fd 5 5<alive "
        ">/dev/null 2>&1 & } && run=$! && "
        "for i in $(seq 200); do [ \"$(pgrep -c -P $run)\" != 2 ] || break; sleep 0.1; done; "
        "pgrep -c -P $run && workers=$(pgrep -d, -P $run) && kill -9 $holder && "
        "{ wait $run 2>/dev/null; echo $?; } && "
        "for i in $(seq 100); do ps -o stat= -p $workers | grep -qv Z || break; sleep 0.1; done; "
        "! ps -o stat= -p $workers | grep -v Z && rm forever.c alive many.csv",
        "2\n71\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_clusters),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_ends_with_starter),
    };
    return cmocka_run_group_tests_name("cli_pairs", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
