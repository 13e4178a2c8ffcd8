/* data/csv: against libcsv on regular input, against the twin on irregular input, for all chunk
 * sizes and numbers of threads; and each fault at its exact place. */
#include "data/source/csv.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_csv.h"

#include <csv.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading with csv_read -------------------------------------------------------------------*/

#define MAX_CHUNKS 4096

struct taken {
    struct twin_buffer chunk[MAX_CHUNKS];
    uint32_t n_columns;
};

static bool take(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena)
{
    struct taken *t = context;
    (void)arena;
    t->chunk[chunk].n = 0;
    for (size_t row = 0; row < rows->n_rows; row++)
        for (uint32_t c = 0; c < t->n_columns; c++)
            twin_put_field(&t->chunk[chunk], rows->fields[c][row].p, rows->fields[c][row].n);
    return true;
}

/* Reads p[0..n) as the twin does. The text is copied so that exactly the spare bytes lie after
 * it, filled with what would upset a reader. */
static void read_all(struct twin_csv *r, const char *p, size_t n, struct csv_format format,
                     size_t chunk_bytes)
{
    static struct taken t;
    uint32_t index[64];
    for (uint32_t i = 0; i < format.n_columns; i++)
        index[i] = i;
    t.n_columns = format.n_columns;
    char *copy = malloc(n + CSV_SPARE_BYTES);
    assert_non_null(copy);
    memcpy(copy, p, n);
    for (size_t i = 0; i < CSV_SPARE_BYTES; i++)
        copy[n + i] = "x\"\n,\xFF"[(n + i) % 5];
    struct csv_job job = {.text = {copy, n},
                          .format = format,
                          .columns = {index, format.n_columns},
                          .chunk_bytes = chunk_bytes,
                          .take = take,
                          .context = &t};
    size_t n_chunks = csv_n_chunks(&job);
    assert_true(n_chunks <= MAX_CHUNKS);
    struct csv_result result;
    bool right = csv_read(&job, &result);
    assert_int_equal(right, result.fault.kind == CSV_RIGHT);
    *r = (struct twin_csv){
        .n_rows = result.n_rows, .irregular = result.irregular, .fault = result.fault};
    for (size_t i = 0; i < n_chunks && right; i++)
        twin_put(&r->fields, t.chunk[i].p, t.chunk[i].n);
    for (size_t i = 0; i < n_chunks; i++)
        twin_buffer_free(&t.chunk[i]);
    csv_result_free(&result);
    free(copy);
}

static bool same_fault(const struct csv_fault *a, const struct csv_fault *b)
{
    bool counted = a->kind == CSV_SHORT || a->kind == CSV_LONG;
    return a->kind == b->kind && a->at == b->at && a->record_at == b->record_at &&
           a->n_fields == b->n_fields && (counted || a->column == b->column);
}

static bool same(const struct twin_csv *a, const struct twin_csv *b, bool lenient)
{
    if (a->n_rows != b->n_rows || (lenient && a->irregular != b->irregular) ||
        a->fault.kind != b->fault.kind)
        return false;
    if (a->fault.kind != CSV_RIGHT)
        return same_fault(&a->fault, &b->fault);
    return a->fields.n == b->fields.n &&
           (a->fields.n == 0 || memcmp(a->fields.p, b->fields.p, a->fields.n) == 0);
}

static void print_text(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, p[i] >= ' ' && p[i] < 127 ? "%c" : "\\x%02X", (unsigned char)p[i]);
    fprintf(stderr, "\n");
}

/* Compares csv_read with the twin, for chunks of chunk_bytes. */
static void check_twin(const char *p, size_t n, struct csv_format format, size_t chunk_bytes)
{
    struct twin_csv twin, read;
    struct csv_text text = {p, n};
    twin_csv_read(&twin, &text, &format);
    read_all(&read, p, n, format, chunk_bytes);
    if (!same(&read, &twin, format.lenient)) {
        print_text(p, n);
        fail_msg("%s, %u columns, chunks of %zu, %d threads: rows %llu, %llu; irregular %llu, "
                 "%llu; fault %d at %zu column %u, %d at %zu column %u",
                 format.lenient ? "lenient" : "strict", format.n_columns, chunk_bytes,
                 omp_get_max_threads(), (unsigned long long)read.n_rows,
                 (unsigned long long)twin.n_rows, (unsigned long long)read.irregular,
                 (unsigned long long)twin.irregular, (int)read.fault.kind, read.fault.at,
                 read.fault.column, (int)twin.fault.kind, twin.fault.at, twin.fault.column);
    }
    twin_csv_free(&twin);
    twin_csv_free(&read);
}

/* ---- Irregular input -------------------------------------------------------------------------*/

static const struct {
    size_t n;
    const char *p;
} tokens[] = {{1, "a"},
              {4, "name"},
              {1, ","},
              {1, ","},
              {1, ","},
              {1, "\""},
              {2, "\"\""},
              {1, "\n"},
              {1, "\n"},
              {2, "\r\n"},
              {3, ",\"x"},
              {2, "\","},
              {1, " "},
              {1, "\t"},
              {2, "\xC3\xA9"},
              {0, ""},
              {2, "\"\n"},
              {1, "\r"},
              {1, "\0"},
              {1, "\xFF"},
              {1, "\xC3"},
              {3, "\xED\xA0\x80"},
              {20, "aaaaaaaaaaaaaaaaaaaa"},
              {1, "\\"},
              {2, "\n#"},
              {3, ", \""},
              {2, "\\N"}};

/* Random text; the tokens with a number below `kinds` occur, so that small kinds are regular. */
static size_t random_text(char *text, size_t capacity, uint32_t kinds)
{
    size_t n = 0, want = harness_below((uint32_t)capacity - 32);
    while (n < want) {
        uint32_t k = harness_below(kinds);
        memcpy(text + n, tokens[k].p, tokens[k].n);
        n += tokens[k].n;
    }
    return n;
}

static void test_random_irregular(void **state)
{
    static const struct bytes values[] = {{"name", 4}, {"", 0}, {"a", 1}};
    static const struct csv_nulls nulls = {values, 3, 4};
    (void)state;
    static const size_t chunk_bytes[] = {1, 2, 3, 7, 16, 64, 1000};
    static const int threads[] = {1, 2, 7};
    char text[600];
    for (uint64_t round = 0; round < 6000; round++) {
        harness_seed(round + 1);
        harness_below(2);
        uint32_t kinds = 8 + harness_below(sizeof tokens / sizeof *tokens - 7);
        size_t n = random_text(text, round % 4 ? 80 : sizeof text, kinds);
        struct csv_format format = {',', harness_below(2), 1 + harness_below(4)};
        format.escape = harness_below(3) ? 0 : '\\';
        format.comment = harness_below(3) ? 0 : '#';
        format.nulls = harness_below(3) ? NULL : &nulls;
        omp_set_num_threads(threads[round / 2000 % 3]);
        check_twin(text, n, format, chunk_bytes[harness_below(7)]);
    }
}

/* Strict faults far from the begin, with enough regular text around them. */
static void test_random_rare_faults(void **state)
{
    (void)state;
    char text[4000];
    for (uint64_t round = 0; round < 2000; round++) {
        harness_seed(round + 77);
        size_t n = 0;
        while (n < 3000) {
            static const char *const rows[] = {"a,b,c\n", "\"a,\n\n\",\"b\"\"\",\r\n", ",,\n",
                                               "\"\",long field without quotes,x\n",
                                               "\xC3\xA9,b,\"\xE4\xB8\xAD\"\r\n"};
            const char *row = rows[harness_below(5)];
            memcpy(text + n, row, strlen(row));
            n += strlen(row);
        }
        for (uint32_t k = harness_below(3); k > 0; k--)
            text[harness_below((uint32_t)n)] = "\",\n\r\xFF x"[harness_below(8)];
        struct csv_format format = {',', round % 2, 3};
        omp_set_num_threads(1 + (int)(round / 400 % 5));
        check_twin(text, n, format, 1 + harness_below(700));
    }
}

/* ---- Regular input ---------------------------------------------------------------------------*/

/* What libcsv reads: fields as twin_put_field writes them. */
static void oracle_field(void *p, size_t n, void *context)
{
    twin_put_field(context, p, n);
}

/* A random field that libcsv reads as RFC 4180 does: it trims blanks, so none stand at the ends of
 * unquoted fields. */
static size_t random_field(char *p, bool alone)
{
    static const char *const inner[] = {"a", "Bc", "\"\"", ",", "\n", "\r\n", " ", "\xC3\xA9", "9"};
    size_t n = 0;
    uint32_t length = harness_below(harness_below(8) ? 6 : 90);
    bool quoted = harness_below(3) == 0 || (alone && length == 0);
    if (quoted)
        p[n++] = '"';
    while (length-- > 0) {
        const char *s = quoted ? inner[harness_below(9)] : inner[harness_below(2) ? 0 : 8];
        memcpy(p + n, s, strlen(s));
        n += strlen(s);
    }
    if (quoted)
        p[n++] = '"';
    return n;
}

static void test_random_regular_like_libcsv(void **state)
{
    (void)state;
    static char text[300000];
    for (uint64_t round = 0; round < 400; round++) {
        harness_seed(round + 1000);
        uint32_t columns = 1 + harness_below(6),
                 rows = 1 + harness_below(harness_below(9) ? 20 : 300);
        size_t n = 0;
        for (uint32_t i = 0; i < rows * columns; i++) {
            n += random_field(text + n, columns == 1);
            if (i % columns + 1 < columns) {
                text[n++] = ',';
                continue;
            }
            if (harness_below(2))
                text[n++] = '\r';
            text[n++] = '\n';
            bool blank = columns > 1 && n > columns && n < 3;
            assert_false(blank);
        }
        struct twin_buffer expected = {0};
        struct csv_parser oracle;
        csv_init(&oracle, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
        assert_int_equal(csv_parse(&oracle, text, n, oracle_field, NULL, &expected), n);
        assert_int_equal(csv_fini(&oracle, oracle_field, NULL, &expected), 0);
        csv_free(&oracle);
        struct twin_csv read;
        omp_set_num_threads(1 + (int)(round / 100 % 4));
        read_all(&read, text, n, (struct csv_format){',', false, columns}, n / 100 + 1);
        assert_int_equal(read.fault.kind, CSV_RIGHT);
        assert_int_equal(read.n_rows, rows);
        assert_int_equal(read.fields.n, expected.n);
        assert_memory_equal(read.fields.p, expected.p, expected.n);
        twin_csv_free(&read);
        twin_buffer_free(&expected);
    }
}

/* ---- By hand ---------------------------------------------------------------------------------*/

/* Joins fields for comparing: "|" between them, "~" for a missing one, "/" after a record. */
static char *shown(const struct twin_csv *r, uint32_t n_columns)
{
    static char text[4096];
    size_t k = 0, column = 0;
    for (size_t i = 0; i < r->fields.n;) {
        uint64_t n;
        memcpy(&n, r->fields.p + i, sizeof n);
        i += sizeof n;
        if (n == UINT64_MAX) {
            text[k++] = '~';
        } else {
            memcpy(text + k, r->fields.p + i, n);
            k += n;
            i += n;
        }
        text[k++] = ++column % n_columns ? '|' : '/';
    }
    text[k] = 0;
    return text;
}

struct sample {
    const char *text;
    uint32_t n_columns;
    bool lenient;
    const char *fields;
    uint64_t irregular;
};

static void test_samples(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"a,b\n", 2, false, "a|b/", 0},
        {"a,b", 2, false, "a|b/", 0},
        {"a,b\r\nc,d\n", 2, false, "a|b/c|d/", 0},
        {"a,", 2, false, "a|~/", 0},
        {",\n\"\",\"\"", 2, false, "~|~/|/", 0},
        {"\"a \"\"b\"\" c\",\"x\ny\"\n", 2, false, "a \"b\" c|x\ny/", 0},
        {"\"\"\"\",\",\"\n", 2, false, "\"|,/", 0},
        {" a , b \n", 2, false, " a | b /", 0},
        {"a,b\n\n\r\n\n", 2, false, "a|b/", 0},
        {"\n\n", 2, false, "", 0},
        {"a\n\nb\n", 1, false, "a/~/b/", 0},
        {"a\n\n", 1, false, "a/~/", 0},
        {"\"\r\"\n", 1, false, "\r/", 0},
        {"", 2, false, "", 0},
        {"a\nb,c,d\ne,f\n", 2, true, "a|~/b|c/e|f/", 2},
        {"a,b\n\n\r\nc,d\n\n", 2, true, "a|b/c|d/", 2},
        {"5\" disk,b\n", 2, true, "5\" disk|b/", 1},
        {"\"John \"Jack\" S.\",b\n", 2, true, "John \"Jack\" S.|b/", 1},
        {"\"a\" ,b\n", 2, true, "a|b/", 1},
        {"a,\"b\nc", 2, true, "a|\"b/c|~/", 2},
        {"1,\"b, c,2\n3,\"d\",4\n", 3, true, "1|b, c|2/3|d|4/", 1},
        {"1,\"b, c,2\n3,\"d\"\n", 2, true, "1|b, c,2/3|d/", 1},
        {"1,\"b\n3,\"d\"\n", 2, true, "1|\"b/3|d/", 1},
        {"\"a\nb\",c\n", 2, true, "a\nb|c/", 0},
        {"a, \"b, c\"\n", 2, false, "a|b, c/", 0},
        {" \"a \"\"x\"\"\",\t\"b\"\n", 2, false, "a \"x\"|b/", 0},
        {"a, \"b\" c\n", 2, true, "a| \"b\" c/", 1},
        {"a,b\xFF"
         "c\n",
         2, true,
         "a|b\xEF\xBF\xBD"
         "c/",
         1},
        {"a\rb,c\n", 2, true, "a\rb|c/", 1},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct twin_csv read;
        struct csv_format format = {',', s->lenient, s->n_columns};
        read_all(&read, s->text, strlen(s->text), format, 4);
        assert_int_equal(read.fault.kind, CSV_RIGHT);
        assert_string_equal(shown(&read, s->n_columns), s->fields);
        assert_int_equal(read.irregular, s->irregular);
        twin_csv_free(&read);
    }
}

static void test_nul_is_dropped(void **state)
{
    (void)state;
    struct twin_csv read;
    read_all(&read, "a\0b,\0\n", 6, (struct csv_format){',', true, 2}, 3);
    assert_string_equal(shown(&read, 2), "ab|~/");
    assert_int_equal(read.irregular, 1);
    twin_csv_free(&read);
}

static void test_delimiters(void **state)
{
    (void)state;
    struct twin_csv read;
    read_all(&read, "a,\"b\tc\"\td\n", 10, (struct csv_format){'\t', false, 2}, 3);
    assert_int_equal(read.fault.kind, CSV_STRAY_QUOTE);
    twin_csv_free(&read);
    read_all(&read, "a,\t\"b\tc\"\n", 9, (struct csv_format){'\t', false, 2}, 3);
    assert_string_equal(shown(&read, 2), "a,|b\tc/");
    twin_csv_free(&read);
}

/* Escapes, comments, and values that are missing. */
static void test_special_formats(void **state)
{
    (void)state;
    static const struct bytes values[] = {{"NA", 2}, {"", 0}};
    static const struct csv_nulls nulls = {values, 2, 2};
    static const struct {
        const char *text;
        struct csv_format format;
        const char *fields;
    } samples[] = {
        {"a\\,b,\"c\\\"d\"\n", {',', false, 2, .escape = '\\'}, "a,b|c\"d/"},
        {"\\N,\"\\N\"\n", {',', false, 2, .escape = '\\'}, "~|N/"},
        {"a\\\nb,\\tc\\\\\n", {',', false, 2, .escape = '\\'}, "a\nb|\tc\\/"},
        {"a\\N,b\\\n", {',', false, 2, .escape = '\\'}, "aN|b\n/"},
        {"#x\na,#b\n# \"y\n\"#c\",d\n#", {',', false, 2, .comment = '#'}, "a|#b/#c|d/"},
        {"NA,\"NA\"\n\"\",NAN\n", {',', false, 2, .nulls = &nulls}, "~|~/~|NAN/"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct twin_csv read;
        read_all(&read, samples[i].text, strlen(samples[i].text), samples[i].format, 4);
        assert_int_equal(read.fault.kind, CSV_RIGHT);
        assert_string_equal(shown(&read, 2), samples[i].fields);
        twin_csv_free(&read);
    }
}

struct faulty {
    const char *text;
    enum csv_fault_kind kind;
    size_t at;
    uint32_t column;
    uint64_t rows_before;
    const char *words; /* of the message, for a file called F with a header a, b */
};

static const struct faulty faulty[] = {
    {"a,b\n1\n2,3\n", CSV_SHORT, 5, 1, 1, "F:2: record 2 has 1 field, where the header has 2"},
    {"a,b\n1,2,3\n", CSV_LONG, 8, 2, 1, "F:2: record 2 has 3 fields, where the header has 2"},
    {"a,b\n\nc,d\n", CSV_BLANK_LINE, 4, 0, 1, "F:2: a blank line between records"},
    {"a,5\" disk\n", CSV_STRAY_QUOTE, 3, 1, 0,
     "F:1: record 1, column 2 (b), byte 4 of the line: a quote in a field that does not begin "
     "with one"},
    {"x,y\n\"a\nb\"c,d\n", CSV_AFTER_QUOTE, 9, 0, 1,
     "F:2: record 2, column 1 (a), byte 1 of the line: the quote that opens here is not closed; "
     "the next quote, in line 3, ends no field"},
    {"x,y\na, \"b\" c\n", CSV_STRAY_QUOTE, 7, 1, 1,
     "F:2: record 2, column 2 (b), byte 4 of the line: a quote in a field that does not begin "
     "with one"},
    {"x,y\na,\"b\nc,d\ne,f\n", CSV_UNCLOSED, 17, 1, 1,
     "F:2: record 2, column 2 (b), byte 3 of the line: the quote that opens here is never closed"},
    {"x,y\na,b\xE9\n", CSV_INVALID_UTF8, 7, 1, 1,
     "F:2: record 2, column 2 (b), byte 4 of the line: 0xE9 is not valid UTF-8"},
    {"x,y\na,\x01\n", CSV_NUL, 6, 1, 1,
     "F:2: record 2, column 2 (b), byte 3 of the line: a zero byte"},
    {"x,y\r\na\rb,c\r\n", CSV_LONE_CR, 6, 0, 1,
     "F:2: record 2, column 1 (a), byte 2 of the line: a carriage return without a line feed"},
    {"x,y\n\"a,\"\xFF\",c\n", CSV_AFTER_QUOTE, 8, 0, 1,
     "F:2: record 2, column 1 (a), byte 5 of the line: text after the closing quote"},
    {"x,y\n\xFF,\"a\"b\n", CSV_INVALID_UTF8, 4, 0, 1,
     "F:2: record 2, column 1 (a), byte 1 of the line: 0xFF is not valid UTF-8"},
};

/* Each fault at its place, for all chunk sizes, and with a later fault that must not be told. */
static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++)
        for (size_t chunk_bytes = 1; chunk_bytes < 24; chunk_bytes++) {
            const struct faulty *f = &faulty[i];
            char text[100];
            size_t n = strlen(f->text);
            memcpy(text, f->text, n + 1);
            for (size_t k = 0; k < n; k++)
                text[k] = text[k] == 1 ? 0 : text[k];
            if (f->kind != CSV_UNCLOSED) {
                memcpy(text + n, "a,b\n1,2,3\n\xFF\n", 13);
                n += 13;
            }
            struct twin_csv read;
            struct csv_format format = {',', false, 2};
            read_all(&read, text, n, format, chunk_bytes);
            assert_int_equal(read.fault.kind, f->kind);
            assert_int_equal(read.fault.at, f->at);
            assert_int_equal(read.n_rows, f->rows_before);
            if (f->kind != CSV_SHORT && f->kind != CSV_LONG)
                assert_int_equal(read.fault.column, f->column);
            char a[] = "a", b[] = "b";
            char *names[] = {a, b};
            struct csv_place place = {"F", read.n_rows + 1, true, names};
            struct csv_text whole = {text, n};
            struct err e;
            assert_false(csv_fault_error(&read.fault, &whole, &format, &place, &e));
            assert_string_equal(e.text, f->words);
            assert_int_equal(e.status, ERR_DATA);
            assert_true(e.hint[0] != 0);
            twin_csv_free(&read);
        }
}

static bool refuse(void *context, size_t chunk, const struct csv_rows *rows, struct arena *arena)
{
    (void)context, (void)rows, (void)arena;
    return chunk < 2;
}

static void test_take_can_stop(void **state)
{
    (void)state;
    char text[64 + CSV_SPARE_BYTES] = "a\nb\nc\nd\ne\nf\n";
    uint32_t index = 0;
    struct csv_job job = {.text = {text, 12},
                          .format = {',', false, 1},
                          .columns = {&index, 1},
                          .chunk_bytes = 2,
                          .take = refuse};
    struct csv_result result;
    assert_false(csv_read(&job, &result));
    assert_int_equal(result.fault.kind, CSV_NO_MEMORY);
    csv_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),          cmocka_unit_test(test_nul_is_dropped),
        cmocka_unit_test(test_special_formats), cmocka_unit_test(test_delimiters),       cmocka_unit_test(test_faults),
        cmocka_unit_test(test_take_can_stop),    cmocka_unit_test(test_random_regular_like_libcsv),
        cmocka_unit_test(test_random_irregular), cmocka_unit_test(test_random_rare_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
