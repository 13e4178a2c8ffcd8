/* What a worker hands over: lines become frames of a bounded size, a tile that is done again lacks
 * what was handed over before, and bytes of tapped rows have frames of their own. */
#include "matcher/engine/stage_kind.h"
#include "matcher/worker/worker_internal.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define RING_BYTES 4096u /* a tile that is done takes some 700 */
#define FRAME_BYTES (RING_BYTES / 4)
#define LONG (2 * FRAME_BYTES + 44) /* bytes of a long line */

static struct table_head heads[2];
static const uint64_t tapped_rows[] = {2, 3, 7};

static struct made {
    struct worker worker;
    struct harness_wire wire;
    struct rows rows;
    struct wire_frame frame; /* the one that was taken last, and its bytes */
    char bytes[RING_BYTES];
} m;

static void make(uint64_t n_tiles, bool count)
{
    struct wire_task task = {.kind = stage_kind_number(&stage_loop),
                             .n_workers = 1,
                             .n_tiles = n_tiles,
                             .count = count,
                             .lines = {.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER},
                             .row_from = 100,
                             .row_to = 118,
                             .rows_per_tile = 8};
    struct err e;
    assert_true(emit_find("csv", &task.lines.format, &e));
    memset(&m, 0, sizeof m);
    harness_wire_make(&m.wire, &task, RING_BYTES, 0);
    harness_wire_attach_worker(&m.wire, 0, &m.worker);
    for (int side = 0; side < 2; side++) {
        heads[side].n_rows = 1000;
        m.worker.tables[side].head = &heads[side];
    }
    assert_true(rows_open(&m.rows, &m.worker, &e));
}

static void free_all(void)
{
    rows_close(&m.rows);
    harness_wire_detach_worker(&m.worker);
    harness_wire_free(&m.wire);
}

/* Takes the first frame out of the ring; false if there is none. */
static bool take(void)
{
    return harness_wire_take(&m.wire, 0, &m.frame, m.bytes);
}

/* The next frame has these bytes, and so many pairs. */
static void check_frame(const char *bytes, size_t n, uint32_t pairs)
{
    assert_true(take());
    assert_int_equal(m.frame.bytes, n);
    assert_memory_equal(m.bytes, bytes, n);
    assert_int_equal(m.frame.pairs, pairs);
    assert_int_equal(m.frame.tile, m.rows.tile);
    assert_false(m.frame.last);
}

static void check_text(const char *text, uint32_t pairs)
{
    check_frame(text, strlen(text), pairs);
}

/* The last frame of a tile: it has no lines; so many matches were only counted. */
static void check_last(uint64_t counted)
{
    assert_true(take());
    assert_int_equal(m.frame.bytes, sizeof(struct wire_done));
    assert_int_equal(m.frame.pairs, 0);
    assert_int_equal(((const struct wire_done *)(const void *)m.bytes)->work.counted, counted);
    assert_int_equal(m.frame.tile, m.rows.tile);
    assert_true(m.frame.last);
    assert_false(take());
}

static void flush(const char *text, uint32_t n_lines)
{
    rows_flush(&m.rows, text, strlen(text), n_lines);
}

/* A line of n bytes in all. */
static const char *long_line(size_t n)
{
    static char line[RING_BYTES];
    for (size_t i = 0; i + 1 < n; i++)
        line[i] = (char)('a' + i % 23);
    line[n - 1] = '\n';
    line[n] = 0;
    return line;
}

/* ---- Lines and frames ------------------------------------------------------------------------*/

static void whole_lines(void **state)
{
    (void)state;
    make(2, false);
    assert_true(rows_next(&m.rows));
    flush("1\n2\n", 2);
    flush("3\n", 1);
    check_text("1\n2\n", 2);
    check_text("3\n", 1);
    m.rows.pairs = 3; /* which the frames have counted */
    rows_commit(&m.rows);
    check_last(0);
    assert_true(rows_next(&m.rows));
    rows_commit(&m.rows);
    assert_int_equal(m.rows.tile, 1);
    check_last(0);
    assert_false(rows_next(&m.rows));
    free_all();
}

/* Only its last piece counts a long line. */
static void long_lines(void **state)
{
    static const size_t sizes[] = {FRAME_BYTES - 1,       FRAME_BYTES,         FRAME_BYTES + 1,
                                   FRAME_BYTES + 250,     2 * FRAME_BYTES,     2 * FRAME_BYTES + 1,
                                   2 * FRAME_BYTES + 300, 3 * FRAME_BYTES - 1, 3 * FRAME_BYTES};
    (void)state;
    make(1, false);
    assert_true(rows_next(&m.rows));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        const char *line = long_line(n);
        rows_flush(&m.rows, line, n, 1);
        for (size_t at = 0; at < n; at += FRAME_BYTES)
            check_frame(line + at, n - at < FRAME_BYTES ? n - at : FRAME_BYTES,
                        n - at <= FRAME_BYTES);
        assert_false(take());
    }
    free_all();
}

/* ---- Done again ------------------------------------------------------------------------------*/

static void leave(uint64_t tile, uint64_t skip_bytes)
{
    m.worker.wire.redo_tile = tile;
    m.wire.orders->order[0].skip_bytes = skip_bytes;
    assert_true(rows_next(&m.rows));
    assert_int_equal(m.rows.tile, tile);
}

/* Bytes that were handed over, and the pairs in them, are not handed over again. */
static void skips_frames(void **state)
{
    (void)state;
    make(9, false);
    leave(5, 6);
    flush("1\n2\n", 2);
    assert_false(take());
    flush("3\n", 1);
    assert_false(take());
    flush("4\n5\n", 2);
    check_text("4\n5\n", 2);
    rows_commit(&m.rows);
    check_last(0);
    free_all();
}

/* The predecessor may have handed over some pieces of a long line. */
static void skips_pieces(void **state)
{
    const char *line = long_line(LONG);
    (void)state;
    make(9, false);
    leave(5, 2 + FRAME_BYTES);
    flush("1\n", 1);
    rows_flush(&m.rows, line, LONG, 1);
    check_frame(line + FRAME_BYTES, FRAME_BYTES, 0);
    check_frame(line + 2 * FRAME_BYTES, LONG - 2 * FRAME_BYTES, 1);
    assert_false(take());
    flush("2\n", 1);
    check_text("2\n", 1);
    free_all();
}

/* The next tile is whole, whatever the slot says of the one before. */
static void skips_once(void **state)
{
    (void)state;
    make(9, false);
    leave(5, 1000);
    flush("1\n", 1);
    rows_commit(&m.rows);
    check_last(0);
    assert_true(rows_next(&m.rows));
    assert_int_equal(m.rows.tile, 0);
    flush("1\n", 1);
    check_text("1\n", 1);
    free_all();
}

/* ---- Counting, tapped rows, rows of a tile ---------------------------------------------------*/

/* Without lines the last frame brings the pairs of its tile. */
static void counts(void **state)
{
    (void)state;
    make(2, true);
    for (uint32_t tile = 0; tile < 2; tile++) {
        assert_true(rows_next(&m.rows));
        m.rows.pairs += 40 + tile;
        rows_commit(&m.rows);
        check_last(40 + tile);
    }
    free_all();
}

static void tap(void)
{
    memcpy(wire_at(m.wire.orders, m.wire.orders->tapped_at), tapped_rows, sizeof tapped_rows);
    m.wire.orders->n_tapped = sizeof tapped_rows / sizeof *tapped_rows;
}

static void check_row(const char *lines, bool tapped)
{
    assert_true(take());
    assert_int_equal(m.frame.bytes, strlen(lines));
    assert_memory_equal(m.bytes, lines, strlen(lines));
    assert_int_equal(m.frame.tapped, tapped);
}

/* Rows may come in any order, as the tiles do. A tile hands over all its lines before it is done,
 * and the next one begins as not tapped. */
static void tapped_frames(void **state)
{
    static const uint64_t rows[] = {1, 3, 2, 4, 0, 7};
    (void)state;
    make(2, false);
    tap();
    assert_true(rows_next(&m.rows));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rows_begin(&m.rows, rows[i]);
        emit_pair(m.rows.emit, 0, 0.5);
    }
    rows_commit(&m.rows);
    check_row("2,1,0.5\n", false);
    check_row("4,1,0.5\n3,1,0.5\n", true);
    check_row("5,1,0.5\n1,1,0.5\n", false);
    check_row("8,1,0.5\n", true);
    check_last(0);
    assert_true(rows_next(&m.rows));
    rows_commit(&m.rows);
    check_last(0);
    assert_int_equal(m.frame.tapped, 0);
    free_all();
}

/* Where rows without a match have lines, each row of a tile has one, in order; those that are
 * tapped in frames of their own. */
static void unmatched_rows(void **state)
{
    (void)state;
    make(2, false);
    tap();
    m.wire.orders->task.lines.unmatched[0] = true;
    assert_true(rows_next(&m.rows));
    rows_are(&m.rows, 1, 9);
    for (uint64_t row = 3; row < 6; row += 2) {
        rows_begin(&m.rows, row);
        emit_pair(m.rows.emit, 0, 0.5);
    }
    rows_commit(&m.rows);
    check_row("2,,\n", false);
    check_row("3,,\n4,1,0.5\n", true);
    check_row("5,,\n6,1,0.5\n7,,\n", false);
    check_row("8,,\n", true);
    check_row("9,,\n", false);
    check_last(0);
    assert_int_equal(((const struct wire_done *)(const void *)m.bytes)->work.unmatched, 6);
    assert_true(rows_next(&m.rows));
    rows_are(&m.rows, 20, 21);
    rows_commit(&m.rows);
    check_row("21,,\n", false);
    check_last(0);
    free_all();
}

static void rows_of_tiles(void **state)
{
    uint64_t from, to;
    (void)state;
    make(3, false);
    tile_rows(m.wire.orders, 0, &from, &to);
    assert_int_equal(from, 100);
    assert_int_equal(to, 108);
    tile_rows(m.wire.orders, 2, &from, &to); /* the last one is shorter */
    assert_int_equal(from, 116);
    assert_int_equal(to, 118);
    tap();
    m.wire.orders->task.only_tapped = true;
    tile_rows(m.wire.orders, 2, &from, &to);
    assert_int_equal(from, 7);
    assert_int_equal(to, 8);
    free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lines),    cmocka_unit_test(long_lines),
        cmocka_unit_test(skips_frames),   cmocka_unit_test(skips_pieces),
        cmocka_unit_test(skips_once),     cmocka_unit_test(counts),
        cmocka_unit_test(tapped_frames),  cmocka_unit_test(rows_of_tiles),
        cmocka_unit_test(unmatched_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
