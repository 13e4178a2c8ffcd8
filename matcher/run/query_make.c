/* What is compared: --score, --on, --where, a scorer and its claim.
 *
 * Not here: the columns that are compared (query_fields.c) and written (query_output.c). */
#include "matcher/run/query_make.h"

#include "core/log.h"
#include "core/sandbox.h"
#include "data/number.h"
#include "matcher/expr/expr_sides.h"
#include "matcher/inputs/column_check.h"
#include "matcher/inputs/column_list.h"
#include "matcher/resolve/choice.h"
#include "matcher/run/query_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The score -------------------------------------------------------------------------------*/

static bool find_name(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    const struct maker *m = context;
    return load_find(sources_load(m->sources, side), name, column, e);
}

/* Parses `text` and adds it to --where; *node is its own node. `as_texts` is that of expr_names. */
static bool add_where(struct maker *m, const char *text, const char *what, bool as_texts,
                      uint32_t *node, struct err *e)
{
    struct expr *x = &m->query->expr;
    uint32_t *where = &m->query->goal.where;
    const struct expr_names names = {find_name, m, as_texts};
    if (!expr_parse(x, text, what, &names, node, e))
        return false;
    if (*where != EXPR_NONE)
        return expr_and(x, *where, *node, where, e);
    *where = *node;
    return true;
}

/* AXB_MONOTONE: all pairs must satisfy what it asks of the metrics. The contrary is kept, to try
 * whether the claim holds. */
static bool add_needs(struct maker *m, const struct scorer *s, struct err *e)
{
    const struct scorer_headers headers = sources_headers(m->sources);
    char *needs;
    uint32_t node;
    bool ok = scorer_needs(s, &headers, choice_found_from(m->opts), &needs, e);
    if (ok && *needs)
        ok = add_where(m, needs, "AXB_MONOTONE", true, &node, e) &&
             expr_not(&m->query->expr, node, &m->query->excluded, e);
    free(needs);
    return ok;
}

/* Asks the scorer which pairs can match: AXB_MONOTONE. */
static bool score_needs(struct maker *m, struct err *e)
{
    const struct scorer *s = m->query->scorer;
    if (!s)
        return true;
    if (s->monotone && s->terms_fd < 0)
        log_note("%s: AXB_MONOTONE gives nothing: the score depends on more than metrics", s->path);
    const bool ask = s->terms_fd >= 0 && m->opts->min_given && m->opts->prune;
    return !ask || add_needs(m, s, e);
}

static bool score_file(struct maker *m, const char *path, struct scorer *scorer, struct err *e)
{
    const struct scorer_headers headers = sources_headers(m->sources);
    uint32_t node;
    char kept[64];
    sandbox_describe(kept, sizeof kept);
    if (m->opts->sandbox)
        log_verbose("workers: no network, no writing, no new processes (%s)", kept);
    log_phase("compiling the scorer", 0);
    const struct scorer_tools tools = {.python = m->opts->python, .libs = m->opts->libs};
    if (!scorer_make(path, &tools, &headers, scorer, e))
        return false;
    m->query->scorer = scorer;
    return !scorer->where || add_where(m, scorer->where, "AXB_WHERE", false, &node, e);
}

/* ---- The query -------------------------------------------------------------------------------*/

/* --score as an expression. If it is none, it may have been meant as a file. */
static bool score_expression(struct maker *m, const char *score, struct err *e)
{
    const struct expr_names names = {find_name, m, false};
    if (expr_parse(&m->query->expr, score, "--score", &names, &m->query->goal.score, e))
        return true;
    if (access(score, F_OK) == 0)
        err_set(e, ERR_USAGE,
                "a scorer in another language is compiled to a .so first; axb.h says how",
                "--score: %s is neither an expression nor a .c, .cpp, .so or .py file", score);
    return false;
}

/* --on: the short form. */
static bool score_on(struct maker *m, struct err *e)
{
    const char *metric = m->opts->metric ? m->opts->metric : "jaro_winkler";
    const struct expr_names names = {find_name, m, false};
    struct column_item item;
    uint32_t column[2];
    if (!column_item_whole(m->opts->on, "--on", &item, e) ||
        !column_item_find_both(&item, m->sources, column, e))
        return false;
    const char *const name[2] = {item.name[0], item.name[1]};
    return expr_from_on(&m->query->expr, metric, name, &names, &m->query->goal.score, e);
}

static bool make_score(struct maker *m, struct scorer *scorer, struct err *e)
{
    const char *score = m->opts->score;
    if (!score)
        return score_on(m, e);
    return opts_is_scorer_file(score) ? score_file(m, score, scorer, e)
                                      : score_expression(m, score, e);
}

/* --across: the files of both records differ. */
static bool add_across(struct maker *m, struct err *e)
{
    char text[100];
    uint32_t node;
    if (!m->opts->across)
        return true;
    const char *source = sources_load(m->sources, 0)->names[LOAD_SOURCE];
    snprintf(text, sizeof text, "a.%s != b.%s", source, source);
    return add_where(m, text, "--across", false, &node, e);
}

/* ---- What can be reached ---------------------------------------------------------------------*/

/* A number as it is read: all its digits. */
static const char *digits(double x, char text[33])
{
    text[number_double(x, text)] = 0;
    return text;
}

/* Someone who is used to scores from 0 to 100 writes --min 90. */
static bool unreachable(const char *option, double asked, const char *end, double reached,
                        struct err *e)
{
    char text[2][33];
    char hint[64] = "axb metrics shows the range of each metric";
    if (reached <= 1 && asked >= 10 && asked <= 100)
        snprintf(hint, sizeof hint, "scores go from 0 to 1; did you mean %s %g?", option,
                 asked / 100);
    return err_set(e, ERR_USAGE, hint, "no pair can match: %s %s is %s possible score, %s", option,
                   digits(asked, text[0]), end, digits(reached, text[1]));
}

/* Refuses a --min or --max that no score can satisfy. What a scorer's scores can be is not known.
 */
static bool check_reach(const struct query *query, struct err *e)
{
    const struct expr_goal *goal = &query->goal;
    char min[33], max[33];
    struct expr_span range;
    if (goal->threshold > goal->most)
        return err_set(e, ERR_USAGE, NULL, "no pair can match: --min %s is above --max %s",
                       digits(goal->threshold, min), digits(goal->most, max));
    if (goal->score == EXPR_NONE)
        return true;
    if (!expr_range(&query->expr, goal->score, &range, e))
        return false;
    if (goal->threshold > range.hi)
        return unreachable("--min", goal->threshold, "above the highest", range.hi, e);
    return !(goal->most < range.lo) ||
           unreachable("--max", goal->most, "below the lowest", range.lo, e);
}

/* Takes out of --where what it says of one side alone. In dedupe a record is on side A in some
 * pairs and on side B in others. */
static void split_where(struct maker *m)
{
    struct query *query = m->query;
    const struct expr_parts parts = expr_split(&query->expr, query->goal.where);
    query->goal.where = parts.rest;
    query->one_sided[0] = parts.side[0];
    query->one_sided[1] = parts.side[1];
    m->wanted->split =
        m->sources->self && !expr_mirrors(&query->expr, parts.side[0], parts.side[1]);
    if (m->wanted->split)
        log_note(
            "--where does not ask the same of a and of b. In dedupe a is the record that stands "
            "first, so the result depends on the order of the records");
}

/* ---- Which record is a -----------------------------------------------------------------------*/

#define MOST_SHOWN 400u /* bytes of an expression that a hint repeats */

/* What to write so that both ways round count: `how` is "max", "min", or "||". */
static void put_both_ways(const struct expr *x, uint32_t node, const char *option, const char *how,
                          char *hint, size_t bytes)
{
    char one[MOST_SHOWN], other[MOST_SHOWN];
    expr_print(x, node, one, sizeof one);
    expr_print_mirror(x, node, other, sizeof other);
    if (strlen(one) + 1 == sizeof one || strlen(other) + 1 == sizeof other)
        snprintf(hint, bytes, "compare each column with the same one");
    else if (strcmp(how, "||") == 0)
        snprintf(hint, bytes, "for both ways round: --%s '(%s) || (%s)'", option, one, other);
    else
        snprintf(hint, bytes, "for both ways round: --%s '%s(%s, %s)'", option, how, one, other);
}

static bool refuse_sided(const struct expr *x, uint32_t node, const char *option, const char *how,
                         struct err *e)
{
    char text[MOST_SHOWN], hint[1000];
    expr_print(x, node, text, sizeof text);
    put_both_ways(x, node, option, how, hint, sizeof hint);
    return err_set(e, ERR_USAGE, hint,
                   "%s changes if a and b change places. In dedupe a is the record that stands "
                   "first, so the result would depend on the order of the records",
                   text);
}

/* In dedupe, which record of a pair is a follows from the order of the records. What a scorer does
 * cannot be known. */
static bool check_mirrors(const struct query *query, bool least, struct err *e)
{
    const struct expr *x = &query->expr;
    const struct expr_goal *goal = &query->goal;
    if (goal->score != EXPR_NONE && !expr_mirrors(x, goal->score, goal->score))
        return refuse_sided(x, goal->score, "score", least ? "min" : "max", e);
    return expr_mirrors(x, goal->where, goal->where) ||
           refuse_sided(x, goal->where, "where", "||", e);
}

bool query_make(struct query *query, struct wanted *wanted, struct scorer *scorer,
                const struct opts *o, uint32_t format, bool originals,
                const struct sources *sources, struct err *e)
{
    struct maker m = {o, originals, sources, query, wanted};
    uint32_t node;
    wanted->to_load[0].n = wanted->to_load[1].n = 0;
    wanted->in_place[0].n = wanted->in_place[1].n = 0;
    wanted->n_fields = wanted->n_rules = 0;
    wanted->n_figures[0] = wanted->n_figures[1] = 0;
    wanted->split = false;
    *query = (struct query){.excluded = EXPR_NONE,
                            .one_sided = {EXPR_NONE, EXPR_NONE},
                            .count = o->count || o->histogram,
                            .lines.format = format};
    query->goal = (struct expr_goal){.score = EXPR_NONE,
                                     .where = EXPR_NONE,
                                     .threshold = choice_found_from(o),
                                     .most = o->max_given ? o->max : (double)INFINITY};
    /* --where comes after the score, so that the terms of the score are the first of
     * --output-terms. */
    if (!column_check(o, sources, e) || !query_check_figures(&m, e) ||
        !cleaning_make(&wanted->cleaning, o, sources, e) || !make_score(&m, scorer, e) ||
        (o->where && !add_where(&m, o->where, "--where", false, &node, e)) || !add_across(&m, e))
        return false;
    if (!originals && !check_reach(query, e))
        return false;
    if (!originals)
        split_where(&m);
    if (!originals && sources->self &&
        !check_mirrors(query, choice_better(o, query) == CHOOSE_LEAST, e))
        return false;
    query->asked_where = query->goal.where;
    if (!score_needs(&m, e) || (query->scorer && !query_want_scorer_fields(&m, query->scorer, e)) ||
        !query_want_columns(&m, e) || !query_want_output(&m, e))
        return false;
    cleaning_note_unused(&wanted->cleaning, sources);
    return true;
}

/* The field of the index that holds a field of the module. */
static uint32_t index_field(const struct expr *x, const struct scorer_field *f)
{
    uint32_t i = 0;
    while (x->column[i].side != f->side || x->column[i].kind != f->kind ||
           x->column[i].column != f->column)
        i++;
    return x->column[i].field;
}

bool query_compile(struct query *compiled, struct scorer *scorer, const struct query *query,
                   const struct sources *sources, struct err *e)
{
    const struct scorer_headers headers = sources_headers(sources);
    if (!scorer_make_expression(&query->expr, &query->goal, &headers, scorer, e))
        return false;
    *compiled = *query;
    compiled->scorer = scorer;
    compiled->n_fields = (uint32_t)scorer->n_fields;
    for (size_t k = 0; k < scorer->n_fields; k++)
        compiled->field[k] = index_field(&query->expr, &scorer->fields[k]);
    return true;
}
