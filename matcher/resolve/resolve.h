/* A run whose pairs are chosen from: finds them all, chooses, and writes what is kept. */
#ifndef AXB_MATCHER_RESOLVE_RESOLVE_H
#define AXB_MATCHER_RESOLVE_RESOLVE_H

#include "core/err.h"
#include "matcher/engine/job.h"
#include "matcher/resolve/choice.h"

/* The query of the first step: the same pairs, as records that are collected. ERR_SOFTWARE if the
 * format of these records does not exist. */
bool resolve_finds(const struct query *asked, struct query *finds, struct err *e);

/* Does what coordinator_run does, for a choice that collects. result->pairs counts what is kept,
 * *n_found what was found. `whole` are the rows of the run, `left` those that are to be
 * compared. `grows`: the file that takes the pairs as the journal of the job says;
 * NULL without a journal. ERR_OS if the pairs do not fit into memory. */
bool resolve_run(const struct job *job, const struct choice *choice, enum choose_better better,
                 const struct span *whole, const struct span *left, struct out *grows,
                 struct result *result, uint64_t *n_found, struct err *e);

#endif
