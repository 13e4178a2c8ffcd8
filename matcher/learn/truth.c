/* Labels by candidate: both lists are in the order of the rows. */
#include "matcher/learn/truth.h"

#include "matcher/inputs/sources.h"

#include <stdlib.h>
#include <string.h>

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

/* Few records have labels, and all of them are looked at. */
static bool list_rows(struct truth *t, struct err *e)
{
    const struct labels *labels = &t->labels;
    uint64_t n = 0;
    if (labels->complete)
        return true;
    t->row = malloc((labels->n + 1) * sizeof *t->row);
    if (!t->row)
        return out_of_memory(e);
    for (uint64_t i = 0; i < labels->n; i++)
        if (i == 0 || labels->pair[i].row[0] != labels->pair[i - 1].row[0])
            t->row[n++] = labels->pair[i].row[0];
    t->rows = (struct row_list){t->row, n};
    return true;
}

bool truth_open(struct truth *t, const char *path, const struct run *r, struct err *e)
{
    const bool self = r->sources.self;
    const struct record_ids *const ids[] = {&t->ids[0], &t->ids[!self]};
    const struct load_options reading = {.header = true};
    return open_ids(t, r, 0, e) && (self || open_ids(t, r, 1, e)) &&
           labels_read_truth(&t->labels, path, &reading, ids, e) &&
           (t->labels.n_match || err_set(e, ERR_DATA, "label some pairs that match",
                                         "%s: no pair of it is labelled as a match", path)) &&
           list_rows(t, e);
}

void truth_close(struct truth *t)
{
    free(t->row);
    labels_free(&t->labels);
    record_ids_close(&t->ids[0]);
    record_ids_close(&t->ids[1]);
}

/* ---- Labels of candidates --------------------------------------------------------------------*/

struct labelled {
    uint8_t *label;   /* [n] of the candidates */
    uint64_t n_match; /* of the candidates */
    uint64_t n_left_out, n_other_matches;
    struct fit_labels view;
};

static void labelled_close(struct labelled *l)
{
    free(l->label);
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
        l->n_match += l->label[i] == FIT_MATCH;
}

static bool labelled_open(const struct truth *t, const struct candidates *found, struct labelled *l,
                          struct err *e)
{
    *l = (struct labelled){.label = malloc(found->n + 1)};
    if (!l->label)
        return out_of_memory(e);
    set_labels(&t->labels, found, l);
    l->view = (struct fit_labels){l->label, NULL, (double)l->n_other_matches};
    return l->n_match > 0 ||
           err_set(e, ERR_DATA, "are these the files, is --id the column that the pairs name?",
                   "no pair that is labelled as a match resembles one: none of %llu is a candidate",
                   (unsigned long long)t->labels.n_match);
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

/* All pairs that match say where the threshold is if they are enough; with labels of some the model
 * says it where they do not. */
static struct truth_fitted fitted_of(const struct truth *t, const struct labelled *l,
                                     const struct fit_supervised *s)
{
    return (struct truth_fitted){.n_labels = t->labels.n,
                                 .n_matches = t->labels.n_match,
                                 .n_left_out = l->n_left_out,
                                 .n_other_matches = l->n_other_matches,
                                 .complete = t->labels.complete,
                                 .has_threshold = s->n_folds || !t->labels.complete,
                                 .threshold_bits = s->threshold_bits,
                                 .seen = s->seen,
                                 .crossed = s->crossed};
}

bool truth_fit_and_judge(const struct truth *t, const struct candidates *found,
                         const struct fit_options *options, uint64_t seed, struct fit *fit,
                         struct truth_fitted *fitted, struct err *e)
{
    const struct fit_data *data = &found->data;
    struct labelled l;
    struct fit_supervised s;
    const bool ok = labelled_open(t, found, &l, e) &&
                    (t->labels.complete ? fit_supervised(data, options, &l.view, seed, &s, e)
                                        : fit_partly_labelled(data, options, &l.view, &s, e));
    if (ok) {
        *fit = s.fit;
        *fitted = fitted_of(t, &l, &s);
    }
    labelled_close(&l);
    return ok;
}
