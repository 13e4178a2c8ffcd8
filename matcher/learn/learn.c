/* The steps of learning, each by its own module, and the choice between two kinds of a column. */
#include "matcher/learn/learn.h"

#include "core/log.h"
#include "matcher/fit/fit.h"
#include "matcher/fit/fit_weights.h"
#include "matcher/learn/comparisons.h"
#include "matcher/model/model_text.h"
#include "matcher/run/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_GAIN_BITS 1.0 /* for which a column changes its kind */
#define LEAST_M 1e-4        /* of a level */

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- The model in the making -----------------------------------------------------------------*/

/* Gives a column the levels of a comparison. */
static void set_levels(struct model_column *c, const struct fit_levels *v)
{
    c->n_levels = v->n_levels;
    for (uint32_t l = 0; l < v->n_levels; l++)
        c->level[l] = (struct model_level){.at_least = l == 0                 ? 0
                                                       : l + 1 == v->n_levels ? 1
                                                                              : v->cut[l - 1],
                                           .u = v->u[l]};
}

/* Each column begins with its first comparison. */
static void set_first(const struct comparisons *c, struct learned *l)
{
    for (uint32_t i = 0; i < l->model.n_columns; i++) {
        struct model_column *column = &l->model.column[i];
        l->which[i] = i;
        set_levels(column, &l->null[i]);
        if (column->rarity)
            column->rarest_bits = comparisons_rarest_bits(c, c->of[i].rarity);
    }
}

static void set_fit(struct model *m, const struct fit *fit, bool one_to_one)
{
    m->one_to_one = one_to_one;
    m->matches = fit->k;
    m->prior_bits = fit->prior_bits;
    m->related_pairs = fit->has_related ? fit->k_related : 0;
    m->related_bits = fit->has_related ? fit->related_prior_bits : 0;
    for (uint32_t i = 0; i < m->n_columns; i++)
        for (uint32_t l = 0; l < m->column[i].n_levels; l++) {
            m->column[i].level[l].m = fit->m[i][l];
            m->column[i].level[l].related = fit->has_related ? fit->h[i][l] : 0;
        }
}

/* ---- Kinds -----------------------------------------------------------------------------------*/

/* Sets m of the levels of a column from candidates, and returns what the column tells of a match,
 * in bits: the mean of its weights over matches (Kullback and Leibler, 1951). `weight` is how
 * likely each candidate matches. */
static double set_information(struct model_column *c, const uint8_t *level, const double *weight,
                              uint64_t n)
{
    double m[MODEL_MAX_LEVELS] = {0}, all = LEAST_M, bits = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (level[i] == FIT_MISSING)
            continue;
        m[level[i]] += weight[i];
        all += weight[i];
    }
    for (uint32_t l = 0; l < c->n_levels; l++) {
        c->level[l].m = fmax(m[l] / all, LEAST_M);
        bits += c->level[l].m * log2(c->level[l].m / c->level[l].u);
    }
    return bits;
}

/* How much its first comparison tells of the matches among the candidates, whose levels are known.
 */
static double first_information(const struct learned *l, uint32_t column,
                                const struct candidates *found, const double *weight)
{
    struct model_column as = l->model.column[column];
    return set_information(&as, found->level[column], weight, found->n);
}

/* The same of another comparison; *as is the column as it would be then. */
static bool other_information(const struct comparisons *c, const struct learned *l, uint32_t i,
                              const struct candidates *found, const double *weight,
                              struct model_column *as, double *bits, struct err *e)
{
    *as = l->model.column[c->of[i].column];
    set_levels(as, &l->null[i]);
    uint8_t *level = malloc(found->n + 1);
    const bool ok = level ? candidates_levels(c, i, as, found, level, e) : out_of_memory(e);
    *bits = ok ? set_information(as, level, weight, found->n) : 0;
    free(level);
    return ok;
}

static bool change_kind(const struct comparisons *c, struct learned *l, uint32_t i,
                        const struct model_column *as, struct err *e)
{
    const uint32_t number = c->of[i].column;
    struct model_column *column = &l->model.column[number];
    char *metric = strdup(c->of[i].metric);
    if (!metric)
        return out_of_memory(e);
    free(column->metric);
    column->metric = metric;
    column->kind = c->of[i].kind;
    l->which[number] = i;
    l->other[number] = true;
    column->n_levels = as->n_levels;
    memcpy(column->level, as->level, sizeof column->level);
    return true;
}

/* Takes for each column the kind that tells more of a match. */
static bool choose_kinds(const struct comparisons *c, struct learned *l,
                         const struct candidates *found, struct err *e)
{
    struct fit_weights w;
    struct model_column as;
    double *weight = malloc((found->n + 1) * sizeof *weight), bits;
    bool ok = weight || out_of_memory(e);
    fit_weights(found->column, &l->fit, &w);
    if (ok)
        fit_scores(&found->data, &w, weight);
    for (uint64_t i = 0; ok && i < found->n; i++)
        weight[i] = 1 / (1 + exp2(-weight[i]));
    for (uint32_t i = c->n_first; ok && i < c->n; i++) {
        const double first = first_information(l, c->of[i].column, found, weight);
        ok = other_information(c, l, i, found, weight, &as, &bits, e);
        if (ok && bits > first + LEAST_GAIN_BITS)
            ok = change_kind(c, l, i, &as, e);
    }
    free(weight);
    return ok;
}

/* ---- Learning from the tables of a run -------------------------------------------------------*/

/* What is asked. */
struct asked {
    const struct opts *opts;       /* as they were given, but with --null */
    const struct learn_look *look; /* NULL: nobody */
};

static bool show(const struct asked *q, const struct comparisons *c, const struct learned *l,
                 const struct candidates *found, struct err *e)
{
    return !q->look || q->look->at(q->look->context, l, found, c->run, e);
}

/* Fits the model to candidates; with the labels of --truth, if there are any. The last fit is
 * judged by them, too. */
static bool fit_to(const struct opts *o, const struct truth *t, struct learned *l, bool last,
                   const struct candidates *found, struct err *e)
{
    const struct fit_options options = fit_defaults(o->one_to_one);
    if (!o->truth)
        return fit_model(&found->data, &options, NULL, &l->fit, e);
    if (!last)
        return truth_fit(t, found, &options, &l->fit, e);
    if (!truth_fit_and_judge(t, found, &options, o->seed, &l->fit, &l->labelled, e))
        return false;
    if (l->labelled.has_threshold)
        l->model.threshold_bits = l->labelled.threshold_bits;
    return true;
}

/* Finds candidates by what is known so far, and fits the model to them. */
static bool pass(const struct opts *o, const struct comparisons *c, const struct truth *t,
                 struct learned *l, const struct candidates *earlier, struct candidates *found,
                 struct err *e)
{
    const struct candidates_asked asked = {
        .comparisons = c,
        .model = &l->model,
        .which = l->which,
        .earlier = earlier,
        .left_out = {l->placeholders.is_record[0], l->placeholders.is_record[l->self ? 0 : 1]},
        .also = t->rows,
        .seed = o->seed};
    const double start = log_seconds();
    if (!candidates_find(&asked, found, e))
        return false;
    const double searched = log_seconds();
    l->n_candidates = found->n;
    l->n_rows_sampled = found->n_rows_sampled;
    l->floor_bits = found->floor_bits;
    log_phase("fitting", 0);
    if (!fit_to(o, t, l, earlier, found, e))
        return false;
    set_fit(&l->model, &l->fit, o->one_to_one);
    l->seconds[2] += searched - start;
    l->seconds[3] += log_seconds() - searched;
    return true;
}

/* Twice: the first model says of which kind some columns are, and is the better guess. */
static bool learn_from(const struct asked *q, struct comparisons *c, const struct truth *t,
                       struct learned *l, struct err *e)
{
    const struct opts *o = q->opts;
    struct candidates first = {.n = 0}, found = {.n = 0};
    const double start = log_seconds();
    if (!null_find(c, o->seed, l->null, e))
        return false;
    l->seconds[1] = log_seconds() - start;
    set_first(c, l);
    const bool ok =
        pass(o, c, t, l, NULL, &first, e) && choose_kinds(c, l, &first, e) &&
        pass(o, c, t, l, &first, &found, e) &&
        fit_believe(&found.data, &l->fit, o->one_to_one, l->model.threshold_bits, &l->belief, e) &&
        show(q, c, l, &found, e);
    candidates_free(&first);
    candidates_free(&found);
    log_progress_end();
    return ok;
}

/* Options of the run whose tables are learned from. */
static bool run_options(const struct opts *o, const struct comparisons *c, const struct model *m,
                        struct opts *own, char **score, char **rules, struct err *e)
{
    *own = *o;
    *score = comparisons_score(c, m);
    *rules = model_text(m, model_write_rules);
    if (!*score || !*rules)
        return out_of_memory(e);
    own->score = *score;
    own->normalize.n = (*rules)[0] != 0;
    own->normalize.text[0] = *rules;
    own->one_to_one = false;
    own->output = NULL;
    own->id = o->truth || o->report ? o->id : NULL; /* by which labels and pages name records */
    own->min_given = own->max_given = false;
    return true;
}

/* Learns from a run that is prepared. */
static bool learn_prepared(const struct asked *q, struct comparisons *c, struct run *r,
                           struct learned *l, struct err *e)
{
    const struct opts *o = q->opts;
    struct truth t = {.labels.pair = NULL};
    const bool ok =
        comparisons_set_run(c, r, e) && (!o->truth || truth_open(&t, o->truth, r, e)) &&
        (o->keep_placeholders || placeholders_find(c, &l->model, &l->placeholders, e)) &&
        learn_from(q, c, &t, l, e);
    truth_close(&t);
    return ok;
}

static bool learn_run(const struct asked *q, struct comparisons *c, struct learned *l,
                      struct err *e)
{
    const struct run_request request = {.self = l->self, .unplanned = true};
    struct opts own;
    char *score = NULL, *rules = NULL;
    struct run *r = calloc(1, sizeof *r);
    bool ok = r ? run_options(q->opts, c, &l->model, &own, &score, &rules, e) : out_of_memory(e);
    if (ok) {
        ok = run_open(r, &own, &request, e) && run_prepare(r, &request, e) &&
             learn_prepared(q, c, r, l, e);
        run_close(r);
    }
    free(r);
    free(score);
    free(rules);
    return ok;
}

/* ---- All -------------------------------------------------------------------------------------*/

bool learn(const struct opts *o, bool self, const struct learn_look *look, struct learned *l,
           struct err *e)
{
    const double start = log_seconds();
    struct opts own = *o;
    struct comparisons c;
    *l = (struct learned){.self = self};
    if (!own.reading.nulls)
        own.reading.nulls = LEARN_NULLS;
    l->model.nulls = strdup(own.reading.nulls);
    if (!l->model.nulls)
        return out_of_memory(e);
    if (!learn_columns_choose(&own, self, &l->model, &l->columns, e))
        return false;
    l->seconds[0] = log_seconds() - start;
    const struct asked asked = {&own, look};
    const bool ok =
        comparisons_list(&c, &l->model, l->columns.asked, e) && learn_run(&asked, &c, l, e);
    comparisons_free(&c);
    return ok;
}

void learned_free(struct learned *l)
{
    placeholders_free(&l->placeholders);
    model_free(&l->model);
    learn_columns_free(&l->columns);
}
