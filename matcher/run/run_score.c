/* The rooms of a run up to its tables: inputs, score, which columns are wanted. */
#include "core/memory.h"
#include "core/shm.h"
#include "core/topology.h"
#include "matcher/engine/stage.h"
#include "matcher/run/run.h"

#include "core/log.h"
#include "core/sandbox.h"
#include "data/emit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_REJECTS 10000000u
#define OWN_BYTES ((size_t)16 << 20) /* before it has read anything */

const char *run_path(const struct run *r, int side)
{
    return r->load[r->self ? 0 : side].shown;
}

/* The load of a side: dedupe has but one. */
static struct load *side_load(struct run *r, int side)
{
    return &r->load[r->self ? 0 : side];
}

/* What the command line lacks, or has too much of, before anything is read. */
static bool check_options(const struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    if (o->count && o->output)
        return err_set(e, ERR_USAGE, "leave one of them away",
                       "--count prints a number and writes no pairs to --output");
    if (o->resume && o->audit)
        return err_set(e, ERR_USAGE, "leave one of them away",
                       "--audit looks at a run as a whole, --resume at parts of it");
    if (o->resume && !o->count && !o->output && !o->plan)
        return err_set(e, ERR_USAGE, "for example: --output pairs.csv",
                       "--resume needs --output: what went to stdout cannot be taken back");
    if (o->rejects && o->on_crash != ON_CRASH_SKIP)
        return err_set(e, ERR_USAGE, "add --on-crash skip",
                       "--rejects: pairs are skipped only with --on-crash skip");
    if (o->max_rejects > MOST_REJECTS)
        return err_set(e, ERR_USAGE, NULL, "--max-rejects: at most %u can be skipped",
                       MOST_REJECTS);
    if (o->shard && o->max_results)
        return err_set(e, ERR_USAGE, "leave one of them away",
                       "--max-results is for all pairs, and a shard sees some of them");
    if (!r->self && strcmp(o->inputs[0], "-") == 0 && strcmp(o->inputs[1], "-") == 0)
        return err_set(e, ERR_USAGE, "give one of them as a file", "only one side can be stdin");
    return true;
}

/* Opened before anything is read: a path that cannot be written must not cost a whole run. */
static bool open_outputs(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    if (o->plan)
        return true;
    if (o->stats && !(r->stats_open = out_open(&r->stats, o->stats, e)))
        return false;
    if (o->rejects && !(r->rejects_open = out_open(&r->rejects_out, o->rejects, e)))
        return false;
    if (o->resume && !journal_open(&r->journal, o->resume, e))
        return false;
    if (o->resume)
        stage_catch_early(); /* what is there is to be kept, and the command to be named */
    if (o->count)
        return true;
    r->out_open =
        o->resume ? out_open_partial(&r->out, o->output, e) : out_open(&r->out, o->output, e);
    return r->out_open;
}

bool run_open(struct run *r, const struct opts *o, struct run_request request, struct err *e)
{
    struct load_options options = {.delimiter = o->delimiter,
                                   .header = o->header,
                                   .lenient = o->lenient,
                                   .encoding = o->encoding,
                                   .max_memory_bytes = o->max_memory_bytes};
    *r = (struct run){.opts = o,
                      .self = request.self,
                      .originals = request.originals,
                      .scorer = {.fd = -1, .terms_fd = -1},
                      .journal.fd = -1,
                      .rejects.max = o->max_rejects,
                      .started = log_seconds()};
    r->tables[0].fd = r->tables[1].fd = r->index.fd = -1;
    return check_options(r, e) && (!o->shard || shard_parse(o->shard, &r->shard, e)) &&
           mem_check("axb itself", OWN_BYTES, e) && sandbox_ask(o->sandbox, e) &&
           topo_open(&r->topo, NULL, e) && load_open(&r->load[0], o->inputs[0], &options, e) &&
           (r->self || load_open(&r->load[1], o->inputs[1], &options, e)) && open_outputs(r, e);
}

/* ---- Which columns, and how ------------------------------------------------------------------*/

/* The place of a want, adding it unless it is there. */
static bool add_want(struct run_wants *wants, struct load_want want, uint32_t *place, struct err *e)
{
    for (size_t i = 0; i < wants->n; i++) {
        const struct load_want *w = &wants->want[i];
        if (w->column == want.column && w->normalize == want.normalize && w->plain == want.plain) {
            *place = (uint32_t)i;
            return true;
        }
    }
    if (wants->n == RUN_MAX_WANTS)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are wanted", RUN_MAX_WANTS);
    wants->want[wants->n] = want;
    *place = (uint32_t)wants->n++;
    return true;
}

/* The column for a want, and the table of `side` that it will be in. A named table has what stands
 * as it is in the file; the rest is made from it. */
static bool want_column(struct run *r, int side, struct load_want want, const struct table **table,
                        uint32_t *column, struct err *e)
{
    int s = r->self ? 0 : side;
    bool named = r->load[s].named != NULL;
    *table = named && want.normalize ? &r->normalized[s] : &r->job.table[s];
    if (!named || want.normalize)
        return add_want(&r->wants[s], want, column, e);
    *column = want.column;
    want.plain = false;
    return add_want(&r->in_place[s], want, &(uint32_t){0}, e);
}

/* The column of a file by the first n bytes of `name`. */
static bool find_column(struct run *r, int side, const char *name, size_t n, uint32_t *column,
                        struct err *e)
{
    char *text = strndup(name, n);
    bool ok = text ? load_find(side_load(r, side), text, column, e)
                   : err_set(e, ERR_OS, NULL, "not enough memory");
    free(text);
    return ok;
}

/* The normalisation of a column: --normalize's list, or the list behind its name. */
static bool normalize_flags(struct run *r, int side, uint32_t column, uint32_t *flags,
                            struct err *e)
{
    const char *list = r->opts->normalize;
    *flags = 0;
    if (!list || !strchr(list, ':'))
        return !list || text_normalize_parse(list, strlen(list), flags, e);
    for (const char *item = list; *item;) {
        size_t n = strcspn(item, ","), name = strcspn(item, ":");
        if (name >= n)
            return err_set(e, ERR_USAGE,
                           "for example: --normalize 'name:casefold+space,city:punct'",
                           "--normalize: \"%.*s\" has no list behind its column", (int)n, item);
        uint32_t found;
        if (!find_column(r, side, item, name, &found, e))
            return false;
        if (found == column && !text_normalize_parse(item + name + 1, n - name - 1, flags, e))
            return false;
        item += n + (item[n] == ',');
    }
    return true;
}

bool run_original(struct run *r, int side, uint32_t file_column, const struct table **table,
                  uint32_t *column, struct err *e)
{
    return want_column(r, side, (struct load_want){.column = file_column}, table, column, e);
}

/* Wants the column of a file for comparing as `kind`; its field of the index in *field. */
static bool want_field(struct run *r, int side, uint32_t file_column, uint32_t kind,
                       uint32_t *field, struct err *e)
{
    struct load_want want = {.column = file_column};
    struct index_field f = {.side = r->self ? 0 : (uint32_t)side, .kind = kind};
    if (kind == INDEX_TEXT && !normalize_flags(r, side, file_column, &want.normalize, e))
        return false;
    if (r->originals && want.normalize &&
        !run_original(r, side, file_column, &(const struct table *){NULL}, &f.column, e))
        return false;
    if (!want_column(r, side, want, &f.table, &f.column, e))
        return false;
    for (*field = 0; *field < r->n_fields; (*field)++) {
        const struct index_field *have = &r->fields[*field];
        if (have->table == f.table && have->kind == f.kind && have->column == f.column)
            return true;
    }
    if (r->n_fields == INDEX_MAX_FIELDS)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are compared", INDEX_MAX_FIELDS);
    r->fields[r->n_fields++] = f;
    return true;
}

/* ---- The score -------------------------------------------------------------------------------*/

static bool find_name(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    return load_find(side_load(context, side), name, column, e);
}

/* A text that a column is compared with is normalised as the column is. */
static bool normalize_text(struct run *r, struct expr_node *node, struct err *e)
{
    struct expr *x = &r->job.task.expr;
    const struct expr_column *c = &x->column[node->index];
    char text[4096];
    uint32_t flags;
    size_t n = 0;
    if (!normalize_flags(r, (int)c->side, c->column, &flags, e))
        return false;
    if (!flags || node->op != EXPR_SAME)
        return true;
    if (text_normalize_capacity(node->text_bytes) > sizeof text ||
        !text_normalize(x->text + node->text_at, node->text_bytes, flags, text, &n) ||
        x->text_bytes + n > EXPR_MAX_TEXT)
        return err_set(e, ERR_USAGE, NULL, "a text in the expression cannot be normalised");
    node->text_at = x->text_bytes;
    node->text_bytes = (uint32_t)n;
    memcpy(x->text + x->text_bytes, text, n);
    x->text_bytes += (uint32_t)n;
    return true;
}

/* Wants the columns of the expressions. */
static bool want_columns(struct run *r, struct err *e)
{
    struct expr *x = &r->job.task.expr;
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        if (!want_field(r, (int)c->side, c->column, c->kind, &c->field, e))
            return false;
    }
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_SAME && !normalize_text(r, &x->node[i], e))
            return false;
    return true;
}

/* Parses `text` and adds it to what --where asks; *node is its own. */
static bool add_where(struct run *r, const char *text, const char *what, uint32_t *node,
                      struct err *e)
{
    struct expr *x = &r->job.task.expr;
    uint32_t *where = &r->job.task.goal.where;
    const struct expr_names names = {find_name, r};
    if (!expr_parse(x, text, what, &names, node, e))
        return false;
    if (*where != EXPR_NONE)
        return expr_and(x, *where, *node, where, e);
    *where = *node;
    return true;
}

/* AXB_MONOTONE: what it asks of the metrics is asked of all pairs, and its contrary is for trying
 * whether it holds. */
static bool add_needs(struct run *r, const struct scorer_headers *headers, struct err *e)
{
    char *needs;
    uint32_t node;
    bool ok = scorer_needs(&r->scorer, headers, r->opts->min, &needs, e);
    if (ok && *needs)
        ok = add_where(r, needs, "AXB_MONOTONE", &node, e) &&
             expr_not(&r->job.task.expr, node, &r->job.claim, e);
    free(needs);
    return ok;
}

/* What the scorer itself says of the pairs that can match: AXB_MONOTONE. */
static bool score_needs(struct run *r, struct err *e)
{
    const struct scorer *s = &r->scorer;
    const struct load *a = side_load(r, 0), *b = side_load(r, 1);
    struct scorer_headers headers = {a->names, a->n_columns, b->names, b->n_columns};
    if (s->monotone && s->terms_fd < 0)
        log_note("%s: AXB_MONOTONE gives nothing: the score depends on more than metrics", s->path);
    bool ask = s->terms_fd >= 0 && r->opts->min_given && r->opts->prune;
    return !ask || add_needs(r, &headers, e);
}

static bool score_file(struct run *r, const char *path, struct err *e)
{
    const struct load *a = side_load(r, 0), *b = side_load(r, 1);
    struct scorer_headers headers = {a->names, a->n_columns, b->names, b->n_columns};
    uint32_t node;
    char words[64];
    sandbox_describe(words, sizeof words);
    if (r->opts->sandbox)
        log_verbose("workers: no network, no writing, no new processes (%s)", words);
    if (!scorer_make(path, &headers, &r->scorer, e) ||
        (r->scorer.where && !add_where(r, r->scorer.where, "AXB_WHERE", &node, e)))
        return false;
    r->job.task.has_module = true;
    r->job.task.n_fields = (uint32_t)r->scorer.n_fields;
    if (r->scorer.n_fields > WIRE_MAX_FIELDS)
        return err_set(e, ERR_SCORER, NULL, "%s: the scorer reads more than %d fields", path,
                       WIRE_MAX_FIELDS);
    for (size_t k = 0; k < r->scorer.n_fields; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        if (!want_field(r, (int)f->side, f->column, f->kind, &r->job.task.field[k], e))
            return false;
    }
    return true;
}

/* --score or --on, which are not given both. */
static bool check_score(const struct opts *o, struct err *e)
{
    if (o->score && o->on)
        return err_set(e, ERR_USAGE, "give one of them",
                       "--on is the short form of --score, and both are given");
    if (o->score && o->metric)
        return err_set(e, ERR_USAGE, "leave it away, or give --on in place of --score",
                       "--metric goes with --on, and --score is given");
    return o->score || o->on ||
           err_set(e, ERR_USAGE, "for example: --on name --metric jaro_winkler --min 0.9",
                   "what is to be compared? --on COLUMN or --score is missing");
}

/* ---- The output's columns --------------------------------------------------------------------*/

static bool want_plain(struct run *r, int side, const char *name, size_t n, uint32_t *column,
                       struct err *e)
{
    struct load_want want = {.plain = true};
    const struct table *table; /* the side's own: nothing is normalised */
    return find_column(r, side, name, n, &want.column, e) &&
           want_column(r, side, want, &table, column, e);
}

static bool want_ids(struct run *r, struct err *e)
{
    const char *id = r->opts->id;
    struct emit_spec *spec = &r->job.task.emit;
    spec->id_a = spec->id_b = EMIT_ROW_NUMBER;
    if (!id)
        return true;
    size_t n = strcspn(id, "=");
    const char *id_b = id[n] ? id + n + 1 : id;
    return want_plain(r, 0, id, n, &spec->id_a, e) &&
           want_plain(r, 1, id_b, strlen(id_b), &spec->id_b, e);
}

static bool keep_column(struct run *r, int side, const char *name, size_t n, struct err *e)
{
    struct emit_spec *spec = &r->job.task.emit;
    if (spec->n_keep == EMIT_MAX_KEEP)
        return err_set(e, ERR_USAGE, NULL, "--keep: more than %d columns", EMIT_MAX_KEEP);
    spec->keep[spec->n_keep].side = (uint32_t)side;
    return want_plain(r, side, name, n, &spec->keep[spec->n_keep++].column, e);
}

/* --keep: first the columns of A, then those of B, each in the order given; an item without "a."
 * or "b." is kept of both. */
static bool want_keeps(struct run *r, struct err *e)
{
    for (int side = 0; side < 2; side++)
        for (const char *item = r->opts->keep; item && *item;) {
            size_t n = strcspn(item, ",");
            bool named = (item[0] == 'a' || item[0] == 'b') && item[1] == '.';
            if ((!named || (item[0] == 'b') == side) &&
                !keep_column(r, side, item + 2 * named, n - 2u * named, e))
                return false;
            item += n + (item[n] == ',');
        }
    return true;
}

_Static_assert(EXPR_MAX_TERMS <= EMIT_MAX_TERMS, "all terms can be written");

/* --output-terms: what the terms are called. */
static bool want_terms(struct run *r, struct err *e)
{
    struct emit_spec *spec = &r->job.task.emit;
    size_t used = 0, room = sizeof spec->term_names;
    if (!r->opts->output_terms)
        return true;
    if (r->job.task.has_module)
        return err_set(e, ERR_USAGE, "axb explain shows the score of a pair",
                       "--output-terms: %s is a function of its own, not an expression with terms",
                       r->scorer.path);
    for (; spec->n_terms < r->job.task.expr.n_terms; spec->n_terms++) {
        char *name = spec->term_names + used;
        spec->term_at[spec->n_terms] = (uint32_t)used;
        expr_print_term(&r->job.task.expr, spec->n_terms, name, room - used);
        used += strlen(name) + 1;
        if (used >= room)
            return err_set(e, ERR_USAGE, NULL, "--output-terms: the terms are too long");
    }
    return true;
}

static bool want_output(struct run *r, struct err *e)
{
    const char *format = r->opts->format ? r->opts->format : "csv";
    return emit_find(format, &r->job.task.emit.format, e) && want_ids(r, e) && want_keeps(r, e) &&
           want_terms(r, e);
}

/* ---- The rooms -------------------------------------------------------------------------------*/

/* --score as an expression. What is no expression may have been meant as a file. */
static bool score_expression(struct run *r, const char *score, struct err *e)
{
    const struct expr_names names = {find_name, r};
    if (expr_parse(&r->job.task.expr, score, "--score", &names, &r->job.task.goal.score, e))
        return true;
    if (access(score, F_OK) == 0)
        err_set(e, ERR_USAGE, "what is not C is compiled to a .so first (core/axb.h says how)",
                "--score: %s is neither an expression nor a .c or .so file", score);
    return false;
}

bool run_score(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    const struct expr_names names = {find_name, r};
    struct expr *x = &r->job.task.expr;
    struct expr_goal *goal = &r->job.task.goal;
    bool ok = true;
    uint32_t node;
    goal->score = goal->where = r->job.claim = EXPR_NONE;
    if (!check_score(o, e))
        return false;
    r->job.pair_timeout_seconds = o->pair_timeout_seconds;
    r->job.rejects = o->on_crash == ON_CRASH_SKIP ? &r->rejects : NULL;
    if (o->score && opts_is_scorer_file(o->score))
        ok = score_file(r, o->score, e);
    else if (o->score)
        ok = score_expression(r, o->score, e);
    else
        ok =
            expr_from_on(x, o->metric ? o->metric : "jaro_winkler", o->on, &names, &goal->score, e);
    /* Behind the score, so that its terms are the first of --output-terms. */
    ok = ok && (!o->where || add_where(r, o->where, "--where", &node, e));
    r->where = goal->where;
    if (ok && r->job.task.has_module)
        ok = score_needs(r, e);
    return ok && want_columns(r, e) && want_output(r, e);
}

bool run_prepare(struct run *r, struct err *e)
{
    return run_score(r, e) && run_load(r, e) && run_index(r, e) && run_plan(r, e);
}

uint32_t run_single_term(const struct run *r)
{
    const struct expr_goal *goal = &r->job.task.goal;
    const struct expr *x = &r->job.task.expr;
    bool single = goal->where == EXPR_NONE && expr_is_term(x, goal->score);
    return single ? x->node[goal->score].index : EXPR_NONE;
}

void run_close(struct run *r)
{
    bool useless = !journal_keep(&r->journal);
    if (r->out_open)
        (useless ? out_drop : out_abort)(&r->out);
    journal_close(&r->journal);
    if (r->stats_open)
        out_abort(&r->stats);
    if (r->rejects_open)
        out_abort(&r->rejects_out);
    rejects_close(&r->rejects);
    free(r->explain_command);
    audit_close(&r->audit);
    shm_close(&r->index);
    shm_close(&r->tables[0]);
    shm_close(&r->tables[1]);
    scorer_close(&r->scorer);
    estimate_close(&r->estimate);
    load_close(&r->load[0]);
    if (!r->self)
        load_close(&r->load[1]);
    topo_close(r->topo);
}
