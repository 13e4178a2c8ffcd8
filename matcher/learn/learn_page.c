/* The sections of the model as a whole, and of how it was fitted. */
#include "matcher/learn/learn_page_internal.h"

#include "core/string_builder.h"
#include "matcher/learn/learn_remarks.h"
#include "matcher/learn/learn_report.h"
#include "matcher/model/model_kinds.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_data.h"
#include "matcher/report/report_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Words -----------------------------------------------------------------------------------*/

const char *learn_page_name(const struct model_column *c, char text[LEARN_PAGE_NAME_BYTES])
{
    const bool same = strcmp(c->name[0], c->name[1]) == 0;
    snprintf(text, LEARN_PAGE_NAME_BYTES, "%.90s%s%.90s", c->name[0], same ? "" : " = ",
             same ? "" : c->name[1]);
    return text;
}

const char *learn_page_level(const struct model_column *c, uint32_t level, char text[40])
{
    if (level + 1 == c->n_levels)
        return "equal";
    snprintf(text, 40, level ? "at least %.4g" : "below %.4g",
             c->level[level ? level : 1].at_least);
    return text;
}

/* ---- The head --------------------------------------------------------------------------------*/

static void put_head(struct page *p, const struct learn_page *x)
{
    const struct learned *l = x->learned;
    const struct truth_fitted *t = &l->labelled;
    char title[200], summary[400], matches[PAGE_NUMBER_BYTES];
    int n = snprintf(summary, sizeof summary, "The model expects %s matches. ",
                     page_number_count(l->belief.matches, matches));
    if (t->n_labels && t->has_threshold)
        snprintf(summary + n, sizeof summary - (size_t)n,
                 "From %.4g bits on, where F1 is greatest, precision is %.3f and recall %.3f %s.",
                 t->threshold_bits, t->seen.precision, t->seen.recall,
                 t->complete ? "on the labels" : "as expected of all pairs");
    else if (!t->n_labels)
        snprintf(summary + n, sizeof summary - (size_t)n,
                 "It believes that from %g bits on the precision is %.3f and the recall %.3f.",
                 l->model.threshold_bits, l->belief.precision, l->belief.recall);
    snprintf(title, sizeof title, "A model of %u columns%s", l->model.n_columns,
             l->self ? ", for duplicates" : "");
    report_head(p, x->opts, title, summary, x->started);
}

/* ---- The model -------------------------------------------------------------------------------*/

static void put_facts(struct page *p, const struct learned *l)
{
    const struct model *m = &l->model;
    const struct fit_belief *b = &l->belief;
    char n[PAGE_NUMBER_BYTES];
    page_fact(p, "learned from", "%s pairs", page_number_count((double)l->n_candidates, n));
    page_fact(p, "matches expected", "%s, %.0f %% of what %s could have",
              page_number_count(b->matches, n), 100 * b->explained,
              l->self ? "the table" : "the smaller file");
    if (l->fit.has_related)
        page_fact(p, "related pairs", "%s, such as people of one household",
                  page_number_count(l->fit.k_related, n));
    page_fact(p, "prior", "%.2f bits: %s to 1 that a pair does not match, before a look",
              m->prior_bits, page_number_count(exp2(-m->prior_bits), n));
    page_fact(p, "threshold", "%.4g bits", m->threshold_bits);
    if (!l->self)
        page_fact(p, "one to one", "%s", m->one_to_one ? "yes" : "no");
    page_fact(p, "time",
              "%.2f s for the columns, %.2f s for random pairs, %.2f s for candidates, %.2f s for "
              "the fit",
              l->seconds[0], l->seconds[1], l->seconds[2], l->seconds[3]);
}

static void put_columns(struct page *p, const struct learned *l)
{
    static const struct page_column columns[] = {
        {"column", false},     {"kind", false},        {"metric", false},
        {"cleaned by", false}, {"have a value", true}, {"tells of a match, bits", true}};
    char name[LEARN_PAGE_NAME_BYTES];
    page_table_begin(
        p, &(struct page_table){.caption = "What is compared", .column = columns, .n_columns = 6});
    for (uint32_t i = 0; i < l->model.n_columns; i++) {
        const struct model_column *c = &l->model.column[i];
        const struct learn_column *has = &l->columns.of[i];
        page_cell(p, "%s", learn_page_name(c, name));
        page_cell(p, "%s", c->kind->name);
        page_cell(p, "%s", c->metric);
        page_cell(p, "%s", c->rules);
        page_cell(p, "%.0f %%", 100 * fmin(has->filled[0], has->filled[1]));
        page_cell(p, "%.1f", l->belief.information_bits[i]);
    }
    page_table_end(p);
}

static void chart_information(struct page *p, const struct learned *l)
{
    char name[MODEL_MAX_COLUMNS][LEARN_PAGE_NAME_BYTES];
    struct chart_bar bar[MODEL_MAX_COLUMNS];
    for (uint32_t i = 0; i < l->model.n_columns; i++) {
        const char *text = learn_page_name(&l->model.column[i], name[i]);
        bar[i] =
            (struct chart_bar){bytes_from(text), round(10 * l->belief.information_bits[i]) / 10};
    }
    chart_bars(p, &(struct chart_bars){
                      .about = {"What each column tells of a match",
                                "Bits that a column adds to the score of a match, on average. One "
                                "bit makes the odds twice as high."},
                      .label_name = "column",
                      .value_name = "bits",
                      .bar = bar,
                      .n = l->model.n_columns});
}

static void put_left_out(struct page *p, const struct learned *l)
{
    static const char *const side[] = {"A", "B", "both"};
    static const struct page_column columns[] = {{"column", false}, {"of", false}, {"why", false}};
    if (!l->columns.n_left_out)
        return;
    page_table_begin(
        p, &(struct page_table){.caption = "Left out", .column = columns, .n_columns = 3});
    for (uint32_t i = 0; i < l->columns.n_left_out; i++) {
        const struct left_out *x = &l->columns.left_out[i];
        page_cell(p, "%s", x->name);
        page_cell(p, "%s", l->self ? "" : side[x->side]);
        page_cell(p, "%s", x->why);
    }
    page_table_end(p);
}

static void put_model(struct page *p, const struct learned *l)
{
    const struct placeholders *none = &l->placeholders;
    char n[2][PAGE_NUMBER_BYTES];
    page_section(p, "The model");
    put_facts(p, l);
    put_columns(p, l);
    chart_information(p, l);
    put_left_out(p, l);
    if (l->model.n_placeholders)
        page_note(p, "%s records of A and %s of B are left out, since they stand for nobody.",
                  page_number_count((double)none->records[0], n[0]),
                  page_number_count((double)none->records[1], n[1]));
}

/* ---- Doubts ----------------------------------------------------------------------------------*/

static void put_doubts(struct page *p, const struct learned *l)
{
    struct learn_remarks r;
    learn_remarks(l, &r);
    if (r.n)
        page_section(p, "What to doubt");
    for (uint32_t i = 0; i < r.n; i++)
        (r.of[i].doubt ? page_warning : page_note)(p, "%s", r.of[i].text);
}

/* ---- The fit ---------------------------------------------------------------------------------*/

/* The rounds of one phase as a line: phases of one kind may come twice, one after the other. */
static struct chart_series series_of(const struct fit *fit, enum fit_phase phase, const char *name,
                                     double *at, double *k)
{
    const uint32_t n = fit->rounds < FIT_MAX_ROUNDS ? fit->rounds : FIT_MAX_ROUNDS;
    struct chart_series s = {.name = name, .x = at, .y = k};
    for (uint32_t i = 0; i < n; i++)
        if (fit->round[i].phase == phase) {
            at[s.n] = i + 1;
            k[s.n++] = fit->round[i].k;
        }
    return s;
}

static void put_fit(struct page *p, const struct learned *l)
{
    static const char *const name[] = {
        [FIT_COMPETING] = "pairs of a record compete",
        [FIT_RELATED] = "with related pairs",
        [FIT_BIPARTITE] = "one to one",
        [FIT_COUNTING] = "several matches a record",
    };
    double at[4][FIT_MAX_ROUNDS], k[4][FIT_MAX_ROUNDS];
    struct chart_series series[4];
    uint32_t n = 0;
    for (uint32_t phase = FIT_COMPETING; phase <= FIT_COUNTING; phase++) {
        series[n] = series_of(&l->fit, phase, name[phase], at[phase], k[phase]);
        n += series[n].n > 0;
    }
    page_section(p, "How the fit went");
    page_fact(p, "rounds", "%u, with those that were tried and not taken", l->fit.rounds);
    page_fact(p, "steady at the end", "%s", l->fit.converged ? "yes" : "no");
    if (!l->fit.converged)
        page_warning(p, "The number of matches still changed in the last round.");
    chart_lines(p,
                &(struct chart_lines){
                    .about = {"Expected matches, round by round",
                              "Expectation and maximisation: each round judges the pairs by the "
                              "weights of the one before it. It ends once the number is steady."},
                    .x_name = "round",
                    .y_name = "matches",
                    .series = series,
                    .n_series = n,
                    .y_from_zero = true,
                    .points = true});
}

/* ---- What to run next ------------------------------------------------------------------------*/

static bool put_next(struct page *p, const struct learn_page *x, struct err *e)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f && x->opts->output)
        learn_report_put_next(x->learned, x->opts, f);
    char *command = string_builder_end(&b);
    if (!command)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    page_section(p, "What to run next");
    if (x->opts->called_as)
        page_paragraph(p, "axb.match, axb.dedupe and axb.explain take the model as score=model.");
    else if (*command)
        page_command(p, command);
    else
        page_note(p, "No model was written: -o model.axb keeps it.");
    free(command);
    return true;
}

/* ---- All -------------------------------------------------------------------------------------*/

bool learn_page_write(struct page *p, const struct learn_page *x, struct err *e)
{
    put_head(p, x);
    put_model(p, x->learned);
    put_doubts(p, x->learned);
    if (!learn_page_levels(p, x, e) || !learn_page_scores(p, x, e))
        return false;
    put_fit(p, x->learned);
    report_run_files(p, x->run);
    if (!report_data(p, x->run, e))
        return false;
    report_said(p);
    return put_next(p, x, e);
}
