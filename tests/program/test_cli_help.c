/* Help: every verb and every option is in it, and in the man page. */
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMNS 100

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

static void test_verb_help(void **state)
{
    (void)state;
    for (const struct command *const *c = command_table.commands; *c; c++) {
        char command[64], first[64], *text, *same;
        snprintf(command, sizeof command, "axb %s --help", (*c)->name);
        assert_int_equal(harness_shell(command, &text, NULL), 0);
        snprintf(command, sizeof command, "axb help %s", (*c)->name);
        assert_int_equal(harness_shell(command, &same, NULL), 0);
        assert_string_equal(text, same);
        snprintf(first, sizeof first, "  axb %s", (*c)->name);
        assert_int_equal(strncmp(text, first, strlen(first)), 0);
        check_lines((*c)->name, text);
        const char *options = strstr(text, "\nusage: ");
        assert_non_null(options);
        for (const struct opts_row *row = opts_rows; row->name; row++)
            if (opts_takes(*c, row))
                assert_int_equal(has_option(options, row->name), row->topic != OPTS_STARTER);
        free(text);
        free(same);
    }
}

static void test_program_help(void **state)
{
    char *text, *same;
    (void)state;
    assert_int_equal(harness_shell("axb --help", &text, NULL), 0);
    assert_int_equal(harness_shell("axb help", &same, NULL), 0);
    assert_string_equal(text, same);
    assert_non_null(strstr(text, "Examples\n  axb match A.csv B.csv"));
    check_lines("axb", text);
    for (const struct command *const *c = command_table.commands; *c; c++)
        assert_int_equal(strstr(text, (*c)->what) != NULL, !(*c)->for_programs);
    free(text);
    free(same);
    harness_shell_output("axb --version", "axb " AXB_VERSION "\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verb_help),
        cmocka_unit_test(test_program_help),
        cmocka_unit_test(test_man),
    };
    return cmocka_run_group_tests_name("cli_help", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
