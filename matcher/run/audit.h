/* --audit: is what the run found for some rows of A all there is, and nothing else?
 *
 * N rows of A are picked at random. The very bytes that the run writes for them are taken down
 * (audit_tap.h). Then these rows, each against all rows of B, go through the plain loop that scores
 * every pair by the metric or scorer itself: no filter, no kernel, no join. It writes lines in the
 * same format, and they must be the same bytes. So an audit proves, for these rows, that no match
 * is lost, none is invented, and scores, order and lines are those of the double loop. With --count
 * nothing is written: then the join runs once more for its pairs, which must be as many as were
 * counted, and these are audited. Not here: rows that were not picked; a scorer that is wrong; a
 * run that is itself the plain loop is compared with itself. */
#ifndef AXB_MATCHER_RUN_AUDIT_H
#define AXB_MATCHER_RUN_AUDIT_H

#include "core/err.h"
#include "matcher/engine/audit_tap.h"

#include <jansson.h>
#include <stdint.h>

struct audit {
    uint64_t seed;
    struct audit_tap found; /* of the run; its rows are those that are audited */
    uint64_t *row;
    uint64_t n;
    double pairs;     /* of rows, scored by brute force */
    uint64_t matches; /* among them; the run found the same */
    double seconds;   /* of brute force, and of the second join with --count */
};

/* Picks `n` of rows [from, to), or all; seed 0: by the clock. ERR_OS without memory. */
bool audit_pick(struct audit *a, uint64_t n, uint64_t seed, uint64_t from, uint64_t to,
                struct err *e);
/* The closing line, and the object for --stats. */
void audit_note(const struct audit *a);
json_t *audit_json(const struct audit *a);
void audit_close(struct audit *a);

#endif
