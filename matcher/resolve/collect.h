/* Takes the pairs of a run into memory, in the order in which they come.
 *
 * They come as records of the format "table", in the order of A, through a sink of ours
 * (out_open_into). 16 bytes a pair, and while the list grows up to three times as much. */
#ifndef AXB_MATCHER_RESOLVE_COLLECT_H
#define AXB_MATCHER_RESOLVE_COLLECT_H

#include "core/err.h"
#include "matcher/choose/found.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collect {
    struct found found;
    uint64_t capacity;   /* pairs */
    size_t partial;      /* bytes of the next pair that have come */
    size_t mapped_bytes; /* of a file; 0: the list is malloced */
};

/* The pairs of a file that has nothing else. Changes of the list do not reach the file. ERR_IO. */
bool collect_map(struct collect *c, int fd, uint64_t bytes, struct err *e);

/* An out_take_fn. ERR_OS if the memory does not hold the pairs. */
bool collect_take(void *context, const char *p, size_t n, struct err *e);
void collect_close(struct collect *c);

#endif
