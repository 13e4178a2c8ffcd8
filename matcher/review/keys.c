/* A key is a row: its letters and its word. */
#include "matcher/review/keys.h"

#include "matcher/review/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN_BYTES 40 /* of a line, in messages */

static const struct {
    const char *letters, *word;
    enum key key;
} keys[] = {
    {"yY", "yes", KEY_MATCH},       {"nN", "no", KEY_DIFFER}, {"sS ", "skip", KEY_SKIP},
    {"uU\b\177", "undo", KEY_UNDO}, {"qQ", "quit", KEY_QUIT}, {"?hH", "help", KEY_HELP},
};
#define N_KEYS (sizeof keys / sizeof *keys)

static enum key of_letter(int letter)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (letter > 0 && strchr(keys[i].letters, letter))
            return keys[i].key;
    return KEY_NONE;
}

static enum key of_word(const char *word)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcasecmp(word, keys[i].word) == 0)
            return keys[i].key;
    return KEY_NONE;
}

/* ---- A terminal ------------------------------------------------------------------------------*/

static enum key of_terminal(void)
{
    const int event = terminal_next();
    switch (event) {
    case TERMINAL_UP:
        return KEY_UP;
    case TERMINAL_DOWN:
        return KEY_DOWN;
    case TERMINAL_REDRAW:
        return KEY_REDRAW;
    case TERMINAL_SIGNAL:
    case TERMINAL_END:
        return KEY_QUIT;
    default:
        return event < TERMINAL_UP ? of_letter(event) : KEY_NONE;
    }
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static bool no_key(const struct keys *k, struct err *e)
{
    return err_set(
        e, ERR_DATA, "answers are y, n, s, u or q, one for each pair; those before it are saved",
        "stdin:%llu: \"%.*s\" is no answer", (unsigned long long)k->n_lines, SHOWN_BYTES, k->line);
}

/* Reads lines until one has something. Sets *key where the line is a word, or where there is none.
 */
static bool read_line(struct keys *k, enum key *key, struct err *e)
{
    *key = KEY_NONE;
    k->at = k->n = 0;
    while (k->n == 0) {
        errno = 0;
        const ssize_t n = getline(&k->line, &k->capacity, stdin);
        if (n < 0) {
            *key = KEY_QUIT;
            return !ferror(stdin) || err_system(e, ERR_IO, errno, NULL, "stdin cannot be read");
        }
        k->n_lines++;
        k->n = strcspn(k->line, "\r\n");
        k->line[k->n] = 0;
    }
    *key = of_word(k->line);
    if (*key != KEY_NONE) {
        k->at = k->n;
        return true;
    }
    for (size_t i = 0; i < k->n; i++)
        if (of_letter(k->line[i]) == KEY_NONE)
            return no_key(k, e);
    return true;
}

bool keys_next(struct keys *k, enum key *key, struct err *e)
{
    if (k->terminal) {
        *key = of_terminal();
        return true;
    }
    *key = KEY_NONE;
    if (k->at == k->n && !read_line(k, key, e))
        return false;
    if (*key == KEY_NONE)
        *key = of_letter(k->line[k->at++]);
    return true;
}

void keys_close(struct keys *k)
{
    free(k->line);
    k->line = NULL;
}

uint64_t keys_line(const struct keys *k)
{
    return k->n_lines;
}
