/* The fewest digits that read back to the same double, by whole numbers.
 *
 * A double is m · 2^-shift. Scaled by a power of ten it is a product of 128 bits whose upper part
 * are the digits and whose lower part is what they leave out; so both the rounding and the question
 * whether the digits read back are exact comparisons (the idea of Steele and White, 1990, for the
 * numbers that fit). What does not fit is rare for scores and goes through printf and strtod. */
#include "data/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

#define LEAST_FIXED 1e-4 /* below, %g writes an exponent */
#define END_FIXED 1e15   /* from here on, %.15g does */

/* 00 01 02 … 99 */
static const char two_digits[200] = {
#define DIGITS(t) t, '0', t, '1', t, '2', t, '3', t, '4', t, '5', t, '6', t, '7', t, '8', t, '9'
    DIGITS('0'), DIGITS('1'), DIGITS('2'), DIGITS('3'), DIGITS('4'),
    DIGITS('5'), DIGITS('6'), DIGITS('7'), DIGITS('8'), DIGITS('9')};

static const uint64_t power_of_ten[20] = {1u,
                                          10u,
                                          100u,
                                          1000u,
                                          10000u,
                                          100000u,
                                          1000000u,
                                          10000000u,
                                          100000000u,
                                          1000000000u,
                                          10000000000u,
                                          100000000000u,
                                          1000000000000u,
                                          10000000000000u,
                                          100000000000000u,
                                          1000000000000000u,
                                          10000000000000000u,
                                          100000000000000000u,
                                          1000000000000000000u,
                                          10000000000000000000u};

/* Writes the digits of n so that they end at `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t n)
{
    for (; n >= 100; n /= 100)
        memcpy(end -= 2, two_digits + 2 * (n % 100), 2);
    if (n >= 10)
        memcpy(end -= 2, two_digits + 2 * n, 2);
    else
        *--end = (char)('0' + n);
    return end;
}

char *number_integer(char *p, uint64_t n)
{
    char text[20], *end = text + sizeof text, *begin = digits_before(end, n);
    size_t length = (size_t)(end - begin);
    memcpy(p, begin, length);
    return p + length;
}

/* Any double, slowly. */
static size_t general_double(double x, char text[32])
{
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, 32, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return (size_t)n;
}

/* The fewest digits d, with d · 10^-places = x, for LEAST_FIXED <= x < END_FIXED. */
static uint64_t fewest_digits(double x, unsigned *places)
{
    static const double leading[] = {1, 0.1, 0.01, 0.001}; /* the next doubles above */
    uint64_t bits, digits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t m = (bits & ((1ull << 52) - 1)) | 1ull << 52;
    unsigned shift = 1075 - (unsigned)(bits >> 52), n = 15; /* 3 <= shift <= 66 */
    *places = 14;
    for (double limit = 10; x >= limit; limit *= 10)
        --*places;
    for (unsigned i = 0; i < 4 && x < leading[i]; i++)
        ++*places;
    u128 scale = *places < 20 ? power_of_ten[*places] : (u128)power_of_ten[19] * 10;
    u128 product = m * scale, one = (u128)1 << shift; /* below 2^120 */
    for (;; n++, ++*places, product *= 10, scale *= 10) {
        u128 rest = product & (one - 1);
        digits = (uint64_t)(product >> shift);
        bool up = 2 * rest > one || (2 * rest == one && digits % 2);
        u128 error = up ? one - rest : rest;
        /* Half of the gap to the next double is scale / 2, below a power of two scale / 4. */
        u128 gaps = error * (m == 1ull << 52 && !up ? 4 : 2);
        digits += up;
        if (n == 17 || gaps < scale || (gaps == scale && m % 2 == 0))
            return digits;
    }
}

/* As %g does: no zeros at the end of a fraction. */
static char *put_decimal(char *p, uint64_t digits, unsigned places)
{
    for (; places >= 4 && digits % 10000 == 0; places -= 4)
        digits /= 10000;
    for (; places && digits % 10 == 0; places--)
        digits /= 10;
    uint64_t unit = places < 20 ? power_of_ten[places] : 0; /* digits < 10^18 */
    p = number_integer(p, unit ? digits / unit : 0);
    if (!places)
        return p;
    char fraction[24];
    memset(fraction, '0', sizeof fraction);
    digits_before(fraction + places, unit ? digits % unit : digits);
    *p++ = '.';
    memcpy(p, fraction, places);
    return p + places;
}

size_t number_double(double x, char text[32])
{
    unsigned places;
    char *p = text;
    double size = fabs(x);
    if (x == 0 && !signbit(x)) {
        *p = '0';
        return 1;
    }
    if (!(size >= LEAST_FIXED && size < END_FIXED))
        return general_double(x, text);
    if (x < 0)
        *p++ = '-';
    uint64_t digits = fewest_digits(size, &places);
    return (size_t)(put_decimal(p, digits, places) - text);
}
