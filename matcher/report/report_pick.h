/* The few pairs that a page shows of many: those nearest to what is looked for, such as a
 * threshold, one of each record of A and one of each pair of values.
 *
 * Not here: where the many come from (report_sample.h, report_near.h), and showing a pair
 * (report_pair.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_PICK_H
#define AXB_MATCHER_REPORT_REPORT_PICK_H

#include "matcher/choose/found.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_PICK_MOST 10u /* pairs */

/* The nearest first; of equally near ones the first that was offered. Begins as {.most = …}. */
struct report_picked {
    uint32_t most; /* at most REPORT_PICK_MOST */
    uint32_t n;
    struct found_pair pair[REPORT_PICK_MOST];
    double distance[REPORT_PICK_MOST];
    uint64_t values[REPORT_PICK_MOST]; /* a hash of what people see of the pair */
};

/* Takes a pair among those that are picked, if its distance from what is looked for is small
 * enough. Of pairs with the same record of A, or with the same values on both sides, the nearest
 * stays alone. */
void report_pick(struct report_picked *p, const struct run *r, const struct found_pair *pair,
                 double distance);

/* Does each metric compare two texts that are the same, once they are cleaned? Of a scorer's pair:
 * are the values that it reads the same in both files? */
bool report_is_same(const struct run *r, const struct found_pair *pair);

#endif
