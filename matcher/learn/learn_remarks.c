/* From beliefs to sentences, with the limits from which on something is said. */
#include "matcher/learn/learn_remarks.h"

#include <stdarg.h>
#include <stdio.h>

#define UNCERTAIN 0.4     /* share of the smaller file that is explained */
#define MANY_SEVERAL 0.15 /* share of the records with several partners */
#define LEAST_LIFT 8.0    /* of two columns that agree together */
#define MOST_LIFTS 3u     /* of which so much is said */

__attribute__((format(printf, 3, 4))) static void add(struct learn_remarks *r, bool doubt,
                                                      const char *format, ...)
{
    struct learn_remark *x = &r->of[r->n++];
    va_list list;
    va_start(list, format);
    vsnprintf(x->text, sizeof x->text, format, list);
    va_end(list);
    x->doubt = doubt;
}

static void doubt_columns(const struct learned *l, struct learn_remarks *r)
{
    const struct fit_belief *b = &l->belief;
    if (b->n_informative < 2)
        add(r, true,
            "%s tells matches from other pairs. Without a second column nothing confirms it; "
            "`axb suggest` looks for a gap in its scores.",
            b->n_informative ? "only one column" : "no column");
    if (b->explained < UNCERTAIN)
        add(r, true,
            "most records have no match that the model is sure of. Either few have one, or the "
            "columns do not tell; `axb review` shows uncertain pairs.");
}

static void doubt_dependences(const struct learned *l, struct learn_remarks *r)
{
    const struct fit_belief *b = &l->belief;
    const struct model *m = &l->model;
    for (uint32_t i = 0;
         i < b->n_dependences && b->dependence[i].lift > LEAST_LIFT && i < MOST_LIFTS; i++) {
        const struct fit_dependence *d = &b->dependence[i];
        add(r, true,
            "%.60s and %.60s agree together more often than by chance (%.0f times), so pairs that "
            "agree in both may be overrated.",
            m->column[d->column[0]].name[0], m->column[d->column[1]].name[0], d->lift);
    }
}

static const char *share_text(double share, char text[24])
{
    if (share < 0.0005)
        return "Hardly any";
    snprintf(text, 24, "%.1f %%", 100 * share);
    return text;
}

static void doubt_one_to_one(const struct learned *l, struct learn_remarks *r)
{
    const double several = l->belief.several;
    const bool one_to_one = l->model.one_to_one;
    if (l->self || one_to_one != (several >= MANY_SEVERAL))
        return;
    if (one_to_one)
        add(r, true,
            "%.0f %% of the records of A with a match have several, so perhaps the files are not "
            "one-to-one.",
            100 * several);
    else
        add(r, false,
            "%s of the records of A with a match have several: if no file has a record twice, "
            "--one-to-one makes the model better.",
            share_text(several, (char[24]){""}));
}

void learn_remarks(const struct learned *l, struct learn_remarks *r)
{
    r->n = 0;
    doubt_columns(l, r);
    doubt_dependences(l, r);
    doubt_one_to_one(l, r);
}
