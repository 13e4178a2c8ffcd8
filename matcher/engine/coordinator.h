/* The coordinator: carries out a plan in worker processes and writes what they find, in order.
 *
 * It spawns workers and watches over them. It replaces those that die through no fault of the
 * scorer, and names the pair of rows where the scorer is at fault. It writes tiles in order,
 * whichever worker did them. It never runs user code. It holds no result longer than it must: a
 * worker that is ahead waits when its ring is full. */
#ifndef AXB_MATCHER_ENGINE_COORDINATOR_H
#define AXB_MATCHER_ENGINE_COORDINATOR_H

#include "core/err.h"
#include "core/topology.h"
#include "data/out.h"
#include "matcher/engine/audit_tap.h"
#include "matcher/engine/journal.h"
#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/engine/rejects.h"
#include "matcher/engine/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* What a worker takes: its own memory, its ring, and its part of the pair arena; 8 MiB. */
#define COORDINATOR_WORKER_BYTES ((size_t)8 << 20)

/* Who is told of what is found. */
struct sinks {
    struct out *out;         /* NULL: nothing is written, as in count mode */
    uint64_t head_at;        /* the head of the output follows so many bytes; UINT64_MAX: none */
    uint64_t max_results;    /* more pairs are an error; 0: no limit */
    struct audit_tap *tap;   /* or NULL; takes nothing in count mode */
    bool only_tapped;        /* with no join: the tapped rows of A, and no other */
    struct journal *journal; /* or NULL; learns which rows are done */
};

/* What happens when the scorer fails on a pair. */
struct faults {
    struct rejects *rejects;     /* takes the pair, which is left out; NULL: it ends the run */
    double pair_timeout_seconds; /* a pair that takes longer has failed; 0: it may take for ever */
    const char *explain_command; /* shows a pair when " --pair I,J" follows; NULL: none is named */
};

/* Where workers run. */
struct placement {
    const struct topo *topo;
    enum topo_bind bind;
};

/* All that a run is made of. Borrowed, and const while the run goes on. */
struct job {
    const struct query *query;
    const struct inputs *inputs;
    const struct plan *plan;
    const struct sinks *sinks;
    const struct faults *faults;
    const struct placement *placement;
};

/* What a run did. */
struct result {
    uint64_t pairs;         /* pairs of rows that match, with those of an earlier run */
    struct join_stats join; /* of pairs of distinct values */
    uint64_t row_ranges;    /* 1: all rows at once */
    uint64_t replaced;      /* workers that died and were replaced */
    double build_seconds;   /* of the index of the join */
    double join_seconds;
    double order_seconds;    /* of pairs, by rows of A */
    double write_seconds;    /* expanding, formatting, writing; or scoring all pairs */
    uint64_t index_bytes;    /* of the index of the join */
    struct wire_tally tally; /* refine */
};

/* Carries out the plan for the rows of the span. SIGINT and SIGTERM stop it with ERR_STOPPED: at
 * once, or, with a journal, when the rows at hand are done; a second signal stops it at once. No
 * worker outlives the call. */
bool coordinator_run(const struct job *job, const struct span *span, struct result *result,
                     struct err *e);

/* The score that the scorer gives one pair of rows, in a worker. */
bool coordinator_score(const struct job *job, uint64_t row_a, uint64_t row_b, double *score,
                       struct err *e);

#endif
