/* `axb metrics`: the table of metrics, for people or as JSON. */
#include "core/wrap.h"
#include "matcher/metric/metric.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run_json.h"

#include <stdio.h>

#define NAME_COLUMNS 26

static json_t *views_json(const struct metric *m)
{
    json_t *views = json_array();
    static const char *const ends[] = {"distance", "similarity", "normalized_distance"};
    for (size_t i = 0; m->views && i < sizeof ends / sizeof *ends; i++)
        json_array_append_new(views, json_sprintf("%s_%s", m->name, ends[i]));
    return views;
}

static bool print_json(struct err *e)
{
    const struct metric *m;
    json_t *all = json_array();
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", m->name,
                                             "arguments", m->arguments, "range", m->range, "what",
                                             m->what, "views", views_json(m)));
    return json_print(all, e);
}

static bool run(const struct opts *o, struct err *e)
{
    const struct metric *m;
    if (o->json)
        return print_json(e);
    printf("%-*s range what it measures\n", NAME_COLUMNS, "metric");
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        char call[80];
        snprintf(call, sizeof call, "%s(COL%s)%s", m->name, m->arguments, m->views ? " *" : "");
        const int column = printf("%-*s %-5s ", NAME_COLUMNS, call, m->range);
        wrap_text(stdout, m->what, column, column, wrap_columns());
    }
    fputs("\n* also as NAME_distance, NAME_similarity and NAME_normalized_distance\n"
          "COL stands for the column of that name on both sides; a.COL, b.OTHER for two.\n"
          "A missing value scores 0 and has no distance; an empty one (\"\") is a value.\n",
          stdout);
    return true;
}

const struct command cmd_metrics = {
    .name = "metrics",
    .arguments = "",
    .topics = OPTS_JSON,
    .what = "list the metrics: name, range, what they measure",
    .examples = "axb metrics\naxb metrics --json | jq -r '.[].name'",
    .more = "",
    .run = run,
};
