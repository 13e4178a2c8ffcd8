/* `axb review` with answers in lines: what it asks, what is in the file of answers after each, and
 * what happens to that file whatever goes wrong. Terminals are in test_review_terminal.c. */
#include "core/err.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REVIEW "axb review p.csv people.csv club.csv --truth l.csv --id id=nr "

static int set_up(void **state)
{
    const int failed = harness_shell_set_up(state);
    harness_write_text("people.csv", "id,name,city\nA1,Paul Smith,Bern\n\"A,2\",Anna Bell,\n"
                                     "A3,Clara Nowak,Oslo\n");
    harness_write_text("club.csv", "nr,name,city\nK1,Paul Smiht,Bern\nK2,Ana Bell,\nK3,Bob,Rome\n");
    harness_write_text("p.csv", "a,b,score\nA1,K1,0.9\n\"A,2\",K2,0.8\nA3,K3,0.6\n");
    return failed;
}

/* Answers in lines, and the file after them. */
static void expect_file(const char *answers, const char *options, const char *expected)
{
    char command[400], *file;
    size_t n;
    snprintf(command, sizeof command, "printf '%s' | " REVIEW "%s", answers, options);
    free(harness_shell_written(command));
    file = harness_read("l.csv", &n);
    assert_string_equal(file, expected);
    free(file);
}

/* ---- What is asked, and what is written ------------------------------------------------------*/

#define KEYS "Are they the same? (y match, n differ, s skip, u undo, q quit, ? help) "

static void test_all(void **state)
{
    (void)state;
    harness_shell_output("rm -f l.csv; printf 'n\\ny\\n' | " REVIEW "--threshold 0.6; cat l.csv",
                         "1 of 3 · 0 match, 0 differ, 0 skipped\n"
                         "\n"
                         "score 0.6000\n"
                         "\n"
                         "record  a  A3\n"
                         "        b  K3\n"
                         "  name  a  Clara Nowak\n"
                         "        b  Bob\n"
                         "           ~~~\n"
                         "  city  a  Oslo\n"
                         "        b  Rome\n"
                         "           ~~~~\n"
                         "\n" KEYS "differ\n"
                         "\n"
                         "2 of 3 · 0 match, 1 differ, 0 skipped\n"
                         "\n"
                         "score 0.8000\n"
                         "\n"
                         "record  a  A,2\n"
                         "        b  K2\n"
                         "  name  a  Anna Bell\n"
                         "        b  Ana Bell\n"
                         "             ^\n"
                         "\n"
                         "1 column is empty in both.\n"
                         "\n" KEYS "match\n"
                         "\n"
                         "3 of 3 · 1 match, 1 differ, 0 skipped\n"
                         "\n"
                         "score 0.9000\n"
                         "\n"
                         "record  a  A1\n"
                         "        b  K1\n"
                         "  name  a  Paul Smith\n"
                         "        b  Paul Smiht\n"
                         "                   ^~\n"
                         "  city  =  Bern\n"
                         "\n" KEYS "quit\n"
                         "\n"
                         "a,b,match\nA3,K3,0\n\"A,2\",K2,1\n");
}

static void test_columns(void **state)
{
    (void)state;
    harness_shell_output(
        "rm -f l.csv; printf 'a,b,score,levenshtein(name),a.city\\nA1,K1,-2,.5,Bern"
        "\\n' >t.csv; echo y | axb review t.csv people.csv club.csv --truth l.csv "
        "--id id=nr --columns a.city,name=nr | head -10",
        "1 of 1 · 0 match, 0 differ, 0 skipped\n"
        "\n"
        "score -2.0000\n"
        "levenshtein(name) 0.5000\n"
        "\n"
        " record  a  A1\n"
        "         b  K1\n"
        "   city  a  Bern\n"
        "         b\n"
        "name/nr  a  Paul Smith\n");
}

/* Ids are the numbers of rows; a label of 2,1 is one of 1,2; --sample counts earlier labels. */
static void test_one_table(void **state)
{
    static const char review[] = "axb review d.csv people.csv --truth l.csv ";
    char command[400];
    (void)state;
    harness_write_text("d.csv", "a,b,score\n1,2,0.5\n1,3,0.6\n2,3,0.7\n3,2,0.7\n3,3,1\n");
    harness_write_text("l.csv", "a,b,match\n1,2,no\n2,1,yes\n"); /* the last label counts */
    snprintf(command, sizeof command,
             "printf 'ny\\n' | %s 2>&1 | grep -v '^axb: pairs with' | grep -E '^axb|of'; cat l.csv",
             review);
    harness_shell_output(command,
                         "axb: d.csv: 1 pair is of a record with itself, and is left out\n"
                         "axb: d.csv: 1 pair stands there again, and counts once\n"
                         "2 of 3 · 1 match, 0 differ, 0 skipped\n"
                         "3 of 3 · 1 match, 1 differ, 0 skipped\n"
                         "3 of 3 · 2 match, 1 differ, 0 skipped\n"
                         "axb: l.csv: 2 labels are added, 1 match and 1 differ; 0 pairs are left\n"
                         "a,b,match\n1,2,no\n2,1,yes\n1,3,0\n2,3,1\n");
    snprintf(command, sizeof command, "%s -q 2>&1; %s 2>&1 | tail -1", review, review);
    harness_shell_output(command,
                         "axb: d.csv: nothing is left to ask: 3 of 3 pairs are labelled\n");
    harness_write_text("l.csv", "a,b,match\n2,1,yes\n");
    snprintf(command, sizeof command, "printf 'n' | %s --sample 2 -q | grep of", review);
    harness_shell_output(command, "2 of 2 · 1 match, 0 differ, 0 skipped\n"
                                  "2 of 2 · 1 match, 1 differ, 0 skipped\n");
}

/* ---- Resuming, taking back -------------------------------------------------------------------*/

static void test_resume(void **state)
{
    (void)state;
    unlink("l.csv");
    expect_file("s\\ny\\n", "", "a,b,match\n\"A,2\",K2,1\n");
    expect_file("n\\n", "", "a,b,match\n\"A,2\",K2,1\nA3,K3,0\n");
    expect_file("", "", "a,b,match\n\"A,2\",K2,1\nA3,K3,0\n");
    expect_file("y\\n", "", "a,b,match\n\"A,2\",K2,1\nA3,K3,0\nA1,K1,1\n");
    expect_file("", "", "a,b,match\n\"A,2\",K2,1\nA3,K3,0\nA1,K1,1\n");
    expect_file("y\\n", "--again", "a,b,match\n\"A,2\",K2,1\nA3,K3,0\nA1,K1,1\nA3,K3,1\n");
    harness_shell_output("axb eval p.csv l.csv -q | head -1",
                         "of 3 labelled pairs 3 were found, 3 are true, 3 both:  precision 1.0000  "
                         "recall 1.0000  F1 1.0000\n");
}

static void test_undo(void **state)
{
    (void)state;
    unlink("l.csv");
    expect_file("u\\ny\\nn\\ns\\nu\\nu\\nu\\nu\\n", "", "a,b,match\n");
    expect_file("yes\\nno\\nundo\\nYES\\nquit\\ny\\n", "", "a,b,match\nA3,K3,1\n\"A,2\",K2,1\n");
    expect_file("uu\\n", "", "a,b,match\nA3,K3,1\n\"A,2\",K2,1\n"); /* of this review alone */
    expect_file("n\\nu\\ny\\n", "", "a,b,match\nA3,K3,1\n\"A,2\",K2,1\nA1,K1,1\n");
}

/* Answers before the wrong one are saved; none after it is taken for another pair. */
static void test_wrong_answers(void **state)
{
    (void)state;
    harness_shell_output("rm -f l.csv; printf 'y\\nmaybe\\ny\\n' | " REVIEW
                         "-q 2>&1 >out; echo $?; "
                         "cat l.csv; printf 'nyny' | " REVIEW "-q 2>&1 >out; echo $?; cat l.csv",
                         "axb: stdin:2: \"maybe\" is no answer\n"
                         "answers are y, n, s, u or q, one for each pair; those before it are "
                         "saved\n"
                         "65\n"
                         "a,b,match\nA3,K3,1\n"
                         "axb: stdin:1: no pair is left to be answered\n"
                         "all answers before it are saved\n"
                         "65\n"
                         "a,b,match\nA3,K3,1\n\"A,2\",K2,0\nA1,K1,1\n");
}

/* ---- The file of answers ---------------------------------------------------------------------*/

/* A line that was cut short goes, and any other gets its end. Columns that the file has stay. */
static void test_mended(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"a,b,match\nA1,K1,1", "a,b,match\nA1,K1,1\nA3,K3,1\n"},
        {"a,b,match\nA1,K1,1\n\"A,2\",K", "a,b,match\nA1,K1,1\nA3,K3,1\n"},
        {"a,b,match\nA1,K1,1\n\"A,2\",K2,", "a,b,match\nA1,K1,1\nA3,K3,1\n"},
        {"a,b,match\nA1,K1,1\n\"A,2", "a,b,match\nA1,K1,1\nA3,K3,1\n"},
        {"a,b,match", "a,b,match\nA3,K3,1\n"},
        {"", "a,b,match\nA3,K3,1\n"},
        {"x,y,who,Match\nA1,K1,Eve,true", "x,y,who,Match\nA1,K1,Eve,true\nA3,K3,,1\n"},
        {"x,y,Match,why\nA1,K1,,later\n", "x,y,Match,why\nA1,K1,,later\nA3,K3,1,\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_write_text("l.csv", cases[i].before);
        expect_file("y", "", cases[i].after);
    }
    harness_write_text("l.csv", "a,b,match\nA1,K1,1\nA3,K");
    harness_shell_output(REVIEW "2>&1 </dev/null | head -1",
                         "axb: l.csv: its last line was cut short, and is removed: A3,K\n");
}

static void sleep_briefly(void)
{
    nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static off_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Starts a review whose answers come through a pipe; *answers is the end to write to. */
static pid_t start(int *answers)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[0], STDIN_FILENO);
        execlp("sh", "sh", "-c", "exec " REVIEW ">/dev/null 2>&1", NULL);
        _exit(127);
    }
    close(fds[0]);
    *answers = fds[1];
    return pid;
}

static void wait_for_size(off_t size)
{
    for (int i = 0; i < 4000 && size_of("l.csv") != size; i++)
        sleep_briefly();
    assert_int_equal(size_of("l.csv"), size);
}

/* Each answer is in the file as soon as it was given, so SIGKILL takes none away; and meanwhile
 * nobody else may write. */
static void test_kill(void **state)
{
    static const char all[] = "a,b,match\nA3,K3,1\n\"A,2\",K2,0\n";
    int answers, status;
    size_t n;
    (void)state;
    unlink("l.csv");
    const pid_t pid = start(&answers);
    wait_for_size(sizeof "a,b,match\n" - 1);
    assert_int_equal(write(answers, "y\n", 2), 2);
    wait_for_size(sizeof "a,b,match\nA3,K3,1\n" - 1);
    assert_int_equal(write(answers, "n\n", 2), 2);
    wait_for_size(sizeof all - 1);
    harness_shell_output(REVIEW "2>&1 </dev/null | grep use; exit 0",
                         "axb: another run has l.csv in use: Resource temporarily unavailable\n");
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(answers);
    char *file = harness_read("l.csv", &n);
    assert_string_equal(file, all);
    free(file);
    expect_file("y", "", "a,b,match\nA3,K3,1\n\"A,2\",K2,0\nA1,K1,1\n");
}

/* Whoever was killed has its lock until the last of its processes has ended; so it is waited for.
 */
static void test_lock_given_back(void **state)
{
    (void)state;
    unlink("l.csv");
    harness_shell_output("flock -x l.csv sleep 0.2 & sleep 0.05; echo q | " REVIEW
                         "2>&1 >/dev/null | grep -c use; wait",
                         "0\n");
}

/* What others have added is not cut off. */
static void test_changed_meanwhile(void **state)
{
    int answers, status;
    size_t n;
    (void)state;
    unlink("l.csv");
    const pid_t pid = start(&answers);
    wait_for_size(sizeof "a,b,match\n" - 1);
    assert_int_equal(write(answers, "y\n", 2), 2);
    wait_for_size(sizeof "a,b,match\nA3,K3,1\n" - 1);
    harness_shell_output("echo A1,K1,0 >>l.csv", "");
    assert_int_equal(write(answers, "u\n", 2), 2);
    close(answers);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ERR_IO);
    char *file = harness_read("l.csv", &n);
    assert_string_equal(file, "a,b,match\nA3,K3,1\nA1,K1,0\n");
    free(file);
}

/* ---- What is wrong ---------------------------------------------------------------------------*/

static void test_failures(void **state)
{
    static const struct harness_shell_failure failures[] = {
        {ERR_USAGE, "axb review p.csv people.csv club.csv --id id=nr", {"--truth is missing"}},
        {ERR_USAGE,
         "axb review - people.csv --truth t.csv </dev/null",
         {"stdin is for the answers"}},
        {ERR_USAGE, "axb review p.csv people.csv --truth p.csv", {"p.csv is a file that is read"}},
        {ERR_DATA,
         "axb review p.csv people.csv --truth t.csv --id id",
         {"p.csv:2: the record \"K1\" is not in people.csv"}},
        {ERR_USAGE,
         "axb review p.csv people.csv club.csv --truth t.csv.gz --id id=nr",
         {"t.csv.gz, which is compressed"}},
        {ERR_DATA,
         "axb review q.csv people.csv club.csv --truth t.csv --id id=nr",
         {"axb: q.csv:5: the record \"K9\" is not in club.csv"}},
        {ERR_DATA,
         "axb review q.jsonl people.csv club.csv --truth t.csv --id id=nr",
         {"axb: q.jsonl:3: the record \"A9\" is not in people.csv"}},
        {ERR_DATA,
         "axb review p.csv twins.csv club.csv --truth t.csv --id id=nr",
         {"id is not unique: \"A1\" is in the rows 1 and 2"}},
        {ERR_DATA,
         "axb review noscore.csv people.csv club.csv --truth t.csv --id id=nr",
         {"noscore.csv:3: the score \"\" is not a number"}},
        {ERR_USAGE,
         "axb review sources.csv people.csv club.csv --truth t.csv --id id=nr",
         {"records of several files (a.source)"}},
        {ERR_USAGE, REVIEW "--truth l.csv", {"--truth is given twice"}},
        {ERR_USAGE, REVIEW "--columns nam", {"--columns: ", "did you mean name?"}},
        {ERR_USAGE,
         "axb review p.csv people.csv club.csv --truth semi.csv --id id=nr",
         {"semi.csv is read otherwise"}},
        {ERR_USAGE,
         "axb review p.csv people.csv club.csv --truth plain.csv --id id=nr",
         {"plain.csv has no column called match"}},
        {ERR_DATA,
         "axb review p.csv people.csv club.csv --truth odd.csv --id id=nr",
         {"odd.csv:3: \"perhaps\" in the column match is no label"}},
        {ERR_DATA,
         "axb review p.csv people.csv club.csv --truth other.csv --id id=nr",
         {"other.csv:2: the record \"K1\" is not in people.csv"}},
        {ERR_IO, "axb review p.csv people.csv club.csv --truth folder --id id=nr", {"folder"}},
    };
    (void)state;
    harness_write_text("q.csv", "a,b,score,note\nA1,K1,1,\"two\nlines\"\nA3,K3,1,\nA3,K9,1,\n");
    harness_write_text("q.jsonl", "{\"a\":\"A1\",\"b\":\"K1\",\"score\":1}\n\n"
                                  "{\"a\":\"A9\",\"b\":\"K1\",\"score\":1}\n");
    harness_write_text("twins.csv", "id,name\nA1,x\nA1,y\n");
    harness_write_text("noscore.csv", "a,b,score\nA1,K1,1\nA3,K3,\n");
    harness_write_text("sources.csv", "a,b,score,a.source,b.source\nA1,K1,1,people.csv,club.csv\n");
    harness_write_text("semi.csv", "a;b;match\nA1;K1;1\n");
    harness_write_text("plain.csv", "a,b\nA1,K1\n");
    harness_write_text("odd.csv", "a,b,match\nA1,K1,1\nA3,K3,perhaps\n");
    harness_write_text("other.csv", "a,b,match\nK1,A1,1\n");
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_one_table),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_mended),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_lock_given_back),
        cmocka_unit_test(test_changed_meanwhile),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, set_up, harness_shell_tear_down);
}
