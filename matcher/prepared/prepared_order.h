/* Which rows of A the parts of a prepared run have.
 *
 * Rows of A are independent of each other, so any set of them is a part. A run of rows has all
 * frequent values, and values of all lengths: each such part finds the same pairs of values again.
 * So the rows are put in the order of their values in one column, that of the dearest join, the
 * shortest first; and a part has the rows from one value to another. Then no value is searched
 * twice, and a part meets values of B of few lengths. Where that join asks for two columns, rows
 * are cut by combinations of both, since one of them may have few values. Cuts are by what values
 * cost, as far as that is known: the values, or rows, of B that they may match, and their own rows.
 */
#ifndef AXB_MATCHER_PREPARED_PREPARED_ORDER_H
#define AXB_MATCHER_PREPARED_PREPARED_ORDER_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/shard/shard.h"

#include <stdbool.h>
#include <stdint.h>

/* Builds the order of all rows of A into the empty segment `out`. The plan has a join. ERR_OS. */
bool prepared_order_build(const struct plan *plan, const struct inputs *inputs, struct shm *out,
                          struct err *e);

/* The rows of a part, ascending: *rows is in *out, an empty segment. ERR_OS. */
bool prepared_order_rows(struct shm_view order, const struct shard *shard, struct shm *out,
                         struct row_list *rows, struct err *e);

#endif
