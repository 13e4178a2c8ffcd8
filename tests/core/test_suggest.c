/* Names near to one that was mistyped: their order, and how many are shown. */
#include "core/suggest.h"
#include "tests/test.h"

#include <string.h>

static const char *const names[] = {"postcode", "city", "street", "CITIES", "cita", "cito"};
#define N_NAMES (sizeof names / sizeof *names)

static void test_order(void **state)
{
    static const struct {
        const char *wanted, *list;
        size_t most;
    } cases[] = {
        {"city", "city, cita, cito", 3}, /* the same one first; then as they stand */
        {"CITY", "city, cita, cito", 3}, /* case says nothing */
        {"post", "postcode", 1},         /* what it begins is near */
        {"streeet", "street", 1},        /* one too many */
        {"stret", "street", 1},          /* one too few */
        {"citie", "CITIES, city, cita, cito, street, postcode", 0}, /* 0: all of them */
        {"x", "city, cita, cito, street, CITIES, postcode", 99},
        {"", "city, cita, cito, street, CITIES, postcode", 99},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        assert_ptr_equal(
            suggest_names(cases[i].wanted, names, N_NAMES, cases[i].most, text, sizeof text), text);
        if (strcmp(text, cases[i].list) != 0)
            fail_msg("near \"%s\": %s, not %s", cases[i].wanted, text, cases[i].list);
    }
}

/* Whatever the capacity: the beginning of the whole list, whole names alone, and never beyond it.
 */
static void test_room(void **state)
{
    (void)state;
    char whole[200], text[200];
    suggest_names("city", names, N_NAMES, 0, whole, sizeof whole);
    assert_int_equal(strlen(whole), 42);
    for (size_t bytes = 1; bytes <= sizeof text; bytes++) {
        memset(text, '#', sizeof text);
        suggest_names("city", names, N_NAMES, 0, text, bytes);
        size_t n = strlen(text);
        assert_true(n < bytes);
        char *cut = strstr(text, "…");
        if (cut) {
            assert_string_equal(cut, "…");
            n -= strlen("…");
        }
        assert_memory_equal(text, whole, n);
        assert_true(n == 0 || cut || whole[n] == 0 || whole[n] == ',');
        assert_true(!cut || n == 0 || whole[n - 1] == ' ');
        for (size_t i = bytes; i < sizeof text; i++)
            assert_int_equal(text[i], '#');
    }
}

static void test_none(void **state)
{
    (void)state;
    char text[20] = "before";
    suggest_names("city", names, 0, 0, text, sizeof text);
    assert_string_equal(text, "");
    suggest_names("city", (const char *const[]){"a name that is longer than the capacity"}, 1, 0,
                  text, sizeof text);
    assert_string_equal(text, "…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
