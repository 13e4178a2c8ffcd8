/* `axb map`, for the Python package: a function called on each item of a list, by workers.
 *
 * The function and the items come as descriptors, in forms that the package knows (_ship.py,
 * _map.py), and the results go to one, in the order of the items. A user calls axb.map. */
#include "core/inherited.h"
#include "core/log.h"
#include "core/machine/topology.h"
#include "core/report.h"
#include "matcher/engine/coordinator.h"
#include "matcher/engine/map_items.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/scorer/scorer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What a map has open. */
struct map {
    struct scorer scorer;
    struct shm segment;
    struct map_items items;
    struct topo *topo;
    struct out out;
    bool out_open;
    struct result result;
};

static bool are_given(const struct opts *o, struct err *e)
{
    for (int i = 0; i < 2; i++)
        if (!inherited_is(o->inputs[i]))
            return err_set(e, ERR_USAGE, "axb.map of the Python package opens them, and calls axb",
                           "%s is not an open descriptor, such as fd:7", o->inputs[i]);
    return true;
}

static bool open_items(struct map *m, const char *path, struct err *e)
{
    const char *shown;
    int fd;
    if (!inherited_open(path, false, &fd, &shown, e))
        return false;
    fd = dup(fd);
    if (fd < 0)
        return err_system(e, ERR_OS, errno, NULL, "no descriptor for the items");
    if (!shm_attach(&m->segment, fd, false, e)) {
        close(fd);
        return false;
    }
    return map_items_view(&m->items, shm_view_of(&m->segment), e);
}

/* The engine asks tables for their rows: A has those of the items, B one. */
static bool carry_out(struct map *m, const struct opts *o, struct err *e)
{
    const struct table_head head[2] = {{.n_rows = m->items.n_items}, {.n_rows = 1}};
    const struct inputs inputs = {.table = {{.head = &head[0]}, {.head = &head[1]}}};
    const struct query query = {.scorer = &m->scorer};
    const unsigned workers = o->workers ? o->workers : topo_workers(m->topo);
    const struct plan plan = {.n_workers =
                                  workers < m->items.n_runs ? workers : (unsigned)m->items.n_runs};
    const struct sinks sinks = {.out = &m->out, .head_at = UINT64_MAX};
    const struct faults faults = {.rejects = NULL};
    const struct placement placement = {m->topo, o->bind};
    const struct job job = {&query, &inputs, &plan, &sinks, &faults, &placement};
    return coordinator_map(&job, &m->segment, m->items.n_runs, &m->result, e);
}

static void report(const struct map *m)
{
    char text[120];
    snprintf(text, sizeof text, "{\"items\": %llu, \"workers_replaced\": %llu}",
             (unsigned long long)m->items.n_items, (unsigned long long)m->result.replaced);
    report_result(text);
}

static void close_map(struct map *m)
{
    if (m->out_open)
        out_abort(&m->out);
    scorer_close(&m->scorer);
    shm_close(&m->segment);
    topo_close(m->topo);
}

static bool run(const struct opts *o, struct err *e)
{
    struct map m = {.scorer = {.fd = -1, .terms_fd = -1}, .segment.fd = -1};
    bool ok = are_given(o, e) && topo_open(&m.topo, NULL, e) &&
              scorer_make_map(o->inputs[0], &m.scorer, e) && open_items(&m, o->inputs[1], e) &&
              (m.out_open = out_open(&m.out, o->output, e)) && carry_out(&m, o, e);
    m.out_open = m.out_open && !(ok && out_commit(&m.out, e));
    ok = ok && !m.out_open;
    if (ok)
        report(&m);
    close_map(&m);
    return ok;
}

const struct command cmd_map = {
    .name = "map",
    .arguments = "fd:FUNCTION fd:ITEMS",
    .min_inputs = 2,
    .max_inputs = 2,
    .topics = OPTS_OUTPUT | OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES | OPTS_STARTER,
    .what = "call a Python function on many items; the Python package calls it",
    .examples = "axb map fd:3 fd:4 -o fd:5",
    .more = "axb.map of the Python package gives it a function, items and a place for results, all "
            "of them descriptors.",
    .for_programs = true,
    .run = run,
};
