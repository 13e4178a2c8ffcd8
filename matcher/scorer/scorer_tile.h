/* What a scorer that axb compiles has in place of the metrics of axb.h.
 *
 * A text of a record carries a tag there, which says from which column it comes. Where a metric is
 * called with two such texts, the compiler sees that, once all is inlined: the call is then the
 * element of an array, which axb has filled for the whole tile by vector code (scorer_tile.c), if
 * that pays. Any other text leads to the function of the program, as does a column that was not
 * computed: a literal, a text that was changed, or one that the compiler cannot follow. So the
 * value is the same either way.
 *
 * Where all columns that the code may read were computed, a loop of its own runs, in which a column
 * has no call beside it: the compiler can make vector code of that. Which columns these are is
 * noted by the assembler, in a section of the module, wherever the other loop reads one.
 *
 * A tag counts only where its number is a constant to the compiler. A text that a scorer keeps from
 * one call to the next has none such. Not part of axb itself, but carried inside it as text
 * (cmake/embed.cmake); it follows the text of axb.h, and is C and C++ at the same time. */
#ifndef AXB_MATCHER_SCORER_SCORER_TILE_H
#define AXB_MATCHER_SCORER_SCORER_TILE_H

#ifdef __cplusplus
extern "C" {
#endif

/* A text as the program's functions take it. */
struct axb_plain {
    const char *p;
    uint32_t n, id;
};

static inline struct axb_plain axb_plain_of(axb_str s)
{
    struct axb_plain plain;
    plain.p = s.p;
    plain.n = s.n;
    plain.id = s.id;
    return plain;
}

/* A tile, and whether what is compiled is the loop for one that is sure. */
struct axb_tile_view {
    struct axb_tile *tile;
    uint32_t sure;
};

/* Entry i of an array of texts, with its tag; `view` NULL: of no tile. */
static inline axb_str axb_tile_text(const void *array, size_t i, uint32_t field,
                                    const struct axb_tile_view *view)
{
    const struct axb_plain *s = (const struct axb_plain *)array + i;
    axb_str text = {s->p,
                    s->n,
                    s->id,
                    {s->p, s->n, s->id, field, view ? view->sure : 0, i, view ? view->tile : 0}};
    return text;
}

/* Notes a number, which is a constant to the compiler, in the section of columns that are used. */
#define AXB_TILE_NOTE(number)                                                                      \
    __asm__ volatile(".pushsection axb_tile_used,\"a\"\n\t.balign 4\n\t.long %c0\n\t"              \
                     ".popsection" ::"i"(number))

/* Is it a text of a record, as it was loaded? The length and the id are compared apart from each
 * other: gcc makes one comparison of two neighbours, and sees too late that it is always true. */
static inline __attribute__((always_inline)) int axb_tile_is_of(axb_str s, uint32_t side)
{
    return s.axb_tag.field != 0 && (s.axb_tag.field & AXB_TILE_SIDE_B) == side &&
           s.n == s.axb_tag.n && s.p == s.axb_tag.p && s.id == s.axb_tag.id;
}

/* Values of a metric for this record of A. */
struct axb_tile_values {
    const double *value; /* by the place in the array of B */
    uint32_t known;      /* 0: they are not */
};

static inline __attribute__((always_inline)) struct axb_tile_values
axb_tile_column(uint32_t metric, axb_str a, axb_str b)
{
    struct axb_tile_values values = {0, 0};
    if (!__builtin_constant_p(a.axb_tag.field) || !__builtin_constant_p(b.axb_tag.field) ||
        !__builtin_constant_p(metric)) {
        AXB_TILE_NOTE(AXB_TILE_UNKNOWN);
        return values;
    }
    if (!axb_tile_is_of(a, 0) || !axb_tile_is_of(b, AXB_TILE_SIDE_B))
        return values;
    if (!a.axb_tag.sure && !a.axb_tag.tile)
        return values;
    const uint32_t field_a = a.axb_tag.field - 1;
    const uint32_t field_b = (b.axb_tag.field & ~AXB_TILE_SIDE_B) - 1;
    const size_t number = ((size_t)metric * AXB_TILE_A + field_a) * AXB_TILE_B + field_b;
    values.value = a.axb_tag.tile->column[number];
    values.known = 1;
    if (a.axb_tag.sure)
        return values;
    AXB_TILE_NOTE(((size_t)metric * AXB_TILE_A + field_a) * AXB_TILE_B + field_b);
    values.known = values.value != 0;
    if (!values.known)
        a.axb_tag.tile->asked[number]++;
    return values;
}

/* The function of the program and the one that takes its place have names of their own for the
 * linker, or one would call itself. */
#define AXB_METRIC(name)                                                                           \
    double axb_plain_##name(struct axb_plain, struct axb_plain) __asm__("axb_" #name);             \
    static inline double axb_##name(axb_str, axb_str) __asm__("axb_tiled_" #name);                 \
    static inline __attribute__((always_inline)) double axb_##name(axb_str a, axb_str b)           \
    {                                                                                              \
        const struct axb_tile_values values = axb_tile_column(AXB_TILE_##name, a, b);              \
        return values.known ? values.value[b.axb_tag.at]                                           \
                            : axb_plain_##name(axb_plain_of(a), axb_plain_of(b));                  \
    }
#define AXB_METRIC_OF_Q(name)                                                                      \
    double axb_plain_##name(struct axb_plain, struct axb_plain, int) __asm__("axb_" #name);        \
    static inline double axb_##name(axb_str, axb_str, int) __asm__("axb_tiled_" #name);            \
    static inline __attribute__((always_inline)) double axb_##name(axb_str a, axb_str b, int q)    \
    {                                                                                              \
        struct axb_tile_values values = {0, 0};                                                    \
        if (q >= 0 && q <= 3)                                                                      \
            values = axb_tile_column(AXB_TILE_##name + (uint32_t)q, a, b);                         \
        return values.known ? values.value[b.axb_tag.at]                                           \
                            : axb_plain_##name(axb_plain_of(a), axb_plain_of(b), q);               \
    }
#define AXB_METRIC_OF_SCALE(name)                                                                  \
    double axb_plain_##name(struct axb_plain, struct axb_plain, double) __asm__("axb_" #name);     \
    static inline double axb_##name(axb_str, axb_str, double) __asm__("axb_tiled_" #name);         \
    static inline                                                                                  \
        __attribute__((always_inline)) double axb_##name(axb_str a, axb_str b, double scale)       \
    {                                                                                              \
        return axb_plain_##name(axb_plain_of(a), axb_plain_of(b), scale);                          \
    }

AXB_TILE_METRICS(AXB_METRIC)
AXB_TILE_METRICS_OF_Q(AXB_METRIC_OF_Q)
AXB_METRIC_OF_SCALE(number)
AXB_METRIC_OF_SCALE(days)
AXB_METRIC_OF_SCALE(km)

#undef AXB_METRIC
#undef AXB_METRIC_OF_Q
#undef AXB_METRIC_OF_SCALE

#ifdef __cplusplus
}
#endif
#endif
