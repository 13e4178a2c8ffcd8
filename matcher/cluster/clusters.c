/* Groups, cuts, writes. */
#include "matcher/cluster/clusters.h"

#include "core/log.h"
#include "matcher/cluster/cluster_lines.h"

#include <string.h>

static bool write_files(const struct clusters_request *q, const struct members *m,
                        const double *strength, struct err *e)
{
    log_phase("writing clusters", 0);
    return (!q->lines.out || cluster_lines_write(q->grouping.records, m, strength, q->lines.format,
                                                 q->lines.out, e)) &&
           (!q->golden.out || golden_write(q->rules, q->grouping.records, m, q->golden_rows,
                                           q->golden.format, q->golden.out, e));
}

static uint32_t size_class(uint32_t size)
{
    return size < 5 ? size - 1 : size < 10 ? 4 : size < 100 ? 5 : size < 1000 ? 6 : 7;
}

/* Takes a cluster among the largest, if it is one. */
static void show(struct clusters_result *r, const struct members *m, uint32_t c)
{
    const uint32_t size = members_size(m, c);
    uint32_t i = r->n_shown;
    while (i && r->shown[i - 1].size < size)
        i--;
    if (size < 2 || i == CLUSTERS_SHOWN)
        return;
    r->n_shown += r->n_shown < CLUSTERS_SHOWN;
    memmove(&r->shown[i + 1], &r->shown[i], (r->n_shown - i - 1) * sizeof *r->shown);
    r->shown[i] = (struct clusters_shown){.number = c, .size = size};
    const uint32_t n = size < CLUSTERS_SHOWN_RECORDS ? size : CLUSTERS_SHOWN_RECORDS;
    memcpy(r->shown[i].record, m->record + m->begin[c], n * sizeof *m->record);
}

/* How large clusters are, and which are the largest. */
static void look_at_sizes(struct clusters_result *r, const struct members *m)
{
    memset(r->of_size, 0, sizeof r->of_size);
    r->n_shown = 0;
    for (uint32_t c = 0; c < m->n_clusters; c++) {
        r->of_size[size_class(members_size(m, c))]++;
        show(r, m, c);
    }
}

bool clusters_write(const struct clusters_request *q, struct clusters_result *result, struct err *e)
{
    const double start = log_seconds();
    struct grouping g = {.cluster = NULL};
    struct members m = {0};
    log_phase("making clusters", 0);
    bool ok = grouping_make(&g, &q->grouping, e);
    ok = ok && (members_make(&m, g.cluster, q->grouping.records->n) ||
                err_set(e, ERR_OS, NULL, "not enough memory for the clusters"));
    if (ok) {
        result->figures = members_count(&m);
        look_at_sizes(result, &m);
        members_keep(&m, q->min_cluster);
        result->small = q->grouping.records->n - members_records(&m);
    }
    ok = ok && write_files(q, &m, g.strength, e);
    log_progress_end();
    members_free(&m);
    result->cut = g.cut;
    grouping_free(&g);
    result->seconds = log_seconds() - start;
    return ok;
}

void clusters_report(const struct clusters_result *r)
{
    const struct members_figures *f = &r->figures;
    char clusters[32], records[32];
    if (f->several == 0) {
        log_note("no two records belong together; %.2f s", r->seconds);
        return;
    }
    log_note("%s cluster%s of two records or more %s %s records; the largest, cluster %u, has %u; "
             "%.2f s",
             log_count((double)f->several, clusters), f->several == 1 ? "" : "s",
             f->several == 1 ? "holds" : "hold", log_count((double)f->records, records), f->at + 1,
             f->largest, r->seconds);
    if (r->small)
        log_note("%s record%s left out by --min-cluster", log_count((double)r->small, records),
                 r->small == 1 ? " is" : "s are");
}
