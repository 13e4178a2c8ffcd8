/* Blocks of an order: counting tokens in common, 512 values of B at a time, and verifying what
 * passes. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_BLOCKS_H
#define AXB_MATCHER_JOIN_JARO_JARO_BLOCKS_H

#include "matcher/join/jaro/jaro_order.h"
#include "matcher/join/jaro/jaro_verify.h"
#include "matcher/kernel/kernel_jaro_count.h"

/* What is the same for all blocks of an item. */
struct jaro_blocks_task {
    const struct jaro_verify_task *verify;
    const struct jaro_rows *a, *b;
    const struct jaro_plan *plan;
    const struct jaro_order *order;
    const struct jaro_code *code;
    const uint16_t *windows_b; /* as in jaro_windows; NULL if no order has any */
};

struct jaro_blocks; /* a worker's scratch */

/* `windows`: an order of the plan has any. */
bool jaro_blocks_open(struct jaro_blocks **s, const struct dictionary *dictionary, bool windows,
                      struct err *e);
void jaro_blocks_close(struct jaro_blocks *s);

/* Values [begin, end) of B in the order, with all values of A that agree. */
void jaro_blocks_run(struct jaro_blocks *s, struct jaro_verify *verify,
                     const struct jaro_blocks_task *task, uint32_t begin, uint32_t end);

#endif
