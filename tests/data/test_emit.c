/* Lines, runs of matches and the cutting of lines, against printf and a look at every byte. Columns
 * of tables are in test_cli_*, with real tables. */
#include "data/emit.h"
#include "data/format/format.h"
#include "tests/test.h"

#include <math.h>
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

static void collect_bytes(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct collected *c = context;
    (void)n_lines;
    memcpy(c->bytes + c->n, p, n);
    c->n += n;
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

#define MATCHES_MAX 70000u

/* Writes rows of A against n rows of B, from a different one for each row of A. */
static void write_matches(struct emit *emit, uint64_t rows_a, uint64_t n, uint64_t step)
{
    static struct emit_match match[MATCHES_MAX];
    static double score[MATCHES_MAX];
    for (uint64_t i = 0; i < n; i++) {
        match[i] = (struct emit_match){(uint32_t)(i * step), (uint32_t)(n - 1 - i)};
        score[n - 1 - i] = score_of(i * step);
    }
    for (uint64_t a = 0; a < rows_a; a++) {
        const uint64_t from = a < n ? a : n;
        emit_row_a(emit, a * 999);
        emit_matches(emit, match + from, n - from, score);
    }
    emit_finish(emit);
}

static void check_matches(const char *format, const char *line, uint64_t rows_a, uint64_t n,
                          uint64_t step)
{
    struct emit_spec spec = make_spec(format);
    struct collected got = {.bytes = malloc(MAX_BYTES)};
    struct emit *emit;
    struct err e;
    assert_true(emit_open(&emit, &spec, NULL, NULL, collect, &got, &e));
    write_matches(emit, rows_a, n, step);
    const char *p = got.bytes;
    uint64_t lines = 0;
    for (uint64_t a = 0; a < rows_a; a++)
        for (uint64_t i = a; i < n; i++, lines++) {
            char expected[128];
            int length = snprintf(expected, sizeof expected, line, (unsigned long long)a * 999 + 1,
                                  (unsigned long long)(i * step) + 1, score_of(i * step));
            assert_memory_equal(p, expected, (size_t)length);
            p += length;
        }
    assert_true(p == got.bytes + got.n);
    assert_int_equal(got.n_lines, lines);
    emit_close(emit);
    free(got.bytes);
}

static void matches(void **state)
{
    static const char *const formats[][2] = {
        {"csv", "%llu,%llu,%.15g\n"},
        {"tsv", "%llu\t%llu\t%.15g\n"},
        {"json", ",{\"a\":\"%llu\",\"b\":\"%llu\",\"score\":%.15g}\n"},
        {"jsonl", "{\"a\":\"%llu\",\"b\":\"%llu\",\"score\":%.15g}\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        check_matches(formats[i][0], formats[i][1], 3, 1, 1);
        check_matches(formats[i][0], formats[i][1], 50, 40, 123457);
        check_matches(formats[i][0], formats[i][1], 4, 70000, 61007);
    }
}

/* What stands before and after all pairs, and the joint that the first line lacks. */
static void heads_and_tails(void **state)
{
    static const char *const formats[][2] = {
        {"csv", "a,b,score\n"}, {"tsv", "a\tb\tscore\n"}, {"jsonl", ""}, {"json", "[\n]\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct emit_spec spec = make_spec(formats[i][0]);
        const bool json = strcmp(formats[i][0], "json") == 0;
        struct emit *emit;
        struct err e;
        struct collected got = {.bytes = malloc(MAX_BYTES)};
        assert_true(emit_open(&emit, &spec, NULL, NULL, collect_bytes, &got, &e));
        emit_head(emit);
        emit_tail(emit);
        emit_finish(emit);
        emit_close(emit);
        assert_int_equal(got.n, strlen(formats[i][1]));
        assert_memory_equal(got.bytes, formats[i][1], got.n);
        assert_int_equal(emit_has_tail(spec.format), json);
        assert_int_equal(emit_joint_bytes(&spec, 2, 100), json);
        assert_int_equal(emit_joint_bytes(&spec, 2, 0), 0);
        assert_int_equal(emit_joint_bytes(&spec, 3, 100), 0);
        free(got.bytes);
    }
}

/* -0 is no score that anybody wants to read. */
static void no_minus_zero(void **state)
{
    const struct emit_spec spec = make_spec("csv");
    struct emit *emit;
    struct err e;
    struct collected got = {.bytes = malloc(MAX_BYTES)};
    (void)state;
    assert_true(emit_open(&emit, &spec, NULL, NULL, collect_bytes, &got, &e));
    emit_row_a(emit, 0);
    emit_pair(emit, 0, -0.0);
    emit_finish(emit);
    emit_close(emit);
    assert_int_equal(got.n, 6);
    assert_memory_equal(got.bytes, "1,1,0\n", 6);
    free(got.bytes);
}

/* What a format writes of these pairs; freed by the caller. */
static struct collected written(const struct emit_spec *spec, void write(struct emit *emit))
{
    struct collected got = {.bytes = malloc(MAX_BYTES)};
    struct emit *emit;
    struct err e;
    assert_true(emit_open(&emit, spec, NULL, NULL, collect_bytes, &got, &e));
    write(emit);
    emit_finish(emit);
    emit_close(emit);
    got.bytes[got.n] = 0;
    return got;
}

static void write_unmatched(struct emit *emit)
{
    emit_row_a(emit, 6);
    emit_pair(emit, EMIT_NO_ROW, (double)NAN);
    emit_row_a(emit, EMIT_NO_ROW);
    emit_pair(emit, 8, (double)NAN);
}

/* A row without a partner: nothing, or null, in place of the other and of the score. */
static void unmatched(void **state)
{
    static const char *const formats[][2] = {
        {"csv", "7,,\n,9,\n"},
        {"tsv", "7\t\t\n\t9\t\n"},
        {"jsonl",
         "{\"a\":\"7\",\"b\":null,\"score\":null}\n{\"a\":null,\"b\":\"9\",\"score\":null}\n"},
        {"json",
         ",{\"a\":\"7\",\"b\":null,\"score\":null}\n,{\"a\":null,\"b\":\"9\",\"score\":null}\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct emit_spec spec = make_spec(formats[i][0]);
        const struct collected got = written(&spec, write_unmatched);
        assert_string_equal(got.bytes, formats[i][1]);
        free(got.bytes);
    }
}

static void unmatched_records(void **state)
{
    const struct emit_spec spec = make_spec("pairs");
    const struct collected got = written(&spec, write_unmatched);
    const uint32_t rows[] = {6, UINT32_MAX, UINT32_MAX, 8};
    (void)state;
    assert_int_equal(got.n, 32);
    for (size_t i = 0; i < 2; i++) {
        double score;
        assert_memory_equal(got.bytes + 16 * i, rows + 2 * i, 8);
        memcpy(&score, got.bytes + 16 * i + 8, sizeof score);
        assert_true(isnan(score));
    }
    free(got.bytes);
}

static void write_pair_between(struct emit *emit)
{
    static const struct emit_match match[] = {{0, 1}, {1, 0}};
    static const double score[] = {0.25, 0.5};
    emit_row_a(emit, 0);
    emit_matches(emit, match, 2, score);
    emit_row_a(emit, 1);
    emit_pair(emit, EMIT_NO_ROW, (double)NAN);
    emit_row_a(emit, 2);
    emit_matches(emit, match + 1, 1, score);
}

static void write_unmatched_and_pairs(struct emit *emit)
{
    write_pair_between(emit);
    emit_row_a(emit, 3);
    emit_pair(emit, 7, 0.5);
    emit_row_a(emit, EMIT_NO_ROW);
    emit_pair(emit, 8, (double)NAN);
}

/* Rows without a partner alone: no pair has a line, neither among others nor by itself. */
static void unmatched_only(void **state)
{
    struct emit_spec spec = make_spec("csv");
    spec.unmatched_only = true;
    const struct collected got = written(&spec, write_unmatched_and_pairs);
    (void)state;
    assert_string_equal(got.bytes, "2,,\n,9,\n");
    free(got.bytes);
}

/* Matches have the present row of A, whatever is written between. */
static void present_row(void **state)
{
    const struct emit_spec spec = make_spec("csv");
    const struct collected got = written(&spec, write_pair_between);
    (void)state;
    assert_string_equal(got.bytes, "1,1,0.5\n1,2,0.25\n2,,\n3,2,0.25\n");
    free(got.bytes);
}

static void suffixes(void **state)
{
    static const char *const of[][2] = {{".csv", "csv"},
                                        {".TSV", "tsv"},
                                        {".json", "json"},
                                        {".jsonl", "jsonl"},
                                        {".ndjson", "jsonl"}};
    uint32_t format;
    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        assert_true(emit_find_suffix(of[i][0], strlen(of[i][0]), &format));
        assert_string_equal(emit_name(format), of[i][1]);
    }
    assert_false(emit_find_suffix(".txt", 4, &format));
    assert_false(emit_find_suffix("", 0, &format));
    assert_false(emit_find_suffix(".csvx", 5, &format));
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

#define RECORD_BYTES 32u /* with two terms */

static void collect_records(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct collected *c = context;
    const size_t head = c->n ? 0 : FORMAT_PAIRS_HEAD_BYTES;
    assert_true(c->n + n < MAX_BYTES);
    assert_int_equal(n, head + (size_t)n_lines * RECORD_BYTES);
    memcpy(c->bytes + c->n, p, n);
    c->n += n;
    c->n_lines += n_lines;
}

static void two_terms(void *context, uint64_t row_a, uint64_t row_b, double *value)
{
    (void)context;
    value[0] = (double)row_a + (double)row_b;
    value[1] = row_b % 2 ? (double)NAN : -0.5;
}

/* A record as numpy reads it. */
struct record {
    uint32_t a, b;
    double score, term[2];
};

static void check_record(const char *p, uint32_t a, uint32_t b)
{
    struct record r;
    memcpy(&r, p, sizeof r);
    assert_int_equal(r.a, a);
    assert_int_equal(r.b, b);
    assert_true(r.score == score_of(b) && r.term[0] == (double)a + b);
    assert_true(b % 2 ? isnan(r.term[1]) : r.term[1] == -0.5);
}

static void pairs(void **state)
{
    static const uint32_t head[] = {1, RECORD_BYTES, 0, 0, 2};
    struct emit_spec spec = make_spec("pairs");
    struct collected got = {.bytes = malloc(MAX_BYTES)};
    struct emit *emit;
    struct err e;
    (void)state;
    spec.n_terms = 2;
    assert_true(emit_open(&emit, &spec, NULL, NULL, collect_records, &got, &e));
    emit_set_terms(emit, two_terms);
    emit_head(emit);
    emit_finish(emit);
    for (uint32_t a = 0; a < 3; a++) {
        emit_row_a(emit, UINT32_MAX - 1 - a);
        for (uint32_t b = 0; b < 20000; b++)
            emit_pair(emit, b, score_of(b));
    }
    emit_finish(emit);
    assert_int_equal(got.n, FORMAT_PAIRS_HEAD_BYTES + got.n_lines * RECORD_BYTES);
    assert_memory_equal(got.bytes, "AXBPAIR1", 8);
    assert_memory_equal(got.bytes + 8, head, sizeof head);
    for (size_t i = 8 + sizeof head; i < FORMAT_PAIRS_HEAD_BYTES; i++)
        assert_int_equal(got.bytes[i], 0);
    for (uint32_t i = 0; i < 60000; i++)
        check_record(got.bytes + FORMAT_PAIRS_HEAD_BYTES + i * RECORD_BYTES,
                     UINT32_MAX - 1 - i / 20000, i % 20000);
    emit_close(emit);
    free(got.bytes);
}

/* Rows and scores alone: columns have no place in it. */
static void pairs_take_no_columns(void **state)
{
    struct emit_spec spec = make_spec("pairs");
    struct err e;
    (void)state;
    assert_true(emit_check(&spec, &e));
    spec.n_keep[1] = 1;
    assert_false(emit_check(&spec, &e));
    assert_non_null(strstr(e.text, "--keep"));
    spec = make_spec("pairs");
    spec.id_b = 0;
    assert_false(emit_check(&spec, &e));
    assert_non_null(strstr(e.text, "--id"));
    spec.format = make_spec("csv").format;
    assert_true(emit_check(&spec, &e));
    spec = make_spec("pairs");
    spec.linked = true;
    assert_false(emit_check(&spec, &e));
    assert_non_null(strstr(e.text, "--linked"));
}

static void cuts_of_pairs(void **state)
{
    static const char bytes[5 * RECORD_BYTES];
    struct emit_spec spec = make_spec("pairs");
    (void)state;
    spec.n_terms = 2;
    for (uint64_t n_lines = 1; n_lines < 8; n_lines++)
        for (size_t middle = 0; middle <= sizeof bytes; middle++) {
            const size_t wanted = n_lines < 5 ? n_lines * RECORD_BYTES : sizeof bytes;
            struct emit_cut cut = {.n_lines = n_lines};
            size_t got = emit_cut(&spec, &cut, bytes, middle);
            if (cut.n_lines)
                got += emit_cut(&spec, &cut, bytes + middle, sizeof bytes - middle);
            assert_int_equal(got, wanted);
            assert_int_equal(cut.n_lines, n_lines < 5 ? 0 : n_lines - 5);
        }
}

/* ---- Cuts ------------------------------------------------------------------------------------*/

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),        cmocka_unit_test(heads_and_tails),
        cmocka_unit_test(no_minus_zero),  cmocka_unit_test(suffixes),
        cmocka_unit_test(pairs),          cmocka_unit_test(pairs_take_no_columns),
        cmocka_unit_test(cuts_of_pairs),  cmocka_unit_test(cuts),
        cmocka_unit_test(unmatched),      cmocka_unit_test(unmatched_records),
        cmocka_unit_test(unmatched_only), cmocka_unit_test(present_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
