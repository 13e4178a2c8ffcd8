/* Groups, cuts, writes. */
#include "matcher/cluster/clusters.h"

#include "core/log.h"
#include "matcher/cluster/cluster_lines.h"

static bool write_files(const struct clusters_request *q, const struct members *m,
                        const double *strength, struct err *e)
{
    log_phase("writing clusters", 0);
    return (!q->lines.out || cluster_lines_write(q->grouping.records, m, strength, q->lines.format,
                                                 q->lines.out, e)) &&
           (!q->golden.out || golden_write(q->rules, q->grouping.records, m, q->golden_rows,
                                           q->golden.format, q->golden.out, e));
}

bool clusters_write(const struct clusters_request *q, struct clusters_result *result, struct err *e)
{
    const double start = log_seconds();
    struct grouping g = {NULL};
    struct members m = {0};
    log_phase("making clusters", 0);
    bool ok = grouping_make(&g, &q->grouping, e);
    ok = ok && (members_make(&m, g.cluster, q->grouping.records->n) ||
                err_set(e, ERR_OS, NULL, "not enough memory for the clusters"));
    if (ok) {
        result->figures = members_count(&m);
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
