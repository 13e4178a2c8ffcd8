/* Named tables come, are replaced and go while others run, and whoever is killed meanwhile. */
#include "core/shm.h"
#include "core/shm_named.h"
#include "data/named.h"
#include "tests/harness/harness_named.h"
#include "tests/harness/harness_random.h"
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

/* ---- Coming and going ------------------------------------------------------------------------*/

static void rights(void **state)
{
    static const mode_t masks[] = {0, 022, 0777};
    struct stat st;
    char path[128];
    (void)state;
    harness_named_path("A", path);
    for (size_t i = 0; i < 3; i++) {
        mode_t before = umask(masks[i]);
        harness_named_load("A", "A.csv", "-q");
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(st.st_nlink, 1);
    }
}

static void command_line(void **state)
{
    static const char *const bad[] = {
        "a/b", "",    "-x", ".",
        "..",  "a+b", "é",  "12345678901234567890123456789012345678901234567890123456789012345"};
    char words[300], *err, *out;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *argv[] = {HARNESS_NAMED_AXB, "data", "load", "--", bad[i], "A.csv", NULL};
        assert_int_equal(harness_run(argv, NULL, &err), 2);
        assert_non_null(strstr(err, "cannot be the name of a table"));
        free(err);
    }
    harness_named_load("people", "A.csv", "-q");
    snprintf(words, sizeof words, "data rm -q %s %s", harness_named_own("poeple"),
             harness_named_own("people"));
    assert_int_equal(harness_named_fails(words, &err), 66);
    snprintf(words, sizeof words, "did you mean %s? axb data load ", harness_named_own("people"));
    assert_non_null(strstr(err, words));
    free(err);
    assert_false(harness_named_exists("people")); /* though the other was not there */
    snprintf(words, sizeof words, "match A.csv %s --on name --min 1", harness_named_at("people"));
    assert_int_equal(harness_named_fails(words, &err), 66);
    free(err);
    assert_int_equal(harness_named_axb("data ls", &out, NULL), 0);
    snprintf(words, sizeof words, "\n%s ", harness_named_own("A"));
    char *line = strstr(out, words), file[300];
    assert_non_null(line);
    unsigned long long records, columns, bytes;
    assert_int_equal(
        sscanf(line, " %*s %llu %llu %llu %*s %299s", &records, &columns, &bytes, file), 4);
    assert_int_equal(records, 300);
    assert_int_equal(columns, 7);
    snprintf(words, sizeof words, "%s/A.csv", harness_named_directory);
    assert_string_equal(file, words);
    free(out);
    assert_int_equal(harness_named_fails("data load x A.csv --max-memory 9k", &err), 71);
    free(err);
    assert_int_equal(harness_named_fails("data load x none.csv", &err), 66);
    free(err);
}

/* Others may put files there whose names no table can have: they are not listed. */
static void names_of_others(void **state)
{
    char path[128], *text;
    (void)state;
    harness_named_path("\033[2J", path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    const int status = harness_named_axb("data ls", &text, NULL);
    const bool listed = strchr(text, '\033') != NULL;
    free(text);
    assert_int_equal(harness_named_fails("data rm none", &text), 66);
    const bool suggested = strchr(text, '\033') != NULL;
    free(text);
    unlink(path);
    assert_int_equal(status, 0);
    assert_false(listed);
    assert_false(suggested);
}

/* Who has a table open keeps it, whatever becomes of its name. */
static void readers_keep(void **state)
{
    struct named n;
    struct err e;
    (void)state;
    harness_write_text("k.csv", "name\nold\n");
    harness_named_load("k", "k.csv", "-q");
    assert_true(named_open(&n, harness_named_own("k"), &e));
    harness_write_text("k.csv", "name\nnewer\n");
    harness_named_load("k", "k.csv", "-q");
    assert_true(named_check(&n, 0, &e));
    assert_memory_equal(table_value(&n.table, 0, 0).p, "old", 3);
    assert_true(named_remove(harness_named_own("k"), &e));
    assert_memory_equal(table_value(&n.table, 0, 0).p, "old", 3);
    named_close(&n);
    assert_false(named_open(&n, harness_named_own("k"), &e));
    assert_int_equal(e.status, ERR_NOINPUT);
}

/* Loads one file or the other, or removes if it may, until *stop; the exit status says whether all
 * went well. */
static void disturb(unsigned seed, bool removes, const volatile bool *stop)
{
    char words[200];
    harness_seed(seed);
    while (!*stop) {
        bool remove = removes && harness_below(4) == 0;
        snprintf(words, sizeof words, remove ? "data rm %s" : "data load %s %c.csv -q",
                 harness_named_own("c"), 'A' + (int)harness_below(2));
        int status = harness_named_axb(words, NULL, NULL);
        if (status != 0 && (!remove || status != 66))
            _exit(1);
    }
    _exit(0);
}

/* Which of the two a run saw; 2 for none. */
static int run_once(const char *words, char *const expected[2])
{
    char *out;
    int status = harness_named_axb(words, &out, NULL);
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
    char words[200];
    snprintf(words, sizeof words, "dedupe %s --on name --min 0.8 --keep city -q",
             harness_named_at("c"));
    for (unsigned i = 0; i < 3; i++)
        if ((pids[i] = fork()) == 0)
            disturb(1 + i, removes, stop);
    for (size_t i = 0; i < 100 * least && (i < least || !seen[0] || !seen[1]); i++)
        seen[run_once(words, expected)]++;
    *stop = true;
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    munmap((void *)(uintptr_t)stop, 1);
}

/* Runs see the one table or the other, and never a part of one; none only while some remove it. */
static void at_the_same_time(void **state)
{
    char words[200], *expected[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(words, sizeof words, "dedupe %c.csv --on name --min 0.8 --keep city -q", 'A' + i);
        assert_int_equal(harness_named_axb(words, &expected[i], NULL), 0);
    }
    harness_named_load("c", "A.csv", "-q");
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

/* Temporary names whose writer was `pid`, after what still runs had up to `waits` hundredths of a
 * second to end. */
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

/* Is the table there, and whole? */
static bool whole_table(const char *name)
{
    struct named n;
    struct err e;
    if (!named_open(&n, harness_named_own(name), &e)) {
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
    const char *argv[] = {HARNESS_NAMED_AXB, "data", "load", harness_named_own("killed"),
                          "A.csv",           "-q",   NULL};
    (void)state;
    for (size_t i = 0; i < tries; i++) {
        int status;
        bool before = whole_table("killed");
        pid_t pid = harness_start(argv);
        usleep(harness_below(30000));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        killed += WIFSIGNALED(status);
        assert_int_equal(temporary_names(pid, 100), 0);
        assert_true(whole_table("killed") || !before);
        if (i % 2)
            harness_named_unlink("killed");
    }
    assert_in_range(killed, 1, tries);
}

/* Gives one name again and again. */
static void publish_forever(const char *bytes, size_t n)
{
    struct err e;
    for (;;) {
        struct shm s;
        if (!shm_named_create(&s, "test", 1 << 20, &e) || !shm_alloc(&s, "test", n - 64, 64, &e))
            _exit(1);
        memcpy(s.base, bytes, n);
        if (!named_publish(&s, harness_named_own("again"), &e))
            _exit(1);
        shm_close(&s);
    }
}

/* Most of its time is spent where the name is given. The first one has given it before it is
 * killed.
 */
static void killed_publishers(void **state)
{
    size_t n, tries = harness_tries(150, 5000);
    char *bytes = harness_named_saved(&n);
    (void)state;
    for (size_t i = 0; i < tries; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            publish_forever(bytes, n);
        for (int waits = 0; waits < 60000 && !harness_named_exists("again"); waits++)
            usleep(1000);
        usleep(500 + harness_below(5000));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(temporary_names(pid, 100), 0);
        assert_true(whole_table("again"));
    }
    free(bytes);
}

/* ---- Without O_TMPFILE -----------------------------------------------------------------------*/

/* From here on the system knows no files without a name, as some do not. */
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

/* Is killed between the two calls, as if it were, or waits there. */
static void begin_segment(bool die)
{
    struct shm s;
    struct err e;
    if (!shm_named_create(&s, "test", 1 << 20, &e))
        _exit(1);
    raise(die ? SIGKILL : SIGSTOP);
    _exit(2);
}

/* A dead writer's temporary name is swept away by `axb data`, a living one's is not. */
static bool sweeps_the_dead(void)
{
    bool right = true;
    for (int die = 0; die < 2; die++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            begin_segment(die);
        waitpid(pid, &status, WUNTRACED);
        right = right && temporary_names(pid, 0) == 1 &&
                harness_named_axb("data ls", NULL, NULL) == 0 && temporary_names(pid, 0) == !die;
        kill(pid, SIGKILL);
        if (!die)
            waitpid(pid, &status, 0);
    }
    return right && harness_named_axb("data ls", NULL, NULL) == 0;
}

static bool failed_load_leaves_nothing(void)
{
    const char *argv[] = {HARNESS_NAMED_AXB, "data", "load", harness_named_own("f"),
                          "short.csv",       "-q",   NULL};
    int status;
    pid_t pid = harness_start(argv);
    return waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 65 &&
           temporary_names(pid, 0) == 0;
}

/* Loads, replaces, runs, clears away. The exit status says what went wrong. */
static void do_without_nameless(void)
{
    char words[200], *expected, *out;
    forbid_nameless();
    snprintf(words, sizeof words, "data load %s A.csv -q", harness_named_own("f"));
    for (int i = 0; i < 2; i++)
        if (harness_named_axb(words, NULL, NULL) != 0)
            _exit(4);
    snprintf(words, sizeof words, "dedupe %s --on name --min 0.8 -q", harness_named_at("f"));
    if (harness_named_axb(words, &out, NULL) != 0 ||
        harness_named_axb("dedupe A.csv --on name --min 0.8 -q", &expected, NULL) != 0 ||
        strcmp(out, expected) != 0)
        _exit(5);
    _exit(!sweeps_the_dead() ? 6 : failed_load_leaves_nothing() ? 0 : 7);
}

static void without_nameless(void **state)
{
    int status;
    (void)state;
    harness_write_text("short.csv", "name,city\nx\n");
    pid_t pid = fork();
    if (pid == 0)
        do_without_nameless();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(whole_table("f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights),
        cmocka_unit_test(command_line),
        cmocka_unit_test(names_of_others),
        cmocka_unit_test(readers_keep),
        cmocka_unit_test(at_the_same_time),
        cmocka_unit_test(killed_loads),
        cmocka_unit_test(killed_publishers),
        cmocka_unit_test(without_nameless),
    };
    return cmocka_run_group_tests(tests, harness_named_set_up, harness_named_tear_down);
}
