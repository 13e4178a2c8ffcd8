/* Sets of q-grams or of tokens: jaccard, dice, cosine, overlap. A q-gram's key holds its codes
 * themselves, so it is exact. The grams of A are kept while A stays the same. */
#include "core/hash.h"
#include "core/sort.h"
#include "matcher/metric/metric_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANK 0u /* codes are counted from 1 in keys */
#define KEY_BITS 21

/* ---- Similarities ----------------------------------------------------------------------------*/

/* Sets without an element are equal to each other, and unlike all others. */
static bool has_empty(uint64_t na, uint64_t nb, double *similarity)
{
    *similarity = na == 0 && nb == 0 ? 1.0 : 0.0;
    return na == 0 || nb == 0;
}

static double jaccard_similarity(uint64_t na, uint64_t nb, uint64_t common)
{
    double s;
    return has_empty(na, nb, &s) ? s : (double)common / (double)(na + nb - common);
}

static double dice_similarity(uint64_t na, uint64_t nb, uint64_t common)
{
    double s;
    return has_empty(na, nb, &s) ? s : 2.0 * (double)common / ((double)na + (double)nb);
}

static double cosine_similarity(uint64_t na, uint64_t nb, uint64_t common)
{
    double s;
    return has_empty(na, nb, &s) ? s : (double)common / sqrt((double)na * (double)nb);
}

static double overlap_similarity(uint64_t na, uint64_t nb, uint64_t common)
{
    double s;
    return has_empty(na, nb, &s) ? s : (double)common / (double)(na < nb ? na : nb);
}

static double jaccard_common(double min, double na, double nb)
{
    return min / (1 + min) * (na + nb);
}

static double dice_common(double min, double na, double nb)
{
    return min / 2 * (na + nb);
}

static double cosine_common(double min, double na, double nb)
{
    return min * sqrt(na * nb);
}

static double overlap_common(double min, double na, double nb)
{
    return min * fmin(na, nb);
}

static const struct metric_sets sets_jaccard = {jaccard_similarity, jaccard_common},
                                sets_dice = {dice_similarity, dice_common},
                                sets_cosine = {cosine_similarity, cosine_common},
                                sets_overlap = {overlap_similarity, overlap_common};

/* ---- q-grams ---------------------------------------------------------------------------------*/

/* Sorts keys and drops repeated ones; most sets are small. */
static size_t make_set(uint64_t *keys, size_t n)
{
    if (n > 64) {
        sort_u64(keys, n);
    } else {
        for (size_t i = 1; i < n; i++) {
            uint64_t x = keys[i];
            size_t k = i;
            for (; k && keys[k - 1] > x; k--)
                keys[k] = keys[k - 1];
            keys[k] = x;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    return kept;
}

size_t metric_grams(struct text t, unsigned q, uint64_t *keys)
{
    uint64_t window = 0, mask = (1ull << (KEY_BITS * q)) - 1;
    size_t n = 0;
    if (t.n == 0 && q == 1)
        return 0;
    for (uint32_t i = 0; i < t.n; i++) {
        window = (window << KEY_BITS | (text_code(t.codes, t.width, i) + 1)) & mask;
        keys[n++] = window;
    }
    if (q >= 2)
        keys[n++] = (window << KEY_BITS | BLANK) & mask;
    return make_set(keys, n);
}

/* ---- Counting ----------------------------------------------------------------------------------
 * The grams of A are in a hash table with linear probing. Those of one B after the other are looked
 * up and added, which tells how many are distinct without sorting. Nothing is removed: an entry of
 * a B counts while it has the number of the present B; after that its slot is free. */
struct slot {
    uint64_t key;
    uint32_t in_a;
    uint32_t turn; /* of the last B that has it */
};

struct set_state {
    struct slot *slot;
    uint64_t n_slots; /* in use, a power of two */
    unsigned shift;   /* hash -> slot */
    uint32_t turn;    /* of the present B */
    uint64_t *keys;   /* the grams of A */
    size_t n_a;
    struct split tokens_a, tokens_b; /* for q = 0 */
    uint8_t *is_space;
};

struct set_counts {
    uint64_t n, common; /* of the grams of B: distinct ones, those that A has */
};

/* The slot of a key: the one that has it, or one where it may be put. */
static struct slot *find_slot(const struct set_state *own, uint64_t key)
{
    uint64_t i = hash_mix(key) >> own->shift;
    for (;; i = (i + 1) & (own->n_slots - 1)) {
        struct slot *slot = &own->slot[i];
        if (slot->key == key || (!slot->in_a && slot->turn != own->turn))
            return slot;
    }
}

/* A table of n slots with the grams of A alone. */
static void fill_slots(struct set_state *own, uint64_t n)
{
    own->n_slots = n;
    own->shift = (unsigned)__builtin_clzll(n) + 1;
    own->turn = 1;
    memset(own->slot, 0, n * sizeof *own->slot);
    for (size_t i = 0; i < own->n_a; i++)
        *find_slot(own, own->keys[i]) = (struct slot){own->keys[i], 1, 0};
}

/* At least twice as many slots as there are grams. */
static uint64_t slots_for(uint64_t n_grams)
{
    uint64_t n = 64;
    while (n < 2 * n_grams)
        n *= 2;
    return n;
}

/* Makes the entries of the last B free, and enough slots for the grams of A and n_b more. */
static void next_turn(struct set_state *own, uint64_t n_b)
{
    uint64_t n = slots_for(own->n_a + n_b);
    if (n > own->n_slots)
        fill_slots(own, n);
    if (++own->turn == 0)
        fill_slots(own, own->n_slots);
}

static void count_gram(const struct set_state *own, uint64_t key, struct set_counts *counts)
{
    struct slot *slot = find_slot(own, key);
    bool same = slot->key == key, in_a = same && slot->in_a, seen = same && slot->turn == own->turn;
    counts->n += !seen;
    counts->common += in_a && !seen;
    *slot = (struct slot){key, in_a, own->turn};
}

/* `width` is a constant where this is inlined. */
static inline __attribute__((always_inline)) struct set_counts
count_grams(const struct set_state *own, const struct text *b, unsigned q, const uint32_t width)
{
    struct set_counts counts = {0, 0};
    uint64_t window = 0, mask = (1ull << (KEY_BITS * q)) - 1;
    for (uint32_t i = 0; i < b->n; i++) {
        window = (window << KEY_BITS | (text_code(b->codes, width, i) + 1)) & mask;
        count_gram(own, window, &counts);
    }
    if (q >= 2)
        count_gram(own, (window << KEY_BITS | BLANK) & mask, &counts);
    return counts;
}

static double gram_score(struct metric_state *s, const struct text *a, const struct text *b,
                         const struct metric_sets *sets)
{
    struct set_state *own = s->own;
    unsigned q = (unsigned)s->use.args[0];
    if (!a->id || a->id != s->a_id) {
        own->n_a = metric_grams(*a, q, own->keys);
        fill_slots(own, slots_for(own->n_a));
        s->a_id = a->id;
    }
    next_turn(own, b->n + 1ull);
    struct set_counts counts = b->width == 1   ? count_grams(own, b, q, 1)
                               : b->width == 2 ? count_grams(own, b, q, 2)
                                               : count_grams(own, b, q, 4);
    return sets->similarity(own->n_a, counts.n, counts.common);
}

/* ---- Tokens ----------------------------------------------------------------------------------*/

static double token_score(struct metric_state *s, const struct text *a, const struct text *b,
                          const struct metric_sets *sets)
{
    struct set_state *own = s->own;
    struct split *x = &own->tokens_a, *y = &own->tokens_b;
    uint64_t common = 0;
    split_text(x, a, SPLIT_SET);
    split_text(y, b, SPLIT_SET);
    for (uint32_t i = 0, k = 0; i < x->n && k < y->n;) {
        int order = split_compare(x, i, y, k);
        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return sets->similarity(x->n, y->n, common);
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static double set_score(struct metric_state *s, const struct text *a, const struct text *b,
                        const struct metric_sets *sets)
{
    return s->use.args[0] == 0 ? token_score(s, a, b, sets) : gram_score(s, a, b, sets);
}

static double jaccard(struct metric_state *s, const struct text *a, const struct text *b)
{
    return set_score(s, a, b, &sets_jaccard);
}

static double dice(struct metric_state *s, const struct text *a, const struct text *b)
{
    return set_score(s, a, b, &sets_dice);
}

static double cosine(struct metric_state *s, const struct text *a, const struct text *b)
{
    return set_score(s, a, b, &sets_cosine);
}

static double overlap(struct metric_state *s, const struct text *a, const struct text *b)
{
    return set_score(s, a, b, &sets_overlap);
}

static bool set_open(struct metric_state *s)
{
    struct set_state *own = s->own;
    uint64_t most = s->max_length + 2ull; /* grams of a text */
    own->keys = malloc(most * sizeof *own->keys);
    own->slot = malloc(slots_for(2 * most) * sizeof *own->slot);
    own->is_space = metric_spaces(&s->alphabet);
    return own->keys && own->slot && own->is_space &&
           split_open(&own->tokens_a, own->is_space, s->max_length) &&
           split_open(&own->tokens_b, own->is_space, s->max_length);
}

static void set_close(struct metric_state *s)
{
    struct set_state *own = s->own;
    free(own->keys);
    free(own->slot);
    free(own->is_space);
    split_close(&own->tokens_a);
    split_close(&own->tokens_b);
}

#define SET_ROW(NAME, WHAT)                                                                        \
    {                                                                                              \
        .name = #NAME, .range = "0..1", .what = WHAT, .arguments = "[, q = 3]", .max_args = 1,     \
        .defaults = {3}, .state_bytes = sizeof(struct set_state), .score = NAME, .open = set_open, \
        .close = set_close, .flags = METRIC_TAKES_Q, .sets = &sets_##NAME                          \
    }

extern const struct metric metric_set_rows[];
const struct metric metric_set_rows[] = {
    SET_ROW(jaccard, "sets of q-grams (q = 0: of words): common / all"),
    SET_ROW(dice, "sets: twice the common / sum of the sizes"),
    SET_ROW(cosine, "sets: common / root of the product of the sizes"),
    SET_ROW(overlap, "sets: common / size of the smaller"),
    {.name = NULL},
};
