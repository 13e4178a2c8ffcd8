/* The page of `axb check --report`: what the scorer reads, its speed, its scores, some pairs.
 * Figures are those of cmd_check_text.c. */
#include "matcher/command/cmd_check_internal.h"

#include "core/inherited.h"
#include "data/number.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_data.h"
#include "matcher/report/report_head.h"
#include "matcher/report/report_next.h"
#include "matcher/report/report_pair.h"

#include <math.h>

/* ---- The head --------------------------------------------------------------------------------*/

static void put_head(struct page *p, const struct check *c)
{
    const struct check_scores *s = &c->scores;
    char title[200], summary[400], n[3][PAGE_NUMBER_BYTES];
    snprintf(title, sizeof title, "A trial of %.150s", inherited_shown(c->r->opts->score));
    if (s->scored)
        snprintf(summary, sizeof summary,
                 "Of the sample the least score is %s, the median %s, the highest %s.",
                 page_number(s->least, n[0]), page_number(s->median, n[1]),
                 page_number(s->highest, n[2]));
    else
        snprintf(summary, sizeof summary, "No pair of the sample has a score.");
    report_head(p, c->r->asked, title, summary, c->r->started);
}

/* ---- The scorer ------------------------------------------------------------------------------*/

static void put_scorer(struct page *p, const struct check *c)
{
    char text[CHECK_TEXT_BYTES];
    page_section(p, "The scorer");
    page_fact(p, "score", "%s", check_scorer_text(c->r, text));
    if (c->r->scorer.n_fields)
        page_fact(p, "reads", "%s", check_reads_text(c->r, text));
    page_fact(p, "match skips", "%s", check_skips_text(c, text));
    if (c->scores.rows == 0)
        return;
    page_fact(p, "speed", "%s", check_speed_text(c, text));
    if (!c->speed.few)
        page_fact(p, "all", "%s", check_all_text(c, text));
    if (!c->skips_where && !c->skips_monotone && !c->skips_metrics)
        page_note(p, "Nothing lets axb match skip pairs. AXB_WHERE or --where says which pairs are "
                     "worth scoring; AXB_MONOTONE says that the score never falls when a metric "
                     "rises. Either makes it many times as fast.");
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static void put_share(struct page *p, const char *key, uint64_t n, uint64_t of)
{
    char count[PAGE_NUMBER_BYTES], share[PAGE_NUMBER_BYTES];
    page_fact(p, key, "%s, %s", page_number_count((double)n, count),
              page_number_share((double)n / (double)of, share));
}

static void put_facts(struct page *p, const struct check *c)
{
    const struct check_scores *s = &c->scores;
    char n[PAGE_NUMBER_BYTES], m[PAGE_NUMBER_BYTES];
    page_fact(p, "sample", "%s pairs: %s random rows of A with all of B, the same in every run",
              page_number_count((double)s->pairs, n), page_number_count((double)s->rows, m));
    put_share(p, "have a score", s->scored, s->pairs);
    if (s->excluded)
        put_share(p, "not scored, as a condition does not hold", s->excluded, s->pairs);
    put_share(p, "have no value (NaN) and cannot match", s->none, s->pairs);
    if (c->r->opts->min_given)
        put_share(p, "reach --min", s->reached, s->pairs);
    if (c->r->opts->min_given && !s->reached)
        page_warning(p, "No pair of the sample reaches --min %s.", page_number(c->r->opts->min, n));
    if (s->scored && s->highest <= s->least)
        page_warning(p, "All pairs have the same score.");
}

static void chart_scores(struct page *p, const struct check *c)
{
    const struct check_scores *s = &c->scores;
    const double width = (s->highest - s->least) / CHECK_BINS;
    struct chart_bin bin[CHECK_BINS];
    if (!(width > 0) || !isfinite(width))
        return;
    for (uint32_t k = 0; k < CHECK_BINS; k++)
        bin[k] =
            (struct chart_bin){s->least + k * width, s->least + (k + 1) * width, (double)s->bin[k]};
    chart_histogram(p, &(struct chart_histogram){
                           .about = {"Scores of the sample",
                                     "Random pairs: nearly all are no matches, so these scores are "
                                     "what a threshold must be above."},
                           .x_name = "score",
                           .y_name = "pairs",
                           .series = &(struct chart_counts){"pairs", bin, CHECK_BINS},
                           .n_series = 1,
                           .log = true,
                           .mark = c->r->opts->min_given ? &c->r->opts->min : NULL,
                           .mark_name = "--min"});
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

static void put_pairs(struct page *p, const struct check *c)
{
    const struct check_scores *s = &c->scores;
    char title[120], score[PAGE_NUMBER_BYTES], share[PAGE_NUMBER_BYTES];
    page_section(p, "Pairs of the sample");
    page_paragraph(p, "The best first, then ever less good ones. Letters that differ are marked.");
    for (uint32_t i = 0; i < s->n_spread; i++) {
        const uint32_t row[] = {s->spread[i].row_a, s->spread[i].row_b};
        if (i)
            snprintf(title, sizeof title, "score %s; %s of the sample are better",
                     page_number(s->spread[i].score, score), page_number_share(s->above[i], share));
        else
            snprintf(title, sizeof title, "score %s, the highest",
                     page_number(s->spread[i].score, score));
        report_pair(p, c->r, row, title, NULL);
    }
}

/* ---- All -------------------------------------------------------------------------------------*/

static void put_next(struct page *p, const struct check *c)
{
    const struct opts *o = c->r->opts;
    char min[40] = "";
    page_section(p, "What to run next");
    if (!o->min_given)
        page_paragraph(p, "axb suggest finds a threshold for this score; then axb match finds all "
                          "pairs.");
    else
        min[number_double(o->min, min)] = 0;
    report_next(p, o,
                &(struct report_next){.verb = o->min_given ? "match" : "suggest",
                                      .option = {"score", o->min_given ? "min" : NULL},
                                      .value = {o->score, min},
                                      .left_out = o->score});
}

bool check_page(const struct check *c, struct page *p, struct err *e)
{
    put_head(p, c);
    put_scorer(p, c);
    if (c->scores.rows) {
        page_section(p, "Scores");
        put_facts(p, c);
        chart_scores(p, c);
        if (c->scores.n_spread)
            put_pairs(p, c);
    }
    report_run_files(p, c->r);
    if (!report_data(p, c->r, e))
        return false;
    report_said(p);
    put_next(p, c);
    return true;
}
