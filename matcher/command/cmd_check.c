/* `axb check`: tries a scorer on a sample of the rows of A and says how fast it is. */
#include "core/log.h"
#include "matcher/engine/coordinator.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/plan_make.h"
#include "matcher/run/run.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_SECONDS 1.0
#define FEW_PAIRS 1e6 /* with fewer, starting the workers takes most of the time */

static const char *const kinds[] = {"", "", "_number", "_days"};

/* Prints the names of the columns: in the file, and in C where that differs. */
static bool print_names(const struct load *l, char side, struct err *e)
{
    char **c_names = calloc(l->n_columns + 1, sizeof *c_names);
    bool ok = c_names && scorer_c_names(l->names, l->n_columns, c_names, e);
    if (ok)
        printf("%c         %s:", side, l->shown);
    for (size_t i = 0; ok && i < l->n_columns; i++) {
        printf("%s %s", i ? "," : "", c_names[i]);
        if (strcmp(c_names[i], l->names[i]) != 0)
            printf(" (\"%s\")", l->names[i]);
    }
    if (ok)
        putchar('\n');
    for (size_t i = 0; ok && i < l->n_columns; i++)
        free(c_names[i]);
    free(c_names);
    return ok;
}

static bool print_scorer(const struct run *r, struct err *e)
{
    char text[512];
    if (!r->query.scorer) {
        expr_print(&r->query.expr, r->query.goal.score, text, sizeof text);
        printf("score     %s\n", text);
        return true;
    }
    if (r->scorer.python)
        printf("score     %s: a Python function, run by %s\n", r->scorer.path, r->scorer.python);
    else
        printf("score     %s: compiled in %.2f s, fingerprint %016llx\n", r->scorer.path,
               r->scorer.compile_seconds, (unsigned long long)r->scorer.fingerprint);
    if (!r->scorer.python && (!print_names(sources_load(&r->sources, 0), 'A', e) ||
                              !print_names(sources_load(&r->sources, 1), 'B', e)))
        return false;
    printf("reads    ");
    for (size_t k = 0; k < r->scorer.n_fields; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        printf(" %c.%s%s", f->side ? 'b' : 'a',
               sources_load(&r->sources, (int)f->side)->names[f->column], kinds[f->kind]);
    }
    putchar('\n');
    return true;
}

/* What lets a run skip pairs; NULL: it scores all of them. */
static const char *pruned_by(const struct run *r)
{
    bool where = r->scorer.where, monotone = r->scorer.terms_fd >= 0;
    if (!r->query.scorer)
        return r->query.expr.n_terms ? "its metrics" : NULL;
    if (monotone)
        return where ? "AXB_WHERE and AXB_MONOTONE" : "AXB_MONOTONE";
    return where ? "AXB_WHERE" : NULL;
}

/* Scores more and more rows of A against all of B, until that takes SAMPLE_SECONDS. */
static bool time_sample(struct run *r, uint64_t *rows, double *seconds, struct err *e)
{
    const uint64_t n = r->loaded.inputs.table[0].head->n_rows;
    const struct sinks sinks = {.max_results = r->opts->max_results};
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    struct plan plan;
    const struct job job = {&r->query, &r->loaded.inputs, &plan, &sinks, &faults, &placement};
    plan_without_joins(&plan, &r->plan);
    for (*rows = 1;; *rows *= 4) {
        *rows = *rows < n ? *rows : n;
        const struct span span = {.row_to = *rows};
        struct result result;
        if (!coordinator_run(&job, &span, &result, e))
            return false;
        *seconds = result.write_seconds;
        if (*rows == n || *seconds >= SAMPLE_SECONDS)
            return true;
    }
}

/* Prints what was measured on `done` pairs, and what all pairs would take without joins. `all`: the
 * sample was all pairs. */
static void print_sample(const struct run *r, double done, double seconds, bool all)
{
    const double all_pairs = span_pairs(&r->span, &r->loaded.inputs);
    char pairs[32], rate[32];
    const char *by = pruned_by(r);
    bool few = all && done < FEW_PAIRS && seconds < SAMPLE_SECONDS;
    if (few)
        printf("sample    all %s pairs in %.2f s: too few to say how fast it is\n",
               log_count(done, pairs), seconds);
    else
        printf("sample    %s pairs in %.2f s on %u workers: %s pairs/s, %.1f ns a pair on each\n",
               log_count(done, pairs), seconds, r->plan.most_workers,
               log_count(done / seconds, rate), 1e9 * seconds * r->plan.most_workers / done);
    printf("prunable  %s%s%s\n", by ? "yes, by " : "no: every pair is scored", by ? by : "",
           by ? ": axb match --plan shows how" : "");
    if (!few)
        printf("all       %s pairs, about %.3g s%s\n", log_count(all_pairs, pairs),
               seconds * all_pairs / done, by ? " if all were scored" : "");
}

static bool try_scorer(struct run *r, struct err *e)
{
    uint64_t rows, a = r->loaded.inputs.table[0].head->n_rows,
                   b = r->loaded.inputs.table[1].head->n_rows;
    double seconds;
    if (!print_scorer(r, e))
        return false;
    if (a == 0 || b == 0) {
        puts("sample    none: there are no records");
        return true;
    }
    if (!time_sample(r, &rows, &seconds, e))
        return false;
    print_sample(r, (double)rows * (double)b, seconds, rows == a);
    return true;
}

/* The first input is the scorer. It counts the pairs of a sample. */
static bool run(const struct opts *o, struct err *e)
{
    const struct run_request request = {.self = false};
    struct opts own = *o;
    own.score = o->inputs[0];
    own.count = true;
    own.inputs++;
    own.n_inputs--;
    return run_with(&own, &request, try_scorer, e);
}

const struct command cmd_check = {
    .name = "check",
    .arguments = "SCORER A.csv B.csv",
    .min_inputs = 3,
    .max_inputs = 3,
    .topics =
        OPTS_INPUT | OPTS_COMPARE | OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES | OPTS_STARTER,
    .what = "try a scorer on a sample: does it compile, how fast is it",
    .examples = "axb check my_score.c A.csv B.csv",
    .more = "Compiles and loads the scorer, lists the C names of the columns and what it reads, "
            "scores a sample, and says what spares match the scoring of all pairs, and how long "
            "that would take.",
    .run = run,
};
