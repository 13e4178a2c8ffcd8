/* Notes and the progress line on stderr. */
#include "core/log.h"

#include "core/report.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_SECONDS 0.2
#define REPORT_SECONDS 0.1
#define LINE_BYTES 256

static enum log_level log_now;
static bool progress_on;
static volatile sig_atomic_t asked; /* for the progress line */

/* The progress line: what is being done and since when, and the text as it was drawn last. */
static struct {
    char what[64];
    char text[LINE_BYTES];
    bool shown;
    double started, drawn; /* log_seconds */
    double reported;
    double pairs_at_start;
    uint64_t done_at_start;
} line;

static void on_usr1(int number)
{
    (void)number;
    asked = 1;
}

void log_setup(enum log_level level, enum log_progress progress)
{
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_usr1, .sa_flags = SA_RESTART}, NULL);
    log_now = level;
    progress_on = progress == LOG_PROGRESS_ALWAYS ||
                  (progress == LOG_PROGRESS_AUTO && level != LOG_QUIET && isatty(STDERR_FILENO));
}

/* ---- The progress line -----------------------------------------------------------------------*/

static int line_columns(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
    return known ? size.ws_col - 1 : LINE_BYTES;
}

static void draw_line(void)
{
    fprintf(stderr, "\r%.*s\033[K", line_columns(), line.text);
    line.shown = true;
}

static void wipe_line(void)
{
    if (line.shown)
        fputs("\r\033[K", stderr);
    line.shown = false;
}

__attribute__((format(printf, 1, 2))) static void add_to_line(const char *format, ...)
{
    size_t used = strlen(line.text);
    va_list args;
    va_start(args, format);
    vsnprintf(line.text + used, sizeof line.text - used, format, args);
    va_end(args);
}

/* 83 as "1:23", 4000 as "1:06:40", four days as "4 days". */
static char *clock_text(double seconds, char text[32])
{
    double capped = fmin(fmax(seconds, 0), 1e15);
    unsigned long long s = (unsigned long long)(capped + 0.5);
    if (s >= 2 * 86400)
        snprintf(text, 32, "%llu days", s / 86400);
    else if (s >= 3600)
        snprintf(text, 32, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, 32, "%llu:%02llu", s / 60, s % 60);
    return text;
}

static double share_of(uint64_t done, uint64_t total)
{
    const double share = total ? (double)done / (double)total : 1;
    return share > 1 ? 1 : share;
}

/* What is left, by what was done since the first call for this `what`; NaN while little is. */
static double left_seconds(uint64_t done, uint64_t total, double took)
{
    const double ahead = (double)total - (double)done,
                 past = (double)done - (double)line.done_at_start;
    return share_of(done, total) > 0.01 && ahead > 0 && past > 0 ? took * ahead / past
                                                                 : (double)NAN;
}

static void compose_line(uint64_t done, uint64_t total, double pairs_done, uint64_t found)
{
    char number[32];
    double took = line.drawn - line.started, left = left_seconds(done, total, took);
    line.text[0] = 0;
    add_to_line("%s  %3.0f %%", line.what, floor(100 * share_of(done, total)));
    if (pairs_done > 0)
        add_to_line("  %s pairs/s", log_count((pairs_done - line.pairs_at_start) / took, number));
    if (found)
        add_to_line("  %s found", log_count((double)found, number));
    add_to_line("  %s", clock_text(took, number));
    if (left == left)
        add_to_line(", %s left", clock_text(left, number));
}

/* To SIGUSR1: the line as a note, which stays. */
static void answer(void)
{
    asked = 0;
    wipe_line();
    fprintf(stderr, "axb: %s\n", line.text);
}

static void report(double now, uint64_t done, uint64_t total, double pairs_done, uint64_t found)
{
    if (!report_active() || now - line.reported < REPORT_SECONDS)
        return;
    line.reported = now;
    report_progress(
        &(struct report_progress){.phase = line.what,
                                  .done = done,
                                  .total = total,
                                  .found = found,
                                  .pairs_done = pairs_done,
                                  .left_seconds = left_seconds(done, total, now - line.started)});
}

/* Rates and the time left count from the first call for `what`, so that work which was done
 * before it, as in a run that is taken up again, does not flatter them. */
void log_progress(const char *what, uint64_t done, uint64_t total, double pairs_done,
                  uint64_t found)
{
    double now = log_seconds();
    if (strncmp(line.what, what, sizeof line.what - 1) != 0) {
        snprintf(line.what, sizeof line.what, "%s", what);
        line.started = line.drawn = now;
        line.done_at_start = done;
        line.pairs_at_start = pairs_done;
    }
    report(now, done, total, pairs_done, found);
    bool due = progress_on && now - line.drawn >= PROGRESS_SECONDS;
    if (!due && !asked)
        return;
    line.drawn = now;
    compose_line(done, total, pairs_done, found);
    if (asked)
        answer();
    if (progress_on)
        draw_line();
}

void log_progress_end(void)
{
    wipe_line();
    line.what[0] = 0;
}

/* ---- Notes -----------------------------------------------------------------------------------*/

/* A note for the program that started us, which shows it to people. */
__attribute__((format(printf, 1, 0))) static void hand_over(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        return;
    report_note(text);
    free(text);
}

__attribute__((format(printf, 1, 0))) static void note(const char *format, va_list args)
{
    if (report_active()) {
        hand_over(format, args);
        return;
    }
    bool again = line.shown;
    flockfile(stderr);
    wipe_line();
    fputs("axb: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    if (again)
        draw_line();
    funlockfile(stderr);
}

void log_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (log_now > LOG_QUIET)
        note(format, args);
    va_end(args);
}

void log_verbose(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (log_now > LOG_NORMAL)
        note(format, args);
    va_end(args);
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

double log_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

char *log_count(double value, char text[32])
{
    static const char suffixes[] = {'k', 'M', 'G', 'T', 'P', 'E'};
    size_t step = 0;
    if (!(value >= 9999.5)) {
        snprintf(text, 32, "%.0f", value);
        return text;
    }
    for (value /= 1000; value >= 999.5 && step + 1 < sizeof suffixes; step++)
        value /= 1000;
    snprintf(text, 32, "%.3g %c", value, suffixes[step]);
    return text;
}

char *log_bytes(double bytes, char text[32])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    while (bytes >= 1023.5 && unit < 5) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, 32, bytes < 9.95 && unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}
