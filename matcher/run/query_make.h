/* From options to a query, and to the columns that it needs. */
#ifndef AXB_MATCHER_RUN_QUERY_MAKE_H
#define AXB_MATCHER_RUN_QUERY_MAKE_H

#include "matcher/engine/query.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/run/wanted.h"

/* Makes the query, and what it wants of the inputs. A scorer is compiled and loaded into *scorer,
 * which was closed before; the query borrows it. `format`: of the output. `originals`: compared
 * columns are wanted as they stand in the files as well. ERR_USAGE for what the options say;
 * ERR_SCORER, ERR_UNAVAILABLE and the like as scorer.h says. */
bool query_make(struct query *query, struct wanted *wanted, struct scorer *scorer,
                const struct opts *o, uint32_t format, bool originals,
                const struct sources *sources, struct err *e);

/* The same query by compiled code in place of its expression, which must be one of numbers alone.
 * ERR_UNAVAILABLE without a compiler. */
bool query_compile(struct query *compiled, struct scorer *scorer, const struct query *query,
                   const struct sources *sources, struct err *e);

#endif
