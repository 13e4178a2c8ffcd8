/* Bits of evidence: log2, and the soft minimum of two scores, the same double on every machine.
 *
 * The log2 and exp2 of C libraries differ in their last digit, and the bytes of a run must not. So
 * these are made of + - * / alone, which IEEE 754 rounds in one way, and of the bits of a double;
 * nothing may be contracted (-ffp-contract=off). The program carries this text for the scorers that
 * it generates: it is C that needs no other file of ours. */
#ifndef AXB_CORE_BITS_H
#define AXB_CORE_BITS_H

#include <stdint.h>
#include <string.h>

/* How far bits_soft_min can be from the true value, but for the rounding of its last operation. */
#define BITS_ERROR 0x1p-50

/* c[0] x^(n - 1) + c[1] x^(n - 2) + ... + c[n - 1] (Horner). */
static inline double bits_polynomial(const double *c, int n, double x)
{
    double sum = c[0];
#pragma GCC unroll 16
    for (int i = 1; i < n; i++)
        sum = sum * x + c[i];
    return sum;
}

/* log2((1 + z) / (1 - z)) for |z| <= 0.1716, which is (sqrt 2 - 1) / (sqrt 2 + 1): the series of
 * 2 atanh(z) / ln 2, whose terms after z^19 are below 3e-17 of the whole. */
static inline double bits_atanh(double z)
{
    static const double c[] = {1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                               1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
    const double s = z * z;
    return 2.8853900817779268 * (z + z * (s * bits_polynomial(c, 9, s))); /* 2 / ln 2 */
}

/* log2(x) of a normal number above 0; exact for powers of 2. */
static inline double bits_log2(double x)
{
    uint64_t bits;
    double m; /* from 1 / sqrt 2 to sqrt 2 */
    memcpy(&bits, &x, sizeof bits);
    int64_t exponent = (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    return (double)exponent + bits_atanh((m - 1) / (m + 1));
}

/* 2^-d for 0 <= d <= 64: 2^-k by its bits, where k is the whole number nearest to d, and the rest
 * by the series of e^u, |u| <= ln 2 / 2, whose terms after u^13 are below 5e-18. */
static inline double bits_exp2_of_minus(double d)
{
    static const double c[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                               1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                               1.0 / 120,        1.0 / 24,        1.0 / 6,        0.5};
    const double to_whole = 0x1.8p52; /* the sum has k in its lowest bits */
    const double whole = d + to_whole, u = (whole - to_whole - d) * 0.6931471805599453;
    uint64_t bits;
    double power;
    memcpy(&bits, &whole, sizeof bits);
    bits = (1023 - bits) << 52;
    memcpy(&power, &bits, sizeof power);
    return power * (1 + (u + u * u * bits_polynomial(c, 12, u)));
}

/* -log2(2^-x + 2^-y): the smaller of both, less at most one bit. Where x and y are the log2 of two
 * odds, it is that of their harmonic sum. Infinity leaves the other one as it is; NaN gives NaN.
 * It is never above the smaller of both, but it need not be monotone in its last digit. */
static inline double bits_soft_min(double x, double y)
{
    const double small = x < y ? x : y, apart = x < y ? y - x : x - y;
    const double t = bits_exp2_of_minus(apart < 64 ? apart : 64); /* 0 < t <= 1 */
    const int large = t > 0.41421356237309503;                    /* log2(1 + t) is above 1 / 2 */
    const double z = (large ? t - 1 : t) / (large ? t + 3 : t + 2);
    const double less = (large ? 1.0 : 0.0) + bits_atanh(z);
    return x != x || y != y ? x + y : apart < 64 ? small - less : small;
}

#endif
