/* Help, the man page and shell completion, made from the rows of opts_table.c. */
#include "matcher/options/opts_table.h"

#include "core/string_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit statuses as users read them. */
static const struct {
    int status;
    const char *words;
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

/* Writes text broken into lines of at most `width` columns, the second and later ones indented. */
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
        const char *line = memrchr(text, '\n', (size_t)n); /* a word may hold ends of lines */
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
static void option_words(const struct opts_row *row, char text[80])
{
    char letter[8] = "";
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(text, 80, "%s--%s%s%s", letter, row->name, row->argument[0] ? " " : "", row->argument);
}

static bool verb_has_options(enum opts_verb verb)
{
    for (size_t i = 0; i < n_opts_rows; i++)
        if (opts_rows[i].verbs & OPTS_ON(verb))
            return true;
    return false;
}

static void put_options(FILE *f, enum opts_verb verb)
{
    const char *group = "";
    for (size_t i = 0; i < n_opts_rows; i++) {
        const struct opts_row *row = &opts_rows[i];
        char words[80];
        if (!(row->verbs & OPTS_ON(verb)))
            continue;
        if (strcmp(group, row->group) != 0)
            fprintf(f, "\n%s\n", row->group);
        group = row->group;
        option_words(row, words);
        int column = fprintf(f, "  %-22s ", words);
        put_wrapped(f, row->help, column, 25, 96);
    }
}

static void put_program_help(FILE *f)
{
    fputs("axb compares every record of one CSV file with every record of another\n"
          "and writes the pairs that match: all of them, none lost to blocking.\n\n"
          "Examples\n",
          f);
    put_lines(f, opts_verbs[0].examples, "  ");
    put_lines(f, "axb dedupe A.csv --on name --min 0.92", "  ");
    fputs("\nVerbs\n", f);
    for (size_t i = 0; i < n_opts_verbs; i++) {
        char words[64];
        snprintf(words, sizeof words, "%s %s", opts_verbs[i].name, opts_verbs[i].arguments);
        fprintf(f, "  %-26s %s\n", words, opts_verbs[i].what);
    }
    fputs("\naxb VERB --help lists the options of a verb; axb --version says which axb this is.\n",
          f);
}

static void put_verb_help(FILE *f, const struct opts_verb_row *v)
{
    put_lines(f, v->examples, "  ");
    fprintf(f, "\nusage: axb %s%s%s%s\n       %s\n", v->name, v->arguments[0] ? " " : "",
            v->arguments, verb_has_options(v->verb) ? " [OPTION...]" : "", v->what);
    if (v->more[0]) {
        fputc('\n', f);
        put_wrapped(f, v->more, 0, 0, 96);
    }
    put_options(f, v->verb);
}

char *opts_help_family(const char *word)
{
    struct string_builder string_builder;
    size_t length = strlen(word);
    FILE *f = string_builder_open(&string_builder);
    if (!f)
        return NULL;
    const char *between = "";
    for (size_t i = 0; i < n_opts_verbs; i++)
        if (strncmp(opts_verbs[i].name, word, length) == 0 && opts_verbs[i].name[length] == ' ') {
            fputs(between, f);
            put_verb_help(f, &opts_verbs[i]);
            between = "\n";
        }
    return string_builder_end(&string_builder);
}

char *opts_help_text(enum opts_verb verb)
{
    struct string_builder string_builder;
    FILE *f = string_builder_open(&string_builder);
    if (!f)
        return NULL;
    if (verb == VERB_NONE)
        put_program_help(f);
    for (size_t i = 0; i < n_opts_verbs; i++)
        if (opts_verbs[i].verb == verb)
            put_verb_help(f, &opts_verbs[i]);
    return string_builder_end(&string_builder);
}

/* ---- The man page ----------------------------------------------------------------------------*/

/* Text for troff: dashes and backslashes are escaped. */
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

static void man_verb(FILE *f, const struct opts_verb_row *v)
{
    fprintf(f, ".SS axb %s ", v->name);
    put_troff(f, v->arguments);
    fputc('\n', f);
    put_troff(f, v->what);
    fputs(".\n", f);
    put_troff(f, v->more);
    fputs("\n.PP\n.EX\n", f);
    put_troff(f, v->examples);
    fputs("\n.EE\n", f);
}

/* The verbs that take an option, "match, dedupe". */
static void option_verbs(const struct opts_row *row, char *text, size_t bytes)
{
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < n_opts_verbs && n < bytes; i++)
        if (row->verbs & OPTS_ON(opts_verbs[i].verb))
            n += (size_t)snprintf(text + n, bytes - n, "%s%s", n ? ", " : "", opts_verbs[i].name);
}

static void man_options(FILE *f)
{
    const char *group = "";
    for (size_t i = 0; i < n_opts_rows; i++) {
        const struct opts_row *row = &opts_rows[i];
        char words[80], verbs[80];
        if (strcmp(group, row->group) != 0)
            fprintf(f, ".SS %s\n", row->group);
        group = row->group;
        option_words(row, words);
        option_verbs(row, verbs, sizeof verbs);
        fputs(".TP\n.B ", f);
        put_troff(f, words);
        fputc('\n', f);
        put_troff(f, row->help);
        fprintf(f, " (%s)\n", verbs);
    }
}

char *opts_man_text(void)
{
    struct string_builder string_builder;
    FILE *f = string_builder_open(&string_builder);
    if (!f)
        return NULL;
    fputs(".TH AXB 1 \"\" \"axb " AXB_VERSION "\" \"User Commands\"\n.SH NAME\n"
          "axb \\- compare every record of one CSV file with every record of another\n"
          ".SH SYNOPSIS\n.B axb\nVERB ARGUMENT... [OPTION...]\n.SH VERBS\n",
          f);
    for (size_t i = 0; i < n_opts_verbs; i++)
        man_verb(f, &opts_verbs[i]);
    fputs(".SH OPTIONS\n", f);
    man_options(f);
    fputs(".SH EXIT STATUS\n", f);
    for (size_t i = 0; i < N_STATUSES; i++)
        fprintf(f, ".TP\n.B %d\n%s\n", statuses[i].status, statuses[i].words);
    fputs(".PP\nWhen the reader of a pipe goes away, axb ends without a word by SIGPIPE.\n", f);
    return string_builder_end(&string_builder);
}

/* ---- Completion for bash ---------------------------------------------------------------------*/

/* The words that may stand first, or second behind a first one. */
static void put_words(FILE *f, const char *first)
{
    size_t n = first ? strlen(first) : 0;
    const char *last = "";
    for (size_t i = 0; i < n_opts_verbs; i++) {
        const char *name = opts_verbs[i].name;
        if (first && (strncmp(name, first, n) != 0 || name[n] != ' '))
            continue;
        name += first ? n + 1 : 0;
        size_t length = strcspn(name, " ");
        if (strncmp(name, last, length) != 0) /* verbs of one first word follow each other */
            fprintf(f, "%.*s ", (int)length, name);
        last = name;
    }
}

/* "data' 'load) options=..." */
static void put_verb_options(FILE *f, const struct opts_verb_row *v)
{
    const char *second = strchr(v->name, ' ');
    fprintf(f, "    '%.*s '%s) options='", (int)strcspn(v->name, " "), v->name,
            second ? second + 1 : "*");
    for (size_t k = 0; k < n_opts_rows; k++)
        if (opts_rows[k].verbs & OPTS_ON(v->verb))
            fprintf(f, "--%s ", opts_rows[k].name);
    fputs("--help' ;;\n", f);
}

char *opts_completion_text(void)
{
    struct string_builder string_builder;
    FILE *f = string_builder_open(&string_builder);
    if (!f)
        return NULL;
    fputs("_axb() {\n    local word=${COMP_WORDS[COMP_CWORD]} options= "
          "verb=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n    case $verb in\n",
          f);
    for (size_t i = 0; i < n_opts_verbs; i++)
        put_verb_options(f, &opts_verbs[i]);
    fputs("    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then options='", f);
    put_words(f, NULL);
    fputs("--help --version'\n    elif [ \"$COMP_CWORD ${COMP_WORDS[1]}\" = '2 data' ]; then "
          "options='",
          f);
    put_words(f, "data");
    fputs("--help'\n    elif [ \"${word#@}\" != \"$word\" ] || [ \"${verb%rm}\" != \"$verb\" ]; "
          "then\n"
          "        options=$(axb data ls 2>/dev/null | awk -v at=\"${word%%[!@]*}\" "
          "'NR > 1 { print at $1 }')\n"
          "    elif [ \"${word#-}\" = \"$word\" ]; then options=; fi\n"
          "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n}\n"
          "complete -o default -F _axb axb\n",
          f);
    return string_builder_end(&string_builder);
}
