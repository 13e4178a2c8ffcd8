/* Options and verbs of other tools that people give out of habit, and what axb has in their place.
 *
 * For messages alone: none of these is a verb of axb, nor an option of the verbs that take what
 * stands in its place. */
#ifndef AXB_MATCHER_OPTIONS_OPTS_FOREIGN_H
#define AXB_MATCHER_OPTIONS_OPTS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

struct opts_foreign {
    const char *name;    /* without "--" */
    const char *instead; /* what to write in its place, such as "min"; NULL: nothing does this */
    const char *value;   /* the value of that; NULL: the one that the user gave */
    bool takes_value;    /* does the foreign option take one? */
    const char *says;    /* one sentence; NULL: the help of `instead` */
};

/* The row of a name of n bytes, or NULL. */
const struct opts_foreign *opts_foreign_find(const char *name, size_t n);

/* All rows, from 0; NULL after the last. */
const struct opts_foreign *opts_foreign_at(size_t i);

/* A verb of other tools. */
struct opts_foreign_verb {
    const char *name;
    const char *instead; /* the verb of axb that does this, or is the nearest to it */
    const char *says;    /* one sentence */
};

/* The row of a name, or NULL; and all rows, from 0, NULL after the last. */
const struct opts_foreign_verb *opts_foreign_verb_find(const char *name);
const struct opts_foreign_verb *opts_foreign_verb_at(size_t i);

#endif
