/* Looks at the items of a map before anything relies on their form. */
#include "matcher/engine/map_items.h"

#include <string.h>

struct head {
    char magic[8];
    uint64_t n_items, n_runs, unused[5];
    struct map_run run[];
};

/* Is each run where the one before it ends, with its items after that one's? */
static bool is_in_order(const struct head *head, uint64_t bytes)
{
    const struct map_run *run = head->run, *last = run + head->n_runs;
    const uint64_t begin = sizeof *head + (head->n_runs + 1) * sizeof *run;
    bool ok = head->n_runs > 0 && run->item == 0 && run->at == begin &&
              last->item == head->n_items && last->at <= bytes;
    for (; ok && run < last; run++)
        ok = run[0].item < run[1].item && run[0].at <= run[1].at;
    return ok;
}

bool map_items_view(struct map_items *items, struct shm_view view, struct err *e)
{
    const struct head *head = (const void *)view.base;
    const bool ok = view.bytes >= sizeof *head && memcmp(head->magic, MAP_ITEMS_MAGIC, 8) == 0 &&
                    head->n_runs < (view.bytes - sizeof *head) / sizeof *head->run &&
                    is_in_order(head, view.bytes);
    if (!ok)
        return err_set(e, ERR_SOFTWARE, "the program and the Python package must be of one version",
                       "the items of the map were handed over in a form that is not known");
    *items = (struct map_items){head->n_items, head->n_runs, head->run, view.base};
    return true;
}
