/* The command line, parsed: one member for each option, and the verb.
 *
 * The rows of opts_row.h say which member an option fills in, and how. Not here: the rows, and
 * doing what is asked (run/, command/). */
#ifndef AXB_MATCHER_OPTIONS_OPTS_H
#define AXB_MATCHER_OPTIONS_OPTS_H

#include "core/err.h"
#include "core/log.h"
#include "core/topology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct command;
struct opts_table;

enum opts_on_crash { ON_CRASH_STOP, ON_CRASH_SKIP };

/* Strings point into argv. An option that is not given leaves its field at zero or at the
 * default. */
struct opts {
    const struct command *command; /* the verb */

    const char **inputs; /* the arguments that are no options; malloced by opts_parse */
    size_t n_inputs;

    const char *on;     /* COL or COL=BCOL */
    const char *metric; /* NAME or NAME:ARG, NULL: jaro_winkler; only with on */
    const char *score;  /* expression, or file.c, file.cpp, file.so, file.py */
    const char *where;  /* expression, or NULL */
    const char *python; /* that runs a .py; NULL: python3 */
    const char *libs;   /* for the linker of a .c or .cpp; NULL: none */
    double min;         /* the threshold; only if min_given */
    bool min_given;

    const char *pair; /* explain: I,J */

    const char *id;        /* COL[=BCOL] */
    const char *keep;      /* COL[,COL…], "a.COL" or "b.COL" for one side only */
    const char *normalize; /* LIST, or col:LIST[,col:LIST] */

    const char *output; /* NULL: stdout */
    const char *format; /* name of an output format, NULL: csv */
    bool output_terms;  /* a column for each term */
    bool count;
    const char *resume;          /* FILE of the journal, or NULL */
    uint64_t checkpoint_seconds; /* between two lines of the journal; default 10 */

    const char *shard; /* "I/N" or "auto", or NULL */

    unsigned workers; /* 0: one for each core that we are allowed */
    enum topo_bind bind;
    bool plan;
    bool prune;              /* true; --no-prune clears it */
    const char *join;        /* --join NAME forces one, for measurements */
    uint64_t audit;          /* rows of A to audit; 0: none */
    uint64_t seed;           /* that picks them; 0: by the clock */
    uint64_t max_results;    /* 0: no limit */
    size_t max_memory_bytes; /* 0: no limit but the machine's */
    bool sandbox;            /* around user code */
    enum opts_on_crash on_crash;
    const char *rejects;         /* FILE, or NULL */
    uint64_t max_rejects;        /* default 1000 */
    double pair_timeout_seconds; /* 0: none */

    char delimiter; /* 0: by the file's name */
    bool header;    /* true; --no-header clears it */
    bool lenient;
    const char *encoding; /* of the files; NULL: UTF-8 */

    enum log_level level;
    enum log_progress progress;
    const char *stats; /* FILE.json */

    bool json;          /* what is printed for people, as JSON */
    unsigned report_fd; /* descriptors of the program that started us; 0: none */
    unsigned alive_fd;
};

/* Parses the command line. For an unknown verb or option the error names the nearest that exist.
 * For a missing or surplus argument it shows the verb's usage line. ERR_USAGE. opts_free is due in
 * any case. */
bool opts_parse(struct opts *o, const struct opts_table *table, int argc, char **argv,
                struct err *e);
void opts_free(struct opts *o);

/* Is `score` (an argument of --score) a scorer: does it end in .c, .cc, .cpp, .cxx, .so or .py, or
 * is it fd:N? */
bool opts_is_scorer_file(const char *score);

/* Refuses a file that is to be written if it is read as well, or written by another option.
 * ERR_USAGE. */
bool opts_check_files(const struct opts *o, struct err *e);

/* The command that explains a pair of this run, without its --pair: "axb explain A.csv B.csv
 * --score my.c", as a shell reads it. Malloced; NULL without memory. */
char *opts_explain_command(const struct opts *o);

/* Prints the command line in a line of its own, so that a shell reads it as it was. */
void opts_print_command(int argc, char **argv, FILE *out);

#endif
