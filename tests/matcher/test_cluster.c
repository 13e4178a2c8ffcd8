/* Clusters against their definitions, on small random sets of pairs with many ties: all records
 * that can be reached; all clusters and all pairs across them, looked at anew for each join. */
#include "matcher/choose/cluster.h"
#include "matcher/choose/cluster_guard.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#define SEED 1618u
#define CASES 4000u
#define MOST 12u /* records */
#define MOST_PAIRS 66u

/* Pairs of one table, or of two, and the scores as a table of all records. NAN: no pair. */
struct set {
    struct found_pair pair[MOST_PAIRS];
    struct found found;
    struct found_rows rows;
    uint32_t n;
    double score[MOST][MOST];
};

/* Quarters, so that sums and averages of powers of two are exact. */
static void set_make(struct set *s, uint32_t most_share)
{
    const uint32_t share = 1 + harness_below(most_share), values = 1 + harness_below(6);
    s->n = 2 + harness_below(MOST - 1);
    s->rows = (struct found_rows){{s->n, s->n}, true};
    if (harness_below(3) == 0) {
        s->rows.n[0] = 1 + harness_below(s->n - 1);
        s->rows.n[1] = s->n - s->rows.n[0];
        s->rows.self = false;
    }
    s->found = (struct found){s->pair, 0};
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->n; k++)
            s->score[i][k] = NAN;
    for (uint32_t a = 0; a < s->rows.n[0]; a++)
        for (uint32_t b = s->rows.self ? a + 1 : 0; b < s->rows.n[1]; b++)
            if (harness_below(10) < share) {
                const double score = 0.25 * (1 + harness_below(values));
                const uint32_t k = s->rows.self ? b : s->rows.n[0] + b;
                s->pair[s->found.n++] = (struct found_pair){a, b, score};
                s->score[a][k] = s->score[k][a] = score;
            }
}

static enum choose_better any_better(void)
{
    return harness_below(2) ? CHOOSE_GREATEST : CHOOSE_LEAST;
}

static bool is_better(double x, double y, enum choose_better better)
{
    return better == CHOOSE_GREATEST ? x > y : x < y;
}

/* ---- Chains, and strength --------------------------------------------------------------------*/

/* The lowest record that can be reached, by trying until nothing changes. */
static void twin_connected(const struct set *s, uint32_t *cluster)
{
    bool again = true;
    for (uint32_t r = 0; r < s->n; r++)
        cluster[r] = r;
    while (again) {
        again = false;
        for (uint32_t i = 0; i < s->n; i++)
            for (uint32_t k = 0; k < s->n; k++)
                if (!isnan(s->score[i][k]) && cluster[k] < cluster[i]) {
                    cluster[i] = cluster[k];
                    again = true;
                }
    }
}

static void check_strength(const struct set *s, const uint32_t *cluster, enum choose_better better)
{
    double strength[MOST];
    cluster_strength(&s->found, s->rows, better, cluster, strength);
    for (uint32_t i = 0; i < s->n; i++) {
        double best = NAN;
        for (uint32_t k = 0; k < s->n; k++)
            if (cluster[k] == cluster[i] && !isnan(s->score[i][k]) &&
                (isnan(best) || is_better(s->score[i][k], best, better)))
                best = s->score[i][k];
        assert_true(best == strength[i] || (isnan(best) && isnan(strength[i])));
    }
}

static void test_connected(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct set s;
        uint32_t cluster[MOST], twin[MOST];
        set_make(&s, 4);
        twin_connected(&s, twin);
        cluster_connected(&s.found, s.rows, cluster);
        assert_memory_equal(cluster, twin, s.n * sizeof *twin);
        check_strength(&s, cluster, any_better());
    }
}

/* ---- Stars -----------------------------------------------------------------------------------*/

static uint32_t pairs_of(const struct set *s, uint32_t record)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < s->n; k++)
        n += isnan(s->score[record][k]) ? 0 : 1;
    return n;
}

static bool is_centre(const uint32_t *centre, uint32_t n, uint32_t record)
{
    bool is = false;
    for (uint32_t k = 0; k < n; k++)
        is = is || (k != record && centre[k] == record);
    return is;
}

/* Looks for the best pair in which one is free and the other free or a centre, until none is left:
 * records only become less free, so that pairs which were passed over stay so. */
static void twin_best_link(const struct set *s, enum choose_better better, uint32_t *cluster)
{
    uint32_t centre[MOST];
    for (uint32_t r = 0; r < s->n; r++)
        centre[r] = r;
    for (bool again = true; again;) {
        uint32_t best_i = MOST, best_k = MOST;
        for (uint32_t i = 0; i < s->n; i++)
            for (uint32_t k = i + 1; k < s->n; k++) {
                const bool i_free = centre[i] == i && !is_centre(centre, s->n, i);
                const bool k_free = centre[k] == k && !is_centre(centre, s->n, k);
                const bool may = (i_free || k_free) && centre[i] == i && centre[k] == k;
                if (may && !isnan(s->score[i][k]) &&
                    (best_i == MOST ||
                     is_better(s->score[i][k], s->score[best_i][best_k], better))) {
                    best_i = i;
                    best_k = k;
                }
            }
        again = best_i < MOST;
        if (again) {
            const bool k_more = pairs_of(s, best_k) > pairs_of(s, best_i);
            const bool k_is =
                is_centre(centre, s->n, best_k) || (k_more && !is_centre(centre, s->n, best_i));
            centre[k_is ? best_i : best_k] = k_is ? best_k : best_i;
        }
    }
    for (uint32_t r = 0; r < s->n; r++)
        for (cluster[r] = 0; centre[cluster[r]] != centre[r];)
            cluster[r]++;
}

static void test_best_link(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct set s;
        uint32_t cluster[MOST], twin[MOST];
        struct err e = {0};
        const enum choose_better better = any_better();
        set_make(&s, 9);
        twin_best_link(&s, better, twin);
        assert_true(cluster_best_link(&s.found, s.rows, better, cluster, &e));
        assert_memory_equal(cluster, twin, s.n * sizeof *twin);
        check_strength(&s, cluster, better);
    }
}

/* ---- Joined two at a time --------------------------------------------------------------------*/

struct rule {
    enum choose_better better;
    bool is_average;
    struct cluster_average average;
    uint32_t max_size;
    double lower; /* all scores are, by this */
};

/* The linkage of clusters x and y; NAN if they may not be joined. */
static double linkage(const struct set *s, const uint32_t *cluster, uint32_t x, uint32_t y,
                      struct rule rule)
{
    const double floor = rule.average.floor;
    double worst = NAN, sum = 0, pairs = 0;
    uint32_t records = 0;
    bool all = true;
    for (uint32_t i = 0; i < s->n; i++)
        records += cluster[i] == x || cluster[i] == y;
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->n; k++) {
            if (cluster[i] != x || cluster[k] != y)
                continue;
            const double score = s->score[i][k];
            pairs++;
            all = all && !isnan(score);
            sum += isnan(score) || score < floor ? floor : score;
            if (!isnan(score)) {
                worst = isnan(worst) || is_better(worst, score, rule.better) ? score : worst;
            }
        }
    if (records > rule.max_size)
        return NAN;
    if (rule.is_average)
        return pairs > 0 && sum / pairs >= rule.average.least ? sum / pairs : (double)NAN;
    return all ? worst : (double)NAN;
}

static void twin_join(const struct set *s, struct rule rule, uint32_t *cluster)
{
    for (uint32_t r = 0; r < s->n; r++)
        cluster[r] = r;
    for (bool again = true; again;) {
        uint32_t best_x = 0, best_y = 0;
        double best = NAN;
        for (uint32_t x = 0; x < s->n; x++)
            for (uint32_t y = x + 1; y < s->n; y++) {
                const double l = linkage(s, cluster, x, y, rule);
                if (isnan(l) || (!isnan(best) && !is_better(l, best, rule.better)))
                    continue;
                best = l;
                best_x = x;
                best_y = y;
            }
        again = !isnan(best);
        for (uint32_t r = 0; r < s->n && again; r++)
            cluster[r] = cluster[r] == best_y ? best_x : cluster[r];
    }
}

/* Makes all scores lower, so that some are below 0, as log-odds are. */
static void lower(struct set *s, double by)
{
    for (uint64_t i = 0; i < s->found.n; i++) {
        const uint32_t a = s->pair[i].row_a;
        const uint32_t b = (uint32_t)found_record_b(s->rows, s->pair[i].row_b);
        s->pair[i].score -= by;
        s->score[a][b] = s->score[b][a] = s->pair[i].score;
    }
}

/* No bound, or one that some clusters would pass. */
static uint32_t any_max_size(void)
{
    return harness_below(2) ? UINT32_MAX : 1 + harness_below(6);
}

static void check_joined(struct rule rule)
{
    struct set s;
    uint32_t cluster[MOST], twin[MOST];
    struct err e = {0};
    set_make(&s, 10);
    lower(&s, rule.lower);
    twin_join(&s, rule, twin);
    assert_true(rule.is_average
                    ? cluster_average(&s.found, s.rows, &rule.average, rule.max_size, cluster, &e)
                    : cluster_complete(&s.found, s.rows, rule.better, rule.max_size, cluster, &e));
    assert_memory_equal(cluster, twin, s.n * sizeof *twin);
}

static void test_complete(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++)
        check_joined((struct rule){.better = any_better(), .max_size = any_max_size()});
}

static void test_average(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        const double lower = 0.25 * harness_below(6), floor = 0.25 * harness_below(5) - lower;
        check_joined((struct rule){.better = CHOOSE_GREATEST,
                                   .is_average = true,
                                   .average = {floor + 0.125 * (1 + harness_below(8)), floor},
                                   .max_size = any_max_size(),
                                   .lower = lower});
    }
    struct found_pair pair[] = {{0, 1, INFINITY}};
    const struct found found = {pair, 1};
    const struct found_rows rows = {{2, 2}, true};
    uint32_t cluster[2];
    struct err e = {0};
    const struct cluster_average half = {0.5, 0}, none = {-3, -3};
    assert_false(cluster_average(&found, rows, &half, UINT32_MAX, cluster, &e));
    assert_int_equal(e.status, ERR_DATA);
    assert_false(cluster_average(&found, rows, &none, UINT32_MAX, cluster, &e));
    assert_int_equal(e.status, ERR_USAGE);
}

/* ---- What is too large -----------------------------------------------------------------------*/

static uint32_t size_of(const uint32_t *cluster, uint32_t n, uint32_t number)
{
    uint32_t size = 0;
    for (uint32_t r = 0; r < n; r++)
        size += cluster[r] == number;
    return size;
}

/* Does the cluster fall apart without pair i? */
static bool twin_bridge(const struct set *s, uint64_t i)
{
    struct set without = *s;
    uint32_t cluster[MOST];
    const uint32_t a = s->pair[i].row_a, b = (uint32_t)found_record_b(s->rows, s->pair[i].row_b);
    without.score[a][b] = without.score[b][a] = NAN;
    twin_connected(&without, cluster);
    return cluster[a] != cluster[b];
}

/* The weakest pair of those of a cluster that are bridges, or of all; the number of pairs if there
 * is none. */
static uint64_t twin_weakest(const struct set *s, const uint32_t *cluster, uint32_t number,
                             bool bridges, enum choose_better better)
{
    uint64_t weakest = s->found.n;
    for (uint64_t i = 0; i < s->found.n; i++)
        if (cluster[s->pair[i].row_a] == number && (!bridges || twin_bridge(s, i)) &&
            (weakest == s->found.n || !is_better(s->pair[i].score, s->pair[weakest].score, better)))
            weakest = i;
    return weakest;
}

static void check_large(const struct set *s, const struct cluster_large *l, const uint32_t *cluster,
                        enum choose_better better)
{
    const uint64_t bridge = twin_weakest(s, cluster, l->cluster, true, better);
    assert_int_equal(l->size, size_of(cluster, s->n, l->cluster));
    assert_int_equal(l->is_bridge, bridge < s->found.n);
    if (bridge < s->found.n)
        assert_int_equal(l->weakest, bridge);
    else
        assert_int_equal(l->weakest, twin_weakest(s, cluster, l->cluster, false, better));
}

static void test_guard(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct set s;
        struct cluster_large large[MOST];
        uint32_t twin[MOST], n_large, k = 0;
        struct err e = {0};
        const uint32_t max_size = 1 + harness_below(5);
        const enum choose_better better = any_better();
        set_make(&s, 4);
        twin_connected(&s, twin);
        assert_true(cluster_guard_find(&s.found, s.rows, better, max_size, large, &n_large, &e));
        for (uint32_t r = 0; r < s.n; r++) {
            if (twin[r] != r || size_of(twin, s.n, r) <= max_size)
                continue;
            assert_true(k < n_large);
            assert_int_equal(large[k].cluster, r);
            check_large(&s, &large[k++], twin, better);
        }
        assert_int_equal(k, n_large);
    }
}

/* Cuts the weakest bridge of any cluster that is too large, until there is none. */
static void twin_cut(const struct set *all, uint32_t max_size, enum choose_better better, bool *cut)
{
    struct set s = *all;
    memset(cut, 0, MOST_PAIRS);
    for (bool again = true; again;) {
        uint32_t cluster[MOST];
        uint64_t weakest = all->found.n;
        twin_connected(&s, cluster);
        for (uint64_t i = 0; i < all->found.n; i++)
            if (!cut[i] && size_of(cluster, s.n, cluster[all->pair[i].row_a]) > max_size &&
                twin_bridge(&s, i) &&
                (weakest == all->found.n ||
                 !is_better(all->pair[i].score, all->pair[weakest].score, better)))
                weakest = i;
        again = weakest < all->found.n;
        if (again) {
            const uint32_t a = all->pair[weakest].row_a;
            const uint32_t b = (uint32_t)found_record_b(all->rows, all->pair[weakest].row_b);
            cut[weakest] = true;
            s.score[a][b] = s.score[b][a] = NAN;
        }
    }
}

static void test_cut(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct set s;
        struct found_pair given[MOST_PAIRS];
        bool cut[MOST_PAIRS];
        struct err e = {0};
        const uint32_t max_size = 1 + harness_below(6);
        const enum choose_better better = any_better();
        set_make(&s, 3);
        const uint64_t n = s.found.n;
        uint64_t kept = 0;
        memcpy(given, s.pair, sizeof given);
        twin_cut(&s, max_size, better, cut);
        assert_true(cluster_guard_cut(&s.found, s.rows, better, max_size, &e));
        uint64_t next_cut = s.found.n;
        for (uint64_t i = 0; i < n; i++)
            assert_memory_equal(&s.pair[cut[i] ? next_cut++ : kept++], &given[i], sizeof *given);
        assert_int_equal(kept, s.found.n);
    }
}

/* A long chain and a large star: what is done for each record must not grow with them. */
static void test_long(void **state)
{
    (void)state;
    const uint32_t n = 100000;
    const struct found_rows rows = {{n, n}, true};
    struct found_pair *pair = calloc(n, sizeof *pair);
    assert_non_null(pair);
    for (unsigned star = 0; star < 2; star++) {
        struct found found = {pair, n - 1};
        struct err e = {0};
        for (uint32_t i = 0; i + 1 < n; i++)
            pair[i] = (struct found_pair){star ? 0 : i, i + 1, harness_below(100)};
        assert_true(cluster_guard_cut(&found, rows, CHOOSE_GREATEST, 50, &e));
        assert_true(star ? found.n == 49 : found.n > n / 2);
    }
    free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connected), cmocka_unit_test(test_best_link),
        cmocka_unit_test(test_complete),  cmocka_unit_test(test_average),
        cmocka_unit_test(test_guard),     cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
