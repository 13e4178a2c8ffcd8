/* Hashing of numbers, of short texts and of long runs of bytes.
 *
 * A text of at most 16 bytes is wholly described by its length and two halves that overlap, so
 * equality of short texts is equality of three numbers. They are mixed by a 64 × 64 bit
 * multiplication whose halves are folded, the idea of wyhash (Wang Yi, 2019). Not for secrets. Not
 * here: checksums of whole files, which are XXH3. */
#ifndef AXB_CORE_HASH_H
#define AXB_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_SPARE_BYTES 8u /* readable after every text that is hashed */
#define HASH_FNV1A_BEGIN 0xcbf29ce484222325u

/* ---- Numbers ---------------------------------------------------------------------------------*/

/* One number: its high bits are well mixed, the low ones are not. So a table of 2^k slots takes
 * hash_mix(x) >> (64 - k). A multiplication by 2^64 / golden ratio (Knuth, 1973). */
static inline uint64_t hash_mix(uint64_t x)
{
    return x * 0x9E3779B97F4A7C15u;
}

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Three numbers: all bits are well mixed. */
static inline uint64_t hash_mix3(uint64_t a, uint64_t b, uint64_t c)
{
    return hash_fold(a ^ 0x9E3779B97F4A7C15u, b ^ c ^ 0xD6E8FEB86659FD93u);
}

/* ---- Bytes -----------------------------------------------------------------------------------*/

static inline uint64_t hash_load(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* The two halves of a text of n <= 16 bytes: its first 8 bytes and its last 8. A shorter text is
 * filled up with zeros. May read HASH_SPARE_BYTES from p whatever n is. */
static inline void hash_halves(const char *p, size_t n, uint64_t *head, uint64_t *tail)
{
    *head = hash_load(p);
    *tail = 0;
    if (n >= 8)
        *tail = hash_load(p + n - 8);
    else
        *head &= ((uint64_t)1 << 8 * n) - 1;
}

/* A run of 8 bytes or more. Runs can be chained: `seed` is the hash of what was before. */
static inline uint64_t hash_long(const char *p, size_t n, uint64_t seed)
{
    uint64_t a = seed ^ 0xA0761D6478BD642Fu, b = n ^ 0xE7037ED1A0B428DBu;
    size_t i = 0;
    for (; i + 16 < n; i += 16) {
        a = hash_fold(hash_load(p + i) ^ a, hash_load(p + i + 8) ^ 0x8EBC6AF09C88C6E3u);
        b ^= a;
    }
    uint64_t last = hash_load(p + n - 8);
    uint64_t middle = n >= 16 ? hash_load(p + n - 16) : hash_load(p);
    return hash_fold(a ^ last, b ^ middle);
}

/* A text of any length, with HASH_SPARE_BYTES readable after it. */
static inline uint64_t hash_bytes(const char *p, size_t n)
{
    uint64_t head, tail;
    if (n > 16)
        return hash_long(p, n, 0);
    hash_halves(p, n, &head, &tail);
    return hash_mix3(head, tail, n);
}

/* One byte or small number more of FNV-1a (Fowler, Noll, Vo, 1991), which begins with
 * HASH_FNV1A_BEGIN. It is slow. It is kept because compiled scorers carry fingerprints that were
 * made with it. */
static inline uint64_t hash_fnv1a(uint64_t hash, uint32_t byte)
{
    return (hash ^ byte) * 0x100000001b3u;
}

#endif
