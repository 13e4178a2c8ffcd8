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

bool run_file_map(const struct run_file *f, enum run_piece k, struct shm *s, struct err *e)
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

bool run_file_check(const struct run_file *f, struct err *e)
{
    bool whole = true;
#pragma omp parallel for schedule(dynamic, 1) reduction(&& : whole)
    for (int k = 0; k < RUN_PIECES; k++) {
        struct err mine;
        struct shm s;
        if (!f->piece[k].bytes)
            continue;
        whole = whole && run_file_map(f, (enum run_piece)k, &s, &mine);
        if (whole) {
            whole = XXH3_64bits(s.base, s.bytes) == f->piece[k].check;
            shm_close(&s);
        }
    }
    return whole || damaged(f, "it is damaged", e);
}
