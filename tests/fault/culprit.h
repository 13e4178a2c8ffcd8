/* In which libraries a stopped thread is, as its stack tells. */
#ifndef AXB_TESTS_FAULT_CULPRIT_H
#define AXB_TESTS_FAULT_CULPRIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes the chain of libraries, innermost first: "libc.so.6+0x9511b libhwloc.so.15+0x1c727 axb+…".
 * The machine words of the stack are taken for return addresses wherever they can be some, so older
 * ones may be among them. */
void culprit_stack(pid_t tid, char *text, size_t bytes);

/* Is the innermost of a chain, the C library aside, a library that is known to end the program, or
 * to crash, when it is refused memory? */
bool culprit_is_known(const char *chain);

/* Prints which libraries those are. */
void culprit_print(void);

#endif
