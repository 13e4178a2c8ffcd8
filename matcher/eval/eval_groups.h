/* Records in clusters, and how well two partitions of them agree.
 *
 * A partition is an array with a number for each record: the lowest record of its cluster. Not
 * here: pairs as they are listed (eval_pairs.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_GROUPS_H
#define AXB_MATCHER_EVAL_EVAL_GROUPS_H

#include "core/err.h"
#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_pairs.h"
#include "matcher/eval/eval_records.h"
#include "matcher/eval/eval_report.h"

#include <stdbool.h>
#include <stdint.h>

struct eval_groups {
    uint32_t *group; /* of each record; malloced */
    bool *named;     /* of each record: the file names it; malloced */
};

/* The clusters of a file of clusters, whose records are column `field` of *r; where they are of two
 * tables, the file has_tables or has_sources. A record without a cluster is one of its own; rows
 * without a record are left out, which a note says. ERR_DATA: a record is in two clusters. ERR_OS.
 * eval_groups_free is due even after a failure. */
bool eval_groups_of_file(struct eval_groups *g, const struct eval_file *file,
                         const struct eval_records *r, uint32_t field, struct err *e);

/* The connected components of pairs. */
bool eval_groups_of_pairs(struct eval_groups *g, const struct eval_pairs *pairs,
                          const struct eval_records *r, struct err *e);
void eval_groups_free(struct eval_groups *g);

/* The pairs of two records of one cluster that count: of two tables those of A with B. */
uint64_t eval_groups_pairs(const uint64_t n_of_side[2], bool self);

/* The pairs within clusters of n records. */
bool eval_groups_count(const struct eval_groups *g, const struct eval_records *r, uint64_t *n_pairs,
                       struct err *e);

/* Compares what was found with the truth by a contingency table, over the records that either
 * names. B-cubed: Bagga and Baldwin (1998), as Amigó and others (2009) define it. The adjusted Rand
 * index: Hubert and Arabie (1985). Homogeneity and completeness: Rosenberg and Hirschberg (2007).
 * ERR_OS. */
bool eval_groups_compare(const struct eval_groups *found, const struct eval_groups *truth,
                         const struct eval_records *r, struct eval_clusters *c, struct err *e);

/* For each record, how many others are in its cluster and count as partners: of two tables those of
 * the other side. Adds them to n[]. With `also` only those that are in its cluster of `also` too.
 * ERR_OS. */
bool eval_groups_partners(const struct eval_groups *g, const struct eval_groups *also,
                          const struct eval_records *r, uint32_t *n, struct err *e);

#endif
