/* The table of joins and the choice among them. */
#include "matcher/join/join.h"

#include <math.h>
#include <string.h>

extern const struct join join_equal;     /* join_equal.c: the same whole value */
extern const struct join join_phonetic;  /* join_phonetic.c: equal codes */
extern const struct join join_alike;     /* join_alike.c: codes that are alike */
extern const struct join join_number;    /* join_number.c: windows of values */
extern const struct join join_places;    /* join_places.c: neighbouring cubes */
extern const struct join join_ends;      /* join_ends.c: the same beginning or ending */
extern const struct join join_jaro;      /* join_jaro.c: bit-sliced counting */
extern const struct join join_edit;      /* join_edit.c: segments and signatures */
extern const struct join join_set;       /* join_set.c: prefixes of sets */
extern const struct join join_words;     /* join_words.c: groups of weighed words */
extern const struct join join_token;     /* join_token.c: groups of words in common */
extern const struct join join_count;     /* join_count.c: characters in common, any length */
extern const struct join join_partial;   /* join_partial.c: parts of longer texts */
extern const struct join join_union;     /* join_union.c: the joins of a metric's parts */
extern const struct join join_set_scan;  /* join_set.c: every pair, in bit planes */
extern const struct join join_jaro_scan; /* join_jaro_scan.c: every pair, in lanes */
extern const struct join join_edit_scan; /* join_edit_scan.c: every pair, in lanes */
extern const struct join join_scan;      /* join_scan.c: every pair, any metric */

/* The plain scan takes at least this long for a pair. It is tried on a sample, which costs more
 * than what other joins look at: not where one of them is cheaper anyway. */
#define LEAST_SCAN_SECONDS 1e-9

const struct join *join_at(size_t i)
{
    static const struct join *const rows[] = {
        &join_equal,     &join_phonetic,  &join_alike,   &join_number, &join_places,
        &join_ends,      &join_jaro,      &join_edit,    &join_set,    &join_words,
        &join_token,     &join_count,     &join_partial, &join_union,  &join_set_scan,
        &join_jaro_scan, &join_edit_scan, &join_scan,
    };
    return i < sizeof rows / sizeof rows[0] ? rows[i] : NULL;
}

const struct join *join_choose(const struct join_job *job, const char *name, double *cost)
{
    const struct join *best = NULL;
    *cost = INFINITY;
    const struct join *j;
    for (size_t i = 0; (j = join_at(i)) != NULL; i++) {
        if (name && strcmp(name, j->name) != 0)
            continue;
        if (j == &join_scan && *cost < LEAST_SCAN_SECONDS * (double)join_n_pairs(job))
            continue;
        double c = j->cost(job);
        if (c < *cost) {
            *cost = c;
            best = j;
        }
    }
    return best;
}

bool join_check_items(uint64_t n, struct err *e)
{
    return n < UINT32_MAX ||
           err_set(e, ERR_USAGE, "compare fewer pairs at once: --where, or parts of --shard",
                   "there are too many pairs of values to compare: one join would have %llu pieces "
                   "of work, and 4 billion is the most",
                   (unsigned long long)n);
}

bool join_inner_build(struct join_inner *inner, const struct join_job *job, const char *what,
                      struct shm *index, struct err *e)
{
    struct shm own;
    double cost;
    const struct join *join = join_choose(job, NULL, &cost);
    *inner = (struct join_inner){0};
    while (join_at(inner->row) != join)
        inner->row++;
    if (!shm_create_private(&own, what, 1ull << 40, e))
        return false;
    bool ok = join->build(job, &own, &inner->n_items, e);
    inner->bytes = own.bytes;
    ok = ok && (inner->at = shm_alloc(index, what, own.bytes, 64, e));
    if (ok)
        memcpy(shm_writable_array(index, inner->at, char, own.bytes), own.base, own.bytes);
    shm_close(&own);
    return ok;
}

struct shm_view join_inner_view(struct shm_view index, const struct join_inner *inner)
{
    return (struct shm_view){shm_array(index, inner->at, char, inner->bytes), inner->bytes};
}
