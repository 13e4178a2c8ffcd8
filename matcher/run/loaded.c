/* From opened inputs to tables, and from tables to the index. */
#include "matcher/run/loaded.h"

#include "core/log.h"
#include "matcher/run/loaded_internal.h"

/* ---- Tables ----------------------------------------------------------------------------------*/

/* Loads the wanted columns of a side into a table of their own. */
static bool load_wanted(struct loaded *l, struct load *load, const struct want_list *list, int side,
                        struct table *t, struct err *e)
{
    struct shm *s = &l->segment[side];
    return shm_create(s, side ? "table B" : "table A", 1ull << 40, e) &&
           load_table(load, list->want, list->n, s, &l->stats[side], e) && shm_freeze(s, e) &&
           table_view(t, s, e);
}

/* Takes a named table as it is. Only its normalized columns are loaded. */
static bool load_named(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                       struct err *e)
{
    const double start = log_seconds();
    const struct named *named = load->named;
    const struct want_list *in_place = &wanted->in_place[side];
    const struct want_list *to_load = &wanted->to_load[side];
    const struct table_origin *origin = &named->table.head->origin;
    for (size_t i = 0; i < in_place->n; i++)
        if (!named_check(named, in_place->want[i].column, e))
            return false;
    l->inputs.table[side] = named->table;
    l->inputs.table_segment[side] = &named->shm;
    if (to_load->n && !load_wanted(l, load, to_load, side, &l->normalized[side], e))
        return false;
    l->stats[side] = (struct load_stats){.records = named->table.head->n_rows,
                                         .file_bytes = origin->file_bytes,
                                         .irregular = origin->irregular,
                                         .total_seconds = log_seconds() - start};
    return true;
}

static bool load_file(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                      struct err *e)
{
    l->inputs.table_segment[side] = &l->segment[side];
    return load_wanted(l, load, &wanted->to_load[side], side, &l->inputs.table[side], e);
}

static bool load_side(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                      struct err *e)
{
    const struct load_stats *stats = &l->stats[side];
    char records[32], bytes[32], lines[300];
    if (!(load->named ? load_named : load_file)(l, load, wanted, side, e) ||
        !loaded_make_figures(l, load, wanted, side, e))
        return false;
    if (stats->irregular)
        log_note("%s: %llu irregular record%s mended (--lenient)", load->shown,
                 (unsigned long long)stats->irregular, stats->irregular == 1 ? " was" : "s were");
    if (stats->mended_line[0])
        log_verbose("mended: %s", load_mended_lines(load, stats, lines));
    log_verbose("%s: %s records, %s, loaded in %.2f s", load->shown,
                log_count((double)stats->records, records),
                log_bytes((double)stats->file_bytes, bytes), stats->total_seconds);
    return true;
}

static bool load_tables(struct loaded *l, const struct wanted *wanted, struct sources *sources,
                        struct err *e)
{
    const double start = log_seconds();
    struct inputs *inputs = &l->inputs;
    if (!load_side(l, &sources->load[0], wanted, 0, e) ||
        (!sources->self && !load_side(l, &sources->load[1], wanted, 1, e)))
        return false;
    if (sources->self) {
        inputs->table[1] = inputs->table[0];
        inputs->table_segment[1] = inputs->table_segment[0];
    }
    l->load_seconds = log_seconds() - start;
    return true;
}

struct loaded_column loaded_column(const struct loaded *l, int side, struct wanted_column at)
{
    return at.figures
               ? l->figure_at[side][at.column]
               : (struct loaded_column){
                     at.normalized ? &l->normalized[side] : &l->inputs.table[side], at.column};
}

/* ---- The index -------------------------------------------------------------------------------*/

/* Scorers, the metrics of values (numbers, dates, places) and comparisons with a text read
 * UTF-8. */
static bool needs_utf8(const struct query *query)
{
    const struct expr *x = &query->expr;
    bool needs = query->scorer != NULL;
    for (uint32_t t = 0; t < x->n_terms; t++)
        needs = needs || metric_at(x->term[t].metric)->flags & METRIC_READS_UTF8;
    for (uint32_t i = 0; i < x->n_nodes; i++)
        needs = needs || x->node[i].op == EXPR_SAME;
    return needs;
}

/* What a term weighs of its fields. */
static unsigned weighed_by(const struct expr_term *t)
{
    const unsigned flags = metric_at(t->metric)->flags;
    return (flags & METRIC_WEIGHS_WORDS ? INDEX_WORDS : 0u) |
           (flags & METRIC_WEIGHS_VALUES ? INDEX_VALUES : 0u);
}

/* The pairs of fields of which a term weighs something, each once; returns how many. */
static uint32_t weighed_pairs(const struct query *query, struct index_pair pair[EXPR_MAX_TERMS])
{
    const struct expr *x = &query->expr;
    uint32_t n = 0;
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const struct expr_term *term = &x->term[t];
        const struct index_pair fields = {x->column[term->column_a].field,
                                          x->column[term->column_b].field, weighed_by(term)};
        uint32_t i = 0;
        while (i < n && (pair[i].field_a != fields.field_a || pair[i].field_b != fields.field_b))
            i++;
        if (i < n)
            pair[i].weighed |= fields.weighed;
        else if (fields.weighed)
            pair[n++] = fields;
    }
    return n;
}

_Static_assert(INDEX_MAX_PAIRS >= EXPR_MAX_TERMS, "each term may weigh a pair of its own");

bool loaded_index(struct loaded *l, const struct query *query, const struct wanted *wanted,
                  const struct row_list rows[2], struct err *e)
{
    const double start = log_seconds();
    struct index_pair pair[EXPR_MAX_TERMS];
    const struct index_spec spec = {.fields = l->field,
                                    .n_fields = wanted->n_fields,
                                    .rows = rows,
                                    .pairs = pair,
                                    .n_pairs = weighed_pairs(query, pair),
                                    .wanted = (query->expr.n_terms ? INDEX_POSTINGS : 0u) |
                                              (needs_utf8(query) ? INDEX_UTF8 : 0u)};
    log_phase("indexing", 0);
    l->inputs.index_segment = &l->index;
    bool ok = shm_create(&l->index, "the index", 1ull << 40, e) &&
              index_build(&spec, &l->index, e) && index_view(&l->inputs.index, &l->index, e);
    l->index_seconds = log_seconds() - start;
    return ok;
}

/* ---- The fields of the index -----------------------------------------------------------------*/

static void set_fields(struct loaded *l, const struct wanted *wanted)
{
    for (uint32_t i = 0; i < wanted->n_fields; i++) {
        const struct wanted_field *f = &wanted->field[i];
        const int table = l->inputs.self ? 0 : (int)f->side;
        const struct loaded_column at = loaded_column(l, table, f->at);
        l->field[i] = (struct index_field){.side = f->side,
                                           .kind = f->kind,
                                           .table = at.table,
                                           .column = at.column,
                                           .form = f->form};
    }
}

bool loaded_tables(struct loaded *l, const struct wanted *wanted, struct sources *sources,
                   struct err *e)
{
    l->inputs.self = sources->self;
    if (!load_tables(l, wanted, sources, e))
        return false;
    set_fields(l, wanted);
    return true;
}

void loaded_begin(struct loaded *l)
{
    *l = (struct loaded){.index.fd = -1, .part.fd = -1, .profiles.fd = -1};
    for (int side = 0; side < 2; side++)
        l->segment[side].fd = l->figures_segment[side].fd = -1;
    for (int k = 0; k < RUN_FILE_HALVES; k++)
        l->half[k].fd = -1;
}

void loaded_close(struct loaded *l)
{
    for (int k = 0; k < RUN_FILE_HALVES; k++)
        shm_close(&l->half[k]);
    shm_close(&l->index);
    shm_close(&l->part);
    shm_close(&l->profiles);
    for (int side = 0; side < 2; side++) {
        shm_close(&l->segment[side]);
        shm_close(&l->figures_segment[side]);
    }
}

/* ---- What they hold --------------------------------------------------------------------------*/

/* Sums over the wants: their order differs between a file and a named table. A want counts once,
 * whether it is wanted plain as well or not. */
static uint64_t list_fingerprint(const struct want_list *list, const struct table *t, bool in_place)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct load_want *w = &list->want[i];
        size_t k = 0;
        while (list->want[k].column != w->column || list->want[k].rules != w->rules)
            k++;
        if (k == i)
            sum += table_column_fingerprint(t, in_place ? w->column : (uint32_t)i);
    }
    return sum;
}

uint64_t loaded_fingerprint(const struct loaded *l, const struct wanted *wanted,
                            const struct sources *sources, int side)
{
    const int s = sources->self ? 0 : side;
    const bool named = sources_load(sources, side)->named != NULL;
    const struct wanted_column loaded = {.normalized = named};
    return list_fingerprint(&wanted->to_load[s], loaded_column(l, s, loaded).table, false) +
           list_fingerprint(&wanted->in_place[s], &l->inputs.table[s], true);
}

bool loaded_take_rows(const struct loaded *l, struct row_list rows, struct inputs *inputs,
                      struct shm *index, struct err *e)
{
    const struct index *whole = &l->inputs.index;
    bool of_side[INDEX_MAX_FIELDS];
    *inputs = l->inputs;
    if (!rows.row)
        return true;
    for (uint32_t f = 0; f < whole->n_fields; f++)
        of_side[f] = l->field[f].side == 0;
    inputs->index_segment = index;
    return shm_create(index, "the index of some rows", 1ull << 42, e) &&
           index_restrict(whole, 0, rows, of_side, index, e) &&
           index_view(&inputs->index, index, e);
}
