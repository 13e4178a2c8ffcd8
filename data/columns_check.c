/* Checking columns that others wrote: any bytes whatever are right, or refused. Not here: their
 * values, which are also needed where nothing is checked (columns.c). */
#include "data/columns.h"
#include "data/text.h"

#include <string.h>

#define CHECK_ROWS 8192u /* at a time */

/* ---- The head --------------------------------------------------------------------------------*/

static bool damaged(const struct columns *c, const char *what, struct err *e)
{
    return err_set(e, ERR_DATA, "was it cut short, or changed?",
                   "%s: these columns are damaged: %s", c->shown, what);
}

/* Do n elements of `each` bytes lie inside, at an offset that is aligned for an array? */
static bool is_inside(const struct columns *c, uint64_t at, uint64_t n, uint64_t each)
{
    const uint64_t total = c->head->total_bytes;
    uint64_t bytes;
    return at % COLUMNS_ALIGN == 0 && at >= sizeof(struct columns_head) && at <= total &&
           !__builtin_mul_overflow(n, each, &bytes) && bytes <= total - at;
}

/* Bytes of one value of a kind that has n_rows of them. */
static uint64_t width(uint32_t kind)
{
    return kind == COLUMNS_BOOL ? 1 : kind == COLUMNS_DATE ? 4 : 8;
}

static bool arrays_inside(const struct columns *c, const struct columns_column *k)
{
    const uint64_t n_rows = c->head->n_rows;
    if (k->kind == COLUMNS_ABSENT)
        return true;
    const bool is_text = k->kind == COLUMNS_TEXT, is_dictionary = k->kind == COLUMNS_DICTIONARY;
    if (k->validity_at && (is_dictionary || !is_inside(c, k->validity_at, n_rows / 8 + 1, 1)))
        return false;
    if (is_dictionary && (k->n_values > INT32_MAX || !is_inside(c, k->codes_at, n_rows, 4)))
        return false;
    if (!is_dictionary && k->n_values != n_rows)
        return false;
    if (is_text || is_dictionary)
        return is_inside(c, k->offsets_at, k->n_values + 1, 8) &&
               is_inside(c, k->values_at, k->bytes, 1);
    return is_inside(c, k->values_at, n_rows, width(k->kind));
}

static bool name_right(const struct columns *c, const struct columns_column *k)
{
    const uint64_t total = c->head->total_bytes;
    const char *name = c->base + k->name_at;
    return k->name_at <= total && k->name_bytes <= total - k->name_at &&
           text_valid_prefix(name, k->name_bytes) == k->name_bytes &&
           !memchr(name, 0, k->name_bytes);
}

bool columns_known(const char *p, size_t n)
{
    return n >= sizeof(struct columns_head) && memcmp(p, COLUMNS_MAGIC, 8) == 0;
}

bool columns_view(struct columns *c, const char *p, size_t n, const char *shown, struct err *e)
{
    *c = (struct columns){.base = p, .head = (const void *)p, .shown = shown};
    const struct columns_head *h = c->head;
    if (!columns_known(p, n))
        return damaged(c, "they do not begin as such", e);
    if (h->version != COLUMNS_VERSION)
        return err_set(e, ERR_DATA, "the program and the package must be of one version",
                       "%s: columns of version %llu, where %u is read", shown,
                       (unsigned long long)h->version, COLUMNS_VERSION);
    if (h->total_bytes > n)
        return damaged(c, "bytes are missing at the end", e);
    if (h->n_columns > UINT32_MAX ||
        !is_inside(c, h->columns_at, h->n_columns, sizeof(struct columns_column)))
        return damaged(c, "the list of columns is not inside", e);
    if (h->n_rows >= TABLE_MISSING)
        return err_set(e, ERR_DATA, "split the table", "%s: more than 4,294,967,294 records",
                       shown);
    c->column = columns_array(c, h->columns_at);
    for (uint64_t i = 0; i < h->n_columns; i++) {
        const struct columns_column *k = &c->column[i];
        if (k->kind >= COLUMNS_KINDS)
            return damaged(c, "a column is of no known kind", e);
        if (!name_right(c, k) || !arrays_inside(c, k))
            return damaged(c, "a column does not keep inside", e);
    }
    return true;
}

/* ---- One column ------------------------------------------------------------------------------*/

#define RIGHT UINT64_MAX

/* The first of texts [from, to) that is wrong. They are checked at once: if all the bytes are valid
 * UTF-8 and no text begins inside a character, each of them is. */
static uint64_t wrong_text(const struct columns *c, uint32_t column, uint64_t from, uint64_t to)
{
    const struct columns_column *k = &c->column[column];
    const uint64_t *at = columns_offsets(c, column);
    const char *p = c->base + k->values_at;
    for (uint64_t i = from; i < to; i++)
        if (at[i] > at[i + 1] || at[i + 1] > k->bytes || at[i + 1] - at[i] >= UINT32_MAX)
            return i;
    const size_t n = (size_t)(at[to] - at[from]);
    bool right = !memchr(p + at[from], 0, n) && text_valid_prefix(p + at[from], n) == n;
    for (uint64_t i = from; i < to && right; i++)
        right = at[i] == k->bytes || ((unsigned char)p[at[i]] & 0xC0) != 0x80;
    for (uint64_t i = from; i < to && !right; i++) {
        const size_t bytes = (size_t)(at[i + 1] - at[i]);
        if (memchr(p + at[i], 0, bytes) || text_valid_prefix(p + at[i], bytes) != bytes)
            return i;
    }
    return RIGHT;
}

static uint64_t wrong_code(const struct columns *c, uint32_t column, uint64_t from, uint64_t to)
{
    const int32_t *codes = columns_codes(c, column);
    const int32_t n = (int32_t)c->column[column].n_values;
    for (uint64_t i = from; i < to; i++)
        if (codes[i] < -1 || codes[i] >= n)
            return i;
    return RIGHT;
}

/* The first of rows [from, to) that holds a time out of range. */
static uint64_t wrong_time(const struct columns *c, uint32_t column, uint64_t from, uint64_t to)
{
    const struct columns_column *k = &c->column[column];
    const void *values = columns_array(c, k->values_at);
    for (uint64_t i = from; i < to; i++) {
        const bool right = k->kind == COLUMNS_DATE
                               ? columns_date_in_range(((const int32_t *)values)[i])
                               : columns_time_in_range(((const int64_t *)values)[i]);
        if (!right && columns_is_valid(c, column, i))
            return i;
    }
    return RIGHT;
}

typedef uint64_t find_wrong(const struct columns *c, uint32_t column, uint64_t from, uint64_t to);

/* The first of n that is wrong, by all cores. */
static uint64_t first_wrong(const struct columns *c, uint32_t column, uint64_t n, find_wrong *find)
{
    uint64_t first = RIGHT;
#pragma omp parallel for schedule(dynamic) reduction(min : first) if (n > CHECK_ROWS)
    for (uint64_t from = 0; from < n; from += CHECK_ROWS) {
        const uint64_t i = find(c, column, from, n - from < CHECK_ROWS ? n : from + CHECK_ROWS);
        first = i < first ? i : first;
    }
    return first;
}

static bool wrong_row(const struct columns *c, uint32_t column, uint64_t i, const char *what,
                      const char *hint, struct err *e)
{
    return err_set(e, ERR_DATA, hint, "%s: column \"%.*s\", %s %llu (from 0): %s", c->shown,
                   (int)(c->column[column].name_bytes < 60 ? c->column[column].name_bytes : 60),
                   columns_name(c, column),
                   c->column[column].kind == COLUMNS_DICTIONARY ? "value" : "row",
                   (unsigned long long)i, what);
}

bool columns_check(const struct columns *c, uint32_t column, struct err *e)
{
    const struct columns_column *k = &c->column[column];
    const uint64_t n_rows = c->head->n_rows;
    uint64_t i = RIGHT;
    if (k->kind == COLUMNS_ABSENT)
        return err_set(e, ERR_DATA, "name it among the columns that are sent",
                       "%s: column \"%.*s\" was not sent", c->shown,
                       (int)(k->name_bytes < 60 ? k->name_bytes : 60), columns_name(c, column));
    if (k->kind == COLUMNS_TEXT || k->kind == COLUMNS_DICTIONARY) {
        const uint64_t *at = columns_offsets(c, column);
        i = at[0] != 0 ? 0 : first_wrong(c, column, k->n_values, wrong_text);
        if (i == RIGHT && at[k->n_values] != k->bytes)
            return damaged(c, "texts do not end where they should", e);
        if (i != RIGHT)
            return wrong_row(c, column, i, "invalid UTF-8, a zero byte, or an offset that is wrong",
                             NULL, e);
    }
    if (k->kind == COLUMNS_DICTIONARY)
        i = first_wrong(c, column, n_rows, wrong_code);
    if (i != RIGHT)
        return wrong_row(c, column, i, "has no value of the dictionary", NULL, e);
    if (k->kind == COLUMNS_DATE || k->kind == COLUMNS_TIMESTAMP || k->kind == COLUMNS_MOMENT)
        i = first_wrong(c, column, n_rows, wrong_time);
    return i == RIGHT || wrong_row(c, column, i, "a time out of the years 1 to 9999",
                                   "send such times as text", e);
}
