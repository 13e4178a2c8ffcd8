/* Prints the rows of the metric table. */
#include "matcher/command/cmd_metrics.h"

#include "matcher/metric/metric.h"

#include <string.h>

bool metrics_print(FILE *out, struct err *e)
{
    const struct metric *m;
    fprintf(out, "%-34s %-6s %s\n", "metric", "range", "what it measures");
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        char call[80];
        snprintf(call, sizeof call, "%s(COL%s)%s", m->name, m->arguments, m->views ? " *" : "");
        fprintf(out, "%-34s %-6s %s\n", call, m->range, m->what);
    }
    fputs("\n* also as NAME_distance, NAME_similarity and NAME_normalized_distance\n"
          "COL stands for the column of that name on both sides; a.COL, b.OTHER compares two.\n"
          "A missing value scores 0 and has no distance; an empty one (\"\") is a value.\n",
          out);
    return !ferror(out) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}
