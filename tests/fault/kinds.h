/* The kinds of run that are tried, one row each. */
#ifndef AXB_TESTS_FAULT_KINDS_H
#define AXB_TESTS_FAULT_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#define KINDS_WORDS 32

struct kind {
    const char *name;
    const char *const words[KINDS_WORDS]; /* after `axb`, as typed in the work directory */
};

/* NULL beyond the last. */
const struct kind *kinds_at(size_t i);

/* Is this one of its words? */
bool kinds_has(const struct kind *k, const char *word);

/* Does it keep a journal, and go on when it is started again? */
bool kinds_resumes(const struct kind *k);

/* The command line of a kind with further words, if it takes any, both ended by NULL, in argv[2 *
 * KINDS_WORDS]. */
void kinds_command(const struct kind *k, const char *const *more, const char **argv);

#endif
