/* `axb review --score model.axb`: the pairs of the file are scored by the model, so that those come
 * first of which it is unsure, and not many of one kind. */
#include "matcher/command/cmd_review_internal.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/report/model_pair.h"

#include <math.h>
#include <stdlib.h>

/* The pairs that are scored, and what comes of it. */
struct scoring {
    struct run *r;
    const struct questions *questions;
    struct terms terms;
    struct model_pairs model;
    double *bits; /* of each pair of the file */
    uint32_t *pattern;
};

static void score_pair(const struct scoring *s, uint64_t i)
{
    const uint32_t row[2] = {s->questions->row[0][i], s->questions->row[1][i]};
    struct model_pair_column w[MODEL_MAX_COLUMNS];
    double term[EXPR_MAX_TERMS];
    s->bits[i] = (double)NAN;
    s->pattern[i] = 0;
    if (row[0] == RECORD_IDS_NONE || row[1] == RECORD_IDS_NONE)
        return;
    terms_of_pair(&s->terms, row[0], row[1], term);
    const uint32_t n = model_pair_weigh(&s->model, row, term, w);
    s->bits[i] = model_pair_score(&s->r->model.model, w).score;
    s->pattern[i] = model_pair_pattern(w, n);
}

static bool score_pairs(struct scoring *s, struct err *e)
{
    const uint64_t n = questions_in_file(s->questions);
    s->bits = malloc((n + 1) * sizeof *s->bits);
    s->pattern = malloc((n + 1) * sizeof *s->pattern);
    if (!s->bits || !s->pattern)
        return err_set(e, ERR_OS, NULL, "not enough memory for the scores of the pairs");
    const bool ok = terms_open(&s->terms, &s->r->query.expr, &s->r->loaded.inputs.index, e);
    model_pairs_open(&s->model, s->r);
    for (uint64_t i = 0; ok && i < n; i++)
        score_pair(s, i);
    terms_close(&s->terms);
    return ok;
}

/* The options of a run over the tables: A and B follow the file of pairs. */
static struct opts run_options(const struct opts *o)
{
    struct opts own = *o;
    own.inputs = o->inputs + 1;
    own.n_inputs = o->n_inputs - 1;
    own.id = own.columns = own.output = NULL;
    return own;
}

bool review_score_by_model(const struct opts *o, struct questions *q, struct err *e)
{
    const struct opts own = run_options(o);
    const struct run_request request = {.self = own.n_inputs == 1, .unplanned = true};
    struct scoring s = {.r = calloc(1, sizeof *s.r), .questions = q};
    if (!s.r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const bool ok =
        run_open(s.r, &own, &request, e) && run_prepare(s.r, &request, e) && score_pairs(&s, e);
    run_close(s.r);
    free(s.r);
    questions_set_scores(q, s.bits, s.pattern);
    return ok;
}
