/* The pair stage: pairs of compounds both of whose columns match (pair_join.h). Which places of the
 * first column match is given; the second column is looked up in lists, or compared within each
 * pair of places. */
#include "core/shm.h"
#include "matcher/engine/pair_join.h"
#include "matcher/join/jaro/jaro_rule.h"
#include "matcher/join/prefilter.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>

#define SEARCH_COST 16u      /* a search in a group costs as much as a look at so many of it */
#define SCAN_COMPOUNDS 4096u /* that go through the prefilter at a time */

/* The places of B in the list of one place of A, unpacked. */
struct list {
    uint32_t place; /* of A; UINT32_MAX: none yet */
    uint64_t *bits; /* a bit for each place of B */
    uint32_t *at;   /* where in the list a place of B stands, if its bit is set */
    uint64_t begin; /* in the ordered pairs: those of the list … */
    uint64_t n;     /* … are so many */
};

/* Compounds by the signatures of their second column. */
struct scan {
    struct metric_state *metric;
    struct prefilter prefilter;
    signature_limits *limits;   /* for each length of a text of A … */
    bool known[SIGNATURE_LONG]; /* … if they are made */
    uint32_t *passed;
};

/* A sink that turns places of two groups into compounds. */
struct group_sink {
    struct join_sink sink; /* first: flush is given this address */
    struct pairing *pairing;
    uint32_t a, b; /* the first compound of each group */
    struct join_pair pair[1024];
};

struct pairing {
    struct worker *w;
    const struct wire_task *task;
    struct metric_use use; /* of the second column */
    struct pair_join join;
    struct pairs first, second; /* second: if listed */
    struct pairs_writer out;
    struct list list;
    struct scan scan;
    struct group_sink sink;
    struct shm memory;        /* of one join within a group after the other */
    struct jaro_rules *rules; /* of all of them */
    struct err error;
};

/* Compounds of A, or of B: from, to - 1 and what is between them. */
struct run {
    uint32_t from, to;
};

static struct run group_of(const struct compound *compound, uint32_t place)
{
    return (struct run){(uint32_t)compound->begin[place], (uint32_t)compound->begin[place + 1ull]};
}

/* Where each unordered pair is to be found once: the compounds from `a` on. */
static struct run after(const struct pairing *p, struct run b, uint32_t a)
{
    if (p->task->pair.self && b.from < a)
        b.from = a < b.to ? a : b.to;
    return b;
}

static void put(struct pairing *p, uint32_t a, uint32_t b, double score)
{
    join_put(&p->out.sink, a, b, score);
    p->w->done->work.stats.matches++;
}

/* ---- Lists -----------------------------------------------------------------------------------*/

/* Unpacks the list of a place of A. */
static void take_list(struct pairing *p, uint32_t place)
{
    struct list *list = &p->list;
    for (uint64_t i = 0; i < list->n; i++)
        list->bits[pairs_b(&p->second, list->begin + i) / 64] = 0;
    list->place = place;
    list->begin = p->second.begin[place];
    list->n = p->second.begin[place + 1ull] - list->begin;
    for (uint64_t i = 0; i < list->n; i++) {
        const uint32_t b = pairs_b(&p->second, list->begin + i);
        list->bits[b / 64] |= 1ull << b % 64;
        list->at[b] = (uint32_t)i;
    }
}

/* Looks at each compound of a group whether its second column is in the list. */
static void look_through(struct pairing *p, uint32_t a, struct run b)
{
    const uint32_t *second = p->join.b.second;
    const struct list *list = &p->list;
    for (uint32_t i = b.from; i < b.to; i++)
        if (list->bits[second[i] / 64] >> second[i] % 64 & 1)
            put(p, a, i, pairs_score(&p->second, list->begin + list->at[second[i]]));
}

/* Looks for each place of the list in a group, whose places of the second column ascend. */
static void look_up(struct pairing *p, uint32_t a, struct run b)
{
    const uint32_t *second = p->join.b.second;
    for (uint64_t i = 0; i < p->list.n; i++) {
        const uint32_t wanted = pairs_b(&p->second, p->list.begin + i);
        uint32_t from = b.from, to = b.to;
        while (from < to) {
            const uint32_t middle = from + (to - from) / 2;
            if (second[middle] < wanted)
                from = middle + 1;
            else
                to = middle;
        }
        if (from < b.to && second[from] == wanted)
            put(p, a, from, pairs_score(&p->second, p->list.begin + i));
    }
}

/* Pairs the compounds of A at positions [from, to) of their order by the second column. */
static void run_listed(struct pairing *p, uint64_t from, uint64_t to)
{
    struct join_stats *stats = &p->w->done->work.stats;
    const struct compound *compound = &p->join.a;
    for (uint64_t at = from; at < to; at++) {
        const uint32_t a = compound->by_second[at], first = compound->first[a];
        if (compound->second[a] != p->list.place)
            take_list(p, compound->second[a]);
        for (uint64_t k = p->first.begin[first]; p->list.n && k < p->first.begin[first + 1ull];
             k++) {
            const struct run b = after(p, group_of(&p->join.b, pairs_b(&p->first, k)), a);
            stats->pairs += b.to - b.from;
            if (p->list.n * SEARCH_COST < b.to - b.from)
                look_up(p, a, b);
            else
                look_through(p, a, b);
        }
    }
}

/* ---- Within: few compounds -------------------------------------------------------------------*/

static void score_pair(struct pairing *p, uint32_t a, uint32_t b)
{
    const struct dictionary *dictionary = &p->w->index.dictionary;
    const double score =
        metric_score(p->scan.metric, dictionary_text(dictionary, p->join.a.value[a]),
                     dictionary_text(dictionary, p->join.b.value[b]));
    const struct join_job asked = {.use = p->use, .need = p->task->pair.need};
    p->w->done->work.stats.verified++;
    if (join_takes(&asked, score))
        put(p, a, b, score);
}

/* What a text of this length asks of the signatures of others; made once. */
static const signature_limits *limits_of(struct pairing *p, uint32_t length)
{
    signature_limits *limits = &p->scan.limits[length];
    if (!p->scan.known[length])
        prefilter_limit(&p->use, length, p->task->pair.need, *limits);
    p->scan.known[length] = true;
    return (const signature_limits *)limits;
}

/* Compares a compound with those of B that its signature does not rule out. */
static void scan_group(struct pairing *p, uint32_t a, struct run b)
{
    const struct scan *scan = &p->scan;
    const struct signature *signature =
        p->task->pair.filtered
            ? &scan->prefilter.a[p->join.a.side.rows[p->join.a.side.rows_begin[a]]]
            : NULL;
    if (!signature || signature->length >= SIGNATURE_LONG) {
        for (uint32_t i = b.from; i < b.to; i++)
            score_pair(p, a, i);
        return;
    }
    const signature_limits *limits = limits_of(p, signature->length);
    for (uint32_t n; b.from < b.to; b.from += n) {
        n = b.to - b.from < SCAN_COMPOUNDS ? b.to - b.from : SCAN_COMPOUNDS;
        const uint32_t passed = signature_kernels()->scan(signature, &scan->prefilter.b, b.from, n,
                                                          *limits, scan->passed);
        for (uint32_t i = 0; i < passed; i++)
            score_pair(p, a, b.from + scan->passed[i]);
    }
}

/* ---- Within: many compounds ------------------------------------------------------------------*/

static void group_flush(struct join_sink *sink)
{
    struct group_sink *s = (struct group_sink *)(void *)sink;
    const bool self = s->pairing->task->pair.self;
    for (const struct join_pair *p = s->pair; p < s->sink.next; p++)
        if (!self || s->b + p->b >= s->a + p->a)
            put(s->pairing, s->a + p->a, s->b + p->b, p->score);
    s->sink.next = s->pair;
}

static struct side values_of(const struct compound *compound, struct run run)
{
    return (struct side){.n = run.to - run.from, .value = compound->value + run.from};
}

static bool run_items(struct pairing *p, const struct join *join, const struct join_job *job,
                      struct shm *index)
{
    struct join_stats stats = {0};
    void *scratch = NULL;
    uint32_t n_items;
    if (!join->build(job, index, &n_items, &p->error) ||
        !join->open(job, shm_view_of(index), &scratch, &p->error))
        return false;
    for (uint32_t i = 0; i < n_items; i++)
        join->run(job, shm_view_of(index), scratch, i, &p->sink.sink, &stats);
    join->close(scratch);
    group_flush(&p->sink.sink);
    p->w->done->work.stats.candidates += stats.candidates;
    p->w->done->work.stats.verified += stats.verified;
    return true;
}

/* Joins the second columns of two runs of compounds. */
static bool join_group(struct pairing *p, struct run a, struct run b)
{
    const struct side side_a = values_of(&p->join.a, a), side_b = values_of(&p->join.b, b);
    const bool same = p->task->pair.self && a.from == b.from && a.to == b.to;
    struct join_job job = {.use = p->use,
                           .need = p->task->pair.need,
                           .self = same,
                           .dictionary = &p->w->index.dictionary,
                           .a = &side_a,
                           .b = same ? &side_a : &side_b,
                           .rules = p->rules};
    double cost;
    shm_reset(&p->memory);
    p->sink.a = a.from;
    p->sink.b = b.from;
    return run_items(p, pair_join_choose(&job, &cost), &job, &p->memory);
}

/* Pairs some compounds of A, all of one group, with a group of B. */
static bool pair_groups(struct pairing *p, struct run a, struct run b)
{
    b = after(p, b, a.from);
    const uint64_t pairs = (uint64_t)(a.to - a.from) * (b.to - b.from);
    p->w->done->work.stats.pairs += pairs;
    if (pairs >= PAIR_JOIN_LEAST)
        return join_group(p, a, b);
    for (; a.from < a.to; a.from++)
        scan_group(p, a.from, after(p, b, a.from));
    return true;
}

/* Pairs the compounds of A at positions [from, to), group by group. */
static bool run_within(struct pairing *p, uint64_t from, uint64_t to)
{
    bool ok = true;
    while (ok && from < to) {
        const uint32_t first = p->join.a.first[from];
        struct run a = {(uint32_t)from, (uint32_t)p->join.a.begin[first + 1ull]};
        a.to = a.to < to ? a.to : (uint32_t)to;
        for (uint64_t k = p->first.begin[first]; ok && k < p->first.begin[first + 1ull]; k++)
            ok = pair_groups(p, a, group_of(&p->join.b, pairs_b(&p->first, k)));
        from = a.to;
    }
    return ok;
}

/* ---- The stage -------------------------------------------------------------------------------*/

/* The memory for a list of places of B, which has n_places. */
static bool open_list(struct list *list, uint32_t n_places)
{
    list->place = UINT32_MAX;
    list->bits = calloc(n_places / 64 + 1ull, sizeof *list->bits);
    list->at = malloc((n_places + 1ull) * sizeof *list->at);
    return list->bits && list->at;
}

static bool open_scan(struct pairing *p, struct err *e)
{
    const struct dictionary *dictionary = &p->w->index.dictionary;
    struct scan *scan = &p->scan;
    scan->limits = malloc(SIGNATURE_LONG * sizeof *scan->limits);
    scan->passed = malloc(SCAN_COMPOUNDS * sizeof *scan->passed);
    if (!scan->limits || !scan->passed)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    if (p->task->pair.filtered)
        prefilter_view(&scan->prefilter, p->w->signatures);
    return metric_open(&scan->metric, &p->use, &dictionary->alphabet, dictionary->max_length, e);
}

static bool pairing_open(struct pairing *p, struct worker *w, struct err *e)
{
    p->w = w;
    p->task = w->task;
    p->use = worker_metric_use(&w->task->pair.metric, &w->task->sides, &w->index);
    p->sink.pairing = p;
    p->sink.sink = (struct join_sink){p->sink.pair, p->sink.pair + 1024, group_flush, NULL};
    p->join = w->compounds;
    pairs_view(&p->first, w->list[0]);
    worker_open_pairs(w, &p->out, &p->join.a.side,
                      w->task->pair.self ? &p->join.a.side : &p->join.b.side);
    if (!jaro_rules_open(&p->rules, e) ||
        !shm_create_private(&p->memory, "a join within a group", 1ull << 36, e))
        return false;
    if (!p->task->pair.listed)
        return open_scan(p, e);
    pairs_view(&p->second, w->list[1]);
    return open_list(&p->list, w->index.field[w->task->sides.field_b].side.n) ||
           err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

static void pairing_close(struct pairing *p)
{
    if (p->scan.metric)
        metric_close(p->scan.metric);
    free(p->scan.limits);
    free(p->scan.passed);
    free(p->list.bits);
    free(p->list.at);
    jaro_rules_close(p->rules);
    shm_close(&p->memory);
    free(p);
}

static bool work_pair(struct worker *w, struct err *e)
{
    struct pairing *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    bool ok = pairing_open(p, w, e);
    for (uint64_t tile; ok && (tile = wire_next_tile(&w->wire)) != WIRE_NO_TILE;) {
        const uint64_t from = p->join.tile[tile], to = p->join.tile[tile + 1];
        if (w->task->pair.listed)
            run_listed(p, from, to);
        else
            ok = run_within(p, from, to);
        if (!ok)
            *e = p->error;
        else
            worker_commit_pairs(w, tile, &p->out);
    }
    pairing_close(p);
    return ok;
}

const struct stage_kind stage_pair = {
    .what = "matching",
    .work = work_pair,
    .finds_pairs = true,
    .has_lists = true,
};
