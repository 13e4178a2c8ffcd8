/* Looking at a table that came by descriptor: is it one, and does it keep inside its segment? */
#include "data/table.h"

#include <string.h>

static bool inside(const struct shm *s, uint64_t at, uint64_t count, uint64_t size, uint64_t align)
{
    return at >= TABLE_HEAD_AT && at <= s->bytes && at % align == 0 &&
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
    const uint64_t *begin = (const uint64_t *)(const void *)(s->base + c->value_begin_at);
    return inside(s, c->value_bytes_at, begin[c->n_values], 1, 1);
}

bool table_view(struct table *t, const struct shm *s, struct err *e)
{
    const char *base = s->base;
    const struct table_head *head = (const void *)(base + TABLE_HEAD_AT);
    if (s->bytes < TABLE_HEAD_AT + sizeof *head || head->magic != TABLE_MAGIC)
        return err_set(e, ERR_DATA, NULL, "shared memory that should hold a table holds none");
    if (head->version != TABLE_VERSION)
        return err_set(e, ERR_DATA, "load the file again",
                       "a table of version %u, where this axb reads version %u", head->version,
                       TABLE_VERSION);
    bool ok = head->bytes <= s->bytes && string_inside(s, head->path_at) &&
              inside(s, head->columns_at, head->n_columns, sizeof(struct table_column), 8);
    const struct table_column *columns = (const void *)(base + (ok ? head->columns_at : 0));
    for (uint32_t i = 0; ok && i < head->n_columns; i++)
        ok = column_inside(s, &columns[i], head->n_rows);
    if (!ok)
        return err_set(e, ERR_DATA, "load the file again", "a table in shared memory is damaged");
    *t = (struct table){base, head, columns};
    return true;
}
