/* Named tables. A run on @NAME writes the bytes of a run on the file, whatever the options. Names
 * come, are replaced and go while others run. What is damaged or another's is refused. All names
 * here begin with the test's own process id, because /dev/shm is everybody's. */
#include "core/shm.h"
#include "core/shm_named.h"
#include "data/load.h"
#include "data/named.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "matcher/run/identity.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb"
#define DATA SOURCE_DIR "/../shared/data/"
#define SEED 20261123u
#define MOST_ARGUMENTS 40

static char directory[] = "/tmp/axb-named-XXXXXX";
static pid_t self; /* children keep it */

/* ---- Running ---------------------------------------------------------------------------------*/

/* "A" as the name of a table of this test. */
static const char *own(const char *name)
{
    static char names[8][64];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "t%d-%s", (int)self, name);
    return text;
}

static const char *at(const char *name)
{
    static char names[8][64];
    static unsigned next;
    char *text = names[next++ % 8];
    snprintf(text, sizeof names[0], "@%s", own(name));
    return text;
}

static void segment_path(const char *name, char path[128])
{
    snprintf(path, 128, "/dev/shm/axb.%u.%s", (unsigned)geteuid(), own(name));
}

/* Runs axb with these arguments, split at spaces. */
static int axb(const char *arguments, char **out, char **err)
{
    const char *argv[MOST_ARGUMENTS + 1] = {AXB};
    char *copy = strdup(arguments), *rest = copy, *argument;
    size_t n = 1;
    while ((argument = strsep(&rest, " ")) != NULL && n < MOST_ARGUMENTS) {
        if (*argument)
            argv[n++] = argument;
    }
    int status = harness_run(argv, out, err);
    free(copy);
    return status;
}

static void load(const char *name, const char *file, const char *options)
{
    char arguments[300], *err;
    snprintf(arguments, sizeof arguments, "data load %s %s %s", own(name), file, options);
    int status = axb(arguments, NULL, &err);
    if (status)
        fail_msg("axb %s: %d %s", arguments, status, err);
    free(err);
}

/* Runs a command that must fail. Returns its status, and what it says in *err. */
static int fails(const char *arguments, char **err)
{
    char *out;
    int status = axb(arguments, &out, err);
    assert_string_equal(out, "");
    free(out);
    return status;
}

static bool has_name(const char *name)
{
    char path[128];
    segment_path(name, path);
    return access(path, F_OK) == 0;
}

static void remove_table(const char *name)
{
    char path[128];
    segment_path(name, path);
    unlink(path);
}

/* ---- The same bytes --------------------------------------------------------------------------*/

/* Removes the name of an input from a text. */
static void forget(char *text, const char *name)
{
    for (char *p; (p = strstr(text, name)) != NULL;)
        memmove(p, p + strlen(name), strlen(p + strlen(name)) + 1);
}

/* Runs "match %s %s ..." on two files and on the tables loaded from them; now and then on one of
 * each. */
static void check_same(const char *format, const char *const files[2], const char *const names[2])
{
    static unsigned calls;
    char arguments[600], *out[2] = {NULL, NULL};
    int tables = calls++ % 3 ? 3 : 1 + calls % 2;
    for (int i = 0; i < 2; i++) {
        int way = i * tables;
        const char *a = way & 1 ? at(names[0]) : files[0], *b = way & 2 ? at(names[1]) : files[1];
        char *err;
        snprintf(arguments, sizeof arguments, format, a, b);
        int status = axb(arguments, &out[i], &err);
        if (status)
            fail_msg("axb %s: %d %s", arguments, status, err);
        forget(out[i], a);
        forget(out[i], b);
        if (strcmp(out[i], out[0]) != 0)
            fail_msg("axb %s: not what it is with files", arguments);
        free(err);
    }
    free(out[0]);
    free(out[1]);
}

static void write_text(const char *path, const char *text)
{
    harness_write(path, text, strlen(text));
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* Writes a field of CSV: quoted or not, missing, empty, of several scripts. */
static void put_field(FILE *f)
{
    static const char *const parts[] = {"an",     "Bé", "cor", "ΔΑ", "\"\"", ",",
                                        "Straße", " ",  "\n",  "и",  "42",   "3.5"};
    uint32_t kind = below(12);
    if (kind == 0)
        return;
    if (kind < 4) {
        fprintf(f, "%u", below(30));
        return;
    }
    fputc('"', f);
    for (uint32_t n = kind == 4 ? 0 : 1 + below(4); n; n--)
        fputs(parts[below(12)], f);
    fputc('"', f);
}

/* The seventh column numbers the rows. */
static void write_random(const char *path, const char *header, unsigned columns, unsigned rows)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(header, f);
    for (unsigned i = 0; i < rows; i++)
        for (unsigned c = 0; c < columns; c++) {
            if (c < 6)
                put_field(f);
            else
                fprintf(f, "%u", i + 1);
            fputc(c + 1 < columns ? ',' : '\n', f);
        }
    assert_int_equal(fclose(f), 0);
}

static void generated(void **state)
{
    static const char *const files[] = {"A.csv", "B.csv"}, *const names[] = {"A", "B"};
    static const char *const formats[] = {
        "match %s %s --on name --min 0.6 -q",
        "match %s %s --on name --metric levenshtein --min 0.5 --id row --keep size,a.city,b.name "
        "-q",
        "match %s %s --on 1=2 --metric equal --min 1 --keep 3,5 --format jsonl -q",
        "match %s %s --on name --min 0.7 --normalize casefold,strip-accents,punct,space -q",
        "match %s %s --on name=city --min 0.7 --normalize name:casefold,city:nfkc --keep name -q",
        "match %s %s --score 0.6*jaro_winkler(name)+0.4*levenshtein(city) --min 0.7 -j 2 "
        "--output-terms -q",
        "match %s %s --score 1-abs(number(a.size)-number(b.size))/30 --min 0.95 --id 1 -q",
        "match %s %s --on name --min 0.7 --where a.size==b.size||soundex(city) --count -q",
        "match %s %s --score own.c --min 0.5 --normalize name:space --keep row -q",
        "explain %s %s --pair 3,4 --on name --min 0.5 --normalize casefold --id serial -q",
        "explain %s %s --pair 3,4 --score levenshtein(name)+number(a.size) -q",
        "match %s %s --on name --min 0.3 --normalize casefold --audit 20 -q"};
    (void)state;
    for (int side = 0; side < 2; side++) {
        write_random(files[side], "name,city,row,same,size,same,serial\n", 7, 300);
        load(names[side], files[side], "-q");
    }
    write_text("pairs.csv", "a,b,score\n1,2,0.5\nx,\"\",0.75\n3,4,1\n,5,0.5\n");
    write_text("truth.csv", "a,b,tag\n3,4,typo\n1,2,\nx,\"\",typo+swap\n7,7,\n");
    write_text("own.c", "#include <axb.h>\n"
                        "double score(const axb_row_a *a, const axb_row_b *b)\n"
                        "{\n    return a->size_number == b->size_number || "
                        "axb_levenshtein(a->name, b->name) > 0.6;\n}\n");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        check_same(formats[i], files, names);
    load("pairs", "pairs.csv", "-q");
    load("truth", "truth.csv", "-q");
    check_same("eval %s %s", (const char *[]){"pairs.csv", "truth.csv"},
               (const char *[]){"pairs", "truth"});
    char arguments[200];
    snprintf(arguments, sizeof arguments, "check own.c %s %s -q", at("A"), at("B"));
    assert_int_equal(axb(arguments, NULL, NULL), 0);
}

/* The message is the same whether a fault is found in the file or in the table. */
static void same_faults(void **state)
{
    static const char *const formats[] = {"match %s B.csv --on same --min 0.5",
                                          "match %s B.csv --on nmae --min 0.5",
                                          "match %s B.csv --on name --keep 8 --min 0.5"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char arguments[200], *err[2];
        for (int way = 0; way < 2; way++) {
            snprintf(arguments, sizeof arguments, formats[i], way ? at("A") : "A.csv");
            assert_int_equal(fails(arguments, &err[way]), 2);
        }
        assert_string_equal(strchr(err[0] + 5, ':'), strchr(err[1] + 5, ':'));
        free(err[0]);
        free(err[1]);
    }
}

static void reading_options(void **state)
{
    static const char *const a[] = {"p.csv", "p.csv"}, *const names[] = {"p", "p"};
    static const char *const t[] = {"t.tsv", "t.tsv"}, *const tabs[] = {"t", "t"};
    static const char *const wrong[] = {"-d ,", "--encoding utf-8", "--no-header"};
    char arguments[200], *err;
    (void)state;
    write_text("p.csv", "Jos\xe9;1\nJose;2\n\"Jo;s\xe9\";\"\"\n;4\nx;y;z\n");
    load("p", "p.csv", "-d ; --no-header --encoding latin1 --lenient -q");
    check_same(
        "match %s %s --on 1 --min 0.5 --keep 2 -d ; --no-header --encoding latin1 --lenient -q", a,
        names);
    snprintf(arguments, sizeof arguments, "dedupe %s --on 1 --min 0.5 --keep 2 -q", at("p"));
    char *plain, *told;
    assert_int_equal(axb(arguments, &plain, NULL), 0);
    assert_int_equal(axb("dedupe p.csv --on 1 --min 0.5 --keep 2 -q -d ; --no-header --encoding "
                         "iso-8859-1 --lenient",
                         &told, NULL),
                     0);
    assert_string_equal(plain, told);
    free(plain);
    free(told);
    write_text("t.tsv", "name\tx\nAnna\t1\nAnne\t2\n");
    load("t", "t.tsv", "-q");
    check_same("match %s %s --on name --min 0.5 -q", t, tabs);
    check_same("match %s %s --on name --min 0.5 -d \\t --encoding UTF-8 --lenient -q", t, tabs);
    for (size_t i = 0; i < 3; i++) {
        snprintf(arguments, sizeof arguments, "dedupe %s --on 1 --min 0.5 %s",
                 at(i < 2 ? "p" : "t"), wrong[i]);
        assert_int_equal(fails(arguments, &err), 2);
        assert_non_null(strstr(err, ", but it was loaded "));
        free(err);
    }
}

static const char *const sets[][3] = {
    {"febrl4", "match %s %s --on surname --metric levenshtein --min 0.8 --id 1 --keep suburb -q",
     "match %s %s --score 0.5*jaro_winkler(given_name)+0.5*equal(postcode) --min 0.9 "
     "--normalize casefold,space -q"},
    {"dblp_acm", "match %s %s --on title --metric jaccard --min 0.6 --keep title -q",
     "match %s %s --on title --metric levenshtein --min 0.9 --normalize casefold,punct,space -q"},
    {"fodors_zagats", "match %s %s --on name --min 0.9 --id id --keep city -q",
     "match %s %s --on name --min 0.85 --normalize name:casefold+strip-accents+punct -q"},
};

static void real_sets(void **state)
{
    (void)state;
    if (access(DATA, R_OK) != 0) {
        print_message("the data sets are not at %s\n", DATA);
        skip();
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[2][200];
        const char *files[2] = {path[0], path[1]}, *names[2] = {"setA", "setB"};
        for (int side = 0; side < 2; side++) {
            snprintf(path[side], sizeof path[side], DATA "%s/%c.csv", sets[i][0], 'A' + side);
            load(names[side], files[side], "-q");
        }
        check_same(sets[i][1], files, names);
        check_same(sets[i][2], files, names);
    }
}

/* ---- The same tables -------------------------------------------------------------------------*/

static void load_wants(const char *path, const struct load_want *wants, size_t n, struct shm *s,
                       struct table *t)
{
    struct load_options options = {.header = true, .chunk_bytes = 500};
    struct load l;
    struct load_stats stats;
    struct err e = {0};
    bool ok = load_open(&l, path, &options, &e) && shm_create(s, "test", 1ull << 36, &e) &&
              load_table(&l, wants, n, s, &stats, &e) && table_view(t, s, &e);
    if (!ok)
        fail_msg("%s: %s", path, e.text);
    load_close(&l);
}

static void check_columns(const struct table *a, const struct table *b, uint32_t c)
{
    const struct table_column *x = &a->columns[c], *y = &b->columns[c];
    const uint64_t *begin = (const void *)(a->segment.base + x->value_begin_at);
    assert_string_equal(table_column_name(a, c), table_column_name(b, c));
    assert_int_equal(table_column_fingerprint(a, c), table_column_fingerprint(b, c));
    assert_int_equal(x->missing, y->missing);
    if (x->plain)
        return;
    assert_int_equal(x->n_values, y->n_values);
    assert_memory_equal(begin, b->segment.base + y->value_begin_at,
                        (x->n_values + 1) * sizeof *begin);
    assert_memory_equal(a->segment.base + x->value_bytes_at, b->segment.base + y->value_bytes_at,
                        begin[x->n_values]);
    assert_memory_equal(table_row_values(a, c), table_row_values(b, c), a->head->n_rows * 4);
}

static void same_tables(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        struct load_want wants[12];
        struct shm s[2];
        struct table t[2];
        write_random("r.csv", "a,b,c\n", 3, round < 2 ? round : 1u << (2 * round));
        load("r", "r.csv", "-q");
        for (uint32_t i = 0; i < 12; i++)
            wants[i] = (struct load_want){.column = i % 3, .plain = i > 8, .normalize = below(32)};
        wants[11].normalize = 0;
        load_wants("r.csv", wants, 12, &s[0], &t[0]);
        load_wants(at("r"), wants, 12, &s[1], &t[1]);
        assert_int_equal(t[0].head->n_rows, t[1].head->n_rows);
        for (uint32_t c = 0; c < 12; c++)
            check_columns(&t[0], &t[1], c);
        shm_close(&s[0]);
        shm_close(&s[1]);
    }
}

static char *identity_of(const char *a, const char *keep, const char *normalize)
{
    const struct run_request request = {.self = false};
    struct run *r = calloc(1, sizeof *r);
    const char *argv[] = {"axb", "match",       a,         "B.csv",  "--on", "name",   "--min",
                          "0.5", "--normalize", normalize, "--keep", keep,   "--count"};
    struct opts o;
    struct err e = {0};
    char *identity = NULL;
    bool ok = opts_parse(&o, &command_table, 13, (char **)(uintptr_t)argv, &e) &&
              run_open(r, &o, &request, &e) && run_prepare(r, &request, &e) &&
              identity_make(r, &identity, &e);
    if (!ok)
        fail_msg("%s", e.text);
    run_close(r);
    opts_free(&o);
    free(r);
    return identity;
}

/* A run that was begun on the file can be resumed on the table. */
static void same_identity(void **state)
{
    static const char *const keeps[] = {"name,a.size", "city", "a.name,a.city,row"};
    static const char *const normalize[] = {"size:punct", "casefold", "name:space,size:punct"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *file = identity_of("A.csv", keeps[i], normalize[i]);
        char *table = identity_of(at("A"), keeps[i], normalize[i]);
        char *other = identity_of(at("B"), keeps[i], normalize[i]);
        assert_string_equal(file, table);
        assert_string_not_equal(file, other);
        free(file);
        free(table);
        free(other);
    }
}

/* ---- Damage ----------------------------------------------------------------------------------*/

/* A segment in memory of exactly its size, so that whatever reads after its end is seen. */
static struct shm copy_of(const char *bytes, size_t n)
{
    struct shm s = {.fd = -1, .base = aligned_alloc(64, n), .bytes = n, .used_bytes = n};
    memcpy(s.base, bytes, n);
    return s;
}

/* Reads all that a run could read of a column. */
static uint64_t read_all(const struct table *t, uint32_t column)
{
    uint64_t sum = table_column_fingerprint(t, column);
    for (uint64_t i = 0; i < t->head->n_rows; i++) {
        uint32_t value = table_row_values(t, column)[i];
        struct bytes v = {"", 0};
        if (value != TABLE_MISSING)
            v = table_value(t, column, value);
        for (uint32_t k = 0; k < v.n; k++)
            sum += (unsigned char)v.p[k];
    }
    return sum;
}

/* The number of columns of a segment that pass all checks; -1 if it is refused as a whole. */
static int passing_columns(const struct shm *s)
{
    struct table t;
    struct err e = {0};
    int passing = 0;
    if (!table_check(&t, s, &e)) {
        assert_int_equal(e.status, ERR_DATA);
        return -1;
    }
    for (uint32_t c = 0; c < t.head->n_columns; c++)
        if (table_check_column(&t, c, &e)) {
            read_all(&t, c);
            passing++;
        }
    return passing;
}

static char *saved_bytes(size_t *n)
{
    char path[128];
    write_random("d.csv", "name,größe,c\n", 3, 40);
    load("d", "d.csv", "-q");
    segment_path("d", path);
    return harness_read(path, n);
}

static void flipped_bytes(void **state)
{
    size_t n;
    char *bytes = saved_bytes(&n);
    const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
    struct shm s = copy_of(bytes, n);
    (void)state;
    assert_int_equal(head->bytes, n);
    assert_int_equal(passing_columns(&s), 3);
    for (size_t i = SHM_HEAD_AT; i < n; i++) {
        s.base[i] ^= (char)(1u << below(8));
        assert_in_range(passing_columns(&s) + 1, 0, i < head->body_at ? 0 : 3);
        s.base[i] = bytes[i];
    }
    free(s.base);
    free(bytes);
}

static void cut_short(void **state)
{
    size_t n;
    char *bytes = saved_bytes(&n);
    (void)state;
    for (size_t k = 64; k <= n + 640; k += k < 2048 ? 4 : 64) {
        struct shm s = {.fd = -1, .base = aligned_alloc(64, (k + 63) / 64 * 64)};
        s.bytes = s.used_bytes = k;
        memset(s.base, 0, k);
        memcpy(s.base, bytes, k < n ? k : n);
        assert_int_equal(passing_columns(&s), k == n ? 3 : -1);
        free(s.base);
    }
    free(bytes);
}

/* Wrong contents with right checksums, as nobody but ourselves could write them: whatever passes
 * can be read without leaving the segment. */
static void forged(void **state)
{
    size_t n;
    char *bytes = saved_bytes(&n);
    int refused = 0;
    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        struct shm s = copy_of(bytes, n);
        const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
        for (uint32_t i = 1 + below(3); i; i--) {
            size_t place = head->body_at + below((uint32_t)(n - head->body_at) / 4) * 4;
            uint32_t wrong = below(2) ? below(64) : (uint32_t)rand() * 2u + below(2);
            memcpy(s.base + place, &wrong, below(2) ? 4 : 1);
        }
        table_add_checksums(&s);
        refused += passing_columns(&s) < 3;
        free(s.base);
    }
    assert_in_range(refused, 5000, 19999);
    free(bytes);
}

/* The message says what to do. */
static void damaged_file(void **state)
{
    char path[128], arguments[200], *err;
    size_t n;
    char *bytes = saved_bytes(&n);
    const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
    const size_t places[] = {SHM_HEAD_AT,   SHM_HEAD_AT + 9,   head->columns_at,
                             head->path_at, head->body_at + 8, n};
    (void)state;
    segment_path("d", path);
    snprintf(arguments, sizeof arguments, "dedupe %s --on name --min 0.5", at("d"));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *wrong = malloc(n);
        memcpy(wrong, bytes, n);
        if (places[i] < n)
            wrong[places[i]] ^= 4;
        harness_write(path, wrong, places[i] < n ? n : n - 64);
        assert_int_equal(fails(arguments, &err), 65);
        assert_non_null(strstr(err, "axb data rm "));
        free(err);
        free(wrong);
    }
    load("d", "d.csv", "-q");
    assert_int_equal(axb(arguments, NULL, NULL), 0);
    free(bytes);
}

static void check_refused(const char *what)
{
    char arguments[200], *err;
    snprintf(arguments, sizeof arguments, "dedupe %s --on name --min 0.5", at("d"));
    assert_int_equal(fails(arguments, &err), 65);
    if (!strstr(err, what))
        fail_msg("not \"%s\" but: %s", what, err);
    free(err);
    assert_int_equal(axb("data ls", NULL, NULL), 0);
}

static void foreign_files(void **state)
{
    char path[128];
    size_t n;
    (void)state;
    free(saved_bytes(&n));
    segment_path("d", path);
    assert_int_equal(chmod(path, 0620), 0);
    check_refused("can be written by other users");
    assert_int_equal(chmod(path, 0602), 0);
    check_refused("can be written by other users");
    assert_int_equal(chmod(path, 0600), 0);
    if (chown(path, 65534, 65534) == 0) /* only root may */
        check_refused("belongs to another user");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_refused("is no file");
    unlink(path);
    assert_int_equal(symlink("A.csv", path), 0);
    check_refused("is no file");
    unlink(path);
    harness_write(path, "", 0);
    check_refused("holds nothing");
    chmod(path, 0600);
    write_random(path, "name,city\n", 2, 5000);
    check_refused("holds none");
    unlink(path);
}

/* ---- Coming and going ------------------------------------------------------------------------*/

static void rights(void **state)
{
    static const mode_t masks[] = {0, 022, 0777};
    struct stat st;
    char path[128];
    (void)state;
    segment_path("A", path);
    for (size_t i = 0; i < 3; i++) {
        mode_t before = umask(masks[i]);
        load("A", "A.csv", "-q");
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(st.st_nlink, 1);
    }
}

static void command_line(void **state)
{
    static const char *const bad[] = {
        "a/b", "",  "-x",
        "a+b", "é", "12345678901234567890123456789012345678901234567890123456789012345"};
    char arguments[300], said[300], *err, *out;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *argv[] = {AXB, "data", "load", "--", bad[i], "A.csv", NULL};
        assert_int_equal(harness_run(argv, NULL, &err), 2);
        assert_non_null(strstr(err, "cannot be the name of a table"));
        free(err);
    }
    load("people", "A.csv", "-q");
    snprintf(arguments, sizeof arguments, "data rm %s %s", own("poeple"), own("people"));
    assert_int_equal(fails(arguments, &err), 66);
    snprintf(said, sizeof said, "there are %s, ", own("people"));
    assert_non_null(strstr(err, said));
    free(err);
    assert_false(has_name("people")); /* though the other did not exist */
    snprintf(arguments, sizeof arguments, "match A.csv %s --on name --min 1", at("people"));
    assert_int_equal(fails(arguments, &err), 66);
    free(err);
    assert_int_equal(axb("data ls", &out, NULL), 0);
    snprintf(said, sizeof said, "\n%s ", own("A"));
    char *line = strstr(out, said), file[300];
    assert_non_null(line);
    unsigned long long records, columns, bytes;
    assert_int_equal(
        sscanf(line, " %*s %llu %llu %llu %*s %299s", &records, &columns, &bytes, file), 4);
    assert_int_equal(records, 300);
    assert_int_equal(columns, 7);
    snprintf(said, sizeof said, "%s/A.csv", directory);
    assert_string_equal(file, said);
    free(out);
    assert_int_equal(fails("data load x A.csv --max-memory 9k", &err), 71);
    free(err);
    assert_int_equal(fails("data load x none.csv", &err), 66);
    free(err);
}

/* A process that has a table open keeps it, whatever becomes of its name. */
static void readers_keep(void **state)
{
    struct named n;
    struct err e;
    (void)state;
    write_text("k.csv", "name\nold\n");
    load("k", "k.csv", "-q");
    assert_true(named_open(&n, own("k"), &e));
    write_text("k.csv", "name\nnewer\n");
    load("k", "k.csv", "-q");
    assert_true(named_check(&n, 0, &e));
    assert_memory_equal(table_value(&n.table, 0, 0).p, "old", 3);
    assert_true(named_remove(own("k"), &e));
    assert_memory_equal(table_value(&n.table, 0, 0).p, "old", 3);
    named_close(&n);
    assert_false(named_open(&n, own("k"), &e));
    assert_int_equal(e.status, ERR_NOINPUT);
}

/* Loads one file or the other, or, if it may, removes the table, until *stop. The exit status says
 * whether all went well. */
static void disturb(unsigned seed, bool removes, const volatile bool *stop)
{
    char arguments[200];
    srand(seed);
    while (!*stop) {
        bool remove = removes && below(4) == 0;
        snprintf(arguments, sizeof arguments, remove ? "data rm %s" : "data load %s %c.csv -q",
                 own("c"), 'A' + (int)below(2));
        int status = axb(arguments, NULL, NULL);
        if (status != 0 && (!remove || status != 66))
            _exit(1);
    }
    _exit(0);
}

/* Which of the two tables a run saw; 2: none. */
static int run_once(const char *arguments, char *const expected[2])
{
    char *out;
    int status = axb(arguments, &out, NULL);
    assert_true(status == 0 || status == 66);
    int which = status ? 2 : strcmp(out, expected[0]) != 0;
    if (which == 1)
        assert_string_equal(out, expected[1]);
    free(out);
    return which;
}

/* Counts what runs see while three processes disturb them: at least `least` runs, and until each
 * table was seen. */
static void see(char *const expected[2], bool removes, size_t least, size_t seen[3])
{
    volatile bool *stop = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[3];
    char arguments[200];
    snprintf(arguments, sizeof arguments, "dedupe %s --on name --min 0.8 --keep city -q", at("c"));
    for (unsigned i = 0; i < 3; i++)
        if ((pids[i] = fork()) == 0)
            disturb(SEED + i, removes, stop);
    for (size_t i = 0; i < 100 * least && (i < least || !seen[0] || !seen[1]); i++)
        seen[run_once(arguments, expected)]++;
    *stop = true;
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    munmap((void *)(uintptr_t)stop, 1);
}

/* Each run sees one table or the other, never a part of one; it sees none only while some remove
 * it. */
static void at_the_same_time(void **state)
{
    char arguments[200], *expected[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(arguments, sizeof arguments, "dedupe %c.csv --on name --min 0.8 --keep city -q",
                 'A' + i);
        assert_int_equal(axb(arguments, &expected[i], NULL), 0);
    }
    load("c", "A.csv", "-q");
    for (int removes = 0; removes < 2; removes++) {
        size_t seen[3] = {0};
        see(expected, removes, (unsigned)harness_tries(8, 1000), seen);
        assert_true(seen[0] && seen[1]);
        assert_true(removes || !seen[2]);
    }
    free(expected[0]);
    free(expected[1]);
}

/* ---- kill -9 ---------------------------------------------------------------------------------*/

/* The number of temporary names whose writer was `pid`. What still runs has up to `waits`
 * hundredths of a second to end. */
static size_t temporary_names(pid_t pid, int waits)
{
    char begin[64];
    size_t n;
    int length = snprintf(begin, sizeof begin, "axb.%u~%d.", (unsigned)geteuid(), (int)pid);
    do {
        DIR *d = opendir("/dev/shm");
        assert_non_null(d);
        n = 0;
        for (struct dirent *entry; (entry = readdir(d)) != NULL;)
            n += strncmp(entry->d_name, begin, (size_t)length) == 0;
        closedir(d);
    } while (n && waits-- > 0 && usleep(10000) == 0);
    return n;
}

/* Does the table exist, and is it whole? */
static bool whole_table(const char *name)
{
    struct named n;
    struct err e;
    if (!named_open(&n, own(name), &e)) {
        assert_int_equal(e.status, ERR_NOINPUT);
        return false;
    }
    for (uint32_t c = 0; c < n.table.head->n_columns; c++)
        if (!named_check(&n, c, &e))
            fail_msg("%s", e.text);
    named_close(&n);
    return true;
}

static void killed_loads(void **state)
{
    size_t tries = harness_tries(40, 2000), killed = 0;
    const char *argv[] = {AXB, "data", "load", own("killed"), "A.csv", "-q", NULL};
    (void)state;
    for (size_t i = 0; i < tries; i++) {
        int status;
        bool before = whole_table("killed");
        pid_t pid = harness_start(argv);
        usleep(below(30000));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        killed += WIFSIGNALED(status);
        assert_int_equal(temporary_names(pid, 100), 0);
        assert_true(whole_table("killed") || !before);
        if (i % 2)
            remove_table("killed");
    }
    assert_in_range(killed, 1, tries);
}

/* Gives one name to new segments again and again. */
static void publish_forever(const char *bytes, size_t n)
{
    struct err e;
    for (;;) {
        struct shm s;
        if (!shm_named_create(&s, "test", 1 << 20, &e) || !shm_alloc(&s, "test", n - 64, 64, &e))
            _exit(1);
        memcpy(s.base, bytes, n);
        if (!named_publish(&s, own("again"), &e))
            _exit(1);
        shm_close(&s);
    }
}

/* Most of the time is spent where the name is given. The first process has given it before it is
 * killed. */
static void killed_publishers(void **state)
{
    size_t n, tries = harness_tries(150, 5000);
    char *bytes = saved_bytes(&n);
    (void)state;
    for (size_t i = 0; i < tries; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            publish_forever(bytes, n);
        for (int waits = 0; waits < 60000 && !has_name("again"); waits++)
            usleep(1000);
        usleep(500 + below(5000));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(temporary_names(pid, 100), 0);
        assert_true(whole_table("again"));
    }
    free(bytes);
}

/* ---- Without O_TMPFILE -----------------------------------------------------------------------*/

/* From here on the system knows no files without a name, as some systems do not. */
static void forbid_nameless(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_TMPFILE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_TMPFILE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 ||
        open("/dev/shm", O_TMPFILE | O_RDWR, 0600) >= 0)
        _exit(3);
}

/* Is killed between the two calls, or waits there, as if it were. */
static void begin_segment(bool die)
{
    struct shm s;
    struct err e;
    if (!shm_named_create(&s, "test", 1 << 20, &e))
        _exit(1);
    raise(die ? SIGKILL : SIGSTOP);
    _exit(2);
}

/* `axb data` removes a dead writer's temporary name, and leaves a living one's. */
static bool sweeps_the_dead(void)
{
    bool right = true;
    for (int die = 0; die < 2; die++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            begin_segment(die);
        waitpid(pid, &status, WUNTRACED);
        right = right && temporary_names(pid, 0) == 1 && axb("data ls", NULL, NULL) == 0 &&
                temporary_names(pid, 0) == !die;
        kill(pid, SIGKILL);
        if (!die)
            waitpid(pid, &status, 0);
    }
    return right && axb("data ls", NULL, NULL) == 0;
}

static bool failed_load_leaves_nothing(void)
{
    const char *argv[] = {AXB, "data", "load", own("f"), "own.c", "-q", NULL}; /* no CSV */
    int status;
    pid_t pid = harness_start(argv);
    return waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 65 &&
           temporary_names(pid, 0) == 0;
}

/* Loads, replaces, runs, removes. The exit status says what went wrong. */
static void do_without_nameless(void)
{
    char arguments[200], *expected, *out;
    forbid_nameless();
    snprintf(arguments, sizeof arguments, "data load %s A.csv -q", own("f"));
    for (int i = 0; i < 2; i++)
        if (axb(arguments, NULL, NULL) != 0)
            _exit(4);
    snprintf(arguments, sizeof arguments, "dedupe %s --on name --min 0.8 -q", at("f"));
    if (axb(arguments, &out, NULL) != 0 ||
        axb("dedupe A.csv --on name --min 0.8 -q", &expected, NULL) != 0 ||
        strcmp(out, expected) != 0)
        _exit(5);
    _exit(!sweeps_the_dead() ? 6 : failed_load_leaves_nothing() ? 0 : 7);
}

static void without_nameless(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        do_without_nameless();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(whole_table("f"));
}

/* ---- All -------------------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    self = getpid();
    srand(SEED);
    print_message("seed %u\n", SEED);
    return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int tear_down(void **state)
{
    char command[200];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s /dev/shm/axb.%u.t%d-*", directory,
             (unsigned)geteuid(), (int)self);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated),
        cmocka_unit_test(same_faults),
        cmocka_unit_test(reading_options),
        cmocka_unit_test(real_sets),
        cmocka_unit_test(same_tables),
        cmocka_unit_test(same_identity),
        cmocka_unit_test(flipped_bytes),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(forged),
        cmocka_unit_test(damaged_file),
        cmocka_unit_test(foreign_files),
        cmocka_unit_test(rights),
        cmocka_unit_test(command_line),
        cmocka_unit_test(readers_keep),
        cmocka_unit_test(at_the_same_time),
        cmocka_unit_test(killed_loads),
        cmocka_unit_test(killed_publishers),
        cmocka_unit_test(without_nameless),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
