/* A text that grows, for cleaning: its memory is used again for the next text. */
#ifndef AXB_DATA_CLEAN_TEXT_BUFFER_H
#define AXB_DATA_CLEAN_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_BUFFER_SPARE_BYTES 16u /* readable after every text */

/* Borrowed bytes of a text. */
struct text_part {
    const char *p;
    size_t n;
};

/* Zeroed: empty, without memory. */
struct text_buffer {
    char *p;
    size_t n, capacity;
};

/* Room for n bytes in all, and some to spare; what it holds is kept. False: no memory. */
bool text_buffer_reserve(struct text_buffer *b, size_t n);

/* Appends n bytes, which are not in *b. False: no memory. */
bool text_buffer_add(struct text_buffer *b, const char *p, size_t n);

void text_buffer_free(struct text_buffer *b);

static inline struct text_part text_buffer_part(const struct text_buffer *b)
{
    return (struct text_part){b->p, b->n};
}

#endif
