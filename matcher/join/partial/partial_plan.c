/* Planning: lengths are counted, groups made, and ways tried on a small join. */
#include "matcher/join/partial/partial_plan.h"
#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "matcher/join/partial/partial_rule.h"
#include "matcher/join/partial/partial_verify.h"
#include "matcher/join/score_cost.h"
#include "matcher/kernel/kernel_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_SHORTER 4096u     /* texts of A that may be tried as the shorter ones, and … */
#define SAMPLE_LONGER 768u       /* … of B as the longer ones, at most */
#define SAMPLE_CHARACTERS 60000u /* of those of B, where B has some texts; and of a group's */
#define TRIED 128u               /* texts of a group, at most */
#define TRIED_LEAST 16u          /* of them, even if that takes longer than … */
#define TRIED_SECONDS 5e-3       /* … this, for a way */
#define SAMPLE_BYTES (1u << 30)  /* of address space */
#define FEW_PAIRS 1e5            /* where there are no more, no way is tried */
#define FEW_RATE                                                                                   \
    {                                                                                              \
        100e-9, 100e-9, 0.2e-9                                                                     \
    }
#define START_SECONDS 0.5e-3 /* memory that is cleared, for instance */
#define STEP_LEAST 4u
#define WIDER 8u /* a group ends where texts are longer by this part */

struct planner {
    struct partial_plan *plan;
    const struct join_job *job; /* the whole one */
    struct join_job small;
    struct side a, b; /* of the small one */
    uint32_t shorter[SAMPLE_SHORTER], longer[SAMPLE_LONGER];
    struct by_length a_order, b_order;
    bool few;
    double long_seconds;  /* of a score of two texts that are_long */
    uint64_t *lengths[2]; /* how many texts of A and of B have each length */
    struct partial_search *search;
    struct partial_verify *verify;
};

/* ---- The sample ------------------------------------------------------------------------------*/

/* Takes a text of a random place in each of n equal runs. */
static void take_some(struct side *some, uint32_t *value, const struct side *side, uint32_t n)
{
    uint64_t random = 20261130;
    *some = (struct side){.value = value, .n = least(n, side->n)};
    for (uint32_t i = 0; i < some->n; i++) {
        const uint64_t from = (uint64_t)side->n * i / some->n;
        const uint64_t to = (uint64_t)side->n * (i + 1) / some->n;
        value[i] = side->value[from + random_next(&random) % (to - from)];
    }
}

/* Of long texts, so many that they have about SAMPLE_CHARACTERS. */
static uint32_t longer_wanted(const struct dictionary *d, const struct side *side)
{
    const double characters = (double)side_characters(d, side);
    const double wanted = SAMPLE_CHARACTERS / (characters / fmax(1, side->n) + 1);
    return (uint32_t)fmin(SAMPLE_LONGER, fmax(16, wanted));
}

static void count_lengths(uint64_t *lengths, const struct dictionary *d, const struct side *side)
{
    for (uint32_t i = 0; i < side->n; i++)
        lengths[dictionary_length(d, side->value[i])]++;
}

/* ---- Trying ----------------------------------------------------------------------------------*/

static void forget(void *to, uint32_t shorter, uint32_t longer, double score)
{
    (void)to, (void)shorter, (void)longer, (void)score;
}

/* The texts that a group is tried on: some of its own against those that are not shorter, until
 * these have SAMPLE_CHARACTERS. The group's are of A, or of B where A has none. */
static struct partial_item tried(const struct planner *p, const struct partial_group *group)
{
    const bool of_b = p->a_order.begin[group->shortest] == p->a_order.begin[group->longest + 1];
    const struct by_length *s = of_b ? &p->b_order : &p->a_order;
    const struct by_length *l = of_b ? &p->a_order : &p->b_order;
    const struct side *side = of_b ? &p->a : &p->b;
    struct partial_item item = {.shorter_is_b = of_b,
                                .s_begin = s->begin[group->shortest],
                                .s_end = s->begin[group->longest + 1],
                                .l_begin = l->begin[group->shortest],
                                .l_end = l->n};
    const uint32_t most = least(TRIED, SAMPLE_CHARACTERS / group->longest + 1);
    item.s_end = least(item.s_end, item.s_begin + most);
    uint32_t characters = 0, end = item.l_begin;
    while (end < item.l_end && characters < SAMPLE_CHARACTERS)
        characters += dictionary_length(p->job->dictionary, side->value[l->place[end++]]);
    item.l_end = end;
    return item;
}

static double count_pieces(const struct planner *p, const struct partial_group *group,
                           const struct partial_item *item)
{
    const struct side *side = item->shorter_is_b ? &p->a : &p->b;
    const struct by_length *l = item->shorter_is_b ? &p->a_order : &p->b_order;
    double pieces = 0;
    for (uint32_t i = item->l_begin; i < item->l_end; i++)
        pieces +=
            partial_pieces(group, dictionary_length(p->job->dictionary, side->value[l->place[i]]));
    return pieces;
}

/* Seconds of an item. The first run warms the caches. */
static double time_item(const struct planner *p, const struct partial_group *group,
                        const struct partial_item *item)
{
    double best = (double)INFINITY;
    for (uint32_t run = 0; run < 2; run++) {
        const double start = proc_thread_seconds();
        partial_search_run(p->search, group, item);
        best = fmin(best, proc_thread_seconds() - start);
    }
    return best;
}

/* Tries a group's way on some pairs. */
static struct partial_rate try_way(const struct planner *p, const struct partial_group *group)
{
    struct partial_item item = tried(p, group);
    const double pieces = count_pieces(p, group, &item);
    struct partial_rate rate = {0};
    if (item.s_begin == item.s_end || pieces < 1)
        return rate;
    struct partial_item one = item;
    one.s_end = item.s_begin + 1;
    const double first = time_item(p, group, &one);
    item.s_end =
        (uint32_t)fmin(item.s_end, item.s_begin + fmax(TRIED_LEAST, TRIED_SECONDS / first));
    struct partial_item none = item;
    none.l_end = item.l_begin;
    const double probes = item.s_end - item.s_begin;
    const double made = time_item(p, group, &none), all = time_item(p, group, &item);
    rate.probe = made / probes;
    /* One text alone says nothing of others. Then there are few, too. */
    rate.addition = fmax(0, probes > 1 ? (all - first) / (probes - 1) - rate.probe : 0) / pieces;
    rate.piece = fmax(0, first / pieces - rate.addition);
    return rate;
}

/* ---- Long texts ------------------------------------------------------------------------------*/

/* A text of more characters than there are planes has nearly all of them in common with any other
 * such text: all pairs pass. A trial would take as long as their scores. */
static bool are_long(uint32_t shortest)
{
    return shortest > PARTIAL_PLANES;
}

/* The values of a side that are long; freed by the caller. */
static uint32_t *long_values(const struct dictionary *d, const struct side *side, struct side *some)
{
    uint32_t *value = malloc((side->n + 1ull) * sizeof *value);
    *some = (struct side){.value = value};
    for (uint32_t i = 0; value && i < side->n; i++)
        if (are_long(dictionary_length(d, side->value[i])))
            value[some->n++] = side->value[i];
    return value;
}

static double seconds_of_long(const struct join_job *job)
{
    struct side a, b;
    if (!are_long(job->dictionary->max_length))
        return 0;
    uint32_t *of_a = long_values(job->dictionary, job->a, &a);
    uint32_t *of_b = long_values(job->dictionary, job->b, &b);
    const double seconds =
        of_a && of_b ? score_cost_reaching(&job->use, job->dictionary, &a, &b, job->need) : 0;
    free(of_a);
    free(of_b);
    return seconds;
}

/* ---- Costs -----------------------------------------------------------------------------------*/

/* Seconds of a group for shorter texts of one side and longer ones of the other. */
static double seconds_of_side(const struct planner *p, const struct partial_group *group,
                              const struct partial_rate *rate, unsigned shorter)
{
    const uint32_t max_length = p->job->dictionary->max_length;
    double probes = 0, pieces = 0;
    for (uint32_t n = group->shortest; n <= group->longest; n++)
        probes += (double)p->lengths[shorter][n];
    for (uint32_t n = group->shortest; n <= max_length; n++)
        pieces += (double)p->lengths[!shorter][n] * partial_pieces(group, n);
    if (probes == 0)
        return 0;
    return ceil(probes / PARTIAL_PROBES_MOST) * pieces * rate->piece +
           probes * (rate->probe + pieces * rate->addition);
}

static double seconds_of(const struct planner *p, const struct partial_group *group,
                         const struct partial_rate *rate)
{
    const double seconds = seconds_of_side(p, group, rate, 0);
    return p->job->self ? seconds / 2 : seconds + seconds_of_side(p, group, rate, 1);
}

/* The first that asks for something serves where pairs are few. */
static const struct partial_way ways[] = {
    {.q = {2, 1}}, {.q = {1, 2}}, {.q = {2, 3}}, {.q = {2, 0}}, {.q = {3, 0}}, {.q = {1, 0}},
};
#define N_WAYS (sizeof ways / sizeof *ways)

/* Does a way ask for some q-grams of each text of a group? */
static bool has_limits(const struct planner *p, const struct partial_group *group)
{
    for (uint32_t k = 0; k < PARTIAL_STEPS; k++)
        if (group->way.q[k] > 1 &&
            partial_rule_limits(p->job, group->shortest, group->way.q[k]).end == 0)
            return false;
    return true;
}

/* Is no way of a group tried? */
static bool untried(const struct planner *p, const struct partial_group *group)
{
    return p->few || are_long(group->shortest);
}

static struct partial_rate rate_of(const struct planner *p, const struct partial_group *group)
{
    struct partial_rate rate = FEW_RATE;
    if (are_long(group->shortest))
        rate.addition = p->long_seconds;
    else if (!p->few)
        rate = try_way(p, group);
    return rate;
}

/* Tries a way with pieces of some step, and keeps it if it is the best so far. */
static void offer_way(const struct planner *p, uint32_t number, struct partial_way way,
                      double *best)
{
    struct partial_group group = p->plan->group[number];
    group.way = way;
    if (!has_limits(p, &group))
        return;
    const struct partial_rate rate = rate_of(p, &group);
    const double seconds = seconds_of(p, &group, &rate);
    if (seconds >= *best)
        return;
    *best = seconds;
    p->plan->group[number] = group;
    p->plan->rate[number] = rate;
}

/* Takes the best of all ways for a group; returns its seconds. */
static double choose_way(const struct planner *p, uint32_t number)
{
    const uint32_t n = p->plan->group[number].longest;
    const bool once = untried(p, &p->plan->group[number]);
    double best = (double)INFINITY;
    for (uint32_t i = 0; i < N_WAYS && !(once && isfinite(best)); i++)
        for (uint32_t step = n / 2; step <= 2 * n; step *= 4) {
            struct partial_way way = ways[i];
            way.step = greatest(step, STEP_LEAST);
            offer_way(p, number, way, &best);
            if (step == 0 || once)
                break;
        }
    return best;
}

/* Groups of the lengths that texts have. */
static void list_groups(struct planner *p)
{
    const uint32_t max_length = p->job->dictionary->max_length;
    uint32_t n = 0;
    for (uint32_t length = 1; length <= max_length;) {
        if (!p->lengths[0][length] && !p->lengths[1][length]) {
            length++;
            continue;
        }
        const uint32_t longest = least(max_length, length + length / WIDER);
        p->plan->group[n++] = (struct partial_group){.shortest = length, .longest = longest};
        length = longest + 1;
    }
    p->plan->n_groups = n;
}

/* ---- All of it -------------------------------------------------------------------------------*/

/* Opens what a small join needs, in a segment of its own. */
static bool open_trials(struct planner *p, struct shm *index, struct err *e)
{
    struct by_length_at a, b;
    if (!shm_alloc(index, "a sample", 64, 64, e) ||
        !by_length_build(&a, p->job->dictionary, &p->a, index, e) ||
        !by_length_build(&b, p->job->dictionary, &p->b, index, e))
        return false;
    p->a_order = by_length_view(shm_view_of(index), &a);
    p->b_order = by_length_view(shm_view_of(index), &b);
    if (!partial_verify_open(&p->verify, &p->small, e))
        return false;
    partial_verify_begin(p->verify, forget, NULL);
    return partial_search_open(&p->search, &p->small, &p->a_order, &p->b_order, p->verify, e);
}

static bool plan_with(struct planner *p, struct err *e)
{
    struct shm index;
    const struct dictionary *d = p->job->dictionary;
    take_some(&p->a, p->shorter, p->job->a, SAMPLE_SHORTER);
    take_some(&p->b, p->longer, p->job->b, longer_wanted(d, p->job->b));
    p->small = *p->job;
    p->small.self = false;
    p->small.a = &p->a;
    p->small.b = &p->b;
    count_lengths(p->lengths[0], d, p->job->a);
    count_lengths(p->lengths[1], d, p->job->b);
    list_groups(p);
    p->long_seconds = seconds_of_long(p->job);
    if (!p->few && !shm_create_private(&index, "a sample", SAMPLE_BYTES, e))
        return false;
    const bool ok = p->few || open_trials(p, &index, e);
    for (uint32_t i = 0; ok && i < p->plan->n_groups; i++)
        p->plan->seconds += choose_way(p, i);
    partial_search_close(p->search);
    partial_verify_close(p->verify);
    if (!p->few)
        shm_close(&index);
    return ok;
}

bool partial_plan_make(struct partial_plan *plan, const struct join_job *job, struct err *e)
{
    const size_t n = job->dictionary->max_length + 2ull;
    struct planner *p = calloc(1, sizeof *p);
    uint64_t *lengths = calloc(2 * n, sizeof *lengths);
    bool ok = p && lengths;
    if (ok) {
        *p = (struct planner){.plan = plan, .job = job, .lengths = {lengths, lengths + n}};
        plan->seconds = START_SECONDS;
        p->few = (double)join_n_pairs(job) <= FEW_PAIRS;
        ok = plan_with(p, e);
    } else {
        err_set(e, ERR_OS, NULL, "no memory for the partial join");
    }
    free(lengths);
    free(p);
    return ok;
}
