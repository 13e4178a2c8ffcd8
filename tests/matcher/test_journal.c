/* The journal as a file: what was written is read back, and whatever is cut off or flipped, either
 * an entry that was really made counts, or the file is refused. And the output that it speaks of:
 * one that was changed is refused. */
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
        assert_true(journal_reach(&j, 100 * i + 7, 12345 * i, 67 * i, &e));
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
            assert_true(j.written.pairs == 12345 * (j.written.row / 100) &&
                        j.written.unmatched == 67 * (j.written.row / 100));
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
    assert_int_equal(j.written.unmatched, 67 * (POINTS - 1));
    assert_true(journal_reach(&j, 5000, 6000, 0, &e));
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
    assert_true(journal_reach(&j, 107, 12345, 0, &e));
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

/* Is a journal of the run with these facts one of the run with those? */
static bool is_journal_of(const char *facts, const char *those, struct err *e)
{
    struct journal j;
    unlink(path);
    assert_true(open_and_begin(&j, facts, e) && journal_reach(&j, 7, 1, 0, e));
    journal_close(&j);
    const bool is = open_and_begin(&j, those, e);
    journal_close(&j);
    return is;
}

/* An option that is given several times is several facts of one name, in their order. */
static void facts_of_one_name(void **state)
{
    static const char *const facts = "--replace /a/b/\n--min 1\n--replace /c/d/\n";
    struct err e = {0};
    (void)state;
    assert_true(is_journal_of(facts, facts, &e));
    assert_true(is_journal_of(facts, "--replace /a/b/\n--replace /c/d/\n--min 1\n", &e));
    assert_false(is_journal_of(facts, "--replace /c/d/\n--min 1\n--replace /a/b/\n", &e));
    assert_non_null(strstr(e.text, "it has \"--replace /a/b/\", here it is \"--replace /c/d/\""));
    e = (struct err){0};
    assert_false(is_journal_of(facts, "--replace /a/b/\n--min 1\n--replace /c/e/\n", &e));
    assert_non_null(strstr(e.text, "it has \"--replace /c/d/\", here it is \"--replace /c/e/\""));
    e = (struct err){0};
    assert_false(is_journal_of(facts, "--replace /a/b/\n--min 1\n", &e));
    e = (struct err){0};
    assert_false(is_journal_of("--replace /a/b/\n--min 1\n", facts, &e));
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

/* Journals of axb 0.1.0 know nothing of the output's bytes. */
static void other_versions(void **state)
{
    static const char *const begin[] = {"axb journal 2\n", "axb journal 4\n", "axb journal 12\n"};
    (void)state;
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++) {
        struct journal j;
        struct err e = {0};
        char *old;
        assert_true(asprintf(&old, "%s%s", begin[i], strchr(real, '\n') + 1) > 0);
        harness_write(path, old, strlen(old));
        assert_false(open_and_begin(&j, FACTS, &e));
        assert_int_equal(e.status, ERR_DATA);
        assert_non_null(strstr(e.text, "another version of axb"));
        assert_non_null(strstr(e.text, path));
        journal_close(&j);
        assert_int_equal(access(path, F_OK), 0);
        free(old);
    }
}

/* ---- The output ------------------------------------------------------------------------------*/

#define HEAD "a,b,score\n"
#define LINES "1,17,0.95\n2,4,1\n"
#define NOT_DONE "3,9,0.8\n3,"
#define DONE_BYTES (sizeof HEAD LINES - 1)
#define MOST_BYTES (sizeof HEAD LINES NOT_DONE - 1)

static char output[sizeof path + 4], partial[sizeof path + 12];

/* A run that is killed: its journal speaks of the head and the lines, and more is written. */
static void kill_run(void)
{
    struct out out;
    struct journal j;
    struct err e = {0};
    snprintf(output, sizeof output, "%s.out", path);
    snprintf(partial, sizeof partial, "%s.partial", output);
    unlink(path);
    unlink(partial);
    assert_true(journal_open(&j, path, &e) && out_open_partial(&out, output, &e));
    assert_true(journal_begin(&j, FACTS, 0, &out, &e) && journal_take_output(&j, &e));
    assert_true(out_write(&out, HEAD, sizeof HEAD - 1, &e) && journal_reach(&j, 1, 0, 0, &e));
    assert_true(out_write(&out, LINES, sizeof LINES - 1, &e) && journal_reach(&j, 3, 2, 0, &e));
    assert_true(out_write(&out, NOT_DONE, sizeof NOT_DONE - 1, &e));
    out_abort(&out);
    journal_close(&j);
}

/* Is the run taken up with these bytes in its partial output? *e says why not. The output is cut to
 * what is done, or is as it was. */
static bool is_taken_up(const char *bytes, size_t n, struct err *e)
{
    struct out out;
    struct journal j;
    size_t left;
    unlink(partial); /* some file systems wait for the disk when a file is written anew */
    harness_write(partial, bytes, n);
    assert_true(journal_open(&j, path, e) && out_open_partial(&out, output, e));
    assert_true(journal_begin(&j, FACTS, 0, &out, e));
    const bool taken = journal_take_output(&j, e);
    if (taken)
        assert_int_equal(out.bytes, j.written.bytes);
    out_abort(&out);
    journal_close(&j);
    if (!taken && n == 0)
        return false; /* an empty one is removed */
    char *text = harness_read(partial, &left);
    assert_int_equal(left, taken ? DONE_BYTES : n);
    assert_memory_equal(text, bytes, left);
    free(text);
    return taken;
}

static void check_refused(const struct err *e, const char *why)
{
    char journal[sizeof path + 20];
    snprintf(journal, sizeof journal, "the journal %s", path);
    assert_int_equal(e->status, ERR_DATA);
    assert_non_null(strstr(e->text, why));
    assert_non_null(strstr(e->text, partial));
    assert_non_null(strstr(e->text, journal));
    assert_non_null(strstr(e->hint, "remove both files"));
}

static void output_cut_or_longer(void **state)
{
    struct err e = {0};
    (void)state;
    kill_run();
    for (size_t n = 0; n <= MOST_BYTES; n++) {
        const bool taken = is_taken_up(HEAD LINES NOT_DONE, n, &e);
        assert_int_equal(taken, n >= DONE_BYTES);
        if (!taken)
            check_refused(&e, "bytes, but the journal ");
    }
}

static void every_byte_of_the_output_changed(void **state)
{
    char bytes[] = HEAD LINES NOT_DONE;
    (void)state;
    kill_run();
    for (size_t at = 0; at < MOST_BYTES; at++)
        for (unsigned change = 1; change < 256; change++) {
            struct err e = {0};
            bytes[at] ^= (char)change;
            const bool taken = is_taken_up(bytes, MOST_BYTES, &e);
            bytes[at] ^= (char)change;
            if (taken != (at >= DONE_BYTES))
                fail_msg("byte %zu xor %u: taken up %d", at, change, (int)taken);
            if (!taken)
                check_refused(&e, "was changed");
        }
}

/* What a resumed run writes counts as what the first one wrote. */
static void output_of_two_runs(void **state)
{
    struct out out;
    struct journal j;
    struct err e = {0};
    (void)state;
    kill_run();
    assert_true(journal_open(&j, path, &e) && out_open_partial(&out, output, &e));
    assert_true(journal_begin(&j, FACTS, 0, &out, &e) && journal_take_output(&j, &e));
    assert_true(out_write(&out, NOT_DONE, sizeof NOT_DONE - 1, &e));
    assert_true(journal_reach(&j, 4, 3, 0, &e));
    const struct journal_point last = j.written;
    out_abort(&out);
    journal_close(&j);
    harness_write(output, HEAD LINES NOT_DONE, MOST_BYTES);
    assert_int_equal(last.bytes, MOST_BYTES);
    assert_true(out_is_file(output, MOST_BYTES, last.output));
    assert_false(out_is_file(output, MOST_BYTES - 1, last.output));
    assert_false(out_is_file(output, MOST_BYTES, last.output ^ 1));
    assert_false(out_is_file(partial + 1, MOST_BYTES, last.output));
    unlink(output);
    unlink(partial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),     cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_bit_flipped),    cmocka_unit_test(lines_of_another),
        cmocka_unit_test(facts_that_differ),    cmocka_unit_test(one_run_at_a_time),
        cmocka_unit_test(worth_nothing),        cmocka_unit_test(other_versions),
        cmocka_unit_test(output_cut_or_longer), cmocka_unit_test(every_byte_of_the_output_changed),
        cmocka_unit_test(output_of_two_runs),   cmocka_unit_test(facts_of_one_name)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
