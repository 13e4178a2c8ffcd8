/* `axb check --json`: what check found out, for programs. Rows are from 0, as everywhere in what
 * programs read. */
#include "matcher/command/cmd_check_internal.h"
#include "matcher/run/run_json.h"

static json_t *scorer_json(const struct run *r)
{
    char text[512];
    if (r->query.scorer && r->query.goal.score == EXPR_NONE)
        return json_text(r->scorer.path);
    expr_print(&r->query.expr, r->query.goal.score, text, sizeof text);
    return json_string(text);
}

static json_t *fields_json(const struct run *r)
{
    static const char *const kinds[] = {"", "text", "number", "days"};
    json_t *all = json_array();
    for (size_t k = 0; k < r->scorer.n_fields; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        const struct load *l = sources_load(&r->sources, (int)f->side);
        json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "side", f->side ? "b" : "a",
                                             "column", l->names[f->column], "kind",
                                             f->kind ? kinds[f->kind] : "text"));
    }
    return all;
}

static json_t *examples_json(const struct check_scores *s)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < s->n_examples; i++)
        json_array_append_new(all,
                              json_pack("{s:I, s:I, s:o}", "row_a", (json_int_t)s->example[i].row_a,
                                        "row_b", (json_int_t)s->example[i].row_b, "score",
                                        json_number(s->example[i].score)));
    return all;
}

static json_t *scores_json(const struct check *c)
{
    const struct check_scores *s = &c->scores;
    const bool any = s->scored > 0;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "rows",
                     (json_int_t)s->rows, "pairs", (json_int_t)s->pairs, "excluded",
                     (json_int_t)s->excluded, "without_value", (json_int_t)s->none, "scored",
                     (json_int_t)s->scored, "reached",
                     c->r->opts->min_given ? json_integer((json_int_t)s->reached) : json_null(),
                     "least", any ? json_number(s->least) : json_null(), "median",
                     any ? json_number(s->median) : json_null(), "highest",
                     any ? json_number(s->highest) : json_null(), "examples", examples_json(s));
}

/* Of few pairs nothing is said. */
static json_t *speed_json(const struct check *c)
{
    const struct check_speed *s = &c->speed;
    if (s->few || !(s->pairs > 0))
        return json_null();
    return json_pack("{s:o, s:o, s:i, s:o, s:o}", "pairs", json_count(s->pairs), "seconds",
                     json_number(s->seconds), "workers", (int)c->r->plan.n_workers,
                     "pairs_a_second", json_number(s->pairs / s->seconds), "seconds_for_all",
                     json_number(s->seconds * s->all / s->pairs));
}

bool check_print_json(const struct check *c, struct err *e)
{
    return json_print(json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:b, s:b, s:b}}", "scorer",
                                scorer_json(c->r), "reads", fields_json(c->r), "all_pairs",
                                json_count(span_pairs(&c->r->span, &c->r->loaded.inputs)), "scores",
                                scores_json(c), "speed", speed_json(c), "skips", "where",
                                (int)c->skips_where, "monotone", (int)c->skips_monotone, "metrics",
                                (int)c->skips_metrics),
                      e);
}
