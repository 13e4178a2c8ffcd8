/* Short pairs: texts of at most SHORT_LENGTH characters of a byte each. Every character is compared
 * with every other; a table by character would have to be filled for each pair where candidates are
 * few. kernel_jaro.c includes this once for each length, after the lanes of as many bits, hence
 * there is no include guard.
 *
 * Characters are compared in vectors of bytes, a pair in each. The places where they are equal are
 * a bit each, a word of 8 places in a vector: the words of a pair make a lane. */
#ifndef BYTES_ALL
typedef uint8_t bytes __attribute__((vector_size(VECTOR_BYTES), may_alias));
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

/* The places in [from, to) of `a` where the character c is; they stand in one word. */
static inline bytes places_of(const bytes *a, uint32_t from, uint32_t to, bytes c)
{
    bytes places = {0};
    for (uint32_t k = from; k < to; k++)
        places |= (bytes)(a[k] == c) & BYTES_ALL(1u << k % 8);
    return places;
}

/* The places of a word that a text of a length has. */
static inline bytes places_below(bytes length, uint32_t word)
{
    bytes places = {0};
    for (uint32_t k = 0; k < 8; k++)
        places |= (bytes)(length > BYTES_ALL(8 * word + k)) & BYTES_ALL(1u << k);
    return places;
}
#endif

#define LANE_BITS SHORT_LENGTH
#define SHORT_WORDS (SHORT_LENGTH / 8)

/* By place: a character of each pair. */
static inline void LANES(load_texts)(bytes out[SHORT_LENGTH], const uint64_t text[][JARO_LANES_MAX])
{
#pragma GCC unroll 4
    for (uint32_t word = 0; word < SHORT_WORDS; word++) {
        vector v[8];
        memcpy(v, text[word], sizeof v);
        transpose(v);
        memcpy(&out[8 * word], v, sizeof v);
    }
}

/* How far characters may be apart. */
static inline void LANES(set_reach)(struct jaro_batch *batch, VEC longer, uint32_t most)
{
    VEC reach = (longer >> 1) + (VEC)(longer > LANE_ALL(1)), window = {0};
    for (uint32_t k = 0; k <= most; k++)
        window |= (VEC)(reach >= LANE_ALL(k)) & LANE_ALL(1u << k);
    memcpy(batch->reach, &reach, sizeof reach);
    memcpy(batch->window, &window, sizeof window);
}

/* The bytes of pairs k, SHORT_WORDS + k, …: the places of each, its words side by side. */
static inline VEC LANES(lanes_of)(const bytes word[SHORT_WORDS], uint32_t k)
{
    VEC lanes = {0};
#pragma GCC unroll 4
    for (uint32_t i = 0; i < SHORT_WORDS; i++)
        lanes |= ((VEC)word[i] >> 8 * k & LANE_ALL(255)) << 8 * i;
    return lanes;
}

/* The places of each character of b, in lanes. Pair p is lane p / SHORT_WORDS of batch
 * p % SHORT_WORDS. */
static inline void LANES(find_places)(struct jaro_batch batch[SHORT_WORDS],
                                      const struct jaro_shorts *s, uint32_t longest_a,
                                      uint32_t longest_b, uint32_t most)
{
    bytes a[SHORT_LENGTH], b[SHORT_LENGTH], has[SHORT_WORDS];
    const bytes length_a = *(const bytes *)(const void *)s->length_a;
    const bytes length_b = *(const bytes *)(const void *)s->length_b;
    LANES(load_texts)(a, s->a);
    LANES(load_texts)(b, s->b);
    for (uint32_t word = 0; word < SHORT_WORDS; word++)
        has[word] = places_below(length_a, word);
    for (uint32_t i = 0; i < longest_b; i++) {
        const uint32_t from = i > most ? i - most : 0, end = i + most + 1;
        const uint32_t to = end < longest_a ? end : longest_a;
        const bytes within = (bytes)(length_b > BYTES_ALL(i));
        bytes word[SHORT_WORDS];
#pragma GCC unroll 4
        for (uint32_t w = 0; w < SHORT_WORDS; w++)
            word[w] =
                places_of(a, from > 8 * w ? from : 8 * w, to < 8 * w + 8 ? to : 8 * w + 8, b[i]) &
                has[w] & within;
#pragma GCC unroll 4
        for (uint32_t k = 0; k < SHORT_WORDS; k++) {
            const VEC lanes = LANES(lanes_of)(word, k);
            memcpy(batch[k].places[i], &lanes, sizeof lanes);
        }
    }
}

static void LANES(jaro_shorts)(const struct jaro_shorts *s, uint32_t longest_a, uint32_t longest_b,
                               uint8_t common[JARO_LANES_MAX], uint8_t crossed[JARO_LANES_MAX])
{
    struct jaro_batch batch[SHORT_WORDS];
    const uint32_t longest = longest_a > longest_b ? longest_a : longest_b;
    const uint32_t most = longest / 2 - (longest > 1);
    const bytes length_a = *(const bytes *)(const void *)s->length_a;
    const bytes length_b = *(const bytes *)(const void *)s->length_b;
    const bytes a_longer = length_a > length_b;
    const VEC longer = (VEC)((length_a & a_longer) | (length_b & ~a_longer));
    LANES(find_places)(batch, s, longest_a, longest_b, most);
    for (uint32_t k = 0; k < SHORT_WORDS; k++) {
        uint8_t found[2][JARO_LANES_MAX];
        LANES(set_reach)(&batch[k], longer >> 8 * k & LANE_ALL(255), most);
        LANES(jaro_pairs)(&batch[k], longest_b, found[0], found[1]);
        for (uint32_t i = 0; i < VECTOR_BYTES / SHORT_WORDS; i++) {
            common[SHORT_WORDS * i + k] = found[0][i];
            crossed[SHORT_WORDS * i + k] = found[1][i];
        }
    }
}

#undef SHORT_WORDS
#undef SHORT_LENGTH
#undef LANE_BITS
