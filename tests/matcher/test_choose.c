/* What chooses among pairs, against the definitions: for each pair, all rivals of its rows are
 * counted; and the pairs are looked at one by one, the best first. Small random sets of pairs, with
 * few different scores, so that ties are many. */
#include "matcher/choose/choose_greedy.h"
#include "matcher/choose/choose_top.h"
#include "matcher/choose/found_order.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#define SEED 4711u
#define CASES 4000u
#define MOST_ROWS 9u
#define MOST_PAIRS 81u

static const double scores[] = {-INFINITY, -2.5, -0.0, 0.0, 0.25, 0.75, 1.0, 3e300, INFINITY};
#define N_SCORES (sizeof scores / sizeof *scores)

struct set {
    struct found_pair pair[MOST_PAIRS];
    struct found_rows rows;
    uint64_t n;
};

static void set_make(struct set *s)
{
    const uint32_t share = 1 + harness_below(10);
    s->rows.self = harness_below(2);
    s->rows.n[0] = 1 + harness_below(MOST_ROWS);
    s->rows.n[1] = s->rows.self ? s->rows.n[0] : 1 + harness_below(MOST_ROWS);
    s->n = 0;
    for (uint32_t a = 0; a < s->rows.n[0]; a++)
        for (uint32_t b = s->rows.self ? a + 1 : 0; b < s->rows.n[1]; b++)
            if (harness_below(10) < share)
                s->pair[s->n++] = (struct found_pair){a, b, scores[harness_below(N_SCORES)]};
}

static bool is_better(double x, double y, enum choose_better better)
{
    return better == CHOOSE_GREATEST ? x > y : x < y;
}

/* A set, its pairs once more to be chosen from, and which of them are to be kept. */
struct trial {
    struct set set;
    enum choose_better better;
    struct found_pair pair[MOST_PAIRS];
    struct found found;
    bool kept[MOST_PAIRS];
};

static void trial_make(struct trial *t)
{
    *t = (struct trial){.better = harness_below(2) ? CHOOSE_GREATEST : CHOOSE_LEAST};
    set_make(&t->set);
    memcpy(t->pair, t->set.pair, t->set.n * sizeof *t->pair);
    t->found = (struct found){t->pair, t->set.n};
}

static void check_kept(const struct trial *t)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < t->set.n; i++)
        if (t->kept[i]) {
            assert_true(n < t->found.n);
            assert_memory_equal(&t->pair[n++], &t->set.pair[i], sizeof *t->pair);
        }
    assert_int_equal(t->found.n, n);
}

/* ---- The best of each row --------------------------------------------------------------------*/

/* Is y, seen from x, among the best `top` of all that x is paired with? */
static bool among_best(const struct set *s, uint64_t x, bool from_a, uint64_t pair, uint32_t top,
                       enum choose_better better)
{
    const struct found_pair *p = &s->pair[pair];
    const uint64_t y = p->row_a == x && (s->rows.self || from_a) ? p->row_b : p->row_a;
    uint32_t before = 0;
    for (uint64_t i = 0; i < s->n; i++) {
        const struct found_pair *q = &s->pair[i];
        const bool of_a = (from_a || s->rows.self) && q->row_a == x;
        const bool of_b = (!from_a || s->rows.self) && q->row_b == x;
        const uint64_t other = of_a ? q->row_b : q->row_a;
        if (of_a || of_b)
            before += is_better(q->score, p->score, better) || (q->score == p->score && other < y);
    }
    return top == 0 || before < top;
}

static bool twin_top(const struct set *s, uint64_t i, const uint32_t top[2],
                     enum choose_better better)
{
    const uint32_t a = s->pair[i].row_a, b = s->pair[i].row_b;
    const bool plain =
        among_best(s, a, true, i, top[0], better) && among_best(s, b, false, i, top[1], better);
    const bool turned =
        among_best(s, b, true, i, top[0], better) && among_best(s, a, false, i, top[1], better);
    return plain || (s->rows.self && turned);
}

static void test_top(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct trial t;
        struct err e = {0};
        const uint32_t top[2] = {harness_below(4), harness_below(4)};
        trial_make(&t);
        for (uint64_t i = 0; i < t.set.n; i++)
            t.kept[i] = twin_top(&t.set, i, top, t.better);
        assert_true(choose_top(&t.found, t.set.rows, top, t.better, &e));
        check_kept(&t);
    }
}

/* ---- One to one, the best first --------------------------------------------------------------*/

static void twin_greedy(const struct set *s, enum choose_better better, bool *kept)
{
    bool taken[2][MOST_ROWS] = {{false}}, again = true;
    memset(kept, 0, MOST_PAIRS);
    while (again) {
        uint64_t best = s->n;
        for (uint64_t i = 0; i < s->n; i++) {
            const struct found_pair *p = &s->pair[i];
            if (!taken[0][p->row_a] && !taken[!s->rows.self][p->row_b] &&
                (best == s->n || is_better(p->score, s->pair[best].score, better)))
                best = i;
        }
        again = best < s->n;
        if (again) {
            kept[best] = true;
            taken[0][s->pair[best].row_a] = taken[!s->rows.self][s->pair[best].row_b] = true;
        }
    }
}

static void test_greedy(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct trial t;
        struct err e = {0};
        trial_make(&t);
        twin_greedy(&t.set, t.better, t.kept);
        assert_true(choose_greedy(&t.found, t.set.rows, t.better, &e));
        check_kept(&t);
    }
}

/* ---- The order by scores ---------------------------------------------------------------------*/

#define MANY 50000u

static double random_score(void)
{
    const uint64_t bits = (uint64_t)harness_below(1u << 31) << 33 ^ harness_below(1u << 31) << 2;
    double score;
    memcpy(&score, &bits, sizeof score);
    return isnan(score) || harness_below(4) == 0 ? scores[harness_below(N_SCORES)] : score;
}

static bool in_order(const struct found_pair *p, const struct found_pair *q,
                     enum choose_better better)
{
    return is_better(p->score, q->score, better) ||
           (p->score == q->score &&
            (p->row_a < q->row_a || (p->row_a == q->row_a && p->row_b < q->row_b)));
}

static void check_order(unsigned n, enum choose_better better)
{
    struct found_pair *pair = calloc(2 * MANY, sizeof *pair);
    assert_non_null(pair);
    uint64_t sum = 0, sorted_sum = 0;
    for (unsigned i = 0; i < n; i++) {
        pair[i] = (struct found_pair){i / 10, i % 10, random_score()};
        sum += (uint64_t)i * i;
    }
    const struct found_pair *sorted = found_order(pair, pair + MANY, n, better);
    for (unsigned i = 0; i < n; i++) {
        const uint64_t place = sorted[i].row_a * 10u + sorted[i].row_b;
        sorted_sum += place * place;
        if (i > 0)
            assert_true(in_order(&sorted[i - 1], &sorted[i], better));
    }
    assert_true(sorted_sum == sum);
    free(pair);
}

static void test_order(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 2, 63, 64, 65, 4000, MANY};
    harness_seed(SEED);
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            check_order(sizes[i], CHOOSE_GREATEST);
            check_order(sizes[i], CHOOSE_LEAST);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
