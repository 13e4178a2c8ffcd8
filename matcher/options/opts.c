/* Parses the command line by the rows of a table, and writes command lines again.
 *
 * Not here: how a value is read and printed (opts_kind.c), what is said of mistakes
 * (opts_mistakes.c), and help (cmd_help.c). */
#include "matcher/options/opts.h"

#include "core/inherited.h"
#include "core/same_file.h"
#include "core/string_builder.h"
#include "matcher/options/opts_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_DEFAULTS                                                                              \
    {                                                                                              \
        .header = true, .skip_lines = UINT64_MAX                                                   \
    } /* that is: not given */

static const struct opts defaults = {.prune = true,
                                     .verify = true,
                                     .reading = {.header = true},
                                     .reading_side = {SIDE_DEFAULTS, SIDE_DEFAULTS},
                                     .checkpoint_seconds = 10,
                                     .max_rejects = 1000,
                                     .sample = 200};

/* ---- Sides -----------------------------------------------------------------------------------*/

const char *opts_name(const struct opts_row *row, enum opts_variant v, char name[OPTS_NAME_BYTES])
{
    static const char *const prefix[OPTS_VARIANTS] = {"", "a-", "b-"};
    if (v != OPTS_BOTH && !row->sided)
        return NULL;
    snprintf(name, OPTS_NAME_BYTES, "%s%s", prefix[v], row->name);
    return name;
}

/* Where the value of such an option is in struct opts. */
static size_t offset_of(const struct opts_row *row, enum opts_variant v)
{
    const size_t side = v == OPTS_BOTH ? 0 : (size_t)v - 1;
    return v == OPTS_BOTH
               ? row->offset
               : row->offset - offsetof(struct opts, reading) +
                     offsetof(struct opts, reading_side) + side * sizeof(struct opts_reading);
}

struct opts_reading opts_reading(const struct opts *o, int side)
{
    const struct opts_reading *all = &o->reading, *one = &o->reading_side[side];
    return (struct opts_reading){.delimiter = one->delimiter ? one->delimiter : all->delimiter,
                                 .header = one->header && all->header,
                                 .lenient = one->lenient || all->lenient,
                                 .encoding = one->encoding ? one->encoding : all->encoding,
                                 .skip_lines = one->skip_lines != UINT64_MAX ? one->skip_lines
                                                                             : all->skip_lines,
                                 .comment = one->comment ? one->comment : all->comment,
                                 .escape = one->escape ? one->escape : all->escape,
                                 .nulls = one->nulls ? one->nulls : all->nulls};
}

/* The i-th value of such an option; NULL after the last. */
static const char *value_of(const struct opts *o, const struct opts_row *row, enum opts_variant v,
                            size_t i, char text[OPTS_VALUE_BYTES])
{
    const void *field = (const char *)o + offset_of(row, v);
    if (row->kind == &kind_strings) {
        const struct opts_strings *all = field;
        return i < all->n ? all->text[i] : NULL;
    }
    return i == 0 ? row->kind->print(row, field, text) : NULL;
}

/* Is its i-th value another than the default? */
static bool differs(const struct opts *o, const struct opts_row *row, enum opts_variant v, size_t i)
{
    char text[OPTS_VALUE_BYTES], by_default[OPTS_VALUE_BYTES];
    const char *value = value_of(o, row, v, i, text);
    const char *other = value_of(&defaults, row, v, i, by_default);
    return value && !(other && strcmp(value, other) == 0);
}

bool opts_differs(const struct opts *o, const struct opts_row *row)
{
    return differs(o, row, OPTS_BOTH, 0);
}

bool opts_refuse_side_b(const struct opts *o, struct err *e)
{
    char name[OPTS_NAME_BYTES];
    for (const struct opts_row *row = opts_rows; row->name; row++)
        if (row->sided && differs(o, row, OPTS_B, 0))
            return err_set(e, ERR_USAGE, "leave out the b-", "--%s: there is one file only",
                           opts_name(row, OPTS_B, name));
    return true;
}

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

const struct opts_row *opts_find_row(const char *name)
{
    const struct opts_row *row = opts_rows;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    return row->name ? row : NULL;
}

static const struct command *find_command(const struct opts_table *table, const char *first,
                                          const char *second)
{
    char name[100];
    bool two = opts_is_family(table, first) && second && second[0] != '-';
    snprintf(name, sizeof name, "%s%s%s", first, two ? " " : "", two ? second : "");
    for (const struct command *const *c = table->commands; *c; c++)
        if (strcmp(name, (*c)->name) == 0)
            return *c;
    return NULL;
}

const struct command *opts_find_command(const struct opts_table *table, const char *first,
                                        const char *second, struct err *e)
{
    const struct command *c = find_command(table, first, second);
    if (!c)
        opts_unknown_verb(table, first, opts_is_family(table, first) ? second : NULL, e);
    return c;
}

/* The row of an option of n bytes ("min" of "--min=0.9"), and for which files it is; or NULL. */
static const struct opts_row *find_long(const struct walk *w, const char *name, size_t n,
                                        enum opts_variant *variant)
{
    char is[OPTS_NAME_BYTES];
    for (const struct opts_row *row = w->table->rows; row->name; row++)
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && opts_name(row, v, is); v++)
            if (opts_takes(w->o->command, row) && strlen(is) == n && strncmp(is, name, n) == 0) {
                *variant = v;
                return row;
            }
    return NULL;
}

static const struct opts_row *find_letter(const struct walk *w, char letter)
{
    for (const struct opts_row *row = w->table->rows; row->name; row++)
        if (row->letter == letter && opts_takes(w->o->command, row))
            return row;
    return NULL;
}

/* ---- Walking through the arguments -----------------------------------------------------------*/

/* Several values of a list are one, with commas. */
static const char *join_lists(struct walk *w, const char **field, const char *value)
{
    char *joined = NULL;
    if (!*field || asprintf(&joined, "%s,%s", *field, value) < 0)
        return value;
    *field = NULL;
    value = opts_words_keep(w->o->words, joined);
    free(joined);
    return value;
}

/* Gives an option its value. `attached`: it stands in one word with the option. */
static void take_value(struct walk *w, const struct opts_row *row, enum opts_variant v,
                       const char *value, bool attached)
{
    const char **given = &w->given[OPTS_VARIANTS * (row - w->table->rows) + v];
    struct err wrong;
    void *field = (char *)w->o + offset_of(row, v);
    const bool many = row->many || row->kind == &kind_strings || row->kind == &kind_level;
    if (*given && !many) {
        mistake_twice(w, row, *given, value ? value : "");
        return;
    }
    *given = value ? value : "";
    if (row->given)
        *(bool *)((char *)w->o + row->given) = true;
    if (row->many && row->kind == &kind_string)
        value = join_lists(w, field, value);
    if (!row->kind->read(field, row, value, &wrong))
        mistake_value(w, row, value, attached, &wrong);
}

/* Is the next argument an option, not the value of this one? A value that looks like one is written
 * in one word with its option. */
static bool is_followed_by_option(const struct walk *w)
{
    const char *next = w->at + 1 < w->argc ? w->argv[w->at + 1] : NULL;
    enum opts_variant variant;
    return !next || (strncmp(next, "--", 2) == 0 &&
                     find_long(w, next + 2, strcspn(next + 2, "="), &variant));
}

/* Reads the value of an option: the rest of its own argument, or the next argument. */
static void read_value(struct walk *w, const struct opts_row *row, enum opts_variant v,
                       const char *attached)
{
    struct err one;
    if (!row->argument && attached) {
        err_set(&one, ERR_USAGE, NULL, "--%s takes no value", row->name);
        err_add(w->e, &one);
        opts_words_unknown(w->o->words);
    } else if (row->argument && !attached && is_followed_by_option(w)) {
        mistake_no_value(w, row);
    } else if (row->argument && !attached) {
        w->at++;
        take_value(w, row, v, w->argv[w->at], false);
        w->row = row;
    } else {
        take_value(w, row, v, attached, true);
    }
}

static void read_long(struct walk *w, const char *text)
{
    enum opts_variant variant = OPTS_BOTH;
    size_t n = strcspn(text, "=");
    const struct opts_row *row = find_long(w, text, n, &variant);
    if (!row)
        row = mistake_option(w, text);
    if (row)
        read_value(w, row, variant, text[n] ? text + n + 1 : NULL);
}

/* -q, -j4, -j 4, -qv */
static void read_short(struct walk *w, const char *text)
{
    enum opts_variant variant;
    const size_t n = strcspn(text, "=");
    if (n > 2 && find_long(w, text, n, &variant)) {
        mistake_dash(w, text, n);
        read_long(w, text);
        return;
    }
    for (; *text; text++) {
        const struct opts_row *row = find_letter(w, *text);
        if (!row) {
            mistake_letter(w, *text);
            return;
        }
        read_value(w, row, OPTS_BOTH, row->argument && text[1] ? text + 1 : NULL);
        if (row->argument)
            return;
    }
}

static void read_input(struct walk *w, const char *text)
{
    if (w->o->n_inputs < w->o->command->max_inputs)
        w->o->inputs[w->o->n_inputs++] = text;
    else if (!w->lost)
        mistake_surplus(w, text);
}

static void read_argument(struct walk *w, bool only_inputs)
{
    const char *text = w->argv[w->at];
    if (only_inputs || text[0] != '-' || !text[1]) {
        read_input(w, text);
        w->row = NULL;
        return;
    }
    w->row = NULL;
    if (text[1] == '-')
        read_long(w, text + 2);
    else
        read_short(w, text + 1);
}

/* The scorer was given after the tables. */
static void put_scorer_first(struct walk *w)
{
    const char **inputs = w->o->inputs;
    size_t i = 0, n = w->o->n_inputs;
    struct err one;
    while (i < n && !opts_is_scorer_file(inputs[i]))
        i++;
    if (!w->o->command->scorer_first || i == 0 || i == n)
        return;
    err_set(&one, ERR_USAGE, NULL, "the scorer comes first: axb %s %s", w->o->command->name,
            w->o->command->arguments);
    err_add(w->e, &one);
    const char *scorer = inputs[i];
    for (size_t at = 2; at < (size_t)w->argc; at++)
        if (w->argv[at] == scorer)
            opts_words_set(w->o->words, at, NULL);
    opts_words_insert(w->o->words, 2, scorer);
    memmove(inputs + 1, inputs, i * sizeof *inputs);
    inputs[0] = scorer;
}

static void read_arguments(struct walk *w)
{
    bool only_inputs = false;
    for (; w->at < w->argc; w->at++)
        if (!only_inputs && strcmp(w->argv[w->at], "--") == 0)
            only_inputs = true;
        else
            read_argument(w, only_inputs);
    if (w->o->n_inputs < w->o->command->min_inputs && !w->lost)
        mistake_missing_input(w);
    put_scorer_first(w);
}

/* ---- The whole line --------------------------------------------------------------------------*/

static bool is_brief(const char *text)
{
    return strcmp(text, "-h") == 0;
}

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || is_brief(text);
}

static bool is_version(const char *text)
{
    return strcmp(text, "--version") == 0 || strcmp(text, "-V") == 0;
}

/* Takes n arguments as they are, options or not. */
static bool take(struct opts *o, const struct command *command, int n, char **argv)
{
    o->command = command;
    for (int i = 0; i < n; i++)
        o->inputs[o->n_inputs++] = argv[i];
    return true;
}

static size_t count_rows(const struct opts_table *table)
{
    size_t n = 0;
    while (table->rows[n].name)
        n++;
    return n;
}

static bool parse_verb(struct opts *o, const struct opts_table *table, int argc, char **argv,
                       struct err *e)
{
    if (argc == 3 && is_help(argv[2]) && opts_is_family(table, argv[1]))
        return take(o, table->help, 1, argv + 1);
    o->command = find_command(table, argv[1], argc > 2 ? argv[2] : NULL);
    if (!o->command) {
        mistake_verb(table, o, argc, argv, e);
        return false;
    }
    int at = strchr(o->command->name, ' ') ? 3 : 2;
    for (int i = at; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i])) {
            o->brief = is_brief(argv[i]);
            return take(o, table->help, at - 1, argv + 1);
        }
    struct walk w = {.o = o,
                     .table = table,
                     .argc = argc,
                     .at = at,
                     .argv = argv,
                     .given = calloc(OPTS_VARIANTS * count_rows(table) + 1, sizeof *w.given),
                     .e = e};
    if (w.given)
        read_arguments(&w);
    else
        err_set(e, ERR_OS, NULL, "not enough memory");
    free(w.given);
    return e->status == ERR_NONE;
}

bool opts_parse(struct opts *o, const struct opts_table *table, int argc, char **argv,
                struct err *e)
{
    *o = defaults;
    *e = (struct err){0};
    if (argc < 2)
        return err_set(e, ERR_USAGE, "axb --help shows examples", "usage: axb VERB ...");
    o->inputs = calloc((size_t)argc, sizeof *o->inputs);
    o->words = calloc(1, sizeof *o->words);
    if (!o->inputs || !o->words || !opts_words_open(o->words, argc, argv))
        return err_set(e, ERR_OS, NULL, "not enough memory");
    if (is_version(argv[1]))
        return take(o, table->version, 0, NULL);
    if (is_help(argv[1])) {
        o->brief = is_brief(argv[1]);
        return take(o, table->help, 0, NULL);
    }
    if (strcmp(argv[1], table->help->name) == 0)
        return take(o, table->help, argc - 2, argv + 2);
    return parse_verb(o, table, argc, argv, e);
}

void opts_free(struct opts *o)
{
    free(o->inputs);
    opts_words_free(o->words);
    free(o->words);
    o->inputs = NULL;
    o->words = NULL;
}

bool opts_in_parts(const struct opts *o)
{
    return o->shard || o->slurm;
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

/* So may a descriptor be called: "fd:7:model.axb". */
bool opts_is_model_file(const char *score)
{
    return ends_in(score, ".axb");
}

struct named {
    const char *option; /* NULL: an input */
    const char *path;
};

static bool check_two(const struct named *out, const struct named *other, struct err *e)
{
    if (out->path && other->path && other->option && strcmp(out->path, "-") == 0 &&
        strcmp(other->path, "-") == 0)
        return err_set(e, ERR_USAGE, "name a file for one of them",
                       "--%s and --%s both go to stdout", out->option, other->option);
    if (!out->path || !other->path || strcmp(out->path, "-") == 0 ||
        !same_file(out->path, other->path))
        return true;
    if (other->option)
        return err_set(e, ERR_USAGE, "name two files", "--%s and --%s are the same file, %s",
                       out->option, other->option, out->path);
    return err_set(e, ERR_USAGE, "name another file to write", "--%s: %s is a file that is read",
                   out->option, out->path);
}

/* Is none of these files, which are read, the one to write? */
static bool check_all(const struct named *out, const char *const *read, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!check_two(out, &(struct named){NULL, read[i]}, e))
            return false;
    return true;
}

/* Of two outputs with one name, only the last to get it would exist. */
bool opts_check_files(const struct opts *o, struct err *e)
{
    const struct named outs[] = {
        {"output", o->output},   {"prepare", o->prepare},       {"slurm", o->slurm},
        {"rejects", o->rejects}, {"clusters", o->clusters},     {"golden", o->golden},
        {"stats", o->stats},     {"resume", o->resume},         {"histogram", o->histogram},
        {"errors", o->errors},   {"rejected-lines", o->mended}, {"report", o->report}};
    const bool read = o->score && (opts_is_scorer_file(o->score) || opts_is_model_file(o->score));
    const struct named scorer = {NULL, read ? o->score : NULL};
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        for (size_t k = 0; k < i; k++)
            if (!check_two(&outs[k], &outs[i], e))
                return false;
        if (!check_two(&outs[i], &scorer, e) ||
            !check_all(&outs[i], o->records.text, o->records.n, e) ||
            !check_all(&outs[i], o->inputs, o->n_inputs, e))
            return false;
    }
    return true;
}

/* ---- Command lines ---------------------------------------------------------------------------*/

void opts_print_command(int argc, char **argv, FILE *out)
{
    for (int i = 0; i < argc; i++) {
        opts_words_put(argv[i], out);
        fputc(i + 1 < argc ? ' ' : '\n', out);
    }
}

const char *opts_help(const struct opts_row *row)
{
    return row->choose ? row->choose() : row->help;
}

const char *opts_value(const struct opts *o, const struct opts_row *row, size_t i,
                       char text[OPTS_VALUE_BYTES])
{
    return value_of(o, row, OPTS_BOTH, i, text);
}

/* Writes the options of a row whose values differ from their defaults, each once for each value. */
static void put_option(FILE *out, const struct opts *o, const struct opts_row *row)
{
    char text[OPTS_VALUE_BYTES], name[OPTS_NAME_BYTES];
    const char *value;
    for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && opts_name(row, v, name); v++)
        for (size_t i = 0; (value = value_of(o, row, v, i, text)); i++) {
            if (!differs(o, row, v, i))
                continue;
            fprintf(out, " --%s", name);
            if (row->argument) {
                fputc(' ', out);
                opts_words_put(value, out);
            }
        }
}

/* A file whose name begins with a dash would be taken for an option. */
static void put_input(FILE *out, const char *input)
{
    fputs(input[0] == '-' && input[1] ? " ./" : " ", out);
    opts_words_put(input, out);
}

void opts_print_words(const struct opts *o, bool (*wanted)(const struct opts_row *row), FILE *out)
{
    for (size_t i = 0; i < o->n_inputs; i++)
        put_input(out, o->inputs[i]);
    for (const struct opts_row *row = opts_rows; row->name; row++)
        if (wanted(row))
            put_option(out, o, row);
}

static bool is_in_explain(const struct opts_row *row)
{
    return row->in_explain;
}

char *opts_explain_command(const struct opts *o)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (out) {
        fputs("axb explain", out);
        opts_print_words(o, is_in_explain, out);
    }
    return string_builder_end(&string_builder);
}
