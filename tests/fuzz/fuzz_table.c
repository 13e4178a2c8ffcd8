/* Any bytes as the segment of a table: it is refused, or all that table.h promises of it can be
 * read within its bounds. The first byte says what is done to the bytes of a sound table that the
 * input lies over; without that hardly any input would be let in. */
#include "data/table.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* A sound table of two columns and three rows. */
struct sample {
    char free_bytes[TABLE_HEAD_AT];
    struct table_head head;
    struct table_column column[2];
    char path[8], name[8];
    uint64_t begin[4];
    char bytes[80];
    uint32_t rows[4];
};

static void make(struct sample *s)
{
    *s = (struct sample){
        .head = {.magic = TABLE_MAGIC,
                 .version = TABLE_VERSION,
                 .n_columns = 2,
                 .n_rows = 3,
                 .bytes = sizeof *s,
                 .columns_at = offsetof(struct sample, column),
                 .path_at = offsetof(struct sample, path)},
        .path = "a.csv",
        .name = "city",
        .begin = {0, 4, 8, 12},
        .bytes = "RomeBonnOslo",
        .rows = {1, TABLE_MISSING, 0},
    };
    for (uint32_t c = 0; c < 2; c++)
        s->column[c] = (struct table_column){.name_at = offsetof(struct sample, name),
                                             .value_begin_at = offsetof(struct sample, begin),
                                             .value_bytes_at = offsetof(struct sample, bytes),
                                             .row_value_at = offsetof(struct sample, rows),
                                             .name_bytes = 4,
                                             .n_values = 3 - c,
                                             .source = c,
                                             .missing = 1};
}

/* Changes of a sound table: a place, how many bytes, and the bytes, again and again. */
static void change(char *segment, size_t bytes, struct fuzz_input *in)
{
    while (in->n > 2) {
        size_t at = fuzz_byte(in) * (size_t)4, n = fuzz_byte(in) & 7u;
        for (size_t i = 0; i <= n && at + i < bytes; i++)
            segment[at + i] = (char)fuzz_byte(in);
    }
}

static uint64_t sum;

static void read_bytes(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += (unsigned char)p[i];
}

/* Reads all that is promised: the bounds of arrays. */
static void read_column(const struct table *t, uint32_t column)
{
    const struct table_column *c = &t->columns[column];
    const char *name = table_column_name(t, column);
    FUZZ_EXPECT(name[c->name_bytes] == 0);
    read_bytes(name, c->name_bytes);
    const uint64_t *begin = (const uint64_t *)(const void *)(t->base + c->value_begin_at);
    for (uint32_t i = 0; i <= c->n_values; i++)
        sum += begin[i];
    read_bytes(t->base + c->value_bytes_at, begin[c->n_values]);
    for (uint64_t i = 0; i < t->head->n_rows; i++)
        sum += table_row_values(t, column)[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    struct sample sound;
    struct table t;
    struct err e;
    bool changed = fuzz_byte(&in) & 1;
    size_t bytes = changed ? sizeof sound : in.n;
    char *segment = aligned_alloc(8, (bytes + 8) & ~(size_t)7);
    char *exact = realloc(segment, bytes ? bytes : 1);
    FUZZ_EXPECT(exact != NULL);
    make(&sound);
    memcpy(exact, changed ? (const void *)&sound : in.p, bytes);
    if (changed)
        change(exact, bytes, &in);
    struct shm shm = {.fd = -1, .base = exact, .bytes = bytes, .used_bytes = bytes};
    if (table_view(&t, &shm, &e)) {
        read_bytes(t.base + t.head->path_at, strlen(t.base + t.head->path_at));
        for (uint32_t c = 0; c < t.head->n_columns; c++)
            read_column(&t, c);
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA && e.text[0]);
    }
    free(exact);
    return 0;
}
