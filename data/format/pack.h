/* Compressing bytes as they come: gzip (RFC 1952) and Zstandard (RFC 8878).
 *
 * What comes out depends on the bytes alone: not on the pieces in which they come, the number of
 * threads, the time, or the name of a file. It is one member of gzip, or one frame of Zstandard
 * with a checksum, since some readers stop after the first. Not here: decompressing (unpack.h),
 * files (out.h). */
#ifndef AXB_DATA_FORMAT_PACK_H
#define AXB_DATA_FORMAT_PACK_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pack_kind;
struct pack;

/* The kind that the name of a file asks for by its end, ".gz" or ".zst"; NULL for none. */
const struct pack_kind *pack_kind_of(const char *path);
/* How long that end is. */
size_t pack_suffix_bytes(const struct pack_kind *kind);

/* Takes compressed bytes, in order. False with *e ends the packing. */
typedef bool pack_put_fn(void *context, const char *p, size_t n, struct err *e);

/* Begins to pack for `put`. ERR_OS without memory. */
bool pack_open(struct pack **pack, const struct pack_kind *kind, pack_put_fn *put, void *context,
               struct err *e);
bool pack_write(struct pack *pack, const char *p, size_t n, struct err *e);
/* Packs what is left, and the end. */
bool pack_end(struct pack *pack, struct err *e);
/* Drops it, ended or not; NULL is none. */
void pack_close(struct pack *pack);

#endif
