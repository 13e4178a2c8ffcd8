/* Which columns of a file are read, and as what. */
#include "matcher/eval/eval_file.h"

#include "core/log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES (1ull << 40) /* of address space */

/* Is a column called cluster or cluster_id? Case, blanks, "_" and "-" do not count. */
static bool is_cluster_name(const char *name)
{
    char plain[16];
    size_t n = 0;
    for (; *name && n + 1 < sizeof plain; name++)
        if (!strchr(" _-", *name))
            plain[n++] = (char)tolower((unsigned char)*name);
    plain[n] = 0;
    return !*name && (strcmp(plain, "cluster") == 0 || strcmp(plain, "clusterid") == 0);
}

/* The column that names clusters, if there is one. */
static bool find_groups(struct eval_file *f, const struct eval_asked *asked, uint32_t *column,
                        struct err *e)
{
    if (asked->groups) {
        struct err why;
        f->is_clusters = load_find(&f->load, asked->groups, column, &why);
        return f->is_clusters || err_set(e, why.status, why.hint[0] ? why.hint : NULL, "%s: %s",
                                         asked->option, why.text);
    }
    for (*column = 0; *column < 2 && asked->form == EVAL_BY_HEADER; ++*column)
        if (is_cluster_name(f->load.names[*column])) {
            f->is_clusters = true;
            return true;
        }
    return true;
}

/* The column of this name, if it names neither records nor clusters; else n_columns. */
static uint32_t further_column(const struct eval_file *f, uint32_t groups, const char *name)
{
    uint32_t column = 0;
    while (column < f->load.n_columns && strcmp(f->load.names[column], name) != 0)
        column++;
    return column != groups && column != (groups == 0) ? column : (uint32_t)f->load.n_columns;
}

bool eval_file_is_of_b(const struct eval_file *f, uint64_t row)
{
    return table_row_values(&f->table, 2)[row] == f->value_of_b;
}

/* Does each row say A or B, and nothing else? */
static bool says_tables(struct eval_file *f)
{
    const struct table_column *c = &f->table.columns[2];
    bool is = c->missing == 0;
    f->value_of_b = TABLE_MISSING;
    for (uint32_t i = 0; is && i < c->n_values; i++) {
        const struct bytes v = table_value(&f->table, 2, i);
        is = v.n == 1 && (v.p[0] == 'A' || v.p[0] == 'B');
        f->value_of_b = v.p[0] == 'B' ? i : f->value_of_b;
    }
    return is;
}

/* Does each row say one of two values? The first row's is A until more is known. */
static bool says_sources(struct eval_file *f)
{
    const struct table_column *c = &f->table.columns[2];
    if (c->missing || c->n_values != 2)
        return false;
    f->value_of_b = 1 - table_row_values(&f->table, 2)[0];
    return true;
}

static bool load_clusters(struct eval_file *f, uint32_t groups, struct err *e)
{
    struct load_stats stats;
    const uint32_t table = further_column(f, groups, "table");
    const bool has_table = table < f->load.n_columns;
    const uint32_t tables = has_table ? table : further_column(f, groups, "source");
    const bool third = tables < f->load.n_columns;
    const struct load_want wants[] = {
        {.column = groups == 0}, {.column = groups}, {.column = tables}};
    if (!load_table(&f->load, wants, third ? 3 : 2, &f->shm, &stats, e) ||
        !table_view(&f->table, &f->shm, e))
        return false;
    f->has_tables = third && has_table && says_tables(f);
    f->has_sources = third && !has_table && says_sources(f);
    return true;
}

static bool load_pairs(struct eval_file *f, bool may_be_labelled, struct err *e)
{
    struct load_stats stats;
    const uint32_t labels = may_be_labelled ? labels_column(&f->load) : LABELS_NO_COLUMN;
    const bool labelled = labels != LABELS_NO_COLUMN, third = f->load.n_columns > 2;
    const struct load_want wants[] = {
        {.column = 0}, {.column = 1}, {.column = labelled ? labels : 2, .plain = !labelled}};
    if (!load_table(&f->load, wants, third ? 3 : 2, &f->shm, &stats, e) ||
        !table_view(&f->table, &f->shm, e))
        return false;
    f->has_third = third && !labelled;
    return !labelled || (f->label = labels_of_values(&f->load, &f->table, 2, e));
}

bool eval_file_open(struct eval_file *f, const struct eval_asked *asked, struct err *e)
{
    uint32_t groups = 0;
    if (!load_open(&f->load, asked->path, &asked->reading, e))
        return false;
    if (f->load.n_columns < 2)
        return err_set(
            e, ERR_DATA,
            "pairs have the records of A and B in the first two columns; of clusters one "
            "column is called cluster",
            "%s has only one column", f->load.shown);
    if (!find_groups(f, asked, &groups, e))
        return false;
    if (!shm_create(&f->shm, f->load.shown, FILE_BYTES, e) ||
        !(f->is_clusters ? load_clusters(f, groups, e) : load_pairs(f, asked->may_be_labelled, e)))
        return false;
    if (f->is_clusters)
        log_note("%s: read as clusters: \"%s\" names the record, \"%s\" its cluster%s",
                 f->load.shown, f->load.names[groups == 0], f->load.names[groups],
                 f->has_tables ? ", \"table\" its table" : "");
    return true;
}

void eval_file_close(struct eval_file *f)
{
    free(f->label);
    shm_close(&f->shm);
    load_close(&f->load);
}

void eval_file_say(const char *shown, uint64_t n, const char *one, const char *many)
{
    if (n)
        log_note("%s: %llu %s", shown, (unsigned long long)n, n == 1 ? one : many);
}
