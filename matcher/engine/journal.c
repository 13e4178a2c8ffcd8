/* Lines with checksums: each is whole or does not count. Reading ends at the last good one. */
#include "matcher/engine/journal.h"

#include "core/hash.h"
#include "core/log.h"
#include "matcher/engine/fact_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 3u
#define FIRST_LINE "axb journal 3\n"
#define HEAD "head "
#define LINE_BYTES 200
#define CHECK_BYTES (sizeof " check 0123456789abcdef" - 1)
#define MAX_FILE_BYTES ((size_t)1 << 30)

static bool cannot(const struct journal *j, const char *what, struct err *e)
{
    return err_system(e, ERR_IO, errno, NULL, "the journal %s cannot be %s", j->path, what);
}

static bool damaged(const struct journal *j, struct err *e)
{
    return err_set(e, ERR_DATA, "name another file; if it was a journal, remove it to begin anew",
                   "%s is not a journal of axb, or its head is damaged", j->path);
}

/* Is it a journal as other versions of axb wrote them? */
static bool is_other_version(const struct journal *j)
{
    unsigned version;
    char end;
    return sscanf(j->text, "axb journal %u%c", &version, &end) == 2 && end == '\n' &&
           version != VERSION;
}

static bool other_version(const struct journal *j, struct err *e)
{
    return err_set(
        e, ERR_DATA,
        "end that run with the axb that began it, or remove the journal and the .partial "
        "file to begin anew",
        "the journal %s was written by another version of axb", j->path);
}

/* ---- Reading ---------------------------------------------------------------------------------*/

static bool read_all(struct journal *j, struct err *e)
{
    struct stat st;
    if (fstat(j->fd, &st) != 0)
        return cannot(j, "read", e);
    if ((size_t)st.st_size > MAX_FILE_BYTES)
        return damaged(j, e);
    j->empty = st.st_size == 0;
    j->text = malloc((size_t)st.st_size + 1);
    if (!j->text)
        return err_set(e, ERR_OS, NULL, "not enough memory to read the journal");
    while (j->bytes < (size_t)st.st_size) {
        ssize_t n =
            pread(j->fd, j->text + j->bytes, (size_t)st.st_size - j->bytes, (off_t)j->bytes);
        if (n < 0 && errno != EINTR)
            return cannot(j, "read", e);
        if (n == 0)
            break;
        j->bytes += n > 0 ? (size_t)n : 0;
    }
    j->text[j->bytes] = 0;
    return true;
}

bool journal_open(struct journal *j, const char *path, struct err *e)
{
    *j = (struct journal){.path = path};
    j->fd = out_open_locked(path, e);
    return j->fd >= 0 && read_all(j, e);
}

/* Appends the checksum to the n bytes of a line; returns the new length. */
static size_t add_check(const struct journal *j, char line[LINE_BYTES], size_t n)
{
    uint64_t check = hash_long(line, n, j->head_check);
    return n + (size_t)snprintf(line + n, LINE_BYTES - n, " check %016" PRIx64 "\n", check);
}

/* Writes the line of a pair that was left out; returns its length. */
static size_t print_reject(const struct journal *j, const struct reject *x, char line[LINE_BYTES])
{
    int n = snprintf(line, LINE_BYTES, "reject %u %u %s", x->row_a, x->row_b, x->reason);
    return add_check(j, line, (size_t)n);
}

/* Takes such a line at `text`, if it is what we would have written. *n is its length, or 0. */
static bool read_reject(struct journal *j, const char *text, size_t *n, struct err *e)
{
    *n = 0;
    struct reject x = {.noted = true};
    char line[LINE_BYTES];
    int rows_end = 0;
    size_t length = strcspn(text, "\n");
    if (!j->rejects || sscanf(text, "reject %u %u%n", &x.row_a, &x.row_b, &rows_end) != 2)
        return true;
    size_t at = (size_t)rows_end + 1; /* a reason may begin with spaces */
    if (length < at + CHECK_BYTES || length - at - CHECK_BYTES >= sizeof x.reason)
        return true;
    memcpy(x.reason, text + at, length - at - CHECK_BYTES);
    size_t bytes = print_reject(j, &x, line);
    if (strncmp(text, line, bytes) != 0)
        return true;
    if (!rejects_add(j->rejects, x.row_a, x.row_b, x.reason, e))
        return false;
    j->rejects->at[j->rejects->n - 1].noted = true;
    *n = bytes;
    return true;
}

/* Writes the line of a point; returns its length. */
static size_t print_point(const struct journal *j, const struct journal_point *p,
                          char line[LINE_BYTES])
{
    int n = snprintf(line, LINE_BYTES,
                     "row %" PRIu64 " bytes %" PRIu64 " pairs %" PRIu64 " unmatched %" PRIu64
                     " output %016" PRIx64,
                     p->row, p->bytes, p->pairs, p->unmatched, p->output);
    return add_check(j, line, (size_t)n);
}

/* Takes such a line at `text`; returns its length, or 0. */
static size_t read_point(struct journal *j, const char *text)
{
    struct journal_point p;
    char line[LINE_BYTES];
    if (sscanf(text,
               "row %" SCNu64 " bytes %" SCNu64 " pairs %" SCNu64 " unmatched %" SCNu64
               " output %" SCNx64,
               &p.row, &p.bytes, &p.pairs, &p.unmatched, &p.output) != 5)
        return 0;
    size_t n = print_point(j, &p, line);
    if (strncmp(text, line, n) != 0)
        return 0;
    j->written = p;
    j->any = true;
    return n;
}

/* Takes the lines from `at` on, as long as each is what we would have written. */
static bool read_lines(struct journal *j, size_t at, struct err *e)
{
    bool ok = true;
    for (size_t n = 1; ok && n; at += n) {
        char line[LINE_BYTES]; /* alone: sscanf asks how long all of a text is */
        const size_t length = strcspn(j->text + at, "\n") + 1; /* a torn line has no end */
        snprintf(line, sizeof line, "%.*s", (int)(length < LINE_BYTES ? length : LINE_BYTES),
                 j->text + at);
        n = read_point(j, line);
        ok = n || read_reject(j, line, &n, e);
    }
    j->bytes = at;
    return ok;
}

/* ---- The head --------------------------------------------------------------------------------*/

/* Makes the head of a run with this identity (malloced), and its checksum in *check. */
static char *make_head(const char *identity, uint64_t *check)
{
    char *text = NULL, *head = NULL;
    int n = asprintf(&text, FIRST_LINE "%s", identity);
    if (n < 0)
        return NULL;
    *check = hash_long(text, (size_t)n, 0);
    if (asprintf(&head, "%s" HEAD "%016" PRIx64 "\n", text, *check) < 0)
        head = NULL;
    free(text);
    return head;
}

/* The journal holds a whole head of some run. Is it this run? *points_at is where the points
 * begin. */
static bool compare_head(struct journal *j, const char *identity, size_t *points_at, struct err *e)
{
    char where[4200];
    if (is_other_version(j))
        return other_version(j, e);
    char *end = strstr(j->text, "\n" HEAD);
    if (strncmp(j->text, FIRST_LINE, strlen(FIRST_LINE)) != 0 || !end)
        return damaged(j, e);
    char *then =
        strndup(j->text + strlen(FIRST_LINE), (size_t)(end + 1 - j->text) - strlen(FIRST_LINE));
    char *head = then ? make_head(then, &j->head_check) : NULL;
    bool ok = head || err_set(e, ERR_OS, NULL, "not enough memory to read the journal");
    snprintf(where, sizeof where, "the journal %s", j->path);
    *points_at = head ? strlen(head) : 0;
    ok = ok && (strncmp(j->text, head, *points_at) == 0 || damaged(j, e)) &&
         fact_lines_same(identity, then, where, e);
    free(then);
    free(head);
    return ok;
}

static bool put(struct journal *j, const char *text, size_t n, struct err *e)
{
    size_t done = 0;
    while (done < n) {
        ssize_t wrote = pwrite(j->fd, text + done, n - done, (off_t)(j->bytes + done));
        if (wrote < 0 && errno != EINTR)
            return cannot(j, "written", e);
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    j->bytes += n;
    return fdatasync(j->fd) == 0 || cannot(j, "written", e);
}

static bool new_head(struct journal *j, const char *head, struct err *e)
{
    if (j->out && j->out->bytes)
        return err_set(e, ERR_DATA, "give the journal that belongs to it, or remove it",
                       "%s is of a run that is not in the journal %s", j->out->temporary, j->path);
    j->bytes = 0;
    return put(j, head, strlen(head), e);
}

/* A journal that ends within its head is of a run that was killed while it began: nothing is lost.
 * It is begun anew only if its bytes begin the head that we would write. Otherwise it may be
 * somebody else's file. */
static bool begin_head(struct journal *j, const char *identity, struct err *e)
{
    size_t points_at = 0;
    char *head = make_head(identity, &j->head_check);
    bool ok = head || err_set(e, ERR_OS, NULL, "not enough memory to write the journal");
    if (ok && j->bytes < strlen(head) && memcmp(j->text, head, j->bytes) == 0)
        ok = new_head(j, head, e);
    else if (ok)
        ok = compare_head(j, identity, &points_at, e) && read_lines(j, points_at, e);
    free(head);
    return ok;
}

bool journal_begin(struct journal *j, const char *identity, double every_seconds, struct out *out,
                   struct err *e)
{
    j->out = out;
    if (!begin_head(j, identity, e))
        return false;
    j->ours = true;
    j->every_seconds = every_seconds;
    j->due = log_seconds() + every_seconds;
    return ftruncate(j->fd, (off_t)j->bytes) == 0 || cannot(j, "written", e);
}

bool journal_take_output(const struct journal *j, struct err *e)
{
    static const char hint[] = "put it back as the run left it, or remove both files to begin anew";
    const struct journal_point *done = &j->written;
    struct out *out = j->out;
    if (out->bytes < done->bytes)
        return err_set(e, ERR_DATA, hint,
                       "%s has %llu bytes, but the journal %s says that %llu were written to it",
                       out->temporary, (unsigned long long)out->bytes, j->path,
                       (unsigned long long)done->bytes);
    if (!out_whole_begin(out, done->bytes, e))
        return false;
    if (done->bytes && out_whole_value(out) != done->output)
        return err_set(e, ERR_DATA, hint,
                       "%s was changed: its first %llu bytes are not those of the journal %s",
                       out->temporary, (unsigned long long)done->bytes, j->path);
    return out_keep(out, done->bytes, e);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static bool write_rejects(struct journal *j, struct err *e)
{
    char line[LINE_BYTES];
    for (uint64_t i = 0; j->rejects && i < j->rejects->n; i++) {
        struct reject *x = &j->rejects->at[i];
        if (!x->noted && !put(j, line, print_reject(j, x, line), e))
            return false;
        x->noted = true;
    }
    return true;
}

bool journal_write(struct journal *j, struct err *e)
{
    char line[LINE_BYTES];
    if (!j->ahead)
        return true;
    if (!write_rejects(j, e))
        return false;
    size_t n = print_point(j, &j->reached, line);
    if ((j->out && !out_sync(j->out, e)) || !put(j, line, n, e))
        return false;
    j->any = true;
    j->ahead = false;
    j->written = j->reached;
    j->due = log_seconds() + j->every_seconds;
    return true;
}

bool journal_reach(struct journal *j, uint64_t row, uint64_t pairs, uint64_t unmatched,
                   struct err *e)
{
    const struct journal_point p = {row, j->out ? j->out->bytes : 0, pairs, unmatched,
                                    j->out ? out_whole_value(j->out) : 0};
    j->ahead = !j->any || memcmp(&p, &j->written, sizeof p) != 0;
    j->reached = p;
    return (j->every_seconds > 0 && log_seconds() < j->due) || journal_write(j, e);
}

/* ---- The end ---------------------------------------------------------------------------------*/

static void let_go(struct journal *j, bool remove_it)
{
    if (j->fd < 0)
        return;
    if (remove_it)
        unlink(j->path);
    close(j->fd);
    free(j->text);
    j->fd = -1;
    j->text = NULL;
}

bool journal_keep(struct journal *j)
{
    struct err ignored; /* what cannot be written will be done again */
    if (j->fd >= 0)
        (void)journal_write(j, &ignored);
    return j->any || !j->ours;
}

void journal_close(struct journal *j)
{
    let_go(j, !journal_keep(j) || (j->empty && !j->any));
}

void journal_remove(struct journal *j)
{
    let_go(j, true);
}
