/* From pairs to the files of clusters: groups the records, cuts what is too large, writes, and says
 * what came of it.
 *
 * The same for pairs that a run has found and for pairs of a file. Not here: where pairs and
 * records come from. */
#ifndef AXB_MATCHER_CLUSTER_CLUSTERS_H
#define AXB_MATCHER_CLUSTER_CLUSTERS_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/cluster/golden.h"
#include "matcher/cluster/grouping.h"
#include "matcher/cluster/members.h"

#include <stdbool.h>
#include <stdint.h>

/* A file to write; `out` NULL: it is not asked for. */
struct clusters_file {
    struct out *out;
    uint32_t format;
};

struct clusters_request {
    struct grouping_request grouping;
    const struct golden_rules *rules; /* where golden.out is */
    bool golden_rows;                 /* rows in place of values */
    uint64_t min_cluster;             /* clusters of fewer records are not written */
    struct clusters_file lines, golden;
};

/* Clusters by their records: 1, 2, 3, 4, 5 to 9, 10 to 99, 100 to 999, more. */
#define CLUSTERS_SIZES 8u

#define CLUSTERS_SHOWN 5u
#define CLUSTERS_SHOWN_RECORDS 12u

/* One of the largest clusters. */
struct clusters_shown {
    uint32_t number; /* from 0 */
    uint32_t size;
    uint32_t record[CLUSTERS_SHOWN_RECORDS]; /* the first of them */
};

/* What came of it. */
struct clusters_result {
    struct members_figures figures;
    uint64_t cut;   /* matches that were cut by max_cluster */
    uint64_t small; /* records that are not written, because of min_cluster */
    uint64_t of_size[CLUSTERS_SIZES];
    uint32_t n_shown;
    struct clusters_shown shown[CLUSTERS_SHOWN]; /* the largest first, of two records or more */
    double seconds;
};

/* ERR_OS without memory, and what grouping_make, cluster_lines_write and golden_write say. */
bool clusters_write(const struct clusters_request *q, struct clusters_result *result,
                    struct err *e);

/* The closing line. */
void clusters_report(const struct clusters_result *result);

#endif
