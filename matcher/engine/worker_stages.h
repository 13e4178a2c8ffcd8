/* The stages of a worker besides joins: those whose tiles are runs of rows of A, their matches
 * formatted and handed over, and the nest stage, which finds pairs of rows as a join does. */
#ifndef AXB_MATCHER_ENGINE_WORKER_STAGES_H
#define AXB_MATCHER_ENGINE_WORKER_STAGES_H

#include "matcher/engine/worker.h"

/* Prepare: what the scorer makes of each record. Claim: tries the bounds of a scorer on real pairs.
 * Nest: joins within the pairs of another join. Emit: expands the ordered pairs of a join. Refine:
 * those of joins over terms of an expression, and keeps those that match. Loop: scores every pair
 * of rows. Probe: scores one run of pairs one by one, saying each time which is next. */
bool worker_prepare(struct worker *w, struct err *e);
bool worker_claim(struct worker *w, struct err *e);
bool worker_nested(struct worker *w, struct err *e);
bool worker_emit(struct worker *w, struct err *e);
bool worker_refine(struct worker *w, struct err *e);
bool worker_score(struct worker *w, struct err *e);
bool worker_probe(struct worker *w, struct err *e);

#endif
