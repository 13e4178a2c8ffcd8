/* A file of the format "values" is read as the lines that the same run writes as CSV, by whoever
 * reads files; one that was cut or damaged is refused. */
#include "core/err.h"
#include "data/input.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define ENOUGH ((size_t)1 << 30)

static void open_good(struct input *in, const char *path)
{
    struct err e = {0};
    if (!input_open(in, path, path, ENOUGH, &e))
        fail_msg("%s", e.text);
}

static void expect_lines(const char *values, const char *csv)
{
    struct input x, y;
    open_good(&x, values);
    open_good(&y, csv);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.p, y.p, x.n);
    input_close(&x);
    input_close(&y);
}

/* Values that several rows have, a side with itself, and pairs of rows in place of values. */
static void test_lines(void **state)
{
    static const char *const runs[] = {
        "match a.csv b.csv --on city --metric jaro_winkler --min 0.7",
        "match a.csv b.csv --on name --min 0.6",
        "match a.csv b.csv --on name --min 0.6 --top 1",
        "match a.csv b.csv --on name --min 1 --where 'a.city == \"nowhere\"'",
        "dedupe a.csv --on city --metric jaro --min 0.6",
        "dedupe a.csv --score '0.5 * levenshtein(name) + 0.5 * jaro(city)' --min 0.7",
    };
    (void)state;
    harness_shell_people("a.csv", 300);
    harness_shell_people("b.csv", 200);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        char command[600], *out, *err;
        snprintf(command, sizeof command,
                 "axb %s -o p.csv && axb %s -o p.values && zstd -qf p.values -o packed.zst",
                 runs[i], runs[i]);
        if (harness_shell(command, &out, &err) != 0)
            fail_msg("%s\n%s", command, err);
        free(out);
        free(err);
        expect_lines("p.values", "p.csv");
        expect_lines("packed.zst", "p.csv");
    }
}

/* What reads pairs writes the same of both. */
static void test_readers(void **state)
{
    (void)state;
    harness_shell_people("a.csv", 300);
    static const char make[] =
        "axb dedupe a.csv --on name --min 0.6 -o p.csv; axb dedupe a.csv --on name --min 0.6 -o "
        "p.values; ";
    static const char *const readers[] = {"axb cluster %s --tables 1",
                                          "axb cluster %s --tables 1 --min 0.8",
                                          "axb eval %s p.csv --tables 1 | sed 's/p.values/p.csv/'"};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        char command[600];
        int n = snprintf(command, sizeof command, "%s", make);
        snprintf(command + n, sizeof command - (size_t)n, readers[i], "p.values");
        char *of_values = harness_shell_written(command);
        snprintf(command + n, sizeof command - (size_t)n, readers[i], "p.csv");
        char *of_csv = harness_shell_written(command);
        assert_string_equal(of_values, of_csv);
        free(of_values);
        free(of_csv);
    }
}

static bool opens(const char *p, size_t n)
{
    struct err e = {0};
    struct input in;
    harness_write("damaged.values", p, n);
    if (input_open(&in, "damaged.values", "damaged.values", ENOUGH, &e)) {
        input_close(&in);
        return true;
    }
    assert_int_equal(e.status, ERR_DATA);
    assert_string_equal(e.text,
                        "damaged.values: this file of pairs of values was cut or is damaged");
    return false;
}

#define MARK_BYTES 8u

/* Reads a file that is right, of n bytes; MARK_BYTES zeros are after them. The caller frees it. */
static void *read_good(size_t *n)
{
    harness_shell_people("a.csv", 12);
    free(harness_shell_written("axb dedupe a.csv --on name --min 0.3 -o p.values"));
    char *bytes = harness_read("p.values", n);
    assert_in_range(*n, 200, 1 << 16);
    assert_non_null(bytes = realloc(bytes, *n + MARK_BYTES));
    memset(bytes + *n, 0, MARK_BYTES);
    assert_true(opens(bytes, *n));
    return bytes;
}

/* Every bit counts, and every byte of the end. */
static void test_damage(void **state)
{
    size_t n;
    (void)state;
    char *bytes = read_good(&n);
    for (size_t cut = MARK_BYTES; cut < n; cut++)
        assert_false(opens(bytes, cut));
    assert_false(opens(bytes, n + MARK_BYTES));
    for (size_t bit = MARK_BYTES * 8; bit < n * 8; bit += 3) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        assert_false(opens(bytes, n));
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    free(bytes);
}

/* A pair that occurs twice, in a block whose sum is right: rows would have more pairs than there
 * are rows. */
static void test_repeated(void **state)
{
    enum { HEAD = 9 };
    size_t n;
    (void)state;
    uint64_t *word = read_good(&n), *block = word + 1;
    uint64_t *begin = block + HEAD + block[3] + 1 + block[4] + 1;
    uint64_t *pair = begin + block[3] + 1 + block[7], v = 0;
    while (begin[v + 1] < begin[v] + 2)
        v++;
    pair[begin[v] + 1] = pair[begin[v]];
    const size_t of_block = block[1] / sizeof *block;
    block[of_block - 1] = XXH3_64bits(block, (of_block - 1) * sizeof *block);
    assert_false(opens((const char *)word, n));
    free(word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_repeated),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
