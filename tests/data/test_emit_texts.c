/* Lines made from the texts of all rows of B, against lines that are made without: the same bytes
 * in every format, whichever texts are held. */
#include "data/emit.h"
#include "data/format/emit_texts_build.h"
#include "data/load.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 20261130u
#define ROWS 20000u /* several blocks */
#define PLENTY ((size_t)64 << 20)

/* A table of id, name and note: names are missing, empty, have quotes, commas and line ends; some
 * notes are longer than any text that is held. */
struct made {
    char path[64];
    struct load load;
    struct shm shm;
    struct table table;
};

static void write_row(FILE *f, uint32_t row)
{
    static const char *const names[] = {"Ann",         "",         "\"\"", "\"a \"\"b\"\"\"",
                                        "\"Bee, Cy\"", "\"x\ny\"", "Zoë",  "a longer name by far"};
    fprintf(f, "r%u,%s,", row, names[harness_below(8)]);
    for (uint32_t n = harness_below(500) ? harness_below(30) : 2000; n > 0; n--)
        fputc('a' + (int)harness_below(26), f);
    fputc('\n', f);
}

static void make_table(struct made *m)
{
    static const struct load_want wants[] = {{.column = 0}, {.column = 1}, {.column = 2}};
    const struct load_options options = {.header = true};
    struct load_stats stats;
    struct err e;
    *m = (struct made){.path = "/tmp/axb-test-texts-XXXXXX.csv", .shm.fd = -1};
    const int fd = mkstemps(m->path, 4);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(f);
    fputs("id,name,note\n", f);
    for (uint32_t row = 0; row < ROWS; row++)
        write_row(f, row);
    assert_int_equal(fclose(f), 0);
    assert_true(load_open(&m->load, m->path, &options, &e));
    assert_true(shm_create(&m->shm, "test", (size_t)1 << 30, &e));
    assert_true(load_table(&m->load, wants, 3, &m->shm, &stats, &e));
    assert_true(table_view(&m->table, &m->shm, &e));
    assert_int_equal(m->table.head->n_rows, ROWS);
}

static void free_table(struct made *m)
{
    shm_close(&m->shm);
    load_close(&m->load);
    unlink(m->path);
}

struct collected {
    char *bytes;
    size_t n, capacity;
};

static void collect(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct collected *c = context;
    (void)n_lines;
    if (c->n + n > c->capacity) {
        c->capacity = 2 * (c->n + n);
        c->bytes = realloc(c->bytes, c->capacity);
        assert_non_null(c->bytes);
    }
    memcpy(c->bytes + c->n, p, n);
    c->n += n;
}

/* More scores than the emitter keeps, and one that is missing. */
static double score_at(uint32_t i)
{
    return i % 1000 == 7 ? (double)NAN : 1.0 / (1 + i % 30000);
}

/* Lines of a few rows of A, each with a run of rows of B. `texts` NULL: without. */
static struct collected lines_of(const struct emit_spec *spec, const struct table *table,
                                 const struct shm *texts)
{
    static struct emit_match match[ROWS];
    static double score[ROWS];
    struct collected got = {.n = 0};
    struct emit *emit;
    struct err e;
    assert_true(emit_open(&emit, spec, table, table, collect, &got, &e));
    if (texts)
        emit_use_texts(emit, shm_view_of(texts));
    for (uint32_t i = 0; i < ROWS; i++) {
        match[i] = (struct emit_match){i, ROWS - 1 - i};
        score[i] = score_at(i);
    }
    for (uint64_t row = 0; row < 3; row++) {
        emit_row_a(emit, row);
        emit_matches(emit, match + 700 * row, ROWS - 700 * row, score);
        emit_pair(emit, EMIT_NO_ROW, (double)NAN);
    }
    emit_finish(emit);
    emit_close(emit);
    return got;
}

/* How many texts a segment holds. */
static uint64_t n_held(const struct shm *texts)
{
    struct emit_texts view;
    struct emit_text text;
    uint64_t n = 0;
    emit_texts_view(&view, shm_view_of(texts));
    assert_in_range(view.n, 0, ROWS);
    for (uint64_t row = 0; row < ROWS; row++)
        n += emit_texts_find(&view, row, &text);
    assert_false(emit_texts_find(&view, ROWS, &text));
    assert_false(emit_texts_find(&view, EMIT_NO_ROW, &text));
    return n;
}

/* Returns how many texts were held. */
static uint64_t check(const struct emit_spec *spec, const struct table *table, size_t most_bytes)
{
    struct shm texts;
    struct err e;
    const struct collected expected = lines_of(spec, table, NULL);
    assert_true(shm_create(&texts, "a test", most_bytes, &e));
    assert_true(emit_texts_build(spec, table, table, most_bytes, &texts, &e));
    const struct collected got = lines_of(spec, table, &texts);
    if (got.n != expected.n || memcmp(got.bytes, expected.bytes, got.n) != 0)
        fail_msg("%s: other lines", emit_name(spec->format));
    const uint64_t held = n_held(&texts);
    free(got.bytes);
    free(expected.bytes);
    shm_close(&texts);
    return held;
}

static struct emit_spec spec_of(const char *format, uint32_t id, bool linked)
{
    struct emit_spec spec = {.id_a = id, .id_b = id, .linked = linked};
    struct err e;
    assert_true(emit_find(format, &spec.format, &e));
    return spec;
}

static void same_lines(void **state)
{
    static const char *const formats[] = {"csv", "tsv", "json", "jsonl"};
    struct made m;
    (void)state;
    make_table(&m);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct emit_spec spec = spec_of(formats[i], 0, false);
        assert_int_equal(check(&spec, &m.table, PLENTY), ROWS);
        spec = spec_of(formats[i], EMIT_ROW_NUMBER, false);
        assert_int_equal(check(&spec, &m.table, PLENTY), ROWS);
        spec = spec_of(formats[i], 1, i % 2);
        spec.n_keep[0] = spec.keep[0] = 1;
        spec.n_keep[1] = 2;
        spec.keep[1] = 2;
        spec.keep[2] = 1;
        assert_in_range(check(&spec, &m.table, PLENTY), ROWS / 2, ROWS - 1);
    }
    free_table(&m);
}

/* Where memory is short some blocks are held, or none. */
static void little_memory(void **state)
{
    struct made m;
    (void)state;
    make_table(&m);
    const struct emit_spec spec = spec_of("csv", 0, false);
    assert_in_range(check(&spec, &m.table, 300000), 1, ROWS - 1);
    assert_int_equal(check(&spec, &m.table, 1000), 0);
    free_table(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_lines),
        cmocka_unit_test(little_memory),
    };
    print_message("seed %u\n", SEED);
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
