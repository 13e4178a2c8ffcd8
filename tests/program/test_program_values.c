/* Columns of numbers, dates and places in files as people have them: what matches, what is said,
 * and that it is the same by every road. */
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An export of a German office program, and the table that it belongs to; and small columns. */
#define FILES                                                                                      \
    "printf 'id,amt\\n1,\"1,234.50\"\\n2,\"12,000\"\\n' >thou_a.csv; "                             \
    "printf 'id,amt\\n1,1234.50\\n2,12000\\n' >thou_b.csv; "                                       \
    "printf 'Kunde,Umsatz,Datum,Ort\\nAhrens,\"1.234,50\",31.12.2021,\"48,1 11,6\"\\n"             \
    "Berg,\"12,5\",03.04.2021,\"52,5; 13,4\"\\nCrull,1.000,n/a,\\n' >office.csv; "                 \
    "printf 'customer,sales,since,at\\nAhrens,1234.50,2021-12-31,\"48.1, 11.6\"\\n"                \
    "Berg,12.5,2021-04-03,\"52.5, 13.4\"\\nCrull,1000,2020-01-01,\\n' >billing.csv; "              \
    "printf 'id,born\\n1,03/04/2021\\n2,05/06/2020\\n3,n/a\\n' >unsure.csv; "                      \
    "printf 'id,since\\n1,2021-04-03\\n2,2020-06-05\\n3,2019-01-01\\n' >iso.csv; "                 \
    "printf 'x\\n\"1,234\"\\n7\\n' >either.csv; "                                                  \
    "printf 'x\\n\"12,5\"\\n3.25\\n1.234\\n' >both.csv; "                                          \
    "printf 'd\\n31/12/2021\\n12/31/2021\\n03/04/2021\\n05.06.2021\\n' >orders.csv; "              \
    "printf 'd\\n03.04.2021\\n05.04.2021\\n' >points.csv; "                                        \
    "printf 'x\\nn/a\\n-\\n5\\n' >bad.csv; "

#define UMSATZ                                                                                     \
    "axb: office.csv: Umsatz is read with a decimal comma (\"1.234,50\"); --decimal '.' reads it " \
    "otherwise\n"
#define DATUM                                                                                      \
    "axb: office.csv: Datum is read day first (\"31.12.2021\"); --dates mdy reads it otherwise\n"
#define WHICH "--dates dmy, mdy or ymd says which is right\n"

/* Runs a command with the files above, which must write this, and say this before its figures. */
static void check(const char *command, const char *expected, const char *notes)
{
    char whole[6000], *out, *err;
    snprintf(whole, sizeof whole, FILES "%s", command);
    const int status = harness_shell(whole, &out, &err);
    harness_shell_drop_itself(err);
    if (status != 0 || strcmp(out, expected) != 0)
        fail_msg("%s\nstatus %d\n%s%s\nnot\n%s", command, status, out, err, expected);
    if (notes &&
        (strncmp(err, notes, strlen(notes)) != 0 || strncmp(err + strlen(notes), "axb: ", 5) != 0 ||
         strchr(err + strlen(notes), '\n')[1] != 0))
        fail_msg("%s\nsays\n%s\nnot\n%s", command, err, notes);
    free(out);
    free(err);
}

/* ---- Found in the column ---------------------------------------------------------------------*/

static void test_thousands(void **state)
{
    (void)state;
    check("axb match thou_a.csv thou_b.csv --score 'number_ratio(amt)' --min 0.9",
          "a,b,score\n1,1,1\n2,2,1\n", "");
    check("axb dedupe either.csv --score 'number(x)' --min 0.9", "a,b,score\n",
          "axb: either.csv: x: \"1,234\" is read as 1234; --decimal ',' reads it as 1.234\n");
    check("axb dedupe both.csv --score 'number(x, 20)' --min 0.5",
          "a,b,score\n1,2,0.5375\n2,3,0.8992\n",
          "axb: both.csv: x has numbers with a decimal comma and with a decimal point, such as "
          "\"12,5\" and \"3.25\"; what can be both is read with a point; --decimal says which is "
          "right\n");
}

static void test_office(void **state)
{
    (void)state;
    check("axb match office.csv billing.csv --score 'number_ratio(a.Umsatz, b.sales) * "
          "days(a.Datum, b.since)' --where 'km(a.Ort, b.at) > 0.9' --min 0.9",
          "a,b,score\n1,1,1\n2,2,1\n", UMSATZ DATUM);
    check("axb match office.csv billing.csv --score 'a.Umsatz - b.sales + (a.Umsatz <= 12.5)' "
          "--where '!missing(number(a.Umsatz)) && missing(a.Ort)' --min 0 --count",
          "2\n", NULL);
}

/* Values are read from what stands in the file: punct would make 15 of 1.5. */
static void test_normalized(void **state)
{
    (void)state;
    const char *const normalize[] = {"", " --normalize punct", " --normalize Umsatz:punct"};
    for (size_t i = 0; i < sizeof normalize / sizeof *normalize; i++) {
        char command[400];
        snprintf(command, sizeof command,
                 "axb match office.csv billing.csv --score 'number(a.Umsatz, b.sales) + "
                 "(number(a.Umsatz) - number(b.sales))' --min 1%s",
                 i < 2 ? normalize[i] : "");
        check(command, "a,b,score\n1,1,1\n1,2,1222\n1,3,234.5\n2,2,1\n3,2,987.5\n3,3,1\n", UMSATZ);
    }
}

static void test_dates(void **state)
{
    (void)state;
    check(
        "axb match unsure.csv iso.csv --score 'days(a.born, b.since)' --min 0.9", "a,b,score\n",
        "axb: unsure.csv: born: 2 of 3 values can be dates of two orders, such as \"03/04/2021\", "
        "and have no value; " WHICH);
    check("axb dedupe orders.csv --score 'days(d)' --min 0.0001", "a,b,score\n1,2,1\n",
          "axb: orders.csv: d has dates of two orders, such as \"31/12/2021\" and "
          "\"12/31/2021\"; " WHICH
          "axb: orders.csv: d: 2 of 4 values can be dates of two orders, such as "
          "\"03/04/2021\", and have no value; " WHICH);
    check(
        "axb dedupe points.csv --score 'days(d, 4)' --min 0.0001", "a,b,score\n1,2,0.5\n",
        "axb: points.csv: d is read day first (\"03.04.2021\", with points); --dates mdy reads it "
        "otherwise\n");
}

static void test_no_values(void **state)
{
    (void)state;
    check("axb dedupe bad.csv --score 'number(x)' --min 0.0001", "a,b,score\n",
          "axb: bad.csv: x: 2 of 3 values are no number, such as \"n/a\"\n");
    check("axb dedupe bad.csv --score 'days(x)' --min 0.0001", "a,b,score\n",
          "axb: bad.csv: x: 3 of 3 values are no date, such as \"n/a\"\n");
    check("axb dedupe bad.csv --score 'km(x)' --min 0.0001", "a,b,score\n",
          "axb: bad.csv: x: 3 of 3 values are no place, such as \"n/a\"\n");
    check("printf 'p\\n\"91, 0\"\\n\"48.1, 11.6\"\\n\"95, 1\"\\n' >far.csv; "
          "axb dedupe far.csv --score 'km(p)' --min 0.0001; rm far.csv",
          "a,b,score\n", "axb: far.csv: p: 2 of 3 values are no place, such as \"91, 0\"\n");
    check("axb match office.csv iso.csv --score 'days(a.Datum, b.since)' --min 1 -v 2>&1 | "
          "grep 'no date'",
          "axb: office.csv: Datum: 1 of 3 values are no date, such as \"n/a\"\n", NULL);
}

/* ---- As the user says ------------------------------------------------------------------------*/

static void test_given(void **state)
{
    static const char *const dates[] = {
        "dmy",    "'born:dmy'", "'a.born:%d/%m/%Y'", "%d/%m/%Y", "'a.born:\"%d/%m/%Y\",since:ymd'",
        "'*:dmy'"};
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        char command[400];
        const bool all = strcmp(dates[i], "%d/%m/%Y") == 0;
        snprintf(command, sizeof command,
                 "axb match unsure.csv %s --score 'days(a.born, b.%s)' --min 1 --dates %s",
                 all ? "unsure.csv" : "iso.csv", all ? "born" : "since", dates[i]);
        check(command, "a,b,score\n1,1,1\n2,2,1\n", "");
    }
    check("axb match unsure.csv iso.csv --score 'days(a.born, b.since)' --min 1 --dates mdy",
          "a,b,score\n", "");
    check("axb match thou_a.csv thou_b.csv --score 'number_ratio(amt)' --min 0.5 --decimal a.amt:,",
          "a,b,score\n", "");
    check("axb match thou_a.csv thou_b.csv --score 'number(a.amt)' --min 12 --decimal 'a.amt:,,"
          "b.amt:.'",
          "a,b,score\n2,1,12\n2,2,12\n", "");
}

static void test_refused(void **state)
{
    (void)state;
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --dates name",
         {"axb: --dates: \"name\" is neither dmy, mdy or ymd nor a format that gives a whole date",
          "--dates 'born:dmy,since:\"%b %d, %Y\"'"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --dates 'name:%d %b'",
         {"axb: --dates: \"%d %b\" is neither dmy"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --decimal 'name:;'",
         {"axb: --decimal: \";\" is not a decimal sign", "--decimal 'amount:,'"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --min 0.9 --decimal 'nmae:,'",
         {"has no column \"nmae\""}},
    };
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- By every road ---------------------------------------------------------------------------*/

#define QUESTION                                                                                   \
    "--score 'number_ratio(a.Umsatz, b.sales) + days(a.Datum, b.since) + (a.Umsatz > 100)' "       \
    "--where 'number(a.Umsatz) > 1 || a.Umsatz == \"x\"' --min 1 "
#define ANSWER "a,b,score\n1,1,3\n1,2,1.0101255569056298\n1,3,1.8100445524503848\n2,2,2\n"

static void test_roads(void **state)
{
    static const char *const roads[] = {
        "axb match office.csv billing.csv " QUESTION "-j 1",
        "axb match office.csv billing.csv " QUESTION "-j 2",
        "axb match office.csv billing.csv " QUESTION "-j 7",
        "axb match office.csv billing.csv " QUESTION "--no-prune",
        "axb match office.csv billing.csv " QUESTION "--audit 3",
        "for i in 1 2 3; do axb match office.csv billing.csv " QUESTION
        "--shard $i/3 -o part$i 2>>notes; done; axb merge part1 part2 part3; rm part? notes",
        "axb data load -q office$$ office.csv && axb match @office$$ billing.csv " QUESTION
        "2>notes; axb data rm -q office$$; rm notes",
        "axb match office.csv billing.csv " QUESTION
        "--resume j -o got.csv && cat got.csv; rm got.csv",
    };
    (void)state;
    for (size_t i = 0; i < sizeof roads / sizeof *roads; i++)
        check(roads[i], ANSWER, NULL);
}

/* A field as a number or a date follows the column; a text is read by itself. */
static void test_scorer(void **state)
{
    (void)state;
    check(
        "printf '#include <axb.h>\\ndouble score(const axb_row_a *a, const axb_row_b *b) { return "
        "a->Umsatz_number == b->sales_number && a->Datum_days == b->since_days; }' >v.c; "
        "axb match office.csv billing.csv --score v.c --min 1; rm v.c",
        "a,b,score\n1,1,1\n2,2,1\n", UMSATZ DATUM);
    check(
        "printf 'x\\n1\\n' >one.csv; printf '#include <axb.h>\\nAXB_MONOTONE;\\ndouble score(const "
        "axb_row_a *a, const axb_row_b *b) { return axb_number(a->Umsatz, b->x, 1); }' >v.c; "
        "axb match office.csv one.csv --score v.c --min 1 -v 2>notes; grep '^join' notes | "
        "grep -o 'number(.* >= 1'; rm v.c one.csv notes",
        "a,b,score\n3,1,1\nnumber(a.Umsatz, b.x) >= 1\n", NULL);
}

static void test_explained(void **state)
{
    (void)state;
    check("axb explain office.csv billing.csv -q --pair 1,1 --score 'number(a.Umsatz, b.sales) * "
          "(a.Umsatz != \"\") * days(a.Datum, b.since)' | grep -A5 compared",
          "compared  a.Umsatz  \"1.234,50\" read as 1234.5\n"
          "          b.sales   \"1234.50\"\n"
          "          a.Umsatz  \"1.234,50\"\n"
          "          a.Datum   \"31.12.2021\" read as 2021-12-31\n"
          "          b.since   \"2021-12-31\"\n"
          "terms     1           number(a.Umsatz, b.sales)\n",
          NULL);
    check("axb explain office.csv iso.csv -q --pair 3,1 --score 'days(a.Datum, b.since)' "
          "| grep a.Datum | head -1",
          "compared  a.Datum  \"n/a\" has no value as a date\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thousands),  cmocka_unit_test(test_office),
        cmocka_unit_test(test_normalized), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_no_values),  cmocka_unit_test(test_given),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_roads),
        cmocka_unit_test(test_scorer),     cmocka_unit_test(test_explained),
    };
    return cmocka_run_group_tests_name("program_values", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
