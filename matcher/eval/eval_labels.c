/* Pairs are filtered where they are; clusters become the labelled pairs within them. */
#include "matcher/eval/eval_labels.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the labelled pairs");
}

/* Makes a part of clusters one of pairs: those of the truth that are within them. */
static bool take_clusters(struct eval_part *found, const struct eval_part *truth, struct err *e)
{
    struct eval_pairs *pairs = &found->pairs;
    pairs->pair = malloc((truth->pairs.n + 1) * sizeof *pairs->pair);
    found->shared = calloc(truth->pairs.n + 1, sizeof *found->shared);
    if (!pairs->pair || !found->shared)
        return no_memory(e);
    for (uint64_t i = 0; i < truth->pairs.n; i++) {
        const struct eval_pair *p = &truth->pairs.pair[i];
        if (eval_part_has(found, p->a, p->b))
            pairs->pair[pairs->n++] = (struct eval_pair){p->a, p->b, (double)NAN, 0};
    }
    found->is_clusters = false;
    return true;
}

/* Leaves the pairs that have a label. */
static void keep_labelled(struct eval_pairs *found, const struct eval_pairs *labelled)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < found->n; i++)
        if (eval_pairs_find(labelled, found->pair[i].a, found->pair[i].b) != UINT64_MAX)
            found->pair[n++] = found->pair[i];
    found->n = n;
}

/* Leaves the pairs whose label says that they match. */
static void keep_matches(struct eval_part *truth)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < truth->pairs.n; i++)
        if (eval_pairs_label(truth->file, truth->pairs.pair[i].row) == LABEL_MATCH)
            truth->pairs.pair[n++] = truth->pairs.pair[i];
    truth->pairs.n = n;
}

/* The connected components of the pairs that are left. */
static bool group_again(struct eval_part *p, const struct eval_records *r, struct err *e)
{
    eval_groups_free(&p->groups);
    p->groups = (struct eval_groups){NULL, NULL};
    return eval_groups_of_pairs(&p->groups, &p->pairs, r, e);
}

bool eval_labels_apply(struct eval_part part[2], const struct eval_records *records,
                       struct eval_labels *labels, struct err *e)
{
    struct eval_part *found = &part[0], *truth = &part[1];
    uint64_t n_found;
    *labels = (struct eval_labels){.are_there = truth->file->label != NULL};
    if (!labels->are_there)
        return true;
    const bool has_clusters = found->is_clusters;
    if (!eval_part_count(found, records, &n_found, e) ||
        (has_clusters && !take_clusters(found, truth, e)))
        return false;
    if (!has_clusters)
        keep_labelled(&found->pairs, &truth->pairs);
    labels->n_labelled = truth->pairs.n;
    labels->n_found_without = n_found - found->pairs.n;
    keep_matches(truth);
    return group_again(found, records, e) && group_again(truth, records, e);
}
