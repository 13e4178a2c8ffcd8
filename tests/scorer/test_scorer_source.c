/* What a source says of the columns that it reads: tokens that C++ has besides those of C, and
 * columns that the source writes in another case. */
#include "core/string_builder.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tokens ----------------------------------------------------------------------------------*/

/* The columns of A that the text uses, by their numbers, as letters from 'a'. */
static const char *used(const char *text)
{
    static char columns[64];
    struct scorer_names names;
    struct scorer_use use;
    struct err e = {0};
    size_t n = 0;
    assert_true(scorer_names_open(&names, &harness_scorer_headers, &e));
    assert_true(scorer_scan(text, false, &names, &use, &e));
    for (uint32_t k = 0; k < use.n_fields; k++)
        if (use.fields[k].side == 0)
            columns[n++] = (char)('a' + use.fields[k].column);
    columns[n] = 0;
    scorer_names_close(&names);
    return columns;
}

static void test_literals(void **state)
{
    static const struct {
        const char *text, *used; /* the columns are name, city, x */
    } cases[] = {
        {"f(a->name, b->city)", "ab"},
        {"f(\"a->name\", a->city)", "b"},
        {"f('\"', a->city, '\"')", "b"},
        {"f(R\"(a->name \" )\", a->city)", "b"},
        {"f(R\"x(a->name )\" )x\", a->city)", "b"},
        {"f(u8R\"(\")\", a->city, LR\"(\n\"\n)\", a->x)", "bc"},
        {"f(R\"(no end, a->city)", ""},
        {"f(R\"12345678901234567(\", a->city)", "b"}, /* no raw literal: its mark is too long */
        {"f(R \"(\", a->city, \")\")", "b"},
        {"f(myR\"(\", a->city)", "b"},
        {"f(1'000'000, a->city, '\\'', a->name)", "ab"},
        {"f(0x1'f, 1e+5, a->city)", "b"},
        {"f(1'0/20.0, a->city)", "b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(used(cases[i].text), cases[i].used) != 0)
            fail_msg("%s uses \"%s\", expected \"%s\"", cases[i].text, used(cases[i].text),
                     cases[i].used);
}

/* ---- Other case ------------------------------------------------------------------------------*/

/* Takes `member` of A as an alias; the type of the row then, or NULL if it is none. */
static char *row_with(const struct scorer_headers *headers, const char *text, const char *member)
{
    struct scorer_names names;
    struct scorer_use use;
    struct string_builder string_builder;
    struct err e = {0};
    char *rows = NULL;
    assert_true(scorer_names_open(&names, headers, &e));
    assert_true(scorer_scan(text, false, &names, &use, &e));
    if (scorer_use_alias(&use, &names, 0, member)) {
        FILE *out = string_builder_open(&string_builder);
        assert_true(scorer_write_rows(out, &use, &names, &e));
        rows = string_builder_end(&string_builder);
    }
    scorer_names_close(&names);
    return rows;
}

static void test_other_case(void **state)
{
    (void)state;
    char *columns[] = {"Full Name", "Year", "x", "X", "n_Days"};
    const struct scorer_headers h = {columns, 5, columns, 5};
    static const struct {
        const char *text, *member, *line; /* NULL: no column is meant */
    } cases[] = {
        {"", "full_name", "    union { axb_str Full_Name; axb_str full_name; };\n"},
        {"a->Full_Name", "FULL_NAME", "    union { axb_str Full_Name; axb_str FULL_NAME; };\n"},
        {"", "year_number", "    union { double Year_number; double year_number; };\n"},
        {"", "yEAR_days", "    union { double Year_days; double yEAR_days; };\n"},
        {"", "N_DAYS", "    union { axb_str n_Days; axb_str N_DAYS; };\n"},
        {"", "year_Number", NULL}, /* the ending is written as it is */
        {"", "Year", NULL},        /* that is its name */
        {"", "x", NULL},
        {"", "fullname", NULL},
        {"", "yearly", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *rows = row_with(&h, cases[i].text, cases[i].member);
        if (!rows != !cases[i].line || (rows && !strstr(rows, cases[i].line)))
            fail_msg("%s: %s", cases[i].member, rows ? rows : "it is none");
        free(rows);
    }
    char *two[] = {"ab", "AB"};
    const struct scorer_headers both = {two, 2, two, 2};
    assert_null(row_with(&both, "", "Ab")); /* which? */
}

/* ---- Messages --------------------------------------------------------------------------------*/

static void test_missing_members(void **state)
{
    (void)state;
    const char *at =
        "x.c:4:20: error: 'axb_row_a' {aka 'const struct axb_row_a'} has no member named 'nmae'\n"
        "    4 |   a->nmae\n"
        "x.c:5:20: error: 'struct other' has no member named 'thing'\n"
        "x.c:6:20: error: no member named 'ctiy_days' in 'struct axb_row_b'\n";
    uint32_t side;
    char name[80];
    assert_true(scorer_next_missing(&at, &side, name, sizeof name));
    assert_string_equal(name, "nmae");
    assert_int_equal(side, 0);
    assert_true(scorer_next_missing(&at, &side, name, sizeof name));
    assert_string_equal(name, "ctiy_days");
    assert_int_equal(side, 1);
    assert_false(scorer_next_missing(&at, &side, name, sizeof name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_other_case),
        cmocka_unit_test(test_missing_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
