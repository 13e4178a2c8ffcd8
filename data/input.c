/* Opening, mapping, reading. */
#include "data/input.h"

#include "core/inherited.h"
#include "core/suggest.h"
#include "data/source/unpack.h"
#include "data/source/unpack_values.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)1 << 20)
#define MOST_LAYERS 4u

bool input_take(struct input *in, struct sink *s, struct err *e)
{
    const bool ok = sink_finish(s, e);
    if (ok) {
        input_close(in);
        *in = (struct input){s->p, s->n, s->p, s->capacity, s->capacity};
    } else {
        sink_drop(s);
    }
    *s = (struct sink){0};
    return ok;
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
        return input_take(in, &s, e);
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
    if (unpack(kind, in->p, in->n, &s, e))
        return input_take(in, &s, e);
    sink_drop(&s);
    return false;
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

/* Replaces a file of pairs of values by its lines. */
static bool expand_values(struct input *in, const char *shown, size_t max_bytes, struct err *e)
{
    struct sink s = {.max_bytes = max_bytes, .shown = shown};
    if (!unpack_values_is(in->p, in->n))
        return true;
    if (unpack_values(in->p, in->n, &s, e))
        return input_take(in, &s, e);
    sink_drop(&s);
    return false;
}

#define MOST_NAMES 10000u /* of a folder, that are looked at for a message */

/* The names of a folder, malloced each and all; NULL if it cannot be read. */
static char **names_of(const char *folder, size_t *n)
{
    DIR *dir = opendir(folder);
    char **names = dir ? calloc(MOST_NAMES, sizeof *names) : NULL;
    *n = 0;
    for (const struct dirent *d; names && *n < MOST_NAMES && (d = readdir(dir));)
        if (d->d_name[0] != '.' && (names[*n] = strdup(d->d_name)))
            (*n)++;
    if (dir)
        closedir(dir);
    return names;
}

/* The file of its folder that a path was most likely meant to be: "did you mean data/A.csv?". */
static void hint_at_file(const char *path, char *hint, size_t bytes)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int folder_bytes = (int)(name - path);
    char folder[PATH_MAX];
    size_t n;
    snprintf(folder, sizeof folder, "%.*s", folder_bytes ? folder_bytes : 1,
             folder_bytes ? path : ".");
    char **names = names_of(folder, &n);
    const char *nearest = names ? suggest_nearest(name, (const char *const *)names, n) : NULL;
    if (nearest)
        snprintf(hint, bytes, "did you mean %.*s%s?", folder_bytes, path, nearest);
    else
        snprintf(hint, bytes, "is the path right?");
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

static bool cannot_open(const char *path, const char *shown, int number, struct err *e)
{
    char hint[600] = "";
    if (number == ENOENT)
        hint_at_file(path, hint, sizeof hint);
    return err_system(e, ERR_NOINPUT, number, hint[0] ? hint : NULL, "%s: cannot be opened", shown);
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
        return cannot_open(path, shown, errno, e);
    bool ok = open_raw(in, fd, given >= 0, shown, max_bytes, e);
    if (!is_stdin && given < 0)
        close(fd);
    if (ok &&
        !(expand_all(in, path, shown, max_bytes, e) && expand_values(in, shown, max_bytes, e))) {
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
