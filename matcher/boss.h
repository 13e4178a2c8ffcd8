/* The boss: runs the stages of a plan in worker processes and writes what they find, in order.
 *
 * It spawns workers, watches over them, replaces those that die through no fault of the scorer,
 * names the pair of rows where the scorer is at fault, and writes tiles in order whoever did them.
 * It never runs user code and holds no result longer than it must: a worker that is ahead waits
 * when its ring is full. */
#ifndef AXB_MATCHER_BOSS_H
#define AXB_MATCHER_BOSS_H

#include "core/err.h"
#include "core/os.h"
#include "data/out.h"
#include "data/table.h"
#include "matcher/index.h"
#include "matcher/join.h"
#include "matcher/scorer.h"
#include "matcher/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct boss_job {
    struct wire_task task;   /* what to do; the boss fills in stages, tiles and rows */
    const struct join *join; /* NULL: score every pair of rows */
    const struct shm *tables[2];
    const struct shm *index;
    struct table table[2]; /* views of them */
    struct index view;
    const struct scorer *scorer; /* NULL: the metric of the task */
    const struct topo *topo;
    enum topo_bind bind;
    unsigned n_workers;
    struct out *out;           /* NULL in count mode */
    uint64_t sample_rows;      /* only the first rows of A; 0: all */
    uint64_t max_results;      /* 0: no limit */
    uint64_t max_memory_bytes; /* 0: what the machine allows */
};

/* What a run did. */
struct boss_result {
    uint64_t pairs;         /* pairs of rows that match */
    struct join_stats join; /* of pairs of distinct values */
    uint64_t slices;        /* 1: all at once */
    uint64_t replaced;      /* workers that died and were replaced */
    double build_seconds;   /* of the join's index */
    double join_seconds;
    double order_seconds;
    double write_seconds; /* expanding, formatting, writing; or scoring all pairs */
    uint64_t index_bytes; /* of the join's index */
};

/* Runs it. Stops on SIGINT and SIGTERM with ERR_STOPPED. Whatever happens, no worker is left. */
bool boss_run(struct boss_job *job, struct boss_result *result, struct err *e);

#endif
