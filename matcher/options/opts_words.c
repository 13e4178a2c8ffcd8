/* Corrects the words of a command line, and writes words for a shell. */
#include "matcher/options/opts_words.h"

#include "matcher/options/opts_row.h"

#include <stdlib.h>
#include <string.h>

bool opts_words_open(struct opts_words *w, int argc, char **argv)
{
    *w = (struct opts_words){.capacity = (size_t)argc + 16};
    w->word = calloc(w->capacity, sizeof *w->word);
    for (int i = 0; w->word && i < argc; i++)
        w->word[w->n++] = i == 0 ? "axb" : argv[i];
    return w->word;
}

void opts_words_free(struct opts_words *w)
{
    if (!w)
        return;
    free(w->word);
    arena_free(&w->arena);
    *w = (struct opts_words){0};
}

void opts_words_unknown(struct opts_words *w)
{
    if (w)
        w->unsure = true;
}

const char *opts_words_keep(struct opts_words *w, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = w ? arena_take(&w->arena, bytes) : NULL;
    if (!copy)
        opts_words_unknown(w);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

void opts_words_set(struct opts_words *w, size_t at, const char *text)
{
    if (!w || (at == w->n && w->n == w->capacity)) {
        opts_words_unknown(w);
        return;
    }
    w->n += at == w->n;
    w->word[at] = text ? opts_words_keep(w, text) : NULL;
    w->guessed = true;
}

void opts_words_insert(struct opts_words *w, size_t at, const char *text)
{
    if (!w || w->n == w->capacity) {
        opts_words_unknown(w);
        return;
    }
    memmove(w->word + at + 1, w->word + at, (w->n - at) * sizeof *w->word);
    w->n++;
    opts_words_set(w, at, text);
}

/* Does the word give the option: "--on", "--on=name", "-k" or "-kname"? *attached is where its
 * value begins in the word, 0 if that is the next word. */
static bool is_option(const char *word, const struct opts_row *row, size_t *attached)
{
    const size_t n = strlen(row->name);
    *attached = 0;
    if (!word || word[0] != '-')
        return false;
    if (word[1] == '-') {
        *attached = word[2 + strnlen(word + 2, n)] == '=' ? n + 3 : 0;
        return strncmp(word + 2, row->name, n) == 0 && (!word[2 + n] || *attached);
    }
    *attached = word[1] && word[2] ? 2 : 0;
    return row->letter && word[1] == row->letter;
}

/* Which word gives the option; w->n: none does. */
static size_t find_option(const struct opts_words *w, const struct opts_row *row, size_t *attached)
{
    size_t i = 1;
    while (i < w->n && !is_option(w->word[i], row, attached))
        i++;
    return i < w->n ? i : w->n;
}

bool opts_words_have(const struct opts_words *w, const struct opts_row *row)
{
    size_t attached;
    return w && row && find_option(w, row, &attached) < w->n;
}

void opts_words_give(struct opts_words *w, const struct opts_row *row, const char *value)
{
    char option[64];
    size_t attached = 0;
    if (!w || !row)
        return;
    const size_t i = find_option(w, row, &attached);
    if (i < w->n && !attached && i + 1 < w->n) {
        opts_words_set(w, i + 1, value);
        return;
    }
    snprintf(option, sizeof option, "--%s", row->name);
    opts_words_set(w, i, option);
    if (i + 1 < w->n)
        opts_words_insert(w, i + 1, value);
    else
        opts_words_set(w, w->n, value);
}

void opts_words_drop(struct opts_words *w, const struct opts_row *row)
{
    size_t attached;
    if (!w || !row)
        return;
    const size_t i = find_option(w, row, &attached);
    if (i == w->n)
        return;
    w->word[i] = NULL;
    if (row->argument && !attached && i + 1 < w->n)
        w->word[i + 1] = NULL;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

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

void opts_words_put(const char *text, FILE *out)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (*text && !text[strspn(text, plain)])
        fputs(text, out);
    else
        put_quoted(text, out);
}

void opts_words_print_all(const struct opts_words *w, FILE *out)
{
    for (size_t i = 0; i < w->n; i++) {
        if (!w->word[i])
            continue;
        fputs(i ? " " : "", out);
        opts_words_put(w->word[i], out);
    }
}

bool opts_words_print(const struct opts_words *w, FILE *out)
{
    if (!w || w->unsure || !w->guessed)
        return false;
    opts_words_print_all(w, out);
    return true;
}
