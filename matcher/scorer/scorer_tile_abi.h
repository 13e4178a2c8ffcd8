/* What the engine shares with a scorer that it compiles against scorer_tile.h: the values of
 * metrics for one record of A and all records of B of a tile.
 *
 * The program and the scorer both include it: the scorer as text that the program carries
 * (cmake/embed.cmake). It is C and C++ at the same time. */
#ifndef AXB_MATCHER_SCORER_SCORER_TILE_ABI_H
#define AXB_MATCHER_SCORER_SCORER_TILE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The metrics of axb.h that a tile can have, by name: those of two texts alone, */
#define AXB_TILE_METRICS(X)                                                                        \
    X(levenshtein)                                                                                 \
    X(levenshtein_distance)                                                                        \
    X(osa)                                                                                         \
    X(osa_distance)                                                                                \
    X(damerau_levenshtein)                                                                         \
    X(damerau_levenshtein_distance)                                                                \
    X(hamming)                                                                                     \
    X(hamming_distance)                                                                            \
    X(indel)                                                                                       \
    X(indel_distance)                                                                              \
    X(ratio)                                                                                       \
    X(partial_ratio)                                                                               \
    X(token_sort_ratio)                                                                            \
    X(token_set_ratio)                                                                             \
    X(token_ratio)                                                                                 \
    X(partial_token_sort_ratio)                                                                    \
    X(partial_token_set_ratio)                                                                     \
    X(partial_token_ratio)                                                                         \
    X(QRatio)                                                                                      \
    X(WRatio)                                                                                      \
    X(lcsseq)                                                                                      \
    X(lcsseq_distance)                                                                             \
    X(prefix)                                                                                      \
    X(prefix_distance)                                                                             \
    X(postfix)                                                                                     \
    X(postfix_distance)                                                                            \
    X(jaro)                                                                                        \
    X(jaro_winkler)                                                                                \
    X(soundex)                                                                                     \
    X(double_metaphone)                                                                            \
    X(nysiis)                                                                                      \
    X(metaphone)                                                                                   \
    X(match_rating)                                                                                \
    X(number_distance)                                                                             \
    X(number_ratio)                                                                                \
    X(days_distance)                                                                               \
    X(km_distance)
/* and those that take q, from 0 to 3. */
#define AXB_TILE_METRICS_OF_Q(X)                                                                   \
    X(jaccard)                                                                                     \
    X(dice)                                                                                        \
    X(cosine)                                                                                      \
    X(overlap)

/* Their numbers; one of q has that of q = 0, and the others follow. */
#define AXB_TILE_NUMBER(name) AXB_TILE_##name,
#define AXB_TILE_NUMBER_OF_Q(name) AXB_TILE_##name, AXB_TILE_##name##_3 = AXB_TILE_##name + 3,
enum {
    AXB_TILE_METRICS(AXB_TILE_NUMBER) AXB_TILE_METRICS_OF_Q(AXB_TILE_NUMBER_OF_Q) AXB_TILE_N_METRICS
};

#define AXB_TILE_SIDE_B 0x80000000u

/* How many arrays of each side the scorer reads. A column has the number
 * (metric * n_a + array of A) * n_b + array of B. */
struct axb_tile_shape {
    uint32_t n_a, n_b;
    const uint32_t *used, *used_end; /* the numbers of all columns that its code may read, with
                                        repeats; AXB_TILE_UNKNOWN among them: and of others */
};
#define AXB_TILE_UNKNOWN UINT32_MAX

struct axb_tile {
    const double **column; /* by its number: the metric's value for each record of B of the tile;
                              NULL: it was not computed, so the scorer calls the metric, */
    uint32_t *asked;       /* and counts that here, by the same number */
    uint32_t sure;         /* all that the scorer may read were computed */
};

/* Where a text of a record comes from. */
struct axb_tag {
    const char *p; /* the text as it was loaded: who changes it must not be taken for it */
    uint32_t n, id;
    uint32_t field; /* the number of its array, from 1; the highest bit is set for B; 0: none */
    uint32_t sure;  /* its code is that for a tile which is sure */
    size_t at;      /* its place in the array */
    struct axb_tile *tile;
};

/* Called before record i of A is scored against the records from .. to - 1 of B: what is computed
 * for it, good until the next call; NULL if nothing ever is. */
struct axb_tile *axb_tile_begin(const struct axb_tile_shape *shape, const void *const *a,
                                uint32_t i, const void *const *b, uint32_t from, uint32_t to);

#ifdef __cplusplus
}
#endif
#endif
