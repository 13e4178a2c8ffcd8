/* Parses the command line by the rows of opts_table.c. */
#include "matcher/options/opts.h"

#include "core/suggest.h"
#include "matcher/options/opts_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_NAMES 64

/* ---- Values ----------------------------------------------------------------------------------*/

/* A number with a suffix: k, M, G, T by `unit` (1000 or 1024), "B" and "iB" may follow. */
static bool read_scaled(const char *text, double unit, double *value)
{
    char *end;
    *value = strtod(text, &end);
    if (end == text || *value < 0 || !isfinite(*value))
        return false;
    const char *suffixes = "kMGT", *s = *end ? strchr(suffixes, *end == 'K' ? 'k' : *end) : NULL;
    if (s) {
        *value *= pow(unit, (double)(s - suffixes + 1));
        end++;
    }
    return !*end || strcmp(end, "B") == 0 || strcmp(end, "iB") == 0;
}

static bool bad_value(const struct opts_row *row, const char *value, struct err *e)
{
    return err_set(e, ERR_USAGE, row->help, "--%s: \"%s\" is not %s%s", row->name, value,
                   row->choices ? "one of " : "a value for ",
                   row->choices ? row->choices : row->argument);
}

static bool set_choice(int *field, const struct opts_row *row, const char *value, struct err *e)
{
    int place = row->base;
    for (const char *c = row->choices; *c; place++) {
        size_t n = strcspn(c, "|");
        if (strlen(value) == n && strncmp(c, value, n) == 0) {
            *field = place;
            return true;
        }
        c += n + (c[n] == '|');
    }
    return bad_value(row, value, e);
}

static bool set_char(char *field, const struct opts_row *row, const char *value, struct err *e)
{
    *field = strcmp(value, "\\t") == 0 ? '\t' : value[0];
    bool one = (value[0] && !value[1]) || strcmp(value, "\\t") == 0;
    bool usable = *field != '"' && *field != '\n' && *field != '\r' && (*field & 0x80) == 0;
    return (one && usable) || bad_value(row, value, e);
}

static bool set_number(struct opts *o, const struct opts_row *row, const char *value, struct err *e)
{
    char *end;
    o->min = strtod(value, &end);
    o->min_given = true;
    return (end != value && !*end && !isnan(o->min)) || bad_value(row, value, e);
}

static bool set_seconds(double *field, const struct opts_row *row, const char *value, struct err *e)
{
    char *end;
    *field = strtod(value, &end);
    bool usable = end != value && !*end && isfinite(*field) && *field >= 0;
    return usable || bad_value(row, value, e);
}

static bool set_scaled(struct opts *o, const struct opts_row *row, const char *value, struct err *e)
{
    double x;
    void *field = (char *)o + row->offset;
    if (!read_scaled(value, row->kind == OPTS_SIZE ? 1024 : 1000, &x) || x >= 0x1p63)
        return bad_value(row, value, e);
    if (row->kind == OPTS_SIZE)
        *(size_t *)field = (size_t)x;
    else if (row->kind == OPTS_COUNT)
        *(uint64_t *)field = (uint64_t)x;
    else if (x >= 1 && x <= 65535 && floor(x) == x)
        *(unsigned *)field = (unsigned)x;
    else
        return bad_value(row, value, e);
    return true;
}

static bool set_option(struct opts *o, const struct opts_row *row, const char *value, struct err *e)
{
    void *field = (char *)o + row->offset;
    switch (row->kind) {
    case OPTS_FLAG:
    case OPTS_UNFLAG:
        *(bool *)field = row->kind == OPTS_FLAG;
        return true;
    case OPTS_LEVEL:
        *(enum log_level *)field = (enum log_level)row->base;
        return true;
    case OPTS_STRING:
        *(const char **)field = value;
        return true;
    case OPTS_CHAR:
        return set_char(field, row, value, e);
    case OPTS_CHOICE:
        return set_choice(field, row, value, e);
    case OPTS_NUMBER:
        return set_number(o, row, value, e);
    case OPTS_SECONDS:
        return set_seconds(field, row, value, e);
    case OPTS_COUNT:
    case OPTS_UNSIGNED:
    case OPTS_SIZE:
        return set_scaled(o, row, value, e);
    }
    return err_set(e, ERR_SOFTWARE, NULL, "--%s has no kind", row->name);
}

/* ---- Finding rows ----------------------------------------------------------------------------*/

/* Do verbs of two words begin with this one, as "data load" does with "data"? */
static bool is_family(const char *word)
{
    size_t n = strlen(word);
    bool is = false;
    for (size_t i = 0; i < n_opts_verbs; i++)
        is = is || (strncmp(opts_verbs[i].name, word, n) == 0 && opts_verbs[i].name[n] == ' ');
    return is;
}

/* The verb that argv[0] names, or argv[0] and argv[1]. */
static const struct opts_verb_row *find_verb(int argc, char **argv, struct err *e)
{
    const char *names[N_NAMES];
    char text[300], name[100];
    bool two = is_family(argv[0]) && argc > 1 && argv[1][0] != '-';
    snprintf(name, sizeof name, "%s%s%s", argv[0], two ? " " : "", two ? argv[1] : "");
    for (size_t i = 0; i < n_opts_verbs; i++) {
        names[i] = opts_verbs[i].name;
        if (strcmp(name, names[i]) == 0)
            return &opts_verbs[i];
    }
    err_set(e, ERR_USAGE, "axb --help shows what they do", "there is no verb \"%s\"; there are %s",
            name, suggest_names(name, names, n_opts_verbs, 0, text, sizeof text));
    return NULL;
}

/* The row of an option of n bytes ("min" of "--min=0.9"); NULL with an error that names near ones.
 */
static const struct opts_row *find_long(const struct opts_verb_row *verb, const char *name,
                                        size_t n, struct err *e)
{
    const char *names[N_NAMES];
    char text[200], wanted[64];
    size_t n_names = 0;
    for (size_t i = 0; i < n_opts_rows; i++) {
        const struct opts_row *row = &opts_rows[i];
        if (!(row->verbs & OPTS_ON(verb->verb)))
            continue;
        if (strlen(row->name) == n && strncmp(row->name, name, n) == 0)
            return row;
        if (n_names < N_NAMES)
            names[n_names++] = row->name;
    }
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, name);
    suggest_names(wanted, names, n_names, 3, text, sizeof text);
    char hint[300];
    snprintf(hint, sizeof hint, "nearest: %s; axb %s --help lists all", n_names ? text : "none",
             verb->name);
    err_set(e, ERR_USAGE, hint, "axb %s has no option --%s", verb->name, wanted);
    return NULL;
}

static const struct opts_row *find_letter(const struct opts_verb_row *verb, char letter,
                                          struct err *e)
{
    for (size_t i = 0; i < n_opts_rows; i++)
        if (opts_rows[i].letter == letter && (opts_rows[i].verbs & OPTS_ON(verb->verb)))
            return &opts_rows[i];
    char hint[100];
    snprintf(hint, sizeof hint, "axb %s --help lists all", verb->name);
    err_set(e, ERR_USAGE, hint, "axb %s has no option -%c", verb->name, letter);
    return NULL;
}

static bool takes_value(const struct opts_row *row)
{
    return row->argument[0] != 0;
}

/* ---- Walking through the arguments -----------------------------------------------------------*/

struct walk {
    struct opts *o;
    const struct opts_verb_row *verb;
    int argc, at;
    char **argv;
    bool *given; /* for each row: its value was read */
    struct err *e;
};

/* The value of an option: what stands behind it in the same argument, or the next argument. Of two
 * numbers the last counts, so that a script may put its own behind; but who gives two columns or
 * two files means both. */
static bool read_value(struct walk *w, const struct opts_row *row, const char *attached)
{
    if (!takes_value(row)) {
        if (attached)
            return err_set(w->e, ERR_USAGE, NULL, "--%s takes no value", row->name);
        return set_option(w->o, row, NULL, w->e);
    }
    if (!attached && w->at + 1 >= w->argc)
        return err_set(w->e, ERR_USAGE, row->help, "--%s needs %s", row->name, row->argument);
    if (row->kind == OPTS_STRING && w->given[row - opts_rows])
        return err_set(w->e, ERR_USAGE, row->help, "--%s is given twice", row->name);
    w->given[row - opts_rows] = true;
    return set_option(w->o, row, attached ? attached : w->argv[++w->at], w->e);
}

static bool read_long(struct walk *w, const char *text)
{
    size_t n = strcspn(text, "=");
    const struct opts_row *row = find_long(w->verb, text, n, w->e);
    return row && read_value(w, row, text[n] ? text + n + 1 : NULL);
}

/* -q, -j4, -j 4, -qv */
static bool read_short(struct walk *w, const char *text)
{
    for (; *text; text++) {
        const struct opts_row *row = find_letter(w->verb, *text, w->e);
        if (!row)
            return false;
        if (takes_value(row))
            return read_value(w, row, text[1] ? text + 1 : NULL);
        if (!set_option(w->o, row, NULL, w->e))
            return false;
    }
    return true;
}

static bool read_input(struct walk *w, const char *text)
{
    if (w->o->n_inputs == w->verb->max_inputs)
        return err_set(w->e, ERR_USAGE, NULL, "\"%s\" is one argument too many\nusage: axb %s%s%s",
                       text, w->verb->name, w->verb->arguments[0] ? " " : "", w->verb->arguments);
    w->o->inputs[w->o->n_inputs++] = text;
    return true;
}

static bool read_arguments(struct walk *w)
{
    bool only_inputs = false;
    for (; w->at < w->argc; w->at++) {
        const char *text = w->argv[w->at];
        bool ok;
        if (!only_inputs && strcmp(text, "--") == 0) {
            only_inputs = true;
            continue;
        }
        if (only_inputs || text[0] != '-' || !text[1])
            ok = read_input(w, text);
        else
            ok = text[1] == '-' ? read_long(w, text + 2) : read_short(w, text + 1);
        if (!ok)
            return false;
    }
    if (w->o->n_inputs < w->verb->min_inputs)
        return err_set(w->e, ERR_USAGE, NULL, "an argument is missing\nusage: axb %s %s",
                       w->verb->name, w->verb->arguments);
    return true;
}

/* ---- Help, and the whole line ----------------------------------------------------------------*/

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
}

static bool give_text(struct opts *o, enum opts_verb verb, char *text, struct err *e)
{
    o->verb = verb;
    o->text = text;
    return text || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool parse_help(struct opts *o, int argc, char **argv, struct err *e)
{
    if (argc < 1)
        return give_text(o, VERB_HELP, opts_help_text(VERB_NONE), e);
    if (strcmp(argv[0], "--man") == 0)
        return give_text(o, VERB_MAN, opts_man_text(), e);
    if (strcmp(argv[0], "--bash") == 0)
        return give_text(o, VERB_HELP, opts_completion_text(), e);
    if (argc == 1 && is_family(argv[0]))
        return give_text(o, VERB_HELP, opts_help_family(argv[0]), e);
    const struct opts_verb_row *verb = find_verb(argc, argv, e);
    return verb && give_text(o, VERB_HELP, opts_help_text(verb->verb), e);
}

static bool parse_verb(struct opts *o, int argc, char **argv, struct err *e)
{
    bool given[N_NAMES] = {false};
    struct walk w = {.o = o, .argc = argc, .argv = argv, .given = given, .e = e};
    if (argc == 3 && is_help(argv[2]) && is_family(argv[1]))
        return parse_help(o, 1, argv + 1, e);
    w.verb = find_verb(argc - 1, argv + 1, e);
    if (!w.verb)
        return false;
    o->verb = w.verb->verb;
    w.at = strchr(w.verb->name, ' ') ? 3 : 2;
    for (int i = w.at; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return give_text(o, VERB_HELP, opts_help_text(o->verb), e);
    o->inputs = calloc((size_t)argc, sizeof *o->inputs);
    return o->inputs ? read_arguments(&w) : err_set(e, ERR_OS, NULL, "not enough memory");
}

bool opts_parse(struct opts *o, int argc, char **argv, struct err *e)
{
    *o =
        (struct opts){.prune = true, .header = true, .checkpoint_seconds = 10, .max_rejects = 1000};
    if (argc < 2)
        return err_set(e, ERR_USAGE, "axb --help shows examples", "usage: axb VERB ...");
    if (strcmp(argv[1], "--version") == 0)
        return give_text(o, VERB_VERSION, strdup("axb " AXB_VERSION "\n"), e);
    if (is_help(argv[1]))
        return parse_help(o, 0, NULL, e);
    if (strcmp(argv[1], "help") == 0)
        return parse_help(o, argc - 2, argv + 2, e);
    return parse_verb(o, argc, argv, e);
}

/* In single quotes, where a quote is ended, escaped and begun again. */
static void print_quoted(const char *word, FILE *out)
{
    fputc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

void opts_print_word(const char *word, FILE *out)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (*word && !word[strspn(word, plain)])
        fputs(word, out);
    else
        print_quoted(word, out);
}

void opts_print_command(int argc, char **argv, FILE *out)
{
    for (int i = 0; i < argc; i++) {
        opts_print_word(argv[i], out);
        fputc(i + 1 < argc ? ' ' : '\n', out);
    }
}

void opts_free(struct opts *o)
{
    free(o->text);
    free(o->inputs);
    o->text = NULL;
    o->inputs = NULL;
}
