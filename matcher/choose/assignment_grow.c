/* Trees of alternating edges that grow together from all free rows of A.
 *
 * Time is one number. As it passes, the dual of each row of A in a tree falls, and that of each row
 * of B in a tree rises. Edges within trees and between trees stay as tight as they are. What
 * happens next is the event of the least time:
 *
 *   a free row of B     gets a tight edge to a tree: the tree's root is paired, along that path
 *   a row of A          of a tree has the dual 0: it becomes free, and the tree's root is paired
 *   a paired row of B   gets a tight edge to a tree: it joins the tree, with its row of A
 *
 * The first two end the tree, and its rows may join others. Since all trees share the time, a
 * tree ends before it has grown large, while there are many.
 *
 * Events of later times are in a heap. Rows of B that join now are in a queue, so that trees grow
 * in breadth, and side by side. A row's state is 32 bytes that no line of the cache divides: rows
 * are met in any order, and finding them in memory is most of the work. */
#include "matcher/choose/assignment_internal.h"
#include "matcher/choose/scratch.h"

#define NONE UINT32_MAX

/* A row of A. In a tree, `dual` is the time at which its dual will be 0; else it is the dual. */
struct row_a {
    int64_t dual;
    uint32_t match; /* a row of B, or NONE */
    uint32_t tree;  /* the root of its tree; NONE: it is in none */
    uint32_t next;  /* the next row of A in this tree */
    uint32_t first; /* of a root: the row of its tree whose dual is 0 first */
    uint32_t place; /* of a root: 1 + where its event is in the heap */
    uint32_t joins; /* how often it has joined a tree */
};

/* A row of B. In a tree, `dual` is the dual less the time at which it joined: with the present time
 * added it is the dual. Outside, `parent` is the row of A by which it may join a tree, at `time`.
 * If that row has left its tree since, as `parent_joins` tells, `time` is only a lower bound. */
struct row_b {
    int64_t dual;
    int64_t time;
    uint32_t match;  /* a row of A, or NONE */
    uint32_t parent; /* NONE: it has no edge to a tree */
    uint32_t place;  /* 1 + where its event is in the heap; 0: it is not there */
    uint32_t parent_joins : 30, in_tree : 1, in_queue : 1;
};

#define JOINS_MASK ((1u << 30) - 1)

/* An event in the heap: a root of A (row < n_a), whose tree comes to its end by a dual of 0, or row
 * - n_a of B, which has a tight edge then. */
struct event {
    int64_t time;
    uint64_t row;
};

struct forest {
    const struct assignment *p;
    uint32_t n_a;
    struct row_a *a;
    struct row_b *b;
    struct event *heap;
    uint32_t *queue; /* a ring of n_queue places: rows of B whose edge is tight now */
    uint64_t n_events, n_queue, queue_begin, queue_end;
    int64_t now;
};

/* ---- Events ----------------------------------------------------------------------------------*/

/* At one time, what adds a pair comes before what does not, and what ends a tree before what makes
 * it grow. */
static unsigned turn_of(const struct forest *f, uint64_t row)
{
    if (row < f->n_a)
        return 1;
    return f->b[row - f->n_a].match == NONE ? 0 : 2;
}

static bool is_before(const struct forest *f, struct event x, struct event y)
{
    if (x.time != y.time)
        return x.time < y.time;
    const unsigned turn_x = turn_of(f, x.row), turn_y = turn_of(f, y.row);
    return turn_x != turn_y ? turn_x < turn_y : x.row < y.row;
}

static uint32_t *place_of(const struct forest *f, uint64_t row)
{
    return row < f->n_a ? &f->a[row].place : &f->b[row - f->n_a].place;
}

static void put_event(struct forest *f, uint64_t at, struct event event)
{
    f->heap[at] = event;
    *place_of(f, event.row) = (uint32_t)at + 1;
}

static void sift_up(struct forest *f, uint64_t at, struct event event)
{
    for (; at > 0 && is_before(f, event, f->heap[(at - 1) / 4]); at = (at - 1) / 4)
        put_event(f, at, f->heap[(at - 1) / 4]);
    put_event(f, at, event);
}

static void sift_down(struct forest *f, uint64_t at, struct event event)
{
    for (uint64_t child = 4 * at + 1; child < f->n_events; child = 4 * at + 1) {
        uint64_t first = child;
        for (uint64_t c = child + 1; c < child + 4 && c < f->n_events; c++)
            if (is_before(f, f->heap[c], f->heap[first]))
                first = c;
        if (!is_before(f, f->heap[first], event))
            break;
        put_event(f, at, f->heap[first]);
        at = first;
    }
    put_event(f, at, event);
}

static void remove_event(struct forest *f, uint64_t row)
{
    uint32_t *place = place_of(f, row);
    if (*place == 0)
        return;
    const uint64_t at = *place - 1;
    const struct event last = f->heap[--f->n_events];
    *place = 0;
    if (at == f->n_events)
        return;
    if (at > 0 && is_before(f, last, f->heap[(at - 1) / 4]))
        sift_up(f, at, last);
    else
        sift_down(f, at, last);
}

/* Sets the event of a row that has none, or one at a later time. */
static void set_event(struct forest *f, uint64_t row, int64_t time)
{
    const uint32_t place = *place_of(f, row);
    sift_up(f, place ? place - 1 : f->n_events++, (struct event){time, row});
}

/* The same of a row of B: if it is paired and this is now, it goes into the queue. */
static void set_time(struct forest *f, uint32_t b, int64_t time)
{
    struct row_b *row = &f->b[b];
    row->time = time;
    if (time > f->now || row->match == NONE) {
        set_event(f, (uint64_t)f->n_a + b, time);
        return;
    }
    remove_event(f, (uint64_t)f->n_a + b);
    if (!row->in_queue)
        f->queue[f->queue_end++ % f->n_queue] = b;
    row->in_queue = 1;
}

/* ---- Trees -----------------------------------------------------------------------------------*/

static void set_parent(struct forest *f, uint32_t b, uint32_t a, int64_t time)
{
    f->b[b].parent = a;
    f->b[b].parent_joins = f->a[a].joins & JOINS_MASK;
    set_time(f, b, time);
}

/* Is the parent of b still in the tree in which it was? */
static bool has_parent(const struct forest *f, uint32_t b)
{
    const struct row_a *parent = &f->a[f->b[b].parent];
    return parent->tree != NONE && (parent->joins & JOINS_MASK) == f->b[b].parent_joins;
}

/* Row a, which has its plain dual, joins a tree now. */
static void join_tree(struct forest *f, uint32_t a, uint32_t root)
{
    const struct assignment_edges *edges = &f->p->edges[0];
    struct row_a *row = &f->a[a], *top = &f->a[root];
    row->dual += f->now;
    row->tree = root;
    row->joins++;
    row->next = a == root ? NONE : top->next;
    if (a != root)
        top->next = a;
    if (a == root || row->dual < f->a[top->first].dual) {
        top->first = a;
        set_event(f, root, row->dual);
    }
    for (uint64_t i = edges->begin[a]; i < edges->begin[a + 1]; i++) {
        const struct row_b *b = &f->b[edges->to[i]];
        const int64_t time = row->dual + b->dual - edges->weight[i];
        if (!b->in_tree && (b->parent == NONE || b->time > time))
            set_parent(f, edges->to[i], a, time);
    }
}

/* Gives the rows of a tree their plain duals, and takes them out of it. */
static void settle_tree(struct forest *f, uint32_t root)
{
    remove_event(f, root);
    for (uint32_t a = root; a != NONE; a = f->a[a].next) {
        const uint32_t b = f->a[a].match;
        f->a[a].dual -= f->now;
        f->a[a].tree = NONE;
        if (b == NONE)
            continue; /* the root */
        f->b[b].dual += f->now;
        f->b[b].in_tree = 0;
    }
}

/* Pairs row b with its parent, whose partner with its own parent, and so on to the root. */
static void pair_path(struct forest *f, uint32_t b)
{
    while (b != NONE) {
        const uint32_t a = f->b[b].parent, next = f->a[a].match;
        f->a[a].match = b;
        f->b[b].match = a;
        b = next;
    }
}

/* Finds the first edge of b to rows of trees anew. None is tight before now. */
static void find_parent(struct forest *f, uint32_t b)
{
    const struct assignment_edges *edges = &f->p->edges[1];
    int64_t first = INT64_MAX;
    uint32_t parent = NONE;
    for (uint64_t i = edges->begin[b]; i < edges->begin[b + 1] && first > f->now; i++) {
        const struct row_a *a = &f->a[edges->to[i]];
        const int64_t time = a->dual + f->b[b].dual - edges->weight[i];
        if (a->tree == NONE || time >= first)
            continue;
        first = time;
        parent = edges->to[i];
    }
    f->b[b].parent = NONE;
    remove_event(f, (uint64_t)f->n_a + b);
    if (parent != NONE)
        set_parent(f, b, parent, first);
}

/* The rows of B of a tree that has ended look for another one. Those that had only an edge to it do
 * so when it is their turn. */
static void release_tree(struct forest *f, uint32_t root)
{
    for (uint32_t a = root; a != NONE; a = f->a[a].next)
        if (f->a[a].match != NONE)
            find_parent(f, f->a[a].match);
}

/* ---- What happens ----------------------------------------------------------------------------*/

static void pair_root(struct forest *f, uint32_t b)
{
    const uint32_t root = f->a[f->b[b].parent].tree;
    settle_tree(f, root);
    pair_path(f, b);
    release_tree(f, root);
}

/* Frees the row of a tree whose dual is 0. */
static void free_first(struct forest *f, uint32_t root)
{
    const uint32_t a = f->a[root].first, b = f->a[a].match;
    settle_tree(f, root);
    f->a[a].match = NONE;
    pair_path(f, b);
    release_tree(f, root);
}

static void join_pair(struct forest *f, uint32_t b)
{
    struct row_b *row = &f->b[b];
    row->in_tree = 1;
    row->dual -= f->now;
    join_tree(f, row->match, f->a[row->parent].tree);
}

static void next_in_queue(struct forest *f)
{
    const uint32_t b = f->queue[f->queue_begin++ % f->n_queue];
    struct row_b *row = &f->b[b];
    row->in_queue = 0;
    if (row->parent == NONE || row->time > f->now || row->in_tree)
        return; /* it has got another event since */
    if (has_parent(f, b))
        join_pair(f, b);
    else
        find_parent(f, b);
}

static void next_in_heap(struct forest *f)
{
    const struct event event = f->heap[0];
    const unsigned turn = turn_of(f, event.row);
    const uint32_t b = (uint32_t)(event.row - f->n_a); /* if it is a row of B */
    f->now = event.time;
    remove_event(f, event.row);
    if (turn == 1)
        free_first(f, (uint32_t)event.row);
    else if (!has_parent(f, b))
        find_parent(f, b);
    else if (turn == 0)
        pair_root(f, b);
    else
        join_pair(f, b);
}

static bool next_event(struct forest *f)
{
    const bool in_queue = f->queue_begin < f->queue_end;
    const bool in_heap = f->n_events > 0;
    const bool heap_now = in_heap && f->heap[0].time == f->now && turn_of(f, f->heap[0].row) < 2;
    if (in_queue && !heap_now)
        next_in_queue(f);
    else if (in_heap)
        next_in_heap(f);
    return in_queue || in_heap;
}

/* ---- From beginning to end -------------------------------------------------------------------*/

static bool forest_open(struct forest *f, const struct assignment *p, struct scratch *s,
                        struct err *e)
{
    const uint64_t n_a = p->n[0], n_b = p->n[1], n = n_a + n_b;
    const uint64_t bytes =
        n_a * sizeof *f->a + n_b * (sizeof *f->b + sizeof *f->queue) + n * sizeof *f->heap;
    *f = (struct forest){.p = p, .n_a = p->n[0], .n_queue = n_b + 1};
    return scratch_open(s, "the choice of pairs", bytes, e) &&
           (f->a = scratch_take(s, n_a, sizeof *f->a, e)) &&
           (f->b = scratch_take(s, n_b, sizeof *f->b, e)) &&
           (f->queue = scratch_take(s, n_b, sizeof *f->queue, e)) &&
           (f->heap = scratch_take(s, n, sizeof *f->heap, e));
}

static void forest_read(struct forest *f, const struct assignment *p)
{
    for (uint32_t a = 0; a < p->n[0]; a++)
        f->a[a] = (struct row_a){.dual = p->dual[0][a], .match = p->match[0][a], .tree = NONE};
    for (uint32_t b = 0; b < p->n[1]; b++)
        f->b[b] = (struct row_b){.dual = p->dual[1][b], .match = p->match[1][b], .parent = NONE};
}

static void forest_write(const struct forest *f, struct assignment *p)
{
    for (uint32_t a = 0; a < p->n[0]; a++) {
        p->dual[0][a] = f->a[a].dual;
        p->match[0][a] = f->a[a].match;
    }
    for (uint32_t b = 0; b < p->n[1]; b++) {
        p->dual[1][b] = f->b[b].dual;
        p->match[1][b] = f->b[b].match;
    }
}

static void grow(struct forest *f)
{
    for (uint32_t a = 0; a < f->n_a; a++)
        if (f->a[a].match == NONE && f->a[a].dual > 0)
            join_tree(f, a, a);
    while (next_event(f))
        ;
}

bool assignment_grow(struct assignment *p, struct err *e)
{
    struct forest f;
    struct scratch s;
    const bool ok = forest_open(&f, p, &s, e);
    if (ok) {
        forest_read(&f, p);
        grow(&f);
        forest_write(&f, p);
    }
    scratch_close(&s);
    return ok;
}
