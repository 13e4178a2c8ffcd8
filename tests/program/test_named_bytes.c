/* A run on @NAME writes the bytes of a run on the file, whatever the options, and the tables that
 * are loaded are the same. */
#include "core/shm.h"
#include "data/load.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "matcher/run/identity.h"
#include "tests/harness/harness_named.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SOURCE_DIR "/../shared/data/"

/* ---- The same bytes --------------------------------------------------------------------------*/

/* Takes what an input is called out of a text. */
static void forget(char *text, const char *name)
{
    for (char *p; (p = strstr(text, name)) != NULL;)
        memmove(p, p + strlen(name), strlen(p + strlen(name)) + 1);
}

/* "match %s %s ..." on two files and on the tables loaded from them, or, now and then, on one of
 * each. */
static void check_same(const char *format, const char *const files[2], const char *const names[2])
{
    static unsigned calls;
    char words[600], *out[2] = {NULL, NULL};
    int tables = calls++ % 3 ? 3 : 1 + calls % 2;
    for (int i = 0; i < 2; i++) {
        int way = i * tables;
        const char *a = way & 1 ? harness_named_at(names[0]) : files[0],
                   *b = way & 2 ? harness_named_at(names[1]) : files[1];
        char *err;
        snprintf(words, sizeof words, format, a, b);
        int status = harness_named_axb(words, &out[i], &err);
        if (status)
            fail_msg("axb %s: %d %s", words, status, err);
        forget(out[i], a);
        forget(out[i], b);
        if (strcmp(out[i], out[0]) != 0)
            fail_msg("axb %s: not what it is with files", words);
        free(err);
    }
    free(out[0]);
    free(out[1]);
}

static void generated(void **state)
{
    static const char *const files[] = {"A.csv", "B.csv"}, *const names[] = {"A", "B"};
    static const char *const formats[] = {
        "match %s %s --on name --min 0.6 -q",
        "match %s %s --on name --metric levenshtein --min 0.5 --id row --keep size,a.city,b.name "
        "-q",
        "match %s %s --on 1=2 --metric equal --min 1 --keep 3,5 --format jsonl -q",
        "match %s %s --on name --min 0.7 --normalize casefold,strip-accents,punct,space -q",
        "match %s %s --on name=city --min 0.7 --normalize name:casefold,city:nfkc --keep name -q",
        "match %s %s --score 0.6*jaro_winkler(name)+0.4*levenshtein(city) --min 0.7 -j 2 "
        "--output-terms -q",
        "match %s %s --score 1-abs(number(a.size)-number(b.size))/30 --min 0.95 --id 1 -q",
        "match %s %s --on name --min 0.7 --where a.size==b.size||soundex(city) --count -q",
        "match %s %s --score own.c --min 0.5 --normalize name:space --keep row -q",
        "explain %s %s --pair 3,4 --on name --min 0.5 --normalize casefold --id serial -q",
        "explain %s %s --pair 3,4 --score levenshtein(name)+number(a.size) -q",
        "match %s %s --on name --min 0.3 --normalize casefold --audit 20 -q"};
    (void)state;
    for (int side = 0; side < 2; side++)
        harness_named_load(names[side], files[side], "-q");
    harness_write_text("pairs.csv", "a,b,score\n1,2,0.5\nx,\"\",0.75\n3,4,1\n,5,0.5\n");
    harness_write_text("truth.csv", "a,b,tag\n3,4,typo\n1,2,\nx,\"\",typo+swap\n7,7,\n");
    harness_write_text("own.c", "#include <axb.h>\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{\n    return a->size_number == b->size_number || "
                                "axb_levenshtein(a->name, b->name) > 0.6;\n}\n");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        check_same(formats[i], files, names);
    harness_named_load("pairs", "pairs.csv", "-q");
    harness_named_load("truth", "truth.csv", "-q");
    check_same("eval %s %s", (const char *[]){"pairs.csv", "truth.csv"},
               (const char *[]){"pairs", "truth"});
    char words[200];
    snprintf(words, sizeof words, "check own.c %s %s -q", harness_named_at("A"),
             harness_named_at("B"));
    assert_int_equal(harness_named_axb(words, NULL, NULL), 0);
}

/* The words of an error, where the same fault is found in the file and in the table. */
static void same_faults(void **state)
{
    static const char *const formats[] = {"match %s B.csv --on same --min 0.5",
                                          "match %s B.csv --on nmae --min 0.5",
                                          "match %s B.csv --on name --keep 8 --min 0.5"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char words[200], *err[2];
        for (int way = 0; way < 2; way++) {
            snprintf(words, sizeof words, formats[i], way ? harness_named_at("A") : "A.csv");
            assert_int_equal(harness_named_fails(words, &err[way]), 2);
        }
        assert_string_equal(strchr(err[0] + 5, ':'), strchr(err[1] + 5, ':'));
        free(err[0]);
        free(err[1]);
    }
}

static void reading_options(void **state)
{
    static const char *const a[] = {"p.csv", "p.csv"}, *const names[] = {"p", "p"};
    static const char *const t[] = {"t.tsv", "t.tsv"}, *const tabs[] = {"t", "t"};
    static const char *const wrong[] = {"-d ,", "--encoding utf-8", "--no-header"};
    char words[200], *err;
    (void)state;
    harness_write_text("p.csv", "Jos\xe9;1\nJose;2\n\"Jo;s\xe9\";\"\"\n;4\nx;y;z\n");
    harness_named_load("p", "p.csv", "-d ; --no-header --encoding latin1 --lenient -q");
    check_same(
        "match %s %s --on 1 --min 0.5 --keep 2 -d ; --no-header --encoding latin1 --lenient -q", a,
        names);
    snprintf(words, sizeof words, "dedupe %s --on 1 --min 0.5 --keep 2 -q", harness_named_at("p"));
    char *plain, *told;
    assert_int_equal(harness_named_axb(words, &plain, NULL), 0);
    assert_int_equal(
        harness_named_axb("dedupe p.csv --on 1 --min 0.5 --keep 2 -q -d ; --no-header --encoding "
                          "iso-8859-1 --lenient",
                          &told, NULL),
        0);
    assert_string_equal(plain, told);
    free(plain);
    free(told);
    harness_write_text("t.tsv", "name\tx\nAnna\t1\nAnne\t2\n");
    harness_named_load("t", "t.tsv", "-q");
    check_same("match %s %s --on name --min 0.5 -q", t, tabs);
    check_same("match %s %s --on name --min 0.5 -d \\t --encoding UTF-8 --lenient -q", t, tabs);
    for (size_t i = 0; i < 3; i++) {
        snprintf(words, sizeof words, "dedupe %s --on 1 --min 0.5 %s",
                 harness_named_at(i < 2 ? "p" : "t"), wrong[i]);
        assert_int_equal(harness_named_fails(words, &err), 2);
        assert_non_null(strstr(err, ", but it was loaded "));
        free(err);
    }
}

static const char *const sets[][3] = {
    {"febrl4", "match %s %s --on surname --metric levenshtein --min 0.8 --id 1 --keep suburb -q",
     "match %s %s --score 0.5*jaro_winkler(given_name)+0.5*equal(postcode) --min 0.9 "
     "--normalize casefold,space -q"},
    {"dblp_acm", "match %s %s --on title --metric jaccard --min 0.6 --keep title -q",
     "match %s %s --on title --metric levenshtein --min 0.9 --normalize casefold,punct,space -q"},
    {"fodors_zagats", "match %s %s --on name --min 0.9 --id id --keep city -q",
     "match %s %s --on name --min 0.85 --normalize name:casefold+strip-accents+punct -q"},
};

static void real_sets(void **state)
{
    (void)state;
    if (access(DATA, R_OK) != 0) {
        print_message("the data sets are not at %s\n", DATA);
        skip();
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[2][200];
        const char *files[2] = {path[0], path[1]}, *names[2] = {"setA", "setB"};
        for (int side = 0; side < 2; side++) {
            snprintf(path[side], sizeof path[side], DATA "%s/%c.csv", sets[i][0], 'A' + side);
            harness_named_load(names[side], files[side], "-q");
        }
        check_same(sets[i][1], files, names);
        check_same(sets[i][2], files, names);
    }
}

/* ---- The same tables -------------------------------------------------------------------------*/

/* Loads wants of a file or of @NAME. */
static void load_wants(const char *path, const struct load_want *wants, size_t n, struct shm *s,
                       struct table *t)
{
    struct load_options options = {.header = true, .chunk_bytes = 500};
    struct load l;
    struct load_stats stats;
    struct err e = {0};
    bool ok = load_open(&l, path, &options, &e) && shm_create(s, "test", 1ull << 36, &e) &&
              load_table(&l, wants, n, s, &stats, &e) && table_view(t, s, &e);
    if (!ok)
        fail_msg("%s: %s", path, e.text);
    load_close(&l);
}

static void check_columns(const struct table *a, const struct table *b, uint32_t c)
{
    const struct table_column *x = &a->columns[c], *y = &b->columns[c];
    const uint64_t *begin = (const void *)(a->segment.base + x->value_begin_at);
    assert_string_equal(table_column_name(a, c), table_column_name(b, c));
    assert_int_equal(table_column_fingerprint(a, c), table_column_fingerprint(b, c));
    assert_int_equal(x->missing, y->missing);
    if (x->plain)
        return;
    assert_int_equal(x->n_values, y->n_values);
    assert_memory_equal(begin, b->segment.base + y->value_begin_at,
                        (x->n_values + 1) * sizeof *begin);
    assert_memory_equal(a->segment.base + x->value_bytes_at, b->segment.base + y->value_bytes_at,
                        begin[x->n_values]);
    assert_memory_equal(table_row_values(a, c), table_row_values(b, c), a->head->n_rows * 4);
}

static void same_tables(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        struct load_want wants[12];
        struct text_rules rules[12] = {0};
        struct shm s[2];
        struct table t[2];
        harness_named_random_csv("r.csv", "a,b,c\n", 3, round < 2 ? round : 1u << (2 * round));
        harness_named_load("r", "r.csv", "-q");
        for (uint32_t i = 0; i < 12; i++) {
            rules[i].flags = harness_below(32);
            wants[i] = (struct load_want){
                .column = i % 3, .plain = i > 8, .rules = i < 11 ? &rules[i] : NULL};
        }
        load_wants("r.csv", wants, 12, &s[0], &t[0]);
        load_wants(harness_named_at("r"), wants, 12, &s[1], &t[1]);
        assert_int_equal(t[0].head->n_rows, t[1].head->n_rows);
        for (uint32_t c = 0; c < 12; c++)
            check_columns(&t[0], &t[1], c);
        shm_close(&s[0]);
        shm_close(&s[1]);
    }
}

static char *identity_of(const char *a, const char *keep, const char *normalize)
{
    const struct run_request request = {.self = false};
    struct run *r = calloc(1, sizeof *r);
    const char *argv[] = {"axb", "match",       a,         "B.csv",  "--on", "name",   "--min",
                          "0.5", "--normalize", normalize, "--keep", keep,   "--count"};
    struct opts o;
    struct err e = {0};
    char *identity = NULL;
    bool ok = opts_parse(&o, &command_table, 13, (char **)(uintptr_t)argv, &e) &&
              run_open(r, &o, &request, &e) && run_prepare(r, &request, &e) &&
              identity_make(r, &identity, &e);
    if (!ok)
        fail_msg("%s", e.text);
    run_close(r);
    opts_free(&o);
    free(r);
    return identity;
}

/* A run can be continued on the table that was begun on the file. */
static void same_identity(void **state)
{
    static const char *const keeps[] = {"name,a.size", "city", "a.name,a.city,row"};
    static const char *const normalize[] = {"size:punct", "casefold", "name:space,size:punct"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *file = identity_of("A.csv", keeps[i], normalize[i]);
        char *table = identity_of(harness_named_at("A"), keeps[i], normalize[i]);
        char *other = identity_of(harness_named_at("B"), keeps[i], normalize[i]);
        assert_string_equal(file, table);
        assert_string_not_equal(file, other);
        free(file);
        free(table);
        free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated),       cmocka_unit_test(same_faults),
        cmocka_unit_test(reading_options), cmocka_unit_test(real_sets),
        cmocka_unit_test(same_tables),     cmocka_unit_test(same_identity),
    };
    return cmocka_run_group_tests(tests, harness_named_set_up, harness_named_tear_down);
}
