/* Patterns: making and clearing them. A pattern remembers which rows it has filled, so that making
 * the next one takes time by the length of A, not by the size of the alphabet. */
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

#define ONE_BYTE_ROWS 258 /* codes of one byte are rows themselves: 256, and n_codes */

bool pattern_open(struct pattern *p, uint32_t n_codes, uint32_t max_length)
{
    size_t blocks = max_length / 64 + 1ull;
    size_t rows = n_codes <= 256 ? ONE_BYTE_ROWS : least(n_codes + 1, max_length) + 1ull;
    *p = (struct pattern){.n_codes = n_codes, .blocks = 1};
    p->mask = calloc(rows * blocks, sizeof *p->mask); /* the system has only what is touched */
    p->row = calloc(n_codes + 1ull, sizeof *p->row);
    p->used = calloc(n_codes + 1ull, sizeof *p->used);
    return p->mask && p->row && p->used;
}

void pattern_close(struct pattern *p)
{
    free(p->mask);
    free(p->row);
    free(p->used);
}

static uint64_t *row_to_fill(struct pattern *p, uint32_t code)
{
    return p->mask + (size_t)(p->width == 1 ? code : p->row[code]) * p->blocks;
}

static void clear(struct pattern *p)
{
    for (uint32_t i = 0; i < p->n_used; i++) {
        uint32_t code = p->used[i];
        memset(row_to_fill(p, code), 0, p->blocks * sizeof *p->mask);
        p->row[code] = 0;
    }
    p->n_used = 0;
}

/* Gives each code of A a row. */
static void number_rows(struct pattern *p, const struct text *a)
{
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t code = text_code(a->codes, a->width, i);
        if (!p->row[code]) {
            p->used[p->n_used++] = code;
            p->row[code] = p->n_used;
        }
    }
}

/* Empties a pattern and gives it the codes and the length of A. */
static void begin(struct pattern *p, const struct text *a)
{
    clear(p);
    p->n = a->n;
    p->width = a->width;
    p->blocks = a->n ? (a->n + 63) / 64 : 1;
    number_rows(p, a);
}

/* Character i becomes bit i, or bit last - i of the reversed text. */
static void set_places(struct pattern *p, const struct text *a, bool backwards, uint32_t last)
{
    for (uint32_t i = 0; i < a->n; i++) {
        const uint32_t bit = backwards ? last - i : i;
        row_to_fill(p, text_code(a->codes, a->width, i))[bit / 64] |= 1ull << (bit % 64);
    }
}

void pattern_make(struct pattern *p, const struct text *a, bool backwards)
{
    begin(p, a);
    set_places(p, a, backwards, a->n - 1);
}

void pattern_make_mirrored(struct pattern *p, const struct text *a)
{
    begin(p, a);
    set_places(p, a, true, 64 * p->blocks - 1);
}
