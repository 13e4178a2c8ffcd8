/* Planes by place: first each token where it stands, then each plane becomes the union of those
 * before it. */
#include "matcher/join/jaro/jaro_windows.h"

#include <stdlib.h>
#include <string.h>

#define WAY_PLANES (JARO_WINDOW_PLANES / 2) /* up to a place, and from one on */

/* Plane t of the first way is of the tokens up to place t. Plane t of the second way is of those
 * from place MIDDLE - t on. A row of A has its t, less the reach, in 0 … MIDDLE, so that a reach of
 * at most JARO_WINDOW_LENGTH / 2 - 1 stays among the planes. No place of a text with places is
 * after MIDDLE + reach, if the reach is large enough for the text. */
#define MIDDLE 16u
_Static_assert(MIDDLE + JARO_WINDOW_LENGTH / 2 <= WAY_PLANES, "planes for each reach");
_Static_assert(JARO_ROW_TOKENS <= JARO_WINDOW_LENGTH, "a row without windows is moved to the end");
_Static_assert(JARO_TOKENS * JARO_WINDOW_PLANES <= UINT16_MAX, "planes have numbers of 16 bits");

uint32_t jaro_window_shift(uint32_t length_a, uint32_t longest_b)
{
    if (length_a > JARO_ROW_TOKENS)
        return WAY_PLANES - 1 - MIDDLE;
    return jaro_reach(length_a > longest_b ? length_a : longest_b);
}

/* Is a range of places nearer to the beginning of a text? Then its end is what tells. */
static bool is_early(uint32_t first, uint32_t last, uint32_t length)
{
    return first + last < length;
}

/* How often a code is among the places of a text that a token of the other may reach. */
static uint32_t count_within(struct text t, uint32_t code, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = from; i < t.n && i <= to; i++)
        n += text_code(t.codes, t.width, i) == code;
    return n;
}

uint32_t jaro_window_common(struct text a, struct text b)
{
    const uint32_t reach = jaro_reach(a.n > b.n ? a.n : b.n);
    uint32_t common = 0;
    for (uint32_t i = 0; i < a.n; i++) {
        const uint32_t code = text_code(a.codes, a.width, i);
        if (count_within(a, code, 0, i) > 1)
            continue;
        uint32_t n = 0, last = i;
        for (uint32_t k = i; k < a.n; k++)
            if (text_code(a.codes, a.width, k) == code) {
                last = k;
                n++;
            }
        const uint32_t found = is_early(i, last, a.n)
                                   ? count_within(b, code, 0, last + reach)
                                   : count_within(b, code, i > reach ? i - reach : 0, b.n);
        common += found < n ? found : n;
    }
    return common;
}

/* ---- Rows of A -------------------------------------------------------------------------------*/

struct jaro_places {
    uint8_t *first, *last; /* by code: places, counted from 1; 0 between texts */
};

struct jaro_places *jaro_places_open(const struct dictionary *dictionary)
{
    struct jaro_places *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->first = calloc(dictionary->alphabet.n_codes + 1ull, 1);
    p->last = calloc(dictionary->alphabet.n_codes + 1ull, 1);
    if (p->first && p->last)
        return p;
    jaro_places_close(p);
    return NULL;
}

void jaro_places_close(struct jaro_places *p)
{
    if (!p)
        return;
    free(p->first);
    free(p->last);
    free(p);
}

static uint16_t plane_of(const struct jaro_places *p, uint32_t code, uint32_t length, uint8_t token)
{
    const uint32_t plane = token * JARO_WINDOW_PLANES;
    const uint32_t first = p->first[code] - 1u, last = p->last[code] - 1u;
    if (is_early(first, last, length))
        return (uint16_t)(plane + (last < MIDDLE ? last : MIDDLE));
    return (uint16_t)(plane + WAY_PLANES + MIDDLE - first); /* the reach is more than is missing */
}

void jaro_window_row(struct jaro_places *p, uint16_t *out, struct text t, const uint8_t *token)
{
    if (t.n > JARO_ROW_TOKENS) {
        for (uint32_t i = 0; i < JARO_ROW_TOKENS; i++)
            out[i] = (uint16_t)(token[i] * JARO_WINDOW_PLANES + MIDDLE);
        return;
    }
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t code = text_code(t.codes, t.width, i);
        p->last[code] = (uint8_t)(i + 1);
        if (!p->first[code])
            p->first[code] = (uint8_t)(i + 1);
    }
    for (uint32_t i = 0; i < t.n; i++)
        out[i] = plane_of(p, text_code(t.codes, t.width, i), t.n, token[i]);
    for (uint32_t i = 0; i < t.n; i++)
        p->first[text_code(t.codes, t.width, i)] = 0;
}

/* ---- Blocks of B -----------------------------------------------------------------------------*/

struct jaro_windows {
    jaro_plane *plane; /* JARO_WINDOW_PLANES × JARO_TOKENS */
    uint8_t *seen;     /* by code, zero between texts */
    uint8_t *token;    /* of a text */
    bool used[JARO_TOKENS];
};

struct jaro_windows *jaro_windows_open(const struct dictionary *dictionary)
{
    const size_t bytes = JARO_TOKENS * JARO_WINDOW_PLANES * sizeof(jaro_plane);
    struct jaro_windows *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->plane = aligned_alloc(sizeof(jaro_plane), bytes);
    w->seen = calloc(dictionary->alphabet.n_codes + 1ull, 1);
    w->token = calloc(dictionary->max_length + 1ull, 1);
    if (w->plane && w->seen && w->token) {
        memset(w->plane, 0, bytes);
        return w;
    }
    jaro_windows_close(w);
    return NULL;
}

void jaro_windows_close(struct jaro_windows *w)
{
    if (!w)
        return;
    free(w->plane);
    free(w->seen);
    free(w->token);
    free(w);
}

void jaro_windows_begin(struct jaro_windows *w)
{
    for (uint32_t token = 0; token < JARO_TOKENS; token++)
        if (w->used[token])
            memset(w->plane[token * JARO_WINDOW_PLANES], 0,
                   JARO_WINDOW_PLANES * sizeof(jaro_plane));
    memset(w->used, 0, sizeof w->used);
}

void jaro_windows_add(struct jaro_windows *w, const struct jaro_code *code, uint32_t lane,
                      struct text t)
{
    const uint64_t bit = 1ull << lane % 64;
    const bool placed = t.n <= JARO_WINDOW_LENGTH;
    jaro_tokens(w->token, code, t, w->seen);
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t at = placed ? i : 0;
        w->plane[w->token[i] * JARO_WINDOW_PLANES + at][lane / 64] |= bit;
        w->used[w->token[i]] = true;
    }
    jaro_tokens_back(w->token, code, t, w->seen);
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t at = WAY_PLANES + (placed && i < MIDDLE ? MIDDLE - i : 0);
        w->plane[w->token[i] * JARO_WINDOW_PLANES + at][lane / 64] |= bit;
    }
}

/* Each plane becomes the union of itself and those before it. */
static void sum_planes(jaro_plane *plane)
{
    for (uint32_t t = 1; t < WAY_PLANES; t++)
        for (uint32_t i = 0; i < JARO_BLOCK_WORDS; i++)
            plane[t][i] |= plane[t - 1][i];
}

jaro_plane *jaro_windows_end(struct jaro_windows *w)
{
    for (uint32_t token = 0; token < JARO_TOKENS; token++)
        if (w->used[token]) {
            sum_planes(w->plane + token * JARO_WINDOW_PLANES);
            sum_planes(w->plane + token * JARO_WINDOW_PLANES + WAY_PLANES);
        }
    return w->plane;
}
