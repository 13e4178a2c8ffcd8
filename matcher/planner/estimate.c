/* Estimates by scoring random pairs: of rows, of values, and of rows that have a value in common.
 */
#include "matcher/planner/estimate.h"

#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "core/sort.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/join/score_cost.h"

#include <math.h>
#include <stdlib.h>

#define ROW_PAIRS 20000u     /* pairs of rows in the sample … */
#define VALUE_PAIRS 5000u    /* … and of values … */
#define JOINT_SCORES 300000u /* … and scores for all terms given each other, of … */
#define JOINT_LEAST 64u      /* … at least and at most so many pairs each */
#define JOINT_MOST 2048u
#define MANY_PAIRS 1e10    /* of rows, and … */
#define MANY_TERMS 4u      /* … terms; for more, samples are larger … */
#define LARGEST_FACTOR 8.0 /* … up to so many times */
#define DISTINCT_ROWS 500u /* rows from which the number of different values is judged */
#define TAIL_FROM 64u      /* between the scores of these ranks, counted from the best … */
#define TAIL_TO 8u         /* … it is seen how fast they become fewer */
#define LONG_SECONDS 0.05  /* that a sample of long texts may take … */
#define LONG_LEAST 64u     /* … once it has so many pairs */
#define FEWEST (1.0 / 3)   /* of scores that a sample has none of, at most */

/* How many times as many pairs are drawn: the more pairs and terms there are, the dearer is a plan
 * that follows from a wrong estimate. */
static uint32_t sample_factor(const struct estimate *s)
{
    return s->n_terms < MANY_TERMS
               ? 1
               : (uint32_t)fmin(fmax(sqrt(s->all_pairs / MANY_PAIRS), 1), LARGEST_FACTOR);
}

static uint32_t rarity_step(double bits)
{
    const double step = floor(bits * ESTIMATE_STEPS);
    return step < ESTIMATE_RARITIES - 1 ? (uint32_t)step : ESTIMATE_RARITIES - 1;
}

/* Counts the pairs of rows with the same value, and with `rarity` those of each step of it. The
 * value ids of a side ascend. */
static void count_equal(struct estimate_term *t, const struct side *a, const struct side *b,
                        const struct rarity *rarity)
{
    for (uint32_t i = 0, k = 0; i < a->n && k < b->n;) {
        const uint32_t x = a->value[i], y = b->value[k];
        if (x == y) {
            const double pairs = (double)side_multiplicity(a, i) * side_multiplicity(b, k);
            t->equal_pairs += pairs;
            t->equal_values++;
            if (t->rare_share)
                t->rare_share[rarity_step(rarity_bits(rarity, x))] += pairs;
        }
        i += x <= y;
        k += y <= x;
    }
    for (uint32_t k = ESTIMATE_RARITIES - 1; t->rare_share && k > 0; k--)
        t->rare_share[k - 1] += t->rare_share[k];
    for (uint32_t k = 0; t->rare_share && t->equal_pairs > 0 && k < ESTIMATE_RARITIES; k++)
        t->rare_share[k] /= t->equal_pairs;
    t->n_records = (double)a->rows_begin[a->n] + (double)b->rows_begin[b->n];
}

/* The most that two values can score that differ. */
static double most_unequal(const struct expr_term *term, const struct dictionary *dictionary,
                           const struct side *a, const struct side *b)
{
    const struct metric *metric = metric_at(term->metric);
    uint32_t longest = 0;
    if (!metric->unequal || metric_falls((enum metric_view)term->view) ||
        term->view == METRIC_SIMILARITY)
        return (double)INFINITY;
    for (uint32_t i = 0; i < a->n; i++)
        longest = greatest(longest, dictionary_length(dictionary, a->value[i]));
    for (uint32_t i = 0; i < b->n; i++)
        longest = greatest(longest, dictionary_length(dictionary, b->value[i]));
    return metric->unequal(longest);
}

/* ---- One term --------------------------------------------------------------------------------*/

static const struct side *term_side(const struct expr *x, const struct index *index, uint32_t term,
                                    int side)
{
    const struct expr_term *t = &x->term[term];
    return &index->field[x->column[side ? t->column_b : t->column_a].field].side;
}

/* What a metric is computed with. */
struct scoring {
    struct metric_state *metric;
    const struct dictionary *dictionary;
    const struct side *a, *b;
    double missing;
    bool weighs;      /* equal values have different scores */
    bool is_long;     /* some texts are so long that the sample is bounded by time … */
    uint32_t longest; /* … and so many characters of a text are scored */
};

static struct text sampled_text(const struct scoring *m, uint32_t value)
{
    return score_beginning(dictionary_text(m->dictionary, value), m->longest,
                           m->dictionary->max_length);
}

/* Is a sample of i pairs enough, which was begun at a time? */
static bool is_enough(const struct scoring *m, uint32_t i, double start)
{
    return m->is_long && i >= LONG_LEAST && proc_thread_seconds() - start > LONG_SECONDS;
}

/* The score of two places, which may be missing. *equal says whether their values are equal; then
 * it has none, unless the metric weighs values. */
static double score_places(const struct scoring *m, uint32_t place_a, uint32_t place_b, bool *equal)
{
    *equal = false;
    if (place_a == TABLE_MISSING || place_b == TABLE_MISSING)
        return m->missing;
    *equal = m->a->value[place_a] == m->b->value[place_b];
    if (*equal && !m->weighs)
        return (double)NAN; /* nobody asks */
    return metric_score(m->metric, sampled_text(m, m->a->value[place_a]),
                        sampled_text(m, m->b->value[place_b]));
}

/* Adds the score of two places to `score`, unless it has no value, or the values are equal and
 * their score is known. */
static void add_score(const struct scoring *m, uint32_t place_a, uint32_t place_b, double *score,
                      uint32_t *n, double *n_equal)
{
    bool equal;
    score[*n] = score_places(m, place_a, place_b, &equal);
    *n += score[*n] == score[*n];
    *n_equal += equal && !m->weighs;
}

static void sample_rows(struct estimate_term *t, const struct scoring *m,
                        const struct metric_use *use, const struct row_list rows[2], uint32_t n)
{
    uint64_t random = 20240229;
    double start = proc_thread_seconds(), equal = 0;
    uint32_t i = 0;
    for (uint32_t k = 0; t->of_pair && k < n; k++)
        t->of_pair[k] = (double)NAN;
    for (; i < n && rows[0].n && rows[1].n && !is_enough(m, i, start); i++) {
        const uint64_t row_a = row_list_at(&rows[0], random_next(&random) % rows[0].n);
        const uint64_t row_b = row_list_at(&rows[1], random_next(&random) % rows[1].n);
        const uint32_t before = t->n;
        add_score(m, m->a->row_place[row_a], m->b->row_place[row_b], t->score, &t->n, &equal);
        if (t->of_pair && t->n > before)
            t->of_pair[i] = t->score[before];
    }
    t->drawn = m->is_long && i ? i : n;
    t->seconds = m->is_long ? score_cost_seconds(use, m->dictionary, m->a, m->b)
                            : (proc_thread_seconds() - start) / n;
    sort_double(t->score, t->n);
}

static int best_first(const void *x, const void *y)
{
    const struct estimate_scored *a = x, *b = y;
    const int order = sort_compare_double(&b->score, &a->score);
    return order ? order : (a->pair > b->pair) - (a->pair < b->pair);
}

/* Remembers the pairs of the sample with the best scores. Of those that are equal to the last of
 * them the first are taken. */
static void keep_best(struct estimate_term *t)
{
    const uint32_t most = t->n < ESTIMATE_BEST ? t->n : ESTIMATE_BEST;
    if (!t->of_pair || most == 0)
        return;
    const double last = t->falls ? t->score[most - 1] : t->score[t->n - most];
    for (int equal = 0; equal < 2; equal++)
        for (uint32_t i = 0; i < t->drawn && t->n_best < most; i++) {
            const double score = t->of_pair[i];
            const bool better = t->falls ? score < last : score > last;
            if (equal ? score == last : better)
                t->best[t->n_best++] = (struct estimate_scored){t->falls ? -score : score, i};
        }
    qsort(t->best, t->n_best, sizeof *t->best, best_first);
}

static void sample_values(struct estimate_term *t, const struct scoring *m, uint32_t n)
{
    uint64_t random = 20240301;
    const double start = proc_thread_seconds();
    double equal = 0;
    uint32_t i = 0;
    for (; i < n && m->a->n && m->b->n && !is_enough(m, i, start); i++)
        add_score(m, (uint32_t)(random_next(&random) % m->a->n),
                  (uint32_t)(random_next(&random) % m->b->n), t->value_score, &t->n_values, &equal);
    t->values_drawn = m->is_long && i ? i : n;
    t->all_values = (double)m->a->n * m->b->n;
    sort_double(t->value_score, t->n_values);
}

/* Among m rows, a value that a share f of all rows has is expected with probability 1 - (1 - f)^m.
 * Summed over all values, by sampling rows: one of a value with the share f stands for 1 / f. */
static void expect_distinct(double *distinct, const struct side *side, const struct row_list *rows)
{
    uint64_t random = 20240302;
    for (uint32_t i = 0; i < DISTINCT_ROWS && rows->n; i++) {
        const uint32_t place = side->row_place[row_list_at(rows, random_next(&random) % rows->n)];
        if (place == TABLE_MISSING)
            continue;
        const double share = (double)side_multiplicity(side, place) / (double)rows->n;
        for (uint32_t k = 0; k < ESTIMATE_SIZES; k++)
            distinct[k] += -expm1(ldexp(log1p(-share), (int)k)) / share / DISTINCT_ROWS;
    }
}

static bool take_memory(struct estimate_term *t, uint32_t factor, bool several, bool weighs,
                        struct err *e)
{
    const size_t rows = (size_t)factor * ROW_PAIRS + 1, values = (size_t)factor * VALUE_PAIRS + 1;
    t->rare_share = weighs ? calloc(ESTIMATE_RARITIES, sizeof *t->rare_share) : NULL;
    t->score = malloc(rows * sizeof *t->score);
    t->of_pair = several ? malloc(rows * sizeof *t->of_pair) : NULL;
    t->best = several ? malloc(ESTIMATE_BEST * sizeof *t->best) : NULL;
    t->value_score = malloc(values * sizeof *t->value_score);
    const bool paired = (t->of_pair && t->best) || !several;
    return (t->score && t->value_score && paired && (t->rare_share || !weighs)) ||
           err_set(e, ERR_OS, NULL, "not enough memory for a sample");
}

static bool open_scoring(struct scoring *m, const struct expr *x, uint32_t term,
                         const struct index *index, struct err *e)
{
    const struct metric_use use = terms_use(x, term, index);
    *m = (struct scoring){.dictionary = &index->dictionary,
                          .a = term_side(x, index, term, 0),
                          .b = term_side(x, index, term, 1),
                          .missing = metric_missing(use.view),
                          .weighs = use.rarity,
                          .is_long = index->dictionary.max_length > SCORE_WHOLE,
                          .longest = score_may_cut(use.metric) ? SCORE_WHOLE : UINT32_MAX};
    return metric_open(&m->metric, &use, &index->dictionary.alphabet, index->dictionary.max_length,
                       e);
}

static bool open_term(struct estimate *s, uint32_t term, const struct expr *x,
                      const struct index *index, struct err *e)
{
    struct estimate_term *t = &s->term[term];
    const struct metric_use use = terms_use(x, term, index);
    const uint32_t factor = sample_factor(s);
    struct scoring m;
    if (!take_memory(t, factor, s->n_terms > 1, use.rarity, e) ||
        !open_scoring(&m, x, term, index, e))
        return false;
    t->falls = metric_falls((enum metric_view)x->term[term].view);
    sample_rows(t, &m, &use, index->rows, factor * ROW_PAIRS);
    keep_best(t);
    sample_values(t, &m, factor * VALUE_PAIRS);
    expect_distinct(t->distinct[0], m.a, &index->rows[0]);
    expect_distinct(t->distinct[1], m.b, &index->rows[1]);
    metric_close(m.metric);
    count_equal(t, m.a, m.b, use.rarity);
    t->unequal_most = most_unequal(&x->term[term], &index->dictionary, m.a, m.b);
    return true;
}

/* ---- Given that another term is equal --------------------------------------------------------*/

/* A random pair of rows with an equal value of a term, and how many rows of either side have that.
 */
struct drawn {
    uint32_t row_a, row_b;
    double rows_a, rows_b;
};

static double random_below(uint64_t *random, double most)
{
    return (double)(random_next(random) >> 11) * 0x1p-53 * most;
}

/* Draws n pairs of rows of `pairs` with an equal value, in the order of their values. */
static void draw_equal(struct drawn *drawn, uint32_t n, double pairs, const struct side *a,
                       const struct side *b)
{
    uint64_t random = 20240303;
    double before = 0;
    uint32_t done = 0;
    for (uint32_t i = 0, k = 0; i < a->n && k < b->n && done < n;) {
        const uint32_t x = a->value[i], y = b->value[k];
        const double rows_a = side_multiplicity(a, i), rows_b = side_multiplicity(b, k);
        before += x == y ? rows_a * rows_b : 0;
        for (; x == y && done < n && pairs * (done + 0.5) / n <= before; done++)
            drawn[done] =
                (struct drawn){a->rows[a->rows_begin[i] + (uint64_t)random_below(&random, rows_a)],
                               b->rows[b->rows_begin[k] + (uint64_t)random_below(&random, rows_b)],
                               rows_a, rows_b};
        i += x <= y;
        k += y <= x;
    }
}

/* The mean number of pairs of different values of a term for each pair of rows of these groups. */
static double compounds_of(const struct estimate *s, uint32_t term, const struct drawn *drawn,
                           uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += estimate_distinct(s, term, 0, drawn[i].rows_a) / drawn[i].rows_a *
               estimate_distinct(s, term, 1, drawn[i].rows_b) / drawn[i].rows_b;
    return n ? sum / n : 1;
}

/* Scores a term on the pairs that were drawn for another one. In dedupe a record is no pair. */
static bool open_joint(struct estimate_joint *joint, const struct scoring *m,
                       const struct drawn *drawn, uint32_t n, bool self, struct err *e)
{
    joint->score = malloc((n + 1ull) * sizeof *joint->score);
    if (!joint->score)
        return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    for (uint32_t i = 0; i < n; i++) {
        if (self && drawn[i].row_a == drawn[i].row_b)
            continue;
        joint->drawn++;
        add_score(m, m->a->row_place[drawn[i].row_a], m->b->row_place[drawn[i].row_b], joint->score,
                  &joint->n, &joint->equal);
    }
    sort_double(joint->score, joint->n);
    return true;
}

static int by_size(const void *x, const void *y)
{
    const struct drawn *a = x, *b = y;
    return sort_compare_double(&(double){a->rows_a * a->rows_b}, &(double){b->rows_a * b->rows_b});
}

/* Looks at all terms among pairs with an equal value of `given`. */
static bool open_given(struct estimate *s, uint32_t given, const struct scoring *scoring,
                       struct drawn *drawn, uint32_t n, bool self, struct err *e)
{
    struct estimate_term *t = &s->term[given];
    n = t->equal_pairs >= 1 ? n : 0;
    draw_equal(drawn, n, t->equal_pairs, scoring[given].a, scoring[given].b);
    qsort(drawn, n, sizeof *drawn, by_size);
    for (uint32_t i = 0; i < ESTIMATE_GROUPS; i++) {
        const struct drawn *d = n ? &drawn[(2 * i + 1) * n / (2 * ESTIMATE_GROUPS)] : NULL;
        t->group[i][0] = d ? d->rows_a : 1;
        t->group[i][1] = d ? d->rows_b : 1;
    }
    for (uint32_t u = 0; u < s->n_terms; u++) {
        struct estimate_joint *joint = &s->joint[(size_t)given * s->n_terms + u];
        joint->compounds = compounds_of(s, u, drawn, n);
        if (u != given && !open_joint(joint, &scoring[u], drawn, n, self, e))
            return false;
    }
    return true;
}

/* All terms given one of them. */
static bool open_joints_of(struct estimate *s, uint32_t given, const struct expr *x,
                           const struct inputs *inputs, uint32_t n, struct err *e)
{
    struct scoring *scoring = calloc(s->n_terms, sizeof *scoring);
    struct drawn *drawn = malloc(n * sizeof *drawn);
    bool ok = (scoring && drawn) || err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    for (uint32_t t = 0; ok && t < s->n_terms; t++)
        ok = open_scoring(&scoring[t], x, t, &inputs->index, e);
    ok = ok && open_given(s, given, scoring, drawn, n, inputs->self, e);
    for (uint32_t t = 0; scoring && t < s->n_terms; t++)
        if (scoring[t].metric)
            metric_close(scoring[t].metric);
    free(scoring);
    free(drawn);
    return ok;
}

/* All terms, each given each other one. */
static bool open_joints(struct estimate *s, const struct expr *x, const struct inputs *inputs,
                        struct err *e)
{
    const uint32_t scores = JOINT_SCORES * sample_factor(s);
    const uint32_t others = scores / (s->n_terms * s->n_terms);
    const bool is_long = inputs->index.dictionary.max_length > SCORE_WHOLE;
    const uint32_t n = others < JOINT_LEAST || is_long ? JOINT_LEAST
                       : others > JOINT_MOST           ? JOINT_MOST
                                                       : others;
    bool ok = true;
    s->joint = calloc((size_t)s->n_terms * s->n_terms, sizeof *s->joint);
    if (!s->joint)
        return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
#pragma omp parallel for schedule(dynamic, 1)
    for (uint32_t t = 0; t < s->n_terms; t++) {
        struct err own;
        if (open_joints_of(s, t, x, inputs, n, &own))
            continue;
#pragma omp critical
        {
            *e = own;
            ok = false;
        }
    }
    return ok;
}

/* ---- All of it -------------------------------------------------------------------------------*/

bool estimate_make(struct estimate *s, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct err *e)
{
    const struct expr *x = &query->expr;
    const bool single = query_single_term(query) != EXPR_NONE;
    const bool asked = query->goal.score != EXPR_NONE || query->goal.where != EXPR_NONE;
    *s = (struct estimate){.all_pairs = all_pairs, .n_terms = single || !asked ? 0 : x->n_terms};
    bool ok = true;
#pragma omp parallel for schedule(dynamic, 1)
    for (uint32_t i = 0; i < s->n_terms; i++) {
        struct err own;
        if (open_term(s, i, x, &inputs->index, &own))
            continue;
#pragma omp critical
        {
            *e = own;
            ok = false;
        }
    }
    return ok && (s->n_terms < 2 || open_joints(s, x, inputs, e));
}

void estimate_close(struct estimate *s)
{
    for (uint32_t i = 0; i < s->n_terms; i++) {
        free(s->term[i].score);
        free(s->term[i].value_score);
        free(s->term[i].rare_share);
        free(s->term[i].of_pair);
        free(s->term[i].best);
    }
    for (size_t i = 0; s->joint && i < (size_t)s->n_terms * s->n_terms; i++)
        free(s->joint[i].score);
    free(s->joint);
    s->joint = NULL;
    s->n_terms = 0;
}

/* ---- What is read from it --------------------------------------------------------------------*/

/* How many of n ascending scores reach `need`, where none of them does: their number falls on as it
 * fell before, by a constant factor. */
static double beyond(const double *score, uint32_t n, bool falls, double need)
{
    if (n < TAIL_FROM)
        return FEWEST;
    const double near = falls ? score[TAIL_TO - 1] : score[n - TAIL_TO];
    const double far = falls ? score[TAIL_FROM - 1] : score[n - TAIL_FROM];
    const double decade = fabs(near - far);
    if (!(decade > 0) || !isfinite(decade))
        return FEWEST;
    return fmin(TAIL_TO * exp2(log2((double)TAIL_TO / TAIL_FROM) * fabs(need - near) / decade),
                FEWEST);
}

/* How many of n ascending scores reach `need`. */
static uint32_t count_reaching(const double *score, uint32_t n, bool falls, double need)
{
    uint32_t below = 0, above = n;
    while (below < above) {
        const uint32_t middle = below + (above - below) / 2;
        if (score[middle] < need || (falls && score[middle] == need))
            below = middle + 1;
        else
            above = middle;
    }
    return falls ? below : n - below;
}

/* The same; where none does, how many can be expected. */
static double reaching(const double *score, uint32_t n, bool falls, double need)
{
    const uint32_t hits = count_reaching(score, n, falls, need);
    return hits ? (double)hits : beyond(score, n, falls, need);
}

/* Does a term ask for equal values? */
static bool asks_equal(const struct estimate_term *t, double need)
{
    return t->unequal_most < need;
}

/* The pairs of rows whose values of the term are equal and reach `need`. */
static double equal_reaching(const struct estimate_term *t, double need)
{
    const double share = t->rare_share && need > 0 ? t->rare_share[rarity_step(need)] : 1;
    return share * t->equal_pairs;
}

/* The pairs of rows whose values of the term differ and reach `need`. */
static double unequal_pairs(const struct estimate *s, uint32_t term, double need)
{
    const struct estimate_term *t = &s->term[term];
    if (asks_equal(t, need))
        return 0;
    return reaching(t->score, t->n, t->falls, need) / t->drawn * s->all_pairs;
}

double estimate_pairs(const struct estimate *s, uint32_t term, double need)
{
    return fmin(equal_reaching(&s->term[term], need) + unequal_pairs(s, term, need), s->all_pairs);
}

double estimate_equal(const struct estimate *s, uint32_t term, double need)
{
    return fmin(equal_reaching(&s->term[term], need), s->all_pairs);
}

double estimate_median(const struct estimate *s, uint32_t term, double need)
{
    const struct estimate_term *t = &s->term[term];
    const uint32_t hits = count_reaching(t->score, t->n, t->falls, need);
    if (hits == 0)
        return need;
    return t->score[t->falls ? hits / 2 : t->n - 1 - hits / 2];
}

/* The share that so many hits among n show; without one, that of all pairs, as far as it can be. */
static double share_of(double hits, double n, double of_all)
{
    return hits > 0 ? hits / n : fmin(of_all, FEWEST / fmax(n, 1));
}

/* The pairs with an equal value of `given` that reaches `given_need` whose values of the term
 * differ and reach `need`; with `or_equal` those that are equal as well. */
static double pairs_given(const struct estimate *s, uint32_t given, double given_need,
                          uint32_t term, double need, bool or_equal)
{
    const struct estimate_joint *joint = &s->joint[(size_t)given * s->n_terms + term];
    if (joint->drawn == 0)
        return 0;
    const double hits = count_reaching(joint->score, joint->n, s->term[term].falls, need);
    const double equal = or_equal ? joint->equal / joint->drawn : 0;
    const bool weighs = s->term[term].rare_share;
    const double of_all =
        (weighs ? estimate_pairs(s, term, need) : unequal_pairs(s, term, need)) / s->all_pairs;
    const double far = reaching(joint->score, joint->n, s->term[term].falls, need) / joint->drawn;
    const double share = fmax(share_of(hits, joint->drawn, of_all), far);
    return equal_reaching(&s->term[given], given_need) * fmin(share + equal, 1);
}

/* The pairs both of whose terms differ and reach what they need. Those of the sample that are best
 * by one of them, where it is the rarer one, say how the other one depends on it. */
static double unequal_both(const struct estimate *s, uint32_t rare, double need, uint32_t also,
                           double also_need)
{
    const double pairs = unequal_pairs(s, rare, need), others = unequal_pairs(s, also, also_need);
    const struct estimate_term *t = &s->term[rare], *u = &s->term[also];
    if (pairs > others)
        return unequal_both(s, also, also_need, rare, need);
    const uint32_t hits = count_reaching(t->score, t->n, t->falls, need);
    if (pairs <= 0 || !t->of_pair || hits > t->n_best)
        return pairs * (others / s->all_pairs);
    const uint32_t n = least(greatest(hits, TAIL_FROM), t->n_best);
    uint32_t both = 0, seen = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double score = u->of_pair[t->best[i].pair];
        seen += t->best[i].pair < u->drawn; /* the sample of long texts may be shorter */
        both += u->falls ? score <= also_need : score >= also_need;
    }
    return pairs * share_of(both, greatest(seen, 1), others / s->all_pairs);
}

double estimate_both(const struct estimate *s, uint32_t term, double need, uint32_t also,
                     double also_need)
{
    const double one = estimate_pairs(s, term, need), other = estimate_pairs(s, also, also_need);
    if (!s->joint)
        return one * other / s->all_pairs;
    if (s->term[term].equal_pairs > s->term[also].equal_pairs) /* fewer say more in a sample */
        return estimate_both(s, also, also_need, term, need);
    const double pairs = pairs_given(s, term, need, also, also_need, true) +
                         pairs_given(s, also, also_need, term, need, false) +
                         unequal_both(s, term, need, also, also_need);
    return fmin(pairs, fmin(one, other));
}

double estimate_join(const struct estimate *s, const struct plan_join *join)
{
    if (join->pairing == PLAN_ALONE)
        return estimate_pairs(s, join->by.term, join->by.need);
    return estimate_both(s, join->by.term, join->by.need, join->also.term, join->also.need);
}

double estimate_values(const struct estimate *s, uint32_t term, double need)
{
    const struct estimate_term *t = &s->term[term];
    if (!t->value_score)
        return estimate_pairs(s, term, need);
    if (asks_equal(t, need))
        return t->equal_values;
    return t->equal_values +
           reaching(t->value_score, t->n_values, t->falls, need) / t->values_drawn * t->all_values;
}

double estimate_distinct(const struct estimate *s, uint32_t term, int side, double rows)
{
    const double *distinct = s->term[term].distinct[side];
    const double size = log2(fmax(rows, 1));
    const uint32_t k = size < ESTIMATE_SIZES - 2 ? (uint32_t)size : ESTIMATE_SIZES - 2;
    const double many = distinct[k] + (distinct[k + 1] - distinct[k]) * (exp2(size - k) - 1);
    return many > 0 ? fmin(many, rows) : fmax(rows, 1);
}

struct estimate_compounds estimate_compounds(const struct estimate *s, uint32_t term, double need,
                                             uint32_t also)
{
    const double each = s->joint ? s->joint[(size_t)term * s->n_terms + also].compounds : 1;
    return (struct estimate_compounds){equal_reaching(&s->term[term], need) * each,
                                       unequal_pairs(s, term, need)};
}

void estimate_groups(const struct estimate *s, uint32_t term, double need, double (*rows)[2])
{
    const struct estimate_term *t = &s->term[term];
    const double most = t->rare_share ? t->n_records * exp2(-need) : (double)INFINITY;
    for (uint32_t i = 0; i < ESTIMATE_GROUPS; i++)
        for (int k = 0; k < 2; k++)
            rows[i][k] = fmax(1, fmin(t->group[i][k], most / 2));
}
