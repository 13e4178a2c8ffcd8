/* Tables that stay in shared memory between runs, by name: `@people` in place of a file.
 *
 * A named table holds all columns of a file by their distinct values, with checksums (table.h), so
 * that it serves any later run. How names come and go is in shm_named.h, what a file is in load.h.
 */
#ifndef AXB_DATA_NAMED_H
#define AXB_DATA_NAMED_H

#include "core/shm.h"
#include "core/shm_named.h"
#include "data/table.h"

struct named {
    char name[SHM_NAME_MOST + 1]; /* "" of one that came by descriptor */
    const char *shown;            /* then what it is called in messages; not ours */
    struct shm shm;
    struct table table; /* all columns of the file, in its order */
};

/* Opens and checks a named table, but for the insides of its columns. ERR_NOINPUT lists those that
 * exist, the most similar first; ERR_DATA if it is damaged or not ours. The caller closes it. */
bool named_open(struct named *n, const char *name, struct err *e);
void named_close(struct named *n);

/* A table without a name, in a file in memory that the caller of the program holds: it is gone when
 * nobody holds it. Creates it in the descriptor, which stays the caller's; named_finish completes
 * it; the segment is only to be closed from then on. ERR_USAGE if that is no empty file. */
bool named_create_in(struct shm *s, int fd, const char *shown, size_t reserve_bytes, struct err *e);
bool named_finish(struct shm *s, struct err *e);

/* Is there such a table in the descriptor? Then opens it, as named_open does; `shown` outlives it.
 */
bool named_known(int fd);
bool named_open_fd(struct named *n, int fd, const char *shown, struct err *e);

/* Checks a column before it is used. ERR_DATA. */
bool named_check(const struct named *n, uint32_t column, struct err *e);

/* Gives a table of all columns, in a segment of shm_named_create, its name, in place of one that
 * has it. The segment is only to be closed from here on. */
bool named_publish(struct shm *s, const char *name, struct err *e);

/* Runs that have it open keep it to their end. ERR_NOINPUT as for named_open. */
bool named_remove(const char *name, struct err *e);

#endif
