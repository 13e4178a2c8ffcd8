/* From histograms to the expected number of false pairs, and to a threshold. */
#include "matcher/suggest/threshold.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_WITHIN 0.5       /* so many of the pairs must be right … */
#define LEAST_TAIL (2.0 / 3.0) /* … and more where a line, which is rougher, says how many are */
#define SURE 3.0               /* standard deviations by which pairs must be more than false ones */
#define UNSEEN 0.5             /* of a pair: what was not seen may still be */
#define TAIL_LEAST 2.0 /* the tail is fitted where pairs are so many times as many as records … */
#define TAIL_MOST 100.0 /* … up to so many times */
#define TAIL_POINTS 40u /* at so many goods, evenly spaced, if there are more */

double threshold_precision(const struct threshold_cut *cut)
{
    return cut->pairs > 0 ? 1 - cut->false_pairs / cut->pairs : 0;
}

double threshold_false_in_bin(const struct threshold *t, uint32_t i)
{
    const double above = i + 1 < t->n ? t->cut[i + 1].false_pairs : 0;
    return fmax(t->cut[i].false_pairs - above, 0);
}

/* ---- Cuts ------------------------------------------------------------------------------------*/

static bool make_cuts(struct threshold *t, const struct threshold_input *input, struct err *e)
{
    t->n = input->n;
    t->cut = calloc(input->n + 1ull, sizeof *t->cut);
    if (!t->cut)
        return err_set(e, ERR_OS, NULL, "not enough memory for the thresholds");
    double pairs = 0;
    for (uint32_t i = input->n; i-- > 0;) {
        pairs += (double)input->bin[i].pairs;
        t->cut[i] = (struct threshold_cut){.good = input->bin[i].from, .pairs = pairs};
    }
    return true;
}

/* Is the number of pairs of a cut beyond what chance makes of the false ones? `each` false pair
 * stands for so many. */
static bool is_beyond_chance(const struct threshold_cut *cut, double each)
{
    const double matches = cut->pairs - cut->false_pairs;
    return matches > SURE * sqrt(cut->pairs + fmax(each, 1) * cut->false_pairs);
}

/* How sure of the false pairs one can be. */
struct trust {
    double each;  /* so many pairs are expected to be false for each one that was seen */
    double least; /* of the pairs of a threshold that must be right: a share */
    bool is_told; /* of each pair: there is no chance in that */
};

/* May the threshold be here? */
static bool is_right(const struct threshold_cut *cut, struct trust trust)
{
    return threshold_precision(cut) >= trust.least &&
           (trust.is_told || is_beyond_chance(cut, trust.each));
}

/* ---- Within files ----------------------------------------------------------------------------*/

/* Sets the false pairs of all cuts to what these files say together. */
static struct trust set_within(struct threshold *t, const struct threshold_input *input,
                               const bool use[THRESHOLD_NULLS])
{
    double compared = 0, pairs = UNSEEN;
    uint32_t left[THRESHOLD_NULLS];
    for (uint32_t f = 0; f < THRESHOLD_NULLS; f++) {
        left[f] = input->null[f].n;
        compared += use[f] ? input->null[f].pairs : 0;
    }
    const double each = input->all_pairs / compared; /* pair within files stands for so many */
    for (uint32_t i = t->n; i-- > 0;) {
        for (uint32_t f = 0; f < THRESHOLD_NULLS; f++)
            while (use[f] && left[f] && input->null[f].bin[left[f] - 1].from >= t->cut[i].good)
                pairs += (double)input->null[f].bin[--left[f]].pairs;
        t->cut[i].false_pairs = fmin(pairs * each, t->cut[i].pairs);
    }
    return (struct trust){each, LEAST_WITHIN, false};
}

/* Does a threshold exist where enough of the pairs are right? */
static bool is_any_right(const struct threshold *t, struct trust trust)
{
    bool any = false;
    for (uint32_t i = 0; i < t->n; i++)
        any = any || is_right(&t->cut[i], trust);
    return any;
}

/* Takes the false pairs from those files that say something; false if none does. */
static bool try_within(struct threshold *t, const struct threshold_input *input,
                       struct trust *trust)
{
    for (uint32_t f = 0; f < THRESHOLD_NULLS; f++) {
        bool alone[THRESHOLD_NULLS] = {false};
        alone[f] = true;
        if (input->null[f].pairs < 1)
            continue;
        t->used[f] = is_any_right(t, set_within(t, input, alone));
    }
    if (!threshold_is_told(t))
        return false;
    *trust = set_within(t, input, t->used);
    return true;
}

/* ---- The tail --------------------------------------------------------------------------------*/

/* A line through points, by least squares. */
struct line {
    double n, x, y, xx, xy; /* sums */
};

static void add_point(struct line *l, double x, double y)
{
    l->n++;
    l->x += x;
    l->y += y;
    l->xx += x * x;
    l->xy += x * y;
}

/* y = *at_0 + *slope * x; false if the points do not say. */
static bool fit(const struct line *l, double *at_0, double *slope)
{
    const double spread = l->n * l->xx - l->x * l->x;
    if (l->n < 2 || !(spread > 0))
        return false;
    *slope = (l->n * l->xy - l->x * l->y) / spread;
    *at_0 = (l->y - *slope * l->x) / l->n;
    return true;
}

/* The cuts [*from, *to) of the tail: ascending goods have fewer pairs. */
static void find_tail(const struct threshold *t, double records, uint32_t *from, uint32_t *to)
{
    *from = 0;
    while (*from < t->n && t->cut[*from].pairs > TAIL_MOST * records)
        ++*from;
    *to = *from;
    while (*to < t->n && t->cut[*to].pairs >= TAIL_LEAST * records)
        ++*to;
    while (*from && *to - *from < 2) /* few scores exist, far apart */
        --*from;
}

/* The good at which there are so many pairs is not asked, but the logarithm of pairs at a good:
 * between cuts, on the line that joins them. */
static double log_pairs_at(const struct threshold *t, double good, uint32_t *i)
{
    while (*i + 1 < t->n && t->cut[*i + 1].good <= good)
        ++*i;
    const struct threshold_cut *a = &t->cut[*i], *b = *i + 1 < t->n ? a + 1 : a;
    const double share = b->good > a->good ? (good - a->good) / (b->good - a->good) : 0;
    return log(a->pairs + (b->pairs - a->pairs) * share);
}

static struct line gather_tail(const struct threshold *t, uint32_t from, uint32_t to)
{
    struct line l = {0};
    if (to - from <= TAIL_POINTS) {
        for (uint32_t i = from; i < to; i++)
            add_point(&l, t->cut[i].good, log(t->cut[i].pairs));
        return l;
    }
    const double first = t->cut[from].good, last = t->cut[to - 1].good;
    for (uint32_t k = 0, i = from; k < TAIL_POINTS; k++) {
        const double good = first + (last - first) * k / (TAIL_POINTS - 1);
        add_point(&l, good, log_pairs_at(t, good, &i));
    }
    return l;
}

static bool try_tail(struct threshold *t, const struct threshold_input *input)
{
    uint32_t from, to;
    double at_0, slope;
    find_tail(t, input->records, &from, &to);
    const struct line l = gather_tail(t, from, to);
    if (!fit(&l, &at_0, &slope) || !(slope < 0))
        return false;
    for (uint32_t i = 0; i < t->n; i++)
        t->cut[i].false_pairs = fmin(exp(at_0 + slope * t->cut[i].good), t->cut[i].pairs);
    return true;
}

/* ---- The model -------------------------------------------------------------------------------*/

/* The probability of no match at the middle of a bin of bits. */
static double false_share(const struct threshold_input *input, uint32_t i)
{
    const double from = input->bin[i].from, end = histogram_end(from, input->level);
    const double middle = isfinite(from) && isfinite(end) ? (from + end) / 2 : from;
    return 1 / (1 + exp2(middle));
}

static struct trust set_modelled(struct threshold *t, const struct threshold_input *input)
{
    double pairs = 0;
    for (uint32_t i = t->n; i-- > 0;) {
        pairs += (double)input->bin[i].pairs * false_share(input, i);
        t->cut[i].false_pairs = fmin(pairs, t->cut[i].pairs);
    }
    t->source = THRESHOLD_MODEL;
    t->matches = t->n ? t->cut[0].pairs - t->cut[0].false_pairs : 0;
    return (struct trust){1, LEAST_WITHIN, true};
}

/* ---- The threshold ---------------------------------------------------------------------------*/

/* The cut with the greatest F1, against the most matches of any. */
static void choose(struct threshold *t, struct trust trust)
{
    double best = 0;
    for (uint32_t i = 0; i < t->n; i++)
        if (is_right(&t->cut[i], trust))
            t->matches = fmax(t->matches, t->cut[i].pairs - t->cut[i].false_pairs);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct threshold_cut *cut = &t->cut[i];
        const double f1 = 2 * (cut->pairs - cut->false_pairs) / (cut->pairs + t->matches);
        if (!is_right(cut, trust) || f1 < best)
            continue;
        best = f1;
        t->best = i;
        t->separates = true;
    }
}

/* Sets the false pairs by the way that says something. */
static struct trust guess_false(struct threshold *t, const struct threshold_input *input)
{
    const bool any[THRESHOLD_NULLS] = {input->null[0].pairs >= 1, input->null[1].pairs >= 1};
    struct trust trust = {1, LEAST_TAIL, false};
    if (input->bits)
        return set_modelled(t, input);
    t->source = THRESHOLD_WITHIN_FILES;
    if (try_within(t, input, &trust))
        return trust;
    if (try_tail(t, input))
        t->source = THRESHOLD_TAIL;
    else if (any[0] || any[1])
        trust = set_within(t, input, any);
    else
        t->source = THRESHOLD_UNKNOWN;
    return trust;
}

bool threshold_find(struct threshold *t, const struct threshold_input *input, struct err *e)
{
    *t = (struct threshold){.source = THRESHOLD_UNKNOWN};
    if (!make_cuts(t, input, e))
        return false;
    const struct trust trust = guess_false(t, input);
    if (t->source != THRESHOLD_UNKNOWN)
        choose(t, trust);
    return true;
}

void threshold_close(struct threshold *t)
{
    free(t->cut);
    *t = (struct threshold){.n = 0};
}
