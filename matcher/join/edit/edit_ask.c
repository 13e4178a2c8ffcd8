/* Small joins of random texts: how many pairs are proposed, and how long metric_score takes for
 * these. A random pair says which two lengths are joined, so these come in proportion. */
#include "matcher/join/edit/edit_ask.h"

#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "core/shm.h"
#include "matcher/join/edit/edit_segments.h"
#include "matcher/join/edit/edit_task.h"

#include <math.h>
#include <stdio.h>

#define TEXTS 4096u        /* of each side, by chance */
#define DRAWS 1000u        /* of two lengths, at most, … */
#define DRAWN_SECONDS 3e-3 /* … or until so much time is gone */
#define SHORTS 512u        /* texts of the shorter length that are joined at once with … */
#define LONGS 64u          /* … so many of the longer one; fewer until … */
#define PROPOSED_LEAST 32u /* … so many pairs are proposed, since each is asked for */
#define TIMED 512u         /* of these, at most */
#define FAR_SECONDS 400e-9 /* for both texts, which in the join of all are somewhere in memory */
#define SAMPLE_BYTES (1u << 28) /* of address space */

struct trial {
    struct join_job job, all; /* all: whatever is proposed matches */
    struct edit_classes classes;
    struct edit_segments *segments;
    struct side a, b;
    uint32_t value_a[TEXTS], value_b[TEXTS];
    struct join_pair proposed[TIMED];
    uint64_t n_proposed, random;
    double share;   /* of all pairs, that are proposed */
    double seconds; /* of metric_score, for each of these */
};

/* Each value has the same chance, whatever the other side has: the sides often have the same values
 * in the same order. */
static void take_some(struct side *some, uint32_t *value, const struct side *side, uint64_t *random)
{
    *some = (struct side){.n = least(TEXTS, side->n), .value = value};
    for (uint32_t i = 0; i < some->n; i++)
        value[i] = side->value[random_next(random) % side->n];
}

static void forget(struct join_sink *sink)
{
    sink->next = sink->end - 1;
}

static uint32_t texts_of(const struct edit_rows *rows, uint32_t length)
{
    return rows->side.begin[length + 1] - rows->side.begin[length];
}

/* The length of a random text of a sample. */
static uint32_t draw_length(struct trial *t, const struct side *side)
{
    return dictionary_length(t->job.dictionary, side->value[random_next(&t->random) % side->n]);
}

/* Joins texts of two lengths, up to `most` of the longer one. Returns which share is proposed. */
static double join_lengths(struct trial *t, struct edit_task *task, uint32_t la, uint32_t lb,
                           uint32_t most)
{
    const bool a = la <= lb;
    if (greatest(la, lb) > EDIT_PAIR_LENGTH || !edit_rule_bounds(&task->rule, la, lb).possible)
        return 0;
    edit_task_set(task, a ? la : lb, a ? lb : la, a);
    const uint32_t n_short = least(SHORTS, texts_of(task->shorts, task->short_length));
    const uint32_t all_long = texts_of(task->longs, task->long_length);
    const uint32_t n_long = least(most, all_long);
    const uint32_t begin = (uint32_t)(random_next(&t->random) % (all_long - n_long + 1));
    const uint64_t before = task->stats->matches;
    edit_segments_run_all(t->segments, task,
                          (struct edit_range){0, n_short, begin, begin + n_long});
    return (double)(task->stats->matches - before) / ((double)n_short * n_long);
}

static void draw_joins(struct trial *t, struct edit_task *task)
{
    const double start = proc_thread_seconds();
    const uint64_t most = least_size(DRAWS, (size_t)t->a.n * t->b.n);
    uint32_t drawn = 0, longs = 1;
    double shares = 0;
    for (; drawn < most && proc_thread_seconds() - start < DRAWN_SECONDS; drawn++) {
        const uint32_t la = draw_length(t, &t->a), lb = draw_length(t, &t->b);
        shares += join_lengths(t, task, la, lb, longs);
        if (task->stats->matches < PROPOSED_LEAST)
            longs = least(2 * longs, LONGS);
    }
    t->share = shares / drawn;
}

/* Seconds for each pair that was proposed, of the first ones. */
static double time_scores(const struct trial *t, struct metric_state *metric)
{
    const struct dictionary *d = t->job.dictionary;
    const uint32_t n = (uint32_t)least_size(t->n_proposed, TIMED);
    const double start = proc_thread_seconds();
    for (uint32_t i = 0; i < n; i++)
        (void)metric_score(metric, dictionary_text(d, t->a.value[t->proposed[i].a]),
                           dictionary_text(d, t->b.value[t->proposed[i].b]));
    return n ? (proc_thread_seconds() - start) / n : 0;
}

/* Joins the rows of both sides. Nothing is proposed without memory. */
static void run_task(struct trial *t, const struct edit_rows *a, const struct edit_rows *b)
{
    struct edit_task task;
    struct join_sink sink = {t->proposed, t->proposed + TIMED, forget, NULL};
    struct join_stats stats = {0};
    struct err ignored;
    if (edit_task_open(&task, &t->job, a, b, &t->classes, &ignored)) {
        task.job = &t->all;
        task.sink = &sink;
        task.stats = &stats;
        draw_joins(t, &task);
        t->n_proposed = stats.matches;
        t->seconds = time_scores(t, task.metric);
    }
    edit_task_close(&task);
}

static void run_trial(struct trial *t)
{
    const struct dictionary *d = t->job.dictionary;
    struct edit_rows_at a, b;
    struct shm index;
    struct err ignored;
    if (!shm_create_private(&index, "a sample of texts", SAMPLE_BYTES, &ignored))
        return;
    if (edit_rows_build(&a, d, &t->a, &index, &ignored) &&
        edit_rows_build(&b, d, &t->b, &index, &ignored)) {
        const struct edit_rows rows_a = edit_rows_view(shm_view_of(&index), &a);
        const struct edit_rows rows_b = edit_rows_view(shm_view_of(&index), &b);
        run_task(t, &rows_a, &rows_b);
    }
    shm_close(&index);
}

double edit_ask_seconds(const struct join_job *job, const struct edit_rule *rule)
{
    if (rule->exact || job->a->n == 0 || job->b->n == 0)
        return 0;
    struct trial t = {.job = *job, .all = *job, .random = 20261202};
    take_some(&t.a, t.value_a, job->a, &t.random);
    take_some(&t.b, t.value_b, job->b, &t.random);
    t.job.self = t.all.self = false;
    t.job.a = t.all.a = &t.a;
    t.job.b = t.all.b = &t.b;
    t.all.need = metric_falls(job->use.view) ? (double)INFINITY : -(double)INFINITY;
    edit_classes_make(&t.classes, job->dictionary);
    if ((t.segments = edit_segments_open()))
        run_trial(&t);
    edit_segments_close(t.segments);
    return t.share * (t.seconds + FAR_SECONDS);
}
