/* Rows to files: A.csv and, of two files, B.csv, in a shuffled order, and truth.csv. Files appear
 * whole or not at all: they are written under other names and renamed together at the end. */
#ifndef AXB_DATA_SAMPLE_FILES_H
#define AXB_DATA_SAMPLE_FILES_H

#include "core/err.h"
#include "data/sample/rows.h"

/* Writes these files into folder `dir`, which is made if need be, over files of these names. */
bool files_write(const char *dir, const struct rows *rows, uint64_t seed, struct err *e);

#endif
