/* --audit in a run: brute force, and, should the two differ, the first pair of rows that is at
 * fault.
 *
 * The comparison is of bytes. To name a pair the run and the loop are done again with row numbers
 * in place of ids: then each line is a row of A, a row of B and a score. */
#include "core/log.h"
#include "matcher/engine/coordinator.h"
#include "matcher/planner/plan_make.h"
#include "matcher/run/audit.h"
#include "matcher/run/run.h"

#include <stdlib.h>
#include <string.h>

/* ---- Running ---------------------------------------------------------------------------------*/

/* The audited rows once more, by the plan of the run; nothing is written but to the tap. */
static bool again(const struct run *r, const struct job *like, const struct emit_spec *lines,
                  struct audit_tap *tap, uint64_t *pairs, struct err *e)
{
    const struct sinks sinks = {.tap = tap};
    struct query query = *like->query;
    struct job job = *like;
    struct result result;
    *tap = (struct audit_tap){.row = r->audit.row, .n = r->audit.n};
    query.count = false;
    query.lines = *lines;
    job.query = &query;
    job.sinks = &sinks;
    bool ok = coordinator_run(&job, &r->span, &result, e);
    *pairs = result.pairs;
    return ok;
}

/* The same by another plan: no join, no prefilter, no early end, nothing that a scorer claims, so
 * every pair of the audited rows is evaluated. */
static bool by_loop(const struct run *r, const struct job *like, const struct emit_spec *lines,
                    struct audit_tap *tap, uint64_t *pairs, struct err *e)
{
    const struct sinks sinks = {.tap = tap, .only_tapped = true};
    struct query query = *like->query;
    struct plan plan;
    struct job job = *like;
    struct result result;
    *tap = (struct audit_tap){.row = r->audit.row, .n = r->audit.n};
    query.count = false;
    query.lines = *lines;
    query.excluded = EXPR_NONE;
    query.goal.where = query.asked_where;
    plan_loop(&plan, like->plan, &query);
    job.query = &query;
    job.plan = &plan;
    job.sinks = &sinks;
    bool ok = coordinator_run(&job, &r->span, &result, e);
    *pairs = result.pairs;
    return ok;
}

/* With --count: what the join finds, besides how much. */
static bool find_counted(struct run *r, const struct job *job, struct err *e)
{
    uint64_t pairs;
    if (!again(r, job, &job->query->lines, &r->audit.found, &pairs, e))
        return false;
    return pairs == r->result.pairs ||
           err_set(e, ERR_SOFTWARE, "please report it",
                   "audit: %llu pairs were counted, but %llu are found",
                   (unsigned long long)r->result.pairs, (unsigned long long)pairs);
}

/* ---- What differs ----------------------------------------------------------------------------*/

struct line {
    uint64_t a, b; /* rows, from 1 */
    double score;
    bool there;
};

/* Takes a line "a,b,score" off *text. */
static struct line take_line(const char **text, const char *end)
{
    struct line l = {.there = *text < end};
    char *rest;
    if (!l.there)
        return l;
    l.a = strtoull(*text, &rest, 10);
    l.b = strtoull(rest + 1, &rest, 10);
    l.score = strtod(rest + 1, &rest);
    *text = rest + 1;
    return l;
}

static int order(const struct line *x, const struct line *y)
{
    if (!x->there || !y->there)
        return y->there - x->there;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Two lists of lines, and how they differ. */
struct difference {
    struct line expected, found;        /* the first that differ; one of them may not be there */
    uint64_t n_expected, n_found, both; /* lines; in both with the same score */
    bool any;
};

static void compare(struct difference *d, const struct audit_tap *expected,
                    const struct audit_tap *found)
{
    const char *x = expected->bytes, *y = found->bytes;
    const char *x_end = x + expected->n_bytes, *y_end = y + found->n_bytes;
    struct line l = take_line(&x, x_end), m = take_line(&y, y_end);
    while (l.there || m.there) {
        int o = order(&l, &m);
        bool same = o == 0 && l.score == m.score;
        if (!same && !d->any) {
            d->any = true;
            d->expected = l;
            d->found = m;
            d->expected.there = o <= 0;
            d->found.there = o >= 0;
        }
        d->both += same;
        d->n_expected += o <= 0;
        d->n_found += o >= 0;
        if (o <= 0)
            l = take_line(&x, x_end);
        if (o >= 0)
            m = take_line(&y, y_end);
    }
}

/* Adds " COLUMN "value"" of the compared columns of a row, counted from 1. */
static void add_values(const struct run *r, uint32_t side, uint64_t row, char *text, size_t bytes)
{
    text[0] = 0;
    for (uint32_t i = 0; i < r->wanted.n_fields; i++) {
        const struct index_field *f = &r->loaded.field[i];
        const struct table *t = f->table;
        size_t n = strlen(text);
        if (f->side != (r->sources.self && !r->wanted.split ? 0 : side))
            continue;
        uint32_t value = table_row_values(t, f->column)[row - 1];
        struct bytes v =
            value == TABLE_MISSING ? (struct bytes){NULL, 0} : table_value(t, f->column, value);
        snprintf(text + n, bytes - n, v.p ? " %s \"%.*s\"" : " %s (missing)",
                 table_column_name(t, f->column), (int)(v.n < 60 ? v.n : 60), v.p);
    }
}

static bool name_pair(const struct run *r, const struct difference *d, struct err *e)
{
    const struct line *l = d->expected.there ? &d->expected : &d->found;
    char a[300], b[300], what[120];
    add_values(r, 0, l->a, a, sizeof a);
    add_values(r, 1, l->b, b, sizeof b);
    if (!d->found.there)
        snprintf(what, sizeof what, "score %.17g and were not found", d->expected.score);
    else if (!d->expected.there)
        snprintf(what, sizeof what, "do not match and were found with score %.17g", d->found.score);
    else
        snprintf(what, sizeof what, "score %.17g and were found with %.17g", d->expected.score,
                 d->found.score);
    return err_set(e, ERR_SOFTWARE, "please report it, with this --seed",
                   "audit: row %llu of A and row %llu of B %s\n  A:%s\n  B:%s\n"
                   "  %llu matches expected, %llu found, %llu in both; --seed %llu",
                   (unsigned long long)l->a, (unsigned long long)l->b, what, a, b,
                   (unsigned long long)d->n_expected, (unsigned long long)d->n_found,
                   (unsigned long long)d->both, (unsigned long long)r->audit.seed);
}

/* The bytes differ: in which pair of rows? */
static bool explain(const struct run *r, const struct job *job, struct err *e)
{
    struct emit_spec plain = {.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    struct audit_tap expected = {0}, found = {0};
    struct difference d = {.any = false};
    uint64_t pairs;
    bool ok = emit_find("csv", &plain.format, e) && by_loop(r, job, &plain, &expected, &pairs, e) &&
              again(r, job, &plain, &found, &pairs, e);
    if (ok) {
        compare(&d, &expected, &found);
        ok = d.any ? name_pair(r, &d, e)
                   : err_set(e, ERR_SOFTWARE, "please report it",
                             "audit: the pairs are right, but their lines are not those that "
                             "the loop writes; --seed %llu",
                             (unsigned long long)r->audit.seed);
    }
    audit_tap_close(&expected);
    audit_tap_close(&found);
    return ok;
}

/* ---- The audit -------------------------------------------------------------------------------*/

static double count_pairs(const struct run *r)
{
    double rows_b = (double)r->loaded.inputs.table[1].head->n_rows, pairs = 0;
    for (uint64_t i = 0; i < r->audit.n; i++)
        pairs += r->sources.self ? rows_b - 1 - (double)r->audit.row[i] : rows_b;
    return pairs;
}

bool run_audit_begin(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    return !o->audit ||
           audit_pick(&r->audit, o->audit, o->seed, r->span.row_from, r->span.row_to, e);
}

bool run_audit(struct run *r, const struct job *job, struct err *e)
{
    struct audit *a = &r->audit;
    struct audit_tap expected = {0};
    double start = log_seconds();
    /* The best that rounds have found are in the tap, also where they are only counted. */
    bool ok = (!job->query->count || r->by_rounds || find_counted(r, job, e)) &&
              by_loop(r, job, &job->query->lines, &expected, &a->matches, e);
    if (ok && (expected.n_bytes != a->found.n_bytes ||
               (expected.n_bytes && memcmp(expected.bytes, a->found.bytes, expected.n_bytes) != 0)))
        ok = explain(r, job, e);
    audit_tap_close(&expected);
    a->pairs = count_pairs(r);
    a->seconds = log_seconds() - start;
    return ok;
}
