/* data/sample: runs axb-sample and looks at what it wrote, from outside: the same bytes with any
 * number of threads, whole and regular files, a truth that holds, and rates as it prints them. */
#include "tests/test.h"

#include <csv.h>
#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Running and reading ---------------------------------------------------------------------*/
static char base[] = "/tmp/test_sample.XXXXXX";

/* Runs axb-sample in the test's own folder; its exit status. */
static int run(const char *arguments)
{
    char command[2000];
    snprintf(command, sizeof command, "cd %s && %s/axb-sample %s", base, BINARY_DIR, arguments);
    int status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Makes a sample in a folder, with further options. */
static int sample(const char *folder, unsigned n, const char *options)
{
    char arguments[200];
    snprintf(arguments, sizeof arguments, "%s %u %s", folder, n, options);
    return run(arguments);
}

struct bytes {
    char *p;
    size_t n;
};

static struct bytes read_file(const char *folder, const char *name)
{
    char path[300];
    struct bytes b = {0};
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/%s", base, folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is not there", path);
    assert_int_equal(fstat(fileno(f), &st), 0);
    b.n = (size_t)st.st_size;
    b.p = malloc(b.n + 1);
    assert_non_null(b.p);
    assert_int_equal(fread(b.p, 1, b.n, f), b.n);
    b.p[b.n] = '\0';
    fclose(f);
    return b;
}

static const char *const names[] = {"A.csv", "B.csv", "truth.csv"};

static bool same_file(const char *x, const char *y, const char *name)
{
    struct bytes a = read_file(x, name), b = read_file(y, name);
    bool same = a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
    free(a.p);
    free(b.p);
    return same;
}

/* How many of the three files are the same in two folders. */
static unsigned same_files(const char *x, const char *y)
{
    unsigned same = 0;
    for (unsigned i = 0; i < 3; i++)
        same += same_file(x, y, names[i]);
    return same;
}

/* ---- A file as libcsv reads it ---------------------------------------------------------------*/
enum { COLUMNS_MAX = 11 };
enum column { ID, FIRST, LAST, FULL, SEX, DOB, STREET, CITY, ZIP, PHONE, EMAIL };

struct record {
    char *field[COLUMNS_MAX]; /* NULL: an empty field without quotes */
};

struct table {
    struct bytes file;
    struct record *record; /* the first is the header */
    size_t n, cap;
    unsigned columns, column;
    struct record now;
};

static void on_field(void *p, size_t n, void *context)
{
    struct table *t = context;
    assert_true(t->column < t->columns);
    t->now.field[t->column++] = p ? strndup(p, n) : NULL;
}

static void on_record(int end, void *context)
{
    struct table *t = context;
    assert_int_equal(end, '\n');
    if (t->column != t->columns)
        fail_msg("record %zu has %u fields", t->n, t->column);
    if (t->n == t->cap) {
        t->cap = 2 * t->cap + 1024;
        t->record = realloc(t->record, t->cap * sizeof *t->record);
        assert_non_null(t->record);
    }
    t->record[t->n++] = t->now;
    t->column = 0;
}

static void table_read(struct table *t, const char *folder, const char *name, unsigned columns)
{
    struct csv_parser parser;
    *t = (struct table){.file = read_file(folder, name), .columns = columns};
    assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL), 0);
    if (csv_parse(&parser, t->file.p, t->file.n, on_field, on_record, t) != t->file.n)
        fail_msg("%s, record %zu: %s", name, t->n, csv_strerror(csv_error(&parser)));
    assert_int_equal(csv_fini(&parser, on_field, on_record, t), 0);
    csv_free(&parser);
}

static void table_free(struct table *t)
{
    for (size_t i = 0; i < t->n; i++)
        for (unsigned k = 0; k < t->columns; k++)
            free(t->record[i].field[k]);
    free(t->record);
    free(t->file.p);
}

static const char *text(const struct record *r, unsigned column)
{
    return r->field[column] ? r->field[column] : "";
}

/* The record of an id, which says the place: A00000001 is the first. */
static const struct record *record_of(const struct table *t, const char *id)
{
    size_t place = strtoul(id + 1, NULL, 10);
    assert_in_range(place, 1, t->n - 1);
    assert_string_equal(text(&t->record[place], ID), id);
    return &t->record[place];
}

/* ---- The rates as printed --------------------------------------------------------------------*/
struct rate {
    char tag[20], columns[40];
    double in_a, in_b, takes;
};

struct rates {
    struct rate error[80], fact[40];
    unsigned errors, facts;
};

static void rates_read(struct rates *r, const char *level)
{
    char line[300];
    bool errors = false;
    *r = (struct rates){0};
    snprintf(line, sizeof line, "--rates --level %s > rates.txt", level);
    assert_int_equal(run(line), 0);
    struct bytes b = read_file(".", "rates.txt");
    FILE *f = fmemopen(b.p, b.n, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        struct rate *e = &r->error[r->errors], *fact = &r->fact[r->facts];
        errors = errors || strncmp(line, "error ", 6) == 0;
        if (errors)
            r->errors += sscanf(line, "%19s %lf %lf %lf %39s", e->tag, &e->in_a, &e->in_b,
                                &e->takes, e->columns) == 5;
        else
            r->facts += sscanf(line, "%19s %lf", fact->tag, &fact->in_a) == 2;
    }
    fclose(f);
    free(b.p);
    assert_in_range(r->errors, 50, 64);
    assert_in_range(r->facts, 15, 40);
}

static double rate_of(const struct rate *list, unsigned n, const char *tag, bool in_b)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(list[i].tag, tag) == 0)
            return in_b ? list[i].in_b : list[i].in_a;
    fail_msg("no rate is called %s", tag);
    return 0;
}

/* Whether `tags`, joined by '+', hold one that touches `column`. */
static bool touches(const struct rates *r, const char *tags, const char *column)
{
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", tags);
    for (char *save, *tag = strtok_r(copy, "+", &save); tag; tag = strtok_r(NULL, "+", &save)) {
        unsigned i = 0;
        while (i < r->errors && strcmp(r->error[i].tag, tag) != 0)
            i++;
        if (i == r->errors)
            fail_msg("the tag %s is not in the table of rates", tag);
        if (strstr(r->error[i].columns, column))
            return true;
    }
    return false;
}

static bool has_tag(const char *tags, const char *tag)
{
    size_t n = strlen(tag);
    for (const char *p = tags; p; p = strchr(p, '+')) {
        p += *p == '+';
        if (strncmp(p, tag, n) == 0 && (p[n] == '+' || p[n] == '\0'))
            return true;
    }
    return false;
}

/* Fails unless `seen` of n is what a rate p gives: five standard deviations of independent trials,
 * and a twentieth for households, whose members are not independent, and for rounding in the table.
 */
static void expect_share(const char *what, size_t seen, size_t n, double p)
{
    double share = (double)seen / (double)n, slack = 5 * sqrt(p * (1 - p) / (double)n) + 0.05 * p;
    if (fabs(share - p) > slack)
        fail_msg("%s: %.5f of %zu, expected %.5f within %.5f", what, share, n, p, slack);
}

/* ---- The sample that most tests look at ------------------------------------------------------*/
enum { ROWS = 60000 };
static struct table a, b, truth;
static struct table one, clusters; /* of --dedupe */
static struct rates rates;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(base) || sample("std", ROWS, "--seed 7") != 0 ||
        sample("one", ROWS, "--seed 7 --dedupe") != 0)
        return -1;
    table_read(&a, "std", "A.csv", COLUMNS_MAX);
    table_read(&b, "std", "B.csv", COLUMNS_MAX);
    table_read(&truth, "std", "truth.csv", 3);
    table_read(&one, "one", "A.csv", COLUMNS_MAX);
    table_read(&clusters, "one", "truth.csv", 2);
    rates_read(&rates, "std");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    table_free(&a);
    table_free(&b);
    table_free(&truth);
    table_free(&one);
    table_free(&clusters);
    snprintf(command, sizeof command, "rm -rf %s", base);
    return system(command);
}

/* ---- Tests -----------------------------------------------------------------------------------*/
static void same_bytes_for_any_threads(void **state)
{
    (void)state;
    assert_int_equal(sample("j1", ROWS, "--seed 7 -j 1"), 0);
    assert_int_equal(sample("j2", ROWS, "--seed 7 -j 2"), 0);
    assert_int_equal(sample("j7", ROWS, "--seed 7 -j 7"), 0);
    assert_int_equal(same_files("std", "j1"), 3);
    assert_int_equal(same_files("j1", "j2"), 3);
    assert_int_equal(same_files("j1", "j7"), 3);
}

static void seeds_and_levels_differ(void **state)
{
    (void)state;
    assert_int_equal(sample("seed1", 3000, "--seed 1"), 0);
    assert_int_equal(sample("seed2", 3000, "--seed 2"), 0);
    assert_int_equal(sample("default", 3000, ""), 0);
    assert_int_equal(sample("hard", 3000, "--seed 1 --level hard"), 0);
    assert_int_equal(same_files("seed1", "seed2"), 0);
    assert_int_equal(same_files("seed1", "hard"), 0);
    assert_int_equal(same_files("seed1", "default"), 3);
}

static void row_counts_are_exact(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 3, 511, 512, 513, 8192, 8193, 20001};
    assert_int_equal(a.n - 1, ROWS);
    assert_int_equal(b.n - 1, ROWS);
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        assert_int_equal(sample("count", counts[i], ""), 0);
        for (unsigned side = 0; side < 2; side++) {
            struct table t;
            table_read(&t, "count", names[side], COLUMNS_MAX);
            assert_int_equal(t.n - 1, counts[i]);
            table_free(&t);
        }
    }
}

static unsigned files_in(const char *folder)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", base, folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    unsigned n = 0;
    for (struct dirent *d; (d = readdir(dir));)
        n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void only_the_named_files_are_left(void **state)
{
    (void)state;
    assert_int_equal(files_in("std"), 3);
    assert_int_equal(files_in("one"), 2);
}

static void headers_and_ids(void **state)
{
    (void)state;
    static const char header[] = "id,first,last,full,sex,dob,street,city,zip,phone,email\n";
    assert_memory_equal(a.file.p, header, strlen(header));
    assert_memory_equal(b.file.p, header, strlen(header));
    assert_memory_equal(truth.file.p, "a_id,b_id,errors\n", 17);
    for (size_t i = 1; i <= ROWS; i++) {
        char id[16];
        snprintf(id, sizeof id, "A%08zu", i);
        assert_string_equal(text(&a.record[i], ID), id);
        id[0] = 'B';
        assert_string_equal(text(&b.record[i], ID), id);
    }
}

static int compare_records(const void *x, const void *y)
{
    const struct record *r = x, *s = y;
    int by_a = strcmp(r->field[0], s->field[0]);
    return by_a ? by_a : strcmp(r->field[1], s->field[1]);
}

static void truth_is_about_rows_and_says_each_pair_once(void **state)
{
    (void)state;
    for (size_t i = 1; i < truth.n; i++) {
        const struct record *r = &truth.record[i];
        assert_int_equal(r->field[0][0], 'A');
        assert_int_equal(r->field[1][0], 'B');
        record_of(&a, r->field[0]);
        record_of(&b, r->field[1]);
        if (i > 1)
            assert_true(strcmp(truth.record[i - 1].field[0], r->field[0]) <= 0);
    }
    struct record *sorted = malloc(truth.n * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, truth.record + 1, (truth.n - 1) * sizeof *sorted);
    qsort(sorted, truth.n - 1, sizeof *sorted, compare_records);
    for (size_t i = 1; i + 1 < truth.n; i++)
        assert_true(compare_records(&sorted[i - 1], &sorted[i]) < 0);
    free(sorted);
}

/* Bytes of the valid UTF-8 letter at p, 0 if there is none (RFC 3629). */
static unsigned utf8_letter(const unsigned char *p)
{
    unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (p[0] > 0xF4 || (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    for (unsigned i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static void expect_utf8_with_lf(const char *folder, const char *name)
{
    struct bytes file = read_file(folder, name);
    const unsigned char *p = (const unsigned char *)file.p;
    for (size_t at = 0; at < file.n;) {
        unsigned n = utf8_letter(p + at);
        if (n == 0 || p[at] == '\r' || p[at] == '\0')
            fail_msg("%s: byte %zu is %02x", name, at, p[at]);
        at += n;
    }
    assert_int_equal(file.p[file.n - 1], '\n');
    free(file.p);
}

static void files_are_utf8_with_lf(void **state)
{
    (void)state;
    assert_int_equal(sample("harder", 2 * ROWS, "--level hard"), 0);
    for (unsigned i = 0; i < 3; i++) {
        expect_utf8_with_lf("std", names[i]);
        expect_utf8_with_lf("harder", names[i]);
    }
}

static unsigned count(const struct table *t, unsigned column, const char *needle)
{
    unsigned n = 0;
    for (size_t i = 1; i < t->n; i++)
        n += strstr(text(&t->record[i], column), needle) != NULL;
    return n;
}

static void quoting_and_unicode_are_exercised(void **state)
{
    (void)state;
    assert_true(count(&b, STREET, ",") > ROWS / 10);
    assert_true(count(&b, CITY, ", ") > ROWS / 100);
    assert_true(count(&b, FIRST, "\"") > 10);
    assert_true(count(&b, LAST, ", Jr.") > 0);
    assert_non_null(strstr(b.file.p, ",\"\","));
    static const char *const letters[] = {"é", "ü", "ñ", "ł", "ő", "и", "α", "王", "田", "지"};
    for (unsigned i = 0; i < sizeof letters / sizeof *letters; i++)
        if (count(&a, FULL, letters[i]) == 0)
            fail_msg("no full name has a %s", letters[i]);
    unsigned wide = 0, foreign = 0;
    for (size_t i = 1; i < a.n; i++) {
        bool is_wide = false, is_foreign = false;
        for (const unsigned char *p = (const unsigned char *)text(&a.record[i], FULL); *p; p++) {
            is_wide = is_wide || *p >= 0x80;
            is_foreign = is_foreign || (*p >= 0xCE && *p < 0xE0) || *p >= 0xE3;
        }
        wide += is_wide;
        foreign += is_foreign;
    }
    assert_in_range(wide, ROWS * 3 / 100, ROWS * 7 / 100);
    assert_in_range(foreign, ROWS * 5 / 1000, ROWS * 10 / 1000);
}

static void full_is_first_and_last(void **state)
{
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        const struct table *t = side ? &b : &a;
        for (size_t i = 1; i < t->n; i++) {
            const struct record *r = &t->record[i];
            const char *first = text(r, FIRST), *last = text(r, LAST);
            char full[600];
            snprintf(full, sizeof full, "%s%s%s", first, *first && *last ? " " : "", last);
            assert_string_equal(text(r, FULL), full);
        }
    }
}

/* A column of a true pair differs only if an error says so, and then mostly does. */
static void differences_are_in_the_truth(void **state)
{
    (void)state;
    static const char *const columns[COLUMNS_MAX] = {
        [FIRST] = "first", [LAST] = "last",     [SEX] = "sex",
        [DOB] = "dob",     [STREET] = "street", [CITY] = "city",
        [ZIP] = "zip",     [PHONE] = "phone",   [EMAIL] = "email"};
    for (unsigned k = FIRST; k < COLUMNS_MAX; k++) {
        size_t told = 0, seen = 0;
        for (size_t i = 1; columns[k] && i < truth.n; i++) {
            const struct record *r = &truth.record[i];
            const struct record *x = record_of(&a, r->field[0]), *y = record_of(&b, r->field[1]);
            bool differs = strcmp(text(x, k), text(y, k)) != 0;
            bool touched = touches(&rates, text(r, 2), columns[k]);
            if (differs && !touched)
                fail_msg("%s and %s differ in %s, errors: %s", r->field[0], r->field[1], columns[k],
                         text(r, 2));
            told += touched;
            seen += differs;
        }
        assert_true(10 * seen >= 7 * told);
    }
}

/* On more rows than the other tests, since most errors are rare. */
static void errors_happen_as_often_as_stated(void **state)
{
    (void)state;
    struct table t;
    assert_int_equal(sample("many", 5 * ROWS, "--seed 8"), 0);
    table_read(&t, "many", "truth.csv", 3);
    for (unsigned k = 0; k < rates.errors; k++) {
        const struct rate *e = &rates.error[k];
        size_t seen = 0;
        for (size_t i = 1; i < t.n; i++)
            seen += has_tag(text(&t.record[i], 2), e->tag);
        expect_share(e->tag, seen, t.n - 1, e->takes * (1 - (1 - e->in_a) * (1 - e->in_b)));
    }
    table_free(&t);
}

static double fact(const char *tag)
{
    return rate_of(rates.fact, rates.facts, tag, false);
}

static double error(const char *tag, bool in_b)
{
    return rate_of(rates.error, rates.errors, tag, in_b);
}

static size_t missing(const struct table *t, unsigned column)
{
    size_t n = 0;
    for (size_t i = 1; i < t->n; i++)
        n += t->record[i].field[column] == NULL;
    return n;
}

/* `nobody` is the share of placeholders, roughly. */
static void expect_missing(const struct table *t, bool in_b, double nobody)
{
    double phone = fact("phone") * (1 - error("miss_phone", in_b)),
           junk = error("junk_email", in_b);
    expect_share("no phone", missing(t, PHONE), ROWS, 1 - phone);
    double email = fact("email") * (1 - junk) + junk;
    expect_share("no email", missing(t, EMAIL), ROWS, 1 - email * (1 - error("miss_email", in_b)));
    expect_share("no date", missing(t, DOB), ROWS, error("miss_dob", in_b));
    expect_share("no street", missing(t, STREET), ROWS, error("miss_street", in_b) + nobody);
    expect_share("no sex", missing(t, SEX), ROWS, error("miss_sex", in_b) + nobody);
}

/* Counted in the tables themselves, without the help of the truth's tags. */
static void missing_values_are_as_often_as_stated(void **state)
{
    (void)state;
    expect_missing(&a, false, 0.003);
    expect_missing(&b, true, 0.003);
    expect_missing(&one, true, 0.0015);
}

static void people_are_shared_as_stated(void **state)
{
    (void)state;
    size_t rows = 0;
    for (size_t i = 1; i < truth.n; i++)
        rows += i == 1 || strcmp(truth.record[i - 1].field[0], truth.record[i].field[0]) != 0;
    double both = fact("both"), only_a = fact("only_a");
    expect_share("rows of A with a match", rows, ROWS, both / (both + only_a));
    expect_share("one more copy", truth.n - 1 - rows, truth.n - 1, fact("duplicate"));
    /* A geometric number of copies on each side. */
    double copies = 1 / (1 - fact("duplicate"));
    double pairs = ROWS / copies * both / (both + only_a) * copies * copies;
    assert_true(fabs((double)(truth.n - 1) - pairs) < 0.03 * pairs);
}

/* ---- One file, with clusters -----------------------------------------------------------------*/
static unsigned cluster_of(size_t row)
{
    return (unsigned)strtoul(text(&clusters.record[row], 1), NULL, 10);
}

static void one_file_has_the_same_bytes_for_any_threads(void **state)
{
    (void)state;
    assert_int_equal(sample("one_j1", ROWS, "--seed 7 --dedupe -j 1"), 0);
    assert_int_equal(sample("one_j7", ROWS, "--seed 7 --dedupe -j 7"), 0);
    assert_int_equal(sample("one_seed8", ROWS, "--seed 8 --dedupe"), 0);
    assert_int_equal(sample("one_hard", ROWS, "--seed 7 --dedupe --level hard"), 0);
    for (unsigned i = 0; i < 3; i += 2) {
        assert_true(same_file("one", "one_j1", names[i]));
        assert_true(same_file("one", "one_j7", names[i]));
        assert_false(same_file("one", "one_seed8", names[i]));
    }
    assert_false(same_file("one", "one_hard", names[0]));
    expect_utf8_with_lf("one", names[0]);
}

static void one_file_has_as_many_rows_as_asked_for(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 3, 1023, 1024, 1025, 8192, 8193, 20001};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct table t, who;
        assert_int_equal(sample("one_count", counts[i], "--dedupe"), 0);
        table_read(&t, "one_count", "A.csv", COLUMNS_MAX);
        table_read(&who, "one_count", "truth.csv", 2);
        assert_int_equal(t.n - 1, counts[i]);
        assert_int_equal(who.n - 1, counts[i]);
        table_free(&t);
        table_free(&who);
    }
}

static void clusters_have_the_number_of_their_first_record(void **state)
{
    (void)state;
    assert_memory_equal(clusters.file.p, "id,cluster\n", 11);
    assert_int_equal(one.n - 1, ROWS);
    assert_int_equal(clusters.n - 1, ROWS);
    for (size_t i = 1; i <= ROWS; i++) {
        assert_string_equal(text(&clusters.record[i], 0), text(&one.record[i], ID));
        assert_in_range(cluster_of(i), 1, i);
        assert_int_equal(cluster_of(cluster_of(i)), cluster_of(i));
    }
}

/* Counts of persons: a geometric number of records, cut at ten. */
static void clusters_have_the_sizes_that_are_stated(void **state)
{
    (void)state;
    enum { MOST = 10 };
    static unsigned size[ROWS + 1];
    unsigned persons = 0, of_size[MOST + 1] = {0};
    memset(size, 0, sizeof size);
    for (size_t i = 1; i <= ROWS; i++)
        size[cluster_of(i)]++;
    for (size_t i = 1; i <= ROWS; i++) {
        assert_in_range(size[i], 0, MOST);
        persons += size[i] > 0;
        of_size[size[i]] += size[i] > 0;
    }
    double share = 1 - fact("again");
    for (unsigned k = 1; k < MOST; k++, share *= fact("again"))
        expect_share("records of a person", of_size[k], persons, share);
}

/* Most records of a cluster agree in what few people share; records of two clusters rarely do. */
static void clusters_are_of_one_person(void **state)
{
    (void)state;
    size_t pairs = 0, alike = 0, alike_with_last = 0;
    for (size_t i = 1; i <= ROWS; i++) {
        const struct record *r = &one.record[i], *first = &one.record[cluster_of(i)];
        pairs += r != first;
        alike += r != first && strcmp(text(r, DOB), text(first, DOB)) == 0;
        alike_with_last +=
            i > 1 && strcmp(text(r, DOB), text(&one.record[i - 1], DOB)) == 0 && *text(r, DOB);
    }
    double same = 1 - error("miss_dob", true) - error("dob_format", true);
    assert_true((double)alike > 0.8 * same * same * (double)pairs);
    assert_true(alike_with_last < ROWS / 500);
}

static int compare_homes(const void *x, const void *y)
{
    static const unsigned columns[] = {STREET, ZIP, LAST, DOB, FIRST};
    int order = 0;
    for (unsigned i = 0; order == 0 && i < 5; i++)
        order = strcmp(text(x, columns[i]), text(y, columns[i]));
    return order;
}

static bool same(const struct record *r, const struct record *s, unsigned column)
{
    return *text(r, column) && strcmp(text(r, column), text(s, column)) == 0;
}

/* Neighbours after sorting by address, surname and birth: households, twins, fathers and sons. */
static void hard_negatives_are_there(void **state)
{
    (void)state;
    struct record *sorted = malloc(ROWS * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, a.record + 1, ROWS * sizeof *sorted);
    qsort(sorted, ROWS, sizeof *sorted, compare_homes);
    unsigned housemates = 0, twins = 0;
    for (size_t i = 1; i < ROWS; i++) {
        const struct record *r = &sorted[i - 1], *s = &sorted[i];
        bool home = same(r, s, STREET) && same(r, s, ZIP) && same(r, s, LAST);
        housemates += home;
        twins += home && same(r, s, DOB) && text(r, FIRST)[0] != text(s, FIRST)[0];
    }
    free(sorted);
    assert_in_range(housemates, ROWS / 4, ROWS * 3 / 4);
    assert_in_range(twins, ROWS / 1000, ROWS / 20);
    assert_in_range(count(&a, LAST, " Jr"), ROWS / 500, ROWS / 20);
}

static void levels_scale_the_rates(void **state)
{
    (void)state;
    struct rates easy, hard;
    rates_read(&easy, "easy");
    rates_read(&hard, "hard");
    for (unsigned i = 0; i < rates.errors; i++) {
        double in_b = rates.error[i].in_b;
        assert_true(fabs(easy.error[i].in_b - in_b / 2) < 1e-4);
        assert_true(fabs(hard.error[i].in_b - fmin(2 * in_b, 0.95)) < 1e-4);
        assert_true(fabs(rates.error[i].in_a - in_b / 4) < 1e-4);
    }
}

static void readme_has_the_rates_as_printed(void **state)
{
    (void)state;
    char command[1000];
    snprintf(command, sizeof command, "cp %s/data/sample/README.md %s", SOURCE_DIR, base);
    assert_int_equal(system(command), 0);
    struct bytes readme = read_file(".", "README.md");
    assert_int_equal(run("--rates > rates.txt"), 0);
    struct bytes printed = read_file(".", "rates.txt");
    assert_true(printed.n > 1000);
    assert_non_null(strstr(readme.p, printed.p));
    free(readme.p);
    free(printed.p);
}

static void wrong_command_lines_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run("none 2>err"), 2);
    assert_int_equal(run("none 0 2>err"), 2);
    assert_int_equal(run("none 12x 2>err"), 2);
    assert_int_equal(run("none 100000000 2>err"), 2);
    assert_int_equal(run("none 10 more 2>err"), 2);
    assert_int_equal(run("none 10 --seed -1 2>err"), 2);
    assert_int_equal(run("none 10 --level mad 2>err"), 2);
    assert_int_equal(run("none 10 -j 0 2>err"), 2);
    assert_int_equal(run("none 10 --nonsense 2>err"), 2);
    assert_int_equal(run("none 0 --dedupe 2>err"), 2);
    char path[300];
    snprintf(path, sizeof path, "%s/none", base);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(run("not/there/at/all 10 2>err"), 74);
    assert_int_equal(run("--help >out"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_for_any_threads),
        cmocka_unit_test(seeds_and_levels_differ),
        cmocka_unit_test(row_counts_are_exact),
        cmocka_unit_test(only_the_named_files_are_left),
        cmocka_unit_test(headers_and_ids),
        cmocka_unit_test(truth_is_about_rows_and_says_each_pair_once),
        cmocka_unit_test(files_are_utf8_with_lf),
        cmocka_unit_test(quoting_and_unicode_are_exercised),
        cmocka_unit_test(full_is_first_and_last),
        cmocka_unit_test(differences_are_in_the_truth),
        cmocka_unit_test(errors_happen_as_often_as_stated),
        cmocka_unit_test(missing_values_are_as_often_as_stated),
        cmocka_unit_test(people_are_shared_as_stated),
        cmocka_unit_test(one_file_has_the_same_bytes_for_any_threads),
        cmocka_unit_test(one_file_has_as_many_rows_as_asked_for),
        cmocka_unit_test(clusters_have_the_number_of_their_first_record),
        cmocka_unit_test(clusters_have_the_sizes_that_are_stated),
        cmocka_unit_test(clusters_are_of_one_person),
        cmocka_unit_test(hard_negatives_are_there),
        cmocka_unit_test(levels_scale_the_rates),
        cmocka_unit_test(readme_has_the_rates_as_printed),
        cmocka_unit_test(wrong_command_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
