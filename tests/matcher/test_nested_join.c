/* Nested joins: items and tiles cover each pair of rows of each pair of values exactly once, and
 * are cut where there is too much for one. Sides are made up of multiplicities alone: nothing here
 * reads a row. */
#include "matcher/engine/nested_join.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 78u
#define PLACES 80u
#define PAIRS_MAX (PLACES * PLACES)

struct case_ {
    struct side a, b;
    struct pairs pairs;
    uint64_t begin_a[PLACES + 1], begin_b[PLACES + 1], begin[PLACES + 1];
    uint32_t place_b[PAIRS_MAX];
    uint64_t pair[PAIRS_MAX]; /* pair k has score k */
    double score[PAIRS_MAX];
};

static void case_open(struct case_ *c)
{
    *c = (struct case_){.a = {.rows_begin = c->begin_a}, .b = {.rows_begin = c->begin_b}};
    c->pairs = (struct pairs){.begin = c->begin, .pair = c->pair, .score = c->score};
}

static void add_place(struct side *s, uint64_t *begin, uint64_t n_rows)
{
    begin[s->n + 1] = begin[s->n] + n_rows;
    s->n++;
}

static void add_pair(struct case_ *c, uint32_t place_a, uint32_t place_b)
{
    uint64_t n =
        c->begin[place_a + 1] > c->begin[place_a] ? c->begin[place_a + 1] : c->begin[place_a];
    c->place_b[n] = place_b;
    c->pair[n] = n << 32 | place_b;
    c->score[n] = place_a + place_b / 100.0;
    for (uint32_t p = place_a; p < c->a.n; p++)
        c->begin[p + 1] = n + 1;
}

/* Places of one row to a million, pairs of about a third of them. */
static void make_random(struct case_ *c, uint32_t largest)
{
    case_open(c);
    for (uint32_t i = 0; i < PLACES; i++) {
        add_place(&c->a, c->begin_a, 1 + harness_below(harness_below(3) ? 20 : largest));
        add_place(&c->b, c->begin_b, 1 + harness_below(harness_below(3) ? 20 : largest));
    }
    for (uint32_t i = 0; i < PLACES; i++)
        for (uint32_t k = 0; k < PLACES; k++)
            if (harness_below(3) == 0)
                add_pair(c, i, k);
}

/* The items of a pair follow each other from the first of its rows of A to the last. Returns the
 * number of the item after them. */
static uint64_t check_pair(const struct case_ *c, const struct nested_items *items, uint64_t at,
                           uint32_t place_a, uint64_t pair)
{
    uint32_t rows = side_multiplicity(&c->a, place_a), next = 0;
    while (next < rows) {
        const struct nested_item *item = &items->item[at++];
        assert_int_equal(item->place_a, place_a);
        assert_int_equal(item->place_b, c->place_b[pair]);
        assert_true(item->score == c->score[pair]);
        assert_int_equal(item->a_from, next);
        assert_in_range(item->a_to, next + 1, rows);
        next = item->a_to;
    }
    return at;
}

/* No item has more than so many pairs of rows, unless it has few rows of A; no tile has an item
 * that would not have been needed to fill it. */
static void check_sizes(const struct case_ *c, const struct nested_items *items, uint64_t n_tiles)
{
    for (uint64_t t = 0; t < n_tiles; t++) {
        double before_last = 0;
        for (uint64_t i = items->tile[t]; i < items->tile[t + 1]; i++) {
            const struct nested_item *item = &items->item[i];
            double pairs =
                (double)(item->a_to - item->a_from) * side_multiplicity(&c->b, item->place_b);
            assert_true(pairs <= 2.5e8 + side_multiplicity(&c->b, item->place_b) ||
                        item->a_to - item->a_from <= 1024);
            if (i + 1 < items->tile[t + 1])
                before_last += pairs;
        }
        assert_true(before_last < 2e7);
    }
}

static uint64_t check_case(const struct case_ *c)
{
    struct nested_items items;
    struct shm segment;
    struct err e = {0};
    uint64_t n_tiles, at = 0;
    assert_true(shm_create(&segment, "items", 1 << 26, &e));
    assert_true(nested_join_build(&c->pairs, &c->a, &c->b, &segment, &n_tiles, &e));
    nested_join_view(&items, shm_view_of(&segment));
    for (uint32_t i = 0; i < c->a.n; i++)
        for (uint64_t k = c->begin[i]; k < c->begin[i + 1]; k++)
            at = check_pair(c, &items, at, i, k);
    assert_int_equal(items.tile[0], 0);
    for (uint64_t t = 0; t < n_tiles; t++)
        assert_true(items.tile[t] < items.tile[t + 1]);
    assert_int_equal(items.tile[n_tiles], at);
    check_sizes(c, &items, n_tiles);
    shm_close(&segment);
    return n_tiles;
}

static void test_cover(void **state)
{
    (void)state;
    static const uint32_t largest[] = {1, 30, 1000, 5000, 1000000};
    static struct case_ c;
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof largest / sizeof *largest; i++)
        for (int again = 0; again < 3; again++) {
            make_random(&c, largest[i]);
            uint64_t n_tiles = check_case(&c);
            if (largest[i] == 1000000)
                assert_true(n_tiles > 10);
        }
}

static void test_no_pairs(void **state)
{
    (void)state;
    static struct case_ c;
    case_open(&c);
    assert_int_equal(check_case(&c), 0);
    add_place(&c.a, c.begin_a, 5);
    add_place(&c.b, c.begin_b, 5);
    assert_int_equal(check_case(&c), 0);
    assert_false(nested_join_pays(&c.pairs, &c.a, &c.b));
}

/* Rows of A at which an item is cut: one less, as many, one more. */
static void test_item_borders(void **state)
{
    (void)state;
    static const uint32_t rows[] = {1023, 1024, 1025, 2048, 2049};
    static const uint32_t items[] = {1, 1, 2, 2, 3};
    static struct case_ c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        case_open(&c);
        add_place(&c.a, c.begin_a, rows[i]);
        add_place(&c.b, c.begin_b, 1000000);
        add_pair(&c, 0, 0);
        assert_int_equal(check_case(&c), items[i]); /* each fills a tile */
    }
}

/* It pays with 3e7 pairs of rows in all and 2e4 a pair of values, and not with fewer. */
static void test_pays(void **state)
{
    (void)state;
    static struct case_ c;
    case_open(&c);
    add_place(&c.a, c.begin_a, 6000);
    add_place(&c.a, c.begin_a, 1);
    add_place(&c.b, c.begin_b, 5000);
    add_place(&c.b, c.begin_b, 4999);
    for (uint32_t i = 0; i < 30; i++)
        add_place(&c.b, c.begin_b, 1);
    add_pair(&c, 0, 1);
    assert_false(nested_join_pays(&c.pairs, &c.a, &c.b));
    add_pair(&c, 0, 0);
    assert_true(nested_join_pays(&c.pairs, &c.a, &c.b));
    case_open(&c);
    for (uint32_t i = 0; i < PLACES; i++)
        add_place(&c.a, c.begin_a, 250);
    for (uint32_t i = 0; i < PLACES; i++)
        add_place(&c.b, c.begin_b, i % 2 ? 20 : 19);
    for (uint32_t i = 0; i < PLACES; i++)
        for (uint32_t k = 0; k < PLACES; k++)
            add_pair(&c, i, k);
    assert_false(nested_join_pays(&c.pairs, &c.a, &c.b)); /* many in all, but 4.9e3 a pair */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cover),
        cmocka_unit_test(test_no_pairs),
        cmocka_unit_test(test_item_borders),
        cmocka_unit_test(test_pays),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
