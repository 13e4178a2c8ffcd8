/* Commands of the shell one after the other, in a directory of their own, as tests of parts of a
 * run give them: what the last one said is kept. Not here: the small tables and the laws of
 * harness_shell.h. */
#ifndef AXB_TESTS_HARNESS_HARNESS_COMMAND_H
#define AXB_TESTS_HARNESS_HARNESS_COMMAND_H

/* Set-up and tear-down of a group of tests: the directory, with score.c, which compares last names
 * by jaro. */
int harness_command_set_up(void **state);
int harness_command_tear_down(void **state);

/* Runs a command, which is written as printf writes it; returns its exit status. */
__attribute__((format(printf, 1, 2))) int harness_command(const char *format, ...);

/* What the last command wrote to stderr. */
const char *harness_command_said(void);

/* Fails unless the last command ended with the wanted status and said this. */
void harness_command_check(int status, int wanted, const char *says);

/* Runs a command that becomes another one by exec, and kills it after some milliseconds; returns
 * its exit status, or 128 + SIGKILL. */
__attribute__((format(printf, 2, 3))) int harness_command_killed(unsigned ms, const char *format,
                                                                 ...);

#endif
