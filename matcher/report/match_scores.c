/* Two series of bins: what was counted, what is estimated. */
#include "matcher/report/match_scores.h"

#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/run/run_histogram.h"

#include <math.h>
#include <stdlib.h>

#define BINS 200u /* of what is estimated; the chart puts them together */

/* ---- What was counted ------------------------------------------------------------------------*/

/* The scores of the pairs that are kept, into an open histogram. */
static void count_found(const struct run *r, struct histogram *h)
{
    const struct found *found = &r->kept.found;
    for (uint64_t i = 0; i < found->n; i++)
        if (found->pair[i].score >= r->choice.written_from)
            histogram_add(h, found->pair[i].score, 1);
}

/* The bins of a histogram as those of a chart, in ascending order of the score; malloced. */
static struct chart_bin *bins_of(const struct histogram *h)
{
    struct histogram_bin *bin = malloc((h->n + 1ull) * sizeof *bin);
    struct chart_bin *out = malloc((h->n + 1ull) * sizeof *out);
    if (bin && out)
        histogram_sorted(h, bin);
    for (uint32_t i = 0; bin && out && i < h->n; i++) {
        const double from = bin[i].from, to = histogram_end(from, h->level);
        out[h->falls ? h->n - 1 - i : i] =
            (struct chart_bin){h->falls ? -to : from, h->falls ? -from : to, (double)bin[i].pairs};
    }
    free(bin);
    if (bin)
        return out;
    free(out);
    return NULL;
}

/* ---- What is estimated -----------------------------------------------------------------------*/

/* Is a score between the floor of the second search and the threshold? */
static bool is_near(const struct run *r, const struct report_sample *s, double score)
{
    return s->n_rows && report_reaches(&r->query, score, s->floor) &&
           !report_reaches(&r->query, score, s->threshold);
}

struct estimate_bins {
    struct chart_bin bin[BINS];
    double lo, width;
};

static void add_score(struct estimate_bins *b, double score, double count)
{
    const double at = floor((score - b->lo) / b->width);
    b->bin[at < 0 ? 0 : at < BINS ? (uint32_t)at : BINS - 1].count += count;
}

/* Are all scores whole numbers, as those of most distances are? */
static bool are_whole(const struct report_sample *s)
{
    bool whole = true;
    for (uint64_t i = 0; i < s->n_random; i++)
        whole = whole && floor(s->random[i]) == s->random[i];
    for (uint64_t i = 0; i < s->found.n; i++)
        whole = whole && floor(s->found.pair[i].score) == s->found.pair[i].score;
    return whole;
}

/* Cuts the range of the scores into bins; of whole numbers each has one, or as many as it must. */
static void cut_bins(struct estimate_bins *b, const struct report_sample *s, double lo, double hi)
{
    const bool whole = are_whole(s);
    b->lo = lo;
    b->width = whole ? ceil((hi - lo + 1) / BINS) : hi > lo ? (hi - lo) / BINS : 1;
    for (uint32_t i = 0; i < BINS; i++) {
        const double from = lo + i * b->width;
        const bool single = whole && b->width <= 1;
        b->bin[i] = (struct chart_bin){from, single ? from : from + b->width, 0};
    }
}

/* Drops the bins at the end that have no pairs. */
static uint32_t bins_in_use(const struct estimate_bins *b)
{
    uint32_t n = BINS;
    while (n && b->bin[n - 1].count <= 0)
        n--;
    return n;
}

/* Pairs of the whole run, of each score below the threshold: near it by the sampled records,
 * further down by random pairs. All of them where there is no threshold. */
static void estimate(struct estimate_bins *b, const struct run *r, const struct report_sample *s)
{
    const double all = span_pairs_taken(&r->span, &r->loaded.inputs);
    double lo = s->n_random ? s->random[0] : s->floor;
    double hi = s->n_random ? s->random[s->n_random - 1] : s->threshold;
    lo = s->n_rows ? fmin(lo, fmin(s->floor, s->threshold)) : lo;
    hi = s->n_rows ? fmax(hi, fmax(s->floor, s->threshold)) : hi;
    cut_bins(b, s, lo, hi);
    for (uint64_t i = 0; i < s->n_random; i++)
        if (!(s->has_threshold && report_reaches(&r->query, s->random[i], s->threshold)) &&
            !is_near(r, s, s->random[i]))
            add_score(b, s->random[i], all / (double)s->n_drawn);
    for (uint64_t i = 0; i < s->found.n; i++)
        if (is_near(r, s, s->found.pair[i].score))
            add_score(b, s->found.pair[i].score, s->weight);
}

/* ---- Showing ---------------------------------------------------------------------------------*/

static void say_how(struct page *p, const struct run *r, const struct report_sample *s,
                    const struct histogram *h)
{
    char n[PAGE_NUMBER_BYTES], floor[PAGE_NUMBER_BYTES], whose[REPORT_SAMPLE_BYTES];
    if (h->n || r->n_found == 0)
        page_paragraph(p, "The scores of all %s pairs of the result are counted.",
                       page_number_count(histogram_pairs(h), n));
    else
        page_paragraph(p, "The scores of the pairs that match were not counted in this run.");
    if (s->n_drawn)
        page_paragraph(p,
                       "Pairs below the threshold are estimated: %s random pairs were scored, "
                       "and each stands for as many of all pairs.",
                       page_number_count((double)s->n_drawn, n));
    if (s->n_rows)
        page_paragraph(p,
                       "Near the threshold, down to %s, the estimate is better: %s were compared "
                       "with all others once more.",
                       page_number(s->floor, floor), report_sample_whose(s, r, whose));
    else if (s->has_threshold)
        page_note(p, "Pairs just below the threshold were not looked for: %s.", s->why_not);
}

static void show_chart(struct page *p, const struct report_sample *s,
                       const struct chart_counts *series, uint32_t n)
{
    chart_histogram(p, &(struct chart_histogram){
                           .about = {.title = "Pairs by their score",
                                     .summary = "The heights are logarithms, since random pairs "
                                                "are many times as many as matches."},
                           .x_name = "score",
                           .y_name = "pairs",
                           .series = series,
                           .n_series = n,
                           .log = true,
                           .mark = s->has_threshold ? &s->threshold : NULL,
                           .mark_name = "threshold"});
}

bool match_scores(struct page *p, const struct run *r, const struct report_sample *s, struct err *e)
{
    struct histogram of_found = {.most = 0};
    struct estimate_bins *below = calloc(1, sizeof *below);
    bool ok = below && (!r->choice.collects || run_open_histogram(r, r->query.least, &of_found, e));
    if (ok && r->choice.collects)
        count_found(r, &of_found);
    const struct histogram *h = r->choice.collects ? &of_found : &r->histogram;
    struct chart_bin *counted = ok ? bins_of(h) : NULL;
    ok = counted != NULL;
    if (ok) {
        estimate(below, r, s);
        const struct chart_counts series[] = {
            {"pairs of the result, counted", counted, h->n},
            {"other pairs, estimated", below->bin, bins_in_use(below)}};
        const bool none = h->n == 0;
        page_section(p, "Scores");
        say_how(p, r, s, h);
        show_chart(p, s, none ? series + 1 : series, none ? 1 : 2);
    }
    histogram_close(&of_found);
    free(counted);
    free(below);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the report");
}
