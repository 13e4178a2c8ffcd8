/* Running programs from tests. */
#ifndef AXB_TESTS_HARNESS_HARNESS_RUN_H
#define AXB_TESTS_HARNESS_HARNESS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Is this a build with a sanitizer, and so is the program? */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HARNESS_SANITIZED 1
#elif defined(__clang__)
#define HARNESS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HARNESS_SANITIZED 0
#endif

/* Runs argv[0] with the arguments to its end and returns its exit status, or 128 + the signal that
 * killed it. What it writes to stdout and stderr goes to *out and *err, malloced and ended by a
 * zero byte; to /dev/null where they are NULL. */
int harness_run(const char *const argv[], char **out, char **err);

/* Starts it and returns at once; its output goes to /dev/null. */
pid_t harness_start(const char *const argv[]);

/* The bytes of a file, malloced, ended by a zero byte; ends the test program if it cannot. */
char *harness_read(const char *path, size_t *n);

/* Are functions in Python run here? Sanitized builds lack the extension for it. If not, says that
 * `what` was not tried. */
bool harness_has_python(const char *what);

/* Writes n bytes to a file. */
void harness_write(const char *path, const char *bytes, size_t n);
void harness_write_text(const char *path, const char *text);

/* Changes to / and removes a directory that a test made. 0, or 1 if it cannot. */
int harness_remove(const char *directory);

/* How much a test tries: `usual`, or `most` in the long tier (tests/run --long, AXB_TEST_LONG=1).
 */
size_t harness_tries(size_t usual, size_t most);

/* Prints a score as axb does: the fewest digits that read back, with at least 15 tried. */
void harness_print_score(FILE *f, double score);

#endif
