/* One loop over members, and for each kind the few calls of its library. */
#include "data/source/unpack.h"

#define ZLIB_CONST /* asks zlib.h for a const z_stream.next_in */

#include <limits.h>
#include <lzma.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define LEAST_ROOM ((size_t)1 << 20) /* for the output of a step, where memory allows */
#define MOST_ROOM ((size_t)1 << 30)  /* more than zlib can be told is not used */
#define MAGIC_BYTES 6u

enum outcome { GOES_ON, MEMBER_ENDS, IS_DAMAGED, NO_MEMORY, TOO_MUCH_MEMORY };

/* What one step may read and write, and then what it has read and written. */
struct step {
    const char *in;
    char *out;
    size_t n_in, n_out;
    const char *why; /* if IS_DAMAGED: the library's words, or NULL */
};

union decoder {
    z_stream gzip;
    ZSTD_DCtx *zstd;
    lzma_stream xz;
};

struct unpack_kind {
    const char *name, *member; /* "gzip", "member" */
    const char *end;           /* of names of files */
    const char *hint;
    size_t n_magic;
    char magic[MAGIC_BYTES];
    const char *skipped;   /* the magic of frames without data; any low half of the first byte */
    size_t padding;        /* zeros after a member come in groups of so many; 0 for none */
    bool padding_ends_all; /* no member may follow them */
    bool (*open)(union decoder *d);
    /* Before each member. max_bytes: of memory that the decoder may take. */
    bool (*begin)(union decoder *d, size_t max_bytes);
    enum outcome (*step)(union decoder *d, struct step *s);
    void (*close)(union decoder *d); /* harmless on a decoder that could not be opened */
};

/* ---- gzip ------------------------------------------------------------------------------------*/

static bool gzip_open(union decoder *d)
{
    enum { GZIP_ONLY = 16 }; /* and no other format of zlib */
    return inflateInit2(&d->gzip, MAX_WBITS + GZIP_ONLY) == Z_OK;
}

static bool gzip_begin(union decoder *d, size_t max_bytes)
{
    (void)max_bytes; /* 32 KiB */
    return inflateReset(&d->gzip) == Z_OK;
}

static enum outcome gzip_step(union decoder *d, struct step *s)
{
    z_stream *z = &d->gzip;
    const uInt n_in = s->n_in < UINT_MAX ? (uInt)s->n_in : UINT_MAX, n_out = (uInt)s->n_out;
    z->next_in = (const Bytef *)s->in;
    z->avail_in = n_in;
    z->next_out = (Bytef *)s->out;
    z->avail_out = n_out;
    int result = inflate(z, Z_NO_FLUSH);
    s->n_in = n_in - z->avail_in;
    s->n_out = n_out - z->avail_out;
    s->why = z->msg;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR:
        return GOES_ON;
    case Z_STREAM_END:
        return MEMBER_ENDS;
    case Z_MEM_ERROR:
        return NO_MEMORY;
    default:
        return IS_DAMAGED;
    }
}

static void gzip_close(union decoder *d)
{
    inflateEnd(&d->gzip);
}

/* ---- Zstandard -------------------------------------------------------------------------------*/

static bool zstd_open(union decoder *d)
{
    d->zstd = ZSTD_createDCtx();
    return d->zstd != NULL;
}

/* Windows of every size are accepted that memory allows. */
static bool zstd_begin(union decoder *d, size_t max_bytes)
{
    const ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
    int log = bounds.lowerBound;
    while (log < bounds.upperBound && max_bytes >> log > 1)
        log++;
    return !ZSTD_isError(ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only)) &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, log));
}

static enum outcome zstd_step(union decoder *d, struct step *s)
{
    ZSTD_inBuffer in = {s->in, s->n_in, 0};
    ZSTD_outBuffer out = {s->out, s->n_out, 0};
    size_t result = ZSTD_decompressStream(d->zstd, &out, &in);
    s->n_in = in.pos;
    s->n_out = out.pos;
    s->why = ZSTD_getErrorName(result);
    if (!ZSTD_isError(result))
        return result == 0 ? MEMBER_ENDS : GOES_ON;
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_frameParameter_windowTooLarge)
        return TOO_MUCH_MEMORY;
    return code == ZSTD_error_memory_allocation ? NO_MEMORY : IS_DAMAGED;
}

static void zstd_close(union decoder *d)
{
    ZSTD_freeDCtx(d->zstd);
}

/* ---- xz --------------------------------------------------------------------------------------*/

static bool xz_open(union decoder *d)
{
    d->xz = (lzma_stream)LZMA_STREAM_INIT;
    return true;
}

static bool xz_begin(union decoder *d, size_t max_bytes)
{
    return lzma_stream_decoder(&d->xz, max_bytes, LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK;
}

static const char *xz_why(lzma_ret result)
{
    if (result == LZMA_FORMAT_ERROR)
        return "its first bytes are wrong";
    if (result == LZMA_OPTIONS_ERROR || result == LZMA_UNSUPPORTED_CHECK)
        return "it asks for what liblzma does not know";
    return "its data or a checksum is wrong";
}

static enum outcome xz_step(union decoder *d, struct step *s)
{
    lzma_stream *z = &d->xz;
    z->next_in = (const uint8_t *)s->in;
    z->avail_in = s->n_in;
    z->next_out = (uint8_t *)s->out;
    z->avail_out = s->n_out;
    const lzma_ret result = lzma_code(z, LZMA_RUN);
    s->n_in -= z->avail_in;
    s->n_out -= z->avail_out;
    s->why = xz_why(result);
    if (result == LZMA_OK || result == LZMA_BUF_ERROR)
        return GOES_ON;
    if (result == LZMA_STREAM_END)
        return MEMBER_ENDS;
    if (result == LZMA_MEMLIMIT_ERROR)
        return TOO_MUCH_MEMORY;
    return result == LZMA_MEM_ERROR ? NO_MEMORY : IS_DAMAGED;
}

static void xz_close(union decoder *d)
{
    lzma_end(&d->xz);
}

/* ---- Which kind ------------------------------------------------------------------------------*/

static const struct unpack_kind kinds[] = {
    {.name = "gzip",
     .member = "member",
     .end = ".gz",
     .hint = "gzip -t checks the file; get it again",
     .n_magic = 3,
     .magic = "\x1F\x8B\x08",
     .padding = 1,
     .padding_ends_all = true,
     .open = gzip_open,
     .begin = gzip_begin,
     .step = gzip_step,
     .close = gzip_close},
    {.name = "Zstandard",
     .member = "frame",
     .end = ".zst",
     .hint = "zstd -t checks the file; get it again",
     .n_magic = 4,
     .magic = "\x28\xB5\x2F\xFD",
     .skipped = "\x50\x2A\x4D\x18",
     .open = zstd_open,
     .begin = zstd_begin,
     .step = zstd_step,
     .close = zstd_close},
    {.name = "xz",
     .member = "stream",
     .end = ".xz",
     .hint = "xz -t checks the file; get it again",
     .n_magic = 6,
     .magic = {'\xFD', '7', 'z', 'X', 'Z', 0},
     .padding = 4,
     .open = xz_open,
     .begin = xz_begin,
     .step = xz_step,
     .close = xz_close},
};

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), n_end = strlen(end);
    return n >= n_end && strcmp(path + n - n_end, end) == 0;
}

/* A frame without data, which may come before the others. */
static bool begins_skipped(const struct unpack_kind *k, const char *p, size_t n)
{
    return k->skipped && n >= k->n_magic && (p[0] & 0xF0) == k->skipped[0] &&
           memcmp(p + 1, k->skipped + 1, k->n_magic - 1) == 0;
}

static int wrong_bits(const struct unpack_kind *k, const char *p)
{
    int n = 0;
    for (size_t i = 0; i < k->n_magic; i++)
        n += __builtin_popcount((unsigned)(p[i] ^ k->magic[i]) & 0xFFu);
    return n;
}

const struct unpack_kind *unpack_kind_of(const char *p, size_t n, const char *path)
{
    for (const struct unpack_kind *k = kinds; k < kinds + sizeof kinds / sizeof *kinds; k++) {
        bool is_cut = n < k->n_magic && memcmp(p, k->magic, n) == 0;
        if (begins_skipped(k, p, n))
            return k;
        if (n >= k->n_magic ? wrong_bits(k, p) <= 1 : is_cut && (n > 1 || ends_with(path, k->end)))
            return k;
    }
    return NULL;
}

/* ---- Member by member ------------------------------------------------------------------------*/

/* A file at work. */
struct unpacking {
    const struct unpack_kind *kind;
    const char *p;
    size_t n, at;              /* bytes, and those that are behind us */
    unsigned long long member; /* from 1 */
    struct sink *sink;
};

/* Is what is left the begin of a member, or of its first bytes? */
static bool at_member(const struct unpacking *u)
{
    const struct unpack_kind *k = u->kind;
    const char *p = u->p + u->at;
    const size_t left = u->n - u->at, n = left < k->n_magic ? left : k->n_magic;
    return memcmp(p, k->magic, n) == 0 || (k->skipped && (p[0] & 0xF0) == k->skipped[0] &&
                                           memcmp(p + 1, k->skipped + 1, n - 1) == 0);
}

static bool refuse_end(const struct unpacking *u, struct err *e)
{
    return err_set(e, ERR_DATA, u->kind->hint,
                   "%s: cannot be decompressed: the file ends too early: the compressed data is "
                   "truncated, in %s %s %llu, after %zu bytes",
                   u->sink->shown, u->kind->name, u->kind->member, u->member, u->n);
}

static bool refuse_rest(const struct unpacking *u, struct err *e)
{
    return err_set(e, ERR_DATA, u->kind->hint,
                   "%s: cannot be decompressed: after %s %s %llu the file goes on with something "
                   "else, at byte %zu of %zu",
                   u->sink->shown, u->kind->name, u->kind->member, u->member, u->at + 1, u->n);
}

static bool refuse_bytes(const struct unpacking *u, const char *why, struct err *e)
{
    return err_set(e, ERR_DATA, u->kind->hint,
                   "%s: cannot be decompressed: %s %s %llu is damaged, which shows at byte %zu of "
                   "%zu: %s",
                   u->sink->shown, u->kind->name, u->kind->member, u->member, u->at, u->n,
                   why ? why : "its data is wrong");
}

static bool refuse_memory(const struct unpacking *u, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: no memory to decompress it", u->sink->shown);
}

/* The bytes from u->at to the end of the member. */
static bool unpack_member(struct unpacking *u, union decoder *d, struct err *e)
{
    struct sink *sink = u->sink;
    for (;;) {
        if (!sink_reserve(sink, sink_room(sink, LEAST_ROOM), e))
            return false;
        const size_t reserved = sink->capacity - sink->n - SINK_SPARE_BYTES;
        const size_t room = sink_room(sink, reserved < MOST_ROOM ? reserved : MOST_ROOM);
        struct step s = {u->p + u->at, sink->p + sink->n, u->n - u->at, room, NULL};
        const enum outcome outcome = u->kind->step(d, &s);
        u->at += s.n_in;
        sink->n += s.n_out;
        if (outcome == MEMBER_ENDS)
            return true;
        if (outcome == IS_DAMAGED)
            return refuse_bytes(u, s.why, e);
        if (outcome == TOO_MUCH_MEMORY)
            return sink_refuse(sink, e);
        if (outcome == NO_MEMORY)
            return refuse_memory(u, e);
        /* A decoder that stops before its output is full needs more input. */
        if (s.n_out < room && (u->at == u->n || s.n_in == 0))
            return refuse_end(u, e);
    }
}

/* Passes over zeros between members, or after the last. */
static void skip_padding(struct unpacking *u)
{
    const struct unpack_kind *k = u->kind;
    size_t to = u->at;
    while (k->padding && to < u->n && u->p[to] == 0)
        to++;
    if (to > u->at && (to - u->at) % k->padding == 0 && (to == u->n || !k->padding_ends_all))
        u->at = to;
}

bool unpack(const struct unpack_kind *kind, const char *p, size_t n, struct sink *s, struct err *e)
{
    struct unpacking u = {.kind = kind, .p = p, .n = n, .sink = s};
    union decoder d;
    memset(&d, 0, sizeof d);
    bool ok = kind->open(&d) || refuse_memory(&u, e);
    do {
        u.member++;
        ok = ok && (kind->begin(&d, s->max_bytes) || refuse_memory(&u, e)) &&
             unpack_member(&u, &d, e);
        skip_padding(&u);
        ok = ok && (u.at == n || at_member(&u) || refuse_rest(&u, e));
    } while (ok && u.at < n);
    kind->close(&d);
    return ok;
}
