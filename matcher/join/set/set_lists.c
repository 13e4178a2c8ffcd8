/* A counting sort of prefixes by element, cut into runs of equal length for the threads. */
#include "matcher/join/set/set_lists.h"
#include "core/shm.h"

#include <stdlib.h>

/* The sets of one size, n from `first` on, all with a prefix of `length`. */
struct prefixes {
    const struct set_run *run;
    uint32_t first, n, length;
    uint64_t before; /* entries of all sizes before */
};

struct listing {
    const struct sets *sets;
    struct prefixes *size;
    uint32_t n_sizes;
    uint64_t n_entries;
};

/* How many of a set's elements can be the first that it shares with a partner. */
static uint32_t prefix_length(const struct set_rule *rule, uint32_t size, const struct sets *other)
{
    uint32_t nonempty = other->n_empty > 0; /* run of them */
    if (other->n_runs == nonempty)
        return 0;
    uint32_t least = other->run[nonempty].size, partner = set_rule_least(rule, size);
    partner = partner > least ? partner : least;
    uint32_t needed = partner <= other->largest ? set_rule_needed(rule, size, partner) : SET_NONE;
    return needed == SET_NONE ? 0 : size - needed + 1;
}

static bool find_prefixes(struct listing *l, const struct set_rule *rule, const struct sets *other)
{
    const struct sets *s = l->sets;
    l->size = calloc(s->n_runs + 1ull, sizeof *l->size);
    if (!l->size)
        return false;
    for (uint32_t r = s->n_empty > 0; r < s->n_runs; r++) {
        const struct set_run *run = &s->run[r];
        uint32_t end = r + 1 < s->n_runs ? run[1].first : s->n;
        struct prefixes p = {run, run->first, end - run->first,
                             prefix_length(rule, run->size, other), l->n_entries};
        l->size[l->n_sizes++] = p;
        l->n_entries += (uint64_t)p.n * p.length;
    }
    return true;
}

/* Goes through entries from .. to of one size and position: counts them in next[], or writes them
 * to where next[] says. */
static void walk_position(const struct sets *s, const struct prefixes *p, uint32_t position,
                          uint32_t from, uint32_t to, uint64_t *next, uint32_t *out)
{
    const char *elements = sets_elements(s, p->run, p->first + from);
    for (uint32_t i = from; i < to; i++, elements += (uint64_t)p->run->size * s->width) {
        uint64_t *slot = &next[set_element(elements, s->width, position)];
        if (out)
            out[*slot] = p->first + i;
        ++*slot;
    }
}

static void walk(const struct listing *l, uint64_t from, uint64_t to, uint64_t *next, uint32_t *out)
{
    for (uint32_t k = 0; k < l->n_sizes; k++) {
        const struct prefixes *p = &l->size[k];
        for (uint32_t position = 0; position < p->length; position++) {
            uint64_t begin = p->before + (uint64_t)p->n * position, end = begin + p->n;
            uint64_t low = from > begin ? from : begin, high = to < end ? to : end;
            if (low < high)
                walk_position(l->sets, p, position, (uint32_t)(low - begin),
                              (uint32_t)(high - begin), next, out);
        }
    }
}

/* Turns the threads' counts into where each of them writes; fills begin[]. */
static void place(uint64_t *counts, uint32_t n_threads, uint32_t n_elements, uint64_t *begin)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n_elements; i++) {
        begin[i] = sum;
        for (uint32_t t = 0; t < n_threads; t++) {
            uint64_t *c = &counts[(size_t)t * n_elements + i], n = *c;
            *c = sum;
            sum += n;
        }
    }
    begin[n_elements] = sum;
}

static void sort(const struct listing *l, uint64_t *counts, uint32_t n_threads, uint64_t *begin,
                 uint32_t *out)
{
    uint64_t n = l->n_entries, stride = l->sets->n_elements;
#pragma omp parallel for schedule(static, 1) num_threads(n_threads)
    for (uint32_t t = 0; t < n_threads; t++)
        walk(l, n * t / n_threads, n * (t + 1) / n_threads, counts + t * stride, NULL);
    place(counts, n_threads, l->sets->n_elements, begin);
#pragma omp parallel for schedule(static, 1) num_threads(n_threads)
    for (uint32_t t = 0; t < n_threads; t++)
        walk(l, n * t / n_threads, n * (t + 1) / n_threads, counts + t * stride, out);
}

bool set_lists_build(const struct set_rule *rule, const struct sets_at *own,
                     const struct sets_at *other, struct set_lists_at *at, struct shm *index,
                     struct err *e)
{
    const char *what = "lists of sets";
    struct sets sets = sets_view(shm_view_of(index), own),
                others = sets_view(shm_view_of(index), other);
    struct listing l = {.sets = &sets};
    uint32_t n_threads = set_threads(own->n);
    uint64_t *counts = calloc(n_threads * (own->n_elements + 1ull), sizeof *counts);
    bool ok = find_prefixes(&l, rule, &others) && counts;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for lists of sets");
    ok = ok && (at->begin_at = shm_alloc(index, what, (own->n_elements + 1ull) * 8, 64, e)) &&
         (at->set_at = shm_alloc(index, what, (l.n_entries + 1) * 4, 64, e));
    if (ok)
        sort(&l, counts, n_threads,
             shm_writable_array(index, at->begin_at, uint64_t, own->n_elements + 1ull),
             shm_writable_array(index, at->set_at, uint32_t, l.n_entries));
    free(counts);
    free(l.size);
    return ok;
}
