/* A run whose pairs are chosen from: finds them all, chooses, and writes what is kept. */
#ifndef AXB_MATCHER_RESOLVE_RESOLVE_H
#define AXB_MATCHER_RESOLVE_RESOLVE_H

#include "core/err.h"
#include "matcher/engine/job.h"
#include "matcher/resolve/choice.h"
#include "matcher/resolve/collect.h"

/* The query of the first step: the same pairs, as records that are collected. ERR_SOFTWARE if the
 * format of these records does not exist. */
bool resolve_finds(const struct query *asked, struct query *finds, struct err *e);

struct resolve {
    const struct choice *choice;
    enum choose_better better;
    const struct span *whole; /* the rows of the run … */
    const struct span *left;  /* … and those that are to be compared */
    struct collect *kept;     /* empty at first; gets the pairs that are kept; to be closed */
    struct out *grows;        /* takes the pairs as the journal says; NULL without a journal */
    bool is_part; /* of a shard: what is kept depends on other parts, so nothing is chosen; after
                     the lines of all pairs come the pairs, as they are in memory */
    bool found;   /* `kept` has all that may be kept already */
};

/* Does what coordinator_run does, for a choice that collects. result->pairs counts what is kept,
 * *n_found what was found, both without pairs below choice->written_from; how->kept has these too.
 * Without an output the pairs are not written. ERR_OS if the pairs do not fit into memory. */
bool resolve_run(const struct job *job, const struct resolve *how, struct result *result,
                 uint64_t *n_found, struct err *e);

/* Keeps those of all pairs of a run that the choice asks for. ERR_OS without memory. */
bool resolve_choose(struct found *found, struct found_rows rows, const struct choice *choice,
                    enum choose_better better, struct err *e);

#endif
