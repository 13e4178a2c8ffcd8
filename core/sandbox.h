/* What a process that runs a user's code may not do to anything but itself: no network, no writing
 * of files, no new processes, no signals to others and no looking into them. It may read files,
 * start threads, take memory, and write what it was given to write: its segments and stderr.
 *
 * The promise is kept by a filter of system calls (seccomp), which refuses them with EPERM or
 * EACCES; on kernels that have Landlock, that guards files, sockets and signals once more, in
 * another way. Not here: limits on memory and time. */
#ifndef AXB_CORE_SANDBOX_H
#define AXB_CORE_SANDBOX_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Asks all later children of this process to enter a sandbox before they load user code, or, with
 * `wanted` false, not to. They do so by sandbox_enter. ERR_UNAVAILABLE if the kernel has no such
 * filters. */
bool sandbox_ask(bool wanted, struct err *e);

/* Puts the calling thread, and all threads that it starts, into the sandbox for good, if a parent
 * has asked for it. Else it does nothing. Call it while the process has one thread. */
bool sandbox_enter(struct err *e);

/* What keeps it on this machine: "landlock 7, seccomp". Into text[bytes]. */
void sandbox_describe(char *text, size_t bytes);

#endif
