/* A Python function as a scorer, up to what workers get of it: shipments that are right, that ask
 * for what does not exist, and that are damaged. Nothing here runs Python. */
#include "matcher/scorer/scorer.h"
#include "matcher/scorer/scorer_python_module.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRIALS 20000

static char *names_a[] = {"id", "name", "born", "full name", "keys"};
static char *names_b[] = {"id", "title", "born"};
static const struct scorer_headers headers = {names_a, 5, names_b, 3};

/* A shipment with this head, as the package makes it; n bytes, malloced. */
static char *shipment(const char *head, size_t *n)
{
    const uint64_t head_bytes = strlen(head);
    static const char body[] = "the function";
    char *all = malloc(16 + head_bytes + sizeof body);
    assert_non_null(all);
    memcpy(all, SHIPMENT_MAGIC, 8);
    memcpy(all + 8, &head_bytes, 8);
    memcpy(all + 16, head, head_bytes);
    memcpy(all + 16 + head_bytes, body, sizeof body);
    *n = 16 + head_bytes + sizeof body;
    return all;
}

/* scorer_make of these bytes in a descriptor. */
static bool make_of(const char *bytes, size_t n, struct scorer *s, struct err *e)
{
    char path[32];
    const int fd = memfd_create("shipment", 0);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    snprintf(path, sizeof path, "fd:%d", fd);
    const bool ok = scorer_make(path, NULL, &headers, s, e);
    close(fd);
    return ok;
}

static bool make(const char *head, struct scorer *s, struct err *e)
{
    size_t n;
    char *bytes = shipment(head, &n);
    const bool ok = make_of(bytes, n, s, e);
    free(bytes);
    return ok;
}

#define HEAD(a, b, rest)                                                                           \
    "{\"version\":1,\"name\":\"f\",\"call\":\"pair\",\"kind\":\"pickle\",\"python\":\"/bin/py\","  \
    "\"package\":\"/axb\",\"names\":[\"born\",\"name\"],\"types\":{\"a\":{\"born\":\"date\"},"     \
    "\"b\":{}},\"a\":" a ",\"b\":" b rest "}"

static const struct scorer_python_field *field_of(const struct scorer_python *v, uint32_t side,
                                                  const char *name)
{
    for (uint32_t k = 0; k < v->n_fields; k++)
        if (v->fields[k].side == side && strcmp(v->fields[k].name, name) == 0)
            return &v->fields[k];
    return NULL;
}

static void test_reads(void **state)
{
    struct scorer s;
    struct scorer_python v;
    struct err e = {0};
    (void)state;
    assert_true(make(HEAD("{\"reads\":[\"full name\",\"born\"],\"open\":false}",
                          "{\"reads\":[\"title\"],\"open\":false}", ",\"where\":\"a.id == b.id\""),
                     &s, &e));
    assert_string_equal(s.path, "f");
    assert_string_equal(s.python, "/bin/py");
    assert_string_equal(s.package, "/axb");
    assert_string_equal(s.where, "a.id == b.id");
    assert_int_equal(s.n_fields, 3);
    assert_true(scorer_python_view(s.fd, &v, &e));
    assert_int_equal(v.n_fields, 3);
    assert_int_equal(v.n_filled, 3);
    assert_int_equal(field_of(&v, 0, "born")->type, SCORER_PYTHON_DATE);
    assert_int_equal(field_of(&v, 0, "full name")->type, SCORER_PYTHON_STR);
    assert_int_equal(field_of(&v, 0, "full name")->column, 3);
    assert_int_equal(field_of(&v, 1, "title")->column, 1);
    assert_null(field_of(&v, 0, "name"));
    assert_memory_equal(v.shipment, SHIPMENT_MAGIC, 8);
    for (uint32_t k = 0; k < 3;
         k++) /* a date is compared as it stands, whatever --normalize says */
        assert_int_equal(s.fields[k].exact, v.fields[k].type != SCORER_PYTHON_STR);
    free(v.fields);
    scorer_close(&s);
}

/* A side that is open has all its columns, those first whose names stand in the code. */
static void test_open(void **state)
{
    struct scorer s;
    struct scorer_python v;
    struct err e = {0};
    (void)state;
    assert_true(
        make(HEAD("{\"reads\":[],\"open\":true}", "{\"reads\":[],\"open\":false}", ""), &s, &e));
    assert_true(scorer_python_view(s.fd, &v, &e));
    assert_int_equal(v.n_fields, 5);
    assert_int_equal(v.n_filled, 2);
    for (uint32_t k = 0; k < v.n_fields; k++)
        assert_int_equal(v.fields[k].filled, k < 2);
    assert_true(field_of(&v, 0, "name")->filled && field_of(&v, 0, "born")->filled);
    free(v.fields);
    scorer_close(&s);
}

/* `a.keys` is what records can do, also where a column is called so: it may read all of them. */
static void test_methods(void **state)
{
    struct scorer s;
    struct err e = {0};
    (void)state;
    assert_true(make(
        HEAD("{\"reads\":[\"keys\"],\"open\":false}", "{\"reads\":[\"keys\"],\"open\":false}", ""),
        &s, &e));
    assert_int_equal(s.n_fields, 5 + 3);
    scorer_close(&s);
}

static void test_unknown(void **state)
{
    struct scorer s;
    struct err e = {0};
    (void)state;
    assert_false(
        make(HEAD("{\"reads\":[\"nmae\"],\"open\":false}", "{\"reads\":[],\"open\":false}", ""), &s,
             &e));
    assert_int_equal(e.status, ERR_SCORER);
    assert_non_null(strstr(e.text, "`nmae` of A"));
    assert_non_null(strstr(e.hint, "did you mean name?"));
}

static void test_no_shipment(void **state)
{
    static const char *const heads[] = {
        "",
        "[]",
        "{}",
        "{\"name\":\"f\"}",
        "{\"name\":1,\"call\":\"pair\",\"python\":\"p\",\"package\":\"p\"}",
        "{\"name\":\"f\",\"call\":\"other\",\"python\":\"p\",\"package\":\"p\"}",
        "{\"name\":\"f\",\"call\":\"pair\",\"python\":\"p\",\"package\":\"p\",\"a\":{\"reads\":[1]}"
        "}",
        "{\"name\":\"f\",\"call\":\"pair\",\"python\":\"p\",\"package\":\"p\",\"a\":{\"reads\":"
        "[\"id\"]},\"types\":{\"a\":{\"id\":\"complex\"}}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct scorer s;
        struct err e = {0};
        if (make(heads[i], &s, &e))
            fail_msg("taken: %s", heads[i]);
        assert_int_equal(e.status, ERR_SOFTWARE);
        assert_int_equal(s.fd, -1);
    }
}

/* Whatever the bytes are, they are taken or refused. */
static void test_damaged(void **state)
{
    size_t n, taken = 0;
    char *right = shipment(HEAD("{\"reads\":[\"full name\",\"born\"],\"open\":true}",
                                "{\"reads\":[\"title\"],\"open\":false}", ",\"where\":\"a.id\""),
                           &n);
    char *bytes = malloc(n);
    (void)state;
    assert_non_null(bytes);
    harness_seed(5);
    for (int trial = 0; trial < TRIALS; trial++) {
        struct scorer s;
        struct err e = {0};
        memcpy(bytes, right, n);
        for (uint32_t k = 1 + harness_below(4); k; k--)
            bytes[8 + harness_below((uint32_t)n - 8)] = (char)harness_below(256);
        if (make_of(bytes, 8 + harness_below((uint32_t)n - 8), &s, &e)) {
            taken++;
            scorer_close(&s);
        } else {
            assert_true(e.status != ERR_NONE && *e.text);
        }
    }
    assert_true(taken < TRIALS / 4);
    free(bytes);
    free(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),       cmocka_unit_test(test_open),
        cmocka_unit_test(test_methods),     cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_no_shipment), cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
