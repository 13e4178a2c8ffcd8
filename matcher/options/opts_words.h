/* The command as it was most likely meant: the words of the command line, corrected where a mistake
 * was found and what was meant can be guessed.
 *
 * A message shows it below the mistakes ("try: axb match …"), to be copied. It is never run. Where
 * nobody keeps the words, w is NULL, and the functions do nothing. Not here: what a mistake is
 * (opts_mistakes.c, command/, run/). */
#ifndef AXB_MATCHER_OPTIONS_OPTS_WORDS_H
#define AXB_MATCHER_OPTIONS_OPTS_WORDS_H

#include "data/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct opts_row;

struct opts_words {
    const char **word; /* n words; the first is "axb"; NULL: left out */
    size_t n, capacity;
    bool guessed; /* something was corrected … */
    bool unsure;  /* … but not all that is wrong */
    struct arena arena;
};

/* Begins with argv, of which nothing is copied. False without memory. opts_words_free is due in any
 * case. */
bool opts_words_open(struct opts_words *w, int argc, char **argv);
void opts_words_free(struct opts_words *w);

/* One word in place of that at `at` (which may be n: at the end). NULL leaves it out. The text is
 * copied. */
void opts_words_set(struct opts_words *w, size_t at, const char *text);

/* Puts a word before that at `at`. */
void opts_words_insert(struct opts_words *w, size_t at, const char *text);

/* Gives an option this value: in place of the one that it has, or at the end. */
void opts_words_give(struct opts_words *w, const struct opts_row *row, const char *value);

/* Leaves an option out, with its value. */
void opts_words_drop(struct opts_words *w, const struct opts_row *row);

/* A copy of a text that lives as long as the words do; NULL without memory. */
const char *opts_words_keep(struct opts_words *w, const char *text);

/* Do the words give the option, with a value or without? */
bool opts_words_have(const struct opts_words *w, const struct opts_row *row);

/* Says that something is wrong and nothing is known in its place. */
void opts_words_unknown(struct opts_words *w);

/* Prints the command as a shell reads it. False, with nothing printed, if it is not known, or is
 * the one that was given. */
bool opts_words_print(const struct opts_words *w, FILE *out);
/* Prints it whether it was corrected or not. */
void opts_words_print_all(const struct opts_words *w, FILE *out);

/* Writes a word so that a shell reads it as it is, in quotes only if it must be. */
void opts_words_put(const char *text, FILE *out);

#endif
