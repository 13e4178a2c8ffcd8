/* One of the two things that are compared, what was found or the truth: its pairs and its clusters,
 * and which of its pairs the other has as well. */
#ifndef AXB_MATCHER_EVAL_EVAL_PART_H
#define AXB_MATCHER_EVAL_EVAL_PART_H

#include "core/err.h"
#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_groups.h"
#include "matcher/eval/eval_pairs.h"
#include "matcher/eval/eval_records.h"

#include <stdbool.h>
#include <stdint.h>

struct eval_part {
    const struct eval_file *file;
    bool is_clusters;
    struct eval_pairs pairs;   /* none of a file of clusters */
    struct eval_groups groups; /* of a file of pairs its connected components */
    bool *shared;              /* of each pair: the other part has it; malloced */
};

/* Makes a part of a file, whose ids are column `field` of *r, and the next one where it has pairs.
 * ERR_DATA, ERR_OS. eval_part_close is due even after a failure. */
bool eval_part_open(struct eval_part *p, const struct eval_file *file, const struct eval_records *r,
                    uint32_t field, bool scores, struct err *e);
void eval_part_close(struct eval_part *p);

/* Does the part have this pair of records, with a and b as they stand in lists of pairs? */
bool eval_part_has(const struct eval_part *p, uint32_t a, uint32_t b);

/* Marks the pairs of a part that the other has, and returns how many they are. */
uint64_t eval_part_mark(struct eval_part *p, const struct eval_part *other);

/* How many pairs it has. ERR_OS. */
bool eval_part_count(const struct eval_part *p, const struct eval_records *r, uint64_t *n,
                     struct err *e);

#endif
