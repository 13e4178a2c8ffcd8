/* Random arrays of code points. */
#include "tests/harness/harness_points.h"

#include "tests/harness/harness_random.h"

#include <string.h>

const uint32_t harness_lengths[] = {0,  1,  2,  7,  8,  9,  15, 16,  17,  31,
                                    32, 33, 43, 44, 63, 64, 65, 127, 128, 129};
const size_t n_harness_lengths = sizeof harness_lengths / sizeof *harness_lengths;

const uint32_t harness_alphabets[] = {1, 2, 4, 20, HARNESS_ALL_DIFFERENT};
const size_t n_harness_alphabets = sizeof harness_alphabets / sizeof *harness_alphabets;

static void swap(uint32_t *x, uint32_t *y)
{
    uint32_t kept = *x;
    *x = *y;
    *y = kept;
}

void harness_points_fresh(uint32_t *p, uint32_t n, uint32_t alphabet)
{
    uint32_t all[HARNESS_POINTS];
    for (uint32_t i = 0; i < HARNESS_POINTS; i++)
        all[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        swap(&all[i], &all[i + harness_below(HARNESS_POINTS - i)]);
        p[i] = alphabet == HARNESS_ALL_DIFFERENT ? all[i] : harness_below(alphabet);
    }
}

void harness_points_like(uint32_t *p, uint32_t n, const uint32_t *of, uint32_t n_of,
                         uint32_t alphabet)
{
    uint32_t half = (n > n_of ? n : n_of) / 2, least[] = {0, 0, half > 2 ? half - 2 : 0};
    uint32_t how = harness_below(3), moved = least[how] + (how ? harness_below(4) : 0);
    uint32_t left = harness_below(2) ? moved : 0, right = moved - left;
    uint32_t edits = harness_below(n / 8 + 3);
    harness_points_fresh(p, n, alphabet);
    for (uint32_t i = right; i < n && i - right + left < n_of; i++)
        p[i] = of[i - right + left];
    for (; n && edits; edits--) {
        uint32_t at = harness_below(n);
        if (at + 1 < n && harness_below(2))
            swap(&p[at], &p[at + 1]);
        else
            p[at] = alphabet == HARNESS_ALL_DIFFERENT ? harness_below(HARNESS_POINTS)
                                                      : harness_below(alphabet);
    }
}

/* ---- Long texts: words of a small vocabulary, and edits one after the other
 * --------------------*/

#define WORDS 300u
#define WORD_MOST 9u

static void encode(struct harness_long *t, uint32_t width, uint32_t id)
{
    memset(t->codes, 0, sizeof t->codes);
    for (uint32_t i = 0; i < t->n; i++)
        memcpy(t->codes + (size_t)i * width, &t->point[i], width);
    t->text = (struct text){.codes = t->codes, .n = t->n, .width = width, .id = id};
}

void harness_long_random(struct harness_long *t, uint32_t n, uint32_t letters, uint32_t width,
                         uint32_t id)
{
    uint32_t word[WORDS][WORD_MOST], length[WORDS];
    for (uint32_t w = 0; w < WORDS; w++) {
        length[w] = 1 + harness_below(WORD_MOST);
        for (uint32_t i = 0; i < length[w]; i++)
            word[w][i] = harness_below(letters);
    }
    for (t->n = 0; t->n < n;) {
        const uint32_t w = harness_below(WORDS);
        for (uint32_t i = 0; i < length[w] && t->n < n; i++)
            t->point[t->n++] = word[w][i];
    }
    encode(t, width, id);
}

static void put(struct harness_long *t, uint32_t point)
{
    if (t->n < HARNESS_LONG_MOST)
        t->point[t->n++] = point;
}

/* Edits `of` at a place; returns how many of its characters are done with. */
static uint32_t edit_at(struct harness_long *t, const struct harness_long *of, uint32_t at,
                        enum harness_long_edit edit)
{
    const uint32_t here = of->point[at], next = at + 1 < of->n ? of->point[at + 1] : here;
    const bool swaps = edit == HARNESS_SWAP || edit == HARNESS_SWAP_FAR;
    if (edit == HARNESS_DELETE)
        return 1;
    if (edit == HARNESS_INSERT)
        put(t, here);
    if (edit == HARNESS_INSERT || edit == HARNESS_REPLACE) {
        put(t, (here + 1) % 200);
        return 1;
    }
    put(t, next);
    if (edit == HARNESS_SWAP_FAR)
        put(t, (here + 1) % 200);
    if (swaps && at + 1 < of->n)
        put(t, here);
    return 2;
}

void harness_long_copy(struct harness_long *t, const struct harness_long *of,
                       enum harness_long_edit edit, uint32_t every, bool exactly, uint32_t id)
{
    const uint32_t first = edit == HARNESS_MOVE ? every : 0;
    t->n = 0;
    for (uint32_t i = first; i < of->n;) {
        const bool now = exactly ? i % every == 0 : harness_below(every) == 0;
        const enum harness_long_edit kind =
            edit == HARNESS_ANY ? (enum harness_long_edit)harness_below(HARNESS_ANY) : edit;
        if (now && edit != HARNESS_MOVE)
            i += edit_at(t, of, i, kind);
        else
            put(t, of->point[i++]);
    }
    for (uint32_t i = 0; i < first; i++)
        put(t, (of->point[i] + 1) % 200);
    encode(t, of->text.width, id);
}
