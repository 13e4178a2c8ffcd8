/* A counting sort. */
#include "matcher/cluster/members.h"

#include <stdlib.h>

bool members_make(struct members *m, const uint32_t *cluster, uint32_t n, uint32_t n_clusters)
{
    *m = (struct members){.n_clusters = n_clusters,
                          .begin = calloc(n_clusters + 2ull, sizeof *m->begin),
                          .record = malloc((n + 1ull) * sizeof *m->record)};
    if (!m->begin || !m->record)
        return false;
    uint32_t *next = m->begin + 1; /* one ahead: each moves on to where its cluster ends */
    for (uint32_t i = 0; i < n; i++)
        next[cluster[i] + 1]++;
    for (uint32_t c = 0; c < n_clusters; c++)
        next[c + 1] += next[c];
    for (uint32_t i = 0; i < n; i++)
        m->record[next[cluster[i]]++] = i;
    return true;
}

void members_free(struct members *m)
{
    free(m->begin);
    free(m->record);
    *m = (struct members){0};
}

struct members_figures members_count(const struct members *m, uint64_t most)
{
    struct members_figures f = {.several = 0};
    for (uint32_t c = 0; c < m->n_clusters; c++) {
        const uint32_t size = members_size(m, c);
        f.several += size > 1;
        f.records += size > 1 ? size : 0;
        f.above += size > most;
        if (size > f.largest) {
            f.largest = size;
            f.at = c;
        }
    }
    return f;
}
