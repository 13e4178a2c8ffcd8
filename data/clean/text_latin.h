/* Other scripts in Latin letters, over ICU: "Any-Latin; Latin-ASCII".
 *
 * One for each thread, since ICU's are not shared. What comes out depends on the release of ICU in
 * rare letters. */
#ifndef AXB_DATA_CLEAN_TEXT_LATIN_H
#define AXB_DATA_CLEAN_TEXT_LATIN_H

#include "data/clean/text_buffer.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed to begin with. */
struct text_latin {
    void *transliterator; /* opened at the first use */
    uint16_t *units;
    int32_t capacity;
    int failed; /* ICU's UErrorCode; 0: none */
};

/* Writes `in`, which is valid UTF-8, in Latin letters. False without memory, or when `failed` says
 * why. */
bool text_latin_run(struct text_latin *l, struct text_part in, struct text_buffer *out);

/* The name of ICU's error. */
const char *text_latin_fault(const struct text_latin *l);

void text_latin_free(struct text_latin *l);

#endif
