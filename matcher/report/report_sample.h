/* A sample of pairs beside a run, for its page: how random pairs score, and which pairs of some
 * records of A lie near the threshold, on both sides of it.
 *
 * The run itself sees no pair below its threshold, since its joins leave them out. So after it
 *
 *     random pairs  are scored, as many as take some hundredths of a second;
 *     some records  of A, at equal distances, or in dedupe a run of records, are compared with all
 *                   of B once more, with a lower threshold.
 *
 * Both are the same in each run: the seed is fixed. How many they are follows from the clock in the
 * first and from what is expected in the second, so on another machine they may be fewer. A scorer
 * of the user's is not called for random pairs. Not here: how they are shown (match_scores.h,
 * match_pairs.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_SAMPLE_H
#define AXB_MATCHER_REPORT_REPORT_SAMPLE_H

#include "core/err.h"
#include "matcher/choose/found.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

struct report_sample {
    double *random; /* scores of random pairs, ascending; n_random of them; owned */
    uint64_t n_random;
    uint64_t n_drawn;    /* random pairs, those without a score included; 0: none were drawn */
    struct found found;  /* the pairs of the records from the floor on; owned */
    uint64_t n_rows;     /* records of A that were compared once more; 0: none */
    uint64_t n_rows_all; /* of so many that take part */
    double weight;       /* pairs of the run for each pair that they make */
    bool has_threshold;  /* else neither --min nor --max was given */
    double threshold;    /* the score that a pair must reach, or of a distance not exceed */
    double floor;        /* the threshold of the second search; `threshold` itself if no lower
                            one can be afforded */
    double seconds;
    char why_not[300]; /* why no records were compared once more; "" if they were */
};

/* Makes it. report_sample_close is due in any case. A sample that cannot be had is told in why_not.
 * ERR_STOPPED after a signal; ERR_OS without memory. */
bool report_sample_make(struct report_sample *s, struct run *r, struct err *e);
void report_sample_close(struct report_sample *s);

#define REPORT_SAMPLE_BYTES 120u
/* Which records were compared once more: "1,000 of the 900,000 records of A". Returns text. */
const char *report_sample_whose(const struct report_sample *s, const struct run *r,
                                char text[REPORT_SAMPLE_BYTES]);

/* Does a score reach a threshold of this query? */
static inline bool report_reaches(const struct query *query, double score, double threshold)
{
    return query->least ? score <= threshold : score >= threshold;
}

#endif
