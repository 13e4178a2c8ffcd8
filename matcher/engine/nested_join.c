/* Cuts the runs of rows into items and tiles, so that workers have about equally much to do. */
#include "matcher/engine/nested_join.h"
#include "core/shm.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_PAIRS 3e7   /* of rows, in all, for nested joins */
#define LEAST_RUN 5e3     /* of rows, a pair of values, on average */
#define ITEM_PAIRS 2.5e8  /* of rows, at most, in an item … */
#define ITEM_ROWS 1024u   /* … unless it has no more rows of A than this */
#define JOIN_PAIRS 15e3   /* of rows, from which on a join is worth its index */
#define INDEX_PAIRS 2e8   /* of values, from which on filters are worth their index */
#define TILE_PAIRS 2e7    /* of rows, in a tile, unless one item has more */
#define ITEM_OVERHEAD 2e4 /* an item costs as much as so many pairs */

struct nested_head {
    uint64_t item_at, tile_at;
};

bool nested_join_pays(const struct pairs *pairs, const struct side *a, const struct side *b)
{
    double rows = 0, n = (double)pairs->begin[a->n];
    for (uint32_t i = 0; i < a->n; i++)
        for (uint64_t k = pairs->begin[i]; k < pairs->begin[i + 1]; k++)
            rows += (double)side_multiplicity(a, i) * side_multiplicity(b, pairs_b(pairs, k));
    return nested_join_is_worth(rows, n);
}

bool nested_join_is_worth(double pairs, double values)
{
    return pairs >= LEAST_PAIRS && pairs >= LEAST_RUN * values;
}

double nested_join_most_rows(double rows_b)
{
    return fmax(ceil(ITEM_PAIRS / rows_b), ITEM_ROWS);
}

bool nested_join_has_join(double pairs, double need)
{
    return pairs >= JOIN_PAIRS && need > 0;
}

bool nested_join_filters(uint32_t n_a, uint32_t n_b)
{
    return (double)n_a * n_b > INDEX_PAIRS;
}

/* Writes items and tiles; where `item` and `tile` are NULL it only counts them. */
struct cut {
    struct nested_item *item;
    uint64_t *tile;
    uint64_t n_items, n_tiles;
    double in_tile;
};

static void add_item(struct cut *c, struct nested_item item, double pairs)
{
    if (c->n_items == 0 || c->in_tile >= TILE_PAIRS) {
        if (c->tile)
            c->tile[c->n_tiles] = c->n_items;
        c->n_tiles++;
        c->in_tile = 0;
    }
    if (c->item)
        c->item[c->n_items] = item;
    c->n_items++;
    c->in_tile += pairs + ITEM_OVERHEAD;
}

static void cut_pair(struct cut *c, uint32_t place_a, uint32_t place_b, double score,
                     const struct side *a, const struct side *b)
{
    uint32_t rows_a = side_multiplicity(a, place_a);
    double rows_b = side_multiplicity(b, place_b);
    double most = nested_join_most_rows(rows_b);
    for (uint32_t from = 0, to; from < rows_a; from = to) {
        to = rows_a - from <= most ? rows_a : from + (uint32_t)most;
        add_item(c, (struct nested_item){place_a, place_b, from, to, score}, (to - from) * rows_b);
    }
}

static void cut_all(struct cut *c, const struct pairs *pairs, const struct side *a,
                    const struct side *b)
{
    for (uint32_t i = 0; i < a->n; i++)
        for (uint64_t k = pairs->begin[i]; k < pairs->begin[i + 1]; k++)
            cut_pair(c, i, pairs_b(pairs, k), pairs_score(pairs, k), a, b);
    if (c->tile)
        c->tile[c->n_tiles] = c->n_items;
}

bool nested_join_build(const struct pairs *pairs, const struct side *a, const struct side *b,
                       struct shm *out, uint64_t *n_tiles, struct err *e)
{
    const char *what = "the list of runs of rows";
    struct cut count = {.item = NULL}, cut = {.item = NULL};
    cut_all(&count, pairs, a, b);
    uint64_t head_at = shm_alloc(out, what, sizeof(struct nested_head), 64, e);
    uint64_t item_at =
        head_at == SHM_HEAD_AT
            ? shm_alloc(out, what, (count.n_items + 1) * sizeof(struct nested_item), 64, e)
            : 0;
    uint64_t tile_at =
        item_at ? shm_alloc(out, what, (count.n_tiles + 1) * sizeof(uint64_t), 64, e) : 0;
    if (!tile_at)
        return false;
    *shm_writable(out, head_at, struct nested_head) = (struct nested_head){item_at, tile_at};
    cut.item = shm_writable_array(out, item_at, struct nested_item, count.n_items);
    cut.tile = shm_writable_array(out, tile_at, uint64_t, count.n_tiles + 1);
    cut_all(&cut, pairs, a, b);
    *n_tiles = cut.n_tiles;
    return true;
}

void nested_join_view(struct nested_items *items, struct shm_view list)
{
    const struct nested_head *h = shm_at(list, SHM_HEAD_AT, struct nested_head);
    items->item = shm_at(list, h->item_at, struct nested_item);
    items->tile = shm_at(list, h->tile_at, uint64_t);
}
