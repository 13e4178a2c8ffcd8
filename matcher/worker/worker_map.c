/* The map stage: a Python function, called on each item of a run.
 *
 * A tile is a run of items. What comes out of it is a run of results, as the extension made it,
 * after its length: u64 bytes, then so many. Not here: what an item and a result are, which only
 * Python knows. */
#include "matcher/worker/worker_internal.h"

#include <string.h>

static bool work_map(struct worker *w, struct err *e)
{
    struct rows rows = {.w = w};
    if (!w->map)
        return err_set(e, ERR_SOFTWARE, NULL, "the function of a map is not for maps");
    while (rows_next(&rows)) {
        const struct map_run *run = w->items.run + rows.tile;
        uint64_t bytes;
        const char *results =
            w->map(w, run->item, w->items.base + run->at, run[1].at - run->at, &bytes);
        rows_flush(&rows, (const char *)&bytes, sizeof bytes, 0);
        rows_flush(&rows, results, bytes, (uint32_t)(run[1].item - run->item));
        rows_commit(&rows);
    }
    return true;
}

const struct stage_kind stage_map = {
    .what = "mapping",
    .work = work_map,
    .has_rows = true,
    .runs_module = true,
    .by_item = true,
};
