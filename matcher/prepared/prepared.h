/* Prepared runs: one process reads, indexes and plans, and writes all of it into a file; others, on
 * as many machines as there are, map that file and do a part of the run each.
 *
 * What is prepared is what does not depend on the part: the tables, the index, the plan, and what
 * is made of all records of B. Not here: the run itself (run/run.h). */
#ifndef AXB_MATCHER_PREPARED_PREPARED_H
#define AXB_MATCHER_PREPARED_PREPARED_H

#include "core/err.h"
#include "matcher/options/opts.h"
#include "matcher/run/run.h"

#include <stdbool.h>

/* --prepare: writes the file of a run that run_prepare has made ready. It appears whole or not at
 * all. ERR_USAGE for a run that cannot be prepared. */
bool prepared_write(struct run *r, struct err *e);

/* Can this run, which run_prepare has made ready, be prepared? ERR_USAGE if it cannot. */
bool prepared_check(const struct run *r, struct err *e);
/* Have its parts rows with like values, from everywhere in A? Else they are runs of rows. */
bool prepared_by_value(const struct run *r);

/* Makes *r ready for run_execute from the file o->inputs[0], as run_open and run_prepare would:
 * with --shard for that part, else for the whole. `o` is borrowed. run_close is due even after a
 * failure. ERR_NOINPUT, ERR_DATA, ERR_USAGE, ERR_OS. */
bool prepared_open(struct run *r, const struct opts *o, struct err *e);

#endif
