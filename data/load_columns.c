/* The wanted columns of a table that was sent (data/columns.h), for load_table.c: no text to split,
 * only values to encode. Of a dictionary its values are encoded, not the rows: those that a row
 * has, in the order in which rows have them first, so that the table is that of a file of the same
 * rows. */
#include "data/load_internal.h"

#include <omp.h>
#include <stdlib.h>

#define CHUNK_ROWS 8192u
#define MOST_CHUNKS 256u

static const struct columns *columns_of(const struct loading *g)
{
    return &g->load->state->columns;
}

static bool is_dictionary(const struct loading *g, size_t want)
{
    return columns_of(g)->column[g->wants[want].column].kind == COLUMNS_DICTIONARY;
}

static bool prepare(struct loading *g)
{
    const uint64_t n_rows = columns_of(g)->head->n_rows;
    g->n_chunks =
        n_rows / CHUNK_ROWS < MOST_CHUNKS ? (size_t)(n_rows / CHUNK_ROWS + 1) : MOST_CHUNKS;
    g->arenas = calloc((size_t)g->n_threads, sizeof *g->arenas);
    g->used = calloc(g->n_wants + 1, sizeof *g->used);
    g->n_used = calloc(g->n_wants + 1, sizeof *g->n_used);
    return g->arenas && g->used && g->n_used;
}

/* Lists the values of a dictionary that rows have: g->used[want]. */
static bool find_used(struct loading *g, size_t want)
{
    const struct columns *c = columns_of(g);
    const uint32_t column = g->wants[want].column;
    const int32_t *codes = columns_codes(c, column);
    const uint64_t n_values = c->column[column].n_values;
    bool *seen = calloc(n_values + 1, sizeof *seen);
    uint32_t *used = g->used[want] = malloc((n_values + 1) * sizeof *used);
    for (uint64_t row = 0; seen && used && row < c->head->n_rows; row++)
        if (codes[row] >= 0 && !seen[codes[row]]) {
            seen[codes[row]] = true;
            used[g->n_used[want]++] = (uint32_t)codes[row];
        }
    free(seen);
    return seen && used;
}

/* What is encoded of a want: rows, or values of a dictionary. */
static uint64_t n_units(const struct loading *g, size_t want)
{
    return is_dictionary(g, want) ? g->n_used[want] : columns_of(g)->head->n_rows;
}

/* The first unit of a chunk. */
static uint32_t chunk_begin(const struct loading *g, size_t want, size_t chunk)
{
    return (uint32_t)(n_units(g, want) * chunk / g->n_chunks);
}

/* Reads n units from `from` on, of which --null makes some missing. Texts stay where they are;
 * numbers and times are written to the arena. */
static bool read_units(const struct loading *g, size_t want, uint32_t from, uint32_t n,
                       struct bytes *values, struct arena *arena)
{
    const struct columns *c = columns_of(g);
    const uint32_t column = g->wants[want].column, kind = c->column[column].kind;
    const bool is_text = kind == COLUMNS_TEXT || kind == COLUMNS_DICTIONARY;
    char *text = is_text ? NULL : arena_take(arena, (n + (size_t)1) * COLUMNS_TEXT_BYTES);
    char *at = text;
    if (!is_text && !text)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t unit = kind == COLUMNS_DICTIONARY ? g->used[want][from + i] : from + i;
        values[i] = columns_value(c, column, unit, at);
        if (!is_text)
            at += values[i].n;
    }
    if (!is_text)
        arena_trim(arena, text, (size_t)(at - text));
    if (g->load->state->format.nulls)
        csv_drop_nulls(g->load->state->format.nulls, values, n);
    return true;
}

static bool encode_chunk(struct loading *g, size_t want, size_t chunk)
{
    const int thread = omp_get_thread_num();
    const uint32_t from = chunk_begin(g, want, chunk), n = chunk_begin(g, want, chunk + 1) - from;
    struct bytes *values = malloc((n + (size_t)1) * sizeof *values);
    const bool ok = values && read_units(g, want, from, n, values, &g->arenas[thread]) &&
                    distinct_encode(&g->chunks[want * g->n_chunks + chunk], values, n,
                                    g->wants[want].plain && !is_dictionary(g, want),
                                    g->wants[want].rules, &g->arenas[thread], &g->scratch[thread]);
    free(values);
    return ok;
}

static bool encode(struct loading *g, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; i < g->n_wants; i++)
        if (!columns_check(columns_of(g), g->wants[i].column, e))
            return false;
    for (size_t i = 0; i < g->n_wants; i++)
        if (is_dictionary(g, i) && !find_used(g, i))
            return load_no_memory(g, e);
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * g->n_chunks; i++)
        ok = encode_chunk(g, i / g->n_chunks, i % g->n_chunks) && ok;
    for (int i = 0; i < g->n_threads; i++)
        g->used_bytes += g->arenas[i].bytes;
    g->stats.records = columns_of(g)->head->n_rows;
    g->stats.file_bytes = columns_of(g)->head->total_bytes;
    return ok || load_no_memory(g, e);
}

static bool by_value(const struct loading *g, size_t want, uint64_t *missing)
{
    const struct columns *c = columns_of(g);
    if (!is_dictionary(g, want))
        return false;
    const int32_t *codes = columns_codes(c, g->wants[want].column);
    uint64_t n = 0;
    for (uint64_t row = 0; row < c->head->n_rows; row++)
        n += codes[row] < 0;
    *missing = n;
    return true;
}

static struct bytes unit_text(const struct loading *g, size_t want, uint32_t unit)
{
    return columns_value(columns_of(g), g->wants[want].column, g->used[want][unit], NULL);
}

/* lost[] is by what was encoded: the values that rows have. */
static uint64_t count_rows(const struct loading *g, size_t want, const bool *lost)
{
    const struct columns *c = columns_of(g);
    const uint32_t column = g->wants[want].column;
    const int32_t *codes = columns_codes(c, column);
    bool *of_code = calloc(c->column[column].n_values + 1, sizeof *of_code);
    uint64_t n = 0;
    for (uint32_t i = 0; of_code && i < g->n_used[want]; i++)
        of_code[g->used[want][i]] = lost[i];
    for (uint64_t row = 0; of_code && row < c->head->n_rows; row++)
        n += codes[row] >= 0 && of_code[codes[row]];
    free(of_code);
    return of_code ? n : UINT64_MAX;
}

/* The rows of a dictionary: a code becomes the number of its value in the table. */
static bool write_codes(struct loading *g, size_t want, uint32_t *row_value)
{
    const struct columns *c = columns_of(g);
    const uint32_t column = g->wants[want].column;
    const int32_t *codes = columns_codes(c, column);
    uint32_t *number = calloc(g->n_used[want] + (size_t)1, sizeof *number);
    uint32_t *of_code = malloc((c->column[column].n_values + 1) * sizeof *of_code);
    const bool ok = number && of_code;
    for (size_t chunk = 0; ok && chunk < g->n_chunks; chunk++)
        distinct_write_rows(&g->distinct[want], chunk, chunk_begin(g, want, chunk), number);
    for (uint32_t i = 0; ok && i < g->n_used[want]; i++)
        of_code[g->used[want][i]] = number[i];
    for (uint64_t row = 0; ok && row < c->head->n_rows; row++)
        row_value[row] = codes[row] < 0 ? TABLE_MISSING : of_code[codes[row]];
    free(of_code);
    free(number);
    return ok;
}

static bool write_rows(struct loading *g, struct shm *out, const struct table_column *columns)
{
    bool ok = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_wants; i++) {
        uint32_t *row_value =
            shm_writable_array(out, columns[i].row_value_at, uint32_t, g->stats.records);
        if (is_dictionary(g, i))
            ok = write_codes(g, i, row_value) && ok;
        for (size_t chunk = 0; !is_dictionary(g, i) && chunk < g->n_chunks; chunk++)
            distinct_write_rows(&g->distinct[i], chunk, chunk_begin(g, i, chunk), row_value);
    }
    return ok;
}

static void finish(struct loading *g)
{
    for (int i = 0; g->arenas && i < g->n_threads; i++)
        arena_free(&g->arenas[i]);
    for (size_t i = 0; g->used && i < g->n_wants; i++)
        free(g->used[i]);
    free(g->arenas);
    free(g->used);
    free(g->n_used);
}

const struct load_steps load_columns_steps = {prepare,    encode, by_value, count_rows,
                                              write_rows, finish, unit_text};
