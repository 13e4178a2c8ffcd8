/* What to doubt of a model, and what would make it better, in sentences for people.
 *
 * Not here: what is believed (fit/fit_belief.h), and how it is shown (learn_report.h,
 * learn_json.h). */
#ifndef AXB_MATCHER_LEARN_LEARN_REMARKS_H
#define AXB_MATCHER_LEARN_LEARN_REMARKS_H

#include "matcher/learn/learn.h"

#include <stdbool.h>
#include <stdint.h>

#define LEARN_REMARKS_MAX 8u
#define LEARN_REMARK_BYTES 300u

struct learn_remark {
    bool doubt;                    /* else it is advice */
    char text[LEARN_REMARK_BYTES]; /* whole sentences, without line ends */
};

struct learn_remarks {
    uint32_t n;
    struct learn_remark of[LEARN_REMARKS_MAX];
};

/* The doubts first. */
void learn_remarks(const struct learned *l, struct learn_remarks *r);

#endif
