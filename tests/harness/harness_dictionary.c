/* A dictionary in plain memory: see harness_dictionary.h. */
#include "tests/harness/harness_dictionary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_BYTES 64u

static void *take(size_t n, size_t bytes)
{
    void *p = calloc(n + 1, bytes);
    if (!p) {
        fprintf(stderr, "harness_dictionary: no memory\n");
        abort();
    }
    return p;
}

/* Reads the code point at *s and moves *s past it. */
static uint32_t next_point(const unsigned char **s)
{
    uint32_t c = *(*s)++, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if (more)
        c &= 0x3fu >> more;
    for (; more; more--, ++*s) {
        if ((**s & 0xc0) != 0x80) {
            fprintf(stderr, "harness_dictionary: not UTF-8\n");
            abort();
        }
        c = c << 6 | (**s & 0x3fu);
    }
    return c;
}

/* ---- Distinct strings ------------------------------------------------------------------------ */

struct distinct {
    const char **text;
    uint32_t n;
    uint32_t *slot; /* value id + 1; 0 = empty */
    uint32_t mask;
};

static uint64_t hash_text(const char *s)
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
    return h ^ h >> 29;
}

static uint32_t find_or_add(struct distinct *d, const char *s)
{
    uint32_t i = (uint32_t)hash_text(s) & d->mask;
    while (d->slot[i] && strcmp(d->text[d->slot[i] - 1], s) != 0)
        i = (i + 1) & d->mask;
    if (!d->slot[i]) {
        d->text[d->n] = s;
        d->slot[i] = ++d->n;
    }
    return d->slot[i] - 1;
}

/* ---- Dictionary -------------------------------------------------------------------------------*/

static void make_bytes(struct dictionary *made, const struct distinct *d)
{
    uint64_t *begin = take((size_t)d->n + 1, sizeof *begin);
    for (uint32_t i = 0; i < d->n; i++)
        begin[i + 1] = begin[i] + strlen(d->text[i]);
    char *utf8 = take(begin[d->n] + SPARE_BYTES, 1);
    for (uint32_t i = 0; i < d->n; i++)
        memcpy(utf8 + begin[i], d->text[i], begin[i + 1] - begin[i]);
    made->utf8_begin = begin;
    made->utf8 = utf8;
}

/* One more than the greatest code point in use. */
static uint32_t end_of_points(const struct distinct *d)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < d->n; i++)
        for (const unsigned char *s = (const unsigned char *)d->text[i]; *s;) {
            uint32_t point = next_point(&s);
            end = point >= end ? point + 1 : end;
        }
    return end;
}

/* Makes the alphabet of the code points in use and counts characters. Returns the code of each code
 * point. */
static uint32_t *make_alphabet(struct dictionary *made, const struct distinct *d)
{
    uint32_t end = end_of_points(d);
    uint32_t *code = take(end, sizeof *code);
    uint64_t *begin = take((size_t)d->n + 1, sizeof *begin);
    for (uint32_t i = 0; i < d->n; i++) {
        const unsigned char *s = (const unsigned char *)d->text[i];
        for (begin[i + 1] = begin[i]; *s; begin[i + 1]++)
            code[next_point(&s)] = 1;
        uint32_t length = (uint32_t)(begin[i + 1] - begin[i]);
        made->max_length = length > made->max_length ? length : made->max_length;
    }
    uint32_t *point = take(end, sizeof *point);
    for (uint32_t p = 0; p < end; p++)
        if (code[p]) {
            point[made->alphabet.n_codes] = p;
            code[p] = made->alphabet.n_codes++;
        }
    made->alphabet.code_point = point;
    made->begin = begin;
    made->width = made->alphabet.n_codes <= 256 ? 1 : made->alphabet.n_codes <= 65536 ? 2 : 4;
    return code;
}

static void make_codes(struct dictionary *made, const struct distinct *d, const uint32_t *code)
{
    char *codes = take(made->begin[d->n] * made->width + SPARE_BYTES, 1), *out = codes;
    for (uint32_t i = 0; i < d->n; i++)
        for (const unsigned char *s = (const unsigned char *)d->text[i]; *s; out += made->width) {
            uint32_t c = code[next_point(&s)];
            if (made->width == 1)
                *(uint8_t *)out = (uint8_t)c;
            else if (made->width == 2)
                *(uint16_t *)(void *)out = (uint16_t)c;
            else
                *(uint32_t *)(void *)out = c;
        }
    made->codes = codes;
}

/* ---- Sides ----------------------------------------------------------------------------------- */

static void make_side(struct side *s, uint32_t n_values, const uint32_t *row_value, size_t n_rows)
{
    uint32_t *place = take(n_values, sizeof *place), *value = take(n_values, sizeof *value);
    uint32_t *row_place = take(n_rows, sizeof *row_place), *rows = take(n_rows, sizeof *rows);
    uint64_t *begin = take((size_t)n_values + 1, sizeof *begin);
    for (size_t i = 0; i < n_rows; i++)
        if (row_value[i] != TABLE_MISSING)
            place[row_value[i]]++;
    for (uint32_t v = 0; v < n_values; v++)
        if (place[v]) {
            begin[s->n + 1] = begin[s->n] + place[v];
            value[s->n] = v;
            place[v] = s->n++;
        }
    uint64_t *next = take(s->n, sizeof *next);
    memcpy(next, begin, s->n * sizeof *next);
    for (size_t i = 0; i < n_rows; i++) {
        row_place[i] = row_value[i] == TABLE_MISSING ? TABLE_MISSING : place[row_value[i]];
        if (row_place[i] != TABLE_MISSING)
            rows[next[row_place[i]]++] = (uint32_t)i;
    }
    free(next);
    free(place);
    s->n_rows = n_rows;
    s->value = value;
    s->rows_begin = begin;
    s->rows = rows;
    s->row_place = row_place;
}

static uint32_t *add_texts(struct distinct *d, const char *const *text, size_t n)
{
    uint32_t *row_value = take(n, sizeof *row_value);
    for (size_t i = 0; i < n; i++)
        row_value[i] = text[i] ? find_or_add(d, text[i]) : TABLE_MISSING;
    return row_value;
}

void harness_dictionary_make(struct harness_dictionary *r, const char *const *a, size_t n_a,
                             const char *const *b, size_t n_b)
{
    memset(r, 0, sizeof *r);
    struct distinct d = {.text = take(n_a + n_b, sizeof *d.text), .mask = 1};
    while (d.mask < 2 * (n_a + n_b))
        d.mask = 2 * d.mask + 1;
    d.slot = take((size_t)d.mask + 1, sizeof *d.slot);
    uint32_t *value_a = add_texts(&d, a, n_a), *value_b = add_texts(&d, b, n_b);
    r->dictionary.n = d.n;
    make_bytes(&r->dictionary, &d);
    uint32_t *code = make_alphabet(&r->dictionary, &d);
    make_codes(&r->dictionary, &d, code);
    make_side(&r->a, d.n, value_a, n_a);
    if (b)
        make_side(&r->b, d.n, value_b, n_b);
    free(code);
    free(value_a);
    free(value_b);
    free(d.slot);
    free(d.text);
}

void harness_give_back(const void *view)
{
    union {
        const void *view;
        void *memory;
    } u = {view};
    free(u.memory);
}

static void free_side(struct side *s)
{
    harness_give_back(s->value);
    harness_give_back(s->rows_begin);
    harness_give_back(s->rows);
    harness_give_back(s->row_place);
}

void harness_dictionary_free(struct harness_dictionary *r)
{
    harness_give_back(r->dictionary.begin);
    harness_give_back(r->dictionary.codes);
    harness_give_back(r->dictionary.utf8_begin);
    harness_give_back(r->dictionary.utf8);
    harness_give_back(r->dictionary.alphabet.code_point);
    free_side(&r->a);
    free_side(&r->b);
    memset(r, 0, sizeof *r);
}
