/* Scorers in C++, and scorers that call a library: the whole axb, as a user would start it. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "#include <axb.h>\n"
#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

/* ---- C++ -------------------------------------------------------------------------------------*/

/* The same text is C and C++, and gives the same bytes, whatever lets it skip pairs, with any
 * number of workers. */
static const char *const same_texts[] = {
    HEAD SCORE "{\n    return axb_jaro(a->name, b->name) * (a->id_number + b->id_number);\n}\n",
    HEAD "AXB_WHERE(\"a.city == b.city\");\n" SCORE
         "{\n    return axb_levenshtein(a->name, b->name);\n}\n",
    HEAD "AXB_MONOTONE;\n" SCORE "{\n    double x = axb_jaro(a->name, b->name);\n"
         "    return axb_missing(a->city) ? x : 0.5 * x + 0.5 * axb_equal(a->city, b->city);\n}\n",
    HEAD
    "struct key { double x; };\nAXB_PREPARED(struct key);\n"
    "static void prepare_a(const axb_row_a *a, struct key *out) { out->x = a->id_number; }\n"
    "static void prepare_b(const axb_row_b *b, struct key *out) { out->x = b->id_number; }\n" SCORE
    "{\n    const struct key *x = a->prepared, *y = b->prepared;\n"
    "    return x->x + y->x;\n}\n",
    HEAD SCORE "{\n    return (a != 0) + (b != 0);\n}\n",
};

static void test_same_as_c(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_texts / sizeof *same_texts; i++) {
        harness_write_text("same.c", same_texts[i]);
        static const char *const names[] = {"same.cpp", "same.cc", "same.cxx"};
        harness_write_text(names[i % 3], same_texts[i]);
        char command[600];
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv --score same.c --min 0.6 -q > c.out || echo bad; "
                 "for j in 1 2 7; do axb match A.csv B.csv --score %s --min 0.6 -q -j $j | cmp - "
                 "c.out; done; axb match A.csv B.csv --score %s --min 0.6 -q --no-prune | cmp - "
                 "c.out; sed 1d c.out | wc -l",
                 names[i % 3], names[i % 3]);
        char *out, *err;
        assert_int_equal(harness_shell(command, &out, &err), 0);
        if (err[0] || strtol(out, NULL, 10) < 1)
            fail_msg("%s\n%s%s", same_texts[i], out, err);
        free(out);
        free(err);
    }
}

/* AXB_MONOTONE is understood in C++ as well. */
static void test_monotone(void **state)
{
    (void)state;
    harness_write_text("monotone.cpp", same_texts[2]);
    harness_shell_output("axb match A.csv B.csv --score monotone.cpp --min 0.9 --plan | "
                         "grep -c 'jaro(a.name, b.name) >= 0.8'",
                         "1\n");
    harness_write_text("view.cpp", HEAD "#include <string_view>\nAXB_MONOTONE;\n" SCORE
                                        "{\n    return std::string_view(a->name.p, a->name.n) == "
                                        "std::string_view(b->name.p, b->name.n);\n}\n");
    harness_shell_output(
        "axb match A.csv B.csv --score view.cpp --min 1 2>&1 | grep -v 'pairs match'",
        "axb: view.cpp: AXB_MONOTONE gives nothing: the score depends on more "
        "than metrics\na,b,score\n1,1,1\n3,3,1\n3,4,1\n4,3,1\n4,4,1\n");
}

#define THROWS(what)                                                                               \
    HEAD "#include <stdexcept>\n#include <string>\n" SCORE                                         \
         "{\n    if (a->city.n == 4 && a->city.p[0] == 'O' && b->id.n == 2)\n        throw " what  \
         ";\n    return 1;\n}\n"

/* An exception that leaves the scorer is named, with the pair; it can be skipped like a crash. */
static void test_exceptions(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {THROWS("std::out_of_range(\"no such place\")"), "threw std::out_of_range: no such place"},
        {THROWS("std::runtime_error(\"two\\nlines\")"), "threw std::runtime_error: two lines"},
        {THROWS("\"a text\""), "threw char const*: a text"},
        {THROWS("42"), "threw int"},
        {THROWS("std::runtime_error(std::string(5000, 'x'))"), "threw std::runtime_error: xxxxxxx"},
        {HEAD "#include <cstdlib>\n" SCORE "{ if (a->city.n == 4 && a->city.p[0] == 'O' && "
              "b->id.n == 2) std::abort(); return 1; }\n",
         "was killed by SIGABRT"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char says[200];
        harness_write_text("throws.cpp", cases[i].text);
        snprintf(says, sizeof says, "throws.cpp: the scorer %s", cases[i].says);
        const struct harness_shell_failure failure = {
            ERR_SCORER,
            "ASAN_OPTIONS=handle_abort=0 axb match A.csv B.csv --score throws.cpp --min 0",
            {says, "on row 2 of A and row 4 of B", "city \"Oslo\"",
             "axb explain A.csv B.csv --score throws.cpp --pair 2,4"}};
        harness_shell_fails(&failure, 1);
    }
    harness_write_text("throws.cpp", cases[0].text);
    harness_shell_output("axb match A.csv B.csv --score throws.cpp --min 0 -q --on-crash skip "
                         "--rejects rejects.csv | wc -l; cat rejects.csv; rm rejects.csv",
                         "16\na,b,reason\n2,4,threw std::out_of_range: no such place\n");
    harness_write_text("prepares.cpp", HEAD
                       "#include <stdexcept>\nstruct key { double x; };\nAXB_PREPARED(key);\n"
                       "static void prepare_a(const axb_row_a *, key *) {}\n"
                       "static void prepare_b(const axb_row_b *b, key *k)\n"
                       "{ if (b->id.n == 2) throw std::logic_error(\"ten\"); k->x = 1; }\n" SCORE
                       "{ const key *k = b->prepared; (void)a; return k->x; }\n");
    const struct harness_shell_failure failure = {
        ERR_SCORER,
        "axb match A.csv B.csv --score prepares.cpp --min 0",
        {"prepares.cpp: prepare_b threw std::logic_error: ten on row 4 of B"}};
    harness_shell_fails(&failure, 1);
}

/* What the compiler says, in the user's terms. */
static void test_messages(void **state)
{
    static const struct harness_shell_failure cases[] = {
        {ERR_SCORER,
         "axb match A.csv B.csv --score wrong.cpp --min 0",
         {"wrong.cpp:4:", "there is no column `nmae` in A; did you mean name?\nthere is no "
                          "column `ctiy` in B; did you mean city?"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score linkage.cpp --min 0",
         {"linkage.cpp:2:", "leave out extern \"C\" before `score`"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score string.cpp --min 0",
         {"string.cpp:3:", "AXB_PREPARED: the struct is copied as bytes"}},
        {ERR_NOINPUT,
         "axb match A.csv B.csv --score nowhere.cpp --min 0",
         {"nowhere.cpp: No such file"}},
        {ERR_UNAVAILABLE,
         "AXB_CXX=/nowhere/c++ axb match A.csv B.csv --score wrong.cpp --min 0",
         {"cannot run `/nowhere/c++`, which AXB_CXX names", "install g++ or clang++"}},
        {ERR_UNAVAILABLE,
         "axb=$(command -v axb); PATH=/nowhere $axb match A.csv B.csv --score wrong.cpp --min 0",
         {"there is no C++ compiler: neither c++ nor g++ nor clang++ is on the PATH",
          "or give a .so"}},
    };
    (void)state;
    unsetenv("CXX");
    harness_write_text("wrong.cpp", HEAD SCORE "{\n    return axb_jaro(a->nmae, b->ctiy);\n}\n");
    harness_write_text("linkage.cpp", HEAD "extern \"C\" " SCORE "{ return a && b; }\n");
    harness_write_text("string.cpp",
                       HEAD "#include <string>\nstruct key { std::string x; }; AXB_PREPARED(key);\n"
                            "static void prepare_a(const axb_row_a *, key *) {}\n"
                            "static void prepare_b(const axb_row_b *, key *) {}\n" SCORE
                            "{ return a && b; }\n");
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* A name in another case is taken for the column, which is said; so it is in C. */
static void test_other_case(void **state)
{
    static const char text[] =
        HEAD "AXB_MONOTONE;\n" SCORE "{\n    return axb_jaro(a->Name, b->NAME);\n}\n";
    (void)state;
    harness_write_text("case.c", text);
    harness_write_text("case.cpp", text);
    for (int i = 0; i < 2; i++) {
        char command[400], expected[400];
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv --score case.%s --min 0.9 2>&1 | "
                 "sed -e 's,/.*/,,' -e '/pairs match/d;/compared/d'; axb match A.csv B.csv --score "
                 "case.%s --min "
                 "0.9 --plan 2>&- | grep -c 'jaro(a.name, b.name) >= 0.9'",
                 i ? "c" : "cpp", i ? "c" : "cpp");
        snprintf(expected, sizeof expected,
                 "axb: case.%s: a->Name is taken for the column \"name\", whose C name is name\n"
                 "axb: case.%s: b->NAME is taken for the column \"name\", whose C name is name\n"
                 "a,b,score\n1,1,1\n4,4,1\n1\n",
                 i ? "c" : "cpp", i ? "c" : "cpp");
        harness_shell_output(command, expected);
    }
}

/* ---- Libraries -------------------------------------------------------------------------------*/

#define CALLS                                                                                      \
    HEAD "double ours(double x);\n" SCORE "{\n    return ours(a->id_number + b->id_number);\n}\n"

static void make_library(void)
{
    harness_write_text("ours.c", "double ours(double x) { return x / 10; }\n");
    assert_int_equal(system("mkdir -p lib && ${CC:-cc} -shared -fPIC -o lib/libours.so ours.c && "
                            "${CC:-cc} -c -fPIC -o ours.o ours.c && ar rc libours.a ours.o"),
                     0);
    harness_write_text("calls.c", CALLS);
    harness_write_text("calls.cpp", HEAD "extern \"C\" double ours(double x);\n" SCORE
                                         "{\n    return ours(a->id_number + b->id_number);\n}\n");
}

static void test_libs(void **state)
{
    static const char *const ways[] = {"calls.c --libs '-Llib -lours'",
                                       "calls.c --libs '  -L lib\t-lours '",
                                       "calls.c --libs libours.a",
                                       "calls.c --libs lib/libours.so",
                                       "calls.c --libs ours.o",
                                       "calls.cpp --libs '-Llib -lours'",
                                       "calls.c --sandbox --libs '-Llib -lours'"};
    (void)state;
    make_library();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char command[200];
        snprintf(command, sizeof command, "axb match A.csv B.csv --min 1.3 -q -j 2 --score %s",
                 ways[i]);
        harness_shell_output(command, "a,b,score\n3,4,1.3\n4,3,1.3\n4,4,1.4\n");
    }
    harness_shell_output("axb explain A.csv B.csv --score calls.c --libs '-Llib -lours' --pair 4,4 "
                         "| grep '^score'; cd lib && axb check ../calls.c ../A.csv ../B.csv --libs "
                         "'-L. -lours' | grep -c '^scores .* highest 1.4$'",
                         "score     1.4         calls.c\n1\n");
}

static void test_libs_that_fail(void **state)
{
    static const struct harness_shell_failure cases[] = {
        {ERR_SCORER,
         "axb match A.csv B.csv --score calls.c --min 1",
         {"undefined symbol: ours", "neither defined there nor provided by axb",
          "link its library: --libs '-L/folder -lname'"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score calls.c --libs -lours --min 1",
         {"cannot find -lours", "name the folder of the library as well: --libs"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --score 'jaro(name)' --libs -lours --min 1",
         {"--libs is for a --score that axb compiles"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --on name --libs -lours --min 1",
         {"--libs is for a --score that axb compiles"}},
        {ERR_USAGE,
         "axb match A.csv B.csv --score lib/libours.so --libs -lours --min 1",
         {"--libs is for scorers that axb compiles, .c and .cpp files; lib/libours.so is none"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score lib/libours.so --min 1",
         {"exports no `axb_scorer`", "it must define `const axb_module axb_scorer`"}},
        {ERR_SCORER,
         "axb match A.csv B.csv --score ./byhand.so --min 1",
         {"exports no `axb_scorer`", "a scorer in C is given as its .c file; axb compiles it"}},
    };
    (void)state;
    make_library();
    harness_write_text("byhand.c", "double score(void) { return 1; }\n");
    assert_int_equal(system("${CC:-cc} -shared -fPIC -o byhand.so byhand.c"), 0);
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* Another library is another run: parts of the two do not go together. */
static void test_libs_are_identity(void **state)
{
    (void)state;
    make_library();
    harness_shell_output(
        "run='axb match A.csv B.csv --min 1.3 -q --score calls.c'; $run --libs libours.a --shard "
        "1/2 "
        "-o 1.part; $run --libs libours.a --shard 2/2 -o 2.part; axb merge 1.part 2.part -q | wc "
        "-l; $run --libs ours.o --shard 2/2 -o 2.part; axb merge 1.part 2.part 2>&1 | grep -c -e "
        "--libs; rm 1.part 2.part",
        "4\n1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_c),      cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_exceptions),     cmocka_unit_test(test_messages),
        cmocka_unit_test(test_other_case),     cmocka_unit_test(test_libs),
        cmocka_unit_test(test_libs_that_fail), cmocka_unit_test(test_libs_are_identity),
    };
    if (system("command -v c++ >/dev/null") != 0) {
        fprintf(stderr, "there is no C++ compiler: scorers in C++ cannot be tried\n");
        return 1;
    }
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
