/* A terminal that hands over each key as it is pressed, and shows whole screens.
 *
 * It is taken over by terminal_open and given back by terminal_close, by exit, and before any
 * signal ends or stops the process; only SIGKILL leaves it as it is. Here are termios, signals and
 * escape sequences (ECMA-48). Not here: what keys mean (keys.h). */
#ifndef AXB_MATCHER_REVIEW_TERMINAL_H
#define AXB_MATCHER_REVIEW_TERMINAL_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Can axb take over the terminal? stdin and stdout are one, and it obeys escape sequences. */
bool terminal_is_there(void);

/* Takes it over, once in a process at a time. ERR_OS. */
bool terminal_open(struct err *e);
/* Gives it back, with what it showed before. Harmless if it is not taken over. */
void terminal_close(void);

/* Besides characters, from 0 to 255: */
enum terminal_event {
    TERMINAL_UP = 256,
    TERMINAL_DOWN,
    TERMINAL_OTHER,  /* another key that is no character */
    TERMINAL_REDRAW, /* the size has changed, or the process was stopped and goes on */
    TERMINAL_SIGNAL, /* a signal asks the process to end: terminal_signal says which */
    TERMINAL_END,    /* nothing comes any more */
};

/* Waits for the next key. Stops the process itself when the user asks for that. */
int terminal_next(void);

/* The signal that came, or 0. */
int terminal_signal(void);

/* Its size now; 80 and 24 where it does not say. */
void terminal_size(unsigned *columns, unsigned *rows);

/* Shows n bytes of lines in place of all that it showed; they should fit its size. */
void terminal_show(const char *text, size_t n);

#endif
