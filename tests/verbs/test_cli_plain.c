/* What verbs say to people. Values, columns and names of files may have characters that command a
 * terminal; none of these reaches it. What cannot be printed is an error.
 * Not here: errors (core/test_err.c), the table of pairs and the review, which have cells of their
 * own (program/). */
#include "core/err.h"
#include "tests/harness/harness_command.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AXB BINARY_DIR "/axb "
#define CONTROLS                                                                                   \
    "\033]0;x\a\033[31m\xc2\x9b"                                                                   \
    "2J\b" /* title, bell, colour, erase */

/* Tables whose every value and column has them, and pairs with a score that is none. */
static void write_tables(void)
{
    for (int side = 0; side < 2; side++) {
        FILE *f = fopen(side ? "B.csv" : "A.csv", "w");
        assert_non_null(f);
        fputs("id,na" CONTROLS "me,city\n", f);
        for (int i = 0; i < 60; i++)
            fprintf(f, "%c" CONTROLS "%d,Anna " CONTROLS "%d Berg%s,Ci" CONTROLS "ty%d\n",
                    'A' + side, i, i, side && i % 3 == 0 ? "e" : "", i % 5);
        assert_int_equal(fclose(f), 0);
    }
    harness_write_text("pairs.csv", "a,b,va" CONTROLS "lue\n1,2,0.5\n1,3,bad" CONTROLS "\n");
}

static int set_up(void **state)
{
    harness_command_set_up(state);
    write_tables();
    return harness_command("cp A.csv 'A" CONTROLS ".csv'; " AXB
                           "learn A.csv B.csv --id id -q -o model.axb >/dev/null");
}

#define ON " --on 'na" CONTROLS "me' --min 0.8 "

static const char *const commands[] = {
    "match A.csv B.csv" ON "-v -o x",
    "match A.csv B.csv" ON "--plan",
    "match 'A" CONTROLS ".csv' B.csv" ON "-v --progress always -o x",
    "match A.csv B.csv" ON "--prepare 'x" CONTROLS "'",
    "match A.csv B.csv --score model.axb -v -o x",
    "dedupe A.csv" ON "-v --clusters c.csv --golden g.csv -o x",
    "learn A.csv B.csv --id id -o x.axb",
    "learn 'A" CONTROLS ".csv' B.csv",
    "check 'levenshtein(a.id, b.id)' A.csv B.csv --id id",
    "explain A.csv B.csv" ON "--pair 1,1",
    "explain A.csv B.csv --score model.axb --pair 1,1",
    "suggest A.csv B.csv --score model.axb",
    "cluster pairs.csv -o x",
    "run 'x" CONTROLS "' -v -o x",
    "run 'x" CONTROLS "' --plan",
};

/* The progress line alone has escape sequences of axb. */
static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if (strncmp(text, "\033[K", 3) == 0)
            text += 2;
        else if (((unsigned char)*text < ' ' && !strchr("\n\t\r", *text)) || *text == 0x7f ||
                 ((unsigned char)*text == 0xc2 && (unsigned char)text[1] < 0xa0))
            return false;
    }
    return true;
}

static void people_see_plain_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (harness_command(AXB "%s >said 2>&1", commands[i]) != 0)
            fail_msg("%s: it fails", commands[i]);
        size_t n;
        char *said = harness_read("said", &n);
        if (!is_plain(said))
            fail_msg("%s:\n%s", commands[i], said);
        free(said);
    }
}

/* The texts for people in what is written as JSON. */
static void texts_in_json_are_plain(void **state)
{
    (void)state;
    static const char *const verbs[] = {"match A.csv B.csv" ON "--plan --json",
                                        "explain A.csv B.csv" ON "--pair 1,1 --json",
                                        "suggest A.csv B.csv --score model.axb --json"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        assert_int_equal(harness_command(AXB "%s >said", verbs[i]), 0);
        json_t *said = json_load_file("said", 0, NULL);
        const char *text = json_string_value(json_object_get(said, "text"));
        if (!text || !*text || !is_plain(text))
            fail_msg("%s:\n%s", verbs[i], text ? text : "no text");
        json_decref(said);
    }
}

/* What is said is lost where stdout is full: that is an error, whichever verb it is. */
static void people_hear_of_a_full_disk(void **state)
{
    (void)state;
    static const char *const verbs[] = {
        "match A.csv B.csv" ON "--plan",
        "learn A.csv B.csv --id id",
        "check 'levenshtein(a.id, b.id)' A.csv B.csv",
        "explain A.csv B.csv" ON "--pair 1,1",
        "suggest A.csv B.csv --score model.axb",
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        harness_command_check(harness_command(AXB "%s >/dev/full", verbs[i]), ERR_IO,
                              "stdout cannot be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(people_see_plain_text),
                                       cmocka_unit_test(texts_in_json_are_plain),
                                       cmocka_unit_test(people_hear_of_a_full_disk)};
    return cmocka_run_group_tests(tests, set_up, harness_command_tear_down);
}
