/* Opening, mapping, reading, recoding. */
#include "data/input.h"

#include "core/inherited.h"

#include "data/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)1 << 20)
#define MOST_LAYERS 4u

/* The sink becomes the input, or is dropped. */
static bool take_sink(struct input *in, struct sink *s, struct err *e)
{
    if (!sink_finish(s, e)) {
        sink_drop(s);
        return false;
    }
    *in = (struct input){s->p, s->n, s->p, s->capacity, s->capacity};
    return true;
}

/* ---- Files -----------------------------------------------------------------------------------*/

/* Maps n > 0 bytes of a file over the begin of a mapping that is longer by the spare bytes. */
static bool map_file(struct input *in, int fd, size_t n, const char *shown, struct err *e)
{
    size_t bytes = sink_round_to_page(n + INPUT_SPARE_BYTES);
    char *map = sink_map(bytes);
    if (map == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "%s: no address space to map it", shown);
    if (mmap(map, n, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        int error = errno;
        munmap(map, bytes);
        return err_system(e, ERR_NOINPUT, error, NULL, "%s: cannot be mapped", shown);
    }
    madvise(map, n, MADV_WILLNEED);
    *in = (struct input){map, n, map, bytes, 0};
    return true;
}

static bool read_to_end(struct sink *s, int fd, struct err *e)
{
    for (;;) {
        if (!sink_reserve(s, READ_BYTES, e))
            return false;
        ssize_t got = read(fd, s->p + s->n, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_system(e, ERR_IO, errno, NULL, "%s: reading failed", s->shown);
        if (got == 0)
            return true;
        s->n += (size_t)got;
    }
}

static bool read_stream(struct input *in, int fd, const char *shown, size_t max_bytes,
                        struct err *e)
{
    struct sink s = {.max_bytes = max_bytes, .shown = shown};
    if (read_to_end(&s, fd, e))
        return take_sink(in, &s, e);
    sink_drop(&s);
    return false;
}

/* Of a file that came by descriptor all is read, wherever its owner stands in it. */
static bool open_raw(struct input *in, int fd, bool is_whole, const char *shown, size_t max_bytes,
                     struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_system(e, ERR_NOINPUT, errno, NULL, "%s: cannot be looked at", shown);
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_NOINPUT, "name a CSV file in it", "%s: is a directory", shown);
    if (S_ISREG(st.st_mode) && st.st_size > 0 && (is_whole || lseek(fd, 0, SEEK_CUR) == 0))
        return map_file(in, fd, (size_t)st.st_size, shown, e);
    return read_stream(in, fd, shown, max_bytes, e);
}

/* ---- Compressed files ------------------------------------------------------------------------*/

/* Replaces a compressed input by what it stands for. */
static bool expand(struct input *in, const struct unpack_kind *kind, const char *shown,
                   size_t max_bytes, struct err *e)
{
    struct sink s = {.max_bytes = max_bytes, .shown = shown};
    struct input expanded;
    if (!unpack(kind, in->p, in->n, &s, e)) {
        sink_drop(&s);
        return false;
    }
    if (!take_sink(&expanded, &s, e))
        return false;
    input_close(in);
    *in = expanded;
    return true;
}

/* What is compressed may itself be compressed, but not without end. */
static bool expand_all(struct input *in, const char *path, const char *shown, size_t max_bytes,
                       struct err *e)
{
    const struct unpack_kind *kind = unpack_kind_of(in->p, in->n, path);
    for (unsigned i = 0; kind && i < MOST_LAYERS; i++) {
        if (!expand(in, kind, shown, max_bytes, e))
            return false;
        kind = unpack_kind_of(in->p, in->n, "");
    }
    return !kind || err_set(e, ERR_DATA, NULL, "%s: is compressed more than %u times over", shown,
                            MOST_LAYERS);
}

bool input_open(struct input *in, const char *path, const char *shown, size_t max_bytes,
                struct err *e)
{
    *in = (struct input){0};
    const char *name;
    int given = -1;
    if (inherited_is(path) && !inherited_open(path, false, &given, &name, e))
        return false;
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : given >= 0 ? given : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_system(e, ERR_NOINPUT, errno, errno == ENOENT ? "is the path right?" : NULL,
                          "%s: cannot be opened", shown);
    bool ok = open_raw(in, fd, given >= 0, shown, max_bytes, e);
    if (!is_stdin && given < 0)
        close(fd);
    if (ok && !expand_all(in, path, shown, max_bytes, e)) {
        input_close(in);
        return false;
    }
    return ok;
}

void input_close(struct input *in)
{
    if (in->map)
        munmap(in->map, in->map_bytes);
    *in = (struct input){0};
}

/* ---- Encodings -------------------------------------------------------------------------------*/

/* Code points of the bytes 0x80 to 0x9F of windows-1252, as the WHATWG Encoding Standard has it. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* At most 3 bytes each. Returns the length of what was written, or of what would be. */
static size_t write_utf8(const char *p, size_t n, bool windows, char *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned char)p[i];
        if (windows && c >= 0x80 && c < 0xA0)
            c = windows_1252[c - 0x80];
        size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        if (out && length == 1)
            out[k] = (char)c;
        for (size_t b = 0; out && length > 1 && b < length; b++) {
            unsigned bits = c >> 6 * (length - 1 - b);
            unsigned lead = length == 2 ? 0xC0 : 0xE0;
            out[k + b] = (char)(b == 0 ? lead | bits : 0x80 | (bits & 0x3F));
        }
        k += length;
    }
    return k;
}

const char *input_encoding_name(enum input_encoding encoding)
{
    static const char *const names[] = {"utf-8", "latin1", "windows-1252"};
    return encoding <= INPUT_WINDOWS_1252 ? names[encoding] : "another encoding";
}

bool input_encoding(const char *name, enum input_encoding *encoding, struct err *e)
{
    static const char *const utf8[] = {"utf-8", "utf8", NULL};
    static const char *const latin1[] = {"latin1", "latin-1", "iso-8859-1", NULL};
    static const char *const windows[] = {"windows-1252", "cp1252", NULL};
    *encoding = INPUT_UTF8;
    if (!name || is_one_of(name, utf8))
        return true;
    *encoding = is_one_of(name, latin1) ? INPUT_LATIN1 : INPUT_WINDOWS_1252;
    return *encoding == INPUT_LATIN1 || is_one_of(name, windows) ||
           err_set(e, ERR_USAGE, "use utf-8, latin1 or windows-1252",
                   "no encoding is called \"%s\" here", name);
}

bool input_recode(struct input *in, enum input_encoding encoding, const char *shown,
                  size_t max_bytes, struct err *e)
{
    bool is_windows = encoding == INPUT_WINDOWS_1252;
    if (encoding == INPUT_UTF8)
        return true;
    size_t n = write_utf8(in->p, in->n, is_windows, NULL);
    if (n == in->n)
        return true;
    struct sink s = {.max_bytes = max_bytes, .shown = shown};
    struct input recoded;
    if (!sink_reserve(&s, n, e))
        return false;
    s.n = write_utf8(in->p, in->n, is_windows, s.p);
    if (!take_sink(&recoded, &s, e))
        return false;
    input_close(in);
    *in = recoded;
    return true;
}
