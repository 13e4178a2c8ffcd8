/* What lines say of each row of B, made once in a segment that all workers read.
 *
 * Where there are more pairs than rows of B, the same id and the same kept columns are wanted again
 * and again, from places of the table that are far from each other. Here they stand together, as
 * they are copied into a line: escaped, with what surrounds them. Not here: making them
 * (emit_texts_build.h).
 *
 *     row    0            1        2 …
 *     at     0, 4, 8      1, 3, 1  NOT_HELD
 *     text   B17,,Rotterdam\n……… | B2,\n …      each begins at a multiple of TEXT_ALIGN bytes
 */
#ifndef AXB_DATA_FORMAT_EMIT_TEXTS_H
#define AXB_DATA_FORMAT_EMIT_TEXTS_H

#include "core/shm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMIT_TEXT_ALIGN 8u
#define EMIT_TEXT_NOT_HELD UINT16_MAX

struct emit_text_at {
    uint32_t at; /* of the text, in units of EMIT_TEXT_ALIGN bytes */
    uint16_t head_bytes, tail_bytes;
};

/* What stands at the begin of the segment. */
struct emit_texts_head {
    uint64_t n; /* rows of B, from the first on */
    uint64_t at_at;
    uint64_t text_at; /* from where texts are counted; a multiple of EMIT_TEXT_ALIGN */
};

/* What lines say of a row of B: its id, at whose end the score stands; its kept columns and the end
 * of the line. FORMAT_COPY_STEP bytes after it are readable. */
struct emit_text {
    const char *p;
    size_t head_bytes, tail_bytes;
};

/* A view of the segment. */
struct emit_texts {
    const struct emit_text_at *at; /* n */
    const char *text;
    uint64_t n;
};

static inline void emit_texts_view(struct emit_texts *t, struct shm_view texts)
{
    const struct emit_texts_head *h = shm_at(texts, SHM_HEAD_AT, struct emit_texts_head);
    *t = (struct emit_texts){shm_array(texts, h->at_at, struct emit_text_at, h->n),
                             texts.base + h->text_at, h->n};
}

/* The text of a row; false if it is not held. */
static inline bool emit_texts_find(const struct emit_texts *t, uint64_t row, struct emit_text *text)
{
    if (row >= t->n || t->at[row].head_bytes == EMIT_TEXT_NOT_HELD)
        return false;
    const struct emit_text_at *at = &t->at[row];
    *text = (struct emit_text){t->text + (size_t)at->at * EMIT_TEXT_ALIGN, at->head_bytes,
                               at->tail_bytes};
    return true;
}

/* Asks the processor for what says where the text of a row is, and later for the text. */
static inline void emit_texts_expect(const struct emit_texts *t, uint64_t row)
{
    if (row < t->n)
        __builtin_prefetch(&t->at[row]);
}

static inline void emit_texts_fetch(const struct emit_texts *t, uint64_t row)
{
    if (row < t->n)
        __builtin_prefetch(t->text + (size_t)t->at[row].at * EMIT_TEXT_ALIGN);
}

#endif
