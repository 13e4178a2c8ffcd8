/* data/load: tables against the twin's records, the same bytes for any threads and chunks, every
 * kind of input and every refusal. */
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_csv.h"

#include <fcntl.h>
#include <ftw.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/axb-test-load-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file of the folder; the path stays until the next call. */
static const char *write_file(const char *name, const char *p, size_t n)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    return write_file(name, text, strlen(text));
}

static const struct load_options plain_options = {.header = true};

/* A loaded table. */
struct loaded {
    struct load load;
    struct shm shm;
    struct table table;
    struct load_stats stats;
};

static void fail_err(const struct err *e)
{
    fail_msg("%s (%s)", e->text, e->hint);
}

static void load_wants(struct loaded *l, const char *path, const struct load_options *options,
                       const struct load_want *wants, size_t n_wants)
{
    struct err e;
    *l = (struct loaded){.shm.fd = -1};
    if (!load_open(&l->load, path, options, &e) ||
        !shm_create(&l->shm, "test", (size_t)1 << 30, &e) ||
        !load_table(&l->load, wants, n_wants, &l->shm, &l->stats, &e) ||
        !table_view(&l->table, &l->shm, &e))
        fail_err(&e);
}

/* Loads all columns. */
static void load_all(struct loaded *l, const char *path, const struct load_options *options)
{
    struct err e;
    struct load load;
    struct load_want wants[64];
    if (!load_open(&load, path, options, &e))
        fail_err(&e);
    size_t n = load.n_columns;
    assert_true(n <= 64);
    for (uint32_t i = 0; i < n; i++)
        wants[i] = (struct load_want){.column = i};
    load_close(&load);
    load_wants(l, path, options, wants, n);
}

static void unload(struct loaded *l)
{
    shm_close(&l->shm);
    load_close(&l->load);
}

/* A fingerprint of all columns. */
static uint64_t table_fingerprint(const struct loaded *l)
{
    uint64_t print = 0;
    for (uint32_t c = 0; c < l->table.head->n_columns; c++)
        print = print * 31 + table_column_fingerprint(&l->table, c);
    return print;
}

/* "a|b/c|~/": the fields of a table. */
static const char *shown(const struct loaded *l)
{
    static char text[8192];
    size_t k = 0;
    const struct table *t = &l->table;
    for (uint64_t row = 0; row < t->head->n_rows; row++)
        for (uint32_t c = 0; c < t->head->n_columns; c++) {
            uint32_t value = table_row_values(t, c)[row];
            struct bytes b = {"~", 1};
            if (value != TABLE_MISSING)
                b = table_value(t, c, value);
            k += (size_t)snprintf(text + k, sizeof text - k, "%.*s%c", (int)b.n, b.p,
                                  c + 1 < t->head->n_columns ? '|' : '/');
        }
    text[k] = 0;
    return text;
}

static void check_shown(const char *path, const struct load_options *options, const char *expected)
{
    struct loaded l;
    load_all(&l, path, options);
    assert_string_equal(shown(&l), expected);
    unload(&l);
}

/* The error of loading all columns of a file that cannot be loaded. */
static struct err load_fails(const char *path, const struct load_options *options)
{
    struct err e = {0};
    struct load load;
    if (!load_open(&load, path, options, &e))
        return e;
    struct shm shm;
    struct load_stats stats;
    struct load_want wants[64];
    for (uint32_t i = 0; i < load.n_columns; i++)
        wants[i] = (struct load_want){.column = i};
    assert_true(shm_create(&shm, "test", (size_t)1 << 30, &e));
    size_t used = shm.used_bytes;
    assert_false(load_table(&load, wants, load.n_columns, &shm, &stats, &e));
    assert_int_equal(shm.used_bytes, used);
    shm_close(&shm);
    load_close(&load);
    return e;
}

static void check_fails(const char *path, const struct load_options *options, int status,
                        const char *words)
{
    char expected[512];
    struct err e = load_fails(path, options);
    snprintf(expected, sizeof expected, "%s%s", path, words);
    assert_string_equal(e.text, expected);
    assert_int_equal(e.status, status);
}

/* ---- Against the twin ------------------------------------------------------------------------*/

/* A random file: a header and rows of values that repeat; when `wild`, with faults. */
static size_t random_file(char *text, size_t capacity, uint32_t n_columns, bool wild)
{
    static const char *const values[] = {"",
                                         "\"\"",
                                         "a",
                                         "Anna",
                                         "\"an\"\"na\"",
                                         "Berlin",
                                         "\"x,\ny\"",
                                         "\xC3\x89lodie",
                                         "a value of more than sixteen bytes",
                                         "seventeen bytes..",
                                         "\"a value of more than sixteen bytes\"",
                                         "12345678",
                                         "sixteen bytes .."};
    static const char *const faults[] = {"5\"", "\"a\"b", "\xFF", "a,", "\r", "\"a\" "};
    size_t n = 0;
    for (uint32_t i = 0; i < n_columns; i++)
        n += (size_t)snprintf(text + n, 20, "c%u%c", i + 1, i + 1 < n_columns ? ',' : '\n');
    uint32_t kinds = 1 + harness_below(13);
    while (n + 500 < capacity && harness_below(300))
        for (uint32_t i = 0; i < n_columns; i++) {
            const char *v = values[harness_below(kinds)];
            char number[24];
            if (harness_below(6) == 0) {
                snprintf(number, sizeof number, "%u", harness_below(100000));
                v = number;
            } else if (wild && harness_below(60) == 0) {
                v = faults[harness_below(6)];
            }
            n += (size_t)snprintf(text + n, capacity - n, "%s%s", v,
                                  i + 1 < n_columns  ? ","
                                  : harness_below(2) ? "\n"
                                                     : "\r\n");
        }
    return n;
}

struct twin_fields {
    struct bytes *field; /* p == NULL: missing */
    uint64_t n;
};

/* The fields that the twin read, as an array. */
static struct bytes *twin_array(const struct twin_csv *twin, uint32_t n_columns)
{
    struct bytes *fields = calloc(twin->n_rows * n_columns + 1, sizeof *fields);
    assert_non_null(fields);
    size_t at = 0;
    for (uint64_t i = 0; i < twin->n_rows * n_columns; i++) {
        uint64_t n;
        memcpy(&n, twin->fields.p + at, sizeof n);
        at += sizeof n;
        if (n != UINT64_MAX) {
            fields[i] = (struct bytes){twin->fields.p + at, (uint32_t)n};
            at += n;
        }
    }
    return fields;
}

/* Is column c of the table what `want` makes of the column of the twin? Values must be distinct
 * and in the order in which they first occur. */
static void check_column(const struct table *t, uint32_t c, const struct load_want *want,
                         const struct bytes *fields, uint32_t n_columns)
{
    uint64_t missing = 0;
    uint32_t n_values = 0;
    for (uint64_t row = 0; row < t->head->n_rows; row++) {
        struct bytes f = fields[row * n_columns + want->column];
        uint32_t value = table_row_values(t, c)[row];
        char text[2000];
        size_t n = 0;
        assert_true(!f.p ||
                    text_normalize(f.p, f.n, want->rules ? want->rules->flags : 0, text, &n));
        if (!f.p || (f.n > 0 && n == 0)) {
            assert_int_equal(value, TABLE_MISSING);
            missing++;
            continue;
        }
        assert_true(value < t->columns[c].n_values);
        struct bytes is = table_value(t, c, value);
        assert_int_equal(is.n, n);
        assert_memory_equal(is.p, text, n);
        if (want->plain)
            assert_int_equal(value, row);
        else
            assert_true(value <= n_values);
        n_values += !want->plain && value == n_values;
        for (uint32_t v = 0; v + 1 < n_values && value + 1 == n_values && !want->plain; v++) {
            struct bytes other = table_value(t, c, v);
            assert_false(v < value && other.n == is.n && memcmp(other.p, is.p, is.n) == 0);
        }
    }
    assert_int_equal(t->columns[c].missing, missing);
    assert_int_equal(t->columns[c].n_values, want->plain ? t->head->n_rows : n_values);
    assert_int_equal(t->columns[c].source, want->column);
    assert_int_equal(t->columns[c].plain, want->plain);
}

static void check_against_twin(const char *text, size_t n, uint32_t n_columns, bool lenient,
                               const struct loaded *l, const struct load_want *wants,
                               size_t n_wants)
{
    const char *data = (const char *)memchr(text, '\n', n) + 1;
    struct csv_text rest = {data, n - (size_t)(data - text)};
    struct csv_format format = {',', lenient, n_columns};
    struct twin_csv twin;
    twin_csv_read(&twin, &rest, &format);
    assert_int_equal(l->stats.records, twin.n_rows);
    assert_int_equal(l->stats.irregular, twin.irregular);
    assert_int_equal(l->table.head->n_rows, twin.n_rows);
    struct bytes *fields = twin_array(&twin, n_columns);
    for (uint32_t c = 0; c < n_wants; c++)
        check_column(&l->table, c, &wants[c], fields, n_columns);
    free(fields);
    twin_csv_free(&twin);
}

static void check_same_segment(const struct loaded *a, const struct loaded *b)
{
    assert_int_equal(a->table.head->bytes, b->table.head->bytes);
    assert_memory_equal(a->shm.base + SHM_HEAD_AT, b->shm.base + SHM_HEAD_AT,
                        a->table.head->bytes - SHM_HEAD_AT);
}

static void test_random_files(void **state)
{
    (void)state;
    static char text[60000];
    static const size_t chunk_bytes[] = {40, 100, 999, 5000, 0};
    for (uint64_t round = 0; round < 150; round++) {
        harness_seed(round);
        uint32_t n_columns = 1 + harness_below(4);
        struct load_options options = {
            .delimiter = ',', .header = true, .lenient = round % 2, .encoding = "utf-8"};
        size_t n = random_file(text, sizeof text, n_columns, options.lenient);
        struct load_want wants[4];
        struct text_rules rules[4] = {0};
        for (uint32_t i = 0; i < 4; i++) {
            wants[i] = (struct load_want){harness_below(n_columns), harness_below(3) == 0,
                                          harness_below(2) ? &rules[i] : NULL};
            rules[i].flags = harness_below(32);
        }
        const char *path = write_file("random.csv", text, n);
        struct loaded first, again;
        omp_set_num_threads(1);
        load_wants(&first, path, &options, wants, 4);
        check_against_twin(text, n, n_columns, options.lenient, &first, wants, 4);
        for (int k = 0; k < 3; k++) {
            static const int threads[] = {1, 2, 7};
            omp_set_num_threads(threads[k]);
            options.chunk_bytes = chunk_bytes[harness_below(5)];
            load_wants(&again, path, &options, wants, 4);
            check_same_segment(&first, &again);
            unload(&again);
        }
        unload(&first);
    }
    omp_set_num_threads(4);
}

/* Many rows, so that columns of many different values take the way without looking up. */
static void test_many_rows(void **state)
{
    (void)state;
    const size_t capacity = (size_t)4 << 20;
    char *text = malloc(capacity);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "id,few,many\n");
    harness_seed(5);
    for (uint32_t i = 0; i < 60000; i++)
        n += (size_t)sprintf(text + n, "%u,v%u,a long value number %u\n", i % 59000,
                             harness_below(9), harness_below(1u << 30));
    struct load_want wants[] = {{.column = 0}, {.column = 1}, {.column = 2}};
    const char *path = write_file("many.csv", text, n);
    struct load_options options = plain_options;
    struct loaded first, again;
    load_wants(&first, path, &options, wants, 3);
    assert_int_equal(first.table.columns[0].n_values, 59000);
    assert_int_equal(first.table.columns[1].n_values, 9);
    for (uint32_t row = 0; row < 60000; row++)
        assert_int_equal(table_row_values(&first.table, 0)[row], row % 59000);
    omp_set_num_threads(3);
    options.chunk_bytes = 30000;
    load_wants(&again, path, &options, wants, 3);
    check_same_segment(&first, &again);
    omp_set_num_threads(4);
    unload(&first);
    unload(&again);
    free(text);
}

/* The same words for the first fault, whatever the threads and chunks. */
static void test_same_fault(void **state)
{
    (void)state;
    static char text[30000];
    for (uint64_t round = 0; round < 40; round++) {
        harness_seed(round + 500);
        size_t n = random_file(text, sizeof text, 3, false);
        n += (size_t)sprintf(text + n, "a,b\n1,2,3,4\n");
        for (int k = 0; k < 3; k++)
            text[7 + harness_below((uint32_t)n - 8)] = "\",\r\xFF"[harness_below(4)];
        const char *path = write_file("fault.csv", text, n);
        struct load_options options = {.delimiter = ',', .header = true, .encoding = "utf-8"};
        omp_set_num_threads(1);
        struct err first = load_fails(path, &options);
        for (int k = 2; k < 8; k++) {
            omp_set_num_threads(k);
            options.chunk_bytes = 10 + harness_below(3000);
            struct err again = load_fails(path, &options);
            assert_string_equal(first.text, again.text);
        }
    }
    omp_set_num_threads(4);
}

/* ---- Kinds of input --------------------------------------------------------------------------*/

static void test_line_ends_and_marks(void **state)
{
    (void)state;
    check_shown(write_text("a.csv", "a,b\n1,2\n3,4\n"), &plain_options, "1|2/3|4/");
    check_shown(write_text("a.csv", "a,b\r\n1,2\r\n3,4"), &plain_options, "1|2/3|4/");
    check_shown(write_text("a.csv", "\xEF\xBB\xBF"
                                    "a,b\n1,\"\"\n,4\n\n\n"),
                &plain_options, "1|/~|4/");
    check_shown(write_text("a.csv", "a,b"), &plain_options, "");
    check_shown(write_text("a.csv", "a,b\n"), &plain_options, "");
    check_shown(write_text("a.csv", "a\n\n1\n"), &plain_options, "~/1/");
}

static void test_delimiters(void **state)
{
    (void)state;
    struct load_options options = plain_options;
    check_shown(write_text("a.tsv", "a\tb\n1\t2,3\n"), &options, "1|2,3/");
    options.delimiter = ';';
    check_shown(write_text("a.tsv", "a;b\n1;2\n"), &options, "1|2/");
    options.delimiter = '"';
    struct err e;
    struct load load;
    assert_false(load_open(&load, "a.csv", &options, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_string_equal(e.text, "the byte 0x22 cannot be a delimiter");
}

static void test_no_header(void **state)
{
    (void)state;
    struct load_options options = {.header = false};
    struct loaded l;
    load_all(&l, write_text("a.csv", "1,2\n3,4\n"), &options);
    assert_string_equal(shown(&l), "1|2/3|4/");
    assert_string_equal(l.load.names[1], "2");
    assert_string_equal(table_column_name(&l.table, 1), "2");
    unload(&l);
    check_shown(write_text("a.csv", "\n1\n"), &options, "~/1/");
    check_fails(write_text("a.csv", "1,2\n3\n"), &options, ERR_DATA,
                ":2: record 2 has 1 field, where the first record has 2");
    check_fails(write_text("a.csv", "1,2\n\"3\n"), &options, ERR_DATA,
                ":2: record 2, column 1, byte 1 of the line: the quote that opens here is never "
                "closed");
}

static void test_refused_calls(void **state)
{
    (void)state;
    struct load_options options = plain_options;
    char path[128];
    check_fails(folder, &options, ERR_NOINPUT, ": is a directory");
    snprintf(path, sizeof path, "%s/none.csv", folder);
    check_fails(path, &options, ERR_NOINPUT, ": cannot be opened: No such file or directory");
    check_fails(write_text("a.csv", ""), &options, ERR_DATA, ": is empty");
    check_fails(write_text("a.csv", "\xEF\xBB\xBF"), &options, ERR_DATA, ": is empty");
    check_fails(write_text("a.csv", "\n\n"), &options, ERR_DATA, ": is empty");
    check_fails(write_text("a.csv", "\na,b\n1,2\n"), &options, ERR_DATA,
                ":1: a blank line, where the header should be");
    check_fails(write_text("a.csv", "\xFF\xFE"
                                    "a"),
                &options, ERR_DATA,
                ":1: byte 3 of the file: the text ends in the middle of a character (UTF-16LE)");
    check_fails(write_text("a.csv", "a,\"b\n1,2\n"), &options, ERR_DATA,
                ":1: the header, column 2, byte 3 of the line: the quote that opens here is never "
                "closed");
    check_fails(write_text("a.csv", "a,\xC3\xA9\n1,2\n1,x\xE9\n"), &options, ERR_DATA,
                ":3: record 2, column 2 (\xC3\xA9), byte 4 of the line: 0xE9 is not valid UTF-8");
    options.lenient = true;
    check_shown(write_text("a.csv", "\na,b\n1\n\n2,3\n"), &options, "1|~/2|3/");
}

static void test_unreadable(void **state)
{
    (void)state;
    const char *path = write_text("secret.csv", "a\n1\n");
    assert_int_equal(chmod(path, 0), 0);
    if (geteuid() == 0) /* root reads everything: then it must load */
        check_shown(path, &plain_options, "1/");
    else
        check_fails(path, &plain_options, ERR_NOINPUT, ": cannot be opened: Permission denied");
}

static void test_encodings(void **state)
{
    (void)state;
    struct load_options options = plain_options;
    const char *path = write_text("a.csv", "na\xEFve,b\nJos\xE9,\x80\x93\n");
    options.encoding = "latin1";
    struct loaded l;
    load_all(&l, path, &options);
    assert_string_equal(l.load.names[0], "na\xC3\xAFve");
    assert_string_equal(shown(&l), "Jos\xC3\xA9|\xC2\x80\xC2\x93/");
    unload(&l);
    options.encoding = "windows-1252";
    check_shown(path, &options, "Jos\xC3\xA9|\xE2\x82\xAC\xE2\x80\x9C/");
    options.encoding = "cp850";
    check_shown(write_text("a.csv", "a\nJos\x82\n"), &options, "Jos\xC3\xA9/");
    options.encoding = "UTF-8";
    check_shown(write_text("a.csv", "a\n\xC3\xA9\n"), &options, "\xC3\xA9/");
    options.encoding = "latin1";
    check_shown(write_text("a.csv", "a\nplain\n"), &options, "plain/");
    options.encoding = "ebcdic";
    struct err e = load_fails(write_text("a.csv", "a\n1\n"), &options);
    assert_int_equal(e.status, ERR_USAGE);
    assert_string_equal(e.text, "no encoding is called \"ebcdic\"");
}

/* Runs check_shown with stdin read from descriptor fd. */
static void check_stdin(int fd, const char *expected)
{
    int kept = dup(STDIN_FILENO);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    struct loaded l;
    struct load_want want = {.column = 0};
    load_wants(&l, "-", &plain_options, &want, 1);
    assert_string_equal(shown(&l), expected);
    assert_string_equal(l.load.shown, "stdin");
    unload(&l);
    dup2(kept, STDIN_FILENO);
    close(kept);
}

static void test_stdin(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a\nx\ny\n", 6), 6);
    close(ends[1]);
    check_stdin(ends[0], "x/y/");
    check_stdin(open(write_text("a.csv", "a\nz\n"), O_RDONLY), "z/");
    int fd = open(write_text("a.csv", "skipped\na\nz\n"), O_RDONLY);
    assert_int_equal(lseek(fd, 8, SEEK_SET), 8);
    check_stdin(fd, "z/");
}

/* A file whose size is a whole number of pages has nothing of its own after its end. */
static void test_whole_pages(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 2 * page;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, 'x', n);
    memcpy(text, "a\n", 2);
    memcpy(text + n - 4, "\ny\nz", 4);
    struct loaded l;
    load_all(&l, write_file("page.csv", text, n), &plain_options);
    assert_int_equal(l.stats.records, 3);
    assert_int_equal(table_value(&l.table, 0, 0).n, n - 6);
    assert_memory_equal(table_value(&l.table, 0, 2).p, "z", 1);
    unload(&l);
    free(text);
}

static void test_huge_field(void **state)
{
    (void)state;
    const size_t big = 100u << 20, capacity = big + 100;
    char *text = malloc(capacity);
    assert_non_null(text);
    memset(text, '\n', capacity);
    memcpy(text, "a,b\n1,2\n\"", 9);
    size_t n = 9 + big;
    n += (size_t)sprintf(text + n, "\",end\n3,4\n");
    struct loaded l;
    load_all(&l, write_file("huge.csv", text, n), &plain_options);
    assert_int_equal(l.stats.records, 3);
    assert_int_equal(table_value(&l.table, 0, 1).n, big);
    assert_memory_equal(table_value(&l.table, 0, 1).p, text + 9, big);
    assert_memory_equal(table_value(&l.table, 1, 1).p, "end", 3);
    unload(&l);
    free(text);
}

/* ---- Limits ----------------------------------------------------------------------------------*/

static void test_memory_limit(void **state)
{
    (void)state;
    const size_t capacity = (size_t)2 << 20;
    char *text = malloc(capacity);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "id\n");
    for (unsigned i = 0; n + 20 < capacity; i++)
        n += (size_t)sprintf(text + n, "%u\n", i);
    const char *path = write_file("limit.csv", text, n);
    struct load_options options = {.header = true, .chunk_bytes = 10000};
    for (size_t limit = 1000; limit < ((size_t)16 << 20); limit *= 2) {
        options.max_memory_bytes = limit;
        struct err e = load_fails(path, &options);
        assert_int_equal(e.status, ERR_OS);
        assert_non_null(strstr(e.text, ": loading it takes "));
        assert_non_null(strstr(e.hint, "--max-memory"));
    }
    options.max_memory_bytes = (size_t)64 << 20;
    struct loaded l;
    load_all(&l, path, &options);
    unload(&l);
    free(text);
}

/* A segment that cannot hold the table. */
static void test_no_shared_memory(void **state)
{
    (void)state;
    struct load load;
    struct err e;
    struct shm shm;
    struct load_stats stats;
    struct load_want want = {.column = 0};
    static char text[200000]; /* more than the largest page */
    memset(text, 'a', sizeof text);
    text[1] = '\n';
    const char *path = write_file("a.csv", text, sizeof text);
    assert_true(load_open(&load, path, &plain_options, &e));
    assert_true(shm_create(&shm, "test", 64, &e));
    assert_false(load_table(&load, &want, 1, &shm, &stats, &e));
    assert_int_equal(e.status, ERR_OS);
    shm_close(&shm);
    load_close(&load);
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static void test_find(void **state)
{
    (void)state;
    struct load l;
    struct err e;
    uint32_t column;
    char expected[512];
    const char *path = write_text("a.csv", "id,first name,2,city,id,,Name\n");
    assert_true(load_open(&l, path, &plain_options, &e));
    assert_int_equal(l.n_columns, 7);
    assert_true(load_find(&l, "first name", &column, &e));
    assert_int_equal(column, 1);
    assert_true(load_find(&l, "2", &column, &e));
    assert_int_equal(column, 2);
    assert_true(load_find(&l, "7", &column, &e));
    assert_int_equal(column, 6);
    assert_false(load_find(&l, "id", &column, &e));
    assert_int_equal(e.status, ERR_USAGE);
    snprintf(expected, sizeof expected, "%s: two columns are called \"id\": 1 and 5", path);
    assert_string_equal(e.text, expected);
    for (size_t i = 0; i < 4; i++) {
        static const char *const none[] = {"nmae", "8", "0", "99999999999999999999"};
        assert_false(load_find(&l, none[i], &column, &e));
        assert_int_equal(e.status, ERR_USAGE);
    }
    assert_false(load_find(&l, "cty", &column, &e));
    snprintf(expected, sizeof expected, "%s has no column \"cty\"; it has id, first name, 2, ",
             path);
    assert_memory_equal(e.text, expected, strlen(expected));
    assert_string_equal(e.hint, "did you mean city? name a column, or give its number from 1");
    load_close(&l);
    assert_true(load_open(&l, write_text("a.csv", "id:name\n1:2\n"), &plain_options, &e));
    assert_false(load_find(&l, "name", &column, &e));
    assert_non_null(strstr(e.hint, "-d"));
    load_close(&l);
}

static void test_fingerprint(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,b\n1,2\n3,2\n", "a,b\n1,2\n3,4\n", "a,c\n1,2\n3,2\n",
                                        "a,b\n1,2\n3,\n",  "a,b\n1,2\n",      "a,b\n12,\n3,2\n"};
    struct loaded first, l;
    load_all(&first, write_text("first.csv", texts[0]), &plain_options);
    for (size_t i = 0; i < 6; i++) {
        load_all(&l, write_text("other.csv", texts[i]), &plain_options);
        if (i == 0)
            assert_int_equal(table_fingerprint(&l), table_fingerprint(&first));
        else
            assert_int_not_equal(table_fingerprint(&l), table_fingerprint(&first));
        unload(&l);
    }
    unload(&first);
}

static void test_no_columns(void **state)
{
    (void)state;
    struct loaded l;
    load_wants(&l, write_text("a.csv", "a,b\n1,2\n3,4\n"), &plain_options, NULL, 0);
    assert_int_equal(l.table.head->n_rows, 2);
    assert_int_equal(l.table.head->n_columns, 0);
    unload(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends_and_marks),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_no_header),
        cmocka_unit_test(test_refused_calls),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_stdin),
        cmocka_unit_test(test_whole_pages),
        cmocka_unit_test(test_huge_field),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_no_shared_memory),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_no_columns),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_same_fault),
        cmocka_unit_test(test_random_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
