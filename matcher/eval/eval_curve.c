/* Thresholds at equal distances, and tags in a list of the first that come. */
#include "matcher/eval/eval_curve.h"

#include "core/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bins and steps --------------------------------------------------------------------------*/

static bool find_range(const struct eval_part *found, double *low, double *high)
{
    *low = INFINITY;
    *high = -(double)INFINITY;
    for (uint64_t i = 0; i < found->pairs.n; i++) {
        const double score = found->pairs.pair[i].score;
        *low = score < *low ? score : *low;
        *high = score > *high ? score : *high;
    }
    return *low < *high && isfinite(*high - *low);
}

/* Bins of equal width. */
static void make_bins(struct eval_report *r, double low, double high)
{
    for (size_t i = 0; i < EVAL_MAX_BINS; i++)
        r->bin[i].from = low + (high - low) * ((double)i / EVAL_BINS_A_STEP) / (EVAL_MAX_STEPS - 1);
    r->n_bins = EVAL_MAX_BINS;
}

/* The last bin that begins at the score or below it. */
static struct eval_bin *bin_of(struct eval_report *r, double score)
{
    const double share = (score - r->bin[0].from) / (r->bin[r->n_bins - 1].from - r->bin[0].from);
    size_t i = (size_t)(share * (double)(r->n_bins - 1));
    while (i > 0 && score < r->bin[i].from)
        i--;
    while (i + 1 < r->n_bins && score >= r->bin[i + 1].from)
        i++;
    return &r->bin[i];
}

void eval_curve_steps(const struct eval_report *r, struct eval_step steps[EVAL_MAX_BINS])
{
    struct eval_counts c = {.truth = r->all.truth};
    for (size_t i = r->n_bins; i-- > 0;) {
        c.found += r->bin[i].right + r->bin[i].wrong;
        c.both += r->bin[i].right;
        steps[i] = (struct eval_step){r->bin[i].from, c};
    }
}

void eval_curve_make(struct eval_report *r, const struct eval_part *found)
{
    struct eval_step steps[EVAL_MAX_BINS];
    double low, high;
    if (!find_range(found, &low, &high))
        return;
    make_bins(r, low, high);
    for (uint64_t i = 0; i < found->pairs.n; i++) {
        const double score = found->pairs.pair[i].score;
        if (score != score)
            continue;
        struct eval_bin *bin = bin_of(r, score);
        *(found->shared[i] ? &bin->right : &bin->wrong) += 1;
    }
    eval_curve_steps(r, steps);
    for (size_t i = 0; i < r->n_bins; i += EVAL_BINS_A_STEP)
        r->step[r->n_steps++] = steps[i];
}

/* ---- The best threshold ----------------------------------------------------------------------*/

struct scored {
    double score;
    bool right;
};

static int greatest_first(const void *x, const void *y)
{
    const double a = ((const struct scored *)x)->score, b = ((const struct scored *)y)->score;
    return (a < b) - (a > b);
}

static double f1_of(const struct eval_counts *c)
{
    return eval_f1(eval_precision(c), eval_recall(c));
}

/* The scores are descending; a threshold is good only after all pairs that have it. */
static struct eval_step best_of(const struct scored *s, uint64_t n, uint64_t truth)
{
    struct eval_counts c = {.truth = truth};
    struct eval_step best = {s[0].score, {.truth = truth}};
    for (uint64_t i = 0; i < n; i++) {
        c.found++;
        c.both += s[i].right;
        const bool last = i + 1 == n || s[i + 1].score < s[i].score;
        if (last && (best.counts.found == 0 || f1_of(&c) > f1_of(&best.counts)))
            best = (struct eval_step){s[i].score, c};
    }
    return best;
}

bool eval_curve_best(struct eval_report *r, const struct eval_part *found, struct err *e)
{
    uint64_t n = 0;
    struct scored *s = malloc((found->pairs.n + 1) * sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for the scores");
    for (uint64_t i = 0; i < found->pairs.n; i++)
        if (found->pairs.pair[i].score == found->pairs.pair[i].score)
            s[n++] = (struct scored){found->pairs.pair[i].score, found->shared[i]};
    qsort(s, n, sizeof *s, greatest_first);
    if (n)
        r->best = best_of(s, n, r->all.truth);
    free(s);
    return true;
}

/* ---- Tags ------------------------------------------------------------------------------------*/

/* Counts one truth under the tag of n bytes. False: there is no room for it. */
static bool count_tag(struct eval_report *r, const char *name, size_t n, bool hit)
{
    size_t t = 0;
    if (n >= sizeof r->tag[t].name)
        return false;
    while (t < r->n_tags && (strncmp(r->tag[t].name, name, n) != 0 || r->tag[t].name[n]))
        t++;
    if (t == EVAL_MAX_TAGS)
        return false;
    if (t == r->n_tags) {
        memcpy(r->tag[t].name, name, n);
        r->n_tags++;
    }
    r->tag[t].all++;
    r->tag[t].hit += hit;
    return true;
}

static int by_size(const void *x, const void *y)
{
    const struct eval_tag *a = x, *b = y;
    return a->all != b->all ? sort_order(b->all, a->all) : strcmp(a->name, b->name);
}

void eval_curve_tags(struct eval_report *r, const struct eval_part *truth)
{
    const struct table *table = &truth->file->table;
    uint64_t n_left_out = 0;
    r->has_tags = true;
    for (uint64_t i = 0; i < truth->pairs.n; i++) {
        const uint32_t value = table_row_values(table, 2)[truth->pairs.pair[i].row];
        const struct bytes v =
            value == TABLE_MISSING ? (struct bytes){"(none)", 6} : table_value(table, 2, value);
        for (const char *p = v.p, *end = v.p + v.n; p < end;) {
            const char *plus = memchr(p, '+', (size_t)(end - p));
            const size_t length = (size_t)((plus ? plus : end) - p);
            n_left_out += !count_tag(r, p, length, truth->shared[i]);
            p += length + 1;
        }
    }
    eval_file_say(truth->file->load.shown, n_left_out,
                  "tag is left out: it has 40 bytes or more, or 64 others come before it",
                  "tags are left out: they have 40 bytes or more, or 64 others come before them");
    qsort(r->tag, r->n_tags, sizeof *r->tag, by_size);
}
