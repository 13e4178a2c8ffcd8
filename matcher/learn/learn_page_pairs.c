/* The sections of scores and of pairs: a sure match, pairs around the threshold, one that is none.
 *
 * Which pairs are shown depends on scores alone, then on the order of the candidates. */
#include "matcher/learn/learn_page_internal.h"

#include "matcher/fit/fit_weights.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 3u /* pairs on either side of the threshold */
#define BINS 60u

/* The candidates with their scores. */
struct scored {
    const struct learn_page *x;
    struct fit_weights weights;
    double *bits; /* [n] of the candidates */
    double least, most;
};

/* ---- Which pairs -----------------------------------------------------------------------------*/

/* The candidates nearest to a score, at least it if `above`, else below it. */
struct nearest {
    double bits;
    bool above;
    uint32_t most, n;
    uint64_t pair[NEAR]; /* nearest first */
};

static bool is_better(const struct scored *s, const struct nearest *x, uint64_t pair, uint64_t than)
{
    return fabs(s->bits[pair] - x->bits) < fabs(s->bits[than] - x->bits);
}

static void offer(const struct scored *s, struct nearest *x, uint64_t pair)
{
    uint32_t at = x->n;
    if (at == x->most && !is_better(s, x, pair, x->pair[--at]))
        return;
    for (; at > 0 && is_better(s, x, pair, x->pair[at - 1]); at--)
        x->pair[at] = x->pair[at - 1];
    x->pair[at] = pair;
    x->n += x->n < x->most;
}

static struct nearest find_nearest(const struct scored *s, double bits, bool above, uint32_t most)
{
    struct nearest x = {.bits = bits, .above = above, .most = most};
    for (uint64_t i = 0; i < s->x->found->n; i++)
        if ((s->bits[i] >= bits) == above)
            offer(s, &x, i);
    return x;
}

/* The mean score of the pairs from the threshold on: one of about that score is a usual match. */
static double mean_match(const struct scored *s)
{
    const double threshold = s->x->learned->model.threshold_bits;
    double sum = 0, n = 0;
    for (uint64_t i = 0; i < s->x->found->n; i++)
        if (s->bits[i] >= threshold) {
            sum += s->bits[i];
            n++;
        }
    return n > 0 ? sum / n : threshold;
}

/* ---- A pair ----------------------------------------------------------------------------------*/

/* What each column adds to the score of a pair; the last step is what related pairs take away. */
static uint32_t steps_of(const struct scored *s, uint64_t i, struct chart_step *step)
{
    const struct model *m = &s->x->learned->model;
    const struct fit_data *d = &s->x->found->data;
    static char label[MODEL_MAX_COLUMNS][LEARN_PAGE_NAME_BYTES + 60];
    char name[LEARN_PAGE_NAME_BYTES], words[40];
    double sum = s->weights.prior_bits;
    uint32_t n = 0;
    step[n++] = (struct chart_step){bytes_from("before a look"), sum, NULL};
    for (uint32_t c = 0; c < m->n_columns; c++) {
        const uint32_t level = d->level[c][i];
        const uint32_t count = d->column[c].rarity ? d->count[c][i] : 0;
        const double bits = fit_weight_of(d->column, &s->weights, c, level, count);
        const int bytes = snprintf(
            label[c], sizeof label[c], "%s: %s", learn_page_name(&m->column[c], name),
            level == FIT_MISSING ? "missing" : learn_page_level(&m->column[c], level, words));
        step[n++] = (struct chart_step){{label[c], (uint32_t)bytes}, bits, NULL};
        sum += bits;
    }
    if (model_has_related(m))
        step[n++] = (struct chart_step){bytes_from("may be related"), s->bits[i] - sum, NULL};
    return n;
}

static void put_pair(struct page *p, const struct scored *s, uint64_t i, const char *what)
{
    struct chart_step step[MODEL_MAX_COLUMNS + 2];
    const struct candidates *found = s->x->found;
    const uint32_t row[] = {found->a[i], found->b[i]};
    char title[80], odds[80], number[PAGE_NUMBER_BYTES];
    snprintf(title, sizeof title, "%s: %.2f bits", what, s->bits[i]);
    snprintf(odds, sizeof odds, "%s to 1 that they %smatch",
             page_number_count(exp2(fabs(s->bits[i])), number), s->bits[i] < 0 ? "do not " : "");
    report_pair(p, s->x->run, row, title, odds);
    const uint32_t n = steps_of(s, i, step);
    chart_waterfall(p, &(struct chart_waterfall){.about = {"What each column adds", NULL},
                                                 .unit = "bits",
                                                 .sum_name = "score",
                                                 .step = step,
                                                 .n = n,
                                                 .mark = &s->x->learned->model.threshold_bits,
                                                 .mark_name = "threshold"});
}

static void put_nearest(struct page *p, const struct scored *s, const struct nearest *x,
                        const char *what)
{
    for (uint32_t i = 0; i < x->n; i++)
        put_pair(p, s, x->pair[i], what);
}

static void put_pairs(struct page *p, const struct scored *s)
{
    const double threshold = s->x->learned->model.threshold_bits;
    const struct nearest sure = find_nearest(s, fmax(mean_match(s), threshold), true, 1);
    const struct nearest above = find_nearest(s, threshold, true, NEAR);
    const struct nearest below = find_nearest(s, threshold, false, NEAR);
    const struct nearest none = find_nearest(s, fmin(s->least, threshold - 1), true, 1);
    page_section(p, "Pairs");
    page_paragraph(p, "A usual match; the pairs nearest to the threshold on either side, where a "
                      "person should look; and the least likely of the pairs that were learned "
                      "from. Letters that differ are marked.");
    if (model_has_related(&s->x->learned->model))
        page_paragraph(p, "Related records agree in many columns, too, such as people of one "
                          "household. The last step is what this takes away.");
    put_nearest(p, s, &sure, "A usual match");
    put_nearest(p, s, &above, "Just above the threshold");
    put_nearest(p, s, &below, "Just below the threshold");
    put_nearest(p, s, &none, "No match");
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static void chart_scores(struct page *p, const struct scored *s)
{
    const double from = floor(s->least), width = fmax((ceil(s->most) - from) / BINS, 1e-9);
    struct chart_bin bin[BINS];
    for (uint32_t k = 0; k < BINS; k++)
        bin[k] = (struct chart_bin){from + k * width, from + (k + 1) * width, 0};
    for (uint64_t i = 0; i < s->x->found->n; i++)
        bin[(uint32_t)fmin((s->bits[i] - from) / width, BINS - 1)].count++;
    chart_histogram(p, &(struct chart_histogram){
                           .about = {"Scores of the pairs that were learned from",
                                     "Matches are far to the right where the columns tell them "
                                     "from other pairs."},
                           .x_name = "bits",
                           .y_name = "pairs",
                           .series = &(struct chart_counts){"pairs", bin, BINS},
                           .n_series = 1,
                           .log = true,
                           .mark = &s->x->learned->model.threshold_bits,
                           .mark_name = "threshold"});
}

static void find_range(struct scored *s)
{
    s->least = INFINITY;
    s->most = -(double)INFINITY;
    for (uint64_t i = 0; i < s->x->found->n; i++) {
        s->least = fmin(s->least, s->bits[i]);
        s->most = fmax(s->most, s->bits[i]);
    }
}

bool learn_page_scores(struct page *p, const struct learn_page *x, struct err *e)
{
    struct scored s = {.x = x, .bits = malloc((x->found->n + 1) * sizeof *s.bits)};
    if (!s.bits)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    fit_weights(x->found->data.column, &x->learned->fit, &s.weights);
    fit_scores(&x->found->data, &s.weights, s.bits);
    find_range(&s);
    if (x->found->n) {
        page_section(p, "Scores");
        chart_scores(p, &s);
        put_pairs(p, &s);
    }
    free(s.bits);
    return true;
}
