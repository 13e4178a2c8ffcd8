/* Makes weights of scores, and pairs of the matching. */
#include "matcher/choose/choose_optimal.h"
#include "core/base.h"
#include "matcher/choose/assignment.h"
#include "matcher/choose/scratch.h"

#include <math.h>

#define LEAST_BITS 58u /* of scores of which the least total is wanted, with one row a side */

/* ---- Weights ---------------------------------------------------------------------------------*/

/* How a score becomes a weight: times 2^shift, rounded; or `most` less that. */
struct scale {
    int shift;
    int64_t most;
    enum choose_better better;
};

static int64_t rounded(const struct scale *s, double score)
{
    return llrint(ldexp(score, s->shift));
}

/* 0: the pair is left out. */
static int64_t weight_of(const struct scale *s, double score)
{
    if (s->better == CHOOSE_LEAST)
        return s->most - rounded(s, score);
    const int64_t weight = score > 0 ? rounded(s, score) : 0;
    return score > 0 && weight == 0 ? 1 : weight;
}

/* The greatest size of a score that counts. */
static bool find_size(const struct found *found, enum choose_better better, double *size,
                      struct err *e)
{
    *size = 0;
    for (uint64_t i = 0; i < found->n; i++) {
        const struct found_pair *p = &found->pair[i];
        if (better == CHOOSE_GREATEST && !(p->score > 0))
            continue;
        if (isinf(p->score))
            return err_set(e, ERR_DATA, "choose by the best pair first",
                           "the score of row %u of A and row %u of B is infinite: no total of "
                           "scores is better than another",
                           p->row_a + 1, p->row_b + 1);
        *size = greatest_double(*size, fabs(p->score));
    }
    return true;
}

/* The weight of one pair more is above what any choice of `most_pairs` can save, so that the
 * greatest total of weights has most pairs. */
static void prefer_pairs(struct scale *s, const struct found *found, uint64_t most_pairs)
{
    int64_t least_score = INT64_MAX, greatest_score = INT64_MIN;
    for (uint64_t i = 0; i < found->n; i++) {
        const int64_t score = rounded(s, found->pair[i].score);
        least_score = score < least_score ? score : least_score;
        greatest_score = score > greatest_score ? score : greatest_score;
    }
    s->most = (int64_t)most_pairs * (greatest_score - least_score) + 1 + least_score;
}

static bool find_scale(struct scale *s, const struct found *found, struct found_rows rows,
                       enum choose_better better, struct err *e)
{
    const uint64_t most_pairs = least(rows.n[0], rows.n[1]);
    unsigned bits = ASSIGNMENT_MOST_BITS;
    double size;
    int exponent;
    if (!find_size(found, better, &size, e))
        return false;
    if (better == CHOOSE_LEAST)
        for (bits = LEAST_BITS; most_pairs >> (LEAST_BITS - bits);)
            bits--;
    (void)frexp(size, &exponent);
    *s = (struct scale){.shift = (int)bits - exponent, .better = better};
    if (better == CHOOSE_LEAST && found->n > 0)
        prefer_pairs(s, found, most_pairs);
    return true;
}

/* ---- Edges -----------------------------------------------------------------------------------*/

static uint32_t row_of(const struct found_pair *p, unsigned side)
{
    return side == 0 ? p->row_a : p->row_b;
}

/* The edges of one side; those of a row are in the order of the pairs. */
static void fill_edges(struct assignment *p, unsigned side, const struct found *found,
                       const struct scale *s)
{
    const struct assignment_edges *edges = &p->edges[side];
    uint64_t *next = edges->begin + 1; /* where the next edge of a row goes; after all, its end */
    for (uint64_t i = 0; i < found->n; i++)
        if (weight_of(s, found->pair[i].score) > 0)
            edges->begin[2 + (uint64_t)row_of(&found->pair[i], side)]++;
    for (uint64_t r = 2; r < (uint64_t)p->n[side] + 2; r++)
        edges->begin[r] += edges->begin[r - 1];
    for (uint64_t i = 0; i < found->n; i++) {
        const int64_t weight = weight_of(s, found->pair[i].score);
        if (weight == 0)
            continue;
        const uint64_t at = next[row_of(&found->pair[i], side)]++;
        edges->to[at] = row_of(&found->pair[i], 1 - side);
        edges->weight[at] = weight;
    }
}

static bool take_side(struct assignment *p, unsigned side, uint64_t n_pairs, struct scratch *s,
                      struct err *e)
{
    struct assignment_edges *edges = &p->edges[side];
    const uint64_t n = p->n[side];
    return (edges->begin = scratch_take(s, n + 1, sizeof *edges->begin, e)) &&
           (edges->to = scratch_take(s, n_pairs, sizeof *edges->to, e)) &&
           (edges->weight = scratch_take(s, n_pairs, sizeof *edges->weight, e)) &&
           (p->match[side] = scratch_take(s, n, sizeof *p->match[side], e)) &&
           (p->dual[side] = scratch_take(s, n, sizeof *p->dual[side], e));
}

static bool take_problem(struct assignment *p, uint64_t n_pairs, struct scratch *s, struct err *e)
{
    const uint64_t pair_bytes = 2 * (sizeof *p->edges[0].to + sizeof *p->edges[0].weight);
    const uint64_t row_bytes = sizeof *p->edges[0].begin + sizeof *p->match[0] + sizeof *p->dual[0];
    const uint64_t bytes = n_pairs * pair_bytes + ((uint64_t)p->n[0] + p->n[1]) * row_bytes;
    return scratch_open(s, "the choice of pairs", bytes, e) && take_side(p, 0, n_pairs, s, e) &&
           take_side(p, 1, n_pairs, s, e);
}

static bool solve(struct assignment *p, const struct found *found, const struct scale *scale,
                  struct err *e)
{
    fill_edges(p, 0, found, scale);
    fill_edges(p, 1, found, scale);
    if (!assignment_solve(p, e))
        return false;
    return assignment_proved(p) ||
           err_set(e, ERR_SOFTWARE, NULL,
                   "a choice of pairs is not the best: this is a bug of axb");
}

static void keep_pairs(struct found *found, const struct assignment *p)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < found->n; i++)
        if (p->match[0][found->pair[i].row_a] == found->pair[i].row_b)
            found->pair[kept++] = found->pair[i];
    found->n = kept;
}

bool choose_optimal(struct found *found, struct found_rows rows, enum choose_better better,
                    struct err *e)
{
    struct assignment p = {.n = {rows.n[0], rows.n[1]}};
    struct scratch s = {.n = 0};
    struct scale scale;
    if (rows.self)
        return err_set(e, ERR_USAGE, "choose by the best pair first",
                       "the best total of scores is known for two tables alone: among the records "
                       "of one it is a matching in a general graph");
    const bool ok = find_scale(&scale, found, rows, better, e) &&
                    take_problem(&p, found->n, &s, e) && solve(&p, found, &scale, e);
    if (ok)
        keep_pairs(found, &p);
    scratch_close(&s);
    return ok;
}
