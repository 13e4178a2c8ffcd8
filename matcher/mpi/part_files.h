/* The folder of the parts of a run, OUTPUT.parts, which all machines share.
 *
 *     part-3-of-16.shard      a part that is done: it is whole, or it does not exist
 *     part-3-of-16.journal    how far a part is; beside it part-3-of-16.shard.partial
 *
 * What a job leaves there is taken up by the next one. Names are read from the folder and not
 * looked up one by one: a network file system remembers for a while that a name did not exist. Not
 * here: what is in a part (shard/shard_file.h). */
#ifndef AXB_MATCHER_MPI_PART_FILES_H
#define AXB_MATCHER_MPI_PART_FILES_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

struct part_files {
    char *folder;
    const char *identity; /* of the run (run/identity.h); borrowed */
    uint32_t of;          /* parts of the run */
};

/* Makes the folder if it does not exist, and looks into how many parts the run was cut before:
 * f->of, or `asked` if there are none; 0 leaves that to the caller. ERR_USAGE if these are not as
 * many as asked. `identity` is borrowed. part_files_close is due even after a failure. */
bool part_files_open(struct part_files *f, const char *output, const char *identity, uint32_t asked,
                     struct err *e);
void part_files_close(struct part_files *f);

/* The path of a part (from 0) of a run whose output is `output`: of its "shard" or its "journal".
 * Malloced; NULL without memory. */
char *part_files_path(const char *output, uint32_t part, uint32_t of, const char *what);

/* Calls found(context, part, pairs) for each of f->of parts that exists. ERR_USAGE for one of
 * another run. */
typedef void part_found_fn(void *context, uint32_t part, uint64_t pairs);
bool part_files_find(const struct part_files *f, part_found_fn *found, void *context,
                     struct err *e);

/* The paths of all parts, for axb merge: of of them after `before` places that are NULL, and a NULL
 * at the end. Malloced, and each path; NULL without memory. */
char **part_files_paths(const char *output, uint32_t of, size_t before);

/* Removes what a run leaves in the folder, and the folder if it is empty then. */
void part_files_remove(struct part_files *f);

#endif
