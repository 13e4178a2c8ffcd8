/* Counts as tables, the curve and the scores as charts, and some of the errors side by side. */
#include "matcher/eval/eval_page.h"

#include "core/base.h"
#include "matcher/eval/eval_curve.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"
#include "matcher/report/report_head.h"
#include "matcher/report/report_pair.h"

#include <math.h>
#include <string.h>

#define ERRORS_SHOWN 6u /* of either kind */
#define FIELDS_MOST 60u

/* ---- The head --------------------------------------------------------------------------------*/

static void put_head(struct page *p, const struct eval_page *x)
{
    const struct eval_report *r = x->report;
    const double precision = eval_precision(&r->all), recall = eval_recall(&r->all);
    char title[120], summary[300], n[3][PAGE_NUMBER_BYTES];
    snprintf(title, sizeof title, "Precision %.4f, recall %.4f, F1 %.4f", precision, recall,
             eval_f1(precision, recall));
    snprintf(summary, sizeof summary,
             "%s %s found, %s are true, and %s are both. Of the pairs that were found %s are true; "
             "of the true ones %s were found.",
             page_number_count((double)r->all.found, n[0]),
             r->labels.are_there ? "labelled pairs were" : "pairs were",
             page_number_count((double)r->all.truth, n[1]),
             page_number_count((double)r->all.both, n[2]),
             page_number_share(precision, (char[PAGE_NUMBER_BYTES]){0}),
             page_number_share(recall, (char[PAGE_NUMBER_BYTES]){0}));
    report_head(p, x->opts, title, summary, x->started);
}

static struct report_file file_of(const char *role, const struct load *l, const struct table *t)
{
    return (struct report_file){
        .role = role, .shown = l->shown, .bytes = NAN, .records = (double)t->head->n_rows};
}

static void put_files(struct page *p, const struct eval_page *x)
{
    struct report_file file[4] = {file_of("found", &x->file[0].load, &x->file[0].table),
                                  file_of("truth", &x->file[1].load, &x->file[1].table)};
    uint32_t n = 2;
    for (int side = 0; x->tables && side < (x->tables->sources.self ? 1 : 2); side++)
        file[n++] = file_of(side ? "B" : "A", sources_load(&x->tables->sources, side),
                            eval_tables_at(x->tables, side));
    report_files(p, file, n);
}

/* ---- Counts ----------------------------------------------------------------------------------*/

static void put_measures(struct page *p, double precision, double recall)
{
    page_cell(p, "%.4f", precision);
    page_cell(p, "%.4f", recall);
    page_cell(p, "%.4f", eval_f1(precision, recall));
}

/* What was found against what is true. Pairs that are neither are not counted: nearly all are. */
static void put_confusion(struct page *p, const char *caption, const struct eval_counts *c)
{
    static const struct page_column columns[] = {{"", false}, {"true", true}, {"not true", true}};
    page_table_begin(p,
                     &(struct page_table){.caption = caption, .column = columns, .n_columns = 3});
    page_cell(p, "found");
    page_cell_count(p, c->both);
    page_cell_count(p, c->found - c->both);
    page_cell(p, "not found");
    page_cell_count(p, c->truth - c->both);
    page_cell(p, "all other pairs");
    page_table_end(p);
}

static void put_counts(struct page *p, const struct eval_report *r)
{
    char n[PAGE_NUMBER_BYTES], caption[120];
    page_section(p, "Pairs");
    put_confusion(p, "All pairs that were found", &r->all);
    if (r->has_scores && r->n_steps && r->best.counts.found < r->all.found) {
        snprintf(caption, sizeof caption, "Only those with a score of %s or more, the best F1",
                 page_number(r->best.min, n));
        put_confusion(p, caption, &r->best.counts);
    }
    if (r->labels.are_there)
        page_note(p, "Only labelled pairs count: %s of them.",
                  page_number_count((double)r->labels.n_labelled, n));
    if (r->labels.n_found_without)
        page_note(p, "%s more were found and have no label; no figure counts them.",
                  page_number_count((double)r->labels.n_found_without, n));
}

/* ---- Thresholds ------------------------------------------------------------------------------*/

static void chart_curve(struct page *p, const struct eval_report *r)
{
    struct eval_step step[EVAL_MAX_BINS];
    double min[EVAL_MAX_BINS], precision[EVAL_MAX_BINS], recall[EVAL_MAX_BINS], f1[EVAL_MAX_BINS];
    eval_curve_steps(r, step);
    for (size_t i = 0; i < r->n_bins; i++) {
        min[i] = step[i].min;
        precision[i] = eval_precision(&step[i].counts);
        recall[i] = eval_recall(&step[i].counts);
        f1[i] = eval_f1(precision[i], recall[i]);
    }
    const uint32_t n = (uint32_t)r->n_bins;
    const struct chart_series series[] = {
        {"precision", min, precision, n}, {"recall", min, recall, n}, {"F1", min, f1, n}};
    chart_lines(p, &(struct chart_lines){.about = {"Precision, recall and F1 by threshold",
                                                   "What they would be if only pairs from a score "
                                                   "on had been found."},
                                         .x_name = "score at least",
                                         .y_name = "share",
                                         .series = series,
                                         .n_series = 3,
                                         .y_is_share = true,
                                         .mark = &r->best.min,
                                         .mark_name = "the best F1"});
}

static void put_step(struct page *p, const struct eval_step *s, const char *what)
{
    page_cell_number(p, s->min);
    page_cell_count(p, s->counts.found);
    put_measures(p, eval_precision(&s->counts), eval_recall(&s->counts));
    page_cell(p, "%s", what);
}

static void put_steps(struct page *p, const struct eval_report *r)
{
    static const struct page_column columns[] = {
        {"score at least", true}, {"pairs", true}, {"precision", true},
        {"recall", true},         {"F1", true},    {"", false}};
    bool told = false;
    page_table_begin(p, &(struct page_table){.column = columns, .n_columns = 6});
    for (size_t i = 0; i < r->n_steps; i++) {
        if (!told && r->best.min <= r->step[i].min) {
            put_step(p, &r->best, "the best F1");
            told = true;
        }
        if (r->step[i].min < r->best.min || r->step[i].min > r->best.min)
            put_step(p, &r->step[i], "");
    }
    page_table_end(p);
}

static void chart_scores(struct page *p, const struct eval_report *r)
{
    struct chart_bin right[EVAL_MAX_BINS], wrong[EVAL_MAX_BINS];
    for (size_t i = 0; i < r->n_bins; i++) {
        const double to = r->bin[i + 1 < r->n_bins ? i + 1 : i].from;
        right[i] = (struct chart_bin){r->bin[i].from, to, (double)r->bin[i].right};
        wrong[i] = (struct chart_bin){r->bin[i].from, to, (double)r->bin[i].wrong};
    }
    const uint32_t n = (uint32_t)r->n_bins;
    const struct chart_counts series[] = {{"true", right, n}, {"not true", wrong, n}};
    chart_histogram(p, &(struct chart_histogram){.about = {"Scores of true and of false pairs",
                                                           "Of the pairs that were found. The less "
                                                           "they overlap, the better the score."},
                                                 .x_name = "score",
                                                 .y_name = "pairs",
                                                 .series = series,
                                                 .n_series = 2,
                                                 .log = true,
                                                 .mark = &r->best.min,
                                                 .mark_name = "the best F1"});
}

static void put_curve(struct page *p, const struct eval_report *r)
{
    if (!r->n_steps)
        return;
    page_section(p, "Thresholds");
    chart_curve(p, r);
    put_steps(p, r);
    chart_scores(p, r);
}

/* ---- Records and clusters --------------------------------------------------------------------*/

/* A line of counts of one side or of both; `whole` is what they are shares of, or NULL. */
static void put_partners(struct page *p, const char *label, unsigned sides, const uint64_t part[2],
                         const uint64_t whole[2])
{
    page_cell(p, "%s", label);
    for (unsigned side = 0; side < sides; side++) {
        page_cell_count(p, part[side]);
        if (whole)
            page_cell(p, "%.2f %%", 100 * eval_share(part[side], whole[side]));
        else
            page_cell(p, "%s", "");
    }
}

static void put_records(struct page *p, const struct eval_report *r)
{
    static const struct page_column two[] = {
        {"records", false}, {"of A", true}, {"", true}, {"of B", true}, {"", true}};
    static const struct page_column one[] = {{"records", false}, {"", true}, {"", true}};
    const struct eval_partners *a = &r->partners[0], *b = &r->partners[1];
    const unsigned sides = r->self ? 1 : 2;
    const uint64_t with_true[] = {a->with_true, b->with_true};
    const uint64_t with_found[] = {a->with_found, b->with_found};
#define OF(member) ((const uint64_t[]){a->member, b->member})
    page_section(p, "Records");
    page_table_begin(
        p, &(struct page_table){.column = r->self ? one : two, .n_columns = 1 + 2 * sides});
    put_partners(p, "that have a true partner", sides, with_true, NULL);
    put_partners(p, "… and a right one was found", sides, OF(right), with_true);
    put_partners(p, "… and all right ones were found", sides, OF(all_right), with_true);
    if (r->has_scores)
        put_partners(p, "… and the best one is right", sides, OF(best_right), with_true);
    put_partners(p, "for which a partner was found", sides, with_found, NULL);
    put_partners(p, "… and a wrong one is among them", sides, OF(wrong), with_found);
#undef OF
    page_table_end(p);
}

static void put_clusters(struct page *p, const struct eval_report *r)
{
    static const struct page_column columns[] = {
        {"", false}, {"precision", true}, {"recall", true}, {"F1", true}};
    const struct eval_clusters *c = &r->clusters;
    char n[PAGE_NUMBER_BYTES], m[PAGE_NUMBER_BYTES];
    if (r->labels.are_there)
        return; /* labelled pairs are too few to say anything of clusters */
    page_section(p, "Clusters");
    page_fact(p, "records", "%s", page_number_count((double)c->n_records, n));
    page_fact(p, "clusters of two or more", "%s, of which %s are true as they are",
              page_number_count((double)c->n_clusters[0], n),
              page_number_count((double)c->n_same, m));
    page_fact(p, "true clusters", "%s", page_number_count((double)c->n_clusters[1], n));
    page_fact(p, "the largest", "%s records; the largest true one has %s",
              page_number_count((double)c->n_largest[0], n),
              page_number_count((double)c->n_largest[1], m));
    page_table_begin(p, &(struct page_table){.column = columns, .n_columns = 4});
    page_cell(p, "B-cubed");
    put_measures(p, c->bcubed_precision, c->bcubed_recall);
    page_cell(p, "pairs within clusters");
    put_measures(p, eval_precision(&c->pairs), eval_recall(&c->pairs));
    page_table_end(p);
}

static void put_tags(struct page *p, const struct eval_report *r)
{
    static const struct page_column columns[] = {
        {"tag", false}, {"true pairs", true}, {"found", true}, {"recall", true}};
    if (!r->has_tags || !r->n_tags)
        return;
    page_section(p, "Recall by tag");
    page_table_begin(p, &(struct page_table){.column = columns, .n_columns = 4});
    for (size_t i = 0; i < r->n_tags; i++) {
        page_cell(p, "%s", r->tag[i].name);
        page_cell_count(p, r->tag[i].all);
        page_cell_count(p, r->tag[i].hit);
        page_cell(p, "%.4f", eval_share(r->tag[i].hit, r->tag[i].all));
    }
    page_table_end(p);
}

/* ---- Errors ----------------------------------------------------------------------------------*/

static const char *kept_name(const struct eval_tables *t, int side, uint32_t k)
{
    return table_column_name(eval_tables_at(t, side), t->keep[side][k]);
}

/* The kept column of B that has the name of one of A; n_keep[1] if there is none. */
static uint32_t same_name(const struct eval_tables *t, const char *name)
{
    uint32_t k = 0;
    while (k < t->n_keep[1] && strcmp(kept_name(t, 1, k), name) != 0)
        k++;
    return k;
}

static bool is_of_a(const struct eval_tables *t, const char *name)
{
    for (uint32_t k = 0; k < t->n_keep[0]; k++)
        if (strcmp(kept_name(t, 0, k), name) == 0)
            return true;
    return false;
}

/* The id stands above the fields. */
static bool is_id(const struct eval_tables *t, int side, uint32_t k)
{
    const struct table_column *column = eval_tables_at(t, side)->columns;
    return t->has_id && column[t->keep[side][k]].source == column[t->id_column[side]].source;
}

/* What both records have in the kept columns: those of one name in one field. */
static uint32_t values_of(const struct eval_tables *t, const struct eval_error *x,
                          struct report_values values[FIELDS_MOST])
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < t->n_keep[0] && n < FIELDS_MOST; k++) {
        const char *name = kept_name(t, 0, k);
        if (is_id(t, 0, k))
            continue;
        const uint32_t other = same_name(t, name);
        values[n++] =
            (struct report_values){name,
                                   {eval_errors_value(t, 0, k, x->row[0]),
                                    other < t->n_keep[1] ? eval_errors_value(t, 1, other, x->row[1])
                                                         : (struct bytes){NULL, 0}}};
    }
    for (uint32_t k = 0; k < t->n_keep[1] && n < FIELDS_MOST; k++)
        if (!is_id(t, 1, k) && !is_of_a(t, kept_name(t, 1, k)))
            values[n++] = (struct report_values){
                kept_name(t, 1, k), {{NULL, 0}, eval_errors_value(t, 1, k, x->row[1])}};
    return n;
}

static void put_error(struct page *p, const struct eval_page *x, const struct eval_error *error)
{
    struct report_values values[FIELDS_MOST];
    const struct bytes id[] = {eval_records_id(x->records, error->pair[0]),
                               eval_records_id(x->records, error->pair[1])};
    char title[80], score[PAGE_NUMBER_BYTES];
    if (error->score != error->score)
        snprintf(title, sizeof title, "%s", error->missed ? "missed" : "false");
    else
        snprintf(title, sizeof title, "false, score %s", page_number(error->score, score));
    const uint32_t n = x->tables ? values_of(x->tables, error, values) : 0;
    report_pair_values(p, id, values, n, title, NULL);
}

/* Some of n errors, evenly over the list, the first and the last among them. */
static void put_some(struct page *p, const struct eval_page *x, const char *title,
                     const char *about, uint64_t from, uint64_t n)
{
    const uint64_t shown = n < ERRORS_SHOWN ? n : ERRORS_SHOWN;
    char all[PAGE_NUMBER_BYTES];
    if (!n)
        return;
    page_heading(p, title);
    page_paragraph(p, "%s pairs, of which %u are shown. %s", page_number_count((double)n, all),
                   (unsigned)shown, about);
    for (uint64_t i = 0; i < shown; i++)
        put_error(p, x, &x->errors->error[from + (shown > 1 ? i * (n - 1) / (shown - 1) : 0)]);
}

static void put_errors(struct page *p, const struct eval_page *x)
{
    const struct eval_error_list *list = x->errors;
    page_section(p, "Errors");
    if (!list->n) {
        page_note(p, "No pair is false, and none was missed.");
        return;
    }
    put_some(p, x, "False pairs",
             "They were found and are not true; the greatest score comes first.", 0, list->n_false);
    put_some(p, x, "Missed pairs", "They are true and were not found.", list->n_false,
             list->n - list->n_false);
    if (!x->tables)
        page_note(p, "With the tables, as axb eval PAIRS TRUTH A.csv B.csv --id id, the records "
                     "stand here. --errors writes all errors to a file.");
    else if (!x->opts->errors)
        page_note(p, "--errors errors.csv writes all of them to a file.");
}

/* ---- All -------------------------------------------------------------------------------------*/

void eval_page_write(struct page *p, const struct eval_page *x)
{
    const struct eval_report *r = x->report;
    put_head(p, x);
    put_counts(p, r);
    put_curve(p, r);
    put_records(p, r);
    put_clusters(p, r);
    put_tags(p, r);
    put_errors(p, x);
    put_files(p, x);
    report_said(p);
}
