/* Fits with labels: what is counted with all of them, the threshold against all thresholds, and the
 * cross-validation against one that hides labels by hand. */
#include "core/hash.h"
#include "matcher/fit/fit_labels.h"
#include "matcher/fit/fit_weights.h"
#include "tests/fit/harness_fit.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED 991u
#define CASES 60u
#define MOST_PAIRS 400u
#define FOLDS 5u

struct labelled {
    struct harness_fit made;
    uint8_t label[MOST_PAIRS];
    float weight[MOST_PAIRS];
    struct fit_labels labels;
};

/* The first pair of each row matches, as a rule; `share` of ten labels are known. */
static void labelled_open(struct labelled *l, uint32_t share)
{
    const uint32_t rows = 10 + harness_below(60), each = 1 + harness_below(5);
    harness_fit_open(&l->made, 2 + harness_below(4), (uint64_t)rows * each, rows, rows);
    harness_fit_fill(&l->made, each, 9);
    for (uint64_t i = 0; i < l->made.data.n_pairs; i++) {
        const bool match = i % each == 0 ? harness_below(10) < 9 : harness_below(30) == 0;
        l->label[i] = harness_below(10) < share ? match : FIT_UNLABELLED;
        l->weight[i] = (float)(1 + harness_below(3));
    }
    l->label[0] = FIT_MATCH;
    l->labels = (struct fit_labels){l->label, harness_below(2) ? l->weight : NULL,
                                    (double)harness_below(3)};
}

static double weight_of(const struct fit_labels *labels, uint64_t i)
{
    return labels->weight ? (double)labels->weight[i] : 1;
}

/* ---- The threshold ---------------------------------------------------------------------------*/

/* Which pairs one to one keeps: looked at one by one, the best first. */
static void twin_kept(const struct fit_data *d, const double *bits, bool one_to_one, bool *kept)
{
    bool looked[MOST_PAIRS] = {false};
    for (uint64_t i = 0; i < d->n_pairs; i++)
        kept[i] = !one_to_one;
    for (uint64_t turn = 0; one_to_one && turn < d->n_pairs; turn++) {
        uint64_t best = d->n_pairs;
        for (uint64_t i = 0; i < d->n_pairs; i++)
            if (!looked[i] && (best == d->n_pairs || bits[i] > bits[best]))
                best = i;
        looked[best] = kept[best] = true;
        for (uint64_t i = 0; i < d->n_pairs; i++)
            if (kept[i] && i != best && (d->a[i] == d->a[best] || d->b[i] == d->b[best]))
                kept[best] = false;
    }
}

struct counts {
    double right, accepted, matches;
};

static double f1_of(struct counts c)
{
    return c.right > 0 ? 2 * c.right / (c.accepted + c.matches) : 0;
}

static void count_pair(const struct fit_labels *labels, uint64_t i, bool accepted, struct counts *c)
{
    const double weight = labels->label[i] == FIT_UNLABELLED ? 0 : weight_of(labels, i);
    const bool match = labels->label[i] == FIT_MATCH;
    c->matches += match ? weight : 0;
    c->accepted += accepted ? weight : 0;
    c->right += match && accepted ? weight : 0;
}

static struct counts counts_at(const struct fit_data *d, const struct fit_labels *labels,
                               const double *bits, const bool *kept, double threshold_bits)
{
    struct counts c = {.matches = labels->n_other_matches};
    for (uint64_t i = 0; i < d->n_pairs; i++)
        count_pair(labels, i, kept[i] && bits[i] >= threshold_bits, &c);
    return c;
}

static void test_threshold(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct labelled l;
        struct fit_supervised s;
        struct fit_weights w;
        struct err e = {0};
        double bits[MOST_PAIRS], most = 0;
        bool kept[MOST_PAIRS];
        const struct fit_options options = fit_defaults(c % 2);
        labelled_open(&l, 4 + c % 7);
        assert_true(fit_supervised(&l.made.data, &options, &l.labels, c, &s, &e));
        fit_weights(l.made.column, &s.fit, &w);
        fit_scores(&l.made.data, &w, bits);
        twin_kept(&l.made.data, bits, options.one_to_one, kept);
        for (uint64_t i = 0; i < l.made.data.n_pairs; i++)
            most = fmax(most, f1_of(counts_at(&l.made.data, &l.labels, bits, kept, bits[i])));
        const struct counts at = counts_at(&l.made.data, &l.labels, bits, kept, s.threshold_bits);
        assert_true(fabs(s.seen.f1 - most) < 1e-12);
        assert_true(fabs(f1_of(at) - most) < 1e-12);
        assert_true(fabs(s.seen.recall - at.right / at.matches) < 1e-12);
        assert_true(at.accepted == 0 || fabs(s.seen.precision - at.right / at.accepted) < 1e-12);
        harness_fit_close(&l.made);
    }
}

/* ---- Labels of some pairs --------------------------------------------------------------------*/

static double twin_believed(const double c[2], double bits)
{
    return 1 / (1 + exp2(-(c[0] + c[1] * fmax(fmin(bits, 20), -20))));
}

/* How likely the labels are by a shift and a slope, and how likely these are. */
static double log_likelihood(const struct labelled *l, const double *bits, const double c[2])
{
    double sum = -c[0] * c[0] / 18 - (c[1] - 1) * (c[1] - 1) / .18;
    for (uint64_t i = 0; i < l->made.data.n_pairs; i++)
        if (l->label[i] != FIT_UNLABELLED) {
            const double p = twin_believed(c, bits[i]);
            sum += log(l->label[i] == FIT_MATCH ? p : 1 - p);
        }
    return sum;
}

/* Looks around in ever smaller steps. */
static void twin_calibrate(const struct labelled *l, const double *bits, double c[2])
{
    c[0] = 0;
    c[1] = 1;
    for (double step = 1; step > 1e-7;) {
        bool better = false;
        for (int k = 0; k < 4 && !better; k++) {
            double other[2] = {c[0], c[1]};
            other[k % 2] += k < 2 ? step : -step;
            better = other[1] >= .1 && log_likelihood(l, bits, other) > log_likelihood(l, bits, c);
            if (better)
                memcpy(c, other, sizeof other);
        }
        step = better ? step : step / 2;
    }
}

static struct counts twin_believe(const struct labelled *l, const double *bits, const bool *kept,
                                  const double c[2], double threshold_bits)
{
    struct counts n = {.matches = l->labels.n_other_matches};
    for (uint64_t i = 0; i < l->made.data.n_pairs; i++) {
        const bool known = l->label[i] != FIT_UNLABELLED,
                   accepted = kept[i] && bits[i] >= threshold_bits;
        const double right = known ? l->label[i] == FIT_MATCH : twin_believed(c, bits[i]);
        n.matches += kept[i] || known ? right : 0;
        n.accepted += accepted;
        n.right += accepted ? right : 0;
    }
    return n;
}

/* The threshold by labels of some pairs against all thresholds. */
static void test_some_labels(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned k = 0; k < CASES; k++) {
        struct labelled l;
        struct fit_supervised s;
        struct fit_weights w;
        struct err e = {0};
        double bits[MOST_PAIRS], most = 0, c[2];
        bool kept[MOST_PAIRS];
        const struct fit_options options = fit_defaults(k % 2);
        labelled_open(&l, k % 8);
        assert_true(fit_partly_labelled(&l.made.data, &options, &l.labels, &s, &e));
        fit_weights(l.made.column, &s.fit, &w);
        fit_scores(&l.made.data, &w, bits);
        twin_kept(&l.made.data, bits, options.one_to_one, kept);
        twin_calibrate(&l, bits, c);
        for (uint64_t i = 0; i < l.made.data.n_pairs; i++)
            most = fmax(most, f1_of(twin_believe(&l, bits, kept, c, bits[i])));
        const struct counts at = twin_believe(&l, bits, kept, c, s.threshold_bits);
        assert_true(fabs(s.seen.f1 - most) < 1e-4);
        assert_true(fabs(f1_of(at) - most) < 1e-4);
        assert_true(s.n_folds == 0 && s.crossed.f1 == 0);
        harness_fit_close(&l.made);
    }
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* With all labels, many to many and without a related class, a model is a count; of sampled rows it
 * counts for all. */
static void test_all_labels(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct labelled l;
        struct fit_supervised s;
        struct err e = {0};
        struct fit_options options = fit_defaults(false);
        double matches = 0, sum[FIT_MAX_LEVELS] = {0}, total = options.alpha;
        options.related = false;
        labelled_open(&l, 10);
        l.made.data.share = c % 2 ? 1 : .25;
        assert_true(fit_supervised(&l.made.data, &options, &l.labels, 1, &s, &e));
        const uint32_t exact = l.made.column[0].n_levels - 1;
        for (uint64_t i = 0; i < l.made.data.n_pairs; i++)
            if (l.label[i] == FIT_MATCH) {
                matches++;
                if (l.made.level[0][i] != FIT_MISSING) {
                    sum[l.made.level[0][i]]++;
                    total++;
                }
            }
        const double counted = matches + l.labels.n_other_matches;
        assert_true(fabs(s.fit.k - counted / l.made.data.share) < 1e-9);
        assert_true(fabs(s.fit.m[0][exact] - (sum[exact] + .7 * options.alpha) / total) < 1e-3);
        harness_fit_close(&l.made);
    }
}

static void test_no_match(void **state)
{
    (void)state;
    struct labelled l;
    struct fit_supervised s;
    struct err e = {0};
    const struct fit_options options = fit_defaults(false);
    harness_seed(SEED);
    labelled_open(&l, 10);
    memset(l.label, FIT_NO_MATCH, sizeof l.label);
    assert_false(fit_supervised(&l.made.data, &options, &l.labels, 1, &s, &e));
    assert_int_equal(e.status, ERR_DATA);
    harness_fit_close(&l.made);
}

/* ---- Folds -----------------------------------------------------------------------------------*/

/* The lowest record that labelled matches connect with each record: looked for until nothing
 * changes. */
static void twin_clusters(const struct labelled *l, uint32_t *lowest)
{
    const struct fit_data *d = &l->made.data;
    const uint32_t rows = (uint32_t)d->n_rows[0];
    bool changed = true;
    for (uint32_t r = 0; r < 2 * rows; r++)
        lowest[r] = r;
    while (changed) {
        changed = false;
        for (uint64_t i = 0; i < d->n_pairs; i++) {
            uint32_t *x = &lowest[d->a[i]], *y = &lowest[rows + d->b[i]];
            if (l->label[i] != FIT_MATCH || *x == *y)
                continue;
            *x = *y = *x < *y ? *x : *y;
            changed = true;
        }
    }
}

static uint32_t fold_of(uint32_t lowest, uint64_t seed)
{
    return (uint32_t)(hash_mix3(lowest, seed, FOLDS) % FOLDS);
}

/* Adds the pairs of a fold by a model that saw none of their labels. */
static void twin_fold(const struct labelled *l, const struct fit_options *options,
                      const uint32_t *lowest, uint32_t fold, uint64_t seed, struct counts *counts)
{
    const struct fit_data *d = &l->made.data;
    uint8_t shown[MOST_PAIRS];
    double bits[MOST_PAIRS];
    bool kept[MOST_PAIRS];
    struct fit_supervised s;
    struct fit_weights w;
    struct err e = {0};
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        const uint32_t x = lowest[d->a[i]], y = lowest[d->n_rows[0] + d->b[i]];
        shown[i] =
            fold_of(x, seed) == fold || fold_of(y, seed) == fold ? FIT_UNLABELLED : l->label[i];
    }
    const struct fit_labels labels = {shown, l->labels.weight,
                                      l->labels.n_other_matches * (FOLDS - 1) / FOLDS};
    assert_true(fit_supervised(d, options, &labels, seed, &s, &e));
    fit_weights(d->column, &s.fit, &w);
    fit_scores(d, &w, bits);
    twin_kept(d, bits, options->one_to_one, kept);
    counts->matches += l->labels.n_other_matches / FOLDS;
    for (uint64_t i = 0; i < d->n_pairs; i++)
        if (fold_of(lowest[d->a[i]], seed) == fold)
            count_pair(&l->labels, i, kept[i] && bits[i] >= s.threshold_bits, counts);
}

static void test_folds(void **state)
{
    (void)state;
    unsigned told = 0;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES / 3; c++) {
        struct labelled l;
        struct fit_supervised s;
        struct counts counts = {0};
        struct err e = {0};
        uint32_t lowest[MOST_PAIRS];
        const struct fit_options options = fit_defaults(c % 2);
        labelled_open(&l, 7);
        assert_true(fit_supervised(&l.made.data, &options, &l.labels, c, &s, &e));
        twin_clusters(&l, lowest);
        for (uint32_t fold = 0; s.n_folds && fold < FOLDS; fold++)
            twin_fold(&l, &options, lowest, fold, c, &counts);
        assert_true(fabs(s.crossed.f1 - f1_of(counts)) < 1e-12);
        told += s.n_folds > 0;
        harness_fit_close(&l.made);
    }
    assert_true(told > CASES / 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold),  cmocka_unit_test(test_some_labels),
        cmocka_unit_test(test_all_labels), cmocka_unit_test(test_no_match),
        cmocka_unit_test(test_folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
