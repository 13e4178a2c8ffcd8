/* Clusters of the records of two files, as dedupe and cluster write them: are they clusters of two
 * tables, and which file is A?
 *
 * The column source has two values, and no A and B. The pairs that the clusters are compared with
 * decide: where each joins a record of one source with one of the other, always in the same order,
 * the sources are A and B. Not here: reading that column (eval_file.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_SOURCES_H
#define AXB_MATCHER_EVAL_EVAL_SOURCES_H

#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_records.h"

#include <stdbool.h>
#include <stdint.h>

/* What pairs say of the two sources of clusters. */
struct eval_sources_fit {
    uint64_t n_against[2]; /* pairs against "the first source is A", "the second one is" */
};

/* Ids of the clusters are column `clusters_at` of *r, those of the pairs are column `pairs_at` and
 * the next. An id that both sources have, or none, is against nothing. ERR_OS. */
bool eval_sources_fit(struct eval_sources_fit *fit, const struct eval_file *clusters,
                      uint32_t clusters_at, const struct eval_file *pairs, uint32_t pairs_at,
                      const struct eval_records *r, struct err *e);

/* Can the sources be A and B? */
bool eval_sources_are_tables(const struct eval_sources_fit *fit);

/* Makes that source A which has fewer pairs against it, and says so. */
void eval_sources_take(struct eval_file *clusters, const struct eval_sources_fit *fit);

/* Says that the sources are not read as tables, because of these pairs. */
void eval_sources_say_one(const struct eval_file *clusters, const struct eval_file *pairs);

#endif
