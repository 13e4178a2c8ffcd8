/* Histograms of each metric over random pairs: all pairs, or a sample and, above it, a join. Where
 * a file is so large that a join takes long, it joins some rows of A with all of B. */
#include "matcher/learn/null.h"

#include "core/log.h"
#include "core/random.h"
#include "matcher/learn/draw_rows.h"
#include "matcher/run/run_histogram.h"
#include "matcher/suggest/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_PAIRS 4e6         /* of distinct values, at most, are all compared */
#define SAMPLE_PAIRS 1000000u /* of records, else */
#define COUNT_BELOW 0.01      /* so rare values of a metric are counted by a join … */
#define COUNT_PAIRS 5e7       /* … or rarer ones, if those were more pairs of distinct values */
/* Pairs of distinct values that a join may look at, about. Where there are more, it looks at some
 * rows of A. */
#define COUNT_VALUES 2e9
#define CHUNK 65536u /* pairs that are compared at a time */

/* Pairs of places, and pairs of records of each. */
struct places {
    uint32_t *a, *b;
    uint64_t *pairs;
    double *value;
    uint32_t n;
};

struct search {
    const struct comparisons *c;
    uint32_t number; /* of the comparison */
    const struct side *a, *b;
    bool self;
    double all_pairs;      /* of records that have a value */
    double exact;          /* of these: pairs of equal values, and of others whose metric is 1 */
    struct histogram seen; /* of the others that were compared */
    double scale;          /* each of them stands for so many pairs */
    double floor;          /* from here on they were counted: 1 where nothing was */
    struct histogram counted;
    double counted_scale; /* each of these stands for so many pairs */
    struct places places;
};

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* Pairs of records of two places. */
static uint64_t pairs_of(const struct search *s, uint32_t a, uint32_t b)
{
    const uint64_t x = side_multiplicity(s->a, a), y = side_multiplicity(s->b, b);
    return s->self && a == b ? x * (x - 1) / 2 : x * y;
}

static double count_equal(const struct search *s)
{
    double pairs = 0;
    for (uint32_t a = 0, b = 0; a < s->a->n && b < s->b->n;) {
        const uint32_t x = s->a->value[a], y = s->b->value[b];
        if (x == y)
            pairs += (double)pairs_of(s, a, b);
        a += x <= y;
        b += y <= x;
    }
    return pairs;
}

/* ---- Comparing -------------------------------------------------------------------------------*/

/* Compares the pairs that wait. Those without a value are left out; those whose metric is 1 are as
 * good as equal. */
static bool flush(struct search *s, struct err *e)
{
    struct places *p = &s->places;
    if (!comparisons_of_places(s->c, s->number, p->a, p->b, p->n, p->value, e))
        return false;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->value[i] >= 1)
            s->exact += (double)p->pairs[i] * s->scale;
        else if (p->value[i] == p->value[i])
            histogram_add(&s->seen, p->value[i], p->pairs[i]);
    }
    p->n = 0;
    return true;
}

/* Equal values were counted. */
static bool add_pair(struct search *s, uint32_t a, uint32_t b, uint64_t pairs, struct err *e)
{
    struct places *p = &s->places;
    if (s->a->value[a] == s->b->value[b])
        return true;
    p->a[p->n] = a;
    p->b[p->n] = b;
    p->pairs[p->n++] = pairs;
    return p->n < CHUNK || flush(s, e);
}

static bool compare_all(struct search *s, struct err *e)
{
    for (uint32_t a = 0; a < s->a->n; a++)
        for (uint32_t b = s->self ? a + 1 : 0; b < s->b->n; b++)
            if (!add_pair(s, a, b, pairs_of(s, a, b), e))
                return false;
    return flush(s, e);
}

/* The place of a random record that has a value. */
static uint32_t random_place(const struct side *s, uint64_t *random)
{
    const uint64_t n = s->rows_begin[s->n];
    return s->row_place[s->rows[random_next(random) % n]];
}

static bool compare_sample(struct search *s, uint64_t seed, struct err *e)
{
    uint64_t random = seed ^ (s->number + 1) * 0x9E3779B97F4A7C15u;
    s->scale = s->all_pairs / SAMPLE_PAIRS;
    for (uint32_t i = 0; i < SAMPLE_PAIRS; i++) {
        const uint32_t a = random_place(s->a, &random), b = random_place(s->b, &random);
        if (!add_pair(s, a, b, 1, e))
            return false;
    }
    return flush(s, e);
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* The bins of a histogram, descending; malloced, NULL without memory. */
static struct histogram_bin *bins_of(const struct histogram *h)
{
    struct histogram_bin *bin = malloc((h->n + 1ull) * sizeof *bin);
    if (!bin)
        return NULL;
    histogram_sorted(h, bin);
    for (uint32_t i = 0; i < h->n / 2; i++) {
        const struct histogram_bin low = bin[i];
        bin[i] = bin[h->n - 1 - i];
        bin[h->n - 1 - i] = low;
    }
    return bin;
}

/* Where joins begin to count: few enough pairs are above. 1: nowhere. */
static double choose_floor(const struct search *s, const struct histogram_bin *bin)
{
    const double values = (double)s->a->n * s->b->n;
    const double most = fmin(COUNT_BELOW, COUNT_PAIRS / values) * SAMPLE_PAIRS;
    double above = 0, floor = 1;
    for (uint32_t i = 0; i < s->seen.n; i++) {
        above += (double)bin[i].pairs;
        if (above > most || bin[i].from <= 0)
            break;
        floor = bin[i].from;
    }
    return floor;
}

/* The rows of A whose pairs are counted: all, or so many that the join is quick. *row is malloced;
 * NULL stands for all. */
static bool choose_rows(struct search *s, uint64_t seed, struct row_list *rows, uint32_t **row,
                        struct err *e)
{
    const double share = COUNT_VALUES / ((double)s->a->n * s->b->n);
    uint64_t n, have = 0;
    s->counted_scale = 1;
    *row = NULL;
    *rows = (struct row_list){NULL, 0};
    if (s->self || share >= 1)
        return true;
    *row = draw_rows(s->a->n_rows, (uint64_t)ceil(share * (double)s->a->n_rows), seed, &n);
    if (!*row)
        return out_of_memory(e);
    for (uint64_t i = 0; i < n; i++)
        have += s->a->row_place[(*row)[i]] != TABLE_MISSING;
    s->counted_scale = (double)s->a->rows_begin[s->a->n] / fmax((double)have, 1);
    *rows = (struct row_list){*row, n};
    return true;
}

static bool count_from_floor(struct search *s, uint64_t seed, struct query *query, struct err *e)
{
    struct run *r = s->c->run;
    const struct comparison *c = &s->c->of[s->number];
    struct run_scores scores = {.query = query, .whose = RUN_A_WITH_B};
    bool known;
    uint32_t *row;
    run_query_of_term(&r->query, c->term, s->floor, query);
    const bool ok = choose_rows(s, seed, &scores.rows, &row, e) &&
                    histogram_open(&s->counted, HISTOGRAM_MOST, false, e) &&
                    run_histogram(r, &scores, &s->counted, &known, e);
    free(row);
    log_verbose("%s >= %g: counted in %.2f s, %.3g of the rows of A", c->text, s->floor,
                scores.seconds, 1 / s->counted_scale);
    return ok;
}

/* The pairs from the floor on; equal values are among them. */
static bool count_above(struct search *s, uint64_t seed, struct err *e)
{
    struct query *query = malloc(sizeof *query);
    struct histogram_bin *bin = bins_of(&s->seen);
    bool ok = (query && bin) || out_of_memory(e);
    if (ok && (s->floor = choose_floor(s, bin)) < 1)
        ok = count_from_floor(s, seed, query, e);
    free(query);
    free(bin);
    return ok;
}

/* ---- Levels ----------------------------------------------------------------------------------*/

/* Values below that of equal ones, descending, with their shares. */
struct spread {
    double *value, *share;
    uint32_t n;
};

/* Adds the bins of a histogram from `least` to below `below`; each pair stands for `scale`. */
static bool add_bins(struct spread *d, const struct histogram *h, double least, double below,
                     double scale, struct err *e)
{
    struct histogram_bin *bin = bins_of(h);
    if (!bin)
        return out_of_memory(e);
    for (uint32_t i = 0; i < h->n; i++) {
        if (bin[i].from < least || bin[i].from >= below)
            continue;
        d->value[d->n] = bin[i].from;
        d->share[d->n++] = (double)bin[i].pairs * scale;
    }
    free(bin);
    return true;
}

static bool make_spread(const struct search *s, struct spread *d, struct err *e)
{
    const size_t most = (size_t)s->seen.n + s->counted.n + 1;
    const double each = 1 / s->all_pairs;
    *d = (struct spread){calloc(most, sizeof *d->value), calloc(most, sizeof *d->share), 0};
    if (!d->value || !d->share)
        return out_of_memory(e);
    return (!s->counted.most ||
            add_bins(d, &s->counted, s->floor, 1, s->counted_scale * each, e)) &&
           add_bins(d, &s->seen, -INFINITY, s->floor, s->scale * each, e);
}

static bool cut(const struct search *s, struct fit_levels *levels, struct err *e)
{
    struct spread d;
    const bool ok = make_spread(s, &d, e);
    const struct fit_null null = {.n = d.n,
                                  .value = d.value,
                                  .share = d.share,
                                  .exact_share = s->exact / s->all_pairs,
                                  .least_share = 1 / s->all_pairs};
    if (ok)
        fit_levels(&null, strcmp(s->c->of[s->number].metric, "equal") == 0, levels);
    free(d.value);
    free(d.share);
    return ok;
}

/* ---- All of them -----------------------------------------------------------------------------*/

static bool open_search(struct search *s, struct err *e)
{
    struct places *p = &s->places;
    p->a = malloc(CHUNK * sizeof *p->a);
    p->b = malloc(CHUNK * sizeof *p->b);
    p->pairs = malloc(CHUNK * sizeof *p->pairs);
    p->value = malloc(CHUNK * sizeof *p->value);
    if (!p->a || !p->b || !p->pairs || !p->value)
        return out_of_memory(e);
    return histogram_open(&s->seen, HISTOGRAM_MOST, false, e);
}

static void close_search(struct search *s)
{
    free(s->places.a);
    free(s->places.b);
    free(s->places.pairs);
    free(s->places.value);
    histogram_close(&s->seen);
    histogram_close(&s->counted);
}

static bool find_one(const struct comparisons *c, uint32_t i, uint64_t seed,
                     struct fit_levels *levels, struct err *e)
{
    struct search s = {.c = c,
                       .number = i,
                       .a = comparisons_side(c, c->of[i].term, 0),
                       .b = comparisons_side(c, c->of[i].term, 1),
                       .self = c->run->loaded.inputs.self,
                       .all_pairs = comparisons_pairs(c, i),
                       .scale = 1,
                       .floor = 1};
    if (s.all_pairs < 1)
        return err_set(e, ERR_DATA, "--kind COL=none leaves a column out",
                       "%s: there are no values to compare", c->of[i].text);
    bool ok = open_search(&s, e);
    if (ok && (double)s.a->n * s.b->n <= ALL_PAIRS)
        ok = compare_all(&s, e);
    else
        ok = ok && compare_sample(&s, seed, e) && count_above(&s, seed, e);
    s.exact += count_equal(&s);
    ok = ok && cut(&s, levels, e);
    close_search(&s);
    return ok;
}

bool null_find(const struct comparisons *c, uint64_t seed, struct fit_levels null[COMPARISONS_MAX],
               struct err *e)
{
    log_phase("counting how random pairs agree", 0);
    for (uint32_t i = 0; i < c->n; i++)
        if (!find_one(c, i, seed, &null[i], e))
            return false;
    return true;
}
