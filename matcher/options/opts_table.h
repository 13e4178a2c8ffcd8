/* The rows of options and verbs, shared by parsing (opts.c) and help (opts_help.c). */
#ifndef AXB_MATCHER_OPTIONS_OPTS_TABLE_H
#define AXB_MATCHER_OPTIONS_OPTS_TABLE_H

#include "matcher/options/opts.h"

enum opts_kind {
    OPTS_FLAG,     /* sets a bool */
    OPTS_UNFLAG,   /* clears a bool */
    OPTS_STRING,   /* const char * */
    OPTS_NUMBER,   /* double, with min_given */
    OPTS_COUNT,    /* uint64_t, 12, 12k, 12M, 12G */
    OPTS_UNSIGNED, /* unsigned, at least 1 */
    OPTS_SECONDS,  /* double, at least 0 */
    OPTS_SIZE,     /* size_t bytes, 512M, 2GiB */
    OPTS_CHAR,     /* char, \t is a tab */
    OPTS_CHOICE,   /* an enum: place in the list of choices + base */
    OPTS_LEVEL,    /* enum log_level: the row's base */
};

/* Verbs that take an option, as bits. */
#define OPTS_ON(verb) (1u << (verb))
#define OPTS_RUN (OPTS_ON(VERB_MATCH) | OPTS_ON(VERB_DEDUPE))
#define OPTS_SCORE (OPTS_RUN | OPTS_ON(VERB_EXPLAIN))
#define OPTS_WORK (OPTS_RUN | OPTS_ON(VERB_CHECK))
#define OPTS_READ (OPTS_SCORE | OPTS_WORK)
#define OPTS_FILE (OPTS_READ | OPTS_ON(VERB_DATA_LOAD)) /* reading of files */
#define OPTS_RESULT (1u << 31) /* not a verb: what is written depends on this option */

struct opts_row {
    const char *group;    /* heading under which help shows it */
    const char *name;     /* without "--" */
    char letter;          /* 0: none */
    const char *argument; /* "" for flags */
    const char *help;
    unsigned verbs;
    enum opts_kind kind;
    size_t offset; /* in struct opts */
    int base;
    const char *choices; /* "core|pu|numa|none" */
};

#define OPTS_MANY SIZE_MAX /* as max_inputs: as many as there are */

struct opts_verb_row {
    const char *name; /* one word or two, "data load" */
    enum opts_verb verb;
    const char *arguments; /* as usage shows them */
    size_t min_inputs, max_inputs;
    const char *what;     /* one line */
    const char *examples; /* lines, each a command */
    const char *more;     /* a paragraph for the verb's own help, or "" */
};

extern const struct opts_row opts_rows[];
extern const size_t n_opts_rows;
extern const struct opts_verb_row opts_verbs[];
extern const size_t n_opts_verbs;

/* Texts made from the rows; malloced, NULL without memory. `verb` VERB_NONE: of the whole program.
 */
char *opts_help_text(enum opts_verb verb);
char *opts_help_family(const char *word); /* of all verbs that begin with this word */
char *opts_man_text(void);
char *opts_completion_text(void); /* for bash */

#endif
