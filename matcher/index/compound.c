/* Two passes over the rows in the order of the second column: so the rows of each place of the
 * first column come in that order too, and nothing has to be sorted. */
#include "matcher/index/compound.h"

#include <stdlib.h>
#include <string.h>

struct compound_head {
    uint64_t n, n_rows, n_first, rows_begin_at, rows_at, row_place_at, begin_at, first_at,
        second_at, value_at, by_second_at;
};

/* What is known of a place of the first column while its compounds are made. */
struct group {
    uint64_t rows, compounds; /* their numbers, then where the next one goes */
    uint32_t last;            /* the place of its last compound in the second column, plus 1 */
};

/* The place of a row in the first column, if it has a place in both; TABLE_MISSING. */
static inline uint32_t place_of(const struct side *first, const struct side *second, uint64_t i)
{
    return first->row_place[second->rows[i]];
}

/* Counts rows and compounds of each place of the first column. */
static void count_groups(const struct side *first, const struct side *second, struct group *group)
{
    for (uint32_t q = 0; q < second->n; q++)
        for (uint64_t i = second->rows_begin[q]; i < second->rows_begin[q + 1]; i++) {
            const uint32_t p = place_of(first, second, i);
            if (p == TABLE_MISSING)
                continue;
            group[p].rows++;
            group[p].compounds += group[p].last != q + 1;
            group[p].last = q + 1;
        }
}

/* Turns the numbers into where each place begins; returns those of all in *all. */
static void begin_groups(struct group *group, uint32_t n, struct group *all)
{
    *all = (struct group){.rows = 0};
    for (uint32_t p = 0; p < n; p++) {
        const struct group own = group[p];
        group[p] = *all;
        all->rows += own.rows;
        all->compounds += own.compounds;
    }
}

static bool place_arrays(struct shm *out, struct compound_head *h, uint64_t n_rows, struct err *e)
{
    const char *what = "the combinations of two columns";
    return (h->rows_begin_at = shm_alloc(out, what, (h->n + 1) * 8, 64, e)) &&
           (h->rows_at = shm_alloc(out, what, (n_rows + 1) * 4, 64, e)) &&
           (h->row_place_at = shm_alloc(out, what, (h->n_rows + 1) * 4, 64, e)) &&
           (h->begin_at = shm_alloc(out, what, (h->n_first + 1) * 8, 64, e)) &&
           (h->first_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e)) &&
           (h->second_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e)) &&
           (h->value_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e)) &&
           (h->by_second_at = shm_alloc(out, what, (h->n + 1) * 4, 64, e));
}

static void fill_arrays(const struct side *first, const struct side *second, struct group *group,
                        struct shm *out, const struct compound_head *h, uint64_t n_rows)
{
    uint64_t *rows_begin = shm_writable_array(out, h->rows_begin_at, uint64_t, h->n + 1);
    uint32_t *rows = shm_writable_array(out, h->rows_at, uint32_t, n_rows);
    uint32_t *row_place = shm_writable_array(out, h->row_place_at, uint32_t, h->n_rows);
    uint64_t *begin = shm_writable_array(out, h->begin_at, uint64_t, h->n_first + 1);
    uint32_t *of_first = shm_writable_array(out, h->first_at, uint32_t, h->n);
    uint32_t *of_second = shm_writable_array(out, h->second_at, uint32_t, h->n);
    uint32_t *value = shm_writable_array(out, h->value_at, uint32_t, h->n);
    uint32_t *by_second = shm_writable_array(out, h->by_second_at, uint32_t, h->n);
    for (uint32_t p = 0; p < first->n; p++)
        begin[p] = group[p].compounds;
    begin[first->n] = h->n;
    rows_begin[h->n] = n_rows;
    memset(row_place, 0xff, h->n_rows * sizeof *row_place);
    for (uint32_t q = 0; q < second->n; q++)
        for (uint64_t i = second->rows_begin[q]; i < second->rows_begin[q + 1]; i++) {
            const uint32_t p = place_of(first, second, i), row = second->rows[i];
            if (p == TABLE_MISSING)
                continue;
            struct group *g = &group[p];
            if (g->last != q + 1) {
                g->last = q + 1;
                of_first[g->compounds] = p;
                of_second[g->compounds] = q;
                value[g->compounds] = second->value[q];
                rows_begin[g->compounds] = g->rows;
                *by_second++ = (uint32_t)g->compounds++;
            }
            rows[g->rows++] = row;
            row_place[row] = (uint32_t)(g->compounds - 1);
        }
}

bool compound_build(const struct side *first, const struct side *second, struct shm *out,
                    uint64_t *at, struct err *e)
{
    struct group *group = calloc(first->n + 1ull, sizeof *group), all;
    if (!group)
        return err_set(e, ERR_OS, NULL, "not enough memory for the combinations of two columns");
    count_groups(first, second, group);
    begin_groups(group, first->n, &all);
    struct compound_head head = {.n = all.compounds, .n_rows = first->n_rows, .n_first = first->n};
    *at = shm_alloc(out, "the combinations of two columns", sizeof head, 64, e);
    const bool ok = *at && place_arrays(out, &head, all.rows, e);
    if (ok) {
        *shm_writable(out, *at, struct compound_head) = head;
        fill_arrays(first, second, group, out, &head, all.rows);
    }
    free(group);
    return ok;
}

void compound_view(struct compound *compound, struct shm_view segment, uint64_t at)
{
    const struct compound_head *h = shm_at(segment, at, struct compound_head);
    const uint64_t *rows_begin = shm_array(segment, h->rows_begin_at, uint64_t, h->n + 1);
    *compound = (struct compound){
        .side = {.n = (uint32_t)h->n,
                 .n_rows = h->n_rows,
                 .rows_begin = rows_begin,
                 .rows = shm_array(segment, h->rows_at, uint32_t, rows_begin[h->n]),
                 .row_place = shm_array(segment, h->row_place_at, uint32_t, h->n_rows)},
        .n_first = (uint32_t)h->n_first,
        .begin = shm_array(segment, h->begin_at, uint64_t, h->n_first + 1),
        .first = shm_array(segment, h->first_at, uint32_t, h->n),
        .second = shm_array(segment, h->second_at, uint32_t, h->n),
        .value = shm_array(segment, h->value_at, uint32_t, h->n),
        .by_second = shm_array(segment, h->by_second_at, uint32_t, h->n),
    };
}
