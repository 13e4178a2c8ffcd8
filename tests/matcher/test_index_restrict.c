/* An index of some rows against the plain filter of the whole: each row that is left has its value,
 * no other row has one, and the places are those values. */
#include "matcher/index/index.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 815u
#define ROWS 150u

/* Two columns with few values in common, some of them missing. */
static void make(struct harness_dictionary *d, uint32_t n_values)
{
    static char text[2][ROWS][16];
    const char *rows[2][ROWS];
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ROWS; i++) {
            snprintf(text[side][i], sizeof text[side][i], "%u", harness_below(n_values));
            rows[side][i] = harness_below(8) ? text[side][i] : NULL;
        }
    harness_dictionary_make(d, rows[0], ROWS, rows[1], ROWS);
}

static void check_dictionary(const struct dictionary *x, const struct dictionary *y)
{
    assert_true(x->n == y->n && x->width == y->width && x->max_length == y->max_length);
    for (uint32_t v = 0; v < x->n; v++) {
        const struct text a = dictionary_text(x, v), b = dictionary_text(y, v);
        assert_true(a.n == b.n && memcmp(a.codes, b.codes, (size_t)a.n * a.width) == 0);
    }
}

/* Is `some` the side of those rows of `whole` that are taken? */
static void check_side(const struct side *some, const struct side *whole, const bool *taken)
{
    uint64_t n = 0;
    for (uint64_t r = 0; r < whole->n_rows; r++) {
        const uint32_t place = some->row_place[r], old = whole->row_place[r];
        if (!taken[r] || old == TABLE_MISSING) {
            assert_int_equal(place, TABLE_MISSING);
            continue;
        }
        assert_true(place < some->n);
        assert_int_equal(some->value[place], whole->value[old]);
        n++;
    }
    assert_int_equal(some->n_rows, whole->n_rows);
    assert_int_equal(some->rows_begin[0], 0);
    assert_int_equal(some->rows_begin[some->n], n);
    for (uint32_t p = 0; p < some->n; p++) {
        assert_true(p == 0 || some->value[p] > some->value[p - 1]);
        assert_true(some->rows_begin[p + 1] > some->rows_begin[p]);
        for (uint64_t i = some->rows_begin[p]; i < some->rows_begin[p + 1]; i++) {
            assert_int_equal(some->row_place[some->rows[i]], p);
            assert_true(i == some->rows_begin[p] || some->rows[i] > some->rows[i - 1]);
        }
    }
}

static void check_list(const struct row_list *list, const uint32_t *rows, uint64_t n)
{
    assert_int_equal(list->n, n);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(row_list_at(list, i), rows[i]);
}

/* Restricts one side to random rows; with `self` the only field is that of both sides. */
static void check_restriction(const struct harness_dictionary *d, int side, bool self)
{
    static struct index whole, some;
    static bool taken[ROWS], all[ROWS];
    uint32_t rows[ROWS], n = 0;
    const bool of_side[2] = {side == 0, side == 1};
    struct shm segment;
    struct err e = {0};
    whole = (struct index){.dictionary = d->dictionary,
                           .rows = {{NULL, ROWS}, {NULL, ROWS}},
                           .n_fields = self ? 1 : 2,
                           .field = {{.side = d->a}, {.side = d->b}}};
    const uint32_t share = harness_below(12);
    for (uint32_t r = 0; r < ROWS; r++) {
        all[r] = true;
        taken[r] = harness_below(11) < share;
        if (taken[r])
            rows[n++] = r;
    }
    assert_true(shm_create(&segment, "some rows", 1 << 22, &e));
    assert_true(
        self ? index_restrict_self(&whole, side, (struct row_list){rows, n}, &segment, &e)
             : index_restrict(&whole, side, (struct row_list){rows, n}, of_side, &segment, &e));
    assert_true(index_view(&some, &segment, &e));
    assert_int_equal(some.n_fields, 2);
    check_dictionary(&some.dictionary, &whole.dictionary);
    check_list(&some.rows[side], rows, n);
    assert_true(some.rows[!side].row == NULL && some.rows[!side].n == ROWS);
    check_side(&some.field[side].side, self || side == 0 ? &d->a : &d->b, taken);
    check_side(&some.field[!side].side, self || side == 1 ? &d->a : &d->b, all);
    shm_close(&segment);
}

static void some_rows_of_a_side(void **state)
{
    (void)state;
    static const uint32_t n_values[] = {1, 3, 20, 1000};
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof n_values / sizeof *n_values; i++) {
        struct harness_dictionary d;
        make(&d, n_values[i]);
        for (int k = 0; k < 40; k++)
            check_restriction(&d, k % 2, k % 4 > 1);
        harness_dictionary_free(&d);
    }
}

/* How many of the listed rows have a value. */
static uint32_t count_value(const struct side *s, const struct row_list *rows, uint32_t value)
{
    uint32_t n = 0;
    for (uint64_t i = 0; i < rows->n; i++) {
        const uint32_t place = s->row_place[row_list_at(rows, i)];
        n += place != TABLE_MISSING && (value == TABLE_MISSING || s->value[place] == value);
    }
    return n;
}

/* Values that several records of the side have are as rare as they are among the records of both;
 * all others have no rarity. */
static void check_rarity(const struct index *one, const struct index *whole, int side)
{
    const struct rarity *rarity = index_rarity(one, (uint32_t)side, (uint32_t)side);
    const struct side *a = &whole->field[0].side, *b = &whole->field[1].side;
    const uint32_t records = count_value(a, &whole->rows[0], TABLE_MISSING) +
                             count_value(b, &whole->rows[1], TABLE_MISSING);
    uint32_t n = 0;
    assert_non_null(rarity);
    for (uint32_t v = 0; v < whole->dictionary.n; v++) {
        const uint32_t of[] = {count_value(a, &whole->rows[0], v),
                               count_value(b, &whole->rows[1], v)};
        const double bits = of[side] > 1 ? rarity_of(of[0] + of[1], records) : 0;
        assert_true(rarity_bits(rarity, v) == bits);
        n += of[side] > 1;
    }
    assert_int_equal(rarity->n, n);
}

/* The rows of one side stand for both; fields, dictionary and lists are those of before. */
static void one_side_for_both(void **state)
{
    static struct index whole, one;
    static uint32_t few[100];
    static bool all[ROWS];
    (void)state;
    memset(all, true, sizeof all);
    for (uint32_t i = 0; i < 100; i++)
        few[i] = i + i / 3;
    harness_seed(SEED);
    for (int side = 0; side < 2; side++) {
        struct harness_dictionary d;
        struct shm segment;
        struct err e = {0};
        make(&d, 20);
        whole = (struct index){.dictionary = d.dictionary,
                               .rows = {{NULL, ROWS}, {few, 100}},
                               .n_fields = 2,
                               .field = {{.side = d.a}, {.side = d.b}},
                               .n_pairs = 1,
                               .pair = {{.fields = {0, 1, INDEX_VALUES}}}};
        assert_true(shm_create(&segment, "one side", 1 << 22, &e));
        assert_true(index_one_side(&whole, side, &segment, &e));
        assert_true(index_view(&one, &segment, &e));
        check_dictionary(&one.dictionary, &whole.dictionary);
        for (int list = 0; list < 2; list++)
            if (side)
                check_list(&one.rows[list], few, 100);
            else
                assert_true(one.rows[list].row == NULL && one.rows[list].n == ROWS);
        check_side(&one.field[0].side, &d.a, all);
        check_side(&one.field[1].side, &d.b, all);
        check_rarity(&one, &whole, side);
        shm_close(&segment);
        harness_dictionary_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_rows_of_a_side),
        cmocka_unit_test(one_side_for_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
