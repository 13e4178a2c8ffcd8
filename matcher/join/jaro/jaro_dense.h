/* Every pair of a rectangle: patterns in the lanes of vectors, texts streaming past them.
 *
 * The scan of the Jaro family consists of such rectangles. The index join has them where most pairs
 * match, since there a search for candidates would not pay. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_DENSE_H
#define AXB_MATCHER_JOIN_JARO_JARO_DENSE_H

#include "matcher/join/jaro/jaro_rule.h"
#include "matcher/join/jaro/jaro_texts.h"
#include "matcher/kernel/kernel_jaro.h"

#define JARO_DENSE_CODES 65536u /* alphabets that the kernels can do */

/* Values [begin, end) of a list of positions, which are sorted by length. */
struct jaro_range {
    const struct jaro_texts *texts;
    const uint32_t *position; /* NULL: all positions */
    uint32_t begin, end;
};

struct jaro_rectangle {
    const struct join_job *job;
    const struct jaro_rule *rule;
    struct jaro_range pattern; /* fast up to 64 characters; longer ones one pair after the other */
    struct jaro_range text;
    bool pattern_is_a;
    bool triangle;       /* both ranges are of the same list: only the pattern's position <= the
                            text's */
    unsigned prefix_min; /* report pairs with a common prefix (counted up to 4) of prefix_min */
    unsigned prefix_max; /* … prefix_max characters only */
    struct join_sink *sink;
    struct join_stats *stats; /* verified and matches are added to */
};

struct jaro_dense; /* a worker's scratch */

bool jaro_dense_open(struct jaro_dense **d, const struct join_job *job, struct err *e);
void jaro_dense_close(struct jaro_dense *d);

void jaro_dense_run(struct jaro_dense *d, const struct jaro_rectangle *r);

#endif
