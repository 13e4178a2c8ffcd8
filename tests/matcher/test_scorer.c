/* Scorers: names, scanning, the generated loop against plain calls, every error, and that nothing
 * is left behind whoever is killed. This program is its own `axb`: started as `… worker compile`
 * or `… worker probe` it is that child, and as `… coordinator FILE` a coordinator that is there to
 * be killed. */
#include "core/process.h"
#include "matcher/metric/metric.h"
#include "matcher/options/opts.h"
#include "matcher/scorer/scorer.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_left.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/axb-test-XXXXXX"; /* sources of the tests */
static char tmp[64];                         /* TMPDIR of scorer_make: must stay empty */

static char *names_a[] = {"name", "city", "x", "day", "id", "full name"};
static char *names_b[] = {"name", "city", "x", "day", "id", "größe"};
static const struct scorer_headers headers = {names_a, 6, names_b, 6};

static uint64_t random_state = 20260101;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

/* ---- Files -----------------------------------------------------------------------------------*/

/* Writes root/name, returns its path (of this call and the one before it). */
static const char *put(const char *name, const char *text)
{
    static char paths[2][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    snprintf(path, PATH_MAX, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static unsigned entries(const char *path)
{
    unsigned n = 0;
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

/* Compiles root/name.so from plain C text with the system's compiler. */
static const char *put_so(const char *name, const char *text)
{
    static char so[PATH_MAX];
    char command[3 * PATH_MAX];
    const char *source = put("module.c", text);
    snprintf(so, sizeof so, "%s/%s.so", root, name);
    snprintf(command, sizeof command, "cc -shared -fPIC -I %s/core -o %s %s", SOURCE_DIR, so,
             source);
    assert_int_equal(system(command), 0);
    return so;
}

/* ---- Names -----------------------------------------------------------------------------------*/

static void check_names(size_t n, char **names, const char *const *expected)
{
    struct err e = {0};
    char *c_names[32];
    assert_true(scorer_c_names(names, n, c_names, &e));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(c_names[i], expected[i]);
        free(c_names[i]);
    }
}

static void test_names(void **state)
{
    (void)state;
    char *odd[] = {"full name", "größe", "class", "1st",   "name", "name", "",    " a--b! ",
                   "名前",      "Øre",   "name",  "linux", "__x",  "\xff", "int", "_id"};
    const char *const expected[] = {"full_name", "grosse", "class_",     "_1st", "name",   "name_2",
                                    "column_7",  "a_b",    "u540du524d", "Ore",  "name_3", "linux_",
                                    "__x_",      "u00ff",  "int_",       "_id"};
    check_names(16, odd, expected);
    char *values[] = {"year", "year_number", "day_days", "day", "a_number", "a_number"};
    const char *const apart[] = {"year", "year_number_", "day_days",
                                 "day_", "a_number",     "a_number_2"};
    check_names(6, values, apart);
}

static void test_resolve(void **state)
{
    (void)state;
    char *names[] = {"x", "x", "#1", ""};
    struct scorer_headers h = {names, 4, names, 4};
    uint32_t i = 99;
    assert_true(scorer_resolve(&h, 0, "x", &i) && i == 0);
    assert_true(scorer_resolve(&h, 0, "#2", &i) && i == 1);
    assert_true(scorer_resolve(&h, 1, "#1", &i) && i == 2);
    assert_true(scorer_resolve(&h, 1, "", &i) && i == 3);
    assert_false(scorer_resolve(&h, 1, "#5", &i));
    assert_false(scorer_resolve(&h, 1, "#0", &i));
    assert_false(scorer_resolve(&h, 1, "y", &i));
}

/* ---- Scanning --------------------------------------------------------------------------------*/

/* What a scan finds, as "a.name b.x_number". */
static const char *scan(const char *text, bool wide, struct scorer_use *use)
{
    static char found[1000];
    static const char *const suffix[] = {"", "", "_number", "_days"};
    struct err e = {0};
    struct scorer_names names;
    assert_true(scorer_names_open(&names, &headers, &e));
    assert_true(scorer_scan(text, wide, &names, use, &e));
    found[0] = 0;
    for (uint32_t k = 0; k < use->n_fields; k++)
        sprintf(found + strlen(found), "%s%c.%s%s", k ? " " : "", "ab"[use->fields[k].side],
                names.c_names[use->fields[k].side][use->fields[k].column],
                suffix[use->fields[k].kind]);
    scorer_names_close(&names);
    return found;
}

static void test_scan(void **state)
{
    (void)state;
    struct scorer_use use;
    assert_string_equal(scan("double score(){ return a->name.n + name; }", false, &use),
                        "a.name b.name");
    assert_true(use.score && !use.where && !use.monotone && !use.narrow);
    assert_string_equal(scan("a->x_number - (*b).day_days", false, &use),
                        "a.x_number a.day_days b.x_number b.day_days");
    assert_false(use.score);
    assert_string_equal(scan("a->full_name b -> grosse \"a->city\" '.' 1.x", false, &use),
                        "a.full_name b.grosse");
    assert_string_equal(scan("a->name.id == b->id", false, &use), "a.name a.id b.name b.id");
    assert_string_equal(scan("a->name.id", false, &use), "a.name b.name");
    assert_true(use.narrow);
    assert_string_equal(scan("a->name.id", true, &use), "a.name a.id b.name b.id");
    assert_string_equal(scan("# 1 \"x.h\" 1 3\na->name\n# 3 \"u.c\" 2\na->city", false, &use),
                        "a.city b.city");
    assert_string_equal(scan("#pragma x \"3\"\na->names a->nam x.city", false, &use),
                        "a.city b.city");
    scan("axb_where axb_monotone", false, &use);
    assert_true(use.where && use.monotone);
}

/* ---- Data for modules ------------------------------------------------------------------------*/

#define ROWS 300u
#define WORDS 200u

/* Words over a small alphabet, and two tables of them. */
static struct {
    struct dictionary dictionary;
    uint64_t begin[WORDS + 1];
    char text[WORDS * 16 + 64], codes[WORDS * 16 + 64];
    uint32_t code_point[26];
    axb_str name[2][ROWS], city[2][ROWS];
    double x[2][ROWS], day[2][ROWS];
} data;

static axb_str random_field(void)
{
    uint32_t word = random_below(WORDS + WORDS / 10);
    if (word >= WORDS)
        return (axb_str){0};
    return (axb_str){data.text + data.begin[word],
                     (uint32_t)(data.begin[word + 1] - data.begin[word]), word + 1};
}

static void make_words(void)
{
    for (uint32_t w = 0; w < WORDS; w++) {
        uint32_t n = random_below(16), m = 0;
        data.begin[w + 1] = data.begin[w];
        for (uint32_t i = 0; i < n; i++) {
            uint32_t code = random_below(w % 2 ? 26 : 4);
            data.codes[data.begin[w] + m] = (char)code;
            data.text[data.begin[w] + m++] = (char)('a' + code);
        }
        data.begin[w + 1] += m;
    }
    for (uint32_t i = 0; i < 26; i++)
        data.code_point[i] = 'a' + i;
    data.dictionary = (struct dictionary){.n = WORDS,
                                          .width = 1,
                                          .max_length = 16,
                                          .alphabet = {26, data.code_point},
                                          .begin = data.begin,
                                          .codes = data.codes,
                                          .utf8_begin = data.begin,
                                          .utf8 = data.text};
}

static void make_data(void)
{
    make_words();
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ROWS; i++) {
            data.name[side][i] = random_field();
            data.city[side][i] = random_field();
            data.x[side][i] = random_below(20) ? random_below(1000) / 8.0 : (double)NAN;
            data.day[side][i] = random_below(9);
        }
    scorer_bind_dictionary(&data.dictionary);
}

/* Compiles, and loads here, in the test itself. */
struct loaded {
    struct scorer s;
    const axb_module *m;
    const void *a[SCORER_MAX_FIELDS], *b[SCORER_MAX_FIELDS];
};

static const void *array_of(const struct scorer_field *f)
{
    switch (f->column) {
    case 0:
        return data.name[f->side];
    case 1:
        return data.city[f->side];
    case 2:
        return data.x[f->side];
    default:
        return data.day[f->side];
    }
}

static void load(struct loaded *l, const char *path)
{
    struct err e = {0};
    uint32_t n_a = 0, n_b = 0;
    if (!scorer_make(path, &headers, &l->s, &e))
        fail_msg("%s / %s", e.text, e.hint);
    assert_true(scorer_attach(l->s.fd, &l->m, &e));
    assert_int_equal(entries(tmp), 0);
    for (size_t k = 0; k < l->s.n_fields; k++) {
        const struct scorer_field *f = &l->s.fields[k];
        if (f->side)
            l->b[n_b++] = array_of(f);
        else
            l->a[n_a++] = array_of(f);
    }
}

/* ---- The loop against plain calls ------------------------------------------------------------*/

static const char *const numeric_text =
    "#include <axb.h>\n#include <math.h>\n#include \"helper.h\"\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    double d = a->x_number - b->x_number;\n"
    "    return axb_helper(sqrt(d * d + 1), a->day_days == b->day_days);\n}\n";
static const char *const helper_text =
    "static double axb_helper(double d, int same) { return 1 - d * 0.01 + (same ? 0.1 : 0.0); }\n";

static double numeric(uint32_t i, uint32_t j)
{
    double d = data.x[0][i] - data.x[1][j];
    return 1 - sqrt(d * d + 1) * 0.01 + (data.day[0][i] == data.day[1][j] ? 0.1 : 0.0);
}

static const char *const text_text =
    "#include <axb.h>\n"
    "AXB_WHERE(\"a.city == b.city\");\nAXB_MONOTONE;\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    return 0.5 * axb_levenshtein(a->name, b->name) + 0.3 * axb_levenshtein(a->city, b->city)\n"
    "           + 0.2 * axb_equal(a->name, b->name);\n}\n";

static double plain(const char *metric, axb_str a, axb_str b)
{
    struct err e = {0};
    struct metric_use use;
    struct metric_state *s;
    assert_true(metric_find(metric, strlen(metric), &use, &e) && metric_check(&use, &e));
    if (!a.p || !b.p)
        return twin_metric_missing(&use);
    assert_true(metric_open(&s, &use, &data.dictionary.alphabet, data.dictionary.max_length, &e));
    double x = metric_score(s, dictionary_text(&data.dictionary, a.id - 1),
                            dictionary_text(&data.dictionary, b.id - 1));
    metric_close(s);
    return x;
}

static double text(uint32_t i, uint32_t j)
{
    axb_str a = data.name[0][i], b = data.name[1][j];
    return 0.5 * plain("levenshtein", a, b) +
           0.3 * plain("levenshtein", data.city[0][i], data.city[1][j]) +
           0.2 * plain("equal", a, b);
}

static double twin[ROWS]; /* the scores of one row of A by plain calls */

/* match over from..to against the twin: the very hits, the very scores, nothing beyond. */
static void check_match(const struct loaded *l, uint32_t i, uint32_t from, uint32_t to, double min)
{
    static uint32_t hits[ROWS + 1];
    static double scores[ROWS + 1];
    hits[to - from] = 12345;
    uint32_t n = l->m->match(l->a, i, l->b, from, to, min, hits, scores), k = 0;
    for (uint32_t j = from; j < to; j++) {
        if (!(twin[j] >= min))
            continue;
        assert_true(k < n);
        assert_int_equal(hits[k], j);
        assert_memory_equal(&scores[k], &twin[j], sizeof twin[j]);
        k++;
    }
    assert_int_equal(k, n);
    assert_int_equal(hits[to - from], 12345);
}

static bool same_double(double x, double y)
{
    uint64_t bits_x, bits_y;
    memcpy(&bits_x, &x, sizeof x);
    memcpy(&bits_y, &y, sizeof y);
    return bits_x == bits_y || (isnan(x) && isnan(y));
}

static void check_loop(const struct loaded *l, double (*score)(uint32_t, uint32_t))
{
    for (uint32_t i = 0; i < 12; i++) {
        for (uint32_t j = 0; j < ROWS; j++) {
            twin[j] = score(i, j);
            assert_true(same_double(l->m->score(l->a, i, l->b, j), twin[j]));
        }
        for (uint32_t k = 0; k < 200; k++) {
            uint32_t from = random_below(ROWS), to = from + random_below(ROWS - from + 1);
            double edge = twin[random_below(ROWS)]; /* a score that occurs: >= must take it */
            check_match(l, i, from, to, edge);
            check_match(l, i, from, to, nextafter(edge, 2));
        }
        check_match(l, i, 0, ROWS, -1e9);
        check_match(l, i, 0, ROWS, 1e9);
    }
}

static void test_numeric_loop(void **state)
{
    (void)state;
    struct loaded l;
    put("helper.h", helper_text);
    load(&l, put("numeric.c", numeric_text));
    assert_int_equal(l.s.n_fields, 4);
    assert_null(l.m->where);
    assert_int_equal(l.m->flags, 0);
    check_loop(&l, numeric);
    scorer_close(&l.s);
}

static void test_text_loop(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, put("text.c", text_text));
    assert_string_equal(l.m->where, "a.city == b.city");
    assert_int_equal(l.m->flags, AXB_FLAG_MONOTONE);
    assert_true(l.s.fingerprint != 0 && l.s.fingerprint == l.m->fingerprint);
    check_loop(&l, text);
    scorer_close(&l.s);
}

/* The same file with other contents must not give the module that was loaded before. */
static void test_no_stale_module(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct loaded l;
        char source[200];
        snprintf(source, sizeof source,
                 "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                 "{ (void)a; (void)b; return %d; }\n",
                 i);
        load(&l, put("constant.c", source));
        assert_int_equal(l.s.n_fields, 0);
        assert_true(l.m->score(l.a, 0, l.b, 0) == i);
        scorer_close(&l.s);
    }
}

/* `r->row.id` looks like the id of a text, but is a column: found by the second, wide scan. */
static void test_wide_scan(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, put("wide.c", "#include <axb.h>\nstruct r { axb_row_a row; };\n"
                           "static double f(const struct r *r) { return r->row.id.n; }\n"
                           "double score(const axb_row_a *a, const axb_row_b *b)\n"
                           "{ struct r r = {*a}; (void)b; return f(&r); }\n"));
    assert_int_equal(l.s.n_fields, 2);
    assert_int_equal(l.s.fields[0].column, 4);
    scorer_close(&l.s);
}

static void test_odd_headers(void **state)
{
    (void)state;
    char *odd[] = {"full name", "größe", "x", "x", "a\"b\\?\n", ""};
    struct scorer_headers h = {odd, 6, odd, 6};
    struct scorer s;
    struct err e = {0};
    const char *path =
        put("odd.c", "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                     "{ return a->full_name.n + b->grosse_number + a->x_2.n + a->a_b.n +\n"
                     "  b->column_6.n; }\n");
    if (!scorer_make(path, &h, &s, &e))
        fail_msg("%s", e.text);
    assert_int_equal(s.n_fields, 10);
    const uint32_t columns[] = {0, 1, 3, 4, 5};
    for (uint32_t k = 0; k < 10; k++)
        assert_int_equal(s.fields[k].column, columns[k % 5]);
    scorer_close(&s);
}

/* The examples are good C on the columns that they name. */
static void test_examples(void **state)
{
    (void)state;
    char *columns[] = {"given_name", "surname", "date_of_birth", "suburb", "postcode",
                       "title",      "authors", "year",          "artist", "album",
                       "name",       "addr",    "city",          "phone"};
    struct scorer_headers h = {columns, 14, columns, 14};
    DIR *d = opendir(SOURCE_DIR "/matcher/examples");
    assert_non_null(d);
    unsigned n = 0;
    setenv("AXB_CC", "cc -Werror", 1);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[PATH_MAX];
        struct scorer s;
        struct err e = {0};
        snprintf(path, sizeof path, SOURCE_DIR "/matcher/examples/%s", entry->d_name);
        if (!opts_is_scorer_file(path))
            continue;
        if (!scorer_make(path, &h, &s, &e))
            fail_msg("%s", e.text);
        assert_true(s.n_fields >= 2);
        scorer_close(&s);
        n++;
    }
    closedir(d);
    unsetenv("AXB_CC");
    assert_true(n >= 6);
}

/* With clang as well, where it is installed. */
static void test_other_compiler(void **state)
{
    (void)state;
    struct loaded l;
    if (system("command -v clang >/dev/null") != 0)
        skip();
    setenv("AXB_CC", "clang -g", 1);
    load(&l, put("numeric.c", numeric_text));
    unsetenv("AXB_CC");
    check_loop(&l, numeric);
    scorer_close(&l.s);
}

/* ---- Metrics ---------------------------------------------------------------------------------*/

static void check_declared(const char *header, const char *name, const char *view)
{
    char symbol[100];
    snprintf(symbol, sizeof symbol, "axb_%s%s(", name, view);
    if (!strstr(header, symbol))
        fail_msg("core/axb.h does not declare %s", symbol);
    symbol[strlen(symbol) - 1] = 0;
    if (!dlsym(RTLD_DEFAULT, symbol))
        fail_msg("the program has no symbol %s", symbol);
}

static void test_every_metric(void **state)
{
    (void)state;
    struct err e = {0};
    char *header;
    size_t n;
    assert_true(scorer_read_file(SOURCE_DIR "/core/axb.h", &header, &n, &e));
    for (size_t i = 0; metric_at(i); i++) {
        check_declared(header, metric_at(i)->name, "");
        if (metric_at(i)->views)
            check_declared(header, metric_at(i)->name, "_distance");
    }
    assert_string_equal(header, scorer_axb_h);
    free(header);
}

typedef double two_texts(axb_str, axb_str);

static void check_same(double x, double y)
{
    assert_true(memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)));
}

static void check_metric(two_texts *f, const char *name)
{
    const axb_str missing = {0}, broken = axb_text("\xff", 1);
    double none = plain(name, missing, missing);
    for (uint32_t k = 0; k < 300; k++) {
        axb_str a = data.name[0][k % 7], b = data.city[1][random_below(ROWS)];
        double y = plain(name, a, b);
        check_same(f(a, b), y);
        if (!a.p || !b.p)
            continue;
        check_same(f(axb_text(a.p, a.n), axb_text(b.p, b.n)), y);
        check_same(f(a, axb_text(b.p, b.n)), y);
        check_same(f(missing, b), none);
        check_same(f(a, missing), none);
        check_same(f(broken, b), none);
    }
}

/* Calls of the scorer are metric_score itself, with and without ids. */
static void *metric_values(void *unused)
{
    (void)unused;
    check_metric(axb_levenshtein, "levenshtein");
    check_metric(axb_osa_distance, "osa_distance");
    check_metric(axb_damerau_levenshtein, "damerau_levenshtein");
    check_metric(axb_indel, "indel");
    check_metric(axb_jaro_winkler, "jaro_winkler");
    check_metric(axb_token_set_ratio, "token_set_ratio");
    check_metric(axb_soundex, "soundex");
    return NULL;
}

static void test_metric_values(void **state)
{
    (void)state;
    metric_values(NULL);
}

/* Arguments are kept apart: a state for q = 2 does not serve q = 3. */
static void test_metric_arguments(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 100; k++) {
        axb_str a = data.name[0][k], b = data.name[1][k];
        double two = axb_jaccard(a, b, 2), three = axb_jaccard(a, b, 3);
        struct err e = {0};
        struct metric_use use;
        struct metric_state *s;
        double expected[2] = {0, 0};
        for (int q = 2; q <= 3 && a.p && b.p; q++) {
            assert_true(metric_find("jaccard", 7, &use, &e));
            use.n_args = 1;
            use.args[0] = q;
            assert_true(metric_open(&s, &use, &data.dictionary.alphabet, 16, &e));
            expected[q - 2] = metric_score(s, dictionary_text(&data.dictionary, a.id - 1),
                                           dictionary_text(&data.dictionary, b.id - 1));
            metric_close(s);
        }
        assert_true(two == expected[0] && three == expected[1]);
    }
}

/* Two threads at once have states of their own, which go with them. */
static void *call_metrics(void *sum)
{
    for (uint32_t k = 0; k < 20 * ROWS; k++)
        *(double *)sum += axb_levenshtein(data.name[0][k % 5], data.name[1][k % ROWS]) +
                          axb_levenshtein(data.city[0][k % 5], data.city[1][k % ROWS]);
    return NULL;
}

static void test_metric_threads(void **state)
{
    (void)state;
    pthread_t threads[2];
    double sums[2] = {0, 0}, expected = 0;
    call_metrics(&expected);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_metrics, &sums[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_true(sums[i] == expected);
    }
}

/* ---- Errors ----------------------------------------------------------------------------------*/

/* scorer_make fails with this status, and says these words in text or hint. */
static void check_error(const char *path, enum err_status status, const char *dictionary,
                        const char *more_words)
{
    struct scorer s;
    struct err e = {0};
    assert_false(scorer_make(path, &headers, &s, &e));
    assert_int_equal(s.fd, -1);
    assert_int_equal(entries(tmp), 0);
    if (e.status != status || !strstr(e.text, dictionary) ||
        !(strstr(e.text, more_words) || strstr(e.hint, more_words)))
        fail_msg("%d: %s / %s", (int)e.status, e.text, e.hint);
}

#define HEAD "#include <axb.h>\n"
#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

static void test_source_errors(void **state)
{
    (void)state;
    check_error(put("e.c", HEAD SCORE "{\n return axb_equal(a->nmae, b->name);\n}\n"), ERR_SCORER,
                "/e.c:4:", "there is no column `nmae` in A; nearest: name");
    check_error(put("e.c", HEAD SCORE "{\n return b->grose_number;\n}\n"), ERR_SCORER,
                "/e.c:4:", "there is no column `grose` in B; nearest: grosse");
    check_error(put("e.c", HEAD "int x;\n"), ERR_SCORER, "no function called `score`",
                "double score(const axb_row_a *a, const axb_row_b *b)");
    check_error(put("e.c", HEAD "\nfloat score(int a)\n{\n return a;\n}\n"), ERR_SCORER,
                "/e.c:3:", "it must be: double score(const axb_row_a *a");
    check_error(put("e.c", HEAD SCORE "{ return axb_nope(a->name, b->name); }\n"), ERR_SCORER,
                "/e.c:3:", "axb metrics");
    check_error(put("e.c", HEAD SCORE "{ return axb_jaro(a->name, \"x\") + !b; }\n"), ERR_SCORER,
                "/e.c:3:", "texts are axb_str");
    check_error(put("e.c",
                    HEAD "struct key { int x; };\nAXB_PREPARED(struct key);\n"
                         "static void prepare_a(const axb_row_a *a, struct key *k)\n"
                         "{ k->x = !a; }\n"
                         "static void prepare_b(const axb_row_b *b, struct key *k)\n"
                         "{ k->x = !b; }\n" SCORE "{ return a->prepared->x + b->prepared->x; }\n"),
                ERR_SCORER, "/e.c:9:", "const struct key *key = a->prepared;");
    check_error(put("e.c", HEAD "#include \"nope.h\"\n" SCORE "{ return 0; }\n"), ERR_SCORER,
                "/e.c:2:", "nope.h");
    check_error(put("e.c", HEAD "double other(int);\n" SCORE "{ return other(!a); }\n"), ERR_SCORER,
                "undefined symbol: other", "declared, but defined neither");
    check_error(put("e.c",
                    HEAD "__attribute__((constructor)) void f(void) { __builtin_trap(); }\n" SCORE
                         "{ return !a + !b; }\n"),
                ERR_SCORER, "the process that loaded the module was killed by SIG", "constructor");
}

/* Messages are about the user's files: our own directory is not in them. */
static void test_messages_hide_us(void **state)
{
    (void)state;
    struct scorer s;
    struct err e = {0};
    assert_false(
        scorer_make(put("e.c", HEAD "int score(int a)\n{ return a + b; }\n"), &headers, &s, &e));
    assert_null(strstr(e.text, tmp));
    assert_null(strstr(e.text, "module.c"));
}

/* Does this system let the compiler work in a directory without a name? */
static bool build_dir_is_nameless(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        struct err e;
        char dir[PATH_MAX];
        _exit(!scorer_build_dir_open("/nonexistent/axb", dir, sizeof dir, &e));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void test_file_errors(void **state)
{
    (void)state;
    char path[PATH_MAX + 10];
    check_error("/nonexistent/x.c", ERR_NOINPUT, "/nonexistent/x.c", "No such file");
    snprintf(path, sizeof path, "%s/dir.c", root);
    mkdir(path, 0700);
    check_error(path, ERR_NOINPUT, "is not a file", ".so");
    const char *good = put("good.c", HEAD SCORE "{ return !a + !b; }\n");
    setenv("AXB_CC", "/nonexistent/cc", 1);
    check_error(good, ERR_UNAVAILABLE, "/nonexistent/cc", "AXB_CC");
    unsetenv("AXB_CC");
    if (!build_dir_is_nameless()) {
        setenv("TMPDIR", "/nonexistent", 1);
        check_error(good, ERR_OS, "/nonexistent/axb-", "TMPDIR");
        setenv("TMPDIR", tmp, 1);
    }
    char old[PATH_MAX];
    snprintf(old, sizeof old, "%s", getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    check_error(good, ERR_UNAVAILABLE, "there is no C compiler", "install");
    setenv("PATH", old, 1);
}

#define MODULE                                                                                     \
    "#include \"axb.h\"\nstatic uint32_t m(const void *const *a, uint32_t i, const void *const "   \
    "*b,"                                                                                          \
    "uint32_t f, uint32_t t, double min, uint32_t *h, double *s)"                                  \
    "{ (void)a, (void)i, (void)b, (void)f, (void)t, (void)min, (void)h, (void)s; return 0; }"      \
    "static double s(const void *const *a, uint32_t i, const void *const *b, uint32_t j)"          \
    "{ (void)a, (void)i, (void)b, (void)j; return 0.5; }\n"
#define FIELDS(column) "static const axb_field f[] = {{1, AXB_NUMBER, \"" column "\"}};\n"
#define EXPORT(values) "const axb_module axb_scorer = {" values "};\n"

static void test_foreign_module(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, put_so("good", MODULE FIELDS("größe")
                                EXPORT("AXB_ABI, sizeof(axb_module), 0, 1, 0, f, m, s, 0")));
    assert_int_equal(l.s.n_fields, 1);
    assert_int_equal(l.s.fields[0].side, 1);
    assert_int_equal(l.s.fields[0].kind, AXB_NUMBER);
    assert_int_equal(l.s.fields[0].column, 5);
    assert_true(l.m->score(l.a, 0, l.b, 0) == 0.5);
    scorer_close(&l.s);
}

static void test_foreign_module_errors(void **state)
{
    (void)state;
    check_error(put_so("abi", MODULE EXPORT("AXB_ABI + 1, sizeof(axb_module), 0, 0, 0, 0, m, s")),
                ERR_SCORER, "version 2", "build it again");
    check_error(put_so("bytes", MODULE EXPORT("AXB_ABI, 8, 0, 0, 0, 0, m, s")), ERR_SCORER,
                "has 8 bytes", "sizeof");
    check_error(put_so("match", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, 0, s")),
                ERR_SCORER, "no function `match`", "both");
    check_error(put_so("score", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, m, 0")),
                ERR_SCORER, "no function `score`", "both");
    check_error(put_so("none", MODULE), ERR_SCORER, "exports no `axb_scorer`", "must define");
    check_error(put_so("column", MODULE FIELDS("nmae")
                                     EXPORT("AXB_ABI, sizeof(axb_module), 0, 1, 0, f, m, s")),
                ERR_SCORER, "`nmae` of B", "nearest: name");
    check_error(put_so("print", MODULE FIELDS("name")
                                    EXPORT("AXB_ABI, sizeof(axb_module), 7, 1, 0, f, m, s")),
                ERR_SCORER, "fingerprint", "build it again");
    check_error(put_so("fields", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 3, 0, 0, m, s")),
                ERR_SCORER, "lists 3 fields", "");
    check_error(put_so("wild", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 3, 0,"
                                             "(const axb_field *)4096, m, s")),
                ERR_SCORER, "was killed by SIG", "constructor");
    check_error(put("text.so",
                    "This is no module, but a text that is long enough to be read as the "
                    "head of one, if anybody did not look at how it begins."),
                ERR_SCORER, "cannot be loaded", "invalid ELF header");
}

static void test_truncated_module(void **state)
{
    (void)state;
    const char *so = put_so("cut", MODULE "char big[200000] = {1};\n" EXPORT(
                                       "AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, m, s"));
    struct stat st;
    assert_int_equal(stat(so, &st), 0);
    assert_int_equal(truncate(so, st.st_size / 8), 0);
    check_error(so, ERR_SCORER, "", "cut short");
}

/* ---- Nothing left behind ---------------------------------------------------------------------*/

/* The command lines of running processes that name our directory; *child: the compile child. */
static unsigned running(pid_t *child)
{
    unsigned n = 0;
    DIR *d = opendir("/proc");
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[300], line[4096];
        snprintf(path, sizeof path, "/proc/%.20s/cmdline", entry->d_name);
        FILE *f = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        size_t bytes = f ? fread(line, 1, sizeof line, f) : 0;
        if (f)
            fclose(f);
        if (!memmem(line, bytes, root, strlen(root)))
            continue;
        n++;
        if (child && memmem(line, bytes, "worker\0compile", 14))
            *child = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(d);
    return n;
}

static void nap(uint32_t microseconds)
{
    nanosleep(&(struct timespec){0, (long)microseconds * 1000}, NULL);
}

/* All processes end, and the directory is empty then. */
static void check_nothing_left(void)
{
    char first[200];
    if (!harness_left_wait(30, first, sizeof first))
        fail_msg("left behind: %s", first);
    assert_int_equal(entries(tmp), 0);
}

static pid_t start_coordinator(const char *path)
{
    char self[PATH_MAX];
    struct err e = {0};
    assert_true(proc_self_path(self, sizeof self, &e));
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, "coordinator", path, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static const char *const slow_text = HEAD
    "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    "#define F(n) static double f##n(double x) { for (int i = 0; i < 9; i++) x = sqrt(x + n + i);"
    " return x; }\nF(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9)\n" SCORE
    "{ return f1(f2(f3(f4(f5(f6(f7(f8(f9(a->x_number - b->x_number))))))))); }\n";

static void test_killed_coordinator(void **state)
{
    (void)state;
    const char *path = put("slow.c", slow_text);
    for (int i = 0; i < 30; i++) {
        int status;
        pid_t coordinator = start_coordinator(path);
        nap(random_below(300000));
        kill(coordinator, SIGKILL);
        assert_int_equal(waitpid(coordinator, &status, 0), coordinator);
        check_nothing_left();
    }
}

static void test_killed_child(void **state)
{
    (void)state;
    const char *path = put("slow.c", slow_text);
    unsigned killed = 0;
    for (int i = 0; i < 30; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (!child && waitpid(coordinator, &status, WNOHANG) == 0)
            running(&child);
        nap(random_below(250000));
        if (child)
            kill(child, SIGKILL);
        waitpid(coordinator, &status, 0);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ERR_OS);
        killed += WEXITSTATUS(status) == ERR_OS;
        check_nothing_left();
    }
    assert_true(killed > 0);
}

/* A compiler that never ends, and has started another process, ends with coordinator or child. */
static void test_endless_compiler(void **state)
{
    (void)state;
    const char *compiler = put("cc.sh", "#!/bin/sh\ntail -f \"$TMPDIR/axb.h\" \"$0\" &\nwait\n");
    assert_int_equal(chmod(compiler, 0700), 0);
    setenv("AXB_CC", compiler, 1);
    const char *path = put("good.c", HEAD SCORE "{ return !a + !b; }\n");
    for (int i = 0; i < 4; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (running(&child) < 4) /* the coordinator, the child, the compiler, and tail */
            nap(1000);
        kill(i % 2 ? coordinator : child, SIGKILL);
        waitpid(coordinator, &status, 0);
        assert_true(i % 2 || WEXITSTATUS(status) == ERR_OS);
        check_nothing_left();
    }
    unsetenv("AXB_CC");
}

/* Coordinator and child at the same instant, with nobody left to remove anything. */
static void test_killed_both(void **state)
{
    (void)state;
    if (!build_dir_is_nameless()) {
        print_message("this system gives no directory without a name\n");
        skip();
    }
    const char *path = put("slow.c", slow_text);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (!child && waitpid(coordinator, &status, WNOHANG) == 0)
            running(&child);
        nap(random_below(250000));
        kill(coordinator, SIGSTOP);
        kill(child, SIGKILL);
        kill(coordinator, SIGKILL);
        check_nothing_left();
    }
}

/* The module cannot be changed by whoever has its descriptor. */
static void test_sealed(void **state)
{
    (void)state;
    struct scorer s;
    struct err e = {0};
    assert_true(scorer_make(put("good.c", HEAD SCORE "{ return !a + !b; }\n"), &headers, &s, &e));
    assert_int_equal(fcntl(s.fd, F_GET_SEALS),
                     F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    assert_int_equal(write(s.fd, "x", 1), -1);
    assert_int_equal(ftruncate(s.fd, 0), -1);
    scorer_close(&s);
}

/* ---- The program -----------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    harness_left_begin();
    if (!mkdtemp(root))
        return -1;
    snprintf(tmp, sizeof tmp, "%s/tmp", root);
    unsetenv("AXB_CC");
    unsetenv("CC");
    make_data();
    return mkdir(tmp, 0700) || setenv("TMPDIR", tmp, 1);
}

static int tear_down(void **state)
{
    (void)state;
    scorer_remove_dir(root);
    return 0;
}

static int coordinator(const char *path)
{
    struct scorer s;
    struct err e = {0};
    if (!scorer_make(path, &headers, &s, &e))
        return (int)e.status;
    scorer_close(&s);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "worker") == 0)
        return strcmp(argv[2], "compile") == 0 ? scorer_compile_child(argc - 3, argv + 3)
                                               : scorer_probe_child(argc - 3, argv + 3);
    if (argc > 2 && strcmp(argv[1], "coordinator") == 0)
        return coordinator(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_every_metric),
        cmocka_unit_test(test_metric_values),
        cmocka_unit_test(test_metric_arguments),
        cmocka_unit_test(test_metric_threads),
        cmocka_unit_test(test_numeric_loop),
        cmocka_unit_test(test_text_loop),
        cmocka_unit_test(test_no_stale_module),
        cmocka_unit_test(test_wide_scan),
        cmocka_unit_test(test_odd_headers),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_other_compiler),
        cmocka_unit_test(test_source_errors),
        cmocka_unit_test(test_messages_hide_us),
        cmocka_unit_test(test_file_errors),
        cmocka_unit_test(test_foreign_module),
        cmocka_unit_test(test_foreign_module_errors),
        cmocka_unit_test(test_truncated_module),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_killed_coordinator),
        cmocka_unit_test(test_killed_child),
        cmocka_unit_test(test_killed_both),
        cmocka_unit_test(test_endless_compiler),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
