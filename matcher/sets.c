/* Makes sets: elements become slots of a dictionary, slots become ranks, sets are sorted by size.
 */
#include "matcher/sets.h"

#include "matcher/set_dictionary.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS (1u << 18)
#define SLOTS_MOST (1u << 31)
#define SAMPLE_SETS 40000u
#define COUNT_MOST 65535u /* elements that are more frequent in the sample are equally so */

/* The sets of a side as they come. */
struct raw {
    const struct side *side;
    uint64_t *begin; /* n + 1: room for the slots of each place */
    uint32_t *slot;
    uint32_t *size; /* n */
};

struct making {
    const struct words *words;
    unsigned q;
    struct raw raw[2];
    unsigned n_sides;
    struct set_dictionary dictionary;
    uint32_t *rank; /* slot -> number */
    uint32_t n_elements;
};

/* ---- Elements as slots -----------------------------------------------------------------------*/

static bool raw_open(struct raw *raw, const struct words *words, const struct side *side)
{
    raw->side = side;
    raw->begin = malloc((side->n + 1ull) * sizeof *raw->begin);
    raw->size = malloc((side->n + 1ull) * sizeof *raw->size);
    if (!raw->begin || !raw->size)
        return false;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < side->n; i++) {
        raw->begin[i] = sum;
        sum += set_dictionary_room(words_length(words, side->word[i]));
    }
    raw->begin[side->n] = sum;
    raw->slot = malloc((sum + 1) * sizeof *raw->slot);
    return raw->slot != NULL;
}

static bool raw_fill(struct raw *raw, struct set_dictionary *d)
{
    size_t room = set_dictionary_room(d->words->max_length);
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint64_t *keys = malloc(room * sizeof *keys);
        failed = !keys;
#pragma omp for schedule(dynamic, 1024)
        for (uint32_t i = 0; i < raw->side->n; i++)
            if (!failed && !__atomic_load_n(&d->full, __ATOMIC_RELAXED))
                raw->size[i] =
                    set_dictionary_elements(d, raw->side->word[i], keys, raw->slot + raw->begin[i]);
        free(keys);
    }
    return !failed;
}

/* Fills the dictionary, with more slots each time that they were too few. */
static bool find_elements(struct making *m)
{
    for (uint64_t slots = FIRST_SLOTS; slots <= SLOTS_MOST; slots *= 8) {
        set_dictionary_close(&m->dictionary);
        bool ok = set_dictionary_open(&m->dictionary, m->words, m->q, (uint32_t)slots);
        for (unsigned s = 0; ok && s < m->n_sides; s++)
            ok = raw_fill(&m->raw[s], &m->dictionary);
        if (!ok || !m->dictionary.full)
            return ok;
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
    uint32_t n_slots = m->dictionary.n_slots, *first = calloc(COUNT_MOST + 1, sizeof *first);
    m->rank = calloc(n_slots, sizeof *m->rank);
    if (!m->rank || !first) {
        free(first);
        return false;
    }
    count_sample(m, m->rank);
    for (uint32_t i = 0; i < n_slots; i++) {
        m->rank[i] = m->rank[i] < COUNT_MOST ? m->rank[i] : COUNT_MOST;
        first[m->rank[i]] += set_dictionary_uses(&m->dictionary, i);
    }
    for (uint32_t c = 0; c <= COUNT_MOST; c++) {
        uint32_t n = first[c];
        first[c] = m->n_elements;
        m->n_elements += n;
    }
    for (uint32_t i = 0; i < n_slots; i++)
        m->rank[i] = set_dictionary_uses(&m->dictionary, i) ? first[m->rank[i]]++ : 0;
    free(first);
    return true;
}

/* ---- Sets by size ----------------------------------------------------------------------------*/

static void *array(struct shm *index, uint64_t at)
{
    return index->base + at;
}

/* Fills place and begin. */
static bool sort_by_size(const struct raw *raw, struct sets_at *at, struct shm *index)
{
    uint32_t n = raw->side->n, *place = array(index, at->place_at);
    uint64_t *begin = array(index, at->begin_at), sum = 0;
    uint32_t *next = calloc(at->largest + 2ull, sizeof *next);
    if (!next)
        return false;
    for (uint32_t i = 0; i < n; i++)
        next[raw->size[i] + 1]++;
    at->n_empty = next[1];
    for (uint32_t s = 1; s <= at->largest; s++)
        next[s] += next[s - 1];
    for (uint32_t i = 0; i < n; i++)
        place[next[raw->size[i]]++] = i;
    for (uint32_t s = 0; s < n; s++) {
        begin[s] = sum;
        sum += raw->size[place[s]];
    }
    begin[n] = sum;
    free(next);
    return true;
}

static void write_elements(void *out, uint32_t width, const uint32_t *element, uint32_t n)
{
    if (width == 4)
        memcpy(out, element, n * sizeof *element);
    else
        for (uint32_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = (uint16_t)element[i];
}

/* Ranks, sorts and writes the elements. What was in raw->slot is used up. */
static void fill_elements(const struct making *m, const struct raw *raw, const struct sets_at *at,
                          struct shm *index)
{
    const uint32_t *place = array(index, at->place_at);
    const uint64_t *begin = array(index, at->begin_at);
    char *element = array(index, at->element_at);
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t s = 0; s < at->n; s++) {
        uint32_t *slot = raw->slot + raw->begin[place[s]], n = raw->size[place[s]];
        for (uint32_t i = 0; i < n; i++)
            slot[i] = m->rank[slot[i]];
        set_sort(slot, n);
        write_elements(element + begin[s] * at->width, at->width, slot, n);
    }
}

static bool place_sets(const struct making *m, const struct raw *raw, struct sets_at *at,
                       struct shm *index, struct err *e)
{
    const char *what = "sets";
    uint64_t sum = 0;
    *at = (struct sets_at){.n = raw->side->n, .n_elements = m->n_elements};
    at->width = m->n_elements <= 65536 ? 2 : 4;
    for (uint32_t i = 0; i < at->n; i++) {
        sum += raw->size[i];
        at->largest = raw->size[i] > at->largest ? raw->size[i] : at->largest;
    }
    if (!(at->place_at = shm_alloc(index, what, (at->n + 1ull) * 4, 64, e)) ||
        !(at->begin_at = shm_alloc(index, what, (at->n + 1ull) * 8, 64, e)) ||
        !(at->element_at = shm_alloc(index, what, sum * at->width + 64, 64, e)))
        return false;
    if (!sort_by_size(raw, at, index))
        return err_set(e, ERR_OS, NULL, "not enough memory for sets");
    fill_elements(m, raw, at, index);
    return true;
}

static void making_close(struct making *m)
{
    for (unsigned s = 0; s < m->n_sides; s++) {
        free(m->raw[s].begin);
        free(m->raw[s].slot);
        free(m->raw[s].size);
    }
    set_dictionary_close(&m->dictionary);
    free(m->rank);
}

bool sets_build(const struct join_job *job, unsigned q, struct sets_at *a, struct sets_at *b,
                struct shm *index, struct err *e)
{
    struct making m = {.words = job->words, .q = q, .n_sides = job->self ? 1 : 2};
    bool ok = raw_open(&m.raw[0], job->words, job->a) &&
              (job->self || raw_open(&m.raw[1], job->words, job->b)) && find_elements(&m) &&
              rank_slots(&m);
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for sets");
    ok = ok && place_sets(&m, &m.raw[0], a, index, e);
    *b = *a;
    ok = ok && (job->self || place_sets(&m, &m.raw[1], b, index, e));
    making_close(&m);
    return ok;
}

struct sets sets_view(const char *index, const struct sets_at *at)
{
    return (struct sets){
        .place = (const uint32_t *)(const void *)(index + at->place_at),
        .begin = (const uint64_t *)(const void *)(index + at->begin_at),
        .element = index + at->element_at,
        .n = at->n,
        .n_empty = at->n_empty,
        .largest = at->largest,
        .width = at->width,
        .n_elements = at->n_elements,
    };
}
