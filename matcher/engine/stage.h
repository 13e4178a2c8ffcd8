/* A stage: one generation of workers, as the coordinator sees it.
 *
 * It watches the workers, takes what they hand over, and replaces those that die. All that it
 * counts by is in the coordinator's own memory. Not here: what a stage is for (stage_kind.h), how
 * its task is made (stage_task.h). */
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
    double still_seconds;    /* for how long it has been at `at`, without waiting for a core … */
    double cpu_seconds;      /* … of which it has computed for so long */
    double cpu_from;         /* its processor time when it came there */
    double waited_from;      /* its time of waiting for a core at the last look */
    double patience_seconds; /* after so many seconds there, the run of pairs is tried one by one */
    bool stopped;            /* by a signal … */
    double stopped_seconds;  /* … for so many seconds */
    bool headless;           /* its main thread had ended, at the last look for that … */
    double looked;           /* … by log_seconds */
};

/* What is known of a worker's ring, as positions in it, and of the tiles in it. */
struct stage_ring {
    uint64_t tail;  /* before it everything is taken */
    uint64_t seen;  /* before it the headers of all frames are checked and noted */
    uint64_t whole; /* before it every tile is whole */
    uint64_t tile;  /* the one whose last frame has not come; or WIRE_NO_TILE */
    uint64_t given; /* the one that it was told to begin with, until that is whole; or none … */
    uint64_t given_skip; /* … but for so many of its bytes, which were written by then */
    uint64_t least;      /* the least tile that can come next */
};

struct stage {
    const struct job *job;
    const struct stage_kind *kind;   /* of the task at work */
    const struct prepared *prepared; /* by the scorer */
    const struct shm *join;          /* the index of the join, or the items of nested joins */
    const struct shm *half;          /* what the join has made of B before; NULL: nothing */
    const struct shm *arena;         /* for the pairs that are found … */
    uint64_t max_chunks;             /* … in so many chunks */
    const struct shm *row_range[WIRE_MAX_OPTIONS];
    const struct shm *pairs[WIRE_MAX_OPTIONS];
    const struct shm *signatures[WIRE_MAX_OPTIONS];
    const struct shm *compounds[WIRE_MAX_OPTIONS]; /* of B, made in a prepared run; or NULL */
    struct wire_task task;                         /* as it was given; workers have a copy of it */
    struct shm orders_segment;                     /* that only we can write … */
    struct wire_orders *orders;                    /* … and what stands in it */
    struct shm reports_segment; /* that workers write, and so their scorers … */
    struct wire_reports *reports;
    int life; /* our end of the pipe WIRE_FD_LIFE … */
    int life_of_workers;
    uint64_t ring_bytes;
    struct proc *procs;
    struct stage_liveness *liveness; /* of each worker */
    bool *begun;                     /* of each worker: it has been seen at work */
    struct stage_ring *rings;
    uint32_t *tiles; /* of each tile: STAGE_TILE_NONE, worker + 1 once it hands over, or done */
    uint64_t n_done; /* tiles that are whole */
    char *frame;     /* our own copy of the frame that is being taken */
    struct wire_work work;   /* of all tiles that were taken */
    bool overflow;           /* a tile's pairs did not fit into the arena */
    struct pair_count *used; /* of each chunk: what counts */
    uint64_t *check;         /* of these */
    double looked;           /* when the workers were last looked at, by log_seconds */
    uint64_t next_out;       /* rows: the tile whose bytes are due */
    uint64_t out_bytes;      /* rows: bytes of that tile that are written */
    uint64_t out_lines;      /* rows: lines of that tile that are written */
    uint64_t next_record;    /* rows: the least record that may follow (emit_bounds.next) */
    struct ring *parked;     /* rows: frames of dead workers that are not yet due */
    size_t n_parked;
    const uint64_t *tile_row; /* rows: where tiles begin; NULL: every rows_per_tile */
    double waited_seconds;    /* rows: waiting for the tile that is due, with nothing else to do */
    bool too_slow;            /* rows: waited too long; the stage is left once that tile is done */
    double stop_at;           /* if not 0, the stage is to end by then */
    uint64_t pairs_found;     /* with the rows without a pair that have a line (work.unmatched) */
    uint64_t replaced;
    uint64_t killed;           /* workers in a row, by a sender that nobody knows */
    uint64_t pairs_before;     /* found by earlier stages, likewise … */
    uint64_t unmatched_before; /* … and how many of them are rows without a pair */
};

/* Before a stage runs. It has no segment but the one that the scorer has prepared. */
void stage_init(struct stage *s, const struct job *job, const struct prepared *prepared,
                uint64_t pairs_before);
/* Runs all tiles. On success every worker has ended and every tile is done, once; but after an
 * overflow (s->overflow) some, and if s->too_slow only those before s->next_out. ERR_SCORER if what
 * the workers left shows that the scorer wrote where it must not. */
bool stage_run(struct stage *s, const struct wire_task *task, struct err *e);
/* The share of tiles that are done. */
double stage_share(const struct stage *s);
/* Says that worker i, or another, wrote into the reports what no worker writes: ERR_SCORER, or a
 * bug of ours where no module runs. Returns false. */
bool stage_overwritten(const struct stage *s, unsigned i, struct err *e);
/* Adds up what joins did, and what workers looked at. */
void stage_add_stats(struct join_stats *sum, const struct join_stats *more);
void stage_add_tally(struct wire_tally *sum, const struct wire_tally *more);
/* Kills the workers that still run, and frees everything. */
void stage_close(struct stage *s);

/* The signal that asked us to stop, or 0; coordinator_run installs the handlers. SIGPIPE is one of
 * them: the reader of our output has gone. If our parent has us ignore SIGINT or SIGPIPE, it is
 * ignored. After SIGINT without a journal the process ends in half a second at the latest. */
int stage_signal(void);

/* The error of a run that a signal has stopped: says what is left of it. False, ERR_STOPPED. */
bool stage_stopped(const struct job *job, struct err *e);

void stage_catch_signals(void);
/* The same before anything looks at the signal: a second signal ends the program at once. */
void stage_catch_early(void);

#endif
