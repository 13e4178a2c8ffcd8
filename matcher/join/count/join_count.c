/* The join of all pairs by characters in common (count_join.h), for every metric that has a bound
 * by them. It is the one for columns of long texts. */
#include "core/shm.h"
#include "matcher/join/count/count_join.h"
#include "matcher/join/count/count_rule.h"

#include <math.h>

struct count_head {
    struct count_join_at at;
};

static double count_cost(const struct join_job *job)
{
    const bool any = job->a->n && job->b->n;
    return job->prune && any && count_rule_fits(job) ? count_join_seconds(job, 0)
                                                     : (double)INFINITY;
}

/* One item more than there is work, so that all pairs are counted. */
static bool count_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct count_head head = {0};
    if (!shm_alloc(index, "the count index", sizeof head, 64, e) ||
        !count_join_build(&head.at, job, 0, index, e))
        return false;
    *shm_writable(index, SHM_HEAD_AT, struct count_head) = head;
    *n_items = head.at.n_items + 1;
    return true;
}

static bool count_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    const struct count_head *head = shm_at(index, SHM_HEAD_AT, struct count_head);
    struct count_join *join = NULL;
    const bool ok = !head->at.n_items || count_join_open(&join, job, index, &head->at, e);
    *scratch = join;
    return ok;
}

static void count_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct count_head *head = shm_at(index, SHM_HEAD_AT, struct count_head);
    const uint64_t pairs = join_n_pairs(job), n = head->at.n_items + 1ull;
    stats->pairs += pairs / n + (number < pairs % n);
    if (number < head->at.n_items)
        count_join_run(scratch, number, sink, stats);
}

static void count_close(void *scratch)
{
    count_join_close(scratch);
}

const struct join join_count = {
    .name = "count index",
    .what = "characters in common counted for 512 texts of any length at once",
    .cost = count_cost,
    .build = count_build,
    .open = count_open,
    .run = count_run,
    .close = count_close,
};
