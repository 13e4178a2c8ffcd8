/* The join of places against the double loop: around the poles, over the date line, at distances
 * from none to half the earth. */
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_places;

#define N 150

static const char *const metrics[] = {
    "km", "km:0.001", "km:1e-9", "km:500", "km:14000", "km_distance", "km_normalized_distance:30",
};

/* From 0 to 1. */
static double share(void)
{
    return harness_below(1000001) / 1e6;
}

static void put_place(char *text, size_t capacity, double latitude, double longitude)
{
    snprintf(text, capacity, "%.10f, %.10f", latitude, longitude);
}

/* One of eight places where coordinates are at odds with neighbourhood, and some way from it. */
static void random_place(char *text, size_t capacity)
{
    static const double at[][2] = {{90, 0},   {-90, 120},  {0, 180},  {0, -180},
                                   {48, 360}, {-70, -360}, {89.9, 1}, {48.1, 11.6}};
    static const char *const odd[] = {"",       "nowhere", "91, 0",  "90, 7", "-90, -7",
                                      "0, 180", "0, -180", "0, 540", "0, 0",  "-0, 0"};
    const double way[] = {0, 1e-9, 1e-5, 0.01, 0.3, 5, 80};
    const double size = way[harness_below(7)];
    const double *middle = at[harness_below(8)];
    if (harness_below(6) == 0) {
        snprintf(text, capacity, "%s", odd[harness_below(sizeof odd / sizeof *odd)]);
        return;
    }
    const double latitude = middle[0] + (2 * share() - 1) * size;
    const double longitude = middle[1] + (2 * share() - 1) * size * (harness_below(2) ? 1 : 50);
    put_place(text, capacity, fmin(fmax(latitude, -90), 90), fmin(fmax(longitude, -360), 360));
}

static void make_random(struct harness_dictionary *r, bool self, uint64_t seed)
{
    static char text[2 * N][48];
    const char *list[2 * N];
    harness_seed(seed);
    for (size_t i = 0; i < 2 * N; i++) {
        random_place(text[i], sizeof text[i]);
        list[i] = text[i];
    }
    harness_dictionary_make(r, list, N, self ? NULL : list + N, self ? 0 : N);
}

/* Scores that occur and the doubles next to them, and the least distances that there are. */
static bool edges_hold(struct join_job job, const double *score, const char *what)
{
    static const double least[] = {0, 5e-324, 1e-300, 1e-12};
    const size_t n = (size_t)job.a->n * job.b->n;
    for (size_t i = 0; i < 16; i++) {
        const double at = i < 4 ? least[i] : score[harness_below((uint32_t)n)];
        for (int side = -1; side <= 1; side++) {
            job.need = side ? nextafter(at, side * INFINITY) : at;
            const bool allowed =
                metric_falls(job.use.view) ? job.need >= 0 : job.need > 0 && job.need <= 1;
            if (allowed && join_places.cost(&job) <= 1e300 &&
                !harness_join_matches(&join_places, &job, score, what, NULL))
                return false;
        }
    }
    return true;
}

static void finds_all(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            struct harness_dictionary r;
            make_random(&r, seed & 1, seed);
            struct join_job job = harness_join_job(metrics[m], &r, seed & 1);
            double *score = harness_scores(&job);
            job.need = 0.5;
            double cost;
            assert_ptr_equal(join_choose(&job, "places", &cost), &join_places);
            assert_true(cost < 1);
            assert_true(harness_join_thresholds(&join_places, job, score, metrics[m]));
            assert_true(edges_hold(job, score, metrics[m]));
            free(score);
            harness_dictionary_free(&r);
        }
}

/* Half the earth and more is left to the scan, and so are metrics of no places. */
static void leaves_the_rest(void **state)
{
    struct harness_dictionary r;
    (void)state;
    make_random(&r, false, 9);
    struct join_job job = harness_join_job("km_distance", &r, false);
    job.need = 16000;
    assert_true(isinf(join_places.cost(&job)));
    job = harness_join_job("km_normalized_distance", &r, false);
    job.need = 1;
    assert_true(isinf(join_places.cost(&job)));
    job = harness_join_job("number", &r, false);
    job.need = 0.5;
    assert_true(isinf(join_places.cost(&job)));
    job = harness_join_job("km", &r, false);
    job.need = 0.5;
    job.prune = false;
    assert_true(isinf(join_places.cost(&job)));
    harness_dictionary_free(&r);
}

/* Many points of a few cubes, so that items begin within one. */
static void dense_points(void **state)
{
    enum { MANY = 700 };
    static char text[MANY][48];
    const char *list[MANY];
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct harness_dictionary r;
        harness_seed(10);
        for (size_t i = 0; i < MANY; i++) {
            put_place(text[i], sizeof text[i], 48 + share(), 11 + share());
            list[i] = text[i];
        }
        harness_dictionary_make(&r, list, self ? MANY : MANY / 2, self ? NULL : list + MANY / 2,
                                self ? 0 : MANY / 2);
        struct join_job job = harness_join_job("km:60", &r, self);
        double *score = harness_scores(&job);
        assert_true(harness_join_thresholds(&join_places, job, score, "dense"));
        free(score);
        harness_dictionary_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(leaves_the_rest),
        cmocka_unit_test(dense_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
