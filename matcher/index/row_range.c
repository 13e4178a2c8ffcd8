/* Cuts a side down to a run of rows. */
#include "matcher/index/row_range.h"
#include "core/shm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROW_RANGE_HEAD_AT 64u

struct row_range_head {
    uint64_t n, n_rows, value_at, rows_begin_at, rows_at, row_place_at;
};

/* Numbers the places that occur in the rows; new_place[] maps old ones, or is TABLE_MISSING. */
static uint32_t number_places(const struct side *whole, uint64_t row_from, uint64_t row_to,
                              uint32_t *new_place)
{
    uint32_t n = 0;
    memset(new_place, 0xff, (whole->n + 1ull) * sizeof *new_place);
    for (uint64_t r = row_from; r < row_to; r++)
        if (whole->row_place[r] != TABLE_MISSING)
            new_place[whole->row_place[r]] = 0;
    for (uint32_t p = 0; p < whole->n; p++)
        if (new_place[p] == 0)
            new_place[p] = n++;
    return n;
}

static bool place_arrays(struct shm *out, struct row_range_head *h, struct err *e)
{
    const char *what = "a row range";
    return (h->value_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e)) &&
           (h->rows_begin_at = shm_alloc(out, what, (h->n + 1) * 8, 64, e)) &&
           (h->rows_at = shm_alloc(out, what, (h->n_rows + 1) * 4, 64, e)) &&
           (h->row_place_at = shm_alloc(out, what, (h->n_rows + 1) * 4, 64, e));
}

static void fill_arrays(const struct side *whole, uint64_t row_from, uint64_t row_to,
                        const uint32_t *new_place, const char *base, const struct row_range_head *h)
{
    struct side s;
    const struct shm view = {.base = (char *)(uintptr_t)base};
    row_range_view(&s, &view);
    uint32_t *value = (uint32_t *)(uintptr_t)s.value, *rows = (uint32_t *)(uintptr_t)s.rows;
    uint32_t *row_place = (uint32_t *)(uintptr_t)s.row_place;
    uint64_t *begin = (uint64_t *)(uintptr_t)s.rows_begin, n = 0;
    memset(row_place, 0xff, h->n_rows * sizeof *row_place);
    for (uint32_t p = 0; p < whole->n; p++) {
        if (new_place[p] == TABLE_MISSING)
            continue;
        value[new_place[p]] = whole->value[p];
        begin[new_place[p]] = n;
        for (uint64_t i = whole->rows_begin[p]; i < whole->rows_begin[p + 1]; i++) {
            uint32_t row = whole->rows[i];
            if (row < row_from || row >= row_to)
                continue;
            rows[n++] = row;
            row_place[row] = new_place[p];
        }
    }
    assert(n <= h->n_rows);
    begin[h->n] = n;
}

bool row_range_build(const struct side *whole, uint64_t row_from, uint64_t row_to, struct shm *out,
                     struct err *e)
{
    uint32_t *new_place = malloc((whole->n + 1ull) * sizeof *new_place);
    if (!new_place)
        return err_set(e, ERR_OS, NULL, "not enough memory for a row range");
    struct row_range_head head = {.n = number_places(whole, row_from, row_to, new_place),
                                  .n_rows = whole->n_rows};
    uint64_t head_at = shm_alloc(out, "a row range", sizeof head, 64, e);
    bool ok = head_at == ROW_RANGE_HEAD_AT && place_arrays(out, &head, e);
    if (ok) {
        memcpy(out->base + ROW_RANGE_HEAD_AT, &head, sizeof head);
        fill_arrays(whole, row_from, row_to, new_place, out->base, &head);
    }
    free(new_place);
    return ok;
}

void row_range_view(struct side *row_range, const struct shm *s)
{
    const struct row_range_head *h =
        (const struct row_range_head *)(const void *)(s->base + ROW_RANGE_HEAD_AT);
    *row_range = (struct side){
        .n = (uint32_t)h->n,
        .n_rows = h->n_rows,
        .value = (const uint32_t *)(const void *)(s->base + h->value_at),
        .rows_begin = (const uint64_t *)(const void *)(s->base + h->rows_begin_at),
        .rows = (const uint32_t *)(const void *)(s->base + h->rows_at),
        .row_place = (const uint32_t *)(const void *)(s->base + h->row_place_at),
    };
}
