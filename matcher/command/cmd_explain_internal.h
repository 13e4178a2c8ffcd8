/* What `axb explain` knows of a pair, and prints as text (cmd_explain.c) or as JSON
 * (cmd_explain_json.c). */
#ifndef AXB_MATCHER_COMMAND_CMD_EXPLAIN_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_EXPLAIN_INTERNAL_H

#include "matcher/expr/expr_interval.h"
#include "matcher/expr/expr_leaves.h"
#include "matcher/run/run.h"

#include <stdio.h>

struct explain {
    struct run *r;
    const struct query *query;
    const struct expr *x;
    FILE *out; /* of the text */
    uint32_t row[2];
    struct terms terms;
    struct expr_eval eval;  /* the pair, in lane 0 … */
    struct expr_eval probe; /* … and one to ask for needs */
    double term[EXPR_MAX_TERMS];
    double score; /* NaN: no value */
    bool where;   /* --where holds, or was not given */
};

/* A column that is compared: of the file, and the field of the index; as a text or a figure. */
struct explain_column {
    uint32_t side, column, field;
    enum figure_kind figure;
    uint32_t rules; /* of the functions that clean it in the expression */
    const char *name;
};

/* Its value in the pair, as it stands in the file and as it is compared. */
struct explain_values {
    bool there, left; /* it is not missing; it is not missing where it is compared */
    bool same;
    bool has_value; /* a figure can be read of it; true of a text */
    struct bytes original, compared;
};

/* What a rule made of a value that it changed. */
struct explain_step {
    const char *rule;
    struct text_part text; /* malloced */
};

/* A part of a node: an addend of a sum, a condition of a conjunction, or a child. */
struct explain_part {
    uint32_t node;
    char sign; /* '+', '-', or 0 */
};

/* The columns that are compared, b.name right after a.name; malloced. ERR_OS. */
bool explain_columns(const struct explain *x, struct explain_column **columns, size_t *n,
                     struct err *e);
struct explain_values explain_values(const struct explain *x, const struct explain_column *c);

/* How the rules of its column made the compared value of the original, step by step; malloced, and
 * freed by explain_steps_free. ERR_OS. */
bool explain_steps(const struct explain *x, const struct explain_column *c,
                   const struct explain_values *v, struct explain_step **steps, size_t *n,
                   struct err *e);
void explain_steps_free(struct explain_step *steps, size_t n);

/* The id of a row, if records have ids; false if they have none, or it is missing. */
bool explain_id(const struct explain *x, int side, struct bytes *id);

/* The parts of a node that are worth a line each, how many. */
size_t explain_parts(const struct expr *x, uint32_t node, struct explain_part part[EXPR_MAX_NODES]);
/* Is the value of this operation true or false? */
bool explain_is_truth(uint32_t op);

/* The text, to x->out: all but what would become of the pair in a run, and that; this comes last,
 * since it evaluates the pair in steps. */
bool explain_print(struct explain *x, struct err *e);
void explain_print_plan(struct explain *x);

/* With --score model.axb: what each column adds, in place of the terms and the tree. */
void explain_print_model(const struct explain *x);
/* The same as JSON; NULL without memory. */
struct json_t *explain_model_json(const struct explain *x);

bool explain_print_json(struct explain *x, struct err *e);

/* Is --min or --max given? */
bool explain_is_bounded(const struct explain *x);

#endif
