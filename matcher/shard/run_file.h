/* The file of a prepared run: what all its parts have in common, to be mapped.
 *
 *     head        magic, version, machine, where the pieces are, checksums
 *     piece …     each at a multiple of SHM_PIECE_ALIGN: tables, index, indexes of joins …
 *
 * The head has a checksum of itself and one of each piece. Opening checks the head and the length
 * of the file, so a file that is cut is refused at once. Small pieces, which say how long and where
 * other things are, are checked when they are mapped. Tables, indexes and profiles are checked by
 * run_file_check alone. A piece is a segment (core/shm.h), so it holds offsets and no pointers, and
 * is mapped by any number of processes. It is of this version of axb and of this kind of machine
 * alone: it holds what is in memory. Not here: what the pieces hold
 * (prepared/prepared_internal.h). */
#ifndef AXB_MATCHER_SHARD_RUN_FILE_H
#define AXB_MATCHER_SHARD_RUN_FILE_H

#include "core/err.h"
#include "core/shm.h"
#include "data/out.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_FILE_HALVES 64 /* that a file may hold */

enum run_piece {
    RUN_FACTS,    /* the run's identity, and a few texts */
    RUN_VALUES,   /* query, plan and the like */
    RUN_TABLE_A,  /* a table */
    RUN_TABLE_B,  /* absent in dedupe */
    RUN_INDEX,    /* the index */
    RUN_ORDER,    /* the rows of A by value; absent where parts are runs of rows */
    RUN_MODULE,   /* the user's code; absent without a scorer */
    RUN_PROFILES, /* profiles of all records; absent where none are wanted */
    RUN_HALF,     /* what joins made of B; RUN_FILE_HALVES of them, or absent */
    RUN_PIECES = RUN_HALF + RUN_FILE_HALVES
};

/* The bytes of each piece, in memory; 0 bytes: absent. */
struct run_pieces {
    struct shm_view of[RUN_PIECES];
};

/* Writes the file. `layout` is a number that is another one whenever what pieces hold is laid out
 * otherwise. */
bool run_file_write(const struct run_pieces *pieces, uint64_t layout, struct out *out,
                    struct err *e);

struct run_file {
    int fd; /* -1 when closed */
    const char *path;
    struct run_place {
        uint64_t at, bytes; /* bytes 0: absent */
        uint64_t check;     /* XXH3, 64 bits */
    } piece[RUN_PIECES];
};

/* Opens a file and checks its head. ERR_NOINPUT; ERR_DATA if it is no such file, cut, damaged, of
 * another version or of another kind of machine. `path` is borrowed. run_file_close is due even
 * after a failure. */
bool run_file_open(struct run_file *f, const char *path, uint64_t layout, struct err *e);
void run_file_close(struct run_file *f);

/* Maps a piece that is not absent. shm_close closes it. ERR_DATA if it is a small one that is
 * damaged; ERR_OS. */
bool run_file_map(const struct run_file *f, enum run_piece k, struct shm *s, struct err *e);

/* Reads all of the file and checks it. ERR_DATA if a byte has changed. On all cores. */
bool run_file_check(const struct run_file *f, struct err *e);

#endif
