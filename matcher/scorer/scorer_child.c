/* The two children of scorer_make: one compiles, one loads the module for a first try. Both are
 * thrown away, so whatever a compiler or a module does to its process happens to them alone. They
 * report to the coordinator over a pipe, in one struct scorer_report.
 *
 * The coordinator gives the compile child the name of a private directory that does not exist yet.
 * If the child makes it (scorer_build_dir.c), either of the two can remove it, whenever the other
 * is killed. */
#include "core/process.h"
#include "core/sandbox.h"
#include "matcher/scorer/scorer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const void *p, size_t n)
{
    for (const char *at = p; n;) {
        ssize_t wrote = write(fd, at, n);
        if (wrote < 0 && errno != EINTR)
            return false;
        at += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

int scorer_send_report(struct scorer_report *r, const char *more, size_t n)
{
    r->bytes = n;
    bool sent = write_all(CHILD_FD_REPORT, r, sizeof *r) && write_all(CHILD_FD_REPORT, more, n);
    return r->error.status != ERR_NONE ? (int)r->error.status : sent ? 0 : ERR_IO;
}

/* ---- Compile ---------------------------------------------------------------------------------*/

/* The headers as the coordinator wrote them: the number of columns of each side, the number of
 * fields of a generated source, these fields, the names and --libs, each ended by a zero byte, and
 * the generated source if one exists. All pointers go into *text. */
static bool read_headers(struct scorer_headers *h, const char **libs, struct scorer_generated *g,
                         char **text, char ***names, struct err *e)
{
    size_t n, used = 0;
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", CHILD_FD_HEADERS);
    if (!scorer_read_file(path, text, &n, e))
        return false;
    uint64_t counts[3] = {0, 0, 0};
    if (n >= sizeof counts)
        memcpy(counts, *text, sizeof counts);
    size_t fields_bytes = counts[2] * sizeof *g->fields;
    *names = calloc(counts[0] + counts[1] + 1, sizeof **names);
    if (!*names)
        return err_set(e, ERR_OS, NULL, "no memory for the names of the columns");
    char *p = *text + sizeof counts + fields_bytes;
    while (used < counts[0] + counts[1] && p < *text + n) {
        (*names)[used++] = p;
        p += strlen(p) + 1;
    }
    if (used < counts[0] + counts[1] || p >= *text + n)
        return err_set(e, ERR_SOFTWARE, NULL, "the names of the columns were cut short");
    *h = (struct scorer_headers){*names, counts[0], *names + counts[0], counts[1]};
    *libs = p;
    p += strlen(p) + 1;
    *g = (struct scorer_generated){.text = p < *text + n ? p : NULL,
                                   .fields = (void *)(*text + sizeof counts),
                                   .n_fields = (uint32_t)counts[2]};
    return true;
}

static bool copy_module(const char *dir, const char *name, int fd, struct err *e)
{
    char path[PATH_MAX], *bytes;
    size_t n;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (!scorer_read_file(path, &bytes, &n, e))
        return false;
    bool ok = write_all(fd, bytes, n) ||
              err_system(e, ERR_OS, errno, NULL, "no memory for the compiled scorer");
    free(bytes);
    return ok;
}

/* Copies the module, and the module of its terms if one was built. */
static bool copy_modules(const char *dir, struct err *e)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/terms.so", dir);
    return copy_module(dir, "module.so", CHILD_FD_MODULE, e) &&
           (access(path, R_OK) != 0 || copy_module(dir, "terms.so", CHILD_FD_TERMS, e));
}

/* Writes what a descriptor held to a file of the build directory. The compiler calls its lines by
 * the name that was given with it, unless it has #line of its own. */
static bool write_given(const char *dir, const char *text, const char *shown, char user[PATH_MAX],
                        struct err *e)
{
    snprintf(user, PATH_MAX, "%s/given.c", dir);
    FILE *f = fopen(user, "we");
    bool ok = f && fprintf(f, "#line 1 \"%s\"\n%s", shown, text) >= 0;
    ok = f && fclose(f) == 0 && ok;
    return ok || err_system(e, ERR_IO, errno, NULL, "cannot write %s", user);
}

static bool quoted_name(const char *path, struct err *e)
{
    return err_set(e, ERR_USAGE, "rename it", "%s: the path of a scorer may hold no quote", path);
}

/* Where the source is that is to be compiled: the user's file, or one in the build directory. */
static bool find_source(struct scorer_compile *c, const char *path, char user[PATH_MAX],
                        struct err *e)
{
    const char *text = c->generated.text;
    c->given = text && *path;
    c->shown = c->given ? path : user;
    user[0] = 0;
    if (text && !c->given)
        return true;
    if (c->given) {
        c->generated = (struct scorer_generated){.text = NULL};
        return strpbrk(path, "\"\\\n") ? quoted_name(path, e)
                                       : write_given(c->dir, text, path, user, e);
    }
    if (!realpath(path, user))
        return err_system(e, ERR_NOINPUT, errno, NULL, "cannot read %s", path);
    return !strpbrk(user, "\"\n") || quoted_name(path, e);
}

static bool child_compile(const char *name, const char *dir, const char *path, char **notes,
                          uint64_t *source_fingerprint, struct err *e)
{
    struct scorer_headers headers;
    struct scorer_names names = {0};
    char *text = NULL, **pointers = NULL, user[PATH_MAX];
    struct scorer_compile c = {.name = name,
                               .dir = dir,
                               .user = user,
                               .language = scorer_language(path),
                               .coordinator_fd = CHILD_FD_REPORT,
                               .names = &names,
                               .source_fingerprint = source_fingerprint};
    bool ok = read_headers(&headers, &c.libs, &c.generated, &text, &pointers, e) &&
              scorer_names_open(&names, &headers, e) && find_source(&c, path, user, e);
    ok = ok && scorer_compile(&c, notes, e) && copy_modules(dir, e);
    scorer_names_close(&names);
    free(pointers);
    free(text);
    return ok;
}

/* Leads a group of its own, which the coordinator can end as a whole. Blocks SIGCHLD, by which it
 * waits for compilers. */
static bool become_leader(struct err *e)
{
    sigset_t child;
    for (int fd = CHILD_FD_MODULE; fd <= CHILD_FD_TERMS; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    return (setpgid(0, 0) == 0 && setenv("LC_ALL", "C", 1) == 0) ||
           err_system(e, ERR_OS, errno, NULL, "cannot set up the compilation");
}

int scorer_compile_child(int argc, char **argv)
{
    struct scorer_report report = {0};
    char *notes = NULL, dir[PATH_MAX - 32];
    if (argc != 2)
        return ERR_USAGE;
    bool ok = become_leader(&report.error) &&
              scorer_build_dir_open(argv[0], dir, sizeof dir, &report.error) &&
              (setenv("TMPDIR", dir, 1) == 0 ||
               err_set(&report.error, ERR_OS, NULL, "no memory for the compiler's environment")) &&
              child_compile(argv[0], dir, argv[1], &notes, &report.fingerprint, &report.error);
    if (ok)
        report.error.status = ERR_NONE;
    scorer_remove_dir(argv[0]);
    int status = scorer_send_report(&report, notes, notes ? strlen(notes) : 0);
    free(notes);
    return status;
}

/* ---- Probe -----------------------------------------------------------------------------------*/

/* A crash must end the process by its own signal, whatever handlers are installed. */
static void crash_plainly(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    static const struct rlimit none = {0, 0};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
}

int scorer_probe_child(int argc, char **argv)
{
    struct scorer_report report = {0};
    const axb_module *module;
    char *fields = NULL;
    size_t n = 0;
    if (argc != 1)
        return ERR_USAGE;
    proc_die_with_parent((pid_t)strtol(argv[0], NULL, 10));
    crash_plainly();
    if (sandbox_enter(&report.error) && proc_end_with(CHILD_FD_REPORT, &report.error) &&
        scorer_attach(CHILD_FD_MODULE, &module, &report.error)) {
        scorer_fill_report(&report, module, &fields, &n);
    }
    _exit(scorer_send_report(&report, fields, n)); /* the module's destructors are not tried here */
}
