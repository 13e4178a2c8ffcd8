/* What a job script asks Slurm for, from what is known of a run. Not here: the script
 * (tests/cluster/slurm-script). */
#include "matcher/prepared/slurm_script.h"
#include "tests/test.h"

#include <math.h>

/* A run of an hour on one core, with small tables. */
static const struct slurm_facts hour = {
    .search_seconds = 3600, .common_bytes = 1e9, .peak_bytes = 2e9, .output_bytes = 1e9};

static void parts_follow_from_the_time(void **state)
{
    (void)state;
    struct slurm_facts f = hour;
    assert_int_equal(slurm_sizes_of(&f).parts, 1); /* of 8 cores, 450 s */
    f.cpus = 1;
    assert_int_equal(slurm_sizes_of(&f).parts, 6); /* of ten minutes */
    assert_true(slurm_sizes_of(&f).part_seconds == 600);
    f.search_seconds = 0;
    assert_int_equal(slurm_sizes_of(&f).parts, 1);
    f.search_seconds = 1e12;
    assert_int_equal(slurm_sizes_of(&f).parts, SLURM_MOST_PARTS);
    f.parts = 2000; /* whoever asks for them gets them */
    assert_int_equal(slurm_sizes_of(&f).parts, 2000);
}

static void a_function_is_not_timed(void **state)
{
    (void)state;
    struct slurm_facts f = hour;
    f.search_seconds = (double)NAN;
    f.parts = 4;
    assert_true(isnan(slurm_sizes_of(&f).part_seconds));
    assert_int_equal(slurm_sizes_of(&f).parts, 4);
}

static void large_output_has_ranges(void **state)
{
    (void)state;
    struct slurm_facts f = hour;
    f.output_bytes = 1e12;
    assert_int_equal(slurm_sizes_of(&f).ranges, 1);
    f.has_ranges = true;
    assert_int_equal(slurm_sizes_of(&f).ranges, 16);
    f.output_bytes = 0;
    assert_int_equal(slurm_sizes_of(&f).ranges, 1);
}

static void memory_is_enough_and_bounded(void **state)
{
    (void)state;
    struct slurm_facts f = hour;
    const struct slurm_sizes s = slurm_sizes_of(&f);
    assert_true(s.part_bytes > f.common_bytes && s.prepare_bytes > f.peak_bytes);
    f.most_bytes = 5e8;
    assert_true(slurm_sizes_of(&f).part_bytes == 5e8);
    f.chooses = true;
    assert_true(slurm_sizes_of(&f).merge_bytes > s.merge_bytes + f.output_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_follow_from_the_time),
        cmocka_unit_test(a_function_is_not_timed),
        cmocka_unit_test(large_output_has_ranges),
        cmocka_unit_test(memory_is_enough_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
