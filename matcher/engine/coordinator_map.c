/* A map as a run of one stage. It has no tables: what workers get are the items. */
#include "core/log.h"
#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/engine/stage_task.h"

bool coordinator_map(const struct job *job, const struct shm *items, uint64_t n_runs,
                     struct result *result, struct err *e)
{
    const struct prepared prepared = {.shm.fd = -1};
    struct wire_task task;
    struct stage s;
    stage_catch_signals();
    stage_task_map(&task, job, n_runs);
    stage_init(&s, job, &prepared, 0);
    s.join = items;
    const bool ok = stage_run(&s, &task, e);
    result->pairs = s.pairs_found;
    result->replaced = s.replaced;
    stage_close(&s);
    log_progress_end();
    return ok;
}
