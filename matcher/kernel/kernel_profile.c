/* A signature's bit that only one text has stands for a character, or a q-gram, that the other
 * lacks. Edits are counted by the vertical differences of a column of the table (Myers 1999; swaps:
 * Hyyrö 2003), for a pair in each word. A position of text A is not a bit but four of them, as its
 * class is: so no table says where A has a class, since that is where the exclusive or with the
 * class is 0. What is true of a position stands in the lowest bit of its four; the vertical
 * differences that are added to fill all four, so that a carry goes from position to position. */
#include "matcher/kernel/kernel_profile.h"
#include "matcher/kernel/kernel_vector.h"

#define WORDS (VECTOR_BYTES / 8)
#define GROUP 8u /* lanes that are done at a time */
#define VECTORS (GROUP / WORDS)
#define ONES UINT64_C(0x1111111111111111)

static inline uint32_t shorter(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

static inline __attribute__((always_inline)) void count_common(struct profile_lanes *l, uint32_t n,
                                                               uint32_t mask)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t a = l->sign_a[i], b = l->sign_b[i];
        const uint32_t more_a = l->more_a[i] & mask, more_b = l->more_b[i] & mask;
        const uint32_t only_a = (uint32_t)(__builtin_popcountll(a & ~b) +
                                           (mask ? __builtin_popcount(more_a & ~more_b) : 0));
        const uint32_t only_b = (uint32_t)(__builtin_popcountll(b & ~a) +
                                           (mask ? __builtin_popcount(more_b & ~more_a) : 0));
        l->common[i] =
            (uint8_t)shorter((l->more_a[i] >> 24) - only_a, (l->more_b[i] >> 24) - only_b);
    }
}

static void find_prefixes(struct profile_lanes *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t differ = l->more_a[i] ^ l->more_b[i];
        l->prefix[i] =
            (uint8_t)((uint32_t)((differ & 0x3f) == 0) + (uint32_t)((differ & 0xfff) == 0) +
                      (uint32_t)((differ & 0x3ffff) == 0) + (uint32_t)((differ & 0xffffff) == 0));
    }
}

static void characters(struct profile_lanes *l, uint32_t n)
{
    count_common(l, n, 0);
    find_prefixes(l, n);
}

static void grams(struct profile_lanes *l, uint32_t n)
{
    count_common(l, n, 0xffffff);
}

/* ---- Edits -----------------------------------------------------------------------------------*/

/* The pairs of a vector. */
struct edits {
    vector a, b;   /* classes */
    vector last;   /* the last position of A */
    vector n_b;    /* characters of B */
    vector differ; /* vertical differences of 1: all four bits of a position */
    vector fall;   /* of -1: its lowest bit, as in what follows */
    vector before; /* where A has the class of B before */
    vector same;   /* diagonals without a difference */
    vector distance;
};

static struct edits begin(const struct profile_lanes *l, uint32_t from)
{
    struct edits e = {.differ = ~(vector){0}};
    for (uint32_t k = 0; k < WORDS; k++) {
        const uint32_t i = from + k, size_a = l->more_a[i] >> 24, size_b = l->more_b[i] >> 24;
        e.a[k] = l->sign_a[i];
        e.b[k] = l->sign_b[i];
        e.n_b[k] = size_b;
        e.distance[k] = size_a;
        e.last[k] = UINT64_C(1) << (size_a > 0 ? 4 * (size_a - 1) & 63 : 0);
    }
    return e;
}

/* Takes in character i of B. */
static inline __attribute__((always_inline)) void step(struct edits *e, uint32_t i, bool swaps)
{
    const vector class = (e->b >> 4 * i & 15) * ONES, x = e->a ^ class;
    const vector at = ~(x | x >> 1 | x >> 2 | x >> 3) & ONES, differ = e->differ & ONES;
    vector swap = {0};
    if (swaps)
        swap = (~e->same & at) << 4 & e->before;
    const vector carried = (at & e->differ) + e->differ;
    const vector same = ((carried ^ e->differ) & ONES) | at | e->fall | swap;
    const vector rises = e->fall | (~(same | differ) & ONES), falls = same & differ;
    const vector left = rises << 4 | 1;
    const vector next = falls << 4 | (~(same | left) & ONES);
    const vector active = (vector)(e->n_b > i);
    e->distance -= active & (vector)((rises & e->last) != 0);
    e->distance += active & (vector)((falls & e->last) != 0);
    e->differ = (next << 4) - next;
    e->fall = left & same;
    e->before = at;
    e->same = same;
}

static void end(const struct edits *e, struct profile_lanes *l, uint32_t from)
{
    for (uint32_t k = 0; k < WORDS; k++) {
        const uint32_t i = from + k, size_a = l->more_a[i] >> 24, size_b = l->more_b[i] >> 24;
        const uint32_t longer = size_a > size_b ? size_a : size_b;
        l->common[i] = (uint8_t)(size_a == 0 ? 0 : longer - (uint32_t)e->distance[k]);
    }
}

static uint32_t longest(const struct profile_lanes *l, uint32_t from)
{
    uint32_t most = 0;
    for (uint32_t i = from; i < from + GROUP; i++) {
        const uint32_t size = l->more_b[i] >> 24;
        most = size > most && size <= PROFILE_SHORT ? size : most;
    }
    return most;
}

static inline __attribute__((always_inline)) void edits(struct profile_lanes *l, uint32_t n,
                                                        bool swaps)
{
    for (uint32_t from = 0; from < n; from += GROUP) {
        const uint32_t most = longest(l, from);
        struct edits e[VECTORS];
        for (uint32_t v = 0; v < VECTORS; v++)
            e[v] = begin(l, from + v * WORDS);
        for (uint32_t i = 0; i < most; i++)
            for (uint32_t v = 0; v < VECTORS; v++)
                step(&e[v], i, swaps);
        for (uint32_t v = 0; v < VECTORS; v++)
            end(&e[v], l, from + v * WORDS);
    }
}

static void levenshtein(struct profile_lanes *l, uint32_t n)
{
    edits(l, n, false);
}

static void osa(struct profile_lanes *l, uint32_t n)
{
    edits(l, n, true);
}

extern const struct profile_kernels ISA_NAME(profile_kernels);
const struct profile_kernels ISA_NAME(profile_kernels) = {characters, grams, levenshtein, osa};
