/* Parses the command line by the rows of a table, and writes command lines again.
 *
 * Not here: how a value is read and printed (opts_kind.c), and help (cmd_help.c). */
#include "matcher/options/opts.h"

#include "core/inherited.h"
#include "core/string_builder.h"
#include "core/suggest.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct opts defaults = {
    .prune = true, .header = true, .checkpoint_seconds = 10, .max_rejects = 1000};

/* ---- Finding rows ----------------------------------------------------------------------------*/

bool opts_takes(const struct command *command, const struct opts_row *row)
{
    return command->topics & row->topic;
}

bool opts_is_family(const struct opts_table *table, const char *name)
{
    size_t n = strlen(name);
    bool is = false;
    for (const struct command *const *c = table->commands; *c; c++)
        is = is || (strncmp((*c)->name, name, n) == 0 && (*c)->name[n] == ' ');
    return is;
}

static void no_command(const struct opts_table *table, const char *wanted, struct err *e)
{
    size_t n = 0;
    while (table->commands[n])
        n++;
    const char **names = calloc(n + 1, sizeof *names);
    char text[300] = "";
    for (size_t i = 0; names && i < n; i++)
        names[i] = table->commands[i]->name;
    if (names)
        suggest_names(wanted, names, n, 0, text, sizeof text);
    err_set(e, ERR_USAGE, "axb --help shows what they do", "there is no verb \"%s\"; there are %s",
            wanted, text);
    free(names);
}

const struct command *opts_find_command(const struct opts_table *table, const char *first,
                                        const char *second, struct err *e)
{
    char name[100];
    bool two = opts_is_family(table, first) && second && second[0] != '-';
    snprintf(name, sizeof name, "%s%s%s", first, two ? " " : "", two ? second : "");
    for (const struct command *const *c = table->commands; *c; c++)
        if (strcmp(name, (*c)->name) == 0)
            return *c;
    no_command(table, name, e);
    return NULL;
}

static void no_option(const struct opts_table *table, const struct command *command,
                      const char *name, size_t n, struct err *e)
{
    size_t n_names = 0, n_rows = 0;
    while (table->rows[n_rows].name)
        n_rows++;
    const char **names = calloc(n_rows + 1, sizeof *names);
    char text[200] = "none", wanted[64], hint[300];
    for (size_t i = 0; names && i < n_rows; i++)
        if (opts_takes(command, &table->rows[i]))
            names[n_names++] = table->rows[i].name;
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, name);
    if (n_names)
        suggest_names(wanted, names, n_names, 3, text, sizeof text);
    snprintf(hint, sizeof hint, "nearest: %s; axb %s --help lists all", text, command->name);
    err_set(e, ERR_USAGE, hint, "axb %s has no option --%s", command->name, wanted);
    free(names);
}

/* Finds the row of an option of n bytes ("min" of "--min=0.9"); NULL with an error that names
 * similar options. */
static const struct opts_row *find_long(const struct opts_table *table,
                                        const struct command *command, const char *name, size_t n,
                                        struct err *e)
{
    for (const struct opts_row *row = table->rows; row->name; row++)
        if (opts_takes(command, row) && strlen(row->name) == n && strncmp(row->name, name, n) == 0)
            return row;
    no_option(table, command, name, n, e);
    return NULL;
}

static const struct opts_row *find_letter(const struct opts_table *table,
                                          const struct command *command, char letter, struct err *e)
{
    for (const struct opts_row *row = table->rows; row->name; row++)
        if (row->letter == letter && opts_takes(command, row))
            return row;
    char hint[100];
    snprintf(hint, sizeof hint, "axb %s --help lists all", command->name);
    err_set(e, ERR_USAGE, hint, "axb %s has no option -%c", command->name, letter);
    return NULL;
}

/* ---- Walking through the arguments -----------------------------------------------------------*/

struct walk {
    struct opts *o;
    const struct opts_table *table;
    int argc, at;
    char **argv;
    struct err *e;
};

/* Reads the value of an option: the rest of its own argument, or the next argument. */
static bool read_value(struct walk *w, const struct opts_row *row, const char *attached)
{
    const char *value = attached;
    if (!row->argument && attached)
        return err_set(w->e, ERR_USAGE, NULL, "--%s takes no value", row->name);
    if (row->argument && !attached) {
        if (w->at + 1 >= w->argc)
            return err_set(w->e, ERR_USAGE, opts_help(row), "--%s needs %s", row->name,
                           row->argument);
        value = w->argv[++w->at];
    }
    if (row->given)
        *(bool *)((char *)w->o + row->given) = true;
    return row->kind->read((char *)w->o + row->offset, row, value, w->e);
}

static bool read_long(struct walk *w, const char *text)
{
    size_t n = strcspn(text, "=");
    const struct opts_row *row = find_long(w->table, w->o->command, text, n, w->e);
    return row && read_value(w, row, text[n] ? text + n + 1 : NULL);
}

/* -q, -j4, -j 4, -qv */
static bool read_short(struct walk *w, const char *text)
{
    for (; *text; text++) {
        const struct opts_row *row = find_letter(w->table, w->o->command, *text, w->e);
        if (!row)
            return false;
        if (row->argument)
            return read_value(w, row, text[1] ? text + 1 : NULL);
        if (!read_value(w, row, NULL))
            return false;
    }
    return true;
}

static bool read_input(struct walk *w, const char *text)
{
    const struct command *c = w->o->command;
    if (w->o->n_inputs == c->max_inputs)
        return err_set(w->e, ERR_USAGE, NULL, "\"%s\" is one argument too many\nusage: axb %s%s%s",
                       text, c->name, c->arguments[0] ? " " : "", c->arguments);
    w->o->inputs[w->o->n_inputs++] = text;
    return true;
}

static bool read_arguments(struct walk *w)
{
    const struct command *c = w->o->command;
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
    return w->o->n_inputs >= c->min_inputs ||
           err_set(w->e, ERR_USAGE, NULL, "an argument is missing\nusage: axb %s %s", c->name,
                   c->arguments);
}

/* ---- The whole line --------------------------------------------------------------------------*/

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
}

/* Takes n arguments as they are, options or not. */
static bool take(struct opts *o, const struct command *command, int n, char **argv)
{
    o->command = command;
    for (int i = 0; i < n; i++)
        o->inputs[o->n_inputs++] = argv[i];
    return true;
}

static bool parse_verb(struct opts *o, const struct opts_table *table, int argc, char **argv,
                       struct err *e)
{
    if (argc == 3 && is_help(argv[2]) && opts_is_family(table, argv[1]))
        return take(o, table->help, 1, argv + 1);
    o->command = opts_find_command(table, argv[1], argc > 2 ? argv[2] : NULL, e);
    if (!o->command)
        return false;
    int at = strchr(o->command->name, ' ') ? 3 : 2;
    for (int i = at; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return take(o, table->help, at - 1, argv + 1);
    struct walk w = {.o = o, .table = table, .argc = argc, .at = at, .argv = argv, .e = e};
    return read_arguments(&w);
}

bool opts_parse(struct opts *o, const struct opts_table *table, int argc, char **argv,
                struct err *e)
{
    *o = defaults;
    if (argc < 2)
        return err_set(e, ERR_USAGE, "axb --help shows examples", "usage: axb VERB ...");
    o->inputs = calloc((size_t)argc, sizeof *o->inputs);
    if (!o->inputs)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    if (strcmp(argv[1], "--version") == 0)
        return take(o, table->version, 0, NULL);
    if (is_help(argv[1]))
        return take(o, table->help, 0, NULL);
    if (strcmp(argv[1], table->help->name) == 0)
        return take(o, table->help, argc - 2, argv + 2);
    return parse_verb(o, table, argc, argv, e);
}

void opts_free(struct opts *o)
{
    free(o->inputs);
    o->inputs = NULL;
}

/* ---- Files -----------------------------------------------------------------------------------*/

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), n_end = strlen(end);
    return n > n_end && strcmp(s + n - n_end, end) == 0;
}

bool opts_is_scorer_file(const char *score)
{
    static const char *const ends[] = {".c", ".cc", ".cpp", ".cxx", ".so", ".py"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_in(score, ends[i]))
            return true;
    return inherited_is(score);
}

struct named {
    const char *option; /* NULL: an input */
    const char *path;
};

/* Are or will both be one file? Devices may be written by all. */
static bool is_same(const char *a, const char *b)
{
    struct stat x, y;
    bool there = stat(a, &x) == 0;
    if (stat(b, &y) != 0 || !there)
        return strcmp(a, b) == 0;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool check_two(const struct named *out, const struct named *other, struct err *e)
{
    if (!out->path || !other->path || strcmp(out->path, "-") == 0 ||
        !is_same(out->path, other->path))
        return true;
    if (other->option)
        return err_set(e, ERR_USAGE, "name two files", "--%s and --%s are the same file, %s",
                       out->option, other->option, out->path);
    return err_set(e, ERR_USAGE, "name another file to write", "--%s: %s is a file that is read",
                   out->option, out->path);
}

/* Of two outputs with one name, only the last to get it would exist. */
bool opts_check_files(const struct opts *o, struct err *e)
{
    const struct named outs[] = {
        {"output", o->output}, {"rejects", o->rejects}, {"stats", o->stats}, {"resume", o->resume}};
    const struct named scorer = {NULL, o->score && opts_is_scorer_file(o->score) ? o->score : NULL};
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        for (size_t k = 0; k < i; k++)
            if (!check_two(&outs[k], &outs[i], e))
                return false;
        for (size_t k = 0; k < o->n_inputs; k++)
            if (!check_two(&outs[i], &(struct named){NULL, o->inputs[k]}, e))
                return false;
        if (!check_two(&outs[i], &scorer, e))
            return false;
    }
    return true;
}

/* ---- Command lines ---------------------------------------------------------------------------*/

/* Writes text in single quotes. A quote in it is ended, escaped and begun again. */
static void put_quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    fputc('\'', out);
}

/* Writes an argument so that a shell reads it as it is; quoted only if it must be. */
static void put_argument(const char *text, FILE *out)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (*text && !text[strspn(text, plain)])
        fputs(text, out);
    else
        put_quoted(text, out);
}

void opts_print_command(int argc, char **argv, FILE *out)
{
    for (int i = 0; i < argc; i++) {
        put_argument(argv[i], out);
        fputc(i + 1 < argc ? ' ' : '\n', out);
    }
}

const char *opts_help(const struct opts_row *row)
{
    return row->choose ? row->choose() : row->help;
}

const char *opts_value(const struct opts *o, const struct opts_row *row,
                       char text[OPTS_VALUE_BYTES])
{
    return row->kind->print((const char *)o + row->offset, text);
}

/* Writes an option whose value differs from its default. */
static void put_option(FILE *out, const struct opts *o, const struct opts_row *row)
{
    char text[OPTS_VALUE_BYTES], by_default[OPTS_VALUE_BYTES];
    const char *value = opts_value(o, row, text), *other = opts_value(&defaults, row, by_default);
    if (!value || (other && strcmp(value, other) == 0))
        return;
    fprintf(out, " --%s", row->name);
    if (row->argument) {
        fputc(' ', out);
        put_argument(value, out);
    }
}

/* A file whose name begins with a dash would be taken for an option. */
static void put_input(FILE *out, const char *input)
{
    fputs(input[0] == '-' && input[1] ? " ./" : " ", out);
    put_argument(input, out);
}

char *opts_explain_command(const struct opts *o)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (out) {
        fputs("axb explain", out);
        for (size_t i = 0; i < o->n_inputs; i++)
            put_input(out, o->inputs[i]);
        for (const struct opts_row *row = opts_rows; row->name; row++)
            if (row->in_explain)
                put_option(out, o, row);
    }
    return string_builder_end(&string_builder);
}
