/* What a sample of both sides says: how many pairs pass, and what counting and scoring take here.
 *
 * Some hundred texts are searched with the very code of the join, and some of the pairs that pass
 * are scored with the very metric, so seconds are those of this machine and of these texts. A
 * sample says what a join costs and how its work is cut. It never decides about a pair. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_SAMPLE_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_SAMPLE_H

#include "matcher/join/join.h"

#include <stdbool.h>

struct count_sample {
    double possible;      /* share of all pairs whose lengths permit a match */
    double passed;        /* share of all pairs that counting lets pass */
    double passed_cells;  /* of these, the product of both lengths, for each pair of all pairs */
    double plane_seconds; /* a plane added up for one block of SET_LANES texts */
    double cell_seconds;  /* scoring, for each pair of characters of both texts */
    double grouped;       /* the same as passed, if neighbours of B pass together (count_jaro.h) */
    double step_seconds;  /* scoring many at once, for each step (count_jaro.h); 0: pair by pair */
    double texts_a;       /* that are compared at once with a block */
    double characters_a, characters_b; /* of a text, on average */
};

/* Takes about a millisecond. False if memory is short. */
bool count_sample_make(struct count_sample *sample, const struct join_job *job);

/* Seconds for scoring what passes of a text of characters_a and n_b texts of characters_b, whose
 * lengths permit a match. */
double count_sample_score_seconds(const struct count_sample *sample, double characters_a,
                                  double characters_b, double n_b);

/* Seconds of one core for the whole join, and for making the index. */
double count_sample_seconds(const struct count_sample *sample, const struct join_job *job);

#endif
