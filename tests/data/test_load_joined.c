/* data/load_joined: several files as one table, against the table of one file that has all their
 * records; and what is refused. */
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 3
#define COLUMNS 3 /* id, name, city */

static char folder[64];

static const struct load_options options = {.header = true};

struct loaded {
    struct load load;
    struct shm shm;
    struct table table;
};

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void write_text(const char *name, const char *text)
{
    char path[128];
    path_of(name, path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Loads all columns, and the hidden one of several files. */
static void load_them(struct loaded *l, const char *const *names, size_t n)
{
    struct err e;
    struct load_want wants[16];
    struct load_stats stats;
    char path[FILES][128];
    const char *paths[FILES];
    for (size_t i = 0; i < n; i++) {
        path_of(names[i], path[i]);
        paths[i] = path[i];
    }
    *l = (struct loaded){.shm.fd = -1};
    bool ok = n > 1 ? load_open_joined(&l->load, paths, n, &options, &e)
                    : load_open(&l->load, paths[0], &options, &e);
    const size_t wanted = ok ? l->load.n_columns + (n > 1) : 0;
    for (uint32_t i = 0; i < wanted; i++)
        wants[i] = (struct load_want){.column = i};
    ok = ok && shm_create(&l->shm, "test", (size_t)1 << 30, &e) &&
         load_table(&l->load, wants, wanted, &l->shm, &stats, &e) &&
         table_view(&l->table, &l->shm, &e);
    if (!ok)
        fail_msg("%s (%s)", e.text, e.hint);
}

static void unload(struct loaded *l)
{
    shm_close(&l->shm);
    load_close(&l->load);
}

/* The text of a row; "(missing)" for none. */
static const char *text_of(const struct loaded *l, uint32_t column, uint64_t row)
{
    static char text[2][256];
    static unsigned turn;
    const uint32_t v = table_row_values(&l->table, column)[row];
    if (v == TABLE_MISSING)
        return "(missing)";
    const struct bytes b = table_value(&l->table, column, v);
    char *t = text[turn++ % 2];
    snprintf(t, 256, "%.*s", (int)b.n, b.p);
    return t;
}

/* Equal values have one number, and each value is that of a row. */
static void check_values(const struct loaded *l, uint32_t column)
{
    const struct table_column *c = &l->table.columns[column];
    uint64_t missing = 0;
    bool *seen = calloc(c->n_values + 1u, sizeof *seen);
    assert_non_null(seen);
    for (uint64_t row = 0; row < l->table.head->n_rows; row++) {
        const uint32_t v = table_row_values(&l->table, column)[row];
        missing += v == TABLE_MISSING;
        if (v != TABLE_MISSING)
            seen[v] = true;
    }
    assert_int_equal(missing, c->missing);
    for (uint32_t v = 0; v < c->n_values; v++) {
        assert_true(seen[v]);
        for (uint32_t w = 0; w < v; w++) {
            const struct bytes x = table_value(&l->table, column, v),
                               y = table_value(&l->table, column, w);
            assert_false(x.n == y.n && memcmp(x.p, y.p, x.n) == 0);
        }
    }
    free(seen);
}

/* A random field: missing, empty, or one of few texts. */
static void put_field(char *line, char delimiter)
{
    static const char *const texts[] = {"", "\"\"", "anna", "bert", "\"a\"\"b\"", "é"};
    const uint32_t k = harness_below(8);
    char number[16];
    snprintf(number, sizeof number, "%u", harness_below(30));
    strcat(line, k < 6 ? texts[k] : number);
    strncat(line, &delimiter, 1);
}

/* Writes random records to one of the files, and the same to the whole. */
static void write_random(void)
{
    static const char delimiters[FILES] = {',', ';', '\t'};
    static const char *const heads[FILES] = {"id,name,city\n", "id;NAME;city\n",
                                             "id\tname\tcity\n"};
    char *part[FILES], *whole = calloc(1, 1u << 16);
    assert_non_null(whole);
    strcpy(whole, heads[0]);
    uint32_t id = 0;
    for (int f = 0; f < FILES; f++) {
        part[f] = calloc(1, 1u << 16);
        assert_non_null(part[f]);
        strcpy(part[f], heads[f]);
        for (uint32_t n = harness_below(40); n > 0; n--) {
            char line[128];
            snprintf(line, sizeof line, "%u%c", id++, delimiters[f]);
            put_field(line, delimiters[f]);
            put_field(line, delimiters[f]);
            line[strlen(line) - 1] = '\n';
            strcat(part[f], line);
            for (char *c = line; *c; c++)
                *c = *c == delimiters[f] ? ',' : *c;
            strcat(whole, line);
        }
        char name[16];
        snprintf(name, sizeof name, "%d.csv", f);
        write_text(name, part[f]);
        free(part[f]);
    }
    write_text("whole.csv", whole);
    free(whole);
}

static void test_same_as_one_file(void **state)
{
    static const char *const parts[] = {"0.csv", "1.csv", "2.csv"}, *const whole[] = {"whole.csv"};
    (void)state;
    harness_seed(11);
    for (int turn = 0; turn < 60; turn++) {
        struct loaded a, b;
        write_random();
        load_them(&a, parts, FILES);
        load_them(&b, whole, 1);
        assert_int_equal(load_n_parts(&a.load), FILES);
        assert_int_equal(a.load.n_columns, COLUMNS + 1);
        assert_int_equal(a.table.head->n_rows, b.table.head->n_rows);
        for (uint32_t c = 0; c < COLUMNS; c++) {
            assert_string_equal(a.load.names[c + 1], b.load.names[c]);
            for (uint64_t row = 0; row < a.table.head->n_rows; row++)
                assert_string_equal(text_of(&a, c + 1, row), text_of(&b, c, row));
            check_values(&a, c + 1);
        }
        unload(&a);
        unload(&b);
    }
}

/* Two files of these texts. */
static void load_two(struct loaded *l, const char *x, const char *y)
{
    static const char *const parts[] = {"x.csv", "y.csv"};
    write_text("x.csv", x);
    write_text("y.csv", y);
    load_them(l, parts, 2);
}

static void test_files_and_rows(void **state)
{
    static const char *const right[][5] = {
        /* source, k, one, two, row */
        {"x.csv", "1", "a", "(missing)", "1"},
        {"x.csv", "2", "(missing)", "(missing)", "2"},
        {"y.csv", "1", "(missing)", "b", "1"},
    };
    struct loaded l;
    (void)state;
    load_two(&l, "k,one\n1,a\n2,\n", "two,k\nb,1\n");
    assert_string_equal(l.load.names[LOAD_SOURCE], "source");
    assert_string_equal(l.load.names[3], "two");
    for (uint64_t row = 0; row < 3; row++)
        for (uint32_t c = 0; c < 5; c++) {
            const char *text = text_of(&l, c, row), *slash = strrchr(text, '/');
            assert_string_equal(slash ? slash + 1 : text, right[row][c]);
        }
    unload(&l);
}

static void test_source_gives_way(void **state)
{
    struct loaded l;
    (void)state;
    load_two(&l, "k,source\n1,a\n", "k,source\n2,b\n");
    assert_string_equal(l.load.names[LOAD_SOURCE], "file");
    assert_string_equal(text_of(&l, 2, 1), "b");
    unload(&l);
}

/* A column takes the place of an equal name, wherever it stands, before one in another case does.
 */
static void test_equal_names_first(void **state)
{
    struct loaded l;
    (void)state;
    load_two(&l, "name\na\n", "NAME,name\nb,c\n");
    assert_int_equal(l.load.n_columns, 3);
    assert_string_equal(l.load.names[1], "name");
    assert_string_equal(text_of(&l, 1, 1), "c");
    assert_string_equal(l.load.names[2], "NAME");
    assert_string_equal(text_of(&l, 2, 1), "b");
    unload(&l);
}

static void expect_refused(const char *second, const char *what)
{
    char path[2][128];
    const char *const paths[] = {path[0], path[1]};
    struct load load;
    struct err e;
    path_of("x.csv", path[0]);
    path_of(second, path[1]);
    assert_false(load_open_joined(&load, paths, 2, &options, &e));
    if (!strstr(e.text, what))
        fail_msg("\"%s\" does not say \"%s\"", e.text, what);
}

static void test_refused(void **state)
{
    (void)state;
    write_text("x.csv", "k,one\n1,a\n");
    write_text("y.csv", "other,two\nb,1\n");
    expect_refused("x.csv", "is given twice");
    expect_refused("./x.csv", "is given twice"); /* the same file by another name */
    expect_refused("y.csv", "no column in common");
    expect_refused("none.csv", "cannot be opened");
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/axb-test-joined-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"0.csv", "1.csv", "2.csv", "whole.csv", "x.csv", "y.csv"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        path_of(names[i], path);
        unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_one_file), cmocka_unit_test(test_files_and_rows),
        cmocka_unit_test(test_source_gives_way), cmocka_unit_test(test_equal_names_first),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
