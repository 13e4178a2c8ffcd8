/* What a run leaves behind: processes, names in a directory, objects in /dev/shm. Only those of the
 * caller's own runs count, since others may use the same machine. */
#ifndef AXB_TESTS_HARNESS_HARNESS_LEFT_H
#define AXB_TESTS_HARNESS_HARNESS_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* From this call on a descendant of this process whose parent ends becomes its child. And this
 * process has a /dev/shm of its own, where the system allows that. */
void harness_left_begin(void);

/* Writes the children of `parent` that have not ended, at most `capacity` of them. Returns how many
 * it wrote. */
size_t harness_left_children(pid_t parent, pid_t *children, size_t capacity);

/* Waits until all children of this process have ended, at most `seconds`. True if they have. If
 * not, kills those that are left; *first is the command line of one of them. */
bool harness_left_wait(double seconds, char *first, size_t bytes);

/* How many names that begin with `begin` a directory holds, without . and .. */
size_t harness_left_names(const char *directory, const char *begin);

/* How many objects in /dev/shm belong to runs of axb that have ended (their names hold the
 * number of the process, see shm.c and shm_named.c). */
size_t harness_left_shm(void);

#endif
