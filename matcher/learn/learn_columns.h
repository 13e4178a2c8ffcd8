/* The columns that a model compares: which, of which kind, by which metric.
 *
 * Reads both files once, whole, to see what their columns are like. Every choice has a reason that
 * people are told, and an option that makes it otherwise: --columns, --kind, --id. Not here:
 * levels and weights (null.h, fit/). */
#ifndef AXB_MATCHER_LEARN_LEARN_COLUMNS_H
#define AXB_MATCHER_LEARN_LEARN_COLUMNS_H

#include "core/err.h"
#include "matcher/model/model.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

#define LEARN_WHY_BYTES 160u

/* A column of the model in the making. */
struct learn_column {
    double filled[2]; /* the share of the records that have a value */
    double in_common; /* where it was paired by content; else 0 */
};

/* A column that is left out, and why. */
struct left_out {
    int side; /* 0: of A, 1: of B, 2: of both */
    char *name;
    char why[LEARN_WHY_BYTES];
};

struct learn_columns {
    struct learn_column of[MODEL_MAX_COLUMNS]; /* of each column of the model */
    bool asked[MODEL_MAX_COLUMNS];             /* --kind says of which kind it is */
    struct left_out *left_out;                 /* owned */
    uint32_t n_left_out;
};

/* The values that count as missing where no --null is given. */
#define LEARN_NULLS                                                                                \
    "null,NULL,Null,none,None,NONE,nan,NaN,NAN,n/a,N/A,na,NA,unknown,Unknown,UNKNOWN,[unknown],"   \
    "-,?"

/* Fills m->records and m->column, without levels. `self`: one table. ERR_USAGE for options that
 * name what is not there, or where no column is left; what loading says. learn_columns_free and
 * model_free are due even after a failure. */
bool learn_columns_choose(const struct opts *o, bool self, struct model *m, struct learn_columns *c,
                          struct err *e);
void learn_columns_free(struct learn_columns *c);

#endif
