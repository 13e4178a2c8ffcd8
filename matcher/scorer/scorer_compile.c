/* Runs the compiler on a user's file: which compiler, with which options. When the coordinator is
 * gone, ends it at once, with all that it started and wrote. Runs only in the compile child, which
 * leads its own process group. Not here: what the compiler's messages mean (scorer_messages.c). */
#include "core/string_builder.h"
#include "matcher/scorer/scorer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGUMENTS 128
#define GENERATED "expression.c" /* in the build directory */
#define ROWS "axb_rows.h"        /* beside the axb.h that includes it */
#define MAX_FILE_BYTES ((size_t)256 << 20)

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

/* The compilers of a language, and how they are named. */
static const struct language {
    const char *name;             /* as messages say it */
    const char *variable[2];      /* of the environment, which may hold arguments as well */
    const char *compiler[3];      /* else the first of these on the PATH */
    const char *standard, *wrong; /* options: the standard; what must not pass as a warning */
    const char *suffix;           /* of our own source */
    const char *install;          /* what to do without a compiler */
} languages[] = {
    [SCORER_C] = {"C",
                  {"AXB_CC", "CC"},
                  {"cc", "gcc", "clang"},
                  "-std=gnu17",
                  "-Werror=implicit-function-declaration",
                  "c",
                  "install gcc or clang, or name a compiler with AXB_CC, or give a .so"},
    [SCORER_CXX] = {"C++",
                    {"AXB_CXX", "CXX"},
                    {"c++", "g++", "clang++"},
                    "-std=gnu++20",
                    "-Werror=return-type",
                    "cc",
                    "install g++ or clang++, or name a compiler with AXB_CXX, or give a .so"},
};

/* The compiler of a run. */
struct compiler {
    const struct language *language;
    char text[1024]; /* the arguments, each ended by a zero byte */
    struct command command;
    const char *from; /* the variable that names it, or NULL */
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

static bool choose_compiler(struct compiler *cc, enum scorer_language language, struct err *e)
{
    const struct language *l = &languages[language];
    *cc = (struct compiler){.language = l, .native = true};
    for (size_t i = 0; i < 2 && !cc->command.n; i++) {
        const char *value = getenv(l->variable[i]);
        cc->from = l->variable[i];
        split_tokens(cc, value ? value : "");
    }
    for (size_t i = 0; i < 3 && !cc->command.n; i++) {
        cc->from = NULL;
        if (is_on_path(l->compiler[i]))
            split_tokens(cc, l->compiler[i]);
    }
    return cc->command.n || err_set(e, ERR_UNAVAILABLE, l->install,
                                    "there is no %s compiler: neither %s nor %s nor %s is on the "
                                    "PATH",
                                    l->name, l->compiler[0], l->compiler[1], l->compiler[2]);
}

/* Runs the compiler with options, and with what follows them; both lists end in NULL. True if it
 * ran; *status is then as from waitpid. */
static bool run_compiler(const struct scorer_compile *c, const struct compiler *cc,
                         const char *const *options, const char *const *rest, int *status,
                         struct err *e)
{
    struct command command = cc->command;
    pid_t pid;
    for (; *options; options++)
        if (cc->native || strcmp(*options, "-march=native") != 0)
            add_argument(&command, *options);
    for (; *rest; rest++)
        add_argument(&command, *rest);
    int failed = start_compiler(c, &command, &pid);
    if (failed && err_hint(failed))
        return err_system(e, ERR_OS, failed, NULL, "the %s compiler `%s` cannot be started",
                          cc->language->name, command.arguments[0]);
    if (failed && cc->from)
        return err_system(e, ERR_UNAVAILABLE, failed, cc->language->install,
                          "cannot run `%s`, which %s names", command.arguments[0], cc->from);
    if (failed)
        return err_system(e, ERR_UNAVAILABLE, failed, NULL, "cannot run the %s compiler `%s`",
                          cc->language->name, command.arguments[0]);
    *status = wait_for(c, pid);
    return true;
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
                               cc->language->standard,
                               "-fdiagnostics-color=never",
                               "-iquote",
                               c->given ? "." : c->dir,
                               "-isystem",
                               c->dir,
                               "-E",
                               "-o",
                               out,
                               NULL};
    const char *source[] = {c->generated.text ? generated : c->user, NULL};
    if (!run_compiler(c, cc, arguments, source, &status, e))
        return false;
    if (!succeeded(status)) {
        cc->native = false;
        if (!run_compiler(c, cc, arguments, source, &status, e))
            return false;
    }
    if (!succeeded(status))
        return scorer_compiler_failed(c, status, e);
    if (!scorer_read_file(out, text, &n, e))
        return false;
    *c->source_fingerprint = scorer_source_fingerprint(*text);
    return true;
}

/* What comes before axb.h where metrics are computed by the tile. */
#define TILES                                                                                      \
    "#ifndef AXB_TILES\n#define AXB_TILES\n#include <stdint.h>\n#include "                         \
    "<axb_tile_abi.h>\n#endif\n"

/* Writes an axb.h that begins with this and ends with the rows. */
static bool write_header(const char *dir, const char *before, const char *text, struct err *e)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (!out)
        return err_set(e, ERR_OS, NULL, "no memory for axb.h");
    fprintf(out, "%s%s#include <" ROWS ">\n", before, text);
    char *whole = string_builder_end(&string_builder);
    bool ok = whole ? write_text(dir, "axb.h", whole, e)
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
    char source[16];
    snprintf(source, sizeof source, "module.%s", languages[c->language].suffix);
    return write_part(c, use, MODULE_ROWS, c->dir, ROWS, e) &&
           write_part(c, use, MODULE, c->dir, source, e);
}

/* ---- Libraries -------------------------------------------------------------------------------*/

/* What --libs adds to a command line. */
struct libraries {
    char *text; /* its arguments, each ended by a zero byte; malloced */
    char rpath[8][PATH_MAX + 16];
    const char *argument[MAX_ARGUMENTS / 2];
    size_t n, n_rpaths;
};

static void add_library(struct libraries *l, const char *argument)
{
    if (l->n + 1 < sizeof l->argument / sizeof *l->argument)
        l->argument[l->n++] = argument;
}

/* A folder of libraries is one where the loader, which runs elsewhere, looks for them too. */
static void add_rpath(struct libraries *l, const char *folder)
{
    char path[PATH_MAX];
    if (l->n_rpaths == sizeof l->rpath / sizeof *l->rpath || !realpath(folder, path))
        return;
    char *rpath = l->rpath[l->n_rpaths++];
    snprintf(rpath, sizeof *l->rpath, "-Wl,-rpath,%s", path);
    add_library(l, rpath);
}

/* Splits --libs at blanks. */
static bool libraries_open(struct libraries *l, const char *libs, struct err *e)
{
    char *save = NULL;
    bool folder = false;
    l->n = l->n_rpaths = 0;
    l->text = strdup(libs);
    if (!l->text)
        return err_set(e, ERR_OS, NULL, "no memory for --libs");
    for (char *at = strtok_r(l->text, " \t\n", &save); at; at = strtok_r(NULL, " \t\n", &save)) {
        add_library(l, at);
        const bool joined = strncmp(at, "-L", 2) == 0 && at[2];
        if (folder || joined)
            add_rpath(l, joined ? at + 2 : at);
        folder = strcmp(at, "-L") == 0;
    }
    return true;
}

/* ---- The module ------------------------------------------------------------------------------*/

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
    snprintf(source, sizeof source, "%s/%s.%s", c->dir, name, cc->language->suffix);
    snprintf(module, sizeof module, "%s/%s.so", c->dir, name);
    const char *options[] = {"-O3",
                             "-march=native",
                             cc->language->standard,
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
                             cc->language->wrong,
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
                             NULL};
    struct libraries *l = malloc(sizeof *l);
    if (!l)
        return err_set(e, ERR_OS, NULL, "no memory for --libs");
    bool ok = libraries_open(l, c->libs, e);
    add_library(l, "-lm");
    l->argument[l->n] = NULL;
    ok = ok && run_compiler(c, cc, options, l->argument, status, e);
    free(l->text);
    free(l);
    return ok;
}

/* Compiles the module; *built says whether the compiler took it. */
static bool try_to_build(const struct scorer_compile *c, const struct compiler *cc, bool tiles,
                         bool *built, int *status, struct err *e)
{
    const bool ok = write_header(c->dir, tiles ? TILES : "", scorer_axb_h, e) &&
                    compile_source(c, cc, "module", c->dir, status, e);
    *built = ok && succeeded(*status);
    return ok;
}

/* Metrics are computed by the tile where the texts of a scorer can have a tag (scorer_tile.h).
 * Those of a library cannot, nor can texts that the user makes member by member. If that does not
 * compile, neither may the module as users know it: its messages are the ones to show. */
static bool build(const struct scorer_compile *c, const struct compiler *cc,
                  const struct scorer_use *use, struct err *e)
{
    bool built = false;
    int status;
    if (!use->bare_texts && !*c->libs && !try_to_build(c, cc, true, &built, &status, e))
        return false;
    if (!built && !try_to_build(c, cc, false, &built, &status, e))
        return false;
    return built || scorer_compiler_failed(c, status, e);
}

/* The second compilation of a scorer with AXB_MONOTONE. It makes "terms.so" if the score depends on
 * metrics alone. What the compiler says of it is not shown. */
static bool build_terms(const struct scorer_compile *c, const struct compiler *cc,
                        const struct scorer_use *use, struct err *e)
{
    char headers[4096], source[16];
    int status;
    snprintf(headers, sizeof headers, "%s/terms", c->dir);
    snprintf(source, sizeof source, "terms.%s", cc->language->suffix);
    return (mkdir(headers, 0700) == 0 ||
            err_system(e, ERR_OS, errno, NULL, "cannot make the directory %s", headers)) &&
           write_header(headers, "", scorer_terms_h, e) &&
           write_text(headers, "scorer_monotone_abi.h", scorer_terms_abi_h, e) &&
           write_part(c, use, TERMS_ROWS, headers, ROWS, e) &&
           write_part(c, use, TERMS, c->dir, source, e) &&
           compile_source(c, cc, "terms", headers, &status, e);
}

static bool build_generated(const struct scorer_compile *c, const struct compiler *cc,
                            struct err *e)
{
    struct scorer_use use = {.score = true, .n_fields = c->generated.n_fields};
    memcpy(use.fields, c->generated.fields, use.n_fields * sizeof *use.fields);
    return write_module(c, &use, e) && build(c, cc, &use, e);
}

/* Takes what the compiler has missed as columns whose names differ in case alone, if any do. */
static bool add_aliases(const struct scorer_compile *c, struct scorer_use *use)
{
    const uint32_t before = use->n_aliases;
    char *messages, name[80];
    uint32_t side;
    struct err e;
    if (!scorer_read_messages(c, &messages, &e))
        return false;
    for (const char *at = messages; scorer_next_missing(&at, &side, name, sizeof name);)
        scorer_use_alias(use, c->names, side, name);
    free(messages);
    return use->n_aliases > before;
}

/* Once more after a failure, if something may have been missed by us rather than by the user. */
static bool build_again(const struct scorer_compile *c, const struct compiler *cc, const char *text,
                        struct scorer_use *use, struct err *e)
{
    const bool narrow = use->narrow;
    if (e->status != ERR_SCORER || (narrow && !scorer_scan(text, true, c->names, use, e)))
        return false;
    const bool aliases = add_aliases(c, use);
    return (narrow || aliases) && write_module(c, use, e) && build(c, cc, use, e);
}

static bool scan_and_build(const struct scorer_compile *c, const struct compiler *cc,
                           const char *text, struct scorer_use *use, struct err *e)
{
    if (!scorer_scan(text, false, c->names, use, e))
        return false;
    if (!use->score)
        return err_set(e, ERR_SCORER,
                       "it needs: double score(const axb_row_a *a, const axb_row_b *b)",
                       "%s has no function called `score`", c->shown);
    return write_module(c, use, e) && (build(c, cc, use, e) || build_again(c, cc, text, use, e));
}

/* The warnings, and a line for each member that was taken for a column. */
static bool read_notes(const struct scorer_compile *c, const struct scorer_use *use, char **notes,
                       struct err *e)
{
    struct string_builder string_builder;
    char *messages;
    if (!scorer_read_messages(c, &messages, e))
        return false;
    FILE *out = string_builder_open(&string_builder);
    for (uint32_t k = 0; out && k < use->n_aliases; k++) {
        const struct scorer_field *f = &use->alias[k].field;
        fprintf(out, "%s: %c->%s is taken for the column \"%s\", whose C name is %s\n", c->shown,
                f->side ? 'b' : 'a', use->alias[k].name,
                scorer_header(&c->names->headers, f->side)[f->column],
                c->names->c_names[f->side][f->column]);
    }
    if (out)
        fputs(messages, out);
    free(messages);
    *notes = string_builder_end(&string_builder);
    return *notes || err_set(e, ERR_OS, NULL, "no memory for the compiler's messages");
}

static bool compile_generated(const struct scorer_compile *c, struct compiler *cc, char **notes,
                              struct err *e)
{
    char *text = NULL;
    bool ok = write_text(c->dir, GENERATED, c->generated.text, e) && preprocess(c, cc, &text, e) &&
              build_generated(c, cc, e) && scorer_read_messages(c, notes, e);
    free(text);
    return ok;
}

/* The module of the metrics is built last, so that the messages are those of the module. */
static bool compile_users(const struct scorer_compile *c, struct compiler *cc, char **notes,
                          struct err *e)
{
    char *text = NULL;
    struct scorer_use *use = calloc(1, sizeof *use);
    bool ok = use || err_set(e, ERR_OS, NULL, "no memory for the module's source");
    ok = ok && preprocess(c, cc, &text, e) && scan_and_build(c, cc, text, use, e) &&
         read_notes(c, use, notes, e) && (!use->monotone || build_terms(c, cc, use, e));
    free(use);
    free(text);
    return ok;
}

bool scorer_compile(const struct scorer_compile *c, char **notes, struct err *e)
{
    struct compiler cc;
    return choose_compiler(&cc, c->language, e) && write_header(c->dir, "", scorer_axb_h, e) &&
           write_text(c->dir, ROWS, "", e) && write_text(c->dir, "axb_loop.h", scorer_loop_h, e) &&
           write_text(c->dir, "axb_tile.h", scorer_tile_h, e) &&
           write_text(c->dir, "axb_tile_abi.h", scorer_tile_abi_h, e) &&
           write_text(c->dir, "axb_guard.h", scorer_guard_h, e) &&
           (c->generated.text ? compile_generated : compile_users)(c, &cc, notes, e);
}
