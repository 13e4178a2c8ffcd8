/* A worker: does tiles of a stage until none is left.
 *
 * In the program each worker is a process of its own, bound to a core, with everything handed over
 * by descriptor; worker_loop touches only its argument, so tests run it as threads. */
#ifndef AXB_MATCHER_WORKER_WORKER_H
#define AXB_MATCHER_WORKER_WORKER_H

#include "core/axb.h"
#include "core/float_mode.h"

#include "data/table.h"
#include "matcher/engine/map_items.h"
#include "matcher/engine/pair_join.h"
#include "matcher/engine/wire.h"
#include "matcher/index/index.h"

#include <sys/types.h>

/* What a worker has mapped, all of it for the whole of its life. It sees no plan and no options:
 * what it is to do is *task. A comment names the kinds of stage that use a member. */
struct worker {
    struct wire wire;
    const struct wire_task *task; /* of the wire's orders */
    struct wire_done *done;       /* of the present tile; has space for max_chunks chunks */
    struct table tables[2];
    struct index index;
    const struct side *a; /* join, emit: of the whole of A, or of a range of its rows */
    struct side row_range;
    struct shm_view join_index;     /* join, nested */
    struct pair_join compounds;     /* pair */
    struct shm_view half;           /* join: of B, made before; base NULL: none */
    struct shm_view pairs;          /* join, nested, pair: the arena; emit: the ordered pairs */
    struct shm_view list[2];        /* pair: the ordered pairs of each term; listed: of both */
    struct shm_view signatures;     /* pair: if it is filtered */
    struct shm_view profiles;       /* refine: if the task is profiled */
    struct shm_view texts;          /* emit: of the rows of B, if the task has them */
    struct worker_option {          /* refine: for each option of the task */
        struct side row_range;      /* its places of A, if ranged */
        struct pair_join compounds; /* its sides, if compound */
        struct shm_view pairs;      /* ordered; none: all rows */
        struct shm_view signatures; /* of its prefilter, or none */
    } option[WIRE_MAX_OPTIONS];
    int pairs_fd;                 /* join */
    char *prepared;               /* of row 0 of A, or NULL */
    const axb_module *module;     /* loop, probe; NULL: the metric of the task scores */
    struct float_mode float_mode; /* in which all is computed, whatever the user's code sets */
    /* With Python: scores n pairs, entry i of both blocks, which are the rows row_a[i] and
     * row_b[i]; NaN for those that are rejected or fail. NULL: the module's `score` does so one by
     * one. */
    void (*score_run)(struct worker *w, const void *const *a, const uint32_t *row_a,
                      const void *const *b, const uint32_t *row_b, uint32_t n, double *scores);
    /* Map: calls the function on the items of a run, whose first is `item`; ends the process if it
     * fails. Returns *n_results bytes, which are good until the next call. */
    const char *(*map)(struct worker *w, uint64_t item, const char *run, uint64_t n,
                       uint64_t *n_results);
    struct map_items items;         /* map */
    bool skip[2][INDEX_MAX_FIELDS]; /* of the fields of each side: score_run does not look at it */
    uint64_t *rejects;              /* pairs not to score (reject_key), ascending */
    uint64_t n_rejects;
    struct wire_failed *failed; /* of the present tile; done->n_failed of them */
    struct histogram histogram; /* of the scores of the present tile; open if the task has bins */
};

/* Makes what WIRE_FD_MODULE holds into w->module, or sets *e. */
typedef bool worker_load_fn(struct worker *w, struct err *e);

/* Works until no tile is left or it is told to stop. False with *e set if it cannot start. */
bool worker_loop(struct worker *w, struct err *e);

/* Begins the process of a worker, whose parent has this pid. */
void worker_begin(pid_t parent);
/* The whole life of worker `number`, whose scorer `load` loads. Returns the exit status. */
int worker_run(unsigned number, worker_load_fn *load);

/* The program's children, `axb worker …`. Returns the exit status. */
int worker_main(int argc, char **argv);

/* The user's function has failed on a pair, which is left out. Counts it, and lists it once. */
void worker_note_failed(struct worker *w, uint64_t row_a, uint64_t row_b, const char *reason);

/* The user's code has returned. Ends the process if it has left another rounding mode, or the like:
 * then the scores of the pairs after it, and what axb itself computes, would differ, and with the
 * number of workers the output. */
void worker_left_code(const struct worker *w);

/* The metric that a task names, of the fields of these sides. */
struct metric_use worker_metric_use(const struct wire_metric *metric,
                                    const struct wire_sides *sides, const struct index *index);
/* The join of a join stage's task, over the views of this process. */
struct join_job worker_join_job(const struct wire_task *task, const struct index *index,
                                const struct side *a, struct shm_view half);
/* The row of B with the first pair of this row of A that is not to be scored, from row `from` of B
 * on; UINT64_MAX if there is none. */
uint64_t worker_next_reject(const struct worker *w, uint64_t row_a, uint64_t from);

#endif
