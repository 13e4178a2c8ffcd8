/* From a file of pairs to a list of them: in order, each once, as choosing sees them
 * (choose/found.h).
 *
 * The pairs i, j and j, i are one pair, with the better score. Pairs of a record with itself, pairs
 * with one record only, and those with too bad a score are left out and counted. */
#ifndef AXB_MATCHER_CLUSTER_PAIR_LIST_H
#define AXB_MATCHER_CLUSTER_PAIR_LIST_H

#include "core/err.h"
#include "matcher/choose/found.h"
#include "matcher/cluster/pair_file.h"
#include "matcher/cluster/pair_names.h"

#include <stdint.h>

struct pair_list {
    struct found found; /* malloced */
    uint64_t read;      /* pairs of the file */
    uint64_t outside;   /* left out by their score */
    uint64_t with_self, halves, repeated;
};

/* Takes the pairs whose score is from least to most; all, with the score 1, of a file without
 * scores. ERR_DATA if a score is no number. pair_list_free is due in any case. */
bool pair_list_make(struct pair_list *list, const struct pair_file *f,
                    const struct pair_names *names, double least, double most,
                    enum choose_better better, struct err *e);
void pair_list_free(struct pair_list *list);

/* Says what was left out. */
void pair_list_note(const struct pair_list *list, const char *shown);

#endif
