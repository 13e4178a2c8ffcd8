/* Members, frames and streams, one after another. */
#include "tests/twin/twin_unpack.h"

#define ZLIB_CONST               /* asks zlib.h for a const z_stream.next_in */
#define ZSTD_STATIC_LINKING_ONLY /* asks zstd.h for ZSTD_getFrameHeader */

#include <lzma.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Bytes with a place in them. */
struct text {
    const uint8_t *p;
    size_t n, at;
};

static size_t left(const struct text *t)
{
    return t->n - t->at;
}

static bool starts_with(const struct text *t, const char *magic, size_t n)
{
    return left(t) >= n && memcmp(t->p + t->at, magic, n) == 0;
}

static uint32_t crc_of(const uint8_t *p, size_t n)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* The number in the next `bytes` bytes, lowest first; UINT64_MAX if there are fewer. */
static uint64_t number(struct text *t, size_t bytes)
{
    uint64_t x = 0;
    if (left(t) < bytes)
        return UINT64_MAX;
    for (size_t i = 0; i < bytes; i++)
        x |= (uint64_t)t->p[t->at++] << 8 * i;
    return x;
}

/* ---- gzip ------------------------------------------------------------------------------------*/

static bool skip(struct text *t, uint64_t n)
{
    bool ok = n <= left(t);
    t->at += ok ? n : 0;
    return ok;
}

static bool skip_string(struct text *t)
{
    const uint8_t *zero = memchr(t->p + t->at, 0, left(t));
    return zero && skip(t, (uint64_t)(zero - (t->p + t->at)) + 1);
}

static bool gzip_header(struct text *t)
{
    enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xE0 };
    const size_t from = t->at;
    if (!starts_with(t, "\x1F\x8B\x08", 3) || left(t) < 10)
        return false;
    const unsigned flags = t->p[t->at + 3];
    t->at += 10;
    if (flags & RESERVED || (flags & FEXTRA && !skip(t, number(t, 2))) ||
        (flags & FNAME && !skip_string(t)) || (flags & FCOMMENT && !skip_string(t)))
        return false;
    const uint32_t crc = crc_of(t->p + from, t->at - from) & 0xFFFF;
    return !(flags & FHCRC) || number(t, 2) == crc;
}

static bool deflated(struct text *t, char *out, size_t most, size_t *n_out)
{
    z_stream z = {.next_in = (const Bytef *)(t->p + t->at),
                  .avail_in = (uInt)left(t),
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)most};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return false;
    const bool ok = inflate(&z, Z_FINISH) == Z_STREAM_END;
    t->at = t->n - z.avail_in;
    *n_out = most - z.avail_out;
    inflateEnd(&z);
    return ok;
}

static bool gzip_member(struct text *t, char *out, size_t most, size_t *n_out)
{
    return gzip_header(t) && deflated(t, out, most, n_out) &&
           number(t, 4) == crc_of((uint8_t *)out, *n_out) && number(t, 4) == (uint32_t)*n_out;
}

/* ---- Zstandard and xz ------------------------------------------------------------------------*/

/* Is no block of a whole frame larger than its window allows (RFC 8878, 3.1.1.2.4)? ZSTD_decompress
 * lets a block of one byte, repeated, be so. */
static bool zstd_blocks_fit(const uint8_t *p, size_t n)
{
    ZSTD_frameHeader h;
    if (ZSTD_getFrameHeader(&h, p, n) != 0)
        return false;
    bool last = h.frameType == ZSTD_skippableFrame;
    for (size_t at = h.headerSize; !last && at + 3 <= n;) {
        const uint32_t block = p[at] | (uint32_t)p[at + 1] << 8 | (uint32_t)p[at + 2] << 16;
        const uint32_t bytes = block >> 3, type = block >> 1 & 3; /* 0 raw, 1 one byte, 2 packed */
        last = block & 1;
        if (type < 2 && bytes > h.blockSizeMax)
            return false;
        at += 3 + (type == 1 ? 1 : bytes);
    }
    return true;
}

static bool zstd_frame(struct text *t, char *out, size_t most, size_t *n_out)
{
    const uint8_t *p = t->p + t->at;
    const size_t n = ZSTD_findFrameCompressedSize(p, left(t));
    if (ZSTD_isError(n) || !zstd_blocks_fit(p, n))
        return false;
    *n_out = ZSTD_decompress(out, most, p, n);
    return !ZSTD_isError(*n_out) && skip(t, n);
}

static bool xz_stream(struct text *t, char *out, size_t most, size_t *n_out)
{
    uint64_t memory = UINT64_MAX;
    *n_out = 0;
    return lzma_stream_buffer_decode(&memory, 0, NULL, t->p, &t->at, t->n, (uint8_t *)out, n_out,
                                     most) == LZMA_OK;
}

/* ---- Files -----------------------------------------------------------------------------------*/

static size_t zeros(const struct text *t)
{
    size_t n = 0;
    while (n < left(t) && t->p[t->at + n] == 0)
        n++;
    return n;
}

bool twin_unpack(const char *p, size_t n, char *out, size_t most, size_t *n_out)
{
    struct text t = {(const uint8_t *)p, n, 0};
    const bool gzip = starts_with(&t, "\x1F\x8B\x08", 3), xz = starts_with(&t,
                                                                           "\xFD"
                                                                           "7zXZ\0",
                                                                           6);
    *n_out = 0;
    const bool skippable = n >= 4 && (p[0] & 0xF0) == 0x50 && memcmp(p + 1, "\x2A\x4D\x18", 3) == 0;
    if (!gzip && !xz && !skippable && !starts_with(&t, "\x28\xB5\x2F\xFD", 4))
        return false;
    do {
        size_t more;
        if (!(gzip ? gzip_member
              : xz ? xz_stream
                   : zstd_frame)(&t, out + *n_out, most - *n_out, &more))
            return false;
        *n_out += more;
        const size_t padding = zeros(&t);
        if ((gzip && padding == left(&t)) || (xz && padding % 4 == 0))
            t.at += padding;
    } while (left(&t) > 0);
    return true;
}
