/* What core and data do when memory runs out or the system refuses a call: for each of some ways
 * through them, each call that can fail fails once, the first time, the second time and so on,
 * until all went well. Whatever failed, it is said, nothing stays open, and the next try works. The
 * calls are those of harness_refuse.c. Whole runs under faults, libraries and all, are tests/fault.
 */
#include "core/machine/topology.h"
#include "core/memory.h"
#include "core/memory_shared.h"
#include "core/process.h"
#include "core/sandbox.h"
#include "core/shm.h"
#include "core/shm_named.h"
#include "core/string_builder.h"
#include "core/suggest.h"
#include "data/emit.h"
#include "data/load.h"
#include "data/named.h"
#include "data/out.h"
#include "data/text.h"
#include "tests/harness/harness_refuse.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/axb-refused-XXXXXX";
static FILE *nowhere;

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
    harness_write(path_of("plain.csv"), text, n);
    n += (size_t)sprintf(text + n, "1\n\n2,\"x\" y,\xFF,4\n");
    harness_write(path_of("faulty.csv"), text, n);
    harness_write(path_of("latin.csv"), "a,b\n\xE9,\xDF\n", 8);
    const char *argv[] = {"/usr/bin/env", "gzip", "-k", path_of("plain.csv"), NULL};
    assert_int_equal(harness_run(argv, NULL, NULL), 0);
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    assert_true(open(path_of("pipe"), O_RDWR | O_CLOEXEC) >= 0); /* its reader, to the end */
}

static const struct text_rules fold = {.flags = TEXT_CASEFOLD};
static const struct text_rules strip = {.flags = TEXT_STRIP_ACCENTS};

static bool load(const char *name, const struct load_options *options, struct err *e)
{
    const struct load_want wants[] = {
        {0, true, NULL}, {1, false, NULL}, {0, false, &fold}, {1, false, &strip}};
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
    return load("plain.csv", &(struct load_options){.header = true, .chunk_bytes = 25000}, e);
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

/* The first one that succeeds is there from then on, and is replaced. */
static bool write_out(struct err *e)
{
    struct out o;
    bool ok =
        out_open(&o, path_of("result"), e) && out_write(&o, "abc\n", 4, e) && out_commit(&o, e);
    out_abort(&o);
    return ok;
}

/* It is never taken for a file that is to be replaced. */
static bool write_pipe(struct err *e)
{
    struct out o;
    struct stat st;
    bool ok = out_open(&o, path_of("pipe"), e) && out_write(&o, "abc\n", 4, e) && out_commit(&o, e);
    out_abort(&o);
    assert_true(lstat(path_of("pipe"), &st) == 0 && S_ISFIFO(st.st_mode));
    return ok;
}

static bool write_partial(struct err *e)
{
    struct out o;
    bool ok = out_open_partial(&o, path_of("long"), e) && out_whole_begin(&o, 0, e) &&
              out_keep(&o, 0, e) && out_write(&o, "abc\n", 4, e) && out_sync(&o, e);
    out_abort(&o);
    ok = ok && out_open_partial(&o, path_of("long"), e) && out_whole_begin(&o, 4, e) &&
         out_keep(&o, 4, e) && out_checksum_begin(&o, 0, e) && out_write(&o, "def\n", 4, e) &&
         out_commit(&o, e);
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
            ok = load_table(&l, &(struct load_want){1, false, &fold}, 1, &shm, &stats, e);
            shm_close(&shm);
        }
        load_close(&l);
    }
    char **names;
    size_t n;
    if (ok && (ok = shm_named_list(&names, &n, e)))
        shm_names_free(names, n);
    shm_named_sweep();
    bool removed = named_remove(name, e);
    return ok && removed;
}

static bool topology(struct err *e)
{
    struct topo *t;
    struct topo_place place, anywhere = {.pus = ""};
    bool ok = topo_open(&t, NULL, e);
    if (ok) {
        topo_places(t, TOPO_BIND_NUMA, 1, &place);
        ok = topo_print(t, TOPO_BIND_CORE, 3, nowhere, e) && topo_bind_self(&place, e) &&
             topo_bind_self(&anywhere, e);
        topo_close(t);
    }
    return ok;
}

static bool texts(struct err *e)
{
    static const char *const names[] = {"name", "city", "names"};
    struct string_builder string_builder;
    char text[100];
    suggest_names("nam", names, 3, 0, text, sizeof text);
    FILE *out = string_builder_open(&string_builder);
    if (out)
        fputs(text, out);
    char *built = string_builder_end(&string_builder);
    free(built);
    return built || err_set(e, ERR_OS, NULL, "no text");
}

static bool processes(struct err *e)
{
    char *argv[] = {"/bin/true", NULL}, *env[] = {"A=b", NULL}, path[300];
    struct proc p = {.pid = -1};
    int status = -1, fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = proc_self_path(path, sizeof path, e) && proc_raise_limits(e) &&
              proc_spawn(&p, argv, &fd, 1, env, e);
    close(fd);
    if (ok)
        proc_reap(&p, true, &status);
    unsigned threads = ok ? proc_threads(3) : 1;
    assert_in_range(threads, 1, 3);
    return ok && (status == 0 || err_set(e, ERR_OS, NULL, "true is not true"));
}

/* What cannot be read of the limits does not limit. */
static bool memory(struct err *e)
{
    const struct proc self = {getpid()};
    mem_set_max((size_t)1 << 40, false);
    bool ok = mem_check("test", 1, e) && mem_watch("test", &self, 1, e);
    ok = ok && mem_shared_bytes(&self, 1) == 0;
    mem_set_max(1, false);
    ok = ok && !mem_check("test", 2, &(struct err){0}) && shm_available_bytes() < 2;
    mem_set_max(0, false);
    return ok;
}

/* It is closed around the process, or not at all and said. */
static bool sandbox(struct err *e)
{
    bool ok = sandbox_ask(true, e) && sandbox_enter(e);
    sandbox_ask(false, &(struct err){0});
    return ok;
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

static void check_refused(const char *name, long k, int number, const struct err *e)
{
    bool known = e->status == ERR_OS || e->status == ERR_IO || e->status == ERR_NOINPUT ||
                 e->status == ERR_DATA || e->status == ERR_STOPPED || e->status == ERR_UNAVAILABLE;
    if (!known || !e->text[0])
        fail_msg("%s, call %ld refused with %s: status %d, \"%s\"", name, k, strerror(number),
                 (int)e->status, e->text);
}

/* Returns how many calls it does without. */
static long refuse_each(const char *name, bool (*way)(struct err *e), int number)
{
    struct err e = {0};
    unsigned files = open_files();
    bool reached = true;
    long refusals = 0, calls = -1;
    for (long k = 0; reached; k++) {
        e = (struct err){0};
        harness_refuse(k, number);
        bool ok = way(&e);
        reached = harness_refuse_end();
        if (!ok)
            check_refused(name, k, number, &e);
        refusals += !ok;
        calls++;
        if (open_files() != files)
            fail_msg("%s, call %ld refused: a file stays open", name, k);
    }
    if (e.status != ERR_NONE || (refusals == 0) != (way == memory))
        fail_msg("%s: %ld refusals; without one: %s", name, refusals, e.text);
    return calls - refusals;
}

/* Each way, and how many calls it does without when they are refused by EACCES; ANY where that is
 * the machine's affair. */
#define ANY (-1)
static const struct {
    const char *name;
    bool (*way)(struct err *e);
    long without;
} ways[] = {{"load", load_plain, ANY},
            {"load without header", load_unnamed, ANY},
            {"load with faults", load_faulty, ANY},
            {"load latin1", load_latin, ANY},
            {"load gz", load_compressed, ANY},
            {"load from a pipe", load_stream, ANY},
            {"output", write_out, 2},
            {"output to a pipe", write_pipe, 3},
            {"partial output", write_partial, 10},
            {"emitter", open_emitter, 0},
            {"segments", segments, ANY},
            {"named tables", named_tables, ANY},
            {"topology", topology, ANY},
            {"texts", texts, 1},
            {"processes", processes, ANY},
            {"memory", memory, ANY}};

static void check_way(const char *name, bool (*way)(struct err *e), long expected)
{
    refuse_each(name, way, ENOMEM);
    refuse_each(name, way, EINTR);
    long without = refuse_each(name, way, EACCES);
    if (expected != ANY && without != expected)
        fail_msg("%s does without %ld calls, not %ld", name, without, expected);
}

static void every_way(void **state)
{
    (void)state;
    shm_set_threads(1);
    write_files();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        check_way(ways[i].name, ways[i].way, ways[i].without);
}

/* In a process of one thread, which a child is. A test that fails there goes on to its end. */
static void closed_sandbox(void **state)
{
    int status;
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        check_way("sandbox", sandbox, 2 /* the questions for the version of Landlock */);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- All -------------------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    nowhere = fopen("/dev/null", "w");
    return nowhere && mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fclose(nowhere);
    return harness_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_way),
                                       cmocka_unit_test(closed_sandbox)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
