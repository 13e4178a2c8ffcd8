/* The rows of each place of the first column are put in the order of the second, and cut where that
 * changes. Places are shared by OpenMP threads; what each of them has is written where those before
 * it end, so the result does not depend on threads. */
#include "matcher/index/compound.h"

#include "core/memory.h"
#include "matcher/index/place_keys.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "the combinations of two columns"

struct compound_head {
    uint64_t n, n_rows, n_first, rows_begin_at, rows_at, row_place_at, begin_at, first_at,
        second_at, value_at, by_second_at;
};

/* What a place of the first column has: numbers, then where the next one goes. */
struct group {
    uint64_t rows, compounds;
};

/* While compounds are made. */
struct making {
    const struct side *first, *second;
    uint64_t *key;       /* from first->rows_begin[p] on: its rows by their places in the second */
    uint64_t *other;     /* space for as many */
    uint8_t *begins;     /* of each row: it is the first of its compound */
    struct group *group; /* of each place of the first column */
    uint64_t *begin;     /* second->n + 1: where its compounds begin among those by the second */
};

/* Sorts the rows of a place of the first column that have a place in the second, and counts them.
 */
static struct group sort_group(const struct making *m, uint32_t p)
{
    const uint64_t from = m->first->rows_begin[p];
    uint64_t *key = m->key + from;
    struct group own = {0};
    for (uint64_t i = from; i < m->first->rows_begin[p + 1ull]; i++) {
        const uint32_t row = m->first->rows[i], q = m->second->row_place[row];
        if (q != TABLE_MISSING)
            key[own.rows++] = place_key(q, row);
    }
    const uint64_t *sorted = place_keys_sort(key, m->other + from, own.rows, m->second->n);
    if (sorted != key)
        memcpy(key, sorted, own.rows * sizeof *key);
    for (uint64_t i = 0; i < own.rows; i++)
        own.compounds += i == 0 || place_key_place(key[i]) != place_key_place(key[i - 1]);
    return own;
}

static void sort_groups(const struct making *m)
{
#pragma omp parallel for schedule(dynamic, 256)
    for (uint32_t p = 0; p < m->first->n; p++)
        m->group[p] = sort_group(m, p);
}

/* Turns the numbers of n places into where each begins, and all end. */
static void begin_groups(struct group *group, uint32_t n)
{
    struct group all = {0};
    for (uint32_t p = 0; p < n; p++) {
        const struct group own = group[p];
        group[p] = all;
        all.rows += own.rows;
        all.compounds += own.compounds;
    }
    group[n] = all;
}

static bool place_arrays(struct shm *out, struct compound_head *h, uint64_t n_rows, struct err *e)
{
    return (h->rows_begin_at = shm_alloc(out, WHAT, (h->n + 1) * 8, 64, e)) &&
           (h->rows_at = shm_alloc(out, WHAT, (n_rows + 1) * 4, 64, e)) &&
           (h->row_place_at = shm_alloc(out, WHAT, (h->n_rows + 1) * 4, 64, e)) &&
           (h->begin_at = shm_alloc(out, WHAT, (h->n_first + 1) * 8, 64, e)) &&
           (h->first_at = shm_alloc(out, WHAT, (h->n + 1) * 4, 64, e)) &&
           (h->second_at = shm_alloc(out, WHAT, (h->n + 1) * 4, 64, e)) &&
           (h->value_at = shm_alloc(out, WHAT, (h->n + 1) * 4, 64, e)) &&
           (h->by_second_at = shm_alloc(out, WHAT, (h->n + 1) * 4, 64, e));
}

/* What is written of compounds. */
struct filling {
    uint64_t *rows_begin;
    uint32_t *rows, *row_place, *first, *second, *value, *by_second;
};

/* Writes the compounds of a place of the first column, which has n rows. */
static void fill_group(const struct making *m, const struct filling *f, uint32_t p, uint64_t n)
{
    const uint64_t *key = m->key + m->first->rows_begin[p];
    struct group at = m->group[p];
    for (uint64_t i = 0; i < n; i++, at.rows++) {
        const uint32_t q = place_key_place(key[i]), row = place_key_row(key[i]);
        if (i == 0 || q != place_key_place(key[i - 1])) {
            f->first[at.compounds] = p;
            f->second[at.compounds] = q;
            f->value[at.compounds] = m->second->value[q];
            f->rows_begin[at.compounds++] = at.rows;
            m->begins[row] = 1;
        }
        f->rows[at.rows] = row;
        f->row_place[row] = (uint32_t)(at.compounds - 1);
    }
}

/* How many compounds a place of the second column has. */
static uint64_t count_place(const struct making *m, uint32_t q)
{
    uint64_t n = 0;
    for (uint64_t i = m->second->rows_begin[q]; i < m->second->rows_begin[q + 1ull]; i++)
        n += m->begins[m->second->rows[i]];
    return n;
}

/* Lists them, in the order of their first rows. */
static void list_place(const struct making *m, const uint32_t *row_place, uint32_t q,
                       uint32_t *by_second)
{
    for (uint64_t i = m->second->rows_begin[q]; i < m->second->rows_begin[q + 1ull]; i++)
        if (m->begins[m->second->rows[i]])
            *by_second++ = row_place[m->second->rows[i]];
}

static void list_by_second(const struct making *m, const struct filling *f)
{
    uint64_t *begin = m->begin;
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t q = 0; q < m->second->n; q++)
        begin[q + 1ull] = count_place(m, q);
    begin[0] = 0;
    for (uint32_t q = 0; q < m->second->n; q++)
        begin[q + 1ull] += begin[q];
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t q = 0; q < m->second->n; q++)
        list_place(m, f->row_place, q, f->by_second + begin[q]);
}

static void fill_arrays(const struct making *m, struct shm *out, const struct compound_head *h,
                        uint64_t n_rows)
{
    const struct filling f = {
        .rows_begin = shm_writable_array(out, h->rows_begin_at, uint64_t, h->n + 1),
        .rows = shm_writable_array(out, h->rows_at, uint32_t, n_rows),
        .row_place = shm_writable_array(out, h->row_place_at, uint32_t, h->n_rows),
        .first = shm_writable_array(out, h->first_at, uint32_t, h->n),
        .second = shm_writable_array(out, h->second_at, uint32_t, h->n),
        .value = shm_writable_array(out, h->value_at, uint32_t, h->n),
        .by_second = shm_writable_array(out, h->by_second_at, uint32_t, h->n)};
    uint64_t *begin = shm_writable_array(out, h->begin_at, uint64_t, h->n_first + 1);
    const struct group *group = m->group;
    memset(f.row_place, 0xff, h->n_rows * sizeof *f.row_place);
    f.rows_begin[h->n] = n_rows;
#pragma omp parallel for schedule(dynamic, 256)
    for (uint32_t p = 0; p < m->first->n; p++) {
        begin[p] = group[p].compounds;
        fill_group(m, &f, p, group[p + 1ull].rows - group[p].rows);
    }
    begin[m->first->n] = h->n;
    list_by_second(m, &f);
}

static bool take_memory(struct making *m, struct err *e)
{
    const struct side *first = m->first;
    const uint64_t n_keys = first->rows_begin[first->n] + 1;
    if (!mem_check(WHAT,
                   n_keys * 2 * sizeof *m->key + first->n_rows + first->n * sizeof *m->group +
                       m->second->n * sizeof *m->begin,
                   e))
        return false;
    m->key = malloc(n_keys * sizeof *m->key);
    m->other = malloc(n_keys * sizeof *m->other);
    m->begins = calloc(first->n_rows + 1, 1);
    m->group = malloc((first->n + 1ull) * sizeof *m->group);
    m->begin = malloc((m->second->n + 1ull) * sizeof *m->begin);
    return (m->key && m->other && m->begins && m->group && m->begin) ||
           err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
}

static bool make(const struct making *m, struct shm *out, uint64_t *at, struct err *e)
{
    const uint32_t n = m->first->n;
    sort_groups(m);
    begin_groups(m->group, n);
    struct compound_head head = {
        .n = m->group[n].compounds, .n_rows = m->first->n_rows, .n_first = n};
    *at = shm_alloc(out, WHAT, sizeof head, 64, e);
    if (!*at || !place_arrays(out, &head, m->group[n].rows, e))
        return false;
    *shm_writable(out, *at, struct compound_head) = head;
    fill_arrays(m, out, &head, m->group[n].rows);
    return true;
}

bool compound_build(const struct side *first, const struct side *second, struct shm *out,
                    uint64_t *at, struct err *e)
{
    struct making m = {.first = first, .second = second};
    const bool ok = take_memory(&m, e) && make(&m, out, at, e);
    free(m.key);
    free(m.other);
    free(m.begins);
    free(m.group);
    free(m.begin);
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
