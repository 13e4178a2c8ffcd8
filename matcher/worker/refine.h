/* Refining: which of many candidate pairs of rows match an expression.
 *
 * Where there are many candidates, most are dropped at a glance (glance.h). The others stand in
 * lanes. One term after the other is computed for all lanes at once, and after each those are
 * dropped whose score can no longer reach the threshold (expr_interval.h). What is left matches; a
 * scorer of the user's is called for it last. A prefilter (prefilter.h) drops most candidates of a
 * long run at a glance before they get a lane. In a worker; where candidates come from and where
 * matches go is its caller's: worker_refine.c and worker_nested.c. */
#ifndef AXB_MATCHER_WORKER_REFINE_H
#define AXB_MATCHER_WORKER_REFINE_H

#include "matcher/engine/pairs.h"
#include "matcher/expr/expr_interval.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/join/prefilter.h"
#include "matcher/worker/glance.h"
#include "matcher/worker/worker_batch.h"

#define REFINE_GLANCE_TRIAL 8192u  /* candidates after which a glance has dropped enough, or not */
#define REFINE_GLANCE_REST 262144u /* candidates until it is tried again */

/* One way to candidates, with views of what it reads. */
struct refine_option {
    const struct wire_option *at;
    const struct side *a, *b; /* of its term or terms; NULL if the candidates are all rows */
    struct pairs pairs;
    struct prefilter prefilter; /* if it has one */
    struct metric_use prefilter_use;
};

struct refine_need;
struct refine_limits;

struct refine {
    struct worker *w;
    const struct wire_task *task;
    const struct index *index;
    void (*keep)(struct refine *r, uint32_t row_a, uint32_t row_b, double score); /* a match */
    void *context;                                                                /* of keep */
    struct refine_option option[WIRE_MAX_OPTIONS];
    struct wire_tally *tally;
    uint32_t known[2]; /* terms whose values come with the candidates; EXPR_NONE: none */
    /* What pairs of one row of A must reach besides, since better ones are known; of any other
     * row (EXPR_NONE: of all) it is the goal of the task. */
    uint32_t bar_row;
    struct expr_goal bar;
    /* the rest belongs to refine.c */
    struct expr_eval eval, probe; /* the lanes; one more lane for needs */
    struct terms terms;
    struct glance *glance;             /* candidates go through it first; NULL: there is none */
    bool looks;                        /* the glance is in use: it drops enough */
    uint32_t looked, dropped;          /* candidates of this trial of it, or without it */
    uint16_t (*state)[EXPR_LANES];     /* what it has seen of the lanes (glance_ranges) */
    uint64_t together[EXPR_MAX_TERMS]; /* by term: a set of those that are computed with it */
    uint32_t n;                        /* lanes in use */
    uint32_t row_a[EXPR_LANES], row_b[EXPR_LANES];
    double value[2][EXPR_LANES]; /* of the known terms */
    struct block a, b;           /* the lanes, for a module */
    struct signature signature;  /* of a row of A for an option */
    uint64_t signature_of;       /* row << 8 | option + 1; 0: none yet */
    uint32_t *passed;
    uint64_t *seen; /* pairs that came before, by their hash: row_a << 32 | row_b; with several
                       options, else NULL */
    struct refine_need *needs;
    struct refine_limits *limits;
};

/* Takes candidates for the refine, nested or claim task of *w, which must outlive *r. *r is
 * all zero before, but for keep and context. ERR_OS without memory; refine_close is due even
 * then. */
bool refine_open(struct refine *r, struct worker *w, struct err *e);
void refine_close(struct refine *r);

/* Adds a candidate with the values of the known terms. In dedupe, pairs with row_b <= row_a are
 * skipped. */
void refine_add(struct refine *r, uint32_t row_a, uint32_t row_b, double first, double second);

/* Decides on all candidates that were added, and hands those that match to keep. Call it before
 * r->known changes. */
void refine_flush(struct refine *r);

/* What the option's prefilter must reach if the option's term has the value `given`. */
double refine_need(struct refine *r, const struct refine_option *o, double given);

/* Adds the candidates of row_a and the rows of B at positions [from, to) of the option's list. The
 * option's term is known, and has the value `given` for all of them; so is the one that it is sure
 * of. */
void refine_group(struct refine *r, const struct refine_option *o, uint32_t row_a, uint64_t from,
                  uint64_t to, double given);

#endif
