/* Placeholders: records that stand for nobody, such as Test, Patient, 2000-01-01.
 *
 * Systems that demand a record are given such ones, the same again and again, and say little else.
 * Each agrees with each of its kind in all that it has: 300 in either file are 90,000 pairs, none
 * of them a match, and no weight of a column tells. So a record is taken for a placeholder if it
 * has a value in half of the compared columns at most, and a file has 20 or more that are the same
 * in all. Records that say more may well be one thing that was written down many times. Not here:
 * what a model does with them (model_text.h). */
#ifndef AXB_MATCHER_LEARN_PLACEHOLDERS_H
#define AXB_MATCHER_LEARN_PLACEHOLDERS_H

#include "matcher/learn/comparisons.h"

struct placeholders {
    uint64_t kinds;        /* that were found; the model holds the most frequent of them */
    uint64_t records[2];   /* of A, of B, of the kinds that the model holds */
    uint8_t *is_record[2]; /* by row; NULL if the model has none. Owned */
};

/* Finds the placeholders of the run, and puts them into the model, whose columns are set: those of
 * which most records are, as many as an expression has room for. placeholders_free is due even
 * after a failure. ERR_OS. */
bool placeholders_find(const struct comparisons *c, struct model *m, struct placeholders *p,
                       struct err *e);
void placeholders_free(struct placeholders *p);

#endif
