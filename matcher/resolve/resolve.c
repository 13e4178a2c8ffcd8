/* Three steps: find, choose, write. */
#include "matcher/resolve/resolve.h"

#include "core/log.h"
#include "core/memory.h"
#include "data/emit.h"
#include "data/out.h"
#include "matcher/choose/choose_greedy.h"
#include "matcher/choose/choose_optimal.h"
#include "matcher/choose/choose_top.h"
#include "matcher/engine/coordinator.h"

#include <stdlib.h>

bool resolve_finds(const struct query *asked, struct query *finds, struct err *e)
{
    *finds = *asked;
    finds->count = false;
    finds->lines = (struct emit_spec){.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    return emit_find("table", &finds->lines.format, e);
}

/* Runs the plan with `out` in place of the output. */
static bool find_into(const struct job *job, const struct span *span, struct out *out,
                      struct result *result, struct err *e)
{
    struct query query;
    const struct sinks sinks = {.out = out,
                                .head_at = UINT64_MAX,
                                .tap = job->sinks->tap,
                                .journal = job->sinks->journal,
                                .timeline = job->sinks->timeline};
    const struct job finds = {&query, job->inputs, job->plan, &sinks, job->faults, job->placement};
    return resolve_finds(job->query, &query, e) && coordinator_run(&finds, span, result, e);
}

static struct found_rows rows_of(const struct inputs *inputs)
{
    return (struct found_rows){
        {(uint32_t)inputs->table[0].head->n_rows, (uint32_t)inputs->table[1].head->n_rows},
        inputs->self};
}

/* Takes the pairs of a file, which is older than this run if that goes on with another. */
static bool take_file(const struct job *job, const struct out *grows, struct collect *found,
                      struct err *e)
{
    return collect_map(found, grows->fd, grows->bytes, e) &&
           (found_is_in_order(&found->found, rows_of(job->inputs)) ||
            err_set(e, ERR_DATA, "remove it, and run all of it again",
                    "%s: its pairs are not in order, or of rows that do not exist", grows->path));
}

/* Finds the pairs, in memory or by way of a file. */
static bool find(const struct job *job, const struct span *span, struct out *grows,
                 struct collect *found, struct result *result, struct err *e)
{
    struct out into;
    if (grows)
        return find_into(job, span, grows, result, e) && take_file(job, grows, found, e);
    out_open_into(&into, collect_take, found);
    return find_into(job, span, &into, result, e);
}

bool resolve_choose(struct found *found, struct found_rows rows, const struct choice *choice,
                    enum choose_better better, struct err *e)
{
    log_phase("choosing", 0);
    if ((choice->top[0] || choice->top[1]) && !choose_top(found, rows, choice->top, better, e))
        return false;
    switch (choice->pairing) {
    case CHOICE_MANY:
        return true;
    case CHOICE_GREEDY:
        return choose_greedy(found, rows, better, e);
    case CHOICE_OPTIMAL:
        break;
    }
    return choose_optimal(found, rows, better, e);
}

/* Writes what is kept. Tap and journal speak of what was found. */
static bool write_kept(const struct job *job, const struct span *span, const struct found *kept,
                       struct result *result, struct err *e)
{
    struct sinks sinks = *job->sinks;
    struct job writes = *job;
    sinks.tap = NULL;
    sinks.journal = NULL;
    writes.sinks = &sinks;
    return coordinator_write(&writes, span, kept, result, e);
}

static bool write_part(const struct job *job, const struct span *whole, const struct found *found,
                       struct result *result, struct err *e)
{
    return write_kept(job, whole, found, result, e) &&
           out_write(job->sinks->out, (const char *)found->pair, found->n * sizeof *found->pair, e);
}

static uint64_t count_from(const struct found *all, double least)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < all->n; i++)
        n += all->pair[i].score >= least;
    return n;
}

/* The pairs from a score on, malloced. */
static bool take_from(const struct found *all, double least, struct found *from, struct err *e)
{
    const char *what = "the pairs that are written";
    const uint64_t n = count_from(all, least), bytes = n * sizeof *from->pair;
    if (!mem_check(what, bytes, e))
        return false;
    from->n = 0;
    from->pair = malloc(bytes + 1);
    if (!from->pair)
        return err_set(e, ERR_OS, NULL, "not enough memory for %s", what);
    for (uint64_t i = 0; i < all->n; i++)
        if (all->pair[i].score >= least)
            from->pair[from->n++] = all->pair[i];
    return true;
}

/* Writes those of the pairs that are kept which the output shows. */
static bool write_all(const struct job *job, const struct resolve *how, struct result *result,
                      struct err *e)
{
    const struct found *kept = &how->kept->found;
    struct found shown = {.n = 0};
    if (how->is_part)
        return write_part(job, how->whole, kept, result, e);
    if (result->pairs == kept->n)
        return write_kept(job, how->whole, kept, result, e);
    const bool ok = take_from(kept, how->choice->written_from, &shown, e) &&
                    write_kept(job, how->whole, &shown, result, e);
    free(shown.pair);
    return ok;
}

bool resolve_run(const struct job *job, const struct resolve *how, struct result *result,
                 uint64_t *n_found, struct err *e)
{
    const double least = how->choice->written_from;
    struct found *kept = &how->kept->found;
    bool ok = how->found || find(job, how->left, how->grows, how->kept, result, e);
    *n_found = count_from(kept, least);
    ok = ok &&
         (how->is_part || resolve_choose(kept, rows_of(job->inputs), how->choice, how->better, e));
    result->pairs = count_from(kept, least);
    ok = ok && (!job->sinks->out || write_all(job, how, result, e));
    return ok && coordinator_check_count(job, result->pairs, e);
}
