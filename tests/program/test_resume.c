/* --resume: a run that is killed again and again, at any moment, and started again each time, with
 * other numbers of workers, writes the bytes of a run that was let alone, and leaves nothing
 * behind; one whose journal was damaged does so as well, or is refused. A run that is asked to stop
 * names the command that goes on. The long tier kills more often and damages every byte. */
#include "core/hash.h"
#include "matcher/engine/journal.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEED 20251103u
#define AXB BINARY_DIR "/axb "
#define SLOW "match a.csv b.csv --score slow.c --min 0.75 -j 2 "

static char directory[] = "/tmp/axb-resume-XXXXXX";
static bool is_long;

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Starts a command of the shell in the directory. The process becomes the command. */
__attribute__((format(printf, 1, 2))) static pid_t start(const char *format, ...)
{
    char command[1000] = "trap '' USR1; exec ";
    size_t n = strlen(command);
    va_list args;
    va_start(args, format);
    vsnprintf(command + n, sizeof command - n, format, args);
    va_end(args);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    return harness_start(argv);
}

/* The exit status of a process, or 128 + the signal that ended it. */
static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void write_text(const char *name, const char *text)
{
    harness_write(name, text, strlen(text));
}

static void write_scorers(void)
{
    write_text("factor.h", "#define FACTOR 1.0\n");
    write_text("score.c", "#include <axb.h>\n#include \"factor.h\"\n"
                          "double score(const axb_row_a *a, const axb_row_b *b)\n"
                          "{\n    return FACTOR * axb_levenshtein(a->last, b->last) * "
                          "axb_jaro(a->first, b->first);\n}\n");
    write_text("slow.c",
               "#include <axb.h>\n#include <unistd.h>\n#include \"factor.h\"\n"
               "double score(const axb_row_a *a, const axb_row_b *b)\n"
               "{\n    usleep(40);\n    return FACTOR * axb_jaro(a->last, b->last);\n}\n");
    write_text("crash.c", "#include <axb.h>\n#include <stdlib.h>\n#include <string.h>\n"
                          "double score(const axb_row_a *a, const axb_row_b *b)\n"
                          "{\n    if ((memcmp(a->id.p, \"A00000300\", 9) == 0 ||\n"
                          "         memcmp(a->id.p, \"A00001500\", 9) == 0) &&\n"
                          "        memcmp(b->id.p, \"B00000400\", 9) == 0)\n"
                          "        abort();\n    return axb_jaro(a->last, b->last);\n}\n");
    write_text("nap.c", "#include <axb.h>\n#include <unistd.h>\n"
                        "double score(const axb_row_a *a, const axb_row_b *b)\n"
                        "{\n    usleep(300000);\n    return axb_jaro(a->last, b->last);\n}\n");
}

static int set_up(void **state)
{
    (void)state;
    is_long = harness_tries(0, 1) == 1;
    srand(SEED);
    harness_left_begin();
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    setenv("TMPDIR", directory, 1);
    assert_int_equal(end_of(start(BINARY_DIR "/axb-sample . 6000")), 0);
    write_scorers();
    /* Small tables, and one where all are of one city, so that joins are nested. */
    return system("head -2001 A.csv > A2.csv && head -2001 B.csv > B2.csv && "
                  "head -101 A.csv > a.csv && head -101 B.csv > b.csv && "
                  "head -91 B.csv > c.csv && "
                  "sed '2,$s/.*/&,Rome/; 1s/$/,town/' A.csv > N.csv");
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

/* ---- What a run leaves -----------------------------------------------------------------------*/

static bool is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

static void check_same(const char *name, const char *plain)
{
    size_t n, n_plain;
    char *bytes = harness_read(name, &n), *expected = harness_read(plain, &n_plain);
    assert_true(n_plain > 0);
    assert_int_equal(n, n_plain);
    assert_memory_equal(bytes, expected, n);
    free(bytes);
    free(expected);
}

/* The run has ended well: its output is whole, and nothing else is left. */
static void check_whole(void)
{
    char first[200];
    if (!harness_left_wait(20, first, sizeof first))
        fail_msg("left behind: %s", first);
    check_same("out", "plain");
    assert_int_equal(harness_left_names(".", "out"), 1);
    assert_int_equal(harness_left_names(".", "journal"), 0);
    unlink("out");
}

/* The number of entries in the journal. */
static int entries(void)
{
    size_t n;
    int found = 0;
    if (!is_there("journal"))
        return 0;
    char *text = harness_read("journal", &n);
    for (const char *at = text; (at = strstr(at, "\nrow ")) != NULL; at++)
        found++;
    free(text);
    return found;
}

static void wait_for_entries(int wanted)
{
    double end = seconds_now() + 60;
    while (entries() < wanted && seconds_now() < end)
        sleep_ms(1);
    assert_true(entries() >= wanted);
}

static bool says(const char *text)
{
    size_t n;
    char *all = harness_read("said", &n);
    bool found = strstr(all, text) != NULL;
    if (!found)
        print_message("%s", all);
    free(all);
    return found;
}

/* ---- Killing ---------------------------------------------------------------------------------*/

/* Kills the run at a random moment within so many milliseconds, or when it has made one more
 * entry. */
static void kill_soon(pid_t pid, bool at_entry, unsigned most_ms)
{
    siginfo_t ended = {0};
    int before = entries();
    while (at_entry && !ended.si_pid && entries() == before) {
        assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
        sleep_ms(1);
    }
    sleep_ms((unsigned)rand() % (at_entry ? 4 : most_ms));
    kill(pid, SIGKILL);
}

/* Starts the run up to `starts` times until it comes to its end, and kills each start but the last.
 * Returns how many times it went on from an entry in its journal. */
static int kill_until_done(const char *arguments, const char *output, int starts)
{
    int resumed = 0;
    double begin = seconds_now();
    bool rejects = strstr(arguments, "--rejects") != NULL;
    assert_int_equal(end_of(start(AXB "%s -q %s plain", arguments, output)), 0);
    assert_true(!rejects || rename("rejects", "rejects.plain") == 0);
    double seconds = seconds_now() - begin;
    for (int i = 0; i < starts; i++) {
        resumed += entries() > 0;
        pid_t pid = start(AXB "%s -q --resume journal --checkpoint 0 -j %d %s out", arguments,
                          1 + rand() % 3, output);
        if (i + 1 < starts)
            kill_soon(pid, i % 2 == 0, (unsigned)(seconds * 1500) + 2);
        int status = end_of(pid);
        if (status == 0)
            break;
        assert_int_equal(status, 128 + SIGKILL);
    }
    check_whole();
    if (rejects)
        check_same("rejects", "rejects.plain");
    return resumed;
}

static void killed_at_any_moment(void **state)
{
    static const char *const runs[][2] = {
        {"match A.csv B.csv --on full --metric levenshtein --min 0.5", "-o"},
        {"match A2.csv B2.csv --score '0.5 * jaro_winkler(full) + 0.5 * levenshtein(city)' "
         "--min 0.6 --output-terms",
         "-o"},
        {"match N.csv N.csv --score '0.7 * jaro_winkler(full) + 0.3 * levenshtein(town)' "
         "--min 0.8",
         "-o"},
        {"dedupe A.csv --on last --min 0.8 --format jsonl --keep city", "-o"},
        {"match A2.csv B2.csv --score score.c --min 0.6", "-o"},
        {"match A2.csv B2.csv --score score.c --min 0.6 --count", ">"},
        {"match A2.csv B2.csv --score crash.c --min 0.6 --on-crash skip --rejects rejects", "-o"}};
    int resumed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        int n = kill_until_done(runs[i][0], runs[i][1], is_long ? 200 : 5);
        print_message("%s: gone on %d times\n", runs[i][0], n);
        resumed += n;
    }
    assert_true(resumed >= 6);
}

/* ---- Damage ----------------------------------------------------------------------------------*/

static char *journal, *partial; /* of a run that was killed half-way */
static size_t n_journal, n_partial;
static const char *const half_way =
    "match A2.csv B2.csv --score '0.5 * jaro_winkler(full) + 0.5 * levenshtein(city)' --min 0.6";

/* Kills a run when it has made some entries. */
static void stop_half_way(void)
{
    for (int i = 0; i < 50 && entries() < 3; i++) {
        unlink("journal");
        unlink("out.partial");
        pid_t pid = start(AXB "%s -q --resume journal --checkpoint 0 -o out", half_way);
        while (waitpid(pid, NULL, WNOHANG) == 0)
            if (entries() >= 3)
                kill(pid, SIGKILL);
        unlink("out");
    }
    assert_true(entries() >= 3);
    journal = harness_read("journal", &n_journal);
    partial = harness_read("out.partial", &n_partial);
}

/* Runs with this journal: it gives the right bytes, or is refused and says so. */
static void try_journal(const char *bytes, size_t n)
{
    harness_write("journal", bytes, n);
    harness_write("out.partial", partial, n_partial);
    int status = end_of(start(AXB "%s -q --resume journal -o out 2> said", half_way));
    if (status == 0) {
        check_whole();
        return;
    }
    assert_true(status == 65 || status == 2);
    assert_true(says("journal"));
    assert_false(is_there("out"));
}

/* How many bytes of the output the last entry of the journal speaks of. */
static size_t bytes_done(void)
{
    size_t bytes = 0;
    const char *const end = journal + n_journal;
    for (const char *at = journal; (at = memmem(at, (size_t)(end - at), "\nrow ", 5)); at++)
        assert_int_equal(sscanf(at, "\nrow %*u bytes %zu", &bytes), 1);
    return bytes;
}

/* The output is changed at bytes that the journal speaks of: refused, and left as it is. */
static void try_outputs(size_t step)
{
    const size_t done = bytes_done();
    assert_in_range(done, 100, n_partial);
    for (size_t at = rand() % step; at < done; at += done / 10) {
        const char bit = (char)(1 << rand() % 8);
        size_t n;
        partial[at] ^= bit;
        harness_write("journal", journal, n_journal);
        harness_write("out.partial", partial, n_partial);
        assert_int_equal(end_of(start(AXB "%s -q --resume journal -o out 2> said", half_way)), 65);
        assert_true(says("out.partial was changed"));
        assert_true(says("the journal journal"));
        assert_true(says("remove both files"));
        assert_false(is_there("out"));
        char *left = harness_read("out.partial", &n);
        assert_int_equal(n, n_partial);
        assert_memory_equal(left, partial, n);
        free(left);
        partial[at] ^= bit;
    }
}

static void damaged_journals(void **state)
{
    (void)state;
    assert_int_equal(end_of(start(AXB "%s -q -o plain", half_way)), 0);
    stop_half_way();
    size_t step = is_long ? 1 : n_journal / 12;
    for (size_t n = rand() % step; n <= n_journal; n += step)
        try_journal(journal, n);
    for (size_t bit = rand() % (8 * step); bit < 8 * n_journal; bit += is_long ? 1 : 8 * step + 1) {
        journal[bit / 8] ^= (char)(1 << bit % 8);
        try_journal(journal, n_journal);
        journal[bit / 8] ^= (char)(1 << bit % 8);
    }
    try_journal(journal, n_journal);
    try_outputs(step);
    n_partial /= 2; /* the output that the journal speaks of is missing */
    harness_write("journal", journal, n_journal);
    harness_write("out.partial", partial, 10);
    assert_int_equal(end_of(start(AXB "%s --resume journal -o out 2> said", half_way)), 65);
    assert_true(says("out.partial has 10 bytes"));
    unlink("journal");
    unlink("out.partial");
    free(journal);
    free(partial);
}

/* Adds a line to the journal, with the right checksum: `begin`, and then what the last line about a
 * row says after its row, if `like_last`. */
static void forge_line(const char *begin, bool like_last)
{
    size_t n;
    char *text = harness_read("journal", &n), *last = NULL, line[300];
    const char *const check = strstr(text, "\nhead ") + strlen("\nhead ");
    for (char *at = text; (at = strstr(at, "\nrow ")) != NULL; at++)
        last = at;
    assert_non_null(last);
    const char *const rest = strchr(last + strlen("\nrow "), ' ');
    const int length = snprintf(line, sizeof line, "%s%.*s", begin,
                                like_last ? (int)(strstr(rest, " check ") - rest) : 0, rest);
    FILE *f = fopen("journal", "a");
    assert_non_null(f);
    fprintf(f, "%s check %016llx\n", line,
            (unsigned long long)hash_long(line, (size_t)length, strtoull(check, NULL, 16)));
    fclose(f);
    free(text);
}

static void rows_that_do_not_exist(void **state)
{
    static const char *const lines[] = {"row 101", "reject 100 0 x", "reject 0 100 x"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        pid_t pid = start(AXB SLOW "-q --on-crash skip --resume journal --checkpoint 0 -o out");
        wait_for_entries(1);
        kill(pid, SIGKILL);
        end_of(pid);
        forge_line(lines[i], i == 0);
        pid = start(AXB SLOW "-q --on-crash skip --resume journal -o out 2> said");
        assert_int_equal(end_of(pid), 65);
        assert_true(says("the journal journal names rows that do not exist"));
        unlink("journal");
        unlink("out.partial");
    }
}

/* ---- The very end ----------------------------------------------------------------------------*/

/* Writes a journal that says that all is done, as it is while the output gets its name. */
static void write_whole_journal(void)
{
    struct journal j;
    struct err e = {0};
    pid_t pid = start(AXB SLOW "-q --resume journal --checkpoint 0 -o out");
    wait_for_entries(2);
    kill(pid, SIGKILL);
    end_of(pid);
    size_t n;
    char *text = harness_read("journal", &n), *facts = strchr(text, '\n') + 1;
    strstr(text, "\nhead ")[1] = 0;
    size_t n_plain;
    char *plain = harness_read("plain", &n_plain);
    unlink("journal");
    unlink("out.partial");
    struct out out;
    assert_true(journal_open(&j, "journal", &e) && out_open_partial(&out, "out", &e));
    assert_true(journal_begin(&j, facts, 0, &out, &e) && journal_take_output(&j, &e));
    assert_true(out_write(&out, plain, n_plain, &e) && journal_reach(&j, 100, 4711, 0, &e));
    journal_close(&j);
    out_drop(&out);
    free(plain);
    free(text);
}

static void killed_at_the_end(void **state)
{
    struct stat before, after;
    (void)state;
    assert_int_equal(end_of(start(AXB SLOW "-q -o plain")), 0);
    for (int named = 0; named < 2; named++) {
        const char *name = named ? "out" : "out.partial";
        write_whole_journal();
        assert_int_equal(system(named ? "cp plain out" : "cp plain out.partial"), 0);
        assert_int_equal(stat(name, &before), 0);
        assert_int_equal(end_of(start(AXB SLOW "--resume journal -o out 2> said")), 0);
        assert_true(says("4711 of "));
        assert_int_equal(stat("out", &after), 0);
        assert_int_equal(before.st_ino, after.st_ino); /* it is not made again */
        check_whole();
    }
}

/* A file of the same name and length that holds something else is not the output. */
static void not_what_was_named(void **state)
{
    size_t n;
    (void)state;
    write_whole_journal();
    char *bytes = harness_read("plain", &n);
    bytes[n / 2] ^= 1;
    harness_write("out", bytes, n);
    assert_int_equal(end_of(start(AXB SLOW "--resume journal -o out 2> said")), 65);
    assert_true(says("out.partial has 0 bytes, but the journal journal says"));
    size_t left;
    char *there = harness_read("out", &left);
    assert_int_equal(left, n);
    assert_memory_equal(there, bytes, n);
    free(there);
    free(bytes);
    unlink("out");
    unlink("journal");
}

/* ---- Signals ---------------------------------------------------------------------------------*/

static void asked_to_stop(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    static const char *const names[] = {"stopped by SIGINT", "stopped by SIGTERM"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        pid_t pid = start(AXB SLOW "--resume journal -o out --checkpoint 0 2> said");
        wait_for_entries(i + 1);
        kill(pid, numbers[i]);
        assert_int_equal(end_of(pid), 75);
        assert_true(says(names[i]));
        assert_true(says(SLOW "--resume journal -o out"));
        assert_false(is_there("out"));
        assert_int_equal(end_of(start("sh -c \"$(tail -n 1 said)\"")), 0);
        check_whole();
    }
}

static void asked_twice(void **state)
{
    (void)state;
    pid_t pid = start(AXB "match a.csv b.csv --score nap.c --min 0.75 -j 2 --resume 'my journal' "
                          "-o out 2> said");
    for (int i = 0; i < 2000 && harness_left_names(".", "my journal") == 0; i++)
        sleep_ms(5);
    sleep_ms(1500);
    kill(pid, SIGINT);
    sleep_ms(300);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    assert_true(says("finishing the rows in progress"));
    kill(pid, SIGINT);
    assert_int_equal(end_of(pid), 75);
    assert_true(says("--resume 'my journal' -o out"));
    assert_int_equal(harness_left_names(".", "my journal"), 0); /* no row was done */
    assert_int_equal(harness_left_names(".", "out"), 0);
}

static void asked_how_far(void **state)
{
    (void)state;
    unlink("said");
    pid_t pid = start(AXB SLOW "--progress never -o out 2> said");
    while (!is_there("said")) /* until then the process is the shell */
        sleep_ms(1);
    for (siginfo_t info = {0}; !info.si_pid; sleep_ms(3)) {
        kill(pid, SIGUSR1);
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    }
    assert_int_equal(end_of(pid), 0);
    assert_true(says("axb: scoring"));
    assert_true(says(" left\n"));
    check_whole();
}

/* ---- Refused ---------------------------------------------------------------------------------*/

static void others_are_refused(void **state)
{
    static const struct {
        const char *arguments;
        int status;
        const char *says;
    } cases[] = {
        {"a.csv b.csv --score slow.c --min 0.7 -o out --resume journal", 2, "\"--min 0.75"},
        {"a.csv c.csv --score slow.c --min 0.75 -o out --resume journal", 2, "\"table B: 100 "},
        {"b.csv b.csv --score slow.c --min 0.75 -o out --resume journal", 2, "\"table A: 100 "},
        {"a.csv b.csv --score score.c --min 0.75 -o out --resume journal", 2, "\"scorer "},
        {"a.csv b.csv --score slow.c --min 0.75 -o out --id id --resume journal", 2,
         "here it is \"--id id\""},
        {"a.csv b.csv --score slow.c --min 0.75 -o other --resume journal", 2, "/out.partial\""},
        {"a.csv b.csv --score slow.c --min 0.75 -o out --resume joornal", 65,
         "not in the journal joornal"},
        {"a.csv b.csv --score slow.c --min 0.75 --resume journal", 2, "--resume needs --output"},
        {"a.csv b.csv --score slow.c --min 0.75 -o /dev/null --resume journal", 2, "/dev/null"},
        {"a.csv b.csv --score slow.c --min 0.75 -o out --audit 5 --resume journal", 2, "--audit"}};
    (void)state;
    pid_t pid = start(AXB SLOW "--resume journal -o out --checkpoint 0 2> said");
    wait_for_entries(1);
    kill(pid, SIGTERM);
    assert_int_equal(end_of(pid), 75);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(end_of(start(AXB "match %s 2> said", cases[i].arguments)),
                         cases[i].status);
        assert_true(says(cases[i].says));
    }
    write_text("factor.h", "#define FACTOR 0.9\n");
    assert_int_equal(end_of(start(AXB SLOW "-o out --resume journal 2> said")), 2);
    assert_true(says("\"scorer "));
    write_text("factor.h", "/* one */\n#define FACTOR 1.0\n"); /* its meaning is the same */
    assert_int_equal(end_of(start(AXB SLOW "-q -o out --resume journal")), 0);
    check_whole();
}

int main(void)
{
    signal(SIGINT, SIG_DFL); /* ignored where a shell runs us in the background */
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_any_moment),
                                       cmocka_unit_test(damaged_journals),
                                       cmocka_unit_test(rows_that_do_not_exist),
                                       cmocka_unit_test(killed_at_the_end),
                                       cmocka_unit_test(not_what_was_named),
                                       cmocka_unit_test(asked_to_stop),
                                       cmocka_unit_test(asked_twice),
                                       cmocka_unit_test(asked_how_far),
                                       cmocka_unit_test(others_are_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
