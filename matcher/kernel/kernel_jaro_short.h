/* Short pairs: texts of at most 16 characters of a byte each. Every character is compared with
 * every other; a table by character would have to be filled for each pair where candidates are few.
 * kernel_jaro.c includes this after the lanes of 16 bits. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_SHORT_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_SHORT_H

#define LANE_BITS 16

typedef uint8_t bytes __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef bytes short_texts[JARO_SHORT_LENGTH]; /* by place: a character of each pair */

#define BYTES_ALL(x) ((bytes){0} + (uint8_t)(x))

/* Transposes the 8 × 8 bytes in each 64-bit lane of 8 vectors (Warren, Hacker's Delight, 2002). */
static inline void transpose(vector v[8])
{
#pragma GCC unroll 3
    for (uint32_t d = 4; d > 0; d >>= 1) {
        const vector low = (vector){0} + (uint64_t)(~0ull / ((1ull << 8 * d) + 1));
#pragma GCC unroll 8
        for (uint32_t k = 0; k < 8; k++) {
            if (k & d)
                continue;
            vector differ = (v[k] >> 8 * d ^ v[k + d]) & low;
            v[k + d] ^= differ;
            v[k] ^= differ << 8 * d;
        }
    }
}

static inline void load_texts(short_texts out, const uint64_t text[2][JARO_LANES_MAX])
{
#pragma GCC unroll 2
    for (uint32_t half = 0; half < 2; half++) {
        vector v[8];
        memcpy(v, text[half], sizeof v);
        transpose(v);
        memcpy(&out[8 * half], v, sizeof v);
    }
}

/* The places of a length, as far as they are in one half or the other. */
static inline bytes places_below(bytes length, uint32_t half)
{
    bytes places = {0};
    for (uint32_t k = 0; k < 8; k++)
        places |= (bytes)(length > BYTES_ALL(8 * half + k)) & BYTES_ALL(1u << k);
    return places;
}

/* The places in [from, to) of `a` where the character c is; they stand in one half. */
static inline bytes places_of(const bytes *a, uint32_t from, uint32_t to, bytes c)
{
    bytes places = {0};
    for (uint32_t k = from; k < to; k++)
        places |= (bytes)(a[k] == c) & BYTES_ALL(1u << k % 8);
    return places;
}

/* How far characters may be apart, for the even or the odd pairs. */
static inline void set_reach(struct jaro_batch *batch, VEC longer, uint32_t most)
{
    VEC reach = (longer >> 1) + (VEC)(longer > LANE_ALL(1)), window = {0};
    for (uint32_t k = 0; k <= most; k++)
        window |= (VEC)(reach >= LANE_ALL(k)) & LANE_ALL(1u << k);
    memcpy(batch->reach, &reach, sizeof reach);
    memcpy(batch->window, &window, sizeof window);
}

static void jaro_shorts_run(const struct jaro_shorts *s, uint32_t longest_a, uint32_t longest_b,
                            uint8_t common[JARO_LANES_MAX], uint8_t crossed[JARO_LANES_MAX])
{
    struct jaro_batch even, odd;
    uint32_t longest = longest_a > longest_b ? longest_a : longest_b;
    uint32_t most = longest / 2 - (longest > 1);
    short_texts a, b;
    load_texts(a, s->a);
    load_texts(b, s->b);
    bytes length_a = *(const bytes *)(const void *)s->length_a;
    bytes length_b = *(const bytes *)(const void *)s->length_b, a_longer = length_a > length_b;
    VEC longer = (VEC)((length_a & a_longer) | (length_b & ~a_longer));
    set_reach(&even, longer & LANE_ALL(255), most);
    set_reach(&odd, longer >> 8, most);
    bytes low = places_below(length_a, 0), high = places_below(length_a, 1);
    for (uint32_t i = 0; i < longest_b; i++) {
        uint32_t from = i > most ? i - most : 0, to = i + most + 1;
        to = to < longest_a ? to : longest_a;
        bytes within = (bytes)(length_b > BYTES_ALL(i));
        VEC l = (VEC)(places_of(a, from, to < 8 ? to : 8, b[i]) & low & within);
        VEC h = (VEC)(places_of(a, from > 8 ? from : 8, to, b[i]) & high & within);
        VEC in_even = (l & LANE_ALL(255)) | h << 8, in_odd = l >> 8 | (h & LANE_ALL(0xff00));
        memcpy(even.places[i], &in_even, sizeof in_even);
        memcpy(odd.places[i], &in_odd, sizeof in_odd);
    }
    uint8_t of_even[2][JARO_LANES_MAX], of_odd[2][JARO_LANES_MAX];
    jaro_pairs_16(&even, longest_b, of_even[0], of_even[1]);
    jaro_pairs_16(&odd, longest_b, of_odd[0], of_odd[1]);
    for (uint32_t i = 0; i < VECTOR_BYTES / 2; i++) {
        common[2 * i] = of_even[0][i];
        common[2 * i + 1] = of_odd[0][i];
        crossed[2 * i] = of_even[1][i];
        crossed[2 * i + 1] = of_odd[1][i];
    }
}

#undef LANE_BITS

#endif
