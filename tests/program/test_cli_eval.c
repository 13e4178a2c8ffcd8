/* `axb eval` as people type it: pairs, clusters, one table or two, and the list of errors. What is
 * counted is looked at in matcher/test_eval.c. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Found: {a b c} {d} {e f}; true: {a b} {c d} {e f}. */
static const char clusters[] = "cluster,record,score\n1,a,\n1,b,\n1,c,\n2,d,\n3,e,\n3,f,\n";
static const char truth[] = "id,cluster\na,X\nb,X\nc,Y\nd,Y\ne,Z\nf,Z\n";
static const char table[] = "id,name\na,Anna\nb,Ann\nc,Bob\nd,Bobby\ne,Eve\nf,Eva\n";

static void write_files(void)
{
    harness_write_text("clusters.csv", clusters);
    harness_write_text("true.csv", truth);
    harness_write_text("table.csv", table);
}

/* The figures by hand: of 4 pairs within found clusters 2 are true, of 3 true pairs 2 are found.
 * B-cubed precision: a 2/3, b 2/3, c 1/3, d 1, e 1, f 1; recall: a 1, b 1, c 1/2, d 1/2, e 1, f 1.
 */
static void test_clusters(void **state)
{
    (void)state;
    write_files();
    harness_shell_output(
        "axb eval clusters.csv true.csv 2>&1",
        "axb: clusters.csv: read as clusters: \"record\" names the record, \"cluster\" its "
        "cluster\n"
        "axb: true.csv: read as clusters: \"id\" names the record, \"cluster\" its cluster\n"
        "4 pairs, 3 true, 2 in both:  precision 0.5000  recall 0.6667  F1 0.5714\n"
        "\n"
        "records\n"
        "  that have a true partner                  6\n"
        "    and a right one was found               4   66.67 %\n"
        "    and all right ones were found           4   66.67 %\n"
        "  for which a partner was found             5\n"
        "    and a wrong one is among them           3   60.00 %\n"
        "\n"
        "clusters of 6 records: 2 of two or more, 3 true, 1 the same; the largest has 3, the "
        "largest true one 2\n"
        "  B-cubed                           precision 0.7778  recall 0.8333  F1 0.8046\n"
        "  pairs within clusters             precision 0.5000  recall 0.6667  F1 0.5714\n");
}

/* Clusters under another name, in a column of the table itself. */
static void test_cluster_columns(void **state)
{
    static const char all[] = "4 pairs, 3 true, 2 in both";
    char *out;
    (void)state;
    write_files();
    harness_write_text("people.csv", "id,name,person\na,Anna,X\nb,Ann,X\nc,Bob,Y\nd,Bobby,Y\n"
                                     "e,Eve,Z\nf,Eva,Z\n");
    assert_int_equal(
        harness_shell("axb eval clusters.csv people.csv --truth-cluster-column person", &out, NULL),
        0);
    assert_int_equal(strncmp(out, all, strlen(all)), 0);
    free(out);
    harness_shell_output(
        "axb eval clusters.csv people.csv --truth-cluster-column persona -q 2>&1; "
        "axb eval clusters.csv people.csv --cluster-column nr -q 2>&1; echo $?; "
        "printf 'cluster,record\\n1,a\\n2,a\\n' | axb eval - true.csv -q 2>&1; "
        "echo $?",
        "axb: --truth-cluster-column: people.csv has no column \"persona\"; it has "
        "id, name, person\ndid you mean person? name a column, or give its number from 1\n"
        "axb: --cluster-column: clusters.csv has no column \"nr\"; it has cluster, "
        "record, score\nname a column, or give its number from 1\n2\n"
        "axb: stdin: record \"a\" is in two clusters; the second is in record 2 of "
        "the file\na record has one cluster\n65\n");
}

/* In one table a pair has no order, and a chain is one cluster; in two it has. */
static void test_one_table(void **state)
{
    (void)state;
    harness_write_text("p.csv", "a,b\n2,1\n2,3\n4,4\n2,3\n,7\n");
    harness_write_text("t.csv", "a,b\n1,2\n3,2\n");
    harness_shell_output("axb eval p.csv t.csv --tables 1 2>&1 | head -4; "
                         "axb eval p.csv t.csv --tables 1 -q | grep '^clusters'",
                         "axb: p.csv: 1 row lacks an id and is left out\n"
                         "axb: p.csv: 1 row pairs a record with itself and is left out\n"
                         "axb: p.csv: 1 row repeats a pair, which counts once, with its first "
                         "score\n"
                         "2 pairs, 2 true, 2 in both:  precision 1.0000  recall 1.0000  F1 1.0000\n"
                         "clusters of 3 records: 1 of two or more, 1 true, 1 the same; the largest "
                         "has 3, the largest true one 3\n");
    harness_write_text("p.csv", "a,b\n2,1\n3,2\n");
    harness_shell_output(
        "axb eval p.csv t.csv 2>&1 | head -2",
        "axb: p.csv: 1 pair is true the other way round, as b,a. If both files "
        "are about one table, add --tables 1\n"
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n");
    harness_write_text("t.csv", "a,b\n1,2\n2,3\n");
    harness_shell_output(
        "axb eval t.csv t.csv 2>&1 | head -2",
        "axb: t.csv and t.csv have the same ids in both columns. If both files "
        "are about one table, add --tables 1\n"
        "2 pairs, 2 true, 2 in both:  precision 1.0000  recall 1.0000  F1 1.0000\n");
}

/* Clusters of two tables, as axb cluster --tables 2 writes them: record 1 of A is not 1 of B. */
static void test_clusters_of_two_tables(void **state)
{
    (void)state;
    harness_write_text("two.csv", "cluster,record,score,size,table\n1,1,0.9,3,A\n1,2,0.8,3,A\n"
                                  "1,1,0.9,3,B\n2,3,,1,A\n");
    harness_write_text("t.csv", "a,b\n1,1\n3,2\n");
    harness_write_text("names.csv", "name\nx\ny\nz\n");
    harness_shell_output(
        "axb eval two.csv t.csv names.csv names.csv --errors e.csv 2>&1 | head -8; cat e.csv; rm "
        "e.csv",
        "axb: two.csv: read as clusters: \"record\" names the record, \"cluster\" its cluster, "
        "\"table\" its table\n"
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n"
        "\n"
        "records                                  of A                 of B\n"
        "  that have a true partner                  2                    2\n"
        "    and a right one was found               1   50.00 %          1   50.00 %\n"
        "    and all right ones were found           1   50.00 %          1   50.00 %\n"
        "  for which a partner was found             2                    1\n"
        "a,b,score,error,a.name,b.name\n2,1,,false,y,x\n3,2,,missed,z,y\n");
    harness_shell_output("axb eval two.csv true.csv -q 2>&1; echo $?",
                         "axb: true.csv has clusters and does not say which table a record is of\n"
                         "if no id is in both tables, add --tables 1; else a column called table "
                         "that says A or B, or one called source that names one of two files\n"
                         "2\n");
}

/* Clusters of two files, as axb cluster --records A --records B and axb dedupe A B write them. Of
 * 2 pairs of A and B one is true; a1 and a2, of one file, are no pair. The truth may have A and B
 * the other way round, and ids that both files have. */
static void test_clusters_of_two_sources(void **state)
{
    static const char head[] = "axb: s.csv: read as clusters: \"record\" names the record, "
                               "\"cluster\" its cluster\n";
    static const char figures[] =
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n";
    char expected[800];
    (void)state;
    harness_write_text("s.csv", "cluster,record,size,source\n1,a1,3,A.csv\n1,a2,3,A.csv\n"
                                "1,b1,3,B.csv\n2,b2,1,B.csv\n");
    harness_write_text("t.csv", "a,b\na1,b1\na1,b2\n");
    harness_write_text("turned.csv", "b,a\nb1,a1\nb2,a1\n");
    harness_write_text("within.csv", "a,b\na1,b1\na1,a2\nb1,a2\n");
    snprintf(expected, sizeof expected,
             "%saxb: s.csv: \"source\" names the table: A is A.csv, and B is B.csv. Pairs within "
             "one of them do not count; --tables 1 counts them\n%s",
             head, figures);
    harness_shell_output("axb eval s.csv t.csv 2>&1 | head -3", expected);
    harness_shell_output("axb eval s.csv t.csv -q --tables 2 | head -1", figures);
    harness_shell_output("axb eval s.csv turned.csv -q | head -1", figures);
    harness_shell_output(
        "axb eval t.csv s.csv -q | head -1",
        "2 pairs, 2 true, 1 in both:  precision 0.5000  recall 0.5000  F1 0.5000\n");
    harness_shell_output(
        "axb eval s.csv t.csv -q --tables 1 | head -1",
        "3 pairs, 2 true, 1 in both:  precision 0.3333  recall 0.5000  F1 0.4000\n");
    snprintf(expected, sizeof expected,
             "%saxb: s.csv: \"source\" has two values, but within.csv has pairs of two records of "
             "one source. So all are read as records of one table\n"
             "axb: within.csv: read as pairs of one table: a,b is the same pair as b,a\n"
             "3 pairs, 3 true, 3 in both:  precision 1.0000  recall 1.0000  F1 1.0000\n",
             head);
    harness_shell_output("axb eval s.csv within.csv 2>&1 | head -4", expected);
    harness_write_text("s.csv", "cluster,record,source\n1,1,A\n1,2,A\n1,1,B\n2,2,B\n");
    harness_write_text("t.csv", "a,b\n1,1\n1,2\n");
    harness_shell_output("axb eval s.csv t.csv -q | head -1", figures);
}

/* Pairs against clusters: what they are read as is said. */
static void test_pairs_and_clusters(void **state)
{
    (void)state;
    write_files();
    harness_write_text("p.csv", "a,b,score\nb,a,0.9\nc,b,0.8\nd,c,0.7\n");
    harness_shell_output(
        "axb eval p.csv true.csv 2>&1 | head -11",
        "axb: true.csv: read as clusters: \"id\" names the record, \"cluster\" its cluster\n"
        "axb: p.csv: read as pairs of one table: a,b is the same pair as b,a\n"
        "3 pairs, 3 true, 2 in both:  precision 0.6667  recall 0.6667  F1 0.6667\n"
        "\n"
        "records\n"
        "  that have a true partner                  6\n"
        "    and a right one was found               4   66.67 %\n"
        "    and all right ones were found           4   66.67 %\n"
        "    and the best one is right               3   50.00 %\n"
        "  for which a partner was found             4\n"
        "    and a wrong one is among them           2   50.00 %\n");
}

/* One record of A has two true partners; each figure is by hand. */
static void test_partners(void **state)
{
    (void)state;
    harness_write_text("p.csv", "a,b,score\n1,x,0.7\n1,y,0.9\n2,y,0.8\n3,z,0.6\n");
    harness_write_text("t.csv", "a,b\n1,x\n1,w\n2,y\n4,z\n");
    harness_shell_output(
        "axb eval p.csv t.csv -q | sed -n '3,9p'",
        "records                                  of A                 of B\n"
        "  that have a true partner                  3                    4\n"
        "    and a right one was found               2   66.67 %          2   50.00 %\n"
        "    and all right ones were found           1   33.33 %          2   50.00 %\n"
        "    and the best one is right               1   33.33 %          1   25.00 %\n"
        "  for which a partner was found             3                    3\n"
        "    and a wrong one is among them           2   66.67 %          2   66.67 %\n");
    harness_shell_output("axb eval p.csv t.csv -q | grep 'best F1'",
                         "  the best F1: >= 0.7  3 pairs  precision 0.6667  recall 0.5000  F1 "
                         "0.5714\n");
}

/* There is room for 64 tags of 39 bytes. */
static void test_tags(void **state)
{
    (void)state;
    harness_write_text("p.csv", "a,b\n1,x\n");
    harness_shell_output(
        "(echo a,b,tags; echo 1,x,typo+case; echo 2,y,typo; printf '3,z,%040d\\n' 1; "
        "seq 4 70 | sed 's|.*|&,w,t&|') >t.csv; axb eval p.csv t.csv 2>&1 | grep -E "
        "'tag|typo|case'; "
        "axb eval p.csv t.csv -q | grep -c '^  t[0-9]'",
        "axb: t.csv: 6 tags are left out: they have 40 bytes or more, or 64 others come before "
        "them\nrecall by tag\n  typo             0.5000 of 2\n  case             1.0000 of 1\n"
        "62\n");
}

static void test_errors(void **state)
{
    (void)state;
    write_files();
    harness_write_text("p.csv", "a,b,score\nd,a,0.5\nb,a,0.9\ne,a,0.75\nf,b,\n");
    harness_shell_output(
        "axb eval p.csv true.csv table.csv --id id --errors e.csv -q >/dev/null; cat e.csv; "
        "axb eval p.csv true.csv table.csv --id id --keep b.name --errors e.json -q >/dev/null; "
        "cat e.json; axb eval p.csv true.csv --errors e.tsv.gz -q >/dev/null; "
        "zcat e.tsv.gz | head -2; rm e.*",
        "a,b,score,error,a.id,a.name,b.id,b.name\n"
        "a,e,0.75,false,a,Anna,e,Eve\n"
        "a,d,0.5,false,a,Anna,d,Bobby\n"
        "b,f,,false,b,Ann,f,Eva\n"
        "c,d,,missed,c,Bob,d,Bobby\n"
        "e,f,,missed,e,Eve,f,Eva\n"
        "[\n{\"a\":\"a\",\"b\":\"e\",\"score\":0.75,\"error\":\"false\",\"b.name\":\"Eve\"}\n"
        ",{\"a\":\"a\",\"b\":\"d\",\"score\":0.5,\"error\":\"false\",\"b.name\":\"Bobby\"}\n"
        ",{\"a\":\"b\",\"b\":\"f\",\"score\":null,\"error\":\"false\",\"b.name\":\"Eva\"}\n"
        ",{\"a\":\"c\",\"b\":\"d\",\"score\":null,\"error\":\"missed\",\"b.name\":\"Bobby\"}\n"
        ",{\"a\":\"e\",\"b\":\"f\",\"score\":null,\"error\":\"missed\",\"b.name\":\"Eva\"}\n]\n"
        "a\tb\tscore\terror\ne\ta\t0.75\tfalse\n");
    harness_shell_output("axb eval clusters.csv true.csv table.csv --id id --keep a.name,b.name "
                         "--errors e.csv -q >/dev/null; cat e.csv; rm e.csv",
                         "a,b,score,error,a.name,b.name\na,c,,false,Anna,Bob\nb,c,,false,Ann,Bob\n"
                         "c,d,,missed,Bob,Bobby\n");
}

/* Two tables; row numbers where there is no --id; and what goes wrong leaves the old file. */
static void test_errors_of_two_tables(void **state)
{
    (void)state;
    harness_write_text("left.csv", "id,name\n7,Ann\n8,Bob\n");
    harness_write_text("right.csv", "nr,name\nx,\"Anna, B.\"\ny,Bobby\n");
    harness_write_text("p.csv", "a,b,score\n1,2,0.5\n2,9,0.4\n");
    harness_write_text("t.csv", "a,b\n1,1\n2,2\n");
    harness_shell_output("axb eval p.csv t.csv left.csv right.csv --errors e.csv --keep name 2>&1 "
                         ">/dev/null; cat e.csv",
                         "axb: right.csv: 1 id has no record, the first \"9\"; their columns stay "
                         "empty. If ids are not the numbers of rows, add --id COL\n"
                         "axb: no pair is in both: does p.csv name records as t.csv does? (axb "
                         "match --id)\n"
                         "a,b,score,error,a.name,b.name\n1,2,0.5,false,Ann,Bobby\n"
                         "2,9,0.4,false,Bob,\n1,1,,missed,Ann,\"Anna, B.\"\n"
                         "2,2,,missed,Bob,Bobby\n");
    harness_write_text("p.csv", "a,b,score\n7,y,0.5\n");
    harness_write_text("t.csv", "a,b\n7,x\n");
    harness_shell_output(
        "axb eval p.csv t.csv left.csv right.csv --errors e.csv --id id=nr --keep "
        "name -q >/dev/null; cat e.csv; "
        "axb eval p.csv t.csv left.csv right.csv --errors e.csv --id id=none 2>&1; "
        "wc -l <e.csv; rm e.csv",
        "a,b,score,error,a.name,b.name\n7,y,0.5,false,Ann,Bobby\n"
        "7,x,,missed,Ann,\"Anna, B.\"\n"
        "axb: --id: right.csv has no column \"none\"; it has nr, name\n"
        "nearest: name; name a column, or give its number from 1\n3\n");
}

/* Each option that has nothing to do, or contradicts. */
static void test_mistakes(void **state)
{
    (void)state;
    write_files();
    harness_shell_output(
        "axb eval clusters.csv true.csv --keep name 2>&1; axb eval clusters.csv true.csv table.csv "
        "2>&1; axb eval clusters.csv true.csv table.csv table.csv --tables 1 --errors e.csv 2>&1; "
        "axb "
        "eval clusters.csv true.csv --errors - 2>&1; axb eval clusters.csv true.csv table.csv "
        "table.csv --errors e.csv -q 2>&1; axb eval clusters.csv true.csv --errors true.csv 2>&1; "
        "echo $?; ls | grep -c '^e[.]csv' || true",
        "axb: --id and --keep name columns of the tables, and no table is given\n"
        "for example: axb eval pairs.csv truth.csv A.csv B.csv --errors errors.csv --id id\n"
        "axb: the tables are for --errors and --report, and neither is given\n"
        "add --errors FILE, or leave out the tables\n"
        "axb: --tables 1 says that there is one table, and two are given\n"
        "give one of them\n"
        "axb: --errors needs a file: the figures go to stdout\n"
        "for example: --errors errors.csv\n"
        "axb: the records are of one table, and two tables are given\n"
        "give one table that has all records\n"
        "axb: --errors: true.csv is a file that is read\nname another file to write\n2\n0\n");
}

/* The keys of --json are those that help names. */
static void test_json(void **state)
{
    static const char *const keys[] = {"pairs",   "true",       "both",     "precision", "recall",
                                       "f1",      "thresholds", "best",     "tags",      "tables",
                                       "read_as", "records",    "clusters", "text",      "labels"};
    static const char *const of_records[] = {"with_true",  "right",      "all_right",
                                             "best_right", "with_found", "wrong"};
    static const char *const of_clusters[] = {
        "records", "found",         "true",        "same",         "largest_found", "largest_true",
        "bcubed",  "adjusted_rand", "homogeneity", "completeness", "v_measure",     "within"};
    char *out, *help;
    json_error_t why;
    (void)state;
    write_files();
    assert_int_equal(harness_shell("axb eval clusters.csv true.csv --json -q", &out, NULL), 0);
    assert_int_equal(harness_shell("axb eval --help", &help, NULL), 0);
    json_t *json = json_loads(out, 0, &why);
    const json_t *records = json_object_get(json_object_get(json, "records"), "a");
    const json_t *groups = json_object_get(json, "clusters");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_true(json_object_get(json, keys[i]) && strstr(help, keys[i]));
    for (size_t i = 0; i < sizeof of_records / sizeof *of_records; i++)
        assert_true(json_object_get(records, of_records[i]) && strstr(help, of_records[i]));
    for (size_t i = 0; i < sizeof of_clusters / sizeof *of_clusters; i++)
        assert_true(json_object_get(groups, of_clusters[i]) && strstr(help, of_clusters[i]));
    assert_int_equal(json_object_size(json), sizeof keys / sizeof *keys);
    assert_int_equal(json_object_size(records), sizeof of_records / sizeof *of_records);
    assert_int_equal(json_object_size(groups), sizeof of_clusters / sizeof *of_clusters);
    json_decref(json);
    free(out);
    free(help);
}

/* A truth of labelled pairs: these alone count, the last label of each. Of 4 that have one, 3 were
 * found, of which (1,2) is wrong; (4,4) is missed; (3,9) has no label. */
static void test_labels(void **state)
{
    (void)state;
    harness_write_text("p.csv", "a,b,score\n1,1,0.9\n1,2,0.8\n2,2,0.7\n3,9,0.5\n");
    harness_write_text("l.csv", "a,b,by,match\n1,1,x,1\n1,2,x,No\n4,4,,TRUE\n2,2,x,0\n2,2,y,y\n"
                                "5,5,x,\n3,,x,1\n");
    harness_shell_output(
        "axb eval p.csv l.csv --errors e.csv 2>&1; cat e.csv; rm e.csv",
        "axb: l.csv: 1 row lacks an id and is left out\n"
        "axb: l.csv: 1 row has no label and is left out\n"
        "axb: l.csv: 1 row labels a pair again; the last label counts\n"
        "of 4 labelled pairs 3 were found, 3 are true, 2 both:  precision 0.6667  recall 0.6667  "
        "F1 0.6667\n"
        "1 more pair was found and has no label: no figure counts it\n"
        "\n"
        "records                                  of A                 of B\n"
        "  that have a true partner                  3                    3\n"
        "    and a right one was found               2   66.67 %          2   66.67 %\n"
        "    and all right ones were found           2   66.67 %          2   66.67 %\n"
        "    and the best one is right               2   66.67 %          1   33.33 %\n"
        "  for which a partner was found             2                    2\n"
        "    and a wrong one is among them           1   50.00 %          1   50.00 %\n"
        "\n"
        "by threshold\n"
        "  >= 0.7               3 pairs  precision 0.6667  recall 0.6667  F1 0.6667\n"
        "  >= 0.72              2 pairs  precision 0.5000  recall 0.3333  F1 0.4000\n"
        "  >= 0.74              2 pairs  precision 0.5000  recall 0.3333  F1 0.4000\n"
        "  >= 0.76              2 pairs  precision 0.5000  recall 0.3333  F1 0.4000\n"
        "  >= 0.78              2 pairs  precision 0.5000  recall 0.3333  F1 0.4000\n"
        "  >= 0.8               2 pairs  precision 0.5000  recall 0.3333  F1 0.4000\n"
        "  >= 0.82              1 pairs  precision 1.0000  recall 0.3333  F1 0.5000\n"
        "  >= 0.84              1 pairs  precision 1.0000  recall 0.3333  F1 0.5000\n"
        "  >= 0.86              1 pairs  precision 1.0000  recall 0.3333  F1 0.5000\n"
        "  >= 0.88              1 pairs  precision 1.0000  recall 0.3333  F1 0.5000\n"
        "  >= 0.9               1 pairs  precision 1.0000  recall 0.3333  F1 0.5000\n"
        "  the best F1: >= 0.7  3 pairs  precision 0.6667  recall 0.6667  F1 0.6667\n"
        "a,b,score,error\n1,2,0.8,false\n4,4,,missed\n");
}

/* Within the clusters {a b c} {d} {e f} are a,b and b,c; c,d is missed, and a,c and e,f have no
 * label. As what was found, a column match is no label. */
static void test_labels_of_clusters(void **state)
{
    char *out;
    (void)state;
    write_files();
    harness_write_text("l.csv", "a,b,match\nb,a,1\nb,c,0\nc,d,1\n");
    harness_shell_output("axb eval clusters.csv l.csv -q | head -2; "
                         "axb eval l.csv true.csv -q | head -1; "
                         "axb eval clusters.csv true.csv -q --json | grep -o '\"labels\":null'",
                         "of 3 labelled pairs 2 were found, 2 are true, 1 both:  precision 0.5000  "
                         "recall 0.5000  F1 0.5000\n"
                         "2 more pairs were found and have no label: no figure counts them\n"
                         "3 pairs, 3 true, 2 in both:  precision 0.6667  recall 0.6667  F1 0.6667\n"
                         "\"labels\":null\n");
    out = harness_shell_written("axb eval clusters.csv l.csv --json -q");
    assert_non_null(strstr(out, "\"labels\":{\"labelled\":3,\"found_without\":2}"));
    free(out);
    harness_write_text("l.csv", "a,b,match\nb,a,1\nb,c,0.7\n");
    harness_shell_output("axb eval clusters.csv l.csv -q 2>&1; echo $?",
                         "axb: l.csv:3: \"0.7\" in the column match is no label\n"
                         "write 1 for records that are the same, 0 for others\n65\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clusters),
        cmocka_unit_test(test_cluster_columns),
        cmocka_unit_test(test_one_table),
        cmocka_unit_test(test_pairs_and_clusters),
        cmocka_unit_test(test_partners),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_errors_of_two_tables),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_labels_of_clusters),
        cmocka_unit_test(test_clusters_of_two_tables),
        cmocka_unit_test(test_clusters_of_two_sources),
    };
    return cmocka_run_group_tests_name("cli_eval", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
