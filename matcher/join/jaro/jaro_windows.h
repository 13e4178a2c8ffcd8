/* Windows: tokens in common, of which a partner can be within reach.
 *
 * Jaro pairs equal characters that are at most `reach` places apart, about half of the longer text.
 * Let a text have a character n times, the first time at place f and the last time at place l. Of
 * these n at most as many find partners as the other text has in its places f - reach … l + reach.
 * That is about half of it for a character that stands at an end:
 *
 *     reach 4      m a r t h a m e y e r       two m, at places 0 and 6: partners in 0 … 10
 *                                              one t, at place 3: partners in 0 … 7
 *                                              one y, at place 8: partners in 4 … 10
 *
 * So a token of A counts if the other text has so many of its character *up to* place l + reach, or
 * *from* place f - reach on, whichever tells more. A block of B has a plane for each token, each of
 * the two ways and each distance: JARO_WINDOW_PLANES a token. As the reach is added to every
 * distance, rows of A do not depend on it. Where a text is too long for places, its characters
 * count wherever they are. Not here: counting (kernel_jaro_count.h). */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_WINDOWS_H
#define AXB_MATCHER_JOIN_JARO_JARO_WINDOWS_H

#include "matcher/join/jaro/jaro_rows.h"
#include "matcher/kernel/kernel_jaro_count.h"

#define JARO_WINDOW_PLANES 64u /* of a token */
#define JARO_WINDOW_LENGTH 31u /* characters of the longest text of B that has places */

/* How much the rows of A of a length are moved among the planes, if the longest text with places
 * among those of B that are looked at has `longest_b` characters (0: there is none). */
uint32_t jaro_window_shift(uint32_t length_a, uint32_t longest_b);

/* An upper bound of the characters in common: what counting by windows finds. */
uint32_t jaro_window_common(struct text a, struct text b);

/* The numbers of a side, in a flat index: u16 from *at on, one for each character of the texts of
 * up to JARO_PAIR_LENGTH characters, in the order of their codes. ERR_OS without memory.
 *
 * Of A: planes, for a shift of 0; of a longer text than rows, its row's. */
bool jaro_windows_of_a(uint64_t *at, const struct dictionary *dictionary,
                       const struct jaro_rows *rows, struct shm *index, struct err *e);

/* Of B: tokens, and those counted from the end × 256. */
bool jaro_windows_of_b(uint64_t *at, const struct jaro_code *code,
                       const struct dictionary *dictionary, const struct jaro_rows *rows,
                       struct shm *index, struct err *e);

/* Where the numbers of a text begin. */
static inline size_t jaro_window_begin(const struct jaro_texts *texts, struct text t)
{
    return (size_t)((const char *)t.codes - texts->codes) / t.width;
}

/* ---- Blocks of B -----------------------------------------------------------------------------*/

struct jaro_window_planes; /* of a block; scratch of a worker */

/* NULL without memory. */
struct jaro_window_planes *jaro_window_planes_open(void);
void jaro_window_planes_close(struct jaro_window_planes *w);

/* Empties the block. */
void jaro_window_planes_begin(struct jaro_window_planes *w);

/* Adds a text of B as a lane of the block. */
void jaro_window_planes_add(struct jaro_window_planes *w, uint32_t lane, const uint16_t *tokens,
                            uint32_t length);

/* Completes the block: its planes, for a shift of 0. */
jaro_plane *jaro_window_planes_end(struct jaro_window_planes *w);

#endif
