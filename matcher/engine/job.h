/* A run as the engine sees it: query, inputs and plan, and what else it needs to carry them out.
 *
 * All of it is borrowed, and const while the run goes on. Not here: carrying it out
 * (coordinator.h). */
#ifndef AXB_MATCHER_ENGINE_JOB_H
#define AXB_MATCHER_ENGINE_JOB_H

#include "core/machine/topology.h"
#include "data/out.h"
#include "matcher/engine/audit_tap.h"
#include "matcher/engine/journal.h"
#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/engine/rejects.h"
#include "matcher/engine/wire.h"
#include "matcher/watch/timeline.h"

#include <stdbool.h>
#include <stdint.h>

/* Who is told of what is found. */
struct sinks {
    struct out *out;         /* NULL: nothing is written, as in count mode */
    uint64_t head_at;        /* the head of the output follows so many bytes; UINT64_MAX: none */
    bool no_tail;            /* another part of the run writes the tail */
    bool by_row;             /* `out` says of which rows its lines are (row_runs.h) */
    uint64_t max_results;    /* more lines are an error, in count mode more pairs; 0: no limit */
    struct audit_tap *tap;   /* or NULL; takes nothing in count mode */
    bool only_tapped;        /* with no join: the tapped rows of A, and no other */
    struct journal *journal; /* or NULL; learns which rows are done */
    struct histogram *histogram; /* or NULL; of the scores of the pairs that are written or counted,
                                    but for the format "values" */
    struct timeline *timeline;   /* or NULL; learns when workers finish tiles */
};

/* What happens when the scorer fails on a pair. */
struct faults {
    struct rejects *rejects;     /* takes the pair, which is left out; NULL: it ends the run */
    double pair_timeout_seconds; /* a pair that takes longer has failed; 0: it may take for ever */
    const char *explain_command; /* shows a pair when " --pair I,J" follows; NULL: none is named */
};

/* Where workers run. */
struct placement {
    const struct topo *topo; /* NULL: anywhere */
    enum topo_bind bind;
};

/* All that a run is made of; borrowed, and const while it goes on. */
struct job {
    const struct query *query;
    const struct inputs *inputs;
    const struct plan *plan;
    const struct sinks *sinks;
    const struct faults *faults;
    const struct placement *placement;
};

/* What one join of a plan did, in all row ranges. A list that several joins need counts with the
 * first of them. */
struct join_work {
    double seconds;      /* of processor time, ours and that of workers */
    uint64_t pairs;      /* of values, or of combinations of two columns */
    uint64_t candidates; /* pairs of rows that these stand for */
};

/* What a run did. */
struct result {
    uint64_t pairs;         /* pairs of rows that match, with those of an earlier run */
    uint64_t unmatched[2];  /* rows of A, of B, without a pair that have a line, likewise */
    struct join_stats join; /* of pairs of distinct values */
    uint64_t row_ranges;    /* 1: all rows at once */
    uint64_t replaced;      /* workers that died and were replaced */
    double build_seconds;   /* of the index of the join */
    double join_seconds;
    double order_seconds; /* of pairs, by rows of A */
    double write_seconds; /* expanding, formatting, writing; or scoring all pairs */
    uint64_t index_bytes; /* of the index of the join */
    struct join_work work[EXPR_MAX_OPTIONS]; /* of the joins of the plan */
    struct wire_tally tally;                 /* refine */
    uint64_t partners[WIRE_PARTNERS]; /* rows of A by how many pairs of theirs were written */
};

#endif
