/* Sampling: some values of both sides become sets and lists, which gives the groups; some of the
 * groups, by chance and in proportion to their work, are stretched and timed. */
#include "matcher/join/set/set_sample.h"

#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "core/shm.h"
#include "matcher/join/set/set_lists.h"

#include <math.h>

#define SAMPLE_SETS 500u         /* of a side … */
#define SAMPLE_CHARACTERS 40000u /* … with so many characters in all, more or less */
#define SAMPLE_BYTES (1u << 28)  /* of address space */
#define GROUPS 16u               /* that are timed, if their sets are not large: … */
#define GROUPS_LEAST 2u
#define FILLED_ELEMENTS 1e6     /* … so many elements are put into planes … */
#define COUNTED_ELEMENTS 32768u /* … and for each group so many are counted */
#define PROBES_LEAST 8u         /* sets of A of a group … */
#define PROBES 256u             /* … and the most */
#define LIMITS 1000u            /* of two sizes, that are timed */
/* Measured on Zen 4. */
#define FIND_SECONDS 17e-9  /* an element of a set, as it is made … */
#define SORT_SECONDS 4.5e-9 /* … and for each halving of the set as it is sorted, if … */
#define SORTED_SIZE 64      /* … it has more elements than this */
#define ENTRY_SECONDS 40e-9 /* a set in a group, which is somewhere in memory */
#define COLD 1.4            /* in the whole, sets and planes leave the cache between groups */
#define RULES 3u            /* tables of the rule: of the index, and of some workers */

/* Some values of a side. */
struct some {
    uint32_t value[SAMPLE_SETS];
    struct side side;
    double more; /* values of the whole side for each of these */
};

struct sample {
    struct set_task task;
    struct sets_at a, b;
    struct set_lists_at lists_a, lists_b;
    struct shm_view index;
    double more_a, more_b;
    double steps;         /* of all groups: a set against a block of SET_LANES */
    double entries;       /* sets in all groups */
    double limit_seconds; /* for two sizes */
    double rule_seconds;  /* for the tables of the rule */
    bool whole;           /* one group of all sets */
    uint64_t random;
};

/* Takes every step-th value from `first` on. */
static void take_some(struct some *some, const struct dictionary *dictionary,
                      const struct side *side, uint32_t first, uint32_t step)
{
    double characters = 0;
    some->side = (struct side){.value = some->value};
    for (uint32_t i = first;
         i < side->n && some->side.n < SAMPLE_SETS && characters < SAMPLE_CHARACTERS; i += step) {
        some->value[some->side.n++] = side->value[i];
        characters += dictionary_length(dictionary, side->value[i]);
    }
    some->more = (double)side->n / fmax(1, some->side.n);
}

/* Values that are evenly spread. Those of a self join are parted, since a value is no partner of
 * itself in many pairs. */
static void take_both(struct some some[2], const struct join_job *job)
{
    const struct side *side[2] = {job->a, job->self ? job->a : job->b};
    for (uint32_t k = 0; k < 2; k++) {
        const double characters = 1 + (double)side_characters(job->dictionary, side[k]);
        const uint32_t least_step = side[k]->n / SAMPLE_SETS + 1;
        const uint32_t step =
            (uint32_t)fmax(least_step, characters / SAMPLE_CHARACTERS) * (job->self ? 2 : 1);
        take_some(&some[k], job->dictionary, side[k],
                  job->self && side[k]->n > 1 ? k * step / 2 : 0, step);
    }
}

/* ---- Groups ----------------------------------------------------------------------------------*/

/* The sets of a side that a group has in the sample. */
static struct set_list group_of(const struct sample *s, bool a, uint32_t element)
{
    const struct sets *sets = a ? &s->task.a : &s->task.b;
    if (element == SET_NONE)
        return (struct set_list){.first = sets->n_empty, .n = sets->n - sets->n_empty};
    return set_lists_of(s->index, a ? &s->lists_a : &s->lists_b, element);
}

/* The steps that a group takes in the whole. */
static double group_steps(const struct sample *s, uint32_t element)
{
    const double n_x = group_of(s, true, element).n * s->more_a;
    const double n_y = group_of(s, false, element).n * s->more_b;
    return n_x * n_y == 0 ? 0 : n_x * fmax(1, n_y / SET_LANES + 0.5);
}

static void count_steps(struct sample *s, bool prune)
{
    const double whole = group_steps(s, SET_NONE);
    for (uint32_t i = 0; prune && i < s->a.n_elements; i++) {
        s->steps += group_steps(s, i);
        s->entries += group_of(s, true, i).n * s->more_a + group_of(s, false, i).n * s->more_b;
    }
    s->whole = !prune || s->steps > whole;
    if (s->whole) {
        s->steps = whole;
        s->entries = 0;
    }
}

/* ---- Timing ----------------------------------------------------------------------------------*/

/* n of the sets of a list, as it is with each of them `more` times: every step-th from `from` on.
 */
static struct set_list stretch(const struct set_list *list, double more, double from, double step,
                               uint32_t n, uint32_t *set)
{
    for (uint32_t i = 0; i < n; i++)
        set[i] = set_list_at(list, least(list->n - 1, (uint32_t)((from + i * step) / more)));
    return (struct set_list){.set = set, .n = n};
}

/* How many different sizes n sets are expected to have. */
static double expect_sizes(const struct sets *sets, double n)
{
    double sizes = 0;
    for (uint32_t i = 0; i < sets->n_runs; i++) {
        const uint32_t end = least(sets->run[i + 1].first, sets->n);
        sizes += 1 - pow(1 - (double)(end - sets->run[i].first) / sets->n, n);
    }
    return sizes;
}

/* Seconds to make the limits for all sizes of a group, for each of its sets of A. Sets that are
 * repeated have fewer sizes. */
static double limits_seconds(const struct sample *s, double n_x, double n_y)
{
    const double sizes_y = expect_sizes(&s->task.b, n_y) * fmin(1, SET_LANES / n_y);
    return expect_sizes(&s->task.a, n_x) * sizes_y * s->limit_seconds / n_x;
}

/* Seconds for the limit of two sizes. */
static double time_limits(const struct sample *s)
{
    const struct sets *a = &s->task.a, *b = &s->task.b;
    volatile uint32_t common;
    const double start = proc_thread_seconds();
    for (uint32_t i = 0; i < LIMITS; i++) {
        common = set_rule_common(&s->task.rule, greatest(1, a->run[i % a->n_runs].size),
                                 greatest(1, b->run[i * 7 % b->n_runs].size));
        (void)common;
    }
    return (proc_thread_seconds() - start) / LIMITS;
}

/* Seconds for a step of a group: sets from all of it against one of its blocks. */
static double time_group(struct sample *s, uint32_t element)
{
    uint32_t set_x[PROBES], set_y[SET_LANES];
    const struct set_list x = group_of(s, true, element), y = group_of(s, false, element);
    const double n_x = ceil(x.n * s->more_a), n_y = ceil(y.n * s->more_b);
    const double most = fmax(PROBES_LEAST, (double)COUNTED_ELEMENTS / (s->task.a.largest + 1));
    const uint32_t probes = (uint32_t)fmin(fmin(n_x, PROBES), most);
    const uint32_t lanes = (uint32_t)fmin(n_y, SET_LANES);
    const double from = floor((n_y - lanes) * (double)(random_next(&s->random) >> 11) * 0x1p-53);
    const struct set_list some_x = stretch(&x, s->more_a, 0, n_x / probes, probes, set_x);
    const struct set_list some_y = stretch(&y, s->more_b, from, 1, lanes, set_y);
    const double start = proc_thread_seconds();
    set_blocks_join(&s->task, element, &some_x, &some_y, (struct set_range){0, probes, 0, lanes});
    return (proc_thread_seconds() - start) / probes + limits_seconds(s, n_x, n_y);
}

/* Groups are drawn in proportion to their steps, so the mean of theirs is that of all. */
static double time_groups(struct sample *s)
{
    const double filled = (double)SET_LANES * s->task.b.largest + 1;
    const uint32_t n = (uint32_t)fmin(GROUPS, fmax(GROUPS_LEAST, FILLED_ELEMENTS / filled));
    double seconds = 0, before = 0;
    uint32_t done = 0;
    if (s->steps == 0)
        return 0;
    for (; s->whole && done < n; done++)
        seconds += time_group(s, SET_NONE);
    for (uint32_t i = 0; i < s->a.n_elements && done < n; i++) {
        before += group_steps(s, i);
        for (bool cold = done == 0; done < n && s->steps * (done + 0.5) / n <= before;
             cold = false) {
            if (cold) /* memory is touched for the first time */
                time_group(s, i);
            seconds += time_group(s, i);
            done++;
        }
    }
    return ENTRY_SECONDS * s->entries + (s->whole ? 1 : COLD) * seconds / n * s->steps;
}

static void forget(struct join_sink *sink)
{
    sink->next = sink->end - 1;
}

static double time_search(struct sample *s, const struct join_job *small)
{
    struct join_pair pair;
    struct join_sink sink = {&pair, &pair + 1, forget, NULL};
    struct join_stats stats = {0};
    struct err ignored;
    s->task.kernels = set_kernels();
    s->task.job = small;
    s->task.sink = &sink;
    s->task.stats = &stats;
    s->limit_seconds = time_limits(s);
    count_steps(s, small->prune);
    if (!set_blocks_open(&s->task, &ignored))
        return (double)INFINITY;
    const double seconds = time_groups(s);
    set_blocks_close(&s->task);
    return seconds;
}

/* ---- All -------------------------------------------------------------------------------------*/

static bool build(struct sample *s, const struct join_job *small, unsigned q, struct shm *index)
{
    struct err ignored;
    if (!sets_build(small, q, &s->a, &s->b, index, &ignored))
        return false;
    s->index = shm_view_of(index);
    s->task.a = sets_view(s->index, &s->a);
    s->task.b = sets_view(s->index, &s->b);
    const double start = proc_thread_seconds();
    set_rule_make(&s->task.rule, small->use.metric->sets, small->need,
                  greatest(s->a.largest, s->b.largest));
    s->rule_seconds = proc_thread_seconds() - start;
    return !small->prune ||
           (set_lists_build(&s->task.rule, &s->a, &s->b, &s->lists_a, index, &ignored) &&
            set_lists_build(&s->task.rule, &s->b, &s->a, &s->lists_b, index, &ignored));
}

/* What making the sets of a side takes: its elements are found one after another, then sorted. */
static double side_seconds(const struct dictionary *dictionary, const struct side *side)
{
    double seconds = 0;
    for (uint32_t i = 0; i < side->n; i++) {
        const double length = dictionary_length(dictionary, side->value[i]);
        seconds +=
            length * (FIND_SECONDS + (length > SORTED_SIZE ? SORT_SECONDS * log2(length) : 0));
    }
    return seconds;
}

double set_sample_seconds(const struct join_job *job, unsigned q)
{
    struct some some[2];
    struct sample s = {.random = 20261202};
    struct join_job small = *job;
    struct shm index;
    struct err ignored;
    take_both(some, job);
    small.self = false;
    small.a = &some[0].side;
    small.b = &some[1].side;
    s.more_a = some[0].more;
    s.more_b = some[1].more;
    if (small.a->n == 0 || small.b->n == 0)
        return 0;
    if (!shm_create_private(&index, "a sample of sets", SAMPLE_BYTES, &ignored))
        return (double)INFINITY;
    double seconds = (double)INFINITY;
    if (build(&s, &small, q, &index))
        seconds = RULES * s.rule_seconds + side_seconds(job->dictionary, job->a) +
                  (job->self ? 0.5 * time_search(&s, &small) /* each pair is looked at once */
                             : side_seconds(job->dictionary, job->b) + time_search(&s, &small));
    shm_close(&index);
    return seconds;
}
