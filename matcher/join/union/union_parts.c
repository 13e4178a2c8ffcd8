/* Parts are found by name, and what each must reach is the threshold by its factor, less what
 * rounding can add. Not here: how they are found (join_union.c). */
#include "matcher/join/union/union_parts.h"

#include <string.h>

/* More than what the operations from part to score can round up, together. */
#define SLACK 1e-12
/* Anything above 0: words in common, by any coefficient of sets. */
#define ANYTHING 1e-9

bool union_parts_serve(const struct join_job *job)
{
    return job->prune && job->use.metric->parts && job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

/* What a part must reach; more than 1: it cannot do it. */
static double need_of(const struct metric_part *part, double need)
{
    const double whole = need / part->factor * (1 - SLACK);
    return part->any && whole <= 1 ? ANYTHING : whole;
}

uint32_t union_parts_of(const struct join_job *job, struct union_part part[METRIC_PARTS_MOST])
{
    uint32_t n = 0;
    for (const struct metric_part *row = job->use.metric->parts; row->metric; row++) {
        struct union_part *p = &part[n];
        struct err e;
        *p = (struct union_part){
            .form = row->form, .need = need_of(row, job->need), .says = row->says};
        if (p->need > 1 || !metric_find(row->metric, strlen(row->metric), &p->use, &e))
            continue;
        p->use.formed = p->use.metric->form != TEXT_FORM_VALUE;
        n++;
    }
    return n;
}
