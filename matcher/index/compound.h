/* Compounds: the combinations of two columns that the records of a table have.
 *
 * A join over one column finds pairs of places of a side (dictionary.h). Where two columns are
 * asked at once, such as last and first name, what is paired are combinations: Smith and Ann. All
 * records that have one are one compound, so a pair of compounds stands for as many pairs of
 * records as they have. The compounds of a table are a side of their own, with rows but without
 * values:
 *
 *     row   first  second          compound   first  second   rows
 *     0     Smith  Ann             0          Moss   Bob      2
 *     1     Smith  Bob             1          Smith  Ann      0 3
 *     2     Moss   Bob             2          Smith  Bob      1
 *     3     Smith  Ann
 *
 * They ascend by their place in the first column, then by that in the second. A row that lacks one
 * of the two is in none. Not here: which pairs of compounds match (pair_join.h). */
#ifndef AXB_MATCHER_INDEX_COMPOUND_H
#define AXB_MATCHER_INDEX_COMPOUND_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

/* A view of the compounds of one table. */
struct compound {
    struct side side;      /* places are compounds; it has no values */
    uint32_t n_first;      /* places of the first column */
    const uint64_t *begin; /* n_first + 1: place p has the compounds begin[p] to begin[p + 1] - 1 */
    const uint32_t *first; /* of each compound: its place in the first column … */
    const uint32_t *second;    /* … and in the second */
    const uint32_t *value;     /* of each compound: the value id of the second */
    const uint32_t *by_second; /* all compounds, ascending by their place in the second column */
};

/* Appends the compounds of two columns of one table to the segment `out`; *at says where. Both
 * sides have the same rows, or the same range of them (row_range.h). ERR_OS without memory. */
bool compound_build(const struct side *first, const struct side *second, struct shm *out,
                    uint64_t *at, struct err *e);
void compound_view(struct compound *compound, struct shm_view segment, uint64_t at);

#endif
