/* What a run leaves behind: processes, names in a directory, objects in /dev/shm. Only those of the
 * caller's own runs count, since others may use the same machine. */
#ifndef AXB_TESTS_HARNESS_HARNESS_LEFT_H
#define AXB_TESTS_HARNESS_HARNESS_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* From here on, what loses its parent among the descendants of this process becomes its child; and
 * /dev/shm is its own, where the system allows that. */
void harness_left_begin(void);

/* The processes whose parent is `parent`, those that have ended already not among them. Writes up
 * to `capacity` of them and returns how many it wrote. */
size_t harness_left_children(pid_t parent, pid_t *children, size_t capacity);

/* Reaps the children of this process until none is left; true if that took less than `seconds`.
 * What is left then is killed, and *first holds its command line. */
bool harness_left_wait(double seconds, char *first, size_t bytes);

/* How many names that begin with `begin` a directory holds, without . and .. */
size_t harness_left_names(const char *directory, const char *begin);

/* How many objects in /dev/shm belong to runs of axb that have ended (their names hold the
 * number of the process, see shm.c and shm_named.c). */
size_t harness_left_shm(void);

#endif
