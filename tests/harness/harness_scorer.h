/* Scorers as files, for tests that compile them: a directory for the sources and one for TMPDIR.
 * Such a test program is its own `axb`, see harness_scorer_child. */
#ifndef AXB_TESTS_HARNESS_HARNESS_SCORER_H
#define AXB_TESTS_HARNESS_HARNESS_SCORER_H

#include "matcher/scorer/scorer.h"

#include <stdbool.h>

/* The columns name, city, x, day, id, and "full name" of A, "größe" of B. */
extern const struct scorer_headers harness_scorer_headers;

extern char harness_scorer_root[];  /* sources of the tests */
extern char harness_scorer_tmp[64]; /* TMPDIR of scorer_make: must stay empty */

/* Set-up and tear-down of a group of tests: the two directories, and no compiler named in the
 * environment. */
int harness_scorer_set_up(void **state);
int harness_scorer_tear_down(void **state);

/* Writes root/name, returns its path (of this call and the one before it). */
const char *harness_scorer_put(const char *name, const char *text);

/* The path of a scorer without a fault. */
const char *harness_scorer_good(void);

/* Does this system let the compiler work in a directory without a name? */
bool harness_scorer_nameless(void);

/* Is this program started as `… worker compile` or `… worker probe`? Then it was that child of
 * scorer_make, and main returns *status. */
bool harness_scorer_child(int argc, char **argv, int *status);

#endif
