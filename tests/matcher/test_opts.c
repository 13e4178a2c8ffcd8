/* Parsing by tables of rows that are made up, larger and odder than the program's own; and whether
 * the rows of the program are right among themselves. */
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define MANY 70 /* more than there will be */

#define AT(field) .offset = offsetof(struct opts, field)

static bool run_nothing(const struct opts *o, struct err *e)
{
    (void)o, (void)e;
    return true;
}

static const struct command verb = {
    .name = "try", .arguments = "", .topics = OPTS_SCORE, .run = run_nothing};
static const struct command help = {.name = "help", .max_inputs = OPTS_MANY};
static const struct command *const one_verb[] = {&verb, NULL};

static struct opts_table table_of(const struct opts_row *rows)
{
    return (struct opts_table){rows, one_verb, &help, &help};
}

/* Parses "axb try" and the words of `line`. */
static bool parse(struct opts *o, const struct opts_table *table, const char *line, struct err *e)
{
    static char text[1000], axb[] = "axb", name[] = "try";
    char *argv[32] = {axb, name}, *save = NULL;
    int argc = 2;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    *e = (struct err){0};
    return opts_parse(o, table, argc, argv, e);
}

static void expect_error(const struct opts_table *table, const char *line, const char *text)
{
    struct opts o;
    struct err e;
    assert_false(parse(&o, table, line, &e));
    assert_int_equal(e.status, ERR_USAGE);
    if (!strstr(e.text, text) && !strstr(e.hint, text))
        fail_msg("%s: \"%s\" (%s) does not say \"%s\"", line, e.text, e.hint, text);
    opts_free(&o);
}

/* ---- Kinds -----------------------------------------------------------------------------------*/

/* A row of each kind, each with a field of its own. */
static const struct opts_row kinds[] = {
    {.name = "flag", .letter = 'f', .topic = OPTS_SCORE, .kind = &kind_flag, AT(count)},
    {.name = "no-flag", .topic = OPTS_SCORE, .kind = &kind_unflag, AT(header)},
    {.name = "string", .argument = "S", .topic = OPTS_SCORE, .kind = &kind_string, AT(on)},
    {.name = "min",
     .argument = "T",
     .topic = OPTS_SCORE,
     .kind = &kind_number,
     AT(min),
     .given = offsetof(struct opts, min_given)},
    {.name = "tolerance",
     .argument = "T",
     .topic = OPTS_SCORE,
     .kind = &kind_number,
     AT(pair_timeout_seconds)},
    {.name = "wait",
     .argument = "S",
     .topic = OPTS_SCORE,
     .kind = &kind_seconds,
     AT(pair_timeout_seconds)},
    {.name = "rows", .argument = "N", .topic = OPTS_SCORE, .kind = &kind_count, AT(audit)},
    {.name = "jobs",
     .letter = 'j',
     .argument = "N",
     .topic = OPTS_SCORE,
     .kind = &kind_unsigned,
     AT(workers)},
    {.name = "bytes",
     .argument = "SIZE",
     .topic = OPTS_SCORE,
     .kind = &kind_size,
     AT(max_memory_bytes)},
    {.name = "char", .argument = "C", .topic = OPTS_SCORE, .kind = &kind_char, AT(delimiter)},
    {.name = "choice",
     .argument = "X",
     .topic = OPTS_SCORE,
     .kind = &kind_choice,
     AT(bind),
     .choices = "core|pu|numa"},
    {.name = "loud",
     .letter = 'v',
     .topic = OPTS_SCORE,
     .kind = &kind_level,
     AT(level),
     .level = LOG_VERBOSE},
    {.name = "foreign", .topic = OPTS_PAIR, .kind = &kind_flag, AT(plan)},
    {.name = NULL},
};

static void test_values(void **state)
{
    static const struct {
        const char *line, *option, *value;
    } cases[] = {
        {"--flag", "flag", "yes"},
        {"", "flag", "no"},
        {"-fv", "loud", "1"},
        {"--no-flag", "no-flag", "no"},
        {"", "no-flag", "yes"},
        {"--string a", "string", "a"},
        {"--string=a=b", "string", "a=b"},
        {"", "string", NULL},
        {"--min -0.1", "min", "-0.1"},
        {"--min 0.1 --min 1e300", "min", "1e+300"},
        {"--wait 0.30000000000000004", "wait", "0.30000000000000004"},
        {"--rows 12k", "rows", "12000"},
        {"--rows 9223372036854774784", "rows", "9223372036854774784"},
        {"-j4", "jobs", "4"},
        {"-fj 65535", "jobs", "65535"},
        {"--bytes 2GiB", "bytes", "2147483648"},
        {"--char ;", "char", ";"},
        {"--char \\t", "char", "\t"},
        {"", "char", ""},
        {"--choice numa", "choice", "2"},
    };
    const struct opts_table table = table_of(kinds);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opts o;
        struct err e;
        char text[OPTS_VALUE_BYTES];
        const struct opts_row *row = kinds;
        if (!parse(&o, &table, cases[i].line, &e))
            fail_msg("%s: %s", cases[i].line, e.text);
        while (strcmp(row->name, cases[i].option) != 0)
            row++;
        const char *value = opts_value(&o, row, text);
        if (!value || !cases[i].value)
            assert_true(value == cases[i].value);
        else
            assert_string_equal(value, cases[i].value);
        opts_free(&o);
    }
}

static void test_bad_values(void **state)
{
    static const char *const cases[][2] = {
        {"--flag=1", "takes no value"},
        {"--string", "needs S"},
        {"--string a --string a", "given twice"},
        {"--min x", "not a value for T"},
        {"--min nan", "not a value for T"},
        {"--wait -1", "not a value for S"},
        {"--wait inf", "not a value for S"},
        {"--rows 1x", "not a value for N"},
        {"--rows 1e19", "not a value for N"},
        {"--jobs 0", "not a value for N"},
        {"--jobs 65536", "not a value for N"},
        {"--jobs 1.5", "not a value for N"},
        {"--char ab", "not a value for C"},
        {"--char \"", "not a value for C"},
        {"--choice cor", "not one of core|pu|numa"},
        {"--foreign", "no option --foreign"},
        {"-x", "no option -x"},
    };
    const struct opts_table table = table_of(kinds);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_error(&table, cases[i][0], cases[i][1]);
}

/* Two numbers are two. */
static void test_own_fields(void **state)
{
    const struct opts_table table = table_of(kinds);
    struct opts o;
    struct err e;
    (void)state;
    assert_true(parse(&o, &table, "--min 0.9 --tolerance 0.1", &e));
    assert_true(o.min == 0.9 && o.min_given);
    assert_true(o.pair_timeout_seconds == 0.1);
    opts_free(&o);
    assert_true(parse(&o, &table, "--tolerance 0.1", &e));
    assert_true(o.min == 0 && !o.min_given);
    opts_free(&o);
}

static void test_is_scorer_file(void **state)
{
    (void)state;
    static const char *const files[] = {"x.c", "a/b.so", "x.cc", "x.cpp", "x.cxx", "x.py"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_true(opts_is_scorer_file(files[i]));
    assert_false(opts_is_scorer_file(".c") || opts_is_scorer_file("jaro(name)") ||
                 opts_is_scorer_file("x.rs") || opts_is_scorer_file("cpp"));
}

/* ---- Many rows -------------------------------------------------------------------------------*/

/* Options "option-0" to "option-69", of which two have fields of their own. */
static void make_rows(struct opts_row rows[MANY + 1], char names[MANY][16])
{
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], 16, "option-%d", i);
        rows[i] = (struct opts_row){
            .name = names[i], .argument = "S", .topic = OPTS_SCORE, .kind = &kind_string, AT(on)};
    }
    rows[64].offset = offsetof(struct opts, where);
    rows[MANY - 1].offset = offsetof(struct opts, score);
    rows[MANY] = (struct opts_row){.name = NULL};
}

static void test_many_options(void **state)
{
    static struct opts_row rows[MANY + 1];
    static char names[MANY][16];
    struct opts o;
    struct err e;
    (void)state;
    make_rows(rows, names);
    const struct opts_table table = table_of(rows);
    assert_true(parse(&o, &table, "--option-69 a --option-64=b --option-0 c", &e));
    assert_string_equal(o.score, "a");
    assert_string_equal(o.where, "b");
    assert_string_equal(o.on, "c");
    opts_free(&o);
    expect_error(&table, "--option-69 a --option-69 b", "--option-69 is given twice");
    expect_error(&table, "--Option-69 a", "nearest: option-69");
}

static void test_many_verbs(void **state)
{
    static struct command commands[MANY];
    static const struct command *list[MANY + 1];
    static char names[MANY][16];
    const struct opts_table table = {kinds, list, &help, &help};
    struct err e = {0};
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "verb-%d", i);
        commands[i] = verb;
        commands[i].name = names[i];
        list[i] = &commands[i];
    }
    assert_ptr_equal(opts_find_command(&table, "verb-69", NULL, &e), &commands[69]);
    assert_null(opts_find_command(&table, "Verb-69", NULL, &e));
    assert_non_null(strstr(e.text, "there are verb-69, "));
}

/* ---- The rows of the program -----------------------------------------------------------------*/

static bool is_taken(const struct opts_row *row)
{
    bool is = false;
    for (const struct command *const *c = command_table.commands; *c; c++)
        is = is || opts_takes(*c, row);
    return is;
}

static void test_own_rows(void **state)
{
    (void)state;
    for (const struct opts_row *row = opts_rows; row->name; row++) {
        bool flag =
            row->kind == &kind_flag || row->kind == &kind_unflag || row->kind == &kind_level;
        if (!row->kind || !row->group || !row->help == !row->choose || !row->offset ||
            !is_taken(row) || (row->topic & (row->topic - 1)) != 0 || flag != !row->argument ||
            (row->kind == &kind_choice) != !!row->choices)
            fail_msg("the row of --%s is wrong", row->name);
        for (const struct opts_row *other = opts_rows; other != row; other++)
            if (strcmp(other->name, row->name) == 0 ||
                (row->letter && other->letter == row->letter))
                fail_msg("--%s is like --%s", row->name, other->name);
    }
}

/* Does a verb after `c` have its name, or come after others but share its first word? */
static void check_order(const struct command *const *c)
{
    size_t n = strcspn((*c)->name, " ") + 1;
    bool apart = false;
    for (const struct command *const *other = c + 1; *other; other++) {
        bool together = strncmp((*c)->name, (*other)->name, n) == 0;
        if (together && (apart || strcmp((*c)->name, (*other)->name) == 0))
            fail_msg("the verb %s is in the wrong place", (*other)->name);
        apart = apart || !together;
    }
}

static void test_own_verbs(void **state)
{
    (void)state;
    for (const struct command *const *c = command_table.commands; *c; c++) {
        if (!(*c)->arguments || !(*c)->what || !(*c)->examples || !(*c)->more || !(*c)->run ||
            (*c)->min_inputs > (*c)->max_inputs)
            fail_msg("the row of %s is wrong", (*c)->name);
        check_order(c);
    }
    assert_true(command_table.help->run && command_table.version->run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),     cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_own_fields), cmocka_unit_test(test_many_options),
        cmocka_unit_test(test_many_verbs), cmocka_unit_test(test_own_rows),
        cmocka_unit_test(test_own_verbs),  cmocka_unit_test(test_is_scorer_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
