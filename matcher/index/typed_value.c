/* Numbers and dates out of fields: strict, locale-free, NaN for what they are not. */
#include "matcher/index/typed_value.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes v)
{
    while (v.n && is_blank(*v.p))
        v.p++, v.n--;
    while (v.n && is_blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

double value_number(struct bytes v)
{
    char text[128];
    v = trim(v);
    if (v.n == 0 || v.n >= sizeof text)
        return NAN;
    static const char allowed[] = "+-.0123456789eE";
    for (uint32_t i = 0; i < v.n; i++)
        if (!memchr(allowed, v.p[i], sizeof allowed - 1))
            return NAN;
    memcpy(text, v.p, v.n);
    text[v.n] = 0;
    char *end;
    double x = strtod(text, &end);
    return *end == 0 && isfinite(x) ? x : (double)NAN;
}

/* Reads `digits` decimal digits at p into *value. */
static bool read_digits(const char *p, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)p[i]))
            return false;
        *value = *value * 10 + (p[i] - '0');
    }
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days from civil date, after Howard Hinnant, "chrono-compatible low-level date algorithms", 2013.
 */
static double days_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (double)era * 146097 + day_of_era - 719468;
}

double value_days(struct bytes v)
{
    int year, month, day;
    v = trim(v);
    bool split = v.n >= 10 && (v.p[4] == '-' || v.p[4] == '/') && v.p[7] == v.p[4];
    uint32_t length = split ? 10 : 8;
    if (v.n < length)
        return NAN;
    bool ends = v.n == length || (split && (v.p[length] == 'T' || v.p[length] == ' '));
    if (!ends || !read_digits(v.p, 4, &year) || !read_digits(v.p + (split ? 5 : 4), 2, &month) ||
        !read_digits(v.p + (split ? 8 : 6), 2, &day))
        return NAN;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return NAN;
    return days_from_civil(year, month, day);
}
