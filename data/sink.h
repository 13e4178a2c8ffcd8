/* Sinks: bytes of an input that is being read or decompressed, in memory that grows.
 *
 * A sink grows by remapping pages, not by copying, so the bytes may move when more are reserved.
 * Pages that are not written to take no memory. Not here: where the bytes come from. */
#ifndef AXB_DATA_SINK_H
#define AXB_DATA_SINK_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

size_t sink_round_to_page(size_t bytes);

/* New zeroed memory that is taken only where it is written to, or MAP_FAILED with errno. */
char *sink_map(size_t bytes);

/* Begins as {.max_bytes = …, .shown = …}; who writes to p + n raises n. */
#define SINK_SPARE_BYTES 64u /* readable and writable after what is reserved */

struct sink {
    char *p;
    size_t n, capacity;
    size_t max_bytes;  /* of memory; all of it, with the spare bytes */
    const char *shown; /* the input's name in errors */
};

/* Reserves `more` bytes at p + n, and the spare ones. ERR_OS, as sink_refuse or from the system. */
bool sink_reserve(struct sink *s, size_t more, struct err *e);

/* The most that sink_reserve may be asked for, but at least 1 and at most `most`. */
size_t sink_room(const struct sink *s, size_t most);

/* The error of an input that takes more memory than it may. ERR_OS. */
bool sink_refuse(const struct sink *s, struct err *e);

/* Gives back the pages that are not used: p is then a mapping of `capacity` bytes, whose owner is
 * whoever goes on with it. ERR_OS. */
bool sink_finish(struct sink *s, struct err *e);

/* Harmless on a sink without bytes. */
void sink_drop(struct sink *s);

#endif
