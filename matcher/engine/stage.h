/* A stage: one generation of workers on one control segment, as the coordinator sees it.
 *
 * It watches the workers, takes what they hand over, and replaces those that die. Not here: what a
 * stage is for (stage_kind.h), how its task is made (stage_task.h). */
#ifndef AXB_MATCHER_ENGINE_STAGE_H
#define AXB_MATCHER_ENGINE_STAGE_H

#include "core/process.h"
#include "core/shm.h"
#include "matcher/engine/job.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/engine/stage_task.h"
#include "matcher/engine/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* What is remembered of a worker, to know when the scorer is the culprit (stage_culprit.c). */
struct stage_liveness {
    struct stage_place {
        uint64_t row_a, b_from, b_to;
    } at, trouble;           /* where it was seen last; where it was last killed or stopped … */
    unsigned times;          /* … so many times in a row */
    double still_seconds;    /* for how long it has been at `at` */
    double patience_seconds; /* after so many seconds there, the run of pairs is tried one by one */
    bool stopped;            /* by a signal … */
    double stopped_seconds;  /* … for so many seconds */
};

struct stage {
    const struct job *job;
    const struct stage_kind *kind;   /* of the task at work */
    const struct prepared *prepared; /* by the scorer */
    const struct shm *join;          /* the index of the join, or the items of nested joins */
    const struct shm *arena;         /* for the pairs that are found … */
    uint64_t max_chunks;             /* … in so many chunks */
    const struct shm *row_range[WIRE_MAX_OPTIONS];
    const struct shm *pairs[WIRE_MAX_OPTIONS];
    const struct shm *signatures[WIRE_MAX_OPTIONS];
    struct shm shm; /* the control segment */
    struct wire_control *control;
    struct proc *procs;
    struct stage_liveness *liveness; /* of each worker */
    double looked;                   /* when they were last looked at, by log_seconds */
    uint32_t *used; /* join: the pairs that count in each chunk of workers that died or are done */
    uint64_t next_out;   /* rows: the tile whose bytes are due */
    uint64_t out_bytes;  /* rows: bytes of that tile that are written */
    struct ring *parked; /* rows: frames of dead workers that are not yet due */
    size_t n_parked;
    const uint64_t *tile_row; /* rows: where tiles begin; NULL: every rows_per_tile */
    double waited_seconds;    /* rows: waiting for the tile that is due, with nothing else to do */
    bool too_slow;            /* rows: waited too long; the stage is left once that tile is done */
    double stop_at;           /* if not 0, the stage is to end by then */
    uint64_t pairs_found;
    uint64_t replaced;
    uint64_t killed;       /* workers, by a sender that nobody knows */
    uint64_t pairs_before; /* found by earlier stages; for the progress line */
};

/* Before a stage runs. It has no segment but the one that the scorer has prepared. */
void stage_init(struct stage *s, const struct job *job, const struct prepared *prepared,
                uint64_t pairs_before);
/* Runs all tiles. On success every worker has ended and every tile is committed; if s->too_slow,
 * only those before s->next_out. */
bool stage_run(struct stage *s, const struct wire_task *task, struct err *e);
/* Was the pair arena too small? Then *share is the share of tiles that were done. */
bool stage_overflow(const struct stage *s, double *share);
/* Join: adds up what all workers did, and says which chunks count (s->used). */
void stage_add_up(const struct stage *s, uint64_t *rows, struct join_stats *stats);
/* Refine: adds what all workers looked at. */
void stage_tally(const struct stage *s, struct wire_tally *tally);
/* Kills the workers that still run, and frees everything. */
void stage_close(struct stage *s);

/* The signal that asked us to stop, or 0; coordinator_run installs the handlers. SIGPIPE is one of
 * them: the reader of our output has gone. If our parent has us ignore SIGPIPE, it is ignored. */
int stage_signal(void);
void stage_catch_signals(void);
/* The same before anything looks at the signal: a second signal ends the program at once. */
void stage_catch_early(void);

#endif
