/* Texts that grow by doubling. */
#include "data/clean/text_buffer.h"

#include <stdlib.h>
#include <string.h>

bool text_buffer_reserve(struct text_buffer *b, size_t n)
{
    const size_t need = n + TEXT_BUFFER_SPARE_BYTES;
    if (need <= b->capacity)
        return true;
    const size_t capacity = need < 2 * b->capacity ? 2 * b->capacity : need;
    char *p = realloc(b->p, capacity);
    if (!p)
        return false;
    memset(p + b->capacity, 0, capacity - b->capacity);
    b->p = p;
    b->capacity = capacity;
    return true;
}

bool text_buffer_add(struct text_buffer *b, const char *p, size_t n)
{
    if (!text_buffer_reserve(b, b->n + n))
        return false;
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return true;
}

void text_buffer_free(struct text_buffer *b)
{
    free(b->p);
    *b = (struct text_buffer){0};
}
