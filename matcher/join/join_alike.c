/* The join of phonetic metrics whose codes need not be equal: match_rating.
 *
 * Many values have the same code, so codes are compared in place of values, each with each. The
 * code is a number of eight bytes. A value without a code matches the same value alone. */
#include "core/base.h"
#include "core/random.h"
#include "core/shm.h"
#include "core/sort.h"
#include "matcher/join/join.h"
#include "matcher/metric/metric_phonetic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 1.5e-6
#define SECONDS_A_CODE_PAIR 6e-9
#define SECONDS_A_PAIR 5e-9
#define MOST_ITEMS 65536u
#define SAMPLE 4000u
#define SAMPLE_PAIRS 40000u
#define SILENT (1ull << 63) /* the code of a value without one: its value id */

/* A value of a side. Codes of text are below SILENT, since they are ASCII. */
struct entry {
    uint64_t code;
    uint32_t place;
};

/* The entries from .. to - 1 of a side have this code. */
struct group {
    uint64_t code;
    uint32_t from, to;
};

struct alike_side {
    uint64_t entry_at, group_at;
    uint32_t n, n_groups;
};

struct alike_head {
    struct alike_side a, b;
    uint64_t pairs; /* of the whole job */
    uint32_t n_items;
};

/* ---- Codes -----------------------------------------------------------------------------------*/

/* What the codes of values are made with. */
struct coder {
    struct metric_state *metric;
    struct phonetic_code code;
};

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the sounds of values");
}

static void coder_close(struct coder *c)
{
    metric_close(c->metric);
    free(c->code.code[0]);
    free(c->code.code[1]);
}

static bool coder_open(struct coder *c, const struct join_job *job, struct err *e)
{
    const size_t bytes = PHONETIC_BYTES(4ull * job->dictionary->max_length);
    *c = (struct coder){.code = {{malloc(bytes), malloc(bytes)}}};
    return ((c->code.code[0] && c->code.code[1]) || no_memory(e)) &&
           metric_open(&c->metric, &job->use, &job->dictionary->alphabet,
                       job->dictionary->max_length, e);
}

static struct entry entry_of(const struct coder *c, const struct join_job *job,
                             const struct side *side, uint32_t place)
{
    const struct text text = dictionary_text(job->dictionary, side->value[place]);
    metric_phonetic_code(c->metric, &text, &c->code);
    if (!c->code.code[0][0])
        return (struct entry){SILENT | side->value[place], place};
    return (struct entry){phonetic_pack(c->code.code[0]), place};
}

static bool are_alike(const struct join_job *job, uint64_t x, uint64_t y)
{
    if ((x | y) & SILENT)
        return x == y;
    return job->use.metric->alike(x, y);
}

static int by_code(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    return a->code != b->code ? sort_order(a->code, b->code) : sort_order(a->place, b->place);
}

/* The entries of every step-th place of a side, sorted; NULL without memory. */
static struct entry *read_side(const struct join_job *job, const struct side *side, uint32_t step,
                               uint32_t *n, struct err *e)
{
    *n = (side->n + step - 1) / step;
    struct entry *entry = malloc((*n + 1ull) * sizeof *entry);
    bool failed = false;
    if (!entry) {
        no_memory(e);
        return NULL;
    }
#pragma omp parallel reduction(|| : failed) if (*n > SAMPLE)
    {
        struct err own;
        struct coder c;
        failed = !coder_open(&c, job, &own);
#pragma omp for schedule(static)
        for (uint32_t i = 0; i < *n; i++)
            if (!failed)
                entry[i] = entry_of(&c, job, side, i * step);
        coder_close(&c);
    }
    if (failed) {
        free(entry);
        no_memory(e);
        return NULL;
    }
    qsort(entry, *n, sizeof *entry, by_code);
    return entry;
}

/* Writes the groups of n sorted entries, unless `group` is NULL; returns how many. */
static uint32_t cut_groups(const struct entry *entry, uint32_t n, struct group *group)
{
    uint32_t n_groups = 0;
    for (uint32_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && entry[to].code == entry[from].code;)
            to++;
        if (group)
            group[n_groups] = (struct group){entry[from].code, from, to};
        n_groups++;
    }
    return n_groups;
}

/* ---- Cost ------------------------------------------------------------------------------------*/

/* How many codes a side has, from those that a sample has: they grow with a power of the number of
 * values (Heaps 1978), and half the sample says with which. */
static double codes_expected(const struct entry *entry, uint32_t n, uint32_t step)
{
    double all = 0, half = 0;
    for (uint32_t from = 0, to; from < n; from = to) {
        bool in_half = false;
        for (to = from; to < n && entry[to].code == entry[from].code; to++)
            in_half |= entry[to].place / step % 2;
        all++;
        half += in_half;
    }
    return all * pow(step, log2(all / fmax(half, 1)));
}

/* The share of random pairs that are alike. */
static double alike_share(const struct join_job *job, const struct entry *a, uint32_t n_a,
                          const struct entry *b, uint32_t n_b)
{
    uint64_t random = 20240305;
    uint32_t alike = 0;
    for (uint32_t i = 0; i < SAMPLE_PAIRS; i++)
        alike +=
            are_alike(job, a[random_next(&random) % n_a].code, b[random_next(&random) % n_b].code);
    return (double)alike / SAMPLE_PAIRS;
}

static double alike_cost(const struct join_job *job)
{
    if (!job->prune || !job->use.metric->alike || metric_falls(job->use.view) || !job->a->n ||
        !job->b->n)
        return INFINITY;
    const uint32_t step_a = job->a->n / SAMPLE + 1, step_b = job->b->n / SAMPLE + 1;
    uint32_t n_a, n_b;
    struct err e;
    struct entry *a = read_side(job, job->a, step_a, &n_a, &e);
    struct entry *b = read_side(job, job->b, step_b, &n_b, &e);
    double seconds = INFINITY;
    if (a && b)
        seconds =
            SECONDS_A_VALUE * ((double)job->a->n + job->b->n) +
            SECONDS_A_CODE_PAIR * codes_expected(a, n_a, step_a) * codes_expected(b, n_b, step_b) +
            SECONDS_A_PAIR * alike_share(job, a, n_a, b, n_b) * (double)join_n_pairs(job);
    free(a);
    free(b);
    return seconds;
}

/* ---- Build -----------------------------------------------------------------------------------*/

static bool build_side(const struct join_job *job, const struct side *side, struct alike_side *at,
                       struct shm *index, struct err *e)
{
    struct entry *entry = read_side(job, side, 1, &at->n, e);
    if (!entry)
        return false;
    at->n_groups = cut_groups(entry, at->n, NULL);
    const bool ok =
        (at->entry_at = shm_alloc(index, "sounds", (at->n + 1ull) * sizeof *entry, 64, e)) &&
        (at->group_at =
             shm_alloc(index, "sounds", (at->n_groups + 1ull) * sizeof(struct group), 64, e));
    if (ok) {
        memcpy(shm_writable_array(index, at->entry_at, struct entry, at->n), entry,
               at->n * sizeof *entry);
        cut_groups(entry, at->n,
                   shm_writable_array(index, at->group_at, struct group, at->n_groups));
    }
    free(entry);
    return ok;
}

static bool alike_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct alike_head h = {.pairs = join_n_pairs(job)};
    const uint64_t at = shm_alloc(index, "sounds", sizeof h, 64, e);
    if (!at || !build_side(job, job->a, &h.a, index, e))
        return false;
    h.b = h.a;
    if (!job->self && !build_side(job, job->b, &h.b, index, e))
        return false;
    h.n_items = greatest(1, least(h.a.n_groups, MOST_ITEMS));
    *n_items = h.n_items;
    *shm_writable(index, at, struct alike_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool alike_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    (void)job, (void)index, (void)e;
    *scratch = NULL;
    return true;
}

static void put_groups(const struct join_job *job, const struct entry *a, const struct entry *a_end,
                       const struct entry *b, const struct entry *b_end, struct join_sink *sink,
                       struct join_stats *stats)
{
    for (; a < a_end; a++)
        for (const struct entry *y = b; y < b_end; y++) {
            if (job->self && a->place > y->place)
                continue;
            join_put(sink, a->place, y->place, 1.0);
            stats->matches++;
        }
}

static void alike_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    (void)scratch;
    const struct alike_head *h = shm_at(index, SHM_HEAD_AT, struct alike_head);
    const struct entry *a = shm_array(index, h->a.entry_at, struct entry, h->a.n);
    const struct entry *b = shm_array(index, h->b.entry_at, struct entry, h->b.n);
    const struct group *group_a = shm_array(index, h->a.group_at, struct group, h->a.n_groups);
    const struct group *group_b = shm_array(index, h->b.group_at, struct group, h->b.n_groups);
    const uint64_t n = h->a.n_groups, each = h->pairs / h->n_items, before = stats->matches;
    const uint32_t to = (uint32_t)(n * (item + 1) / h->n_items);
    stats->pairs += item ? each : h->pairs - each * (h->n_items - 1);
    for (uint32_t i = (uint32_t)(n * item / h->n_items); i < to; i++)
        for (uint32_t k = 0; k < h->b.n_groups; k++)
            if (are_alike(job, group_a[i].code, group_b[k].code))
                put_groups(job, a + group_a[i].from, a + group_a[i].to, b + group_b[k].from,
                           b + group_b[k].to, sink, stats);
    stats->candidates += stats->matches - before;
    stats->verified += stats->matches - before;
}

static void alike_close(void *scratch)
{
    (void)scratch;
}

const struct join join_alike = {
    .name = "alike sounds",
    .what = "the codes of values, each with each, in place of the values",
    .cost = alike_cost,
    .build = alike_build,
    .open = alike_open,
    .run = alike_run,
    .close = alike_close,
};
