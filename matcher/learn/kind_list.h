/* --kind dob=date,title=cosine_idf: what users say of the kinds of columns.
 *
 * A name on the right is a kind (model_kinds.h), a metric as --metric takes it, or "none" for a
 * column that is not to be compared. */
#ifndef AXB_MATCHER_LEARN_KIND_LIST_H
#define AXB_MATCHER_LEARN_KIND_LIST_H

#include "core/err.h"
#include "matcher/model/model_kinds.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

#define KIND_LIST_MAX 64u

struct kind_asked {
    char *name;                    /* of the column, in A or in B */
    const struct model_kind *kind; /* NULL: none */
    char *metric;                  /* NULL: that of the kind */
    bool used;
};

struct kind_list {
    struct kind_asked of[KIND_LIST_MAX];
    uint32_t n;
};

/* Reads the option into an empty list. ERR_USAGE; kind_list_free is due even then. */
bool kind_list_read(struct kind_list *list, const struct opts_strings *option, struct err *e);

/* What is said of the column of these names, and marks it as used; NULL: nothing. */
const struct kind_asked *kind_list_find(struct kind_list *list, const char *name_a,
                                        const char *name_b);

/* Refuses what was said of columns that are not compared. ERR_USAGE. */
bool kind_list_all_used(const struct kind_list *list, struct err *e);
void kind_list_free(struct kind_list *list);

#endif
