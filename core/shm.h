/* Segments of shared memory, which workers get by descriptor.
 *
 * A segment is a file in memory that never has a name (memfd_create). So nothing is left when a
 * process is killed, and the size of /dev/shm does not matter. A segment reserves address space
 * and grows inside it. Every byte is asked for with posix_fallocate before it is used, after the
 * limits of memory were read: a clear error, never SIGBUS. Contents hold offsets from `base`, never
 * pointers. Not here: segments that have a name (shm_named.h). */
#ifndef AXB_CORE_SHM_H
#define AXB_CORE_SHM_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shm {
    int fd;               /* -1 when closed */
    char *base;           /* mapping of reserve_bytes; the first `bytes` may be touched */
    size_t bytes;         /* committed so far, a multiple of the page size */
    size_t used_bytes;    /* handed out by shm_alloc */
    size_t reserve_bytes; /* address space */
};

/* Creates an empty segment. `what` names it in errors ("table A"). The caller closes it. Asking for
 * a large reserve costs nothing; where address space is limited it gets what can be had. */
bool shm_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* The same in an open, empty file, which is the segment's from here on, and closed on failure. */
bool shm_create_in(struct shm *s, int fd, const char *what, size_t reserve_bytes, struct err *e);

/* Hands out `bytes` zeroed bytes at a multiple of `align` (a power of two), growing the segment.
 * Returns the offset from base, never 0 (the first 64 bytes are kept free); 0 on failure. */
uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e);

/* The segment is complete: makes the caller's own mapping read-only and gives back what memory and
 * address space it has to spare. */
bool shm_freeze(struct shm *s, struct err *e);

/* A second descriptor of the same segment that cannot be written through; the caller closes it. */
int shm_readonly_fd(const struct shm *s, struct err *e);

/* Maps a segment that came by descriptor, whole, with its present size. Then shm_close closes fd;
 * on failure it stays the caller's. */
bool shm_attach(struct shm *s, int fd, bool writable, struct err *e);

/* Unmaps and closes; harmless on a zeroed or closed segment with fd -1. */
void shm_close(struct shm *s);

#endif
