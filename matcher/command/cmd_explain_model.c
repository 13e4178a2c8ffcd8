/* `axb explain` with a model: what each column adds to the score of a pair, in bits, and what that
 * makes of the odds. */
#include "matcher/command/cmd_explain_internal.h"
#include "matcher/model/model_kinds.h"
#include "matcher/report/model_pair.h"
#include "matcher/run/run_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "%-10s"
#define NAME_WIDTH 16
#define BAR_WIDTH 16 /* characters, a bit each */

/* What each column adds; returns how many these are. */
static uint32_t weigh(const struct explain *x, struct model_pair_column w[MODEL_MAX_COLUMNS])
{
    struct model_pairs p;
    model_pairs_open(&p, x->r);
    return model_pair_weigh(&p, x->row, x->term, w);
}

/* ---- Text ------------------------------------------------------------------------------------*/

/* A bit is a sign: +++ or ---, and > where there are more. */
static void bar_of(double bits, char bar[BAR_WIDTH + 1])
{
    const double n = fmin(floor(fabs(bits) + 0.5), BAR_WIDTH + 1);
    memset(bar, 0, BAR_WIDTH + 1);
    memset(bar, bits < 0 ? '-' : '+', (size_t)fmin(n, BAR_WIDTH));
    if (n > BAR_WIDTH)
        bar[BAR_WIDTH - 1] = '>';
}

/* A line of numbers; `why` is NULL where it is no column. */
static void print_line(const char *label, const char *name, double bits, bool related,
                       double related_bits, const struct model_pair_column *why, FILE *f)
{
    char bar[BAR_WIDTH + 1];
    bar_of(bits, bar);
    fprintf(f, LABEL "%-*.*s %+7.2f", label, NAME_WIDTH, NAME_WIDTH, name, bits);
    if (related)
        fprintf(f, " %+7.2f", related_bits);
    if (why) {
        fprintf(f, "  %-*s ", BAR_WIDTH, bar);
        model_pair_print_why(why, f);
    } else if (*bar)
        fprintf(f, "  %s", bar);
    putc('\n', f);
}

/* 0.99998 as people say it. */
static void print_odds(double bits, FILE *f)
{
    if (fabs(bits) < 0.05)
        fputs("even odds that they match\n", f);
    else if (bits > 0)
        fprintf(f, "%.3g to 1 that they match\n", exp2(bits));
    else
        fprintf(f, "%.3g to 1 that they do not match\n", exp2(-bits));
}

void explain_print_model(const struct explain *x)
{
    const struct model *m = &x->r->model.model;
    const bool related = model_has_related(m);
    struct model_pair_column w[MODEL_MAX_COLUMNS];
    const uint32_t n = weigh(x, w);
    const struct model_pair_score s = model_pair_score(m, w);
    if (related)
        fprintf(x->out, LABEL "%-*s %7s %7s\n", "", NAME_WIDTH, "against", "random", "related");
    print_line("bits", "before a look", m->prior_bits, related, m->related_bits, NULL, x->out);
    for (uint32_t i = 0; i < n; i++)
        print_line("", w[i].column->name[0], w[i].is.bits, related, w[i].is.related_bits, &w[i],
                   x->out);
    if (related)
        print_line("", "sum", s.random, related, s.related, NULL, x->out);
    fprintf(x->out, LABEL "%-*s %+7.2f  ", "score", NAME_WIDTH, "", x->score);
    print_odds(x->score, x->out);
}

/* ---- JSON ------------------------------------------------------------------------------------*/

static json_t *column_json(const struct model_pair_column *w, bool related)
{
    const bool missing = w->is.missing;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:f, s:o}", "a", w->column->name[0], "b",
                     w->column->name[1], "kind", w->column->kind->name, "metric", w->column->metric,
                     "value", json_number(w->value), "level",
                     missing ? json_null() : json_integer(w->is.level), "frequency",
                     json_number(w->is.rare ? w->share : (double)NAN), "bits", w->is.bits,
                     "related_bits", json_number(related ? w->is.related_bits : (double)NAN));
}

json_t *explain_model_json(const struct explain *x)
{
    const struct model *m = &x->r->model.model;
    const bool related = model_has_related(m);
    struct model_pair_column w[MODEL_MAX_COLUMNS];
    const uint32_t n = weigh(x, w);
    const struct model_pair_score s = model_pair_score(m, w);
    json_t *columns = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(columns, column_json(&w[i], related));
    return json_pack("{s:f, s:o, s:o, s:f, s:o, s:f, s:f}", "prior_bits", m->prior_bits,
                     "related_prior_bits", json_number(related ? m->related_bits : (double)NAN),
                     "columns", columns, "random_bits", s.random, "related_bits",
                     json_number(related ? s.related : (double)NAN), "score", x->score, "posterior",
                     1 / (1 + exp2(-x->score)));
}
