/* Each first pair agrees in nine columns of ten, the others in two. */
#include "tests/fit/harness_fit.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

double harness_share(void)
{
    return (1 + harness_below(1000)) / 1001.;
}

static void column_make(struct fit_column *column, uint32_t n_levels)
{
    double total = 0;
    *column =
        (struct fit_column){.n_levels = n_levels, .rarity = harness_below(2), .n_values = 1000};
    for (uint32_t l = 0; l < n_levels; l++)
        total += column->u[l] = harness_share() * exp2(-3. * l);
    for (uint32_t l = 0; l < n_levels; l++)
        column->u[l] /= total;
}

void harness_fit_open(struct harness_fit *m, uint32_t n_columns, uint64_t n, uint64_t rows_a,
                      uint64_t rows_b)
{
    *m = (struct harness_fit){.data = {.n_columns = n_columns,
                                       .column = m->column,
                                       .n_rows = {rows_a, rows_b},
                                       .share = 1,
                                       .n_pairs = n}};
    for (int side = 0; side < 2; side++)
        assert_non_null(m->row[side] = calloc(n + 1, sizeof *m->row[side]));
    for (uint32_t c = 0; c < n_columns; c++) {
        column_make(&m->column[c], 2 + harness_below(FIT_MAX_LEVELS - 1));
        assert_non_null(m->level[c] = calloc(n + 1, 1));
        assert_non_null(m->count[c] = calloc(n + 1, sizeof *m->count[c]));
    }
    m->data.a = m->row[0];
    m->data.b = m->row[1];
    m->data.level = (const uint8_t *const *)m->level;
    m->data.count = (const uint32_t *const *)m->count;
}

void harness_fit_close(struct harness_fit *m)
{
    free(m->row[0]);
    free(m->row[1]);
    for (uint32_t c = 0; c < m->data.n_columns; c++) {
        free(m->level[c]);
        free(m->count[c]);
    }
}

void harness_fit_fill(struct harness_fit *m, uint32_t each, uint32_t most_count)
{
    const uint64_t n = m->data.n_pairs, rows_b = m->data.n_rows[1];
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t a = i / each, place = i % each;
        m->row[0][i] = (uint32_t)a;
        m->row[1][i] = (uint32_t)(a % (rows_b - each + 1) + place);
        for (uint32_t c = 0; c < m->data.n_columns; c++) {
            const uint32_t top = m->column[c].n_levels - 1;
            const bool agrees = harness_below(10) < (place == 0 ? 9 : 2);
            m->level[c][i] = (uint8_t)(agrees ? top : harness_below(top + 1));
            if (harness_below(20) == 0)
                m->level[c][i] = FIT_MISSING;
            m->count[c][i] = 1 + harness_below(most_count);
        }
    }
}
