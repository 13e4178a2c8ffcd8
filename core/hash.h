/* Hashing of short texts and of long runs of bytes.
 *
 * A text of at most 16 bytes is wholly described by its length and two words that overlap, so
 * equality of short texts is equality of words. The mixing is a 64 × 64 bit multiplication whose
 * halves are folded, the idea of wyhash (Wang Yi, 2019). Not for secrets, and not stored in files.
 */
#ifndef AXB_CORE_HASH_H
#define AXB_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_SPARE_BYTES 8u /* readable behind every text that is hashed */

static inline uint64_t hash_load(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The two words of a text of n <= 16 bytes: its first 8 bytes and its last 8, a shorter text
 * filled up with zeros. May read 8 bytes from p whatever n is. */
static inline void hash_words(const char *p, size_t n, uint64_t *head, uint64_t *tail)
{
    *head = hash_load(p);
    *tail = 0;
    if (n >= 8)
        *tail = hash_load(p + n - 8);
    else
        *head &= ((uint64_t)1 << 8 * n) - 1;
}

static inline uint64_t hash_of_words(uint64_t head, uint64_t tail, uint64_t n)
{
    return hash_fold(head ^ 0x9E3779B97F4A7C15u, tail ^ n ^ 0xD6E8FEB86659FD93u);
}

/* Any run of bytes, 8 or more of them; carries `seed` along so that runs can be chained. */
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

#endif
