/* A threshold for the score of a run: counts what is needed, and has it judged.
 *
 * Without --min or --max it finds a floor itself: from high scores down, each an exact count of all
 * pairs, until pairs are many times as many as records. No clock is looked at, so the same files
 * give the same suggestion. Not here: the judgement (suggest/threshold.h), and how it is told
 * (command/cmd_suggest.c). */
#ifndef AXB_MATCHER_RUN_RUN_SUGGEST_H
#define AXB_MATCHER_RUN_RUN_SUGGEST_H

#include "matcher/run/run.h"
#include "matcher/suggest/threshold.h"

struct suggestion {
    double floor;       /* the score from which on pairs were counted, or up to which */
    bool floor_is_last; /* no lower one is possible */
    double records;     /* that can have a match */
    struct histogram all, within[THRESHOLD_NULLS]; /* all at one level */
    bool known[THRESHOLD_NULLS];  /* the records of this file were compared among themselves */
    struct threshold_input input; /* of the histograms, sorted; its bins are owned */
    struct threshold threshold;
    struct threshold second; /* of a model: what its scores look like to those who do not believe
                                it; n is 0 for others */
};

/* For a run that was prepared with `unplanned`. ERR_USAGE where a floor is needed and none is
 * given; else as run_histogram. suggestion_close is due in any case. */
bool run_suggest(struct run *r, struct suggestion *s, struct err *e);
void suggestion_close(struct suggestion *s);

/* The threshold of a cut as a score with the fewest digits that lets the same pairs pass. */
double suggestion_score(const struct suggestion *s, uint32_t cut);

#endif
