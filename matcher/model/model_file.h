/* Model files: JSON that people read, edit and compare, a level a line. */
#ifndef AXB_MATCHER_MODEL_MODEL_FILE_H
#define AXB_MATCHER_MODEL_MODEL_FILE_H

#include "core/err.h"
#include "matcher/model/model.h"

#include <stdio.h>

/* Reads the file, or "fd:N:NAME" (core/inherited.h), into *m, which model_free frees. ERR_NOINPUT;
 * ERR_DATA with the line, or with where in the model it is, for what no model can have. */
bool model_read(struct model *m, const char *path, struct err *e);

/* Writes the file to a stream. The same model has the same bytes. */
void model_write(const struct model *m, FILE *f);

#endif
