/* The man page axb(1): `axb help --man`. Verbs, options and exit statuses follow from their rows;
 * what no row says is text, in matcher/man/axb.1.in. */
#include "matcher/command/cmd_help_internal.h"

#include "core/string_builder.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_COLUMNS 68

extern const char man_axb[]; /* matcher/man/axb.1.in, embedded */

/* Writes text for troff: dashes, backslashes and dots at the begin of a line are escaped. */
static void put_troff(FILE *f, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\\')
            fputs("\\e", f);
        else if (*c == '-')
            fputs("\\-", f);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            fprintf(f, "\\&%c", *c);
        else if (*c == '\n' && c[1] == '\n') {
            fputs("\n.PP\n", f);
            c++;
        } else {
            fputc(*c, f);
        }
    }
}

/* Lines that are too wide go on in the next, as in help. */
static void put_example_lines(FILE *f, const char *lines)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        help_put_examples(out, lines, SIZE_MAX, EXAMPLE_COLUMNS);
    char *text = string_builder_end(&b);
    fputs("\n.PP\n.nf\n.RS 2\n", f);
    put_troff(f, text ? text : "");
    fputs(".RE\n.fi\n", f);
    free(text);
}

static void put_verb(FILE *f, const struct command *c)
{
    fprintf(f, ".SS axb %s ", c->name);
    put_troff(f, c->arguments);
    fprintf(f, "\n%c", toupper((unsigned char)c->what[0]));
    put_troff(f, c->what + 1);
    fputs(".\n", f);
    put_troff(f, c->more);
    put_example_lines(f, c->examples);
}

/* The verbs that take an option, "match, dedupe". */
static void option_verbs(const struct opts_row *row, char *text, size_t bytes)
{
    size_t n = 0;
    text[0] = 0;
    for (const struct command *const *at = command_table.commands; *at && n < bytes; at++)
        if (opts_takes(*at, row))
            n += (size_t)snprintf(text + n, bytes - n, "%s%s", n ? ", " : "", (*at)->name);
}

static void put_option(FILE *f, const struct opts_row *row)
{
    char text[HELP_OPTION_BYTES], verbs[200];
    help_option_text(row, text);
    option_verbs(row, verbs, sizeof verbs);
    fputs(".TP\n.B ", f);
    put_troff(f, text + strspn(text, " "));
    fputc('\n', f);
    char help[HELP_TEXT_BYTES];
    put_troff(f, help_text(row, help));
    fprintf(f, "\n(%s)\n", verbs);
}

static void put_options(FILE *f)
{
    fputs(".SH OPTIONS\nAfter each option stand the verbs that take it.\n", f);
    for (const char *group = NULL; (group = help_next_group(group)) != NULL;) {
        fprintf(f, ".SS %s\n", group);
        for (const struct opts_row *row = command_table.rows; row->name; row++)
            if (strcmp(row->group, group) == 0)
                put_option(f, row);
    }
}

static void put_statuses(FILE *f)
{
    int status;
    const char *what;
    fputs(".SH EXIT STATUS\n", f);
    for (size_t i = 0; help_status(i, &status, &what); i++) {
        fprintf(f, ".TP\n.B %d\n", status);
        put_troff(f, what);
        fputc('\n', f);
    }
}

void help_put_man(FILE *f)
{
    fputs(".TH AXB 1 \"2026-11-29\" \"axb " AXB_VERSION "\" \"User Commands\"\n.SH NAME\n"
          "axb \\- compare every record of one CSV file with every record of another\n"
          ".SH SYNOPSIS\n.B axb match\n.I A.csv B.csv\n.B \\-\\-on\n.I COLUMN\n.B \\-\\-min\n.I T\n"
          ".RI [ OPTION ...]\n.br\n.B axb\n.I VERB ARGUMENT\n.RI ... \" \" [ OPTION ...]\n"
          ".SH DESCRIPTION\n.B axb\n"
          "compares every record of one table with every record of another and writes\n"
          "the pairs that match: all of them, none lost to blocking.\n.SH VERBS\n",
          f);
    for (const struct command *const *at = command_table.commands; *at; at++)
        put_verb(f, *at);
    put_options(f);
    put_statuses(f);
    fputs(man_axb, f);
}
