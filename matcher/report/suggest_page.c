/* The histogram with what is expected to be false, thresholds, pairs. */
#include "matcher/report/suggest_page.h"

#include "core/log.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_data.h"
#include "matcher/report/report_head.h"
#include "matcher/report/report_near.h"
#include "matcher/report/report_next.h"
#include "matcher/report/report_pair.h"
#include "matcher/report/suggest_words.h"

#include <math.h>
#include <stdlib.h>

#define LOOKED_AT 50.0 /* pairs on either side of the threshold, of which the nearest are shown */

static bool is_known(const struct suggestion *s)
{
    return s->threshold.source != THRESHOLD_UNKNOWN;
}

/* Only a model says which matches a threshold misses. */
static bool knows_missed(const struct suggestion *s)
{
    return s->threshold.source == THRESHOLD_MODEL;
}

/* ---- The head --------------------------------------------------------------------------------*/

static void put_head(struct page *p, const struct run *r, const struct suggestion *s)
{
    const struct threshold *t = &s->threshold;
    char title[120], summary[300], option[SUGGEST_WORDS_OPTION_BYTES], n[2][PAGE_NUMBER_BYTES];
    snprintf(title, sizeof title, "No threshold separates matches from other pairs");
    snprintf(summary, sizeof summary, "%s",
             t->n == 0     ? "No pair has such a score."
             : is_known(s) ? "At each threshold, too many of the pairs are expected to be false."
                           : "Too few scores are seen to tell matches from other pairs.");
    if (t->separates) {
        snprintf(title, sizeof title, "Suggested: %s", suggest_words_option(s, t->best, option));
        snprintf(summary, sizeof summary, "%s pairs, of which about %s are expected to be false.",
                 page_number_count(t->cut[t->best].pairs, n[0]),
                 page_number_count(t->cut[t->best].false_pairs, n[1]));
    }
    report_head(p, r->asked, title, summary, r->started);
}

/* ---- The threshold ---------------------------------------------------------------------------*/

static void put_facts(struct page *p, const struct run *r, const struct suggestion *s)
{
    const struct threshold *t = &s->threshold;
    struct suggest_words_remarks remarks;
    char score[400], why[SUGGEST_WORDS_REASON_BYTES], n[PAGE_NUMBER_BYTES];
    run_score_text(r, score, sizeof score);
    page_fact(p, "score", "%s", score);
    page_fact(p, "counted", "from %s %s", s->all.falls ? "0 up to" : "the score",
              page_number(s->floor, n));
    page_fact(p, "records that can have a match", "%s", page_number_count(s->records, n));
    if (t->separates)
        page_fact(p, "matches expected", "%s", page_number_count(t->matches, n));
    if (t->n)
        page_fact(p, "false pairs are expected", "%s", suggest_words_reason(s, t, why));
    page_fact(p, "reading and counting took", "%s",
              page_number_seconds(log_seconds() - r->started, n));
    suggest_words_remarks(s, &remarks);
    for (uint32_t i = 0; i < remarks.n; i++)
        page_warning(p, "%s", remarks.text[i]);
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* The scores at which the bin of a cut begins and ends. */
static struct chart_bin bin_of(const struct suggestion *s, uint32_t i, double count)
{
    const double from = s->input.bin[i].from, to = histogram_end(from, s->all.level);
    return s->all.falls ? (struct chart_bin){-to + 0.0, -from + 0.0, count}
                        : (struct chart_bin){from, to, count};
}

/* In ascending order of the score. */
static bool chart_scores(struct page *p, const struct suggestion *s, struct err *e)
{
    const struct threshold *t = &s->threshold;
    const uint32_t n = s->input.n;
    const double at = t->separates ? suggestion_score(s, t->best) : (double)NAN;
    struct chart_bin *all = malloc((2 * n + 1ull) * sizeof *all), *wrong = all + n;
    if (!all)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = s->all.falls ? n - 1 - k : k;
        all[k] = bin_of(s, i, (double)s->input.bin[i].pairs);
        wrong[k] = bin_of(s, i, is_known(s) ? threshold_false_in_bin(t, i) : 0);
    }
    const struct chart_counts series[] = {{"all pairs", all, n},
                                          {"expected to be false", wrong, n}};
    chart_histogram(p, &(struct chart_histogram){
                           .about = {"How many pairs have each score",
                                     "The outline is how many are expected to be no matches. Where "
                                     "both part, matches begin."},
                           .x_name = "score",
                           .y_name = "pairs",
                           .series = series,
                           .n_series = is_known(s) ? 2 : 1,
                           .log = true,
                           .mark = t->separates ? &at : NULL,
                           .mark_name = "suggested"});
    free(all);
    return true;
}

/* The share of the expected matches that a cut finds. */
static double found_of(const struct threshold *t, uint32_t i)
{
    return fmin((t->cut[i].pairs - t->cut[i].false_pairs) / fmax(t->matches, 1), 1);
}

static bool chart_thresholds(struct page *p, const struct suggestion *s, struct err *e)
{
    const struct threshold *t = &s->threshold;
    const double at = t->separates ? suggestion_score(s, t->best) : (double)NAN;
    const uint32_t n = t->n;
    double *score = malloc((3 * n + 1ull) * sizeof *score);
    double *precision = score + n, *found = precision + n;
    if (!score)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = s->all.falls ? n - 1 - k : k;
        score[k] = suggestion_score(s, i);
        precision[k] = threshold_precision(&t->cut[i]);
        found[k] = found_of(t, i);
    }
    const struct chart_series series[] = {{"right, of the pairs", score, precision, n},
                                          {"found, of the expected matches", score, found, n}};
    chart_lines(p, &(struct chart_lines){
                       .about = {"What is expected at each threshold",
                                 "The share of the pairs from a score on that are right, as far as "
                                 "that is known without labels."},
                       .x_name = s->all.falls ? "score at most" : "score at least",
                       .y_name = "share",
                       .series = series,
                       .n_series = knows_missed(s) ? 2 : 1,
                       .y_is_share = true,
                       .mark = t->separates ? &at : NULL,
                       .mark_name = "suggested"});
    free(score);
    return true;
}

static void put_cuts(struct page *p, const struct suggestion *s)
{
    const struct threshold *t = &s->threshold;
    const struct page_column columns[] = {{s->all.falls ? "at most" : "at least", true},
                                          {"pairs", true},
                                          {"false, about", true},
                                          {"precision", true},
                                          {"", false},
                                          {"missed, about", true}};
    uint32_t cut[SUGGEST_WORDS_CUTS];
    const uint32_t n = suggest_words_cuts(s, cut);
    char score[SUGGEST_WORDS_SCORE_BYTES];
    page_table_begin(p, &(struct page_table){.caption = "Thresholds",
                                             .column = columns,
                                             .n_columns = knows_missed(s) ? 6 : 5});
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = cut[k];
        page_cell(p, "%s", suggest_words_score(s, i, score));
        page_cell_count(p, (uint64_t)t->cut[i].pairs);
        page_cell_number(p, is_known(s) ? round(t->cut[i].false_pairs) : (double)NAN);
        if (is_known(s))
            page_cell(p, "%.2f", threshold_precision(&t->cut[i]));
        else
            page_cell(p, "%s", "");
        page_cell(p, "%s", t->separates && i == t->best ? "suggested" : "");
        if (knows_missed(s))
            page_cell_number(p, round(suggest_words_missed(t, i)));
    }
    page_table_end(p);
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

/* The cut that has about so many pairs more than the best one: below it; or fewer: above it. */
static uint32_t cut_with(const struct threshold *t, double more)
{
    uint32_t i = t->best;
    while (more > 0 && i > 0 && t->cut[i].pairs < t->cut[t->best].pairs + more)
        i--;
    while (more < 0 && i + 1 < t->n && t->cut[i].pairs > t->cut[t->best].pairs + more)
        i++;
    return i;
}

static void put_near(struct page *p, const struct run *r, const struct report_near *near, int side,
                     double threshold, const char *title)
{
    const struct report_picked *picked = &near->side[side];
    if (picked->n)
        page_heading(p, title);
    for (uint32_t i = 0; i < picked->n; i++)
        report_pair_found(p, r, &picked->pair[i], threshold);
}

static bool put_pairs(struct page *p, struct run *r, const struct suggestion *s, struct err *e)
{
    const struct threshold *t = &s->threshold;
    const double from = t->cut[cut_with(t, LOOKED_AT)].good;
    const double to = histogram_end(t->cut[cut_with(t, -LOOKED_AT)].good, s->all.level);
    const bool falls = s->all.falls;
    const double at = suggestion_score(s, t->best);
    struct report_near near;
    if (!report_near_find(r, &r->query, falls ? -to : from, falls ? -from : to, at, &near, e))
        return false;
    page_section(p, "Pairs around the threshold");
    page_paragraph(p, "Look at these: if most of the first match, a lower threshold may find more; "
                      "if some of the others do not, a higher one is better. Letters that differ "
                      "are marked.");
    put_near(p, r, &near, 1, at, "Just below: they would be left out");
    put_near(p, r, &near, 0, at, "Just above: they would match");
    return true;
}

/* ---- What to run next ------------------------------------------------------------------------*/

static void put_next(struct page *p, const struct run *r, const struct suggestion *s)
{
    char score[SUGGEST_WORDS_SCORE_BYTES];
    const struct threshold *t = &s->threshold;
    page_section(p, "What to run next");
    page_paragraph(p, "An expectation is no measurement. axb eval measures the pairs against a "
                      "truth, and axb review asks about uncertain ones.");
    report_next(
        p, r->asked,
        &(struct report_next){.verb = r->sources.self ? "dedupe" : "match",
                              .option = {s->all.falls ? "max" : "min", "output"},
                              .value = {suggest_words_score(s, t->best, score), "pairs.csv"}});
}

/* ---- All -------------------------------------------------------------------------------------*/

bool suggest_page_write(struct page *p, struct run *r, const struct suggestion *s, struct err *e)
{
    put_head(p, r, s);
    page_section(p, "The threshold");
    put_facts(p, r, s);
    if (s->threshold.n && (!chart_scores(p, s, e) || (is_known(s) && !chart_thresholds(p, s, e))))
        return false;
    if (s->threshold.n)
        put_cuts(p, s);
    if (s->threshold.separates && !put_pairs(p, r, s, e))
        return false;
    report_run_files(p, r);
    if (!report_data(p, r, e))
        return false;
    report_said(p);
    if (s->threshold.separates)
        put_next(p, r, s);
    return true;
}
