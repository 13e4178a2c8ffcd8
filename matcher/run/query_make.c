/* What is compared (--score, --on, --where, a scorer and its claim), and which columns that needs,
 * with those that are written. */
#include "matcher/run/query_make.h"

#include "core/log.h"
#include "core/sandbox.h"
#include "data/emit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A query in the making. */
struct maker {
    const struct opts *opts;
    bool originals;
    const struct sources *sources;
    struct query *query;
    struct wanted *wanted;
};

/* ---- Which columns, and how ------------------------------------------------------------------*/

/* The normalisation of a column: the list of --normalize, or the one after the column's name. */
static bool normalize_flags(const struct maker *m, int side, uint32_t column, uint32_t *flags,
                            struct err *e)
{
    const char *list = m->opts->normalize;
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
        if (!sources_find(m->sources, side, item, name, &found, e))
            return false;
        if (found == column && !text_normalize_parse(item + name + 1, n - name - 1, flags, e))
            return false;
        item += n + (item[n] == ',');
    }
    return true;
}

/* Wants the column of a file, to be compared as `kind`; `exact`: not normalized. *field is its
 * field of the index. */
static bool want_field(struct maker *m, int side, uint32_t file_column, uint32_t kind, bool exact,
                       uint32_t *field, struct err *e)
{
    struct load_want want = {.column = file_column};
    struct wanted_column original;
    if (kind == INDEX_TEXT && !exact && !normalize_flags(m, side, file_column, &want.normalize, e))
        return false;
    if (m->originals && want.normalize &&
        !wanted_add(m->wanted, m->sources, side, (struct load_want){.column = file_column},
                    &original, e))
        return false;
    return wanted_add_field(m->wanted, m->sources, side, kind, want, field, e);
}

/* ---- The score -------------------------------------------------------------------------------*/

static bool find_name(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    const struct maker *m = context;
    return load_find(sources_load(m->sources, side), name, column, e);
}

/* A text that a column is compared with is normalised as the column is. */
static bool normalize_text(struct maker *m, struct expr_node *node, struct err *e)
{
    struct expr *x = &m->query->expr;
    const struct expr_column *c = &x->column[node->index];
    char text[4096];
    uint32_t flags;
    size_t n = 0;
    if (!normalize_flags(m, (int)c->side, c->column, &flags, e))
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
static bool want_columns(struct maker *m, struct err *e)
{
    struct expr *x = &m->query->expr;
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        if (!want_field(m, (int)c->side, c->column, c->kind, false, &c->field, e))
            return false;
    }
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_SAME && !normalize_text(m, &x->node[i], e))
            return false;
    return true;
}

/* Parses `text` and adds it to --where; *node is its own node. */
static bool add_where(struct maker *m, const char *text, const char *what, uint32_t *node,
                      struct err *e)
{
    struct expr *x = &m->query->expr;
    uint32_t *where = &m->query->goal.where;
    const struct expr_names names = {find_name, m};
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
    bool ok = scorer_needs(s, &headers, m->opts->min, &needs, e);
    if (ok && *needs)
        ok = add_where(m, needs, "AXB_MONOTONE", &node, e) &&
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

static bool want_scorer_fields(struct maker *m, const struct scorer *s, struct err *e)
{
    if (s->n_fields > INDEX_MAX_FIELDS)
        return err_set(e, ERR_SCORER, NULL, "%s: the scorer reads more than %d fields", s->path,
                       INDEX_MAX_FIELDS);
    for (size_t k = 0; k < s->n_fields; k++) {
        const struct scorer_field *f = &s->fields[k];
        if (!want_field(m, (int)f->side, f->column, f->kind, f->exact, &m->query->field[k], e))
            return false;
    }
    m->query->n_fields = (uint32_t)s->n_fields;
    return true;
}

static bool score_file(struct maker *m, const char *path, struct scorer *scorer, struct err *e)
{
    const struct scorer_headers headers = sources_headers(m->sources);
    uint32_t node;
    char kept[64];
    sandbox_describe(kept, sizeof kept);
    if (m->opts->sandbox)
        log_verbose("workers: no network, no writing, no new processes (%s)", kept);
    if (!scorer_make(path, m->opts->python, &headers, scorer, e))
        return false;
    m->query->scorer = scorer;
    return (!scorer->where || add_where(m, scorer->where, "AXB_WHERE", &node, e)) &&
           want_scorer_fields(m, scorer, e);
}

/* One of --score and --on is given, and not both. */
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

/* Wants a column that is written as it stands in the file, not normalized. */
static bool want_plain(struct maker *m, int side, const char *name, size_t n, uint32_t *column,
                       struct err *e)
{
    struct load_want want = {.plain = true};
    struct wanted_column at;
    if (!sources_find(m->sources, side, name, n, &want.column, e) ||
        !wanted_add(m->wanted, m->sources, side, want, &at, e))
        return false;
    *column = at.column;
    return true;
}

static bool want_ids(struct maker *m, struct err *e)
{
    const char *id = m->opts->id;
    struct emit_spec *spec = &m->query->lines;
    spec->id_a = spec->id_b = EMIT_ROW_NUMBER;
    if (!id)
        return true;
    size_t n = strcspn(id, "=");
    const char *id_b = id[n] ? id + n + 1 : id;
    return want_plain(m, 0, id, n, &spec->id_a, e) &&
           want_plain(m, 1, id_b, strlen(id_b), &spec->id_b, e);
}

static bool keep_column(struct maker *m, int side, const char *name, size_t n, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    if (spec->n_keep == EMIT_MAX_KEEP)
        return err_set(e, ERR_USAGE, NULL, "--keep: more than %d columns", EMIT_MAX_KEEP);
    spec->keep[spec->n_keep].side = (uint32_t)side;
    return want_plain(m, side, name, n, &spec->keep[spec->n_keep++].column, e);
}

/* --keep: first the columns of A, then those of B, each in the order given. An item without "a." or
 * "b." is kept of both. */
static bool want_keeps(struct maker *m, struct err *e)
{
    for (int side = 0; side < 2; side++)
        for (const char *item = m->opts->keep; item && *item;) {
            size_t n = strcspn(item, ",");
            bool named = (item[0] == 'a' || item[0] == 'b') && item[1] == '.';
            if ((!named || (item[0] == 'b') == side) &&
                !keep_column(m, side, item + 2 * named, n - 2u * named, e))
                return false;
            item += n + (item[n] == ',');
        }
    return true;
}

_Static_assert(EXPR_MAX_TERMS <= EMIT_MAX_TERMS, "all terms can be written");

/* --output-terms: names the columns of the terms. */
static bool want_terms(struct maker *m, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    size_t used = 0, capacity = sizeof spec->term_names;
    if (!m->opts->output_terms)
        return true;
    if (m->query->scorer)
        return err_set(e, ERR_USAGE, "axb explain shows the score of a pair",
                       "--output-terms: %s is a function of its own, not an expression with terms",
                       m->query->scorer->path);
    for (; spec->n_terms < m->query->expr.n_terms; spec->n_terms++) {
        char *name = spec->term_names + used;
        spec->term_at[spec->n_terms] = (uint32_t)used;
        expr_print_term(&m->query->expr, spec->n_terms, name, capacity - used);
        used += strlen(name) + 1;
        if (used >= capacity)
            return err_set(e, ERR_USAGE, NULL, "--output-terms: the terms are too long");
    }
    return true;
}

static bool want_output(struct maker *m, struct err *e)
{
    const char *format = m->opts->format ? m->opts->format : "csv";
    return emit_find(format, &m->query->lines.format, e) && want_ids(m, e) && want_keeps(m, e) &&
           want_terms(m, e) && emit_check(&m->query->lines, e);
}

/* ---- The query -------------------------------------------------------------------------------*/

/* --score as an expression. If it is none, it may have been meant as a file. */
static bool score_expression(struct maker *m, const char *score, struct err *e)
{
    const struct expr_names names = {find_name, m};
    if (expr_parse(&m->query->expr, score, "--score", &names, &m->query->goal.score, e))
        return true;
    if (access(score, F_OK) == 0)
        err_set(e, ERR_USAGE,
                "what is neither C nor Python is compiled to a .so first (core/axb.h says how)",
                "--score: %s is neither an expression nor a .c, .so or .py file", score);
    return false;
}

static bool make_score(struct maker *m, struct scorer *scorer, struct err *e)
{
    const char *score = m->opts->score;
    const char *metric = m->opts->metric ? m->opts->metric : "jaro_winkler";
    const struct expr_names names = {find_name, m};
    if (score && opts_is_scorer_file(score))
        return score_file(m, score, scorer, e);
    if (score)
        return score_expression(m, score, e);
    return expr_from_on(&m->query->expr, metric, m->opts->on, &names, &m->query->goal.score, e);
}

bool query_make(struct query *query, struct wanted *wanted, struct scorer *scorer,
                const struct opts *o, bool originals, const struct sources *sources, struct err *e)
{
    struct maker m = {o, originals, sources, query, wanted};
    uint32_t node;
    wanted->to_load[0].n = wanted->to_load[1].n = 0;
    wanted->in_place[0].n = wanted->in_place[1].n = 0;
    wanted->n_fields = 0;
    *query = (struct query){.excluded = EXPR_NONE, .count = o->count};
    query->goal = (struct expr_goal){.score = EXPR_NONE,
                                     .where = EXPR_NONE,
                                     .threshold = o->min_given ? o->min : -(double)INFINITY};
    /* --where comes after the score, so that the terms of the score are the first of
     * --output-terms. */
    if (!check_score(o, e) || !make_score(&m, scorer, e) ||
        (o->where && !add_where(&m, o->where, "--where", &node, e)))
        return false;
    query->asked_where = query->goal.where;
    return score_needs(&m, e) && want_columns(&m, e) && want_output(&m, e);
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
