/* Lists of pairs of records, each pair once. Not here: clusters (eval_groups.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_PAIRS_H
#define AXB_MATCHER_EVAL_EVAL_PAIRS_H

#include "core/err.h"
#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_records.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one table a < b. */
struct eval_pair {
    uint32_t a, b; /* records */
    double score;  /* NaN: none */
    uint32_t row;  /* of the file, from 0 */
};

struct eval_pairs {
    struct eval_pair *pair; /* ascending by a, then b */
    uint64_t n;
};

/* Makes the pairs of a file whose ids are the columns `field` and `field` + 1 of *r. The first of
 * equal pairs is kept, of labelled ones the last; those without a label are left out. Notes say how
 * many rows lack an id, repeat a pair, or pair a record with itself where all are of one table.
 * `scores`: the third column has them. ERR_OS without memory. eval_pairs_free is due even then. */
bool eval_pairs_make(struct eval_pairs *p, const struct eval_file *file,
                     const struct eval_records *r, uint32_t field, bool scores, struct err *e);
void eval_pairs_free(struct eval_pairs *p);

/* The label in a row of a file that has labels. */
enum label eval_pairs_label(const struct eval_file *file, uint64_t row);

/* The place of a pair, with a and b as they would stand there; UINT64_MAX if it is not there. */
uint64_t eval_pairs_find(const struct eval_pairs *p, uint32_t a, uint32_t b);

/* Where both lists are of two tables, but look as if they were of one: says in a note that
 * --tables 1 exists, and how many more pairs would then be true. */
void eval_pairs_advise(const struct eval_pairs pairs[2], const struct eval_records *r,
                       const struct eval_file file[2]);

#endif
