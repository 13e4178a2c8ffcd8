/* Writes and reads the files of parts. */
#include "matcher/shard/shard_file.h"

#include "core/string_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define BEGIN "axb shard 2\n"
#define PAYLOAD "payload behind "
#define BY_ROW ", by row"
#define CHECK_DIGITS 16u
#define END_FORMAT                                                                                 \
    "axb shard end pairs %20" PRIu64 " unmatched %20" PRIu64 " bytes %20" PRIu64                   \
    " payload %016" PRIx64 " check "
#define END_TEXT_BYTES                                                                             \
    (sizeof "axb shard end pairs  unmatched  bytes  payload  check " - 1 + 20 + 20 + 20 + 16)
#define END_BYTES (END_TEXT_BYTES + CHECK_DIGITS + 1u)
#define HEAD_MOST_BYTES (1u << 20)
#define COPY_BYTES (1u << 20)

/* The last line of a part. */
struct end {
    uint64_t pairs, unmatched, bytes, check;
};

/* ---- Writing ---------------------------------------------------------------------------------*/

char *shard_file_head(const struct shard_file *f)
{
    struct string_builder d;
    FILE *out = string_builder_open(&d);
    if (out) {
        fprintf(out, BEGIN "shard %u of %u, rows %" PRIu64 " to %" PRIu64 " of %" PRIu64 "%s\n%s",
                f->shard.number, f->shard.of, f->row_from, f->row_to, f->n_rows,
                f->by_row ? BY_ROW : "", f->identity);
        fflush(out);
        fprintf(out, PAYLOAD "%016" PRIx64 "\n", XXH3_64bits(d.text, d.bytes));
    }
    return string_builder_end(&d);
}

static void print_end(char line[END_BYTES + 1], const struct end *x)
{
    snprintf(line, END_TEXT_BYTES + 1, END_FORMAT, x->pairs, x->unmatched, x->bytes, x->check);
    snprintf(line + END_TEXT_BYTES, CHECK_DIGITS + 2, "%016" PRIx64 "\n",
             XXH3_64bits(line, END_TEXT_BYTES));
}

bool shard_file_end(struct out *out, uint64_t payload_bytes, uint64_t pairs, uint64_t unmatched,
                    struct err *e)
{
    char line[END_BYTES + 1];
    const struct end end = {pairs, unmatched, payload_bytes, out_checksum_value(out)};
    print_end(line, &end);
    return out_write(out, line, END_BYTES, e);
}

/* ---- Reading ---------------------------------------------------------------------------------*/

/* Reads n bytes from an offset. False at the end of the file, or on failure; then errno is not
 * 0. */
static bool read_at(int fd, char *p, size_t n, uint64_t at)
{
    errno = 0;
    while (n) {
        ssize_t got = pread(fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

/* Reads the last line of a part; false if it is none. */
static bool read_end(int fd, uint64_t file_bytes, struct end *x)
{
    char line[END_BYTES + 1] = "", again[END_BYTES + 1];
    return file_bytes >= END_BYTES && read_at(fd, line, END_BYTES, file_bytes - END_BYTES) &&
           sscanf(line, END_FORMAT, &x->pairs, &x->unmatched, &x->bytes, &x->check) == 4 &&
           (print_end(again, x), memcmp(line, again, END_BYTES) == 0);
}

bool shard_file_ended(const struct out *out, uint64_t payload_at)
{
    struct end end;
    return out->bytes >= payload_at + END_BYTES && read_end(out->fd, out->bytes, &end) &&
           payload_at + end.bytes + END_BYTES == out->bytes;
}

static bool damaged(const struct shard_file *f, const char *what, struct err *e)
{
    return err_set(e, ERR_DATA, "write this shard again", "%s: %s", f->path, what);
}

/* What read_at could not. */
static bool cannot_read(const struct shard_file *f, struct err *e)
{
    return errno ? err_system(e, ERR_IO, errno, NULL, "%s cannot be read", f->path)
                 : damaged(f, "it became shorter while it was read", e);
}

/* Takes the facts from the n bytes of the lines between the first and the payload's. False if they
 * are not a part's. */
static bool read_facts(struct shard_file *f, const char *text, size_t n)
{
    int used = 0;
    if (sscanf(text, "shard %u of %u, rows %" SCNu64 " to %" SCNu64 " of %" SCNu64 "%n",
               &f->shard.number, &f->shard.of, &f->row_from, &f->row_to, &f->n_rows, &used) != 5)
        return false;
    f->by_row = strncmp(text + used, BY_ROW, sizeof BY_ROW - 1) == 0;
    size_t at = (size_t)used + (f->by_row ? sizeof BY_ROW : 1);
    f->identity = strndup(at < n ? text + at : "", at < n ? n - at : 0);
    return f->identity && f->shard.number >= 1 && f->shard.number <= f->shard.of &&
           f->shard.of <= SHARD_MOST && f->row_from <= f->row_to && f->row_to <= f->n_rows;
}

/* Is the head at `text` what we would have written? */
static bool is_own_head(const struct shard_file *f, const char *text)
{
    char *head = shard_file_head(f);
    bool own = head && strlen(head) == f->payload_at && memcmp(text, head, f->payload_at) == 0;
    free(head);
    return own;
}

/* Reads the lines before the payload from the first n bytes of the file, ended by a zero byte. */
static bool read_head(struct shard_file *f, const char *text, size_t n, struct err *e)
{
    const char *mark = memmem(text, n, "\n" PAYLOAD, sizeof PAYLOAD);
    const size_t facts_at = sizeof BEGIN - 1, sum_bytes = sizeof PAYLOAD + CHECK_DIGITS;
    if (n < facts_at || memcmp(text, BEGIN, facts_at) != 0)
        return err_set(e, ERR_DATA, "axb merge takes the files that --shard wrote",
                       "%s is not the file of a shard", f->path);
    if (!mark || (size_t)(text + n - mark) < 1 + sum_bytes)
        return damaged(f, "its head is cut or damaged", e);
    size_t bytes = (size_t)(mark + 1 - text);
    char line[sizeof PAYLOAD + CHECK_DIGITS + 2];
    snprintf(line, sizeof line, PAYLOAD "%016" PRIx64 "\n", XXH3_64bits(text, bytes));
    if (memcmp(mark + 1, line, sum_bytes) != 0)
        return damaged(f, "its head is damaged", e);
    f->payload_at = bytes + sum_bytes;
    return (bytes > facts_at && read_facts(f, text + facts_at, bytes - facts_at) &&
            is_own_head(f, text)) ||
           damaged(f, "its head was written by another version of axb", e);
}

static bool read_file(struct shard_file *f, int fd, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(e, ERR_NOINPUT, NULL, "%s is not a file", f->path);
    uint64_t file_bytes = (uint64_t)st.st_size;
    size_t n = file_bytes < HEAD_MOST_BYTES ? (size_t)file_bytes : HEAD_MOST_BYTES;
    char *text = malloc(n + 1);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory for %s", f->path);
    bool ok = read_at(fd, text, n, 0) || cannot_read(f, e);
    text[n] = 0;
    ok = ok && read_head(f, text, n, e);
    free(text);
    struct end end = {0};
    const bool ended = ok && read_end(fd, file_bytes, &end);
    f->pairs = end.pairs;
    f->unmatched = end.unmatched;
    f->payload_bytes = end.bytes;
    f->check = end.check;
    return ok && ((ended && f->payload_at + f->payload_bytes + END_BYTES == file_bytes) ||
                  damaged(f, "its end is cut or damaged", e));
}

static int open_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err_system(e, ERR_NOINPUT, errno, "is the path right?", "%s cannot be read", path);
    return fd;
}

bool shard_file_open(struct shard_file *f, const char *path, struct err *e)
{
    *f = (struct shard_file){.path = path};
    int fd = open_file(path, e);
    bool ok = fd >= 0 && read_file(f, fd, e);
    if (fd >= 0)
        close(fd);
    if (!ok)
        shard_file_close(f);
    return ok;
}

/* Copies the payload of an open file, to `out` unless it is NULL; *check is its checksum. */
static bool copy(const struct shard_file *f, int fd, char *buffer, struct out *out, uint64_t *check,
                 struct err *e)
{
    XXH3_state_t *state = XXH3_createState();
    bool ok = state != NULL || err_set(e, ERR_OS, NULL, "not enough memory for %s", f->path);
    if (ok)
        XXH3_64bits_reset(state);
    for (uint64_t done = 0, n; ok && done < f->payload_bytes; done += n) {
        n = f->payload_bytes - done < COPY_BYTES ? f->payload_bytes - done : COPY_BYTES;
        ok = read_at(fd, buffer, n, f->payload_at + done) || cannot_read(f, e);
        ok = ok && (!out || out_write(out, buffer, n, e));
        if (ok)
            XXH3_64bits_update(state, buffer, n);
    }
    *check = ok ? XXH3_64bits_digest(state) : 0;
    XXH3_freeState(state);
    return ok;
}

bool shard_file_copy(const struct shard_file *f, struct out *out, struct err *e)
{
    uint64_t check;
    char *buffer = malloc(COPY_BYTES);
    int fd = buffer ? open_file(f->path, e) : -1;
    if (!buffer)
        err_set(e, ERR_OS, NULL, "not enough memory for %s", f->path);
    bool ok = fd >= 0 && copy(f, fd, buffer, out, &check, e) &&
              (check == f->check || damaged(f, "its pairs are damaged", e));
    if (fd >= 0)
        close(fd);
    free(buffer);
    return ok;
}

bool shard_file_check(const struct shard_file *f, struct err *e)
{
    return shard_file_copy(f, NULL, e);
}

bool shard_file_map(const struct shard_file *f, struct shm_view *mapped, struct err *e)
{
    const int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    const uint64_t bytes = f->payload_at + f->payload_bytes;
    *mapped = (struct shm_view){NULL, 0};
    if (fd < 0)
        return err_system(e, ERR_NOINPUT, errno, NULL, "%s cannot be read", f->path);
    void *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    const int failed = base == MAP_FAILED ? errno : 0;
    close(fd);
    if (failed)
        return err_system(e, ERR_IO, failed, NULL, "%s cannot be read", f->path);
    *mapped = (struct shm_view){base, bytes};
    return true;
}

void shard_file_unmap(struct shm_view *mapped)
{
    if (mapped->base)
        munmap((void *)(uintptr_t)mapped->base, mapped->bytes);
    *mapped = (struct shm_view){NULL, 0};
}

void shard_file_close(struct shard_file *f)
{
    free(f->identity);
    f->identity = NULL;
}
