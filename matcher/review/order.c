/* Pairs are sorted by kind; a heap of kinds has the best next pair on top. */
#include "matcher/review/order.h"

#include "core/hash.h"
#include "core/sort.h"

#include <math.h>
#include <stdlib.h>

double order_uncertainty(double bits)
{
    const double odds = exp2(-fabs(bits));
    return odds / ((1 + odds) * (1 + odds));
}

double order_bits_of_score(double score, double threshold, double farthest)
{
    return farthest > 0 ? ORDER_LAST_STRATUM * (score - threshold) / farthest : 0;
}

/* ---- Kinds -----------------------------------------------------------------------------------*/

/* A pair as it is sorted. */
struct ranked {
    uint64_t kind;
    double uncertainty;
    uint64_t lot; /* decides between equals */
    uint32_t number;
    bool asked;
};

static uint64_t kind_of(const struct order_pair *p)
{
    const double last = ORDER_LAST_STRATUM;
    const double bits = p->bits < -last ? -last : p->bits > last ? last : p->bits;
    return (uint64_t)p->pattern << 32 | (uint32_t)(lround(bits) + ORDER_LAST_STRATUM);
}

static int by_kind(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->kind != b->kind)
        return sort_order(a->kind, b->kind);
    if (a->uncertainty != b->uncertainty)
        return a->uncertainty > b->uncertainty ? -1 : 1;
    return sort_order(a->lot, b->lot);
}

static void rank(const struct order_pair *pair, uint64_t n, struct ranked *all)
{
    for (uint32_t i = 0; i < n; i++)
        all[i] = (struct ranked){.kind = kind_of(&pair[i]),
                                 .uncertainty = order_uncertainty(pair[i].bits),
                                 .lot = hash_mix3(i, 0, 0),
                                 .number = i,
                                 .asked = pair[i].asked};
    qsort(all, n, sizeof *all, by_kind);
}

/* The pairs of a kind that are still to be asked. */
struct queue {
    const struct ranked *next, *end;
    uint64_t n_asked;
};

static void skip_asked(struct queue *q)
{
    while (q->next < q->end && q->next->asked)
        q->next++;
}

/* Begins a queue for each kind that has pairs to ask; returns how many. */
static uint64_t make_queues(const struct ranked *all, uint64_t n, struct queue *queue)
{
    uint64_t n_queues = 0;
    for (uint64_t i = 0, end; i < n; i = end) {
        struct queue q = {.next = all + i};
        for (end = i; end < n && all[end].kind == all[i].kind; end++)
            q.n_asked += all[end].asked;
        q.end = all + end;
        skip_asked(&q);
        if (q.next < q.end)
            queue[n_queues++] = q;
    }
    return n_queues;
}

/* ---- The heap --------------------------------------------------------------------------------*/

static double worth(const struct queue *q)
{
    return q->next->uncertainty / (1 + (double)q->n_asked);
}

/* Of equal worth the lower kind comes first. */
static bool is_better(const struct queue *a, const struct queue *b)
{
    const double x = worth(a), y = worth(b);
    return x != y ? x > y : a->next->kind < b->next->kind;
}

static void sift_down(struct queue *heap, uint64_t n, uint64_t at)
{
    const struct queue moved = heap[at];
    for (uint64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_better(&heap[child + 1], &heap[child]))
            child++;
        if (!is_better(&heap[child], &moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* Takes the best pair of all queues, again and again. */
static uint64_t take(struct queue *heap, uint64_t n_queues, uint64_t most, uint32_t *order)
{
    uint64_t n = 0;
    for (uint64_t i = n_queues / 2; i-- > 0;)
        sift_down(heap, n_queues, i);
    while (n < most && n_queues) {
        order[n++] = heap->next->number;
        heap->next++;
        heap->n_asked++;
        skip_asked(heap);
        if (heap->next == heap->end)
            *heap = heap[--n_queues];
        if (n_queues)
            sift_down(heap, n_queues, 0);
    }
    return n;
}

bool order_make(const struct order_pair *pair, uint64_t n, uint64_t most, uint32_t *order,
                uint64_t *n_order, struct err *e)
{
    struct ranked *all = malloc((n + 1) * sizeof *all);
    struct queue *queue = malloc((n + 1) * sizeof *queue);
    const bool ok = (all && queue) || err_set(e, ERR_OS, NULL, "not enough memory for the order");
    if (ok) {
        rank(pair, n, all);
        *n_order = take(queue, make_queues(all, n, queue), most, order);
    }
    free(queue);
    free(all);
    return ok;
}
