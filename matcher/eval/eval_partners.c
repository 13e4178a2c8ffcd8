/* Three numbers for each record: its partners that were found, those that are true, and both. */
#include "matcher/eval/eval_partners.h"

#include <stdlib.h>

/* An array of each, with a place for each record; and its best pair among those found. */
struct tally {
    uint32_t *found, *truth, *right;
    uint64_t *best; /* a place in the list of pairs; UINT64_MAX: none */
};

/* Counts the partners that pairs give, all of them or the shared ones alone. */
static void add_pairs(const struct eval_part *p, bool shared_alone, uint32_t *n)
{
    for (uint64_t i = 0; i < p->pairs.n; i++)
        if (p->shared[i] || !shared_alone) {
            n[p->pairs.pair[i].a]++;
            n[p->pairs.pair[i].b]++;
        }
}

static bool add_partners(const struct eval_part *p, const struct eval_records *r, uint32_t *n,
                         struct err *e)
{
    if (p->is_clusters)
        return eval_groups_partners(&p->groups, NULL, r, n, e);
    add_pairs(p, false, n);
    return true;
}

static bool add_right(const struct eval_part *found, const struct eval_part *truth,
                      const struct eval_records *r, uint32_t *n, struct err *e)
{
    if (found->is_clusters && truth->is_clusters)
        return eval_groups_partners(&found->groups, &truth->groups, r, n, e);
    add_pairs(found->is_clusters ? truth : found, true, n);
    return true;
}

/* Is pair i better than the best so far? Any is better than none. */
static bool is_better(const struct eval_pairs *p, uint64_t i, uint64_t best)
{
    if (best == UINT64_MAX)
        return true;
    const struct eval_pair *x = &p->pair[i], *y = &p->pair[best];
    return x->score > y->score || (x->score >= y->score && x->row < y->row);
}

static void find_best(const struct eval_pairs *p, uint32_t n, uint64_t *best)
{
    for (uint32_t i = 0; i < n; i++)
        best[i] = UINT64_MAX;
    for (uint64_t i = 0; i < p->n; i++) {
        const uint32_t ends[] = {p->pair[i].a, p->pair[i].b};
        for (int k = 0; k < 2 && p->pair[i].score == p->pair[i].score; k++)
            if (is_better(p, i, best[ends[k]]))
                best[ends[k]] = i;
    }
}

static void add_up(const struct tally *t, const struct eval_part *found,
                   const struct eval_records *r, struct eval_partners counts[2])
{
    for (uint32_t i = 0; i < r->n; i++) {
        struct eval_partners *c = &counts[eval_records_side(r, i)];
        c->with_true += t->truth[i] > 0;
        c->right += t->right[i] > 0;
        c->all_right += t->truth[i] > 0 && t->right[i] == t->truth[i];
        c->best_right += t->truth[i] > 0 && t->best[i] != UINT64_MAX && found->shared[t->best[i]];
        c->with_found += t->found[i] > 0;
        c->wrong += t->found[i] > t->right[i];
    }
}

bool eval_partners_count(const struct eval_part *found, const struct eval_part *truth,
                         const struct eval_records *r, struct eval_partners counts[2],
                         struct err *e)
{
    uint32_t *n = calloc(3 * (r->n + 1ull), sizeof *n);
    struct tally t = {n, n + r->n + 1, n + 2 * (r->n + 1ull),
                      malloc((r->n + 1ull) * sizeof *t.best)};
    bool ok = (n && t.best) || err_set(e, ERR_OS, NULL, "not enough memory for the records");
    ok = ok && add_partners(found, r, t.found, e) && add_partners(truth, r, t.truth, e) &&
         add_right(found, truth, r, t.right, e);
    if (ok) {
        find_best(&found->pairs, r->n, t.best);
        add_up(&t, found, r, counts);
    }
    free(n);
    free(t.best);
    return ok;
}
