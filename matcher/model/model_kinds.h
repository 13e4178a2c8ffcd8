/* Kinds of columns: how values of a kind are cleaned and compared. One row each in model_kinds.c.
 */
#ifndef AXB_MATCHER_MODEL_MODEL_KINDS_H
#define AXB_MATCHER_MODEL_MODEL_KINDS_H

#include <stdbool.h>
#include <stddef.h>

struct model_kind {
    const char *name;   /* as --kind and a model file say it */
    const char *what;   /* one line for people */
    const char *metric; /* as --metric takes it */
    const char *rules;  /* as --normalize takes them; "" for none */
    bool figures;       /* its metric reads figures, not texts: no rule cleans them */
    const char *other;  /* the kind that such a column may be as well; NULL: none */
};

/* Of a kind with figures: are they dates? Else they are numbers. */
bool model_kind_has_dates(const struct model_kind *kind);

/* The figure that a text stands for, such as 2024-12-31: days since 1970-01-01, or the number. NaN
 * if it stands for none. */
double model_kind_figure(const struct model_kind *kind, const char *text);

/* Row i, NULL after the last. */
const struct model_kind *model_kind_at(size_t i);

/* The row of that name of n bytes; NULL: none. */
const struct model_kind *model_kind_find(const char *name, size_t n);

#endif
