/* Any bytes as a file to be loaded: the same table whether it is read in one piece or in chunks,
 * its fields those of the slow twin, its numbers within their bounds. The first three bytes say how
 * it is to be read: format, size of the chunks, normalisation. */
#include "core/log.h"
#include "core/shm.h"
#include "data/load.h"
#include "data/source/sniff.h"
#include "data/table.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_csv.h"

#include <omp.h>
#include <string.h>

#define MAX_BYTES 4096u
#define MAX_VALUES 64u /* of a column, to be compared with each other */
#define N_WANTS 3u
#define MAX_MEMORY_BYTES ((size_t)16 << 20) /* few bytes can stand for many */
#define NULLS "a,NA"
#define ONE_PIECE ((size_t)1 << 30)

/* One input at work: the options, and the file in memory. */
struct file {
    struct load_options options;
    uint32_t normalize;
    struct text_rules rules;
    char path[32];
    const uint8_t *p;
    size_t n;
};

struct loaded {
    struct load load;
    struct load_want wants[N_WANTS];
    struct load_stats stats;
    struct shm shm;
    struct table table;
};

static bool load_file(struct loaded *l, const struct file *f, size_t chunk_bytes, struct err *e)
{
    struct load_options options = f->options;
    options.chunk_bytes = chunk_bytes;
    *l = (struct loaded){.shm.fd = -1};
    if (!load_open(&l->load, f->path, &options, e))
        return false;
    uint32_t last = (uint32_t)l->load.n_columns - 1;
    l->wants[0] = (struct load_want){.column = 0, .plain = true};
    l->wants[1] = (struct load_want){.column = last};
    l->wants[2] = (struct load_want){.column = last, .rules = f->normalize ? &f->rules : NULL};
    if (!shm_create(&l->shm, "fuzz", (size_t)1 << 30, e))
        return false;
    bool ok = load_table(&l->load, l->wants, N_WANTS, &l->shm, &l->stats, e);
    FUZZ_EXPECT(!ok || table_view(&l->table, &l->shm, e));
    return ok;
}

static void unload(struct loaded *l)
{
    shm_close(&l->shm);
    load_close(&l->load);
}

/* Values have bytes of their own, no two are equal unless the column is plain, and are numbered in
 * the order in which they come. */
static void check_values(const struct table *t, uint32_t column)
{
    const struct table_column *c = &t->columns[column];
    const uint32_t *rows = table_row_values(t, column);
    uint32_t seen = 0;
    uint64_t missing = 0;
    for (uint64_t r = 0; r < t->head->n_rows; r++) {
        missing += rows[r] == TABLE_MISSING;
        FUZZ_EXPECT(rows[r] == TABLE_MISSING || (c->plain ? rows[r] == r : rows[r] <= seen));
        seen += !c->plain && rows[r] == seen;
    }
    FUZZ_EXPECT(missing == c->missing && (c->plain || seen == c->n_values));
    for (uint32_t i = 0; !c->plain && i < c->n_values && i < MAX_VALUES; i++)
        for (uint32_t k = 0; k < i; k++) {
            struct bytes x = table_value(t, column, i), y = table_value(t, column, k);
            FUZZ_EXPECT(x.n != y.n || memcmp(x.p, y.p, x.n) != 0);
        }
}

/* The twin's next field against that of a row. */
static void check_field(const struct loaded *l, uint32_t want, uint64_t row, const char *p,
                        size_t n, bool missing)
{
    static char normal[MAX_BYTES * 40];
    uint32_t value = table_row_values(&l->table, want)[row];
    if (l->wants[want].rules && !missing) {
        const bool empty = n == 0;
        FUZZ_EXPECT(text_normalize_capacity(n) <= sizeof normal);
        FUZZ_EXPECT(text_normalize(p, n, l->wants[want].rules->flags, normal, &n));
        p = normal;
        missing = n == 0 && !empty;
    }
    FUZZ_EXPECT((value == TABLE_MISSING) == missing);
    if (missing)
        return;
    struct bytes is = table_value(&l->table, want, value);
    FUZZ_EXPECT(is.n == n && memcmp(is.p, p, n) == 0);
}

static void check_fields(const struct loaded *l, const struct twin_csv *twin, bool header)
{
    size_t at = 0;
    FUZZ_EXPECT(twin->n_rows == l->table.head->n_rows + header);
    for (uint64_t r = 0; r < twin->n_rows; r++)
        for (uint32_t c = 0; c < l->load.n_columns; c++) {
            uint64_t n;
            memcpy(&n, twin->fields.p + at, sizeof n);
            const char *p = twin->fields.p + at + sizeof n;
            bool missing = n == UINT64_MAX;
            at += sizeof n + (missing ? 0 : n);
            for (uint32_t w = 0; w < N_WANTS && (r > 0 || !header); w++)
                if (l->wants[w].column == c)
                    check_field(l, w, r - header, p, missing ? 0 : n, missing);
        }
}

static bool is_compressed(const struct file *f)
{
    return !((f->n < 3 || memcmp(f->p, "\x1F\x8B\x08", 3) != 0) &&
             (f->n < 4 || memcmp(f->p, "\x28\xB5\x2F\xFD", 4) != 0) &&
             (f->n < 6 || memcmp(f->p, "\xFD\x37zXZ\0", 6) != 0));
}

/* What is read: no mark of UTF-8 in front, and no blank lines before a header. */
static struct csv_text text_of(const struct file *f)
{
    const char *p = (const char *)f->p;
    size_t n = f->n, at = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (f->options.header && at < n &&
           (p[at] == '\n' || (at + 1 < n && memcmp(p + at, "\r\n", 2) == 0)))
        at += p[at] == '\n' ? 1 : 2;
    return (struct csv_text){p + at, n - at};
}

/* Is it read as it stands: told to be UTF-8, and with a delimiter that is told? */
static bool is_plain(const struct file *f)
{
    const struct csv_text text = text_of(f);
    char delimiter = 0;
    return f->options.encoding && strcmp(f->options.encoding, "utf-8") == 0 &&
           f->options.delimiter && f->options.skip_lines == 0 && !is_compressed(f) &&
           !sniff_cr_lines((const char *)f->p, f->n) &&
           !(text.n > 0 && sniff_separator_line(&text, &delimiter));
}

static void check_twin(const struct loaded *l, const struct file *f)
{
    static const struct bytes values[] = {{"a", 1}, {"NA", 2}};
    static const struct csv_nulls nulls = {values, 2, 2};
    struct twin_csv twin;
    struct csv_text text = text_of(f);
    struct csv_format format = {.delimiter = f->options.delimiter,
                                .lenient = f->options.lenient,
                                .n_columns = (uint32_t)l->load.n_columns,
                                .escape = f->options.escape,
                                .nulls = f->options.nulls ? &nulls : NULL};
    twin_csv_read(&twin, &text, &format);
    FUZZ_EXPECT(twin.fault.kind == CSV_RIGHT);
    check_fields(l, &twin, f->options.header);
    twin_csv_free(&twin);
}

static void check_load(const struct file *f, size_t chunk_bytes)
{
    struct loaded whole, pieces;
    struct err e = {0}, other = {0};
    bool ok = load_file(&whole, f, ONE_PIECE, &e);
    FUZZ_EXPECT(load_file(&pieces, f, chunk_bytes, &other) == ok);
    if (ok) {
        size_t bytes = whole.table.head->bytes;
        FUZZ_EXPECT(pieces.table.head->bytes == bytes);
        FUZZ_EXPECT(memcmp(whole.shm.base, pieces.shm.base, bytes) == 0);
        FUZZ_EXPECT(whole.stats.irregular == pieces.stats.irregular);
        for (uint32_t w = 0; w < N_WANTS; w++)
            check_values(&whole.table, w);
        if (is_plain(f))
            check_twin(&whole, f);
    } else {
        FUZZ_EXPECT(e.status == other.status);
        FUZZ_EXPECT(e.status == ERR_DATA ? strcmp(e.text, other.text) == 0
                                         : e.status == ERR_OS && is_compressed(f));
    }
    unload(&whole);
    unload(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const encodings[] = {"utf-8", NULL, "latin1", "utf-16le"};
    static int fd = -1;
    struct fuzz_input in = {data, n};
    uint8_t choice = fuzz_byte(&in), chunk = fuzz_byte(&in), normalize = fuzz_byte(&in);
    if (in.n > MAX_BYTES)
        return 0;
    omp_set_num_threads(1);
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    struct file f = {.options = {.delimiter = choice & 64 ? 0 : ",;\t|"[choice & 3],
                                 .escape = choice & 128 ? '\\' : 0,
                                 .nulls = normalize & 32 ? NULLS : NULL,
                                 .skip_lines = normalize & 64 ? 1 : 0,
                                 .header = choice & 4,
                                 .lenient = choice & 8,
                                 .encoding = encodings[choice >> 4 & 3],
                                 .max_memory_bytes = MAX_MEMORY_BYTES},
                     .normalize = normalize & 31u,
                     .rules.flags = normalize & 31u,
                     .p = in.p,
                     .n = in.n};
    fuzz_file(&fd, f.path, in.p, in.n);
    check_load(&f, (1u + chunk) * (is_compressed(&f) ? 1024u : 1u));
    return 0;
}
