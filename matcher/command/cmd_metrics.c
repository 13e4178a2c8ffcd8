/* `axb metrics`: the table of metrics as people read it. */
#include "core/wrap.h"
#include "matcher/metric/metric.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>

#define NAME_COLUMNS 26

static bool run(const struct opts *o, struct err *e)
{
    const struct metric *m;
    (void)o, (void)e;
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
    .what = "list the metrics: name, range, what they measure",
    .examples = "axb metrics",
    .more = "",
    .run = run,
};
