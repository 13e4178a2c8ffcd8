/* Errors are collected, sorted, then written line by line. */
#include "matcher/eval/eval_errors.h"

#include "core/memory.h"
#include "core/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES (256u << 10)
#define SCORE_BYTES 64u /* of a score with all that surrounds it */

/* ---- Which pairs -----------------------------------------------------------------------------*/

struct error {
    double score;     /* NaN: none */
    uint32_t pair[2]; /* the records of A and B */
    uint32_t row[2];  /* what orders them: their rows, or without tables their numbers */
    bool missed;
};

struct errors {
    struct error *error;
    uint64_t n;
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
    x->error[x->n++] = (struct error){.score = score,
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
    const struct error *a = x, *b = y;
    int order = a->missed - b->missed;
    order = order ? order : order_of_scores(a->score, b->score);
    for (int side = 0; side < 2 && !order; side++)
        order = sort_order(a->row[side], b->row[side]);
    for (int side = 0; side < 2 && !order; side++)
        order = sort_order(a->pair[side], b->pair[side]);
    return order;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* Text that is written once it is long. */
struct writer {
    const struct format *format;
    struct out *out;
    char *p;
    size_t n, capacity;
    bool begun; /* a line was written */
};

static bool reserve(struct writer *w, size_t more, struct err *e)
{
    const size_t needed = w->n + more + FORMAT_COPY_STEP;
    if (needed <= w->capacity)
        return true;
    char *p = realloc(w->p, 2 * needed);
    if (!p)
        return err_set(e, ERR_OS, NULL, "not enough memory for a line of errors");
    w->p = p;
    w->capacity = 2 * needed;
    return true;
}

static bool flush(struct writer *w, size_t from, struct err *e)
{
    const bool ok = w->n < from || out_write(w->out, w->p, w->n, e);
    w->n = ok && w->n >= from ? 0 : w->n;
    return ok;
}

static bool put(struct writer *w, const char *text, struct err *e)
{
    const size_t n = strlen(text);
    if (!reserve(w, n, e))
        return false;
    memcpy(w->p + w->n, text, n);
    w->n += n;
    return true;
}

static void end_at(struct writer *w, const char *end)
{
    w->n = (size_t)(end - w->p);
}

static struct bytes column_name(const struct table *t, uint32_t column)
{
    return (struct bytes){table_column_name(t, column), t->columns[column].name_bytes};
}

/* The name of a kept column, as "a.NAME". */
static bool put_head_name(struct writer *w, int side, struct bytes name, struct err *e)
{
    char *text = malloc(name.n + 2ull);
    const bool ok = text ? reserve(w, w->format->field_capacity(name.n + 2ull, 0), e)
                         : err_set(e, ERR_OS, NULL, "not enough memory for a name");
    if (ok) {
        memcpy(text, side ? "b." : "a.", 2);
        memcpy(text + 2, name.p, name.n);
        end_at(w, w->format->head_name(w->p + w->n, (struct bytes){text, name.n + 2}));
    }
    free(text);
    return ok;
}

static bool put_head(struct writer *w, const struct eval_tables *t, struct err *e)
{
    static const struct bytes error = {"error", 5};
    if (!put(w, w->format->head, e))
        return false;
    if (!w->format->head_name)
        return true;
    if (!reserve(w, w->format->field_capacity(error.n, 0), e))
        return false;
    end_at(w, w->format->head_name(w->p + w->n, error));
    for (int side = 0; side < 2; side++)
        for (uint32_t k = 0; t && k < t->n_keep[side]; k++)
            if (!put_head_name(w, side, column_name(eval_tables_at(t, side), t->keep[side][k]), e))
                return false;
    return put(w, w->format->end, e);
}

static bool put_id(struct writer *w, int side, struct bytes id, struct err *e)
{
    if (!reserve(w, w->format->field_capacity(id.n, 0), e))
        return false;
    end_at(w, w->format->id(w->p + w->n, side, id, false));
    return true;
}

/* The score, and which error it is. What a format without a head says of no score is null. */
static bool put_error(struct writer *w, const struct error *x, struct err *e)
{
    static const struct bytes name = {"error", 5};
    const bool words = w->format->head_name; /* texts stand there as they are */
    const char *error =
        words ? (x->missed ? "missed" : "false") : (x->missed ? "\"missed\"" : "\"false\"");
    char score[32] = "null";
    size_t n = words ? 0 : 4;
    if (!reserve(w, 2 * SCORE_BYTES, e))
        return false;
    if (x->score == x->score)
        n = w->format->number(x->score + 0.0, score); /* -0 is written as 0 */
    end_at(w, w->format->score(w->p + w->n, score, n));
    end_at(w, w->format->term(w->p + w->n, name, error, strlen(error)));
    return true;
}

static bool put_kept(struct writer *w, int side, const struct table *table, uint32_t column,
                     uint32_t row, struct err *e)
{
    const struct bytes name = column_name(table, column);
    const uint32_t value =
        row == EVAL_NO_RECORD ? TABLE_MISSING : table_row_values(table, column)[row];
    const bool missing = value == TABLE_MISSING;
    const struct bytes v = missing ? (struct bytes){"", 0} : table_value(table, column, value);
    if (!reserve(w, w->format->field_capacity(v.n, name.n), e))
        return false;
    end_at(w, w->format->keep(w->p + w->n, side, name, v, missing));
    return true;
}

static bool put_line(struct writer *w, const struct error *x, const struct errors *all,
                     struct err *e)
{
    const struct eval_tables *t = all->tables;
    const size_t from = w->n;
    bool ok = put_id(w, 0, eval_records_id(all->records, x->pair[0]), e) &&
              put_id(w, 1, eval_records_id(all->records, x->pair[1]), e) && put_error(w, x, e);
    for (int side = 0; side < 2; side++)
        for (uint32_t k = 0; ok && t && k < t->n_keep[side]; k++)
            ok = put_kept(w, side, eval_tables_at(t, side), t->keep[side][k], x->row[side], e);
    ok = ok && put(w, w->format->end, e);
    if (ok && !w->begun && w->format->joint_bytes) { /* the first line joins none before it */
        const size_t joint = w->format->joint_bytes;
        memmove(w->p + from, w->p + from + joint, w->n - from - joint);
        w->n -= joint;
    }
    w->begun = true;
    return ok && flush(w, FLUSH_BYTES, e);
}

static bool write_all(const struct eval_errors *to, const struct errors *all, struct err *e)
{
    struct writer w = {.format = to->format, .out = to->out};
    bool ok = put_head(&w, all->tables, e);
    for (uint64_t i = 0; ok && i < all->n; i++)
        ok = put_line(&w, &all->error[i], all, e);
    ok = ok && put(&w, to->format->tail, e) && flush(&w, 0, e);
    free(w.p);
    return ok;
}

bool eval_errors_write(const struct eval_errors *x, const struct eval_part part[2],
                       const uint64_t n[2], const struct eval_records *r,
                       const struct eval_tables *t, struct err *e)
{
    struct errors all = {.records = r, .tables = t};
    const size_t bytes = (n[0] + n[1] + 1) * sizeof *all.error;
    if (!mem_check("the list of errors", bytes, e))
        return false;
    all.error = malloc(bytes);
    bool ok = all.error || err_set(e, ERR_OS, NULL, "not enough memory for the list of errors");
    ok = ok && collect(&all, &part[0], &part[1], false, e) &&
         collect(&all, &part[1], &part[0], true, e);
    if (ok)
        qsort(all.error, all.n, sizeof *all.error, by_worth);
    ok = ok && write_all(x, &all, e);
    free(all.error);
    return ok;
}
