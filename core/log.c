/* Notes and the progress line on stderr. */
#include "core/log.h"

#include "core/hash.h"
#include "core/report.h"
#include "core/string_builder.h"
#include "core/thread.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_SECONDS 0.2
#define REPORT_SECONDS 0.1
#define LINE_BYTES 512
#define NOTES_KEPT 64 /* of which it is known that they were said, and what they said */
#define COLUMNS 80    /* where stderr is no terminal */
#define LEAST_BAR 10  /* columns; a line without room for so many has no bar */
#define MOST_BAR 30
#define MOST_LABEL 24 /* columns of the name of a phase, if the bar needs the rest */

static enum log_level log_now;
static bool progress_on;
static atomic_int asked; /* for the progress line */

/* What is drawn and by whom: the thread that works, or the ticker while that is busy. */
static pthread_mutex_t line_lock = PTHREAD_MUTEX_INITIALIZER;

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

/* A phase of one thread, which tells how far it is and does not draw. */
static struct {
    bool active;
    uint64_t total_bytes; /* 0: not known */
    atomic_uint_least64_t done_bytes;
    unsigned turn; /* of the spinner */
} phase;

/* What phases took. Only the thread that works touches it. */
static struct {
    struct log_spent of[LOG_MAX_SPENT];
    size_t n;
    struct log_spent before; /* the clocks when the present phase began */
} spent;

static void on_usr1(int number)
{
    (void)number;
    asked = 1;
}

void log_setup(enum log_level level, enum log_progress progress)
{
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_usr1, .sa_flags = SA_RESTART}, NULL);
    log_now = level;
    spent.before.seconds = log_seconds();
    progress_on = progress == LOG_PROGRESS_ALWAYS ||
                  (progress == LOG_PROGRESS_AUTO && level != LOG_QUIET && isatty(STDERR_FILENO));
}

/* ---- Drawing ---------------------------------------------------------------------------------*/

/* Columns that a line may have: one less than the terminal, so that it does not wrap. */
static int line_columns(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
    return known ? size.ws_col - 1 : COLUMNS - 1;
}

/* Does the terminal show more than ASCII, by the locale? */
static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
    }
    return false;
}

/* How many bytes of a text fill at most so many columns. */
static int bytes_of_columns(const char *text, int columns)
{
    int n = 0;
    for (; text[n]; n++)
        if (((unsigned char)text[n] & 0xc0) != 0x80 && columns-- == 0)
            break;
    return n;
}

static int text_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static void draw_line(void)
{
    fprintf(stderr, "\r%.*s\033[K", bytes_of_columns(line.text, line_columns()), line.text);
    fflush(stderr);
    line.shown = true;
}

static void wipe_line(void)
{
    if (line.shown)
        fputs("\r\033[K", stderr);
    line.shown = false;
}

/* ---- Composing -------------------------------------------------------------------------------*/

/* Adds to a text of LINE_BYTES. */
__attribute__((format(printf, 2, 3))) static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, LINE_BYTES - used, format, args);
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

/* The time that is left, or as long as that is not known the time that passed. */
static void add_time(char *text, double took, double left)
{
    char number[32];
    if (left == left)
        add(text, "  %s left", clock_text(left, number));
    else
        add(text, "  %s so far", clock_text(took, number));
}

static void add_bar(char *text, int columns, double share)
{
    const bool utf8 = is_utf8();
    const int full = (int)(share * columns);
    add(text, "  [");
    for (int i = 0; i < columns; i++)
        add(text, "%s", i < full ? (utf8 ? "█" : "#") : utf8 ? "░" : "-");
    add(text, "]");
}

/* The name of the phase, the bar in the room that is left, and what follows it. */
static void compose(const char *after, double share)
{
    const int columns = line_columns(), room = columns - text_columns(after) - 4; /* "  []" */
    const int label = text_columns(line.what);
    const int shown = label <= MOST_LABEL || room - label >= LEAST_BAR ? label : MOST_LABEL;
    const int bar = room - shown < MOST_BAR ? room - shown : MOST_BAR;
    line.text[0] = 0;
    add(line.text, "%.*s", bytes_of_columns(line.what, shown), line.what);
    if (bar >= LEAST_BAR)
        add_bar(line.text, bar, share);
    add(line.text, "%s", after);
    string_builder_plain(line.text);
}

static void compose_line(uint64_t done, uint64_t total, double pairs_done, uint64_t found)
{
    char number[32], after[LINE_BYTES] = "";
    const double took = line.drawn - line.started, share = share_of(done, total);
    add(after, "  %3.0f %%", floor(100 * share));
    if (pairs_done > 0)
        add(after, "  %s pairs/s", log_count((pairs_done - line.pairs_at_start) / took, number));
    if (found)
        add(after, "  %s found", log_count((double)found, number));
    add_time(after, took, left_seconds(done, total, took));
    compose(after, share);
}

/* "1.2 of 2.9 GiB" */
static void add_bytes_of(char *text, uint64_t done, uint64_t total)
{
    char all[32];
    double unit = 1;
    while ((double)total / unit >= 1023.5)
        unit *= 1024;
    add(text, unit > 1 && (double)done / unit < 9.95 ? "  %.1f of %s" : "  %.0f of %s",
        (double)done / unit, log_bytes((double)total, all));
}

/* A phase: bytes where there is a total, else something that moves. */
static void compose_phase(uint64_t done)
{
    static const char *const turns = "|/-\\";
    char number[32], after[LINE_BYTES] = "";
    const double took = line.drawn - line.started, share = share_of(done, phase.total_bytes);
    if (phase.total_bytes) {
        add(after, "  %3.0f %%", floor(100 * share));
        add_bytes_of(after, done, phase.total_bytes);
        add(after, "  %s/s", log_bytes((double)done / fmax(took, 1e-3), number));
        add_time(after, took, left_seconds(done, phase.total_bytes, took));
        compose(after, share);
        return;
    }
    line.text[0] = 0;
    add(line.text, "%s  %c", line.what, turns[phase.turn++ % 4]);
    add_time(line.text, took, (double)NAN);
    string_builder_plain(line.text);
}

/* ---- Showing ---------------------------------------------------------------------------------*/

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

static double clock_seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* The entry of a phase; of further ones where all are taken, the last. */
static struct log_spent *spent_on(const char *what)
{
    size_t k = 0;
    while (k < spent.n && strcmp(spent.of[k].what, what) != 0)
        k++;
    if (k == LOG_MAX_SPENT)
        return &spent.of[LOG_MAX_SPENT - 1];
    if (k == spent.n)
        snprintf(spent.of[spent.n++].what, sizeof spent.of[k].what, "%s", what);
    return &spent.of[k];
}

/* Adds what passed since the last call to the phase at hand. */
static void account(void)
{
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    const struct log_spent now = {.seconds = log_seconds(),
                                  .thread_seconds = clock_seconds(CLOCK_THREAD_CPUTIME_ID),
                                  .process_seconds = clock_seconds(CLOCK_PROCESS_CPUTIME_ID),
                                  .children_seconds = seconds_of(children.ru_utime) +
                                                      seconds_of(children.ru_stime)};
    struct log_spent *at = spent_on(line.what[0] ? line.what : "other");
    const struct log_spent *before = &spent.before;
    at->seconds += before->seconds > 0 ? now.seconds - before->seconds : 0;
    at->thread_seconds += now.thread_seconds - before->thread_seconds;
    at->process_seconds += now.process_seconds - before->process_seconds;
    at->children_seconds += now.children_seconds - before->children_seconds;
    spent.before = now;
}

size_t log_spent(struct log_spent of[LOG_MAX_SPENT])
{
    account();
    memcpy(of, spent.of, spent.n * sizeof *of);
    return spent.n;
}

/* Rates and the time left count from the first call for `what`, so that work which was done
 * before it, as in a run that is taken up again, does not flatter them. */
static void begin(const char *what, double now, uint64_t done, double pairs_done)
{
    if (strncmp(line.what, what, sizeof line.what - 1) == 0)
        return;
    account();
    snprintf(line.what, sizeof line.what, "%s", what);
    line.started = line.drawn = now;
    line.done_at_start = done;
    line.pairs_at_start = pairs_done;
}

static void show(void)
{
    if (asked)
        answer();
    if (progress_on)
        draw_line();
}

static bool is_due(double now)
{
    return asked || (progress_on && now - line.drawn >= PROGRESS_SECONDS);
}

void log_progress(const char *what, uint64_t done, uint64_t total, double pairs_done,
                  uint64_t found)
{
    const double now = log_seconds();
    pthread_mutex_lock(&line_lock);
    phase.active = false;
    begin(what, now, done, pairs_done);
    report(now, done, total, pairs_done, found);
    if (is_due(now)) {
        line.drawn = now;
        compose_line(done, total, pairs_done, found);
        show();
    }
    pthread_mutex_unlock(&line_lock);
}

static void end_line(void)
{
    wipe_line();
    account();
    line.what[0] = 0;
    phase.active = false;
}

void log_progress_end(void)
{
    pthread_mutex_lock(&line_lock);
    end_line();
    pthread_mutex_unlock(&line_lock);
}

/* ---- Phases ----------------------------------------------------------------------------------*/

static void tick(void)
{
    const double now = log_seconds();
    const uint64_t told = atomic_load(&phase.done_bytes);
    const uint64_t done = told < phase.total_bytes ? told : phase.total_bytes;
    report(now, done, phase.total_bytes, 0, 0);
    if (is_due(now)) {
        line.drawn = now;
        compose_phase(done);
        show();
    }
}

/* Draws while the thread that works is busy. It holds nothing but the line, and ends with us. */
static void *run_ticker(void *nothing)
{
    (void)nothing;
    for (;;) {
        nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * PROGRESS_SECONDS / 2)}, NULL);
        pthread_mutex_lock(&line_lock);
        if (phase.active)
            tick();
        pthread_mutex_unlock(&line_lock);
    }
    return NULL;
}

/* Without a thread there is no line, which is no reason to fail. */
static void start_ticker(void)
{
    static bool started;
    pthread_t thread;
    if (started || (!progress_on && !report_active()))
        return;
    started = true;
    if (thread_start(&thread, NULL, run_ticker, NULL) == 0)
        pthread_detach(thread);
}

void log_phase(const char *what, uint64_t total_bytes)
{
    start_ticker();
    pthread_mutex_lock(&line_lock);
    begin(what, log_seconds(), 0, 0);
    phase.active = true;
    phase.total_bytes = total_bytes;
    atomic_store(&phase.done_bytes, 0);
    pthread_mutex_unlock(&line_lock);
}

void log_phase_done(uint64_t bytes)
{
    atomic_fetch_add_explicit(&phase.done_bytes, bytes, memory_order_relaxed);
}

/* ---- Notes -----------------------------------------------------------------------------------*/

/* On stderr. */
static void show_note(char *text)
{
    const bool again = line.shown;
    wipe_line();
    string_builder_plain(text);
    fprintf(stderr, "axb: %s\n", text);
    if (again)
        draw_line();
}

/* Where a program started us it gets the note, and shows it to people. */
__attribute__((format(printf, 1, 0))) static void note(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        return;
    pthread_mutex_lock(&line_lock); /* the ticker reports and draws, too */
    if (report_active())
        report_note(text);
    else
        show_note(text);
    pthread_mutex_unlock(&line_lock);
    free(text);
}

/* The first notes, malloced: they stay until the process ends. */
static char *kept[NOTES_KEPT];

static void keep(const char *text)
{
    size_t i = 0;
    while (i < NOTES_KEPT && kept[i])
        i++;
    if (i < NOTES_KEPT)
        kept[i] = strdup(text);
}

const char *log_said(size_t i)
{
    return i < NOTES_KEPT ? kept[i] : NULL;
}

/* Was this note said already? One of a file that is both A and B would be. */
__attribute__((format(printf, 1, 0))) static bool is_said(const char *format, va_list args)
{
    static uint64_t said[NOTES_KEPT];
    static size_t n_said;
    char text[1024 + HASH_SPARE_BYTES] = "";
    vsnprintf(text, sizeof text - HASH_SPARE_BYTES, format, args);
    const uint64_t hash = hash_bytes(text, strlen(text));
    for (size_t i = 0; i < n_said && i < NOTES_KEPT; i++)
        if (said[i] == hash)
            return true;
    said[n_said++ % NOTES_KEPT] = hash;
    keep(text);
    return false;
}

void log_note(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    if (!is_said(format, again) && log_now > LOG_QUIET)
        note(format, args);
    va_end(again);
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
    return clock_seconds(CLOCK_MONOTONIC);
}

char *log_duration(double seconds, char text[32])
{
    const double minutes = seconds / 60;
    if (!isfinite(seconds))
        snprintf(text, 32, "an unknown time");
    else if (seconds < 0.01)
        snprintf(text, 32, "less than 0.01 s");
    else if (seconds < 10)
        snprintf(text, 32, "about %.2g s", seconds);
    else if (seconds < 180)
        snprintf(text, 32, "about %.0f s", seconds);
    else if (minutes < 120)
        snprintf(text, 32, "about %.0f min", minutes);
    else if (minutes < 48 * 60)
        snprintf(text, 32, "about %.0f h", minutes / 60);
    else
        snprintf(text, 32, "about %.0f days", minutes / 60 / 24);
    return text;
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
