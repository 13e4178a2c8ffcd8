/* A counting sort. */
#include "matcher/cluster/members.h"

#include <stdlib.h>
#include <string.h>

/* Numbers the clusters by their lowest records. Returns how many there are. */
static uint32_t number_clusters(const uint32_t *cluster, uint32_t n, uint32_t *number)
{
    uint32_t n_clusters = 0;
    for (uint32_t i = 0; i < n; i++)
        number[i] = cluster[i] == i ? n_clusters++ : number[cluster[i]];
    return n_clusters;
}

/* Puts the records of each cluster together. */
static void place_records(struct members *m, const uint32_t *number, uint32_t n)
{
    uint32_t *next = m->begin + 1; /* one ahead: each moves on to where its cluster ends */
    for (uint32_t i = 0; i < n; i++)
        next[number[i] + 1]++;
    for (uint32_t c = 0; c < m->n_clusters; c++)
        next[c + 1] += next[c];
    for (uint32_t i = 0; i < n; i++)
        m->record[next[number[i]]++] = i;
}

bool members_make(struct members *m, const uint32_t *cluster, uint32_t n)
{
    *m = (struct members){.record = malloc((n + 1ull) * sizeof *m->record)};
    uint32_t *number = calloc(n + 1ull, sizeof *number);
    if (!number || !m->record) {
        free(number);
        return false;
    }
    m->n_clusters = number_clusters(cluster, n, number);
    m->begin = calloc(m->n_clusters + 2ull, sizeof *m->begin);
    m->number = malloc((m->n_clusters + 1ull) * sizeof *m->number);
    if (m->begin && m->number)
        place_records(m, number, n);
    for (uint32_t c = 0; m->number && c < m->n_clusters; c++)
        m->number[c] = c;
    free(number);
    return m->begin && m->number;
}

void members_keep(struct members *m, uint64_t least_records)
{
    uint32_t kept = 0, end = 0;
    for (uint32_t c = 0; c < m->n_clusters; c++) {
        const uint32_t from = m->begin[c], size = members_size(m, c);
        if (size < least_records)
            continue;
        memmove(m->record + end, m->record + from, size * sizeof *m->record);
        m->number[kept] = m->number[c];
        m->begin[kept++] = end;
        end += size;
    }
    m->n_clusters = kept;
    m->begin[kept] = end;
}

void members_free(struct members *m)
{
    free(m->begin);
    free(m->number);
    free(m->record);
    *m = (struct members){0};
}

struct members_figures members_count(const struct members *m)
{
    struct members_figures f = {.several = 0};
    for (uint32_t c = 0; c < m->n_clusters; c++) {
        const uint32_t size = members_size(m, c);
        f.several += size > 1;
        f.records += size > 1 ? size : 0;
        if (size > f.largest) {
            f.largest = size;
            f.at = c;
        }
    }
    return f;
}
