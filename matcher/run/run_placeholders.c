/* What stands for a value that is not known, and matches itself: NULL, N/A, or nothing in quotes.
 *
 * A note, for people alone: which values of the compared columns are such, on both sides, and the
 * option that makes them missing. Where one of them makes up most of the pairs, run_expect.c says
 * more of it. */
#include "matcher/run/run.h"

#include "core/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Lower case; what a person may be called is not among them. */
static const char *const known[] = {"",     "null", "\\n",  "nan",     "nat",    "n/a",
                                    "n.a.", "na",   "#n/a", "none",    "nil",    "-",
                                    "--",   "?",    ".",    "unknown", "missing"};
#define N_KNOWN (sizeof known / sizeof *known)
#define LONGEST 8u

/* Which of them it is; N_KNOWN: none. Most values are told by their length or first byte. */
static size_t place_of(struct bytes v)
{
    size_t i = 0;
    if (v.n > LONGEST || (v.n && !strchr("nNuUmM\\#-?.", *v.p)))
        return N_KNOWN;
    while (i < N_KNOWN &&
           (strlen(known[i]) != v.n || strncasecmp(known[i], v.n ? v.p : "", v.n) != 0))
        i++;
    return i;
}

bool run_is_placeholder(struct bytes v)
{
    return place_of(v) < N_KNOWN;
}

/* The placeholders of a column, each by the number of its first spelling; or TABLE_MISSING. */
static void find_placeholders(const struct index_field *f, uint32_t found[N_KNOWN])
{
    const uint32_t n = f->table->columns[f->column].n_values;
    memset(found, 0xFF, N_KNOWN * sizeof *found);
    for (uint32_t i = 0; i < n; i++) {
        const size_t at = place_of(table_value(f->table, f->column, i));
        if (at < N_KNOWN && found[at] == TABLE_MISSING)
            found[at] = i;
    }
}

/* Do two records have the value, as a pair of one table takes? */
static bool has_two(const struct index_field *f, uint32_t value)
{
    const uint32_t *row_value = table_row_values(f->table, f->column);
    uint64_t n = 0;
    for (uint64_t row = 0; row < f->table->head->n_rows && n < 2; row++)
        n += row_value[row] == value;
    return n == 2;
}

static void note_column(const struct index_field *a, const struct index_field *b, bool self,
                        const char *name)
{
    uint32_t of_a[N_KNOWN], of_b[N_KNOWN];
    char shown[200] = "", list[200] = "";
    size_t n = 0;
    find_placeholders(a, of_a);
    find_placeholders(b, of_b);
    for (size_t i = 0; i < N_KNOWN; i++) {
        if (of_a[i] == TABLE_MISSING || of_b[i] == TABLE_MISSING || (self && !has_two(a, of_a[i])))
            continue;
        const struct bytes v = table_value(a->table, a->column, of_a[i]);
        const size_t at_shown = strlen(shown), at_list = strlen(list);
        snprintf(shown + at_shown, sizeof shown - at_shown, "%s\"%.*s\"", n ? ", " : "", (int)v.n,
                 v.n ? v.p : "");
        snprintf(list + at_list, sizeof list - at_list, "%s%.*s", n ? "," : "", (int)v.n,
                 v.n ? v.p : "");
        n++;
    }
    if (n)
        log_note("%s: %s %s compared as text%s; --null '%s' makes %s missing", name, shown,
                 n == 1 ? "is" : "are", n == 1 ? ", and matches itself" : ", and match themselves",
                 list, n == 1 ? "it" : "them");
}

void run_note_placeholders(const struct run *r)
{
    const struct expr *x = &r->query.expr;
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const struct expr_column *a = &x->column[x->term[t].column_a];
        const struct expr_column *b = &x->column[x->term[t].column_b];
        if (a->kind == INDEX_TEXT && !a->figure)
            note_column(&r->loaded.field[a->field], &r->loaded.field[b->field],
                        r->loaded.inputs.self, sources_load(&r->sources, 0)->names[a->column]);
    }
}
