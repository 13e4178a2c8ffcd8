/* The file of clusters: a line for each record that is in one of them, those of one cluster one
 * after the other.
 *
 *     cluster,record,score,size,name,city
 *     1,1,0.98,2,Paul Smith,Bern
 *     1,7,0.98,2,Paul Smiht,Bern
 *     2,2,,1,Ana Meier,Ulm
 *
 * `cluster` counts from 1 in the order of the first records, `score` is the best score of the
 * record with another of its cluster, `size` the number of records of the cluster. Columns of the
 * records keep their names; where one of them has a name of ours, ours is "axb.NAME".
 *
 * In the format of pairs (data/format/format_pairs.c) a record is paired with the first one of its
 * cluster, by their rows from 0, in the same order. Not here: opening and naming the file
 * (data/out.h). */
#ifndef AXB_MATCHER_CLUSTER_CLUSTER_LINES_H
#define AXB_MATCHER_CLUSTER_CLUSTER_LINES_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/cluster/members.h"
#include "matcher/cluster/record_set.h"

/* `strength` has a number for each record, NaN for none. ERR_OS without memory, and what out_write
 * says. */
bool cluster_lines_write(const struct record_set *records, const struct members *members,
                         const double *strength, uint32_t format, struct out *out, struct err *e);

/* The names of the fields: own[0 .. n_own), then those of the columns. Malloced as one piece; NULL
 * without memory. */
struct bytes *cluster_lines_names(const char *const *own, uint32_t n_own,
                                  const struct record_set *records);

#endif
