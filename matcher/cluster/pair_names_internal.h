/* What the files pair_names….c share, and nobody else sees. */
#ifndef AXB_MATCHER_CLUSTER_PAIR_NAMES_INTERNAL_H
#define AXB_MATCHER_CLUSTER_PAIR_NAMES_INTERNAL_H

#include "matcher/cluster/pair_names.h"

/* Texts that are numbered, equal ones alike. */
struct pair_texts {
    struct bytes *text;
    uint32_t *number;
    uint32_t n, n_numbers;
};

/* Room for `most` texts. ERR_DATA for more than can be numbered. pair_texts_free is due in any
 * case. */
bool pair_texts_open(struct pair_texts *t, uint64_t most, struct err *e);
void pair_texts_add_values(struct pair_texts *t, const struct table *table, uint32_t column);
bool pair_texts_number(struct pair_texts *t, struct err *e);
void pair_texts_free(struct pair_texts *t);

bool pair_names_no_memory(struct err *e);
/* Distinct names on a side of the pairs. */
uint32_t pair_names_values(const struct pair_file *f, int side);
/* Room for the record of each pair. */
bool pair_names_open(struct pair_names *names, const struct pair_file *f, struct err *e);
/* Gives each pair the record of its name: value v of a side is record of[side][v]. */
void pair_names_spread(struct pair_names *names, const struct pair_file *f,
                       const uint32_t *const of[2]);

#endif
