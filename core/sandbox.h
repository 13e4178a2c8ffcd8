/* What a process that runs a user's code may not do to anything but itself: no network, no writing
 * of files or of their attributes, no new processes, no signals to others, no looking into them and
 * no changing of how they run. It may read files, start threads, take memory, and write what it was
 * given to write: its segments and stderr.
 *
 * The promise is kept by a filter of system calls (seccomp), which allows what is listed in
 * sandbox_filter.c and refuses all else with EPERM, EACCES or ENOSYS. Before that the process drops
 * all capabilities: as root, too, it reads what its user owns or may read, no more. Landlock, where
 * the kernel has it, guards files, sockets and signals once more, and alone keeps it from looking
 * into other processes of its user (/proc/PID/environ, maps, mem). Without Landlock a user
 * namespace does so. Where the system grants none either, only processes of ours are closed to it,
 * and those of the same user that others started are not. Not here: limits on memory and time. */
#ifndef AXB_CORE_SANDBOX_H
#define AXB_CORE_SANDBOX_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Asks all later children of this process to enter a sandbox before they load user code, or, with
 * `wanted` false, not to. They do so by sandbox_enter. Their OpenMP does not bind threads to cores,
 * and MALLOC_CONF says nothing to their allocator. On kernels without Landlock other processes of
 * this user can no longer debug this one, which leaves no core dump. ERR_UNAVAILABLE if the kernel
 * has no such filters. */
bool sandbox_ask(bool wanted, struct err *e);

/* Puts the calling thread, and all threads that it starts, into the sandbox for good, if a parent
 * has asked for it. Else it does nothing. ERR_UNAVAILABLE if the process has another thread, which
 * would stay outside and shares its memory. */
bool sandbox_enter(struct err *e);

/* What keeps it on this machine: "landlock 7, seccomp". Into text[bytes]. */
void sandbox_describe(char *text, size_t bytes);

#endif
