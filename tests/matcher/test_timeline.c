/* The time line: no tile and no pair is lost, pieces of a worker follow each other, and there are
 * never more of them than was allowed. */
#include "matcher/watch/timeline.h"
#include "tests/test.h"

#include <stdlib.h>

#define SEED 3011u
#define WORKERS 5u
#define STAGES 3u

/* Draws tiles of workers at random times; returns how many there were. */
static uint64_t draw(struct timeline *t, uint32_t tiles, uint64_t *pairs)
{
    double now = 1;
    *pairs = 0;
    for (uint32_t s = 0; s < STAGES; s++) {
        timeline_begin_stage(t, s == 1 ? "writing" : "matching", WORKERS, now);
        for (uint32_t i = 0; i < tiles; i++) {
            const uint64_t n = (uint64_t)(rand() % 10);
            const uint32_t worker = (uint32_t)rand() % WORKERS;
            now += rand() % 1000 * 1e-6;
            timeline_tile(t, worker, now);
            timeline_pairs(t, worker, n);
            *pairs += n;
        }
        timeline_end_stage(t, now);
    }
    return (uint64_t)tiles * STAGES;
}

/* In each stage the pieces of a worker begin with the stage and where the one before ended. */
static void check_order(const struct timeline *t)
{
    for (uint32_t s = 0; s < t->n_stages; s++)
        for (uint32_t w = 0; w < WORKERS; w++) {
            double at = t->stage[s].from;
            for (uint32_t i = 0; i < t->n_pieces; i++) {
                const struct timeline_piece *p = &t->piece[i];
                if (p->stage != s || p->worker != w)
                    continue;
                assert_true(p->from == at && p->to >= p->from);
                at = p->to;
            }
            assert_true(at <= t->stage[s].to);
        }
}

static void nothing_is_lost(void **state)
{
    static const uint32_t many[] = {0, 1, 10, 300, 5000, 40000};
    (void)state;
    srand(SEED);
    for (size_t k = 0; k < sizeof many / sizeof *many; k++) {
        struct timeline t;
        struct err e;
        uint64_t pairs, tiles_found = 0, pairs_found = 0;
        assert_true(timeline_open(&t, 200, &e));
        const uint64_t tiles = draw(&t, many[k], &pairs);
        assert_true(t.n_pieces <= 200 && t.n_stages == STAGES);
        for (uint32_t i = 0; i < t.n_pieces; i++) {
            tiles_found += t.piece[i].tiles;
            pairs_found += t.piece[i].pairs;
        }
        assert_int_equal(tiles_found, tiles);
        assert_int_equal(pairs_found, pairs);
        assert_int_equal(t.tiles_left_out, 0);
        assert_int_equal(t.stage[1].tiles, many[k]);
        check_order(&t);
        timeline_close(&t);
    }
}

/* More workers than pieces: what has no place is counted. */
static void what_has_no_place_is_counted(void **state)
{
    struct timeline t;
    struct err e;
    uint64_t tiles = 0;
    (void)state;
    assert_true(timeline_open(&t, 16, &e));
    timeline_begin_stage(&t, "matching", 100, 0);
    for (uint32_t i = 0; i < 1000; i++)
        timeline_tile(&t, i % 100, 1e-3 * i);
    timeline_end_stage(&t, 1);
    for (uint32_t i = 0; i < t.n_pieces; i++)
        tiles += t.piece[i].tiles;
    assert_true(t.n_pieces <= 16 && t.tiles_left_out > 0);
    assert_int_equal(tiles + t.tiles_left_out, 1000);
    for (uint32_t s = 0; s < TIMELINE_STAGES + 5; s++)
        timeline_begin_stage(&t, "writing", 1, 1);
    timeline_tile(&t, 0, 2);
    assert_int_equal(t.stages_left_out, 6);
    assert_int_equal(tiles + t.tiles_left_out, 1001);
    timeline_close(&t);
}

/* Pieces run out with the first tile of a stage: what its workers do is of it, not of the stage
 * before, and begins with it. */
static void a_stage_that_finds_no_room(void **state)
{
    struct timeline t;
    struct err e;
    (void)state;
    assert_true(timeline_open(&t, 16, &e));
    timeline_begin_stage(&t, "matching", WORKERS, 0);
    for (uint32_t i = 0; i < 16; i++)
        timeline_tile(&t, i % WORKERS, 0.01 * (i + 1));
    timeline_end_stage(&t, 0.2);
    assert_int_equal(t.n_pieces, 16);
    timeline_begin_stage(&t, "writing", WORKERS, 0.2);
    for (uint32_t w = 0; w < WORKERS; w++) {
        timeline_tile(&t, w, 0.2001);
        timeline_pairs(&t, w, 7);
    }
    timeline_end_stage(&t, 0.3);
    uint64_t tiles[2] = {0}, pairs[2] = {0};
    for (uint32_t i = 0; i < t.n_pieces; i++) {
        tiles[t.piece[i].stage] += t.piece[i].tiles;
        pairs[t.piece[i].stage] += t.piece[i].pairs;
    }
    assert_int_equal(tiles[0], 16);
    assert_int_equal(tiles[1], WORKERS);
    assert_int_equal(pairs[0], 0);
    assert_int_equal(pairs[1], 7 * WORKERS);
    check_order(&t);
    timeline_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost),
                                       cmocka_unit_test(what_has_no_place_is_counted),
                                       cmocka_unit_test(a_stage_that_finds_no_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
