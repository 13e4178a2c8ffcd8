/* One to one with the best total, against all matchings of small sets of pairs, tried one by one;
 * and larger ones, by their proof. Scores of few values make many ties. */
#include "matcher/choose/assignment.h"
#include "matcher/choose/choose_optimal.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#define SEED 90210u
#define CASES 3000u
#define MOST_ROWS 6u
#define MOST_PAIRS 36u

/* Quarters, so that their totals are exact. */
static void make(struct found *found, struct found_rows *rows)
{
    const uint32_t share = 1 + harness_below(10), values = 1 + harness_below(12);
    const double lowest = harness_below(2) ? 0.25 : -1.0;
    *rows =
        (struct found_rows){{1 + harness_below(MOST_ROWS), 1 + harness_below(MOST_ROWS)}, false};
    found->n = 0;
    for (uint32_t a = 0; a < rows->n[0]; a++)
        for (uint32_t b = 0; b < rows->n[1]; b++)
            if (harness_below(10) < share)
                found->pair[found->n++] =
                    (struct found_pair){a, b, lowest + 0.25 * harness_below(values)};
}

struct best {
    unsigned pairs;
    double total;
};

static bool is_better(struct best x, struct best y, enum choose_better better)
{
    if (better == CHOOSE_GREATEST)
        return x.total > y.total;
    return x.pairs != y.pairs ? x.pairs > y.pairs : x.total < y.total;
}

/* The best of all ways to go on from pair i, when the rows of B in `taken` are. */
static struct best twin_best(const struct found *f, uint64_t i, unsigned taken,
                             enum choose_better better)
{
    if (i == f->n)
        return (struct best){0, 0};
    const struct found_pair *p = &f->pair[i];
    struct best best = twin_best(f, i + 1, taken, better);
    if (taken >> p->row_b & 1)
        return best;
    uint64_t after = i;
    while (after < f->n && f->pair[after].row_a == p->row_a)
        after++;
    struct best with = twin_best(f, after, taken | 1u << p->row_b, better);
    with = (struct best){with.pairs + 1, with.total + p->score};
    return is_better(with, best, better) ? with : best;
}

/* The kept pairs are some of those that were given, in their order, with no row twice. */
static struct best check_choice(const struct found *kept, const struct found *all)
{
    unsigned taken[2] = {0, 0};
    struct best sum = {0, 0};
    uint64_t k = 0;
    for (uint64_t i = 0; i < all->n && k < kept->n; i++)
        if (memcmp(&kept->pair[k], &all->pair[i], sizeof *all->pair) == 0) {
            const struct found_pair *p = &kept->pair[k++];
            assert_false(taken[0] >> p->row_a & 1);
            assert_false(taken[1] >> p->row_b & 1);
            taken[0] |= 1u << p->row_a;
            taken[1] |= 1u << p->row_b;
            sum = (struct best){sum.pairs + 1, sum.total + p->score};
        }
    assert_int_equal(k, kept->n);
    return sum;
}

static void test_small(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct found_pair all_pairs[MOST_PAIRS], pairs[MOST_PAIRS];
        struct found all = {all_pairs, 0}, found;
        struct found_rows rows;
        struct err e = {0};
        const enum choose_better better = c % 2 ? CHOOSE_GREATEST : CHOOSE_LEAST;
        make(&all, &rows);
        memcpy(pairs, all_pairs, all.n * sizeof *pairs);
        found = (struct found){pairs, all.n};
        assert_true(choose_optimal(&found, rows, better, &e));
        const struct best seen = check_choice(&found, &all), best = twin_best(&all, 0, 0, better);
        assert_true(seen.total == best.total);
        assert_true(better == CHOOSE_GREATEST || seen.pairs == best.pairs);
        for (uint64_t i = 0; i < found.n; i++)
            assert_true(better == CHOOSE_LEAST || pairs[i].score > 0);
    }
}

/* ---- Larger ones -----------------------------------------------------------------------------*/

/* Larger sets are proved by choose_optimal itself, which fails otherwise; here it is seen that a
 * greedy total is never above, and that several shapes are done at all. */
static uint64_t make_shape(struct found_pair *pair, uint32_t n, unsigned shape)
{
    uint64_t k = 0;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b < n; b++) {
            const double any = harness_below(1000000) * 1e-6;
            const bool chain = b == a || b + 1 == a, some = harness_below(n) < 4;
            if (shape == 0 && chain)
                pair[k++] = (struct found_pair){a, b, 0.9};
            else if (shape == 1 && chain)
                pair[k++] = (struct found_pair){a, b, 0.5 + any};
            else if (shape == 2 && some)
                pair[k++] = (struct found_pair){a, b, 0.8 + any / 5};
            else if (shape == 3 && some && a % 3)
                pair[k++] = (struct found_pair){a, b, 1.0};
            else if (shape == 4 && some && b % 3)
                pair[k++] = (struct found_pair){a, b, 0.8 + harness_below(4) * 0.05};
            else if (shape == 5)
                pair[k++] = (struct found_pair){a, b, (a + 1.0) * (b + 1.0)};
        }
    return k;
}

static void test_shapes(void **state)
{
    (void)state;
    const uint32_t n = 200;
    struct found_pair *pair = calloc((size_t)n * n, sizeof *pair);
    assert_non_null(pair);
    harness_seed(SEED);
    for (unsigned shape = 0; shape < 6; shape++)
        for (unsigned way = 0; way < 2; way++) {
            struct found found = {pair, make_shape(pair, n, shape)};
            struct err e = {0};
            assert_true(found.n > 0);
            assert_true(choose_optimal(&found, (struct found_rows){{n, n}, false},
                                       way ? CHOOSE_LEAST : CHOOSE_GREATEST, &e));
            assert_true(found.n > 0 && found.n <= n);
        }
    free(pair);
}

/* ---- The proof -------------------------------------------------------------------------------*/

/* 0-0 weighs 5, 0-1 weighs 4, 1-0 weighs 4: two pairs are worth 8, one 5. */
struct tiny {
    uint64_t begin[2][3];
    uint32_t to[2][3], match[2][2];
    int64_t weight[2][3], dual[2][2];
    struct assignment p;
};

static void tiny_make(struct tiny *t)
{
    *t = (struct tiny){
        .begin = {{0, 2, 3}, {0, 2, 3}},
        .to = {{0, 1, 0}, {0, 1, 0}},
        .weight = {{5, 4, 4}, {5, 4, 4}},
    };
    t->p = (struct assignment){.n = {2, 2}};
    for (unsigned side = 0; side < 2; side++) {
        t->p.edges[side] = (struct assignment_edges){t->begin[side], t->to[side], t->weight[side]};
        t->p.match[side] = t->match[side];
        t->p.dual[side] = t->dual[side];
    }
}

static void test_proof(void **state)
{
    (void)state;
    struct tiny t;
    struct err e = {0};
    tiny_make(&t);
    assert_true(assignment_solve(&t.p, &e));
    assert_int_equal(t.match[0][0], 1);
    assert_int_equal(t.match[0][1], 0);
    assert_true(assignment_proved(&t.p));
    const struct tiny right = t;
    t.dual[0][0]++; /* a pair that is not tight */
    assert_false(assignment_proved(&t.p));
    t.dual[0][0] -= 2; /* an edge above its duals */
    assert_false(assignment_proved(&t.p));
    memcpy(t.dual, right.dual, sizeof t.dual);
    t.match[0][0] = t.match[1][1] = ASSIGNMENT_FREE; /* a free row with a dual */
    assert_false(assignment_proved(&t.p));
    memcpy(t.match, right.match, sizeof t.match);
    t.match[0][1] = 1; /* two rows with one partner */
    assert_false(assignment_proved(&t.p));
}

/* ---- What is refused, and what is left out ---------------------------------------------------*/

static void test_refusals(void **state)
{
    (void)state;
    struct found_pair pair[] = {{0, 1, INFINITY}, {1, 2, -INFINITY}, {2, 0, -0.0}};
    struct found found = {pair, 3};
    struct err e = {0};
    const struct found_rows two = {{3, 3}, false}, self = {{3, 3}, true};
    assert_false(choose_optimal(&found, self, CHOOSE_GREATEST, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_false(choose_optimal(&found, two, CHOOSE_GREATEST, &e));
    assert_int_equal(e.status, ERR_DATA);
    assert_non_null(strstr(e.text, "row 1 of A and row 2 of B"));
    assert_int_equal(found.n, 3);
    pair[0].score = 2.5;
    assert_false(choose_optimal(&found, two, CHOOSE_LEAST, &e));
    assert_true(choose_optimal(&found, two, CHOOSE_GREATEST, &e));
    assert_int_equal(found.n, 1);
    assert_int_equal(found.pair[0].row_b, 1);
    found.n = 0;
    assert_true(choose_optimal(&found, two, CHOOSE_LEAST, &e));
    assert_int_equal(found.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
