/* The nested stage: does each run of rows that a join has paired by a join of its own, or, if the
 * run is short, through the prefilter. */
#include "core/shm.h"
#include "matcher/engine/nested_join.h"

#include "matcher/index/place_keys.h"
#include "matcher/join/jaro/jaro_rule.h"
#include "matcher/worker/refine.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>

/* The rows of a run by their values of the nested term: a side of its own. */
struct subside {
    struct side side;
    uint32_t *value, *rows;
    uint64_t *rows_begin;
    uint64_t *key; /* of its rows, while the side is made; and space for as many, to sort them */
    uint32_t capacity;
    uint32_t of, from, to; /* the rows of a place that it was made from; 0 to 0: nothing */
};

/* A sink that expands pairs of values of the sub-sides to pairs of rows. */
struct nested_sink {
    struct join_sink sink; /* first: flush is given this address */
    struct nested *nested;
    double given;
    struct join_pair pair[1024];
};

struct nested {
    struct refine refine;
    struct pairs_writer out;
    struct nested_items items;
    struct subside a, b;
    struct nested_sink sink;
    struct shm memory;        /* of one join after the other */
    struct jaro_rules *rules; /* of all of them */
    struct err error;
};

/* ---- Sub-sides -------------------------------------------------------------------------------*/

static bool subside_reserve(struct subside *s, uint32_t rows)
{
    if (rows <= s->capacity)
        return true;
    free(s->value);
    free(s->rows);
    free(s->rows_begin);
    free(s->key);
    s->capacity = rows;
    s->to = 0;
    s->value = malloc((rows + 1ull) * sizeof *s->value);
    s->rows = malloc((rows + 1ull) * sizeof *s->rows);
    s->rows_begin = malloc((rows + 1ull) * sizeof *s->rows_begin);
    s->key = malloc((2ull * rows + 1) * sizeof *s->key);
    return s->value && s->rows && s->rows_begin && s->key;
}

static void subside_close(struct subside *s)
{
    free(s->value);
    free(s->rows);
    free(s->rows_begin);
    free(s->key);
}

/* Makes the side of the ascending rows rows[0..n) by their values in `whole`; rows without one are
 * left out. */
static bool subside_make(struct subside *s, const struct side *whole, const uint32_t *rows,
                         uint32_t n)
{
    uint32_t found = 0, places = 0;
    if (!subside_reserve(s, n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        s->key[found] = place_key(whole->row_place[rows[i]], rows[i]);
        found += whole->row_place[rows[i]] != TABLE_MISSING;
    }
    const uint64_t *key = place_keys_sort(s->key, s->key + n, found, whole->n);
    for (uint32_t i = 0; i < found; i++) {
        const uint32_t place = place_key_place(key[i]);
        if (i == 0 || place != place_key_place(key[i - 1])) {
            s->value[places] = whole->value[place];
            s->rows_begin[places++] = i;
        }
        s->rows[i] = place_key_row(key[i]);
    }
    s->rows_begin[places] = found;
    s->side = (struct side){.n = places,
                            .n_rows = whole->n_rows,
                            .value = s->value,
                            .rows_begin = s->rows_begin,
                            .rows = s->rows};
    return true;
}

/* The same of the rows [from, to) of a place in `first`, unless it is made already: an item mostly
 * has the rows of A, or those of B, of the item before. */
static bool subside_set(struct subside *s, const struct side *whole, const struct side *first,
                        uint32_t place, uint32_t from, uint32_t to)
{
    if (s->of == place && s->from == from && s->to == to)
        return true;
    if (!subside_make(s, whole, first->rows + first->rows_begin[place] + from, to - from))
        return false;
    s->of = place;
    s->from = from;
    s->to = to;
    return true;
}

/* ---- One run ---------------------------------------------------------------------------------*/

static void nested_flush(struct join_sink *sink)
{
    struct nested_sink *s = (struct nested_sink *)(void *)sink;
    const struct side *a = &s->nested->a.side, *b = &s->nested->b.side;
    for (const struct join_pair *p = s->pair; p < s->sink.next; p++)
        for (uint64_t i = a->rows_begin[p->a]; i < a->rows_begin[p->a + 1]; i++)
            for (uint64_t k = b->rows_begin[p->b]; k < b->rows_begin[p->b + 1]; k++)
                refine_add(&s->nested->refine, a->rows[i], b->rows[k], s->given, p->score);
    s->sink.next = s->pair;
}

static bool run_items(struct nested *n, const struct join *join, const struct join_job *job,
                      struct shm *index)
{
    void *scratch = NULL;
    uint32_t n_items;
    bool ok = join->build(job, index, &n_items, &n->error) &&
              join->open(job, shm_view_of(index), &scratch, &n->error);
    for (uint32_t i = 0; ok && i < n_items; i++)
        join->run(job, shm_view_of(index), scratch, i, &n->sink.sink,
                  &n->refine.w->done->work.stats);
    if (ok)
        join->close(scratch);
    nested_flush(&n->sink.sink);
    return ok;
}

/* Does the run by a join over the nested term, whose value must be at least `need`. */
static bool run_join(struct nested *n, const struct refine_option *o,
                     const struct nested_item *item, double need)
{
    const struct expr *x = &n->refine.task->expr;
    const struct expr_term *t = &x->term[o->at->prefilter];
    const struct index *index = n->refine.index;
    double cost;
    if (!subside_set(&n->a, &index->field[x->column[t->column_a].field].side, o->a, item->place_a,
                     item->a_from, item->a_to) ||
        !subside_set(&n->b, &index->field[x->column[t->column_b].field].side, o->b, item->place_b,
                     0, side_multiplicity(o->b, item->place_b)))
        return err_set(&n->error, ERR_OS, NULL, "not enough memory for a worker");
    struct join_job job = {.use = terms_use(x, o->at->prefilter, index),
                           .need = need,
                           .prune = nested_join_filters(n->a.side.n, n->b.side.n),
                           .dictionary = &index->dictionary,
                           .a = &n->a.side,
                           .b = &n->b.side,
                           .rules = n->rules};
    if (n->a.side.n == 0 || n->b.side.n == 0)
        return true;
    shm_reset(&n->memory);
    n->sink.given = item->score;
    return run_items(n, join_choose(&job, NULL, &cost), &job, &n->memory);
}

/* Does the run row by row of A, through the prefilter. */
static void run_rows(struct nested *n, const struct refine_option *o,
                     const struct nested_item *item)
{
    const uint32_t *rows = o->a->rows + o->a->rows_begin[item->place_a];
    for (uint32_t i = item->a_from; i < item->a_to; i++)
        refine_group(&n->refine, o, rows[i], o->b->rows_begin[item->place_b],
                     o->b->rows_begin[item->place_b + 1], item->score);
}

static bool run_item(struct nested *n, const struct nested_item *item)
{
    const struct refine_option *o = &n->refine.option[0];
    double need = refine_need(&n->refine, o, item->score);
    uint64_t pairs = (uint64_t)(item->a_to - item->a_from) * side_multiplicity(o->b, item->place_b);
    bool ok = true;
    n->refine.known[0] = o->at->term;
    if (need > 1) {
        n->refine.tally->candidates += pairs;
        n->refine.tally->prefiltered += pairs;
        return true;
    }
    if (!nested_join_has_join((double)pairs, need)) {
        run_rows(n, o, item);
    } else {
        n->refine.tally->candidates += pairs;
        n->refine.known[1] = o->at->prefilter;
        ok = run_join(n, o, item, need);
    }
    refine_flush(&n->refine);
    n->refine.known[1] = EXPR_NONE;
    return ok;
}

/* ---- The stage -------------------------------------------------------------------------------*/

static void keep_pair(struct refine *r, uint32_t row_a, uint32_t row_b, double score)
{
    struct nested *n = r->context;
    join_put(&n->out.sink, row_a, row_b, score);
}

static bool nested_open(struct nested *n, struct worker *w, struct err *e)
{
    nested_join_view(&n->items, w->join_index);
    n->refine.keep = keep_pair;
    n->refine.context = n;
    n->sink.nested = n;
    n->sink.sink = (struct join_sink){n->sink.pair, n->sink.pair + 1024, nested_flush, NULL};
    if (!refine_open(&n->refine, w, e) || !jaro_rules_open(&n->rules, e) ||
        !shm_create_private(&n->memory, "a nested join", 1ull << 36, e))
        return false;
    worker_open_pairs(w, &n->out, NULL, NULL);
    return true;
}

static bool work_nested(struct worker *w, struct err *e)
{
    struct nested *n = calloc(1, sizeof *n);
    if (!n)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    bool ok = nested_open(n, w, e);
    for (uint64_t tile; ok && (tile = wire_next_tile(&w->wire)) != WIRE_NO_TILE;) {
        for (uint64_t i = n->items.tile[tile]; ok && i < n->items.tile[tile + 1]; i++)
            ok = run_item(n, &n->items.item[i]);
        if (!ok)
            *e = n->error;
        else
            worker_commit_pairs(w, tile, &n->out);
    }
    refine_close(&n->refine);
    subside_close(&n->a);
    subside_close(&n->b);
    jaro_rules_close(n->rules);
    shm_close(&n->memory);
    free(n);
    return ok;
}

const struct stage_kind stage_nested = {
    .what = "scoring",
    .work = work_nested,
    .finds_pairs = true,
    .has_options = true,
    .runs_module = true,
};
