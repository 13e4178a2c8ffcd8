/* The head of the output, such as the CSV header, and its tail. The head is written when there is
 * something to write after it, so that a run that fails before that leaves nothing. */
#ifndef AXB_MATCHER_ENGINE_OUTPUT_HEAD_H
#define AXB_MATCHER_ENGINE_OUTPUT_HEAD_H

#include "core/err.h"
#include "matcher/engine/job.h"

#include <stdbool.h>

/* Writes the head, unless it has been written, by this run or by the one that it resumes. */
bool output_head_write(const struct job *job, struct err *e);
/* Writes the tail, once all pairs are written. */
bool output_tail_write(const struct job *job, struct err *e);

#endif
