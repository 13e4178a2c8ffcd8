/* What --normalize, --replace, --synonyms and --stop-words say of each column.
 *
 *     --normalize casefold,space              all compared columns
 *     --normalize 'name:casefold+space'       one column; its own rules replace those of all
 *     --normalize 'name:casefold,space'       the same: a rule without a colon goes on with the
 * item
 *     --normalize 'name=customer:punct'       a column that B calls otherwise; a.name, b.customer
 *     --normalize 'casefold,zip:none'         all but one
 *     --replace 'name:/pattern/text/'         of one column, beside those of all
 *     --stop-words 'name:FILE'
 *
 * Each option may be given several times. Columns are named as column_list.h says. Not here: what
 * the rules do (data/clean/text_rules.h). */
#ifndef AXB_MATCHER_INPUTS_CLEANING_H
#define AXB_MATCHER_INPUTS_CLEANING_H

#include "core/err.h"
#include "data/clean/text_rules.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLEANING_ITEMS_MAX 128u

/* One thing that an option says of some columns. */
struct cleaning_item {
    const char *option; /* "--normalize", for messages */
    bool all;           /* of all columns of both sides */
    bool every[2];      /* "*:", "a.*:": of all columns of a side */
    bool of[2];         /* of a column of a side … */
    uint32_t column[2]; /* … which is this one */
    bool used;          /* such a column is compared */

    uint32_t flags; /* of --normalize; of the others one of these: */
    const struct text_replace *replace;
    const struct text_words *synonyms, *stops;
};

/* Zeroed: nothing is cleaned. */
struct cleaning {
    struct cleaning_item item[CLEANING_ITEMS_MAX];
    size_t n;
    struct text_replace *replace[OPTS_STRINGS_MAX]; /* owned; items point to them */
    struct text_words synonyms[OPTS_STRINGS_MAX], stops[OPTS_STRINGS_MAX];
    struct text_words nicknames, suffixes; /* filled when a rule asks for them … */
    uint32_t filled;                       /* … flags of those that have asked */
};

/* Reads the options, files and all, into a zeroed *c, which must not move afterwards.
 * cleaning_close is due even after a failure. ERR_USAGE, ERR_DATA, ERR_NOINPUT, ERR_OS. */
bool cleaning_make(struct cleaning *c, const struct opts *o, const struct sources *s,
                   struct err *e);

/* Fills the lists that rules of these flags read, each once. ERR_OS. */
bool cleaning_fill_lists(struct cleaning *c, uint32_t flags, struct err *e);

/* The rules of a column that is compared; what says so is marked as used. */
struct text_rules cleaning_rules(struct cleaning *c, int side, uint32_t column);

/* Says which items are about columns that are not compared, and so do nothing. */
void cleaning_note_unused(const struct cleaning *c, const struct sources *s);

void cleaning_close(struct cleaning *c);

#endif
