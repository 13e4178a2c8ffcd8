/* An arena: memory that is handed out in small pieces and given back all at once.
 *
 * For what is kept of a file that is read: each thread has an arena. Pieces never move. Failing is
 * a NULL, since whoever asks sits in a parallel loop without a way to report. */
#ifndef AXB_DATA_ARENA_H
#define AXB_DATA_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_SPARE_BYTES 16u /* readable after every piece */

struct arena_block;

struct arena {
    struct arena_block *block; /* the newest; zeroed: none yet */
    size_t bytes;              /* handed out */
};

/* `bytes` bytes at a multiple of 16, or NULL when there is no memory. */
void *arena_take(struct arena *a, size_t bytes);

/* Cuts the piece that was taken last, at p, down to `bytes`. */
void arena_trim(struct arena *a, void *p, size_t bytes);

void arena_free(struct arena *a);

#endif
