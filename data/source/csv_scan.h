/* Finding bytes in text, 64 at a time: a bit mask of where they stand.
 *
 * Portable GCC vectors: a comparison gives bytes of all ones, which are thinned to one bit each
 * and gathered by a multiplication. Assumes little-endian byte order, as on x86-64 and arm64. */
#ifndef AXB_DATA_SOURCE_CSV_SCAN_H
#define AXB_DATA_SOURCE_CSV_SCAN_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the scanner gathers masks in little-endian order"
#endif

#define SCAN_BYTES 64u

typedef uint8_t scan_vector __attribute__((vector_size(16)));
typedef uint64_t scan_halves __attribute__((vector_size(16)));

static inline scan_vector scan_load(const char *p)
{
    scan_vector v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline scan_vector scan_equal(scan_vector v, char c)
{
    return (scan_vector)(v == (uint8_t)c);
}

/* 16 bytes of 0 or 255 to 16 bits. */
static inline uint64_t scan_gather(scan_vector v)
{
    const scan_vector bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    scan_halves h = (scan_halves)(v & bits);
    const uint64_t ones = 0x0101010101010101u;
    return h[0] * ones >> 56 | (h[1] * ones >> 56) << 8;
}

/* Bit i: p[i] is c. */
static inline uint64_t scan_mask(const char *p, char c)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < SCAN_BYTES; i += 16)
        mask |= scan_gather(scan_equal(scan_load(p + i), c)) << i;
    return mask;
}

/* Bit i: p[i] ends or may upset a field: delimiter, quote, LF, CR, NUL. */
static inline uint64_t scan_specials(const char *p, char delimiter)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < SCAN_BYTES; i += 16) {
        scan_vector v = scan_load(p + i);
        mask |= scan_gather(scan_equal(v, delimiter) | scan_equal(v, '"') | scan_equal(v, '\n') |
                            scan_equal(v, '\r') | scan_equal(v, 0))
                << i;
    }
    return mask;
}

/* Bit i: the number of bits set at i and below is odd. */
static inline uint64_t scan_parity(uint64_t mask)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        mask ^= mask << shift;
    return mask;
}

#endif
