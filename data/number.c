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
#define EIGHT_DIGITS 100000000u
#define ZEROS 0x3030303030303030u /* "00000000" */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first digit is the lowest byte");

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

/* The eight digits of n < 10^8, not yet as characters, the first in the lowest byte: halves, then
 * quarters, then digits side by side in one number, divided by multiplying. */
static uint64_t eight_digits(uint32_t n)
{
    uint64_t x = n / 10000 | (uint64_t)(n % 10000) << 32;
    uint64_t hundreds = (x * 10486 >> 20) & 0x0000007f0000007f;
    x = hundreds | (x - hundreds * 100) << 16;
    uint64_t tens = (x * 103 >> 10) & 0x000f000f000f000f;
    return tens | (x - tens * 10) << 8;
}

static char *put_eight_digits(char *p, uint64_t n)
{
    uint64_t x = eight_digits((uint32_t)n) | ZEROS;
    memcpy(p, &x, sizeof x);
    return p + sizeof x;
}

char *number_integer(char *p, uint64_t n)
{
    if (n >= EIGHT_DIGITS)
        return put_eight_digits(number_integer(p, n / EIGHT_DIGITS), n % EIGHT_DIGITS);
    uint64_t x = eight_digits((uint32_t)n);
    unsigned zeros = x ? (unsigned)__builtin_ctzll(x) / 8 : 7;
    x = (x | ZEROS) >> 8 * zeros;
    memcpy(p, &x, sizeof x);
    return p + sizeof x - zeros;
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

/* The fewest digits d, with d · 10^-places = x, for LEAST_FIXED <= x < END_FIXED. In this range no
 * 16 digits stand half-way between two doubles, and powers of two, whose gap below is narrower,
 * have at most 15 digits. */
static uint64_t fewest_digits(double x, unsigned *places)
{
    static const double leading[] = {1, 0.1, 0.01, 0.001}; /* the next doubles above */
    uint64_t bits, digits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t m = (bits & ((1ull << 52) - 1)) | 1ull << 52;
    unsigned shift = 1075 - (unsigned)(bits >> 52), n = 15; /* 3 <= shift <= 66 */
    *places = 14;
    double limit = 10;
    while (x >= limit) {
        limit *= 10;
        --*places;
    }
    for (unsigned i = 0; i < 4 && x < leading[i]; i++)
        ++*places;
    u128 scale = power_of_ten[*places];               /* at most 10^18, 10^20 for 17 digits */
    u128 product = m * scale, one = (u128)1 << shift; /* below 2^120 */
    for (;; n++, ++*places, product *= 10, scale *= 10) {
        u128 rest = product & (one - 1);
        digits = (uint64_t)(product >> shift);
        bool up = 2 * rest > one || (2 * rest == one && digits % 2);
        u128 error = up ? one - rest : rest;
        digits += up;
        if (n == 17 || 2 * error < scale) /* half of the gap between doubles is scale / 2 */
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
    digits = unit ? digits % unit : digits;
    put_eight_digits(fraction, digits / EIGHT_DIGITS / EIGHT_DIGITS);
    put_eight_digits(fraction + 8, digits / EIGHT_DIGITS % EIGHT_DIGITS);
    put_eight_digits(fraction + 16, digits % EIGHT_DIGITS);
    *p++ = '.';
    memcpy(p, fraction + sizeof fraction - places, places);
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
