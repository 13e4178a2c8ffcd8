/* Looking at a table that others wrote: is it one, does it keep inside its segment, is it whole? */
#include "data/table.h"

#include "core/hash.h"
#include "data/text.h"

#include <string.h>
#include <time.h>

#define CHECKSUM_BLOCK_BYTES ((uint64_t)1 << 18)
#define CHECK_VALUES 4096u      /* at a time */
#define FINGERPRINT_ROWS 65536u /* at a time */

/* ---- A view ----------------------------------------------------------------------------------*/

static bool inside(const struct shm *s, uint64_t at, uint64_t count, uint64_t size, uint64_t align)
{
    return at >= SHM_HEAD_AT && at <= s->bytes && at % align == 0 &&
           count <= (s->bytes - at) / size;
}

/* A run of characters whose end is inside too. */
static bool string_inside(const struct shm *s, uint64_t at)
{
    return inside(s, at, 1, 1, 1) && memchr(s->base + at, 0, s->bytes - at) != NULL;
}

static bool column_inside(const struct shm *s, const struct table_column *c, uint64_t n_rows)
{
    if (!inside(s, c->name_at, (uint64_t)c->name_bytes + 1, 1, 1) ||
        s->base[c->name_at + c->name_bytes] != 0 ||
        !inside(s, c->value_begin_at, (uint64_t)c->n_values + 1, sizeof(uint64_t), 8) ||
        !inside(s, c->row_value_at, n_rows, sizeof(uint32_t), 4) || c->missing > n_rows)
        return false;
    const uint64_t *begin =
        shm_array(shm_view_of(s), c->value_begin_at, uint64_t, c->n_values + (uint64_t)1);
    return inside(s, c->value_bytes_at, begin[c->n_values], 1, 1);
}

static bool damaged(struct err *e)
{
    return err_set(e, ERR_DATA, "load the file again", "a table in shared memory is damaged");
}

bool table_view(struct table *t, const struct shm *s, struct err *e)
{
    const struct shm_view segment = shm_view_of(s);
    const struct table_head *head = segment.bytes >= SHM_HEAD_AT + sizeof *head
                                        ? shm_at(segment, SHM_HEAD_AT, struct table_head)
                                        : NULL;
    if (!head || head->magic != TABLE_MAGIC)
        return err_set(e, ERR_DATA, NULL, "shared memory that should hold a table holds none");
    if (head->version != TABLE_VERSION)
        return err_set(e, ERR_DATA, "load the file again",
                       "a table of version %u, where this axb reads version %u", head->version,
                       TABLE_VERSION);
    bool ok = head->bytes <= s->bytes && string_inside(s, head->path_at) &&
              inside(s, head->columns_at, head->n_columns, sizeof(struct table_column), 8);
    const struct table_column *columns =
        ok ? shm_array(segment, head->columns_at, struct table_column, head->n_columns) : NULL;
    for (uint32_t i = 0; ok && i < head->n_columns; i++)
        ok = column_inside(s, &columns[i], head->n_rows);
    if (!ok)
        return damaged(e);
    *t = (struct table){segment, head, columns};
    return true;
}

/* ---- Checksums -------------------------------------------------------------------------------*/

/* Of the head as if its checksum were 0, and of what is between it and the body. */
static uint64_t head_checksum(const char *base)
{
    struct table_head head;
    memcpy(&head, base + SHM_HEAD_AT, sizeof head);
    head.checksum = 0;
    const uint64_t checksum = hash_long((const char *)&head, sizeof head, 1);
    const uint64_t at = SHM_HEAD_AT + sizeof head;
    return hash_long(base + at, head.body_at - at, checksum);
}

/* Where the arrays of a column end, with what fills them up to the alignment. */
static uint64_t column_end(const struct table_column *c, uint64_t n_rows)
{
    uint64_t end = c->row_value_at + n_rows * sizeof(uint32_t);
    return (end + TABLE_ALIGN - 1) / TABLE_ALIGN * TABLE_ALIGN;
}

/* Of blocks of one size, so that threads do not show in it. The size of the arrays is a multiple
 * of TABLE_ALIGN, so the last block is not too short to be hashed. */
static uint64_t column_checksum(const char *base, const struct table_column *c, uint64_t n_rows)
{
    const char *p = base + c->value_begin_at;
    uint64_t n = column_end(c, n_rows) - c->value_begin_at, sum = 0;
    uint64_t n_blocks = (n + CHECKSUM_BLOCK_BYTES - 1) / CHECKSUM_BLOCK_BYTES;
#pragma omp parallel for schedule(static) reduction(+ : sum) if (n_blocks > 1)
    for (uint64_t i = 0; i < n_blocks; i++) {
        uint64_t left = n - i * CHECKSUM_BLOCK_BYTES;
        sum += hash_long(p + i * CHECKSUM_BLOCK_BYTES,
                         left < CHECKSUM_BLOCK_BYTES ? left : CHECKSUM_BLOCK_BYTES, i);
    }
    return sum;
}

void table_add_checksums(struct shm *s)
{
    struct table_head *head = shm_writable(s, SHM_HEAD_AT, struct table_head);
    struct table_column *columns =
        shm_writable_array(s, head->columns_at, struct table_column, head->n_columns);
    for (uint32_t i = 0; i < head->n_columns; i++)
        columns[i].checksum = column_checksum(s->base, &columns[i], head->n_rows);
    head->saved_at = (uint64_t)time(NULL);
    head->checksum = head_checksum(s->base);
}

/* ---- Any bytes whatever ----------------------------------------------------------------------*/

static bool is_text(const char *p, uint64_t n)
{
    return text_valid_prefix(p, n) == n;
}

static const uint64_t *values_begin(const struct table *t, const struct table_column *c)
{
    return shm_array(t->segment, c->value_begin_at, uint64_t, c->n_values + (uint64_t)1);
}

/* Do the arrays of a column lie where the writer puts them, so that its checksum is of all of them?
 */
static bool column_in_order(const struct table *t, const struct table_column *c, uint32_t place)
{
    const char *name = shm_at(t->segment, c->name_at, char);
    const uint64_t *begin = values_begin(t, c);
    uint64_t values_end = c->value_begin_at + (c->n_values + (uint64_t)1) * sizeof *begin;
    return c->source == place && !c->plain && c->n_values <= t->head->n_rows &&
           c->value_begin_at >= t->head->body_at && c->value_begin_at % TABLE_ALIGN == 0 &&
           values_end <= c->value_bytes_at &&
           c->value_bytes_at + begin[c->n_values] + TABLE_SPARE_BYTES <= c->row_value_at &&
           column_end(c, t->head->n_rows) <= t->head->bytes &&
           c->name_at + c->name_bytes < t->head->body_at && strlen(name) == c->name_bytes &&
           is_text(name, c->name_bytes);
}

bool table_check(struct table *t, const struct shm *s, struct err *e)
{
    if (!table_view(t, s, e))
        return false;
    const struct table_head *head = t->head;
    bool ok = head->bytes == s->bytes && head->n_columns > 0 && head->n_rows < TABLE_MISSING &&
              head->saved_at > 0 && head->body_at <= head->bytes &&
              head->body_at >= SHM_HEAD_AT + sizeof *head && head->path_at < head->body_at &&
              head->columns_at + head->n_columns * sizeof *t->columns <= head->body_at &&
              head->checksum == head_checksum(s->base);
    for (uint32_t i = 0; ok && i < head->n_columns; i++)
        ok = column_in_order(t, &t->columns[i], i);
    return ok || damaged(e);
}

/* Are the values UTF-8 one by one, each after the one before? */
static bool values_right(const struct table *t, const struct table_column *c)
{
    const uint64_t *begin = values_begin(t, c);
    const char *bytes = shm_at(t->segment, c->value_bytes_at, char);
    uint64_t n = c->n_values, n_bytes = begin[n];
    bool ok = begin[0] == 0;
#pragma omp parallel for schedule(static) reduction(&& : ok) if (n > CHECK_VALUES)
    for (uint64_t from = 0; from < n; from += CHECK_VALUES) {
        uint64_t to = from + CHECK_VALUES < n ? from + CHECK_VALUES : n;
        bool right = begin[to] <= n_bytes && begin[from] <= begin[to];
        for (uint64_t v = from; v < to && right; v++)
            right = begin[v] <= begin[v + 1] && begin[v + 1] <= begin[to] &&
                    begin[v + 1] - begin[v] <= UINT32_MAX &&
                    ((unsigned char)bytes[begin[v]] & 0xC0) != 0x80;
        ok = ok && right && is_text(bytes + begin[from], begin[to] - begin[from]);
    }
    return ok;
}

/* Does every row have a value that exists, or none? */
static bool rows_right(const struct table *t, const struct table_column *c)
{
    const uint32_t *row = shm_array(t->segment, c->row_value_at, uint32_t, t->head->n_rows);
    uint64_t wrong = 0, missing = 0, n = t->head->n_rows;
#pragma omp parallel for schedule(static) reduction(+ : wrong, missing) if (n > CHECK_VALUES)
    for (uint64_t i = 0; i < n; i++) {
        missing += row[i] == TABLE_MISSING;
        wrong += row[i] != TABLE_MISSING && row[i] >= c->n_values;
    }
    return wrong == 0 && missing == c->missing;
}

bool table_check_column(const struct table *t, uint32_t column, struct err *e)
{
    const struct table_column *c = &t->columns[column];
    return (c->checksum == column_checksum(t->segment.base, c, t->head->n_rows) &&
            values_right(t, c) && rows_right(t, c)) ||
           damaged(e);
}

/* ---- Fingerprints ----------------------------------------------------------------------------*/

static uint64_t value_hash(const struct table *t, uint32_t column, uint32_t value)
{
    struct bytes v = table_value(t, column, value);
    return hash_bytes(v.p, v.n);
}

uint64_t table_column_fingerprint(const struct table *t, uint32_t column)
{
    const struct table_column *c = &t->columns[column];
    const uint32_t *row_value = table_row_values(t, column);
    uint64_t n = t->head->n_rows, sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum) if (n > FINGERPRINT_ROWS)
    for (uint64_t from = 0; from < n; from += FINGERPRINT_ROWS) {
        uint64_t fingerprint = from;
        for (uint64_t i = from; i < from + FINGERPRINT_ROWS && i < n; i++)
            fingerprint = hash_mix3(
                fingerprint,
                row_value[i] == TABLE_MISSING ? TABLE_MISSING : value_hash(t, column, row_value[i]),
                i);
        sum += fingerprint;
    }
    return hash_mix3(sum, hash_bytes(table_column_name(t, column), c->name_bytes), n);
}
