/* `axb topology`: the cores we may use, and where workers would be pinned; as text, as JSON, as a
 * drawing. */
#include "core/machine/topology.h"
#include "core/machine/topology_svg.h"
#include "data/out.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ------------------------------------------------------------------------------------*/

static json_t *caches_json(const struct topo_facts *facts)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < facts->n_caches; i++)
        json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "name", facts->cache[i].name,
                                             "count", (json_int_t)facts->cache[i].n, "bytes",
                                             (json_int_t)facts->cache[i].bytes));
    return all;
}

static json_t *kinds_json(const struct topo_facts *facts)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < facts->n_kinds; i++)
        json_array_append_new(all, json_pack("{s:s, s:I}", "name", i ? "efficient" : "performance",
                                             "cores", (json_int_t)facts->cores_of_kind[i]));
    return all;
}

static json_t *l3_json(const struct topo_unit *u)
{
    return u->l3 == TOPO_NO_L3 ? json_null() : json_integer((json_int_t)u->l3);
}

/* Where each worker would be; one that may be anywhere has neither node nor core. */
static json_t *places_json(const struct topo_place *places, unsigned n)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < n; i++) {
        const struct topo_unit *u = &places[i].unit;
        json_array_append_new(all, places[i].pus[0]
                                       ? json_pack("{s:I, s:o, s:I, s:I, s:s}", "package",
                                                   (json_int_t)u->package, "l3", l3_json(u), "node",
                                                   (json_int_t)u->node, "core", (json_int_t)u->core,
                                                   "processing_units", places[i].pus)
                                       : json_pack("{s:n, s:n, s:n, s:n, s:n}", "package", "l3",
                                                   "node", "core", "processing_units"));
    }
    return all;
}

static json_t *units_json(const struct topo *t)
{
    json_t *all = json_array();
    const struct topo_unit *u = topo_units(t);
    for (unsigned i = 0; i < topo_pus(t); i++, u++)
        json_array_append_new(all, json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I}", "unit",
                                             (json_int_t)u->os, "core", (json_int_t)u->core, "l3",
                                             l3_json(u), "node", (json_int_t)u->node, "package",
                                             (json_int_t)u->package, "kind", (json_int_t)u->kind,
                                             "turn", (json_int_t)u->turn));
    return all;
}

static json_t *use_json(const struct topo *t, unsigned workers)
{
    static const char *const memory[] = {"one node", "chosen", "spread"};
    const struct topo_use use = topo_used(t, workers);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "packages", (json_int_t)use.packages,
                     "numa_nodes", (json_int_t)use.nodes, "l3_caches", (json_int_t)use.l3_caches,
                     "cores", (json_int_t)use.cores, "processing_units", (json_int_t)use.units,
                     "memory", memory[topo_memory_for(t, workers)]);
}

static bool print_json(const struct topo *t, enum topo_bind bind, unsigned workers, struct err *e)
{
    struct topo_facts facts;
    struct topo_place *places = calloc(workers, sizeof *places);
    const double quota = topo_quota_cpus(t);
    const char *other = topo_described_by(t);
    if (!places)
        return err_set(e, ERR_OS, NULL, "not enough memory for the places of workers");
    topo_describe(t, &facts);
    topo_places(t, bind, workers, places);
    json_t *json = json_pack(
        "{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "processor",
        json_text(facts.model), "described_by", other ? json_string(other) : json_null(),
        "memory_bytes", (json_int_t)facts.memory_bytes, "numa_nodes",
        (json_int_t)topo_numa_nodes(t), "packages", (json_int_t)facts.packages, "cores",
        (json_int_t)topo_cores(t), "processing_units", (json_int_t)topo_pus(t), "given", facts.pus,
        "caches", caches_json(&facts), "kinds", kinds_json(&facts), "quota_cpus",
        quota > 0 ? json_number(quota) : json_null(), "default_workers",
        (json_int_t)topo_workers(t), "workers", places_json(places, workers), "used",
        bind == TOPO_BIND_NONE ? json_null() : use_json(t, workers), "units", units_json(t));
    free(places);
    return json_print(json, e);
}

/* ---- The drawing -----------------------------------------------------------------------------*/

/* Into a file, or to stdout if `path` is NULL. */
static bool draw(const struct topo *t, enum topo_bind bind, unsigned workers, const char *path,
                 struct err *e)
{
    struct out out;
    char *svg = topo_svg(t, bind, workers);
    if (!svg)
        return err_set(e, ERR_OS, NULL, "not enough memory for the drawing");
    bool ok = out_open(&out, path, e);
    if (ok && !(out_write(&out, svg, strlen(svg), e) && out_commit(&out, e))) {
        out_abort(&out);
        ok = false;
    }
    free(svg);
    return ok;
}

/* ---- The verb --------------------------------------------------------------------------------*/

static void check(const struct opts *o, struct err *e)
{
    if (o->svg && o->json)
        options_mistake(o, e, "leave out one of them", "--svg and --json are two forms of output");
    if (!o->svg && o->n_inputs)
        options_mistake(o, e, "add --svg", "%s: only a drawing goes into a file", o->inputs[0]);
}

static bool run(const struct opts *o, struct err *e)
{
    struct topo *t = NULL;
    if (!topo_open(&t, NULL, e))
        return false;
    const unsigned workers = o->workers ? o->workers : topo_workers(t);
    topo_note_workers(t, workers);
    const bool ok = o->svg    ? draw(t, o->bind, workers, o->n_inputs ? o->inputs[0] : NULL, e)
                    : o->json ? print_json(t, o->bind, workers, e)
                              : topo_print(t, o->bind, workers, stdout, e);
    topo_close(t);
    return ok;
}

const struct command cmd_topology = {
    .name = "topology",
    .arguments = "[FILE]",
    .max_inputs = 1,
    .topics = OPTS_WORKERS | OPTS_JSON | OPTS_DRAW,
    .what = "show cores, limits, and where workers are pinned",
    .examples = "axb topology\naxb topology -j 3\naxb topology --svg machine.svg",
    .more = "Workers take the first processing units of all cores before any second one, and the "
            "fastest cores first. Among these, packages take turns, then the NUMA nodes of a "
            "package, then the L3 caches of a node. With HWLOC_XMLFILE or HWLOC_SYNTHETIC another "
            "machine is shown, and nothing is pinned.",
    .check = check,
    .run = run,
};
