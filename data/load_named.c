/* Columns that are made from those of a table, normalised ones of a named table or figures, for
 * load_table.c: distinct values are encoded as if they were rows, so that normalising and joining
 * of equal ones is the work of data/distinct.h alone. Values keep the order in which a file has
 * them, so the result is that of loading the file. */
#include "data/load_internal.h"

#include <omp.h>
#include <stdlib.h>

#define CHUNK_VALUES 8192u
#define MOST_CHUNKS 256u

/* The column of the table that a want is made from. */
static uint32_t source_of(const struct loading *g, size_t want)
{
    return g->figures ? g->figures[want].from : g->wants[want].column;
}

static bool prepare(struct loading *g)
{
    uint32_t most = 0;
    for (size_t i = 0; i < g->n_wants; i++) {
        uint32_t n = g->table->columns[source_of(g, i)].n_values;
        most = n > most ? n : most;
    }
    g->n_chunks = most / CHUNK_VALUES < MOST_CHUNKS ? most / CHUNK_VALUES + 1 : MOST_CHUNKS;
    g->arenas = calloc((size_t)g->n_threads, sizeof *g->arenas);
    return g->arenas != NULL;
}

/* The first value of a chunk. */
static uint32_t chunk_begin(const struct loading *g, uint32_t column, size_t chunk)
{
    return (uint32_t)((uint64_t)g->table->columns[column].n_values * chunk / g->n_chunks);
}

/* Writes values as figures, to the arena. Of dates as texts, those that are none are missing. */
static bool write_figures(const struct figure_format *format, struct bytes *values, uint32_t n,
                          struct arena *arena)
{
    for (uint32_t v = 0; v < n; v++) {
        char *text = arena_take(arena, values[v].n + (size_t)FIGURE_SPARE_BYTES);
        if (!text)
            return false;
        const uint32_t bytes = (uint32_t)figure_write(values[v], format, text);
        arena_trim(arena, text, bytes);
        values[v] = (struct bytes){format->texts && bytes == 0 ? NULL : text, bytes};
    }
    return true;
}

/* The values that --null makes missing; NULL: none. Figures are made of what is left. */
static const struct csv_nulls *nulls_of(const struct loading *g)
{
    return g->figures ? NULL : g->load->state->format.nulls;
}

/* Encodes the values of one chunk of one want. */
static bool encode_chunk(struct loading *g, size_t want, size_t chunk)
{
    int thread = omp_get_thread_num();
    const uint32_t column = source_of(g, want), from = chunk_begin(g, column, chunk);
    uint32_t n = chunk_begin(g, column, chunk + 1) - from;
    struct bytes *values = malloc((n + (size_t)1) * sizeof *values);
    if (!values)
        return false;
    for (uint32_t v = 0; v < n; v++)
        values[v] = table_value(g->table, column, from + v);
    if (nulls_of(g))
        csv_drop_nulls(nulls_of(g), values, n);
    bool ok =
        (!g->figures || write_figures(&g->figures[want].format, values, n, &g->arenas[thread])) &&
        distinct_encode(&g->chunks[want * g->n_chunks + chunk], values, n, false,
                        g->wants[want].rules, &g->arenas[thread], &g->scratch[thread]);
    free(values);
    return ok;
}

static bool encode(struct loading *g, struct err *e)
{
    bool ok = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * g->n_chunks; i++)
        ok = encode_chunk(g, i / g->n_chunks, i % g->n_chunks) && ok;
    for (int i = 0; i < g->n_threads; i++)
        g->used_bytes += g->arenas[i].bytes;
    const struct table_head *head = g->table->head;
    g->stats.records = head->n_rows;
    g->stats.file_bytes = head->origin.file_bytes;
    g->stats.irregular = head->origin.irregular;
    return ok || load_no_memory(g, e);
}

static bool by_value(const struct loading *g, size_t want, uint64_t *missing)
{
    *missing = g->table->columns[source_of(g, want)].missing;
    return true;
}

static struct bytes unit_text(const struct loading *g, size_t want, uint32_t unit)
{
    return table_value(g->table, source_of(g, want), unit);
}

static uint64_t count_rows(const struct loading *g, size_t want, const bool *lost)
{
    const uint32_t *value = table_row_values(g->table, source_of(g, want));
    const uint64_t n_rows = g->table->head->n_rows;
    uint64_t n = 0;
#pragma omp parallel for schedule(static) reduction(+ : n) if (n_rows > CHUNK_VALUES)
    for (uint64_t i = 0; i < n_rows; i++)
        n += value[i] != TABLE_MISSING && lost[value[i]];
    return n;
}

/* The rows of one want: what was a value of the named table becomes new_value of it. */
static void renumber(const struct loading *g, size_t want, const uint32_t *new_value,
                     uint32_t *row_value)
{
    const uint32_t *old = table_row_values(g->table, source_of(g, want));
    uint64_t n = g->table->head->n_rows;
#pragma omp parallel for schedule(static) if (n > CHUNK_VALUES)
    for (uint64_t i = 0; i < n; i++)
        row_value[i] = old[i] == TABLE_MISSING ? TABLE_MISSING : new_value[old[i]];
}

static bool write_rows(struct loading *g, struct shm *out, const struct table_column *columns)
{
    bool ok = true;
    for (size_t i = 0; i < g->n_wants && ok; i++) {
        uint32_t column = source_of(g, i);
        uint32_t *new_value =
            malloc((g->table->columns[column].n_values + (size_t)1) * sizeof *new_value);
        ok = new_value != NULL;
#pragma omp parallel for schedule(dynamic) if (g->n_chunks > 1)
        for (size_t chunk = 0; chunk < g->n_chunks; chunk++)
            if (ok)
                distinct_write_rows(&g->distinct[i], chunk, chunk_begin(g, column, chunk),
                                    new_value);
        if (ok)
            renumber(g, i, new_value,
                     shm_writable_array(out, columns[i].row_value_at, uint32_t, g->stats.records));
        free(new_value);
    }
    return ok;
}

static void finish(struct loading *g)
{
    for (int i = 0; g->arenas && i < g->n_threads; i++)
        arena_free(&g->arenas[i]);
    free(g->arenas);
}

const struct load_steps load_named_steps = {prepare,    encode, by_value, count_rows,
                                            write_rows, finish, unit_text};
