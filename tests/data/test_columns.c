/* data/columns and its loading: every kind, as the same table of CSV; damaged bytes; descriptors;
 * and a table in a descriptor. */
#include "core/shm.h"
#include "data/columns.h"
#include "data/load.h"
#include "data/named.h"
#include "data/table.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SEED 20240713u
#define MOST_BYTES ((size_t)8 << 20)

/* ---- Making columns --------------------------------------------------------------------------*/

/* Columns being made, as another program would make them. */
struct made {
    char *p;
    size_t n;
    uint32_t n_columns;
    uint64_t n_rows;
};

static size_t take(struct made *m, size_t bytes)
{
    const size_t at = (m->n + COLUMNS_ALIGN - 1) / COLUMNS_ALIGN * COLUMNS_ALIGN;
    assert_true(at + bytes <= MOST_BYTES);
    m->n = at + bytes;
    return at;
}

static struct columns_column *column(const struct made *m, uint32_t i)
{
    return (struct columns_column *)(m->p + sizeof(struct columns_head)) + i;
}

static void begin(struct made *m, uint64_t n_rows, uint32_t n_columns)
{
    *m = (struct made){calloc(1, MOST_BYTES), 0, n_columns, n_rows};
    assert_non_null(m->p);
    take(m, sizeof(struct columns_head));
    take(m, n_columns * sizeof(struct columns_column));
}

static void end(struct made *m)
{
    m->n = take(m, 0);
    *(struct columns_head *)m->p = (struct columns_head){.magic = COLUMNS_MAGIC,
                                                         .version = COLUMNS_VERSION,
                                                         .n_rows = m->n_rows,
                                                         .n_columns = m->n_columns,
                                                         .total_bytes = m->n,
                                                         .columns_at = sizeof(struct columns_head)};
}

static void drop(struct made *m)
{
    free(m->p);
}

static size_t put(struct made *m, const void *p, size_t bytes)
{
    const size_t at = take(m, bytes);
    if (p)
        memcpy(m->p + at, p, bytes);
    return at;
}

static struct columns_column *name(struct made *m, uint32_t i, const char *text, uint32_t kind)
{
    *column(m, i) = (struct columns_column){.name_at = put(m, text, strlen(text)),
                                            .name_bytes = (uint32_t)strlen(text),
                                            .kind = kind,
                                            .n_values = m->n_rows};
    return column(m, i);
}

/* Which rows have a value: `missing` has an x for each that has none, or is NULL. */
static uint64_t put_validity(struct made *m, const char *missing)
{
    if (!missing)
        return 0;
    const size_t at = take(m, m->n_rows / 8 + 1);
    for (uint64_t i = 0; i < m->n_rows; i++)
        if (missing[i] != 'x')
            m->p[at + i / 8] = (char)(m->p[at + i / 8] | 1 << i % 8);
    return at;
}

static void put_numbers(struct made *m, uint32_t i, const char *text, uint32_t kind,
                        const void *values, size_t width, const char *missing)
{
    struct columns_column *c = name(m, i, text, kind);
    c->bytes = m->n_rows * width;
    c->values_at = put(m, values, c->bytes);
    c->validity_at = put_validity(m, missing);
}

static void put_texts(struct made *m, struct columns_column *c, const char *const *texts, size_t n)
{
    c->n_values = n;
    c->offsets_at = take(m, (n + 1) * sizeof(uint64_t));
    uint64_t *offsets = (uint64_t *)(m->p + c->offsets_at), bytes = 0;
    c->values_at = take(m, 0);
    for (size_t i = 0; i < n; i++) {
        const size_t length = texts[i] ? strlen(texts[i]) : 0;
        memcpy(m->p + c->values_at + bytes, texts[i] ? texts[i] : "", length);
        offsets[i + 1] = bytes += length;
    }
    c->bytes = bytes;
    m->n += bytes;
}

/* Rows without a text are missing. */
static void put_text(struct made *m, uint32_t i, const char *text, const char *const *texts)
{
    char *missing = malloc(m->n_rows + 1);
    assert_non_null(missing);
    for (uint64_t row = 0; row < m->n_rows; row++)
        missing[row] = texts[row] ? '.' : 'x';
    struct columns_column *c = name(m, i, text, COLUMNS_TEXT);
    c->validity_at = put_validity(m, missing);
    put_texts(m, c, texts, m->n_rows);
    free(missing);
}

static void put_dictionary(struct made *m, uint32_t i, const char *text, const char *const *texts,
                           size_t n, const int32_t *codes)
{
    struct columns_column *c = name(m, i, text, COLUMNS_DICTIONARY);
    c->codes_at = put(m, codes, m->n_rows * sizeof *codes);
    put_texts(m, c, texts, n);
}

/* ---- Loading ---------------------------------------------------------------------------------*/

/* A file in memory with these bytes. */
static int file_of(const char *p, size_t n)
{
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n); /* it now stands at its end */
    return fd;
}

struct loaded {
    struct load load;
    struct shm shm;
    struct table table;
    struct load_stats stats;
};

static const struct load_options plain_options = {.header = true};

static const char *path_of(int fd, const char *shown)
{
    static char path[64];
    snprintf(path, sizeof path, shown ? "fd:%d:%s" : "fd:%d", fd, shown);
    return path;
}

static const char *nulls; /* for try_load */

static bool try_load(struct loaded *l, int fd, uint32_t normalize, bool plain, struct err *e)
{
    struct load_want wants[16];
    const struct text_rules rules = {normalize};
    const struct load_options options = {.header = true, .nulls = nulls};
    *l = (struct loaded){.shm.fd = -1};
    if (!load_open(&l->load, path_of(fd, "the frame"), &options, e))
        return false;
    assert_true(l->load.n_columns <= 16);
    for (uint32_t i = 0; i < l->load.n_columns; i++)
        wants[i] =
            (struct load_want){.column = i, .rules = normalize ? &rules : NULL, .plain = plain};
    assert_true(shm_create(&l->shm, "test", (size_t)1 << 30, e));
    return load_table(&l->load, wants, l->load.n_columns, &l->shm, &l->stats, e) &&
           table_view(&l->table, &l->shm, e);
}

static void load_all(struct loaded *l, int fd, uint32_t normalize, bool plain)
{
    struct err e;
    if (!try_load(l, fd, normalize, plain, &e))
        fail_msg("%s (%s)", e.text, e.hint);
}

static void unload(struct loaded *l)
{
    shm_close(&l->shm);
    load_close(&l->load);
}

/* "a|~/": the fields of a table, and what is missing. */
static const char *shown(const struct table *t)
{
    static char text[8192];
    size_t k = 0;
    for (uint64_t row = 0; row < t->head->n_rows; row++)
        for (uint32_t c = 0; c < t->head->n_columns; c++) {
            const uint32_t value = table_row_values(t, c)[row];
            const struct bytes b =
                value == TABLE_MISSING ? (struct bytes){"~", 1} : table_value(t, c, value);
            k += (size_t)snprintf(text + k, sizeof text - k, "%.*s%c", (int)b.n, b.p,
                                  c + 1 < t->head->n_columns ? '|' : '/');
        }
    text[k] = 0;
    return text;
}

static void check_shown(const struct made *m, const char *expected)
{
    struct loaded l;
    const int fd = file_of(m->p, m->n);
    for (int plain = 0; plain < 2; plain++) {
        load_all(&l, fd, 0, plain);
        assert_string_equal(shown(&l.table), expected);
        unload(&l);
    }
    close(fd);
}

static void check_same_prints(const struct table *x, const struct table *y)
{
    assert_int_equal(x->head->n_columns, y->head->n_columns);
    assert_int_equal(x->head->n_rows, y->head->n_rows);
    for (uint32_t i = 0; i < x->head->n_columns; i++) {
        assert_int_equal(table_column_fingerprint(x, i), table_column_fingerprint(y, i));
        assert_int_equal(x->columns[i].missing, y->columns[i].missing);
        assert_int_equal(x->columns[i].n_values, y->columns[i].n_values);
    }
}

/* ---- Values ----------------------------------------------------------------------------------*/

static void test_kinds(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,\"b", NULL, "", "grün"};
    static const char *const values[] = {"never", "red", "blue"};
    static const int32_t codes[] = {2, -1, 1, 2};
    static const double doubles[] = {3.0, NAN, -0.1, 1e300};
    static const int64_t integers[] = {INT64_MIN, 0, -7, INT64_MAX};
    static const uint8_t bools[] = {0, 1, 1, 0};
    static const int32_t days[] = {0, -719162, 2932896, 19782};
    static const int64_t times[] = {0, -1, 1709209800000001, 1709209800000000};
    struct made m;
    begin(&m, 4, 8);
    put_text(&m, 0, "text", texts);
    put_dictionary(&m, 1, "colour", values, 3, codes);
    put_numbers(&m, 2, "f", COLUMNS_F64, doubles, 8, "...x");
    put_numbers(&m, 3, "i", COLUMNS_I64, integers, 8, NULL);
    put_numbers(&m, 4, "b", COLUMNS_BOOL, bools, 1, "..x.");
    put_numbers(&m, 5, "d", COLUMNS_DATE, days, 4, NULL);
    put_numbers(&m, 6, "t", COLUMNS_TIMESTAMP, times, 8, NULL);
    put_numbers(&m, 7, "m", COLUMNS_MOMENT, times, 8, NULL);
    end(&m);
    check_shown(
        &m,
        "a,\"b|blue|3|-9223372036854775808|False|1970-01-01|1970-01-01|1970-01-01T00:00:00+00:00/"
        "~|~|~|0|True|0001-01-01|1969-12-31T23:59:59.999999|1969-12-31T23:59:59.999999+00:00/"
        "|red|-0.1|-7|~|9999-12-31|2024-02-29T12:30:00.000001|2024-02-29T12:30:00.000001+00:00/"
        "grün|blue|~|9223372036854775807|False|2024-02-29|2024-02-29T12:30:00|2024-02-29T12:30:00+"
        "00:00/");
    drop(&m);
}

static void test_nothing(void **state)
{
    (void)state;
    struct made m;
    begin(&m, 0, 2);
    put_text(&m, 0, "a", NULL);
    put_dictionary(&m, 1, "b", NULL, 0, NULL);
    end(&m);
    check_shown(&m, "");
    drop(&m);
    begin(&m, 3, 0);
    end(&m);
    check_shown(&m, "");
    drop(&m);
}

/* Equal numbers are equal texts, whatever their type; and every double comes back. */
static void test_floats(void **state)
{
    (void)state;
    char x[COLUMNS_TEXT_BYTES + 1], y[COLUMNS_TEXT_BYTES];
    srand(SEED);
    for (int i = 0; i < 200000; i++) {
        const int64_t whole = ((int64_t)rand() << 22 ^ rand()) * (i % 2 ? 1 : -1);
        const size_t n = columns_write_f64((double)whole, x), k = columns_write_i64(whole, y);
        assert_true(n == k && memcmp(x, y, n) == 0);
        const double number = ldexp((double)rand() - 1e9, rand() % 200 - 100);
        x[columns_write_f64(number, x)] = 0;
        assert_true(strtod(x, NULL) == number);
    }
}

/* Every day of ten thousand years against the C library. */
static void test_dates(void **state)
{
    (void)state;
    for (int32_t day = -719162; day <= 2932896; day++) {
        char got[COLUMNS_TEXT_BYTES + 1], expected[40];
        const time_t when = (time_t)day * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&when, &tm));
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday);
        got[columns_write_date(day, got)] = 0;
        if (strcmp(got, expected) != 0)
            fail_msg("day %d is %s, not %s", day, got, expected);
    }
}

/* ---- The same as CSV -------------------------------------------------------------------------*/

#define ROWS 50000u

/* A text of few or of many values, short or long. */
static char *random_text(void)
{
    char text[64];
    static const char *const ends[] = {"", "é", " Straße", ", a text of more than sixteen bytes"};
    snprintf(text, sizeof text, "%d%s", rand() % (rand() % 2 ? 50 : 100000), ends[rand() % 4]);
    return strdup(rand() % 20 ? text : rand() % 2 ? "-" : "+.+"); /* cleaning leaves nothing */
}

/* Texts, once as they are and once by a dictionary with values that no row has, in any order, one
 * of them twice; and the same as CSV. */
static void make_both(struct made *m, char **csv, size_t *csv_bytes)
{
    static const char *texts[ROWS], *values[202];
    static int32_t codes[ROWS];
    for (int i = 0; i < 202; i++)
        values[i] = i < 200 ? random_text() : values[i - 200];
    FILE *f = open_memstream(csv, csv_bytes);
    assert_non_null(f);
    fprintf(f, "id,text,colour\n");
    static int64_t id[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        id[i] = i * 7;
        texts[i] = rand() % 10 ? random_text() : NULL;
        codes[i] = rand() % 203 - 1;
        if (codes[i] % 3 == 1)
            codes[i]--;
        fprintf(f, "%u,", i * 7);
        fprintf(f, texts[i] ? "\"%s\"," : ",", texts[i]);
        fprintf(f, codes[i] >= 0 ? "\"%s\"\n" : "\n", codes[i] >= 0 ? values[codes[i]] : "");
    }
    fclose(f);
    begin(m, ROWS, 3);
    put_numbers(m, 0, "id", COLUMNS_I64, id, 8, NULL);
    put_text(m, 1, "text", texts);
    put_dictionary(m, 2, "colour", values, 202, codes);
    end(m);
    for (uint32_t i = 0; i < ROWS; i++)
        free((char *)texts[i]);
    for (int i = 0; i < 200; i++)
        free((char *)values[i]);
}

/* Loads all columns of a file into a descriptor, as `axb data load fd:N FILE` does. */
static int make_table(int file)
{
    struct load l;
    struct err e;
    struct shm s;
    struct load_stats stats;
    struct load_want wants[3] = {{.column = 0}, {.column = 1}, {.column = 2}};
    const int into = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(load_open(&l, path_of(file, NULL), &plain_options, &e));
    assert_true(named_create_in(&s, into, "the table", (size_t)1 << 30, &e));
    assert_true(load_table(&l, wants, 3, &s, &stats, &e) && named_finish(&s, &e));
    shm_close(&s);
    load_close(&l);
    return into;
}

/* The same values with the same numbers, not only the same rows. */
static void check_same(const struct loaded *x, const struct loaded *y)
{
    check_same_prints(&x->table, &y->table);
    for (uint32_t i = 0; i < 3; i++)
        assert_memory_equal(table_row_values(&x->table, i), table_row_values(&y->table, i),
                            ROWS * sizeof(uint32_t));
}

/* With and without values that are missing, some of which no row has; also where these are said of
 * a table that was loaded without them. */
static void test_same_as_csv(void **state)
{
    (void)state;
    struct made m;
    struct loaded x, y;
    char *csv;
    size_t csv_bytes;
    srand(SEED);
    make_both(&m, &csv, &csv_bytes);
    const int columns = file_of(m.p, m.n), file = file_of(csv, csv_bytes);
    const int most = omp_get_max_threads(), table = make_table(columns);
    for (int round = 0; round < 12; round++) {
        nulls = round < 6 ? NULL : "7,-,14,no row has this,21 Straße,35é,3,+.+";
        const uint32_t normalize = round % 3 ? TEXT_CASEFOLD | TEXT_PUNCT | TEXT_STRIP_ACCENTS : 0;
        omp_set_num_threads(round % 2 ? 1 : 3);
        load_all(&x, columns, normalize, false);
        load_all(&y, file, normalize, false);
        check_same(&x, &y);
        unload(&x);
        load_all(&x, table, normalize, false);
        check_same(&x, &y);
        unload(&x);
        load_all(&x, columns, normalize, true);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(table_column_fingerprint(&x.table, i),
                             table_column_fingerprint(&y.table, i));
        unload(&x);
        unload(&y);
    }
    nulls = NULL;
    omp_set_num_threads(most);
    close(table);
    close(columns);
    close(file);
    drop(&m);
    free(csv);
}

/* ---- Refusals --------------------------------------------------------------------------------*/

static void check_refused(const struct made *m, const char *text)
{
    struct loaded l;
    struct err e = {0};
    const int fd = file_of(m->p, m->n);
    assert_false(try_load(&l, fd, 0, false, &e));
    assert_int_equal(e.status, ERR_DATA);
    if (!strstr(e.text, text))
        fail_msg("\"%s\" lacks \"%s\"", e.text, text);
    unload(&l);
    close(fd);
}

/* Columns of all kinds that can be wrong. */
static void make_small(struct made *m)
{
    static const char *const texts[] = {"one", NULL, "zwölf", ""};
    static const char *const values[] = {"red", "blue"};
    static const int32_t codes[] = {1, -1, 0, 1};
    static const double doubles[] = {3.5, 2, 1, 0};
    static const int32_t days[] = {1, 2, 3, 4};
    static const int64_t times[] = {1, 2, 3, 4};
    begin(m, 4, 5);
    put_text(m, 0, "text", texts);
    put_dictionary(m, 1, "colour", values, 2, codes);
    put_numbers(m, 2, "f", COLUMNS_F64, doubles, 8, ".x..");
    put_numbers(m, 3, "d", COLUMNS_DATE, days, 4, NULL);
    put_numbers(m, 4, "t", COLUMNS_TIMESTAMP, times, 8, ".x..");
    end(m);
}

static uint64_t *offsets(const struct made *m, uint32_t i)
{
    return (uint64_t *)(m->p + column(m, i)->offsets_at);
}

static void damage_head(struct made *m, int what)
{
    struct columns_head *head = (struct columns_head *)m->p;
    struct columns_column *c = column(m, 0);
    switch (what) {
    case 0:
        head->version = 2;
        break;
    case 1:
        head->total_bytes++;
        break;
    case 2:
        head->n_columns = UINT64_MAX / 64;
        break;
    case 3:
        head->n_rows = UINT32_MAX;
        break;
    case 4:
        c->kind = COLUMNS_KINDS;
        break;
    case 5:
        c->values_at += 8;
        break;
    case 6:
        c->bytes = UINT64_MAX - 63;
        break;
    case 7:
        m->p[c->name_at] = (char)0xFF;
        break;
    default:
        break;
    }
}

static void damage_texts(struct made *m, int what)
{
    const struct columns_column *c = column(m, 0);
    switch (what) {
    case 8:
        offsets(m, 0)[1] = 100;
        break;
    case 9:
        offsets(m, 0)[0] = 1;
        break;
    case 10:
        offsets(m, 0)[3] = offsets(m, 0)[4] = 3;
        break;
    case 11:
        m->p[c->values_at + 1] = (char)0x80;
        break;
    case 12:
        m->p[c->values_at + 1] = 0;
        break;
    case 13: /* a text that ends in the middle of a character */
        offsets(m, 0)[2] += 3;
        break;
    default:
        break;
    }
}

static void damage_others(struct made *m, int what)
{
    switch (what) {
    case 14:
        ((int32_t *)(m->p + column(m, 1)->codes_at))[2] = 2;
        break;
    case 15:
        ((int32_t *)(m->p + column(m, 1)->codes_at))[3] = -2;
        break;
    case 16:
        ((int32_t *)(m->p + column(m, 3)->values_at))[3] = 2932897;
        break;
    case 17:
        ((int64_t *)(m->p + column(m, 4)->values_at))[0] = INT64_MIN;
        break;
    case 18:
        column(m, 0)->kind = COLUMNS_ABSENT;
        break;
    case 19:
        column(m, 1)->validity_at = column(m, 0)->offsets_at;
        break;
    default:
        break;
    }
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "version 2",
        "missing at the end",
        "list of columns",
        "4,294,967,294 records",
        "no known kind",
        "keep inside",
        "keep inside",
        "keep inside",
        "\"text\", row 0 (from 0)",
        "\"text\", row 0 (from 0)",
        "do not end",
        "\"text\", row 0 (from 0): invalid UTF-8",
        "\"text\", row 0 (from 0)",
        "\"text\", row 1 (from 0): invalid UTF-8",
        "\"colour\", value 2 (from 0): has no value of the dictionary",
        "\"colour\", value 3 (from 0)",
        "\"d\", row 3 (from 0): a time out of",
        "\"t\", row 0 (from 0): a time out of",
        "the frame: column \"text\" was not sent",
        "keep inside",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct made m;
        make_small(&m);
        damage_head(&m, (int)i);
        damage_texts(&m, (int)i);
        damage_others(&m, (int)i);
        check_refused(&m, texts[i]);
        drop(&m);
    }
}

/* What is missing may be anything. */
static void test_missing_time(void **state)
{
    (void)state;
    struct made m;
    struct loaded l;
    make_small(&m);
    ((int64_t *)(m.p + column(&m, 4)->values_at))[1] = INT64_MIN;
    const int fd = file_of(m.p, m.n);
    load_all(&l, fd, 0, false);
    assert_int_equal(table_row_values(&l.table, 4)[1], TABLE_MISSING);
    unload(&l);
    close(fd);
    drop(&m);
}

/* Any bytes are read or refused: each byte of a small table takes several values, and the file ends
 * anywhere. Sanitizers see what goes wrong. */
static void test_any_bytes(void **state)
{
    (void)state;
    struct made m;
    struct loaded l;
    struct err e;
    size_t refused = 0;
    static const unsigned char flips[] = {1, 0x80, 0xFF, 0x10};
    make_small(&m);
    for (size_t at = 0; at < m.n; at++)
        for (size_t k = 0; k < sizeof flips; k++) {
            m.p[at] = (char)((unsigned char)m.p[at] ^ flips[k]);
            const int fd = file_of(m.p, m.n);
            e.status = ERR_NONE;
            if (!try_load(&l, fd, 0, k % 2, &e)) {
                refused++;
                if (at >= 8) /* else it is a file of CSV, perhaps of another column */
                    assert_int_equal(e.status, ERR_DATA);
            }
            unload(&l);
            close(fd);
            m.p[at] = (char)((unsigned char)m.p[at] ^ flips[k]);
        }
    assert_true(refused > m.n / 8);
    for (size_t n = sizeof(struct columns_head); n < m.n; n++) {
        const int fd = file_of(m.p, n);
        assert_false(try_load(&l, fd, 0, false, &e));
        assert_int_equal(e.status, ERR_DATA);
        close(fd);
    }
    drop(&m);
}

/* Two columns of one name are refused when the name is used, and not before. */
static void test_names(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2};
    struct made m;
    struct load l;
    struct err e;
    uint32_t i;
    begin(&m, 2, 3);
    put_numbers(&m, 0, "twice", COLUMNS_I64, numbers, 8, NULL);
    put_numbers(&m, 1, "once", COLUMNS_I64, numbers, 8, NULL);
    put_numbers(&m, 2, "twice", COLUMNS_I64, numbers, 8, NULL);
    end(&m);
    const int fd = file_of(m.p, m.n);
    assert_true(load_open(&l, path_of(fd, NULL), &plain_options, &e));
    assert_true(load_find(&l, "once", &i, &e));
    assert_int_equal(i, 1);
    assert_false(load_find(&l, "twice", &i, &e));
    assert_non_null(strstr(e.text, "two columns are called \"twice\""));
    load_close(&l);
    close(fd);
    drop(&m);
}

/* ---- Descriptors -----------------------------------------------------------------------------*/

static void check_csv(const char *path, const char *expected)
{
    struct load l;
    struct err e;
    struct shm s;
    struct table t;
    struct load_stats stats;
    static const struct load_want wants[2] = {{.column = 0}, {.column = 1}};
    assert_true(load_open(&l, path, &plain_options, &e));
    assert_int_equal(l.n_columns, 2);
    assert_true(shm_create(&s, "test", (size_t)1 << 30, &e));
    assert_true(load_table(&l, wants, 2, &s, &stats, &e));
    assert_true(table_view(&t, &s, &e));
    assert_string_equal(shown(&t), expected);
    shm_close(&s);
    load_close(&l);
}

/* A descriptor is read from its begin, twice if need be; a name only shows, but .tsv means tabs; a
 * pipe is read once. */
static void test_descriptors(void **state)
{
    (void)state;
    struct load l;
    struct err e;
    int ends[2];
    char path[40];
    const int fd = file_of("a,b\n1,2\n", 8), tabs = file_of("a\tb\n1\t2\n", 8);
    check_csv(path_of(fd, NULL), "1|2/");
    check_csv(path_of(fd, "a frame"), "1|2/");
    check_csv(path_of(tabs, "x.tsv"), "1|2/");
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a,b\n3,4\n", 8), 8);
    close(ends[1]);
    check_csv(path_of(ends[0], NULL), "3|4/");
    close(ends[0]);
    assert_false(load_open(&l, path_of(ends[0], "the frame"), &plain_options, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_memory_equal(e.text, "the frame: descriptor ", 22);
    assert_false(load_open(&l, "fd:3x", &plain_options, &e));
    assert_string_equal(e.text, "fd:3x names no descriptor");
    static const char *const files[] = {"fd:", "fd:x", "fd:-1", "./fd:3"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_false(load_open(&l, files[i], &plain_options, &e));
        snprintf(path, sizeof path, "%s: cannot be opened", files[i]);
        assert_memory_equal(e.text, path, strlen(path));
    }
    close(fd);
    close(tabs);
}

/* ---- A table in a descriptor -----------------------------------------------------------------*/

static void test_table(void **state)
{
    (void)state;
    struct made m;
    struct loaded l;
    char *csv;
    size_t csv_bytes;
    struct err e;
    struct shm s;
    make_both(&m, &csv, &csv_bytes);
    const int columns = file_of(m.p, m.n), file = file_of(csv, csv_bytes);
    const int table = make_table(columns);
    load_all(&l, file, 0, false);
    struct load named;
    assert_true(load_open(&named, path_of(table, "the table"), &plain_options, &e));
    assert_non_null(named.named);
    assert_string_equal(named.shown, "the table");
    for (uint32_t i = 0; i < 3; i++)
        assert_true(named_check(named.named, i, &e));
    check_same_prints(&named.named->table, &l.table);
    load_close(&named);
    assert_false(named_create_in(&s, table, "fd:7", 1000, &e)); /* it is not empty */
    assert_int_equal(e.status, ERR_USAGE);
    /* What has another size than its head says is damaged. */
    char *bytes = malloc(4096);
    assert_non_null(bytes);
    assert_int_equal(pread(table, bytes, 4096, 0), 4096);
    const int cut = file_of(bytes, 4096);
    assert_false(load_open(&named, path_of(cut, "the table"), &plain_options, &e));
    assert_int_equal(e.status, ERR_DATA);
    assert_memory_equal(e.text, "the table: ", 11);
    free(bytes);
    unload(&l);
    close(cut);
    close(table);
    close(columns);
    close(file);
    drop(&m);
    free(csv);
}

/* A frame has no delimiter: one that is given is for the other table. */
static void test_options(void **state)
{
    (void)state;
    struct made m;
    struct load l;
    struct err e;
    static const int64_t numbers[] = {1, 2};
    static const struct load_options options = {.delimiter = ';', .encoding = "latin1"};
    begin(&m, 2, 3);
    for (uint32_t i = 0; i < 3; i++)
        put_numbers(&m, i, (const char *[]){"a", "b", "c"}[i], COLUMNS_I64, numbers, 8, NULL);
    end(&m);
    const int fd = file_of(m.p, m.n), table = make_table(fd);
    assert_true(load_open(&l, path_of(fd, NULL), &options, &e));
    assert_string_equal(l.names[0], "a");
    load_close(&l);
    assert_true(load_open(&l, path_of(table, NULL), &options, &e));
    load_close(&l);
    close(fd);
    close(table);
    drop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_floats),       cmocka_unit_test(test_dates),
        cmocka_unit_test(test_same_as_csv),  cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_missing_time), cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_table),        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
