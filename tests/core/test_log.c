/* Notes and progress: what arrives on stderr, read back through a pipe. The clock goes on, and is
 * set forward. */
#include "core/log.h"
#include "tests/test.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Atomic time_t seconds_ahead;

int __real_clock_gettime(clockid_t which, struct timespec *t);
int __wrap_clock_gettime(clockid_t which, struct timespec *t);
int __wrap_clock_gettime(clockid_t which, struct timespec *t)
{
    int failed = __real_clock_gettime(which, t);
    t->tv_sec += seconds_ahead;
    return failed;
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

static void test_count(void **state)
{
    static const struct {
        double value;
        const char *words;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1000"},
        {9999, "9999"},
        {10000, "10 k"},
        {12345, "12.3 k"},
        {99960, "100 k"},
        {999400, "999 k"},
        {999600, "1 M"},
        {1234567, "1.23 M"},
        {9.3e9, "9.3 G"},
        {8.1e11, "810 G"},
        {3.2e12, "3.2 T"},
        {4.56e15, "4.56 P"},
        {7e18, "7 E"},
        {9999.7, "10 k"},
        {(double)NAN, "nan"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        assert_ptr_equal(log_count(cases[i].value, text), text);
        assert_string_equal(text, cases[i].words);
    }
    char text[32];
    assert_true(strlen(log_count(1e300, text)) < 32 && strlen(log_count(-1e300, text)) < 32);
}

static void test_bytes(void **state)
{
    static const struct {
        double bytes;
        const char *words;
    } cases[] = {
        {0, "0 bytes"},
        {1023, "1023 bytes"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {10.0 * 1024, "10 KiB"},
        {1024 * 1024 - 1, "1.0 MiB"},
        {310.0 * 1024 * 1024, "310 MiB"},
        {9.97 * 1024 * 1024, "10 MiB"},
        {1.24 * 1024 * 1024 * 1024, "1.2 GiB"},
        {18446744073709551615.0, "16384 PiB"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        assert_ptr_equal(log_bytes(cases[i].bytes, text), text);
        assert_string_equal(text, cases[i].words);
    }
}

static void test_seconds(void **state)
{
    (void)state;
    double before = log_seconds();
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    double took = log_seconds() - before;
    assert_true(took >= 0.02 && took < 60);
}

/* ---- What arrives on stderr ------------------------------------------------------------------*/

static int stderr_kept = -1, reader = -1;

/* stderr becomes `fd`, of which `from` is the other end. */
static void redirect(int fd, int from)
{
    stderr_kept = dup(STDERR_FILENO);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
    reader = from;
    assert_int_equal(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
}

static void redirect_to_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    redirect(ends[1], ends[0]);
}

/* A terminal of `columns` columns. */
static void redirect_to_terminal(unsigned short columns)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct winsize size = {.ws_col = columns, .ws_row = 24};
    assert_true(terminal >= 0 && ioctl(terminal, TIOCSWINSZ, &size) == 0);
    redirect(terminal, master);
}

/* Gives stderr back and returns what it was sent, at most `bytes` - 1. */
static char *restore(char *text, size_t bytes)
{
    size_t used = 0;
    ssize_t n;
    while (used + 1 < bytes && (n = read(reader, text + used, bytes - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = 0;
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    close(reader);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

static void test_levels(void **state)
{
    static const char *const wanted[] = {
        [0] = "",
        [1] = "axb: note 0\n",
        [2] = "axb: note 1\naxb: more 2%\naxb: more 2%\n",
    };
    (void)state;
    for (int level = LOG_QUIET; level <= LOG_VERBOSE; level++) {
        char text[200];
        redirect_to_pipe();
        log_setup((enum log_level)level, LOG_PROGRESS_NEVER);
        log_note("note %d", level);
        log_verbose("more %d%%", 2);
        log_note("note %d", level); /* is not said again */
        log_verbose("more %d%%", 2);
        assert_string_equal(restore(text, sizeof text), wanted[level - LOG_QUIET]);
    }
}

/* Two calls for one line: the first starts the clock. */
static void show(const char *what, uint64_t done, uint64_t total, double pairs, uint64_t found)
{
    log_progress(what, 0, total, 0, 0);
    seconds_ahead++;
    log_progress(what, done, total, pairs, found);
}

static void test_progress(void **state)
{
    (void)state;
    char text[500];
    char unit = 0;
    float rate = 0;
    unsigned share = 0, left = 9;
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    show("matching", 416, 1000, 2.6e9, 1234567);
    log_progress_end();
    restore(text, sizeof text);
    int n =
        sscanf(text, "\rmatching  [%*[#]%*[-]] %u %%  %f %c pairs/s  1.23 M found  0:%u left\033[K",
               &share, &rate, &unit, &left);
    assert_int_equal(n, 4);
    assert_non_null(strchr("GM", unit));
    assert_int_equal(share, 41);
    assert_true(rate > 0 && (unit == 'M' || rate <= 10) && left < 60);
    assert_int_equal(count_of(text, "\033[K"), 2);
    assert_string_equal(strchr(text + 1, '\r'), "\r\033[K");
}

/* What is not known or zero is left out; whole only when it is. */
static void test_progress_leaves_out(void **state)
{
    (void)state;
    char text[500];
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    show("writing", 9999, 10000, 0, 0);
    log_progress_end();
    assert_non_null(strstr(restore(text, sizeof text), "]   99 %  0:0"));
    assert_null(strstr(text, "pairs/s"));
    assert_null(strstr(text, "found"));
    redirect_to_pipe();
    show("reading", 7, 7, 0, 0);
    log_progress_end();
    assert_non_null(strstr(restore(text, sizeof text), "###]  100 %"));
    assert_null(strstr(text, "left"));
    redirect_to_pipe();
    show("nothing", 0, 0, 0, 0);
    log_progress_end();
    assert_non_null(strstr(restore(text, sizeof text), "###]  100 %"));
    redirect_to_pipe();
    show("too much", 9, 7, 0, 0);
    log_progress_end();
    assert_non_null(strstr(restore(text, sizeof text), "###]  100 %"));
}

/* Long runs: hours, and days from the second one on. */
static void test_progress_takes_long(void **state)
{
    static const struct {
        time_t took;
        const char *words;
    } cases[] = {
        {83, "   50 %  1:23 left"},
        {4000, "   50 %  1:06:40 left"},
        {2 * 86400 - 2, "   50 %  47:59:58 left"},
        {2 * 86400, "   50 %  2 days left"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        redirect_to_pipe();
        log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
        log_progress("waiting", 0, 10, 0, 0);
        seconds_ahead += cases[i].took;
        log_progress("waiting", 5, 10, 0, 0);
        log_progress_end();
        if (!strstr(restore(text, sizeof text), cases[i].words))
            fail_msg("%s for %s", text, cases[i].words);
    }
}

/* A run that has got nowhere has no time left to tell. */
static void test_progress_stands_still(void **state)
{
    (void)state;
    char text[500];
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    log_progress("again", 900, 1000, 0, 0);
    seconds_ahead++;
    log_progress("again", 900, 1000, 0, 0);
    log_progress_end();
    assert_non_null(strstr(restore(text, sizeof text), "]   90 %  0:01 so far"));
    assert_null(strstr(text, "left"));
}

/* Work that was done before the first call counts as done, but not as fast. */
static void test_progress_taken_up(void **state)
{
    (void)state;
    char text[500], unit = 0;
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    log_progress("again", 900, 1000, 9e15, 0);
    seconds_ahead++;
    log_progress("again", 901, 1000, 9e15 + 2.6e9, 0);
    log_progress_end();
    unsigned minutes = 0, seconds = 0;
    float rate = 0;
    restore(text, sizeof text);
    int n = sscanf(text, "\ragain  [%*[#]%*[-]]   90 %%  %f %c pairs/s  %u:%u left", &rate, &unit,
                   &minutes, &seconds);
    assert_int_equal(n, 4);
    assert_true(unit == 'M' || (unit == 'G' && rate <= 10));
    assert_true(60 * minutes + seconds >= 25);
}

static void test_progress_is_rare(void **state)
{
    (void)state;
    static char text[100000];
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    double begin = log_seconds();
    uint64_t calls = 0;
    while (log_seconds() - begin < 0.5)
        log_progress("often", calls++, UINT64_MAX, 0, 0);
    double took = log_seconds() - begin;
    log_progress_end();
    restore(text, sizeof text);
    size_t lines = count_of(text, "often");
    assert_true(calls > 100 && lines >= 1);
    assert_true((double)lines <= 5 * took);
}

/* Names of files are in both. */
static void test_controls(void **state)
{
    (void)state;
    char text[500];
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    show("reading \033]0;x\a.csv", 1, 1, 0, 0);
    log_note("\033[2J\xc2\x9b"
             "2J\a: %s",
             "a\rb");
    log_progress_end();
    restore(text, sizeof text);
    assert_non_null(strstr(text, "reading ?]0;x?.csv"));
    assert_non_null(strstr(text, "axb: ?[2J??2J?: a?b\n"));
}

static void test_note_within_progress(void **state)
{
    (void)state;
    char text[500], line[100], wanted[500];
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    show("matching", 1, 1, 0, 0);
    log_note("by the way");
    log_progress_end();
    restore(text, sizeof text);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text + 1, "\r") + 1, text);
    snprintf(wanted, sizeof wanted, "%s\r\033[Kaxb: by the way\n%s\r\033[K", line, line);
    assert_non_null(strstr(line, "\rmatching  [####"));
    assert_string_equal(text, wanted);
}

static void test_who_sees_progress(void **state)
{
    static const struct {
        enum log_level level;
        enum log_progress progress;
        bool terminal, shown;
    } cases[] = {
        {LOG_NORMAL, LOG_PROGRESS_AUTO, false, false},
        {LOG_NORMAL, LOG_PROGRESS_AUTO, true, true},
        {LOG_QUIET, LOG_PROGRESS_AUTO, true, false},
        {LOG_NORMAL, LOG_PROGRESS_NEVER, true, false},
        {LOG_QUIET, LOG_PROGRESS_ALWAYS, false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        if (cases[i].terminal)
            redirect_to_terminal(80);
        else
            redirect_to_pipe();
        log_setup(cases[i].level, cases[i].progress);
        show("matching", 1, 2, 0, 0);
        log_progress_end();
        assert_int_equal(restore(text, sizeof text)[0] != 0, cases[i].shown);
    }
}

/* A line that is as wide as the terminal would wrap and could not be wiped. */
static void test_progress_fits_the_terminal(void **state)
{
    (void)state;
    for (unsigned short columns = 1; columns <= 120; columns += 17) {
        char text[500];
        redirect_to_terminal(columns);
        log_setup(LOG_NORMAL, LOG_PROGRESS_AUTO);
        show("matching", 416, 1000, 2.6e9, 1234567);
        log_progress_end();
        restore(text, sizeof text);
        size_t width = strcspn(text + 1, "\033");
        assert_int_equal(text[0], '\r');
        assert_true(width < columns);
        if (columns != 69) /* the digits of the rate decide */
            assert_int_equal(strstr(text, "  [#") != NULL, columns > 69);
    }
}

static void test_long_names(void **state)
{
    (void)state;
    char text[2000], what[1000];
    memset(what, 'w', sizeof what - 1);
    what[sizeof what - 1] = 0;
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    show(what, 416, 1000, 2.6e9, 1234567);
    log_progress_end();
    restore(text, sizeof text);
    assert_int_equal(strspn(text + 1, "w"), 24); /* the rest is needed for the bar */
    assert_non_null(strstr(text, " left\033[K"));
}

static void test_bar(void **state)
{
    static const char *const locales[] = {"C.UTF-8", "C"}, *const bars[] = {"[███", "[###"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[900];
        setenv("LC_ALL", locales[i], 1);
        redirect_to_terminal(100);
        log_setup(LOG_NORMAL, LOG_PROGRESS_AUTO);
        show("matching", 500, 1000, 0, 0);
        log_progress_end();
        assert_non_null(strstr(restore(text, sizeof text), bars[i]));
        assert_non_null(strstr(text, "]   50 %"));
    }
}

/* ---- Phases ----------------------------------------------------------------------------------*/

/* What is drawn by nobody but the ticker, until `part` is. */
static char *wait_for(const char *part, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < 4000 && !strstr(text, part); i++) {
        const ssize_t n = read(reader, text + used, bytes - 1 - used);
        used += n > 0 ? (size_t)n : 0;
        text[used] = 0;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    if (!strstr(text, part)) {
        char rest[200];
        restore(rest, sizeof rest);
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
    return text;
}

static void test_phase(void **state)
{
    static char text[20000], rest[20000];
    (void)state;
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    log_phase("reading x.csv", 1000);
    log_phase_done(400);
    seconds_ahead += 10;
    log_phase_done(16);
    wait_for("\rreading x.csv  [", text, sizeof text);
    wait_for("]   41 %  416 of 1000 bytes  ", text, sizeof text);
    log_phase_done(9999); /* chunks are counted whole */
    wait_for("]  100 %  1000 of 1000 bytes", text, sizeof text);
    log_phase("indexing x\a.csv", 0);
    seconds_ahead++;
    wait_for("\rindexing x?.csv  ", text, sizeof text);
    wait_for("  0:01 so far\033[K", text, sizeof text);
    log_progress_end();
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    restore(rest, sizeof rest);
    const size_t n = strlen(rest);
    assert_true(n >= 4 &&
                strcmp(rest + n - 4, "\r\033[K") == 0); /* nothing is drawn after the end */
}

/* A stage draws for itself: the phase before it has ended. */
static void test_phase_gives_way(void **state)
{
    static char text[20000];
    (void)state;
    redirect_to_pipe();
    log_setup(LOG_NORMAL, LOG_PROGRESS_ALWAYS);
    log_phase("indexing", 0);
    show("matching", 1, 2, 0, 0);
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    log_progress_end();
    restore(text, sizeof text);
    assert_null(strstr(text, "indexing"));
    assert_null(strstr(text, "so far")); /* as the ticker would write */
    assert_non_null(strstr(text, "matching"));
}

/* Uses so many processor seconds of this thread. */
static void work(double seconds)
{
    struct timespec t, begin;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    while ((double)(t.tv_sec - begin.tv_sec) + 1e-9 * (double)(t.tv_nsec - begin.tv_nsec) <
           seconds);
}

static void *work_beside(void *nothing)
{
    work(0.02);
    return nothing;
}

static const struct log_spent *find_spent(const struct log_spent *spent, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(spent[i].what, what) == 0)
            return &spent[i];
    fail_msg("nothing was spent on %s", what);
    return NULL;
}

/* Each phase has what was done in it, whoever did it, and no other one has. */
static void test_spent(void **state)
{
    (void)state;
    struct log_spent spent[LOG_MAX_SPENT];
    pthread_t thread;
    log_setup(LOG_NORMAL, LOG_PROGRESS_NEVER);
    log_phase("alone", 0);
    work(0.02);
    log_phase("beside", 0);
    assert_int_equal(pthread_create(&thread, NULL, work_beside, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    log_progress("of children", 0, 1, 0, 0);
    const pid_t child = fork();
    if (child == 0) {
        work(0.02);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    log_phase("alone", 0);
    work(0.02);
    log_progress_end();
    const size_t n = log_spent(spent);
    const struct log_spent *alone = find_spent(spent, n, "alone"),
                           *beside = find_spent(spent, n, "beside"),
                           *children = find_spent(spent, n, "of children");
    assert_true(alone->thread_seconds >= 0.04 && alone->seconds >= 0.04);
    assert_true(alone->process_seconds >= alone->thread_seconds - 1e-3);
    assert_true(alone->children_seconds < 0.01);
    assert_true(beside->process_seconds >= 0.02 && beside->thread_seconds < 0.01);
    assert_true(children->children_seconds >= 0.015 && children->process_seconds < 0.01);
    (void)find_spent(spent, n, "other");
}

/* More phases than there is space for are one. */
static void test_spent_on_many(void **state)
{
    (void)state;
    struct log_spent spent[LOG_MAX_SPENT];
    char what[32];
    for (unsigned i = 0; i < 2 * LOG_MAX_SPENT; i++) {
        snprintf(what, sizeof what, "phase %u", i);
        log_phase(what, 0);
    }
    log_progress_end();
    assert_int_equal(log_spent(spent), LOG_MAX_SPENT);
}

int main(void)
{
    setenv("LC_ALL", "C", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spent),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_progress_leaves_out),
        cmocka_unit_test(test_progress_takes_long),
        cmocka_unit_test(test_progress_stands_still),
        cmocka_unit_test(test_progress_taken_up),
        cmocka_unit_test(test_progress_is_rare),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_note_within_progress),
        cmocka_unit_test(test_who_sees_progress),
        cmocka_unit_test(test_progress_fits_the_terminal),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_phase),
        cmocka_unit_test(test_phase_gives_way),
        cmocka_unit_test(test_spent_on_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
