/* Numbers for people. */
#include "matcher/page/page_number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static char *no_number(char *text)
{
    snprintf(text, PAGE_NUMBER_BYTES, "–");
    return text;
}

/* 1e-07 as 1e-7, 1e+20 as 1e20. */
static char *shorten_exponent(char *text)
{
    char *e = strchr(text, 'e');
    if (!e)
        return text;
    char *to = e + (e[1] == '-') + 1;
    const char *from = e + (e[1] == '-' || e[1] == '+') + 1;
    while (from[0] == '0' && from[1])
        from++;
    memmove(to, from, strlen(from) + 1);
    return text;
}

char *page_number_digits(double x, int digits, char text[PAGE_NUMBER_BYTES])
{
    snprintf(text, PAGE_NUMBER_BYTES, "%.*g", digits, x);
    return shorten_exponent(text);
}

/* Digits in threes. */
char *page_number_count(double n, char text[PAGE_NUMBER_BYTES])
{
    char digits[24];
    if (isnan(n))
        return no_number(text);
    if (fabs(n) >= 1e15)
        return page_number_digits(n, 2, text);
    const int length = snprintf(digits, sizeof digits, "%.0f", fabs(n));
    char *to = text;
    if (n <= -0.5)
        *to++ = '-';
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return text;
}

char *page_number(double x, char text[PAGE_NUMBER_BYTES])
{
    if (isnan(x))
        return no_number(text);
    if (fabs(x) >= 10000 || x == floor(x))
        return page_number_count(x, text);
    return page_number_digits(x, fabs(x) < 1e-4 ? 2 : 5, text);
}

char *page_number_beside(double x, double other, char text[PAGE_NUMBER_BYTES])
{
    char of_other[PAGE_NUMBER_BYTES];
    page_number(x, text);
    page_number(other, of_other);
    const bool differ = x < other || x > other;
    for (int digits = 6; differ && digits <= 17 && strcmp(text, of_other) == 0; digits++) {
        page_number_digits(x, digits, text);
        page_number_digits(other, digits, of_other);
    }
    return text;
}

/* "12 min 5 s": whole numbers of two units; the second one is left out where it is 0. */
static char *two_units(double seconds, double large, const char *large_name, double small,
                       const char *small_name, char *text)
{
    const double all = round(seconds / small), per = large / small;
    const double first = floor(all / per), second = all - first * per;
    const int n = snprintf(text, PAGE_NUMBER_BYTES, "%.0f %s", first, large_name);
    if (second > 0)
        snprintf(text + n, PAGE_NUMBER_BYTES - (size_t)n, " %.0f %s", second, small_name);
    return text;
}

char *page_number_seconds(double seconds, char text[PAGE_NUMBER_BYTES])
{
    if (isnan(seconds))
        return no_number(text);
    if (seconds >= 48 * 3600.0 - 1800)
        return two_units(seconds, 86400, "days", 3600, "h", text);
    if (seconds >= 2 * 3600.0 - 30)
        return two_units(seconds, 3600, "h", 60, "min", text);
    if (seconds >= 119.5)
        return two_units(seconds, 60, "min", 1, "s", text);
    if (seconds >= 9.95)
        snprintf(text, PAGE_NUMBER_BYTES, "%.0f s", seconds);
    else if (seconds >= 0.995)
        snprintf(text, PAGE_NUMBER_BYTES, "%.1f s", seconds);
    else
        snprintf(text, PAGE_NUMBER_BYTES, seconds < 1e-4 ? "%.0f s" : "%.2g s", seconds);
    return text;
}

/* As many digits as tell the share from 0 and from 1. */
char *page_number_share(double share, char text[PAGE_NUMBER_BYTES])
{
    if (isnan(share))
        return no_number(text);
    const double percent = 100 * share, to_end = fmin(fabs(percent), fabs(100 - percent));
    if (to_end == 0 || to_end >= 10)
        snprintf(text, PAGE_NUMBER_BYTES, "%.0f %%", percent);
    else if (to_end >= 0.1)
        snprintf(text, PAGE_NUMBER_BYTES, "%.1f %%", percent);
    else if (percent < 50)
        snprintf(text, PAGE_NUMBER_BYTES, "%.2g %%", percent);
    else {
        const int places = (int)fmin(-floor(log10(to_end)), 12);
        snprintf(text, PAGE_NUMBER_BYTES, "%.*f %%", places, percent);
    }
    return text;
}

const char *const page_number_unit[PAGE_NUMBER_UNITS] = {"", " k", " M", " G", " T", " P"};

char *page_number_short(double x, char text[PAGE_NUMBER_BYTES])
{
    size_t k = 0;
    if (isnan(x))
        return no_number(text);
    while (fabs(x) >= 999.5 && k + 1 < PAGE_NUMBER_UNITS) {
        x /= 1000;
        k++;
    }
    snprintf(text, PAGE_NUMBER_BYTES, fabs(x) < 1e-3 ? "%.2g%s" : "%.3g%s", x, page_number_unit[k]);
    return shorten_exponent(text);
}
