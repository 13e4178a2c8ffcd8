/* Lines are appended and synchronised one by one. */
#include "matcher/review/truth_file.h"

#include "core/log.h"
#include "data/format/format.h"
#include "data/format/pack.h"
#include "data/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "a,b,match\n"
#define TAIL_BYTES 65536 /* of which the last line is looked for */
#define SHOWN_BYTES 60   /* of a line, in messages */

static bool cannot_write(const struct truth_file *f, struct err *e)
{
    return err_system(e, ERR_IO, errno, NULL, "%s cannot be written", f->path);
}

/* Writes n bytes at the end of the file, all or none, and waits until they are on the disk. */
static bool append(struct truth_file *f, const char *p, size_t n, off_t *at, struct err *e)
{
    *at = lseek(f->fd, 0, SEEK_END);
    if (*at < 0)
        return cannot_write(f, e);
    const ssize_t written = write(f->fd, p, n);
    if (written == (ssize_t)n && fsync(f->fd) == 0) {
        f->end = *at + written;
        return true;
    }
    if (written >= 0 && written < (ssize_t)n)
        errno = ENOSPC;
    cannot_write(f, e);
    if (ftruncate(f->fd, *at) != 0)
        log_note("%s: its last line is not whole, and could not be removed", f->path);
    return false;
}

static bool cut(struct truth_file *f, off_t at, struct err *e)
{
    if (ftruncate(f->fd, at) != 0 || fsync(f->fd) != 0)
        return cannot_write(f, e);
    f->end = at;
    return true;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

/* Is a line of a file of ours, without its end, all that was written? It has two ids and a label.
 */
static bool is_whole(const char *line, size_t n)
{
    bool quoted = false;
    unsigned commas = 0;
    for (size_t i = 0; i < n; i++) {
        quoted ^= line[i] == '"';
        commas += line[i] == ',' && !quoted;
    }
    return !quoted && commas >= 2 && line[n - 1] != ',';
}

/* A last line without its end: one of ours that was cut short goes; any other gets its end. */
static bool mend_end(struct truth_file *f, off_t size, bool is_ours, struct err *e)
{
    static char text[TAIL_BYTES];
    const size_t wanted = size < TAIL_BYTES ? (size_t)size : TAIL_BYTES;
    const ssize_t n = pread(f->fd, text, wanted, size - (off_t)wanted);
    if (n != (ssize_t)wanted)
        return err_system(e, ERR_IO, n < 0 ? errno : EIO, NULL, "%s cannot be read", f->path);
    if (text[n - 1] == '\n')
        return true;
    const char *before = memrchr(text, '\n', (size_t)n), *line = before ? before + 1 : text;
    const size_t line_bytes = (size_t)(text + n - line);
    off_t at;
    if (!is_ours || !before || is_whole(line, line_bytes))
        return append(f, "\n", 1, &at, e);
    log_note("%s: its last line was cut short, and is removed: %.*s", f->path,
             (int)(line_bytes < SHOWN_BYTES ? line_bytes : SHOWN_BYTES), line);
    return cut(f, size - (off_t)line_bytes, e);
}

static bool begin_file(struct truth_file *f, struct err *e)
{
    off_t at;
    out_sync_name(f->path);
    return append(f, HEADER, sizeof HEADER - 1, &at, e);
}

/* Does the file begin as those that we make? */
static bool begins_as_ours(const struct truth_file *f)
{
    char head[sizeof HEADER - 1];
    return pread(f->fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
           memcmp(head, HEADER, sizeof head) == 0;
}

bool truth_file_open(struct truth_file *f, const char *path, struct err *e)
{
    struct stat st;
    *f = (struct truth_file){.fd = -1, .path = path, .n_columns = 3, .column = 2};
    if (pack_kind_of(path))
        return err_set(e, ERR_USAGE, "name it labels.csv",
                       "--truth: lines cannot be added to %s, which is compressed", path);
    f->fd = out_open_locked(path, e);
    if (f->fd < 0)
        return false;
    if (fstat(f->fd, &st) != 0)
        return cannot_write(f, e);
    f->end = st.st_size;
    const bool is_ours = begins_as_ours(f);
    f->is_empty = st.st_size == 0 || (is_ours && st.st_size == sizeof HEADER - 1);
    return st.st_size ? mend_end(f, st.st_size, is_ours, e) : begin_file(f, e);
}

bool truth_file_follow(struct truth_file *f, const struct labels *labels, struct err *e)
{
    f->n_columns = labels->n_columns;
    f->column = labels->column;
    if (labels->origin.delimiter == ',' && strcasecmp(labels->origin.encoding, "UTF-8") == 0)
        return true;
    return err_set(e, ERR_USAGE, "name a new file; axb writes its header",
                   "--truth: lines are added to CSV in UTF-8 with commas, and %s is read otherwise",
                   f->path);
}

void truth_file_close(struct truth_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

bool truth_file_add(struct truth_file *f, struct bytes a, struct bytes b, bool match, off_t *at,
                    struct err *e)
{
    char *line = malloc(FORMAT_CSV_BYTES(a.n) + FORMAT_CSV_BYTES(b.n) + f->n_columns + 2);
    if (!line)
        return err_set(e, ERR_OS, NULL, "not enough memory for a line");
    char *p = format_csv_field(line, a, false);
    *p++ = ',';
    p = format_csv_field(p, b, false);
    for (uint32_t column = 2; column < f->n_columns; column++) {
        *p++ = ',';
        if (column == f->column)
            *p++ = match ? '1' : '0';
    }
    *p++ = '\n';
    const bool ok = append(f, line, (size_t)(p - line), at, e);
    free(line);
    return ok;
}

bool truth_file_take_back(struct truth_file *f, off_t at, struct err *e)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return cannot_write(f, e);
    if (st.st_size != f->end)
        return err_set(e, ERR_IO, "all answers are saved; call axb review again",
                       "%s was changed by another program, so the last line is not taken back",
                       f->path);
    return cut(f, at, e);
}
