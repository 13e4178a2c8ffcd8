/* The steps of edit distances in lanes: what is kept of each of the texts that run side by side,
 * what the next symbol changes, and the delta in the end (kernel_edit.h says what that is).
 * Patterns are in lanes, `m` has the places of the symbol there, w is the number of the text, and
 * TEXTS_AT_ONCE are in flight. Kernel files put them into their loops; VEC and LANES are those of
 * kernel_lanes.h, of the lane size at hand. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_EDIT_STEPS_H
#define AXB_MATCHER_KERNEL_KERNEL_EDIT_STEPS_H

#define EACH_TEXT _Pragma("GCC unroll 4") for (uint32_t w = 0; w < TEXTS_AT_ONCE; w++)

/* Vertical differences +1 and -1; the horizontal +1 are kept inverted, so that the shift brings in
 * the first row's +1 by itself. */
#define MYERS_STATE                                                                                \
    VEC vp[TEXTS_AT_ONCE], vn[TEXTS_AT_ONCE];                                                      \
    EACH_TEXT vp[w] = LANE_ALL(~0ull), vn[w] = LANE_ALL(0)
#define MYERS_DIFFERENCES(d0)                                                                      \
    VEC not_hp = ~(vn[w] | ~(vp[w] | d0)), hn = vp[w] & d0;                                        \
    not_hp += not_hp;                                                                              \
    hn += hn;                                                                                      \
    vn[w] = ~not_hp & d0;                                                                          \
    vp[w] = hn | (~d0 & not_hp)
#define MYERS_STEP                                                                                 \
    const VEC x = m | vn[w];                                                                       \
    const VEC d0 = (((x & vp[w]) + vp[w]) ^ vp[w]) | x;                                            \
    MYERS_DIFFERENCES(d0)
#define MYERS_DELTA (SVEC)(LANES(popcount)(vp[w] & mask) - LANES(popcount)(vn[w] & mask))

#define OSA_STATE                                                                                  \
    MYERS_STATE;                                                                                   \
    VEC last_d0[TEXTS_AT_ONCE], last_m[TEXTS_AT_ONCE];                                             \
    EACH_TEXT last_d0[w] = LANE_ALL(~0ull), last_m[w] = LANE_ALL(0)
#define OSA_STEP                                                                                   \
    VEC swap = ~last_d0[w] & m;                                                                    \
    swap = (swap + swap) & last_m[w];                                                              \
    const VEC x = m | vn[w];                                                                       \
    const VEC d0 = (((x & vp[w]) + vp[w]) ^ vp[w]) | x | swap;                                     \
    MYERS_DIFFERENCES(d0);                                                                         \
    last_d0[w] = d0;                                                                               \
    last_m[w] = m

/* A bit falls to 0 where the common subsequence grows. */
#define INDEL_STATE                                                                                \
    VEC s[TEXTS_AT_ONCE];                                                                          \
    EACH_TEXT s[w] = LANE_ALL(~0ull)
#define INDEL_STEP                                                                                 \
    const VEC u = s[w] & m;                                                                        \
    s[w] = (s[w] + u) | (s[w] & ~m)
#define INDEL_DELTA -(SVEC)LANES(popcount)(~s[w] & mask)

#define HAMMING_STATE                                                                              \
    VEC same[TEXTS_AT_ONCE];                                                                       \
    VEC bit = LANE_ALL(1);                                                                         \
    EACH_TEXT same[w] = LANE_ALL(0)
#define HAMMING_STEP                                                                               \
    same[w] |= m & bit;                                                                            \
    if (w == TEXTS_AT_ONCE - 1)                                                                    \
    bit += bit
#define HAMMING_DELTA -(SVEC)LANES(popcount)(same[w] & mask)

#endif
