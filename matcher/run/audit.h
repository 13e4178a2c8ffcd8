/* --audit: has the run found all matches of some rows of A, and nothing else?
 *
 * N rows of A are picked at random. The bytes that the run writes for them are kept (audit_tap.h).
 * Then these rows, each against all rows of B, go through the plain loop, which scores every pair
 * by the metric or scorer itself: no filter, no kernel, no join. Its lines must be the same bytes.
 * So an audit proves for these rows that no match is lost, none is invented, and that scores, order
 * and lines are those of the double loop. With --count nothing is written: then the join runs once
 * more, must find as many pairs as were counted, and its pairs are audited. Not here: rows that
 * were not picked; a scorer that is wrong; a run that is the plain loop is compared with itself. */
#ifndef AXB_MATCHER_RUN_AUDIT_H
#define AXB_MATCHER_RUN_AUDIT_H

#include "core/err.h"
#include "matcher/engine/audit_tap.h"

#include <jansson.h>
#include <stdint.h>

struct audit {
    uint64_t seed;
    struct audit_tap found; /* what the run wrote for the audited rows */
    uint64_t *row;
    uint64_t n;
    double pairs;     /* of rows, scored by brute force */
    uint64_t matches; /* among them, as the run found them */
    double seconds;   /* of brute force, and of the second join with --count */
};

/* Picks `n` of the rows [from, to), or all if there are fewer; seed 0: by the clock. ERR_OS without
 * memory. */
bool audit_pick(struct audit *a, uint64_t n, uint64_t seed, uint64_t from, uint64_t to,
                struct err *e);
/* The closing line, and the object for --stats. */
void audit_note(const struct audit *a);
json_t *audit_json(const struct audit *a);
void audit_close(struct audit *a);

#endif
