/* Writes and opens the files of prepared runs. */
#include "matcher/shard/run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define MAGIC 0x314e555242584121ull /* "!AXBRUN1" */
#define VERSION_BYTES 32u

#if defined __x86_64__
#define MACHINE "x86-64"
#elif defined __aarch64__
#define MACHINE "arm64"
#else
#define MACHINE "unknown"
#endif

struct run_head {
    uint64_t magic;
    char version[VERSION_BYTES], machine[VERSION_BYTES]; /* filled up with zeros */
    uint64_t layout;
    uint64_t file_bytes;
    struct run_place piece[RUN_PIECES];
    uint64_t check; /* XXH3 of all before it */
};
_Static_assert(sizeof(struct run_head) <= SHM_PIECE_ALIGN, "the first piece follows the head");

static const char again[] = "write it again with --prepare";

static uint64_t aligned(uint64_t at)
{
    return (at + SHM_PIECE_ALIGN - 1) / SHM_PIECE_ALIGN * SHM_PIECE_ALIGN;
}

static uint64_t head_check(const struct run_head *h)
{
    return XXH3_64bits(h, offsetof(struct run_head, check));
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static void make_head(struct run_head *h, const struct run_pieces *pieces, uint64_t layout)
{
    uint64_t at = SHM_PIECE_ALIGN;
    memset(h, 0, sizeof *h);
    h->magic = MAGIC;
    strncpy(h->version, AXB_VERSION, VERSION_BYTES - 1);
    strncpy(h->machine, MACHINE, VERSION_BYTES - 1);
    h->layout = layout;
    h->file_bytes = sizeof *h;
    for (int k = 0; k < RUN_PIECES; k++) {
        const struct shm_view *p = &pieces->of[k];
        if (!p->bytes)
            continue;
        h->piece[k] = (struct run_place){at, p->bytes, XXH3_64bits(p->base, p->bytes)};
        h->file_bytes = at + p->bytes;
        at = aligned(h->file_bytes);
    }
    h->check = head_check(h);
}

/* Writes zeros up to a place in the file. */
static bool fill_to(struct out *out, uint64_t begin, uint64_t at, struct err *e)
{
    static const char zeros[4096];
    bool ok = true;
    while (ok && out->bytes - begin < at) {
        const uint64_t left = at - (out->bytes - begin);
        ok = out_write(out, zeros, left < sizeof zeros ? (size_t)left : sizeof zeros, e);
    }
    return ok;
}

bool run_file_write(const struct run_pieces *pieces, uint64_t layout, struct out *out,
                    struct err *e)
{
    struct run_head head;
    const uint64_t begin = out->bytes;
    make_head(&head, pieces, layout);
    bool ok = out_write(out, (const char *)&head, sizeof head, e);
    for (int k = 0; k < RUN_PIECES && ok; k++)
        if (head.piece[k].bytes)
            ok = fill_to(out, begin, head.piece[k].at, e) &&
                 out_write(out, pieces->of[k].base, pieces->of[k].bytes, e);
    return ok;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool damaged(const struct run_file *f, const char *what, struct err *e)
{
    return err_set(e, ERR_DATA, again, "%s: %s", f->path, what);
}

static bool is_text(const char text[VERSION_BYTES], const char *wanted)
{
    return strncmp(text, wanted, VERSION_BYTES) == 0;
}

/* Is the head one that this program can use? */
static bool check_head(const struct run_file *f, const struct run_head *h, uint64_t layout,
                       struct err *e)
{
    if (h->magic == __builtin_bswap64(MAGIC))
        return damaged(f, "it was written on a machine with another byte order", e);
    if (h->magic != MAGIC)
        return err_set(e, ERR_DATA, "axb match … --prepare FILE writes one",
                       "%s is not the file of a prepared run", f->path);
    if (h->check != head_check(h))
        return damaged(f, "its head is damaged, or was written by another version of axb", e);
    if (!is_text(h->version, AXB_VERSION) || h->layout != layout)
        return err_set(e, ERR_DATA, again, "%s was written by another axb (%.*s) than this (%s)",
                       f->path, (int)VERSION_BYTES, h->version, AXB_VERSION);
    return is_text(h->machine, MACHINE) ||
           err_set(e, ERR_DATA, again, "%s was written on %.*s, and this machine is %s", f->path,
                   (int)VERSION_BYTES, h->machine, MACHINE);
}

/* Are all pieces in the file? */
static bool check_places(const struct run_file *f, const struct run_head *h, struct err *e)
{
    struct stat st;
    bool fit = fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) &&
               (uint64_t)st.st_size == h->file_bytes && h->piece[RUN_FACTS].bytes &&
               h->piece[RUN_VALUES].bytes;
    for (int k = 0; k < RUN_PIECES && fit; k++)
        fit = h->piece[k].at % SHM_PIECE_ALIGN == 0 && h->piece[k].at <= h->file_bytes &&
              h->piece[k].bytes <= h->file_bytes - h->piece[k].at;
    return fit || damaged(f, "it is cut, or longer than it was", e);
}

bool run_file_open(struct run_file *f, const char *path, uint64_t layout, struct err *e)
{
    struct run_head head;
    *f = (struct run_file){.fd = open(path, O_RDONLY | O_CLOEXEC), .path = path};
    if (f->fd < 0)
        return err_system(e, ERR_NOINPUT, errno, NULL, "%s cannot be read", path);
    const ssize_t got = pread(f->fd, &head, sizeof head, 0);
    if (got < 0)
        return err_system(e, ERR_IO, errno, NULL, "%s cannot be read", path);
    if ((size_t)got < sizeof head)
        memset((char *)&head + got, 0, sizeof head - (size_t)got);
    if (!check_head(f, &head, layout, e) || !check_places(f, &head, e))
        return false;
    memcpy(f->piece, head.piece, sizeof f->piece);
    return true;
}

void run_file_close(struct run_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    *f = (struct run_file){.fd = -1};
}

static bool map_piece(const struct run_file *f, enum run_piece k, struct shm *s, struct err *e)
{
    const struct run_place *p = &f->piece[k];
    const int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 3);
    *s = (struct shm){.fd = -1};
    if (fd < 0)
        return err_system(e, ERR_OS, errno, NULL, "no descriptor for a piece of %s", f->path);
    if (p->bytes && shm_attach_piece(s, fd, p->at, p->bytes, e))
        return true;
    close(fd);
    return p->bytes || damaged(f, "it lacks a piece", e);
}

/* Those that are small beside the tables. What they say is used as it stands: lengths, places,
 * code. */
static bool is_always_checked(enum run_piece k)
{
    return k == RUN_FACTS || k == RUN_VALUES || k == RUN_ORDER || k == RUN_MODULE;
}

static bool is_whole(const struct run_file *f, enum run_piece k, const struct shm *s)
{
    return XXH3_64bits(s->base, s->bytes) == f->piece[k].check;
}

bool run_file_map(const struct run_file *f, enum run_piece k, struct shm *s, struct err *e)
{
    if (!map_piece(f, k, s, e))
        return false;
    if (!is_always_checked(k) || is_whole(f, k, s))
        return true;
    shm_close(s);
    return damaged(f, "it is damaged", e);
}

/* Are all bytes from one place to another zeros? */
static bool is_filled(const struct run_file *f, uint64_t from, uint64_t to)
{
    char bytes[4096];
    while (from < to) {
        const size_t wanted = to - from < sizeof bytes ? (size_t)(to - from) : sizeof bytes;
        if (pread(f->fd, bytes, wanted, (off_t)from) != (ssize_t)wanted)
            return false;
        for (size_t i = 0; i < wanted; i++)
            if (bytes[i])
                return false;
        from += wanted;
    }
    return true;
}

/* Pieces are in the order of their numbers, and what is between them says nothing. */
static bool gaps_are_filled(const struct run_file *f)
{
    uint64_t end = sizeof(struct run_head);
    bool filled = true;
    for (int k = 0; filled && k < RUN_PIECES; k++) {
        const struct run_place *p = &f->piece[k];
        filled = !p->bytes || is_filled(f, end, p->at);
        end = p->bytes ? p->at + p->bytes : end;
    }
    return filled;
}

bool run_file_check(const struct run_file *f, struct err *e)
{
    bool whole = gaps_are_filled(f);
#pragma omp parallel for schedule(dynamic, 1) reduction(&& : whole)
    for (int k = 0; k < RUN_PIECES; k++) {
        struct err mine;
        struct shm s;
        if (!f->piece[k].bytes)
            continue;
        whole = whole && map_piece(f, (enum run_piece)k, &s, &mine);
        if (whole) {
            whole = is_whole(f, (enum run_piece)k, &s);
            shm_close(&s);
        }
    }
    return whole || damaged(f, "it is damaged", e);
}
