/* Each figure by a loop of its own. */
#include "tests/twin/twin_eval.h"

#include <math.h>
#include <string.h>

/* Which records are in one cluster: the transitive closure of the pairs (Warshall, 1962). */
typedef bool matrix[TWIN_EVAL_MOST][TWIN_EVAL_MOST];

static void close_pairs(const struct twin_eval *t, int which, matrix m)
{
    memcpy(m, t->part[which].pair, sizeof(matrix));
    for (unsigned k = 0; k < t->n; k++)
        for (unsigned i = 0; i < t->n; i++)
            for (unsigned j = 0; j < t->n; j++)
                m[i][j] = m[i][j] || (m[i][k] && m[k][j]);
    for (unsigned i = 0; i < t->n; i++)
        m[i][i] = true;
}

/* Do two records make a pair that counts? */
static bool counts_as_pair(const struct twin_eval *t, unsigned i, unsigned j)
{
    return t->self ? i < j : i < t->n_a && j >= t->n_a;
}

static struct eval_counts count_pairs(const struct twin_eval *t, matrix found, matrix truth)
{
    struct eval_counts c = {0};
    for (unsigned i = 0; i < t->n; i++)
        for (unsigned j = 0; j < t->n; j++)
            if (counts_as_pair(t, i, j)) {
                c.found += found[i][j];
                c.truth += truth[i][j];
                c.both += found[i][j] && truth[i][j];
            }
    return c;
}

static bool is_record(const struct twin_eval *t, unsigned i)
{
    return t->part[0].named[i] || t->part[1].named[i];
}

/* ---- Records ---------------------------------------------------------------------------------*/

static bool is_best_right(const struct twin_eval *t, unsigned i)
{
    const struct twin_eval_part *f = &t->part[0];
    unsigned best = TWIN_EVAL_MOST;
    for (unsigned j = 0; j < t->n; j++) {
        if (!f->pair[i][j] || isnan(f->score[i][j]))
            continue;
        const bool first = best == TWIN_EVAL_MOST;
        if (first || f->score[i][j] > f->score[i][best] ||
            (f->score[i][j] == f->score[i][best] && f->order[i][j] < f->order[i][best]))
            best = j;
    }
    return best < TWIN_EVAL_MOST && t->part[1].pair[i][best];
}

static void count_partners(const struct twin_eval *t, struct eval_partners counts[2])
{
    for (unsigned i = 0; i < t->n; i++) {
        struct eval_partners *c = &counts[!t->self && i >= t->n_a];
        unsigned found = 0, truth = 0, right = 0;
        for (unsigned j = 0; j < t->n; j++) {
            if (!counts_as_pair(t, i, j) && !counts_as_pair(t, j, i))
                continue;
            found += t->part[0].pair[i][j];
            truth += t->part[1].pair[i][j];
            right += t->part[0].pair[i][j] && t->part[1].pair[i][j];
        }
        c->with_true += truth > 0;
        c->right += right > 0;
        c->all_right += truth > 0 && right == truth;
        c->best_right += truth > 0 && is_best_right(t, i);
        c->with_found += found > 0;
        c->wrong += found > right;
    }
}

/* ---- Clusters --------------------------------------------------------------------------------*/

/* How many records are with record i in m, and in the other as well if it is not NULL. */
static unsigned together(const struct twin_eval *t, unsigned i, matrix m, matrix other)
{
    unsigned n = 0;
    for (unsigned j = 0; j < t->n; j++)
        n += is_record(t, j) && m[i][j] && (!other || other[i][j]);
    return n;
}

/* The lowest record of the cluster of record i stands for it. */
static bool is_lowest(const struct twin_eval *t, unsigned i, matrix m)
{
    unsigned j = 0;
    while (!(is_record(t, j) && m[i][j]))
        j++;
    return j == i;
}

static void count_clusters(const struct twin_eval *t, matrix m, matrix other, uint64_t *n,
                           uint64_t *largest, uint64_t *same)
{
    *n = *largest = *same = 0;
    for (unsigned i = 0; i < t->n; i++) {
        const unsigned size = is_record(t, i) ? together(t, i, m, NULL) : 0;
        *largest = size > *largest ? size : *largest;
        if (size < 2 || !is_lowest(t, i, m))
            continue;
        ++*n;
        *same += together(t, i, m, other) == size && together(t, i, other, NULL) == size;
    }
}

/* The adjusted Rand index by the four kinds of pairs of records. */
static double adjusted_rand(const struct twin_eval *t, matrix f, matrix y)
{
    double both = 0, found = 0, truth = 0, none = 0;
    for (unsigned i = 0; i < t->n; i++)
        for (unsigned j = i + 1; j < t->n; j++)
            if (is_record(t, i) && is_record(t, j)) {
                both += f[i][j] && y[i][j];
                found += f[i][j] && !y[i][j];
                truth += !f[i][j] && y[i][j];
                none += !f[i][j] && !y[i][j];
            }
    if (found + truth == 0)
        return 1;
    return 2 * (both * none - truth * found) /
           ((both + truth) * (truth + none) + (both + found) * (found + none));
}

/* H(y), or with f H(y | f): the mean of -log p over the records. */
static double entropy(const struct twin_eval *t, matrix y, matrix f, unsigned records)
{
    double sum = 0;
    for (unsigned i = 0; i < t->n; i++)
        if (is_record(t, i))
            sum -= log((double)together(t, i, y, f) / (f ? together(t, i, f, NULL) : records));
    return sum / records;
}

static double homogeneity(const struct twin_eval *t, matrix f, matrix y, unsigned records)
{
    const double whole = records ? entropy(t, y, NULL, records) : 0;
    return whole > 0 ? 1 - entropy(t, y, f, records) / whole : 1;
}

/* Each score as a threshold. */
static void find_best(const struct twin_eval *t, struct eval_report *r)
{
    const struct twin_eval_part *f = &t->part[0];
    double best = -1;
    for (unsigned i = 0; i < t->n; i++)
        for (unsigned j = 0; j < t->n; j++) {
            struct eval_step s = {f->score[i][j], {.truth = r->all.truth}};
            if (!counts_as_pair(t, i, j) || !f->pair[i][j] || isnan(s.min))
                continue;
            for (unsigned k = 0; k < t->n; k++)
                for (unsigned l = 0; l < t->n; l++)
                    if (counts_as_pair(t, k, l) && f->pair[k][l] && f->score[k][l] >= s.min) {
                        s.counts.found++;
                        s.counts.both += t->part[1].pair[k][l];
                    }
            const double f1 = eval_f1(eval_precision(&s.counts), eval_recall(&s.counts));
            if (f1 > best || (f1 >= best && s.min > r->best.min))
                r->best = s;
            best = f1 > best ? f1 : best;
            r->has_scores = true;
        }
}

void twin_eval_count(const struct twin_eval *t, struct eval_report *r)
{
    static matrix f, y;
    struct eval_clusters *c = &r->clusters;
    uint64_t same;
    unsigned n = 0;
    *r = (struct eval_report){.self = t->self};
    memcpy(f, t->part[0].pair, sizeof f);
    memcpy(y, t->part[1].pair, sizeof y);
    r->all = count_pairs(t, f, y);
    count_partners(t, r->partners);
    find_best(t, r);
    close_pairs(t, 0, f);
    close_pairs(t, 1, y);
    c->pairs = count_pairs(t, f, y);
    count_clusters(t, f, y, &c->n_clusters[0], &c->n_largest[0], &c->n_same);
    count_clusters(t, y, f, &c->n_clusters[1], &c->n_largest[1], &same);
    for (unsigned i = 0; i < t->n; i++) {
        if (!is_record(t, i))
            continue;
        n++;
        c->bcubed_precision += (double)together(t, i, f, y) / together(t, i, f, NULL);
        c->bcubed_recall += (double)together(t, i, f, y) / together(t, i, y, NULL);
    }
    c->n_records = n;
    c->bcubed_precision /= n ? n : 1;
    c->bcubed_recall /= n ? n : 1;
    c->adjusted_rand = adjusted_rand(t, f, y);
    c->homogeneity = homogeneity(t, f, y, n);
    c->completeness = homogeneity(t, y, f, n);
}
