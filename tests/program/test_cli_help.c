/* Help: every verb and every option is in it, and in the man page. */
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMNS 80

/* Is "--name" there as a word of its own? */
static bool has_option(const char *text, const char *name)
{
    char wanted[64];
    size_t n = (size_t)snprintf(wanted, sizeof wanted, "--%s", name);
    for (const char *at = text; (at = strstr(at, wanted)); at += n)
        if (at[n] == ' ' || at[n] == '\n')
            return true;
    return false;
}

static size_t count_words(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
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

/* Runs the verb with "--help" or "-h", and "axb help VERB". */
static char *help_of(const struct command *c, const char *flag)
{
    char command[64], usage[100], *text;
    snprintf(command, sizeof command, "axb %s %s", c->name, flag);
    assert_int_equal(harness_shell(command, &text, NULL), 0);
    snprintf(usage, sizeof usage, "usage: axb %s", c->name);
    assert_int_equal(strncmp(text, usage, strlen(usage)), 0);
    check_lines(c->name, text);
    return text;
}

static void test_verb_help(void **state)
{
    (void)state;
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char command[64], *text = help_of(*c, "--help"), *same;
        snprintf(command, sizeof command, "axb help %s", (*c)->name);
        assert_int_equal(harness_shell(command, &same, NULL), 0);
        assert_string_equal(text, same);
        for (const struct opts_row *row = opts_rows; row->name; row++)
            if (opts_takes(*c, row))
                assert_int_equal(has_option(text, row->name), row->topic != OPTS_STARTER);
        free(text);
        free(same);
    }
}

/* -h has a line for each option with a brief text, and few enough lines for a screen. */
static void test_brief_help(void **state)
{
    (void)state;
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char *text = help_of(*c, "-h");
        for (const struct opts_row *row = opts_rows; row->name; row++)
            if (opts_takes(*c, row) && row->topic != OPTS_STARTER)
                assert_int_equal(strstr(text, row->brief ? row->brief : "no such text") != NULL,
                                 row->brief != NULL);
        assert_true(count_words(text, "\n") < 60);
        free(text);
    }
}

static void test_groups(void **state)
{
    (void)state;
    for (const struct opts_row *row = opts_rows; row->name; row++) {
        size_t i = 0;
        while (opts_groups[i] && strcmp(opts_groups[i], row->group) != 0)
            i++;
        if (!opts_groups[i])
            fail_msg("the group \"%s\" of --%s has no place in opts_groups", row->group, row->name);
        if (row->brief && strlen(row->brief) > 48)
            fail_msg("the brief text of --%s is too long", row->name);
    }
}

static void test_program_help(void **state)
{
    char *text, *same, *brief, *alone;
    (void)state;
    assert_int_equal(harness_shell("axb --help", &text, NULL), 0);
    assert_int_equal(harness_shell("axb help", &same, NULL), 0);
    assert_string_equal(text, same);
    assert_int_equal(strncmp(text, "usage: axb VERB ", 16), 0);
    assert_non_null(strstr(text, "Examples\n  axb match A.csv B.csv"));
    check_lines("axb", text);
    for (const struct command *const *c = command_table.commands; *c; c++)
        assert_int_equal(strstr(text, (*c)->what) != NULL, !(*c)->for_programs);
    assert_int_equal(harness_shell("axb -h", &brief, NULL), 0);
    assert_int_equal(harness_shell("axb", NULL, &alone), 2);
    assert_string_equal(brief, alone);
    assert_true(strlen(brief) < strlen(text));
    check_lines("axb -h", brief);
    free(text);
    free(same);
    free(brief);
    free(alone);
}

static void test_version(void **state)
{
    char *text;
    (void)state;
    harness_shell_output("axb --version", "axb " AXB_VERSION "\n");
    harness_shell_output("axb -V", "axb " AXB_VERSION "\n");
    assert_int_equal(harness_shell("axb version", &text, NULL), 0);
    assert_int_equal(strncmp(text, "axb " AXB_VERSION "\nkernels ", strlen(AXB_VERSION) + 13), 0);
    check_lines("version", text);
    free(text);
}

static void test_metrics(void **state)
{
    char *text;
    (void)state;
    assert_int_equal(harness_shell("axb metrics", &text, NULL), 0);
    check_lines("metrics", text);
    free(text);
}

static void test_man(void **state)
{
    char *text;
    (void)state;
    assert_int_equal(harness_shell("axb help --man | sed 's/\\\\-/-/g'", &text, NULL), 0);
    size_t n_rows = 0;
    for (; opts_rows[n_rows].name; n_rows++)
        if (!has_option(text, opts_rows[n_rows].name))
            fail_msg("the man page has no --%s", opts_rows[n_rows].name);
    const char *options = strstr(text, ".SH OPTIONS"), *end = strstr(text, ".SH EXIT STATUS");
    assert_true(options && end);
    assert_int_equal(count_words(options, "\n.TP\n") - count_words(end, "\n.TP\n"), n_rows);
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char heading[64];
        snprintf(heading, sizeof heading, "\n.SS axb %s ", (*c)->name);
        assert_non_null(strstr(text, heading));
    }
    free(text);
}

/* The pages that are installed: made, and as they are. */
static const char *const pages[] = {"axb.1", SOURCE_DIR "/matcher/man/axb-expression.7",
                                    SOURCE_DIR "/matcher/man/axb-scorer.7"};

static bool is_missing(const char *program)
{
    char command[100];
    snprintf(command, sizeof command, "command -v %s >/dev/null", program);
    if (harness_shell(command, NULL, NULL) == 0)
        return false;
    fprintf(stderr, "SKIPPED: %s is not installed, so the manual is not tried with it\n", program);
    return true;
}

/* man and mandoc find nothing wrong, and no line is too wide for a terminal. */
static void test_manual(void **state)
{
    (void)state;
    assert_int_equal(harness_shell("axb help --man >axb.1", NULL, NULL), 0);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char command[400], *text;
        snprintf(command, sizeof command,
                 "MANWIDTH=80 man -E ascii --warnings -l %s 2>&1 >page.txt; cat page.txt |"
                 " awk 'length > 80'; rm page.txt",
                 pages[i]);
        if (!is_missing("man"))
            harness_shell_output(command, "");
        snprintf(command, sizeof command, "mandoc -T lint -W warning %s", pages[i]);
        if (!is_missing("mandoc"))
            harness_shell_output(command, "");
        snprintf(command, sizeof command, "cat %s", pages[i]);
        assert_int_equal(harness_shell(command, &text, NULL), 0);
        assert_true(strstr(text, ".SH EXAMPLES") && strstr(text, ".SH SEE ALSO"));
        free(text);
    }
    harness_shell("rm axb.1", NULL, NULL);
}

/* What README said of these is said in the manual, and may be left out there. */
static void test_manual_is_whole(void **state)
{
    static const char *const topics[] = {"AXB_CC",
                                         "AXB_SHARDS",
                                         "TMPDIR",
                                         "OMP_NUM_THREADS",
                                         "AXB_ISA",
                                         "NO_COLOR",
                                         ".SH EXIT STATUS",
                                         ".SH LONG RUNS",
                                         ".SH ON MANY MACHINES",
                                         ".SH LIMITS",
                                         ".SH STARTED BY A PROGRAM",
                                         ".SH ENVIRONMENT",
                                         ".SH FILES"};
    char *text;
    (void)state;
    assert_int_equal(harness_shell("axb help --man", &text, NULL), 0);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (!strstr(text, topics[i]))
            fail_msg("the manual has no %s", topics[i]);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verb_help),
        cmocka_unit_test(test_brief_help),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_program_help),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_man),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_manual_is_whole),
    };
    return cmocka_run_group_tests_name("cli_help", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
