/* The boss: runs the stages of a plan in worker processes and writes what they find, in order.
 *
 * It spawns workers, watches over them, replaces those that die through no fault of the scorer,
 * names the pair of rows where the scorer is at fault, and writes tiles in order whoever did them.
 * It never runs user code and holds no result longer than it must: a worker that is ahead waits
 * when its ring is full. */
#ifndef AXB_MATCHER_ENGINE_COORDINATOR_H
#define AXB_MATCHER_ENGINE_COORDINATOR_H

#include "core/err.h"
#include "core/shm.h"
#include "core/topology.h"
#include "data/out.h"
#include "data/table.h"
#include "matcher/engine/audit_tap.h"
#include "matcher/engine/journal.h"
#include "matcher/engine/rejects.h"
#include "matcher/engine/wire.h"
#include "matcher/index/index.h"
#include "matcher/join/join.h"
#include "matcher/scorer/scorer.h"

#include <stdbool.h>
#include <stdint.h>

/* What a worker takes: memory of its own, its ring, and its part of the pair arena. */
#define BOSS_WORKER_BYTES ((size_t)8 << 20)

/* A join over one metric: all pairs of values with a score of at least `min`. */
struct boss_join {
    const struct join *join;
    struct metric_use use;
    double min;
    uint32_t field_a, field_b; /* of the index */
    uint32_t term;             /* of the expression */
    uint32_t prefilter;        /* with refine: as in wire_option */
};

/* How a run goes. One join alone: its pairs are the result. With `refine` its pairs, and those of
 * all other joins, are candidates, or, with no join, all pairs of rows. No join and no refine: a
 * loop that scores every pair. */
struct boss_job {
    struct wire_task task; /* what to do; the boss fills in stages, tiles and rows */
    bool refine;
    bool nothing;   /* no pair can match */
    uint32_t claim; /* node: the pairs that a scorer's claim excludes, or EXPR_NONE */
    uint32_t n_joins;
    struct boss_join join[WIRE_MAX_OPTIONS];
    uint32_t prefilter; /* refine of all pairs of rows: as in wire_option */
    const struct shm *tables[2];
    const struct shm *index;
    struct table table[2]; /* views of them */
    struct index view;
    struct shm prepared;         /* by the scorer: made by boss_run; fd -1 otherwise */
    const struct scorer *scorer; /* NULL: the metric of the task */
    const struct topo *topo;
    enum topo_bind bind;
    unsigned n_workers;
    struct out *out;  /* NULL: nothing is written, as in count mode */
    uint64_t head_at; /* the head of the output follows so many bytes; UINT64_MAX: none */
    struct audit_tap *audit_tap; /* or NULL; takes nothing in count mode */
    bool only_tapped;            /* with no join: the tapped rows of A, and no other */
    uint64_t row_from, row_to;   /* the rows of A to do */
    uint64_t pairs_before;       /* that an earlier run has found in rows before these */
    struct journal *journal;     /* or NULL; learns which rows are done */
    struct rejects *rejects;     /* takes pairs on which the scorer fails; NULL: one ends the run */
    double pair_timeout_seconds; /* a pair that takes longer has failed; 0: it may take for ever */
    const char *explain_command; /* shows a pair when " --pair I,J" follows; NULL: none is named */
    uint64_t max_results;        /* 0: no limit */
};

/* What a run did. */
struct boss_result {
    uint64_t pairs;         /* pairs of rows that match, those before among them */
    struct join_stats join; /* of pairs of distinct values */
    uint64_t row_ranges;    /* 1: all at once */
    uint64_t replaced;      /* workers that died and were replaced */
    double build_seconds;   /* of the join's index */
    double join_seconds;
    double order_seconds;    /* of pairs, by rows of A */
    double write_seconds;    /* expanding, formatting, writing; or scoring all pairs */
    uint64_t index_bytes;    /* of the join's index */
    struct wire_tally tally; /* refine */
};

/* The job of a join over the whole of both sides. */
struct join_job boss_join_job(const struct boss_job *job, const struct boss_join *join);

/* The score that the job's scorer gives one pair of rows, in a worker. */
bool boss_score(struct boss_job *job, uint64_t row_a, uint64_t row_b, double *score, struct err *e);

/* Runs it. Stops on SIGINT and SIGTERM with ERR_STOPPED: at once, or, with a journal, when the rows
 * at hand are done; a second signal does not wait for them. Whatever happens, no worker is left. */
bool boss_run(struct boss_job *job, struct boss_result *result, struct err *e);

#endif
