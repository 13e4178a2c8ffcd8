/* Makes sets: elements become slots of a dictionary, slots become ranks, sets are sorted by size.
 * Every thread has a part of the places. */
#include "matcher/join/set/sets.h"
#include "core/shm.h"
#include "core/sort.h"

#include "matcher/join/set/set_dictionary.h"
#include "matcher/kernel/kernel_set.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS_LEAST (1u << 10)
#define FIRST_SLOTS_MOST (1u << 18)
#define SLOTS_MOST (1u << 31)
#define SETS_A_THREAD 2048u /* fewer are not worth a thread */
#define SAMPLE_SETS 40000u
#define COUNT_MOST 65535u /* elements that are more frequent in the sample are equally so */
#define SORT_BY_HAND 64   /* longer lists go to qsort */

/* The sets of a side as they come. */
struct raw {
    const struct side *side;
    uint64_t *begin; /* n + 1: where the slots of each place begin */
    uint32_t *slot;
    uint32_t *size; /* n */
};

struct making {
    const struct dictionary *dictionary;
    unsigned q;
    uint32_t n_threads;
    struct raw raw[2];
    unsigned n_sides;
    struct set_dictionary elements;
    uint32_t *rank; /* slot -> number */
    uint32_t n_elements;
};

/* The places from .. to that are part t of n, one for each thread. */
struct part {
    uint32_t from, to;
};

static struct part part_of(const struct making *m, uint32_t n, uint32_t t)
{
    return (struct part){(uint32_t)((uint64_t)n * t / m->n_threads),
                         (uint32_t)((uint64_t)n * (t + 1) / m->n_threads)};
}

uint32_t set_threads(uint32_t n)
{
    uint32_t most = (uint32_t)omp_get_max_threads(), threads = n / SETS_A_THREAD + 1;
    return threads < most ? threads : most;
}

/* ---- Elements as slots -----------------------------------------------------------------------*/

static bool raw_open(struct raw *raw, const struct dictionary *dictionary, const struct side *side)
{
    raw->side = side;
    raw->begin = malloc((side->n + 1ull) * sizeof *raw->begin);
    raw->size = malloc((side->n + 1ull) * sizeof *raw->size);
    if (!raw->begin || !raw->size)
        return false;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < side->n; i++) {
        raw->begin[i] = sum;
        sum += set_dictionary_capacity(dictionary_length(dictionary, side->value[i]));
    }
    raw->begin[side->n] = sum;
    raw->slot = malloc((sum + 1) * sizeof *raw->slot);
    return raw->slot != NULL;
}

static void raw_fill(const struct making *m, struct raw *raw, struct set_dictionary *d)
{
#pragma omp parallel for schedule(static) num_threads(m->n_threads)
    for (uint32_t i = 0; i < raw->side->n; i++)
        if (!__atomic_load_n(&d->full, __ATOMIC_RELAXED))
            raw->size[i] =
                set_dictionary_elements(d, raw->side->value[i], raw->slot + raw->begin[i]);
}

/* Fills the dictionary, with more slots each time that they were too few. */
static bool find_elements(struct making *m)
{
    uint64_t elements = 0, slots = FIRST_SLOTS_LEAST;
    for (unsigned s = 0; s < m->n_sides; s++)
        elements += m->raw[s].begin[m->raw[s].side->n];
    while (slots < FIRST_SLOTS_MOST && slots < 2 * elements)
        slots *= 2;
    for (; slots <= SLOTS_MOST; slots *= 8) {
        set_dictionary_close(&m->elements);
        if (!set_dictionary_open(&m->elements, m->dictionary, m->q, (uint32_t)slots))
            return false;
        for (unsigned s = 0; s < m->n_sides; s++)
            raw_fill(m, &m->raw[s], &m->elements);
        if (!m->elements.full)
            return true;
    }
    return false;
}

/* ---- Slots as ranks --------------------------------------------------------------------------*/

static void count_sample(const struct making *m, uint32_t *count)
{
    for (unsigned s = 0; s < m->n_sides; s++) {
        const struct raw *raw = &m->raw[s];
        uint32_t step = raw->side->n / SAMPLE_SETS + 1;
        for (uint32_t i = 0; i < raw->side->n; i += step)
            for (uint32_t k = 0; k < raw->size[i]; k++)
                count[raw->slot[raw->begin[i] + k]]++;
    }
}

/* Numbers the slots in use by how often they are in the sample: a counting sort. */
static bool rank_slots(struct making *m)
{
    uint32_t n_slots = m->elements.n_slots, *first = calloc(COUNT_MOST + 1, sizeof *first);
    m->rank = calloc(n_slots, sizeof *m->rank);
    if (!m->rank || !first) {
        free(first);
        return false;
    }
    count_sample(m, m->rank);
    for (uint32_t i = 0; i < n_slots; i++) {
        m->rank[i] = m->rank[i] < COUNT_MOST ? m->rank[i] : COUNT_MOST;
        first[m->rank[i]] += set_dictionary_uses(&m->elements, i);
    }
    for (uint32_t c = 0; c <= COUNT_MOST; c++) {
        uint32_t n = first[c];
        first[c] = m->n_elements;
        m->n_elements += n;
    }
    for (uint32_t i = 0; i < n_slots; i++)
        m->rank[i] = set_dictionary_uses(&m->elements, i) ? first[m->rank[i]]++ : 0;
    free(first);
    return true;
}

/* Sorts numbers and drops repeated ones; returns how many are left. */
static uint32_t sort_numbers(uint32_t *x, uint32_t n)
{
    uint32_t kept = n > 0;
    if (n > SORT_BY_HAND)
        sort_u32(x, n);
    for (uint32_t i = 1; i < n && n <= SORT_BY_HAND; i++) {
        uint32_t value = x[i], k = i;
        for (; k && x[k - 1] > value; k--)
            x[k] = x[k - 1];
        x[k] = value;
    }
    for (uint32_t i = 1; i < n; i++)
        if (x[i] != x[kept - 1])
            x[kept++] = x[i];
    return kept;
}

/* Makes the slots of a side ascending and distinct ranks. */
static void rank_sets(const struct making *m, struct raw *raw)
{
    const struct set_kernels *kernels = set_kernels();
    bool small = m->n_elements < SET_SORT_NONE;
#pragma omp parallel for schedule(static) num_threads(m->n_threads)
    for (uint32_t i = 0; i < raw->side->n; i++) {
        uint32_t *slot = raw->slot + raw->begin[i], n = raw->size[i];
        for (uint32_t k = 0; k < n; k++)
            slot[k] = m->rank[slot[k]];
        raw->size[i] = small && n <= SET_SORT_MOST ? kernels->sort(slot, n) : sort_numbers(slot, n);
    }
}

/* ---- Sets by size ----------------------------------------------------------------------------*/

/* Counts the sets of each size in each thread's part: count[thread × (largest + 1) + size]. */
static uint32_t *count_sizes(const struct making *m, const struct raw *raw, struct sets_at *at)
{
    uint32_t largest = 0, n = raw->side->n;
#pragma omp parallel for reduction(max : largest) num_threads(m->n_threads)
    for (uint32_t i = 0; i < n; i++)
        largest = raw->size[i] > largest ? raw->size[i] : largest;
    at->largest = largest;
    uint32_t *count = calloc((uint64_t)m->n_threads * (largest + 1ull), sizeof *count);
    if (!count)
        return NULL;
#pragma omp parallel for schedule(static, 1) num_threads(m->n_threads)
    for (uint32_t t = 0; t < m->n_threads; t++) {
        struct part part = part_of(m, n, t);
        uint32_t *mine = count + (uint64_t)t * (largest + 1ull);
        for (uint32_t i = part.from; i < part.to; i++)
            mine[raw->size[i]]++;
    }
    return count;
}

/* Turns counts into the first set of each thread and size; returns how many elements there are.
 * runs: NULL, or where the runs go. */
static uint64_t place_runs(const struct making *m, uint32_t *count, struct sets_at *at,
                           struct set_run *runs)
{
    uint64_t elements = 0, stride = at->largest + 1ull;
    uint32_t sets = 0;
    at->n_runs = 0;
    for (uint32_t size = 0; size < stride; size++) {
        struct set_run run = {elements, size, sets};
        for (uint32_t t = 0; t < m->n_threads; t++) {
            uint32_t *c = &count[t * stride + size], n = *c;
            if (runs)
                *c = sets;
            sets += n;
        }
        elements += (uint64_t)(sets - run.first) * size;
        if (size == 0)
            at->n_empty = sets;
        if (sets > run.first && runs)
            runs[at->n_runs] = run;
        at->n_runs += sets > run.first;
    }
    if (runs)
        runs[at->n_runs] = (struct set_run){elements, UINT32_MAX, UINT32_MAX};
    return elements;
}

static void write_elements(void *out, uint32_t width, const uint32_t *element, uint32_t n)
{
    if (width == 4)
        memcpy(out, element, n * sizeof *element);
    else
        for (uint32_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = (uint16_t)element[i];
}

/* Copies sets to where they belong. Each thread writes one stream for each size. */
static void copy_sets(const struct making *m, const struct raw *raw, const struct sets_at *at,
                      uint32_t *next, const struct set_run *run_of_size, struct shm *index)
{
    uint32_t *place = shm_writable_array(index, at->place_at, uint32_t, at->n), width = at->width;
    char *element = shm_writable(index, at->element_at, char);
#pragma omp parallel for schedule(static, 1) num_threads(m->n_threads)
    for (uint32_t t = 0; t < m->n_threads; t++) {
        struct part part = part_of(m, at->n, t);
        uint32_t *mine = next + (uint64_t)t * (at->largest + 1ull);
        for (uint32_t i = part.from; i < part.to; i++) {
            uint32_t size = raw->size[i], set = mine[size]++;
            const struct set_run *run = &run_of_size[size];
            place[set] = i;
            write_elements(element + (run->begin + (uint64_t)(set - run->first) * size) * width,
                           width, raw->slot + raw->begin[i], size);
        }
    }
}

static bool place_sets(const struct making *m, struct raw *raw, struct sets_at *at,
                       struct shm *index, struct err *e)
{
    const char *what = "sets";
    *at = (struct sets_at){.n = raw->side->n, .n_elements = m->n_elements};
    at->width = m->n_elements <= 65536 ? 2 : 4;
    uint32_t *count = count_sizes(m, raw, at);
    struct set_run *run_of_size = count ? calloc(at->largest + 1ull, sizeof *run_of_size) : NULL;
    bool ok = run_of_size != NULL;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for sets");
    uint64_t n = ok ? place_runs(m, count, at, NULL) : 0;
    ok = ok && (at->place_at = shm_alloc(index, what, (at->n + 1ull) * 4, 64, e)) &&
         (at->run_at =
              shm_alloc(index, what, (at->n_runs + 1ull) * sizeof(struct set_run), 64, e)) &&
         (at->element_at = shm_alloc(index, what, n * at->width + 64, 64, e));
    if (ok) {
        struct set_run *runs =
            shm_writable_array(index, at->run_at, struct set_run, at->n_runs + 1ull);
        place_runs(m, count, at, runs);
        for (uint32_t r = 0; r < at->n_runs; r++)
            run_of_size[runs[r].size] = runs[r];
        copy_sets(m, raw, at, count, run_of_size, index);
    }
    free(count);
    free(run_of_size);
    return ok;
}

/* ---- All -------------------------------------------------------------------------------------*/

static void making_close(struct making *m)
{
    for (unsigned s = 0; s < m->n_sides; s++) {
        free(m->raw[s].begin);
        free(m->raw[s].slot);
        free(m->raw[s].size);
    }
    set_dictionary_close(&m->elements);
    free(m->rank);
}

bool sets_build(const struct join_job *job, unsigned q, struct sets_at *a, struct sets_at *b,
                struct shm *index, struct err *e)
{
    struct making m = {.dictionary = job->dictionary, .q = q, .n_sides = job->self ? 1 : 2};
    m.n_threads = set_threads(job->a->n);
    bool ok = raw_open(&m.raw[0], job->dictionary, job->a) &&
              (job->self || raw_open(&m.raw[1], job->dictionary, job->b)) && find_elements(&m) &&
              rank_slots(&m);
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for sets");
    for (unsigned s = 0; ok && s < m.n_sides; s++) {
        rank_sets(&m, &m.raw[s]);
        ok = place_sets(&m, &m.raw[s], s ? b : a, index, e);
    }
    if (job->self)
        *b = *a;
    making_close(&m);
    return ok;
}

struct sets sets_view(struct shm_view index, const struct sets_at *at)
{
    return (struct sets){
        .place = shm_array(index, at->place_at, uint32_t, at->n),
        .run = shm_array(index, at->run_at, struct set_run, at->n_runs + 1ull),
        .element = shm_at(index, at->element_at, char),
        .n = at->n,
        .n_runs = at->n_runs,
        .n_empty = at->n_empty,
        .largest = at->largest,
        .width = at->width,
        .n_elements = at->n_elements,
    };
}

uint32_t sets_first_larger(const struct sets *s, uint32_t size)
{
    uint32_t from = 0, to = s->n_runs;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (s->run[middle].size > size)
            to = middle;
        else
            from = middle + 1;
    }
    return from < s->n_runs ? s->run[from].first : s->n;
}
