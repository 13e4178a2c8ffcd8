/* One text against lanes of LANE_BITS bits. kernel_many.c includes it once for each size, hence
 * there is no include guard. Blocks run in groups of TEXTS_AT_ONCE, in independent chains; the last
 * group repeats its first block where it has too few. */
#include "matcher/kernel/kernel_edit_steps.h"
#include "matcher/kernel/kernel_lanes.h"

#define LANES_A_BLOCK (VECTOR_BYTES * 8 / LANE_BITS)

typedef uint8_t LANES(narrow) __attribute__((vector_size(LANES_A_BLOCK), aligned(1), may_alias));

/* Writes the lanes as bytes. */
static inline void LANES(store)(void *to, VEC v)
{
#if LANE_BITS == 8
    memcpy(to, &v, sizeof v);
#else
    *(LANES(narrow) *)to = __builtin_convertvector(v, LANES(narrow));
#endif
}

#define MANY_KERNEL(name, STATE, STEP, DELTA)                                                      \
    static void LANES(name)(const struct many_lanes *lanes, const uint16_t *text, uint32_t length, \
                            int8_t *delta)                                                         \
    {                                                                                              \
        const uint32_t n = lanes->n_blocks;                                                        \
        for (uint32_t first = 0; first < n; first += TEXTS_AT_ONCE) {                              \
            const VEC *rows[TEXTS_AT_ONCE];                                                        \
            uint32_t block[TEXTS_AT_ONCE];                                                         \
            EACH_TEXT block[w] = first + w < n ? first + w : first;                                \
            EACH_TEXT rows[w] = (const void *)(lanes->rows + block[w] * lanes->stride);            \
            STATE;                                                                                 \
            for (uint32_t i = 0; i < length; i++)                                                  \
                EACH_TEXT                                                                          \
                {                                                                                  \
                    const VEC m = rows[w][text[i]];                                                \
                    STEP;                                                                          \
                }                                                                                  \
            EACH_TEXT                                                                              \
            {                                                                                      \
                const VEC mask = ((const VEC *)lanes->mask)[block[w]];                             \
                LANES(store)(delta + (size_t)block[w] * LANES_A_BLOCK, (VEC)(DELTA));              \
            }                                                                                      \
        }                                                                                          \
    }

MANY_KERNEL(many_levenshtein, MYERS_STATE, MYERS_STEP, MYERS_DELTA)
MANY_KERNEL(many_osa, OSA_STATE, OSA_STEP, MYERS_DELTA)
MANY_KERNEL(many_indel, INDEL_STATE, INDEL_STEP, INDEL_DELTA)
MANY_KERNEL(many_hamming, HAMMING_STATE, HAMMING_STEP, HAMMING_DELTA)

/* The length of the longest text in a block. */
static inline uint32_t LANES(longest)(const struct many_lanes *lanes, uint32_t block)
{
    const VEC length = ((const VEC *)lanes->length)[block];
    uint32_t longest = 0;
    for (uint32_t lane = 0; lane < LANES_A_BLOCK; lane++)
        longest = longest < length[lane] ? (uint32_t)length[lane] : longest;
    return longest;
}

/* x where the mask is set, else y. */
static inline VEC LANES(choose)(VEC mask, VEC x, VEC y)
{
    return (x & mask) | (y & ~mask);
}

static inline VEC LANES(least)(VEC x, VEC y)
{
    return LANES(choose)((VEC)(x < y), x, y);
}

/* Rows of the matrix of edits, with cell -1 before the first: cell j is at [j + 1]. */
struct LANES(swaps) {
    VEC row[2][LANE_BITS + 2]; /* the last row and the one before it, in turns */
    VEC start[LANE_BITS +
              1]; /* of each column: the cell from which a swap that ends there starts */
    VEC last_row[LANE_BITS + 1]; /* that has the column's character; 0: none yet */
};

/* Row i of the text, whose character is at `places` of the lanes, for n columns. */
static inline void LANES(swaps_row)(struct LANES(swaps) * s, VEC places, uint32_t i, uint32_t n,
                                    VEC far)
{
    VEC *now = s->row[i & 1];
    const VEC *before = s->row[~i & 1];
    const VEC row = LANE_ALL(i), one = LANE_ALL(1);
    VEC last_column = {0}, start = far, two_above = now[1], left = row;
    now[1] = row;
    for (uint32_t j = 1; j <= n; j++) {
        const VEC same = -(places >> (j - 1) & one), column = LANE_ALL(j);
        const VEC beside = LANES(least)(left, before[j + 1]) + one;
        VEC cell = LANES(least)(before[j] + one + same, beside);
        const VEC in_text = ~same & (VEC)(last_column + one == column);
        const VEC in_lane = ~same & ~in_text & (VEC)(s->last_row[j] + one == row);
        const VEC swap = LANES(choose)(in_text, s->start[j] + row - s->last_row[j],
                                       start + column - last_column);
        cell = LANES(least)(cell, LANES(choose)(in_text | in_lane, swap, far));
        last_column = LANES(choose)(same, column, last_column);
        s->start[j] = LANES(choose)(same, before[j - 1], s->start[j]);
        s->last_row[j] = LANES(choose)(same, row, s->last_row[j]);
        start = LANES(choose)(same, two_above, start);
        two_above = now[j + 1];
        now[j + 1] = left = cell;
    }
}

/* Damerau-Levenshtein without restriction (Zhao and Sahni, 2019, in linear space): a swap pays only
 * if its two characters are neighbours in the text, or in the lane. */
static void LANES(many_damerau)(const struct many_lanes *lanes, const uint16_t *text,
                                uint32_t length, int8_t *distance)
{
    const VEC far = LANE_ALL(length + LANE_BITS + 1);
    for (uint32_t block = 0; block < lanes->n_blocks; block++) {
        const VEC *rows = (const void *)(lanes->rows + block * lanes->stride);
        const VEC lane_length = ((const VEC *)lanes->length)[block];
        const uint32_t n = LANES(longest)(lanes, block);
        struct LANES(swaps) s = {.row[0][0] = far, .row[1][0] = far};
        VEC result = {0};
        for (uint32_t j = 0; j <= n; j++) {
            s.row[0][j + 1] = LANE_ALL(j);
            s.row[1][j + 1] = s.start[j] = far;
        }
        for (uint32_t i = 1; i <= length; i++)
            LANES(swaps_row)(&s, rows[text[i - 1]], i, n, far);
        for (uint32_t j = 0; j <= n; j++)
            result |= s.row[length & 1][j + 1] & (VEC)(lane_length == LANE_ALL(j));
        LANES(store)(distance + (size_t)block * LANES_A_BLOCK, result);
    }
}

/* Goes from one end inwards, as long as a lane has the text's character where it stands. */
static inline __attribute__((always_inline)) void LANES(common_end)(const struct many_lanes *lanes,
                                                                    const uint16_t *text,
                                                                    uint32_t length, int8_t *delta,
                                                                    const bool backwards)
{
    const uint32_t most = length < LANE_BITS ? length : LANE_BITS;
    for (uint32_t block = 0; block < lanes->n_blocks; block++) {
        const VEC *rows = (const void *)(lanes->rows + block * lanes->stride);
        const VEC mask = ((const VEC *)lanes->mask)[block];
        VEC place = backwards ? mask ^ (mask >> 1) : mask & LANE_ALL(1), negative = {0};
        for (uint32_t i = 0; i < most && vector_any((vector)place); i++) {
            const VEC same = rows[text[backwards ? length - 1 - i : i]] & place;
            negative += (VEC)(same != 0);
            place = backwards ? (VEC)(same >> 1) : (VEC)(same << 1);
        }
        LANES(store)(delta + (size_t)block * LANES_A_BLOCK, negative);
    }
}

static void LANES(many_beginning)(const struct many_lanes *lanes, const uint16_t *text,
                                  uint32_t length, int8_t *delta)
{
    LANES(common_end)(lanes, text, length, delta, false);
}

static void LANES(many_ending)(const struct many_lanes *lanes, const uint16_t *text,
                               uint32_t length, int8_t *delta)
{
    LANES(common_end)(lanes, text, length, delta, true);
}

/* The places of a lane within reach of the text's first: one more than the reach. `most` is the
 * greatest reach of a lane, as far as the lanes have places. */
static inline VEC LANES(first_window)(VEC reach, uint32_t most)
{
    VEC window = {0};
    for (uint32_t k = 0; k <= most && k < LANE_BITS; k++)
        window |= (VEC)(reach >= LANE_ALL(k)) & LANE_ALL(1ull << k);
    return window;
}

/* How far a character may be from its partner: half of the longer text, less one. */
static inline VEC LANES(reach_of)(VEC lane_length, uint32_t length)
{
    const VEC text = LANE_ALL(length), below = (VEC)(lane_length < text);
    const VEC longer = (lane_length & ~below) | (text & below);
    return (longer >> 1) + (VEC)(longer > LANE_ALL(1));
}

/* The common prefix of the text with each lane, at most 4. */
static inline VEC LANES(prefix_of)(const VEC *rows, const uint16_t *text, uint32_t length)
{
    VEC same = LANE_ALL(1), prefix = {0};
    for (uint32_t i = 0; i < 4 && i < length; i++) {
        same &= rows[text[i]] >> i;
        prefix += same;
    }
    return prefix;
}

/* After Jaro's matching as RapidFuzz does it with bits: each character of the text takes the first
 * free partner within the window, and both texts' partners are then put side by side. */
static void LANES(many_jaro)(const struct many_lanes *lanes, const uint16_t *text, uint32_t length,
                             uint8_t *common, uint8_t *crossed, uint8_t *prefix)
{
    const uint32_t n = lanes->n_blocks, longest = length > LANE_BITS ? length : LANE_BITS;
    const uint32_t most = longest / 2 - (longest > 1);
    VEC taken[MANY_LENGTH][TEXTS_AT_ONCE];
    for (uint32_t first = 0; first < n; first += TEXTS_AT_ONCE) {
        const VEC *rows[TEXTS_AT_ONCE];
        uint32_t block[TEXTS_AT_ONCE];
        VEC window[TEXTS_AT_ONCE], reach[TEXTS_AT_ONCE], matched[TEXTS_AT_ONCE];
        EACH_TEXT block[w] = first + w < n ? first + w : first;
        EACH_TEXT rows[w] = (const void *)(lanes->rows + block[w] * lanes->stride);
        EACH_TEXT reach[w] = LANES(reach_of)(((const VEC *)lanes->length)[block[w]], length);
        EACH_TEXT window[w] = LANES(first_window)(reach[w], most);
        EACH_TEXT matched[w] = (VEC){0};
        for (uint32_t i = 0; i < length; i++)
            EACH_TEXT
            {
                const VEC x = rows[w][text[i]] & window[w] & ~matched[w];
                taken[i][w] = x & ~(x - 1);
                matched[w] |= taken[i][w];
                window[w] += window[w] - (VEC)((SVEC)reach[w] > (SVEC)LANE_ALL(i));
            }
        VEC out_of_order[TEXTS_AT_ONCE];
        EACH_TEXT LANES(store)(common + (size_t)block[w] * LANES_A_BLOCK,
                               LANES(popcount)(matched[w]));
        EACH_TEXT out_of_order[w] = (VEC){0};
        for (uint32_t i = 0; i < length; i++)
            EACH_TEXT
            {
                const VEC found = (VEC)(taken[i][w] != 0);
                const VEC due = matched[w] & -matched[w] & found;
                matched[w] ^= due;
                out_of_order[w] -= (VEC)((rows[w][text[i]] & due) == 0) & found;
            }
        EACH_TEXT LANES(store)(crossed + (size_t)block[w] * LANES_A_BLOCK, out_of_order[w]);
        EACH_TEXT LANES(store)(prefix + (size_t)block[w] * LANES_A_BLOCK,
                               LANES(prefix_of)(rows[w], text, length));
    }
}

#undef MANY_KERNEL
#undef LANES_A_BLOCK
#undef LANE_BITS
