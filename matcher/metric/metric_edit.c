/* Edit distances and other metrics by position: equal, levenshtein, osa, damerau_levenshtein,
 * indel, ratio, lcsseq, hamming, prefix, postfix. Most is done by kernels over the pattern of a
 * prepared A (kernel_pattern.h). */
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

double metric_edit_similarity(uint64_t distance, uint64_t maximum)
{
    double normalized = maximum ? (double)distance / (double)maximum : 0.0;
    return 1.0 - normalized;
}

static bool reaches(enum metric_view view, double need, uint64_t distance, uint64_t maximum)
{
    const double x = metric_figure(view, distance, maximum);
    return metric_falls(view) ? x <= need : x >= need;
}

/* A first guess, by plain arithmetic. */
static double guess_most(enum metric_view view, double need, double maximum)
{
    const double distance = view == METRIC_DISTANCE              ? need
                            : view == METRIC_SIMILARITY          ? maximum - need
                            : view == METRIC_NORMALIZED_DISTANCE ? need * maximum
                                                                 : (1.0 - need) * maximum;
    return distance < 0 ? 0 : distance < maximum ? distance : maximum;
}

/* Division and subtraction are rounded correctly, so figures are monotonic in the distance.
 * Therefore a guess and a walk to the last good one are enough. */
uint64_t metric_edit_most(enum metric_view view, double need, uint64_t maximum)
{
    uint64_t distance = (uint64_t)guess_most(view, need, (double)maximum);
    while (distance < maximum && reaches(view, need, distance + 1, maximum))
        distance++;
    while (distance > 0 && !reaches(view, need, distance, maximum))
        distance--;
    return distance;
}

/* ---- By pattern ------------------------------------------------------------------------------*/

static uint64_t levenshtein_within(struct metric_state *s, const struct text *a,
                                   const struct text *b, uint64_t most)
{
    metric_prepare(s, a);
    return a->n && b->n ? s->kernel->levenshtein_within(&s->pattern, b, most, s->scratch)
                        : greatest(a->n, b->n);
}

static double levenshtein(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = greatest(a->n, b->n), distance = maximum;
    metric_prepare(s, a);
    if (a->n && b->n)
        distance = s->kernel->levenshtein(&s->pattern, b, s->scratch);
    return metric_view_value(s, distance, maximum);
}

static uint64_t osa_within(struct metric_state *s, const struct text *a, const struct text *b,
                           uint64_t most)
{
    metric_prepare(s, a);
    return a->n && b->n ? s->kernel->osa_within(&s->pattern, b, most, s->scratch)
                        : greatest(a->n, b->n);
}

static double osa(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = greatest(a->n, b->n), distance = maximum;
    metric_prepare(s, a);
    if (a->n && b->n)
        distance = s->kernel->osa(&s->pattern, b, s->scratch);
    return metric_view_value(s, distance, maximum);
}

uint64_t metric_indel_within(struct metric_state *s, const struct text *a, const struct text *b,
                             uint64_t most)
{
    const uint64_t sum = (uint64_t)a->n + b->n, common = most < sum ? (sum - most + 1) / 2 : 0;
    metric_prepare(s, a);
    return sum - 2 * s->kernel->lcs_reaching(&s->pattern, b, common, s->scratch);
}

double metric_indel(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = (uint64_t)a->n + b->n;
    metric_prepare(s, a);
    uint64_t common = s->kernel->lcs(&s->pattern, b, s->scratch);
    return metric_view_value(s, maximum - 2 * common, maximum);
}

static uint64_t lcsseq_within(struct metric_state *s, const struct text *a, const struct text *b,
                              uint64_t most)
{
    const uint64_t maximum = greatest(a->n, b->n), common = most < maximum ? maximum - most : 0;
    metric_prepare(s, a);
    return maximum - s->kernel->lcs_reaching(&s->pattern, b, common, s->scratch);
}

static double lcsseq(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = greatest(a->n, b->n);
    metric_prepare(s, a);
    uint64_t common = s->kernel->lcs(&s->pattern, b, s->scratch);
    return metric_view_value(s, maximum - common, maximum);
}

/* ---- By position -----------------------------------------------------------------------------*/

static uint32_t common_prefix(const struct text *a, const struct text *b)
{
    uint32_t n = least(a->n, b->n), width = a->width, i = 0;
    while (i < n && text_code(a->codes, width, i) == text_code(b->codes, width, i))
        i++;
    return i;
}

static uint32_t common_postfix(const struct text *a, const struct text *b)
{
    uint32_t n = least(a->n, b->n), width = a->width, i = 0;
    while (i < n &&
           text_code(a->codes, width, a->n - 1 - i) == text_code(b->codes, width, b->n - 1 - i))
        i++;
    return i;
}

static double prefix(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = greatest(a->n, b->n);
    return metric_view_value(s, maximum - common_prefix(a, b), maximum);
}

static double postfix(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint64_t maximum = greatest(a->n, b->n);
    return metric_view_value(s, maximum - common_postfix(a, b), maximum);
}

static double hamming(struct metric_state *s, const struct text *a, const struct text *b)
{
    uint32_t shorter = least(a->n, b->n);
    uint64_t maximum = greatest(a->n, b->n), differ = s->kernel->mismatches(a, b, shorter);
    return metric_view_value(s, differ + (maximum - shorter), maximum);
}

static double equal(struct metric_state *s, const struct text *a, const struct text *b)
{
    (void)s;
    if (a->id && b->id)
        return a->id == b->id ? 1.0 : 0.0;
    return a->n == b->n && memcmp(a->codes, b->codes, (size_t)a->n * a->width) == 0 ? 1.0 : 0.0;
}

/* ---- Damerau-Levenshtein without restriction: Zhao and Sahni 2019, in linear space -------------
 * A transposition pays only if its two characters are neighbours in A, or in B. So of earlier rows
 * it is enough to keep the cell that such a transposition starts from, for each column and for the
 * present row. */
struct damerau_state {
    uint32_t *last_row; /* code -> last row of A with it, 0 = none; zero between calls */
    uint32_t *space;    /* the codes of both texts, then the three rows below */
};

/* Rows with one more cell at their beginning: cell j is at [j + 1], cell -1 is out of reach. Only
 * cells with |i - j| <= most are computed (Ukkonen, 1985); those around them are out of reach. */
struct damerau_rows {
    uint32_t *now, *before;
    uint32_t *start; /* of each column: the cell from which a swap that ends there starts */
    const uint32_t *b;
    uint32_t nb, far, most;
};

/* Row i of the matrix, of A's character `code`; returns its least cell. */
static uint32_t damerau_row(const struct damerau_rows *r, const uint32_t *last_row, uint32_t code,
                            uint32_t i)
{
    const uint32_t first = i > r->most ? i - r->most : 1, end = least(r->nb, i + r->most);
    uint32_t last_column = 0, start = r->far;
    uint32_t two_above = r->now[first]; /* `now` still holds the row before the last */
    uint32_t left = r->now[first] = first == 1 ? i : r->far, least_cell = left;
    for (uint32_t j = first; j <= end; j++) {
        uint32_t other = r->b[j - 1], beside = least(left, r->before[j + 1]) + 1;
        uint32_t cell = least(r->before[j] + (code != other), beside);
        if (code == other) {
            last_column = j;
            r->start[j] = r->before[j - 1];
            start = two_above;
        } else if (last_column + 1 == j) {
            cell = least(cell, r->start[j] + (i - last_row[other]));
        } else if (last_row[other] + 1 == i) {
            cell = least(cell, start + (j - last_column));
        }
        two_above = r->now[j + 1];
        r->now[j + 1] = left = cell;
        least_cell = least(least_cell, cell);
    }
    if (end < r->nb)
        r->now[end + 2] = r->far;
    return least_cell;
}

/* The distance, if it is at most `most`, else more. A row with no cell that is at most `most` ends
 * it: what jumps over a row by a transposition costs more than that row's least cell. */
static uint32_t damerau_distance(uint32_t *last_row, const uint32_t *a, uint32_t na,
                                 const uint32_t *b, uint32_t nb, uint32_t *rows, uint32_t most)
{
    struct damerau_rows r = {rows, rows + nb + 2, rows + 2 * (nb + 2ull), b, nb, na + nb + 1, most};
    uint32_t least_cell = 0, n = 0;
    r.now[0] = r.before[0] = r.far;
    for (uint32_t j = 0; j <= nb; j++) {
        r.now[j + 1] = j;
        r.before[j + 1] = r.start[j] = r.far;
    }
    for (; n < na && least_cell <= most; n++) {
        uint32_t *swap = r.now;
        r.now = r.before;
        r.before = swap;
        least_cell = damerau_row(&r, last_row, a[n], n + 1);
        last_row[a[n]] = n + 1;
    }
    for (uint32_t i = 0; i < n; i++)
        last_row[a[i]] = 0;
    return n == na ? r.now[nb + 1] : r.far;
}

static void copy_codes(const struct text *t, uint32_t n, uint32_t *to)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = text_code(t->codes, t->width, i);
}

/* The common beginning and the common end cost nothing and take no part. */
static uint64_t damerau_of_rest(struct damerau_state *own, const struct text *a,
                                const struct text *b, uint32_t most)
{
    uint32_t from = common_prefix(a, b);
    struct text a_rest = text_part(a, from, a->n - from), b_rest = text_part(b, from, b->n - from);
    uint32_t end = common_postfix(&a_rest, &b_rest);
    uint32_t na = a_rest.n - end, nb = b_rest.n - end;
    uint32_t *codes_a = own->space, *codes_b = codes_a + na, *rows = codes_b + nb;
    copy_codes(&a_rest, na, codes_a);
    copy_codes(&b_rest, nb, codes_b);
    return damerau_distance(own->last_row, codes_a, na, codes_b, nb, rows, most);
}

/* OSA's distance, which is counted much faster, is from d to d + d / 2 for a distance of d
 * (join/edit/edit_rule.c says why). So it excludes most pairs, is the distance up to 2, and else
 * says how far from the diagonal to look. */
static uint64_t damerau_within(struct metric_state *s, const struct text *a, const struct text *b,
                               uint64_t most)
{
    if (!a->n || !b->n)
        return greatest(a->n, b->n);
    metric_prepare(s, a);
    const uint64_t osa_distance =
        s->kernel->osa_within(&s->pattern, b, most + most / 2, s->scratch);
    if (osa_distance <= 2 || osa_distance > most + most / 2)
        return osa_distance;
    return damerau_of_rest(s->own, a, b, (uint32_t)(most < osa_distance ? most : osa_distance));
}

static double damerau(struct metric_state *s, const struct text *a, const struct text *b)
{
    const uint64_t maximum = greatest(a->n, b->n);
    return metric_view_value(s, damerau_within(s, a, b, maximum), maximum);
}

static bool damerau_open(struct metric_state *s)
{
    struct damerau_state *own = s->own;
    own->last_row = calloc(s->alphabet.n_codes + 1ull, sizeof *own->last_row);
    own->space = malloc((5ull * s->max_length + 6) * sizeof *own->space);
    return own->last_row && own->space;
}

static void damerau_close(struct metric_state *s)
{
    struct damerau_state *own = s->own;
    free(own->last_row);
    free(own->space);
}

/* ---- Bounds ----------------------------------------------------------------------------------*/

/* Each character of the longer text without a partner costs one edit. */
static double bound_of_longer(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    (void)prefix;
    uint32_t longer = greatest(la, lb);
    return metric_edit_similarity(longer - common, longer);
}

double metric_bound_of_sum(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    (void)prefix;
    uint64_t sum = (uint64_t)la + lb;
    return metric_edit_similarity(sum - 2ull * common, sum);
}

/* Unequal texts are at least one edit apart. */
static double unequal_of_longer(uint64_t length)
{
    return metric_edit_similarity(1, length);
}

double metric_unequal_of_sum(uint64_t length)
{
    return metric_edit_similarity(1, 2 * length);
}

static double unequal_by_equality(uint64_t length)
{
    (void)length;
    return 0;
}

static const struct metric_edits edits_levenshtein = {EDIT_LEVENSHTEIN, true, METRIC_OF_LONGER},
                                 edits_osa = {EDIT_OSA, true, METRIC_OF_LONGER},
                                 edits_damerau = {EDIT_OSA, false, METRIC_OF_LONGER},
                                 edits_lcsseq = {EDIT_INDEL, true, METRIC_OF_SUBSEQUENCE},
                                 edits_hamming = {EDIT_HAMMING, true, METRIC_OF_LONGER};

const struct metric_edits metric_edits_indel = {EDIT_INDEL, true, METRIC_OF_SUM};

/* ---- The rows --------------------------------------------------------------------------------*/

extern const struct metric metric_edit_rows[];
const struct metric metric_edit_rows[] = {
    {.name = "equal",
     .range = "0, 1",
     .what = "the same text",
     .arguments = "",
     .score = equal,
     .flags = METRIC_BINARY | METRIC_EQUALITY,
     .unequal = unequal_by_equality},
    {.name = "levenshtein",
     .range = "0..1",
     .what = "insertions, deletions, substitutions",
     .arguments = "",
     .views = true,
     .score = levenshtein,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_levenshtein,
     .within = levenshtein_within},
    {.name = "osa",
     .range = "0..1",
     .what = "as levenshtein, and swaps of neighbours, no text edited twice",
     .arguments = "",
     .views = true,
     .score = osa,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_osa,
     .within = osa_within},
    {.name = "date_osa",
     .range = "0..1",
     .what = "osa of dates as 2024-12-31; what is no date is missing",
     .arguments = "",
     .views = true,
     .score = osa,
     .flags = METRIC_COLUMN_TEXTS,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_osa,
     .within = osa_within,
     .reads = FIGURE_DATE_TEXT},
    {.name = "damerau_levenshtein",
     .range = "0..1",
     .what = "as levenshtein, and swaps of neighbours without restriction",
     .arguments = "",
     .views = true,
     .state_bytes = sizeof(struct damerau_state),
     .score = damerau,
     .open = damerau_open,
     .close = damerau_close,
     .flags = METRIC_DAMERAU,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_damerau,
     .within = damerau_within},
    {.name = "indel",
     .range = "0..1",
     .what = "insertions and deletions, by the sum of the lengths",
     .arguments = "",
     .views = true,
     .score = metric_indel,
     .bound = metric_bound_of_sum,
     .unequal = metric_unequal_of_sum,
     .edits = &metric_edits_indel,
     .within = metric_indel_within},
    {.name = "ratio",
     .range = "0..1",
     .what = "the same as indel, by the name that RapidFuzz gives it",
     .arguments = "",
     .score = metric_indel,
     .bound = metric_bound_of_sum,
     .unequal = metric_unequal_of_sum,
     .edits = &metric_edits_indel,
     .within = metric_indel_within},
    {.name = "lcsseq",
     .range = "0..1",
     .what = "longest common subsequence, by the longer length",
     .arguments = "",
     .views = true,
     .score = lcsseq,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_lcsseq,
     .within = lcsseq_within},
    {.name = "hamming",
     .range = "0..1",
     .what = "positions that differ; extra characters count as differences",
     .arguments = "",
     .views = true,
     .score = hamming,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .edits = &edits_hamming},
    {.name = "prefix",
     .range = "0..1",
     .what = "common beginning, by the longer length",
     .arguments = "",
     .views = true,
     .score = prefix,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .end = METRIC_COMMON_BEGINNING},
    {.name = "postfix",
     .range = "0..1",
     .what = "common end, by the longer length",
     .arguments = "",
     .views = true,
     .score = postfix,
     .bound = bound_of_longer,
     .unequal = unequal_of_longer,
     .end = METRIC_COMMON_ENDING},
    {.name = NULL},
};
