/* Any bytes as columns in memory: they are refused as data, or the table that is loaded has, row by
 * row, what columns_value says. The first byte says how far the input is from valid columns: any
 * bytes, or changes of valid ones, which hardly any bytes would be; the next how they are loaded.
 */
#include "core/shm.h"
#include "data/columns.h"
#include "data/load.h"
#include "data/table.h"
#include "tests/fuzz/fuzz.h"

#include <omp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_BYTES 4096u
#define MAX_COLUMNS 8u
#define N_ROWS 3u

/* A column of texts, one of a dictionary, one of times. */
struct sample {
    struct columns_head head;
    struct columns_column column[3];
    _Alignas(COLUMNS_ALIGN) char names[3];
    _Alignas(COLUMNS_ALIGN) uint64_t offsets[4];
    _Alignas(COLUMNS_ALIGN) char text[12];
    _Alignas(COLUMNS_ALIGN) int32_t codes[N_ROWS];
    _Alignas(COLUMNS_ALIGN) int64_t times[N_ROWS];
    _Alignas(COLUMNS_ALIGN) unsigned char valid[64];
};

static const struct sample sample = {
    .head = {.magic = COLUMNS_MAGIC,
             .version = COLUMNS_VERSION,
             .n_rows = N_ROWS,
             .n_columns = 3,
             .total_bytes = sizeof(struct sample),
             .columns_at = offsetof(struct sample, column)},
    .column = {{.name_at = offsetof(struct sample, names),
                .name_bytes = 1,
                .kind = COLUMNS_TEXT,
                .validity_at = offsetof(struct sample, valid),
                .values_at = offsetof(struct sample, text),
                .offsets_at = offsetof(struct sample, offsets),
                .n_values = N_ROWS,
                .bytes = 12},
               {.name_at = offsetof(struct sample, names) + 1,
                .name_bytes = 1,
                .kind = COLUMNS_DICTIONARY,
                .values_at = offsetof(struct sample, text),
                .offsets_at = offsetof(struct sample, offsets),
                .codes_at = offsetof(struct sample, codes),
                .n_values = 3,
                .bytes = 12},
               {.name_at = offsetof(struct sample, names) + 2,
                .name_bytes = 1,
                .kind = COLUMNS_TIMESTAMP,
                .validity_at = offsetof(struct sample, valid),
                .values_at = offsetof(struct sample, times),
                .n_values = N_ROWS,
                .bytes = 24}},
    .names = "abc",
    .offsets = {0, 4, 8, 12},
    .text = {'R', 'o', 'm', 'e', 'B', (char)0xC3, (char)0xB6, 'n', 'O', 's', 'l', 'o'},
    .codes = {2, -1, 0},
    .times = {0, 1, -1},
    .valid = {5},
};

static struct bytes value_of(const struct table *t, uint32_t column, uint64_t row)
{
    const uint32_t value = table_row_values(t, column)[row];
    return value == TABLE_MISSING ? (struct bytes){NULL, 0} : table_value(t, column, value);
}

static bool same(struct bytes x, struct bytes y)
{
    if (!x.p || !y.p)
        return x.p == y.p;
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* Every row of a loaded column has the text that the columns have. */
static void check_rows(const struct columns *c, const struct table *t, uint32_t column)
{
    for (uint64_t row = 0; row < t->head->n_rows && row < 100; row++) {
        char text[COLUMNS_TEXT_BYTES];
        const bool coded = c->column[column].kind == COLUMNS_DICTIONARY;
        const int32_t code = coded ? columns_codes(c, column)[row] : 0;
        const struct bytes expected =
            code < 0 ? (struct bytes){NULL, 0}
                     : columns_value(c, column, coded ? (uint64_t)code : row, text);
        FUZZ_EXPECT(same(value_of(t, column, row), expected));
    }
}

static void load(const struct columns *c, const char *path, bool plain)
{
    const struct load_options options = {.header = true};
    struct load l;
    struct shm s;
    struct table t;
    struct load_stats stats;
    struct load_want wants[MAX_COLUMNS];
    struct err e;
    FUZZ_EXPECT(load_open(&l, path, &options, &e));
    const uint32_t n = l.n_columns < MAX_COLUMNS ? (uint32_t)l.n_columns : MAX_COLUMNS;
    for (uint32_t i = 0; i < n; i++)
        wants[i] = (struct load_want){.column = i, .plain = plain};
    FUZZ_EXPECT(shm_create(&s, "fuzz", (size_t)1 << 30, &e));
    if (load_table(&l, wants, n, &s, &stats, &e)) {
        FUZZ_EXPECT(table_view(&t, &s, &e));
        for (uint32_t i = 0; i < n; i++)
            check_rows(c, &t, i);
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA);
    }
    shm_close(&s);
    load_close(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static _Alignas(COLUMNS_ALIGN) char bytes[MAX_BYTES];
    struct fuzz_input in = {data, n};
    struct columns c;
    struct err e;
    char path[32];
    const bool changed = fuzz_byte(&in) % 2;
    const bool plain = fuzz_byte(&in) % 2;
    omp_set_num_threads(1);
    memset(bytes, 0, sizeof bytes);
    if (changed)
        memcpy(bytes, &sample, sizeof sample);
    else
        memcpy(bytes, in.p, in.n < MAX_BYTES ? in.n : MAX_BYTES);
    const size_t size = changed ? fuzz_change(bytes, sizeof sample, MAX_BYTES, &in) : in.n;
    if (size > MAX_BYTES || !columns_known(bytes, size))
        return 0;
    if (!columns_view(&c, bytes, size, "fuzz", &e)) {
        FUZZ_EXPECT(e.status == ERR_DATA);
        return 0;
    }
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_EXPECT(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "fd:%d", fd);
    load(&c, path, plain);
    close(fd);
    return 0;
}
