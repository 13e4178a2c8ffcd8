/* `axb check`: tries a scorer on a sample of the rows of A and says how fast it is. */
#include "core/log.h"
#include "matcher/run.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_SECONDS 1.0

static const char *const kinds[] = {"", "", "_number", "_days"};

/* The names of the columns in the file, and in C where they differ. */
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
    if (!r->job.task.has_module) {
        expr_print(&r->job.task.expr, r->job.task.goal.score, text, sizeof text);
        printf("score     %s\n", text);
        return true;
    }
    printf("score     %s: compiled in %.2f s, fingerprint %016llx\n", r->scorer.path,
           r->scorer.compile_seconds, (unsigned long long)r->scorer.fingerprint);
    if (!print_names(&r->load[0], 'A', e) || !print_names(&r->load[1], 'B', e))
        return false;
    printf("reads    ");
    for (size_t k = 0; k < r->scorer.n_fields; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        printf(" %c.%s%s", "ab"[f->side], r -> load[f->side].names[f->column], kinds[f->kind]);
    }
    putchar('\n');
    return true;
}

/* Scores more and more rows of A against all of B until it takes long enough to be measured. */
static bool time_sample(struct run *r, uint64_t *rows, double *seconds, struct err *e)
{
    uint64_t n = r->job.table[0].head->n_rows;
    r->job.n_joins = 0;
    for (*rows = 1;; *rows *= 4) {
        *rows = *rows < n ? *rows : n;
        r->job.row_to = *rows;
        if (!boss_run(&r->job, &r->result, e))
            return false;
        *seconds = r->result.write_seconds;
        if (*rows == n || *seconds >= SAMPLE_SECONDS)
            return true;
    }
}

bool run_check(struct run *r, struct err *e)
{
    uint64_t rows;
    double seconds, a = (double)r->job.table[0].head->n_rows;
    double b = (double)r->job.table[1].head->n_rows;
    char pairs[32], rate[32];
    if (!print_scorer(r, e))
        return false;
    if (a == 0 || b == 0) {
        puts("sample    none: there are no records");
        return true;
    }
    if (!time_sample(r, &rows, &seconds, e))
        return false;
    double done = (double)rows * b;
    printf("sample    %s pairs in %.2f s on %u workers: %s pairs/s, %.1f ns a pair on each\n",
           log_count(done, pairs), seconds, r->job.n_workers, log_count(done / seconds, rate),
           1e9 * seconds * r->job.n_workers / done);
    printf("prunable  %s\n",
           r->job.task.has_module ? "no: every pair is scored" : "yes: match uses a lossless join");
    printf("all       %s pairs, about %.3g s\n", log_count(a * b, pairs), a * b / (done / seconds));
    return true;
}
