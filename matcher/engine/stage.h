/* A stage: one generation of workers on one control segment, as the coordinator sees it.
 *
 * It watches over the workers, takes what they hand over, and replaces those that die. Not here:
 * what a stage is for (stage_kind.h), how its task is made (stage_task.h). */
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

/* What is remembered of a worker, to know when the scorer is at fault (stage_culprit.c). */
struct stage_liveness {
    struct stage_place {
        uint64_t row_a, b_from, b_to;
    } at, trouble;           /* where it was seen last; where it was killed or stopped last … */
    unsigned times;          /* … so often in a row */
    double still_seconds;    /* since it came to `at` */
    double patience_seconds; /* before the run of pairs there is tried one by one */
    bool stopped;            /* by a signal … */
    double stopped_seconds;  /* … so long ago */
};

struct stage {
    const struct job *job;
    const struct stage_kind *kind;   /* of the task that runs */
    const struct prepared *prepared; /* by the scorer */
    const struct shm *join;          /* what the join has built, or the items of nested joins */
    const struct shm *arena;         /* for the pairs that it finds … */
    uint64_t max_chunks;             /* … in so many chunks */
    const struct shm *row_range[WIRE_MAX_OPTIONS];
    const struct shm *pairs[WIRE_MAX_OPTIONS];
    const struct shm *signatures[WIRE_MAX_OPTIONS];
    struct shm shm; /* the control segment */
    struct wire_control *control;
    struct proc *procs;
    struct stage_liveness *liveness; /* of each worker */
    double looked;                   /* by log_seconds: when they were last looked at */
    uint32_t *used;      /* join: pairs that count in each chunk of dead workers, or done ones */
    uint64_t next_out;   /* rows: the tile whose bytes are due */
    uint64_t out_bytes;  /* rows: of that tile, written so far */
    struct ring *parked; /* rows: what dead workers had done that is not yet due */
    size_t n_parked;
    const uint64_t *tile_row; /* rows: where tiles begin; NULL: every rows_per_tile */
    double waited_seconds;    /* rows: for the tile that is due, with nothing else to do */
    bool too_slow;            /* rows: for too long; the stage is left when that tile is done */
    double stop_at;           /* not 0: it is to end by then */
    uint64_t pairs_found;
    uint64_t replaced;
    uint64_t killed;       /* workers, by nobody knows whom */
    uint64_t pairs_before; /* for the progress line: found by earlier stages */
};

/* A stage before it runs: no segments but what the scorer has prepared. */
void stage_init(struct stage *s, const struct job *job, const struct prepared *prepared,
                uint64_t pairs_before);
/* Runs all tiles. On success every tile is committed and every worker has ended, unless the tiles
 * are s->too_slow: then those before s->next_out are. */
bool stage_run(struct stage *s, const struct wire_task *task, struct err *e);
/* True if the pair arena was too small; the share of tiles that were done by then in *share. */
bool stage_overflow(const struct stage *s, double *share);
/* Join: what all workers did, and the chunks that count (s->used). */
void stage_add_up(const struct stage *s, uint64_t *rows, struct join_stats *stats);
/* Refine: adds what all workers looked at. */
void stage_tally(const struct stage *s, struct wire_tally *tally);
/* Kills what still runs and frees everything. */
void stage_close(struct stage *s);

/* Installed by coordinator_run: the signal that asked us to stop, or 0. SIGPIPE is one of them,
 * unless our parent has us ignore it: the reader of a pipe that we write into has gone. */
int stage_signal(void);
void stage_catch_signals(void);
/* The same before anything looks at it: a second signal ends us at once. */
void stage_catch_early(void);

#endif
