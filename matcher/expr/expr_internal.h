/* What the files of the parser share, and nobody else includes: expr_lexer.c takes characters and
 * says what is wrong with them, expr_tree.c adds to the expression, expr_operand.c reads what
 * stands between operators, expr_parse.c reads the operators. Those that return false have set
 * *s->e. */
#ifndef AXB_MATCHER_EXPR_EXPR_INTERNAL_H
#define AXB_MATCHER_EXPR_EXPR_INTERNAL_H

#include "matcher/expr/expr.h"
#include "matcher/index/index.h"

#define EXPR_TOO_LONG "write it as a scorer in C"

/* The text that is being read: `p` is where, `what` names it in errors ("--score"). */
struct parser {
    struct expr *x;
    const char *what, *text, *p;
    const struct expr_names *names;
    struct err *e;
    unsigned depth;
};

enum operand_kind { OPERAND_VALUE, OPERAND_FIELD, OPERAND_TEXT };

/* What a part of the text stands for: a value (a node), a column that is not read yet, or a text
 * in quotes. */
struct operand {
    enum operand_kind kind;
    uint32_t node;                /* OPERAND_VALUE */
    uint32_t side, column;        /* OPERAND_FIELD: column in its file */
    uint32_t rules;               /* OPERAND_FIELD: of the functions that clean it */
    uint32_t text_at, text_bytes; /* OPERAND_TEXT: its text; OPERAND_FIELD: its name; in the pool */
    const char *at;               /* where it begins, for messages */
};

/* ---- Characters (expr_lexer.c) ---------------------------------------------------------------*/

/* Sets the error, with the text around `at` and a mark below that place. Returns false. */
__attribute__((format(printf, 4, 5))) bool lexer_fail(const struct parser *s, const char *at,
                                                      const char *hint, const char *format, ...);
#ifdef __clang_analyzer__ /* which looks at one file at a time, as in err.h */
#define lexer_fail(...) (lexer_fail(__VA_ARGS__) && false)
#endif

/* Adds the place to an error that something else has set. Returns false. */
bool lexer_fail_there(const struct parser *s, const char *at);

void lexer_skip_blanks(struct parser *s);

/* Takes a token if it stands next. */
bool lexer_accept(struct parser *s, const char *token);

/* Takes a token that must stand next; `what` is what else could stand there. */
bool lexer_expect(struct parser *s, const char *token, const char *what);

/* Takes the end of a call or of what stands in parentheses. */
bool lexer_expect_close(struct parser *s);

/* What to write where no operator stands; other languages have other ones. */
const char *lexer_operator_hint(const struct parser *s, const char *p);

bool lexer_is_word(char c); /* may stand in a name without quotes */
bool lexer_is_quote(char c);

/* Takes a name, or what stands in quotes, into name[EXPR_NAME_BYTES]. */
bool lexer_read_name(struct parser *s, const char *what, char *name);

/* ---- The tree (expr_tree.c) ------------------------------------------------------------------*/

bool tree_add_node(struct parser *s, struct expr_node node, struct operand *out);
bool tree_add_number(struct parser *s, double number, struct operand *out);
bool tree_add_inner(struct parser *s, enum expr_op op, uint32_t n, const struct operand *child,
                    struct operand *out);

/* Puts a text into the pool, once. */
bool tree_add_text(struct parser *s, const char *text, uint32_t *at, uint32_t *bytes);

/* The column of the expression for a field read as `kind` (INDEX_…), whose values are those of
 * `figure`, in a form. Each exists once: apart from it, the same field may be compared as a text,
 * or in another form. */
bool tree_add_column(struct parser *s, const struct operand *field, uint32_t kind,
                     enum figure_kind figure, enum text_form form, uint32_t *column);

/* The node of a metric of two fields, one of each side. */
bool tree_add_term(struct parser *s, const struct metric_use *use, const struct operand field[2],
                   struct operand *out);

/* The truth that what is in *of is not missing, but for its value: see EXPR_MISSING. One
 * EXPR_PRESENT, most often. A bare column is read as text. */
bool tree_add_present(struct parser *s, struct operand *of, struct operand *out);

/* False if the operand is a text in quotes, which has no value. */
bool tree_check_no_text(const struct parser *s, const struct operand *o);

/* Makes a value of an operand: a column that stands where a number is wanted is read as one. */
bool tree_to_value(struct parser *s, struct operand *o, uint32_t kind);

/* ---- Operands (expr_operand.c) ---------------------------------------------------------------*/

/* Takes "a." or "b." in front of a column. Returns its side, or -1 if neither stands there. */
int operand_read_side(struct parser *s);
bool operand_read_field(struct parser *s, int side, const char *at, struct operand *out);
bool operand_read_text(struct parser *s, struct operand *out);
bool operand_read_number(struct parser *s, struct operand *out);

/* Reads a call from after its "(": a metric or a function. `at` is where its name begins. */
bool operand_read_call(struct parser *s, const char *name, const char *at, struct operand *out);

/* ---- Operators (expr_parse.c) ----------------------------------------------------------------*/

/* Reads a whole expression, up to what cannot belong to it. */
bool parse_value(struct parser *s, struct operand *out);

#endif
