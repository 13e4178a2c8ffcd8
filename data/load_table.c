/* From an opened input to a table: read and encode in parallel, count, lay out, write.
 *
 * All sizes are known before the one block of shared memory is asked for. */
#include "core/log.h"
#include "data/dict.h"
#include "data/hash.h"
#include "data/load_state.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_ALIGN 64u
#define VALUE_SPARE_BYTES 64u
#define FINGERPRINT_BLOCK_BYTES ((size_t)1 << 20)

/* One load_table at work. */
struct loading {
    struct load *load;
    const struct load_want *wants;
    size_t n_wants;
    struct csv_job job;
    struct csv_result result;
    uint32_t *want_slot;          /* n_wants: which of the columns read */
    struct dict_chunk *chunks;    /* n_wants × n_chunks, one want behind the other */
    struct arena arena;           /* of the dictionaries */
    struct dict *dicts;           /* n_wants */
    size_t *counted_bytes;        /* for each thread the memory that is in used_bytes */
    struct dict_scratch *scratch; /* one for each thread */
    int n_threads;
    size_t limit_bytes; /* how much memory may be used in all */
    size_t used_bytes;  /* by all threads, counted while they read */
    bool over_limit;
    double parse_seconds;
};

static bool no_memory(const struct loading *g, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory to load it", g->load->shown);
}

static bool over_limit(const struct loading *g, size_t need_bytes, struct err *e)
{
    char need[32], limit[32];
    return err_set(e, ERR_OS, "raise --max-memory, or load fewer columns",
                   "%s: loading it takes %s or more of memory, and %s may be used", g->load->shown,
                   log_bytes((double)need_bytes, need), log_bytes((double)g->limit_bytes, limit));
}

/* ---- Reading ---------------------------------------------------------------------------------*/

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
static bool take_chunk(void *context, size_t chunk, const struct csv_rows *rows,
                       struct arena *arena)
{
    struct loading *g = context;
    size_t n_chunks = csv_n_chunks(&g->job);
    for (size_t i = 0; i < g->n_wants; i++)
        if (!dict_encode(&g->chunks[i * n_chunks + chunk], rows->fields[g->want_slot[i]],
                         rows->n_rows, g->wants[i].plain, g->wants[i].normalize, arena,
                         &g->scratch[omp_get_thread_num()]))
            return false;
    int thread = omp_get_thread_num();
    size_t more = arena->bytes - g->counted_bytes[thread];
    g->counted_bytes[thread] = arena->bytes;
    size_t used = __atomic_add_fetch(&g->used_bytes, more, __ATOMIC_RELAXED);
    if (used <= g->limit_bytes)
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
    bool right = csv_read(&g->job, &g->result);
    g->parse_seconds = (log_seconds() - start) * g->result.parse_share;
    if (right) {
        if (g->result.n_rows < TABLE_MISSING)
            return true;
        return err_set(e, ERR_DATA, "split the file", "%s: more than 4,294,967,294 records",
                       g->load->shown);
    }
    if (g->over_limit)
        return over_limit(g, g->used_bytes, e);
    struct load_state *s = g->load->state;
    struct csv_place place = {.shown = g->load->shown,
                              .record = g->result.n_rows + 1,
                              .header = s->options.header,
                              .names = s->options.header ? g->load->names : NULL};
    return csv_fault_error(&g->result.fault, &s->text, &s->format, &place, e);
}

/* ---- Layout ----------------------------------------------------------------------------------*/

/* A segment being laid out: offsets only go up. */
static uint64_t lay(uint64_t *at, uint64_t bytes, uint64_t align)
{
    uint64_t begin = (*at + align - 1) / align * align;
    *at = begin + bytes;
    return begin;
}

/* Fills head and columns with offsets; where the arrays begin goes to *body_at. */
static void lay_out(const struct loading *g, struct table_head *head, struct table_column *columns,
                    uint64_t *body_at)
{
    uint64_t at = TABLE_HEAD_AT;
    lay(&at, sizeof *head, ARRAY_ALIGN);
    head->columns_at = lay(&at, g->n_wants * sizeof *columns, ARRAY_ALIGN);
    head->path_at = lay(&at, strlen(g->load->path) + 1, 1);
    for (size_t i = 0; i < g->n_wants; i++) {
        const char *name = g->load->names[g->wants[i].column];
        columns[i].name_bytes = (uint32_t)strlen(name);
        columns[i].name_at = lay(&at, strlen(name) + 1, 1);
    }
    *body_at = lay(&at, 0, ARRAY_ALIGN);
    for (size_t i = 0; i < g->n_wants; i++) {
        const struct dict *d = &g->dicts[i];
        struct table_column *c = &columns[i];
        c->n_values = (uint32_t)dict_n_values(d);
        c->source = g->wants[i].column;
        c->plain = g->wants[i].plain;
        c->missing = d->missing;
        c->value_begin_at = lay(&at, (c->n_values + (uint64_t)1) * sizeof(uint64_t), ARRAY_ALIGN);
        c->value_bytes_at = lay(&at, dict_value_bytes(d) + VALUE_SPARE_BYTES, ARRAY_ALIGN);
        c->row_value_at = lay(&at, head->n_rows * sizeof(uint32_t), ARRAY_ALIGN);
    }
    lay(&at, 0, ARRAY_ALIGN);
    head->bytes = at;
}

static bool check_limit(const struct loading *g, uint64_t table_bytes, struct err *e)
{
    size_t need = g->used_bytes + g->arena.bytes + g->load->state->input.memory_bytes + table_bytes;
    return need <= g->limit_bytes || over_limit(g, need, e);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static bool write_values(struct loading *g, char *base, const struct table_column *columns)
{
    size_t n_chunks = g->result.n_chunks;
    bool ok = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * n_chunks; i++) {
        const struct table_column *c = &columns[i / n_chunks];
        ok = dict_write_values(&g->dicts[i / n_chunks], i % n_chunks,
                               (uint64_t *)(void *)(base + c->value_begin_at),
                               base + c->value_bytes_at, &g->scratch[omp_get_thread_num()]) &&
             ok;
    }
    return ok;
}

/* Turns the counts of rows into where each chunk's rows begin, then writes the rows. */
static bool write_rows(struct loading *g, char *base, const struct table_column *columns)
{
    size_t n_chunks = g->result.n_chunks;
    uint32_t *first_row = calloc(n_chunks + 1, sizeof *first_row);
    if (!first_row)
        return false;
    for (size_t i = 0; i < n_chunks; i++)
        first_row[i + 1] = first_row[i] + (uint32_t)g->result.chunks[i].n_rows;
#pragma omp parallel for schedule(dynamic) if (n_chunks > 1)
    for (size_t i = 0; i < g->n_wants * n_chunks; i++)
        dict_write_rows(&g->dicts[i / n_chunks], i % n_chunks, first_row[i % n_chunks],
                        (uint32_t *)(void *)(base + columns[i / n_chunks].row_value_at));
    free(first_row);
    return true;
}

/* A fingerprint of n bytes, of blocks of one size, so that threads do not show in it. */
static bool fingerprint(const char *p, size_t n, uint64_t *print)
{
    size_t n_blocks = (n + FINGERPRINT_BLOCK_BYTES - 1) / FINGERPRINT_BLOCK_BYTES;
    uint64_t *prints = calloc(n_blocks + 1, sizeof *prints);
    if (!prints)
        return false;
#pragma omp parallel for schedule(static) if (n_blocks > 1)
    for (size_t i = 0; i < n_blocks; i++) {
        size_t left = n - i * FINGERPRINT_BLOCK_BYTES;
        prints[i] = hash_long(p + i * FINGERPRINT_BLOCK_BYTES,
                              left < FINGERPRINT_BLOCK_BYTES ? left : FINGERPRINT_BLOCK_BYTES, i);
    }
    for (size_t i = 0; i < n_blocks; i++)
        *print = hash_fold(*print ^ prints[i], 0x9E3779B97F4A7C15u);
    free(prints);
    return true;
}

/* What of the head belongs to the contents. */
static uint64_t head_print(const struct table_head *head, const struct table_column *columns,
                           const char *base)
{
    uint64_t print = hash_of_words(head->n_rows, head->n_columns, head->version);
    for (uint32_t i = 0; i < head->n_columns; i++) {
        const struct table_column *c = &columns[i];
        print = hash_of_words(print, c->n_values, c->plain);
        for (uint32_t k = 0; k < c->name_bytes; k++)
            print = hash_of_words(print, (unsigned char)base[c->name_at + k], k);
    }
    return print;
}

static void write_names(const struct loading *g, char *base, const struct table_head *head,
                        const struct table_column *columns)
{
    memcpy(base + head->path_at, g->load->path, strlen(g->load->path) + 1);
    for (size_t i = 0; i < g->n_wants; i++)
        memcpy(base + columns[i].name_at, g->load->names[g->wants[i].column],
               columns[i].name_bytes + (size_t)1);
}

/* Writes the segment from the dictionaries; `columns` is scratch for n_wants. */
static bool write_table(struct loading *g, struct table_column *columns, struct shm *out,
                        struct err *e)
{
    struct table_head head = {.magic = TABLE_MAGIC,
                              .version = TABLE_VERSION,
                              .n_columns = (uint32_t)g->n_wants,
                              .n_rows = g->result.n_rows};
    uint64_t body_at;
    lay_out(g, &head, columns, &body_at);
    if (!check_limit(g, head.bytes, e))
        return false;
    uint64_t at = shm_alloc(out, g->load->shown, head.bytes - TABLE_HEAD_AT, ARRAY_ALIGN, e);
    if (at == 0)
        return false;
    if (at != TABLE_HEAD_AT)
        return err_set(e, ERR_SOFTWARE, NULL, "%s: the segment of a table was not empty",
                       g->load->shown);
    char *base = out->base;
    write_names(g, base, &head, columns);
    if (!write_values(g, base, columns) || !write_rows(g, base, columns))
        return no_memory(g, e);
    head.fingerprint = head_print(&head, columns, base);
    if (!fingerprint(base + body_at, head.bytes - body_at, &head.fingerprint))
        return no_memory(g, e);
    memcpy(base + head.columns_at, columns, g->n_wants * sizeof *columns);
    memcpy(base + TABLE_HEAD_AT, &head, sizeof head);
    return true;
}

/* ---- All of it -------------------------------------------------------------------------------*/

static bool build_table(struct loading *g, struct shm *out, struct err *e)
{
    if (!read_records(g, e))
        return false;
    for (size_t i = 0; i < g->n_wants; i++)
        g->dicts[i] = (struct dict){.plain = g->wants[i].plain,
                                    .n_chunks = g->result.n_chunks,
                                    .chunks = g->chunks + i * g->result.n_chunks};
    if (!dict_merge(g->dicts, g->n_wants, &g->arena, g->scratch))
        return no_memory(g, e);
    struct table_column *columns = calloc(g->n_wants + 1, sizeof *columns);
    bool ok = columns ? write_table(g, columns, out, e) : no_memory(g, e);
    free(columns);
    return ok;
}

static void prepare(struct loading *g)
{
    const struct load_state *s = g->load->state;
    g->job = (struct csv_job){.text = s->text,
                              .format = s->format,
                              .from = s->data_at,
                              .chunk_bytes = choose_chunk_bytes(s),
                              .take = take_chunk,
                              .context = g};
    g->limit_bytes = s->options.max_memory_bytes ? s->options.max_memory_bytes : mem_room_bytes();
    g->n_threads = omp_get_max_threads();
    size_t n_chunks = csv_n_chunks(&g->job);
    g->chunks = calloc(g->n_wants * n_chunks + 1, sizeof *g->chunks);
    g->dicts = calloc(g->n_wants + 1, sizeof *g->dicts);
    g->want_slot = calloc(g->n_wants + 1, sizeof *g->want_slot);
    g->counted_bytes = calloc((size_t)g->n_threads, sizeof *g->counted_bytes);
    g->scratch = calloc((size_t)g->n_threads, sizeof *g->scratch);
}

static void finish(struct loading *g)
{
    for (int i = 0; g->scratch && i < g->n_threads; i++)
        dict_scratch_free(&g->scratch[i]);
    arena_free(&g->arena);
    csv_result_free(&g->result);
    free(g->scratch);
    free(g->want_slot);
    free(g->dicts);
    free(g->counted_bytes);
    free(g->chunks);
}

bool load_table(struct load *l, const struct load_want *wants, size_t n_wants, struct shm *out,
                struct load_stats *stats, struct err *e)
{
    double start = log_seconds();
    struct loading g = {.load = l, .wants = wants, .n_wants = n_wants};
    prepare(&g);
    uint32_t *index = calloc(n_wants + 1, sizeof *index);
    bool ok = g.chunks && g.dicts && g.counted_bytes && g.want_slot && g.scratch && index;
    if (ok) {
        choose_columns(&g, index);
        ok = build_table(&g, out, e);
    } else {
        no_memory(&g, e);
    }
    if (ok)
        *stats = (struct load_stats){.records = g.result.n_rows,
                                     .file_bytes = l->state->input.n,
                                     .irregular = g.result.irregular,
                                     .parse_seconds = g.parse_seconds,
                                     .total_seconds = log_seconds() - start};
    finish(&g);
    free(index);
    return ok;
}
