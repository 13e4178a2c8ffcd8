/* --top and --top-b in a run: whether in rounds, and whose best are found.
 *
 * Where both sides are asked, or a record is on both, the pairs that are among the best of either
 * are found first; which of these are kept is chosen from them (choose/choose_top.h). No pair that
 * it would keep is missing, and none that it compares these with. */
#include "core/memory.h"
#include "matcher/resolve/resolve.h"
#include "matcher/run/run.h"

#include <stdlib.h>
#include <string.h>

/* Do pairs that are not among the best play no part at all? */
static bool is_only_best(const struct run *r)
{
    const struct choice *c = &r->choice;
    return (c->top[0] || c->top[1]) && c->pairing == CHOICE_MANY && !c->clusters;
}

bool run_plan_best(struct run *r, const struct query *asked, const struct plan *plan, struct err *e)
{
    const bool alone = !r->choice.collects;
    *e = (struct err){.status = ERR_NONE};
    r->rounds_once = !r->opts->prune || asked->scorer || r->wanted.split;
    /* Elsewhere all pairs are in the journal, the part or the audit, not the best alone. A prepared
     * run has parts, and with a threshold it does without rounds. */
    const bool in_parts = r->opts->prepare && !asked->open_ended;
    const bool can = alone ? r->opts->prune && !asked->scorer && !in_parts
                           : !r->opts->resume && !r->shard.of && !r->opts->audit && !in_parts;
    if (!can || !is_only_best(r))
        return true;
    const bool pays = rounds_pay(asked, plan, e);
    r->by_rounds = pays || (!alone && asked->open_ended);
    r->rounds_once = r->rounds_once || !pays;
    return e->status == ERR_NONE;
}

/* The pairs of both lists, in order, each once. */
static bool unite(struct found *found, const struct found *more, struct err *e)
{
    const char *what = "the best matches of each row";
    const uint64_t n = found->n + more->n;
    if (!mem_check(what, more->n * sizeof *more->pair, e))
        return false;
    struct found_pair *all = realloc(found->pair, (n + 1) * sizeof *all);
    if (!all)
        return err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    memcpy(all + found->n, more->pair, more->n * sizeof *all);
    *found = (struct found){all, n};
    found_put_in_order(found);
    return true;
}

/* What is asked of the rows of A, or, in dedupe, of all. */
static struct rounds_request request_of(const struct run *r, const struct job *job)
{
    const uint32_t *top = r->choice.top;
    const bool self = r->sources.self;
    return (struct rounds_request){.whose = self ? ROUNDS_SELF : ROUNDS_A,
                                   .top = self && top[1] > top[0] ? top[1] : top[0],
                                   .once = r->rounds_once,
                                   .job = job,
                                   .estimate = &r->estimate,
                                   .plan = &r->plan_request,
                                   .field = r->loaded.field};
}

bool run_expect_best(struct run *r, struct err *e)
{
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const struct sinks none = {.out = NULL};
    const struct job job = {&r->query, &r->loaded.inputs, &r->plan, &none, &faults, &placement};
    struct rounds_request q = request_of(r, &job);
    struct result result = {.pairs = 0};
    if (r->rounds_once)
        return true;
    if (q.top == 0) {
        q.whose = ROUNDS_B;
        q.top = r->choice.top[1];
    }
    return rounds_run(&q, &r->span, NULL, &r->rounds, &result, e);
}

bool run_find_best(struct run *r, const struct job *job, const struct span *left,
                   struct found *found, struct err *e)
{
    const uint32_t *top = r->choice.top;
    const bool self = r->sources.self;
    struct rounds_request q = request_of(r, job);
    const uint32_t first = q.top;
    struct found of_b = {NULL, 0};
    struct rounds_report report;
    r->result = (struct result){.pairs = 0};
    if (first && !rounds_run(&q, left, found, &r->rounds, &r->result, e))
        return false;
    if (self || !top[1])
        return true;
    q.whose = ROUNDS_B;
    q.top = top[1];
    bool ok = rounds_run(&q, left, &of_b, first ? &report : &r->rounds, &r->result, e) &&
              unite(found, &of_b, e);
    free(of_b.pair);
    return ok;
}
