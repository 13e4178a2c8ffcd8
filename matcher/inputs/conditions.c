/* One number for each distinct value of each leaf; then the tree, for many rows at a time. */
#include "matcher/inputs/conditions.h"

#include "matcher/expr/expr_interval.h"
#include "matcher/expr/expr_sides.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A leaf of a condition: what it is for each value of its column. EXPR_PRESENT looks at the rows of
 * each of its columns; it may have none. */
struct leaf {
    bool is_one; /* the node is a leaf */
    const uint32_t *row_value[EXPR_MAX_COLUMNS];
    uint32_t n_columns;
    double *of_value; /* NULL: present is 1 */
    double missing;
};

/* A condition on its own: its expression has no other nodes. */
struct condition {
    struct expr x;
    uint32_t root;
    struct leaf leaf[EXPR_MAX_NODES]; /* of each node */
    uint8_t *holds;                   /* of each row */
    uint64_t n_rows;
};

/* ---- Leaves ----------------------------------------------------------------------------------*/

static double leaf_value(const struct expr *x, const struct expr_node *v,
                         const struct index_field *field, uint32_t value)
{
    if (v->op == EXPR_COLUMN)
        return index_number(field, value);
    const struct bytes text = table_value(field->table, field->column, value);
    return text.n == v->text_bytes && memcmp(text.p, x->text + v->text_at, text.n) == 0;
}

/* What the leaf is for each value of its only column. */
static bool fill_values(struct leaf *leaf, const struct expr *x, const struct expr_node *v,
                        const struct index_field *field)
{
    const uint32_t n = field->table->columns[field->column].n_values;
    leaf->missing = v->op == EXPR_COLUMN ? (double)NAN : 0;
    leaf->of_value = malloc((n + 1ull) * sizeof *leaf->of_value);
    if (!leaf->of_value)
        return false;
#pragma omp parallel for schedule(static)
    for (uint32_t value = 0; value < n; value++)
        leaf->of_value[value] = leaf_value(x, v, field, value);
    return true;
}

static void add_column(struct leaf *leaf, const struct index_field *field)
{
    leaf->row_value[leaf->n_columns++] = table_row_values(field->table, field->column);
}

static bool open_leaf(struct condition *c, uint32_t node, const struct index_field *fields)
{
    const struct expr_node *v = &c->x.node[node];
    struct leaf *leaf = &c->leaf[node];
    leaf->is_one = v->op == EXPR_PRESENT || v->op == EXPR_COLUMN || v->op == EXPR_SAME;
    for (uint64_t left = v->op == EXPR_PRESENT ? v->columns : 0; left; left &= left - 1)
        add_column(leaf, &fields[c->x.column[__builtin_ctzll(left)].field]);
    if (v->op != EXPR_COLUMN && v->op != EXPR_SAME)
        return true;
    const struct index_field *field = &fields[c->x.column[v->index].field];
    add_column(leaf, field);
    return fill_values(leaf, &c->x, v, field);
}

static double leaf_at(const struct leaf *leaf, uint64_t row)
{
    if (leaf->of_value) {
        const uint32_t value = leaf->row_value[0][row];
        return value == TABLE_MISSING ? leaf->missing : leaf->of_value[value];
    }
    bool present = true;
    for (uint32_t k = 0; k < leaf->n_columns; k++)
        present = present && leaf->row_value[k][row] != TABLE_MISSING;
    return present;
}

/* ---- Rows ------------------------------------------------------------------------------------*/

/* Decides on the rows [from, from + n), n <= EXPR_LANES. */
static void decide_lanes(const struct condition *c, struct expr_eval *v, uint64_t from, uint32_t n)
{
    for (uint32_t node = 0; node < c->x.n_nodes; node++)
        for (uint32_t i = 0; c->leaf[node].is_one && i < n; i++)
            v->lo[node][i] = v->hi[node][i] = leaf_at(&c->leaf[node], from + i);
    expr_eval_run(v, n);
    for (uint32_t i = 0; i < n; i++)
        c->holds[from + i] = expr_may(v, c->root, i);
}

static bool decide_rows(const struct condition *c, struct err *e)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        struct expr_eval v;
        struct err unused;
        failed = !expr_eval_open(&v, &c->x, &unused);
#pragma omp for schedule(static)
        for (uint64_t from = 0; from < c->n_rows; from += EXPR_LANES) {
            const uint64_t left = c->n_rows - from;
            if (!failed)
                decide_lanes(c, &v, from, left < EXPR_LANES ? (uint32_t)left : EXPR_LANES);
        }
        if (!failed)
            expr_eval_close(&v);
    }
    return !failed || err_set(e, ERR_OS, NULL, "not enough memory for --where");
}

/* The rows for which the condition holds; all of them are no list. */
static bool list_rows(const struct condition *c, struct row_list *list, uint32_t **owned,
                      struct err *e)
{
    uint64_t n = 0;
    for (uint64_t row = 0; row < c->n_rows; row++)
        n += c->holds[row];
    *list = (struct row_list){NULL, n};
    if (n == c->n_rows)
        return true;
    uint32_t *rows = *owned = malloc((n + 1) * sizeof *rows);
    if (!rows)
        return err_set(e, ERR_OS, NULL, "not enough memory for --where");
    n = 0;
    for (uint64_t row = 0; row < c->n_rows; row++)
        if (c->holds[row])
            rows[n++] = (uint32_t)row;
    list->row = rows;
    return true;
}

/* ---- A condition -----------------------------------------------------------------------------*/

static bool condition_open(struct condition *c, const struct query *query, int side,
                           const struct index_field *fields, uint64_t n_rows)
{
    uint32_t *const root = &c->root;
    c->x = query->expr;
    c->root = query->one_sided[side];
    c->n_rows = n_rows;
    expr_trim(&c->x, &root, 1);
    c->holds = malloc(n_rows + 1);
    bool ok = c->holds;
    for (uint32_t node = 0; ok && node < c->x.n_nodes; node++)
        ok = open_leaf(c, node, fields);
    return ok;
}

static void condition_close(struct condition *c)
{
    for (uint32_t node = 0; node < EXPR_MAX_NODES; node++)
        free(c->leaf[node].of_value);
    free(c->holds);
    free(c);
}

static bool decide_side(struct conditions *out, const struct query *query, int side,
                        const struct index_field *fields, uint64_t n_rows, struct err *e)
{
    struct condition *c = calloc(1, sizeof *c);
    if (!c)
        return err_set(e, ERR_OS, NULL, "not enough memory for --where");
    const bool ok = condition_open(c, query, side, fields, n_rows)
                        ? decide_rows(c, e) && list_rows(c, &out->rows[side], &out->owned[side], e)
                        : err_set(e, ERR_OS, NULL, "not enough memory for --where");
    condition_close(c);
    return ok;
}

bool conditions_decide(struct conditions *c, const struct query *query,
                       const struct index_field *fields, const struct table table[2], struct err *e)
{
    bool ok = true;
    for (int side = 0; side < 2 && ok; side++) {
        const uint64_t n_rows = table[side].head->n_rows;
        c->rows[side] = (struct row_list){NULL, n_rows};
        if (query->one_sided[side] == EXPR_NONE)
            continue;
        expr_print(&query->expr, query->one_sided[side], c->text[side], sizeof c->text[side]);
        ok = decide_side(c, query, side, fields, n_rows, e);
    }
    return ok;
}

void conditions_close(struct conditions *c)
{
    free(c->owned[0]);
    free(c->owned[1]);
}

void conditions_drop(struct query *query)
{
    uint32_t *const roots[] = {&query->goal.score, &query->goal.where, &query->asked_where,
                               &query->excluded};
    query->one_sided[0] = query->one_sided[1] = EXPR_NONE;
    expr_trim(&query->expr, roots, sizeof roots / sizeof *roots);
}
