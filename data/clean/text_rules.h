/* How the values of a column are cleaned before they are compared: rules, and what they do.
 *
 * A rule is a row of text_rules_table. The rows stand in the order in which rules apply, whatever
 * the order in which a user names them:
 *
 *     invisible        first, since nobody sees what it removes
 *     replace          on the text as people see it in the file
 *     nfkc … casefold  one way to write each letter
 *     synonyms … company-suffixes   words, while points and ampersands still tell S.A. from a & b
 *     punct … space    what separates words
 *     codes, no-codes  which words are kept, when words are what they will be
 *     sort-words       last
 *
 * Rules apply to distinct values, in parallel; the same text always gives the same text. Not here:
 * single characters (data/text.h), lists of words (data/clean/text_words.h), regular expressions
 * (data/clean/text_replace.h), and what options say which column is cleaned how
 * (inputs/cleaning.h).
 */
#ifndef AXB_DATA_CLEAN_TEXT_RULES_H
#define AXB_DATA_CLEAN_TEXT_RULES_H

#include "core/err.h"
#include "data/clean/text_latin.h"
#include "data/clean/text_replace.h"
#include "data/clean/text_words.h"
#include "data/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Flags beside those of data/text.h. */
enum {
    TEXT_RULES_LATIN = 1 << 16,
    TEXT_RULES_NICKNAMES = 1 << 17,
    TEXT_RULES_SUFFIXES = 1 << 18,
    TEXT_RULES_SORT = 1 << 19,
    TEXT_RULES_REPLACE = 1 << 20, /* these three are set by lists, not by --normalize */
    TEXT_RULES_SYNONYMS = 1 << 21,
    TEXT_RULES_STOPS = 1 << 22,
    TEXT_RULES_CODES = 1 << 23,
    TEXT_RULES_NO_CODES = 1 << 24,
};

/* Rules that keep some of the words alone: nobody wonders where nothing is left of a text. */
#define TEXT_RULES_SELECT (TEXT_RULES_CODES | TEXT_RULES_NO_CODES)

#define TEXT_RULES_LISTS 16u /* most regular expressions, and most files of each kind */

/* The rules of a column; const once they are made. Zeroed: none. What they point to is borrowed,
 * and shared by all threads. */
struct text_rules {
    uint32_t flags; /* all that apply */
    uint32_t n_replaces, n_synonyms, n_stops;
    const struct text_replace *replace[TEXT_RULES_LISTS];
    const struct text_words *synonyms[TEXT_RULES_LISTS];
    const struct text_words *stops[TEXT_RULES_LISTS];
    const struct text_words *nicknames, *suffixes; /* with their flags */
};

/* ---- Names -----------------------------------------------------------------------------------*/

struct text_rules_row {
    const char *name;
    const char *what;   /* for people; at most 60 columns */
    const char *others; /* what people call it, for suggestions; "" */
    uint32_t flags;
    const char *option; /* NULL: it is named in --normalize; else the option that gives it */
};

#define TEXT_RULES_MAX 18u /* rows of the table, with the last, which has no name */

/* In the order in which they apply. */
extern const struct text_rules_row text_rules_table[];

/* Parses names of rules of n bytes, joined by "+" or ",", with blanks around them, into flags;
 * "none" is none. ERR_USAGE: each unknown rule is added to the findings of *e, which the caller has
 * set to zero before, with the rule that is meant; and a list of all. */
bool text_rules_parse(const char *list, size_t n, uint32_t *flags, struct err *e);

/* Is this text of n bytes the name of a rule, or several of them joined by "+"? */
bool text_rules_known(const char *name, size_t n);

/* The names of the rules of --normalize, each with a comma before it but the first. */
const char *text_rules_names(void);

/* The flags of the rule of --normalize that a function of expressions is called like, with "_" for
 * "-": "sort_words"; 0: none is. */
uint32_t text_rules_of_function(const char *name);

/* The option that gave these rules, for messages: "--normalize" if that did. */
const char *text_rules_option(const struct text_rules *r);

/* Are both the same rules? */
bool text_rules_equal(const struct text_rules *x, const struct text_rules *y);

/* ---- Use -------------------------------------------------------------------------------------*/

/* Memory that a thread uses again and again; zeroed to begin with. */
struct text_rules_scratch {
    struct text_buffer buffer[2];
    struct text_words_scratch words;
    struct text_replace_scratch replace;
    struct text_latin latin;
    struct text_part *sort; /* words */
    size_t sort_capacity;
};

void text_rules_scratch_free(struct text_rules_scratch *s);

/* Cleans `in`, which is valid UTF-8; *out lies in the scratch until the next call. False without
 * memory, or when the scratch holds a fault. */
bool text_rules_apply(const struct text_rules *r, struct text_part in, struct text_rules_scratch *s,
                      struct text_part *out);

/* Sets *e to the fault that made text_rules_apply fail: what of a regular expression took too many
 * steps, or what ICU says. False: there is none, memory was lacking. */
bool text_rules_fault(const struct text_rules_scratch *s, struct err *e);

/* The rules without those that come after a row of the table: what a text is after that row. */
struct text_rules text_rules_upto(const struct text_rules *r, const struct text_rules_row *row);

#endif
