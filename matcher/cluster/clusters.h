/* From pairs to the files of clusters: groups the records, cuts what is too large, writes, and says
 * what came of it.
 *
 * The same for pairs that a run has found and for pairs of a file. Not here: where pairs and
 * records come from. */
#ifndef AXB_MATCHER_CLUSTER_CLUSTERS_H
#define AXB_MATCHER_CLUSTER_CLUSTERS_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/choose/found.h"
#include "matcher/cluster/golden.h"
#include "matcher/cluster/members.h"
#include "matcher/cluster/record_set.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

/* A cluster of more records is said aloud. */
#define CLUSTERS_LARGE 100u

/* A file to write; `out` NULL: it is not asked for. */
struct clusters_file {
    struct out *out;
    uint32_t format;
};

struct clusters_request {
    const struct record_set *records;
    const struct found *found; /* row_a < row_b < records->n */
    enum choose_better better;
    double worst; /* the least score that matches, of distances the greatest; infinite: any */
    bool scored;  /* false: the pairs have no scores of their own */
    enum opts_cluster_method method;
    uint64_t max_cluster;              /* larger clusters are cut; 0: they are not */
    const struct golden_rules *rules;  /* where golden.out is */
    const struct record_column *shown; /* what messages show of a record; NULL: its name alone */
    struct clusters_file lines, golden;
};

/* What came of it. */
struct clusters_result {
    struct members_figures figures;
    uint64_t cut; /* matches that hold no cluster together any more, with max_cluster */
    double seconds;
};

/* ERR_OS without memory, and what cluster_lines_write and golden_write say. */
bool clusters_write(const struct clusters_request *q, struct clusters_result *result,
                    struct err *e);

/* The closing line. */
void clusters_report(const struct clusters_result *result);

#endif
