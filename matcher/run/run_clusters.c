/* --clusters and --golden: from the pairs that are kept to the groups of their records. */
#include "matcher/cluster/clusters.h"
#include "matcher/run/run.h"

#include "data/emit.h"

#include <math.h>
#include <stdlib.h>

#define MOST_COMPARED 6u /* that messages show */

/* The columns that are compared, each once; none where only a scorer knows. */
static uint32_t compared_columns(const struct run *r, struct record_column column[MOST_COMPARED])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->wanted.n_fields && n < MOST_COMPARED; i++) {
        const struct index_field *f = &r->loaded.field[i];
        bool is_new = f->kind == INDEX_TEXT;
        for (uint32_t k = 0; k < n; k++)
            is_new = is_new && (column[k].table != f->table || column[k].column != f->column);
        if (is_new)
            column[n++] = record_column_of(f->table, f->column);
    }
    return n;
}

/* The columns of the records, malloced. */
static struct record_column *record_columns(const struct run *r)
{
    const struct wanted_records *w = &r->wanted.records;
    struct record_column *column = malloc((w->n + w->n_hidden + 1ull) * sizeof *column);
    for (uint32_t i = 0; column && i < w->n + w->n_hidden; i++)
        column[i] = record_column_of(&r->loaded.inputs.table[0], w->column[i]);
    return column;
}

static double worst_of(const struct opts *o, enum choose_better better)
{
    const bool least = better == CHOOSE_LEAST;
    return least ? (o->max_given ? o->max : (double)INFINITY)
                 : (o->min_given ? o->min : -(double)INFINITY);
}

bool run_clusters(struct run *r, struct err *e)
{
    const struct table *t = &r->loaded.inputs.table[0];
    const uint32_t id = r->query.lines.id_a;
    struct record_column ids, compared[MOST_COMPARED], *columns;
    struct record_set set = {.n = (uint32_t)t->head->n_rows,
                             .n_columns = r->wanted.records.n,
                             .n_hidden = r->wanted.records.n_hidden};
    struct outputs *out = &r->outputs;
    if (!r->choice.clusters)
        return true;
    if (id != EMIT_ROW_NUMBER) {
        ids = record_column_of(t, id);
        set.id = &ids;
    }
    set.column = columns = record_columns(r);
    if (load_n_parts(sources_load(&r->sources, 0)) > 1)
        set.source = columns; /* the first of them */
    const struct clusters_request request = {
        .grouping = {.records = &set,
                     .found = &r->kept.found,
                     .better = r->better,
                     .worst = worst_of(r->opts, r->better),
                     .scored = true,
                     .method = r->opts->cluster_method,
                     .floor = r->opts->cluster_floor,
                     .max_cluster = r->opts->max_cluster,
                     .shown = compared,
                     .n_shown = compared_columns(r, compared)},
        .rules = &r->wanted.records.golden,
        .golden_rows = r->opts->golden_rows,
        .min_cluster = r->opts->min_cluster,
        .lines = {out->clusters_open ? &out->clusters : NULL, r->clusters_format},
        .golden = {out->golden_open ? &out->golden : NULL, r->golden_format}};
    const bool ok = columns ? clusters_write(&request, &r->clusters, e)
                            : err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
    free(columns);
    return ok;
}
