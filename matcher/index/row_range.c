/* Cuts a side down to a run of rows. */
#include "matcher/index/row_range.h"
#include "core/shm.h"

#include <stdlib.h>
#include <string.h>

struct row_range_head {
    uint64_t n, n_rows, value_at, rows_begin_at, rows_at, row_place_at;
};

/* Rows of a side: those from the from-th to the one before the to-th of a list. */
struct rows_of {
    const struct row_list *list;
    uint64_t from, to;
};

/* Numbers the places that occur in the rows; new_place[] maps old ones, or is TABLE_MISSING. */
static uint32_t number_places(const struct side *whole, const struct rows_of *rows,
                              uint32_t *new_place)
{
    uint32_t n = 0;
    memset(new_place, 0xff, (whole->n + 1ull) * sizeof *new_place);
    for (uint64_t i = rows->from; i < rows->to; i++) {
        const uint32_t place = whole->row_place[row_list_at(rows->list, i)];
        if (place != TABLE_MISSING)
            new_place[place] = 0;
    }
    for (uint32_t p = 0; p < whole->n; p++)
        if (new_place[p] == 0)
            new_place[p] = n++;
    return n;
}

static bool place_arrays(struct shm *out, struct row_range_head *h, uint64_t n_taken, struct err *e)
{
    const char *what = "a row range";
    return (h->value_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e)) &&
           (h->rows_begin_at = shm_alloc(out, what, (h->n + 2) * 8, 64, e)) &&
           (h->rows_at = shm_alloc(out, what, (n_taken + 1) * 4, 64, e)) &&
           (h->row_place_at = shm_alloc(out, what, (h->n_rows + 1) * 4, 64, e));
}

/* The new place of each row that is taken, others have none; and begin[p + 2] counts the rows of
 * place p. */
static void fill_row_places(const struct side *whole, const struct rows_of *rows,
                            const uint32_t *new_place, uint32_t *row_place, uint64_t *begin)
{
    memset(row_place, 0xff, whole->n_rows * sizeof *row_place);
    for (uint64_t i = rows->from; i < rows->to; i++) {
        const uint64_t row = row_list_at(rows->list, i);
        const uint32_t old = whole->row_place[row];
        if (old == TABLE_MISSING)
            continue;
        row_place[row] = new_place[old];
        begin[new_place[old] + 2ull]++;
    }
}

/* The rows of each place, in order. Only rows that are taken are looked at: of a part these are
 * few. */
static void fill_rows(const struct rows_of *rows, const uint32_t *row_place, uint64_t n,
                      uint64_t *begin, uint32_t *by_place)
{
    for (uint64_t p = 2; p <= n; p++)
        begin[p] += begin[p - 1];
    for (uint64_t i = rows->from; i < rows->to; i++) {
        const uint32_t row = (uint32_t)row_list_at(rows->list, i);
        if (row_place[row] != TABLE_MISSING)
            by_place[begin[row_place[row] + 1ull]++] = row;
    }
}

static void fill_arrays(const struct side *whole, const struct rows_of *rows,
                        const uint32_t *new_place, struct shm *out, const struct row_range_head *h)
{
    uint32_t *value = shm_writable_array(out, h->value_at, uint32_t, h->n);
    uint32_t *by_place = shm_writable_array(out, h->rows_at, uint32_t, rows->to - rows->from);
    uint64_t *begin = shm_writable_array(out, h->rows_begin_at, uint64_t, h->n + 2);
    uint32_t *row_place = shm_writable_array(out, h->row_place_at, uint32_t, h->n_rows);
    for (uint32_t p = 0; p < whole->n; p++)
        if (new_place[p] != TABLE_MISSING)
            value[new_place[p]] = whole->value[p];
    fill_row_places(whole, rows, new_place, row_place, begin);
    fill_rows(rows, row_place, h->n, begin, by_place);
}

bool row_range_build(const struct side *whole, uint64_t row_from, uint64_t row_to,
                     const struct row_list *only, struct shm *out, struct err *e)
{
    const struct rows_of rows = {only, row_list_from(only, row_from), row_list_from(only, row_to)};
    uint32_t *new_place = malloc((whole->n + 1ull) * sizeof *new_place);
    if (!new_place)
        return err_set(e, ERR_OS, NULL, "not enough memory for a row range");
    struct row_range_head head = {.n = number_places(whole, &rows, new_place),
                                  .n_rows = whole->n_rows};
    uint64_t head_at = shm_alloc(out, "a row range", sizeof head, 64, e);
    bool ok = head_at == SHM_HEAD_AT && place_arrays(out, &head, rows.to - rows.from, e);
    if (ok) {
        *shm_writable(out, head_at, struct row_range_head) = head;
        fill_arrays(whole, &rows, new_place, out, &head);
    }
    free(new_place);
    return ok;
}

void row_range_view(struct side *row_range, const struct shm *s)
{
    struct shm_view view = shm_view_of(s);
    const struct row_range_head *h = shm_at(view, SHM_HEAD_AT, struct row_range_head);
    const uint64_t *rows_begin = shm_array(view, h->rows_begin_at, uint64_t, h->n + 1);
    *row_range = (struct side){
        .n = (uint32_t)h->n,
        .n_rows = h->n_rows,
        .value = shm_array(view, h->value_at, uint32_t, h->n),
        .rows_begin = rows_begin,
        .rows = shm_array(view, h->rows_at, uint32_t, rows_begin[h->n]),
        .row_place = shm_array(view, h->row_place_at, uint32_t, h->n_rows),
    };
}
