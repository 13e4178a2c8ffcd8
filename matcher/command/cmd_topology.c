/* `axb topology`: the cores we may use, and where workers would be pinned. */
#include "core/topology.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>

static bool run(const struct opts *o, struct err *e)
{
    struct topo *t = NULL;
    bool ok = topo_open(&t, NULL, e) &&
              topo_print(t, o->bind, o->workers ? o->workers : topo_workers(t), stdout, e);
    topo_close(t);
    return ok;
}

const struct command cmd_topology = {
    .name = "topology",
    .arguments = "",
    .topics = OPTS_WORKERS,
    .what = "show cores, limits, and where workers are pinned",
    .examples = "axb topology\naxb topology -j 3",
    .more = "",
    .run = run,
};
