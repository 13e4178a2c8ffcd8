/* Writes the file of a prepared run. */
#include "matcher/prepared/prepared.h"

#include "core/hash.h"
#include "core/log.h"
#include "core/string_builder.h"
#include "data/emit.h"
#include "matcher/engine/coordinator.h"
#include "matcher/engine/wire.h"
#include "matcher/kernel/isa.h"
#include "matcher/prepared/prepared_internal.h"
#include "matcher/prepared/prepared_order.h"
#include "matcher/run/identity.h"
#include "matcher/shard/run_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

uint64_t prepared_layout(void)
{
    return hash_mix3(sizeof(struct prepared_values), sizeof(struct wire_task),
                     hash_mix3(sizeof(struct index), PREPARED_FACTS, RUN_PIECES));
}

/* What is being written, and what was made for it. */
struct writing {
    struct run *r;
    struct run_pieces pieces;
    char *facts;
    size_t facts_bytes;
    struct prepared_values *values;
    struct shm order, profiles;
    struct shm half[RUN_FILE_HALVES];
    const struct plan_term *half_of[RUN_FILE_HALVES]; /* that asked for it; NULL: no term alone */
    uint32_t n_halves;
    struct shm_view module; /* mapped */
};

/* ---- Facts -----------------------------------------------------------------------------------*/

static bool make_facts(struct writing *w, struct err *e)
{
    const struct run *r = w->r;
    struct string_builder b;
    char *identity = NULL;
    if (!identity_make(r, &identity, e))
        return false;
    const char *facts[PREPARED_FACTS] = {
        [PREPARED_IDENTITY] = identity,
        [PREPARED_PATH_A] = sources_path(&r->sources, 0),
        [PREPARED_PATH_B] = sources_path(&r->sources, 1),
        [PREPARED_SCORER] = r->query.scorer ? r->query.scorer->path : "",
        [PREPARED_EXPLAIN] = r->explain_command ? r->explain_command : ""};
    FILE *out = string_builder_open(&b);
    for (int i = 0; out && i < PREPARED_FACTS; i++)
        (void)fwrite(facts[i], 1, strlen(facts[i]) + 1, out);
    if (out)
        fflush(out);
    w->facts_bytes = out ? b.bytes : 0;
    w->facts = string_builder_end(&b);
    free(identity);
    return w->facts || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- What joins make of B --------------------------------------------------------------------*/

static uint32_t join_number(const struct join *join)
{
    uint32_t i = 0;
    while (join && join_at(i) != join)
        i++;
    return join ? i : PREPARED_NONE;
}

static bool make_half(struct writing *w, const struct plan_term *term, struct err *e)
{
    const struct inputs *inputs = &w->r->loaded.inputs;
    struct join_job job = plan_term_job(term, inputs, plan_term_side(term, inputs, 0), true);
    struct shm *half = &w->half[w->n_halves];
    job.self = false;
    if (!shm_create(half, "what a join makes of B", 1ull << 40, e))
        return false;
    w->half_of[w->n_halves++] = term;
    return term->join->prepare(&job, half, e) && shm_freeze(half, e);
}

/* A term in numbers. What its join makes of B is made, if another one has not asked for it, and if
 * it has a place. */
static bool number_term(struct writing *w, const struct plan_term *term, struct prepared_term *at,
                        struct err *e)
{
    uint32_t k = 0;
    *at = (struct prepared_term){join_number(term->join), PREPARED_NONE};
    if (!term->join || !term->join->prepare || !w->r->plan.prune)
        return true;
    while (k < w->n_halves &&
           (!w->half_of[k] || w->half_of[k]->join != term->join ||
            w->half_of[k]->term != term->term || w->half_of[k]->need != term->need))
        k++;
    if (k == RUN_FILE_HALVES)
        return true;
    at->half = k;
    return k < w->n_halves || make_half(w, term, e);
}

/* A segment that was made gets a number; it is closed if there is none for it. */
static uint32_t number_half(struct writing *w, struct shm *half)
{
    if (half->fd >= 0 && w->n_halves < RUN_FILE_HALVES) {
        w->half[w->n_halves] = *half;
        return w->n_halves++;
    }
    shm_close(half);
    return PREPARED_NONE;
}

/* What a join over two terms makes of B. */
static bool make_pair_halves(struct writing *w, const struct plan_join *join,
                             struct prepared_join *at, struct err *e)
{
    struct shm compounds, signatures;
    const bool ok = coordinator_halves(&w->r->loaded.inputs, join, &compounds, &signatures, e);
    at->half = number_half(w, &compounds);
    at->signatures = number_half(w, &signatures);
    return ok;
}

static bool number_joins(struct writing *w, struct err *e)
{
    const struct plan *plan = &w->r->plan;
    for (uint32_t k = 0; k < plan->n_joins; k++) {
        const struct plan_join *join = &plan->join[k];
        struct prepared_join *at = &w->values->join[k];
        if (!number_term(w, &join->by, &at->by, e) || !number_term(w, &join->also, &at->also, e) ||
            !make_pair_halves(w, join, at, e))
            return false;
    }
    return true;
}

/* ---- Values ----------------------------------------------------------------------------------*/

/* What points would mean nothing in another process. */
static void drop_pointers(struct prepared_values *v)
{
    v->query.scorer = NULL;
    for (uint32_t k = 0; k < EXPR_MAX_OPTIONS; k++) {
        struct plan_join *join = &v->plan.join[k];
        struct plan_term *term[] = {&join->by, &join->also};
        join->half = join->signatures = NULL;
        for (int i = 0; i < 2; i++) {
            term[i]->join = NULL;
            term[i]->half = NULL;
            term[i]->use = (struct metric_use){.metric = NULL};
        }
    }
}

static bool make_values(struct writing *w, struct err *e)
{
    const struct run *r = w->r;
    struct prepared_values *v = w->values = calloc(1, sizeof *v);
    if (!v)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    v->query = r->query;
    v->plan = r->plan;
    drop_pointers(v);
    v->choice = r->choice;
    v->better = r->better;
    v->format = r->format;
    v->self = r->sources.self;
    v->split = r->wanted.split;
    v->on_crash = r->opts->on_crash;
    v->max_rejects = r->opts->max_rejects;
    v->sandbox = r->opts->sandbox;
    v->pair_timeout_seconds = r->opts->pair_timeout_seconds;
    v->scorer_prepared_bytes = r->scorer.prepared_bytes;
    v->n_scorer_fields = r->scorer.n_fields;
    for (size_t i = 0; i < r->scorer.n_fields; i++)
        v->scorer_field[i] = r->scorer.fields[i];
    v->isa = isa_best();
    memcpy(v->condition, r->conditions.text, sizeof v->condition);
    return number_joins(w, e);
}

/* ---- Pieces ----------------------------------------------------------------------------------*/

static bool map_module(struct writing *w, struct err *e)
{
    const struct scorer *scorer = w->r->query.scorer;
    struct stat st;
    if (!scorer)
        return true;
    void *base = fstat(scorer->fd, &st) == 0 && st.st_size > 0
                     ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, scorer->fd, 0)
                     : MAP_FAILED;
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "%s: the module cannot be read", scorer->path);
    w->module = (struct shm_view){base, (size_t)st.st_size};
    return true;
}

/* Not where every pair is scored, nor in a format without lines. */
bool prepared_by_value(const struct run *r)
{
    return r->plan.n_joins > 0 && !emit_is_of_values(r->format);
}

static bool make_pieces(struct writing *w, struct err *e)
{
    const struct run *r = w->r;
    const struct inputs *inputs = &r->loaded.inputs;
    struct shm_view *of = w->pieces.of;
    const struct job job = {.query = &r->query, .inputs = inputs, .plan = &r->plan};
    if (!make_facts(w, e) || !make_values(w, e) || !map_module(w, e) ||
        !coordinator_profiles(&job, &w->profiles, e) ||
        (prepared_by_value(r) && !prepared_order_build(&r->plan, inputs, &w->order, e)))
        return false;
    of[RUN_FACTS] = (struct shm_view){w->facts, w->facts_bytes};
    of[RUN_VALUES] = (struct shm_view){(const char *)w->values, sizeof *w->values};
    of[RUN_TABLE_A] = shm_view_of(inputs->table_segment[0]);
    if (!inputs->self)
        of[RUN_TABLE_B] = shm_view_of(inputs->table_segment[1]);
    of[RUN_INDEX] = shm_view_of(inputs->index_segment);
    if (w->order.fd >= 0)
        of[RUN_ORDER] = shm_view_of(&w->order);
    for (uint32_t k = 0; k < w->n_halves; k++)
        of[RUN_HALF + k] = shm_view_of(&w->half[k]);
    if (w->profiles.fd >= 0)
        of[RUN_PROFILES] = shm_view_of(&w->profiles);
    of[RUN_MODULE] = w->module;
    return true;
}

static void writing_close(struct writing *w)
{
    free(w->facts);
    free(w->values);
    shm_close(&w->order);
    shm_close(&w->profiles);
    for (uint32_t k = 0; k < w->n_halves; k++)
        shm_close(&w->half[k]);
    if (w->module.base)
        munmap((void *)(uintptr_t)w->module.base, w->module.bytes);
}

/* ---- The file --------------------------------------------------------------------------------*/

bool prepared_check(const struct run *r, struct err *e)
{
    if (r->by_rounds)
        return err_set(e, ERR_USAGE, "add --min",
                       "--prepare: without --min the best matches are found in rounds, and what a "
                       "round does follows from the one before it");
    return !r->query.scorer || !r->query.scorer->python ||
           err_set(e, ERR_USAGE, "use --shard without --prepare",
                   "--prepare: a Python function belongs to its interpreter, not to a file");
}

static bool write_pieces(const struct writing *w, struct err *e)
{
    struct out *out = &w->r->outputs.prepared;
    char bytes[32];
    log_phase("writing", 0);
    if (!run_file_write(&w->pieces, prepared_layout(), out, e))
        return false;
    const uint64_t written = out->bytes;
    const bool ok = out_commit(out, e);
    w->r->outputs.prepared_open = !ok;
    log_progress_end();
    if (ok)
        log_note("%s: %s; axb run %s --shard I/N does a part", w->r->opts->prepare,
                 log_bytes((double)written, bytes), w->r->opts->prepare);
    return ok;
}

bool prepared_write(struct run *r, struct err *e)
{
    struct writing w = {.r = r, .order.fd = -1, .profiles.fd = -1};
    const bool ok = prepared_check(r, e) && make_pieces(&w, e) && write_pieces(&w, e);
    writing_close(&w);
    return ok;
}
