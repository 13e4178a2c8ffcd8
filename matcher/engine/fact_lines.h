/* Texts of facts: what a journal or a shard says of the run that it belongs to, a line a fact,
 * "name value". Two runs are the same if they have the same facts. Not here: which facts a run has
 * (identity.h), and where they are kept (journal.h, shard_file.h). */
#ifndef AXB_MATCHER_ENGINE_FACT_LINES_H
#define AXB_MATCHER_ENGINE_FACT_LINES_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Is `then`, read from `where` ("the journal j", "shard 2.axb"), the same as `now`? If not,
 * ERR_USAGE names the first fact that differs. */
bool fact_lines_same(const char *now, const char *then, const char *where, struct err *e);

/* Copies the value of a fact into value[bytes]. False if the fact is not there, or longer. */
bool fact_lines_value(const char *facts, const char *name, char *value, size_t bytes);

#endif
