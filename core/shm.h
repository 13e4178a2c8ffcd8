/* Segments of shared memory, which workers get by descriptor.
 *
 * A segment is a file in memory that never has a name (memfd_create). So nothing is left when a
 * process is killed, and the size of /dev/shm does not matter. A segment reserves address space
 * and grows inside it. Every byte is asked for before it is used, after the limits of memory were
 * read: a clear error, never SIGBUS. Contents hold offsets from `base`, never pointers. The kernel
 * gives and takes the pages of a file one after the other; where they are many, threads ask for
 * them (Linux 5.14), and a thread gives them back (shm_set_threads). Not here: segments that have a
 * name (shm_named.h). */
#ifndef AXB_CORE_SHM_H
#define AXB_CORE_SHM_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHM_PIECE_ALIGN 65536u /* the largest page of the machines that axb runs on */
#define SHM_HEAD_AT 64         /* offset of the first piece; the bytes before it are kept free */

struct shm {
    int fd;               /* -1 when closed */
    char *base;           /* mapping of reserve_bytes; the first `bytes` may be touched */
    size_t bytes;         /* committed so far, a multiple of the page size */
    size_t used_bytes;    /* handed out by shm_alloc */
    size_t reserve_bytes; /* address space */
    uint64_t file_at;     /* where in the file of fd it begins; 0 but for a piece of one */
};

/* Bytes to which a new segment could grow: mem_available_bytes (memory.h), within the limits on
 * address space and files. */
size_t shm_available_bytes(void);

/* How many threads take the pages of a segment, and whether one gives them back beside what comes
 * next; 1, with which nothing is done by other threads, unless a program sets it at its start. */
void shm_set_threads(int n);

/* Creates an empty segment. `what` names it in errors ("table A"). The caller closes it. Asking for
 * a large reserve costs nothing; where address space is limited it gets what can be had. */
bool shm_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* The same in memory of this process alone, which no other can be given. It counts as the
 * process' own. */
bool shm_create_private(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* The same in an open, empty file, which is the segment's from here on, and closed on failure. */
bool shm_create_in(struct shm *s, int fd, const char *what, size_t reserve_bytes, struct err *e);

/* Hands out `bytes` zeroed bytes at a multiple of `align` (a power of two), growing the segment.
 * Returns the offset from base, the first time SHM_HEAD_AT; 0 on failure. */
uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e);

/* Takes back all that shm_alloc handed out of a private segment. The memory stays the segment's, up
 * to some MiB; what is handed out from now on is zeroed again. */
void shm_reset(struct shm *s);

/* The segment is complete: makes the caller's own mapping read-only, gives back what memory and
 * address space it has to spare, and seals it. */
bool shm_freeze(struct shm *s, struct err *e);

/* The segment has its size: nobody can change that from now on, whatever descriptor of it they
 * hold. Unless others_write, nobody can open it for writing either; mappings that exist stay. A
 * file that shm_create_in was given may have a name and cannot be sealed; then nothing is done, and
 * what protects it is that others get a read-only descriptor. The same holds for what an old kernel
 * does not know. */
void shm_seal(const struct shm *s, bool others_write);

/* Others have written into the sealed segment, and have ended. From now on nobody can write to it,
 * the caller neither, and what it reads stays as it is. False if another process still can. */
bool shm_end_writing(struct shm *s, struct err *e);

/* A second descriptor of the same segment that cannot be written through; the caller closes it. */
int shm_readonly_fd(const struct shm *s, struct err *e);

/* Maps a segment that came by descriptor, whole, with its present size. Then shm_close closes fd;
 * on failure it stays the caller's. */
bool shm_attach(struct shm *s, int fd, bool writable, struct err *e);

/* The same of a piece of a file, to read: `bytes` bytes from `at` on, a multiple of
 * SHM_PIECE_ALIGN. Only what is touched is read. ERR_DATA if the file ends before that. */
bool shm_attach_piece(struct shm *s, int fd, uint64_t at, uint64_t bytes, struct err *e);

/* Unmaps and closes; harmless on a zeroed or closed segment with fd -1. Where memory is plentiful,
 * that of a large segment may come back a moment later. */
void shm_close(struct shm *s);

/* ---- What stands in a segment ----------------------------------------------------------------*/

/* The bytes of a mapped segment, to read. It owns nothing: it is valid while the mapping is. */
struct shm_view {
    const char *base;
    size_t bytes;
};

static inline struct shm_view shm_view_of(const struct shm *s)
{
    return (struct shm_view){s->base, s->bytes};
}

/* A pointer to the T at an offset, or to the first of n. The first two read a view, the others
 * write into a segment that is being built. They are macros because a function cannot take a type.
 *
 *     const struct head *h = shm_at(view, SHM_HEAD_AT, struct head);
 *     const uint32_t *place = shm_array(view, h->place_at, uint32_t, h->n);
 *
 * A debug build ends the process at once and names the line when the offset is below SHM_HEAD_AT,
 * the pointer is not aligned for a T, or the n elements do not end inside the segment. A release
 * build checks nothing. */
#define shm_at(view, offset, T) shm_array(view, offset, T, 1)
#define shm_array(view, offset, T, n)                                                              \
    ((const T *)shm_piece((view), (offset), (uint64_t)(n) * sizeof(T), __alignof__(T), __FILE__,   \
                          __LINE__))
#define shm_writable(s, offset, T) shm_writable_array(s, offset, T, 1)
#define shm_writable_array(s, offset, T, n)                                                        \
    ((T *)shm_writable_piece((s), (offset), (uint64_t)(n) * sizeof(T), __alignof__(T), __FILE__,   \
                             __LINE__))

/* Says on stderr what is wrong at the line, and ends the process by abort. */
__attribute__((noreturn)) void shm_wrong_piece(size_t segment_bytes, uint64_t offset,
                                               uint64_t bytes, size_t align, const char *file,
                                               int line);

/* For the macros alone. */
static inline const void *shm_piece(struct shm_view view, uint64_t offset, uint64_t bytes,
                                    size_t align, const char *file, int line)
{
#ifdef NDEBUG
    (void)bytes, (void)align, (void)file, (void)line;
#else
    if (offset < SHM_HEAD_AT || offset > view.bytes || bytes > view.bytes - offset ||
        ((uintptr_t)view.base + offset) % align != 0)
        shm_wrong_piece(view.bytes, offset, bytes, align, file, line);
#endif
    return view.base + offset;
}

static inline void *shm_writable_piece(const struct shm *s, uint64_t offset, uint64_t bytes,
                                       size_t align, const char *file, int line)
{
    (void)shm_piece(shm_view_of(s), offset, bytes, align, file, line);
    return s->base + offset;
}

#endif
