/* `axb explain --json`: what is known of a pair, as one object. */
#include "core/string_builder.h"
#include "matcher/command/cmd_explain_internal.h"
#include "matcher/run/run_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 4096
#define LABEL_COLUMNS 10u /* before the text of a line, in print */

static json_t *record_json(const struct explain *x, int side)
{
    struct bytes id = {"", 0};
    const bool there = explain_id(x, side, &id);
    return json_pack("{s:o, s:I, s:o}", "name", json_text(sources_path(&x->r->sources, side)),
                     "row", (json_int_t)x->row[side], "id", json_bytes(there, id));
}

static json_t *steps_json(const struct explain *x, const struct explain_column *c,
                          const struct explain_values *v, struct err *e)
{
    struct explain_step *steps;
    size_t n;
    if (!explain_steps(x, c, v, &steps, &n, e))
        return NULL;
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct bytes text = {steps[i].text.p, (uint32_t)steps[i].text.n};
        json_array_append_new(
            all, json_pack("{s:s, s:o}", "rule", steps[i].rule, "value", json_bytes(true, text)));
    }
    explain_steps_free(steps, n);
    return all;
}

static json_t *columns_json(const struct explain *x, struct err *e)
{
    struct explain_column *c;
    size_t n;
    if (!explain_columns(x, &c, &n, e))
        return NULL;
    json_t *all = json_array();
    for (size_t i = 0; all && i < n; i++) {
        const struct explain_values v = explain_values(x, &c[i]);
        json_t *steps = steps_json(x, &c[i], &v, e);
        if (!steps) {
            json_decref(all);
            all = NULL;
            break;
        }
        json_array_append_new(all, json_pack("{s:s, s:s, s:o, s:o, s:o, s:b}", "side",
                                             c[i].side ? "b" : "a", "column", c[i].name, "value",
                                             json_bytes(v.there, v.original), "compared_as",
                                             json_bytes(v.left, v.compared), "steps", steps, "same",
                                             (int)v.same));
    }
    free(c);
    return all;
}

/* What is asked of a term is null where it may be anything. */
static json_t *term_json(const struct explain *x, uint32_t t, struct err *e)
{
    const struct expr_term *term = &x->x->term[t];
    const bool asked = explain_is_bounded(x) || x->query->goal.where != EXPR_NONE;
    const double need = asked ? expr_need(x->x, &x->query->goal, t, e) : (double)NAN;
    const bool asks = asked && expr_asks(term, need), possible = asks && expr_possible(term, need);
    char text[MAX_TEXT];
    if (asked && need != need)
        return NULL;
    expr_print_term(x->x, t, text, sizeof text);
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:b}", "term", text, "value", json_number(x->term[t]), "asks",
        metric_falls((enum metric_view)term->view) ? "<=" : ">=", "need",
        json_number(possible ? need : (double)NAN), "reached",
        asks ? json_boolean(possible && expr_reaches(term, x->term[t], need)) : json_null(),
        "possible", (int)(possible || !asks));
}

static json_t *terms_json(const struct explain *x, struct err *e)
{
    json_t *all = json_array();
    for (uint32_t t = 0; t < x->x->n_terms; t++) {
        json_t *term = term_json(x, t, e);
        if (!term) {
            json_decref(all);
            return NULL;
        }
        json_array_append_new(all, term);
    }
    return all;
}

/* A node and its parts. Of a subtrahend the value is negative, as it counts. */
static json_t *tree_json(const struct explain *x, struct explain_part at, bool truth)
{
    const struct expr_node *v = &x->x->node[at.node];
    const double value = x->eval.lo[at.node][0];
    struct explain_part part[EXPR_MAX_NODES];
    char text[MAX_TEXT], sign[2] = {at.sign, 0};
    const bool is_truth = truth || explain_is_truth(v->op);
    const bool parts_truth = v->op == EXPR_AND || v->op == EXPR_OR || v->op == EXPR_NOT;
    expr_print(x->x, at.node, text, sizeof text);
    json_t *parts = json_array();
    const size_t n = explain_parts(x->x, at.node, part);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(parts, tree_json(x, part[i], parts_truth));
    return json_pack("{s:s, s:s, s:o, s:o}", "text", text, "sign", sign, "value",
                     is_truth ? json_boolean(value == value && value != 0)
                              : json_number(at.sign == '-' ? 0 - value : value),
                     "parts", parts);
}

static json_t *score_json(const struct explain *x)
{
    const uint32_t score = x->query->goal.score;
    if (score != EXPR_NONE)
        return tree_json(x, (struct explain_part){score, 0}, false);
    return json_pack("{s:o, s:s, s:o, s:[]}", "text", json_text(x->r->scorer.path), "sign", "",
                     "value", json_number(x->score), "parts");
}

static json_t *where_json(const struct explain *x)
{
    const uint32_t where = x->query->asked_where;
    return where == EXPR_NONE ? json_null() : tree_json(x, (struct explain_part){where, 0}, true);
}

/* The lines of a text without their labels. */
static json_t *lines_json(const char *text)
{
    json_t *lines = json_array();
    while (*text) {
        const size_t n = strcspn(text, "\n");
        const size_t label = n < LABEL_COLUMNS ? n : LABEL_COLUMNS;
        json_array_append_new(lines, json_stringn(text + label, n - label));
        text += n + (text[n] == '\n');
    }
    return lines;
}

/* The text of all but the plan, and of the plan, which comes after it; NULL without memory. */
static bool print_texts(struct explain *x, json_t **text, json_t **plan, struct err *e)
{
    struct string_builder begin, end;
    x->out = string_builder_open(&begin);
    bool ok = !x->out || explain_print(x, e);
    *text = json_built(&begin);
    x->out = string_builder_open(&end);
    if (ok && x->out)
        explain_print_plan(x);
    *plan = json_built(&end);
    if (ok && *text && *plan)
        return true;
    json_decref(*text);
    json_decref(*plan);
    return ok ? err_set(e, ERR_OS, NULL, "not enough memory to print it as JSON") : false;
}

bool explain_print_json(struct explain *x, struct err *e)
{
    const struct expr_goal *goal = &x->query->goal;
    const bool has_value = x->score == x->score;
    json_t *columns = columns_json(x, e), *terms = columns ? terms_json(x, e) : NULL, *text, *plan;
    json_t *json =
        terms ? json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "a",
                          record_json(x, 0), "b", record_json(x, 1), "columns", columns, "terms",
                          terms, "score", score_json(x), "where", where_json(x), "min",
                          json_number(goal->threshold), "max", json_number(goal->most), "value",
                          json_number(x->score), "highest_min",
                          json_number(x->where ? x->score : (double)NAN), "lowest_max",
                          json_number(x->where ? x->score : (double)NAN), "match",
                          !has_value || !x->where ? json_false()
                          : explain_is_bounded(x) ? json_boolean(expr_goal_takes(goal, x->score))
                                                  : json_null())
              : NULL;
    if (!terms) {
        json_decref(columns);
        return false;
    }
    if (!print_texts(x, &text, &plan, e)) {
        json_decref(json);
        return false;
    }
    if (x->r->model.used)
        json_object_set_new(json, "model", explain_model_json(x));
    json_object_set_new(json, "plan", lines_json(json_string_value(plan)));
    json_object_set_new(json, "text",
                        json_sprintf("%s%s", json_string_value(text), json_string_value(plan)));
    json_decref(text);
    json_decref(plan);
    return json_print(json, e);
}
