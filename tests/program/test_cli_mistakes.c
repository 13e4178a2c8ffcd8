/* Commands as newcomers type them, with several mistakes at once: the exact messages, and that the
 * command which a message proposes works. */
#include "core/err.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_MISSING                                                                                \
    "--min is missing: it sets the least score that matches\n"                                     \
    "     for example: --min 0.9; the scores of most metrics go from 0 to 1. A distance is "       \
    "bounded by --max\n"

static int set_up(void **state)
{
    return harness_shell_set_up(state) ||
           harness_shell(
               "printf 'cust_id,Company Name,City,Contact\\n1,Acme Widgets Ltd,London,Bob Smith\\n"
               "2,Miller & Sons,Berlin,Peggy Olsen\\n3,Blue Lagoon Inc,Oslo,Bill Tell\\n' >crm.csv;"
               "printf 'account,customer,town\\na1,ACME Widgets,London\\na2,Miller and "
               "Sons,Berlin\\n"
               "a3,Blue Lagoon,Oslo\\n' >billing.csv;"
               "printf 'x,y\\nAcme Widgets,Acme Widgets\\nBlue Lagoon,Blue Lagoon\\n' >alike.csv",
               NULL, NULL);
}

/* The command fails with status 2 and says just this. */
static void fails_with(const char *command, const char *said)
{
    char *err;
    assert_int_equal(harness_shell(command, NULL, &err), ERR_USAGE);
    if (strcmp(err, said) != 0)
        fail_msg("%s says\n%s\nnot\n%s", command, err, said);
    free(err);
}

/* The command fails, and the one that its message proposes does not. */
static void fails_and_proposes(const char *command, const char *proposed)
{
    char *err, *again;
    assert_int_equal(harness_shell(command, NULL, &err), ERR_USAGE);
    const char *try = strstr(err, "\ntry: ");
    if (!try)
        fail_msg("%s proposes nothing\n%s", command, err);
    const char *text = try + strlen("\ntry: ");
    const int n = (int)strcspn(text, "\n");
    if ((size_t)n != strlen(proposed) || strncmp(text, proposed, (size_t)n) != 0)
        fail_msg("%s proposes\n%.*s\nnot\n%s", command, n, text, proposed);
    assert_true(asprintf(&again, "%.*s -q", n, text) > 0);
    assert_int_equal(harness_shell(again, NULL, NULL), 0);
    free(again);
    free(err);
}

/* ---- The messages ----------------------------------------------------------------------------*/

static void test_nothing_given(void **state)
{
    (void)state;
    fails_with("axb match crm.csv billing.csv",
               "axb: this command has 2 problems\n"
               "  1. " MIN_MISSING
               "  2. --on is missing (or --score): it says which column to compare\n"
               "     for example: --on name, or --on 'Company Name=customer'\n"
               "try: axb match crm.csv billing.csv --min 0.9 --on 'Company Name=customer'\n");
}

static void test_unknown_column(void **state)
{
    (void)state;
    fails_with("axb match crm.csv billing.csv --on name",
               "axb: this command has 2 problems\n"
               "  1. " MIN_MISSING
               "  2. --on: neither crm.csv nor billing.csv has a column \"name\"\n"
               "     crm.csv has cust_id, Company Name, City, Contact\n"
               "     billing.csv has account, customer, town\n"
               "try: axb match crm.csv billing.csv --on 'Company Name=customer' --min 0.9\n");
}

static void test_other_name(void **state)
{
    (void)state;
    fails_with("axb match crm.csv billing.csv --on 'Company Name' --min 0.8",
               "axb: --on: billing.csv has no column \"Company Name\"; it has account, customer, "
               "town\n"
               "pair columns that have different names like this: --on 'Company Name=customer'\n"
               "try: axb match crm.csv billing.csv --on 'Company Name=customer' --min 0.8\n");
}

/* Two columns that are equally alike: nothing is proposed. */
static void test_no_guess(void **state)
{
    (void)state;
    fails_with(
        "axb match crm.csv alike.csv --on 'Company Name' --min 0.8",
        "axb: --on: alike.csv has no column \"Company Name\"; it has x, y\n"
        "pair columns that have different names like this: --on 'Company Name=COLUMN OF B'\n");
}

static void test_foreign_words(void **state)
{
    (void)state;
    fails_with(
        "axb match crm.csv billing.csv -k City=town --threshold 90% --best-match --join left",
        "axb: this command has 4 problems\n"
        "  1. axb match has no option --threshold\n"
        "     axb calls it --min\n"
        "  2. --min needs a number such as 0.9, not \"90%\"\n"
        "     keep the pairs whose score is at least T (the scores of most metrics go from 0 to "
        "1)\n"
        "  3. axb match has no option --best-match\n"
        "     axb calls it --best a\n"
        "  4. axb match has no option --join\n"
        "     --unmatched a is a left join, --unmatched both a full one. The algorithm that finds "
        "the matches is chosen by --algorithm\n");
}

static void test_missing_file(void **state)
{
    (void)state;
    fails_with("axb dedupe --on Name --min 0.9",
               "axb: an argument is missing: A.csv\nusage: axb dedupe A.csv [B.csv...]\n"
               "a file can be - for stdin, or @NAME for a loaded table\n");
}

/* ---- What is proposed ------------------------------------------------------------------------*/

static void test_proposals(void **state)
{
    static const char *const cases[][2] = {
        {"axb match crm.csv billing.csv --on Company Name --min 0,9",
         "axb match crm.csv billing.csv --on 'Company Name=customer' --min 0.9"},
        {"axb match crm.csv billing.csv --on customer --min 90%",
         "axb match crm.csv billing.csv --on 'Company Name=customer' --min 0.9"},
        {"axb match crm.csv billing.csv --on ctiy=town --min=.9 --keep contct,b.twon,City",
         "axb match crm.csv billing.csv --on City=town --min=.9 --keep Contact,b.town,City"},
        {"axb match crm.csv billing.csv --key City=town --min-score 0.9 --ignore-case",
         "axb match crm.csv billing.csv --on City=town --min 0.9 --normalize=casefold"},
        {"axb match crm.csv billing.csv --on City=town --min 1 --count --count",
         "axb match crm.csv billing.csv --on City=town --min 1 --count"},
        {"axb crm.csv billing.csv --on City=town --min 1",
         "axb match crm.csv billing.csv --on City=town --min 1"},
        {"axb crm.csv --on City --min 1", "axb dedupe crm.csv --on City --min 1"},
        {"axb dedupe crm.csv --min 1", "axb dedupe crm.csv --min 1 --on 'Company Name'"},
        {"axb mtach crm.csv billing.csv --on City=town --min 1",
         "axb match crm.csv billing.csv --on City=town --min 1"},
        {"axb check crm.csv billing.csv /dev/null/none.c", NULL},
        {"axb match A.csv B.csv where.c --min 1", "axb match A.csv B.csv --score=where.c --min 1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i][1])
            fails_and_proposes(cases[i][0], cases[i][1]);
        else
            fails_with(cases[i][0], "axb: the scorer comes first: axb check SCORER A.csv B.csv\n"
                                    "try: axb check /dev/null/none.c crm.csv billing.csv\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_given), cmocka_unit_test(test_unknown_column),
        cmocka_unit_test(test_other_name),    cmocka_unit_test(test_foreign_words),
        cmocka_unit_test(test_no_guess),      cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_proposals),
    };
    return cmocka_run_group_tests_name("cli_mistakes", tests, set_up, harness_shell_tear_down);
}
