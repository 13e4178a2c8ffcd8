/* A whole file in parallel: guess where chunks begin, read them, check the guesses. */
#include "core/log.h"
#include "data/source/csv.h"
#include "data/source/csv_scan.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- Guessing --------------------------------------------------------------------------------*/

/* What a stretch of text says about quotes, seen from its own begin. */
struct stretch {
    bool odd; /* it holds an odd number of quotes */
    size_t
        line_at[2]; /* the first LF with an even, an odd number of quotes before it; or SIZE_MAX */
};

static void note_line(size_t *line_at, size_t at, uint64_t mask)
{
    if (mask && *line_at == SIZE_MAX)
        *line_at = at + (size_t)__builtin_ctzll(mask);
}

static struct stretch measure(const char *p, size_t from, size_t to)
{
    struct stretch s = {false, {SIZE_MAX, SIZE_MAX}};
    for (size_t at = from; at < to; at += SCAN_BYTES) {
        uint64_t here = to - at < SCAN_BYTES ? ((uint64_t)1 << (to - at)) - 1 : UINT64_MAX;
        uint64_t quotes = scan_mask(p + at, '"') & here;
        uint64_t odd = scan_parity(quotes) ^ (s.odd ? UINT64_MAX : 0);
        if (s.line_at[0] == SIZE_MAX || s.line_at[1] == SIZE_MAX) {
            uint64_t lines = scan_mask(p + at, '\n') & here;
            note_line(&s.line_at[0], at, lines & ~odd);
            note_line(&s.line_at[1], at, lines & odd);
        }
        s.odd ^= __builtin_popcountll(quotes) & 1;
    }
    return s;
}

/* Cuts the text into chunks: chunk i has the records that begin after cut i, up to cut i + 1. */
static void guess_chunks(const struct csv_job *job, struct csv_result *result,
                         struct stretch *stretches)
{
    size_t n = result->n_chunks;
    struct csv_chunk *chunks = result->chunks;
    for (size_t i = 0; i < n; i++)
        chunks[i].limit = i + 1 < n ? job->from + (i + 1) * job->chunk_bytes : job->text.n;
#pragma omp parallel for schedule(static) if (n > 1)
    for (size_t i = 0; i < n; i++)
        stretches[i] = measure(job->text.p, i ? chunks[i - 1].limit : job->from, chunks[i].limit);
    bool odd = false;
    for (size_t i = 0; i < n; i++) {
        bool odd_before = odd;
        odd ^= stretches[i].odd;
        stretches[i].odd = odd_before;
    }
    size_t next = job->text.n;
    for (size_t i = n; i-- > 0;) {
        size_t line = stretches[i].line_at[stretches[i].odd];
        if (line != SIZE_MAX)
            next = line + 1;
        chunks[i].from = i ? next : job->from;
    }
}

/* ---- Reading ---------------------------------------------------------------------------------*/

/* One thread of the team. */
struct reader {
    struct arena arena;
    struct csv_rows rows;
    double read_seconds, take_seconds;
};

/* The rows' mends become those of the chunk. */
static void take_mends(struct csv_chunk *c, struct csv_rows *rows)
{
    free(c->mends);
    c->mends = rows->mends;
    c->n_mends = rows->n_mends;
    rows->mends = NULL;
    rows->n_mends = rows->mends_capacity = 0;
}

static void read_chunk(const struct csv_job *job, struct reader *r, struct csv_chunk *c,
                       size_t index)
{
    double start = log_seconds();
    csv_rows_read(&r->rows, &job->text, &job->format, &job->columns, c->from, c->limit, &r->arena);
    double read = log_seconds();
    c->end = r->rows.end;
    c->n_rows = r->rows.n_rows;
    c->irregular = r->rows.irregular;
    c->invalid_at = r->rows.invalid_at;
    c->fault = r->rows.fault;
    take_mends(c, &r->rows);
    if (c->fault.kind == CSV_RIGHT && !job->take(job->context, index, &r->rows, &r->arena))
        c->fault = (struct csv_fault){.kind = CSV_NO_MEMORY, .at = c->from, .record_at = c->from};
    r->read_seconds += read - start;
    r->take_seconds += log_seconds() - read;
}

/* Reads the chunks in parallel. In strict mode nothing after a fault matters: a guess is wrong
 * only after a fault. */
static void read_chunks(const struct csv_job *job, struct reader *readers,
                        struct csv_result *result)
{
    size_t stop = result->n_chunks;
#pragma omp parallel for schedule(monotonic : dynamic) if (result->n_chunks > 1)
    for (size_t i = 0; i < result->n_chunks; i++) {
        if (i > __atomic_load_n(&stop, __ATOMIC_RELAXED))
            continue;
        read_chunk(job, &readers[omp_get_thread_num()], &result->chunks[i], i);
        size_t first = __atomic_load_n(&stop, __ATOMIC_RELAXED);
        while (!job->format.lenient && result->chunks[i].fault.kind != CSV_RIGHT && i < first)
            if (__atomic_compare_exchange_n(&stop, &first, i, false, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED))
                break;
    }
}

/* Goes through the chunks in order; where a guess was wrong the chunk is read again. */
static bool check_chunks(const struct csv_job *job, struct reader *reader,
                         struct csv_result *result)
{
    size_t from = job->from;
    for (size_t i = 0; i < result->n_chunks; i++) {
        struct csv_chunk *c = &result->chunks[i];
        if (c->from != from) {
            c->from = from;
            read_chunk(job, reader, c, i);
        }
        result->n_rows += c->n_rows;
        result->irregular += c->irregular;
        if (c->invalid_at < result->invalid_at)
            result->invalid_at = c->invalid_at;
        result->fault = c->fault;
        if (c->fault.kind != CSV_RIGHT)
            return false;
        from = c->end;
    }
    return true;
}

static bool csv_read_all(const struct csv_job *job, struct csv_result *result,
                         struct stretch *stretches, struct reader *readers)
{
    int n_readers = result->n_arenas;
    for (int i = 0; i < n_readers; i++) {
        if (!csv_rows_open(&readers[i].rows, &job->format, &job->columns))
            return false;
        readers[i].rows.max_mends = job->max_mends;
    }
    guess_chunks(job, result, stretches);
    read_chunks(job, readers, result);
    bool right = check_chunks(job, readers, result);
    double read = 1e-9, take = 0;
    for (int i = 0; i < n_readers; i++) {
        read += readers[i].read_seconds;
        take += readers[i].take_seconds;
    }
    result->parse_share = read / (read + take);
    return right;
}

size_t csv_n_chunks(const struct csv_job *job)
{
    return (job->text.n - job->from + job->chunk_bytes - 1) / job->chunk_bytes;
}

bool csv_read(const struct csv_job *job, struct csv_result *result)
{
    *result = (struct csv_result){.fault.kind = CSV_NO_MEMORY, .invalid_at = SIZE_MAX};
    int n_readers = result->n_arenas = omp_get_max_threads();
    size_t n = csv_n_chunks(job);
    result->chunks = calloc(n + 1, sizeof *result->chunks);
    result->arenas = calloc((size_t)n_readers, sizeof *result->arenas);
    struct stretch *stretches = calloc(n + 1, sizeof *stretches);
    struct reader *readers = calloc((size_t)n_readers, sizeof *readers);
    bool right = false;
    if (result->chunks && result->arenas && stretches && readers) {
        result->n_chunks = n;
        right = csv_read_all(job, result, stretches, readers);
    }
    for (int i = 0; readers && result->arenas && i < n_readers; i++) {
        result->arenas[i] = readers[i].arena;
        csv_rows_close(&readers[i].rows, &job->columns);
    }
    free(readers);
    free(stretches);
    if (n == 0 && right)
        result->fault.kind = CSV_RIGHT;
    return right;
}

void csv_result_free(struct csv_result *result)
{
    for (int i = 0; result->arenas && i < result->n_arenas; i++)
        arena_free(&result->arenas[i]);
    for (size_t i = 0; i < result->n_chunks; i++)
        free(result->chunks[i].mends);
    free(result->arenas);
    free(result->chunks);
    *result = (struct csv_result){0};
}
