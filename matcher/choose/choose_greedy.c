/* Sorts the pairs themselves, since a pair is as short as a key with its place, and finds the order
 * of rows again from the row of A, which is in one pair at most. */
#include "matcher/choose/choose_greedy.h"
#include "matcher/choose/found_order.h"
#include "matcher/choose/scratch.h"

struct greedy {
    struct found_pair *spare; /* as many as there are pairs */
    uint64_t *kept; /* row of A → 1 + the place of its pair in the order of scores; 0: free */
    unsigned char *taken; /* of each record: is it in a pair? */
};

static bool greedy_open(struct greedy *g, uint64_t n_pairs, struct found_rows rows,
                        struct scratch *s, struct err *e)
{
    const uint64_t records = found_records(rows);
    const uint64_t bytes = n_pairs * sizeof *g->spare + rows.n[0] * sizeof *g->kept + records;
    return scratch_open(s, "the choice of pairs", bytes, e) &&
           (g->spare = scratch_take(s, n_pairs, sizeof *g->spare, e)) &&
           (g->kept = scratch_take(s, rows.n[0], sizeof *g->kept, e)) &&
           (g->taken = scratch_take(s, records, 1, e));
}

static void take_pairs(const struct greedy *g, const struct found_pair *pair, uint64_t n,
                       struct found_rows rows)
{
    for (uint64_t i = 0; i < n; i++) {
        unsigned char *a = &g->taken[pair[i].row_a];
        unsigned char *b = &g->taken[found_record_b(rows, pair[i].row_b)];
        if (*a || *b)
            continue;
        *a = *b = 1;
        g->kept[pair[i].row_a] = i + 1;
    }
}

bool choose_greedy(struct found *found, struct found_rows rows, enum choose_better better,
                   struct err *e)
{
    struct greedy g;
    struct scratch s;
    const bool ok = greedy_open(&g, found->n, rows, &s, e);
    if (ok) {
        const struct found_pair *sorted = found_order(found->pair, g.spare, found->n, better);
        struct found_pair *out = sorted == found->pair ? g.spare : found->pair;
        uint64_t n = 0;
        take_pairs(&g, sorted, found->n, rows);
        for (uint64_t row = 0; row < rows.n[0]; row++)
            if (g.kept[row])
                out[n++] = sorted[g.kept[row] - 1];
        if (n && out != found->pair)
            memcpy(found->pair, out, n * sizeof *out);
        found->n = n;
    }
    scratch_close(&s);
    return ok;
}
