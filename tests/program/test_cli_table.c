/* The table for people: its text to the last blank, through a terminal of its own and through a
 * pipe. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs a command with stdout on a terminal of so many columns, and prints what the terminal got. */
static const char terminal[] =
    "import fcntl, os, pty, struct, subprocess, sys, termios\n"
    "master, slave = pty.openpty()\n"
    "fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))\n"
    "process = subprocess.Popen(['sh', '-c', sys.argv[2]], stdout=slave)\n"
    "os.close(slave)\n"
    "out = b''\n"
    "while True:\n"
    "    try:\n"
    "        piece = os.read(master, 65536)\n"
    "    except OSError:\n"
    "        break\n"
    "    if not piece:\n"
    "        break\n"
    "    out += piece\n"
    "process.wait()\n"
    "out = out.replace(b'\\r\\n', b'\\n').replace(b'\\033', b'<ESC>')\n"
    "sys.stdout.buffer.write(out)\n"
    "sys.exit(process.returncode)\n";

static int set_up(void **state)
{
    const int failed = harness_shell_set_up(state);
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    harness_write_text("terminal.py", terminal);
    harness_write_text("q.csv", "id,full name,city,email\n"
                                "1,Paul Smith,Bern,paul.smith@example.org\n"
                                "2,Anna Müller,Zürich,anna.mueller@a-very-long-domain.example.org\n"
                                "3,東京太郎,東京,taro@example.jp\n"
                                "4,\"New\nline\ttab\",Roma,x@y\n"
                                "5,Jo,,jo@example.org\n");
    harness_write_text("r.csv", "nr,full name,town,email\n"
                                "17,Paul Smiht,Bern,paul.smiht@example.org\n"
                                "18,Ana Müller,Zürch,anna.mueller@a-very-long-domain.example.com\n"
                                "19,東京次郎,東京都,taro@example.jp\n"
                                "20,\"New line tab\",Roma,x@y\n"
                                "21,John,Wien,jo@example.org\n");
    return failed;
}

#define PEOPLE "axb match q.csv r.csv --on \"full name\" --min 0.7 -q "
#define FEW "axb match q.csv r.csv --on \"full name\" --min 0.98 -q "
#define KEEP "--id id=nr --keep city=town,email "

static void through(const char *columns, const char *before, const char *command,
                    const char *expected)
{
    char line[600];
    snprintf(line, sizeof line, "%s python3 terminal.py %s '%s'", before, columns, command);
    harness_shell_output(line, expected);
}

/* 80 columns without colour: a line of marks. */
static void test_usual(void **state)
{
    (void)state;
    through("80", "NO_COLOR=1", PEOPLE KEEP,
            "score      id/nr  full name     city/town  email\n"
            "0.9800  a  1      Paul Smith    Bern       paul.smith@example.org\n"
            "        b  17     Paul Smiht    Bern       paul.smiht@example.org\n"
            "                          ^~                       ^~\n"
            "0.9758  a  2      Anna Müller   Zürich     anna.mueller@a-very-long-domain.exam…\n"
            "        b  18     Ana Müller    Zürch      anna.mueller@a-very-long-domain.exam…\n"
            "                    ^              ^                                           ~\n"
            "0.9222  a  4      New line tab  Roma       x@y\n"
            "        b  20     New line tab  Roma       x@y\n"
            "                     ~    ~\n"
            "0.8667  a  3      東京太郎      東京       taro@example.jp\n"
            "        b  19     東京次郎      東京都     taro@example.jp\n"
            "                      ~~            ~~\n"
            "0.8667  a  5      Jo                       jo@example.org\n"
            "        b  21     John          Wien       jo@example.org\n"
            "                    ~~\n");
}

/* A narrow one: columns are cut, and the last are left out. */
static void test_narrow(void **state)
{
    (void)state;
    through("40", "NO_COLOR=1", PEOPLE "--keep \"*\" ",
            "score      row  full name     id  city\n"
            "0.9800  a    1  Paul Smith    1   Bern\n"
            "        b    1  Paul Smiht\n"
            "                        ^~\n"
            "0.9758  a    2  Anna Müller   2   Zürich\n"
            "        b    2  Ana Müller\n"
            "                  ^\n"
            "0.9222  a    4  New line tab  4   Roma\n"
            "        b    4  New line tab\n"
            "                   ~    ~\n"
            "0.8667  a    3  東京太郎      3   東京\n"
            "        b    3  東京次郎\n"
            "                    ~~\n"
            "0.8667  a    5  Jo            5\n"
            "        b    5  John\n"
            "                  ~~\n"
            "… 3 more columns; -o FILE writes all\n");
    through("12", "NO_COLOR=1", FEW "--keep \"*\" ",
            "score      …\n"
            "0.9800  a  1\n"
            "        b  1\n"
            "… 6 more columns; -o FILE writes all\n");
}

/* What differs is coloured, in both records, and has no line of its own. */
static void test_colour(void **state)
{
    static const char coloured[] = "<ESC>[1mscore      row  full name<ESC>[0m\n"
                                   "0.9800  a    1  Paul Smi<ESC>[1;31mt<ESC>[0mh\n"
                                   "        b    1  Paul Smih<ESC>[1;31mt<ESC>[0m\n";
    static const char bare[] = "score      row  full name\n"
                               "0.9800  a    1  Paul Smith\n"
                               "        b    1  Paul Smiht\n"
                               "                        ^~\n";
    (void)state;
    through("80", "", FEW, coloured);
    through("80", "NO_COLOR=", FEW, coloured);
    through("80", "NO_COLOR=1", FEW, bare);
    through("80", "TERM=dumb", FEW, bare);
    harness_shell_output(FEW "--format table", bare);
    harness_shell_output(FEW "--format table -o t.txt && cat t.txt; rm t.txt", bare);
}

/* A difference that is cut away is marked by the colour of "…"; and compared columns have room
 * before others. */
static void test_cut(void **state)
{
    (void)state;
    harness_write_text("w.csv", "id,name,street\n"
                                "1,Bartholomew Longfellow Smith,1 A Very Long Street Name\n");
    harness_write_text("v.csv", "id,name,street\n"
                                "2,Bartholomew Longfellow Smyth,1 A Very Long Street Name\n");
    through("34", "", "axb match w.csv v.csv --on name --min 0.9 -q",
            "<ESC>[1mscore      row  name<ESC>[0m\n"
            "0.9857  a    1  Bartholomew Longf<ESC>[1;31m…<ESC>[0m\n"
            "        b    1  Bartholomew Longf<ESC>[1;31m…<ESC>[0m\n");
    through("60", "NO_COLOR=1", "axb match w.csv v.csv --on name --min 0.9 -q --id id --keep \"*\"",
            "score      id  name                          street\n"
            "0.9857  a  1   Bartholomew Longfellow Smith  1 A Very Long …\n"
            "        b  2   Bartholomew Longfellow Smyth  1 A Very Long …\n"
            "                                        ~\n");
    through("46", "NO_COLOR=1", "axb match w.csv v.csv --on name --min 0.9 -q --id id --keep \"*\"",
            "score      id  name\n"
            "0.9857  a  1   Bartholomew Longfellow Smith\n"
            "        b  2   Bartholomew Longfellow Smyth\n"
            "                                        ~\n"
            "… 1 more column; -o FILE writes all\n");
    through("50", "NO_COLOR=1", "axb match w.csv v.csv --on name --min 0.9 -q --id id --keep \"*\"",
            "score      id  name                       street\n"
            "0.9857  a  1   Bartholomew Longfellow S…  1 A Ver…\n"
            "        b  2   Bartholomew Longfellow S…  1 A Ver…\n"
            "                                       ~\n");
}

/* Only a terminal without another wish gets it. */
static void test_other_ways(void **state)
{
    static const char csv[] = "a,b,score\n1,1,0.98\n";
    (void)state;
    through("80", "", FEW "--format csv", csv);
    through("80", "", FEW "-o -", csv);
    through("80", "", FEW "| cat", csv);
    through("80", "", FEW "--count", "1\n");
    through("80", "", "axb match q.csv r.csv --on \"full name\" -q --min 1", "");
    harness_shell_output(FEW, csv);
}

/* The best of many, by score, then by row; the same for any number of workers and for any plan. */
static void test_best_of_many(void **state)
{
    static const char *const ways[] = {
        "-j 1", "-j 2", "-j 7", "--no-prune", "--max-results 4231", "--audit 9"};
    (void)state;
    harness_shell_output("(echo n; seq 1 92) >n.csv", "");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char command[300];
        snprintf(command, sizeof command,
                 "axb dedupe n.csv --score '1 / (1 + abs(number(a.n) - number(b.n)))' --min 0 -q "
                 "--format table %s | sed -n '1,6p;56,$p'",
                 ways[i]);
        harness_shell_output(command, "score      row  n\n"
                                      "0.5000  a    1  1\n"
                                      "        b    2  2\n"
                                      "                ~\n"
                                      "0.5000  a    2  2\n"
                                      "        b    3  3\n"
                                      "0.5000  a   19  19\n"
                                      "        b   20  20\n"
                                      "                ~~\n"
                                      "0.5000  a   20  20\n"
                                      "        b   21  21\n"
                                      "                 ~\n"
                                      "… 4,166 more pairs; -o FILE writes all\n");
    }
}

/* --max-results: the pairs that were found, then what ended the run. */
static void test_stopped(void **state)
{
    static const char said[] = "axb: more than 2 pairs match (--max-results)\n"
                               "raise --min, or raise --max-results\n75\n";
    char expected[600];
    (void)state;
    snprintf(expected, sizeof expected,
             "score      row  full name\n"
             "0.9800  a    1  Paul Smith\n"
             "        b    1  Paul Smiht\n"
             "                        ^~\n"
             "0.9758  a    2  Anna Müller\n"
             "        b    2  Ana Müller\n"
             "                  ^\n%s",
             said);
    harness_shell_output(PEOPLE "--format table --max-results 2 2>&1; echo $?", expected);
    harness_shell_output(PEOPLE "--format table --max-results 2 -o t.txt 2>&1; echo $?; ls t.txt "
                                "2>/dev/null; true",
                         said);
    harness_shell_output("(echo n; seq 1 92) >n.csv; axb dedupe n.csv --score "
                         "'1 / (1 + abs(number(a.n) - number(b.n)))' --min 0 -q "
                         "--format table --max-results 50 2>&1 | sed -n '62,$p'",
                         "… 30 more pairs; --max-results ended the run there\n"
                         "axb: more than 50 pairs match (--max-results)\n"
                         "raise --min, or raise --max-results\n");
}

/* Named tables, normalized columns, terms, a scorer. */
static void test_kinds_of_runs(void **state)
{
    static const char tom[] = "score      row  name  city\n"
                              "1.0000  a    1  anna  Rome\n"
                              "        b    1  anna  Rome\n"
                              "1.0000  a    4        Kiel\n"
                              "        b    4        Kiel\n";
    (void)state;
    harness_shell_output("axb match A.csv B.csv --on name --min 1 --keep city --format table -q",
                         tom);
    harness_shell_output(
        "axb data load table-a-$$ A.csv -q; axb data load table-b-$$ B.csv -q; "
        "axb match @table-a-$$ @table-b-$$ --on name --min 1 --keep city --format table -q; "
        "axb data rm table-a-$$ table-b-$$",
        tom);
    harness_shell_output(
        "axb match A.csv B.csv --score 'levenshtein(name)' --where 'jaro(city) > "
        "0.9' --min 0.7 --output-terms --format table --normalize casefold -q",
        "score      row  levenshtein(a.name, b.name)  jaro(a.city, b.city)  name  city\n"
        "1.0000  a    1  1.0000                       1.0000                anna  Rome\n"
        "        b    1                                                     anna  Rome\n"
        "1.0000  a    4  1.0000                       1.0000                      Kiel\n"
        "        b    4                                                           Kiel\n"
        "0.7500  a    2  0.7500                       1.0000                bert  Oslo\n"
        "        b    2                                                     bart  Oslo\n"
        "                                                                    ~\n");
    harness_shell_output("axb match A.csv B.csv --score where.c --min 1 --format table -q", tom);
    harness_shell_output("axb match A.csv B.csv --on name --min 1 --id id --format table -q",
                         "score      id  name\n"
                         "1.0000  a  1   anna\n"
                         "        b  7   anna\n"
                         "1.0000  a  4\n"
                         "        b  10\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_colour),       cmocka_unit_test(test_other_ways),
        cmocka_unit_test(test_best_of_many), cmocka_unit_test(test_kinds_of_runs),
        cmocka_unit_test(test_stopped),      cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests_name("cli_table", tests, set_up, harness_shell_tear_down);
}
