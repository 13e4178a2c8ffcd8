/* Scorers that fail in each way that was ever seen: tests/program/test_scorer_faults.c with more
 * seeds. Its short form is a test by itself. */
#include "tests/fault/parts.h"

#include "tests/harness/harness_run.h"

#include <stdio.h>
#include <stdlib.h>

#define LONG_SEEDS 20

bool part_scorers(const struct ask *ask)
{
    uint64_t seeds = ask->n ? ask->n : ask->is_long ? LONG_SEEDS : 0;
    if (seeds == 0) {
        puts("scorers: 0 seeds; one is done by test_scorer_faults, --long does more");
        return true;
    }
    char text[24], *said, *errors;
    snprintf(text, sizeof text, "%llu", (unsigned long long)seeds);
    setenv("AXB_TEST_SEEDS", text, 1);
    const char *const argv[] = {place_binary("tests/test_fault"), NULL};
    int status = harness_run(argv, &said, &errors);
    printf("%s%sscorers: %s\n", said, status ? errors : "", status ? "failed" : "0 failed");
    free(said);
    free(errors);
    return status == 0;
}
