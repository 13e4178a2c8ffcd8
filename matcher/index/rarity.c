/* Counts records by value id, and keeps what both columns have. */
#include "matcher/index/rarity.h"
#include "core/bits.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "the rarity of values"

double rarity_of(uint64_t having, uint64_t n_records)
{
    const uint64_t counted = having > 2 ? having : 2;
    return counted < n_records ? bits_log2((double)n_records / (double)counted) : 0;
}

/* ---- Building --------------------------------------------------------------------------------*/

/* Adds the records of a column to `having`, by value id; returns how many have a value. */
static uint64_t count_records(const struct idf_column *c, uint32_t *having)
{
    const uint32_t *row_value = table_row_values(c->table, c->column);
    const uint64_t n_rows = c->table->head->n_rows;
    uint64_t n = 0;
#pragma omp parallel for schedule(static) reduction(+ : n)
    for (uint64_t r = 0; r < n_rows; r++) {
        const uint32_t id =
            row_value[r] == TABLE_MISSING ? TABLE_MISSING : c->value_id[row_value[r]];
        n += row_value[r] != TABLE_MISSING;
        if (id != TABLE_MISSING) {
#pragma omp atomic
            having[id]++;
        }
    }
    return n;
}

static bool allocate(struct shm *out, struct rarity_at *at, struct err *e)
{
    return (at->value_at = shm_alloc(out, "index", (at->n + 1) * sizeof(uint32_t), 64, e)) &&
           (at->bits_at = shm_alloc(out, "index", (at->n + 1) * sizeof(double), 64, e));
}

/* Writes the values that both columns have. `having` are those of each; the same array twice where
 * the columns are the same one. */
static bool write_values(uint32_t *const having[2], uint32_t n_values, uint64_t n_records,
                         struct shm *out, struct rarity_at *at, struct err *e)
{
    const bool same = having[0] == having[1];
    for (uint32_t id = 0; id < n_values; id++)
        at->n += having[0][id] && having[1][id];
    if (!allocate(out, at, e))
        return false;
    uint32_t *value = shm_writable_array(out, at->value_at, uint32_t, at->n + 1);
    double *bits = shm_writable_array(out, at->bits_at, double, at->n + 1);
    uint64_t n = 0;
    for (uint32_t id = 0; id < n_values; id++)
        if (having[0][id] && having[1][id])
            value[n++] = id;
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < at->n; i++) {
        const uint64_t other = same ? 0 : having[1][value[i]];
        bits[i] = rarity_of(having[0][value[i]] + other, n_records);
    }
    return true;
}

bool rarity_build(const struct idf_column column[2], uint32_t n_values, struct shm *out,
                  struct rarity_at *at, struct err *e)
{
    const bool same = column[0].table == column[1].table && column[0].column == column[1].column;
    uint32_t *first = calloc(n_values + 1ull, sizeof *first);
    uint32_t *second = same ? first : calloc(n_values + 1ull, sizeof *second);
    *at = (struct rarity_at){0};
    bool ok = first && second;
    if (ok) {
        uint64_t n_records = count_records(&column[0], first);
        n_records += same ? 0 : count_records(&column[1], second);
        ok = write_values((uint32_t *const[2]){first, second}, n_values, n_records, out, at, e);
    } else {
        err_set(e, ERR_OS, NULL, "not enough memory for " WHAT);
    }
    free(first);
    if (!same)
        free(second);
    return ok;
}

bool rarity_copy(const struct rarity *r, struct shm *out, struct rarity_at *at, struct err *e)
{
    *at = (struct rarity_at){.n = r->n};
    if (!allocate(out, at, e))
        return false;
    memcpy(out->base + at->value_at, r->value, r->n * sizeof *r->value);
    memcpy(out->base + at->bits_at, r->bits, r->n * sizeof *r->bits);
    return true;
}

struct rarity rarity_view(struct shm_view segment, const struct rarity_at *at)
{
    return (struct rarity){.n = (uint32_t)at->n,
                           .value = shm_array(segment, at->value_at, uint32_t, at->n),
                           .bits = shm_array(segment, at->bits_at, double, at->n)};
}
