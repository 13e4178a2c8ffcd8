/* What people read on stderr while axb runs: notes by level, and the one progress line.
 *
 * stdout carries results alone. A note never stands in the middle of the progress line: the line
 * is wiped before and drawn again after. Where a program that started us listens (report.h), notes
 * and progress go there. Not for errors, which travel in struct err. */
#ifndef AXB_CORE_LOG_H
#define AXB_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_QUIET = -1, LOG_NORMAL = 0, LOG_VERBOSE = 1 };
enum log_progress { LOG_PROGRESS_AUTO, LOG_PROGRESS_ALWAYS, LOG_PROGRESS_NEVER };

/* From here on SIGUSR1 asks for the progress line. The next log_progress then writes it once, as a
 * note, even where the progress line is switched off. */
void log_setup(enum log_level level, enum log_progress progress);

/* log_note is shown unless the level is quiet or the same text was shown already, log_verbose only
 * if it is verbose. Each call writes a line; the format has no "\n" at its end. Call them from one
 * thread at a time. */
__attribute__((format(printf, 1, 2))) void log_note(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_verbose(const char *format, ...);

/* The i-th note of log_note, from 0, in the order in which they came, also those that a quiet level
 * did not show; NULL after the last. The first 64 are kept. */
const char *log_said(size_t i);

/* Draws the progress line, at most a few times a second, on a terminal (or always, or never).
 * `done` and `total` are steps of work, `pairs_done` and `found` are pairs so far. The line shows a
 * bar as wide as the terminal leaves room for, the share, pairs a second, pairs found, and the time
 * that is left, or that passed as long as that is not known. Time counts from the first call with
 * this `what`, of which 63 bytes are shown:
 *
 *     matching  [########------------]   41 %  9.3 G pairs/s  1.23 M found  0:03 left */
void log_progress(const char *what, uint64_t done, uint64_t total, double pairs_done,
                  uint64_t found);

/* Begins a phase in which the thread that works has no time to draw: a thread of its own does. It
 * lasts until the next phase, the next log_progress, or log_progress_end.
 *
 *     reading crm.csv  [####------]   41 %  1.2 of 2.9 GiB  410 MiB/s  0:04 left
 *     indexing  /  0:01 so far                    where total_bytes is 0, not known */
void log_phase(const char *what, uint64_t total_bytes);

/* So many bytes more are done. From any thread; costs an addition. */
void log_phase_done(uint64_t bytes);

/* Takes the line away. */
void log_progress_end(void);

/* What a phase, or a stage whose progress was drawn, took so far: seconds on the clock; processor
 * seconds of the thread that works, of all threads of this process, and of child processes that
 * have ended in it. A phase on n cores whose thread works t seconds and all threads p has about
 * t - (p - t) / (n - 1) seconds in which that thread worked alone. */
struct log_spent {
    char what[64];
    double seconds, thread_seconds, process_seconds, children_seconds;
};

#define LOG_MAX_SPENT 32u

/* Fills in what each phase took, in the order in which they first came; those of one name are added
 * up. "other" is what no phase covers. Returns how many there are. */
size_t log_spent(struct log_spent spent[LOG_MAX_SPENT]);

/* Seconds of a monotonic clock. */
double log_seconds(void);

/* Writes seconds as people say them: "about 0.35 s", "about 95 s", "about 40 min", "about 5 h"; NaN
 * and infinity are "an unknown time". Returns text. */
char *log_duration(double seconds, char text[32]);

/* Write 1234567 as "1.23 M" (a number below 10000 as it is), or bytes as "1.2 GiB", into text[32].
 * Both return text. */
char *log_count(double value, char text[32]);
char *log_bytes(double bytes, char text[32]);

#endif
