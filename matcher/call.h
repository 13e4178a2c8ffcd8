/* A metric call as --score takes it: jaro_winkler(name), jaccard(a.title, b.name, 3).
 *
 * `metric(col)` stands for `metric(a.col, b.col)`. A column that is no plain word is quoted:
 * levenshtein("full name"). */
#ifndef AXB_MATCHER_CALL_H
#define AXB_MATCHER_CALL_H

#include "core/err.h"
#include "matcher/metric.h"

#include <stdbool.h>

struct call {
    struct metric_use use;
    char *column_a, *column_b; /* owned; names as written */
};

/* Parses `text`; an error shows it with a mark under the character where it is. */
bool call_parse(const char *text, struct call *call, struct err *e);

/* The short form: --metric NAME[:ARG] and --on COL[=BCOL]. */
bool call_from_on(const char *metric, const char *on, struct call *call, struct err *e);

/* Writes the call in full, "jaro_winkler(a.name, b.name)", into text[bytes]. */
void call_print(const struct call *call, char *text, size_t bytes);

void call_free(struct call *call);

#endif
