/* Joins: which pairs of distinct values reach a threshold, without looking at all of them.
 *
 * A join is one row (join.c) with three functions. It is lossless: it reports every pair of
 * places (a, b) whose metric_score reaches job->need, each exactly once, with the very double that
 * metric_score gives, and no other pair. Filters decide in whole numbers from tables made by
 * evaluating that double expression. The work is cut into items, run in any order by any worker;
 * build runs once in the coordinator (OpenMP allowed), run in many processes on the same flat
 * index. A join knows distinct values alone: expanding them to rows and ordering is the engine's.
 *
 * A place is the number of a distinct value within one side: 0 to side->n - 1, in the order of
 * value ids. Example: a dictionary Bonn 0, Oslo 1, Rome 2; a side that has Bonn and Rome alone has
 * the places 0 (value id 0) and 1 (value id 2). */
#ifndef AXB_MATCHER_JOIN_JOIN_H
#define AXB_MATCHER_JOIN_JOIN_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/index/dictionary.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jaro_rules; /* join/jaro/jaro_rule.h */

/* What is to be joined; the same in the coordinator and in the workers. */
struct join_job {
    struct metric_use use; /* the view is METRIC_NORMALIZED_SIMILARITY, or one that falls */
    double need;           /* 0 < need, and need <= 1 where a score is at most 1: a pair matches if
                              score >= need; in a view that falls, 0 <= need: if score <= need */
    bool self;             /* a and b are the same side (dedupe): report each unordered pair of
                              places once, as a <= b, the pair (a, a) included */
    bool counts; /* it is enough to know how many pairs of rows match: the sink is likely to have
                    `rows`. For costs alone */
    bool prune;  /* false: look at every pair (--no-prune), with the kernels alone */
    const struct dictionary *dictionary;
    const struct side *a;
    const struct side *b;
    struct jaro_rules *rules; /* borrowed: what many small joins of one process would make again and
                                 again; NULL: the index has all */
    struct shm_view half;     /* what `prepare` of the join has made of side b; base NULL: nothing,
                                 and the index has all */
};

/* How many pairs of places there are to be joined. */
static inline uint64_t join_n_pairs(const struct join_job *job)
{
    const uint64_t n = job->a->n;
    return job->self ? n * (n + 1) / 2 : n * job->b->n;
}

/* Does a pair with this score match? */
static inline bool join_takes(const struct join_job *job, double score)
{
    return metric_falls(job->use.view) ? score <= job->need : score >= job->need;
}

struct join_pair {
    uint32_t a; /* place in side a */
    uint32_t b; /* place in side b */
    double score;
};

/* Where a join puts its pairs. The engine gives the buffer and empties it. */
struct join_sink {
    struct join_pair *next, *end;
    void (*flush)(struct join_sink *s); /* afterwards next < end */
    uint64_t *rows; /* NULL: all pairs are wanted. Else pairs are only counted: in place of putting
                       a pair of two values a join may add here how many pairs of rows have them,
                       side_multiplicity of the one × that of the other */
};

static inline void join_put(struct join_sink *s, uint32_t a, uint32_t b, double score)
{
    *s->next++ = (struct join_pair){a, b, score};
    if (s->next == s->end)
        s->flush(s);
}

/* Counters of one worker, added up for --stats, --plan and -v. */
struct join_stats {
    uint64_t pairs;      /* pairs of distinct values that the items stand for, pruned or not */
    uint64_t candidates; /* that passed the filters */
    uint64_t verified;   /* that the exact kernel looked at */
    uint64_t matches;
};

struct join {
    const char *name; /* as --plan shows it: "bit-sliced counting" */
    const char *what; /* one line for --plan: why it is lossless and when it is chosen */

    /* Can it do this job, and at what estimated cost in seconds of one core (INFINITY: cannot)?
     * Looks at family, arguments, threshold, lengths, numbers of values; may sample: most
     * take some milliseconds, those that try long or many texts some tenths of a second. */
    double (*cost)(const struct join_job *job);

    /* Builds the flat index into the empty segment `index` (offsets, no pointers; the first
     * shm_alloc is the join's head) and says how many items it has. ERR_OS
     * without memory. */
    bool (*build)(const struct join_job *job, struct shm *index, uint32_t *n_items, struct err *e);

    /* Makes what an index needs of side b, whatever side a is, into the empty segment `half`. Jobs
     * that differ in a alone may then have it as job->half, in build, open and run. Side a of *job
     * is a usual one, and no such job is `self`. NULL: the join has no such half. ERR_OS without
     * memory. */
    bool (*prepare)(const struct join_job *job, struct shm *half, struct err *e);

    /* A worker's own scratch for a mapped index; freed by close. Some joins need none: then it is
     * NULL. After a failure it is NULL too, and nothing is to be freed. ERR_OS. */
    bool (*open)(const struct join_job *job, struct shm_view index, void **scratch, struct err *e);

    /* Runs one item; cannot fail and does not allocate. */
    void (*run)(const struct join_job *job, struct shm_view index, void *scratch, uint32_t item,
                struct join_sink *sink, struct join_stats *stats);

    void (*close)(void *scratch);
};

/* All joins, cheapest idea first; NULL after the last. */
const struct join *join_at(size_t i);

/* The join with the least cost for a job, and that cost in seconds of one core. `name` NULL: among
 * all joins, and it always finds one, since the plain scan does any metric. Else the join of that
 * name; NULL, and a cost of INFINITY, if none has it or that join cannot do the job. With
 * job->prune false only scans are chosen. */
const struct join *join_choose(const struct join_job *job, const char *name, double *cost);

/* Are so many items few enough for their numbers, which have 32 bits? ERR_USAGE. */
bool join_check_items(uint64_t n, struct err *e);

/* A join within a join: the index of one lies in the index of another. */
struct join_inner {
    uint64_t at, bytes;
    uint32_t row; /* join_at of it is the join */
    uint32_t n_items;
};

/* Has the join with the least cost for a job build its index, and copies that into `index`. `what`
 * names it in errors. ERR_OS without memory. */
bool join_inner_build(struct join_inner *inner, const struct join_job *job, const char *what,
                      struct shm *index, struct err *e);

/* The index of the inner join, for its functions. */
struct shm_view join_inner_view(struct shm_view index, const struct join_inner *inner);

#endif
