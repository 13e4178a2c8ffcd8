/* data/text: against utf8proc taken character by character and string by string. */
#include "data/text.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- Validity --------------------------------------------------------------------------------*/

static void check_valid(const unsigned char *p, size_t n)
{
    size_t is = text_valid_prefix((const char *)p, n);
    size_t should = twin_valid_prefix((const char *)p, n);
    if (is != should)
        fail_msg("%zu, not %zu, of %02X %02X %02X %02X (%zu)", is, should, p[0], p[1], p[2], p[3],
                 n);
}

static void test_valid_all_beginnings(void **state)
{
    (void)state;
    static const unsigned char fourth[] = {0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (unsigned c = 0x70; c < 0xD0; c++)
                for (size_t d = 0; d < sizeof fourth; d++) {
                    unsigned char p[4] = {(unsigned char)a, (unsigned char)b, (unsigned char)c,
                                          fourth[d]};
                    for (size_t n = d ? 4 : 0; n <= 4; n++)
                        check_valid(p, n);
                }
}

static void test_valid_random(void **state)
{
    (void)state;
    harness_seed(1);
    for (int round = 0; round < 20000; round++) {
        char text[200];
        size_t n = 0, want = harness_below(150);
        while (n < want)
            n += harness_below(6) ? twin_encode('a' + harness_below(26), text + n)
                                  : twin_encode(0x80 + harness_below(0x1000), text + n);
        if (n > 0 && harness_below(2))
            text[harness_below((uint32_t)n)] = (char)harness_below(256);
        assert_int_equal(text_valid_prefix(text, n), twin_valid_prefix(text, n));
    }
}

static void test_decode_every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[8];
        uint32_t out[8];
        if (c >= 0xD800 && c < 0xE000)
            continue;
        size_t n = twin_encode(c, text);
        text[n] = 'x';
        assert_int_equal(text_decode(text, n + 1, out), 2);
        assert_int_equal(text_characters(text, n + 1), 2);
        assert_int_equal(out[0], c);
        assert_int_equal(out[1], 'x');
    }
    assert_int_equal(text_decode("", 0, NULL), 0);
}

/* ---- Normalising -----------------------------------------------------------------------------*/

static void check_normalize(const char *p, size_t n, uint32_t flags)
{
    static char is[20000], should[20000];
    size_t is_n = 0, should_n = twin_normalize(p, n, flags, should);
    assert_true(text_normalize_capacity(n) <= sizeof is);
    assert_true(text_normalize(p, n, flags, is, &is_n));
    assert_true(is_n <= text_normalize_capacity(n));
    if (is_n != should_n || memcmp(is, should, is_n) != 0)
        fail_msg("flags %u: \"%.*s\" gives \"%.*s\", not \"%.*s\"", flags, (int)n, p, (int)is_n, is,
                 (int)should_n, should);
}

static void test_normalize_every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[8];
        if (c >= 0xD800 && c < 0xE000)
            continue;
        size_t n = twin_encode(c, text);
        for (uint32_t flag = 1; flag <= TEXT_ALL; flag *= 2)
            check_normalize(text, n, flag);
        check_normalize(text, n, TEXT_OF_LETTERS);
        check_normalize(text, n, TEXT_ALL & ~(TEXT_DIGITS | TEXT_ALNUM));
        check_normalize(text, n, c * 2654435761u >> 23 & TEXT_ALL);
    }
}

static uint32_t random_character(void)
{
    static const uint32_t ranges[][2] = {
        {0x20, 0x5F},    {0x41, 0x3A},   {0xC0, 0x100},   {0x300, 0x70},   {0x370, 0x90},
        {0x400, 0x100},  {0x900, 0x80},  {0x1100, 0x100}, {0xAC00, 0x500}, {0x3041, 0x100},
        {0x3131, 0x60},  {0xFF00, 0xF0}, {0xFB00, 0x100}, {0x1E00, 0x100}, {0x2000, 0x80},
        {0x11100, 0x80}, {0x1D15E, 8},   {0x9BE, 2},      {0xDCF, 2},      {0x20, 1},
        {0x27, 9},       {0x2E, 1},      {0x2E, 1},       {0x41, 4},       {0x2018, 2}};
    if (harness_below(20) == 0) {
        uint32_t c = 1 + harness_below(0x10FFFF);
        return c >= 0xD800 && c < 0xE000 ? 'x' : c;
    }
    uint32_t k = harness_below(sizeof ranges / sizeof *ranges);
    return ranges[k][0] + harness_below(ranges[k][1]);
}

static void test_normalize_random(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 60000; round++) {
        char text[400];
        harness_seed(round);
        size_t n = 0;
        bool ascii = harness_below(4) == 0;
        for (uint32_t left = harness_below(harness_below(2) ? 4 : 40); left > 0; left--)
            n += twin_encode(ascii ? 1 + harness_below(127) : random_character(), text + n);
        check_normalize(text, n, harness_below(TEXT_ALL + 1));
    }
}

/* Short texts of letters, points, apostrophes, blanks, digits and marks: all of them. */
static void test_punct_all_short(void **state)
{
    (void)state;
    static const char *const part[] = {"a", "B", ".", "'", " ", "7", ",", "\xCC\x81", "\xC3\xA9"};
    for (uint32_t k = 0; k < 9 * 9 * 9 * 9 * 9 * 9; k++) {
        char text[16] = "";
        for (uint32_t left = k; left > 0; left /= 9)
            strcat(text, part[left % 9]);
        check_normalize(text, strlen(text), TEXT_PUNCT);
        check_normalize(text, strlen(text), TEXT_PUNCT | TEXT_SPACE | TEXT_CASEFOLD);
    }
}

/* Cleaning what is clean changes nothing. */
static void test_normalize_twice(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 20000; round++) {
        static const uint32_t flags[] = {
            TEXT_PUNCT,      TEXT_SPACE,   TEXT_PUNCT | TEXT_SPACE,
            TEXT_DIGITS,     TEXT_ALNUM,   TEXT_INVISIBLE,
            TEXT_OF_LETTERS, TEXT_LETTERS, TEXT_OF_LETTERS | TEXT_PUNCT | TEXT_SPACE};
        char text[400], once[8000], twice[90000];
        size_t n = 0, n_once, n_twice;
        harness_seed(round);
        for (uint32_t left = harness_below(30); left > 0; left--) {
            uint32_t c = random_character();
            n += twin_encode(c < 0x2000 && c != 0x345 ? c : 'x', text + n);
        }
        const uint32_t f = flags[harness_below(sizeof flags / sizeof *flags)];
        assert_true(text_normalize(text, n, f, once, &n_once));
        assert_true(text_normalize(once, n_once, f, twice, &n_twice));
        if (n_once != n_twice || memcmp(once, twice, n_once) != 0)
            fail_msg("flags %u: \"%.*s\", then \"%.*s\"", f, (int)n_once, once, (int)n_twice,
                     twice);
    }
}

static void test_normalize_samples(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        const char *in, *out;
    } samples[] = {
        {TEXT_CASEFOLD,
         "Stra\xC3\x9F"
         "e \xC3\x84",
         "strasse \xC3\xA4"},
        {TEXT_STRIP_ACCENTS,
         "Jos\xC3\xA9 Nu\xC3\xB1"
         "ez",
         "Jose Nunez"},
        {TEXT_STRIP_ACCENTS, "e\xCC\x81", "e"},
        {TEXT_NFKC, "\xEF\xBC\xA1\xEF\xAC\x81", "Afi"},
        {TEXT_NFKC, "e\xCC\x81", "\xC3\xA9"},
        {TEXT_NFKC, "\xEF\xBD\xB6\xEF\xBE\x9E", "\xE3\x82\xAC"},
        {TEXT_PUNCT, "O'Brien-Smith, Jr./Sr.", "OBrien Smith Jr Sr"},
        {TEXT_PUNCT, "a\u2013b \u20ac5", "a b 5"},
        {TEXT_PUNCT, "Last,First", "Last First"},
        {TEXT_PUNCT, "Ltd.Co", "Ltd Co"},
        {TEXT_PUNCT, "a;b x_y name(old)", "a b x y name old"},
        {TEXT_PUNCT, "JSC\"ARGUMENT\"", "JSC ARGUMENT"},
        {TEXT_PUNCT, "J.R.Ware, J.R. Ware, J. R. Ware", "JR Ware JR Ware J R Ware"},
        {TEXT_PUNCT, "U.S.A. St.John 3.14 1,000", "USA St John 3 14 1 000"},
        {TEXT_PUNCT, "D\u2019Arcy O\u02bcDell O'.Dell", "DArcy ODell O Dell"},
        {TEXT_PUNCT, "AT&T, C++ - #1", "AT T C  1"},
        {TEXT_PUNCT, "+", ""},
        {TEXT_INVISIBLE, "a\u200bb\u00adc\ufeffd\u200fe\ufe0f", "abcde"},
        {TEXT_INVISIBLE | TEXT_NFKC, "e\u200d\u0301", "\u00e9"},
        {TEXT_LETTERS, "\u0141\u00f3d\u017a \u00c6r\u00f8 Stra\u00dfe \u00deor \u0131",
         "L\u00f3d\u017a AEro Strasse THor i"},
        {TEXT_LETTERS | TEXT_STRIP_ACCENTS | TEXT_CASEFOLD,
         "\u0141\u00d3D\u0179 \u01fe \u0110or\u0111evi\u0107", "lodz o dordevic"},
        {TEXT_DIGITS, "+49 (0)30 1234-5",
         "49030"
         "12345"},
        {TEXT_ALNUM, "AB-12 c\u00e9/\u0968!", "AB12c\u00e9\u0968"},
        {TEXT_SPACE,
         "  a \t b\xC2\xA0\xE3\x80\x80"
         "c \n",
         "a b c"},
        {TEXT_SPACE, " \t ", ""},
        {TEXT_SPACE | TEXT_PUNCT, "a - b", "a b"},
        {TEXT_CASEFOLD | TEXT_SPACE, " ABC  xyz Z[", "abc xyz z["},
        {0, "  As it-is\xC3\xA9 ", "  As it-is\xC3\xA9 "},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char out[200];
        size_t n = strlen(samples[i].in), out_n;
        assert_true(text_normalize(samples[i].in, n, samples[i].flags, out, &out_n));
        out[out_n] = 0;
        assert_string_equal(out, samples[i].out);
    }
}

static void test_normalize_refuses_invalid(void **state)
{
    (void)state;
    char out[100];
    size_t n;
    assert_false(text_normalize("abc\xFF", 4, TEXT_CASEFOLD, out, &n));
    assert_false(text_normalize("\xED\xA0\x80", 3, 0, out, &n));
}

/* Letters with marks after them, in any order, and at times more than the stack has room for. */
static void test_normalize_marks(void **state)
{
    (void)state;
    static const uint32_t points[] = {
        'a',   'E',    0xE4,   0xDF,   0x130,  0x3B1,  0x3A3,  0x1F80,  0x1FB3, 0x1FBC, 0x308,
        0x323, 0x345,  0x344,  0x301,  0x300,  0x345,  0x315,  0x34F,   0xAD,   0x37A,  0x5B9,
        0xDDD, 0x1100, 0x1161, 0x11A8, 0xFF9E, 0x33A2, 0xFDFA, 0x1D165, 0xF73,  0x3099};
    for (uint64_t round = 0; round < 20000; round++) {
        char text[1200];
        size_t n = 0;
        harness_seed(round);
        const uint32_t letters = harness_below(2) ? 1 : 40; /* of 40 */
        for (uint32_t left = harness_below(harness_below(4) ? 8 : 300); left > 0; left--) {
            const bool any = n == 0 || harness_below(40) < letters;
            n += twin_encode(points[any ? harness_below(32) : 10 + harness_below(8)], text + n);
        }
        check_normalize(text, n, harness_below(TEXT_ALL + 1));
    }
}

/* Nothing overflows. */
static void test_normalize_many_marks(void **state)
{
    (void)state;
    static char text[1601], out[20000];
    static const char *const mark[] = {"\xCC\x81", "\xCD\x84", "\xCC\xA3"};
    size_t n;
    text[0] = 'e';
    for (size_t i = 1; i < sizeof text; i += 2)
        memcpy(text + i, mark[i < 3 ? 0 : harness_below(3)], 2);
    check_normalize(text, sizeof text, TEXT_NFKC);
    check_normalize(text, sizeof text, TEXT_NFKC | TEXT_CASEFOLD);
    assert_true(text_normalize(text, sizeof text, TEXT_STRIP_ACCENTS, out, &n));
    assert_int_equal(n, 1);
}

static void test_is_space(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++)
        if (text_is_space(c) != twin_is_space(c))
            fail_msg("U+%04X", c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_all_beginnings),
        cmocka_unit_test(test_valid_random),
        cmocka_unit_test(test_decode_every_character),
        cmocka_unit_test(test_normalize_every_character),
        cmocka_unit_test(test_normalize_random),
        cmocka_unit_test(test_normalize_samples),
        cmocka_unit_test(test_normalize_refuses_invalid),
        cmocka_unit_test(test_normalize_marks),
        cmocka_unit_test(test_normalize_many_marks),
        cmocka_unit_test(test_is_space),
        cmocka_unit_test(test_punct_all_short),
        cmocka_unit_test(test_normalize_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
