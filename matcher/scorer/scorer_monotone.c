/* What AXB_MONOTONE is worth: the least value that each metric must have so that the score can
 * reach the threshold. It is found with the second compilation of a scorer, against
 * scorer_monotone_probe.h.
 *
 * The user claims: the score never falls when a metric rises. With all other metrics at 1 the score
 * is then a rising function of one metric. Bisection finds the least value at which it reaches the
 * threshold. Each pair that matches has at least that value, so the joins of that metric find it.
 * The claim is tried first, on random values; a counterexample stops the run. All of this runs in a
 * throw-away child, as user code does. */
#include "core/process.h"
#include "core/sandbox.h"
#include "core/string_builder.h"
#include "matcher/scorer/scorer_internal.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 20000
#define MOST_FLAGS 10u /* things that can be missing; with more, nothing is asked */
#define CHILD_SECONDS 20.0
#define SLACK 1e-9 /* the last bits of functions of the C library need not rise */

/* ---- In the child ----------------------------------------------------------------------------*/

static struct axb_terms *load_terms(void)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", CHILD_FD_MODULE);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return handle ? dlsym(handle, "axb_terms") : NULL;
}

static double random_value(void)
{
    int kind = rand() % 4;
    return kind == 0 ? 1 : kind == 1 ? (rand() % 9) / 8.0 : rand() / (double)RAND_MAX;
}

/* Does the score fall, beyond rounding, or become NaN? */
static bool falls(double before, double after)
{
    return before == before && !(after >= before - SLACK * (1 + fabs(before)));
}

/* Raises one metric at a time from random values. */
static void monotone_try(struct axb_terms *t, struct scorer_claim *claim)
{
    srand(20240229);
    for (int i = 0; i < TRIES && !claim->broken; i++) {
        t->score(); /* meets the terms */
        for (uint32_t k = 0; k < t->n; k++)
            t->term[k].value = random_value();
        for (uint32_t k = 0; k < t->n_absences; k++)
            t->absence[k].missing = rand() % 4 == 0;
        uint32_t k = t->n ? (uint32_t)rand() % t->n : 0;
        double before = t->score(), low = t->term[k].value;
        t->term[k].value = low + (1 - low) * random_value();
        double after = t->score();
        if (t->n && falls(before, after)) {
            *claim = (struct scorer_claim){.broken = 1, .which = k, .risen = t->term[k].value};
            claim->before = before;
            claim->after = after;
            t->term[k].value = low;
            claim->terms = *t;
        }
    }
}

/* Metrics of a text that is no number, date or place have no value. */
static bool may_be_none(const struct axb_term *t)
{
    return strncmp(t->metric, "number", 6) == 0 || strcmp(t->metric, "days") == 0 ||
           strcmp(t->metric, "km") == 0;
}

/* Sets one way in which columns are missing and metrics have no value: bit i of `flags` stands for
 * the i-th thing that can be missing. */
static void set_flags(struct axb_terms *t, uint32_t flags)
{
    for (uint32_t i = 0; i < t->n_absences; i++, flags >>= 1)
        t->absence[i].missing = flags & 1;
    for (uint32_t k = 0; k < t->n; k++) {
        t->term[k].value = 1;
        if (may_be_none(&t->term[k])) {
            t->term[k].value = flags & 1 ? (double)NAN : 1;
            flags >>= 1;
        }
    }
}

static uint32_t count_flags(const struct axb_terms *t)
{
    uint32_t n = t->n_absences;
    for (uint32_t k = 0; k < t->n; k++)
        n += may_be_none(&t->term[k]);
    return n;
}

static bool reaches(struct axb_terms *t, uint32_t k, double value, double min)
{
    t->term[k].value = value;
    return t->score() >= min;
}

/* The least value of term k, with all others at their greatest under the flags that are set;
 * infinity if the score does not reach the threshold. */
static double bisect(struct axb_terms *t, uint32_t k, double min)
{
    double out = 0, in = 1;
    if (t->term[k].value != t->term[k].value) /* NaN: does it matter? */
        return t->score() >= min ? 0 : (double)INFINITY;
    if (!reaches(t, k, 1, min))
        return (double)INFINITY;
    if (reaches(t, k, 0, min))
        return 0;
    while (in - out > SLACK) {
        double middle = (in + out) / 2;
        if (reaches(t, k, middle, min))
            in = middle;
        else
            out = middle;
    }
    return out > SLACK ? out - SLACK : 0;
}

static void find_needs(struct axb_terms *t, double min, struct scorer_claim *claim)
{
    uint32_t n_flags = count_flags(t);
    claim->never = 1;
    for (uint32_t k = 0; k < AXB_MAX_TERMS; k++)
        claim->need[k] = n_flags > MOST_FLAGS || t->unknown ? 0 : (double)INFINITY;
    for (uint32_t flags = 0; n_flags <= MOST_FLAGS && !t->unknown && flags >> n_flags == 0; flags++)
        for (uint32_t k = 0; k < t->n; k++) {
            set_flags(t, flags);
            double need = bisect(t, k, min);
            claim->need[k] = fmin(claim->need[k], need);
            claim->never = claim->never && need > 1;
        }
    claim->never = claim->never && t->n && !t->unknown && n_flags <= MOST_FLAGS;
    claim->terms = *t;
}

int scorer_terms_child(int argc, char **argv)
{
    struct scorer_report report = {0};
    struct scorer_claim claim = {0};
    if (argc != 2)
        return ERR_USAGE;
    proc_die_with_parent((pid_t)strtol(argv[0], NULL, 10));
    const bool ok = sandbox_enter(&report.error) && proc_end_with(CHILD_FD_REPORT, &report.error);
    struct axb_terms *terms = ok ? load_terms() : NULL;
    if (terms) {
        monotone_try(terms, &claim);
        if (!claim.broken)
            find_needs(terms, strtod(argv[1], NULL), &claim);
    } else if (report.error.status == ERR_NONE) {
        err_set(&report.error, ERR_SCORER, NULL, "the module of its terms cannot be loaded: %s",
                dlerror());
    }
    _exit(scorer_send_report(&report, (const char *)&claim, sizeof claim));
}

/* ---- In the coordinator ----------------------------------------------------------------------*/

static void write_column(FILE *out, char side, const char *name)
{
    char quote = !strchr(name, '"') ? '"' : !strchr(name, '\'') ? '\'' : '`';
    fprintf(out, "%c.%c%s%c", side, quote, name, quote);
}

static void write_term(FILE *out, const struct axb_term *t, const struct scorer_headers *h)
{
    fprintf(out, "%s(", t->metric);
    write_column(out, 'a', h->names_a[t->column_a]);
    fprintf(out, ", ");
    write_column(out, 'b', h->names_b[t->column_b]);
    if (t->n_args)
        fprintf(out, ", %.17g", t->argument);
    fprintf(out, ")");
}

static bool broken(const struct scorer *s, const struct scorer_claim *claim,
                   const struct scorer_headers *h, struct err *e)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (!out)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const struct axb_term *t = &claim->terms.term[claim->which];
    write_term(out, t, h);
    fprintf(out, " rises from %.4g to %.4g", t->value, claim->risen);
    for (uint32_t k = 0; k < claim->terms.n; k++)
        if (k != claim->which) {
            fprintf(out, "\n  with ");
            write_term(out, &claim->terms.term[k], h);
            fprintf(out, " = %.4g", claim->terms.term[k].value);
        }
    char *text = string_builder_end(&string_builder);
    err_set(e, ERR_SCORER, "take AXB_MONOTONE out, or mend the score",
            "%s: AXB_MONOTONE does not hold: the score falls from %.6g to %.6g\n  when %s", s->path,
            claim->before, claim->after, text ? text : "");
    free(text);
    return false;
}

static bool write_needs(const struct scorer_claim *claim, const struct scorer_headers *h,
                        char **where, struct err *e)
{
    struct string_builder string_builder;
    const char *between = "";
    FILE *out = string_builder_open(&string_builder);
    if (!out)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    if (claim->never)
        fprintf(out, "0 > 1");
    for (uint32_t k = 0; k < claim->terms.n && !claim->never; k++)
        if (claim->need[k] > 0) {
            fprintf(out, "%s", between);
            write_term(out, &claim->terms.term[k], h);
            fprintf(out, " >= %.17g", claim->need[k]);
            between = " && ";
        }
    *where = string_builder_end(&string_builder);
    return *where || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* Do the terms name columns that exist, and values that a metric can have? */
static bool makes_sense(struct scorer_claim *claim, const struct scorer_headers *h)
{
    uint32_t n = claim->terms.n;
    bool ok = n <= AXB_MAX_TERMS && (!claim->broken || claim->which < n);
    for (uint32_t k = 0; ok && k < n; k++) {
        struct axb_term *t = &claim->terms.term[k];
        t->metric[sizeof t->metric - 1] = 0;
        ok = t->column_a < h->n_a && t->column_b < h->n_b && isfinite(t->argument) &&
             (claim->never || claim->need[k] <= 1);
    }
    return ok;
}

bool scorer_take_claim(const struct scorer *s, const struct scorer_child *c, int status,
                       const struct scorer_headers *h, char **where, struct err *e)
{
    struct scorer_claim claim;
    char description[96];
    if (proc_not_loaded(status))
        return scorer_child_not_loaded(s, e);
    proc_describe_status(status, description, sizeof description);
    if (!c->whole || c->report.bytes != sizeof claim)
        return err_set(e, ERR_SCORER, NULL, "%s: while AXB_MONOTONE was tried, the scorer %s",
                       s->path, c->late ? "did not come to an end" : description);
    if (c->report.error.status != ERR_NONE)
        return err_set(e, ERR_SCORER, NULL, "%s: %s", s->path, c->report.error.text);
    memcpy(&claim, c->more, sizeof claim);
    if (!makes_sense(&claim, h))
        return err_set(e, ERR_SCORER, NULL, "%s: its terms make no sense", s->path);
    return claim.broken ? broken(s, &claim, h, e) : write_needs(&claim, h, where, e);
}

bool scorer_needs(const struct scorer *s, const struct scorer_headers *headers, double min,
                  char **where, struct err *e)
{
    struct scorer_child c;
    char parent[16], text[32];
    *where = NULL;
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    snprintf(text, sizeof text, "%.17g", min);
    bool ok = scorer_child_start(&c, "terms", parent, text, (int[]){s->terms_fd, -1, -1}, e);
    if (ok) {
        scorer_child_read(&c, CHILD_SECONDS);
        int status = scorer_child_reap(&c, false);
        ok = scorer_take_claim(s, &c, status, headers, where, e);
    }
    scorer_child_close(&c);
    return ok;
}
