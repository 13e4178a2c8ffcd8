/* Thresholds and figures of labelled pairs, and folds. The fit with labels is that without them,
 * but for posteriors that are known (fit_em.h). */
#include "matcher/fit/fit_labels.h"
#include "core/hash.h"
#include "core/sort.h"
#include "matcher/choose/choose_greedy.h"
#include "matcher/choose/cluster.h"
#include "matcher/choose/scratch.h"
#include "matcher/fit/fit_weights.h"

#include <math.h>

#define FOLDS 5u
#define LEAST_MATCHES 10u /* that are labelled, for a cross-validation */
#define FARTHEST 20.0     /* bits: beyond them no score says more */
#define SHIFT_SPREAD 3.0  /* bits: how far off the model is expected to be … */
#define SLOPE_SPREAD 0.3  /* … and by which share it overrates its evidence */
#define LEAST_SLOPE 0.1
#define CALIBRATION_STEPS 40u
#define MOST_STEP 1.0
#define MOST_TURN 0.2

/* A pair that may be accepted, for the threshold. */
struct scored {
    double bits;
    double weight; /* it stands for so many pairs … */
    double right;  /* … of which so many match */
};

struct judge {
    const struct fit_data *data;
    const struct fit_options *options;
    const struct fit_labels *labels; /* all of them */
    struct found_rows rows;
    struct scored *scored;    /* [n_pairs] */
    double *bits;             /* [n_pairs] scores by the model that is judged */
    struct found_pair *found; /* [n_pairs] */
    uint8_t *kept;            /* [n_pairs] the choice of one to one keeps the pair */
    uint8_t *shown;           /* [n_pairs] labels, but for those of a fold */
    uint32_t *cluster;        /* [records] by labelled matches */
};

/* Weights of pairs. */
struct tally {
    double right, accepted, matches;
};

static struct fit_quality quality_of(struct tally t)
{
    return (struct fit_quality){.precision = t.accepted > 0 ? t.right / t.accepted : 0,
                                .recall = t.matches > 0 ? t.right / t.matches : 0,
                                .f1 = t.right > 0 ? 2 * t.right / (t.accepted + t.matches) : 0};
}

static double weight_of(const struct fit_labels *labels, uint64_t i)
{
    return labels->weight ? (double)labels->weight[i] : 1;
}

/* ---- The threshold ---------------------------------------------------------------------------*/

/* Which pairs a choice of one to one would keep, whatever the threshold: the best pairs are looked
 * at first, so that those that a higher threshold keeps are the first of those of a lower one. */
static bool choose_kept(struct judge *j, struct err *e)
{
    const struct fit_data *d = j->data;
    struct found found = {j->found, d->n_pairs};
    memset(j->kept, !j->options->one_to_one, d->n_pairs);
    if (!j->options->one_to_one)
        return true;
    for (uint64_t i = 0; i < d->n_pairs; i++)
        found.pair[i] = (struct found_pair){d->a[i], d->b[i], j->bits[i]};
    if (!choose_greedy(&found, j->rows, CHOOSE_GREATEST, e))
        return false;
    for (uint64_t i = 0, at = 0; i < d->n_pairs && at < found.n; i++)
        if (d->a[i] == found.pair[at].row_a && d->b[i] == found.pair[at].row_b) {
            j->kept[i] = 1;
            at++;
        }
    return true;
}

static int compare_scored(const void *x, const void *y)
{
    return sort_compare_double(&((const struct scored *)y)->bits,
                               &((const struct scored *)x)->bits);
}

/* The labelled pairs that may be accepted. *matches is the weight of all that match. */
static uint64_t collect_scored(const struct judge *j, const struct fit_labels *labels,
                               double *matches)
{
    uint64_t n = 0;
    *matches = labels->n_other_matches;
    for (uint64_t i = 0; i < j->data->n_pairs; i++) {
        const bool match = labels->label[i] == FIT_MATCH;
        if (match)
            *matches += weight_of(labels, i);
        if (j->kept[i] && labels->label[i] != FIT_UNLABELLED)
            j->scored[n++] =
                (struct scored){j->bits[i], weight_of(labels, i), match ? weight_of(labels, i) : 0};
    }
    return n;
}

/* The threshold of the greatest F1: between the score of the last pair that is accepted and that of
 * the next one. The higher one of equals. */
static double best_threshold(const struct scored *scored, uint64_t n, double matches,
                             struct fit_quality *quality)
{
    struct tally t = {.matches = matches};
    double threshold = n ? scored[0].bits : 0;
    *quality = (struct fit_quality){0};
    for (uint64_t i = 0; i < n; i++) {
        t.accepted += scored[i].weight;
        t.right += scored[i].right;
        const double bits = scored[i].bits, next = i + 1 < n ? scored[i + 1].bits : bits - 1;
        const struct fit_quality q = quality_of(t);
        if (next < bits && q.f1 > quality->f1) {
            const double between = bits + (next - bits) / 2;
            threshold = between > next ? between : bits;
            *quality = q;
        }
    }
    return threshold;
}

/* ---- One model -------------------------------------------------------------------------------*/

/* Sets bits and kept to those of a model. */
static bool score(struct judge *j, const struct fit *fit, struct err *e)
{
    struct fit_weights w;
    fit_weights(j->data->column, fit, &w);
    fit_scores(j->data, &w, j->bits);
    return choose_kept(j, e);
}

/* The threshold of a model, from n pairs that may be accepted. */
static void set_threshold(struct judge *j, uint64_t n, double matches,
                          struct fit_supervised *result)
{
    qsort(j->scored, n, sizeof *j->scored, compare_scored);
    result->threshold_bits = best_threshold(j->scored, n, matches, &result->seen);
}

/* Fits with these labels, and finds the threshold by them. */
static bool fit_and_judge(struct judge *j, const struct fit_options *options,
                          const struct fit_labels *labels, struct fit_supervised *result,
                          struct err *e)
{
    double matches;
    if (!fit_model(j->data, options, labels, &result->fit, e) || !score(j, &result->fit, e))
        return false;
    const uint64_t n = collect_scored(j, labels, &matches);
    set_threshold(j, n, matches, result);
    return true;
}

/* The better one, by labels, of a model with a class of related pairs and one without. Afterwards
 * bits and kept are of that one. */
static bool fit_best(struct judge *j, const struct fit_labels *labels,
                     struct fit_supervised *result, struct err *e)
{
    struct fit_options plain = *j->options;
    struct fit_supervised without;
    plain.related = false;
    if (!fit_and_judge(j, j->options, labels, result, e))
        return false;
    if (!result->fit.has_related)
        return true;
    if (!fit_and_judge(j, &plain, labels, &without, e))
        return false;
    if (without.seen.f1 >= result->seen.f1) {
        *result = without;
        return true;
    }
    return score(j, &result->fit, e);
}

/* ---- Folds -----------------------------------------------------------------------------------*/

/* Clusters of records that labelled matches connect, so that no fold tells of another. */
static void find_clusters(struct judge *j)
{
    struct found found = {j->found, 0};
    for (uint64_t i = 0; i < j->data->n_pairs; i++)
        if (j->labels->label[i] == FIT_MATCH)
            found.pair[found.n++] = (struct found_pair){j->data->a[i], j->data->b[i], 1};
    cluster_connected(&found, j->rows, j->cluster);
}

static uint32_t fold_of(const struct judge *j, uint64_t record, uint64_t seed)
{
    return (uint32_t)(hash_mix3(j->cluster[record], seed, FOLDS) % FOLDS);
}

static void hide_fold(struct judge *j, uint32_t fold, uint64_t seed)
{
    const struct fit_data *d = j->data;
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        const bool hidden = fold_of(j, d->a[i], seed) == fold ||
                            fold_of(j, found_record_b(j->rows, d->b[i]), seed) == fold;
        j->shown[i] = hidden ? FIT_UNLABELLED : j->labels->label[i];
    }
}

/* Adds the pairs of a fold, by a model that did not see their labels. */
static void tally_fold(const struct judge *j, uint32_t fold, uint64_t seed, double threshold_bits,
                       struct tally *t)
{
    const struct fit_data *d = j->data;
    t->matches += j->labels->n_other_matches / FOLDS;
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        if (j->labels->label[i] == FIT_UNLABELLED || fold_of(j, d->a[i], seed) != fold)
            continue;
        const double weight = weight_of(j->labels, i);
        const bool match = j->labels->label[i] == FIT_MATCH;
        const bool accepted = j->kept[i] && j->bits[i] >= threshold_bits;
        t->matches += match ? weight : 0;
        t->accepted += accepted ? weight : 0;
        t->right += match && accepted ? weight : 0;
    }
}

static bool cross_validate(struct judge *j, uint64_t seed, struct fit_supervised *result,
                           struct err *e)
{
    const struct fit_labels shown = {j->shown, j->labels->weight,
                                     j->labels->n_other_matches * (FOLDS - 1) / FOLDS};
    struct tally t = {0};
    find_clusters(j);
    for (uint32_t fold = 0; fold < FOLDS; fold++) {
        struct fit_supervised part;
        hide_fold(j, fold, seed);
        if (!fit_best(j, &shown, &part, e))
            return false;
        tally_fold(j, fold, seed, part.threshold_bits, &t);
    }
    result->crossed = quality_of(t);
    result->n_folds = FOLDS;
    return true;
}

/* ---- Labels of some pairs --------------------------------------------------------------------*/

/* What a score says after a look at the labels: the odds are 2^(shift + slope * bits). */
struct calibration {
    double shift, slope;
};

static double believed(struct calibration c, double bits)
{
    const double x = fmin(fmax(bits, -FARTHEST), FARTHEST);
    return 1 / (1 + exp2(-(c.shift + c.slope * x)));
}

/* Of the likelihood of the labels: its gradient, and how fast that falls. */
struct slopes {
    double shift, slope;           /* the gradient */
    double shift_2, both, slope_2; /* second derivatives, negative */
};

static void add_label(struct slopes *d, struct calibration c, double bits, bool match)
{
    const double x = fmin(fmax(bits, -FARTHEST), FARTHEST), p = believed(c, bits);
    const double error = M_LN2 * (match - p), fall = M_LN2 * M_LN2 * p * (1 - p);
    d->shift += error;
    d->slope += error * x;
    d->shift_2 += fall;
    d->both += fall * x;
    d->slope_2 += fall * x * x;
}

/* A step of Newton's method towards the calibration that makes the labels most likely. Without
 * labels it is that of the model: no shift, a slope of 1. */
static struct calibration improve(const struct judge *j, struct calibration c)
{
    const double of_shift = 1 / (SHIFT_SPREAD * SHIFT_SPREAD),
                 of_slope = 1 / (SLOPE_SPREAD * SLOPE_SPREAD);
    struct slopes d = {-c.shift * of_shift, (1 - c.slope) * of_slope, of_shift, 0, of_slope};
    for (uint64_t i = 0; i < j->data->n_pairs; i++)
        if (j->labels->label[i] != FIT_UNLABELLED)
            add_label(&d, c, j->bits[i], j->labels->label[i] == FIT_MATCH);
    const double of_both = d.shift_2 * d.slope_2 - d.both * d.both;
    const double turn = (d.slope * d.shift_2 - d.shift * d.both) / of_both;
    const double slope = c.slope + fmin(fmax(turn, -MOST_TURN), MOST_TURN);
    const double step = slope > LEAST_SLOPE ? (d.shift * d.slope_2 - d.slope * d.both) / of_both
                                            : d.shift / d.shift_2; /* the slope stays */
    return (struct calibration){c.shift + fmin(fmax(step, -MOST_STEP), MOST_STEP),
                                fmax(slope, LEAST_SLOPE)};
}

/* All pairs that may be accepted: labelled ones count as they are, others as they are believed to
 * be. Of pairs that the choice of one to one drops only labels count. */
static uint64_t collect_believed(const struct judge *j, struct calibration c, double *matches)
{
    uint64_t n = 0;
    *matches = j->labels->n_other_matches;
    for (uint64_t i = 0; i < j->data->n_pairs; i++) {
        const enum fit_label label = j->labels->label[i];
        const double right = label != FIT_UNLABELLED ? label == FIT_MATCH : believed(c, j->bits[i]);
        if (j->kept[i])
            j->scored[n++] = (struct scored){j->bits[i], 1, right};
        if (j->kept[i] || label == FIT_MATCH)
            *matches += right;
    }
    return n;
}

static bool fit_and_calibrate(struct judge *j, struct fit_supervised *result, struct err *e)
{
    struct calibration c = {0, 1};
    double matches;
    if (!fit_model(j->data, j->options, j->labels, &result->fit, e) || !score(j, &result->fit, e))
        return false;
    for (uint32_t step = 0; step < CALIBRATION_STEPS; step++)
        c = improve(j, c);
    const uint64_t n = collect_believed(j, c, &matches);
    set_threshold(j, n, matches, result);
    return true;
}

/* ---- From beginning to end -------------------------------------------------------------------*/

static bool judge_open(struct judge *j, struct scratch *s, struct err *e)
{
    const uint64_t n = j->data->n_pairs;
    const uint64_t bytes = n * (sizeof *j->scored + sizeof *j->bits + sizeof *j->found + 2);
    return scratch_open(s, "the fit of a model", bytes, e) &&
           (j->scored = scratch_take(s, n, sizeof *j->scored, e)) &&
           (j->bits = scratch_take(s, n, sizeof *j->bits, e)) &&
           (j->found = scratch_take(s, n, sizeof *j->found, e)) &&
           (j->kept = scratch_take(s, n, 1, e)) && (j->shown = scratch_take(s, n, 1, e)) &&
           (j->cluster = scratch_take(s, found_records(j->rows), sizeof *j->cluster, e));
}

typedef bool judge_fn(struct judge *j, uint64_t seed, struct fit_supervised *result, struct err *e);

/* With memory for it, judges the data by the labels. */
static bool judge_by_labels(const struct fit_data *data, const struct fit_options *options,
                            const struct fit_labels *labels, judge_fn *judge, uint64_t seed,
                            struct fit_supervised *result, struct err *e)
{
    struct judge j = {.data = data,
                      .options = options,
                      .labels = labels,
                      .rows = {{(uint32_t)data->n_rows[0], (uint32_t)data->n_rows[1]}, data->self}};
    struct scratch s = {.n = 0};
    *result = (struct fit_supervised){.threshold_bits = 0};
    const bool ok = judge_open(&j, &s, e) && judge(&j, seed, result, e);
    scratch_close(&s);
    return ok;
}

static bool judge_all(struct judge *j, uint64_t seed, struct fit_supervised *result, struct err *e)
{
    uint64_t matches = 0;
    for (uint64_t i = 0; i < j->data->n_pairs; i++)
        matches += j->labels->label[i] == FIT_MATCH;
    if (matches == 0)
        return err_set(e, ERR_DATA, "label some pairs that match",
                       "no label says that a pair matches");
    return fit_best(j, j->labels, result, e) &&
           (matches < LEAST_MATCHES || cross_validate(j, seed, result, e));
}

static bool judge_some(struct judge *j, uint64_t seed, struct fit_supervised *result, struct err *e)
{
    (void)seed;
    return fit_and_calibrate(j, result, e);
}

bool fit_supervised(const struct fit_data *data, const struct fit_options *options,
                    const struct fit_labels *labels, uint64_t seed, struct fit_supervised *result,
                    struct err *e)
{
    return judge_by_labels(data, options, labels, judge_all, seed, result, e);
}

bool fit_partly_labelled(const struct fit_data *data, const struct fit_options *options,
                         const struct fit_labels *labels, struct fit_supervised *result,
                         struct err *e)
{
    return judge_by_labels(data, options, labels, judge_some, 0, result, e);
}
