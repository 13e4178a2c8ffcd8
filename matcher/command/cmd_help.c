/* `axb help`, `axb --help`, `axb VERB --help` and `axb --version`; also the man page and shell
 * completion. All follow from the rows of verbs and options. */
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"

#include <stdio.h>
#include <string.h>

/* Exit statuses as users read them. */
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
    {75, "stopped, by a signal or by --max-results; with --resume the same command goes on"},
    {76, "the scorer failed"},
};
#define N_STATUSES (sizeof statuses / sizeof *statuses)

/* Writes text in lines of at most `width` columns. The second and later lines are indented. */
static void put_wrapped(FILE *f, const char *text, int column, int indent, int width)
{
    for (bool first = true; *text; first = false) {
        int n = (int)strcspn(text, " ");
        if (!first && column + 1 + n > width) {
            fprintf(f, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', f);
            column++;
        }
        fprintf(f, "%.*s", n, text);
        const char *line = memrchr(text, '\n', (size_t)n); /* there may be line ends in it */
        column = line ? (int)(text + n - line) - 1 : column + n;
        text += n + (text[n] == ' ');
    }
    fputc('\n', f);
}

static void put_lines(FILE *f, const char *lines, const char *before)
{
    while (*lines) {
        int n = (int)strcspn(lines, "\n");
        fprintf(f, "%s%.*s\n", before, n, lines);
        lines += n + (lines[n] == '\n');
    }
}

/* "-o, --output FILE" */
static void option_text(const struct opts_row *row, char text[80])
{
    char letter[8] = "";
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(text, 80, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
}

/* " (--a-encoding, --b-encoding: of one file)"; "" if there are no such. */
static const char *sides_text(const struct opts_row *row, char text[120])
{
    char a[OPTS_NAME_BYTES], b[OPTS_NAME_BYTES];
    text[0] = 0;
    if (opts_name(row, OPTS_A, a) && opts_name(row, OPTS_B, b))
        snprintf(text, 120, " (--%s, --%s: for one file)", a, b);
    return text;
}

static bool takes_options(const struct command *c)
{
    for (const struct opts_row *row = command_table.rows; row->name; row++)
        if (opts_takes(c, row))
            return true;
    return false;
}

/* What only programs give stands in the man page. */
static bool is_for_people(const struct command *c, const struct opts_row *row)
{
    return opts_takes(c, row) && row->topic != OPTS_STARTER;
}

static void put_options(FILE *f, const struct command *c)
{
    const char *group = "";
    for (const struct opts_row *row = command_table.rows; row->name; row++) {
        char text[80];
        if (!is_for_people(c, row))
            continue;
        if (strcmp(group, row->group) != 0)
            fprintf(f, "\n%s\n", row->group);
        group = row->group;
        option_text(row, text);
        int column = fprintf(f, "  %-22s ", text);
        char help[600], sides[120];
        snprintf(help, sizeof help, "%s%s", opts_help(row), sides_text(row, sides));
        put_wrapped(f, help, column, 25, 96);
    }
}

static void put_program_help(FILE *f)
{
    fputs("axb compares every record of one CSV file with every record of another\n"
          "and writes the pairs that match: all of them, none lost to blocking.\n\n"
          "Examples\n",
          f);
    put_lines(f, command_table.commands[0]->examples, "  ");
    const char *other = command_table.commands[1]->examples;
    fprintf(f, "  %.*s\n", (int)strcspn(other, "\n"), other);
    fputs("\nVerbs\n", f);
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const struct command *c = *at;
        char text[64];
        if (c->for_programs)
            continue;
        snprintf(text, sizeof text, "%s %s", c->name, c->arguments);
        fprintf(f, "  %-26s %s\n", text, c->what);
    }
    fputs("\naxb VERB --help lists the options of a verb; axb --version says which axb this is.\n",
          f);
}

static void put_verb_help(FILE *f, const struct command *c)
{
    put_lines(f, c->examples, "  ");
    fprintf(f, "\nusage: axb %s%s%s%s\n       %s\n", c->name, c->arguments[0] ? " " : "",
            c->arguments, takes_options(c) ? " [OPTION...]" : "", c->what);
    if (c->more[0]) {
        fputc('\n', f);
        put_wrapped(f, c->more, 0, 0, 96);
    }
    put_options(f, c);
}

static void put_family_help(FILE *f, const char *family)
{
    size_t length = strlen(family);
    const char *between = "";
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const struct command *c = *at;
        if (strncmp(c->name, family, length) != 0 || c->name[length] != ' ')
            continue;
        fputs(between, f);
        put_verb_help(f, c);
        between = "\n";
    }
}

/* ---- The man page ----------------------------------------------------------------------------*/

/* Writes text for troff: dashes and backslashes are escaped. */
static void put_troff(FILE *f, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\\')
            fputs("\\e", f);
        else if (*c == '-')
            fputs("\\-", f);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            fprintf(f, "\\&%c", *c);
        else
            fputc(*c, f);
    }
}

static void man_verb(FILE *f, const struct command *c)
{
    fprintf(f, ".SS axb %s ", c->name);
    put_troff(f, c->arguments);
    fputc('\n', f);
    put_troff(f, c->what);
    fputs(".\n", f);
    put_troff(f, c->more);
    fputs("\n.PP\n.EX\n", f);
    put_troff(f, c->examples);
    fputs("\n.EE\n", f);
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

static void man_options(FILE *f)
{
    const char *group = "";
    for (const struct opts_row *row = command_table.rows; row->name; row++) {
        char text[80], verbs[80];
        if (strcmp(group, row->group) != 0)
            fprintf(f, ".SS %s\n", row->group);
        group = row->group;
        option_text(row, text);
        option_verbs(row, verbs, sizeof verbs);
        fputs(".TP\n.B ", f);
        put_troff(f, text);
        fputc('\n', f);
        char sides[120];
        put_troff(f, opts_help(row));
        put_troff(f, sides_text(row, sides));
        fprintf(f, " (%s)\n", verbs);
    }
}

static void put_man(FILE *f)
{
    fputs(".TH AXB 1 \"\" \"axb " AXB_VERSION "\" \"User Commands\"\n.SH NAME\n"
          "axb \\- compare every record of one CSV file with every record of another\n"
          ".SH SYNOPSIS\n.B axb\nVERB ARGUMENT... [OPTION...]\n.SH VERBS\n",
          f);
    for (const struct command *const *at = command_table.commands; *at; at++)
        man_verb(f, *at);
    fputs(".SH OPTIONS\n", f);
    man_options(f);
    fputs(".SH EXIT STATUS\n", f);
    for (size_t i = 0; i < N_STATUSES; i++)
        fprintf(f, ".TP\n.B %d\n%s\n", statuses[i].status, statuses[i].what);
    fputs(".PP\nWhen the reader of a pipe goes away, axb ends without a word by SIGPIPE.\n", f);
}

/* ---- Completion for bash ---------------------------------------------------------------------*/

/* Writes the first parts of the verbs' names ("data" of "data load"), or the second parts after
 * `first`. */
static void put_names(FILE *f, const char *first)
{
    size_t n = first ? strlen(first) : 0;
    const char *last = "";
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const char *name = (*at)->name;
        if (first && (strncmp(name, first, n) != 0 || name[n] != ' '))
            continue;
        name += first ? n + 1 : 0;
        size_t length = strcspn(name, " ");
        if (strncmp(name, last, length) != 0) /* verbs of one family follow each other */
            fprintf(f, "%.*s ", (int)length, name);
        last = name;
    }
}

/* Writes a case for bash: "data' 'load) options=...". */
static void put_verb_options(FILE *f, const struct command *c)
{
    const char *second = strchr(c->name, ' ');
    fprintf(f, "    '%.*s '%s) options='", (int)strcspn(c->name, " "), c->name,
            second ? second + 1 : "*");
    for (const struct opts_row *row = command_table.rows; row->name; row++)
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS; v++) {
            char name[OPTS_NAME_BYTES];
            if (is_for_people(c, row) && opts_name(row, v, name))
                fprintf(f, "--%s ", name);
        }
    fputs("--help' ;;\n", f);
}

/* Writes for each family its second parts. */
static void put_families(FILE *f)
{
    const char *last = "";
    for (const struct command *const *at = command_table.commands; *at; at++) {
        const char *name = (*at)->name;
        char first[64];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(name, " "), name);
        if (!opts_is_family(&command_table, first) || strncmp(name, last, strlen(first)) == 0)
            continue;
        fprintf(f, "    elif [ \"$COMP_CWORD ${COMP_WORDS[1]}\" = '2 %s' ]; then options='", first);
        put_names(f, first);
        fputs("--help'\n", f);
        last = name;
    }
}

static void put_completion(FILE *f)
{
    fputs("_axb() {\n    local word=${COMP_WORDS[COMP_CWORD]} options= "
          "verb=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n    case $verb in\n",
          f);
    for (const struct command *const *at = command_table.commands; *at; at++)
        put_verb_options(f, *at);
    fputs("    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then options='", f);
    put_names(f, NULL);
    fputs("--help --version'\n", f);
    put_families(f);
    fputs("    elif [ \"${word#@}\" != \"$word\" ] || [ \"${verb%rm}\" != \"$verb\" ]; "
          "then\n"
          "        options=$(axb data ls 2>/dev/null | awk -v at=\"${word%%[!@]*}\" "
          "'NR > 1 { print at $1 }')\n"
          "    elif [ \"${word#-}\" = \"$word\" ]; then options=; fi\n"
          "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n}\n"
          "complete -o default -F _axb axb\n",
          f);
}

/* ---- The verbs -------------------------------------------------------------------------------*/

/* The inputs are what followed "help", or the verb before "--help". */
static bool run_help(const struct opts *o, struct err *e)
{
    const char *first = o->n_inputs ? o->inputs[0] : "";
    const struct command *c = NULL;
    if (o->n_inputs == 0)
        put_program_help(stdout);
    else if (strcmp(first, "--man") == 0)
        put_man(stdout);
    else if (strcmp(first, "--bash") == 0)
        put_completion(stdout);
    else if (o->n_inputs == 1 && opts_is_family(&command_table, first))
        put_family_help(stdout, first);
    else if ((c = opts_find_command(&command_table, first, o->n_inputs > 1 ? o->inputs[1] : NULL,
                                    e)))
        put_verb_help(stdout, c);
    else
        return false;
    return true;
}

static bool run_version(const struct opts *o, struct err *e)
{
    (void)o, (void)e;
    puts("axb " AXB_VERSION);
    return true;
}

const struct command cmd_help = {.name = "help", .max_inputs = OPTS_MANY, .run = run_help};
const struct command cmd_version = {.name = "version", .run = run_version};
