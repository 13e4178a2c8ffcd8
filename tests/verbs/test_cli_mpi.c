/* `axb mpi` where there is no job of Open MPI: what is wrong with the command, and an axb that was
 * built without MPI. Not here: jobs (tests/cluster/axb-mpi). */
#include "core/err.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    return harness_shell_set_up(state) ||
           harness_shell("mkdir alone && cp $(command -v axb) alone/axb", NULL, NULL);
}

/* The command fails with this status, and its message has these words. */
static void fails_with(const char *command, int status, const char *words)
{
    char *err;
    assert_int_equal(harness_shell(command, NULL, &err), status);
    if (!strstr(err, words))
        fail_msg("%s says\n%s\nwithout \"%s\"", command, err, words);
    free(err);
}

static void test_the_output_must_be_a_file(void **state)
{
    (void)state;
    fails_with("axb mpi run.axbrun", ERR_USAGE, "axb: --output is missing");
    fails_with("axb mpi run.axbrun -o -", ERR_USAGE, "axb: --output is missing");
}

static void test_there_are_not_that_many_parts(void **state)
{
    (void)state;
    fails_with("axb mpi run.axbrun -o pairs.csv --parts 2M", ERR_USAGE,
               "axb: --parts 2000000: at most 1000000 parts are possible");
    fails_with("axb mpi run.axbrun -o pairs.csv --parts 0", ERR_USAGE, "axb: --parts");
}

static void test_a_part_is_no_option(void **state)
{
    (void)state;
    fails_with("axb mpi run.axbrun -o pairs.csv --shard 1/2", ERR_USAGE,
               "axb: axb mpi has no option --shard");
}

static void test_built_without_mpi(void **state)
{
    (void)state;
    fails_with("alone/axb mpi run.axbrun -o pairs.csv", ERR_UNAVAILABLE,
               "alone/axb-mpi does not exist: this axb was built without MPI");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_output_must_be_a_file),
        cmocka_unit_test(test_there_are_not_that_many_parts),
        cmocka_unit_test(test_a_part_is_no_option),
        cmocka_unit_test(test_built_without_mpi),
    };
    return cmocka_run_group_tests(tests, set_up, harness_shell_tear_down);
}
