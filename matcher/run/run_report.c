/* What a run says of itself: --plan, --stats, the closing lines. */
#include "core/inherited.h"
#include "core/log.h"
#include "core/report.h"
#include "matcher/kernel/isa.h"
#include "matcher/output/output_form.h"
#include "matcher/run/run.h"
#include "matcher/run/run_json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_SECONDS 1.0 /* of a shorter run a rate says nothing */
#define LARGE_SCALE 10.0 /* the highest of scores that are no shares, such as per cent */

/* ---- --plan ----------------------------------------------------------------------------------*/

static void print_side(const struct run *r, int side, FILE *out)
{
    char rows[32];
    const struct table *t = &r->loaded.inputs.table[side];
    fprintf(out, "%c         %s: %s records", 'A' + side, sources_path(&r->sources, side),
            log_count((double)t->head->n_rows, rows));
    fputc('\n', out);
}

/* The compared columns, with the number of values of each. */
static void print_columns(const struct run *r, FILE *out)
{
    const struct expr *x = &r->query.expr;
    char values[32];
    for (uint32_t i = 0; i < x->n_columns; i++) {
        const struct expr_column *c = &x->column[i];
        const struct index_view *v = &r->loaded.inputs.index.field[c->field];
        const char side = c->side ? 'b' : 'a';
        const bool again = r->sources.self && c->side && !r->wanted.split; /* that of a */
        if (c->kind == INDEX_TEXT && !again)
            fprintf(out, "%s%c.%.*s: %s distinct values%s\n", i ? "          " : "columns   ", side,
                    (int)c->name_bytes, x->text + c->name_at, log_count(v->side.n, values),
                    c->form ? ", word by word" : "");
    }
}

/* What a join asks of a term: "osa(a.zip, b.zip) >= 0.41". */
static void asked_text(const struct expr *x, const struct plan_term *asked, char *text,
                       size_t bytes)
{
    expr_print_term(x, asked->term, text, bytes);
    const size_t n = strlen(text);
    snprintf(text + n, bytes - n, " %s %.4g",
             metric_falls(asked->use.view) ? "<=" : ">=", asked->need);
}

/* The same, and how its pairs of values are found. */
static void print_asked(const struct expr *x, const struct plan_term *asked, FILE *out)
{
    char text[300];
    asked_text(x, asked, text, sizeof text);
    fprintf(out, "%s by %s", text, asked->join ? asked->join->name : "joins within these");
}

static void print_join(const struct run *r, const struct plan_join *join, FILE *out)
{
    char term[300], pairs[32];
    const struct expr *x = &r->query.expr;
    if (r->plan.kind == PLAN_JOIN) {
        fprintf(out, "join      %s: %s\n", join->by.join->name, join->by.join->what);
        return;
    }
    fputs("join      ", out);
    print_asked(x, &join->by, out);
    if (join->pairing != PLAN_ALONE) {
        fputs(" and ", out);
        print_asked(x, &join->also, out);
    }
    if (r->identity) /* the estimate was made when the run was prepared */
        fputc('\n', out);
    else
        fprintf(out, ": about %s candidates\n",
                log_count(estimate_join(&r->estimate, join), pairs));
    if (join->prefilter != EXPR_NONE) {
        expr_print_term(x, join->prefilter, term, sizeof term);
        fprintf(out, "          of these, dropped at a glance by %s\n", term);
    }
}

static void print_terms(const struct run *r, FILE *out)
{
    const struct expr *x = &r->query.expr;
    struct err e;
    char term[300];
    for (uint32_t s = 0; s < x->n_terms; s++) {
        uint32_t t = r->plan.step[s];
        double need = expr_need(x, &r->query.goal, t, &e);
        double share =
            r->identity ? 0 : estimate_pairs(&r->estimate, t, need) / r->estimate.all_pairs;
        expr_print_term(x, t, term, sizeof term);
        fprintf(out, "%s%s", s ? "          " : "terms     ", term);
        if (r->identity) {
            fputc('\n', out);
            continue;
        }
        if (expr_asks(&x->term[t], need))
            fprintf(out, " must %s %.4g: %.2g %% of all pairs do",
                    metric_falls((enum metric_view)x->term[t].view) ? "not exceed" : "reach", need,
                    100 * share);
        fprintf(out, "; %.0f ns\n", 1e9 * r->estimate.term[t].seconds);
    }
}

/* How pairs are found without a join. */
static void print_loop(const struct run *r, FILE *out)
{
    const struct query *query = &r->query;
    char term[300];
    if (r->plan.prefilter != EXPR_NONE) {
        expr_print_term(&query->expr, r->plan.prefilter, term, sizeof term);
        fprintf(out, "loop      every pair, most dropped at a glance by %s\n", term);
        return;
    }
    fprintf(out, "loop      every pair is scored%s\n",
            !query->scorer                   ? ""
            : query->goal.score != EXPR_NONE ? " by compiled code"
            : isnan(r->expected_seconds)     ? "; axb check says how fast"
                                             : "");
}

/* Before the run, what a sample of the rows has shown; with -v each round is told as it ends. */
static void print_rounds(const struct run *r, FILE *out)
{
    const struct rounds_expected *x = &r->rounds.expected;
    char rows[32], took[32];
    fprintf(out, "rounds    the best of each record by one threshold after the other, each for "
                 "those that lack some yet\n");
    for (uint32_t i = 0; i < x->n; i++)
        fprintf(out, "          %s %.6g: about %s records\n",
                r->query.least ? "at most" : "at least", x->round[i].threshold,
                log_count(x->round[i].rows, rows));
    if (x->n)
        fprintf(out, "          lossless; %s\n", log_duration(x->seconds, took));
}

static void print_how(const struct run *r, FILE *out)
{
    const struct plan *plan = &r->plan;
    if (r->by_rounds && !r->rounds_once) {
        print_rounds(r, out);
        return;
    }
    if (plan->kind == PLAN_NOTHING) {
        fprintf(out, "nothing   no pair can match\n");
        return;
    }
    for (uint32_t i = 0; i < plan->n_joins; i++)
        print_join(r, &plan->join[i], out);
    if (plan->n_joins == 0)
        print_loop(r, out);
    if (plan->kind == PLAN_REFINE)
        print_terms(r, out);
    const double seconds = r->expected_seconds / plan->n_workers;
    char took[32];
    if (!isnan(seconds))
        fprintf(out, "          lossless; %s on %u worker%s\n", log_duration(seconds, took),
                plan->n_workers, plan->n_workers == 1 ? "" : "s");
}

/* What of --where speaks of one side alone; of a model's condition what it is about. */
static const char *condition_text(const struct run *r, int side)
{
    return r->model.used && !r->asked->where ? "without placeholders" : r->conditions.text[side];
}

/* What --where says of one side alone, and how many records that leaves. */
static void print_conditions(const struct run *r, FILE *out)
{
    char left[32], all[32];
    for (int side = 0; side < 2; side++)
        if (r->conditions.text[side][0])
            fprintf(out, "where     %s: %s of %s records of %c\n", condition_text(r, side),
                    log_count((double)r->conditions.rows[side].n, left),
                    log_count((double)r->loaded.inputs.table[side].head->n_rows, all), 'A' + side);
}

static void print_where(const struct query *query, FILE *out)
{
    char text[1024];
    if (query->goal.where == EXPR_NONE)
        return;
    expr_print(&query->expr, query->goal.where, text, sizeof text);
    fprintf(out, "where     %s\n", text);
}

/* Of a model the expression is long, and says less than the model. */
static void print_model(const struct run *r, FILE *out)
{
    const struct query *query = &r->query;
    fprintf(out, "score     %s: %u columns, threshold %g bits", inherited_shown(r->asked->score),
            r->model.model.n_columns, query->goal.threshold);
    if (query->goal.most < (double)INFINITY)
        fprintf(out, ", up to %g", query->goal.most);
    putc('\n', out);
}

static void print_query(const struct run *r, FILE *out)
{
    const struct query *query = &r->query;
    char text[1024];
    print_where(query, out);
    if (r->model.used) {
        print_model(r, out);
        return;
    }
    run_score_text(r, text, sizeof text);
    if (query->open_ended)
        fprintf(out, "score     %s, any%s\n", text, query->least ? "" : " above 0");
    else if (query->goal.most == (double)INFINITY)
        fprintf(out, "score     %s >= %g\n", text, query->goal.threshold);
    else if (query->goal.threshold == -(double)INFINITY)
        fprintf(out, "score     %s <= %g\n", text, query->goal.most);
    else
        fprintf(out, "score     %s from %g to %g\n", text, query->goal.threshold, query->goal.most);
}

static void print_choice(const struct run *r, FILE *out)
{
    char text[CHOICE_TEXT_BYTES];
    choice_describe(&r->choice, r->sources.self, text);
    if (*text)
        fprintf(out, "keep      %s\n", text);
}

/* What is written besides the pairs. */
static void print_unmatched(const struct run *r, FILE *out)
{
    const bool *asked = r->query.lines.unmatched;
    if (asked[0] || asked[1])
        fprintf(out, "%s the records of %s that have no partner\n",
                r->query.lines.unmatched_only ? "write    " : "besides  ",
                asked[0] && asked[1] ? "A and of B"
                : asked[0]           ? "A"
                                     : "B");
}

/* The files of clusters; without --output there are no pairs beside them. */
static void print_clusters(const struct run *r, FILE *out)
{
    const struct opts *o = r->opts;
    if (!r->choice.clusters)
        return;
    fprintf(out, "%s %s%s%s%s%s\n", output_form_has_pairs(o) ? "besides  " : "writes   ",
            o->clusters ? "the clusters into " : "",
            o->clusters ? inherited_shown(o->clusters) : "", o->clusters && o->golden ? ", " : "",
            o->golden ? "one record of each cluster into " : "",
            o->golden ? inherited_shown(o->golden) : "");
    if (r->choice.written_from > r->query.goal.threshold)
        fprintf(out, "          pairs from %g on match; those from %g on count in clusters\n",
                r->choice.written_from, r->query.goal.threshold);
    if (!output_form_has_pairs(o))
        fputs("          the pairs are not written; -o FILE writes them as well\n", out);
}

void run_print_plan(const struct run *r, FILE *out)
{
    char pairs[32];
    print_side(r, 0, out);
    if (!r->sources.self)
        print_side(r, 1, out);
    print_columns(r, out);
    print_conditions(r, out);
    print_query(r, out);
    fprintf(out, "pairs     %s\n", log_count(span_pairs(&r->span, &r->loaded.inputs), pairs));
    print_how(r, out);
    run_print_part(r, out);
    run_print_expected(r, out);
    print_choice(r, out);
    print_unmatched(r, out);
    print_clusters(r, out);
    fprintf(out, "workers   %u", r->plan.n_workers);
    if (r->plan.n_workers < r->plan.most_workers)
        fprintf(out, " of %u, since there is little work", r->plan.most_workers);
    fprintf(out, "; kernels %s\n", isa_name(isa_best()));
}

/* ---- Notes -----------------------------------------------------------------------------------*/

/* A distance of at least --min is seldom what the user means, nor a similarity of at most --max. */
static void note_distance(const struct run *r)
{
    const struct expr_term *term = &r->query.expr.term[r->plan.term];
    const char *metric = r->opts->metric ? r->opts->metric : "jaro_winkler";
    const bool falls = metric_falls((enum metric_view)term->view);
    if (r->opts->on && !falls && r->opts->max_given && !r->opts->min_given)
        log_note("%s is large where values are alike, and --max keeps the pairs that differ most; "
                 "to keep those that are alike, give --min, or --max for a distance",
                 metric);
    if (r->opts->on && falls && r->opts->min_given && !r->opts->max_given)
        log_note("%s is small where values are alike, and --min keeps the pairs that differ most; "
                 "to keep those that are alike, give --max: --max 2",
                 metric);
}

/* Can a pair be without a score, where something is missing or is no figure? */
static bool may_lack_score(const struct query *query)
{
    const struct expr *x = &query->expr;
    bool may = false;
    for (uint32_t t = 0; t < x->n_terms; t++)
        may = may || metric_at(x->term[t].metric)->reads != FIGURE_NONE ||
              x->term[t].view == METRIC_DISTANCE;
    for (uint32_t i = 0; i < x->n_columns; i++)
        may = may || x->column[i].kind != INDEX_TEXT;
    return may;
}

/* A bound beyond all scores lets all pairs in. */
static void note_everything(const struct run *r, const struct expr_span *range)
{
    const struct query *query = &r->query;
    char pairs[32];
    const bool min = r->opts->min_given;
    const char *least = r->choice.written_from > query->goal.threshold ? "cluster-floor" : "min";
    if (query->goal.where != EXPR_NONE || !(query->goal.threshold <= range->lo) ||
        query->goal.most < range->hi)
        return;
    log_note("--%s %g keeps every pair: no score is %s %g, so all %s pairs match%s",
             min ? least : "max", min ? query->goal.threshold : query->goal.most,
             min ? "below" : "above", min ? range->lo : range->hi,
             log_count(span_pairs_taken(&r->span, &r->loaded.inputs), pairs),
             may_lack_score(query) ? " that have a score" : "");
}

/* A --min as of scores up to 1, where they go up to 100 or so. */
static void note_scale(const struct run *r, const struct expr_span *range)
{
    const double least = r->opts->min;
    if (r->opts->min_given && least > 0 && least <= 1 && range->hi >= LARGE_SCALE &&
        isfinite(range->hi))
        log_note("the scores go up to %g, so --min %g is low; did you mean --min %g?", range->hi,
                 least, least * range->hi);
}

/* What --min and --max are to the scores that the expression can have. */
static void note_bounds(const struct run *r)
{
    const struct query *query = &r->query;
    struct expr_span range;
    struct err e;
    if (query->goal.score == EXPR_NONE || (!r->opts->min_given && !r->opts->max_given) ||
        !expr_range(&query->expr, query->goal.score, &range, &e))
        return;
    note_everything(r, &range);
    if (!r->model.used) /* bits have no end, and 1 of them is no oversight */
        note_scale(r, &range);
}

/* Is each column compared with the same one? */
static bool compares_alike(const struct expr *x)
{
    for (uint32_t t = 0; t < x->n_terms; t++)
        if (x->column[x->term[t].column_a].column != x->column[x->term[t].column_b].column)
            return false;
    return x->n_terms > 0;
}

void run_note_itself(const struct run *r)
{
    const struct opts *o = r->opts;
    if (!r->sources.self && strcmp(o->inputs[0], o->inputs[1]) == 0 &&
        compares_alike(&r->query.expr))
        log_note("%s is compared with itself, so each record meets itself, and each pair comes "
                 "twice; axb dedupe compares each pair once",
                 sources_path(&r->sources, 0));
}

/* More workers than can run at once; a machine that is not this one; and where workers are. */
static void note_machine(const struct run *r)
{
    const char *other = topo_described_by(r->topo);
    const struct topo_use use = topo_used(r->topo, r->plan.n_workers);
    char text[TOPO_USE_BYTES];
    if (other) {
        log_note("%s describes another machine than this one: workers are not pinned", other);
        return;
    }
    topo_note_workers(r->topo, r->plan.n_workers);
    topo_note_rank(r->topo);
    if (r->opts->bind != TOPO_BIND_NONE)
        log_verbose("%u worker%s on %s", r->plan.n_workers, r->plan.n_workers == 1 ? "" : "s",
                    topo_use_text(&use, text));
}

void run_note_plan(const struct run *r, unsigned workers)
{
    if (r->plan.most_workers < workers)
        log_note("%u of %u workers, since memory is limited", r->plan.most_workers, workers);
    if (r->topo)
        note_machine(r);
    if (r->plan.term != EXPR_NONE)
        note_distance(r);
    if (r->plan.kind == PLAN_NOTHING)
        log_note("no pair can match: more is asked than can be reached (axb metrics: ranges)");
    else
        note_bounds(r);
}

/* ---- Statistics ------------------------------------------------------------------------------*/

static json_t *rounds_json(const struct rounds_report *report)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < report->n && i < ROUNDS_LOG; i++) {
        const struct rounds_done *d = &report->done[i];
        json_array_append_new(all, json_pack("{s:f, s:I, s:I, s:f, s:b}", "threshold", d->threshold,
                                             "rows", (json_int_t)d->rows, "finished",
                                             (json_int_t)d->finished, "seconds", d->seconds,
                                             "sample", (int)d->sample));
    }
    return all;
}

static json_t *own_stats(const struct run *r)
{
    const struct result *b = &r->result;
    return json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:s, s:s, s:i, s:I, s:I, "
        "s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}, "
        "s:{s:I, s:I, s:I, s:I, s:I}, s:I}",
        "version", AXB_VERSION, "min", json_number(run_min(r)), "max", json_number(run_max(r)),
        "rows_a", (json_int_t)r->loaded.inputs.table[0].head->n_rows, "rows_b",
        (json_int_t)r->loaded.inputs.table[1].head->n_rows, "pairs",
        json_count(span_pairs(&r->span, &r->loaded.inputs)), "found", (json_int_t)r->n_found,
        "matches", (json_int_t)b->pairs, "join",
        r->plan.n_joins ? r->plan.join[0].by.join->name : "none", "kernels", isa_name(isa_best()),
        "workers", (int)r->plan.n_workers, "slices", (json_int_t)b->row_ranges, "workers_replaced",
        (json_int_t)b->replaced, "seconds", "load", r->loaded.load_seconds, "index",
        r->loaded.index_seconds, "plan", r->plan_seconds, "build", b->build_seconds, "join",
        b->join_seconds, "order", b->order_seconds, "write", b->write_seconds, "total",
        r->total_seconds, "search_cpu", r->search_cpu_seconds, "distinct", "pairs",
        (json_int_t)b->join.pairs, "candidates", (json_int_t)b->join.candidates, "verified",
        (json_int_t)b->join.verified, "matches", (json_int_t)b->join.matches, "join_index_bytes",
        (json_int_t)b->index_bytes, "skipped", (json_int_t)r->rejects.n_in_result);
}

/* What each phase of the run took so far, of the clock and of processors. */
static json_t *phases_json(void)
{
    struct log_spent spent[LOG_MAX_SPENT];
    const size_t n = log_spent(spent);
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, json_pack("{s:o, s:f, s:f, s:f, s:f}", "phase",
                                             json_text(spent[i].what), "seconds", spent[i].seconds,
                                             "thread_seconds", spent[i].thread_seconds,
                                             "process_seconds", spent[i].process_seconds,
                                             "workers_seconds", spent[i].children_seconds));
    return all;
}

/* Records without a match that are written: how many of A, of B. */
static json_t *unmatched_json(const struct result *result)
{
    return json_pack("{s:I, s:I}", "a", (json_int_t)result->unmatched[0], "b",
                     (json_int_t)result->unmatched[1]);
}

/* Where workers were; what they are parts of is not known of those that are not pinned. */
static json_t *placement_json(const struct run *r)
{
    static const char *const bind[] = {"core", "pu", "numa", "none"};
    const bool pinned = r->opts->bind != TOPO_BIND_NONE && !topo_described_by(r->topo);
    const struct topo_use use = topo_used(r->topo, r->plan.n_workers);
    json_t *json = json_pack("{s:s, s:I}", "bind", bind[pinned ? r->opts->bind : TOPO_BIND_NONE],
                             "memory_nodes", (json_int_t)topo_memory_nodes(r->topo));
    if (pinned)
        json_object_update_new(
            json,
            json_pack("{s:I, s:I, s:I, s:I, s:I}", "packages", (json_int_t)use.packages,
                      "numa_nodes", (json_int_t)use.nodes, "l3_caches", (json_int_t)use.l3_caches,
                      "cores", (json_int_t)use.cores, "processing_units", (json_int_t)use.units));
    return json;
}

/* --output-terms: the names of their columns. */
static json_t *terms_json(const struct emit_spec *lines)
{
    json_t *names = json_array();
    for (uint32_t k = 0; k < lines->n_terms; k++)
        json_array_append_new(names, json_string(lines->term_names + lines->term_at[k]));
    return names;
}

/* --clusters, --golden. */
static json_t *clusters_json(const struct clusters_result *c)
{
    const struct members_figures *f = &c->figures;
    return json_pack("{s:I, s:I, s:I, s:I, s:f}", "several", (json_int_t)f->several, "records",
                     (json_int_t)f->records, "largest", (json_int_t)f->largest, "cut",
                     (json_int_t)c->cut, "seconds", c->seconds);
}

/* Of a file that had records mended (--lenient): how many, and the lines of the first. */
static json_t *mended_json(const struct load_stats *stats)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < LOAD_MENDED_LINES && stats->mended_line[i]; i++)
        json_array_append_new(lines, json_integer((json_int_t)stats->mended_line[i]));
    return json_pack("{s:I, s:o}", "records", (json_int_t)stats->irregular, "first_lines", lines);
}

/* The figures of the run; malloced, NULL without memory. */
static char *stats_text(const struct run *r, size_t flags)
{
    json_t *json = own_stats(r);
    json_object_set_new(json, "phases", phases_json());
    if (r->query.lines.unmatched_only) /* nobody has counted the pairs */
        json_object_del(json, "found");
    if (r->opts->audit)
        json_object_set_new(json, "audit", audit_json(&r->audit));
    if (!r->query.count && (r->query.lines.unmatched[0] || r->query.lines.unmatched[1]))
        json_object_set_new(json, "unmatched", unmatched_json(&r->result));
    if (r->by_rounds)
        json_object_set_new(json, "rounds", rounds_json(&r->rounds));
    if (r->query.lines.n_terms)
        json_object_set_new(json, "terms", terms_json(&r->query.lines));
    if (r->topo)
        json_object_set_new(json, "placement", placement_json(r));
    if (r->choice.clusters)
        json_object_set_new(json, "clusters", clusters_json(&r->clusters));
    if (r->shard.of)
        json_object_set_new(json, "shard",
                            json_pack("{s:I, s:I}", "number", (json_int_t)r->shard.number, "of",
                                      (json_int_t)r->shard.of));
    for (int side = 0; side < 2; side++)
        if (r->loaded.stats[side].irregular)
            json_object_set_new(json, side ? "mended_b" : "mended_a",
                                mended_json(&r->loaded.stats[side]));
    char *text = json ? json_dumps(json, flags | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(json);
    return text;
}

bool run_write_stats(struct run *r, struct err *e)
{
    if (!r->outputs.stats_open)
        return true;
    char *text = stats_text(r, JSON_INDENT(2));
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory for the statistics");
    bool ok = out_write(&r->outputs.stats, text, strlen(text), e) &&
              out_write(&r->outputs.stats, "\n", 1, e) && out_commit(&r->outputs.stats, e);
    r->outputs.stats_open = !ok;
    free(text);
    return ok;
}

/* ---- Reporting -------------------------------------------------------------------------------*/

/* What the bounds did: the estimate and the fact. */
static void report_refine(const struct run *r)
{
    const struct expr *x = &r->query.expr;
    const struct wire_tally *t = &r->result.tally;
    char first[32], second[32], term[300];
    if (r->plan.kind != PLAN_REFINE)
        return;
    log_verbose("%s candidates (%s were expected), %.3g %% of all pairs",
                log_count((double)t->candidates, first), log_count(r->plan.candidates, second),
                100 * (double)t->candidates / span_pairs(&r->span, &r->loaded.inputs));
    if (t->prefiltered)
        log_verbose("%s of them dropped at a glance", log_count((double)t->prefiltered, first));
    if (t->glanced)
        log_verbose("%s of them dropped by their profiles", log_count((double)t->glanced, first));
    if (t->repeated)
        log_verbose("%s of them had come before", log_count((double)t->repeated, first));
    for (uint32_t s = 0; s < x->n_terms; s++) {
        uint32_t k = r->plan.step[s];
        expr_print_term(x, k, term, sizeof term);
        if (t->computed[k])
            log_verbose("%s computed for %s, %s dropped by it", term,
                        log_count((double)t->computed[k], first),
                        log_count((double)t->dropped[k], second));
    }
    if (r->query.scorer)
        log_verbose("%s scored by %s", log_count((double)t->scored, first), r->scorer.path);
}

static void report_rejects(const struct run *r)
{
    const struct reject *first = r->rejects.at;
    unsigned long long n = r->rejects.n_in_result;
    if (n == 0)
        return;
    log_note("%llu pair%s skipped, on which the scorer failed%s%s; the first: on row %u of A and "
             "row %u of B it %s",
             n, n == 1 ? " was" : "s were", r->opts->rejects ? ", see " : "",
             r->opts->rejects ? r->opts->rejects : "", first->row_a + 1, first->row_b + 1,
             first->reason);
}

static double scoring_seconds(const struct run *r)
{
    return r->result.join_seconds + r->result.order_seconds + r->result.write_seconds;
}

/* "; 3 records of A and 1.2 k of B have no partner": of those that are written. */
static void unmatched_text(const struct run *r, char *text, size_t bytes)
{
    const bool *asked = r->query.lines.unmatched;
    const int side = !asked[0];
    const uint64_t *n = r->result.unmatched;
    char number[2][32];
    text[0] = 0;
    for (int i = 0; i < 2; i++)
        log_count((double)n[i], number[i]);
    if (r->query.count)
        return;
    if (asked[0] && asked[1])
        snprintf(text, bytes, "; %s record%s of A and %s of B have no partner", number[0],
                 n[0] == 1 ? "" : "s", number[1]);
    else if (asked[side])
        snprintf(text, bytes, "; %s record%s of %c %s no partner", number[side],
                 n[side] == 1 ? "" : "s", 'A' + side, n[side] == 1 ? "has" : "have");
}

/* Pairs that nobody writes are not counted. */
static void report_unmatched(const struct run *r)
{
    const int side = !r->query.lines.unmatched[0];
    const double n = (double)r->result.unmatched[side];
    const double all = side ? (double)r->loaded.inputs.table[1].head->n_rows
                            : (double)(r->span.row_to - r->span.row_from);
    char number[2][32];
    log_note("%s of %s records of %c %s no partner; %.2f s", log_count(n, number[0]),
             log_count(all, number[1]), 'A' + side, n == 1.0 ? "has" : "have", r->total_seconds);
}

static void report_pairs(const struct run *r)
{
    const double all = span_pairs(&r->span, &r->loaded.inputs);
    char matches[32], pairs[32], number[32], rate[64] = "", shard[48] = "", kept[64] = "";
    char unmatched[120];
    unmatched_text(r, unmatched, sizeof unmatched);
    if (r->shard.of)
        snprintf(shard, sizeof shard, " of shard %u of %u", r->shard.number, r->shard.of);
    if (scoring_seconds(r) >= RATE_SECONDS)
        snprintf(rate, sizeof rate, ", %s pairs/s", log_count(all / r->total_seconds, number));
    /* Those who find the best of a row alone do not count the others. */
    const bool best_alone = r->query.top || r->by_rounds;
    if (choice_leaves_out(&r->choice) && !best_alone && !(r->shard.of && r->choice.collects))
        snprintf(kept, sizeof kept, ", and %s of these %s kept",
                 log_count((double)r->result.pairs, number), r->result.pairs == 1 ? "is" : "are");
    const uint64_t n = best_alone ? r->result.pairs : r->n_found;
    log_note("%s of %s pairs%s %s%s%s; %.2f s%s", log_count((double)n, matches),
             log_count(all, pairs), shard, best_alone ? "are kept" : "match", kept, unmatched,
             r->total_seconds, rate);
}

void run_join_text(const struct run *r, uint32_t i, char *text, size_t bytes)
{
    const struct plan_join *join = &r->plan.join[i];
    char asked[2][300];
    const bool both = join->pairing != PLAN_ALONE;
    asked_text(&r->query.expr, &join->by, asked[0], sizeof asked[0]);
    if (both)
        asked_text(&r->query.expr, &join->also, asked[1], sizeof asked[1]);
    snprintf(text, bytes, "%s%s%s", asked[0], both ? " and " : "", both ? asked[1] : "");
}

/* What each join took and left, beside what the planner expected of it. */
static void report_joins(const struct run *r)
{
    char asked[620], pairs[32], left[32], expected[32];
    for (uint32_t i = 0; i < r->plan.n_joins; i++) {
        const struct plan_join *join = &r->plan.join[i];
        const struct join_work *work = &r->result.work[i];
        run_join_text(r, i, asked, sizeof asked);
        log_verbose("join %.2f s (%.2f expected), %s pairs, %s candidates (%s expected): %s",
                    work->seconds, join->seconds, log_count((double)work->pairs, pairs),
                    log_count((double)work->candidates, left),
                    log_count(r->identity ? r->plan.candidates : estimate_join(&r->estimate, join),
                              expected),
                    asked);
    }
}

/* A program gets the figures, not a sentence of them. */
static void report_figures(const struct run *r)
{
    char *text = stats_text(r, JSON_COMPACT);
    report_result(text ? text : "{}");
    free(text);
}

void run_report(const struct run *r)
{
    if (r->is_left && !report_active())
        return;
    if (!report_active())
        (r->query.lines.unmatched_only ? report_unmatched : report_pairs)(r);
    if (r->choice.linked && emit_is_for_people(r->query.lines.format) && !r->query.count)
        log_note(
            "this table shows the pairs; -o linked.csv writes the columns of A with those of B "
            "beside them");
    if (r->choice.clusters && !report_active())
        clusters_report(&r->clusters);
    log_verbose("load %.2f s, index %.2f, plan %.2f, build %.2f, join %.2f, order %.2f, write %.2f",
                r->loaded.load_seconds, r->loaded.index_seconds, r->plan_seconds,
                r->result.build_seconds, r->result.join_seconds, r->result.order_seconds,
                r->result.write_seconds);
    if (r->plan.kind == PLAN_REFINE)
        report_joins(r);
    report_refine(r);
    report_rejects(r);
    if (r->opts->audit)
        audit_note(&r->audit);
    if (report_active())
        report_figures(r);
}
