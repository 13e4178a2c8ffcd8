/* Parts of a run: each row is in one of them. Put together, their outputs are what one machine
 * writes. A part that is cut, damaged, missing or of another run is refused. */
#include "matcher/shard/shard_file.h"
#include "tests/harness/harness_command.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb "

static int set_up(void **state)
{
    harness_command_set_up(state);
    return harness_command(
        BINARY_DIR "/axb-sample . 1200 && head -1 A.csv >empty.csv && head -6 B.csv >few.csv");
}

/* ---- Which part, which rows ------------------------------------------------------------------*/

static void parts_have_all_rows(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 2, 3, 10, 999, 1ull << 33, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint32_t of = 1; of < 40; of += of < 8 ? 1 : 13)
            for (int self = 0; self < 2; self++) {
                uint64_t next = 0, from, to, n = sizes[i];
                for (uint32_t k = 1; k <= of; k++) {
                    shard_rows(&(struct shard){k, of}, n, self, &from, &to);
                    assert_true(from == next && to >= from && to <= n);
                    next = to;
                }
                assert_true(next == n);
            }
}

/* In dedupe early rows have more pairs, so the first parts have fewer rows. */
static void parts_are_alike(void **state)
{
    (void)state;
    const uint64_t n = 1000003;
    for (uint32_t k = 1; k <= 7; k++) {
        uint64_t from, to;
        shard_rows(&(struct shard){k, 7}, n, false, &from, &to);
        assert_true(to - from == n / 7 || to - from == n / 7 + 1);
        shard_rows(&(struct shard){k, 7}, n, true, &from, &to);
        double pairs = (double)(to - from) * ((double)n - 0.5 * (double)(from + to + 1));
        double share = 0.5 * (double)n * (double)(n - 1) / 7;
        assert_true(pairs > share - 2 * (double)n && pairs < share + 2 * (double)n);
    }
}

static void parts_are_parsed(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "0/3",  "4/3", "2",     "2/",   "/3",        "2/3 ",
                                      "a/b", "-1/3", "1/0", "2/3/4", " 1/2", "1/9999999", "AUTO"};
    struct shard s;
    struct err e;
    assert_true(shard_parse("2/8", &s, &e) && s.number == 2 && s.of == 8);
    assert_true(shard_parse("1000000/1000000", &s, &e) && s.number == 1000000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(!shard_parse(bad[i], &s, &e) && e.status == ERR_USAGE);
}

/* ---- auto ------------------------------------------------------------------------------------*/

static const char *const variables[] = {
    "AXB_SHARD",
    "AXB_SHARDS",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_MAX",
    "SLURM_ARRAY_TASK_STEP",
    "SLURM_PROCID",
    "SLURM_STEP_NUM_TASKS",
    "SGE_TASK_ID",
    "SGE_TASK_FIRST",
    "SGE_TASK_LAST",
    "SGE_TASK_STEPSIZE",
    "LSB_JOBINDEX",
    "LSB_JOBINDEX_END",
    "LSB_JOBINDEX_STEP",
    "PBS_ARRAY_INDEX",
    "PBS_ARRAYID",
    "JOB_COMPLETION_INDEX",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "AWS_BATCH_JOB_ARRAY_SIZE",
    "BATCH_TASK_INDEX",
    "BATCH_TASK_COUNT",
    "CLOUD_RUN_TASK_INDEX",
    "CLOUD_RUN_TASK_COUNT",
    "OMPI_COMM_WORLD_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "PMI_RANK",
    "PMI_SIZE",
    "FLUX_TASK_RANK",
    "FLUX_JOB_SIZE",
};

/* Reads --shard `text` with the variables of "NAME=VALUE NAME=VALUE", and no others. */
static bool parse_with(const char *environment, const char *text, struct shard *s, struct err *e)
{
    char *copy = strdup(environment), *save = NULL;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    for (char *variable = strtok_r(copy, " ", &save); variable;
         variable = strtok_r(NULL, " ", &save)) {
        char *value = strchr(variable, '=');
        *value = 0;
        setenv(variable, value + 1, 1);
    }
    free(copy);
    return shard_parse(text, s, e);
}

#define SLURM(id, count, min, max, step)                                                           \
    "SLURM_ARRAY_TASK_ID=" id " SLURM_ARRAY_TASK_COUNT=" count " SLURM_ARRAY_TASK_MIN=" min        \
    " SLURM_ARRAY_TASK_MAX=" max " SLURM_ARRAY_TASK_STEP=" step
#define SGE(id, first, last, step)                                                                 \
    "SGE_TASK_ID=" id " SGE_TASK_FIRST=" first " SGE_TASK_LAST=" last " SGE_TASK_STEPSIZE=" step

static void schedulers_say_which(void **state)
{
    (void)state;
    static const struct {
        const char *environment, *text;
        uint32_t number, of;
    } good[] = {
        {"AXB_SHARD=3/5", "auto", 3, 5},
        {"AXB_SHARD=1/2 JOB_COMPLETION_INDEX=7", "auto", 1, 2},
        {SLURM("1", "8", "1", "8", "1"), "auto", 1, 8},
        {SLURM("8", "8", "1", "8", "1"), "auto", 8, 8},
        {SLURM("0", "4", "0", "3", "1"), "auto", 1, 4},
        {SLURM("7", "4", "1", "10", "3"), "auto", 3, 4},
        {SLURM("3", "2", "3", "7", "1"), "auto/8", 3, 8}, /* --array=3,7: submitted again */
        {SLURM("7", "2", "3", "7", "1"), "auto/8", 7, 8},
        {SLURM("3", "1", "3", "3", "1") " AXB_SHARDS=8", "auto", 3, 8},
        {SLURM("3", "1", "3", "3", "1") " AXB_SHARDS=9", "auto/8", 3, 8},
        {SLURM("2", "8", "1", "8", "1") " SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", "auto", 2, 8},
        {SLURM("2", "8", "1", "8", "1") " OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1", "auto/8",
         2, 8},
        {"SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=6", "auto", 6, 6},
        {SGE("3", "1", "8", "1"), "auto", 3, 8},
        {SGE("5", "1", "8", "2"), "auto", 3, 4},
        {SGE("5", "5", "5", "1"), "auto/8", 5, 8},
        {SGE("undefined", "undefined", "undefined", "undefined") " PBS_ARRAY_INDEX=2", "auto/3", 2,
         3},
        {"LSB_JOBINDEX=4 LSB_JOBINDEX_END=8 LSB_JOBINDEX_STEP=1", "auto", 4, 8},
        {"LSB_JOBINDEX=0 PMI_RANK=2 PMI_SIZE=4", "auto", 3, 4},
        {"PBS_ARRAY_INDEX=8 AXB_SHARDS=8", "auto", 8, 8},
        {"PBS_ARRAYID=1", "auto/2", 1, 2},
        {"JOB_COMPLETION_INDEX=0 AXB_SHARDS=3", "auto", 1, 3},
        {"JOB_COMPLETION_INDEX=2", "auto/3", 3, 3},
        {"AWS_BATCH_JOB_ARRAY_INDEX=9 AWS_BATCH_JOB_ARRAY_SIZE=10", "auto", 10, 10},
        {"BATCH_TASK_INDEX=0 BATCH_TASK_COUNT=4", "auto/4", 1, 4},
        {"CLOUD_RUN_TASK_INDEX=3 CLOUD_RUN_TASK_COUNT=4", "auto", 4, 4},
        {"OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2",
         "auto", 2, 3},
        {"FLUX_TASK_RANK=0 FLUX_JOB_SIZE=2", "auto", 1, 2},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct shard s = {0};
        struct err e = {0};
        if (!parse_with(good[i].environment, good[i].text, &s, &e) || s.number != good[i].number ||
            s.of != good[i].of)
            fail_msg("%s: %u of %u, %s", good[i].environment, s.number, s.of, e.text);
    }
}

static void schedulers_that_do_not_say(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"", "auto", "there is no task of an array or rank of Slurm"},
        {"", "auto/8", "there is no task of an array or rank of Slurm"},
        {"AXB_SHARD=9/5", "auto", "\"9/5\" is not a part"},
        {"PBS_ARRAYID=1", "auto/0", "\"auto/0\" is not a part"},
        {"PBS_ARRAYID=1", "auto/", "\"auto/\" is not a part"},
        {"PBS_ARRAYID=1", "auto/8x", "\"auto/8x\" is not a part"},
        {"PBS_ARRAYID=1 AXB_SHARDS=0", "auto", "AXB_SHARDS is 0, not 1 to 1000000"},
        {"PBS_ARRAYID=1 AXB_SHARDS=x", "auto", "AXB_SHARDS is \"x\", not a number"},
        {"PBS_ARRAYID=1", "auto", "Torque does not say how many tasks it has"},
        {"SLURM_ARRAY_TASK_ID=1", "auto", "SLURM_ARRAY_TASK_MIN is not set"},
        {SLURM("3", "3", "1", "7", "1"), "auto", "the array of Slurm has gaps"}, /* 1,3,7 */
        {SLURM("3", "2", "3", "7", "1"), "auto", "the array of Slurm has gaps"}, /* 3,7 */
        {SLURM("3", "2", "3", "4", "1"), "auto", "begins with task 3, so it may be a part of one"},
        {SLURM("3", "1", "3", "3", "1"), "auto", "begins with task 3, so it may be a part of one"},
        {SLURM("9", "2", "3", "9", "1"), "auto/8", "task 9 of Slurm is none of 8 from 1"},
        {SLURM("3", "8", "0", "7", "1"), "auto/8", "begins with task 0, and parts begin with 1"},
        {SLURM("x", "3", "1", "3", "1"), "auto", "\"x\", not a number"},
        {SLURM("1", "3", "1", "3", "0"), "auto", "has gaps"},
        {SLURM("2", "8", "1", "8", "1") " SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2", "auto",
         "both SLURM_ARRAY_TASK_ID and SLURM_PROCID are set"},
        {"SLURM_PROCID=0 SLURM_NTASKS=8", "auto", "there is no task"}, /* a job script, no step */
        {SGE("4", "1", "7", "2"), "auto",
         "task 4 of Grid Engine is none of 4 from 1 in steps of 2"},
        {"JOB_COMPLETION_INDEX=2", "auto", "Kubernetes does not say how many"},
        {"JOB_COMPLETION_INDEX=3 AXB_SHARDS=3", "auto", "none of 3"},
        {"BATCH_TASK_INDEX=0 BATCH_TASK_COUNT=4", "auto/8",
         "BATCH_TASK_COUNT says 4, and there are to be 8 parts"},
        {"AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=2 JOB_COMPLETION_INDEX=1", "auto",
         "both JOB_COMPLETION_INDEX and AWS_BATCH_JOB_ARRAY_INDEX are set"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct shard s = {0};
        struct err e = {0};
        assert_false(parse_with(bad[i][0], bad[i][1], &s, &e));
        if (e.status != ERR_USAGE || !strstr(e.text, bad[i][2]))
            fail_msg("%s: %s", bad[i][0], e.text);
    }
}

/* ---- Together again --------------------------------------------------------------------------*/

static const char *const kinds[] = {
    "match A.csv B.csv --on full --metric levenshtein --min 0.7 --id id --keep city",
    "match A.csv B.csv --score '0.6*jaro_winkler(full)+0.4*levenshtein(city)' --min 0.8 "
    "--output-terms --format jsonl",
    "match A.csv B.csv --score score.c --min 0.9",
    "dedupe A.csv --on full --min 0.8",
    "match empty.csv B.csv --on full --min 0.8",
    "match few.csv empty.csv --on full --min 0.8",
    "match few.csv B.csv --on last --min 0.6",
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

/* Runs all parts of a kind, each with another number of workers: 1.shard, 2.shard ... */
static void run_parts(size_t kind, unsigned of)
{
    assert_int_equal(harness_command("rm -f *.shard"), 0);
    for (unsigned k = 1; k <= of; k++)
        if (harness_command(AXB "%s -q --shard %u/%u -j %u -o %u.shard", kinds[kind], k, of,
                            k % 3 + 1, k) != 0)
            fail_msg("%s", harness_command_said());
}

static void parts_make_the_whole(void **state)
{
    (void)state;
    static const unsigned counts[] = {3, 1, 2, 7}; /* all of them for the first kinds */
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        assert_int_equal(harness_command(AXB "%s -q -o whole", kinds[kind]), 0);
        for (size_t i = 0; i < (kind < 2 ? 4u : 1u); i++) {
            run_parts(kind, counts[i]);
            if (harness_command(AXB "merge $(ls -r *.shard) -q -o merged && cmp merged whole") != 0)
                fail_msg("%s, %u parts: %s", kinds[kind], counts[i], harness_command_said());
            assert_int_equal(harness_command(AXB "merge *.shard -q | cmp - whole"), 0);
        }
    }
}

/* The counts of the parts add up to that of the whole. An audit picks rows of the part. */
static void counts_and_audits(void **state)
{
    (void)state;
    assert_int_equal(
        harness_command(
            "whole=$(" AXB "%s --count -q); sum=0; for k in 1 2 3; do part=$(" AXB
            "%s --count -q --audit 20 --shard $k/3) || exit 3; sum=$((sum + part)); done; "
            "[ $sum = $whole ]",
            kinds[0], kinds[0]),
        0);
    assert_int_equal(harness_command(AXB "%s -q --audit 30 --shard 2/3 -o audited", kinds[3]), 0);
    harness_command_check(harness_command(AXB "%s --shard 1/2 --max-results 5", kinds[0]),
                          ERR_USAGE, "--max-results is for all pairs");
}

/* A part is killed again and again, and resumed. */
static void parts_are_resumed(void **state)
{
    (void)state;
    run_parts(2, 3);
    int kills = 0, status = -1;
    for (unsigned ms = 20; status != 0; ms += ms / 3) {
        status = harness_command_killed(ms,
                                        "exec " AXB
                                        "%s -q --shard 2/3 --resume journal --checkpoint 0 -j %u "
                                        "-o again",
                                        kinds[2], ms % 3 + 1);
        kills += status == 128 + SIGKILL;
    }
    assert_true(kills > 0);
    assert_int_equal(harness_command("cmp again 2.shard"), 0);
    assert_int_equal(harness_command("ls *.partial journal"), 2);
}

/* A part that is whole is left as it is; any other is written again. */
static void whole_parts_are_left(void **state)
{
    (void)state;
    run_parts(2, 3);
    assert_int_equal(harness_command("cp 2.shard before; touch -d 2001-01-01 2.shard"), 0);
    harness_command_check(harness_command(AXB "%s --shard 2/3 -j 2 -o 2.shard", kinds[2]), 0,
                          "2.shard: shard 2 of 3 of this run is whole already");
    assert_null(strstr(harness_command_said(), "pairs of shard"));
    assert_int_equal(
        harness_command("[ \"$(stat -c %%Y 2.shard)\" = \"$(date -d 2001-01-01 +%%s)\" ]"), 0);
    harness_command_check(
        harness_command(AXB "%s --shard 2/3 --resume journal -o 2.shard", kinds[2]), 0,
        "is whole already");
    assert_int_equal(harness_command("! ls journal *.partial"), 0);
    static const char *const damage[] = {
        "head -c -9 before >2.shard",             /* cut */
        "cp 1.shard 2.shard",                     /* another part */
        "sed '$!s/,0[.]9/,0.8/' before >2.shard", /* its pairs */
        AXB "match A.csv B.csv --score score.c --min 0.91 --shard 2/3 -q -o 2.shard",
        AXB "match A.csv B.csv --score score.c --min 0.9 --shard 2/4 -q -o 2.shard",
    };
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        assert_int_equal(harness_command("%s", damage[i]), 0);
        assert_int_equal(harness_command("cmp -s before 2.shard"), 1);
        assert_int_equal(harness_command(AXB "%s --shard 2/3 -q -o 2.shard", kinds[2]), 0);
        assert_int_equal(harness_command("cmp before 2.shard"), 0);
    }
}

static void missing_parts_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1.shard", "2-7"},
        {"[1-7].shard", ""},
        {"[1256].shard", "3-4,7"},
        {"[1-7].shard ./3.shard", ""},
        {"1.shard cut nowhere 7.shard", "2-6"},
        {"[1-7].shard A.csv", ""},
        {"[1-35-7].shard flipped", "4"},
    };
    run_parts(0, 7);
    assert_int_equal(harness_command("head -c 300 4.shard >cut; sed '30s/^./x/' 4.shard >flipped"),
                     0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *says = strstr(cases[i][0], "cut") ? "cut: its " : "";
        harness_command_check(harness_command("[ \"$(" AXB "merge --missing %s)\" = '%s' ]",
                                              cases[i][0], cases[i][1]),
                              0, says);
    }
    assert_int_equal(harness_command(AXB "merge --missing nowhere"), ERR_NOINPUT);
    assert_int_equal(harness_command(AXB "%s -q --shard 3/8 -o other", kinds[0]), 0);
    assert_int_equal(harness_command(AXB "merge --missing 1.shard other"), ERR_USAGE);
}

/* ---- What is refused -------------------------------------------------------------------------*/

/* Is a file of these bytes a whole part? */
static bool is_whole(const char *bytes, size_t n)
{
    struct shard_file f;
    struct out out;
    struct err e = {0};
    harness_write("damaged", bytes, n);
    bool ok = shard_file_open(&f, "damaged", &e);
    if (!ok) {
        assert_int_equal(e.status, ERR_DATA);
        return false;
    }
    assert_true(out_open(&out, "/dev/null", &e));
    ok = shard_file_copy(&f, &out, &e);
    assert_true(ok || e.status == ERR_DATA);
    out_abort(&out);
    shard_file_close(&f);
    return ok;
}

/* Cut after it was opened. */
static void a_part_becomes_shorter(void **state)
{
    (void)state;
    struct shard_file f;
    struct err e = {0};
    assert_int_equal(
        harness_command(AXB "dedupe few.csv --on id --min 0 -q --shard 1/1 -o 1.shard"), 0);
    assert_true(shard_file_open(&f, "1.shard", &e));
    assert_int_equal(truncate("1.shard", (off_t)f.payload_at + 1), 0);
    assert_false(shard_file_check(&f, &e));
    assert_int_equal(e.status, ERR_DATA);
    assert_string_equal(e.text, "1.shard: it became shorter while it was read");
    shard_file_close(&f);
}

static void damage_is_seen(void **state)
{
    (void)state;
    size_t n;
    assert_int_equal(
        harness_command(AXB "dedupe few.csv --on id --min 0 -q --shard 1/1 -o 1.shard"), 0);
    char *bytes = harness_read("1.shard", &n);
    assert_true(n > 500 && n < 1500 && is_whole(bytes, n));
    for (size_t i = 0; i < n; i++) {
        assert_false(is_whole(bytes, i));
        bytes[i] ^= (char)(1 << i % 8);
        if (is_whole(bytes, n))
            fail_msg("byte %zu flipped: %.100s", i, bytes + i);
        bytes[i] ^= (char)(1 << i % 8);
    }
    bytes = realloc(bytes, n + 1);
    bytes[n] = '\n';
    assert_false(is_whole(bytes, n + 1));
    free(bytes);
}

static void check_refused(int expected, const char *files, const char *says)
{
    harness_command_check(harness_command("rm -f merged; " AXB "merge %s -o merged", files),
                          expected, says);
    assert_int_equal(access("merged", F_OK), -1);
}

static void others_are_refused(void **state)
{
    (void)state;
    run_parts(0, 7);
    check_refused(ERR_USAGE, "[1256].shard", "of 7 shards 3 are missing: 3-4, 7");
    check_refused(ERR_USAGE, "[1-357].shard", "of 7 shards 2 are missing: 4, 6");
    check_refused(ERR_USAGE, "[1-57].shard", "shard 6 of 7 is missing");
    check_refused(ERR_USAGE, "[1-7].shard ./3.shard", "3.shard are both shard 3 of 7");
    check_refused(ERR_NOINPUT, "[1-7].shard nowhere", "nowhere cannot be read");
    check_refused(ERR_NOINPUT, "[1-7].shard .", ". is not a file");
    check_refused(ERR_DATA, "[1-7].shard A.csv", "A.csv is not the file of a shard");
    assert_int_equal(
        harness_command(
            AXB "match A.csv B.csv --on full --metric levenshtein --min 0.71 --id id --keep city"
                " -q --shard 3/7 -o other"),
        0);
    check_refused(ERR_USAGE, "[124-7].shard other", "--min 0.7");
    assert_int_equal(harness_command(AXB "%s -q --shard 3/8 -o other", kinds[0]), 0);
    check_refused(ERR_USAGE, "[124-7].shard other", "other is one of 8 shards");
    assert_int_equal(harness_command("sed '100s/.*/x/' 4.shard >other"), 0);
    check_refused(ERR_DATA, "[1-35-7].shard other", "other: ");
    assert_int_equal(harness_command(AXB "merge [1-35-7].shard other >/dev/null"), ERR_DATA);
    harness_command_check(harness_command(AXB "merge"), ERR_USAGE, "an argument is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_all_rows),        cmocka_unit_test(parts_are_alike),
        cmocka_unit_test(parts_are_parsed),           cmocka_unit_test(schedulers_say_which),
        cmocka_unit_test(schedulers_that_do_not_say), cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(counts_and_audits),          cmocka_unit_test(parts_are_resumed),
        cmocka_unit_test(whole_parts_are_left),       cmocka_unit_test(missing_parts_are_named),
        cmocka_unit_test(a_part_becomes_shorter),     cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, harness_command_tear_down);
}
