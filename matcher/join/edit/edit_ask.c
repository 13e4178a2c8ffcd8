/* Random pairs: how many of them are proposed, and how long metric_score takes for these. */
#include "matcher/join/edit/edit_ask.h"

#include "core/base.h"
#include "core/process.h"
#include "core/random.h"

#include <string.h>

#define TRIED 4096u        /* pairs */
#define TIMED 512u         /* of these that are proposed */
#define TRIED_SECONDS 5e-3 /* at most; texts may be long */
#define PROPOSER "osa_distance"

struct asked {
    struct text a, b;
};

static struct text random_text(uint64_t *random, const struct dictionary *dictionary,
                               const struct side *side)
{
    return dictionary_text(dictionary, side->value[random_next(random) % side->n]);
}

/* Does the kernel let the pair pass? */
static bool is_proposed(struct metric_state *proposer, const struct edit_rule *rule,
                        const struct asked *pair)
{
    const uint32_t la = pair->a.n, lb = pair->b.n;
    const struct edit_bounds bounds = edit_rule_bounds(rule, la, lb);
    return least(la, lb) <= EDIT_ASK_LENGTH && bounds.possible &&
           metric_score(proposer, pair->a, pair->b) <= bounds.kernel_limit;
}

/* Collects pairs that are proposed. Returns the share of all that they are. */
static double propose(const struct join_job *job, const struct edit_rule *rule,
                      struct metric_state *proposer, struct asked *out, uint32_t *n)
{
    const double start = proc_thread_seconds();
    uint64_t random = 20261202;
    uint32_t tried = 0, proposed = 0;
    for (; tried < TRIED && proc_thread_seconds() - start < TRIED_SECONDS; tried++) {
        const struct asked pair = {random_text(&random, job->dictionary, job->a),
                                   random_text(&random, job->dictionary, job->b)};
        if (!is_proposed(proposer, rule, &pair))
            continue;
        if (*n < TIMED)
            out[(*n)++] = pair;
        proposed++;
    }
    return tried ? (double)proposed / tried : 0;
}

/* Seconds for each of n pairs. */
static double time_scores(struct metric_state *metric, const struct asked *pair, uint32_t n)
{
    const double start = proc_thread_seconds();
    for (uint32_t i = 0; i < n; i++)
        (void)metric_score(metric, pair[i].a, pair[i].b);
    return n ? (proc_thread_seconds() - start) / n : 0;
}

double edit_ask_seconds(const struct join_job *job, const struct edit_rule *rule)
{
    const struct dictionary *dictionary = job->dictionary;
    struct metric_state *proposer = NULL, *metric = NULL;
    struct metric_use use;
    struct asked asked[TIMED];
    struct err ignored;
    uint32_t n = 0;
    double seconds = 0;
    if (rule->exact || job->a->n == 0 || job->b->n == 0)
        return 0;
    if (metric_find(PROPOSER, strlen(PROPOSER), &use, &ignored) &&
        metric_open(&proposer, &use, &dictionary->alphabet, dictionary->max_length, &ignored) &&
        metric_open(&metric, &job->use, &dictionary->alphabet, dictionary->max_length, &ignored)) {
        const double share = propose(job, rule, proposer, asked, &n);
        seconds = share * time_scores(metric, asked, n);
    }
    metric_close(metric);
    metric_close(proposer);
    return seconds;
}
