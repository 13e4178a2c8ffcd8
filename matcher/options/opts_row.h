/* The rows of options and of verbs, and the table of both.
 *
 * Parsing (opts.c), help, the man page and completion (cmd_help.c), the identity of a run and the
 * command that explains a pair follow from the rows. The rows of options are in opts_table.c, those
 * of verbs each in the file of its verb, matcher/command/cmd_*.c. */
#ifndef AXB_MATCHER_OPTIONS_OPTS_ROW_H
#define AXB_MATCHER_OPTIONS_OPTS_ROW_H

#include "core/err.h"
#include "core/log.h"

#include <stdbool.h>
#include <stddef.h>

struct opts;

#define OPTS_VALUE_BYTES 32u

struct opts_row;

/* How the values of an option are read and written; one row each in opts_kind.c. */
struct opts_kind {
    /* Reads `value` (NULL for a flag) into the field. ERR_USAGE if the row does not allow it. */
    bool (*read)(void *field, const struct opts_row *row, const char *value, struct err *e);

    /* The value as text, in `text` or in the field, as `read` takes it; NULL: a text that was not
     * given. */
    const char *(*print)(const struct opts_row *row, const void *field,
                         char text[OPTS_VALUE_BYTES]);

    /* What a message asks for: "a number such as 0.9". NULL: the row's argument. */
    const char *(*needs)(const struct opts_row *row);

    /* What a value that `read` refuses was most likely meant to be, in text. NULL: never known. */
    bool (*repair)(const char *value, char text[OPTS_VALUE_BYTES]);
};

extern const struct opts_kind kind_flag, kind_unflag; /* set and clear a bool */
extern const struct opts_kind kind_string;            /* const char *, given once at most */
extern const struct opts_kind kind_strings;           /* struct opts_strings: several times */
extern const struct opts_kind kind_number;            /* double, not NaN */
extern const struct opts_kind kind_seconds;           /* double, finite, at least 0 */
extern const struct opts_kind kind_count;             /* uint64_t: 12, 12k, 12M, 12G */
extern const struct opts_kind kind_unsigned;          /* unsigned, 1 to 65535 */
extern const struct opts_kind kind_size;              /* size_t bytes: 512M, 2GiB */
extern const struct opts_kind kind_char;              /* char, or its name: tab, comma … */
extern const struct opts_kind kind_choice;            /* enum: the place in the row's choices */
extern const struct opts_kind kind_level;             /* enum log_level: the row's level */

/* What an option is about. A verb takes all options of the topics that its row names. A new option
 * names its topic, or several, and a new verb its topics; neither names the other. */
enum opts_topic {
    OPTS_INPUT = 1 << 0,    /* how files are read */
    OPTS_COMPARE = 1 << 1,  /* comparing, whatever gives the score */
    OPTS_SCORE = 1 << 2,    /* what the score of a pair is */
    OPTS_PAIR = 1 << 3,     /* which pair */
    OPTS_RUN = 1 << 4,      /* comparing all pairs, and what is written of them */
    OPTS_OUTPUT = 1 << 5,   /* where it is written */
    OPTS_WORKERS = 1 << 6,  /* how many, and where */
    OPTS_PROGRESS = 1 << 7, /* the line that says how far it is */
    OPTS_MESSAGES = 1 << 8, /* how much is said */
    OPTS_JSON = 1 << 9,     /* printing for programs what is printed for people */
    OPTS_STARTER =
        1 << 10,           /* what only programs that start axb give; the man page alone shows it */
    OPTS_WHICH = 1 << 11,  /* which pairs are scored, which of them match, and their ids */
    OPTS_CHOOSE = 1 << 12, /* which matches are kept */
    OPTS_LINK = 1 << 13,   /* the same, of two tables */
    OPTS_CLUSTER = 1 << 14, /* groups of records, of the pairs that a run finds */
    OPTS_GROUPS = 1 << 15,  /* how groups of records are made, wherever the pairs come from */
    OPTS_PAIRS = 1 << 16,   /* pairs that come from a file, and their records */
    OPTS_EVAL = 1 << 17,    /* what is measured against a truth */
    OPTS_LEARN = 1 << 18,   /* which model is learned */
    OPTS_REVIEW = 1 << 19,  /* which pairs a person is asked about, and how they are shown */
    OPTS_SCORES = 1 << 20,  /* the scores of all pairs that match, counted */
    OPTS_REPORT = 1 << 21,  /* a page that shows what was done */
    OPTS_DRAW = 1 << 22,    /* drawing what is printed for people */
    OPTS_MERGE = 1 << 23,   /* what is made of shards */
    OPTS_PREPARE = 1 << 24, /* preparing a run */
    OPTS_PART = 1 << 25,    /* doing a prepared run, or a part of it */
    OPTS_MPI = 1 << 26,     /* doing it as a job of Open MPI */
};

struct opts_row {
    const char *group;           /* the heading under which help shows it */
    const char *name;            /* without "--" */
    char letter;                 /* 0: none */
    const char *argument;        /* what help calls the value; NULL: the option takes none */
    const char *help;            /* use opts_help */
    const char *brief;           /* for -h: at most 48 bytes; NULL: not in -h */
    const char *(*choose)(void); /* in place of help: names that a table elsewhere has */
    bool many;                   /* a list, which may be given several times; else once */
    const char *several;         /* what to do instead of giving it twice; NULL: nothing */
    const char *elsewhere;       /* what to do in a command that lacks it; NULL: nothing */
    enum opts_topic topic;
    bool in_identity; /* the output of a run depends on it */
    bool in_explain;  /* the score of a pair depends on it: `axb explain` must be given it too */
    const struct opts_kind *kind;
    size_t offset;       /* of the field in struct opts */
    size_t given;        /* offset of a bool that says that it was given; 0: none */
    bool from_one;       /* of kind_count: 0 is refused */
    const char *choices; /* of kind_choice: "core|pu|numa|none" */
    enum log_level level;
    bool sided;         /* --a-NAME and --b-NAME are for one file; the field is in opts.reading */
    bool columns;       /* for completion: it names columns … */
    const char *offers; /* … or takes such values, "a|b|c", and others */
};

/* The options that a row makes: itself, and of a sided one those for A and for B. */
enum opts_variant { OPTS_BOTH, OPTS_A, OPTS_B, OPTS_VARIANTS };

#define OPTS_NAME_BYTES 40u

/* The name of such an option, without "--"; NULL if the row makes none. */
const char *opts_name(const struct opts_row *row, enum opts_variant v, char name[OPTS_NAME_BYTES]);

#define OPTS_MANY SIZE_MAX /* as max_inputs: no limit */

/* A verb: what it takes, what help says of it, and the function that does it. */
struct command {
    const char *name;      /* "match", or of a family "data load" */
    const char *arguments; /* as usage shows them */
    size_t min_inputs, max_inputs;
    unsigned topics;      /* of options, enum opts_topic */
    const char *what;     /* one line */
    const char *examples; /* lines, each a command */
    const char *more;     /* a paragraph for the verb's own help, or "" */
    bool for_programs;    /* no person calls it: the list of verbs leaves it out */
    bool scorer_first;    /* the first argument is a scorer, not a table */
    /* Adds to *e (err_add) what is missing in the options, or contradicts. Called before run, and
     * even if the command line has other mistakes, so that all are shown at once. NULL: nothing
     * to check. */
    void (*check)(const struct opts *o, struct err *e);
    bool (*run)(const struct opts *o, struct err *e);
};

/* All that a command line may say. */
struct opts_table {
    const struct opts_row *rows;           /* up to the one without a name */
    const struct command *const *commands; /* in the order of help, up to NULL */
    const struct command *help;    /* of "help ...", "--help" and "VERB --help"; its inputs are what
                                      followed "help", or the verb */
    const struct command *version; /* of "--version" */
};

extern const struct opts_row opts_rows[]; /* up to the one without a name */
extern const char *const opts_groups[];   /* in the order of help, up to NULL */

/* Does the verb take the option? */
bool opts_takes(const struct command *command, const struct opts_row *row);

/* Is `name` a family: do verbs begin with it and a space, as "data load" does with "data"? */
bool opts_is_family(const struct opts_table *table, const char *name);

/* The verb named `first`, or `first` and `second` (NULL: none). NULL with ERR_USAGE, which lists
 * the verbs. */
const struct command *opts_find_command(const struct opts_table *table, const char *first,
                                        const char *second, struct err *e);

/* Says that no verb has this name (second: of a family, or NULL). */
void opts_unknown_verb(const struct opts_table *table, const char *first, const char *second,
                       struct err *e);

/* The row of an option by its name; NULL: none. */
const struct opts_row *opts_find_row(const char *name);

/* What help says of an option. */
const char *opts_help(const struct opts_row *row);

/* Value i of an option as its kind prints it: of most kinds the first is the only one. NULL after
 * the last, and for a text that was not given. */
const char *opts_value(const struct opts *o, const struct opts_row *row, size_t i,
                       char text[OPTS_VALUE_BYTES]);

#endif
