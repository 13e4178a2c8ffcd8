/* Scorers: the user's own function, from source to a module that workers call.
 *
 * A .c or .cpp file is compiled together with row types made from the CSV headers and the loop over
 * many B for one A. The module has no name in the file system: it is made in a private directory,
 * which is gone before the call returns, and then kept in a sealed memfd. A .so is taken as it is.
 * The coordinator never loads a module. A throw-away child loads it first, checks the ABI and
 * reports the fields; then each worker loads it. Not here: calling it (worker_loop.c, refine.c). */
#ifndef AXB_MATCHER_SCORER_SCORER_H
#define AXB_MATCHER_SCORER_SCORER_H

#include "core/axb.h"
#include "core/err.h"
#include "matcher/expr/expr_bound.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A field that a scorer reads, by its place in the file's header. */
struct scorer_field {
    uint32_t side;   /* 0: A, 1: B */
    uint32_t kind;   /* AXB_TEXT, AXB_NUMBER, AXB_DAYS */
    uint32_t column; /* index in that file */
    bool exact;      /* never normalized: it is no text in the scorer's language */
};

/* The column names of both files, as load_open gives them. */
struct scorer_headers {
    char *const *names_a;
    size_t n_a;
    char *const *names_b;
    size_t n_b;
};

struct scorer {
    int fd;           /* the module: a sealed memfd, or the .so opened read-only; -1 when closed */
    const char *path; /* the user's file, as given; "the expression" */
    struct scorer_field *fields; /* in the module's order; only those that the code reads */
    size_t n_fields;
    uint64_t fingerprint;
    uint64_t source_fingerprint; /* of the preprocessed source; 0: others compiled it */
    char *where;                 /* AXB_WHERE, or NULL */
    uint64_t prepared_bytes;     /* of a record; 0: nothing is prepared */
    bool monotone;               /* it has AXB_MONOTONE … */
    int terms_fd;                /* … and this is the module that scorer_needs asks; else -1 */
    char *name;                  /* a Python function: its name; else NULL … */
    char *python;                /* … the interpreter that workers are … */
    char *package;               /* … and the folder of its package axb */
    double compile_seconds;
};

/* For a scorer with AXB_MONOTONE: what --min asks of its metrics, as an expression for --where that
 * is true for all pairs with a score of at least `min` ("" if it asks nothing). Malloced, the
 * caller frees it. ERR_SCORER if the claim is found wrong. */
bool scorer_needs(const struct scorer *s, const struct scorer_headers *headers, double min,
                  char **where, struct err *e);

/* What the user names besides the file; NULL: nothing. Borrowed. */
struct scorer_tools {
    const char *python; /* that runs a .py file; NULL: python3 */
    const char *libs;   /* of --libs: arguments for the linker, between blanks; NULL: none */
};

/* Compiles and loads `path` in throw-away children. Compiler errors are in e->text, with the user's
 * own file and line. `tools` NULL: none are named. "fd:7:NAME" is what descriptor
 * 7 holds (core/inherited.h): C source, which messages call NAME, or a Python function that the
 * package has shipped (scorer_python_module.h). ERR_NOINPUT: no such file. ERR_USAGE: libraries for
 * what is not compiled. ERR_UNAVAILABLE: no compiler, no Python. ERR_SCORER: it does not compile,
 * lacks `score`, has another ABI, crashes while loading, or reads a column that no file has. */
bool scorer_make(const char *path, const struct scorer_tools *tools,
                 const struct scorer_headers *headers, struct scorer *s, struct err *e);

/* The same for a Python function that takes an item; `path` is "fd:7". */
bool scorer_make_map(const char *path, struct scorer *s, struct err *e);

/* The same for a goal with a score over these columns, if expr_source_possible. The module's score
 * is NaN where the goal's `where` is not true. ERR_UNAVAILABLE: no compiler. ERR_SOFTWARE: it does
 * not compile. */
bool scorer_make_expression(const struct expr *x, const struct expr_goal *goal,
                            const struct scorer_headers *headers, struct scorer *s, struct err *e);
void scorer_close(struct scorer *s);

/* Is the file compiled by axb: does its name end in .c, .cc, .cpp or .cxx? */
bool scorer_is_source(const char *path);

/* For `axb check`: the C names of the columns of one side. Writes n names, each malloced. */
bool scorer_c_names(char *const *names, size_t n, char **c_names, struct err *e);

/* In a worker: loads the module from the descriptor. It stays loaded until the process ends. */
bool scorer_attach(int fd, const axb_module **module, struct err *e);

/* Sets the dictionary in which the functions of axb.h look up ids; once in a worker. Borrowed. */
struct dictionary;
void scorer_bind_dictionary(const struct dictionary *dictionary);

/* Says that the arrays b, as a module takes them, have n <= SCORER_TILE_ROWS records of B, and stay
 * as they are until the next call in this thread: `match` of a module that axb has compiled may
 * then compute metrics for all of them at once. With n = 0 nothing is said of any. To be called
 * again when their contents change, and before they are freed. */
#define SCORER_TILE_ROWS 1024u
void scorer_bind_tile(const void *const *b, uint32_t n);

/* Sets who hears of a C++ exception that leaves the user's code, before the process aborts; once in
 * a worker. `type` is its type, `what` its what() or "". */
typedef void scorer_raised_fn(void *context, const char *type, const char *what);
void scorer_bind_raised(scorer_raised_fn *raised, void *context);

/* The children of scorer_make: `axb worker compile …` and `axb worker probe …`. Return the exit
 * status. */
int scorer_compile_child(int argc, char **argv);
int scorer_probe_child(int argc, char **argv);
int scorer_terms_child(int argc, char **argv); /* of scorer_needs: `axb worker terms …` */

#endif
