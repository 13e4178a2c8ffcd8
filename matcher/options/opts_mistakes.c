/* What is wrong with a command line, and what was most likely meant.
 *
 * Each mistake is one finding with a hint. Where the meaning can be guessed, the words of the
 * command are corrected, and reading goes on as if the user had written that. */
#include "matcher/options/opts_foreign.h"
#include "matcher/options/opts_internal.h"

#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_NAME 60 /* bytes of a word that a message repeats */

/* ---- Verbs -----------------------------------------------------------------------------------*/

/* The names of verbs, or what follows `family` in them: "match, dedupe, …". */
static void list_verbs(const struct opts_table *table, const char *family, char *text, size_t bytes)
{
    const size_t n_family = family ? strlen(family) : 0;
    size_t n = 0;
    text[0] = 0;
    for (const struct command *const *c = table->commands; *c; c++) {
        const char *name = (*c)->name;
        if ((*c)->for_programs ||
            (family && (strncmp(name, family, n_family) != 0 || name[n_family] != ' ')))
            continue;
        name += family ? n_family + 1 : 0;
        n += (size_t)snprintf(text + n, n < bytes ? bytes - n : 0, "%s%s", n ? ", " : "", name);
        n = n < bytes ? n : bytes - 1;
    }
}

static const char *nearest_verb(const struct opts_table *table, const char *wanted)
{
    const char *names[100];
    size_t n = 0;
    for (const struct command *const *c = table->commands; *c && n < 100; c++)
        if (!(*c)->for_programs)
            names[n++] = (*c)->name;
    return suggest_nearest(wanted, names, n);
}

void opts_unknown_verb(const struct opts_table *table, const char *first, const char *second,
                       struct err *e)
{
    char verbs[300], hint[400], wanted[100];
    const bool is_family = opts_is_family(table, first);
    list_verbs(table, is_family ? first : NULL, verbs, sizeof verbs);
    snprintf(wanted, sizeof wanted, "%s%s%s", first, second ? " " : "", second ? second : "");
    const struct opts_foreign_verb *foreign = is_family ? NULL : opts_foreign_verb_find(first);
    const char *nearest = nearest_verb(table, is_family ? wanted : first);
    snprintf(hint, sizeof hint, "axb %s --help shows what they do", is_family ? first : "");
    if (is_family && !second)
        err_set(e, ERR_USAGE, hint, "%s needs a subcommand: %s", first, verbs);
    else if (is_family)
        err_set(e, ERR_USAGE, hint, "%s has no subcommand \"%.*s\"; it has %s", first, SHOWN_NAME,
                second, verbs);
    else {
        if (foreign)
            snprintf(hint, sizeof hint, "%s; verbs: %s", foreign->says, verbs);
        else
            snprintf(hint, sizeof hint, "%s%s%sverbs: %s", nearest ? "did you mean " : "",
                     nearest ? nearest : "", nearest ? "? " : "", verbs);
        err_set(e, ERR_USAGE, hint, "there is no verb \"%.*s\"", SHOWN_NAME, first);
    }
}

/* axb A.csv B.csv --on name: the verb was left out. */
static bool lacks_verb(struct opts *o, int argc, char **argv, struct err *e)
{
    const bool is_input = argv[1][0] == '@' || access(argv[1], F_OK) == 0;
    if (!is_input)
        return false;
    const bool two = argc > 2 && (argv[2][0] == '@' || access(argv[2], F_OK) == 0);
    err_set(e, ERR_USAGE, "axb --help lists the verbs",
            "a verb is missing: %s is a file. Begin with axb match, axb dedupe …", argv[1]);
    opts_words_insert(o->words, 1, two ? "match" : "dedupe");
    return true;
}

void mistake_verb(const struct opts_table *table, struct opts *o, int argc, char **argv,
                  struct err *e)
{
    const char *second = argc > 2 && argv[2][0] != '-' ? argv[2] : NULL;
    if (lacks_verb(o, argc, argv, e))
        return;
    opts_unknown_verb(table, argv[1], opts_is_family(table, argv[1]) ? second : NULL, e);
    const struct opts_foreign_verb *foreign = opts_foreign_verb_find(argv[1]);
    const char *nearest = foreign                          ? foreign->instead
                          : opts_is_family(table, argv[1]) ? NULL
                                                           : nearest_verb(table, argv[1]);
    if (nearest && !strchr(nearest, ' '))
        opts_words_set(o->words, 1, nearest);
    else
        opts_words_unknown(o->words);
}

/* ---- Options ---------------------------------------------------------------------------------*/

#define MOST_NAMES 200

/* The options that a verb takes, with those for one side. */
struct names {
    size_t n;
    const char *name[MOST_NAMES];
    char text[MOST_NAMES][OPTS_NAME_BYTES];
};

static void list_names(const struct walk *w, struct names *all)
{
    all->n = 0;
    for (const struct opts_row *row = w->table->rows; row->name; row++)
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && all->n < MOST_NAMES; v++)
            if (opts_takes(w->o->command, row) && row->topic != OPTS_STARTER &&
                opts_name(row, v, all->text[all->n])) {
                all->name[all->n] = all->text[all->n];
                all->n++;
            }
}

static const struct opts_row *row_of(const struct walk *w, const char *name)
{
    char is[OPTS_NAME_BYTES];
    for (const struct opts_row *row = w->table->rows; name && row->name; row++)
        for (enum opts_variant v = OPTS_BOTH; v < OPTS_VARIANTS && opts_name(row, v, is); v++)
            if (opts_takes(w->o->command, row) && strcmp(is, name) == 0)
                return row;
    return NULL;
}

static void no_option(struct walk *w, const char *text, size_t n, const char *hint)
{
    struct err one;
    err_set(&one, ERR_USAGE, hint, "axb %s has no option --%.*s", w->o->command->name,
            (int)(n < SHOWN_NAME ? n : SHOWN_NAME), text);
    err_add(w->e, &one);
}

/* No one name is like it: those that are near. */
static void unlike_any(struct walk *w, const char *text, size_t n)
{
    struct names all;
    char wanted[64], more[100], hint[400];
    list_names(w, &all);
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, text);
    snprintf(more, sizeof more, "axb %s --help lists all", w->o->command->name);
    suggest_hint(wanted, all.name, all.n, more, hint, sizeof hint);
    no_option(w, text, n, hint);
    opts_words_unknown(w->o->words);
    w->lost = true;
}

/* Puts "--NAME" in place of the word, with the value that it has in the word. */
static void rename_option(struct walk *w, const char *name, const char *value)
{
    char word[1200];
    snprintf(word, sizeof word, "--%s%s%s", name, value ? "=" : "", value ? value : "");
    opts_words_set(w->o->words, (size_t)w->at, word);
}

/* An option of another tool. */
static const struct opts_row *foreign(struct walk *w, const struct opts_foreign *f,
                                      const char *text, size_t n)
{
    const struct opts_row *row = row_of(w, f->instead);
    char hint[400];
    if (f->instead && !row) {
        unlike_any(w, text, n);
        return NULL;
    }
    if (f->instead)
        snprintf(hint, sizeof hint, "axb calls it --%s%s%s", f->instead,
                 f->value && f->value[0] ? " " : "", f->value ? f->value : "");
    no_option(w, text, n, f->instead ? hint : f->says);
    if (!f->instead) {
        w->at += f->takes_value && !text[n] && w->at + 1 < w->argc && w->argv[w->at + 1][0] != '-';
        opts_words_unknown(w->o->words);
        return NULL;
    }
    if (f->takes_value) {
        rename_option(w, f->instead, text[n] ? text + n + 1 : NULL);
        return row;
    }
    rename_option(w, f->instead, f->value && f->value[0] ? f->value : NULL);
    struct err ignored;
    (void)row->kind->read((char *)w->o + row->offset, row, f->value, &ignored);
    return NULL;
}

/* An option of other commands that says what to do here; or NULL. */
static const struct opts_row *of_others(const struct walk *w, const char *text, size_t n)
{
    const struct opts_row *row = w->table->rows;
    while (row->name && !(row->elsewhere && !opts_takes(w->o->command, row) &&
                          strlen(row->name) == n && memcmp(row->name, text, n) == 0))
        row++;
    return row->name ? row : NULL;
}

const struct opts_row *mistake_option(struct walk *w, const char *text)
{
    struct names all;
    char wanted[64], hint[100];
    size_t n = strcspn(text, "=");
    const struct opts_foreign *f = opts_foreign_find(text, n);
    if (f)
        return foreign(w, f, text, n);
    const struct opts_row *others = of_others(w, text, n);
    if (others) {
        no_option(w, text, n, others->elsewhere);
        opts_words_unknown(w->o->words);
        return others; /* its value is read, so that what follows is understood */
    }
    list_names(w, &all);
    snprintf(wanted, sizeof wanted, "%.*s", (int)n, text);
    const char *nearest = suggest_nearest(wanted, all.name, all.n);
    if (!nearest) {
        unlike_any(w, text, n);
        return NULL;
    }
    snprintf(hint, sizeof hint, "did you mean --%s? axb %s --help lists all", nearest,
             w->o->command->name);
    no_option(w, text, n, hint);
    rename_option(w, nearest, text[n] ? text + n + 1 : NULL);
    return row_of(w, nearest);
}

void mistake_dash(struct walk *w, const char *text, size_t n)
{
    char word[1200];
    struct err one;
    err_set(&one, ERR_USAGE, NULL, "-%.*s has one dash; did you mean --%.*s?", (int)n, text, (int)n,
            text);
    err_add(w->e, &one);
    snprintf(word, sizeof word, "--%s", text);
    opts_words_set(w->o->words, (size_t)w->at, word);
}

void mistake_letter(struct walk *w, char letter)
{
    char hint[100];
    struct err one;
    snprintf(hint, sizeof hint, "axb %s --help lists all", w->o->command->name);
    err_set(&one, ERR_USAGE, hint, "axb %s has no option -%c", w->o->command->name, letter);
    err_add(w->e, &one);
    opts_words_unknown(w->o->words);
    w->lost = true;
}

/* ---- Values ----------------------------------------------------------------------------------*/

void mistake_no_value(struct walk *w, const struct opts_row *row)
{
    struct err one;
    err_set(&one, ERR_USAGE, opts_help(row), "--%s needs %s", row->name,
            row->kind->needs ? row->kind->needs(row) : row->argument);
    err_add(w->e, &one);
    opts_words_unknown(w->o->words);
    if (row->given) /* not a second finding, that it is missing */
        *(bool *)((char *)w->o + row->given) = true;
}

void mistake_value(struct walk *w, const struct opts_row *row, const char *value, bool attached,
                   const struct err *wrong)
{
    char text[OPTS_VALUE_BYTES], word[128];
    struct err ignored;
    err_add(w->e, wrong);
    if (!row->kind->repair || !row->kind->repair(value, text)) {
        opts_words_unknown(w->o->words);
        return;
    }
    (void)row->kind->read((char *)w->o + row->offset, row, text, &ignored);
    snprintf(word, sizeof word, "%s%s%s%s", attached ? "--" : "", attached ? row->name : "",
             attached ? "=" : "", text);
    opts_words_set(w->o->words, (size_t)w->at, word);
}

void mistake_twice(struct walk *w, const struct opts_row *row, const char *first,
                   const char *second)
{
    struct err one;
    const char *hint = row->several ? row->several : "give it once";
    if (row->argument)
        err_set(&one, ERR_USAGE, hint, "--%s is given twice: %.200s and %.200s", row->name, first,
                second);
    else
        err_set(&one, ERR_USAGE, hint, "--%s is given twice", row->name);
    err_add(w->e, &one);
    if (!row->argument && strncmp(w->argv[w->at], "--", 2) == 0)
        opts_words_set(w->o->words, (size_t)w->at, NULL);
    else
        opts_words_unknown(w->o->words);
}

/* ---- Arguments -------------------------------------------------------------------------------*/

/* --on Company Name: the blank was not quoted. */
static bool lacks_quotes(struct walk *w, const char *text, struct err *one)
{
    char joined[1000];
    if (!w->row || !w->row->columns || w->row->kind != &kind_string)
        return false;
    snprintf(joined, sizeof joined, "%s %s", w->argv[w->at - 1], text);
    err_set(one, ERR_USAGE, "write what belongs together in quotes",
            "\"%.*s\" is one argument too many: is it a part of --%s '%.200s'?", SHOWN_NAME, text,
            w->row->name, joined);
    opts_words_set(w->o->words, (size_t)w->at - 1, joined);
    opts_words_set(w->o->words, (size_t)w->at, NULL);
    const char **field = (const char **)((char *)w->o + w->row->offset);
    *field = opts_words_keep(w->o->words, joined);
    return true;
}

void mistake_surplus(struct walk *w, const char *text)
{
    const struct command *c = w->o->command;
    const struct opts_row *score = row_of(w, "score");
    struct err one;
    char word[1200];
    if (lacks_quotes(w, text, &one)) {
        err_add(w->e, &one);
        return;
    }
    if (score && !w->o->score && opts_is_scorer_file(text)) {
        err_set(&one, ERR_USAGE, opts_help(score), "a scorer is given by --score %.*s", SHOWN_NAME,
                text);
        snprintf(word, sizeof word, "--score=%s", text);
        opts_words_set(w->o->words, (size_t)w->at, word);
        w->o->score = text;
    } else {
        err_set(&one, ERR_USAGE, NULL, "\"%.*s\" is one argument too many\nusage: axb %s%s%s",
                SHOWN_NAME, text, c->name, c->arguments[0] ? " " : "", c->arguments);
        opts_words_unknown(w->o->words);
    }
    err_add(w->e, &one);
}

/* The n-th word of the arguments that usage shows, from 0. */
static void nth_argument(const char *arguments, size_t n, char *word, size_t bytes)
{
    for (; n > 0 && *arguments; n--) {
        arguments += strcspn(arguments, " ");
        arguments += strspn(arguments, " ");
    }
    snprintf(word, bytes, "%.*s", (int)strcspn(arguments, " "), arguments);
}

void mistake_missing_input(struct walk *w)
{
    const struct command *c = w->o->command;
    char word[64];
    struct err one;
    nth_argument(c->arguments, w->o->n_inputs, word, sizeof word);
    err_set(&one, ERR_USAGE,
            c->topics & OPTS_INPUT ? "a file can be - for stdin, or @NAME for a loaded table"
                                   : NULL,
            "an argument is missing: %s\nusage: axb %s %s", word, c->name, c->arguments);
    err_add(w->e, &one);
    opts_words_unknown(w->o->words);
}
