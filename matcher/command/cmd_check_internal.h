/* What `axb check` finds out about a scorer, and who prints it.
 *
 * cmd_check.c fills in a struct check, cmd_check_sample.c its scores; cmd_check_text.c prints it
 * for people. */
#ifndef AXB_MATCHER_COMMAND_CMD_CHECK_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_CHECK_INTERNAL_H

#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECK_EXAMPLES 5u

/* A pair of the sample: a record of the output format "pairs" (data/emit.c). */
struct check_pair {
    uint32_t row_a, row_b; /* from 0 */
    double score;
};

/* The scores of some random rows of A against all of B: the same rows in every run. */
struct check_scores {
    uint64_t rows;                 /* of A; 0: no file has records, and nothing was scored */
    uint64_t pairs;                /* of these rows: of them … */
    uint64_t excluded;             /* … --where and AXB_WHERE do not hold for so many */
    uint64_t none;                 /* … the score has no value (NaN) for so many */
    uint64_t scored;               /* … and is a number for so many */
    uint64_t reached;              /* the score is at least --min; all scored pairs without one */
    double least, median, highest; /* of the scored pairs, if any */
    struct check_pair example[CHECK_EXAMPLES]; /* by falling score: the three highest, the median,
                                                  the least */
    uint32_t n_examples;
};

/* How fast it is. The start of processes and compiling do not count. */
struct check_speed {
    bool few;       /* all pairs were timed, and were too few to say */
    double pairs;   /* that were timed */
    double seconds; /* that they took on r->plan.n_workers workers */
    double all;     /* pairs of all rows */
};

struct check {
    struct run *r;
    struct check_scores scores;
    struct check_speed speed;
    /* What lets `axb match` skip pairs without a look at their score. */
    bool skips_where;    /* AXB_WHERE, or --where */
    bool skips_monotone; /* AXB_MONOTONE, once --min is known */
    bool skips_metrics;  /* the metrics of an expression, once --min is known */
};

/* The columns of both files, and the names that they have in C if `in_c`. */
bool check_print_names(const struct sources *s, bool in_c, struct err *e);
/* All else, as text, to stdout. */
void check_print(const struct check *c);

/* Fills in c->scores; `rows` of A are fast enough to be scored. */
bool check_sample(struct check *c, uint64_t rows, struct err *e);

#endif
