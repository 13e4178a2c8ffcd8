/* An index of fewer rows. Values and codes stay as they are; a side gets the places that its rows
 * still have. */
#include "matcher/index/index_internal.h"

#include <stdlib.h>
#include <string.h>

/* An index on its way from one segment to another. */
struct restriction {
    const struct index *from;
    struct row_list rows;
    struct shm *out;
    struct index_head *head;
};

/* Copies n bytes, with some to spare after them. *at is where they are. */
static bool put(struct shm *out, const void *from, size_t n, uint64_t *at, struct err *e)
{
    *at = shm_alloc(out, "index", n + 64, 64, e);
    if (*at && n)
        memcpy(out->base + *at, from, n);
    return *at != 0;
}

static bool put_dictionary(const struct restriction *r, struct err *e)
{
    const struct dictionary *d = &r->from->dictionary;
    struct index_head *h = r->head;
    const size_t n = (d->n + 1ull) * sizeof *d->begin;
    h->n_distinct = d->n;
    h->width = d->width;
    h->max_length = d->max_length;
    h->n_codes = d->alphabet.n_codes;
    return put(r->out, d->alphabet.code_point, h->n_codes * sizeof(uint32_t), &h->code_point_at,
               e) &&
           put(r->out, d->begin, n, &h->begin_at, e) &&
           put(r->out, d->codes, d->begin[d->n] * d->width, &h->codes_at, e) &&
           (!d->utf8 || (put(r->out, d->utf8_begin, n, &h->utf8_begin_at, e) &&
                         put(r->out, d->utf8, d->utf8_begin[d->n], &h->utf8_at, e)));
}

static bool put_list(const struct restriction *r, int side, const struct row_list *list,
                     struct err *e)
{
    r->head->n_rows[side] = list->n;
    return !list->row ||
           put(r->out, list->row, list->n * sizeof *list->row, &r->head->rows_at[side], e);
}

/* A field that stays as it is. */
static bool put_field(const struct restriction *r, const struct index_view *v,
                      struct index_head_field *h, struct err *e)
{
    const struct side *s = &v->side;
    h->n = s->n;
    h->n_rows = s->n_rows;
    h->kind = v->number ? INDEX_NUMBER : INDEX_TEXT;
    if (v->number)
        return put(r->out, v->number, s->n_rows * sizeof *v->number, &h->number_at, e);
    return put(r->out, s->value, s->n * sizeof *s->value, &h->value_at, e) &&
           put(r->out, s->row_place, s->n_rows * sizeof *s->row_place, &h->row_place_at, e) &&
           (!s->rows ||
            (put(r->out, s->rows_begin, (s->n + 1ull) * sizeof *s->rows_begin, &h->rows_begin_at,
                 e) &&
             put(r->out, s->rows, s->rows_begin[s->n] * sizeof *s->rows, &h->rows_at, e)));
}

/* Numbers the places that the rows have; new_place maps old ones. Returns how many these are. */
static uint32_t number_places(const struct restriction *r, const struct side *s,
                              uint32_t *new_place)
{
    uint32_t n = 0;
    memset(new_place, 0xff, (s->n + 1ull) * sizeof *new_place);
    for (uint64_t i = 0; i < r->rows.n; i++) {
        const uint32_t place = s->row_place[row_list_at(&r->rows, i)];
        if (place != TABLE_MISSING)
            new_place[place] = 0;
    }
    for (uint32_t p = 0; p < s->n; p++)
        if (new_place[p] == 0)
            new_place[p] = n++;
    return n;
}

static bool place_side(const struct restriction *r, const struct side *s,
                       struct index_head_field *h, struct err *e)
{
    struct shm *out = r->out;
    return (h->value_at = shm_alloc(out, "index", (h->n + 1ull) * 4, 64, e)) &&
           (h->row_place_at = shm_alloc(out, "index", (h->n_rows + 1) * 4, 64, e)) &&
           (!s->rows || ((h->rows_begin_at = shm_alloc(out, "index", (h->n + 2ull) * 8, 64, e)) &&
                         (h->rows_at = shm_alloc(out, "index", (r->rows.n + 1) * 4, 64, e))));
}

/* The rows of each place, by counting; begin[] is filled one place ahead. */
static void fill_postings(const struct restriction *r, const struct index_head_field *h,
                          const uint32_t *row_place)
{
    uint64_t *begin = shm_writable_array(r->out, h->rows_begin_at, uint64_t, h->n + 2ull);
    uint32_t *rows = shm_writable_array(r->out, h->rows_at, uint32_t, r->rows.n + 1);
    for (uint64_t i = 0; i < r->rows.n; i++) {
        const uint32_t place = row_place[row_list_at(&r->rows, i)];
        if (place != TABLE_MISSING)
            begin[place + 2]++;
    }
    for (uint64_t p = 2; p <= h->n + 1ull; p++)
        begin[p] += begin[p - 1];
    for (uint64_t i = 0; i < r->rows.n; i++) {
        const uint32_t row = (uint32_t)row_list_at(&r->rows, i);
        if (row_place[row] != TABLE_MISSING)
            rows[begin[row_place[row] + 1]++] = row;
    }
}

/* A text field of the side that has fewer rows. */
static bool put_fewer(const struct restriction *r, const struct side *s, struct index_head_field *h,
                      struct err *e)
{
    uint32_t *new_place = malloc((s->n + 1ull) * sizeof *new_place);
    if (!new_place)
        return err_set(e, ERR_OS, NULL, "not enough memory for the index of some rows");
    h->kind = INDEX_TEXT;
    h->n_rows = s->n_rows;
    h->n = number_places(r, s, new_place);
    const bool ok = place_side(r, s, h, e);
    if (ok) {
        uint32_t *value = shm_writable_array(r->out, h->value_at, uint32_t, h->n + 1ull);
        uint32_t *row_place = shm_writable_array(r->out, h->row_place_at, uint32_t, h->n_rows + 1);
        for (uint32_t p = 0; p < s->n; p++)
            if (new_place[p] != TABLE_MISSING)
                value[new_place[p]] = s->value[p];
        memset(row_place, 0xff, h->n_rows * sizeof *row_place);
        for (uint64_t i = 0; i < r->rows.n; i++) {
            const uint64_t row = row_list_at(&r->rows, i);
            const uint32_t old = s->row_place[row];
            row_place[row] = old == TABLE_MISSING ? TABLE_MISSING : new_place[old];
        }
        if (s->rows)
            fill_postings(r, h, row_place);
    }
    free(new_place);
    return ok;
}

/* All but the fields. The other side has the rows `others`. */
static bool begin(struct restriction *r, int side, const struct row_list *others, uint32_t n_fields,
                  struct err *e)
{
    const uint64_t at = shm_alloc(r->out, "index", sizeof *r->head, 64, e);
    if (!at)
        return false;
    r->head = shm_writable(r->out, at, struct index_head);
    r->head->magic = INDEX_MAGIC;
    r->head->n_fields = n_fields;
    return put_dictionary(r, e) && put_list(r, side, &r->rows, e) && put_list(r, !side, others, e);
}

/* Field `from` as field `to`, with fewer rows if it is to have these. */
static bool put_either(const struct restriction *r, uint32_t from, uint32_t to, bool fewer,
                       struct err *e)
{
    const struct index_view *v = &r->from->field[from];
    struct index_head_field *h = &r->head->field[to];
    return fewer && !v->number ? put_fewer(r, &v->side, h, e) : put_field(r, v, h, e);
}

/* What is weighed of all pairs of fields, which stays as it is; `more`: how much higher the number
 * of a field of B is. */
static bool put_pairs(const struct restriction *r, uint32_t more, struct err *e)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < r->from->n_pairs; i++) {
        const struct index_pair_view *from = &r->from->pair[i];
        struct index_head_pair *to = &r->head->pair[r->head->n_pairs++];
        to->fields = from->fields;
        to->fields.field_b += more;
        if (from->fields.weighed & INDEX_WORDS)
            ok = idf_copy(&from->idf, r->from->dictionary.n, r->out, &to->idf, e);
        if (ok && from->fields.weighed & INDEX_VALUES)
            ok = rarity_copy(&from->rarity, r->out, &to->rarity, e);
    }
    return ok;
}

bool index_restrict(const struct index *index, int side, struct row_list rows, const bool *of_side,
                    struct shm *out, struct err *e)
{
    struct restriction r = {.from = index, .rows = rows, .out = out};
    bool ok = begin(&r, side, &index->rows[!side], index->n_fields, e);
    for (uint32_t f = 0; ok && f < index->n_fields; f++)
        ok = put_either(&r, f, f, of_side[f], e);
    return ok && put_pairs(&r, 0, e) && shm_freeze(out, e);
}

bool index_restrict_self(const struct index *index, int side, struct row_list rows, struct shm *out,
                         struct err *e)
{
    const uint32_t n = index->n_fields;
    struct restriction r = {.from = index, .rows = rows, .out = out};
    bool ok = begin(&r, side, &index->rows[!side], 2 * n, e);
    for (uint32_t f = 0; ok && f < n; f++)
        ok = put_either(&r, f, f, side == 0, e) && put_either(&r, f, n + f, side == 1, e);
    return ok && put_pairs(&r, n, e) && shm_freeze(out, e);
}

/* ---- One side
 * ----------------------------------------------------------------------------------*/

/* Adds up how many records have each value id; returns how many have one. */
static uint64_t count_having(const struct side *s, const struct row_list *rows, uint32_t *having)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < rows->n; i++) {
        const uint32_t place = s->row_place[row_list_at(rows, i)];
        if (place == TABLE_MISSING)
            continue;
        having[s->value[place]]++;
        n++;
    }
    return n;
}

/* The rarity of the values that several records of a side have. As before it counts the records of
 * both columns; `own` is room for a number of each value id, and so is `both`. */
static bool put_rarity(const struct restriction *r, const struct index_pair *pair, int side,
                       uint32_t *own, uint32_t *both, struct rarity_at *at, struct err *e)
{
    const uint32_t field[2] = {pair->field_a, pair->field_b};
    const uint32_t n = r->from->dictionary.n;
    uint64_t n_records = 0;
    for (int s = 0; s < 2; s++) {
        const struct side *from = &r->from->field[field[s]].side;
        n_records += count_having(from, &r->from->rows[s], both);
        if (s == side)
            count_having(from, &r->from->rows[s], own);
    }
    uint32_t *value = calloc(n + 1ull, sizeof *value);
    double *bits = calloc(n + 1ull, sizeof *bits);
    struct rarity made = {0, value, bits};
    bool ok = (value && bits) || err_set(e, ERR_OS, NULL, "not enough memory for rare values");
    for (uint32_t id = 0; ok && id < n; id++)
        if (own[id] > 1) {
            value[made.n] = id;
            bits[made.n++] = rarity_of(both[id], n_records);
        }
    ok = ok && rarity_copy(&made, r->out, at, e);
    free(value);
    free(bits);
    return ok;
}

static bool put_rarity_of_side(const struct restriction *r, const struct index_pair *pair, int side,
                               struct rarity_at *at, struct err *e)
{
    const size_t n = r->from->dictionary.n + 1ull;
    uint32_t *own = calloc(n, sizeof *own), *both = calloc(n, sizeof *both);
    const bool ok = own && both ? put_rarity(r, pair, side, own, both, at, e)
                                : err_set(e, ERR_OS, NULL, "not enough memory for rare values");
    free(own);
    free(both);
    return ok;
}

/* What is weighed of the fields of a side. Words are those of both columns. */
static bool put_pairs_of_side(const struct restriction *r, int side, struct err *e)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < r->from->n_pairs; i++) {
        const struct index_pair_view *from = &r->from->pair[i];
        struct index_head_pair *to = &r->head->pair[r->head->n_pairs++];
        const uint32_t own = side ? from->fields.field_b : from->fields.field_a;
        to->fields = (struct index_pair){own, own, from->fields.weighed};
        if (from->fields.weighed & INDEX_WORDS)
            ok = idf_copy(&from->idf, r->from->dictionary.n, r->out, &to->idf, e);
        if (ok && from->fields.weighed & INDEX_VALUES)
            ok = put_rarity_of_side(r, &from->fields, side, &to->rarity, e);
    }
    return ok;
}

bool index_one_side(const struct index *index, int side, struct shm *out, struct err *e)
{
    struct restriction r = {.from = index, .rows = index->rows[side], .out = out};
    bool ok = begin(&r, side, &index->rows[side], index->n_fields, e);
    for (uint32_t f = 0; ok && f < index->n_fields; f++)
        ok = put_either(&r, f, f, false, e);
    return ok && put_pairs_of_side(&r, side, e) && shm_freeze(out, e);
}
