/* Errors are collected, sorted, then written line by line. */
#include "matcher/eval/eval_errors.h"

#include "core/memory.h"
#include "core/sort.h"
#include "data/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which pairs -----------------------------------------------------------------------------*/

struct errors {
    struct eval_error_list list;
    const struct eval_records *records;
    const struct eval_tables *tables; /* NULL: none */
};

/* Of one table the earlier row comes first. */
static void add(struct errors *x, uint32_t a, uint32_t b, double score, bool missed)
{
    const struct eval_records *r = x->records;
    const uint32_t row_a = x->tables ? eval_tables_row(x->tables, r, a) : a;
    const uint32_t row_b = x->tables ? eval_tables_row(x->tables, r, b) : b;
    const bool turn = r->self && row_a > row_b;
    x->list.error[x->list.n++] =
        (struct eval_error){.score = score,
                            .pair = {turn ? b : a, turn ? a : b},
                            .row = {turn ? row_b : row_a, turn ? row_a : row_b},
                            .missed = missed};
}

/* The records that the part names, by cluster. Malloced. */
static uint64_t *members_of(const struct eval_part *part, const struct eval_records *r, uint64_t *n)
{
    uint64_t *member = malloc((r->n + 1ull) * sizeof *member);
    *n = 0;
    for (uint32_t i = 0; member && i < r->n; i++)
        if (part->groups.named[i])
            member[(*n)++] = (uint64_t)part->groups.group[i] << 32 | i;
    if (member)
        sort_u64(member, *n);
    return member;
}

/* Do two records of a cluster, a < b, make a pair? Of two tables they are of A and of B. */
static bool is_pair(const struct eval_records *r, uint32_t a, uint32_t b)
{
    return r->self || eval_records_side(r, a) != eval_records_side(r, b);
}

/* The pairs within clusters that the other part lacks. */
static bool collect_clusters(struct errors *x, const struct eval_part *part,
                             const struct eval_part *other, bool missed, struct err *e)
{
    uint64_t n;
    uint64_t *member = members_of(part, x->records, &n);
    for (uint64_t i = 0; i < n; i++)
        for (uint64_t k = i + 1; k < n && member[k] >> 32 == member[i] >> 32; k++)
            if (is_pair(x->records, (uint32_t)member[i], (uint32_t)member[k]) &&
                !eval_part_has(other, (uint32_t)member[i], (uint32_t)member[k]))
                add(x, (uint32_t)member[i], (uint32_t)member[k], (double)NAN, missed);
    free(member);
    return member || err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
}

static bool collect(struct errors *x, const struct eval_part *part, const struct eval_part *other,
                    bool missed, struct err *e)
{
    if (part->is_clusters)
        return collect_clusters(x, part, other, missed, e);
    for (uint64_t i = 0; i < part->pairs.n; i++) {
        const struct eval_pair *p = &part->pairs.pair[i];
        if (!part->shared[i])
            add(x, p->a, p->b, missed ? (double)NAN : p->score, missed);
    }
    return true;
}

/* The greater score first, none last. */
static int order_of_scores(double x, double y)
{
    const bool x_has = x == x, y_has = y == y;
    return x_has && y_has ? (x < y) - (x > y) : y_has - x_has;
}

static int by_worth(const void *x, const void *y)
{
    const struct eval_error *a = x, *b = y;
    int order = a->missed - b->missed;
    order = order ? order : order_of_scores(a->score, b->score);
    for (int side = 0; side < 2 && !order; side++)
        order = sort_order(a->row[side], b->row[side]);
    for (int side = 0; side < 2 && !order; side++)
        order = sort_order(a->pair[side], b->pair[side]);
    return order;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

#define OWN 4u /* fields before those of the records: a, b, score, error */

struct bytes eval_errors_value(const struct eval_tables *t, int side, uint32_t k, uint32_t row)
{
    return row == EVAL_NO_RECORD ? (struct bytes){NULL, 0}
                                 : table_value_at(eval_tables_at(t, side), t->keep[side][k], row);
}

static void put_kept(struct fields_line *line, struct bytes value)
{
    fields_text(line, value.p ? value : (struct bytes){"", 0}, !value.p);
}

static bool put(const void *context, uint64_t i, struct fields_line *line)
{
    const struct errors *all = context;
    const struct eval_error *x = &all->list.error[i];
    const struct eval_tables *t = all->tables;
    fields_text(line, eval_records_id(all->records, x->pair[0]), false);
    fields_text(line, eval_records_id(all->records, x->pair[1]), false);
    fields_number(line, x->score);
    fields_text(line, x->missed ? (struct bytes){"missed", 6} : (struct bytes){"false", 5}, false);
    for (int side = 0; side < 2; side++)
        for (uint32_t k = 0; t && k < t->n_keep[side]; k++)
            put_kept(line, eval_errors_value(t, side, k, x->row[side]));
    return true;
}

/* The name of a kept column, a.NAME, written to *at. */
static struct bytes kept_name(const struct eval_tables *t, int side, uint32_t k, char **at)
{
    const struct table *table = eval_tables_at(t, side);
    const uint32_t column = t->keep[side][k], n = table->columns[column].name_bytes;
    char *p = *at;
    memcpy(p, side ? "b." : "a.", 2);
    memcpy(p + 2, table_column_name(table, column), n);
    *at += 2 + n;
    return (struct bytes){p, n + 2};
}

/* The names of all fields, n of them, in one piece of memory; NULL without it. */
static struct bytes *names_of(const struct eval_tables *t, uint32_t *n)
{
    static const struct bytes own[OWN] = {{"a", 1}, {"b", 1}, {"score", 5}, {"error", 5}};
    const uint32_t kept = t ? t->n_keep[0] + t->n_keep[1] : 0;
    size_t bytes = (OWN + kept) * sizeof(struct bytes);
    for (int side = 0; t && side < 2; side++)
        for (uint32_t k = 0; k < t->n_keep[side]; k++)
            bytes += 2 + eval_tables_at(t, side)->columns[t->keep[side][k]].name_bytes;
    struct bytes *names = malloc(bytes);
    char *at = (char *)(names + OWN + kept);
    *n = OWN;
    if (!names)
        return NULL;
    memcpy(names, own, sizeof own);
    for (int side = 0; t && side < 2; side++)
        for (uint32_t k = 0; k < t->n_keep[side]; k++)
            names[(*n)++] = kept_name(t, side, k, &at);
    return names;
}

static bool write_all(const struct eval_errors *to, const struct errors *all, struct err *e)
{
    uint32_t n_names;
    struct bytes *names = names_of(all->tables, &n_names);
    const struct fields_spec spec = {to->format, names, n_names, all->list.n, put, all};
    const bool ok = names ? fields_write(&spec, to->out, e)
                          : err_set(e, ERR_OS, NULL, "not enough memory for the names");
    free(names);
    return ok;
}

bool eval_error_list_make(struct eval_error_list *list, const struct eval_part part[2],
                          const uint64_t most[2], const struct eval_records *r,
                          const struct eval_tables *t, struct err *e)
{
    struct errors all = {.records = r, .tables = t};
    const size_t bytes = (most[0] + most[1] + 1) * sizeof *all.list.error;
    *list = all.list;
    if (!mem_check("the list of errors", bytes, e))
        return false;
    all.list.error = malloc(bytes);
    bool ok =
        all.list.error || err_set(e, ERR_OS, NULL, "not enough memory for the list of errors");
    ok = ok && collect(&all, &part[0], &part[1], false, e);
    all.list.n_false = all.list.n;
    ok = ok && collect(&all, &part[1], &part[0], true, e);
    if (ok)
        qsort(all.list.error, all.list.n, sizeof *all.list.error, by_worth);
    *list = all.list;
    return ok;
}

void eval_error_list_free(struct eval_error_list *list)
{
    free(list->error);
    *list = (struct eval_error_list){.n = 0};
}

bool eval_errors_write(const struct eval_errors *x, const struct eval_error_list *list,
                       const struct eval_records *r, const struct eval_tables *t, struct err *e)
{
    const struct errors all = {*list, r, t};
    return write_all(x, &all, e);
}
