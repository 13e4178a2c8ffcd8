/* The rows of the parts of a prepared run: each row is in one part, rows of equal values are in the
 * same one, and parts cost about the same. */
#include "matcher/prepared/prepared_order.h"

#include "matcher/index/dictionary.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define N_VALUES 300
#define N_ROWS 5000

/* Two columns of A and of B over values of 1 to 20 characters; a tenth of the rows has none. */
struct columns {
    struct dictionary dictionary;
    uint64_t begin[N_VALUES + 1];
    uint32_t value[N_VALUES];
    uint64_t rows_begin[4][N_VALUES + 1];
    uint32_t rows[4][N_ROWS], row_place[4][N_ROWS];
    struct table_head head;
    struct inputs inputs;
};

static void fill_side(struct columns *c, int f, uint32_t n_values)
{
    uint64_t n = 0;
    for (uint32_t row = 0; row < N_ROWS; row++)
        c->row_place[f][row] = harness_below(10) ? harness_below(n_values) : TABLE_MISSING;
    for (uint32_t v = 0; v < N_VALUES; v++) {
        c->rows_begin[f][v] = n;
        for (uint32_t row = 0; row < N_ROWS; row++)
            if (c->row_place[f][row] == v)
                c->rows[f][n++] = row;
    }
    c->rows_begin[f][N_VALUES] = n;
    c->inputs.index.field[f].side = (struct side){.n = N_VALUES,
                                                  .n_rows = N_ROWS,
                                                  .value = c->value,
                                                  .rows_begin = c->rows_begin[f],
                                                  .rows = c->rows[f],
                                                  .row_place = c->row_place[f]};
}

static struct columns *make_columns(uint64_t seed)
{
    struct columns *c = calloc(1, sizeof *c);
    harness_seed(seed);
    for (uint32_t v = 0; v < N_VALUES; v++) {
        c->value[v] = v;
        c->begin[v + 1] = c->begin[v] + 1 + harness_below(20);
    }
    c->dictionary =
        (struct dictionary){.n = N_VALUES, .width = 1, .max_length = 20, .begin = c->begin};
    c->head.n_rows = N_ROWS;
    c->inputs.table[0].head = c->inputs.table[1].head = &c->head;
    c->inputs.index.dictionary = c->dictionary;
    c->inputs.index.n_fields = 4;
    for (int f = 0; f < 4; f++) /* the second columns have all values, the first ones few */
        fill_side(c, f, f < 2 ? 12 : N_VALUES);
    return c;
}

/* A plan of one join: over the second columns, or over the first and then the second ones. */
static struct plan make_plan(bool both)
{
    struct plan plan = {.kind = PLAN_REFINE, .n_joins = 1};
    struct plan_term few = {.field_a = 0, .field_b = 1, .need = 0.8};
    struct plan_term many = {.field_a = 2, .field_b = 3, .need = 0.8};
    few.use.view = many.use.view = METRIC_NORMALIZED_SIMILARITY;
    plan.join[0] = both ? (struct plan_join){.by = few, .also = many, .pairing = PLAN_WITHIN}
                        : (struct plan_join){.by = many, .pairing = PLAN_ALONE};
    return plan;
}

/* What rows that must not be parted have in common; rows without it may be anywhere. */
static uint32_t group_of(const struct columns *c, uint32_t row, bool both)
{
    const uint32_t first = c->row_place[both ? 0 : 2][row], then = c->row_place[2][row];
    return first == TABLE_MISSING ? TABLE_MISSING
           : both ? first * (N_VALUES + 1) + (then == TABLE_MISSING ? N_VALUES : then)
                  : first;
}

static void check_parts(const struct columns *c, struct shm_view order, uint32_t of, bool both)
{
    static uint32_t part_of[N_ROWS], part_of_group[N_VALUES * (N_VALUES + 1)];
    uint64_t all = 0;
    memset(part_of, 0, sizeof part_of);
    memset(part_of_group, 0, sizeof part_of_group);
    for (uint32_t k = 1; k <= of; k++) {
        struct row_list rows;
        struct shm s;
        struct err e;
        assert_true(prepared_order_rows(order, &(struct shard){k, of}, &s, &rows, &e));
        for (uint64_t i = 0; i < rows.n; i++) {
            const uint32_t row = rows.row[i], group = group_of(c, row, both);
            assert_true(row < N_ROWS && part_of[row] == 0 && (i == 0 || rows.row[i - 1] < row));
            part_of[row] = k;
            if (group == TABLE_MISSING)
                continue;
            assert_true(part_of_group[group] == 0 || part_of_group[group] == k);
            part_of_group[group] = k;
        }
        all += rows.n;
        if (of <= 16)
            assert_true(rows.n > N_ROWS / of / 8 && rows.n < 4ull * N_ROWS / of);
        shm_close(&s);
    }
    assert_true(all == N_ROWS);
}

static void rows_are_in_one_part(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 16, 100, 20000};
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (int both = 0; both < 2; both++) {
            struct columns *c = make_columns(seed);
            const struct plan plan = make_plan(both);
            struct shm order;
            struct err e;
            assert_true(prepared_order_build(&plan, &c->inputs, &order, &e));
            for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
                check_parts(c, shm_view_of(&order), counts[i], both);
            shm_close(&order);
            free(c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_in_one_part)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
