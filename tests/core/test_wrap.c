/* Wrapped text: the same words in lines that fit, and no line could have taken another word. */
#include "core/wrap.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *wrapped(const char *text, int column, int indent, int width)
{
    char *out = NULL;
    size_t n;
    FILE *f = open_memstream(&out, &n);
    assert_non_null(f);
    wrap_text(f, text, column, indent, width);
    fclose(f);
    return out;
}

static void test_exact(void **state)
{
    static const struct {
        const char *text;
        int column, indent, width;
        const char *lines;
    } cases[] = {
        {"one two three", 0, 0, 20, "one two three\n"},
        {"one two three", 0, 2, 8, "one two\n  three\n"},
        {"one two", 6, 6, 9, "one\n      two\n"},
        {"unbreakable x", 0, 1, 4, "unbreakable\n x\n"},
        {"größe öl", 0, 0, 8, "größe öl\n"},
        {"one\ntwo", 0, 2, 20, "one\n  two\n"},
        {"one\n\ntwo three", 0, 0, 5, "one\n\ntwo\nthree\n"},
        {"", 0, 0, 9, "\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *lines = wrapped(cases[i].text, cases[i].column, cases[i].indent, cases[i].width);
        assert_string_equal(lines, cases[i].lines);
        free(lines);
    }
}

static void check(const char *text, int indent, int width)
{
    char *lines = wrapped(text, indent, indent, width), *save = NULL, joined[600] = "";
    size_t last = 0;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const bool is_first = !joined[0];
        const char *words = line + (is_first ? 0 : indent);
        const size_t n = strlen(words), first_word = strcspn(words, " ");
        assert_true((int)n + indent <= width || !strchr(words, ' '));
        if (!is_first) /* its first word had no room in the line before */
            assert_true(indent + (int)(last + 1 + first_word) > width);
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
                 is_first ? "" : " ", words);
        last = n;
    }
    assert_string_equal(joined, text);
    free(lines);
}

static void test_any(void **state)
{
    (void)state;
    harness_seed(3);
    for (int i = 0; i < 2000; i++) {
        char text[500] = "";
        for (uint32_t n = 1 + harness_below(30); n > 0; n--)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s", *text ? " " : "",
                     1 + (int)harness_below(12), "abcdefghijklmnop");
        check(text, (int)harness_below(10), 12 + (int)harness_below(70));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact), cmocka_unit_test(test_any)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
