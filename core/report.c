/* Writing lines of JSON, whole or not at all. */
#include "core/report.h"

#include "core/inherited.h"
#include "core/string_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int report_fd = -1;

bool report_open(int fd, struct err *e)
{
    const int flags = fd ? fcntl(fd, F_GETFL) : 0;
    if (fd == 0)
        return true;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return err_set(e, ERR_USAGE, "whoever starts axb opens it first",
                       "--report-fd: descriptor %d is not open for writing", fd);
    inherited_keep(fd);
    report_fd = fd;
    return true;
}

bool report_active(void)
{
    return report_fd >= 0;
}

/* ---- JSON ------------------------------------------------------------------------------------*/

/* Bytes of the UTF-8 character at p, which a zero byte ends at the latest; 0 if it is none (Unicode
 * Standard, table 3-7). */
static size_t character_bytes(const unsigned char *p)
{
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n == 0 || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    const bool beyond = (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf4 && p[1] >= 0x90);
    return overlong || beyond ? 0 : n;
}

static void put_text(FILE *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    fputc('"', out);
    while (*p) {
        const size_t n = character_bytes(p);
        if (n == 0)
            fputs("\\ufffd", out);
        else if (*p < 0x20 || *p == 0x7f)
            fprintf(out, "\\u%04x", *p);
        else if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else
            fwrite(p, 1, n, out);
        p += n ? n : 1;
    }
    fputc('"', out);
}

/* JSON has no NaN and no infinity. */
static void put_number(FILE *out, double x)
{
    if (isfinite(x))
        fprintf(out, "%.17g", x);
    else
        fputs("null", out);
}

static void put_member(FILE *out, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(out, ",\"%s\":", name);
    put_text(out, text);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* False once the reader has gone. */
static bool write_all(const char *p, size_t n)
{
    while (n) {
        const ssize_t wrote = write(report_fd, p, n);
        if (wrote < 0 && errno == EAGAIN) /* whoever made the pipe may have asked for this */
            poll(&(struct pollfd){.fd = report_fd, .events = POLLOUT}, 1, -1);
        else if (wrote < 0 && errno != EINTR)
            return false;
        p += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* Ends the line and sends it. That nobody reads any more must not end the run as SIGPIPE would. */
static void send_line(struct string_builder *b)
{
    sigset_t pipe_alone, before;
    fputs("}\n", b->file);
    char *line = string_builder_end(b);
    sigemptyset(&pipe_alone);
    sigaddset(&pipe_alone, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_alone, &before);
    if (line && !write_all(line, b->bytes)) {
        sigtimedwait(&pipe_alone, NULL, &(struct timespec){0});
        report_fd = -1;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(line);
}

/* Begins a line of this kind; NULL if nothing is reported, or without memory. */
static FILE *begin_line(struct string_builder *b, const char *kind)
{
    FILE *out = report_active() ? string_builder_open(b) : NULL;
    if (out)
        fprintf(out, "{\"%s\":", kind);
    return out;
}

static bool reader_is_behind(void)
{
    struct pollfd now = {.fd = report_fd, .events = POLLOUT};
    return poll(&now, 1, 0) == 0;
}

void report_progress(const struct report_progress *p)
{
    struct string_builder b;
    FILE *out = report_active() && !reader_is_behind() ? begin_line(&b, "progress") : NULL;
    if (!out)
        return;
    fputs("{\"phase\":", out);
    put_text(out, p->phase);
    fprintf(out, ",\"done\":%llu,\"total\":%llu,\"found\":%llu,\"pairs_done\":",
            (unsigned long long)p->done, (unsigned long long)p->total,
            (unsigned long long)p->found);
    put_number(out, p->pairs_done);
    fputs(",\"left_seconds\":", out);
    put_number(out, p->left_seconds);
    fputc('}', out);
    send_line(&b);
}

void report_note(const char *text)
{
    struct string_builder b;
    FILE *out = begin_line(&b, "note");
    if (!out)
        return;
    put_text(out, text);
    send_line(&b);
}

void report_failure(const struct report_failure *f)
{
    struct string_builder b;
    FILE *out = begin_line(&b, "failure");
    if (!out)
        return;
    fprintf(out, f->is_item ? "{\"item\":%llu" : "{\"row_a\":%llu", (unsigned long long)f->row_a);
    if (!f->is_item)
        fprintf(out, ",\"row_b\":%llu", (unsigned long long)f->row_b);
    put_member(out, "reason", f->reason);
    put_member(out, "type", f->type);
    put_member(out, "traceback", f->traceback);
    fputc('}', out);
    send_line(&b);
}

void report_error(const struct err *e)
{
    struct string_builder b;
    FILE *out = begin_line(&b, "error");
    if (!out)
        return;
    fprintf(out, "{\"status\":%d", (int)e->status);
    put_member(out, "text", e->text);
    put_member(out, "hint", e->hint);
    fputc('}', out);
    send_line(&b);
}

void report_result(const char *json)
{
    struct string_builder b;
    FILE *out = begin_line(&b, "result");
    if (!out)
        return;
    fputs(json, out);
    send_line(&b);
}
