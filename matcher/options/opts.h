/* The command line, parsed: one member for each option, and the verb.
 *
 * The rows of opts_row.h say which member an option fills in, and how. Not here: the rows, and
 * doing what is asked (run/, command/). */
#ifndef AXB_MATCHER_OPTIONS_OPTS_H
#define AXB_MATCHER_OPTIONS_OPTS_H

#include "core/err.h"
#include "core/log.h"
#include "core/machine/topology.h"
#include "matcher/options/opts_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct command;
struct opts_row;
struct opts_table;

#define OPTS_STRINGS_MAX 16

/* The values of an option that may be given several times, in the order of the command line. */
struct opts_strings {
    const char *text[OPTS_STRINGS_MAX];
    size_t n;
};

/* Which matches are kept, and which records without a match are written: of A, of B, or both; or
 * these alone. */
enum opts_best { OPTS_BEST_ALL, OPTS_BEST_A, OPTS_BEST_B, OPTS_BEST_MUTUAL };
enum opts_unmatched {
    OPTS_UNMATCHED_NONE,
    OPTS_UNMATCHED_A,
    OPTS_UNMATCHED_B,
    OPTS_UNMATCHED_BOTH,
    OPTS_UNMATCHED_ONLY_A,
    OPTS_UNMATCHED_ONLY_B
};
/* How clusters are made, in the order of the choices of --cluster-method. */
enum opts_cluster_method {
    OPTS_CLUSTER_AUTO, /* average with a model, else connected */
    OPTS_CONNECTED,
    OPTS_COMPLETE,
    OPTS_AVERAGE,
    OPTS_BEST_LINK
};
/* Of how many tables the pairs of a file are. */
enum opts_tables { OPTS_TABLES_AUTO, OPTS_TABLES_ONE, OPTS_TABLES_TWO };
enum opts_on_crash { ON_CRASH_STOP, ON_CRASH_SKIP };

/* How files are read. */
struct opts_reading {
    char delimiter; /* 0: sniffed */
    bool header;    /* true; --no-header clears it */
    bool lenient;
    const char *encoding; /* NULL: sniffed */
    uint64_t skip_lines;  /* before the header */
    char comment, escape; /* 0: none */
    const char *nulls;    /* the values that are missing, with commas between them; NULL: none */
};

/* Strings point into argv. An option that is not given leaves its field at zero or at the
 * default. */
struct opts {
    const struct command *command; /* the verb */

    bool brief; /* help: -h, not --help */

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
    double max; /* the greatest score that matches; only if max_given */
    bool max_given;

    const char *pair; /* explain: I,J */

    const char *id;   /* COL[=BCOL] */
    const char *keep; /* COL[,COL…], "a.COL" or "b.COL" for one side only */

    struct opts_strings normalize;  /* RULES, or COL:RULES */
    struct opts_strings replace;    /* [COL:]/PATTERN/REPLACEMENT/FLAGS */
    struct opts_strings synonyms;   /* [COL:]FILE */
    struct opts_strings stop_words; /* [COL:]FILE */
    const char *decimal; /* '.' or ',', or col:SIGN[,col:SIGN]; NULL: found in each column */
    const char *dates;   /* dmy, mdy, ymd or a format, or col:ORDER[,col:ORDER]; NULL: found */

    uint64_t top, top_b; /* 0: all */
    enum opts_best best;
    bool one_to_one, optimal;
    bool keep_placeholders;
    bool dedupe; /* of learn: the files are one table */
    enum opts_unmatched unmatched;
    bool linked;
    bool across;          /* of several files: pairs of different files alone */
    const char *clusters; /* FILE, or NULL */
    enum opts_cluster_method cluster_method;
    double cluster_floor; /* of OPTS_AVERAGE: what a pair counts at least */
    bool cluster_floor_given;
    uint64_t min_cluster;        /* of fewer records none is written */
    uint64_t max_cluster;        /* 0: no limit */
    const char *golden;          /* FILE, or NULL */
    struct opts_strings records; /* FILEs of the records that pairs name */
    enum opts_tables tables;
    struct opts_strings golden_rule; /* RULE, or COL:RULE */
    bool golden_rows;                /* in place of values the rows that have them */

    struct opts_strings kind; /* learn: COL=KIND[,COL=KIND] */

    const char *output; /* NULL: stdout */
    const char *format; /* name of an output format, NULL: csv */
    bool output_terms;  /* a column for each term */
    bool count;
    const char *histogram;       /* FILE for the histogram of the scores, or NULL */
    uint64_t bins;               /* of it, at most; 0: HISTOGRAM_USUAL */
    const char *resume;          /* FILE of the journal, or NULL */
    uint64_t checkpoint_seconds; /* between two lines of the journal; default 10 */

    const char *shard; /* "I/N", "auto/N" or "auto", or NULL */
    bool missing;
    const char *range;   /* merge: "I/N", or NULL */
    const char *prepare; /* FILE to write a prepared run to, or NULL */
    const char *slurm;   /* FILE to write a job script to, or NULL */
    bool verify;         /* true: all bytes of a prepared run first; --no-verify clears it */
    uint64_t parts;      /* mpi: of the run; 0: as many as suit it */
    bool keep_parts;

    unsigned workers; /* 0: one for each core that we are allowed */
    enum topo_bind bind;
    bool plan;
    bool prune;              /* true; --no-prune clears it */
    const char *algorithm;   /* name of the join to use, for measurements; NULL: the fastest */
    uint64_t audit;          /* rows of A to audit; 0: none */
    uint64_t seed;           /* that picks them; 0: by the clock */
    uint64_t max_results;    /* 0: no limit */
    size_t max_memory_bytes; /* 0: no limit but the machine's */
    bool sandbox;            /* around user code */
    enum opts_on_crash on_crash;
    const char *rejects;         /* FILE, or NULL */
    uint64_t max_rejects;        /* default 1000 */
    double pair_timeout_seconds; /* 0: none */

    struct opts_reading reading;         /* of all files; use opts_reading */
    struct opts_reading reading_side[2]; /* what is said of A alone, of B alone */
    const char *mended;                  /* FILE for the records that --lenient mended, or NULL */

    enum log_level level;
    enum log_progress progress;
    const char *stats;  /* FILE.json */
    const char *report; /* FILE.html, or NULL */

    const char *errors;               /* FILE for the false and the missed pairs, or NULL */
    const char *cluster_column;       /* of PAIRS; NULL: its header decides */
    const char *truth_cluster_column; /* of TRUTH */

    const char *truth;   /* FILE of labelled pairs */
    const char *columns; /* COL[,COL…] that are compared (learn), or shown (review); NULL: all */
    double threshold;    /* near which pairs are asked first; only if threshold_given */
    bool threshold_given;
    uint64_t sample; /* pairs to be labelled in all; default 200 */
    bool again;      /* pairs that are labelled are asked again */

    bool json;          /* what is printed for people, as JSON */
    bool svg;           /* the same, as a drawing */
    unsigned report_fd; /* descriptors of the program that started us; 0: none */
    unsigned alive_fd;
    const char *called_as; /* what the page of --report shows as the command; NULL: the words */

    struct opts_words *words; /* the command as it was most likely meant; corrected by whoever finds
                                 a mistake; NULL: nobody wants to know */
};

/* Parses the command line. The error has all that is wrong with it (err_add), each with what was
 * most likely meant, and o->words the whole command as it was meant; o->command is NULL only if the
 * verb is unknown. ERR_USAGE. opts_free is due in any case. */
bool opts_parse(struct opts *o, const struct opts_table *table, int argc, char **argv,
                struct err *e);
void opts_free(struct opts *o);

/* How the file of a side, 0 (A) or 1 (B), is read: what is said of it, else what is said of all. */
struct opts_reading opts_reading(const struct opts *o, int side);

/* Is the run done in parts, by --shard or by a job script? */
bool opts_in_parts(const struct opts *o);

/* Refuses options for B alone where there is one file. ERR_USAGE. */
bool opts_refuse_side_b(const struct opts *o, struct err *e);

/* Is `score` (an argument of --score) a scorer: does it end in .c, .cc, .cpp, .cxx, .so or .py, or
 * is it fd:N? */
bool opts_is_scorer_file(const char *score);

/* Is `score` a model: does it end in .axb? */
bool opts_is_model_file(const char *score);

/* Refuses a file that is to be written if it is read as well, or written by another option.
 * ERR_USAGE. */
bool opts_check_files(const struct opts *o, struct err *e);

/* Writes the inputs, and the options of rows that are `wanted` and not at their default, each after
 * a blank and as a shell reads it. */
void opts_print_words(const struct opts *o, bool (*wanted)(const struct opts_row *row), FILE *out);

/* The command that explains a pair of this run, without its --pair: "axb explain A.csv B.csv
 * --score my.c", as a shell reads it. Malloced; NULL without memory. */
char *opts_explain_command(const struct opts *o);

/* Has the option a value that is not its default? */
bool opts_differs(const struct opts *o, const struct opts_row *row);

/* Prints the command line in a line of its own, so that a shell reads it as it was. */
void opts_print_command(int argc, char **argv, FILE *out);

#endif
