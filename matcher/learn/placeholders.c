/* Records are hashed by the values of all compared columns; sorted hashes show the frequent ones.
 */
#include "matcher/learn/placeholders.h"

#include "core/hash.h"
#include "core/sort.h"
#include "matcher/model/model_text.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_COPIES 20u /* in one file */
#define MOST_NODES 500u  /* of an expression, for the condition of all placeholders */
#define MOST_TEXT (EXPR_MAX_TEXT / 4 * 3) /* the same, with the names; a rest is for --where */

_Static_assert(MODEL_MAX_TEXT < EXPR_NAME_BYTES, "what a model says, an expression says");

struct search {
    const struct comparisons *c;
    uint32_t n_columns;
    int n_sides;
    const struct side *side[2][MODEL_MAX_COLUMNS];
    uint64_t n_rows[2];
    uint64_t *hash[2]; /* by row; 0: it says too much for a placeholder, or nothing */
};

/* A record that is a placeholder, and how many are the same. */
struct group {
    uint64_t hash, row;
    int side;
    uint64_t records[2];
};

struct groups {
    struct group *of;
    uint64_t n;
};

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- Records ---------------------------------------------------------------------------------*/

/* The value of a column, from 1; 0 if it is missing. Equal values of both sides have one number. */
static uint32_t value_of(const struct search *s, int side, uint32_t column, uint64_t row)
{
    const struct side *x = s->side[side][column];
    const uint32_t place = x->row_place[row];
    return place == TABLE_MISSING ? 0 : x->value[place] + 1;
}

static uint64_t hash_row(const struct search *s, int side, uint64_t row)
{
    uint64_t hash = 0;
    uint32_t has = 0;
    for (uint32_t i = 0; i < s->n_columns; i++) {
        const uint32_t value = value_of(s, side, i, row);
        has += value > 0;
        hash = hash_mix3(hash, value, i);
    }
    return has == 0 || 2 * has > s->n_columns ? 0 : hash | 1;
}

static bool are_same(const struct search *s, int side, uint64_t row, const struct group *g)
{
    for (uint32_t i = 0; i < s->n_columns; i++)
        if (value_of(s, side, i, row) != value_of(s, g->side, i, g->row))
            return false;
    return true;
}

static bool open_search(struct search *s, const struct comparisons *c, uint32_t n_columns,
                        struct err *e)
{
    const struct inputs *inputs = &c->run->loaded.inputs;
    *s = (struct search){.c = c, .n_columns = n_columns, .n_sides = inputs->self ? 1 : 2};
    for (int side = 0; side < s->n_sides; side++) {
        for (uint32_t i = 0; i < n_columns; i++)
            s->side[side][i] = comparisons_side(c, c->of[i].term, side);
        s->n_rows[side] = inputs->table[side].head->n_rows;
        s->hash[side] = malloc((s->n_rows[side] + 1) * sizeof *s->hash[side]);
        if (!s->hash[side])
            return out_of_memory(e);
#pragma omp parallel for schedule(static)
        for (uint64_t row = 0; row < s->n_rows[side]; row++)
            s->hash[side][row] = hash_row(s, side, row);
    }
    return true;
}

/* ---- Groups ----------------------------------------------------------------------------------*/

static int by_hash(const void *x, const void *y)
{
    const struct group *g = x, *h = y;
    return sort_order(g->hash, h->hash);
}

static struct group *find_group(const struct groups *g, uint64_t hash)
{
    const struct group key = {.hash = hash};
    return hash && g->n ? bsearch(&key, g->of, g->n, sizeof *g->of, by_hash) : NULL;
}

/* Adds the hashes that a file has often enough. */
static bool add_frequent(const struct search *s, int side, struct groups *g, struct err *e)
{
    const uint64_t n = s->n_rows[side];
    uint64_t *sorted = malloc((n + 1) * sizeof *sorted);
    struct group *more = realloc(g->of, (g->n + n / LEAST_COPIES + 1) * sizeof *more);
    g->of = more ? more : g->of;
    if (!sorted || !more) {
        free(sorted);
        return out_of_memory(e);
    }
    memcpy(sorted, s->hash[side], n * sizeof *sorted);
    sort_u64(sorted, n);
    for (uint64_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && sorted[to] == sorted[from];)
            to++;
        if (sorted[from] && to - from >= LEAST_COPIES)
            g->of[g->n++] = (struct group){.hash = sorted[from], .row = UINT64_MAX};
    }
    free(sorted);
    return true;
}

/* Sorts them by their hashes, each once. */
static void merge_groups(struct groups *g)
{
    uint64_t n = 0;
    qsort(g->of, g->n, sizeof *g->of, by_hash);
    for (uint64_t i = 0; i < g->n; i++)
        if (n == 0 || g->of[n - 1].hash != g->of[i].hash)
            g->of[n++] = g->of[i];
    g->n = n;
}

/* Counts the records of each group. The first one shows what all are like. */
static void count_records(const struct search *s, struct groups *g)
{
    for (int side = 0; side < s->n_sides; side++)
        for (uint64_t row = 0; row < s->n_rows[side]; row++) {
            struct group *x = find_group(g, s->hash[side][row]);
            if (x && x->row == UINT64_MAX) {
                x->row = row;
                x->side = side;
            }
            if (x && are_same(s, side, row, x))
                x->records[side]++;
        }
}

/* The greatest number of records first; ties by the first record, so that the order is one. */
static int by_records(const void *x, const void *y)
{
    const struct group *g = x, *h = y;
    const int order = sort_order(h->records[0] + h->records[1], g->records[0] + g->records[1]);
    return order ? order : g->side != h->side ? g->side - h->side : sort_order(g->row, h->row);
}

/* ---- The model -------------------------------------------------------------------------------*/

/* The value that is compared in a column of a record, as a text; NULL if it is missing, or without
 * memory. */
static char *text_of(const struct search *s, const struct group *g, uint32_t column)
{
    const struct run *r = s->c->run;
    const struct expr *x = &r->query.expr;
    const struct expr_term *t = &x->term[s->c->of[column].term];
    const uint32_t field = x->column[g->side ? t->column_b : t->column_a].field;
    const struct index_field *f = &r->loaded.field[field];
    const uint32_t value = table_row_values(f->table, f->column)[g->row];
    if (value == TABLE_MISSING)
        return NULL;
    const struct bytes text = table_value(f->table, f->column, value);
    return strndup(text.p, text.n);
}

/* Bytes that an expression keeps of the names of columns, and of the values of all placeholders:
 * these as they are written, and as they are cleaned for A and for B. */
static size_t text_bytes(const struct model *m)
{
    size_t n = 0;
    for (uint32_t i = 0; i < m->n_columns; i++) {
        n += strlen(m->column[i].name[0]) + strlen(m->column[i].name[1]);
        for (uint32_t k = 0; k < m->n_placeholders; k++)
            n += m->placeholder[k].value[i] ? 3 * strlen(m->placeholder[k].value[i]) : 0;
    }
    return n;
}

/* Puts a group into the model, unless an expression cannot say it. */
static bool put_group(const struct search *s, const struct group *g, struct model *m, struct err *e)
{
    struct model_placeholder *x = &m->placeholder[m->n_placeholders++];
    bool can_be_said = true;
    *x = (struct model_placeholder){.records = {g->records[0], g->records[1]}};
    for (uint32_t i = 0; i < s->n_columns; i++) {
        x->value[i] = text_of(s, g, i);
        if (!x->value[i] && value_of(s, g->side, i, g->row))
            return out_of_memory(e);
        can_be_said = can_be_said && (!x->value[i] || model_text_can_say(x->value[i]));
    }
    can_be_said = can_be_said && text_bytes(m) <= MOST_TEXT;
    for (uint32_t i = 0; !can_be_said && i < s->n_columns; i++)
        free(x->value[i]);
    m->n_placeholders -= !can_be_said;
    return true;
}

/* For how many placeholders an expression has room: each asks one thing of each column, of A and of
 * B, and joins the answers. */
static uint32_t room(uint32_t n_columns)
{
    const uint32_t most = MOST_NODES / (4 * n_columns + 2);
    return most < MODEL_MAX_PLACEHOLDERS ? most : MODEL_MAX_PLACEHOLDERS;
}

static bool mark_records(const struct search *s, struct groups *g, struct placeholders *p,
                         struct err *e)
{
    qsort(g->of, g->n, sizeof *g->of, by_hash);
    for (int side = 0; side < s->n_sides; side++) {
        p->is_record[side] = calloc(s->n_rows[side] + 1, 1);
        if (!p->is_record[side])
            return out_of_memory(e);
        for (uint64_t row = 0; row < s->n_rows[side]; row++) {
            const struct group *x = find_group(g, s->hash[side][row]);
            p->is_record[side][row] = x && are_same(s, side, row, x);
            p->records[side] += p->is_record[side][row];
        }
    }
    return true;
}

/* Puts the most frequent ones into the model. */
static bool take_groups(const struct search *s, struct groups *g, struct model *m,
                        struct placeholders *p, struct err *e)
{
    const uint32_t most = room(s->n_columns);
    merge_groups(g);
    count_records(s, g);
    qsort(g->of, g->n, sizeof *g->of, by_records);
    p->kinds = g->n;
    uint64_t n = 0; /* those that were taken come first */
    for (uint64_t i = 0; i < g->n && m->n_placeholders < most; i++) {
        const uint32_t before = m->n_placeholders;
        if (!put_group(s, &g->of[i], m, e))
            return false;
        if (m->n_placeholders > before)
            g->of[n++] = g->of[i];
    }
    g->n = n;
    return n == 0 || mark_records(s, g, p, e);
}

bool placeholders_find(const struct comparisons *c, struct model *m, struct placeholders *p,
                       struct err *e)
{
    struct search s;
    struct groups g = {NULL, 0};
    *p = (struct placeholders){.kinds = 0};
    bool ok = open_search(&s, c, m->n_columns, e);
    for (int side = 0; side < s.n_sides; side++)
        ok = ok && add_frequent(&s, side, &g, e);
    ok = ok && (g.n == 0 || take_groups(&s, &g, m, p, e));
    free(g.of);
    free(s.hash[0]);
    free(s.hash[1]);
    return ok;
}

void placeholders_free(struct placeholders *p)
{
    free(p->is_record[0]);
    free(p->is_record[1]);
    *p = (struct placeholders){.kinds = 0};
}
