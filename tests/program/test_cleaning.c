/* Cleaning by the whole program: which columns, which pairs match then, what is said; the same for
 * any number of workers, with and without pruning, for files, named tables and shards. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_file(const char *name, const char *text)
{
    harness_write(name, text, strlen(text));
}

static void write_inputs(void)
{
    write_file("punct.csv", "id,name\n1,+\n2,-\n3,...\n4,A+\n5,\n6,\"\"\n");
    write_file("punc.csv", "id,name\n1,\"Moss,Ben\"\n2,Ben Moss\n3,J.R.Ware\n4,J. R. Ware\n"
                           "5,Holt/Venn\n6,Holt-Venn\n7,Holt_Venn\n8,D\u2019Arcy O'Dell\n");
    write_file("titles_A.csv", "id,title\n1,I'LL NEVER FORGET\n2,blue lagoon\n");
    write_file("titles_B.csv",
               "id,title\n1,\"I\u2019ll never, forget\"\n2,\"Lagoon, Blue\"\n3,red lagoon\n");
    write_file("crm.csv", "cust_id,Company Name,Contact,City\n"
                          "c1,\"ACME, Inc.\",Bob Day,ROME\n"
                          "c2,M\u00fcller & S\u00f6hne GmbH & Co. KG,Bill Fox,Oslo\n"
                          "c3,Nordic Foods Ltd,Peggy Lee,Bonn\n");
    write_file("billing.csv", "account,customer,who,town\n"
                              "b1,Acme Limited,Robert Day,Rome\n"
                              "b2,Muller and Sohne,William Fox,OSLO\n"
                              "b3,NORDIC FOODS A/S,Margaret Lee,bonn\n");
    write_file("synonyms.txt", "# an ampersand is a word\n& = and\n");
    write_file("stops.txt", "foods\n");
}

/* ---- Cases from the field --------------------------------------------------------------------*/

#define TIDY " --normalize casefold,punct,space"

/* What is punctuation alone is missing, and a note says so; "" is a value as it was before. */
static void test_emptied(void **state)
{
    (void)state;
    harness_shell_output("axb match punct.csv punct.csv --on name --min 0.9" TIDY " -q",
                         "a,b,score\n4,4,1\n6,6,1\n");
    harness_shell_output("axb dedupe punct.csv --on name --min 0.9 --count" TIDY " 2>&1 | head -1",
                         "axb: punct.csv: 3 values of name are empty after --normalize, such as "
                         "\"+\"; they count as missing\n");
    harness_shell_output(
        "axb dedupe punct.csv --on name --min 0.9 --count --replace 'name:/^\\+$//' 2>&1 | head -1",
        "axb: punct.csv: 1 value of name is empty after --replace, such as \"+\"; it counts as "
        "missing\n");
    harness_shell_output("axb match punct.csv punct.csv --on name --metric equal --where "
                         "'!missing(a.name)' --min 0 --count "
                         "-q" TIDY,
                         "12\n");
}

static void test_words_apart(void **state)
{
    (void)state;
    harness_shell_output("axb dedupe punc.csv --on name --metric token_sort_ratio --min 1 -q" TIDY,
                         "a,b,score\n1,2,1\n5,6,1\n5,7,1\n6,7,1\n");
    harness_shell_output("axb explain punc.csv --pair 3,8 --on name -q" TIDY
                         " | sed -n '3,20s/.*punct *//p'",
                         "\"jr ware\"\n\"darcy odell\"\n");
    harness_shell_output("axb match titles_A.csv titles_B.csv --on title --metric "
                         "token_sort_ratio --min 0.9 -q" TIDY,
                         "a,b,score\n1,1,1\n2,2,1\n");
}

/* ---- Tasks of newcomers ----------------------------------------------------------------------*/

#define PAIRS "axb match crm.csv billing.csv --id cust_id=account -q --min 1 --metric equal"

static void test_companies(void **state)
{
    (void)state;
    harness_shell_output(PAIRS " --on 'Company Name=customer' --normalize "
                               "'casefold,strip-accents,punct,space,company-suffixes' "
                               "--synonyms synonyms.txt",
                         "a,b,score\nc1,b1,1\nc2,b2,1\nc3,b3,1\n");
    harness_shell_output(PAIRS " --on 'Company Name=customer' --normalize "
                               "'casefold,punct,space,company-suffixes'",
                         "a,b,score\nc1,b1,1\nc3,b3,1\n");
    harness_shell_output(PAIRS " --on 'Company Name=customer' --normalize casefold "
                               "--stop-words 'Company Name=customer:stops.txt' "
                               "--replace '/ (ltd|a.s)$//i'",
                         "a,b,score\nc3,b3,1\n");
}

static void test_nicknames(void **state)
{
    (void)state;
    harness_shell_output(PAIRS " --on Contact=who --normalize nicknames",
                         "a,b,score\nc1,b1,1\nc2,b2,1\nc3,b3,1\n");
    harness_shell_output(PAIRS " --on Contact=who --normalize casefold", "a,b,score\n");
}

/* Columns that are called otherwise; each of these is one way to say it. */
static void test_columns(void **state)
{
    (void)state;
    static const char *const lists[] = {"casefold",
                                        "City=town:casefold",
                                        "City:casefold,town:casefold",
                                        "a.City:casefold,b.town:casefold",
                                        "City = town : casefold , space",
                                        "City=town:casefold+space",
                                        "none,City=town:space,casefold",
                                        "punct,City=town:none+casefold",
                                        "*:casefold",
                                        "a.*:casefold,b.*:casefold"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char command[400];
        snprintf(command, sizeof command, PAIRS " --on City=town --normalize '%s'", lists[i]);
        harness_shell_output(command, "a,b,score\nc1,b1,1\nc2,b2,1\nc3,b3,1\n");
    }
    harness_shell_output(PAIRS " --on City=town --normalize punct --normalize City:casefold "
                               "--normalize town:casefold",
                         "a,b,score\nc1,b1,1\nc2,b2,1\nc3,b3,1\n");
    harness_shell_output(PAIRS " --on City=town --normalize 'casefold,City=town:none'",
                         "a,b,score\n");
    harness_shell_output(PAIRS " --on City=town --normalize a.City:casefold",
                         "a,b,score\nc3,b3,1\n");
}

/* The texts of expressions are cleaned as their column is. */
static void test_texts(void **state)
{
    (void)state;
    harness_shell_output(PAIRS " --on Contact=who --normalize nicknames,City:casefold --where "
                               "'a.City == \"RoMe\"'",
                         "a,b,score\nc1,b1,1\n");
    harness_shell_output(PAIRS " --on Contact=who --normalize nicknames --where "
                               "'a.Contact == \"Bill Fox\"'",
                         "a,b,score\nc2,b2,1\n");
}

/* ---- What is said ----------------------------------------------------------------------------*/

#define MATCH "axb match crm.csv billing.csv --on City=town --min 1 "

static void test_faults(void **state)
{
    (void)state;
    static const struct harness_shell_failure failures[] = {
        {ERR_USAGE, MATCH "--normalize lower", {"no rule \"lower\"; did you mean casefold?"}},
        {ERR_USAGE, MATCH "--normalize City:accents", {"did you mean strip-accents?"}},
        {ERR_USAGE, MATCH "--normalize City", {"there is no rule \"City\"", "COLUMN:RULES"}},
        {ERR_USAGE, MATCH "--normalize City=town", {"there is no rule \"City=town\""}},
        {ERR_USAGE, MATCH "--normalize nope:casefold", {"nope"}},
        {ERR_USAGE, MATCH "--normalize City:", {"a rule is missing"}},
        {ERR_USAGE, MATCH "--normalize ''", {"a rule is missing"}},
        {ERR_USAGE, MATCH "--replace '/(/x/'", {"missing closing parenthesis\n  (\n   ^"}},
        {ERR_USAGE, MATCH "--replace 'City:x'", {"\"x\" does not begin with a slash"}},
        {ERR_USAGE, MATCH "--replace 'nope:/a/b/'", {"nope"}},
        {ERR_NOINPUT, MATCH "--stop-words nowhere.txt", {"nowhere.txt"}},
        {ERR_NOINPUT, MATCH "--synonyms City:nowhere.txt", {"nowhere.txt"}},
        {ERR_DATA, MATCH "--synonyms stops.txt", {"stops.txt:1: a word and what it stands for"}},
        {ERR_USAGE,
         MATCH "--normalize punct --where 'a.City == \"+\"'",
         {"\"+\" in the expression is empty after cleaning"}},
        {ERR_USAGE,
         "axb dedupe bomb.csv --on name --min 1 --replace '/^(a+)+$/x/'",
         {"gave up on the value \"aaaa", "match limit exceeded"}},
    };
    char bomb[200] = "id,name\n1,";
    memset(bomb + strlen(bomb), 'a', 60);
    strcat(bomb, "b\n");
    write_file("bomb.csv", bomb);
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
}

static void test_unused(void **state)
{
    (void)state;
    harness_shell_output(MATCH "--normalize Contact:casefold 2>&1 | head -1",
                         "axb: --normalize: Contact is not compared as text, so its rules do "
                         "nothing\n");
    harness_shell_output(MATCH "--replace 'b.who:/a/b/' 2>&1 | head -1",
                         "axb: --replace: who is not compared as text, so its rules do nothing\n");
}

/* ---- The same however it is done -------------------------------------------------------------*/

/* Many names, with what cleaning takes away. */
static void write_many(const char *path, unsigned seed)
{
    static const char *const first[] = {
        "Bob", "robert", "Bill", "WILLIAM", "Peggy", "Zo\u00eb", "\u0418\u0432\u0430\u043d",
        "+",   "St."};
    static const char *const between[] = {" ", ",", "-", "  ", "\u200b ", "&", " the "};
    static const char *const last[] = {"Day", "O'Neil", "Stra\u00dfe Ltd", "\u0141ukasz Inc.",
                                       "-",   "",       "Co., Ltd."};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name\n", f);
    srand(seed);
    for (int i = 0; i < 3000; i++)
        fprintf(f, "%d,\"%s%s%s\"\n", i, first[rand() % 9], between[rand() % 7], last[rand() % 7]);
    assert_int_equal(fclose(f), 0);
}

#define RULES                                                                                      \
    "--normalize casefold,strip-accents,punct,space,nicknames,company-suffixes,sort-words,"        \
    "transliterate --synonyms synonyms.txt --stop-words the.txt --replace '/o.?n/on/i' "

static void test_same_output(void **state)
{
    (void)state;
    write_many("many_A.csv", 1);
    write_many("many_B.csv", 2);
    write_file("the.txt", "the\n");
    const char *ask = "--on name --min 0.8 -q " RULES;
    char command[2000];
    snprintf(command, sizeof command,
             "axb match many_A.csv many_B.csv %s -j 1 -o one.csv && "
             "axb match many_A.csv many_B.csv %s -j 2 -o two.csv && cmp one.csv two.csv && "
             "axb match many_A.csv many_B.csv %s -j 7 -o two.csv && cmp one.csv two.csv && "
             "axb match many_A.csv many_B.csv %s --no-prune -o two.csv && cmp one.csv two.csv && "
             "wc -l <one.csv | awk '{print ($1 > 10000)}'",
             ask, ask, ask, ask);
    harness_shell_output(command, "1\n");
    snprintf(command, sizeof command,
             "N=clean%d && axb data load $N many_A.csv -q >/dev/null && "
             "axb match @$N many_B.csv %s -o two.csv; axb data rm $N >/dev/null; "
             "cmp one.csv two.csv && echo same",
             (int)getpid(), ask);
    harness_shell_output(command, "same\n");
    snprintf(command, sizeof command,
             "axb match many_A.csv many_B.csv %s --shard 1/2 -o part1 && "
             "axb match many_A.csv many_B.csv %s --shard 2/2 -o part2 && "
             "axb merge part1 part2 -q -o two.csv && cmp one.csv two.csv && echo same",
             ask, ask);
    harness_shell_output(command, "same\n");
}

/* What is said of a file and of a table of it, with these options: how many rows cleaning empties,
 * and how many pairs match. Both must be the same. */
static void emptied_alike(const char *file, const char *ask)
{
    char command[600];
    snprintf(command, sizeof command,
             "N=empty%d && axb data load $N %s -q >/dev/null && for a in %s @$N; do "
             "axb dedupe $a --on name --min 1 --normalize punct,company-suffixes %s --count 2>&1 | "
             "sed -n '1s/.*: \\([0-9]*\\) value.*/\\1/p;2,$p' | grep -v match; done; "
             "axb data rm $N >/dev/null",
             (int)getpid(), file, file, ask);
    char *out = NULL, *said = NULL;
    assert_int_equal(harness_shell(command, &out, &said), 0);
    const size_t half = strlen(out) / 2;
    assert_true(half > 3 && strncmp(out, out + half, half) == 0);
    free(out);
    free(said);
}

/* Rows of named tables whose value cleaning empties are counted as rows. Those that --null makes
 * missing are none of them. */
static void test_emptied_of_a_table(void **state)
{
    (void)state;
    emptied_alike("many_A.csv", "");
    write_file("nulls.csv", "name\nn/a\nn/a\n...\n...\n!\nbob\nbob\n");
    emptied_alike("nulls.csv", "");
    emptied_alike("nulls.csv", "--null n/a,!");
}

static int set_up(void **state)
{
    const int failed = harness_shell_set_up(state);
    write_inputs();
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emptied),     cmocka_unit_test(test_words_apart),
        cmocka_unit_test(test_companies),   cmocka_unit_test(test_nicknames),
        cmocka_unit_test(test_columns),     cmocka_unit_test(test_texts),
        cmocka_unit_test(test_faults),      cmocka_unit_test(test_unused),
        cmocka_unit_test(test_same_output), cmocka_unit_test(test_emptied_of_a_table),
    };
    return cmocka_run_group_tests(tests, set_up, harness_shell_tear_down);
}
