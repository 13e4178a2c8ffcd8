/* The sample of `axb check`: random rows of A against all of B, as an audit has them (run/audit.h),
 * by the plain loop, without --min. Every pair whose score is a number comes as a record; the
 * others have no value, or were excluded by a condition, and those are counted in a second pass. */
#include "matcher/command/cmd_check_internal.h"

#include "core/sort.h"
#include "matcher/engine/coordinator.h"
#include "matcher/planner/plan_make.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE_PAIRS 100000u /* about so many, but at least a row of A */
#define SEED 1u              /* so that the sample is the same in every run */

/* ---- Runs over the sample --------------------------------------------------------------------*/

/* Runs `query` by `plan` on the picked rows. */
static bool run_picked(const struct check *c, const struct query *query, const struct plan *plan,
                       struct audit_tap *tap, uint64_t *pairs, struct err *e)
{
    struct run *r = c->r;
    const struct sinks sinks = {.tap = tap, .only_tapped = true};
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const struct job job = {query, &r->loaded.inputs, plan, &sinks, &faults, &placement};
    struct result result;
    bool ok = coordinator_run(&job, &r->span, &result, e);
    *pairs = result.pairs;
    return ok;
}

/* Records of the format "pairs" of all pairs whose score is a number. */
static bool score_picked(const struct check *c, struct audit_tap *tap, uint64_t *pairs,
                         struct err *e)
{
    struct query query = c->r->query;
    struct plan plan;
    query.count = false;
    query.lines = (struct emit_spec){.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    query.excluded = EXPR_NONE;
    query.goal.where = query.asked_where;
    query.goal.threshold = -(double)INFINITY;
    query.goal.most = (double)INFINITY;
    plan_loop(&plan, &c->r->plan, &query);
    return emit_find("pairs", &query.lines.format, e) &&
           run_picked(c, &query, &plan, tap, pairs, e);
}

/* The pairs of the sample whose records both take part. */
static uint64_t count_taken(const struct check *c, const struct audit_tap *tap)
{
    const struct row_list *rows = c->r->loaded.inputs.index.rows;
    uint64_t n = 0;
    for (size_t i = 0; i < tap->n; i++)
        n += row_list_has(&rows[0], tap->row[i]) ? rows[1].n : 0;
    return n;
}

/* How many pairs the conditions hold for: they are the score, and true is 1. */
static bool count_allowed(const struct check *c, struct audit_tap *tap, uint64_t *pairs,
                          struct err *e)
{
    struct query query = c->r->query;
    struct plan plan, like = c->r->plan;
    *pairs = count_taken(c, tap);
    if (query.asked_where == EXPR_NONE)
        return true;
    query.scorer = NULL;
    query.n_fields = 0;
    query.count = false;
    query.lines = (struct emit_spec){.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    query.excluded = EXPR_NONE;
    query.goal = (struct expr_goal){
        .score = query.asked_where, .where = EXPR_NONE, .threshold = 0.5, .most = (double)INFINITY};
    like.kind = PLAN_REFINE;
    like.term = EXPR_NONE;
    plan_loop(&plan, &like, &query);
    return emit_find("pairs", &query.lines.format, e) &&
           run_picked(c, &query, &plan, tap, pairs, e);
}

/* ---- What the scores are ---------------------------------------------------------------------*/

static int by_falling_score(const void *x, const void *y)
{
    const struct check_pair *p = x, *q = y;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return p->row_a != q->row_a ? sort_order(p->row_a, q->row_a) : sort_order(p->row_b, q->row_b);
}

/* Sorts the n records of the tap, best first. */
static bool sort_pairs(struct audit_tap *tap, uint64_t n, struct err *e)
{
    if (tap->n_bytes != n * sizeof(struct check_pair))
        return err_set(e, ERR_SOFTWARE, "please report it",
                       "check: %llu pairs were counted, but %zu bytes of them were written",
                       (unsigned long long)n, tap->n_bytes);
    if (n)
        qsort(tap->bytes, n, sizeof(struct check_pair), by_falling_score);
    return true;
}

/* The three highest, the median and the least of n pairs, each pair once. */
static void take_examples(struct check_scores *s, const struct check_pair *pair, uint64_t n)
{
    const uint64_t at[CHECK_EXAMPLES] = {0, 1, 2, n / 2, n - 1};
    uint64_t next = 0;
    for (uint32_t i = 0; i < CHECK_EXAMPLES; i++) {
        if (at[i] < next || at[i] >= n)
            continue;
        s->example[s->n_examples++] = pair[at[i]];
        next = at[i] + 1;
    }
}

/* Pairs from all over the sample, each with another score: nine tenths of them at least are no
 * matches, so most are of the best ones. */
static void take_spread(struct check_scores *s, const struct check_pair *pair, uint64_t n)
{
    static const double above[CHECK_SPREAD] = {0, .0001, .001, .01, .1, .25, .5, .75};
    uint64_t next = 0;
    for (uint32_t i = 0; i < CHECK_SPREAD; i++) {
        const uint64_t at = (uint64_t)(above[i] * (double)n);
        if (at < next || at >= n || (i && pair[at].score >= s->spread[s->n_spread - 1].score))
            continue;
        s->above[s->n_spread] = above[i];
        s->spread[s->n_spread++] = pair[at];
        next = at + 1;
    }
}

static void count_bins(struct check_scores *s, const struct check_pair *pair, uint64_t n)
{
    const double width = (s->highest - s->least) / CHECK_BINS;
    for (uint64_t i = 0; i < n && width > 0 && isfinite(width); i++)
        s->bin[(uint32_t)fmin((pair[i].score - s->least) / width, CHECK_BINS - 1)]++;
}

static void take_scores(struct check *c, const struct check_pair *pair, uint64_t n)
{
    struct check_scores *s = &c->scores;
    const struct opts *o = c->r->opts;
    s->scored = n;
    if (n == 0)
        return;
    s->least = pair[n - 1].score;
    s->median = pair[n / 2].score;
    s->highest = pair[0].score;
    while (s->reached < n && (!o->min_given || pair[s->reached].score >= o->min))
        s->reached++;
    take_examples(s, pair, n);
    take_spread(s, pair, n);
    count_bins(s, pair, n);
}

/* ---- The sample ------------------------------------------------------------------------------*/

static bool sample_rows(struct check *c, const struct audit *picked, struct err *e)
{
    struct audit_tap tap = {.row = picked->row, .n = picked->n};
    struct audit_tap allowed_tap = {.row = picked->row, .n = picked->n};
    uint64_t scored, allowed;
    bool ok = score_picked(c, &tap, &scored, e) && count_allowed(c, &allowed_tap, &allowed, e) &&
              sort_pairs(&tap, scored, e);
    if (ok) {
        take_scores(c, (const struct check_pair *)(const void *)tap.bytes, scored);
        c->scores.excluded = c->scores.pairs - allowed;
        c->scores.none = allowed - scored;
    }
    audit_tap_close(&tap);
    audit_tap_close(&allowed_tap);
    return ok;
}

bool check_sample(struct check *c, uint64_t rows, struct err *e)
{
    const uint64_t n_b = c->r->loaded.inputs.table[1].head->n_rows;
    const uint64_t wanted = n_b < SAMPLE_PAIRS ? SAMPLE_PAIRS / n_b : 1;
    struct audit picked = {.seed = 0};
    bool ok = audit_pick(&picked, rows < wanted ? rows : wanted, SEED, c->r->span.row_from,
                         c->r->span.row_to, e);
    if (ok) {
        c->scores = (struct check_scores){.rows = picked.n, .pairs = picked.n * n_b};
        ok = sample_rows(c, &picked, e);
    }
    audit_close(&picked);
    return ok;
}
