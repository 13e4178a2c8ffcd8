/* Segments that stay when axb ends: the file axb.UID.NAME of /dev/shm, of mode 0600, ours alone.
 *
 * A segment is written without a name and gets it when it is whole, in place of an older one. A
 * process that has mapped the older one keeps it. So nobody ever writes into a segment that has a
 * name, and no lock is needed. */
#ifndef AXB_CORE_SHM_NAMED_H
#define AXB_CORE_SHM_NAMED_H

#include "core/err.h"
#include "core/shm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHM_NAME_MOST 64u

/* Is it 1 to SHM_NAME_MOST of A-Z a-z 0-9 . _ -, not beginning with a dash, and neither
 * "." nor ".."? ERR_USAGE. */
bool shm_name_check(const char *name, struct err *e);

/* As shm_create, for a segment that will get a name. */
bool shm_named_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* Cuts the segment to `bytes` and gives it its name, which no kill -9 of this process leaves
 * half-way. The segment is only to be closed from here on. */
bool shm_named_publish(struct shm *s, const char *name, size_t bytes, struct err *e);

/* Maps the segment of that name for reading. *there is false if none exists: the caller then says
 * which ones do. A file that is not ours alone, or no segment at all, is ERR_DATA. */
bool shm_named_open(struct shm *s, const char *name, bool *there, struct err *e);

/* Takes the name away; *there is false if it did not exist. */
bool shm_named_remove(const char *name, bool *there, struct err *e);

/* The names that exist, sorted; the caller frees them by shm_names_free. Files whose names no table
 * can have are not among them: anybody can put such a file there. */
bool shm_named_list(char ***names, size_t *n, struct err *e);
void shm_names_free(char **names, size_t n);

/* Removes the files of writers that were killed. They leave some only where the system has no files
 * without a name. */
void shm_named_sweep(void);

#endif
