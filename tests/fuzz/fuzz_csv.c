/* Any bytes as CSV: csv_read must agree with the slow twin in strict and lenient mode, for the
 * columns, the format and the chunk size that the first two bytes say. */
#include "data/source/csv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_csv.h"

#include <omp.h>
#include <string.h>

#define MAX_BYTES 4096u

static struct twin_buffer chunk_fields[MAX_BYTES + 1];

static bool take(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena)
{
    const uint32_t *n_columns = context;
    (void)arena;
    chunk_fields[chunk].n = 0;
    for (size_t row = 0; row < rows->n_rows; row++)
        for (uint32_t c = 0; c < *n_columns; c++)
            twin_put_field(&chunk_fields[chunk], rows->fields[c][row].p, rows->fields[c][row].n);
    return true;
}

static void compare(struct csv_job *job)
{
    struct csv_result result;
    struct twin_csv twin;
    twin_csv_read(&twin, &job->text, &job->format);
    bool right = csv_read(job, &result);
    FUZZ_EXPECT(result.n_rows == twin.n_rows && result.fault.kind == twin.fault.kind);
    FUZZ_EXPECT(right || (result.fault.at == twin.fault.at &&
                          result.fault.record_at == twin.fault.record_at));
    FUZZ_EXPECT(!job->format.lenient || result.irregular == twin.irregular);
    size_t at = 0;
    for (size_t i = 0; i < result.n_chunks && right; i++) {
        size_t n = chunk_fields[i].n;
        FUZZ_EXPECT(at + n <= twin.fields.n);
        FUZZ_EXPECT(n == 0 || memcmp(chunk_fields[i].p, twin.fields.p + at, n) == 0);
        at += n;
    }
    FUZZ_EXPECT(!right || at == twin.fields.n);
    csv_result_free(&result);
    twin_csv_free(&twin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint32_t index[] = {0, 1, 2, 3};
    if (n < 2 || n - 2 > MAX_BYTES)
        return 0;
    uint32_t n_columns = 1 + (data[0] & 3);
    char *text = calloc(1, n - 2 + CSV_SPARE_BYTES);
    FUZZ_EXPECT(text != NULL);
    memcpy(text, data + 2, n - 2);
    static const struct bytes values[] = {{"a", 1}, {"", 0}};
    static const struct csv_nulls nulls = {values, 2, 1};
    struct csv_job job = {.text = {text, n - 2},
                          .format = {.delimiter = data[0] & 4 ? '\t' : ',',
                                     .n_columns = n_columns,
                                     .escape = data[0] & 8 ? '\\' : 0,
                                     .comment = data[0] & 16 ? '#' : 0,
                                     .nulls = data[0] & 32 ? &nulls : NULL},
                          .max_mends = data[1] / 64u,
                          .columns = {index, n_columns},
                          .chunk_bytes = 1 + data[1] % 64u,
                          .take = take,
                          .context = &n_columns};
    omp_set_num_threads(1);
    compare(&job);
    job.format.lenient = true;
    compare(&job);
    free(text);
    return 0;
}
