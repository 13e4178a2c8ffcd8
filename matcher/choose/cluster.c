/* Chains and stars, and the strength of records. The clusters that grow by joining are in
 * cluster_join.c. */
#include "matcher/choose/cluster.h"
#include "matcher/choose/cluster_internal.h"
#include "matcher/choose/found_order.h"
#include "matcher/choose/scratch.h"

#include <math.h>

/* ---- Chains ----------------------------------------------------------------------------------*/

static void all_alone(uint32_t *cluster, uint64_t records)
{
    for (uint64_t r = 0; r < records; r++)
        cluster[r] = (uint32_t)r;
}

/* Each record points to a lower one of its cluster, so that the root is the lowest. */
void cluster_connected(const struct found *found, struct found_rows rows, uint32_t *cluster)
{
    all_alone(cluster, found_records(rows));
    for (uint64_t i = 0; i < found->n; i++) {
        const uint32_t a = cluster_root(cluster, found->pair[i].row_a);
        const uint32_t b =
            cluster_root(cluster, (uint32_t)found_record_b(rows, found->pair[i].row_b));
        cluster[a < b ? b : a] = a < b ? a : b;
    }
    for (uint64_t r = 0; r < found_records(rows); r++)
        cluster[r] = cluster[cluster[r]]; /* that of a lower record is final */
}

/* ---- Stars -----------------------------------------------------------------------------------*/

enum part { FREE, CENTRE, ATTACHED };

struct stars {
    struct found_pair *pair, *spare;
    uint32_t *n_pairs;   /* of each record */
    unsigned char *part; /* of each record: enum part */
    uint32_t *cluster;
};

static bool stars_open(struct stars *t, const struct found *found, uint64_t records,
                       struct scratch *s, struct err *e)
{
    const char *what = "the clusters";
    const uint64_t pair_bytes = 2 * sizeof *t->pair, row_bytes = sizeof *t->n_pairs + 1;
    return scratch_open(s, what, found->n * pair_bytes + records * row_bytes, e) &&
           (t->pair = scratch_take(s, found->n, sizeof *t->pair, e)) &&
           (t->spare = scratch_take(s, found->n, sizeof *t->spare, e)) &&
           (t->n_pairs = scratch_take(s, records, sizeof *t->n_pairs, e)) &&
           (t->part = scratch_take(s, records, 1, e));
}

static void attach(const struct stars *t, uint32_t centre, uint32_t record)
{
    t->part[centre] = CENTRE;
    t->part[record] = ATTACHED;
    t->cluster[record] = centre;
}

static void look_at(const struct stars *t, uint32_t a, uint32_t b)
{
    const bool a_is_centre = t->n_pairs[a] != t->n_pairs[b] ? t->n_pairs[a] > t->n_pairs[b] : a < b;
    if (t->part[a] == FREE && t->part[b] == FREE)
        attach(t, a_is_centre ? a : b, a_is_centre ? b : a);
    else if (t->part[a] == CENTRE && t->part[b] == FREE)
        attach(t, a, b);
    else if (t->part[b] == CENTRE && t->part[a] == FREE)
        attach(t, b, a);
}

/* Makes the lowest record of each star its number. `lowest` is space for a number a record. */
static void number_stars(uint32_t *cluster, uint32_t *lowest, uint64_t records)
{
    memset(lowest, 0xff, records * sizeof *lowest);
    for (uint64_t r = 0; r < records; r++)
        if (r < lowest[cluster[r]])
            lowest[cluster[r]] = (uint32_t)r;
    for (uint64_t r = 0; r < records; r++)
        cluster[r] = lowest[cluster[r]];
}

bool cluster_best_link(const struct found *found, struct found_rows rows, enum choose_better better,
                       uint32_t *cluster, struct err *e)
{
    const uint64_t records = found_records(rows);
    struct stars t = {.cluster = cluster};
    struct scratch s = {.n = 0};
    const bool ok = stars_open(&t, found, records, &s, e);
    if (ok) {
        all_alone(cluster, records);
        for (uint64_t i = 0; i < found->n; i++) {
            t.pair[i] = found->pair[i];
            t.n_pairs[t.pair[i].row_a]++;
            t.n_pairs[found_record_b(rows, t.pair[i].row_b)]++;
        }
        const struct found_pair *sorted = found_order(t.pair, t.spare, found->n, better);
        for (uint64_t i = 0; i < found->n; i++)
            look_at(&t, sorted[i].row_a, (uint32_t)found_record_b(rows, sorted[i].row_b));
        number_stars(cluster, t.n_pairs, records);
    }
    scratch_close(&s);
    return ok;
}

/* ---- Strength --------------------------------------------------------------------------------*/

static void strengthen(double *strength, double score, enum choose_better better)
{
    if (isnan(*strength) || found_rank(score, better) < found_rank(*strength, better))
        *strength = score;
}

void cluster_strength(const struct found *found, struct found_rows rows, enum choose_better better,
                      const uint32_t *cluster, double *strength)
{
    for (uint64_t r = 0; r < found_records(rows); r++)
        strength[r] = NAN;
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *p = &found->pair[i];
        const uint64_t b = found_record_b(rows, p->row_b);
        if (cluster[p->row_a] != cluster[b])
            continue;
        strengthen(&strength[p->row_a], p->score, better);
        strengthen(&strength[b], p->score, better);
    }
}
