/* Labels by candidate: both lists are in the order of the rows. */
#include "matcher/learn/truth.h"

#include "matcher/fit/fit_weights.h"
#include "matcher/inputs/sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAST_STRATUM 6 /* of the scores of labelled pairs: from -6 bits to 6, a bit each */
#define STRATA (2 * LAST_STRATUM + 1)

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the labels");
}

/* ---- The file --------------------------------------------------------------------------------*/

static bool open_ids(struct truth *t, const struct run *r, int side, struct err *e)
{
    const uint32_t column = side ? r->query.lines.id_b : r->query.lines.id_a;
    return record_ids_open(&t->ids[side], &r->loaded.inputs.table[side],
                           column == EMIT_ROW_NUMBER ? RECORD_IDS_BY_ROW : column,
                           sources_path(&r->sources, side), e);
}

bool truth_open(struct truth *t, const char *path, const struct run *r, struct err *e)
{
    const bool self = r->sources.self;
    const struct record_ids *const ids[] = {&t->ids[0], &t->ids[!self]};
    const struct load_options reading = {.header = true};
    return open_ids(t, r, 0, e) && (self || open_ids(t, r, 1, e)) &&
           labels_read_truth(&t->labels, path, &reading, ids, e) &&
           (t->labels.n_match || err_set(e, ERR_DATA, "label some pairs that match",
                                         "%s: no pair of it is labelled as a match", path));
}

void truth_close(struct truth *t)
{
    labels_free(&t->labels);
    record_ids_close(&t->ids[0]);
    record_ids_close(&t->ids[1]);
}

/* ---- Labels of candidates --------------------------------------------------------------------*/

struct labelled {
    uint8_t *label; /* [n] of the candidates */
    float *weight;  /* [n] */
    uint64_t n[2];  /* candidates that differ, and that match, by a label */
    uint64_t n_left_out, n_other_matches;
    struct fit_labels view;
};

static void labelled_close(struct labelled *l)
{
    free(l->label);
    free(l->weight);
}

/* Are the candidates of this row looked for? Rows are asked for in ascending order; *k is where the
 * last one was. */
static bool is_sampled(const struct candidates *found, uint32_t row, uint64_t *k)
{
    if (!found->row_sampled)
        return true;
    while (*k < found->n_rows_sampled && found->row_sampled[*k] < row)
        ++*k;
    return *k < found->n_rows_sampled && found->row_sampled[*k] == row;
}

static bool comes_before(const struct candidates *found, uint64_t i, const struct labelled_pair *p)
{
    return found->a[i] < p->row[0] || (found->a[i] == p->row[0] && found->b[i] < p->row[1]);
}

static void set_labels(const struct labels *labels, const struct candidates *found,
                       struct labelled *l)
{
    memset(l->label, labels->complete ? FIT_NO_MATCH : FIT_UNLABELLED, found->n);
    for (uint64_t k = 0, i = 0, row = 0; k < labels->n; k++) {
        const struct labelled_pair *p = &labels->pair[k];
        if (!is_sampled(found, p->row[0], &row)) {
            l->n_left_out++;
            continue;
        }
        while (i < found->n && comes_before(found, i, p))
            i++;
        const bool is_candidate =
            i < found->n && found->a[i] == p->row[0] && found->b[i] == p->row[1];
        if (is_candidate)
            l->label[i] = p->match ? FIT_MATCH : FIT_NO_MATCH;
        else
            l->n_other_matches += p->match;
    }
    for (uint64_t i = 0; i < found->n; i++)
        if (l->label[i] != FIT_UNLABELLED)
            l->n[l->label[i] == FIT_MATCH]++;
}

static bool labelled_open(const struct truth *t, const struct candidates *found, struct labelled *l,
                          struct err *e)
{
    *l = (struct labelled){.label = malloc(found->n + 1)};
    if (!l->label)
        return out_of_memory(e);
    set_labels(&t->labels, found, l);
    l->view = (struct fit_labels){l->label, NULL, (double)l->n_other_matches};
    return l->n[1] > 0 ||
           err_set(e, ERR_DATA, "are these the files, is --id the column that the pairs name?",
                   "no pair that is labelled as a match resembles one: none of %llu is a candidate",
                   (unsigned long long)t->labels.n_match);
}

/* ---- What a label stands for -----------------------------------------------------------------*/

static int stratum_of(double bits)
{
    return (int)lround(fmin(fmax(bits, -LAST_STRATUM), LAST_STRATUM)) + LAST_STRATUM;
}

/* The nearest stratum that has labels; of two the one with greater scores. */
static int nearest_labelled(const double labels[STRATA], int stratum)
{
    for (int far = 0; far < STRATA; far++) {
        if (stratum + far < STRATA && labels[stratum + far] > 0)
            return stratum + far;
        if (stratum - far >= 0 && labels[stratum - far] > 0)
            return stratum - far;
    }
    return stratum;
}

/* A label stands for the candidates of its stratum, and of those near it that have none. `bits` are
 * the scores of all candidates. */
static bool weigh_labels(const double *bits, uint64_t n, struct labelled *l, struct err *e)
{
    double pairs[STRATA] = {0}, labels[STRATA] = {0}, stands_for[STRATA] = {0};
    l->weight = malloc((n + 1) * sizeof *l->weight);
    if (!l->weight)
        return out_of_memory(e);
    for (uint64_t i = 0; i < n; i++) {
        pairs[stratum_of(bits[i])]++;
        labels[stratum_of(bits[i])] += l->label[i] != FIT_UNLABELLED;
    }
    for (int s = 0; s < STRATA; s++)
        stands_for[nearest_labelled(labels, s)] += pairs[s];
    for (uint64_t i = 0; i < n; i++) {
        const int s = stratum_of(bits[i]);
        l->weight[i] = labels[s] > 0 ? (float)(stands_for[s] / labels[s]) : 1;
    }
    l->view.weight = l->weight;
    return true;
}

static bool weigh(const struct candidates *found, const struct fit_options *options,
                  struct labelled *l, struct err *e)
{
    struct fit fit;
    struct fit_weights w;
    double *bits = malloc((found->n + 1) * sizeof *bits);
    bool ok = (bits || out_of_memory(e)) && fit_model(&found->data, options, &l->view, &fit, e);
    if (ok) {
        fit_weights(found->column, &fit, &w);
        fit_scores(&found->data, &w, bits);
        ok = weigh_labels(bits, found->n, l, e);
    }
    free(bits);
    return ok;
}

/* ---- Fitting ---------------------------------------------------------------------------------*/

bool truth_fit(const struct truth *t, const struct candidates *found,
               const struct fit_options *options, struct fit *fit, struct err *e)
{
    struct labelled l;
    const bool ok =
        labelled_open(t, found, &l, e) && fit_model(&found->data, options, &l.view, fit, e);
    labelled_close(&l);
    return ok;
}

/* Without both kinds of labels, and enough of them, a threshold would follow a few pairs. */
static struct truth_fitted fitted_of(const struct truth *t, const struct labelled *l,
                                     const struct fit_supervised *s)
{
    return (struct truth_fitted){.n_labels = t->labels.n,
                                 .n_matches = t->labels.n_match,
                                 .n_left_out = l->n_left_out,
                                 .n_other_matches = l->n_other_matches,
                                 .complete = t->labels.complete,
                                 .has_threshold = s->n_folds && l->n[0],
                                 .threshold_bits = s->threshold_bits,
                                 .n_folds = s->n_folds,
                                 .seen = s->seen,
                                 .crossed = s->crossed};
}

bool truth_fit_and_judge(const struct truth *t, const struct candidates *found,
                         const struct fit_options *options, uint64_t seed, struct fit *fit,
                         struct truth_fitted *fitted, struct err *e)
{
    struct labelled l;
    struct fit_supervised s;
    const bool ok = labelled_open(t, found, &l, e) &&
                    (t->labels.complete || weigh(found, options, &l, e)) &&
                    fit_supervised(&found->data, options, &l.view, seed, &s, e);
    if (ok) {
        *fit = s.fit;
        *fitted = fitted_of(t, &l, &s);
    }
    labelled_close(&l);
    return ok;
}
