/* The records of each cluster, from the cluster of each record.
 *
 * Clusters are numbered by their first record, so their members, one cluster after the other, are
 * the order of every file of clusters. */
#ifndef AXB_MATCHER_CLUSTER_MEMBERS_H
#define AXB_MATCHER_CLUSTER_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct members {
    uint32_t n_clusters;
    uint32_t *number; /* of each cluster, from 0, as long as all are there */
    uint32_t *begin;  /* n_clusters + 1: where each begins in `record` */
    uint32_t *record; /* the records of a cluster, ascending */
};

/* cluster[i] is the lowest record of the cluster of record i < n. False: no memory; members_free is
 * due in any case. */
bool members_make(struct members *m, const uint32_t *cluster, uint32_t n);
void members_free(struct members *m);

/* Leaves out the clusters of fewer records; the others keep their numbers. */
void members_keep(struct members *m, uint64_t least_records);

static inline uint32_t members_size(const struct members *m, uint32_t cluster)
{
    return m->begin[cluster + 1] - m->begin[cluster];
}

/* How many records all clusters have. */
static inline uint32_t members_records(const struct members *m)
{
    return m->begin[m->n_clusters];
}

/* What is said of clusters in the end. */
struct members_figures {
    uint64_t several;     /* clusters of two records or more */
    uint64_t records;     /* that are in these */
    uint32_t largest, at; /* records of the largest, and its number, from 0; 0: no records */
};
struct members_figures members_count(const struct members *m);

#endif
