/* What opts.c and opts_mistakes.c share, and nobody else sees: the walk through a command line. */
#ifndef AXB_MATCHER_OPTIONS_OPTS_INTERNAL_H
#define AXB_MATCHER_OPTIONS_OPTS_INTERNAL_H

#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

struct walk {
    struct opts *o;
    const struct opts_table *table;
    int argc, at; /* argv[at] is being read */
    char **argv;
    const char **given;         /* for each row and variant its value, "" of a flag; NULL: none */
    const struct opts_row *row; /* whose value argv[at - 1] is; or NULL */
    bool lost;                  /* an unknown option may have taken an argument */
    struct err *e;              /* all that was found */
};

/* Each adds what is wrong to w->e, and corrects w->o->words where it can. */

/* The verb does not exist, or stands in another place. */
void mistake_verb(const struct opts_table *table, struct opts *o, int argc, char **argv,
                  struct err *e);

/* `text` ("min=0.9") has no row. Returns the row that was meant, to go on with, or NULL; then
 * nothing is known of what follows. */
const struct opts_row *mistake_option(struct walk *w, const char *text);
void mistake_letter(struct walk *w, char letter);
/* "-min" in place of "--min": n bytes of text are its name. */
void mistake_dash(struct walk *w, const char *text, size_t n);

/* The option has no value. */
void mistake_no_value(struct walk *w, const struct opts_row *row);

/* Its kind refuses the value. attached: it stands in one word with the option. */
void mistake_value(struct walk *w, const struct opts_row *row, const char *value, bool attached,
                   const struct err *wrong);
void mistake_twice(struct walk *w, const struct opts_row *row, const char *first,
                   const char *second);

/* One argument too many, or too few. */
void mistake_surplus(struct walk *w, const char *text);
void mistake_missing_input(struct walk *w);

#endif
