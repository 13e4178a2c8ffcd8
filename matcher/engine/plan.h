/* How the pairs of a query are found.
 *
 *   nothing   no pair can match
 *   join      the pairs of one join are the result: the score is one metric
 *   refine    the pairs of the joins are candidates, and the expression or the scorer decides on
 *             them; without a join all pairs are candidates
 *   loop      every pair is scored, by the one metric or by the scorer
 *
 * A plan is a plain value. It changes the time of a run, never its result. Not here: how a plan is
 * chosen (planner/plan_make.h), how it is carried out (coordinator.h). */
#ifndef AXB_MATCHER_ENGINE_PLAN_H
#define AXB_MATCHER_ENGINE_PLAN_H

#include "matcher/engine/query.h"
#include "matcher/expr/expr_cover.h"
#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

/* What a worker takes: memory of its own, its ring, and its part of the pair arena. */
#define PLAN_WORKER_BYTES ((size_t)8 << 20)

/* The most that a pair arena has, of address space; it takes memory as it is filled. */
#define PLAN_ARENA_BYTES (8ull << 30)

/* The kinds of plan. */
enum plan_kind { PLAN_NOTHING, PLAN_JOIN, PLAN_REFINE, PLAN_LOOP };

/* One term, and the join that finds all pairs of values whose term reaches `need`. */
struct plan_term {
    const struct join *join; /* NULL: one is chosen in each group (PLAN_WITHIN) */
    struct metric_use use;
    double need;
    uint32_t term;             /* EXPR_NONE: there is none */
    uint32_t field_a, field_b; /* of the index */
    bool counts;            /* its pairs are the answer, and only counted, without their scores */
    double seconds;         /* estimated, of one core, that the join takes; infinity: none */
    const struct shm *half; /* what the join has made of B in a prepared run (join.h); or NULL */
};

/* How the pairs of two terms are found (pair_join.h). */
enum plan_pairing {
    PLAN_ALONE,  /* one term is asked; `also` is none */
    PLAN_LISTED, /* by the pairs of values of both */
    PLAN_WITHIN, /* by joins over the second within each pair of values of the first */
};

/* One way to candidates: a join over one term, or joins over two that are asked at once. */
struct plan_join {
    struct plan_term by, also;
    enum plan_pairing pairing;
    uint32_t prefilter; /* refine: the term whose signatures drop candidates; EXPR_NONE */
    double seconds;     /* estimated, of one core, to find its pairs */
    /* In a prepared run, what does not depend on the rows of A that are compared; or NULL. */
    const struct shm *half;       /* of two terms: the compounds of B (pair_half_build) */
    const struct shm *signatures; /* PLAN_WITHIN: those of the second column (prefilter.h) */
};

struct plan {
    enum plan_kind kind;
    bool prune;       /* false: every pair is evaluated, as --no-prune asks */
    uint32_t term;    /* the only one, if the score is one metric; else EXPR_NONE */
    uint32_t n_joins; /* join: 1; refine: 0 if all pairs are candidates; loop: 0 */
    struct plan_join join[EXPR_MAX_OPTIONS];
    uint32_t prefilter;            /* refine without a join: as in plan_join */
    uint32_t step[EXPR_MAX_TERMS]; /* refine: all terms in the order in which they are computed */
    unsigned n_workers;            /* that the work is worth, 1 to most_workers */
    unsigned most_workers;         /* that are wanted and have memory */
    bool worth_compiling; /* the loop over this expression of numbers would be faster in C */
    double seconds;       /* estimated, of one core */
    double candidates;    /* estimated, refine: pairs of rows that the joins leave */
};

/* The join over the whole of B and over side `a`: the whole of A, or a range of its rows. */
struct join_job plan_term_job(const struct plan_term *term, const struct inputs *inputs,
                              const struct side *a, bool prune);

/* The side of A, or of B, that a term compares. */
const struct side *plan_term_side(const struct plan_term *term, const struct inputs *inputs,
                                  int side);

#endif
