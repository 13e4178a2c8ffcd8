/* The best k pairs of a row: a heap of k places for each row that has more pairs than that. At the
 * top of a heap is the worst pair of these k, against which a pair of the row is decided. */
#include "matcher/choose/choose_top.h"
#include "core/memory.h"
#include "matcher/choose/scratch.h"

static const char *const what = "the choice of pairs";

/* A pair, seen from one of its rows. */
struct rival {
    uint64_t rank;
    uint64_t other; /* the row of the other side */
};

/* The bound of one side. The places of row r are begin[r] … begin[r + 1] - 1, of which used[r] are
 * taken; a row that has no places keeps all of its pairs. */
struct side {
    uint64_t n_rows;
    uint64_t *begin; /* NULL: no bound */
    uint32_t *used;
    struct rival *place;
};

static bool is_worse(struct rival x, struct rival y)
{
    return x.rank != y.rank ? x.rank > y.rank : x.other > y.other;
}

/* ---- Heaps -----------------------------------------------------------------------------------*/

static void sift_up(struct rival *heap, uint32_t at)
{
    const struct rival moved = heap[at];
    for (; at > 0 && is_worse(moved, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = moved;
}

/* Puts `moved` in the place of the worst. */
static void replace_worst(struct rival *heap, uint32_t n, struct rival moved)
{
    uint64_t at = 0;
    for (uint64_t child = 1; child < n; child = 2 * at + 1) {
        child += child + 1 < n && is_worse(heap[child + 1], heap[child]);
        if (!is_worse(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void side_offer(const struct side *s, uint32_t row, struct rival r)
{
    struct rival *heap = s->place + s->begin[row];
    const uint32_t places = (uint32_t)(s->begin[row + 1] - s->begin[row]);
    if (places == 0)
        return;
    if (s->used[row] < places) {
        heap[s->used[row]] = r;
        sift_up(heap, s->used[row]++);
    } else if (is_worse(heap[0], r)) {
        replace_worst(heap, places, r);
    }
}

/* Is this pair of `row` among its best? */
static bool side_keeps(const struct side *s, uint32_t row, uint64_t rank, uint32_t other)
{
    if (!s->begin || s->begin[row] == s->begin[row + 1])
        return true;
    return !is_worse((struct rival){rank, other}, s->place[s->begin[row]]);
}

/* ---- One side --------------------------------------------------------------------------------*/

/* Counts the pairs of each row r in begin[r + 1], and makes of that where its places begin. */
static void find_places(const struct side *s, const struct found *found, unsigned which, bool self,
                        uint32_t top)
{
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *p = &found->pair[i];
        s->begin[1 + (uint64_t)(which == 0 ? p->row_a : p->row_b)]++;
        if (self)
            s->begin[1 + (uint64_t)(which == 0 ? p->row_b : p->row_a)]++;
    }
    for (uint64_t r = 0; r < s->n_rows; r++)
        s->begin[r + 1] = s->begin[r] + (s->begin[r + 1] > top ? top : 0);
}

/* Finds out how many places are needed, too; only then they are taken. */
static bool side_open(struct side *side, const struct found *found, struct found_rows rows,
                      unsigned which, uint32_t top, struct scratch *s, struct err *e)
{
    const uint64_t row_bytes = sizeof *side->begin + sizeof *side->used;
    *side = (struct side){.n_rows = rows.n[which]};
    if (top == 0)
        return true;
    if (!scratch_open(s, what, side->n_rows * row_bytes, e) ||
        !(side->begin = scratch_take(s, side->n_rows, sizeof *side->begin, e)) ||
        !(side->used = scratch_take(s, side->n_rows, sizeof *side->used, e)))
        return false;
    find_places(side, found, which, rows.self, top);
    const uint64_t n = side->begin[side->n_rows];
    return mem_check(what, n * sizeof *side->place, e) &&
           (side->place = scratch_take(s, n, sizeof *side->place, e));
}

static void side_fill(const struct side *s, const struct found *found, unsigned which, bool self,
                      enum choose_better better)
{
    for (uint64_t i = 0; i < found->n && s->begin; i++) {
        const struct found_pair *p = &found->pair[i];
        const uint64_t rank = found_rank(p->score, better);
        if (which == 0 || self)
            side_offer(s, p->row_a, (struct rival){rank, p->row_b});
        if (which == 1 || self)
            side_offer(s, p->row_b, (struct rival){rank, p->row_a});
    }
}

/* ---- Both ------------------------------------------------------------------------------------*/

static bool keeps(const struct side side[2], const struct found_pair *p, bool self,
                  enum choose_better better)
{
    const uint64_t rank = found_rank(p->score, better);
    if (side_keeps(&side[0], p->row_a, rank, p->row_b) &&
        side_keeps(&side[1], p->row_b, rank, p->row_a))
        return true;
    return self && side_keeps(&side[0], p->row_b, rank, p->row_a) &&
           side_keeps(&side[1], p->row_a, rank, p->row_b);
}

static void compact(struct found *found, const struct side side[2], bool self,
                    enum choose_better better)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < found->n; i++)
        if (keeps(side, &found->pair[i], self, better))
            found->pair[kept++] = found->pair[i];
    found->n = kept;
}

bool choose_top(struct found *found, struct found_rows rows, const uint32_t top[2],
                enum choose_better better, struct err *e)
{
    struct side side[2];
    struct scratch s[2] = {{.n = 0}};
    const bool ok = side_open(&side[0], found, rows, 0, top[0], &s[0], e) &&
                    side_open(&side[1], found, rows, 1, top[1], &s[1], e);
    if (ok) {
#pragma omp parallel for num_threads(2)
        for (unsigned i = 0; i < 2; i++)
            side_fill(&side[i], found, i, rows.self, better);
        compact(found, side, rows.self, better);
    }
    scratch_close(&s[0]);
    scratch_close(&s[1]);
    return ok;
}
