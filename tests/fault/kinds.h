/* The kinds of run that are tried, one row each. */
#ifndef AXB_TESTS_FAULT_KINDS_H
#define AXB_TESTS_FAULT_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#define KINDS_ARGUMENTS 32

struct kind {
    const char *name;
    const char *const arguments[KINDS_ARGUMENTS]; /* after `axb`, as typed in the work directory */
};

/* NULL after the last. */
const struct kind *kinds_at(size_t i);

/* Is this one of its arguments? */
bool kinds_has(const struct kind *k, const char *argument);

/* Does it keep a journal, and go on when it is started again? */
bool kinds_resumes(const struct kind *k);

/* Writes the command line of a kind to argv[2 * KINDS_ARGUMENTS], ended by NULL. `more` are further
 * arguments, ended by NULL; a kind that takes none ignores them. */
void kinds_command(const struct kind *k, const char *const *more, const char **argv);

#endif
