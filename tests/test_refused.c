/* What core and data do when memory runs out or the system refuses a call: for each of some ways
 * through them, each call that can fail fails once, the first time, the second time and so on,
 * until all went well. Whatever failed, it is said, nothing stays open, and the next try works. The
 * calls are those that the linker wraps (tests/CMakeLists.txt): made by our code, not by libraries.
 * Whole runs under faults, libraries and all, are tests/fault. */
#include "core/draft.h"
#include "core/near.h"
#include "core/os.h"
#include "data/emit.h"
#include "data/load.h"
#include "data/named.h"
#include "data/out.h"
#include "data/text.h"
#include "tests/ref_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/axb-refused-XXXXXX";

/* ---- Calls that fail -------------------------------------------------------------------------*/

static long until_refused = -1; /* so many more calls succeed; -1: all of them */
static int refused_with;        /* the errno of the calls that fail */

static bool refuse(void)
{
    return __atomic_load_n(&until_refused, __ATOMIC_RELAXED) >= 0 &&
           __atomic_fetch_sub(&until_refused, 1, __ATOMIC_RELAXED) == 0;
}

/* The wrapped call: `failed` when it is its turn. */
#define WRAP(type, name, failed, parameters, arguments)                                            \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!refuse())                                                                             \
            return __real_##name arguments;                                                        \
        errno = refused_with;                                                                      \
        return failed;                                                                             \
    }

WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t bytes), (n, bytes))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))
WRAP(char *, strdup, NULL, (const char *p), (p))
WRAP(FILE *, open_memstream, NULL, (char **p, size_t *n), (p, n))
WRAP(void *, mmap, MAP_FAILED, (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at))
WRAP(int, mprotect, -1, (void *p, size_t n, int prot), (p, n, prot))
WRAP(int, posix_fallocate, refused_with, (int fd, off_t at, off_t n), (fd, at, n))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n))
WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, write, -1, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(off_t, lseek, -1, (int fd, off_t at, int whence), (fd, at, whence))
WRAP(int, fdatasync, -1, (int fd), (fd))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, flock, -1, (int fd, int what), (fd, what))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, linkat, -1, (int from_dir, const char *from, int to_dir, const char *to, int flags),
     (from_dir, from, to_dir, to, flags))
WRAP(int, statvfs, -1, (const char *path, struct statvfs *fs), (path, fs))
WRAP(int, shm_open, -1, (const char *name, int flags, mode_t mode), (name, flags, mode))
WRAP(DIR *, opendir, NULL, (const char *path), (path))

void *__real_mremap(void *p, size_t old, size_t n, int flags, ...);
void *__wrap_mremap(void *p, size_t old, size_t n, int flags, ...);
void *__wrap_mremap(void *p, size_t old, size_t n, int flags, ...)
{
    errno = refused_with;
    return refuse() ? MAP_FAILED : __real_mremap(p, old, n, flags);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    errno = refused_with;
    return refuse() ? -1 : __real_open(path, flags, mode);
}

/* ---- Ways through ----------------------------------------------------------------------------*/

static const char *path_of(const char *name)
{
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* A file with all that makes loading take memory: quotes, faults, many values, scripts. */
static void write_files(void)
{
    static char text[1 << 18];
    size_t n = (size_t)sprintf(text, "name,\"a \"\"b\"\"\",c\n");
    for (int i = 0; i < 3000; i++)
        n += (size_t)sprintf(text + n, "n%d,\"q\"\"%d\",%s\n", i, i % 50,
                             i % 7 ? "\xC3\x89t\xC3\xA9 and more than sixteen bytes" : "");
    ref_write(path_of("plain.csv"), text, n);
    n += (size_t)sprintf(text + n, "1\n\n2,\"x\" y,\xFF,4\n");
    ref_write(path_of("faulty.csv"), text, n);
    ref_write(path_of("latin.csv"), "a,b\n\xE9,\xDF\n", 8);
    const char *argv[] = {"/usr/bin/env", "gzip", "-k", path_of("plain.csv"), NULL};
    assert_int_equal(ref_run(argv, NULL, NULL), 0);
}

static bool load(const char *name, const struct load_options *options, struct err *e)
{
    const struct load_want wants[] = {
        {0, true, 0}, {1, false, 0}, {0, false, TEXT_CASEFOLD}, {1, false, TEXT_STRIP_ACCENTS}};
    struct load l;
    struct load_stats stats;
    struct shm shm;
    uint32_t column;
    if (!load_open(&l, path_of(name), options, e))
        return false;
    bool ok = load_find(&l, "2", &column, e) && shm_create(&shm, "test", 1 << 30, e);
    if (ok) {
        ok = load_table(&l, wants, sizeof wants / sizeof *wants, &shm, &stats, e) &&
             shm_freeze(&shm, e);
        shm_close(&shm);
    }
    load_close(&l);
    return ok;
}

static bool load_plain(struct err *e)
{
    return load("plain.csv", &(struct load_options){.header = true, .chunk_bytes = 5000}, e);
}

static bool load_unnamed(struct err *e)
{
    return load("plain.csv", &(struct load_options){.chunk_bytes = 50000}, e);
}

static bool load_faulty(struct err *e)
{
    return load("faulty.csv", &(struct load_options){.header = true, .lenient = true}, e);
}

static bool load_latin(struct err *e)
{
    return load("latin.csv", &(struct load_options){.header = true, .encoding = "latin1"}, e);
}

static bool load_compressed(struct err *e)
{
    return load("plain.csv.gz", &(struct load_options){.header = true}, e);
}

/* What is no file has to be read. */
static bool load_stream(struct err *e)
{
    struct load l;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dprintf(ends[1], "a,b\n1,2\n"), 8);
    close(ends[1]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    bool ok = load_open(&l, path, &(struct load_options){.header = true}, e);
    if (ok)
        load_close(&l);
    close(ends[0]);
    return ok;
}

static bool write_out(struct err *e)
{
    struct out o;
    bool ok =
        out_open(&o, path_of("result"), e) && out_write(&o, "abc\n", 4, e) && out_commit(&o, e);
    out_abort(&o);
    return ok;
}

static bool write_partial(struct err *e)
{
    struct out o;
    bool ok = out_open_partial(&o, path_of("long"), e) && out_keep(&o, 0, e) &&
              out_write(&o, "abc\n", 4, e) && out_sync(&o, e) && out_commit(&o, e);
    out_drop(&o);
    return ok;
}

static void drop_lines(void *context, const char *p, size_t n, uint32_t n_lines)
{
    (void)context, (void)p, (void)n, (void)n_lines;
}

static bool open_emitter(struct err *e)
{
    struct emit_spec spec = {.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    struct emit *emit;
    if (!emit_open(&emit, &spec, NULL, NULL, drop_lines, NULL, e))
        return false;
    emit_close(emit);
    return true;
}

static bool segments(struct err *e)
{
    struct shm s, again = {.fd = -1};
    if (!shm_create(&s, "test", 1 << 24, e))
        return false;
    bool ok = shm_alloc(&s, "test", 100000, 64, e) && shm_freeze(&s, e);
    int fd = ok ? shm_readonly_fd(&s, e) : -1;
    ok = fd >= 0 && shm_attach(&again, fd, false, e);
    if (fd >= 0 && !ok)
        close(fd);
    shm_close(&again);
    shm_close(&s);
    return ok;
}

/* A named table: published, listed, opened, checked, taken away. */
static bool named_tables(struct err *e)
{
    char name[32], at[33];
    struct load_options options = {.header = true};
    const struct load_want wants[] = {{0, false, 0}, {1, false, 0}, {2, false, 0}};
    struct load l;
    struct load_stats stats;
    struct shm shm;
    snprintf(name, sizeof name, "refused-%d", (int)getpid());
    snprintf(at, sizeof at, "@%s", name);
    if (!load_open(&l, path_of("plain.csv"), &options, e))
        return false;
    bool ok = shm_named_create(&shm, name, 1 << 26, e);
    if (ok) {
        ok = load_table(&l, wants, 3, &shm, &stats, e) && named_publish(&shm, name, e);
        shm_close(&shm);
    }
    load_close(&l);
    if (ok && (ok = load_open(&l, at, &options, e))) {
        ok = shm_create(&shm, "test", 1 << 26, e);
        if (ok) {
            ok = load_table(&l, &(struct load_want){1, false, TEXT_CASEFOLD}, 1, &shm, &stats, e);
            shm_close(&shm);
        }
        load_close(&l);
    }
    bool removed = named_remove(name, e);
    return ok && removed;
}

static bool topology(struct err *e)
{
    struct topo *t;
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    bool ok = topo_open(&t, NULL, e);
    if (ok) {
        ok = topo_print(t, TOPO_BIND_CORE, 3, out, e);
        topo_close(t);
    }
    fclose(out);
    return ok;
}

static bool texts(struct err *e)
{
    static const char *const names[] = {"name", "city", "names"};
    struct draft draft;
    char text[100];
    near_list("nam", names, 3, 0, text, sizeof text);
    FILE *out = draft_open(&draft);
    if (out)
        fputs(text, out);
    char *drafted = draft_end(&draft);
    free(drafted);
    return drafted || err_set(e, ERR_OS, NULL, "no draft");
}

static bool processes(struct err *e)
{
    char *argv[] = {"/bin/true", NULL}, *env[] = {"A=b", NULL}, path[300];
    struct proc p = {.pid = -1};
    int status = -1, fd = __real_open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = proc_self_path(path, sizeof path, e) && proc_raise_limits(e) &&
              proc_spawn(&p, argv, &fd, 1, env, e);
    close(fd);
    if (ok)
        proc_reap(&p, true, &status);
    return ok && (status == 0 || err_set(e, ERR_OS, NULL, "true is not true"));
}

/* ---- Refusals --------------------------------------------------------------------------------*/

static unsigned open_files(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void check_refused(const char *name, long k, const struct err *e)
{
    bool known = e->status == ERR_OS || e->status == ERR_IO || e->status == ERR_NOINPUT ||
                 e->status == ERR_DATA || e->status == ERR_STOPPED;
    if (!known || !e->text[0])
        fail_msg("%s, call %ld refused with %s: status %d, \"%s\"", name, k, strerror(refused_with),
                 (int)e->status, e->text);
}

static void refuse_each(const char *name, bool (*way)(struct err *e), int with)
{
    struct err e = {0};
    unsigned files = open_files();
    long refusals = 0;
    for (long k = 0;; k++) {
        e = (struct err){0};
        refused_with = with;
        until_refused = k;
        bool ok = way(&e), reached = until_refused < 0;
        until_refused = -1;
        if (!ok)
            check_refused(name, k, &e);
        refusals += !ok;
        if (open_files() != files)
            fail_msg("%s, call %ld refused: a file stays open", name, k);
        if (!reached)
            break;
    }
    if (e.status != ERR_NONE || refusals == 0)
        fail_msg("%s: %ld refusals; without one: %s", name, refusals, e.text);
}

static void every_way(void **state)
{
    static const struct {
        const char *name;
        bool (*way)(struct err *e);
    } ways[] = {{"load", load_plain},
                {"load without header", load_unnamed},
                {"load with faults", load_faulty},
                {"load latin1", load_latin},
                {"load gz", load_compressed},
                {"load from a pipe", load_stream},
                {"output", write_out},
                {"partial output", write_partial},
                {"emitter", open_emitter},
                {"segments", segments},
                {"named tables", named_tables},
                {"topology", topology},
                {"texts", texts},
                {"processes", processes}};
    (void)state;
    omp_set_num_threads(1);
    write_files();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        refuse_each(ways[i].name, ways[i].way, ENOMEM);
        refuse_each(ways[i].name, ways[i].way, EACCES);
    }
}

/* ---- All -------------------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_way)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
