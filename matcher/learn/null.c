#include "matcher/learn/null.h"

#include "core/log.h"
#include "core/random.h"
#include "matcher/run/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_PAIRS 4e6         /* of distinct values, at most, are all compared */
#define SAMPLE_PAIRS 1000000u /* of records, else */
#define COUNT_BELOW 0.01      /* a level that fewer random pairs reach is counted by a join … */
#define COUNT_SECONDS 4.0     /* … that takes so long at most, of one core */

/* Values of a metric, and how many pairs of records each stands for. */
struct seen {
    double value, pairs;
};

struct search {
    const struct comparisons *c;
    uint32_t number; /* of the comparison */
    const struct side *a, *b;
    bool self;
    double all_pairs, exact_pairs;
    struct seen *seen;
    uint64_t n;
    bool sampled;
    double *value, *share; /* of the null, as fit_null has them */
};

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* Pairs of records of two places. */
static double pairs_of(const struct search *s, uint32_t a, uint32_t b)
{
    const double x = side_multiplicity(s->a, a), y = side_multiplicity(s->b, b);
    return s->self && a == b ? x * (x - 1) / 2 : x * y;
}

/* ---- Equal values ----------------------------------------------------------------------------*/

static double count_equal(const struct search *s)
{
    double pairs = 0;
    for (uint32_t a = 0, b = 0; a < s->a->n && b < s->b->n;) {
        const uint32_t x = s->a->value[a], y = s->b->value[b];
        if (x == y)
            pairs += pairs_of(s, a, b);
        a += x <= y;
        b += y <= x;
    }
    return pairs;
}

/* ---- Other values ----------------------------------------------------------------------------*/

/* Pairs of places to be compared, with what each stands for in seen[].pairs. */
struct places {
    uint32_t *a, *b;
    uint64_t n;
};

static void add_pair(struct search *s, struct places *p, uint32_t a, uint32_t b, double pairs)
{
    p->a[p->n] = a;
    p->b[p->n] = b;
    s->seen[p->n++].pairs = pairs;
}

static void all_pairs(struct search *s, struct places *p)
{
    for (uint32_t a = 0; a < s->a->n; a++)
        for (uint32_t b = s->self ? a + 1 : 0; b < s->b->n; b++)
            if (s->a->value[a] != s->b->value[b])
                add_pair(s, p, a, b, pairs_of(s, a, b));
}

/* The place of a random record that has a value. */
static uint32_t random_place(const struct side *s, uint64_t *random)
{
    const uint64_t n = s->rows_begin[s->n];
    return s->row_place[s->rows[random_next(random) % n]];
}

/* Each of the sampled pairs stands for as many as all do, by their share. */
static void random_pairs(struct search *s, uint64_t seed, struct places *p)
{
    uint64_t random = seed ^ (s->number + 1) * 0x9E3779B97F4A7C15u;
    const double each = s->all_pairs / SAMPLE_PAIRS;
    for (uint32_t i = 0; i < SAMPLE_PAIRS; i++) {
        const uint32_t a = random_place(s->a, &random), b = random_place(s->b, &random);
        if (s->a->value[a] != s->b->value[b])
            add_pair(s, p, a, b, each);
    }
}

static int by_value(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    return (a->value < b->value) - (a->value > b->value);
}

/* Compares the pairs of places. Those without a value are left out; those whose metric is 1 are
 * exact. */
static bool compare(struct search *s, const struct places *p, struct err *e)
{
    double *value = malloc((p->n + 1) * sizeof *value);
    const bool ok = value ? comparisons_of_places(s->c, s->number, p->a, p->b, p->n, value, e)
                          : out_of_memory(e);
    s->n = 0;
    for (uint64_t i = 0; ok && i < p->n; i++) {
        if (value[i] >= 1)
            s->exact_pairs += s->seen[i].pairs;
        else if (value[i] == value[i])
            s->seen[s->n++] = (struct seen){value[i], s->seen[i].pairs};
    }
    qsort(s->seen, s->n, sizeof *s->seen, by_value);
    free(value);
    return ok;
}

static bool look(struct search *s, uint64_t seed, struct err *e)
{
    const double values = (double)s->a->n * s->b->n;
    s->sampled = values > ALL_PAIRS;
    const size_t most = s->sampled ? SAMPLE_PAIRS : (size_t)values;
    struct places p = {malloc((most + 1) * sizeof *p.a), malloc((most + 1) * sizeof *p.b), 0};
    s->seen = malloc((most + 1) * sizeof *s->seen);
    bool ok = p.a && p.b && s->seen;
    if (!ok)
        out_of_memory(e);
    else if (s->sampled)
        random_pairs(s, seed, &p);
    else
        all_pairs(s, &p);
    ok = ok && compare(s, &p, e);
    free(p.a);
    free(p.b);
    return ok;
}

/* ---- Levels ----------------------------------------------------------------------------------*/

/* Joins what has the same value. */
static uint32_t merge(struct search *s)
{
    uint32_t n = 0;
    for (uint64_t i = 0; i < s->n; i++) {
        const double share = s->seen[i].pairs / s->all_pairs;
        if (n && s->value[n - 1] == s->seen[i].value) {
            s->share[n - 1] += share;
        } else {
            s->value[n] = s->seen[i].value;
            s->share[n++] = share;
        }
    }
    return n;
}

static bool cut(struct search *s, struct null_column *out, struct err *e)
{
    s->value = malloc((s->n + 1) * sizeof *s->value);
    s->share = malloc((s->n + 1) * sizeof *s->share);
    if (!s->value || !s->share)
        return out_of_memory(e);
    const struct fit_null null = {.n = merge(s),
                                  .value = s->value,
                                  .share = s->share,
                                  .exact_share = s->exact_pairs / s->all_pairs,
                                  .least_share = 1 / (s->sampled ? SAMPLE_PAIRS : s->all_pairs)};
    fit_levels(&null, strcmp(s->c->of[s->number].metric, "equal") == 0, &out->levels);
    for (uint32_t l = 0; l < out->levels.n_levels; l++)
        out->how[l] = s->sampled ? NULL_SAMPLED : NULL_ALL_PAIRS;
    out->how[out->levels.n_levels - 1] = NULL_ALL_PAIRS;
    return true;
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* Pairs of records that reach a cut, or TRIAL_MANY where that would take too long. */
static bool count_from(const struct search *s, double least, uint64_t *n, struct err *e)
{
    const struct trial trial = {.run = s->c->run,
                                .score = s->c->of[s->number].text,
                                .least = least,
                                .most_seconds = COUNT_SECONDS};
    return trial_count(&trial, n, e);
}

/* Puts counted shares in the place of sampled ones, from the rarest level on, as long as joins are
 * cheap. */
static bool count_levels(const struct search *s, struct null_column *out, struct err *e)
{
    struct fit_levels *v = &out->levels;
    double above = s->exact_pairs / s->all_pairs, counted = 0, sampled = 0;
    uint32_t l = v->n_levels - 1;
    while (l > 1) {
        uint64_t n;
        l--;
        if (above + v->u[l] > COUNT_BELOW)
            break;
        if (!count_from(s, v->cut[l - 1], &n, e))
            return false;
        if (n == TRIAL_MANY)
            break;
        const double share = (double)n / s->all_pairs;
        const double u = fmax(share - above, 0.3 / s->all_pairs);
        sampled += v->u[l];
        counted += u;
        v->u[l] = u;
        out->how[l] = NULL_COUNTED;
        above = fmax(share, above);
    }
    v->u[0] += sampled - counted;
    return true;
}

/* ---- All of them -----------------------------------------------------------------------------*/

static bool find_one(const struct comparisons *c, uint32_t i, uint64_t seed,
                        struct null_column *out, struct err *e)
{
    struct search s = {.c = c,
                       .number = i,
                       .a = comparisons_side(c, c->of[i].term, 0),
                       .b = comparisons_side(c, c->of[i].term, 1),
                       .self = c->run->loaded.inputs.self,
                       .all_pairs = comparisons_pairs(c, i)};
    if (s.all_pairs < 1)
        return err_set(e, ERR_DATA, "--kind COL=none leaves a column out",
                       "%s: there are no values to compare", c->of[i].text);
    s.exact_pairs = count_equal(&s);
    const bool ok = look(&s, seed, e) && cut(&s, out, e) &&
                    (!s.sampled || count_levels(&s, out, e));
    free(s.seen);
    free(s.value);
    free(s.share);
    return ok;
}

bool null_find(const struct comparisons *c, uint64_t seed,
               struct null_column null[COMPARISONS_MAX], struct err *e)
{
    log_phase("counting how random pairs agree", 0);
    for (uint32_t i = 0; i < c->n; i++)
        if (!find_one(c, i, seed, &null[i], e))
            return false;
    return true;
}
