/* One call of a library for each kind. */
#include "tests/harness/harness_pack.h"

#define ZLIB_CONST /* asks zlib.h for a const z_stream.next_in */

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

static void expect(int right)
{
    if (right)
        return;
    fprintf(stderr, "harness_pack: a library did not compress\n");
    abort();
}

const char *harness_pack_name(enum harness_pack kind)
{
    static const char *const names[] = {"gzip", "gzip with a full header", "zstd", "xz"};
    return names[kind];
}

static size_t gzip(int full, const char *p, size_t n, char *out, size_t most)
{
    enum { GZIP_ONLY = 16, MEMORY_LEVEL = 8 };
    gz_header header = {.time = 1234567,
                        .os = 3,
                        .extra = (Bytef *)"ab\x04\0wxyz",
                        .extra_len = 8,
                        .name = (Bytef *)"a.csv",
                        .comment = (Bytef *)"made up",
                        .hcrc = 1};
    z_stream z = {.next_in = (const Bytef *)p,
                  .avail_in = (uInt)n,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)most};
    expect(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP_ONLY, MEMORY_LEVEL,
                        Z_DEFAULT_STRATEGY) == Z_OK);
    expect(!full || deflateSetHeader(&z, &header) == Z_OK);
    expect(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return most - z.avail_out;
}

static size_t zstd(const char *p, size_t n, char *out, size_t most)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    expect(c && !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)));
    size_t made = ZSTD_compress2(c, out, most, p, n);
    expect(!ZSTD_isError(made));
    ZSTD_freeCCtx(c);
    return made;
}

static size_t xz(const char *p, size_t n, char *out, size_t most)
{
    size_t made = 0;
    expect(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, (const uint8_t *)p, n, (uint8_t *)out,
                                   &made, most) == LZMA_OK);
    return made;
}

size_t harness_pack(enum harness_pack kind, const char *p, size_t n, char *out, size_t most)
{
    switch (kind) {
    case HARNESS_ZSTD:
        return zstd(p, n, out, most);
    case HARNESS_XZ:
        return xz(p, n, out, most);
    default:
        return gzip(kind == HARNESS_GZIP_FULL, p, n, out, most);
    }
}
