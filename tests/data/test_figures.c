/* Numbers, dates and places as people write them: known ones in made-up spellings, lists of texts
 * with what each is, and whole columns. Another oracle, in Python, is in tests/differential. */
#include "data/figures/figures.h"
#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEED 20240601u
#define SPELLINGS 200000u

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){text, (uint32_t)strlen(text)};
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* Both NaN, or the same number. */
static bool same(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

static const struct number_case {
    const char *text;
    double point, comma; /* with this decimal sign; NAN: no number */
} number_cases[] = {
    {"1,234.50", 1234.5, NAN},
    {"1.234,50", NAN, 1234.5},
    {"1,234", 1234, 1.234},
    {"1.234", 1.234, 1234},
    {"1,234,567", 1234567, NAN},
    {"1.234.567", NAN, 1234567},
    {"12,5", NAN, 12.5},
    {"12.5", 12.5, NAN},
    {"0,123", NAN, 0.123},
    {"0.123", 0.123, NAN},
    {"1234,567", NAN, 1234.567},
    {"12,34,567", 1234567, NAN},
    {"1,23,45", NAN, NAN},
    {"12.34.567", NAN, NAN},
    {"1 234.5", 1234.5, NAN},
    {"1 234,5", NAN, 1234.5},
    {"1\u00a0234\u00a0567", 1234567, 1234567},
    {"1\u202f234,5", NAN, 1234.5},
    {"1\u2009234", 1234, 1234},
    {"100 000", 100000, 100000},
    {"1 2", NAN, NAN},
    {"1 23 456", NAN, NAN},
    {"1'234'567.5", 1234567.5, NAN},
    {"1\u2019234", 1234, 1234},
    {"1,234 567", NAN, NAN},
    {"01,234", NAN, 1.234},
    {"007", 7, 7},
    {"$1234.50", 1234.5, NAN},
    {"10€", 10, 10},
    {"€ -5", -5, -5},
    {"-€5", -5, -5},
    {"US$ 5", 5, 5},
    {"R$ 1.234,50", NAN, 1234.5},
    {"CHF 1'234.-", 1234, 1234},
    {"12,-", 12, 12},
    {"12,\u2013 €", 12, 12},
    {"5 kr", 5, 5},
    {"5 KR", 5, 5},
    {"100 z\u0142", 100, 100},
    {"eur 7", 7, 7},
    {"€5€", NAN, NAN},
    {"5 EURO", NAN, NAN},
    {"(1234.50)", -1234.5, NAN},
    {"(€5)", -5, -5},
    {"$(5)", -5, -5},
    {"(-5)", NAN, NAN},
    {"(5", NAN, NAN},
    {"1234.50-", -1234.5, NAN},
    {"-5-", NAN, NAN},
    {"\u22125", -5, -5},
    {"\u20135", -5, -5},
    {"+1234.50", 1234.5, NAN},
    {"+ 5", 5, 5},
    {"--1", NAN, NAN},
    {"12%", 0.12, 0.12},
    {"12,5 %", NAN, 0.125},
    {"(3%)", -0.03, -0.03},
    {"5%%", NAN, NAN},
    {"1e3%", NAN, NAN},
    {"1.2345e3", 1234.5, NAN},
    {"1,5e3", NAN, 1500},
    {"1e3", 1000, 1000},
    {"1 234e3", NAN, NAN},
    {" 1234.5 ", 1234.5, NAN},
    {".5", 0.5, NAN},
    {",5", NAN, 0.5},
    {"5.", 5, NAN},
    {"5,", NAN, NAN},
    {"-0", 0, 0},
    {"", NAN, NAN},
    {".", NAN, NAN},
    {"%", NAN, NAN},
    {"-", NAN, NAN},
    {"€", NAN, NAN},
    {"()", NAN, NAN},
    {"n/a", NAN, NAN},
    {"0x4d2", NAN, NAN},
    {"inf", NAN, NAN},
    {"nan", NAN, NAN},
    {"1e999", NAN, NAN},
    {"1.2.3", NAN, NAN},
    {"1,2,3", NAN, NAN},
    {"030 123 456", NAN, NAN},
    {"12 Main St", NAN, NAN},
    {"2021-04-03", NAN, NAN},
};

static void test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof number_cases / sizeof *number_cases; i++) {
        const struct number_case *c = &number_cases[i];
        const struct bytes v = bytes_of(c->text);
        const double point = spelled_number(v, '.'), comma = spelled_number(v, ',');
        if (!same(point, c->point) || !same(comma, c->comma))
            fail_msg("\"%s\": %g and %g, not %g and %g", c->text, point, comma, c->point, c->comma);
        const double either = isnan(c->point) ? c->comma : c->point;
        assert_true(same(spelled_number_either(v, '.'), either));
        assert_true(same(spelled_number_either(v, ','), isnan(c->comma) ? c->point : c->comma));
    }
}

/* What a text tells of the decimal sign is what both readings are. */
static void test_signs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof number_cases / sizeof *number_cases; i++) {
        const struct number_case *c = &number_cases[i];
        const enum spelled_sign expected =
            isnan(c->point)        ? (isnan(c->comma) ? SPELLED_NO_NUMBER : SPELLED_COMMA)
            : isnan(c->comma)      ? SPELLED_POINT
            : c->point == c->comma ? SPELLED_ANY
                                   : SPELLED_UNSURE;
        bool plain;
        assert_int_equal(spelled_number_sign(bytes_of(c->text), &plain), expected);
        assert_int_equal(plain, !isnan(spelled_number_plain(bytes_of(c->text))));
        if (spelled_number_is_simple(bytes_of(c->text)))
            assert_true(plain);
    }
}

/* Digits in groups of three, separated by `separator`. */
static void put_grouped(uint64_t n, const char *separator, char *out)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    *out = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            strcat(out, separator);
        strncat(out, digits + i, 1);
    }
}

/* A known number in a random spelling. */
static void test_random_numbers(void **state)
{
    static const char *const separators[][6] = {{",", " ", "'", "\u00a0", "\u2019", ""},
                                                {".", " ", "'", "\u202f", "\u2009", ""}};
    static const char *const around[][2] = {
        {"", ""},          {"-", ""},  {"", "-"},    {"(", ")"},      {"\u2212", ""},
        {"+", ""},         {"€", ""},  {"", " CHF"}, {"-$", ""},      {"($", ")"},
        {"", " z\u0142-"}, {" ", " "}, {"kr. ", ""}, {"", "\u00a0€"}, {"USD -", ""}};
    (void)state;
    srand(SEED);
    for (uint32_t i = 0; i < SPELLINGS; i++) {
        const uint64_t whole = (uint64_t)rand() >> below(31);
        const uint32_t cents = below(100);
        const bool comma = below(2), percent = below(8) == 0;
        const char *const *put = around[below(sizeof around / sizeof *around)];
        const bool negative =
            strpbrk(put[0], "-(") || strstr(put[0], "\u2212") || strchr(put[1], '-');
        char grouped[80], text[160], exact[80];
        put_grouped(whole, separators[comma][below(6)], grouped);
        snprintf(text, sizeof text, "%s%s%c%02u%s%s", put[0], grouped, comma ? ',' : '.', cents,
                 percent ? "%" : "", put[1]);
        snprintf(exact, sizeof exact, "%s%llu.%02u%s", negative ? "-" : "",
                 (unsigned long long)whole, cents, percent ? "e-2" : "");
        const double got = spelled_number(bytes_of(text), comma ? ',' : '.');
        if (got != strtod(exact, NULL))
            fail_msg("\"%s\" is %.17g, not %s", text, got, exact);
    }
}

/* ---- Dates -----------------------------------------------------------------------------------*/

static double civil(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (double)(timegm(&tm) / 86400);
}

/* As YYYYMMDD in each order; 0: no date. */
static const struct date_case {
    const char *text;
    int dmy, mdy, ymd;
} date_cases[] = {
    {"2021-04-03", 20210403, 20210403, 20210403},
    {"2021/04/03 12:00", 20210403, 20210403, 20210403},
    {"20210403", 20210403, 20210403, 20210403},
    {"2021-4-3", 20210403, 20210403, 20210403},
    {"2021.04.03", 20210403, 20210403, 20210403},
    {"2021 04 03", 20210403, 20210403, 20210403},
    {"2021-04-03T12:00:00Z", 20210403, 20210403, 20210403},
    {"03/04/2021", 20210403, 20210304, 0},
    {"3.4.2021", 20210403, 20210304, 0},
    {"3-4-2021", 20210403, 20210304, 0},
    {"3 4 2021", 20210403, 20210304, 0},
    {"3. 4. 2021", 20210403, 20210304, 0},
    {"31/12/2021", 20211231, 0, 0},
    {"12/31/2021", 0, 20211231, 0},
    {"12/31/2021 3:05 PM", 0, 20211231, 0},
    {"31.12.99", 19991231, 0, 0},
    {"12/31/68", 0, 20681231, 0},
    {"12/31/69", 0, 19691231, 0},
    {"99-12-31", 0, 0, 19991231},
    {"01/02/03", 20030201, 20030102, 20010203},
    {"21/04/03", 20030421, 0, 20210403},
    {"29.2.2020", 20200229, 0, 0},
    {"29.2.2021", 0, 0, 0},
    {"3 Apr 2021", 20210403, 20210403, 20210403},
    {"03-APR-21", 20210403, 20210403, 20210403},
    {"03APR2021", 20210403, 20210403, 20210403},
    {"April 3, 2021", 20210403, 20210403, 20210403},
    {"Apr. 3rd, 2021", 20210403, 20210403, 20210403},
    {"3rd of April 2021", 20210403, 20210403, 20210403},
    {"2021-Apr-03", 20210403, 20210403, 20210403},
    {"Sat, 03 Apr 2021 12:00:00 +0000", 20210403, 20210403, 20210403},
    {"3. M\u00e4rz 2021", 20210303, 20210303, 20210303},
    {"3. M\u00c4RZ 2021", 20210303, 20210303, 20210303},
    {"3. Ma\u0308rz 2021", 20210303, 20210303, 20210303},
    {"1er ao\u00fbt 2020", 20200801, 20200801, 20200801},
    {"3 f\u00e9vrier 2021", 20210203, 20210203, 20210203},
    {"6 de mayo de 2020", 20200506, 20200506, 20200506},
    {"7 giugno 2019", 20190607, 20190607, 20190607},
    {"31. Dezember 2021, 08:15", 20211231, 20211231, 20211231},
    {"31 April 2021", 0, 0, 0},
    {"3 Foo 2021", 0, 0, 0},
    {"April 2021", 0, 0, 0},
    {"3/4-2021", 0, 0, 0},
    {"3//4/2021", 0, 0, 0},
    {"3,4,2021", 0, 0, 0},
    {"-3/4/2021", 0, 0, 0},
    {"3/4/2021 x", 0, 0, 0},
    {"3/4/2021/5", 0, 0, 0},
    {"3/4/021", 0, 0, 0},
    {"3/4", 0, 0, 0},
    {"2021", 0, 0, 0},
    {"20211340", 0, 0, 0},
    {"n/a", 0, 0, 0},
    {"", 0, 0, 0},
};

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof date_cases / sizeof *date_cases; i++) {
        const struct date_case *c = &date_cases[i];
        const int expected[SPELLED_N_ORDERS] = {c->dmy, c->mdy, c->ymd};
        const struct spelled_date d = spelled_date_read(bytes_of(c->text));
        for (unsigned k = 0; k < SPELLED_N_ORDERS; k++) {
            const int day = expected[k];
            const double days = spelled_date_days(&d, 1u << k);
            const double want = day ? civil(day / 10000, day / 100 % 100, day % 100) : (double)NAN;
            if (!same(days, want) || !!(d.orders & 1u << k) != !!day)
                fail_msg("\"%s\" in order %u: %g, not %d", c->text, k, days, day);
        }
    }
}

/* Each day of a hundred years, as strftime writes it. */
static void test_every_day(void **state)
{
    static const struct {
        const char *format;
        unsigned order;
    } styles[] = {
        {"%Y-%m-%d", SPELLED_DMY},  {"%d/%m/%Y", SPELLED_DMY},    {"%m/%d/%Y", SPELLED_MDY},
        {"%d.%m.%y", SPELLED_DMY},  {"%y-%m-%d", SPELLED_YMD},    {"%d %b %Y", SPELLED_MDY},
        {"%B %d, %Y", SPELLED_YMD}, {"%e. %B %y", SPELLED_DMY},   {"%m-%d-%y", SPELLED_MDY},
        {"%Y%m%d", SPELLED_DMY},    {"%A, %d %B %Y", SPELLED_DMY}};
    (void)state;
    for (int day = (int)civil(1969, 1, 1); day <= (int)civil(2068, 12, 31); day++)
        for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
            const time_t seconds = (time_t)day * 86400;
            struct tm tm;
            char text[64], iso[11] = "", expected[11];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            strftime(text, sizeof text, styles[i].format, gmtime_r(&seconds, &tm));
#pragma GCC diagnostic pop
            const struct spelled_date d = spelled_date_read(bytes_of(text));
            if (spelled_date_days(&d, styles[i].order) != day)
                fail_msg("%s as \"%s\"", styles[i].format, text);
            if (strchr(styles[i].format, 'A') == NULL)
                assert_true(spelled_date_format(bytes_of(text), styles[i].format) == day);
            spelled_date_write(day, iso);
            strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
            assert_string_equal(iso, expected);
        }
}

static void test_formats(void **state)
{
    (void)state;
    assert_true(spelled_date_format(bytes_of(" 03.Apr.2021 "), "%d.%b.%Y") == civil(2021, 4, 3));
    assert_true(spelled_date_format(bytes_of("2021093"), "%Y%j") == civil(2021, 4, 3));
    assert_true(isnan(spelled_date_format(bytes_of("03.04.2021 x"), "%d.%m.%Y")));
    assert_true(isnan(spelled_date_format(bytes_of("31.02.2021"), "%d.%m.%Y")));
    assert_true(isnan(spelled_date_format(bytes_of(""), "%d.%m.%Y")));
    static const char *const whole[] = {"%d.%m.%Y", "%D", "%F", "%Y%j", "%e %B %y", "%Od/%m/%EY"};
    static const char *const parts[] = {"%d.%m", "%Y-%m", "dmy", "%", "%%d%%m%%Y", "%b %Y", ""};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        assert_true(spelled_date_format_whole(whole[i]));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_false(spelled_date_format_whole(parts[i]));
}

/* ---- Places ----------------------------------------------------------------------------------*/

static void test_places(void **state)
{
    static const struct {
        const char *text;
        double north, east;
    } cases[] = {{"48.1, 11.6", 48.1, 11.6},
                 {"48.1,11.6", 48.1, 11.6},
                 {"48.1 11.6", 48.1, 11.6},
                 {"48.1;11.6", 48.1, 11.6},
                 {"48,1; 11,6", 48.1, 11.6},
                 {"48,1 11,6", 48.1, 11.6},
                 {"48,1, 11,6", 48.1, 11.6},
                 {"(48.1, 11.6)", 48.1, 11.6},
                 {"48,1", 48, 1},
                 {" -33.9, 151.2", -33.9, 151.2},
                 {"91, 0", NAN, 0},
                 {"48.1", NAN, 0},
                 {"1, 2, 3", NAN, 0},
                 {"", NAN, 0},
                 {",", NAN, 0},
                 {"x, y", NAN, 0},
                 {"0, 361", NAN, 0}};
    const struct figure_format f = figure_default(FIGURE_PLACE);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double degrees[2];
        const bool is_place = figure_place(bytes_of(cases[i].text), &f, degrees);
        if (is_place != !isnan(cases[i].north) ||
            (is_place && (degrees[0] != cases[i].north || degrees[1] != cases[i].east)))
            fail_msg("\"%s\"", cases[i].text);
    }
}

/* ---- Plain text ------------------------------------------------------------------------------*/

static void check_written(const char *text, struct figure_format f, const char *expected)
{
    char out[300];
    const size_t n = figure_write(bytes_of(text), &f, out);
    if (n != strlen(expected) || memcmp(out, expected, n) != 0)
        fail_msg("\"%s\" is written \"%.*s\", not \"%s\"", text, (int)n, out, expected);
}

/* Dates as texts: all in one form, and nothing where there is none. */
static void test_date_texts(void **state)
{
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"2024-12-31", "2024-12-31"},
        {"20241231", "2024-12-31"},
        {"2024/12/31", "2024-12-31"},
        {"2024-12-31T10:00", "2024-12-31"},
        {" 2024-12-31", "2024-12-31"},
        {"31.12.2024", "2024-12-31"},
        {"3 March 2021", "2021-03-03"},
        {"2024-12-32", ""},
        {"n/a", ""},
        {"", ""},
        {"03/04/2021", ""},
    };
    const struct figure_format f = figure_default(FIGURE_DATE_TEXT);
    (void)state;
    assert_true(f.kind == FIGURE_DATE && f.texts);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_written(cases[i].text, f, cases[i].written);
}

/* What the default reading takes for another figure must not be read so. */
static void test_written(void **state)
{
    const struct figure_format number = figure_default(FIGURE_NUMBER),
                               date = figure_default(FIGURE_DATE),
                               place = figure_default(FIGURE_PLACE);
    struct figure_format comma = number, given = number, mdy = date;
    (void)state;
    comma.decimal = given.decimal = ',';
    given.given = mdy.given = true;
    mdy.orders = SPELLED_MDY;
    mdy.points_dmy = false;
    check_written("1,234.50", number, "1234.5");
    check_written("1234.50", number, "1234.50");
    check_written("12%", number, "0.12");
    check_written("n/a", number, "n/a");
    check_written("", number, "");
    check_written("1.234", comma, "1234");
    check_written("1.5", comma, "1.5");
    check_written("1.5", given, "no number: 1.5");
    check_written("1,5", given, "1.5");
    check_written("n/a", given, "n/a");
    check_written("-0", given, "-0");
    check_written("03.04.2021", date, "2021-04-03");
    check_written("03/04/2021", date, "03/04/2021");
    check_written("03/04/2021", mdy, "2021-03-04");
    check_written("31.12.2021", mdy, "no date: 31.12.2021");
    check_written("2021-12-31", mdy, "2021-12-31");
    check_written("48,1; 11,6", place, "48.1, 11.6");
    check_written("48.1, 11.6", place, "48.1, 11.6");
    assert_true(isnan(spelled_number_either(bytes_of("no number: 1.5"), '.')));
    assert_int_equal(spelled_date_read(bytes_of("no date: 31.12.2021")).orders, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_random_numbers), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_every_day),      cmocka_unit_test(test_formats),
        cmocka_unit_test(test_places),         cmocka_unit_test(test_date_texts),
        cmocka_unit_test(test_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
