/* Random pairs by the judge; records by a run of its own. */
#include "matcher/report/report_sample.h"

#include "core/log.h"
#include "core/random.h"
#include "core/sort.h"
#include "matcher/engine/stage.h"
#include "matcher/outlook/judge.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_search.h"
#include "matcher/resolve/resolve.h"
#include "matcher/run/run_histogram.h"

#include <math.h>
#include <stdlib.h>

#define SEED 20261130u
#define MOST_RANDOM 200000u
#define RANDOM_SECONDS 0.06

#define MOST_ROWS 2000u     /* that are compared once more … */
#define FEW_ROWS 100.0      /* … and of large tables, with … */
#define ALL_PAIRS 1e8       /* … more pairs than these, whatever they score */
#define LEAST_ROWS 16u      /* … fewer only if B is small, or a scorer slow */
#define MOST_PAIRS 100000.0 /* of them, as expected */
#define STOP_PAIRS 2000000u /* … and as they come */
#define ROWS_SECONDS 0.1    /* of one core, that the search may take, and … */
#define ROWS_SHARE 0.02     /* … such a share of the processor time of the run's own search */
#define MOST_PLANS 4u       /* for fewer and fewer rows */
#define NARROWED 4u         /* times that the floor may be raised half-way to the threshold */

/* ---- Random pairs ----------------------------------------------------------------------------*/

/* The rows of A of the run that take part: n of the list, from the from-th on. */
struct taken_rows {
    uint64_t from, n;
};

static struct taken_rows taken_rows(const struct run *r)
{
    const struct row_list *list = &r->loaded.inputs.index.rows[0];
    const uint64_t from = row_list_from(list, r->span.row_from);
    return (struct taken_rows){from, row_list_from(list, r->span.row_to) - from};
}

static void draw_rows(struct judge *j, const struct inputs *inputs, struct taken_rows of_a,
                      uint64_t *random, uint32_t n)
{
    const struct row_list *rows = inputs->index.rows;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t a = of_a.from + random_next(random) % of_a.n;
        j->row_a[i] = (uint32_t)row_list_at(&rows[0], a);
        do
            j->row_b[i] = (uint32_t)row_list_at(&rows[1], random_next(random) % rows[1].n);
        while (inputs->self && j->row_b[i] == j->row_a[i]);
    }
}

/* The query without a threshold: a pair has a score if --where holds. */
static struct query unbounded(const struct run *r)
{
    struct query query = r->query;
    query.goal.threshold = -(double)INFINITY;
    query.goal.most = INFINITY;
    return query;
}

static void draw(struct report_sample *s, struct judge *j, const struct run *r, uint32_t lanes)
{
    const struct taken_rows of_a = taken_rows(r);
    const double deadline = log_seconds() + RANDOM_SECONDS;
    uint64_t random = SEED;
    while (s->n_drawn + lanes <= MOST_RANDOM && log_seconds() < deadline) {
        draw_rows(j, &r->loaded.inputs, of_a, &random, lanes);
        judge_run(j, lanes);
        for (uint32_t i = 0; i < lanes; i++)
            if (judge_takes(j, i))
                s->random[s->n_random++] = judge_score(j, i);
        s->n_drawn += lanes;
    }
    sort_double(s->random, s->n_random);
}

static bool sample_random(struct report_sample *s, const struct run *r, struct err *e)
{
    const struct inputs *inputs = &r->loaded.inputs;
    const struct row_list *rows = inputs->index.rows;
    const struct query query = unbounded(r);
    if (query.goal.score == EXPR_NONE || s->n_rows_all == 0 ||
        rows[1].n < 1 + (uint64_t)inputs->self)
        return true;
    struct judge *j = judge_open(&query, inputs, e);
    s->random = malloc(MOST_RANDOM * sizeof *s->random);
    if (!s->random)
        err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    const double each = j ? judge_seconds(j, inputs) : 0;
    const bool ok = j && s->random;
    if (ok && each <= RANDOM_SECONDS)
        draw(s, j, r, judge_lanes(each, RANDOM_SECONDS));
    judge_close(j);
    return ok;
}

/* The share of random pairs whose score reaches a threshold; of a few that do not exist, three. */
static double share_reaching(const struct report_sample *s, const struct run *r, double threshold)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < s->n_random; i++)
        n += report_reaches(&r->query, s->random[i], threshold);
    return s->n_drawn ? fmax((double)n, 3) / (double)s->n_drawn : 0;
}

/* ---- How far down ----------------------------------------------------------------------------*/

/* How far below the threshold pairs still say something of it: a tenth of the range of the score,
 * six bits of a model, or, of a distance, a half more. */
static double depth_of(const struct run *r, double threshold)
{
    struct expr_span range = {-(double)INFINITY, INFINITY};
    struct err ignored;
    if (r->model.used)
        return 6;
    if (r->query.goal.score != EXPR_NONE)
        (void)expr_range(&r->query.expr, r->query.goal.score, &range, &ignored);
    if (isfinite(range.hi - range.lo) && range.hi > range.lo)
        return (range.hi - range.lo) / 10;
    return r->query.least ? fmax(1, threshold / 2) : fmax(0.1, fabs(threshold) / 10);
}

/* The records that the second search takes so that it finds no more pairs than it may. */
static double affordable_rows(const struct report_sample *s, const struct run *r, double floor)
{
    const double rows_b = (double)r->loaded.inputs.index.rows[1].n + 1;
    const double most = fmin(MOST_ROWS, fmax(FEW_ROWS, ALL_PAIRS / rows_b));
    return fmin(most, MOST_PAIRS / fmax(share_reaching(s, r, floor) * rows_b, 1));
}

static void find_floor(struct report_sample *s, const struct run *r)
{
    double depth = depth_of(r, s->threshold);
    for (uint32_t i = 0;; i++, depth /= 2) {
        s->floor = r->query.least ? s->threshold + depth : s->threshold - depth;
        if (affordable_rows(s, r, s->floor) >= LEAST_ROWS)
            return;
        if (i == NARROWED)
            break;
    }
    s->floor = s->threshold;
}

/* ---- The second search -----------------------------------------------------------------------*/

/* What the run asked, from the floor on, as records that are collected. */
static bool query_near(const struct report_sample *s, const struct run *r, struct query *query,
                       struct err *e)
{
    if (!resolve_finds(&r->query, query, e))
        return false;
    if (query->goal.score != EXPR_NONE) { /* it may be compiled for another threshold */
        query->scorer = NULL;
        query->n_fields = 0;
    }
    query->top = 0;
    run_set_floor(query, s->floor);
    return true;
}

/* Which records: those of a list, or in dedupe a run of rows. */
struct chosen_rows {
    uint32_t row[MOST_ROWS];
    struct inputs inputs;
    struct shm index;
    struct span span;
};

static bool choose_rows(struct chosen_rows *c, const struct run *r, uint64_t n, struct err *e)
{
    const struct row_list *list = &r->loaded.inputs.index.rows[0];
    const struct taken_rows of_a = taken_rows(r);
    c->index.fd = -1;
    c->inputs = r->loaded.inputs;
    c->span = (struct span){.row_to = r->loaded.inputs.table[0].head->n_rows};
    if (r->loaded.inputs.self) {
        const uint64_t first = of_a.from + (of_a.n - n) / 8;
        c->span.row_from = row_list_at(list, first);
        c->span.row_to = row_list_at(list, first + n - 1) + 1;
        return true;
    }
    for (uint64_t i = 0; i < n; i++)
        c->row[i] = (uint32_t)row_list_at(list, of_a.from + (of_a.n * i + of_a.n / 2) / n);
    return loaded_take_rows(&r->loaded, (struct row_list){.row = c->row, .n = n}, &c->inputs,
                            &c->index, e);
}

static bool collect_pairs(struct report_sample *s, struct run *r, const struct query *query,
                          const struct plan *plan, const struct chosen_rows *c, struct err *e)
{
    struct collect collected = {.capacity = 0};
    const bool ok = report_search(r, query, &c->inputs, plan, &c->span, STOP_PAIRS, &collected, e);
    s->found = collected.found; /* malloced: nothing was mapped */
    return ok;
}

/* The same that the search of n rows takes, by its plan; in a loop, as the run took for its own. */
static double search_seconds(const struct run *r, const struct plan *plan, uint64_t n)
{
    const double share = (double)n / (double)(r->span.row_to - r->span.row_from + 1);
    if (plan->kind == PLAN_LOOP || r->query.goal.score == EXPR_NONE)
        return r->search_cpu_seconds * share;
    return plan->seconds * (r->loaded.inputs.self ? share : 1);
}

/* Compares n rows once more, if that takes no longer than it may. *share: of the time that it would
 * take it may take so much; not less than 1 if it was done. */
static bool search_rows(struct report_sample *s, struct run *r, uint64_t n, double *share,
                        struct err *e)
{
    struct chosen_rows *c = malloc(sizeof *c);
    struct query query;
    struct plan plan;
    if (!c)
        return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    bool ok =
        query_near(s, r, &query, e) && choose_rows(c, r, n, e) &&
        run_make_plan(r, &query, &c->inputs, span_pairs_taken(&c->span, &c->inputs), &plan, e);
    if (ok)
        *share = (ROWS_SECONDS + ROWS_SHARE * r->search_cpu_seconds) /
                 fmax(search_seconds(r, &plan, n), 1e-9);
    if (ok && *share >= 1) {
        ok = collect_pairs(s, r, &query, &plan, c, e);
        s->n_rows = ok ? n : 0;
        const double pairs = span_pairs_taken(&c->span, &c->inputs);
        s->weight = pairs > 0 ? span_pairs_taken(&r->span, &r->loaded.inputs) / pairs : 0;
    }
    shm_close(&c->index);
    free(c);
    return ok;
}

/* The same for as many rows as can be afforded. */
static bool search(struct report_sample *s, struct run *r, struct err *e)
{
    double share = 0, n = floor(fmin(affordable_rows(s, r, s->floor), (double)s->n_rows_all));
    for (uint32_t i = 0; n >= 1 && i < MOST_PLANS; i++, n = floor(n * fmin(share, 0.5))) {
        if (!search_rows(s, r, (uint64_t)n, &share, e))
            return false;
        if (share >= 1)
            return true;
    }
    return err_set(e, ERR_UNAVAILABLE, NULL, "to compare records once more would take too long");
}

bool report_sample_make(struct report_sample *s, struct run *r, struct err *e)
{
    const double start = log_seconds();
    *s = (struct report_sample){.n_rows_all = taken_rows(r).n};
    s->threshold = s->floor = r->query.least ? run_max(r) : run_min(r);
    s->has_threshold = isfinite(s->threshold);
    if (!sample_random(s, r, e))
        return false;
    if (!s->has_threshold || r->plan.kind == PLAN_NOTHING || s->n_rows_all == 0) {
        snprintf(s->why_not, sizeof s->why_not, "%s",
                 s->has_threshold ? "no pair can match" : "there is no threshold");
        s->seconds = log_seconds() - start;
        return true;
    }
    find_floor(s, r);
    if (!search(s, r, e)) {
        if (stage_signal())
            return false;
        snprintf(s->why_not, sizeof s->why_not, "%.290s", e->text);
        s->n_rows = s->found.n = 0;
    }
    log_progress_end();
    s->seconds = log_seconds() - start;
    return true;
}

const char *report_sample_whose(const struct report_sample *s, const struct run *r,
                                char text[REPORT_SAMPLE_BYTES])
{
    char n[2][PAGE_NUMBER_BYTES];
    page_number_count((double)s->n_rows, n[0]);
    page_number_count((double)s->n_rows_all, n[1]);
    if (s->n_rows == s->n_rows_all)
        snprintf(text, REPORT_SAMPLE_BYTES, "all %s records%s", n[1],
                 r->sources.self ? "" : " of A");
    else if (r->sources.self)
        snprintf(text, REPORT_SAMPLE_BYTES, "%s records of %s, one after the other,", n[0], n[1]);
    else
        snprintf(text, REPORT_SAMPLE_BYTES, "%s of the %s records of A", n[0], n[1]);
    return text;
}

void report_sample_close(struct report_sample *s)
{
    free(s->random);
    free(s->found.pair);
    *s = (struct report_sample){.n_drawn = 0};
}
