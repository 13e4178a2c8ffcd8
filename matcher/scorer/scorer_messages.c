/* What the compiler's messages mean in the user's terms: messages about our own files go, and what
 * a user can do about the rest is a hint. gcc and clang, C and C++. Not here: running the compiler
 * (scorer_compile.c). */
#include "core/suggest.h"
#include "matcher/scorer/scorer_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#define FULL_BYTES ((size_t)32 << 10) /* a disk with less available counts as full */
#define MAX_NOTES_BYTES ((size_t)64 << 10)
#define MAX_MISSING 8u /* columns that a hint names */

/* ---- Lines -----------------------------------------------------------------------------------*/

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
    return begins(line, "cc1: ") || begins(line, "cc1plus: ") || begins(line, "collect2: ") ||
           begins(line, "compilation terminated") ||
           (digits && (begins(line + digits, " warning") || begins(line + digits, " error")));
}

static bool has(const char *line, size_t n, const char *text)
{
    return memmem(line, n, text, strlen(text)) != NULL;
}

/* gcc says so of a function whose return statement has an error. */
static bool is_return_type(const char *line, size_t n)
{
    return has(line, n, "control reaches end of non-void function") ||
           has(line, n, "no return statement in function");
}

/* Is there an error other than that one? */
static bool has_error(const char *text)
{
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        if (is_message(line) && has(line, n, " error: ") && !is_return_type(line, n))
            return true;
        line += n + (line[n] == '\n');
    }
    return false;
}

/* Removes from the compiler's output, in place, the summaries, the messages about our own files
 * with what is shown under them, and what only follows from another error. Users see their own
 * files and their own mistakes. */
static void keep_user_lines(char *text, const char *dir)
{
    static const char from[] = "In file included from ";
    char *out = text;
    bool ours = false, error = has_error(text);
    for (char *line = text, *next; *line; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        if (is_message(line) || begins(line, dir))
            ours = begins(line + (begins(line, from) ? sizeof from - 1 : 0), dir) ||
                   (error && is_return_type(line, n));
        if (!ours && !is_summary(line)) {
            memmove(out, line, (size_t)(next - line));
            out += next - line;
        }
    }
    while (out > text && out[-1] == '\n')
        out--;
    *out = 0;
}

bool scorer_read_messages(const struct scorer_compile *c, char **text, struct err *e)
{
    char path[4096];
    size_t n;
    snprintf(path, sizeof path, "%s/messages", c->dir);
    if (!scorer_read_file(path, text, &n, e))
        return false;
    if (n > MAX_NOTES_BYTES)
        (*text)[MAX_NOTES_BYTES] = 0;
    char *whole = strdup(*text);
    keep_user_lines(*text, c->dir);
    if (whole && has_error(whole) && !has_error(*text)) {
        free(*text); /* the fault shows in our files alone, as where a function is missing */
        *text = whole;
        whole = NULL;
    }
    free(whole);
    return true;
}

/* ---- Columns that are missing ----------------------------------------------------------------*/

/* gcc and clang both say: no member named 'nmae'. */
bool scorer_next_missing(const char **at, uint32_t *side, char *name, size_t bytes)
{
    static const char says[] = "no member named '";
    for (const char *found = *at; (found = strstr(found, says)) != NULL;) {
        const char *line = found, *end = found + strcspn(found, "\n");
        while (line > *at && line[-1] != '\n')
            line--;
        const bool row_a = has(line, (size_t)(end - line), "axb_row_a");
        const bool row_b = has(line, (size_t)(end - line), "axb_row_b");
        found += sizeof says - 1;
        snprintf(name, bytes, "%.*s", (int)strcspn(found, "'\n"), found);
        *side = row_a ? 0 : 1;
        *at = end;
        if (row_a || row_b)
            return true;
    }
    return false;
}

/* The columns that messages miss, each once; returns how many. */
static size_t missing_columns(const char *messages, uint32_t side[MAX_MISSING],
                              char name[MAX_MISSING][80])
{
    size_t n = 0;
    for (const char *at = messages;
         n < MAX_MISSING && scorer_next_missing(&at, &side[n], name[n], sizeof name[n]);) {
        size_t bytes = strlen(name[n]), k = 0;
        bytes -= bytes > 7 && strcmp(name[n] + bytes - 7, "_number") == 0 ? 7 : 0;
        bytes -= bytes > 5 && strcmp(name[n] + bytes - 5, "_days") == 0 ? 5 : 0;
        name[n][bytes] = 0;
        while (k < n && (side[k] != side[n] || strcmp(name[k], name[n]) != 0))
            k++;
        n += k == n;
    }
    return n;
}

/* A line for each of them, into hint[bytes]; false if none is missing. */
static bool missing_hint(const struct scorer_compile *c, const char *messages, char *hint,
                         size_t bytes)
{
    uint32_t side[MAX_MISSING];
    char name[MAX_MISSING][80], near[400], has[300];
    const size_t n = missing_columns(messages, side, name);
    size_t used = 0;
    for (size_t k = 0; k < n && used < bytes; k++) {
        const char *const *names = (const char *const *)c->names->c_names[side[k]];
        const size_t n_names = scorer_columns(&c->names->headers, side[k]);
        suggest_names(name[k], names, n_names, n > 1 ? 3 : 12, has, sizeof has);
        suggest_hint(name[k], names, n_names, NULL, near, sizeof near);
        used += (size_t)snprintf(hint + used, bytes - used, "%sthere is no column `%s` in %s; %s%s",
                                 k ? "\n" : "", name[k], side[k] ? "B" : "A",
                                 near[0] ? "" : "it has ", near[0] ? near : has);
    }
    return n > 0;
}

/* ---- Hints -----------------------------------------------------------------------------------*/

#define TEXTS "texts are axb_str: a->COLUMN, or axb_text(p, n) of your own"

#define PREPARE                                                                                    \
    "AXB_PREPARED(struct key) needs both: static void prepare_a(const axb_row_a *a, struct key "   \
    "*out), and the same of prepare_b with axb_row_b"

/* The hint for a message: that of the first row whose text it holds. */
static const char *known_hint(const char *messages)
{
    static const char *const known[][2] = {
        {"conflicting types for 'score'",
         "it must be: double score(const axb_row_a *a, const axb_row_b *b)"},
        {"function 'prepare_", PREPARE},
        {"'prepare_a' was not declared", PREPARE},
        {"'prepare_b' was not declared", PREPARE},
        {"function 'axb_", "`axb metrics` lists what may be called"},
        {"of 'axb_", TEXTS},       /* gcc: incompatible type for argument 2 of 'axb_jaro' */
        {"to 'axb_str'", TEXTS},   /* the same in C++ */
        {"type 'axb_str'", TEXTS}, /* clang: to parameter of incompatible type 'axb_str' */
        {"prepared", "for example: const struct key *key = a->prepared;"},
        {"'C' linkage", "leave out extern \"C\" before `score`"},
        {"C language linkage", "leave out extern \"C\" before `score`"},
        {"cannot find -l", "name the folder of the library as well: --libs '-L/folder -lname'"},
        {"unable to find library -l", "name the folder as well: --libs '-L/folder -lname'"},
        {"undefined reference to", "link its library: --libs '-L/folder -lname'"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(messages, known[i][0]))
            return known[i][1];
    return "";
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

bool scorer_compiler_failed(const struct scorer_compile *c, int status, struct err *e)
{
    char *messages, hint[600] = "";
    if (WIFSIGNALED(status))
        return err_set(e, ERR_OS, "is the machine out of memory?",
                       "%s: the compiler was killed by signal %d", c->shown, WTERMSIG(status));
    if (!scorer_read_messages(c, &messages, e))
        return false;
    if (!missing_hint(c, messages, hint, sizeof hint))
        snprintf(hint, sizeof hint, "%s", known_hint(messages));
    int limit = limit_met(c->dir, messages);
    if (limit)
        err_set(e, ERR_OS,
                limit == ENOSPC ? "it works in the directory that TMPDIR names, else in /tmp"
                                : err_hint(limit),
                "%s: the compiler was refused what it needs: %s\n%s", c->shown, strerror(limit),
                messages);
    else
        err_set(e, ERR_SCORER, hint, "%s does not compile\n%s", c->shown, messages);
    free(messages);
    return false;
}
