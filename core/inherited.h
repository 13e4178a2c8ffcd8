/* Descriptors that whoever started us has opened for us, named where a path may stand: `fd:7`.
 *
 * A program that starts axb gives it tables, sources and places for results without a file. A file
 * that is called so is `./fd:7`. Not here: reading and writing (data/). */
#ifndef AXB_CORE_INHERITED_H
#define AXB_CORE_INHERITED_H

#include "core/err.h"

#include <stdbool.h>

/* Does the path name a descriptor? It begins with "fd:" and a digit then. */
bool inherited_is(const char *path);

/* The descriptor that it names; the caller does not own it. What follows a second colon is a name
 * for messages: "fd:7:cell [3]" is shown as "cell [3]", "fd:7" as it is. *shown points into `path`.
 * ERR_USAGE if it is no number, or not open for reading, or with `writing` not for that. */
bool inherited_open(const char *path, bool writing, int *fd, const char **shown, struct err *e);

/* The name for messages of a path that may name a descriptor; any other path as it is. Points into
 * `path`. */
const char *inherited_shown(const char *path);

/* `fd` is for this process alone: no program that it starts gets it. */
void inherited_keep(int fd);

#endif
