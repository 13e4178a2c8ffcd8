/* Compressed bytes and what they stand for: gzip (RFC 1952), Zstandard (RFC 8878) and xz.
 *
 * A file is one or more members (gzip), frames (Zstandard) or streams (xz), one after another to
 * its last byte. zlib, libzstd and liblzma decode them and compare every checksum and length that
 * the file has. Nothing of a file is used unless all of it is right. What has no checksum (a
 * Zstandard frame may lack one, and so may an xz stream) can be wrong unseen. */
#ifndef AXB_DATA_SOURCE_UNPACK_H
#define AXB_DATA_SOURCE_UNPACK_H

#include "core/err.h"
#include "data/sink.h"

#include <stdbool.h>
#include <stddef.h>

struct unpack_kind;

/* What p[0..n) is compressed with, by its first bytes, or NULL. One wrong bit among these does not
 * make it text, and neither does an end among them; so unpack will refuse such bytes. `path` counts
 * only for a file of one byte: "(" may well be text. */
const struct unpack_kind *unpack_kind_of(const char *p, size_t n, const char *path);

/* Appends to `s` what p[0..n) stands for. ERR_DATA if it is damaged, cut short, or followed by
 * anything else: only zeros at the end of gzip, and groups of four after an xz stream, are passed
 * over. ERR_OS if memory does not suffice. */
bool unpack(const struct unpack_kind *kind, const char *p, size_t n, struct sink *s, struct err *e);

#endif
