/* Blocks: up to 4096 sets of B in bit planes, and the search among them for partners of a set of A.
 *
 * The sets of a group share an element, the pivot. A pair is reported in the group of its first
 * common element alone:
 *
 *     x = {2 5 7 9}   y = {3 5 7 8}     reported in the group of 5, not in that of 7
 *
 * So only elements after the pivot are counted, and a candidate that shares an earlier one is
 * dropped when it is matched. Without a pivot the group is all sets. The count of the planes is an
 * upper bound. The exact number of common elements decides. */
#ifndef AXB_MATCHER_JOIN_SET_SET_BLOCKS_H
#define AXB_MATCHER_JOIN_SET_SET_BLOCKS_H

#include "matcher/join/join.h"
#include "matcher/join/set/set_rule.h"
#include "matcher/join/set/sets.h"
#include "matcher/kernel/kernel_set.h"

#include <stdbool.h>
#include <stdint.h>

#define SET_BLOCKS_SETS 4096u /* that fit at once */

/* Sets of one side: set[0 .. n), or, where set is NULL, those from `first` on. By size. */
struct set_list {
    const uint32_t *set;
    uint32_t first, n;
};

static inline uint32_t set_list_at(const struct set_list *l, uint32_t i)
{
    return l->set ? l->set[i] : l->first + i;
}

/* One join in one worker: what all its groups share. */
struct set_task {
    const struct join_job *job;
    const struct set_kernels *kernels;
    struct set_rule rule;
    struct sets a, b;
    struct set_blocks *blocks;
    struct join_sink *sink;
    struct join_stats *stats;
};

/* Allocates task->blocks; the rest of the task is filled before. */
bool set_blocks_open(struct set_task *task, struct err *e);
void set_blocks_close(struct set_task *task);

/* Joins the sets x_begin .. x_end of list x of side A with y_begin .. y_end of list y of side B.
 * In a job of one side both lists are the same, and only pairs with x <= y in the list are looked
 * at. pivot: SET_NONE for no pivot. */
struct set_range {
    uint32_t x_begin, x_end, y_begin, y_end;
};
void set_blocks_join(struct set_task *task, uint32_t pivot, const struct set_list *x,
                     const struct set_list *y, struct set_range range);

/* Reports every set of A from a_begin to a_end with every set of B below n_b: the empty ones. */
void set_blocks_report_all(struct set_task *task, uint32_t n_a, uint32_t n_b);

#endif
