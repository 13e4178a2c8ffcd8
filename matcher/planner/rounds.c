/* Sample, schedule, rounds; and again with what is left. */
#include "matcher/planner/rounds.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/shm.h"
#include "core/sort.h"
#include "data/out.h"
#include "matcher/engine/best.h"
#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/resolve/resolve.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORTH_SECONDS 0.5   /* of one core; a plan that takes less needs no rounds */
#define BOUNDED_SECONDS 4.0 /* the same where a threshold is given */
#define SAMPLE_PAIRS 200e6  /* a sample has so many pairs of rows … */
#define SAMPLE_LEAST 32u    /* … but at least so many rows … */
#define SAMPLE_MOST 400u    /* … and at most so many */
#define PAIR_SECONDS 1e-7   /* of one core, where all pairs are compared one by one */
#define MATCH_SECONDS 6e-8  /* of one core, for a pair that a round finds */
#define MOST_OF_SIDE 0.98   /* so many rows are as good as all */
#define MOST_OF_SELF 0.6
#define LEVELS 12u /* thresholds that a sample goes through */

/* Where the thresholds of a sample stand between the worst (0) and the best score (1); and those of
 * a distance that has no greatest value. */
static const double level[LEVELS] = {.95, .9, .85, .8, .75, .7, .6, .5, .4, .3, .2, .1};
static const double distance_level[LEVELS] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

/* What a round on the sample has shown. */
struct seen {
    double threshold, matches_per_row;
};

struct rounds {
    const struct rounds_request *q;
    const struct span *span;
    struct expr_span range;  /* of the score */
    uint64_t first, n_rows;  /* the rows whose best are kept */
    uint64_t k;              /* to keep of each row */
    struct best_match *kept; /* k for each of these rows */
    uint32_t *n_kept;        /* of each row */
    bool *takes;             /* of each row: it takes part in the round */
    bool from_b;             /* dedupe: the pairs that come are of the rows that do as rows of B */
    uint32_t *left, *sample; /* rows with fewer than k, ascending */
    uint64_t n_left, n_sample;
    char partial[sizeof(struct found_pair)]; /* the beginning of the next pair … */
    size_t n_partial;                        /* … so many bytes */
    uint64_t random;
    double tried;         /* the loosest threshold that all rows left have been through; or NaN */
    double round_seconds; /* what a round takes besides its rows */
    struct seen seen[LEVELS];
    uint32_t n_seen;
    struct rounds_report *report;
    struct result *result;
};

/* ---- The best of each row --------------------------------------------------------------------*/

static struct best best_of(const struct rounds *r, uint64_t row)
{
    const uint64_t i = row - r->first;
    return (struct best){.at = r->kept + i * r->k,
                         .n = r->n_kept[i],
                         .most = r->k,
                         .least = r->q->job->query->least};
}

static void offer(struct rounds *r, uint32_t row, uint32_t other, double score)
{
    struct best best = best_of(r, row);
    if (!r->takes[row - r->first])
        return;
    best_offer(&best, (struct best_match){score, other, 0});
    r->n_kept[row - r->first] = (uint32_t)best.n;
}

/* In dedupe a pair of two rows that take part may come with those of A, and once more with those of
 * B. */
static void take_pair(struct rounds *r, const char *bytes)
{
    struct found_pair p;
    memcpy(&p, bytes, sizeof p);
    if (r->from_b && r->takes[p.row_a])
        return;
    if (r->q->whose != ROUNDS_B)
        offer(r, p.row_a, p.row_b, p.score);
    if (r->q->whose != ROUNDS_A)
        offer(r, p.row_b, p.row_a, p.score);
}

/* An out_take_fn: pairs in pieces that may end anywhere. */
static bool take_bytes(void *context, const char *p, size_t n, struct err *e)
{
    struct rounds *r = context;
    (void)e;
    while (n) {
        if (r->n_partial == 0 && n >= sizeof r->partial) {
            take_pair(r, p);
            p += sizeof r->partial;
            n -= sizeof r->partial;
            continue;
        }
        r->partial[r->n_partial++] = *p++;
        n--;
        if (r->n_partial == sizeof r->partial) {
            take_pair(r, r->partial);
            r->n_partial = 0;
        }
    }
    return true;
}

/* ---- A round ---------------------------------------------------------------------------------*/

static void set_threshold(struct expr_goal *goal, bool least, double threshold)
{
    if (least)
        goal->most = threshold;
    else
        goal->threshold = threshold;
}

static double asked_threshold(const struct rounds *r)
{
    const struct query *query = r->q->job->query;
    return query->least ? query->goal.most : query->goal.threshold;
}

/* Is the first threshold met by more pairs than the second? */
static bool is_looser(const struct rounds *r, double first, double second)
{
    return r->q->job->query->least ? first > second : first < second;
}

/* The side whose rows are restricted, and how many rows the other side has. */
static int side_of(const struct rounds *r)
{
    return r->q->whose == ROUNDS_B;
}

static double rows_of_others(const struct rounds *r)
{
    return (double)r->q->job->inputs->index.rows[!side_of(r)].n;
}

/* The query of a round. With `split` the fields of B follow those of A. */
static bool query_round(const struct rounds *r, bool split, double threshold, struct query *query,
                        struct err *e)
{
    struct expr *x = &query->expr;
    if (!resolve_finds(r->q->job->query, query, e))
        return false;
    query->top = r->q->whose == ROUNDS_A ? r->q->top : 0;
    query->open_ended = query->open_ended && threshold == asked_threshold(r);
    set_threshold(&query->goal, query->least, threshold);
    for (uint32_t i = 0; split && i < x->n_columns; i++)
        x->column[i].field += x->column[i].side ? r->q->job->inputs->index.n_fields : 0;
    return true;
}

/* The plan of a round for so many rows. */
static bool plan_round(const struct rounds *r, const struct inputs *inputs, double rows,
                       const struct query *query, struct plan *plan, struct err *e)
{
    const struct estimate *whole = r->q->estimate;
    struct estimate estimate = *whole;
    struct plan_request request = *r->q->plan;
    request.all_pairs = rows * rows_of_others(r);
    const double share = whole->all_pairs > 0 ? request.all_pairs / whole->all_pairs : 1;
    estimate.all_pairs *= share;
    for (uint32_t t = 0; t < estimate.n_terms; t++)
        estimate.term[t].equal_pairs *= share;
    if (!plan_make(plan, query, inputs, &estimate, &request, e))
        return false;
    if (plan->kind == PLAN_JOIN && query->open_ended)
        rounds_plan_all(plan, query, request.all_pairs);
    return true;
}

static void add_result(struct result *sum, const struct result *more)
{
    sum->build_seconds += more->build_seconds;
    sum->join_seconds += more->join_seconds;
    sum->order_seconds += more->order_seconds;
    sum->write_seconds += more->write_seconds;
    sum->replaced += more->replaced;
    sum->index_bytes = more->index_bytes > sum->index_bytes ? more->index_bytes : sum->index_bytes;
    sum->row_ranges = 1;
    stage_add_stats(&sum->join, &more->join);
    stage_add_tally(&sum->tally, &more->tally);
}

/* Compares these rows; the best of each are in their heaps then. */
static bool find(struct rounds *r, const struct inputs *inputs, bool split, uint64_t n_rows,
                 double threshold, struct result *result, struct err *e)
{
    struct query query;
    struct plan plan;
    struct out into;
    struct result one;
    out_open_into(&into, take_bytes, r);
    const struct sinks sinks = {
        .out = &into, .head_at = UINT64_MAX, .timeline = r->q->job->sinks->timeline};
    const struct job job = {&query, inputs, &plan, &sinks, r->q->job->faults, r->q->job->placement};
    const struct span span = {.row_from = r->span->row_from, .row_to = r->span->row_to};
    if (!query_round(r, split, threshold, &query, e) ||
        !plan_round(r, inputs, (double)n_rows, &query, &plan, e) ||
        !coordinator_run(&job, &span, &one, e))
        return false;
    add_result(result, &one);
    return true;
}

/* The same for some of the rows of one side. */
static bool find_some(struct rounds *r, int side, struct row_list rows, double threshold,
                      struct result *result, struct err *e)
{
    const struct index *whole = &r->q->job->inputs->index;
    const bool split = r->q->whose == ROUNDS_SELF;
    struct inputs inputs = *r->q->job->inputs;
    struct shm index = {.fd = -1};
    bool of_side[INDEX_MAX_FIELDS];
    for (uint32_t f = 0; f < whole->n_fields; f++)
        of_side[f] = r->q->field[f].side == (uint32_t)side;
    bool ok = shm_create(&index, "the index of some rows", 1ull << 42, e) &&
              (split ? index_restrict_self(whole, side, rows, &index, e)
                     : index_restrict(whole, side, rows, of_side, &index, e)) &&
              index_view(&inputs.index, &index, e);
    inputs.index_segment = &index;
    r->from_b = r->q->whose == ROUNDS_SELF && side == 1;
    ok = ok && find(r, &inputs, split, rows.n, threshold, result, e);
    r->from_b = false;
    shm_close(&index);
    return ok;
}

/* The same for the rows of a list. Where these are nearly all, all are compared: an index of some
 * costs more, and in dedupe the others are compared twice. */
static bool find_rows(struct rounds *r, const uint32_t *rows, uint64_t n, double threshold,
                      struct result *result, struct err *e)
{
    const double all = (double)r->q->job->inputs->index.rows[side_of(r)].n;
    const bool self = r->q->whose == ROUNDS_SELF;
    memset(r->takes, 0, r->n_rows * sizeof *r->takes);
    for (uint64_t i = 0; i < n; i++)
        r->takes[rows[i] - r->first] = true;
    if ((double)n > (self ? MOST_OF_SELF : MOST_OF_SIDE) * all)
        return find(r, r->q->job->inputs, false, n, threshold, result, e);
    const struct row_list list = {rows, n};
    return find_some(r, side_of(r), list, threshold, result, e) &&
           (!self || find_some(r, 1, list, threshold, result, e));
}

/* Takes out of the list those rows that have k pairs, or, if it is the last round, all. The others
 * forget theirs, which the next round finds again. */
static uint64_t settle(struct rounds *r, uint32_t *rows, uint64_t n, bool last)
{
    uint64_t left = 0;
    for (uint64_t i = 0; i < n && !last; i++) {
        uint32_t *kept = &r->n_kept[rows[i] - r->first];
        if (*kept == r->k)
            continue;
        *kept = 0;
        rows[left++] = rows[i];
    }
    return left;
}

static void note_round(struct rounds *r, const struct rounds_done *done)
{
    const struct query *query = r->q->job->query;
    char rows[32], finished[32], what[40] = "all pairs";
    if (!query->open_ended || done->threshold != asked_threshold(r))
        snprintf(what, sizeof what, "%s %.6g", query->least ? "at most" : "at least",
                 done->threshold);
    log_verbose("round: %s: %s of %s records%s have their best; %.2f s", what,
                log_count((double)done->finished, finished), log_count((double)done->rows, rows),
                done->sample ? " of a sample" : "", done->seconds);
    if (r->report->n < ROUNDS_LOG)
        r->report->done[r->report->n] = *done;
    r->report->n++;
}

/* One round for the rows of a list, which loses those that are done. */
static bool round_run(struct rounds *r, uint32_t *rows, uint64_t *n_rows, double threshold,
                      struct result *result, struct err *e)
{
    const double start = log_seconds();
    const uint64_t n = *n_rows;
    *result = (struct result){.pairs = 0};
    if (!find_rows(r, rows, n, threshold, result, e))
        return false;
    *n_rows = settle(r, rows, n, threshold == asked_threshold(r));
    note_round(r, &(struct rounds_done){threshold, n, n - *n_rows, log_seconds() - start,
                                        rows == r->sample});
    add_result(r->result, result);
    return true;
}

/* ---- The sample ------------------------------------------------------------------------------*/

/* Moves random rows from the list of rows left into the sample. */
static void draw_sample(struct rounds *r)
{
    const double rows_b = rows_of_others(r) + 1;
    const double wanted = SAMPLE_PAIRS / rows_b;
    const uint64_t most = wanted < SAMPLE_LEAST  ? SAMPLE_LEAST
                          : wanted > SAMPLE_MOST ? SAMPLE_MOST
                                                 : (uint64_t)wanted;
    const uint64_t all = r->n_left;
    uint64_t need = most < all ? most : all, left = 0;
    r->n_sample = 0;
    for (uint64_t i = 0; i < all; i++) { /* selection sampling (Fan, Muller and Rezucha, 1962) */
        if (random_next(&r->random) % (all - i) < need) {
            r->sample[r->n_sample++] = r->left[i];
            need--;
        } else {
            r->left[left++] = r->left[i];
        }
    }
    r->n_left = left;
}

/* The threshold of a level; NaN below the last. */
static double level_threshold(const struct rounds *r, uint32_t i)
{
    const struct expr_span range = r->range;
    if (i >= LEVELS)
        return NAN;
    if (!r->q->job->query->least)
        return range.lo + (range.hi - range.lo) * level[i];
    return isfinite(range.hi) ? range.lo + (range.hi - range.lo) * (1 - level[i])
                              : range.lo + distance_level[i];
}

/* Is it faster to compare these rows with all than to go through another round? */
static bool is_few(const struct rounds *r, uint64_t n_rows)
{
    const double rows_b = rows_of_others(r);
    return (double)n_rows * rows_b * PAIR_SECONDS / r->q->plan->workers < r->round_seconds;
}

/* Finds the best of each row of the sample. The rows of it that are not done stay in front. */
static bool run_sample(struct rounds *r, double best_at[SAMPLE_MOST], uint64_t *n, struct err *e)
{
    uint32_t drawn[SAMPLE_MOST];
    const double asked = asked_threshold(r);
    *n = r->n_sample;
    memcpy(drawn, r->sample, *n * sizeof *drawn);
    r->n_seen = 0;
    for (uint32_t i = 0; r->n_sample; i++) {
        const double at = level_threshold(r, i);
        if (at == at && r->tried == r->tried && !is_looser(r, at, r->tried))
            continue;
        const bool last = !is_looser(r, asked, at) || is_few(r, r->n_sample);
        const double start = log_seconds(), rows = (double)r->n_sample;
        struct result result;
        if (!round_run(r, r->sample, &r->n_sample, last ? asked : at, &result, e))
            return false;
        if (!last && (r->round_seconds == 0 || log_seconds() - start < r->round_seconds))
            r->round_seconds = log_seconds() - start;
        if (!last)
            r->seen[r->n_seen++] = (struct seen){at, (double)result.join.matches / rows};
    }
    for (uint64_t i = 0; i < *n; i++) {
        const struct best best = best_of(r, drawn[i]);
        best_at[i] = best.n < best.most ? asked : best.at->score;
    }
    return true;
}

/* ---- The schedule ----------------------------------------------------------------------------*/

/* How many pairs a row has that takes part in a round of this threshold: no more than were seen at
 * the next looser one. */
static double matches_at(const struct rounds *r, double threshold)
{
    double matches = 0;
    for (uint32_t i = 0; i < r->n_seen; i++) {
        matches = fmax(matches, r->seen[i].matches_per_row);
        if (!is_looser(r, threshold, r->seen[i].threshold))
            break;
    }
    return matches;
}

/* What a row costs in a round of this threshold. */
static bool row_seconds(const struct rounds *r, double threshold, double *seconds, struct err *e)
{
    const double rows = (double)r->q->job->inputs->index.rows[side_of(r)].n;
    struct query query;
    struct plan plan;
    if (!query_round(r, false, threshold, &query, e) ||
        !plan_round(r, r->q->job->inputs, rows, &query, &plan, e))
        return false;
    *seconds =
        (plan.seconds / rows + matches_at(r, threshold) * MATCH_SECONDS) / r->q->plan->workers;
    return true;
}

/* Thresholds that leave ever smaller shares of the rows: best_at[i] leaves the rows that are worse.
 */
static bool make_steps(const struct rounds *r, double *best_at, uint64_t n,
                       struct rounds_step step[ROUNDS_MOST], uint32_t *n_steps, struct err *e)
{
    const bool least = r->q->job->query->least;
    double left = (double)n * 0.9;
    *n_steps = 0;
    sort_double(best_at, n); /* the best ones last, or, of distances, first */
    while (*n_steps < ROUNDS_MOST) {
        const uint64_t i = (uint64_t)left; /* so many are worse, or as many as are equal to it */
        const double threshold = best_at[least ? n - 1 - i : i];
        struct rounds_step *s = &step[*n_steps];
        s->threshold = threshold;
        s->left = 0;
        for (uint64_t k = 0; k < n; k++)
            s->left += is_looser(r, best_at[k], threshold);
        s->left /= (double)n;
        if (*n_steps == 0 || is_looser(r, threshold, step[*n_steps - 1].threshold)) {
            if (!row_seconds(r, threshold, &s->row_seconds, e))
                return false;
            ++*n_steps;
        }
        if (i == 0)
            return true;
        left *= 0.75;
    }
    return true;
}

/* Which thresholds, by what the sample has shown. */
static bool schedule(struct rounds *r, double *best_at, uint64_t n, struct rounds_expected *x,
                     struct err *e)
{
    struct rounds_step step[ROUNDS_MOST];
    uint32_t n_steps, chosen[ROUNDS_MOST];
    const double rows_b = rows_of_others(r);
    const double all = rows_b * PAIR_SECONDS / r->q->plan->workers;
    double rows = (double)r->n_left;
    if (!make_steps(r, best_at, n, step, &n_steps, e))
        return false;
    x->n = rounds_schedule(step, n_steps, rows, r->round_seconds, r->round_seconds, all, chosen,
                           &x->seconds);
    for (uint32_t i = 0; i < x->n; i++) {
        x->round[i].threshold = step[chosen[i]].threshold;
        x->round[i].rows = rows;
        rows = (double)r->n_left * step[chosen[i]].left;
    }
    return true;
}

/* ---- All rows --------------------------------------------------------------------------------*/

static bool run_schedule(struct rounds *r, const struct rounds_expected *x, struct err *e)
{
    struct result result;
    for (uint32_t i = 0; i < x->n && r->n_left && !is_few(r, r->n_left); i++) {
        const double at = x->round[i].threshold;
        if (!round_run(r, r->left, &r->n_left, at, &result, e))
            return false;
        r->tried = at;
    }
    if (r->n_left && (is_few(r, r->n_left) || x->n == 0))
        return round_run(r, r->left, &r->n_left, asked_threshold(r), &result, e);
    return true;
}

static bool run_all(struct rounds *r, bool only_expect, struct err *e)
{
    double best_at[SAMPLE_MOST];
    for (bool first = true; r->n_left; first = false) {
        struct rounds_expected expected;
        uint64_t n;
        draw_sample(r);
        if (!run_sample(r, best_at, &n, e) || !schedule(r, best_at, n, &expected, e))
            return false;
        if (first)
            r->report->expected = expected;
        if (only_expect)
            return true;
        if (!run_schedule(r, &expected, e))
            return false;
    }
    return true;
}

/* One round for all rows, with the threshold that is asked for. */
static bool run_once(struct rounds *r, struct err *e)
{
    memset(r->takes, 1, r->n_rows * sizeof *r->takes);
    return find(r, r->q->job->inputs, false, r->n_left, asked_threshold(r), r->result, e);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static bool make_lists(struct rounds *r, struct err *e)
{
    const uint64_t n = r->n_rows;
    const size_t each = r->k * sizeof *r->kept + sizeof *r->n_kept + sizeof *r->left;
    if (!mem_check("the best matches of each row", n * each, e))
        return false;
    r->kept = malloc((n + 1) * r->k * sizeof *r->kept);
    r->n_kept = calloc(n + 1, sizeof *r->n_kept);
    r->left = calloc(n + 1, sizeof *r->left);
    r->sample = malloc(SAMPLE_MOST * sizeof *r->sample);
    r->takes = malloc((n + 1) * sizeof *r->takes);
    return (r->kept && r->n_kept && r->left && r->sample && r->takes) ||
           err_set(e, ERR_OS, "ask for fewer with --top",
                   "not enough memory for the best matches of each row");
}

/* Where the score is one metric, and a row without a value matches nothing: which rows have one, by
 * their places. Else NULL. */
static const uint32_t *places_of(const struct rounds *r)
{
    const struct query *query = r->q->job->query;
    const struct expr *x = &query->expr;
    const uint32_t single = query->scorer ? EXPR_NONE : query_single_term(query);
    if (single == EXPR_NONE || !query->open_ended)
        return NULL;
    const struct expr_term *t = &x->term[single];
    const uint32_t a = x->column[t->column_a].field, b = x->column[t->column_b].field;
    if (r->q->whose == ROUNDS_SELF && a != b) /* a record may match by the one or by the other */
        return NULL;
    return r->q->job->inputs->index.field[side_of(r) ? b : a].side.row_place;
}

static bool rounds_open(struct rounds *r, struct err *e)
{
    const struct query *query = r->q->job->query;
    const struct inputs *inputs = r->q->job->inputs;
    const struct row_list *rows = &inputs->index.rows[side_of(r)];
    const uint64_t others = inputs->index.rows[!side_of(r)].n;
    r->first = r->q->whose == ROUNDS_A ? r->span->row_from : 0;
    r->n_rows = r->q->whose == ROUNDS_A ? r->span->row_to - r->span->row_from
                                        : inputs->table[side_of(r)].head->n_rows;
    r->k = r->q->top < others ? r->q->top : others + 1;
    if ((query->goal.score != EXPR_NONE &&
         !expr_range(&query->expr, query->goal.score, &r->range, e)) ||
        !make_lists(r, e))
        return false;
    const uint64_t end = row_list_from(rows, r->first + r->n_rows);
    const uint32_t *place = places_of(r);
    for (uint64_t i = row_list_from(rows, r->first); i < end; i++) {
        const uint32_t row = (uint32_t)row_list_at(rows, i);
        r->left[r->n_left] = row;
        r->n_left += !place || place[row] != TABLE_MISSING;
    }
    return true;
}

/* The kept match as a pair. */
static struct found_pair pair_of(const struct rounds *r, uint32_t row, const struct best_match *m)
{
    const bool turned = r->q->whose == ROUNDS_B || (r->q->whose == ROUNDS_SELF && m->row < row);
    return turned ? (struct found_pair){m->row, row, m->score}
                  : (struct found_pair){row, m->row, m->score};
}

/* Puts what is kept into order. In dedupe a pair may be kept by both of its rows. */
static bool hand_over(struct rounds *r, struct found *found, struct err *e)
{
    const char *what = "the best matches of each row";
    uint64_t n_all = 0;
    for (uint64_t i = 0; i < r->n_rows; i++)
        n_all += r->n_kept[i];
    if (!mem_check(what, n_all * sizeof *found->pair, e))
        return false;
    *found = (struct found){malloc((n_all + 1) * sizeof *found->pair), 0};
    if (!found->pair)
        return err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    for (uint64_t i = 0; i < r->n_rows; i++) {
        struct found of_row = {found->pair + found->n, r->n_kept[i]};
        for (uint64_t j = 0; j < of_row.n; j++)
            of_row.pair[j] = pair_of(r, (uint32_t)(r->first + i), &r->kept[i * r->k + j]);
        if (r->q->whose == ROUNDS_A)
            found_put_in_order(&of_row);
        found->n += of_row.n;
    }
    if (r->q->whose != ROUNDS_A)
        found_put_in_order(found);
    return true;
}

void rounds_least_goal(const struct query *query, const struct expr_span *range,
                       struct expr_goal *goal)
{
    if (query->least)
        goal->most = isfinite(range->hi) ? nextafter(range->hi, range->lo) : DBL_MAX;
    else
        goal->threshold = DBL_TRUE_MIN;
}

void rounds_plan_all(struct plan *plan, const struct query *query, double all_pairs)
{
    const struct plan join = *plan;
    plan_loop(plan, &join, query);
    plan->seconds = all_pairs * PAIR_SECONDS;
}

bool rounds_pay(const struct query *query, const struct plan *plan, struct err *e)
{
    const double pairs = plan->kind == PLAN_REFINE ? plan->candidates : 0;
    const double seconds = fmax(plan->seconds, query->open_ended ? pairs * PAIR_SECONDS : 0);
    struct expr_span range;
    if (query->scorer || query->goal.score == EXPR_NONE || plan->kind == PLAN_NOTHING ||
        seconds < (query->open_ended ? WORTH_SECONDS : BOUNDED_SECONDS))
        return false;
    return expr_range(&query->expr, query->goal.score, &range, e) && isfinite(range.lo) &&
           (query->least || isfinite(range.hi));
}

bool rounds_run(const struct rounds_request *q, const struct span *span, struct found *found,
                struct rounds_report *report, struct result *result, struct err *e)
{
    struct rounds *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    *report = (struct rounds_report){.n = 0};
    r->q = q;
    r->span = span;
    r->report = report;
    r->result = result;
    r->random = 20240229;
    r->tried = NAN;
    bool ok = rounds_open(r, e) && (q->once ? run_once(r, e) : run_all(r, !found, e)) &&
              (!found || hand_over(r, found, e));
    free(r->kept);
    free(r->n_kept);
    free(r->left);
    free(r->sample);
    free(r->takes);
    free(r);
    return ok;
}
