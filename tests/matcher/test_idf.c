/* Weighed words: of tables against the slow way, of rows that take part, copied, and what the
 * metric makes of them against its twin. */
#include "data/load.h"
#include "matcher/index/index.h"
#include "matcher/metric/metric.h"
#include "tests/harness/harness_idf.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_rarity.h"
#include "tests/test.h"
#include "tests/twin/twin_idf.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 120u

/* ---- Weights ---------------------------------------------------------------------------------*/

static void weights_are_rounded(void **state)
{
    (void)state;
    harness_seed(51);
    for (int i = 0; i < 200000; i++) {
        const uint64_t n = 1 + (((uint64_t)harness_below(UINT32_MAX) << 1) >> harness_below(32));
        const uint64_t having = 1 + harness_below(UINT32_MAX) % n;
        assert_int_equal(idf_weight(n, having), twin_idf_weight(n, having));
        assert_true(having == n || idf_weight(n, having + 1) <= idf_weight(n, having));
    }
    assert_int_equal(idf_weight(1, 1), IDF_STEPS);
    assert_int_equal(idf_weight(UINT32_MAX, UINT32_MAX), 1);
    assert_int_equal(idf_weight(15, 1), 16 * IDF_STEPS);
}

/* ---- Tables ----------------------------------------------------------------------------------*/

/* A column of a file. */
struct loaded_column {
    char *text[ROWS]; /* NULL: missing */
    struct shm shm;
    struct table table;
};

/* Words of two letters, between white space of all kinds; some texts are missing, empty or blank.
 */
static char *random_text(void)
{
    static const char *const between[] = {" ", "  ", "\t", "\u00a0", "\u3000", " \x1c", "\u2003 "};
    char text[400] = "";
    if (harness_below(10) == 0)
        return NULL;
    for (uint32_t k = 0, n = harness_below(7); k < n; k++)
        sprintf(text + strlen(text), "%s%c%s", harness_below(6) ? "" : between[harness_below(7)],
                (char)('a' + harness_below(5) * harness_below(5)), between[harness_below(7)]);
    return strdup(text);
}

static void load_column(struct loaded_column *c)
{
    char path[] = "/tmp/axb_test_idf_XXXXXX";
    const struct load_options options = {.delimiter = ',', .header = true, .encoding = "utf-8"};
    const struct load_want want = {.column = 0};
    struct load_stats stats;
    struct load load;
    struct err e = {0};
    FILE *f = fdopen(mkstemp(path), "w");
    assert_non_null(f);
    fputs("text,more\n", f);
    for (uint32_t i = 0; i < ROWS; i++) {
        c->text[i] = random_text();
        fprintf(f, c->text[i] ? "\"%s\",\n" : "%s,\n", c->text[i] ? c->text[i] : "");
    }
    assert_int_equal(fclose(f), 0);
    if (!load_open(&load, path, &options, &e) || !shm_create(&c->shm, "test", 1u << 28, &e) ||
        !load_table(&load, &want, 1, &c->shm, &stats, &e) || !table_view(&c->table, &c->shm, &e))
        fail_msg("%s", e.text);
    load_close(&load);
    remove(path);
}

static void close_column(struct loaded_column *c)
{
    for (uint32_t i = 0; i < ROWS; i++)
        free(c->text[i]);
    shm_close(&c->shm);
}

/* Are the scores of all rows of two fields those of the twin? A row that takes no part has none. */
static void check_scores(const struct index *x, uint32_t field_a, uint32_t field_b,
                         const struct twin_idf *twin)
{
    struct err e = {0};
    struct metric_use use = harness_metric_use("cosine_idf");
    struct metric_state *s;
    uint32_t n = 0;
    use.idf = index_idf(x, field_a, field_b);
    assert_non_null(use.idf);
    assert_true(metric_open(&s, &use, &x->dictionary.alphabet, x->dictionary.max_length, &e));
    const struct side *a = &x->field[field_a].side, *b = &x->field[field_b].side;
    for (uint32_t i = 0; i < ROWS; i++)
        for (uint32_t j = 0; j < ROWS; j++) {
            if (a->row_place[i] == TABLE_MISSING || b->row_place[j] == TABLE_MISSING)
                continue;
            const struct text ta = dictionary_text(&x->dictionary, a->value[a->row_place[i]]);
            const struct text tb = dictionary_text(&x->dictionary, b->value[b->row_place[j]]);
            assert_true(
                harness_metric_same_bits(metric_score(s, ta, tb), twin_idf_score(twin, i, j)));
            n++;
        }
    assert_true(n > 500);
    metric_close(s);
}

/* How many records of the columns have a text; of any text for NULL. */
static uint64_t count_texts(const struct loaded_column *c, bool dedupe, const char *text)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        for (int side = 0; side < (dedupe ? 1 : 2); side++)
            n += c[side].text[i] && (!text || strcmp(c[side].text[i], text) == 0);
    return n;
}

/* The same of rarity: of each pair of rows by counting all records. */
static void check_rarity(const struct index *x, uint32_t field_a, uint32_t field_b,
                         const struct loaded_column *c, bool dedupe)
{
    const struct rarity *r = index_rarity(x, field_a, field_b);
    const struct side *a = &x->field[field_a].side, *b = &x->field[field_b].side;
    const uint64_t n_records = count_texts(c, dedupe, NULL);
    assert_non_null(r);
    for (uint32_t p = 0, q = 0; p < a->n; p++) {
        const struct text t = dictionary_text(&x->dictionary, a->value[p]);
        char text[200];
        while (q < b->n && b->value[q] < a->value[p])
            q++;
        if (q == b->n || b->value[q] != a->value[p])
            continue;
        snprintf(text, sizeof text, "%.*s", (int)t.utf8_bytes, t.utf8);
        assert_true(harness_rarity_is(rarity_bits(r, a->value[p]), count_texts(c, dedupe, text),
                                      n_records));
    }
}

/* An index of two columns, of all rows or of some; its words are those of all rows. */
static void check_tables(struct loaded_column *c, bool dedupe, bool some)
{
    static struct index x, fewer;
    struct shm shm, shm2;
    struct err e = {0};
    struct twin_idf twin;
    uint32_t rows[2][ROWS];
    struct row_list lists[2] = {{rows[0], 0}, {rows[1], 0}};
    const struct index_field fields[] = {
        {.side = 0, .kind = INDEX_TEXT, .table = &c[0].table},
        {.side = 1, .kind = INDEX_TEXT, .table = dedupe ? &c[0].table : &c[1].table}};
    const unsigned both = INDEX_WORDS | INDEX_VALUES;
    const struct index_pair pairs[] = {{0, 1, both}, {0, 0, both}};
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ROWS; i++)
            if (harness_below(2))
                rows[side][lists[side].n++] = i;
    const struct index_spec spec = {.fields = fields,
                                    .n_fields = 2,
                                    .rows = some ? lists : NULL,
                                    .pairs = pairs,
                                    .n_pairs = dedupe ? 2 : 1,
                                    .wanted = INDEX_POSTINGS | INDEX_UTF8};
    twin_idf_make(&twin, (const char *const *)c[0].text, ROWS,
                  dedupe ? NULL : (const char *const *)c[1].text, ROWS);
    assert_true(shm_create(&shm, "index", 1u << 28, &e) && index_build(&spec, &shm, &e));
    assert_true(index_view(&x, &shm, &e));
    check_scores(&x, 0, 1, &twin);
    check_rarity(&x, 0, 1, c, dedupe);
    if (dedupe) {
        check_scores(&x, 0, 0, &twin);
        check_rarity(&x, 0, 0, c, dedupe);
    }
    assert_null(index_rarity(&x, 1, 0));
    assert_null(index_idf(&x, 1, 0));
    const bool of_side[] = {true, false};
    x.rows[0].n = some ? x.rows[0].n : ROWS;
    assert_true(shm_create(&shm2, "fewer", 1u << 28, &e));
    assert_true(index_restrict(&x, 0, (struct row_list){NULL, ROWS / 2}, of_side, &shm2, &e));
    assert_true(index_view(&fewer, &shm2, &e));
    check_scores(&fewer, 0, 1, &twin);
    check_rarity(&fewer, 0, 1, c, dedupe);
    shm_close(&shm2);
    shm_close(&shm);
    twin_idf_free(&twin);
}

static void tables_have_weights(void **state)
{
    (void)state;
    harness_seed(52);
    for (int round = 0; round < 6; round++) {
        struct loaded_column c[2];
        load_column(&c[0]);
        load_column(&c[1]);
        for (int k = 0; k < 4; k++)
            check_tables(c, k & 1, k & 2);
        close_column(&c[0]);
        close_column(&c[1]);
    }
}

/* ---- Two texts alone -------------------------------------------------------------------------*/

static void two_texts_say_nothing(void **state)
{
    struct err e = {0};
    const struct metric_use use = harness_metric_use("cosine_idf");
    double score = -7;
    (void)state;
    assert_false(
        metric_score_utf8(&use, (struct bytes){"a", 1}, (struct bytes){"a", 1}, &score, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_true(strstr(e.text, "cannot compare two texts alone") && score == -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_rounded),
        cmocka_unit_test(tables_have_weights),
        cmocka_unit_test(two_texts_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
