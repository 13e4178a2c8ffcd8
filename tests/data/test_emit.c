/* Lines, lists of rows and the cutting of lines, against printf and a look at every byte. Columns
 * of tables are in test_cli_*, with real tables. */
#include "data/emit.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20240503u
#define MAX_BYTES (32u << 20)

struct collected {
    char *bytes;
    size_t n;
    uint64_t n_lines;
};

static uint64_t count_lines(const char *p, size_t n)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

static void collect(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct collected *c = context;
    assert_true(n > 0 && n <= EMIT_FLUSH_BYTES && c->n + n < MAX_BYTES);
    assert_int_equal(p[n - 1], '\n');
    assert_int_equal(count_lines(p, n), n_lines);
    memcpy(c->bytes + c->n, p, n);
    c->n += n;
    c->n_lines += n_lines;
}

static struct emit_spec make_spec(const char *format)
{
    struct emit_spec spec = {.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    struct err e;
    assert_true(emit_find(format, &spec.format, &e));
    return spec;
}

/* Scores with few digits, so that printf can write them. */
static double score_of(uint64_t row_b)
{
    return (double)(row_b * 7919 % 1001) / 1000;
}

/* Writes rows of A against a list of n rows of B, from a different one for each row of A, as much
 * at a time as a list takes. */
static void write_lists(struct emit *emit, uint64_t rows_a, uint64_t n, uint64_t step)
{
    for (uint64_t i = 0; i < n;) {
        emit_list_clear(emit);
        uint64_t begin = i;
        while (i < n && emit_list_add(emit, i * step, score_of(i * step)))
            i++;
        assert_true(i > begin);
        for (uint64_t a = 0; a < rows_a; a++) {
            emit_row_a(emit, a * 999);
            emit_list_write(emit, (uint32_t)(a < i - begin ? a : i - begin));
        }
    }
    emit_finish(emit);
}

static void check_lists(const char *format, const char *line, uint64_t rows_a, uint64_t n,
                        uint64_t step)
{
    struct emit_spec spec = make_spec(format);
    struct collected got = {.bytes = malloc(MAX_BYTES)};
    struct emit *emit;
    struct err e;
    assert_true(emit_open(&emit, &spec, NULL, NULL, collect, &got, &e));
    write_lists(emit, rows_a, n, step);
    const char *p = got.bytes;
    uint64_t lines = 0;
    for (uint64_t begin = 0, end; begin < n; begin = end) {
        end = n - begin < 32768 ? n : begin + 32768; /* as many as a list takes */
        for (uint64_t a = 0; a < rows_a; a++)
            for (uint64_t i = begin + a; i < end; i++, lines++) {
                char expected[128];
                int length =
                    snprintf(expected, sizeof expected, line, (unsigned long long)a * 999 + 1,
                             (unsigned long long)(i * step) + 1, score_of(i * step));
                assert_memory_equal(p, expected, (size_t)length);
                p += length;
            }
    }
    assert_true(p == got.bytes + got.n);
    assert_int_equal(got.n_lines, lines);
    emit_close(emit);
    free(got.bytes);
}

static void lists(void **state)
{
    static const char *const formats[][2] = {
        {"csv", "%llu,%llu,%.15g\n"},
        {"jsonl", "{\"a\":\"%llu\",\"b\":\"%llu\",\"score\":%.15g}\n"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        check_lists(formats[i][0], formats[i][1], 3, 1, 1);
        check_lists(formats[i][0], formats[i][1], 50, 40, 123457);
        check_lists(formats[i][0], formats[i][1], 4, 70000, 61007);
    }
}

/* Where the n-th line of `text` ends, looking at every byte; its length if there is no such line.
 */
static size_t slow_cut(const char *text, bool quotes, uint64_t n_lines)
{
    size_t marks = 0;
    for (size_t i = 0; text[i]; i++) {
        marks += text[i] == '"';
        if (text[i] == '\n' && !(quotes && marks % 2) && --n_lines == 0)
            return i + 1;
    }
    return strlen(text);
}

static void check_cut(const struct emit_spec *spec, const char *text, bool quotes, uint64_t n_lines)
{
    size_t n = strlen(text);
    for (size_t middle = 0; middle <= n; middle++) {
        struct emit_cut cut = {.n_lines = n_lines};
        size_t got = emit_cut(spec, &cut, text, middle);
        if (cut.n_lines)
            got += emit_cut(spec, &cut, text + middle, n - middle);
        assert_int_equal(got, slow_cut(text, quotes, n_lines));
    }
}

static void cuts(void **state)
{
    char text[41];
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (int again = 0; again < 500; again++) {
        struct emit_spec csv = make_spec("csv"), jsonl = make_spec("jsonl");
        size_t n = (size_t)(rand() % 40);
        for (size_t i = 0; i < n; i++)
            text[i] = "ab\"\"\n\n,\\"[rand() % 8];
        text[n] = 0;
        for (uint64_t lines = 1; lines < 8; lines++) {
            check_cut(&csv, text, true, lines);
            check_cut(&jsonl, text, false, lines);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists), cmocka_unit_test(cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
