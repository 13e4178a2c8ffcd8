/* Scorers: the user's own function, from source to a module that workers call.
 *
 * A .c file is compiled, together with row types made from the CSV headers and the loop over many
 * B for one A, into a module that stands nowhere in the file system: in a private directory that
 * is gone before the call returns, then in a sealed memfd. A .so is taken as it is. The coordinator
 * never loads it: a throw-away child does so first, checks the ABI and reports the fields; then
 * each worker loads it. Not here: calling it (worker.c). */
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
};

/* The column names of the two files, as load_open gives them. */
struct scorer_headers {
    char *const *names_a;
    size_t n_a;
    char *const *names_b;
    size_t n_b;
};

struct scorer {
    int fd;           /* the module: a sealed memfd, or the .so opened read-only; -1 when closed */
    const char *path; /* the user's file, as given; "the expression" */
    struct scorer_field *fields; /* in the module's order; only those that the code really uses */
    size_t n_fields;
    uint64_t fingerprint;
    uint64_t source_fingerprint; /* of the source as the compiler reads it, with all that it
                              includes; 0: it was compiled by others */
    char *where;                 /* AXB_WHERE, or NULL */
    uint64_t prepared_bytes;     /* of a record; 0: nothing is prepared */
    bool monotone;               /* AXB_MONOTONE is there … */
    int terms_fd; /* … and this the module by which it is used: scorer_needs; else -1 */
    double compile_seconds;
};

/* Of a scorer that says AXB_MONOTONE: what --min asks of its metrics, as an expression for --where
 * that all pairs with a score of at least `min` satisfy ("" if it asks nothing); malloced, the
 * caller frees it. ERR_SCORER if the claim is found wrong. */
bool scorer_needs(const struct scorer *s, const struct scorer_headers *headers, double min,
                  char **where, struct err *e);

/* Compiles and loads `path` in throw-away children. Compiler errors come in e->text with the
 * user's own file and line. Errors: ERR_NOINPUT no such file, ERR_UNAVAILABLE no compiler,
 * ERR_SCORER does not compile, lacks `score`, other ABI, crashes while loading. */
bool scorer_make(const char *path, const struct scorer_headers *headers, struct scorer *s,
                 struct err *e);

/* The same for a goal with a score over these columns, which expr_source_possible; the module's
 * score is NaN where the goal's `where` is not true. Errors: ERR_UNAVAILABLE no compiler,
 * ERR_SOFTWARE it does not compile. */
bool scorer_make_expression(const struct expr *x, const struct expr_goal *goal,
                            const struct scorer_headers *headers, struct scorer *s, struct err *e);
void scorer_close(struct scorer *s);

/* The C names made for the columns of one side, for `axb check`: writes n names, each malloced. */
bool scorer_c_names(char *const *names, size_t n, char **c_names, struct err *e);

/* In a worker: loads the module from the descriptor. It stays loaded until the process ends. */
bool scorer_attach(int fd, const axb_module **module, struct err *e);

/* The metrics behind axb.h need the words that ids stand for: set once in a worker. */
struct dictionary;
void scorer_bind_words(const struct dictionary *words);

/* Children of scorer_make, called by `axb worker compile …` and `axb worker probe …`; the return
 * value is the exit status. */
int scorer_compile_child(int argc, char **argv);
int scorer_probe_child(int argc, char **argv);
int scorer_terms_child(int argc, char **argv); /* of scorer_needs: `axb worker terms …` */

#endif
