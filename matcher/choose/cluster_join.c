/* Clusters that grow by joining two at a time: complete and average linkage.
 *
 * A link stands for all pairs across two clusters. Each cluster has a list of its links, and the
 * links that may be joined are in a heap, the best first. When two clusters are joined, their links
 * to a third become one. With complete linkage a link of only one of them is gone for good, since
 * some pair across does not exist; so the links only get fewer, and all changes together take time
 * in proportion to the pairs, but for the heap. With average linkage a cluster keeps all of its
 * links, and each changes with every join. */
#include "matcher/choose/cluster.h"
#include "matcher/choose/cluster_internal.h"
#include "matcher/choose/scratch.h"

#include <math.h>

#define NONE UINT32_MAX

/* The pairs across two clusters, each named by any number that stays while it grows. */
struct link {
    double value;   /* complete: the worst score; average: the sum of the scores */
    uint32_t found; /* the pairs across that exist */
    uint32_t end[2];
    uint32_t next[2], before[2]; /* in the list of end[0] and of end[1]: 2 * link + which end */
    uint32_t place;              /* 1 + where it is in the heap; 0: it is not there */
};

struct entry {
    uint64_t rank; /* of the linkage */
    uint32_t link;
};

struct node {
    uint32_t first;  /* the first of its links: 2 * link + which end */
    uint32_t lowest; /* the lowest record of the cluster, its number */
    uint32_t size;
    uint32_t mark; /* while a cluster is joined: its link to this one; else NONE */
};

struct joining {
    struct link *link;
    struct node *node;
    struct entry *heap;
    uint32_t *cluster; /* record → node, by way of nodes that it was joined into */
    uint32_t n_heap;
    enum choose_better better;
    uint32_t max_size;
    const struct cluster_average *average; /* NULL: complete */
};

/* ---- The heap --------------------------------------------------------------------------------*/

/* The numbers of both clusters, the lower one first. */
static uint64_t numbers_of(const struct joining *j, uint32_t link)
{
    const uint64_t x = j->node[j->link[link].end[0]].lowest;
    const uint64_t y = j->node[j->link[link].end[1]].lowest;
    return x < y ? x << 32 | y : y << 32 | x;
}

static bool is_before(const struct joining *j, struct entry x, struct entry y)
{
    return x.rank != y.rank ? x.rank < y.rank : numbers_of(j, x.link) < numbers_of(j, y.link);
}

static void put_entry(struct joining *j, uint32_t at, struct entry x)
{
    j->heap[at] = x;
    j->link[x.link].place = at + 1;
}

static void sift_up(struct joining *j, uint32_t at, struct entry x)
{
    for (; at > 0 && is_before(j, x, j->heap[(at - 1) / 2]); at = (at - 1) / 2)
        put_entry(j, at, j->heap[(at - 1) / 2]);
    put_entry(j, at, x);
}

static void sift_down(struct joining *j, uint32_t at, struct entry x)
{
    for (uint64_t child = 2 * (uint64_t)at + 1; child < j->n_heap; child = 2 * (uint64_t)at + 1) {
        child += child + 1 < j->n_heap && is_before(j, j->heap[child + 1], j->heap[child]);
        if (!is_before(j, j->heap[child], x))
            break;
        put_entry(j, at, j->heap[child]);
        at = (uint32_t)child;
    }
    put_entry(j, at, x);
}

static void leave_heap(struct joining *j, uint32_t link)
{
    const uint32_t place = j->link[link].place;
    if (place == 0)
        return;
    const struct entry last = j->heap[--j->n_heap];
    j->link[link].place = 0;
    if (place - 1 == j->n_heap)
        return;
    if (place > 1 && is_before(j, last, j->heap[(place - 2) / 2]))
        sift_up(j, place - 1, last);
    else
        sift_down(j, place - 1, last);
}

static double linkage_of(const struct joining *j, const struct link *l)
{
    if (!j->average)
        return l->value;
    const double pairs = (double)j->node[l->end[0]].size * j->node[l->end[1]].size;
    return (l->value + (pairs - l->found) * j->average->floor) / pairs;
}

/* A link that may be joined goes into the heap. Clusters only grow, so one that is too large for
 * that stays so. */
static void enter_heap(struct joining *j, uint32_t link)
{
    const struct link *l = &j->link[link];
    const double linkage = linkage_of(j, l);
    if ((j->average && !(linkage >= j->average->least)) ||
        (uint64_t)j->node[l->end[0]].size + j->node[l->end[1]].size > j->max_size)
        return;
    sift_up(j, j->n_heap++, (struct entry){found_rank(linkage, j->better), link});
}

/* ---- Lists of links --------------------------------------------------------------------------*/

static void list_link(struct joining *j, uint32_t node, uint32_t at)
{
    struct link *l = &j->link[at / 2];
    const uint32_t first = j->node[node].first;
    l->end[at % 2] = node;
    l->next[at % 2] = first;
    l->before[at % 2] = NONE;
    if (first != NONE)
        j->link[first / 2].before[first % 2] = at;
    j->node[node].first = at;
}

static void unlist_link(struct joining *j, uint32_t at)
{
    const struct link *l = &j->link[at / 2];
    const uint32_t next = l->next[at % 2], before = l->before[at % 2];
    if (next != NONE)
        j->link[next / 2].before[next % 2] = before;
    if (before != NONE)
        j->link[before / 2].next[before % 2] = next;
    else
        j->node[l->end[at % 2]].first = next;
}

/* Forgets a link. */
static void drop_link(struct joining *j, uint32_t link)
{
    leave_heap(j, link);
    unlist_link(j, 2 * link);
    unlist_link(j, 2 * link + 1);
}

/* ---- Joining ---------------------------------------------------------------------------------*/

/* Takes the links of a node out of the heap: its number and its size are about to change. */
static uint32_t unheap_links(struct joining *j, uint32_t node)
{
    uint32_t n = 0;
    for (uint32_t at = j->node[node].first; at != NONE; at = j->link[at / 2].next[at % 2], n++)
        leave_heap(j, at / 2);
    return n;
}

static void mark_links(struct joining *j, uint32_t node)
{
    for (uint32_t at = j->node[node].first; at != NONE; at = j->link[at / 2].next[at % 2])
        j->node[j->link[at / 2].end[1 - at % 2]].mark = at / 2;
}

static double merged_value(const struct joining *j, double x, double y)
{
    if (j->average)
        return x + y;
    return found_rank(x, j->better) > found_rank(y, j->better) ? x : y;
}

/* The links of `into` whose other end is marked take up the value of that link. With complete
 * linkage the others are dropped. */
static void merge_links(struct joining *j, uint32_t into)
{
    for (uint32_t at = j->node[into].first, next; at != NONE; at = next) {
        struct link *l = &j->link[at / 2];
        const uint32_t other = j->node[l->end[1 - at % 2]].mark;
        next = l->next[at % 2];
        if (other != NONE) {
            l->value = merged_value(j, l->value, j->link[other].value);
            l->found += j->link[other].found;
            j->node[l->end[1 - at % 2]].mark = NONE;
            drop_link(j, other);
        } else if (!j->average) {
            drop_link(j, at / 2);
        }
    }
}

/* What `from` still has are links to clusters that `into` has none to. */
static void move_links(struct joining *j, uint32_t from, uint32_t into)
{
    while (j->node[from].first != NONE) {
        const uint32_t at = j->node[from].first;
        j->node[j->link[at / 2].end[1 - at % 2]].mark = NONE;
        if (j->average) {
            unlist_link(j, at);
            list_link(j, into, at);
        } else {
            drop_link(j, at / 2);
        }
    }
}

static void join(struct joining *j, uint32_t link)
{
    const uint32_t x = j->link[link].end[0], y = j->link[link].end[1];
    drop_link(j, link);
    const bool y_has_more = unheap_links(j, x) <= unheap_links(j, y);
    const uint32_t from = y_has_more ? x : y, into = y_has_more ? y : x;
    mark_links(j, from);
    merge_links(j, into);
    move_links(j, from, into);
    j->cluster[from] = into;
    j->node[into].size += j->node[from].size;
    if (j->node[from].lowest < j->node[into].lowest)
        j->node[into].lowest = j->node[from].lowest;
    for (uint32_t at = j->node[into].first; at != NONE; at = j->link[at / 2].next[at % 2])
        enter_heap(j, at / 2);
}

/* ---- From beginning to end -------------------------------------------------------------------*/

static bool joining_open(struct joining *j, const struct found *found, uint64_t records,
                         struct scratch *s, struct err *e)
{
    const char *what = "the clusters";
    const uint64_t pair_bytes = sizeof *j->link + sizeof *j->heap;
    if (found->n >= CLUSTER_MOST_PAIRS)
        return err_set(e, ERR_OS, "raise the threshold", "%s: more than 2 billion pairs", what);
    return scratch_open(s, what, found->n * pair_bytes + records * sizeof *j->node, e) &&
           (j->link = scratch_take(s, found->n, sizeof *j->link, e)) &&
           (j->heap = scratch_take(s, found->n, sizeof *j->heap, e)) &&
           (j->node = scratch_take(s, records, sizeof *j->node, e));
}

static void begin(struct joining *j, const struct found *found, struct found_rows rows)
{
    for (uint32_t r = 0; r < found_records(rows); r++) {
        j->node[r] = (struct node){NONE, r, 1, NONE};
        j->cluster[r] = r;
    }
    for (uint32_t i = 0; i < found->n; i++) {
        const double score = found->pair[i].score;
        j->link[i].value = j->average && score < j->average->floor ? j->average->floor : score;
        j->link[i].found = 1;
        list_link(j, found->pair[i].row_a, 2 * i);
        list_link(j, (uint32_t)found_record_b(rows, found->pair[i].row_b), 2 * i + 1);
    }
    for (uint32_t i = 0; i < found->n; i++)
        enter_heap(j, i);
}

static bool join_all(struct joining *j, const struct found *found, struct found_rows rows,
                     struct err *e)
{
    const uint64_t records = found_records(rows);
    struct scratch s = {.n = 0};
    const bool ok = joining_open(j, found, records, &s, e);
    if (ok) {
        begin(j, found, rows);
        while (j->n_heap > 0)
            join(j, j->heap[0].link);
        for (uint32_t r = 0; r < records; r++)
            j->cluster[r] = cluster_root(j->cluster, r);
        for (uint32_t r = 0; r < records; r++)
            j->cluster[r] = j->node[j->cluster[r]].lowest;
    }
    scratch_close(&s);
    return ok;
}

bool cluster_complete(const struct found *found, struct found_rows rows, enum choose_better better,
                      uint32_t max_size, uint32_t *cluster, struct err *e)
{
    struct joining j = {.cluster = cluster, .better = better, .max_size = max_size};
    return join_all(&j, found, rows, e);
}

bool cluster_average(const struct found *found, struct found_rows rows,
                     const struct cluster_average *how, uint32_t max_size, uint32_t *cluster,
                     struct err *e)
{
    struct joining j = {
        .cluster = cluster, .better = CHOOSE_GREATEST, .max_size = max_size, .average = how};
    if (!(how->least > how->floor))
        return err_set(e, ERR_USAGE, "give a least average above that",
                       "with a least average of %g, records without any pair would be joined: "
                       "pairs that do not exist count as %g",
                       how->least, how->floor);
    for (uint64_t i = 0; i < found->n; i++)
        if (isinf(found->pair[i].score))
            return err_set(e, ERR_DATA, "choose another kind of clusters",
                           "the score of row %u and row %u is infinite: it has no average with "
                           "others",
                           found->pair[i].row_a + 1, found->pair[i].row_b + 1);
    return join_all(&j, found, rows, e);
}
