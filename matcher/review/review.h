/* A review: a person looks at one pair after the other and says whether its records are the same.
 *
 * Each answer is in the file before the next pair is shown. On a terminal that can be taken over
 * pairs fill the screen; elsewhere the same keys come in lines, and all is written one below the
 * other. Not here: which pairs (questions.h), how they look (pair_view.h), keys (keys.h), and the
 * file of answers (truth_file.h). */
#ifndef AXB_MATCHER_REVIEW_REVIEW_H
#define AXB_MATCHER_REVIEW_REVIEW_H

#include "core/err.h"
#include "matcher/review/questions.h"
#include "matcher/review/truth_file.h"

#include <stdbool.h>
#include <stdint.h>

struct review {
    const struct questions *questions;
    struct truth_file *truth;
    bool colour; /* what differs is coloured */
};

/* How it ended. */
struct review_result {
    uint64_t n_match, n_differ, n_skipped; /* answers that count, without those of earlier */
    uint64_t n_left;                       /* questions without an answer */
    int signal;                            /* that ended it; 0: none */
};

/* Asks until the last question has its answer, or until the person or a signal says that it is
 * enough. *result counts even after a failure, and all of it is in the file. ERR_IO, ERR_OS;
 * ERR_DATA: a line of stdin is no answer. */
bool review_run(const struct review *review, struct review_result *result, struct err *e);

#endif
