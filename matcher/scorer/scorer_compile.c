/* Runs the C compiler on a user's file: which compiler, with which options, and what its messages
 * mean in the user's terms. When the coordinator is gone, ends it at once, with all that it started
 * and wrote. Runs only in the compile child, which leads its own process group. */
#include "core/string_builder.h"
#include "core/suggest.h"
#include "matcher/scorer/scorer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGUMENTS 64
#define GENERATED "expression.c" /* in the build directory */
#define ROWS "axb_rows.h"        /* beside the axb.h that includes it */
#define MAX_FILE_BYTES ((size_t)256 << 20)
#define FULL_BYTES ((size_t)32 << 10) /* a disk with less available counts as full */
#define MAX_NOTES_BYTES ((size_t)64 << 10)

extern char **environ;

/* ---- Files -----------------------------------------------------------------------------------*/

bool scorer_read_file(const char *path, char **text, size_t *n, struct err *e)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    *text = NULL;
    *n = 0;
    bool ok = f && fstat(fileno(f), &st) == 0 && (size_t)st.st_size <= MAX_FILE_BYTES &&
              (*text = malloc((size_t)st.st_size + 1)) != NULL;
    if (ok) {
        *n = fread(*text, 1, (size_t)st.st_size, f);
        (*text)[*n] = 0;
        ok = !ferror(f);
    }
    if (!ok) {
        err_system(e, ERR_IO, errno, NULL, "cannot read %s", path);
        free(*text);
        *text = NULL;
    }
    if (f)
        fclose(f);
    return ok;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    (void)remove(path);
    return 0;
}

void scorer_remove_dir(const char *dir)
{
    struct timespec pause = {0, 10000000};
    for (int i = 0; i < 200; i++) {
        nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        if (access(dir, F_OK) != 0)
            return;
        nanosleep(&pause, NULL);
    }
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* A command line in the making; arguments are borrowed. */
struct command {
    char *arguments[MAX_ARGUMENTS];
    size_t n;
};

static void add_argument(struct command *c, const char *argument)
{
    if (c->n + 1 < MAX_ARGUMENTS) {
        c->arguments[c->n++] = (char *)(uintptr_t)argument;
        c->arguments[c->n] = NULL;
    }
}

static bool coordinator_is_gone(int fd)
{
    struct pollfd p = {.fd = fd};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

/* The coordinator was killed: removes what we wrote, and ends this process with all that it
 * started. */
static _Noreturn void end_all(const char *name, pid_t compiler)
{
    kill(compiler, SIGKILL);
    scorer_remove_dir(name);
    kill(0, SIGKILL);
    _exit(ERR_OS);
}

/* Waits for the compiler; SIGCHLD is blocked. */
static int wait_for(const struct scorer_compile *c, pid_t compiler)
{
    struct timespec pause = {0, 50000000};
    sigset_t child;
    int status;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (waitpid(compiler, &status, WNOHANG) != compiler) {
        if (coordinator_is_gone(c->coordinator_fd))
            end_all(c->name, compiler);
        sigtimedwait(&child, NULL, &pause);
    }
    return status;
}

/* Starts the command with its output in DIR/messages. Returns 0, or the errno of the failure. */
static int start_compiler(const struct scorer_compile *c, struct command *command, pid_t *pid)
{
    char messages[4096];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    sigemptyset(&none);
    snprintf(messages, sizeof messages, "%s/messages", c->dir);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int failed =
        posix_spawnp(pid, command->arguments[0], &actions, &attr, command->arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return failed;
}

/* ---- The compiler ----------------------------------------------------------------------------*/

/* The compiler: the arguments in AXB_CC or CC, else the first of cc, gcc, clang on the PATH. */
struct compiler {
    char text[1024]; /* the arguments, each ended by a zero byte */
    struct command command;
    const char *from; /* "AXB_CC", "CC" or NULL */
    bool native;      /* takes -march=native */
};

static void split_tokens(struct compiler *cc, const char *line)
{
    char *save = NULL;
    snprintf(cc->text, sizeof cc->text, "%s", line);
    for (char *argument = strtok_r(cc->text, " \t", &save); argument;
         argument = strtok_r(NULL, " \t", &save))
        if (cc->command.n < MAX_ARGUMENTS / 2)
            add_argument(&cc->command, argument);
}

static bool is_on_path(const char *name)
{
    const char *path = getenv("PATH");
    for (const char *p = path ? path : "/usr/bin:/bin"; *p; p += *p == ':') {
        char file[4096];
        size_t n = strcspn(p, ":");
        snprintf(file, sizeof file, "%.*s/%s", (int)n, p, name);
        if (access(file, X_OK) == 0)
            return true;
        p += n;
    }
    return false;
}

static bool choose_compiler(struct compiler *cc, struct err *e)
{
    static const char *const names[] = {"cc", "gcc", "clang"};
    static const char *const variables[] = {"AXB_CC", "CC"};
    *cc = (struct compiler){.native = true};
    for (size_t i = 0; i < 2 && !cc->command.n; i++) {
        const char *value = getenv(variables[i]);
        cc->from = variables[i];
        split_tokens(cc, value ? value : "");
    }
    for (size_t i = 0; i < 3 && !cc->command.n; i++) {
        cc->from = NULL;
        if (is_on_path(names[i]))
            split_tokens(cc, names[i]);
    }
    return cc->command.n ||
           err_set(e, ERR_UNAVAILABLE,
                   "install gcc or clang, or name a compiler with AXB_CC, or give a .so",
                   "there is no C compiler: neither cc nor gcc nor clang is on the PATH");
}

/* Runs the compiler with further arguments. True if it ran; *status is then as from waitpid. */
static bool run_compiler(const struct scorer_compile *c, const struct compiler *cc,
                         const char *const *arguments, int *status, struct err *e)
{
    struct command command = cc->command;
    pid_t pid;
    for (; *arguments; arguments++)
        if (cc->native || strcmp(*arguments, "-march=native") != 0)
            add_argument(&command, *arguments);
    int failed = start_compiler(c, &command, &pid);
    if (failed && err_hint(failed))
        return err_system(e, ERR_OS, failed, NULL, "the C compiler `%s` cannot be started",
                          command.arguments[0]);
    if (failed && cc->from)
        return err_system(e, ERR_UNAVAILABLE, failed, "it should name a C compiler",
                          "cannot run `%s`, which %s names", command.arguments[0], cc->from);
    if (failed)
        return err_system(e, ERR_UNAVAILABLE, failed, NULL, "cannot run the C compiler `%s`",
                          command.arguments[0]);
    *status = wait_for(c, pid);
    return true;
}

/* ---- Messages --------------------------------------------------------------------------------*/

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Does the line begin a message, "FILE:LINE:…" or "In file included from FILE:LINE"? The source
 * line and its marks, which follow, do not. */
static bool is_message(const char *line)
{
    size_t n = strcspn(line, ":\n");
    return *line != ' ' && line[n] == ':' && line[n + 1] >= '0' && line[n + 1] <= '9';
}

/* "1 warning generated.", "cc1: some warnings being treated as errors", … */
static bool is_summary(const char *line)
{
    size_t digits = strspn(line, "0123456789");
    return begins(line, "cc1: ") || begins(line, "compilation terminated") ||
           (digits && (begins(line + digits, " warning") || begins(line + digits, " error")));
}

/* Removes from the compiler's output, in place, the summaries and the messages about our own files
 * with what is shown under them. Users see only their own files. */
static void keep_user_lines(char *text, const char *dir)
{
    static const char from[] = "In file included from ";
    char *out = text;
    bool ours = false;
    for (char *line = text, *next; *line; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        if (is_message(line) || begins(line, dir))
            ours = begins(line + (begins(line, from) ? sizeof from - 1 : 0), dir);
        if (!ours && !is_summary(line)) {
            memmove(out, line, (size_t)(next - line));
            out += next - line;
        }
    }
    while (out > text && out[-1] == '\n')
        out--;
    *out = 0;
}

static bool read_messages(const struct scorer_compile *c, char **text, struct err *e)
{
    char path[4096];
    size_t n;
    snprintf(path, sizeof path, "%s/messages", c->dir);
    if (!scorer_read_file(path, text, &n, e))
        return false;
    if (n > MAX_NOTES_BYTES)
        (*text)[MAX_NOTES_BYTES] = 0;
    keep_user_lines(*text, c->dir);
    return true;
}

/* The column that a message misses, without _number and _days. gcc and clang both say: no member
 * named 'nmae'. */
static bool missing_member(const char *messages, uint32_t *side, char *name, size_t bytes)
{
    static const char says[] = "no member named '";
    const char *found = strstr(messages, says);
    if (!found)
        return false;
    const char *line = found, *end = found + strcspn(found, "\n");
    while (line > messages && line[-1] != '\n')
        line--;
    bool row_a = memmem(line, (size_t)(end - line), "axb_row_a", 9);
    bool row_b = memmem(line, (size_t)(end - line), "axb_row_b", 9);
    *side = row_a ? 0 : 1;
    found += sizeof says - 1;
    size_t n = strcspn(found, "'\n");
    n -= n > 7 && memcmp(found + n - 7, "_number", 7) == 0 ? 7 : 0;
    n -= n > 5 && memcmp(found + n - 5, "_days", 5) == 0 ? 5 : 0;
    snprintf(name, bytes, "%.*s", (int)n, found);
    return row_a || row_b;
}

#define TEXTS "texts are axb_str: a->COLUMN, or axb_text(p, n) of your own"

/* The hint for a message: that of the first row whose text it holds. */
static const char *known_hint(const char *messages)
{
    static const char *const known[][2] = {
        {"conflicting types for 'score'",
         "it must be: double score(const axb_row_a *a, const axb_row_b *b)"},
        {"function 'axb_", "`axb metrics` lists what may be called"},
        {"of 'axb_", TEXTS},       /* gcc: incompatible type for argument 2 of 'axb_jaro' */
        {"type 'axb_str'", TEXTS}, /* clang: to parameter of incompatible type 'axb_str' */
        {"prepared", "for example: const struct key *key = a->prepared;"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(messages, known[i][0]))
            return known[i][1];
    return "";
}

static void hint_for(const struct scorer_compile *c, const char *messages, char *hint, size_t bytes)
{
    uint32_t side;
    char name[80], nearest[400];
    if (!missing_member(messages, &side, name, sizeof name)) {
        snprintf(hint, bytes, "%s", known_hint(messages));
        return;
    }
    const char *const *names = (const char *const *)c->names->c_names[side];
    suggest_names(name, names, scorer_columns(&c->names->headers, side), 5, nearest,
                  sizeof nearest);
    snprintf(hint, bytes, "there is no column `%s` in %s; nearest: %s", name, side ? "B" : "A",
             nearest);
}

/* The errno of a limit that the compiler met, by its messages; 0 if the source is at fault. If the
 * disk is full, the messages themselves are missing. */
static int limit_met(const char *dir, const char *messages)
{
    static const int limits[] = {ENOSPC, EDQUOT, EFBIG, EAGAIN, ENOMEM};
    struct statvfs fs;
    if (statvfs(dir, &fs) == 0 && fs.f_blocks && fs.f_bavail * fs.f_frsize < FULL_BYTES)
        return ENOSPC;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strstr(messages, strerror(limits[i])))
            return limits[i];
    return strstr(messages, "out of memory") ? ENOMEM : 0;
}

static bool compiler_failed(const struct scorer_compile *c, int status, struct err *e)
{
    char *messages, hint[600] = "";
    if (WIFSIGNALED(status))
        return err_set(e, ERR_OS, "is the machine out of memory?",
                       "%s: the compiler was killed by signal %d", c->shown, WTERMSIG(status));
    if (!read_messages(c, &messages, e))
        return false;
    hint_for(c, messages, hint, sizeof hint);
    int limit = limit_met(c->dir, messages);
    if (limit)
        err_set(e, ERR_OS,
                limit == ENOSPC ? "it works in the directory that TMPDIR names, else in /tmp"
                                : err_hint(limit),
                "%s: the C compiler was refused what it needs: %s\n%s", c->shown, strerror(limit),
                messages);
    else
        err_set(e, ERR_SCORER, hint, "%s does not compile\n%s", c->shown, messages);
    free(messages);
    return false;
}

/* ---- The steps -------------------------------------------------------------------------------*/

static bool write_text(const char *dir, const char *name, const char *text, struct err *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    bool ok = f && fputs(text, f) >= 0;
    ok = f && fclose(f) == 0 && ok;
    return ok || err_system(e, ERR_IO, errno, NULL, "cannot write %s", path);
}

static bool succeeded(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs cc -E, and finds out whether the compiler takes -march=native. */
static bool preprocess(const struct scorer_compile *c, struct compiler *cc, char **text,
                       struct err *e)
{
    char out[4096], generated[4096];
    size_t n;
    int status;
    snprintf(out, sizeof out, "%s/user.i", c->dir);
    snprintf(generated, sizeof generated, "%s/" GENERATED, c->dir);
    const char *arguments[] = {"-march=native",
                               "-std=gnu17",
                               "-fdiagnostics-color=never",
                               "-iquote",
                               c->given ? "." : c->dir,
                               "-isystem",
                               c->dir,
                               "-E",
                               "-o",
                               out,
                               c->generated.text ? generated : c->user,
                               NULL};
    if (!run_compiler(c, cc, arguments, &status, e))
        return false;
    if (!succeeded(status)) {
        cc->native = false;
        if (!run_compiler(c, cc, arguments, &status, e))
            return false;
    }
    if (!succeeded(status))
        return compiler_failed(c, status, e);
    if (!scorer_read_file(out, text, &n, e))
        return false;
    *c->source_fingerprint = scorer_source_fingerprint(*text);
    return true;
}

/* Writes an axb.h that ends with the rows; these are none yet. */
static bool write_header(const char *dir, const char *text, struct err *e)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (!out)
        return err_set(e, ERR_OS, NULL, "no memory for axb.h");
    fprintf(out, "%s#include <" ROWS ">\n", text);
    char *whole = string_builder_end(&string_builder);
    bool ok = whole ? write_text(dir, "axb.h", whole, e) && write_text(dir, ROWS, "", e)
                    : err_set(e, ERR_OS, NULL, "no memory for axb.h");
    free(whole);
    return ok;
}

/* What a source is made of: its rows, or the file that includes the user's. */
enum part { MODULE_ROWS, MODULE, TERMS_ROWS, TERMS };

static bool write_part(const struct scorer_compile *c, const struct scorer_use *use, enum part part,
                       const char *dir, const char *name, struct err *e)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    bool ok = true;
    if (!out)
        return err_set(e, ERR_OS, NULL, "no memory for the module's source");
    if (part == MODULE_ROWS)
        ok = scorer_write_rows(out, use, c->names, e);
    else if (part == MODULE)
        scorer_write_module(out, c->generated.text ? GENERATED : c->user, use);
    else if (part == TERMS_ROWS)
        scorer_write_terms_rows(out, use, c->names);
    else
        scorer_write_terms(out, c->user, use);
    char *text = string_builder_end(&string_builder);
    if (ok && !text)
        ok = err_set(e, ERR_OS, NULL, "no memory for the module's source");
    ok = ok && write_text(dir, name, text, e);
    free(text);
    return ok;
}

static bool write_module(const struct scorer_compile *c, const struct scorer_use *use,
                         struct err *e)
{
    return write_part(c, use, MODULE_ROWS, c->dir, ROWS, e) &&
           write_part(c, use, MODULE, c->dir, "module.c", e);
}

/* Results must not depend on the options: no fast-math and no contraction. What is relaxed (errno
 * and floating point traps, which nobody reads) changes no value, but lets loops become vectors.
 * Hidden visibility lets `score` and its helpers be inlined into the loop.
 *
 * A compiler that sees a fault may take it for code that is never reached, and delete what leads
 * there: the pair then has any score, silently. So what is never reached, and a division by zero,
 * are instructions that trap; null pointers are dereferenced, and loops without an end go on. A
 * function that lacks its return statement is an error. */
static bool compile_source(const struct scorer_compile *c, const struct compiler *cc,
                           const char *name, const char *headers, int *status, struct err *e)
{
    char source[4096], module[4096];
    snprintf(source, sizeof source, "%s/%s.c", c->dir, name);
    snprintf(module, sizeof module, "%s/%s.so", c->dir, name);
    const char *arguments[] = {"-O3",
                               "-march=native",
                               "-std=gnu17",
                               "-fPIC",
                               "-shared",
                               "-fvisibility=hidden",
                               "-ffp-contract=off",
                               "-fno-math-errno",
                               "-fno-trapping-math",
                               "-fsanitize=unreachable,integer-divide-by-zero",
                               "-fsanitize-undefined-trap-on-error",
                               "-fno-delete-null-pointer-checks",
                               "-fno-finite-loops",
                               "-Wall",
                               "-Werror=return-type",
                               "-Werror=implicit-function-declaration",
                               "-fdiagnostics-color=never",
                               "-Wl,-Bsymbolic",
                               "-Wl,-z,now",
                               "-iquote",
                               c->given ? "." : c->dir,
                               "-isystem",
                               headers,
                               "-o",
                               module,
                               source,
                               "-lm",
                               NULL};
    return run_compiler(c, cc, arguments, status, e);
}

static bool build(const struct scorer_compile *c, const struct compiler *cc, struct err *e)
{
    int status;
    return compile_source(c, cc, "module", c->dir, &status, e) &&
           (succeeded(status) || compiler_failed(c, status, e));
}

/* The second compilation of a scorer with AXB_MONOTONE. It makes "terms.so" if the score depends on
 * metrics alone. What the compiler says of it is not shown. */
static bool build_terms(const struct scorer_compile *c, const struct compiler *cc,
                        const struct scorer_use *use, struct err *e)
{
    char headers[4096];
    int status;
    snprintf(headers, sizeof headers, "%s/terms", c->dir);
    return (mkdir(headers, 0700) == 0 ||
            err_system(e, ERR_OS, errno, NULL, "cannot make the directory %s", headers)) &&
           write_header(headers, scorer_terms_h, e) &&
           write_text(headers, "scorer_monotone_abi.h", scorer_terms_abi_h, e) &&
           write_part(c, use, TERMS_ROWS, headers, ROWS, e) &&
           write_part(c, use, TERMS, c->dir, "terms.c", e) &&
           compile_source(c, cc, "terms", headers, &status, e);
}

static bool build_generated(const struct scorer_compile *c, const struct compiler *cc,
                            struct err *e)
{
    struct scorer_use use = {.score = true, .n_fields = c->generated.n_fields};
    memcpy(use.fields, c->generated.fields, use.n_fields * sizeof *use.fields);
    return write_module(c, &use, e) && build(c, cc, e);
}

static bool scan_and_build(const struct scorer_compile *c, const struct compiler *cc,
                           const char *text, struct err *e)
{
    struct scorer_use use;
    if (!scorer_scan(text, false, c->names, &use, e))
        return false;
    if (!use.score)
        return err_set(e, ERR_SCORER,
                       "it needs: double score(const axb_row_a *a, const axb_row_b *b)",
                       "%s has no function called `score`", c->shown);
    if (!write_module(c, &use, e))
        return false;
    return build(c, cc, e) ||
           (e->status == ERR_SCORER && use.narrow && scorer_scan(text, true, c->names, &use, e) &&
            write_module(c, &use, e) && build(c, cc, e));
}

/* Runs after the module is built, so that the messages are those of the module. */
static bool scan_and_build_terms(const struct scorer_compile *c, const struct compiler *cc,
                                 const char *text, struct err *e)
{
    struct scorer_use use;
    return scorer_scan(text, false, c->names, &use, e) &&
           (!use.monotone || build_terms(c, cc, &use, e));
}

bool scorer_compile(const struct scorer_compile *c, char **notes, struct err *e)
{
    struct compiler cc;
    char *text = NULL;
    bool ok = choose_compiler(&cc, e) && write_header(c->dir, scorer_axb_h, e) &&
              write_text(c->dir, "axb_loop.h", scorer_loop_h, e);
    if (ok && c->generated.text)
        ok = write_text(c->dir, GENERATED, c->generated.text, e) && preprocess(c, &cc, &text, e) &&
             build_generated(c, &cc, e) && read_messages(c, notes, e);
    else
        ok = ok && preprocess(c, &cc, &text, e) && scan_and_build(c, &cc, text, e) &&
             read_messages(c, notes, e) && scan_and_build_terms(c, &cc, text, e);
    free(text);
    return ok;
}
