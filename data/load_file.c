/* The records of a file, for load_table.c: read in parallel, encoded chunk by chunk. */
#include "core/log.h"
#include "core/memory.h"
#include "core/string_builder.h"
#include "data/load_internal.h"
#include "data/out.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
bool load_take_chunk(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena)
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
void load_choose_columns(struct loading *g, uint32_t *index)
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

/* How to read the text, from what was found out about it. */
static struct csv_job make_job(struct loading *g)
{
    const struct load_state *s = g->load->state;
    return (struct csv_job){.text = s->text,
                            .format = s->format,
                            .columns = g->job.columns,
                            .from = s->data_at,
                            .chunk_bytes = choose_chunk_bytes(s),
                            .max_mends = s->options.mended ? SIZE_MAX : LOAD_MENDED_LINES,
                            .take = load_take_chunk,
                            .context = g};
}

/* Forgets what was read of the text, and makes chunks of it as it is now. */
static bool begin_again(struct loading *g)
{
    csv_result_free(&g->result);
    free(g->chunks);
    g->job = make_job(g);
    g->n_chunks = csv_n_chunks(&g->job);
    g->chunks = calloc(g->n_wants * g->n_chunks + 1, sizeof *g->chunks);
    memset(g->counted_bytes, 0, (size_t)g->n_threads * sizeof *g->counted_bytes);
    g->used_bytes = 0;
    return g->chunks != NULL;
}

/* Reads the records. The first byte that is no UTF-8 may show that none of the text is. */
static bool read_text(struct loading *g, bool *right, struct err *e)
{
    bool again = false;
    *right = csv_read(&g->job, &g->result);
    const struct csv_fault *fault = &g->result.fault;
    const size_t invalid_at = fault->kind == CSV_INVALID_UTF8 ? fault->at
                              : *right                        ? g->result.invalid_at
                                                              : SIZE_MAX;
    if (invalid_at == SIZE_MAX)
        return true;
    if (!load_text_reopen(g->load, invalid_at, &again, e))
        return false;
    if (again && !begin_again(g))
        return load_no_memory(g, e);
    if (again)
        *right = csv_read(&g->job, &g->result);
    return true;
}

static bool read_records(struct loading *g, struct err *e)
{
    const double start = log_seconds();
    bool right;
    load_phase(g->load, "reading", g->job.text.n - g->job.from);
    if (!read_text(g, &right, e))
        return false;
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

/* ---- What was mended -------------------------------------------------------------------------*/

/* Writes a text as a field of CSV in quotes. */
static void put_field(FILE *out, const char *p, size_t n)
{
    fputc('"', out);
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            fputc('"', out);
        fputc(p[i], out);
    }
    fputc('"', out);
}

static void put_mend(FILE *out, const struct load *l, const struct csv_mend *m, uint64_t line)
{
    const char *p = l->state->text.p;
    size_t end = m->end;
    while (end > m->at && (p[end - 1] == '\n' || p[end - 1] == '\r'))
        end--;
    put_field(out, l->shown, strlen(l->shown));
    fprintf(out, ",%llu,%s,", (unsigned long long)line, csv_fault_what(m->kind));
    put_field(out, p + m->at, end - m->at);
    fputc('\n', out);
}

/* Goes through what was mended, in order: the first lines for the figures, all for the file. */
static void list_mends(struct loading *g, FILE *out)
{
    const struct load *l = g->load;
    const struct csv_text *t = &l->state->text;
    uint64_t line = 1, n = 0;
    size_t counted_to = 0;
    for (size_t i = 0; i < g->result.n_chunks; i++)
        for (size_t k = 0; k < g->result.chunks[i].n_mends; k++) {
            const struct csv_mend *m = &g->result.chunks[i].mends[k];
            line +=
                csv_line_number(&(struct csv_text){.p = t->p + counted_to}, m->at - counted_to) - 1;
            counted_to = m->at;
            if (n < LOAD_MENDED_LINES)
                g->stats.mended_line[n++] = line;
            else if (!out)
                return;
            if (out)
                put_mend(out, l, m, line);
        }
}

static bool note_mends(struct loading *g, struct err *e)
{
    struct string_builder b;
    FILE *out = g->load->state->options.mended ? string_builder_open(&b) : NULL;
    if (g->load->state->options.mended && !out) {
        free(string_builder_end(&b));
        return load_no_memory(g, e);
    }
    list_mends(g, out);
    if (!out)
        return true;
    char *text = string_builder_end(&b);
    const bool ok =
        text ? out_write(g->load->state->options.mended, text, b.bytes, e) : load_no_memory(g, e);
    free(text);
    return ok;
}

static bool prepare(struct loading *g)
{
    g->job = make_job(g);
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
    load_choose_columns(g, index);
    bool ok = read_records(g, e) && (g->result.irregular == 0 || note_mends(g, e));
    g->stats.records = g->result.n_rows;
    g->stats.irregular = g->result.irregular;
    g->stats.file_bytes = g->load->state->input.n;
    if (ok && g->stats.records == 0)
        log_note("%s: has %s but no records", g->load->shown,
                 g->load->state->options.header ? "a header" : "comments or blank lines");
    free(index);
    return ok;
}

/* Turns the counts of rows into where each chunk's rows begin, then writes the rows. */
bool load_write_chunk_rows(struct loading *g, struct shm *out, const struct table_column *columns)
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

void load_finish_file(struct loading *g)
{
    csv_result_free(&g->result);
    free(g->want_slot);
    free(g->counted_bytes);
}

bool load_by_record(const struct loading *g, size_t want, uint64_t *missing)
{
    (void)g, (void)want, (void)missing;
    return false;
}

uint64_t load_count_rows(const struct loading *g, size_t want, const bool *emptied)
{
    (void)g, (void)want, (void)emptied;
    return 0;
}

const struct load_steps load_file_steps = {
    prepare,          encode, load_by_record, load_count_rows, load_write_chunk_rows,
    load_finish_file, NULL};
