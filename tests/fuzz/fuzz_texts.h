/* Texts from any bytes, for the fuzzers of metrics and joins. */
#ifndef AXB_TESTS_FUZZ_FUZZ_TEXTS_H
#define AXB_TESTS_FUZZ_FUZZ_TEXTS_H

#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_text.h"

#define FUZZ_MAX_TEXTS 12u
#define FUZZ_MAX_CHARACTERS 160u

struct fuzz_texts {
    const char *p[FUZZ_MAX_TEXTS]; /* ended by a zero byte each, in `bytes` */
    uint32_t points[FUZZ_MAX_TEXTS][FUZZ_MAX_CHARACTERS];
    size_t n_points[FUZZ_MAX_TEXTS];
    size_t n;
    char bytes[FUZZ_MAX_TEXTS * (4 * FUZZ_MAX_CHARACTERS + 1)];
};

/* Texts are separated by line feeds. A byte below 0x80 is that character, one above is a character
 * of another script: of Greek, of Han, of those with four bytes, as `script` says. */
static inline void fuzz_texts_read(struct fuzz_texts *t, struct fuzz_input *in, uint8_t script,
                                   size_t max_characters)
{
    static const uint32_t base[] = {0x300, 0x300, 0x4E00, 0x1F600};
    char *out = t->bytes;
    for (t->n = 0; t->n < FUZZ_MAX_TEXTS && in->n > 0; t->n++) {
        struct fuzz_input part = fuzz_until(in, '\n');
        uint32_t *points = t->points[t->n];
        size_t n = 0;
        t->p[t->n] = out;
        while (part.n > 0 && n < max_characters) {
            uint8_t byte = fuzz_byte(&part);
            uint32_t point = byte < 0x80 ? byte : base[script & 3] + byte;
            if (point != 0)
                out += twin_encode(points[n++] = point, out);
        }
        *out++ = 0;
        t->n_points[t->n] = n;
    }
}

#endif
