/* Files that people have and that are no text with records: known by their first bytes, and refused
 * with the line that makes CSV of them. Not here: what is read (data/load.h). */
#ifndef AXB_DATA_SOURCE_FOREIGN_H
#define AXB_DATA_SOURCE_FOREIGN_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* False with ERR_DATA if p[0..n) is the content of such a file. `path` is as it was given, `shown`
 * as in messages; a hint names the file as a shell reads it. */
bool foreign_check(const char *p, size_t n, const char *path, const char *shown, bool is_b,
                   struct err *e);

#endif
