/* Records that belong together, from pairs of them.
 *
 * Records are numbered as found.h says, so that clusters of one table (rows.self) and of two are
 * the same. Each record is in one cluster, whose number is its lowest record; a record that belongs
 * to no other is a cluster of one. Not here: clusters that are too large (cluster_guard.h). */
#ifndef AXB_MATCHER_CHOOSE_CLUSTER_H
#define AXB_MATCHER_CHOOSE_CLUSTER_H

#include "core/err.h"
#include "matcher/choose/found.h"

#define CLUSTER_MOST_PAIRS (UINT32_MAX / 2) /* for cluster_complete and cluster_average */

/* Each function below sets cluster[r] for all found_records(rows) records. *found is only read.
 * They fail with ERR_OS if there is no memory. A score is any double but NaN. */

/* Records that a chain of pairs connects: union-find (Tarjan, 1975). 0 bytes of memory; time about
 * in proportion to the pairs. */
void cluster_connected(const struct found *found, struct found_rows rows, uint32_t *cluster);

/* Stars: the pairs are looked at by their scores, the best first, ties by row_a, then by row_b. If
 * both records are free, one becomes a centre and the other is attached to it. If one is a centre
 * and the other is free, that is attached. All else is passed over: an attached record attracts
 * nobody, so there are no chains. (CENTER: Haveliwala, Gionis and Indyk, 2000; Hassanzadeh and
 * Miller, 2009.) The centre is the record with more pairs, so that fewer records are left alone; of
 * equals the lower. 32 bytes of memory a pair, and 5 a record. */
bool cluster_best_link(const struct found *found, struct found_rows rows, enum choose_better better,
                       uint32_t *cluster, struct err *e);

/* Clusters in which each two records are a pair. Two clusters may be joined if all pairs across
 * them exist, and if they have no more than `max_size` records together; their linkage is the worst
 * score of these pairs. The two of the best linkage are joined first, those of equal linkage by the
 * number of the lower cluster, then of the other. (Complete linkage: Sørensen, 1948.) 56 bytes of
 * memory a pair, and 16 a record. Fails with ERR_OS where there are CLUSTER_MOST_PAIRS pairs or
 * more. */
bool cluster_complete(const struct found *found, struct found_rows rows, enum choose_better better,
                      uint32_t max_size, uint32_t *cluster, struct err *e);

/* The average score of the pairs across two clusters. */
struct cluster_average {
    double least; /* from it on they may be joined; above `floor` */
    double floor; /* what a pair counts at least, and one that does not exist */
};

/* The same, but the linkage of two clusters is the average score of all pairs across them, and they
 * may be joined if it reaches how->least. (Average linkage: Sokal and Michener, 1958. Where scores
 * are log-odds, to join while the average is above 0 is the greedy way to correlation clustering:
 * Bansal, Blum and Chawla, 2004.) Greater scores are better: among distances, a pair that does not
 * exist would count as the best one. Fails with ERR_USAGE if how->least is not above how->floor,
 * and with ERR_DATA if a score is infinite. */
bool cluster_average(const struct found *found, struct found_rows rows,
                     const struct cluster_average *how, uint32_t max_size, uint32_t *cluster,
                     struct err *e);

/* The strength of each record: the best score of its pairs with others of its cluster. NAN if it
 * has none, as in a cluster of one. */
void cluster_strength(const struct found *found, struct found_rows rows, enum choose_better better,
                      const uint32_t *cluster, double *strength);

#endif
