/* Parsing by tables of rows that are made up, larger and odder than the program's own; and whether
 * the rows of the program are right among themselves. */
#include "core/string_builder.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_foreign.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
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
    {.name = "no-flag", .topic = OPTS_SCORE, .kind = &kind_unflag, AT(reading.header)},
    {.name = "list",
     .argument = "L",
     .topic = OPTS_SCORE,
     .kind = &kind_string,
     .many = true,
     AT(keep)},
    {.name = "string",
     .argument = "S",
     .topic = OPTS_SCORE,
     .kind = &kind_string,
     .columns = true,
     AT(on)},
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
    {.name = "char",
     .argument = "C",
     .topic = OPTS_SCORE,
     .kind = &kind_char,
     AT(reading.delimiter)},
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
        {"--min 1e300", "min", "1e+300"},
        {"-vv -v", "loud", "1"},
        {"--list a --list b,c --list=d", "list", "a,b,c,d"},
        {"--wait 0.30000000000000004", "wait", "0.30000000000000004"},
        {"--rows 12k", "rows", "12000"},
        {"--rows 9223372036854774784", "rows", "9223372036854774784"},
        {"-j4", "jobs", "4"},
        {"-fj 65535", "jobs", "65535"},
        {"--bytes 2GiB", "bytes", "2147483648"},
        {"--char ;", "char", ";"},
        {"--char \\t", "char", "\t"},
        {"", "char", ""},
        {"--choice numa", "choice", "numa"},
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
        const char *value = opts_value(&o, row, 0, text);
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
        {"--string a --string b", "--string is given twice: a and b"},
        {"--min 0.1 --min 0.2", "--min is given twice: 0.1 and 0.2"},
        {"--flag --flag", "--flag is given twice"},
        {"-ff", "--flag is given twice"},
        {"--string --min 1", "--string needs S"},
        {"--min x", "--min needs a number such as 0.9, not \"x\""},
        {"--min 90%", "--min needs a number such as 0.9, not \"90%\""},
        {"--min nan", "--min needs a number"},
        {"--wait -1", "needs a number of seconds such as 2 or 0.5, not \"-1\""},
        {"--wait inf", "needs a number of seconds"},
        {"--rows 1x", "needs a whole number such as 1000, 20k or 3M, not \"1x\""},
        {"--rows 1e19", "needs a whole number"},
        {"--jobs 0", "needs a whole number from 1 to 65535, not \"0\""},
        {"--jobs 65536", "from 1 to 65535"},
        {"--jobs 1.5", "from 1 to 65535"},
        {"--char ab", "needs one character such as ';' or '\\t', not \"ab\""},
        {"--char \"", "needs one character"},
        {"--choice cor", "--choice needs one of core, pu, numa, not \"cor\""},
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

/* ---- Several mistakes ------------------------------------------------------------------------*/

/* The command as it was meant, or NULL. */
static char *correction(const struct opts *o)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    const bool known = out && opts_words_print(o->words, out);
    char *text = string_builder_end(&b);
    if (known)
        return text;
    free(text);
    return NULL;
}

static void test_corrections(void **state)
{
    static const struct {
        const char *line, *meant; /* NULL: not known */
        unsigned findings;
    } cases[] = {
        {"--strnig a --min 90%", "axb try --string a --min 0.9", 2},
        {"--strnig=a\'b --min=0,5", "axb try '--string=a'\\''b' --min=0.5", 2},
        {"--flag --flag --min 2 %", NULL, 2},
        {"--flag --flag", "axb try --flag", 1},
        {"--string a b", "axb try --string 'a b'", 1},
        {"--threshold 0.7", "axb try --min 0.7", 1},
        {"--threshold 70%", "axb try --min 0.7", 2},
        {"--zzzzzzzz --min 1", NULL, 1},
        {"--min 1 --best --threshold 2", NULL, 3},
        {"--min 1", NULL, 0},
    };
    const struct opts_table table = table_of(kinds);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opts o;
        struct err e;
        assert_int_equal(parse(&o, &table, cases[i].line, &e), cases[i].findings == 0);
        char *meant = correction(&o);
        if (e.findings != cases[i].findings || !meant != !cases[i].meant ||
            (meant && strcmp(meant, cases[i].meant) != 0))
            fail_msg("%s: %u findings, meant %s\n%s", cases[i].line, e.findings,
                     meant ? meant : "nothing", e.text);
        free(meant);
        opts_free(&o);
    }
}

/* Does a verb take both? */
static bool take_both(const struct opts_row *x, const struct opts_row *y)
{
    const struct command *const *c = command_table.commands;
    while (*c && !(opts_takes(*c, x) && opts_takes(*c, y)))
        c++;
    return *c;
}

/* Each leads to an option that exists, and is none of the verbs that take that. */
static void test_foreign_rows(void **state)
{
    (void)state;
    for (size_t i = 0; opts_foreign_at(i); i++) {
        const struct opts_foreign *f = opts_foreign_at(i);
        const struct opts_row *is = opts_find_row(f->name);
        if (is && (!f->instead || take_both(is, opts_find_row(f->instead))))
            fail_msg("--%s is an option of axb now: its row in opts_foreign.c goes", f->name);
        if (f->instead ? !opts_find_row(f->instead) : !f->says)
            fail_msg("the foreign row of --%s leads nowhere", f->name);
        const struct opts_row *row = f->instead ? opts_find_row(f->instead) : NULL;
        if (row && (row->argument ? !f->takes_value && !(f->value && f->value[0])
                                  : f->takes_value || !f->value))
            fail_msg("the foreign row of --%s has no value for --%s", f->name, row->name);
    }
}

static void test_foreign_verbs(void **state)
{
    const struct opts_foreign_verb *v;
    struct err e;
    (void)state;
    for (size_t i = 0; (v = opts_foreign_verb_at(i)); i++) {
        if (opts_find_command(&command_table, v->name, NULL, &e))
            fail_msg("%s is a verb of axb now: its row in opts_foreign.c goes", v->name);
        if (!opts_find_command(&command_table, v->instead, NULL, &e) || !v->says)
            fail_msg("the foreign row of the verb %s leads nowhere", v->name);
        assert_ptr_equal(opts_foreign_verb_find(v->name), v);
    }
    assert_null(opts_foreign_verb_find("match"));
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
    expect_error(&table, "--Option-69 a", "did you mean --option-69?");
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
    assert_non_null(strstr(e.hint, "did you mean verb-69? verbs: verb-0, verb-1, "));
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
            !is_taken(row) || row->topic == 0 || flag != !row->argument ||
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
        cmocka_unit_test(test_values),         cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_own_fields),     cmocka_unit_test(test_many_options),
        cmocka_unit_test(test_corrections),    cmocka_unit_test(test_foreign_rows),
        cmocka_unit_test(test_foreign_verbs),  cmocka_unit_test(test_many_verbs),
        cmocka_unit_test(test_own_rows),       cmocka_unit_test(test_own_verbs),
        cmocka_unit_test(test_is_scorer_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
