/* The schedule of rounds against all of its choices: each subset of the steps is tried. */
#include "matcher/planner/rounds_schedule.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>

#define SEED 4711u
#define STEPS 9u

/* What it takes to do the steps of a subset. */
static double cost_of(const struct rounds_step *step, uint32_t n, unsigned subset, double n_rows,
                      double round, double end, double end_row)
{
    double rows = n_rows, cost = 0;
    for (uint32_t i = 0; i < n; i++)
        if (subset >> i & 1 && rows > 0) {
            cost += round + rows * step[i].row_seconds;
            rows = n_rows * step[i].left;
        }
    return cost + (rows > 0 ? end + rows * end_row : 0);
}

static unsigned subset_of(const uint32_t *chosen, uint32_t n)
{
    unsigned subset = 0;
    for (uint32_t i = 0; i < n; i++) {
        assert_true(i == 0 || chosen[i] > chosen[i - 1]);
        subset |= 1u << chosen[i];
    }
    return subset;
}

static double random_to(double most)
{
    return most * harness_below(1001) / 1000.0;
}

static void the_cheapest_of_all(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (int i = 0; i < 3000; i++) {
        struct rounds_step step[STEPS];
        uint32_t chosen[ROUNDS_MOST];
        const uint32_t n = harness_below(STEPS + 1);
        const double n_rows = random_to(1e6), round = random_to(1), end = random_to(5),
                     end_row = random_to(1e-2);
        double left = 1, row = 0, seconds, least = INFINITY;
        for (uint32_t k = 0; k < n; k++) {
            left = harness_below(5) ? left * random_to(1) : 0;
            row += random_to(1e-4);
            step[k] = (struct rounds_step){.left = left, .row_seconds = row};
        }
        for (unsigned subset = 0; subset < 1u << n; subset++)
            least = fmin(least, cost_of(step, n, subset, n_rows, round, end, end_row));
        const uint32_t n_chosen =
            rounds_schedule(step, n, n_rows, round, end, end_row, chosen, &seconds);
        const double got =
            cost_of(step, n, subset_of(chosen, n_chosen), n_rows, round, end, end_row);
        assert_true(fabs(seconds - least) <= 1e-9 * (1 + least));
        assert_true(fabs(got - least) <= 1e-9 * (1 + least));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
