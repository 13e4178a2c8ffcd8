/* Suggestions for a name that was mistyped: the names that are most like it, for messages alone. */
#ifndef AXB_CORE_SUGGEST_H
#define AXB_CORE_SUGGEST_H

#include <stddef.h>

/* Writes "name, name, …" of the given names into text[bytes], in their order: at most `most` of
 * them (all if most is 0), those that are nearest to `wanted` by edit distance without regard to
 * case. Returns text. */
char *suggest_names(const char *wanted, const char *const *names, size_t n, size_t most, char *text,
                    size_t bytes);

/* The one of the names that `wanted` was most likely meant to be: at most a third of its letters
 * are wrong (one of four, two of five), case and the signs between words aside, and no other is as
 * near. NULL: none. */
const char *suggest_nearest(const char *wanted, const char *const *names, size_t n);

/* Writes a hint into text[bytes]: "did you mean NAME?", else "nearest: NAME, NAME" of up to three
 * names of which at most half the letters are wrong, else nothing; and then `more`, unless it is
 * NULL. Returns text. */
char *suggest_hint(const char *wanted, const char *const *names, size_t n, const char *more,
                   char *text, size_t bytes);

#endif
