/* From clusters to golden records. */
#include "matcher/cluster/golden.h"

#include "core/base.h"
#include "core/log.h"
#include "core/sort.h"
#include "data/clean/text_buffer.h"
#include "data/fields.h"
#include "data/text.h"
#include "matcher/cluster/cluster_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BETWEEN " | "
#define FEW 32u /* values that are compared with each other; more are sorted */

/* How the value of a column is chosen. */
struct chooser {
    enum golden_kind kind;
    const double *figure; /* newest, oldest, max, min: of each record, NaN for none */
};

struct golden {
    const struct record_set *records;
    const struct members *members;
    struct chooser *chooser; /* of each column that is written */
    double **figure;         /* of each column, hidden ones too: NULL where no rule needs it */
    bool rows;               /* are written in place of values */
};

/* A value that was chosen, and the record that has it; p NULL: all are missing. */
struct chosen {
    struct bytes value;
    uint32_t record;
};

/* The records of a cluster in one column. */
struct group {
    const struct record_column *column;
    const uint32_t *record;
    uint32_t n;
};

/* ---- Choosing by an order --------------------------------------------------------------------*/

static double characters(struct bytes v)
{
    return (double)text_characters(v.p, v.n);
}

/* How good a value is: the greatest is chosen. */
static double merit(const struct chooser *c, uint32_t record, uint32_t i, struct bytes v)
{
    switch (c->kind) {
    case GOLDEN_LONGEST:
        return characters(v);
    case GOLDEN_SHORTEST:
        return -characters(v);
    case GOLDEN_LAST:
        return i;
    case GOLDEN_NEWEST:
    case GOLDEN_MAX:
        return isnan(c->figure[record]) ? -(double)INFINITY : c->figure[record];
    case GOLDEN_OLDEST:
    case GOLDEN_MIN:
        return isnan(c->figure[record]) ? -(double)INFINITY : -c->figure[record];
    case GOLDEN_FIRST:
    case GOLDEN_MOST_FREQUENT: /* of a single record */
    case GOLDEN_CONCAT:        /* never: it joins values */
        return -(double)i;
    }
    return 0;
}

/* The first of the best. */
static struct chosen choose_best(const struct group *g, const struct chooser *c)
{
    struct chosen best = {.value = {NULL, 0}};
    struct bytes v;
    double most = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        if (!record_value(g->column, g->record[i], &v))
            continue;
        const double m = merit(c, g->record[i], i, v);
        if (!best.value.p || m > most) {
            best = (struct chosen){v, g->record[i]};
            most = m;
        }
    }
    return best;
}

/* ---- Choosing by number ----------------------------------------------------------------------*/

/* A value of a group: the first that is so, and how many there are. */
struct counted {
    struct bytes value;
    uint32_t at, times;
};

static int compare_bytes(struct bytes x, struct bytes y)
{
    const int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return order ? order : sort_order(x.n, y.n);
}

static int by_value(const void *x, const void *y)
{
    const struct counted *a = x, *b = y;
    const int order = compare_bytes(a->value, b->value);
    return order ? order : sort_order(a->at, b->at);
}

static int by_place(const void *x, const void *y)
{
    return sort_order(((const struct counted *)x)->at, ((const struct counted *)y)->at);
}

/* Joins equal values; n of them are left, in the order of their first records. */
static uint32_t join_few(struct counted *c, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < kept && compare_bytes(c[k].value, c[i].value) != 0)
            k++;
        if (k < kept)
            c[k].times++;
        else
            c[kept++] = c[i];
    }
    return kept;
}

static uint32_t join_many(struct counted *c, uint32_t n)
{
    uint32_t kept = 0;
    qsort(c, n, sizeof *c, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (kept && compare_bytes(c[kept - 1].value, c[i].value) == 0)
            c[kept - 1].times++;
        else
            c[kept++] = c[i];
    qsort(c, kept, sizeof *c, by_place);
    return kept;
}

/* The different values of a group, in the order of their first records, in `few` or in memory of
 * their own; NULL without that. */
static struct counted *count_values(const struct group *g, struct counted few[FEW], uint32_t *n)
{
    struct counted *c = g->n <= FEW ? few : malloc(g->n * sizeof *c), one = {.times = 1};
    *n = 0;
    for (uint32_t i = 0; c && i < g->n; i++)
        if (record_value(g->column, g->record[i], &one.value)) {
            one.at = i;
            c[(*n)++] = one;
        }
    if (c)
        *n = (g->n <= FEW ? join_few : join_many)(c, *n);
    return c;
}

static struct chosen most_frequent(const struct group *g, const struct counted *c, uint32_t n)
{
    struct counted best = {.value = {NULL, 0}};
    for (uint32_t i = 0; i < n; i++)
        if (c[i].times > best.times)
            best = c[i];
    return (struct chosen){best.value, g->record[best.at]};
}

static void put_chosen(const struct golden *g, const struct chosen *c, struct fields_line *line)
{
    if (!g->rows)
        fields_text(line, c->value, !c->value.p);
    else if (c->value.p)
        fields_integer(line, c->record + 1ull);
    else
        fields_number(line, (double)NAN);
}

static bool put_all(const struct counted *c, uint32_t n, struct fields_line *line)
{
    struct text_buffer text = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++)
        ok = (i == 0 || text_buffer_add(&text, BETWEEN, sizeof BETWEEN - 1)) &&
             text_buffer_add(&text, c[i].value.p, c[i].value.n);
    ok = ok && text.n <= UINT32_MAX; /* a field has no more */
    if (ok)
        fields_text(line, (struct bytes){text.p, (uint32_t)text.n}, n == 0);
    text_buffer_free(&text);
    return ok;
}

static bool put_counted(const struct golden *golden, const struct group *g, enum golden_kind kind,
                        struct fields_line *line)
{
    struct counted few[FEW];
    uint32_t n;
    struct counted *c = count_values(g, few, &n);
    bool ok = c;
    if (ok && kind == GOLDEN_CONCAT) {
        ok = put_all(c, n, line);
    } else if (ok) {
        const struct chosen v = most_frequent(g, c, n);
        put_chosen(golden, &v, line);
    }
    if (c != few)
        free(c);
    return ok;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static bool put_column(const struct golden *g, uint32_t column, const uint32_t *record, uint32_t n,
                       struct fields_line *line)
{
    const struct group group = {&g->records->column[column], record, n};
    const struct chooser *c = &g->chooser[column];
    if (c->kind == GOLDEN_CONCAT || (n > 1 && c->kind == GOLDEN_MOST_FREQUENT))
        return put_counted(g, &group, c->kind, line);
    const struct chosen v = choose_best(&group, c);
    put_chosen(g, &v, line);
    return true;
}

static bool put(const void *context, uint64_t i, struct fields_line *line)
{
    const struct golden *g = context;
    const uint32_t *record = g->members->record + g->members->begin[i];
    const uint32_t n = members_size(g->members, (uint32_t)i);
    char text[RECORD_NAME_BYTES];
    const struct bytes name = record_name(g->records, record[0], text);
    bool ok = true;
    fields_integer(line, g->members->number[i] + 1ull);
    fields_integer(line, n);
    if (g->rows)
        fields_integer(line, record[0] + 1ull);
    else
        fields_text(line, name, !name.p);
    for (uint32_t k = 0; ok && k < g->records->n_columns; k++)
        ok = put_column(g, k, record, n, line);
    return ok;
}

/* ---- Figures ---------------------------------------------------------------------------------*/

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the golden records");
}

/* Do the values of a column look like figures of this kind? */
static bool is_mostly(const struct figure_finding *f)
{
    return 2 * f->wrong_rows <= f->rows;
}

/* Finds how a column is read: as dates if these are at least as many as numbers. */
static bool find_format(const struct golden_rule *rule, const struct record_column *c,
                        struct figure_finding *found, struct err *e)
{
    struct figure_finding number;
    if (!figures_find(c->table, c->column, &rule->date, found) ||
        !figures_find(c->table, c->column, &rule->number, &number))
        return no_memory(e);
    if (number.wrong_rows < found->wrong_rows)
        *found = number;
    if (is_mostly(found))
        return true;
    const struct bytes v = table_value(c->table, c->column, found->wrong);
    return err_set(e, ERR_USAGE, "--dates says how dates are written, --decimal how numbers are",
                   "--golden-rule: %.60s holds neither dates nor numbers, such as \"%.*s\"",
                   c->name.p, (int)least(v.n, 60), v.p);
}

static void say_passed_over(const struct record_column *c, const struct figure_finding *f)
{
    const bool date = f->format.kind == FIGURE_DATE;
    if (f->wrong_rows)
        log_note("--golden-rule: %llu of %llu values of %s are no %s; they are passed over",
                 (unsigned long long)f->wrong_rows, (unsigned long long)f->rows, c->name.p,
                 date ? "dates" : "numbers");
    if (f->unsure_rows)
        log_note("--golden-rule: %llu values of %s have two meanings and are passed over; --dates "
                 "or --decimal says which is right",
                 (unsigned long long)f->unsure_rows, c->name.p);
}

/* The figure of each record in a column; malloced. */
static double *read_figures(const struct golden_rule *rule, const struct record_column *c,
                            uint32_t n, struct err *e)
{
    struct figure_finding found;
    if (!find_format(rule, c, &found, e))
        return NULL;
    say_passed_over(c, &found);
    double *figure = malloc((n + 1ull) * sizeof *figure);
    if (!figure)
        no_memory(e);
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < (figure ? n : 0); i++) {
        struct bytes v;
        figure[i] = !record_value(c, i, &v)            ? (double)NAN
                    : found.format.kind == FIGURE_DATE ? figure_days(v, &found.format)
                                                       : figure_number(v, &found.format);
    }
    return figure;
}

/* ---- All of it -------------------------------------------------------------------------------*/

/* The column of the set that is this one of the file; n_columns + n_hidden if none is. */
static uint32_t place_of(const struct record_set *s, uint32_t file_column)
{
    uint32_t i = 0;
    while (i < s->n_columns + s->n_hidden &&
           !(s->column[i].table &&
             s->column[i].table->columns[s->column[i].column].source == file_column))
        i++;
    return i;
}

static bool needs_figure(enum golden_kind kind)
{
    return kind == GOLDEN_NEWEST || kind == GOLDEN_OLDEST || kind == GOLDEN_MAX ||
           kind == GOLDEN_MIN;
}

/* Makes the chooser of column k. */
static bool make_chooser(struct golden *g, const struct golden_rules *rules, uint32_t k,
                         struct err *e)
{
    const struct record_set *s = g->records;
    const struct record_column *c = &s->column[k];
    if (!c->table)
        return true; /* what there is but names is not chosen from */
    const struct golden_rule *rule = golden_rule_of(rules, c->table->columns[c->column].source);
    g->chooser[k].kind = rule->kind;
    if (!needs_figure(rule->kind))
        return true;
    const uint32_t by = rule->by == GOLDEN_NO_COLUMN ? k : place_of(s, rule->by);
    if (!g->figure[by])
        g->figure[by] = read_figures(rule, &s->column[by], s->n, e);
    g->chooser[k].figure = g->figure[by];
    return g->figure[by];
}

static bool write_lines(const struct golden *g, uint32_t format, struct out *out, struct err *e)
{
    static const char *const own[] = {"cluster", "size", "record"};
    const uint32_t n_own = sizeof own / sizeof *own;
    struct bytes *names = cluster_lines_names(own, n_own, g->records);
    const struct fields_spec spec = {.format = format,
                                     .names = names,
                                     .n_names = n_own + g->records->n_columns,
                                     .n_lines = g->members->n_clusters,
                                     .put = put,
                                     .context = g};
    const bool ok = names ? fields_write(&spec, out, e) : no_memory(e);
    free(names);
    return ok;
}

bool golden_write(const struct golden_rules *rules, const struct record_set *records,
                  const struct members *members, bool rows, uint32_t format, struct out *out,
                  struct err *e)
{
    const uint32_t n = records->n_columns + records->n_hidden;
    struct golden g = {records, members, calloc(n + 1ull, sizeof *g.chooser),
                       calloc(n + 1ull, sizeof *g.figure), rows};
    bool ok = (g.chooser && g.figure) || no_memory(e);
    for (uint32_t k = 0; ok && k < records->n_columns; k++)
        ok = make_chooser(&g, rules, k, e);
    ok = ok && write_lines(&g, format, out, e);
    for (uint32_t k = 0; g.figure && k < n; k++)
        free(g.figure[k]);
    free(g.figure);
    free(g.chooser);
    return ok;
}
