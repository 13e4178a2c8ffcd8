/* `axb check`: compiles a scorer, scores a sample of pairs, and says how fast it is.
 *
 * Not here: the sample (cmd_check_sample.c), and printing (cmd_check_text.c). */
#include "core/log.h"
#include "matcher/command/cmd_check_internal.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/planner/plan_make.h"
#include "matcher/report/report_head.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMED_SECONDS 1.0  /* of scoring, before a rate is taken from it */
#define LEAST_SECONDS 0.05 /* a clock that sees processes start says nothing of less … */
#define LEAST_PAIRS 1000.0 /* … nor of fewer pairs */

/* ---- Speed -----------------------------------------------------------------------------------*/

/* Scores the first rows of A against all of B; *seconds is with the start of workers. */
static bool time_rows(const struct check *c, uint64_t rows, double *seconds, struct err *e)
{
    struct run_timed timed;
    struct plan plan;
    plan_without_joins(&plan, &c->r->plan);
    const bool ok = run_time_rows(c->r, &c->r->query, &plan, rows, &timed, e);
    *seconds = timed.seconds;
    return ok;
}

/* Times more and more rows, until they take TIMED_SECONDS longer than the first row alone, or are
 * all. What is the same in both, the start of the workers, does not count then. *rows: how many
 * were scored in that time. */
static bool time_sample(struct check *c, uint64_t *rows, struct err *e)
{
    const uint64_t n_a = c->r->loaded.inputs.table[0].head->n_rows;
    const double n_b = (double)c->r->loaded.inputs.table[1].head->n_rows;
    struct check_speed *s = &c->speed;
    double first, seconds;
    if (!time_rows(c, 1, &first, e))
        return false;
    *s = (struct check_speed){.pairs = n_b, .seconds = first, .all = (double)n_a * n_b};
    for (*rows = 1; *rows < n_a && (*rows == 1 || s->seconds < TIMED_SECONDS);) {
        const uint64_t more = first < TIMED_SECONDS ? 3 * *rows : 1;
        *rows = *rows + more < n_a ? *rows + more : n_a;
        if (!time_rows(c, *rows, &seconds, e))
            return false;
        s->pairs = (double)(*rows - 1) * n_b;
        s->seconds = seconds - first;
    }
    s->few = s->pairs < LEAST_PAIRS || s->seconds < LEAST_SECONDS;
    return true;
}

/* ---- The verb --------------------------------------------------------------------------------*/

static void note_skips(struct check *c)
{
    const struct run *r = c->r;
    c->skips_where =
        r->query.asked_where != EXPR_NONE || r->conditions.text[0][0] || r->conditions.text[1][0];
    c->skips_monotone = r->scorer.terms_fd >= 0;
    c->skips_metrics = r->query.goal.score != EXPR_NONE && r->query.expr.n_terms > 0;
}

static bool try_scorer(struct run *r, struct page *page, struct err *e)
{
    struct check c = {.r = r};
    uint64_t rows;
    const struct table *t = r->loaded.inputs.table;
    note_skips(&c);
    if (t[0].head->n_rows && t[1].head->n_rows &&
        (!time_sample(&c, &rows, e) || !check_sample(&c, rows, e)))
        return false;
    if (page && !check_page(&c, page, e))
        return false;
    return r->opts->json ? check_print_json(&c, e) : check_print(&c, e);
}

/* The names of the columns come before the scorer is compiled: they are what helps if it is not
 * right. */
static bool check(struct run *r, const struct run_request *request, struct page *page,
                  struct err *e)
{
    if (!r->opts->json && !check_print_names(&r->sources, scorer_is_source(r->opts->score), e))
        return false;
    if (fflush(stdout) != 0)
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    return run_prepare(r, request, e) && try_scorer(r, page, e);
}

/* Is the scorer given after the files? Then the first argument is a file, and one of the others is
 * none, or a scorer. */
static bool check_order(const char *const *inputs, struct err *e)
{
    char hint[400];
    if (opts_is_scorer_file(inputs[0]) || access(inputs[0], F_OK) != 0)
        return true;
    for (size_t i = 1; i < 3; i++)
        if (opts_is_scorer_file(inputs[i]) || (i == 2 && access(inputs[i], F_OK) != 0)) {
            snprintf(hint, sizeof hint, "axb check '%s' %s %s", inputs[i], inputs[0],
                     inputs[3 - i]);
            return err_set(e, ERR_USAGE, hint, "the scorer comes first, then the two files");
        }
    return true;
}

static bool check_with(const void *context, struct page *page, struct err *e)
{
    const struct opts *own = context;
    const struct run_request request = {.self = false};
    struct run *r = malloc(sizeof *r); /* of more than a small stack has */
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    bool ok = run_open(r, own, &request, e) && check(r, &request, page, e);
    run_close(r);
    free(r);
    return ok;
}

/* The first input is the scorer. */
static bool run(const struct opts *o, struct err *e)
{
    struct opts own = *o;
    if (!check_order(o->inputs, e))
        return false;
    own.score = o->inputs[0];
    own.inputs++;
    own.n_inputs--;
    return report_with(o, check_with, &own, e);
}

const struct command cmd_check = {
    .name = "check",
    .arguments = "SCORER A.csv B.csv",
    .min_inputs = 3,
    .max_inputs = 3,
    .scorer_first = true,
    .topics = OPTS_INPUT | OPTS_COMPARE | OPTS_WHICH | OPTS_WORKERS | OPTS_PROGRESS |
              OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER | OPTS_REPORT,
    .what = "try a scorer on a sample: scores, speed",
    .examples = "axb check my_score.c A.csv B.csv --min 0.8\n"
                "axb check my_score.c A.csv B.csv --report check.html",
    .more =
        "Lists the names of the columns, compiles the scorer, and scores a sample of pairs: some "
        "random rows of A, the same in every run, with all of B. Prints the least, the median "
        "and the highest score, and some pairs with their values. Says which conditions let "
        "`match` skip pairs, and how long it would take to score all pairs. SCORER is a file, "
        "as for --score, or an expression. --report shows all of it on a page, with more pairs.",
    .check = options_check_report,
    .run = run,
};
