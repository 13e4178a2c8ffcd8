/* Notes and the progress line on stderr. */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_SECONDS 0.2

static enum log_level log_now;
static bool progress_on;
static bool line_shown;
static double line_time, line_started;
static const char *line_what;

void log_setup(enum log_level level, enum log_progress progress)
{
    log_now = level;
    progress_on = progress == LOG_PROGRESS_ALWAYS ||
                  (progress == LOG_PROGRESS_AUTO && level != LOG_QUIET && isatty(STDERR_FILENO));
}

static void wipe_line(void)
{
    if (line_shown)
        fputs("\r\033[K", stderr);
    line_shown = false;
}

static void note(const char *format, va_list args)
{
    wipe_line();
    fputs("axb: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
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

static size_t terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 100;
}

/* 83 as "1:23", 4000 as "1:06:40". */
static char *clock_words(double seconds, char text[32])
{
    unsigned s = seconds > 0 ? (unsigned)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, 32, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, 32, "%u:%02u", s / 60, s % 60);
    return text;
}

void log_progress(const char *what, uint64_t done, uint64_t total, double pairs_done,
                  uint64_t found)
{
    char line[256], rate[32], matches[32], elapsed[32], left[32];
    double now = log_seconds();
    if (!line_what || strcmp(line_what, what) != 0) {
        line_what = what;
        line_started = line_time = now;
    }
    if (!progress_on || now - line_time < PROGRESS_SECONDS)
        return;
    line_time = now;
    double share = total ? (double)done / (double)total : 1, took = now - line_started;
    int n = snprintf(line, sizeof line, "%s %3.0f %%", what, 100 * share);
    if (pairs_done > 0)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %s pairs/s",
                      log_count(pairs_done / took, rate));
    if (found)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %s found",
                      log_count((double)found, matches));
    n += snprintf(line + n, sizeof line - (size_t)n, "  %s", clock_words(took, elapsed));
    if (share > 0.01)
        snprintf(line + n, sizeof line - (size_t)n, ", %s left",
                 clock_words(took / share - took, left));
    fprintf(stderr, "\r%.*s\033[K", (int)terminal_columns() - 1, line);
    line_shown = true;
}

void log_progress_end(void)
{
    wipe_line();
    line_what = NULL;
}

double log_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

char *log_count(double value, char text[32])
{
    static const char suffixes[] = {'k', 'M', 'G', 'T', 'P', 'E'};
    int step = -1;
    if (value < 10000) {
        snprintf(text, 32, "%.0f", value);
        return text;
    }
    while (value >= 999.5 && step + 1 < (int)sizeof suffixes) {
        value /= 1000;
        step++;
    }
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
    snprintf(text, 32, bytes < 10 && unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}
