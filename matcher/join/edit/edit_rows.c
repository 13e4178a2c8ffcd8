/* Building rows and classes of characters. */
#include "matcher/join/edit/edit_rows.h"
#include "core/shm.h"

#include <string.h>

#define SAMPLE_CODES 65536u

/* Returns whether a code was folded. */
static bool rows_fill(uint8_t *rows, const struct dictionary *dictionary, const struct side *side,
                      const struct by_length *sorted, uint32_t length)
{
    uint32_t first = sorted->begin[length], n = sorted->begin[length + 1] - first;
    uint32_t codes = 0; /* all bits of them */
#pragma omp parallel for schedule(static) reduction(| : codes) if (n > 4096)
    for (uint32_t i = 0; i < n; i++) {
        struct text t = dictionary_text(dictionary, side->value[sorted->place[first + i]]);
        uint8_t *row = rows + i * edit_stride(length);
        for (uint32_t k = 0; k < length; k++) {
            const uint32_t code = text_code(t.codes, t.width, k);
            codes |= code;
            row[k] = (uint8_t)code;
        }
    }
    return codes > 255;
}

bool edit_rows_build(struct edit_rows_at *at, const struct dictionary *dictionary,
                     const struct side *side, struct shm *index, struct err *e)
{
    *at = (struct edit_rows_at){0}; /* lengths that do not occur have no rows */
    if (!by_length_build(&at->side, dictionary, side, index, e))
        return false;
    for (uint32_t l = 0; l <= EDIT_PAIR_LENGTH && l <= dictionary->max_length; l++) {
        struct by_length sorted = by_length_view(shm_view_of(index), &at->side);
        size_t n = sorted.begin[l + 1] - sorted.begin[l];
        at->rows_at[l] = shm_alloc(index, "edit index", n * edit_stride(l) + 64, 64, e);
        if (!at->rows_at[l])
            return false;
        uint8_t *rows = shm_writable_array(index, at->rows_at[l], uint8_t, n * edit_stride(l));
        at->folded = rows_fill(rows, dictionary, side, &sorted, l) || at->folded;
    }
    return true;
}

struct edit_rows edit_rows_view(struct shm_view index, const struct edit_rows_at *at)
{
    struct edit_rows r = {.side = by_length_view(index, &at->side), .folded = at->folded};
    for (uint32_t l = 0; l <= EDIT_PAIR_LENGTH; l++)
        if (at->rows_at[l])
            r.rows[l] = shm_at(index, at->rows_at[l], uint8_t);
    return r;
}

/* The most frequent bytes first, each into the class with the fewest characters so far. */
void edit_classes_make(struct edit_classes *classes, const struct dictionary *dictionary)
{
    uint64_t count[256] = {0}, load[EDIT_CLASSES] = {0}, n = dictionary->begin[dictionary->n];
    uint64_t step = n / SAMPLE_CODES + 1;
    for (uint64_t i = 0; i < n; i += step)
        count[text_code(dictionary->codes, dictionary->width, i) & 255]++;
    bool done[256] = {false};
    for (int k = 0; k < 256; k++) {
        uint32_t byte = 256, class = 0;
        for (uint32_t b = 0; b < 256; b++)
            if (!done[b] && (byte == 256 || count[b] > count[byte]))
                byte = b;
        done[byte] = true;
        for (uint32_t c = 1; c < EDIT_CLASSES; c++)
            if (load[c] < load[class])
                class = c;
        load[class] += count[byte] + 1;
        classes->class[byte] = (uint8_t) class;
    }
}
