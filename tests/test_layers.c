/* The laws of the house, held against every file of it:
 *
 *   floors     an #include goes to the own folder or to a lower floor, never up or beside
 *   internal   x_internal.h is for the files of its folder whose names begin with x
 *   circles    no module includes itself by way of others
 *   names      a source has a name that no other source has
 *   crowds     a folder holds at most 40 sources
 *   openings   a source opens with a comment on what it is for
 *   guards     an include guard is the path of its header
 *   readmes    every folder says in a README.md what is in it
 *
 * A module is x.c, x.h and x_internal.h. Each law is also tried on files that are made up. */
#include "tests/test.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_SOURCES 40 /* in a folder */
#define LEAST_WORDS 20  /* in a README.md */

/* ---- Floors ----------------------------------------------------------------------------------*/

/* Every folder that may hold sources, lowest first: a new one must find its floor here. Folders of
 * the same height do not see each other, but for `beside`. */
static const struct floor {
    const char *folder;
    unsigned height;
    const char *beside; /* folders of the same height that this one sees, or NULL */
    bool apart;         /* a program of its own: nobody looks in */
} floors[] = {
    {.folder = "core/", .height = 0},
    {.folder = "core/machine/", .height = 0, .beside = "core/"},
    {.folder = "data/",
     .height = 1,
     .beside = "data/clean/ data/figures/ data/format/ data/source/"},
    {.folder = "data/clean/", .height = 1, .beside = "data/"},
    {.folder = "data/figures/", .height = 1, .beside = "data/"},
    {.folder = "data/format/", .height = 1, .beside = "data/ data/clean/"},
    {.folder = "data/source/", .height = 1, .beside = "data/"},
    {.folder = "data/sample/", .height = 2, .apart = true},
    {.folder = "matcher/index/", .height = 3},
    {.folder = "matcher/options/", .height = 3},
    {.folder = "matcher/choose/", .height = 3},
    {.folder = "matcher/fit/", .height = 3, .beside = "matcher/choose/"},
    {.folder = "matcher/suggest/", .height = 3},
    {.folder = "matcher/watch/", .height = 3},
    {.folder = "matcher/page/", .height = 3},
    {.folder = "matcher/kernel/", .height = 4},
    {.folder = "matcher/metric/", .height = 5},
    {.folder = "matcher/join/", .height = 6},
    {.folder = "matcher/join/count/", .height = 6, .beside = "matcher/join/"},
    {.folder = "matcher/join/partial/", .height = 6, .beside = "matcher/join/"},
    {.folder = "matcher/join/edit/", .height = 6, .beside = "matcher/join/ matcher/join/count/"},
    {.folder = "matcher/join/jaro/", .height = 6, .beside = "matcher/join/ matcher/join/count/"},
    {.folder = "matcher/join/set/", .height = 6, .beside = "matcher/join/"},
    {.folder = "matcher/join/token/", .height = 6, .beside = "matcher/join/"},
    {.folder = "matcher/join/union/", .height = 6, .beside = "matcher/join/"},
    {.folder = "matcher/expr/", .height = 6},
    {.folder = "matcher/model/", .height = 6},
    {.folder = "matcher/pairs/", .height = 7},
    {.folder = "matcher/scorer/", .height = 7},
    {.folder = "matcher/engine/", .height = 8},
    {.folder = "matcher/worker/", .height = 9},
    {.folder = "matcher/output/", .height = 9},
    {.folder = "matcher/outlook/", .height = 9},
    {.folder = "matcher/cluster/", .height = 9, .beside = "matcher/inputs/"},
    {.folder = "matcher/planner/", .height = 9, .beside = "matcher/resolve/"},
    {.folder = "matcher/resolve/", .height = 9},
    {.folder = "matcher/shard/", .height = 9},
    {.folder = "matcher/inputs/", .height = 9},
    {.folder = "matcher/run/", .height = 10},
    {.folder = "matcher/review/", .height = 10},
    {.folder = "matcher/report/", .height = 11},
    {.folder = "matcher/eval/", .height = 11, .beside = "matcher/report/"},
    {.folder = "matcher/learn/", .height = 11, .beside = "matcher/report/"},
    {.folder = "matcher/prepared/", .height = 11},
    {.folder = "matcher/command/", .height = 12},
    {.folder = "matcher/mpi/", .height = 13},
    {.folder = "matcher/", .height = 15, .apart = true},
    {.folder = "matcher/examples/", .height = 0, .apart = true},
    {.folder = "matcher/examples/library/", .height = 0, .apart = true},
    {.folder = "matcher/python/ext/", .height = 13},
    {.folder = "matcher/python/ext/_axb/", .height = 14, .apart = true},
    {.folder = "matcher/python/ext/_axb_worker/", .height = 14, .apart = true},
    {.folder = "tests/", .height = 16},
    {.folder = "tests/twin/", .height = 17},
    {.folder = "tests/harness/", .height = 18},
    {.folder = "tests/core/", .height = 19, .apart = true},
    {.folder = "tests/data/", .height = 19, .apart = true},
    {.folder = "tests/kernel/", .height = 19, .apart = true},
    {.folder = "tests/join/", .height = 19, .apart = true},
    {.folder = "tests/matcher/", .height = 19, .apart = true},
    {.folder = "tests/program/", .height = 19, .apart = true},
    {.folder = "tests/verbs/", .height = 19, .apart = true},
    {.folder = "tests/review/", .height = 19, .apart = true},
    {.folder = "tests/fuzz/", .height = 19, .apart = true},
    {.folder = "tests/fault/", .height = 19, .apart = true},
    {.folder = "tests/differential/", .height = 19, .apart = true},
    {.folder = "tests/fit/", .height = 19, .apart = true},
    {.folder = "tests/scorer/", .height = 19, .apart = true},
    {.folder = "tests/mpi/", .height = 19, .apart = true},
    {.folder = "tests/page/", .height = 19, .apart = true},
    {.folder = "tests/expr/", .height = 19, .apart = true},
    {.folder = "bench/", .height = 19, .apart = true},
};
#define N_FLOORS (sizeof floors / sizeof *floors)

/* ---- Paths -----------------------------------------------------------------------------------*/

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), m = strlen(with);
    return n >= m && strcmp(text + n - m, with) == 0;
}

/* The name of a file without its folders. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Bytes of the path that are its folder, with the "/" after it. */
static size_t folder_bytes(const char *path)
{
    return (size_t)(base_of(path) - path);
}

static bool same_folder(const char *x, const char *y)
{
    return folder_bytes(x) == folder_bytes(y) && memcmp(x, y, folder_bytes(x)) == 0;
}

/* Bytes of the path up to its ending and "_internal": the module that the file belongs to. */
static size_t module_bytes(const char *path)
{
    static const char internal[] = "_internal";
    const char *dot = strrchr(base_of(path), '.');
    size_t n = dot ? (size_t)(dot - path) : strlen(path), m = sizeof internal - 1;
    return n > m && memcmp(path + n - m, internal, m) == 0 ? n - m : n;
}

static bool same_module(const char *x, const char *y)
{
    return module_bytes(x) == module_bytes(y) && memcmp(x, y, module_bytes(x)) == 0;
}

static bool is_header(const char *path)
{
    return ends(path, ".h") || ends(path, ".hh") || ends(path, ".hpp");
}

static bool is_source(const char *path)
{
    return is_header(path) || ends(path, ".c") || ends(path, ".cc") || ends(path, ".cpp") ||
           ends(path, ".inc");
}

static bool is_readme(const char *path)
{
    return strcmp(base_of(path), "README.md") == 0;
}

/* core, data, matcher, tests, bench: the folders that the laws of readmes and names speak of. */
static bool is_ours(const char *path)
{
    static const char *const top[] = {"core/", "data/", "matcher/", "tests/", "bench/"};
    for (size_t i = 0; i < sizeof top / sizeof *top; i++)
        if (begins(path, top[i]))
            return true;
    return false;
}

/* ---- Files -----------------------------------------------------------------------------------*/

struct file {
    char *path; /* from the root */
    char *text; /* of sources and readmes; NULL of others */
};

struct tree {
    struct file *file;
    size_t n, capacity;
    bool quiet; /* what is wrong is counted, but not told */
    unsigned includes, faults;
};

static void fault(struct tree *t, const char *path, unsigned line, const char *name,
                  const char *what)
{
    if (!t->quiet)
        print_error("%s:%u: %s%s%s\n", path, line, name, *name ? " " : "", what);
    t->faults++;
}

static void tree_add(struct tree *t, const char *path, char *text)
{
    if (t->n == t->capacity) {
        t->capacity = 2 * t->capacity + 64;
        t->file = realloc(t->file, t->capacity * sizeof *t->file);
        assert_non_null(t->file);
    }
    t->file[t->n++] = (struct file){strdup(path), text};
}

static void tree_free(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->file[i].path);
        free(t->file[i].text);
    }
    free(t->file);
}

static int by_path(const void *x, const void *y)
{
    return strcmp(((const struct file *)x)->path, ((const struct file *)y)->path);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(base_of(((const struct file *)x)->path), base_of(((const struct file *)y)->path));
}

static char *read_text(const char *full, size_t bytes)
{
    FILE *f = fopen(full, "r");
    char *text = malloc(bytes + 1);
    assert_true(f && text);
    text[fread(text, 1, bytes, f)] = 0;
    fclose(f);
    return text;
}

/* All files under a folder; not those that were built or are hidden. */
static void tree_read(struct tree *t, const char *folder)
{
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", SOURCE_DIR, folder);
    DIR *d = opendir(full);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char path[2048];
        struct stat st;
        const char *name = entry->d_name;
        snprintf(full, sizeof full, "%s/%s%s", SOURCE_DIR, folder, name);
        if (name[0] == '.' || begins(name, "build") || begins(name, "__") || stat(full, &st) != 0)
            continue;
        bool is_folder = S_ISDIR(st.st_mode);
        snprintf(path, sizeof path, "%s%s%s", folder, name, is_folder ? "/" : "");
        if (is_folder)
            tree_read(t, path);
        else
            tree_add(t, path,
                     is_source(path) || is_readme(path) ? read_text(full, (size_t)st.st_size)
                                                        : NULL);
    }
    closedir(d);
}

/* ---- Includes --------------------------------------------------------------------------------*/

struct include {
    char name[256];
    bool own; /* in quotes */
    unsigned line;
};

/* Takes the name out of a line `# include "name"`; false if the line is none. */
static bool include_of(const char *line, struct include *i)
{
    line += strspn(line, " \t");
    if (*line++ != '#')
        return false;
    line += strspn(line, " \t");
    if (!begins(line, "include"))
        return false;
    line += 7 + strspn(line + 7, " \t");
    i->own = *line == '"';
    if (!i->own && *line != '<')
        return false; /* a macro */
    size_t n = strcspn(line + 1, i->own ? "\"\n" : ">\n");
    snprintf(i->name, sizeof i->name, "%.*s", (int)n, line + 1);
    return true;
}

/* The next include of the text from *at on, which is moved past it. */
static bool next_include(const char **at, struct include *i)
{
    while (**at) {
        const char *line = *at;
        i->line++;
        *at += strcspn(line, "\n");
        *at += **at == '\n';
        if (include_of(line, i))
            return true;
    }
    return false;
}

static const struct floor *floor_of(const char *path)
{
    for (size_t i = 0; i < N_FLOORS; i++)
        if (strlen(floors[i].folder) == folder_bytes(path) && begins(path, floors[i].folder))
            return &floors[i];
    return NULL;
}

static bool is_below(const struct floor *from, const struct floor *to)
{
    return from == to || (!to->apart && to->height < from->height) ||
           (from->beside && strstr(from->beside, to->folder) && from->height == to->height);
}

/* What is wrong with this include in the file at `path`, or NULL. */
static const char *wrong_include(const char *path, const struct include *i)
{
    const struct floor *from = floor_of(path), *to = floor_of(i->name);
    bool example = begins(path, "matcher/examples/");
    if (!from)
        return "is included in a folder without a floor";
    if (strstr(i->name, "../"))
        return "goes through ..; includes are written from the root";
    if (!i->own)
        return to ? "is ours and needs quotes"
               : strcmp(i->name, "axb.h") == 0 && !example && !begins(path, "tests/")
                   ? "is for scorers; here it is \"core/axb.h\""
                   : NULL;
    if (example)
        return "is not for users: examples see <axb.h>";
    return to && is_below(from, to) ? NULL : "is not on a floor below";
}

/* May the file at `path` include the internal header `name`? */
static bool may_look_in(const char *path, const char *name)
{
    size_t folder = folder_bytes(name), module = module_bytes(name);
    return begins(path, "tests/") ||
           (same_folder(path, name) && memcmp(path + folder, name + folder, module - folder) == 0);
}

static bool is_internal(const char *name)
{
    return ends(name, "_internal.h");
}

static void law_of_floors(struct tree *t)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct file *f = &t->file[k];
        struct include i = {.line = 0};
        if (!is_source(f->path))
            continue;
        for (const char *at = f->text; next_include(&at, &i); t->includes++) {
            const char *wrong = wrong_include(f->path, &i);
            if (wrong)
                fault(t, f->path, i.line, i.name, wrong);
        }
    }
}

static void law_of_internal_headers(struct tree *t)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct file *f = &t->file[k];
        struct include i = {.line = 0};
        if (!is_source(f->path))
            continue;
        for (const char *at = f->text; next_include(&at, &i);)
            if (i.own && is_internal(i.name) && !may_look_in(f->path, i.name))
                fault(t, f->path, i.line, i.name, "is of another module, and internal");
    }
}

/* ---- Circles ---------------------------------------------------------------------------------*/

enum visit { NEW, OPEN, DONE };

/* Visits every module that the module of file k includes. Files are sorted by path, so that those
 * of a module are near each other, but others may stand between them. */
static void visit_module(struct tree *t, size_t k, unsigned char *state);

static size_t find_module(const struct tree *t, const char *path)
{
    size_t k = 0;
    while (k < t->n && !(is_source(t->file[k].path) && same_module(t->file[k].path, path)))
        k++;
    return k;
}

static void visit_includes(struct tree *t, const struct file *f, unsigned char *state)
{
    struct include i = {.line = 0};
    for (const char *at = f->text; next_include(&at, &i);) {
        size_t k = i.own ? find_module(t, i.name) : t->n;
        if (k == t->n || same_module(f->path, i.name))
            continue;
        if (state[k] == OPEN)
            fault(t, f->path, i.line, i.name, "closes a circle of modules");
        else if (state[k] == NEW)
            visit_module(t, k, state);
    }
}

static void visit_module(struct tree *t, size_t k, unsigned char *state)
{
    state[k] = OPEN;
    for (size_t j = 0; j < t->n; j++)
        if (is_source(t->file[j].path) && same_module(t->file[j].path, t->file[k].path))
            visit_includes(t, &t->file[j], state);
    state[k] = DONE;
}

static void law_of_circles(struct tree *t)
{
    unsigned char *state = calloc(t->n + 1, 1); /* of modules, at their first file */
    assert_non_null(state);
    for (size_t k = 0; k < t->n; k++)
        if (is_source(t->file[k].path) && find_module(t, t->file[k].path) == k && state[k] == NEW)
            visit_module(t, k, state);
    free(state);
}

/* ---- Names and folders -----------------------------------------------------------------------*/

static void law_of_names(struct tree *t)
{
    const struct file *last = NULL;
    qsort(t->file, t->n, sizeof *t->file, by_name);
    for (size_t k = 0; k < t->n; k++) {
        const struct file *f = &t->file[k];
        if (!is_source(f->path))
            continue;
        if (last && strcmp(base_of(last->path), base_of(f->path)) == 0)
            fault(t, f->path, 1, last->path, "has the same name");
        last = f;
    }
}

static void law_of_crowds(struct tree *t)
{
    unsigned sources = 0;
    qsort(t->file, t->n, sizeof *t->file, by_path);
    for (size_t i = 0; i < t->n; i++) {
        const char *path = t->file[i].path;
        sources = 0;
        for (size_t k = 0; k <= i; k++)
            sources += is_source(t->file[k].path) && same_folder(t->file[k].path, path);
        if (is_source(path) && sources == MOST_SOURCES + 1)
            fault(t, path, 1, "", "is one source too many in its folder");
    }
}

static unsigned words_in(const char *text)
{
    unsigned n = 0;
    for (const char *p = text; *p; p++)
        n += !isspace((unsigned char)*p) && (p == text || isspace((unsigned char)p[-1]));
    return n;
}

static void law_of_readmes(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *path = t->file[i].path;
        bool first = true, told = false;
        for (size_t k = 0; k < t->n; k++) {
            if (!same_folder(t->file[k].path, path))
                continue;
            first = first && k >= i;
            told |= is_readme(t->file[k].path) && words_in(t->file[k].text) >= LEAST_WORDS;
        }
        if (first && !told && is_ours(path))
            fault(t, path, 1, "", "is in a folder whose README.md is missing or says too little");
    }
}

/* ---- How sources begin -----------------------------------------------------------------------*/

static void law_of_openings(struct tree *t)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct file *f = &t->file[k];
        if (is_source(f->path) && !begins(f->text, "/*") && !begins(f->text, "//"))
            fault(t, f->path, 1, "", "does not open with a comment on what it is for");
    }
}

/* "AXB_CORE_ERR_H" of core/err.h. */
static void guard_of(const char *path, char *guard, size_t bytes)
{
    snprintf(guard, bytes, "AXB_%s", path);
    for (char *p = guard; *p; p++)
        *p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
}

/* Users' headers have a guard of their own; one that is read several times says so. */
static void law_of_guards(struct tree *t)
{
    for (size_t k = 0; k < t->n; k++) {
        const struct file *f = &t->file[k];
        char guard[300], lines[700];
        if (!is_header(f->path) || strstr(f->text, "\n#ifndef AXB_H\n#define AXB_H\n") ||
            strstr(f->text, "no include guard"))
            continue;
        guard_of(f->path, guard, sizeof guard);
        snprintf(lines, sizeof lines, "\n#ifndef %s\n#define %s\n", guard, guard);
        if (!strstr(f->text, lines))
            fault(t, f->path, 1, guard, "is what its include guard should be");
    }
}

/* ---- The house -------------------------------------------------------------------------------*/

typedef void law(struct tree *t);

static law *const laws[] = {
    law_of_floors, law_of_internal_headers, law_of_circles,  law_of_names,
    law_of_crowds, law_of_readmes,          law_of_openings, law_of_guards,
};

static void test_house(void **state)
{
    struct tree t = {.file = NULL};
    (void)state;
    tree_read(&t, "");
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        laws[i](&t);
    print_message("%zu files, %u includes\n", t.n, t.includes);
    assert_true(t.n >= 300 && t.includes >= 1000); /* it did look */
    assert_int_equal(t.faults, 0);
    tree_free(&t);
}

/* ---- The laws, on files that are made up -----------------------------------------------------*/

static void test_includes(void **state)
{
    (void)state;
    static const struct {
        const char *path, *line;
        bool right;
    } cases[] = {
        {"core/err.c", "#include \"core/err.h\"", true},
        {"core/err.c", "#include <string.h>", true},
        {"core/err.c", "#include \"data/csv.h\"", false},
        {"core/err.c", "#include \"matcher/engine/coordinator.h\"", false},
        {"core/err.c", "#include \"err.h\"", false},
        {"core/err.c", "#include <core/err.h>", false},
        {"core/err.c", "  #  include   \"data/csv.h\" /* sly */", false},
        {"core/err.c", "#include \"../data/csv.h\"", false},
        {"core/err.c", "#include \"core/../data/csv.h\"", false},
        {"data/csv.c", "#include \"core/os.h\"", true},
        {"data/csv.c", "#include \"data/table.h\"", true},
        {"data/csv.c", "#include \"data/sample/rows.h\"", false},
        {"data/csv.c", "#include \"matcher/index/dictionary.h\"", false},
        {"data/csv.c", "#include \"tests/twin/twin_csv.h\"", false},
        {"data/csv.c", "#include \"bench/bench.h\"", false},
        {"data/sample/make.c", "#include \"data/csv.h\"", true},
        {"data/sample/make.c", "#include \"matcher/index/dictionary.h\"", false},
        {"matcher/index/index.c", "#include \"data/table.h\"", true},
        {"matcher/index/index.c", "#include \"data/sample/rows.h\"", false},
        {"matcher/index/index.c", "#include \"matcher/options/opts.h\"", false},
        {"matcher/options/opts.c", "#include \"matcher/index/index.h\"", false},
        {"matcher/kernel/isa.c", "#include \"matcher/index/dictionary.h\"", true},
        {"matcher/kernel/isa.c", "#include \"matcher/metric/metric.h\"", false},
        {"matcher/metric/metric.c", "#include \"matcher/kernel/isa.h\"", true},
        {"matcher/metric/metric.c", "#include \"matcher/join/join.h\"", false},
        {"matcher/join/join.c", "#include \"matcher/metric/metric.h\"", true},
        {"matcher/join/join.c", "#include \"matcher/join/set/sets.h\"", false},
        {"matcher/join/join.c", "#include \"matcher/expr/expr.h\"", false},
        {"matcher/join/set/sets.c", "#include \"matcher/join/join.h\"", true},
        {"matcher/join/set/sets.c", "#include \"matcher/join/edit/edit_rule.h\"", false},
        {"matcher/join/edit/edit_rule.c", "#include \"matcher/join/jaro/jaro_rule.h\"", false},
        {"matcher/join/jaro/jaro_rule.c", "#include \"matcher/expr/expr.h\"", false},
        {"matcher/expr/expr.c", "#include \"matcher/metric/metric.h\"", true},
        {"matcher/expr/expr.c", "#include \"matcher/join/join.h\"", false},
        {"matcher/expr/expr.c", "#include \"matcher/scorer/scorer.h\"", false},
        {"matcher/scorer/scorer.c", "#include \"matcher/expr/expr.h\"", true},
        {"matcher/scorer/scorer.c", "#include \"matcher/engine/wire.h\"", false},
        {"matcher/engine/coordinator.c", "#include \"data/table.h\"", true},
        {"matcher/engine/coordinator.c", "#include \"matcher/join/edit/edit_rule.h\"", true},
        {"matcher/engine/coordinator.c", "#include \"matcher/run/run.h\"", false},
        {"matcher/engine/coordinator.c", "#include \"tests/twin/twin_csv.h\"", false},
        {"matcher/engine/coordinator.c", "#include \"bench/bench.h\"", false},
        {"matcher/engine/coordinator.c", "#include <axb.h>", false},
        {"matcher/engine/coordinator.c", "#include \"matcher/worker/worker.h\"", false},
        {"matcher/worker/worker.c", "#include \"matcher/engine/wire.h\"", true},
        {"matcher/run/loaded.c", "#include \"matcher/engine/stage.h\"", true},
        {"matcher/run/run_load.c", "#include \"matcher/command/cmd_eval.h\"", false},
        {"matcher/command/cmd_eval.c", "#include \"matcher/run/run.h\"", true},
        {"matcher/main.c", "#include \"matcher/command/cmd_eval.h\"", true},
        {"matcher/command/cmd_eval.c", "#include \"matcher/main.h\"", false},
        {"matcher/new/new.c", "#include <stdio.h>", false},
        {"matcher/examples/names.c", "#include <axb.h>", true},
        {"matcher/examples/names.c", "#include <math.h>", true},
        {"matcher/examples/names.c", "#include \"core/axb.h\"", false},
        {"matcher/examples/names.c", "#include \"matcher/index/dictionary.h\"", false},
        {"bench/bench_load.cc", "#include \"matcher/run/run.h\"", true},
        {"bench/bench_load.cc", "#include \"tests/twin/twin_csv.h\"", true},
        {"bench/bench_load.cc", "#include \"tests/fuzz/fuzz.h\"", false},
        {"tests/data/test_csv.c", "#include \"tests/twin/twin_csv.h\"", true},
        {"tests/data/test_csv.c", "#include \"tests/harness/harness_run.h\"", true},
        {"tests/data/test_csv.c", "#include \"tests/test.h\"", true},
        {"tests/data/test_csv.c", "#include \"tests/fuzz/fuzz.h\"", false},
        {"tests/data/test_csv.c", "#include \"bench/bench.h\"", false},
        {"tests/twin/twin_csv.c", "#include \"tests/harness/harness_run.h\"", false},
        {"tools/x.c", "#include <stdio.h>", false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct include i;
        assert_true(include_of(cases[k].line, &i));
        if ((wrong_include(cases[k].path, &i) == NULL) != cases[k].right)
            fail_msg("%s: %s", cases[k].path, cases[k].line);
    }
}

/* Files that are made up, and how often they break a law. Those that end with 0 show that it lets
 * pass what it should. */
#define MADE_UP_FILES 4
static const struct made_up {
    law *law;
    unsigned faults;
    struct {
        const char *path, *text;
    } file[MADE_UP_FILES];
} made_up[] = {
    {law_of_floors, 0, {{"core/x.c", "#include \"core/y.h\"\n#include <stdio.h>\n"}}},
    {law_of_floors, 2, {{"core/x.c", "#include \"data/y.h\"\nint a;\n#include \"data/z.h\""}}},
    {law_of_floors, 0, {{"core/notes.md", "#include \"data/y.h\"\n"}}},
    {law_of_internal_headers, 0, {{"data/load.c", "#include \"data/load_internal.h\"\n"}}},
    {law_of_internal_headers, 0, {{"data/load_file.c", "#include \"data/load_internal.h\"\n"}}},
    {law_of_internal_headers, 0, {{"tests/data/t.c", "#include \"data/load_internal.h\"\n"}}},
    {law_of_internal_headers, 0, {{"data/table.c", "#include \"data/load.h\"\n"}}},
    {law_of_internal_headers, 1, {{"data/table.c", "#include \"data/load_internal.h\"\n"}}},
    {law_of_internal_headers, 1, {{"core/load_x.c", "#include \"data/load_internal.h\"\n"}}},
    {law_of_internal_headers, 1, {{"bench/b.cc", "#include \"data/load_internal.h\"\n"}}},
    {law_of_circles,
     0,
     {{"core/a.h", "#include \"core/b.h\"\n"},
      {"core/a.c", "#include \"core/a.h\"\n#include \"core/a_internal.h\"\n"},
      {"core/a_internal.h", "#include \"core/a.h\"\n#include \"core/b.h\"\n"},
      {"core/b.h", "#include <stdio.h>\n"}}},
    {law_of_circles,
     1,
     {{"core/a.h", "#include \"core/b.h\"\n"}, {"core/b.h", "#include \"core/a.h\"\n"}}},
    {law_of_circles,
     1,
     {{"core/a.h", "#include \"core/b.h\"\n"},
      {"core/b.h", "#include \"core/c.h\"\n"},
      {"core/c_internal.h", "#include \"core/a.h\"\n"},
      {"core/c.h", ""}}},
    {law_of_circles, /* two ways to a module are no circle */
     0,
     {{"core/a.h", "#include \"core/b.h\"\n#include \"core/c.h\"\n"},
      {"core/b.h", "#include \"core/d.h\"\n"},
      {"core/c.h", "#include \"core/d.h\"\n"},
      {"core/d.h", ""}}},
    {law_of_names, 0, {{"core/a.h", ""}, {"core/a.c", ""}, {"data/b.c", ""}}},
    {law_of_names, 0, {{"core/README.md", ""}, {"data/README.md", ""}}},
    {law_of_names, 1, {{"core/a.c", ""}, {"data/b.c", ""}, {"tests/data/a.c", ""}}},
    {law_of_readmes,
     0,
     {{"core/README.md", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"},
      {"core/a.c", ""},
      {".ci/run", ""}}},
    {law_of_readmes, 1, {{"core/README.md", "# core\n"}, {"core/a.c", ""}}},
    {law_of_readmes,
     2, /* the readme of another folder does not count */
     {{"core/README.md", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"},
      {"core/x/a.c", ""},
      {"core/x/b.c", ""},
      {"bench/run", ""}}},
    {law_of_openings, 0, {{"core/a.c", "/* a */\n"}, {"bench/b.cc", "// b\n"}}},
    {law_of_openings, 2, {{"core/a.c", ""}, {"core/b.h", "#include <stdio.h>\n/* b */\n"}}},
    {law_of_guards,
     0,
     {{"core/err.h", "/* */\n#ifndef AXB_CORE_ERR_H\n#define AXB_CORE_ERR_H\n"},
      {"bench/a_b.hh", "/* */\n#ifndef AXB_BENCH_A_B_HH\n#define AXB_BENCH_A_B_HH\n"},
      {"core/axb.h", "/* */\n#ifndef AXB_H\n#define AXB_H\n"},
      {"core/err.c", "/* */\n"}}},
    {law_of_guards, 0, {{"core/x.h", "/* Read twice, hence no include guard. */\n"}}},
    {law_of_guards,
     3,
     {{"core/err.h", "/* */\n#ifndef AXB_ERR_H\n#define AXB_ERR_H\n"},
      {"core/two.h", "/* */\n#ifndef AXB_CORE_TWO_H\n#define AXB_CORE_TOO_H\n"},
      {"core/none.h", "/* */\nint none;\n"}}},
};

static void test_made_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
        struct tree t = {.quiet = true};
        for (size_t k = 0; k < MADE_UP_FILES && made_up[i].file[k].path; k++)
            tree_add(&t, made_up[i].file[k].path, strdup(made_up[i].file[k].text));
        made_up[i].law(&t);
        if (t.faults != made_up[i].faults)
            fail_msg("case %zu, of %s: %u faults, not %u", i, made_up[i].file[0].path, t.faults,
                     made_up[i].faults);
        tree_free(&t);
    }
}

static void test_crowds(void **state)
{
    (void)state;
    for (unsigned n = MOST_SOURCES; n <= MOST_SOURCES + 2; n++) {
        struct tree t = {.quiet = true};
        for (unsigned k = 0; k < n; k++) {
            char path[40];
            snprintf(path, sizeof path, "core/%u.c", k);
            tree_add(&t, path, strdup(""));
            snprintf(path, sizeof path, "data/%u.md", k);
            tree_add(&t, path, strdup(""));
        }
        law_of_crowds(&t);
        assert_int_equal(t.faults, n > MOST_SOURCES);
        tree_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_made_up),
        cmocka_unit_test(test_crowds),
        cmocka_unit_test(test_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
