/* What the files of `axb help` share: help (cmd_help.c), the man page (cmd_help_man.c) and shell
 * completion (cmd_help_complete.c). All follow from the rows of verbs and options. */
#ifndef AXB_MATCHER_COMMAND_CMD_HELP_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_HELP_INTERNAL_H

#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>

#define HELP_OPTION_BYTES 80u

/* "-o, --output FILE" */
void help_option_text(const struct opts_row *row, char text[HELP_OPTION_BYTES]);

/* What is said of it at length. */
#define HELP_TEXT_BYTES 700u
const char *help_text(const struct opts_row *row, char text[HELP_TEXT_BYTES]);

/* Does a person give the option to the verb? What only programs give stands in the man page. */
bool help_is_for_people(const struct command *c, const struct opts_row *row);

/* The next group of options in the order of help: NULL gives the first; NULL after the last. */
const char *help_next_group(const char *group);

/* Exit statuses as users read them, from 0; false after the last. */
bool help_status(size_t i, int *status, const char **what);

/* At most so many example lines, each in at most `width` columns: what is too wide goes on in the
 * next line, as a shell reads it. */
void help_put_examples(FILE *f, const char *lines, size_t most, int width);

void help_put_man(FILE *f);

/* Completion for "bash", "zsh" or "fish". False for another shell. */
bool help_put_completion(FILE *f, const char *shell);

#endif
