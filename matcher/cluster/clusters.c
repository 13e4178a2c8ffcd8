/* Groups, cuts, writes. */
#include "matcher/cluster/clusters.h"

#include "core/log.h"
#include "matcher/cluster/cluster_lines.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
}

static uint32_t root(uint32_t *up, uint32_t i)
{
    while (up[i] != i)
        i = up[i] = up[up[i]];
    return i;
}

static bool group(const struct clusters_request *q, uint32_t **cluster, double **strength,
                  uint32_t *n_clusters, struct err *e)
{
    const uint32_t n = q->records->n;
    uint32_t *up = malloc((n + 1ull) * sizeof *up);
    double *best = malloc((n + 1ull) * sizeof *best);
    if (!up || !best)
        return no_memory(e);
    for (uint32_t i = 0; i < n; i++) {
        up[i] = i;
        best[i] = (double)NAN;
    }
    for (uint64_t k = 0; k < q->found->n; k++) {
        const struct found_pair *p = &q->found->pair[k];
        uint32_t a = root(up, p->row_a), b = root(up, p->row_b);
        up[a > b ? a : b] = a > b ? b : a;
        if (!(best[p->row_a] >= p->score))
            best[p->row_a] = p->score;
        if (!(best[p->row_b] >= p->score))
            best[p->row_b] = p->score;
    }
    *n_clusters = 0;
    for (uint32_t i = 0; i < n; i++)
        up[i] = up[i] == i ? (*n_clusters)++ : up[up[i]];
    *cluster = up;
    *strength = best;
    return true;
}

static bool write_files(const struct clusters_request *q, const struct members *m,
                        const double *strength, struct err *e)
{
    log_phase("writing clusters", 0);
    return (!q->lines.out ||
            cluster_lines_write(q->records, m, strength, q->lines.format, q->lines.out, e)) &&
           (!q->golden.out ||
            golden_write(q->rules, q->records, m, q->golden.format, q->golden.out, e));
}

bool clusters_write(const struct clusters_request *q, struct clusters_result *result, struct err *e)
{
    const double start = log_seconds();
    uint32_t *cluster = NULL, n_clusters = 0;
    double *strength = NULL;
    struct members m = {0};
    log_phase("making clusters", 0);
    bool ok = group(q, &cluster, &strength, &n_clusters, e);
    ok = ok && (members_make(&m, cluster, q->records->n, n_clusters) || no_memory(e));
    if (ok)
        result->figures = members_count(&m, CLUSTERS_LARGE);
    ok = ok && write_files(q, &m, strength, e);
    log_progress_end();
    members_free(&m);
    free(cluster);
    free(strength);
    result->seconds = log_seconds() - start;
    return ok;
}

void clusters_report(const struct clusters_result *r)
{
    const struct members_figures *f = &r->figures;
    char clusters[32], records[32], largest[60] = "";
    if (f->several)
        snprintf(largest, sizeof largest, "; the largest, cluster %u, has %u", f->at + 1,
                 f->largest);
    log_note("%s cluster%s of two records or more %s %s records%s; %.2f s",
             log_count((double)f->several, clusters), f->several == 1 ? "" : "s",
             f->several == 1 ? "holds" : "hold", log_count((double)f->records, records), largest,
             r->seconds);
}
