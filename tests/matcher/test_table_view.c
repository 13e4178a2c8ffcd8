/* The best pairs against a sort of all; cells and their marks, by hand and against a longest common
 * subsequence found by trying. The whole table is looked at in program/test_cli_table.c. */
#include "matcher/output/table_cell.h"
#include "matcher/output/table_view.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20261130u

/* ---- The best pairs --------------------------------------------------------------------------*/

#define MOST_PAIRS 300u

struct record {
    uint32_t row[2];
    double score, term;
};
_Static_assert(sizeof(struct record) == 24, "as the format has it");

static bool is_better(double x, double y, bool least)
{
    return least ? x < y : x > y;
}

/* By score, then by place among all: stable. */
static void sort_slowly(struct record *r, size_t n, bool least)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && is_better(r[k].score, r[k - 1].score, least); k--) {
            const struct record x = r[k];
            r[k] = r[k - 1];
            r[k - 1] = x;
        }
}

static void check_best(size_t n, bool least)
{
    static struct query query;
    static struct table_view view;
    struct record r[MOST_PAIRS];
    struct err e;
    query.lines.n_terms = 1;
    query.least = least;
    for (uint32_t i = 0; i < n; i++)
        r[i] = (struct record){{i, (uint32_t)rand()}, rand() % 10 / 10.0, rand()};
    table_view_begin(&view, &query);
    for (size_t at = 0; at < n * sizeof *r;) {
        const size_t left = n * sizeof *r - at, most = left < 60 ? left : 60;
        const size_t piece = 1 + (size_t)rand() % most;
        assert_true(table_view_take(&view, (const char *)r + at, piece, &e));
        at += piece;
    }
    sort_slowly(r, n, least);
    assert_int_equal(view.n_all, n);
    assert_int_equal(view.n, n < TABLE_VIEW_PAIRS ? n : TABLE_VIEW_PAIRS);
    for (uint32_t i = 0; i < view.n; i++) {
        assert_true(view.pair[i].score == r[i].score && view.pair[i].term[0] == r[i].term);
        assert_memory_equal(view.pair[i].row, r[i].row, sizeof r[i].row);
    }
}

static void best_pairs(void **state)
{
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (size_t n = 0; n < MOST_PAIRS; n++) {
        check_best(n, false);
        check_best(n, true);
    }
}

/* Records without a partner are kept apart, the first of each side. */
static void alone(void **state)
{
    static struct query query;
    static struct table_view view;
    struct err e;
    (void)state;
    query.lines.n_terms = 0;
    table_view_begin(&view, &query);
    for (uint32_t i = 0; i < 40; i++) {
        const struct record r = {{i, i % 2 ? TABLE_VIEW_NO_ROW : 5}, i % 2 ? (double)NAN : 0.5, 0};
        assert_true(table_view_take(&view, (const char *)&r, 16, &e));
    }
    assert_int_equal(view.n_all, 20);
    assert_int_equal(view.n, 20);
    assert_int_equal(view.n_all_alone, 20);
    assert_int_equal(view.n_alone, TABLE_VIEW_ALONE);
    for (uint32_t i = 0; i < view.n_alone; i++)
        assert_int_equal(view.alone[i].row[0], 2 * i + 1);
}

/* ---- Cells -----------------------------------------------------------------------------------*/

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){text, (uint32_t)strlen(text)};
}

/* "|" and "a", and "|" and its marks, in `width` columns between bars. */
static void check_cell(const char *a, const char *b, unsigned width, const char *shown,
                       const char *marks)
{
    static struct table_cell cell[2];
    char *got = NULL;
    size_t n;
    struct table_line line = {.out = open_memstream(&got, &n)};
    table_cell_make(&cell[0], bytes_of(a));
    table_cell_make(&cell[1], bytes_of(b));
    table_cell_compare(&cell[0], &cell[1]);
    table_cell_print(&cell[1], width, false, &line);
    table_line_text(&line, "|");
    table_line_end(&line);
    table_cell_print_marks(&cell[1], width, &line);
    table_line_end(&line);
    fclose(line.out);
    char expected[200];
    snprintf(expected, sizeof expected, "%s|\n%s\n", shown, marks);
    assert_string_equal(got, expected);
    free(got);
}

static void marks(void **state)
{
    (void)state;
    check_cell("Paul Smith", "Paul Smith", 12, "Paul Smith  ", "");
    check_cell("Paul Smith", "Paul Smyth", 12, "Paul Smyth  ", "       ~");
    check_cell("Anna", "Ana", 5, "Ana  ", "  ^");
    check_cell("John", "Jo", 5, "Jo   ", "  ^");
    check_cell("John", "Jo", 2, "Jo", "  ^");
    check_cell("Jo", "John", 5, "John ", "  ~~");
    check_cell("abcd", "wxyz", 4, "wxyz", "~~~~");
    check_cell("", "wxyz", 4, "wxyz", "");
    check_cell("wxyz", "", 4, "    ", "");
    check_cell("Zürich", "Zurich", 8, "Zurich  ", " ~");
    check_cell("東京都", "東京府", 8, "東京府  ", "    ~~");
    check_cell("a", "a\tb\nc\x1b[0m", 9, "a b c?[0m", "~~~~~~~~~");
}

static void cuts(void **state)
{
    char longer[400];
    (void)state;
    check_cell("abcdefgh", "abcdefgh", 8, "abcdefgh", "");
    check_cell("abcdefgh", "abcdefgh", 7, "abcdef…", "");
    check_cell("abcdefgh", "abcdefgx", 5, "abcd…", "    ~");
    check_cell("abcdefgh", "xbcdefgh", 5, "xbcd…", "~");
    check_cell("東京都庁", "東京都庁", 6, "東京… ", "");
    check_cell("x", "x", 1, "x", "");
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    check_cell(longer, longer, 4, "aaa…", "");
    check_cell(longer, longer + 1, 4, "aaa…", "");
}

static unsigned longest_common(const char *a, const char *b)
{
    if (!*a || !*b)
        return 0;
    if (*a == *b)
        return 1 + longest_common(a + 1, b + 1);
    const unsigned x = longest_common(a + 1, b), y = longest_common(a, b + 1);
    return x > y ? x : y;
}

/* What is not marked is a common subsequence, and as long as any is. */
static void check_common(const char *a, const char *b)
{
    static struct table_cell cell[2];
    char kept[2][16] = {"", ""};
    const unsigned longest = longest_common(a, b);
    const size_t longer = strlen(a) > strlen(b) ? strlen(a) : strlen(b);
    table_cell_make(&cell[0], bytes_of(a));
    table_cell_make(&cell[1], bytes_of(b));
    table_cell_compare(&cell[0], &cell[1]);
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < cell[side].n; i++)
            if (!cell[side].at[i].differs)
                strncat(kept[side], cell[side].at[i].p, 1);
    if (!*a || !*b)
        return;
    assert_string_equal(kept[0], kept[1]);
    assert_int_equal(strlen(kept[0]), 2 * longest >= longer ? longest : 0);
    assert_true(table_cell_is_marked(&cell[1]) == (strcmp(a, b) != 0));
}

static void common(void **state)
{
    (void)state;
    srand(SEED);
    for (int again = 0; again < 20000; again++) {
        char text[2][9] = {"", ""};
        for (int side = 0; side < 2; side++)
            for (int n = rand() % 9; n > 0; n--)
                strncat(text[side], &"abc"[rand() % 3], 1);
        check_common(text[0], text[1]);
    }
}

/* Pieces have all characters, in order, each piece as many as fit, and a mark where its character
 * is; a "…" that the cell ends with is in the last. */
static void check_pieces(const char *text, unsigned width)
{
    static struct table_cell cell, piece;
    uint32_t at = 0, n = 0;
    table_cell_make(&cell, bytes_of(text));
    for (uint32_t i = 0; i < cell.n; i += 3)
        cell.at[i].differs = true;
    cell.gap_at_end = true;
    while (at < cell.n) {
        at = table_cell_piece(&cell, at, width, &piece);
        assert_true(piece.n > 0 && piece.width <= width);
        if (at < cell.n) {
            const bool last = at + 1 == cell.n && cell.cut;
            assert_true(piece.width + cell.at[at].width + last > width);
        }
        for (uint32_t i = 0; i < piece.n; i++, n++)
            assert_true(piece.at[i].p == cell.at[n].p && piece.at[i].differs == (n % 3 == 0));
        assert_true(piece.gap_at_end == (at == cell.n));
        assert_true(piece.cut == (at == cell.n && cell.cut));
    }
    assert_int_equal(n, cell.n);
}

static void pieces(void **state)
{
    char longer[TABLE_CELL_MOST + 20];
    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    for (unsigned width = 4; width < 40; width++) {
        check_pieces("a", width);
        check_pieces("Jose\xcc\x81 \xe5\xb1\xb1\xe7\x94\xb0 \xe5\xa4\xaa and more of it", width);
        check_pieces("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\xe6\x96\xb0\xe5\xae\xbf", width);
        check_pieces(longer, width);
    }
}

/* The name of a field, by those of its columns; what is cut is cut between characters. */
static void names(void **state)
{
    char text[TABLE_CELL_NAME_BYTES], long_name[1000] = "x", expected[TABLE_CELL_NAME_BYTES];
    (void)state;
    for (size_t i = 1; i + 2 < sizeof long_name; i += 2)
        memcpy(long_name + i, "\xc3\xa9", 3);
    snprintf(expected, sizeof expected, "%.159s/customer", long_name);
    const struct {
        const char *a, *b, *name;
    } cases[] = {{"name", "name", "name"},
                 {"name", "customer", "name/customer"},
                 {"", "name", "name"},
                 {"name", "", "name"},
                 {"", "", ""},
                 {long_name, "customer", expected}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bytes name = table_cell_name(bytes_of(cases[i].a), bytes_of(cases[i].b), text);
        if (!bytes_equal(name, bytes_of(cases[i].name)))
            fail_msg("%.20s and %s: %.*s", cases[i].a, cases[i].b, (int)name.n, name.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_pairs), cmocka_unit_test(alone),  cmocka_unit_test(marks),
        cmocka_unit_test(cuts),       cmocka_unit_test(common), cmocka_unit_test(pieces),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
