/* What makes two runs the same: two that have the same identity write the same bytes.
 *
 * A resumed run must be the run that was interrupted, and shards of one run must be of one run. The
 * identity is text, a line a fact, "name value": the version of axb, the verb, the contents of each
 * table as far as it is used, the contents of a scorer with all that it includes, and each option
 * whose row in opts_table.c is in_identity. What does not change the bytes is not in it: workers,
 * binding, pruning, where files lie and whether they are compressed. Not here: comparing two of
 * them (fact_lines.h), and where they are kept. */
#ifndef AXB_MATCHER_RUN_IDENTITY_H
#define AXB_MATCHER_RUN_IDENTITY_H

#include "core/err.h"
#include "matcher/run/run.h"

#include <stdbool.h>

/* Of a run whose tables are loaded; malloced, the caller frees it. ERR_OS without memory,
 * ERR_NOINPUT if the scorer's file has gone. */
bool identity_make(const struct run *r, char **identity, struct err *e);

#endif
