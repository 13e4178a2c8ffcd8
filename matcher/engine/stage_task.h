/* The tasks of all kinds of stage, filled in from the values of a run.
 *
 * A task is made only here. It is const once its stage runs. */
#ifndef AXB_MATCHER_ENGINE_STAGE_TASK_H
#define AXB_MATCHER_ENGINE_STAGE_TASK_H

#include "matcher/engine/job.h"
#include "matcher/engine/stage_kind.h"

/* What a scorer has prepared of each record: where in its segment, and how many bytes a row. */
struct prepared {
    struct shm shm; /* fd -1: nothing is prepared */
    uint64_t at, row_bytes;
};

/* One way to candidates in a refine or nested stage. */
struct task_option {
    const struct plan_join *join; /* NULL: all rows of B */
    uint32_t prefilter;           /* as in plan_join */
    bool ranged;                  /* of a join over one term */
};

/* A join over one term. Its tiles are its n_items items. */
void stage_task_join(struct wire_task *task, const struct job *job, const struct plan_term *term,
                     bool ranged, uint64_t row_from, uint64_t row_to, uint32_t n_items);

/* A join over two terms. Its tiles are those of pair_join_cut; with `self` it finds each unordered
 * pair of compounds once; `filtered` says whether it has signatures. */
void stage_task_pair(struct wire_task *task, const struct job *job, const struct plan_join *join,
                     bool self, bool filtered, uint64_t row_from, uint64_t row_to,
                     uint64_t n_tiles);

/* Its tiles are those of pairs_cut. `term` NULL: the pairs are pairs of rows. */
void stage_task_emit(struct wire_task *task, const struct job *job, const struct plan_term *term,
                     bool ranged, uint64_t row_from, uint64_t row_to, uint64_t n_tiles);

/* Refine has tiles of rows_per_tile rows of A; nested has n_tiles tiles of items. */
void stage_task_refine(struct wire_task *task, const struct job *job,
                       const struct prepared *prepared, const struct task_option *options,
                       uint32_t n_options, uint64_t row_from, uint64_t row_to);
void stage_task_nested(struct wire_task *task, const struct job *job,
                       const struct prepared *prepared, const struct task_option *option,
                       uint64_t row_from, uint64_t row_to, uint64_t n_tiles);

/* Every pair of the rows of A. */
void stage_task_loop(struct wire_task *task, const struct job *job, const struct prepared *prepared,
                     uint64_t row_from, uint64_t row_to);

/* Cuts the rows from row_from on into tiles of rows_per_tile rows; with only_tapped a tile is one
 * row. The task's workers become no more than its tiles. */
void stage_task_cut(struct wire_task *task, const struct job *job, uint64_t row_from,
                    uint64_t rows_per_tile);

/* Every record of A and of B. */
void stage_task_prepare(struct wire_task *task, const struct job *job,
                        const struct prepared *prepared);

/* One tile: a sample of pairs that the claim excludes. */
void stage_task_claim(struct wire_task *task, const struct job *job,
                      const struct prepared *prepared);

/* A map: each tile is a run of items. */
void stage_task_map(struct wire_task *task, const struct job *job, uint64_t n_runs);

/* One worker and one tile: row row_a of A against the rows [b_from, b_to) of B. */
void stage_task_probe(struct wire_task *task, const struct job *job,
                      const struct prepared *prepared, uint64_t row_a, uint64_t b_from,
                      uint64_t b_to);

#endif
