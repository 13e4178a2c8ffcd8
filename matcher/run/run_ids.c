/* --id: says once where an id does not name one record. */
#include "matcher/run/run.h"

#include "core/log.h"
#include "core/memory.h"
#include "data/distinct.h"

#include <stdlib.h>
#include <string.h>

/* What is wrong with the ids of a side. */
struct id_faults {
    uint64_t missing;    /* records without an id */
    uint64_t times;      /* records that have the first id that several have; 0: all differ */
    struct bytes repeat; /* that id */
};

/* The bytes of each record's id; p NULL where it is missing. */
static struct bytes *read_ids(const struct table *t, uint32_t column)
{
    const uint32_t *value = table_row_values(t, column);
    const uint64_t n = t->head->n_rows;
    struct bytes *ids = malloc((n + 1) * sizeof *ids);
    for (uint64_t row = 0; ids && row < n; row++)
        ids[row] = value[row] == TABLE_MISSING ? (struct bytes){NULL, 0}
                                               : table_value(t, column, value[row]);
    return ids;
}

/* Ids are numbered in any order, so the first that several records have is looked for by row. */
static void find_repeat(const struct bytes *ids, const uint32_t *number, uint64_t n,
                        uint32_t *times, struct id_faults *faults)
{
    for (uint64_t row = 0; row < n; row++)
        if (number[row] != TABLE_MISSING)
            times[number[row]]++;
    for (uint64_t row = 0; row < n && !faults->times; row++)
        if (number[row] != TABLE_MISSING && times[number[row]] > 1) {
            faults->times = times[number[row]];
            faults->repeat = ids[row];
        }
}

/* Does each id come after the one before it, the shorter first? Then all differ. Most files have
 * their ids so: 1, 2 … 10, or A0001, A0002. */
static bool are_ascending(const struct table *t, uint32_t column)
{
    const uint32_t *value = table_row_values(t, column);
    struct bytes last = {NULL, 0};
    for (uint64_t row = 0; row < t->head->n_rows; row++) {
        if (value[row] == TABLE_MISSING)
            return false;
        const struct bytes id = table_value(t, column, value[row]);
        if (last.p && (id.n < last.n || (id.n == last.n && memcmp(last.p, id.p, id.n) >= 0)))
            return false;
        last = id;
    }
    return true;
}

static bool find_faults(const struct table *t, uint32_t column, struct id_faults *faults)
{
    const uint64_t n = t->head->n_rows;
    *faults = (struct id_faults){.missing = 0};
    if (are_ascending(t, column))
        return true;
    struct bytes *ids = read_ids(t, column);
    uint32_t *number = malloc((n + 1) * sizeof *number), n_values, *times = NULL;
    *faults = (struct id_faults){.missing = t->columns[column].missing};
    bool ok = ids && number && distinct_number(ids, (uint32_t)n, number, &n_values);
    if (ok && n_values + faults->missing < n) {
        times = calloc(n_values + 1ull, sizeof *times);
        ok = times;
        if (ok)
            find_repeat(ids, number, n, times, faults);
    }
    free(times);
    free(number);
    free(ids);
    return ok;
}

static void say_faults(const char *path, const char *column, const struct id_faults *f)
{
    char repeat[120] = "", missing[80] = "";
    const unsigned long long times = f->times, none = f->missing;
    if (times)
        snprintf(repeat, sizeof repeat, "\"%.*s\" stands in %llu records",
                 (int)(f->repeat.n < 60 ? f->repeat.n : 60), f->repeat.p, times);
    if (none)
        snprintf(missing, sizeof missing, "%s%llu record%s none", times ? "; " : "", none,
                 none == 1 ? " has" : "s have");
    if (times || none)
        log_note("%s: %s is not unique: %s%s", path, column, repeat, missing);
}

/* The search takes memory of its own for a while. Where that is short it is left out: a note is not
 * worth a run. */
void run_note_ids(const struct run *r)
{
    for (int side = 0; run_is_told(r) && side < (r->sources.self ? 1 : 2); side++) {
        const uint32_t column = side ? r->query.lines.id_b : r->query.lines.id_a;
        const struct table *t = &r->loaded.inputs.table[side];
        const size_t each = sizeof(struct bytes) + 8 + DISTINCT_BYTES_EACH;
        struct id_faults faults;
        if (column == EMIT_ROW_NUMBER || !r->opts->id ||
            t->head->n_rows * each > mem_available_bytes() / 2)
            continue;
        if (find_faults(t, column, &faults))
            say_faults(sources_path(&r->sources, side), table_column_name(t, column), &faults);
    }
}
