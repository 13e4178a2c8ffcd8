/* Where results go: stdout, a descriptor that was inherited, or a file that appears whole or not at
 * all.
 *
 * A file is written without a name (O_TMPFILE) where the file system can, else under a temporary
 * one, and takes its name only in out_commit; so a run that fails or is killed leaves the old file
 * as it was and nothing beside it. A run that is to be taken up again after it was killed writes to
 * PATH.partial instead, which stays. A file whose name ends in .gz or .zst is compressed. */
#ifndef AXB_DATA_OUT_H
#define AXB_DATA_OUT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes bytes in order. False with *e ends the writing. */
typedef bool out_take_fn(void *context, const char *p, size_t n, struct err *e);

struct out {
    int fd;
    char *path;        /* NULL: stdout; where it leads, if it is a symbolic link */
    char *temporary;   /* its present name, or NULL when it has none */
    uint64_t bytes;    /* written so far, before they are compressed */
    bool inherited;    /* fd is a copy of a descriptor that path names, "fd:7" */
    bool partial;      /* temporary is PATH.partial, which outlives us */
    struct pack *pack; /* that compresses what is written, or NULL */
    out_take_fn *take; /* gets what is written, in place of fd; NULL */
    void *take_context;
    struct XXH3_state_s *sum;   /* of what is written since out_checksum_begin; NULL */
    struct XXH3_state_s *whole; /* of the whole file since out_whole_begin; NULL */
};

/* `path` NULL or "-" is stdout, "fd:7" the descriptor 7 (core/inherited.h), from where it stands.
 * Refuses a directory and a place that cannot be written, now. */
bool out_open(struct out *o, const char *path, struct err *e);
/* What is written goes to a function of ours; it does not count into o->bytes. */
void out_open_into(struct out *o, out_take_fn *take, void *context);
/* The same as out_open with PATH.partial, which may exist from before: o->bytes says how long it
 * is. out_whole_begin and out_keep come before the first out_write. `path` is to be a file that is
 * not compressed: ERR_USAGE if it is not. ERR_STOPPED while another process writes it. */
bool out_open_partial(struct out *o, const char *path, struct err *e);
/* Opens a file for reading and writing that one process at a time may have, making it if it does
 * not exist; -1 on failure. ERR_STOPPED if another has it, and keeps it for a second. */
int out_open_locked(const char *path, struct err *e);
/* The name of a file at this path will still be there when the machine fails, where the file system
 * can do that. */
void out_sync_name(const char *path);
/* Begins a checksum of the whole PATH.partial, with its first `bytes` bytes, at most all of them.
 * It changes nothing in the file. What is written later counts as well. */
bool out_whole_begin(struct out *o, uint64_t bytes, struct err *e);
/* That checksum so far, of the same kind as out_checksum_value. */
uint64_t out_whole_value(const struct out *o);
/* Does the path lead to a file of so many bytes with this checksum? */
bool out_is_file(const char *path, uint64_t bytes, uint64_t whole);
/* Keeps the first `bytes` bytes of PATH.partial, at most all of them; what is written next follows
 * them. */
bool out_keep(struct out *o, uint64_t bytes, struct err *e);
/* What was written so far will still be there when the machine fails. */
bool out_sync(struct out *o, struct err *e);
bool out_write(struct out *o, const char *p, size_t n, struct err *e);
/* Begins a checksum of what is written from here on, and of what exists already after byte `from`.
 */
bool out_checksum_begin(struct out *o, uint64_t from, struct err *e);
/* The checksum so far: XXH3, 64 bits (Yann Collet, 2020). */
uint64_t out_checksum_value(const struct out *o);
/* Flushes, gives the file its name, closes. */
bool out_commit(struct out *o, struct err *e);
/* Closes and drops what was written, but for a PATH.partial that is not empty; harmless after
 * out_commit. */
void out_abort(struct out *o);
/* Drops all that was written to PATH.partial: there will be no use for it. */
void out_drop(struct out *o);

#endif
