/* Banded distances in lanes of LANE_BITS bits. kernel_edit_pairs.c includes it once for each size,
 * hence there is no include guard.
 *
 * Row i of the programme belongs to character i of the short text, columns to the long one. Bit t
 * of a lane is column i - back + t, so the band moves with the rows and shifts right by one bit
 * from row to row. Cells outside the band only ever count as dearer than they are: each value is
 * the cost of some alignment, and the least one if its whole path lies in the band. */
#define BAND_PASTE2(name, bits) name##_##bits
#define BAND_PASTE(name, bits) BAND_PASTE2(name, bits)
#define BAND(name) BAND_PASTE(name, LANE_BITS)
#define BAND_TYPE2(bits) uint##bits##_t
#define BAND_TYPE(bits) BAND_TYPE2(bits)
#define BAND_LANES (VECTOR_BYTES * 8 / LANE_BITS)

typedef BAND_TYPE(LANE_BITS) BAND(band) __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef uint8_t BAND(narrow) __attribute__((vector_size(BAND_LANES), aligned(1), may_alias));
#define VEC BAND(band)
#define LANE_ALL(x) ((VEC){0} + (BAND_TYPE(LANE_BITS))(x))

/* What a batch's rows become, and what its shape says about the band. */
struct BAND(columns) {
    const uint8_t *x, *y; /* short and long text: column c of all pairs at c * EDIT_BATCH */
    uint32_t n_x, n_y;
    uint32_t back, width;
};

static inline VEC BAND(load)(const uint8_t *column)
{
#if LANE_BITS == 8
    return *(const VEC *)(const void *)column;
#else
    return __builtin_convertvector(*(const BAND(narrow) *)column, VEC);
#endif
}

static inline void BAND(store)(uint8_t *column, VEC v)
{
#if LANE_BITS == 8
    *(VEC *)(void *)column = v;
#else
    *(BAND(narrow) *)column = __builtin_convertvector(v, BAND(narrow));
#endif
}

/* Which columns of the band equal character i (from 1) of the short text. */
static inline VEC BAND(equal)(const struct BAND(columns) * c, uint32_t i)
{
    VEC x = BAND(load)(c->x + (size_t)(i - 1) * EDIT_BATCH), equal = LANE_ALL(0);
    uint32_t t = i > c->back ? 0 : c->back + 1 - i;
    uint32_t left = c->n_y + c->back - i + 1; /* bits up to the last column */
    uint32_t end = left < c->width ? left : c->width;
    VEC bit = LANE_ALL((BAND_TYPE(LANE_BITS))1 << (t % LANE_BITS));
    const uint8_t *y = c->y + ((size_t)i + t - c->back - 1) * EDIT_BATCH;
    for (; t < end; t++, y += EDIT_BATCH) {
        equal |= (VEC)(x == BAND(load)(y)) & bit;
        bit += bit;
    }
    return equal;
}

/* The band for Levenshtein (swap 0) and OSA (swap 1, which looks one diagonal further). The
 * distance is followed along the diagonal on which the last cell lies. */
static inline VEC BAND(myers)(const struct BAND(columns) * c, bool swap)
{
    VEC vp = LANE_ALL((BAND_TYPE(LANE_BITS)) ~(BAND_TYPE(LANE_BITS))0 << c->back);
    VEC vn = LANE_ALL(0), last_d0 = LANE_ALL(~0ull), last_equal = LANE_ALL(0);
    VEC distance = LANE_ALL(c->n_y - c->n_x);
    const VEC diagonal = LANE_ALL((BAND_TYPE(LANE_BITS))1 << (c->back + c->n_y - c->n_x));
    for (uint32_t i = 1; i <= c->n_x; i++) {
        const VEC equal = BAND(equal)(c, i);
        VEC d0 = (((equal & vp) + vp) ^ vp) | equal | vn;
        if (swap) {
            d0 |= ~last_d0 & (equal + equal) & (last_equal >> 1);
            last_d0 = d0;
            last_equal = equal;
        }
        distance -= (VEC)((d0 & diagonal) == 0);
        const VEC hp = vn | ~(d0 | vp), hn = d0 & vp;
        d0 >>= 1;
        vp = hn | ~(d0 | hp);
        vn = d0 & hp;
    }
    return distance;
}

/* A bit is 0 where the common subsequence grows; bits that leave the band below are final, and
 * those that are 1 are counted. */
static inline VEC BAND(lcs)(const struct BAND(columns) * c)
{
    const VEC one = LANE_ALL(1), top = LANE_ALL((BAND_TYPE(LANE_BITS))1 << (LANE_BITS - 1));
    VEC s = LANE_ALL(~0ull), ones = LANE_ALL(0);
    for (uint32_t i = 1; i <= c->n_x; i++) {
        const VEC equal = BAND(equal)(c, i), u = s & equal;
        s = (s + u) | (s & ~equal);
        ones += s & one;
        s = (s >> 1) | top;
    }
    for (uint32_t i = c->n_x; i < c->n_y + c->back; i++) {
        ones += s & one;
        s = (s >> 1) | top;
    }
    const VEC lcs = LANE_ALL(c->n_y + c->back) - ones;
    return LANE_ALL(c->n_x + c->n_y) - lcs - lcs;
}

#define PAIRS_KERNEL(name, wider, DISTANCE)                                                        \
    static uint64_t BAND(name)(const struct edit_pair_shape *shape, const uint8_t *short_rows,     \
                               const uint8_t *long_rows, uint8_t distance[EDIT_BATCH])             \
    {                                                                                              \
        _Alignas(64) uint8_t x[EDIT_ROWS_BYTES], y[EDIT_ROWS_BYTES];                               \
        transpose(short_rows, shape->short_length, x);                                             \
        transpose(long_rows, shape->long_length, y);                                               \
        uint32_t difference = shape->long_length - shape->short_length;                            \
        uint32_t back = (shape->limit - difference) / 2, ahead = back + difference;                \
        for (uint32_t lane = 0; lane < EDIT_BATCH; lane += BAND_LANES) {                           \
            const struct BAND(columns)                                                             \
                c = {x + lane,           y + lane,       shape->short_length,                      \
                     shape->long_length, back + (wider), back + ahead + 1 + 2 * (wider)};          \
            BAND(store)(distance + lane, DISTANCE);                                                \
        }                                                                                          \
        return within_limit(distance, shape->limit);                                               \
    }

PAIRS_KERNEL(levenshtein, 0, BAND(myers)(&c, false))
PAIRS_KERNEL(osa, 1, BAND(myers)(&c, true))
PAIRS_KERNEL(indel, 0, BAND(lcs)(&c))

#if LANE_BITS == 8
static inline VEC BAND(mismatches)(const struct BAND(columns) * c)
{
    VEC distance = LANE_ALL(c->n_y - c->n_x);
    for (size_t i = 0; i < (size_t)c->n_x * EDIT_BATCH; i += EDIT_BATCH)
        distance -= (VEC)(BAND(load)(c->x + i) != BAND(load)(c->y + i));
    return distance;
}
PAIRS_KERNEL(hamming, 0, BAND(mismatches)(&c))
#endif

#undef BAND_PASTE2
#undef BAND_PASTE
#undef BAND
#undef BAND_TYPE2
#undef BAND_TYPE
#undef BAND_LANES
#undef VEC
#undef LANE_ALL
#undef PAIRS_KERNEL
#undef LANE_BITS
