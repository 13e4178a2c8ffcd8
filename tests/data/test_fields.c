/* data/fields: lines in every format, byte by byte, and the same bytes for any number of threads.
 */
#include "data/emit.h"
#include "data/fields.h"
#include "data/out.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(t) ((struct bytes){t, sizeof(t) - 1})

static const struct bytes names[] = {TEXT("n"), TEXT("a,\"b"), TEXT("x")};

/* What was written. */
struct written {
    char *p;
    size_t n;
};

static bool take(void *context, const char *p, size_t n, struct err *e)
{
    struct written *w = context;
    (void)e;
    w->p = realloc(w->p, w->n + n + 1);
    assert_non_null(w->p);
    memcpy(w->p + w->n, p, n);
    w->n += n;
    w->p[w->n] = 0;
    return true;
}

static bool put(const void *context, uint64_t i, struct fields_line *line)
{
    (void)context;
    fields_integer(line, i);
    fields_text(line, i % 3 == 1 ? TEXT("q\"\t,\n") : TEXT(""), i % 3 == 2);
    fields_number(line, i % 2 ? (double)NAN : i == 4 ? (double)INFINITY : 0.5);
    return true;
}

static struct written write_lines(const char *format, uint64_t n)
{
    struct fields_spec spec = {.names = names, .n_names = 3, .n_lines = n, .put = put};
    struct written w = {NULL, 0};
    struct out out;
    struct err e;
    assert_true(emit_find(format, &spec.format, &e));
    assert_true(fields_check(spec.format, "--x", &e));
    out_open_into(&out, take, &w);
    assert_true(fields_write(&spec, &out, &e));
    return w;
}

static void expect(const char *format, uint64_t n, const char *right)
{
    struct written w = write_lines(format, n);
    assert_string_equal(w.p, right);
    free(w.p);
}

static void test_bytes(void **state)
{
    (void)state;
    expect("csv", 3, "n,\"a,\"\"b\",x\n0,\"\",0.5\n1,\"q\"\"\t,\n\",\n2,,0.5\n");
    expect("tsv", 3, "n\t\"a,\"\"b\"\tx\n0\t\"\"\t0.5\n1\t\"q\"\"\t,\n\"\t\n2\t\t0.5\n");
    expect("jsonl", 3,
           "{\"n\":0,\"a,\\\"b\":\"\",\"x\":0.5}\n"
           "{\"n\":1,\"a,\\\"b\":\"q\\\"\\u0009,\\u000a\",\"x\":null}\n"
           "{\"n\":2,\"a,\\\"b\":null,\"x\":0.5}\n");
    expect("json", 2,
           "[\n{\"n\":0,\"a,\\\"b\":\"\",\"x\":0.5}\n"
           ",{\"n\":1,\"a,\\\"b\":\"q\\\"\\u0009,\\u000a\",\"x\":null}\n]\n");
    expect("csv", 0, "n,\"a,\"\"b\",x\n");
    expect("json", 0, "[\n]\n");
    expect("jsonl", 0, "");
}

static void test_threads(void **state)
{
    (void)state;
    omp_set_num_threads(1);
    struct written one = write_lines("json", 30000);
    for (int threads = 2; threads <= 7; threads += 5) {
        omp_set_num_threads(threads);
        struct written w = write_lines("json", 30000);
        assert_int_equal(w.n, one.n);
        assert_memory_equal(w.p, one.p, w.n);
        free(w.p);
    }
    free(one.p);
}

static void test_refused(void **state)
{
    uint32_t format;
    struct err e;
    (void)state;
    assert_true(emit_find("pairs", &format, &e));
    assert_false(fields_check(format, "--x", &e));
    assert_string_equal(e.text, "--x: the format pairs holds pairs alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
