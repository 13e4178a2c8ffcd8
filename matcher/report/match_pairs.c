/* Pairs by their distance from the threshold. */
#include "matcher/report/match_pairs.h"

#include "core/string_builder.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/model_pair.h"
#include "matcher/report/report_pair.h"
#include "matcher/report/report_pick.h"

#include <math.h>
#include <stdlib.h>

#define NEAR REPORT_PICK_MOST /* pairs on each side of the threshold */
#define BEST 5u               /* of the best that are not the same */
#define BITS 2u               /* of each kind, whose bits are shown */

/* ---- Picking ---------------------------------------------------------------------------------*/

enum kind { ABOVE, BELOW, UNLIKE, KINDS };

struct picks {
    const struct run *r;
    const struct report_sample *s;
    struct report_picked of[KINDS];
};

/* How near a pair is to where its kind is looked for; the least is the first. */
static double distance_of(const struct picks *x, enum kind kind, double score)
{
    const double good = x->r->query.least ? -score : score;
    return kind == UNLIKE ? -good : fabs(score - x->s->threshold);
}

static void offer(struct picks *x, enum kind kind, const struct found_pair *pair)
{
    report_pick(&x->of[kind], x->r, pair, distance_of(x, kind, pair->score));
}

static void pick(struct picks *x)
{
    const struct found *found = &x->s->found;
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *pair = &found->pair[i];
        const bool above = report_reaches(&x->r->query, pair->score, x->s->threshold);
        offer(x, above ? ABOVE : BELOW, pair);
        if (above && !report_is_same(x->r, pair))
            offer(x, UNLIKE, pair);
    }
}

/* ---- The bits of a pair ----------------------------------------------------------------------*/

#define MOST_STEPS (MODEL_MAX_COLUMNS + 2)

/* What a column says of the pair: "0.93, at least 0.91"; malloced. */
static char *why_of(const struct model_pair_column *w)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f)
        model_pair_print_why(w, f);
    return string_builder_end(&b);
}

static void show_bits(struct page *p, const struct run *r, const struct terms *terms,
                      const struct found_pair *pair)
{
    const struct model *m = &r->model.model;
    const uint32_t row[2] = {pair->row_a, pair->row_b};
    struct model_pair_column w[MODEL_MAX_COLUMNS];
    struct chart_step step[MOST_STEPS];
    char *why[MODEL_MAX_COLUMNS];
    struct model_pairs pairs;
    double term[EXPR_MAX_TERMS];
    terms_of_pair(terms, row[0], row[1], term);
    model_pairs_open(&pairs, r);
    const uint32_t n = model_pair_weigh(&pairs, row, term, w);
    const struct model_pair_score score = model_pair_score(m, w);
    uint32_t k = 0;
    step[k++] = (struct chart_step){bytes_from("before a look"), m->prior_bits, NULL};
    for (uint32_t i = 0; i < n; i++) {
        why[i] = why_of(&w[i]);
        const char *name = w[i].column->name[0];
        step[k++] = (struct chart_step){bytes_from(name), w[i].is.bits, why[i]};
    }
    if (model_has_related(m))
        step[k++] = (struct chart_step){bytes_from("related records"), score.score - score.random,
                                        "as members of a household are"};
    chart_waterfall(p,
                    &(struct chart_waterfall){.about = {.title = "What each column adds, in bits"},
                                              .unit = "bits",
                                              .sum_name = "score",
                                              .step = step,
                                              .n = k,
                                              .mark = &m->threshold_bits,
                                              .mark_name = "threshold"});
    for (uint32_t i = 0; i < n; i++)
        free(why[i]);
}

/* ---- Showing ---------------------------------------------------------------------------------*/

static void show_kind(struct page *p, const struct picks *x, enum kind kind,
                      const struct terms *terms)
{
    static const char *const titles[] = {"Just above the threshold", "Just below the threshold",
                                         "The best that are not the same"};
    const struct report_picked *picked = &x->of[kind];
    if (picked->n == 0)
        return;
    page_heading(p, titles[kind]);
    for (uint32_t i = 0; i < picked->n; i++) {
        report_pair_found(p, x->r, &picked->pair[i], x->s->threshold);
        if (terms && i < BITS)
            show_bits(p, x->r, terms, &picked->pair[i]);
    }
}

static void say_whose(struct page *p, const struct picks *x)
{
    char whose[REPORT_SAMPLE_BYTES], floor[PAGE_NUMBER_BYTES];
    page_paragraph(p,
                   "To find them, %s were compared with all others once more, down to a score of "
                   "%s. Of their pairs the nearest to the threshold are shown, one of each record "
                   "and of each pair of values.",
                   report_sample_whose(x->s, x->r, whose), page_number(x->s->floor, floor));
    if (choice_leaves_out(&x->r->choice))
        page_note(p, "These are pairs by their scores alone, whatever the run keeps of them.");
    if (x->r->query.excluded != EXPR_NONE)
        page_note(p, "Pairs that the scorer's AXB_MONOTONE excludes are not among them.");
    if (x->s->floor == x->s->threshold)
        page_note(p, "Pairs below the threshold were not looked for, since they are too many.");
}

bool match_pairs(struct page *p, const struct run *r, const struct report_sample *s, struct err *e)
{
    struct terms terms;
    if (s->n_rows == 0)
        return true;
    struct picks *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    *x = (struct picks){
        r, s, {[ABOVE] = {.most = NEAR}, [BELOW] = {.most = NEAR}, [UNLIKE] = {.most = BEST}}};
    bool ok = !r->model.used || terms_open(&terms, &r->query.expr, &r->loaded.inputs.index, e);
    if (ok) {
        pick(x);
        page_section(p, "Pairs near the threshold");
        say_whose(p, x);
        for (int kind = 0; kind < KINDS; kind++)
            show_kind(p, x, (enum kind)kind, r->model.used ? &terms : NULL);
    }
    if (r->model.used)
        terms_close(&terms);
    free(x);
    return ok;
}
