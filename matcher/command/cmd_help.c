/* `axb help`, `axb --help`, `axb VERB --help` and `-h`. All of it follows from the rows of verbs
 * and options. */
#include "matcher/command/cmd_help_internal.h"

#include "core/wrap.h"

#include <stdio.h>
#include <string.h>

#define INDENT 25       /* of the text of an option, in --help */
#define BRIEF_INDENT 31 /* in -h */

static const struct {
    int status;
    const char *what;
} statuses[] = {
    {0, "done"},
    {2, "the command line is wrong"},
    {65, "bad data"},
    {66, "no such input"},
    {69, "something needed is missing (a compiler)"},
    {70, "a bug of axb"},
    {71, "the system refused"},
    {74, "input or output failed"},
    {75, "stopped by SIGTERM or --max-results; with --resume, run the same command again"},
    {76, "the scorer failed"},
};
#define N_STATUSES (sizeof statuses / sizeof *statuses)

bool help_status(size_t i, int *status, const char **what)
{
    if (i >= N_STATUSES)
        return false;
    *status = statuses[i].status;
    *what = statuses[i].what;
    return true;
}

/* ---- Groups of options -----------------------------------------------------------------------*/

static bool is_ordered(const char *group)
{
    bool is = false;
    for (size_t i = 0; opts_groups[i]; i++)
        is = is || strcmp(opts_groups[i], group) == 0;
    return is;
}

/* After the groups of opts_groups come those that only rows name. */
const char *help_next_group(const char *group)
{
    size_t i = 0;
    if (group)
        while (opts_groups[i] && strcmp(opts_groups[i], group) != 0)
            i++;
    const bool found = group && opts_groups[i];
    i = found ? i + 1 : group ? i : 0;
    if (opts_groups[i])
        return opts_groups[i];
    const struct opts_row *row = opts_rows;
    if (group && !found) {
        while (strcmp(row->group, group) != 0)
            row++;
        while (row->name && strcmp(row->group, group) == 0)
            row++;
    }
    while (row->name && is_ordered(row->group))
        row++;
    return row->name ? row->group : NULL;
}

bool help_is_for_people(const struct command *c, const struct opts_row *row)
{
    return opts_takes(c, row) && row->topic != OPTS_STARTER;
}

void help_option_text(const struct opts_row *row, char text[HELP_OPTION_BYTES])
{
    char letter[8] = "    ";
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(text, HELP_OPTION_BYTES, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
}

/* ---- A verb ----------------------------------------------------------------------------------*/

/* A command; one that is too wide goes on in the next line, as a shell reads it. */
static void put_example(FILE *f, const char *line, int n, int width)
{
    int column = fprintf(f, "  ");
    for (int at = 0, end; at < n; at = end) {
        const char *next = memmem(line + at + 1, (size_t)(n - at - 1), " -", 2);
        end = next ? (int)(next - line) : n;
        if (column + end - at + 2 > width && at > 0) {
            fputs(" \\\n     ", f);
            column = 5;
        }
        column += fprintf(f, "%.*s", end - at, line + at);
    }
    fputc('\n', f);
}

void help_put_examples(FILE *f, const char *lines, size_t most, int width)
{
    for (size_t i = 0; *lines && i < most; i++) {
        int n = (int)strcspn(lines, "\n");
        put_example(f, lines, n, width);
        lines += n + (lines[n] == '\n');
    }
}

/* " (--a-encoding, --b-encoding: for one file)"; "" if there are no such. */
static const char *sides_text(const struct opts_row *row, char text[120])
{
    char a[OPTS_NAME_BYTES], b[OPTS_NAME_BYTES];
    text[0] = 0;
    if (opts_name(row, OPTS_A, a) && opts_name(row, OPTS_B, b))
        snprintf(text, 120, " (--%s, --%s: for one file)", a, b);
    return text;
}

const char *help_text(const struct opts_row *row, char text[HELP_TEXT_BYTES])
{
    char sides[120];
    snprintf(text, HELP_TEXT_BYTES, "%s%s", opts_help(row), sides_text(row, sides));
    return text;
}

static bool takes_options(const struct command *c)
{
    for (const struct opts_row *row = command_table.rows; row->name; row++)
        if (help_is_for_people(c, row))
            return true;
    return false;
}

static void put_option(FILE *f, const struct opts_row *row, bool brief, int width)
{
    char text[HELP_OPTION_BYTES];
    help_option_text(row, text);
    if (brief) {
        fprintf(f, "  %-*s %s\n", BRIEF_INDENT - 3, text, row->brief);
        return;
    }
    int column = fprintf(f, "  %s", text);
    if (column >= INDENT - 1) {
        fputc('\n', f);
        column = 0;
    }
    column += fprintf(f, "%*s", INDENT - column, "");
    char help[HELP_TEXT_BYTES];
    wrap_text(f, help_text(row, help), column, INDENT, width);
}

static void put_group(FILE *f, const struct command *c, const char *group, bool brief, int width)
{
    bool first = true;
    for (const struct opts_row *row = command_table.rows; row->name; row++) {
        if (!help_is_for_people(c, row) || strcmp(row->group, group) != 0 || (brief && !row->brief))
            continue;
        if (first)
            fprintf(f, "\n%s\n", group);
        first = false;
        put_option(f, row, brief, width);
    }
}

static void put_options(FILE *f, const struct command *c, bool brief, int width)
{
    for (const char *group = NULL; (group = help_next_group(group)) != NULL;)
        put_group(f, c, group, brief, width);
}

static void put_verb_help(FILE *f, const struct command *c, bool brief)
{
    const int width = wrap_columns();
    fprintf(f, "usage: axb %s%s%s%s\n\n", c->name, c->arguments[0] ? " " : "", c->arguments,
            takes_options(c) ? " [OPTION...]" : "");
    wrap_text(f, c->what, 0, 0, width);
    if (!brief) {
        fputs("\nExamples\n", f);
        help_put_examples(f, c->examples, SIZE_MAX, width);
        if (c->more[0])
            fputc('\n', f);
    }
    if (!brief && c->more[0])
        wrap_text(f, c->more, 0, 0, width);
    put_options(f, c, brief, width);
    if (brief)
        fprintf(f, "\naxb %s --help says more, with examples%s.\n", c->name,
                takes_options(c) ? " and all options" : "");
}

static void put_family_help(FILE *f, const char *family, bool brief)
{
    size_t length = strlen(family);
    const char *between = "";
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const struct command *c = *at;
        if (strncmp(c->name, family, length) != 0 || c->name[length] != ' ')
            continue;
        fputs(between, f);
        put_verb_help(f, c, brief);
        between = "\n";
    }
}

/* ---- The program -----------------------------------------------------------------------------*/

static void put_verbs(FILE *f, int width)
{
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const struct command *c = *at;
        char text[64];
        if (c->for_programs)
            continue;
        snprintf(text, sizeof text, "%s %s", c->name, c->arguments);
        const int column = fprintf(f, "  %-25s ", text);
        wrap_text(f, c->what, column, column, width);
    }
}

void command_put_help(FILE *f, bool brief)
{
    const int width = wrap_columns();
    const struct command *const *commands = command_table.commands;
    fputs("usage: axb VERB ARGUMENT... [OPTION...]\n\n"
          "axb compares every record of one CSV file with every record of another and\n"
          "writes the pairs that match: all of them, none lost to blocking.\n\nExamples\n",
          f);
    help_put_examples(f, commands[0]->examples, brief ? 1 : SIZE_MAX, width);
    help_put_examples(f, commands[1]->examples, 1, width);
    fputs("\nVerbs\n", f);
    put_verbs(f, width);
    fputs("\naxb VERB -h lists the usual options of a verb, axb VERB --help explains all.\n", f);
    if (brief)
        return;
    fputs("See man axb, axb-expression, axb-machines, axb-model, axb-scorer.\n\nExit status\n", f);
    for (size_t i = 0; i < N_STATUSES; i++)
        wrap_text(f, statuses[i].what, fprintf(f, "  %-3d ", statuses[i].status), 6, width);
}

/* ---- The verb --------------------------------------------------------------------------------*/

/* What follows "help", or the verb before "--help". */
static bool run_help(const struct opts *o, struct err *e)
{
    const char *first = o->n_inputs ? o->inputs[0] : "";
    const char *second = o->n_inputs > 1 ? o->inputs[1] : NULL;
    const struct command *c = NULL;
    if (o->n_inputs == 0)
        command_put_help(stdout, o->brief);
    else if (strcmp(first, "--man") == 0)
        help_put_man(stdout);
    else if (strncmp(first, "--", 2) == 0 && help_put_completion(stdout, first + 2))
        return true;
    else if (!second && opts_is_family(&command_table, first))
        put_family_help(stdout, first, o->brief);
    else if ((c = opts_find_command(&command_table, first, second, e)))
        put_verb_help(stdout, c, o->brief);
    else
        return false;
    return true;
}

const struct command cmd_help = {.name = "help", .max_inputs = OPTS_MANY, .run = run_help};
