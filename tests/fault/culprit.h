/* The libraries that a stopped thread is in, as its stack tells. */
#ifndef AXB_TESTS_FAULT_CULPRIT_H
#define AXB_TESTS_FAULT_CULPRIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes the chain of libraries, innermost first: "libc.so.6+0x9511b libhwloc.so.15+0x1c727 axb+…".
 * Each number on the stack that can be a return address is taken for one, so older ones may be
 * among them. */
void culprit_stack(pid_t tid, char *text, size_t bytes);

/* Is the innermost library of a chain, apart from the C library, one that is known to crash or to
 * end the program when it is refused memory? */
bool culprit_library(const char *chain);

/* Prints these libraries. */
void culprit_print(void);

#endif
