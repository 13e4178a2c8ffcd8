/* The journal as a file: what was written is read back, and whatever is cut off or flipped, either
 * an entry that was really made counts, or the file is refused. */
#include "matcher/engine/journal.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACTS "verb match\n--min 0.5\n"
#define OTHER "verb match\n--min 0.6\n"
#define POINTS 4

static char path[] = "/tmp/axb-journal-XXXXXX";
static char *real;             /* a journal of POINTS entries */
static size_t n_real;          /* its bytes */
static size_t end[POINTS + 1]; /* of the head, of the head and one entry, … */

static bool open_and_begin(struct journal *j, const char *facts, struct err *e)
{
    return journal_open(j, path, e) && journal_begin(j, facts, 0, NULL, e);
}

static int set_up(void **state)
{
    struct journal j;
    struct err e = {0};
    (void)state;
    close(mkstemp(path));
    assert_true(open_and_begin(&j, FACTS, &e));
    end[0] = j.bytes;
    for (uint64_t i = 0; i < POINTS; i++) {
        assert_true(journal_reach(&j, 100 * i + 7, 12345 * i, &e));
        end[i + 1] = j.bytes;
    }
    journal_close(&j);
    real = harness_read(path, &n_real);
    assert_int_equal(n_real, end[POINTS]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(real);
    unlink(path);
    return 0;
}

/* How many entries count in a file of these bytes; -1 if it is refused, with *status. */
static int entries(const char *bytes, size_t n, enum err_status *status)
{
    struct journal j;
    struct err e = {0};
    harness_write(path, bytes, n);
    int found = -1;
    if (open_and_begin(&j, FACTS, &e)) {
        found = j.any ? (int)(j.written.row / 100) + 1 : 0;
        if (j.any)
            assert_int_equal(j.written.pairs, 12345 * (j.written.row / 100));
        assert_int_equal(j.bytes, end[found]);
    }
    *status = e.status;
    journal_close(&j);
    return found;
}

static void written_and_read(void **state)
{
    struct journal j;
    struct err e = {0};
    (void)state;
    harness_write(path, real, n_real);
    assert_true(open_and_begin(&j, FACTS, &e));
    assert_int_equal(j.written.row, 100 * (POINTS - 1) + 7);
    assert_int_equal(j.written.pairs, 12345 * (POINTS - 1));
    assert_true(journal_reach(&j, 5000, 6000, &e));
    journal_close(&j);
    assert_true(open_and_begin(&j, FACTS, &e));
    assert_int_equal(j.written.row, 5000);
    journal_remove(&j);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* A run that is killed leaves any part of its journal: all whole entries count. */
static void cut_at_every_byte(void **state)
{
    enum err_status status;
    (void)state;
    for (size_t n = 0; n <= n_real; n++) {
        int whole = 0;
        while (whole < POINTS && n >= end[whole + 1])
            whole++;
        assert_int_equal(entries(real, n, &status), whole);
    }
}

/* Entries in front of the damage count; a damaged head is refused. */
static void every_bit_flipped(void **state)
{
    enum err_status status;
    (void)state;
    for (size_t bit = 0; bit < 8 * n_real; bit++) {
        int whole = 0;
        real[bit / 8] ^= (char)(1 << bit % 8);
        while (whole < POINTS && bit / 8 >= end[whole + 1])
            whole++;
        int found = entries(real, n_real, &status);
        real[bit / 8] ^= (char)(1 << bit % 8);
        if (bit / 8 < end[0] && (found != -1 || status != ERR_DATA))
            fail_msg("bit %zu: %d entries, status %d", bit, found, (int)status);
        if (bit / 8 >= end[0] && found != whole)
            fail_msg("bit %zu: %d entries", bit, found);
    }
}

/* Lines that are whole, but not of this journal. */
static void lines_of_another(void **state)
{
    struct journal j;
    struct err e = {0};
    enum err_status status;
    char *other, *mixed;
    size_t n, n_head;
    (void)state;
    unlink(path);
    assert_true(open_and_begin(&j, OTHER, &e));
    n_head = j.bytes;
    assert_true(journal_reach(&j, 107, 12345, &e));
    journal_close(&j);
    other = harness_read(path, &n);
    assert_int_equal(asprintf(&mixed, "%.*s%s", (int)end[0], real, other + n_head),
                     end[0] + n - n_head);
    assert_int_equal(entries(mixed, end[0] + n - n_head, &status), 0);
    assert_int_equal(entries(other, n, &status), -1);
    assert_int_equal(status, ERR_USAGE);
    free(mixed);
    free(other);
}

static void facts_that_differ(void **state)
{
    struct journal j;
    struct err e = {0};
    (void)state;
    harness_write(path, real, n_real);
    assert_false(open_and_begin(&j, OTHER, &e));
    assert_non_null(strstr(e.text, "--min 0.5"));
    assert_non_null(strstr(e.text, "--min 0.6"));
    journal_close(&j);
    assert_int_equal(access(path, F_OK), 0); /* it is kept */
}

static void one_run_at_a_time(void **state)
{
    struct journal first, second;
    struct err e = {0};
    (void)state;
    harness_write(path, real, n_real);
    assert_true(journal_open(&first, path, &e));
    assert_false(journal_open(&second, path, &e));
    assert_int_equal(e.status, ERR_STOPPED);
    journal_close(&second);
    journal_close(&first);
    assert_true(journal_open(&second, path, &e));
    journal_close(&second);
}

/* Nothing is left of a run that has not come to its first entry; files of others are left alone. */
static void worth_nothing(void **state)
{
    static const char foreign[] = "my thesis\n";
    struct journal j;
    struct err e = {0};
    (void)state;
    unlink(path);
    assert_true(open_and_begin(&j, FACTS, &e));
    journal_close(&j);
    assert_int_not_equal(access(path, F_OK), 0);
    harness_write(path, foreign, sizeof foreign - 1);
    assert_false(open_and_begin(&j, FACTS, &e));
    assert_int_equal(e.status, ERR_DATA);
    journal_close(&j);
    assert_int_equal(access(path, F_OK), 0);
    assert_false(journal_open(&j, "/dev/null", &e));
    journal_close(&j);
    assert_int_equal(access("/dev/null", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),  cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_bit_flipped), cmocka_unit_test(lines_of_another),
        cmocka_unit_test(facts_that_differ), cmocka_unit_test(one_run_at_a_time),
        cmocka_unit_test(worth_nothing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
