/* The floors of the house: no #include goes up, nobody includes bench/ or tests/, and examples see
 * what users see. And each file opens with words on what it is for. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Each folder of sources and the folders that its files may include from. A folder that is not
 * here may hold no sources: a new one must find its floor first. */
static const struct floor {
    const char *folder;
    const char *sees[6]; /* ends with NULL */
} floors[] = {
    {"core/", {"core/"}},
    {"data/sample/", {"core/", "data/"}},
    {"data/", {"core/", "data/"}},
    {"matcher/examples/", {NULL}},
    {"matcher/", {"core/", "data/", "matcher/"}},
    {"bench/", {"core/", "data/", "matcher/", "bench/", "tests/"}},
    {"tests/", {"core/", "data/", "matcher/", "tests/"}},
};
#define N_FLOORS (sizeof floors / sizeof *floors)

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), m = strlen(with);
    return n >= m && strcmp(text + n - m, with) == 0;
}

static const struct floor *floor_of(const char *path)
{
    for (size_t i = 0; i < N_FLOORS; i++)
        if (begins(path, floors[i].folder))
            return &floors[i];
    return NULL;
}

/* What is wrong with including `name` (in quotes if `own`) in the file at `path`, or NULL. */
static const char *wrong_include(const char *path, const char *name, bool own)
{
    const struct floor *f = floor_of(path);
    bool example = begins(path, "matcher/examples/");
    if (!f)
        return "lies in a folder without a floor";
    if (strstr(name, "../"))
        return "goes through ..; includes are written from the root";
    if (!own)
        return floor_of(name) ? "is ours and needs quotes"
               : strcmp(name, "axb.h") == 0 && !example && !begins(path, "tests/")
                   ? "is for scorers; here it is \"core/axb.h\""
                   : NULL;
    for (size_t i = 0; f->sees[i]; i++)
        if (begins(name, f->sees[i]))
            return NULL;
    return example ? "is not for users: examples see <axb.h>" : "is not on a floor below";
}

/* Takes the name out of a line `# include "name"`; false if the line is none. */
static bool include_of(const char *line, char name[256], bool *own)
{
    char end = 0;
    line += strspn(line, " \t");
    if (*line++ != '#')
        return false;
    line += strspn(line, " \t");
    if (!begins(line, "include"))
        return false;
    line += 7 + strspn(line + 7, " \t");
    *own = *line == '"';
    end = *own ? '"' : '>';
    const char *last = *line ? strchr(line + 1, end) : NULL;
    if ((!*own && *line != '<') || !last || last - line > 255)
        return false; /* a macro */
    snprintf(name, 256, "%.*s", (int)(last - line - 1), line + 1);
    return true;
}

static unsigned files, includes, faults;

static void fault(const char *path, unsigned line, const char *name, const char *what)
{
    print_error("%s:%u: %s%s%s\n", path, line, name, *name ? " " : "", what);
    faults++;
}

static void check_text(const char *path, FILE *f)
{
    char line[4096], name[256];
    bool own;
    for (unsigned n = 1; fgets(line, sizeof line, f); n++) {
        if (n == 1 && !begins(line, "/*") && !begins(line, "//"))
            fault(path, n, "", "does not open with a comment on what it is for");
        if (!include_of(line, name, &own))
            continue;
        includes++;
        const char *wrong = wrong_include(path, name, own);
        if (wrong)
            fault(path, n, name, wrong);
    }
    files++;
}

static bool is_source(const char *path)
{
    static const char *const endings[] = {".c", ".h", ".cc", ".cpp", ".hpp", ".inc"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends(path, endings[i]))
            return true;
    return false;
}

/* All sources under a folder, named from the root; not those that were built or are hidden. */
static void check_folder(const char *folder)
{
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", SOURCE_DIR, folder);
    DIR *d = opendir(full);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char path[2048];
        struct stat st;
        if (entry->d_name[0] == '.' || begins(entry->d_name, "build"))
            continue;
        snprintf(full, sizeof full, "%s/%s%s", SOURCE_DIR, folder, entry->d_name);
        if (stat(full, &st) != 0)
            continue; /* an editor's, gone again */
        bool is_folder = S_ISDIR(st.st_mode);
        snprintf(path, sizeof path, "%s%s%s", folder, entry->d_name, is_folder ? "/" : "");
        if (is_folder) {
            check_folder(path);
        } else if (is_source(path)) {
            FILE *f = fopen(full, "r");
            assert_non_null(f);
            check_text(path, f);
            fclose(f);
        }
    }
    closedir(d);
}

static void test_sources(void **state)
{
    (void)state;
    files = includes = faults = 0;
    check_folder("");
    print_message("%u files, %u includes\n", files, includes);
    assert_true(files >= 20 && includes >= 100); /* it did look */
    assert_int_equal(faults, 0);
}

/* ---- The rules, on includes that are made up -------------------------------------------------*/

static void test_rules(void **state)
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
        {"data/csv.c", "#include \"matcher/index/dictionary.h\"", false},
        {"data/csv.c", "#include \"tests/twin/twin_csv.h\"", false},
        {"data/csv.c", "#include \"bench/bench.h\"", false},
        {"data/sample/make.c", "#include \"data/csv.h\"", true},
        {"data/sample/make.c", "#include \"matcher/index/dictionary.h\"", false},
        {"matcher/engine/coordinator.c", "#include \"data/table.h\"", true},
        {"matcher/engine/coordinator.c", "#include \"tests/twin/twin_csv.h\"", false},
        {"matcher/engine/coordinator.c", "#include \"bench/bench.h\"", false},
        {"matcher/engine/coordinator.c", "#include <axb.h>", false},
        {"matcher/examples/names.c", "#include <axb.h>", true},
        {"matcher/examples/names.c", "#include <math.h>", true},
        {"matcher/examples/names.c", "#include \"core/axb.h\"", false},
        {"matcher/examples/names.c", "#include \"matcher/index/dictionary.h\"", false},
        {"bench/bench_load.cc", "#include \"tests/twin/twin_csv.h\"", true},
        {"tests/data/test_csv.c", "#include \"tests/twin/twin_csv.h\"", true},
        {"tests/data/test_csv.c", "#include \"bench/bench.h\"", false},
        {"tools/x.c", "#include <stdio.h>", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[256];
        bool own = false;
        assert_true(include_of(cases[i].line, name, &own));
        if ((wrong_include(cases[i].path, name, own) == NULL) != cases[i].right)
            fail_msg("%s: %s", cases[i].path, cases[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
