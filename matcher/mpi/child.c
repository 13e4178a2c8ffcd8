/* Starts axb with two pipes: one that it reports on, one whose end ends it. */
#include "matcher/mpi/child.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES 4096u
#define STOP_SECONDS 0.8 /* mpirun kills a rank a second after it has asked it to end */

bool child_path(char path[CHILD_PATH_BYTES], struct err *e)
{
    if (!proc_sibling_path("axb", path, CHILD_PATH_BYTES, e))
        return false;
    return access(path, X_OK) == 0 ||
           err_system(e, ERR_UNAVAILABLE, errno, "install axb and axb-mpi in one folder",
                      "%s cannot be started", path);
}

/* ---- Start -----------------------------------------------------------------------------------*/

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Two pipes: what the child writes to and we read, and what we hold and the child reads. */
struct pipes {
    int report[2], alive[2];
};

static bool open_pipes(struct pipes *p, struct err *e)
{
    if (pipe2(p->report, O_CLOEXEC) != 0)
        return err_system(e, ERR_OS, errno, NULL, "no pipe can be made");
    if (pipe2(p->alive, O_CLOEXEC) == 0)
        return true;
    err_system(e, ERR_OS, errno, NULL, "no pipe can be made");
    close(p->report[0]);
    close(p->report[1]);
    return false;
}

bool child_start(struct child *c, char *const argv[], const char *host, struct err *e)
{
    struct pipes p;
    *c = (struct child){.proc.pid = -1, .report = -1, .alive = -1, .host = host};
    if (!open_pipes(&p, e))
        return false;
    const bool ok = proc_spawn(&c->proc, argv, (int[]){p.report[1], p.alive[0]}, 2, NULL, e);
    close(p.report[1]);
    close(p.alive[0]);
    c->report = p.report[0];
    c->alive = p.alive[1];
    (void)fcntl(c->report, F_SETFL, O_NONBLOCK);
    if (!ok) {
        close_fd(&c->report);
        close_fd(&c->alive);
    }
    return ok;
}

/* ---- What it reports -------------------------------------------------------------------------*/

static double number_in(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name)); /* 0 if it is absent */
}

static const char *text_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void take_progress(struct child *c, const json_t *progress)
{
    const double total = number_in(progress, "total");
    c->share = total > 0 ? number_in(progress, "done") / total : 0;
    c->matches = number_in(progress, "found");
}

static void take_line(struct child *c, const char *line, size_t bytes)
{
    json_t *all = json_loadb(line, bytes, 0, NULL);
    const json_t *error = json_object_get(all, "error");
    const json_t *progress = json_object_get(all, "progress");
    const json_t *result = json_object_get(all, "result");
    if (progress)
        take_progress(c, progress);
    if (result)
        c->matches = number_in(result, "matches");
    if (json_object_get(all, "note"))
        log_note("%s: %s", c->host, text_in(all, "note"));
    if (error)
        err_set(&c->error, (enum err_status)number_in(error, "status"), text_in(error, "hint"),
                "%s", text_in(error, "text"));
    json_decref(all);
}

static void take_lines(struct child *c)
{
    size_t from = 0;
    for (const char *end; (end = memchr(c->text + from, '\n', c->bytes - from)) != NULL;) {
        const size_t next = (size_t)(end - c->text) + 1;
        take_line(c, c->text + from, next - 1 - from);
        from = next;
    }
    c->bytes -= from;
    memmove(c->text, c->text + from, c->bytes);
}

/* False without memory, and when there is no more to read. */
static bool read_some(struct child *c)
{
    char *text = realloc(c->text, c->bytes + READ_BYTES);
    if (!text)
        return false;
    c->text = text;
    const ssize_t n = read(c->report, c->text + c->bytes, READ_BYTES);
    c->bytes += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void take_reports(struct child *c)
{
    while (read_some(c))
        take_lines(c);
}

/* ---- Its end ---------------------------------------------------------------------------------*/

static void forget(struct child *c)
{
    close_fd(&c->report);
    close_fd(&c->alive);
    free(c->text);
    c->text = NULL;
    c->bytes = 0;
}

/* What it has reported goes before what the system says of its end. */
static void explain_end(const struct child *c, int status, struct err *e)
{
    char how[100];
    *e = c->error;
    if (status == 0 || e->status != ERR_NONE)
        return;
    proc_describe_status(status, how, sizeof how);
    err_set(e, WIFEXITED(status) ? (enum err_status)WEXITSTATUS(status) : ERR_OS, NULL, "axb %s",
            how);
}

bool child_ended(struct child *c, int wait_ms, struct err *e)
{
    int status;
    poll(&(struct pollfd){.fd = c->report, .events = POLLIN}, 1, wait_ms);
    const bool ended = proc_reap(&c->proc, false, &status);
    take_reports(c);
    if (!ended)
        return false;
    explain_end(c, status, e);
    forget(c);
    return true;
}

void child_stop(struct child *c)
{
    int status;
    if (c->proc.pid <= 0)
        return;
    kill(c->proc.pid, SIGTERM);
    (void)proc_end(&c->proc, STOP_SECONDS, &status);
    forget(c);
}
