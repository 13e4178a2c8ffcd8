/* `axb review` on a terminal: a pseudo-terminal of which the test holds the other end. What it
 * shows, that it obeys keys alone, and that the terminal is as before however it ends. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ENTER "\033[?1049h"
#define LEAVE "\033[?1049l"
#define SECONDS 30

static int set_up(void **state)
{
    const int failed = harness_shell_set_up(state);
    harness_write_text("people.csv", "id,name,town,note\n1,Zo\xc3\xab,\xe6\x9d\xb1\xe4\xba\xac,"
                                     "one two three four five six seven eight nine ten\n"
                                     "2,Anna,Bern,\n3,Clara,Oslo,\n");
    harness_write_text("p.csv", "a,b,score\n1,2,0.6\n1,3,0.7\n2,3,0.8\n");
    unlink("l.csv");
    return failed;
}

/* A review, and what it has shown so far. */
struct screen {
    pid_t pid;
    int fd;
    struct termios before;
    char text[65536];
    size_t n;
};

static void review(void)
{
    execlp("sh", "sh", "-c", "exec axb review p.csv people.csv --truth l.csv --id id -q", NULL);
    _exit(127);
}

static void start(struct screen *s, unsigned short columns, unsigned short rows, const char *env)
{
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    *s = (struct screen){.n = 0};
    s->pid = forkpty(&s->fd, NULL, NULL, &size);
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        setenv("TERM", "xterm", 1);
        putenv((char *)(uintptr_t)env);
        review();
    }
    assert_int_equal(tcgetattr(s->fd, &s->before), 0);
}

/* Takes what it shows, if something comes in time; false: nothing, or it has ended. */
static bool take(struct screen *s, int milliseconds)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    if (poll(&p, 1, milliseconds) <= 0)
        return false;
    const ssize_t n = read(s->fd, s->text + s->n, sizeof s->text - 1 - s->n);
    if (n > 0)
        s->n += (size_t)n;
    s->text[s->n] = 0;
    return n > 0;
}

/* Waits until this is shown, and forgets what came before. */
static void expect(struct screen *s, const char *text)
{
    const char *at;
    while (!(at = strstr(s->text, text)))
        if (!take(s, SECONDS * 1000))
            fail_msg("\"%s\" does not come after\n%s", text, s->text);
    s->n -= (size_t)(at - s->text);
    memmove(s->text, at, s->n + 1);
}

static void type(struct screen *s, const char *keys)
{
    assert_int_equal(write(s->fd, keys, strlen(keys)), strlen(keys));
}

static bool is_raw(const struct screen *s)
{
    struct termios now;
    assert_int_equal(tcgetattr(s->fd, &now), 0);
    return !(now.c_lflag & (ICANON | ECHO));
}

/* How it ended. The terminal must be as it was, and show its usual screen. */
static int end(struct screen *s)
{
    struct termios after;
    int status;
    while (take(s, SECONDS * 1000))
        ;
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    const char *entered = strstr(s->text, ENTER), *left = strstr(s->text, LEAVE);
    for (const char *next; entered && (next = strstr(entered + 1, ENTER));)
        entered = next;
    for (const char *next; left && (next = strstr(left + 1, LEAVE));)
        left = next;
    assert_non_null(left);
    assert_true(!entered || entered < left);
    assert_int_equal(tcgetattr(s->fd, &after), 0);
    assert_int_equal(after.c_lflag, s->before.c_lflag);
    assert_int_equal(after.c_iflag, s->before.c_iflag);
    assert_int_equal(after.c_oflag, s->before.c_oflag);
    assert_memory_equal(after.c_cc, s->before.c_cc, sizeof after.c_cc);
    close(s->fd);
    return status;
}

static void expect_file(const char *expected)
{
    size_t n;
    char *file = harness_read("l.csv", &n);
    assert_string_equal(file, expected);
    free(file);
}

static void test_keys(void **state)
{
    static struct screen s;
    (void)state;
    start(&s, 80, 24, "NO_COLOR=1");
    expect(&s, ENTER);
    expect(&s, "1 of 3 \xc2\xb7 0 match, 0 differ, 0 skipped");
    expect(&s, "? help");
    assert_true(is_raw(&s));
    type(&s, "x\033[A\033[5~\033OB\xc3\xa9\t"); /* none of these is an answer */
    type(&s, "?");
    expect(&s, "They are the same: a match.");
    type(&s, "y"); /* shows the pair again, and answers nothing */
    expect(&s, "1 of 3");
    type(&s, "y");
    expect(&s, "2 of 3 \xc2\xb7 1 match, 0 differ, 0 skipped");
    expect_file("a,b,match\n1,2,1\n");
    type(&s, "n");
    expect(&s, "3 of 3 \xc2\xb7 1 match, 1 differ, 0 skipped");
    type(&s, "\177");
    expect(&s, "Your answer is taken back.");
    type(&s, " y");
    expect(&s, "That was the last pair.");
    type(&s, "yuq");
    assert_int_equal(end(&s), 0);
    expect_file("a,b,match\n1,2,1\n");
}

/* Starts it as a shell does: as a group of its own in the foreground. A group without a parent in
 * its session would not be stopped. */
static void start_job(struct screen *s)
{
    struct winsize size = {.ws_col = 80, .ws_row = 24};
    *s = (struct screen){.n = 0};
    s->pid = forkpty(&s->fd, NULL, NULL, &size);
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        int status;
        setenv("TERM", "xterm", 1);
        signal(SIGTTOU, SIG_IGN);
        const pid_t job = fork();
        if (job == 0) {
            setpgid(0, 0);
            tcsetpgrp(STDIN_FILENO, getpid());
            signal(SIGTTOU, SIG_DFL);
            review();
        }
        while (waitpid(job, &status, 0) != job)
            ;
        _exit(WEXITSTATUS(status));
    }
    assert_int_equal(tcgetattr(s->fd, &s->before), 0);
}

static bool is_stopped(pid_t pid)
{
    char path[64], *stat = NULL, state;
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_true(getline(&stat, &n, f) > 0);
    fclose(f);
    assert_int_equal(sscanf(strrchr(stat, ')'), ") %c", &state), 1);
    free(stat);
    return state == 'T';
}

/* Control-Z stops it with the terminal as before; then it goes on. */
static void test_stop(void **state)
{
    static struct screen s;
    (void)state;
    unlink("l.csv");
    start_job(&s);
    expect(&s, "? help");
    const pid_t job = tcgetpgrp(s.fd);
    assert_true(job > 0 && job != s.pid);
    type(&s, "\032");
    expect(&s, LEAVE);
    for (int i = 0; i < 4000 && !is_stopped(job); i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    assert_true(is_stopped(job));
    assert_false(is_raw(&s));
    kill(job, SIGCONT);
    expect(&s, ENTER);
    expect(&s, "? help");
    assert_true(is_raw(&s));
    type(&s, "yq");
    assert_int_equal(end(&s), 0);
    expect_file("a,b,match\n1,2,1\n");
}

/* Whatever ends it, the answers are there, and the terminal is as before. */
static void test_signals(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS};
    static struct screen s;
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (HARNESS_SANITIZED && numbers[i] != SIGINT)
            continue; /* a sanitizer has handlers of its own */
        unlink("l.csv");
        start(&s, 80, 24, "NO_COLOR=1");
        expect(&s, "? help");
        type(&s, "n");
        expect(&s, "2 of 3");
        if (numbers[i] == SIGINT)
            type(&s, "\003");
        else
            kill(s.pid, numbers[i]);
        const int status = end(&s);
        if (numbers[i] != SIGBUS) /* which axb explains, and exits */
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
        assert_int_not_equal(status, 0);
        expect_file("a,b,match\n1,2,0\n");
    }
}

/* A screen that gets smaller is drawn anew: lines are as wide as it is, and those that do not fit
 * are reached by the arrow keys. */
static void test_size(void **state)
{
    static struct screen s;
    struct winsize size = {.ws_col = 40, .ws_row = 12};
    (void)state;
    unlink("l.csv");
    start(&s, 80, 24, "NO_COLOR=1");
    expect(&s, "a  one two three four five six seven eight nine ten\033[K");
    expect(&s, "? help");
    assert_int_equal(ioctl(s.fd, TIOCSWINSZ, &size), 0);
    expect(&s, "\033[H1 of 3");
    expect(&s, "lines; up and down move");
    expect(&s, "q\033[K\r\nquit, ? help");
    type(&s, "\033[B");
    expect(&s, "\033[H1 of 3");
    expect(&s, "record");
    for (int i = 0; i < 20; i++)
        type(&s, "\033[B");
    expect(&s, "a  one two three four five six s\033[K");
    expect(&s, "a  even eight nine ten\033[K");
    type(&s, "q");
    assert_int_equal(end(&s), 0);
    expect_file("a,b,match\n");
}

static void test_colour(void **state)
{
    static struct screen s;
    (void)state;
    unlink("l.csv");
    start(&s, 80, 24, "NO_COLOR=");
    expect(&s, "\033[1m1 of 3");
    expect(&s, "\033[1;31m");
    type(&s, "q");
    assert_int_equal(end(&s), 0);
}

/* A dumb terminal gets lines. */
static void test_dumb(void **state)
{
    static struct screen s;
    (void)state;
    unlink("l.csv");
    start(&s, 80, 24, "TERM=dumb");
    expect(&s, "Are they the same?");
    assert_false(is_raw(&s));
    type(&s, "yes\n");
    expect(&s, "2 of 3");
    type(&s, "q\n");
    while (take(&s, SECONDS * 1000))
        ;
    assert_null(strstr(s.text, "\033"));
    assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
    close(s.fd);
    expect_file("a,b,match\n1,2,1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys), cmocka_unit_test(test_stop),   cmocka_unit_test(test_signals),
        cmocka_unit_test(test_size), cmocka_unit_test(test_colour), cmocka_unit_test(test_dumb),
    };
    return cmocka_run_group_tests(tests, set_up, harness_shell_tear_down);
}
