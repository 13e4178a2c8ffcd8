/* Which system calls can be made to fail, how, and with which errors. */
#ifndef AXB_TESTS_FAULT_CALLS_H
#define AXB_TESTS_FAULT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#define CALLS_FLAVOURS 6u

enum calls_way {
    CALLS_FAIL,  /* not made; gives an error */
    CALLS_AFTER, /* made, then said to have failed */
    CALLS_NEVER, /* cannot fail, or not in this way */
};

/* What is done with a call; *why says the reason, unless it is CALLS_FAIL. */
enum calls_way calls_rule(long number, uint64_t second_argument, const char **why);

/* The errno of one of CALLS_FLAVOURS flavours:
 *   0 ENOMEM   1 EINTR, or EPERM if no signal can interrupt the call   2 EIO   3 ENOSPC
 *   4 EACCES   5 EMFILE, or EAGAIN if the call gives no descriptor */
int calls_error(long number, unsigned flavour);

/* "openat", or "call 257" for a call without a name here. */
const char *calls_name(long number);

/* Prints the table of exceptions. */
void calls_print(void);

#endif
