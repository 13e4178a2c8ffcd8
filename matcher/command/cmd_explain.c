/* `axb explain`, for one pair of records: what is compared, each term, the score node by node,
 * whether the pair matches, and which part of the plan would find it or drop it.
 *
 * The values come from the same functions as in a run; a scorer of the user's is called in a
 * worker. */
#include "matcher/command/cmd_explain_internal.h"
#include "matcher/command/options_check.h"
#include "matcher/engine/coordinator.h"
#include "matcher/index/typed_value.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include "core/string_builder.h"
#include "data/clean/text_rules.h"
#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "%-10s" /* what a line is about */
#define MAX_LINE 4096
#define MAX_COMPARED (EXPR_MAX_COLUMNS + INDEX_MAX_FIELDS)

/* ---- Which records ---------------------------------------------------------------------------*/

static bool row_by_number(const struct run *r, int side, const char *text, size_t n, uint32_t *row,
                          struct err *e)
{
    uint64_t rows = r->loaded.inputs.table[side].head->n_rows, number = 0;
    bool digits = n > 0 && n <= 18 && strspn(text, "0123456789") >= n;
    for (size_t i = 0; digits && i < n; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    if (!digits)
        return err_set(e, ERR_USAGE, "to name records by a column, add --id COLUMN",
                       "--pair: \"%.*s\" is not the number of a row", (int)n, text);
    if (number < 1 || number > rows)
        return err_set(e, ERR_USAGE, "rows are counted from 1, without the header",
                       "--pair: %s has no row %llu, it has %llu", sources_path(&r->sources, side),
                       (unsigned long long)number, (unsigned long long)rows);
    *row = (uint32_t)number - 1;
    return true;
}

static bool row_by_id(const struct run *r, int side, const char *text, size_t n, uint32_t *row,
                      struct err *e)
{
    const struct table *t = &r->loaded.inputs.table[side];
    uint32_t column = side ? r->query.lines.id_b : r->query.lines.id_a;
    const uint32_t *value = table_row_values(t, column);
    uint64_t found = 0;
    for (uint64_t i = 0; i < t->head->n_rows; i++) {
        struct bytes v = {"", 0};
        if (value[i] != TABLE_MISSING)
            v = table_value(t, column, value[i]);
        if (v.n != n || memcmp(v.p, text, n) != 0)
            continue;
        if (found)
            return err_set(e, ERR_USAGE, "give row numbers, without --id",
                           "--pair: %s has the id \"%.*s\" in the rows %llu and %llu",
                           sources_path(&r->sources, side), (int)n, text, (unsigned long long)found,
                           (unsigned long long)i + 1);
        found = i + 1;
        *row = (uint32_t)i;
    }
    return found || err_set(e, ERR_USAGE, "with --id, --pair names records by that column",
                            "--pair: %s has no record with the id \"%.*s\"",
                            sources_path(&r->sources, side), (int)n, text);
}

/* Finds the records of --pair I,J. An id may have commas: the first comma that makes two ids
 * counts. */
static bool find_pair(const struct run *r, uint32_t row[2], struct err *e)
{
    const char *pair = r->opts->pair, *comma = strchr(pair, ',');
    bool (*find)(const struct run *, int, const char *, size_t, uint32_t *, struct err *) =
        r->opts->id ? row_by_id : row_by_number;
    struct err other;
    if (!comma)
        return err_set(e, ERR_USAGE, "for example: --pair 17,4",
                       "--pair: \"%s\" does not name two records", pair);
    bool ok = find(r, 0, pair, (size_t)(comma - pair), &row[0], e) &&
              find(r, 1, comma + 1, strlen(comma + 1), &row[1], e);
    while (!ok && r->opts->id && (comma = strchr(comma + 1, ',')))
        ok = find(r, 0, pair, (size_t)(comma - pair), &row[0], &other) &&
             find(r, 1, comma + 1, strlen(comma + 1), &row[1], &other);
    if (ok && r->sources.self && row[0] == row[1])
        return err_set(e, ERR_USAGE, "give two rows, or the file twice",
                       "--pair: a record of one file is compared with the others, not with itself");
    if (ok && r->sources.self && row[0] > row[1]) { /* as dedupe does: the lower row first */
        uint32_t swap = row[0];
        row[0] = row[1];
        row[1] = swap;
    }
    return ok;
}

/* ---- Numbers and texts -----------------------------------------------------------------------*/

/* A number in 6 digits; in all of them if 6 would show it equal to `other`, which it is not. */
static const char *number_text(double x, double other, char text[32])
{
    char few[32];
    if (x != x)
        return "no value";
    snprintf(text, 32, "%.6g", x + 0.0); /* -0 is written as 0 */
    snprintf(few, sizeof few, "%.6g", other);
    if (x != other && strcmp(text, few) == 0)
        text[number_double(x, text)] = 0;
    return text;
}

static const char *exact_text(double x, char text[32])
{
    text[number_double(x + 0.0, text)] = 0;
    return x == x ? text : "no value";
}

/* Prints a text in quotes. Control characters, quotes and backslashes are escaped. */
static void print_quoted(FILE *out, struct bytes v)
{
    fputc('"', out);
    for (uint32_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    fputc('"', out);
}

/* The value of a row; false if it is missing. */
static bool value_at(const struct table *t, uint32_t column, uint32_t row, struct bytes *v)
{
    uint32_t value = table_row_values(t, column)[row];
    *v = value == TABLE_MISSING ? (struct bytes){"", 0} : table_value(t, column, value);
    return value != TABLE_MISSING;
}

static void print_value(FILE *out, bool there, struct bytes v)
{
    if (there)
        print_quoted(out, v);
    else
        fputs("(missing)", out);
}

/* ---- What is compared ------------------------------------------------------------------------*/

static void add_compared(const struct run *r, struct explain_column *c, size_t *n,
                         struct explain_column more)
{
    for (size_t i = 0; i < *n; i++)
        if (c[i].side == more.side && c[i].column == more.column && c[i].figure == more.figure &&
            c[i].rules == more.rules)
            return;
    more.name = sources_load(&r->sources, (int)more.side)->names[more.column];
    c[(*n)++] = more;
}

static enum figure_kind figure_of_kind(uint32_t kind)
{
    return kind == INDEX_NUMBER ? FIGURE_NUMBER : kind == INDEX_DAYS ? FIGURE_DATE : FIGURE_NONE;
}

/* Puts b.name right after a.name. */
static void pair_up(struct explain_column *c, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        size_t k = i + 1;
        while (k < n && (c[k].side == c[i].side || strcmp(c[k].name, c[i].name) != 0))
            k++;
        if (k == n || (i && c[i - 1].side != c[i].side && strcmp(c[i - 1].name, c[i].name) == 0))
            continue;
        const struct explain_column other = c[k];
        memmove(c + i + 2, c + i + 1, (k - i - 1) * sizeof *c);
        c[i + 1] = other;
    }
}

bool explain_columns(const struct explain *x, struct explain_column **columns, size_t *n,
                     struct err *e)
{
    const struct run *r = x->r;
    struct explain_column *c = calloc(MAX_COMPARED, sizeof *c);
    *columns = c;
    *n = 0;
    if (!c)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    for (uint32_t i = 0; i < x->x->n_columns; i++) {
        const struct expr_column *f = &x->x->column[i];
        add_compared(
            r, c, n,
            (struct explain_column){f->side, f->column, f->field, f->figure, f->rules, ""});
    }
    for (uint32_t k = 0; k < x->query->n_fields; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        add_compared(r, c, n,
                     (struct explain_column){f->side, f->column, x->query->field[k],
                                             figure_of_kind(f->kind), 0, ""});
    }
    pair_up(c, *n);
    return true;
}

/* Is the text, as a column has it that is read so, a figure? */
static bool has_value(struct bytes text, enum figure_kind figure)
{
    double degrees[2];
    switch (figure) {
    case FIGURE_NUMBER:
        return !isnan(value_number(text));
    case FIGURE_DATE:
        return !isnan(value_days(text));
    case FIGURE_PLACE:
        return value_place(text, degrees);
    case FIGURE_NONE:
    case FIGURE_DATE_TEXT: /* what is none is missing */
        break;
    }
    return true;
}

struct explain_values explain_values(const struct explain *x, const struct explain_column *c)
{
    const struct run *r = x->r;
    const struct index_field *f = &r->loaded.field[c->field];
    const struct wanted_column at =
        wanted_original(&r->wanted, &r->sources, (int)c->side, c->column);
    const uint32_t row = x->row[c->side];
    struct explain_values v;
    const struct loaded_column in_file = loaded_column(&r->loaded, (int)f->side, at);
    v.there = value_at(in_file.table, in_file.column, row, &v.original);
    v.left = value_at(f->table, f->column, row, &v.compared);
    v.same = v.there == v.left && bytes_equal(v.original, v.compared);
    v.has_value = v.left ? has_value(v.compared, c->figure) : !v.there || !c->figure;
    return v;
}

/* ---- How it was cleaned ----------------------------------------------------------------------*/

static bool same_text(struct text_part x, struct text_part y)
{
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* Adds what the rules up to a row make of a value, if that differs from the step before. */
static bool add_step(const struct text_rules *rules, const struct text_rules_row *row,
                     struct text_part original, struct explain_step *steps, size_t *n,
                     struct text_rules_scratch *s)
{
    const struct text_rules part = text_rules_upto(rules, row);
    struct text_part text;
    if (!text_rules_apply(&part, original, s, &text))
        return false;
    if (same_text(text, *n ? steps[*n - 1].text : original))
        return true;
    char *kept = malloc(text.n + 1);
    if (!kept)
        return false;
    memcpy(kept, text.p, text.n);
    steps[(*n)++] = (struct explain_step){row->name, {kept, text.n}};
    return true;
}

bool explain_steps(const struct explain *x, const struct explain_column *c,
                   const struct explain_values *v, struct explain_step **steps, size_t *n,
                   struct err *e)
{
    const struct text_rules *rules = wanted_field_rules(&x->r->wanted, &x->r->sources, c->field);
    const struct text_part original = {v->original.p, v->original.n};
    struct text_rules_scratch scratch = {0};
    *n = 0;
    *steps = calloc(TEXT_RULES_MAX, sizeof **steps);
    bool ok = *steps != NULL;
    for (const struct text_rules_row *row = text_rules_table; ok && rules && v->there && row->name;
         row++)
        ok = add_step(rules, row, original, *steps, n, &scratch);
    text_rules_scratch_free(&scratch);
    if (!ok)
        explain_steps_free(*steps, *n);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory");
}

void explain_steps_free(struct explain_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)steps[i].text.p); /* NOLINT(performance-no-int-to-ptr) */
    free(steps);
}

/* How many columns of a terminal a value takes in quotes, if nothing in it is escaped. */
static size_t quoted_width(const char *p, size_t n)
{
    return text_width(p, p + n) + 2;
}

/* Prints the steps after the value: in its line if they fit 80 columns, else a line each. */
static void print_steps_of(FILE *out, const struct explain_step *steps, size_t n, size_t indent,
                           size_t used)
{
    for (size_t i = 0; i < n; i++)
        used += strlen(" → ") - 2 + strlen(steps[i].rule) + 1 +
                quoted_width(steps[i].text.p, steps[i].text.n);
    for (size_t i = 0; i < n; i++) {
        if (used <= 80)
            fputs(" → ", out);
        else
            fprintf(out, "\n%*s→ ", (int)indent, "");
        fprintf(out, used <= 80 ? "%s " : "%-16s ", steps[i].rule);
        print_quoted(out, (struct bytes){steps[i].text.p, (uint32_t)steps[i].text.n});
    }
}

/* Prints a value and how it was cleaned; `indent`: where it begins. */
static bool print_cleaned(const struct explain *x, const struct explain_column *c, size_t indent,
                          struct err *e)
{
    const struct explain_values v = explain_values(x, c);
    struct explain_step *steps;
    size_t n;
    if (!explain_steps(x, c, &v, &steps, &n, e))
        return false;
    const size_t used = indent + (v.there ? quoted_width(v.original.p, v.original.n) : 0);
    print_value(x->out, v.there, v.original);
    print_steps_of(x->out, steps, n, indent, used + (v.left ? 0 : strlen(", missing")));
    fputs(v.there && !v.left ? ", missing\n" : "\n", x->out);
    explain_steps_free(steps, n);
    return true;
}

/* Prints as what figure a value is read. */
static void print_figure(FILE *out, const struct explain_values *v, enum figure_kind figure)
{
    static const char *const what[] = {[FIGURE_NUMBER] = "number",
                                       [FIGURE_DATE] = "date",
                                       [FIGURE_PLACE] = "place",
                                       [FIGURE_DATE_TEXT] = "date"};
    print_value(out, v->there, v->original);
    if (!v->has_value)
        fprintf(out, " has no value as a %s", what[figure]);
    else if (!v->same)
        fprintf(out, " read as %.*s", (int)v->compared.n, v->compared.p);
    fputc('\n', out);
}

/* Prints all columns that the expressions and the scorer read. */
static bool print_columns(const struct explain *x, struct err *e)
{
    struct explain_column *c;
    size_t n, width = 0;
    bool ok = explain_columns(x, &c, &n, e);
    for (size_t i = 0; ok && i < n; i++)
        width = strlen(c[i].name) > width ? strlen(c[i].name) : width;
    for (size_t i = 0; ok && i < n; i++) {
        fprintf(x->out, LABEL "%c.%-*s  ", i ? "" : "compared", c[i].side ? 'b' : 'a', (int)width,
                c[i].name);
        const struct explain_values v = explain_values(x, &c[i]);
        if (c[i].figure)
            print_figure(x->out, &v, c[i].figure);
        else
            ok = print_cleaned(x, &c[i], 10 + 2 + width + 2, e);
    }
    free(c);
    return ok;
}

bool explain_id(const struct explain *x, int side, struct bytes *id)
{
    const struct emit_spec *spec = &x->query->lines;
    return x->r->opts->id && value_at(&x->r->loaded.inputs.table[side],
                                      side ? spec->id_b : spec->id_a, x->row[side], id);
}

static void print_record(const struct explain *x, int side)
{
    struct bytes id = {"", 0};
    const bool there = explain_id(x, side, &id);
    fprintf(x->out, LABEL "%s, row %u", side ? "B" : "A", sources_path(&x->r->sources, side),
            x->row[side] + 1);
    if (x->r->opts->id) {
        fputs(", id ", x->out);
        print_value(x->out, there, id);
    }
    fputc('\n', x->out);
}

/* ---- The values ------------------------------------------------------------------------------*/

static double value_of(const struct explain *x, uint32_t node)
{
    return x->eval.lo[node][0];
}

/* Sets the nodes of a term in lane 0. */
static void set_term(struct explain *x, uint32_t term, double lo, double hi)
{
    for (uint32_t i = 0; i < x->x->n_nodes; i++)
        if (x->x->node[i].op == EXPR_TERM && x->x->node[i].index == term)
            expr_eval_set(&x->eval, i, 1, lo, hi);
}

/* Does the condition hold? No condition (EXPR_NONE) always holds. */
static bool is_true(const struct explain *x, uint32_t node)
{
    const double value = node == EXPR_NONE ? 1 : value_of(x, node);
    return value == value && value != 0;
}

static bool score_by_scorer(struct explain *x, struct err *e)
{
    struct run *r = x->r;
    const struct sinks sinks = {.out = NULL};
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const struct job job = {x->query, &r->loaded.inputs, &r->plan, &sinks, &faults, &placement};
    return coordinator_score(&job, x->row[0], x->row[1], &x->score, e);
}

static bool evaluate(struct explain *x, struct err *e)
{
    struct run *r = x->r;
    double value;
    if (!expr_eval_open(&x->eval, x->x, e) || !expr_eval_open(&x->probe, x->x, e) ||
        !terms_open(&x->terms, x->x, &r->loaded.inputs.index, e))
        return false;
    terms_of_pair(&x->terms, x->row[0], x->row[1], x->term);
    for (uint32_t t = 0; t < x->x->n_terms; t++)
        set_term(x, t, x->term[t], x->term[t]);
    for (uint32_t i = 0; i < x->x->n_nodes; i++) {
        const struct expr_node *v = &x->x->node[i];
        if (v->op != EXPR_COLUMN && v->op != EXPR_SAME && v->op != EXPR_PRESENT)
            continue;
        terms_leaf(&x->terms, v, &x->row[0], &x->row[1], 1, &value);
        expr_eval_set(&x->eval, i, 1, value, value);
    }
    expr_eval_run(&x->eval, 1);
    x->where = is_true(x, x->query->asked_where);
    if (x->query->goal.score == EXPR_NONE)
        return score_by_scorer(x, e);
    x->score = value_of(x, x->query->goal.score);
    return true;
}

/* ---- Terms -----------------------------------------------------------------------------------*/

/* Prints what the threshold and --where ask of a term, and whether it is so. */
static bool print_need(const struct explain *x, uint32_t term, struct err *e)
{
    const struct expr_term *t = &x->x->term[term];
    double need = expr_need(x->x, &x->query->goal, term, e);
    char text[32];
    if (need != need)
        return false;
    if (!expr_asks(t, need))
        fputs("  may be anything", x->out);
    else if (!expr_possible(t, need))
        fputs("  is never enough", x->out);
    else
        fprintf(x->out, "  must %s %s: %s",
                metric_falls((enum metric_view)t->view) ? "not exceed" : "reach",
                number_text(need, x->term[term], text),
                expr_reaches(t, x->term[term], need) ? "yes" : "no");
    return true;
}

static bool print_terms(const struct explain *x, struct err *e)
{
    char text[MAX_LINE], number[32];
    bool asked = explain_is_bounded(x) || x->query->goal.where != EXPR_NONE;
    int width = 0;
    for (uint32_t t = 0; t < x->x->n_terms; t++) {
        expr_print_term(x->x, t, text, sizeof text);
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    for (uint32_t t = 0; t < x->x->n_terms; t++) {
        double need = asked ? expr_need(x->x, &x->query->goal, t, e) : x->term[t];
        expr_print_term(x->x, t, text, sizeof text);
        fprintf(x->out, LABEL "%-10s  %-*s", t ? "" : "terms",
                number_text(x->term[t], need, number), asked ? width : 0, text);
        if (asked && !print_need(x, t, e))
            return false;
        fputc('\n', x->out);
    }
    return true;
}

/* ---- The tree --------------------------------------------------------------------------------*/

/* Constants say nothing. The first child of missing(x) and of if_missing(x, y) is made of x. */
static bool is_shown(const struct expr *x, const struct expr_node *parent, uint32_t i)
{
    bool made = i == 0 && (parent->op == EXPR_MISSING || parent->op == EXPR_IF_MISSING);
    return !made && x->node[parent->child[i]].op != EXPR_NUMBER;
}

static bool is_sum(uint32_t op)
{
    return op == EXPR_ADD || op == EXPR_SUB;
}

/* a != b of texts is EXPR_PRESENT && !(a == b). */
static bool is_different(const struct expr *x, const struct expr_node *v)
{
    return v->op == EXPR_AND && x->node[v->child[0]].op == EXPR_PRESENT;
}

/* Do both stand in one line of operators: a + b - c, a && b && c? */
static bool is_chain(const struct expr *x, uint32_t op, const struct expr_node *child)
{
    bool same = op == child->op && (op == EXPR_AND || op == EXPR_OR);
    return (is_sum(op) && is_sum(child->op)) || (same && !is_different(x, child));
}

static void collect(const struct expr *x, uint32_t node, struct explain_part *part, size_t *n)
{
    const struct expr_node *v = &x->node[node];
    for (uint32_t i = 0; i < v->n_children; i++) {
        char sign = !is_sum(v->op) ? 0 : v->op == EXPR_SUB && i ? '-' : '+';
        if (i == 0 && is_chain(x, v->op, &x->node[v->child[0]]))
            collect(x, v->child[0], part, n);
        else if (is_shown(x, v, i))
            part[(*n)++] = (struct explain_part){v->child[i], sign};
    }
}

/* A lone term has a line above; != of texts is two nodes. */
size_t explain_parts(const struct expr *x, uint32_t node, struct explain_part part[EXPR_MAX_NODES])
{
    size_t n = 0;
    if (is_different(x, &x->node[node]))
        return 0;
    collect(x, node, part, &n);
    return n == 1 && x->node[part[0].node].op == EXPR_TERM ? 0 : n;
}

bool explain_is_truth(uint32_t op)
{
    return op == EXPR_SAME || op == EXPR_MISSING || (op >= EXPR_LT && op <= EXPR_OR);
}

static void print_tree(const struct explain *x, const char *label, struct explain_part at,
                       int depth, bool truth)
{
    const struct expr_node *v = &x->x->node[at.node];
    struct explain_part part[EXPR_MAX_NODES];
    char text[MAX_LINE], number[32];
    double value = value_of(x, at.node);
    bool open = at.sign && (is_sum(v->op) || explain_is_truth(v->op) || v->op == EXPR_IF);
    const char *shown = number_text(at.sign == '-' ? 0 - value : value, NAN, number);
    if (truth || explain_is_truth(v->op))
        shown = value == value && value != 0 ? "true" : "false";
    expr_print(x->x, at.node, text, sizeof text);
    fprintf(x->out, LABEL "%-10s  %*s%.1s%s%s%s%s\n", label, shown, 2 * depth, "", &at.sign,
            at.sign ? " " : "", open ? "(" : "", text, open ? ")" : "");
    truth = v->op == EXPR_AND || v->op == EXPR_OR || v->op == EXPR_NOT;
    size_t n = explain_parts(x->x, at.node, part);
    for (size_t i = 0; i < n; i++)
        print_tree(x, "", part[i], depth + 1, truth);
}

static void print_score(const struct explain *x)
{
    char number[32];
    if (x->query->goal.score == EXPR_NONE)
        fprintf(x->out, LABEL "%-10s  %s\n", "score", number_text(x->score, NAN, number),
                x->r->scorer.path);
    else
        print_tree(x, "score", (struct explain_part){x->query->goal.score, 0}, 0, false);
}

/* A condition of a model alone is told by the verdict. */
static void print_where(const struct explain *x)
{
    if (x->query->asked_where != EXPR_NONE && (!x->r->model.used || x->r->asked->where))
        print_tree(x, "where", (struct explain_part){x->query->asked_where, 0}, 0, true);
}

/* ---- The verdict -----------------------------------------------------------------------------*/

bool explain_is_bounded(const struct explain *x)
{
    return x->r->opts->min_given || x->r->opts->max_given;
}

/* Without --min and --max: what would let the pair in. */
static void print_open_verdict(const struct explain *x, const char *score)
{
    const struct expr *e = x->x;
    const uint32_t root = x->query->goal.score;
    const bool falls =
        expr_is_term(e, root) && metric_falls((enum metric_view)e->term[e->node[root].index].view);
    fprintf(x->out, LABEL "with --m%s %s or %s\n", "match", falls ? "ax" : "in", score,
            falls ? "more" : "less");
}

/* The score has a value, and it is bounded. */
static void print_bounded_verdict(const struct explain *x, const char *score)
{
    const struct expr_goal *goal = &x->query->goal;
    const bool below = x->score<goal->threshold, above = x->score> goal->most;
    const bool by_max = above || (!below && !x->r->opts->min_given);
    char min[32], max[32];
    exact_text(goal->threshold, min);
    exact_text(goal->most, max);
    if (!below && !above && x->r->opts->min_given && x->r->opts->max_given)
        fprintf(x->out, LABEL "yes: %s <= %s <= %s\n", "match", min, score, max);
    else if (by_max)
        fprintf(x->out, LABEL "%s: %s %s %s, the lowest --max at which it matches is %s\n", "match",
                above ? "no" : "yes", score, above ? ">" : "<=", max, score);
    else
        fprintf(x->out, LABEL "%s: %s %s %s, the highest --min at which it matches is %s\n",
                "match", below ? "no" : "yes", score, below ? "<" : ">=", min, score);
}

static void print_verdict(const struct explain *x)
{
    const char *bounds = x->r->opts->max_given ? "--min or --max lets" : "--min lets";
    char score[32];
    exact_text(x->score, score);
    if (x->score != x->score)
        fprintf(x->out, LABEL "no: the score has no value, so no %s the pair in\n", "match",
                bounds);
    else if (!x->where && x->r->model.used && !x->r->asked->where)
        fprintf(x->out,
                LABEL "no: one of the records stands for nobody; see \"placeholders\" in %s\n",
                "match", x->r->asked->score);
    else if (!x->where)
        fprintf(x->out, LABEL "no: where is false, so no %s the pair in\n", "match", bounds);
    else if (!explain_is_bounded(x))
        print_open_verdict(x, score);
    else
        print_bounded_verdict(x, score);
}

/* ---- The plan --------------------------------------------------------------------------------*/

/* Prints whether the prefilter of an option lets the pair pass, by the value of the option's term
 * `given`. */
static void print_prefilter(struct explain *x, uint32_t prefilter, uint32_t given)
{
    char text[MAX_LINE], need_text[32], value[32];
    if (prefilter == EXPR_NONE)
        return;
    double need = expr_need_given(&x->probe, &x->query->goal, prefilter, given,
                                  given == EXPR_NONE ? 0 : x->term[given]);
    if (need <= 0)
        return;
    expr_print_term(x->x, prefilter, text, sizeof text);
    fprintf(x->out, LABEL "  %s it at a glance: %s %s, must reach %s%s\n", "",
            x->term[prefilter] >= need ? "does not drop" : "may drop", text,
            number_text(x->term[prefilter], need, value),
            number_text(need, x->term[prefilter], need_text), given == EXPR_NONE ? "" : " then");
}

/* Prints what a join asks of a term, and its name. */
static void print_asked(const struct explain *x, const struct plan_term *asked)
{
    char text[MAX_LINE], need[32];
    expr_print_term(x->x, asked->term, text, sizeof text);
    fprintf(x->out, "%s %s %s (%s)", text, metric_falls(asked->use.view) ? "<=" : ">=",
            number_text(asked->need, x->term[asked->term], need),
            asked->join ? asked->join->name : "within these");
}

static bool reaches(const struct explain *x, const struct plan_term *asked)
{
    return expr_reaches(&x->x->term[asked->term], x->term[asked->term], asked->need);
}

/* Prints whether a join finds the pair. */
static bool print_join(struct explain *x, const struct plan_join *join, const char *label)
{
    const bool two = join->pairing != PLAN_ALONE;
    const bool finds = reaches(x, &join->by) && (!two || reaches(x, &join->also));
    fprintf(x->out, LABEL "the join ", label);
    print_asked(x, &join->by);
    if (two) {
        fputs(" and ", x->out);
        print_asked(x, &join->also);
    }
    fprintf(x->out, " %s it\n", finds ? "finds" : "drops");
    if (finds)
        print_prefilter(x, join->prefilter, two ? join->also.term : join->by.term);
    return finds;
}

/* Prints for each join whether it finds the pair. Returns the first that does, or NULL. */
static const struct plan_join *print_joins(struct explain *x)
{
    const struct plan *plan = &x->r->plan;
    const struct plan_join *found = NULL;
    for (uint32_t i = 0; i < plan->n_joins; i++)
        if (print_join(x, &plan->join[i], i ? "" : "plan") && !found)
            found = &plan->join[i];
    return found;
}

/* Prints which term would drop the pair, in the order in which they are computed. */
static void print_steps(struct explain *x, const struct plan_join *found)
{
    char text[MAX_LINE], most[32];
    double lo, hi;
    uint32_t s = 0;
    for (uint32_t t = 0; t < x->x->n_terms; t++) {
        expr_term_range(&x->x->term[t], &lo, &hi);
        const bool known = found && (t == found->by.term || t == found->also.term);
        set_term(x, t, known ? x->term[t] : lo, known ? x->term[t] : hi);
    }
    expr_eval_run(&x->eval, 1);
    for (; s < x->x->n_terms && expr_can_match(&x->eval, &x->query->goal, 0); s++) {
        set_term(x, x->r->plan.step[s], x->term[x->r->plan.step[s]], x->term[x->r->plan.step[s]]);
        expr_eval_run(&x->eval, 1);
    }
    if (expr_can_match(&x->eval, &x->query->goal, 0))
        return;
    snprintf(text, sizeof text, "%s metric is computed", found ? "another" : "a");
    if (s)
        expr_print_term(x->x, x->r->plan.step[s - 1], text, sizeof text);
    fprintf(x->out, LABEL "then it is dropped %s%s", "", s ? "by " : "before ", text);
    if (x->query->goal.where != EXPR_NONE && !expr_may(&x->eval, x->query->goal.where, 0))
        fputs(": where cannot hold\n", x->out);
    else if (x->eval.hi[x->query->goal.score][0] >= x->query->goal.threshold)
        fprintf(x->out, ": the score is %s at least\n",
                number_text(x->eval.lo[x->query->goal.score][0], x->query->goal.most, most));
    else
        fprintf(x->out, ": the score can be %s at most\n",
                number_text(x->eval.hi[x->query->goal.score][0], x->query->goal.threshold, most));
}

/* Prints what would become of the pair in a run. */
void explain_print_plan(struct explain *x)
{
    const struct plan *plan = &x->r->plan;
    const struct plan_join *found = NULL;
    if (!explain_is_bounded(x))
        return;
    const bool nothing = plan->kind == PLAN_NOTHING;
    if (nothing)
        fprintf(x->out, LABEL "no pair can match\n", "plan");
    else if (plan->n_joins == 0)
        fprintf(x->out, LABEL "all pairs are looked at\n", "plan");
    if (nothing || (plan->n_joins && !(found = print_joins(x))))
        return;
    if (plan->n_joins == 0)
        print_prefilter(x, plan->prefilter, EXPR_NONE);
    if (plan->kind == PLAN_REFINE)
        print_steps(x, found);
}

bool explain_print(struct explain *x, struct err *e)
{
    print_record(x, 0);
    print_record(x, 1);
    if (!print_columns(x, e))
        return false;
    if (x->r->model.used)
        explain_print_model(x);
    else if (!print_terms(x, e))
        return false;
    if (!x->r->model.used)
        print_score(x);
    print_where(x);
    print_verdict(x);
    return true;
}

static bool print_all(struct explain *x, struct err *e)
{
    if (x->r->opts->json)
        return explain_print_json(x, e);
    struct string_builder b;
    x->out = string_builder_open(&b);
    const bool ok = !x->out || explain_print(x, e);
    if (x->out && ok)
        explain_print_plan(x);
    if (ok)
        return string_builder_show(&b, stdout) || err_set(e, ERR_OS, NULL, "not enough memory");
    free(string_builder_end(&b));
    return false;
}

static bool explain_pair(struct run *r, struct err *e)
{
    struct explain *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    x->r = r;
    x->query = &r->query;
    x->x = &r->query.expr;
    bool ok = find_pair(r, x->row, e) && evaluate(x, e) && print_all(x, e);
    terms_close(&x->terms);
    expr_eval_close(&x->eval);
    expr_eval_close(&x->probe);
    free(x);
    return ok;
}

static void check(const struct opts *o, struct err *e)
{
    struct err one;
    if (!o->pair) {
        err_set(&one, ERR_USAGE, "for example: --pair 17,4",
                "--pair is missing: it names the two records");
        err_add(e, &one);
        opts_words_unknown(o->words);
    }
    options_check(o, o->n_inputs == 1, e);
    if (e->status != ERR_NONE)
        options_check_columns(o, o->n_inputs == 1, e);
}

static bool run(const struct opts *o, struct err *e)
{
    const struct run_request request = {.self = o->n_inputs == 1, .originals = true};
    return run_with(o, &request, explain_pair, e);
}

const struct command cmd_explain = {
    .name = "explain",
    .arguments = "A.csv [B.csv]",
    .min_inputs = 1,
    .max_inputs = 2,
    .topics = OPTS_INPUT | OPTS_COMPARE | OPTS_SCORE | OPTS_WHICH | OPTS_PAIR | OPTS_MESSAGES |
              OPTS_JSON | OPTS_STARTER,
    .what = "show why two records match or do not match",
    .examples = "axb explain A.csv B.csv --pair 17,4 --on name --min 0.9\n"
                "axb explain A.csv B.csv --pair rec-1,rec-9 --id id --score my_score.c",
    .more = "Shows the values that are compared (and what --normalize makes of them), the value of "
            "each metric and what --min asks of it, the score part by part, whether the pair "
            "matches, the highest --min at which it still matches, and which parts of the plan "
            "find it or drop it. With one file it compares two of its records, as dedupe does.",
    .check = check,
    .run = run,
};
