/* Errors: one value that says what went wrong, where, and what to do about it.
 *
 * A function that can fail returns bool and takes a `struct err *` as its last argument. The
 * message is written once, where most is known, and passed up untouched; `main` prints it and
 * exits with its status. This is not a log and not an exception: nothing is printed here but by
 * err_print. */
#ifndef AXB_CORE_ERR_H
#define AXB_CORE_ERR_H

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses, as documented for users (after sysexits.h where it has one). */
enum err_status {
    ERR_NONE = 0,
    ERR_USAGE = 2,        /* the command line is wrong */
    ERR_DATA = 65,        /* the input is not what it should be */
    ERR_NOINPUT = 66,     /* no such input, or it cannot be read */
    ERR_UNAVAILABLE = 69, /* something needed is missing: a compiler, a library */
    ERR_SOFTWARE = 70,    /* a bug of ours */
    ERR_OS = 71,          /* the system refused: memory, processes, shared memory */
    ERR_IO = 74,          /* reading or writing failed half-way */
    ERR_STOPPED = 75,     /* stopped on request; can be resumed */
    ERR_SCORER = 76,      /* the user's scorer failed */
};

struct err {
    enum err_status status;
    unsigned findings; /* above 1: the text is a numbered list of so many, with their hints */
    char text[3000];   /* "FILE:LINE: what is wrong"; may hold several lines */
    char hint[1000];   /* what to do; may be empty */
};

/* Fills *e and returns false, so that callers write `return err_set(e, …)`.
 * `hint` may be NULL; it and the arguments may point into *e. A text or hint that is too long is
 * cut and ends in "…". */
__attribute__((format(printf, 4, 5))) bool err_set(struct err *e, enum err_status status,
                                                   const char *hint, const char *format, ...);

/* Adds another finding about the same command, so that a user sees all of them at once. The first
 * is kept as it is; from the second on the text becomes a list. One that is there already is not
 * added again. The status is that of the first. Returns false. */
bool err_add(struct err *all, const struct err *one);

/* What to do about an errno that comes of a limit, or NULL. */
const char *err_hint(int number);

/* As err_set, with ": " and the system's text for `number` (an errno) added; that is kept when
 * the rest is cut. If the caller has no hint, it is that of err_hint. */
__attribute__((format(printf, 5, 6))) bool err_system(struct err *e, enum err_status status,
                                                      int number, const char *hint,
                                                      const char *format, ...);

/* The analyzer of clang-tidy looks at one file at a time, and must be told what they return. */
#ifdef __clang_analyzer__
#define err_set(...) (err_set(__VA_ARGS__) && false)
#define err_system(...) (err_system(__VA_ARGS__) && false)
#endif

/* The exit status of a failure: never 0, whatever *e says. Where nobody has set it, that is a bug,
 * and *e says so. */
int err_status(struct err *e);

/* Prints "axb: TEXT" and, when there is one, the hint on a line of its own. A list of findings has
 * their number above it. Texts repeat names out
 * of files, and what a scorer says; a ? stands for each control character in them, which a terminal
 * would obey, but for line ends and tabs. */
void err_print(const struct err *e, FILE *out);

#endif
