/* The loop of a generated module: one record of A against many of B.
 *
 * It stands in every module that is made from a user's .c file, between the row types and that
 * file. Two macros before it give the initialisers of the rows: AXB_LOAD_A(a, i, tile) and
 * AXB_LOAD_B(b, j, tile). `score` is static here, so that the compiler can put it into the loop.
 * The scores of a group come first and are compared with the threshold afterwards. This leaves a
 * loop without branches, and simple numeric functions become vector code. The index of B is a
 * size_t: a 32-bit one could wrap, and the compiler could not take the loads for consecutive.
 * Before the loop stands an effect that costs nothing: without one, gcc deletes the call of a
 * function that never returns, such as one with a null pointer in its first line, and goes on with
 * scores that nobody wrote. Metrics of the records may be computed already, by the tile
 * (scorer_tile.h). It is C and C++ at the same time; AXB_TRY and AXB_CATCH are those of
 * scorer_guard.h, and empty in C. Not part of axb itself, but carried inside it as text
 * (cmake/embed.cmake). */
#ifndef AXB_MATCHER_SCORER_SCORER_LOOP_H
#define AXB_MATCHER_SCORER_SCORER_LOOP_H

#define AXB_GROUP 128u

#ifdef AXB_TILES
/* The section of scorer_tile.h; the linker names its ends. */
extern const uint32_t __start_axb_tile_used[] __attribute__((weak, visibility("hidden")));
extern const uint32_t __stop_axb_tile_used[] __attribute__((weak, visibility("hidden")));
#define AXB_TEXT(array, i, field, tile) axb_tile_text(array, i, field, tile)
#else
struct axb_tile_view;
#define AXB_TEXT(array, i, field, tile) ((const axb_str *)(array))[i]
#endif

/* A compiler that makes two functions of one no longer sees where a text comes from. */
#if defined(__GNUC__) && !defined(__clang__)
#define AXB_WHOLE __attribute__((noclone))
#else
#define AXB_WHOLE
#endif

AXB_WHOLE static double score(const axb_row_a *, const axb_row_b *);

/* Scores n records of B; `view` is a constant but for its tile. */
static inline __attribute__((always_inline)) void
axb_loop_run(const void *const *a, uint32_t i, const void *const *b, size_t from, uint32_t n,
             const struct axb_tile_view *view, double *__restrict scores)
{
    (void)view;
    __asm__ volatile("" ::: "memory"); /* a call with an effect: see above */
    const axb_row_a row_a = AXB_LOAD_A(a, i, view);
    AXB_TRY for (size_t k = 0; k < n; k++)
    {
        const axb_row_b row_b = AXB_LOAD_B(b, from + k, view);
        scores[k] = score(&row_a, &row_b);
    }
    AXB_CATCH
}

#ifdef AXB_TILES
AXB_WHOLE __attribute__((noinline, flatten)) static void
axb_loop_sure(const void *const *a, uint32_t i, const void *const *b, size_t from, uint32_t n,
              struct axb_tile *tile, double *__restrict scores)
{
    const struct axb_tile_view view = {tile, 1};
    axb_loop_run(a, i, b, from, n, &view, scores);
}

AXB_WHOLE __attribute__((noinline, flatten)) static void
axb_loop_scores(const void *const *a, uint32_t i, const void *const *b, size_t from, uint32_t n,
                struct axb_tile *tile, double *__restrict scores)
{
    const struct axb_tile_view view = {tile, 0};
    if (tile && tile->sure)
        axb_loop_sure(a, i, b, from, n, tile, scores);
    else
        axb_loop_run(a, i, b, from, n, &view, scores);
}
#else
struct axb_tile;
AXB_WHOLE __attribute__((noinline, flatten)) static void
axb_loop_scores(const void *const *a, uint32_t i, const void *const *b, size_t from, uint32_t n,
                struct axb_tile *tile, double *__restrict scores)
{
    (void)tile;
    axb_loop_run(a, i, b, from, n, 0, scores);
}
#endif

/* Writes the hits of one group after the `found` earlier ones. */
static uint32_t axb_loop_compress(const double *__restrict group, uint32_t from, uint32_t n,
                                  double min, uint32_t found, uint32_t *__restrict hits,
                                  double *__restrict scores)
{
    for (uint32_t k = 0; k < n; k++) {
        hits[found] = from + k;
        scores[found] = group[k];
        found += group[k] >= min;
    }
    return found;
}

static uint32_t axb_loop_match(const void *const *a, uint32_t i, const void *const *b,
                               uint32_t from, uint32_t to, double min, uint32_t *hits,
                               double *scores)
{
    double group[AXB_GROUP];
    uint32_t found = 0;
#ifdef AXB_TILES
    static const struct axb_tile_shape shape = {AXB_TILE_A, AXB_TILE_B, __start_axb_tile_used,
                                                __stop_axb_tile_used};
    struct axb_tile *tile = axb_tile_begin(&shape, a, i, b, from, to);
#else
    struct axb_tile *tile = 0;
#endif
    for (uint32_t at = from, n; at < to; at += n) {
        n = to - at < AXB_GROUP ? to - at : AXB_GROUP;
        axb_loop_scores(a, i, b, at, n, tile, group);
        uint64_t any = 0;
        for (uint32_t k = 0; k < n; k++)
            any |= group[k] >= min;
        if (any)
            found = axb_loop_compress(group, at, n, min, found, hits, scores);
    }
    return found;
}

static double axb_loop_score(const void *const *a, uint32_t i, const void *const *b, uint32_t j)
{
    double value;
    axb_loop_scores(a, i, b, j, 1, 0, &value);
    return value;
}

#endif
