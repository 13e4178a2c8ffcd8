/* An ascending list by distance, without pairs that are like others. */
#include "matcher/report/report_pick.h"

#include "core/base.h"
#include "core/hash.h"

#include <string.h>

#define SEEN_BYTES 256u /* of a value, that tell it from others */

/* ---- What a pair is --------------------------------------------------------------------------*/

/* What people see of a record; of a missing value nothing. */
static struct bytes shown_value(const struct run *r, uint32_t i, int side, uint32_t row)
{
    const uint32_t column = r->query.shown[i].column[side];
    struct bytes value = {NULL, 0};
    if (column != QUERY_NO_COLUMN)
        value = table_value_at(&r->loaded.inputs.table[side], column, row);
    return value.p ? value : (struct bytes){"", 0};
}

static uint64_t hash_value(uint64_t hash, struct bytes value)
{
    char text[SEEN_BYTES + HASH_SPARE_BYTES] = "";
    const uint32_t n = least(value.n, SEEN_BYTES);
    if (n)
        memcpy(text, value.p, n);
    return hash_mix(hash ^ hash_bytes(text, n)) + 1;
}

/* A hash of the compared values of both records. */
static uint64_t hash_pair(const struct run *r, const struct found_pair *pair)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < r->query.n_compared_shown; i++) {
        hash = hash_value(hash, shown_value(r, i, 0, pair->row_a));
        hash = hash_value(hash, shown_value(r, i, 1, pair->row_b));
    }
    return hash;
}

/* The text that a metric compares, as a value of the dictionary. */
static uint32_t compared_value(const struct run *r, uint32_t column, uint32_t row)
{
    const struct side *side =
        &r->loaded.inputs.index.field[r->query.expr.column[column].field].side;
    const uint32_t place = side->row_place[row];
    return place == TABLE_MISSING ? TABLE_MISSING : side->value[place];
}

static bool are_shown_the_same(const struct run *r, const struct found_pair *pair)
{
    bool same = true;
    for (uint32_t i = 0; i < r->query.n_compared_shown; i++)
        same = same &&
               bytes_equal(shown_value(r, i, 0, pair->row_a), shown_value(r, i, 1, pair->row_b));
    return same;
}

bool report_is_same(const struct run *r, const struct found_pair *pair)
{
    const struct expr *x = &r->query.expr;
    bool same = true;
    if (r->query.scorer)
        return are_shown_the_same(r, pair);
    for (uint32_t i = 0; i < x->n_terms; i++)
        same = same && compared_value(r, x->term[i].column_a, pair->row_a) ==
                           compared_value(r, x->term[i].column_b, pair->row_b);
    return same;
}

/* ---- Picking ---------------------------------------------------------------------------------*/

/* Does a picked pair have the same record of A, or the same values on both sides? */
static bool is_like(const struct report_picked *p, uint32_t i, const struct found_pair *pair,
                    uint64_t values)
{
    return p->pair[i].row_a == pair->row_a || p->values[i] == values;
}

static void move(struct report_picked *p, uint32_t from, uint32_t to)
{
    p->pair[to] = p->pair[from];
    p->distance[to] = p->distance[from];
    p->values[to] = p->values[from];
}

/* Makes those that are like the pair give way to it. False if one of them is as near, and stays. */
static bool give_way(struct report_picked *p, const struct found_pair *pair, uint64_t values,
                     double distance)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n; i++)
        if (is_like(p, i, pair, values) && p->distance[i] <= distance)
            return false;
    for (uint32_t i = 0; i < p->n; i++)
        if (!is_like(p, i, pair, values))
            move(p, i, n++);
    p->n = n;
    return true;
}

void report_pick(struct report_picked *p, const struct run *r, const struct found_pair *pair,
                 double distance)
{
    if (p->n == p->most && distance >= p->distance[p->most - 1])
        return;
    const uint64_t values = hash_pair(r, pair);
    if (!give_way(p, pair, values, distance))
        return;
    uint32_t i = p->n < p->most ? p->n++ : p->most - 1;
    for (; i && distance < p->distance[i - 1]; i--)
        move(p, i - 1, i);
    p->pair[i] = *pair;
    p->distance[i] = distance;
    p->values[i] = values;
}
