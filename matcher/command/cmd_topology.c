/* `axb topology`: the cores we may use, and where workers would be pinned. */
#include "core/topology.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run_json.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *caches_json(const struct topo_facts *facts)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < facts->n_caches; i++)
        json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "name", facts->cache[i].name,
                                             "count", (json_int_t)facts->cache[i].n, "bytes",
                                             (json_int_t)facts->cache[i].bytes));
    return all;
}

/* Where each worker would be; one that may be anywhere has neither node nor core. */
static json_t *places_json(const struct topo_place *places, unsigned n)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < n; i++) {
        const struct topo_place *p = &places[i];
        const bool pinned = p->pus[0];
        json_array_append_new(
            all, json_pack("{s:o, s:o, s:o}", "node",
                           pinned ? json_integer((json_int_t)p->numa) : json_null(), "core",
                           pinned ? json_integer((json_int_t)p->core) : json_null(),
                           "processing_units", pinned ? json_string(p->pus) : json_null()));
    }
    return all;
}

static bool print_json(const struct topo *t, enum topo_bind bind, unsigned workers, struct err *e)
{
    struct topo_facts facts;
    struct topo_place *places = calloc(workers, sizeof *places);
    const double quota = topo_quota_cpus(t);
    if (!places)
        return err_set(e, ERR_OS, NULL, "not enough memory for the places of workers");
    topo_describe(t, &facts);
    topo_places(t, bind, workers, places);
    json_t *json = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:I, s:o}", "processor", facts.model,
        "memory_bytes", (json_int_t)facts.memory_bytes, "numa_nodes",
        (json_int_t)topo_numa_nodes(t), "packages", (json_int_t)facts.packages, "cores",
        (json_int_t)topo_cores(t), "processing_units", (json_int_t)topo_pus(t), "given", facts.pus,
        "caches", caches_json(&facts), "quota_cpus", quota > 0 ? json_number(quota) : json_null(),
        "default_workers", (json_int_t)topo_workers(t), "workers", places_json(places, workers));
    free(places);
    return json_print(json, e);
}

static bool run(const struct opts *o, struct err *e)
{
    struct topo *t = NULL;
    bool ok = topo_open(&t, NULL, e);
    const unsigned workers = !ok ? 0 : o->workers ? o->workers : topo_workers(t);
    ok = ok && (o->json ? print_json(t, o->bind, workers, e)
                        : topo_print(t, o->bind, workers, stdout, e));
    topo_close(t);
    return ok;
}

const struct command cmd_topology = {
    .name = "topology",
    .arguments = "",
    .topics = OPTS_WORKERS | OPTS_JSON,
    .what = "show cores, limits, and where workers are pinned",
    .examples = "axb topology\naxb topology -j 3",
    .more = "",
    .run = run,
};
