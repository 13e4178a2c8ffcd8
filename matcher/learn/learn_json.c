/* The members of what `axb learn --json` prints. They are named in axb-model(7). */
#include "matcher/learn/learn_json.h"

#include "core/string_builder.h"
#include "matcher/learn/learn_remarks.h"
#include "matcher/learn/learn_report.h"
#include "matcher/model/model_file.h"
#include "matcher/model/model_kinds.h"
#include "matcher/model/model_text.h"
#include "matcher/run/run_json.h"

#include <math.h>
#include <stdlib.h>

/* The text of its file says what a model is; so it is parsed here, and not made a second time. */
static json_t *model_json(const struct model *m)
{
    char *text = model_text(m, model_write);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return json;
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static json_t *bits_json(const double *bits, uint32_t n)
{
    json_t *all = json_array();
    for (uint32_t l = 0; l < n; l++)
        json_array_append_new(all, json_number(bits[l]));
    return all;
}

/* What a column is, and what its levels weigh. */
static json_t *column_json(const struct learned *l, uint32_t i)
{
    const struct model_column *c = &l->model.column[i];
    const struct learn_column *x = &l->columns.of[i];
    const struct model_bits bits = model_column_bits(c);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:[f, f], s:o, s:o, s:o, s:f, s:b}", "a", c->name[0], "b", c->name[1],
        "kind", c->kind->name, "metric", c->metric, "filled", x->filled[0], x->filled[1],
        "in_common", json_number(x->in_common > 0 ? x->in_common : (double)NAN), "bits",
        bits_json(bits.random, c->n_levels), "related_bits",
        model_has_related(&l->model) ? bits_json(bits.related, c->n_levels) : json_null(),
        "information_bits", l->belief.information_bits[i], "other_kind", (int)l->other[i]);
}

static json_t *columns_json(const struct learned *l)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < l->model.n_columns; i++)
        json_array_append_new(all, column_json(l, i));
    return all;
}

static json_t *left_out_json(const struct learned *l)
{
    static const char *const side[] = {"a", "b", NULL};
    json_t *all = json_array();
    for (uint32_t i = 0; i < l->columns.n_left_out; i++) {
        const struct left_out *x = &l->columns.left_out[i];
        json_array_append_new(all, json_pack("{s:s?, s:s, s:o}", "side", side[x->side], "column",
                                             x->name, "why", json_text(x->why)));
    }
    return all;
}

/* ---- Beliefs and doubts ----------------------------------------------------------------------*/

static json_t *beliefs_json(const struct learned *l)
{
    const struct fit_belief *b = &l->belief;
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "matches", b->matches, "explained",
                     b->explained, "accepted", b->accepted, "precision", b->precision, "recall",
                     b->recall, "several", b->several, "informative_columns",
                     (json_int_t)b->n_informative);
}

static json_t *remarks_json(const struct learned *l, bool doubts)
{
    struct learn_remarks r;
    json_t *all = json_array();
    learn_remarks(l, &r);
    for (uint32_t i = 0; i < r.n; i++)
        if (r.of[i].doubt == doubts)
            json_array_append_new(all, json_text(r.of[i].text));
    return all;
}

static json_t *seconds_json(const struct learned *l)
{
    const double *s = l->seconds;
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "columns", s[0], "random_pairs", s[1],
                     "candidates", s[2], "fit", s[3], "total", s[0] + s[1] + s[2] + s[3]);
}

static json_t *placeholders_json(const struct learned *l)
{
    const struct placeholders *p = &l->placeholders;
    return json_pack("{s:I, s:[I, I]}", "kinds", (json_int_t)p->kinds, "records",
                     (json_int_t)p->records[0], (json_int_t)p->records[1]);
}

static json_t *text_json(const struct learned *l)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f)
        learn_report(l, f);
    return json_built(&b);
}

/* ---- All -------------------------------------------------------------------------------------*/

json_t *learn_json(const struct learned *l)
{
    json_t *report = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:f, s:o, s:o}", "columns", columns_json(l),
        "left_out", left_out_json(l), "placeholders", placeholders_json(l), "beliefs",
        beliefs_json(l), "doubts", remarks_json(l, true), "advice", remarks_json(l, false),
        "candidates", (json_int_t)l->n_candidates, "records_sampled", (json_int_t)l->n_rows_sampled,
        "floor_bits", l->floor_bits, "seconds", seconds_json(l), "text", text_json(l));
    return json_pack("{s:o, s:o}", "model", model_json(&l->model), "report", report);
}
