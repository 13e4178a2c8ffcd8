/* Random rows of a table, where not all are needed. */
#ifndef AXB_MATCHER_LEARN_DRAW_ROWS_H
#define AXB_MATCHER_LEARN_DRAW_ROWS_H

#include <stdint.h>

/* At most `most` of so many rows, ascending, *n of them. The same seed draws the same rows. The
 * caller frees them; NULL without memory. */
uint32_t *draw_rows(uint64_t rows, uint64_t most, uint64_t seed, uint64_t *n);

#endif
