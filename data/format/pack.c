/* zlib and libzstd, on several threads.
 *
 * libzstd cuts what it gets into jobs by itself. zlib has no threads: a batch of blocks is
 * compressed at once, each with the 32 KiB before it as its dictionary, and each ends at a byte
 * (Z_SYNC_FLUSH), so that one after another they are one deflate stream. The checksum of the whole
 * is put together from those of the blocks (the way of Mark Adler's pigz, 2007). */
#include "data/format/pack.h"

#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define BLOCK_BYTES ((size_t)256 << 10) /* of gzip, before compression */
#define WINDOW_BYTES ((size_t)32 << 10)
#define MOST_THREADS 8
#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3
#define ZSTD_JOB_BYTES (2 << 20)

struct pack_kind {
    const char *suffix;
    bool (*open)(struct pack *pack);
    bool (*write)(struct pack *pack, const char *p, size_t n, struct err *e);
    bool (*end)(struct pack *pack, struct err *e);
    void (*close)(struct pack *pack);
};

/* A block of gzip, compressed. */
struct block {
    char *bytes;
    size_t n;
    uLong sum;
    bool ok;
};

struct pack {
    const struct pack_kind *kind;
    pack_put_fn *put;
    void *context;
    /* gzip */
    char *input; /* WINDOW_BYTES that came before, then up to a batch */
    size_t n;    /* of the batch */
    size_t n_blocks;
    size_t window; /* how many bytes came before, at most WINDOW_BYTES */
    struct block *block;
    uLong sum;
    uint32_t total; /* modulo 2^32, as gzip has it */
    bool begun;
    /* Zstandard */
    ZSTD_CCtx *zstd;
    char *output;
};

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory to compress the output");
}

static int threads(void)
{
    const int n = omp_get_max_threads();
    return n < MOST_THREADS ? n : MOST_THREADS;
}

/* ---- gzip ------------------------------------------------------------------------------------*/

static size_t block_capacity(void)
{
    return compressBound(BLOCK_BYTES) + 64; /* and what a flush adds */
}

static bool gzip_open(struct pack *p)
{
    p->n_blocks = (size_t)threads();
    p->input = malloc(WINDOW_BYTES + p->n_blocks * BLOCK_BYTES);
    p->block = calloc(p->n_blocks, sizeof *p->block);
    p->sum = crc32(0, NULL, 0);
    bool ok = p->input && p->block;
    for (size_t i = 0; ok && i < p->n_blocks; i++)
        ok = (p->block[i].bytes = malloc(block_capacity())) != NULL;
    return ok;
}

/* Compresses n bytes, before which stand `window` bytes that count as its dictionary. */
static void deflate_block(struct block *b, char *from, size_t n, size_t window)
{
    z_stream z = {0};
    b->ok = deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!b->ok)
        return;
    if (window)
        b->ok = deflateSetDictionary(&z, (Bytef *)from - window, (uInt)window) == Z_OK;
    z.next_in = (Bytef *)from;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)b->bytes;
    z.avail_out = (uInt)block_capacity();
    b->ok = b->ok && deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0 && z.avail_out > 0;
    b->n = block_capacity() - z.avail_out;
    b->sum = crc32(0, (const Bytef *)from, (uInt)n);
    deflateEnd(&z);
}

/* No name, no time; made on a kind of Unix. */
static bool gzip_begin(struct pack *p, struct err *e)
{
    static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
    if (p->begun)
        return true;
    p->begun = true;
    return p->put(p->context, head, sizeof head - 1, e);
}

/* The last WINDOW_BYTES of what was compressed stay before what comes. */
static void keep_window(struct pack *p)
{
    const size_t all = p->window + p->n;
    const size_t kept = all < WINDOW_BYTES ? all : WINDOW_BYTES;
    memmove(p->input + WINDOW_BYTES - kept, p->input + WINDOW_BYTES + p->n - kept, kept);
    p->window = kept;
    p->n = 0;
}

static size_t smaller(size_t x, size_t y)
{
    return x < y ? x : y;
}

/* Compresses what is in the batch. */
static bool gzip_batch(struct pack *p, struct err *e)
{
    const size_t n_blocks = (p->n + BLOCK_BYTES - 1) / BLOCK_BYTES;
    if (!gzip_begin(p, e))
        return false;
#pragma omp parallel for num_threads(p->n_blocks) schedule(dynamic)
    for (size_t i = 0; i < n_blocks; i++) {
        const size_t at = i * BLOCK_BYTES;
        deflate_block(&p->block[i], p->input + WINDOW_BYTES + at, smaller(p->n - at, BLOCK_BYTES),
                      smaller(p->window + at, WINDOW_BYTES));
    }
    for (size_t i = 0; i < n_blocks; i++) {
        const struct block *b = &p->block[i];
        const size_t n = smaller(p->n - i * BLOCK_BYTES, BLOCK_BYTES);
        if (!b->ok)
            return no_memory(e);
        if (!p->put(p->context, b->bytes, b->n, e))
            return false;
        p->sum = crc32_combine(p->sum, b->sum, (z_off_t)n);
        p->total += (uint32_t)n;
    }
    keep_window(p);
    return true;
}

static bool gzip_write(struct pack *p, const char *from, size_t n, struct err *e)
{
    const size_t capacity = p->n_blocks * BLOCK_BYTES;
    while (n) {
        const size_t taken = smaller(n, capacity - p->n);
        memcpy(p->input + WINDOW_BYTES + p->n, from, taken);
        p->n += taken;
        from += taken;
        n -= taken;
        if (p->n == capacity && !gzip_batch(p, e))
            return false;
    }
    return true;
}

/* After the blocks: an empty last one, the checksum, the length. */
static bool gzip_end(struct pack *p, struct err *e)
{
    unsigned char end[10] = {3, 0};
    if (!gzip_batch(p, e))
        return false;
    for (int i = 0; i < 4; i++) {
        end[2 + i] = (unsigned char)(p->sum >> 8 * i);
        end[6 + i] = (unsigned char)(p->total >> 8 * i);
    }
    return p->put(p->context, (const char *)end, sizeof end, e);
}

static void gzip_close(struct pack *p)
{
    for (size_t i = 0; p->block && i < p->n_blocks; i++)
        free(p->block[i].bytes);
    free(p->block);
    free(p->input);
}

/* ---- Zstandard -------------------------------------------------------------------------------*/

/* A library without threads refuses their number; then it does without. The bytes are the same for
 * any number of threads but none, so there is at least one. */
static bool zstd_open(struct pack *p)
{
    p->zstd = ZSTD_createCCtx();
    p->output = malloc(ZSTD_CStreamOutSize());
    if (!p->zstd || !p->output)
        return false;
    if (!ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_nbWorkers, threads())))
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_jobSize, ZSTD_JOB_BYTES);
    return !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1));
}

/* Hands over what the library has, until it has taken all and, at the end, given all. */
static bool zstd_step(struct pack *p, const char *from, size_t n, ZSTD_EndDirective how,
                      struct err *e)
{
    ZSTD_inBuffer in = {from, n, 0};
    size_t left;
    do {
        ZSTD_outBuffer out = {p->output, ZSTD_CStreamOutSize(), 0};
        left = ZSTD_compressStream2(p->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            return no_memory(e);
        if (out.pos && !p->put(p->context, p->output, out.pos, e))
            return false;
    } while (how == ZSTD_e_end ? left > 0 : in.pos < in.size);
    return true;
}

static bool zstd_write(struct pack *p, const char *from, size_t n, struct err *e)
{
    return zstd_step(p, from, n, ZSTD_e_continue, e);
}

static bool zstd_end(struct pack *p, struct err *e)
{
    return zstd_step(p, NULL, 0, ZSTD_e_end, e);
}

static void zstd_close(struct pack *p)
{
    ZSTD_freeCCtx(p->zstd);
    free(p->output);
}

/* ---- Both ------------------------------------------------------------------------------------*/

static const struct pack_kind kinds[] = {
    {".gz", gzip_open, gzip_write, gzip_end, gzip_close},
    {".zst", zstd_open, zstd_write, zstd_end, zstd_close},
};

const struct pack_kind *pack_kind_of(const char *path)
{
    const size_t n = strlen(path);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t end = strlen(kinds[i].suffix);
        if (n > end && strcasecmp(path + n - end, kinds[i].suffix) == 0)
            return &kinds[i];
    }
    return NULL;
}

size_t pack_suffix_bytes(const struct pack_kind *kind)
{
    return strlen(kind->suffix);
}

bool pack_open(struct pack **pack, const struct pack_kind *kind, pack_put_fn *put, void *context,
               struct err *e)
{
    struct pack *p = calloc(1, sizeof *p);
    *pack = p;
    if (!p)
        return no_memory(e);
    *p = (struct pack){.kind = kind, .put = put, .context = context};
    if (kind->open(p))
        return true;
    pack_close(p);
    *pack = NULL;
    return no_memory(e);
}

bool pack_write(struct pack *pack, const char *p, size_t n, struct err *e)
{
    return pack->kind->write(pack, p, n, e);
}

bool pack_end(struct pack *pack, struct err *e)
{
    return pack->kind->end(pack, e);
}

void pack_close(struct pack *pack)
{
    if (!pack)
        return;
    pack->kind->close(pack);
    free(pack);
}
