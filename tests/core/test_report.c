/* Reports: the very lines that a program gets, whatever bytes a scorer says. */
#include "core/log.h"
#include "core/report.h"
#include "tests/test.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int ends[2]; /* of the pipe on which is reported */

static int set_up(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_true(report_open(0, &e));
    assert_false(report_active());
    assert_false(report_open(ends[0], &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_true(report_open(ends[1], &e));
    return report_active() ? 0 : -1;
}

static void says(const char *expected)
{
    char line[4096];
    const ssize_t n = read(ends[0], line, sizeof line - 1);
    line[n < 0 ? 0 : n] = 0;
    assert_string_equal(line, expected);
}

static void test_texts(void **state)
{
    (void)state;
    report_note("\"a\" \\ \n \x01 \x7f ö €");
    says("{\"note\":\"\\\"a\\\" \\\\ \\u000a \\u0001 \\u007f ö €\"}\n");
    report_note("\xff \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82");
    says("{\"note\":\"\\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd "
         "\\ufffd\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\"}\n");
    report_note("\xf0\x9f\x98\x80");
    says("{\"note\":\"\xf0\x9f\x98\x80\"}\n");
}

static void test_kinds(void **state)
{
    struct err e;
    (void)state;
    report_progress(&(struct report_progress){"matching", 3, 40, 7, 1.5e6, (double)NAN});
    says("{\"progress\":{\"phase\":\"matching\",\"done\":3,\"total\":40,\"found\":7,"
         "\"pairs_done\":1500000,\"left_seconds\":null}}\n");
    report_failure(&(struct report_failure){.row_a = 0, .row_b = 3, .reason = "was killed"});
    says("{\"failure\":{\"row_a\":0,\"row_b\":3,\"reason\":\"was killed\"}}\n");
    report_failure(&(struct report_failure){.is_item = true,
                                            .row_a = 9,
                                            .reason = "raised KeyError: 1",
                                            .type = "KeyError",
                                            .traceback = "line\n"});
    says("{\"failure\":{\"item\":9,\"reason\":\"raised KeyError: 1\",\"type\":\"KeyError\","
         "\"traceback\":\"line\\u000a\"}}\n");
    err_set(&e, ERR_SCORER, "look", "it failed");
    report_error(&e);
    says("{\"error\":{\"status\":76,\"text\":\"it failed\",\"hint\":\"look\"}}\n");
    report_result("{\"pairs\":1}");
    says("{\"result\":{\"pairs\":1}}\n");
}

/* Notes go to the program in place of stderr. */
static void test_notes(void **state)
{
    (void)state;
    log_setup(LOG_NORMAL, LOG_PROGRESS_AUTO);
    log_note("%d of %d workers", 2, 4);
    says("{\"note\":\"2 of 4 workers\"}\n");
    log_verbose("more");
    says("");
    log_setup(LOG_QUIET, LOG_PROGRESS_AUTO);
    log_note("nothing");
    says("");
}

/* A reader that is behind loses progress, and gets all else. */
static void test_full(void **state)
{
    static char big[60000];
    size_t n = 0;
    (void)state;
    memset(big, 'x', sizeof big - 1);
    report_note(big);
    for (int i = 0; i < 1000; i++)
        report_progress(&(struct report_progress){"matching", 3, 40, 7, 1, 1});
    for (ssize_t got; (got = read(ends[0], big, sizeof big)) > 0;)
        n += (size_t)got;
    assert_in_range(n, sizeof big, 1 << 16);
    report_note("end");
    says("{\"note\":\"end\"}\n");
}

/* Last: nobody reads any more. We go on, and no SIGPIPE comes later. */
static void test_reader_gone(void **state)
{
    (void)state;
    close(ends[0]);
    report_note("nobody reads this");
    assert_false(report_active());
    report_note("nor this");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),       cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_notes),       cmocka_unit_test(test_full),
        cmocka_unit_test(test_reader_gone),
    };
    return cmocka_run_group_tests_name("report", tests, set_up, NULL);
}
