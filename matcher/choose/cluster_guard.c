/* Bridges, by a walk in depth over the pairs of the clusters that are too large.
 *
 * To cut a bridge makes no other pair a bridge, nor keeps one from being one. So they are found
 * once, and looked at once, from the worst to the best. What remains of a cluster without its
 * bridges is a block; blocks and bridges make trees, and to cut one means to walk about its smaller
 * part. */
#include "matcher/choose/cluster_guard.h"
#include "matcher/choose/cluster.h"
#include "matcher/choose/found_order.h"
#include "matcher/choose/scratch.h"

#define NONE UINT32_MAX

static const char *const what = "the clusters that are too large";

struct graph {
    const struct found *found;
    struct found_rows rows;
    uint32_t records;
    uint32_t *cluster, *size; /* of each record; of each cluster, at its lowest record */
    uint64_t *begin;          /* the pairs of record r are pairs[begin[r]] … */
    uint32_t *pairs;
    unsigned char *is_bridge; /* of each pair: found by walk_all */
};

static uint32_t row_b(const struct graph *g, uint64_t pair)
{
    return (uint32_t)found_record_b(g->rows, g->found->pair[pair].row_b);
}

static uint32_t other_end(const struct graph *g, uint64_t pair, uint32_t record)
{
    const uint32_t a = g->found->pair[pair].row_a;
    return a == record ? row_b(g, pair) : a;
}

static void find_sizes(const struct graph *g)
{
    cluster_connected(g->found, g->rows, g->cluster);
    for (uint32_t r = 0; r < g->records; r++)
        g->size[g->cluster[r]]++;
}

static void find_pairs(const struct graph *g)
{
    uint64_t *next = g->begin + 1;
    for (uint64_t i = 0; i < g->found->n; i++) {
        g->begin[2 + (uint64_t)g->found->pair[i].row_a]++;
        g->begin[2 + (uint64_t)row_b(g, i)]++;
    }
    for (uint64_t r = 2; r < (uint64_t)g->records + 2; r++)
        g->begin[r] += g->begin[r - 1];
    for (uint64_t i = 0; i < g->found->n; i++) {
        g->pairs[next[g->found->pair[i].row_a]++] = (uint32_t)i;
        g->pairs[next[row_b(g, i)]++] = (uint32_t)i;
    }
}

static bool graph_open(struct graph *g, const struct found *found, struct found_rows rows,
                       struct scratch *s, struct err *e)
{
    const uint64_t records = found_records(rows);
    const uint64_t row_bytes = sizeof *g->cluster + sizeof *g->size + sizeof *g->begin;
    const uint64_t pair_bytes = 2 * sizeof *g->pairs + 1;
    *g = (struct graph){.found = found, .rows = rows, .records = (uint32_t)records};
    if (found->n >= NONE)
        return err_set(e, ERR_OS, "raise the threshold", "%s: more than 4 billion pairs", what);
    if (!scratch_open(s, what, records * row_bytes + found->n * pair_bytes, e) ||
        !(g->cluster = scratch_take(s, records, sizeof *g->cluster, e)) ||
        !(g->size = scratch_take(s, records, sizeof *g->size, e)) ||
        !(g->begin = scratch_take(s, records + 1, sizeof *g->begin, e)) ||
        !(g->pairs = scratch_take(s, 2 * found->n, sizeof *g->pairs, e)) ||
        !(g->is_bridge = scratch_take(s, found->n, 1, e)))
        return false;
    find_sizes(g);
    find_pairs(g);
    return true;
}

/* ---- Bridges ---------------------------------------------------------------------------------*/

/* A walk in depth. `low` is the earliest record that can be reached from a record's part of the
 * walk without the pair by which the walk came. */
struct walk {
    const struct graph *g;
    uint32_t *turn, *low; /* of each record: 1 + when the walk came to it; 0: not yet */
    uint32_t *came_by;    /* of each record: the pair by which it came; NONE at the start */
    uint64_t *next;       /* of each record: the pair to be looked at next */
    uint32_t n;
};

static void arrive(struct walk *w, uint32_t record, uint32_t pair)
{
    w->turn[record] = w->low[record] = ++w->n;
    w->came_by[record] = pair;
    w->next[record] = w->g->begin[record];
}

/* Back to the record from which the walk came; NONE at the start. */
static uint32_t go_back(struct walk *w, uint32_t record)
{
    const uint32_t pair = w->came_by[record];
    if (pair == NONE)
        return NONE;
    const uint32_t back = other_end(w->g, pair, record);
    if (w->low[record] < w->low[back])
        w->low[back] = w->low[record];
    w->g->is_bridge[pair] = w->low[record] > w->turn[back];
    return back;
}

static void walk_from(struct walk *w, uint32_t start)
{
    arrive(w, start, NONE);
    for (uint32_t at = start; at != NONE;) {
        if (w->next[at] == w->g->begin[at + 1]) {
            at = go_back(w, at);
            continue;
        }
        const uint32_t pair = w->g->pairs[w->next[at]++], to = other_end(w->g, pair, at);
        if (pair == w->came_by[at])
            continue;
        if (w->turn[to] == 0) {
            arrive(w, to, pair);
            at = to;
        } else if (w->turn[to] < w->low[at]) {
            w->low[at] = w->turn[to];
        }
    }
}

static bool find_bridges(const struct graph *g, uint32_t max_size, struct err *e)
{
    struct walk w = {.g = g};
    struct scratch s;
    const uint64_t row_bytes = 3 * sizeof *w.turn + sizeof *w.next;
    const bool ok = scratch_open(&s, what, g->records * row_bytes, e) &&
                    (w.turn = scratch_take(&s, g->records, sizeof *w.turn, e)) &&
                    (w.low = scratch_take(&s, g->records, sizeof *w.low, e)) &&
                    (w.came_by = scratch_take(&s, g->records, sizeof *w.came_by, e)) &&
                    (w.next = scratch_take(&s, g->records, sizeof *w.next, e));
    for (uint32_t r = 0; ok && r < g->records; r++)
        if (g->cluster[r] == r && g->size[r] > max_size)
            walk_from(&w, r);
    scratch_close(&s);
    return ok;
}

/* ---- The weakest -----------------------------------------------------------------------------*/

/* Is pair i weaker than the one that was before it? */
static bool is_weaker(const struct graph *g, uint64_t i, const struct cluster_large *l,
                      enum choose_better better)
{
    if (l->weakest == UINT64_MAX || g->is_bridge[i] != l->is_bridge)
        return l->weakest == UINT64_MAX || g->is_bridge[i];
    return found_rank(g->found->pair[i].score, better) >=
           found_rank(g->found->pair[l->weakest].score, better);
}

/* Lists the clusters, and makes size[cluster] 1 + the number in that list; 0: not there. */
static uint32_t list_large(const struct graph *g, uint32_t max_size, struct cluster_large *large)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < g->records; r++) {
        const uint32_t size = g->size[r];
        g->size[r] = 0;
        if (size <= max_size)
            continue;
        large[n] = (struct cluster_large){r, size, UINT64_MAX, false};
        g->size[r] = ++n;
    }
    return n;
}

bool cluster_guard_find(const struct found *found, struct found_rows rows,
                        enum choose_better better, uint32_t max_size, struct cluster_large *large,
                        uint32_t *n_large, struct err *e)
{
    struct graph g;
    struct scratch s = {.n = 0};
    const bool ok = graph_open(&g, found, rows, &s, e) && find_bridges(&g, max_size, e);
    if (ok) {
        *n_large = list_large(&g, max_size, large);
        for (uint64_t i = 0; i < found->n; i++) {
            const uint32_t listed = g.size[g.cluster[found->pair[i].row_a]];
            struct cluster_large *l = listed ? &large[listed - 1] : NULL;
            if (l && is_weaker(&g, i, l, better)) {
                l->weakest = i;
                l->is_bridge = g.is_bridge[i];
            }
        }
    }
    scratch_close(&s);
    return ok;
}

/* ---- Cutting ---------------------------------------------------------------------------------*/

/* A part is a cluster, by its number, or what was cut off one, by the number of records and of cuts
 * before. */
struct cutting {
    const struct graph *g;
    struct found_pair *bridge, *spare; /* row_a: the number of the pair */
    uint32_t n_bridges, n_cuts;
    unsigned char *is_cut; /* of each pair */
    uint32_t *part;        /* of each record */
    uint64_t *size;        /* of each part: records */
    uint32_t *met;         /* of each record: 1 + the cut in which it was met last */
    uint32_t *list[2];     /* the records of both sides of a bridge that were met */
};

/* One side of a bridge, as far as it was walked. */
struct side {
    uint32_t *list;
    uint32_t n, done; /* met, and of these those of which all pairs were looked at */
    uint64_t next;    /* the pair of list[done] to be looked at next */
};

static void meet(const struct cutting *c, struct side *s, uint32_t record)
{
    if (c->met[record] == c->n_cuts + 1)
        return;
    c->met[record] = c->n_cuts + 1;
    if (s->n == s->done)
        s->next = c->g->begin[record];
    s->list[s->n++] = record;
}

/* Looks at one more pair; false if all of the side was met. */
static bool widen(const struct cutting *c, struct side *s)
{
    if (s->done == s->n)
        return false;
    const uint32_t record = s->list[s->done];
    if (s->next < c->g->begin[record + 1]) {
        const uint32_t pair = c->g->pairs[s->next++];
        if (!c->is_cut[pair])
            meet(c, s, other_end(c->g, pair, record));
        return true;
    }
    s->done++;
    if (s->done < s->n)
        s->next = c->g->begin[s->list[s->done]];
    return true;
}

/* Cuts a bridge: walks both sides, a pair at a time, until one of them ends. That becomes a part.
 */
static void cut(struct cutting *c, uint32_t bridge)
{
    const uint32_t ends[2] = {c->g->found->pair[bridge].row_a, row_b(c->g, bridge)};
    const uint64_t before = c->part[ends[0]], after = (uint64_t)c->g->records + c->n_cuts;
    struct side side[2] = {{.list = c->list[0]}, {.list = c->list[1]}};
    unsigned turn = 0;
    c->is_cut[bridge] = 1;
    meet(c, &side[0], ends[0]);
    meet(c, &side[1], ends[1]);
    while (widen(c, &side[turn]))
        turn = 1 - turn;
    for (uint32_t i = 0; i < side[turn].n; i++)
        c->part[side[turn].list[i]] = (uint32_t)after;
    c->size[before] -= side[turn].n;
    c->size[after] = side[turn].n;
    c->n_cuts++;
}

/* The worst first, of equals the last. */
static void sort_bridges(struct cutting *c, enum choose_better better)
{
    uint32_t n = 0;
    for (uint32_t i = (uint32_t)c->g->found->n; i-- > 0;)
        if (c->g->is_bridge[i])
            c->bridge[n++] = (struct found_pair){i, 0, c->g->found->pair[i].score};
    const enum choose_better worse = better == CHOOSE_LEAST ? CHOOSE_GREATEST : CHOOSE_LEAST;
    const struct found_pair *sorted = found_order(c->bridge, c->spare, n, worse);
    if (sorted != c->bridge)
        memcpy(c->bridge, sorted, n * sizeof *sorted);
}

static bool cutting_open(struct cutting *c, const struct graph *g, struct scratch *s, struct err *e)
{
    const uint64_t records = g->records, row_bytes = 2 * sizeof *c->size + 4 * sizeof *c->part;
    uint64_t bytes;
    *c = (struct cutting){.g = g};
    for (uint64_t i = 0; i < g->found->n; i++)
        c->n_bridges += g->is_bridge[i];
    bytes = c->n_bridges * 2 * sizeof *c->bridge + g->found->n + records * row_bytes;
    if (!scratch_open(s, what, bytes, e) ||
        !(c->bridge = scratch_take(s, c->n_bridges, sizeof *c->bridge, e)) ||
        !(c->spare = scratch_take(s, c->n_bridges, sizeof *c->spare, e)) ||
        !(c->is_cut = scratch_take(s, g->found->n, 1, e)) ||
        !(c->part = scratch_take(s, records, sizeof *c->part, e)) ||
        !(c->size = scratch_take(s, 2 * records, sizeof *c->size, e)) ||
        !(c->met = scratch_take(s, records, sizeof *c->met, e)) ||
        !(c->list[0] = scratch_take(s, records, sizeof *c->list[0], e)) ||
        !(c->list[1] = scratch_take(s, records, sizeof *c->list[1], e)))
        return false;
    for (uint32_t r = 0; r < g->records; r++) {
        c->part[r] = g->cluster[r];
        c->size[r] = g->size[r];
    }
    return true;
}

/* Moves the pairs that were cut after the others. */
static void put_apart(struct found *found, const struct cutting *c)
{
    uint64_t kept = 0, n_cut = 0;
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair p = found->pair[i];
        if (c->is_cut[i])
            c->spare[n_cut++] = p;
        else
            found->pair[kept++] = p;
    }
    if (n_cut > 0) /* without pairs there is no list either */
        memcpy(found->pair + kept, c->spare, n_cut * sizeof *c->spare);
    found->n = kept;
}

bool cluster_guard_cut(struct found *found, struct found_rows rows, enum choose_better better,
                       uint32_t max_size, struct err *e)
{
    struct graph g;
    struct cutting c;
    struct scratch s = {.n = 0}, more = {.n = 0};
    const bool ok = graph_open(&g, found, rows, &s, e) && find_bridges(&g, max_size, e) &&
                    cutting_open(&c, &g, &more, e);
    if (ok) {
        sort_bridges(&c, better);
        for (uint32_t i = 0; i < c.n_bridges; i++)
            if (c.size[c.part[found->pair[c.bridge[i].row_a].row_a]] > max_size)
                cut(&c, c.bridge[i].row_a);
        put_apart(found, &c);
    }
    scratch_close(&more);
    scratch_close(&s);
    return ok;
}
