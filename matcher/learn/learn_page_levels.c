/* The sections of levels, with what supports each, and of thresholds. */
#include "matcher/learn/learn_page_internal.h"

#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"

#include <math.h>
#include <string.h>

#define LEAST_MATCHES 1.0 /* expected at a level: of fewer its weight says little */
#define LEAST_SHARE 1e-4  /* the least m that a fit gives (fit_em.h) */
#define STEP_BITS 1.0     /* between two thresholds */
#define LEAST_BITS (-10.0)
#define STEPS_MOST 64u

/* ---- Levels ----------------------------------------------------------------------------------*/

static bool is_weak(const struct fit_support *s, uint32_t c, uint32_t l)
{
    return s->matches[c][l] < LEAST_MATCHES;
}

/* What is to be doubted of a level, in a word or two. */
static const char *doubt_of(const struct learned *l, const struct fit_support *s, uint32_t c,
                            uint32_t level)
{
    const double m = l->model.column[c].level[level].m;
    if (s->candidates[c][level] == 0)
        return "no pair has it";
    return m <= LEAST_SHARE * 1.001 ? "m is at its least"
           : is_weak(s, c, level)   ? "few matches"
                                    : "";
}

static void put_level(struct page *p, const struct learned *l, const struct fit_support *s,
                      uint32_t c, uint32_t level, double bits)
{
    const struct model_column *column = &l->model.column[c];
    const struct model_level *v = &column->level[level];
    char name[LEARN_PAGE_NAME_BYTES], words[40], n[PAGE_NUMBER_BYTES];
    page_cell(p, "%s", level ? "" : learn_page_name(column, name));
    page_cell(p, "%s%s", learn_page_level(column, level, words),
              column->rarity && level + 1 == column->n_levels ? ", more if rare" : "");
    page_cell(p, "%.3g", v->m);
    page_cell(p, "%.3g", v->u);
    page_cell(p, "%+.1f", bits);
    page_cell_count(p, s->candidates[c][level]);
    page_cell(p, "%s", page_number_count(s->matches[c][level], n));
    page_cell(p, "%s", doubt_of(l, s, c, level));
}

static void put_levels(struct page *p, const struct learned *l, const struct fit_support *s)
{
    static const struct page_column columns[] = {
        {"column", false}, {"level", false},     {"m", true},       {"u", true},
        {"bits", true},    {"candidates", true}, {"matches", true}, {"doubt", false}};
    page_table_begin(p, &(struct page_table){.caption = "What each level of agreement says",
                                             .column = columns,
                                             .n_columns = 8,
                                             .most_rows = MODEL_MAX_COLUMNS * MODEL_MAX_LEVELS});
    for (uint32_t c = 0; c < l->model.n_columns; c++) {
        const struct model_bits bits = model_column_bits(&l->model.column[c]);
        for (uint32_t level = 0; level < l->model.column[c].n_levels; level++)
            put_level(p, l, s, c, level, bits.random[level]);
    }
    page_table_end(p);
}

static uint32_t count_weak(const struct learned *l, const struct fit_support *s)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < l->model.n_columns; c++)
        for (uint32_t level = 0; level < l->model.column[c].n_levels; level++)
            n += is_weak(s, c, level);
    return n;
}

/* Two decimals are enough for the eye. */
static double rounded(double bits)
{
    return round(100 * bits) / 100;
}

/* What values say that are equal, and such that differ most: to the right what speaks for a match.
 */
static void chart_levels(struct page *p, const struct learned *l)
{
    char label[2 * MODEL_MAX_COLUMNS][LEARN_PAGE_NAME_BYTES + 20], name[LEARN_PAGE_NAME_BYTES];
    struct chart_bar bar[2 * MODEL_MAX_COLUMNS];
    uint32_t n = 0;
    for (uint32_t c = 0; c < l->model.n_columns; c++) {
        const struct model_column *column = &l->model.column[c];
        const struct model_bits bits = model_column_bits(column);
        for (int equal = 1; equal >= 0; equal--, n++) {
            const int bytes = snprintf(label[n], sizeof label[n], "%s %s",
                                       learn_page_name(column, name), equal ? "equal" : "differs");
            bar[n] = (struct chart_bar){{label[n], (uint32_t)bytes},
                                        rounded(bits.random[equal ? column->n_levels - 1 : 0])};
        }
    }
    chart_bars(p, &(struct chart_bars){.about = {"What equal values and differing ones weigh",
                                                 "To the right what speaks for a match, to the "
                                                 "left what speaks against it. Between the two are "
                                                 "the other levels of the table."},
                                       .label_name = "value",
                                       .value_name = "bits",
                                       .bar = bar,
                                       .n = n});
}

/* ---- Thresholds ------------------------------------------------------------------------------*/

/* Whole bits around the threshold, and the threshold itself; ascending. Returns how many. */
static uint32_t thresholds_of(const struct learned *l, struct fit_belief_step step[STEPS_MOST])
{
    const double at = l->model.threshold_bits, from = fmin(LEAST_BITS, floor(at) - 5);
    uint32_t n = 0;
    bool has = false;
    for (double bits = from; n + 1 < STEPS_MOST && bits <= from + 50; bits += STEP_BITS) {
        if (!has && at <= bits) {
            step[n++].bits = at;
            has = true;
        }
        if (bits > at || bits < at)
            step[n++].bits = bits;
    }
    return n;
}

static double f1_of(const struct fit_belief_step *s)
{
    const double sum = s->precision + s->recall;
    return sum > 0 ? 2 * s->precision * s->recall / sum : 0;
}

static void chart_thresholds(struct page *p, const struct learned *l,
                             const struct fit_belief_step *step, uint32_t n)
{
    double bits[STEPS_MOST], precision[STEPS_MOST], recall[STEPS_MOST], f1[STEPS_MOST];
    uint32_t used = 0;
    for (uint32_t i = 0; i < n && step[i].accepted > 0; i++, used++) {
        bits[i] = step[i].bits;
        precision[i] = step[i].precision;
        recall[i] = step[i].recall;
        f1[i] = f1_of(&step[i]);
    }
    const struct chart_series series[] = {{"precision", bits, precision, used},
                                          {"recall", bits, recall, used},
                                          {"F1", bits, f1, used}};
    chart_lines(p,
                &(struct chart_lines){.about = {"Precision and recall as the model believes them",
                                                "By the score from which on a pair is a match."},
                                      .x_name = "threshold, bits",
                                      .y_name = "share",
                                      .series = series,
                                      .n_series = 3,
                                      .y_is_share = true,
                                      .mark = &l->model.threshold_bits,
                                      .mark_name = "threshold"});
}

static void put_thresholds(struct page *p, const struct learned *l,
                           const struct fit_belief_step *step, uint32_t n)
{
    static const struct page_column columns[] = {{"from bits", true}, {"pairs", true},
                                                 {"precision", true}, {"recall", true},
                                                 {"F1", true},        {"", false}};
    page_table_begin(p, &(struct page_table){.column = columns, .n_columns = 6});
    for (uint32_t i = 0; i < n; i++) {
        const bool chosen =
            !(step[i].bits < l->model.threshold_bits || step[i].bits > l->model.threshold_bits);
        if (!chosen && (fmod(step[i].bits, 5) != 0 || step[i].accepted <= 0))
            continue;
        page_cell(p, "%.4g", step[i].bits);
        page_cell_count(p, (uint64_t)(step[i].accepted + .5));
        page_cell(p, "%.3f", step[i].precision);
        page_cell(p, "%.3f", step[i].recall);
        page_cell(p, "%.3f", f1_of(&step[i]));
        page_cell(p, "%s", chosen ? "the threshold" : "");
    }
    page_table_end(p);
}

static bool put_beliefs(struct page *p, const struct learn_page *x, struct err *e)
{
    const struct learned *l = x->learned;
    struct fit_belief_step step[STEPS_MOST];
    const uint32_t n = thresholds_of(l, step);
    if (!fit_believe_steps(&x->found->data, &l->fit, x->opts->one_to_one, step, n, e))
        return false;
    page_section(p, "What it would find");
    page_paragraph(
        p, "Nobody has looked at these pairs: this is what the model believes of itself. It "
           "believes too much where columns depend on each other. axb eval measures it "
           "against a truth.");
    chart_thresholds(p, l, step, n);
    put_thresholds(p, l, step, n);
    return true;
}

/* ---- Both ------------------------------------------------------------------------------------*/

bool learn_page_levels(struct page *p, const struct learn_page *x, struct err *e)
{
    const struct learned *l = x->learned;
    struct fit_support s;
    if (!fit_support_count(&x->found->data, &l->fit, x->opts->one_to_one, &s, e))
        return false;
    const uint32_t weak = count_weak(l, &s);
    page_section(p, "Levels and weights");
    page_paragraph(p, "m is the share of the matches that reach a level and no higher one, u that "
                      "of random pairs. Their ratio is the weight, in bits: log2(m / u).");
    chart_levels(p, l);
    put_levels(p, l, &s);
    if (weak)
        page_warning(p,
                     "%u level%s fewer than one expected match. %s what the fit began with, more "
                     "than the data.",
                     weak, weak == 1 ? " has" : "s have",
                     weak == 1 ? "Its weight shows" : "Their weights show");
    return put_beliefs(p, x, e);
}
