/* Makes compounds, and cuts them into tiles by the comparisons that they ask for. */
#include "matcher/engine/pair_join.h"

#include "matcher/join/prefilter.h"

#include <math.h>
#include <stdlib.h>

#define COMPOUND_COST 20.0 /* a compound costs as much as so many pairs */

#define INDEX_PAIRS 20000000u /* for fewer, to judge the filters of a join takes too long */

static const char what[] = "the combinations of two columns";

struct pair_head {
    uint64_t compound_at[2]; /* of A, 0 in a half; of B, 0 where a half has them */
    uint64_t tile_at;
};

const struct join *pair_join_choose(struct join_job *job, double *cost)
{
    double scan_cost = (double)INFINITY, index_cost = (double)INFINITY;
    const struct join *scan = NULL, *index = NULL;
    if (prefilter_knows(&job->use)) {
        job->prune = false;
        scan = join_choose(job, NULL, &scan_cost);
    }
    job->prune = true;
    if (!scan || join_n_pairs(job) >= INDEX_PAIRS)
        index = join_choose(job, NULL, &index_cost);
    job->prune = index_cost < scan_cost;
    *cost = job->prune ? index_cost : scan_cost;
    return job->prune ? index : scan;
}

bool pair_sides_same(const struct pair_sides *sides)
{
    return sides->first[0] == sides->first[1] && sides->second[0] == sides->second[1];
}

bool pair_half_build(const struct pair_sides *sides, struct shm *out, struct err *e)
{
    struct pair_head head = {.tile_at = 0};
    if (!shm_alloc(out, what, sizeof head, 64, e) ||
        !compound_build(sides->first[1], sides->second[1], out, &head.compound_at[1], e))
        return false;
    *shm_writable(out, SHM_HEAD_AT, struct pair_head) = head;
    return true;
}

void pair_half_view(struct compound *b, struct shm_view half)
{
    compound_view(b, half, shm_at(half, SHM_HEAD_AT, struct pair_head)->compound_at[1]);
}

bool pair_join_build(const struct pair_sides *sides, bool halved, struct shm *out, struct err *e)
{
    struct pair_head head = {.tile_at = 0};
    if (!shm_alloc(out, what, sizeof head, 64, e) ||
        !compound_build(sides->first[0], sides->second[0], out, &head.compound_at[0], e))
        return false;
    if (pair_sides_same(sides))
        head.compound_at[1] = head.compound_at[0];
    else if (!halved &&
             !compound_build(sides->first[1], sides->second[1], out, &head.compound_at[1], e))
        return false;
    *shm_writable(out, SHM_HEAD_AT, struct pair_head) = head;
    return true;
}

bool pair_join_halved(struct shm_view segment)
{
    return !shm_at(segment, SHM_HEAD_AT, struct pair_head)->compound_at[1];
}

void pair_join_view(struct pair_join *join, struct shm_view segment, struct shm_view half)
{
    const struct pair_head *head = shm_at(segment, SHM_HEAD_AT, struct pair_head);
    compound_view(&join->a, segment, head->compound_at[0]);
    pair_half_view(&join->b, pair_join_halved(segment) ? half : segment);
    join->tile = head->tile_at ? shm_at(segment, head->tile_at, uint64_t) : NULL;
}

/* ---- Tiles -----------------------------------------------------------------------------------*/

/* The compounds of A in the order in which they are done, and what each of them costs. */
struct costs {
    const struct pair_join *join;
    const struct pairs *second; /* NULL: in their own order */
    const uint64_t *reached;    /* by each place of the first column of A: compounds of B */
};

/* How many compounds of B each place of the first column of A is paired with; malloced. */
static uint64_t *count_reached(const struct pair_join *join, const struct pairs *first)
{
    uint64_t *reached = calloc(join->a.n_first + 1ull, sizeof *reached);
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t p = 0; p < (reached ? join->a.n_first : 0); p++)
        for (uint64_t k = first->begin[p]; k < first->begin[p + 1]; k++)
            reached[p] +=
                join->b.begin[pairs_b(first, k) + 1ull] - join->b.begin[pairs_b(first, k)];
    return reached;
}

/* The cost of the compound at a position, and whether it begins a group: a place of the first
 * column, or, where lists are used, no matter what. */
static double cost_at(const struct costs *c, uint64_t at, bool *begins)
{
    const struct compound *a = &c->join->a;
    const uint32_t compound = c->second ? a->by_second[at] : (uint32_t)at;
    double cost = COMPOUND_COST + (double)c->reached[a->first[compound]];
    *begins = c->second || a->begin[a->first[compound]] == at;
    if (c->second && (at == 0 || a->second[a->by_second[at - 1]] != a->second[compound])) {
        const uint32_t place = a->second[compound];
        cost += (double)(c->second->begin[place + 1ull] - c->second->begin[place]);
    }
    return cost;
}

/* Returns the number of tiles. tile, unless NULL, gets where they begin, and the end of the last.
 */
static uint64_t cut(const struct costs *c, const struct pair_tiles *most, uint64_t *tile)
{
    uint64_t n = 0;
    double cost = INFINITY; /* the first compound begins a tile */
    bool begins;
    for (uint64_t at = 0; at < c->join->a.side.n; at++) {
        const double own = cost_at(c, at, &begins);
        if (cost >= (begins ? most->pairs : most->group_pairs)) {
            if (tile)
                tile[n] = at;
            n++;
            cost = 0;
        }
        cost += own;
    }
    if (tile)
        tile[n] = c->join->a.side.n;
    return n;
}

bool pair_join_cut(struct shm *out, struct shm_view half, const struct pairs *first,
                   const struct pairs *second, const struct pair_tiles *most, uint64_t *n_tiles,
                   struct err *e)
{
    struct pair_join join;
    pair_join_view(&join, shm_view_of(out), half);
    uint64_t *reached = count_reached(&join, first);
    if (!reached)
        return err_set(e, ERR_OS, NULL, "not enough memory to cut a join into tiles");
    const struct costs costs = {&join, second, reached};
    *n_tiles = cut(&costs, most, NULL);
    const uint64_t at = shm_alloc(out, what, (*n_tiles + 1) * sizeof(uint64_t), 64, e);
    if (at) {
        shm_writable(out, SHM_HEAD_AT, struct pair_head)->tile_at = at;
        cut(&costs, most, shm_writable_array(out, at, uint64_t, *n_tiles + 1));
    }
    free(reached);
    return at;
}
