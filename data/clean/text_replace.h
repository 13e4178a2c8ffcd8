/* Replacing by regular expressions, over PCRE2: /PATTERN/REPLACEMENT/FLAGS.
 *
 * The delimiter is the first character: one of / | # ! ~ % @ ; and, in the pattern and in the
 * replacement, a backslash before it makes it an ordinary character. Every match is replaced. Of
 * the flags, "i" ignores case, "x" ignores blanks in the pattern. Patterns and texts are UTF-8, and
 * \w, \d, \s and \b are those of Unicode. In the replacement $1 and ${name} are groups, $0 is the
 * match, and \U, \L, \E change case. A match may take a bounded number of steps, so that no pattern
 * hangs. */
#ifndef AXB_DATA_CLEAN_TEXT_REPLACE_H
#define AXB_DATA_CLEAN_TEXT_REPLACE_H

#include "core/err.h"
#include "data/clean/text_buffer.h"

#include <stdbool.h>

struct text_replace; /* const once it is made, and shared by all threads */

/* Does an argument begin with a delimiter? */
bool text_replace_begins(const char *text);

/* Compiles `text`; ERR_USAGE with the place in the pattern, ERR_OS without memory. */
struct text_replace *text_replace_new(const char *text, struct err *e);
void text_replace_free(struct text_replace *r);

/* What a thread needs while it matches; zeroed to begin with. `failed` is the rule that exceeded
 * its steps, on the value that begins with `value`. */
struct text_replace_scratch {
    void *matches; /* pcre2_match_data */
    const struct text_replace *failed;
    int status;
    char value[64];
};

void text_replace_scratch_free(struct text_replace_scratch *s);

/* Writes `in`, which is valid UTF-8, with all matches replaced; false without memory, or when
 * s->failed says why. What is written is valid UTF-8. */
bool text_replace_run(const struct text_replace *r, struct text_part in,
                      struct text_replace_scratch *s, struct text_buffer *out);

/* The error of s->failed. */
bool text_replace_fault(const struct text_replace_scratch *s, struct err *e);

#endif
