/* The rooms in which a run gets its tables and its index. */
#include "core/log.h"
#include "core/shm.h"
#include "matcher/run/run.h"

/* ---- Tables ----------------------------------------------------------------------------------*/

/* Loads the wants of a side into a table of their own. */
static bool load_wants(struct run *r, int side, struct table *t, struct err *e)
{
    const struct run_wants *wants = &r->wants[side];
    struct shm *s = &r->tables[side];
    return shm_create(s, side ? "table B" : "table A", 1ull << 40, e) &&
           load_table(&r->load[side], wants->want, wants->n, s, &r->loaded[side], e) &&
           shm_freeze(s, e) && table_view(t, s, e);
}

/* Takes a named table as it is, but for what is normalised. */
static bool load_named(struct run *r, int side, struct err *e)
{
    double start = log_seconds();
    const struct named *named = r->load[side].named;
    const struct run_wants *in_place = &r->in_place[side];
    const struct table_origin *origin = &named->table.head->origin;
    for (size_t i = 0; i < in_place->n; i++)
        if (!named_check(named, in_place->want[i].column, e))
            return false;
    r->job.table[side] = named->table;
    r->job.tables[side] = &named->shm;
    if (r->wants[side].n && !load_wants(r, side, &r->normalized[side], e))
        return false;
    r->loaded[side] = (struct load_stats){.records = named->table.head->n_rows,
                                          .file_bytes = origin->file_bytes,
                                          .irregular = origin->irregular,
                                          .total_seconds = log_seconds() - start};
    return true;
}

static bool load_side(struct run *r, int side, struct err *e)
{
    const struct load *l = &r->load[side];
    const struct load_stats *stats = &r->loaded[side];
    char records[32], bytes[32];
    r->job.tables[side] = &r->tables[side];
    if (!(l->named ? load_named(r, side, e) : load_wants(r, side, &r->job.table[side], e)))
        return false;
    if (stats->irregular)
        log_note("%s: %llu irregular record%s mended (--lenient)", l->shown,
                 (unsigned long long)stats->irregular, stats->irregular == 1 ? " was" : "s were");
    log_verbose("%s: %s records, %s, loaded in %.2f s", l->shown,
                log_count((double)stats->records, records),
                log_bytes((double)stats->file_bytes, bytes), stats->total_seconds);
    return true;
}

bool run_load(struct run *r, struct err *e)
{
    double start = log_seconds();
    if (!load_side(r, 0, e) || (!r->self && !load_side(r, 1, e)))
        return false;
    if (r->self) {
        r->job.table[1] = r->job.table[0];
        r->job.tables[1] = r->job.tables[0];
    }
    r->load_seconds = log_seconds() - start;
    return true;
}

/* ---- What they hold --------------------------------------------------------------------------*/

/* The sum over wants, each once whether it is wanted plain as well or not: their order differs
 * between a file and a named table. */
static uint64_t wants_fingerprint(const struct run_wants *wants, const struct table *t,
                                  bool in_place)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < wants->n; i++) {
        const struct load_want *w = &wants->want[i];
        size_t k = 0;
        while (wants->want[k].column != w->column || wants->want[k].normalize != w->normalize)
            k++;
        if (k == i)
            sum += table_column_fingerprint(t, in_place ? w->column : (uint32_t)i);
    }
    return sum;
}

uint64_t run_table_fingerprint(const struct run *r, int side)
{
    int s = r->self ? 0 : side;
    const struct table *loaded = r->load[s].named ? &r->normalized[s] : &r->job.table[s];
    return wants_fingerprint(&r->wants[s], loaded, false) +
           wants_fingerprint(&r->in_place[s], &r->job.table[s], true);
}

/* ---- The index -------------------------------------------------------------------------------*/

/* Scorers read texts as they stand; so do the metrics of what a text stands for, and comparisons
 * with a text. */
static bool needs_utf8(const struct run *r)
{
    const struct expr *x = &r->job.task.expr;
    bool needs = r->job.task.has_module;
    for (uint32_t t = 0; t < x->n_terms; t++)
        needs = needs || metric_at(x->term[t].metric)->flags & METRIC_READS_UTF8;
    for (uint32_t i = 0; i < x->n_nodes; i++)
        needs = needs || x->node[i].op == EXPR_SAME;
    return needs;
}

bool run_index(struct run *r, struct err *e)
{
    double start = log_seconds();
    unsigned wanted = r->job.task.expr.n_terms ? INDEX_POSTINGS : 0;
    wanted |= needs_utf8(r) ? INDEX_UTF8 : 0;
    bool ok = shm_create(&r->index, "the index", 1ull << 40, e) &&
              index_build(r->fields, r->n_fields, wanted, &r->index, e) &&
              index_view(&r->job.view, &r->index, e);
    r->job.index = &r->index;
    r->index_seconds = log_seconds() - start;
    return ok;
}
