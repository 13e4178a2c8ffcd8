/* Names near to one that was mistyped: their order, and how many are shown. */
#include "core/suggest.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>

#include <string.h>

static const char *const names[] = {"postcode", "city", "street", "CITIES", "cita", "cito"};
#define N_NAMES (sizeof names / sizeof *names)

static void test_order(void **state)
{
    static const struct {
        const char *wanted, *list;
        size_t most;
    } cases[] = {
        {"city", "city, cita, cito", 3}, /* the nearest three, as they stand */
        {"CITY", "city, cita, cito", 3}, /* case says nothing */
        {"post", "postcode", 1},         /* what it begins is near */
        {"streeet", "street", 1},        /* one too many */
        {"stret", "street", 1},          /* one too few */
        {"postcodes", "postcode, street", 2},
        {"streets", "street, CITIES", 2},
        {"citie", "postcode, city, street, CITIES, cita, cito", 0}, /* 0: all of them */
        {"x", "postcode, city, street, CITIES, cita, cito", 99},
        {"", "city, street, cita, cito", 4},
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

/* ---- The nearest -----------------------------------------------------------------------------*/

static bool alike(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b) ||
           (strchr(" _-.", a) && strchr(" _-.", b));
}

/* The definition: the fewest letters to insert, to delete, to change, neighbours to swap. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0)
        return (unsigned)(n + m);
    unsigned best = distance(a, n - 1, b, m - 1) + !alike(a[n - 1], b[m - 1]);
    const unsigned shorter = distance(a, n - 1, b, m) + 1, longer = distance(a, n, b, m - 1) + 1;
    best = shorter < best ? shorter : best;
    best = longer < best ? longer : best;
    if (n > 1 && m > 1 && alike(a[n - 1], b[m - 2]) && alike(a[n - 2], b[m - 1])) {
        const unsigned swapped = distance(a, n - 2, b, m - 2) + 1;
        best = swapped < best ? swapped : best;
    }
    return best;
}

static unsigned distance_of(const char *wanted, const char *name)
{
    const size_t n = strlen(wanted);
    const unsigned d = distance(wanted, n, name, strlen(name));
    return n && strncasecmp(wanted, name, n) == 0 && d > 2 ? 2 : d;
}

static const char *twin_nearest(const char *wanted, const char *const *of, size_t n)
{
    const size_t letters = strlen(wanted);
    const unsigned most = letters < 5 ? 1 : letters / 3 > 2 ? (unsigned)letters / 3 : 2;
    const char *nearest = NULL;
    size_t n_nearest = 0;
    for (unsigned d = 0; d <= most && n_nearest == 0; d++)
        for (size_t i = 0; i < n; i++)
            if (distance_of(wanted, of[i]) == d) {
                nearest = of[i];
                n_nearest++;
            }
    return n_nearest == 1 ? nearest : NULL;
}

static void draw(char word[8])
{
    const uint32_t n = harness_below(8);
    for (uint32_t i = 0; i < n; i++)
        word[i] = "abAB_ -"[harness_below(7)];
    word[n] = 0;
}

static void test_nearest_by_the_twin(void **state)
{
    (void)state;
    size_t n_found = 0;
    harness_seed(7);
    for (int i = 0; i < 3000; i++) {
        char wanted[8], words[4][8];
        const char *of[4];
        draw(wanted);
        for (int k = 0; k < 4; k++) {
            draw(words[k]);
            of[k] = words[k];
        }
        const char *found = suggest_nearest(wanted, of, 4);
        n_found += found != NULL;
        if (found != twin_nearest(wanted, of, 4))
            fail_msg("\"%s\" among \"%s\" \"%s\" \"%s\" \"%s\": %s", wanted, of[0], of[1], of[2],
                     of[3], found ? found : "none");
    }
    assert_true(n_found > 500);
}

static void test_nearest(void **state)
{
    static const char *const columns[] = {"Company Name", "City", "cust_id", "e-mail"};
    static const char *const cases[][2] = {
        {"company_name", "Company Name"},
        {"ctiy", "City"},
        {"CITY", "City"},
        {"Company", "Company Name"},
        {"email", "e-mail"},
        {"custid", "cust_id"},
        {"name", NULL},
        {"town", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = suggest_nearest(cases[i][0], columns, 4);
        if (!found != !cases[i][1] || (found && strcmp(found, cases[i][1]) != 0))
            fail_msg("%s: %s", cases[i][0], found ? found : "none");
    }
}

/* One name, if one is nearest; else those that are near; else none. */
static void test_hint(void **state)
{
    static const struct {
        const char *wanted, *more, *hint;
    } cases[] = {
        {"stret", "the rest", "did you mean street? the rest"},
        {"stret", NULL, "did you mean street?"},
        {"citu", "the rest", "nearest: city, cita, cito; the rest"},
        {"citu", NULL, "nearest: city, cita, cito"},
        {"frobnicate", "the rest", "the rest"},
        {"frobnicate", NULL, ""},
        {"", "the rest", "the rest"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        suggest_hint(cases[i].wanted, names, N_NAMES, cases[i].more, text, sizeof text);
        assert_string_equal(text, cases[i].hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_room),
        cmocka_unit_test(test_none),  cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_hint),  cmocka_unit_test(test_nearest_by_the_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
