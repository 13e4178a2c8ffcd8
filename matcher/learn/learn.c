#include "matcher/learn/learn.h"

#include "core/log.h"
#include "core/string_builder.h"
#include "matcher/fit/fit.h"
#include "matcher/learn/comparisons.h"
#include "matcher/model/model_text.h"
#include "matcher/run/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- The model in the making -----------------------------------------------------------------*/

static void set_levels(struct model *m, const struct null_column *null)
{
    for (uint32_t i = 0; i < m->n_columns; i++) {
        struct model_column *c = &m->column[i];
        const struct fit_levels *v = &null[i].levels;
        c->n_levels = v->n_levels;
        for (uint32_t l = 0; l < v->n_levels; l++)
            c->level[l] = (struct model_level){
                .at_least = l == 0 ? 0 : l + 1 == v->n_levels ? 1 : v->cut[l - 1], .u = v->u[l]};
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

/* ---- Learning from the tables of a run -------------------------------------------------------*/

static bool fit_candidates(const struct opts *o, struct learned *l, const struct candidates *found,
                           struct err *e)
{
    const struct fit_options options = fit_defaults(o->one_to_one);
    log_phase("fitting", 0);
    if (!fit_model(&found->data, &options, NULL, &l->fit, e))
        return false;
    set_fit(&l->model, &l->fit, o->one_to_one);
    return fit_believe(&found->data, &l->fit, o->one_to_one, l->model.threshold_bits, &l->belief,
                       e);
}

static bool learn_from(const struct opts *o, struct run *r, struct learned *l, struct err *e)
{
    struct comparisons c;
    struct candidates found;
    const double start = log_seconds();
    if (!comparisons_make(&c, r, &l->model, e) || !null_find(&c, o->seed, l->null, e))
        return false;
    set_levels(&l->model, l->null);
    const double counted = log_seconds();
    bool ok = candidates_find(&c, l->null, o->seed, &found, e);
    const double searched = log_seconds();
    l->n_candidates = found.n;
    l->n_rows_sampled = found.n_rows_sampled;
    l->floor_bits = found.floor_bits;
    ok = ok && fit_candidates(o, l, &found, e);
    candidates_free(&found);
    log_progress_end();
    l->seconds[1] = counted - start;
    l->seconds[2] = searched - counted;
    l->seconds[3] = log_seconds() - searched;
    return ok;
}

/* Options of the run whose tables are learned from. */
static bool run_options(const struct opts *o, const struct model *m, struct opts *own, char **score,
                        char **rules, struct err *e)
{
    struct string_builder b;
    *own = *o;
    *score = comparisons_score(m);
    FILE *f = string_builder_open(&b);
    if (f)
        model_write_rules(m, f);
    *rules = string_builder_end(&b);
    if (!*score || !*rules)
        return out_of_memory(e);
    own->score = *score;
    own->normalize.n = (*rules)[0] != 0;
    own->normalize.text[0] = *rules;
    own->one_to_one = false;
    own->output = NULL;
    own->id = NULL;
    own->min_given = own->max_given = false;
    return true;
}

static bool learn_run(const struct opts *o, struct learned *l, struct err *e)
{
    const struct run_request request = {.self = l->self};
    struct opts own;
    char *score = NULL, *rules = NULL;
    struct run *r = calloc(1, sizeof *r);
    bool ok = r ? run_options(o, &l->model, &own, &score, &rules, e) : out_of_memory(e);
    if (ok) {
        ok = run_open(r, &own, &request, e) && run_prepare(r, &request, e) &&
             learn_from(o, r, l, e);
        run_close(r);
    }
    free(r);
    free(score);
    free(rules);
    return ok;
}

/* ---- All -------------------------------------------------------------------------------------*/

bool learn(const struct opts *o, bool self, struct learned *l, struct err *e)
{
    const double start = log_seconds();
    struct opts own = *o;
    *l = (struct learned){.self = self};
    if (!own.reading.nulls)
        own.reading.nulls = COLUMNS_NULLS;
    l->model.nulls = strdup(own.reading.nulls);
    if (!l->model.nulls)
        return out_of_memory(e);
    if (!columns_choose(&own, self, &l->model, &l->columns, e))
        return false;
    l->seconds[0] = log_seconds() - start;
    return learn_run(&own, l, e);
}

void learned_free(struct learned *l)
{
    model_free(&l->model);
    columns_free(&l->columns);
}
