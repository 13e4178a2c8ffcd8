/* One text against many at once, score by score what metric_score gives.
 *
 * Edit distances, Jaro's metrics and others run by the lanes of vectors (kernel_many.h), for texts
 * of up to 64 characters. Sets are counted gram by gram, and what is heard of a text is found once
 * for many. All else is scored one by one. For callers that want every score of a tile of pairs,
 * whatever it is: the calls of a user's scorer, and the plain loop. Not here: pairs that reach a
 * threshold (join.h). */
#ifndef AXB_MATCHER_METRIC_METRIC_MANY_H
#define AXB_MATCHER_METRIC_METRIC_MANY_H

#include "matcher/metric/metric.h"

/* Many texts. */
struct metric_texts;

/* For up to `most` texts over the alphabet, which must outlive it. ERR_OS. */
bool metric_texts_open(struct metric_texts **t, const struct alphabet *alphabet, uint32_t most,
                       struct err *e);
void metric_texts_close(struct metric_texts *t); /* may be NULL */

/* It is these n <= most texts from now on; copied, but for what they point to. */
void metric_texts_set(struct metric_texts *t, const struct text *texts, uint32_t n);

/* One metric for any texts A and any struct metric_texts of up to `most` texts. */
struct metric_many;

/* As metric_open. */
bool metric_many_open(struct metric_many **m, const struct metric_use *use,
                      const struct alphabet *alphabet, uint32_t max_length, uint32_t most,
                      struct err *e);
void metric_many_close(struct metric_many *m); /* may be NULL */

/* Makes what the metric needs of the texts, unless it was the last to be made. Scores do so
 * themselves; apart from them it can be timed. */
void metric_many_lay(struct metric_many *m, struct metric_texts *t);

/* The score of a against text i of t goes to scores[i]. */
void metric_many_scores(struct metric_many *m, const struct text *a, struct metric_texts *t,
                        double *scores);

/* The score of a single pair by the same metric. */
double metric_many_one(struct metric_many *m, const struct text *a, const struct text *b);

#endif
