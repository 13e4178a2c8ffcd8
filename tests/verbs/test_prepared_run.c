/* Prepared runs: what their parts leave is, put together, what one machine writes, for every kind
 * of plan, choice and format. A file that is cut, damaged, or of another kind is refused, and a
 * part that was killed is done again. */
#include "core/err.h"
#include "tests/harness/harness_command.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdbool.h>
#include <string.h>

#define AXB BINARY_DIR "/axb "

static int set_up(void **state)
{
    static const char where[] = "#include <axb.h>\n"
                                "AXB_WHERE(\"levenshtein(last) >= 0.6\");\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{\n    return axb_jaro(a->full, b->full);\n}\n";
    harness_command_set_up(state);
    harness_write_text("where.c", where);
    return harness_command(BINARY_DIR "/axb-sample . 1500 && head -1 A.csv >empty.csv && " AXB
                                      "learn A.csv B.csv --id id -q -o model.axb >learned");
}

/* ---- Together again --------------------------------------------------------------------------*/

static const char *const kinds[] = {
    "match A.csv B.csv --on full --metric levenshtein --min 0.7 --id id --keep city",
    "match A.csv B.csv --on full --min 0.85 --format jsonl",
    "match A.csv B.csv --on full --min 0.85 --format tsv --output-terms",
    "match A.csv B.csv --on full --min 0.85 --format pairs",
    "match A.csv B.csv --on full --min 0.9 --format values",
    "match A.csv B.csv --on full --min 0.9 --unmatched a --keep full",
    "match A.csv B.csv --on full --min 0.9 --unmatched only-a",
    "match A.csv B.csv --on full --min 0.9 --linked",
    "match A.csv B.csv --on full --min 0.8 --top 2",
    "match A.csv B.csv --on full --top 1",
    "match A.csv B.csv --on full --min 0.8 --one-to-one --id id",
    "match A.csv B.csv --on full --min 0.8 --top-b 2 --keep full",
    "match A.csv B.csv --on full --min 0.85 --where 'a.sex == \"f\" && a.city != b.city'",
    "match A.csv B.csv --on city --min 0.9 --where 'levenshtein(last) >= 0.8' --unmatched a",
    "match A.csv B.csv --score '0.6*jaro_winkler(full)+0.4*levenshtein(city)' --min 0.8",
    "match A.csv B.csv --score 'max(levenshtein(full), levenshtein(email))' --min 0.8 --linked",
    "match A.csv B.csv --score 'cosine(street)' --min 0.8",
    "match A.csv B.csv --score model.axb --id id",
    "match A.csv B.csv --score score.c --min 0.97",
    "match A.csv B.csv --score where.c --min 0.8",
    "match A.csv B.csv --on dob --metric days --max 2",
    "match empty.csv B.csv --on full --min 0.8",
    "match A.csv empty.csv --on full --min 0.8 --unmatched a",
    "dedupe A.csv --on full --min 0.8",
    "dedupe A.csv B.csv --on full --min 0.9 --across --id id",
    "dedupe A.csv --on full --min 0.8 --one-to-one",
    "dedupe A.csv --score '0.5*jaro_winkler(full)+0.5*osa(phone)' --min 0.8",
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void prepare(size_t kind)
{
    if (harness_command("rm -f *.shard; " AXB "%s -q --prepare run.axbrun", kinds[kind]) != 0)
        fail_msg("%s: %s", kinds[kind], harness_command_said());
}

/* Does all parts, each with another number of workers: 1.shard, 2.shard … */
static void do_parts(size_t kind, unsigned of)
{
    for (unsigned k = 1; k <= of; k++)
        if (harness_command(AXB "run run.axbrun -q --shard %u/%u -j %u -o %u.shard", k, of,
                            k % 3 + 1, k) != 0)
            fail_msg("%s: %s", kinds[kind], harness_command_said());
}

/* Each kind in one number of parts; in the long tier, in all of them. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    static const unsigned counts[] = {3, 1, 16};
    const size_t n_counts = sizeof counts / sizeof *counts, tried = harness_tries(1, n_counts);
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        const bool blocks = strstr(kinds[kind], "values") != NULL; /* a block a part: other bytes */
        if (harness_command(AXB "%s -q -o whole", kinds[kind]) != 0)
            fail_msg("%s: %s", kinds[kind], harness_command_said());
        prepare(kind);
        for (size_t i = 0; i < tried; i++) {
            const unsigned of = counts[(kind + i) % n_counts];
            assert_int_equal(harness_command("rm -f *.shard"), 0);
            do_parts(kind, of);
            if (harness_command(AXB "merge $(ls -r *.shard) -q -o merged && %s",
                                blocks ? "true" : "cmp merged whole"))
                fail_msg("%s, %u parts: %s", kinds[kind], of, harness_command_said());
        }
        if (harness_command(AXB "run run.axbrun -q -j 2 -o one && cmp one whole") != 0)
            fail_msg("%s, at once: %s", kinds[kind], harness_command_said());
    }
}

/* Tables so large that the plan joins two columns at once: parts take the combinations of B, and
 * their signatures, from the file. */
static void two_columns_make_the_whole(void **state)
{
    (void)state;
    static const char match[] = "match big/A.csv big/B.csv --score model.axb";
    assert_int_equal(harness_command("mkdir big && " BINARY_DIR "/axb-sample big 20000"), 0);
    assert_int_equal(harness_command(AXB "%s --plan | grep 'by joins within these'", match), 0);
    assert_int_equal(harness_command("rm -f *.shard; " AXB "%s -q -o whole", match), 0);
    assert_int_equal(harness_command(AXB "%s -q --prepare run.axbrun", match), 0);
    for (unsigned k = 1; k <= 3; k++)
        assert_int_equal(harness_command(AXB "run run.axbrun -q --shard %u/3 -o %u.shard", k, k),
                         0);
    harness_command_check(harness_command(AXB "merge *.shard -q -o merged && cmp whole merged"), 0,
                          "");
    harness_command_check(harness_command(AXB "run run.axbrun -q -o merged && cmp whole merged"), 0,
                          "");
}

/* The inputs are needed no more, and a part has rows of few values. */
static void files_are_enough(void **state)
{
    (void)state;
    prepare(0);
    assert_int_equal(
        harness_command(AXB "%s -q -o whole; mkdir away && mv A.csv B.csv away", kinds[0]), 0);
    do_parts(0, 4);
    assert_int_equal(harness_command("mv away/* . && rmdir away"), 0);
    assert_int_equal(harness_command(AXB "merge *.shard -q -o merged && cmp merged whole"), 0);
    assert_int_equal(
        harness_command("grep -aq '^shard 2 of 4, rows 0 to 1500 of 1500, by row$' 2.shard"), 0);
}

static void ranges_follow_each_other(void **state)
{
    (void)state;
    prepare(0);
    do_parts(0, 5);
    assert_int_equal(harness_command(AXB "%s -q -o whole; rm -f r.*", kinds[0]), 0);
    assert_int_equal(harness_command("for i in 1 2 3 4 5 6 7; do " AXB
                                     "merge *.shard -q --range $i/7 -o r.$i || exit 1; done; "
                                     "cat r.? | cmp - whole && [ -s r.7 ]"),
                     0);
    harness_command_check(harness_command(AXB "merge *.shard --range 8/7 -o r"), ERR_USAGE,
                          "--range: \"8/7\" is not a part");
    assert_int_equal(
        harness_command("rm -f *.shard; head -4 A.csv >few.csv && " AXB
                        "match few.csv B.csv --on full --min 0.7 -q -o whole && " AXB
                        "match few.csv B.csv --on full --min 0.7 -q --prepare run.axbrun"),
        0);
    do_parts(0, 2);
    assert_int_equal(harness_command("for i in 1 2 3 4 5 6 7; do " AXB
                                     "merge *.shard -q --range $i/7 -o r.$i || exit 1; done; "
                                     "cat r.? | cmp - whole"),
                     0); /* the first files have no row of A */
    assert_int_equal(harness_command("rm *.shard; for k in 1 2; do " AXB
                                     "%s -q --shard $k/2 -o $k.shard || exit 1; done",
                                     kinds[0]),
                     0);
    harness_command_check(harness_command(AXB "merge *.shard --range 1/2 -o r"), ERR_USAGE,
                          "no parts of a prepared run");
}

/* The end of the first part's last stretch is damaged, byte by byte. Its lines then seem to be the
 * head of the output, and in no range is a stretch that is damaged. */
static void ranges_see_what_is_no_stretch(void **state)
{
    (void)state;
    prepare(0);
    do_parts(0, 5);
    for (unsigned before = 1; before <= 24; before++)
        for (unsigned range = 1; range <= 2; range++)
            harness_command_check(
                harness_command(
                    "at=$(($(grep -abo 'axb shard end' 1.shard | tail -1 | cut -d : -f 1) - %u)); "
                    "cp 1.shard bad; for byte in X Y; do printf $byte | dd of=bad bs=1 seek=$at "
                    "conv=notrunc 2>/dev/null; cmp -s bad 1.shard || break; done; " AXB
                    "merge bad [2345].shard --range %u/2 -o r",
                    before, range),
                ERR_DATA, "bad: its ");
}

/* ---- Interrupted -----------------------------------------------------------------------------*/

/* A part is killed again and again, and resumed; others that exist are left alone. */
static void parts_are_resumed(void **state)
{
    (void)state;
    static const size_t resumed[] = {0, 5, 18};
    for (size_t i = 0; i < sizeof resumed / sizeof *resumed; i++) {
        const size_t kind = resumed[i];
        int status = -1;
        prepare(kind);
        do_parts(kind, 3);
        assert_int_equal(harness_command(AXB "%s -q -o whole; rm -f again journal", kinds[kind]),
                         0);
        for (unsigned ms = 5; status != 0; ms += ms / 3 + 1)
            status = harness_command_killed(ms, "exec " AXB
                                                "run run.axbrun -q --shard 2/3 --resume journal "
                                                "--checkpoint 0 -j 2 -o again");
        assert_int_equal(harness_command("cmp again 2.shard"), 0);
        harness_command_check(harness_command(AXB "run run.axbrun --shard 2/3 -o again"), 0,
                              "shard 2 of 3 of this run is whole");
        assert_int_equal(harness_command("rm 2.shard; " AXB
                                         "merge [13].shard again -q -o merged && "
                                         "cmp merged whole"),
                         0);
    }
}

/* ---- Refused ---------------------------------------------------------------------------------*/

static void files_are_refused(void **state)
{
    (void)state;
    prepare(0);
    harness_command_check(harness_command(AXB "run A.csv -o x"), ERR_DATA,
                          "A.csv is not the file of a prepared run");
    harness_command_check(harness_command(AXB "run nowhere -o x"), ERR_NOINPUT,
                          "nowhere cannot be read");
    harness_command_check(harness_command("head -c 200000 run.axbrun >cut; " AXB "run cut -o x"),
                          ERR_DATA, "it is cut");
    harness_command_check(harness_command("cp run.axbrun long; echo >>long; " AXB "run long -o x"),
                          ERR_DATA, "it is cut");
    harness_command_check(harness_command("head -c 100 run.axbrun >cut; " AXB "run cut -o x"),
                          ERR_DATA, "its head is damaged");
    assert_int_equal(harness_command("[ ! -e x ]"), 0);
}

/* A byte of the head, which is always seen, or a stretch longer than the space between pieces,
 * where it is asked for. */
static void damage_is_seen(void **state)
{
    (void)state;
    prepare(0);
    for (unsigned at = 0; at < 690; at += 29)
        harness_command_check(
            harness_command(
                "cp run.axbrun bad; printf '\\377' | dd of=bad bs=1 seek=%u conv=notrunc "
                "2>/dev/null; cmp -s bad run.axbrun && printf '\\1' | dd of=bad bs=1 seek=%u "
                "conv=notrunc 2>/dev/null; " AXB "run bad -o x",
                at, at),
            ERR_DATA, "bad");
    assert_int_equal(harness_command(AXB "run run.axbrun --no-verify -q -o x && rm x"), 0);
    for (unsigned k = 1; k < 6; k++)
        harness_command_check(
            harness_command(
                "cp run.axbrun bad; at=$(($(stat -c %%s bad) * %u / 6)); "
                "head -c 70000 /dev/urandom | dd of=bad bs=70000 oflag=seek_bytes seek=$at "
                "conv=notrunc 2>/dev/null; head -c $(stat -c %%s run.axbrun) bad >same; mv same "
                "bad; cmp -s bad "
                "run.axbrun && exit 65; " AXB "run bad -o x",
                k),
            ERR_DATA, "it is damaged");
}

/* Where the head says that piece k is, some bytes into it or after its end, a byte is changed. */
#define PLACE_OF_PIECE                                                                             \
    "set -- $(od -An -tu8 -j$((88 + 24 * %u)) -N16 run.axbrun); at=$(($1 + %s)); "
#define CHANGE                                                                                     \
    "cp run.axbrun bad; for byte in X Y; do printf $byte | dd of=bad bs=1 seek=$at conv=notrunc "  \
    "2>/dev/null; cmp -s bad run.axbrun || break; done; "

/* Pieces that say where other things are need no option to be checked; nor does code. */
static void small_pieces_are_checked(void **state)
{
    (void)state;
    static const char *const places[] = {"0", "$2 / 4", "$2 / 2", "$2 - 1"};
    static const unsigned pieces[] = {0, 1, 6};
    prepare(18); /* has a scorer */
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            harness_command_check(harness_command(PLACE_OF_PIECE CHANGE AXB
                                                  "run bad --no-verify -o x",
                                                  pieces[k], places[i]),
                                  ERR_DATA, "bad: it is damaged");
    prepare(0);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        harness_command_check(harness_command(PLACE_OF_PIECE CHANGE AXB
                                              "run bad --no-verify --shard 2/3 -o x",
                                              5u, places[i]),
                              ERR_DATA, "bad: it is damaged");
    harness_command_check(harness_command(PLACE_OF_PIECE CHANGE AXB "run bad -o x", 0u, "$2"),
                          ERR_DATA, "bad: it is damaged"); /* between two pieces */
}

/* Parts are damaged, or not all of one run. */
static void parts_are_refused(void **state)
{
    (void)state;
    prepare(0);
    do_parts(0, 4);
    harness_command_check(harness_command(AXB "merge [134].shard -o x"), ERR_USAGE,
                          "shard 2 of 4 is missing");
    harness_command_check(
        harness_command(
            "cp 2.shard keep; size=$(stat -c %%s 2.shard); printf x | dd of=2.shard bs=1 "
            "seek=$((size / 2)) conv=notrunc 2>/dev/null; " AXB "merge *.shard -o x"),
        ERR_DATA, "2.shard: its lines are damaged");
    harness_command_check(
        harness_command(AXB "merge --missing *.shard >missing; [ $(cat missing) = 2 ]"), 0,
        "2.shard");
    harness_command_check(
        harness_command(
            "cp keep 2.shard; LC_ALL=C sed '/^payload behind /{n;s/./X/}' 1.shard >head; " AXB
            "merge head [234].shard -o x"),
        ERR_DATA, "head: its lines are damaged");
    assert_int_equal(
        harness_command("mv keep 2.shard; " AXB "%s -q --shard 3/4 -o plain", kinds[0]), 0);
    harness_command_check(harness_command(AXB "merge [124].shard plain -o x"), ERR_DATA,
                          "plain is not");
    assert_int_equal(harness_command("[ ! -e x ]"), 0);
}

/* What cannot be done in parts, or in another format. */
static void parts_have_limits(void **state)
{
    (void)state;
    assert_int_equal(
        harness_command(AXB "match A.csv B.csv --on full --min 0.9 --format json -q --prepare p"),
        0);
    harness_command_check(harness_command(AXB "run p --shard 1/2 -o x"), ERR_USAGE,
                          "json cannot be written in parts");
    harness_command_check(harness_command(AXB "run p -o x.csv"), ERR_USAGE,
                          "the run writes the format json");
    harness_command_check(harness_command(AXB "run p --resume j"), ERR_USAGE, "--resume");
    assert_int_equal(harness_command(AXB "run p -q -o x.json && " AXB
                                         "match A.csv B.csv --on full --min 0.9 -q -o y.json && "
                                         "cmp x.json y.json && rm p x.json"),
                     0);
    assert_int_equal(
        harness_command(AXB "match A.csv B.csv --on full --min 0.9 --top-b 1 --unmatched b -q "
                            "--prepare p"),
        0);
    harness_command_check(harness_command(AXB "run p --shard 1/2 -o x"), ERR_USAGE,
                          "--shard sees some of the pairs");
    assert_int_equal(harness_command("rm p; [ ! -e x ]"), 0);
}

/* What cannot be prepared is said before anything is read. */
static void runs_are_refused(void **state)
{
    (void)state;
    harness_command_check(harness_command(AXB "%s --prepare p -o x", kinds[0]), ERR_USAGE,
                          "--output is about them");
    harness_command_check(harness_command(AXB "%s --prepare p.gz", kinds[0]), ERR_USAGE,
                          "it is not compressed");
    harness_command_check(harness_command(AXB "%s --prepare p --count", kinds[0]), ERR_USAGE,
                          "--count is about them");
    harness_command_check(
        harness_command("mkdir -p many && " BINARY_DIR "/axb-sample many 30000 >/dev/null; " AXB
                        "match many/A.csv many/B.csv --on full --top 1 --prepare p"),
        ERR_USAGE, "rounds");
    harness_command_check(harness_command(AXB "run run.axbrun --min 0.9"), ERR_USAGE, "--min");
    assert_int_equal(harness_command("[ ! -e p ]"), 0);
}

/* The scorer's source is not there any more, and yet it is said what it was given; and how long a
 * part of a loop takes. */
static void scorers_are_explained(void **state)
{
    static const char crash[] = "#include <axb.h>\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{\n    if (a->last.n + b->last.n)\n        __builtin_trap();\n"
                                "    return 0;\n}\n";
    /* Of a pair it takes so long that no noise hides it. */
    static const char slow[] = "#include <axb.h>\n"
                               "double score(const axb_row_a *a, const axb_row_b *b)\n"
                               "{\n    for (volatile int i = 0; i < 200; i++)\n        ;\n"
                               "    return axb_jaro(a->last, b->last);\n}\n";
    (void)state;
    harness_write("crash.c", crash, sizeof crash - 1);
    assert_int_equal(
        harness_command(AXB "match A.csv B.csv --score crash.c --min 0.5 --prepare c.axbrun"), 0);
    harness_command_check(
        harness_command("rm crash.c && " AXB "run c.axbrun --shard 2/3 -o c.shard"), ERR_SCORER,
        "A: last \"");
    harness_write("slow.c", slow, sizeof slow - 1);
    assert_int_equal(
        harness_command(AXB "match A.csv B.csv --score slow.c --min 0.5 --prepare s.axbrun"), 0);
    harness_command_check(harness_command(AXB "run s.axbrun --shard 2/3 --plan >&2"), 0,
                          "s to find its pairs");
    assert_non_null(strstr(harness_command_said(), "to begin and about "));
}

/* Records may be so large that nobody tries a scorer on them. */
static void an_unknown_time_is_no_time(void **state)
{
    static const char scorer[] = "#include <axb.h>\n"
                                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                 "{\n    return axb_jaro(a->t, b->t);\n}\n";
    (void)state;
    harness_write("large.c", scorer, sizeof scorer - 1);
    assert_int_equal(
        harness_command("(echo t; for i in $(seq 100); do printf '%%04000d\\n' $i; done) >T.csv; "
                        "cp T.csv U.csv"),
        0);
    harness_command_check(
        harness_command(AXB "match T.csv U.csv --score large.c --min 0.9 --shard 1/2 --plan >&2"),
        0,
        "to begin and an unknown time to find its pairs, on one core; all pairs take an unknown");
    assert_null(strstr(harness_command_said(), "times as fast"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(files_are_enough),
        cmocka_unit_test(ranges_follow_each_other),
        cmocka_unit_test(ranges_see_what_is_no_stretch),
        cmocka_unit_test(parts_are_resumed),
        cmocka_unit_test(files_are_refused),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(small_pieces_are_checked),
        cmocka_unit_test(parts_are_refused),
        cmocka_unit_test(runs_are_refused),
        cmocka_unit_test(parts_have_limits),
        cmocka_unit_test(scorers_are_explained),
        cmocka_unit_test(two_columns_make_the_whole),
        cmocka_unit_test(an_unknown_time_is_no_time),
    };
    return cmocka_run_group_tests(tests, set_up, harness_command_tear_down);
}
