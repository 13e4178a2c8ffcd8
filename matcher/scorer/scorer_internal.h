/* scorer_internal.h: what the files of the scorer share.
 *
 *   scorer.c            the coordinator's side: from a path to a checked module
 *   scorer_child.c      its two children: one compiles, one probes
 *   scorer_module.c     what a module says of itself, checked
 *   scorer_compile.c    running the compiler
 *   scorer_messages.c   what the compiler says, in the user's terms
 *   scorer_build_dir.c  where that reads and writes
 *   scorer_source.c     which columns a source uses, and the module's own source
 *   scorer_names.c      C names for columns
 *   scorer_from_expr.c  the source of an expression
 *   scorer_monotone.c   what AXB_MONOTONE is worth
 *   scorer_metrics.c    the metrics of axb.h
 *   scorer_tile.c       the same for a tile of pairs at once
 *   scorer_raised.c     exceptions of C++
 *   scorer_python.c     a Python function as a scorer
 *
 * The source made of an expression takes the road of a user's file, but that it is handed over as
 * text and with the list of its fields. */
#ifndef AXB_MATCHER_SCORER_SCORER_INTERNAL_H
#define AXB_MATCHER_SCORER_SCORER_INTERNAL_H

#include "matcher/scorer/scorer.h"

#include "core/process.h"
#include "matcher/index/index.h"
#include "matcher/scorer/scorer_monotone_abi.h"

#include <stdio.h>
#include <sys/types.h>

#define SCORER_MAX_PREPARED 65536u
#define SCORER_MAX_FIELDS 512u

_Static_assert(SCORER_MAX_FIELDS == INDEX_MAX_FIELDS, "each field of a scorer is one of the index");
_Static_assert(SCORER_MAX_FIELDS >= EXPR_MAX_COLUMNS, "a scorer reads what an expression reads");
_Static_assert(AXB_MAX_TERMS <= EXPR_MAX_TERMS, "what a scorer claims is an expression");

/* Texts that the program carries inside itself (cmake/embed.cmake). */
extern const char scorer_axb_h[], scorer_bits_h[], scorer_loop_h[], scorer_guard_h[],
    scorer_terms_h[], scorer_terms_abi_h[], scorer_tile_h[], scorer_tile_abi_h[];

/* What a source is written in. */
enum scorer_language { SCORER_C, SCORER_CXX };

/* That of a file, by its name (scorer.c). */
enum scorer_language scorer_language(const char *path);

/* ---- Names (scorer_names.c) ------------------------------------------------------------------*/

/* The C names of both sides, against which a source is written. */
struct scorer_names {
    struct scorer_headers headers;
    char **c_names[2];
};

bool scorer_names_open(struct scorer_names *names, const struct scorer_headers *headers,
                       struct err *e);
void scorer_names_close(struct scorer_names *names);

static inline size_t scorer_columns(const struct scorer_headers *h, uint32_t side)
{
    return side ? h->n_b : h->n_a;
}

static inline char *const *scorer_header(const struct scorer_headers *h, uint32_t side)
{
    return side ? h->names_b : h->names_a;
}

/* The column that a module's field means: the first of that name; or the third for "#3" if no
 * column is called so. False if no column is meant. */
bool scorer_resolve(const struct scorer_headers *h, uint32_t side, const char *column,
                    uint32_t *index);

/* ---- Source (scorer_source.c) ----------------------------------------------------------------*/

/* A member that the source writes in other case than the C name of its column. */
#define SCORER_MAX_ALIASES 16u
struct scorer_alias {
    struct scorer_field field;
    char name[80]; /* as the source has it, with _number or _days */
};

/* What the preprocessed source of the user says. */
struct scorer_use {
    bool score;                                    /* something called `score` is declared */
    bool header;                                   /* our axb.h is included */
    bool where;                                    /* AXB_WHERE is used */
    bool monotone;                                 /* AXB_MONOTONE is used */
    bool prepared;                                 /* AXB_PREPARED is used */
    bool bare_texts;                               /* texts are declared without a value */
    bool narrow;                                   /* a wide scan would find more */
    struct scorer_field fields[SCORER_MAX_FIELDS]; /* side A first, by column */
    uint32_t n_fields;
    struct scorer_alias alias[SCORER_MAX_ALIASES];
    uint32_t n_aliases;
};

/* Scans `cc -E` output, ended by a zero byte. Tokens of system headers (line markers with flag 3)
 * do not count. A column is used if its C name, or that with _number or _days, follows `.` or `->`.
 * But in `a->name.id` (and .p, .n) the id is that of the text, not a column, unless `wide`. So a
 * scorer that compares ids takes no field for nothing if the files have a column `id`. */
bool scorer_scan(const char *text, bool wide, const struct scorer_names *names,
                 struct scorer_use *use, struct err *e);

/* Takes a member that no column of the side is called as one that differs from it in case alone.
 * False if none does, or several do. */
bool scorer_use_alias(struct scorer_use *use, const struct scorer_names *names, uint32_t side,
                      const char *member);

/* Writes the header that our axb.h includes at its end: the types of the rows, and the loop. */
bool scorer_write_rows(FILE *out, const struct scorer_use *use, const struct scorer_names *names,
                       struct err *e);

/* Writes the source of the module of the user's file at the absolute path `user`. It is C and C++
 * at the same time. */
void scorer_write_module(FILE *out, const char *user, const struct scorer_use *use);

/* The same two of the module that scorer_needs asks (scorer_monotone_probe.h). */
void scorer_write_terms_rows(FILE *out, const struct scorer_use *use,
                             const struct scorer_names *names);
void scorer_write_terms(FILE *out, const char *user, const struct scorer_use *use);

/* FNV-1a over `cc -E` output without its line markers; never 0. */
uint64_t scorer_source_fingerprint(const char *text);

/* FNV-1a (Fowler, Noll, Vo) over side, kind and column of each field; never 0. */
uint64_t scorer_fingerprint(const axb_field *fields, size_t n);

/* ---- Build directory (scorer_build_dir.c) ----------------------------------------------------*/

/* Makes the directory for a compilation: one without a name if the system allows that, else `name`.
 * Its path goes to dir[bytes]. It exists as long as this process lives. May move this process into
 * namespaces of its own, so only a throw-away process may call it. */
bool scorer_build_dir_open(const char *name, char *dir, size_t bytes, struct err *e);

/* ---- Compiler (scorer_compile.c) -------------------------------------------------------------*/

/* A source that stands in no file: one of our own making, and what it reads; or one of the user's,
 * `given`, that a descriptor held. text is NULL if a user's file is compiled. */
struct scorer_generated {
    const char *text; /* ended by a zero byte */
    bool given;
    const struct scorer_field *fields;
    uint32_t n_fields;
};

/* A compilation in a build directory, by a process that leads its own process group. */
struct scorer_compile {
    const char *name; /* to be removed; may not exist */
    const char *dir;
    const char *user;  /* absolute path of the user's file; "" for a generated source */
    const char *shown; /* what messages call it */
    bool given;        /* user is a copy in `dir` of what a descriptor held */
    enum scorer_language language;
    const char *libs; /* of --libs; "": none */
    struct scorer_generated generated;
    int coordinator_fd; /* the pipe to the coordinator, which is gone when nobody reads it */
    const struct scorer_names *names;
    uint64_t *source_fingerprint; /* out: of what is compiled */
};

/* Compiles c->user to "module.so" in c->dir; if it has AXB_MONOTONE and reads metrics alone, also
 * to "terms.so". Warnings for the user go to *notes (malloced, may be NULL). If the coordinator
 * dies meanwhile, removes the directory and ends the whole process group. */
bool scorer_compile(const struct scorer_compile *c, char **notes, struct err *e);

/* Removes the directory with all that is in it, even while a compiler still writes there. */
void scorer_remove_dir(const char *dir);

/* Reads a whole file of at most 256 MiB. A zero byte follows. The caller frees it. */
bool scorer_read_file(const char *path, char **text, size_t *n, struct err *e);

/* ---- Messages (scorer_messages.c) ------------------------------------------------------------*/

/* What the compiler wrote to "messages" in the build directory, without what is about our own
 * files. Malloced. */
bool scorer_read_messages(const struct scorer_compile *c, char **text, struct err *e);

/* The next member that a message misses, from *at on; *at is after it then. */
bool scorer_next_missing(const char **at, uint32_t *side, char *name, size_t bytes);

/* The error for a compiler that ended with this status. Returns false. */
bool scorer_compiler_failed(const struct scorer_compile *c, int status, struct err *e);

/* ---- Reports of the children (scorer_child.c, scorer.c) --------------------------------------*/

/* The first bytes on the pipe from a child; `bytes` more follow. These are: of a compilation its
 * notes; of a probed module for each of n_fields its side and kind (a byte each) and its column,
 * ended by a zero byte, then its `where`, if it has_where; of terms a struct scorer_claim. */
struct scorer_report {
    struct err error; /* status ERR_NONE: all is well */
    uint32_t n_fields;
    uint32_t flags;
    uint32_t has_where;
    uint32_t unused;
    uint64_t prepared_bytes;
    uint64_t fingerprint; /* of a compilation: of the source */
    uint64_t bytes;
};

/* Descriptors of the children. */
enum scorer_child_fd { CHILD_FD_MODULE = 3, CHILD_FD_REPORT, CHILD_FD_HEADERS, CHILD_FD_TERMS };

/* Sends the report to the coordinator. Returns the exit status. */
int scorer_send_report(struct scorer_report *r, const char *more, size_t n);

/* A child that runs ourselves as `axb worker WHAT A [B]`, and its report (scorer.c). */
struct scorer_child {
    struct proc proc;
    int pipe; /* on which it reports */
    struct scorer_report report;
    char *more; /* report.bytes bytes, and a zero byte; malloced */
    bool whole; /* the whole report came */
    bool late;  /* it did not come in time */
};

/* ---- What a module says of itself (scorer_module.c) ------------------------------------------*/

/* Is the module built for this axb, and can its fields be true? */
bool scorer_check_module(const axb_module *m, struct err *e);

/* The report on a checked module. Its n bytes *more are malloced. */
void scorer_fill_report(struct scorer_report *r, const axb_module *module, char **more, size_t *n);

/* The error for a column that a scorer reads and that the file of that side has not. */
bool scorer_unknown_column(const struct scorer *s, const struct scorer_headers *h, uint32_t side,
                           const char *column, struct err *e);

/* Takes a whole report over into *s, with the columns that it names. ERR_SCORER if it cannot be
 * true. */
bool scorer_take_report(struct scorer *s, const struct scorer_child *c,
                        const struct scorer_headers *h, struct err *e);

/* What AXB_MONOTONE is worth, as the child of scorer_needs found. Follows its report. */
struct scorer_claim {
    struct axb_terms terms;     /* if `broken`, with the values of a counterexample */
    double need[AXB_MAX_TERMS]; /* 0: nothing is asked */
    uint32_t broken;            /* the claim does not hold: … */
    uint32_t which;             /* … when this term rises from its value … */
    double risen;               /* … to this … */
    double before, after;       /* … the score falls from before to after */
    uint32_t never;             /* no pair can reach the threshold */
};

/* Makes the `where` of scorer_needs from it. `status` is how the child ended
 * (scorer_monotone.c). */
bool scorer_take_claim(const struct scorer *s, const struct scorer_child *c, int status,
                       const struct scorer_headers *h, char **where, struct err *e);

/* ---- Children of the coordinator (scorer.c) --------------------------------------------------*/

/* `fd` becomes CHILD_FD_MODULE. The others, unless -1, become CHILD_FD_HEADERS and
 * CHILD_FD_TERMS. */
bool scorer_child_start(struct scorer_child *c, const char *what, const char *a, const char *b,
                        const int fds[3], struct err *e);
void scorer_child_read(struct scorer_child *c, double seconds);
/* Waits for the child's end: with `group` as long as it takes, then ends all that it started;
 * without, for some seconds, then ends it. Returns its status. */
int scorer_child_reap(struct scorer_child *c, bool group);
/* The error for a child of which proc_not_loaded is true. */
bool scorer_child_not_loaded(const struct scorer *s, struct err *e);
void scorer_child_close(struct scorer_child *c);

/* ---- Python (scorer_python.c) ----------------------------------------------------------------*/

/* Is this what the Python package ships? */
bool scorer_is_shipment(int fd);

/* Makes a scorer of the shipment in `fd`, which the caller closes. ERR_SCORER if the function reads
 * a column that does not exist; ERR_SOFTWARE if it is no shipment. */
bool scorer_make_python(struct scorer *s, int fd, const struct scorer_headers *headers,
                        struct err *e);
/* Has `python` (NULL: python3) make a shipment of the file, and makes a scorer of that. */
bool scorer_make_python_file(struct scorer *s, const char *path, const char *python,
                             const struct scorer_headers *headers, struct err *e);

/* ---- Metrics (scorer_metrics.c) --------------------------------------------------------------*/

/* The dictionary of scorer_bind_dictionary, or NULL. */
const struct dictionary *scorer_dictionary(void);

/* A text of a record, as metrics take it. */
static inline struct text scorer_text(const struct dictionary *dictionary, axb_str s)
{
    const uint64_t begin = dictionary->begin[s.id - 1];
    return (struct text){
        .codes = dictionary->codes + begin * dictionary->width,
        .n = (uint32_t)(dictionary->begin[s.id] - begin),
        .width = dictionary->width,
        .utf8 = s.p,
        .utf8_bytes = s.n,
        .id = s.id,
    };
}

/* ---- Expressions (scorer_from_expr.c) --------------------------------------------------------*/

/* The C source of an expression is what a user would have written with axb.h. Its result is that of
 * the evaluation (expr_interval.h) to the last bit, NaN where `where` is not true. Metrics are
 * called only where their value is wanted, and once a pair. What needs no call has no branches, so
 * that numeric expressions become vector code in the loop of the module (scorer_loop.h). Compiling
 * it is scorer_make_expression's (scorer.h). */

/* Does axb.h have a function for each term of the goal? It has none for similarity and
 * normalized_distance; such expressions, and very long ones, are evaluated as they are. */
bool expr_source_possible(const struct expr *x, const struct expr_goal *goal);

/* Writes the source for a goal with a score that is possible; goal->threshold is not looked at. */
void expr_source_write(FILE *out, const struct expr *x, const struct expr_goal *goal,
                       const struct scorer_names *names);

/* The fields that it reads: at most EXPR_MAX_COLUMNS; returns how many. */
uint32_t expr_source_fields(const struct expr *x, const struct expr_goal *goal,
                            struct scorer_field *fields);

#endif
