/* From an opened input to a table: encode in parallel, count, lay out, write.
 *
 * Where the texts come from is known to load_file.c, load_columns.c and load_named.c. All sizes are
 * known before the one block of shared memory is asked for. */
#include "core/log.h"
#include "core/memory.h"
#include "core/shm.h"
#include "data/load_internal.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Failures --------------------------------------------------------------------------------*/

bool load_no_memory(const struct loading *g, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory to load it", g->load->shown);
}

bool load_over_limit(const struct loading *g, size_t need_bytes, struct err *e)
{
    char need[32], limit[32];
    const char *hint = g->load->state->options.max_memory_bytes
                           ? "raise --max-memory, or name fewer columns"
                           : "allow more memory, or name fewer columns";
    return err_set(e, ERR_OS, hint, "%s: loading it takes %s or more of memory, and %s may be used",
                   g->load->shown, log_bytes((double)need_bytes, need),
                   log_bytes((double)g->limit_bytes, limit));
}

/* ---- Layout ----------------------------------------------------------------------------------*/

/* A segment being laid out: offsets only go up. */
static uint64_t lay(uint64_t *at, uint64_t bytes, uint64_t align)
{
    uint64_t begin = (*at + align - 1) / align * align;
    *at = begin + bytes;
    return begin;
}

/* Fills head and columns with offsets. */
static void lay_out(const struct loading *g, struct table_head *head, struct table_column *columns)
{
    const char *path = g->load->state->whole_path;
    uint64_t at = SHM_HEAD_AT;
    lay(&at, sizeof *head, TABLE_ALIGN);
    head->columns_at = lay(&at, g->n_wants * sizeof *columns, TABLE_ALIGN);
    head->path_at = lay(&at, strlen(path) + 1, 1);
    for (size_t i = 0; i < g->n_wants; i++) {
        const char *name = g->load->names[g->wants[i].column];
        columns[i].name_bytes = (uint32_t)strlen(name);
        columns[i].name_at = lay(&at, strlen(name) + 1, 1);
    }
    head->body_at = lay(&at, 0, TABLE_ALIGN);
    for (size_t i = 0; i < g->n_wants; i++) {
        const struct distinct *d = &g->distinct[i];
        struct table_column *c = &columns[i];
        c->n_values = (uint32_t)distinct_n_values(d);
        c->source = g->wants[i].column;
        c->plain = d->plain;
        c->missing = d->missing;
        c->value_begin_at = lay(&at, (c->n_values + (uint64_t)1) * sizeof(uint64_t), TABLE_ALIGN);
        c->value_bytes_at = lay(&at, distinct_value_bytes(d) + TABLE_SPARE_BYTES, TABLE_ALIGN);
        c->row_value_at = lay(&at, head->n_rows * sizeof(uint32_t), TABLE_ALIGN);
    }
    lay(&at, 0, TABLE_ALIGN);
    head->bytes = at;
}

/* What loading may use in all, with what the input takes already. */
static size_t load_limit_bytes(const struct load_state *s)
{
    size_t available = mem_available_bytes(), max = s->options.max_memory_bytes;
    size_t all =
        available < SIZE_MAX - s->input.memory_bytes ? available + s->input.memory_bytes : SIZE_MAX;
    return max && max < all ? max : all;
}

static bool check_limit(const struct loading *g, uint64_t table_bytes, struct err *e)
{
    size_t need = g->used_bytes + g->arena.bytes + g->load->state->input.memory_bytes + table_bytes;
    return need <= g->limit_bytes || load_over_limit(g, need, e);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static bool write_values(struct loading *g, struct shm *out, const struct table_column *columns)
{
    size_t n_chunks = g->n_chunks;
    bool ok = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * n_chunks; i++) {
        const struct table_column *c = &columns[i / n_chunks];
        ok = distinct_write_values(
                 &g->distinct[i / n_chunks], i % n_chunks,
                 shm_writable_array(out, c->value_begin_at, uint64_t, c->n_values + (uint64_t)1),
                 shm_writable(out, c->value_bytes_at, char), &g->scratch[omp_get_thread_num()]) &&
             ok;
    }
    return ok;
}

static void write_names(const struct loading *g, struct shm *out, const struct table_head *head,
                        const struct table_column *columns)
{
    const char *path = g->load->state->whole_path;
    memcpy(out->base + head->path_at, path, strlen(path) + 1);
    for (size_t i = 0; i < g->n_wants; i++)
        memcpy(out->base + columns[i].name_at, g->load->names[g->wants[i].column],
               columns[i].name_bytes + (size_t)1);
}

static struct table_origin origin(const struct loading *g)
{
    const struct load_state *s = g->load->state;
    if (g->table)
        return g->table->head->origin;
    struct table_origin origin = {.file_bytes = g->stats.file_bytes,
                                  .irregular = g->stats.irregular,
                                  .skip_lines = s->options.skip_lines,
                                  .nulls = load_nulls_print(s->options.nulls),
                                  .delimiter = s->format.delimiter,
                                  .header = s->options.header,
                                  .lenient = s->options.lenient,
                                  .escape = s->options.escape,
                                  .comment = s->options.comment};
    memcpy(origin.encoding, s->encoding.name, sizeof origin.encoding);
    return origin;
}

/* Writes the segment from the dictionaries; `columns` is scratch for n_wants. */
static bool write_table(struct loading *g, struct table_column *columns, struct shm *out,
                        struct err *e)
{
    struct table_head head = {.magic = TABLE_MAGIC,
                              .version = TABLE_VERSION,
                              .n_columns = (uint32_t)g->n_wants,
                              .n_rows = g->stats.records,
                              .origin = origin(g)};
    lay_out(g, &head, columns);
    if (!check_limit(g, head.bytes, e))
        return false;
    uint64_t at = shm_alloc(out, g->load->shown, head.bytes - SHM_HEAD_AT, TABLE_ALIGN, e);
    if (at == 0)
        return false;
    if (at != SHM_HEAD_AT)
        return err_set(e, ERR_SOFTWARE, NULL, "%s: the segment of a table was not empty",
                       g->load->shown);
    write_names(g, out, &head, columns);
    if (!write_values(g, out, columns) || !g->steps->write_rows(g, out, columns))
        return load_no_memory(g, e);
    memcpy(out->base + head.columns_at, columns, g->n_wants * sizeof *columns);
    memcpy(out->base + SHM_HEAD_AT, &head, sizeof head);
    return true;
}

/* ---- Values that are lost --------------------------------------------------------------------*/

/* Rows of a want that lose their value while it is encoded. */
struct lost {
    uint64_t rows;    /* in all; of a want whose rows are encoded, 0: its chunks say so */
    uint64_t emptied; /* by cleaning, not by --null */
};

/* Unmarks the values that --null makes missing. */
static void leave_nulls(const struct loading *g, size_t want, uint64_t n_units, bool *lost)
{
    const struct csv_nulls *nulls = g->load->state->format.nulls;
    for (uint32_t i = 0; nulls && i < n_units; i++) {
        struct bytes text = lost[i] ? g->steps->unit_text(g, want, i) : (struct bytes){0};
        csv_drop_nulls(nulls, &text, 1);
        lost[i] = text.p;
    }
}

/* Counts the rows of a want whose distinct values are encoded. */
static bool count_rows(const struct loading *g, size_t want, struct lost *l)
{
    const struct distinct_chunk *chunks = g->chunks + want * g->n_chunks;
    const bool emptied = l->emptied > 0;
    uint64_t n_units = 0, unit = 0;
    for (size_t i = 0; i < g->n_chunks; i++)
        n_units += chunks[i].n_rows;
    bool *lost = malloc(n_units + 1);
    for (size_t i = 0; lost && i < g->n_chunks; i++)
        for (uint32_t k = 0; k < chunks[i].n_rows; k++)
            lost[unit++] = chunks[i].row_entry[k] == TABLE_MISSING;
    l->rows = lost ? g->steps->count_rows(g, want, lost) : UINT64_MAX;
    if (lost && emptied) {
        leave_nulls(g, want, n_units, lost);
        l->emptied = g->steps->count_rows(g, want, lost);
    }
    free(lost);
    return l->rows != UINT64_MAX && l->emptied != UINT64_MAX;
}

/* False without memory. */
static bool count_lost(const struct loading *g, size_t want, bool by_value, struct lost *l)
{
    const struct distinct_chunk *chunks = g->chunks + want * g->n_chunks;
    uint64_t missing = 0;
    *l = (struct lost){0, 0};
    for (size_t i = 0; i < g->n_chunks; i++) {
        l->emptied += chunks[i].emptied;
        missing += chunks[i].missing;
    }
    return !by_value || missing == 0 || count_rows(g, want, l);
}

/* Says how many there are, with the first of them. */
static void note_emptied(const struct loading *g, size_t want, uint64_t n)
{
    const struct distinct_chunk *chunk = g->chunks + want * g->n_chunks;
    char example[44] = "";
    while (!chunk->emptied_value.p)
        chunk++;
    const struct bytes was = chunk->emptied_value;
    const size_t shown = was.n < sizeof example - 4 ? was.n : sizeof example - 4;
    memcpy(example, was.p, shown);
    const size_t valid = text_valid_prefix(example, shown);
    snprintf(example + valid, sizeof example - valid, "%s", shown < was.n ? "…" : "");
    for (char *c = example; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    log_note("%s: %llu value%s of %s %s empty after %s, such as \"%s\"; %s as missing",
             g->load->shown, (unsigned long long)n, n == 1 ? "" : "s",
             g->load->names[g->wants[want].column], n == 1 ? "is" : "are",
             text_rules_option(g->wants[want].rules), example, n == 1 ? "it counts" : "they count");
}

/* ---- All of it -------------------------------------------------------------------------------*/

void load_phase(const struct load *l, const char *what, uint64_t total_bytes)
{
    char text[80];
    const char *slash = strrchr(l->shown, '/');
    snprintf(text, sizeof text, "%s %s", what, slash ? slash + 1 : l->shown);
    log_phase(text, total_bytes);
}

/* The dictionary of a want, before its chunks are merged. */
static bool open_distinct(struct loading *g, size_t want, struct err *e)
{
    struct distinct_chunk *chunks = g->chunks + want * g->n_chunks;
    uint64_t missing = 0;
    const bool by_value = g->steps->by_value(g, want, &missing);
    struct lost lost;
    if (!count_lost(g, want, by_value, &lost))
        return load_no_memory(g, e);
    if (lost.emptied && !(g->wants[want].rules->flags & TEXT_RULES_SELECT))
        note_emptied(g, want, lost.emptied);
    for (size_t i = 0; by_value && i < g->n_chunks; i++)
        chunks[i].missing = 0; /* those are values; rows count */
    g->distinct[want] = (struct distinct){.plain = g->wants[want].plain && !by_value,
                                          .n_chunks = g->n_chunks,
                                          .chunks = chunks,
                                          .missing = missing + lost.rows};
    return true;
}

/* Encoding fails for want of memory, for what it says itself, or by a rule that gave up. */
static bool encode(struct loading *g, struct err *e)
{
    if (g->steps->encode(g, e))
        return true;
    for (int i = 0; i < g->n_threads; i++)
        if (text_rules_fault(&g->scratch[i].text, e))
            break;
    return false;
}

static bool build_table(struct loading *g, struct shm *out, struct err *e)
{
    if (!encode(g, e))
        return false;
    for (size_t i = 0; i < g->n_wants; i++)
        if (!open_distinct(g, i, e))
            return false;
    load_phase(g->load, "sorting", 0);
    if (!distinct_merge(g->distinct, g->n_wants, &g->arena, g->scratch))
        return load_no_memory(g, e);
    struct table_column *columns = calloc(g->n_wants + 1, sizeof *columns);
    bool ok = columns ? write_table(g, columns, out, e) : load_no_memory(g, e);
    free(columns);
    return ok;
}

static bool prepare(struct loading *g)
{
    g->limit_bytes = load_limit_bytes(g->load->state);
    g->n_threads = omp_get_max_threads();
    if (!g->steps->prepare(g))
        return false;
    g->chunks = calloc(g->n_wants * g->n_chunks + 1, sizeof *g->chunks);
    g->distinct = calloc(g->n_wants + 1, sizeof *g->distinct);
    g->scratch = calloc((size_t)g->n_threads, sizeof *g->scratch);
    return g->chunks && g->distinct && g->scratch;
}

static void finish(struct loading *g)
{
    for (int i = 0; g->scratch && i < g->n_threads; i++)
        distinct_scratch_free(&g->scratch[i]);
    g->steps->finish(g);
    arena_free(&g->arena);
    free(g->scratch);
    free(g->distinct);
    free(g->chunks);
}

static bool load(struct loading *g, struct shm *out, struct err *e)
{
    bool ok = (prepare(g) || load_no_memory(g, e)) && build_table(g, out, e);
    finish(g);
    return ok;
}

bool load_table(struct load *l, const struct load_want *wants, size_t n_wants, struct shm *out,
                struct load_stats *stats, struct err *e)
{
    double start = log_seconds();
    struct loading g = {.load = l,
                        .steps = l->state->steps,
                        .table = l->named ? &l->named->table : NULL,
                        .wants = wants,
                        .n_wants = n_wants};
    for (size_t i = 0; l->named && i < n_wants; i++)
        if (!named_check(l->named, wants[i].column, e))
            return false;
    if (!load(&g, out, e))
        return false;
    *stats = g.stats;
    stats->total_seconds = log_seconds() - start;
    return true;
}

bool load_figures(struct load *l, const struct table *table, const struct load_figures *figures,
                  size_t n, struct shm *out, struct err *e)
{
    struct load_want *wants = calloc(n + 1, sizeof *wants);
    struct loading g = {.load = l,
                        .steps = &load_named_steps,
                        .table = table,
                        .figures = figures,
                        .wants = wants,
                        .n_wants = n};
    for (size_t i = 0; wants && i < n; i++)
        wants[i].column = figures[i].column;
    bool ok = wants ? load(&g, out, e) : load_no_memory(&g, e);
    free(wants);
    return ok;
}
