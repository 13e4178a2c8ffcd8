/* page_text: any bytes, against a twin that decodes by hand and writes character by character. */
#include "matcher/page/page_text.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The twin --------------------------------------------------------------------------------*/

/* The bytes of the character that p begins with, by the table of RFC 3629; 0: none begins there. */
static size_t twin_character(const unsigned char *p, size_t n, uint32_t *c)
{
    static const struct {
        unsigned char from, to, low, high; /* first byte, and the range of the second */
        size_t bytes;
    } row[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        if (p[0] < row[r].from || p[0] > row[r].to || row[r].bytes > n)
            continue;
        *c = row[r].bytes == 1 ? p[0] : p[0] & (0x7fu >> row[r].bytes);
        for (size_t k = 1; k < row[r].bytes; k++) {
            if (p[k] < (k == 1 ? row[r].low : 0x80) || p[k] > (k == 1 ? row[r].high : 0xbf))
                return 0;
            *c = *c << 6 | (p[k] & 0x3f);
        }
        return row[r].bytes;
    }
    return 0;
}

static bool twin_refuses(uint32_t c)
{
    static const uint32_t no[][2] = {
        {0x80, 0x9f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfdd0, 0xfdef}};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (c >= no[i][0] && c <= no[i][1])
            return true;
    return (c & 0xffff) >= 0xfffe;
}

static void twin_put(FILE *f, const char *text, size_t n, bool lines)
{
    static const char *const escape[128] = {
        ['<'] = "&lt;",   ['>'] = "&gt;",    ['&'] = "&amp;",   ['"'] = "&quot;",
        ['\''] = "&#39;", ['\n'] = "\u21b5", ['\t'] = "\u21e5", [0x7f] = "\u2421"};
    for (size_t at = 0; at < n;) {
        uint32_t c = 0;
        const size_t bytes = twin_character((const unsigned char *)text + at, n - at, &c);
        if (bytes == 0 || twin_refuses(c))
            fputs("\ufffd", f);
        else if (lines && (c == '\n' || c == '\t'))
            fputc((int)c, f);
        else if (c < 128 && escape[c])
            fputs(escape[c], f);
        else if (c < 0x20)
            fprintf(f, "\xe2\x90%c", (int)(0x80 + c));
        else
            fwrite(text + at, 1, bytes, f);
        at += bytes ? bytes : 1;
    }
}

/* ---- Comparing -------------------------------------------------------------------------------*/

static void check(const char *text, size_t n, bool lines)
{
    char is[8000] = "", should[8000] = "";
    FILE *f = fmemopen(is, sizeof is, "w"), *g = fmemopen(should, sizeof should, "w");
    assert_non_null(f);
    assert_non_null(g);
    (lines ? page_text_lines : page_text_put)(f, (struct bytes){text, (uint32_t)n});
    twin_put(g, text, n, lines);
    const long is_bytes = ftell(f), should_bytes = ftell(g);
    fclose(f);
    fclose(g);
    if (is_bytes != should_bytes || memcmp(is, should, (size_t)is_bytes) != 0)
        fail_msg("%02x %02x %02x (%zu bytes): %s, not %s", (unsigned char)text[0],
                 (unsigned char)text[1], (unsigned char)text[2], n, is, should);
}

static void test_all_beginnings(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            const char text[4] = {(char)a, (char)b, (char)0xbf, (char)0xa8};
            for (size_t n = 1; n <= 4; n++)
                check(text, n, false);
        }
}

static void test_refused_and_neighbours(void **state)
{
    (void)state;
    for (uint32_t c = 0x2020; c < 0x2070; c++) {
        const char text[4] = {(char)0xe2, (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)),
                              'x'};
        check(text, 4, false);
    }
    for (unsigned last = 0x80; last < 0xc0; last++) {
        const char end[4] = {(char)0xef, (char)0xbf, (char)last, 'x'};
        const char end_of_plane[4] = {(char)0xf0, (char)0x9f, (char)0xbf, (char)last};
        const char middle[4] = {(char)0xef, (char)0xb7, (char)last, 'x'};
        check(end, 4, false);
        check(end_of_plane, 4, false);
        check(middle, 4, false);
    }
}

static void random_text(char *text, size_t n)
{
    static const char *const piece[] = {"a",
                                        "<",
                                        "&",
                                        "\"",
                                        "\n",
                                        "\t",
                                        "\x1b",
                                        "\xc3\xa9",
                                        "\xc3",
                                        "\xe2\x80\xae",
                                        "\xf0\x9f\x98\x80",
                                        "\xff",
                                        "\x80"};
    for (size_t at = 0; at < n;) {
        const char *add = piece[harness_below(sizeof piece / sizeof *piece)];
        for (size_t k = 0; add[k] && at < n; k++)
            text[at++] = add[k];
    }
}

static void test_random(void **state)
{
    (void)state;
    harness_seed(1);
    for (unsigned round = 0; round < 5000; round++) {
        char text[64];
        const size_t n = 3 + harness_below(60);
        random_text(text, n);
        check(text, n, harness_below(2));
    }
}

/* ---- Cutting ---------------------------------------------------------------------------------*/

static char *value_of(struct bytes value)
{
    char *text = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    assert_non_null(f);
    page_text_value(f, value);
    fclose(f);
    return text;
}

static void test_values(void **state)
{
    (void)state;
    char *text = value_of((struct bytes){NULL, 0});
    assert_string_equal(text, "<i class=\"missing\">missing</i>");
    free(text);
    text = value_of((struct bytes){"", 0});
    assert_string_equal(text, "<bdi></bdi>");
    free(text);
    char large[PAGE_VALUE_BYTES + 3];
    memset(large, 'a', sizeof large);
    memcpy(large + PAGE_VALUE_BYTES - 1, "\xc3\xa9", 2); /* would be cut in two */
    text = value_of((struct bytes){large, sizeof large});
    assert_null(strstr(text, "\ufffd"));
    assert_non_null(strstr(text, "<i class=\"cut\">… 4 more bytes</i>"));
    free(text);
}

/* A prefix is as long as it can be, and ends where a character does. */
static void test_prefixes(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9\xe6\x9d\xb1\xf0\x9f\x98\x80z";
    static const size_t should[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t most = 0; most < sizeof should / sizeof *should; most++)
        assert_int_equal(page_text_prefix((struct bytes){text, 11}, most), should[most]);
    assert_int_equal(page_text_prefix((struct bytes){"\x80\x80\x80\x80\x80\x80", 6}, 5), 5);
}

static void check_label(const char *text, unsigned columns, const char *should)
{
    char is[200] = "";
    FILE *f = fmemopen(is, sizeof is, "w");
    assert_non_null(f);
    const bool cut = page_text_label(f, (struct bytes){text, (uint32_t)strlen(text)}, columns);
    fclose(f);
    assert_string_equal(is, should);
    assert_int_equal(cut, strstr(should, "…") != NULL);
}

static void test_labels(void **state)
{
    (void)state;
    check_label("", 5, "");
    check_label("abcde", 5, "abcde");
    check_label("abcdef", 5, "abcd…");
    check_label("<bcdef", 5, "&lt;bcd…");
    check_label("\u6771\u4eac\u90fd", 6, "\u6771\u4eac\u90fd");
    check_label("\u6771\u4eac\u90fd", 5, "\u6771\u4eac…");
    check_label("\u6771\u4eac\u90fd", 4, "\u6771…");
    check_label("\xff\xff\xff\xff\xff\xff", 1, "\ufffd\ufffd\ufffd\ufffd…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_beginnings), cmocka_unit_test(test_refused_and_neighbours),
        cmocka_unit_test(test_random),         cmocka_unit_test(test_values),
        cmocka_unit_test(test_prefixes),       cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
