/* The filter of system calls: a list of those that user code may make. All others are refused, the
 * ones that do not exist yet too. */
#ifndef AXB_CORE_SANDBOX_FILTER_H
#define AXB_CORE_SANDBOX_FILTER_H

#include <stdbool.h>

/* The highest number of a system call that the list was made for: Linux 6.19. Higher ones return
 * ENOSYS, as on an older kernel, so that the C library uses others. */
#define SANDBOX_FILTER_NEWEST 470

/* Loads the filter into the calling thread and all threads that it starts, for good. The calls that
 * are refused fail with EPERM; opening a file for writing fails with EACCES. Returns false, with
 * errno, if it cannot. PR_SET_NO_NEW_PRIVS must be set. */
bool sandbox_filter_load(void);

#endif
