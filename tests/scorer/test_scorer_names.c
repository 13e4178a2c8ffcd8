/* Names of columns as C names, and the scan of a source for the columns that it reads. */
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names -----------------------------------------------------------------------------------*/

static void check_names(size_t n, char **names, const char *const *expected)
{
    struct err e = {0};
    char *c_names[32];
    assert_true(scorer_c_names(names, n, c_names, &e));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(c_names[i], expected[i]);
        free(c_names[i]);
    }
}

static void test_names(void **state)
{
    (void)state;
    char *odd[] = {"full name", "größe", "class", "1st",   "name", "name", "",    " a--b! ",
                   "名前",      "Øre",   "name",  "linux", "__x",  "\xff", "int", "_id"};
    const char *const expected[] = {"full_name", "grosse", "class_",     "_1st", "name",   "name_2",
                                    "column_7",  "a_b",    "u540du524d", "Ore",  "name_3", "linux_",
                                    "__x_",      "u00ff",  "int_",       "_id"};
    check_names(16, odd, expected);
    char *values[] = {"year", "year_number", "day_days", "day", "a_number", "a_number"};
    const char *const apart[] = {"year", "year_number_", "day_days",
                                 "day_", "a_number",     "a_number_2"};
    check_names(6, values, apart);
}

static void test_resolve(void **state)
{
    (void)state;
    char *names[] = {"x", "x", "#1", ""};
    struct scorer_headers h = {names, 4, names, 4};
    uint32_t i = 99;
    assert_true(scorer_resolve(&h, 0, "x", &i) && i == 0);
    assert_true(scorer_resolve(&h, 0, "#2", &i) && i == 1);
    assert_true(scorer_resolve(&h, 1, "#1", &i) && i == 2);
    assert_true(scorer_resolve(&h, 1, "", &i) && i == 3);
    assert_false(scorer_resolve(&h, 1, "#5", &i));
    assert_false(scorer_resolve(&h, 1, "#0", &i));
    assert_false(scorer_resolve(&h, 1, "y", &i));
}

/* ---- Scanning --------------------------------------------------------------------------------*/

/* What a scan finds, as "a.name b.x_number". */
static const char *scan(const char *text, bool wide, struct scorer_use *use)
{
    static char found[1000];
    static const char *const suffix[] = {"", "", "_number", "_days"};
    struct err e = {0};
    struct scorer_names names;
    assert_true(scorer_names_open(&names, &harness_scorer_headers, &e));
    assert_true(scorer_scan(text, wide, &names, use, &e));
    found[0] = 0;
    for (uint32_t k = 0; k < use->n_fields; k++)
        sprintf(found + strlen(found), "%s%c.%s%s", k ? " " : "", "ab"[use->fields[k].side],
                names.c_names[use->fields[k].side][use->fields[k].column],
                suffix[use->fields[k].kind]);
    scorer_names_close(&names);
    return found;
}

static void test_scan(void **state)
{
    (void)state;
    struct scorer_use use;
    assert_string_equal(scan("double score(){ return a->name.n + name; }", false, &use),
                        "a.name b.name");
    assert_true(use.score && !use.where && !use.monotone && !use.narrow);
    assert_string_equal(scan("a->x_number - (*b).day_days", false, &use),
                        "a.x_number a.day_days b.x_number b.day_days");
    assert_false(use.score);
    assert_string_equal(scan("a->full_name b -> grosse \"a->city\" '.' 1.x", false, &use),
                        "a.full_name b.grosse");
    assert_string_equal(scan("a->name.id == b->id", false, &use), "a.name a.id b.name b.id");
    assert_string_equal(scan("a->name.id", false, &use), "a.name b.name");
    assert_true(use.narrow);
    assert_string_equal(scan("a->name.id", true, &use), "a.name a.id b.name b.id");
    assert_string_equal(scan("# 1 \"x.h\" 1 3\na->name\n# 3 \"u.c\" 2\na->city", false, &use),
                        "a.city b.city");
    assert_string_equal(scan("#pragma x \"3\"\na->names a->nam x.city", false, &use),
                        "a.city b.city");
    scan("axb_where axb_monotone", false, &use);
    assert_true(use.where && use.monotone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
