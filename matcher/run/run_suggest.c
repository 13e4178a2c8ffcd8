/* The floor, the three histograms, and the threshold that follows from them. */
#include "matcher/run/run_suggest.h"

#include "core/log.h"
#include "matcher/run/run_histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pairs for each record that can have a match: so many show what records of one file say, and so
 * many how the number of pairs falls. */
#define ENOUGH_WITHIN 5.0
#define ENOUGH_TAIL 20.0
#define MOST_DIGITS 15

/* ---- Counting --------------------------------------------------------------------------------*/

/* Counts anew from a floor on. */
static bool count(struct run *r, double floor, enum run_whose whose, struct histogram *h,
                  struct run_scores *scores, bool *known, struct err *e)
{
    struct query query = r->query;
    if (isfinite(floor))
        run_set_floor(&query, floor);
    *scores = (struct run_scores){.query = &query, .whose = whose};
    histogram_close(h);
    const bool ok =
        run_open_histogram(r, query.least, h, e) && run_histogram(r, scores, h, known, e);
    scores->query = NULL;
    return ok;
}

/* ---- The floor -------------------------------------------------------------------------------*/

/* The floors that are tried, the best score first: bits of a model, shares of the range of a score,
 * or, where a distance has no end, distances. */
static const double bits[] = {-2, -6, -10};
#define BIT_STEPS ((int)(sizeof bits / sizeof *bits))
static const double shares[] = {0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05};
static const double distances[] = {0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30};
#define STEPS ((int)(sizeof shares / sizeof *shares))
_Static_assert(sizeof shares == sizeof distances, "as many");

static int n_steps(const struct run *r)
{
    return r->model.used ? BIT_STEPS : STEPS;
}

static double floor_at(const struct run *r, const struct expr_span *range, int step)
{
    const double width = range->hi - range->lo;
    if (r->model.used)
        return bits[step < BIT_STEPS ? step : BIT_STEPS - 1];
    if (!r->query.least)
        return range->lo + width * shares[step];
    return isfinite(width) ? range->hi - width * shares[step] : range->lo + distances[step];
}

/* The range of the score, which a floor is looked for in. */
static bool find_range(const struct run *r, struct expr_span *range, struct err *e)
{
    const struct query *query = &r->query;
    if (query->goal.score != EXPR_NONE && !expr_range(&query->expr, query->goal.score, range, e))
        return false;
    const bool bounded = query->goal.score != EXPR_NONE && isfinite(range->lo) &&
                         (query->least || isfinite(range->hi));
    return bounded || err_set(e, ERR_USAGE, "for example: --min 0.3",
                              "--min is missing: from which score on pairs are counted cannot be "
                              "found, since it is not known how high scores are");
}

/* Counts from ever lower floors on, from step *step on, until there are enough pairs. */
static bool find_floor(struct run *r, struct suggestion *s, double enough, int *step,
                       struct run_scores *scores, struct err *e)
{
    struct expr_span range = {0, 1};
    bool known;
    const int steps = n_steps(r);
    if (!r->model.used && !find_range(r, &range, e))
        return false;
    for (int i = *step; i < steps; i++) {
        *step = i;
        s->floor = floor_at(r, &range, i);
        s->floor_is_last = i == STEPS - 1; /* of bits none is */
        if (!count(r, s->floor, RUN_A_WITH_B, &s->all, scores, &known, e))
            return false;
        const double pairs = histogram_pairs(&s->all);
        log_verbose("score %.6g: %.0f pairs; %.2f s", s->floor, pairs, scores->seconds);
        if (pairs >= enough * s->records)
            break;
        if (scores->looped && i < steps - 2) /* the lowest costs no more than any */
            i = steps - 2;
    }
    return true;
}

/* ---- The judgement ---------------------------------------------------------------------------*/

/* The records of each file among themselves. Of one file that is both sides nothing else is known.
 */
static bool count_within(struct run *r, struct suggestion *s, struct err *e)
{
    struct run_scores scores;
    for (int side = 0; side < 2 && !r->sources.self; side++) {
        if (!count(r, s->floor, side ? RUN_WITHIN_B : RUN_WITHIN_A, &s->within[side], &scores,
                   &s->known[side], e))
            return false;
        s->input.null[side].pairs = s->known[side] ? (double)scores.pairs : 0;
    }
    return true;
}

/* The bins of a histogram in order; NULL without memory. */
static const struct histogram_bin *sorted(const struct histogram *h, uint32_t *n)
{
    struct histogram_bin *bin = malloc((h->n + 1ull) * sizeof *bin);
    *n = h->n;
    if (bin)
        histogram_sorted(h, bin);
    return bin;
}

/* Brings all histograms to one level, and sorts them. */
static bool sort_all(struct suggestion *s, struct err *e)
{
    struct histogram *const h[] = {&s->all, &s->within[0], &s->within[1]};
    uint32_t level = 0;
    for (int i = 0; i < 3; i++)
        level = h[i]->level > level ? h[i]->level : level;
    for (int i = 0; i < 3; i++)
        if (h[i]->most && h[i]->level < level)
            histogram_widen(h[i], level);
    bool ok = (s->input.bin = sorted(&s->all, &s->input.n)) != NULL;
    for (int side = 0; ok && side < 2; side++)
        if (s->within[side].most)
            ok = (s->input.null[side].bin = sorted(&s->within[side], &s->input.null[side].n));
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the histograms");
}

static double fewer_records(const struct run *r)
{
    const struct row_list *rows = r->loaded.inputs.index.rows;
    return r->sources.self ? (double)rows[0].n / 2
                           : (double)(rows[0].n < rows[1].n ? rows[0].n : rows[1].n);
}

/* Judges by what is counted. Of a model, also as if its scores were no probabilities. */
static bool judge(struct suggestion *s, const struct run *r, const struct run_scores *scores,
                  struct err *e)
{
    s->input.all_pairs = fmax((double)scores->pairs, 1);
    s->input.records = s->records;
    s->input.bits = r->model.used;
    if (!sort_all(s, e))
        return false;
    s->input.level = s->all.level;
    struct threshold_input doubting = s->input;
    doubting.bits = false;
    return threshold_find(&s->threshold, &s->input, e) &&
           (!r->model.used || threshold_find(&s->second, &doubting, e));
}

/* By the floor that was asked for. */
static bool suggest_above(struct run *r, struct suggestion *s, struct err *e)
{
    struct run_scores scores;
    bool known;
    s->floor = r->query.least ? r->query.goal.most : r->query.goal.threshold;
    return count(r, s->floor, RUN_A_WITH_B, &s->all, &scores, &known, e) && count_within(r, s, e) &&
           judge(s, r, &scores, e);
}

/* Forgets the judgement, and what the files say, which is of another floor. */
static void forget(struct suggestion *s)
{
    const struct suggestion before = *s;
    s->all = (struct histogram){.most = 0};
    suggestion_close(s);
    *s = (struct suggestion){.records = before.records, .all = before.all};
    memcpy(s->known, before.known, sizeof s->known);
}

bool run_suggest(struct run *r, struct suggestion *s, struct err *e)
{
    struct run_scores scores;
    int step = 0;
    *s = (struct suggestion){.records = fewer_records(r)};
    if (r->asked->min_given || r->asked->max_given)
        return suggest_above(r, s, e);
    const double enough = r->sources.self ? ENOUGH_TAIL : ENOUGH_WITHIN;
    if (!find_floor(r, s, enough, &step, &scores, e) || !count_within(r, s, e) ||
        !judge(s, r, &scores, e))
        return false;
    if (r->model.used || threshold_is_told(&s->threshold) || ++step >= STEPS ||
        histogram_pairs(&s->all) >= ENOUGH_TAIL * s->records)
        return true;
    forget(s);
    return find_floor(r, s, ENOUGH_TAIL, &step, &scores, e) && judge(s, r, &scores, e);
}

void suggestion_close(struct suggestion *s)
{
    threshold_close(&s->threshold);
    threshold_close(&s->second);
    free((void *)(uintptr_t)s->input.bin);
    histogram_close(&s->all);
    for (int side = 0; side < 2; side++) {
        free((void *)(uintptr_t)s->input.null[side].bin);
        histogram_close(&s->within[side]);
    }
}

/* A number with few digits that is above `below`, and not above `good`. */
static double shorten(double below, double good)
{
    double power = 1;
    for (int digits = 0; digits < MOST_DIGITS; digits++, power *= 10) {
        const double x = floor(good * power) / power;
        if (x > below && x <= good)
            return x;
    }
    return good;
}

double suggestion_score(const struct suggestion *s, uint32_t cut)
{
    const struct threshold_cut *c = &s->threshold.cut[cut];
    const double floor = s->all.falls ? -s->floor : s->floor;
    const double below = cut ? c[-1].good : nextafter(fmin(floor, c->good), -(double)INFINITY);
    const double good = s->all.level == 0 && isfinite(c->good) ? shorten(below, c->good) : c->good;
    return (s->all.falls ? -good : good) + 0.0;
}
