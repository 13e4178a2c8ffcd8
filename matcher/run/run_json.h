/* JSON that verbs print: what all of them need. */
#ifndef AXB_MATCHER_RUN_RUN_JSON_H
#define AXB_MATCHER_RUN_RUN_JSON_H

#include "core/err.h"
#include "core/string_builder.h"
#include "data/table.h"

#include <jansson.h>

/* A number; null if it has no value or is infinite, for which JSON has no words. */
json_t *json_number(double x);
/* A whole number, which is written as one where JSON readers can hold it. */
json_t *json_count(double x);
/* A text of n bytes; null if it is missing. */
json_t *json_bytes(bool there, struct bytes v);

/* A text that may not be UTF-8, such as a path; U+FFFD stands for what is not. */
json_t *json_text(const char *text);

/* Ends a text for people that was written, and makes it one, safe for a terminal
 * (string_builder_plain). NULL without memory. */
json_t *json_built(struct string_builder *b);

/* Writes a value in one line to stdout, and drops it. NULL: it could not be made. ERR_OS, ERR_IO.
 */
bool json_print(json_t *json, struct err *e);

#endif
