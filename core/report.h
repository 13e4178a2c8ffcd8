/* What a program that started axb learns of the run: JSON, an object a line, on a descriptor.
 *
 *     {"progress":{"phase":"matching","done":3,"total":40,"pairs_done":1e6,"found":7,"left_seconds":1.5}}
 *     {"note":"2 of 4 workers, since memory is limited"}
 *     {"failure":{"row_a":0,"row_b":3,"reason":"was killed by SIGSEGV"}}
 *     {"error":{"status":76,"text":"...","hint":"..."}}      last, if the run fails
 *     {"result":{...}}                                       last, if it does not
 *
 * This is the one place where these lines are written; log.c, main.c and others hand over what they
 * know. Without report_open nothing here does anything. Texts of scorers and of files are escaped,
 * and bytes that are no UTF-8 become U+FFFD. A reader that goes away costs the lines, not the run;
 * one that is slow loses lines of progress alone. */
#ifndef AXB_CORE_REPORT_H
#define AXB_CORE_REPORT_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Reports to `fd` from here on; 0: nowhere. ERR_USAGE if it is not open for writing. Once, before
 * threads are started. */
bool report_open(int fd, struct err *e);
bool report_active(void);

/* How far a phase is, as log_progress has it; left_seconds NaN: not known. */
struct report_progress {
    const char *phase;
    uint64_t done, total, found;
    double pairs_done, left_seconds;
};
void report_progress(const struct report_progress *p);

void report_note(const char *text);

/* Code of the user's that failed, on a pair of rows, or on an item of a list; from 0. What it
 * raised is NULL where it raised nothing: it crashed. */
struct report_failure {
    bool is_item; /* row_a is the item, and row_b says nothing */
    uint64_t row_a, row_b;
    const char *reason;    /* "was killed by SIGSEGV", "raised ValueError: …" */
    const char *type;      /* "ValueError", or NULL */
    const char *traceback; /* or NULL */
};
void report_failure(const struct report_failure *f);

/* The end: the error, or the figures of the run as a JSON object in one line. */
void report_error(const struct err *e);
void report_result(const char *json);

#endif
