/* What `axb topology` shows, and its words for people. */
#include "core/log.h"
#include "core/machine/topology_internal.h"

#include <stdlib.h>

static const char *model_of(const struct topo *t)
{
    hwloc_obj_t package = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (!model)
        model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(t->hwloc), "CPUModel");
    return model ? model : "unknown processor";
}

static void describe_caches(const struct topo *t, struct topo_facts *facts)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE,
                                             HWLOC_OBJ_L1CACHE};
    static const char *const names[] = {"L3", "L2", "L1d"};
    for (int i = 0; i < 3; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(t->hwloc, types[i], 0);
        if (!cache)
            continue;
        facts->cache[facts->n_caches].name = names[i];
        facts->cache[facts->n_caches].n = topo_count_of(t, types[i], 1);
        facts->cache[facts->n_caches++].bytes = cache->attr->cache.size;
    }
}

static void describe_kinds(const struct topo *t, struct topo_facts *facts)
{
    for (unsigned i = 0; i < t->n_units; i++) {
        const unsigned kind = t->unit[i].kind < TOPO_KINDS ? t->unit[i].kind : TOPO_KINDS - 1;
        facts->cores_of_kind[kind] += t->unit[i].sibling == 0;
        facts->n_kinds = kind >= facts->n_kinds ? kind + 1 : facts->n_kinds;
    }
}

void topo_describe(const struct topo *t, struct topo_facts *facts)
{
    *facts = (struct topo_facts){.model = model_of(t),
                                 .memory_bytes = hwloc_get_root_obj(t->hwloc)->total_memory,
                                 .packages = topo_count_of(t, HWLOC_OBJ_PACKAGE, 1)};
    topo_list_set(hwloc_topology_get_topology_cpuset(t->hwloc), facts->pus, sizeof facts->pus);
    describe_caches(t, facts);
    describe_kinds(t, facts);
}

/* "4 cores", "1 core". */
static void print_count(unsigned n, const char *one, const char *many, const char *after, FILE *out)
{
    fprintf(out, "%u %s%s", n, n == 1 ? one : many, after);
}

static void print_machine(const struct topo *t, const struct topo_facts *facts, FILE *out)
{
    char memory[32];
    fprintf(out, "machine   %s, %s of memory\n", facts->model,
            log_bytes((double)facts->memory_bytes, memory));
    if (t->described_by)
        fprintf(out, "          described by %s, not this machine: nothing is pinned\n",
                t->described_by);
}

static void print_given(const struct topo *t, const struct topo_facts *facts, FILE *out)
{
    char after[1100];
    snprintf(after, sizeof after, " (%s)\n", facts->pus);
    fputs("given     ", out);
    print_count(topo_numa_nodes(t), "NUMA node", "NUMA nodes", ", ", out);
    print_count(facts->packages, "package", "packages", ", ", out);
    print_count(topo_cores(t), "core", "cores", ", ", out);
    print_count(topo_pus(t), "processing unit", "processing units", after, out);
}

static void print_caches(const struct topo_facts *facts, FILE *out)
{
    char size[32];
    fputs("caches    ", out);
    for (unsigned i = 0; i < facts->n_caches; i++)
        fprintf(out, "%s%u x %s %s", i ? ", " : "", facts->cache[i].n, facts->cache[i].name,
                log_bytes((double)facts->cache[i].bytes, size));
    fputs(facts->n_caches ? "\n" : "unknown\n", out);
}

/* Where not all cores are equally fast. */
static void print_kinds(const struct topo_facts *facts, FILE *out)
{
    if (facts->n_kinds < 2)
        return;
    fputs("kinds     ", out);
    print_count(facts->cores_of_kind[0], "performance core", "performance cores", "", out);
    for (unsigned i = 1; i < facts->n_kinds; i++) {
        fputs(", then ", out);
        print_count(facts->cores_of_kind[i], "efficient core", "efficient cores", "", out);
    }
    putc('\n', out);
}

static void print_quota(const struct topo *t, FILE *out)
{
    if (t->quota.cpus > 0)
        fprintf(out, "quota     %.2f CPUs (%s)\n", t->quota.cpus, t->quota.by);
    else
        fputs("quota     none\n", out);
}

char *topo_use_text(const struct topo_use *use, char text[TOPO_USE_BYTES])
{
    const struct {
        unsigned n;
        const char *one, *many;
    } parts[] = {{use->packages, "package", "packages"},
                 {use->nodes, "NUMA node", "NUMA nodes"},
                 {use->l3_caches, "L3 cache", "L3 caches"},
                 {use->cores, "core", "cores"},
                 {use->units, "processing unit", "processing units"}};
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].n)
            at += (size_t)snprintf(text + at, TOPO_USE_BYTES - at, "%s%u %s", at ? ", " : "",
                                   parts[i].n, parts[i].n == 1 ? parts[i].one : parts[i].many);
    return text;
}

/* What the workers have, and where what they read lies. */
static void print_use(const struct topo *t, unsigned workers, FILE *out)
{
    const struct topo_use use = topo_used(t, workers);
    char text[TOPO_USE_BYTES];
    fputs("used      by ", out);
    print_count(workers, "worker", "workers", ": ", out);
    fprintf(out, "%s\n", topo_use_text(&use, text));
    switch (topo_memory_for(t, workers)) {
    case TOPO_MEMORY_ONE_NODE:
        fputs("memory    of one NUMA node\n", out);
        break;
    case TOPO_MEMORY_CHOSEN:
        fputs("memory    by the policy that axb was started with (numactl)\n", out);
        break;
    case TOPO_MEMORY_SPREAD:
        fprintf(out, "memory    what all workers read is spread over %u NUMA nodes\n", use.nodes);
        break;
    }
}

static void print_place(unsigned i, const struct topo_place *place, FILE *out)
{
    const struct topo_unit *u = &place->unit;
    char l3[16] = "-";
    if (!place->pus[0]) {
        fprintf(out, "%6u  %7s  %4s  %4s  %4s  any\n", i, "any", "any", "any", "any");
        return;
    }
    if (u->l3 != TOPO_NO_L3)
        snprintf(l3, sizeof l3, "%u", u->l3);
    fprintf(out, "%6u  %7u  %4u  %4s  %4u  %s\n", i, u->package, u->node, l3, u->core, place->pus);
}

static void print_workers(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out)
{
    struct topo_place *places = calloc(workers, sizeof *places);
    if (!places)
        return;
    topo_places(t, bind, workers, places);
    fprintf(out, "\n%6s  %7s  %4s  %4s  %4s  %s\n", "worker", "package", "node", "L3", "core",
            "processing units");
    for (unsigned i = 0; i < workers; i++)
        print_place(i, &places[i], out);
    free(places);
}

bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e)
{
    struct topo_facts facts;
    topo_describe(t, &facts);
    print_machine(t, &facts, out);
    print_given(t, &facts, out);
    print_caches(&facts, out);
    print_kinds(&facts, out);
    print_quota(t, out);
    fprintf(out, "workers   %u by default\n", topo_workers(t));
    if (bind != TOPO_BIND_NONE)
        print_use(t, workers, out);
    print_workers(t, bind, workers, out);
    return !ferror(out) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}
