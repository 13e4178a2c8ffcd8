/* What people read on stderr while axb runs: notes by level, and the one progress line.
 *
 * stdout carries results alone. A note never stands in the middle of the progress line: the line
 * is wiped before and drawn again after. Not for errors, which travel in struct err. */
#ifndef AXB_CORE_LOG_H
#define AXB_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_QUIET = -1, LOG_NORMAL = 0, LOG_VERBOSE = 1 };
enum log_progress { LOG_PROGRESS_AUTO, LOG_PROGRESS_ALWAYS, LOG_PROGRESS_NEVER };

/* From here on SIGUSR1 asks for the progress line: it is then written once, as a note, wherever the
 * progress line is switched off; at the next log_progress, if there is none at the time. */
void log_setup(enum log_level level, enum log_progress progress);

/* Shown unless quiet; shown only when verbose. A line each, without "\n" at the end. From one
 * thread at a time. */
__attribute__((format(printf, 1, 2))) void log_note(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_verbose(const char *format, ...);

/* The progress line: at most a few times a second, on a terminal (or always, or never). `done`
 * and `total` are in steps of work, `pairs_done` is shown with its rate, `found` the pairs found
 * so far. Shows share, pairs/s, found, elapsed, time left, counted from the first call with this
 * `what`, of which 63 bytes are shown:
 *
 *     matching   41 %  9.3 G pairs/s  1.23 M found  0:02, 0:03 left */
void log_progress(const char *what, uint64_t done, uint64_t total, double pairs_done,
                  uint64_t found);
void log_progress_end(void);

/* Seconds of a monotonic clock. */
double log_seconds(void);

/* 1234567 as "1.23 M" (below 10000 as it stands), into text[32]; and bytes as "1.2 GiB". Both
 * return text. */
char *log_count(double value, char text[32]);
char *log_bytes(double bytes, char text[32]);

#endif
