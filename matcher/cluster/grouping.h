/* Which records are in which cluster: by the method that was asked for, with clusters that are too
 * large cut or at least said aloud.
 *
 * Not here: the methods themselves (choose/cluster.h), and the files (clusters.h). */
#ifndef AXB_MATCHER_CLUSTER_GROUPING_H
#define AXB_MATCHER_CLUSTER_GROUPING_H

#include "core/err.h"
#include "matcher/choose/found.h"
#include "matcher/cluster/record_set.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

/* A cluster of more records is said aloud. */
#define GROUPING_LARGE 100u

struct grouping_request {
    const struct record_set *records;
    struct found *found; /* row_a < row_b < records->n; pairs that are cut are moved to its end */
    enum choose_better better;
    double worst;                      /* the least score that matches; infinite: any does */
    bool scored;                       /* false: the pairs have no scores of their own */
    enum opts_cluster_method method;   /* AUTO is connected: of models, model_options knows */
    double floor;                      /* of OPTS_AVERAGE: what a pair counts at least */
    uint64_t max_cluster;              /* no cluster is larger, as far as the method can; 0: any;
                                          of OPTS_BEST_LINK 0 */
    const struct record_column *shown; /* n_shown of them: what messages show of a record … */
    uint32_t n_shown;                  /* … besides its name */
};

/* Of each record; malloced. */
struct grouping {
    uint32_t *cluster; /* the lowest record of its cluster */
    double *strength;  /* its best score with another of its cluster; NaN for none */
    uint64_t cut;      /* pairs that were cut */
};

/* Can clusters be made by the average score? ERR_USAGE: it must reach --min, `worst`, and that must
 * be above `floor`. grouping_make says so as well, but after the work. */
bool grouping_check_average(double worst, double floor, struct err *e);

/* Says in notes what was cut, and which clusters are large. ERR_USAGE if the method does not suit
 * the scores; ERR_OS without memory. grouping_free is due in any case. */
bool grouping_make(struct grouping *g, const struct grouping_request *q, struct err *e);
void grouping_free(struct grouping *g);

#endif
