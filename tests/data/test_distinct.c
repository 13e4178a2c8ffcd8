/* data/distinct: numbers of texts against a slow twin, by any number of threads and chunks. */
#include "core/random.h"
#include "data/distinct.h"

#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 60000u /* texts, in several chunks */
#define FEW 3000u   /* texts, in one chunk */
#define MOST_BYTES 40u
#define STRIDE (MOST_BYTES + 16u)

struct texts {
    char *bytes; /* STRIDE for each text */
    struct bytes *text;
    uint32_t n;
};

/* Texts of up to MOST_BYTES bytes. About one in `n_kinds` is new, one in 16 is missing. The first
 * 8 and the last 8 bytes of long ones are the same. */
static struct texts make_texts(uint32_t n, uint32_t n_kinds, uint64_t seed)
{
    struct texts t = {calloc(n, STRIDE), calloc(n, sizeof *t.text), n};
    assert_non_null(t.bytes);
    assert_non_null(t.text);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t kind = random_next(&seed) % n_kinds, bits = kind;
        uint32_t length = (uint32_t)(random_next(&bits) % (MOST_BYTES + 1));
        char *p = t.bytes + (size_t)i * STRIDE;
        for (uint32_t k = 0; k < length; k++)
            p[k] = length > 16 && (k < 8 || k + 8 >= length) ? 'x'
                                                             : (char)('a' + random_next(&bits) % 4);
        memset(p + length, (int)(i % 256), STRIDE - length); /* what follows does not count */
        t.text[i] = (struct bytes){random_next(&seed) % 16 ? p : NULL, length};
    }
    return t;
}

static void free_texts(struct texts *t)
{
    free(t->bytes);
    free(t->text);
}

static bool same_text(struct bytes x, struct bytes y)
{
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* Numbers as they should be, in the order of first occurrence, each by looking at all values. */
static uint32_t twin_number(const struct texts *t, uint32_t *number)
{
    uint32_t *first = calloc(t->n, sizeof *first), n_values = 0;
    assert_non_null(first);
    for (uint32_t i = 0; i < t->n; i++) {
        number[i] = TABLE_MISSING;
        if (!t->text[i].p)
            continue;
        uint32_t v = 0;
        while (v < n_values && !same_text(t->text[first[v]], t->text[i]))
            v++;
        if (v == n_values)
            first[n_values++] = i;
        number[i] = v;
    }
    free(first);
    return n_values;
}

static void check(uint32_t n, uint32_t n_kinds, uint64_t seed)
{
    struct texts t = make_texts(n, n_kinds, seed);
    uint32_t *wanted = calloc(n + 1, sizeof *wanted), *number = calloc(n + 1, sizeof *number);
    assert_non_null(wanted);
    assert_non_null(number);
    uint32_t n_wanted = twin_number(&t, wanted), n_values = 0;
    for (int threads = 1; threads <= 4; threads += 3) {
        omp_set_num_threads(threads);
        memset(number, 0, n * sizeof *number);
        assert_true(distinct_number(t.text, n, number, &n_values));
        if (n_values != n_wanted || memcmp(number, wanted, n * sizeof *number) != 0)
            print_error("%u texts of %u kinds, seed %llu, %d threads\n", n, n_kinds,
                        (unsigned long long)seed, threads);
        assert_int_equal(n_values, n_wanted);
        assert_memory_equal(number, wanted, n * sizeof *number);
    }
    free(wanted);
    free(number);
    free_texts(&t);
}

static void test_few(void **state)
{
    (void)state;
    check(0, 1, 1);
    check(1, 1, 2);
    for (uint32_t seed = 3; seed < 20; seed++)
        check(FEW, seed % 2 ? 100 : 1000000, seed); /* mostly repeated, mostly new */
}

static void test_many(void **state)
{
    (void)state;
    check(MANY, 5000, 20);
}

/* As dictionaries of two columns are: no column has a value twice, both have the same. So many
 * values that by chance about 18 pairs of them have the same hash of 32 bits; their first 8 bytes
 * are the same too. */
static void test_columns(void **state)
{
    (void)state;
    const uint32_t column = 400000, n = 2 * column;
    char *bytes = calloc(n, STRIDE);
    struct bytes *text = calloc(n, sizeof *text);
    uint32_t *number = calloc(n, sizeof *number), n_values;
    assert_non_null(bytes);
    assert_non_null(text);
    assert_non_null(number);
    for (uint32_t i = 0; i < n; i++) {
        char *p = bytes + (size_t)i * STRIDE;
        int length = snprintf(p, STRIDE, i % 2 ? "value number %u" : "number 1%u", i % column);
        text[i] = (struct bytes){p, (uint32_t)length};
    }
    assert_true(distinct_number(text, n, number, &n_values));
    assert_int_equal(n_values, column);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(number[i], i % column);
    free(number);
    free(text);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
