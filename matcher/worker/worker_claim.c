/* The claim stage: tries on real pairs what AXB_MONOTONE has led to.
 *
 * Here the task's --where is the contrary: it holds for the pairs that the bounds would drop. They
 * are scored all the same. One that reaches the threshold shows that the claim is wrong.
 * RANDOM_PAIRS pairs are random; SHARING_PAIRS more for each term are of records that share its
 * value. */
#include "core/random.h"
#include "matcher/worker/refine.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>

#define RANDOM_PAIRS 4000u
#define SHARING_PAIRS 2000u /* a term */

struct claim {
    struct refine refine;
    struct err *e;
    uint64_t random;
    bool broken;
};

static void show_pair(struct refine *r, uint32_t row_a, uint32_t row_b, double score)
{
    struct claim *c = r->context;
    const struct expr *x = &r->task->expr;
    if (c->broken)
        return;
    c->broken = true;
    char values[1000] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < x->n_columns && n < sizeof values - 1; i++) {
        const struct expr_column *column = &x->column[i];
        const struct index_view *v = &r->index->field[column->field];
        uint32_t row = column->side ? row_b : row_a;
        struct text t = {.utf8 = "(missing)", .utf8_bytes = 9};
        if (column->kind != INDEX_TEXT)
            continue;
        if (v->side.row_place[row] != TABLE_MISSING)
            t = dictionary_text(&r->index->dictionary, v->side.value[v->side.row_place[row]]);
        int wrote =
            snprintf(values + n, sizeof values - n, "\n  %c.%.*s = %.*s", column->side ? 'b' : 'a',
                     (int)column->name_bytes, x->text + column->name_at,
                     (int)(t.utf8_bytes < 80 ? t.utf8_bytes : 80), t.utf8);
        n += wrote > 0 ? (size_t)wrote : 0;
    }
    err_set(c->e, ERR_SCORER, "take AXB_MONOTONE out, or mend the score",
            "AXB_MONOTONE does not hold: row %u of A and row %u of B score %.6g, and its metrics "
            "are too low for that%s",
            row_a + 1, row_b + 1, score, values);
}

/* The row of a side that a random number stands for, among those that take part. */
static uint32_t random_row(const struct claim *c, int side, uint64_t random)
{
    const struct row_list *list = &c->refine.index->rows[side];
    return (uint32_t)row_list_at(list, random % list->n);
}

/* A row of B that shares row_a's value in the term's columns; any row if no row does. */
static uint32_t sharing_row(struct claim *c, const struct expr_term *t, uint32_t row_a)
{
    const struct expr *x = &c->refine.task->expr;
    const struct index_view *field = c->refine.index->field;
    const struct side *a = &field[x->column[t->column_a].field].side;
    const struct side *b = &field[x->column[t->column_b].field].side;
    uint32_t place = a->row_place[row_a], from = 0, to = b->n;
    uint64_t random = random_next(&c->random);
    uint32_t any = random_row(c, 1, random);
    if (place == TABLE_MISSING)
        return any;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (b->value[middle] < a->value[place])
            from = middle + 1;
        else
            to = middle;
    }
    if (from == b->n || b->value[from] != a->value[place])
        return any;
    return b->rows[b->rows_begin[from] + random % side_multiplicity(b, from)];
}

static void try_pairs(struct claim *c)
{
    const struct worker *w = c->refine.w;
    const struct expr *x = &c->refine.task->expr;
    const bool any = w->index.rows[0].n && w->index.rows[1].n;
    for (uint32_t i = 0; i < RANDOM_PAIRS && any; i++) {
        const uint32_t row_a = random_row(c, 0, random_next(&c->random));
        refine_add(&c->refine, row_a, random_row(c, 1, random_next(&c->random)), 0, 0);
    }
    for (uint32_t k = 0; k < x->n_terms && any; k++)
        for (uint32_t i = 0; i < SHARING_PAIRS; i++) {
            const uint32_t row_a = random_row(c, 0, random_next(&c->random));
            refine_add(&c->refine, row_a, sharing_row(c, &x->term[k], row_a), 0, 0);
        }
    refine_flush(&c->refine);
}

static bool work_claim(struct worker *w, struct err *e)
{
    struct claim *c = calloc(1, sizeof *c);
    if (!c)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    c->refine.keep = show_pair;
    c->refine.context = c;
    c->e = e;
    bool ok = refine_open(&c->refine, w, e);
    for (uint64_t tile; ok && (tile = wire_next_tile(&w->wire)) != WIRE_NO_TILE;) {
        c->random = tile;
        try_pairs(c);
        ok = !c->broken;
        worker_commit(w, (struct wire_frame){.tile = (uint32_t)tile});
    }
    refine_close(&c->refine);
    free(c);
    return ok;
}

const struct stage_kind stage_claim = {
    .what = "trying AXB_MONOTONE",
    .work = work_claim,
    .has_options = true,
    .runs_module = true,
};
