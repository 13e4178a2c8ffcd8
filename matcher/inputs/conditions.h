/* Conditions on one side: what --where says of A alone, or of B alone.
 *
 * They are decided once a record, from the distinct values of the columns, before the index is
 * built. Records for which they are false take part in nothing: no join, no loop, no prepared
 * record. Row numbers stay those of the file. Not here: which parts of --where these are
 * (expr/expr_sides.h). */
#ifndef AXB_MATCHER_INPUTS_CONDITIONS_H
#define AXB_MATCHER_INPUTS_CONDITIONS_H

#include "matcher/engine/query.h"
#include "matcher/index/index.h"

struct conditions {
    struct row_list rows[2]; /* of A and B, that take part; without a condition all of them */
    uint32_t *owned[2];      /* rows[i].row, or NULL */
    char text[2][1024];      /* the condition, cut if it is longer; "" without one */
};

/* Decides query->one_sided on the tables of the fields, which are those of the index. ERR_OS
 * without memory; conditions_close is due even then. */
bool conditions_decide(struct conditions *c, const struct query *query,
                       const struct index_field *fields, const struct table table[2],
                       struct err *e);
void conditions_close(struct conditions *c);

/* The query without what is decided. */
void conditions_drop(struct query *query);

#endif
