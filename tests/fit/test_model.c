/* Models: the file that is written is the file that is read; what no model can have is refused with
 * its place; and the expression of a column says what model_weigh says. */
#include "core/string_builder.h"
#include "matcher/model/model.h"
#include "matcher/model/model_file.h"
#include "matcher/model/model_kinds.h"
#include "matcher/model/model_options.h"
#include "matcher/model/model_text.h"
#include "tests/harness/harness_expr.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/axb-model-XXXXXX";

/* ---- Random models ---------------------------------------------------------------------------*/

static char *copy(const char *text)
{
    char *own = strdup(text);
    assert_non_null(own);
    return own;
}

static double random_share(void)
{
    return (1 + harness_below(1000000)) / 1000001.0;
}

static void make_column(struct model_column *c, bool related)
{
    static const char *const names[] = {"name", "city", "full name"};
    static const char *const metrics[] = {"jaro_winkler", "cosine:3", "levenshtein"};
    const char *name = names[harness_below(3)];
    *c = (struct model_column){.name = {copy(name), copy(harness_below(2) ? name : "city")},
                               .kind = model_kind_find("name", 4),
                               .metric = copy(metrics[harness_below(3)]),
                               .rules = copy(harness_below(2) ? "casefold,space" : ""),
                               .rarity = harness_below(2),
                               .n_levels = 2 + harness_below(MODEL_MAX_LEVELS - 1)};
    c->rarest_bits = c->rarity ? harness_below(150) / 10.0 : 0;
    for (uint32_t l = 0; l < c->n_levels; l++)
        c->level[l] = (struct model_level){.at_least = l + 1 == c->n_levels ? 1 : l / 10.0,
                                           .m = random_share(),
                                           .u = random_share(),
                                           .related = related ? random_share() : 0};
}

/* Of each column a value or none, and of one at least. */
static void make_placeholders(struct model *m)
{
    m->n_placeholders = harness_below(MODEL_MAX_PLACEHOLDERS + 1);
    for (uint32_t i = 0; i < m->n_placeholders; i++) {
        struct model_placeholder *x = &m->placeholder[i];
        const uint32_t sure = harness_below(m->n_columns);
        *x = (struct model_placeholder){.records = {harness_below(500), harness_below(500)}};
        for (uint32_t k = 0; k < m->n_columns; k++)
            x->value[k] = k == sure || harness_below(3) == 0 ? copy("it's \"test\"") : NULL;
    }
}

static void make_model(struct model *m, uint32_t n_columns)
{
    const bool related = harness_below(2);
    *m = (struct model){.records = {harness_below(100000), harness_below(100000)},
                        .one_to_one = harness_below(2),
                        .matches = harness_below(1000) / 7.0,
                        .related_pairs = related ? 1 + harness_below(1000) / 7.0 : 0,
                        .prior_bits = -1 - harness_below(30) / 7.0,
                        .related_bits = related ? harness_below(30) / 7.0 : 0,
                        .threshold_bits = harness_below(10) / 3.0,
                        .nulls = copy("null,\"n/a\""),
                        .n_columns = n_columns};
    for (uint32_t i = 0; i < n_columns; i++)
        make_column(&m->column[i], related);
    make_placeholders(m);
}

/* ---- Files -----------------------------------------------------------------------------------*/

static char *text_of(const struct model *m)
{
    char *text = model_text(m, model_write);
    assert_non_null(text);
    return text;
}

static void put_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* No two columns of a file have the same names. */
static void number_names(struct model *m)
{
    for (uint32_t i = 0; i < m->n_columns; i++) {
        char text[40];
        snprintf(text, sizeof text, "%s %u", m->column[i].name[0], i);
        free(m->column[i].name[0]);
        m->column[i].name[0] = copy(text);
    }
}

static void test_files(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct model m, again;
        struct err e = {0};
        make_model(&m, 1 + harness_below(MODEL_MAX_COLUMNS));
        number_names(&m);
        char *text = text_of(&m);
        put_file(text);
        if (!model_read(&again, path, &e))
            fail_msg("%s\n%s", e.text, text);
        char *second = text_of(&again);
        assert_string_equal(text, second);
        free(text);
        free(second);
        model_free(&m);
        model_free(&again);
    }
}

/* A part of a good model, what stands there instead, and what is said. */
static const struct {
    const char *part, *instead, *says;
} faults[] = {
    {"{\n", "[\n", "axb-model"},
    {"\"axb_model\": 1", "\"axb_model\": 2", "version 2"},
    {"\"axb_model\": 1,", "", "this is no model"},
    {"\"records\": [7, 8]", "\"records\": 7", "\"records\" must be two numbers"},
    {"\"one_to_one\": false", "\"one_to_one\": 0", "\"one_to_one\" must be true or false"},
    {"\"prior_bits\": -3", "\"prior_bits\": \"-3\"", "\"prior_bits\" must be a number"},
    {"\"kind\": \"name\"", "\"kind\": \"nomen\"", "column 1: \"kind\" must be"},
    {"\"at_least\": 1,", "\"at_least\": 0.9,", "column 1, level 2: the last level must begin at 1"},
    {"\"at_least\": 0,", "\"at_least\": 0.1,", "column 1, level 1: the first level begins at 0"},
    {"\"m\": 0.25", "\"m\": 0", "column 1, level 1: \"m\" is 0"},
    {"\"u\": 0.75", "\"u\": 1.5", "\"u\" is 1.5"},
    {"\"metric\": \"osa\", ", "", "\"metric\" must be a text"},
    {"\"metric\": \"osa\"", "\"metric\": \"os\"",
     "column 1: \"metric\": there is no metric \"os\""},
    {"\"metric\": \"osa\"", "\"metric\": \"1) + (osa\"", "column 1: \"metric\": there is no"},
    {"\"metric\": \"osa\"", "\"metric\": \"osa:2\"", "column 1: \"metric\": osa(COL"},
    {"\"metric\": \"osa\"", "\"metric\": \"cosine:9\"", "column 1: \"metric\": cosine: 9 is not"},
    {"\"metric\": \"osa\"", "\"metric\": \"cosine:0x2\"",
     "cosine:0x2: its numbers must be decimal, such as 0.5"},
    {"\"metric\": \"osa\"", "\"metric\": \"levenshtein_distance\"", "a similarity from 0 to 1"},
    {"\"normalize\": \"\"", "\"normalize\": \"lower\"",
     "column 1: \"normalize\" is \"lower\"; the"},
    {"\"b\": \"x\"", "\"b\": \"'\\\"`\"", "column 1: \"'\"`\" is longer than 255 bytes or has all"},
    {"\"test\"", "\"'\\\"`\"", "placeholder 1: \"'\"`\" is longer than 255 bytes or has all"},
    {"\"a\": \"y\"", "\"a\": \"x\"", "column 2: \"x\" and \"x\" are those of column 1"},
    {"\"placeholders\": [", "\"placeholders\": 7, \"b\": [", "\"placeholders\" must be a list"},
    {"[9, 3]", "[9]", "placeholder 1: \"records\" must be two numbers"},
    {"[\"test\", null]", "[\"test\"]", "placeholder 1: \"values\" must be a list of 2 values"},
    {"[\"test\", null]", "[null, null]", "placeholder 1: a placeholder must have a value"},
    {"[\"test\", null]", "[null, \"1 May\"]", "placeholder 1: \"1 May\" is no date such as"},
    {"[\"test\", null]", "[1, null]", "placeholder 1: a value must be a text, or null"},
};

static void test_faults(void **state)
{
    (void)state;
    struct model m = {.records = {7, 8}, .prior_bits = -3, .nulls = copy(""), .n_columns = 2};
    for (int i = 0; i < 2; i++)
        m.column[i] = (struct model_column){.name = {copy(i ? "y" : "x"), copy("x")},
                                            .kind = model_kind_find(i ? "date" : "name", 4),
                                            .metric = copy("osa"),
                                            .rules = copy(""),
                                            .n_levels = 2,
                                            .level = {{0, 0.25, 0.75, 0}, {1, 0.75, 0.25, 0}}};
    m.n_placeholders = 1;
    m.placeholder[0] = (struct model_placeholder){.value = {copy("test")}, .records = {9, 3}};
    char *good = text_of(&m);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[4000];
        struct model read;
        struct err e = {0};
        const char *at = strstr(good, faults[i].part);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, faults[i].instead,
                 at + strlen(faults[i].part));
        put_file(text);
        assert_false(model_read(&read, path, &e));
        model_free(&read);
        assert_int_equal(e.status, ERR_DATA);
        if (i && !strstr(e.text, faults[i].says))
            fail_msg("%s: %s", faults[i].says, e.text);
    }
    free(good);
    model_free(&m);
}

/* ---- Weights ---------------------------------------------------------------------------------*/

static char *column_text(const struct model_column *c, bool related)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    assert_non_null(f);
    model_write_column(c, related, f);
    char *text = string_builder_end(&b);
    assert_non_null(text);
    return text;
}

/* The values of the metric and of the rarity, or nothing at all. */
struct leaves {
    double value, rarity;
    bool missing;
};

static double leaf_of(void *context, const struct expr *x, uint32_t node)
{
    const struct leaves *l = context;
    const struct expr_node *v = &x->node[node];
    if (v->op != EXPR_TERM || l->missing)
        return 0;
    const bool rarity = strcmp(metric_at(x->term[v->index].metric)->name, "rarity") == 0;
    return rarity ? l->rarity : l->value;
}

static bool is_present(void *context, const struct expr *x, uint32_t column)
{
    (void)x;
    (void)column;
    return !((const struct leaves *)context)->missing;
}

static void check_column(const struct model_column *c, bool related, const struct leaves *l)
{
    struct expr x = {0};
    struct leaves leaves = *l;
    const struct twin_expr twin = {&x, leaf_of, is_present, &leaves};
    char *text = column_text(c, related);
    const uint32_t root = harness_expr_parse(&x, text);
    const struct model_bits of_column = model_column_bits(c);
    const struct model_weighed w =
        model_weigh(c, &of_column, l->missing ? (double)NAN : l->value, c->rarity ? l->rarity : 0);
    const double bits = twin_expr_value(&twin, root);
    const double expected = w.missing ? 0 : related ? w.related_bits : w.bits;
    if (memcmp(&bits, &expected, sizeof bits) != 0 && !(bits == 0 && expected == 0))
        fail_msg("%s: %.17g, and not %.17g", text, bits, expected);
    free(text);
}

static void test_weights(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct model m;
        make_model(&m, 1);
        const struct model_bits bits = model_column_bits(&m.column[0]);
        for (uint32_t l = 1; l < m.column[0].n_levels; l++) {
            assert_true(bits.random[l] >= bits.random[l - 1]);
            assert_true(bits.related[l] >= bits.related[l - 1]);
        }
        for (int k = 0; k < 10; k++) {
            const bool exact = harness_below(3) == 0;
            const struct leaves l = {exact ? 1 : harness_below(10) / 10.0,
                                     exact && harness_below(2) ? harness_below(200) / 10.0 : 0,
                                     harness_below(10) == 0};
            check_column(&m.column[0], false, &l);
            check_column(&m.column[0], true, &l);
        }
        model_free(&m);
    }
}

/* ---- Options ---------------------------------------------------------------------------------*/

/* Clusters are averages of bits in dedupe, unless another method is asked for. */
static void check_clusters(const char *named)
{
    struct model_options own;
    struct err e = {0};
    const struct opts plain = {.score = named, .min = 5, .min_given = true, .clusters = "c.csv"};
    struct opts asked = plain;
    assert_true(model_options_make(&own, &plain, true, &e));
    assert_int_equal(own.opts.cluster_method, OPTS_AVERAGE);
    assert_true(own.opts.cluster_floor_given && own.opts.cluster_floor == 3);
    model_options_free(&own);
    asked.cluster_method = OPTS_CONNECTED;
    assert_true(model_options_make(&own, &asked, true, &e));
    assert_int_equal(own.opts.cluster_method, OPTS_CONNECTED);
    assert_false(own.opts.cluster_floor_given);
    model_options_free(&own);
    asked = plain;
    asked.cluster_floor = -8;
    asked.cluster_floor_given = true;
    assert_true(model_options_make(&own, &asked, true, &e));
    assert_true(own.opts.cluster_floor == -8);
    model_options_free(&own);
    asked.cluster_floor = 5;
    assert_false(model_options_make(&own, &asked, true, &e));
    assert_int_equal(e.status, ERR_USAGE);
    model_options_free(&own);
}

/* Which pairs a model scores, beside what --where asks. */
static void test_where(void **state)
{
    (void)state;
    static const char both[] =
        "!(a.'x' == 'test' && missing(number(a.'y')) && days(a.'z') == 366) && "
        "!(b.'x' == 'test' && missing(number(b.'y')) && days(b.'z') == 366)";
    struct model m = {.nulls = copy(""), .n_columns = 3, .n_placeholders = 1};
    static const char *const kinds[] = {"name", "amount", "date"};
    for (int i = 0; i < 3; i++) {
        const char name[] = {(char)('x' + i), 0};
        const struct model_kind *kind = model_kind_find(kinds[i], strlen(kinds[i]));
        m.column[i] = (struct model_column){.name = {copy(name), copy(name)},
                                            .kind = kind,
                                            .metric = copy(kind->metric),
                                            .rules = copy(""),
                                            .n_levels = 2,
                                            .level = {{0, 0.25, 0.75, 0}, {1, 0.75, 0.25, 0}}};
    }
    m.placeholder[0].value[0] = copy("test");
    m.placeholder[0].value[2] = copy("1971-01-02");
    char *where = model_text(&m, model_write_where), *text = text_of(&m);
    assert_string_equal(where, both);
    char named[sizeof path + 4];
    put_file(text);
    snprintf(named, sizeof named, "%s.axb", path);
    assert_int_equal(rename(path, named), 0);
    const struct opts asked[] = {{.score = named}, {.score = named, .where = "a.x != b.y"}};
    for (int i = 0; i < 2; i++) {
        struct model_options own;
        struct err e = {0};
        assert_true(model_options_make(&own, &asked[i], false, &e));
        assert_non_null(strstr(own.opts.where, both));
        assert_int_equal(strncmp(own.opts.where, "(a.x != b.y) && ", 16) == 0, i == 1);
        model_options_free(&own);
    }
    assert_int_equal(rename(named, path), 0);
    free(where);
    free(text);
    model_free(&m);
}

static void test_options(void **state)
{
    (void)state;
    struct model m;
    struct err e = {0};
    struct model_options own;
    char named[sizeof path + 4];
    make_model(&m, 3);
    number_names(&m);
    char *text = text_of(&m);
    put_file(text);
    snprintf(named, sizeof named, "%s.axb", path);
    assert_int_equal(rename(path, named), 0);
    const struct opts o = {.score = named};
    assert_true(model_options_make(&own, &o, false, &e));
    assert_true(own.used && own.opts.min_given);
    assert_true(own.opts.min == m.threshold_bits);
    assert_int_equal(own.opts.one_to_one, m.one_to_one);
    assert_string_equal(own.opts.reading.nulls, m.nulls);
    model_options_free(&own);
    const struct opts other = {.score = named, .min = 5, .min_given = true, .top = 2};
    assert_true(model_options_make(&own, &other, false, &e));
    assert_true(own.opts.min == 5 && !own.opts.one_to_one);
    model_options_free(&own);
    const struct opts cleans = {.score = named, .normalize = {{"casefold"}, 1}};
    assert_false(model_options_make(&own, &cleans, false, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_non_null(strstr(e.text, "--normalize"));
    model_options_free(&own);
    check_clusters(named);
    free(text);
    model_free(&m);
    assert_int_equal(rename(named, path), 0);
}

static int set_up(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    harness_seed(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_weights), cmocka_unit_test(test_where),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
