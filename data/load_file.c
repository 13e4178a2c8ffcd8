/* The records of a file, for load_table.c: read in parallel, encoded chunk by chunk. */
#include "core/log.h"
#include "core/memory.h"
#include "data/load_internal.h"

#include <omp.h>
#include <stdlib.h>

/* Chunks whose values fit a cache, and enough of them for all threads. */
static size_t choose_chunk_bytes(const struct load_state *s)
{
    if (s->options.chunk_bytes)
        return s->options.chunk_bytes;
    size_t bytes = s->text.n / 256;
    const size_t least = (size_t)256 << 10, most = (size_t)4 << 20;
    return bytes < least ? least : bytes > most ? most : bytes;
}

/* Encodes the wanted columns of one chunk. */
static bool load_take_chunk(void *context, size_t chunk, const struct csv_rows *rows,
                            struct arena *arena)
{
    struct loading *g = context;
    for (size_t i = 0; i < g->n_wants; i++)
        if (!distinct_encode(&g->chunks[i * g->n_chunks + chunk], rows->fields[g->want_slot[i]],
                             rows->n_rows, g->wants[i].plain, g->wants[i].rules, arena,
                             &g->scratch[omp_get_thread_num()]))
            return false;
    int thread = omp_get_thread_num();
    size_t more = arena->bytes - g->counted_bytes[thread];
    g->counted_bytes[thread] = arena->bytes;
    size_t used = __atomic_add_fetch(&g->used_bytes, more, __ATOMIC_RELAXED);
    log_phase_done(g->job.chunk_bytes);
    if (used <= g->limit_bytes && mem_available_bytes() > 0)
        return true;
    __atomic_store_n(&g->over_limit, true, __ATOMIC_RELAXED);
    return false;
}

/* Which columns of the file are to be read, each once. */
static void choose_columns(struct loading *g, uint32_t *index)
{
    uint32_t n = 0;
    for (size_t i = 0; i < g->n_wants; i++) {
        uint32_t slot = 0;
        while (slot < n && index[slot] != g->wants[i].column)
            slot++;
        if (slot == n)
            index[n++] = g->wants[i].column;
        g->want_slot[i] = slot;
    }
    g->job.columns = (struct csv_columns){index, n};
}

static bool read_records(struct loading *g, struct err *e)
{
    double start = log_seconds();
    load_phase(g->load, "reading", g->job.text.n - g->job.from);
    bool right = csv_read(&g->job, &g->result);
    g->stats.parse_seconds = (log_seconds() - start) * g->result.parse_share;
    if (right) {
        if (g->result.n_rows < TABLE_MISSING)
            return true;
        return err_set(e, ERR_DATA, "split the file", "%s: more than 4,294,967,294 records",
                       g->load->shown);
    }
    if (g->over_limit)
        return load_over_limit(g, g->used_bytes, e);
    struct load_state *s = g->load->state;
    struct csv_place place = {.shown = g->load->shown,
                              .record = g->result.n_rows + 1,
                              .header = s->options.header,
                              .names = s->options.header ? g->load->names : NULL};
    return csv_fault_error(&g->result.fault, &s->text, &s->format, &place, e);
}

static bool prepare(struct loading *g)
{
    const struct load_state *s = g->load->state;
    g->job = (struct csv_job){.text = s->text,
                              .format = s->format,
                              .from = s->data_at,
                              .chunk_bytes = choose_chunk_bytes(s),
                              .take = load_take_chunk,
                              .context = g};
    g->n_chunks = csv_n_chunks(&g->job);
    g->want_slot = calloc(g->n_wants + 1, sizeof *g->want_slot);
    g->counted_bytes = calloc((size_t)g->n_threads, sizeof *g->counted_bytes);
    return g->want_slot && g->counted_bytes;
}

static bool encode(struct loading *g, struct err *e)
{
    uint32_t *index = calloc(g->n_wants + 1, sizeof *index);
    if (!index)
        return load_no_memory(g, e);
    choose_columns(g, index);
    bool ok = read_records(g, e);
    g->stats.records = g->result.n_rows;
    g->stats.irregular = g->result.irregular;
    g->stats.file_bytes = g->load->state->input.n;
    free(index);
    return ok;
}

/* Turns the counts of rows into where each chunk's rows begin, then writes the rows. */
static bool write_rows(struct loading *g, struct shm *out, const struct table_column *columns)
{
    size_t n_chunks = g->n_chunks;
    uint32_t *first_row = calloc(n_chunks + 1, sizeof *first_row);
    if (!first_row)
        return false;
    for (size_t i = 0; i < n_chunks; i++)
        first_row[i + 1] = first_row[i] + (uint32_t)g->result.chunks[i].n_rows;
#pragma omp parallel for schedule(dynamic) if (n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * n_chunks; i++)
        distinct_write_rows(&g->distinct[i / n_chunks], i % n_chunks, first_row[i % n_chunks],
                            shm_writable_array(out, columns[i / n_chunks].row_value_at, uint32_t,
                                               g->stats.records));
    free(first_row);
    return true;
}

static void finish(struct loading *g)
{
    csv_result_free(&g->result);
    free(g->want_slot);
    free(g->counted_bytes);
}

static bool by_value(const struct loading *g, size_t want, uint64_t *missing)
{
    (void)g, (void)want, (void)missing;
    return false;
}

const struct load_steps load_file_steps = {prepare, encode, by_value, write_rows, finish};
