/* The report of `axb eval` for programs. What the files do not have is an empty list or null. */
#include "core/string_builder.h"
#include "matcher/command/cmd_eval_internal.h"
#include "matcher/run/run_json.h"

static json_t *counts_json(const struct eval_counts *c)
{
    const double precision = eval_precision(c), recall = eval_recall(c);
    return json_pack("{s:I, s:I, s:I, s:f, s:f, s:f}", "pairs", (json_int_t)c->found, "true",
                     (json_int_t)c->truth, "both", (json_int_t)c->both, "precision", precision,
                     "recall", recall, "f1", eval_f1(precision, recall));
}

static json_t *step_json(const struct eval_step *s)
{
    json_t *step = counts_json(&s->counts);
    json_object_set_new(step, "min", json_number(s->min));
    return step;
}

static json_t *curve_json(const struct eval_report *r)
{
    json_t *all = json_array();
    for (size_t s = 0; s < r->n_steps; s++)
        json_array_append_new(all, step_json(&r->step[s]));
    return all;
}

static json_t *tags_json(const struct eval_report *r)
{
    json_t *all = json_array();
    for (size_t t = 0; t < r->n_tags; t++)
        json_array_append_new(
            all, json_pack("{s:o, s:I, s:I, s:f}", "tag", json_text(r->tag[t].name), "true",
                           (json_int_t)r->tag[t].all, "both", (json_int_t)r->tag[t].hit, "recall",
                           eval_share(r->tag[t].hit, r->tag[t].all)));
    return all;
}

static json_t *partners_json(const struct eval_report *r, const struct eval_partners *p)
{
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:I}", "with_true", (json_int_t)p->with_true,
                     "right", (json_int_t)p->right, "all_right", (json_int_t)p->all_right,
                     "best_right",
                     r->has_scores ? json_integer((json_int_t)p->best_right) : json_null(),
                     "with_found", (json_int_t)p->with_found, "wrong", (json_int_t)p->wrong);
}

/* Of two tables the records of each; of one table all of them, as "a". */
static json_t *records_json(const struct eval_report *r)
{
    json_t *all = json_pack("{s:o}", "a", partners_json(r, &r->partners[0]));
    if (!r->self)
        json_object_set_new(all, "b", partners_json(r, &r->partners[1]));
    return all;
}

static json_t *clusters_json(const struct eval_clusters *c)
{
    const double v = eval_f1(c->homogeneity, c->completeness);
    json_t *bcubed =
        json_pack("{s:f, s:f, s:f}", "precision", c->bcubed_precision, "recall", c->bcubed_recall,
                  "f1", eval_f1(c->bcubed_precision, c->bcubed_recall));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:f, s:f, s:f, s:f}", "records",
                     (json_int_t)c->n_records, "found", (json_int_t)c->n_clusters[0], "true",
                     (json_int_t)c->n_clusters[1], "same", (json_int_t)c->n_same, "largest_found",
                     (json_int_t)c->n_largest[0], "largest_true", (json_int_t)c->n_largest[1],
                     "bcubed", bcubed, "within", counts_json(&c->pairs), "adjusted_rand",
                     c->adjusted_rand, "homogeneity", c->homogeneity, "completeness",
                     c->completeness, "v_measure", v);
}

/* Of a truth that has labelled pairs: how many, and how many pairs were found without a label. */
static json_t *labels_json(const struct eval_labels *l)
{
    return l->are_there ? json_pack("{s:I, s:I}", "labelled", (json_int_t)l->n_labelled,
                                    "found_without", (json_int_t)l->n_found_without)
                        : json_null();
}

/* What is for people. */
static json_t *text_json(const struct eval_report *r)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        cmd_eval_print(r, out);
    return json_built(&b);
}

bool cmd_eval_print_json(const struct eval_report *r, struct err *e)
{
    json_t *json = counts_json(&r->all);
    json_object_set_new(json, "thresholds", curve_json(r));
    json_object_set_new(json, "best", r->has_scores ? step_json(&r->best) : json_null());
    json_object_set_new(json, "tags", tags_json(r));
    json_object_set_new(json, "tables", json_integer(r->self ? 1 : 2));
    json_object_set_new(json, "read_as",
                        json_pack("[s, s]", r->is_clusters[0] ? "clusters" : "pairs",
                                  r->is_clusters[1] ? "clusters" : "pairs"));
    json_object_set_new(json, "records", records_json(r));
    json_object_set_new(json, "clusters", clusters_json(&r->clusters));
    json_object_set_new(json, "labels", labels_json(&r->labels));
    json_object_set_new(json, "text", text_json(r));
    return json_print(json, e);
}
