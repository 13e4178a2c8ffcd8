/* Pairs of clusters are never listed here: two records of one cluster are a pair. */
#include "matcher/eval/eval_part.h"

#include <stdlib.h>

bool eval_part_open(struct eval_part *p, const struct eval_file *file, const struct eval_records *r,
                    uint32_t field, bool scores, struct err *e)
{
    p->file = file;
    p->is_clusters = file->is_clusters;
    if (p->is_clusters)
        return eval_groups_of_file(&p->groups, file, r, field, e);
    if (!eval_pairs_make(&p->pairs, file, r, field, scores, e))
        return false;
    p->shared = calloc(p->pairs.n + 1, sizeof *p->shared);
    return p->shared ? eval_groups_of_pairs(&p->groups, &p->pairs, r, e)
                     : err_set(e, ERR_OS, NULL, "not enough memory for the pairs");
}

void eval_part_close(struct eval_part *p)
{
    eval_pairs_free(&p->pairs);
    eval_groups_free(&p->groups);
    free(p->shared);
}

bool eval_part_has(const struct eval_part *p, uint32_t a, uint32_t b)
{
    return p->is_clusters ? p->groups.group[a] == p->groups.group[b]
                          : eval_pairs_find(&p->pairs, a, b) != UINT64_MAX;
}

uint64_t eval_part_mark(struct eval_part *p, const struct eval_part *other)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < p->pairs.n; i++) {
        p->shared[i] = eval_part_has(other, p->pairs.pair[i].a, p->pairs.pair[i].b);
        n += p->shared[i];
    }
    return n;
}

bool eval_part_count(const struct eval_part *p, const struct eval_records *r, uint64_t *n,
                     struct err *e)
{
    *n = p->pairs.n;
    return !p->is_clusters || eval_groups_count(&p->groups, r, n, e);
}
