/* What `axb check` finds out about a scorer, and who prints it.
 *
 * cmd_check.c fills in a struct check, cmd_check_sample.c its scores; cmd_check_text.c prints it
 * for people, cmd_check_json.c for programs. */
#ifndef AXB_MATCHER_COMMAND_CMD_CHECK_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_CHECK_INTERNAL_H

#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECK_EXAMPLES 5u
#define CHECK_BINS 50u
#define CHECK_SPREAD 8u

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
    uint64_t bin[CHECK_BINS];               /* pairs by score, from the least to the highest */
    struct check_pair spread[CHECK_SPREAD]; /* by falling score, from all over the sample … */
    double above[CHECK_SPREAD];             /* … and the share of the pairs before each */
    uint32_t n_spread;
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
/* All else, as text, to stdout. ERR_OS. */
bool check_print(const struct check *c, struct err *e);

/* Parts of that, for a page as well. What of an expression or a file the score is; which pairs
 * match need not score; how fast it is, and how long all pairs take. Each returns text. */
#define CHECK_TEXT_BYTES 600u
const char *check_scorer_text(const struct run *r, char text[CHECK_TEXT_BYTES]);
const char *check_reads_text(const struct run *r, char text[CHECK_TEXT_BYTES]);
const char *check_skips_text(const struct check *c, char text[CHECK_TEXT_BYTES]);
const char *check_speed_text(const struct check *c, char text[CHECK_TEXT_BYTES]);
const char *check_all_text(const struct check *c, char text[CHECK_TEXT_BYTES]);

/* The page of --report (cmd_check_page.c). ERR_OS. */
struct page;
bool check_page(const struct check *c, struct page *p, struct err *e);

/* The same, and no names, as JSON. */
bool check_print_json(const struct check *c, struct err *e);

/* Fills in c->scores; `rows` of A are fast enough to be scored. */
bool check_sample(struct check *c, uint64_t rows, struct err *e);

#endif
