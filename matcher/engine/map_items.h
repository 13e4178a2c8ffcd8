/* The items of a map: what `axb map` calls a function on, in runs.
 *
 * The Python package writes them into a memfd, and workers read them there:
 *
 *     "AXBITEM1"; u64 n_items; u64 n_runs; zeros up to 64 bytes
 *     struct map_run run[n_runs + 1]; the runs' bytes
 *
 * The last entry says where the end is. A run is a pickle of a list of items; nobody but Python
 * knows what is in it. Not here: what comes out, which worker_map.c says. */
#ifndef AXB_MATCHER_ENGINE_MAP_ITEMS_H
#define AXB_MATCHER_ENGINE_MAP_ITEMS_H

#include "core/err.h"
#include "core/shm.h"

#include <stdint.h>

#define MAP_ITEMS_MAGIC "AXBITEM1"

struct map_run {
    uint64_t item; /* its first; ascending */
    uint64_t at;   /* offset of its bytes from the start of the file; ascending */
};

struct map_items {
    uint64_t n_items, n_runs;
    const struct map_run *run; /* n_runs + 1 */
    const char *base;          /* of the file */
};

/* A view of what is mapped. ERR_SOFTWARE if it has another form. */
bool map_items_view(struct map_items *items, struct shm_view view, struct err *e);

#endif
