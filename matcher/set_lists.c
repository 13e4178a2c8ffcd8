/* A counting sort of prefixes by element, cut into runs of equal length for the threads. */
#include "matcher/set_lists.h"

#include <omp.h>
#include <stdlib.h>

/* The sets of one size: n sets with a prefix of `length`. */
struct run {
    uint32_t first, n, length;
    uint64_t before; /* entries of all runs before */
};

struct listing {
    const struct sets *sets;
    struct run *run;
    uint32_t n_runs;
    uint64_t n_entries;
};

/* Elements of a set that a partner of the other side's sizes can share first. */
static uint32_t prefix_length(const struct set_rule *rule, uint32_t size, const struct sets *other)
{
    if (other->n == other->n_empty)
        return 0;
    uint32_t least = sets_size(other, other->n_empty), partner = set_rule_least(rule, size);
    partner = partner > least ? partner : least;
    uint32_t needed = partner <= other->largest ? set_rule_needed(rule, size, partner) : SET_NONE;
    return needed == SET_NONE ? 0 : size - needed + 1;
}

static bool find_runs(struct listing *l, const struct set_rule *rule, const struct sets *other)
{
    const struct sets *s = l->sets;
    l->run = calloc(s->largest + 1ull, sizeof *l->run);
    if (!l->run)
        return false;
    for (uint32_t i = s->n_empty; i < s->n;) {
        uint32_t size = sets_size(s, i), first = i;
        while (i < s->n && sets_size(s, i) == size)
            i++;
        struct run run = {first, i - first, prefix_length(rule, size, other), l->n_entries};
        l->run[l->n_runs++] = run;
        l->n_entries += (uint64_t)run.n * run.length;
    }
    return true;
}

/* Goes through entries from .. to in order: counts them in next[], or writes them to where next[]
 * says. */
static void walk(const struct listing *l, uint64_t from, uint64_t to, uint64_t *next, uint32_t *out)
{
    const struct sets *s = l->sets;
    for (uint32_t r = 0; r < l->n_runs; r++) {
        const struct run *run = &l->run[r];
        uint64_t end = run->before + (uint64_t)run->n * run->length;
        if (end <= from || run->before >= to)
            continue;
        uint64_t i = (from > run->before ? from : run->before) - run->before;
        end = (end < to ? end : to) - run->before;
        for (; i < end; i++) {
            uint32_t set = run->first + (uint32_t)(i % run->n), position = (uint32_t)(i / run->n);
            uint64_t *slot = &next[set_element(sets_elements(s, set), s->width, position)];
            if (out)
                out[*slot] = set;
            ++*slot;
        }
    }
}

/* Turns the threads' counts into where each of them writes; fills begin[]. */
static void place(uint64_t *counts, int n_threads, uint32_t n_elements, uint64_t *begin)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n_elements; i++) {
        begin[i] = sum;
        for (int t = 0; t < n_threads; t++) {
            uint64_t *c = &counts[(size_t)t * n_elements + i], n = *c;
            *c = sum;
            sum += n;
        }
    }
    begin[n_elements] = sum;
}

static void sort(const struct listing *l, uint64_t *counts, int n_threads, uint64_t *begin,
                 uint32_t *out)
{
    uint32_t n_elements = l->sets->n_elements;
#pragma omp parallel num_threads(n_threads)
    {
        uint64_t t = (uint64_t)omp_get_thread_num(), n = (uint64_t)omp_get_num_threads();
        uint64_t from = l->n_entries * t / n, to = l->n_entries * (t + 1) / n;
        uint64_t *next = counts + t * n_elements;
        walk(l, from, to, next, NULL);
#pragma omp barrier
#pragma omp single
        place(counts, (int)n, n_elements, begin);
        walk(l, from, to, next, out);
    }
}

bool set_lists_build(const struct set_rule *rule, const struct sets_at *own,
                     const struct sets_at *other, struct set_lists_at *at, struct shm *index,
                     struct err *e)
{
    const char *what = "lists of sets";
    struct sets sets = sets_view(index->base, own), others = sets_view(index->base, other);
    struct listing l = {.sets = &sets};
    int n_threads = omp_get_max_threads();
    uint64_t *counts = calloc((uint32_t)n_threads * (own->n_elements + 1ull), sizeof *counts);
    bool ok = find_runs(&l, rule, &others) && counts;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for lists of sets");
    ok = ok && (at->begin_at = shm_alloc(index, what, (own->n_elements + 1ull) * 8, 64, e)) &&
         (at->set_at = shm_alloc(index, what, (l.n_entries + 1) * 4, 64, e));
    if (ok)
        sort(&l, counts, n_threads, (uint64_t *)(void *)(index->base + at->begin_at),
             (uint32_t *)(void *)(index->base + at->set_at));
    free(counts);
    free(l.run);
    return ok;
}
