/* Errors: what they hold, and where a text that is too long is cut. */
#include "core/err.h"
#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_set(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(err_set(&e, ERR_DATA, "look at it", "%s:%d: odd", "a.csv", 7));
    assert_int_equal(e.status, ERR_DATA);
    assert_string_equal(e.text, "a.csv:7: odd");
    assert_string_equal(e.hint, "look at it");
    assert_false(err_set(&e, ERR_USAGE, NULL, "plain"));
    assert_int_equal(e.status, ERR_USAGE);
    assert_string_equal(e.text, "plain");
    assert_string_equal(e.hint, "");
}

/* The number of characters; fails the test if a sequence is not whole. Two- and three-byte
 * characters are all that these tests use. */
static size_t whole_characters(const char *text)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; n++) {
        size_t bytes = *p < 0x80 ? 1 : *p >= 0xe0 ? 3 : 2;
        assert_true(*p < 0x80 || *p >= 0xc0);
        for (size_t i = 1; i < bytes; i++)
            assert_int_equal(p[i] & 0xc0, 0x80);
        p += bytes;
    }
    return n;
}

static void assert_cut(const char *text, size_t capacity)
{
    size_t n = strlen(text);
    assert_true(n < capacity && n + 3 >= capacity);
    assert_true(n >= 3 && strcmp(text + n - 3, "…") == 0);
    whole_characters(text);
}

/* A text of `bytes` bytes that begins with `shift` letters; then only two-byte characters. */
static char *long_text(size_t bytes, size_t shift)
{
    char *text = calloc(bytes + 2, 1);
    assert_non_null(text);
    memset(text, 'x', shift);
    for (size_t i = shift; i < bytes; i += 2) {
        text[i] = "é"[0];
        text[i + 1] = "é"[1];
    }
    return text;
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 2; shift++) {
        struct err e = {0};
        char *text = long_text(5000, shift);
        err_set(&e, ERR_OS, text, "%s", text);
        assert_cut(e.text, sizeof e.text);
        assert_cut(e.hint, sizeof e.hint);
        free(text);
    }
}

static void test_just_fits(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct err e = {0};
        char *text = calloc(sizeof e.text + 1, 1), *hint = calloc(sizeof e.hint + 1, 1);
        assert_non_null(text);
        assert_non_null(hint);
        memset(text, 'x', sizeof e.text - 1 + (size_t)over);
        memset(hint, 'y', sizeof e.hint - 1 + (size_t)over);
        err_set(&e, ERR_OS, hint, "%s", text);
        assert_int_equal(strcmp(e.text, text) == 0, !over);
        assert_int_equal(strcmp(e.hint, hint) == 0, !over);
        assert_int_equal(strstr(e.text, "…") != NULL, over);
        assert_int_equal(strstr(e.hint, "…") != NULL, over);
        free(text);
        free(hint);
    }
}

static void test_arguments_from_the_error_itself(void **state)
{
    (void)state;
    struct err e = {0};
    err_set(&e, ERR_IO, "try again", "it broke");
    err_set(&e, e.status, e.hint, "b.csv: %s", e.text);
    assert_int_equal(e.status, ERR_IO);
    assert_string_equal(e.text, "b.csv: it broke");
    assert_string_equal(e.hint, "try again");
}

static void test_system(void **state)
{
    (void)state;
    struct err e = {0};
    char wanted[200];
    assert_false(err_system(&e, ERR_NOINPUT, ENOENT, "is it there?", "cannot read %s", "a.csv"));
    snprintf(wanted, sizeof wanted, "cannot read a.csv: %s", strerror(ENOENT));
    assert_string_equal(e.text, wanted);
    assert_string_equal(e.hint, "is it there?");
    assert_int_equal(e.status, ERR_NOINPUT);
}

/* What comes of a limit names it, unless the caller knows better. */
static void test_hints_of_limits(void **state)
{
    (void)state;
    struct err e = {0};
    err_system(&e, ERR_IO, ENOSPC, NULL, "o.csv cannot be written");
    assert_non_null(strstr(e.hint, "disk is full"));
    err_system(&e, ERR_IO, EDQUOT, NULL, "o.csv cannot be written");
    assert_non_null(strstr(e.hint, "quota"));
    err_system(&e, ERR_IO, EFBIG, NULL, "o.csv cannot be written");
    assert_non_null(strstr(e.hint, "ulimit -f"));
    err_system(&e, ERR_IO, EFBIG, "shrink it", "o.csv cannot be written");
    assert_string_equal(e.hint, "shrink it");
    err_system(&e, ERR_IO, ENOENT, NULL, "o.csv cannot be written");
    assert_string_equal(e.hint, "");
}

static void test_system_keeps_its_words(void **state)
{
    (void)state;
    char after[200];
    snprintf(after, sizeof after, "…: %s", strerror(EACCES));
    for (size_t shift = 0; shift < 2; shift++) {
        struct err e = {0};
        char *text = long_text(5000, shift);
        err_system(&e, ERR_OS, EACCES, NULL, "%s", text);
        size_t n = strlen(e.text);
        assert_true(n < sizeof e.text && n > sizeof e.text - 6);
        assert_string_equal(e.text + n - strlen(after), after);
        whole_characters(e.text);
        free(text);
    }
}

static void test_print(void **state)
{
    (void)state;
    struct err e = {0};
    char *printed = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&printed, &n);
    assert_non_null(out);
    err_set(&e, ERR_DATA, NULL, "100%% wrong");
    err_print(&e, out);
    err_set(&e, ERR_DATA, "do %this", "%s", "%s is wrong");
    err_print(&e, out);
    err_set(&e, ERR_DATA, "\033[2J", "a\tb\nc\rd\x7f \x01 \u00e9 \xc2\x9b \xc2\xa0 \xc2");
    err_print(&e, out);
    fclose(out);
    assert_string_equal(printed, "axb: 100% wrong\naxb: %s is wrong\ndo %this\n"
                                 "axb: a\tb\nc?d? ? \u00e9 ?? \xc2\xa0 \xc2\n?[2J\n");
    free(printed);
}

static void test_several(void **state)
{
    struct err all = {0}, one;
    char *printed = NULL;
    size_t n = 0;
    (void)state;
    err_set(&one, ERR_USAGE, "do this", "x is wrong\nin two lines");
    assert_false(err_add(&all, &one));
    assert_memory_equal(&all, &one, sizeof all); /* the first is kept as it is */
    assert_false(err_add(&all, &one));           /* the same again is one */
    assert_int_equal(all.findings, 1);
    err_set(&one, ERR_DATA, NULL, "y is wrong");
    assert_false(err_add(&all, &one));
    err_set(&one, ERR_USAGE, "this\nor that", "z is wrong");
    assert_false(err_add(&all, &one));
    assert_int_equal(all.status, ERR_USAGE);
    assert_int_equal(all.findings, 3);
    FILE *out = open_memstream(&printed, &n);
    assert_non_null(out);
    err_print(&all, out);
    fclose(out);
    assert_string_equal(printed, "axb: this command has 3 problems\n"
                                 "  1. x is wrong\n     in two lines\n     do this\n"
                                 "  2. y is wrong\n"
                                 "  3. z is wrong\n     this\n     or that\n");
    free(printed);
}

/* More than there is room for: cut on a character, and nothing is written beyond. */
static void test_very_many(void **state)
{
    (void)state;
    struct {
        struct err e;
        char after[16];
    } held = {.after = "not touched"};
    for (unsigned i = 1; i <= 300; i++) {
        struct err one;
        err_set(&one, ERR_USAGE, "größer", "finding %u is größer than others", i);
        err_add(&held.e, &one);
        assert_int_equal(held.e.findings, i);
        assert_true(strlen(held.e.text) < sizeof held.e.text);
        whole_characters(held.e.text);
    }
    assert_string_equal(held.after, "not touched");
}

/* A failure of which nobody said why is one, too. */
static void test_status(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(err_status(&e), ERR_SOFTWARE);
    assert_true(e.text[0] != 0);
    err_set(&e, ERR_DATA, NULL, "a quote has no end");
    assert_int_equal(err_status(&e), ERR_DATA);
    assert_string_equal(e.text, "a quote has no end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),       cmocka_unit_test(test_cut),
        cmocka_unit_test(test_just_fits), cmocka_unit_test(test_arguments_from_the_error_itself),
        cmocka_unit_test(test_system),    cmocka_unit_test(test_system_keeps_its_words),
        cmocka_unit_test(test_print),     cmocka_unit_test(test_hints_of_limits),
        cmocka_unit_test(test_status),    cmocka_unit_test(test_several),
        cmocka_unit_test(test_very_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
