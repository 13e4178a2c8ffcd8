/* A search beside a run, whose pairs are collected for its page.
 *
 * Not here: which pairs are asked for (report_near.h, report_sample.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_SEARCH_H
#define AXB_MATCHER_REPORT_REPORT_SEARCH_H

#include "core/err.h"
#include "matcher/resolve/collect.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

/* Carries out a plan for the rows of a span, and collects the pairs: `collected` begins as zeros,
 * and is to be closed. More than `most` pairs end the search: ERR_STOPPED. What the engine says. */
bool report_search(struct run *r, const struct query *query, const struct inputs *inputs,
                   const struct plan *plan, const struct span *span, uint64_t most,
                   struct collect *collected, struct err *e);

#endif
