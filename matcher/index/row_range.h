/* A row range: which values a run of rows of A has, for a run that does not fit into memory at
 * once, or the rows of a part. It is a side of its own in a segment of its own, with the row
 * numbers of the whole table. */
#ifndef AXB_MATCHER_INDEX_ROW_RANGE_H
#define AXB_MATCHER_INDEX_ROW_RANGE_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/index/index.h"

#include <stdbool.h>
#include <stdint.h>

/* Builds the row range row_from <= r < row_to of `whole`, as far as its rows are among `only`, into
 * the empty segment `out`. ERR_OS. */
bool row_range_build(const struct side *whole, uint64_t row_from, uint64_t row_to,
                     const struct row_list *only, struct shm *out, struct err *e);
void row_range_view(struct side *row_range, const struct shm *s);

#endif
