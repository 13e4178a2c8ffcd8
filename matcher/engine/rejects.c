/* A list that grows, and is sorted once. */
#include "matcher/engine/rejects.h"
#include "core/sort.h"

#include "data/format/format.h"
#include "data/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u
#define NUMBER_CAPACITY 32u /* for a row number and what number_integer writes after it */

static bool grow(struct rejects *r, struct err *e)
{
    uint64_t capacity = r->capacity ? 2 * r->capacity : FIRST_CAPACITY;
    struct reject *at = r->n < r->capacity ? r->at : realloc(r->at, capacity * sizeof *at);
    if (!at)
        return err_set(e, ERR_OS, NULL, "not enough memory for the pairs that are left out");
    r->capacity = r->n < r->capacity ? r->capacity : capacity;
    r->at = at;
    return true;
}

bool rejects_add(struct rejects *r, uint64_t row_a, uint64_t row_b, const char *reason,
                 struct err *e)
{
    if (r->n >= r->max)
        return err_set(e, ERR_SCORER, "mend the scorer, or raise --max-rejects",
                       "the scorer failed on more than %llu pairs (--max-rejects); on row %llu of "
                       "A and row %llu of B it %s",
                       (unsigned long long)r->max, (unsigned long long)row_a + 1,
                       (unsigned long long)row_b + 1, reason);
    if (!grow(r, e))
        return false;
    struct reject *x = &r->at[r->n++];
    *x = (struct reject){.row_a = (uint32_t)row_a, .row_b = (uint32_t)row_b};
    snprintf(x->reason, sizeof x->reason, "%s", reason);
    return true;
}

static int by_rows(const void *p, const void *q)
{
    const struct reject *x = p, *y = q;
    return sort_order(reject_key(x->row_a, x->row_b), reject_key(y->row_a, y->row_b));
}

void rejects_complete(struct rejects *r)
{
    if (r->n)
        qsort(r->at, r->n, sizeof *r->at, by_rows);
    r->n_in_result = r->n;
}

/* Writes the id of a row of side 0 or 1, and a comma. */
static bool write_id(const struct table *t, uint32_t column, uint64_t row, struct out *out,
                     struct err *e)
{
    char number[NUMBER_CAPACITY];
    if (column == EMIT_ROW_NUMBER) {
        char *end = number_integer(number, row + 1);
        *end++ = ',';
        return out_write(out, number, (size_t)(end - number), e);
    }
    uint32_t value = table_row_values(t, column)[row];
    struct bytes v =
        value == TABLE_MISSING ? (struct bytes){NULL, 0} : table_value(t, column, value);
    char *text = malloc(FORMAT_CSV_BYTES(v.n) + 1);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory to write the pairs that are left out");
    char *end = format_csv_field(text, v, value == TABLE_MISSING);
    *end++ = ',';
    bool ok = out_write(out, text, (size_t)(end - text), e);
    free(text);
    return ok;
}

bool rejects_write(const struct rejects *r, const struct emit_spec *ids,
                   const struct table tables[2], struct out *out, struct err *e)
{
    static const char head[] = "a,b,reason\n";
    if (!out_write(out, head, sizeof head - 1, e))
        return false;
    for (uint64_t i = 0; i < r->n_in_result; i++) {
        char reason[FORMAT_CSV_BYTES(sizeof r->at->reason) + 1];
        const struct reject *x = &r->at[i];
        struct bytes text = {x->reason, (uint32_t)strlen(x->reason)};
        char *end = format_csv_field(reason, text, false);
        *end++ = '\n';
        if (!write_id(&tables[0], ids->id_a, x->row_a, out, e) ||
            !write_id(&tables[1], ids->id_b, x->row_b, out, e) ||
            !out_write(out, reason, (size_t)(end - reason), e))
            return false;
    }
    return true;
}

void rejects_close(struct rejects *r)
{
    free(r->at);
    *r = (struct rejects){0};
}
