/* What a run does, in order: for each range of rows of A the joins, the ordering of their pairs,
 * then emit or refine; or one loop over all pairs. */
#include "matcher/engine/coordinator.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "data/format/emit_texts_build.h"
#include "data/format/format.h"
#include "matcher/engine/nested_join.h"
#include "matcher/engine/output_head.h"
#include "matcher/engine/pair_join.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/stage.h"
#include "matcher/engine/stage_task.h"
#include "matcher/expr/expr_ceiling.h"
#include "matcher/expr/expr_profile.h"
#include "matcher/index/row_range.h"
#include "matcher/join/prefilter.h"
#include "matcher/pairs/values_file.h"
#include "matcher/scorer/scorer.h"

#include <math.h>
#include <stdlib.h>

/* Of a plan of one join: ranges of rows make no other join anew. */
#define JOIN_ARENA_BYTES (7ull << 27)
#define FILTER_SECONDS 4e-9 /* of one core, to look at a pair of a list */
#define TEXT_LINES 2        /* a row of B, on average, from which on its text is made once */

/* A run in progress. */
struct execution {
    const struct job *job;
    struct prepared prepared;
    struct shm profiles; /* of all records, for stages that refine; made when the first one asks */
    struct shm texts;    /* of the rows of B, for stages that emit; likewise */
    struct result *result;
};

/* Where a stage puts the pairs that it finds. */
struct arena {
    struct shm pairs;
    struct pair_form form;
    uint64_t n_chunks;
};

/* The pairs of values of one term. Options that ask the same of it share them. */
struct list {
    const struct plan_term *of;
    struct list *from; /* that holds its pairs, and more: of the same term, with the lowest need;
                          NULL: none */
    uint32_t n_uses;   /* by parts and lists that are still to be done */
    bool ranged;       /* its side of A is a range of rows */
    struct shm row_range;
    struct shm index; /* of the join */
    struct arena arena;
    struct shm ordered; /* fd -1: not made yet, or no longer */
    struct side side;   /* of A, if ranged */
    uint32_t n_items;
    uint64_t join_rows; /* pairs of rows that its pairs of values stand for */
    uint64_t n_pairs;
};

/* What one option of an attempt holds. */
struct part {
    const struct plan_join *join; /* NULL: all rows of B */
    uint32_t prefilter;           /* a term, or EXPR_NONE */
    struct list *list[2];         /* of the first term and of the second; without it NULL */
    struct shm compounds;         /* of two terms */
    struct pair_join compound;    /* … a view of them */
    struct arena arena;
    struct shm ordered; /* pairs of compounds */
    struct shm signatures;
    struct join_work work;
};

/* One attempt at a range of rows of A. */
struct attempt {
    uint64_t row_from, row_to;
    bool overflow; /* a pair arena was full … */
    double share;  /* … when this share of the tiles was done */
    uint32_t n_parts, n_lists;
    struct part part[EXPR_MAX_OPTIONS];
    struct list list[2 * EXPR_MAX_OPTIONS];
};

/* The list of a term: one that another option asks for as well, or a new one. */
static struct list *list_of(struct attempt *t, const struct plan_term *term)
{
    uint32_t k = 0;
    while (k < t->n_lists &&
           (t->list[k].of->term != term->term || t->list[k].of->need != term->need))
        k++;
    struct list *list = &t->list[k];
    if (k == t->n_lists) {
        *list = (struct list){.of = term};
        list->row_range.fd = list->index.fd = list->arena.pairs.fd = list->ordered.fd = -1;
        t->n_lists++;
    }
    list->n_uses++;
    return list;
}

/* Does another list of the same term hold the pairs of a list, and more? */
static bool holds(const struct list *other, const struct list *list)
{
    const bool falls = metric_falls(list->of->use.view);
    return other->of->term == list->of->term &&
           (falls ? other->of->need > list->of->need : other->of->need < list->of->need);
}

/* Finds for each list the one that holds most of those that hold it. */
static void relate_lists(struct attempt *t)
{
    for (uint32_t k = 0; k < t->n_lists; k++) {
        struct list *list = &t->list[k];
        for (uint32_t i = 0; i < t->n_lists; i++)
            if (holds(&t->list[i], list) && (!list->from || holds(&t->list[i], list->from)))
                list->from = &t->list[i];
        if (list->from)
            list->from->n_uses++;
    }
}

static void attempt_open(struct attempt *t, const struct plan *plan, uint64_t from, uint64_t to)
{
    *t = (struct attempt){.row_from = from, .row_to = to, .n_parts = plan->n_joins};
    t->n_parts += t->n_parts == 0; /* no join: one part, of all rows of B */
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        p->join = k < plan->n_joins ? &plan->join[k] : NULL;
        p->prefilter = p->join ? p->join->prefilter : plan->prefilter;
        p->compounds.fd = p->arena.pairs.fd = p->ordered.fd = p->signatures.fd = -1;
        p->list[0] = p->join ? list_of(t, &p->join->by) : NULL;
        p->list[1] = p->join && p->join->pairing == PLAN_LISTED ? list_of(t, &p->join->also) : NULL;
    }
    relate_lists(t);
}

static void list_close(struct list *list)
{
    shm_close(&list->row_range);
    shm_close(&list->index);
    shm_close(&list->arena.pairs);
    shm_close(&list->ordered);
}

static void attempt_close(struct attempt *t)
{
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        shm_close(&p->compounds);
        shm_close(&p->arena.pairs);
        shm_close(&p->ordered);
        shm_close(&p->signatures);
    }
    for (uint32_t k = 0; k < t->n_lists; k++)
        list_close(&t->list[k]);
}

static bool is_compound(const struct part *p)
{
    return p->join && p->join->pairing != PLAN_ALONE;
}

static const struct side *list_side(const struct job *job, const struct list *list, int side)
{
    return side == 0 && list->ranged ? &list->side : plan_term_side(list->of, job->inputs, side);
}

/* The sides that the ordered pairs of a part are places of. */
static const struct side *part_side(const struct job *job, const struct part *p, int side)
{
    return is_compound(p) ? side ? &p->compound.b.side : &p->compound.a.side
                          : list_side(job, p->list[0], side);
}

static struct shm *part_ordered(struct part *p)
{
    return is_compound(p) ? &p->ordered : &p->list[0]->ordered;
}

/* Makes a pair arena. It gets at most a third of the memory: ordering its pairs takes as much
 * again, or in a self join twice as much, lists that are kept stand beside it, and workers need
 * memory of their own. */
static bool open_arena(const struct job *job, struct arena *arena, uint64_t n_places, struct err *e)
{
    const unsigned n_workers = job->plan->n_workers;
    const uint64_t available = shm_available_bytes();
    const uint64_t workers = (uint64_t)n_workers * PLAN_WORKER_BYTES / 3;
    const uint64_t bytes = (available > workers ? available - workers : 0) / 3;
    const uint64_t most = job->plan->kind == PLAN_JOIN ? JOIN_ARENA_BYTES : PLAN_ARENA_BYTES;
    const uint64_t chunks = (bytes < most ? bytes : most) / PAIR_CHUNK_BYTES;
    const uint64_t least = 2ull * n_workers;
    arena->n_chunks = chunks > least ? chunks : least;
    arena->form = pair_form(n_places, job->inputs->table[1].head->n_rows);
    return mem_check("the pairs that are found", 2 * least * PAIR_CHUNK_BYTES, e) &&
           pairs_create(&arena->pairs, arena->n_chunks, e);
}

/* Where a scorer could write into the arena, are its pairs those that the workers handed over, and
 * can they be? No join has more places in B than B has rows. */
static bool verify_pairs(struct arena *arena, const struct stage *s,
                         const struct pairs_arena *pairs, uint64_t n_places, struct err *e)
{
    const uint64_t rows_b = s->job->inputs->table[1].head->n_rows;
    if (!s->task.module.any)
        return true;
    return shm_end_writing(&arena->pairs, e) &&
           (pairs_verify(pairs, n_places, rows_b) || stage_overwritten(s, 0, e));
}

/* Puts the pairs of the arena in the order of A, and closes the arena. */
static bool order_pairs(struct execution *x, struct arena *arena, const struct stage *s,
                        uint64_t n_places, bool self, struct shm *ordered, struct err *e)
{
    const struct pairs_arena pairs = {&arena->pairs, arena->form, s->used, s->check,
                                      arena->n_chunks};
    const size_t reserve = 3 * arena->n_chunks * PAIR_CHUNK_BYTES + n_places * 16ull + (1u << 20);
    const double start = log_seconds();
    log_phase("sorting pairs", 0);
    bool ok = verify_pairs(arena, s, &pairs, n_places, e) &&
              shm_create(ordered, "the ordered pairs", reserve, e) &&
              pairs_order(&pairs, n_places, self, ordered, e);
    shm_close(&arena->pairs);
    x->result->order_seconds += log_seconds() - start;
    return ok;
}

/* Runs a stage that finds pairs; *s stays open. */
static bool find_pairs(struct execution *x, struct attempt *t, struct stage *s,
                       const struct wire_task *task, struct err *e)
{
    const double start = log_seconds();
    bool ok = stage_run(s, task, e);
    x->result->join_seconds += log_seconds() - start;
    x->result->replaced += s->replaced;
    t->overflow = ok && s->overflow;
    t->share = stage_share(s);
    return ok;
}

/* ---- A join over one term: from values to ordered pairs --------------------------------------*/

static bool make_range(const struct job *job, const struct attempt *t, struct list *list,
                       struct err *e)
{
    const struct side *whole = plan_term_side(list->of, job->inputs, 0);
    const struct row_list *part = &job->inputs->part;
    const struct row_list all = {NULL, whole->n_rows};
    list->ranged = t->row_from > 0 || t->row_to < whole->n_rows || part->row;
    if (!list->ranged)
        return true;
    if (!shm_create(&list->row_range, "a range of rows", (whole->n_rows + 1) * 32 + (1u << 20),
                    e) ||
        !row_range_build(whole, t->row_from, t->row_to, part->row ? part : &all, &list->row_range,
                         e))
        return false;
    row_range_view(&list->side, &list->row_range);
    return true;
}

static bool build_index(struct execution *x, const struct attempt *t, struct list *list,
                        struct err *e)
{
    struct result *r = x->result;
    const double start = log_seconds();
    log_phase("preparing the join", 0);
    if (!make_range(x->job, t, list, e))
        return false;
    const struct join_job join_job =
        plan_term_job(list->of, x->job->inputs, list_side(x->job, list, 0), x->job->plan->prune);
    bool ok = shm_create(&list->index, "the index of the join", 1ull << 40, e) &&
              list->of->join->build(&join_job, &list->index, &list->n_items, e) &&
              shm_freeze(&list->index, e);
    r->build_seconds += log_seconds() - start;
    r->index_bytes =
        list->index.used_bytes > r->index_bytes ? list->index.used_bytes : r->index_bytes;
    return ok;
}

static bool join_stage(struct execution *x, struct attempt *t, struct list *list, struct stage *s,
                       struct err *e)
{
    struct wire_task task;
    stage_task_join(&task, x->job, list->of, list->ranged, t->row_from, t->row_to, list->n_items);
    if (!task.count && !open_arena(x->job, &list->arena, list_side(x->job, list, 0)->n, e))
        return false;
    task.form = list->arena.form;
    stage_init(s, x->job, &x->prepared, x->result->pairs);
    s->join = &list->index;
    s->half = list->of->half;
    s->arena = task.count ? NULL : &list->arena.pairs;
    s->max_chunks = list->arena.n_chunks;
    s->row_range[0] = list->ranged ? &list->row_range : NULL;
    return find_pairs(x, t, s, &task, e);
}

/* A list is not needed once more. The last time it is given back. */
static void release(struct list *list)
{
    if (--list->n_uses == 0)
        list_close(list);
}

/* Takes the pairs of a list from the one that holds them. */
static bool filter_list(struct execution *x, const struct attempt *t, struct list *list,
                        struct err *e)
{
    const struct job *job = x->job;
    const double start = log_seconds();
    struct pairs pairs;
    if (!make_range(job, t, list, e))
        return false;
    const struct side *a = list_side(job, list, 0), *b = list_side(job, list, 1);
    const struct join_job asked = plan_term_job(list->of, job->inputs, a, job->plan->prune);
    const size_t most = list->from->ordered.used_bytes + (1u << 20);
    pairs_view(&pairs, shm_view_of(&list->from->ordered));
    if (!shm_create(&list->ordered, "the ordered pairs", most, e) ||
        !pairs_filter(&pairs, a->n, &asked, &list->ordered, e))
        return false;
    pairs_view(&pairs, shm_view_of(&list->ordered));
    list->n_pairs = pairs.begin[a->n];
    list->join_rows = pairs_rows(&pairs, a, b, job->inputs->self);
    x->result->order_seconds += log_seconds() - start;
    return true;
}

/* Does it take less time to look through a list than to join once more? */
static bool filter_pays(const struct list *list)
{
    return (double)list->from->n_pairs * FILTER_SECONDS < list->of->seconds;
}

/* Finds the pairs of values of a term by its join: counts them, and puts them in order where they
 * are needed. */
static bool join_list(struct execution *x, struct attempt *t, struct list *list, struct err *e)
{
    struct stage s;
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    bool ok = build_index(x, t, list, e) && join_stage(x, t, list, &s, e);
    shm_close(&list->index);
    if (ok && !t->overflow) {
        const struct side *a = list_side(x->job, list, 0);
        const bool self = x->job->inputs->self && a == list_side(x->job, list, 1);
        list->join_rows = s.work.rows;
        list->n_pairs = s.work.stats.matches;
        stage_add_stats(&x->result->join, &s.work.stats);
        ok = list->arena.pairs.fd < 0 ||
             order_pairs(x, &list->arena, &s, a->n, self, &list->ordered, e);
    }
    stage_close(&s);
    return ok;
}

/* Finds the pairs of values of a term, if they are not known yet. */
static bool make_list(struct execution *x, struct attempt *t, struct list *list, struct err *e)
{
    bool ok = true;
    if (list->ordered.fd >= 0)
        return true;
    if (list->from && !make_list(x, t, list->from, e))
        return false;
    if (!t->overflow)
        ok =
            list->from && filter_pays(list) ? filter_list(x, t, list, e) : join_list(x, t, list, e);
    if (ok && list->from)
        release(list->from);
    return ok;
}

/* ---- A join over two terms: from their lists to ordered pairs of compounds -------------------*/

/* Are compounds compared by signatures of the second column? */
static bool is_filtered(const struct plan_join *join)
{
    return join->pairing == PLAN_WITHIN && prefilter_knows(&join->also.use);
}

/* The signatures of the second column: of B one for each compound, that of one of its rows. */
static bool sign_compounds(const struct inputs *inputs, const struct plan_join *join,
                           const struct side *compounds_b, struct shm *signatures, struct err *e)
{
    const uint64_t rows_a = inputs->table[0].head->n_rows;
    uint32_t *rows = malloc((compounds_b->n + 1ull) * sizeof *rows);
    if (!rows)
        return err_set(e, ERR_OS, NULL, "not enough memory for signatures");
    for (uint32_t i = 0; i < compounds_b->n; i++)
        rows[i] = compounds_b->rows[compounds_b->rows_begin[i]];
    const bool ok =
        shm_create(signatures, "the signatures of a column",
                   (compounds_b->n + rows_a) * 32 + (1u << 20), e) &&
        prefilter_build(&inputs->index.dictionary, plan_term_side(&join->also, inputs, 0),
                        plan_term_side(&join->also, inputs, 1), rows, compounds_b->n, signatures,
                        e);
    free(rows);
    return ok;
}

bool coordinator_halves(const struct inputs *inputs, const struct plan_join *join,
                        struct shm *compounds, struct shm *signatures, struct err *e)
{
    const struct pair_sides sides = {
        {plan_term_side(&join->by, inputs, 0), plan_term_side(&join->by, inputs, 1)},
        {plan_term_side(&join->also, inputs, 0), plan_term_side(&join->also, inputs, 1)}};
    struct compound b;
    *compounds = *signatures = (struct shm){.fd = -1};
    if (join->pairing == PLAN_ALONE)
        return true;
    if (!shm_create(compounds, "the combinations of two columns", 1ull << 40, e) ||
        !pair_half_build(&sides, compounds, e) || !shm_freeze(compounds, e))
        return false;
    pair_half_view(&b, shm_view_of(compounds));
    return !is_filtered(join) ||
           (sign_compounds(inputs, join, &b.side, signatures, e) && shm_freeze(signatures, e));
}

/* What a prepared run has of the compounds of B. */
static struct shm_view half_of(const struct part *p)
{
    return p->join->half ? shm_view_of(p->join->half) : (struct shm_view){NULL, 0};
}

/* Makes the compounds of a part and cuts them into tiles. */
static bool make_compounds(struct execution *x, const struct attempt *t, struct part *p,
                           uint64_t *n_tiles, struct err *e)
{
    const struct job *job = x->job;
    struct list second = {.of = &p->join->also, .row_range.fd = -1};
    struct pairs first, lists;
    const double start = log_seconds();
    log_phase("combining columns", 0);
    if (!p->list[1] && !make_range(job, t, &second, e))
        return false;
    const struct list *other = p->list[1] ? p->list[1] : &second;
    const struct pair_sides sides = {{list_side(job, p->list[0], 0), list_side(job, p->list[0], 1)},
                                     {list_side(job, other, 0), list_side(job, other, 1)}};
    bool ok = shm_create(&p->compounds, "the combinations of two columns", 1ull << 40, e) &&
              pair_join_build(&sides, p->join->half != NULL, &p->compounds, e);
    shm_close(&second.row_range);
    if (!ok)
        return false;
    pairs_view(&first, shm_view_of(&p->list[0]->ordered));
    if (p->list[1])
        pairs_view(&lists, shm_view_of(&p->list[1]->ordered));
    ok = pair_join_cut(&p->compounds, half_of(p), &first, p->list[1] ? &lists : NULL, &PAIR_TILES,
                       n_tiles, e);
    if (ok)
        pair_join_view(&p->compound, shm_view_of(&p->compounds), half_of(p));
    x->result->build_seconds += log_seconds() - start;
    return ok;
}

/* Is each unordered pair of compounds found once? */
static bool is_self(const struct job *job, const struct part *p)
{
    return job->inputs->self && p->compound.a.side.rows == p->compound.b.side.rows;
}

static bool pair_stage(struct execution *x, struct attempt *t, struct part *p, struct stage *s,
                       uint64_t n_tiles, struct err *e)
{
    const bool filtered = is_filtered(p->join), given = p->join->signatures != NULL;
    struct wire_task task;
    if ((filtered && !given &&
         !sign_compounds(x->job->inputs, p->join, &p->compound.b.side, &p->signatures, e)) ||
        !open_arena(x->job, &p->arena, p->compound.a.side.n, e))
        return false;
    stage_task_pair(&task, x->job, p->join, is_self(x->job, p), filtered, t->row_from, t->row_to,
                    n_tiles);
    task.form = p->arena.form;
    stage_init(s, x->job, &x->prepared, x->result->pairs);
    s->join = &p->compounds;
    s->arena = &p->arena.pairs;
    s->max_chunks = p->arena.n_chunks;
    s->pairs[0] = &p->list[0]->ordered;
    s->pairs[1] = p->list[1] ? &p->list[1]->ordered : NULL;
    s->signatures[0] = given ? p->join->signatures : filtered ? &p->signatures : NULL;
    s->compounds[0] = p->join->half;
    return find_pairs(x, t, s, &task, e);
}

/* Finds the pairs of compounds of a part, and puts them in order. */
static bool join_compounds(struct execution *x, struct attempt *t, struct part *p, struct err *e)
{
    struct stage s;
    uint64_t n_tiles;
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    bool ok = make_compounds(x, t, p, &n_tiles, e) && pair_stage(x, t, p, &s, n_tiles, e);
    shm_close(&p->signatures);
    if (ok && !t->overflow) {
        p->work.pairs = s.work.stats.matches;
        p->work.candidates = s.work.rows;
        stage_add_stats(&x->result->join, &s.work.stats);
        ok =
            order_pairs(x, &p->arena, &s, p->compound.a.side.n, is_self(x->job, p), &p->ordered, e);
    }
    stage_close(&s);
    return ok;
}

/* Finds the pairs of a part. Lists that no later part needs are given back. */
static bool find_part(struct execution *x, struct attempt *t, struct part *p, struct err *e)
{
    for (int k = 0; k < 2 && !t->overflow; k++)
        if (p->list[k] && !make_list(x, t, p->list[k], e))
            return false;
    if (t->overflow || !p->list[0])
        return true;
    if (!is_compound(p)) {
        p->work.pairs = p->list[0]->n_pairs;
        p->work.candidates = p->list[0]->join_rows;
        return true;
    }
    const bool ok = join_compounds(x, t, p, e);
    for (int k = 0; k < 2; k++)
        if (p->list[k])
            release(p->list[k]);
    return ok;
}

/* Runs the joins of a part, and notes what they did. */
static bool run_part(struct execution *x, struct attempt *t, uint32_t k, struct err *e)
{
    const double before = proc_own_cpu_seconds();
    const bool ok = find_part(x, t, &t->part[k], e);
    x->result->work[k].seconds += proc_own_cpu_seconds() - before;
    return ok;
}

static void add_work(struct result *r, const struct attempt *t)
{
    for (uint32_t k = 0; k < t->n_parts; k++) {
        r->work[k].pairs += t->part[k].work.pairs;
        r->work[k].candidates += t->part[k].work.candidates;
    }
}

/* ---- From pairs of values to lines -----------------------------------------------------------*/

/* Builds the signatures of the prefilter's term. Those of B are in the order of the join's rows, so
 * that a run of candidates is a run of signatures. */
static bool build_signatures(const struct job *job, struct part *p, struct err *e)
{
    const struct expr *x = &job->query->expr;
    const struct expr_term *t = &x->term[p->prefilter];
    const struct index *index = &job->inputs->index;
    const struct side *a = &index->field[x->column[t->column_a].field].side;
    const struct side *b = &index->field[x->column[t->column_b].field].side;
    const struct side *list = p->join ? part_side(job, p, 1) : NULL;
    const uint32_t *rows = list ? list->rows : index->rows[1].row;
    const uint64_t n = list ? list->rows_begin[list->n] : index->rows[1].n;
    return shm_create(&p->signatures, "the signatures of a column",
                      (n + a->n_rows) * 32 + (1u << 20), e) &&
           prefilter_build(&index->dictionary, a, b, rows, n, &p->signatures, e);
}

/* Fills in the options of a refine or nested stage, and hands the stage the segments that they
 * read. */
static bool make_options(const struct job *job, struct attempt *t, struct task_option *option,
                         struct stage *s, struct err *e)
{
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        const bool filtered = p->prefilter != EXPR_NONE;
        const bool ranged = p->join && !is_compound(p) && p->list[0]->ranged;
        option[k] = (struct task_option){p->join, p->prefilter, ranged};
        if (filtered && !build_signatures(job, p, e))
            return false;
        s->compounds[k] = is_compound(p) ? p->join->half : NULL;
        s->row_range[k] = is_compound(p) ? &p->compounds : ranged ? &p->list[0]->row_range : NULL;
        s->pairs[k] = p->join ? part_ordered(p) : NULL;
        s->signatures[k] = filtered ? &p->signatures : NULL;
    }
    return true;
}

/* Runs a stage that writes, and closes it. */
static bool finish_stage(struct execution *x, struct stage *s, const struct wire_task *task,
                         struct err *e)
{
    struct result *r = x->result;
    const double start = log_seconds();
    const bool of_b = task->kind == stage_kind_number(&stage_emit) && task->emit.of_b;
    s->pairs_before = r->pairs + r->unmatched[0] + r->unmatched[1];
    s->unmatched_before = r->unmatched[0];
    bool ok = stage_run(s, task, e);
    if (ok && s->kind->has_options)
        stage_add_tally(&r->tally, &s->work.tally);
    r->pairs += s->pairs_found - s->work.unmatched;
    r->unmatched[of_b] += s->work.unmatched;
    for (uint32_t i = 0; i < WIRE_PARTNERS; i++)
        r->partners[i] += s->work.partners[i];
    r->replaced += s->replaced;
    r->write_seconds += log_seconds() - start;
    stage_close(s);
    return ok;
}

/* Runs a stage whose tiles are rows. If a tile takes too long, the rest is done with a quarter of
 * the rows a tile. Otherwise a dead worker, a stop, or the end of the run could cost hours. */
static bool finish_by_rows(struct execution *x, const struct stage *like, struct wire_task *task,
                           struct err *e)
{
    for (;;) {
        struct stage s = *like;
        if (!finish_stage(x, &s, task, e))
            return false;
        const uint64_t done = s.next_out * task->rows_per_tile;
        if (!s.too_slow || done >= task->row_to - task->row_from)
            return true;
        const uint64_t rows = task->rows_per_tile < 4 ? 1 : task->rows_per_tile / 4;
        task->n_workers = x->job->plan->most_workers; /* it is more work than was expected */
        stage_task_cut(task, x->job, task->row_from + done, rows);
        log_verbose("rows take long; going on by %llu of them at a time",
                    (unsigned long long)task->rows_per_tile);
    }
}

/* Are there so many lines that the texts of all rows of B are worth making? */
static bool wants_texts(const struct job *job, uint64_t n_lines)
{
    const struct query *query = job->query;
    const uint64_t rows_a = job->inputs->table[0].head->n_rows;
    const uint64_t kept =
        query->top && query->top < n_lines / (rows_a + 1) ? query->top * rows_a : n_lines;
    return !query->count && !emit_format(query->lines.format)->is_binary &&
           kept / TEXT_LINES >= job->inputs->table[1].head->n_rows;
}

static bool make_texts(struct execution *x, struct err *e)
{
    const struct table *table = x->job->inputs->table;
    const size_t most = shm_available_bytes() / 8;
    log_phase("preparing lines", 0);
    return shm_create(&x->texts, "the texts of the records of B", most + (1u << 20), e) &&
           emit_texts_build(&x->job->query->lines, &table[0], &table[1], most, &x->texts, e);
}

/* Does --max-results allow so many pairs? */
static bool check_results(const struct job *job, uint64_t pairs, struct err *e)
{
    const uint64_t most = job->sinks->max_results;
    return !most || pairs <= most ||
           err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                   "more than %llu pairs match (--max-results)", (unsigned long long)most);
}

/* Writes the pairs of values of a list, or with `list` NULL pairs of rows, as a block of the format
 * "values". */
static bool write_values(struct execution *x, const struct list *list, struct shm *ordered,
                         struct err *e)
{
    const struct job *job = x->job;
    const struct table *table = job->inputs->table;
    const double start = log_seconds();
    struct pairs pairs;
    pairs_view(&pairs, shm_view_of(ordered));
    const uint64_t n_rows[2] = {table[0].head->n_rows, table[1].head->n_rows};
    const struct values_block block = {
        .a = {list ? list_side(job, list, 0) : NULL, n_rows[0]},
        .b = {list ? list_side(job, list, 1) : NULL, n_rows[1]},
        .self = job->inputs->self,
        .begin = pairs.begin,
        .pair = pairs_words(ordered),
        .score = pairs.score,
        .n_scores = pairs.n_scores,
    };
    x->result->pairs += list ? list->join_rows : pairs.begin[n_rows[0]];
    if (!check_results(job, x->result->pairs, e))
        return false;
    log_phase("writing", 0);
    const bool ok = output_head_write(job, e) && values_write(&block, job->sinks->out, e);
    x->result->write_seconds += log_seconds() - start;
    return ok && (!stage_signal() || stage_stopped(job, e));
}

/* Writes the pairs of a join over one term; with `list` NULL the pairs are pairs of rows. */
static bool run_emit(struct execution *x, const struct attempt *t, const struct list *list,
                     struct shm *ordered, struct err *e)
{
    const struct job *job = x->job;
    struct wire_task task;
    struct stage s;
    struct pairs pairs;
    uint64_t n_tiles;
    if (job->sinks->out && emit_is_of_values(job->query->lines.format))
        return write_values(x, list, ordered, e);
    if (!pairs_cut(ordered, list ? list_side(job, list, 0) : NULL,
                   list ? list_side(job, list, 1) : NULL, t->row_from, t->row_to, &n_tiles, e))
        return false;
    stage_task_emit(&task, job, list ? list->of : NULL, list && list->ranged, t->row_from,
                    t->row_to, n_tiles);
    pairs_view(&pairs, shm_view_of(ordered));
    task.emit.has_texts =
        wants_texts(job, list ? list->join_rows : pairs.begin[job->inputs->table[0].head->n_rows]);
    if (task.emit.has_texts && x->texts.fd < 0 && !make_texts(x, e))
        return false;
    stage_init(&s, job, &x->prepared, x->result->pairs);
    s.pairs[0] = ordered;
    s.join = task.emit.has_texts ? &x->texts : NULL;
    s.row_range[0] = list && list->ranged ? &list->row_range : NULL;
    s.tile_row = pairs.tile_row;
    return finish_stage(x, &s, &task, e);
}

/* Are there so many candidates that a glance at each pays for the profiles of all records, if these
 * do not exist yet? */
static bool wants_profiles(const struct job *job)
{
    const struct query *query = job->query;
    const struct table *table = job->inputs->table;
    const uint64_t n_a = table[0].head->n_rows, n_b = table[1].head->n_rows;
    struct expr_ceiling ceiling;
    if (!job->plan->prune || !expr_ceiling_make(&ceiling, &query->expr, &query->goal))
        return false;
    return job->inputs->profiles ||
           (job->plan->candidates >= (double)(n_a + n_b) &&
            profiles_bytes(&query->expr, n_a, n_b) <= shm_available_bytes() / 4);
}

static bool make_profiles(const struct job *job, struct shm *profiles, struct err *e)
{
    const struct inputs *inputs = job->inputs;
    const struct expr *expr = &job->query->expr;
    const size_t bytes =
        profiles_bytes(expr, inputs->table[0].head->n_rows, inputs->table[1].head->n_rows);
    log_phase("looking at records", 0);
    return shm_create(profiles, "the profiles of records", bytes, e) &&
           profiles_build(expr, &inputs->index, profiles, e);
}

bool coordinator_profiles(const struct job *job, struct shm *profiles, struct err *e)
{
    *profiles = (struct shm){.fd = -1};
    return job->plan->kind != PLAN_REFINE || !wants_profiles(job) ||
           (make_profiles(job, profiles, e) && shm_freeze(profiles, e));
}

static bool run_refine(struct execution *x, struct attempt *t, struct err *e)
{
    struct task_option option[EXPR_MAX_OPTIONS];
    struct wire_task task;
    struct stage s;
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    if (!make_options(x->job, t, option, &s, e))
        return false;
    const bool profiled = wants_profiles(x->job);
    const struct shm *made = x->job->inputs->profiles;
    if (profiled && !made && x->profiles.fd < 0 && !make_profiles(x->job, &x->profiles, e))
        return false;
    stage_task_refine(&task, x->job, &x->prepared, option, t->n_parts, t->row_from, t->row_to);
    task.refine.profiled = profiled;
    s.join = !profiled ? NULL : made ? made : &x->profiles;
    return finish_by_rows(x, &s, &task, e);
}

/* Is the number of the pairs that are found all that is asked? */
static bool counts_alone(const struct job *job)
{
    return job->query->count && !job->query->top;
}

/* Writes pairs of rows. */
static bool write_found(struct execution *x, const struct span *span, const struct found *found,
                        struct err *e)
{
    const uint64_t n_rows = x->job->inputs->table[0].head->n_rows;
    const size_t bytes = found->n * sizeof *found->pair + n_rows * 16ull + (1u << 20);
    const struct attempt all = {.row_from = span->row_from, .row_to = span->row_to};
    struct shm ordered = {.fd = -1};
    bool ok = shm_create(&ordered, "the pairs to write", bytes, e) &&
              pairs_of_found(found, n_rows, &ordered, e) && run_emit(x, &all, NULL, &ordered, e);
    shm_close(&ordered);
    return ok;
}

/* Writes the rows of B that are in none of these pairs. */
static bool write_unmatched_b(struct execution *x, const struct found *found, struct err *e)
{
    const struct job *job = x->job;
    const uint64_t n_rows = job->inputs->table[1].head->n_rows;
    struct shm ordered = {.fd = -1};
    struct wire_task task;
    struct stage s;
    struct pairs pairs;
    uint64_t n_tiles;
    bool ok =
        shm_create(&ordered, "the records of B that have a match", n_rows * 16 + (1u << 20), e) &&
        pairs_of_b(found, n_rows, &ordered, e) &&
        pairs_cut(&ordered, NULL, NULL, 0, n_rows, &n_tiles, e);
    if (ok) {
        stage_task_emit(&task, job, NULL, false, 0, n_rows, n_tiles);
        task.emit.of_b = true;
        pairs_view(&pairs, shm_view_of(&ordered));
        stage_init(&s, job, &x->prepared, x->result->pairs);
        s.pairs[0] = &ordered;
        s.tile_row = pairs.tile_row;
        ok = finish_stage(x, &s, &task, e);
    }
    shm_close(&ordered);
    return ok;
}

/* Where no pair can match: writes the rows of A that are to be written without one. */
static bool run_nothing(struct execution *x, const struct span *span, struct err *e)
{
    const struct query *query = x->job->query;
    const struct found none = {.n = 0};
    return query->count || !query->lines.unmatched[0] || write_found(x, span, &none, e);
}

/* ---- Nested joins ----------------------------------------------------------------------------*/

/* Does a join within the pairs of the only join pay? */
static bool can_nest(const struct job *job, const struct attempt *t)
{
    const struct part *p = &t->part[0];
    struct pairs pairs;
    if (job->plan->n_joins != 1 || p->prefilter == EXPR_NONE || is_compound(p))
        return false;
    pairs_view(&pairs, shm_view_of(&p->list[0]->ordered));
    return nested_join_pays(&pairs, part_side(job, p, 0), part_side(job, p, 1));
}

/* Finds pairs of rows by nested joins; *s stays open. */
static bool nested_stage(struct execution *x, struct attempt *t, struct part *p, struct stage *s,
                         struct err *e)
{
    const struct job *job = x->job;
    struct task_option option;
    struct wire_task task;
    struct pairs pairs;
    uint64_t n_tiles;
    struct shm *items = &p->list[0]->index;
    pairs_view(&pairs, shm_view_of(&p->list[0]->ordered));
    stage_init(s, job, &x->prepared, x->result->pairs);
    bool ok =
        make_options(job, t, &option, s, e) &&
        shm_create(items, "the list of runs of rows", 1ull << 40, e) &&
        nested_join_build(&pairs, part_side(job, p, 0), part_side(job, p, 1), items, &n_tiles, e);
    if (!ok)
        return false;
    stage_task_nested(&task, job, &x->prepared, &option, t->row_from, t->row_to, n_tiles);
    if (!task.count && !open_arena(job, &p->arena, job->inputs->table[0].head->n_rows, e))
        return false;
    task.form = p->arena.form;
    s->join = items;
    s->arena = task.count ? NULL : &p->arena.pairs;
    s->max_chunks = task.count ? 0 : p->arena.n_chunks;
    ok = find_pairs(x, t, s, &task, e);
    if (ok)
        stage_add_tally(&x->result->tally, &s->work.tally);
    return ok;
}

/* Counts or writes the pairs of rows that the nested joins find. */
static bool run_nested(struct execution *x, struct attempt *t, struct err *e)
{
    struct part *p = &t->part[0];
    struct stage s;
    struct shm ordered = {.fd = -1};
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    bool ok = nested_stage(x, t, p, &s, e);
    if (ok && !t->overflow && counts_alone(x->job)) {
        x->result->pairs += s.work.rows;
    } else if (ok && !t->overflow) {
        ok = order_pairs(x, &p->arena, &s, x->job->inputs->table[0].head->n_rows, false, &ordered,
                         e);
    }
    stage_close(&s);
    ok = ok && (ordered.fd < 0 || run_emit(x, t, NULL, &ordered, e));
    shm_close(&ordered);
    return ok;
}

/* ---- One range of rows after another ---------------------------------------------------------*/

/* Joins the rows of an attempt and writes their matches, or finds that the arena is too small
 * (t->overflow). */
static bool attempt_run(struct execution *x, struct attempt *t, struct err *e)
{
    const struct plan *plan = x->job->plan;
    for (uint32_t k = 0; k < plan->n_joins && !t->overflow; k++)
        if (!run_part(x, t, k, e))
            return false;
    if (t->overflow)
        return true;
    add_work(x->result, t);
    bool ok = true;
    if (plan->kind == PLAN_REFINE)
        ok = can_nest(x->job, t) ? run_nested(x, t, e) : run_refine(x, t, e);
    else if (!counts_alone(x->job))
        ok = run_emit(x, t, &t->list[0], &t->list[0].ordered, e);
    else
        x->result->pairs += t->list[0].join_rows;
    x->result->row_ranges += ok && !t->overflow;
    return ok;
}

/* The number of rows to try after an overflow. */
static uint64_t fewer_rows(const struct attempt *t)
{
    const double share = t->share < 0.9 ? t->share : 0.9;
    const double next = floor((double)(t->row_to - t->row_from) * share * 0.7);
    return next >= 1 ? (uint64_t)next : 1;
}

static bool run_row_ranges(struct execution *x, const struct span *span, struct err *e)
{
    const uint64_t end = span->row_to;
    uint64_t step = end - span->row_from;
    for (uint64_t from = span->row_from; from < end;) {
        struct attempt t;
        attempt_open(&t, x->job->plan, from, from + step < end ? from + step : end);
        bool ok = attempt_run(x, &t, e);
        attempt_close(&t);
        if (!ok)
            return false;
        if (!t.overflow) {
            from = t.row_to;
            continue;
        }
        if (t.row_to - from == 1)
            return err_set(e, ERR_OS, "raise --min, or allow more memory (--max-memory)",
                           "the pairs of row %llu of A alone do not fit into memory",
                           (unsigned long long)from + 1);
        step = fewer_rows(&t);
        log_verbose("the pairs do not fit into memory at once; going on by %llu rows of A",
                    (unsigned long long)step);
    }
    return true;
}

/* ---- Without a join --------------------------------------------------------------------------*/

static bool run_loop(struct execution *x, const struct span *span, struct err *e)
{
    struct wire_task task;
    struct stage s;
    stage_task_loop(&task, x->job, &x->prepared, span->row_from, span->row_to);
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    x->result->row_ranges = 1;
    return finish_by_rows(x, &s, &task, e);
}

static bool make_prepared(const struct job *job, struct prepared *prepared, struct err *e)
{
    const char *what = "what the scorer prepares of the records";
    const struct table *table = job->inputs->table;
    const uint64_t bytes = (table[0].head->n_rows + table[1].head->n_rows) * prepared->row_bytes;
    if (!shm_create(&prepared->shm, what, bytes + 4096, e) ||
        !(prepared->at = shm_alloc(&prepared->shm, what, bytes + 64, 64, e)))
        return false;
    shm_seal(&prepared->shm, true);
    return true;
}

/* Has the scorer prepare all records. */
static bool prepare(struct execution *x, struct err *e)
{
    const struct scorer *scorer = x->job->query->scorer;
    struct wire_task task;
    struct stage s;
    x->prepared = (struct prepared){.shm.fd = -1, .row_bytes = scorer ? scorer->prepared_bytes : 0};
    if (!x->prepared.row_bytes)
        return true;
    if (!make_prepared(x->job, &x->prepared, e))
        return false;
    stage_task_prepare(&task, x->job, &x->prepared);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    stage_close(&s);
    return ok;
}

/* Tries what the scorer claims, before anything relies on it. */
static bool run_claim(struct execution *x, struct err *e)
{
    struct rejects *rejects = x->job->faults->rejects;
    const uint64_t n_rejects = rejects ? rejects->n : 0;
    struct wire_task task;
    struct stage s;
    if (x->job->query->excluded == EXPR_NONE)
        return true;
    stage_task_claim(&task, x->job, &x->prepared);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    stage_close(&s);
    if (rejects)
        rejects->n = n_rejects; /* the run may never score those that failed here */
    return ok;
}

/* ---- The run ---------------------------------------------------------------------------------*/

static bool probe(struct execution *x, uint64_t row_a, uint64_t row_b, double *score, struct err *e)
{
    struct wire_task task;
    struct stage s;
    stage_task_probe(&task, x->job, &x->prepared, row_a, row_b, row_b + 1);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    if (ok)
        *score = s.work.score;
    stage_close(&s);
    return ok;
}

bool coordinator_score(const struct job *job, uint64_t row_a, uint64_t row_b, double *score,
                       struct err *e)
{
    struct execution x = {.job = job};
    stage_catch_signals();
    bool ok = prepare(&x, e) && probe(&x, row_a, row_b, score, e);
    shm_close(&x.prepared.shm);
    log_progress_end();
    return ok;
}

static bool run_plan(struct execution *x, const struct span *span, struct err *e)
{
    switch (x->job->plan->kind) {
    case PLAN_NOTHING:
        return run_nothing(x, span, e);
    case PLAN_JOIN:
    case PLAN_REFINE:
        return run_row_ranges(x, span, e);
    case PLAN_LOOP:
        break;
    }
    return run_loop(x, span, e);
}

bool coordinator_check_count(const struct job *job, uint64_t pairs, struct err *e)
{
    return !job->query->count || check_results(job, pairs, e);
}

bool coordinator_run(const struct job *job, const struct span *span, struct result *result,
                     struct err *e)
{
    struct execution x = {.job = job, .result = result, .profiles.fd = -1, .texts.fd = -1};
    *result = (struct result){.pairs = span->pairs_before, .unmatched = {span->unmatched_before}};
    stage_catch_signals();
    bool ok = prepare(&x, e) && run_claim(&x, e) && run_plan(&x, span, e) &&
              output_head_write(job, e) && output_tail_write(job, e);
    shm_close(&x.prepared.shm);
    shm_close(&x.profiles);
    shm_close(&x.texts);
    log_progress_end();
    return ok && coordinator_check_count(job, result->pairs, e);
}

bool coordinator_write(const struct job *job, const struct span *span, const struct found *found,
                       struct result *result, struct err *e)
{
    struct execution x = {.job = job, .prepared.shm.fd = -1, .result = result, .texts.fd = -1};
    result->pairs = span->pairs_before;
    bool ok = write_found(&x, span, found, e) &&
              (!job->query->lines.unmatched[1] || write_unmatched_b(&x, found, e)) &&
              output_head_write(job, e) && output_tail_write(job, e);
    shm_close(&x.texts);
    log_progress_end();
    return ok;
}
