/* One C expression from the tree. Each node is written as a number or as a truth, whichever its
 * place asks for. */
#include "matcher/index/index.h"
#include "matcher/scorer/scorer_internal.h"

#include <string.h>

/* The operations that C lacks, or has without "no value is NaN"; as in expr_interval.c, to the
 * order of the operands. */
static const char prelude[] =
    "#include <axb.h>\n"
    "static inline int axb_is_none(double x) { return x != x; }\n"
    "static inline int axb_is_true(double x) { return (x < 0) | (x > 0); }\n"
    "static inline int axb_differ(double x, double y) { return (x < y) | (x > y); }\n"
    "static inline double axb_least(double x, double y)\n"
    "{ return (x < y) | (x != x) ? x : y; }\n"
    "static inline double axb_greatest(double x, double y)\n"
    "{ return (x > y) | (x != x) ? x : y; }\n"
    "static inline double axb_divide(double x, double y)\n"
    "{ return y == 0 ? __builtin_nan(\"\") : x / y; }\n";

static const char head[] = "double score(const axb_row_a *a, const axb_row_b *b)\n{\n";

/* A node is written wherever it is a child, so one of several parents is written several times. */
#define MAX_WRITTEN 4096u

/* What is written for a goal. */
struct uses {
    uint32_t nodes;                 /* at most MAX_WRITTEN + 1, where the count ends */
    uint32_t terms[EXPR_MAX_TERMS]; /* how often each is written */
    uint64_t columns;               /* bit i for column i */
    bool bits;                      /* what bits.h has */
};

struct writer {
    FILE *out;
    const struct expr *x;
    const struct scorer_names *names;
    struct uses uses;
};

/* ---- What a goal reads -----------------------------------------------------------------------*/

static void collect_uses(const struct expr *x, uint32_t node, struct uses *uses)
{
    if (node == EXPR_NONE || uses->nodes > MAX_WRITTEN)
        return;
    const struct expr_node *v = &x->node[node];
    uses->nodes++;
    if (v->op == EXPR_TERM) {
        uses->terms[v->index]++;
        uses->columns |= 1ull << x->term[v->index].column_a | 1ull << x->term[v->index].column_b;
    } else if (v->op == EXPR_COLUMN || v->op == EXPR_SAME) {
        uses->columns |= 1ull << v->index;
    } else if (v->op == EXPR_PRESENT) {
        uses->columns |= v->columns;
    }
    uses->bits = uses->bits || v->op == EXPR_SOFT_MIN;
    for (uint32_t i = 0; i < v->n_children; i++)
        collect_uses(x, v->child[i], uses);
}

static struct uses collect_goal(const struct expr *x, const struct expr_goal *goal)
{
    struct uses uses = {0};
    collect_uses(x, goal->where, &uses);
    collect_uses(x, goal->score, &uses);
    return uses;
}

/* Is a column compared both as text and as a figure? A scorer has one name for it. */
static bool has_two_texts(const struct expr *x)
{
    for (uint32_t i = 0; i < x->n_columns; i++)
        for (uint32_t k = 0; k < i; k++)
            if (x->column[i].side == x->column[k].side && x->column[i].kind == x->column[k].kind &&
                x->column[i].column == x->column[k].column)
                return true;
    return false;
}

bool expr_source_possible(const struct expr *x, const struct expr_goal *goal)
{
    const struct uses uses = collect_goal(x, goal);
    if (has_two_texts(x))
        return false;
    for (uint32_t t = 0; t < x->n_terms; t++)
        if (uses.terms[t] && x->term[t].view != METRIC_NORMALIZED_SIMILARITY &&
            x->term[t].view != METRIC_DISTANCE)
            return false;
    return uses.nodes <= MAX_WRITTEN;
}

uint32_t expr_source_fields(const struct expr *x, const struct expr_goal *goal,
                            struct scorer_field *fields)
{
    uint32_t n = 0;
    const uint64_t columns = collect_goal(x, goal).columns;
    for (uint32_t i = 0; i < x->n_columns; i++)
        if (columns >> i & 1)
            fields[n++] = (struct scorer_field){x->column[i].side, x->column[i].kind,
                                                x->column[i].column, false};
    return n;
}

/* ---- Leaves ----------------------------------------------------------------------------------*/

static bool is_equality(const struct expr *x, const struct expr_node *v)
{
    return v->op == EXPR_TERM && metric_at(x->term[v->index].metric)->flags & METRIC_EQUALITY;
}

/* Is the node always 0 or 1, and so written as a truth first? */
static bool is_condition(const struct expr *x, const struct expr_node *v)
{
    return (v->op >= EXPR_LT && v->op <= EXPR_OR) || v->op == EXPR_MISSING || v->op == EXPR_SAME ||
           v->op == EXPR_PRESENT || is_equality(x, v);
}

/* Does the node compare texts? Such a node is dear: it is evaluated only if the rest does not
 * decide. */
static bool is_dear(const struct expr *x, uint32_t node)
{
    const struct expr_node *v = &x->node[node];
    bool dear = v->op == EXPR_SAME || (v->op == EXPR_TERM && !is_equality(x, v));
    for (uint32_t i = 0; i < v->n_children && !dear; i++)
        dear = is_dear(x, v->child[i]);
    return dear;
}

static void put_column(const struct writer *w, uint32_t column)
{
    static const char *const suffix[] = {
        [INDEX_TEXT] = "", [INDEX_NUMBER] = "_number", [INDEX_DAYS] = "_days"};
    const struct expr_column *c = &w->x->column[column];
    fprintf(w->out, "%c->%s%s", c->side ? 'b' : 'a', w->names->c_names[c->side][c->column],
            suffix[c->kind]);
}

static void put_call(const struct writer *w, const struct expr_term *t)
{
    const struct metric *m = metric_at(t->metric);
    bool distance = t->view == METRIC_DISTANCE;
    fprintf(w->out, "axb_%s%s(", m->name, distance ? "_distance" : "");
    put_column(w, t->column_a);
    fprintf(w->out, ", ");
    put_column(w, t->column_b);
    for (uint32_t i = 0; i < m->max_args && !distance; i++)
        fprintf(w->out, ", %a", i < t->n_args ? t->args[i] : m->defaults[i]);
    fprintf(w->out, ")");
}

/* Writes a term. One that is used more than once is kept from its first use on. */
static void put_term(const struct writer *w, uint32_t term)
{
    if (w->uses.terms[term] > 1)
        fprintf(w->out, "(has_%u ? term_%u : (has_%u = 1, term_%u = ", term, term, term, term);
    put_call(w, &w->x->term[term]);
    if (w->uses.terms[term] > 1)
        fprintf(w->out, "))");
}

/* Ids are equal where texts are, and 0 where the text is missing. */
static void put_equality(const struct writer *w, const struct expr_term *t)
{
    fprintf(w->out, "((");
    put_column(w, t->column_a);
    fprintf(w->out, ".id != 0) & (");
    put_column(w, t->column_a);
    fprintf(w->out, ".id == ");
    put_column(w, t->column_b);
    fprintf(w->out, ".id))");
}

static void put_same(const struct writer *w, const struct expr_node *v)
{
    fprintf(w->out, "((");
    put_column(w, v->index);
    fprintf(w->out, ".n == %uu) & (", v->text_bytes);
    put_column(w, v->index);
    fprintf(w->out, ".id != 0) && memcmp(");
    put_column(w, v->index);
    fprintf(w->out, ".p, \"");
    for (uint32_t i = 0; i < v->text_bytes; i++)
        fprintf(w->out, "\\%03o", (unsigned char)w->x->text[v->text_at + i]);
    fprintf(w->out, "\", %uu) == 0)", v->text_bytes);
}

static void put_present(const struct writer *w, uint64_t columns)
{
    fprintf(w->out, "(1");
    for (uint64_t left = columns; left; left &= left - 1) {
        fprintf(w->out, " & (");
        put_column(w, (uint32_t)__builtin_ctzll(left));
        fprintf(w->out, ".id != 0)");
    }
    fprintf(w->out, ")");
}

/* ---- Numbers and truths ----------------------------------------------------------------------*/

static void put_number(const struct writer *w, uint32_t node);
static void put_truth(const struct writer *w, uint32_t node);

static const struct {
    const char *open, *between;
} shapes[EXPR_N_OPS] = {
    [EXPR_ADD] = {"(", " + "},
    [EXPR_SUB] = {"(", " - "},
    [EXPR_MUL] = {"(", " * "},
    [EXPR_DIV] = {"axb_divide(", ", "},
    [EXPR_MIN] = {"axb_least(", ", "},
    [EXPR_MAX] = {"axb_greatest(", ", "},
    [EXPR_SOFT_MIN] = {"bits_soft_min(", ", "},
    [EXPR_NEG] = {"(-", ""},
    [EXPR_ABS] = {"__builtin_fabs(", ""},
    [EXPR_SQRT] = {"__builtin_sqrt(", ""},
    [EXPR_FLOOR] = {"__builtin_floor(", ""},
    [EXPR_CEIL] = {"__builtin_ceil(", ""},
    [EXPR_LT] = {"(", " < "},
    [EXPR_LE] = {"(", " <= "},
    [EXPR_GT] = {"(", " > "},
    [EXPR_GE] = {"(", " >= "},
    [EXPR_EQ] = {"(", " == "},
    [EXPR_NE] = {"axb_differ(", ", "},
};

static void put_operation(const struct writer *w, const struct expr_node *v)
{
    for (uint32_t i = 0; i < v->n_children; i++) {
        fprintf(w->out, "%s", i ? shapes[v->op].between : shapes[v->op].open);
        put_number(w, v->child[i]);
    }
    fprintf(w->out, ")");
}

/* Writes x && y or x || y: without a branch if both are cheap, else the cheap one first. */
static void put_both(const struct writer *w, uint32_t x, uint32_t y, bool both)
{
    bool dear_x = is_dear(w->x, x), dear_y = is_dear(w->x, y), swap = dear_x && !dear_y;
    const char *sign = both ? "&&" : "||";
    fprintf(w->out, "(");
    put_truth(w, swap ? y : x);
    fprintf(w->out, " %s ", sign + (dear_x || dear_y ? 0 : 1));
    put_truth(w, swap ? x : y);
    fprintf(w->out, ")");
}

/* A node that is 0 or 1 always has a value. */
static void put_missing(const struct writer *w, const struct expr_node *v)
{
    const struct expr_node *of = &w->x->node[v->child[1]];
    bool dear = is_dear(w->x, v->child[0]) || is_dear(w->x, v->child[1]);
    fprintf(w->out, "(!");
    put_truth(w, v->child[0]);
    if (of->op != EXPR_NUMBER && !is_condition(w->x, of)) {
        fprintf(w->out, dear ? " || axb_is_none(" : " | axb_is_none(");
        put_number(w, v->child[1]);
        fprintf(w->out, ")");
    }
    fprintf(w->out, ")");
}

static void put_truth(const struct writer *w, uint32_t node)
{
    const struct expr_node *v = &w->x->node[node];
    if (!is_condition(w->x, v)) {
        fprintf(w->out, "axb_is_true(");
        put_number(w, node);
        fprintf(w->out, ")");
    } else if (v->op == EXPR_TERM) {
        put_equality(w, &w->x->term[v->index]);
    } else if (v->op == EXPR_SAME) {
        put_same(w, v);
    } else if (v->op == EXPR_PRESENT) {
        put_present(w, v->columns);
    } else if (v->op == EXPR_MISSING) {
        put_missing(w, v);
    } else if (v->op == EXPR_NOT) {
        fprintf(w->out, "(!");
        put_truth(w, v->child[0]);
        fprintf(w->out, ")");
    } else if (v->op == EXPR_EQ && v->child[0] == v->child[1]) {
        fprintf(w->out, "(!axb_is_none(");
        put_number(w, v->child[0]);
        fprintf(w->out, "))");
    } else if (v->op == EXPR_AND || v->op == EXPR_OR) {
        put_both(w, v->child[0], v->child[1], v->op == EXPR_AND);
    } else {
        put_operation(w, v);
    }
}

/* Writes if_missing(x, other). x is evaluated only if the rest does not say that it is missing. */
static void put_if_missing(const struct writer *w, uint32_t node)
{
    const struct expr_node *v = &w->x->node[node];
    fprintf(w->out, "({ double of_%u = ", node);
    put_truth(w, v->child[0]);
    fprintf(w->out, " ? ");
    put_number(w, v->child[1]);
    fprintf(w->out, " : __builtin_nan(\"\"); of_%u == of_%u ? of_%u : ", node, node, node);
    put_number(w, v->child[2]);
    fprintf(w->out, "; })");
}

/* Writes steps(x, w0, t1, w1, …). */
static void put_steps(const struct writer *w, uint32_t node)
{
    const struct expr_node *v = &w->x->node[node];
    const double *number = w->x->number + v->index;
    fprintf(w->out, "({ double of_%u = ", node);
    put_number(w, v->child[0]);
    fprintf(w->out, "; of_%u != of_%u ? of_%u : ", node, node, node);
    for (uint32_t i = 1; i < v->n_numbers; i += 2)
        fprintf(w->out, "of_%u < %a ? %a : ", node, number[i], number[i - 1]);
    fprintf(w->out, "%a; })", number[v->n_numbers - 1]);
}

static void put_choice(const struct writer *w, const struct expr_node *v)
{
    fprintf(w->out, "(");
    put_truth(w, v->child[0]);
    fprintf(w->out, " ? ");
    put_number(w, v->child[1]);
    fprintf(w->out, " : ");
    put_number(w, v->child[2]);
    fprintf(w->out, ")");
}

static void put_number(const struct writer *w, uint32_t node)
{
    const struct expr_node *v = &w->x->node[node];
    if (is_condition(w->x, v)) {
        fprintf(w->out, "(");
        put_truth(w, node);
        fprintf(w->out, " ? 1.0 : 0.0)");
    } else if (v->op == EXPR_NUMBER) {
        fprintf(w->out, "(%a)", v->number);
    } else if (v->op == EXPR_TERM) {
        put_term(w, v->index);
    } else if (v->op == EXPR_COLUMN) {
        put_column(w, v->index);
    } else if (v->op == EXPR_IF) {
        put_choice(w, v);
    } else if (v->op == EXPR_IF_MISSING) {
        put_if_missing(w, node);
    } else if (v->op == EXPR_STEPS) {
        put_steps(w, node);
    } else {
        put_operation(w, v);
    }
}

/* ---- The whole -------------------------------------------------------------------------------*/

void expr_source_write(FILE *out, const struct expr *x, const struct expr_goal *goal,
                       const struct scorer_names *names)
{
    const struct writer w = {out, x, names, collect_goal(x, goal)};
    fprintf(out, "%s%s%s", prelude, w.uses.bits ? scorer_bits_h : "", head);
    for (uint32_t t = 0; t < x->n_terms; t++)
        if (w.uses.terms[t] > 1 && !(metric_at(x->term[t].metric)->flags & METRIC_EQUALITY))
            fprintf(out, "    int has_%u = 0;\n    double term_%u = 0;\n", t, t);
    fprintf(out, "    (void)a, (void)b;\n    return ");
    if (goal->where != EXPR_NONE) {
        put_truth(&w, goal->where);
        fprintf(out, " ? ");
    }
    put_number(&w, goal->score);
    fprintf(out, "%s;\n}\n", goal->where != EXPR_NONE ? " : __builtin_nan(\"\")" : "");
}
