/* What a person answers: keys of a terminal, or lines of any other input.
 *
 * In lines a word such as "yes", or letters: "y", or "yyn" for three answers. On a terminal what is
 * no key is nothing; in lines it is an error, since all answers after it would be about the wrong
 * pairs. Not here: the terminal itself (terminal.h). */
#ifndef AXB_MATCHER_REVIEW_KEYS_H
#define AXB_MATCHER_REVIEW_KEYS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key {
    KEY_NONE, /* a key without a meaning, on a terminal alone */
    KEY_MATCH,
    KEY_DIFFER,
    KEY_SKIP,
    KEY_UNDO,
    KEY_QUIT, /* also where the input ends, and where a signal asks for it */
    KEY_HELP,
    KEY_UP,
    KEY_DOWN,
    KEY_REDRAW, /* no answer: the terminal is to be drawn again */
};

struct keys {
    bool terminal; /* taken over; else lines of stdin */
    char *line;    /* malloced */
    size_t capacity, n, at;
    uint64_t n_lines; /* read so far */
};

/* The next key. In lines: ERR_DATA for what is none, ERR_IO. keys_close is due even then. */
bool keys_next(struct keys *k, enum key *key, struct err *e);
void keys_close(struct keys *k);

/* The line of the last key, from 1. */
uint64_t keys_line(const struct keys *k);

#endif
