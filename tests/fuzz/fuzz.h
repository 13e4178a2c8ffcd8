/* What the fuzzers share: claims that end the program, and an input that is taken apart from its
 * front. A fuzzer is one function over any bytes; libFuzzer calls it (tests/fuzz/run), and so does
 * replay.c, with the inputs that are kept in tests/fuzz/corpus. */
#ifndef AXB_TESTS_FUZZ_FUZZ_H
#define AXB_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define FUZZ_EXPECT(claim) ((claim) ? (void)0 : fuzz_end(__FILE__, __LINE__, #claim))

static inline void fuzz_end(const char *file, int line, const char *claim)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

/* Gives a file in memory these n bytes, and says where it is. It is made where *fd is -1. */
static inline void fuzz_file(int *fd, char path[32], const void *p, size_t n)
{
    if (*fd < 0)
        *fd = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, 32, "/proc/self/fd/%d", *fd);
    FUZZ_EXPECT(ftruncate(*fd, 0) == 0 && pwrite(*fd, p, n, 0) == (ssize_t)n);
}

struct fuzz_input {
    const uint8_t *p;
    size_t n;
};

/* The next byte; 0 after the last. */
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

/* What is left up to the next `separator`, which is passed, or to the end. */
static inline struct fuzz_input fuzz_until(struct fuzz_input *in, uint8_t separator)
{
    struct fuzz_input part = {in->p, 0};
    while (part.n < in->n && in->p[part.n] != separator)
        part.n++;
    size_t passed = part.n + (part.n < in->n);
    in->p += passed;
    in->n -= passed;
    return part;
}

/* Changes: a place, what to do there, and bytes, again and again, in n
 * bytes of which there may be `most`; returns how many there are then. */
static inline size_t fuzz_change(char *bytes, size_t n, size_t most, struct fuzz_input *in)
{
    while (in->n > 1 && n > 0) {
        size_t at = (fuzz_byte(in) * (size_t)2) % n;
        uint8_t what = fuzz_byte(in);
        if (what < 64) {
            n = at;
        } else if (what < 128) {
            memmove(bytes + at, bytes + at + 1, --n - at);
        } else if (what < 192 && n < most) {
            memmove(bytes + at + 1, bytes + at, n++ - at);
            bytes[at] = (char)fuzz_byte(in);
        } else {
            bytes[at] = (char)fuzz_byte(in);
        }
    }
    return n;
}

#endif
