/* Any bytes as the segment of a table: it is refused, or all that table.h promises of it can be
 * read within its bounds. The first byte says how far the input is from a valid table: any bytes,
 * or changes of a valid one, which hardly any bytes would be; these with right checksums or not. */
#include "core/shm.h"
#include "data/table.h"
#include "data/text.h"
#include "tests/fuzz/fuzz.h"

#include <omp.h>
#include <string.h>

enum { CHANGED = 1, WITH_CHECKSUMS = 2 };

/* One of two columns, of three rows. */
struct sample_column {
    _Alignas(TABLE_ALIGN) uint64_t begin[4];
    _Alignas(TABLE_ALIGN) char bytes[16 + TABLE_SPARE_BYTES];
    _Alignas(TABLE_ALIGN) uint32_t rows[3];
};

struct sample {
    char free_bytes[SHM_HEAD_AT];
    struct table_head head;
    struct table_column column[2];
    char path[8], name[2][8];
    struct sample_column body[2];
};

static void make(struct sample *s)
{
    memset(s, 0, sizeof *s);
    s->head = (struct table_head){.magic = TABLE_MAGIC,
                                  .version = TABLE_VERSION,
                                  .n_columns = 2,
                                  .n_rows = 3,
                                  .bytes = sizeof *s,
                                  .columns_at = offsetof(struct sample, column),
                                  .path_at = offsetof(struct sample, path),
                                  .body_at = offsetof(struct sample, body)};
    memcpy(s->path, "a.csv", 6);
    for (uint32_t c = 0; c < 2; c++) {
        struct sample_column *body = &s->body[c];
        uint64_t at = offsetof(struct sample, body) + c * sizeof *body;
        memcpy(s->name[c], c ? "city" : "name", 5);
        memcpy(body->begin, (uint64_t[]){0, 4, 8, 12}, sizeof body->begin);
        memcpy(body->bytes, "RomeBonnOslo", 12);
        memcpy(body->rows, (uint32_t[]){1, TABLE_MISSING, 0}, sizeof body->rows);
        s->column[c] =
            (struct table_column){.name_at = offsetof(struct sample, name) + c * sizeof s->name[0],
                                  .value_begin_at = at + offsetof(struct sample_column, begin),
                                  .value_bytes_at = at + offsetof(struct sample_column, bytes),
                                  .row_value_at = at + offsetof(struct sample_column, rows),
                                  .name_bytes = 4,
                                  .n_values = 3 - c,
                                  .source = c,
                                  .missing = 1};
    }
    struct shm shm = {.fd = -1, .base = (char *)s, .bytes = sizeof *s};
    table_add_checksums(&shm);
}

/* Changes of a valid table: a place, how many bytes, and the bytes, again and again. */
static void change(char *segment, size_t bytes, struct fuzz_input *in)
{
    while (in->n > 2) {
        size_t at = fuzz_byte(in) * (size_t)4, n = fuzz_byte(in);
        at += n & 8 ? 1024 : 0;
        for (size_t i = 0; i <= (n & 7) && at + i < bytes; i++)
            segment[at + i] = (char)fuzz_byte(in);
    }
}

/* Adds checksums to what was changed, where that can be done: a checksum is of arrays that lie in
 * the segment. */
static void add_checksums(struct shm *s)
{
    struct table t;
    struct err e;
    if (!table_view(&t, s, &e) || t.head->body_at > s->bytes ||
        t.head->body_at < SHM_HEAD_AT + sizeof *t.head)
        return;
    for (uint32_t c = 0; c < t.head->n_columns; c++) {
        const struct table_column *column = &t.columns[c];
        uint64_t end = column->row_value_at + t.head->n_rows * sizeof(uint32_t) + TABLE_ALIGN - 1;
        if (end / TABLE_ALIGN * TABLE_ALIGN > s->bytes ||
            column->value_begin_at + 8 > column->row_value_at)
            return;
    }
    table_add_checksums(s);
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
    const uint64_t *begin = (const uint64_t *)(const void *)(t->segment.base + c->value_begin_at);
    for (uint32_t i = 0; i <= c->n_values; i++)
        sum += begin[i];
    read_bytes(t->segment.base + c->value_bytes_at, begin[c->n_values]);
    for (uint64_t i = 0; i < t->head->n_rows; i++)
        sum += table_row_values(t, column)[i];
}

/* Reads a column as a run does that trusts it. */
static void use_column(const struct table *t, uint32_t column)
{
    const uint32_t *rows = table_row_values(t, column);
    for (uint64_t r = 0; r < t->head->n_rows; r++) {
        if (rows[r] == TABLE_MISSING)
            continue;
        struct bytes v = table_value(t, column, rows[r]);
        read_bytes(v.p, v.n);
        FUZZ_EXPECT(text_valid_prefix(v.p, v.n) == v.n);
    }
    sum += table_column_fingerprint(t, column);
}

static void check(const struct shm *s, bool code)
{
    struct table t;
    struct err e;
    if (table_view(&t, s, &e)) {
        read_bytes(t.segment.base + t.head->path_at, strlen(t.segment.base + t.head->path_at));
        for (uint32_t c = 0; c < t.head->n_columns; c++)
            read_column(&t, c);
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA && e.text[0] && !code);
    }
    bool checked = table_check(&t, s, &e);
    FUZZ_EXPECT(checked || (e.status == ERR_DATA && !code));
    for (uint32_t c = 0; checked && c < t.head->n_columns; c++)
        if (table_check_column(&t, c, &e))
            use_column(&t, c);
        else
            FUZZ_EXPECT(e.status == ERR_DATA && !code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    struct sample sample;
    uint8_t choice = fuzz_byte(&in);
    size_t bytes = choice & CHANGED ? sizeof sample : in.n;
    bool code = choice & CHANGED && in.n <= 2;
    char *segment = aligned_alloc(TABLE_ALIGN, (bytes + TABLE_ALIGN) / TABLE_ALIGN * TABLE_ALIGN);
    FUZZ_EXPECT(segment != NULL);
    make(&sample);
    memcpy(segment, choice & CHANGED ? (const void *)&sample : in.p, bytes);
    if (choice & CHANGED)
        change(segment, bytes, &in);
    struct shm shm = {.fd = -1, .base = segment, .bytes = bytes, .used_bytes = bytes};
    omp_set_num_threads(1);
    if (choice & WITH_CHECKSUMS)
        add_checksums(&shm);
    check(&shm, code);
    free(segment);
    return 0;
}
