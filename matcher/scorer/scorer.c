/* The coordinator's part of a scorer: starts the two children, believes neither, and keeps a
 * descriptor of a module that was loaded once. Also scorer_attach, for the process that loads
 * it. */
#include "core/inherited.h"
#include "core/log.h"
#include "core/process.h"
#include "core/string_builder.h"
#include "matcher/scorer/scorer_internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_SECONDS 10.0
#define LEAVE_SECONDS 2.0 /* for a child to end that has reported, or has closed the pipe */
#define MAX_REPORT_BYTES ((uint64_t)16 << 20)

static bool ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path), n_end = strlen(end);
    return n > n_end && strcmp(path + n - n_end, end) == 0;
}

/* Sources; what ends otherwise is a module that others have compiled. */
static const struct {
    const char *end;
    enum scorer_language language;
} sources[] = {{".c", SCORER_C}, {".cc", SCORER_CXX}, {".cpp", SCORER_CXX}, {".cxx", SCORER_CXX}};

bool scorer_is_source(const char *path)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (ends_in(path, sources[i].end))
            return true;
    return false;
}

enum scorer_language scorer_language(const char *path)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (ends_in(path, sources[i].end))
            return sources[i].language;
    return SCORER_C;
}

static bool is_python(const char *path)
{
    return ends_in(path, ".py");
}

static bool check_file(const char *path, struct err *e)
{
    static const char hint[] = "give the path of a .c, .cpp, .so or .py file";
    struct stat st;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        return err_system(e, ERR_NOINPUT, errno, hint, "cannot read the scorer %s", path);
    return S_ISREG(st.st_mode) ||
           err_set(e, ERR_NOINPUT, hint, "the scorer %s is not a file", path);
}

/* ---- A child and its report ------------------------------------------------------------------*/

bool scorer_child_start(struct scorer_child *c, const char *what, const char *a, const char *b,
                        const int fds[3], struct err *e)
{
    char self[PATH_MAX];
    int ends[2];
    *c = (struct scorer_child){.proc = {.pid = -1}, .pipe = -1};
    if (!proc_self_path(self, sizeof self, e))
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system(e, ERR_OS, errno, NULL, "cannot make a pipe");
    const char *arguments[] = {self, "worker", what, a, b, NULL};
    char *argv[6];
    memcpy(argv, arguments, sizeof argv);
    int all[] = {fds[0], ends[1], fds[1], fds[2]};
    bool ok = proc_spawn(&c->proc, argv, all, fds[1] < 0 ? 2 : 4, NULL, e);
    close(ends[1]);
    c->pipe = ends[0];
    return ok;
}

/* Reads n bytes until `deadline` (by log_seconds). */
static bool read_before(struct scorer_child *c, void *p, size_t n, double deadline)
{
    for (char *at = p; n;) {
        struct pollfd wait = {.fd = c->pipe, .events = POLLIN};
        double left = deadline - log_seconds();
        int ready = poll(&wait, 1, left > 1000 ? -1 : left > 0 ? (int)(left * 1000) + 1 : 0);
        c->late = ready == 0;
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return false;
        if (ready < 0)
            continue;
        ssize_t got = read(c->pipe, at, n);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        at += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

void scorer_child_read(struct scorer_child *c, double seconds)
{
    double deadline = log_seconds() + seconds;
    if (!read_before(c, &c->report, sizeof c->report, deadline) ||
        c->report.bytes > MAX_REPORT_BYTES || !(c->more = calloc(c->report.bytes + 1, 1)))
        return;
    c->whole = read_before(c, c->more, c->report.bytes, deadline);
    c->report.error.text[sizeof c->report.error.text - 1] = 0;
    c->report.error.hint[sizeof c->report.error.hint - 1] = 0;
}

bool scorer_child_not_loaded(const struct scorer *s, struct err *e)
{
    return err_set(e, ERR_OS, "is memory short, or a limit low (ulimit -a)?",
                   "%s: the process that was to try it could not begin", s->path);
}

/* The group has the number of the child. So it is ended before the child is reaped, while that
 * number cannot be another's. A child without a group may run code of the module, which may report
 * in its name and then never end: it gets LEAVE_SECONDS. */
int scorer_child_reap(struct scorer_child *c, bool group)
{
    siginfo_t info;
    int status = 0;
    if (c->late)
        kill(c->proc.pid, SIGKILL);
    if (!group) {
        proc_end(&c->proc, LEAVE_SECONDS, &status);
        return status;
    }
    while (waitid(P_PID, (id_t)c->proc.pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
    kill(-c->proc.pid, SIGKILL);
    proc_reap(&c->proc, true, &status);
    return status;
}

void scorer_child_close(struct scorer_child *c)
{
    if (c->pipe >= 0)
        close(c->pipe);
    free(c->more);
}

/* ---- Compile ---------------------------------------------------------------------------------*/

/* A name in TMPDIR that nobody else has. The child makes the directory. */
static bool private_name(char *dir, size_t bytes, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_system(e, ERR_OS, errno, NULL, "no random numbers");
    size_t n = (size_t)snprintf(dir, bytes, "%s/axb-", tmp && *tmp ? tmp : "/tmp");
    if (n + 2 * sizeof random + 32 > bytes)
        return err_set(e, ERR_OS, NULL, "the path in TMPDIR is too long");
    for (size_t i = 0; i < sizeof random; i++)
        n += (size_t)sprintf(dir + n, "%02x", random[i]);
    return true;
}

/* Puts the headers, --libs and the generated source for the child into a file without a name;
 * scorer_child.c reads it (read_headers). */
static int headers_file(const struct scorer_headers *h, const char *libs,
                        const struct scorer_generated *g, struct err *e)
{
    uint64_t counts[3] = {h->n_a, h->n_b, g->n_fields};
    int fd = memfd_create("axb-headers", MFD_CLOEXEC);
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
    bool ok =
        out && fwrite(counts, sizeof counts, 1, out) == 1 &&
        (g->n_fields == 0 || fwrite(g->fields, sizeof *g->fields, g->n_fields, out) == g->n_fields);
    for (uint32_t side = 0; ok && side < 2; side++)
        for (size_t i = 0; ok && i < scorer_columns(h, side); i++) {
            const char *name = scorer_header(h, side)[i];
            ok = fwrite(name, strlen(name) + 1, 1, out) == 1;
        }
    ok = ok && fwrite(libs, strlen(libs) + 1, 1, out) == 1;
    ok = ok && (!g->text || fwrite(g->text, strlen(g->text) + 1, 1, out) == 1);
    ok = out && fclose(out) == 0 && ok;
    if (ok)
        return fd;
    err_system(e, ERR_OS, errno, NULL, "no memory for the names of the columns");
    if (fd >= 0)
        close(fd);
    return -1;
}

static void show_notes(char *notes)
{
    char *save = NULL;
    for (char *line = strtok_r(notes, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        log_note("%s", line);
}

/* The result of the compile child: its report, or how it ended without one. */
static bool compile_result(struct scorer_child *c, int status, const char *path, struct err *e)
{
    char description[96];
    if (!c->whole) {
        proc_describe_status(status, description, sizeof description);
        return err_set(e, ERR_OS, "is the machine out of memory?",
                       "%s: the process that compiled it %s", path, description);
    }
    if (c->report.error.status != ERR_NONE) {
        *e = c->report.error;
        return false;
    }
    show_notes(c->more);
    return true;
}

static bool compile_into(struct scorer *s, const struct scorer_headers *headers, const char *libs,
                         const struct scorer_generated *generated, struct err *e)
{
    struct scorer_child c;
    char dir[PATH_MAX];
    if (!private_name(dir, sizeof dir, e))
        return false;
    int names = headers_file(headers, libs ? libs : "", generated, e);
    if (names < 0)
        return false;
    bool ok =
        scorer_child_start(&c, "compile", dir, generated->text && !generated->given ? "" : s->path,
                           (int[]){s->fd, names, s->terms_fd}, e);
    if (ok) {
        scorer_child_read(&c, INFINITY);
        int status = scorer_child_reap(&c, true);
        scorer_remove_dir(dir);
        ok = compile_result(&c, status, s->path, e);
        s->source_fingerprint = c.report.fingerprint;
    }
    scorer_child_close(&c);
    close(names);
    return ok;
}

static bool seal(int fd, struct err *e)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 ||
           err_system(e, ERR_OS, errno, NULL, "cannot seal the module");
}

static bool compile_module(struct scorer *s, const struct scorer_headers *headers, const char *libs,
                           const struct scorer_generated *generated, struct err *e)
{
    double begin = log_seconds();
    struct stat st;
    s->fd = memfd_create("axb-scorer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    s->terms_fd = memfd_create("axb-terms", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->fd < 0 || s->terms_fd < 0)
        return err_system(e, ERR_OS, errno, NULL, "no memory for a module");
    if (!compile_into(s, headers, libs, generated, e) || !seal(s->fd, e) || !seal(s->terms_fd, e))
        return false;
    if (fstat(s->terms_fd, &st) != 0 || st.st_size == 0) {
        close(s->terms_fd);
        s->terms_fd = -1;
    }
    s->compile_seconds = log_seconds() - begin;
    return true;
}

/* ---- Probe -----------------------------------------------------------------------------------*/

static bool probe_failed(const struct scorer *s, const struct scorer_child *c, int status,
                         struct err *e)
{
    char description[96];
    if (proc_not_loaded(status))
        return scorer_child_not_loaded(s, e);
    if (c->late)
        return err_set(e, ERR_SCORER, "a constructor of it, or of a library it needs, hangs",
                       "%s: loading the module took more than %g s", s->path, PROBE_SECONDS);
    proc_describe_status(status, description, sizeof description);
    bool cut = WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
    return err_set(e, ERR_SCORER,
                   cut ? "the file seems to be cut short: build it again"
                       : "a constructor of it, or of a library it needs, does this",
                   "%s: the process that loaded the module %s", s->path, description);
}

static bool probe_module(struct scorer *s, const struct scorer_headers *headers, struct err *e)
{
    struct scorer_child c;
    char parent[16];
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    bool ok = scorer_child_start(&c, "probe", parent, NULL, (int[]){s->fd, -1, -1}, e);
    if (ok) {
        scorer_child_read(&c, PROBE_SECONDS);
        if (!c.whole) {
            int status = scorer_child_reap(&c, false);
            ok = probe_failed(s, &c, status, e);
        } else {
            scorer_child_reap(&c, false);
            ok = scorer_take_report(s, &c, headers, e);
        }
    }
    scorer_child_close(&c);
    return ok;
}

/* ---- What a descriptor holds -----------------------------------------------------------------*/

/* Compiles the C source in the descriptor. */
static bool compile_given(struct scorer *s, int fd, const struct scorer_headers *headers,
                          const char *libs, struct err *e)
{
    char path[32], *text;
    struct stat st;
    size_t n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(e, ERR_USAGE, "put the source into a file or a memfd",
                       "%s: what descriptor %d leads to is not a file", s->path, fd);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!scorer_read_file(path, &text, &n, e))
        return false;
    const struct scorer_generated given = {.text = text, .given = true};
    bool ok = strlen(text) == n
                  ? compile_module(s, headers, libs, &given, e)
                  : err_set(e, ERR_USAGE, NULL, "%s: there is a zero byte in it", s->path);
    free(text);
    return ok;
}

static bool no_libs(const char *path, struct err *e)
{
    return err_set(e, ERR_USAGE, "leave --libs out, or give the source",
                   "--libs is for scorers that axb compiles, .c and .cpp files; %s is none", path);
}

/* What "fd:7:NAME" holds: a Python function that was shipped, or C source. */
static bool make_given(struct scorer *s, const struct scorer_headers *headers, const char *libs,
                       struct err *e)
{
    int fd;
    if (!inherited_open(s->path, false, &fd, &s->path, e))
        return false;
    if (!scorer_is_shipment(fd))
        return compile_given(s, fd, headers, libs, e) && probe_module(s, headers, e);
    return !libs ? scorer_make_python(s, fd, headers, e) : no_libs(s->path, e);
}

/* ---- Public ----------------------------------------------------------------------------------*/

/* Compiles what is source; opens what is a module. */
static bool make_file(struct scorer *s, const struct scorer_tools *tools,
                      const struct scorer_headers *headers, struct err *e)
{
    const struct scorer_generated none = {0};
    if (!check_file(s->path, e))
        return false;
    if (scorer_is_source(s->path))
        return compile_module(s, headers, tools->libs, &none, e) && probe_module(s, headers, e);
    if (tools->libs)
        return no_libs(s->path, e);
    if (is_python(s->path))
        return scorer_make_python_file(s, s->path, tools->python, headers, e);
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
    return (s->fd >= 0 || err_system(e, ERR_NOINPUT, errno, NULL, "cannot read %s", s->path)) &&
           probe_module(s, headers, e);
}

bool scorer_make(const char *path, const struct scorer_tools *tools,
                 const struct scorer_headers *headers, struct scorer *s, struct err *e)
{
    const struct scorer_tools none = {0};
    tools = tools ? tools : &none;
    *s = (struct scorer){.fd = -1, .terms_fd = -1, .path = path};
    if (inherited_is(path) ? make_given(s, headers, tools->libs, e)
                           : make_file(s, tools, headers, e))
        return true;
    scorer_close(s);
    return false;
}

static char *source_text(const struct expr *x, const struct expr_goal *goal,
                         const struct scorer_headers *headers, struct err *e)
{
    struct scorer_names names;
    struct string_builder string_builder;
    if (!scorer_names_open(&names, headers, e))
        return NULL;
    FILE *out = string_builder_open(&string_builder);
    if (out)
        expr_source_write(out, x, goal, &names);
    scorer_names_close(&names);
    char *text = string_builder_end(&string_builder);
    if (!text)
        err_set(e, ERR_OS, NULL, "no memory for the source of an expression");
    return text;
}

bool scorer_make_expression(const struct expr *x, const struct expr_goal *goal,
                            const struct scorer_headers *headers, struct scorer *s, struct err *e)
{
    struct scorer_field fields[EXPR_MAX_COLUMNS];
    *s = (struct scorer){.fd = -1, .terms_fd = -1, .path = "the expression"};
    char *text = source_text(x, goal, headers, e);
    if (!text)
        return false;
    struct scorer_generated generated = {
        .text = text, .fields = fields, .n_fields = expr_source_fields(x, goal, fields)};
    bool ok = compile_module(s, headers, NULL, &generated, e) && probe_module(s, headers, e);
    free(text);
    if (ok)
        return true;
    scorer_close(s);
    if (e->status == ERR_SCORER)
        err_set(e, ERR_SOFTWARE, NULL, "the C code made of the expression is not right");
    return false;
}

void scorer_close(struct scorer *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->terms_fd >= 0)
        close(s->terms_fd);
    free(s->fields);
    free(s->where);
    free(s->name);
    free(s->python);
    free(s->package);
    *s = (struct scorer){.fd = -1, .terms_fd = -1};
}

/* ---- Loading ---------------------------------------------------------------------------------*/

/* dlopen takes the module for one that it has if path and file are the same, and a closed
 * descriptor's number comes again. So each call spells its path differently. */
static void *load(int fd)
{
    static unsigned calls;
    char path[PATH_MAX];
    size_t n = (size_t)snprintf(path, sizeof path, "/proc/self/fd/");
    for (unsigned i = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); i && n < PATH_MAX - 64; i--)
        n += (size_t)snprintf(path + n, sizeof path - n, "./");
    snprintf(path + n, sizeof path - n, "%d", fd);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* What dlerror says, without our name of the file, which tells nobody anything. */
static const char *load_error(void)
{
    const char *text = dlerror();
    if (!text)
        return "unknown error";
    const char *after = strncmp(text, "/proc/self/fd/", 14) == 0 ? strstr(text, ": ") : NULL;
    return after ? after + 2 : text;
}

bool scorer_attach(int fd, const axb_module **module, struct err *e)
{
    scorer_bind_tile(NULL, 0);
    void *handle = load(fd);
    if (!handle) {
        const char *text = load_error();
        bool undefined = strstr(text, "undefined symbol") != NULL;
        return err_set(e, ERR_SCORER,
                       undefined ? "it is declared, but neither defined there nor provided by axb; "
                                   "link its library: --libs '-L/folder -lname'"
                                 : NULL,
                       "the module cannot be loaded: %s", text);
    }
    *module = dlsym(handle, "axb_scorer");
    if (!*module)
        return err_set(e, ERR_SCORER,
                       dlsym(handle, "score")
                           ? "a scorer in C is given as its .c file; axb compiles it"
                           : "it must define `const axb_module axb_scorer`, see axb.h",
                       "the module exports no `axb_scorer`");
    return scorer_check_module(*module, e);
}
