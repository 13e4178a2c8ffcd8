/* Opens both files, numbers their ids, makes pairs and clusters of each, and counts. */
#include "matcher/eval/eval.h"

#include "core/log.h"
#include "matcher/eval/eval_curve.h"
#include "matcher/eval/eval_labels.h"
#include "matcher/eval/eval_page.h"
#include "matcher/eval/eval_part.h"
#include "matcher/eval/eval_partners.h"
#include "matcher/eval/eval_sources.h"

/* All that a comparison has open. */
struct work {
    struct eval_file file[2];
    struct eval_records records;
    struct eval_part part[2];
    struct eval_labels labels;
};

/* Of how many tables are the records of clusters? Two where the file says of each which. */
static enum opts_tables tables_of(const struct eval_file *file, bool sources_are_tables)
{
    const bool two = file->has_tables || (file->has_sources && sources_are_tables);
    return !file->is_clusters ? OPTS_TABLES_AUTO : two ? OPTS_TABLES_TWO : OPTS_TABLES_ONE;
}

static void say_one_table(const struct eval_file file[2])
{
    for (int i = 0; i < 2; i++)
        if (!file[i].is_clusters)
            log_note("%s: read as pairs of one table: a,b is the same pair as b,a",
                     file[i].load.shown);
}

/* Are all records of one table? Asked for is what the options say, else the files decide. */
static bool find_self(const struct eval_file file[2], enum opts_tables asked,
                      bool sources_are_tables, bool *self, struct err *e)
{
    const enum opts_tables says[] = {tables_of(&file[0], sources_are_tables),
                                     tables_of(&file[1], sources_are_tables)};
    const enum opts_tables files = says[0] ? says[0] : says[1];
    const bool one = says[0] == OPTS_TABLES_ONE || says[1] == OPTS_TABLES_ONE;
    *self = asked ? asked == OPTS_TABLES_ONE : files == OPTS_TABLES_ONE;
    if (!*self && one)
        return err_set(
            e, ERR_USAGE,
            "if no id is in both tables, add --tables 1; else a column called table that "
            "says A or B, or one called source that names one of two files",
            "%s has clusters and does not say which table a record is of",
            file[says[0] != OPTS_TABLES_ONE].load.shown);
    if (*self && !asked)
        say_one_table(file);
    return true;
}

/* Clusters of the records of two files, and pairs: are the files A and B? */
static bool find_sources(struct work *w, enum opts_tables asked, const uint32_t at[2],
                         bool *are_tables, struct err *e)
{
    const int clusters = !w->file[0].has_sources, pairs = !clusters;
    struct eval_sources_fit fit;
    *are_tables = false;
    if (asked == OPTS_TABLES_ONE || !w->file[clusters].has_sources || w->file[pairs].is_clusters)
        return true;
    if (!eval_sources_fit(&fit, &w->file[clusters], at[clusters], &w->file[pairs], at[pairs],
                          &w->records, e))
        return false;
    *are_tables = asked == OPTS_TABLES_TWO || eval_sources_are_tables(&fit);
    if (*are_tables)
        eval_sources_take(&w->file[clusters], &fit);
    else
        eval_sources_say_one(&w->file[clusters], &w->file[pairs]);
    return true;
}

/* Where the columns of each file stand among those that are numbered. */
static uint32_t add_ids(const struct eval_file *file, struct eval_ids *ids, uint32_t n)
{
    for (uint32_t c = 0; c < (file->is_clusters ? 1 : 2); c++)
        ids[n++] = (struct eval_ids){&file->table, c};
    return n;
}

static bool open_parts(const struct eval *eval, struct work *w, struct err *e)
{
    struct eval_ids ids[EVAL_MOST_FIELDS];
    const uint32_t truth_at = add_ids(&w->file[0], ids, 0);
    const uint32_t tables_at = add_ids(&w->file[1], ids, truth_at);
    const uint32_t n =
        tables_at + (eval->tables ? eval_tables_ids(eval->tables, ids + tables_at) : 0);
    const struct eval_records *r = &w->records;
    const bool two = eval->tables && !eval->tables->sources.self;
    const uint32_t at[] = {0, truth_at};
    bool self, sources_are_tables;
    if (!eval_records_open(&w->records, ids, n, e) ||
        !find_sources(w, eval->n_tables, at, &sources_are_tables, e) ||
        !find_self(w->file, eval->n_tables, sources_are_tables, &self, e))
        return false;
    if (!self)
        eval_records_split(&w->records);
    if (eval->tables && two == self)
        return err_set(e, ERR_USAGE, self ? "give one table that has all records" : "give A and B",
                       "the records are of %s, and %s", self ? "one table" : "two tables",
                       self ? "two tables are given" : "one table is given");
    if (!eval_part_open(&w->part[0], &w->file[0], r, 0, w->file[0].has_third, e) ||
        !eval_part_open(&w->part[1], &w->file[1], r, truth_at, false, e) ||
        (eval->tables && !eval_tables_find(eval->tables, r, tables_at, e)))
        return false;
    if (eval->tables)
        eval_tables_say_unknown(eval->tables, r, w->part[0].groups.named, w->part[1].groups.named);
    return eval_labels_apply(w->part, r, &w->labels, e);
}

/* Counts the pairs of both parts and those that both have. */
static bool count_pairs(struct work *w, struct eval_report *report, struct err *e)
{
    const uint64_t found = eval_part_mark(&w->part[0], &w->part[1]);
    const uint64_t truth = eval_part_mark(&w->part[1], &w->part[0]);
    report->all.both = !w->part[0].is_clusters   ? found
                       : !w->part[1].is_clusters ? truth
                                                 : report->clusters.pairs.both;
    return eval_part_count(&w->part[0], &w->records, &report->all.found, e) &&
           eval_part_count(&w->part[1], &w->records, &report->all.truth, e);
}

static void advise(const struct work *w, const struct eval_report *report)
{
    const struct eval_pairs pairs[] = {w->part[0].pairs, w->part[1].pairs};
    if (!report->is_clusters[0] && !report->is_clusters[1])
        eval_pairs_advise(pairs, &w->records, w->file);
    if (report->all.both == 0 && report->all.found && report->all.truth)
        log_note("no pair is in both: does %s name records as %s does? (axb match --id)",
                 w->file[0].load.shown, w->file[1].load.shown);
}

/* A third column may be something else. */
static bool has_scores(const struct eval_pairs *p)
{
    uint64_t i = 0;
    while (i < p->n && p->pair[i].score != p->pair[i].score)
        i++;
    return i < p->n;
}

static bool count(struct work *w, struct eval_report *report, struct err *e)
{
    const struct eval_part *found = &w->part[0], *truth = &w->part[1];
    *report = (struct eval_report){.labels = w->labels,
                                   .self = w->records.self,
                                   .is_clusters = {w->file[0].is_clusters, w->file[1].is_clusters},
                                   .has_scores = has_scores(&found->pairs)};
    if (!eval_groups_compare(&found->groups, &truth->groups, &w->records, &report->clusters, e) ||
        !count_pairs(w, report, e) ||
        !eval_partners_count(found, truth, &w->records, report->partners, e))
        return false;
    advise(w, report);
    if (report->has_scores) {
        eval_curve_make(report, found);
        if (!eval_curve_best(report, found, e))
            return false;
    }
    if (truth->file->has_third)
        eval_curve_tags(report, truth);
    return true;
}

static void write_page(const struct eval *eval, const struct work *w,
                       const struct eval_report *report, const struct eval_error_list *list)
{
    eval_page_write(eval->page, &(struct eval_page){.opts = eval->opts,
                                                    .file = w->file,
                                                    .records = &w->records,
                                                    .tables = eval->tables,
                                                    .report = report,
                                                    .errors = list,
                                                    .started = eval->started});
}

/* The errors go to their file, and some of them to the page. */
static bool write_all(const struct eval *eval, const struct work *w,
                      const struct eval_report *report, struct err *e)
{
    const uint64_t most[] = {report->all.found - report->all.both,
                             report->all.truth - report->all.both};
    struct eval_error_list list;
    if (!eval->errors && !eval->page)
        return true;
    const bool ok =
        eval_error_list_make(&list, w->part, most, &w->records, eval->tables, e) &&
        (!eval->errors || eval_errors_write(eval->errors, &list, &w->records, eval->tables, e));
    if (ok && eval->page)
        write_page(eval, w, report, &list);
    eval_error_list_free(&list);
    return ok;
}

bool eval_compare(const struct eval *eval, struct eval_report *report, struct err *e)
{
    struct work w = {.file = {{.shm.fd = -1}, {.shm.fd = -1}}, .records.shm.fd = -1};
    const bool ok = eval_file_open(&w.file[0], &eval->asked[0], e) &&
                    eval_file_open(&w.file[1], &eval->asked[1], e) && open_parts(eval, &w, e) &&
                    count(&w, report, e) && write_all(eval, &w, report, e);
    for (int i = 0; i < 2; i++) {
        eval_part_close(&w.part[i]);
        eval_file_close(&w.file[i]);
    }
    eval_records_close(&w.records);
    return ok;
}
