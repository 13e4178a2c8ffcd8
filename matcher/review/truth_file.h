/* The file of labelled pairs to which answers are added: `a,b,match`, as inputs/labels.h reads it.
 *
 * Each answer is a line, is written by one call, and is on the disk when truth_file_add returns:
 * neither a crash nor a power failure loses it. Only one process at a time may add to a file. Not
 * here: what was answered earlier (inputs/labels.h). */
#ifndef AXB_MATCHER_REVIEW_TRUTH_FILE_H
#define AXB_MATCHER_REVIEW_TRUTH_FILE_H

#include "core/err.h"
#include "data/table.h"
#include "matcher/inputs/labels.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct truth_file {
    int fd; /* -1: not open */
    const char *path;
    uint32_t n_columns, column; /* of the file, and that of the labels */
    bool is_empty;              /* when it was opened: it had no line besides its header */
    off_t end;                  /* where our last line ends; what comes after it is not ours */
};

/* Opens the file, or makes one that has its header alone. A last line that lacks its end is ended
 * or, if it was cut short, as by a power failure, taken away, which a note says. ERR_USAGE for what
 * is no plain file; ERR_STOPPED while another process has it; ERR_IO. */
bool truth_file_open(struct truth_file *f, const char *path, struct err *e);

/* Says how the file is written, as labels_read found it. ERR_USAGE: lines cannot be added to such a
 * file, as it is not UTF-8 with commas. */
bool truth_file_follow(struct truth_file *f, const struct labels *labels, struct err *e);

/* Adds a line; *at is where it begins, for truth_file_take_back. ERR_IO: it could not be written;
 * the file is as before. ERR_OS. */
bool truth_file_add(struct truth_file *f, struct bytes a, struct bytes b, bool match, off_t *at,
                    struct err *e);

/* Takes the last line away again, which begins at `at`. ERR_IO: somebody else has changed the file;
 * nothing is done. */
bool truth_file_take_back(struct truth_file *f, off_t at, struct err *e);

void truth_file_close(struct truth_file *f);

#endif
