/* A run whose pairs are chosen from: finds them all, chooses, and writes what is kept. */
#ifndef AXB_MATCHER_RESOLVE_RESOLVE_H
#define AXB_MATCHER_RESOLVE_RESOLVE_H

#include "core/err.h"
#include "matcher/engine/job.h"
#include "matcher/resolve/choice.h"

/* Does what coordinator_run does, for a choice that collects. result->pairs counts what is kept,
 * *n_found what was found. ERR_OS if the pairs do not fit into memory. */
bool resolve_run(const struct job *job, const struct choice *choice, const struct span *span,
                 struct result *result, uint64_t *n_found, struct err *e);

#endif
