/* Makes a run ready from the file of a prepared run. */
#include "matcher/prepared/prepared.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/sandbox.h"
#include "matcher/kernel/isa.h"
#include "matcher/output/output_form.h"
#include "matcher/planner/plan_make.h"
#include "matcher/prepared/prepared_internal.h"
#include "matcher/prepared/prepared_order.h"
#include "matcher/shard/run_file.h"

#include "data/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- Facts -----------------------------------------------------------------------------------*/

static bool damaged(const struct run_file *f, struct err *e)
{
    return err_set(e, ERR_DATA, "write it again with --prepare", "%s: it is damaged", f->path);
}

/* Takes the texts; they live as long as the run. */
static bool take_facts(struct run *r, const struct run_file *f, const char *fact[PREPARED_FACTS],
                       struct err *e)
{
    struct shm s;
    if (!run_file_map(f, RUN_FACTS, &s, e))
        return false;
    r->facts = malloc(s.bytes);
    if (r->facts)
        memcpy(r->facts, s.base, s.bytes);
    const char *at = r->facts, *end = at + s.bytes;
    int n = 0;
    for (const char *zero; at && n < PREPARED_FACTS && (zero = memchr(at, 0, (size_t)(end - at)));
         at = zero + 1)
        fact[n++] = at;
    shm_close(&s);
    if (!r->facts)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    return n == PREPARED_FACTS || damaged(f, e);
}

static bool use_facts(struct run *r, const char *const fact[PREPARED_FACTS], struct err *e)
{
    r->identity = fact[PREPARED_IDENTITY];
    for (int side = 0; side < 2; side++)
        r->sources.load[side].path = r->sources.load[side].shown = fact[PREPARED_PATH_A + side];
    r->scorer.path = fact[PREPARED_SCORER];
    if (!*fact[PREPARED_EXPLAIN])
        return true;
    r->explain_command = strdup(fact[PREPARED_EXPLAIN]);
    return r->explain_command || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- Values ----------------------------------------------------------------------------------*/

/* The segment of a number; NULL of none. */
static const struct shm *half_at(const struct run *r, uint32_t number)
{
    return number == PREPARED_NONE ? NULL : &r->loaded.half[number];
}

static void restore_term(struct run *r, struct plan_term *term, const struct prepared_term *at)
{
    const struct query *query = &r->query;
    term->join = at->join == PREPARED_NONE ? NULL : join_at(at->join);
    term->half = half_at(r, at->half);
    if (term->term != EXPR_NONE)
        term->use = expr_use(&query->expr.term[term->term]);
}

static void use_values(struct run *r, const struct prepared_values *v)
{
    struct opts *o = &r->model.opts;
    r->query = v->query;
    r->plan = v->plan;
    for (uint32_t k = 0; k < r->plan.n_joins; k++) {
        struct plan_join *join = &r->plan.join[k];
        restore_term(r, &join->by, &v->join[k].by);
        restore_term(r, &join->also, &v->join[k].also);
        join->half = half_at(r, v->join[k].half);
        join->signatures = half_at(r, v->join[k].signatures);
    }
    r->choice = v->choice;
    r->better = (enum choose_better)v->better;
    r->format = v->format;
    r->sources.self = r->loaded.inputs.self = v->self;
    r->wanted.split = v->split;
    r->scorer.prepared_bytes = v->scorer_prepared_bytes;
    o->on_crash = v->on_crash;
    o->max_rejects = r->rejects.max = v->max_rejects;
    o->sandbox = v->sandbox != 0;
    o->pair_timeout_seconds = v->pair_timeout_seconds;
    o->min_given = true; /* what may be said of a missing one was said before */
    memcpy(r->conditions.text, v->condition, sizeof v->condition);
}

/* What the scorer reads, by which a failure is explained. */
static bool take_fields(struct run *r, const struct prepared_values *v, struct err *e)
{
    struct scorer *s = &r->scorer;
    s->fields = calloc(INDEX_MAX_FIELDS, sizeof *s->fields);
    if (!s->fields)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    s->n_fields = (size_t)v->n_scorer_fields;
    memcpy(s->fields, v->scorer_field, sizeof v->scorer_field);
    return true;
}

static bool take_values(struct run *r, const struct run_file *f, struct err *e)
{
    struct shm s;
    if (!run_file_map(f, RUN_VALUES, &s, e))
        return false;
    const struct prepared_values *v = (const void *)s.base;
    bool ok = s.bytes == sizeof *v || damaged(f, e);
    if (ok && f->piece[RUN_MODULE].bytes && v->isa > (uint32_t)isa_best())
        ok = err_set(
            e, ERR_DATA, "prepare the run on the oldest kind of the machines that do parts",
            "%s: its scorer was compiled for a processor that can do more than this one", f->path);
    ok = ok && take_fields(r, v, e);
    if (ok)
        use_values(r, v);
    shm_close(&s);
    return ok;
}

/* ---- Pieces ----------------------------------------------------------------------------------*/

static bool map_tables(struct run *r, const struct run_file *f, struct err *e)
{
    struct loaded *l = &r->loaded;
    struct inputs *inputs = &l->inputs;
    for (int side = 0; side < (inputs->self ? 1 : 2); side++) {
        inputs->table_segment[side] = &l->segment[side];
        if (!run_file_map(f, side ? RUN_TABLE_B : RUN_TABLE_A, &l->segment[side], e) ||
            !table_view(&inputs->table[side], &l->segment[side], e))
            return false;
    }
    if (inputs->self) {
        inputs->table[1] = inputs->table[0];
        inputs->table_segment[1] = inputs->table_segment[0];
    }
    return true;
}

static bool map_index(struct run *r, const struct run_file *f, struct err *e)
{
    struct inputs *inputs = &r->loaded.inputs;
    inputs->index_segment = &r->loaded.index;
    if (!run_file_map(f, RUN_INDEX, &r->loaded.index, e) ||
        !index_view(&inputs->index, &r->loaded.index, e))
        return false;
    memcpy(r->conditions.rows, inputs->index.rows, sizeof r->conditions.rows);
    return true;
}

static bool map_profiles(struct run *r, const struct run_file *f, struct err *e)
{
    struct loaded *l = &r->loaded;
    if (!f->piece[RUN_PROFILES].bytes)
        return true;
    l->inputs.profiles = &l->profiles;
    return run_file_map(f, RUN_PROFILES, &l->profiles, e);
}

/* What joins have made of B. */
static bool map_halves(struct run *r, const struct run_file *f, struct err *e)
{
    for (int k = 0; k < RUN_FILE_HALVES; k++)
        if (f->piece[RUN_HALF + k].bytes &&
            !run_file_map(f, (enum run_piece)(RUN_HALF + k), &r->loaded.half[k], e))
            return false;
    return true;
}

/* The user's code into memory of its own, where it can be loaded from. */
static bool take_module(struct run *r, const struct run_file *f, struct err *e)
{
    struct shm s;
    if (!f->piece[RUN_MODULE].bytes)
        return true;
    if (!run_file_map(f, RUN_MODULE, &s, e))
        return false;
    r->scorer.fd = memfd_create("axb-module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const bool ok = r->scorer.fd >= 0 && write(r->scorer.fd, s.base, s.bytes) == (ssize_t)s.bytes;
    const int failed = errno;
    shm_close(&s);
    if (!ok)
        return err_system(e, ERR_OS, failed, NULL, "%s: no memory for the scorer", f->path);
    (void)fcntl(r->scorer.fd, F_ADD_SEALS,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    r->query.scorer = &r->scorer;
    return true;
}

/* The rows of A that are to be done. */
static bool take_part(struct run *r, const struct run_file *f, struct err *e)
{
    struct shm order;
    const bool by_value = r->shard.of > 1 && f->piece[RUN_ORDER].bytes;
    const struct shard all = {0, 0};
    shard_rows(by_value ? &all : &r->shard, r->loaded.inputs.table[0].head->n_rows, r->sources.self,
               &r->span.row_from, &r->span.row_to);
    if (!by_value)
        return true;
    if (!run_file_map(f, RUN_ORDER, &order, e))
        return false;
    const bool ok = prepared_order_rows(shm_view_of(&order), &r->shard, &r->loaded.part,
                                        &r->loaded.inputs.part, e);
    shm_close(&order);
    return ok;
}

/* ---- The machine -----------------------------------------------------------------------------*/

/* The plan is the file's; what the machine has, and the share of the work, are this part's. */
static bool set_workers(struct run *r, struct err *e)
{
    const double share = r->shard.of ? 1.0 / r->shard.of : 1;
    if (!topo_open(&r->topo, NULL, e))
        return false;
    const unsigned workers = r->opts->workers ? r->opts->workers : topo_workers(r->topo);
    r->plan_request =
        (struct plan_request){.all_pairs = span_pairs_taken(&r->span, &r->loaded.inputs),
                              .workers = workers,
                              .available_bytes = mem_available_bytes(),
                              .prune = r->plan.prune};
    if (r->plan_request.available_bytes < PLAN_WORKER_BYTES)
        return mem_refuse("a worker", PLAN_WORKER_BYTES, e);
    r->plan.seconds *= share;
    r->plan.candidates *= share;
    plan_set_workers(&r->plan, &r->query, &r->plan_request);
    return true;
}

/* ---- The run ---------------------------------------------------------------------------------*/

static void begin(struct run *r, const struct opts *o)
{
    *r = (struct run){.asked = o,
                      .model.opts = *o,
                      .scorer = {.fd = -1, .terms_fd = -1},
                      .journal.fd = -1,
                      .started = log_seconds()};
    r->opts = &r->model.opts;
    loaded_begin(&r->loaded);
}

static bool take_all(struct run *r, const struct run_file *f, struct err *e)
{
    const char *fact[PREPARED_FACTS];
    return (!r->opts->verify || run_file_check(f, e)) && take_values(r, f, e) &&
           take_facts(r, f, fact, e) && use_facts(r, fact, e) && map_tables(r, f, e) &&
           map_index(r, f, e) && map_halves(r, f, e) && map_profiles(r, f, e) &&
           take_module(r, f, e) && take_part(r, f, e);
}

/* A part sees some of the pairs. */
static bool check_choice(const struct run *r, struct err *e)
{
    const struct choice *c = &r->choice;
    return !r->shard.of || !c->collects || !(c->unmatched[0] || c->unmatched[1] || c->linked) ||
           err_set(e, ERR_USAGE, "leave out --shard",
                   "--shard sees some of the pairs, and which records have no partner depends on "
                   "all of them in this run");
}

/* Can the output be written as it is asked for? */
static bool check_output(const struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    return output_form_check_parts(o, r->format, e) && run_check_lines(r, e) &&
           check_choice(r, e) &&
           (o->shard || output_form_fits(o->output, emit_name(r->format), e)) &&
           (!o->resume || o->output ||
            err_set(e, ERR_USAGE, "for example: --output pairs.csv",
                    "--resume needs --output: what went to stdout cannot be taken back"));
}

bool prepared_open(struct run *r, const struct opts *o, struct err *e)
{
    struct run_file f = {.fd = -1};
    begin(r, o);
    const bool ok = (!o->shard || shard_parse(o->shard, &r->shard, e)) &&
                    run_file_open(&f, o->inputs[0], prepared_layout(), e) && take_all(r, &f, e) &&
                    sandbox_ask(r->opts->sandbox, e) && check_output(r, e) && set_workers(r, e) &&
                    (o->plan || run_open_outputs(r, e));
    run_file_close(&f);
    return ok;
}
