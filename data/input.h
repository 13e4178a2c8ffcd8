/* Inputs: the bytes of a file, of stdin or of a compressed file, in memory.
 *
 * A regular file is mapped, everything else is read to its end. What the bytes mean is not known
 * here. A file that others cut short while it is mapped cannot be read safely; nobody can. */
#ifndef AXB_DATA_INPUT_H
#define AXB_DATA_INPUT_H

#include "core/err.h"
#include "data/sink.h"

#include <stdbool.h>
#include <stddef.h>

#define INPUT_SPARE_BYTES SINK_SPARE_BYTES /* readable after the last byte */

struct input {
    const char *p;
    size_t n;
    char *map; /* what input_close gives back */
    size_t map_bytes;
    size_t memory_bytes; /* of those that are ours alone, not pages of the file */
};

/* Opens `path` ("-" is stdin, "fd:N" as in core/inherited.h), called `shown` in
 * errors. gzip, Zstandard and xz are known by their first bytes, whatever the name, and
 * decompressed, up to four times over. Pairs of values (unpack_values.h) become lines. Never takes
 * more than max_bytes of memory. ERR_DATA if it is compressed and damaged (data/source/unpack.h),
 * ERR_OS if memory does not suffice. */
bool input_open(struct input *in, const char *path, const char *shown, size_t max_bytes,
                struct err *e);

/* What the sink holds takes the place of the input's bytes. Drops the sink on failure. ERR_OS. */
bool input_take(struct input *in, struct sink *s, struct err *e);

/* Harmless on a zeroed input. */
void input_close(struct input *in);

#endif
