/* Compressed bytes for tests, by the libraries themselves. */
#ifndef AXB_TESTS_HARNESS_HARNESS_PACK_H
#define AXB_TESTS_HARNESS_HARNESS_PACK_H

#include <stddef.h>

/* HARNESS_GZIP_FULL has all that a header of gzip may have, and its checksum. */
enum harness_pack {
    HARNESS_GZIP,
    HARNESS_GZIP_FULL,
    HARNESS_ZSTD,
    HARNESS_XZ,
    HARNESS_PACKS,
};

const char *harness_pack_name(enum harness_pack kind);

/* p[0..n) as one member, frame or stream with a checksum; returns its bytes in out, at most `most`.
 * Ends the program if it cannot. */
size_t harness_pack(enum harness_pack kind, const char *p, size_t n, char *out, size_t most);

#endif
