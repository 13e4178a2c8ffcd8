/* Lines for a terminal. */
#include "matcher/learn/learn_report.h"

#include "core/log.h"
#include "core/string_builder.h"
#include "core/wrap.h"
#include "data/text.h"
#include "matcher/learn/learn_remarks.h"
#include "matcher/model/model_kinds.h"
#include "matcher/report/report_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 16
#define WIDTH 80

/* ---- The columns -----------------------------------------------------------------------------*/

static void print_bits(const struct model_column *c, FILE *f)
{
    const struct model_bits bits = model_column_bits(c);
    for (uint32_t l = 0; l < c->n_levels; l++)
        fprintf(f, " %5.1f", bits.random[l]);
}

static void print_column(const struct model_column *c, const struct learn_column *x, FILE *f)
{
    char name[2 * NAME_WIDTH];
    const bool same = strcmp(c->name[0], c->name[1]) == 0;
    snprintf(name, sizeof name, "%s%s%s", c->name[0], same ? "" : "=", same ? "" : c->name[1]);
    const size_t shown = text_valid_prefix(name, strnlen(name, NAME_WIDTH));
    fprintf(f, "  %-*.*s %-8s %-12s %3.0f %%", NAME_WIDTH, (int)shown, name, c->kind->name,
            c->metric, 100 * fmin(x->filled[0], x->filled[1]));
    print_bits(c, f);
    putc('\n', f);
    if (x->in_common > 0)
        fprintf(f, "  %*s a.%s and b.%s have %.0f %% of their values in common\n", NAME_WIDTH, "",
                c->name[0], c->name[1], 100 * x->in_common);
}

static void print_left_out(const struct learned *l, FILE *f)
{
    static const char *const side[] = {"a.", "b.", ""};
    for (uint32_t i = 0; i < l->columns.n_left_out; i++) {
        const struct left_out *x = &l->columns.left_out[i];
        fprintf(f, "%s %s%s: %s\n", i ? "         " : "left out:", side[x->side], x->name, x->why);
    }
}

/* The values of a placeholder that has some: Test, Patient, 2000-01-01. */
static void put_values(const struct model *m, const struct model_placeholder *x, FILE *f)
{
    const char *between = "";
    for (uint32_t i = 0; i < m->n_columns; i++) {
        if (!x->value[i])
            continue;
        fprintf(f, "%s%s", between, x->value[i]);
        between = ", ";
    }
}

/* The placeholder that has the most values shows best what one is. */
static const struct model_placeholder *example_of(const struct model *m)
{
    uint32_t best = 0, most = 0;
    for (uint32_t i = 0; i < m->n_placeholders; i++) {
        uint32_t n = 0;
        for (uint32_t k = 0; k < m->n_columns; k++)
            n += m->placeholder[i].value[k] != NULL;
        best = n > most ? i : best;
        most = n > most ? n : most;
    }
    return &m->placeholder[best];
}

/* What is left out of both files because it stands for nobody. */
static void print_placeholders(const struct learned *l, FILE *f)
{
    const struct model *m = &l->model;
    const struct placeholders *p = &l->placeholders;
    struct string_builder b;
    char n[2][32];
    if (!m->n_placeholders)
        return;
    FILE *text = string_builder_open(&b);
    if (!text)
        return;
    fprintf(text, "left out: %s records%s", log_count((double)p->records[0], n[0]),
            l->self ? "" : " of A and ");
    if (!l->self)
        fprintf(text, "%s of B", log_count((double)p->records[1], n[1]));
    fputs(" that stand for nobody, such as ", text);
    put_values(m, example_of(m), text);
    fputs("; --keep-placeholders keeps them", text);
    if (p->kinds > m->n_placeholders)
        fprintf(text, ". %llu rarer kinds stay in",
                (unsigned long long)(p->kinds - m->n_placeholders));
    char *line = string_builder_end(&b);
    if (line)
        wrap_text(f, line, 0, 10, WIDTH);
    free(line);
}

static void print_columns(const struct learned *l, FILE *f)
{
    fprintf(f, "  %-*s %-8s %-12s %5s  bits, from differing to equal values\n", NAME_WIDTH,
            "column", "kind", "metric", "have");
    for (uint32_t i = 0; i < l->model.n_columns; i++)
        print_column(&l->model.column[i], &l->columns.of[i], f);
    print_left_out(l, f);
    print_placeholders(l, f);
}

/* ---- What labels say -------------------------------------------------------------------------*/

static void print_quality(const char *what, const struct fit_quality *q, FILE *f)
{
    fprintf(f, "%s precision %.3f, recall %.3f, F1 %.3f\n", what, q->precision, q->recall, q->f1);
}

static void print_missed(const struct truth_fitted *t, FILE *f)
{
    char n[32];
    if (t->n_other_matches)
        fprintf(f, "%s labelled %s no candidate%s: they resemble a match too little to be found.\n",
                log_count((double)t->n_other_matches, n),
                t->n_other_matches == 1 ? "match is" : "matches are",
                t->n_other_matches == 1 ? "" : "s");
    if (t->n_left_out)
        fprintf(f,
                "%s of these are of records that are not looked at; the others stand for them.\n",
                log_count((double)t->n_left_out, n));
}

static void print_labelled(const struct learned *l, FILE *f)
{
    const struct truth_fitted *t = &l->labelled;
    char labels[32], matches[32];
    if (t->complete)
        fprintf(f, "fitted to all %s pairs that match.\n",
                log_count((double)t->n_matches, matches));
    else
        fprintf(f, "fitted with %s labelled pairs, of which %s match.\n",
                log_count((double)t->n_labels, labels), log_count((double)t->n_matches, matches));
    print_missed(t, f);
    if (!t->has_threshold) {
        fputs("The threshold stays at 0 bits: to find one takes 10 matches.\n", f);
        return;
    }
    fprintf(f, "The threshold is %.4g bits, where F1 is greatest.\n", t->threshold_bits);
    if (t->complete) {
        print_quality("On these labels:              ", &t->seen, f);
        print_quality("On labels that it did not see:", &t->crossed, f);
    } else
        print_quality("Expected of all pairs:", &t->seen, f);
}

/* ---- What is believed ------------------------------------------------------------------------*/

static void print_beliefs(const struct learned *l, FILE *f)
{
    char matches[32], candidates[32];
    const struct fit_belief *b = &l->belief;
    fprintf(f,
            "learned from %s pairs. The model expects %s matches, %.0f %% of what %s could have.\n",
            log_count((double)l->n_candidates, candidates), log_count(b->matches, matches),
            100 * b->explained, l->self ? "the table" : "the smaller file");
    if (l->fit.has_related)
        fprintf(f, "It tells %s related pairs, such as people of one household, from matches.\n",
                log_count(l->fit.k_related, matches));
    if (l->labelled.n_labels)
        print_labelled(l, f);
    else
        fprintf(f, "It believes that from %g bits on the precision is %.3f and the recall %.3f.\n",
                l->model.threshold_bits, b->precision, b->recall);
}

/* A doubt in lines that fit, after its label. */
static void print_remarks(const struct learned *l, FILE *f)
{
    static const char doubt[] = "doubt: ";
    struct learn_remarks r;
    learn_remarks(l, &r);
    for (uint32_t i = 0; i < r.n; i++) {
        const int label = r.of[i].doubt ? (int)sizeof doubt - 1 : 0;
        fputs(label ? doubt : "", f);
        wrap_text(f, r.of[i].text, label, label, WIDTH);
    }
}

void learn_report(const struct learned *l, FILE *f)
{
    print_columns(l, f);
    print_beliefs(l, f);
    print_remarks(l, f);
}

void learn_report_put_next(const struct learned *l, const struct opts *o, FILE *f)
{
    fprintf(f, "axb %s", l->self ? "dedupe" : "match");
    report_put_inputs(f, o);
    fputs(" --score ", f);
    opts_words_put(o->output, f);
    fputs(l->self ? " --clusters groups.csv" : " -o pairs.csv", f);
}

void learn_report_next(const struct learned *l, const struct opts *o, FILE *f)
{
    if (!o->output) {
        fputs("no model was written: -o model.axb keeps it\n", f);
        return;
    }
    fputs("next: ", f);
    learn_report_put_next(l, o, f);
    putc('\n', f);
}
