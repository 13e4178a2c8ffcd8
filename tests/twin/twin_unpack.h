/* The slow obvious twin of data/source/unpack.h: gzip as RFC 1952 has it, its checksum bit by bit;
 * frames of Zstandard and streams of xz decoded in one call each. */
#ifndef AXB_TESTS_TWIN_TWIN_UNPACK_H
#define AXB_TESTS_TWIN_TWIN_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* What the whole file p[0..n) stands for, in out[0..*n_out), at most `most` bytes. False if it is
 * not, to its last byte, members of one of the three formats, or if `most` does not suffice. */
bool twin_unpack(const char *p, size_t n, char *out, size_t most, size_t *n_out);

#endif
