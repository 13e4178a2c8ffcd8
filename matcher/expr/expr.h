/* Expressions: what --score and --where say, as a tree in one flat struct.
 *
 *     0.6 * jaro_winkler(name) + 0.4 * levenshtein(city)
 *     a.zip == b.zip && days(a.born) - days(b.born) < 30
 *
 * Numbers, texts in quotes, columns a.NAME and b.NAME, metrics, + - * /, < <= > >= == !=, && || !,
 * c ? x : y, min max abs sqrt floor ceil, steps(x, w0, t1, w1, …), soft_min(x, y), number() and
 * days() of a column, if_missing(x, v) and missing(x). A rule of --normalize is a function of a
 * column, which cleans it, besides what --normalize says: codes(a.title), sort_words(name).
 * `metric(col)` stands for metric(a.col,
 * b.col). A column in arithmetic is read as a number. A metric of a missing value is 0; a number
 * that is missing or none is no value (NaN), and so is what is computed from it and what is divided
 * by zero; a comparison with no value is false.
 *
 * Missing is, for missing(x) and if_missing(x, v), whatever was computed from something missing:
 *
 *     a number                     never
 *     a metric, a == b of texts    where one of its texts is missing, or it has no value
 *     number(a.x), days(a.x)       where it has no value: missing, or no number
 *     + - * / min steps …          where an operand is missing, or it has no value
 *     < == … && || !               where an operand is missing
 *     c ? x : y                    where c is missing, or the one of x and y that it is
 *     if_missing(x, v)             where x and v both are
 *     missing(x)                   never; of a bare column it asks whether there is a text
 *
 * The struct holds no pointer, so it goes to the workers as it is. Nodes stand after their
 * children: one pass in order evaluates them (expr_interval.h). Here: from text to tree and back.
 * What a threshold asks of each part is expr_bound.h's and expr_cover.h's. */
#ifndef AXB_MATCHER_EXPR_EXPR_H
#define AXB_MATCHER_EXPR_EXPR_H

#include "core/err.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPR_MAX_NODES 1024
#define EXPR_MAX_TERMS 64   /* a set of them is a uint64_t */
#define EXPR_MAX_COLUMNS 64 /* a set of them is a uint64_t */
#define EXPR_MAX_TEXT 8192
#define EXPR_MAX_NUMBERS 2048 /* of all steps */
#define EXPR_NAME_BYTES 256   /* of a name or text in quotes, with its zero byte */
#define EXPR_NONE UINT32_MAX  /* no such node */

enum expr_op {
    /* leaves */
    EXPR_NUMBER,  /* a constant */
    EXPR_TERM,    /* a metric of two columns */
    EXPR_COLUMN,  /* a column read as a number or a date */
    EXPR_SAME,    /* 1 if a column holds this text; 0 also where it is missing */
    EXPR_PRESENT, /* 1 if no text column of a mask is missing */
    /* arithmetic: no value (NaN) gives no value */
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
    EXPR_DIV, /* by zero: no value */
    EXPR_MIN,
    EXPR_MAX,
    EXPR_SOFT_MIN, /* -log2(2^-x + 2^-y) */
    EXPR_NEG,
    EXPR_ABS,
    EXPR_SQRT,
    EXPR_FLOOR,
    EXPR_CEIL,
    EXPR_STEPS, /* a constant for each range of child 0 */
    /* 0 or 1; true is a number that is not 0 */
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_EQ,
    EXPR_NE, /* both have a value, and they differ */
    EXPR_NOT,
    EXPR_AND,
    EXPR_OR,
    EXPR_IF,         /* child 0 ? child 1 : child 2 */
    EXPR_MISSING,    /* child 0 is not true, or child 1 has no value; child 0 is made of child 1 */
    EXPR_IF_MISSING, /* the same of children 0 and 1 ? child 2 : child 1 */
    EXPR_N_OPS,
};

struct expr_node {
    uint16_t op; /* enum expr_op */
    uint16_t n_children;
    uint32_t child[3]; /* nodes, with lower numbers than this one */
    double number;     /* EXPR_NUMBER */
    uint32_t index;    /* of the term or the column; EXPR_SAME: of the column; EXPR_STEPS: of its
                          first number */
    uint32_t n_numbers; /* EXPR_STEPS: number[index .. index + n_numbers) is w0, t1, w1, t2, w2 … */
    uint32_t text_at;   /* EXPR_SAME: text[text_at .. text_at + text_bytes) */
    uint32_t text_bytes;
    uint64_t columns; /* EXPR_PRESENT: bit i stands for column i */
};

/* A metric of two columns; the same metric of the same columns is one term, however often it
 * stands in the expressions. */
struct expr_term {
    uint32_t metric; /* row of metric_at */
    uint32_t view;   /* enum metric_view */
    uint32_t n_args;
    uint32_t column_a, column_b; /* text columns of side 0 and of side 1 */
    double args[METRIC_MAX_ARGS];
    bool bounded; /* of a metric that weighs values: it is known that no pair of the inputs … */
    double most;  /* … exceeds this */
};

struct expr_column {
    uint32_t side;                /* 0: A, 1: B */
    uint32_t kind;                /* INDEX_TEXT, INDEX_NUMBER, INDEX_DAYS (index.h) */
    enum figure_kind figure;      /* as what its values are read; FIGURE_NONE: as texts */
    uint32_t column;              /* in its file */
    enum text_form form;          /* what of its texts is compared, as its metrics say */
    uint32_t rules;               /* flags of functions that clean it: codes(a.title); 0: none */
    uint32_t field;               /* of the index; 0 from the parser, set by query_make */
    uint32_t name_at, name_bytes; /* its name as written, in text */
};

/* Several expressions over the same columns: each is a root among the nodes. */
struct expr {
    uint32_t n_nodes, n_terms, n_columns, n_numbers, text_bytes;
    struct expr_node node[EXPR_MAX_NODES];
    struct expr_term term[EXPR_MAX_TERMS];
    struct expr_column column[EXPR_MAX_COLUMNS];
    double number[EXPR_MAX_NUMBERS]; /* of steps */
    char text[EXPR_MAX_TEXT];        /* of constants and names, not terminated */
};

/* How column names are looked up: column `name` of a side, or false with *e set. */
struct expr_names {
    bool (*find)(void *context, int side, const char *name, uint32_t *column, struct err *e);
    void *context;
    bool as_texts; /* metrics get the texts that a scorer gets, also those of numbers and dates */
};

/* Parses `text` and adds it to *x, which is all zero at first; *root is its node. `what` names the
 * text in errors ("--score"), which show it with a mark under the character where it is wrong.
 * ERR_USAGE, also if *x is full (EXPR_MAX_…). */
bool expr_parse(struct expr *x, const char *text, const char *what, const struct expr_names *names,
                uint32_t *root, struct err *e);

/* The same for the short form: --metric NAME[:ARG] of a column of A and one of B. ERR_USAGE. */
bool expr_from_on(struct expr *x, const char *metric, const char *const column[2],
                  const struct expr_names *names, uint32_t *root, struct err *e);

/* Adds the nodes first && second, and !node. ERR_USAGE if *x is full. */
bool expr_and(struct expr *x, uint32_t first, uint32_t second, uint32_t *root, struct err *e);
bool expr_not(struct expr *x, uint32_t node, uint32_t *root, struct err *e);

/* The metric use of a term. */
struct metric_use expr_use(const struct expr_term *term);

/* Writes the expression below `root` into text[bytes], with no more parentheses than it needs;
 * cut if it is longer. */
void expr_print(const struct expr *x, uint32_t root, char *text, size_t bytes);
void expr_print_term(const struct expr *x, uint32_t term, char *text, size_t bytes);

/* Whether the node is one metric and nothing else. */
static inline bool expr_is_term(const struct expr *x, uint32_t root)
{
    return root != EXPR_NONE && x->node[root].op == EXPR_TERM;
}

#endif
