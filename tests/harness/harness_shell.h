/* Commands as a person would type them: the shell runs each, in a directory of its own that holds
 * small tables and scorers. After a failure nothing may be left there or in /dev/shm, and an output
 * file that was there before must be as it was. */
#ifndef AXB_TESTS_HARNESS_HARNESS_SHELL_H
#define AXB_TESTS_HARNESS_HARNESS_SHELL_H

#include "core/err.h"

#include <stddef.h>

/* Set-up and tear-down of a group of tests: the directory, and a PATH on which axb is. */
int harness_shell_set_up(void **state);
int harness_shell_tear_down(void **state);

/* Writes a table of so many people with similar names: id, name, city, age; some values are
 * missing. By rand(). */
void harness_shell_people(const char *path, unsigned rows);

/* As harness_run. */
int harness_shell(const char *command, char **out, char **err);

/* Takes the note out of a text that one file is both sides: many tests take one for both. */
void harness_shell_drop_itself(char *err);

/* What a message must say; NULL after the last, if there are fewer. */
#define HARNESS_SHELL_SAYS 4
void harness_shell_says(const char *command, const char *err, const char *const *says);

/* A command that must fail. Without a place of its own for output it gets -o good.csv. */
struct harness_shell_failure {
    enum err_status status;
    const char *command;
    const char *says[HARNESS_SHELL_SAYS];
};
void harness_shell_fails(const struct harness_shell_failure *failures, size_t n);

/* What a command writes that must succeed; malloced. */
char *harness_shell_written(const char *command);

/* A command that must succeed and write just this. */
void harness_shell_output(const char *command, const char *expected);

#endif
