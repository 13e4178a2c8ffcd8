/* Sets: the values of a side as sorted lists of element numbers, rare elements first.
 *
 * Both sides of a join share the numbers. Sets are in order of size, in the flat index of the join.
 * How rare an element is, is estimated from a sample. That decides about speed alone. */
#ifndef AXB_MATCHER_JOIN_SET_SETS_H
#define AXB_MATCHER_JOIN_SET_SETS_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

/* The sets of one size, which are neighbours. */
struct set_run {
    uint64_t begin; /* of the elements of the first one */
    uint32_t size;
    uint32_t first; /* set */
};

/* Where the sets of a side stand in a flat index. */
struct sets_at {
    uint64_t place_at;   /* u32 × n: set -> place in the side; sets by size, then place */
    uint64_t run_at;     /* struct set_run × (n_runs + 1), the last one empty, after all sets */
    uint64_t element_at; /* ascending in each set, 64 spare bytes after them */
    uint32_t n, n_runs;
    uint32_t n_empty;    /* sets without elements: the first ones */
    uint32_t largest;    /* elements of the largest set */
    uint32_t width;      /* bytes of an element's number: 2 or 4 */
    uint32_t n_elements; /* numbers are below this */
};

struct sets {
    const uint32_t *place;
    const struct set_run *run;
    const char *element;
    uint32_t n, n_runs, n_empty, largest, width, n_elements;
};

/* Builds the sets of the values of both sides; of one side in a self join, then *b = *a. q is 1, 2
 * or 3 for q-grams, 0 for tokens. */
bool sets_build(const struct join_job *job, unsigned q, struct sets_at *a, struct sets_at *b,
                struct shm *index, struct err *e);

/* How many threads are worth their while for n sets. */
uint32_t set_threads(uint32_t n);

struct sets sets_view(struct shm_view index, const struct sets_at *at);

/* The run of a set. The search goes up from `from`, which is not after it. */
static inline const struct set_run *sets_run(const struct set_run *from, uint32_t set)
{
    while (set >= from[1].first)
        from++;
    return from;
}

/* The first set that has more than `size` elements, or n. */
uint32_t sets_first_larger(const struct sets *s, uint32_t size);

/* Element i of a list of numbers of 2 or 4 bytes. */
static inline uint32_t set_element(const void *elements, uint32_t width, uint32_t i)
{
    return width == 2 ? ((const uint16_t *)elements)[i] : ((const uint32_t *)elements)[i];
}

static inline const char *sets_elements(const struct sets *s, const struct set_run *run,
                                        uint32_t set)
{
    return s->element + (run->begin + (uint64_t)(set - run->first) * run->size) * s->width;
}

#endif
