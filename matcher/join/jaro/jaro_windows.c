/* Planes by place: first each token where it stands, then each plane becomes the union of those
 * before it. */
#include "matcher/join/jaro/jaro_windows.h"
#include "core/shm.h"
#include "matcher/kernel/kernel_jaro.h"

#include <stdlib.h>
#include <string.h>

#define SERIAL_VALUES 4096u                 /* so few are not worth waking threads for */
#define WAY_PLANES (JARO_WINDOW_PLANES / 2) /* up to a place, and from one on */

/* Plane t of the first way is of the tokens up to place t. Plane t of the second way is of those
 * from place MIDDLE - t on. A row of A has its t, less the reach, in 0 … MIDDLE, so that a reach of
 * at most JARO_WINDOW_LENGTH / 2 - 1 stays among the planes. No place of a text with places is
 * after MIDDLE + reach, if the reach is large enough for the text. */
#define MIDDLE 16u
_Static_assert(MIDDLE + JARO_WINDOW_LENGTH / 2 <= WAY_PLANES, "planes for each reach");
_Static_assert(JARO_ROW_TOKENS <= JARO_WINDOW_LENGTH, "a row without windows is moved to the end");
_Static_assert(JARO_TOKENS *JARO_WINDOW_PLANES <= UINT16_MAX, "planes have numbers of 16 bits");

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

/* ---- Numbers of texts ------------------------------------------------------------------------*/

/* What a thread needs beside a text. */
struct scratch {
    uint8_t *first, *last; /* by code: places, counted from 1; 0 between texts */
    uint8_t *token;        /* of a text */
};

static void scratch_close(struct scratch *s)
{
    free(s->first);
    free(s->last);
    free(s->token);
}

static bool scratch_open(struct scratch *s, const struct dictionary *dictionary)
{
    *s = (struct scratch){calloc(dictionary->alphabet.n_codes + 1ull, 1),
                          calloc(dictionary->alphabet.n_codes + 1ull, 1),
                          calloc(JARO_PAIR_LENGTH, 1)};
    return s->first && s->last && s->token;
}

static uint16_t plane_of(uint32_t first, uint32_t last, uint32_t length, uint8_t token)
{
    const uint32_t plane = token * JARO_WINDOW_PLANES;
    if (is_early(first, last, length))
        return (uint16_t)(plane + (last < MIDDLE ? last : MIDDLE));
    return (uint16_t)(plane + WAY_PLANES + MIDDLE - first); /* the reach is more than is missing */
}

/* The planes of a text of A. */
static void fill_a(uint16_t *out, struct scratch *s, struct text t, const uint8_t *token)
{
    if (t.n > JARO_ROW_TOKENS) {
        for (uint32_t i = 0; i < JARO_ROW_TOKENS; i++)
            out[i] = (uint16_t)(token[i] * JARO_WINDOW_PLANES + MIDDLE);
        return;
    }
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t code = text_code(t.codes, t.width, i);
        s->last[code] = (uint8_t)(i + 1);
        if (!s->first[code])
            s->first[code] = (uint8_t)(i + 1);
    }
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t code = text_code(t.codes, t.width, i);
        out[i] = plane_of(s->first[code] - 1u, s->last[code] - 1u, t.n, token[i]);
    }
    for (uint32_t i = 0; i < t.n; i++)
        s->first[text_code(t.codes, t.width, i)] = 0;
}

/* The tokens of a text of B, counted from both ends. */
static void fill_b(uint16_t *out, struct scratch *s, struct text t, const struct jaro_code *code)
{
    jaro_tokens(s->token, code, t, s->first);
    for (uint32_t i = 0; i < t.n; i++)
        out[i] = s->token[i];
    jaro_tokens_back(s->token, code, t, s->first);
    for (uint32_t i = 0; i < t.n; i++)
        out[i] = (uint16_t)(out[i] | s->token[i] << 8);
}

/* The least length of which no value has numbers. */
static uint32_t length_end(const struct jaro_texts *texts)
{
    const uint32_t longest = texts->side.max_length;
    return (longest < JARO_PAIR_LENGTH ? longest : JARO_PAIR_LENGTH) + 1;
}

/* Fills the numbers of one side: those of A unless there are codes. */
static bool fill_side(uint16_t *out, const struct jaro_code *code,
                      const struct dictionary *dictionary, const struct jaro_rows *rows)
{
    const uint32_t n = rows->texts.side.begin[length_end(&rows->texts)];
    bool ok = true;
#pragma omp parallel if (n > SERIAL_VALUES)
    {
        struct scratch s;
        const bool mine = scratch_open(&s, dictionary);
        if (!mine)
#pragma omp atomic write
            ok = false;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t i = 0; i < n; i++) {
            const struct text t = jaro_text(&rows->texts, i, rows->row[i].length);
            uint16_t *numbers = out + jaro_window_begin(&rows->texts, t);
            if (mine && code)
                fill_b(numbers, &s, t, code);
            else if (mine)
                fill_a(numbers, &s, t, rows->row[i].token);
        }
        scratch_close(&s);
    }
    return ok;
}

static bool build_side(uint64_t *at, const struct jaro_code *code,
                       const struct dictionary *dictionary, const struct jaro_rows *rows,
                       struct shm *index, struct err *e)
{
    const struct jaro_texts *texts = &rows->texts;
    const uint64_t n = texts->codes_begin[length_end(texts)] / texts->width;
    *at = shm_alloc(index, "the jaro index", (n + 1) * sizeof(uint16_t), 64, e);
    if (!*at)
        return false;
    return fill_side(shm_writable(index, *at, uint16_t), code, dictionary, rows) ||
           err_set(e, ERR_OS, NULL, "no memory for the jaro index");
}

bool jaro_windows_of_a(uint64_t *at, const struct dictionary *dictionary,
                       const struct jaro_rows *rows, struct shm *index, struct err *e)
{
    return build_side(at, NULL, dictionary, rows, index, e);
}

bool jaro_windows_of_b(uint64_t *at, const struct jaro_code *code,
                       const struct dictionary *dictionary, const struct jaro_rows *rows,
                       struct shm *index, struct err *e)
{
    return build_side(at, code, dictionary, rows, index, e);
}

/* ---- Blocks of B -----------------------------------------------------------------------------*/

struct jaro_window_planes {
    jaro_plane *plane; /* JARO_WINDOW_PLANES × JARO_TOKENS */
    bool used[JARO_TOKENS];
};

struct jaro_window_planes *jaro_window_planes_open(void)
{
    const size_t bytes = JARO_TOKENS * JARO_WINDOW_PLANES * sizeof(jaro_plane);
    struct jaro_window_planes *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->plane = aligned_alloc(sizeof(jaro_plane), bytes);
    if (w->plane) {
        memset(w->plane, 0, bytes);
        return w;
    }
    jaro_window_planes_close(w);
    return NULL;
}

void jaro_window_planes_close(struct jaro_window_planes *w)
{
    if (!w)
        return;
    free(w->plane);
    free(w);
}

void jaro_window_planes_begin(struct jaro_window_planes *w)
{
    for (uint32_t token = 0; token < JARO_TOKENS; token++)
        if (w->used[token])
            memset(w->plane[token * JARO_WINDOW_PLANES], 0,
                   JARO_WINDOW_PLANES * sizeof(jaro_plane));
    memset(w->used, 0, sizeof w->used);
}

void jaro_window_planes_add(struct jaro_window_planes *w, uint32_t lane, const uint16_t *tokens,
                            uint32_t length)
{
    const uint64_t bit = 1ull << lane % 64;
    const bool placed = length <= JARO_WINDOW_LENGTH;
    for (uint32_t i = 0; i < length; i++) {
        const uint32_t token = tokens[i] & 255, back = tokens[i] >> 8;
        const uint32_t up_to = placed ? i : 0;
        const uint32_t from = WAY_PLANES + (placed && i < MIDDLE ? MIDDLE - i : 0);
        w->plane[token * JARO_WINDOW_PLANES + up_to][lane / 64] |= bit;
        w->plane[back * JARO_WINDOW_PLANES + from][lane / 64] |= bit;
        w->used[token] = true; /* the tokens from the end are the same */
    }
}

/* Each plane becomes the union of itself and those before it. */
static void sum_planes(jaro_plane *plane)
{
    for (uint32_t t = 1; t < WAY_PLANES; t++)
        for (uint32_t i = 0; i < JARO_BLOCK_WORDS; i++)
            plane[t][i] |= plane[t - 1][i];
}

jaro_plane *jaro_window_planes_end(struct jaro_window_planes *w)
{
    for (uint32_t token = 0; token < JARO_TOKENS; token++)
        if (w->used[token]) {
            sum_planes(w->plane + token * JARO_WINDOW_PLANES);
            sum_planes(w->plane + token * JARO_WINDOW_PLANES + WAY_PLANES);
        }
    return w->plane;
}
